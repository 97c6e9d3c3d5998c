/*
 * answer/query: a normal query.
 *
 *	preanswer hooks -> resolve -> signatures -> hooks -> authority, proofs, signatures -> hooks
 *	                      '--<-- FOLLOW --<--------'    -> additional -> hooks
 *
 * A step that ends with TRUNCATED or ERROR ends it all.
 */
#include "answer/state.h"
#include "base/err.h"

void answer_set_name(struct answer *a, const uint8_t *wire, uint16_t at)
{
	const uint8_t *p = wire;
	unsigned labels = 0;

	for (; *p != 0; p += 1 + *p)
		labels++;
	a->name = (struct answer_name){ wire, (uint8_t)(p - wire + 1), (uint8_t)labels, at };
}

/* ---- Answer section: one name ---- */

/* Put the RRset of the answer section, or truncate. */
static enum answer_state answer_rrset(struct answer *a, const struct zone_node *node,
	const struct zone_rrset *rrset, enum answer_state next)
{
	const struct answer_item item = { node, rrset, a->name.wire, a->name.at, rrset->ttl };
	return LIKELY(answer_put(a, &item) == 0) ? next : answer_overflow(a);
}

/* QTYPE RRSIG: the signatures of one type, the lowest. All of them would be an amplifier. */
static COLD enum answer_state answer_rrsig(struct answer *a, const struct zone_node *node)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	unsigned count = 0;

	for (unsigned i = 0; i < node->rrset_count && count == 0; i++) {
		if (answer_put_sigs(a, node, &rrset[i], &count) != 0)
			return answer_overflow(a);
	}
	if (count > 0)
		return ANSWER_HIT;
	/* What they cover isn't at this name. */
	rrset = zone_node_find(node, DNS_TYPE_RRSIG);
	return rrset != NULL ? answer_rrset(a, node, rrset, ANSWER_HIT) : ANSWER_NODATA;
}

/* QTYPE ANY: the RRset of the lowest type (RFC 8482 section 4.1). */
static COLD enum answer_state answer_any(struct answer *a, const struct zone_node *node)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	const struct dns_writer_mark mark = dns_writer_mark(&a->w);
	unsigned count, total = 0;

	if (rrset->type != DNS_TYPE_RRSIG)
		return answer_rrset(a, node, rrset, ANSWER_HIT);
	/* The TTLs of signatures differ with what they cover. */
	for (unsigned i = 0; i < node->rrset_count; i++, total += count) {
		if (answer_put_sigs(a, node, &rrset[i], &count) != 0) {
			dns_writer_rollback(&a->w, &mark);
			return answer_overflow(a);
		}
	}
	return total > 0 ? ANSWER_HIT : answer_rrset(a, node, rrset, ANSWER_HIT);
}

/* Set the target of the CNAME put last as the next name. */
static enum answer_state follow_cname(
	struct answer *a, const struct zone_node *node, const struct zone_rrset *cname)
{
	const struct answer_rrset *noted = &a->rrsets[a->rrset_count - 1];
	struct span packed = zone_rrset_data(node, cname), target;

	if (!zone_rdata_next(&packed, &target))
		return ANSWER_HIT;
	a->alias_count++;
	answer_set_name(a, target.data, noted->place_count > 0 ? a->places[noted->first_place] : 0);
	return ANSWER_FOLLOW;
}

/* Has that record been written under the same name? */
static bool is_loop(const struct answer *a, const struct zone_rrset *cname)
{
	for (unsigned i = 0; i < a->rrset_count; i++) {
		if (a->rrsets[i].rrset == cname && dns_name_equal(a->rrsets[i].owner, a->name.wire))
			return true;
	}
	return false;
}

static COLD enum answer_state answer_cname(struct answer *a, const struct zone_node *node)
{
	const struct zone_rrset *cname = zone_node_find(node, DNS_TYPE_CNAME);

	if (a->alias_count == ANSWER_ALIAS_MAX || is_loop(a, cname))
		return ANSWER_HIT;
	enum answer_state state = answer_rrset(a, node, cname, ANSWER_FOLLOW);
	return state == ANSWER_FOLLOW ? follow_cname(a, node, cname) : state;
}

/* Is that the QNAME, or an earlier target of a synthesized CNAME? */
static bool was_synthesized(const struct answer *a, const uint8_t *target)
{
	for (unsigned i = 0; i + 1 < a->synthesized_count; i++) {
		if (dns_name_equal(a->synthesized[i] + 2, target))
			return true;
	}
	return dns_name_equal(dns_request_qname(&a->request), target);
}

