/* dns/rdata: from presentation form to stored form. */
#include "base/encode.h"
#include "dns/parser.h"
#include <stdlib.h>
#include <strings.h>

int parser_number(struct span text, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	if (text.len == 0 || text.len > 20)
		return E_PARSE;
	for (size_t i = 0; i < text.len; i++) {
		unsigned d = text.data[i] - '0';
		if (d > 9 || (UNLIKELY(i == 19) &&
				     (v > UINT64_MAX / 10 || (v == UINT64_MAX / 10 && d > 5))))
			return E_PARSE;
		v = v * 10 + d;
	}
	if (v > max)
		return E_PARSE;
	*ret = v;
	return 0;
}

int parser_put_integer(struct parser *p, uint64_t v, unsigned octets)
{
	uint8_t *out = room(p, octets);
	if (out == NULL)
		return bad(p, "record too long");
	for (unsigned i = 0; i < octets; i++)
		out[i] = (uint8_t)(v >> 8 * (octets - 1 - i));
	p->len += octets;
	return 0;
}

static int field_number(struct parser *p, unsigned octets)
{
	struct dns_token t;
	uint64_t v;
	TRY(need(p, &t));
	if (parser_number(t.text, octets == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * octets) - 1, &v) !=
		0)
		return bad(p, "invalid number");
	return parser_put_integer(p, v, octets);
}

/* Seconds with units: 1h30m. */
static int field_duration(struct parser *p)
{
	struct dns_token t;
	uint32_t v;
	TRY(need(p, &t));
	if (dns_ttl_parse(t.text, &v) != 0)
		return bad(p, "invalid number");
	return parser_put_integer(p, v, 4);
}

int parser_name(struct parser *p, bool lower)
{
	struct dns_token t;
	size_t len;
	uint8_t *out = room(p, DNS_NAME_MAX), name[DNS_NAME_MAX];
	if (LIKELY(out != NULL) && dns_lexer_name(p->lexer, p->origin, lower, out, &len)) {
		p->len += len;
		return 0;
	}
	TRY(need(p, &t));
	if (UNLIKELY(out == NULL))
		out = name;
	int ret = lower ? dns_name_parse_lower(t.text, p->origin, out, &len)
			: dns_name_parse(t.text, p->origin, out, &len);
	if (UNLIKELY(ret != 0))
		return bad(p, ret == E_RANGE ? "domain name too long" : "invalid domain name");
	if (UNLIKELY(out == name)) {
		if (room(p, len) == NULL)
			return bad(p, "record too long");
		memcpy(p->out + p->len, name, len);
	}
	p->len += len;
	return 0;
}

/* Four decimal numbers, nothing before, between or behind. */
static inline bool ipv4_of(const uint8_t *s, const uint8_t *end, uint8_t *out)
{
	for (int i = 0; i < 4; i++) {
		unsigned v = 0, digits = 0;
		while (s < end && (unsigned)(*s - '0') <= 9 && digits < 3) {
			v = v * 10 + (unsigned)(*s++ - '0');
			digits++;
		}
		if (digits == 0 || v > 255 || (i < 3 && (s == end || *s++ != '.')))
			return false;
		out[i] = (uint8_t)v;
	}
	return s == end;
}

static inline unsigned hex_digit(unsigned c)
{
	return c - '0' <= 9 ? c - '0' : (c | 32) - 'a' <= 5 ? (c | 32) - 'a' + 10 : 16;
}

/* RFC 4291 section 2.2: eight groups, :: for one or more of zeros, the last two dotted if need be. */
static bool ipv6_of(struct span text, uint8_t *out)
{
	const uint8_t *s = text.data, *const end = s + text.len;
	uint8_t groups[16];
	size_t n = 0, gap = SIZE_MAX; /* octets so far, where the :: stood */
	if (text.len >= 2 && s[0] == ':' && s[1] == ':') {
		gap = 0;
		s += 2;
	}
	while (s < end) {
		const uint8_t *const begin = s;
		unsigned v = 0, digit;
		while (s < end && s - begin < 5 && (digit = hex_digit(*s)) < 16) {
			v = v << 4 | digit;
			s++;
		}
		if (s < end && *s == '.' && n <= 12) {
			if (!ipv4_of(begin, end, groups + n))
				return false;
			n += 4;
			break;
		}
		if (s == begin || s - begin > 4 || n == 16)
			return false;
		write_u16(groups + n, (uint16_t)v);
		n += 2;
		if (s == end)
			break;
		if (*s++ != ':' || s == end)
			return false;
		if (*s == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = n;
			s++;
		}
	}
	if (gap == SIZE_MAX ? n != 16 : n > 14)
		return false;
	if (gap == SIZE_MAX)
		gap = n;
	memset(out, 0, 16);
	memcpy(out, groups, gap);
	memcpy(out + 16 - (n - gap), groups + gap, n - gap);
	return true;
}

