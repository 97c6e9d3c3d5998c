#ifndef __SANITIZE_THREAD__ /* which wants to see them called: tests/tsan/unseen.c */
#define _LGPL_SOURCE        /* liburcu's small functions inline, which its license allows to all */
#endif
#include "net/udp.h"
#include "answer/module.h"
#include "base/err.h"
#include "base/log.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	IN_SIZE = 65535, /* a datagram's greatest payload */
	IN_STRIDE = 65536 + 5 * 64,
	OUT_STRIDE = UDP_OUT_SIZE + 3 * 64,
	CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)), /* the larger of the two */
	EVENTS = 16,
	ERROR_PAUSE_MS = 10,
	HINT_PAUSE = 255, /* batches without the hint after one that it didn't pay for */
};
static_assert(UDP_BATCH <= ANSWER_BATCH_MAX, "one hint for a batch");

struct udp_socket {
	int fd;
	bool pktinfo;
};

struct udp_worker {
	struct net_sources sources;
	struct answer_thread *thread;
	struct udp_socket *sockets;
	size_t socket_count;
	int epoll;           /* -1: one socket */
	unsigned hint_pause; /* batches until the next hint */
	bool stop;           /* atomic, relaxed: set once */
	uint8_t *in, *out;
	struct mmsghdr rx[UDP_BATCH], tx[UDP_BATCH];
	struct iovec rx_iov[UDP_BATCH], tx_iov[UDP_BATCH];
	struct sockaddr_storage names[UDP_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[UDP_BATCH][CONTROL_SIZE];
};

/* --- the batch --- */

/* The system calls themselves: libc's functions prepare for the thread being cancelled, which nobody does, at a cost of a fortieth of
 * a query. */
static inline int receive(int fd, struct mmsghdr *messages, int flags)
{
#ifdef SYS_recvmmsg
	return (int)syscall(SYS_recvmmsg, fd, messages, UDP_BATCH, flags, NULL);
#else
	return recvmmsg(fd, messages, UDP_BATCH, flags, NULL);
#endif
}

static inline int send_batch(int fd, struct mmsghdr *messages, unsigned count)
{
#ifdef SYS_sendmmsg
	return (int)syscall(SYS_sendmmsg, fd, messages, count, MSG_DONTWAIT);
#else
	return sendmmsg(fd, messages, count, MSG_DONTWAIT);
#endif
}

/* The reply leaves from the address that the request came to, by the way that routing says: the
 * interface counts only for link-local addresses, which mean nothing without it. */
static void pktinfo_turn(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (UNLIKELY(c == NULL))
		return;
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = (void *)CMSG_DATA(c);
		info->ipi_ifindex = 0;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo *info = (void *)CMSG_DATA(c);
		if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
			info->ipi6_ifindex = 0;
	}
}

/* What most servers and datagrams don't have: a PROXY header may be meant, answer what it wraps; hooks of modules around it all. */
static COLD size_t answer_unusual(struct udp_worker *w, const struct answer_view *view,
	const struct net_settings_block *settings, const struct sockaddr_storage *sender,
	struct span request, uint8_t *out)
{
	const struct answer_plan *hooks = answer_plan_of_transports(view->settings.plan);
	struct sockaddr_storage real;
	struct answer_client client = { ANSWER_UDP, sender };
	size_t len = 0;

	if (net_proxy_strip(&settings->s, sender, &request, &real))
		client.remote = &real;
	if (answer_plan_run_proto(hooks, ANSWER_STAGE_PROTO_BEGIN, &client, w->thread))
		len = answer_message(view, w->thread, &client, request, out, UDP_OUT_SIZE);
	answer_plan_run_proto(hooks, ANSWER_STAGE_PROTO_END, &client, w->thread);
	return len;
}

/* Send replies; one that the system refuses is skipped, and a full send buffer drops the rest: who
 * asked asks again. */
static COLD void send_rest(struct udp_worker *w, int fd, unsigned sent, unsigned count)
{
	while (sent < count) {
		int n = send_batch(fd, w->tx + sent, count - sent);
		if (n > 0) {
			sent += (unsigned)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			return;
		} else {
			sent++;
		}
	}
}

