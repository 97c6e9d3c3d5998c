/*
 * fuzz_binary: values of configuration databases.
 *
 * The first two octets choose an item. Oracle: what is taken is stored and taken again to the same.
 */
#include "conf/binary.h"
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf value = { 0 }, stored = { 0 }, again = { 0 };

	if (size < 2)
		return 0;
	const struct conf_section *section = &conf_sections[data[0] % conf_section_count];
	const struct conf_item *item = &section->items[data[1] % section->count];
	if (conf_binary_take(item, (struct span){ data + 2, size - 2 }, &value) == 0 &&
		value.len <= UINT16_MAX) {
		conf_binary_put(item, buf_span(&value), &stored);
		CHECK(stored.error == 0);
		CHECK(conf_binary_take(item, buf_span(&stored), &again) == 0);
		CHECK(span_equal(buf_span(&value), buf_span(&again)));
		conf_value_print(item, buf_span(&value), &stored);
	}
	buf_deinit(&value);
	buf_deinit(&stored);
	buf_deinit(&again);
	return 0;
}