int parser_ipv4(struct parser *p)
{
	struct dns_token t;
	TRY(need(p, &t));
	uint8_t *out = room(p, 4);
	if (out == NULL || !ipv4_of(t.text.data, t.text.data + t.text.len, out))
		return bad(p, "invalid IPv4 address");
	p->len += 4;
	return 0;
}

int parser_text_of(struct parser *p, const struct dns_token *t, char *out, size_t size)
{
	if (t->text.len >= size)
		return bad(p, "field too long");
	memcpy(out, t->text.data, t->text.len);
	out[t->text.len] = 0;
	return memchr(out, 0, t->text.len) != NULL ? bad(p, "invalid character") : 0;
}

int parser_ipv6(struct parser *p)
{
	struct dns_token t;
	TRY(need(p, &t));
	uint8_t *out = room(p, 16);
	if (out == NULL || !ipv6_of(t.text, out))
		return bad(p, "invalid IPv6 address");
	p->len += 16;
	return 0;
}

/* Escapes undone, at most `max` octets, appended. */
static int put_unescaped(struct parser *p, const struct dns_token *t, size_t max)
{
	const uint8_t *s = t->text.data, *end = s + t->text.len;
	size_t begin = p->len;
	if (LIKELY(!t->escaped)) {
		if (t->text.len > max || room(p, t->text.len) == NULL)
			return bad(p, "string too long");
		memcpy(p->out + p->len, s, t->text.len);
		p->len += t->text.len;
		return 0;
	}
	while (s < end) {
		unsigned c = *s++;
		if (c == '\\') {
			if (s == end)
				return bad(p, "invalid escape");
			c = *s++;
			if (c >= '0' && c <= '9') {
				if (end - s < 2 || (unsigned)(s[0] - '0') > 9 ||
					(unsigned)(s[1] - '0') > 9)
					return bad(p, "invalid escape");
				c = (c - '0') * 100 + (unsigned)(s[0] - '0') * 10 +
				    (unsigned)(s[1] - '0');
				if (c > 255)
					return bad(p, "invalid escape");
				s += 2;
			}
		}
		if (p->len - begin == max || room(p, 1) == NULL)
			return bad(p, "string too long");
		p->out[p->len++] = (uint8_t)c;
	}
	return 0;
}

static int put_string(struct parser *p, const struct dns_token *t)
{
	size_t at = p->len;
	TRY(parser_put_integer(p, 0, 1));
	TRY(put_unescaped(p, t, 255));
	p->out[at] = (uint8_t)(p->len - at - 1);
	return 0;
}

static int field_strings(struct parser *p)
{
	struct dns_token t;
	bool end;
	TRY(need(p, &t));
	for (;;) {
		TRY(put_string(p, &t));
		TRY(more(p, &t, &end));
		if (end)
			return 0;
	}
}

/* Decode whole groups of digits (2 of hex, 4 of base64). *padded: nothing may follow. */
static int put_groups(struct parser *p, struct span digits, bool hex, bool *padded)
{
	size_t octets = hex ? digits.len / 2 : digits.len / 4 * 3;
	if (!hex && digits.len > 0)
		octets -=
			(digits.data[digits.len - 1] == '=') + (digits.data[digits.len - 2] == '=');
	uint8_t *out = room(p, octets);
	if (out == NULL)
		return bad(p, "record too long");
	ssize_t n = *padded ? E_B64CHAR
		    : hex   ? base16_decode(digits, out)
			    : base64_decode(digits, out);
	if (n < 0)
		return bad(p, hex ? "invalid hexadecimal string" : "invalid base64 string");
	*padded = !hex && octets % 3 != 0;
	p->len += (size_t)n;
	return 0;
}

