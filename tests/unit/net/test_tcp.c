/* One stream worker, turned by hand under a clock of the test's own. */
#include "fake_answer.h"
#include "net/net.h"
#include "net/tcp.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct answer_view view_object;
static const struct answer_view *view = &view_object;
static uint64_t now;
static uint64_t fake_clock(void)
{
	return now;
}

struct bench {
	struct net_settings_block settings;
	const struct net_settings_block *settings_at;
	struct net_sources sources;
	struct answer_thread *thread;
	struct tcp_worker *worker;
	struct sockaddr_in address;
	int listener;
};

static void bench_init(struct bench *b, unsigned max_clients)
{
	socklen_t len = sizeof(b->address);

	now = 1000;
	memset(b, 0, sizeof(*b));
	b->settings.s = (struct net_settings){
		.tcp_max_clients = max_clients, .tcp_idle_timeout = 10000, .tcp_io_timeout = 500
	};
	b->settings_at = &b->settings;
	b->sources = (struct net_sources){ &view, &b->settings_at };
	b->address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	b->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(b->listener, (struct sockaddr *)&b->address, sizeof(b->address)), 0);
	assert_int_equal(listen(b->listener, 100), 0);
	getsockname(b->listener, (struct sockaddr *)&b->address, &len);
	assert_int_equal(answer_thread_new(0, &b->thread), 0);
	assert_int_equal(tcp_worker_new(&b->sources, b->thread, 1, fake_clock, &b->worker), 0);
	assert_int_equal(tcp_worker_add(b->worker, b->listener, NULL), 0);
}

static void bench_deinit(struct bench *b)
{
	tcp_worker_free(b->worker);
	answer_thread_free(b->thread);
	close(b->listener);
}

