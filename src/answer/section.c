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

/* Are records of a type only copied: no name in them is compressed, pointed to or looked up? */
static inline bool is_plain(uint16_t type)
{
	static_assert(DNS_TYPE_SVCB == 64 && DNS_TYPE_HTTPS == 65, "the first two beyond a word");
	if (UNLIKELY(type >= 64))
		return type > DNS_TYPE_HTTPS;
	return ((DNS_WRITER_COMPRESSED | UINT64_C(1) << DNS_TYPE_SRV) >> type & 1) == 0;
}

/* The way for any RRset. *places: how many names were noted. */
static int put_any(struct answer *a, const struct answer_item *item, unsigned *places)
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

	if (has_target(rrset->type) && a->place_count < ANSWER_PLACES_MAX) {
		put.places = &a->places[a->place_count];
		put.max_places =
			(uint16_t)MIN((unsigned)rrset->count, ANSWER_PLACES_MAX - a->place_count);
		*places = put.max_places;
	}
	return dns_writer_put(&a->w, &put);
}

int answer_put(struct answer *a, const struct answer_item *item)
{
	const struct zone_rrset *rrset = item->rrset;
	unsigned places = 0;

	if (UNLIKELY(a->rrset_count == ANSWER_RRSETS_MAX))
		return E_SPACE;
	if (LIKELY(item->owner_at != 0 && is_plain(rrset->type) && a->rr_first == 0))
		TRY(dns_writer_copy(&a->w, item->owner_at, rrset->type, item->ttl, rrset->count,
			zone_rrset_data(item->node, rrset)));
	else
		TRY(put_any(a, item, &places));

	struct answer_rrset *noted = &a->rrsets[a->rrset_count++];
	noted->node = item->node;
	noted->rrset = rrset;
	noted->owner = item->owner;
	noted->owner_at = a->w.owner_at;
	noted->first_place = (uint16_t)a->place_count;
	noted->place_count = (uint16_t)places;
	noted->section = (uint8_t)a->w.section;
	a->place_count += places;
	return 0;
}

int answer_put_glue(struct answer *a, const struct answer_item *item)
{
	unsigned places = 0;

	if (LIKELY(a->rrset_count < ANSWER_RRSETS_MAX))
		return answer_put(a, item);
	return put_any(a, item, &places);
}

bool answer_has(const struct answer *a, enum dns_section section, const struct zone_rrset *rrset)
{
	for (unsigned i = 0; i < a->rrset_count; i++) {
		if (a->rrsets[i].rrset == rrset && a->rrsets[i].section == section)
			return true;
	}
	return false;
}

/* Signatures of an RRset under the name that it was put with. */
static inline int sigs_put(struct answer *a, const uint8_t *owner, uint16_t owner_at,
	struct span sigs, unsigned count, uint32_t max_ttl)
{
	uint32_t ttl = read_u32(sigs.data + 2 + RRSIG_TTL_OFFSET);

	ttl = MIN(ttl, max_ttl);
	if (LIKELY(owner_at != 0 && a->rr_first == 0))
		return dns_writer_copy(&a->w, owner_at, DNS_TYPE_RRSIG, ttl, count, sigs);
	struct dns_writer_rrset put = {
		.owner = owner,
		.owner_at = owner_at,
		.type = DNS_TYPE_RRSIG,
		.class_ = DNS_CLASS_IN,
		.count = (uint16_t)count,
		.first = answer_first(a, count),
		.ttl = ttl,
		.data = sigs,
	};
	return dns_writer_put(&a->w, &put);
}

int answer_put_sigs(struct answer *a, const struct zone_node *node, const struct zone_rrset *rrset,
	unsigned *count)
{
	struct span sigs = zone_rrset_sigs(node, rrset, count);

	if (*count == 0)
		return 0;
	return sigs_put(a, a->name.wire, a->name.at, sigs, *count, UINT32_MAX);
}

int answer_put_signatures(struct answer *a)
{
	const struct answer_rrset *noted = &a->rrsets[a->signed_count],
				  *end = &a->rrsets[a->rrset_count];

	for (; noted < end; noted++) {
		unsigned count;
		struct span sigs = zone_rrset_sigs(noted->node, noted->rrset, &count);
		if (UNLIKELY(count == 0))
			continue;
		/* RFC 9077 is for NSEC; for the SOA of a negative answer it's RFC 2308 section 5. */
		bool is_negative = noted->rrset->type == DNS_TYPE_SOA &&
				   noted->section == DNS_SECTION_AUTHORITY;
		TRY(sigs_put(a, noted->owner, noted->owner_at, sigs, count,
			is_negative ? a->snap->soa_minimum : UINT32_MAX));
	}
	a->signed_count = a->rrset_count;
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
