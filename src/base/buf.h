/*
 * base/buf: a growable byte buffer for text and messages off the hot path.
 *
 * Failure (no memory, or the limit reached) sticks: later appends do nothing, and the writer
 * looks once, at the end, at `error`. A zeroed buf is an empty one; buf_deinit frees.
 * The bytes are always followed by a zero that isn't counted, so `data` of a used buffer is a C string.
 *
 * Cost     appending is amortised O(1) an octet: the capacity doubles.
 * Threads  one at a time.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include <stdarg.h>

struct buf {
	uint8_t *data;
	size_t len, cap;
	size_t limit; /* greatest len allowed, 0 = none */
	int error;    /* 0, E_NOMEM or E_SPACE */
};

void buf_deinit(struct buf *b); /* it may be used again, as an empty one */
/* Empty it, keep the memory, clear the error. */
void buf_reset(struct buf *b);
/* Room for `n` more bytes after len; NULL if it failed. The caller raises len by what it wrote. */
uint8_t *buf_reserve(struct buf *b, size_t n);
/* Append a copy. Nothing is returned: failures are in `error`. */
void buf_append(struct buf *b, const void *data, size_t len);
void buf_text(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v); /* big-endian */
void buf_u32(struct buf *b, uint32_t v);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *format, va_list args);

/* What was written, borrowed until the next append. */
static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->data, b->len };
}
