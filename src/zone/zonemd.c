#include "zone/zonemd.h"
#include "dns/rdata.h"
#include <limits.h>

#define SCHEME_SIMPLE 1

/* A record in canonical form: owner, type, class, TTL, length, rdata. Stored form has the names lower-cased that canonical form wants so. */
static void add_record(struct crypto_digest_ctx *ctx, const struct zone_node *node,
	const struct zone_rrset *rrset, struct span rdata)
{
	uint8_t head[8];
	uint32_t ttl = rrset->ttl;
	if (rrset->type == DNS_TYPE_RRSIG && rdata.len >= 8) {
		if ((node->flags & ZONE_NODE_APEX) && read_u16(rdata.data) == DNS_TYPE_ZONEMD)
			return;
		ttl = read_u32(
			rdata.data + 4); /* its TTL is the original TTL (RFC 4034 section 3) */
	}
	write_u16(head, rrset->type);
	write_u16(head + 2, DNS_CLASS_IN);
	write_u32(head + 4, ttl);
	crypto_digest_add(ctx, (struct span){ node->name, node->name_len });
	crypto_digest_add(ctx, (struct span){ head, sizeof(head) });
	crypto_digest_add(ctx, (struct span){ rdata.data - 2, rdata.len + 2 });
}

/* The records of one type at a name, of which either node may have some; each has them in canonical order already. */
static void add_type(struct crypto_digest_ctx *ctx, const struct zone_node *a,
	const struct zone_rrset *of_a, const struct zone_node *b, const struct zone_rrset *of_b)
{
	struct span packed_a = of_a != NULL ? zone_rrset_data(a, of_a) : (struct span){ 0 }, x;
	struct span packed_b = of_b != NULL ? zone_rrset_data(b, of_b) : (struct span){ 0 }, y;
	bool more_a = zone_rdata_next(&packed_a, &x), more_b = zone_rdata_next(&packed_b, &y);
	while (more_a || more_b) {
		if (!more_b || (more_a && dns_rdata_compare(x, y) <= 0)) {
			add_record(ctx, a, of_a, x);
			more_a = zone_rdata_next(&packed_a, &x);
		} else {
			add_record(ctx, b, of_b, y);
			more_b = zone_rdata_next(&packed_b, &y);
		}
	}
}

/* A name, of which one trie or both have a node: types ascending. NULL: none. */
static void add_name(
	struct crypto_digest_ctx *ctx, const struct zone_node *a, const struct zone_node *b)
{
	const struct zone_rrset *x = a != NULL ? zone_node_rrsets(a) : NULL,
				*end_x = a != NULL ? x + a->rrset_count : NULL;
	const struct zone_rrset *y = b != NULL ? zone_node_rrsets(b) : NULL,
				*end_y = b != NULL ? y + b->rrset_count : NULL;
	while (x != end_x || y != end_y) {
		unsigned type =
			MIN(x != end_x ? x->type : UINT_MAX, y != end_y ? y->type : UINT_MAX);
		bool in_x = x != end_x && x->type == type, in_y = y != end_y && y->type == type;
		if (type != DNS_TYPE_ZONEMD || a == NULL || !(a->flags & ZONE_NODE_APEX))
			add_type(ctx, a, in_x ? x : NULL, b, in_y ? y : NULL);
		x += in_x;
		y += in_y;
	}
}

size_t zone_zonemd_digest(
	const struct zone_snapshot *snap, unsigned algorithm, uint8_t ret[CRYPTO_DIGEST_MAX])
{
	struct crypto_digest_ctx ctx;
	if (crypto_digest_begin(&ctx, algorithm) != 0)
		return 0;
	/* Both tries in one canonical order. */
	struct trie_iter names, nsec3;
	trie_iter_init(&snap->names, &names);
	trie_iter_init(&snap->nsec3, &nsec3);
	const struct zone_node *a = zone_node_of(trie_iter_next(&names)),
			       *b = zone_node_of(trie_iter_next(&nsec3));
	while (a != NULL || b != NULL) {
		int order = a == NULL ? 1 : b == NULL ? -1 : dns_name_compare(a->name, b->name);
		add_name(&ctx, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		if (order <= 0)
			a = zone_node_of(trie_iter_next(&names));
		if (order >= 0)
			b = zone_node_of(trie_iter_next(&nsec3));
	}
	return crypto_digest_end(&ctx, ret);
}

int zone_zonemd_verify(const struct zone_snapshot *snap)
{
	const struct zone_rrset *rrset = zone_node_find(snap->apex, DNS_TYPE_ZONEMD);
	if (rrset == NULL)
		return E_ZONEMDMISSING;
	struct span packed = zone_rrset_data(snap->apex, rrset), rdata, wanted = { 0 };
	unsigned algorithm = 0;
	bool seen[256] = { false };
	while (zone_rdata_next(&packed, &rdata)) {
		struct cursor c = cursor_over(rdata);
		uint32_t serial = cursor_u32(&c);
		unsigned scheme = cursor_u8(&c), hash = cursor_u8(&c);
		struct span digest = cursor_rest(&c);
		if (scheme != SCHEME_SIMPLE)
			continue;
		if (seen[hash])
			return E_ZONEMD;
		seen[hash] = true;
		if (serial == snap->serial && digest.len > 0 &&
			(hash == CRYPTO_SHA384 || hash == CRYPTO_SHA512)) {
			wanted = digest;
			algorithm = hash;
		}
	}
	if (algorithm == 0)
		return E_ZONEMDMISSING;
	uint8_t digest[CRYPTO_DIGEST_MAX];
	size_t len = zone_zonemd_digest(snap, algorithm, digest);
	return span_equal(wanted, (struct span){ digest, len }) ? 0 : E_ZONEMD;
}
