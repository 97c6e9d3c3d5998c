#include "server/zones.h"
#include "base/err.h"
#include "net/settings.h"
#include "server/module_set.h"
#include "zone/zone.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What a trie leaf of the view points into. */
struct slot {
	struct server_zone *owner;
	struct module_set *modules; /* owned; what answer.plan belongs to */
	struct answer_zone answer;
};

/* Memory that readers may use until a grace period has passed. */
struct retired {
	void **items;
	size_t count, cap;
};

struct view {
	struct answer_view answer;
	struct zones_owner owner;
	struct rcu_head rcu;
	struct retired arrays, slots; /* what the next view doesn't use any more */
};

struct zones {
	const struct answer_view *published; /* RCU; written by zones_publish */
	struct trie_edit edit;
	struct watch *watch;
	struct retired arrays, slots; /* since the last publication: of the trie, and struct slot */
	/* Removed zones that their workers have let go of before the removal was published. */
	pthread_mutex_t lock;
	struct server_zone *released; /* by item.next */
	size_t untried;
	bool unpublished; /* a removal isn't published yet */
};

enum {
	/* Twig arrays that one trie operation may retire: one a level. Room is made before, so that
	   none is lost. */
	RETIRED_AT_ONCE = TRIE_KEY_MAX + 2,
};

/* --- memory of the trie --- */

static void *memory_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void memory_free(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	(void)size;
	free(ptr);
}

static int retired_reserve(struct retired *r, size_t more)
{
	if (r->count + more <= r->cap)
		return 0;
	size_t cap = MAX(2 * r->cap, r->count + more);
	void **items = realloc(r->items, cap * sizeof(*items));
	if (items == NULL)
		return E_NOMEM;
	r->items = items;
	r->cap = cap;
	return 0;
}

static void retire(struct retired *r, void *ptr)
{
	assert(r->count < r->cap);
	r->items[r->count++] = ptr;
}

static void memory_retire(void *ctx, void *ptr, size_t size)
{
	struct zones *zones = ctx;

	(void)size;
	retire(&zones->arrays, ptr);
}

static void slot_free(struct slot *slot)
{
	module_set_unref(slot->modules);
	free(slot);
}

static void retired_free(struct retired *arrays, struct retired *slots)
{
	for (size_t i = 0; i < arrays->count; i++)
		free(arrays->items[i]);
	for (size_t i = 0; i < slots->count; i++)
		slot_free(slots->items[i]);
	free(arrays->items);
	free(slots->items);
	*arrays = *slots = (struct retired){ 0 };
}

/* --- life of the table --- */

int zones_new(struct zones **ret)
{
	struct zones *zones = calloc(1, sizeof(*zones));

	if (zones == NULL)
		return E_NOMEM;
	int error = watch_new(&zones->watch);
	if (error != 0) {
		free(zones);
		return error;
	}
	pthread_mutex_init(&zones->lock, NULL);
	zones->edit.trie.name_offset = ANSWER_ZONE_NAME_OFFSET;
	zones->edit.number = 1;
	zones->edit.mem = (struct trie_memory){ memory_alloc, memory_free, memory_retire, zones };
	*ret = zones;
	return 0;
}

static struct slot *slot_of(const struct answer_zone *answer)
{
	return (struct slot *)((uint8_t *)answer - offsetof(struct slot, answer));
}

static struct server_zone *zone_of(const struct trie_node *leaf)
{
	return leaf != NULL ? slot_of(leaf->ptr)->owner : NULL;
}

static void zone_destroy(struct server_zone *zone)
{
	zone_free(zone->zone);
	free(zone);
}

static void view_free(struct view *view)
{
	retired_free(&view->arrays, &view->slots);
	if (view->owner.free != NULL)
		view->owner.free(view->owner.ctx);
	free(view);
}

void zones_free(struct zones *zones)
{
	struct server_zone *zone;

	if (zones == NULL)
		return;
	/* Taken out one by one, the trie frees its own memory. */
	while ((zone = zone_of(trie_last(&zones->edit.trie))) != NULL) {
		if (zones_remove(zones, zone) != 0)
			break; /* no memory to free memory with: the process ends anyway */
		zone_destroy(zone);
	}
	while ((zone = zones->released) != NULL) {
		zones->released = (struct server_zone *)zone->item.next;
		zone_destroy(zone);
	}
	retired_free(&zones->arrays, &zones->slots);
	if (zones->published != NULL)
		view_free((struct view *)((uint8_t *)zones->published -
					  offsetof(struct view, answer)));
	pthread_mutex_destroy(&zones->lock);
	watch_free(zones->watch);
	free(zones);
}

