/*
 * base/stripes: a few mutexes for many objects that seldom need one: forty octets an object saved.
 *
 * An object's mutex follows from its address; others may have the same. So who holds one takes no other of the same set.
 *
 * Cost     one multiplication. Threads  any; objects of static storage, never destroyed.
 */
#pragma once
#include <pthread.h>
#include <stdint.h>

#define STRIPES 64

struct stripes {
	pthread_mutex_t locks[STRIPES];
};
#define STRIPES_INIT                                                         \
	{                                                                    \
		.locks = { [0 ... STRIPES - 1] = PTHREAD_MUTEX_INITIALIZER } \
	}

/* The mutex of an object, which need not be there any more. Borrowed from `s`. */
static inline pthread_mutex_t *stripe_of(struct stripes *s, const void *object)
{
	/* Fibonacci hashing: the upper bits of the product depend on all bits of the address. */
	return &s->locks[(uint64_t)(uintptr_t)object * UINT64_C(0x9e3779b97f4a7c15) >> 58];
}
