#include "server/setup.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "modules/module.h"
#include "server/module_set.h"
#include "zone/check.h"
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

struct setup {
	unsigned refs; /* atomic */
	struct conf *conf;
	struct setup_server server;
	struct net_address *listen;
	struct net_range *proxies;
	struct module_set *modules; /* global ones */
};

/* --- what is derived for the server --- */

/* The host's full name, for identity and NSID unless configured: looked up once, at start. */
static struct span host_name(void)
{
	static char name[256];

	if (name[0] != '\0')
		return span_of_text(name);
	if (gethostname(name, sizeof(name) - 1) != 0)
		return (struct span){ 0 };
	if (strchr(name, '.') == NULL) {
		struct addrinfo hints = { .ai_flags = AI_CANONNAME }, *found = NULL;
		if (getaddrinfo(name, NULL, &hints, &found) == 0) {
			if (found->ai_canonname != NULL)
				snprintf(name, sizeof(name), "%s", found->ai_canonname);
			freeaddrinfo(found);
		}
	}
	return span_of_text(name);
}

static int set_address(const struct conf_address *from, const char *rundir, struct net_address *to)
{
	struct sockaddr_un *un = (void *)&to->sa;

	to->sa = from->sa;
	memcpy(to->device, from->device, sizeof(to->device));
	if (from->sa.ss_family != AF_UNSPEC)
		return 0;
	bool absolute = from->path.len > 0 && from->path.data[0] == '/';
	un->sun_family = AF_UNIX;
	int n = snprintf(un->sun_path, sizeof(un->sun_path), "%s%s%.*s", absolute ? "" : rundir,
		absolute ? "" : "/", (int)from->path.len, (const char *)from->path.data);
	if (n < 0 || (size_t)n >= sizeof(un->sun_path)) {
		log_error("cannot bind address %.*s (%s)", (int)from->path.len,
			(const char *)from->path.data, err_text(-ENAMETOOLONG));
		return E_RANGE;
	}
	return 0;
}

static int derive_addresses(struct setup *setup, const struct conf_server *c)
{
	setup->listen = calloc(c->listen_count + 1, sizeof(*setup->listen));
	if (setup->listen == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < c->listen_count; i++)
		TRY(set_address(&c->listen[i], c->rundir, &setup->listen[i]));
	setup->server.listen = setup->listen;
	setup->server.listen_count = c->listen_count;
	return 0;
}

static int derive_net(struct setup *setup, const struct conf_server *c)
{
	struct net_settings *net = &setup->server.net;

	setup->proxies = calloc(c->proxy_count + 1, sizeof(*setup->proxies));
	if (setup->proxies == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < c->proxy_count; i++) {
		struct net_range *range = &setup->proxies[net->proxy_count];
		if (c->proxies[i].family != AF_INET && c->proxies[i].family != AF_INET6)
			continue; /* nobody sends UDP from a path */
		range->family = c->proxies[i].family;
		memcpy(range->first, c->proxies[i].first, sizeof(range->first));
		memcpy(range->last, c->proxies[i].last, sizeof(range->last));
		net->proxy_count++;
	}
	net->proxies = setup->proxies;
	net->tcp_max_clients = c->tcp_max_clients;
	net->tcp_io_timeout = c->tcp_io_timeout;
	net->tcp_idle_timeout =
		c->tcp_idle_timeout < UINT32_MAX / 1000 ? c->tcp_idle_timeout * 1000 : UINT32_MAX;
	return 0;
}

static void derive_answer(struct setup *setup, const struct conf_server *c)
{
	setup->server.answer = (struct answer_settings){
		.identity = c->has_identity ? c->identity : host_name(),
		.version = c->has_version ? c->version : span_of_text("Bowline " BOWLINE_VERSION),
		.nsid = c->has_nsid ? c->nsid : host_name(),
		.payload_ipv4 = c->payload_ipv4,
		.payload_ipv6 = c->payload_ipv6,
		.rotate = c->answer_rotation,
		.client_subnet = c->client_subnet,
	};
}

