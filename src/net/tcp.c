#ifndef __SANITIZE_THREAD__ /* which wants to see them called: tests/tsan/unseen.c */
#define _LGPL_SOURCE        /* liburcu's small functions inline, which its license allows to all */
#endif
#include "net/tcp.h"
#include "answer/module.h"
#include "base/err.h"
#include "base/log.h"
#include "net/socket.h"
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	PREFIX = 2, /* octets of a message's length, RFC 1035 section 4.2.2 */
	MESSAGE_MAX = 65535,
	READ_SIZE = 64 * 1024,
	WRITE_SIZE = 2 * (PREFIX + MESSAGE_MAX), /* gathered for one write; one more message always
						    fits in half of it */
	EVENTS = 64,
	READS_A_TURN = 4, /* then the other connections have their turn */
	ACCEPTS_A_TURN = 16,
	KEEP_MIN = 512, /* first buffer of a partial message, octets */
	SWEEP_IDLE_MS = 2000,
	SWEEP_IO_MS = 100,
};

enum source_kind { SOURCE_WAKE, SOURCE_LISTEN, SOURCE_CONN };

/* What epoll gives back. First in whatever is watched. */
struct source {
	enum source_kind kind;
	int fd;
};

struct listener {
	struct source source;
	const struct sockaddr_storage *unix_address;
};

struct link {
	struct link *prev, *next;
};

struct bytes {
	uint8_t *data;
	size_t len, cap;
};

struct conn {
	struct source source;
	enum answer_transport transport;
	bool waits_to_write;
	struct link by_idle; /* in worker.idle, the longest idle first */
	/* In worker.io, the nearest deadline first, while a message is in progress; next == NULL: isn't. */
	struct link by_io;
	uint64_t last_request; /* ms */
	uint64_t io_deadline;  /* ms, 0 = none */
	struct bytes in;  /* begun, not complete; or whole ones that wait for the client to read */
	struct bytes out; /* from out_pos on: not yet taken by the system */
	size_t out_pos;
	int unconfirmed; /* while out isn't empty: octets with the system when that was last looked at */
	struct sockaddr_storage remote;
};

struct tcp_worker {
	struct tcp_counters counters;
	struct net_sources sources;
	struct answer_thread *thread;
	tcp_clock clock;
	int epoll;
	struct source wake; /* an eventfd */
	bool stop;          /* atomic, relaxed: set once */
	bool accepting;
	unsigned share; /* workers that the limit is divided among */
	unsigned clients;
	struct listener **listeners;
	size_t listener_count;
	struct link idle, io; /* list heads */
	uint64_t now, next_idle_sweep, next_io_sweep;
	struct net_settings limits; /* copied at each turn, without proxies */
	/* A batch's events and what was closed meanwhile: such an event's pointer is dead. */
	struct epoll_event events[EVENTS];
	int event_count;
	uint8_t *read_buf, *write_buf;
};

static uint64_t system_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- lists --- */

static void link_init(struct link *head)
{
	head->prev = head->next = head;
}

static void link_append(struct link *head, struct link *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

static void link_remove(struct link *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	item->next = NULL;
}

#define CONN_OF(item, field) \
	((struct conn *)(void *)((uint8_t *)(item)-offsetof(struct conn, field)))

/* --- bytes kept with a connection --- */

static void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}

static int bytes_reserve(struct bytes *b, size_t cap)
{
	if (cap <= b->cap)
		return 0;
	uint8_t *data = realloc(b->data, cap);
	if (data == NULL)
		return E_NOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

static int bytes_set(struct bytes *b, const uint8_t *data, size_t len)
{
	TRY(bytes_reserve(b, MAX(len, (size_t)KEEP_MIN)));
	memcpy(b->data, data, len);
	b->len = len;
	return 0;
}

/* --- a connection's life --- */

static void accept_again(struct tcp_worker *w, bool on)
{
	if (w->accepting == on)
		return;
	w->accepting = on;
	for (size_t i = 0; i < w->listener_count; i++) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE,
			.data.ptr = w->listeners[i] };
		/* A failure leaves things as they are; the next close or sweep tries again. */
		if (epoll_ctl(w->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
			    w->listeners[i]->source.fd, &event) != 0 &&
			errno != EEXIST && errno != ENOENT)
			w->accepting = false;
	}
}

