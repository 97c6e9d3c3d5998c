/*
 * base/file: files read whole and files replaced atomically.
 *
 * Errors   -errno. Threads  any; an object is used by one at a time.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include <stdio.h>
#include <sys/stat.h>

/* A file's octets, read when it was opened: what happens to the file later does no harm. */
struct file_map {
	struct span bytes;
	struct stat st;
	bool mapped; /* whether the memory is pages of its own, else heap */
};

/* 0 and *ret is the caller's to close; -errno otherwise. "-" reads standard input. */
MUST_USE int file_map_open(const char *path, struct file_map *ret);
void file_map_close(struct file_map *map);

/* Replace `path` by what the caller writes to the stream: begin makes a temporary file in the same
 * directory (missing directories are made with mode 0770); commit flushes, fsyncs, renames and
 * fsyncs the directory; discard leaves no trace. */
struct file_new {
	FILE *stream;
	char *path, *tmp_path;
};
MUST_USE int file_new_begin(const char *path, mode_t mode, struct file_new *ret);
MUST_USE int file_new_commit(struct file_new *file); /* ends it whatever the result */
void file_new_discard(struct file_new *file);

/* Make a directory and its parents. 0 also if it is there. */
MUST_USE int dir_make(const char *path, mode_t mode);
