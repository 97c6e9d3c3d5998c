/*
 * server/pool: background threads that run the events of zones.
 *
 *	pool_queue(zone, event) --> zone's set of waiting events --> queue of zones --> a worker
 *runs one event
 *
 * I1  One zone runs one event at a time; others of it wait, in the order of enum zone_event.
 * I2  A zone is in the queue or with a worker at most once; queueing an event that waits already
 *changes nothing. An event queued while it runs runs again afterwards.
 *
 * Cost     O(1) each, a few octets a zone. Memory: struct pool_item in the zone, nothing else.
 * Threads  pool_queue from any thread. Workers are RCU (QSBR) readers, offline while they wait.
 */
#pragma once
#include "base/attr.h"

/* What can happen to a zone in the background. New kinds are rows here and in zone_events.c's
 * table. */
enum zone_event { ZONE_EVENT_LOAD, ZONE_EVENTS };

/* What the owner embeds in its zone. Under the pool's lock. */
struct pool_item {
	struct pool_item *next;
	uint16_t waiting; /* bits 1 << enum zone_event */
	bool queued, running;
};

struct pool; /* opaque */

/* What the owner of the zones does; called without locks. */
struct pool_owner {
	/* Run one event of a zone, in a worker. */
	void (*run)(void *ctx, struct pool_item *item, enum zone_event event);
	/* The pool has let go of a forgotten item. In a worker or in pool_forget, pool_free. */
	void (*release)(void *ctx, struct pool_item *item);
	void *ctx;
};

MUST_USE int pool_new(unsigned workers, const struct pool_owner *owner, struct pool **ret);
MUST_USE int pool_start(struct pool *pool);
/* Waiting events are kept but not begun, running ones finish; threads are joined. */
void pool_stop(struct pool *pool);
void pool_free(struct pool *pool); /* NULL is fine; stops. Waiting events are dropped. */

void pool_queue(struct pool *pool, struct pool_item *item, enum zone_event event);
/* None of the item's waiting events will run. `release` is called once, as soon as a running one
 * has ended (perhaps in this call). */
void pool_forget(struct pool *pool, struct pool_item *item);
/* Wait until nothing waits and nothing runs. For tests. */
void pool_drain(struct pool *pool);
