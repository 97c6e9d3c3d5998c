#include "dns/writer.h"
#include "base/err.h"
#include "dns/name.h"
#include "dns/rrtype.h"

/*
 * ---- Compression ----
 *
 * A name that was written is remembered as
 *
 *	wire    3 n s 1 7 e x a m p l e 3 c o m 0      uncompressed, in the zone's memory
 *	        '-----' '-----------------------'
 *	literal octets      tail: in the message only the pointer to tail_at
 *
 * Two names share the octets at their ends. The longest common run of octets is found eight at a
 * time; then labels of the new name are skipped until the rest lies in that run. The rest must
 * begin at a label of the old name too, since the run may begin inside of a label. It can be
 * pointed to if it begins in the literal part, or where the tail does. A suffix that begins inside
 * of the tail is also the suffix of an older name, which is found on its own.
 */

#define POINTER_REACH 0x4000 /* offsets have 14 bits (RFC 1035 section 4.1.4) */

static_assert((DNS_WRITER_NAMES & (DNS_WRITER_NAMES - 1)) == 0, "a ring");

static inline void write_pointer(uint8_t *p, uint16_t at)
{
	write_u16(p, (uint16_t)(0xc000 | at));
}

/* Copy a few octets (n > 0) in place of a call: first and last piece may overlap. Nothing beyond is
 * touched. */
