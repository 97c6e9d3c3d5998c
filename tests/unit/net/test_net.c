/* Sockets and threads of net/: real ones on the loopback, with a fake answer behind. */
#include "answer/module.h"
#include "fake_answer.h"
#include "net/net.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct answer_view view_object;
static const struct answer_view *view = &view_object;

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A port that nobody uses, neither for UDP nor for TCP. */
static uint16_t free_port(void)
{
	for (;;) {
		struct sockaddr_in sa = loopback(0);
		socklen_t len = sizeof(sa);
		int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
		assert_int_equal(bind(tcp, (struct sockaddr *)&sa, sizeof(sa)), 0);
		getsockname(tcp, (struct sockaddr *)&sa, &len);
		int other = bind(udp, (struct sockaddr *)&sa, sizeof(sa));
		close(tcp);
		close(udp);
		if (other == 0)
			return ntohs(sa.sin_port);
	}
}

static struct net_address address_of(const char *text, uint16_t port)
{
	struct net_address a = { 0 };
	struct sockaddr_in *in = (void *)&a.sa;
	struct sockaddr_in6 *in6 = (void *)&a.sa;
	struct sockaddr_un *un = (void *)&a.sa;

	if (text[0] == '/') {
		un->sun_family = AF_UNIX;
		strcpy(un->sun_path, text);
	} else if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
	}
	return a;
}

static const struct net_settings settings = {
	.tcp_max_clients = 100, .tcp_idle_timeout = 10000, .tcp_io_timeout = 500
};

static struct net *serve(
	const struct net_address *addresses, size_t count, unsigned workers, bool reuseport)
{
	struct net_config config = { .listen = addresses,
		.listen_count = count,
		.udp_workers = workers,
		.tcp_workers = workers,
		.tcp_reuseport = reuseport };
	struct net *net;

	assert_int_equal(net_open(&config, &view, &net), 0);
	assert_int_equal(net_bound(net), count);
	assert_int_equal(net_configure(net, &settings), 0);
	assert_int_equal(net_start(net), 0);
	return net;
}

static int client(int type, const char *host, uint16_t port)
{
	struct net_address a = address_of(host, port);
	int fd = socket(a.sa.ss_family, type, 0);
	struct timeval limit = { .tv_sec = 10 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_int_equal(connect(fd, (struct sockaddr *)&a.sa, net_address_len(&a.sa)), 0);
	return fd;
}

static void request(uint8_t *m, size_t len, uint16_t id, uint8_t kind, uint16_t value)
{
	memset(m, 0, len);
	write_u16(m, id);
	m[2] = kind;
	write_u16(m + 4, value);
}

/* --- UDP --- */

static void udp_ask(int fd, uint16_t id, size_t len)
{
	uint8_t m[4096], r[4096];

	request(m, len, id, 0, 0);
	assert_int_equal(send(fd, m, len, 0), len);
	ssize_t n = recv(fd, r, sizeof(r), 0);
	assert_int_equal(n, len);
	m[2] |= 0x80;
	assert_memory_equal(r, m, len);
}

static void udp_worker_of_one_socket_answers_each_datagram(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a = address_of("127.0.0.1", port);
	struct net *net = serve(&a, 1, 1, false);
	int fd = client(SOCK_DGRAM, "127.0.0.1", port);

	for (uint16_t i = 0; i < 200; i++)
		udp_ask(fd, i, 12u + i * 4u);
	close(fd);
	net_close(net);
}

static void udp_burst_with_dropped_requests_gets_the_other_replies(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a = address_of("127.0.0.1", port);
	struct net_config config = {
		.listen = &a, .listen_count = 1, .udp_workers = 1, .tcp_workers = 1
	};
	struct net *net;
	uint8_t m[64], r[4096];

	/* Sent before the threads start, so that they come as batches. */
	assert_int_equal(net_open(&config, &view, &net), 0);
	int fd = client(SOCK_DGRAM, "127.0.0.1", port);
	for (uint16_t i = 0; i < 100; i++) {
		request(m, sizeof(m), i, i % 3 == 0 ? 1 : 2, 20 + i);
		assert_int_equal(
			send(fd, m, i % 5 == 4 ? 0 : sizeof(m), 0), i % 5 == 4 ? 0 : sizeof(m));
	}
	assert_int_equal(net_configure(net, &settings), 0);
	assert_int_equal(net_start(net), 0);
	for (uint16_t i = 0; i < 100; i++) {
		if (i % 3 == 0 || i % 5 == 4)
			continue;
		assert_int_equal(recv(fd, r, sizeof(r), 0), 20 + i);
		assert_int_equal(read_u16(r), i);
	}
	close(fd);
	net_close(net);
}

static void udp_wildcard_replies_from_the_address_asked(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a[] = { address_of("0.0.0.0", port), address_of("::", port),
		address_of("127.0.0.9", port + 0) };
	struct net *net = serve(a, 2, 2, true);

	/* A connected socket takes replies only from where it asked. */
	const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "::1", "127.3.4.5" };
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		int fd = client(SOCK_DGRAM, hosts[i], port);
		udp_ask(fd, (uint16_t)i, 40);
		close(fd);
		fd = client(SOCK_STREAM, hosts[i], port);
		close(fd);
	}
	net_close(net);
}

