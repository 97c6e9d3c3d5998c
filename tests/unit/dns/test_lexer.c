/* dns/lexer: tokens, lines, errors; every way to find a token's end; the short cut for names; times. */
#include "base/attr.h"
#include "dns/lexer.h"
#include "dns/name.h"
#include "test_util.h"

/* A copy in a block of the exact size, so that reading on is seen. */
static struct span exact(const char *text, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	memcpy(copy, text, len);
	return (struct span){ copy, len };
}

/* Tokens as text: w(word) q(quoted) ! after an escaped one, EOL BLANK EOF, E(error) */
static void tokens_of(struct span text, char *out, size_t size)
{
	struct dns_lexer lexer = dns_lexer_over(text);
	struct dns_token t;
	size_t n = 0;

	do {
		dns_lexer_next(&lexer, &t);
		switch (t.kind) {
		case DNS_TOKEN_WORD:
		case DNS_TOKEN_QUOTED:
			n += snprintf(out + n, size - n, "%c(%.*s)%s ",
				t.kind == DNS_TOKEN_WORD ? 'w' : 'q', (int)t.text.len,
				(const char *)t.text.data, t.escaped ? "!" : "");
			break;
		case DNS_TOKEN_EOL:
			n += snprintf(out + n, size - n, "EOL ");
			break;
		case DNS_TOKEN_BLANK:
			n += snprintf(out + n, size - n, "BLANK ");
			break;
		case DNS_TOKEN_EOF:
			n += snprintf(out + n, size - n, "EOF%u", lexer.line);
			break;
		case DNS_TOKEN_ERROR:
			n += snprintf(out + n, size - n, "E(%s) ", lexer.error);
			break;
		}
		assert_true(n < size);
	} while (t.kind != DNS_TOKEN_EOF);
}

static const struct {
	const char *text, *tokens; /* the number is the line at the end */
} token_cases[] = {
	{ "", "EOF1" },
	{ "\n\n", "EOF3" },
	{ "a b\n", "w(a) w(b) EOL EOF2" },
	{ "a b", "w(a) w(b) EOL EOF1" },
	{ "a\tb  c \r\nd\r\n", "w(a) w(b) w(c) EOL w(d) EOL EOF3" },
	{ " a\n", "BLANK w(a) EOL EOF2" },
	{ "\ta", "BLANK w(a) EOL EOF1" },
	{ "  \n \t\n", "EOF3" },
	{ " ; comment\n;another\na;third", "w(a) EOL EOF3" },
	{ "a ( b\n c ; x )\n\n d ) e\nf", "w(a) w(b) w(c) w(d) w(e) EOL w(f) EOL EOF5" },
	{ "a(b)c", "w(a) w(b) w(c) EOL EOF1" },
	{ "a ((b\n)\n) c", "w(a) w(b) w(c) EOL EOF3" },
	{ " (\na )", "BLANK w(a) EOL EOF2" },
	{ "\"a b;()\" \"\"", "q(a b;()) q() EOL EOF1" },
	{ "a\"b\"c", "w(a) q(b) w(c) EOL EOF1" },
	{ "\"a\\\"b\\\\\" c", "q(a\\\"b\\\\)! w(c) EOL EOF1" },
	{ "a\\ b\\;c\\(\\\"d e", "w(a\\ b\\;c\\(\\\"d)! w(e) EOL EOF1" },
	{ "a\\032b", "w(a\\032b)! EOL EOF1" },
	{ "a\\", "w(a\\)! EOL EOF1" },
	{ "a\\\nb", "w(a\\)! EOL w(b) EOL EOF2" },
	{ "a\rb", "w(a\rb) EOL EOF1" },
	{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz z",
		"w(abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz) w(z) EOL EOF1" },
	{ "a \"b\nc", "w(a) E(unbalanced quotes) EOL w(c) EOL EOF2" },
	{ "a \"b", "w(a) E(unbalanced quotes) EOL EOF1" },
	{ "a \"b\\", "w(a) E(unbalanced quotes) EOL EOF1" },
	{ "a ) b\nc", "w(a) E(unbalanced parentheses) w(b) EOL w(c) EOL EOF2" },
	{ ") b", "E(unbalanced parentheses) w(b) EOL EOF1" },
	{ "a ( b\n c", "w(a) w(b) w(c) E(unbalanced parentheses) EOF2" },
};

static void tokens_of_each_text_are_as_listed(void **state UNUSED)
{
	char out[500];

	for (size_t i = 0; i < ARRAY_LEN(token_cases); i++) {
		struct span text = exact(token_cases[i].text, strlen(token_cases[i].text));
		tokens_of(text, out, sizeof(out));
		assert_string_equal(out, token_cases[i].tokens);
		free((void *)text.data);
	}
}

