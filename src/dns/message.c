#include "dns/message.h"
#include "base/err.h"
#include "dns/rdata.h"
#include "dns/tsig.h"

/*
 * ---- Requests ----
 *
 * Lowering goes in vectors of 16 octets from the end of the question backwards. Behind a name in a
 * message stand 4 octets of type and class and before it 12 of the header, so that vectors which
 * end with the question never leave the message: no rest to be done octet by octet. What is before
 * and behind the name in `lower` is of no use and no harm.
 */
typedef uint8_t vec16 __attribute__((vector_size(16)));
static_assert(DNS_HEADER_SIZE + 4 >= sizeof(vec16), "one vector fits any question");

static inline void lower_question(const uint8_t *message, size_t end, uint8_t *out)
{
	for (size_t at = end;;) {
		vec16 v;
		at = at >= sizeof(v) ? at - sizeof(v) : 0;
		memcpy(&v, message + at, sizeof(v));
		vec16 upper = (vec16)(v - (uint8_t)'A' < 26);
		v |= upper & 0x20;
		memcpy(out + at, &v, sizeof(v));
		if (at <= DNS_HEADER_SIZE)
			return;
	}
}

/* Types that may have no rdata in class IN, beside the unknown ones: answering any other without is
 * malformed. */
static bool may_be_empty(uint16_t type)
{
	switch (type) {
	case DNS_TYPE_NULL:
	case DNS_TYPE_OPT:
	case DNS_TYPE_APL:
	case DNS_TYPE_IXFR:
	case DNS_TYPE_AXFR:
	case DNS_TYPE_DELEG:
	case DNS_TYPE_DELEGPARAM:
		return true;
	default:
		return dns_rrtype_of(type) == NULL;
	}
}

static bool rdata_is_good(const struct dns_message *m, const struct dns_rr_view *rr)
{
	uint8_t out[DNS_RDATA_MAX];
	size_t len;

	/* Types that only exist for a message have their own readers. */
	if (rr->type == DNS_TYPE_OPT || rr->type == DNS_TYPE_TSIG)
		return true;
	/* Updates without rdata: RFC 2136 section 2.4. */
	if (rr->rdata.len == 0)
		return rr->class_ != DNS_CLASS_IN || may_be_empty(rr->type);
	return dns_message_rdata(m, rr, false, out, &len) == 0;
}

/* All records behind the question, each checked. */
static COLD enum dns_parse parse_records(struct dns_request *r)
{
	struct dns_message m;
	struct dns_rr_view rr;
	enum dns_section section = DNS_SECTION_QUESTION;
	uint16_t *const begin[] = { NULL, &r->answer_at, &r->authority_at, &r->additional_at };
	int result;

	r->answer_at = r->authority_at = r->additional_at = (uint16_t)r->message.len;
	if ((size_t)r->ancount + r->nscount + r->arcount >
		r->message.len / 11) /* a record has 11 octets at least */
		return DNS_PARSE_FORMERR;
	if (dns_message_begin(r->message, &m) != 0)
		return DNS_PARSE_FORMERR;
	m.cursor.pos = r->message.data + r->question_end;
	m.left[DNS_SECTION_QUESTION] = 0;

	while ((result = dns_message_next_rr(&m, &rr)) == 0) {
		while (section < rr.section)
			*begin[++section] = rr.at;
		if (r->tsig_at != 0) /* is the last record (RFC 8945 section 5.1) */
			return DNS_PARSE_FORMERR;
		if (!rdata_is_good(&m, &rr))
			return DNS_PARSE_FORMERR;
		if (rr.type == DNS_TYPE_OPT) {
			if (rr.section != DNS_SECTION_ADDITIONAL || r->edns.present ||
				rr.owner_len != 1)
				return DNS_PARSE_FORMERR;
			if (dns_edns_read(rr.class_, rr.ttl, rr.rdata, &r->edns) != 0)
				return DNS_PARSE_FORMERR;
		} else if (rr.type == DNS_TYPE_TSIG) {
			struct dns_tsig tsig;
			if (rr.section != DNS_SECTION_ADDITIONAL ||
				dns_tsig_read(r->message, rr.at, &tsig) != 0)
				return DNS_PARSE_FORMERR;
			r->tsig_at = rr.at;
		}
	}
	if (result != E_EOF || dns_message_has_trailing(&m))
		return DNS_PARSE_FORMERR;
	return DNS_PARSE_OK;
}

/* One OPT and nothing else: octets of the record up to its rdata. */
static inline bool is_lone_opt(const struct dns_request *r, const uint8_t *p, size_t left)
{
	return (r->ancount | r->nscount) == 0 && r->arcount == 1 && left >= DNS_EDNS_FIXED &&
	       p[0] == 0 && read_u16(p + 1) == DNS_TYPE_OPT &&
	       read_u16(p + 9) == left - DNS_EDNS_FIXED;
}

static enum dns_parse parse_rest(struct dns_request *r)
{
	const uint8_t *p = r->message.data + r->question_end;
	size_t left = r->message.len - r->question_end;

	r->tsig_at = 0;
	r->edns.present = false;
	r->edns.flags = 0;
	r->edns.seen = 0;
	r->answer_at = r->authority_at = r->additional_at = r->question_end;
	if ((r->ancount | r->nscount | r->arcount) == 0)
		return left == 0 ? DNS_PARSE_OK : DNS_PARSE_FORMERR;
	if (LIKELY(is_lone_opt(r, p, left))) {
		const struct span rdata = { p + DNS_EDNS_FIXED, left - DNS_EDNS_FIXED };
		int result = dns_edns_read(read_u16(p + 3), read_u32(p + 5), rdata, &r->edns);
		return LIKELY(result == 0) ? DNS_PARSE_OK : DNS_PARSE_FORMERR;
	}
	return parse_records(r);
}

