/*
 * bench/generator: a closed-loop DNS client.
 *
 *   generator udp|tcp ADDRESS PORT QUERYFILE SECONDS WINDOW [SOCKETS]
 *   generator echo PORT
 *
 * Keeps WINDOW queries in flight on each socket and sends the next ones as replies come, so the server sets the pace.
 * A reply that doesn't come within 200 ms counts as lost and its slot is used again. QUERYFILE: queries, each after
 * its 16-bit length in network order; they are used round and round. Prints "replies lost seconds octets".
 *
 * echo answers each datagram with itself, QR set: the ceiling for any server that uses recvmmsg and sendmmsg.
 *
 * UDP: batches of at most 32 with recvmmsg and sendmmsg. TCP: SOCKETS connections, WINDOW pipelined on each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, SOCKETS_MAX = 64, REPLY_MAX = 4096, STREAM_MAX = 1 << 18 };

struct query {
	const uint8_t *data;
	size_t len;
};

static struct query *queries;
static size_t query_count, query_next;
static uint64_t replies, lost, octets;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void queries_read(const char *path)
{
	struct stat st;
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t pos = 0, room = 1024;

	if (file == NULL || fstat(fileno(file), &st) != 0)
		die(path);
	data = malloc((size_t)st.st_size + 1);
	queries = malloc(room * sizeof(*queries));
	if (data == NULL || queries == NULL ||
		fread(data, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
		die(path);
	fclose(file);
	while (pos + 2 <= (size_t)st.st_size) {
		size_t len = (size_t)data[pos] << 8 | data[pos + 1];

		if (pos + 2 + len > (size_t)st.st_size)
			break;
		if (query_count == room) {
			room *= 2;
			queries = realloc(queries, room * sizeof(*queries));
			if (queries == NULL)
				die("memory");
		}
		queries[query_count++] = (struct query){ data + pos + 2, len };
		pos += 2 + len;
	}
	if (query_count == 0) {
		fprintf(stderr, "%s: no queries\n", path);
		exit(1);
	}
}

static struct query query_take(void)
{
	struct query q = queries[query_next];

	query_next = query_next + 1 == query_count ? 0 : query_next + 1;
	return q;
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, host, &a.sin_addr) != 1) {
		fprintf(stderr, "%s: not an IPv4 address\n", host);
		exit(1);
	}
	return a;
}

/* Send `n` queries on a connected UDP socket; the number that went out. */
static unsigned udp_send(int fd, unsigned n)
{
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	int sent;

	n = n > BATCH ? BATCH : n;
	memset(msgs, 0, sizeof(msgs));
	for (unsigned i = 0; i < n; i++) {
		struct query q = query_take();

		iov[i] = (struct iovec){ (void *)(uintptr_t)q.data, q.len };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, msgs, n, 0);
	return sent < 0 ? 0 : (unsigned)sent;
}

static unsigned udp_receive(int fd)
{
	static uint8_t buffers[BATCH][REPLY_MAX];
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	int got;

	memset(msgs, 0, sizeof(msgs));
	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ buffers[i], REPLY_MAX };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	got = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		octets += msgs[i].msg_len;
	return got < 0 ? 0 : (unsigned)got;
}

