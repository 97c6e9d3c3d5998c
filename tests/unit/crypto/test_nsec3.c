/* Vectors of RFC 5155 appendix A: salt AABBCCDD, 12 iterations. */
#include "test_util.h"

#include "base/encode.h"
#include "crypto/nsec3.h"
#include "dns/name.h"
#include <nettle/sha1.h>

static const struct {
	const char *name, *hash;
} cases[] = {
	{ "example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" },
	{ "a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl" },
	{ "ai.example", "gjeqe526plbf1g8mklp59enfd789njgi" },
	{ "*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en" },
	{ "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example", "kohar7mbb8dc2ce8a9qvl8hon4k53uhi" },
};

static void nsec3_hash_of_rfc5155_names_is_as_printed_there(void **state)
{
	(void)state;
	static const uint8_t salt[] = { 0xaa, 0xbb, 0xcc, 0xdd };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t name[DNS_NAME_MAX], hash[20];
		char text[33] = "";
		size_t len;
		assert_int_equal(dns_name_parse(span_of_text(cases[i].name), NULL, name, &len), 0);
		assert_int_equal(crypto_nsec3_hash(1, 12, (struct span){ salt, 4 }, name, hash), 0);
		base32hex_encode((struct span){ hash, 20 }, text);
		assert_string_equal(text, cases[i].hash);
	}
}

/* Names and salts of all lengths, and so messages that end in the first block, just behind it, and later. */
static void nsec3_hash_is_sha1_of_name_and_salt(void **state)
{
	static uint8_t salt[255];
	uint8_t name[DNS_NAME_MAX + 1] = { 0 }, hash[20], expected[20];

	(void)state;
	memset(salt, 0x5a, sizeof(salt));
	for (size_t salt_len = 0; salt_len <= sizeof(salt); salt_len += salt_len < 70 ? 1 : 37) {
		memset(name, 0, sizeof(name));
		for (size_t len = 1; len <= DNS_NAME_MAX; len += 2) { /* labels of one octet */
			struct sha1_ctx ctx;
			const struct span span = { salt, salt_len };
			assert_int_equal(crypto_nsec3_hash(1, 1, span, name, hash), 0);
			sha1_init(&ctx);
			sha1_update(&ctx, len, name);
			sha1_update(&ctx, salt_len, salt);
			sha1_digest(&ctx, sizeof(expected), expected);
			sha1_update(&ctx, sizeof(expected), expected);
			sha1_update(&ctx, salt_len, salt);
			sha1_digest(&ctx, sizeof(expected), expected);
			assert_memory_equal(hash, expected, sizeof(hash));
			name[len - 1] = 1;
			name[len] = 'x';
		}
	}
}

static void nsec3_hash_with_unknown_algorithm_is_refused(void **state)
{
	(void)state;
	uint8_t hash[20];
	assert_int_equal(
		crypto_nsec3_hash(2, 0, (struct span){ 0 }, (const uint8_t *)"", hash), E_NOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nsec3_hash_of_rfc5155_names_is_as_printed_there),
		cmocka_unit_test(nsec3_hash_is_sha1_of_name_and_salt),
		cmocka_unit_test(nsec3_hash_with_unknown_algorithm_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