/* Not one question. More than one in a query are FORMERR with the header alone (RFC 9619 section 4); in what else they may
 * mean isn't known. */
static COLD enum dns_parse parse_without_question(struct dns_request *r, uint16_t qdcount)
{
	if (qdcount > 1 && r->opcode != DNS_OPCODE_QUERY)
		return DNS_PARSE_DROP;
	r->has_question = false;
	r->qname.name_len = 1;
	r->qname.count = 0;
	r->qname.bits = 0;
	r->qtype = r->qclass = 0;
	r->question_end = DNS_HEADER_SIZE;
	r->lower[DNS_HEADER_SIZE] = 0;
	return qdcount == 0 ? parse_rest(r) : DNS_PARSE_FORMERR;
}

enum dns_parse dns_request_parse(struct span message, struct dns_request *ret)
{
	const uint8_t *data = message.data;

	if (UNLIKELY(message.len < DNS_HEADER_SIZE || message.len > DNS_MESSAGE_MAX))
		return DNS_PARSE_DROP;
	uint16_t flags = read_u16(data + 2);
	uint16_t qdcount = read_u16(data + 4);
	if (UNLIKELY((flags & DNS_FLAG_QR) != 0))
		return DNS_PARSE_DROP;

	ret->message = message;
	ret->id = read_u16(data);
	ret->flags = flags;
	ret->opcode = DNS_FLAGS_OPCODE(flags);
	ret->ancount = read_u16(data + 6);
	ret->nscount = read_u16(data + 8);
	ret->arcount = read_u16(data + 10);
	if (UNLIKELY(qdcount != 1))
		return parse_without_question(ret, qdcount);

	/* The shortest question is 5 octets; `limit` is where the name's final zero is at the
	 * latest. */
	if (UNLIKELY(message.len < DNS_HEADER_SIZE + 5))
		return DNS_PARSE_DROP;
	size_t limit = MIN(message.len - 5, (size_t)DNS_HEADER_SIZE + DNS_NAME_MAX - 1);
	size_t at = DNS_HEADER_SIZE;
	unsigned labels = 0;
	uint64_t bits = 0;
	for (uint8_t len; (len = data[at]) != 0; labels++) {
		ret->qname.at[labels] = (uint8_t)(at - DNS_HEADER_SIZE);
		bits |= (uint64_t)1 << (at - DNS_HEADER_SIZE) % 64;
		at += 1 + (size_t)len;
		/* A pointer can't be in the first name of a message. */
		if (UNLIKELY(len > DNS_LABEL_MAX || at > limit))
			return DNS_PARSE_DROP;
	}
	at += 1;
	ret->has_question = true;
	ret->qname.name_len = (uint8_t)(at - DNS_HEADER_SIZE);
	ret->qname.count = (uint8_t)labels;
	ret->qname.bits = bits;
	ret->qtype = read_u16(data + at);
	ret->qclass = read_u16(data + at + 2);
	at += 4;
	ret->question_end = (uint16_t)at;
	lower_question(data, at, ret->lower);
	return parse_rest(ret);
}

/* ---- Any message, record by record ---- */

int dns_message_begin(struct span bytes, struct dns_message *ret)
{
	struct cursor c = cursor_over(bytes);

	ret->bytes = bytes;
	ret->id = cursor_u16(&c);
	ret->flags = cursor_u16(&c);
	for (size_t i = 0; i < ARRAY_LEN(ret->counts); i++)
		ret->counts[i] = ret->left[i] = cursor_u16(&c);
	ret->cursor = c;
	return c.failed ? E_FEWDATA : 0;
}

int dns_message_next_question(struct dns_message *m, struct dns_question *ret)
{
	if (m->left[DNS_SECTION_QUESTION] == 0)
		return E_EOF;
	m->left[DNS_SECTION_QUESTION]--;
	ret->name_len = (uint8_t)dns_name_read(&m->cursor, m->bytes, ret->name);
	ret->type = cursor_u16(&m->cursor);
	ret->class_ = cursor_u16(&m->cursor);
	return m->cursor.failed ? E_MALFORMED : 0;
}

int dns_message_next_rr(struct dns_message *m, struct dns_rr_view *ret)
{
	struct cursor *c = &m->cursor;
	enum dns_section section = DNS_SECTION_ANSWER;

	while (UNLIKELY(m->left[DNS_SECTION_QUESTION] != 0)) {
		struct dns_question skipped;
		TRY(dns_message_next_question(m, &skipped));
	}
	while (section < DNS_SECTION_ADDITIONAL && m->left[section] == 0)
		section++;
	if (m->left[section] == 0)
		return E_EOF;
	m->left[section]--;
	ret->section = section;
	ret->at = (uint16_t)(c->pos - m->bytes.data);
	ret->owner_len = (uint8_t)dns_name_read(c, m->bytes, ret->owner);
	ret->type = cursor_u16(c);
	ret->class_ = cursor_u16(c);
	ret->ttl = cursor_u32(c);
	ret->rdata = cursor_take(c, cursor_u16(c));
	return c->failed ? E_MALFORMED : 0;
}

int dns_message_rdata(const struct dns_message *m, const struct dns_rr_view *rr, bool lower,
	uint8_t *out, size_t *len)
{
	/* To the end of the message: the reader is told the length, and names in it may stand
	 * anywhere before. */
	struct cursor c = { rr->rdata.data, m->bytes.data + m->bytes.len, false };
	return dns_rdata_read(rr->type, &c, m->bytes, rr->rdata.len, lower, out, len);
}
