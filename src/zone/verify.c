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

static bool is_valid(struct zone_verifier *v, const struct zone_node *node,
	const struct zone_rrset *rrset, struct span signature)
{
	struct crypto_rrsig sig;
	struct span packed = zone_rrset_data(node, rrset), rdata;
	unsigned own = dns_name_labels(node->name) - dns_name_is_wildcard(node->name);

	if (!crypto_rrsig_read(signature, &sig) || sig.labels > own ||
		!crypto_rrsig_is_current(&sig, v->now) ||
		!dns_name_equal(sig.signer.data, v->snap->apex->name))
		return false;
	/* Rdatas are in canonical order and form already. */
	crypto_rrsig_begin(&sig, &v->data);
	while (zone_rdata_next(&packed, &rdata))
		crypto_rrsig_add(&sig, node->name, DNS_CLASS_IN, rdata, &v->data);
	return v->data.error == 0 && crypto_keyset_verify(&v->keys, &sig, buf_span(&v->data));
}

static bool has_valid_signature(
	struct zone_verifier *v, const struct zone_node *node, const struct zone_rrset *rrset)
{
	unsigned count;
	struct span packed = zone_rrset_sigs(node, rrset, &count), rdata;

	while (zone_rdata_next(&packed, &rdata)) {
		if (is_valid(v, node, rrset, rdata))
			return true;
	}
	return false;
}

/* What is authoritative at a name: at a cut only DS, DELEG and NSEC. */
static bool is_signed_type(const struct zone_node *node, uint16_t type)
{
	if (type == DNS_TYPE_RRSIG)
		return false;
	return !(node->flags & ZONE_NODE_DELEGATION) || type == DNS_TYPE_DS ||
	       type == DNS_TYPE_DELEG || type == DNS_TYPE_NSEC;
}

bool zone_verify_node(struct zone_verifier *v, const struct zone_node *node, uint16_t *bad_type)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, r++) {
		if (!is_signed_type(node, r->type) ||
			(r->sigs != 0 && (v == NULL || has_valid_signature(v, node, r))))
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
	const struct zone_node **nodes;
	size_t count, room;
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
	while ((leaf = trie_iter_next(&iter)) != NULL) {
		if (!zone_is_occluded(w->snap, zone_node_of(leaf)))
			TRY(work_add(w, zone_node_of(leaf)));
	}
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
			if (!zone_verify_node(v, w->nodes[k], &bad_type)) {
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
