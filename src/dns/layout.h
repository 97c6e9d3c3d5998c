/*
 * dns/layout: how the rdata of each type is laid out (inside the dns room).
 *
 * A layout is a string of field codes, in order. Parsing, printing, checking, lowering and finding names all walk it.
 *
 *	names     n lower-cased, compressible   l lower-cased   u as it is   j lower-cased, or nothing at the end (A6)
 *	numbers   1 2 4 (octets, decimal)   6 48 bits   8 64 bits   t an RR type   g DNSSEC algorithm   T time (RRSIG)   c certificate type   f DSYNC scheme   e TSIG error   D TTL-like
 *	addresses a IPv4   A IPv6   E EUI48   F EUI64   N four groups of 16 bits (NID, L64)
 *	strings   s one <character-string>   r one or none at the end   S one or more   q the rest as one quoted string   o a word <character-string> (CAA tag)
 *	binary    x hexadecimal to the end   X the same, may be empty   b base64 to the end   B the same, may be empty   d the same, "-" if empty
 *	          h one-octet length, hex or "-"   z one-octet length, base32hex   P 0x and hex (NSAP)   Q hex or + and digits (ATMA)
 *	others    m type bitmap   y bitmap of NXT   v SvcParams   O LOC   p APL   H A6 prefix length and suffix   W WKS   I IPSECKEY gateway and key   M AMTRELAY relay   k HIP
 *	          K two-octet length, base64 (TKEY, TSIG)
 *
 * Threads  immutable tables; pure functions.
 */
#pragma once
#include "base/attr.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

struct dns_rrtype {
	uint16_t type;
	const char *name;
	const char *layout; /* NULL: a query type, no rdata form of its own */
	uint8_t flags;
};
#define DNS_RRTYPE_EMPTY   1 /* RDLENGTH 0 is fine in class IN */
#define DNS_RRTYPE_GENERIC 2 /* in dumps: the mnemonic, but rdata in generic form */
#define DNS_RRTYPE_NUMBER  4 /* in dumps: TYPEn and generic form */

/* One field in wire form at the cursor: checked and stepped over. False: malformed. */
bool dns_field_skip(char code, struct cursor *c);

/* IPv6 text as RFC 5952 has it, dotted only for mapped addresses; `family` AF_INET or AF_INET6. */
void dns_print_address(int family, const uint8_t *addr, struct buf *out);

/* The next line of a record that is spread over several. */
void dns_print_break(const struct dns_print_style *style, struct buf *out);

/* Names that codes stand for. */
static inline bool dns_field_is_name(char code)
{
	return code == 'n' || code == 'l' || code == 'u' || code == 'j';
}

/* Letters, digits, and what tags in the field have besides (RFC 8659 section 4.1 has the former only). */
static inline bool dns_is_tag_octet(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
	       c == '_';
}
