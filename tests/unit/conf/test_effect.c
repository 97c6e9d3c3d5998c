/* conf/conf, conf/notes: every option of the schema either changes the compiled configuration or is named as without effect. */
#include "conf_test.h"

#include "dns/name.h"
#include <inttypes.h>

/* What options refer to, and a zone that takes what templates and modules give. */
#define BEFORE                                         \
	"key:\n  - id: k\n    secret: AAEC\n"          \
	"remote:\n  - id: r\n    address: 192.0.2.1\n" \
	"acl:\n  - id: a\n"
#define TEMPLATES "template:\n  - id: t\n    default-ttl: 77\n  - id: default\n"

/* Where the value that fits the type and differs from the default doesn't do. */
static const struct {
	const char *section, *item, *value;
	const char *also; /* lines that the value needs */
	enum {
		WHOLE,
		PARTLY,
		REFUSED
	} how; /* PARTLY: compiled for what there is of it, and yet named */
} cases[] = {
	{ "server", "user", "nobody", NULL, WHOLE },
	{ "server", "cert-file", "c", "    key-file: k\n", WHOLE },
	{ "server", "key-file", "k", "    cert-file: c\n", WHOLE },
	{ "server", "listen-quic", "::1", NULL, REFUSED },
	{ "log", "quic", "info", NULL, PARTLY },
	{ "database", "zone-db-listen", "::1", NULL, REFUSED },
	{ "database", "zone-db-cert-key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", NULL,
		WHOLE },
	{ "zone", "template", "t", NULL, WHOLE },
	{ "zone", "zone-db-input", "1", NULL, WHOLE },
	{ "zone", "zone-db-output", "1", NULL, WHOLE },
	{ "zone", "master", "r", NULL, PARTLY },
	{ "zone", "zonefile-load", "none", NULL, WHOLE },
	{ "zone", "zonefile-skip", "AAAA", NULL, WHOLE },
	{ "zone", "dnssec-policy", "default", NULL, WHOLE },
	{ "zone", "external-validation", "default", NULL, WHOLE },
	{ "zone", "include-from", "a.z.", NULL, WHOLE },
	{ "zone", "serial-modulo", "1/2", "    dnssec-signing: on\n    zonefile-load: none\n",
		PARTLY },
	{ "zone", "catalog-role", "generate", NULL, PARTLY },
	{ "zone", "catalog-template", "t", "    catalog-role: interpret\n", PARTLY },
	{ "zone", "catalog-zone", "c.", "    catalog-role: member\n", PARTLY },
	{ "zone", "acl", "a", NULL, WHOLE },
};

static void print_modules(struct buf *out, const struct conf_module *modules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "%.*s/%.*s\n", (int)modules[i].name.len, modules[i].name.data,
			(int)modules[i].id.len, modules[i].id.data);
		for (const struct conf_value *v = conf_block_first(modules[i].block); v != NULL;
			v = conf_block_after(v)) {
			buf_printf(out, " %s ", v->item->name);
			conf_value_print(v->item, conf_value_span(v), out);
		}
	}
}

static void print_server(struct buf *out, const struct conf_server *s)
{
	buf_printf(out, "%d %.*s %d %.*s %d %.*s\n", s->has_identity, (int)s->identity.len,
		s->identity.data, s->has_version, (int)s->version.len, s->version.data, s->has_nsid,
		(int)s->nsid.len, s->nsid.data);
	buf_printf(out, "%s %s %s %s\n", s->rundir, s->pidfile, s->storage,
		s->user != NULL ? s->user : "-");
	buf_printf(out, "%u %u %u\n", s->udp_workers, s->tcp_workers, s->background_workers);
	buf_printf(out, "%d %d %d %d %d\n", s->async_start, s->tcp_reuseport, s->socket_affinity,
		s->answer_rotation, s->client_subnet);
	buf_printf(out, "%u %u %u %u %u %zu %zu\n", s->tcp_idle_timeout, s->tcp_io_timeout,
		s->tcp_max_clients, s->payload_ipv4, s->payload_ipv6, s->listen_count,
		s->proxy_count);
	for (size_t i = 0; i < s->control_listen_count; i++)
		buf_printf(out, "%s\n", s->control_listen[i]);
	buf_printf(out, "%u %u %u %s %d\n", s->control_backlog, s->control_timeout,
		s->statistics_timer, s->statistics_file, s->statistics_append);
}

