#include "crypto/digest.h"

int crypto_digest_begin(struct crypto_digest_ctx *ctx, unsigned algorithm)
{
	if (algorithm == CRYPTO_SHA384)
		sha384_init(&ctx->sha);
	else if (algorithm == CRYPTO_SHA512)
		sha512_init(&ctx->sha);
	else
		return E_NOTSUP;
	ctx->algorithm = algorithm;
	return 0;
}

void crypto_digest_add(struct crypto_digest_ctx *ctx, struct span data)
{
	sha512_update(&ctx->sha, data.len, data.data);
}

size_t crypto_digest_end(struct crypto_digest_ctx *ctx, uint8_t ret[CRYPTO_DIGEST_MAX])
{
	if (ctx->algorithm == CRYPTO_SHA384) {
		sha384_digest(&ctx->sha, SHA384_DIGEST_SIZE, ret);
		return SHA384_DIGEST_SIZE;
	}
	sha512_digest(&ctx->sha, SHA512_DIGEST_SIZE, ret);
	return SHA512_DIGEST_SIZE;
}
