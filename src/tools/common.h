/*
 * tools/common: what the small tools share: help and version options, messages of style A.
 */
#pragma once
#include "base/attr.h"
#include "base/product.h"
#include <stdio.h>

/* "error: TEXT" on standard error. */
#define tool_error(...)                       \
	do {                                  \
		fputs("error: ", stderr);     \
		fprintf(stderr, __VA_ARGS__); \
		fputc('\n', stderr);          \
	} while (0)

static inline UNUSED void tool_version(const char *program)
{
	printf("%s, Knot DNS %s\n", program, PRODUCT_VERSION);
}