static void print_zone(struct buf *out, const struct conf *conf)
{
	struct conf_zone zone = conf_test_zone(conf, "\1z");
	const struct conf_zone_settings *s = zone.settings;
	char path[1100] = "";
	int error = conf_zone_path(&zone, path, sizeof(path));
	buf_printf(out, "%d %s %u %u %u %u\n", error, path, s->zonefile_load, s->semantic_checks,
		s->catalog_role, s->serial_policy);
	buf_printf(out, "%d %d %d %" PRIu32 " %" PRId64 " %" PRIu64 "\n", s->is_secondary,
		s->zonemd_verify, s->deleg_aware, s->default_ttl, s->zonefile_sync, s->max_size);
	for (size_t i = 0; i < s->skip_count; i++)
		buf_printf(out, "%u\n", s->skip_types[i]);
	print_modules(out, s->modules, s->module_count);
}

/* All that the configuration was compiled to. */
static void print_compiled(struct buf *out, const struct conf *conf)
{
	print_server(out, &conf->server);
	for (size_t i = 0; i < conf->log_target_count; i++) {
		const struct log_target *t = &conf->log_targets[i];
		buf_printf(out, "%d %s", (int)t->sink, t->path);
		for (size_t k = 0; k < LOG_SOURCES; k++)
			buf_printf(out, " %d", t->levels[k]);
	}
	print_modules(out, conf->global_modules, conf->global_module_count);
	print_zone(out, conf);
	assert_int_equal(out->error, 0);
}

/* Another value than the default. */
static void print_value(struct buf *out, const struct conf_item *item)
{
	struct buf fallback = { 0 };
	bool has = item->fallback != NULL &&
		   conf_value_parse(item, span_of_text(item->fallback), &fallback) == 0;
	int64_t number = has && fallback.len == 8 ? conf_value_number(buf_span(&fallback)) : -2;
	const char *choice;
	buf_deinit(&fallback);
	switch (item->type) {
	case CONF_INT:
	case CONF_TIME:
	case CONF_SIZE:
	case CONF_PERCENT:
	case CONF_OPTINT:
		buf_printf(out, "%" PRId64, item->min == number ? item->min + 1 : item->min);
		break;
	case CONF_BOOL:
		buf_text(out, number == 1 ? "off" : "on");
		break;
	case CONF_OPT:
		choice = number == 0 ? strrchr(item->choices, '|') + 1 : item->choices;
		buf_append(out, choice, strcspn(choice, "|/="));
		break;
	case CONF_REF:
		buf_text(out, item->choices[0] == 'r' ? "r" : item->choices[0] == 'k' ? "k" : "t");
		break;
	case CONF_MODREF:
		buf_text(out, "mod-whoami");
		break;
	case CONF_ADDR:
	case CONF_NET:
		buf_text(out, "192.0.2.7");
		break;
	default:
		buf_text(out, "x1");
	}
}

/* A configuration with the lines in a block of the section. */
static void print_text(struct buf *out, const struct conf_section *s, struct span lines)
{
	bool zone = strcmp(s->name, "zone") == 0, template = strcmp(s->name, "template") == 0;
	bool module = strncmp(s->name, "mod-", 4) == 0;
	buf_text(out, BEFORE);
	if (!zone && !template) {
		buf_printf(out, "%s:\n", s->name);
		if (s->blocks)
			buf_printf(out, "  - %s: mod-i\n", s->items[0].name);
		buf_append(out, lines.data, lines.len);
	}
	buf_text(out, TEMPLATES);
	if (template)
		buf_append(out, lines.data, lines.len);
	buf_text(out, "zone:\n  - domain: z\n");
	if (module)
		buf_printf(out, "    module: %s/mod-i\n", s->name);
	if (zone)
		buf_append(out, lines.data, lines.len);
	buf_char(out, '\0');
}

static struct conf *load(const struct conf_section *s, struct span lines)
{
	struct buf text = { 0 };
	print_text(&text, s, lines);
	struct conf *conf = conf_test_load((const char *)text.data);
	buf_deinit(&text);
	return conf;
}

static bool compiled_equally(const struct conf *a, const struct conf *b)
{
	struct buf x = { 0 }, y = { 0 };
	print_compiled(&x, a);
	print_compiled(&y, b);
	bool ret = span_equal(buf_span(&x), buf_span(&y));
	buf_deinit(&x);
	buf_deinit(&y);
	return ret;
}

/* 0 if there is none. */
static size_t case_of(const struct conf_section *s, const struct conf_item *item)
{
	size_t i = ARRAY_LEN(cases);
	while (i > 0 && !(strcmp(cases[i - 1].item, item->name) == 0 &&
				(strcmp(cases[i - 1].section, s->name) == 0 ||
					(strcmp(s->name, "template") == 0 &&
						strcmp(cases[i - 1].section, "zone") == 0))))
		i--;
	return i;
}

