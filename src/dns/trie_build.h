/*
 * dns/trie_build: a whole trie at once from names in canonical order.
 *
 * Loading a large zone name by name costs a cache miss a level and name; this costs one pass. Branches that are still
 * open stand on a stack, deepest last, with the twigs that they have got so far:
 *
 *	key       ... com.a | com.ab | com.ac | net ...
 *	open       offset 4 { a, then: offset 6 { SEP, b, c } }         closed when the next key differs further up
 *
 * A closed branch gets a twig array of its final size, so nothing is allocated twice.
 *
 * Threads  one writer. Memory: the stack, freed at the end.
 */
#pragma once
#include "dns/trie.h"

struct trie_builder; /* opaque */

/* Build into an edit whose trie is empty. On 0 the caller ends *ret with trie_build_end. E_NOMEM. */
MUST_USE int trie_build_begin(struct trie_edit *edit, struct trie_builder **ret);
/* Add the next object; names strictly ascend (else E_INVALID). After an error only end may follow. */
MUST_USE int trie_build_add(
	struct trie_builder *builder, const struct trie_key *key, void *object, uint32_t flags);
/* Finish and free the builder. 0: the edit's trie holds all. On error, of this or of an add before: the trie is empty, and
 * arrays made on the way are left to the edit's memory. */
MUST_USE int trie_build_end(struct trie_builder *builder);
