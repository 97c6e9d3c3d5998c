/*
 * control: the protocol of the control socket, both ends of it.
 *
 *	unit   type octet (END, DATA, EXTRA, BLOCK) and, for DATA and EXTRA, items { code, length, value }
 *	block  a request or an answer: DATA and EXTRA units, ended by BLOCK
 *
 * A unit has no length of its own: a DATA or EXTRA unit is known to be complete when the type octet of the next is there, so
 * control_receive gives a unit as soon as the octet that ends it has come.
 *
 * I1  Octets from the other end are read through a cursor; whatever breaks the rules ends the connection (E_MALFORMED), nothing else.
 * I2  A unit's items borrow from the connection until the next control_receive.
 *
 * Memory   input and output are buffered, each at most what one unit needs or 64 KiB, whichever is more; at a client that sends a long
 *          request also what has been answered meanwhile.
 * Threads  a connection belongs to one thread.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

enum control_type { CONTROL_END, CONTROL_DATA, CONTROL_EXTRA, CONTROL_BLOCK };

enum control_item {
	CONTROL_CMD,
	CONTROL_FLAGS,
	CONTROL_ERROR,
	CONTROL_SECTION,
	CONTROL_ITEM,
	CONTROL_ID,
	CONTROL_ZONE,
	CONTROL_OWNER,
	CONTROL_TTL,
	CONTROL_TYPE,
	CONTROL_VALUE, /* the item called DATA */
	CONTROL_FILTERS,
	CONTROL_ITEMS
};

struct control_unit {
	enum control_type type;
	uint16_t present; /* bits 1 << enum control_item: an item may be there and empty */
	struct span items[CONTROL_ITEMS];
};

static inline bool control_has(const struct control_unit *u, enum control_item item)
{
	return (u->present >> item & 1) != 0;
}
static inline void control_put(struct control_unit *u, enum control_item item, struct span value)
{
	u->items[item] = value;
	u->present |= (uint16_t)(1u << item);
}

/* Flags and filters are letters. */
#define CONTROL_FLAG_BLOCKING 'B'
#define CONTROL_FLAG_FORCE    'F'
#define CONTROL_FLAG_UNIXTIME 'u'
static inline bool control_has_letter(
	const struct control_unit *u, enum control_item item, char letter)
{
	for (size_t i = 0; control_has(u, item) && i < u->items[item].len; i++) {
		if (u->items[item].data[i] == (uint8_t)letter)
			return true;
	}
	return false;
}

struct control; /* a connection, opaque */

/* Connect to a server's socket. `timeout`: ms for each wait in either direction, 0 = without end. -errno, E_RANGE (path too long). */
MUST_USE int control_connect(const char *path, unsigned timeout, struct control **ret);
/* The same over a connected socket, which it takes unless it fails. */
MUST_USE int control_new(int fd, unsigned timeout, struct control **ret);
/* Closes at once. NULL is fine. */
void control_free(struct control *control);
DEFINE_OWNED(control, control_free)

/* The next unit. E_TIMEOUT; E_CONN: closed by the other end; E_MALFORMED; E_NOMEM. Then the connection is of no more use. */
MUST_USE int control_receive(struct control *control, struct control_unit *ret);
/* Append a unit; END and BLOCK also send everything that was appended. E_RANGE: an item is longer than 65,535 octets, nothing
 * was appended. E_TIMEOUT, E_CONN, E_NOMEM: the connection is of no more use. */
MUST_USE int control_send(struct control *control, const struct control_unit *unit);

static inline int control_send_type(struct control *control, enum control_type type)
{
	return control_send(control, &(struct control_unit){ .type = type });
}
