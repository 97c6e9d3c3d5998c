/*
 * dns/trie_diff: what is different between two versions of a trie.
 *
 * Both are walked side by side in canonical order; what they share (copy-on-write keeps nodes) is stepped over whole.
 *
 * Cost     between versions of one line: proportional to what changed, times the depth; between strangers: both tries.
 * Threads  pure. Both roots live meanwhile.
 */
#pragma once
#include "base/attr.h"
#include "dns/trie.h"

/* A name whose leaf is different: `old` or `new_` is NULL where it isn't there. An error ends the walk, and is its result. */
typedef int (*trie_diff_visitor)(
	void *ctx, const struct trie_node *old, const struct trie_node *new_);
MUST_USE int trie_diff(
	const struct trie *old, const struct trie *new_, trie_diff_visitor visit, void *ctx);
