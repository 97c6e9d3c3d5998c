#include "zone/verify.h"
#include "base/buf.h"
#include "crypto/verify.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include <stdlib.h>

#define KEY_ZONE     0x0100 /* flag of zone keys, RFC 4034 section 2.1.1 */
#define KEY_PROTOCOL 3
#define RRSIG_FIXED  18 /* octets before the signer's name */

struct key {
	uint16_t tag;
	uint8_t algorithm;
	struct crypto_key *key; /* NULL: not to be used */
};

struct zone_verifier {
	const struct zone_snapshot *snap;
	uint32_t now;
	struct key *keys;
	size_t key_count;
	struct buf data; /* that a signature is over */
};

/* --- keys --- */

static int read_keys(struct zone_verifier *v, const struct zone_rrset *dnskeys, bool *bad_key)
{
	struct span packed = zone_rrset_data(v->snap->apex, dnskeys), rdata;

	v->keys = calloc(dnskeys->count, sizeof(*v->keys));
	if (v->keys == NULL)
		return E_NOMEM;
	while (zone_rdata_next(&packed, &rdata)) {
		struct cursor c = cursor_over(rdata);
		uint16_t flags = cursor_u16(&c);
		uint8_t protocol = cursor_u8(&c), algorithm = cursor_u8(&c);
		struct key *key = &v->keys[v->key_count++];
		*key = (struct key){ .tag = dns_key_tag(rdata), .algorithm = algorithm };
		if (c.failed || (flags & KEY_ZONE) == 0 || protocol != KEY_PROTOCOL)
			continue;
		int error = crypto_key_new(algorithm, cursor_rest(&c), &key->key);
		if (error == E_NOMEM)
			return error;
		*bad_key = *bad_key || error == E_MALFORMED;
	}
	return 0;
}

static bool has_same_tags(const struct zone_verifier *v)
{
	for (size_t i = 0; i < v->key_count; i++) {
		unsigned same = 0;
		for (size_t k = 0; k < v->key_count; k++)
			same += v->keys[k].tag == v->keys[i].tag &&
				v->keys[k].algorithm == v->keys[i].algorithm;
		if (same > ZONE_VERIFY_SAME_TAG)
			return true;
	}
	return false;
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
	*same_tags = has_same_tags(v);
	*ret = v;
	return 0;
}

void zone_verifier_free(struct zone_verifier *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->key_count; i++)
		crypto_key_free(v->keys[i].key);
	free(v->keys);
	buf_deinit(&v->data);
	free(v);
}

/* --- signatures --- */

/* The fields of an RRSIG (RFC 4034 section 3.1). */
struct rrsig {
	struct span signed_part; /* its rdata up to the signature */
	uint8_t algorithm, labels;
	uint32_t ttl, expiration, inception;
	uint16_t tag;
	struct span signer, signature;
};

static bool read_rrsig(struct span rdata, struct rrsig *ret)
{
	struct cursor c = cursor_over(rdata);

	cursor_u16(&c); /* type covered */
	ret->algorithm = cursor_u8(&c);
	ret->labels = cursor_u8(&c);
	ret->ttl = cursor_u32(&c);
	ret->expiration = cursor_u32(&c);
	ret->inception = cursor_u32(&c);
	ret->tag = cursor_u16(&c);
	ret->signer = dns_name_take(&c);
	ret->signed_part = (struct span){ rdata.data, RRSIG_FIXED + ret->signer.len };
	ret->signature = cursor_rest(&c);
	return !c.failed;
}

/* The owner as it was signed: a wildcard's, if the name has more labels than the signature says. */
static void put_owner(struct buf *out, const struct zone_node *node, unsigned labels)
{
	const uint8_t *name = node->name;
	unsigned own = dns_name_labels(name) - dns_name_is_wildcard(name);

	if (own > labels) {
		name = dns_name_skip(name, dns_name_labels(name) - labels);
		buf_append(out, "\1*", 2);
	}
	buf_append(out, name, dns_name_len(name));
}

/* Rdatas are in canonical order and form already. */
static void put_signed_data(struct buf *out, const struct zone_node *node,
	const struct zone_rrset *rrset, const struct rrsig *sig)
{
	struct span packed = zone_rrset_data(node, rrset), rdata;

	buf_reset(out);
	buf_append(out, sig->signed_part.data, sig->signed_part.len);
	while (zone_rdata_next(&packed, &rdata)) {
		put_owner(out, node, sig->labels);
		buf_u16(out, rrset->type);
		buf_u16(out, DNS_CLASS_IN);
		buf_u32(out, sig->ttl);
		buf_u16(out, (uint16_t)rdata.len);
		buf_append(out, rdata.data, rdata.len);
	}
}

/* Serial number arithmetic (RFC 4034 section 3.1.5). */
static bool is_current(const struct rrsig *sig, uint32_t now)
{
	return (int32_t)(now - sig->inception) >= 0 && (int32_t)(sig->expiration - now) >= 0;
}

static bool is_valid(struct zone_verifier *v, const struct zone_node *node,
	const struct zone_rrset *rrset, struct span rdata)
{
	struct rrsig sig;
	unsigned own = dns_name_labels(node->name) - dns_name_is_wildcard(node->name);
	bool made = false;

	if (!read_rrsig(rdata, &sig) || sig.labels > own || !is_current(&sig, v->now) ||
		!dns_name_equal(sig.signer.data, v->snap->apex->name))
		return false;
	for (size_t i = 0; i < v->key_count; i++) {
		struct key *k = &v->keys[i];
		if (k->key == NULL || k->tag != sig.tag || k->algorithm != sig.algorithm)
			continue;
		if (!made)
			put_signed_data(&v->data, node, rrset, &sig);
		made = true;
		if (v->data.error == 0 && crypto_verify(k->key, buf_span(&v->data), sig.signature))
			return true;
	}
	return false;
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
