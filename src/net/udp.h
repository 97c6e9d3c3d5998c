/*
 * net/udp: one worker thread's loop over its UDP sockets.
 *
 *	recvmmsg --> answer_message for each, straight into the send buffers --> sendmmsg
 *
 * All message headers are prepared once; a batch touches only lengths, and the addresses that the
 * system writes. A worker with one socket blocks in recvmmsg (one system call in, one out, the
 * cheapest there is); one with several asks epoll.
 *
 * I1  In a batch: no malloc, lock, log or other system call. The send buffer of reply k is k's own,
 *     so replies are dense whatever requests were dropped.
 *
 * RCU      the thread is offline while it waits; a batch is one read section.
 * Memory   UDP_BATCH receive buffers of 64 KiB and send buffers of 4 KiB a worker, of which only
 *          touched pages are real. Strides aren't multiples of the page, or all messages would
 *          compete for the same lines of the first-level cache.
 * Threads  a worker is used by one thread, except udp_worker_stop.
 */
#pragma once
#include "answer/answer.h"
#include "net/settings.h"

enum { UDP_BATCH = 32, UDP_OUT_SIZE = 4096 };

struct udp_worker; /* opaque */

/* What the thread reads from the server: pointers published elsewhere. */
struct net_sources {
	const struct answer_view *const *view;            /* RCU; never NULL while workers run */
	const struct net_settings_block *const *settings; /* RCU; likewise */
};

/* `sources` and `thread` are borrowed. */
MUST_USE int udp_worker_new(
	const struct net_sources *sources, struct answer_thread *thread, struct udp_worker **ret);
void udp_worker_free(struct udp_worker *worker); /* sockets aren't closed; NULL is fine */
/* Serve this socket too (borrowed). Before the loop runs. */
MUST_USE int udp_worker_add(struct udp_worker *worker, int fd, bool pktinfo);
/* The loop; the thread is registered with RCU. Returns after udp_worker_stop. */
void udp_worker_run(struct udp_worker *worker);
/* From any thread: the loop ends. Its sockets are of no use after that. */
void udp_worker_stop(struct udp_worker *worker);
