/*
 * base/encode: base16, base64 (RFC 4648 section 4) and base32hex (section 7, lower case out,
 * either case in, without padding, RFC 5155).
 *
 * Encoders write no final zero and return the length written; `out` has the room that the
 * *_LEN macros give. Decoders return the length or a negative error, and write at most that of
 * the *_MAX macros. No spaces inside: tokens are joined by the caller or fed piecewise by it.
 *
 * Cost     one pass. Threads  pure.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include <sys/types.h>

#define BASE16_LEN(n) (2 * (size_t)(n))
#define BASE64_LEN(n) (((size_t)(n) + 2) / 3 * 4)
#define BASE32_LEN(n) (((size_t)(n)*8 + 4) / 5)
#define BASE16_MAX(n) ((size_t)(n) / 2)
#define BASE64_MAX(n) (((size_t)(n) + 3) / 4 * 3)
#define BASE32_MAX(n) ((size_t)(n)*5 / 8)

size_t base16_encode(struct span in, char *out); /* upper case */
size_t base64_encode(struct span in, char *out);
size_t base32hex_encode(struct span in, char *out);
ssize_t base16_decode(struct span text, uint8_t *out);    /* E_MALFORMED */
ssize_t base64_decode(struct span text, uint8_t *out);    /* E_B64LEN, E_B64CHAR */
ssize_t base32hex_decode(struct span text, uint8_t *out); /* E_B32LEN, E_B32CHAR */
