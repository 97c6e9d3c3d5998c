/*
 * base/cursor: reading bytes that came from outside.
 *
 * A cursor can't overrun. Failure sticks, a failed read yields zeros, and the reader looks once,
 * at the end (cursor_finish, or the `failed` field); earlier only when it loops on a count that
 * it has read. A span is bytes with their length, borrowed.
 *
 * Cost     inline, one comparison a read. Threads  values of the caller's; nothing is shared.
 */
#pragma once
#include "base/attr.h"
#include "base/err.h"
#include <string.h>

struct span {
	const uint8_t *data;
	size_t len;
};

/* The bytes of a string literal or a C string, without the final zero. */
static inline struct span span_of_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

/* Equal octets; empty ones are equal whatever they point to. */
static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Borrows the octets. `pos` moves on; after a failure it is at the end. */
struct cursor {
	const uint8_t *pos, *end;
	bool failed;
};

static inline struct cursor cursor_over(struct span s)
{
	/* Nothing may be added to a null pointer, not even 0. */
	return (struct cursor){ s.data, s.len > 0 ? s.data + s.len : s.data, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->pos);
}

/* The next `n` octets, borrowed; fewer are left: failure, and an empty span. */
static inline struct span cursor_take(struct cursor *c, size_t n)
{
	if (UNLIKELY(
		    n > (size_t)(c->end - c->pos))) { /* compare what is left: pos + n could wrap */
		c->failed = true;
		c->pos = c->end;
		return (struct span){ 0 };
	}
	c->pos += n;
	return (struct span){ c->pos - n, n };
}

/* All that is left. */
static inline struct span cursor_rest(struct cursor *c)
{
	return cursor_take(c, cursor_left(c));
}

/* Big-endian integers in memory without alignment. */
static inline uint16_t read_u16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline uint32_t read_u32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint64_t read_u48(const uint8_t *p)
{
	return (uint64_t)read_u16(p) << 32 | read_u32(p + 2);
}

static inline uint64_t read_u64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return __builtin_bswap64(v);
}

static inline void write_u16(uint8_t *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void write_u32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void write_u48(uint8_t *p, uint64_t v)
{
	write_u16(p, (uint16_t)(v >> 32));
	write_u32(p + 2, (uint32_t)v);
}

static inline void write_u64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof(v));
}

/* The next integer, big-endian; 0 after a failure. */
static inline uint8_t cursor_u8(struct cursor *c)
{
	struct span s = cursor_take(c, 1);
	return s.data != NULL ? s.data[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	struct span s = cursor_take(c, 2);
	return s.data != NULL ? read_u16(s.data) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	struct span s = cursor_take(c, 4);
	return s.data != NULL ? read_u32(s.data) : 0;
}

static inline uint64_t cursor_u48(struct cursor *c)
{
	struct span s = cursor_take(c, 6);
	return s.data != NULL ? read_u48(s.data) : 0;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	struct span s = cursor_take(c, 8);
	return s.data != NULL ? read_u64(s.data) : 0;
}

/* 0, or E_MALFORMED if a read failed or bytes are left over. */
MUST_USE static inline int cursor_finish(const struct cursor *c)
{
	return c->failed || c->pos != c->end ? E_MALFORMED : 0;
}
