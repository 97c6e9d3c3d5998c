#include "zone/verify.h"
#include "crypto/rrsig.h"
#include "dns/rrtype.h"
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

bool zone_verify_rrset(
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
