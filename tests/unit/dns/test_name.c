/* dns/name: wire and text forms, order, suffixes. */
#include "base/attr.h"
#include "dns/name.h"
#include "test_util.h"

static struct span bytes(const char *data, size_t len)
{
	return (struct span){ (const uint8_t *)data, len };
}

static const uint8_t *name_of(const char *text, uint8_t *out)
{
	size_t len;
	if (dns_name_parse(span_of_text(text), NULL, out, &len) != 0)
		fail_msg("%s", text);
	return out;
}

/* A name of `labels` labels of `size` letters each. */
static size_t make_wire(uint8_t *out, unsigned labels, unsigned size)
{
	size_t n = 0;
	for (unsigned i = 0; i < labels; i++) {
		out[n++] = (uint8_t)size;
		memset(out + n, 'a' + (int)(i % 26), size);
		n += size;
	}
	out[n++] = 0;
	return n;
}

/* Message, where the name begins, what is read (NULL: malformed), octets stepped over. */
static const struct {
	const char *name, *message;
	size_t len, at;
	const char *read;
	size_t read_len, over;
} reads[] = {
	{ "root_alone_is_read", "\0", 1, 0, "\0", 1, 1 },
	{ "plain_name_is_read_with_its_letters", "\3WwW\1x\0", 7, 0, "\3WwW\1x\0", 7, 7 },
	{ "pointer_to_a_name_before_is_followed", "\1x\0\3www\xc0\0zz", 11, 3, "\3www\1x\0", 7, 6 },
	{ "pointer_alone_is_followed", "\1x\0\xc0\0", 5, 3, "\1x\0", 3, 2 },
	{ "pointer_to_a_pointer_is_followed", "\1x\0\xc0\0\1y\xc0\3", 9, 5, "\1y\1x\0", 5, 4 },
	{ "empty_input_is_malformed", "", 0, 0, NULL, 0, 0 },
	{ "label_past_the_end_is_malformed", "\3ab", 3, 0, NULL, 0, 0 },
	{ "name_without_its_end_is_malformed", "\2ab", 3, 0, NULL, 0, 0 },
	{ "pointer_to_itself_is_malformed", "\xc0\0", 2, 0, NULL, 0,
		0 }, /* RFC 1035 section 4.1.4 */
	{ "pointer_into_its_own_name_is_malformed", "\1a\xc0\0", 4, 0, NULL, 0, 0 },
	{ "pointer_forward_is_malformed", "\xc0\2\0", 3, 0, NULL, 0, 0 },
	{ "pointer_past_the_message_is_malformed", "\1x\0\xff\xff", 5, 3, NULL, 0, 0 },
	{ "pointers_that_loop_are_malformed", "\xc0\2\xc0\0", 4, 2, NULL, 0, 0 },
	{ "half_a_pointer_is_malformed", "\1x\0\xc0", 4, 3, NULL, 0, 0 },
	{ "label_type_01_is_malformed", "\x41x\0", 3, 0, NULL, 0, 0 }, /* RFC 6891 section 5 */
	{ "label_type_10_is_malformed", "\x80x\0", 3, 0, NULL, 0, 0 },
};

static void name_in_a_message_is_read_or_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		uint8_t *exact = malloc(reads[i].len + 1), out[DNS_NAME_MAX];
		memcpy(exact, reads[i].message, reads[i].len);
		exact = realloc(exact, reads[i].len > 0 ? reads[i].len : 1);
		struct span message = { exact, reads[i].len };
		struct cursor c = cursor_over(message);
		cursor_take(&c, reads[i].at);
		size_t len = dns_name_read(&c, message, out);
		if (len != reads[i].read_len || c.failed != (reads[i].read == NULL) ||
			(len > 0 && memcmp(out, reads[i].read, len) != 0) ||
			(!c.failed && (size_t)(c.pos - exact) != reads[i].at + reads[i].over))
			fail_msg("%s", reads[i].name);
		free(exact);
	}
}

