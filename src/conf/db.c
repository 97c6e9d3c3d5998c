#include "conf/db.h"
#include "base/log.h"
#include "conf/binary.h"
#include "conf/check.h"
#include "conf/yaml.h"
#include "store/store.h"
#include <stdlib.h>

#define VERSION      2
#define MAX_READERS  1162 /* all threads that a server may have, and some */
#define CODE_NAMES   0    /* names registered, in place of a code */
#define CODE_IDS     1    /* identifiers, in place of an item's code */
#define CODE_FIRST   2
#define CODE_LAST    200
#define CODE_VERSION 255
#define SECTIONS_MAX 64 /* a test looks */
#define VALUE_MAX    65536
#define KEY_MAX      (2 + 255)

struct conf_db {
	struct store *store;
	uint64_t version; /* of the store when it was read or written */
};

/* Codes of names and names of codes; those that are unknown have a code and nothing else. */
struct codes {
	uint8_t section[SECTIONS_MAX]; /* by position; 0: none yet */
	uint8_t item[SECTIONS_MAX][CONF_ITEMS_MAX];
	const struct conf_section *section_of[256];
	bool section_used[256];
	bool item_used[SECTIONS_MAX][256];
};

bool conf_db_exists(const char *path)
{
	return store_exists(path);
}

/* --- codes --- */

struct code_reader {
	struct codes *codes;
	const struct conf_section *section; /* NULL: sections are read */
};

static int read_code(void *ctx, struct span key, struct span value)
{
	struct code_reader *r = ctx;
	struct span name = { key.data + 2, key.len - 2 };

	if (value.len != 1)
		return E_MALFORMED;
	uint8_t code = value.data[0];
	if (r->section == NULL) {
		const struct conf_section *section = conf_section_find(name);
		r->codes->section_used[code] = true;
		r->codes->section_of[code] = section;
		if (section != NULL)
			r->codes->section[section - conf_sections] = code;
		return 0;
	}
	size_t at = (size_t)(r->section - conf_sections);
	const struct conf_item *item = conf_item_find(r->section, name);
	r->codes->item_used[at][code] = true;
	if (item != NULL)
		r->codes->item[at][item - r->section->items] = code;
	return 0;
}

static int read_codes(struct store_txn *txn, struct codes *codes)
{
	static const uint8_t names[] = { CODE_NAMES, CODE_NAMES };
	struct code_reader reader = { codes, NULL };

	memset(codes, 0, sizeof(*codes));
	TRY(store_each(txn, (struct span){ names, sizeof(names) }, read_code, &reader));
	for (size_t i = 0; i < conf_section_count; i++) {
		uint8_t prefix[] = { codes->section[i], CODE_NAMES };
		if (prefix[0] == 0)
			continue;
		reader.section = &conf_sections[i];
		TRY(store_each(txn, (struct span){ prefix, sizeof(prefix) }, read_code, &reader));
	}
	return 0;
}

/* The smallest code that isn't used. */
static int new_code(const bool *used, uint8_t *ret)
{
	for (int code = CODE_FIRST; code <= CODE_LAST; code++) {
		if (!used[code]) {
			*ret = (uint8_t)code;
			return 0;
		}
	}
	return E_SPACE;
}

static int register_name(struct store_txn *txn, uint8_t under, const char *name, uint8_t code)
{
	uint8_t key[2 + 64] = { under, CODE_NAMES };
	size_t len = MIN(strlen(name), sizeof(key) - 2);

	memcpy(key + 2, name, len);
	return store_put(txn, (struct span){ key, len + 2 }, (struct span){ &code, 1 });
}

static int section_code(struct store_txn *txn, struct codes *codes,
	const struct conf_section *section, uint8_t *ret)
{
	uint8_t *code = &codes->section[section - conf_sections];

	if (*code == 0) {
		TRY(new_code(codes->section_used, code));
		codes->section_used[*code] = true;
		TRY(register_name(txn, CODE_NAMES, section->name, *code));
	}
	*ret = *code;
	return 0;
}

static int item_code(struct store_txn *txn, struct codes *codes, const struct conf_section *section,
	const struct conf_item *item, uint8_t *ret)
{
	size_t at = (size_t)(section - conf_sections);
	uint8_t *code = &codes->item[at][item - section->items];

	if (*code == 0) {
		TRY(new_code(codes->item_used[at], code));
		codes->item_used[at][*code] = true;
		TRY(register_name(txn, codes->section[at], item->name, *code));
	}
	*ret = *code;
	return 0;
}

