/* dns/rdata: presentation form (the dump layout of zone files). */
#include "base/encode.h"
#include "dns/layout.h"
#include "dns/svcb.h"
#include <arpa/inet.h>

const struct dns_print_style dns_print_default = { .human_time = true };
const struct dns_print_style dns_print_dump = { .human_time = true, .portable = true };

static void put_hex(struct span s, struct buf *out)
{
	uint8_t *p = buf_reserve(out, BASE16_LEN(s.len));
	if (p != NULL)
		out->len += base16_encode(s, (char *)p);
}

static void put_base64(struct span s, struct buf *out)
{
	uint8_t *p = buf_reserve(out, BASE64_LEN(s.len));
	if (p != NULL)
		out->len += base64_encode(s, (char *)p);
}

static void put_string(struct span s, struct buf *out)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		size_t begin = i;
		while (i < s.len && s.data[i] >= 0x20 && s.data[i] < 0x7f && s.data[i] != '"' &&
			s.data[i] != '\\')
			i++;
		buf_append(out, s.data + begin, i - begin);
		if (i == s.len)
			break;
		uint8_t c = s.data[i];
		if (c < 0x20 || c >= 0x7f)
			buf_printf(out, "\\%03u", c);
		else
			buf_printf(out, "\\%c", c);
	}
	buf_char(out, '"');
}

static void put_number(uint32_t v, struct buf *out)
{
	char text[10];
	size_t n = sizeof(text);
	do
		text[--n] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	buf_append(out, text + n, sizeof(text) - n);
}

static void put_name(const uint8_t *name, const struct dns_print_style *style, struct buf *out)
{
	char text[DNS_NAME_TEXT_SIZE];
	size_t len = dns_name_print(name, text);
	unsigned above = style->origin != NULL ? dns_name_below(name, style->origin) : 0;
	if (above == 1 && style->origin[0] != 0) {
		buf_char(out, '@');
	} else if (above > 1 && style->origin[0] != 0) {
		char tail[DNS_NAME_TEXT_SIZE];
		buf_append(out, text, len - dns_name_print(style->origin, tail) - 1);
	} else {
		buf_append(out, text, len);
	}
}

void dns_print_break(const struct dns_print_style *style, struct buf *out)
{
	buf_char(out, '\n');
	buf_text(out, style->indent != NULL ? style->indent : "\t\t\t\t");
}

/* Encoded data, in lines of 40 characters where records are spread. */
static void put_encoded(
	char code, struct span s, const struct dns_print_style *style, struct buf *out)
{
	const size_t line = code == 'x' ? 20 : 30;
	for (size_t at = 0; at == 0 || at < s.len; at += line) {
		struct span part = { s.data + at, style->wrap ? MIN(line, s.len - at) : s.len };
		if (at > 0)
			dns_print_break(style, out);
		if (code == 'x')
			put_hex(part, out);
		else
			put_base64(part, out);
		if (!style->wrap)
			break;
	}
}

static char *decimal(unsigned v, char *out)
{
	if (v >= 100)
		*out++ = (char)('0' + v / 100);
	if (v >= 10)
		*out++ = (char)('0' + v / 10 % 10);
	*out++ = (char)('0' + v % 10);
	return out;
}

static char *dotted(const uint8_t *addr, char *out)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*out++ = '.';
		out = decimal(addr[i], out);
	}
	return out;
}

void dns_print_address(int family, const uint8_t *addr, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN], *t = text;
	if (family == AF_INET) {
		t = dotted(addr, t);
		buf_append(out, text, (size_t)(t - text));
		return;
	}
	if (memcmp(addr, mapped, 12) == 0) {
		memcpy(t, "::ffff:", 7);
		t = dotted(addr + 12, t + 7);
		buf_append(out, text, (size_t)(t - text));
		return;
	}
	/* The longest run of zero groups, the first of equals, of two at least (RFC 5952 section 4.2). */
	int begin = -1, longest = 1;
	for (int i = 0; i < 8;) {
		int from = i;
		while (i < 8 && read_u16(addr + 2 * i) == 0)
			i++;
		if (i - from > longest) {
			begin = from;
			longest = i - from;
		}
		i += i == from;
	}
	for (int i = 0; i < 8; i++) {
		if (i == begin) {
			*t++ = ':';
			i += longest - 1;
			if (i == 7)
				*t++ = ':';
			continue;
		}
		if (i > 0)
			*t++ = ':';
		unsigned v = read_u16(addr + 2 * i);
		if (v >= 0x1000)
			*t++ = hex[v >> 12];
		if (v >= 0x100)
			*t++ = hex[v >> 8 & 15];
		if (v >= 0x10)
			*t++ = hex[v >> 4 & 15];
		*t++ = hex[v & 15];
	}
	buf_append(out, text, (size_t)(t - text));
}

