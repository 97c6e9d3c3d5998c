#include "conf/conf.h"
#include "base/hash.h"
#include "conf/check.h"
#include "conf/yaml.h"
#include "config.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECTION(name) conf_section_find(span_of_text(name))

/* --- reading with defaults --- */

struct view {
	const struct conf_section *section;
	const struct conf_block *block;
};

static const struct conf_value *value_of(struct view v, const char *name)
{
	return conf_block_get(v.block, conf_item_of(v.section, name));
}

static int64_t fallback_of(const struct conf_item *item, int64_t other)
{
	struct buf b = { 0 };
	int64_t n = other;
	if (item->fallback != NULL && conf_value_parse(item, span_of_text(item->fallback), &b) == 0)
		n = conf_value_number(buf_span(&b));
	buf_deinit(&b);
	return n;
}

static int64_t number_of(struct view v, const char *name, int64_t other)
{
	const struct conf_value *value = value_of(v, name);
	return value != NULL ? conf_value_number(conf_value_span(value))
			     : fallback_of(conf_item_of(v.section, name), other);
}

static void *own(struct conf *c, void *memory)
{
	if (memory == NULL)
		return NULL;
	if ((c->owned_count & (c->owned_count - 1)) == 0) { /* full: the room is a power of two */
		void **owned =
			realloc(c->owned, MAX(2 * c->owned_count, (size_t)1) * sizeof(void *));
		if (owned == NULL) {
			free(memory);
			return NULL;
		}
		c->owned = owned;
	}
	c->owned[c->owned_count++] = memory;
	return memory;
}

static void *own_array(struct conf *c, size_t count, size_t size)
{
	return own(c, calloc(MAX(count, (size_t)1), size));
}

/* `path` below `base` unless it is absolute. */
static char *joined(struct conf *c, const char *base, struct span path)
{
	char *ret = NULL;
	if ((path.len > 0 && path.data[0] == '/') || base == NULL) {
		ret = strndup((const char *)path.data, path.len);
	} else if (asprintf(&ret, "%s/%.*s", base, (int)path.len, path.data) < 0) {
		ret = NULL;
	}
	return own(c, ret);
}

static char *path_of(struct conf *c, struct view v, const char *name, const char *base)
{
	const struct conf_value *value = value_of(v, name);
	return joined(c, base,
		value != NULL ? conf_value_span(value)
			      : span_of_text(conf_item_of(v.section, name)->fallback));
}

static size_t count_of(const struct conf_value *v)
{
	size_t n = 0;
	for (; v != NULL; v = conf_value_next(v))
		n++;
	return n;
}

/* --- server --- */

static unsigned cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

static unsigned default_tcp_clients(void)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
		       ? (unsigned)MIN(limit.rlim_cur / 2, (rlim_t)INT32_MAX)
		       : 100;
}

static int compile_addresses(struct conf *c, struct view v)
{
	struct conf_server *s = &c->server;
	const struct conf_value *value = value_of(v, "listen");
	struct conf_address *listen = own_array(c, count_of(value), sizeof(*listen));
	if (listen == NULL)
		return E_NOMEM;
	for (; value != NULL; value = conf_value_next(value)) {
		struct conf_address *a = &listen[s->listen_count++];
		TRY(conf_address_parse(conf_value_span(value), 53, a));
		if (a->sa.ss_family == AF_UNSPEC) {
			char *path = joined(c, s->rundir, a->path);
			if (path == NULL)
				return E_NOMEM;
			a->path = span_of_text(path);
		}
	}
	s->listen = listen;
	value = value_of(v, "proxy-allowlist");
	struct conf_net *proxies = own_array(c, count_of(value), sizeof(*proxies));
	if (proxies == NULL)
		return E_NOMEM;
	for (; value != NULL; value = conf_value_next(value))
		TRY(conf_net_parse(conf_value_span(value), &proxies[s->proxy_count++]));
	s->proxies = proxies;
	return 0;
}

