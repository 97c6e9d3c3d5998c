#include "zone/check_dnssec.h"
#include "base/encode.h"
#include "crypto/ds.h"
#include "crypto/nsec3.h"
#include "dns/rdata.h"
#include "zone/verify.h"
#include <stdio.h>
#include <time.h>

static void tell(
	struct zone_checker *c, enum zone_finding finding, const uint8_t *owner, const char *info)
{
	zone_check_tell(c, ZONE_CHECK_OPTIONAL, finding, owner, info);
}

/* --- apex: NSEC3PARAM, CDS, CDNSKEY --- */

static bool contains(
	const struct zone_node *node, const struct zone_rrset *rrset, struct span wanted)
{
	struct span packed = zone_rrset_data(node, rrset), rdata;
	while (zone_rdata_next(&packed, &rdata)) {
		if (span_equal(rdata, wanted))
			return true;
	}
	return false;
}

static void check_nsec3param(struct zone_checker *c, const struct zone_node *apex)
{
	const struct zone_rrset *param = zone_node_find(apex, DNS_TYPE_NSEC3PARAM);
	if (param == NULL)
		return;
	struct span packed = zone_rrset_data(apex, param), rdata;
	while (zone_rdata_next(&packed, &rdata)) {
		if (rdata.len < 2)
			continue;
		if (rdata.data[1] > 1)
			tell(c, ZONE_FINDING_NSEC3PARAM_FLAGS, apex->name, "");
		if (rdata.data[0] != 1)
			tell(c, ZONE_FINDING_NSEC3PARAM_ALGORITHM, apex->name, "");
	}
}

static const struct span cds_delete = { (const uint8_t[]){ 0, 0, 0, 0, 0 }, 5 },
			 cdnskey_delete = { (const uint8_t[]){ 0, 0, 3, 0, 0 }, 5 };

/* "Delete" records stand alone and together (RFC 8078 section 4). */
static void check_delete(struct zone_checker *c, const struct zone_node *apex,
	const struct zone_rrset *cds, const struct zone_rrset *cdnskey)
{
	bool in_cds = contains(apex, cds, cds_delete);
	bool in_cdnskey = contains(apex, cdnskey, cdnskey_delete);
	if ((in_cds || in_cdnskey) &&
		(!in_cds || !in_cdnskey || cds->count > 1 || cdnskey->count > 1))
		tell(c, ZONE_FINDING_CDS_DELETE, apex->name, "");
}

static bool has_key_of(
	const struct zone_node *apex, const struct zone_rrset *cdnskey, struct span cds)
{
	struct span keys = zone_rrset_data(apex, cdnskey), key;
	while (zone_rdata_next(&keys, &key)) {
		if (crypto_ds_is_of(cds, apex->name, key))
			return true;
	}
	return false;
}

static void check_cds(struct zone_checker *c, const struct zone_node *apex)
{
	const struct zone_rrset *cds = zone_node_find(apex, DNS_TYPE_CDS),
				*cdnskey = zone_node_find(apex, DNS_TYPE_CDNSKEY);
	const struct zone_rrset *dnskey = zone_node_find(apex, DNS_TYPE_DNSKEY);
	if (cds == NULL && cdnskey == NULL)
		return;
	if (cds == NULL || cdnskey == NULL) {
		tell(c, cds == NULL ? ZONE_FINDING_CDS_MISSING : ZONE_FINDING_CDNSKEY_MISSING,
			apex->name, "");
		return;
	}
	if (dnskey == NULL)
		return; /* told anyway */
	struct span keys = zone_rrset_data(apex, cdnskey), digests = zone_rrset_data(apex, cds),
		    rdata;
	while (zone_rdata_next(&keys, &rdata)) {
		if (!span_equal(rdata, cdnskey_delete) && !contains(apex, dnskey, rdata))
			tell(c, ZONE_FINDING_CDNSKEY_NOMATCH, apex->name, "");
	}
	while (zone_rdata_next(&digests, &rdata)) {
		if (!span_equal(rdata, cds_delete) && !has_key_of(apex, cdnskey, rdata))
			tell(c, ZONE_FINDING_CDS_NOMATCH, apex->name, "");
	}
	if (cds->count < cdnskey->count)
		tell(c, ZONE_FINDING_CDNSKEY_NO_CDS, apex->name, "");
	check_delete(c, apex, cds, cdnskey);
}

/* --- NSEC and NSEC3: the first problem is told --- */

static bool fail(struct zone_checker *c, enum zone_finding finding, const uint8_t *owner)
{
	tell(c, finding, owner, "");
	return false;
}

