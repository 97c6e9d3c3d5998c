#include "dns/trie_prefetch.h"
#include "dns/trie_layout.h"

#define LINE  64 /* octets of a cache line */
#define LINES 3  /* of an object: a node block with an RRset or two */

void trie_walk_init(const struct trie_key *key, struct trie_walk *ret)
{
	ret->len = (uint16_t)MIN((unsigned)key->len, TRIE_WALK_SYMBOLS - 1u);
	memcpy(ret->symbols, key->symbols, TRIE_WALK_SYMBOLS);
	ret->symbols[ret->len] = SEP;
}

/* Where the key leads, or the names that stand in for what isn't there: look-ups compare with the first. */
static inline const struct trie_node *step(const struct trie_walk *w)
{
	const struct trie_node *n = w->node;
	const unsigned offset = branch_offset(n);

	if (offset > w->len || !has_twig(n, w->symbols[offset]))
		return twigs(n);
	return twig(n, w->symbols[offset]);
}

void trie_walk_all(struct trie_walk *walks, unsigned count)
{
	for (bool goes_on = true; goes_on;) {
		goes_on = false;
		for (struct trie_walk *w = walks; w != walks + count; w++) {
			if (w->node == NULL || !is_branch(w->node))
				continue;
			w->node = step(w);
			__builtin_prefetch(w->node);
			goes_on = true;
		}
	}
	for (const struct trie_walk *w = walks; w != walks + count; w++) {
		for (unsigned i = 0; w->node != NULL && i < LINES; i++)
			__builtin_prefetch((const uint8_t *)w->node->ptr + i * LINE);
	}
}