static void udp_proxy_header_from_an_allowed_sender_is_stripped(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint8_t command, family;
		uint16_t len;
		bool allowed, stripped;
	} cases[] = {
		{ "ipv4_from_allowed_sender_is_stripped", 0x21, 0x12, 12, true, true },
		{ "ipv4_with_extra_fields_is_stripped", 0x21, 0x12, 15, true, true },
		{ "ipv6_from_allowed_sender_is_stripped", 0x21, 0x22, 36, true, true },
		{ "sender_not_allowed_is_not", 0x21, 0x12, 12, false, false },
		{ "local_command_is_not", 0x20, 0x12, 12, true, false },
		{ "stream_family_is_not", 0x21, 0x11, 12, true, false },
		{ "block_too_short_is_not", 0x21, 0x12, 11, true, false },
		{ "block_past_the_end_is_not", 0x21, 0x12, 500, true, false },
	};
	struct net_range range = {
		.family = AF_INET, .first = { 127, 0, 0, 0 }, .last = { 127, 0, 0, 9 }
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t m[100] = "\r\n\r\n\0\r\nQUIT\n";
		struct sockaddr_storage
			sender = address_of(cases[i].allowed ? "127.0.0.9" : "127.0.0.10", 1).sa,
			real;
		struct net_settings s = { .proxies = &range, .proxy_count = 1 };
		m[12] = cases[i].command;
		m[13] = cases[i].family;
		write_u16(m + 14, cases[i].len);
		size_t port_at = 16u + (cases[i].family == 0x22 ? 32 : 8);
		write_u16(m + port_at, 4711);
		struct span r = { m, 80 };
		if (net_proxy_strip(&s, &sender, &r, &real) != cases[i].stripped)
			fail_msg("%s", cases[i].name);
		if (cases[i].stripped) {
			assert_int_equal(r.len, 80u - 16 - cases[i].len);
			assert_int_equal(
				real.ss_family, cases[i].family == 0x22 ? AF_INET6 : AF_INET);
			assert_int_equal(
				((struct sockaddr_in *)(void *)&real)->sin_port, htons(4711));
		}
	}
}

