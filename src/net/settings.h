/*
 * net/settings: what I/O threads obey and a reload may change while they run.
 *
 * One immutable block, published by pointer (RCU); net_configure replaces it. UDP workers look once
 * a batch, stream workers once a turn of their loop.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include <sys/socket.h>
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
#define RCU_READER_DONE()         __tsan_release(&net_grace_period)
#define RCU_GRACE_PERIOD_PASSED() __tsan_acquire(&net_grace_period)
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
extern char net_grace_period; /* a place for the above */

/* A range of addresses, ends included, in network order. IPv4 takes the first 4 octets. */
struct net_range {
	sa_family_t family; /* AF_INET, AF_INET6 */
	uint8_t first[16], last[16];
};

struct net_settings {
	unsigned tcp_max_clients;        /* of the whole server */
	unsigned tcp_idle_timeout;       /* ms since the last completed request */
	unsigned tcp_io_timeout;         /* ms for one message, 0 = no limit */
	const struct net_range *proxies; /* may send PROXY v2 headers over UDP */
	size_t proxy_count;
};

/* Is the address in one of the ranges? */
bool net_ranges_have(
	const struct net_range *ranges, size_t count, const struct sockaddr_storage *sa);

/* PROXY v2 over UDP: a request that begins with such a header, from a sender in `proxies`. True:
 * *request is what follows the header, and *ret the address of the real client that it names.
 * Otherwise nothing is changed. */
bool net_proxy_strip(const struct net_settings *settings, const struct sockaddr_storage *sender,
	struct span *request, struct sockaddr_storage *ret);

/* The published form (inside the net room). */
struct net_settings_block {
	struct rcu_head rcu;
	struct net_settings s;
	struct net_range proxies[];
};
