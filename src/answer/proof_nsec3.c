/*
 * answer/proof_nsec3: denial of existence by NSEC3 (RFC 5155 section 7.2).
 *
 * The closest encloser proof: the NSEC3 of the closest provable encloser, and one that covers the
 * next closer name. The encloser that is provable may be above the closest one, since what is there
 * for insecure delegations alone has no NSEC3 in an opt-out chain (section 7.1).
 */
#include "answer/state.h"
#include "base/err.h"
#include "crypto/nsec3.h"

struct nsec3_place {
	const struct zone_node *match, *cover;
};

/* Where a name is in the chain. */
static int find(const struct answer *a, const uint8_t *name, struct nsec3_place *ret)
{
	const struct zone_nsec3param *param = &a->snap->nsec3param;
	const struct span salt = { param->salt, param->salt_len };
	uint8_t hash[20];

	TRY(crypto_nsec3_hash(param->algorithm, param->iterations, salt, name, hash));
	zone_find_nsec3(a->snap, hash, &ret->match, &ret->cover);
	return 0;
}

static int put(struct answer *a, const struct zone_node *node)
{
	return answer_put_proof(a, node, DNS_TYPE_NSEC3);
}

/* The NSEC3 that covers a name, which must not have one. */
static int put_covering(struct answer *a, const uint8_t *name)
{
	struct nsec3_place place;

	TRY(find(a, name, &place));
	if (place.match != NULL)
		return E_FAILED;
	return put(a, place.cover);
}

static int put_matching(struct answer *a, const uint8_t *name)
{
	struct nsec3_place place;

	TRY(find(a, name, &place));
	return put(a, place.match);
}

/* Closest encloser proof of a name that has `labels`, with `encloser` labels existing (less than labels).
 * *provable gets the number of labels of the closest provable encloser. */
static int put_encloser(struct answer *a, const uint8_t *name, unsigned labels, unsigned encloser,
	unsigned *provable)
{
	struct nsec3_place place;

	for (;; encloser--) {
		TRY(find(a, dns_name_skip(name, labels - encloser), &place));
		if (place.match != NULL || encloser <= a->snap->apex_labels)
			break;
	}
	*provable = encloser;
	TRY(put(a, place.match));
	return put_covering(a, dns_name_skip(name, labels - encloser - 1));
}

int nsec3_nxdomain(struct answer *a)
{
	uint8_t wildcard[2 + DNS_NAME_MAX];
	unsigned provable;

	TRY(put_encloser(a, a->name.wire, a->name.labels, a->found.encloser_labels, &provable));
	if (!answer_wildcard_name(a->name.wire, a->name.labels, provable, wildcard))
		return 0;
	int ret = put_covering(a, wildcard);
	/* Where the closest encloser itself opted out, a wildcard above it may well exist without being one for this
	 * name: then what is denied is the one at the real closest encloser. */
	if (UNLIKELY(ret == E_FAILED) && provable < a->found.encloser_labels &&
		answer_wildcard_name(
			a->name.wire, a->name.labels, a->found.encloser_labels, wildcard))
		ret = put_covering(a, wildcard);
	return ret;
}

/* The NSEC3 of a name that exists, or the closest encloser proof if it opted out. */
static int put_existing(struct answer *a, const uint8_t *name, unsigned labels)
{
	struct nsec3_place place;
	unsigned provable;

	TRY(find(a, name, &place));
	if (LIKELY(place.match != NULL))
		return put(a, place.match);
	if (labels <= a->snap->apex_labels)
		return 0;
	return put_encloser(a, name, labels, labels - 1, &provable);
}

int nsec3_nodata(struct answer *a)
{
	return put_existing(a, a->name.wire, a->name.labels);
}

int nsec3_wildcard(struct answer *a, const struct answer_wildcard *wildcard)
{
	/* The encloser is proven by the labels field of the signature (section 7.2.6). */
	return put_covering(a, dns_name_skip(wildcard->name,
				       wildcard->name_labels - wildcard->encloser_labels - 1u));
}

int nsec3_wildcard_nodata(struct answer *a, const struct answer_wildcard *wildcard)
{
	uint8_t name[2 + DNS_NAME_MAX];
	unsigned provable;

	if (answer_wildcard_name(
		    wildcard->name, wildcard->name_labels, wildcard->encloser_labels, name))
		TRY(put_matching(a, name));
	return put_encloser(
		a, wildcard->name, wildcard->name_labels, wildcard->encloser_labels, &provable);
}

int nsec3_no_ds(struct answer *a)
{
	const struct zone_node *cut = a->cut;

	return put_existing(a, cut->name, dns_name_labels(cut->name));
}

const struct zone_node *proof_node_of(const struct answer *a, const struct zone_node *node)
{
	struct nsec3_place place;

	if (a->snap->nsec3param.algorithm == 0)
		return (node->flags & ZONE_NODE_NSEC) ? node : NULL;
	return find(a, node->name, &place) == 0 ? place.match : NULL;
}
