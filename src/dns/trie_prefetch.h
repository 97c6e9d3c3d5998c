/*
 * dns/trie_prefetch: look-ups of several names in step, for the sake of the caches alone.
 *
 * A look-up in a trie that no cache holds waits for memory at each level, one level after the other. Several walks taken a step each
 * in turn wait together: what one asked for arrives while the others ask. The walks find out nothing, they only make the
 * look-ups that follow find their lines in the cache.
 *
 * Cost     that of a look-up without its comparison, for each walk; no allocation.
 * Threads  as look-ups: readers of a published root.
 */
#pragma once
#include "dns/trie.h"

#define TRIE_WALK_SYMBOLS 64 /* of a key; what is below that much isn't brought */

struct trie_walk {
	const struct trie_node *node; /* where it is; NULL: nowhere */
	uint16_t len;
	uint8_t symbols[TRIE_WALK_SYMBOLS];
};

/* Note the symbols of a whole key, or of one below the base of the trie that is walked. */
void trie_walk_init(const struct trie_key *key, struct trie_walk *ret);

/* Walk from the roots that the nodes are set to, as far as the keys lead, and ask for the first octets of the objects found.
 * The nodes are leaves then. */
void trie_walk_all(struct trie_walk *walks, unsigned count);
