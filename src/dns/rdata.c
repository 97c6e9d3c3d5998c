/* dns/rdata: wire form. Parsing and printing are in rdata_parse.c and rdata_print.c. */
#include "dns/layout.h"

bool dns_type_compressible(uint16_t type)
{
	return type == DNS_TYPE_NS || type == DNS_TYPE_CNAME || type == DNS_TYPE_SOA ||
	       type == DNS_TYPE_PTR || type == DNS_TYPE_MX || type == 14 /* MINFO */;
}

/* --- checking fields that aren't names or fixed --- */

static bool skip_bitmap(struct cursor *c)
{
	int last = -1;
	while (cursor_left(c) >
		0) { /* windows ascend, no empty ones, no trailing zeros (RFC 4034 section 4.1.2) */
		int window = cursor_u8(c);
		unsigned len = cursor_u8(c);
		struct span bits = cursor_take(c, len);
		if (c->failed || window <= last || len == 0 || len > 32 || bits.data[len - 1] == 0)
			return false;
		last = window;
	}
	return true;
}

static bool skip_svcparams(struct cursor *c)
{
	int last = -1;
	while (cursor_left(c) > 0) { /* keys ascend (RFC 9460 section 2.2) */
		int key = cursor_u16(c);
		cursor_take(c, cursor_u16(c));
		if (c->failed || key <= last)
			return false;
		last = key;
	}
	return true;
}

static bool skip_apl(struct cursor *c)
{
	while (cursor_left(c) > 0) {
		unsigned family = cursor_u16(c), prefix = cursor_u8(c), len = cursor_u8(c) & 0x7f;
		struct span addr = cursor_take(c, len);
		if (c->failed || (family == 1 && (prefix > 32 || len > 4)) ||
			(family == 2 && (prefix > 128 || len > 16)) ||
			(len > 0 && addr.data[len - 1] == 0))
			return false;
	}
	return true;
}

static bool skip_name(struct cursor *c)
{
	return dns_name_take(c).data != NULL;
}

static bool skip_gateway(struct cursor *c, unsigned type)
{
	switch (type) {
	case 0:
		return true;
	case 1:
		return cursor_take(c, 4).data != NULL;
	case 2:
		return cursor_take(c, 16).data != NULL;
	case 3:
		return skip_name(c);
	default:
		return false;
	}
}

static bool skip_ipseckey(struct cursor *c)
{
	unsigned type = cursor_u8(c);
	cursor_u8(c); /* algorithm */
	if (!skip_gateway(c, type))
		return false;
	cursor_rest(c); /* the key; with algorithm 0 there should be none (RFC 4025 section 2.4) */
	return !c->failed;
}

/* The prefix length, and as many octets as the rest of 128 bits needs; a name follows unless the length is 0
 * (RFC 2874 section 3.1). */
static bool skip_a6(struct cursor *c)
{
	unsigned prefix = cursor_u8(c);
	if (prefix > 128)
		return false;
	cursor_take(c, (128 - prefix + 7) / 8);
	return !c->failed && (prefix == 0) == (cursor_left(c) == 0);
}

static bool skip_hip(struct cursor *c)
{
	unsigned hit = cursor_u8(c);
	cursor_u8(c);
	unsigned key = cursor_u16(c);
	cursor_take(c, hit);
	cursor_take(c, key);
	while (!c->failed && cursor_left(c) > 0) {
		if (!skip_name(c))
			return false;
	}
	return !c->failed && hit > 0 && key > 0;
}

bool dns_field_skip(char code, struct cursor *c)
{
	switch (code) {
	case 'n':
	case 'l':
	case 'u':
		return skip_name(c);
	case 'j':
		return cursor_left(c) == 0 || skip_name(c);
	case '1':
	case 'f':
	case 'g':
		cursor_take(c, 1);
		break;
	case '2':
	case 'e':
	case 't':
	case 'c':
		cursor_take(c, 2);
		break;
	case '4':
	case 'D':
	case 'T':
	case 'a':
		cursor_take(c, 4);
		break;
	case '6':
	case 'E':
		cursor_take(c, 6);
		break;
	case '8':
	case 'F':
	case 'N':
		cursor_take(c, 8);
		break;
	case 'A':
		cursor_take(c, 16);
		break;
	case 'r':
		if (cursor_left(c) > 0)
			cursor_take(c, cursor_u8(c));
		break;
	case 's':
	case 'h':
		cursor_take(c, cursor_u8(c));
		break;
	case 'z':
	case 'o': {
		unsigned len = cursor_u8(c);
		cursor_take(c, len);
		return !c->failed && len > 0;
	}
	case 'K':
		cursor_take(c, cursor_u16(c));
		break;
	case 'S':
		do
			cursor_take(c, cursor_u8(c));
		while (!c->failed && cursor_left(c) > 0);
		break;
	case 'x':
	case 'P':
	case 'b':
		return cursor_rest(c).len > 0;
	case 'Q': /* format, address */
		return cursor_take(c, 1).data != NULL && cursor_rest(c).len > 0;
	case 'q':
	case 'X':
	case 'B':
	case 'd':
		cursor_rest(c);
		break;
	case 'm':
		return skip_bitmap(c);
	case 'v':
		return skip_svcparams(c);
	case 'p':
		return skip_apl(c);
	case 'y': { /* bits 1-127, and bit 0 for formats that were never made (RFC 2535 section 5.2) */
		struct span bits = cursor_rest(c);
		return bits.len > 0 && bits.len <= 16 && bits.data[bits.len - 1] != 0 &&
		       bits.data[0] < 0x80;
	}
	case 'O': { /* what another version holds isn't known (RFC 1876 section 2) */
		bool known = cursor_u8(c) == 0;
		return !c->failed &&
		       (known ? cursor_take(c, 15).data != NULL : cursor_rest(c).data != NULL);
	}
	case 'H':
		return skip_a6(c);
	case 'W':
		cursor_u8(c);
		return !c->failed && cursor_rest(c).len <= 8192;
	case 'I':
		return skip_ipseckey(c);
	case 'M':
		return skip_gateway(c, cursor_u8(c) & 0x7f);
	case 'k':
		return skip_hip(c);
	default:
		assert(false && "field code");
	}
	return !c->failed;
}

