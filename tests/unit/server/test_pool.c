/* The background pool: one event of a zone at a time, nothing lost, nothing after a zone was forgotten. */
#include "server/pool.h"
#include "test_util.h"
#include <pthread.h>
#include <unistd.h>
#include <urcu-qsbr.h>

enum { ITEMS = 50 };

struct subject {
	struct pool_item item;
	int inside; /* atomic: events that run now */
	int runs;   /* atomic */
	int released;
	int wanted; /* runs that were asked for before the last one began */
};

struct bench {
	struct pool *pool;
	struct subject subjects[ITEMS];
	int overlaps, after_release; /* atomic */
	pthread_mutex_t gate;
};

static int run(void *ctx, struct pool_item *item, enum zone_event event)
{
	struct bench *b = ctx;
	struct subject *s = (struct subject *)item;

	assert(event == ZONE_EVENT_LOAD);
	if (__atomic_add_fetch(&s->inside, 1, __ATOMIC_SEQ_CST) != 1)
		__atomic_add_fetch(&b->overlaps, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->released, __ATOMIC_SEQ_CST) != 0)
		__atomic_add_fetch(&b->after_release, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&b->gate);
	pthread_mutex_unlock(&b->gate);
	__atomic_add_fetch(&s->runs, 1, __ATOMIC_SEQ_CST);
	__atomic_sub_fetch(&s->inside, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static void release(void *ctx, struct pool_item *item)
{
	struct subject *s = (struct subject *)item;

	(void)ctx;
	assert(__atomic_load_n(&s->inside, __ATOMIC_SEQ_CST) == 0);
	__atomic_add_fetch(&s->released, 1, __ATOMIC_SEQ_CST);
}

static void bench_init(struct bench *b, unsigned workers)
{
	struct pool_owner owner = { run, release, b };

	memset(b, 0, sizeof(*b));
	pthread_mutex_init(&b->gate, NULL);
	assert_int_equal(pool_new(workers, &owner, &b->pool), 0);
}

static void events_of_many_zones_all_run_one_at_a_time(void **state)
{
	(void)state;
	static struct bench b;

	test_random_init();
	bench_init(&b, 4);
	assert_int_equal(pool_start(b.pool), 0);
	for (int i = 0; i < 20000; i++)
		pool_queue(b.pool, &b.subjects[test_below(ITEMS)].item, ZONE_EVENT_LOAD);
	for (int i = 0; i < ITEMS; i++)
		pool_queue(b.pool, &b.subjects[i].item, ZONE_EVENT_LOAD);
	pool_drain(b.pool);
	for (int i = 0; i < ITEMS; i++)
		assert_true(b.subjects[i].runs > 0);
	assert_int_equal(b.overlaps, 0);
	pool_free(b.pool);
}

static void event_queued_while_it_runs_runs_again(void **state)
{
	(void)state;
	static struct bench b;

	bench_init(&b, 2);
	pthread_mutex_lock(&b.gate);
	assert_int_equal(pool_start(b.pool), 0);
	pool_queue(b.pool, &b.subjects[0].item, ZONE_EVENT_LOAD);
	while (__atomic_load_n(&b.subjects[0].inside, __ATOMIC_SEQ_CST) == 0)
		usleep(100);
	for (int i = 0; i < 5; i++)
		pool_queue(b.pool, &b.subjects[0].item, ZONE_EVENT_LOAD);
	pthread_mutex_unlock(&b.gate);
	pool_drain(b.pool);
	assert_int_equal(b.subjects[0].runs, 2);
	pool_free(b.pool);
}

static void forgotten_zone_is_released_once_when_nothing_of_it_runs(void **state)
{
	(void)state;
	static struct bench b;

	bench_init(&b, 1);
	pool_forget(b.pool, &b.subjects[0].item); /* at rest */
	assert_int_equal(b.subjects[0].released, 1);

	pthread_mutex_lock(&b.gate);
	assert_int_equal(pool_start(b.pool), 0);
	pool_queue(b.pool, &b.subjects[1].item, ZONE_EVENT_LOAD);
	while (__atomic_load_n(&b.subjects[1].inside, __ATOMIC_SEQ_CST) == 0)
		usleep(100);
	pool_queue(b.pool, &b.subjects[1].item, ZONE_EVENT_LOAD); /* running and waiting */
	pool_queue(b.pool, &b.subjects[2].item, ZONE_EVENT_LOAD); /* waiting */
	pool_forget(b.pool, &b.subjects[1].item);
	pool_forget(b.pool, &b.subjects[2].item);
	assert_int_equal(__atomic_load_n(&b.subjects[1].released, __ATOMIC_SEQ_CST), 0);
	pthread_mutex_unlock(&b.gate);
	pool_drain(b.pool);
	assert_int_equal(b.subjects[1].released, 1);
	assert_int_equal(b.subjects[1].runs, 1);
	assert_int_equal(b.subjects[2].released, 1);
	assert_int_equal(b.subjects[2].runs, 0);
	pool_free(b.pool);
}

static void zones_forgotten_at_random_are_released_once(void **state)
{
	(void)state;
	static struct bench b;

	test_random_init();
	for (int round = 0; round < 20; round++) {
		bool forgotten[ITEMS] = { false };
		bench_init(&b, 3);
		assert_int_equal(pool_start(b.pool), 0);
		for (int i = 0; i < 2000; i++) {
			unsigned at = test_below(ITEMS);
			if (forgotten[at])
				continue;
			if (test_below(40) == 0) {
				forgotten[at] = true;
				pool_forget(b.pool, &b.subjects[at].item);
			} else {
				pool_queue(b.pool, &b.subjects[at].item, ZONE_EVENT_LOAD);
			}
		}
		if (round % 2 == 0)
			pool_drain(b.pool);
		pool_free(b.pool);
		for (int i = 0; i < ITEMS; i++)
			assert_int_equal(b.subjects[i].released, forgotten[i]);
		assert_int_equal(b.overlaps, 0);
		assert_int_equal(b.after_release, 0);
	}
}

static void pool_stopped_with_a_queue_finishes_what_runs(void **state)
{
	(void)state;
	static struct bench b;

	bench_init(&b, 2);
	assert_int_equal(pool_start(b.pool), 0);
	for (int i = 0; i < ITEMS; i++)
		pool_queue(b.pool, &b.subjects[i].item, ZONE_EVENT_LOAD);
	pool_stop(b.pool);
	for (int i = 0; i < ITEMS; i++)
		assert_int_equal(b.subjects[i].inside, 0);
	pool_free(b.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_many_zones_all_run_one_at_a_time),
		cmocka_unit_test(event_queued_while_it_runs_runs_again),
		cmocka_unit_test(forgotten_zone_is_released_once_when_nothing_of_it_runs),
		cmocka_unit_test(zones_forgotten_at_random_are_released_once),
		cmocka_unit_test(pool_stopped_with_a_queue_finishes_what_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
