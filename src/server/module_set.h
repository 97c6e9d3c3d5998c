/*
 * server/module_set: the module instances of one attachment (the server, or a zone) with their plan.
 *
 * Threads  made by the main thread, used by I/O threads, freed when none of these has the plan any more.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

struct answer_plan;
struct module;
struct module_config;

struct module_set {
	unsigned refs; /* atomic */
	struct answer_plan *plan;
	size_t count;
	struct module *modules[];
};

/* An instance to make, as configured. */
struct module_reference {
	const char *name; /* "mod-stats" */
	const struct module_config *config;
};

/* Errors are logged (and config->zone_name says for which zone). On 0 the caller owns *ret; NULL if count is 0. */
MUST_USE int module_set_new(
	const struct module_reference *references, size_t count, struct module_set **ret);
struct module_set *module_set_ref(struct module_set *set); /* NULL is fine, here and below */
void module_set_unref(struct module_set *set);
DEFINE_OWNED(module_set, module_set_unref)

static inline const struct answer_plan *module_set_plan(const struct module_set *set)
{
	return set != NULL ? set->plan : NULL;
}
