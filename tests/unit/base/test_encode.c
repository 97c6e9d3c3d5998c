#include "test_util.h"

#include "base/encode.h"

struct coding {
	const char *name;
	size_t (*encode)(struct span in, char *out);
	ssize_t (*decode)(struct span text, uint8_t *out);
};
static const struct coding base16 = { "base16", base16_encode, base16_decode };
static const struct coding base64 = { "base64", base64_encode, base64_decode };
static const struct coding base32 = { "base32hex", base32hex_encode, base32hex_decode };

/* RFC 4648 section 10; base32hex without padding and in lower case. */
static const struct {
	const struct coding *coding;
	const char *plain, *text;
} vectors[] = {
	{ &base16, "", "" },
	{ &base16, "f", "66" },
	{ &base16, "foobar", "666F6F626172" },
	{ &base64, "", "" },
	{ &base64, "f", "Zg==" },
	{ &base64, "fo", "Zm8=" },
	{ &base64, "foo", "Zm9v" },
	{ &base64, "foob", "Zm9vYg==" },
	{ &base64, "fooba", "Zm9vYmE=" },
	{ &base64, "foobar", "Zm9vYmFy" },
	{ &base32, "", "" },
	{ &base32, "f", "co" },
	{ &base32, "fo", "cpng" },
	{ &base32, "foo", "cpnmu" },
	{ &base32, "foob", "cpnmuog" },
	{ &base32, "fooba", "cpnmuoj1" },
	{ &base32, "foobar", "cpnmuoj1e8" },
};

static void rfc4648_vectors_pass_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		char text[64];
		uint8_t plain[64];
		struct span in = span_of_text(vectors[i].plain);
		size_t n = vectors[i].coding->encode(in, text);
		assert_int_equal(n, strlen(vectors[i].text));
		assert_memory_equal(text, vectors[i].text, n);
		ssize_t m = vectors[i].coding->decode(span_of_text(vectors[i].text), plain);
		assert_int_equal(m, in.len);
		assert_memory_equal(plain, in.data, in.len);
	}
}

static const struct {
	const char *claim;
	const struct coding *coding;
	const char *text;
	int result;
} bad[] = {
	{ "odd_digits_are_malformed", &base16, "123", E_MALFORMED },
	{ "not_hex_is_malformed", &base16, "1g", E_MALFORMED },
	{ "lower_case_hex_is_read", &base16, "fF", 1 },
	{ "upper_case_base32_is_read", &base32, "CPNMUOJ1", 5 },
	{ "one_digit_is_no_octet", &base32, "c", E_B32LEN },
	{ "three_digits_are_no_octets", &base32, "cpn", E_B32LEN },
	{ "six_digits_are_no_octets", &base32, "cpnmuo", E_B32LEN },
	{ "w_is_no_base32hex_digit", &base32, "cw", E_B32CHAR },
	{ "base32_rest_bits_are_zero", &base32, "cp", E_B32CHAR },
	{ "base64_without_padding_is_refused", &base64, "Zg", E_B64LEN },
	{ "padding_in_the_middle_is_refused", &base64, "Zg==Zg==", E_B64CHAR },
	{ "three_padding_digits_are_refused", &base64, "Z===", E_B64CHAR },
	{ "only_padding_is_refused", &base64, "====", E_B64CHAR },
	{ "base64_rest_bits_are_zero", &base64, "Zh==", E_B64CHAR },
	{ "base64_url_digit_is_refused", &base64, "Zg-_", E_B64CHAR },
	{ "space_is_refused", &base64, "Zg =", E_B64CHAR },
	{ "octet_beyond_ascii_is_refused", &base64, "Zg\xff=", E_B64CHAR },
};

static void decoder_cases_give_their_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t plain[64];
		ssize_t n = bad[i].coding->decode(span_of_text(bad[i].text), plain);
		if (n != bad[i].result)
			fail_msg("%s: %zd", bad[i].claim, n);
	}
}

static void random_octets_of_any_length_come_back(void **state)
{
	(void)state;
	const struct coding *const codings[] = { &base16, &base64, &base32 };
	srand(1);
	for (size_t len = 0; len < 300; len++) {
		for (size_t k = 0; k < ARRAY_LEN(codings); k++) {
			/* Exact sizes on the heap, so that the sanitizer sees an overrun. */
			size_t text_len = k == 0   ? BASE16_LEN(len)
					  : k == 1 ? BASE64_LEN(len)
						   : BASE32_LEN(len);
			size_t max = k == 0   ? BASE16_MAX(text_len)
				     : k == 1 ? BASE64_MAX(text_len)
					      : BASE32_MAX(text_len);
			uint8_t *in = malloc(len + 1), *again = malloc(max + 1);
			char *text = malloc(text_len + 1);
			for (size_t i = 0; i < len; i++)
				in[i] = (uint8_t)rand();
			size_t n = codings[k]->encode((struct span){ in, len }, text);
			assert_int_equal(n, text_len);
			assert_true(max >= len);
			ssize_t m = codings[k]->decode((struct span){ (uint8_t *)text, n }, again);
			assert_int_equal(m, len);
			assert_memory_equal(in, again, len);
			free(in);
			free(again);
			free(text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4648_vectors_pass_both_ways),
		cmocka_unit_test(decoder_cases_give_their_results),
		cmocka_unit_test(random_octets_of_any_length_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
