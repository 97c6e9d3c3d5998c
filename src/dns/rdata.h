/*
 * dns/rdata: what is inside a record, driven by the table of types.
 *
 * Forms of rdata:
 *	wire      as in a message, names possibly compressed
 *	stored    uncompressed; names lower-cased for the types of RFC 4034 section 6.2 as the table says. What zones hold
 *	text      presentation form
 * All functions are pure; `out` buffers are appended to and carry their error.
 */
#pragma once
#include "base/attr.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "dns/lexer.h"

#define DNS_RDATA_MAX 65535

struct dns_lexer;

/* Parse the rdata that starts at the lexer's place up to the end of the line, in the type's own form or as
 * RFC 3597 "\# len hex" (then checked against the layout). Names relative to `origin`. Writes the stored form to `out`
 * (DNS_RDATA_MAX octets); the EOL token is consumed. On error *why is a static text for the operator. */
MUST_USE int dns_rdata_parse(uint16_t type, struct dns_lexer *lexer, const uint8_t *origin,
	uint8_t *out, size_t *len, const char **why);

/* Presentation styles. */
struct dns_print_style {
	bool generic;          /* RFC 3597 form for all types */
	bool wrap;             /* multi-line with parentheses for long types */
	bool no_crypto;        /* "[omitted]" for keys and signatures */
	bool portable;         /* what Knot DNS doesn't read in RFC 3597 form */
	bool human_time;       /* RRSIG times as YYYYMMDDHHmmSS (true, default) or as numbers */
	const uint8_t *origin; /* print names relative to it, NULL = absolute */
	const char *indent;    /* text after a line break when wrapping */
};
extern const struct dns_print_style dns_print_default, dns_print_dump;
void dns_rdata_print(
	uint16_t type, struct span rdata, const struct dns_print_style *style, struct buf *out);

/* Wire check: does `rdata` (uncompressed) fit the type's layout exactly? 0 or E_MALFORMED. */
MUST_USE int dns_rdata_check(uint16_t type, struct span rdata);

/* Read rdata of `len` octets at the cursor in `message`, decompressing names, into stored form if
 * `lower`, else with letters kept. `out` has room for DNS_RDATA_MAX. E_MALFORMED. */
MUST_USE int dns_rdata_read(uint16_t type, struct cursor *c, struct span message, size_t len,
	bool lower, uint8_t *out, size_t *out_len);

/* Lower-case names in place where the stored form asks for it (the rdata has been checked). */
void dns_rdata_lower(uint16_t type, uint8_t *rdata, size_t len);

/* Canonical order of rdata in stored form: left-justified octet order (RFC 4034 section 6.3). */
int dns_rdata_compare(struct span a, struct span b);

/* Is a type in a bitmap of NSEC or NSEC3 (RFC 4034 section 4.1.2)? Of a malformed one, what precedes the fault counts. */
bool dns_bitmap_has(struct span bitmap, uint16_t type);

/* Where names are in a (checked) rdata and what may be done with them. */
struct dns_rdata_name {
	size_t offset, len;
	bool compressible; /* NS CNAME SOA PTR MINFO MX only */
};
/* Fills up to `max`, returns the number. */
size_t dns_rdata_names(uint16_t type, struct span rdata, struct dns_rdata_name *ret, size_t max);

/* May the writer compress names in this type? Then the names come first or after a fixed prefix:
 * hot-path test without the table walk. */
bool dns_type_compressible(uint16_t type);

/* The tag of a key by the rdata of its DNSKEY (RFC 4034 appendix B). */
uint16_t dns_key_tag(struct span dnskey);
