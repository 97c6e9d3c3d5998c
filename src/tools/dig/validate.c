/*
 * tools/dig: is a reply what the zone's keys signed, and does it prove what it says (RFC 4035 section 5, RFC 5155 section 8)?
 *
 *	reply --> RRsets with their signatures --> each verified --> the name followed through aliases --> answer, referral or denial
 *
 * There's no trust anchor: a zone's DNSKEYs are taken from the same server, and have to sign themselves. All memory is dig_alloc's.
 */
#include "base/encode.h"
#include "crypto/nsec3.h"
#include "crypto/rrsig.h"
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ALIASES_MAX 32

enum level { OUTCOME = 1, ERRORS, EVERYTHING };
enum section { ANSWER, AUTHORITY };

/* Owner, rdatas and signatures in canonical form, rdatas in canonical order. */
struct rrset {
	struct rrset *next;
	const uint8_t *owner;
	enum section section;
	uint16_t type, class_;
	struct span *rdatas, *signatures;
	size_t count, signature_count;
	int wildcard_labels; /* of the valid signature, if the owner was expanded from a wildcard; else -1 */
};

struct reply {
	const uint8_t *qname; /* lower case */
	uint16_t qtype;
	unsigned rcode;
	struct rrset *rrsets;
};

struct zone {
	struct zone *next;
	const uint8_t *name;
	struct crypto_keyset keys;
};

struct validation {
	const struct dig_query *q;
	dig_fetch fetch;
	void *fetch_context;
	struct reply reply;
	struct zone *zones;
	const uint8_t *zone; /* that speaks in the reply */
	uint32_t now;
	bool is_bad;
	struct buf data; /* that a signature is over */
};

/* --- what is said --- */

static void say(struct validation *v, const char *kind, const char *text, const uint8_t *at)
{
	const bool is_error = strcmp(kind, "ERROR") == 0;
	v->is_bad = v->is_bad || is_error;
	if (v->q->validate < (is_error ? ERRORS : EVERYTHING))
		return;
	char name[DNS_NAME_TEXT_SIZE] = "";
	if (at != NULL)
		dns_name_print(at, name);
	printf(";; %s: %s%s%s\n", kind, text, at != NULL ? " at " : "", name);
}

static void info(struct validation *v, const char *text, const uint8_t *at)
{
	say(v, "INFO", text, at);
}

static void found(struct validation *v, const char *text, const uint8_t *at)
{
	say(v, "FOUND", text, at);
}

static void error(struct validation *v, const char *text, const uint8_t *at)
{
	say(v, "ERROR", text, at);
}

/* --- RRsets of a message --- */

static void *copy_of(const void *data, size_t len)
{
	void *copy = dig_alloc(len + 1);
	if (copy != NULL && len > 0)
		memcpy(copy, data, len);
	return copy;
}

static struct rrset *find(const struct reply *r, int section, const uint8_t *owner, uint16_t type)
{
	for (struct rrset *s = r->rrsets; s != NULL; s = s->next) {
		if ((section < 0 || s->section == (enum section)section) && s->type == type &&
			(owner == NULL || dns_name_equal(s->owner, owner)))
			return s;
	}
	return NULL;
}

static struct rrset *find_or_add(
	struct reply *r, enum section section, const uint8_t *owner, uint16_t type, uint16_t class_)
{
	struct rrset **end = &r->rrsets;
	struct rrset *s = find(r, (int)section, owner, type);
	if (s != NULL)
		return s;
	s = dig_alloc(sizeof(*s));
	if (s == NULL)
		return NULL;
	s->owner = copy_of(owner, dns_name_len(owner));
	s->section = section;
	s->type = type;
	s->class_ = class_;
	s->wildcard_labels = -1;
	if (s->owner == NULL)
		return NULL;
	while (*end != NULL)
		end = &(*end)->next;
	*end = s;
	return s;
}

static int add_rdata(struct span **list, size_t *count, struct span rdata)
{
	struct span *longer = dig_alloc((*count + 1) * sizeof(*longer));
	uint8_t *copy = copy_of(rdata.data, rdata.len);
	if (longer == NULL || copy == NULL)
		return E_NOMEM;
	if (*count > 0)
		memcpy(longer, *list, *count * sizeof(*longer));
	longer[(*count)++] = (struct span){ copy, rdata.len };
	*list = longer;
	return 0;
}

