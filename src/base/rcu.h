/*
 * base/rcu: RCU as this code uses it (liburcu, QSBR), in a form that thread checkers follow.
 *
 *	reader: PUBLISHED ... RCU_READER_DONE, rcu_quiescent_state
 *	writer: PUBLISH, RCU_CALL --> the function: RCU_GRACE_PERIOD_PASSED, free
 */
#pragma once
#include <urcu-qsbr.h>

/* Pointers that RCU readers follow: the writer swaps, readers load. The pair of C11 operations that
 * the swap's contents need; liburcu's own macros do the same, but thread checkers can't see through
 * them. */
#define PUBLISHED(pointer)     __atomic_load_n(&(pointer), __ATOMIC_ACQUIRE)
#define PUBLISH(pointer, next) __atomic_exchange_n(&(pointer), next, __ATOMIC_ACQ_REL)

/* Thread checkers can't see grace periods either: a reader says that it is done before each quiescent state, and who
 * frees after a grace period says so. Nothing in ordinary builds. */
#if defined(__SANITIZE_THREAD__)
#define CHECKED_FOR_RACES 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHECKED_FOR_RACES 1
#endif
#endif
#ifdef CHECKED_FOR_RACES
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define RCU_READER_DONE()         __tsan_release(&rcu_grace_period)
#define RCU_GRACE_PERIOD_PASSED() __tsan_acquire(&rcu_grace_period)
#else
#define RCU_READER_DONE()         ((void)0)
#define RCU_GRACE_PERIOD_PASSED() ((void)0)
#endif
/* call_rcu, after all that the caller has done. */
#define RCU_CALL(head, function)          \
	do {                              \
		RCU_READER_DONE();        \
		call_rcu(head, function); \
	} while (0)
extern char rcu_grace_period; /* a place for the above */
