/*
 * zonefile/writer: records as lines of a zone file, in the dump layout.
 *
 *	owner padded to 20 columns, TAB (a blank if the owner has 32 characters or more), TTL, TAB, type, TAB, rdata
 *
 * Types that Knot DNS doesn't know are written in the form of RFC 3597, so that it can read every dump.
 *
 * Threads: pure.
 */
#pragma once
#include "base/buf.h"
#include "dns/name.h"

/* Append one line. An RRSIG's TTL is the original TTL in its rdata. */
void zonefile_write_rr(
	const uint8_t *owner, uint32_t ttl, uint16_t type, struct span rdata, struct buf *out);
