#include "conf/transaction.h"
#include "conf/check.h"
#include "conf/db.h"
#include "conf/entries.h"
#include "conf/yaml.h"
#include "dns/name.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct conf_transaction {
	struct conf *conf;
	struct conf_db *db;    /* NULL: none */
	struct conf_tree base; /* what the database has, else what is in force */
	struct conf_tree tree; /* the content */
	struct conf_tree saved;
	struct buf id, value; /* of the last fault */
};

int conf_list(const struct conf *conf, const struct conf_key *key, enum conf_list_kind kind,
	struct conf_sink sink)
{
	return conf_entries_list(&conf->tree, key, kind, sink);
}

int conf_read(const struct conf *conf, const struct conf_key *key, struct conf_sink sink)
{
	return conf_entries_read(&conf->tree, key, sink);
}

/* --- life --- */

int conf_begin(struct conf *conf, struct conf_db *db, struct conf_transaction **ret)
{
	struct conf_transaction *txn = calloc(1, sizeof(*txn));

	if (txn == NULL)
		return E_NOMEM;
	txn->conf = conf_ref(conf);
	txn->db = db;
	int error = db != NULL && conf_db_is_changed(db) ? conf_db_read(db, &txn->base)
							 : conf_tree_copy(&conf->tree, &txn->base);
	if (error == 0)
		error = conf_tree_copy(&txn->base, &txn->tree);
	if (error != 0) {
		conf_abort(txn);
		return error;
	}
	*ret = txn;
	return 0;
}

void conf_abort(struct conf_transaction *txn)
{
	if (txn == NULL)
		return;
	conf_tree_deinit(&txn->base);
	conf_tree_deinit(&txn->tree);
	conf_tree_deinit(&txn->saved);
	buf_deinit(&txn->id);
	buf_deinit(&txn->value);
	conf_unref(txn->conf);
	free(txn);
}

int conf_txn_savepoint(struct conf_transaction *txn)
{
	conf_tree_deinit(&txn->saved);
	return conf_tree_copy(&txn->tree, &txn->saved);
}

void conf_txn_release(struct conf_transaction *txn)
{
	conf_tree_deinit(&txn->saved);
}

void conf_txn_rollback(struct conf_transaction *txn)
{
	conf_tree_deinit(&txn->tree);
	txn->tree = txn->saved;
	txn->saved = (struct conf_tree){ 0 };
}

/* --- reading --- */

int conf_txn_list(struct conf_transaction *txn, const struct conf_key *key,
	enum conf_list_kind kind, struct conf_sink sink)
{
	return conf_entries_list(&txn->tree, key, kind, sink);
}

int conf_txn_get(struct conf_transaction *txn, const struct conf_key *key, struct conf_sink sink)
{
	return conf_entries_read(&txn->tree, key, sink);
}

int conf_txn_diff(struct conf_transaction *txn, const struct conf_key *key, struct conf_sink sink)
{
	return conf_entries_diff(&txn->base, &txn->tree, key, sink);
}

/* --- setting --- */

static int set_in_block(struct conf_transaction *txn, const struct conf_target *t,
	const struct conf_block *block, struct span value, const char **detail)
{
	TRY(conf_check_value(&txn->tree, t->section, block, t->item, value, detail));
	return conf_tree_set(&txn->tree, t->section, &block, t->item, value);
}

static int each_block(struct conf_transaction *txn, const struct conf_target *t, struct span value,
	const char **detail,
	int (*apply)(struct conf_transaction *txn, const struct conf_target *t,
		const struct conf_block *block, struct span value, const char **detail))
{
	const struct conf_block **blocks;
	size_t count;
	int error = 0;

	TRY(conf_tree_sorted(&txn->tree, t->section, &blocks, &count));
	for (size_t i = 0; i < count && error == 0; i++)
		error = apply(txn, t, blocks[i], value, detail);
	free(blocks);
	return error;
}

static int set_value(struct conf_transaction *txn, const struct conf_target *t, struct span value,
	const char **detail)
{
	if (t->section->blocks && !t->has_id)
		return each_block(txn, t, value, detail, set_in_block);
	const struct conf_block *block = conf_tree_find(&txn->tree, t->section, buf_span(&t->id));
	if (block == NULL && t->section->blocks)
		return E_CONFID;
	if (block == NULL)
		TRY(conf_tree_add(&txn->tree, t->section, (struct span){ 0 }, &block));
	return set_in_block(txn, t, block, value, detail);
}

