/*
 * dns/trie_layout: the bits of trie nodes (inside the trie).
 *
 *	a branch's word   0..46 bitmap | 47..56 key offset | 63 tag
 *	a leaf's word     32..62 flags (31 bits) | 63 zero
 *
 * Pure; for who holds the trie, or reads a version that was published.
 *
 * A twig array: { edit number, 8 } { node, 16 } ...; twigs in the order of their symbols.
 */
#pragma once
#include "dns/trie.h"

#define BITMAP_BITS 47
#define BITMAP      (((uint64_t)1 << BITMAP_BITS) - 1)
#define BRANCH_TAG  ((uint64_t)1 << 63)
#define SEP         0

static inline bool is_branch(const struct trie_node *n)
{
	return n->word >> 63;
}
/* The symbol of the key that the branch decides by. */
static inline unsigned branch_offset(const struct trie_node *n)
{
	return (unsigned)(n->word >> BITMAP_BITS) & 0x3ff;
}
static inline struct trie_node *twigs(const struct trie_node *n)
{
	return n->ptr;
}
static inline unsigned twig_count(const struct trie_node *n)
{
	return (unsigned)__builtin_popcountll(n->word & BITMAP);
}
static inline uint64_t symbol_bit(unsigned symbol)
{
	return (uint64_t)1 << symbol;
}
static inline bool has_twig(const struct trie_node *n, unsigned symbol)
{
	return n->word & symbol_bit(symbol);
}

/* Where in the array the twig for a symbol is, or would be. */
static inline unsigned twig_index(const struct trie_node *n, unsigned symbol)
{
	return (unsigned)__builtin_popcountll(n->word & (symbol_bit(symbol) - 1));
}

static inline struct trie_node *twig(const struct trie_node *n, unsigned symbol)
{
	return twigs(n) + twig_index(n, symbol);
}

/* Beyond its end a key has SEPs. */
static inline unsigned key_symbol(const struct trie_key *key, unsigned offset)
{
	return offset < key->len ? key->symbols[offset] : SEP;
}

/* The number of the edit that made a branch's array, which may change it in place. */
static inline uint64_t *array_header(const struct trie_node *n)
{
	return (uint64_t *)n->ptr - 1;
}
/* Octets of an array, with its header. */
static inline size_t array_size(unsigned count)
{
	return 8 + (size_t)count * sizeof(struct trie_node);
}

static inline struct trie_node leaf_of(void *object, uint32_t flags)
{
	return (struct trie_node){ (uint64_t)(flags & 0x7fffffff) << 32, object };
}
