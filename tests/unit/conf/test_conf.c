/* conf: effective settings, paths, exports, what is told about changes. */
#include "conf_test.h"

#include "config.h"
#include <netinet/in.h>

static void defaults_are_those_of_an_empty_file(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load("");
	const struct conf_server *s = &conf->server;
	assert_false(s->has_identity || s->has_version || s->has_nsid || s->async_start ||
		     s->tcp_reuseport || s->answer_rotation);
	assert_string_equal(s->rundir, BOWLINE_RUN_DIR);
	assert_string_equal(s->pidfile, BOWLINE_RUN_DIR "/knot.pid");
	assert_string_equal(s->storage, BOWLINE_STORAGE_DIR);
	assert_null(s->user);
	assert_true(s->udp_workers >= 2 && s->tcp_workers >= 10 && s->background_workers >= 2);
	assert_int_equal(s->tcp_idle_timeout, 10);
	assert_int_equal(s->tcp_io_timeout, 500);
	assert_int_equal(s->payload_ipv4, 1232);
	assert_int_equal(s->payload_ipv6, 1232);
	assert_int_equal(s->listen_count, 0);
	assert_int_equal(conf_zone_count(conf), 0);
	assert_false(conf->has_log);
	conf_unref(conf);
}

static void server_options_are_compiled(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(
		"server:\n"
		"    identity: \"\"\n    nsid: 0x4142\n    rundir: /r\n    pidfile: p\n    user: "
		"a:b\n"
		"    udp-workers: 3\n    udp-max-payload: 1400\n    udp-max-payload-ipv6: 1300\n"
		"    listen: [ 127.0.0.1@5300, ::1, \"0.0.0.0%lo\", s ]\n"
		"    proxy-allowlist: [ 10.1.2.3/8, ::1-::9 ]\n"
		"log:\n  - target: STDERR\n    any: warning\n    zone: info\n  - target: /x\n    "
		"quic: debug\n");
	const struct conf_server *s = &conf->server;
	assert_true(s->has_identity && s->identity.len == 0);
	assert_true(span_equal(s->nsid, span_of_text("AB")));
	assert_string_equal(s->pidfile, "/r/p");
	assert_string_equal(s->user, "a:b");
	assert_int_equal(s->udp_workers, 3);
	assert_int_equal(s->payload_ipv4, 1400);
	assert_int_equal(s->payload_ipv6, 1300);
	assert_int_equal(s->listen_count, 4);
	assert_int_equal(ntohs(((const struct sockaddr_in *)&s->listen[0].sa)->sin_port), 5300);
	assert_int_equal(ntohs(((const struct sockaddr_in6 *)&s->listen[1].sa)->sin6_port), 53);
	assert_string_equal(s->listen[2].device, "lo");
	assert_true(s->listen[3].sa.ss_family == AF_UNSPEC &&
		    span_equal(s->listen[3].path, span_of_text("/r/s")));
	assert_int_equal(s->proxy_count, 2);
	assert_memory_equal(s->proxies[0].first, "\12\0\0\0", 4);
	assert_memory_equal(s->proxies[0].last, "\12\377\377\377", 4);
	/* By identifier: "/x" before "STDERR". */
	assert_int_equal(conf->log_target_count, 2);
	assert_int_equal(conf->log_targets[0].sink, LOG_TO_FILE);
	assert_int_equal(conf->log_targets[0].levels[LOG_QUIC], LOG_DEBUGGING);
	assert_int_equal(conf->log_targets[0].levels[LOG_ZONE], -1);
	assert_int_equal(conf->log_targets[1].sink, LOG_TO_STDERR);
	assert_int_equal(conf->log_targets[1].levels[LOG_ZONE], LOG_INFORM);
	assert_int_equal(conf->log_targets[1].levels[LOG_SERVER], LOG_WARN);
	assert_int_equal(conf->log_targets[1].levels[LOG_QUIC], -1);
	conf_unref(conf);
}

static const struct conf_zone_settings *settings_of(const struct conf *conf, const char *name)
{
	return conf_test_zone(conf, name).settings;
}