static inline void copy_short(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n >= 8) {
		for (size_t i = 0; i + 8 < n; i += 8)
			memcpy(to + i, from + i, 8);
		memcpy(to + n - 8, from + n - 8, 8);
	} else if (n >= 4) {
		memcpy(to, from, 4);
		memcpy(to + n - 4, from + n - 4, 4);
	} else {
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

/* Number of octets that are equal at the ends of two names. */
static inline size_t common_octets(const uint8_t *a_end, const uint8_t *b_end, size_t max)
{
	size_t n = 0;
	for (; n + 8 <= max; n += 8) {
		uint64_t differ = read_u64(a_end - n - 8) ^ read_u64(b_end - n - 8);
		if (differ != 0)
			return n + (size_t)__builtin_ctzll(differ) / 8;
	}
	while (n < max && a_end[-1 - (ptrdiff_t)n] == b_end[-1 - (ptrdiff_t)n])
		n++;
	return n;
}

/* The longest suffix of `name` that `old` can be pointed to for. Returns the number of octets of
 * `name` before it and its place in *at; `len - 1` (the root, which needs no pointer) if there's
 * none. */
static inline size_t match(
	const uint8_t *name, size_t len, const struct dns_writer_name *old, uint16_t *at)
{
	size_t common = common_octets(name + len, old->wire + old->len, MIN(len, (size_t)old->len));
	size_t skip = 0, old_label = 0;

	while (len - skip > common)
		skip += 1 + (size_t)name[skip];
	for (; skip + 1 < len; skip += 1 + (size_t)name[skip]) {
		size_t in_old = old->len - (len - skip);
		while (old_label < in_old)
			old_label += 1 + (size_t)old->wire[old_label];
		if (UNLIKELY(old_label != in_old))
			continue;
		if (in_old < old->literal && old->at + in_old < POINTER_REACH)
			*at = (uint16_t)(old->at + in_old);
		else if (in_old == old->literal)
			*at = old->tail_at;
		else
			continue;
		return skip;
	}
	return len - 1;
}

/*
 * Write a name of `len` octets compressed. Returns where the next octet goes, or NULL if it doesn't
 * fit. *place gets the name's offset as a later pointer would use it: that of its literal octets,
 * or the target of the only pointer; 0: none.
 */
static uint8_t *name_put(
	struct dns_writer *w, uint8_t *p, const uint8_t *name, size_t len, uint16_t *place)
{
	size_t here = (size_t)(p - w->start);
	size_t best = len - 1;
	uint16_t best_at = 0;

	*place = 0;
	if (len == 1) {
		if (UNLIKELY(p == w->limit))
			return NULL;
		*p = 0;
		return p + 1;
	}
	/* A match of all but the first label is good enough: what's better is only the very same
	 * name, and that is looked for among the others by length and first octets. */
	size_t enough = 1 + (size_t)name[0];
	if (w->qname.len > 1)
		best = match(name, len, &w->qname, &best_at);
	for (unsigned i = 1; best != 0 && i <= w->names_count; i++) {
		const struct dns_writer_name *old =
			&w->names[(w->names_next - i) % DNS_WRITER_NAMES];
		uint16_t at = 0;
		if (best <= enough && (old->len != len || old->wire[1] != name[1]))
			continue;
		/* To share more than is shared already, it has to share the octet before. */
		size_t shared = len - best;
		if (old->len <= shared || old->wire[old->len - shared - 1] != name[best - 1])
			continue;
		size_t skip = match(name, len, old, &at);
		if (skip < best) {
			best = skip;
			best_at = at;
		}
	}

	bool compressed = best + 1 < len;
	size_t size = compressed ? best + 2 : len;
	if (UNLIKELY((size_t)(w->limit - p) < size))
		return NULL;
	if (best == 0) {
		write_pointer(p, best_at);
		*place = best_at;
		return p + 2;
	}
	copy_short(p, name, compressed ? best : len);
	if (compressed)
		write_pointer(p + best, best_at);
	if (LIKELY(here < POINTER_REACH)) {
		*place = (uint16_t)here;
		w->names_count = (uint8_t)MIN(w->names_count + 1, DNS_WRITER_NAMES);
		w->names[w->names_next++ % DNS_WRITER_NAMES] = (struct dns_writer_name){
			.wire = name,
			.at = (uint16_t)here,
			.tail_at = best_at,
			.len = (uint8_t)len,
			.literal = (uint8_t)(compressed ? best : len),
		};
	}
	return p + size;
}

/* Forget names at or behind an offset. */
static COLD void names_forget(struct dns_writer *w, size_t from)
{
	struct dns_writer_name kept[DNS_WRITER_NAMES];
	unsigned count = 0;

	for (unsigned i = w->names_count; i > 0; i--) { /* oldest first */
		const struct dns_writer_name *old =
			&w->names[(w->names_next - i) % DNS_WRITER_NAMES];
		if (old->at < from)
			kept[count++] = *old;
	}
	memcpy(w->names, kept, count * sizeof(kept[0]));
	w->names_next = w->names_count = (uint8_t)count;
}

/* ---- Begin and roll back ---- */

static void writer_init(struct dns_writer *w, uint8_t *out, size_t size)
{
	w->start = out;
	w->limit = w->end = out + MIN(size, (size_t)DNS_MESSAGE_MAX);
	memset(w->counts, 0, sizeof(w->counts));
	w->section = DNS_SECTION_ANSWER;
	w->owner_at = 0;
	w->qname_len = 1;
	w->names_next = 0;
	w->qname.len = 0;
	w->names_count = 0;
}

static void qname_remember(struct dns_writer *w, const uint8_t *wire, uint8_t len)
{
	w->qname_len = len;
	w->qname = (struct dns_writer_name){
		.wire = wire,
		.at = DNS_HEADER_SIZE,
		.len = len,
		.literal = len,
	};
}

int dns_writer_begin_response(
	struct dns_writer *w, uint8_t *out, size_t size, const struct dns_request *request)
{
	size_t len = request->question_end;

	if (UNLIKELY(size < len))
		return E_SPACE;
	writer_init(w, out, size);
	memcpy(out, request->message.data, len);
	out[2] = (uint8_t)((out[2] & 0x79) | 0x80); /* opcode and RD stay, QR is set */
	out[3] = 0;
	memset(out + 6, 0, 6);
	w->pos = out + len;
	w->counts[DNS_SECTION_QUESTION] = request->has_question;
	qname_remember(w, dns_request_qname(request), request->qname.name_len);
	return 0;
}

int dns_writer_begin_query(struct dns_writer *w, uint8_t *out, size_t size, uint16_t id,
	uint16_t flags, const uint8_t *qname, uint16_t qtype, uint16_t qclass)
{
	size_t len = dns_name_len(qname);

	if (size < DNS_HEADER_SIZE + len + 4)
		return E_SPACE;
	writer_init(w, out, size);
	memset(out, 0, DNS_HEADER_SIZE);
	write_u16(out, id);
	write_u16(out + 2, flags);
	memcpy(out + DNS_HEADER_SIZE, qname, len);
	w->pos = out + DNS_HEADER_SIZE + len + 4;
	write_u16(w->pos - 4, qtype);
	write_u16(w->pos - 2, qclass);
	w->counts[DNS_SECTION_QUESTION] = 1;
	qname_remember(w, qname, (uint8_t)len);
	return 0;
}

void dns_writer_rollback(struct dns_writer *w, const struct dns_writer_mark *mark)
{
	if (w->pos == mark->pos)
		return;
	w->pos = mark->pos;
	memcpy(w->counts, mark->counts, sizeof(w->counts));
	w->section = mark->section;
	w->owner_at = mark->owner_at;
	names_forget(w, (size_t)(w->pos - w->start));
}

/* ---- RRsets ---- */

#define SOA_NUMBERS 20 /* octets behind the two names, RFC 1035 section 3.3.13 */

/* Where a target name stands in rdata that isn't compressed; -1: nowhere. */
static inline int target_offset(uint16_t type)
{
	switch (type) {
	case DNS_TYPE_DNAME:
		return 0;
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		return 2;
	case DNS_TYPE_SRV:
		return 6;
	default:
		return -1;
	}
}

static inline uint8_t *fixed_put(uint8_t *p, const struct dns_writer_rrset *r)
{
	write_u64(p, dns_rr_fixed(r->type, r->class_, r->ttl));
	return p + DNS_RR_FIXED;
}

static inline void place_note(const struct dns_writer_rrset *r, unsigned index, size_t at)
{
	if (index < r->max_places)
		r->places[index] = at < POINTER_REACH ? (uint16_t)at : 0;
}

/* The octet after the rdata at `p` that is the first one to be written. */
static inline const uint8_t *rdata_skip(const uint8_t *p, unsigned n)
{
	for (; n > 0; n--)
		p += 2 + (size_t)read_u16(p);
	return p;
}

/* Rdatas are walked from `first` to the end, then from the beginning up to it. */
struct walk {
	const uint8_t *pos, *begin;
	unsigned index, count;
};

static inline struct walk walk_begin(const struct dns_writer_rrset *r)
{
	return (struct walk){ rdata_skip(r->data.data, r->first), r->data.data, r->first,
		r->count };
}

static inline void walk_next(struct walk *it)
{
	it->pos += 2 + (size_t)read_u16(it->pos);
	if (++it->index == it->count) {
		it->index = 0;
		it->pos = it->begin;
	}
}

/* Owner known to be at an offset, no compressible names. */
static int put_plain(struct dns_writer *w, const struct dns_writer_rrset *r, uint16_t owner_at)
{
	const int target = target_offset(r->type);
	struct walk it = walk_begin(r);
	uint8_t *p = w->pos;

	if (UNLIKELY((2 + DNS_RR_FIXED) * (size_t)r->count + r->data.len > dns_writer_left(w)))
		return E_SPACE;
	for (unsigned left = r->count; left > 0; left--) {
		write_pointer(p, owner_at);
		p = fixed_put(p + 2, r);
		if (r->places != NULL)
			place_note(r, it.index,
				target < 0 ? POINTER_REACH
					   : (size_t)(p - w->start) + 2 + (unsigned)target);
		p = dns_rdata_copy(p, it.pos, 2 + (size_t)read_u16(it.pos));
		walk_next(&it);
	}
	w->pos = p;
	return 0;
}

/* One rdata with its length, names compressed. The place behind it or NULL. */
static inline uint8_t *rdata_compress(
	struct dns_writer *w, const struct dns_writer_rrset *r, uint8_t *p, const struct walk *it)
{
	const uint8_t *rdata = it->pos + 2;
	size_t left = read_u16(it->pos); /* of rdata, up to what follows the names */
	uint8_t *length = p;
	uint16_t place = 0, last_place;
	size_t rest = 0;

	if (UNLIKELY(w->limit - p < 4))
		return NULL;
	p += 2;
	if (r->type == DNS_TYPE_MX) {
		memcpy(p, rdata, 2);
		p += 2;
		rdata += 2;
		left -= 2;
	} else if (r->type == DNS_TYPE_SOA || r->type == DNS_TYPE_MINFO) {
		size_t first = dns_name_len(rdata);
		p = name_put(w, p, rdata, first, &place);
		if (UNLIKELY(p == NULL))
			return NULL;
		rdata += first;
		rest = r->type == DNS_TYPE_SOA ? SOA_NUMBERS : 0;
		left -= first + rest;
	}
	p = name_put(w, p, rdata, left, &last_place);
	if (UNLIKELY(p == NULL || (size_t)(w->limit - p) < rest))
		return NULL;
	if (r->type != DNS_TYPE_SOA)
		place = last_place;
	if (UNLIKELY(r->places != NULL))
		place_note(r, it->index, place != 0 ? place : POINTER_REACH);
	if (rest != 0) {
		memcpy(p, rdata + left, SOA_NUMBERS);
		p += SOA_NUMBERS;
	}
	write_u16(length, (uint16_t)(p - length - 2));
	return p;
}

/* The owner again or for the first time. */
static inline uint8_t *owner_put(
	struct dns_writer *w, uint8_t *p, const struct dns_writer_rrset *r, uint16_t *owner_at)
{
	if (LIKELY(*owner_at != 0)) {
		if (UNLIKELY(w->limit - p < 2))
			return NULL;
		write_pointer(p, *owner_at);
		return p + 2;
	}
	return name_put(w, p, r->owner, dns_name_len(r->owner), owner_at);
}

/* Everything else: an owner to be written, or names in the rdata. */
static int put_names(struct dns_writer *w, const struct dns_writer_rrset *r, uint16_t *owner_at)
{
	const bool compress = dns_writer_compresses(r->type);
	const int target = target_offset(r->type);
	uint8_t *p = w->pos;

	struct walk it = walk_begin(r);
	for (unsigned left = r->count; left > 0; left--) {
		p = owner_put(w, p, r, owner_at);
		if (UNLIKELY(p == NULL || w->limit - p < DNS_RR_FIXED))
			goto full;
		p = fixed_put(p, r);
		if (compress) {
			p = rdata_compress(w, r, p, &it);
			if (UNLIKELY(p == NULL))
				goto full;
		} else {
			size_t size = 2 + (size_t)read_u16(it.pos);
			if (UNLIKELY((size_t)(w->limit - p) < size))
				goto full;
			if (r->places != NULL)
				place_note(r, it.index,
					target < 0 ? POINTER_REACH
						   : (size_t)(p - w->start) + 2 + (unsigned)target);
			p = dns_rdata_copy(p, it.pos, size);
		}
		walk_next(&it);
	}
	w->pos = p;
	return 0;
full:
	names_forget(w, (size_t)(w->pos - w->start));
	return E_SPACE;
}

int dns_writer_put(struct dns_writer *w, const struct dns_writer_rrset *r)
{
	uint16_t owner_at = r->owner_at;

	if (owner_at == 0 || dns_writer_compresses(r->type))
		TRY(put_names(w, r, &owner_at));
	else
		TRY(put_plain(w, r, owner_at));
	w->owner_at = owner_at;
	w->counts[w->section] = (uint16_t)(w->counts[w->section] + r->count);
	return 0;
}

int dns_writer_put_rr(struct dns_writer *w, const uint8_t *owner, uint16_t type, uint16_t class_,
	uint32_t ttl, struct span rdata)
{
	uint16_t owner_at = 0;
	uint8_t *p = name_put(w, w->pos, owner, dns_name_len(owner), &owner_at);

	if (p == NULL || (size_t)(w->limit - p) < DNS_RR_FIXED + 2 + rdata.len ||
		rdata.len > UINT16_MAX) {
		names_forget(w, (size_t)(w->pos - w->start));
		return E_SPACE;
	}
	p = fixed_put(p, &(struct dns_writer_rrset){ .type = type, .class_ = class_, .ttl = ttl });
	write_u16(p, (uint16_t)rdata.len);
	if (rdata.len > 0)
		memcpy(p + 2, rdata.data, rdata.len);
	w->pos = p + 2 + rdata.len;
	w->owner_at = owner_at;
	w->counts[w->section]++;
	return 0;
}
