#include "zone/verify.h"
#include "crypto/rrsig.h"
#include "dns/rrtype.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct zone_verifier {
	const struct zone_snapshot *snap;
	uint32_t now;
	struct crypto_keyset keys;
	struct buf data; /* that a signature is over */
};

static int read_keys(struct zone_verifier *v, const struct zone_rrset *dnskeys, bool *bad_key)
{
	struct span packed = zone_rrset_data(v->snap->apex, dnskeys), rdata;

	while (zone_rdata_next(&packed, &rdata)) {
		int error = crypto_keyset_add(&v->keys, rdata);
		if (error == E_NOMEM)
			return error;
		*bad_key = *bad_key || error != 0;
	}
	return 0;
}

int zone_verifier_new(const struct zone_snapshot *snap, uint32_t now, struct zone_verifier **ret,
	bool *bad_key, bool *same_tags)
{
	struct zone_verifier *v = calloc(1, sizeof(*v));
	const struct zone_rrset *dnskeys = zone_node_find(snap->apex, DNS_TYPE_DNSKEY);

	if (v == NULL)
		return E_NOMEM;
	v->snap = snap;
	v->now = now;
	*bad_key = false;
	int error = dnskeys != NULL ? read_keys(v, dnskeys, bad_key) : 0;
	if (error != 0) {
		zone_verifier_free(v);
		return error;
	}
	*same_tags = crypto_keyset_has_same_tags(&v->keys);
	*ret = v;
	return 0;
}

void zone_verifier_free(struct zone_verifier *v)
{
	if (v == NULL)
		return;
	crypto_keyset_deinit(&v->keys);
	buf_deinit(&v->data);
	free(v);
}

/* Apex keys are signed by a key that a DS can point to. */
static bool needs_sep(const struct zone_node *node, uint16_t type)
{
	return (node->flags & ZONE_NODE_APEX) &&
	       (type == DNS_TYPE_DNSKEY || type == DNS_TYPE_CDS || type == DNS_TYPE_CDNSKEY);
}

static bool is_valid(struct zone_verifier *v, const struct zone_node *node,
	const struct zone_rrset *rrset, const struct crypto_rrsig *sig, bool *sep)
{
	struct span packed = zone_rrset_data(node, rrset), rdata;
	unsigned own = dns_name_labels(node->name) - dns_name_is_wildcard(node->name);

	if (sig->labels > own || !crypto_rrsig_is_current(sig, v->now) ||
		!dns_name_equal(sig->signer.data, v->snap->apex->name))
		return false;
	/* Rdatas are in canonical order and form already. */
	crypto_rrsig_begin(sig, &v->data);
	while (zone_rdata_next(&packed, &rdata))
		crypto_rrsig_add(sig, node->name, DNS_CLASS_IN, rdata, &v->data);
	if (v->data.error != 0)
		return false;
	*sep = needs_sep(node, rrset->type) &&
	       crypto_keyset_verify_sep(&v->keys, sig, buf_span(&v->data));
	return *sep || crypto_keyset_verify(&v->keys, sig, buf_span(&v->data));
}

/* At least one good signature, and no bad one. Those by keys of others say nothing. */
static bool has_good_signatures(
	struct zone_verifier *v, const struct zone_node *node, const struct zone_rrset *rrset)
{
	unsigned count;
	struct span packed = zone_rrset_sigs(node, rrset, &count), rdata;
	struct crypto_rrsig sig;
	bool good = false, sep;

	while (zone_rdata_next(&packed, &rdata)) {
		if (!crypto_rrsig_read(rdata, &sig) || !crypto_keyset_knows(&v->keys, &sig))
			continue;
		if (!is_valid(v, node, rrset, &sig, &sep))
			return false;
		good = good || sep || !needs_sep(node, rrset->type);
	}
	return good;
}

/* What is authoritative at a name: at a cut only DS, DELEG and NSEC. */
bool zone_is_signed_type(const struct zone_node *node, uint16_t type)
{
	if (type == DNS_TYPE_RRSIG)
		return false;
	return !(node->flags & ZONE_NODE_DELEGATION) || type == DNS_TYPE_DS ||
	       type == DNS_TYPE_DELEG || type == DNS_TYPE_NSEC;
}