static unsigned bitmap_count(struct span bitmap)
{
	struct cursor c = cursor_over(bitmap);
	unsigned n = 0;
	while (cursor_left(&c) > 0) {
		cursor_u8(&c);
		struct span bits = cursor_take(&c, cursor_u8(&c));
		for (size_t i = 0; i < bits.len; i++)
			n += (unsigned)__builtin_popcount(bits.data[i]);
	}
	return n;
}

/* Is anything signed that has to be? */
static bool has_signatures(const struct zone_node *node)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, r++) {
		if (r->sigs != 0 && zone_is_signed_type(node, r->type))
			return true;
	}
	return false;
}

/* Does the bitmap list exactly the node's types? At cuts: NS and what is signed only. NSEC3 isn't listed. */
static bool bitmap_fits(const struct zone_node *node, struct span bitmap)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	unsigned n = 0;
	for (unsigned i = 0; i < node->rrset_count; i++, r++) {
		bool listed =
			r->type == DNS_TYPE_RRSIG
				? has_signatures(node)
				: r->type == DNS_TYPE_NS || zone_is_signed_type(node, r->type);
		if (!listed)
			continue;
		if (!dns_bitmap_has(bitmap, r->type))
			return false;
		n++;
	}
	return n == bitmap_count(bitmap);
}

static bool check_nsec(
	struct zone_checker *c, const struct zone_node *node, const struct zone_node *next)
{
	const struct zone_rrset *nsec = zone_node_find(node, DNS_TYPE_NSEC);
	if (nsec == NULL || nsec->count != 1)
		return fail(c, ZONE_FINDING_NSEC_MISSING, node->name);
	struct span packed = zone_rrset_data(node, nsec), rdata;
	zone_rdata_next(&packed, &rdata);
	size_t len = dns_name_len(rdata.data);
	if (dns_name_compare(rdata.data, next->name) != 0)
		return fail(c, ZONE_FINDING_NSEC_CHAIN, node->name);
	if (!bitmap_fits(node, (struct span){ rdata.data + len, rdata.len - len }))
		return fail(c, ZONE_FINDING_NSEC_BITMAP, node->name);
	return true;
}

/* The next authoritative node; what is under cuts has no place in a chain. NULL: the last, or a problem that was told. */
static const struct zone_node *next_authoritative(struct zone_checker *c, struct trie_iter *iter)
{
	const struct trie_node *leaf;
	while ((leaf = trie_iter_next(iter)) != NULL) {
		const struct zone_node *node = zone_node_of(leaf);
		if (!zone_is_occluded(c->snap, node))
			return node;
		if ((node->flags & ZONE_NODE_NSEC) && !c->has_failed) {
			c->has_failed = true;
			tell(c, ZONE_FINDING_NSEC_SUPERFLUOUS, node->name, "");
		}
	}
	return NULL;
}

/* An NSEC3: its opt-out flag, next hash and bitmap. */
struct nsec3 {
	bool optout;
	struct span next, bitmap;
};

/* The number of a node's NSEC3s with the zone's parameters, and the first of them. Others are of a chain that is being built or
 * taken down (RFC 5155 section 7.3). */
static unsigned read_nsec3(
	const struct zone_checker *c, const struct zone_node *node, struct nsec3 *ret)
{
	const struct zone_nsec3param *param = &c->snap->nsec3param;
	const struct zone_rrset *r = node != NULL ? zone_node_find(node, DNS_TYPE_NSEC3) : NULL;
	struct span packed = r != NULL ? zone_rrset_data(node, r) : (struct span){ 0 }, rdata;
	unsigned count = 0;
	while (zone_rdata_next(&packed, &rdata)) {
		struct nsec3 nsec3;
		struct cursor cur = cursor_over(rdata);
		unsigned algorithm = cursor_u8(&cur);
		nsec3.optout = cursor_u8(&cur) & 1;
		unsigned iterations = cursor_u16(&cur);
		struct span salt = cursor_take(&cur, cursor_u8(&cur));
		nsec3.next = cursor_take(&cur, cursor_u8(&cur));
		nsec3.bitmap = cursor_rest(&cur);
		if (cur.failed || algorithm != param->algorithm ||
			iterations != param->iterations ||
			!span_equal(salt, (struct span){ param->salt, param->salt_len }))
			continue;
		if (count++ == 0)
			*ret = nsec3;
	}
	return count;
}

/* What a name has of the chain. */
struct nsec3_place {
	const struct zone_node *match, *cover; /* one of them, or none */
	unsigned count;                        /* of NSEC3s there */
	struct nsec3 nsec3;                    /* of match or cover */
};

