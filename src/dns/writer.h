/*
 * dns/writer: writing a message straight into the send buffer.
 *
 *	begin_response --> section, put, put, ... --> (release, dns_edns_put) --> finish
 *
 *	start              pos                    limit         end
 *	| header | question | records ...    | free | reserved    |
 *
 * I1  An RRset is written whole or not at all; after E_SPACE the message is as before the call.
 * I2  pos <= limit <= end.
 * I3  Pointers lead to offsets < 16384 before the name that uses them, never to the root
 *     (RFC 1035 section 4.1.4).
 * I4  Names in RDATA are compressed in NS, CNAME, SOA, PTR, MINFO and MX only (RFC 3597 section 4).
 *
 * Compression without a table: an owner is mostly known to be somewhere (the QNAME, a suffix of it,
 * a name in an earlier rdata, the owner before), and then costs one store. Other names are compared
 * from their end with the QNAME and the few names written last; each comparison yields the longest
 * common suffix.
 *
 * Names and rdata given to `put` stay in place until finish: later names are compared with them.
 *
 * Cost     no allocation; an RR without compressible names is one copy of its stored rdata. In
 *          instructions: begin 80, an address 100, a name to be compressed 200.
 * Threads  none inside; one writer a message.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include "base/err.h"
#include "dns/message.h"

/* Names remembered besides the QNAME. Power of 2. */
#define DNS_WRITER_NAMES 8

struct dns_writer_name {
	const uint8_t *wire; /* lower case, uncompressed, borrowed */
	uint16_t at;         /* offset in the message */
	uint16_t tail_at;    /* where the pointer after the literal octets leads, 0: there's none */
	uint8_t len;         /* of the wire form */
	uint8_t literal; /* its leading octets that stand at `at`; the rest is behind the pointer */
};

struct dns_writer {
	uint8_t *start, *pos;
	uint8_t *limit; /* of records: end - reserved */
	uint8_t *end;
	uint16_t counts[4];       /* by enum dns_section */
	enum dns_section section; /* that `put` counts for */
	uint16_t owner_at; /* offset of the owner of the last RRset put, 0 = can't be pointed to */
	uint8_t qname_len;
	/* private: compression */
	uint8_t names_next, names_count;
	struct dns_writer_name qname;
	struct dns_writer_name names[DNS_WRITER_NAMES];
};

/* An RRset to put: packed rdatas in stored form, each { uint16 length in network order, octets }. */
struct dns_writer_rrset {
	const uint8_t *owner; /* lower-case wire name; used (and needed) if owner_at is 0 */
	uint16_t owner_at;    /* known place of it (< 16384): DNS_HEADER_SIZE for the QNAME */
	uint16_t type, class_;
	uint16_t count; /* of rdatas, > 0 */
	uint16_t first; /* write them from this one on, around the end (< count) */
	uint32_t ttl;
	struct span data; /* all packed rdatas, exactly */
	/* If not NULL: gets for each rdata (by its place in `data`, whatever `first`) the offset in
	 * the message of its name: the target of NS, CNAME, PTR, MX, SRV, SVCB, HTTPS...; 0: none
	 * that can be pointed to. Room for `count`, or for the first max_places of them. */
	uint16_t *places;
	uint16_t max_places;
};

/* Begin a response: header and question are copied from the request; QR set; AA TC RA AD CD Z RCODE
 * and counts cleared. The message gets at most `size` octets. E_SPACE: the question doesn't fit.
 * The request lives until finish. */
MUST_USE int dns_writer_begin_response(
	struct dns_writer *w, uint8_t *out, size_t size, const struct dns_request *request);

/* Begin a message of one's own. `qname` is written as it is; flags as DNS_FLAG_..., opcode in bits
 * 11-14. */
MUST_USE int dns_writer_begin_query(struct dns_writer *w, uint8_t *out, size_t size, uint16_t id,
	uint16_t flags, const uint8_t *qname, uint16_t qtype, uint16_t qclass);

static inline void dns_writer_section(struct dns_writer *w, enum dns_section section)
{
	w->section = section;
}

/* Put an RRset. E_SPACE: it doesn't fit; nothing was written. */
MUST_USE int dns_writer_put(struct dns_writer *w, const struct dns_writer_rrset *rrset);

/* Fixed octets of a record between owner and rdata length. */
#define DNS_RR_FIXED 8

static inline uint64_t dns_rr_fixed(uint16_t type, uint16_t class_, uint32_t ttl)
{
	return (uint64_t)type << 48 | (uint64_t)class_ << 32 | ttl;
}

/* Copy a stored rdata with its length; the place behind it. Addresses, the most frequent ones, in plain moves. */
static inline uint8_t *dns_rdata_copy(uint8_t *p, const uint8_t *rdata, size_t size)
{
	if (size == 6)
		memcpy(p, rdata, 6);
	else if (size == 18)
		memcpy(p, rdata, 18);
	else
		memcpy(p, rdata, size);
	return p + size;
}