static int compile_control(struct conf *c)
{
	struct conf_server *s = &c->server;
	struct view v = { SECTION("control"), NULL };
	v.block = conf_tree_find(&c->tree, v.section, (struct span){ 0 });
	const struct conf_value *value = value_of(v, "listen");
	const char **paths = own_array(c, count_of(value), sizeof(*paths));
	if (paths == NULL)
		return E_NOMEM;
	for (; value != NULL; value = conf_value_next(value)) {
		paths[s->control_listen_count] = joined(c, s->rundir, conf_value_span(value));
		if (paths[s->control_listen_count++] == NULL)
			return E_NOMEM;
	}
	if (s->control_listen_count == 0) {
		paths[s->control_listen_count++] = path_of(c, v, "listen", s->rundir);
		if (paths[0] == NULL)
			return E_NOMEM;
	}
	s->control_listen = paths;
	s->control_backlog = (unsigned)number_of(v, "backlog", 5);
	s->control_timeout = (unsigned)number_of(v, "timeout", 5);
	return 0;
}

static int compile_statistics(struct conf *c)
{
	struct conf_server *s = &c->server;
	struct view v = { SECTION("statistics"), NULL };
	v.block = conf_tree_find(&c->tree, v.section, (struct span){ 0 });
	s->statistics_timer = (unsigned)number_of(v, "timer", 0);
	s->statistics_append = number_of(v, "append", 0) != 0;
	s->statistics_file = path_of(c, v, "file", s->rundir);
	return s->statistics_file != NULL ? 0 : E_NOMEM;
}

static struct span text_of(struct view v, const char *name, bool *has)
{
	const struct conf_value *value = value_of(v, name);
	*has = value != NULL;
	return value != NULL ? conf_value_span(value) : (struct span){ 0 };
}

static int compile_server(struct conf *c)
{
	struct view v = { SECTION("server"), NULL }, database = { SECTION("database"), NULL };
	struct conf_server *s = &c->server;
	v.block = conf_tree_find(&c->tree, v.section, (struct span){ 0 });
	database.block = conf_tree_find(&c->tree, database.section, (struct span){ 0 });
	s->identity = text_of(v, "identity", &s->has_identity);
	s->version = text_of(v, "version", &s->has_version);
	s->nsid = text_of(v, "nsid", &s->has_nsid);
	s->rundir = path_of(c, v, "rundir", NULL);
	s->storage = path_of(c, database, "storage", NULL);
	if (s->rundir == NULL || s->storage == NULL)
		return E_NOMEM;
	s->pidfile = path_of(c, v, "pidfile", s->rundir);
	if (s->pidfile == NULL)
		return E_NOMEM;
	const struct conf_value *user = value_of(v, "user");
	if (user != NULL && (s->user = joined(c, NULL, conf_value_span(user))) == NULL)
		return E_NOMEM;
	unsigned n = cpus();
	s->udp_workers = (unsigned)number_of(v, "udp-workers", MIN(MAX(n, 2u), 256u));
	s->tcp_workers = (unsigned)number_of(v, "tcp-workers", MIN(MAX(n, 10u), 256u));
	s->background_workers = (unsigned)number_of(v, "background-workers", MIN(MAX(n, 2u), 10u));
	s->async_start = number_of(v, "async-start", 0) != 0;
	s->tcp_reuseport = number_of(v, "tcp-reuseport", 0) != 0;
	s->socket_affinity = number_of(v, "socket-affinity", 0) != 0;
	s->answer_rotation = number_of(v, "answer-rotation", 0) != 0;
	s->client_subnet = number_of(v, "edns-client-subnet", 0) != 0;
	s->tcp_idle_timeout = (unsigned)number_of(v, "tcp-idle-timeout", 10);
	s->tcp_io_timeout = (unsigned)number_of(v, "tcp-io-timeout", 500);
	s->tcp_max_clients = (unsigned)number_of(v, "tcp-max-clients", default_tcp_clients());
	int64_t payload = number_of(v, "udp-max-payload", 1232);
	s->payload_ipv4 = (uint16_t)number_of(v, "udp-max-payload-ipv4", payload);
	s->payload_ipv6 = (uint16_t)number_of(v, "udp-max-payload-ipv6", payload);
	return compile_addresses(c, v);
}

