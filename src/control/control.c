#include "control/control.h"
#include "base/buf.h"
#include "base/err.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	ITEM_CODE = 16,         /* the first item's code; types are below */
	READ_AT_ONCE = 1 << 16, /* octets */
	FLUSH_AT = 1 << 16,
	LENGTH_OF_HEAD = 3, /* code, length */
	VALUE_MAX = UINT16_MAX,
};

struct control {
	int fd;
	unsigned timeout;
	bool is_client;
	struct buf in, out;
	size_t begin; /* of what isn't consumed yet, in `in` */
};

/* --- life --- */

int control_new(int fd, unsigned timeout, struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return E_NOMEM;
	c->fd = fd;
	c->timeout = timeout;
	*ret = c;
	return 0;
}

void control_free(struct control *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	buf_deinit(&c->in);
	buf_deinit(&c->out);
	free(c);
}

int control_connect(const char *path, unsigned timeout, struct control **ret)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sa.sun_path))
		return E_RANGE;
	strcpy(sa.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno();
	int error = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 ? 0 : err_errno();
	if (error == 0)
		error = control_new(fd, timeout, ret);
	if (error != 0) {
		close(fd);
		return error;
	}
	(*ret)->is_client = true;
	return 0;
}

/* --- waiting --- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* *got: those of the events that came. */
static int wait_for(const struct control *c, short events, short *got)
{
	struct pollfd fd = { c->fd, events, 0 };
	int64_t until = now_ms() + c->timeout;

	for (;;) {
		int64_t left = c->timeout == 0 ? -1 : MAX(until - now_ms(), (int64_t)0);
		int n = poll(&fd, 1, (int)left);
		*got = fd.revents;
		if (n > 0)
			return 0;
		if (n == 0)
			return E_TIMEOUT;
		if (errno != EINTR)
			return err_errno();
	}
}

/* --- receiving --- */

/* Get more octets. */
static int fill(struct control *c)
{
	if (c->begin > 0) { /* what is consumed makes room */
		memmove(c->in.data, c->in.data + c->begin, c->in.len - c->begin);
		c->in.len -= c->begin;
		c->begin = 0;
	}
	uint8_t *room = buf_reserve(&c->in, READ_AT_ONCE);
	if (room == NULL)
		return E_NOMEM;
	short got;
	TRY(wait_for(c, POLLIN, &got));
	ssize_t n = recv(c->fd, room, READ_AT_ONCE, MSG_DONTWAIT);
	if (n > 0)
		c->in.len += (size_t)n;
	else if (n == 0 || errno == ECONNRESET || errno == EPIPE)
		return E_CONN;
	else if (errno != EINTR && errno != EAGAIN)
		return err_errno();
	return 0;
}

/* Decode a unit from the octets that there are. E_FEWDATA: more are needed. *used: those that it took. */
static int decode(struct span octets, struct control_unit *ret, size_t *used)
{
	size_t at = 1;

	if (octets.len == 0)
		return E_FEWDATA;
	if (octets.data[0] > CONTROL_BLOCK)
		return E_MALFORMED;
	*ret = (struct control_unit){ .type = (enum control_type)octets.data[0] };
	if (ret->type == CONTROL_DATA || ret->type == CONTROL_EXTRA) {
		for (;;) {
			if (at == octets.len)
				return E_FEWDATA;
			unsigned code = octets.data[at];
			if (code <= CONTROL_BLOCK)
				break; /* the next unit ends this one */
			if (code < ITEM_CODE || code >= ITEM_CODE + CONTROL_ITEMS)
				return E_MALFORMED;
			if (octets.len - at < LENGTH_OF_HEAD)
				return E_FEWDATA;
			size_t len = read_u16(octets.data + at + 1);
			if (octets.len - at - LENGTH_OF_HEAD < len)
				return E_FEWDATA;
			control_put(ret, (enum control_item)(code - ITEM_CODE),
				(struct span){ octets.data + at + LENGTH_OF_HEAD, len });
			at += LENGTH_OF_HEAD + len;
		}
	}
	*used = at;
	return 0;
}

int control_receive(struct control *c, struct control_unit *ret)
{
	for (;;) {
		size_t used;
		struct span octets = { c->in.data, c->in.len - c->begin };
		if (octets.len > 0) /* nothing may be added to a null pointer */
			octets.data += c->begin;
		int error = decode(octets, ret, &used);
		if (error == 0) {
			c->begin += used;
			return 0;
		}
		if (error != E_FEWDATA)
			return error;
		/* An item appears once in what a sane client sends. */
		if (octets.len > (CONTROL_ITEMS + 1) * (VALUE_MAX + LENGTH_OF_HEAD))
			return E_MALFORMED;
		TRY(fill(c));
	}
}

/* --- sending --- */

/* The answer to a long request may begin before its end: a client takes it in, or both ends would wait for each other. A server
 * doesn't: who doesn't read its answers could fill its memory with requests. */
static int wait_to_send(struct control *c)
{
	short got;

	TRY(wait_for(c, c->is_client ? POLLIN | POLLOUT : POLLOUT, &got));
	return (got & POLLIN) != 0 ? fill(c) : 0;
}

static int flush(struct control *c)
{
	size_t at = 0;

	while (at < c->out.len) {
		ssize_t n =
			send(c->fd, c->out.data + at, c->out.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			at += (size_t)n;
		else if (errno == EAGAIN)
			TRY(wait_to_send(c));
		else if (errno == EPIPE || errno == ECONNRESET)
			return E_CONN;
		else if (errno != EINTR)
			return err_errno();
	}
	c->out.len = 0;
	return 0;
}

int control_send(struct control *c, const struct control_unit *unit)
{
	for (size_t i = 0; i < CONTROL_ITEMS; i++) {
		if (control_has(unit, (enum control_item)i) && unit->items[i].len > VALUE_MAX)
			return E_RANGE;
	}
	buf_u8(&c->out, (uint8_t)unit->type);
	for (size_t i = 0; i < CONTROL_ITEMS; i++) {
		if (!control_has(unit, (enum control_item)i))
			continue;
		buf_u8(&c->out, (uint8_t)(ITEM_CODE + i));
		buf_u16(&c->out, (uint16_t)unit->items[i].len);
		buf_append(&c->out, unit->items[i].data, unit->items[i].len);
	}
	if (c->out.error != 0)
		return c->out.error;
	bool last = unit->type == CONTROL_END || unit->type == CONTROL_BLOCK;
	return last || c->out.len >= FLUSH_AT ? flush(c) : 0;
}
