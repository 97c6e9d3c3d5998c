#include "dns/trie_build.h"
#include "dns/trie_layout.h"
#include <stdlib.h>

struct open_branch {
	uint64_t bitmap;
	uint16_t offset;
	size_t first; /* its twigs begin here in `twigs` and end where the next branch's begin */
};

struct trie_builder {
	struct trie_edit *edit;
	struct trie_key key; /* of the held object */
	bool has_held;
	struct trie_node leaf; /* the held object: placed when its successor is known */
	size_t count;
	int error;
	struct open_branch open[TRIE_KEY_MAX + 2];
	unsigned depth;
	struct trie_node *twigs;
	size_t twig_count, twig_cap;
};

int trie_build_begin(struct trie_edit *edit, struct trie_builder **ret)
{
	struct trie_builder *b = malloc(sizeof(*b));
	if (b == NULL)
		return E_NOMEM;
	assert(edit->trie.root.ptr == NULL);
	b->edit = edit;
	b->has_held = false;
	b->count = 0;
	b->error = 0;
	b->depth = 0;
	b->twigs = NULL;
	b->twig_count = b->twig_cap = 0;
	*ret = b;
	return 0;
}

static int push_twig(struct trie_builder *b, struct trie_node node, unsigned symbol)
{
	if (b->twig_count == b->twig_cap) {
		size_t cap = b->twig_cap * 2 + 256;
		struct trie_node *grown = realloc(b->twigs, cap * sizeof(*grown));
		if (grown == NULL)
			return E_NOMEM;
		b->twigs = grown;
		b->twig_cap = cap;
	}
	b->twigs[b->twig_count++] = node;
	b->open[b->depth - 1].bitmap |= symbol_bit(symbol);
	return 0;
}

/* Give the deepest branch its array. */
static int close_branch(struct trie_builder *b, struct trie_node *ret)
{
	struct open_branch *o = &b->open[--b->depth];
	size_t count = b->twig_count - o->first;
	uint64_t *array = b->edit->mem.alloc(b->edit->mem.ctx, array_size((unsigned)count));
	if (array == NULL)
		return E_NOMEM;
	*array = b->edit->number;
	memcpy(array + 1, b->twigs + o->first, count * sizeof(struct trie_node));
	b->twig_count = o->first;
	*ret = (struct trie_node){ BRANCH_TAG | (uint64_t)o->offset << BITMAP_BITS | o->bitmap,
		array + 1 };
	return 0;
}

/* Place the held leaf, whose key has `common` symbols in common with its successor's (-1: there is none). */
static int place(struct trie_builder *b, int common)
{
	const struct trie_key *key = &b->key;
	struct trie_node node = b->leaf;
	while (b->depth > 0 && (int)b->open[b->depth - 1].offset > common) {
		TRY(push_twig(b, node, key_symbol(key, b->open[b->depth - 1].offset)));
		TRY(close_branch(b, &node));
	}
	if (common < 0) {
		b->edit->trie.root = node;
		return 0;
	}
	if (b->depth == 0 || b->open[b->depth - 1].offset < common)
		b->open[b->depth++] = (struct open_branch){ 0, (uint16_t)common, b->twig_count };
	return push_twig(b, node, key_symbol(key, (unsigned)common));
}

int trie_build_add(struct trie_builder *b, const struct trie_key *key, void *object, uint32_t flags)
{
	if (b->error != 0)
		return b->error;
	if (b->has_held) {
		const struct trie_key *held = &b->key;
		unsigned at = 0, end = MIN(held->len, key->len);
		while (at < end && held->symbols[at] == key->symbols[at])
			at++;
		if (key_symbol(held, at) >= key_symbol(key, at))
			b->error = E_INVALID; /* equal or descending */
		else
			b->error = place(b, (int)at);
		if (b->error != 0)
			return b->error;
	}
	struct trie_key *copy = &b->key;
	copy->len = key->len;
	memcpy(copy->symbols, key->symbols, key->len);
	b->leaf = leaf_of(object, flags);
	b->has_held = true;
	b->count++;
	return 0;
}

int trie_build_end(struct trie_builder *b)
{
	int ret = b->error;
	if (ret == 0 && b->has_held)
		ret = place(b, -1);
	if (ret == 0)
		b->edit->trie.count = b->count;
	else
		b->edit->trie.root = (struct trie_node){ 0 };
	free(b->twigs);
	free(b);
	return ret;
}
