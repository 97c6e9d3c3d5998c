/*
 * conf/schema_json: the schema table as a JSON schema, for editors and checkers of configuration files.
 */
#pragma once
#include "base/buf.h"

/* Append the whole document. Errors stick in `out`. */
void conf_schema_json(struct buf *out);