static void find_nsec3(const struct zone_checker *c, const uint8_t *name, struct nsec3_place *ret)
{
	const struct zone_nsec3param *param = &c->snap->nsec3param;
	uint8_t hash[CRYPTO_NSEC3_HASH_LEN];
	*ret = (struct nsec3_place){ 0 };
	if (crypto_nsec3_hash(param->algorithm, param->iterations,
		    (struct span){ param->salt, param->salt_len }, name, hash) != 0)
		return; /* the zone's algorithm is one that is known */
	zone_find_nsec3(c->snap, hash, &ret->match, &ret->cover);
	ret->count = read_nsec3(c, ret->match != NULL ? ret->match : ret->cover, &ret->nsec3);
}

static bool is_insecure(const struct zone_node *node)
{
	return (node->flags & ZONE_NODE_CUT) && !(node->flags & (ZONE_NODE_DS | ZONE_NODE_DELEG));
}

/* An NSEC3 that is there. */
static bool check_nsec3_match(struct zone_checker *c, const struct nsec3_place *place,
	const uint8_t *name, const struct zone_node *node)
{
	if (place->count != 1)
		return fail(c, ZONE_FINDING_NSEC_MISSING, place->match->name);
	c->nsec3_matched++;
	if (node != NULL ? !bitmap_fits(node, place->nsec3.bitmap) : place->nsec3.bitmap.len > 0)
		return fail(c, ZONE_FINDING_NSEC_BITMAP, name);
	/* What has one gives one to all names above it (RFC 5155 section 7.1). */
	if (c->bare != NULL && dns_name_below(name, c->bare))
		return fail(c, ZONE_FINDING_NSEC_MISSING, c->bare);
	return true;
}

/* Without an NSEC3: an opt-out span may leave out insecure delegations, and what leads to nothing but them. */
static bool check_nsec3_absence(struct zone_checker *c, const struct nsec3_place *place,
	const uint8_t *name, bool may_be_absent)
{
	if (!may_be_absent)
		return fail(c, ZONE_FINDING_NSEC_MISSING, name);
	/* The record at fault is the one that should opt out. */
	if (place->cover == NULL || !place->nsec3.optout)
		return fail(c, ZONE_FINDING_NSEC3_OPTOUT,
			place->cover != NULL ? place->cover->name : name);
	return true;
}

/* The NSEC3 of an empty non-terminal, which has an empty bitmap (RFC 5155 section 7.1). `first`: the first node below it. */
static bool check_nsec3_of_empty(
	struct zone_checker *c, const uint8_t *name, const struct zone_node *first)
{
	struct nsec3_place place, below;
	find_nsec3(c, name, &place);
	if (place.match != NULL)
		return check_nsec3_match(c, &place, name, NULL);
	find_nsec3(c, first->name, &below);
	if (!check_nsec3_absence(c, &place, name, is_insecure(first) && below.match == NULL))
		return false;
	if (c->bare == NULL || !dns_name_below(name, c->bare))
		c->bare = name; /* as long as nothing below it has one */
	return true;
}

static bool check_nsec3_of(struct zone_checker *c, const struct zone_node *node)
{
	struct nsec3_place place;
	find_nsec3(c, node->name, &place);
	return place.match != NULL ? check_nsec3_match(c, &place, node->name, node)
				   : check_nsec3_absence(c, &place, node->name, is_insecure(node));
}

/* A name and the empty non-terminals that begin with it: those above it that the name before isn't below. */
static bool check_nsec3(
	struct zone_checker *c, const struct zone_node *before, const struct zone_node *node)
{
	unsigned labels = dns_name_labels(node->name);
	unsigned known = before != NULL ? dns_name_common(before->name, node->name) : labels;
	for (unsigned n = known + 1; n < labels; n++) {
		if (!check_nsec3_of_empty(c, dns_name_skip(node->name, labels - n), node))
			return false;
	}
	return check_nsec3_of(c, node);
}

/* Is the next hash of an NSEC3 the owner of `next`? */
static bool leads_to(const struct nsec3 *nsec3, const struct zone_node *next)
{
	char label[DNS_LABEL_MAX];
	if (nsec3->next.len > BASE32_MAX(sizeof(label)))
		return false;
	size_t len = base32hex_encode(nsec3->next, label);
	return len == next->name[0] && memcmp(label, next->name + 1, len) == 0;
}