static unsigned client_limit(const struct tcp_worker *w)
{
	return MAX(w->limits.tcp_max_clients / w->share, 1u);
}

static void conn_close(struct tcp_worker *w, struct conn *conn)
{
	link_remove(&conn->by_idle);
	if (conn->by_io.next != NULL)
		link_remove(&conn->by_io);
	close(conn->source.fd);
	for (int i = 0; i < w->event_count; i++) {
		if (w->events[i].data.ptr == conn)
			w->events[i].data.ptr = NULL;
	}
	bytes_free(&conn->in);
	bytes_free(&conn->out);
	free(conn);
	w->clients--;
	if (w->clients < client_limit(w))
		accept_again(w, true);
}

/* From now on the client has the I/O timeout to go on, or (false) nothing is awaited from it. */
static void conn_in_progress(struct tcp_worker *w, struct conn *conn, bool on)
{
	if (conn->by_io.next != NULL)
		link_remove(&conn->by_io);
	if (!on || w->limits.tcp_io_timeout == 0)
		return;
	conn->io_deadline = w->now + w->limits.tcp_io_timeout;
	link_append(&w->io, &conn->by_io);
}

/* Octets that the client's system hasn't confirmed. */
static int unconfirmed(const struct conn *conn)
{
	int count = 0;
	return ioctl(conn->source.fd, SIOCOUTQ, &count) == 0 ? count : 0;
}

/* Has the client taken some of what waits for it? Readiness to write isn't the measure: the system says so only when a
 * third of its buffer, which may be megabytes, is free. */
static bool took_some(struct conn *conn)
{
	int before = conn->unconfirmed;

	conn->unconfirmed = unconfirmed(conn);
	return conn->unconfirmed < before;
}

/* The system takes no more for the client at present. */
static void conn_blocked(struct tcp_worker *w, struct conn *conn)
{
	conn->unconfirmed = unconfirmed(conn);
	conn_in_progress(w, conn, true);
}

static COLD void log_timeout(const struct conn *conn, const char *text)
{
	char address[NET_ADDRESS_TEXT_SIZE];

	if (log_enabled(LOG_DEBUGGING, LOG_SERVER))
		log_debug("TCP, %s, address %s", text, net_sockaddr_print(&conn->remote, address));
}

static int conn_watch(struct tcp_worker *w, struct conn *conn, bool write)
{
	struct epoll_event event = { .events = write ? EPOLLOUT : EPOLLIN, .data.ptr = conn };

	if (conn->waits_to_write == write)
		return 0;
	if (epoll_ctl(w->epoll, EPOLL_CTL_MOD, conn->source.fd, &event) != 0)
		return err_errno();
	conn->waits_to_write = write;
	return 0;
}

/* --- requests and replies --- */

enum outcome {
	DONE,    /* all that can be done now is done */
	BLOCKED, /* the client doesn't read: the rest waits with the connection */
	CLOSE,
};

/* Send what was gathered. What isn't taken stays with the connection. */
static enum outcome flush(struct tcp_worker *w, struct conn *conn, size_t len)
{
	size_t sent = 0;

	while (sent < len) {
		ssize_t n = send(conn->source.fd, w->write_buf + sent, len - sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			sent += (size_t)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			if (bytes_set(&conn->out, w->write_buf + sent, len - sent) != 0)
				return CLOSE;
			conn->out_pos = 0;
			conn_blocked(w, conn);
			return conn_watch(w, conn, true) == 0 ? BLOCKED : CLOSE;
		} else {
			return CLOSE;
		}
	}
	return DONE;
}

/* Answer the whole messages at the beginning of `data`, in order. *used: octets dealt with. */
static enum outcome serve(struct tcp_worker *w, struct conn *conn, struct span data, size_t *used)
{
	const struct answer_view *view = PUBLISHED(*w->sources.view);
	struct answer_client client = { conn->transport, &conn->remote };
	size_t at = 0, gathered = 0;
	enum outcome outcome = DONE;

