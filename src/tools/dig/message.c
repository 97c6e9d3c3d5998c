/* tools/dig: building the query and reading what came back. */
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <stdio.h>

enum { OPT_NSID = 3, OPT_SUBNET = 8, OPT_COOKIE = 10, OPT_PADDING = 12, OPT_ZONEVERSION = 19 };
#define OPT_FIXED 11 /* root owner, type, class, TTL, RDLENGTH */

static void put_option(struct buf *b, uint16_t code, const void *data, size_t len)
{
	buf_u16(b, code);
	buf_u16(b, (uint16_t)len);
	buf_append(b, data, len);
}

/* Octets that the query is padded to a multiple of (RFC 8467 section 4.1), 0: isn't. */
static size_t padding_block(const struct dig_query *q)
{
	if (q->padding == DIG_PAD_NEVER)
		return 0;
	return q->alignment > 0 ? (size_t)q->alignment : q->padding == DIG_PAD_BLOCK ? 128 : 0;
}

static bool wants_edns(const struct dig_query *q)
{
	return q->edns >= 0 || q->do_bit || q->de_bit || q->nsid || q->zoneversion ||
	       q->bufsize >= 0 || q->has_subnet || q->cookie_len > 0 || q->option_count > 0 ||
	       q->padding >= 0 || padding_block(q) > 0;
}

/* `rest`: octets that follow. */
static void put_padding(const struct dig_query *q, struct buf *b, size_t rest)
{
	static const uint8_t zeros[65535];
	const size_t block = padding_block(q), total = b->len + rest;
	if (block == 0 && q->padding >= 0)
		put_option(b, OPT_PADDING, zeros, (size_t)q->padding);
	else if (block > 0 && total % block != 0)
		put_option(b, OPT_PADDING, zeros, (block - (total + 4) % block) % block);
}

static void put_opt(const struct dig_query *q, struct buf *b)
{
	buf_u8(b, 0);
	buf_u16(b, DNS_TYPE_OPT);
	buf_u16(b, (uint16_t)(q->bufsize >= 0 ? q->bufsize : 1232));
	buf_u8(b, 0);
	buf_u8(b, (uint8_t)MAX(q->edns, 0));
	buf_u16(b, (uint16_t)((q->do_bit ? 0x8000 : 0) | (q->de_bit ? 0x2000 : 0)));
	size_t length_at = b->len;
	buf_u16(b, 0);
	if (q->nsid)
		put_option(b, OPT_NSID, NULL, 0);
	if (q->zoneversion)
		put_option(b, OPT_ZONEVERSION, NULL, 0);
	if (q->has_subnet)
		put_option(b, OPT_SUBNET, q->subnet, q->subnet_len);
	if (q->cookie_len > 0)
		put_option(b, OPT_COOKIE, q->cookie, q->cookie_len);
	struct buf rest = { 0 };
	for (size_t i = 0; i < q->option_count; i++)
		put_option(&rest, q->options[i].code, q->options[i].data, q->options[i].len);
	put_padding(q, b, rest.len);
	buf_append(b, rest.data, rest.len);
	buf_deinit(&rest);
	if (b->error == 0)
		write_u16(b->data + length_at, (uint16_t)(b->len - length_at - 2));
}

static void put_soa(const struct dig_query *q, struct buf *b)
{
	/* Only the serial matters (RFC 1995 section 3, RFC 1996 section 3.7). */
	static const uint8_t zero[16];
	if (q->has_question && q->name_len > 1)
		buf_u16(b, 0xc000 | 12); /* the name of the question */
	else
		buf_append(b, q->name, q->name_len);
	buf_u16(b, DNS_TYPE_SOA);
	buf_u16(b, (uint16_t)q->class_);
	buf_u32(b, 0);
	buf_u16(b, 2 + 20);
	buf_append(b, zero, 2);
	buf_u32(b, q->serial);
	buf_append(b, zero, 16);
}

void dig_build(const struct dig_query *q, uint16_t id, struct buf *ret)
{
	buf_reset(ret);
	unsigned flags = (q->operation == DIG_NOTIFY ? DNS_OPCODE_NOTIFY << 11 : 0) |
			 (unsigned)q->flags.aa << 10 | (unsigned)q->flags.tc << 9 |
			 (unsigned)q->flags.rd << 8 | (unsigned)q->flags.ra << 7 |
			 (unsigned)q->flags.z << 6 | (unsigned)q->flags.ad << 5 |
			 (unsigned)q->flags.cd << 4;
	bool edns = wants_edns(q);
	bool in_answer = q->operation == DIG_NOTIFY && q->has_serial;
	buf_u16(ret, id);
	buf_u16(ret, (uint16_t)flags);
	buf_u16(ret, q->has_question);
	buf_u16(ret, in_answer);
	buf_u16(ret, q->operation == DIG_IXFR);
	buf_u16(ret, edns);
	if (q->has_question) {
		buf_append(ret, q->name, q->name_len);
		buf_u16(ret, (uint16_t)q->type);
		buf_u16(ret, (uint16_t)q->class_);
	}
	if (in_answer || q->operation == DIG_IXFR)
		put_soa(q, ret);
	if (edns)
		put_opt(q, ret);
}