/* --- opening --- */

static int put_version(struct store_txn *txn)
{
	static const uint8_t key[] = { CODE_NAMES, CODE_VERSION }, version = VERSION;

	return store_put(txn, (struct span){ key, sizeof(key) }, (struct span){ &version, 1 });
}

static int stop_at_any(void *ctx, struct span key, struct span value)
{
	(void)ctx;
	(void)key;
	(void)value;
	return E_EXISTS;
}

static int stop_at_content(void *ctx, struct span key, struct span value)
{
	(void)ctx;
	(void)value;
	return key.len == 2 && key.data[0] == CODE_NAMES && key.data[1] == CODE_VERSION ? 0
											: E_EXISTS;
}

static int check_version(struct store_txn *txn)
{
	static const uint8_t key[] = { CODE_NAMES, CODE_VERSION };
	struct span value;

	TRY(store_get(txn, (struct span){ key, sizeof(key) }, &value));
	return value.len == 1 && value.data[0] == VERSION ? 0 : E_CONFDBVERSION;
}

static int prepare(struct conf_db *db, bool write)
{
	struct store_txn *txn;

	TRY(store_begin(db->store, write, &txn));
	bool empty = store_each(txn, (struct span){ 0 }, stop_at_any, NULL) == 0;
	int error = !empty ? check_version(txn) : write ? put_version(txn) : E_CONFDBINIT;
	if (error == 0 && empty)
		return store_commit(txn);
	store_abort(txn);
	return error;
}

int conf_db_open(const char *path, enum conf_db_mode mode, size_t map_size, struct conf_db **ret)
{
	bool write = mode == CONF_DB_WRITE;
	struct store_options options = {
		.map_size = map_size, .max_readers = MAX_READERS, .read_only = !write
	};
	struct conf_db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		return E_NOMEM;
	int error = store_open(path, &options, &db->store);
	if (error == 0)
		error = prepare(db, write);
	if (error != 0) {
		conf_db_close(db);
		return error;
	}
	*ret = db;
	return 0;
}

void conf_db_close(struct conf_db *db)
{
	if (db == NULL)
		return;
	store_close(db->store);
	free(db);
}

int conf_db_is_empty(struct conf_db *db, bool *ret)
{
	struct store_txn *txn;

	TRY(store_begin(db->store, false, &txn));
	int error = store_each(txn, (struct span){ 0 }, stop_at_content, NULL);
	store_abort(txn);
	*ret = error == 0;
	return error == E_EXISTS ? 0 : error;
}

bool conf_db_is_changed(const struct conf_db *db)
{
	return store_version(db->store) != db->version;
}

/* --- reading --- */

struct content_reader {
	struct conf_tree *tree;
	struct codes codes;
	const struct conf_item *items[256]; /* by code, of `section` */
	const struct conf_section *section;
	struct buf id, value;
};

static void find_items(struct content_reader *r, const struct conf_section *section)
{
	const uint8_t *codes = r->codes.item[section - conf_sections];

	memset(r->items, 0, sizeof(r->items));
	for (size_t i = 0; i < section->count; i++) {
		if (codes[i] != 0)
			r->items[codes[i]] = &section->items[i];
	}
	r->section = section;
}

static int add_one(struct content_reader *r, const struct conf_block **block,
	const struct conf_item *item, struct span stored)
{
	buf_reset(&r->value);
	TRY(conf_binary_take(item, stored, &r->value));
	return conf_tree_set(r->tree, r->section, block, item, buf_span(&r->value));
}

static int add_values(struct content_reader *r, const struct conf_block *block,
	const struct conf_item *item, struct span stored)
{
	struct cursor c = cursor_over(stored);

	if ((item->flags & CONF_MULTI) == 0)
		return add_one(r, &block, item, stored);
	while (cursor_left(&c) > 0) {
		struct span one = cursor_take(&c, cursor_u16(&c));
		TRY(c.failed ? E_MALFORMED : add_one(r, &block, item, one));
	}
	return 0;
}

static void complain(
	const struct content_reader *r, const struct conf_item *item, struct span id, int error)
{
	struct conf_fault fault = { err_text(error), r->section, NULL, item };

	conf_fault_log(&fault, id);
}

static int read_id(struct content_reader *r, struct span stored)
{
	const struct conf_block *block;

	if (!r->section->blocks)
		return 0;
	buf_reset(&r->id);
	int error = conf_binary_take(&r->section->items[0], stored, &r->id);
	if (error == 0)
		error = conf_tree_add(r->tree, r->section, buf_span(&r->id), &block);
	if (error != 0)
		complain(r, NULL, (struct span){ 0 }, error);
	return error;
}