static const char templates[] =
	"mod-stats:\n  - id: s\n    query-type: on\n"
	"template:\n"
	"  - id: default\n    default-ttl: 1h\n    module: [ mod-whoami, mod-stats/s ]\n    "
	"global-module: mod-stats\n"
	"  - id: t\n    semantic-checks: on\n    zonefile-skip: [ dnssec, A ]\n"
	"zone:\n"
	"  - domain: a\n"
	"  - domain: b\n    template: t\n"
	"  - domain: c\n    module: \"\"\n    default-ttl: 5\n"
	"  - domain: d\n    template: t\n    file: own\n"
	"  - domain: e\n    comment: \"same as a\"\n"
	"  - domain: f\n    module: mod-whoami\n"
	"  - domain: h\n    template: t\n    semantic-checks: on\n";

static void zone_settings_come_from_zone_template_or_default(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(templates);
	const struct conf_zone_settings *a = settings_of(conf, "\1a"),
					*b = settings_of(conf, "\1b"),
					*c = settings_of(conf, "\1c");
	assert_int_equal(a->default_ttl, 3600);
	assert_int_equal(a->module_count, 2);
	assert_true(span_equal(a->modules[1].id, span_of_text("s")) && a->modules[1].block != NULL);
	assert_int_equal(a->zonefile_load, CONF_ZONEFILE_WHOLE);
	assert_int_equal(a->semantic_checks, CONF_SEMANTIC_OFF);
	/* With a template the default one isn't asked. */
	assert_int_equal(b->module_count, 0);
	assert_int_equal(b->semantic_checks, CONF_SEMANTIC_ON);
	assert_int_equal(b->skip_count, 8);
	/* "" hides the template's list; a list replaces it. */
	assert_int_equal(c->module_count, 0);
	assert_int_equal(c->default_ttl, 5);
	assert_int_equal(settings_of(conf, "\1f")->module_count, 1);
	assert_int_equal(conf->global_module_count, 1);
	conf_unref(conf);
}

static void equal_settings_are_one_object(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(templates), *again = conf_test_load(templates);
	assert_ptr_equal(settings_of(conf, "\1a"), settings_of(conf, "\1e"));
	assert_ptr_equal(settings_of(conf, "\1b"), settings_of(conf, "\1h"));
	assert_ptr_not_equal(settings_of(conf, "\1a"), settings_of(conf, "\1b"));
	static const char *const names[] = { "\1a", "\1b", "\1c", "\1e", "\1h" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_true(conf_zone_settings_equal(
			settings_of(conf, names[i]), settings_of(again, names[i])));
	assert_false(conf_zone_settings_equal(settings_of(conf, "\1a"), settings_of(again, "\1c")));
	conf_unref(again);
	conf_unref(conf);
}

static void many_zones_of_different_settings_share_equal_ones(void **state)
{
	(void)state;
	enum { ZONES = 2000, KINDS = 500 };
	struct buf text = { 0 };
	buf_text(&text, "zone:\n");
	for (int i = 0; i < ZONES; i++)
		buf_printf(&text, "  - domain: %04d\n    default-ttl: %d\n", i, i % KINDS + 1);
	struct conf *conf = conf_test_load((const char *)text.data);
	for (unsigned i = 0; i < ZONES; i++) {
		char name[16], same[16];
		snprintf(name, sizeof(name), "\4%04u", i);
		snprintf(same, sizeof(same), "\4%04u", i % KINDS);
		assert_int_equal(settings_of(conf, name)->default_ttl, i % KINDS + 1);
		assert_ptr_equal(settings_of(conf, name), settings_of(conf, same));
	}
	conf_unref(conf);
	buf_deinit(&text);
}

/* path_cases: zone, file, result with storage /st (NULL: none), what is logged */
static const struct {
	const char *zone, *file, *path, *logged;
} path_cases[] = {
	{ "example.com", NULL, "/st/example.com.zone", NULL },
	{ ".", NULL, "/st/.zone", NULL },
	{ "Example.com", "%c[0]/%c[1]/%s", "/st/e/x/example.com", NULL },
	{ "example.com", "%c[0-1]/%s", "/st/ex/example.com", NULL },
	{ "a.b", "%c[3]x", "/st/.x", NULL },
	{ "a.b", "%c[10]x", "/st/x", NULL },
	{ "a.b", "%c[1-20]x", "/st/.b.x", NULL },
	{ "a.b.c", "%l[0]/%l[1]/%l[2]/%l[3]x", "/st/c/b/a/x", NULL },
	{ ".", "%l[0]x", "/st/x", NULL },
	{ "0/25.2.0.192.in-addr.arpa", "%s", "/st/0_25.2.0.192.in-addr.arpa", NULL },
	{ "\"a b.c\"", "%s", "/st/a\\032b.c", NULL },
	{ "a.b", "100%%", "/st/100%", NULL },
	{ "a.b", "%x/y", "/y", "[a.b.] ignoring zonefile formatter '%x'" },
	{ "a.b", "/abs/%s", "/abs/a.b", NULL },
	{ "a.b", "x%", "/st/x", "[a.b.] ignoring missing trailing zonefile formatter" },
	{ "a.b", "%c", NULL, "[a.b.] failed to process zonefile formatter '%c'" },
	{ "a.b", "%c[5-2]", NULL, "failed to process zonefile formatter '%c'" },
	{ "a.b", "%c[300]", NULL, "failed to process zonefile formatter '%c'" },
	{ "a.b", "%l[0-1]", NULL, "failed to process zonefile formatter '%l'" },
	{ "a.b", "%l[256]", NULL, "failed to process zonefile formatter '%l'" },
};

static void path_cases_are_formatted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(path_cases); i++) {
		char text[256], path[1200] = "";
		int n = snprintf(text, sizeof(text),
			"template:\n  - id: default\n    storage: /st\nzone:\n  - domain: %s\n",
			path_cases[i].zone);
		if (path_cases[i].file != NULL)
			snprintf(text + n, sizeof(text) - n, "    file: \"%s\"\n",
				path_cases[i].file);
		struct conf *conf = conf_test_load(text);
		struct conf_zone zone = conf_test_the_zone(conf);
		int ret = conf_zone_path(&zone, path, sizeof(path));
		assert_int_equal(ret == 0, path_cases[i].path != NULL);
		if (ret == 0)
			assert_string_equal(path, path_cases[i].path);
		if (path_cases[i].logged != NULL && !conf_test_logged(path_cases[i].logged)) {
			conf_test_print_log();
			fail_msg("%s", path_cases[i].logged);
		}
		conf_unref(conf);
	}
}