	while (outcome == DONE && data.len - at >= PREFIX) {
		size_t len = read_u16(data.data + at);
		if (len == 0) {
			outcome = flush(w, conn, gathered);
			*used = data.len;
			return CLOSE;
		}
		if (data.len - at - PREFIX < len)
			break;

		struct span request = { data.data + at + PREFIX, len };
		uint8_t *reply = w->write_buf + gathered;
		size_t reply_len = answer_message(
			view, w->thread, &client, request, reply + PREFIX, MESSAGE_MAX);
		if (reply_len > 0) {
			write_u16(reply, (uint16_t)reply_len);
			gathered += PREFIX + reply_len;
		}
		at += PREFIX + len;
		conn->last_request = w->now;
		if (gathered > WRITE_SIZE / 2) {
			outcome = flush(w, conn, gathered);
			gathered = 0;
		}
	}
	if (at > 0) { /* the one idle for the shortest time is last */
		link_remove(&conn->by_idle);
		link_append(&w->idle, &conn->by_idle);
	}
	if (outcome == DONE && gathered > 0)
		outcome = flush(w, conn, gathered);
	*used = at;
	return outcome;
}

/* Deal with bytes in conn->in or in the worker's buffer; keep the rest. `fresh`: what just came
 * begins a message. */
static enum outcome take(struct tcp_worker *w, struct conn *conn, struct span data)
{
	bool kept = data.data == conn->in.data;
	size_t used = 0;
	enum outcome outcome = serve(w, conn, data, &used);
	size_t rest = data.len - used;

	if (outcome == CLOSE)
		return CLOSE;
	if (rest == 0) {
		bytes_free(&conn->in);
	} else if (!kept) {
		if (bytes_set(&conn->in, data.data + used, rest) != 0)
			return CLOSE;
	} else if (used > 0) {
		memmove(conn->in.data, conn->in.data + used, rest);
		conn->in.len = rest;
	}
	if (outcome == DONE && (used > 0 || conn->by_io.next == NULL || rest == 0))
		conn_in_progress(w, conn, rest > 0);
	return outcome;
}

/* Room for more of the message that conn->in begins with: doubled, but no more than the message
 * needs. */
static int make_room(struct conn *conn, size_t *room)
{
	struct bytes *in = &conn->in;
	size_t need = in->len >= PREFIX ? PREFIX + read_u16(in->data) : KEEP_MIN;

	if (in->len == in->cap)
		TRY(bytes_reserve(in, MIN(2 * in->cap, MAX(need, in->len + 1))));
	*room = in->cap - in->len;
	return 0;
}

static enum outcome conn_read(struct tcp_worker *w, struct conn *conn)
{
	for (unsigned i = 0; i < READS_A_TURN; i++) {
		uint8_t *to = w->read_buf;
		size_t room = READ_SIZE;
		bool kept = conn->in.len > 0;

		if (kept) {
			if (make_room(conn, &room) != 0)
				return CLOSE;
			to = conn->in.data + conn->in.len;
		}
		ssize_t n = recv(conn->source.fd, to, room, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? DONE : CLOSE;
		if (n == 0)
			return CLOSE;

		struct span data = { to, (size_t)n };
		if (kept) {
			conn->in.len += (size_t)n;
			data = (struct span){ conn->in.data, conn->in.len };
		}
		enum outcome outcome = take(w, conn, data);
		if (outcome != DONE)
			return outcome;
		if ((size_t)n < room) /* that was all; another call would only say so */
			return DONE;
	}
	return DONE;
}

/* The client reads again: send the rest, then go on with requests that had to wait. */
static enum outcome conn_write(struct tcp_worker *w, struct conn *conn)
{
	size_t before = conn->out_pos;