static int read_item(
	struct content_reader *r, const struct conf_item *item, struct span id, struct span value)
{
	const struct conf_block *block;
	int error = 0;

	buf_reset(&r->id);
	if (r->section->blocks)
		error = conf_binary_take(&r->section->items[0], id, &r->id);
	block = conf_tree_find(r->tree, r->section, buf_span(&r->id));
	if (error == 0 && block == NULL)
		error = r->section->blocks
				? E_CONFID
				: conf_tree_add(r->tree, r->section, (struct span){ 0 }, &block);
	if (error == 0)
		error = add_values(r, block, item, value);
	if (error != 0)
		complain(r, item, buf_span(&r->id), error);
	return error;
}

/* Records come by section, names before identifiers before values. */
static int read_record(void *ctx, struct span key, struct span value)
{
	struct content_reader *r = ctx;

	if (key.len < 2)
		return E_MALFORMED;
	const struct conf_section *section = r->codes.section_of[key.data[0]];
	struct span rest = { key.data + 2, key.len - 2 };
	if (key.data[0] == CODE_NAMES || key.data[1] == CODE_NAMES || section == NULL)
		return 0;
	if (section != r->section)
		find_items(r, section);
	if (key.data[1] == CODE_IDS)
		return read_id(r, rest);
	const struct conf_item *item = r->items[key.data[1]];
	return item != NULL ? read_item(r, item, rest, value) : 0;
}

int conf_db_read(struct conf_db *db, struct conf_tree *ret)
{
	struct content_reader *r = calloc(1, sizeof(*r));
	struct conf_tree tree;
	struct store_txn *txn;

	if (r == NULL)
		return E_NOMEM;
	int error = conf_tree_init(&tree);
	if (error == 0)
		error = store_begin(db->store, false, &txn);
	if (error == 0) {
		r->tree = &tree;
		error = read_codes(txn, &r->codes);
		if (error == 0)
			error = store_each(txn, (struct span){ 0 }, read_record, r);
		if (error == 0)
			db->version = store_txn_version(txn);
		store_abort(txn);
		store_trim(db->store);
	}
	buf_deinit(&r->id);
	buf_deinit(&r->value);
	free(r);
	if (error != 0)
		conf_tree_deinit(&tree);
	else
		*ret = tree;
	return error;
}

/* --- writing --- */

struct content_writer {
	struct store_txn *txn;
	struct codes codes;
	const struct conf_section *section;
	struct buf value, old_value;
};

static size_t put_key(const struct content_writer *w, uint8_t second, struct span id, uint8_t *ret)
{
	ret[0] = w->codes.section[w->section - conf_sections];
	ret[1] = second;
	if (!w->section->blocks)
		return 2;
	struct buf stored = { 0 };
	conf_binary_put(&w->section->items[0], id, &stored);
	size_t len = MIN(stored.len, (size_t)KEY_MAX - 2);
	if (len > 0)
		memcpy(ret + 2, stored.data, len);
	buf_deinit(&stored);
	return 2 + len;
}

static int encode(const struct conf_block *block, const struct conf_item *item, struct buf *out)
{
	buf_reset(out);
	for (const struct conf_value *v = conf_block_get(block, item); v != NULL;
		v = conf_value_next(v)) {
		size_t begin = out->len;
		if (item->flags & CONF_MULTI)
			buf_u16(out, 0);
		conf_binary_put(item, conf_value_span(v), out);
		if (out->error != 0)
			return out->error;
		if (item->flags & CONF_MULTI)
			write_u16(out->data + begin, (uint16_t)(out->len - begin - 2));
	}
	return out->len <= VALUE_MAX ? out->error : E_SPACE;
}

static int write_item(struct content_writer *w, const struct conf_block *old,
	const struct conf_block *new_, const struct conf_item *item)
{
	uint8_t key[KEY_MAX], code;

	TRY(encode(new_, item, &w->value));
	TRY(encode(old, item, &w->old_value));
	bool had = conf_block_get(old, item) != NULL;
	if (had && span_equal(buf_span(&w->value), buf_span(&w->old_value)))
		return 0;
	TRY(item_code(w->txn, &w->codes, w->section, item, &code));
	size_t len = put_key(w, code, conf_block_id(new_), key);
	return store_put(w->txn, (struct span){ key, len }, buf_span(&w->value));
}

