#include "server/pool.h"
#include "base/err.h"
#include <stdlib.h>
#include <urcu-qsbr.h>

enum { FORGOTTEN = 1 << 15 }; /* in item->waiting */
static_assert(ZONE_EVENTS < 15, "bits for events");

/* Times of a zone's events, in the pool's heap by the nearest. */
struct pool_plan {
	struct pool_item *item;
	size_t position;
	time_t nearest;
	time_t at[ZONE_EVENTS]; /* 0: none */
};

struct pool_waiter {
	struct pool_waiter *next;       /* of the item, until it was told */
	struct pool_waiter *batch_next; /* of the batch, which owns it */
	struct pool_batch *batch;
	struct pool_item *item; /* NULL: was told */
	enum zone_event event;
	bool begun; /* the run that it waits for */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;      /* something is queued, the nearest plan changed, or stop */
	pthread_cond_t drained;   /* nothing waits or runs */
	pthread_cond_t unclaimed; /* an event or claim ended that a claim waits for */
	pthread_cond_t told;      /* a batch has heard of all its events, or stop */
	struct pool_item *first, **last; /* the queue */
	size_t running, pending;         /* workers at it; items in the queue */
	unsigned claimants;              /* threads that wait for a claim */
	struct pool_plan **heap;
	size_t heap_count, heap_cap;
	bool stop;
	struct pool_owner owner;
	pthread_t *threads;
	unsigned workers, started;
};

/* --- the queue; with the lock held --- */

static inline bool is_forgotten(const struct pool_item *item)
{
	return (item->waiting & FORGOTTEN) != 0;
}

static uint16_t ready(const struct pool_item *item)
{
	unsigned held = (item->held[POOL_HOLD_FREEZE] & ~item->requested) |
			item->held[POOL_HOLD_TRANSACTION];

	return (uint16_t)(item->waiting & ~held);
}

/* Queue the item if it has something to run and isn't there yet. */
static void offer(struct pool *pool, struct pool_item *item)
{
	if (item->queued || item->running || ready(item) == 0)
		return;
	item->queued = true;
	item->next = NULL;
	*pool->last = item;
	pool->last = &item->next;
	pool->pending++;
	pthread_cond_signal(&pool->wake);
}

static struct pool_item *pop(struct pool *pool)
{
	struct pool_item *item = pool->first;

	pool->first = item->next;
	if (pool->first == NULL)
		pool->last = &pool->first;
	item->queued = false;
	pool->pending--;
	return item;
}

static void set_waiting(struct pool *pool, struct pool_item *item, enum zone_event event)
{
	if (is_forgotten(item))
		return;
	if (item->waiting == 0 && !item->running)
		item->since = (uint32_t)time(NULL);
	item->waiting |= ZONE_EVENT_BIT(event);
	offer(pool, item);
}

/* --- plans; with the lock held --- */

static void heap_put(struct pool *pool, size_t position, struct pool_plan *plan)
{
	pool->heap[position] = plan;
	plan->position = position;
}

/* Find the place of a plan whose time has changed, from where it stands. */
static void heap_settle(struct pool *pool, struct pool_plan *plan)
{
	size_t at = plan->position;

	while (at > 0 && pool->heap[(at - 1) / 2]->nearest > plan->nearest) {
		heap_put(pool, at, pool->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < pool->heap_count &&
			pool->heap[child + 1]->nearest < pool->heap[child]->nearest)
			child++;
		if (child >= pool->heap_count || pool->heap[child]->nearest >= plan->nearest)
			break;
		heap_put(pool, at, pool->heap[child]);
		at = child;
	}
	heap_put(pool, at, plan);
}

static void drop_plan(struct pool *pool, struct pool_item *item)
{
	struct pool_plan *plan = item->plan;

	if (plan == NULL)
		return;
	struct pool_plan *last = pool->heap[--pool->heap_count];
	if (last != plan) {
		heap_put(pool, plan->position, last);
		heap_settle(pool, last);
	}
	item->plan = NULL;
	free(plan);
}

