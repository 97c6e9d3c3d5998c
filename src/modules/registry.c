/* modules/registry: the modules that are built in. Adding one is one row here. */
#include "modules/module.h"
#include "modules/types.h"

static const struct module_type *const types[] = {
	&module_stats,
	&module_whoami,
};

const struct module_type *module_type_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i]->name, name) == 0)
			return types[i];
	}
	return NULL;
}
