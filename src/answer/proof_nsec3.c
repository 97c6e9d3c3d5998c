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
#include <stdlib.h>

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

/*
 * Names that the zone itself gives (those that exist, wildcards at them) are asked for again and again, and their places don't
 * change within a version of the zone: the thread remembers them, in as many places as there are, by name. Next closer names aren't
 * remembered: whoever asks chooses them, and they would drive out the rest.
 */
#define MEMO_PLACES 2048

struct nsec3_memo {
	uint64_t snapshot; /* its number; 0: nothing */
	struct nsec3_place place;
	uint8_t len;
	uint8_t name[39]; /* without the apex; longer ones aren't remembered */
};
static_assert(sizeof(struct nsec3_memo) == 64, "a cache line");

struct nsec3_memo *nsec3_memo_new(void)
{
	return calloc(
		MEMO_PLACES, sizeof(struct nsec3_memo)); /* pages that aren't used cost nothing */
}

/* The place for a name, `len` octets of it. Any spread will do. */
static inline struct nsec3_memo *memo_of(const struct answer *a, const uint8_t *name, size_t len)
{
	const uint64_t odd = 0x9e3779b97f4a7c15;
	uint64_t h = a->snap->number;

	for (; len >= 8; name += 8, len -= 8)
		h = (h ^ read_u64(name)) * odd;
	for (; len > 0; len--)
		h = (h ^ *name++) * odd;
	return &a->nsec3_memo[h >> 32 & (MEMO_PLACES - 1)];
}

/* The same for a name that the zone gives. */
static int find_known(const struct answer *a, const uint8_t *name, struct nsec3_place *ret)
{
	size_t len = dns_name_len(name) - a->snap->apex->name_len;

	if (UNLIKELY(len > sizeof(a->nsec3_memo->name)))
		return find(a, name, ret);
	struct nsec3_memo *memo = memo_of(a, name, len);
	if (LIKELY(memo->snapshot == a->snap->number && memo->len == len) &&
		(len == 0 || dns_octets_equal(memo->name, name, len))) {
		*ret = memo->place;
		return 0;
	}
	TRY(find(a, name, ret));
	memo->snapshot = a->snap->number;
	memo->place = *ret;
	memo->len = (uint8_t)len;
	memcpy(memo->name, name, len);
	return 0;
}

static int put(struct answer *a, const struct zone_node *node)
{
	return answer_put_proof(a, node, DNS_TYPE_NSEC3);
}

/* The NSEC3 that covers a name, which must not have one. */
static int put_cover(struct answer *a, const struct nsec3_place *place)
{
	return place->match != NULL ? E_FAILED : put(a, place->cover);
}

/* The same for a name that the requester chose. */
static int put_covering(struct answer *a, const uint8_t *name)
{
	struct nsec3_place place;

	TRY(find(a, name, &place));
	return put_cover(a, &place);
}

/* The same for the wildcard at an encloser of a name. */
static int put_covering_wildcard(
	struct answer *a, const uint8_t *name, unsigned labels, unsigned encloser)
{
	uint8_t wildcard[2 + DNS_NAME_MAX];
	struct nsec3_place place;

	if (!answer_wildcard_name(name, labels, encloser, wildcard))
		return 0;
	TRY(find_known(a, wildcard, &place));
	return put_cover(a, &place);
}

/* Closest encloser proof of a name that has `labels`, with `encloser` labels existing (less than labels). `own`: the name's place if
 * that is known. *provable gets the number of labels of the closest provable encloser. */
static int put_encloser(struct answer *a, const uint8_t *name, unsigned labels, unsigned encloser,
	const struct nsec3_place *own, unsigned *provable)
{
	struct nsec3_place place;

	for (;; encloser--) {
		TRY(find_known(a, dns_name_skip(name, labels - encloser), &place));
		if (place.match != NULL || encloser <= a->snap->apex_labels)
			break;
	}
	*provable = encloser;
	TRY(put(a, place.match));
	if (own != NULL && encloser + 1 == labels)
		return put_cover(a, own);
	return put_covering(a, dns_name_skip(name, labels - encloser - 1));
}

int nsec3_nxdomain(struct answer *a)
{
	const unsigned encloser = a->found.encloser_labels;
	unsigned provable;

	TRY(put_encloser(a, a->name.wire, a->name.labels, encloser, NULL, &provable));
	int ret = put_covering_wildcard(a, a->name.wire, a->name.labels, provable);
	/* Where the closest encloser itself opted out, a wildcard above it may well exist without being one for this
	 * name: then what is denied is the one at the real closest encloser. */
	if (UNLIKELY(ret == E_FAILED) && provable < encloser)
		ret = put_covering_wildcard(a, a->name.wire, a->name.labels, encloser);
	return ret;
}

/* The NSEC3 of a name that exists, or the closest encloser proof if it opted out. */
static int put_existing(struct answer *a, const uint8_t *name, unsigned labels)
{
	struct nsec3_place place;
	unsigned provable;

	TRY(find_known(a, name, &place));
	if (LIKELY(place.match != NULL))
		return put(a, place.match);
	if (labels <= a->snap->apex_labels)
		return 0;
	return put_encloser(a, name, labels, labels - 1, &place, &provable);
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
	struct nsec3_place place;
	unsigned provable;

	if (answer_wildcard_name(
		    wildcard->name, wildcard->name_labels, wildcard->encloser_labels, name)) {
		TRY(find_known(a, name, &place));
		TRY(put(a, place.match));
	}
	return put_encloser(a, wildcard->name, wildcard->name_labels, wildcard->encloser_labels,
		NULL, &provable);
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
	return find_known(a, node->name, &place) == 0 ? place.match : NULL;
}