static void run_udp(const struct sockaddr_in *to, double seconds, unsigned window, unsigned count)
{
	struct pollfd fds[SOCKETS_MAX];
	unsigned flight[SOCKETS_MAX] = { 0 };
	double end = now() + seconds, last[SOCKETS_MAX];

	for (unsigned s = 0; s < count; s++) {
		int size = 4 << 20;

		fds[s] = (struct pollfd){ .fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN };
		if (fds[s].fd < 0 ||
			connect(fds[s].fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
			die("socket");
		setsockopt(fds[s].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		last[s] = now();
	}
	while (now() < end) {
		for (unsigned s = 0; s < count; s++) {
			while (flight[s] < window) {
				unsigned sent = udp_send(fds[s].fd, window - flight[s]);

				flight[s] += sent;
				if (sent == 0)
					break;
			}
		}
		poll(fds, count, 50);
		for (unsigned s = 0; s < count; s++) {
			unsigned got, all = 0;

			if (fds[s].revents & POLLIN) {
				while ((got = udp_receive(fds[s].fd)) > 0 && (all += got) < window)
					;
			}
			if (all > 0) {
				last[s] = now();
			} else if (now() - last[s] >
				   0.2) { /* nothing at all: what is in flight is lost */
				lost += flight[s];
				flight[s] = 0;
				last[s] = now();
			}
			replies += all;
			flight[s] -= all > flight[s] ? flight[s] : all;
		}
	}
}

struct stream {
	int fd;
	uint8_t *in, *out;
	size_t in_len, out_len, out_pos;
	unsigned flight;
};

static void stream_open(struct stream *s, const struct sockaddr_in *to)
{
	int one = 1;

	if (s->in == NULL) {
		s->in = malloc(STREAM_MAX);
		s->out = malloc(STREAM_MAX);
	}
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->in == NULL || s->out == NULL || s->fd < 0 ||
		connect(s->fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
		die("connect");
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	s->in_len = s->out_len = s->out_pos = s->flight = 0;
}

static void stream_fill(struct stream *s, unsigned window)
{
	if (s->out_pos == s->out_len) {
		s->out_pos = s->out_len = 0;
		while (s->flight < window) {
			struct query q = query_take();

			if (s->out_len + 2 + q.len > STREAM_MAX)
				break;
			s->out[s->out_len] = (uint8_t)(q.len >> 8);
			s->out[s->out_len + 1] = (uint8_t)q.len;
			memcpy(s->out + s->out_len + 2, q.data, q.len);
			s->out_len += 2 + q.len;
			s->flight++;
		}
	}
	while (s->out_pos < s->out_len) {
		ssize_t n = send(s->fd, s->out + s->out_pos, s->out_len - s->out_pos, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		s->out_pos += (size_t)n;
	}
}

/* False when the connection is gone. */
static bool stream_drain(struct stream *s)
{
	ssize_t n = recv(s->fd, s->in + s->in_len, STREAM_MAX - s->in_len, 0);
	size_t pos = 0;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	s->in_len += (size_t)n;
	octets += (uint64_t)n;
	while (s->in_len - pos >= 2) {
		size_t len = (size_t)s->in[pos] << 8 | s->in[pos + 1];

		if (s->in_len - pos < 2 + len)
			break;
		pos += 2 + len;
		replies++;
		s->flight--;
	}
	memmove(s->in, s->in + pos, s->in_len - pos);
	s->in_len -= pos;
	return true;
}

static void run_tcp(const struct sockaddr_in *to, double seconds, unsigned window, unsigned count)
{
	struct pollfd fds[SOCKETS_MAX];
	struct stream streams[SOCKETS_MAX] = { 0 };
	double end = now() + seconds;

	for (unsigned s = 0; s < count; s++)
		stream_open(&streams[s], to);
	while (now() < end) {
		for (unsigned s = 0; s < count; s++) {
			short events = POLLIN;

			stream_fill(&streams[s], window);
			if (streams[s].out_pos < streams[s].out_len)
				events |= POLLOUT;
			fds[s] = (struct pollfd){ .fd = streams[s].fd, .events = events };
		}
		poll(fds, count, 100);
		for (unsigned s = 0; s < count; s++) {
			if ((fds[s].revents & (POLLIN | POLLHUP | POLLERR)) == 0)
				continue;
			if (!stream_drain(&streams[s])) {
				lost += streams[s].flight;
				close(streams[s].fd);
				stream_open(&streams[s], to);
			}
		}
	}
}

static void run_echo(const char *port)
{
	static uint8_t buffers[BATCH][REPLY_MAX];
	struct sockaddr_in here = address("127.0.0.1", port), from[BATCH];
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0)
		die("bind");
	for (;;) {
		int got;

		for (unsigned i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){ buffers[i], REPLY_MAX };
			msgs[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
				.msg_namelen = sizeof(from[i]),
				.msg_iov = &iov[i],
				.msg_iovlen = 1 };
		}
		got = recvmmsg(fd, msgs, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < got; i++) {
			iov[i].iov_len = msgs[i].msg_len;
			if (msgs[i].msg_len > 2)
				buffers[i][2] |= 0x80;
		}
		if (got > 0)
			sendmmsg(fd, msgs, (unsigned)got, 0);
	}
}

int main(int argc, char **argv)
{
	double start, seconds;
	unsigned window, count;
	struct sockaddr_in to;

	if (argc == 3 && strcmp(argv[1], "echo") == 0)
		run_echo(argv[2]);
	if (argc < 7) {
		fprintf(stderr,
			"usage: %s udp|tcp ADDRESS PORT QUERYFILE SECONDS WINDOW [SOCKETS]\n",
			argv[0]);
		return 2;
	}
	to = address(argv[2], argv[3]);
	queries_read(argv[4]);
	seconds = atof(argv[5]);
	window = (unsigned)atoi(argv[6]);
	count = argc > 7 ? (unsigned)atoi(argv[7]) : 4;
	count = count < 1 ? 1 : count > SOCKETS_MAX ? SOCKETS_MAX : count;
	start = now();
	if (strcmp(argv[1], "tcp") == 0)
		run_tcp(&to, seconds, window, count);
	else
		run_udp(&to, seconds, window, count);
	printf("%llu %llu %.3f %llu\n", (unsigned long long)replies, (unsigned long long)lost,
		now() - start, (unsigned long long)octets);
	return 0;
}
