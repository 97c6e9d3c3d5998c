/*
 * conf/yaml: the reader of configuration files.
 *
 * A line-oriented language that looks like YAML: sections in column 0, items indented, "- id: value" begins a block. Values are
 * parsed and checked as their item is read, sections as they end; the first error ends the reading and is logged with file and line.
 *
 * Cost     one pass over the texts, plus the checks. Threads  one at a time for a tree.
 */
#pragma once
#include "conf/tree.h"
#include <sys/stat.h>

struct conf_reader {
	struct conf_tree *tree;
	/* Hear of each file read, and of directories of patterns, for change detection (all zero: always changed). May be NULL. */
	int (*file)(void *ctx, const char *path, const struct stat *st);
	void *ctx;
	unsigned depth;
};

/* Read a file into the tree. 0, or an error after it was logged; the tree then has what came before it. */
MUST_USE int conf_read_file(struct conf_reader *reader, const char *path);
/* The directive include: all files that a pattern matches, relative to the file `beside` (NULL: to the working directory). */
MUST_USE int conf_read_include(struct conf_reader *reader, struct span pattern, const char *beside);
/* The same with a text; `path` stands for it in messages. */
MUST_USE int conf_read_text(struct conf_reader *reader, struct span text, const char *path);
