/*
 * zone/version: what keeps snapshots alive (inside the zone room).
 *
 *	store: one memory, and the versions made in it, oldest first
 *	   v1 (dead) --> v2 (held by a transfer) --> v3 (published)
 *
 * A commit replaces blocks and twig arrays of the version it began from; they are noted with that version, since it is the
 * last one that uses them. They are freed when it and all older versions are dead: then nobody can see them.
 * A whole new version (zone file, AXFR) has a store of its own; the last version to die takes its store along.
 *
 * Threads: `refs` is atomic; everything else under the store's lock.
 */
#pragma once
#include "base/rcu.h"
#include "zone/mem.h"
#include "zone/snapshot.h"

struct block_list {
	struct zone_mem_block *items;
	size_t count, cap;
};

struct zone_store {
	struct zone_mem *mem;
	/* Under zone_store_lock: */
	struct zone_version *oldest, *newest;
	unsigned editors;      /* open edits: 0 or 1 */
	uint64_t edit_counter; /* number of the last edit */
};

struct zone_version {
	struct zone_snapshot snap;
	struct zone_store *store;
	struct zone_version *newer;
	unsigned refs; /* atomic; publication holds one */
	bool dead;     /* under the store's lock */
	struct block_list replaced;
	struct rcu_head rcu;
};

struct zone_store *zone_store_new(void);
void zone_store_lock(struct zone_store *store);
void zone_store_unlock(struct zone_store *store);
/* Free it if nothing uses it any more. Called with the lock held, which it drops. */
void zone_store_unlock_or_free(struct zone_store *store);
/* Take the zone's one place for an edit: false: it's taken. And give it back. */
struct zone;
struct zone_edit;
bool zone_claim_edit(struct zone *zone, struct zone_edit *edit);
void zone_release_edit(struct zone *zone);
/* Drop the publication's reference after a grace period. */
void zone_version_retire(struct zone_version *version);