int dns_rdata_check(uint16_t type, struct span rdata)
{
	const struct dns_rrtype *r = dns_rrtype_of(type);
	struct cursor c = cursor_over(rdata);
	if (r == NULL || (rdata.len == 0 && (r->flags & DNS_RRTYPE_EMPTY) != 0))
		return rdata.len <= DNS_RDATA_MAX ? 0 : E_MALFORMED;
	for (const char *f = r->layout; *f != 0; f++) {
		if (!dns_field_skip(*f, &c))
			return E_MALFORMED;
	}
	return cursor_finish(&c);
}

int dns_rdata_read(uint16_t type, struct cursor *c, struct span message, size_t len, bool lower,
	uint8_t *out, size_t *out_len)
{
	const struct dns_rrtype *r = dns_rrtype_of(type);
	struct span whole = cursor_take(c, len);
	if (c->failed)
		return E_MALFORMED;
	if (r == NULL || len == 0) {
		if (len == 0 && r != NULL && (r->flags & DNS_RRTYPE_EMPTY) == 0)
			return E_MALFORMED;
		if (len > 0)
			memcpy(out, whole.data, len);
		*out_len = len;
		return 0;
	}
	struct cursor in = cursor_over(whole);
	size_t n = 0;
	for (const char *f = r->layout; *f != 0; f++) {
		if (*f == 'j' && cursor_left(&in) == 0)
			break;
		if (dns_field_is_name(*f)) {
			uint8_t name[DNS_NAME_MAX];
			size_t name_len = dns_name_read(&in, message, name);
			if (in.failed || n + name_len > DNS_RDATA_MAX)
				return E_MALFORMED;
			if (lower && *f != 'u')
				dns_name_lower(name, name);
			memcpy(out + n, name, name_len);
			n += name_len;
		} else {
			const uint8_t *begin = in.pos;
			if (!dns_field_skip(*f, &in) ||
				n + (size_t)(in.pos - begin) > DNS_RDATA_MAX)
				return E_MALFORMED;
			memcpy(out + n, begin, (size_t)(in.pos - begin));
			n += (size_t)(in.pos - begin);
		}
	}
	*out_len = n;
	return cursor_finish(&in);
}

void dns_rdata_lower(uint16_t type, uint8_t *rdata, size_t len)
{
	const struct dns_rrtype *r = dns_rrtype_of(type);
	if (r == NULL || len == 0)
		return;
	struct cursor c = cursor_over((struct span){ rdata, len });
	for (const char *f = r->layout; *f != 0; f++) {
		uint8_t *at = rdata + (c.pos - rdata);
		if (cursor_left(&c) == 0 || !dns_field_skip(*f, &c))
			return;
		if (dns_field_is_name(*f) && *f != 'u')
			dns_name_lower(at, at);
	}
}

int dns_rdata_compare(struct span a, struct span b)
{
	size_t n = MIN(a.len, b.len);
	int order = n > 0 ? memcmp(a.data, b.data, n) : 0;
	return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

size_t dns_rdata_names(uint16_t type, struct span rdata, struct dns_rdata_name *ret, size_t max)
{
	const struct dns_rrtype *r = dns_rrtype_of(type);
	struct cursor c = cursor_over(rdata);
	size_t n = 0;
	if (r == NULL)
		return 0;
	for (const char *f = r->layout; *f != 0 && n < max; f++) {
		size_t at = (size_t)(c.pos - rdata.data);
		if (cursor_left(&c) == 0 || !dns_field_skip(*f, &c))
			break;
		if (dns_field_is_name(*f))
			ret[n++] = (struct dns_rdata_name){ at, (size_t)(c.pos - rdata.data) - at,
				*f == 'n' };
	}
	return n;
}

bool dns_bitmap_has(struct span bitmap, uint16_t type)
{
	struct cursor c = cursor_over(bitmap);
	while (cursor_left(&c) > 0) {
		unsigned window = cursor_u8(&c);
		struct span bits = cursor_take(&c, cursor_u8(&c));
		if (c.failed)
			return false;
		if (window == type >> 8)
			return (type & 255u) / 8 < bits.len &&
			       (bits.data[(type & 255) / 8] & 0x80 >> type % 8) != 0;
	}
	return false;
}
