#include "zone/check_dnssec.h"
#include "base/encode.h"
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

/* "Delete" records stand alone and together (RFC 8078 section 4). */
static bool check_delete(struct zone_checker *c, const struct zone_node *apex,
	const struct zone_rrset *cds, const struct zone_rrset *cdnskey)
{
	static const uint8_t cds_delete[] = { 0, 0, 0, 0, 0 }, cdnskey_delete[] = { 0, 0, 3, 0, 0 };
	bool in_cds = contains(apex, cds, (struct span){ cds_delete, 5 });
	bool in_cdnskey = contains(apex, cdnskey, (struct span){ cdnskey_delete, 5 });
	if (!in_cds && !in_cdnskey)
		return false;
	if (!in_cds || !in_cdnskey || cds->count > 1 || cdnskey->count > 1)
		tell(c, ZONE_FINDING_CDS_DELETE, apex->name, "");
	return true;
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
	if (dnskey == NULL) {
		tell(c, ZONE_FINDING_DNSKEY_MISSING, apex->name, "");
		return;
	}
	if (check_delete(c, apex, cds, cdnskey))
		return;
	struct span keys = zone_rrset_data(apex, cdnskey), key,
		    digests = zone_rrset_data(apex, cds), digest;
	while (zone_rdata_next(&keys, &key)) {
		if (!contains(apex, dnskey, key))
			tell(c, ZONE_FINDING_CDNSKEY_NOMATCH, apex->name, "");
	}
	while (zone_rdata_next(&digests, &digest)) {
		bool found = false;
		keys = zone_rrset_data(apex, cdnskey);
		while (zone_rdata_next(&keys, &key))
			found = found || (digest.len > 4 && key.len > 4 &&
						 dns_key_tag(key) == read_u16(digest.data) &&
						 key.data[3] == digest.data[2]);
		if (!found)
			tell(c, ZONE_FINDING_CDS_NOMATCH, apex->name, "");
	}
	if (cds->count < cdnskey->count)
		tell(c, ZONE_FINDING_CDNSKEY_NO_CDS, apex->name, "");
}

/* --- signatures and chains; the first problem of a kind is told --- */

static bool check_signatures(struct zone_checker *c, const struct zone_node *node)
{
	uint16_t bad_type;
	if ((c->is_verified && node != c->first_bad) ||
		zone_verify_node(c->verifier, node, &bad_type))
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

/* Does the bitmap list exactly the node's types? At cuts: NS, DS, NSEC and RRSIG only. NSEC3 isn't listed. */
static bool bitmap_fits(const struct zone_node *node, struct span bitmap)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	unsigned n = 0;
	for (unsigned i = 0; i < node->rrset_count; i++, r++) {
		bool listed = !(node->flags & ZONE_NODE_DELEGATION) || r->type == DNS_TYPE_NS ||
			      r->type == DNS_TYPE_DS || r->type == DNS_TYPE_NSEC ||
			      r->type == DNS_TYPE_RRSIG || r->type == DNS_TYPE_DELEG;
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
	if (nsec == NULL) {
		tell(c, ZONE_FINDING_NSEC_MISSING, node->name, "");
		return false;
	}
	struct span packed = zone_rrset_data(node, nsec), rdata;
	zone_rdata_next(&packed, &rdata);
	size_t len = dns_name_len(rdata.data);
	if (nsec->count != 1 || dns_name_compare(rdata.data, next->name) != 0) {
		tell(c, ZONE_FINDING_NSEC_CHAIN, node->name, "");
		return false;
	}
	if (!bitmap_fits(node, (struct span){ rdata.data + len, rdata.len - len })) {
		tell(c, ZONE_FINDING_NSEC_BITMAP, node->name, "");
		return false;
	}
	return true;
}

/* The next authoritative node, skipping what is under cuts. */
static const struct zone_node *next_authoritative(
	const struct zone_checker *c, struct trie_iter *iter)
{
	const struct trie_node *leaf;
	while ((leaf = trie_iter_next(iter)) != NULL) {
		if (!zone_is_occluded(c->snap, zone_node_of(leaf)))
			return zone_node_of(leaf);
	}
	return NULL;
}

/* The first NSEC3 of a node: its opt-out flag, next hash and bitmap. false: there is none. */
struct nsec3 {
	bool optout;
	struct span next, bitmap;
};

static bool read_nsec3(const struct zone_node *node, struct nsec3 *ret)
{
	const struct zone_rrset *r = node != NULL ? zone_node_find(node, DNS_TYPE_NSEC3) : NULL;
	if (r == NULL)
		return false;
	struct span packed = zone_rrset_data(node, r), rdata;
	zone_rdata_next(&packed, &rdata);
	struct cursor c = cursor_over(rdata);
	cursor_u8(&c);
	ret->optout = cursor_u8(&c) & 1;
	cursor_u16(&c);
	cursor_take(&c, cursor_u8(&c));
	ret->next = cursor_take(&c, cursor_u8(&c));
	ret->bitmap = cursor_rest(&c);
	return !c.failed;
}

/* The NSEC3 of a name. node == NULL: an empty non-terminal, which has one with an empty bitmap (RFC 5155 section 7.1). */
static bool check_nsec3_of(
	struct zone_checker *c, const uint8_t *name, const struct zone_node *node)
{
	const struct zone_nsec3param *param = &c->snap->nsec3param;
	const struct zone_node *match, *cover;
	struct nsec3 nsec3;
	uint8_t hash[CRYPTO_NSEC3_HASH_LEN];
	if (crypto_nsec3_hash(param->algorithm, param->iterations,
		    (struct span){ param->salt, param->salt_len }, name, hash) != 0)
		return true;
	zone_find_nsec3(c->snap, hash, &match, &cover);
	bool insecure = node != NULL && (node->flags & ZONE_NODE_CUT) &&
			!(node->flags & (ZONE_NODE_DS | ZONE_NODE_DELEG));
	if (!read_nsec3(match, &nsec3)) {
		/* An opt-out span may leave out insecure delegations, and what leads to nothing but them. */
		bool optout = read_nsec3(cover, &nsec3) && nsec3.optout;
		if (optout && (insecure || node == NULL))
			return true;
		/* Of an insecure delegation, the record at fault is the one that should opt out. */
		if (insecure)
			tell(c, ZONE_FINDING_NSEC3_OPTOUT, cover != NULL ? cover->name : name, "");
		else
			tell(c, ZONE_FINDING_NSEC_MISSING, name, "");
		return false;
	}
	c->nsec3_matched++;
	if (node != NULL ? !bitmap_fits(node, nsec3.bitmap) : nsec3.bitmap.len > 0) {
		tell(c, ZONE_FINDING_NSEC_BITMAP, name, "");
		return false;
	}
	return true;
}

/* A name and the empty non-terminals that begin with it: those above it that the name before isn't below. */
static bool check_nsec3(
	struct zone_checker *c, const struct zone_node *before, const struct zone_node *node)
{
	unsigned labels = dns_name_labels(node->name);
	unsigned known = before != NULL ? dns_name_common(before->name, node->name) : labels;
	for (unsigned n = known + 1; n < labels; n++) {
		if (!check_nsec3_of(c, dns_name_skip(node->name, labels - n), NULL))
			return false;
	}
	return check_nsec3_of(c, node->name, node);
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
		if (!read_nsec3(node, &nsec3))
			continue;
		count++;
		if (before == NULL)
			first = node;
		else if (!leads_to(&nsec3_before, node))
			break;
		if (!check_signatures(c, node))
			return false;
		before = node;
		nsec3_before = nsec3;
	}
	if (before != NULL && (leaf != NULL || !leads_to(&nsec3_before, first))) {
		tell(c, ZONE_FINDING_NSEC_CHAIN, before->name, "");
		return false;
	}
	if (count > c->nsec3_matched) {
		tell(c, ZONE_FINDING_NSEC_SUPERFLUOUS, c->apex_name, "");
		return false;
	}
	return true;
}

