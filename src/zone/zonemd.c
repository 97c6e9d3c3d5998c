#include "zone/zonemd.h"

#define SCHEME_SIMPLE 1

/* One RRset in canonical form: owner, type, class, TTL, length, rdata for each record. Rdatas are in canonical order already,
 * and stored form has the names lower-cased that canonical form wants so. */
static void add_rrset(struct crypto_digest_ctx *ctx, const struct zone_node *node,
	const struct zone_rrset *rrset, bool skip_zonemd_signatures)
{
	uint8_t head[8];
	struct span packed = zone_rrset_data(node, rrset), rdata;
	write_u16(head, rrset->type);
	write_u16(head + 2, DNS_CLASS_IN);
	while (zone_rdata_next(&packed, &rdata)) {
		uint32_t ttl = rrset->ttl;
		if (rrset->type == DNS_TYPE_RRSIG && rdata.len >= 8) {
			if (skip_zonemd_signatures && read_u16(rdata.data) == DNS_TYPE_ZONEMD)
				continue;
			ttl = read_u32(rdata.data +
				       4); /* its TTL is the original TTL (RFC 4034 section 3) */
		}
		write_u32(head + 4, ttl);
		crypto_digest_add(ctx, (struct span){ node->name, node->name_len });
		crypto_digest_add(ctx, (struct span){ head, sizeof(head) });
		crypto_digest_add(ctx, (struct span){ rdata.data - 2, rdata.len + 2 });
	}
}

static void add_node(struct crypto_digest_ctx *ctx, const struct zone_node *node)
{
	const struct zone_rrset *r = zone_node_rrsets(node);
	bool is_apex = node->flags & ZONE_NODE_APEX;
	for (unsigned i = 0; i < node->rrset_count; i++, r++) {
		if (!is_apex || r->type != DNS_TYPE_ZONEMD)
			add_rrset(ctx, node, r, is_apex);
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
		if (order <= 0) {
			add_node(&ctx, a);
			a = zone_node_of(trie_iter_next(&names));
		} else {
			add_node(&ctx, b);
			b = zone_node_of(trie_iter_next(&nsec3));
		}
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
