/*
 * conf/db: the configuration database, in the layout of Knot DNS (version 2).
 *
 *	00 ff                     version
 *	00 00 <section name>      code S of a section
 *	S 00 <item name>          code I of an item
 *	S 01 <identifier>         a block is there
 *	S I [<identifier>]        its value, or all values, each behind its length
 *
 * Codes belong to each database: they are looked up by name, and what has an unknown name is left as it is.
 *
 * I1  A change is one transaction of the store: a crash at any moment leaves the last committed content.
 * I2  A change doesn't overwrite one that somebody else made since the content was read (E_AGAIN).
 *
 * Threads  one; other processes may read and write.
 */
#pragma once
#include "conf/conf.h"

struct conf_db; /* opaque */

#define CONF_DB_DEFAULT_SIZE ((size_t)500 << 20)

bool conf_db_exists(const char *path);
/* CONF_DB_WRITE makes what isn't there. `map_size`: octets. E_CONFDBINIT: nothing there to read, E_CONFDBVERSION, E_NOENT: no
 * version; and errors of the store. */
enum conf_db_mode { CONF_DB_READ, CONF_DB_WRITE };
MUST_USE int conf_db_open(
	const char *path, enum conf_db_mode mode, size_t map_size, struct conf_db **ret);
void conf_db_close(struct conf_db *db); /* NULL is fine */

/* Has it no content but the version? */
MUST_USE int conf_db_is_empty(struct conf_db *db, bool *ret);
/* The content as it is, without checks. E_MALFORMED and others, logged with their place. */
MUST_USE int conf_db_read(struct conf_db *db, struct conf_tree *ret);
/* Has it been written by others since it was read, or written here? */
bool conf_db_is_changed(const struct conf_db *db);
/* Turn content `old`, which must be what was read, into `new_`. `old` NULL: replace whatever there is, unknown things too. */
MUST_USE int conf_db_write(
	struct conf_db *db, const struct conf_tree *old, const struct conf_tree *new_);

/* Read and check all of it. Errors are logged. */
MUST_USE int conf_load_db(struct conf_db *db, struct conf **ret);
/* Read a file into it; `purge`: instead of what is there. Errors are logged. */
MUST_USE int conf_db_import(struct conf_db *db, const char *path, bool purge);