/* Tokens to the end of the line, taken as one string and decoded. Groups of digits may be split between tokens. */
int parser_binary(struct parser *p, bool hex, bool may_be_empty)
{
	const size_t group = hex ? 2 : 4;
	size_t begin = p->len, carried = 0;
	bool end, padded = false;
	uint8_t carry[4];
	struct dns_token t;
	for (;;) {
		TRY(more(p, &t, &end));
		if (end)
			break;
		struct span text = t.text;
		while (text.len > 0 && (carried > 0 || text.len < group)) {
			carry[carried++] = *text.data++;
			text.len--;
			if (carried == group) {
				TRY(put_groups(p, (struct span){ carry, group }, hex, &padded));
				carried = 0;
			}
		}
		size_t rest = text.len % group, whole = text.len - rest;
		if (whole > 0)
			TRY(put_groups(p, (struct span){ text.data, whole }, hex, &padded));
		if (rest > 0)
			memcpy(carry, text.data + whole, rest);
		carried += rest;
	}
	if (carried > 0)
		return bad(p, hex ? "invalid hexadecimal string" : "invalid base64 string");
	return p->len > begin || may_be_empty ? 0 : bad(p, "missing record data field");
}

/* ATMA (af-saa-0069): an AESA in hex, or an E.164 number behind a plus. */
static int field_atma(struct parser *p)
{
	struct dns_token t;
	TRY(need(p, &t));
	bool e164 = t.text.len > 1 && t.text.data[0] == '+';
	TRY(parser_put_integer(p, e164, 1));
	size_t at = p->len;
	if (!e164) {
		dns_lexer_unread(p->lexer, &t);
		return parser_binary(p, true, false);
	}
	for (size_t i = 1; i < t.text.len; i++) {
		if (t.text.data[i] == '.') /* to the reader's comfort */
			continue;
		if (t.text.data[i] < '0' || t.text.data[i] > '9')
			return bad(p, "invalid ATM address");
		TRY(parser_put_integer(p, t.text.data[i], 1));
	}
	return p->len > at ? 0 : bad(p, "invalid ATM address");
}

/* NSAP: 0x, then hex with dots anywhere (RFC 1706 section 5). */
static int field_nsap(struct parser *p)
{
	struct dns_token t;
	uint8_t pair[2];
	size_t have = 0, begin = p->len;
	TRY(need(p, &t));
	if (t.text.len < 4 || t.text.data[0] != '0' || (t.text.data[1] | 32) != 'x')
		return bad(p, "invalid NSAP address");
	for (size_t i = 2; i < t.text.len; i++) {
		if (t.text.data[i] == '.')
			continue;
		pair[have++] = t.text.data[i];
		if (have < 2)
			continue;
		have = 0;
		if (room(p, 1) == NULL ||
			base16_decode((struct span){ pair, 2 }, p->out + p->len) != 1)
			return bad(p, "invalid NSAP address");
		p->len++;
	}
	return have == 0 && p->len > begin ? 0 : bad(p, "invalid NSAP address");
}

/* One token behind a length octet. */
static int field_short_binary(struct parser *p, bool base32)
{
	struct dns_token t;
	TRY(need(p, &t));
	size_t at = p->len;
	TRY(parser_put_integer(p, 0, 1));
	if (!base32 && t.text.len == 1 && t.text.data[0] == '-')
		return 0;
	if (t.text.len > 510 || room(p, 512) == NULL)
		return bad(p, "field too long");
	ssize_t n = base32 ? base32hex_decode(t.text, p->out + p->len)
			   : base16_decode(t.text, p->out + p->len);
	if (n <= 0 || n > 255)
		return bad(p, base32 ? "invalid base32hex string" : "invalid hexadecimal string");
	p->out[at] = (uint8_t)n;
	p->len += (size_t)n;
	return 0;
}

/* Length and base64 (TKEY, TSIG). */
static int field_long_binary(struct parser *p)
{
	struct dns_token t;
	uint64_t len;
	TRY(need(p, &t));
	if (parser_number(t.text, UINT16_MAX, &len) != 0)
		return bad(p, "invalid number");
	TRY(parser_put_integer(p, len, 2));
	if (len == 0)
		return 0;
	TRY(need(p, &t));
	if (room(p, BASE64_MAX(t.text.len)) == NULL)
		return bad(p, "record too long");
	ssize_t n = base64_decode(t.text, p->out + p->len);
	if (n < 0 || (uint64_t)n != len)
		return bad(p, "invalid base64 string");
	p->len += len;
	return 0;
}

