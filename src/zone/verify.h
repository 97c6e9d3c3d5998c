/*
 * zone/verify: the signatures of a zone's RRsets (RFC 4035 section 5.3), against the zone's own DNSKEYs.
 *
 * Threads  one.
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
/* Has the RRset, which has signatures, one that is valid? */
bool zone_verify_rrset(struct zone_verifier *verifier, const struct zone_node *node,
	const struct zone_rrset *rrset);