/* Several requests that have come together needn't wait for memory one after the other. */
static void hint(struct udp_worker *w, const struct answer_view *view, unsigned count)
{
	struct span requests[UDP_BATCH];

	if (w->hint_pause > 0) {
		w->hint_pause--;
		return;
	}
	for (unsigned i = 0; i < count; i++)
		requests[i] = (struct span){ w->in + i * (size_t)IN_STRIDE, w->rx[i].msg_len };
	if (!answer_prefetch(view, requests, count))
		w->hint_pause = HINT_PAUSE;
}

static void serve(struct udp_worker *w, int fd, bool pktinfo, unsigned count)
{
	const struct answer_view *view = PUBLISHED(*w->sources.view);
	const struct net_settings_block *settings = PUBLISHED(*w->sources.settings);
	const bool hooks = answer_plan_of_transports(view->settings.plan) != NULL;
	const bool unusual = hooks || settings->s.proxy_count > 0;
	struct answer_client client = { .transport = ANSWER_UDP };
	uint8_t *out = w->out;
	unsigned replies = 0;

	if (count > 1 && !unusual)
		hint(w, view, count);
	for (unsigned i = 0; i < count; i++) {
		struct msghdr *m = &w->rx[i].msg_hdr;
		struct span request = { w->in + i * (size_t)IN_STRIDE, w->rx[i].msg_len };
		socklen_t name_len = m->msg_namelen;
		size_t control_len = m->msg_controllen;
		size_t len;

		m->msg_namelen = sizeof(w->names[i]); /* the system overwrote it */
		client.remote = &w->names[i];
		if (UNLIKELY(unusual))
			len = answer_unusual(w, view, settings, client.remote, request, out);
		else
			len = answer_message(view, w->thread, &client, request, out, UDP_OUT_SIZE);

		struct msghdr *t = &w->tx[replies].msg_hdr;
		if (pktinfo) {
			t->msg_control = m->msg_control;
			t->msg_controllen = control_len;
			pktinfo_turn(t);
			m->msg_controllen = CONTROL_SIZE;
		}
		if (len == 0)
			continue;
		t->msg_name = &w->names[i];
		t->msg_namelen = name_len;
		w->tx_iov[replies].iov_len = len;
		out += OUT_STRIDE;
		replies++;
	}

	if (replies > 0) {
		int n = send_batch(fd, w->tx, replies);
		if (UNLIKELY(n != (int)replies))
			send_rest(w, fd, n > 0 ? (unsigned)n : 0, replies);
	}
}

/* --- the loop --- */

static inline bool stopping(const struct udp_worker *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_RELAXED);
}

/* With and without destination addresses the prepared headers differ; a worker with both kinds of
 * sockets sets them when it turns from one kind to the other. */
static void use_control(struct udp_worker *w, bool pktinfo)
{
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		w->rx[i].msg_hdr.msg_control = pktinfo ? w->control[i] : NULL;
		w->rx[i].msg_hdr.msg_controllen = pktinfo ? CONTROL_SIZE : 0;
		w->tx[i].msg_hdr.msg_control = NULL;
		w->tx[i].msg_hdr.msg_controllen = 0;
	}
}

/* Receiving failed. What lasts (no memory) must not become a busy loop. */
static COLD void after_error(void)
{
	if (errno != EINTR && errno != EAGAIN)
		poll(NULL, 0, ERROR_PAUSE_MS);
}

static void run_one(struct udp_worker *w)
{
	const int fd = w->sockets[0].fd;
	const bool pktinfo = w->sockets[0].pktinfo;

	use_control(w, pktinfo);
	while (!stopping(w)) {
		rcu_thread_offline();
		int n = receive(fd, w->rx, MSG_WAITFORONE);
		rcu_thread_online();
		if (UNLIKELY(stopping(
			    w))) /* what woke it is no datagram, though it may look like an empty one */
			break;
		if (LIKELY(n > 0))
			serve(w, fd, pktinfo, (unsigned)n);
		else if (n < 0)
			after_error();
	}
}