/* Its times have changed. */
static void plan_changed(struct pool *pool, struct pool_plan *plan)
{
	time_t nearest = 0;

	for (size_t i = 0; i < ZONE_EVENTS; i++) {
		if (plan->at[i] != 0 && (nearest == 0 || plan->at[i] < nearest))
			nearest = plan->at[i];
	}
	if (nearest == 0) {
		drop_plan(pool, plan->item);
		return;
	}
	plan->nearest = nearest;
	heap_settle(pool, plan);
}

static int make_plan(struct pool *pool, struct pool_item *item)
{
	if (item->plan != NULL)
		return 0;
	if (pool->heap_count == pool->heap_cap) {
		size_t cap = MAX(2 * pool->heap_cap, (size_t)16);
		struct pool_plan **heap = realloc(pool->heap, cap * sizeof(*heap));
		if (heap == NULL)
			return E_NOMEM;
		pool->heap = heap;
		pool->heap_cap = cap;
	}
	struct pool_plan *plan = calloc(1, sizeof(*plan));
	if (plan == NULL)
		return E_NOMEM;
	plan->item = item;
	item->plan = plan;
	heap_put(pool, pool->heap_count++, plan);
	return 0;
}

/* What is due now waits for a worker. */
static void queue_due(struct pool *pool)
{
	time_t now = time(NULL);

	while (pool->heap_count > 0 && pool->heap[0]->nearest <= now) {
		struct pool_plan *plan = pool->heap[0];
		for (size_t i = 0; i < ZONE_EVENTS; i++) {
			if (plan->at[i] != 0 && plan->at[i] <= now) {
				plan->at[i] = 0;
				set_waiting(pool, plan->item, (enum zone_event)i);
			}
		}
		plan_changed(pool, plan);
	}
}

/* --- batches; with the lock held --- */

/* Tell those that wait for `event` (ZONE_EVENTS: for any), if their run has begun or `all`. */
static void tell(
	struct pool *pool, struct pool_item *item, enum zone_event event, bool all, int result)
{
	struct pool_waiter **link = &item->waiters, *w;

	while ((w = *link) != NULL) {
		if ((event != ZONE_EVENTS && w->event != event) || (!w->begun && !all)) {
			link = &w->next;
			continue;
		}
		struct pool_batch *batch = w->batch;
		if (result != 0) {
			batch->failed++;
			batch->error = result;
		}
		if (--batch->open == 0)
			pthread_cond_broadcast(&pool->told);
		*link = w->next;
		w->item = NULL;
	}
}

static void begin(struct pool_item *item, enum zone_event event)
{
	item->waiting &= (uint16_t)~ZONE_EVENT_BIT(event);
	item->requested &= item->waiting;
	item->running = true;
	item->event = (uint8_t)event;
	item->since = (uint32_t)time(NULL);
	for (struct pool_waiter *w = item->waiters; w != NULL; w = w->next)
		w->begun |= w->event == event;
}

/* --- workers --- */

/* An event or claim of the item is over. With the lock held; drops it meanwhile. */
static void end(struct pool *pool, struct pool_item *item)
{
	item->running = false;
	item->since = (uint32_t)time(NULL);
	if (pool->claimants > 0)
		pthread_cond_broadcast(&pool->unclaimed);
	if (!is_forgotten(item)) {
		offer(pool, item);
		return;
	}
	pthread_mutex_unlock(&pool->lock);
	pool->owner.release(pool->owner.ctx, item);
	pthread_mutex_lock(&pool->lock);
}

/* With the lock held; drops it meanwhile. */
static void run_next(struct pool *pool)
{
	struct pool_item *item = pop(pool);
	unsigned events = ready(item);

	pool->running++;
	if (is_forgotten(item)) {
		pthread_mutex_unlock(&pool->lock);
		pool->owner.release(pool->owner.ctx, item);
		pthread_mutex_lock(&pool->lock);
	} else if (events != 0) {
		enum zone_event event = (enum zone_event)__builtin_ctz(events);
		begin(item, event);
		pthread_mutex_unlock(&pool->lock);
		rcu_thread_online();
		int result = pool->owner.run(pool->owner.ctx, item, event);
		rcu_thread_offline();
		pthread_mutex_lock(&pool->lock);
		tell(pool, item, event, false, result);
		end(pool, item);
	}
	pool->running--;
	if (pool->running == 0 && pool->first == NULL)
		pthread_cond_broadcast(&pool->drained);
}

