/*
 * zone/zone: a named place for the published snapshot.
 *
 * Threads: `snapshot` is read with PUBLISHED (base/rcu) by any RCU reader (QSBR), written by the commit of an edit only,
 * which holds the edit slot.
 */
#pragma once
#include "base/rcu.h"
#include "zone/snapshot.h"
#include <pthread.h>

struct zone {
	struct zone_snapshot *snapshot; /* RCU; NULL: no contents */
	struct zone_edit *open_edit;    /* zone/version.h */
	uint8_t name_len;
	uint8_t name[]; /* lower */
};

/* A zone without contents; copies the name. NULL: no memory. */
struct zone *zone_new(const uint8_t *name);
/* No reader may come any more (a grace period has passed). Drops the contents. NULL is fine. */
void zone_free(struct zone *zone);
/* Publish "no contents" (expired). */
void zone_clear(struct zone *zone);

/* The published snapshot. Within an RCU read section; NULL if none. */
static inline const struct zone_snapshot *zone_current(const struct zone *zone)
{
	return PUBLISHED(zone->snapshot);
}
/* The same with a counted reference, from any thread registered with RCU (QSBR, online). NULL if none. */
const struct zone_snapshot *zone_current_ref(const struct zone *zone);
