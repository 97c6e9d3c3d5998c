#include "base/encode.h"

static const char base16_digits[] = "0123456789ABCDEF";
static const char base32hex_digits[] = "0123456789abcdefghijklmnopqrstuv";
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Value of a digit, or 0xff. Arithmetic instead of tables: three compares, no cache line. */
static inline uint8_t base16_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10) : 0xff;
}

static inline uint8_t base32hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'v' ? (uint8_t)(c - 'a' + 10) : 0xff;
}

/* Signatures and keys are most of a signed zone's text: base64 has a table (value, 0x80 = not a
 * digit). */
#define X 0x80
static const uint8_t base64_values[256] = {
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0x00 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0x10 */
	X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63,              /* 0x20 */
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,      /* 0x30 */
	X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,           /* 0x40 */
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,     /* 0x50 */
	X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* 0x60 */
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,     /* 0x70 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0x80 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0x90 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0xa0 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0xb0 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0xc0 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0xd0 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0xe0 */
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,                /* 0xf0 */
};
#undef X

size_t base16_encode(struct span in, char *out)
{
	for (size_t i = 0; i < in.len; i++) {
		out[2 * i] = base16_digits[in.data[i] >> 4];
		out[2 * i + 1] = base16_digits[in.data[i] & 15];
	}
	return 2 * in.len;
}

ssize_t base16_decode(struct span text, uint8_t *out)
{
	if (text.len % 2 != 0)
		return E_MALFORMED;
	for (size_t i = 0; i < text.len; i += 2) {
		uint8_t high = base16_value(text.data[i]);
		uint8_t low = base16_value(text.data[i + 1]);
		if ((high | low) == 0xff)
			return E_MALFORMED;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (ssize_t)(text.len / 2);
}

size_t base64_encode(struct span in, char *out)
{
	const uint8_t *p = in.data;
	char *start = out;
	size_t left = in.len;

	for (; left >= 3; left -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		*out++ = base64_digits[v >> 18];
		*out++ = base64_digits[v >> 12 & 63];
		*out++ = base64_digits[v >> 6 & 63];
		*out++ = base64_digits[v & 63];
	}
	if (left > 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (left == 2 ? (uint32_t)p[1] << 8 : 0);
		*out++ = base64_digits[v >> 18];
		*out++ = base64_digits[v >> 12 & 63];
		*out++ = left == 2 ? base64_digits[v >> 6 & 63] : '=';
		*out++ = '=';
	}
	return (size_t)(out - start);
}

ssize_t base64_decode(struct span text, uint8_t *out)
{
	const uint8_t *p = text.data;
	uint8_t *start = out;

	if (text.len % 4 != 0)
		return E_B64LEN;
	if (text.len == 0)
		return 0;
	size_t padding =
		(p[text.len - 1] == '=') + (p[text.len - 1] == '=' && p[text.len - 2] == '=');
	for (size_t quads = text.len / 4 - (padding != 0); quads > 0; quads--, p += 4) {
		uint8_t a = base64_values[p[0]], b = base64_values[p[1]];
		uint8_t c = base64_values[p[2]], d = base64_values[p[3]];
		if (UNLIKELY((a | b | c | d) & 0x80))
			return E_B64CHAR;
		uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
		*out++ = (uint8_t)(v >> 16);
		*out++ = (uint8_t)(v >> 8);
		*out++ = (uint8_t)v;
	}
	if (padding != 0) {
		uint8_t a = base64_values[p[0]], b = base64_values[p[1]];
		uint8_t c = padding == 1 ? base64_values[p[2]] : 0;
		if ((a | b | c) & 0x80)
			return E_B64CHAR;
		/* Bits that no octet takes are zero: one text a value (RFC 4648 section 3.5). */
		if (padding == 1 ? c & 3 : b & 15)
			return E_B64CHAR;
		*out++ = (uint8_t)(a << 2 | b >> 4);
		if (padding == 1)
			*out++ = (uint8_t)(b << 4 | c >> 2);
	}
	return out - start;
}

/* The eight digits of 40 bits, all at once: the bits are spread by halves to five in each octet. */
static inline uint64_t base32hex_eight(uint64_t v)
{
	const uint64_t ones = 0x0101010101010101;

	v = (v & 0xfffff00000) << 12 | (v & 0xfffff);
	v = (v & 0x000ffc00000ffc00) << 6 | (v & 0x000003ff000003ff);
	v = (v & 0x03e003e003e003e0) << 3 | (v & 0x001f001f001f001f);
	uint64_t letters = (v + (128 - 10) * ones) >> 7 & ones;
	return v + '0' * ones + letters * ('a' - '0' - 10);
}

size_t base32hex_encode(struct span in, char *out)
{
	char *start = out;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t i = 0;

	for (; i + 5 <= in.len; i += 5, out += 8)
		write_u64((uint8_t *)out,
			base32hex_eight((uint64_t)read_u32(in.data + i) << 8 | in.data[i + 4]));
	for (; i < in.len; i++) {
		bits = bits << 8 | in.data[i];
		for (have += 8; have >= 5; have -= 5)
			*out++ = base32hex_digits[bits >> (have - 5) & 31];
	}
	if (have > 0)
		*out++ = base32hex_digits[bits << (5 - have) & 31];
	return (size_t)(out - start);
}

ssize_t base32hex_decode(struct span text, uint8_t *out)
{
	/* 8 digits make 5 octets; a rest of 1, 3 or 6 digits is no whole number of octets. */
	static const bool bad_rest[8] = { [1] = true, [3] = true, [6] = true };
	uint8_t *start = out;
	uint32_t bits = 0;
	unsigned have = 0;

	if (bad_rest[text.len % 8])
		return E_B32LEN;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t v = base32hex_value(text.data[i]);
		if (UNLIKELY(v == 0xff))
			return E_B32CHAR;
		bits = bits << 5 | v;
		have += 5;
		if (have >= 8) {
			have -= 8;
			*out++ = (uint8_t)(bits >> have);
		}
	}
	if (bits & ((1u << have) - 1)) /* as for base64 */
		return E_B32CHAR;
	return out - start;
}
