/*
 * dns/edns: the OPT record and its options (RFC 6891).
 *
 *	request --> dns_edns_read --> struct dns_edns (facts, borrowed spans)
 *	struct dns_edns_reply --> reserve its fixed size --> compose --> release --> dns_edns_put
 *
 * What a response's OPT must hold (the header, NSID, CLIENT-SUBNET, COOKIE) has its room reserved
 * before the sections are composed; the other options (EDE, EXPIRE, ZONEVERSION, PADDING) use only
 * what is left.
 *
 * Threads: pure functions.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

struct dns_writer;

enum dns_edns_option {
	DNS_EDNS_NSID = 3,
	DNS_EDNS_ECS = 8,          /* RFC 7871 */
	DNS_EDNS_EXPIRE = 9,       /* RFC 7314 */
	DNS_EDNS_COOKIE = 10,      /* RFC 7873 */
	DNS_EDNS_KEEPALIVE = 11,   /* RFC 7828 */
	DNS_EDNS_PADDING = 12,     /* RFC 7830 */
	DNS_EDNS_EDE = 15,         /* RFC 8914 */
	DNS_EDNS_ZONEVERSION = 19, /* RFC 9660 */
};

/* Bits of the OPT's TTL, lower half. */
#define DNS_EDNS_DO 0x8000
#define DNS_EDNS_DE 0x2000 /* DELEG aware */

#define DNS_EDNS_FIXED 11 /* octets of an OPT without options */

/* Sets of options: a bit for each code below 32. */
#define DNS_EDNS_BIT(code) (UINT32_C(1) << (code))

/* EDNS facts of a message. If !present, only `seen` (0) and `flags` (0) have a meaning besides it.
 * */
struct dns_edns {
	bool present;
	uint8_t ext_rcode; /* upper 8 bits of the RCODE */
	uint8_t version;
	uint16_t payload;
	uint16_t flags;      /* DNS_EDNS_DO, DNS_EDNS_DE, others */
	uint32_t seen;       /* DNS_EDNS_BIT(...); of an option that comes twice the first counts */
	struct span options; /* all of them, checked */
	/* Data of these options; set only if seen. */
	struct span ecs, cookie, zoneversion;
};

static inline bool dns_edns_has(const struct dns_edns *edns, enum dns_edns_option code)
{
	return (edns->seen & DNS_EDNS_BIT(code)) != 0;
}

/* Read an OPT from its CLASS, TTL and RDATA. Borrows the rdata. E_MALFORMED: a bad list of options.
 * */
MUST_USE int dns_edns_read(uint16_t class_, uint32_t ttl, struct span rdata, struct dns_edns *ret);

/* Step through checked options: true and the next one, or false at the end. */
static inline bool dns_edns_next(struct span *options, uint16_t *code, struct span *data)
{
	if (options->len < 4)
		return false;
	size_t len = read_u16(options->data + 2);
	*code = read_u16(options->data);
	*data = (struct span){ options->data + 4, len };
	options->data += 4 + len;
	options->len -= 4 + len;
	return true;
}

/* EDNS Client Subnet (RFC 7871 section 6). Octets and bits of the address beyond the source prefix
 * are 0. */
struct dns_ecs {
	uint16_t family; /* 1 IPv4, 2 IPv6 */
	uint8_t source, scope;
	uint8_t address[16];
};

/* E_MALFORMED: family not 1 or 2, a prefix longer than the address, octets missing. Superfluous
 * octets and bits are masked off. */
MUST_USE int dns_ecs_read(struct span option, struct dns_ecs *ret);
/* Octets of the option's data: 4 plus what the source prefix needs. */
static inline size_t dns_ecs_size(const struct dns_ecs *ecs)
{
	return 4 + (ecs->source + 7u) / 8;
}

/* The OPT to send. The first four fields are always set, those of an option only if `has` has its bit. Spans are borrowed until
 * it is put. */
struct dns_edns_reply {
	uint16_t payload;
	uint16_t flags; /* DO and DE as in the query */
	uint16_t rcode; /* the whole one; its lower 4 bits are for dns_writer_set_rcode */
	uint32_t has; /* DNS_EDNS_BIT(...): NSID, ECS, COOKIE, EDE, EXPIRE, ZONEVERSION, PADDING */
	struct span nsid;
	struct dns_ecs ecs;
	struct span cookie;
	uint16_t ede; /* INFO-CODE */
	uint32_t expire;
	uint8_t zoneversion_labels;
	uint32_t zoneversion_serial;
	uint16_t pad_block; /* message length is padded to a multiple of it (RFC 8467) */
	uint16_t pad_after; /* octets that follow the OPT (a TSIG record): counted by the padding */
};

static inline bool dns_edns_reply_has(const struct dns_edns_reply *r, enum dns_edns_option code)
{
	return (r->has & DNS_EDNS_BIT(code)) != 0;
}

/* Octets to reserve: the OPT with the options that it must hold. */
static inline size_t dns_edns_fixed_size(const struct dns_edns_reply *r)
{
	size_t size = DNS_EDNS_FIXED;
	if (LIKELY(r->has == 0))
		return size;
	if (dns_edns_reply_has(r, DNS_EDNS_NSID))
		size += 4 + r->nsid.len;
	if (dns_edns_reply_has(r, DNS_EDNS_ECS))
		size += 4 + dns_ecs_size(&r->ecs);
	if (dns_edns_reply_has(r, DNS_EDNS_COOKIE))
		size += 4 + r->cookie.len;
	return size;
}

/* Write the OPT into the additional section, options in the order NSID, ECS, COOKIE, EDE, EXPIRE,
 * ZONEVERSION, PADDING. The caller has released what it reserved for it. E_SPACE: not even the
 * fixed part fits, nothing was written. */
MUST_USE int dns_edns_put(struct dns_writer *w, const struct dns_edns_reply *r);