static void run_many(struct udp_worker *w)
{
	struct epoll_event events[EVENTS];
	bool pktinfo = w->sockets[0].pktinfo;

	use_control(w, pktinfo);
	while (!stopping(w)) {
		rcu_thread_offline();
		int ready = epoll_wait(w->epoll, events, EVENTS, -1);
		rcu_thread_online();

		for (int i = 0; i < ready && !stopping(w); i++) {
			const struct udp_socket *s = &w->sockets[events[i].data.u32];

			if (UNLIKELY(s->pktinfo != pktinfo)) {
				pktinfo = s->pktinfo;
				use_control(w, pktinfo);
			}
			int n = receive(s->fd, w->rx, MSG_DONTWAIT);
			if (UNLIKELY(stopping(w)))
				break;
			if (n > 0)
				serve(w, s->fd, pktinfo, (unsigned)n);
			else if (n < 0)
				after_error();
			rcu_quiescent_state();
		}
	}
}

void udp_worker_run(struct udp_worker *w)
{
	if (w->socket_count == 1)
		run_one(w);
	else if (w->socket_count > 1)
		run_many(w);
}

void udp_worker_stop(struct udp_worker *w)
{
	__atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
	/* Says ENOTCONN, and wakes whoever waits on the socket all the same. */
	for (size_t i = 0; i < w->socket_count; i++)
		shutdown(w->sockets[i].fd, SHUT_RDWR);
}

/* --- life --- */

static uint8_t *map_buffers(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

int udp_worker_new(
	const struct net_sources *sources, struct answer_thread *thread, struct udp_worker **ret)
{
	struct udp_worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return E_NOMEM;
	w->sources = *sources;
	w->thread = thread;
	w->epoll = -1;
	w->in = map_buffers((size_t)IN_STRIDE * UDP_BATCH);
	w->out = map_buffers((size_t)OUT_STRIDE * UDP_BATCH);
	if (w->in == NULL || w->out == NULL) {
		udp_worker_free(w);
		return E_NOMEM;
	}
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		w->rx_iov[i] = (struct iovec){ w->in + i * (size_t)IN_STRIDE, IN_SIZE };
		w->rx[i].msg_hdr = (struct msghdr){ .msg_name = &w->names[i],
			.msg_namelen = sizeof(w->names[i]),
			.msg_iov = &w->rx_iov[i],
			.msg_iovlen = 1 };
		w->tx_iov[i] = (struct iovec){ w->out + i * (size_t)OUT_STRIDE, 0 };
		w->tx[i].msg_hdr = (struct msghdr){ .msg_iov = &w->tx_iov[i], .msg_iovlen = 1 };
	}
	*ret = w;
	return 0;
}

void udp_worker_free(struct udp_worker *w)
{
	if (w == NULL)
		return;
	if (w->in != NULL)
		munmap(w->in, (size_t)IN_STRIDE * UDP_BATCH);
	if (w->out != NULL)
		munmap(w->out, (size_t)OUT_STRIDE * UDP_BATCH);
	if (w->epoll >= 0)
		close(w->epoll);
	free(w->sockets);
	free(w);
}

static int watch(struct udp_worker *w, size_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)index };

	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->sockets[index].fd, &event) != 0)
		return err_errno();
	return 0;
}

int udp_worker_add(struct udp_worker *w, int fd, bool pktinfo)
{
	struct udp_socket *sockets = realloc(w->sockets, (w->socket_count + 1) * sizeof(*sockets));

	if (sockets == NULL)
		return E_NOMEM;
	w->sockets = sockets;
	w->sockets[w->socket_count] = (struct udp_socket){ fd, pktinfo };
	if (w->socket_count == 1) {
		w->epoll = epoll_create1(EPOLL_CLOEXEC);
		if (w->epoll < 0)
			return err_errno();
		TRY(watch(w, 0));
	}
	if (w->socket_count > 0)
		TRY(watch(w, w->socket_count));
	w->socket_count++;
	return 0;
}