/* Types with names that are compressed (I4), all below 64. */
#define DNS_WRITER_COMPRESSED                                               \
	(UINT64_C(1) << DNS_TYPE_NS | UINT64_C(1) << DNS_TYPE_CNAME |       \
		UINT64_C(1) << DNS_TYPE_SOA | UINT64_C(1) << DNS_TYPE_PTR | \
		UINT64_C(1) << DNS_TYPE_MINFO | UINT64_C(1) << DNS_TYPE_MX)

static inline bool dns_writer_compresses(uint16_t type)
{
	return type < 64 && (DNS_WRITER_COMPRESSED >> type & 1) != 0;
}

/* Put an RRset of class IN whose owner's place is known and whose rdata is copied as it is: no name in it is compressed or
 * noted. The hot way, in line. E_SPACE. */
MUST_USE static inline int dns_writer_copy(struct dns_writer *w, uint16_t owner_at, uint16_t type,
	uint32_t ttl, unsigned count, struct span data)
{
	const uint64_t fixed = dns_rr_fixed(type, DNS_CLASS_IN, ttl);
	const uint8_t *rdata = data.data;
	uint8_t *p = w->pos;

	if (UNLIKELY((2 + DNS_RR_FIXED) * (size_t)count + data.len > (size_t)(w->limit - p)))
		return E_SPACE;
	w->counts[w->section] = (uint16_t)(w->counts[w->section] + count);
	w->owner_at = owner_at;
	do {
		size_t size = 2 + (size_t)read_u16(rdata);
		write_u16(p, (uint16_t)(0xc000 | owner_at));
		write_u64(p + 2, fixed);
		p = dns_rdata_copy(p + 2 + DNS_RR_FIXED, rdata, size);
		rdata += size;
	} while (UNLIKELY(--count > 0));
	w->pos = p;
	return 0;
}

/* Put one record with rdata in wire form that's copied as it is, owner uncompressed or compressed
 * as put does. */
MUST_USE int dns_writer_put_rr(struct dns_writer *w, const uint8_t *owner, uint16_t type,
	uint16_t class_, uint32_t ttl, struct span rdata);

/* Offset of the suffix of the QNAME that is `name_len` octets long (a zone's apex, a cut, an
 * encloser), as owner_at. Only for suffixes of the QNAME other than the root; 0 for the root. */
static inline uint16_t dns_writer_qname_suffix(const struct dns_writer *w, size_t name_len)
{
	return name_len > 1 ? (uint16_t)(DNS_HEADER_SIZE + w->qname_len - name_len) : 0;
}

/* Octets that may still be written. */
static inline size_t dns_writer_left(const struct dns_writer *w)
{
	return (size_t)(w->limit - w->pos);
}

/* Keep `n` octets free behind the records. E_SPACE. */
MUST_USE static inline int dns_writer_reserve(struct dns_writer *w, size_t n)
{
	if (UNLIKELY(n > dns_writer_left(w)))
		return E_SPACE;
	w->limit -= n;
	return 0;
}

/* Give back what was reserved. */
static inline void dns_writer_release(struct dns_writer *w, size_t n)
{
	w->limit += n;
	if (UNLIKELY(w->limit > w->end))
		w->limit = w->end;
}

/* A point to which the message can be rolled back. */
struct dns_writer_mark {
	uint8_t *pos;
	uint16_t counts[4];
	enum dns_section section;
	uint16_t owner_at;
};
static inline struct dns_writer_mark dns_writer_mark(const struct dns_writer *w)
{
	return (struct dns_writer_mark){
		.pos = w->pos,
		.counts = { w->counts[0], w->counts[1], w->counts[2], w->counts[3] },
		.section = w->section,
		.owner_at = w->owner_at,
	};
}
void dns_writer_rollback(struct dns_writer *w, const struct dns_writer_mark *mark);

/* Header bits. */
static inline void dns_writer_set_aa(struct dns_writer *w)
{
	w->start[2] |= DNS_FLAG_AA >> 8;
}
static inline void dns_writer_clear_aa(struct dns_writer *w)
{
	w->start[2] &= (uint8_t) ~(DNS_FLAG_AA >> 8);
}
static inline void dns_writer_set_tc(struct dns_writer *w)
{
	w->start[2] |= DNS_FLAG_TC >> 8;
}
/* The lower 4 bits; the upper ones go into the OPT (struct dns_edns_reply). */
static inline void dns_writer_set_rcode(struct dns_writer *w, unsigned rcode)
{
	w->start[3] = (uint8_t)((w->start[3] & 0xf0) | (rcode & 15));
}

/* Write the counts into the header; the length of the message. May be called again after more
 * records. */
static inline size_t dns_writer_finish(struct dns_writer *w)
{
	write_u16(w->start + 4, w->counts[0]);
	write_u16(w->start + 6, w->counts[1]);
	write_u16(w->start + 8, w->counts[2]);
	write_u16(w->start + 10, w->counts[3]);
	return (size_t)(w->pos - w->start);
}