static int field_bitmap(struct parser *p)
{
	uint8_t bits[65536 / 8];   /* a window's 32 octets are set up when its first type comes */
	uint8_t used[256] = { 0 }; /* octets used of each window */
	unsigned first = 256, last = 0; /* windows */
	struct dns_token t;
	bool end;
	for (;;) {
		uint16_t type;
		TRY(more(p, &t, &end));
		if (end)
			break;
		if (dns_type_parse(t.text, &type) != 0)
			return bad(p, "invalid type in bitmap");
		unsigned window = type >> 8, octets = (type & 255) / 8 + 1;
		if (used[window] == 0)
			memset(bits + window * 32, 0, 32);
		bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
		used[window] = (uint8_t)MAX((unsigned)used[window], octets);
		first = MIN(first, window);
		last = MAX(last, window);
	}
	for (unsigned w = first; w <= last; w++) {
		if (used[w] == 0)
			continue;
		uint8_t *out = room(p, 2u + used[w]);
		if (out == NULL)
			return bad(p, "record too long");
		out[0] = (uint8_t)w;
		out[1] = used[w];
		memcpy(out + 2, bits + w * 32, used[w]);
		p->len += 2u + used[w];
	}
	return 0;
}

/* NXT: one bitmap of the types below 128 (RFC 2535 section 5.2). */
static int field_old_bitmap(struct parser *p)
{
	uint8_t bits[16] = { 0 };
	size_t used = 0;
	struct dns_token t;
	bool end;
	for (;;) {
		uint16_t type;
		TRY(more(p, &t, &end));
		if (end)
			break;
		if (dns_type_parse(t.text, &type) != 0 || type < 1 || type > 127)
			return bad(p, "invalid type in bitmap");
		bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
		used = MAX(used, (size_t)type / 8 + 1);
	}
	if (used == 0)
		return bad(p, "missing record data field");
	if (room(p, used) == NULL)
		return bad(p, "record too long");
	memcpy(p->out + p->len, bits, used);
	p->len += used;
	return 0;
}

static int field_type(struct parser *p)
{
	struct dns_token t;
	uint16_t type;
	TRY(need(p, &t));
	if (dns_type_parse(t.text, &type) != 0)
		return bad(p, "invalid type");
	return parser_put_integer(p, type, 2);
}

/* A number or one of the names. */
static int field_named(struct parser *p, const char *const *names, size_t count, unsigned octets)
{
	struct dns_token t;
	uint64_t v;
	TRY(need(p, &t));
	if (parser_number(t.text, ((uint64_t)1 << 8 * octets) - 1, &v) == 0)
		return parser_put_integer(p, v, octets);
	for (size_t i = 0; i < count; i++) {
		if (names[i] != NULL && strlen(names[i]) == t.text.len &&
			strncasecmp(names[i], (const char *)t.text.data, t.text.len) == 0)
			return parser_put_integer(p, i, octets);
	}
	return bad(p, "invalid number");
}

static int field_algorithm(struct parser *p)
{
	static const char *const names[] = { [1] = "RSAMD5",
		[2] = "DH",
		[3] = "DSA",
		[5] = "RSASHA1",
		[6] = "DSA-NSEC3-SHA1",
		[7] = "RSASHA1-NSEC3-SHA1",
		[8] = "RSASHA256",
		[10] = "RSASHA512",
		[12] = "ECC-GOST",
		[13] = "ECDSAP256SHA256",
		[14] = "ECDSAP384SHA384",
		[15] = "ED25519",
		[16] = "ED448",
		[17] = "SM2SM3",
		[23] = "ECC-GOST12",
		[252] = "INDIRECT",
		[253] = "PRIVATEDNS",
		[254] = "PRIVATEOID" };
	return field_named(p, names, ARRAY_LEN(names), 1);
}

static int field_cert_type(struct parser *p)
{
	static const char *const names[] = { [1] = "PKIX",
		[2] = "SPKI",
		[3] = "PGP",
		[4] = "IPKIX",
		[5] = "ISPKI",
		[6] = "IPGP",
		[7] = "ACPKIX",
		[8] = "IACPKIX",
		[253] = "URI",
		[254] = "OID" };
	return field_named(p, names, ARRAY_LEN(names), 2);
}

