/*
 * net/tcp: one worker thread's loop over stream sockets, TCP and UNIX.
 *
 *	accept --> read what is there --> answer the whole messages in it, in order --> one write
 *	               |                                                                  |
 *	               partial message: kept                    what isn't taken is kept, and
 *	               with the connection                      reading pauses
 *
 * A connection at rest holds no buffers: bytes are read into the worker's own, and only what is
 * left over is copied to the connection, in a buffer that grows with what really came, not with
 * what the length prefix promises.
 *
 * I1  Replies leave in the order of the requests; a request is answered only while the connection
 *     has no unsent bytes (so a client that doesn't read stops being served, and costs one
 *     message's memory).
 * I2  Nothing here blocks but the wait for events.
 *
 * Limits   clients a worker: tcp_max_clients / workers, at least 1; at the limit it stops accepting
 *          until one closes. Idle: since the last completed request, swept every 2 s. I/O: a
 *          message has that long to come in whole, and a client that long to take some of what
 *          waits for it; swept while any is in progress. Both from the published settings, so a
 *          reload applies to open connections.
 * Threads  a worker is used by one thread, except tcp_worker_stop. RCU: offline while it waits.
 */
#pragma once
#include "net/udp.h"

struct tcp_worker; /* opaque */

/* Milliseconds that only grow. NULL: the system's monotonic clock; tests give their own. */
typedef uint64_t (*tcp_clock)(void);

/* `workers`: how many share the client limit. */
MUST_USE int tcp_worker_new(const struct net_sources *sources, struct answer_thread *thread,
	unsigned workers, tcp_clock clock, struct tcp_worker **ret);
void tcp_worker_free(struct tcp_worker
		*worker); /* closes its connections, not the listening sockets; NULL is fine */
/* Accept from this socket (borrowed, non-blocking). `unix_address`: what clients of an UNIX socket
 * count as, borrowed; NULL for TCP. */
MUST_USE int tcp_worker_add(
	struct tcp_worker *worker, int fd, const struct sockaddr_storage *unix_address);
/* Serve a connection that is there already: takes `fd` (a non-blocking stream) unless it fails. */
MUST_USE int tcp_worker_adopt(struct tcp_worker *worker, int fd, enum answer_transport transport,
	const struct sockaddr_storage *remote);
/* The loop; the thread is registered with RCU. Returns after tcp_worker_stop. */
void tcp_worker_run(struct tcp_worker *worker);
/* One turn of the loop: wait at most `timeout` ms (-1: as long as nothing is due), serve, sweep.
 * For tests. */
void tcp_worker_turn(struct tcp_worker *worker, int timeout);
void tcp_worker_stop(struct tcp_worker *worker);

unsigned tcp_worker_clients(const struct tcp_worker *worker);
/* Connections that were closed, by reason. Written by the worker alone; whoever reads may be a moment behind. */
struct tcp_counters {
	uint64_t idle_timeouts, io_timeouts;
};
const struct tcp_counters *tcp_worker_counters(const struct tcp_worker *worker);
