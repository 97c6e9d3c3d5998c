/*
 * crypto/nsec3: the hash of NSEC3 owner names (RFC 5155 section 5).
 *
 * Pure, no allocation: query threads call it, any number. Cost: iterations + 1 times SHA-1 of at most 255 + salt octets.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

#define CRYPTO_NSEC3_HASH_LEN 20
#define CRYPTO_NSEC3_SHA1     1

/* `name`: wire form, lower case. E_NOTSUP: another algorithm than SHA-1. */
MUST_USE int crypto_nsec3_hash(unsigned algorithm, unsigned iterations, struct span salt,
	const uint8_t *name, uint8_t ret[CRYPTO_NSEC3_HASH_LEN]);