static void name_of_255_octets_is_read_and_256_are_malformed(void **state)
{
	uint8_t wire[300], out[DNS_NAME_MAX];
	size_t len;
	(void)state;
	len = make_wire(wire, 127, 1);
	assert_int_equal(len, 255);
	struct cursor c = cursor_over((struct span){ wire, len });
	assert_int_equal(dns_name_read(&c, (struct span){ wire, len }, out), 255);
	c = cursor_over((struct span){ wire, len });
	assert_int_equal(dns_name_take(&c).len, 255);
	assert_int_equal(dns_name_labels(wire), DNS_LABELS_MAX);

	len = make_wire(wire, 128, 1);
	c = cursor_over((struct span){ wire, len });
	assert_int_equal(dns_name_read(&c, (struct span){ wire, len }, out), 0);
	assert_true(c.failed);
	c = cursor_over((struct span){ wire, len });
	assert_null(dns_name_take(&c).data);
	assert_true(c.failed);

	/* The same through a pointer: 252 octets behind one label. */
	len = make_wire(wire, 63, 3); /* 253 octets */
	memcpy(wire + len, "\1x\xc0\0", 4);
	c = cursor_over((struct span){ wire + len, 4 });
	assert_int_equal(dns_name_read(&c, (struct span){ wire, len + 4 }, out), 255);
	memcpy(wire + len, "\2xy\xc0\0", 5);
	c = cursor_over((struct span){ wire + len, 5 });
	assert_int_equal(dns_name_read(&c, (struct span){ wire, len + 5 }, out), 0);
}

static void compressed_name_is_not_taken(void **state)
{
	struct cursor c = cursor_over(bytes("\1x\xc0\0", 4));
	(void)state;
	assert_null(dns_name_take(&c).data);
	assert_true(c.failed);
}

/* Text, wire, text printed (NULL: the same). */
static const struct {
	const char *text, *wire;
	size_t len;
	const char *printed;
} texts[] = {
	{ ".", "\0", 1, NULL },
	{ "a.", "\1a\0", 3, NULL },
	{ "a", "\1a\0", 3, "a." },
	{ "A.bC.", "\1A\2bC\0", 6, NULL },
	{ "*.x_y-z/1.", "\1*\7x_y-z/1\0", 11, NULL },
	{ "a\\.b.c.", "\3a.b\1c\0", 7, NULL },
	{ "a\\046b.", "\3a.b\0", 5, "a\\.b." },
	{ "\\000\\255\\032.", "\3\0\xff \0", 5, NULL },
	{ "\\#.", "\1#\0", 3, "\\035." },
	{ "\\\\\\\"\\;\\(\\)\\@\\$.", "\7\\\";()@$\0", 9, NULL },
	{ "!.", "\1!\0", 3, "\\!." },
	{ "@", "\1@\0", 3, "\\@." },
};

static void name_text_parses_and_is_printed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		uint8_t out[DNS_NAME_MAX];
		char text[DNS_NAME_TEXT_SIZE];
		size_t len;
		assert_int_equal(dns_name_parse(span_of_text(texts[i].text), NULL, out, &len), 0);
		assert_int_equal(len, texts[i].len);
		assert_memory_equal(out, texts[i].wire, len);
		size_t n = dns_name_print(out, text);
		assert_string_equal(
			text, texts[i].printed != NULL ? texts[i].printed : texts[i].text);
		assert_int_equal(n, strlen(text));
	}
}

static void name_text_that_is_bad_is_refused(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{ "", E_MALFORMED }, { "..", E_MALFORMED }, { ".a", E_MALFORMED },
		{ "a..b", E_MALFORMED }, { "a\\", E_MALFORMED }, { "a\\25", E_MALFORMED },
		{ "a\\256.", E_MALFORMED }, { "a\\2x5.", E_MALFORMED },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			E_RANGE }, /* 64 */
	};
	uint8_t out[DNS_NAME_MAX];
	size_t len;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (dns_name_parse(span_of_text(cases[i].text), NULL, out, &len) != cases[i].result)
			fail_msg("'%s'", cases[i].text);
	}
}

