/*
 * zone/mem: the memory of one zone's data.
 *
 * Node blocks and trie nodes of a zone live in chunks that belong to it: small ones first, so that a
 * tiny zone costs a tiny chunk, then 2 MiB-aligned ones with MADV_HUGEPAGE (a cache miss is the unit
 * of cost). Bump allocation while loading; what is freed goes to a list of its size and is used again.
 * Dropping a zone frees chunks, not objects.
 *
 * I1  Sizes are multiples of 8; the caller gives the same size back at free.
 * I2  A free list holds only blocks of exactly its size, except for sizes over MEM_EXACT, which are rounded up.
 *
 * Cost     O(1) but for new chunks. Memory: no header per object.
 * Threads  one at a time: the zone's writer. Freeing from elsewhere goes through zone_mem_return (locked).
 */
#pragma once
#include "base/attr.h"

struct zone_mem; /* opaque, mem.c */

struct zone_mem *zone_mem_new(
	size_t size); /* with room for `size` octets, 0: none yet. NULL: no memory */
void zone_mem_free(struct zone_mem *mem);                /* all chunks; NULL is fine */
void *zone_mem_alloc(struct zone_mem *mem, size_t size); /* NULL: no memory */
void zone_mem_release(struct zone_mem *mem, void *ptr, size_t size);

struct zone_mem_block {
	void *ptr;
	size_t size;
};
/* Give blocks back from any thread; the writer takes them over at its next zone_mem_collect. Takes the malloc'ed array. */
void zone_mem_return(struct zone_mem *mem, struct zone_mem_block *blocks, size_t count);
void zone_mem_collect(struct zone_mem *mem);

struct zone_mem_stats {
	size_t mapped; /* octets of all chunks */
	size_t in_use; /* octets handed out and not given back (returned ones count as given back) */
};
struct zone_mem_stats zone_mem_stats(struct zone_mem *mem);
