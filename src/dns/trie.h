/*
 * dns/trie: an ordered map from names to objects, the one index of the server.
 *
 * It serves the zones of the server, the names of a zone, and NSEC3 owners. A popcount-compressed radix
 * trie (a "qp-trie" over a DNS alphabet): a key is a name's labels from the root down, each octet
 * mapped to one or two symbols so that symbol order is canonical order (RFC 4034 section 6.1), each
 * label closed by symbol 0 (SEP), which also stands for everything after the end:
 *
 *	symbols   0 end of label | classes of rare octets (then a second symbol) | - 0-9 _ a-z, one each;
 *	          47 in all, so that a branch's bitmap, its offset in the key and its tag fit in one word
 *	branch    64 bits { tag 1 | bitmap 47 | key offset 9+ } + pointer to its packed twigs
 *	leaf      64 bits { tag 0 | flags 31 }                  + pointer to the object
 *
 * Nodes are 16 bytes, twigs of a branch lie together. Offsets grow on the way down; symbols that all names below
 * a branch share are skipped, and the leaf found at the end tells how much really matched. An ancestor that
 * has a leaf hangs as twig 0 of a branch whose offset is its key length: one descent meets all of them.
 *
 * Copy-on-write: an edit may change twig arrays that carry its number; others are copied on the way down.
 * A published root never changes. Replaced arrays go to the edit's retire list.
 *
 * I1  A twig array reachable from a published root is never written.
 * I2  An object's name (lower case, at `name_offset` in it, its length in the octet before) doesn't change while it is in a trie.
 *
 * Cost     find, insert, remove: O(key) steps, one cache line a level; memory: 16 bytes a node plus 8 an array.
 * Threads  readers of a published root: any number, no lock. One writer an edit.
 */
#pragma once
#include "base/attr.h"
#include "dns/name.h"

/* 2 symbols an octet at worst, plus the end. */
#define TRIE_KEY_MAX 512

struct trie_node {
	uint64_t word;
	void *ptr; /* branch: twigs; leaf: the object */
};
static_assert(sizeof(struct trie_node) == 16, "four to a cache line");

/* What all names of a trie end with, a zone's apex: no descent looks at it, so keys needn't have its symbols. Zero: nothing. */
struct trie_base {
	uint16_t len;   /* symbols */
	uint8_t labels; /* without the root */
	uint8_t octets; /* without the root's */
};

/* A root and how names are found in objects. Copied by value; empty when root.ptr == NULL. */
struct trie {
	struct trie_node root;
	size_t count;         /* leaves */
	uint16_t name_offset; /* of the name within an object, > 0 */
	struct trie_base base;
};

struct trie_key {
	uint16_t len;                       /* symbols, without the end */
	struct trie_base base;              /* from here on symbols and labels are set */
	uint8_t lead;                       /* SEP as between labels, unless there's a base */
	uint8_t symbols[TRIE_KEY_MAX + 16]; /* written in whole vectors */
	uint8_t labels;
	/* label_end[i]: symbols used by the i topmost labels; [0] = 0. */
	uint16_t label_end[DNS_LABELS_MAX + 1];
	/* The name that it was made of, borrowed as long as the key is used: whole labels are compared with it at once.
	 * label_at[i]: offset of its i-th label from the root. */
	const uint8_t *name;
	uint8_t name_len;
	uint8_t label_at[DNS_LABELS_MAX + 1];
};

/* Key of a name in either case (letters are folded). Borrows the name. */
void trie_key_of(const uint8_t *name, struct trie_key *ret);
/* The same for a name that ends with the base of the tries that the key is for. */
void trie_key_below(const struct trie_base *base, const uint8_t *name, struct trie_key *ret);
/* The same if the name's labels are known; those of the base needn't be. */
void trie_key_of_labels(const struct trie_base *base, const uint8_t *name,
	const struct dns_labels *labels, struct trie_key *ret);
/* The base of tries with names at or below the one of a whole key. */
static inline struct trie_base trie_base_of(const struct trie_key *key)
{
	return (struct trie_base){ key->len, key->labels, (uint8_t)(key->name_len - 1) };
}

/* Leaf flags, 31 bits: meaning is the user's (zone/node.h). */
static inline uint32_t trie_leaf_flags(const struct trie_node *leaf)
{
	return (uint32_t)(leaf->word >> 32);
}

/* Exact match: the leaf or NULL. */
const struct trie_node *trie_find(const struct trie *trie, const struct trie_key *key);

/* What one descent finds. */
struct trie_match {
	const struct trie_node *exact; /* leaf of the very name, or NULL */
	bool is_prefix;                /* no leaf, but names below exist: an empty non-terminal */
	unsigned
		encloser_labels; /* labels of the closest encloser (existing name or empty non-terminal at or above the key) */
	const struct trie_node *
		flagged; /* topmost leaf at or above the key with one of the wanted flags; NULL: none */
	unsigned flagged_labels; /* of it, if there's one */
};

/* Closest encloser search: longest-match in a single descent. `want` = leaf flags that `flagged` looks for (0: none). */
void trie_match(
	const struct trie *trie, const struct trie_key *key, uint32_t want, struct trie_match *ret);

/* The leaf of the longest name that is the key or an ancestor of it, or NULL (zone look-up). */
const struct trie_node *trie_find_suffix(const struct trie *trie, const struct trie_key *key);

/* The last leaf whose key is less than (or, if `or_equal`, equal to) the key; NULL if none. */
const struct trie_node *trie_find_prev(
	const struct trie *trie, const struct trie_key *key, bool or_equal);
const struct trie_node *trie_last(const struct trie *trie);

/* Ordered iteration, in canonical order of names. Valid while the root lives. The iterator borrows. */
struct trie_iter {
	unsigned depth;
	struct {
		const struct trie_node *pos, *end;
	} stack[TRIE_KEY_MAX]; /* a level a key offset at worst, and zones may be made so: 504 symbols and the end */
};
void trie_iter_init(const struct trie *trie, struct trie_iter *ret);
/* From the first leaf at or below the key's name (the subtree). Ends with the subtree. */
void trie_iter_init_below(
	const struct trie *trie, const struct trie_key *key, struct trie_iter *ret);
const struct trie_node *trie_iter_next(struct trie_iter *iter); /* NULL: end */

/* Memory of twig arrays comes from the user. Sizes in bytes, 8-byte aligned; `free` gets the size back. */
struct trie_memory {
	void *(*alloc)(void *ctx, size_t size);
	void (*free)(void *ctx, void *ptr, size_t size);   /* now: made by this very edit */
	void (*retire)(void *ctx, void *ptr, size_t size); /* later: older roots may use it */
	void *ctx;
};

/* An edit over a root. `number` marks twig arrays made by it; no other edit that the memory has seen has it. */
struct trie_edit {
	struct trie trie; /* the edit's own view, readable with all functions above */
	uint64_t number;
	struct trie_memory mem;
};

/* Insert or replace the object of a name. On 0 *old (may be NULL) is the replaced object or NULL.
 * E_NOMEM: nothing changed. */
MUST_USE int trie_set(struct trie_edit *edit, const struct trie_key *key, void *object,
	uint32_t flags, void **old);
/* Remove; *old is the object that was there or NULL. E_NOMEM: nothing changed. */
MUST_USE int trie_remove(struct trie_edit *edit, const struct trie_key *key, void **old);
