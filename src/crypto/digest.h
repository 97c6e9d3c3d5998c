/*
 * crypto/digest: SHA-384 and SHA-512 over a stream of octets.
 *
 * Cost     one pass, no allocation. Threads  a context: one at a time.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include <nettle/sha2.h>

enum crypto_digest {
	CRYPTO_SHA384 = 1,
	CRYPTO_SHA512 = 2
}; /* ZONEMD's numbers (RFC 8976 section 5.3) */
#define CRYPTO_DIGEST_MAX 64

struct crypto_digest_ctx {
	enum crypto_digest algorithm;
	struct sha512_ctx sha; /* SHA-384 is SHA-512 with another start */
};

/* E_NOTSUP: unknown algorithm. */
MUST_USE int crypto_digest_begin(struct crypto_digest_ctx *ctx, unsigned algorithm);
void crypto_digest_add(struct crypto_digest_ctx *ctx, struct span data);
/* Returns the length: 48 or 64. */
size_t crypto_digest_end(struct crypto_digest_ctx *ctx, uint8_t ret[CRYPTO_DIGEST_MAX]);