static void derive_control(struct setup *setup, const struct conf_server *c)
{
	struct setup_server *s = &setup->server;

	s->control_listen = c->control_listen;
	s->control_listen_count = c->control_listen_count;
	s->control_backlog = c->control_backlog;
	s->control_timeout = c->control_timeout < UINT32_MAX / 1000 ? c->control_timeout * 1000 : 0;
	s->statistics_timer = c->statistics_timer;
	s->statistics_file = c->statistics_file;
	s->statistics_append = c->statistics_append;
}

int setup_new(struct conf *conf, struct setup **ret)
{
	struct setup *setup = calloc(1, sizeof(*setup));

	if (setup == NULL)
		return E_NOMEM;
	setup->refs = 1;
	const struct conf_server *c = &conf->server;
	setup->server.udp_workers = c->udp_workers;
	setup->server.tcp_workers = c->tcp_workers;
	setup->server.background_workers = c->background_workers;
	setup->server.tcp_reuseport = c->tcp_reuseport;
	setup->server.socket_affinity = c->socket_affinity;
	setup->server.async_start = c->async_start;
	setup->server.rundir = c->rundir;
	setup->server.pidfile = c->pidfile;
	setup->server.storage = c->storage;
	derive_answer(setup, c);
	derive_control(setup, c);
	int error = derive_addresses(setup, c);
	if (error == 0)
		error = derive_net(setup, c);
	if (error != 0) {
		setup_unref(setup);
		return error;
	}
	setup->conf = conf;
	*ret = setup;
	return 0;
}

struct conf *setup_conf(const struct setup *setup)
{
	return setup->conf;
}

struct setup *setup_ref(struct setup *setup)
{
	__atomic_add_fetch(&setup->refs, 1, __ATOMIC_RELAXED);
	return setup;
}

