/*
 * conf/tree: the contents of a configuration.
 *
 *	section --> blocks by identifier (sections without blocks have one, unnamed) --> values in order
 *
 * Filled by the reader, then sealed (blocks sorted by identifier) and immutable. Everything lies in an arena: a zone with a file name
 * costs some 120 octets. Blocks are found by a hash of the identifier.
 *
 * Threads  one writer until sealed, then any number of readers.
 */
#pragma once
#include "conf/schema.h"

struct conf_value {
	struct conf_value *next; /* of the block */
	const struct conf_item *item;
	uint32_t len;
	uint8_t data[];
};

struct conf_block {
	struct conf_value *first, *last;
	uint16_t id_len;
	uint8_t id[]; /* binary form of the identifier */
};

/* The hash beside it spares a look at nearly all blocks that aren't meant. */
struct conf_slot {
	uint32_t at; /* index of the block + 1; 0: free */
	uint32_t hash;
};

struct conf_blocks {
	struct conf_block **items;
	size_t count, cap;
	struct conf_slot *index; /* open addressing */
	size_t index_size;
	const struct conf_block
		*checked; /* of templates: zones that add nothing to it have been found good */
};

struct conf_tree {
	struct conf_blocks *sections; /* by position in conf_sections */
	struct conf_chunk *chunks;
	size_t left;
	uint8_t *pos;
};

MUST_USE int conf_tree_init(struct conf_tree *tree);
void conf_tree_deinit(struct conf_tree *tree);

static inline struct conf_blocks *conf_tree_blocks(
	const struct conf_tree *tree, const struct conf_section *section)
{
	return &tree->sections[section - conf_sections];
}
struct conf_block *conf_tree_find(
	const struct conf_tree *tree, const struct conf_section *section, struct span id);
/* E_CONFDUPID: it's there. */
MUST_USE int conf_tree_add(struct conf_tree *tree, const struct conf_section *section,
	struct span id, struct conf_block **ret);
/* Append; a single value replaces, one that is there already isn't added again. */
MUST_USE int conf_tree_set(struct conf_tree *tree, struct conf_block *block,
	const struct conf_item *item, struct span value);
void conf_tree_clear(struct conf_tree *tree, const struct conf_section *section);
/* Sort the blocks. */
void conf_tree_seal(struct conf_tree *tree);

/* The first value of an item; next_value steps through the rest of that item. NULL: none. */
static inline const struct conf_value *conf_block_get(
	const struct conf_block *block, const struct conf_item *item)
{
	const struct conf_value *v = block != NULL ? block->first : NULL;
	while (v != NULL && v->item != item)
		v = v->next;
	return v;
}
static inline const struct conf_value *conf_value_next(const struct conf_value *v)
{
	const struct conf_item *item = v->item;
	do
		v = v->next;
	while (v != NULL && v->item != item);
	return v;
}
static inline struct span conf_value_span(const struct conf_value *v)
{
	return (struct span){ v->data, v->len };
}
static inline struct span conf_block_id(const struct conf_block *b)
{
	return (struct span){ b->id, b->id_len };
}
