/*
 * conf/entries: what control commands read of a configuration, as answer units.
 *
 * Threads: any, as for the tree.
 */
#pragma once
#include "conf/transaction.h"

/* What a key means. Zeroed before; deinit afterwards. */
struct conf_target {
	const struct conf_section *section; /* NULL: all */
	const struct conf_item *item;       /* NULL: all */
	bool is_include;                    /* of a file, instead of a section */
	bool has_id;
	struct buf id; /* binary */
};
/* E_CONFITEM, E_CONFNOID, E_INVALID (no identifier can look so). */
MUST_USE int conf_target_find(const struct conf_key *key, struct conf_target *ret);
void conf_target_deinit(struct conf_target *target);
/* Is it about identifiers themselves? */
static inline bool conf_target_is_id(const struct conf_target *t)
{
	return t->section != NULL && t->section->blocks && t->item == &t->section->items[0];
}

/* Each gives the entries that the key names to the sink, in the order of the schema; ends at the sink's first error, and returns it.
 * Else errors of conf_target_find, or E_NOENT: named, but not there.
 *
 * Names of sections, items or choices; what is configured; what has changed between two versions. */
MUST_USE int conf_entries_list(const struct conf_tree *tree, const struct conf_key *key,
	enum conf_list_kind kind, struct conf_sink sink);
MUST_USE int conf_entries_read(
	const struct conf_tree *tree, const struct conf_key *key, struct conf_sink sink);
MUST_USE int conf_entries_diff(const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_key *key, struct conf_sink sink);
