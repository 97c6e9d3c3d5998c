/*
 * conf/schema_json: the schema table as a JSON schema, for editors and checkers of configuration files.
 *
 * Threads  pure. Memory  the buffer, some 100 KiB.
 */
#pragma once
#include "base/buf.h"

/* Append the whole document. Errors stick in `out`. */
void conf_schema_json(struct buf *out);