/* --- log --- */

static int compile_log(struct conf *c)
{
	static const char *const names[LOG_SOURCES] = { [LOG_SERVER] = "server",
		[LOG_CONTROL] = "control",
		[LOG_ZONE] = "zone",
		[LOG_QUIC] = "quic" };
	const struct conf_section *section = SECTION("log");
	const struct conf_blocks *blocks = conf_tree_blocks(&c->tree, section);
	c->has_log = blocks->count > 0;
	c->log_targets = own_array(c, blocks->count, sizeof(*c->log_targets));
	if (c->log_targets == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < blocks->count; i++) {
		struct view v = { section, blocks->items[i] };
		struct log_target *t = &c->log_targets[c->log_target_count++];
		char *name = joined(c, NULL, conf_block_id(v.block));
		if (name == NULL)
			return E_NOMEM;
		t->sink = strcasecmp(name, "stdout") == 0   ? LOG_TO_STDOUT
			  : strcasecmp(name, "stderr") == 0 ? LOG_TO_STDERR
			  : strcasecmp(name, "syslog") == 0 ? LOG_TO_SYSLOG
							    : LOG_TO_FILE;
		t->path = name;
		/* Choices count from critical, as the levels do. */
		int any = (int)number_of(v, "any", -1 - (int)LOG_CRITICAL) + (int)LOG_CRITICAL;
		for (int k = 0; k < LOG_SOURCES; k++) {
			int level = (int)number_of(v, names[k], -1 - (int)LOG_CRITICAL) +
				    (int)LOG_CRITICAL;
			t->levels[k] = (signed char)(k == LOG_QUIC ? level : MAX(level, any));
		}
	}
	return 0;
}

/* --- zones --- */

/* All settings, for finding equal ones: open addressing by a hash of what differs most. */
struct conf_settings_list {
	struct conf_zone_settings **slots; /* NULL: free */
	size_t size, count;                /* size is a power of two, or 0 */
};

static int compile_modules(
	struct conf *c, const struct conf_value *v, const struct conf_module **ret, size_t *count)
{
	struct conf_module *modules = own_array(c, count_of(v), sizeof(*modules));
	size_t n = 0;
	if (modules == NULL)
		return E_NOMEM;
	for (; v != NULL; v = conf_value_next(v)) {
		struct conf_module *m = &modules[n];
		if (!conf_module_split(conf_value_span(v), &m->name, &m->id))
			continue;
		m->section = conf_section_find(m->name);
		m->block = m->id.len > 0 ? conf_tree_find(&c->tree, m->section, m->id) : NULL;
		n++;
	}
	*ret = modules;
	*count = n;
	return 0;
}

static int compile_skip(struct conf *c, const struct conf_value *v, struct conf_zone_settings *s)
{
	static const uint16_t dnssec[] = { DNS_TYPE_DNSKEY, DNS_TYPE_RRSIG, DNS_TYPE_NSEC,
		DNS_TYPE_NSEC3, DNS_TYPE_NSEC3PARAM, DNS_TYPE_CDNSKEY, DNS_TYPE_CDS };
	uint16_t *types = own_array(c, count_of(v) * ARRAY_LEN(dnssec), sizeof(*types));
	if (types == NULL)
		return E_NOMEM;
	for (; v != NULL; v = conf_value_next(v)) {
		if (dns_type_parse(conf_value_span(v), &types[s->skip_count]) == 0) {
			s->skip_count++;
			continue;
		}
		memcpy(types + s->skip_count, dnssec, sizeof(dnssec));
		s->skip_count += ARRAY_LEN(dnssec);
	}
	s->skip_types = types;
	return 0;
}

static int64_t zone_number(const struct conf *c, const struct conf_block *zone, const char *name)
{
	const struct conf_value *v = conf_zone_value(&c->tree, zone, name);
	return v != NULL ? conf_value_number(conf_value_span(v))
			 : fallback_of(conf_item_of(conf_section_zone, name), 0);
}

