#include "crypto/verify.h"
#include "base/err.h"
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>

/* DNS Security Algorithm Numbers, IANA. */
enum {
	RSASHA1 = 5,
	RSASHA1_NSEC3 = 7,
	RSASHA256 = 8,
	RSASHA512 = 10,
	ECDSAP256 = 13,
	ECDSAP384 = 14,
	ED25519 = 15,
	ED448 = 16
};

#define EC_POINT_MAX (1 + 2 * 48) /* octets: uncompressed */
#define EC_DER_MAX   112          /* of a signature */

struct crypto_key {
	unsigned algorithm;
	EVP_PKEY *pkey;
};

/* Parameters to a key; both are freed. */
static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = build != NULL ? OSSL_PARAM_BLD_to_param(build) : NULL;
	EVP_PKEY_CTX *ctx = params != NULL ? EVP_PKEY_CTX_new_from_name(NULL, type, NULL) : NULL;
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

/* Exponent with its length, modulus (RFC 3110 section 2). */
static EVP_PKEY *rsa_key(struct span key)
{
	struct cursor c = cursor_over(key);
	size_t len = cursor_u8(&c);
	struct span e = cursor_take(&c, len != 0 ? len : cursor_u16(&c)), n = cursor_rest(&c);

	if (c.failed || e.len == 0 || n.len == 0 || n.len > 512)
		return NULL;
	BIGNUM *exponent = BN_bin2bn(e.data, (int)e.len, NULL),
	       *modulus = BN_bin2bn(n.data, (int)n.len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey = NULL;
	if (exponent != NULL && modulus != NULL && build != NULL &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
		pkey = key_from("RSA", build);
	else
		OSSL_PARAM_BLD_free(build);
	BN_free(exponent);
	BN_free(modulus);
	return pkey;
}

static EVP_PKEY *ec_key(const char *group, size_t half, struct span key)
{
	uint8_t point[EC_POINT_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();

	if (key.len != 2 * half || build == NULL) {
		OSSL_PARAM_BLD_free(build);
		return NULL;
	}
	memcpy(point + 1, key.data, key.len);
	if (!OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) ||
		!OSSL_PARAM_BLD_push_octet_string(
			build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + key.len)) {
		OSSL_PARAM_BLD_free(build);
		return NULL;
	}
	return key_from("EC", build);
}

int crypto_key_new(unsigned algorithm, struct span public_key, struct crypto_key **ret)
{
	struct crypto_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return E_NOMEM;
	key->algorithm = algorithm;
	switch (algorithm) {
	case RSASHA1:
	case RSASHA1_NSEC3:
	case RSASHA256:
	case RSASHA512:
		key->pkey = rsa_key(public_key);
		break;
	case ECDSAP256:
		key->pkey = ec_key("P-256", 32, public_key);
		break;
	case ECDSAP384:
		key->pkey = ec_key("P-384", 48, public_key);
		break;
	case ED25519:
	case ED448:
		key->pkey = EVP_PKEY_new_raw_public_key(
			algorithm == ED25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448, NULL,
			public_key.data, public_key.len);
		break;
	default:
		free(key);
		return E_NOTSUP;
	}
	if (key->pkey == NULL) {
		free(key);
		return E_MALFORMED;
	}
	*ret = key;
	return 0;
}

void crypto_key_free(struct crypto_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

static const EVP_MD *digest_of(unsigned algorithm)
{
	switch (algorithm) {
	case RSASHA1:
	case RSASHA1_NSEC3:
		return EVP_sha1();
	case RSASHA256:
	case ECDSAP256:
		return EVP_sha256();
	case ECDSAP384:
		return EVP_sha384();
	case RSASHA512:
		return EVP_sha512();
	default:
		return NULL; /* EdDSA hashes by itself */
	}
}

/* r and s as in DNS to the form of the library. 0: it isn't such. */
static size_t ec_signature(struct span signature, size_t half, uint8_t der[EC_DER_MAX])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = NULL, *s = NULL;
	int len = 0;

	if (sig != NULL && signature.len == 2 * half) {
		r = BN_bin2bn(signature.data, (int)half, NULL);
		s = BN_bin2bn(signature.data + half, (int)half, NULL);
	}
	if (r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s)) {
		uint8_t *p = der;
		len = i2d_ECDSA_SIG(sig, NULL) <= EC_DER_MAX ? i2d_ECDSA_SIG(sig, &p) : 0;
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

bool crypto_verify(struct crypto_key *key, struct span data, struct span signature)
{
	uint8_t der[EC_DER_MAX];

	if (key->algorithm == ECDSAP256 || key->algorithm == ECDSAP384) {
		size_t len = ec_signature(signature, key->algorithm == ECDSAP256 ? 32 : 48, der);
		signature = (struct span){ der, len };
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good =
		signature.len > 0 && ctx != NULL &&
		EVP_DigestVerifyInit(ctx, NULL, digest_of(key->algorithm), NULL, key->pkey) == 1 &&
		EVP_DigestVerify(ctx, signature.data, signature.len, data.data, data.len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}
