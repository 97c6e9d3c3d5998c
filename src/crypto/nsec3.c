#include "crypto/nsec3.h"
#include "dns/name.h"
#include <nettle/sha1.h>

int crypto_nsec3_hash(unsigned algorithm, unsigned iterations, struct span salt,
	const uint8_t *name, uint8_t ret[CRYPTO_NSEC3_HASH_LEN])
{
	struct sha1_ctx ctx;
	if (algorithm != CRYPTO_NSEC3_SHA1)
		return E_NOTSUP;
	sha1_init(&ctx);
	sha1_update(&ctx, dns_name_len(name), name);
	sha1_update(&ctx, salt.len, salt.data);
	sha1_digest(&ctx, SHA1_DIGEST_SIZE, ret);
	for (; iterations > 0; iterations--) { /* digest starts the context anew */
		sha1_update(&ctx, SHA1_DIGEST_SIZE, ret);
		sha1_update(&ctx, salt.len, salt.data);
		sha1_digest(&ctx, SHA1_DIGEST_SIZE, ret);
	}
	return 0;
}
