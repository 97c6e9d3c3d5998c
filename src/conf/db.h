/*
 * conf/db: the configuration database (LMDB, the layout of Knot DNS's version 2).
 *
 * Sections and items are registered by name under codes that belong to each database; values are stored in the binary form of
 * the schema's types. What this program doesn't know is kept as it is.
 *
 * I1  One LMDB transaction a change: a crash at any moment leaves the last committed content.
 *
 * Threads  one writer (the holder); other processes may read.
 */
#pragma once
#include "conf/conf.h"

struct conf_db; /* opaque */

/* Is there a database (a directory with a data file that isn't empty)? */
bool conf_db_exists(const char *path);
/* Open; `create`: make directory and database where they are missing, else read only. `map_size` in octets. E_NOENT, -errno,
 * E_MALFORMED, E_CONFDBVERSION ... */
enum conf_db_mode { CONF_DB_READ, CONF_DB_WRITE };
MUST_USE int conf_db_open(
	const char *path, enum conf_db_mode mode, size_t map_size, struct conf_db **ret);
void conf_db_close(struct conf_db *db); /* NULL is fine */
bool conf_db_is_empty(struct conf_db *db);
/* Read all of it into a configuration, with the same checks as a file. Errors are logged. */
MUST_USE int conf_load_db(struct conf_db *db, struct conf **ret);
/* Write the content of a configuration; `purge`: instead of what is there, otherwise into it. One transaction. */
MUST_USE int conf_db_import(struct conf_db *db, const struct conf *conf, bool purge);
