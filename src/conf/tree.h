/*
 * conf/tree: the contents of a configuration, in versions that share what they have in common.
 *
 *	tree --> one index a section --> pages of slots (hash table) --> blocks { identifier, values in the order of setting }
 *
 * Sections without identifiers have one block, whose identifier is empty. A copy of a tree costs a count a section; a change copies the
 * index (an array of page pointers), the page and the block that it touches, unless this tree alone has them. So a transaction on a
 * million zones costs what it changes, and versions are compared page by page.
 *
 * I1  What more than one tree refers to is never written.
 *
 * Cost     find, add, set, remove: O(1), amortised; the first change of a section after a copy: a pointer each PAGE slots.
 * Memory   a zone with a template and a file name: about 150 octets.
 * Threads  a tree has one writer; counts are atomic, so versions may be read and dropped by other threads.
 */
#pragma once
#include "conf/schema.h"

struct conf_zone_settings; /* conf/settings.h */

/* A value of a block; others follow, the last one is a mark without item. */
struct conf_value {
	const struct conf_item *item; /* NULL: the end */
	uint32_t len;
	uint8_t data[];
};

struct conf_block {
	unsigned refs; /* atomic */
	uint32_t hash;
	uint32_t used, cap; /* octets of values, without the end's mark */
	uint16_t id_len;
	uint8_t id[]; /* binary form of the identifier; values follow, aligned */
};

struct conf_index; /* opaque */

struct conf_tree {
	struct conf_index **sections; /* by position in conf_sections; NULL: empty */
	const struct conf_block
		*checked; /* the template for which zones that add nothing have been found good */
	bool checked_is_whole; /* with it the journal keeps what is loaded from files anyway */
};

MUST_USE int conf_tree_init(struct conf_tree *tree);
void conf_tree_deinit(struct conf_tree *tree); /* a zeroed one is fine */
/* Another version, equal so far. */
MUST_USE int conf_tree_copy(const struct conf_tree *tree, struct conf_tree *ret);

size_t conf_tree_count(const struct conf_tree *tree, const struct conf_section *section);
const struct conf_block *conf_tree_find(
	const struct conf_tree *tree, const struct conf_section *section, struct span id);
/* All blocks by order of their identifiers: *ret is the caller's to free. E_NOMEM. */
MUST_USE int conf_tree_sorted(const struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block ***ret, size_t *count);
/* All blocks in no order; ends at the first error, and returns it. */
typedef int (*conf_block_visitor)(void *ctx, const struct conf_block *block);
MUST_USE int conf_tree_each(const struct conf_tree *tree, const struct conf_section *section,
	conf_block_visitor visit, void *ctx);

/* E_CONFDUPID: it's there. */
MUST_USE int conf_tree_add(struct conf_tree *tree, const struct conf_section *section,
	struct span id, const struct conf_block **ret);
/* Append; a single value replaces, one that is there already isn't added again. *block, which is in the tree, may become another. */
MUST_USE int conf_tree_set(struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block **block, const struct conf_item *item, struct span value);
/* Take away one value of an item, or (data NULL) all. E_NOENT: not there. */
MUST_USE int conf_tree_unset(struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block **block, const struct conf_item *item, struct span value);
/* E_NOENT. */
MUST_USE int conf_tree_remove(
	struct conf_tree *tree, const struct conf_section *section, struct span id);
void conf_tree_clear(struct conf_tree *tree, const struct conf_section *section);

/* What a zone's settings were found to be, kept beside its block. Takes a reference; may be replaced. Changing the block forgets them. */
MUST_USE int conf_tree_set_settings(
	struct conf_tree *tree, struct span id, struct conf_zone_settings *settings);
/* NULL: none are kept. */
const struct conf_block *conf_tree_find_zone(
	const struct conf_tree *tree, struct span id, struct conf_zone_settings **ret);

/* Blocks that are different: `old` or `new_` NULL where there is none. In no order. */
typedef int (*conf_diff_visitor)(
	void *ctx, const struct conf_block *old, const struct conf_block *new_);
MUST_USE int conf_tree_diff(const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_section *section, conf_diff_visitor visit, void *ctx);

/* Is any block of the section different? */
bool conf_tree_differs(const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_section *section);

/* A reference that outlives the tree. */
const struct conf_block *conf_block_ref(
	const struct conf_block *block); /* NULL is fine, here and below */
void conf_block_unref(const struct conf_block *block);

/* --- values --- */

static inline struct span conf_value_span(const struct conf_value *v)
{
	return (struct span){ v->data, v->len };
}
static inline struct span conf_block_id(const struct conf_block *b)
{
	return (struct span){ b->id, b->id_len };
}
#define CONF_ALIGNED(size) (((size_t)(size) + 7) & ~(size_t)7)

static inline const struct conf_value *conf_value_or_end(const void *at)
{
	const struct conf_value *v = at;
	return v->item != NULL ? v : NULL;
}
/* All values of a block (which may be NULL), one after the other. */
static inline const struct conf_value *conf_block_first(const struct conf_block *b)
{
	return b != NULL ? conf_value_or_end(
				   (const uint8_t *)b +
				   CONF_ALIGNED(offsetof(struct conf_block, id) + b->id_len))
			 : NULL;
}
static inline const struct conf_value *conf_block_after(const struct conf_value *v)
{
	return conf_value_or_end(
		(const uint8_t *)v + CONF_ALIGNED(offsetof(struct conf_value, data) + v->len));
}
/* The first value of an item; conf_value_next steps through the rest of that item. NULL: none. */
static inline const struct conf_value *conf_block_get(
	const struct conf_block *block, const struct conf_item *item)
{
	const struct conf_value *v = conf_block_first(block);
	while (v != NULL && v->item != item)
		v = conf_block_after(v);
	return v;
}
static inline const struct conf_value *conf_value_next(const struct conf_value *v)
{
	const struct conf_item *item = v->item;
	do
		v = conf_block_after(v);
	while (v != NULL && v->item != item);
	return v;
}