static int add_rr(struct reply *r, enum section section, struct dig_rr *rr, uint8_t *rdata)
{
	uint8_t owner[DNS_NAME_MAX];
	const bool is_signature = rr->type == DNS_TYPE_RRSIG;
	if (rr->type == DNS_TYPE_OPT || rr->type == DNS_TYPE_TSIG)
		return 0;
	if (dns_rdata_check(rr->type, rr->rdata) != 0)
		return E_MALFORMED;
	dns_name_lower(rr->owner, owner);
	memcpy(rdata, rr->rdata.data, rr->rdata.len);
	dns_rdata_lower(rr->type, rdata, rr->rdata.len);
	struct span canonical = { rdata, rr->rdata.len };
	struct rrset *s = find_or_add(
		r, section, owner, is_signature ? read_u16(rdata) : rr->type, rr->class_);
	if (s == NULL)
		return E_NOMEM;
	return is_signature ? add_rdata(&s->signatures, &s->signature_count, canonical)
			    : add_rdata(&s->rdatas, &s->count, canonical);
}

static int compare(const void *a, const void *b)
{
	return dns_rdata_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Canonical order, nothing twice (RFC 4034 section 6.3). */
static void sort(struct rrset *s)
{
	size_t kept = 0;
	if (s->count == 0)
		return;
	qsort(s->rdatas, s->count, sizeof(*s->rdatas), compare);
	for (size_t i = 1; i < s->count; i++) {
		if (dns_rdata_compare(s->rdatas[i], s->rdatas[kept]) != 0)
			s->rdatas[++kept] = s->rdatas[i];
	}
	s->count = kept + 1;
}

/* The answer and authority sections. E_MALFORMED, E_NOMEM. */
static int read_reply(struct span message, struct reply *ret)
{
	struct dig_reader *r = dig_alloc(sizeof(*r));
	uint8_t *rdata = dig_alloc(DNS_RDATA_MAX), name[DNS_NAME_MAX];
	struct dig_rr rr;
	uint16_t class_;
	if (r == NULL || rdata == NULL)
		return E_NOMEM;
	if (!dig_reader_init(r, message) || r->counts[0] != 1 ||
		!dig_read_question(r, name, &ret->qtype, &class_))
		return E_MALFORMED;
	dns_name_lower(name, name);
	ret->qname = copy_of(name, dns_name_len(name));
	ret->rcode = dig_extended_rcode(message);
	for (unsigned i = 0; i < (unsigned)r->counts[1] + r->counts[2]; i++) {
		if (!dig_read_rr(r, &rr))
			return E_MALFORMED;
		TRY(add_rr(ret, i < r->counts[1] ? ANSWER : AUTHORITY, &rr, rdata));
	}
	for (struct rrset *s = ret->rrsets; s != NULL; s = s->next)
		sort(s);
	return ret->qname != NULL ? 0 : E_NOMEM;
}

/* --- signatures --- */

static bool is_signed_by(
	struct validation *v, const struct rrset *s, struct zone *zone, struct crypto_rrsig *sig)
{
	crypto_rrsig_begin(sig, &v->data);
	for (size_t i = 0; i < s->count; i++)
		crypto_rrsig_add(sig, s->owner, s->class_, s->rdatas[i], &v->data);
	return v->data.error == 0 && crypto_keyset_verify(&zone->keys, sig, buf_span(&v->data));
}

static struct zone *zone_of(struct validation *v, const uint8_t *name);

/* `zone` NULL: whichever signed. */
static bool is_verified(struct validation *v, struct rrset *s, struct zone *zone)
{
	const unsigned labels = dns_name_labels(s->owner) - dns_name_is_wildcard(s->owner);
	for (size_t i = 0; i < s->signature_count && s->count > 0; i++) {
		struct crypto_rrsig sig;
		if (!crypto_rrsig_read(s->signatures[i], &sig) || sig.labels > labels ||
			!crypto_rrsig_is_current(&sig, v->now) ||
			dns_name_below(s->owner, sig.signer.data) == 0)
			continue;
		struct zone *signer = zone != NULL ? zone : zone_of(v, sig.signer.data);
		if (signer == NULL || !dns_name_equal(sig.signer.data, signer->name) ||
			!is_signed_by(v, s, signer, &sig))
			continue;
		s->wildcard_labels = crypto_rrsig_is_expanded(&sig, s->owner) ? sig.labels : -1;
		return true;
	}
	return false;
}

static void tell_unsigned(struct validation *v, const struct rrset *s)
{
	struct buf text = { 0 };
	buf_text(&text, "invalid or missing RRSIG for ");
	dns_type_print(s->type, &text);
	buf_char(&text, 0);
	error(v, text.error == 0 ? (const char *)text.data : err_text(text.error), s->owner);
	buf_deinit(&text);
}

/* A zone with its keys, from the reply itself or asked for. NULL: no memory. */
static struct zone *zone_of(struct validation *v, const uint8_t *name)
{
	for (struct zone *z = v->zones; z != NULL; z = z->next) {
		if (dns_name_equal(z->name, name))
			return z;
	}
	struct zone *z = dig_alloc(sizeof(*z));
	struct reply fetched = { 0 };
	if (z == NULL || (z->name = copy_of(name, dns_name_len(name))) == NULL)
		return NULL;
	z->next = v->zones;
	v->zones = z;
	struct rrset *keys = find(&v->reply, ANSWER, name, DNS_TYPE_DNSKEY);
	const bool is_here = keys != NULL;
	if (!is_here) {
		struct buf message = { 0 };
		info(v, "need to re-query for DNSKEY", name);
		if (v->fetch(v->fetch_context, z->name, DNS_TYPE_DNSKEY, &message) == 0 &&
			read_reply(buf_span(&message), &fetched) == 0)
			keys = find(&fetched, ANSWER, name, DNS_TYPE_DNSKEY);
		buf_deinit(&message);
	}
	for (size_t i = 0; keys != NULL && i < keys->count; i++) {
		if (crypto_keyset_add(&z->keys, keys->rdatas[i]) == E_NOMEM)
			return NULL;
	}
	if (crypto_keyset_has_same_tags(&z->keys))
		crypto_keyset_deinit(&z->keys);
	if (!is_here && (keys == NULL || !is_verified(v, keys, z))) {
		struct rrset missing = { .owner = z->name, .type = DNS_TYPE_DNSKEY };
		tell_unsigned(v, &missing);
		crypto_keyset_deinit(&z->keys);
	}
	return z;
}

/* A DNAME of the answer that the name is below. */
static struct rrset *dname_above(const struct reply *r, const uint8_t *name)
{
	for (struct rrset *s = r->rrsets; s != NULL; s = s->next) {
		if (s->section == ANSWER && s->type == DNS_TYPE_DNAME && s->count == 1 &&
			dns_name_below(name, s->owner) > 1)
			return s;
	}
	return NULL;
}

/* Delegations aren't signed, nor are aliases that a DNAME makes (RFC 4035 section 2.2, RFC 6672 section 5.3.1). */
static bool needs_signature(const struct validation *v, const struct rrset *s)
{
	if (s->type == DNS_TYPE_NS && s->section == AUTHORITY)
		return dns_name_equal(s->owner, v->zone);
	return s->signature_count > 0 || s->type != DNS_TYPE_CNAME ||
	       dname_above(&v->reply, s->owner) == NULL;
}

static void check_signatures(struct validation *v)
{
	for (struct rrset *s = v->reply.rrsets; s != NULL; s = s->next) {
		if (needs_signature(v, s) && !is_verified(v, s, NULL))
			tell_unsigned(v, s);
	}
	if (!v->is_bad)
		info(v, "all RRSIGs present and valid", NULL);
}

/* --- denial by NSEC --- */

/* The next name of an NSEC, letters as they are, its bitmap after it. */
static const uint8_t *next_of(const struct rrset *nsec)
{
	return nsec->rdatas[0].data;
}

static struct span bitmap_of(const struct rrset *nsec)
{
	const size_t len = dns_name_len(next_of(nsec));
	return (struct span){ nsec->rdatas[0].data + len, nsec->rdatas[0].len - len };
}

static bool nsec_has(const struct rrset *nsec, uint16_t type)
{
	return dns_bitmap_has(bitmap_of(nsec), type);
}

/* What a bitmap says of a name. A denial says nothing of what is on the other side of a cut (RFC 6840 section 4.1). */
static bool denies_type(const struct validation *v, const uint8_t *name, struct span bitmap)
{
	const bool has_soa = dns_bitmap_has(bitmap, DNS_TYPE_SOA);
	if (dns_bitmap_has(bitmap, v->reply.qtype) || dns_bitmap_has(bitmap, DNS_TYPE_CNAME))
		return false;
	return v->reply.qtype == DNS_TYPE_DS ? !has_soa || dns_name_equal(name, v->zone)
					     : has_soa || !dns_bitmap_has(bitmap, DNS_TYPE_NS);
}

static const struct rrset *nsec_at(const struct validation *v, const uint8_t *name)
{
	const struct rrset *s = find(&v->reply, AUTHORITY, name, DNS_TYPE_NSEC);
	return s != NULL && s->count == 1 && s->wildcard_labels < 0 ? s : NULL;
}

/* The one between whose names a name would be, which isn't below a cut or DNAME of its owner. */
static const struct rrset *nsec_over(const struct validation *v, const uint8_t *name)
{
	for (const struct rrset *s = v->reply.rrsets; s != NULL; s = s->next) {
		if (s->section != AUTHORITY || s->type != DNS_TYPE_NSEC || s->count != 1 ||
			s->wildcard_labels >= 0 || dns_name_compare(s->owner, name) >= 0)
			continue;
		const bool is_last = dns_name_compare(next_of(s), s->owner) <= 0;
		const bool is_cut =
			dns_name_below(name, s->owner) > 1 &&
			(nsec_has(s, DNS_TYPE_DNAME) ||
				(nsec_has(s, DNS_TYPE_NS) && !nsec_has(s, DNS_TYPE_SOA)));
		if (!is_cut && (is_last || dns_name_compare(name, next_of(s)) < 0) &&
			dns_name_below(name, v->zone) > 0)
			return s;
	}
	return NULL;
}

static void put_wildcard(uint8_t *ret, const uint8_t *encloser)
{
	memcpy(ret, "\1*", 2);
	memcpy(ret + 2, encloser, dns_name_len(encloser));
}

enum verdict { DENIES_NOTHING, DENIES_TYPE, DENIES_NAME };

static enum verdict nsec_denial(struct validation *v, const uint8_t *name)
{
	const struct rrset *nsec = nsec_at(v, name);
	uint8_t next[DNS_NAME_MAX], wildcard[DNS_NAME_MAX + 2];
	if (nsec != NULL)
		return denies_type(v, name, bitmap_of(nsec)) ? DENIES_TYPE : DENIES_NOTHING;
	nsec = nsec_over(v, name);
	if (nsec == NULL)
		return DENIES_NOTHING;
	dns_name_lower(next_of(nsec), next);
	if (dns_name_below(next, name) > 0) /* an empty non-terminal */
		return DENIES_TYPE;
	const unsigned labels =
		MAX(dns_name_common(name, nsec->owner), dns_name_common(name, next));
	put_wildcard(wildcard, dns_name_skip(name, dns_name_labels(name) - labels));
	nsec = nsec_at(v, wildcard);
	if (nsec != NULL)
		return denies_type(v, wildcard, bitmap_of(nsec)) ? DENIES_TYPE : DENIES_NOTHING;
	return nsec_over(v, wildcard) != NULL ? DENIES_NAME : DENIES_NOTHING;
}

/* --- denial by NSEC3 --- */

struct nsec3 {
	uint8_t algorithm, flags, hash[BASE32_MAX(DNS_LABEL_MAX)];
	uint16_t iterations;
	struct span salt, next, bitmap;
};

static bool read_nsec3(const struct validation *v, const struct rrset *s, struct nsec3 *ret)
{
	if (s->section != AUTHORITY || s->type != DNS_TYPE_NSEC3 || s->count != 1)
		return false;
	struct cursor c = cursor_over(s->rdatas[0]);
	ret->algorithm = cursor_u8(&c);
	ret->flags = cursor_u8(&c);
	ret->iterations = cursor_u16(&c);
	ret->salt = cursor_take(&c, cursor_u8(&c));
	ret->next = cursor_take(&c, cursor_u8(&c));
	ret->bitmap = cursor_rest(&c);
	return !c.failed && ret->algorithm == CRYPTO_NSEC3_SHA1 && ret->flags <= 1 &&
	       ret->next.len == CRYPTO_NSEC3_HASH_LEN &&
	       base32hex_decode((struct span){ s->owner + 1, s->owner[0] }, ret->hash) ==
		       CRYPTO_NSEC3_HASH_LEN &&
	       dns_name_equal(s->owner + 1 + s->owner[0], v->zone);
}

static bool is_between(const uint8_t *hash, const struct nsec3 *n)
{
	const int after = memcmp(hash, n->hash, CRYPTO_NSEC3_HASH_LEN),
		  before = memcmp(hash, n->next.data, CRYPTO_NSEC3_HASH_LEN);
	return memcmp(n->hash, n->next.data, CRYPTO_NSEC3_HASH_LEN) < 0 ? after > 0 && before < 0
									: after > 0 || before < 0;
}

/* The NSEC3 of a name or, `over`, the one whose span it is in. */
static bool nsec3_find(
	const struct validation *v, const uint8_t *name, bool over, struct nsec3 *ret)
{
	uint8_t hash[CRYPTO_NSEC3_HASH_LEN];
	for (const struct rrset *s = v->reply.rrsets; s != NULL; s = s->next) {
		if (!read_nsec3(v, s, ret) || crypto_nsec3_hash(ret->algorithm, ret->iterations,
						      ret->salt, name, hash) != 0)
			continue;
		if (over ? is_between(hash, ret) : memcmp(hash, ret->hash, sizeof(hash)) == 0)
			return true;
	}
	return false;
}

/* All are of one chain, and what they span doesn't overlap. */
static void check_nsec3s(struct validation *v)
{
	struct nsec3 a, b;
	for (const struct rrset *s = v->reply.rrsets; s != NULL; s = s->next) {
		if (s->section != AUTHORITY || s->type != DNS_TYPE_NSEC3)
			continue;
		if (!read_nsec3(v, s, &a)) {
			error(v, "invalid or unmatching NSEC3", s->owner);
			continue;
		}
		for (const struct rrset *t = s->next; t != NULL; t = t->next) {
			if (!read_nsec3(v, t, &b))
				continue;
			if (a.iterations != b.iterations || !span_equal(a.salt, b.salt))
				error(v, "invalid or unmatching NSEC3", t->owner);
			else if (is_between(a.hash, &b) || is_between(b.hash, &a))
				error(v, "overlapping NSEC3 ranges", t->owner);
		}
	}
}

/* The closest encloser of a name and the span over the next closer one (RFC 5155 section 8.3). NULL: not proven. */
static const uint8_t *nsec3_encloser(
	struct validation *v, const uint8_t *name, struct nsec3 *next_closer)
{
	struct nsec3 n;
	const unsigned above = dns_name_below(name, v->zone);
	for (unsigned i = 1; i < above; i++) {
		const uint8_t *encloser = dns_name_skip(name, i);
		if (!nsec3_find(v, encloser, false, &n))
			continue;
		if (!nsec3_find(v, dns_name_skip(name, i - 1), true, next_closer))
			return NULL;
		char text[DNS_NAME_TEXT_SIZE], line[DNS_NAME_TEXT_SIZE + 32];
		dns_name_print(encloser, text);
		snprintf(line, sizeof(line), "NSEC3 encloser %s found", text);
		found(v, line, NULL);
		return encloser;
	}
	return NULL;
}

static enum verdict nsec3_denial(struct validation *v, const uint8_t *name)
{
	struct nsec3 n, next_closer;
	uint8_t wildcard[DNS_NAME_MAX + 2];
	if (nsec3_find(v, name, false, &n))
		return denies_type(v, name, n.bitmap) ? DENIES_TYPE : DENIES_NOTHING;
	const uint8_t *encloser = nsec3_encloser(v, name, &next_closer);
	if (encloser == NULL) {
		error(v, "NSEC3 encloser proof missing", name);
		return DENIES_NOTHING;
	}
	/* An opt-out span says nothing of delegations and the empty non-terminals above them (RFC 5155 sections 7.1, 8.6). */
	if ((next_closer.flags & 1) != 0 && v->reply.rcode == DNS_RCODE_NOERROR)
		return DENIES_TYPE;
	put_wildcard(wildcard, encloser);
	if (nsec3_find(v, wildcard, false, &n))
		return denies_type(v, wildcard, n.bitmap) ? DENIES_TYPE : DENIES_NOTHING;
	return nsec3_find(v, wildcard, true, &n) ? DENIES_NAME : DENIES_NOTHING;
}

/* --- what the reply says --- */

/* Data from a wildcard needs proof that the name itself isn't there (RFC 4035 section 5.3.4, RFC 5155 section 8.8). */
static void check_expansion(struct validation *v, const struct rrset *s)
{
	struct nsec3 n;
	if (s->wildcard_labels < 0)
		return;
	const unsigned labels = dns_name_labels(s->owner);
	const uint8_t *next_closer =
		dns_name_skip(s->owner, labels - (unsigned)s->wildcard_labels - 1);
	if (nsec_over(v, s->owner) != NULL || nsec3_find(v, next_closer, true, &n))
		found(v, "wildcard non-existence proven", s->owner);
	else
		error(v, "wildcard non-existence proof missing", s->owner);
}

static void check_referral(struct validation *v, const uint8_t *cut)
{
	const struct rrset *nsec = nsec_at(v, cut);
	struct nsec3 n;
	if (find(&v->reply, AUTHORITY, cut, DNS_TYPE_DS) != NULL)
		found(v, "secure delegation, DS found", cut);
	else if (nsec != NULL
			 ? nsec_has(nsec, DNS_TYPE_NS) && !nsec_has(nsec, DNS_TYPE_DS) &&
				   !nsec_has(nsec, DNS_TYPE_SOA)
			 : nsec3_find(v, cut, false, &n) && dns_bitmap_has(n.bitmap, DNS_TYPE_NS) &&
				   !dns_bitmap_has(n.bitmap, DNS_TYPE_DS) &&
				   !dns_bitmap_has(n.bitmap, DNS_TYPE_SOA))
		found(v, "insecure delegation, DS NODATA proof found", cut);
	else if (nsec3_encloser(v, cut, &n) != NULL && (n.flags & 1) != 0)
		found(v, "insecure delegation, opt-out proof found", cut);
	else
		error(v, "delegation, DS non-existence proof missing", cut);
}

/* The cut that a reply refers to, if it does. */
static const uint8_t *referral_of(const struct validation *v, const uint8_t *name)
{
	if (find(&v->reply, AUTHORITY, NULL, DNS_TYPE_SOA) != NULL)
		return NULL;
	const struct rrset *ns = find(&v->reply, AUTHORITY, NULL, DNS_TYPE_NS);
	return ns != NULL && !dns_name_equal(ns->owner, v->zone) &&
			       dns_name_below(name, ns->owner) > 0
		       ? ns->owner
		       : NULL;
}

/* Returns the RCODE that goes with what is proven, -1 for nothing. */
static int check_denial(struct validation *v, const uint8_t *name)
{
	const bool by_nsec3 = find(&v->reply, AUTHORITY, NULL, DNS_TYPE_NSEC3) != NULL;
	const bool by_nsec = find(&v->reply, AUTHORITY, NULL, DNS_TYPE_NSEC) != NULL;
	const enum verdict verdict = by_nsec3  ? nsec3_denial(v, name)
				     : by_nsec ? nsec_denial(v, name)
					       : DENIES_NOTHING;
	switch (verdict) {
	case DENIES_NAME:
		found(v, "NXDOMAIN proven", name);
		return DNS_RCODE_NXDOMAIN;
	case DENIES_TYPE:
		found(v, by_nsec3 ? "NSEC3 NODATA proof found" : "NSEC NODATA proof found", name);
		return DNS_RCODE_NOERROR;
	default:
		error(v,
			v->reply.rcode == DNS_RCODE_NXDOMAIN ? "NXDOMAIN proof missing"
			: by_nsec3                           ? "NSEC3 NODATA proof missing"
							     : "NODATA proof missing",
			name);
		return -1;
	}
}

/* One step along an alias from `name`. False: there's none. */
static bool follow(struct validation *v, uint8_t name[DNS_NAME_MAX])
{
	const struct rrset *cname = find(&v->reply, ANSWER, name, DNS_TYPE_CNAME),
			   *dname = dname_above(&v->reply, name);
	if (cname != NULL && cname->count == 1 && (cname->signature_count > 0 || dname == NULL)) {
		info(v, "CNAME found, continuing validation", cname->rdatas[0].data);
		check_expansion(v, cname);
		dns_name_lower(cname->rdatas[0].data, name);
		return true;
	}
	uint8_t target[DNS_NAME_MAX];
	if (dname == NULL || dns_name_replace_suffix(name, dns_name_labels(dname->owner),
				     dname->rdatas[0].data, target) == 0)
		return false;
	info(v, "DNAME found, continuing validation", target);
	dns_name_lower(target, name);
	return true;
}

static const struct rrset *positive(const struct validation *v, const uint8_t *name)
{
	for (const struct rrset *s = v->reply.rrsets; s != NULL; s = s->next) {
		if (s->section == ANSWER && dns_name_equal(s->owner, name) &&
			(s->type == v->reply.qtype || v->reply.qtype == DNS_TYPE_ANY))
			return s;
	}
	return NULL;
}

/* Returns the RCODE that goes with what is proven, -1 for nothing. */
static int check_meaning(struct validation *v)
{
	uint8_t name[DNS_NAME_MAX];
	dns_name_lower(v->reply.qname, name);
	for (unsigned i = 0; i < ALIASES_MAX; i++) {
		const struct rrset *s = positive(v, name);
		if (s != NULL) {
			found(v, "positive answer found", name);
			check_expansion(v, s);
			return DNS_RCODE_NOERROR;
		}
		if (follow(v, name))
			continue;
		const uint8_t *cut = referral_of(v, name);
		if (cut != NULL) {
			check_referral(v, cut);
			return DNS_RCODE_NOERROR;
		}
		/* An alias may lead out of what the server has. */
		if (i > 0 && dns_name_below(name, v->zone) == 0)
			return DNS_RCODE_NOERROR;
		return check_denial(v, name);
	}
	return -1;
}

/* The zone that speaks last: of the denial, if there's one, else the first that signed. */
static const uint8_t *speaking_zone(const struct reply *r)
{
	const uint8_t *first = NULL;
	for (const struct rrset *s = r->rrsets; s != NULL; s = s->next) {
		struct crypto_rrsig sig;
		if (s->signature_count == 0 || !crypto_rrsig_read(s->signatures[0], &sig))
			continue;
		if (s->section == AUTHORITY)
			return sig.signer.data;
		if (first == NULL)
			first = sig.signer.data;
	}
	return first;
}

static void check_rcode(struct validation *v, int expected)
{
	char line[64];
	if (expected < 0)
		return;
	if (v->reply.rcode == (unsigned)expected) {
		info(v, "correct RCODE found", NULL);
		return;
	}
	snprintf(line, sizeof(line), "expected RCODE was: %s", dns_rcode_name((unsigned)expected));
	error(v, line, NULL);
}

static void validate(struct validation *v)
{
	v->zone = speaking_zone(&v->reply);
	if (v->zone == NULL) {
		error(v, "Missing any RRSIGs.", NULL);
		return;
	}
	char text[DNS_NAME_TEXT_SIZE], line[DNS_NAME_TEXT_SIZE + 16];
	dns_name_print(v->zone, text);
	snprintf(line, sizeof(line), "for zone: %s", text);
	info(v, line, NULL);
	check_signatures(v);
	check_nsec3s(v);
	check_rcode(v, check_meaning(v));
}

bool dig_validate(
	const struct dig_query *q, struct span message, dig_fetch fetch, void *fetch_context)
{
	struct validation v = {
		.q = q, .fetch = fetch, .fetch_context = fetch_context, .now = (uint32_t)time(NULL)
	};
	printf("\n;; DNSSEC VALIDATION:\n");
	int ret = read_reply(message, &v.reply);
	if (ret != 0)
		error(&v, err_text(ret), NULL);
	else
		validate(&v);
	printf(";; OUTCOME: %s\n", v.is_bad ? "Invalid!" : "Valid!");
	for (struct zone *z = v.zones; z != NULL; z = z->next)
		crypto_keyset_deinit(&z->keys);
	buf_deinit(&v.data);
	return !v.is_bad;
}
