/*
 * server/product: what the server calls itself: the release that it is compatible with comes first, so that scripts which read
 * the version of the other server go on working.
 *
 * Threads  pure.
 */
#pragma once

#define BOWLINE_PRODUCT "3.6.0 (Bowline " BOWLINE_VERSION ")"

struct buf;

/* How it was built, several lines, the last without its end. */
void product_summary(struct buf *out);
