/*
 * fuzz_stream: length-prefixed messages on a stream, in pieces of any size.
 *
 * Octet 0 seeds the sizes of the pieces; the rest is the stream. Oracle: the replies are those of a splitter that has the whole
 * stream at once, in order, up to the end or a length of 0 (then the connection is closed). The answers are made here.
 */
#include "net/tcp.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

int answer_thread_new(unsigned index, struct answer_thread **ret)
{
	(void)index;
	*ret = NULL;
	return 0;
}

unsigned answer_thread_index(const struct answer_thread *thread)
{
	(void)thread;
	return 0;
}

void answer_thread_free(struct answer_thread *thread)
{
	(void)thread;
}

/* Some requests get no reply, some a longer one. */
size_t answer_message(const struct answer_view *view, struct answer_thread *thread,
	const struct answer_client *client, struct span request, uint8_t *out, size_t out_size)
{
	size_t len = request.data[0] == 'd'   ? 0
		     : request.data[0] == 'l' ? request.len * 50
					      : request.len;

	(void)view;
	(void)thread;
	(void)client;
	len = MIN(len, out_size);
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(request.data[i % request.len] ^ 0x5a);
	return len;
}

static uint8_t wanted[1 << 20], got[1 << 20];

/* The replies to a whole stream; *closes: a length of 0 ends it. */
static size_t reference(struct span stream, bool *closes)
{
	size_t at = 0, len = 0;

	*closes = false;
	while (stream.len - at >= 2) {
		struct span request = { stream.data + at + 2, read_u16(stream.data + at) };
		if (request.len == 0) {
			*closes = true;
			break;
		}
		if (stream.len - at - 2 < request.len)
			break;
		CHECK(len + 2 + 65535 <= sizeof(wanted));
		size_t n = answer_message(NULL, NULL, NULL, request, wanted + len + 2, 65535);
		if (n > 0) {
			write_u16(wanted + len, (uint16_t)n);
			len += 2 + n;
		}
		at += 2 + request.len;
	}
	return len;
}

static const struct answer_view view_object;
static const struct answer_view *view = &view_object;
static struct net_settings_block settings = { .s = { 10, 10000, 500 } };
static const struct net_settings_block *settings_at = &settings;
static const struct net_sources sources = { &view, &settings_at };
static uint64_t now(void)
{
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool registered;
	struct sockaddr_storage remote = { .ss_family = AF_UNIX };
	struct tcp_worker *worker;
	size_t have = 0, at = 0;
	bool closes, closed = false;
	int ends[2];

	if (size < 1 || size > 8192)
		return 0;
	if (!registered)
		rcu_register_thread();
	registered = true;
	unsigned random = data[0];
	struct span stream = { data + 1, size - 1 };
	size_t wanted_len = reference(stream, &closes);

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	CHECK(tcp_worker_new(&sources, NULL, 1, now, &worker) == 0);
	CHECK(tcp_worker_adopt(worker, ends[0], ANSWER_TCP, &remote) == 0);
	for (int idle = 0; idle < 3 && !closed;) {
		random = random * 1103515245 + 12345;
		size_t piece = MIN(
			stream.len - at, 1 + (size_t)(random >> 16) % (data[0] % 2 == 0 ? 7 : 900));
		if (piece > 0) {
			ssize_t n = send(ends[1], stream.data + at, piece, MSG_NOSIGNAL);
			at += n > 0 ? (size_t)n : 0;
			if (n < 0 && errno != EAGAIN)
				at = stream.len;
		}
		tcp_worker_turn(worker, 0);
		ssize_t n = recv(ends[1], got + have, sizeof(got) - have, 0);
		closed = n == 0 || (n < 0 && errno != EAGAIN);
		have += n > 0 ? (size_t)n : 0;
		idle = n > 0 || at < stream.len ? 0 : idle + 1;
	}
	CHECK(have == wanted_len && memcmp(got, wanted, have) == 0);
	CHECK(closed == closes);
	CHECK(tcp_worker_clients(worker) == (closes ? 0u : 1u));
	tcp_worker_free(worker);
	close(ends[1]);
	return 0;
}
