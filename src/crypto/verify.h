/*
 * crypto/verify: DNSSEC signatures against public keys, by OpenSSL's libcrypto.
 *
 * RSA/SHA-1, -256 and -512 (RFC 3110, 5702), ECDSA P-256 and P-384 (RFC 6605), Ed25519 and Ed448 (RFC 8080).
 *
 * Cost     of a verification: RSA 20 us, ECDSA 60 to 300 us, EdDSA 100 us.
 * Threads  a key: one at a time.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

struct crypto_key; /* opaque, a public key */

/* `public_key` as in a DNSKEY record. E_NOTSUP: unknown algorithm; E_MALFORMED: no key of that algorithm; E_NOMEM. */
MUST_USE int crypto_key_new(unsigned algorithm, struct span public_key, struct crypto_key **ret);
void crypto_key_free(struct crypto_key *key); /* NULL is fine */
/* `signature` as in an RRSIG record, over all of `data`. */
bool crypto_verify(struct crypto_key *key, struct span data, struct span signature);