static struct span zone_text(const struct conf *c, const struct conf_block *zone, const char *name)
{
	const struct conf_value *v = conf_zone_value(&c->tree, zone, name);
	return v != NULL ? conf_value_span(v)
			 : span_of_text(conf_item_of(conf_section_zone, name)->fallback);
}

static int compile_zone(struct conf *c, const struct conf_block *zone, struct conf_zone_settings *s)
{
	*s = (struct conf_zone_settings){
		.zonefile_load = (enum conf_zonefile_load)zone_number(c, zone, "zonefile-load"),
		.semantic_checks = (enum conf_semantic)zone_number(c, zone, "semantic-checks"),
		.catalog_role = (enum conf_catalog)zone_number(c, zone, "catalog-role"),
		.serial_policy = (enum conf_serial)zone_number(c, zone, "serial-policy"),
		.zonefile_sync = zone_number(c, zone, "zonefile-sync"),
		.is_secondary = conf_zone_value(&c->tree, zone, "master") != NULL,
		.zonemd_verify = zone_number(c, zone, "zonemd-verify") != 0,
		.default_ttl = (uint32_t)zone_number(c, zone, "default-ttl"),
		.max_size = (uint64_t)zone_number(c, zone, "zone-max-size"),
		.storage = zone_text(c, zone, "storage"),
	};
	/* A zone's own file name isn't a shared setting. */
	const struct conf_value *file = conf_zone_value(&c->tree, zone, "file");
	bool own_file = conf_block_get(zone, conf_item_of(conf_section_zone, "file")) != NULL;
	if (!own_file)
		s->file = file != NULL
				  ? conf_value_span(file)
				  : span_of_text(conf_item_of(conf_section_zone, "file")->fallback);
	TRY(compile_skip(c, conf_zone_value(&c->tree, zone, "zonefile-skip"), s));
	return compile_modules(
		c, conf_zone_value(&c->tree, zone, "module"), &s->modules, &s->module_count);
}

static bool skips_equal(const struct conf_zone_settings *a, const struct conf_zone_settings *b)
{
	return a->skip_count == b->skip_count &&
	       (a->skip_count == 0 ||
		       memcmp(a->skip_types, b->skip_types, a->skip_count * sizeof(uint16_t)) == 0);
}

static bool blocks_equal(const struct conf_block *a, const struct conf_block *b)
{
	const struct conf_value *x = a != NULL ? a->first : NULL, *y = b != NULL ? b->first : NULL;
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		if (x->item != y->item || !span_equal(conf_value_span(x), conf_value_span(y)))
			return false;
	}
	return x == NULL && y == NULL && (a == NULL) == (b == NULL);
}

static bool modules_equal(
	const struct conf_module *a, size_t na, const struct conf_module *b, size_t nb)
{
	for (size_t i = 0; i < na && na == nb; i++) {
		if (!span_equal(a[i].name, b[i].name) || !span_equal(a[i].id, b[i].id) ||
			!blocks_equal(a[i].block, b[i].block))
			return false;
	}
	return na == nb;
}

bool conf_zone_settings_equal(
	const struct conf_zone_settings *a, const struct conf_zone_settings *b)
{
	if (a == b)
		return true;
	return a->zonefile_load == b->zonefile_load && a->semantic_checks == b->semantic_checks &&
	       a->catalog_role == b->catalog_role && a->zonemd_verify == b->zonemd_verify &&
	       a->serial_policy == b->serial_policy && a->is_secondary == b->is_secondary &&
	       a->zonefile_sync == b->zonefile_sync && a->default_ttl == b->default_ttl &&
	       a->max_size == b->max_size && span_equal(a->storage, b->storage) &&
	       span_equal(a->file, b->file) && skips_equal(a, b) &&
	       modules_equal(a->modules, a->module_count, b->modules, b->module_count);
}

