/*
 * answer: the entry.
 *
 *	parse -> EDNS -> zone look-up -> begin hooks -> class and opcode
 *	      -> normal query | CHAOS | refusal -> OPT -> end hooks -> length
 */
#include "answer/answer.h"
#include "answer/state.h"
#include "base/err.h"
#include "zone/zone.h"
#include <stdlib.h>

struct answer_thread {
	struct answer_counters counters;
	struct answer answer;
};

/* Extended DNS errors (RFC 8914) that the server itself gives. */
enum { EDE_NOT_AUTHORITATIVE = 20, EDE_INVALID_DATA = 24 };

#define PADDING_BLOCK 468 /* octets, RFC 8467 section 4.1 */
#define PAYLOAD_MIN   512 /* octets of a UDP response without EDNS */

int answer_thread_new(unsigned index, struct answer_thread **ret)
{
	struct answer_thread *thread =
		aligned_alloc(_Alignof(struct answer_thread), (sizeof(*thread) + 63) & ~(size_t)63);
	if (thread == NULL)
		return E_NOMEM;
	memset(thread, 0, sizeof(*thread));
	thread->answer.thread_index = index;
	thread->answer.counters = &thread->counters;
	thread->answer.nsec3_memo = nsec3_memo_new();
	if (thread->answer.nsec3_memo == NULL) {
		free(thread);
		return E_NOMEM;
	}
	*ret = thread;
	return 0;
}

void answer_thread_free(struct answer_thread *thread)
{
	if (thread == NULL)
		return;
	free(thread->answer.nsec3_memo);
	free(thread);
}

unsigned answer_thread_index(const struct answer_thread *thread)
{
	return thread->answer.thread_index;
}

const struct answer_counters *answer_thread_counters(const struct answer_thread *thread)
{
	return &thread->counters;
}

/* ---- Errors ---- */

/* Back to header and question. */
static COLD void response_reset(struct answer *a)
{
	a->w.pos = a->w.start + a->request.question_end;
	for (int section = DNS_SECTION_ANSWER; section <= DNS_SECTION_ADDITIONAL; section++)
		a->w.counts[section] = 0;
	a->w.section = DNS_SECTION_ANSWER;
	a->w.start[2] &= (uint8_t) ~((DNS_FLAG_AA | DNS_FLAG_TC) >> 8);
}

static COLD void fail(struct answer *a, unsigned rcode)
{
	response_reset(a);
	a->rcode = (uint16_t)rcode;
}

static COLD void fail_with(struct answer *a, unsigned rcode, uint16_t ede)
{
	fail(a, rcode);
	a->opt.has |= DNS_EDNS_BIT(DNS_EDNS_EDE);
	a->opt.ede = ede;
}

/* ---- EDNS ---- */

static inline uint16_t own_payload(const struct answer *a)
{
	const struct answer_settings *s = &a->view->settings;
	const struct sockaddr_storage *remote = a->client->remote;

	if (a->client->transport == ANSWER_UNIX)
		return (uint16_t)MIN(s->payload_ipv4, s->payload_ipv6);
	return remote != NULL && remote->ss_family == AF_INET6 ? s->payload_ipv6 : s->payload_ipv4;
}

/* How long the response may get. */
static inline size_t size_limit(const struct answer *a, uint16_t payload, size_t out_size)
{
	size_t limit = PAYLOAD_MIN;

	if (answer_is_stream(a))
		return out_size;
	if (a->request.edns.present) {
		limit = MIN(a->request.edns.payload, payload);
		limit = MAX(limit, (size_t)PAYLOAD_MIN);
	}
	return MIN(limit, out_size);
}

