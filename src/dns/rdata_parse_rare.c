/* dns/rdata: from presentation form to stored form, fields that only one rare type has. */
#include "base/encode.h"
#include "dns/parser.h"
#include "dns/svcb.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

/* --- LOC (RFC 1876 section 3) --- */

/* Decimal with up to `digits` fractional digits, in units of 10^-digits; an "m" may follow. */
static int decimal(struct span text, unsigned digits, bool metres, int64_t *ret)
{
	size_t i = 0;
	bool negative = text.len > 0 && text.data[0] == '-';
	int64_t v = 0;
	i += negative;
	if (metres && text.len > i && (text.data[text.len - 1] | 32) == 'm')
		text.len--;
	size_t begin = i;
	for (; i < text.len && (unsigned)(text.data[i] - '0') <= 9 && v < INT64_MAX / 1000000; i++)
		v = v * 10 + (text.data[i] - '0');
	if (i == begin)
		return E_PARSE;
	unsigned seen = 0;
	if (i < text.len && text.data[i] == '.') {
		for (i++; i < text.len && (unsigned)(text.data[i] - '0') <= 9 && seen < digits;
			i++, seen++)
			v = v * 10 + (text.data[i] - '0');
	}
	if (i != text.len)
		return E_PARSE;
	for (; seen < digits; seen++)
		v *= 10;
	*ret = negative ? -v : v;
	return 0;
}

static int angle(struct parser *p, const char *sides, unsigned max, uint32_t *ret)
{
	struct dns_token t;
	int64_t parts[3] = { 0 }, v;
	for (int i = 0;; i++) {
		TRY(need(p, &t));
		if (t.text.len == 1 && i > 0 &&
			((t.text.data[0] & ~32) == sides[0] || (t.text.data[0] & ~32) == sides[1]))
			break;
		if (i == 3 || decimal(t.text, i == 2 ? 3 : 0, false, &parts[i]) != 0 ||
			parts[i] < 0)
			return bad(p, "invalid coordinate");
	}
	if (parts[0] > max || parts[1] > 59 || parts[2] > 59999)
		return bad(p, "invalid coordinate");
	v = parts[0] * 3600000 + parts[1] * 60000 + parts[2];
	if (v > (int64_t)max * 3600000)
		return bad(p, "invalid coordinate");
	if ((t.text.data[0] & ~32) == sides[1])
		v = -v;
	*ret = (uint32_t)(v + ((int64_t)1 << 31));
	return 0;
}

int parser_loc(struct parser *p)
{
	uint32_t lat, lon;
	int64_t alt;
	struct dns_token t;
	bool end = false;
	uint8_t sizes[3] = { 0x12, 0x16, 0x13 }; /* 1 m, 10 km, 10 m */
	TRY(angle(p, "NS", 90, &lat));
	TRY(angle(p, "EW", 180, &lon));
	TRY(need(p, &t));
	if (decimal(t.text, 2, true, &alt) != 0 || alt < -10000000 || alt + 10000000 > UINT32_MAX)
		return bad(p, "invalid altitude");
	for (int i = 0; i < 3; i++) {
		int64_t v;
		TRY(more(p, &t, &end));
		if (end)
			break;
		if (decimal(t.text, 2, true, &v) != 0 || v < 0 || v > 9000000000)
			return bad(p, "invalid size");
		unsigned exponent = 0;
		for (; v > 9; exponent++)
			v /= 10;
		sizes[i] = (uint8_t)(v << 4 | exponent);
	}
	TRY(parser_put_integer(p, 0, 1));
	for (int i = 0; i < 3; i++)
		TRY(parser_put_integer(p, sizes[i], 1));
	TRY(parser_put_integer(p, lat, 4));
	TRY(parser_put_integer(p, lon, 4));
	return parser_put_integer(p, (uint32_t)(alt + 10000000), 4);
}

int parser_apl(struct parser *p)
{
	struct dns_token t;
	bool end;
	for (;;) {
		char text[64], *s = text, *colon, *slash, *rest;
		uint8_t addr[16];
		TRY(more(p, &t, &end));
		if (end)
			return 0;
		TRY(parser_text_of(p, &t, text, sizeof(text)));
		bool negated = *s == '!';
		s += negated;
		colon = strchr(s, ':');
		slash = strchr(s, '/');
		if (colon == NULL || slash == NULL || slash < colon || colon != s + 1 ||
			(*s != '1' && *s != '2'))
			return bad(p, "invalid address prefix");
		bool v4 = *s == '1';
		*slash = 0;
		unsigned long prefix = strtoul(slash + 1, &rest, 10);
		if (slash[1] < '0' || slash[1] > '9' || *rest != 0 || prefix > (v4 ? 32 : 128) ||
			inet_pton(v4 ? AF_INET : AF_INET6, colon + 1, addr) != 1)
			return bad(p, "invalid address prefix");
		size_t len = v4 ? 4 : 16; /* without trailing zeros (RFC 3123 section 4) */
		while (len > 0 && addr[len - 1] == 0)
			len--;
		TRY(parser_put_integer(p, v4 ? 1 : 2, 2));
		TRY(parser_put_integer(p, prefix, 1));
		TRY(parser_put_integer(p, len | (negated ? 0x80 : 0), 1));
		if (room(p, len) == NULL)
			return bad(p, "record too long");
		memcpy(p->out + p->len, addr, len);
		p->len += len;
	}
}