static void too_long_file_name_is_none(void **state)
{
	(void)state;
	char text[2000], path[4096];
	int n = snprintf(text, sizeof(text), "zone:\n  - domain: a\n    file: ");
	memset(text + n, 'x', 1024);
	text[n + 1024] = 0;
	struct conf *conf = conf_test_load(text);
	struct conf_zone zone = conf_test_the_zone(conf);
	assert_int_not_equal(conf_zone_path(&zone, path, sizeof(path)), 0);
	assert_true(conf_test_logged("[a.] too long zonefile name"));
	conf_unref(conf);
	text[n + 1023] = 0;
	conf = conf_test_load(text);
	zone = conf_test_the_zone(conf);
	assert_int_equal(conf_zone_path(&zone, path, sizeof(path)), 0);
	conf_unref(conf);
}

static void export_is_canonical_and_loads_again(void **state)
{
	(void)state;
	static const char expected[] =
		"# Configuration export (Knot DNS 3.6.0)\n\n"
		"server:\n    nsid: \"0x00FF\"\n    async-start: \"on\"\n    tcp-idle-timeout: "
		"\"3600\"\n"
		"    proxy-allowlist: [ \"10.1.2.3/8\", \"::1-::9\" ]\n"
		"    listen: [ \"::1\", \"127.0.0.1@53\", \"fe80::1%nosuch@5\", \"a@05\" ]\n\n"
		"key:\n  - id: \"k.\"\n    secret: \"AAEC\"\n\n"
		"acl:\n  - id: \"a\"\n    key: \"k.\"\n    update-type: [ \"A\", \"AAAA\" ]\n"
		"    update-owner-name: [ \"a\", \"b.c.\" ]\n\n"
		"policy:\n  - id: \"p \\\" q\"\n    dnssec-jitter: \"10%\"\n\n"
		"mod-stats:\n  - id: \"s\"\n\n"
		"zone:\n  - domain: \"\\034.\"\n\n"
		"  - domain: \"z.\"\n    semantic-checks: \"off\"\n\n"
		"  - domain: \"bb.\"\n    file: \"a\\b\"\n    module: \"mod-stats/s\"\n\n";
	struct conf *conf = conf_test_load(
		"server:\n    listen: [ 0:0::1, 127.0.0.1@053, \"FE80::1%nosuch@5\", a@05, ::1 ]\n"
		"    proxy-allowlist: [ 10.1.2.3/08, ::1-0::9 ]\n    nsid: 0x00fF\n    "
		"async-start:\n"
		"    tcp-idle-timeout: 1h\n"
		"key:\n  - id: K\n    secret: AAEC\n"
		"acl:\n  - id: a\n    key: k\n    update-type: [ a, TYPE1, TYPE28 ]\n    "
		"update-owner-name: [ A, B.c. ]\n"
		"policy:\n  - id: \"p \\\" q\"\n    dnssec-jitter: 10%\n"
		"mod-stats:\n  - id: s\n"
		"zone:\n  - domain: bb\n    module: mod-stats/s\n    file: a\\b\n  - domain: Z.\n"
		"    semantic-checks: false\n  - domain: \\\"\n");
	struct buf out = { 0 }, again = { 0 };
	conf_export(conf, &out);
	assert_string_equal((const char *)out.data, expected);
	conf_unref(conf);
	conf = conf_test_load((const char *)out.data);
	conf_export(conf, &again);
	assert_string_equal((const char *)again.data, (const char *)out.data);
	conf_unref(conf);
	buf_deinit(&out);
	buf_deinit(&again);
}