static int dial(const struct bench *b)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&b->address, sizeof(b->address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Enough turns that all there is to do is done. */
static void turn(struct bench *b)
{
	for (int i = 0; i < 6; i++)
		tcp_worker_turn(b->worker, 5);
}

static void ask(int fd, size_t len, uint16_t id, uint8_t kind, uint16_t value)
{
	uint8_t m[70000] = { 0 };
	write_u16(m, (uint16_t)len);
	write_u16(m + 2, id);
	m[4] = kind;
	write_u16(m + 6, value);
	assert_int_equal(send(fd, m, len + 2, MSG_NOSIGNAL), len + 2);
}

static bool is_closed(int fd)
{
	uint8_t octet;
	ssize_t n = recv(fd, &octet, 1, MSG_PEEK);
	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void idle_client_is_closed_after_the_timeout(void **state)
{
	(void)state;
	struct bench b;
	uint8_t r[100];
	bench_init(&b, 10);
	int quiet = dial(&b), busy = dial(&b);
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 2);
	now += 7000;
	ask(busy, 20, 1, 0, 0);
	turn(&b);
	assert_int_equal(recv(busy, r, sizeof(r), 0), 22);
	now += 3500; /* 10.5 s for one, 3.5 s for the other */
	turn(&b);
	assert_true(is_closed(quiet));
	assert_false(is_closed(busy));
	now += 10000;
	turn(&b);
	assert_true(is_closed(busy));
	assert_int_equal(tcp_worker_clients(b.worker), 0);
	close(quiet);
	close(busy);
	bench_deinit(&b);
}

static void incomplete_message_is_given_up_after_the_io_timeout(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = { { "\0", 1 }, { "\0\x14", 2 }, { "\0\x14xxxx", 6 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench b;
		bench_init(&b, 10);
		int fd = dial(&b);
		turn(&b);
		now += 3000; /* waiting before a message isn't I/O time */
		turn(&b);
		assert_int_equal(send(fd, cases[i].bytes, cases[i].len, 0), cases[i].len);
		turn(&b);
		now += 300;
		assert_int_equal(send(fd, "y", 1, 0), 1); /* more bytes don't buy time */
		turn(&b);
		assert_false(is_closed(fd));
		now += 300;
		turn(&b);
		assert_true(is_closed(fd));
		close(fd);
		bench_deinit(&b);
	}
}

static void message_in_single_octets_is_answered(void **state)
{
	(void)state;
	struct bench b;
	uint8_t m[4002] = { 0x0f, 0xa0, 0, 9 }, r[5000];
	bench_init(&b, 10);
	int fd = dial(&b);
	turn(&b);
	for (size_t i = 0; i < sizeof(m); i++) {
		assert_int_equal(send(fd, m + i, 1, 0), 1);
		tcp_worker_turn(b.worker, 5);
	}
	turn(&b);
	assert_int_equal(recv(fd, r, sizeof(r), 0), sizeof(m));
	close(fd);
	bench_deinit(&b);
}

static void length_zero_closes_after_the_replies_before_it(void **state)
{
	(void)state;
	struct bench b;
	uint8_t r[100];
	bench_init(&b, 10);
	int fd = dial(&b);
	ask(fd, 20, 1, 0, 0);
	assert_int_equal(send(fd, "\0\0", 2, 0), 2);
	turn(&b);
	assert_int_equal(recv(fd, r, sizeof(r), 0), 22);
	assert_true(is_closed(fd));
	close(fd);
	bench_deinit(&b);
}

static void request_without_reply_keeps_the_connection(void **state)
{
	(void)state;
	struct bench b;
	uint8_t r[100];
	bench_init(&b, 10);
	int fd = dial(&b);
	ask(fd, 5, 1, 0, 0);
	ask(fd, 20, 2, 1, 0);
	ask(fd, 20, 3, 0, 0);
	turn(&b);
	assert_int_equal(recv(fd, r, sizeof(r), 0), 22);
	assert_int_equal(read_u16(r + 2), 3);
	assert_false(is_closed(fd));
	close(fd);
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 0);
	bench_deinit(&b);
}

static void client_limit_reached_holds_others_until_one_goes(void **state)
{
	(void)state;
	struct bench b;
	uint8_t r[100];
	int fds[4];
	bench_init(&b, 3);
	for (size_t i = 0; i < 4; i++) {
		fds[i] = dial(&b);
		ask(fds[i], 20, (uint16_t)i, 0, 0);
	}
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 3);
	assert_int_equal(recv(fds[3], r, sizeof(r), 0), -1);
	close(fds[0]);
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 3);
	assert_int_equal(recv(fds[3], r, sizeof(r), 0), 22);

	/* A lower limit closes nobody, a higher one lets more in. */
	b.settings.s.tcp_max_clients = 1;
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 3);
	b.settings.s.tcp_max_clients = 10;
	fds[0] = dial(&b);
	now += 2000;
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 4);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
	bench_deinit(&b);
}

static void client_that_doesnt_read_waits_alone(void **state)
{
	(void)state;
	struct bench b;
	static uint8_t r[1 << 20];
	bench_init(&b, 10);
	int slow = dial(&b), other = dial(&b);
	uint16_t asked = 0;

	/* More replies than the socket buffers take. */
	for (; asked < 400; asked++) {
		uint8_t m[22] = { 0, 20, (uint8_t)(asked >> 8), (uint8_t)asked, 2, 0, 0xff, 0xff };
		if (send(slow, m, sizeof(m), MSG_NOSIGNAL) != sizeof(m))
			break;
		turn(&b);
	}
	ask(other, 20, 7, 0, 0);
	turn(&b);
	assert_int_equal(recv(other, r, sizeof(r), 0), 22);
	assert_false(is_closed(slow));

	/* It reads: all replies come, in order. */
	size_t have = 0;
	uint16_t next = 0;
	for (int idle = 0; next < asked && idle < 1000; idle++) {
		ssize_t n = recv(slow, r + have, sizeof(r) - have, 0);
		if (n > 0) {
			have += (size_t)n;
			idle = 0;
		}
		size_t at = 0;
		while (have - at >= 65537) {
			assert_int_equal(read_u16(r + at), 65535);
			assert_int_equal(read_u16(r + at + 2), next++);
			at += 65537;
		}
		memmove(r, r + at, have - at);
		have -= at;
		tcp_worker_turn(b.worker, 5);
	}
	assert_int_equal(next, asked);

	/* It doesn't read any more: given up. */
	for (asked = 0; asked < 400; asked++) {
		uint8_t m[22] = { 0, 20, (uint8_t)(asked >> 8), (uint8_t)asked, 2, 0, 0xff, 0xff };
		if (send(slow, m, sizeof(m), MSG_NOSIGNAL) != sizeof(m))
			break;
	}
	turn(&b);
	for (int i = 0; i < 2; i++) { /* at first its system may still have room */
		now += 600;
		turn(&b);
	}
	assert_int_equal(tcp_worker_clients(b.worker), 1);
	close(slow);
	close(other);
	bench_deinit(&b);
}