static void udp_proxied_request_is_answered_to_the_sender(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a = address_of("127.0.0.1", port);
	struct net *net = serve(&a, 1, 1, false);
	struct net_range range = {
		.family = AF_INET, .first = { 127, 0, 0, 1 }, .last = { 127, 0, 0, 1 }
	};
	struct net_settings s = settings;
	uint8_t m[28 + 16] = "\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c"
			     "\xc0\0\2\1"
			     "\xc0\0\2\2"
			     "\x12\x34"
			     "\0\x35",
		       r[100];

	s.proxies = &range;
	s.proxy_count = 1;
	assert_int_equal(net_configure(net, &s), 0);
	request(m + 28, 16, 77, 3, 0);
	int fd = client(SOCK_DGRAM, "127.0.0.1", port);
	/* The new settings hold from the batch after the one that is waited for. */
	udp_ask(fd, 1, 20);
	assert_int_equal(send(fd, m, sizeof(m), 0), sizeof(m));
	assert_int_equal(recv(fd, r, sizeof(r), 0), 16);
	assert_int_equal(read_u16(r), 77);
	assert_int_equal(read_u16(r + 4), 0x1234);
	close(fd);
	net_close(net);
}

/* --- TCP in threads --- */

static void read_exactly(int fd, uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(fd, to, len, 0);
		if (n <= 0)
			fail_msg("connection ended, %zu octets missing", len);
		to += n;
		len -= (size_t)n;
	}
}

static size_t read_message(int fd, uint8_t *m)
{
	uint8_t prefix[2];
	read_exactly(fd, prefix, 2);
	read_exactly(fd, m, read_u16(prefix));
	return read_u16(prefix);
}

static void tcp_pipelined_requests_are_answered_in_order(void **state)
{
	(void)state;
	static uint8_t stream[400 * 102], m[65536];
	uint16_t port = free_port();
	struct net_address a[] = { address_of("127.0.0.1", port), address_of("::1", port) };
	struct net *net = serve(a, 2, 2, true);

	test_random_init();
	for (unsigned round = 0; round < 8; round++) {
		int fd = client(SOCK_STREAM, round % 2 != 0 ? "::1" : "127.0.0.1", port);
		size_t len = 0;
		for (uint16_t i = 0; i < 400; i++) {
			write_u16(stream + len, 100);
			request(stream + len + 2, 100, i, i % 7 == 0 ? 1 : 2,
				(uint16_t)(12 + i * 30));
			len += 102;
		}
		for (size_t at = 0; at < len;) { /* in pieces of any size */
			size_t piece =
				MIN(len - at, (size_t)1 + test_below(round < 4 ? 5000 : 150));
			assert_int_equal(send(fd, stream + at, piece, 0), piece);
			at += piece;
		}
		for (uint16_t i = 0; i < 400; i++) {
			if (i % 7 == 0)
				continue;
			assert_int_equal(read_message(fd, m), 12 + i * 30);
			assert_int_equal(read_u16(m), i);
		}
		close(fd);
	}
	net_close(net);
}

/* --- hooks of modules around what comes --- */

struct gate {
	bool shut;                                                   /* atomic */
	unsigned begun[ANSWER_TRANSPORTS], ended[ANSWER_TRANSPORTS]; /* atomic */
	unsigned indices;                                            /* atomic: bits */
};

static bool gate_begin(void *ctx, const struct answer_client *client, unsigned index)
{
	struct gate *gate = ctx;
	assert_int_equal(client->remote->ss_family, AF_INET);
	__atomic_fetch_or(&gate->indices, 1u << index, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&gate->begun[client->transport], 1, __ATOMIC_SEQ_CST);
	return !__atomic_load_n(&gate->shut, __ATOMIC_SEQ_CST);
}

static bool gate_end(void *ctx, const struct answer_client *client, unsigned index)
{
	struct gate *gate = ctx;
	(void)index;
	__atomic_add_fetch(&gate->ended[client->transport], 1, __ATOMIC_SEQ_CST);
	return true;
}

static void tcp_ask(int fd, uint16_t id)
{
	uint8_t m[2 + 20], r[100];
	write_u16(m, 20);
	request(m + 2, 20, id, 0, 0);
	assert_int_equal(send(fd, m, sizeof(m), 0), sizeof(m));
	assert_int_equal(read_message(fd, r), 20);
	assert_int_equal(read_u16(r), id);
}