static void token_given_back_comes_again(void **state UNUSED)
{
	struct dns_lexer lexer = dns_lexer_over(span_of_text("a b"));
	struct dns_token t;

	dns_lexer_next(&lexer, &t);
	dns_lexer_unread(&lexer, &t);
	dns_lexer_next(&lexer, &t);
	assert_true(span_equal(t.text, span_of_text("a")));
	dns_lexer_next(&lexer, &t);
	assert_true(span_equal(t.text, span_of_text("b")));
}

/* After two tokens: what is the first one behind the skipped line, and on which line? */
static const struct {
	const char *text, *next;
	unsigned line;
} skip_cases[] = {
	{ "a b c\nd", "d", 2 },
	{ "a b\nd", "d", 2 },
	{ "a b ( c\nd\n) e\nf", "f", 4 },
	{ "a ( b c\nd\n) e\nf", "f", 4 },
	{ "a b ; ( \nf", "f", 2 },
	{ "a b \"(\nf", "f", 2 },
	{ "a b ) ) \nf", "f", 2 },
	{ "a b c", NULL, 1 },
	{ "a b ( c\nd", NULL, 2 },
};

static void skipped_line_ends_where_parentheses_do(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(skip_cases); i++) {
		struct span text = exact(skip_cases[i].text, strlen(skip_cases[i].text));
		struct dns_lexer lexer = dns_lexer_over(text);
		struct dns_token t;
		dns_lexer_next(&lexer, &t);
		dns_lexer_next(&lexer, &t);
		dns_lexer_skip_line(&lexer);
		dns_lexer_next(&lexer, &t);
		assert_int_equal(lexer.line, skip_cases[i].line);
		if (skip_cases[i].next == NULL)
			assert_int_equal(t.kind, DNS_TOKEN_EOF);
		else
			assert_true(span_equal(t.text, span_of_text(skip_cases[i].next)));
		free((void *)text.data);
	}
}

static uint8_t random_octet(void)
{
	static const uint8_t odd[] = "\0\t\n\r \";()\\.@";

	switch (test_below(16)) {
	case 0:
		return odd[test_below(sizeof(odd) - 1)];
	case 1:
		return (uint8_t)test_below(256);
	default:
		return (uint8_t)('a' + test_below(26));
	}
}

static void paths_on_random_text_agree(void **state UNUSED)
{
	static const uint8_t ends[] = "\0\t\n\r \";()\\";
	size_t count, usable = 0;
	const struct dns_lexer_path *paths = dns_lexer_paths(&count);

	assert_string_equal(paths[count - 1].name, "plain");
	for (int round = 0; round < 20000; round++) {
		size_t len = test_below(150), from = len > 0 ? test_below((unsigned)len) : 0;
		uint8_t *text = malloc(len > 0 ? len : 1);
		for (size_t i = 0; i < len; i++)
			text[i] = test_below(8) == 0 ? random_octet() : 'x';
		const uint8_t *want = text + from;
		while (want < text + len && memchr(ends, *want, sizeof(ends) - 1) == NULL)
			want++;
		usable = 0;
		for (size_t i = 0; i < count; i++) {
			if (!paths[i].usable)
				continue;
			usable++;
			assert_ptr_equal(paths[i].find(text + from, text + len), want);
		}
		free(text);
	}
	print_message("%zu of %zu paths usable here\n", usable, count);
}

static void every_octet_alone_is_found_by_all_paths_or_none(void **state UNUSED)
{
	size_t count;
	const struct dns_lexer_path *paths = dns_lexer_paths(&count);

	for (unsigned c = 0; c < 256; c++) {
		uint8_t text[64];
		memset(text, 'x', sizeof(text));
		text[37] = (uint8_t)c;
		for (size_t i = 0; i < count; i++) {
			if (paths[i].usable)
				assert_ptr_equal(paths[i].find(text, text + 64),
					paths[count - 1].find(text, text + 64));
		}
	}
}

/* The short cut either takes nothing, or exactly what the long way does. Returns whether it took it. */
static bool name_both_ways(struct span text, const uint8_t *origin, bool lower, bool at_start)
{
	struct dns_lexer a = dns_lexer_over(text), b;
	uint8_t name[DNS_NAME_MAX], want[DNS_NAME_MAX];
	size_t len = 0, want_len;
	struct dns_token t;

	a.at_start = at_start;
	b = a;
	if (!dns_lexer_name(&a, origin, lower, name, &len)) {
		assert_memory_equal(&a, &b, sizeof(a));
		return false;
	}
	dns_lexer_next(&b, &t);
	assert_int_equal(t.kind, DNS_TOKEN_WORD);
	assert_false(t.escaped);
	int ret = lower ? dns_name_parse_lower(t.text, origin, want, &want_len)
			: dns_name_parse(t.text, origin, want, &want_len);
	assert_int_equal(ret, 0);
	assert_int_equal(len, want_len);
	assert_memory_equal(name, want, len);
	assert_ptr_equal(a.pos, b.pos);
	assert_int_equal(a.line, b.line);
	assert_int_equal(a.at_start, b.at_start);
	return true;
}

