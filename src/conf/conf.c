#include "conf/conf.h"
#include "conf/check.h"
#include "conf/yaml.h"
#include "config.h"
#include "dns/name.h"
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

void *conf_own(struct conf *c, void *memory)
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
	return conf_own(c, calloc(MAX(count, (size_t)1), size));
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
	return conf_own(c, ret);
}

static char *path_of(struct conf *c, struct view v, const char *name, const char *base)
{
	const struct conf_value *value = value_of(v, name);
	return joined(c, base,
		value != NULL ? conf_value_span(value)
			      : span_of_text(conf_item_of(v.section, name)->fallback));
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
	struct conf_address *listen = own_array(c, conf_value_count(value), sizeof(*listen));
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
	struct conf_net *proxies = own_array(c, conf_value_count(value), sizeof(*proxies));
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
	const char **paths = own_array(c, conf_value_count(value), sizeof(*paths));
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
	const struct conf_block **blocks = NULL;
	size_t count;
	TRY(conf_tree_sorted(&c->tree, section, &blocks, &count));
	if (conf_own(c, blocks) == NULL)
		return E_NOMEM;
	c->has_log = count > 0;
	c->log_targets = own_array(c, count, sizeof(*c->log_targets));
	if (c->log_targets == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct view v = { section, blocks[i] };
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

struct zones_compiler {
	struct conf *conf;
	struct conf_settings_finder finder;
};

static int compile_one(void *ctx, const struct conf_block *zone)
{
	struct zones_compiler *z = ctx;
	struct conf_zone_settings *settings;
	TRY(conf_settings_find(&z->finder, zone, &settings));
	return conf_tree_set_settings(&z->conf->tree, conf_block_id(zone), settings);
}

static int compile_changed(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	(void)old;
	return new_ != NULL ? compile_one(ctx, new_) : 0;
}

bool conf_zones_depend(const struct conf_tree *old, const struct conf_tree *new_)
{
	for (size_t i = 0; i < conf_section_count; i++) {
		const struct conf_section *s = &conf_sections[i];
		bool template = s == conf_section_template || strncmp(s->name, "mod-", 4) == 0;
		if (template && conf_tree_differs(old, new_, s))
			return true;
	}
	return false;
}

static int compile_zones(struct conf *c, const struct conf *old)
{
	struct zones_compiler z = { .conf = c };
	bool all = old == NULL || conf_zones_depend(&old->tree, &c->tree);
	if (old != NULL)
		c->settings = conf_settings_table_ref(old->settings);
	else
		TRY(conf_settings_table_new(&c->settings));
	z.finder = (struct conf_settings_finder){ .tree = &c->tree, .table = c->settings };
	/* The walk is over a copy: what is kept beside the zones makes pages this tree's own. */
	struct conf_tree copy;
	TRY(conf_tree_copy(&c->tree, &copy));
	int error = all ? conf_tree_each(&copy, conf_section_zone, compile_one, &z)
			: conf_tree_diff(&old->tree, &copy, conf_section_zone, compile_changed, &z);
	conf_tree_deinit(&copy);
	return error;
}

static int compile_globals(struct conf *c)
{
	const struct conf_section *templates = conf_section_template;
	const struct conf_block *block =
		conf_tree_find(&c->tree, templates, span_of_text("default"));
	return conf_modules_new(&c->tree,
		conf_block_get(block, conf_item_of(templates, "global-module")), &c->global_modules,
		&c->global_module_count);
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

static int compile(struct conf *c, const struct conf *old)
{
	TRY(compile_server(c));
	TRY(compile_control(c));
	TRY(compile_statistics(c));
	TRY(compile_log(c));
	TRY(compile_globals(c));
	return compile_zones(c, old);
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
		error = compile(c, NULL);
	if (error != 0) {
		conf_unref(c);
		return error;
	}
	*ret = c;
	return 0;
}

int conf_compile(struct conf_tree *tree, const struct conf *old, struct conf **ret)
{
	struct conf *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return E_NOMEM;
	c->refs = 1;
	int error = conf_tree_copy(tree, &c->tree);
	if (error == 0)
		error = compile(c, old);
	if (error != 0) {
		conf_unref(c);
		return error;
	}
	conf_tree_deinit(tree);
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
	conf_modules_free(c->global_modules, c->global_module_count);
	conf_settings_table_unref(c->settings);
	conf_tree_deinit(&c->tree);
	free(c);
}

/* --- zones: access --- */

size_t conf_zone_count(const struct conf *c)
{
	return conf_tree_count(&c->tree, conf_section_zone);
}

int conf_zone_find(const struct conf *c, const uint8_t *name, struct conf_zone *ret)
{
	struct conf_zone_settings *settings;
	struct span id = { name, dns_name_len(name) };
	ret->block = conf_tree_find_zone(&c->tree, id, &settings);
	ret->settings = settings;
	return ret->block != NULL ? 0 : E_NOENT;
}

struct zone_visit {
	const struct conf *conf;
	conf_zone_visitor visit;
	void *ctx;
};

static int visit_zone(void *ctx, const struct conf_block *block)
{
	const struct zone_visit *v = ctx;
	struct conf_zone zone;
	TRY(conf_zone_find(v->conf, block->id, &zone));
	return v->visit(v->ctx, &zone);
}

int conf_each_zone(const struct conf *c, conf_zone_visitor visit, void *ctx)
{
	struct zone_visit v = { c, visit, ctx };
	return conf_tree_each(&c->tree, conf_section_zone, visit_zone, &v);
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

int conf_zone_path(const struct conf_zone *zone, char *ret, size_t size)
{
	const struct conf_zone_settings *s = zone->settings;
	const struct conf_block *block = zone->block;
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
