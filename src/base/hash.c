#include "base/hash.h"

/* SipHash, J.-P. Aumasson and D. J. Bernstein, 2012: 2 rounds a word, 4 at the end. */

static inline uint64_t rotate(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static inline uint64_t read_le64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	"read_le64, and base/cursor's big-endian readers");

#define ROUND                             \
	do {                              \
		v0 += v1;                 \
		v1 = rotate(v1, 13) ^ v0; \
		v0 = rotate(v0, 32);      \
		v2 += v3;                 \
		v3 = rotate(v3, 16) ^ v2; \
		v0 += v3;                 \
		v3 = rotate(v3, 21) ^ v0; \
		v2 += v1;                 \
		v1 = rotate(v1, 17) ^ v2; \
		v2 = rotate(v2, 32);      \
	} while (0)

uint64_t siphash24(struct siphash_key key, struct span in)
{
	uint64_t v0 = key.k0 ^ 0x736f6d6570736575; /* "somepseudorandomlygeneratedbytes" */
	uint64_t v1 = key.k1 ^ 0x646f72616e646f6d;
	uint64_t v2 = key.k0 ^ 0x6c7967656e657261;
	uint64_t v3 = key.k1 ^ 0x7465646279746573;
	const uint8_t *p = in.data;
	size_t left = in.len;

	for (; left >= 8; p += 8, left -= 8) {
		uint64_t m = read_le64(p);
		v3 ^= m;
		ROUND;
		ROUND;
		v0 ^= m;
	}
	uint64_t last = (uint64_t)in.len << 56;
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << 8 * i;
	v3 ^= last;
	ROUND;
	ROUND;
	v0 ^= last;
	v2 ^= 0xff;
	ROUND;
	ROUND;
	ROUND;
	ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}