static size_t settings_hash(const struct conf_zone_settings *s)
{
	const uint64_t parts[] = { (uint64_t)s->zonefile_load, (uint64_t)s->semantic_checks,
		(uint64_t)s->catalog_role, s->zonemd_verify, s->default_ttl, s->max_size,
		(uint64_t)s->serial_policy, (uint64_t)s->zonefile_sync, s->skip_count,
		s->module_count, siphash24((struct siphash_key){ 0 }, s->storage),
		siphash24((struct siphash_key){ 0 }, s->file) };
	uint64_t h = siphash24(
		(struct siphash_key){ 0 }, (struct span){ (const uint8_t *)parts, sizeof(parts) });
	for (size_t i = 0; i < s->module_count; i++)
		h = h * 31 + siphash24((struct siphash_key){ 0 }, s->modules[i].name) +
		    siphash24((struct siphash_key){ 0 }, s->modules[i].id);
	return (size_t)h;
}

/* The slot of equal settings, or the free one where they go. */
static struct conf_zone_settings **settings_slot(
	const struct conf_settings_list *list, const struct conf_zone_settings *s)
{
	size_t slot = settings_hash(s) & (list->size - 1);
	while (list->slots[slot] != NULL && !conf_zone_settings_equal(list->slots[slot], s))
		slot = (slot + 1) & (list->size - 1);
	return &list->slots[slot];
}

static int grow_settings(struct conf_settings_list *list)
{
	struct conf_settings_list larger = { .size = MAX(2 * list->size, (size_t)16),
		.count = list->count };
	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < list->size; i++) {
		if (list->slots[i] != NULL)
			*settings_slot(&larger, list->slots[i]) = list->slots[i];
	}
	free(list->slots);
	*list = larger;
	return 0;
}

/* The settings of a zone: those of an earlier one if they are equal. */
static int shared_settings(
	struct conf *c, const struct conf_block *zone, const struct conf_zone_settings **ret)
{
	size_t mark = c->owned_count;
	if (2 * (c->settings->count + 1) > c->settings->size)
		TRY(grow_settings(c->settings));
	struct conf_zone_settings *s = own_array(c, 1, sizeof(*s));
	if (s == NULL)
		return E_NOMEM;
	TRY(compile_zone(c, zone, s));
	struct conf_zone_settings **slot = settings_slot(c->settings, s);
	if (*slot == NULL) {
		*slot = s;
		c->settings->count++;
	} else {
		while (c->owned_count > mark)
			free(c->owned[--c->owned_count]);
	}
	*ret = *slot;
	return 0;
}

/* Has the zone settings of its own beside template and file? */
static bool adds_settings(
	const struct conf_block *zone, const struct conf_value **template, bool *own_file)
{
	bool adds = false;
	*template = NULL;
	*own_file = false;
	for (const struct conf_value *v = zone->first; v != NULL; v = v->next) {
		if (strcmp(v->item->name, "template") == 0)
			*template = v;
		else if (strcmp(v->item->name, "file") == 0)
			*own_file = true;
		else if (strcmp(v->item->name, "comment") != 0)
			adds = true;
	}
	return adds;
}

/* What zones that only name a template get, remembered for the last one named. */
struct memo {
	bool used, own_file;
	struct span template;
	const struct conf_zone_settings *settings;
};

static int compile_zones(struct conf *c)
{
	const struct conf_blocks *zones = conf_tree_blocks(&c->tree, conf_section_zone);
	struct memo memo = { 0 };
	c->zone_count = zones->count;
	c->zone_settings = own_array(c, zones->count, sizeof(*c->zone_settings));
	c->settings = calloc(1, sizeof(*c->settings));
	if (c->zone_settings == NULL || c->settings == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < zones->count; i++) {
		const struct conf_value *template;
		bool own_file, adds = adds_settings(zones->items[i], &template, &own_file);
		struct span id = template != NULL ? conf_value_span(template) : (struct span){ 0 };
		if (!adds && memo.used && memo.own_file == own_file &&
			span_equal(id, memo.template)) {
			c->zone_settings[i] = memo.settings;
			continue;
		}
		TRY(shared_settings(c, zones->items[i], &c->zone_settings[i]));
		if (!adds)
			memo = (struct memo){ true, own_file, id, c->zone_settings[i] };
	}
	return 0;
}