/* Options of the query that are rare. false: malformed, the RCODE is set. */
static COLD bool edns_options(struct answer *a)
{
	const struct dns_edns *edns = &a->request.edns;

	if (dns_edns_has(edns, DNS_EDNS_NSID) && a->view->settings.nsid.len > 0) {
		a->opt.nsid = a->view->settings.nsid;
		a->opt.has |= DNS_EDNS_BIT(DNS_EDNS_NSID);
	}
	if (dns_edns_has(edns, DNS_EDNS_ZONEVERSION) && edns->zoneversion.len != 0) {
		a->has_opt = false;
		a->rcode = DNS_RCODE_FORMERR;
		return false;
	}
	if (dns_edns_has(edns, DNS_EDNS_ECS) && a->view->settings.client_subnet) {
		if (dns_ecs_read(edns->ecs, &a->opt.ecs) != 0) {
			a->rcode = DNS_RCODE_FORMERR;
			return false;
		}
		a->opt.ecs.scope = 0;
		a->opt.has |= DNS_EDNS_BIT(DNS_EDNS_ECS);
	}
	return true;
}

/* Prepare the response's OPT and keep its room free. false: the request ends with the RCODE that is
 * set. */
static inline bool edns_begin(struct answer *a, uint16_t payload)
{
	const struct dns_edns *edns = &a->request.edns;
	bool good = true;

	a->has_opt = edns->present;
	a->opt.has = 0; /* an extended error is noted even if there's no OPT to carry it */
	if (!edns->present)
		return true;
	a->opt.payload = payload;
	a->opt.flags = edns->flags & DNS_EDNS_DO;
	if (UNLIKELY(a->client->transport == ANSWER_TLS || a->client->transport == ANSWER_QUIC)) {
		a->opt.has = DNS_EDNS_BIT(DNS_EDNS_PADDING);
		a->opt.pad_block = PADDING_BLOCK;
		a->opt.pad_after = 0;
	}
	if (UNLIKELY(edns->version != 0)) {
		a->rcode = DNS_RCODE_BADVERS;
		good = false;
	} else if (UNLIKELY(edns->seen != 0)) {
		good = edns_options(a);
	}
	if (!a->has_opt)
		return good;
	a->opt_reserved = dns_edns_fixed_size(&a->opt);
	if (UNLIKELY(dns_writer_reserve(&a->w, a->opt_reserved) != 0)) {
		a->has_opt = false;
		a->rcode = DNS_RCODE_FORMERR;
		return false;
	}
	return good;
}

/* Options that tell about the zone. */
static COLD void edns_zone_options(struct answer *a)
{
	const struct dns_edns *edns = &a->request.edns;

	if (dns_edns_has(edns, DNS_EDNS_EXPIRE) && !a->zone->traits.is_catalog) {
		/* Remaining times aren't known here yet: that of a zone which never expires. */
		a->opt.has |= DNS_EDNS_BIT(DNS_EDNS_EXPIRE);
		a->opt.expire = a->snap->soa_expire;
	}
	if (dns_edns_has(edns, DNS_EDNS_ZONEVERSION)) {
		a->opt.has |= DNS_EDNS_BIT(DNS_EDNS_ZONEVERSION);
		a->opt.zoneversion_labels = a->snap->apex_labels;
		a->opt.zoneversion_serial = a->snap->serial;
	}
}

static inline void edns_put(struct answer *a)
{
	if (a->snap != NULL && UNLIKELY(a->request.edns.seen != 0))
		edns_zone_options(a);
	a->opt.rcode = a->rcode;
	a->opt_at = a->w.pos;
	dns_writer_release(&a->w, a->opt_reserved);
	if (UNLIKELY(dns_edns_put(&a->w, &a->opt) != 0)) {
		a->has_opt = false;
		fail(a, DNS_RCODE_FORMERR);
	}
}

/* ---- Zone look-up ---- */

/* Is the name at or below the zone's apex? Both lower. */
static inline bool is_in_zone(const struct answer_name *name, const struct zone *zone)
{
	size_t above = (size_t)name->len - zone->name_len, at = 0;

	if (name->len < zone->name_len ||
		!dns_octets_equal(name->wire + above, zone->name, zone->name_len))
		return false;
	while (at < above)
		at += 1 + (size_t)name->wire[at];
	return at == above;
}

