/*
 * server/zone_events: what happens to a zone in the background.
 *
 * One table row an event (enum zone_event): its name and its function. The function runs in a worker, which has the
 * zone for itself meanwhile. What follows a change of a zone, whoever made it, is in one place: zone_changed.
 *
 * Threads  workers; others where said.
 */
#pragma once
#include "server/pool.h"
#include "zone/snapshot.h"
#include <pthread.h>

struct server_zone;
struct setup;

/* What events need from the server. */
struct zone_loader {
	pthread_mutex_t lock;
	struct setup *setup; /* under lock, counted: in force for the next event */
	struct pool *pool;
	uint64_t update_errors;       /* atomic: events that failed to change a zone */
	void (*all_tried)(void *ctx); /* called once, when no zone is left that wasn't tried */
	void *ctx;
	bool ready;
};

MUST_USE int zone_loader_init(
	struct zone_loader *loader, struct setup *setup, void (*all_tried)(void *ctx), void *ctx);
void zone_loader_deinit(struct zone_loader *loader);
/* Events that begin from now on use this setup. Any thread. */
void zone_loader_use(struct zone_loader *loader, struct setup *setup);
/* The setup in force, counted. Any thread. */
struct setup *zone_loader_setup(struct zone_loader *loader);

/* pool_owner's functions; ctx is the zone_loader. */
int zone_event_run(void *ctx, struct pool_item *item, enum zone_event event);
void zone_event_release(void *ctx, struct pool_item *item);

/* What operators call an event. */
const char *zone_event_name(enum zone_event event);
/* Is it built? */
bool zone_event_is_built(enum zone_event event);
/* Events (bits) that a freeze keeps back, and those that an open transaction does. */
uint16_t zone_events_frozen(void);
uint16_t zone_events_changing(void);

/* Reload, after watch_drain: does the watch say that neither can have changed? The writer. */
bool zone_is_settled(const struct server_zone *zone, const struct setup *setup);
/* Reload: has the zone no contents, or has its file changed since it was loaded? Tells the watch. The writer. */
bool zone_needs_load(struct server_zone *zone, const struct setup *setup);

/* The published contents with a counted reference, NULL if none. Any thread that is registered with RCU and offline. */
const struct zone_snapshot *zone_contents(const struct server_zone *zone);

enum zone_flush_kind {
	ZONE_FLUSH_CHANGED, /* not if the file has that serial */
	ZONE_FLUSH_ASKED,   /* an operator's: always, but not against zonefile-sync: -1 */
	ZONE_FLUSH_FORCED,
};
/* Write the contents into the zone's file, or with `directory` into its namesake there, which changes nothing else. Who calls has
 * claimed the zone or runs an event of it. Errors: E_ZONEEMPTY, E_NOTSUP (zonefile-sync), the system's; logged but for E_ZONEEMPTY. */
MUST_USE int zone_flush(struct zone_loader *loader, struct server_zone *zone,
	enum zone_flush_kind kind, const char *directory);
/* A new version is published that the zone file doesn't have: do or plan what follows. Called by who has claimed the zone. With
 * zonefile-sync: 0 the file is written before it returns (there is no journal yet that would hold the change until then). */
MUST_USE int zone_changed(struct zone_loader *loader, struct server_zone *zone);
