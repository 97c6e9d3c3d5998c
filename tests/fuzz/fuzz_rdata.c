/*
 * fuzz_rdata: rdata of all types, from wire and from text.
 *
 * The first two octets are the type, the third tells whether the rest is rdata, rdata inside a message,
 * or text. Oracles: what passes the check is read as itself; the text of any valid rdata (its own form
 * and the generic one) parses back to the same rdata in stored form; text that parses gives rdata that
 * passes the check.
 */
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static uint8_t out[DNS_RDATA_MAX], stored[DNS_RDATA_MAX];

static void check_text(uint16_t type, struct span rdata, const struct dns_print_style *style)
{
	struct buf text = { 0 };
	const char *why = NULL;
	size_t len;

	CHECK(buf_reserve(&text, 1) != NULL); /* also an empty text has an address */
	dns_rdata_print(type, rdata, style, &text);
	CHECK(text.error == 0);
	struct dns_lexer lexer = dns_lexer_over(buf_span(&text));
	lexer.at_start = false; /* as behind the type */
	CHECK(dns_rdata_parse(type, &lexer, NULL, out, &len, &why) == 0);
	CHECK(len == rdata.len && memcmp(out, rdata.data, len) == 0);
	buf_deinit(&text);
}

static void check_valid(uint16_t type, struct span rdata)
{
	static const struct dns_print_style generic = { .generic = true };
	struct dns_rdata_name names[8];
	size_t len;

	CHECK(dns_rdata_check(type, rdata) == 0);
	struct cursor c = cursor_over(rdata);
	if (dns_rrtype_of(type) != NULL || rdata.len > 0) {
		CHECK(dns_rdata_read(type, &c, rdata, rdata.len, false, stored, &len) == 0);
		CHECK(len == rdata.len && memcmp(stored, rdata.data, len) == 0);
	}
	if (rdata.len > 0)
		memcpy(stored, rdata.data, rdata.len);
	dns_rdata_lower(type, stored, rdata.len);
	c = cursor_over(rdata);
	CHECK(dns_rdata_read(type, &c, rdata, rdata.len, true, out, &len) == 0);
	CHECK(len == rdata.len && memcmp(out, stored, len) == 0);

	struct span s = { stored, rdata.len };
	size_t count = dns_rdata_names(type, s, names, ARRAY_LEN(names));
	for (size_t i = 0; i < count; i++) {
		CHECK(names[i].offset + names[i].len <= s.len);
		CHECK(dns_name_len(s.data + names[i].offset) == names[i].len);
	}
	check_text(type, s, &dns_print_default);
	check_text(type, s, &generic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	static uint8_t valid[DNS_RDATA_MAX];
	size_t len;

	if (size < 3 || size - 3 > DNS_RDATA_MAX)
		return 0;
	/* Most types have small codes. */
	uint16_t type = data[0] > 1 && data[0] < 0x80 ? data[1] : read_u16(data);
	struct span rest = { data + 3, size - 3 };
	if (data[2] % 3 == 0) {
		if (dns_rdata_check(type, rest) == 0) {
			memcpy(valid, rest.data, rest.len);
			check_valid(type, (struct span){ valid, rest.len });
		}
	} else if (data[2] % 3 == 1) {
		struct cursor c = cursor_over((struct span){ data, size });
		cursor_take(&c, 3);
		if (dns_rdata_read(type, &c, (struct span){ data, size }, rest.len, false, valid,
			    &len) == 0)
			check_valid(type, (struct span){ valid, len });
	} else {
		struct dns_lexer lexer = dns_lexer_over(rest);
		lexer.at_start = false;
		if (dns_rdata_parse(
			    type, &lexer, (const uint8_t *)"\7example", valid, &len, &why) == 0)
			check_valid(type, (struct span){ valid, len });
		else
			CHECK(why != NULL && *why != 0);
	}
	return 0;
}