static int compile_globals(struct conf *c)
{
	const struct conf_section *templates = conf_section_template;
	const struct conf_block *block =
		conf_tree_find(&c->tree, templates, span_of_text("default"));
	return compile_modules(c, conf_block_get(block, conf_item_of(templates, "global-module")),
		&c->global_modules, &c->global_module_count);
}

/* --- life --- */

static int note_source(void *ctx, const char *path, const struct stat *st)
{
	struct conf *c = ctx;
	struct conf_source *sources = realloc(c->sources, (c->source_count + 1) * sizeof(*sources));
	if (sources == NULL)
		return E_NOMEM;
	c->sources = sources;
	char *copy = strdup(path);
	if (copy == NULL)
		return E_NOMEM;
	sources[c->source_count++] =
		(struct conf_source){ copy, st->st_mtim, st->st_size, st->st_ino };
	return 0;
}

bool conf_is_outdated(const struct conf *c)
{
	for (size_t i = 0; i < c->source_count; i++) {
		const struct conf_source *s = &c->sources[i];
		struct stat st;
		if (stat(s->path, &st) != 0 || st.st_size != s->size || st.st_ino != s->inode ||
			st.st_mtim.tv_sec != s->mtime.tv_sec ||
			st.st_mtim.tv_nsec != s->mtime.tv_nsec)
			return true;
	}
	return c->source_count == 0;
}

static int compile(struct conf *c)
{
	conf_tree_seal(&c->tree);
	TRY(compile_server(c));
	TRY(compile_control(c));
	TRY(compile_statistics(c));
	TRY(compile_log(c));
	TRY(compile_globals(c));
	return compile_zones(c);
}

static int load(const char *path, const struct span *text, struct conf **ret)
{
	struct conf *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return E_NOMEM;
	c->refs = 1;
	int error = conf_tree_init(&c->tree);
	struct conf_reader reader = { &c->tree, note_source, c, 0 };
	if (error == 0)
		error = text != NULL ? conf_read_text(&reader, *text, path)
				     : conf_read_file(&reader, path);
	if (error == 0)
		error = compile(c);
	if (error != 0) {
		conf_unref(c);
		return error;
	}
	*ret = c;
	return 0;
}

int conf_load_file(const char *path, struct conf **ret)
{
	return load(path, NULL, ret);
}

int conf_load_text(struct span text, const char *name, struct conf **ret)
{
	return load(name, &text, ret);
}

