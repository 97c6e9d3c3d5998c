/*
 * tools/common: what the small tools share: messages of style A.
 */
#pragma once
#include "base/attr.h"
#include <stdio.h>

/* "error: TEXT" on standard error. */
#define tool_error(...)                       \
	do {                                  \
		fputs("error: ", stderr);     \
		fprintf(stderr, __VA_ARGS__); \
		fputc('\n', stderr);          \
	} while (0)