static void relative_name_gets_the_origin(void **state)
{
	static const uint8_t origin[] = "\7example";
	static const uint8_t root[] = "";
	static const struct {
		const char *text, *wire;
		size_t len;
	} cases[] = {
		{ "@", "\7example", 9 },
		{ "a", "\1a\7example", 11 },
		{ "a.b", "\1a\1b\7example", 13 },
		{ "a.", "\1a", 3 },
		{ "\\@", "\1@\7example", 11 },
		{ ".", "", 1 },
		{ "a\\.", "\2a.\7example", 12 },
	};
	uint8_t out[DNS_NAME_MAX];
	size_t len;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(dns_name_parse(span_of_text(cases[i].text), origin, out, &len), 0);
		assert_int_equal(len, cases[i].len);
		assert_memory_equal(out, cases[i].wire, len);
	}
	assert_int_equal(dns_name_parse(span_of_text("a"), root, out, &len), 0);
	assert_int_equal(len, 3);
}

static void longest_names_fit_and_longer_ones_are_out_of_range(void **state)
{
	uint8_t wire[300], out[DNS_NAME_MAX];
	char text[1200];
	size_t len, n;
	(void)state;
	/* 255 octets, each printed as an escape: the longest text. */
	memset(wire, 0, sizeof(wire));
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	n = dns_name_print(wire, text);
	assert_int_equal(n, 4 * 250 + 4);
	assert_int_equal(dns_name_parse(bytes(text, n), NULL, out, &len), 0);
	assert_int_equal(len, 255);
	assert_memory_equal(out, wire, 255);
	assert_int_equal(
		dns_name_parse(bytes(text, n - 1), NULL, out, &len), 0); /* without the final dot */
	assert_int_equal(len, 255);
	/* One octet more, with and without the dot, and by the origin. */
	char longer[1200];
	snprintf(longer, sizeof(longer), "%.*sx.", (int)(n - 1), text);
	assert_int_equal(dns_name_parse(span_of_text(longer), NULL, out, &len), E_RANGE);
	longer[strlen(longer) - 1] = 0;
	assert_int_equal(dns_name_parse(span_of_text(longer), NULL, out, &len), E_RANGE);
	assert_int_equal(
		dns_name_parse(bytes(text, n - 1), (const uint8_t *)"\1a", out, &len), E_RANGE);
	/* 127 labels, and 128. */
	for (size_t i = 0; i < 128; i++)
		memcpy(longer + 2 * i, "a.", 2);
	assert_int_equal(dns_name_parse(bytes(longer, 2 * 127), NULL, out, &len), 0);
	assert_int_equal(len, 255);
	assert_int_equal(dns_name_parse(bytes(longer, 2 * 127 - 1), NULL, out, &len), 0);
	assert_int_equal(dns_name_parse(bytes(longer, 2 * 128), NULL, out, &len), E_RANGE);
	assert_int_equal(dns_name_parse(bytes(longer, 2 * 128 - 1), NULL, out, &len), E_RANGE);
}

static void names_compare_in_canonical_order(void **state)
{
	/* RFC 4034 section 6.1, with the root and ties by case added */
	static const char *const sorted[] = { ".", "example.", "a.example.", "yljkjljk.a.example.",
		"Z.a.example.", "zABC.a.EXAMPLE.", "z.example.", "\\001.z.example.", "*.z.example.",
		"\\200.z.example.", "zz.example." };
	uint8_t a[DNS_NAME_MAX], b[DNS_NAME_MAX];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++) {
		for (size_t k = 0; k < ARRAY_LEN(sorted); k++) {
			int order = dns_name_compare(name_of(sorted[i], a), name_of(sorted[k], b));
			if ((order < 0) != (i < k) || (order > 0) != (i > k))
				fail_msg("%s %s: %d", sorted[i], sorted[k], order);
		}
	}
}

