/*
 * zone/bulk: the blocks of a zone being loaded, on their way into an empty trie (inside the zone room).
 *
 * Blocks are noted as they come, in the order of the file, and sorted by name once at the end, so that the trie is built in one
 * pass. Sort keys are the first ten symbols of a name below the apex; a radix sort over them leaves short runs of equal keys,
 * which are sorted by whole names. Blocks of the same name keep their order of arrival.
 *
 * Cost     O(n) plus the runs. Memory: 16 octets a name while loading, twice that while sorting.
 */
#pragma once
#include "base/attr.h"
#include "zone/node.h"

struct bulk_item {
	uint64_t key;
	struct zone_node *node;
};

struct bulk {
	struct bulk_item *items;
	size_t count, cap;
	bool unsorted;
};

void bulk_deinit(struct bulk *b);
/* Note a block. `apex_symbols`: length of the apex's key. E_NOMEM. */
MUST_USE int bulk_add(
	struct bulk *b, const struct trie_key *key, unsigned apex_symbols, struct zone_node *node);
/* Canonical order, equal names in order of arrival. E_NOMEM: nothing changed. */
MUST_USE int bulk_sort(struct bulk *b);
