#include "base/buf.h"
#include "config.h"
#include <stdio.h>
#include <stdlib.h>

#if FUZZ_BUILD
#define FIRST_CAP 8 /* grow often where growth is what's tested */
#else
#define FIRST_CAP 128
#endif

void buf_deinit(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data != NULL)
		b->data[0] = 0;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	if (UNLIKELY(b->error != 0))
		return NULL;
	/* One more for the final zero. */
	if (LIKELY(b->cap > b->len && n < b->cap - b->len) &&
		LIKELY(b->limit == 0 || n <= b->limit - b->len))
		return b->data + b->len;
	if (b->limit != 0 && n > b->limit - b->len) {
		b->error = E_SPACE;
		return NULL;
	}
	if (n > SIZE_MAX / 4 - b->len) {
		b->error = E_NOMEM;
		return NULL;
	}
	size_t need = b->len + n + 1;
	size_t cap = MAX(b->cap * 2, (size_t)FIRST_CAP);
	if (b->limit != 0)
		cap = MIN(cap, b->limit + 1);
	cap = MAX(cap, need);
	uint8_t *data = realloc(b->data, cap);
	if (data == NULL) {
		b->error = E_NOMEM;
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	return data + b->len;
}

/* The bytes at len are written; count them and keep the zero behind. */
static inline void grown(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = 0;
}

void buf_append(struct buf *b, const void *data, size_t len)
{
	uint8_t *p = buf_reserve(b, len);
	if (p == NULL)
		return;
	if (len > 0)
		memcpy(p, data, len);
	grown(b, len);
}

void buf_text(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

void buf_char(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}

void buf_u8(struct buf *b, uint8_t v)
{
	buf_append(b, &v, 1);
}

void buf_u16(struct buf *b, uint16_t v)
{
	uint8_t wire[2];
	write_u16(wire, v);
	buf_append(b, wire, sizeof(wire));
}

void buf_u32(struct buf *b, uint32_t v)
{
	uint8_t wire[4];
	write_u32(wire, v);
	buf_append(b, wire, sizeof(wire));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);

	/* Most texts fit what is there at once; else the exact length is known for the second try.
	 */
	uint8_t *p = buf_reserve(b, 0);
	if (p != NULL) {
		size_t left = b->cap - b->len;
		int n = vsnprintf((char *)p, left, format, args);
		if (n < 0) {
			*p = 0;
			b->error = E_INVALID;
		} else {
			p = buf_reserve(b, (size_t)n);
			if (p != NULL && (size_t)n >= left)
				(void)vsnprintf((char *)p, (size_t)n + 1, format, again);
			if (p != NULL)
				grown(b, (size_t)n);
			else
				b->data[b->len] = 0;
		}
	}
	va_end(again);
}
