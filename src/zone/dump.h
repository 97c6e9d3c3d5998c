/*
 * zone/dump: a zone's contents as a zone file.
 *
 * Order: ordinary records (the SOA first), their signatures, NSEC, NSEC3, its signatures, each part under a comment; owners in
 * canonical order, types ascending. Reads a snapshot; the caller holds it.
 *
 * Cost     some passes over the zone; memory for one line. Threads  any.
 */
#pragma once
#include "base/attr.h"
#include "zone/snapshot.h"
#include <stdio.h>

struct zone_dump_options {
	const char *version;        /* in the first line */
	const uint16_t *skip_types; /* zonefile-skip */
	size_t skip_count;
};

/* Write to the stream. 0, E_NOMEM or the system's error. */
MUST_USE int zone_dump(
	const struct zone_snapshot *snap, const struct zone_dump_options *options, FILE *stream);