void setup_unref(struct setup *setup)
{
	if (setup == NULL || __atomic_sub_fetch(&setup->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	module_set_unref(setup->modules);
	conf_unref(setup->conf);
	free(setup->listen);
	free(setup->proxies);
	free(setup);
}

bool setup_is_outdated(const struct setup *setup)
{
	return conf_is_outdated(setup->conf);
}

const struct setup_server *setup_server(const struct setup *setup)
{
	return &setup->server;
}

/* --- user --- */

static int find_group(const char *name, bool loud, gid_t *gid)
{
	const struct group *group = getgrnam(name);

	if (group == NULL) {
		if (loud)
			log_error("config, invalid group name '%s'", name);
		return E_INVALID;
	}
	*gid = group->gr_gid;
	return 0;
}

int setup_user(const struct setup *setup, bool loud, uid_t *uid, gid_t *gid)
{
	const char *text = setup->conf->server.user;
	char name[256];

	*uid = getuid();
	*gid = getgid(); /* kept where only the user is given */
	if (text == NULL || text[0] == '\0')
		return 0;
	const char *colon = strchr(text, ':');
	snprintf(name, sizeof(name), "%.*s",
		colon != NULL ? (int)(colon - text) : (int)strlen(text), text);
	const struct passwd *user = getpwnam(name);
	if (user == NULL) {
		if (loud)
			log_error("config, invalid user name '%s'", name);
		return E_INVALID;
	}
	*uid = user->pw_uid;
	return colon != NULL ? find_group(colon + 1, loud, gid) : 0;
}

/* --- logging, notices --- */

/* Debug on standard output: in the target that is there, or one more. */
static size_t add_verbose(struct log_target *targets, size_t count)
{
	size_t at = 0;

	while (at < count && targets[at].sink != LOG_TO_STDOUT)
		at++;
	targets[at].sink = LOG_TO_STDOUT;
	for (size_t i = 0; i < LOG_SOURCES; i++)
		targets[at].levels[i] = i == LOG_QUIC ? -1 : LOG_DEBUGGING;
	return MAX(count, at + 1);
}

void setup_apply_log(const struct setup *setup, bool verbose)
{
	const struct conf *c = setup->conf;

	if (!c->has_log) {
		log_configure_default(verbose);
		return;
	}
	struct log_target *targets = calloc(c->log_target_count + 1, sizeof(*targets));
	if (targets == NULL)
		return; /* what was in force goes on */
	if (c->log_target_count > 0)
		memcpy(targets, c->log_targets, c->log_target_count * sizeof(*targets));
	size_t count = verbose ? add_verbose(targets, c->log_target_count) : c->log_target_count;
	log_configure(targets, count);
	free(targets);
}

void setup_note_missing(const struct setup *old, const struct setup *next)
{
	conf_note_inert(old != NULL ? old->conf : NULL, next->conf);
}

void setup_warn_restart(const struct setup *old, const struct setup *next)
{
	conf_warn_restart(old->conf, next->conf);
}

/* --- modules --- */

/* A module's configuration in the form that modules take, with the memory it lies in. */
struct module_arguments {
	struct module_config config;
	struct module_item *items;
	struct span *values;
	char *id;
	struct buf text;
};

static void arguments_deinit(struct module_arguments *a)
{
	free(a->items);
	free(a->values);
	free(a->id);
	buf_deinit(&a->text);
}

static size_t count_values(const struct conf_block *block)
{
	size_t n = 0;

	for (const struct conf_value *v = conf_block_first(block); v != NULL;
		v = conf_block_after(v))
		n++;
	return n;
}

/* The values of one item, as texts one after the other in a->text; their spans hold offsets until all are there. */
static void add_item(struct module_arguments *a, const struct conf_block *block,
	const struct conf_item *item, size_t *value_count)
{
	const struct conf_value *v = conf_block_get(block, item);
	struct module_item *to = &a->items[a->config.item_count];

	if (v == NULL)
		return;
	*to = (struct module_item){ .name = item->name, .values = &a->values[*value_count] };
	for (; v != NULL; v = conf_value_next(v)) {
		size_t begin = a->text.len;
		conf_value_print(item, conf_value_span(v), &a->text);
		a->values[(*value_count)++].len = a->text.len - begin;
		to->count++;
	}
	a->config.item_count++;
}

static int arguments_init(struct module_arguments *a, const struct conf_module *module,
	const uint8_t *zone, unsigned threads)
{
	size_t value_count = 0, at = 0;

	*a = (struct module_arguments){ .config = { .zone_name = zone, .threads = threads } };
	a->items = calloc(count_values(module->block) + 1, sizeof(*a->items));
	a->values = calloc(count_values(module->block) + 1, sizeof(*a->values));
	a->id = module->id.len > 0 ? strndup((const char *)module->id.data, module->id.len) : NULL;
	if (a->items == NULL || a->values == NULL || (module->id.len > 0 && a->id == NULL))
		return E_NOMEM;
	/* The first item is the identifier. */
	for (size_t i = 1; module->block != NULL && i < module->section->count; i++)
		add_item(a, module->block, &module->section->items[i], &value_count);
	if (a->text.error != 0)
		return a->text.error;
	for (size_t i = 0; i < value_count; i++) {
		a->values[i].data = a->text.data + at;
		at += a->values[i].len;
	}
	a->config.id = a->id;
	a->config.items = a->items;
	return 0;
}

static int make_modules(const struct conf_module *modules, size_t count, const uint8_t *zone,
	unsigned threads, struct module_set **ret)
{
	struct module_arguments *arguments = calloc(count + 1, sizeof(*arguments));
	struct module_reference *references = calloc(count + 1, sizeof(*references));
	char(*names)[64] = calloc(count + 1, sizeof(*names));
	int error = arguments != NULL && references != NULL && names != NULL ? 0 : E_NOMEM;

	for (size_t i = 0; i < count && error == 0; i++) {
		error = arguments_init(&arguments[i], &modules[i], zone, threads);
		snprintf(names[i], sizeof(names[i]), "%.*s", (int)modules[i].name.len,
			(const char *)modules[i].name.data);
		references[i] = (struct module_reference){ names[i], &arguments[i].config };
	}
	if (error == 0)
		error = module_set_new(references, count, ret);
	for (size_t i = 0; i < count && arguments != NULL; i++)
		arguments_deinit(&arguments[i]);
	free(arguments);
	free(references);
	free(names);
	return error;
}

int setup_activate_modules(struct setup *setup, unsigned threads)
{
	const struct conf *c = setup->conf;

	TRY(make_modules(
		c->global_modules, c->global_module_count, NULL, threads, &setup->modules));
	setup->server.modules = setup->modules;
	setup->server.answer.plan = module_set_plan(setup->modules);
	return 0;
}

void setup_share_modules(struct setup *setup, const struct setup *from)
{
	setup->modules = module_set_ref(from->modules);
	setup->server.modules = setup->modules;
	setup->server.answer.plan = module_set_plan(setup->modules);
}

int setup_zone_modules(
	const struct setup *setup, const uint8_t *zone, unsigned threads, struct module_set **ret)
{
	struct conf_zone found;

	TRY(conf_zone_find(setup->conf, zone, &found));
	return make_modules(
		found.settings->modules, found.settings->module_count, zone, threads, ret);
}

/* --- zones --- */

size_t setup_zone_count(const struct setup *setup)
{
	return conf_zone_count(setup->conf);
}

static void describe(const struct conf_zone_settings *settings, struct setup_zone *ret)
{
	*ret = (struct setup_zone){
		.settings = settings,
		.has_modules = settings->module_count > 0,
		.is_secondary = settings->is_secondary,
	};
	if (settings->catalog_role == CONF_CATALOG_INTERPRET)
		ret->catalog = "interpret";
	else if (settings->catalog_role == CONF_CATALOG_GENERATE)
		ret->catalog = "generate";
	ret->traits.is_catalog = ret->catalog != NULL;
	ret->traits.deleg_aware = (uint8_t)settings->deleg_aware;
}

struct zone_visit {
	setup_visitor visit;
	void *ctx;
};

static int visit_zone(void *ctx, const struct conf_zone *found)
{
	const struct zone_visit *v = ctx;
	struct setup_zone zone;

	describe(found->settings, &zone);
	return v->visit(v->ctx, found->block->id, &zone);
}

int setup_each_zone(const struct setup *setup, setup_visitor visit, void *ctx)
{
	struct zone_visit v = { visit, ctx };

	return conf_each_zone(setup->conf, visit_zone, &v);
}

static int find_load(
	const struct setup *setup, const uint8_t *name, bool path_anyway, struct setup_load *ret)
{
	static const enum zone_check_mode modes[] = {
		[CONF_SEMANTIC_OFF] = ZONE_CHECK_OFF,
		[CONF_SEMANTIC_ON] = ZONE_CHECK_ON,
		[CONF_SEMANTIC_SOFT] = ZONE_CHECK_SOFT,
	};
	struct conf_zone zone;

	TRY(conf_zone_find(setup->conf, name, &zone));
	const struct conf_zone_settings *s = zone.settings;
	ret->from_file =
		s->zonefile_load != CONF_ZONEFILE_NONE && s->catalog_role != CONF_CATALOG_GENERATE;
	ret->zonefile_sync = s->zonefile_sync;
	ret->serial_policy = (enum setup_serial)s->serial_policy;
	ret->options = (struct zone_load_options){
		.default_ttl = s->default_ttl,
		.semantic_checks = (int)modes[s->semantic_checks],
		.skip_types = s->skip_types,
		.skip_count = s->skip_count,
		.zonemd_verify = s->zonemd_verify,
		.deleg_aware = s->deleg_aware,
		.max_size = s->max_size,
	};
	ret->path[0] = '\0';
	return ret->from_file || path_anyway ? conf_zone_path(&zone, ret->path, sizeof(ret->path))
					     : 0;
}

int setup_find_load(const struct setup *setup, const uint8_t *name, struct setup_load *ret)
{
	return find_load(setup, name, false, ret);
}

int setup_find_file(const struct setup *setup, const uint8_t *name, struct setup_load *ret)
{
	return find_load(setup, name, true, ret);
}

int setup_find_zone(const struct setup *setup, const uint8_t *name, struct setup_zone *ret)
{
	struct conf_zone zone;

	TRY(conf_zone_find(setup->conf, name, &zone));
	describe(zone.settings, ret);
	return 0;
}

bool setup_same_load(const void *settings, const void *other)
{
	return settings == other || conf_zone_settings_equal(settings, other);
}
