/*
 * dns/message: reading messages.
 *
 * Two readers: dns_request_parse, made for the server's hot path, takes in a request at once;
 * struct dns_message steps through any message record by record (clients, transfers, updates).
 *
 * The common request (one question, nothing else or one OPT) is read in a straight line. All others
 * take a cold way that checks every record against its type's layout (RFC 1035 section 4.1).
 *
 * Memory   no allocation. Results borrow from the message.
 * Threads  pure functions.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include "dns/edns.h"
#include "dns/name.h"
#include "dns/rrtype.h"

#define DNS_HEADER_SIZE 12
#define DNS_MESSAGE_MAX 65535

/* Second 16 bits of the header (RFC 1035 section 4.1.1, RFC 4035). */
#define DNS_FLAG_QR             0x8000
#define DNS_FLAG_AA             0x0400
#define DNS_FLAG_TC             0x0200
#define DNS_FLAG_RD             0x0100
#define DNS_FLAG_RA             0x0080
#define DNS_FLAG_Z              0x0040
#define DNS_FLAG_AD             0x0020
#define DNS_FLAG_CD             0x0010
#define DNS_FLAGS_OPCODE(flags) (((flags) >> 11) & 15)
#define DNS_FLAGS_RCODE(flags)  ((flags)&15)

enum dns_section {
	DNS_SECTION_QUESTION,
	DNS_SECTION_ANSWER,
	DNS_SECTION_AUTHORITY,
	DNS_SECTION_ADDITIONAL
};

/* ---- Requests ---- */

enum dns_parse {
	DNS_PARSE_OK,
	DNS_PARSE_DROP, /* no answer: too short, a response, or a question that can't be read */
	DNS_PARSE_FORMERR, /* header and question are good, the rest is malformed; or a query with several questions */
};

struct dns_request {
	struct span message;
	uint16_t id;
	uint16_t flags;
	uint8_t opcode;
	bool has_question;       /* QDCOUNT 1; else 0 and all of the question is zero or empty */
	struct dns_labels qname; /* see dns_request_qname */
	uint16_t qtype, qclass;
	uint16_t question_end; /* offset; the question is message[12..question_end) */
	/* Records. Offsets of the sections in the message: where their first record is or would be.
	 * */
	uint16_t ancount, nscount, arcount; /* arcount counts OPT and TSIG too */
	uint16_t answer_at, authority_at, additional_at;
	uint16_t
		tsig_at; /* offset of the TSIG record, for which dns_tsig_read succeeds; 0 = none */
	struct dns_edns edns;
	/* The question name in lower case at [12], as it stands in the message (the head is
	 * undefined: names are lowered in whole vectors that reach before them). Use
	 * dns_request_qname. */
	uint8_t lower[DNS_HEADER_SIZE + DNS_NAME_MAX + 21];
};

/* The question name, lower case. Lives in the request. "." if there's no question. */
static inline const uint8_t *dns_request_qname(const struct dns_request *r)
{
	return r->lower + DNS_HEADER_SIZE;
}

/* The question name as the client wrote it. Only if has_question. */
static inline const uint8_t *dns_request_qname_wire(const struct dns_request *r)
{
	return r->message.data + DNS_HEADER_SIZE;
}

/* Take in a request. Header bits TC AA RA Z AD CD and the RCODE are ignored. QDCOUNT 0 is OK here
 * with has_question false: what it means depends on the opcode. *ret is set in part unless OK: on
 * FORMERR message, id, flags, opcode and the question; on DROP nothing. Never reads past the
 * message. */
enum dns_parse dns_request_parse(struct span message, struct dns_request *ret);

/* ---- Any message, record by record ---- */

struct dns_message {
	struct span bytes;
	uint16_t id, flags;
	uint16_t counts[4]; /* by enum dns_section, as in the header */
	/* private */
	struct cursor cursor;
	uint16_t left[4];
};

struct dns_question {
	uint8_t name[DNS_NAME_MAX]; /* letters kept */
	uint8_t name_len;
	uint16_t type, class_;
};

struct dns_rr_view {
	enum dns_section section;
	uint16_t at; /* offset of the record in the message */
	uint16_t type, class_;
	uint32_t ttl;
	struct span rdata;           /* as in the message: names may be compressed */
	uint8_t owner[DNS_NAME_MAX]; /* letters kept */
	uint8_t owner_len;
};

/* Read the header. E_FEWDATA: shorter than it. Borrows the bytes. */
MUST_USE int dns_message_begin(struct span bytes, struct dns_message *ret);
/* The next question; to be read before the records (next_rr skips what is left of them). E_EOF: no
 * more; E_MALFORMED. */
MUST_USE int dns_message_next_question(struct dns_message *m, struct dns_question *ret);
/* The next record of answer, authority, additional. 0 and *ret; E_EOF after the last counted one;
 * E_MALFORMED. Rdata isn't checked. */
MUST_USE int dns_message_next_rr(struct dns_message *m, struct dns_rr_view *ret);
/* Are there octets behind the last record? After E_EOF. */
static inline bool dns_message_has_trailing(const struct dns_message *m)
{
	return cursor_left(&m->cursor) != 0;
}
/* The rdata of a record without compression, checked against the type's layout: as dns_rdata_read.
 * */
MUST_USE int dns_message_rdata(const struct dns_message *m, const struct dns_rr_view *rr,
	bool lower, uint8_t *out, size_t *len);
