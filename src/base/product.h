/*
 * base/product: what the programs call themselves. The release that they are compatible with comes first, so that scripts which
 * read the version of the other server go on working.
 *
 * Threads  any.
 */
#pragma once
#include "base/attr.h"

#define PRODUCT_COMPATIBLE "3.6.0"
#define PRODUCT_VERSION    PRODUCT_COMPATIBLE " (Bowline " BOWLINE_VERSION ")"

struct buf;

/* How it was built: several lines, the last without its end. */
void product_summary(struct buf *out);
/* What -V (`extended`: -VV) says, on standard output. */
void product_print_version(const char *program, bool extended);
