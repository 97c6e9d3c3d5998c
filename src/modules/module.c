#include "modules/module.h"
#include "base/err.h"
#include <stdlib.h>

#define LINE (64 / sizeof(uint64_t)) /* numbers in a cache line */

int module_new(const struct module_type *type, const struct module_config *config,
	struct module **ret, const char **why)
{
	unsigned scope = config->zone_name != NULL ? MODULE_ZONE : MODULE_GLOBAL;

	*why = NULL;
	if ((type->scopes & scope) == 0) {
		*why = "out of scope";
		return E_NOTSUP;
	}
	if (type->needs_id && config->id == NULL)
		return E_CONFMISSID;
	return type->create(config, ret, why);
}

void module_free(struct module *module)
{
	if (module == NULL)
		return;
	free(module->values);
	module->destroy(module);
}

int module_plan_new(struct module *const *modules, size_t count, struct answer_plan **ret)
{
	size_t total = 0, used = 0;

	for (size_t i = 0; i < count; i++)
		total += modules[i]->hook_count;
	struct answer_hook *hooks = calloc(total + 1, sizeof(*hooks));
	if (hooks == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		memcpy(hooks + used, modules[i]->hooks, modules[i]->hook_count * sizeof(*hooks));
		used += modules[i]->hook_count;
	}
	int result = answer_plan_new(hooks, total, ret);
	free(hooks);
	return result;
}

/* ---- Counters ---- */

size_t module_counter_at(const struct module *module, size_t counter)
{
	size_t at = 0;
	for (size_t i = 0; i < counter; i++)
		at += module->counters[i].size;
	return at;
}

int module_counters_init(struct module *module, const struct module_counter *counters, size_t count,
	unsigned threads)
{
	module->counters = counters;
	module->counter_count = count;
	module->threads = MAX(threads, 1u);
	module->stride = (module_counter_at(module, count) + LINE - 1) / LINE * LINE;
	size_t size = MAX(module->stride * module->threads * sizeof(uint64_t), (size_t)64);
	module->values = aligned_alloc(64, size);
	if (module->values == NULL)
		return E_NOMEM;
	memset(module->values, 0, size);
	return 0;
}

uint64_t module_counter_read(const struct module *module, size_t counter, unsigned item)
{
	size_t at = module_counter_at(module, counter) + item;
	uint64_t sum = 0;

	for (unsigned i = 0; i < module->threads; i++)
		sum += __atomic_load_n(&module_values(module, i)[at], __ATOMIC_RELAXED);
	return sum;
}

/* ---- Configuration ---- */

int module_config_bool(
	const struct module_config *config, const char *item, bool fallback, bool *ret)
{
	*ret = fallback;
	for (size_t i = 0; i < config->item_count; i++) {
		if (strcmp(config->items[i].name, item) != 0 || config->items[i].count == 0)
			continue;
		struct span value = config->items[i].values[config->items[i].count - 1];
		if (span_equal(value, span_of_text("on")))
			*ret = true;
		else if (span_equal(value, span_of_text("off")))
			*ret = false;
		else
			return E_INVALID;
	}
	return 0;
}