/* Each NSEC3's next hash is the next owner, and each is some name's. */
static bool check_nsec3_chain(struct zone_checker *c)
{
	struct trie_iter iter;
	const struct trie_node *leaf;
	const struct zone_node *first = NULL, *before = NULL;
	struct nsec3 nsec3, nsec3_before = { 0 };
	size_t count = 0;
	trie_iter_init(&c->snap->nsec3, &iter);
	while ((leaf = trie_iter_next(&iter)) != NULL) {
		const struct zone_node *node = zone_node_of(leaf);
		if (read_nsec3(c, node, &nsec3) == 0)
			continue;
		count++;
		if (before == NULL)
			first = node;
		else if (!leads_to(&nsec3_before, node))
			break;
		before = node;
		nsec3_before = nsec3;
	}
	if (before != NULL && (leaf != NULL || !leads_to(&nsec3_before, first)))
		return fail(c, ZONE_FINDING_NSEC_CHAIN, before->name);
	if (count > c->nsec3_matched)
		return fail(c, ZONE_FINDING_NSEC_SUPERFLUOUS, c->apex_name);
	return true;
}

static bool check_names(struct zone_checker *c, bool nsec3)
{
	struct trie_iter iter;
	trie_iter_init(&c->snap->names, &iter);
	const struct zone_node *first = next_authoritative(c, &iter), *node = first, *before = NULL;
	while (node != NULL) {
		const struct zone_node *next = next_authoritative(c, &iter);
		if (nsec3 ? !check_nsec3(c, before, node)
			  : !check_nsec(c, node, next != NULL ? next : first))
			return false;
		if (c->has_failed)
			return false;
		before = node;
		node = next;
	}
	return true;
}

static bool check_chain(struct zone_checker *c)
{
	bool nsec3 = c->snap->nsec3param.algorithm != 0;
	if (!check_names(c, nsec3))
		return false;
	if (nsec3)
		return check_nsec3_chain(c);
	if (c->snap->nsec3.count > 0)
		return fail(c, ZONE_FINDING_NSEC_SUPERFLUOUS,
			zone_node_of(trie_last(&c->snap->nsec3))->name);
	return true;
}

/* --- keys and signatures --- */

/* False: signatures can't be looked at. */
static bool check_keys(struct zone_checker *c, uint32_t now)
{
	bool bad_key, same_tags;
	if (!c->options->verify)
		return true;
	if (zone_verifier_new(c->snap, now, &c->verifier, &bad_key, &same_tags) != 0)
		return true; /* without memory there's less to tell */
	if (bad_key)
		return fail(c, ZONE_FINDING_DNSKEY_INVALID, c->snap->apex->name);
	if (same_tags)
		return fail(c, ZONE_FINDING_DNSKEY_TAGS, c->snap->apex->name);
	return true;
}

static bool check_signatures_of(
	struct zone_checker *c, const struct zone_node *node, bool is_nsec3_owner)
{
	uint16_t bad_type;
	bool occluded = !is_nsec3_owner && zone_is_occluded(c->snap, node);
	if (zone_verify_node(c->verifier, node, occluded, &bad_type))
		return true;
	struct buf info = { 0 };
	buf_text(&info, " (record type ");
	dns_type_print(bad_type, &info);
	buf_char(&info, ')');
	tell(c, ZONE_FINDING_RRSIG_UNVERIFIABLE, node->name,
		info.error == 0 ? (const char *)info.data : "");
	buf_deinit(&info);
	return false;
}

static void check_signatures(struct zone_checker *c, uint32_t now)
{
	const struct trie *tries[] = { &c->snap->names, &c->snap->nsec3 };
	const struct zone_node *bad;
	bool known = c->verifier != NULL && c->options->threads > 1 &&
		     zone_verify_all(c->snap, now, c->options->threads, &bad) == 0;
	for (unsigned t = 0; t < ARRAY_LEN(tries) && (!known || bad != NULL); t++) {
		struct trie_iter iter;
		const struct trie_node *leaf;
		trie_iter_init(tries[t], &iter);
		while ((leaf = trie_iter_next(&iter)) != NULL) {
			if ((!known || bad == zone_node_of(leaf)) &&
				!check_signatures_of(c, zone_node_of(leaf), t == 1))
				return;
		}
	}
}

void zone_check_dnssec(struct zone_checker *c)
{
	const struct zone_node *apex = c->snap->apex;
	uint32_t now = c->options->time != 0 ? c->options->time : (uint32_t)time(NULL);
	check_nsec3param(c, apex);
	check_cds(c, apex);
	if (zone_node_find(apex, DNS_TYPE_DNSKEY) == NULL) {
		tell(c, ZONE_FINDING_DNSKEY_MISSING, apex->name, "");
		return;
	}
	if (check_keys(c, now) && check_chain(c))
		check_signatures(c, now);
	zone_verifier_free(c->verifier);
	c->verifier = NULL;
}
