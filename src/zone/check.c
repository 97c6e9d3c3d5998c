#include "zone/check.h"
#include "base/encode.h"
#include "crypto/nsec3.h"
#include "zone/check_dnssec.h"
#include <stdio.h>

static const char *const texts[ZONE_FINDINGS] = {
	[ZONE_FINDING_SOA_MISSING] = "missing SOA at the zone apex",
	[ZONE_FINDING_SOA_MULTIPLE] = "multiple SOA records",
	[ZONE_FINDING_CNAME_EXTRA] = "another record exists beside CNAME",
	[ZONE_FINDING_CNAME_MULTIPLE] = "multiple CNAME records",
	[ZONE_FINDING_DNAME_CHILDREN] = "child record exists under DNAME",
	[ZONE_FINDING_DNAME_MULTIPLE] = "multiple DNAME records",
	[ZONE_FINDING_DNAME_NS] = "NS record exists beside DNAME",
	[ZONE_FINDING_DELEG_APEX] = "DELEG at the zone apex",
	[ZONE_FINDING_NS_APEX] = "missing NS at the zone apex",
	[ZONE_FINDING_NS_GLUE] = "missing glue record",
	[ZONE_FINDING_RRSIG_UNVERIFIABLE] = "no valid signature for a record",
	[ZONE_FINDING_NSEC_MISSING] = "missing NSEC(3) record",
	[ZONE_FINDING_NSEC_BITMAP] = "wrong NSEC(3) bitmap",
	[ZONE_FINDING_NSEC_CHAIN] = "inconsistent NSEC(3) chain",
	[ZONE_FINDING_NSEC3_OPTOUT] = "wrong NSEC3 opt-out",
	[ZONE_FINDING_NSEC_SUPERFLUOUS] = "superfluous NSEC(3)",
	[ZONE_FINDING_NSEC3PARAM_FLAGS] = "invalid flags in NSEC3PARAM",
	[ZONE_FINDING_NSEC3PARAM_ALGORITHM] = "invalid algorithm in NSEC3PARAM",
	[ZONE_FINDING_DS_ALGORITHM] = "unknown algorithm in DS",
	[ZONE_FINDING_DS_LENGTH] = "invalid digest length in DS",
	[ZONE_FINDING_DS_APEX] = "DS at the zone apex",
	[ZONE_FINDING_DNSKEY_MISSING] = "missing DNSKEY",
	[ZONE_FINDING_DNSKEY_INVALID] = "invalid DNSKEY",
	[ZONE_FINDING_DNSKEY_TAGS] = "many DNSKEYs with equal keytag",
	[ZONE_FINDING_CDS_MISSING] = "missing CDS",
	[ZONE_FINDING_CDS_NOMATCH] = "CDS not match CDNSKEY",
	[ZONE_FINDING_CDNSKEY_MISSING] = "missing CDNSKEY",
	[ZONE_FINDING_CDNSKEY_NOMATCH] = "CDNSKEY not match DNSKEY",
	[ZONE_FINDING_CDNSKEY_NO_CDS] = "CDNSKEY without corresponding CDS",
	[ZONE_FINDING_CDS_DELETE] = "invalid CDNSKEY/CDS for DNSSEC delete algorithm",
};

const char *zone_finding_text(enum zone_finding finding)
{
	return finding < ZONE_FINDINGS ? texts[finding] : "unknown error";
}

void zone_check_tell(struct zone_checker *c, enum zone_check_class class_,
	enum zone_finding finding, const uint8_t *owner, const char *info)
{
	enum zone_check_level level = ZONE_CHECK_WARNING;
	if (class_ == ZONE_CHECK_ALWAYS) {
		level = ZONE_CHECK_ERROR;
		c->is_fatal = true;
	} else if (class_ == ZONE_CHECK_MANDATORY) {
		level = c->options->mode == ZONE_CHECK_SOFT ? ZONE_CHECK_NOTICE : ZONE_CHECK_ERROR;
		c->is_fatal = c->is_fatal || level == ZONE_CHECK_ERROR;
	}
	c->handler(c->ctx, level, finding, owner, info);
}

static unsigned count_of(const struct zone_node *node, uint16_t type)
{
	const struct zone_rrset *r = zone_node_find(node, type);
	return r != NULL ? r->count : 0;
}

static void check_cname(struct zone_checker *c, const struct zone_node *node)
{
	unsigned others = 0;
	const struct zone_rrset *r = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, r++)
		others += r->type != DNS_TYPE_CNAME && r->type != DNS_TYPE_RRSIG &&
			  r->type != DNS_TYPE_NSEC;
	if (others > 0)
		zone_check_tell(c, ZONE_CHECK_MANDATORY, ZONE_FINDING_CNAME_EXTRA, node->name, "");
	if (count_of(node, DNS_TYPE_CNAME) > 1)
		zone_check_tell(
			c, ZONE_CHECK_MANDATORY, ZONE_FINDING_CNAME_MULTIPLE, node->name, "");
}

/* `next`: the node after it in canonical order, so the first one below it if there is any. */
static void check_dname(
	struct zone_checker *c, const struct zone_node *node, const struct zone_node *next)
{
	if (next != NULL && dns_name_below(next->name, node->name) > 1)
		zone_check_tell(
			c, ZONE_CHECK_MANDATORY, ZONE_FINDING_DNAME_CHILDREN, node->name, "");
	if (count_of(node, DNS_TYPE_DNAME) > 1)
		zone_check_tell(
			c, ZONE_CHECK_MANDATORY, ZONE_FINDING_DNAME_MULTIPLE, node->name, "");
	if (node->flags & ZONE_NODE_CUT)
		zone_check_tell(c, ZONE_CHECK_MANDATORY, ZONE_FINDING_DNAME_NS, node->name, "");
}