struct conf *conf_ref(struct conf *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void conf_unref(struct conf *c)
{
	if (c == NULL || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < c->source_count; i++)
		free(c->sources[i].path);
	free(c->sources);
	for (size_t i = 0; i < c->owned_count; i++)
		free(c->owned[i]);
	free(c->owned);
	if (c->settings != NULL)
		free(c->settings->slots);
	free(c->settings);
	conf_tree_deinit(&c->tree);
	free(c);
}

/* --- zones: access --- */

static const struct conf_block *zone_block(const struct conf *c, size_t zone)
{
	return conf_tree_blocks(&c->tree, conf_section_zone)->items[zone];
}

const uint8_t *conf_zone_name(const struct conf *c, size_t zone)
{
	return zone_block(c, zone)->id;
}

const struct conf_zone_settings *conf_zone_settings(const struct conf *c, size_t zone)
{
	return c->zone_settings[zone];
}

size_t conf_zone_find(const struct conf *c, const uint8_t *name)
{
	const struct conf_blocks *zones = conf_tree_blocks(&c->tree, conf_section_zone);
	struct span id = { name, dns_name_len(name) };
	size_t low = 0, high = zones->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct conf_block *b = zones->items[mid];
		int order = memcmp(b->id, id.data, MIN((size_t)b->id_len, id.len));
		if (order == 0)
			order = (int)b->id_len - (int)id.len;
		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return SIZE_MAX;
}

/* --- zone file names (sheet 6.2) --- */

static void put_clean(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_char(out, text[i] == '/' ? '_' : text[i]);
}

/* "[N]" or, if `range`, "[N-M]". Moves *p behind it. */
static bool take_index(const char **p, const char *end, bool range, unsigned *from, unsigned *to)
{
	const char *s = *p;
	if (s == end || *s++ != '[' || s == end || *s < '0' || *s > '9')
		return false;
	for (*from = 0; s < end && *s >= '0' && *s <= '9' && *from < 256; s++)
		*from = *from * 10 + (unsigned)(*s - '0');
	*to = *from;
	if (range && s < end && *s == '-') {
		s++;
		if (s == end || *s < '0' || *s > '9')
			return false;
		for (*to = 0; s < end && *s >= '0' && *s <= '9' && *to < 256; s++)
			*to = *to * 10 + (unsigned)(*s - '0');
	}
	if (s == end || *s++ != ']' || *from > 255 || *to > 255 || *to < *from)
		return false;
	*p = s;
	return true;
}

static void put_label(struct buf *out, const uint8_t *name, unsigned from_right)
{
	unsigned labels = dns_name_labels(name);
	char text[DNS_NAME_TEXT_SIZE];
	uint8_t one[DNS_LABEL_MAX + 2];
	if (from_right >= labels)
		return;
	const uint8_t *label = dns_name_skip(name, labels - 1 - from_right);
	memcpy(one, label, 1u + *label);
	one[1 + *label] = 0;
	put_clean(out, text, dns_name_print(one, text) - 1);
}

static int expand(const char *zone, const uint8_t *name, struct span pattern, struct buf *out)
{
	const char *p = (const char *)pattern.data, *end = p + pattern.len;
	size_t len = strlen(zone);
	while (p < end) {
		unsigned from, to;
		const char *begin = p;
		if (*p != '%') {
			buf_char(out, *p++);
			continue;
		}
		if (++p == end) {
			log_zone_warning(zone, "ignoring missing trailing zonefile formatter");
			break;
		}
		char formatter = *p++;
		switch (formatter) {
		case '%':
			buf_char(out, '%');
			break;
		case 's':
			put_clean(out, zone, len - 1);
			break;
		case 'c':
		case 'l':
			if (!take_index(&p, end, formatter == 'c', &from, &to)) {
				log_zone_warning(zone,
					"failed to process zonefile formatter '%.*s'", 2, begin);
				return E_CONFVALUE;
			}
			if (formatter == 'l')
				put_label(out, name, from);
			else if (from < len)
				put_clean(out, zone + from, MIN((size_t)to + 1, len) - from);
			break;
		default:
			log_zone_warning(zone, "ignoring zonefile formatter '%%%c'", formatter);
		}
	}
	return out->error;
}

int conf_zone_path(const struct conf *c, size_t zone, char *ret, size_t size)
{
	const struct conf_zone_settings *s = c->zone_settings[zone];
	const struct conf_block *block = zone_block(c, zone);
	const struct conf_value *own_file =
		conf_block_get(block, conf_item_of(conf_section_zone, "file"));
	char name[DNS_NAME_TEXT_SIZE];
	struct buf out = { 0 };
	dns_name_print(block->id, name);
	int error = expand(
		name, block->id, own_file != NULL ? conf_value_span(own_file) : s->file, &out);
	if (error == 0 && out.len > 1023) {
		log_zone_warning(name, "too long zonefile name");
		error = E_CONFVALUE;
	}
	if (error == 0) {
		bool absolute = out.len > 0 && out.data[0] == '/';
		int n = absolute ? snprintf(ret, size, "%s", (const char *)out.data)
				 : snprintf(ret, size, "%.*s/%s", (int)s->storage.len,
					   s->storage.data,
					   out.len > 0 ? (const char *)out.data : "");
		if (n < 0 || (size_t)n >= size)
			error = E_CONFVALUE;
	}
	buf_deinit(&out);
	return error;
}
