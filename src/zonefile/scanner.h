/*
 * zonefile/scanner: records out of a zone file (RFC 1035 section 5, RFC 2308 section 4, RFC 3597).
 *
 *	file or text --> lexer --> owner, TTL, class, type, rdata --> callback, record by record
 *
 * $ORIGIN, $TTL, $INCLUDE and $GENERATE; class and TTL in any order; an empty owner is the previous one. Only class IN.
 * An error is reported with file, line and cause, and scanning goes on behind the record (all lines of its parentheses),
 * up to a limit of errors. The line is the one where the error stands; of parentheses and quotes that never close, where
 * the record begins.
 *
 * What an included file sets, origin, $TTL and previous owner, ends with it (as in Knot DNS; RFC 1035 section 5.1 has
 * no $TTL yet). A record without a TTL gets $TTL's, or else the option's, whatever stood in the record before (RFC 1035
 * section 5.1 would take that).
 *
 * A TTL may have all 32 bits (RFC 8767 section 4). A byte order mark before the first line is skipped.
 *
 * Cost     one pass over the text in memory. Memory: one record; includes are mapped one inside the other.
 * Threads  one scan a thread.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include "dns/name.h"
#include "dns/rdata.h"

#define ZONEFILE_INCLUDE_MAX 8   /* files within files */
#define ZONEFILE_ERRORS_MAX  100 /* after that scanning stops */

struct zonefile_rr {
	const uint8_t *owner; /* wire, lower case */
	bool same_owner;      /* true: the same as of the record before; false tells nothing */
	uint16_t type;
	uint32_t ttl;
	struct span rdata; /* stored form */
	unsigned line;     /* where it begins */
};

struct zonefile_handler {
	/* Take a record; valid for the call. An error ends the scan and is its result. */
	int (*record)(void *ctx, const struct zonefile_rr *rr);
	/* Hear of an error (NULL: nobody does). */
	void (*error)(void *ctx, const char *file, unsigned line, const char *why);
	void *ctx;
};

struct zonefile_options {
	const uint8_t *origin; /* NULL: none until $ORIGIN; relative names are errors */
	uint32_t default_ttl;  /* for records without TTL and without $TTL */
	bool no_include;       /* $INCLUDE is an error */
	bool no_directives;    /* all of them are: $ starts an owner */
};

/* Scan a file ("-": standard input). 0; E_ZONEFILE if there were errors (all reported); the callback's
 * error; the system's if the file can't be read. *errors (may be NULL): their number. */
MUST_USE int zonefile_scan(const char *path, const struct zonefile_options *options,
	const struct zonefile_handler *handler, unsigned *errors);

/* The same over text in memory; `name` stands for the file in messages and relative includes. */
MUST_USE int zonefile_scan_text(struct span text, const char *name,
	const struct zonefile_options *options, const struct zonefile_handler *handler,
	unsigned *errors);

/* A record on its own, about 64 KiB. */
struct zonefile_record {
	uint8_t owner[DNS_NAME_MAX]; /* wire, lower case */
	uint16_t type;
	uint32_t ttl;
	size_t rdata_len;
	uint8_t rdata[DNS_RDATA_MAX]; /* stored form */
};

/* Parse exactly one record, as it would stand in a zone file ("owner [ttl] [IN] type rdata", parentheses and comments
 * included; no directives), with or without an end of line. `origin` may be NULL: then names are absolute. 0, or
 * E_PARSE with *why, a static text, and *ret undefined. E_NOMEM. */
MUST_USE int zonefile_parse_rr(struct span text, const uint8_t *origin, uint32_t default_ttl,
	struct zonefile_record *ret, const char **why);
