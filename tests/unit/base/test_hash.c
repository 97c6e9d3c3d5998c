#include "test_util.h"

#include "base/hash.h"

/* Key 00 01 ... 0f, input 00 01 ... (n-1); from the SipHash paper, appendix A (n = 15), and its test vectors. */
static const struct {
	size_t len;
	uint64_t hash;
} vectors[] = {
	{ 0, 0x726fdb47dd0e0e31 },
	{ 1, 0x74f839c593dc67fd },
	{ 7, 0xab0200f58b01d137 },
	{ 8, 0x93f5f5799a932462 },
	{ 15, 0xa129ca6149be45e5 },
};

static void siphash_vectors_match(void **state)
{
	(void)state;
	const struct siphash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t in[16];
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		assert_true(siphash24(key, (struct span){ in, vectors[i].len }) == vectors[i].hash);
}

/* RFC 9018 appendix A.1: the hash of a server cookie. */
static void rfc9018_cookie_hash_matches(void **state)
{
	(void)state;
	static const uint8_t secret[16] = { 0xe5, 0xe9, 0x73, 0xe5, 0xa6, 0xb2, 0xa4, 0x3f, 0x48,
		0xe7, 0xdc, 0x84, 0x9e, 0x37, 0xbf, 0xcf };
	static const uint8_t in[20] = { 0x24, 0x64, 0xc4, 0xab, 0xcf, 0x10, 0xc9, 0x57, 0x01, 0, 0,
		0, 0x5c, 0xf7, 0x9f, 0x11, 198, 51, 100, 100 };
	static const uint8_t want[8] = { 0x1f, 0x81, 0x30, 0xc3, 0xee, 0xe2, 0x94, 0x80 };
	struct siphash_key key;
	memcpy(&key, secret, sizeof(key));
	uint64_t hash = siphash24(key, (struct span){ in, sizeof(in) });
	assert_memory_equal(&hash, want, sizeof(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_vectors_match),
		cmocka_unit_test(rfc9018_cookie_hash_matches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