static void put_type(uint16_t type, const struct dns_print_style *style, struct buf *out)
{
	if (style->portable)
		dns_type_print_portable(type, out);
	else
		dns_type_print(type, out);
}

static void put_old_bitmap(struct span bits, struct buf *out)
{
	bool first = true;
	for (unsigned i = 0; i < bits.len * 8; i++) {
		if (!(bits.data[i / 8] & 0x80 >> i % 8))
			continue;
		if (!first)
			buf_char(out, ' ');
		first = false;
		dns_type_print((uint16_t)i, out);
	}
}

static void put_bitmap(struct span bitmap, const struct dns_print_style *style, struct buf *out)
{
	struct cursor c = cursor_over(bitmap);
	bool first = true;
	while (cursor_left(&c) > 0) {
		unsigned window = cursor_u8(&c);
		struct span bits = cursor_take(&c, cursor_u8(&c));
		for (unsigned i = 0; i < bits.len * 8; i++) {
			if (!(bits.data[i / 8] & 0x80 >> i % 8))
				continue;
			if (!first)
				buf_char(out, ' ');
			first = false;
			put_type((uint16_t)(window << 8 | i), style, out);
		}
	}
}

static void put_time(uint32_t t, const struct dns_print_style *style, struct buf *out)
{
	if (!style->human_time) {
		put_number(t, out);
		return;
	}
	/* Serial arithmetic around now (RFC 4034 section 3.1.5) only matters after 2106: print as unsigned.
	 * The date from days since 1970, years that begin in March. */
	uint32_t days = t / 86400 + 719468, second = t % 86400; /* since 0000-03-01 */
	uint32_t era = days / 146097, of_era = days % 146097;
	uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * year + year / 4 - year / 100),
		 shifted = (5 * of_year + 2) / 153;
	uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
	uint32_t parts[6] = { 0, month, of_year - (153 * shifted + 2) / 5 + 1, second / 3600,
		second / 60 % 60, second % 60 };
	char text[14];
	year += era * 400 + (month <= 2);
	parts[0] = year % 100;
	text[0] = (char)('0' + year / 1000);
	text[1] = (char)('0' + year / 100 % 10);
	for (int i = 0; i < 6; i++) {
		text[2 + 2 * i] = (char)('0' + parts[i] / 10);
		text[3 + 2 * i] = (char)('0' + parts[i] % 10);
	}
	buf_append(out, text, sizeof(text));
}

/* --- LOC (RFC 1876) --- */

static void put_angle(uint32_t v, char positive, char negative, struct buf *out)
{
	int64_t a = (int64_t)v - ((int64_t)1 << 31);
	char side = a < 0 ? negative : positive;
	uint64_t ms = (uint64_t)(a < 0 ? -a : a);
	buf_printf(out, "%u %u %u", (unsigned)(ms / 3600000), (unsigned)(ms / 60000 % 60),
		(unsigned)(ms / 1000 % 60));
	if (ms % 1000 != 0)
		buf_printf(out, ".%03u", (unsigned)(ms % 1000));
	buf_printf(out, " %c", side);
}

static void put_metres(int64_t cm, struct buf *out)
{
	uint64_t a = (uint64_t)(cm < 0 ? -cm : cm);
	buf_printf(out, "%s%llu", cm < 0 ? "-" : "", (unsigned long long)(a / 100));
	if (a % 100 != 0)
		buf_printf(out, ".%02u", (unsigned)(a % 100));
	buf_char(out, 'm');
}

static int64_t loc_size(uint8_t v)
{
	int64_t r = v >> 4;
	for (unsigned e = v & 15; e > 0; e--)
		r *= 10;
	return r;
}

/* A size that text gives back: a digit times a power of ten, 0 in one way. */
static bool size_has_text(uint8_t v)
{
	return (v & 15) <= 9 && v >> 4 <= 9 && (v >> 4 != 0 || v == 0);
}