bool dig_reader_init(struct dig_reader *r, struct span message)
{
	r->message = message;
	r->c = cursor_over(message);
	r->id = cursor_u16(&r->c);
	r->flags = cursor_u16(&r->c);
	for (int i = 0; i < 4; i++)
		r->counts[i] = cursor_u16(&r->c);
	return !r->c.failed;
}

bool dig_reader_begin(struct dig_reader *r, struct span message)
{
	uint8_t name[DNS_NAME_MAX];
	uint16_t type, class_;
	if (!dig_reader_init(r, message))
		return false;
	for (unsigned i = 0; i < r->counts[0]; i++) {
		if (!dig_read_question(r, name, &type, &class_))
			return false;
	}
	return true;
}

unsigned dig_reader_records(const struct dig_reader *r)
{
	return (unsigned)r->counts[1] + r->counts[2] + r->counts[3];
}

bool dig_read_question(struct dig_reader *r, uint8_t *name, uint16_t *type, uint16_t *class_)
{
	if (dns_name_read(&r->c, r->message, name) == 0)
		return false;
	*type = cursor_u16(&r->c);
	*class_ = cursor_u16(&r->c);
	return !r->c.failed;
}

bool dig_read_rr(struct dig_reader *r, struct dig_rr *ret)
{
	size_t len;
	if (dns_name_read(&r->c, r->message, ret->owner) == 0)
		return false;
	ret->type = cursor_u16(&r->c);
	ret->class_ = cursor_u16(&r->c);
	ret->ttl = cursor_u32(&r->c);
	ret->wire_len = cursor_u16(&r->c);
	if (r->c.failed || ret->wire_len > cursor_left(&r->c))
		return false;
	/* Deletions of an update have no rdata (RFC 2136 section 2.4). What doesn't fit its type stays as it came. */
	struct cursor at = r->c;
	ret->rdata = cursor_take(&r->c, ret->wire_len);
	ret->fits = ret->type == DNS_TYPE_OPT || dns_rrtype_of(ret->type) == NULL ||
		    (ret->wire_len == 0 &&
			    (ret->class_ == DNS_CLASS_ANY || ret->class_ == DNS_CLASS_NONE));
	if (ret->wire_len != 0 && ret->type != DNS_TYPE_OPT &&
		dns_rdata_read(ret->type, &at, r->message, ret->wire_len, false, r->rdata, &len) ==
			0) {
		ret->rdata = (struct span){ r->rdata, len };
		ret->fits = true;
	}
	return true;
}

static bool options_fit(struct span rdata)
{
	struct cursor c = cursor_over(rdata);
	while (cursor_left(&c) > 0 && !c.failed) {
		cursor_u16(&c);
		cursor_take(&c, cursor_u16(&c));
	}
	return !c.failed;
}

int dig_check_message(struct span message, bool *fits)
{
	static struct dig_reader r;
	struct dig_rr rr;
	unsigned opts = 0;
	*fits = true;
	if (!dig_reader_begin(&r, message) || r.counts[0] > 1)
		return E_MALFORMED;
	for (unsigned i = 0; i < dig_reader_records(&r); i++) {
		if (!dig_read_rr(&r, &rr))
			return E_MALFORMED;
		*fits = *fits && rr.fits;
		if (rr.type == DNS_TYPE_TSIG && !rr.fits)
			return E_MALFORMED;
		/* One OPT, in the additional section (RFC 6891 section 6.1.1). */
		if (rr.type == DNS_TYPE_OPT &&
			(++opts > 1 || i < (unsigned)r.counts[1] + r.counts[2] ||
				!options_fit(rr.rdata)))
			return E_MALFORMED;
	}
	return cursor_left(&r.c) > 0 ? E_TRAILING : 0;
}

/* The OPT and the TSIG record of a message: *rcode gets the upper bits of the former, *tsig_error the error of the latter. */
static void read_pseudo(struct span message, unsigned *rcode, unsigned *tsig_error)
{
	static struct dig_reader r;
	struct dig_rr rr;
	*rcode = *tsig_error = 0;
	if (!dig_reader_begin(&r, message))
		return;
	*rcode = r.flags & 15;
	for (unsigned i = 0; i < dig_reader_records(&r) && dig_read_rr(&r, &rr); i++) {
		if (rr.type == DNS_TYPE_OPT)
			*rcode |= rr.ttl >> 24 << 4;
		if (rr.type != DNS_TYPE_TSIG)
			continue;
		struct cursor c = cursor_over(rr.rdata);
		dns_name_take(&c);
		cursor_take(&c, 8); /* time and fudge */
		cursor_take(&c, cursor_u16(&c));
		cursor_u16(&c); /* original ID */
		*tsig_error = cursor_u16(&c);
	}
}

unsigned dig_extended_rcode(struct span message)
{
	unsigned rcode, tsig_error;
	read_pseudo(message, &rcode, &tsig_error);
	return rcode;
}

const char *dig_status(struct span message, char room[16])
{
	unsigned rcode, tsig_error;
	read_pseudo(message, &rcode, &tsig_error);
	/* RFC 8945 section 5.2: such replies have NOTAUTH. */
	const char *name = tsig_error != 0 && rcode == DNS_RCODE_NOTAUTH
				   ? dns_tsig_error_name(tsig_error)
				   : NULL;
	if (name == NULL)
		name = dns_rcode_name(rcode);
	if (name != NULL)
		return name;
	snprintf(room, 16, "RCODE %u", rcode);
	return room;
}