/* A new block; its identifier is the key's or, if the item is named, the value. */
static int add_block(struct conf_transaction *txn, struct conf_target *t,
	const struct conf_key *key, const char **detail)
{
	const struct conf_item *item = &t->section->items[0];
	const struct conf_block *block;

	if (t->has_id && key->value.data != NULL)
		return E_CONFNOVALUE;
	if (!t->has_id) {
		if (key->value.len == 0 || t->item == NULL)
			return E_CONFMISSID;
		TRY(conf_value_parse(item, key->value, &t->id));
	}
	if (t->id.len + (item->type != CONF_NAME) > 255)
		return E_SPACE;
	TRY(conf_check_value(&txn->tree, t->section, NULL, item, buf_span(&t->id), detail));
	return conf_tree_add(&txn->tree, t->section, buf_span(&t->id), &block);
}

static int include(struct conf_transaction *txn, struct span pattern)
{
	struct conf_reader reader = { .tree = &txn->tree };

	return conf_read_include(&reader, pattern, NULL);
}

static int set_target(struct conf_transaction *txn, struct conf_target *t,
	const struct conf_key *key, const char **detail)
{
	struct buf value = { 0 };

	if (t->is_include)
		return include(txn, key->value);
	if (t->section == NULL)
		return E_INVALID;
	if (t->section->blocks && (t->item == NULL || conf_target_is_id(t)))
		return add_block(txn, t, key, detail);
	if (t->item == NULL)
		return key->value.data != NULL ? E_CONFNOVALUE : E_NOTSUP;
	if (key->value.data == NULL)
		return E_CONFMISSVALUE;
	int error = conf_value_parse(t->item, key->value, &value);
	if (error == 0)
		error = set_value(txn, t, buf_span(&value), detail);
	buf_deinit(&value);
	return error;
}

int conf_txn_set(struct conf_transaction *txn, const struct conf_key *key, const char **detail)
{
	struct conf_target target = { 0 };

	*detail = NULL;
	int error = conf_target_find(key, &target);
	if (error == 0)
		error = set_target(txn, &target, key, detail);
	conf_target_deinit(&target);
	if (error != 0)
		log_debug("config, item '%.*s' (%s)", (int)key->item.len,
			key->item.data != NULL ? (const char *)key->item.data : "",
			*detail != NULL ? *detail : err_text(error));
	return error;
}

/* --- unsetting --- */

/* Of all blocks: one that hasn't it is fine. */
static int unset_in_block(struct conf_transaction *txn, const struct conf_target *t,
	const struct conf_block *block, struct span value, const char **detail)
{
	int error = conf_tree_unset(&txn->tree, t->section, &block, t->item, value);

	(void)detail;
	return error == E_NOENT ? 0 : error;
}

static int unset_value(struct conf_transaction *txn, const struct conf_target *t, struct span value)
{
	if (t->section->blocks && !t->has_id)
		return each_block(txn, t, value, NULL, unset_in_block);
	const struct conf_block *block = conf_tree_find(&txn->tree, t->section, buf_span(&t->id));
	if (block == NULL)
		return t->section->blocks ? E_CONFID : E_NOENT;
	TRY(conf_tree_unset(&txn->tree, t->section, &block, t->item, value));
	/* A section without identifiers and items isn't there. */
	return !t->section->blocks && conf_block_first(block) == NULL
		       ? conf_tree_remove(&txn->tree, t->section, (struct span){ 0 })
		       : 0;
}

static int remove_blocks(
	struct conf_transaction *txn, struct conf_target *t, const struct conf_key *key)
{
	if (conf_target_is_id(t) && !t->has_id && key->value.len > 0) {
		TRY(conf_value_parse(t->item, key->value, &t->id));
	} else if (key->value.data != NULL) {
		return E_CONFNOVALUE;
	} else if (!t->has_id) {
		conf_tree_clear(&txn->tree, t->section);
		return 0;
	}
	int error = conf_tree_remove(&txn->tree, t->section, buf_span(&t->id));
	return error == E_NOENT ? E_CONFID : error;
}

static int unset_target(
	struct conf_transaction *txn, struct conf_target *t, const struct conf_key *key)
{
	struct buf value = { 0 };

