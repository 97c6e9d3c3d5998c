#include "crypto/nsec3.h"
#include "dns/name.h"
#include <nettle/sha1.h>

/* What SHA-1 takes at once, and the end of a message that fits: a bit, zeros, its length (FIPS 180-4 section 5.1.1). */
#define BLOCK 64
#define TAIL  9

/* SHA-1 of one block, which is what nearly all names and all further iterations are: the library's compression without its
 * buffer. `len` octets of `block` are set, BLOCK - TAIL at most. */
static void hash_block(uint8_t block[BLOCK], size_t len, uint8_t ret[CRYPTO_NSEC3_HASH_LEN])
{
	uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };

	block[len] = 0x80;
	memset(block + len + 1, 0, BLOCK - 8 - (len + 1));
	write_u64(block + BLOCK - 8, 8 * len);
	nettle_sha1_compress(state, block);
	for (int i = 0; i < 5; i++)
		write_u32(ret + 4 * i, state[i]);
}

/* SHA-1 of `len` octets and the salt. */
static void hash_salted(
	const uint8_t *data, size_t len, struct span salt, uint8_t ret[CRYPTO_NSEC3_HASH_LEN])
{
	uint8_t block[BLOCK];
	struct sha1_ctx ctx;

	if (len + salt.len <= BLOCK - TAIL) {
		memcpy(block, data, len);
		if (salt.len > 0)
			memcpy(block + len, salt.data, salt.len);
		hash_block(block, len + salt.len, ret);
		return;
	}
	sha1_init(&ctx);
	sha1_update(&ctx, len, data);
	sha1_update(&ctx, salt.len, salt.data);
	sha1_digest(&ctx, SHA1_DIGEST_SIZE, ret);
}

int crypto_nsec3_hash(unsigned algorithm, unsigned iterations, struct span salt,
	const uint8_t *name, uint8_t ret[CRYPTO_NSEC3_HASH_LEN])
{
	if (algorithm != CRYPTO_NSEC3_SHA1)
		return E_NOTSUP;
	hash_salted(name, dns_name_len(name), salt, ret);
	for (; iterations > 0; iterations--)
		hash_salted(ret, CRYPTO_NSEC3_HASH_LEN, salt, ret);
	return 0;
}
