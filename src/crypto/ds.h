/*
 * crypto/ds: digests of keys, as DS and CDS records hold them (RFC 4034 section 5.1.4).
 *
 * SHA-1, SHA-256 and SHA-384. Pure; the cost is one digest of the key.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

/* Is a DS or CDS record of this DNSKEY or CDNSKEY? Key tag, algorithm and digest are compared; the digest only if its type is known.
 * `owner`: wire form, lower case. */
bool crypto_ds_is_of(struct span ds, const uint8_t *owner, struct span dnskey);
