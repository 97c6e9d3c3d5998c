/*
 * conf/transaction: the configuration as control commands see and change it.
 *
 *	conf (in force) --> conf_begin --> set, unset, ... --> conf_commit --> a new conf in force
 *	                        `--------------------------> conf_abort
 *
 * A transaction works on a tree that shares all unchanged blocks with the configuration in force (conf/tree), so that beginning,
 * changing and comparing cost what they touch, not what there is. Text goes in and out; checks are those of the file reader.
 *
 * I1  The configuration in force is never written.
 * I2  Every request (savepoint ... release) takes effect as a whole or not at all.
 * I3  A commit is durable in the database, if there is one, before the new configuration is handed out.
 *
 * Threads  one writer; readers of a conf as ever.
 */
#pragma once
#include "conf/conf.h"

struct conf_db;          /* conf/db.h */
struct conf_transaction; /* opaque */

/* What a command names; absent parts have data == NULL, which differs from empty ones. As on the control socket. */
struct conf_key {
	struct span section, item, id, value;
};

/* One answer unit. Spans live during the call. */
struct conf_entry {
	struct span section, item, id, value; /* absent: data == NULL */
	bool extra;                           /* a further value of the item before */
	char mark;                            /* '-', '+' of differences, else 0 */
};
/* Gets the answers of a command; an error ends the command with it. */
struct conf_sink {
	int (*put)(void *ctx, const struct conf_entry *entry);
	void *ctx;
};

enum conf_list_kind { CONF_LIST_CONTENT, CONF_LIST_SCHEMA };

/* conf-list, conf-read on a configuration. Errors: E_CONFITEM, E_CONFID, E_NOTSUP, ... as the control protocol says. */
MUST_USE int conf_list(const struct conf *conf, const struct conf_key *key,
	enum conf_list_kind kind, struct conf_sink sink);
MUST_USE int conf_read(const struct conf *conf, const struct conf_key *key, struct conf_sink sink);

/* `db` may be NULL: changes live in memory. E_NOMEM. References `conf`. */
MUST_USE int conf_begin(struct conf *conf, struct conf_db *db, struct conf_transaction **ret);
void conf_abort(struct conf_transaction *txn); /* NULL is fine */

/* The same commands on the content of the transaction. */
MUST_USE int conf_txn_list(struct conf_transaction *txn, const struct conf_key *key,
	enum conf_list_kind kind, struct conf_sink sink);
MUST_USE int conf_txn_get(
	struct conf_transaction *txn, const struct conf_key *key, struct conf_sink sink);
MUST_USE int conf_txn_diff(
	struct conf_transaction *txn, const struct conf_key *key, struct conf_sink sink);

/* A request of several units: savepoint, set and unset for each, then release (all hold) or rollback (none does). */
MUST_USE int conf_txn_savepoint(struct conf_transaction *txn);
void conf_txn_release(struct conf_transaction *txn);
void conf_txn_rollback(struct conf_transaction *txn);
/* On error *detail may point to a text that says more than the code (valid until the next call), else NULL. */
MUST_USE int conf_txn_set(
	struct conf_transaction *txn, const struct conf_key *key, const char **detail);
MUST_USE int conf_txn_unset(
	struct conf_transaction *txn, const struct conf_key *key, const char **detail);

/* What a commit changed, for applying just that. */
struct conf_changes {
	bool server; /* any section but zone */
	bool templates; /* or something else (module, policy ...) that many zones' settings come from: look at all zones */
	const uint8_t *const
		*zones; /* names of zones that were added, removed or changed themselves */
	size_t zone_count;
};

/* The place of an error found by the checks before a commit. */
struct conf_place {
	const char *text; /* what is wrong */
	struct span section, id, item, value;
};

/* Check everything that may have become wrong, write, and compile. On 0 takes `txn`; the caller owns *ret, and *changes lives as long
 * as *ret. E_*: nothing has changed and the transaction stays open; *place says what is wrong where that is known (text NULL: not). */
MUST_USE int conf_commit(struct conf_transaction *txn, struct conf **ret,
	const struct conf_changes **changes, struct conf_place *place);
