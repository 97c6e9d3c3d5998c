/*
 * server/watch: which zone files may have changed, so that a reload looks at those and no others.
 *
 *	watch_add --> in doubt --> watch_begin, look or load, watch_end --> settled
 *	                 ^                                                     |
 *	                 `--- the system reports something, watch_doubt -------'
 *
 * The directories of the zone files are watched (inotify); what the system has reported is read at a reload only. It selects, and decides
 * nothing: a zone in doubt is looked at as if there were no watch.
 *
 * I1  A zone is settled only if its directory was watched before the look began, nothing happened to it since, the look found what is
 *     served, and its file is of a kind whose changes are reported: a regular file with one name, or none. Symbolic links, files with
 *     several names and files that something is mounted on stay in doubt.
 * I2  A directory is watched if its file system is a local one that is known to report all by one name, and only as long as its path leads to what is
 *     watched: compared at each drain, and around each look. What replaces it brings all its zones into doubt.
 * I3  If events were lost, or anything was mounted or unmounted, all zones are in doubt. Without inotify they always are.
 *
 * The system doesn't report what is written through a mapping before that is given up, through a second name given to the file after
 * it was looked at, and below a file system (the layer under an overlay, a handle of an NFS server). Loading a zone by name doesn't ask the watch.
 *
 * Cost     a look: two stat() of the directory (with 20,000 small zones some 5 us of CPU time a zone at start). A drain: one stat() a directory, plus the events; O(zones) under I3 or after a
 *          directory was replaced.
 * Memory   45 octets a zone; a directory some 100, and one watch of the system's.
 * Threads  any, under the watch's own mutex. watch_forget, watch_drain and watch_collect: one writer, which keeps the collected ones.
 */
#pragma once
#include "base/attr.h"
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct watch; /* opaque */

/* A zone's file; part of the zone. All under the watch's mutex. */
struct watch_file {
	struct watch_file *next; /* in its bucket */
	uint64_t hash;           /* of directory and name */
	uint32_t directory;      /* number, or one of the two below */
	uint32_t doubt;          /* place among those in doubt, from 1; 0: settled */
	uint8_t looks;           /* that have begun and not ended */
	bool touched;            /* something happened since the look began */
	bool gone;               /* forgotten */
};
#define WATCH_NOWHERE UINT32_MAX       /* no file, none matters */
#define WATCH_UNKNOWN (UINT32_MAX - 1) /* there is one, that isn't watched */

MUST_USE int watch_new(struct watch **ret);
void watch_free(struct watch *watch); /* NULL is fine */

/* A new zone, in doubt. `file` is all zeros. E_NOMEM. */
MUST_USE int watch_add(struct watch *watch, struct watch_file *file);
/* Never collected any more; looks that run go on and have no effect. */
void watch_forget(struct watch *watch, struct watch_file *file);

/* Around a look at the file (NULL: the zone has none that matters). `settled`: what is served is what was found, and watch_stat said
 * that it is watchable. */
void watch_begin(struct watch *watch, struct watch_file *file, const char *path);
void watch_end(struct watch *watch, struct watch_file *file, bool settled);
/* What is served or wanted has changed in another way. */
void watch_doubt(struct watch *watch, struct watch_file *file);

/* When the file was changed; whether it is there. */
struct watch_stat {
	struct timespec mtime;
	bool exists;
	bool watchable; /* a change of it, or its coming, is reported for its directory */
};
struct watch_stat watch_stat(const char *path);

/* Take in what happened. */
void watch_drain(struct watch *watch);
/* After a drain: nothing can have happened to the file since a look found it settled, and it was at that path. */
bool watch_is_settled(struct watch *watch, const struct watch_file *file, const char *path);
/* After a drain: those in doubt, in an array for the caller to free. E_NOMEM. */
MUST_USE int watch_collect(struct watch *watch, struct watch_file ***ret, size_t *count);
