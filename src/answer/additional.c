/*
 * answer/additional: addresses of the names that answer and authority lead to.
 *
 * In-domain glue of a referral is never dropped: without it the delegation can't be followed, so
 * the response is truncated instead (RFC 9471 section 3.1). Everything else is optional and goes
 * without a trace.
 */
#include "answer/state.h"
#include "base/err.h"

/* Octets before the target name in the rdata; -1: no additional data for that type. */
static inline int target_offset(uint16_t type)
{
	switch (type) {
	case DNS_TYPE_NS:
		return 0;
	case DNS_TYPE_MX:
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		return 2;
	case DNS_TYPE_SRV:
		return 6;
	default:
		return -1;
	}
}

/* A target and what the zone has for it. */
struct target {
	const struct zone_node
		*node; /* of the name or of the wildcard that covers it; NULL: nothing */
	const uint8_t *owner;
	uint16_t owner_at;
	bool is_glue; /* in the zone cut of a referral */
};

/* Fills in the node. `name` is lower-case. */
static void target_find(const struct answer *a, const uint8_t *name, struct target *ret)
{
	struct trie_key key;
	struct zone_lookup found;

	trie_key_below(&a->snap->names.base, name, &key);
	ret->node = zone_node_of(trie_find(&a->snap->names, &key));
	if (ret->node != NULL || a->snap->wildcards == 0)
		return;
	zone_find(a->snap, &key, &found);
	if (!found.exists && found.cut == NULL)
		ret->node = zone_find_wildcard(a->snap, name, found.encloser_labels);
}

/* Is that RRset there under that name? One of a wildcard can come under several. */
static bool has_under(const struct answer *a, const struct zone_rrset *rrset, const uint8_t *owner)
{
	for (unsigned i = 0; i < a->rrset_count; i++) {
		const struct answer_rrset *noted = &a->rrsets[i];
		if (noted->rrset == rrset && noted->section == DNS_SECTION_ADDITIONAL &&
			(noted->owner == owner || dns_name_equal_nocase(noted->owner, owner)))
			return true;
	}
	return false;
}

/* Put one type of a target. E_SPACE. */
static int target_put(struct answer *a, struct target *target, uint16_t type)
{
	const struct zone_rrset *rrset = zone_node_find(target->node, type);

	if (rrset == NULL || has_under(a, rrset, target->owner))
		return 0;
	const struct answer_item item = { target->node, rrset, target->owner, target->owner_at,
		rrset->ttl };
	TRY(target->is_glue ? answer_put_glue(a, &item) : answer_put(a, &item));
	target->owner_at = a->w.owner_at;
	return 0;
}

/* Addresses of a target, and for SVCB and HTTPS their own kind. */
static int target_put_all(struct answer *a, struct target *target, uint16_t type)
{
	TRY(target_put(a, target, DNS_TYPE_A));
	TRY(target_put(a, target, DNS_TYPE_AAAA));
	if (type != DNS_TYPE_SVCB && type != DNS_TYPE_HTTPS)
		return 0;
	TRY(target_put(a, target, type));
	if (!a->is_dnssec || (zone_node_find(target->node, DNS_TYPE_A) != NULL &&
				     zone_node_find(target->node, DNS_TYPE_AAAA) != NULL &&
				     zone_node_find(target->node, type) != NULL))
		return 0;
	/* What is missing is proven to be missing (RFC 9460 section 4.1). */
	const struct zone_node *proof = proof_node_of(a, target->node);
	struct target own = { proof, proof != NULL ? proof->name : NULL, 0, false };
	if (proof == NULL)
		return 0;
	return target_put(
		a, &own, a->snap->nsec3param.algorithm != 0 ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC);
}

/* Which targets of an RRset: those in the zone cut, others, or all. */
enum pass { PASS_ALL, PASS_GLUE, PASS_OTHERS };

/* Is the name of `len` octets at or below `parent`? Both lower. */
static inline bool is_below(
	const uint8_t *name, size_t len, const uint8_t *parent, size_t parent_len)
{
	size_t at = 0;

	if (len < parent_len || !dns_octets_equal(name + len - parent_len, parent, parent_len))
		return false;
	while (at < len - parent_len)
		at += 1 + (size_t)name[at];
	return at == len - parent_len;
}

/* Does this pass take the target? */
static inline bool is_wanted(const struct answer *a, const struct zone_node *cut,
	const uint8_t *name, size_t len, enum pass pass)
{
	const struct zone_node *apex = a->snap->apex;

	if (pass != PASS_ALL) {
		bool is_glue = is_below(name, len, cut->name, cut->name_len);
		if (is_glue || pass == PASS_GLUE)
			return is_glue == (pass == PASS_GLUE);
	}
	return is_below(name, len, apex->name, apex->name_len);
}

/* One pass over the targets of a noted RRset. Returns the result of the last attempt; glue ends with the first failure. */
static int targets_put(
	struct answer *a, const struct answer_rrset *noted, int offset, enum pass pass)
{
	const uint16_t type = noted->rrset->type;
	struct span packed = zone_rrset_data(noted->node, noted->rrset), rdata;
	uint8_t lower[DNS_NAME_MAX];
	int result = 0;

	for (unsigned i = 0; zone_rdata_next(&packed, &rdata); i++) {
		const uint8_t *name = rdata.data + offset;
		size_t len = rdata.len - (size_t)offset;
		struct target target = { .owner = name, .is_glue = pass == PASS_GLUE };
		if (offset == 2 &&
			type != DNS_TYPE_MX) { /* stored with its letters, and parameters follow */
			len = dns_name_lower(name, lower);
			name = lower;
		}
		if (!is_wanted(a, noted->node, name, len, pass))
			continue;
		target_find(a, name, &target);
		if (target.node == NULL)
			continue;
		if (target.node->name_len == len && dns_octets_equal(target.node->name, name, len))
			target.owner = target.node->name;
		if (i < noted->place_count)
			target.owner_at = a->places[noted->first_place + i];
		result = target_put_all(a, &target, type);
		if (result != 0 && pass == PASS_GLUE)
			return result;
	}
	return result;
}

enum answer_state answer_additional(struct answer *a, enum answer_state state)
{
	unsigned end = a->rrset_count; /* of answer and authority */
	int result = 0;

	a->signed_count = end;
	for (unsigned i = 0; i < end && result == 0; i++) {
		const struct answer_rrset noted = a->rrsets[i];
		int offset = target_offset(noted.rrset->type);
		if (LIKELY(offset < 0))
			continue;
		if (state == ANSWER_DELEGATION && noted.node == a->cut &&
			noted.rrset->type == DNS_TYPE_NS) {
			if (targets_put(a, &noted, offset, PASS_GLUE) != 0) {
				dns_writer_set_tc(&a->w);
				return ANSWER_TRUNCATED;
			}
			result = targets_put(a, &noted, offset, PASS_OTHERS);
		} else {
			result = targets_put(a, &noted, offset, PASS_ALL);
		}
	}
	/* Signatures are optional here, and pointless if something is missing. */
	if (result == 0 && a->is_dnssec)
		(void)!answer_put_signatures(a);
	return state;
}
