#include "zone/bulk.h"
#include <stdlib.h>

#define KEY_SYMBOLS 10 /* of 6 bits */
#define DIGIT_BITS  12
#define DIGITS      5
#define SMALL       256
#define DIGIT_SIZE  (1u << DIGIT_BITS)

void bulk_deinit(struct bulk *b)
{
	free(b->items);
	*b = (struct bulk){ 0 };
}

static uint64_t sort_key(const struct trie_key *key, unsigned skip)
{
	uint64_t k = 0;
	for (unsigned i = skip; i < skip + KEY_SYMBOLS; i++)
		k = k << 6 | (i < key->len ? key->symbols[i] : 0u);
	return k;
}

int bulk_add(
	struct bulk *b, const struct trie_key *key, unsigned apex_symbols, struct zone_node *node)
{
	if (UNLIKELY(b->count == b->cap)) {
		size_t cap = b->cap * 2 + 16;
		struct bulk_item *items = realloc(b->items, cap * sizeof(*items));
		if (items == NULL)
			return E_NOMEM;
		b->items = items;
		b->cap = cap;
	}
	uint64_t k = sort_key(key, apex_symbols);
	b->unsorted = b->unsorted || (b->count > 0 && k < b->items[b->count - 1].key);
	b->items[b->count++] = (struct bulk_item){ k, node };
	return 0;
}

/* Least significant digit first: stable. */
static int radix_sort(struct bulk *b)
{
	struct bulk_item *from = b->items, *to = malloc(b->count * sizeof(*to));
	if (to == NULL)
		return E_NOMEM;
	for (unsigned digit = 0; digit < DIGITS; digit++) {
		unsigned shift = digit * DIGIT_BITS;
		size_t start[DIGIT_SIZE] = { 0 }, sum = 0;
		for (size_t i = 0; i < b->count; i++)
			start[from[i].key >> shift & (DIGIT_SIZE - 1)]++;
		for (unsigned d = 0; d < DIGIT_SIZE; d++) {
			size_t n = start[d];
			start[d] = sum;
			sum += n;
		}
		for (size_t i = 0; i < b->count; i++)
			to[start[from[i].key >> shift & (DIGIT_SIZE - 1)]++] = from[i];
		struct bulk_item *swap = from;
		from = to;
		to = swap;
	}
	b->items = from;
	b->cap = b->count;
	free(to);
	return 0;
}

static int compare(const struct bulk_item *a, const struct bulk_item *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return dns_name_compare(a->node->name, b->node->name);
}

static void insertion_sort(struct bulk_item *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct bulk_item item = items[i];
		size_t k = i;
		for (; k > 0 && compare(&items[k - 1], &item) > 0; k--)
			items[k] = items[k - 1];
		items[k] = item;
	}
}

static void merge_sort(struct bulk_item *items, size_t count, struct bulk_item *scratch)
{
	if (count <= 16) {
		insertion_sort(items, count);
		return;
	}
	size_t half = count / 2, a = 0, b = half, n = 0;
	merge_sort(items, half, scratch);
	merge_sort(items + half, count - half, scratch);
	while (a < half && b < count)
		scratch[n++] = compare(&items[a], &items[b]) <= 0 ? items[a++] : items[b++];
	while (a < half)
		scratch[n++] = items[a++];
	/* What is left of the second half is in place. */
	memcpy(items, scratch, n * sizeof(*items));
}

/* Small zones aren't worth the radix sort's tables. */
static int sort_small(struct bulk *b)
{
	struct bulk_item scratch[SMALL];
	merge_sort(b->items, b->count, scratch);
	b->unsorted = false;
	return 0;
}

int bulk_sort(struct bulk *b)
{
	if (b->count <= SMALL)
		return sort_small(b);
	if (b->unsorted)
		TRY(radix_sort(b));
	struct bulk_item *scratch = NULL;
	for (size_t i = 0, end; i < b->count; i = end) {
		for (end = i + 1; end < b->count && b->items[end].key == b->items[i].key; end++)
			;
		if (end - i > 16 && scratch == NULL) {
			scratch = malloc(b->count * sizeof(*scratch));
			if (scratch == NULL)
				return E_NOMEM;
		}
		if (end - i > 1)
			merge_sort(b->items + i, end - i, scratch);
	}
	free(scratch);
	b->unsorted = false;
	return 0;
}
