/*
 * zone/node: the node block, all that a zone holds at one name, in one piece.
 *
 *	+--------+------------+---------------------+-------------------------------------------+
 *	| header | owner name | RRset heads, sorted | rdatas: { length, octets } ..., by RRset  |
 *	| 8      | wire, lower| 16 each, by type    | length in network order: copied as it is  |
 *	+--------+------------+---------------------+-------------------------------------------+
 *
 * Rdatas of an RRset are in canonical order (RFC 4034 section 6.3) without duplicates. RRSIGs are an
 * RRset like others; since the covered type comes first in their rdata, signatures of one type
 * lie together, and each RRset head knows where its own begin.
 *
 * I1  A block in a published snapshot is never written; a changed name is a new block.
 * I2  No pointers inside and none to other blocks. Derived facts (glue, cuts above, wildcards) are looked up.
 *
 * Threads: immutable. Readers hold the snapshot.
 */
#pragma once
#include "base/cursor.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "dns/trie.h"

/* Flags of a node, in its block and in its trie leaf. */
enum zone_node_flags {
	ZONE_NODE_APEX = 1 << 0,
	ZONE_NODE_CUT = 1 << 1, /* NS, not at the apex: a delegation point */
	ZONE_NODE_DNAME = 1 << 2,
	ZONE_NODE_WILDCARD = 1 << 3, /* the leftmost label is "*" */
	ZONE_NODE_NSEC = 1 << 4,     /* has an NSEC */
	ZONE_NODE_CNAME = 1 << 5,
	ZONE_NODE_DELEG = 1 << 6, /* DELEG, not at the apex */
	ZONE_NODE_DS = 1 << 7,
};

/* What is below isn't this zone's data. */
#define ZONE_NODE_DELEGATION (ZONE_NODE_CUT | ZONE_NODE_DELEG)

struct zone_rrset {
	uint16_t type;
	uint16_t count; /* of rdatas */
	uint32_t ttl;
	uint32_t data;      /* offset of the first rdata from the block's start */
	uint32_t sigs : 31; /* offset of the first RRSIG rdata that covers this type, 0 = none */
	uint32_t more_sigs : 1; /* there's more than one */
};
static_assert(sizeof(struct zone_rrset) == 16, "four to a cache line");

struct zone_node {
	uint32_t size; /* octets of the block: the end of the last rdata */
	uint16_t rrset_count;
	uint8_t flags;
	uint8_t name_len;
	uint8_t name[];
};
#define ZONE_NODE_NAME_OFFSET offsetof(struct zone_node, name)

static inline const struct zone_rrset *zone_node_rrsets(const struct zone_node *node)
{
	size_t at = (ZONE_NODE_NAME_OFFSET + node->name_len + 3) & ~(size_t)3;
	return (const struct zone_rrset *)(const void *)((const uint8_t *)node + at);
}

/* The RRset of a type or NULL. Linear: names hold few types. */
static inline const struct zone_rrset *zone_node_find(const struct zone_node *node, uint16_t type)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	for (const struct zone_rrset *end = r + node->rrset_count; r != end; r++) {
		if (r->type >= type)
			return r->type == type ? r : NULL;
	}
	return NULL;
}

/* The packed rdatas of an RRset: `count` times { uint16 length in network order, octets }. */
static inline struct span zone_rrset_data(
	const struct zone_node *node, const struct zone_rrset *rrset)
{
	const struct zone_rrset *last = zone_node_rrsets(node) + node->rrset_count - 1;
	uint32_t end = rrset == last ? node->size : rrset[1].data;
	return (struct span){ (const uint8_t *)node + rrset->data, end - rrset->data };
}

/* The packed RRSIG rdatas covering an RRset, and their number (0: none). */
struct span zone_rrset_many_sigs(
	const struct zone_node *node, const struct zone_rrset *rrset, unsigned *count);
static inline struct span zone_rrset_sigs(
	const struct zone_node *node, const struct zone_rrset *rrset, unsigned *count)
{
	const uint8_t *sigs = (const uint8_t *)node + rrset->sigs;

	*count = rrset->sigs != 0;
	if (rrset->sigs == 0)
		return (struct span){ 0 };
	if (UNLIKELY(rrset->more_sigs))
		return zone_rrset_many_sigs(node, rrset, count);
	return (struct span){ sigs, 2 + (size_t)read_u16(sigs) };
}

/* Step through packed rdatas: true and the next one, or false at the end. */
static inline bool zone_rdata_next(struct span *packed, struct span *ret)
{
	if (packed->len == 0) {
		*ret = (struct span){ 0 };
		return false;
	}
	size_t len = read_u16(packed->data);
	*ret = (struct span){ packed->data + 2, len };
	packed->data += 2 + len;
	packed->len -= 2 + len;
	return true;
}

/* The block that a trie leaf of a zone carries. */
static inline const struct zone_node *zone_node_of(const struct trie_node *leaf)
{
	return leaf != NULL ? leaf->ptr : NULL;
}
