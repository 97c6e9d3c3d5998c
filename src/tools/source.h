/*
 * tools/source: where a program's configuration comes from: -C, -c, the default database if it exists, the default file.
 *
 * Threads  the main thread, before others.
 */
#pragma once
#include "base/attr.h"
#include "config.h"

#define SOURCE_CONFIG   BOWLINE_CONFIG_DIR "/knot.conf"
#define SOURCE_DATABASE BOWLINE_STORAGE_DIR "/confdb"
enum { SOURCE_MAP_SIZE = 500, SOURCE_MAP_SIZE_MAX = 10000 }; /* MiB */

struct source {
	const char *config, *database; /* one of the two after source_choose */
	unsigned map_size;             /* MiB */
};

/* A whole number of MiB for -m, or 0. */
unsigned source_parse_size(const char *text);
/* Fill in defaults. E_CONFLICT: both were given; E_NOENT: none was given, and there's no default database or (if `need`) file. */
MUST_USE int source_choose(struct source *source, bool need);
