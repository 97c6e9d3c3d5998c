/*
 * conf/settings: what is configured for a zone, in typed form, shared by all zones for which it is the same.
 *
 * Settings are found for a zone block in a tree (own values, then its template's, the default template's, built-in ones), and kept
 * in a table by their content: equal settings are one object, also across versions of the configuration that share a table.
 *
 * Memory   settings own what they point to; a table drops what only it holds when it needs room, so that it stays in proportion to
 *          what the configurations have that use it.
 * Threads  the table has one writer; counts are atomic, settings immutable.
 */
#pragma once
#include "conf/tree.h"

enum conf_zonefile_load {
	CONF_ZONEFILE_NONE,
	CONF_ZONEFILE_DIFFERENCE,
	CONF_ZONEFILE_DIFFERENCE_NO_SERIAL,
	CONF_ZONEFILE_WHOLE
};
enum conf_semantic { CONF_SEMANTIC_OFF, CONF_SEMANTIC_ON, CONF_SEMANTIC_SOFT };
enum conf_serial { CONF_SERIAL_INCREMENT, CONF_SERIAL_UNIXTIME, CONF_SERIAL_DATE };
enum conf_catalog {
	CONF_CATALOG_NONE,
	CONF_CATALOG_INTERPRET,
	CONF_CATALOG_GENERATE,
	CONF_CATALOG_MEMBER
};

/* A module instance to make: "mod-stats" and the block of its id (NULL: without id). */
struct conf_module {
	struct span name;
	struct span id; /* empty: none */
	const struct conf_section *section;
	const struct conf_block *block; /* counted */
};

struct conf_zone_settings {
	unsigned refs; /* atomic */
	enum conf_zonefile_load zonefile_load;
	enum conf_semantic semantic_checks;
	enum conf_catalog catalog_role;
	enum conf_serial serial_policy;
	bool is_secondary; /* has masters */
	bool zonemd_verify;
	int deleg_aware; /* 0 auto, 1 off, 2 on */
	uint32_t default_ttl;
	int64_t zonefile_sync; /* s, -1: never */
	uint64_t max_size;
	struct span storage, file; /* patterns: file unless the zone has its own */
	const uint16_t *skip_types;
	size_t skip_count;
	const struct conf_module *modules;
	size_t module_count;
};

struct conf_zone_settings *conf_zone_settings_ref(
	struct conf_zone_settings *settings); /* NULL is fine, here and below */
void conf_zone_settings_unref(struct conf_zone_settings *settings);
/* Equal in content, perhaps of two tables. */
bool conf_zone_settings_equal(
	const struct conf_zone_settings *a, const struct conf_zone_settings *b);

struct conf_settings_table; /* opaque */
MUST_USE int conf_settings_table_new(struct conf_settings_table **ret);
struct conf_settings_table *conf_settings_table_ref(struct conf_settings_table *table);
void conf_settings_table_unref(struct conf_settings_table *table); /* NULL is fine */
size_t conf_settings_table_count(const struct conf_settings_table *table);

/* Finding the settings of many zones: what those that only name a template get is remembered. */
struct conf_settings_finder {
	const struct conf_tree *tree;
	struct conf_settings_table *table;
	/* private */
	bool used, own_file;
	const struct conf_block *template;
	struct conf_zone_settings *settings;
};
/* The settings of a zone, borrowed from the table: to be referenced before the next call. E_NOMEM. */
MUST_USE int conf_settings_find(struct conf_settings_finder *finder, const struct conf_block *zone,
	struct conf_zone_settings **ret);

/* Modules named by a value and those after it: an array of the caller's, given back by conf_modules_free. */
MUST_USE int conf_modules_new(const struct conf_tree *tree, const struct conf_value *value,
	const struct conf_module **ret, size_t *count);
void conf_modules_free(const struct conf_module *modules, size_t count); /* NULL is fine */