static bool put_loc(struct cursor *c, struct buf *out)
{
	if (cursor_u8(c) != 0) /* another version */
		return false;
	uint8_t size = cursor_u8(c), horizontal = cursor_u8(c), vertical = cursor_u8(c);
	uint32_t lat = cursor_u32(c), lon = cursor_u32(c), alt = cursor_u32(c);
	int64_t lat_ms = (int64_t)lat - ((int64_t)1 << 31),
		lon_ms = (int64_t)lon - ((int64_t)1 << 31);
	if (!size_has_text(size) || !size_has_text(horizontal) || !size_has_text(vertical) ||
		lat_ms > 324000000 || lat_ms < -324000000 || lon_ms > 648000000 ||
		lon_ms < -648000000)
		return false;
	put_angle(lat, 'N', 'S', out);
	buf_text(out, "  ");
	put_angle(lon, 'E', 'W', out);
	buf_text(out, "  ");
	put_metres((int64_t)alt - 10000000, out);
	buf_text(out, "  ");
	put_metres(loc_size(size), out);
	buf_char(out, ' ');
	put_metres(loc_size(horizontal), out);
	buf_char(out, ' ');
	put_metres(loc_size(vertical), out);
	return true;
}

/* --- the rarer fields --- */

static bool put_apl(struct cursor *c, struct buf *out)
{
	bool first = true;
	while (cursor_left(c) > 0) {
		unsigned family = cursor_u16(c), prefix = cursor_u8(c), len = cursor_u8(c);
		struct span addr = cursor_take(c, len & 0x7f);
		uint8_t whole[16] = { 0 };
		if (family != 1 && family != 2)
			return false;
		if (addr.len > 0)
			memcpy(whole, addr.data, MIN(addr.len, sizeof(whole)));
		buf_printf(out, "%s%s%u:", first ? "" : " ", len & 0x80 ? "!" : "", family);
		dns_print_address(family == 1 ? AF_INET : AF_INET6, whole, out);
		buf_printf(out, "/%u", prefix);
		first = false;
	}
	return true;
}

static void put_gateway(
	struct cursor *c, unsigned type, const struct dns_print_style *style, struct buf *out)
{
	if (type == 0)
		buf_char(out, '.');
	else if (type == 1)
		dns_print_address(AF_INET, cursor_take(c, 4).data, out);
	else if (type == 2)
		dns_print_address(AF_INET6, cursor_take(c, 16).data, out);
	else
		put_name(dns_name_take(c).data, style, out);
}

static bool put_ipseckey(struct cursor *c, const struct dns_print_style *style, struct buf *out)
{
	unsigned type = cursor_u8(c), algorithm = cursor_u8(c);
	buf_printf(out, "%u %u ", type, algorithm);
	put_gateway(c, type, style, out);
	struct span key = cursor_rest(c);
	if (algorithm == 0) /* then text has no place for a key */
		return key.len == 0;
	if (key.len == 0 && style->portable)
		return false;
	if (style->wrap)
		dns_print_break(style, out);
	else
		buf_char(out, ' ');
	if (style->no_crypto)
		buf_text(out, "[omitted]");
	else
		put_encoded('b', key, style, out);
	return true;
}

/* False: bits in front of the suffix that text can't tell. */
static bool put_a6(struct cursor *c, struct buf *out)
{
	unsigned prefix = cursor_u8(c), octets = (128 - prefix + 7) / 8;
	struct span suffix = cursor_take(c, octets);
	uint8_t addr[16] = { 0 };
	put_number(prefix, out);
	if (octets == 0)
		return true;
	memcpy(addr + 16 - octets, suffix.data, octets);
	buf_char(out, ' ');
	dns_print_address(AF_INET6, addr, out);
	return (suffix.data[0] & ~(0xffu >> prefix % 8)) == 0;
}

static void put_hip(struct cursor *c, const struct dns_print_style *style, struct buf *out)
{
	unsigned hit = cursor_u8(c), algorithm = cursor_u8(c), key = cursor_u16(c);
	buf_printf(out, "%u ", algorithm);
	put_hex(cursor_take(c, hit), out);
	buf_char(out, ' ');
	put_base64(cursor_take(c, key), out);
	while (cursor_left(c) > 0) {
		buf_char(out, ' ');
		put_name(dns_name_take(c).data, style, out);
	}
}

