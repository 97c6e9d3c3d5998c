/*
 * server/zones: the table of zones, and the view that queries are answered from.
 *
 *	zones_add, zones_remove, zones_renew ... --> zones_publish --> one new view for all readers
 *
 * The table is one trie of struct answer_zone, edited copy-on-write: adding one zone among a
 * million copies the path to it. Changes are seen by readers at zones_publish, all at once; by the
 * writer at once. What readers may still use is freed after a grace period.
 *
 * I1  A published view, its trie and the answer_zone objects in it are never written.
 * I2  Everything that can fail in an operation comes before the first change of it.
 *
 * Cost     each operation O(name); zones_publish O(changes since the last).
 * Memory   beside its contents a zone takes struct server_zone, struct zone, the slot with its
 *          name, and 24 octets of trie.
 * Threads  one writer (the main thread). Background workers get struct server_zone from the pool;
 *          its fields say their rules.
 */
#pragma once
#include "answer/answer.h"
#include "server/pool.h"
#include "server/watch.h"
#include <time.h>
#include <urcu-qsbr.h>

struct module_set;

struct zones; /* opaque */

/* When a zone file was last changed, that it was there, and what it holds. */
struct file_stamp {
	struct timespec mtime;
	bool exists;
	uint32_t serial; /* of its contents */
};

struct zone_transaction;

struct server_zone {
	struct pool_item item;
	struct zone *zone;          /* immutable */
	struct zones *zones;        /* immutable */
	struct answer_zone *answer; /* writer only; what the trie holds */
	const void *settings;       /* under zones' lock; the configuration's settings object, for
				       comparing */
	struct file_stamp loaded; /* the zone file at the last load; of the running event, else the
				     writer's */
	struct watch_file file;   /* the watch's */
	struct zone_transaction *
		transaction; /* of control clients; by who has claimed the zone, or the server's lock
						 alone */
	uint32_t seen;       /* writer only: number of the reload that met it last */
	bool tried;          /* under zones' lock: loaded, or failed to, once */
	bool transfers_frozen; /* atomic: zone-xfr-freeze */
	uint8_t flush_kind;    /* atomic: enum zone_flush_kind that the next flush is asked for */
	bool expired;          /* atomic: its contents were dropped on purpose */
	struct rcu_head rcu;
};

MUST_USE int zones_new(struct zones **ret);
/* No readers and no workers any more. NULL is fine. */
void zones_free(struct zones *zones);

/* The place of the published view, for readers. */
const struct answer_view *const *zones_view(const struct zones *zones);

size_t zones_count(const struct zones *zones);
/* Lower-case wire name; NULL: none. */
struct server_zone *zones_find(const struct zones *zones, const uint8_t *name);

/* Add a zone without contents. Takes `modules` (may be NULL) unless it fails. E_EXISTS, E_NOMEM. */
MUST_USE int zones_add(struct zones *zones, const uint8_t *name, struct module_set *modules,
	struct answer_zone_traits traits, struct server_zone **ret);
/* Give a zone other modules and traits: takes the modules unless it fails; the old ones are freed when no reader has them. */
MUST_USE int zones_renew(struct zones *zones, struct server_zone *zone, struct module_set *modules,
	struct answer_zone_traits traits);
bool zones_has_modules(const struct server_zone *zone);
const struct module_set *zones_modules(const struct server_zone *zone); /* NULL: none */
/* Take it out of the table. The caller still has it, and gives it to zones_release when no worker
 * does. */
MUST_USE int zones_remove(struct zones *zones, struct server_zone *zone);
/* Free a removed zone after a grace period that begins no earlier than the next publication. Any
 * thread. */
void zones_release(struct server_zone *zone);

/* What the settings borrow is given back after the grace period that follows
 * the publication that replaces them. */
struct zones_owner {
	void (*free)(void *ctx);
	void *ctx;
};
MUST_USE int zones_publish(
	struct zones *zones, const struct answer_settings *settings, struct zones_owner owner);

/* Step through all zones in canonical order; the table isn't changed meanwhile. */
typedef void (*zones_visitor)(void *ctx, struct server_zone *zone);
void zones_each(const struct zones *zones, zones_visitor visit, void *ctx);

/* What knows which zone files may have changed. */
struct watch *zones_watch(const struct zones *zones);
/* At the next reload the zone's file is to be looked at. Any thread. */
void zones_doubt(struct server_zone *zone);
/* Step through the zones whose files may have changed, in no particular order. Writer only, after watch_drain. E_NOMEM. */
MUST_USE int zones_each_in_doubt(const struct zones *zones, zones_visitor visit, void *ctx);

/* How many zones have yet to be tried. Any thread. */
size_t zones_untried(const struct zones *zones);
/* The first attempt is over. True: it was the last zone that was waited for. Any thread. */
bool zones_tried(struct server_zone *zone);

/* The stamp of the zone file that was loaded last. Any thread. */
struct file_stamp zones_loaded_stamp(const struct server_zone *zone);
void zones_set_loaded_stamp(struct server_zone *zone, struct file_stamp stamp);