static const uint8_t origin[] = "\7Example\3com";

static void name_by_the_short_cut_is_that_of_the_long_way(void **state UNUSED)
{
	static const char alphabet[] = "abcXYZ019-_*/.....";
	unsigned taken = 0;

	for (int round = 0; round < 100000; round++) {
		size_t len = test_below(4) == 0 ? test_below(300) : test_below(60);
		char *text = malloc(len > 0 ? len : 1);
		unsigned odd = test_below(80);
		for (size_t i = 0; i < len; i++) {
			unsigned r = test_below(100);
			text[i] = r < odd / 8 ? (char)random_octet()
				  : r < 92    ? alphabet[test_below(13)]
					      : alphabet[test_below(sizeof(alphabet) - 1)];
		}
		/* Mostly the name ends soon enough, with enough text behind it. */
		if (len > 60 && test_below(8) != 0)
			text[test_below((unsigned)len - 40)] = " \n\t"[test_below(3)];
		taken += name_both_ways((struct span){ (const uint8_t *)text, len },
			test_below(4) == 0 ? NULL : origin, test_below(2), test_below(2));
		free(text);
	}
	print_message("%u of 100000 taken\n", taken);
	assert_true(taken > 5000);
}

#define PAD "                                        \n"
#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

static const struct {
	const char *text;
	bool taken;
} name_cases[] = {
	{ "www.Example.com. IN A" PAD, true }, { "www IN A" PAD, true },
	{ "*.w_w-w/ IN A" PAD, true }, { "www\r\nb" PAD, true }, { L63 ".a b" PAD, true },
	{ L63 "x.a b" PAD, false }, { L63 "." L63 " b" PAD, true },
	{ L63 "." L63 ". b" PAD, false }, /* 128 octets */
	{ "@ A" PAD, false }, { ". A" PAD, false }, { "a..b A" PAD, false }, { ".a A" PAD, false },
	{ "a.. A" PAD, false }, { "a\\.b A" PAD, false }, { "a\"b\" A" PAD, false },
	{ "a(b) A" PAD, false }, { "a;b A" PAD, false }, { "a\001b A" PAD, false },
	{ "\"a\" A" PAD, false }, { "a\rb" PAD, false },
	{ "a b", false }, /* too near to the end of the text */
};

static void name_that_is_plain_is_taken_at_once(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(name_cases); i++) {
		struct span text = exact(name_cases[i].text, strlen(name_cases[i].text));
		assert_int_equal(name_both_ways(text, origin, true, true), name_cases[i].taken);
		free((void *)text.data);
	}
}

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} ttl_cases[] = {
	{ "0", 0 },
	{ "3600", 3600 },
	{ "4294967295", 4294967295 },
	{ "4294967296", -1 },
	{ "1h30m", 5400 },
	{ "1W2D3H4M5S", 788645 },
	{ "1h5", 3605 },
	{ "90s", 90 },
	{ "7102w", -1 },
	{ "99999999999999999999", -1 },
	{ "", -1 },
	{ "h", -1 },
	{ "1x", -1 },
	{ "-1", -1 },
	{ "1hh", -1 },
};

static void ttl_of_each_text_is_as_listed(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(ttl_cases); i++) {
		uint32_t v = 12345;
		int ret = dns_ttl_parse(span_of_text(ttl_cases[i].text), &v);
		assert_int_equal(ret, ttl_cases[i].seconds < 0 ? E_PARSE : 0);
		if (ret == 0)
			assert_int_equal(v, ttl_cases[i].seconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_of_each_text_are_as_listed),
		cmocka_unit_test(token_given_back_comes_again),
		cmocka_unit_test(skipped_line_ends_where_parentheses_do),
		cmocka_unit_test(paths_on_random_text_agree),
		cmocka_unit_test(every_octet_alone_is_found_by_all_paths_or_none),
		cmocka_unit_test(name_by_the_short_cut_is_that_of_the_long_way),
		cmocka_unit_test(name_that_is_plain_is_taken_at_once),
		cmocka_unit_test(ttl_of_each_text_is_as_listed),
	};

	test_random_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
