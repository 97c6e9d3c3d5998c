/*
 * store: LMDB environments in the layout of Knot DNS's databases, with the errors of base/err.
 *
 * A store is a directory with data.mdb and lock.mdb; keys and values are octets, ordered by memcmp.
 *
 * I1  A change is durable when store_commit returns 0; a crash at any moment leaves the content of the last such commit.
 *
 * Errors   E_NOENT (no record, no directory), E_MALFORMED (not a database), E_SPACE (full), E_LIMIT, E_NOMEM, -errno, E_FAILED.
 * Threads  a store: any; a transaction: one. There is one writing transaction at a time, others wait in store_begin.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

struct store;     /* opaque */
struct store_txn; /* opaque */

struct store_options {
	size_t map_size;      /* octets; a limit, not an allocation */
	unsigned max_readers; /* 0: the library's default */
	const char *name;     /* of the database within, NULL: the main one */
	bool read_only; /* it must be there; otherwise directory (not its parents) and files are made */
};

/* Is there a store: a data file that isn't empty? */
bool store_exists(const char *path);
MUST_USE int store_open(const char *path, const struct store_options *options, struct store **ret);
void store_close(struct store *store); /* NULL is fine */
/* A number that grows with each commit, by whatever process. */
uint64_t store_version(const struct store *store);

/* After much was read: let go of the pages of the file that are mapped. They are read again when they are needed. */
void store_trim(const struct store *store);

/* Begin a transaction: a stable view, or (`write`) changes, for which it waits until no other is open. The caller ends it. */
MUST_USE int store_begin(struct store *store, bool write, struct store_txn **ret);
/* Both end the transaction, whatever the result. */
MUST_USE int store_commit(struct store_txn *txn);
void store_abort(struct store_txn *txn); /* NULL is fine */
/* What store_version was when it began. */
uint64_t store_txn_version(struct store_txn *txn);

/* *ret lives until the next change or the end of the transaction. E_NOENT. */
MUST_USE int store_get(struct store_txn *txn, struct span key, struct span *ret);
MUST_USE int store_put(struct store_txn *txn, struct span key, struct span value);
/* E_NOENT: it wasn't there. */
MUST_USE int store_remove(struct store_txn *txn, struct span key);
/* Remove everything. */
MUST_USE int store_clear(struct store_txn *txn);
/* All records whose key begins with `prefix`, in order; ends at the first error, and returns it. No changes meanwhile. */
typedef int (*store_visitor)(void *ctx, struct span key, struct span value);
MUST_USE int store_each(struct store_txn *txn, struct span prefix, store_visitor visit, void *ctx);
