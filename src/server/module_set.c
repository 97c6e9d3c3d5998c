#include "server/module_set.h"
#include "base/err.h"
#include "base/log.h"
#include "dns/name.h"
#include "modules/module.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "module 'mod-x[/ID]', TEXT", for the zone or the server. */
static void log_module(const struct module_reference *ref, enum log_level level, const char *text)
{
	const struct module_config *config = ref->config;
	char name[DNS_NAME_TEXT_SIZE];

	if (config->zone_name != NULL)
		dns_name_print(config->zone_name, name);
	log_line(level, config->zone_name != NULL ? LOG_ZONE : LOG_SERVER,
		config->zone_name != NULL ? name : NULL, "module '%s%s%s', %s", ref->name,
		config->id != NULL ? "/" : "", config->id != NULL ? config->id : "", text);
}

/* Modules that don't change what is answered or who may ask: without them the server is less than asked for,
 * but not wrong. */
static bool is_dispensable(const char *name)
{
	static const char *const names[] = { "mod-rrl", "mod-cookies", "mod-dnstap", "mod-probe",
		"mod-dnserr", "mod-noudp" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static int add_module(struct module_set *set, const struct module_reference *ref)
{
	const struct module_type *type = module_type_find(ref->name);
	const char *why = NULL;
	char text[200];

	if (type == NULL && is_dispensable(ref->name)) {
		log_module(ref, LOG_WARN, "not supported yet, has no effect");
		return 0;
	}
	if (type == NULL) {
		log_module(ref, LOG_ERROR, "not supported yet");
		return E_NOTSUP;
	}
	int error = module_new(type, ref->config, &set->modules[set->count], &why);
	if (error == E_NOTSUP) {
		log_module(ref, LOG_ERROR, "out of scope");
	} else if (error != 0) {
		snprintf(text, sizeof(text), "failed to load (%s)",
			why != NULL ? why : err_text(error));
		log_module(ref, LOG_ERROR, text);
	} else {
		set->count++;
	}
	return error;
}

int module_set_new(const struct module_reference *references, size_t count, struct module_set **ret)
{
	if (count == 0) {
		*ret = NULL;
		return 0;
	}
	OWNED(module_set) set = calloc(1, sizeof(*set) + count * sizeof(set->modules[0]));
	if (set == NULL)
		return E_NOMEM;
	set->refs = 1;
	for (size_t i = 0; i < count; i++)
		TRY(add_module(set, &references[i]));
	TRY(module_plan_new(set->modules, set->count, &set->plan));
	*ret = TAKE(set);
	return 0;
}

struct module_set *module_set_ref(struct module_set *set)
{
	if (set != NULL)
		__atomic_add_fetch(&set->refs, 1, __ATOMIC_RELAXED);
	return set;
}

void module_set_unref(struct module_set *set)
{
	if (set == NULL || __atomic_sub_fetch(&set->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	answer_plan_free(set->plan);
	for (size_t i = 0; i < set->count; i++)
		module_free(set->modules[i]);
	free(set);
}