/* DNAME above the name (RFC 6672 section 3.2). */
static COLD enum answer_state answer_dname(
	struct answer *a, const struct zone_node *node, unsigned labels)
{
	const struct zone_rrset *dname = zone_node_find(node, DNS_TYPE_DNAME);
	struct span packed = zone_rrset_data(node, dname), target = { 0 };
	uint16_t owner_at =
		a->name.at == DNS_HEADER_SIZE ? dns_writer_qname_suffix(&a->w, node->name_len) : 0;
	const struct answer_item item = { node, dname, node->name, owner_at, dname->ttl };

	if (!zone_rdata_next(&packed, &target))
		return ANSWER_ERROR;
	if (a->alias_count == ANSWER_ALIAS_MAX)
		return ANSWER_HIT;
	if (!answer_has(a, DNS_SECTION_ANSWER, dname) && answer_put(a, &item) != 0)
		return answer_overflow(a);

	uint8_t *rdata = a->synthesized[a->synthesized_count];
	size_t len = dns_name_replace_suffix(a->name.wire, labels, target.data, rdata + 2);
	if (len == 0) {
		a->rcode = DNS_RCODE_YXDOMAIN;
		return ANSWER_HIT;
	}
	write_u16(rdata, (uint16_t)len);
	a->synthesized_count++;
	uint16_t place = 0;
	struct dns_writer_rrset put = {
		.owner = a->name.wire,
		.owner_at = a->name.at,
		.type = DNS_TYPE_CNAME,
		.class_ = DNS_CLASS_IN,
		.count = 1,
		.ttl = dname->ttl,
		.data = { rdata, 2 + len },
		.places = &place,
		.max_places = 1,
	};
	if (dns_writer_put(&a->w, &put) != 0)
		return answer_overflow(a);
	if (a->request.qtype == DNS_TYPE_CNAME || was_synthesized(a, rdata + 2))
		return ANSWER_HIT;
	a->alias_count++;
	answer_set_name(a, rdata + 2, place);
	return ANSWER_FOLLOW;
}

static enum answer_state delegation(
	struct answer *a, const struct zone_node *cut, const uint8_t *owner)
{
	a->cut = cut;
	a->cut_owner = owner;
	return ANSWER_DELEGATION;
}

/* Is that a delegation point for the client? Those made by DELEG alone are for who knows it. */
static inline bool is_delegation(const struct answer *a, const struct zone_node *node)
{
	return (node->flags & ZONE_NODE_CUT) ||
	       (UNLIKELY(node->flags & ZONE_NODE_DELEG) && a->is_deleg_aware);
}

/* Is the type answered on the parent's side of a delegation? */
static inline bool is_parent_side(const struct answer *a)
{
	return a->request.qtype == DNS_TYPE_DS ||
	       (a->request.qtype == DNS_TYPE_DELEG && a->is_deleg_aware);
}

/* A delegation by DELEG alone, for a client that doesn't know it: a name with nothing but DS and DELEG. */
static COLD enum answer_state answer_hidden(struct answer *a, const struct zone_node *node)
{
	uint16_t qtype = a->request.qtype;
	const struct zone_rrset *rrset = qtype == DNS_TYPE_DS || qtype == DNS_TYPE_DELEG
						 ? zone_node_find(node, qtype)
						 : NULL;

	return rrset != NULL ? answer_rrset(a, node, rrset, ANSWER_HIT) : ANSWER_NODATA;
}

/* A node that exists, or a wildcard in its place; not below a cut. */
static enum answer_state answer_node(struct answer *a, const struct zone_node *node)
{
	uint16_t qtype = a->request.qtype;

	if (UNLIKELY(node->flags & ZONE_NODE_CNAME) && qtype != DNS_TYPE_CNAME &&
		qtype != DNS_TYPE_RRSIG && qtype != DNS_TYPE_NSEC && qtype != DNS_TYPE_ANY)
		return answer_cname(a, node);
	if (UNLIKELY(qtype == DNS_TYPE_ANY))
		return answer_any(a, node);
	if (UNLIKELY(qtype == DNS_TYPE_RRSIG))
		return answer_rrsig(a, node);
	const struct zone_rrset *rrset = zone_node_find(node, qtype);
	if (rrset == NULL)
		return ANSWER_NODATA;
	return answer_rrset(a, node, rrset, ANSWER_HIT);
}