	if (t->is_include)
		return E_NOTSUP;
	if (t->section == NULL) {
		for (size_t i = 0; i < conf_section_count; i++)
			conf_tree_clear(&txn->tree, &conf_sections[i]);
		return 0;
	}
	if (t->item == NULL || conf_target_is_id(t))
		return remove_blocks(txn, t, key);
	if (key->value.data == NULL)
		return unset_value(txn, t, (struct span){ 0 });
	int error = conf_value_parse(t->item, key->value, &value);
	if (error == 0)
		error = unset_value(txn, t, value.len > 0 ? buf_span(&value) : span_of_text(""));
	buf_deinit(&value);
	return error;
}

int conf_txn_unset(struct conf_transaction *txn, const struct conf_key *key, const char **detail)
{
	struct conf_target target = { 0 };

	*detail = NULL;
	int error = conf_target_find(key, &target);
	if (error == 0)
		error = unset_target(txn, &target, key);
	conf_target_deinit(&target);
	return error;
}

/* --- commit --- */

struct changed_zones {
	const uint8_t **names;
	size_t count;
	uint8_t *text; /* NULL: only counted */
	size_t text_len;
};

/* Counted first, noted in a second pass. */
static int note_zone(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	struct changed_zones *z = ctx;
	struct span name = conf_block_id(new_ != NULL ? new_ : old);

	if (z->text != NULL) {
		memcpy(z->text + z->text_len, name.data, name.len);
		z->names[z->count] = z->text + z->text_len;
	}
	z->count++;
	z->text_len += name.len;
	return 0;
}

static int find_changes(
	const struct conf_tree *old, struct conf *next, const struct conf_changes **ret)
{
	struct changed_zones z = { 0 };
	const struct conf_section *zones = conf_section_zone;

	TRY(conf_tree_diff(old, &next->tree, zones, note_zone, &z));
	struct conf_changes *changes = conf_own(next, calloc(1, sizeof(*changes)));
	z.names = conf_own(next, calloc(z.count + 1, sizeof(*z.names)));
	z.text = conf_own(next, malloc(z.text_len + 1));
	if (changes == NULL || z.names == NULL || z.text == NULL)
		return E_NOMEM;
	z.count = z.text_len = 0;
	TRY(conf_tree_diff(old, &next->tree, zones, note_zone, &z));
	changes->zones = z.names;
	changes->zone_count = z.count;
	changes->templates = conf_zones_depend(old, &next->tree);
	for (size_t i = 0; i < conf_section_count && !changes->server; i++)
		changes->server = &conf_sections[i] != zones &&
				  conf_tree_differs(old, &next->tree, &conf_sections[i]);
	*ret = changes;
	return 0;
}

static void set_place(
	struct conf_transaction *txn, const struct conf_fault *fault, struct conf_place *place)
{
	*place = (struct conf_place){ .text = fault->why };
	if (fault->section == NULL)
		return;
	place->section = span_of_text(fault->section->name);
	if (fault->item != NULL)
		place->item = span_of_text(fault->item->name);
	if (fault->value != NULL) {
		buf_reset(&txn->value);
		conf_value_print(fault->item, conf_value_span(fault->value), &txn->value);
		place->value = txn->value.len > 0 ? buf_span(&txn->value) : span_of_text("");
	}
	if (!fault->section->blocks || fault->block == NULL)
		return;
	buf_reset(&txn->id);
	conf_value_print(&fault->section->items[0], conf_block_id(fault->block), &txn->id);
	if (txn->id.error == 0 && txn->id.len > 0)
		place->id = buf_span(&txn->id);
}

int conf_commit(struct conf_transaction *txn, struct conf **ret,
	const struct conf_changes **changes, struct conf_place *place)
{
	struct conf_fault fault = { 0 };
	struct conf_tree tree;
	struct conf *next;

	*place = (struct conf_place){ 0 };
	int error = conf_check_tree(&txn->tree, &txn->conf->tree, &fault);
	if (error != 0) {
		set_place(txn, &fault, place);
		return error;
	}
	TRY(conf_tree_copy(&txn->tree, &tree));
	error = conf_compile(&tree, txn->conf, &next);
	if (error != 0) {
		conf_tree_deinit(&tree);
		return error;
	}
	error = find_changes(&txn->conf->tree, next, changes);
	/* I3: last of all that may fail. */
	if (error == 0 && txn->db != NULL)
		error = conf_db_write(txn->db, &txn->base, &txn->tree);
	if (error != 0) {
		conf_unref(next);
		return error;
	}
	*ret = next;
	conf_abort(txn);
	return 0;
}
