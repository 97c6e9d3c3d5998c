/*
 * conf/value: texts of the configuration to typed values and back.
 *
 * A value is kept as octets:
 *	numbers, bool, opt      8 octets, host order (opt: index of the choice)
 *	optint                  the same; choice i is CONF_CHOICE(i)
 *	percent                 two numbers: value, 1 if it is a percentage
 *	str path hex b64        octets as they are
 *	name                    wire form, lower case
 *	addr net modref relname rrtype ref   text, checked (references by the reader)
 *
 * Threads  pure.
 */
#pragma once
#include "base/buf.h"
#include "conf/schema.h"
#include <sys/socket.h>

#define CONF_CHOICE(index) (INT64_MIN + (int64_t)(index))
#define CONF_VALUE_MAX     32767 /* octets of a value's text */

/* Append the value of `text` to `out`. E_INVALID, E_RANGE, E_B64LEN, E_B64CHAR, E_SPACE. */
MUST_USE int conf_value_parse(const struct conf_item *item, struct span text, struct buf *out);
/* Canonical text, for exports: without quotes. */
void conf_value_print(const struct conf_item *item, struct span value, struct buf *out);

/* What a database has for the choice at a position of an item, and back: -1 if there is no such choice. */
int64_t conf_choice_number(const struct conf_item *item, int64_t index);
int64_t conf_choice_of_number(const struct conf_item *item, int64_t number);

/* Of the types that are kept as numbers. */
static inline int64_t conf_value_number(struct span value)
{
	int64_t v;
	memcpy(&v, value.data, sizeof(v));
	return v;
}

/* An address as configured. */
struct conf_address {
	struct sockaddr_storage sa; /* AF_UNSPEC: it's a path */
	bool has_port;
	char device[16];  /* of a wildcard address, "" = none */
	struct span path; /* borrowed from the text */
};
/* Text that conf_value_parse has found good. E_INVALID otherwise. */
MUST_USE int conf_address_parse(struct span text, uint16_t default_port, struct conf_address *ret);

/* A set of peers. */
struct conf_net {
	sa_family_t family; /* AF_UNIX: `path` */
	/* The range, ends included, in network order; IPv4 takes the first 4 octets. */
	uint8_t first[16], last[16];
	struct span path;
};
/* An address, a network, a range or a path. E_INVALID. `path` borrows from the text. */
MUST_USE int conf_net_parse(struct span text, struct conf_net *ret);
