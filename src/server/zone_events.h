/*
 * server/zone_events: what happens to a zone in the background.
 *
 * One table row an event (enum zone_event): its name in the log and its function. The function runs in a worker, which has the
 * zone for itself meanwhile.
 *
 * Threads  workers, but for zone_needs_load and the loader's life: the main thread.
 */
#pragma once
#include "server/pool.h"
#include <pthread.h>

struct server_zone;
struct setup;

/* What events need from the server. */
struct zone_loader {
	pthread_mutex_t lock;
	struct setup *setup;          /* under lock, counted: in force for the next event */
	void (*all_tried)(void *ctx); /* called once, when no zone is left that wasn't tried */
	void *ctx;
	bool ready;
};

MUST_USE int zone_loader_init(
	struct zone_loader *loader, struct setup *setup, void (*all_tried)(void *ctx), void *ctx);
void zone_loader_deinit(struct zone_loader *loader);
/* Events that begin from now on use this setup. */
void zone_loader_use(struct zone_loader *loader, struct setup *setup);

/* pool_owner's functions; ctx is the zone_loader. */
void zone_event_run(void *ctx, struct pool_item *item, enum zone_event event);
void zone_event_release(void *ctx, struct pool_item *item);

/* Reload: has the zone no contents, or has its file changed since it was loaded? */
bool zone_needs_load(const struct server_zone *zone, const struct setup *setup);