static void wait_for_work(struct pool *pool)
{
	if (pool->heap_count == 0) {
		pthread_cond_wait(&pool->wake, &pool->lock);
		return;
	}
	struct timespec until = { .tv_sec = pool->heap[0]->nearest };
	(void)pthread_cond_timedwait(&pool->wake, &pool->lock, &until);
}

static void *pool_main(void *arg)
{
	struct pool *pool = arg;

	rcu_register_thread();
	rcu_thread_offline();
	pthread_mutex_lock(&pool->lock);
	while (!pool->stop) {
		queue_due(pool);
		if (pool->first == NULL)
			wait_for_work(pool);
		else
			run_next(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	rcu_unregister_thread();
	return NULL;
}

/* --- users --- */

void pool_queue(struct pool *pool, struct pool_item *item, enum zone_event event)
{
	pthread_mutex_lock(&pool->lock);
	set_waiting(pool, item, event);
	pthread_mutex_unlock(&pool->lock);
}

void pool_request(struct pool *pool, struct pool_item *item, enum zone_event event)
{
	pthread_mutex_lock(&pool->lock);
	item->requested |= ZONE_EVENT_BIT(event);
	set_waiting(pool, item, event);
	pthread_mutex_unlock(&pool->lock);
}

int pool_plan(struct pool *pool, struct pool_item *item, enum zone_event event, time_t at)
{
	int error = 0;

	pthread_mutex_lock(&pool->lock);
	if (at != 0)
		error = is_forgotten(item) ? 0 : make_plan(pool, item);
	if (error == 0 && item->plan != NULL) {
		time_t *planned = &item->plan->at[event];
		if (at == 0 || *planned == 0 || at < *planned)
			*planned = at;
		plan_changed(pool, item->plan);
		pthread_cond_signal(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	return error;
}

void pool_batch_init(struct pool_batch *batch, struct pool *pool)
{
	*batch = (struct pool_batch){ .pool = pool };
}

int pool_batch_queue(struct pool_batch *batch, struct pool_item *item, enum zone_event event)
{
	struct pool *pool = batch->pool;
	struct pool_waiter *w = malloc(sizeof(*w));

	if (w == NULL)
		return E_NOMEM;
	pthread_mutex_lock(&pool->lock);
	*w = (struct pool_waiter){ item->waiters, batch->waiters, batch, item, event, false };
	item->waiters = batch->waiters = w;
	batch->open++;
	if (is_forgotten(item))
		tell(pool, item, ZONE_EVENTS, true, E_NOZONE);
	item->requested |= ZONE_EVENT_BIT(event);
	set_waiting(pool, item, event);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

/* Nobody will tell it. */
static void detach(struct pool_waiter *waiter)
{
	struct pool_waiter **link = &waiter->item->waiters;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
}

int pool_batch_wait(struct pool_batch *batch)
{
	struct pool *pool = batch->pool;
	struct pool_waiter *w;

	pthread_mutex_lock(&pool->lock);
	while (batch->open > 0 && !pool->stop)
		pthread_cond_wait(&pool->told, &pool->lock);
	if (batch->open > 0)
		batch->error = E_AGAIN;
	while ((w = batch->waiters) != NULL) {
		batch->waiters = w->batch_next;
		if (w->item != NULL)
			detach(w);
		free(w);
	}
	pthread_mutex_unlock(&pool->lock);
	return batch->error;
}

int pool_claim(struct pool *pool, struct pool_item *item, unsigned timeout)
{
	struct timespec until;
	int code = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout / 1000;
	until.tv_nsec += (long)(timeout % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&pool->lock);
	pool->claimants++;
	while (item->running && code == 0)
		code = timeout == 0 ? pthread_cond_wait(&pool->unclaimed, &pool->lock)
				    : pthread_cond_timedwait(&pool->unclaimed, &pool->lock, &until);
	pool->claimants--;
	bool claimed = !item->running;
	if (claimed) {
		item->running = true;
		item->event = ZONE_EVENTS;
	}
	pthread_mutex_unlock(&pool->lock);
	return claimed ? 0 : E_BUSY;
}

void pool_unclaim(struct pool *pool, struct pool_item *item)
{
	pthread_mutex_lock(&pool->lock);
	end(pool, item);
	pthread_mutex_unlock(&pool->lock);
}

void pool_hold(struct pool *pool, struct pool_item *item, enum pool_hold why, uint16_t events)
{
	pthread_mutex_lock(&pool->lock);
	item->held[why] = events;
	offer(pool, item);
	pthread_mutex_unlock(&pool->lock);
}

void pool_look(struct pool *pool, const struct pool_item *item, struct pool_state *ret)
{
	*ret = (struct pool_state){ 0 };
	pthread_mutex_lock(&pool->lock);
	unsigned frozen = item->held[POOL_HOLD_FREEZE];
	for (size_t i = 0; i < ZONE_EVENTS; i++) {
		unsigned bit = ZONE_EVENT_BIT(i);
		if (item->running && item->event == i) {
			ret->events[i].status = POOL_RUNNING;
			ret->events[i].at = item->since;
			ret->freezing |= (frozen & bit) != 0;
		} else if ((item->waiting & bit) != 0) {
			ret->events[i].status = frozen & bit ? POOL_FROZEN : POOL_PENDING;
			ret->events[i].at = item->since;
		} else if (item->plan != NULL && item->plan->at[i] != 0) {
			ret->events[i].status = POOL_PLANNED;
			ret->events[i].at = item->plan->at[i];
		}
	}
	ret->frozen = frozen != 0;
	pthread_mutex_unlock(&pool->lock);
}

void pool_counts(struct pool *pool, size_t *running, size_t *pending)
{
	pthread_mutex_lock(&pool->lock);
	*running = pool->running;
	*pending = pool->pending;
	pthread_mutex_unlock(&pool->lock);
}

void pool_forget(struct pool *pool, struct pool_item *item)
{
	pthread_mutex_lock(&pool->lock);
	item->waiting = FORGOTTEN;
	item->held[POOL_HOLD_FREEZE] = item->held[POOL_HOLD_TRANSACTION] = 0;
	drop_plan(pool, item);
	tell(pool, item, ZONE_EVENTS, true, E_NOZONE);
	bool held = item->queued || item->running;
	pthread_mutex_unlock(&pool->lock);
	if (!held)
		pool->owner.release(pool->owner.ctx, item);
}

void pool_drain(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->running > 0 || pool->first != NULL)
		pthread_cond_wait(&pool->drained, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}

/* --- life --- */

int pool_new(unsigned workers, const struct pool_owner *owner, struct pool **ret)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return E_NOMEM;
	pool->workers = MAX(workers, 1u);
	pool->threads = calloc(pool->workers, sizeof(*pool->threads));
	if (pool->threads == NULL) {
		free(pool);
		return E_NOMEM;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	pthread_cond_init(&pool->drained, NULL);
	pthread_cond_init(&pool->unclaimed, NULL);
	pthread_cond_init(&pool->told, NULL);
	pool->last = &pool->first;
	pool->owner = *owner;
	*ret = pool;
	return 0;
}

int pool_start(struct pool *pool)
{
	while (pool->started < pool->workers) {
		int code = pthread_create(&pool->threads[pool->started], NULL, pool_main, pool);
		if (code != 0)
			return -code;
		pthread_setname_np(pool->threads[pool->started++], "worker");
	}
	return 0;
}

void pool_stop(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_cond_broadcast(&pool->told);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->started; i++)
		pthread_join(pool->threads[i], NULL);
	pool->started = 0;
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pool_stop(pool);
	while (pool->first != NULL) {
		struct pool_item *item = pop(pool);
		if (is_forgotten(item))
			pool->owner.release(pool->owner.ctx, item);
		else
			item->waiting = 0;
	}
	while (pool->heap_count > 0)
		drop_plan(pool, pool->heap[0]->item);
	free(pool->heap);
	pthread_cond_destroy(&pool->told);
	pthread_cond_destroy(&pool->unclaimed);
	pthread_cond_destroy(&pool->drained);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}
