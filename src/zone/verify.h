/*
 * zone/verify: the signatures of a zone's RRsets (RFC 4035 section 5.3), against the zone's own DNSKEYs.
 *
 * Threads  a verifier: one. zone_verify_all has several, each with one of its own.
 */
#pragma once
#include "base/attr.h"
#include "zone/snapshot.h"

struct zone_verifier; /* opaque */

/* Read the apex's keys. `now`: the time at which signatures have to be valid. *bad_key: one of them is no key; *same_tags: too many have
 * one tag (crypto/rrsig.h). E_NOMEM. The snapshot lives until free. */
MUST_USE int zone_verifier_new(const struct zone_snapshot *snap, uint32_t now,
	struct zone_verifier **ret, bool *bad_key, bool *same_tags);
void zone_verifier_free(struct zone_verifier *verifier); /* NULL is fine */
/* Has each RRset that has to be signed at a name (RFC 4035 section 2.2) a signature that is valid or, with verifier NULL, any? Apex DNSKEY,
 * CDS and CDNSKEY need one by a key with the SEP flag. What hasn't to be signed may have none, and none may be bad: by a key of the zone,
 * and not valid. `occluded`: nothing at this name has to be signed. False: *bad_type is at fault. */
bool zone_verify_node(struct zone_verifier *verifier, const struct zone_node *node, bool occluded,
	uint16_t *bad_type);
/* Has this type to be signed at the name? */
bool zone_is_signed_type(const struct zone_node *node, uint16_t type);
/* All names in canonical order, and then the NSEC3 owners, by `threads` > 0 threads. *first_bad: the first at which
 * zone_verify_node fails, NULL if none. E_NOMEM, E_SYSTEM. */
MUST_USE int zone_verify_all(const struct zone_snapshot *snap, uint32_t now, unsigned threads,
	const struct zone_node **first_bad);