static bool is_well_signed(struct zone_verifier *v, const struct zone_node *node, bool occluded,
	const struct zone_rrset *rrset)
{
	if (occluded || !zone_is_signed_type(node, rrset->type))
		return rrset->sigs == 0;
	return rrset->sigs != 0 && (v == NULL || has_good_signatures(v, node, rrset));
}

bool zone_verify_node(
	struct zone_verifier *v, const struct zone_node *node, bool occluded, uint16_t *bad_type)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, r++) {
		if (is_well_signed(v, node, occluded, r))
			continue;
		*bad_type = r->type;
		return false;
	}
	return true;
}

/* --- several threads --- */

#define NODES_AT_ONCE 64

/* Names, and who of the threads takes which. */
struct work {
	const struct zone_snapshot *snap;
	uint32_t now;
	const struct zone_node **nodes; /* `names` of the ordinary ones, then NSEC3 owners */
	size_t names, count, room;
	_Atomic size_t next, first_bad;
	_Atomic int error;
};

static int work_add(struct work *w, const struct zone_node *node)
{
	if (w->count == w->room) {
		size_t room = w->room > 0 ? 2 * w->room : 1024;
		const struct zone_node **nodes = realloc(w->nodes, room * sizeof(*nodes));
		if (nodes == NULL)
			return E_NOMEM;
		w->nodes = nodes;
		w->room = room;
	}
	w->nodes[w->count++] = node;
	return 0;
}

static int work_fill(struct work *w)
{
	struct trie_iter iter;
	const struct trie_node *leaf;
	trie_iter_init(&w->snap->names, &iter);
	while ((leaf = trie_iter_next(&iter)) != NULL)
		TRY(work_add(w, zone_node_of(leaf)));
	w->names = w->count;
	trie_iter_init(&w->snap->nsec3, &iter);
	while ((leaf = trie_iter_next(&iter)) != NULL)
		TRY(work_add(w, zone_node_of(leaf)));
	w->first_bad = w->count;
	return 0;
}

static void note_bad(struct work *w, size_t index)
{
	size_t known = w->first_bad;
	while (index < known && !atomic_compare_exchange_weak(&w->first_bad, &known, index))
		;
}

static void *work_run(void *arg)
{
	struct work *w = arg;
	struct zone_verifier *v = NULL;
	bool bad_key, same_tags;
	uint16_t bad_type;
	int error = zone_verifier_new(w->snap, w->now, &v, &bad_key, &same_tags);
	if (error != 0)
		w->error = error;
	/* What comes after a bad one needn't be looked at. */
	for (size_t i = 0; error == 0 && i < w->first_bad;) {
		i = atomic_fetch_add(&w->next, NODES_AT_ONCE);
		for (size_t k = i; k < MIN(i + NODES_AT_ONCE, w->count); k++) {
			bool occluded = k < w->names && zone_is_occluded(w->snap, w->nodes[k]);
			if (!zone_verify_node(v, w->nodes[k], occluded, &bad_type)) {
				note_bad(w, k);
				break;
			}
		}
	}
	zone_verifier_free(v);
	return NULL;
}

int zone_verify_all(const struct zone_snapshot *snap, uint32_t now, unsigned threads,
	const struct zone_node **first_bad)
{
	struct work w = { .snap = snap, .now = now };
	pthread_t *others = calloc(threads, sizeof(*others));
	unsigned started = 0;
	int error = others != NULL ? work_fill(&w) : E_NOMEM;
	while (error == 0 && started + 1 < threads &&
		pthread_create(&others[started], NULL, work_run, &w) == 0)
		started++; /* with fewer it only takes longer */
	if (error == 0)
		work_run(&w);
	for (unsigned i = 0; i < started; i++)
		pthread_join(others[i], NULL);
	error = error != 0 ? error : w.error;
	*first_bad = error == 0 && w.first_bad < w.count ? w.nodes[w.first_bad] : NULL;
	free(others);
	free(w.nodes);
	return error;
}
