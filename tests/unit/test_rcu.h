/* For tests: wait until all that was handed to call_rcu is done. rcu_barrier does so too, but thread checkers take what the library,
 * which isn't built for them, does in it for races. */
#pragma once
#include "base/rcu.h"
#include <semaphore.h>

struct test_rcu_mark {
	struct rcu_head head;
	sem_t done;
};

static inline void test_rcu_done_(struct rcu_head *head)
{
	struct test_rcu_mark *mark = (struct test_rcu_mark *)(void *)head; /* its first member */
	sem_post(&mark->done);
}

/* From a thread that is registered and online. One thread of the library runs all functions, in order. */
static inline void test_rcu_settle(void)
{
	struct test_rcu_mark mark;
	sem_init(&mark.done, 0, 0);
	RCU_CALL(&mark.head, test_rcu_done_);
	rcu_quiescent_state();
	rcu_thread_offline();
	while (sem_wait(&mark.done) != 0)
		;
	rcu_thread_online();
	sem_destroy(&mark.done);
}