	while (conn->out_pos < conn->out.len) {
		ssize_t n = send(conn->source.fd, conn->out.data + conn->out_pos,
			conn->out.len - conn->out_pos, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			conn->out_pos += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (!(n < 0 && errno == EINTR))
			return CLOSE;
	}
	if (conn->out_pos < conn->out.len) {
		if (conn->out_pos > before)
			conn_blocked(w, conn);
		return BLOCKED;
	}
	bytes_free(&conn->out);
	conn->out_pos = 0;
	conn_in_progress(w, conn, false);
	if (conn->in.len > 0) {
		enum outcome outcome = take(w, conn, (struct span){ conn->in.data, conn->in.len });
		if (outcome != DONE)
			return outcome;
	}
	return conn_watch(w, conn, false) == 0 ? DONE : CLOSE;
}

/* --- accepting --- */

int tcp_worker_adopt(struct tcp_worker *w, int fd, enum answer_transport transport,
	const struct sockaddr_storage *remote)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = conn };

	if (conn == NULL)
		return E_NOMEM;
	conn->source = (struct source){ SOURCE_CONN, fd };
	conn->transport = transport;
	conn->remote = *remote;
	conn->last_request = w->now;
	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		free(conn);
		return err_errno();
	}
	link_append(&w->idle, &conn->by_idle);
	w->clients++;
	return 0;
}

static void accept_some(struct tcp_worker *w, struct listener *l)
{
	for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage remote = { 0 };
		socklen_t len = sizeof(remote);

		if (w->clients >= client_limit(w)) {
			accept_again(w, false);
			return;
		}
		int fd = accept4(l->source.fd, (struct sockaddr *)&remote, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			/* No descriptors: look away until the next sweep, instead of being woken in
			 * vain. */
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				errno == ENOMEM)
				accept_again(w, false);
			return;
		}
		bool is_unix = l->unix_address != NULL;
		if (tcp_worker_adopt(w, fd, is_unix ? ANSWER_UNIX : ANSWER_TCP,
			    is_unix ? l->unix_address : &remote) != 0)
			close(fd);
	}
}

/* --- the loop --- */

static void sweep_idle(struct tcp_worker *w)
{
	while (w->idle.next != &w->idle) {
		struct conn *conn = CONN_OF(w->idle.next, by_idle);
		if (w->now - conn->last_request < w->limits.tcp_idle_timeout)
			break;
		log_timeout(conn, "terminated inactive client");
		w->counters.idle_timeouts++;
		conn_close(w, conn);
	}
	if (w->clients < client_limit(w))
		accept_again(w, true);
	w->next_idle_sweep = w->now + SWEEP_IDLE_MS;
}

static void sweep_io(struct tcp_worker *w)
{
	while (w->io.next != &w->io) {
		struct conn *conn = CONN_OF(w->io.next, by_io);
		if (conn->io_deadline > w->now)
			break;
		if (conn->out.len > 0 && took_some(conn)) {
			conn_in_progress(w, conn, true);
			continue;
		}
		log_timeout(
			conn, conn->out.len > 0
				      ? "failed to send due to IO timeout, closing connection"
				      : "failed to receive due to IO timeout, closing connection");
		w->counters.io_timeouts++;
		conn_close(w, conn);
	}
	w->next_io_sweep = w->now + SWEEP_IO_MS;
}

/* The connection can be read, or written to again. Hooks of modules go around it. */
static enum outcome conn_event(struct tcp_worker *w, struct conn *conn, uint32_t events)
{
	const struct answer_view *view = PUBLISHED(*w->sources.view);
	const struct answer_plan *hooks = answer_plan_of_transports(view->settings.plan);
	const struct answer_client client = { conn->transport, &conn->remote };
	enum outcome outcome = CLOSE;

	if (answer_plan_run_proto(hooks, ANSWER_STAGE_PROTO_BEGIN, &client, w->thread)) {
		if (!conn->waits_to_write)
			outcome = conn_read(w, conn);
		else if ((events & EPOLLERR) == 0)
			outcome = conn_write(w, conn);
	}
	answer_plan_run_proto(hooks, ANSWER_STAGE_PROTO_END, &client, w->thread);
	return outcome;
}

