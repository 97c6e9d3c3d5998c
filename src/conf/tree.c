#include "conf/tree.h"
#include "base/hash.h"
#include <stdlib.h>

#define CHUNK_SIZE ((size_t)256 << 10)

struct conf_chunk {
	struct conf_chunk *next;
	_Alignas(8) uint8_t data[];
};

static void *take(struct conf_tree *tree, size_t size)
{
	size = (size + 7) & ~(size_t)7;
	if (size > tree->left) {
		size_t room = size > CHUNK_SIZE      ? size
			      : tree->chunks == NULL ? CHUNK_SIZE / 16
						     : CHUNK_SIZE;
		room = MAX(room, size);
		struct conf_chunk *chunk = malloc(sizeof(*chunk) + room);
		if (chunk == NULL)
			return NULL;
		chunk->next = tree->chunks;
		tree->chunks = chunk;
		tree->pos = chunk->data;
		tree->left = room;
	}
	void *ret = tree->pos;
	tree->pos += size;
	tree->left -= size;
	return ret;
}

int conf_tree_init(struct conf_tree *tree)
{
	*tree = (struct conf_tree){ 0 };
	tree->sections = calloc(conf_section_count, sizeof(*tree->sections));
	return tree->sections != NULL ? 0 : E_NOMEM;
}

void conf_tree_deinit(struct conf_tree *tree)
{
	for (size_t i = 0; tree->sections != NULL && i < conf_section_count; i++) {
		free(tree->sections[i].items);
		free(tree->sections[i].index);
	}
	free(tree->sections);
	for (struct conf_chunk *c = tree->chunks; c != NULL;) {
		struct conf_chunk *next = c->next;
		free(c);
		c = next;
	}
	*tree = (struct conf_tree){ 0 };
}

static uint32_t hash_of(struct span id)
{
	return (uint32_t)siphash24((struct siphash_key){ 0 }, id);
}

/* The slot of `id`, or the free one where it goes. */
static size_t slot_of(const struct conf_blocks *b, uint32_t hash, struct span id)
{
	size_t slot = hash & (b->index_size - 1);
	while (b->index[slot].at != 0 &&
		(b->index[slot].hash != hash ||
			!span_equal(conf_block_id(b->items[b->index[slot].at - 1]), id)))
		slot = (slot + 1) & (b->index_size - 1);
	return slot;
}

static int grow_index(struct conf_blocks *b)
{
	size_t size = b->index_size == 0 ? 16 : 2 * b->index_size;
	struct conf_slot *index = calloc(size, sizeof(*index));
	if (index == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < b->index_size; i++) {
		size_t slot = b->index[i].hash & (size - 1);
		if (b->index[i].at == 0)
			continue;
		while (index[slot].at != 0)
			slot = (slot + 1) & (size - 1);
		index[slot] = b->index[i];
	}
	free(b->index);
	b->index = index;
	b->index_size = size;
	return 0;
}

struct conf_block *conf_tree_find(
	const struct conf_tree *tree, const struct conf_section *section, struct span id)
{
	const struct conf_blocks *b = conf_tree_blocks(tree, section);
	if (b->index == NULL)
		return NULL;
	uint32_t at = b->index[slot_of(b, hash_of(id), id)].at;
	return at != 0 ? b->items[at - 1] : NULL;
}

int conf_tree_add(struct conf_tree *tree, const struct conf_section *section, struct span id,
	struct conf_block **ret)
{
	struct conf_blocks *b = conf_tree_blocks(tree, section);
	if (2 * (b->count + 1) > b->index_size)
		TRY(grow_index(b));
	uint32_t hash = hash_of(id);
	size_t slot = slot_of(b, hash, id);
	if (b->index[slot].at != 0)
		return E_CONFDUPID;
	if (b->count == b->cap) {
		size_t cap = b->cap * 2 + 4;
		struct conf_block **items = realloc(b->items, cap * sizeof(struct conf_block *));
		if (items == NULL)
			return E_NOMEM;
		b->items = items;
		b->cap = cap;
	}
	struct conf_block *block = take(tree, sizeof(*block) + id.len);
	if (block == NULL)
		return E_NOMEM;
	block->first = block->last = NULL;
	block->id_len = (uint16_t)id.len;
	if (id.len > 0)
		memcpy(block->id, id.data, id.len);
	b->items[b->count++] = block;
	b->index[slot] = (struct conf_slot){ (uint32_t)b->count, hash };
	*ret = block;
	return 0;
}

static void unlink_value(struct conf_block *block, const struct conf_value *value)
{
	struct conf_value **link = &block->first;
	block->last = NULL;
	while (*link != NULL) {
		if (*link == value)
			*link = value->next;
		else {
			block->last = *link;
			link = &(*link)->next;
		}
	}
}

int conf_tree_set(struct conf_tree *tree, struct conf_block *block, const struct conf_item *item,
	struct span data)
{
	const struct conf_value *old = conf_block_get(block, item);
	for (const struct conf_value *v = old; v != NULL && (item->flags & CONF_MULTI);
		v = conf_value_next(v)) {
		if (span_equal(conf_value_span(v), data))
			return 0;
	}
	struct conf_value *value = take(tree, sizeof(*value) + data.len);
	if (value == NULL)
		return E_NOMEM;
	*value = (struct conf_value){ NULL, item, (uint32_t)data.len };
	if (data.len > 0)
		memcpy(value->data, data.data, data.len);
	if (old != NULL && !(item->flags & CONF_MULTI))
		unlink_value(block, old);
	if (block->last != NULL)
		block->last->next = value;
	else
		block->first = value;
	block->last = value;
	return 0;
}

void conf_tree_clear(struct conf_tree *tree, const struct conf_section *section)
{
	struct conf_blocks *b = conf_tree_blocks(tree, section);
	free(b->items);
	free(b->index);
	*b = (struct conf_blocks){ 0 };
}

static int compare_blocks(const void *a, const void *b)
{
	const struct conf_block *x = *(struct conf_block *const *)a,
				*y = *(struct conf_block *const *)b;
	int order = memcmp(x->id, y->id, MIN(x->id_len, y->id_len));
	return order != 0 ? order : (int)x->id_len - (int)y->id_len;
}

void conf_tree_seal(struct conf_tree *tree)
{
	for (size_t i = 0; i < conf_section_count; i++) {
		struct conf_blocks *b = &tree->sections[i];
		if (b->count < 2)
			continue;
		qsort(b->items, b->count, sizeof(b->items[0]), compare_blocks);
		memset(b->index, 0, b->index_size * sizeof(b->index[0]));
		for (size_t k = 0; k < b->count; k++) {
			uint32_t hash = hash_of(conf_block_id(b->items[k]));
			size_t slot = hash & (b->index_size - 1);
			while (b->index[slot].at != 0) /* all are different */
				slot = (slot + 1) & (b->index_size - 1);
			b->index[slot] = (struct conf_slot){ (uint32_t)k + 1, hash };
		}
	}
}
