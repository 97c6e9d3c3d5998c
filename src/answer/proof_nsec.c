/* answer/proof_nsec: denial of existence by NSEC (RFC 4035 section 3.1.3), and the choice between
 * NSEC and NSEC3. */
#include "answer/state.h"

/* ---- The zone's kind of chain ---- */

static inline bool has_nsec3(const struct answer *a)
{
	return a->snap->nsec3param.algorithm != 0;
}

int proof_nxdomain(struct answer *a)
{
	return has_nsec3(a) ? nsec3_nxdomain(a) : nsec_nxdomain(a);
}

int proof_nodata(struct answer *a)
{
	return has_nsec3(a) ? nsec3_nodata(a) : nsec_nodata(a);
}

int proof_wildcard(struct answer *a, const struct answer_wildcard *wildcard)
{
	return has_nsec3(a) ? nsec3_wildcard(a, wildcard) : nsec_wildcard(a, wildcard);
}

int proof_wildcard_nodata(struct answer *a, const struct answer_wildcard *wildcard)
{
	return has_nsec3(a) ? nsec3_wildcard_nodata(a, wildcard)
			    : nsec_wildcard_nodata(a, wildcard);
}

int proof_no_ds(struct answer *a)
{
	return has_nsec3(a) ? nsec3_no_ds(a) : nsec_no_ds(a);
}

/* ---- NSEC ---- */

/* The NSEC at or before a name. */
static int put_preceding(struct answer *a, const struct trie_key *key)
{
	return answer_put_proof(a, zone_find_nsec(a->snap, key), DNS_TYPE_NSEC);
}

/* The NSEC at or before "*" below the closest encloser. */
static int put_at_wildcard(
	struct answer *a, const uint8_t *name, unsigned labels, unsigned encloser_labels)
{
	uint8_t wildcard[2 + DNS_NAME_MAX];
	struct trie_key key;

	if (!answer_wildcard_name(name, labels, encloser_labels, wildcard))
		return 0;
	trie_key_below(&a->snap->names.base, wildcard, &key);
	return put_preceding(a, &key);
}

int nsec_nxdomain(struct answer *a)
{
	TRY(put_preceding(a, &a->key));
	if (a->has_wildcard_key)
		return put_preceding(a, &a->wildcard_key);
	return put_at_wildcard(a, a->name.wire, a->name.labels, a->found.encloser_labels);
}

int nsec_nodata(struct answer *a)
{
	if (a->found.node != NULL)
		return answer_put_proof(a, a->found.node, DNS_TYPE_NSEC);
	return put_preceding(a, &a->key); /* an empty non-terminal */
}

int nsec_wildcard(struct answer *a, const struct answer_wildcard *wildcard)
{
	struct trie_key key;

	trie_key_below(&a->snap->names.base, wildcard->name, &key);
	return put_preceding(a, &key);
}

int nsec_wildcard_nodata(struct answer *a, const struct answer_wildcard *wildcard)
{
	TRY(put_at_wildcard(a, wildcard->name, wildcard->name_labels, wildcard->encloser_labels));
	return nsec_wildcard(a, wildcard);
}

int nsec_no_ds(struct answer *a)
{
	return answer_put_proof(a, a->cut, DNS_TYPE_NSEC);
}
