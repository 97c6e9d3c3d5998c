/*
 * conf/check: what values and sections have to fulfil beyond their types.
 *
 * An error is a static text in *why. Warnings and notices are logged.
 *
 * Cost     of a tree: what is different from the one before. Threads  one at a time for a tree.
 */
#pragma once
#include "conf/tree.h"

/* A value just parsed, before it is stored: references and special texts. */
MUST_USE int conf_check_value(const struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block *block, const struct conf_item *item, struct span value,
	const char **why);
/* A section without blocks, or a block, at its end. */
MUST_USE int conf_check_block(struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block *block, const char **why);
/* Where a check failed, and why; what isn't known is NULL. */
struct conf_fault {
	const char *why;
	const struct conf_section *section;
	const struct conf_block *block;
	const struct conf_item *item;
	const struct conf_value *value;
};
/* Check a whole tree: all that may have become wrong since `old` was found good (NULL: everything). */
MUST_USE int conf_check_tree(
	struct conf_tree *tree, const struct conf_tree *old, struct conf_fault *fault);
/* Log "config, item 'S[ID].I' (WHY)"; `id` where there is no block. */
void conf_fault_log(const struct conf_fault *fault, struct span id);
/* A reference "mod-name[/id]" apart. False: malformed. */
bool conf_module_split(struct span text, struct span *name, struct span *id);

/* The same for blocks of module sections. */
MUST_USE int conf_check_module_value(const struct conf_section *section,
	const struct conf_item *item, struct span value, const char **why);
MUST_USE int conf_check_module(
	const struct conf_section *section, const struct conf_block *block, const char **why);

/* The number of an item, else its default, else `other`. */
int64_t conf_block_number(const struct conf_section *section, const struct conf_block *block,
	const char *item, int64_t other);
/* Is an option, or its default, the wanted one? */
bool conf_block_option_is(const struct conf_section *section, const struct conf_block *block,
	const char *item, const char *wanted);
/* Have both blocks (NULL: none) the same values of an item, in the same order? */
bool conf_values_equal(
	const struct conf_block *a, const struct conf_block *b, const struct conf_item *item);
/* Number of values, from this one on. */
size_t conf_value_count(const struct conf_value *value);

/* Look an item up by its text; the section must have it. */
const struct conf_item *conf_item_of(const struct conf_section *section, const char *name);
/* The template that a zone's values come from; NULL: none. */
const struct conf_block *conf_zone_template(
	const struct conf_tree *tree, const struct conf_block *zone);
/* The effective value of a zone's item by block, template, default template; NULL: the built-in default. */
const struct conf_value *conf_zone_value(
	const struct conf_tree *tree, const struct conf_block *zone, const char *item);
