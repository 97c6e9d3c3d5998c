/*
 * server/pool: background threads that run the events of zones, at once or at their time.
 *
 *	pool_queue --> waiting ------------------> queue of zones --> a worker runs one event --> batch hears the result
 *	pool_plan  --> time (heap of zones) --^          ^
 *	                              holds keep waiting events back
 *
 * I1  One zone runs one event at a time; others of it wait, in the order of enum zone_event. A claim counts as an event.
 * I2  A zone is in the queue or with a worker at most once; queueing an event that waits already changes nothing. An event
 *     queued while it runs runs again afterwards.
 * I3  A batch hears of each event that was queued with it exactly once: its result, or E_NOZONE if the zone goes.
 *
 * Cost     O(1) to queue, O(log zones with plans) to plan. Memory: struct pool_item in the zone; a zone with planned events has a
 *          struct pool_plan besides.
 * Threads  all functions from any thread but where said. Workers are RCU (QSBR) readers, offline while they wait.
 */
#pragma once
#include "base/attr.h"
#include <pthread.h>
#include <time.h>

/* What can happen to a zone in the background, in the order in which zone-status names it. What each is and whether it is built:
 * rows of zone_events.c. */
enum zone_event {
	ZONE_EVENT_LOAD,
	ZONE_EVENT_REFRESH,
	ZONE_EVENT_UPDATE,
	ZONE_EVENT_EXPIRE,
	ZONE_EVENT_PURGE,
	ZONE_EVENT_FLUSH,
	ZONE_EVENT_BACKUP,
	ZONE_EVENT_NOTIFY,
	ZONE_EVENT_SIGN,
	ZONE_EVENT_VALIDATE,
	ZONE_EVENT_DS_CHECK,
	ZONE_EVENT_DS_PUSH,
	ZONE_EVENT_DNSKEY_SYNC,
	ZONE_EVENTS
};
#define ZONE_EVENT_BIT(event) ((uint16_t)(1u << (event)))

/* Why events of a zone don't run for now. */
enum pool_hold { POOL_HOLD_FREEZE, POOL_HOLD_TRANSACTION, POOL_HOLDS };

struct pool_plan;
struct pool_waiter;

/* What the owner embeds in its zone. Under the pool's lock. */
struct pool_item {
	struct pool_item *next;
	struct pool_plan *plan;      /* NULL: no event has a time */
	struct pool_waiter *waiters; /* batches that want to hear */
	uint32_t since;   /* Unix time at which the oldest waiting or the running event became so */
	uint16_t waiting; /* ZONE_EVENT_BIT */
	uint16_t requested;        /* those of them that a freeze doesn't keep back */
	uint16_t held[POOL_HOLDS]; /* the same bits */
	bool queued, running;
	uint8_t event; /* that runs; ZONE_EVENTS: a claim */
};

struct pool; /* opaque */

/* What the owner of the zones does; called without locks. */
struct pool_owner {
	/* Run one event of a zone, in a worker. Its result is for batches. */
	int (*run)(void *ctx, struct pool_item *item, enum zone_event event);
	/* The pool has let go of a forgotten item. In a worker or in pool_forget, pool_unclaim, pool_free. */
	void (*release)(void *ctx, struct pool_item *item);
	void *ctx;
};

MUST_USE int pool_new(unsigned workers, const struct pool_owner *owner, struct pool **ret);
MUST_USE int pool_start(struct pool *pool);
/* Waiting events are kept but not begun, running ones finish; threads are joined; nobody waits for a batch any more. From one thread. */
void pool_stop(struct pool *pool);
void pool_free(struct pool *pool); /* NULL is fine; stops. Waiting events are dropped. */

void pool_queue(struct pool *pool, struct pool_item *item, enum zone_event event);
/* The same for an operator, whose wish goes through a freeze. */
void pool_request(struct pool *pool, struct pool_item *item, enum zone_event event);
/* Run it at this time (Unix) unless it is planned for an earlier one; 0: cancel the plan. E_NOMEM. */
MUST_USE int pool_plan(struct pool *pool, struct pool_item *item, enum zone_event event, time_t at);

/* Waiting for results of events. A batch lives on the stack of one thread, from init to wait. */
struct pool_batch {
	struct pool *pool;
	struct pool_waiter *waiters;
	size_t open, failed;
	int error; /* of the last that failed */
};
void pool_batch_init(struct pool_batch *batch, struct pool *pool);
/* pool_request, and hear of it. E_NOMEM. */
MUST_USE int pool_batch_queue(
	struct pool_batch *batch, struct pool_item *item, enum zone_event event);
/* Wait for all, or for the pool's stop (E_AGAIN). The error of one that failed, or 0. Ends the batch's use. */
int pool_batch_wait(struct pool_batch *batch);

/* Have the zone for oneself, like an event: waits for the running one at most `timeout` ms (0: without end). E_BUSY. Not in a worker;
 * RCU threads are offline. */
MUST_USE int pool_claim(struct pool *pool, struct pool_item *item, unsigned timeout);
void pool_unclaim(struct pool *pool, struct pool_item *item);

/* Keep these events (bits) of the zone back, or with 0 let them go. */
void pool_hold(struct pool *pool, struct pool_item *item, enum pool_hold why, uint16_t events);

/* Where an event of a zone stands. */
enum pool_status { POOL_IDLE, POOL_PLANNED, POOL_PENDING, POOL_FROZEN, POOL_RUNNING };
struct pool_state {
	struct {
		enum pool_status status;
		time_t at; /* planned for, due at or begun at */
	} events[ZONE_EVENTS];
	bool frozen;   /* held by a freeze */
	bool freezing; /* and an event that it holds still runs */
};
void pool_look(struct pool *pool, const struct pool_item *item, struct pool_state *ret);
/* Zones with a running event, and those that wait for a worker. */
void pool_counts(struct pool *pool, size_t *running, size_t *pending);

/* None of the item's waiting events will run. `release` is called once, as soon as a running one
 * has ended (perhaps in this call). */
void pool_forget(struct pool *pool, struct pool_item *item);
/* Wait until nothing waits for a worker and nothing runs; plans don't count. For tests. */
void pool_drain(struct pool *pool);