const struct answer_view *const *zones_view(const struct zones *zones)
{
	return &zones->published;
}

size_t zones_count(const struct zones *zones)
{
	return zones->edit.trie.count;
}

struct server_zone *zones_find(const struct zones *zones, const uint8_t *name)
{
	struct trie_key key;

	trie_key_of(name, &key);
	return zone_of(trie_find(&zones->edit.trie, &key));
}

void zones_each(const struct zones *zones, zones_visitor visit, void *ctx)
{
	const struct trie_node *leaf;
	struct trie_iter iter;

	trie_iter_init(&zones->edit.trie, &iter);
	while ((leaf = trie_iter_next(&iter)) != NULL)
		visit(ctx, zone_of(leaf));
}

struct watch *zones_watch(const struct zones *zones)
{
	return zones->watch;
}

void zones_doubt(struct server_zone *zone)
{
	watch_doubt(zone->zones->watch, &zone->file);
}

int zones_each_in_doubt(const struct zones *zones, zones_visitor visit, void *ctx)
{
	struct watch_file **files;
	size_t count;

	TRY(watch_collect(zones->watch, &files, &count));
	for (size_t i = 0; i < count; i++)
		visit(ctx, (struct server_zone *)((uint8_t *)files[i] -
						  offsetof(struct server_zone, file)));
	free(files);
	return 0;
}

/* --- changes --- */

static int make_room(struct zones *zones)
{
	TRY(retired_reserve(&zones->arrays, RETIRED_AT_ONCE));
	return retired_reserve(&zones->slots, 1);
}

/* Put a new slot for the zone into the trie; the one before is retired. */
static int slot_set(struct zones *zones, struct server_zone *zone, struct module_set *modules,
	struct answer_zone_traits traits)
{
	const uint8_t *name = zone->zone->name;
	size_t name_len = zone->zone->name_len;
	struct slot *slot = calloc(1, sizeof(*slot) + name_len);
	struct trie_key key;
	void *old = NULL;

	if (slot == NULL)
		return E_NOMEM;
	slot->owner = zone;
	slot->answer.zone = zone->zone;
	slot->modules = modules;
	slot->answer.plan = module_set_plan(modules);
	slot->answer.traits = traits;
	slot->answer.name_len = zone->zone->name_len;
	memcpy(slot->answer.name, name, name_len);
	trie_key_of(name, &key);
	int error = make_room(zones);
	if (error == 0)
		error = trie_set(&zones->edit, &key, &slot->answer, 0, &old);
	if (error != 0) {
		free(slot);
		return error;
	}
	if (old != NULL)
		retire(&zones->slots, slot_of(old));
	zone->answer = &slot->answer;
	return 0;
}

int zones_add(struct zones *zones, const uint8_t *name, struct module_set *modules,
	struct answer_zone_traits traits, struct server_zone **ret)
{
	if (zones_find(zones, name) != NULL)
		return E_EXISTS;
	struct server_zone *zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return E_NOMEM;
	zone->zones = zones;
	zone->zone = zone_new(name);
	int error = zone->zone != NULL ? watch_add(zones->watch, &zone->file) : E_NOMEM;
	if (error == 0) {
		error = slot_set(zones, zone, modules, traits);
		if (error != 0)
			watch_forget(zones->watch, &zone->file);
	}
	if (error != 0) {
		zone_destroy(zone);
		return error;
	}
	pthread_mutex_lock(&zones->lock);
	zones->untried++;
	pthread_mutex_unlock(&zones->lock);
	*ret = zone;
	return 0;
}

const struct module_set *zones_modules(const struct server_zone *zone)
{
	return slot_of(zone->answer)->modules;
}

bool zones_has_modules(const struct server_zone *zone)
{
	return zones_modules(zone) != NULL;
}

int zones_renew(struct zones *zones, struct server_zone *zone, struct module_set *modules,
	struct answer_zone_traits traits)
{
	const struct answer_zone_traits *old = &zone->answer->traits;

