/*
 * zone/diff: the changes from one version of a zone to another, record by record.
 *
 * What a commit did, for whoever shows, stores or sends it. A TTL that changed makes all records of the RRset removed and added.
 *
 * Order    owners canonically (the apex first), types ascending; NSEC3 owners after all others.
 * Cost     between versions of one line: proportional to the change.
 * Threads  pure. The caller holds both snapshots.
 */
#pragma once
#include "base/attr.h"
#include "zone/snapshot.h"

struct zone_change {
	const uint8_t *owner; /* wire, lower */
	uint16_t type;
	uint32_t ttl;
	struct span rdata;
};

enum zone_diff_part { ZONE_DIFF_REMOVED, ZONE_DIFF_ADDED };

/* An error ends the walk, and is its result. */
typedef int (*zone_diff_visitor)(void *ctx, const struct zone_change *change);
/* `old` and `new_`: NULL for no contents. */
MUST_USE int zone_diff(const struct zone_snapshot *old, const struct zone_snapshot *new_,
	enum zone_diff_part part, zone_diff_visitor visit, void *ctx);
/* Is there any difference? */
bool zone_differs(const struct zone_snapshot *old, const struct zone_snapshot *new_);
