/*
 * dns/rrtype: the one table of RR types.
 *
 * Each type that IANA has assigned (and that the server knows) is a row: code, mnemonic, and the
 * rdata's layout as a sequence of fields. Parsing, printing, wire checks, lowering, canonical form, compression and the
 * names embedded in rdata all come from the layout. Adding a type is one row here and one in its test.
 */
#pragma once
#include "base/attr.h"
#include "base/buf.h"
#include "base/cursor.h"

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MINFO = 14,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_SIG = 24,
	DNS_TYPE_KEY = 25,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_LOC = 29,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_APL = 42,
	DNS_TYPE_DS = 43,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_NSEC3PARAM = 51,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_CDS = 59,
	DNS_TYPE_CDNSKEY = 60,
	DNS_TYPE_CSYNC = 62,
	DNS_TYPE_ZONEMD = 63,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_TKEY = 249,
	DNS_TYPE_TSIG = 250,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_TYPE_MAILB = 253,
	DNS_TYPE_MAILA = 254,
	DNS_TYPE_ANY = 255,
	DNS_TYPE_CAA = 257,
	DNS_TYPE_DELEG = 61440,
	DNS_TYPE_DELEGPARAM = 65433,
};

enum dns_class {
	DNS_CLASS_IN = 1,
	DNS_CLASS_CH = 3,
	DNS_CLASS_HS = 4,
	DNS_CLASS_NONE = 254,
	DNS_CLASS_ANY = 255
};
enum dns_opcode {
	DNS_OPCODE_QUERY,
	DNS_OPCODE_IQUERY,
	DNS_OPCODE_STATUS,
	DNS_OPCODE_NOTIFY = 4,
	DNS_OPCODE_UPDATE = 5,
	DNS_OPCODE_DSO = 6
};
enum dns_rcode {
	DNS_RCODE_NOERROR,
	DNS_RCODE_FORMERR,
	DNS_RCODE_SERVFAIL,
	DNS_RCODE_NXDOMAIN,
	DNS_RCODE_NOTIMPL,
	DNS_RCODE_REFUSED,
	DNS_RCODE_YXDOMAIN,
	DNS_RCODE_YXRRSET,
	DNS_RCODE_NXRRSET,
	DNS_RCODE_NOTAUTH,
	DNS_RCODE_NOTZONE,
	DNS_RCODE_BADVERS = 16,
	DNS_RCODE_BADCOOKIE = 23,
};

struct dns_rrtype; /* a row, rrtype_table.h */

/* The row of a code, or NULL for an unknown type (RFC 3597 form). O(1). */
const struct dns_rrtype *dns_rrtype_of(uint16_t type);
/* Mnemonic or "TYPEn", "CLASSn", any case. 0 or E_NORRTYPE / E_NORRCLASS. */
MUST_USE int dns_type_parse(struct span text, uint16_t *ret);
MUST_USE int dns_class_parse(struct span text, uint16_t *ret);
void dns_type_print(uint16_t type, struct buf *out);
/* The same with those mnemonics only that Knot DNS reads: what a dump holds. */
void dns_type_print_portable(uint16_t type, struct buf *out);
void dns_class_print(uint16_t class_, struct buf *out);
/* Static text of an (extended) RCODE or opcode; "unknown"-forms are printed by the caller (NULL). */
const char *dns_rcode_name(unsigned rcode);
const char *dns_opcode_name(unsigned opcode);
/* The same of an error in a TSIG record, where 16 is BADSIG (RFC 8945 section 3). */
const char *dns_tsig_error_name(unsigned error);
/* Parse either; 0 or E_INVALID. */
MUST_USE int dns_rcode_parse(struct span text, unsigned *ret);