static bool put_wks(struct cursor *c, struct buf *out)
{
	buf_printf(out, "%u", cursor_u8(c));
	struct span bits = cursor_rest(c);
	for (unsigned i = 0; i < bits.len * 8; i++) {
		if (bits.data[i / 8] & 0x80 >> i % 8)
			buf_printf(out, " %u", i);
	}
	return bits.len == 0 || bits.data[bits.len - 1] != 0; /* octets that text can't tell */
}

static bool put_atma(struct cursor *c, struct buf *out)
{
	unsigned format = cursor_u8(c);
	struct span address = cursor_rest(c);
	if (format == 0) { /* AESA */
		put_hex(address, out);
		return true;
	}
	buf_char(out, '+');
	buf_append(out, address.data, address.len);
	for (size_t i = 0; i < address.len; i++) {
		if (address.data[i] < '0' || address.data[i] > '9')
			return false;
	}
	return format == 1; /* E.164 */
}

static void put_pairs(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++)
		buf_printf(out, "%s%02X", i > 0 ? "-" : "", s.data[i]);
}

uint16_t dns_key_tag(struct span dnskey)
{
	uint32_t sum = 0; /* RFC 4034 appendix B */
	for (size_t i = 0; i < dnskey.len; i++)
		sum += i & 1 ? dnskey.data[i] : (uint32_t)dnskey.data[i] << 8;
	return (uint16_t)(sum + (sum >> 16 & 0xffff));
}

static void put_binary(char code, struct span s, uint16_t type, struct span rdata,
	const struct dns_print_style *style, struct buf *out)
{
	if (style->no_crypto && (type == DNS_TYPE_DNSKEY || type == DNS_TYPE_CDNSKEY))
		buf_printf(out, "[id = %u]", dns_key_tag(rdata));
	else if (style->no_crypto)
		buf_text(out, "[omitted]");
	else
		put_encoded(code == 'x' || code == 'X' ? 'x' : 'b', s, style, out);
}