/* The prefix length and the suffix, of an address that is given whole (RFC 2874 section 3.2). */
int parser_a6(struct parser *p)
{
	struct dns_token t;
	uint64_t prefix;
	uint8_t addr[16];
	TRY(need(p, &t));
	if (parser_number(t.text, 128, &prefix) != 0)
		return bad(p, "invalid prefix length");
	TRY(parser_put_integer(p, prefix, 1));
	if (prefix == 128)
		return 0;
	size_t at = p->len, first = prefix / 8;
	TRY(parser_ipv6(p));
	memcpy(addr, p->out + at, sizeof(addr));
	addr[first] &= (uint8_t)(0xff >> prefix % 8);
	memcpy(p->out + at, addr + first, sizeof(addr) - first);
	p->len = at + sizeof(addr) - first;
	return 0;
}

int parser_wks(struct parser *p)
{
	struct dns_token t;
	uint64_t v;
	uint8_t bits[8192] = { 0 };
	size_t used = 0;
	bool end;
	TRY(need(p, &t));
	if (t.text.len == 3 && strncasecmp((const char *)t.text.data, "tcp", 3) == 0)
		v = 6;
	else if (t.text.len == 3 && strncasecmp((const char *)t.text.data, "udp", 3) == 0)
		v = 17;
	else if (parser_number(t.text, 255, &v) != 0)
		return bad(p, "invalid protocol");
	TRY(parser_put_integer(p, v, 1));
	for (;;) {
		TRY(more(p, &t, &end));
		if (end)
			break;
		if (parser_number(t.text, UINT16_MAX, &v) != 0)
			return bad(p, "invalid port");
		bits[v / 8] |= (uint8_t)(0x80 >> v % 8);
		used = MAX(used, (size_t)v / 8 + 1);
	}
	if (room(p, used) == NULL)
		return bad(p, "record too long");
	memcpy(p->out + p->len, bits, used);
	p->len += used;
	return 0;
}

static int gateway(struct parser *p, uint64_t type)
{
	struct dns_token t;
	switch (type) {
	case 0:
		TRY(need(p, &t));
		return t.text.len == 1 && t.text.data[0] == '.' ? 0 : bad(p, "invalid gateway");
	case 1:
		return parser_ipv4(p);
	case 2:
		return parser_ipv6(p);
	case 3:
		return parser_name(p, false);
	default:
		return bad(p, "invalid gateway type");
	}
}

int parser_ipseckey(struct parser *p)
{
	struct dns_token t;
	uint64_t type, algorithm;
	TRY(need(p, &t));
	if (parser_number(t.text, 255, &type) != 0)
		return bad(p, "invalid number");
	TRY(parser_put_integer(p, type, 1));
	TRY(need(p, &t));
	if (parser_number(t.text, 255, &algorithm) != 0)
		return bad(p, "invalid number");
	TRY(parser_put_integer(p, algorithm, 1));
	TRY(gateway(p, type));
	return algorithm != 0 ? parser_binary(p, false, true) : 0;
}

int parser_relay(struct parser *p)
{
	struct dns_token t;
	uint64_t discovery, type;
	TRY(need(p, &t));
	if (parser_number(t.text, 1, &discovery) != 0)
		return bad(p, "invalid number");
	TRY(need(p, &t));
	if (parser_number(t.text, 127, &type) != 0)
		return bad(p, "invalid number");
	TRY(parser_put_integer(p, discovery << 7 | type, 1));
	return gateway(p, type);
}

int parser_hip(struct parser *p)
{
	struct dns_token algorithm, hit, key;
	uint64_t v;
	bool end;
	TRY(need(p, &algorithm));
	TRY(need(p, &hit));
	TRY(need(p, &key));
	size_t at = p->len;
	if (parser_number(algorithm.text, 255, &v) != 0)
		return bad(p, "invalid number");
	TRY(parser_put_integer(p, 0, 1));
	TRY(parser_put_integer(p, v, 1));
	TRY(parser_put_integer(p, 0, 2));
	if (hit.text.len > 510 || room(p, 255 + BASE64_MAX(key.text.len)) == NULL)
		return bad(p, "record too long");
	ssize_t n = base16_decode(hit.text, p->out + p->len);
	if (n <= 0)
		return bad(p, "invalid hexadecimal string");
	p->out[at] = (uint8_t)n;
	p->len += (size_t)n;
	n = base64_decode(key.text, p->out + p->len);
	if (n <= 0)
		return bad(p, "invalid base64 string");
	write_u16(p->out + at + 2, (uint16_t)n);
	p->len += (size_t)n;
	for (;;) {
		struct dns_token t;
		TRY(more(p, &t, &end));
		if (end)
			return 0;
		dns_lexer_unread(p->lexer, &t);
		TRY(parser_name(p, false));
	}
}

int parser_params(struct parser *p)
{
	static _Thread_local struct dns_svcb params;
	struct dns_token t;
	bool end;
	size_t len;
	params.count = 0;
	params.used = 0;
	params.deleg = p->type == DNS_TYPE_DELEG || p->type == DNS_TYPE_DELEGPARAM;
	for (;;) {
		TRY(more(p, &t, &end));
		if (end)
			break;
		TRY(dns_svcb_add(&params, &t, p->lexer, &p->why));
	}
	TRY(dns_svcb_finish(&params, p->out + p->len, DNS_RDATA_MAX - p->len, &len, &p->why));
	p->len += len;
	return 0;
}
