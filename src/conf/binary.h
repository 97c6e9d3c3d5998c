/*
 * conf/binary: values in the form that configuration databases keep.
 *
 * What comes from a database is checked like a text: a value that was taken is as good as a parsed one.
 * Threads: none.
 */
#pragma once
#include "conf/value.h"

/* Append the stored form of a value as conf_value_parse makes it. Sets out->error. */
void conf_binary_put(const struct conf_item *item, struct span value, struct buf *out);
/* Append the value of a stored form. E_MALFORMED, E_RANGE, E_INVALID. */
MUST_USE int conf_binary_take(const struct conf_item *item, struct span stored, struct buf *out);
