/* zone/snapshot: look-ups. References and life are in edit.c, where versions are made. */
#include "zone/snapshot.h"
#include "base/encode.h"

/* NSEC3s of other chains in a row that are stepped over: of two chains there are so many once in 2^64 times. */
#define OTHERS_IN_ROW 64

struct span zone_rrset_many_sigs(
	const struct zone_node *node, const struct zone_rrset *rrset, unsigned *count)
{
	const uint8_t *begin = (const uint8_t *)node + rrset->sigs, *pos = begin;
	struct span data = zone_rrset_data(node, zone_node_find(node, DNS_TYPE_RRSIG));
	const uint8_t *end = data.data + data.len;

	/* The covered type is the first field of an RRSIG (RFC 4034 section 3.1). */
	for (*count = 0; pos < end && read_u16(pos + 2) == rrset->type; ++*count)
		pos += 2 + read_u16(pos);
	return (struct span){ begin, (size_t)(pos - begin) };
}

void zone_find(
	const struct zone_snapshot *snap, const struct trie_key *key, struct zone_lookup *ret)
{
	struct trie_match m;
	trie_match(&snap->names, key, ZONE_NODE_DELEGATION | ZONE_NODE_DNAME, &m);
	ret->node = zone_node_of(m.exact);
	ret->exists = m.exact != NULL || m.is_prefix;
	ret->encloser_labels = m.encloser_labels;
	ret->cut = NULL;
	/* A DNAME acts on what is below it, a cut on its own name too. */
	if (UNLIKELY(m.flagged != NULL) &&
		(m.flagged != m.exact || (trie_leaf_flags(m.flagged) & ZONE_NODE_DELEGATION))) {
		ret->cut = zone_node_of(m.flagged);
		ret->cut_labels = m.flagged_labels;
	}
}

const struct zone_node *zone_find_wildcard(
	const struct zone_snapshot *snap, const uint8_t *name, unsigned labels)
{
	if (snap->wildcards == 0)
		return NULL;
	const uint8_t *suffix = dns_name_skip(name, dns_name_labels(name) - labels);
	size_t len = dns_name_len(suffix);
	uint8_t wild[2 + DNS_NAME_MAX];
	if (len + 2 > DNS_NAME_MAX)
		return NULL;
	wild[0] = 1;
	wild[1] = '*';
	memcpy(wild + 2, suffix, len);
	struct trie_key key;
	trie_key_below(&snap->names.base, wild, &key);
	return zone_node_of(trie_find(&snap->names, &key));
}

const struct zone_node *zone_find_nsec(const struct zone_snapshot *snap, const struct trie_key *key)
{
	const struct trie_node *leaf = trie_find_prev(&snap->names, key, true);
	/* Names under a cut have no NSEC: the cut's own precedes them all. A second round is only needed in
	 * broken chains, and many rounds never: the answer then goes without. */
	for (int round = 0; leaf != NULL && round < 8; round++) {
		if (trie_leaf_flags(leaf) & ZONE_NODE_NSEC)
			return zone_node_of(leaf);
		struct trie_key own;
		struct trie_match m;
		trie_key_below(&snap->names.base, zone_node_of(leaf)->name, &own);
		trie_match(&snap->names, &own, ZONE_NODE_DELEGATION | ZONE_NODE_DNAME, &m);
		if (m.flagged != NULL && m.flagged != m.exact) {
			leaf = m.flagged;
			if (trie_leaf_flags(leaf) & ZONE_NODE_NSEC)
				return zone_node_of(leaf);
			trie_key_below(&snap->names.base, zone_node_of(leaf)->name, &own);
		}
		leaf = trie_find_prev(&snap->names, &own, false);
	}
	return NULL;
}

/* Is an NSEC3 of the chain that the zone's NSEC3PARAM names? */
static bool is_of_chain(const struct zone_snapshot *snap, const struct zone_node *node)
{
	const struct zone_nsec3param *param = &snap->nsec3param;
	const struct zone_rrset *r = zone_node_find(node, DNS_TYPE_NSEC3);
	struct span packed = r != NULL ? zone_rrset_data(node, r) : (struct span){ 0 }, rdata;

	while (zone_rdata_next(&packed, &rdata)) {
		/* algorithm, flags, iterations, length of the salt, salt */
		if (LIKELY(rdata.len >= 5u + param->salt_len && rdata.data[0] == param->algorithm &&
			    read_u16(rdata.data + 2) == param->iterations &&
			    rdata.data[4] == param->salt_len &&
			    (param->salt_len == 0 ||
				    memcmp(rdata.data + 5, param->salt, param->salt_len) == 0)))
			return true;
	}
	return false;
}

/* While its parameters change a zone has two chains (RFC 5155 section 10.4), and those of the other lie in between. */
static COLD const struct zone_node *before_in_chain(
	const struct zone_snapshot *snap, const struct zone_node *node)
{
	for (int step = 0; step < OTHERS_IN_ROW; step++) {
		struct trie_key key;
		trie_key_below(&snap->nsec3.base, node->name, &key);
		const struct trie_node *leaf = trie_find_prev(&snap->nsec3, &key, false);
		node = zone_node_of(leaf != NULL ? leaf : trie_last(&snap->nsec3));
		if (is_of_chain(snap, node))
			return node;
	}
	return NULL;
}

void zone_find_nsec3(const struct zone_snapshot *snap, const uint8_t hash[20],
	const struct zone_node **match, const struct zone_node **cover)
{
	*match = *cover = NULL;
	if (snap->nsec3.count == 0 || snap->apex->name_len + 33 > DNS_NAME_MAX)
		return;
	uint8_t owner[DNS_NAME_MAX];
	owner[0] = 32;
	base32hex_encode((struct span){ hash, 20 }, (char *)owner + 1);
	memcpy(owner + 33, snap->apex->name, snap->apex->name_len);
	const struct dns_labels labels = { .name_len = (uint8_t)(33 + snap->apex->name_len),
		.count = (uint8_t)(snap->apex_labels + 1),
		.bits = 1 }; /* one label that isn't in the base, at 0 */
	struct trie_key key;
	trie_key_of_labels(&snap->nsec3.base, owner, &labels, &key);
	const struct trie_node *leaf = trie_find_prev(&snap->nsec3, &key, true);
	if (leaf == NULL)
		leaf = trie_last(&snap->nsec3); /* the chain is a ring (RFC 5155 section 3.1.7) */
	const struct zone_node *node = zone_node_of(leaf);
	if (UNLIKELY(snap->nsec3param.algorithm != 0 && !is_of_chain(snap, node)))
		*cover = before_in_chain(snap, node);
	else if (node->name_len == snap->apex->name_len + 33 &&
		 dns_octets_equal(node->name, owner, 33))
		*match = node;
	else
		*cover = node;
}

bool zone_is_occluded(const struct zone_snapshot *snap, const struct zone_node *node)
{
	struct trie_key key;
	struct trie_match m;
	trie_key_below(&snap->names.base, node->name, &key);
	trie_match(&snap->names, &key, ZONE_NODE_DELEGATION | ZONE_NODE_DNAME, &m);
	return m.flagged != NULL && m.flagged != m.exact;
}