static bool has_address(const struct zone_node *node)
{
	return zone_node_find(node, DNS_TYPE_A) != NULL ||
	       zone_node_find(node, DNS_TYPE_AAAA) != NULL;
}

/* Does this target need an address here that isn't there? */
static bool lacks_glue(
	const struct zone_checker *c, const struct zone_node *node, const uint8_t *target)
{
	struct zone_lookup found;
	struct trie_key key;
	uint8_t lower[DNS_NAME_MAX];
	dns_name_lower(target, lower);
	if (!dns_name_below(lower, c->apex_name))
		return false;
	trie_key_of(lower, &key);
	zone_find(c->snap, &key, &found);
	/* Below another zone's cut: that zone's business. */
	if (found.cut != NULL && found.cut != node && found.cut != found.node &&
		(found.cut->flags & ZONE_NODE_DELEGATION))
		return false;
	if (found.node != NULL)
		return !has_address(found.node);
	if (found.exists)
		return true;
	const struct zone_node *wildcard =
		zone_find_wildcard(c->snap, lower, found.encloser_labels);
	return wildcard == NULL || !has_address(wildcard);
}

static void check_ns(struct zone_checker *c, const struct zone_node *node)
{
	const struct zone_rrset *ns = zone_node_find(node, DNS_TYPE_NS);
	char target[DNS_NAME_TEXT_SIZE], info[DNS_NAME_TEXT_SIZE + 16];
	struct span packed = zone_rrset_data(node, ns), rdata;
	while (zone_rdata_next(&packed, &rdata)) {
		if (!lacks_glue(c, node, rdata.data))
			continue;
		dns_name_print(rdata.data, target);
		snprintf(info, sizeof(info), " (%s)", target);
		zone_check_tell(c, ZONE_CHECK_OPTIONAL, ZONE_FINDING_NS_GLUE, node->name, info);
	}
}

static void check_ds(struct zone_checker *c, const struct zone_node *node)
{
	static const uint8_t lengths[] = { 0, 20, 32, 32, 48, 32, 32 }; /* digest types 1 to 6 */
	struct span packed = zone_rrset_data(node, zone_node_find(node, DNS_TYPE_DS)), rdata;
	char info[64];
	while (zone_rdata_next(&packed, &rdata)) {
		struct cursor cur = cursor_over(rdata);
		unsigned tag = cursor_u16(&cur), algorithm = cursor_u8(&cur),
			 digest = cursor_u8(&cur);
		snprintf(info, sizeof(info), " (keytag %u, algorithm %u)", tag, algorithm);
		if (digest == 0 || digest >= ARRAY_LEN(lengths))
			zone_check_tell(c, ZONE_CHECK_OPTIONAL, ZONE_FINDING_DS_ALGORITHM,
				node->name, info);
		else if (cursor_left(&cur) != lengths[digest])
			zone_check_tell(
				c, ZONE_CHECK_OPTIONAL, ZONE_FINDING_DS_LENGTH, node->name, info);
	}
}

static void check_apex(struct zone_checker *c)
{
	const struct zone_node *apex = c->snap->apex;
	if (apex == NULL) {
		zone_check_tell(c, ZONE_CHECK_ALWAYS, ZONE_FINDING_SOA_MISSING, c->apex_name, "");
		return;
	}
	if (count_of(apex, DNS_TYPE_SOA) > 1)
		zone_check_tell(c, ZONE_CHECK_ALWAYS, ZONE_FINDING_SOA_MULTIPLE, apex->name, "");
	if (zone_node_find(apex, DNS_TYPE_NS) == NULL)
		zone_check_tell(c, ZONE_CHECK_WARN, ZONE_FINDING_NS_APEX, apex->name, "");
	else
		check_ns(c, apex); /* always for the apex */
	if (apex->flags & ZONE_NODE_DS)
		zone_check_tell(c, ZONE_CHECK_MANDATORY, ZONE_FINDING_DS_APEX, apex->name, "");
	if (zone_node_find(apex, DNS_TYPE_DELEG) != NULL)
		zone_check_tell(c, ZONE_CHECK_MANDATORY, ZONE_FINDING_DELEG_APEX, apex->name, "");
}

static void check_names(struct zone_checker *c)
{
	struct trie_iter iter;
	bool optional = c->options->mode == ZONE_CHECK_ON;
	trie_iter_init(&c->snap->names, &iter);
	const struct trie_node *leaf = trie_iter_next(&iter);
	while (leaf != NULL) {
		const struct trie_node *next = trie_iter_next(&iter);
		uint32_t flags = trie_leaf_flags(leaf); /* most names need no look at their block */
		if (UNLIKELY(flags & ZONE_NODE_CNAME))
			check_cname(c, zone_node_of(leaf));
		if (UNLIKELY(flags & ZONE_NODE_DNAME))
			check_dname(c, zone_node_of(leaf), zone_node_of(next));
		if (optional && (flags & ZONE_NODE_CUT) &&
			!zone_is_occluded(c->snap, zone_node_of(leaf)))
			check_ns(c, zone_node_of(leaf));
		if (optional && (flags & ZONE_NODE_DS))
			check_ds(c, zone_node_of(leaf));
		leaf = next;
	}
}

int zone_check(const struct zone_snapshot *snap, const uint8_t *apex_name,
	const struct zone_check_options *options, zone_check_handler handler, void *ctx)
{
	struct zone_checker c = { snap, apex_name, options, handler, ctx, false };
	check_apex(&c);
	check_names(&c);
	bool dnssec = options->dnssec_forced ? options->dnssec : snap->is_signed;
	if (snap->apex != NULL && options->mode == ZONE_CHECK_ON && dnssec)
		zone_check_dnssec(&c);
	return c.is_fatal ? E_SEMCHECK : 0;
}
