/*
 * tools/dig: sending a query and waiting for its reply.
 *
 * Servers are tried in order, each with all its addresses; over UDP each attempt is repeated `retries` times. A truncated reply is asked
 * again over TCP. Transfers go to the first server only.
 *
 *	dig_run --> try_server (each) --> query_address (each) --> get_reply --> exchange --> print, validate
 *	                             \-> transfer_address
 */
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
	int fd;
	char peer[256];
} kept = { -1, "" };

void dig_close_kept(void)
{
	if (kept.fd >= 0)
		close(kept.fd);
	kept.fd = -1;
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Wait for events until the deadline. 0 or E_TIMEOUT. */
static int wait_for(int fd, short events, double deadline)
{
	for (;;) {
		double left = deadline - now_ms();
		struct pollfd p = { fd, events, 0 };
		int n = poll(&p, 1, left > 0 ? (int)MIN(left + 1, 1e9) : 0);
		if (n > 0)
			return 0;
		if (n == 0 && now_ms() >= deadline)
			return E_TIMEOUT;
		if (n < 0 && errno != EINTR)
			return err_errno();
	}
}

struct attempt {
	const struct dig_query *q;
	const struct dig_server *server;
	bool tcp;
	bool is_reused; /* the connection of the query before */
	bool was_asked; /* the server has an address */
	bool is_repeated;
	int fd;
	double deadline, started;
	struct dig_peer peer;
	struct timespec sent; /* UTC */
	uint16_t id;
	struct buf query;
	uint8_t *reply; /* 65535 */
	size_t reply_len;
};

static void describe(struct attempt *a, const struct sockaddr *addr, socklen_t len)
{
	char host[INET6_ADDRSTRLEN] = "?", port[8] = "";
	if (addr->sa_family == AF_UNIX) {
		snprintf(a->peer.text, sizeof(a->peer.text), "%s(TCP)", a->server->host);
		return;
	}
	getnameinfo(
		addr, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(a->peer.text, sizeof(a->peer.text), "%s@%s(%s)", host, port,
		a->tcp ? "TCP" : "UDP");
}

static bool bind_local(const struct attempt *a, int fd, int family)
{
	struct addrinfo hints = { .ai_family = family, .ai_flags = AI_NUMERICHOST }, *list;
	if (!a->q->has_local)
		return true;
	bool is_bound = false;
	if (getaddrinfo(a->q->local.host, a->q->local.port, &hints, &list) == 0) {
		is_bound = bind(fd, list->ai_addr, list->ai_addrlen) == 0;
		freeaddrinfo(list);
	}
	if (!is_bound)
		dig_warn("can't assign address %s", a->q->local.text);
	return is_bound;
}

static const char *port_of(const struct attempt *a)
{
	return a->server->is_path ? "UNIX" : a->server->port != NULL ? a->server->port : a->q->port;
}

static void tell_querying(const struct attempt *a, bool is_reused)
{
	const struct dig_query *q = a->q;
	char owner[DNS_NAME_TEXT_SIZE] = "", to[512] = "reused connection";
	if (q->debug == 0 || a->is_repeated)
		return;
	if (q->has_question)
		dns_name_print(q->name, owner);
	if (!is_reused)
		snprintf(to, sizeof(to), "server(%s), port(%s), protocol(%s)", a->server->host,
			port_of(a), a->tcp ? "TCP" : "UDP");
	dig_debug(q, "Querying for owner(%s), class(%u), type(%u), %s", owner, (unsigned)q->class_,
		(unsigned)q->type, to);
}

/* A connected socket to one address. */
static int open_socket(struct attempt *a, const struct sockaddr *addr, socklen_t len)
{
	describe(a, addr, len);
	a->is_reused = false;
	if (a->q->keepopen && kept.fd >= 0) {
		if (a->tcp && strcmp(kept.peer, a->peer.text) == 0) {
			a->fd = kept.fd;
			kept.fd = -1;
			a->is_reused = true;
			tell_querying(a, true);
			return 0;
		}
		char name[DNS_NAME_TEXT_SIZE] = "";
		if (a->q->has_question)
			dns_name_print(a->q->name, name);
		dig_warn("connection parameters mismatch for query (%s), ignoring keepopen", name);
	}
	dig_close_kept();
	tell_querying(a, false);
	int fd = socket(addr->sa_family,
		(a->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno();
	int ret = 0;
	if (!bind_local(a, fd, addr->sa_family)) {
		close(fd);
		return E_FAILED;
	}
	if (connect(fd, addr, len) != 0) {
		ret = err_errno();
		if (errno == EINPROGRESS) {
			int error = 0;
			socklen_t error_len = sizeof(error);
			ret = wait_for(fd, POLLOUT, a->deadline);
			if (ret == 0 &&
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len) == 0 &&
				error != 0)
				ret = -error;
		}
	}
	if (ret != 0) {
		if (ret == E_TIMEOUT)
			dig_warn("connection timeout for %s", a->peer.text);
		else
			dig_warn("can't connect to %s", a->peer.text);
		close(fd);
		return ret;
	}
	a->fd = fd;
	return 0;
}

static int send_all(struct attempt *a, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(a->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			TRY(wait_for(a->fd, POLLOUT, a->deadline));
			continue;
		}
		if (n <= 0)
			return err_errno();
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int receive_all(struct attempt *a, uint8_t *data, size_t len)
{
	while (len > 0) {
		TRY(wait_for(a->fd, POLLIN, a->deadline));
		ssize_t n = recv(a->fd, data, len, 0);
		if (n == 0)
			return E_CONN;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_errno();
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int send_query(struct attempt *a)
{
	struct buf out = { 0 };
	if (!a->is_reused) {
		buf_append(&out, a->q->proxy, a->q->proxy_len);
		if (a->tcp && a->q->proxy_len > 0)
			out.data[out.len - a->q->proxy_len + 13] ^=
				0x03; /* STREAM instead of DGRAM */
	}
	if (a->tcp)
		buf_u16(&out, (uint16_t)a->query.len);
	buf_append(&out, a->query.data, a->query.len);
	int ret = out.error != 0 ? out.error : send_all(a, out.data, out.len);
	buf_deinit(&out);
	if (ret != 0) {
		dig_warn("can't send query to %s", a->peer.text);
		return ret;
	}
	clock_gettime(CLOCK_REALTIME, &a->sent);
	dig_tap_write(a->q, a->fd, a->tcp, &a->sent, NULL, buf_span(&a->query));
	return 0;
}

static int receive_message(struct attempt *a)
{
	int ret;
	if (a->tcp) {
		uint8_t prefix[2];
		ret = receive_all(a, prefix, 2);
		a->reply_len = ret == 0 ? read_u16(prefix) : 0;
		if (ret == 0)
			ret = receive_all(a, a->reply, a->reply_len);
	} else {
		ret = wait_for(a->fd, POLLIN, a->deadline);
		ssize_t n = ret == 0 ? recv(a->fd, a->reply, 65535, 0) : 0;
		if (ret == 0 && n <= 0)
			ret = n < 0 ? err_errno() : E_CONN;
		a->reply_len = n > 0 ? (size_t)n : 0;
	}
	if (ret == E_TIMEOUT)
		dig_warn("response timeout for %s", a->peer.text);
	else if (ret != 0)
		dig_warn("can't receive reply from %s", a->peer.text);
	if (ret == 0) {
		struct timespec received;
		clock_gettime(CLOCK_REALTIME, &received);
		dig_tap_write(a->q, a->fd, a->tcp, &a->sent, &received,
			(struct span){ a->reply, a->reply_len });
	}
	return ret;
}

static bool questions_equal(const struct attempt *a)
{
	static struct dig_reader r;
	uint8_t name[DNS_NAME_MAX];
	uint16_t type, class_;
	struct span reply = { a->reply, a->reply_len };
	if (!dig_reader_init(&r, reply) || !a->q->has_question)
		return true;
	if (r.counts[0] == 0) {
		dig_warn("response doesn't have question section");
		return true;
	}
	return dig_read_question(&r, name, &type, &class_) &&
	       dns_name_equal_nocase(name, a->q->name) && type == a->q->type &&
	       class_ == a->q->class_;
}

/* A reply to this query? E_AGAIN: to another; E_MALFORMED after its message: can't be read. */
static int check_reply(const struct attempt *a)
{
	const uint16_t id = a->reply_len >= 2 ? read_u16(a->reply) : a->id;
	bool fits = true;
	if (id != a->id) {
		dig_warn("reply ID (%u) is different from query ID (%u)", id, a->id);
		return E_AGAIN;
	}
	int ret = dig_check_message((struct span){ a->reply, a->reply_len }, &fits);
	const bool is_cut = a->reply_len >= 12 && (a->reply[2] & 0x02); /* as it says itself */
	if (ret == E_MALFORMED && !is_cut) {
		dig_error("malformed reply packet from %s", a->peer.text);
		return ret;
	}
	if (ret != 0 || !fits)
		dig_warn("malformed reply packet (%s)", err_text(ret != 0 ? ret : E_MALFORMED));
	if (!(a->reply[2] & 0x80))
		dig_warn("response QR bit not set");
	return 0;
}

static void start_clock(struct attempt *a)
{
	a->started = now_ms();
	a->deadline = a->q->timeout > 0 ? a->started + a->q->timeout * 1e3 : a->started + 1e9;
	a->peer.start = time(NULL);
}

static int sign_query(struct attempt *a, struct dns_tsig_session *session)
{
	if (!a->q->has_key)
		return 0;
	size_t len = a->query.len, room = dns_tsig_size(&a->q->key);
	if (buf_reserve(&a->query, room) == NULL)
		return E_NOMEM;
	dns_tsig_session_begin(session, &a->q->key);
	TRY(dns_tsig_sign(session, a->query.data, &len, len + room, (uint64_t)time(NULL)));
	a->query.len = len;
	return 0;
}

static int prepare(struct attempt *a, struct dns_tsig_session *session)
{
	if (getrandom(&a->id, sizeof(a->id), 0) != sizeof(a->id))
		return E_SYSTEM;
	dig_build(a->q, a->id, &a->query);
	if (a->query.error != 0)
		return a->query.error;
	TRY(sign_query(a, session));
	if (a->query.len <= UINT16_MAX)
		return 0;
	dig_error("can't create query packet");
	return E_LIMIT;
}

static void keep_or_close(struct attempt *a)
{
	if (a->tcp && a->q->keepopen) {
		dig_close_kept();
		kept.fd = a->fd;
		snprintf(kept.peer, sizeof(kept.peer), "%s", a->peer.text);
	} else {
		close(a->fd);
	}
	a->fd = -1;
}

/* The cookie of a BADCOOKIE reply, for another try. */
static bool take_cookie(struct dig_query *q, struct span reply)
{
	static struct dig_reader r;
	struct dig_rr rr;
	if (dig_extended_rcode(reply) != DNS_RCODE_BADCOOKIE || !dig_reader_begin(&r, reply))
		return false;
	while (dig_read_rr(&r, &rr)) {
		if (rr.type != DNS_TYPE_OPT)
			continue;
		struct cursor c = cursor_over(rr.rdata);
		while (cursor_left(&c) >= 4) {
			uint16_t code = cursor_u16(&c);
			struct span data = cursor_take(&c, cursor_u16(&c));
			if (code == 10 && data.len >= 16 && data.len <= sizeof(q->cookie) &&
				q->cookie_len > 0 && memcmp(data.data, q->cookie, 8) == 0) {
				memcpy(q->cookie, data.data, data.len);
				q->cookie_len = data.len;
				return true;
			}
		}
	}
	return false;
}

/* One exchange with one address. The reply is in a->reply. */
static int exchange(struct attempt *a, const struct sockaddr *addr, socklen_t len)
{
	struct dns_tsig_session session;
	start_clock(a);
	TRY(prepare(a, &session));
	TRY(open_socket(a, addr, len));
	if (a->q->style.query) {
		a->peer.elapsed_ms = 0;
		if (!a->q->style.json) {
			dig_print_message(a->q, buf_span(&a->query), &a->peer, false);
			printf("\n");
		}
	}
	int ret = send_query(a);
	do {
		if (ret == 0 || ret == E_AGAIN)
			ret = receive_message(a);
		if (ret == 0)
			ret = check_reply(a);
	} while (ret == E_AGAIN);
	a->peer.elapsed_ms = now_ms() - a->started;
	if (ret != 0) {
		close(a->fd);
		a->fd = -1;
		return ret;
	}
	if (!questions_equal(a))
		dig_warn("query/response question sections are different");
	if (a->q->has_key) {
		int error = dns_tsig_verify_response(&session,
			(struct span){ a->reply, a->reply_len }, (uint64_t)time(NULL), NULL);
		if (error != 0)
			dig_warn("reply verification for %s (%s)", a->peer.text, err_text(error));
	}
	keep_or_close(a);
	return 0;
}

/* One address: retries over UDP, then TCP after truncation, then cookies. */
static int get_reply(
	struct dig_query *q, struct attempt *a, const struct sockaddr *addr, socklen_t len)
{
	a->tcp = q->tcp || addr->sa_family == AF_UNIX;
	int ret = E_TIMEOUT;
	for (int i = 0; i <= (a->tcp ? 0 : q->retries) && ret != 0 && ret != E_LIMIT; i++) {
		a->is_repeated = i > 0;
		if (i > 0)
			dig_debug(q, "retrying server %s", a->peer.text);
		ret = exchange(a, addr, len);
	}
	if (ret != 0)
		return ret;
	if (!a->tcp && (a->reply[2] & 0x02) && !q->ignore_tc) {
		printf("\n");
		fflush(stdout);
		dig_warn("truncated reply from %s, retrying over TCP\n", a->peer.text);
		a->tcp = a->is_repeated = true;
		TRY(exchange(a, addr, len));
	}
	for (int i = 0; i < DIG_BADCOOKIE_MAX && q->badcookie; i++) {
		if (!take_cookie(q, (struct span){ a->reply, a->reply_len }))
			break;
		printf("\n");
		fflush(stdout);
		dig_warn("bad cookie from %s, retrying with the received one\n", a->peer.text);
		TRY(exchange(a, addr, len));
	}
	return 0;
}

/* The place that a reply came from, for further questions. */
struct place {
	const struct attempt *attempt;
	const struct sockaddr *addr;
	socklen_t len;
};

static int fetch(void *context, const uint8_t *name, uint16_t type, struct buf *ret)
{
	const struct place *p = context;
	struct dig_query q = *p->attempt->q;
	struct attempt a = { .q = &q, .server = p->attempt->server, .fd = -1 };
	q.operation = DIG_QUERY;
	q.has_question = true;
	q.name_len = dns_name_len(name);
	memcpy(q.name, name, q.name_len);
	q.type = type;
	q.style.query = false;
	a.reply = dig_alloc(65536);
	int error = a.reply != NULL ? get_reply(&q, &a, p->addr, p->len) : E_NOMEM;
	buf_deinit(&a.query);
	if (error == 0)
		buf_append(ret, a.reply, a.reply_len);
	return error != 0 ? error : ret->error;
}

static void print_json(const struct dig_query *q, const struct attempt *a)
{
	struct span reply = { a->reply, a->reply_len };
	if (q->style.query) {
		printf("{\n  \"queryMessage\": ");
		dig_json_message(q, buf_span(&a->query), &a->peer, 1, false);
		printf(",\n  \"responseMessage\": ");
		dig_json_message(q, reply, &a->peer, 1, true);
		printf("\n}\n");
	} else {
		dig_json_message(q, reply, &a->peer, 0, true);
		printf("\n");
	}
}

static int query_address(
	struct dig_query *q, struct attempt *a, const struct sockaddr *addr, socklen_t len)
{
	int ret = get_reply(q, a, addr, len);
	if (q->style.json && (ret == 0 || (ret == E_MALFORMED && a->reply_len >= 12)))
		print_json(q, a); /* what can't be read is there as octets */
	if (ret != 0 || q->style.json)
		return ret;
	struct span reply = { a->reply, a->reply_len };
	dig_print_message(q, reply, &a->peer, true);
	if (q->validate > 0) {
		struct place place = { a, addr, len };
		(void)dig_validate(q, reply, fetch, &place); /* the outcome is part of the output */
	}
	return 0;
}

/* SOA records met so far decide on the end (RFC 5936 section 2.2, RFC 1995 section 4). */
struct transfer {
	uint32_t first_serial;
	unsigned soas, first_serials;
	size_t records;
	bool is_titled, is_over;
};

static int transfer_message(struct attempt *a, struct transfer *t)
{
	static struct dig_reader r;
	struct dig_rr rr;
	struct span reply = { a->reply, a->reply_len };
	const char *server = a->peer.text;
	if (!dig_reader_init(&r, reply) || r.id != a->id) {
		dig_error("reply ID mismatch from %s", server);
		return E_MALFORMED;
	}
	if (dig_extended_rcode(reply) != 0) {
		char room[16];
		dig_error("server replied with error '%s'", dig_status(reply, room));
		return E_FAILED;
	}
	if (r.flags & 0x0200) {
		dig_error("truncated reply");
		return E_FAILED;
	}
	bool is_malformed = !dig_reader_begin(&r, reply);
	for (unsigned i = 0; !is_malformed && i < r.counts[1]; i++) {
		is_malformed = !dig_read_rr(&r, &rr);
		if (is_malformed)
			break;
		if (t->records++ == 0 && rr.type != DNS_TYPE_SOA) {
			dig_error("first answer record from %s isn't SOA", server);
			return E_MALFORMED;
		}
		if (rr.type != DNS_TYPE_SOA || rr.rdata.len < 20)
			continue;
		uint32_t serial = read_u32(rr.rdata.data + rr.rdata.len - 20);
		if (t->soas++ == 0)
			t->first_serial = serial;
		t->first_serials += serial == t->first_serial;
	}
	if (!is_malformed && t->records == 0)
		dig_error("first answer record from %s isn't SOA", server);
	if (is_malformed)
		dig_error("malformed reply packet from %s", server);
	if (is_malformed || t->records == 0)
		return E_MALFORMED;
	/* AXFR: the second SOA. IXFR: one alone means up to date, or ask for AXFR; incremental answers carry the last serial three times
	 * (begin, last addition, end), AXFR-style ones twice. */
	if (a->q->operation == DIG_AXFR)
		t->is_over = t->soas >= 2;
	else if (t->records == 1)
		t->is_over = true;
	else
		t->is_over = t->soas == 2 ? t->first_serials == 2 : t->first_serials >= 3;
	return 0;
}

static bool is_readable(const struct attempt *a)
{
	bool fits;
	return a->reply_len >= 2 && read_u16(a->reply) == a->id &&
	       dig_check_message((struct span){ a->reply, a->reply_len }, &fits) != E_MALFORMED;
}

/* One message of a transfer, checked as far as it can be. */
static int receive_part(struct attempt *a, struct dns_tsig_session *session, struct transfer *t)
{
	const struct dig_query *q = a->q;
	struct timespec delay = { q->msgdelay / 1000, q->msgdelay % 1000 * 1000000L };
	bool was_signed = true;
	if (q->msgdelay > 0)
		nanosleep(&delay, NULL);
	a->deadline = now_ms() + (q->timeout > 0 ? q->timeout * 1e3 : 1e9); /* for each message */
	TRY(receive_message(a));
	if (!t->is_titled && !q->style.json && is_readable(a))
		dig_print_transfer_begin(q);
	t->is_titled = true;
	TRY(transfer_message(a, t));
	if (!q->has_key)
		return 0;
	int ret = dns_tsig_verify_response(session, (struct span){ a->reply, a->reply_len },
		(uint64_t)time(NULL), &was_signed);
	if (ret == 0 && t->is_over && !was_signed)
		ret = E_TSIGSIG;
	if (ret != 0)
		dig_error("reply verification for %s (%s)", a->peer.text, err_text(ret));
	return ret;
}

/* What stands before, between and after the messages; a title comes with the first of them. */
static void print_transfer_begin(const struct attempt *a)
{
	const struct dig_query *q = a->q;
	struct span query = buf_span(&a->query);
	if (!q->style.json) {
		if (q->style.query) {
			dig_print_message(q, query, &a->peer, false);
			printf("\n");
		}
	} else if (q->style.query) {
		printf("{\n  \"queryMessage\": ");
		dig_json_message(q, query, &a->peer, 1, false);
		printf(",\n  \"responseMessage\": [");
	} else {
		printf("[");
	}
}

static void print_part(const struct attempt *a, struct dig_transfer_stats *stats)
{
	struct span reply = { a->reply, a->reply_len };
	const int depth = a->q->style.query ? 2 : 1;
	stats->messages++;
	stats->octets += a->reply_len;
	if (!a->q->style.json) {
		stats->records += dig_print_transfer_records(a->q, reply);
		return;
	}
	printf("%s\n%*s", stats->messages > 1 ? "," : "", 2 * depth, "");
	dig_json_message(a->q, reply, &a->peer, depth, true);
}

static void print_transfer_end(const struct attempt *a, const struct dig_transfer_stats *stats)
{
	if (!a->q->style.json)
		dig_print_transfer_end(a->q, stats, &a->peer);
	else
		printf(a->q->style.query ? "\n  ]\n}\n" : "\n]\n");
}

static int transfer_address(
	struct dig_query *q, struct attempt *a, const struct sockaddr *addr, socklen_t len)
{
	struct dns_tsig_session session;
	struct dig_transfer_stats stats = { 0 };
	struct transfer t = { 0 };
	a->tcp = q->tcp || addr->sa_family == AF_UNIX;
	start_clock(a);
	TRY(prepare(a, &session));
	TRY(open_socket(a, addr, len));
	print_transfer_begin(a);
	int ret = send_query(a);
	while (ret == 0 && !t.is_over) {
		ret = receive_part(a, &session, &t);
		if (ret == 0)
			print_part(a, &stats);
	}
	a->peer.elapsed_ms = now_ms() - a->started;
	print_transfer_end(a, &stats);
	close(a->fd);
	a->fd = -1;
	return ret;
}

static int try_server(struct dig_query *q, struct attempt *a, bool is_transfer)
{
	int (*run)(struct dig_query *, struct attempt *, const struct sockaddr *, socklen_t) =
		is_transfer ? transfer_address : query_address;
	if (a->server->is_path) {
		struct sockaddr_un un = { .sun_family = AF_UNIX };
		if (strlen(a->server->host) >= sizeof(un.sun_path)) {
			dig_error("too long path %s", a->server->host);
			return E_INVALID;
		}
		strcpy(un.sun_path, a->server->host);
		a->tcp = a->was_asked = true;
		return run(q, a, (struct sockaddr *)&un, sizeof(un));
	}
	struct addrinfo hints = { .ai_family = q->family, .ai_socktype = SOCK_DGRAM }, *list;
	int error = getaddrinfo(a->server->host, port_of(a), &hints, &list);
	if (error != 0) {
		if (error != EAI_ADDRFAMILY) /* an address that -4 or -6 leaves out */
			dig_error("%s for %s@%s", gai_strerror(error), a->server->host, port_of(a));
		return E_NOENT;
	}
	int ret = E_FAILED;
	a->was_asked = true;
	for (struct addrinfo *i = list; i != NULL && ret != 0; i = i->ai_next) {
		ret = run(q, a, i->ai_addr, i->ai_addrlen);
		if (is_transfer)
			break;
	}
	freeaddrinfo(list);
	return ret;
}

/* "nameserver" lines of resolv.conf, else the loopback. */
static void default_servers(struct dig_query *q)
{
	char line[512], addr[256];
	FILE *f = fopen("/etc/resolv.conf", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL &&
		q->server_count < DIG_SERVERS_MAX) {
		char *text;
		if (sscanf(line, "nameserver %255s", addr) == 1 &&
			(text = dig_alloc(strlen(addr) + 1)) != NULL) {
			strcpy(text, addr);
			q->servers[q->server_count++] =
				(struct dig_server){ .text = text, .host = text };
		}
	}
	if (f != NULL)
		fclose(f);
	if (q->server_count == 0) {
		q->servers[q->server_count++] =
			(struct dig_server){ .text = "::1", .host = (char *)"::1" };
		q->servers[q->server_count++] =
			(struct dig_server){ .text = "127.0.0.1", .host = (char *)"127.0.0.1" };
	}
}

int dig_run(struct dig_query *q)
{
	static uint8_t reply[65536];
	bool is_transfer = q->operation == DIG_AXFR || q->operation == DIG_IXFR;
	if (q->server_count == 0)
		default_servers(q);
	int ret = E_FAILED;
	bool was_asked = false;
	for (size_t i = 0; i < q->server_count && ret != 0; i++) {
		struct attempt a = { .q = q, .server = &q->servers[i], .fd = -1, .reply = reply };
		ret = try_server(q, &a, is_transfer);
		was_asked = was_asked || a.was_asked;
		if (ret != 0 && a.was_asked)
			dig_error("failed to query server %s@%s(%s)", a.server->host, port_of(&a),
				q->tcp || a.server->is_path ? "TCP" : "UDP");
		buf_deinit(&a.query);
		if (is_transfer)
			break;
	}
	if (!was_asked)
		dig_warn("no servers to query");
	return ret;
}
