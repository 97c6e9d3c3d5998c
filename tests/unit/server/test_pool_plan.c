/* The pool's times, holds, claims and batches. */
#include "base/err.h"
#include "server/pool.h"
#include "test_util.h"
#include <pthread.h>
#include <unistd.h>

struct subject {
	struct pool_item item;
	int runs[ZONE_EVENTS]; /* atomic */
	int result;
	int released; /* atomic */
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int run(void *ctx, struct pool_item *item, enum zone_event event)
{
	struct subject *s = (struct subject *)item;

	(void)ctx;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	__atomic_add_fetch(&s->runs[event], 1, __ATOMIC_SEQ_CST);
	return s->result;
}

static void release(void *ctx, struct pool_item *item)
{
	(void)ctx;
	__atomic_add_fetch(&((struct subject *)item)->released, 1, __ATOMIC_SEQ_CST);
}

static struct pool *start_pool(void)
{
	struct pool_owner owner = { run, release, NULL };
	struct pool *pool;

	assert_int_equal(pool_new(2, &owner, &pool), 0);
	assert_int_equal(pool_start(pool), 0);
	return pool;
}

static int runs_of(struct subject *s, enum zone_event event)
{
	return __atomic_load_n(&s->runs[event], __ATOMIC_SEQ_CST);
}

/* Wait until an event has run so many times. */
static void wait_for_runs(struct subject *s, enum zone_event event, int runs)
{
	for (int i = 0; i < 10000 && runs_of(s, event) < runs; i++)
		usleep(1000);
	assert_int_equal(runs_of(s, event), runs);
}

static void planned_event_runs_when_its_time_has_come(void **state)
{
	struct pool *pool = start_pool();
	struct subject s = { 0 }, far = { 0 };
	struct pool_state look;

	(void)state;
	assert_int_equal(pool_plan(pool, &far.item, ZONE_EVENT_FLUSH, time(NULL) + 3600), 0);
	assert_int_equal(pool_plan(pool, &s.item, ZONE_EVENT_FLUSH, time(NULL) + 1), 0);
	wait_for_runs(&s, ZONE_EVENT_FLUSH, 1);
	assert_int_equal(runs_of(&far, ZONE_EVENT_FLUSH), 0);
	pool_look(pool, &far.item, &look);
	assert_int_equal(look.events[ZONE_EVENT_FLUSH].status, POOL_PLANNED);
	assert_int_equal(pool_plan(pool, &far.item, ZONE_EVENT_FLUSH, 0), 0);
	pool_look(pool, &far.item, &look);
	assert_int_equal(look.events[ZONE_EVENT_FLUSH].status, POOL_IDLE);
	pool_free(pool);
}

static void plan_keeps_the_earlier_time(void **state)
{
	struct pool *pool = start_pool();
	struct subject s = { 0 };
	struct pool_state look;
	time_t now = time(NULL);

	(void)state;
	assert_int_equal(pool_plan(pool, &s.item, ZONE_EVENT_FLUSH, now + 500), 0);
	assert_int_equal(pool_plan(pool, &s.item, ZONE_EVENT_FLUSH, now + 900), 0);
	assert_int_equal(pool_plan(pool, &s.item, ZONE_EVENT_LOAD, now + 700), 0);
	pool_look(pool, &s.item, &look);
	assert_int_equal(look.events[ZONE_EVENT_FLUSH].at, now + 500);
	assert_int_equal(look.events[ZONE_EVENT_LOAD].at, now + 700);
	pool_free(pool);
}

static void many_plans_come_due_in_any_order(void **state)
{
	enum { MANY = 300 };
	static struct subject many[MANY];
	struct pool *pool = start_pool();
	time_t now = time(NULL);

	(void)state;
	test_random_init();
	memset(many, 0, sizeof(many));
	for (int i = 0; i < MANY; i++)
		assert_int_equal(pool_plan(pool, &many[i].item, ZONE_EVENT_FLUSH,
					 now + 1 + (time_t)test_below(1000)),
			0);
	/* Some are cancelled, all others moved to now. */
	for (int i = 0; i < MANY; i++)
		assert_int_equal(
			pool_plan(pool, &many[i].item, ZONE_EVENT_FLUSH, i % 3 == 0 ? 0 : now), 0);
	for (int i = 0; i < MANY; i++) {
		if (i % 3 != 0)
			wait_for_runs(&many[i], ZONE_EVENT_FLUSH, 1);
	}
	pool_drain(pool);
	for (int i = 0; i < MANY; i += 3)
		assert_int_equal(runs_of(&many[i], ZONE_EVENT_FLUSH), 0);
	pool_free(pool);
}

static void held_event_waits_and_runs_when_let_go(void **state)
{
	struct pool *pool = start_pool();
	struct subject s = { 0 };
	struct pool_state look;

	(void)state;
	pool_hold(pool, &s.item, POOL_HOLD_FREEZE, ZONE_EVENT_BIT(ZONE_EVENT_LOAD));
	pool_queue(pool, &s.item, ZONE_EVENT_LOAD);
	pool_queue(pool, &s.item, ZONE_EVENT_NOTIFY);
	wait_for_runs(&s, ZONE_EVENT_NOTIFY, 1);
	pool_drain(pool);
	assert_int_equal(runs_of(&s, ZONE_EVENT_LOAD), 0);
	pool_look(pool, &s.item, &look);
	assert_int_equal(look.events[ZONE_EVENT_LOAD].status, POOL_FROZEN);
	assert_true(look.frozen);
	pool_hold(pool, &s.item, POOL_HOLD_FREEZE, 0);
	wait_for_runs(&s, ZONE_EVENT_LOAD, 1);
	pool_free(pool);
}

static void operator_goes_through_a_freeze_but_not_through_a_transaction(void **state)
{
	struct pool *pool = start_pool();
	struct subject s = { 0 };

	(void)state;
	pool_hold(pool, &s.item, POOL_HOLD_FREEZE, ZONE_EVENT_BIT(ZONE_EVENT_LOAD));
	pool_request(pool, &s.item, ZONE_EVENT_LOAD);
	wait_for_runs(&s, ZONE_EVENT_LOAD, 1);
	pool_hold(pool, &s.item, POOL_HOLD_TRANSACTION, ZONE_EVENT_BIT(ZONE_EVENT_LOAD));
	pool_request(pool, &s.item, ZONE_EVENT_LOAD);
	pool_drain(pool);
	assert_int_equal(runs_of(&s, ZONE_EVENT_LOAD), 1);
	pool_hold(pool, &s.item, POOL_HOLD_TRANSACTION, 0);
	wait_for_runs(&s, ZONE_EVENT_LOAD, 2);
	pool_free(pool);
}

static void batch_hears_results_of_the_runs_that_begin_after_it(void **state)
{
	struct pool *pool = start_pool();
	struct subject good = { 0 }, bad = { .result = E_ZONEFILE };
	struct pool_batch batch;

	(void)state;
	pool_batch_init(&batch, pool);
	assert_int_equal(pool_batch_queue(&batch, &good.item, ZONE_EVENT_LOAD), 0);
	assert_int_equal(pool_batch_wait(&batch), 0);
	assert_int_equal(runs_of(&good, ZONE_EVENT_LOAD), 1);

	pool_batch_init(&batch, pool);
	assert_int_equal(pool_batch_queue(&batch, &good.item, ZONE_EVENT_LOAD), 0);
	assert_int_equal(pool_batch_queue(&batch, &bad.item, ZONE_EVENT_LOAD), 0);
	assert_int_equal(pool_batch_wait(&batch), E_ZONEFILE);
	assert_int_equal(batch.failed, 1);

	/* One runs already: the batch waits for the next. */
	pthread_mutex_lock(&gate);
	pool_queue(pool, &good.item, ZONE_EVENT_LOAD);
	struct pool_state look;
	do
		pool_look(pool, &good.item, &look);
	while (look.events[ZONE_EVENT_LOAD].status != POOL_RUNNING);
	pool_batch_init(&batch, pool);
	assert_int_equal(pool_batch_queue(&batch, &good.item, ZONE_EVENT_LOAD), 0);
	pthread_mutex_unlock(&gate);
	assert_int_equal(pool_batch_wait(&batch), 0);
	assert_int_equal(runs_of(&good, ZONE_EVENT_LOAD), 4);
	pool_free(pool);
}

static void batch_hears_that_a_zone_goes_or_the_pool_stops(void **state)
{
	struct pool *pool = start_pool();
	struct subject gone = { 0 }, kept = { 0 };
	struct pool_batch batch;

	(void)state;
	pool_hold(pool, &gone.item, POOL_HOLD_TRANSACTION, ZONE_EVENT_BIT(ZONE_EVENT_LOAD));
	pool_batch_init(&batch, pool);
	assert_int_equal(pool_batch_queue(&batch, &gone.item, ZONE_EVENT_LOAD), 0);
	pool_forget(pool, &gone.item);
	assert_int_equal(pool_batch_wait(&batch), E_NOZONE);
	assert_int_equal(gone.released, 1);

	pool_hold(pool, &kept.item, POOL_HOLD_TRANSACTION, ZONE_EVENT_BIT(ZONE_EVENT_LOAD));
	pool_batch_init(&batch, pool);
	assert_int_equal(pool_batch_queue(&batch, &kept.item, ZONE_EVENT_LOAD), 0);
	pool_stop(pool);
	assert_int_equal(pool_batch_wait(&batch), E_AGAIN);
	pool_free(pool);
}

static void claim_excludes_events_and_other_claims(void **state)
{
	struct pool *pool = start_pool();
	struct subject s = { 0 };

	(void)state;
	assert_int_equal(pool_claim(pool, &s.item, 0), 0);
	assert_int_equal(pool_claim(pool, &s.item, 20), E_BUSY);
	pool_queue(pool, &s.item, ZONE_EVENT_LOAD);
	pool_drain(pool); /* nothing that could run */
	assert_int_equal(runs_of(&s, ZONE_EVENT_LOAD), 0);
	pool_unclaim(pool, &s.item);
	wait_for_runs(&s, ZONE_EVENT_LOAD, 1);
	assert_int_equal(pool_claim(pool, &s.item, 5000), 0);
	pool_forget(pool, &s.item);
	assert_int_equal(s.released, 0);
	pool_unclaim(pool, &s.item);
	assert_int_equal(s.released, 1);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planned_event_runs_when_its_time_has_come),
		cmocka_unit_test(plan_keeps_the_earlier_time),
		cmocka_unit_test(many_plans_come_due_in_any_order),
		cmocka_unit_test(held_event_waits_and_runs_when_let_go),
		cmocka_unit_test(operator_goes_through_a_freeze_but_not_through_a_transaction),
		cmocka_unit_test(batch_hears_results_of_the_runs_that_begin_after_it),
		cmocka_unit_test(batch_hears_that_a_zone_goes_or_the_pool_stops),
		cmocka_unit_test(claim_excludes_events_and_other_claims),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
