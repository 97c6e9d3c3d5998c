/*
 * crypto/rrsig: signatures of RRsets (RFC 4034 section 3, RFC 4035 section 5.3).
 *
 *	crypto_keyset_add (each DNSKEY) -> crypto_rrsig_read -> _begin, _add (each record) -> crypto_keyset_verify
 *
 * Whether a signature is by the right zone and within its time is the caller's to ask: crypto_rrsig_is_current.
 *
 * Threads  a key set: one at a time.
 */
#pragma once
#include "base/attr.h"
#include "base/buf.h"
#include "base/cursor.h"

#define CRYPTO_KEYSET_SAME_TAG \
	3 /* keys of one tag and algorithm that are tried; more are a way to keep validators busy */

/* The fields of an RRSIG, borrowed from its rdata. */
struct crypto_rrsig {
	struct span signed_part; /* the rdata up to the signature */
	uint16_t covered;
	uint8_t algorithm, labels;
	uint32_t ttl, expiration, inception;
	uint16_t tag;
	struct span signer, signature;
};

/* False: malformed. */
bool crypto_rrsig_read(struct span rdata, struct crypto_rrsig *ret);
/* By serial number arithmetic (RFC 4034 section 3.1.5). */
bool crypto_rrsig_is_current(const struct crypto_rrsig *sig, uint32_t now);
/* Does an owner have more labels than the signature says: was it expanded from a wildcard? */
bool crypto_rrsig_is_expanded(const struct crypto_rrsig *sig, const uint8_t *owner);

/* What a signature is over: first this, then each record of the RRset. Owner and rdata in canonical form, rdatas in canonical order.
 * An owner that was expanded goes in as the wildcard. */
void crypto_rrsig_begin(const struct crypto_rrsig *sig, struct buf *out);
void crypto_rrsig_add(const struct crypto_rrsig *sig, const uint8_t *owner, uint16_t class_,
	struct span rdata, struct buf *out);

struct crypto_keyset {
	struct crypto_keyset_key *keys;
	size_t count;
};

/* A DNSKEY's rdata. What is of an algorithm that isn't known is kept out: 0. E_MALFORMED: no zone key, or no key of its algorithm; E_NOMEM. */
MUST_USE int crypto_keyset_add(struct crypto_keyset *set, struct span dnskey);
void crypto_keyset_deinit(struct crypto_keyset *set);
/* Do more than CRYPTO_KEYSET_SAME_TAG keys share tag and algorithm? */
bool crypto_keyset_has_same_tags(const struct crypto_keyset *set);
/* Does any key have the signature's tag and algorithm? */
bool crypto_keyset_knows(const struct crypto_keyset *set, const struct crypto_rrsig *sig);
/* Is the signature one by any of the keys over the data? Or by any that has the SEP flag (RFC 4034 section 2.1.1)? */
bool crypto_keyset_verify(
	struct crypto_keyset *set, const struct crypto_rrsig *sig, struct span data);
bool crypto_keyset_verify_sep(
	struct crypto_keyset *set, const struct crypto_rrsig *sig, struct span data);