static void check_item(const struct conf_section *s, const struct conf_item *item)
{
	size_t c = case_of(s, item);
	bool inert = item->flags & CONF_INERT;
	struct buf lines = { 0 };
	char notice[200];

	if (c > 0 && cases[c - 1].how == REFUSED)
		return;
	buf_printf(&lines, "    %s: ", item->name);
	if (c > 0)
		buf_text(&lines, cases[c - 1].value);
	else
		print_value(&lines, item);
	buf_printf(&lines, "\n%s", c > 0 && cases[c - 1].also != NULL ? cases[c - 1].also : "");
	struct conf *without = load(s, (struct span){ 0 }), *with = load(s, buf_span(&lines));
	bool partly = c > 0 && cases[c - 1].how == PARTLY;
	if (!partly && compiled_equally(with, without) != inert)
		fail_msg("%s.%s: %s", s->name, item->name,
			inert ? "has an effect, yet is said to have none"
			      : "has no effect, and isn't said to have none");
	snprintf(notice, sizeof(notice), "option '%s.%s' has no effect in this version\n", s->name,
		item->name);
	conf_test_log_reset();
	conf_note_inert(NULL, with);
	if (conf_test_logged(notice) != inert)
		fail_msg("%s.%s", s->name, item->name);
	conf_unref(with);
	conf_unref(without);
	buf_deinit(&lines);
}

static void each_option_has_an_effect_or_is_named(void **state)
{
	(void)state;
	for (size_t s = 0; s < conf_section_count; s++) {
		for (size_t i = conf_sections[s].blocks; i < conf_sections[s].count; i++) {
			const struct conf_item *item = &conf_sections[s].items[i];
			if (!conf_sections[s].inert && !(item->flags & CONF_OBSOLETE) &&
				strcmp(item->name, "comment") != 0)
				check_item(&conf_sections[s], item);
		}
	}
}

/* What blocks of sections without effect need. */
static const struct {
	const char *section, *lines;
} needed[] = {
	{ "xdp", "    udp: off\n" },
	{ "key", "    secret: AAEC\n" },
	{ "remote", "    address: ::1\n" },
	{ "remotes", "    remote: r\n" },
	{ "dnskey-sync", "    remote: r\n" },
	{ "mod-dnserr", "    agent: on\n" },
	{ "mod-dnsproxy", "    remote: r\n" },
	{ "mod-dnstap", "    sink: x\n" },
	{ "mod-geoip", "    config-file: x\n" },
	{ "mod-synthrecord", "    type: forward\n    network: ::/64\n" },
};

static void sections_without_effect_are_named_once(void **state)
{
	(void)state;
	for (size_t s = 0; s < conf_section_count; s++) {
		const char *name = conf_sections[s].name, *lines = "";
		struct buf text = { 0 };
		char notice[200];
		for (size_t i = 0; i < ARRAY_LEN(needed); i++)
			lines = strcmp(needed[i].section, name) == 0 ? needed[i].lines : lines;
		if (!conf_sections[s].inert)
			continue;
		struct conf *with = load(&conf_sections[s], span_of_text(lines));
		snprintf(notice, sizeof(notice),
			"config, section '%s' has no effect in this version\n", name);
		conf_test_log_reset();
		conf_note_inert(NULL, with);
		assert_true(conf_test_logged(notice));
		conf_test_log_reset();
		conf_note_inert(with, with);
		assert_false(conf_test_logged("no effect"));
		conf_unref(with);
		buf_deinit(&text);
	}
}

static void later_options_are_named_once(void **state)
{
	(void)state;
	struct conf *first = conf_test_load("zone:\n  - domain: a\n    dnssec-signing: on\n"),
		    *second = conf_test_load("zone:\n  - domain: a\n    dnssec-signing: on\n"
					     "  - domain: b\n    provide-ixfr: off\n"
					     "    dnssec-signing: on\n"
					     "    zonefile-load: difference\n");
	conf_test_log_reset();
	conf_note_inert(NULL, first);
	assert_true(conf_test_logged("option 'zone.dnssec-signing' has no effect"));
	conf_test_log_reset();
	conf_note_inert(first, second);
	assert_true(conf_test_logged("option 'zone.provide-ixfr' has no effect"));
	assert_true(conf_test_logged("'zonefile-load: difference' is not supported yet"));
	assert_false(conf_test_logged("dnssec-signing"));
	conf_test_log_reset();
	conf_note_inert(first, second);
	assert_false(conf_test_logged("zone"));
	conf_unref(first);
	conf_unref(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_has_an_effect_or_is_named),
		cmocka_unit_test(sections_without_effect_are_named_once),
		cmocka_unit_test(later_options_are_named_once),
	};
	return cmocka_run_group_tests(tests, NULL, conf_test_teardown);
}