static void changes_that_need_a_restart_are_told_once(void **state)
{
	(void)state;
	struct conf *old = conf_test_load("server:\n  udp-workers: 2\n"),
		    *new_ = conf_test_load("server:\n  udp-workers: 3\n  listen: ::1\n");
	conf_test_log_reset();
	conf_warn_restart(old, old);
	assert_false(conf_test_logged("restart"));
	conf_warn_restart(old, new_);
	assert_true(
		conf_test_logged("warning: changes of udp-workers require restart to take effect"));
	assert_true(conf_test_logged(
		"warning: changes of listen(-xdp,-quic,-tls) require restart to take effect"));
	conf_test_log_reset();
	conf_warn_restart(new_, old);
	assert_false(conf_test_logged("restart"));
	conf_unref(new_);
	conf_unref(old);
}

static void options_without_effect_are_named(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load("server:\n  automatic-acl: on\n  nsid: x\nzone:\n  - "
					   "domain: a\n    dnssec-signing: on\n"
					   "  - domain: b\n    dnssec-signing: on\n");
	conf_test_log_reset();
	conf_note_inert(NULL, conf);
	assert_true(conf_test_logged(
		"notice: config, option 'server.automatic-acl' has no effect in this version"));
	assert_true(conf_test_logged(
		"notice: config, option 'zone.dnssec-signing' has no effect in this version"));
	assert_false(conf_test_logged("nsid"));
	conf_unref(conf);
}

static void zones_are_found_by_name(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(
		"zone:\n  - domain: bb\n  - domain: c\n  - domain: a.bb\n  - domain: .\n");
	static const char *const names[] = { "", "\1a\2bb", "\1c", "\2bb" };
	struct conf_zone none;
	assert_int_equal(conf_zone_count(conf), ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(
			(const char *)conf_test_zone(conf, names[i]).block->id, names[i]);
	assert_int_equal(conf_zone_find(conf, (const uint8_t *)"\1x", &none), E_NOENT);
	conf_unref(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_an_empty_file),
		cmocka_unit_test(server_options_are_compiled),
		cmocka_unit_test(zone_settings_come_from_zone_template_or_default),
		cmocka_unit_test(equal_settings_are_one_object),
		cmocka_unit_test(many_zones_of_different_settings_share_equal_ones),
		cmocka_unit_test(path_cases_are_formatted),
		cmocka_unit_test(too_long_file_name_is_none),
		cmocka_unit_test(export_is_canonical_and_loads_again),
		cmocka_unit_test(changes_that_need_a_restart_are_told_once),
		cmocka_unit_test(options_without_effect_are_named),
		cmocka_unit_test(zones_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, conf_test_teardown);
}