static void protocol_hooks_see_datagrams_and_stream_events_and_block_them(void **state)
{
	(void)state;
	struct gate gate = { 0 };
	const struct answer_hook hooks[] = {
		{ .stage = ANSWER_STAGE_PROTO_END, .proto = gate_end, .ctx = &gate },
		{ .stage = ANSWER_STAGE_PROTO_BEGIN, .proto = gate_begin, .ctx = &gate },
	};
	OWNED(answer_plan) plan = NULL;
	assert_int_equal(answer_plan_new(hooks, ARRAY_LEN(hooks), &plan), 0);
	const struct answer_view hooked = { .settings.plan = plan };
	uint16_t port = free_port();
	struct net_address a = address_of("127.0.0.1", port);
	uint8_t m[20];

	view = &hooked;
	struct net *net = serve(&a, 1, 1, false);
	int udp = client(SOCK_DGRAM, "127.0.0.1", port);
	int tcp = client(SOCK_STREAM, "127.0.0.1", port);
	for (uint16_t i = 0; i < 5; i++) {
		udp_ask(udp, i, 30);
		tcp_ask(tcp, i);
	}

	/* Shut: the datagram gets no reply, the connection ends. Datagrams are taken in order, so the reply that does come is of
	 * the one sent after. */
	__atomic_store_n(&gate.shut, true, __ATOMIC_SEQ_CST);
	request(m, sizeof(m), 100, 0, 0);
	assert_int_equal(send(udp, m, sizeof(m), 0), sizeof(m));
	assert_int_equal(send(tcp, "\0\x14", 2, 0), 2);
	assert_true(recv(tcp, m, sizeof(m), 0) < 0 &&
		    errno == ECONNRESET); /* closed with the octets unread */
	for (int ms = 0; __atomic_load_n(&gate.ended[ANSWER_UDP], __ATOMIC_SEQ_CST) < 6; ms++) {
		assert_in_range(ms, 0, 10000);
		poll(NULL, 0, 1);
	}
	__atomic_store_n(&gate.shut, false, __ATOMIC_SEQ_CST);
	udp_ask(udp, 101, 30);
	close(udp);
	close(tcp);
	net_close(net);
	view = &view_object;

	assert_int_equal(gate.begun[ANSWER_UDP], 7);
	assert_int_equal(gate.ended[ANSWER_UDP], 7);
	assert_int_equal(gate.begun[ANSWER_TCP], 6);
	assert_int_equal(gate.ended[ANSWER_TCP], 6);
	assert_int_equal(gate.indices, 3); /* one thread each */
}

static void unix_socket_serves_with_the_path_as_the_client(void **state)
{
	(void)state;
	char dir[] = "/tmp/test-net-XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/dns.sock", dir);
	struct net_address a = address_of(path, 0);
	struct stat st;

	for (int round = 0; round < 2; round++) { /* the second time over a socket left behind */
		struct net *net = serve(&a, 1, 2, true);
		uint8_t m[14 + 2], r[100];
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0222);
		int fd = client(SOCK_STREAM, path, 0);
		write_u16(m, 14);
		request(m + 2, 14, 5, 3, 0);
		assert_int_equal(send(fd, m, sizeof(m), 0), sizeof(m));
		assert_int_equal(read_message(fd, r), 14);
		assert_int_equal(r[6], AF_UNIX);
		close(fd);
		net_close(net);
		assert_int_equal(stat(path, &st), -1);
		int left = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(
			bind(left, (struct sockaddr *)&a.sa, sizeof(struct sockaddr_un)), 0);
		close(left);
	}
	unlink(path);

	/* A file that isn't a socket is left alone. */
	close(open(path, O_CREAT | O_WRONLY, 0600));
	struct net_config config = {
		.listen = &a, .listen_count = 1, .udp_workers = 1, .tcp_workers = 1
	};
	struct net *net;
	assert_int_equal(net_open(&config, &view, &net), 0);
	assert_int_equal(net_bound(net), 0);
	net_close(net);
	assert_int_equal(stat(path, &st), 0);
	unlink(path);
	rmdir(dir);
}

