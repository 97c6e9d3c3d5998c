/*
 * net/settings: what I/O threads obey and a reload may change while they run.
 *
 * One immutable block, published by pointer (RCU); net_configure replaces it. UDP workers look once
 * a batch, stream workers once a turn of their loop.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include "base/rcu.h"
#include <sys/socket.h>

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