/* The name doesn't exist, but "*" below its closest encloser does: `node`, or an empty non-terminal if NULL. */
static COLD enum answer_state expand(struct answer *a, const struct zone_node *node)
{
	bool is_seen = false;

	for (unsigned i = 0; i < a->wildcard_count; i++)
		is_seen |= a->wildcards[i].node == node;
	a->wildcards[a->wildcard_count++] = (struct answer_wildcard){
		.node = node,
		.name = a->name.wire,
		.name_labels = a->name.labels,
		.encloser_labels = (uint8_t)a->found.encloser_labels,
	};
	enum answer_state state = ANSWER_NODATA;
	if (node != NULL && is_delegation(a, node) && !is_parent_side(a))
		return delegation(a, node, a->name.wire);
	if (node != NULL && (node->flags & ZONE_NODE_DELEG) && !is_delegation(a, node))
		state = answer_hidden(a, node);
	else if (node != NULL)
		state = answer_node(a, node);
	a->is_wildcard_nodata = state == ANSWER_NODATA;
	/* A wildcard that leads to itself: twice is enough. */
	return state == ANSWER_FOLLOW && is_seen ? ANSWER_HIT : state;
}

static COLD enum answer_state answer_wildcard(struct answer *a)
{
	struct zone_lookup found;

	if (!answer_wildcard_name(
		    a->name.wire, a->name.labels, a->found.encloser_labels, a->wildcard_name))
		return ANSWER_MISS;
	trie_key_below(&a->snap->names.base, a->wildcard_name, &a->wildcard_key);
	a->has_wildcard_key = true;
	zone_find(a->snap, &a->wildcard_key, &found);
	return found.exists ? expand(a, found.node) : ANSWER_MISS;
}

static enum answer_state resolve_name(struct answer *a)
{
	struct zone_lookup *found = &a->found;

	a->has_wildcard_key = false;
	zone_find(a->snap, &a->key, found);
	if (UNLIKELY(found->cut != NULL)) {
		const struct zone_node *cut = found->cut;
		if (is_delegation(a, cut)) {
			if (cut != found->node || !is_parent_side(a))
				return delegation(a, cut, cut->name);
		} else if (!(cut->flags & ZONE_NODE_DELEG)) {
			return answer_dname(a, cut, found->cut_labels);
		} else if (cut == found->node) {
			return answer_hidden(a, cut);
		} else { /* what is below isn't there */
			found->node = NULL;
			found->exists = false;
			found->encloser_labels = found->cut_labels;
			return ANSWER_MISS;
		}
	}
	if (LIKELY(found->node != NULL))
		return answer_node(a, found->node);
	if (found->exists)
		return ANSWER_NODATA;
	return UNLIKELY(a->snap->wildcards > 0) ? answer_wildcard(a) : ANSWER_MISS;
}

/* The chain from a->name on. FOLLOW: it was set anew. */
static enum answer_state resolve(struct answer *a, enum answer_state state)
{
	if (LIKELY(state != ANSWER_FOLLOW))
		state = resolve_name(a);
	while (UNLIKELY(state == ANSWER_FOLLOW)) {
		if (dns_name_below(a->name.wire, a->snap->apex->name) == 0)
			return ANSWER_HIT; /* other zones' data isn't used, the client goes on */
		trie_key_below(&a->snap->names.base, a->name.wire, &a->key);
		state = resolve_name(a);
	}
	return state;
}

/* ---- Authority section ---- */

static int put_soa(struct answer *a)
{
	const struct zone_node *apex = a->snap->apex;
	const struct zone_rrset *soa = zone_node_find(apex, DNS_TYPE_SOA);
	uint16_t owner_at =
		a->alias_count == 0 ? dns_writer_qname_suffix(&a->w, apex->name_len) : 0;

	return answer_put(
		a, &(struct answer_item){ apex, soa, apex->name, owner_at,
			   MIN(soa->ttl, a->snap->soa_minimum) }); /* RFC 2308 section 3 */
}

/* DS, and proofs of what isn't there: DS, and DELEG for who would take it. */
static int referral_ds(struct answer *a, bool lacks_deleg)
{
	const struct zone_rrset *ds = zone_node_find(a->cut, DNS_TYPE_DS);

	if (ds != NULL)
		TRY(answer_put(a,
			&(struct answer_item){ a->cut, ds, a->cut_owner, a->w.owner_at, ds->ttl }));
	return ds == NULL || lacks_deleg ? proof_no_ds(a) : 0;
}

static int put_referral(struct answer *a)
{
	const bool with_deleg = a->is_deleg_aware && (a->cut->flags & ZONE_NODE_DELEG);
	const struct zone_rrset *rrset =
		zone_node_find(a->cut, with_deleg ? DNS_TYPE_DELEG : DNS_TYPE_NS);
	uint16_t owner_at = 0;

	if (a->cut_owner != a->cut->name)
		owner_at = a->name.at;
	else if (a->alias_count == 0)
		owner_at = dns_writer_qname_suffix(&a->w, a->cut->name_len);
	if (rrset != NULL)
		TRY(answer_put(a, &(struct answer_item){
					  a->cut, rrset, a->cut_owner, owner_at, rrset->ttl }));
	return a->is_dnssec ? referral_ds(a, a->is_deleg_aware && !with_deleg) : 0;
}