/* Ask for small replies, many a batch, until the worker has more than the client's system takes. */
static void ask_without_reading(struct bench *b, int fd)
{
	uint8_t m[100][22];

	for (uint8_t i = 0; i < 100; i++)
		memcpy(m[i], (uint8_t[22]){ 0, 20, 0, i, 2, 0, 0x01, 0x00 }, 22);
	for (int batch = 0; batch < 100000; batch++) {
		if (send(fd, m, sizeof(m), MSG_NOSIGNAL) < 0) {
			assert_int_equal(errno, EAGAIN);
			return;
		}
		tcp_worker_turn(b->worker, 0);
	}
	fail();
}

static void client_that_takes_nothing_is_closed_after_the_io_timeout(void **state)
{
	(void)state;
	struct bench b;
	bench_init(&b, 10);
	int fd = dial(&b);
	ask_without_reading(&b, fd);
	now += 400;
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 1);
	for (int i = 0; i < 2; i++) { /* at first its system may still have room */
		now += 600;
		turn(&b);
	}
	assert_int_equal(tcp_worker_clients(b.worker), 0);
	assert_int_equal(tcp_worker_counters(b.worker)->io_timeouts, 1);
	close(fd);
	bench_deinit(&b);
}

static void client_that_takes_replies_slowly_is_served(void **state)
{
	(void)state;
	struct bench b;
	static uint8_t r[1 << 16];
	bench_init(&b, 10);
	int fd = socket(AF_INET, SOCK_STREAM, 0), size = 1 << 15;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&b.address, sizeof(b.address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	ask_without_reading(&b, fd);
	for (int i = 0; i < 8; i++) { /* 3.2 s, in steps below the I/O timeout */
		for (int j = 0; j < 8; j++) {
			assert_true(recv(fd, r, sizeof(r), 0) > 0);
			turn(&b);
		}
		now += 400;
		turn(&b);
		assert_int_equal(tcp_worker_clients(b.worker), 1);
	}
	close(fd);
	bench_deinit(&b);
}

static void no_descriptors_left_recovers(void **state)
{
	(void)state;
	struct bench b;
	struct rlimit old, tight;
	uint8_t r[100];
	bench_init(&b, 100);
	int fd = dial(&b);
	ask(fd, 20, 1, 0, 0);
	int probe = dup(0);
	close(probe);
	getrlimit(RLIMIT_NOFILE, &old);
	tight = old;
	tight.rlim_cur = (rlim_t)probe;
	setrlimit(RLIMIT_NOFILE, &tight);
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 0);
	setrlimit(RLIMIT_NOFILE, &old);
	now += 2500;
	turn(&b);
	assert_int_equal(tcp_worker_clients(b.worker), 1);
	assert_int_equal(recv(fd, r, sizeof(r), 0), 22);
	close(fd);
	bench_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_client_is_closed_after_the_timeout),
		cmocka_unit_test(incomplete_message_is_given_up_after_the_io_timeout),
		cmocka_unit_test(message_in_single_octets_is_answered),
		cmocka_unit_test(length_zero_closes_after_the_replies_before_it),
		cmocka_unit_test(request_without_reply_keeps_the_connection),
		cmocka_unit_test(client_limit_reached_holds_others_until_one_goes),
		cmocka_unit_test(client_that_doesnt_read_waits_alone),
		cmocka_unit_test(client_that_takes_nothing_is_closed_after_the_io_timeout),
		cmocka_unit_test(client_that_takes_replies_slowly_is_served),
		cmocka_unit_test(no_descriptors_left_recovers),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
