/*
 * fuzz_name: names from wire and from text.
 *
 * Oracles: what can be read can be printed and parses back to the same name; what parses is a valid
 * wire name; order, equality, suffixes and replacement agree with each other.
 */
#include "dns/name.h"
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static void check_one(const uint8_t *name, size_t len)
{
	char text[DNS_NAME_TEXT_SIZE];
	uint8_t again[DNS_NAME_MAX], lower[DNS_NAME_MAX];
	size_t n;

	CHECK(len >= 1 && len <= DNS_NAME_MAX && dns_name_len(name) == len);
	CHECK(dns_name_labels(name) <= DNS_LABELS_MAX);
	struct cursor c = cursor_over((struct span){ name, len });
	CHECK(dns_name_take(&c).len == len && !c.failed);
	size_t text_len = dns_name_print(name, text);
	CHECK(text_len < sizeof(text) && text[text_len] == 0 && text[text_len - 1] == '.');
	CHECK(dns_name_parse((struct span){ (uint8_t *)text, text_len }, NULL, again, &n) == 0);
	CHECK(n == len && memcmp(again, name, len) == 0);
	CHECK(dns_name_lower(name, lower) == len);
	CHECK(dns_name_equal_nocase(name, lower) && dns_name_compare(name, lower) == 0);
}

static void check_two(const uint8_t *a, const uint8_t *b)
{
	uint8_t x[DNS_NAME_MAX], y[DNS_NAME_MAX], z[DNS_NAME_MAX];

	dns_name_lower(a, x);
	dns_name_lower(b, y);
	int order = dns_name_compare(x, y), back = dns_name_compare(y, x);
	CHECK((order < 0) == (back > 0) && (order == 0) == (back == 0));
	CHECK((order == 0) == dns_name_equal(x, y));
	CHECK(dns_name_compare(a, b) == order);
	unsigned common = dns_name_common(x, y), nx = dns_name_labels(x), ny = dns_name_labels(y);
	CHECK(common == dns_name_common(y, x) && common <= nx && common <= ny);
	unsigned below = dns_name_below(x, y);
	CHECK((below != 0) == (common == ny) && (below == 0 || below == nx - ny + 1));
	CHECK(dns_name_equal(dns_name_skip(x, nx - common), dns_name_skip(y, ny - common)));
	/* Below y, x is replaced to itself; anything else only ever gets longer by what y is longer. */
	size_t len = dns_name_replace_suffix(x, common, dns_name_skip(y, ny - common), z);
	CHECK(len == dns_name_len(x) && memcmp(x, z, len) == 0);
	len = dns_name_replace_suffix(x, common, y, z);
	if (len != 0)
		CHECK(dns_name_len(z) == len && dns_name_below(z, y) == nx - common + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = { data, size };
	struct cursor c = cursor_over(message);
	uint8_t first[DNS_NAME_MAX], second[DNS_NAME_MAX], relative[DNS_NAME_MAX];
	size_t len = dns_name_read(&c, message, first), n;

	CHECK(c.failed == (len == 0));
	if (len != 0) {
		check_one(first, len);
		n = dns_name_read(&c, message, second);
		if (n != 0) {
			check_one(second, n);
			check_two(first, second);
		}
	}
	if (dns_name_parse(message, NULL, second, &n) == 0) {
		check_one(second, n);
		if (len != 0 && dns_name_parse(message, first, relative, &n) == 0)
			check_one(relative, n);
	}
	return 0;
}
