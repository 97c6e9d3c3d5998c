/*
 * server/product: how the server was built, for version output.
 *
 * Threads  pure.
 */
#pragma once

struct buf;

/* Several lines, the last without its end. */
void product_summary(struct buf *out);
