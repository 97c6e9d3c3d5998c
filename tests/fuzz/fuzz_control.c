/*
 * fuzz_control: what comes over a control socket.
 *
 * Oracle: the octets come in two pieces; the units read, sent again and read again, are the same, and a stream that ends well is
 * reproduced but for the order of items.
 */
#include "control/control.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

enum { SIZE_MAX_TAKEN = 30000 };

static struct control *open_pair(int *other)
{
	struct control *control;
	int fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK(control_new(fds[0], 1000, &control) == 0);
	*other = fds[1];
	return control;
}

static void same(const struct control_unit *a, const struct control_unit *b)
{
	CHECK(a->type == b->type && a->present == b->present);
	for (int i = 0; i < CONTROL_ITEMS; i++)
		CHECK(!control_has(a, i) || span_equal(a->items[i], b->items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > SIZE_MAX_TAKEN)
		return 0;
	size_t first = data[0] % size;
	data++;
	size--;
	int in, out;
	struct control *reader = open_pair(&in), *writer = open_pair(&out), *again;
	CHECK(control_new(out, 1000, &again) == 0);
	CHECK(write(in, data, first) == (ssize_t)first);
	CHECK(write(in, data + first, size - first) == (ssize_t)(size - first));
	CHECK(shutdown(in, SHUT_WR) == 0);

	struct control_unit unit, echo;
	while (control_receive(reader, &unit) == 0) {
		CHECK(control_send(writer, &unit) == 0);
		/* A unit is complete when the next has begun. */
		CHECK(control_send_type(writer, CONTROL_BLOCK) == 0);
		CHECK(control_receive(again, &echo) == 0);
		same(&unit, &echo);
		CHECK(control_receive(again, &echo) == 0 && echo.type == CONTROL_BLOCK);
	}
	control_free(reader);
	control_free(writer);
	control_free(again);
	close(in);
	return 0;
}
