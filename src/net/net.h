/*
 * net: the sockets and I/O threads of the server.
 *
 *	net_open --> net_start --> net_stop --> net_close
 *	 binds        threads       joins       sockets go
 *
 * Between open and start requests wait in the system's queues. Changes of addresses and of the
 * number of workers need a restart; limits and timeouts are replaced while running (net_configure).
 *
 * UDP: a socket of its own for each worker and address. TCP: one socket an address for all, or one
 * a worker (reuseport).
 *
 * Threads  all calls from the server's main thread.
 */
#pragma once
#include "net/settings.h"
#include "net/socket.h"

struct answer_view;
struct net; /* opaque */

struct net_config {
	const struct net_address *listen; /* borrowed for the call */
	size_t listen_count;
	unsigned udp_workers, tcp_workers; /* at least 1 each */
	bool tcp_reuseport;
	bool socket_affinity;
};

/* Bind everything and log what is bound; an address that can't be is logged and left out. `view` is
 * the place of the published view, borrowed; it has one before net_start. */
MUST_USE int net_open(
	const struct net_config *config, const struct answer_view *const *view, struct net **ret);
/* Number of addresses that are served by at least one socket. */
size_t net_bound(const struct net *net);
/* Publish new limits (copies). E_NOMEM: the old ones hold. At least once before net_start. */
MUST_USE int net_configure(struct net *net, const struct net_settings *settings);
/* Start the threads. An error after it was logged; then net_stop ends those that run. */
MUST_USE int net_start(struct net *net);
/* What the I/O threads have counted since the start or the last reset. */
struct net_counters {
	uint64_t tcp_idle_timeouts, tcp_io_timeouts;
};
void net_count(const struct net *net, struct net_counters *ret);
void net_reset_counters(struct net *net);
void net_stop(struct net *net);
void net_close(struct net *net); /* NULL is fine. Stops, closes and removes UNIX sockets. */
