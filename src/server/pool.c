#include "server/pool.h"
#include "base/err.h"
#include <pthread.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

enum { FORGOTTEN = 1 << 15 }; /* in item->waiting */
static_assert(ZONE_EVENTS < 15, "bits for events");

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;             /* something is queued, or stop */
	pthread_cond_t drained;          /* nothing waits or runs */
	struct pool_item *first, **last; /* the queue */
	unsigned running;
	bool stop;
	struct pool_owner owner;
	pthread_t *threads;
	unsigned workers, started;
};

/* --- the queue; with the lock held --- */

static void append(struct pool *pool, struct pool_item *item)
{
	item->queued = true;
	item->next = NULL;
	*pool->last = item;
	pool->last = &item->next;
	pthread_cond_signal(&pool->wake);
}

static struct pool_item *pop(struct pool *pool)
{
	struct pool_item *item = pool->first;

	pool->first = item->next;
	if (pool->first == NULL)
		pool->last = &pool->first;
	item->queued = false;
	return item;
}

/* --- workers --- */

static inline bool is_forgotten(const struct pool_item *item)
{
	return (item->waiting & FORGOTTEN) != 0;
}

/* With the lock held; drops it meanwhile. */
static void run_next(struct pool *pool)
{
	struct pool_item *item = pop(pool);

	pool->running++;
	if (!is_forgotten(item)) {
		enum zone_event event = (enum zone_event)__builtin_ctz(item->waiting);
		item->waiting &= (uint16_t) ~(1u << event);
		item->running = true;
		pthread_mutex_unlock(&pool->lock);
		rcu_thread_online();
		pool->owner.run(pool->owner.ctx, item, event);
		rcu_thread_offline();
		pthread_mutex_lock(&pool->lock);
		item->running = false;
	}
	if (is_forgotten(item)) {
		pthread_mutex_unlock(&pool->lock);
		rcu_thread_online();
		pool->owner.release(pool->owner.ctx, item);
		rcu_thread_offline();
		pthread_mutex_lock(&pool->lock);
	} else if (item->waiting != 0) {
		append(pool, item);
	}
	pool->running--;
	if (pool->running == 0 && pool->first == NULL)
		pthread_cond_broadcast(&pool->drained);
}

static void *pool_main(void *arg)
{
	struct pool *pool = arg;

	rcu_register_thread();
	rcu_thread_offline();
	pthread_mutex_lock(&pool->lock);
	while (!pool->stop) {
		if (pool->first == NULL)
			pthread_cond_wait(&pool->wake, &pool->lock);
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
	item->waiting |= (uint16_t)(1u << event);
	if (!item->queued && !item->running)
		append(pool, item);
	pthread_mutex_unlock(&pool->lock);
}

void pool_forget(struct pool *pool, struct pool_item *item)
{
	pthread_mutex_lock(&pool->lock);
	item->waiting = FORGOTTEN;
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
	pthread_cond_destroy(&pool->drained);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}
