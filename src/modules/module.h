/*
 * modules: what a query module is.
 *
 *	registry (a table) --> type.create(configuration) --> struct module { hooks, counters }
 *	                                                         '--> module_plan_new --> the answer room runs them
 *
 * A module is a folder with one struct module_type, listed in registry.c. An instance belongs to one attachment: global or
 * of a zone. Its hooks run in all I/O threads at once; what they write is in blocks of their own thread.
 *
 * Counters are arrays of 64-bit numbers, a block a thread, summed by whoever reads. They begin with the instance.
 *
 * Cost     a counter is an increment of memory that no other thread writes.
 * Threads  create and destroy: any, with no reader of the plan left at the latter.
 */
#pragma once
#include "answer/module.h"
#include "base/attr.h"
#include "base/cursor.h"

/* A configured item: its values as text, one unless the item may have many. */
struct module_item {
	const char *name;
	const struct span *values;
	size_t count;
};

struct module_config {
	const char *id;                  /* NULL: attached without one, all defaults */
	const struct module_item *items; /* those that were given */
	size_t item_count;
	const uint8_t *zone_name; /* lower; NULL: global */
	unsigned threads;         /* I/O threads: answer.thread_index is less */
};

enum module_scope { MODULE_GLOBAL = 1 << 0, MODULE_ZONE = 1 << 1 };

struct module;

struct module_type {
	const char *name; /* "mod-stats" */
	unsigned scopes;  /* enum module_scope */
	bool needs_id;    /* can't run on defaults */
	/* On 0 the caller owns *ret. Copies what it needs of the configuration. E_NOMEM; E_INVALID with *why, a static text. */
	int (*create)(const struct module_config *config, struct module **ret, const char **why);
};

/* A counter: one number, or an array of items. */
struct module_counter {
	const char *name;
	unsigned size; /* items */
	/* Writes the name of an item, at most MODULE_ITEM_NAME_SIZE with the final zero. NULL: not an array. */
	void (*item_name)(unsigned item, char *ret);
};
#define MODULE_ITEM_NAME_SIZE 24

/* An instance. Modules embed it as the first member of theirs. */
struct module {
	const struct module_type *type;
	const struct answer_hook *hooks;
	size_t hook_count;
	const struct module_counter *counters;
	size_t counter_count;
	/* private */
	void (*destroy)(struct module *module); /* frees what the module has besides, and itself */
	unsigned threads;
	size_t stride;    /* numbers in a thread's block: whole cache lines */
	uint64_t *values; /* [threads][stride], counter after counter */
};

/* ---- For those who attach modules ---- */

/* The type of that name or NULL. */
const struct module_type *module_type_find(const char *name);

/* Create an instance. E_NOTSUP: wrong scope; E_CONFMISSID: it needs an id; what the type's create gives. *why: a static text or NULL. */
MUST_USE int module_new(const struct module_type *type, const struct module_config *config,
	struct module **ret, const char **why);
void module_free(struct module *module); /* NULL is fine */
DEFINE_OWNED(module, module_free)

/* The hooks of some instances in their order, as a plan that borrows the instances. */
MUST_USE int module_plan_new(struct module *const *modules, size_t count, struct answer_plan **ret);

/* The sum over threads of a counter's item. */
uint64_t module_counter_read(const struct module *module, size_t counter, unsigned item);

/* ---- For modules ---- */

/* Make the counters' blocks; sets counters, counter_count and the private fields. E_NOMEM. */
MUST_USE int module_counters_init(struct module *module, const struct module_counter *counters,
	size_t count, unsigned threads);

/* The numbers of a counter in the calling thread's block, given where the counter begins (module_counter_at). */
static inline uint64_t *module_values(const struct module *module, unsigned thread_index)
{
	return module->values + thread_index * module->stride;
}
size_t module_counter_at(const struct module *module, size_t counter);

/* A configured bool or its default. E_INVALID. */
MUST_USE int module_config_bool(
	const struct module_config *config, const char *item, bool fallback, bool *ret);
