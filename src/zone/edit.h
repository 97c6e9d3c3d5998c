/*
 * zone/edit: the one way to change a zone.
 *
 *      begin --> add, remove, ... --> commit --> published
 *          `------------------------> discard (leaves no trace)
 *
 * I1  A published snapshot is never written; an edit writes only nodes that it made itself.
 * I2  Everything that can fail in a commit comes before the pointer swap.
 *
 * Records of one name gather in a pending node, and become a block when another name comes: loading a
 * zone file costs one block and one trie insertion a name. In an edit begun from nothing, duplicates aren't reported but
 * dropped then.
 *
 * Cost     proportional to the change, never to the zone.
 * Memory   blocks made on the way belong to the edit until the commit, then to the snapshot.
 * Threads  one open edit a zone; readers neither wait nor see a half-made change. The thread that commits is an RCU thread
 *          or no RCU thread; it doesn't wait for readers (call_rcu).
 */
#pragma once
#include "base/attr.h"
#include "zone/zone.h"

struct zone_edit; /* opaque, edit.c */

/* A record given to an edit: stored form. Names and rdata are lower-cased as dns/rdata says. */
struct zone_rr {
	const uint8_t *owner; /* wire, lower */
	uint16_t type;
	uint32_t ttl;
	struct span rdata;
};

/* Begin from the published snapshot (empty if none). On 0 the caller owns *ret. E_BUSY: one is open. E_NOMEM. */
MUST_USE int zone_edit_begin(struct zone *zone, struct zone_edit **ret);
/* Begin from nothing, in memory of its own: a whole new version (zone file, AXFR). */
MUST_USE int zone_edit_begin_new(struct zone *zone, struct zone_edit **ret);

/* Called when an RRset's TTL changes because a record with another one was added. */
typedef void (*zone_edit_ttl_note)(void *ctx, const uint8_t *owner, uint16_t type, uint32_t ttl);
void zone_edit_on_ttl_mismatch(struct zone_edit *edit, zone_edit_ttl_note note, void *ctx);

/* Add a copy of `rr`. E_OUTOFZONE; E_ISRECORD if that very record is there (RFC 2181 section 5; the TTL is taken all the same).
 * A TTL other than the RRset's changes the whole RRset (zone_edit_on_ttl_mismatch). On error the edit is as before. */
MUST_USE int zone_edit_add(struct zone_edit *edit, const struct zone_rr *rr);
/* Remove that record (the TTL doesn't matter). E_NONODE, E_NORECORD. */
MUST_USE int zone_edit_remove(struct zone_edit *edit, const struct zone_rr *rr);
/* Remove an RRset (type ANY: the whole node). E_NONODE, E_NORECORD. */
MUST_USE int zone_edit_remove_rrset(struct zone_edit *edit, const uint8_t *owner, uint16_t type);

/* The state that a commit would publish, for checks: valid until the next change. E_NOMEM. apex is NULL and
 * facts are zero where there is no SOA. */
MUST_USE int zone_edit_view(struct zone_edit *edit, const struct zone_snapshot **ret);

/* Publish. Takes `edit` whatever the result; on error (E_SEMCHECK: no SOA, or several) the published zone is unchanged. */
MUST_USE int zone_edit_commit(struct zone_edit *edit);

void zone_edit_discard(struct zone_edit *edit); /* NULL is fine */
DEFINE_OWNED(zone_edit, zone_edit_discard)