/* YYYYMMDDHHmmSS or seconds (RFC 4034 section 3.2). */
static int field_time(struct parser *p)
{
	struct dns_token t;
	uint64_t v;
	TRY(need(p, &t));
	if (parser_number(t.text, UINT64_MAX, &v) != 0)
		return bad(p, "invalid time");
	if (t.text.len != 14)
		return v <= UINT32_MAX ? parser_put_integer(p, v, 4) : bad(p, "invalid time");
	unsigned second = (unsigned)(v % 100), minute = (unsigned)(v / 100 % 100),
		 hour = (unsigned)(v / 10000 % 100);
	unsigned day = (unsigned)(v / 1000000 % 100), month = (unsigned)(v / 100000000 % 100);
	int64_t year = (int64_t)(v / 10000000000);
	static const uint8_t days_of[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (second > 60 || minute > 59 || hour > 23 || month < 1 || month > 12 || year < 1970 ||
		day < 1 || day > days_of[month] + (unsigned)(leap && month == 2))
		return bad(p, "invalid time");
	/* Days since 1970, March-based years. */
	int64_t y = year - (month <= 2), era = y / 400;
	int64_t of_era = y - era * 400,
		of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
	return parser_put_integer(
		p, (uint32_t)(days * 86400 + hour * 3600 + minute * 60 + second), 4);
}

static int field_eui(struct parser *p, size_t octets)
{
	struct dns_token t;
	TRY(need(p, &t));
	uint8_t *out = room(p, octets);
	if (t.text.len != octets * 3 - 1 || out == NULL)
		return bad(p, "invalid EUI address");
	for (size_t i = 0; i < octets; i++) {
		if (base16_decode((struct span){ t.text.data + 3 * i, 2 }, out + i) != 1 ||
			(i + 1 < octets && t.text.data[3 * i + 2] != '-'))
			return bad(p, "invalid EUI address");
	}
	p->len += octets;
	return 0;
}

static int field_node_id(struct parser *p)
{
	struct dns_token t;
	unsigned groups[4];
	char text[24], rest;
	TRY(need(p, &t));
	TRY(parser_text_of(p, &t, text, sizeof(text)));
	size_t at = 0;
	for (int i = 0; i < 4; i++) {
		char *end;
		unsigned long v = strtoul(text + at, &end, 16);
		size_t used = (size_t)(end - (text + at));
		rest = *end;
		if (used == 0 || used > 4 || v > 0xffff || text[at] == '-' || text[at] == '+' ||
			text[at] == ' ' || rest != (i < 3 ? ':' : 0))
			return bad(p, "invalid node identifier");
		groups[i] = (unsigned)v;
		at += used + 1;
	}
	for (int i = 0; i < 4; i++)
		TRY(parser_put_integer(p, groups[i], 2));
	return 0;
}

static int field_tag(struct parser *p)
{
	struct dns_token t;
	TRY(need(p, &t));
	if (t.text.len == 0)
		return bad(p, "empty tag");
	for (size_t i = 0; i < t.text.len; i++) {
		if (!dns_is_tag_octet(t.text.data[i]))
			return bad(p, "invalid tag");
	}
	return put_string(p, &t);
}

/* DSYNC's scheme: a number or NOTIFY. */
static int field_scheme(struct parser *p)
{
	static const char *const names[] = { [1] = "NOTIFY" };
	return field_named(p, names, ARRAY_LEN(names), 1);
}

static int field_tsig_error(struct parser *p)
{
	const char *names[24];
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		names[i] = dns_tsig_error_name(i);
	return field_named(p, names, ARRAY_LEN(names), 2);
}

static int parse_field(struct parser *p, char code)
{
	struct dns_token t;
	switch (code) {
	case 'n':
	case 'l':
		return parser_name(p, true);
	case 'u':
		return parser_name(p, false);
	case '1':
		return field_number(p, 1);
	case 'f':
		return field_scheme(p);
	case '2':
		return field_number(p, 2);
	case 'e':
		return field_tsig_error(p);
	case '4':
		return field_number(p, 4);
	case '6':
		return field_number(p, 6);
	case '8':
		return field_number(p, 8);
	case 'D':
		return field_duration(p);
	case 'T':
		return field_time(p);
	case 't':
		return field_type(p);
	case 'g':
		return field_algorithm(p);
	case 'c':
		return field_cert_type(p);
	case 'a':
		return parser_ipv4(p);
	case 'A':
		return parser_ipv6(p);
	case 'E':
		return field_eui(p, 6);
	case 'F':
		return field_eui(p, 8);
	case 'N':
		return field_node_id(p);
	case 's':
		TRY(need(p, &t));
		return put_string(p, &t);
	case 'r': {
		bool end;
		TRY(more(p, &t, &end));
		return end ? 0 : put_string(p, &t);
	}
	case 'S':
		return field_strings(p);
	case 'q':
		TRY(need(p, &t));
		return put_unescaped(p, &t, DNS_RDATA_MAX);
	case 'o':
		return field_tag(p);
	case 'x':
		return parser_binary(p, true, false);
	case 'X':
		return parser_binary(p, true, true);
	case 'b':
		return parser_binary(p, false, false);
	case 'B':
		return parser_binary(p, false, true);
	case 'd':
		TRY(need(p, &t));
		if (t.text.len == 1 && t.text.data[0] == '-')
			return 0;
		dns_lexer_unread(p->lexer, &t);
		return parser_binary(p, false, false);
	case 'h':
		return field_short_binary(p, false);
	case 'z':
		return field_short_binary(p, true);
	case 'K':
		return field_long_binary(p);
	case 'm':
		return field_bitmap(p);
	case 'y':
		return field_old_bitmap(p);
	case 'P':
		return field_nsap(p);
	case 'Q':
		return field_atma(p);
	case 'v':
		return parser_params(p);
	case 'O':
		return parser_loc(p);
	case 'p':
		return parser_apl(p);
	case 'H':
		return parser_a6(p);
	case 'j': /* behind the prefix length */
		return p->out[0] > 0 ? parser_name(p, true) : 0;
	case 'W':
		return parser_wks(p);
	case 'I':
		return parser_ipseckey(p);
	case 'M':
		return parser_relay(p);
	case 'k':
		return parser_hip(p);
	default:
		return bad(p, "unknown field");
	}
}

/* \# LENGTH HEX (RFC 3597 section 5). */
static COLD int parse_generic(struct parser *p)
{
	struct dns_token t;
	uint64_t len;
	TRY(need(p, &t));
	if (parser_number(t.text, DNS_RDATA_MAX, &len) != 0)
		return bad(p, "invalid length");
	TRY(parser_binary(p, true, true));
	if (p->len != len)
		return bad(p, "length doesn't agree with the data");
	const struct dns_rrtype *r = dns_rrtype_of(p->type);
	if (dns_rdata_check(p->type, (struct span){ p->out, p->len }) != 0 ||
		(r != NULL && len == 0 && (r->flags & DNS_RRTYPE_EMPTY) == 0))
		return bad(p, "data doesn't fit the type");
	dns_rdata_lower(p->type, p->out, p->len);
	return 0;
}

static int parse_layout(struct parser *p)
{
	const struct dns_rrtype *r = dns_rrtype_of(p->type);
	struct dns_token t;
	bool end;
	const uint8_t *next = p->lexer->pos;
	while (next < p->lexer->end && (*next == ' ' || *next == '\t'))
		next++;
	/* What is plainly not the generic form nor the end doesn't go through the lexer twice. */
	if (LIKELY(next<p->lexer->end && * next> '-' && *next != ';' && *next != '\\' &&
		    r != NULL && (r->flags & DNS_RRTYPE_EMPTY) == 0 && !p->lexer->has_unread))
		goto fields;
	TRY(more(p, &t, &end));
	if (!end && t.kind == DNS_TOKEN_WORD && t.text.len == 2 && t.text.data[0] == '\\' &&
		t.text.data[1] == '#')
		return parse_generic(p);
	if (!end)
		dns_lexer_unread(p->lexer, &t);
	if (r == NULL || p->type == DNS_TYPE_NULL || p->type == DNS_TYPE_OPT)
		return bad(p, "the type needs the generic form of data (\\# LENGTH HEX)");
	if (end && (r->flags & DNS_RRTYPE_EMPTY) != 0)
		return 0;
fields:
	for (const char *f = r->layout; *f != 0; f++)
		TRY(parse_field(p, *f));
	return 0;
}

int dns_rdata_parse(uint16_t type, struct dns_lexer *lexer, const uint8_t *origin, uint8_t *out,
	size_t *len, const char **why)
{
	struct parser p = { .lexer = lexer, .origin = origin, .out = out, .type = type };
	struct dns_token t;
	int ret = parse_layout(&p);
	if (ret == 0 && !dns_lexer_eol(lexer)) {
		dns_lexer_next(lexer, &t);
		if (UNLIKELY(t.kind != DNS_TOKEN_EOL && t.kind != DNS_TOKEN_EOF)) {
			p.why = t.kind == DNS_TOKEN_ERROR ? lexer->error : "trailing data";
			ret = E_PARSE;
		}
	}

	*why = p.why != NULL ? p.why : err_text(ret);
	*len = p.len;
	return ret;
}