static bool put_field(char code, struct cursor *c, uint16_t type, struct span rdata,
	const struct dns_print_style *style, struct buf *out)
{
	struct span s;
	switch (code) {
	case 'n':
	case 'l':
	case 'u':
	case 'j':
		put_name(dns_name_take(c).data, style, out);
		break;
	case '1':
	case 'g':
		put_number(cursor_u8(c), out);
		break;
	case '2':
	case 'c':
		put_number(cursor_u16(c), out);
		break;
	case '4':
	case 'D':
		put_number(cursor_u32(c), out);
		break;
	case '6':
		buf_printf(out, "%llu", (unsigned long long)cursor_u48(c));
		break;
	case '8':
		buf_printf(out, "%llu", (unsigned long long)cursor_u64(c));
		break;
	case 'f': { /* NOTIFY is the only scheme (RFC 9859 section 2.1) */
		unsigned scheme = cursor_u8(c);
		if (scheme == 1)
			buf_text(out, "NOTIFY");
		else
			put_number(scheme, out);
		break;
	}
	case 'e': {
		unsigned error = cursor_u16(c);
		const char *name = dns_tsig_error_name(error);
		if (name != NULL)
			buf_text(out, name);
		else
			put_number(error, out);
		break;
	}
	case 'P':
		buf_text(out, "0x");
		put_hex(cursor_rest(c), out);
		break;
	case 'Q':
		return put_atma(c, out);
	case 'y':
		put_old_bitmap(cursor_rest(c), out);
		break;
	case 't':
		put_type(cursor_u16(c), style, out);
		break;
	case 'T':
		put_time(cursor_u32(c), style, out);
		break;
	case 'a':
		dns_print_address(AF_INET, cursor_take(c, 4).data, out);
		break;
	case 'A':
		dns_print_address(AF_INET6, cursor_take(c, 16).data, out);
		break;
	case 'E':
		put_pairs(cursor_take(c, 6), out);
		break;
	case 'F':
		put_pairs(cursor_take(c, 8), out);
		break;
	case 'N':
		for (int i = 0; i < 4; i++)
			buf_printf(out, "%s%04X", i > 0 ? ":" : "", cursor_u16(c));
		break;
	case 's':
	case 'r':
		put_string(cursor_take(c, cursor_u8(c)), out);
		break;
	case 'S':
		for (bool first = true; cursor_left(c) > 0; first = false) {
			if (!first)
				buf_char(out, ' ');
			put_string(cursor_take(c, cursor_u8(c)), out);
		}
		break;
	case 'q':
		put_string(cursor_rest(c), out);
		buf_char(out, ' '); /* the reference layout has it */
		break;
	case 'o':
		s = cursor_take(c, cursor_u8(c));
		buf_append(out, s.data, s.len);
		for (size_t i = 0; i < s.len; i++) {
			if (!dns_is_tag_octet(s.data[i]))
				return false;
		}
		break;
	case 'd':
		if (cursor_left(c) == 0) {
			buf_char(out, '-');
			break;
		}
		put_binary('b', cursor_rest(c), type, rdata, style, out);
		break;
	case 'x':
	case 'X':
	case 'b':
	case 'B':
		put_binary(code, cursor_rest(c), type, rdata, style, out);
		break;
	case 'h':
		s = cursor_take(c, cursor_u8(c));
		if (s.len == 0)
			buf_char(out, '-');
		put_hex(s, out);
		break;
	case 'z': {
		s = cursor_take(c, cursor_u8(c));
		uint8_t *p = buf_reserve(out, BASE32_LEN(s.len));
		if (p != NULL)
			out->len += base32hex_encode(s, (char *)p);
		break;
	}
	case 'K':
		s = cursor_take(c, cursor_u16(c));
		put_number((uint32_t)s.len, out);
		if (s.len > 0) {
			buf_char(out, ' ');
			if (style->no_crypto)
				buf_text(out, "[omitted]");
			else
				put_base64(s, out);
		}
		break;
	case 'm':
		put_bitmap(cursor_rest(c), style, out);
		break;
	case 'v':
		return dns_svcb_print(cursor_rest(c),
			type == DNS_TYPE_DELEG || type == DNS_TYPE_DELEGPARAM, style, out);
	case 'O':
		return put_loc(c, out);
	case 'p':
		return put_apl(c, out);
	case 'W':
		return put_wks(c, out);
	case 'I':
		return put_ipseckey(c, style, out);
	case 'H':
		return put_a6(c, out);
	case 'M': {
		unsigned relay = cursor_u8(c);
		buf_printf(out, "%u %u ", relay >> 7, relay & 0x7f);
		put_gateway(c, relay & 0x7f, style, out);
		break;
	}
	case 'k':
		put_hip(c, style, out);
		break;
	default:
		assert(false && "field code");
	}
	return true;
}

static void put_generic(struct span rdata, const struct dns_print_style *style, struct buf *out)
{
	if (style->wrap) {
		buf_char(out, '(');
		dns_print_break(style, out);
	}
	buf_printf(out, "\\# %zu", rdata.len);
	if (rdata.len > 0) {
		buf_char(out, ' ');
		if (style->wrap)
			dns_print_break(style, out);
		put_encoded('x', rdata, style, out);
	}
	if (style->wrap) {
		dns_print_break(style, out);
		buf_char(out, ')');
	}
}

static void put_duration(uint32_t n, struct buf *out)
{
	static const struct {
		uint32_t unit;
		const char *name;
	} units[] = { { 604800, "week" }, { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" } };
	bool first = true;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint32_t k = n / units[i].unit;
		n %= units[i].unit;
		if (k == 0)
			continue;
		buf_printf(out, "%s%u %s%s", first ? "" : " ", k, units[i].name, k == 1 ? "" : "s");
		first = false;
	}
	buf_text(out, first ? "0 seconds" : "");
}

static void put_soa_wrapped(struct span rdata, const struct dns_print_style *style, struct buf *out)
{
	static const char *const labels[] = { "serial", "refresh", "retry", "expire", "minimum" };
	struct cursor c = cursor_over(rdata);
	put_name(dns_name_take(&c).data, style, out);
	buf_char(out, ' ');
	put_name(dns_name_take(&c).data, style, out);
	buf_text(out, " (");
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		uint32_t v = cursor_u32(&c);
		dns_print_break(style, out);
		buf_printf(out, "%u ; %s", v, labels[i]);
		if (i > 0) {
			buf_text(out, " (");
			put_duration(v, out);
			buf_char(out, ')');
		}
	}
	dns_print_break(style, out);
	buf_char(out, ')');
}

