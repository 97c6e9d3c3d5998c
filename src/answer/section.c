/* answer/section: RRsets and signatures into the message. */
#include "answer/state.h"
#include "base/err.h"

/* RRSIG rdata: type covered 2, algorithm 1, labels 1, original TTL 4 (RFC 4034 section 3.1). */
#define RRSIG_TTL_OFFSET 4

/* Types whose targets bring additional data, or lead to the next name. */
static inline bool has_target(uint16_t type)
{
	return type == DNS_TYPE_NS || type == DNS_TYPE_CNAME || type == DNS_TYPE_MX ||
	       type == DNS_TYPE_SRV || type == DNS_TYPE_SVCB || type == DNS_TYPE_HTTPS;
}

int answer_put(struct answer *a, const struct answer_item *item)
{
	const struct zone_rrset *rrset = item->rrset;
	struct dns_writer_rrset put = {
		.owner = item->owner,
		.owner_at = item->owner_at,
		.type = rrset->type,
		.class_ = DNS_CLASS_IN,
		.count = rrset->count,
		.first = answer_first(a, rrset->count),
		.ttl = item->ttl,
		.data = zone_rrset_data(item->node, rrset),
	};

	if (UNLIKELY(a->rrset_count == ANSWER_RRSETS_MAX))
		return E_SPACE;
	if (has_target(rrset->type) && a->place_count < ANSWER_PLACES_MAX) {
		put.places = &a->places[a->place_count];
		put.max_places =
			(uint16_t)MIN((unsigned)rrset->count, ANSWER_PLACES_MAX - a->place_count);
	}
	TRY(dns_writer_put(&a->w, &put));

	struct answer_rrset *noted = &a->rrsets[a->rrset_count++];
	noted->node = item->node;
	noted->rrset = rrset;
	noted->owner = item->owner;
	noted->owner_at = a->w.owner_at;
	noted->first_place = (uint16_t)a->place_count;
	noted->place_count = put.max_places;
	noted->section = (uint8_t)a->w.section;
	a->place_count += put.max_places;
	return 0;
}

bool answer_has(const struct answer *a, enum dns_section section, const struct zone_rrset *rrset)
{
	for (unsigned i = 0; i < a->rrset_count; i++) {
		if (a->rrsets[i].rrset == rrset && a->rrsets[i].section == section)
			return true;
	}
	return false;
}

/* Signatures of one RRset under the name that it was put with. */
static int signatures_put(struct answer *a, const struct answer_rrset *noted)
{
	unsigned count;
	struct span sigs = zone_rrset_sigs(noted->node, noted->rrset, &count);

	if (count == 0)
		return 0;
	struct dns_writer_rrset put = {
		.owner = noted->owner,
		.owner_at = noted->owner_at,
		.type = DNS_TYPE_RRSIG,
		.class_ = DNS_CLASS_IN,
		.count = (uint16_t)count,
		.first = answer_first(a, count),
		.ttl = read_u32(sigs.data + 2 + RRSIG_TTL_OFFSET),
		.data = sigs,
	};
	/* RFC 9077 is for NSEC; for the SOA of a negative answer it's RFC 2308 section 5. */
	if (noted->rrset->type == DNS_TYPE_SOA && noted->section == DNS_SECTION_AUTHORITY)
		put.ttl = MIN(put.ttl, a->snap->soa_minimum);
	return dns_writer_put(&a->w, &put);
}

int answer_put_signatures(struct answer *a)
{
	unsigned end = a->rrset_count;

	for (; a->signed_count < end; a->signed_count++) {
		const struct answer_rrset *noted = &a->rrsets[a->signed_count];
		if (a->is_dnssec && noted->rrset->sigs != 0)
			TRY(signatures_put(a, noted));
	}
	return 0;
}

enum answer_state answer_overflow(struct answer *a)
{
	if (answer_is_stream(a)) {
		a->rcode = DNS_RCODE_SERVFAIL;
		return ANSWER_ERROR;
	}
	dns_writer_set_tc(&a->w);
	return ANSWER_TRUNCATED;
}

int answer_put_proof(struct answer *a, const struct zone_node *node, uint16_t type)
{
	const struct zone_rrset *rrset = node != NULL ? zone_node_find(node, type) : NULL;

	if (rrset == NULL || answer_has(a, DNS_SECTION_AUTHORITY, rrset))
		return 0;
	return answer_put(a, &(struct answer_item){ node, rrset, node->name, 0, rrset->ttl });
}