/* Transfers, notifications and updates are for a zone by its name, all else for what is in it. */
static inline bool wants_exact_zone(const struct dns_request *r)
{
	static_assert(DNS_OPCODE_UPDATE == DNS_OPCODE_NOTIFY + 1, "a range");
	static_assert(DNS_TYPE_AXFR == DNS_TYPE_IXFR + 1, "a range");
	return (unsigned)(r->qtype - DNS_TYPE_IXFR) <= 1 ||
	       (unsigned)(r->opcode - DNS_OPCODE_NOTIFY) <= 1;
}

/* Types that the parent zone has: DS, and DELEG for those who know it. */
static inline bool is_of_parent(const struct dns_request *r)
{
	return r->qtype == DNS_TYPE_DS ||
	       (r->qtype == DNS_TYPE_DELEG && (r->edns.flags & DNS_EDNS_DE) != 0);
}

/* One among many: the longest suffix of the name; for DS and DELEG that of the parent's. */
static const struct answer_zone *find_zone_of_many(struct answer *a)
{
	const struct dns_request *r = &a->request;
	const struct trie *zones = &a->view->zones;
	const struct trie_node *leaf = NULL;

	trie_key_of_labels(&zones->base, a->name.wire, &r->qname, &a->key);
	if (wants_exact_zone(r)) {
		leaf = trie_find(zones, &a->key);
		return leaf != NULL ? leaf->ptr : NULL;
	}
	if (is_of_parent(r) && r->opcode == DNS_OPCODE_QUERY && r->qname.count > 0) {
		struct trie_key parent;
		trie_key_of(dns_name_skip(a->name.wire, 1), &parent);
		leaf = trie_find_suffix(zones, &parent);
	}
	if (leaf == NULL)
		leaf = trie_find_suffix(zones, &a->key);
	return leaf != NULL ? leaf->ptr : NULL;
}

/* A server of one zone needs no search. */
static inline const struct answer_zone *find_only_zone(const struct answer *a)
{
	const struct answer_zone *only = a->view->zones.root.ptr;

	if (!is_in_zone(&a->name, only->zone) ||
		(UNLIKELY(wants_exact_zone(&a->request)) && a->name.len != only->name_len))
		return NULL;
	return only;
}

static inline void find_zone(struct answer *a)
{
	const struct dns_request *r = &a->request;
	const bool is_only = a->view->zones.count == 1;

	a->zone = NULL;
	a->snap = NULL;
	a->is_deleg_aware = false;
	a->name = (struct answer_name){ dns_request_qname(r), r->qname.name_len, r->qname.count,
		r->qname.name_len > 1 ? DNS_HEADER_SIZE : 0 };
	if (UNLIKELY(r->qclass != DNS_CLASS_IN && r->qclass != DNS_CLASS_ANY))
		return;
	a->zone = is_only ? find_only_zone(a) : find_zone_of_many(a);
	if (UNLIKELY(a->zone == NULL))
		return;
	a->snap = zone_current(a->zone->zone);
	if (UNLIKELY(r->edns.flags & DNS_EDNS_DE) && a->snap != NULL &&
		zone_is_deleg_aware(a->snap, (enum zone_deleg_mode)a->zone->traits.deleg_aware)) {
		a->is_deleg_aware = true;
		a->opt.flags |= DNS_EDNS_DE;
	}
	if (is_only && LIKELY(a->snap != NULL))
		trie_key_of_labels(&a->snap->names.base, a->name.wire, &r->qname, &a->key);
}

/* ---- Dispatch ---- */

/* Signed requests and those to catalogs need an access rule. There are none yet, so all are denied:
 * NOTAUTH without TSIG. */
static inline bool is_denied(const struct answer *a)
{
	return a->request.tsig_at != 0 || a->zone->traits.is_catalog;
}

/* Transfers, notifications, updates: refused in the order of their checks. Behind them is nothing
 * yet: NOTIMPL. */
