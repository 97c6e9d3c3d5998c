/*
 * conf/schema: every section and option of the configuration, as one table.
 *
 * Grammar, value types, limits, defaults, references, what a change needs, and the reference manual come from it. Rows stand in the
 * order of the recommended file and of exports; the first item of a section of blocks is its identifier.
 *
 * Immutable data. Sections and items are compared by address.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

enum conf_type {
	CONF_INT,
	CONF_TIME,
	CONF_PERCENT,
	CONF_SIZE,
	CONF_BOOL,
	CONF_OPT,
	CONF_OPTINT,
	CONF_STR,
	CONF_PATH,
	CONF_HEX,
	CONF_B64,
	CONF_NAME,
	CONF_ADDR,
	CONF_NET,
	CONF_REF,
	CONF_MODREF,
	CONF_RRTYPE,
	CONF_RELNAME,
	CONF_TYPES
};

enum conf_flags {
	CONF_MULTI = 1 << 0,   /* more values than one */
	CONF_RESTART = 1 << 1, /* a change needs a restart */
	CONF_RELOAD = 1 << 2,  /* a change reloads the zones concerned */
	CONF_REQUIRED = 1 << 3,
	CONF_EMPTY = 1 << 4,    /* an empty reference means "none" */
	CONF_INERT = 1 << 5,    /* accepted, without effect in this version */
	CONF_OBSOLETE = 1 << 6, /* accepted, without effect for good */
};

struct conf_item {
	const char *name;
	enum conf_type type;
	unsigned flags;
	int64_t min, max;     /* of numbers */
	const char *fallback; /* default as text, NULL: none or computed */
	/* "a|b/alias|c=8": options, with the numbers that databases have for them where these aren't their positions; or sections
	 * that a reference may name, "*": also "default" without a block. */
	const char *choices;
	const char *help;
};

#define CONF_ITEMS_MAX    128 /* of a section; a test looks at both */
#define CONF_SECTIONS_MAX 64

struct conf_section {
	const char *name;
	const struct conf_item *items;
	size_t count;
	bool blocks; /* blocks with identifiers, else one set of items */
	bool inert;  /* accepted as a whole, without effect in this version */
	const char *help;
};

extern const struct conf_section conf_sections[];
extern const size_t conf_section_count;
/* Those that are asked for a million times. */
extern const struct conf_section *const conf_section_template, *const conf_section_zone;

const struct conf_section *conf_section_find(struct span name); /* NULL: none */
const struct conf_item *conf_item_find(const struct conf_section *section, struct span name);