static void address_not_on_this_host_is_bound_all_the_same(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a = address_of("192.0.2.77", port);
	struct net *net = serve(&a, 1, 1, false);
	net_close(net);
}

static void address_in_use_is_left_out_and_others_serve(void **state)
{
	(void)state;
	uint16_t port = free_port(), taken = free_port();
	struct sockaddr_in sa = loopback(taken);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(udp, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(bind(tcp, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(tcp, 1), 0);

	struct net_address a[] = { address_of("127.0.0.1", taken), address_of("127.0.0.1", port) };
	struct net_config config = {
		.listen = a, .listen_count = 2, .udp_workers = 2, .tcp_workers = 2
	};
	struct net *net;
	assert_int_equal(net_open(&config, &view, &net), 0);
	assert_int_equal(net_bound(net), 1);
	assert_int_equal(net_configure(net, &settings), 0);
	assert_int_equal(net_start(net), 0);
	int fd = client(SOCK_DGRAM, "127.0.0.1", port);
	udp_ask(fd, 1, 30);
	close(fd);
	close(udp);
	close(tcp);
	net_close(net);
}

static void affinity_of_sockets_doesnt_lose_requests(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a = address_of("127.0.0.1", port);
	struct net_config config = { .listen = &a,
		.listen_count = 1,
		.udp_workers = 2,
		.tcp_workers = 2,
		.tcp_reuseport = true,
		.socket_affinity = true };
	struct net *net;

	assert_int_equal(net_open(&config, &view, &net), 0);
	assert_int_equal(net_configure(net, &settings), 0);
	assert_int_equal(net_start(net), 0);
	for (uint16_t i = 0; i < 20; i++) {
		int fd = client(SOCK_DGRAM, "127.0.0.1", port);
		udp_ask(fd, i, 30);
		close(fd);
	}
	net_close(net);
}

static void tcp_queue_takes_a_burst_of_clients(void **state)
{
	(void)state;
	struct net_address a = address_of("127.0.0.1", free_port());
	struct net_socket_options options = { .reuseport = false };
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int fd;

	assert_int_equal(net_socket_tcp(&a, options, &fd), 0);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	assert_true(info.tcpi_sacked >= 128); /* of a listening socket: the length of its queue */
	close(fd);
}

static void threads_under_load_stop(void **state)
{
	(void)state;
	uint16_t port = free_port();
	struct net_address a = address_of("127.0.0.1", port);
	uint8_t m[40];

	request(m, sizeof(m), 1, 0, 0);
	for (int round = 0; round < 20; round++) {
		struct net *net = serve(&a, 1, 2, round % 2 != 0);
		int fd = client(SOCK_DGRAM, "127.0.0.1", port),
		    tcp = client(SOCK_STREAM, "127.0.0.1", port);
		for (int i = 0; i < 50; i++)
			(void)!send(fd, m, sizeof(m), MSG_DONTWAIT);
		net_close(net);
		close(fd);
		close(tcp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_worker_of_one_socket_answers_each_datagram),
		cmocka_unit_test(udp_burst_with_dropped_requests_gets_the_other_replies),
		cmocka_unit_test(udp_wildcard_replies_from_the_address_asked),
		cmocka_unit_test(udp_proxy_header_from_an_allowed_sender_is_stripped),
		cmocka_unit_test(udp_proxied_request_is_answered_to_the_sender),
		cmocka_unit_test(tcp_pipelined_requests_are_answered_in_order),
		cmocka_unit_test(protocol_hooks_see_datagrams_and_stream_events_and_block_them),
		cmocka_unit_test(unix_socket_serves_with_the_path_as_the_client),
		cmocka_unit_test(address_not_on_this_host_is_bound_all_the_same),
		cmocka_unit_test(address_in_use_is_left_out_and_others_serve),
		cmocka_unit_test(affinity_of_sockets_doesnt_lose_requests),
		cmocka_unit_test(tcp_queue_takes_a_burst_of_clients),
		cmocka_unit_test(threads_under_load_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
