#include "conf/tree.h"
#include "base/err.h"
#include "base/hash.h"
#include "conf/settings.h"
#include <stdlib.h>

#define PAGE     64 /* slots */
#define END_MARK sizeof(struct conf_item *)

struct slot {
	struct conf_block *block;
	struct conf_zone_settings *settings; /* of zones; NULL: not known */
};

/* Linear probing; a slot is free when its tag is 0, so most that aren't meant are passed without a look at the block. */
struct page {
	unsigned refs; /* atomic */
	uint16_t tags[PAGE];
	struct slot slots[PAGE];
};

struct conf_index {
	unsigned refs;      /* atomic */
	size_t count, size; /* blocks; slots: a power of two, at least PAGE */
	struct page *pages[];
};

static inline unsigned add_ref(unsigned *refs)
{
	return __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}

static inline bool drop_ref(unsigned *refs)
{
	return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

static inline bool is_shared(const unsigned *refs)
{
	return __atomic_load_n(refs, __ATOMIC_ACQUIRE) > 1;
}

/* --- blocks --- */

static size_t values_at(size_t id_len)
{
	return CONF_ALIGNED(offsetof(struct conf_block, id) + id_len);
}

static uint8_t *values_of(struct conf_block *block)
{
	return (uint8_t *)block + values_at(block->id_len);
}

static size_t value_size(size_t len)
{
	return CONF_ALIGNED(offsetof(struct conf_value, data) + len);
}

const struct conf_block *conf_block_ref(const struct conf_block *block)
{
	if (block != NULL)
		add_ref(&((struct conf_block *)block)->refs);
	return block;
}

void conf_block_unref(const struct conf_block *block)
{
	if (block != NULL && drop_ref(&((struct conf_block *)block)->refs))
		free((struct conf_block *)block);
}

static void mark_end(struct conf_block *block)
{
	memset(values_of(block) + block->used, 0, END_MARK);
}

static struct conf_block *block_new(struct span id, uint32_t hash, size_t cap)
{
	struct conf_block *block = malloc(values_at(id.len) + cap + END_MARK);

	if (block == NULL)
		return NULL;
	*block = (struct conf_block){
		.refs = 1, .hash = hash, .cap = (uint32_t)cap, .id_len = (uint16_t)id.len
	};
	if (id.len > 0)
		memcpy(block->id, id.data, id.len);
	mark_end(block);
	return block;
}

static uint32_t hash_of(struct span id)
{
	return (uint32_t)siphash24((struct siphash_key){ 0 }, id);
}

static inline uint16_t tag_of(uint32_t hash)
{
	return (uint16_t)(hash >> 16 | 1);
}

/* --- pages and indexes --- */

static void page_unref(struct page *page)
{
	if (page == NULL || !drop_ref(&page->refs))
		return;
	for (unsigned i = 0; i < PAGE; i++) {
		if (page->tags[i] == 0)
			continue;
		conf_block_unref(page->slots[i].block);
		conf_zone_settings_unref(page->slots[i].settings);
	}
	free(page);
}

static struct page *page_copy(const struct page *from)
{
	struct page *page = malloc(sizeof(*page));

	if (page == NULL)
		return NULL;
	*page = *from;
	page->refs = 1;
	for (unsigned i = 0; i < PAGE; i++) {
		if (page->tags[i] == 0)
			continue;
		conf_block_ref(page->slots[i].block);
		conf_zone_settings_ref(page->slots[i].settings);
	}
	return page;
}

static size_t page_count(const struct conf_index *index)
{
	return index->size / PAGE;
}

static struct conf_index *index_alloc(size_t size)
{
	struct conf_index *index = calloc(1, sizeof(*index) + size / PAGE * sizeof(struct page *));

	if (index != NULL) {
		index->refs = 1;
		index->size = size;
	}
	return index;
}

static void index_unref(struct conf_index *index)
{
	if (index == NULL || !drop_ref(&index->refs))
		return;
	for (size_t i = 0; i < page_count(index); i++)
		page_unref(index->pages[i]);
	free(index);
}

static inline uint16_t tag_at(const struct conf_index *index, size_t slot)
{
	const struct page *page = index->pages[slot / PAGE];

	return page != NULL ? page->tags[slot % PAGE] : 0;
}

static inline struct slot *slot_at(const struct conf_index *index, size_t slot)
{
	return &index->pages[slot / PAGE]->slots[slot % PAGE];
}

/* The slot of `id`, or the free one where it goes. */
static size_t find_slot(const struct conf_index *index, uint32_t hash, struct span id)
{
	size_t slot = hash & (index->size - 1);
	uint16_t tag;

	while ((tag = tag_at(index, slot)) != 0) {
		if (tag == tag_of(hash)) {
			const struct conf_block *b = slot_at(index, slot)->block;
			if (b->hash == hash && span_equal(conf_block_id(b), id))
				break;
		}
		slot = (slot + 1) & (index->size - 1);
	}
	return slot;
}

/* --- making things this tree's own; I1 --- */

static struct conf_index **index_place(
	const struct conf_tree *tree, const struct conf_section *section)
{
	return &tree->sections[section - conf_sections];
}

static int own_index(struct conf_index **place)
{
	struct conf_index *old = *place;

	if (old == NULL) {
		*place = index_alloc(PAGE);
		return *place != NULL ? 0 : E_NOMEM;
	}
	if (!is_shared(&old->refs))
		return 0;
	struct conf_index *copy = index_alloc(old->size);
	if (copy == NULL)
		return E_NOMEM;
	copy->count = old->count;
	for (size_t i = 0; i < page_count(old); i++) {
		copy->pages[i] = old->pages[i];
		if (copy->pages[i] != NULL)
			add_ref(&copy->pages[i]->refs);
	}
	index_unref(old);
	*place = copy;
	return 0;
}

/* The page of a slot, of an index that is owned. */
static int own_page(struct conf_index *index, size_t slot)
{
	struct page **place = &index->pages[slot / PAGE], *old = *place;

	if (old != NULL && !is_shared(&old->refs))
		return 0;
	struct page *page = old != NULL ? page_copy(old) : calloc(1, sizeof(*page));
	if (page == NULL)
		return E_NOMEM;
	page->refs = 1;
	page_unref(old);
	*place = page;
	return 0;
}

/* Put a block into a free slot of an index that has room; the page is owned. Takes both references. */
static void put(struct conf_index *index, size_t slot, struct slot content)
{
	*slot_at(index, slot) = content;
	index->pages[slot / PAGE]->tags[slot % PAGE] = tag_of(content.block->hash);
	index->count++;
}

static int grow(struct conf_index **place)
{
	struct conf_index *old = *place, *larger = index_alloc(2 * old->size);
	int error = larger != NULL ? 0 : E_NOMEM;

	for (size_t i = 0; i < old->size && error == 0; i++) {
		if (tag_at(old, i) == 0)
			continue;
		struct slot s = *slot_at(old, i);
		size_t slot = find_slot(larger, s.block->hash, conf_block_id(s.block));
		error = own_page(larger, slot);
		if (error != 0)
			break;
		conf_block_ref(s.block);
		conf_zone_settings_ref(s.settings);
		put(larger, slot, s);
	}
	if (error != 0) {
		index_unref(larger);
		return error;
	}
	index_unref(old);
	*place = larger;
	return 0;
}

/* --- trees --- */

int conf_tree_init(struct conf_tree *tree)
{
	*tree = (struct conf_tree){ 0 };
	tree->sections = calloc(conf_section_count, sizeof(*tree->sections));
	return tree->sections != NULL ? 0 : E_NOMEM;
}

void conf_tree_deinit(struct conf_tree *tree)
{
	for (size_t i = 0; tree->sections != NULL && i < conf_section_count; i++)
		index_unref(tree->sections[i]);
	free(tree->sections);
	*tree = (struct conf_tree){ 0 };
}

int conf_tree_copy(const struct conf_tree *tree, struct conf_tree *ret)
{
	TRY(conf_tree_init(ret));
	for (size_t i = 0; i < conf_section_count; i++) {
		ret->sections[i] = tree->sections[i];
		if (ret->sections[i] != NULL)
			add_ref(&ret->sections[i]->refs);
	}
	return 0;
}

size_t conf_tree_count(const struct conf_tree *tree, const struct conf_section *section)
{
	const struct conf_index *index = *index_place(tree, section);

	return index != NULL ? index->count : 0;
}

static const struct slot *find(
	const struct conf_tree *tree, const struct conf_section *section, struct span id)
{
	const struct conf_index *index = *index_place(tree, section);

	if (index == NULL)
		return NULL;
	size_t slot = find_slot(index, hash_of(id), id);
	return tag_at(index, slot) != 0 ? slot_at(index, slot) : NULL;
}

const struct conf_block *conf_tree_find(
	const struct conf_tree *tree, const struct conf_section *section, struct span id)
{
	const struct slot *slot = find(tree, section, id);

	return slot != NULL ? slot->block : NULL;
}

const struct conf_block *conf_tree_find_zone(
	const struct conf_tree *tree, struct span id, struct conf_zone_settings **ret)
{
	const struct slot *slot = find(tree, conf_section_zone, id);

	*ret = slot != NULL ? slot->settings : NULL;
	return slot != NULL ? slot->block : NULL;
}

int conf_tree_each(const struct conf_tree *tree, const struct conf_section *section,
	conf_block_visitor visit, void *ctx)
{
	const struct conf_index *index = *index_place(tree, section);

	for (size_t i = 0; index != NULL && i < index->size; i++) {
		if (tag_at(index, i) != 0)
			TRY(visit(ctx, slot_at(index, i)->block));
	}
	return 0;
}

/* The first octets of the identifier decide most comparisons without a look at the block. */
struct sort_item {
	uint64_t head; /* big-endian, filled up with zeros */
	const struct conf_block *block;
};

static int compare_items(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	struct span s = conf_block_id(x->block), t = conf_block_id(y->block);
	int order = memcmp(s.data, t.data, MIN(s.len, t.len));
	return order != 0 ? order : (s.len > t.len) - (s.len < t.len);
}

static int gather_item(void *ctx, const struct conf_block *block)
{
	struct sort_item **next = ctx;
	uint8_t head[8] = { 0 };

	memcpy(head, block->id, MIN(block->id_len, sizeof(head)));
	*(*next)++ = (struct sort_item){ read_u64(head), block };
	return 0;
}

int conf_tree_sorted(const struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block ***ret, size_t *count)
{
	size_t n = conf_tree_count(tree, section);
	struct sort_item *items = calloc(n + 1, sizeof(*items)), *end = items;
	const struct conf_block **blocks = calloc(n + 1, sizeof(*blocks));
	int error = items != NULL && blocks != NULL ? 0 : E_NOMEM;

	if (error == 0)
		error = conf_tree_each(tree, section, gather_item, &end);
	if (error == 0) {
		qsort(items, n, sizeof(*items), compare_items);
		for (size_t i = 0; i < n; i++)
			blocks[i] = items[i].block;
	}
	free(items);
	if (error != 0) {
		free(blocks);
		return error;
	}
	*ret = blocks;
	*count = n;
	return 0;
}

/* --- changes --- */

int conf_tree_add(struct conf_tree *tree, const struct conf_section *section, struct span id,
	const struct conf_block **ret)
{
	struct conf_index **place = index_place(tree, section);
	uint32_t hash = hash_of(id);

	TRY(own_index(place));
	if (4 * ((*place)->count + 1) > 3 * (*place)->size)
		TRY(grow(place));
	size_t slot = find_slot(*place, hash, id);
	if (tag_at(*place, slot) != 0)
		return E_CONFDUPID;
	TRY(own_page(*place, slot));
	struct conf_block *block = block_new(id, hash, 0);
	if (block == NULL)
		return E_NOMEM;
	put(*place, slot, (struct slot){ block, NULL });
	*ret = block;
	return 0;
}

/* The block's slot, its index and page owned, its settings forgotten. */
static int own_slot(struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block *block, struct slot **ret)
{
	struct conf_index **place = index_place(tree, section);

	TRY(own_index(place));
	size_t slot = find_slot(*place, block->hash, conf_block_id(block));
	if (tag_at(*place, slot) == 0)
		return E_NOENT;
	TRY(own_page(*place, slot));
	*ret = slot_at(*place, slot);
	conf_zone_settings_unref((*ret)->settings);
	(*ret)->settings = NULL;
	return 0;
}

/* The slot's block with room for `more` octets of values, and this tree's own. */
static int own_block(struct slot *slot, size_t more)
{
	struct conf_block *old = slot->block;
	size_t need = old->used + more;

	if (!is_shared(&old->refs) && need <= old->cap)
		return 0;
	/* Half as much again for one that grows: most have one value or two. */
	size_t cap = is_shared(&old->refs) ? need : need + old->used / 2;
	struct conf_block *block = block_new(conf_block_id(old), old->hash, cap);
	if (block == NULL)
		return E_NOMEM;
	memcpy(values_of(block), values_of(old), old->used);
	block->used = old->used;
	mark_end(block);
	conf_block_unref(old);
	slot->block = block;
	return 0;
}

/* Take a value out of a block that is owned. */
static void cut_value(struct conf_block *block, const struct conf_value *value)
{
	uint8_t *at = (uint8_t *)value, *end = values_of(block) + block->used;
	size_t size = value_size(value->len);

	memmove(at, at + size, (size_t)(end - at) - size);
	block->used -= (uint32_t)size;
	mark_end(block);
}

int conf_tree_set(struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block **block, const struct conf_item *item, struct span data)
{
	bool multi = (item->flags & CONF_MULTI) != 0;
	const struct conf_value *old = conf_block_get(*block, item);
	struct slot *slot;

	for (const struct conf_value *v = old; v != NULL; v = conf_value_next(v)) {
		if (span_equal(conf_value_span(v), data))
			return 0;
	}
	TRY(own_slot(tree, section, *block, &slot));
	TRY(own_block(slot, value_size(data.len)));
	*block = slot->block;
	if (old != NULL && !multi)
		cut_value(slot->block, conf_block_get(slot->block, item));
	struct conf_value *value = (void *)(values_of(slot->block) + slot->block->used);
	value->item = item;
	value->len = (uint32_t)data.len;
	if (data.len > 0)
		memcpy(value->data, data.data, data.len);
	slot->block->used += (uint32_t)value_size(data.len);
	mark_end(slot->block);
	return 0;
}

int conf_tree_unset(struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block **block, const struct conf_item *item, struct span data)
{
	const struct conf_value *v = conf_block_get(*block, item);
	struct slot *slot;

	while (v != NULL && data.data != NULL && !span_equal(conf_value_span(v), data))
		v = conf_value_next(v);
	if (v == NULL)
		return E_NOENT;
	TRY(own_slot(tree, section, *block, &slot));
	TRY(own_block(slot, 0));
	*block = slot->block;
	while ((v = conf_block_get(slot->block, item)) != NULL) {
		while (v != NULL && data.data != NULL && !span_equal(conf_value_span(v), data))
			v = conf_value_next(v);
		if (v == NULL)
			break;
		cut_value(slot->block, v);
	}
	return 0;
}

/* Close the gap at `slot`: what was pushed on by it moves back. All pages up to the next gap are made this tree's own first. */
static int own_run(struct conf_index *index, size_t slot)
{
	do {
		TRY(own_page(index, slot));
		slot = (slot + 1) & (index->size - 1);
	} while (tag_at(index, slot) != 0);
	return 0;
}

static void close_gap(struct conf_index *index, size_t gap)
{
	size_t mask = index->size - 1;

	for (size_t at = (gap + 1) & mask; tag_at(index, at) != 0; at = (at + 1) & mask) {
		size_t home = slot_at(index, at)->block->hash & mask;
		if (((at - home) & mask) < ((at - gap) & mask))
			continue; /* its place is behind the gap */
		*slot_at(index, gap) = *slot_at(index, at);
		index->pages[gap / PAGE]->tags[gap % PAGE] = tag_at(index, at);
		gap = at;
	}
	index->pages[gap / PAGE]->tags[gap % PAGE] = 0;
}

int conf_tree_remove(struct conf_tree *tree, const struct conf_section *section, struct span id)
{
	struct conf_index **place = index_place(tree, section);

	if (find(tree, section, id) == NULL)
		return E_NOENT;
	TRY(own_index(place));
	size_t slot = find_slot(*place, hash_of(id), id);
	TRY(own_run(*place, slot));
	conf_block_unref(slot_at(*place, slot)->block);
	conf_zone_settings_unref(slot_at(*place, slot)->settings);
	close_gap(*place, slot);
	(*place)->count--;
	return 0;
}

void conf_tree_clear(struct conf_tree *tree, const struct conf_section *section)
{
	struct conf_index **place = index_place(tree, section);

	index_unref(*place);
	*place = NULL;
}

int conf_tree_set_settings(
	struct conf_tree *tree, struct span id, struct conf_zone_settings *settings)
{
	const struct slot *now = find(tree, conf_section_zone, id);
	struct slot *slot;

	if (now == NULL)
		return E_NOENT;
	if (now->settings == settings)
		return 0;
	TRY(own_slot(tree, conf_section_zone, now->block, &slot));
	slot->settings = conf_zone_settings_ref(settings);
	return 0;
}

/* --- comparing --- */

static bool same_page(const struct conf_index *a, const struct conf_index *b, size_t page)
{
	return a != NULL && b != NULL && a->size == b->size && a->pages[page] == b->pages[page];
}

int conf_tree_diff(const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_section *section, conf_diff_visitor visit, void *ctx)
{
	const struct conf_index *a = *index_place(old, section), *b = *index_place(new_, section);

	if (a == b)
		return 0;
	for (size_t i = 0; a != NULL && i < a->size; i++) {
		if (i % PAGE == 0 && same_page(a, b, i / PAGE)) {
			i += PAGE - 1;
			continue;
		}
		if (tag_at(a, i) == 0)
			continue;
		const struct conf_block *was = slot_at(a, i)->block;
		const struct conf_block *is = conf_tree_find(new_, section, conf_block_id(was));
		if (is != was)
			TRY(visit(ctx, was, is));
	}
	for (size_t i = 0; b != NULL && i < b->size; i++) {
		if (i % PAGE == 0 && same_page(a, b, i / PAGE)) {
			i += PAGE - 1;
			continue;
		}
		if (tag_at(b, i) == 0)
			continue;
		const struct conf_block *is = slot_at(b, i)->block;
		if (conf_tree_find(old, section, conf_block_id(is)) == NULL)
			TRY(visit(ctx, NULL, is));
	}
	return 0;
}

static int stop(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	(void)ctx;
	(void)old;
	(void)new_;
	return E_EXISTS;
}

bool conf_tree_differs(const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_section *section)
{
	return conf_tree_diff(old, new_, section, stop, NULL) != 0;
}
