#include "zone/diff.h"
#include "base/err.h"
#include "dns/rdata.h"
#include "dns/trie_diff.h"

struct diff {
	enum zone_diff_part part;
	zone_diff_visitor visit;
	void *ctx;
};

static int tell(const struct diff *d, const struct zone_node *node, const struct zone_rrset *rrset,
	struct span rdata)
{
	struct zone_change change = { node->name, rrset->type, rrset->ttl, rdata };

	return d->visit(d->ctx, &change);
}

/* The records of `rrset` that `other` doesn't have; both in canonical order. */
static int tell_missing(const struct diff *d, const struct zone_node *node,
	const struct zone_rrset *rrset, const struct zone_node *other_node,
	const struct zone_rrset *other)
{
	struct span mine = zone_rrset_data(node, rrset), theirs = { 0 }, rdata, than;
	bool more = false;

	if (other != NULL && other->ttl == rrset->ttl) {
		theirs = zone_rrset_data(other_node, other);
		more = zone_rdata_next(&theirs, &than);
	}
	while (zone_rdata_next(&mine, &rdata)) {
		int order = -1;
		while (more && (order = dns_rdata_compare(rdata, than)) > 0)
			more = zone_rdata_next(&theirs, &than);
		if (!more || order != 0)
			TRY(tell(d, node, rrset, rdata));
	}
	return 0;
}

static int visit_name(void *ctx, const struct trie_node *old, const struct trie_node *new_)
{
	const struct diff *d = ctx;
	bool removed = d->part == ZONE_DIFF_REMOVED;
	const struct zone_node *node = zone_node_of(removed ? old : new_);
	const struct zone_node *other = zone_node_of(removed ? new_ : old);

	if (node == NULL || node == other)
		return 0;
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, rrset++) {
		const struct zone_rrset *their =
			other != NULL ? zone_node_find(other, rrset->type) : NULL;
		TRY(tell_missing(d, node, rrset, other, their));
	}
	return 0;
}

int zone_diff(const struct zone_snapshot *old, const struct zone_snapshot *new_,
	enum zone_diff_part part, zone_diff_visitor visit, void *ctx)
{
	static const struct trie nothing = { .name_offset = ZONE_NODE_NAME_OFFSET };
	struct diff d = { part, visit, ctx };

	TRY(trie_diff(old != NULL ? &old->names : &nothing, new_ != NULL ? &new_->names : &nothing,
		visit_name, &d));
	return trie_diff(old != NULL ? &old->nsec3 : &nothing,
		new_ != NULL ? &new_->nsec3 : &nothing, visit_name, &d);
}

static int stop(void *ctx, const struct zone_change *change)
{
	(void)ctx;
	(void)change;
	return E_EXISTS;
}

bool zone_differs(const struct zone_snapshot *old, const struct zone_snapshot *new_)
{
	return zone_diff(old, new_, ZONE_DIFF_REMOVED, stop, NULL) != 0 ||
	       zone_diff(old, new_, ZONE_DIFF_ADDED, stop, NULL) != 0;
}
