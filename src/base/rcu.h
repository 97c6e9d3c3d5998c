/*
 * base/rcu: RCU as this code uses it: liburcu's QSBR flavour, with C11 operations on the pointers.
 *
 *	reader: PUBLISHED ... rcu_quiescent_state (or offline)
 *	writer: PUBLISH, call_rcu --> a grace period later, in a thread of liburcu: free
 *
 * Thread checkers don't see grace periods: tests/tsan tells them.
 *
 * Cost     PUBLISHED is a plain load on x86. Threads  any; readers are registered.
 */
#pragma once
#include <urcu-qsbr.h>

/* Pointers that RCU readers follow: the writer swaps, readers load. The pair of C11 operations that the swap's contents need;
 * liburcu's own macros do the same, but thread checkers can't see through them. */
#define PUBLISHED(pointer)     __atomic_load_n(&(pointer), __ATOMIC_ACQUIRE)
#define PUBLISH(pointer, next) __atomic_exchange_n(&(pointer), next, __ATOMIC_ACQ_REL)