static void names_relate_by_suffix(void **state)
{
	static const struct {
		const char *name, *parent;
		unsigned below, common;
	} cases[] = {
		{ ".", ".", 1, 0 },
		{ "a.", ".", 2, 0 },
		{ "a.b.", "b.", 2, 1 },
		{ "a.b.", "a.b.", 1, 2 },
		{ "b.", "a.b.", 0, 1 },
		{ "xb.", "b.", 0, 0 },
		{ "c.a.b.", "d.a.b.", 0, 2 },
		{ "x.y.z.example.", "example.", 4, 1 },
		/* octets that look like a length in the middle of a label */
		{ "x\\001b.", "b.", 0, 0 },
	};
	uint8_t a[DNS_NAME_MAX], b[DNS_NAME_MAX];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		name_of(cases[i].name, a);
		name_of(cases[i].parent, b);
		assert_int_equal(dns_name_below(a, b), cases[i].below);
		assert_int_equal(dns_name_common(a, b), cases[i].common);
		assert_int_equal(dns_name_common(b, a), cases[i].common);
		assert_int_equal(dns_name_equal(a, b), strcmp(cases[i].name, cases[i].parent) == 0);
	}
}

static void suffix_replaced_too_long_gives_nothing(void **state)
{
	uint8_t name[DNS_NAME_MAX], suffix[DNS_NAME_MAX], out[DNS_NAME_MAX];
	char text[DNS_NAME_TEXT_SIZE];
	(void)state;
	name_of("x.y.old.example.", name);
	name_of("new.net.", suffix);
	assert_int_equal(dns_name_replace_suffix(name, 2, suffix, out), 13);
	dns_name_print(out, text);
	assert_string_equal(text, "x.y.new.net.");
	assert_int_equal(dns_name_replace_suffix(name, 0, suffix, out), 25);
	/* 63 * 3 + 2 labels: 246 octets above the suffix */
	memset(name, 'a', sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 53;
	name[246] = 1;
	name[248] = 0;
	assert_int_equal(dns_name_replace_suffix(name, 1, suffix, out), 255);
	name_of("newx.net.", suffix);
	assert_int_equal(dns_name_replace_suffix(name, 1, suffix, out), 0);
}

static void lower_table_maps_ascii_letters_only(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(dns_lower[i], i >= 'A' && i <= 'Z' ? i + 32 : i);
	uint8_t a[DNS_NAME_MAX], b[DNS_NAME_MAX];
	name_of("WWW.Ex\\196mple.", a);
	assert_int_equal(dns_name_lower(a, b), dns_name_len(a));
	assert_false(dns_name_equal(a, b));
	assert_true(dns_name_equal_nocase(a, b));
	dns_name_lower(a, a);
	assert_true(dns_name_equal(a, b));
	assert_true(dns_name_is_wildcard((const uint8_t *)"\1*\1a"));
	assert_false(dns_name_is_wildcard((const uint8_t *)"\2*a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_in_a_message_is_read_or_malformed),
		cmocka_unit_test(name_of_255_octets_is_read_and_256_are_malformed),
		cmocka_unit_test(compressed_name_is_not_taken),
		cmocka_unit_test(name_text_parses_and_is_printed),
		cmocka_unit_test(name_text_that_is_bad_is_refused),
		cmocka_unit_test(relative_name_gets_the_origin),
		cmocka_unit_test(longest_names_fit_and_longer_ones_are_out_of_range),
		cmocka_unit_test(names_compare_in_canonical_order),
		cmocka_unit_test(names_relate_by_suffix),
		cmocka_unit_test(suffix_replaced_too_long_gives_nothing),
		cmocka_unit_test(lower_table_maps_ascii_letters_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