static int remove_item(
	struct content_writer *w, const struct conf_block *old, const struct conf_item *item)
{
	uint8_t key[KEY_MAX], code;

	TRY(item_code(w->txn, &w->codes, w->section, item, &code));
	size_t len = put_key(w, code, conf_block_id(old), key);
	int error = store_remove(w->txn, (struct span){ key, len });
	return error == E_NOENT ? 0 : error;
}

/* Is it the first value of its item? */
static bool is_first(const struct conf_block *block, const struct conf_value *v)
{
	return conf_block_get(block, v->item) == v;
}

static int write_block(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	struct content_writer *w = ctx;
	const struct conf_block *any = new_ != NULL ? new_ : old;
	uint8_t key[KEY_MAX], code;

	TRY(section_code(w->txn, &w->codes, w->section, &code));
	if (w->section->blocks && (old == NULL || new_ == NULL)) {
		struct span k = { key, put_key(w, CODE_IDS, conf_block_id(any), key) };
		TRY(new_ != NULL ? store_put(w->txn, k, (struct span){ 0 })
				 : store_remove(w->txn, k));
	}
	for (const struct conf_value *v = conf_block_first(old); v != NULL;
		v = conf_block_after(v)) {
		if (is_first(old, v) && conf_block_get(new_, v->item) == NULL)
			TRY(remove_item(w, old, v->item));
	}
	for (const struct conf_value *v = conf_block_first(new_); v != NULL;
		v = conf_block_after(v)) {
		if (is_first(new_, v))
			TRY(write_item(w, old, new_, v->item));
	}
	return 0;
}

static int write_changes(
	struct content_writer *w, const struct conf_tree *old, const struct conf_tree *new_)
{
	TRY(read_codes(w->txn, &w->codes));
	for (size_t i = 0; i < conf_section_count; i++) {
		w->section = &conf_sections[i];
		TRY(conf_tree_diff(old, new_, w->section, write_block, w));
	}
	return 0;
}

static int write_anew(struct content_writer *w, const struct conf_tree *new_)
{
	struct conf_tree none;

	TRY(store_clear(w->txn));
	TRY(put_version(w->txn));
	TRY(conf_tree_init(&none));
	int error = write_changes(w, &none, new_);
	conf_tree_deinit(&none);
	return error;
}

int conf_db_write(struct conf_db *db, const struct conf_tree *old, const struct conf_tree *new_)
{
	struct content_writer *w = calloc(1, sizeof(*w));
	int error = w != NULL ? store_begin(db->store, true, &w->txn) : E_NOMEM;

	if (error == 0) {
		if (old == NULL)
			error = write_anew(w, new_);
		else if (store_txn_version(w->txn) == db->version)
			error = write_changes(w, old, new_);
		else
			error = E_AGAIN;
		if (error == 0)
			error = store_commit(w->txn);
		else
			store_abort(w->txn);
	}
	if (error == 0)
		db->version = store_version(db->store);
	if (w != NULL) {
		buf_deinit(&w->value);
		buf_deinit(&w->old_value);
	}
	free(w);
	return error;
}

/* --- whole configurations --- */

int conf_load_db(struct conf_db *db, struct conf **ret)
{
	struct conf_fault fault = { 0 };
	struct conf_tree tree;

	TRY(conf_db_read(db, &tree));
	int error = conf_check_tree(&tree, NULL, &fault);
	if (error != 0)
		conf_fault_log(&fault, (struct span){ 0 });
	else
		error = conf_compile(&tree, NULL, ret);
	if (error != 0)
		conf_tree_deinit(&tree);
	return error;
}

/* Add a file to `old`, or (NULL) begin with nothing. */
static int import(struct conf_db *db, const struct conf_tree *old, const char *path)
{
	struct conf_tree tree;

	TRY(old == NULL ? conf_tree_init(&tree) : conf_tree_copy(old, &tree));
	struct conf_reader reader = { .tree = &tree };
	int error = conf_read_file(&reader, path);
	if (error == 0) {
		error = conf_db_write(db, old, &tree);
		if (error != 0)
			log_error("config, failed to write the database (%s)", err_text(error));
	}
	conf_tree_deinit(&tree);
	return error;
}

int conf_db_import(struct conf_db *db, const char *path, bool purge)
{
	struct conf_tree old;

	if (purge)
		return import(db, NULL, path);
	TRY(conf_db_read(db, &old));
	int error = import(db, &old, path);
	conf_tree_deinit(&old);
	return error;
}
