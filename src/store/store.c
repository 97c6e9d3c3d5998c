#include "store/store.h"
#include "base/err.h"
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct store {
	MDB_env *env;
	MDB_dbi dbi;
};

struct store_txn {
	MDB_txn *txn;
	struct store *store;
	bool write;
};

static int error_of(int code)
{
	switch (code) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
	case ENOENT:
		return E_NOENT;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_VERSION_MISMATCH:
		return E_MALFORMED;
	case MDB_MAP_FULL:
	case ENOSPC:
		return E_SPACE;
	case MDB_TXN_FULL:
		return E_LIMIT;
	case ENOMEM:
		return E_NOMEM;
	default:
		return code > 0 ? -code : E_FAILED;
	}
}

bool store_exists(const char *path)
{
	char file[4096];
	struct stat st;

	int n = snprintf(file, sizeof(file), "%s/data.mdb", path);
	return n > 0 && (size_t)n < sizeof(file) && stat(file, &st) == 0 && st.st_size > 0;
}

static int open_env(MDB_env *env, const char *path, const struct store_options *options)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned flags = MDB_NOTLS | (options->read_only ? MDB_RDONLY : 0);
	int code = 0;

	if (!options->read_only && mkdir(path, 0770) != 0 && errno != EEXIST)
		return error_of(errno);
	if (options->map_size > 0)
		code = mdb_env_set_mapsize(env, options->map_size / page * page);
	if (code == 0 && options->max_readers > 0)
		code = mdb_env_set_maxreaders(env, options->max_readers);
	if (code == 0 && options->name != NULL)
		code = mdb_env_set_maxdbs(env, 2);
	return error_of(code != 0 ? code : mdb_env_open(env, path, flags, 0660));
}

static int open_database(struct store *store, const struct store_options *options)
{
	MDB_txn *txn;
	int code = mdb_txn_begin(store->env, NULL, options->read_only ? MDB_RDONLY : 0, &txn);

	if (code != 0)
		return error_of(code);
	code = mdb_dbi_open(txn, options->name,
		options->name != NULL && !options->read_only ? MDB_CREATE : 0, &store->dbi);
	if (code != 0) {
		mdb_txn_abort(txn);
		return error_of(code);
	}
	return error_of(mdb_txn_commit(txn)); /* the handle stays, also from a reader */
}

int store_open(const char *path, const struct store_options *options, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return E_NOMEM;
	int error = error_of(mdb_env_create(&store->env));
	if (error == 0)
		error = open_env(store->env, path, options);
	if (error == 0)
		error = open_database(store, options);
	if (error != 0) {
		store_close(store);
		return error;
	}
	*ret = store;
	return 0;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	if (store->env != NULL)
		mdb_env_close(store->env);
	free(store);
}

uint64_t store_version(const struct store *store)
{
	MDB_envinfo info;

	return mdb_env_info(store->env, &info) == 0 ? info.me_last_txnid : 0;
}

/* The library doesn't say where its map is; the kernel does. */
void store_trim(const struct store *store)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to, inode;
	char line[512];
	struct stat st;
	int fd;

	if (maps == NULL || mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &st) != 0)
		st.st_ino = 0;
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		if (st.st_ino != 0 &&
			sscanf(line, "%lx-%lx %*s %*s %*s %lu", &from, &to, &inode) == 3 &&
			inode == st.st_ino && strstr(line, "data.mdb") != NULL)
			(void)!madvise((void *)from, to - from, MADV_DONTNEED); /* advice */
	}
	if (maps != NULL)
		fclose(maps);
}

int store_begin(struct store *store, bool write, struct store_txn **ret)
{
	struct store_txn *txn = malloc(sizeof(*txn));
	unsigned flags = write ? 0 : MDB_RDONLY;
	int stale;

	if (txn == NULL)
		return E_NOMEM;
	*txn = (struct store_txn){ .store = store, .write = write };
	int code = mdb_txn_begin(store->env, NULL, flags, &txn->txn);
	if (code == MDB_READERS_FULL && mdb_reader_check(store->env, &stale) == 0)
		code = mdb_txn_begin(store->env, NULL, flags, &txn->txn);
	if (code != 0) {
		free(txn);
		return error_of(code);
	}
	*ret = txn;
	return 0;
}

int store_commit(struct store_txn *txn)
{
	int code = mdb_txn_commit(txn->txn);

	free(txn);
	return error_of(code);
}

void store_abort(struct store_txn *txn)
{
	if (txn == NULL)
		return;
	mdb_txn_abort(txn->txn);
	free(txn);
}

uint64_t store_txn_version(struct store_txn *txn)
{
	return mdb_txn_id(txn->txn) - (txn->write ? 1 : 0);
}

static MDB_val val_of(struct span s)
{
	return (MDB_val){ s.len, (void *)s.data };
}

int store_get(struct store_txn *txn, struct span key, struct span *ret)
{
	MDB_val k = val_of(key), v;

	TRY(error_of(mdb_get(txn->txn, txn->store->dbi, &k, &v)));
	*ret = (struct span){ v.mv_data, v.mv_size };
	return 0;
}

int store_put(struct store_txn *txn, struct span key, struct span value)
{
	MDB_val k = val_of(key), v = val_of(value);

	return error_of(mdb_put(txn->txn, txn->store->dbi, &k, &v, 0));
}

int store_remove(struct store_txn *txn, struct span key)
{
	MDB_val k = val_of(key);

	return error_of(mdb_del(txn->txn, txn->store->dbi, &k, NULL));
}

int store_clear(struct store_txn *txn)
{
	return error_of(mdb_drop(txn->txn, txn->store->dbi, 0));
}

int store_each(struct store_txn *txn, struct span prefix, store_visitor visit, void *ctx)
{
	MDB_val key = val_of(prefix), value;
	MDB_cursor *cursor;
	int error = 0;

	TRY(error_of(mdb_cursor_open(txn->txn, txn->store->dbi, &cursor)));
	int code = mdb_cursor_get(cursor, &key, &value, prefix.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (code == 0 && error == 0) {
		struct span k = { key.mv_data, key.mv_size };
		if (k.len < prefix.len ||
			(prefix.len > 0 && memcmp(k.data, prefix.data, prefix.len) != 0))
			break;
		error = visit(ctx, k, (struct span){ value.mv_data, value.mv_size });
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return error != 0 || code == MDB_NOTFOUND ? error : error_of(code);
}
