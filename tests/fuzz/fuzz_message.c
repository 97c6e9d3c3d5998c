/*
 * fuzz_message: the readers of messages and the writer.
 *
 * Oracles: the request parser's short way and the record by record reader agree on what is in a message;
 * the octets are in a buffer of their exact size; what is read and written again, compressed by the
 * writer, reads as the same.
 */
#include "base/err.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/tsig.h"
#include "dns/writer.h"
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static const struct dns_tsig_key key = {
	(const uint8_t *)"\3key",
	DNS_TSIG_HMAC_SHA256,
	{ (const uint8_t *)"0123456789abcdef", 16 },
};

/* What dns_request_parse accepted is what the plain reader sees. */
static void check_request(const struct dns_request *r)
{
	struct dns_message m;
	struct dns_question q;
	struct dns_rr_view rr;
	unsigned counts[4] = { 0 };
	bool opt = false;
	uint16_t tsig_at = 0;
	int result;

	CHECK(dns_message_begin(r->message, &m) == 0);
	if (r->has_question) {
		uint8_t lower[DNS_NAME_MAX];
		CHECK(dns_message_next_question(&m, &q) == 0);
		CHECK(q.name_len == r->qname.name_len && q.type == r->qtype &&
			q.class_ == r->qclass);
		CHECK(memcmp(q.name, dns_request_qname_wire(r), q.name_len) == 0);
		CHECK(dns_name_lower(q.name, lower) == q.name_len);
		CHECK(memcmp(lower, dns_request_qname(r), q.name_len) == 0);
		CHECK(dns_name_labels(lower) == r->qname.count);
	}
	CHECK(dns_message_next_question(&m, &q) == E_EOF);
	while ((result = dns_message_next_rr(&m, &rr)) == 0) {
		const uint16_t begin[] = { 0, r->answer_at, r->authority_at, r->additional_at };
		if (counts[rr.section]++ == 0)
			CHECK(rr.at == begin[rr.section]);
		if (rr.type == DNS_TYPE_OPT) {
			struct dns_edns e;
			CHECK(!opt && dns_edns_read(rr.class_, rr.ttl, rr.rdata, &e) == 0);
			CHECK(e.payload == r->edns.payload && e.flags == r->edns.flags &&
				e.seen == r->edns.seen);
			opt = true;
		}
		if (rr.type == DNS_TYPE_TSIG)
			tsig_at = rr.at;
	}
	CHECK(result == E_EOF && !dns_message_has_trailing(&m));
	CHECK(opt == r->edns.present && tsig_at == r->tsig_at);
	CHECK(counts[1] == r->ancount && counts[2] == r->nscount && counts[3] == r->arcount);
}

static void check_tsig(const struct dns_request *r)
{
	struct dns_tsig tsig;
	struct dns_tsig_session session;
	struct dns_tsig_key of = key;

	if (r->tsig_at == 0)
		return;
	CHECK(dns_tsig_read(r->message, r->tsig_at, &tsig) == 0);
	of.name = tsig.key_name;
	if (tsig.algorithm != DNS_TSIG_NONE)
		of.algorithm = tsig.algorithm;
	(void)!dns_tsig_verify_request(r->message, &tsig, &of, tsig.time, &session);
}

struct kept {
	struct dns_rr_view rr;
	uint8_t *stored; /* with its length before it */
	size_t len;
};
#define KEPT_MAX 64

/* Write all records of the answer section again as RRsets of one and compare. */
static void check_rewrite(struct span bytes, const struct dns_request *r)
{
	static uint8_t out[DNS_MESSAGE_MAX], again[DNS_RDATA_MAX];
	struct kept kept[KEPT_MAX];
	struct dns_message m;
	struct dns_writer w;
	size_t count = 0;

	if (dns_writer_begin_response(&w, out, sizeof(out), r) != 0)
		abort();
	CHECK(dns_message_begin(bytes, &m) == 0);
	while (count < KEPT_MAX && dns_message_next_rr(&m, &kept[count].rr) == 0) {
		struct kept *k = &kept[count];
		uint16_t type = k->rr.type;
		if (type == DNS_TYPE_OPT || type == DNS_TYPE_TSIG || k->rr.rdata.len == 0)
			continue;
		if (dns_message_rdata(&m, &k->rr, true, again, &k->len) != 0)
			continue;
		k->stored = malloc(k->len + 2);
		write_u16(k->stored, (uint16_t)k->len);
		memcpy(k->stored + 2, again, k->len);
		dns_name_lower(k->rr.owner, k->rr.owner);
		const struct dns_writer_rrset set = {
			.owner = k->rr.owner,
			.type = type,
			.class_ = k->rr.class_,
			.count = 1,
			.ttl = k->rr.ttl,
			.data = { k->stored, k->len + 2 },
		};
		if (dns_writer_put(&w, &set) != 0) {
			free(k->stored);
			break;
		}
		count++;
	}
	size_t len = dns_writer_finish(&w);
	CHECK(dns_message_begin((struct span){ out, len }, &m) == 0);
	for (size_t i = 0; i < count; i++) {
		struct dns_rr_view rr;
		uint8_t lower[DNS_NAME_MAX];
		size_t again_len;
		CHECK(dns_message_next_rr(&m, &rr) == 0);
		dns_name_lower(rr.owner, lower);
		CHECK(dns_name_equal(lower, kept[i].rr.owner));
		CHECK(rr.type == kept[i].rr.type && rr.class_ == kept[i].rr.class_ &&
			rr.ttl == kept[i].rr.ttl);
		CHECK(dns_message_rdata(&m, &rr, true, again, &again_len) == 0);
		CHECK(again_len == kept[i].len &&
			memcmp(again, kept[i].stored + 2, again_len) == 0);
	}
	CHECK(dns_message_next_rr(&m, &(struct dns_rr_view){ 0 }) == E_EOF &&
		!dns_message_has_trailing(&m));
	for (size_t i = 0; i < count; i++)
		free(kept[i].stored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exact size: any octet read beyond is seen. */
	uint8_t *copy = malloc(size + (size == 0));
	struct span bytes = { copy, size };
	struct dns_request r;
	struct dns_tsig_session session;
	struct dns_ecs ecs;

	if (size > 0)
		memcpy(copy, data, size);
	enum dns_parse result = dns_request_parse(bytes, &r);
	if (result == DNS_PARSE_OK) {
		check_request(&r);
		check_tsig(&r);
		if (dns_edns_has(&r.edns, DNS_EDNS_ECS) && dns_ecs_read(r.edns.ecs, &ecs) == 0)
			CHECK(dns_ecs_size(&ecs) <= r.edns.ecs.len);
		check_rewrite(bytes, &r);
	} else if (result == DNS_PARSE_FORMERR) {
		CHECK(r.question_end <= size);
	}
	dns_tsig_session_begin(&session, &key);
	if (size >= 12)
		CHECK(dns_tsig_verify_response(&session, bytes, 0, NULL) != 0);
	free(copy);
	return 0;
}
