/* What conf/db.h and conf/transaction.h promise and isn't there yet: says so. */
#include "base/err.h"
#include "conf/db.h"
#include "conf/transaction.h"

bool conf_db_exists(const char *path)
{
	(void)path;
	return false;
}
int conf_db_open(const char *path, enum conf_db_mode mode, size_t map_size, struct conf_db **ret)
{
	(void)path;
	(void)mode;
	(void)map_size;
	(void)ret;
	return E_NOTSUP;
}
void conf_db_close(struct conf_db *db)
{
	(void)db;
}
int conf_load_db(struct conf_db *db, struct conf **ret)
{
	(void)db;
	(void)ret;
	return E_NOTSUP;
}
int conf_list(const struct conf *conf, const struct conf_key *key, enum conf_list_kind kind,
	struct conf_sink sink)
{
	(void)conf;
	(void)key;
	(void)kind;
	(void)sink;
	return E_NOTSUP;
}
int conf_read(const struct conf *conf, const struct conf_key *key, struct conf_sink sink)
{
	(void)conf;
	(void)key;
	(void)sink;
	return E_NOTSUP;
}
int conf_begin(struct conf *conf, struct conf_db *db, struct conf_transaction **ret)
{
	(void)conf;
	(void)db;
	(void)ret;
	return E_NOTSUP;
}
void conf_abort(struct conf_transaction *txn)
{
	(void)txn;
}
int conf_txn_list(struct conf_transaction *txn, const struct conf_key *key,
	enum conf_list_kind kind, struct conf_sink sink)
{
	(void)txn;
	(void)key;
	(void)kind;
	(void)sink;
	return E_NOTSUP;
}
int conf_txn_get(struct conf_transaction *txn, const struct conf_key *key, struct conf_sink sink)
{
	(void)txn;
	(void)key;
	(void)sink;
	return E_NOTSUP;
}
int conf_txn_diff(struct conf_transaction *txn, const struct conf_key *key, struct conf_sink sink)
{
	(void)txn;
	(void)key;
	(void)sink;
	return E_NOTSUP;
}
int conf_txn_savepoint(struct conf_transaction *txn)
{
	(void)txn;
	return E_NOTSUP;
}
void conf_txn_release(struct conf_transaction *txn)
{
	(void)txn;
}
void conf_txn_rollback(struct conf_transaction *txn)
{
	(void)txn;
}
int conf_txn_set(struct conf_transaction *txn, const struct conf_key *key, const char **detail)
{
	(void)txn;
	(void)key;
	(void)detail;
	return E_NOTSUP;
}
int conf_txn_unset(struct conf_transaction *txn, const struct conf_key *key, const char **detail)
{
	(void)txn;
	(void)key;
	(void)detail;
	return E_NOTSUP;
}
int conf_commit(struct conf_transaction *txn, struct conf **ret,
	const struct conf_changes **changes, struct conf_place *place)
{
	(void)txn;
	(void)ret;
	(void)changes;
	(void)place;
	return E_NOTSUP;
}