static COLD void refuse_other(struct answer *a)
{
	const struct dns_request *r = &a->request;

	if (r->opcode == DNS_OPCODE_UPDATE && r->qtype != DNS_TYPE_SOA)
		fail(a, DNS_RCODE_FORMERR);
	else if (r->opcode == DNS_OPCODE_QUERY && r->qtype == DNS_TYPE_AXFR && !answer_is_stream(a))
		fail(a, DNS_RCODE_NOTIMPL);
	else if (a->zone == NULL)
		fail_with(a, DNS_RCODE_NOTAUTH, EDE_NOT_AUTHORITATIVE);
	else if (is_denied(a))
		fail(a, DNS_RCODE_NOTAUTH);
	else if (r->opcode == DNS_OPCODE_NOTIFY && r->qtype != DNS_TYPE_SOA)
		fail(a, DNS_RCODE_FORMERR);
	else
		fail(a, DNS_RCODE_NOTIMPL);
}

static inline void normal_query(struct answer *a)
{
	if (UNLIKELY(a->zone == NULL)) {
		fail_with(a, DNS_RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
		return;
	}
	if (UNLIKELY(is_denied(a))) {
		fail(a, DNS_RCODE_NOTAUTH);
		return;
	}
	if (UNLIKELY(a->snap == NULL)) {
		fail_with(a, DNS_RCODE_SERVFAIL, EDE_INVALID_DATA);
		return;
	}
	a->is_dnssec = (a->request.edns.flags & DNS_EDNS_DO) != 0 && a->snap->is_signed;
	a->rr_first = a->view->settings.rotate ? a->request.id : 0;
	a->is_wildcard_nodata = false;
	a->alias_count = a->wildcard_count = a->synthesized_count = 0;
	a->rrset_count = a->place_count = a->signed_count = 0;
	if (UNLIKELY(answer_query(a) == ANSWER_ERROR))
		fail(a, a->rcode != DNS_RCODE_NOERROR ? a->rcode : DNS_RCODE_SERVFAIL);
}

static COLD void unusual(struct answer *a)
{
	const struct dns_request *r = &a->request;

	if (r->qclass == DNS_CLASS_CH && r->opcode == DNS_OPCODE_QUERY && !wants_exact_zone(r) &&
		r->qtype != 0)
		answer_chaos(a);
	else if (r->qclass == DNS_CLASS_CH)
		fail(a, DNS_RCODE_NOTIMPL);
	else if (r->qclass != DNS_CLASS_IN && r->qclass != DNS_CLASS_ANY)
		fail(a, DNS_RCODE_REFUSED);
	else if (wants_exact_zone(r) && r->opcode != DNS_OPCODE_QUERY)
		refuse_other(a);
	else if (r->opcode != DNS_OPCODE_QUERY || r->qtype == 0)
		fail(a, DNS_RCODE_NOTIMPL);
	else
		refuse_other(a);
}

static inline void dispatch(struct answer *a)
{
	const struct dns_request *r = &a->request;

	if (LIKELY(r->opcode == DNS_OPCODE_QUERY && r->qclass == DNS_CLASS_IN && r->qtype != 0 &&
		    !wants_exact_zone(r)))
		normal_query(a);
	else if (r->opcode == DNS_OPCODE_QUERY && r->qclass == DNS_CLASS_ANY && r->qtype != 0 &&
		 !wants_exact_zone(r))
		normal_query(a);
	else
		unusual(a);
}

/* ---- Begin and end ---- */

static COLD enum answer_flow run_hooks(
	struct answer *a, enum answer_stage stage, enum answer_flow flow)
{
	flow = answer_plan_run_flow(a->view->settings.plan, stage, a, flow);
	if (a->zone == NULL || (stage == ANSWER_STAGE_BEGIN && flow == ANSWER_FLOW_FAIL))
		return flow;
	return answer_plan_run_flow(a->zone->plan, stage, a, flow);
}

/* Most servers have no modules at all. */
static inline bool has_hooks(const struct answer *a, enum answer_stage stage)
{
	const struct answer_plan *global = a->view->settings.plan,
				 *zone = a->zone != NULL ? a->zone->plan : NULL;

	if (LIKELY(((uintptr_t)global | (uintptr_t)zone) == 0))
		return false;
	return answer_plan_has(global, stage) || answer_plan_has(zone, stage);
}

/* Requests with a good header, question and EDNS. */
static inline enum answer_flow process(struct answer *a)
{
	enum answer_flow flow = ANSWER_FLOW_CONTINUE;

	if (UNLIKELY(!a->request.has_question)) {
		uint8_t opcode = a->request.opcode;
		bool needs_one = opcode == DNS_OPCODE_QUERY || opcode == DNS_OPCODE_NOTIFY ||
				 opcode == DNS_OPCODE_UPDATE;
		fail(a, needs_one ? DNS_RCODE_FORMERR : DNS_RCODE_NOTIMPL);
		return flow;
	}
	find_zone(a);
	if (UNLIKELY(has_hooks(a, ANSWER_STAGE_BEGIN)))
		flow = run_hooks(a, ANSWER_STAGE_BEGIN, flow);
	if (LIKELY(flow == ANSWER_FLOW_CONTINUE))
		dispatch(a);
	else if (flow == ANSWER_FLOW_FAIL)
		fail(a, a->rcode != DNS_RCODE_NOERROR ? a->rcode : DNS_RCODE_SERVFAIL);
	return flow;
}

/* OPT and RCODE: the message is complete. */
static inline void complete(struct answer *a)
{
	dns_writer_section(&a->w, DNS_SECTION_ADDITIONAL);
	if (a->has_opt)
		edns_put(a);
	if (UNLIKELY(a->rcode > 15 && !a->has_opt))
		fail(a, DNS_RCODE_SERVFAIL);
	dns_writer_set_rcode(&a->w, a->rcode);
}

static COLD enum answer_flow end_hooks(struct answer *a, enum answer_flow flow)
{
	(void)dns_writer_finish(&a->w); /* hooks see the counts */
	flow = run_hooks(a, ANSWER_STAGE_END, flow);
	if (flow == ANSWER_FLOW_FAIL) {
		fail(a, a->rcode != DNS_RCODE_NOERROR ? a->rcode : DNS_RCODE_SERVFAIL);
		if (a->has_opt)
			(void)!dns_writer_reserve(&a->w, a->opt_reserved);
		complete(a);
	}
	return flow;
}

size_t answer_message(const struct answer_view *view, struct answer_thread *thread,
	const struct answer_client *client, struct span request, uint8_t *out, size_t out_size)
{
	struct answer *a = &thread->answer;
	enum answer_flow flow = ANSWER_FLOW_CONTINUE;

	enum dns_parse parsed = dns_request_parse(request, &a->request);
	if (UNLIKELY(parsed == DNS_PARSE_DROP)) {
		thread->counters.dropped++;
		return 0;
	}
	a->view = view;
	a->client = client;
	a->rcode = DNS_RCODE_NOERROR;
	a->is_malformed = parsed == DNS_PARSE_FORMERR;
	thread->counters.requests++;
	if (UNLIKELY(parsed == DNS_PARSE_FORMERR)) {
		a->request.edns.present = false;
		a->request.edns.seen = 0;
		a->request.tsig_at = 0;
	}
	const uint16_t payload = own_payload(a);
	if (UNLIKELY(dns_writer_begin_response(
			     &a->w, out, size_limit(a, payload, out_size), &a->request) != 0)) {
		thread->counters.dropped++;
		return 0;
	}
	a->zone = NULL;
	a->snap = NULL;
	if (UNLIKELY(parsed == DNS_PARSE_FORMERR)) {
		a->has_opt = false;
		a->rcode = DNS_RCODE_FORMERR;
	} else if (LIKELY(edns_begin(a, payload))) {
		flow = process(a);
	}
	if (LIKELY(flow != ANSWER_FLOW_FINAL))
		complete(a);
	if (UNLIKELY(has_hooks(a, ANSWER_STAGE_END)))
		flow = end_hooks(a, flow);
	if (UNLIKELY(flow == ANSWER_FLOW_DROP)) {
		thread->counters.dropped++;
		return 0;
	}
	size_t len = dns_writer_finish(&a->w);
	thread->counters.rcodes[out[3] & 15]++;
	thread->counters.truncated += out[2] >> 1 & 1;
	return len;
}