static void put_key_comment(struct span rdata, struct buf *out)
{
	static const char *const names[] = { [5] = "RSASHA1",
		[7] = "RSASHA1-NSEC3-SHA1",
		[8] = "RSASHA256",
		[10] = "RSASHA512",
		[13] = "ECDSAP256SHA256",
		[14] = "ECDSAP384SHA384",
		[15] = "ED25519",
		[16] = "ED448" };
	static const unsigned sizes[] = { [13] = 256, [14] = 384, [15] = 256, [16] = 456 };
	unsigned algorithm = rdata.data[3], bits = 0;
	if (algorithm < ARRAY_LEN(sizes) && sizes[algorithm] != 0) {
		bits = sizes[algorithm];
	} else if (rdata.len > 5) { /* RSA: exponent length, exponent, modulus (RFC 3110) */
		size_t head = rdata.data[4] != 0
				      ? 1 + (size_t)rdata.data[4]
				      : 3 + (size_t)read_u16(rdata.data + 4 + (rdata.len > 6));
		bits = rdata.len > 4 + head ? (unsigned)(rdata.len - 4 - head) * 8 : 0;
	}
	buf_printf(out, " ; %s, ", rdata.data[1] & 1 ? "KSK" : "ZSK");
	if (algorithm < ARRAY_LEN(names) && names[algorithm] != NULL)
		buf_text(out, names[algorithm]);
	else
		buf_printf(out, "%u", algorithm);
	buf_printf(out, " (%ub), id = %u", bits, dns_key_tag(rdata));
}

/* Does this field of a layout begin a line of a record that is spread over several? Those with long data are. */
static bool begins_line(char code, char before, bool is_open, const struct dns_print_style *style)
{
	if (code == 'T') /* of a signature, the inception */
		return before == 'T';
	if (code == 'K') /* of TSIG, the MAC; then what follows it */
		return !is_open;
	if (code == '2')
		return before == 'K';
	if (code == 'm')
		return is_open;
	if (strchr("xXbBd", code) != NULL)
		return is_open || !style->no_crypto;
	return strchr("zIv", code) != NULL;
}

/* The fields of a layout. False: there is no text form. */
static bool put_fields(const char *layout, uint16_t type, struct span rdata,
	const struct dns_print_style *style, struct buf *out)
{
	struct cursor c = cursor_over(rdata);
	bool is_open = false;
	for (const char *f = layout; *f != 0; f++) {
		const bool is_empty = cursor_left(&c) == 0;
		if (is_empty && (*f == 'j' || *f == 'r'))
			break;
		if (is_empty && *f == 'B' && style->portable)
			return false;
		if (style->wrap && !(is_empty && *f != 'm') &&
			begins_line(*f, f > layout ? f[-1] : 0, is_open, style)) {
			if (!is_open)
				buf_text(out, f == layout ? "(" : " (");
			dns_print_break(style, out);
			is_open = true;
		} else if (f != layout && !(is_empty && *f == 'v')) {
			buf_char(out, ' ');
		}
		if (!put_field(*f, &c, type, rdata, style, out))
			return false;
	}
	if (is_open) {
		dns_print_break(style, out);
		buf_char(out, ')');
	}
	return true;
}

void dns_rdata_print(
	uint16_t type, struct span rdata, const struct dns_print_style *style, struct buf *out)
{
	const struct dns_rrtype *r = dns_rrtype_of(type);
	bool generic =
		r == NULL || style->generic || type == DNS_TYPE_NULL || type == DNS_TYPE_OPT ||
		(style->portable && (r->flags & (DNS_RRTYPE_GENERIC | DNS_RRTYPE_NUMBER)) != 0);
	if (generic || dns_rdata_check(type, rdata) != 0) {
		put_generic(rdata, style, out);
		return;
	}
	if (style->wrap && type == DNS_TYPE_SOA) {
		put_soa_wrapped(rdata, style, out);
		return;
	}
	size_t begin = out->len;
	if (rdata.len == 0)
		return; /* an empty APL: nothing */
	if (!put_fields(r->layout, type, rdata, style, out)) {
		/* Fits the layout but has no text form of its own. */
		out->len = MIN(begin, out->len);
		put_generic(rdata, style, out);
		return;
	}
	if (style->wrap && (type == DNS_TYPE_DNSKEY || type == DNS_TYPE_CDNSKEY))
		put_key_comment(rdata, out);
}