	if (modules == NULL && !zones_has_modules(zone) && old->is_catalog == traits.is_catalog &&
		old->deleg_aware == traits.deleg_aware)
		return 0;
	return slot_set(zones, zone, modules, traits);
}

int zones_remove(struct zones *zones, struct server_zone *zone)
{
	struct trie_key key;
	void *old = NULL;

	TRY(make_room(zones));
	trie_key_of(zone->zone->name, &key);
	TRY(trie_remove(&zones->edit, &key, &old));
	if (old != NULL)
		retire(&zones->slots, slot_of(old));
	zone->answer = NULL;
	watch_forget(zones->watch, &zone->file);
	pthread_mutex_lock(&zones->lock);
	zones->unpublished = true;
	pthread_mutex_unlock(&zones->lock);
	(void)zones_tried(zone);
	return 0;
}

/* --- end of a zone --- */

static void zone_rcu_free(struct rcu_head *head)
{
	zone_destroy((struct server_zone *)((uint8_t *)head - offsetof(struct server_zone, rcu)));
}

void zones_release(struct server_zone *zone)
{
	struct zones *zones = zone->zones;

	pthread_mutex_lock(&zones->lock);
	bool wait = zones->unpublished;
	if (wait) {
		zone->item.next = (struct pool_item *)zones->released;
		zones->released = zone;
	}
	pthread_mutex_unlock(&zones->lock);
	if (!wait)
		call_rcu(&zone->rcu, zone_rcu_free);
}

/* --- publication --- */

static void view_rcu_free(struct rcu_head *head)
{
	view_free((struct view *)((uint8_t *)head - offsetof(struct view, rcu)));
}

int zones_publish(
	struct zones *zones, const struct answer_settings *settings, struct zones_owner owner)
{
	struct view *next = calloc(1, sizeof(*next));

	if (next == NULL)
		return E_NOMEM;
	next->answer.settings = *settings;
	next->answer.zones = zones->edit.trie;
	next->owner = owner;
	zones->edit
		.number++; /* from here on what was made is published, hence copied when changed */

	/* Readers see the old view or the new one. Pairs with PUBLISHED(*sources.view). */
	const struct answer_view *published = PUBLISH(zones->published, &next->answer);
	struct view *old =
		published != NULL
			? (struct view *)((uint8_t *)published - offsetof(struct view, answer))
			: NULL;

	pthread_mutex_lock(&zones->lock);
	struct server_zone *released = zones->released;
	zones->released = NULL;
	zones->unpublished = false;
	pthread_mutex_unlock(&zones->lock);
	while (released != NULL) {
		struct server_zone *zone = released;
		released = (struct server_zone *)zone->item.next;
		call_rcu(&zone->rcu, zone_rcu_free);
	}
	if (old == NULL) { /* nobody has seen what was retired */
		retired_free(&zones->arrays, &zones->slots);
		return 0;
	}
	old->arrays = zones->arrays;
	old->slots = zones->slots;
	zones->arrays = zones->slots = (struct retired){ 0 };
	call_rcu(&old->rcu, view_rcu_free);
	return 0;
}

/* --- the first attempt --- */

size_t zones_untried(const struct zones *zones)
{
	return __atomic_load_n(&zones->untried, __ATOMIC_ACQUIRE);
}

bool zones_tried(struct server_zone *zone)
{
	struct zones *zones = zone->zones;

	pthread_mutex_lock(&zones->lock);
	bool last = false;
	if (!zone->tried) {
		zone->tried = true;
		last = __atomic_sub_fetch(&zones->untried, 1, __ATOMIC_RELEASE) == 0;
	}
	pthread_mutex_unlock(&zones->lock);
	return last;
}

struct file_stamp zones_loaded_stamp(const struct server_zone *zone)
{
	pthread_mutex_lock(&zone->zones->lock);
	struct file_stamp stamp = zone->loaded;
	pthread_mutex_unlock(&zone->zones->lock);
	return stamp;
}

void zones_set_loaded_stamp(struct server_zone *zone, struct file_stamp stamp)
{
	pthread_mutex_lock(&zone->zones->lock);
	zone->loaded = stamp;
	pthread_mutex_unlock(&zone->zones->lock);
}
