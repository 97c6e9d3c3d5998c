#include "dns/edns.h"
#include "base/err.h"
#include "dns/writer.h"

/* First of its kind: later ones are ignored (RFC 7873 section 5.2 says so for cookies). */
static inline void option_read(struct dns_edns *edns, uint16_t code, struct span data)
{
	if (code >= 32 || (edns->seen & DNS_EDNS_BIT(code)) != 0)
		return;
	edns->seen |= DNS_EDNS_BIT(code);
	if (code == DNS_EDNS_ECS)
		edns->ecs = data;
	else if (code == DNS_EDNS_COOKIE)
		edns->cookie = data;
	else if (code == DNS_EDNS_ZONEVERSION)
		edns->zoneversion = data;
}

int dns_edns_read(uint16_t class_, uint32_t ttl, struct span rdata, struct dns_edns *ret)
{
	ret->present = true;
	ret->payload = class_;
	ret->ext_rcode = (uint8_t)(ttl >> 24);
	ret->version = (uint8_t)(ttl >> 16);
	ret->flags = (uint16_t)ttl;
	ret->seen = 0;
	ret->options = rdata;
	for (struct cursor c = cursor_over(rdata); c.pos != c.end;) {
		uint16_t code = cursor_u16(&c);
		struct span data = cursor_take(&c, cursor_u16(&c));
		if (UNLIKELY(c.failed))
			return E_MALFORMED;
		option_read(ret, code, data);
	}
	return 0;
}

int dns_ecs_read(struct span option, struct dns_ecs *ret)
{
	struct cursor c = cursor_over(option);
	struct dns_ecs ecs = { 0 };

	ecs.family = cursor_u16(&c);
	ecs.source = cursor_u8(&c);
	ecs.scope = cursor_u8(&c);
	size_t bits = ecs.family == 1 ? 32 : ecs.family == 2 ? 128 : 0;
	if (bits == 0 || ecs.source > bits || ecs.scope > bits)
		return E_MALFORMED;
	size_t octets = (ecs.source + 7u) / 8;
	struct span address = cursor_take(&c, octets);
	if (c.failed)
		return E_MALFORMED;
	if (octets > 0) {
		memcpy(ecs.address, address.data, octets);
		ecs.address[octets - 1] &= (uint8_t)(0xff << (8 * octets - ecs.source));
	}
	*ret = ecs;
	return 0;
}

/* Option header; the place of its data. */
static inline uint8_t *option_begin(uint8_t *p, uint16_t code, size_t len)
{
	write_u16(p, code);
	write_u16(p + 2, (uint16_t)len);
	return p + 4;
}

static uint8_t *option_put(uint8_t *p, uint16_t code, struct span data)
{
	p = option_begin(p, code, data.len);
	memcpy(p, data.data, data.len);
	return p + data.len;
}

static uint8_t *ecs_put(uint8_t *p, const struct dns_ecs *ecs)
{
	size_t len = dns_ecs_size(ecs);

	p = option_begin(p, DNS_EDNS_ECS, len);
	write_u16(p, ecs->family);
	p[2] = ecs->source;
	p[3] = ecs->scope;
	memcpy(p + 4, ecs->address, len - 4);
	return p + len;
}

/* Fill up to the next multiple, or to the end of the room if that comes before. */
static uint8_t *padding_put(uint8_t *p, const struct dns_writer *w, const struct dns_edns_reply *r)
{
	size_t room = (size_t)(w->limit - p);
	if (room < 4)
		return p;
	size_t size = (size_t)(p - w->start) + 4 + r->pad_after;
	size_t pad = (r->pad_block - size % r->pad_block) % r->pad_block;
	pad = MIN(pad, room - 4);
	p = option_begin(p, DNS_EDNS_PADDING, pad);
	memset(p, 0, pad);
	return p + pad;
}

static COLD uint8_t *options_put(
	uint8_t *p, const struct dns_writer *w, const struct dns_edns_reply *r)
{
	const uint8_t *limit = w->limit;

	if (dns_edns_reply_has(r, DNS_EDNS_NSID))
		p = option_put(p, DNS_EDNS_NSID, r->nsid);
	if (dns_edns_reply_has(r, DNS_EDNS_ECS))
		p = ecs_put(p, &r->ecs);
	if (dns_edns_reply_has(r, DNS_EDNS_COOKIE))
		p = option_put(p, DNS_EDNS_COOKIE, r->cookie);
	if (dns_edns_reply_has(r, DNS_EDNS_EDE) && limit - p >= 6) {
		p = option_begin(p, DNS_EDNS_EDE, 2);
		write_u16(p, r->ede);
		p += 2;
	}
	if (dns_edns_reply_has(r, DNS_EDNS_EXPIRE) && limit - p >= 8) {
		p = option_begin(p, DNS_EDNS_EXPIRE, 4);
		write_u32(p, r->expire);
		p += 4;
	}
	if (dns_edns_reply_has(r, DNS_EDNS_ZONEVERSION) && limit - p >= 10) {
		p = option_begin(p, DNS_EDNS_ZONEVERSION, 6);
		p[0] = r->zoneversion_labels;
		p[1] = 0; /* SOA-SERIAL */
		write_u32(p + 2, r->zoneversion_serial);
		p += 6;
	}
	if (dns_edns_reply_has(r, DNS_EDNS_PADDING))
		p = padding_put(p, w, r);
	return p;
}

int dns_edns_put(struct dns_writer *w, const struct dns_edns_reply *r)
{
	uint8_t *opt = w->pos;
	uint8_t *p = opt + DNS_EDNS_FIXED;

	if (UNLIKELY(dns_edns_fixed_size(r) > dns_writer_left(w)))
		return E_SPACE;
	opt[0] = 0;
	/* Type, class: payload, TTL: upper bits of the RCODE, version 0, flags. */
	write_u64(opt + 1, (uint64_t)DNS_TYPE_OPT << 48 | (uint64_t)r->payload << 32 |
				   (uint32_t)(r->rcode >> 4) << 24 | r->flags);
	if (UNLIKELY(r->has != 0))
		p = options_put(p, w, r);
	write_u16(opt + 9, (uint16_t)(p - opt - DNS_EDNS_FIXED));
	w->pos = p;
	w->counts[DNS_SECTION_ADDITIONAL]++;
	return 0;
}
