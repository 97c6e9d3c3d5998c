/* zone/version and the published places (zone/zone). */
#include "zone/version.h"
#include "base/stripes.h"
#include "zone/zone.h"
#include <stdlib.h>
#include <string.h>

static struct stripes store_locks = STRIPES_INIT, zone_locks = STRIPES_INIT;

void zone_store_lock(struct zone_store *store)
{
	pthread_mutex_lock(stripe_of(&store_locks, store));
}

void zone_store_unlock(struct zone_store *store)
{
	pthread_mutex_unlock(stripe_of(&store_locks, store));
}

struct zone_store *zone_store_new(void)
{
	struct zone_store *store = calloc(1, sizeof(*store));
	if (store == NULL)
		return NULL;
	store->mem = zone_mem_new(0);
	if (store->mem == NULL) {
		free(store);
		return NULL;
	}
	return store;
}

void zone_store_unlock_or_free(struct zone_store *store)
{
	bool unused = store->oldest == NULL && store->editors == 0;
	zone_store_unlock(store);
	if (unused) {
		zone_mem_free(store->mem);
		free(store);
	}
}

const struct zone_snapshot *zone_snapshot_ref(const struct zone_snapshot *snap)
{
	__atomic_add_fetch(
		&snap->version->refs, 1, __ATOMIC_RELAXED); /* somebody holds one already */
	return snap;
}

void zone_snapshot_unref(const struct zone_snapshot *snap)
{
	if (snap == NULL)
		return;
	struct zone_version *version = snap->version;
	/* Release: our reads come before the free. Acquire: so do those of all others. */
	if (__atomic_sub_fetch(&version->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;

	struct zone_store *store = version->store;
	zone_store_lock(store);
	version->dead = true;
	while (store->oldest != NULL && store->oldest->dead) {
		struct zone_version *v = store->oldest;
		store->oldest = v->newer;
		if (store->oldest == NULL)
			store->newest = NULL;
		zone_mem_return(store->mem, v->replaced.items, v->replaced.count);
		free(v);
	}
	zone_store_unlock_or_free(store);
}

static void unpublish(struct rcu_head *head)
{
	struct zone_version *version =
		(struct zone_version *)((uint8_t *)head - offsetof(struct zone_version, rcu));
	zone_snapshot_unref(&version->snap);
}

void zone_version_retire(struct zone_version *version)
{
	call_rcu(&version->rcu, unpublish);
}

bool zone_claim_edit(struct zone *zone, struct zone_edit *edit)
{
	pthread_mutex_t *lock = stripe_of(&zone_locks, zone);
	pthread_mutex_lock(lock);
	bool free = zone->open_edit == NULL;
	if (free)
		zone->open_edit = edit;
	pthread_mutex_unlock(lock);
	return free;
}

void zone_release_edit(struct zone *zone)
{
	pthread_mutex_t *lock = stripe_of(&zone_locks, zone);
	pthread_mutex_lock(lock);
	zone->open_edit = NULL;
	pthread_mutex_unlock(lock);
}

struct zone *zone_new(const uint8_t *name)
{
	size_t len = dns_name_len(name);
	struct zone *zone = calloc(1, sizeof(*zone) + len);
	if (zone == NULL)
		return NULL;
	zone->name_len = (uint8_t)len;
	memcpy(zone->name, name, len);
	return zone;
}

void zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	zone_snapshot_unref(zone->snapshot);
	free(zone);
}

void zone_clear(struct zone *zone)
{
	struct zone_snapshot *old = PUBLISH(zone->snapshot, NULL);
	if (old != NULL)
		zone_version_retire(old->version);
}

const struct zone_snapshot *zone_current_ref(const struct zone *zone)
{
	rcu_read_lock();
	const struct zone_snapshot *snap = PUBLISHED(zone->snapshot);
	if (snap != NULL)
		zone_snapshot_ref(snap);
	rcu_read_unlock();
	return snap;
}
