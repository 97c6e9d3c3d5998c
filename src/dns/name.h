/*
 * dns/name: domain names.
 *
 * A name in memory is a `const uint8_t *` to its uncompressed wire form (RFC 1035 section 3.1):
 * valid by construction (dns_name_read and dns_name_parse are the only doors), so it carries its own end.
 * Keys, owners in zones and configuration are lower-case; a QNAME keeps its letters and
 * is lowered into a copy by who looks it up.
 *
 * Cost: all linear in the name. Threads: pure functions.
 */
#pragma once
#include "base/attr.h"
#include "base/buf.h"
#include "base/cursor.h"

#define DNS_NAME_MAX       255 /* octets in wire form */
#define DNS_LABEL_MAX      63
#define DNS_LABELS_MAX     127
#define DNS_NAME_TEXT_SIZE 1025 /* every octet as \DDD, dots, final zero */

/* Lower case of each octet: ASCII letters only (RFC 4343). Length octets (<= 63) map to themselves,
 * so a whole wire name may be run through it. */
extern const uint8_t dns_lower[256];

/* Where the labels of a name begin: offsets of their length octets, leftmost first, and a bit for each that is below 64. */
struct dns_labels {
	uint8_t name_len; /* octets, final zero included */
	uint8_t count;    /* without the root */
	uint64_t bits;
	uint8_t at[DNS_LABELS_MAX + 1];
};

/* A few octets, n > 0, without a call: in pieces that overlap, so that there's no loop for the fewest. */
static inline bool dns_octets_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	if (n >= 8) {
		for (size_t k = 0; k + 8 < n; k += 8) {
			if (read_u64(a + k) != read_u64(b + k))
				return false;
		}
		return read_u64(a + n - 8) == read_u64(b + n - 8);
	}
	if (n >= 4)
		return read_u32(a) == read_u32(b) && read_u32(a + n - 4) == read_u32(b + n - 4);
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

/* Octets of the wire form, final zero included. */
static inline size_t dns_name_len(const uint8_t *name)
{
	const uint8_t *p = name;
	while (*p != 0)
		p += 1 + *p;
	return (size_t)(p - name) + 1;
}

/* Number of labels without the root. */
static inline unsigned dns_name_labels(const uint8_t *name)
{
	unsigned n = 0;
	for (; *name != 0; name += 1 + *name)
		n++;
	return n;
}

/* The name without its `n` leftmost labels. n <= labels. */
static inline const uint8_t *dns_name_skip(const uint8_t *name, unsigned n)
{
	for (; n > 0; n--)
		name += 1 + *name;
	return name;
}

static inline bool dns_name_is_wildcard(const uint8_t *name)
{
	return name[0] == 1 && name[1] == '*';
}

/* Check an uncompressed name at the cursor and step over it. The span borrows. Sets c->failed. */
struct span dns_name_take(struct cursor *c);

/* Read a possibly compressed name (RFC 1035 section 4.1.4) at the cursor, which stands in `message`:
 * pointers only backwards from the place where the name began, so it ends. Letters as they are.
 * Writes up to DNS_NAME_MAX octets; returns the length, or 0 with c->failed set. */
size_t dns_name_read(struct cursor *c, struct span message, uint8_t *ret);

/* Lower case copy; returns the length. dst == src is fine. */
size_t dns_name_lower(const uint8_t *src, uint8_t *dst);

/* Equal: octet by octet (both lower), or without regard to case. */
bool dns_name_equal(const uint8_t *a, const uint8_t *b);
bool dns_name_equal_nocase(const uint8_t *a, const uint8_t *b);

/* Canonical order (RFC 4034 section 6.1), without regard to case. < 0, 0, > 0. */
int dns_name_compare(const uint8_t *a, const uint8_t *b);

/* Is `name` at or below `parent`? Both lower. Returns the number of labels above 'parent' plus one, or 0. */
unsigned dns_name_below(const uint8_t *name, const uint8_t *parent);

/* Number of labels that two names have in common from the root (both lower). */
unsigned dns_name_common(const uint8_t *a, const uint8_t *b);

/* Replace the suffix of `old_labels` labels of `name` by `suffix` (DNAME, RFC 6672 section 2.2). Returns the length or 0
 * if the result were longer than DNS_NAME_MAX or DNS_LABELS_MAX. */
size_t dns_name_replace_suffix(
	const uint8_t *name, unsigned old_labels, const uint8_t *suffix, uint8_t *ret);

/* Presentation form with final dot and RFC 1035/4343 escapes (\. \\ \DDD); returns the length.
 * `ret` has DNS_NAME_TEXT_SIZE; zero-terminated. */
size_t dns_name_print(const uint8_t *name, char *ret);
void dns_name_print_buf(const uint8_t *name, struct buf *out);

/* Presentation form to wire form, letters kept. Without final dot it is relative to `origin` (NULL: an
 * absolute name whose final dot may be missing); "@" is the origin. *ret has DNS_NAME_MAX and isn't where the origin is;
 * on 0 *len is set, on error *ret holds anything. E_MALFORMED (empty label, bad escape), E_RANGE (label or name too long). */
MUST_USE int dns_name_parse(struct span text, const uint8_t *origin, uint8_t *ret, size_t *len);
/* The same in lower case. The origin is copied as it is. */
MUST_USE int dns_name_parse_lower(
	struct span text, const uint8_t *origin, uint8_t *ret, size_t *len);

/* Does a name's text end with a dot that isn't escaped? */
bool dns_name_is_absolute(struct span text);