/* False: signatures can't be looked at, or needn't. */
static bool check_keys(struct zone_checker *c)
{
	bool bad_key, same_tags;
	uint32_t now = c->options->time != 0 ? c->options->time : (uint32_t)time(NULL);
	if (!c->options->verify)
		return true;
	if (zone_verifier_new(c->snap, now, &c->verifier, &bad_key, &same_tags) != 0)
		return true; /* without memory there's less to tell */
	if (bad_key)
		tell(c, ZONE_FINDING_DNSKEY_INVALID, c->snap->apex->name, "");
	else if (same_tags)
		tell(c, ZONE_FINDING_DNSKEY_TAGS, c->snap->apex->name, "");
	if (bad_key || same_tags)
		return false;
	if (c->options->threads > 1)
		c->is_verified =
			zone_verify_all(c->snap, now, c->options->threads, &c->first_bad) == 0;
	return true;
}

static void check_names(struct zone_checker *c)
{
	const struct zone_snapshot *snap = c->snap;
	bool nsec3 = snap->nsec3param.algorithm != 0;
	struct trie_iter iter;
	trie_iter_init(&snap->names, &iter);
	const struct zone_node *first = next_authoritative(c, &iter), *node = first, *before = NULL;
	while (node != NULL) {
		const struct zone_node *next = next_authoritative(c, &iter);
		if (!check_signatures(c, node))
			return;
		if (nsec3 ? !check_nsec3(c, before, node)
			  : !check_nsec(c, node, next != NULL ? next : first))
			return;
		before = node;
		node = next;
	}
	if (nsec3)
		(void)check_nsec3_chain(c);
}

void zone_check_dnssec(struct zone_checker *c)
{
	const struct zone_snapshot *snap = c->snap;
	check_nsec3param(c, snap->apex);
	check_cds(c, snap->apex);
	if (!snap->is_signed && zone_node_find(snap->apex, DNS_TYPE_DNSKEY) == NULL) {
		tell(c, ZONE_FINDING_DNSKEY_MISSING, snap->apex->name, "");
		return;
	}
	if (check_keys(c))
		check_names(c);
	zone_verifier_free(c->verifier);
	c->verifier = NULL;
}