/* Proofs for the wildcards that were expanded on the way. */
static COLD int wildcard_proofs(struct answer *a)
{
	unsigned positive = a->wildcard_count;

	if (a->is_wildcard_nodata)
		TRY(proof_wildcard_nodata(a, &a->wildcards[--positive])); /* the last one */
	for (unsigned i = 0; i < positive; i++)
		TRY(proof_wildcard(a, &a->wildcards[i]));
	return 0;
}

static int proofs(struct answer *a, enum answer_state state)
{
	if (state == ANSWER_MISS)
		TRY(proof_nxdomain(a));
	else if (state == ANSWER_NODATA && !a->is_wildcard_nodata)
		TRY(proof_nodata(a));
	return a->wildcard_count > 0 ? wildcard_proofs(a) : 0;
}

/* BEGIN: go on. */
static enum answer_state authority(struct answer *a, enum answer_state state)
{
	int result = 0;

	if (state == ANSWER_MISS || state == ANSWER_NODATA) {
		if (state == ANSWER_MISS)
			a->rcode = DNS_RCODE_NXDOMAIN;
		/* A negative answer without it is truncated, whatever others do: RFC 2308 section 3, RFC 4035 section 3.1.1. */
		result = put_soa(a);
	} else if (state == ANSWER_DELEGATION) {
		result = put_referral(a);
	}
	if (result == 0 && a->is_dnssec) {
		result = proofs(a, state);
		if (result == 0)
			result = answer_put_signatures(a);
	}
	if (LIKELY(result == 0))
		return ANSWER_BEGIN;
	if (result == E_SPACE)
		return answer_overflow(a);
	a->rcode = DNS_RCODE_SERVFAIL;
	return ANSWER_ERROR;
}

/* ---- All of it ---- */

static inline bool is_final(enum answer_state state)
{
	return state == ANSWER_TRUNCATED || state == ANSWER_ERROR;
}

/* Resolve and sign; hooks may have more names to follow. */
static enum answer_state answer_section(struct answer *a, enum answer_state state)
{
	bool nodata_wins = state == ANSWER_NODATA;

	for (;;) {
		if (state == ANSWER_BEGIN || state == ANSWER_FOLLOW || state == ANSWER_NODATA) {
			state = resolve(a, state);
			if (nodata_wins && state == ANSWER_MISS)
				state = ANSWER_NODATA;
			/* A chain's first record is authoritative data even if it ends at a
			 * delegation. */
			if (state != ANSWER_DELEGATION || a->alias_count > 0)
				dns_writer_set_aa(&a->w);
		} else {
			dns_writer_set_aa(&a->w);
		}
		if (!is_final(state) && a->is_dnssec && UNLIKELY(answer_put_signatures(a) != 0))
			state = answer_overflow(a);
		if (is_final(state) || !answer_plan_has(a->zone->plan, ANSWER_STAGE_ANSWER))
			return state;
		state = answer_plan_run_state(a->zone->plan, ANSWER_STAGE_ANSWER, a, state);
		if (state != ANSWER_FOLLOW || a->alias_count == ANSWER_ALIAS_MAX)
			return state == ANSWER_FOLLOW ? ANSWER_HIT : state;
		a->alias_count++;
	}
}

enum answer_state answer_query(struct answer *a)
{
	const struct answer_plan *plan = a->zone->plan;
	enum answer_state state = ANSWER_BEGIN;

	if (UNLIKELY(answer_plan_has(plan, ANSWER_STAGE_PREANSWER)))
		state = answer_plan_run_state(plan, ANSWER_STAGE_PREANSWER, a, state);
	if (is_final(state))
		return state;
	state = answer_section(a, state);
	if (is_final(state))
		return state;

	dns_writer_section(&a->w, DNS_SECTION_AUTHORITY);
	if (state != ANSWER_HIT || a->is_dnssec) {
		enum answer_state end = authority(a, state);
		if (end != ANSWER_BEGIN)
			return end;
	}
	if (UNLIKELY(answer_plan_has(plan, ANSWER_STAGE_AUTHORITY))) {
		state = answer_plan_run_state(plan, ANSWER_STAGE_AUTHORITY, a, state);
		if (is_final(state))
			return state;
	}

	dns_writer_section(&a->w, DNS_SECTION_ADDITIONAL);
	if (a->place_count > 0) /* something with targets was put */
		state = answer_additional(a, state);
	if (UNLIKELY(answer_plan_has(plan, ANSWER_STAGE_ADDITIONAL)) && !is_final(state))
		state = answer_plan_run_state(plan, ANSWER_STAGE_ADDITIONAL, a, state);
	return state;
}