static void handle(struct tcp_worker *w, struct source *source, uint32_t events)
{
	if (source->kind == SOURCE_LISTEN) {
		accept_some(w, (struct listener *)source);
	} else if (source->kind == SOURCE_CONN) {
		struct conn *conn = (struct conn *)source;
		if (conn_event(w, conn, events) == CLOSE)
			conn_close(w, conn);
	}
}

void tcp_worker_turn(struct tcp_worker *w, int timeout)
{
	/* Idle clients are worth waking up for only if there are any; a message in progress wakes
	 * sooner. */
	int wait = w->io.next != &w->io              ? SWEEP_IO_MS
		   : w->clients > 0 || !w->accepting ? SWEEP_IDLE_MS
						     : -1;
	if (timeout >= 0 && (wait < 0 || timeout < wait))
		wait = timeout;

	rcu_thread_offline();
	w->event_count = epoll_wait(w->epoll, w->events, EVENTS, wait);
	rcu_thread_online();

	w->now = w->clock();
	w->limits = PUBLISHED(*w->sources.settings)->s;
	for (int i = 0; i < w->event_count; i++) {
		if (w->events[i].data.ptr == NULL)
			continue;
		handle(w, w->events[i].data.ptr, w->events[i].events);
		rcu_quiescent_state();
	}
	w->event_count = 0;
	if (w->now >= w->next_io_sweep)
		sweep_io(w);
	if (w->now >= w->next_idle_sweep)
		sweep_idle(w);
}

void tcp_worker_run(struct tcp_worker *w)
{
	if (w->listener_count == 0)
		return;
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED))
		tcp_worker_turn(w, -1);
}

void tcp_worker_stop(struct tcp_worker *w)
{
	__atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
	uint64_t one = 1;
	if (write(w->wake.fd, &one, sizeof(one)) < 0) /* full: it is awake already */
		return;
}

unsigned tcp_worker_clients(const struct tcp_worker *w)
{
	return w->clients;
}

/* --- life --- */

int tcp_worker_new(const struct net_sources *sources, struct answer_thread *thread,
	unsigned workers, tcp_clock clock, struct tcp_worker **ret)
{
	struct tcp_worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return E_NOMEM;
	w->sources = *sources;
	w->thread = thread;
	w->share = MAX(workers, 1u);
	w->clock = clock != NULL ? clock : system_clock;
	w->accepting = true;
	link_init(&w->idle);
	link_init(&w->io);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->wake = (struct source){ SOURCE_WAKE, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	w->read_buf = malloc(READ_SIZE);
	w->write_buf = malloc(WRITE_SIZE);

	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &w->wake };
	int error = w->read_buf == NULL || w->write_buf == NULL ? E_NOMEM : 0;
	if (error == 0 && (w->epoll < 0 || w->wake.fd < 0 ||
				  epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wake.fd, &event) != 0))
		error = err_errno();
	if (error != 0) {
		tcp_worker_free(w);
		return error;
	}
	*ret = w;
	return 0;
}

void tcp_worker_free(struct tcp_worker *w)
{
	if (w == NULL)
		return;
	w->event_count = 0;
	w->accepting = true; /* conn_close has nothing to switch on */
	while (w->idle.next != &w->idle)
		conn_close(w, CONN_OF(w->idle.next, by_idle));
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->wake.fd >= 0)
		close(w->wake.fd);
	for (size_t i = 0; i < w->listener_count; i++)
		free(w->listeners[i]);
	free(w->listeners);
	free(w->read_buf);
	free(w->write_buf);
	free(w);
}

int tcp_worker_add(struct tcp_worker *w, int fd, const struct sockaddr_storage *unix_address)
{
	struct listener **listeners =
		realloc(w->listeners, (w->listener_count + 1) * sizeof(struct listener *));

	if (listeners == NULL)
		return E_NOMEM;
	w->listeners = listeners;
	struct listener *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return E_NOMEM;
	l->source = (struct source){ SOURCE_LISTEN, fd };
	l->unix_address = unix_address;
	w->listeners[w->listener_count++] = l;

	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = l };
	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : err_errno();
}

const struct tcp_counters *tcp_worker_counters(const struct tcp_worker *worker)
{
	return &worker->counters;
}
