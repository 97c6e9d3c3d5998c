/* conf/schema: every option of the product is there, with its default, and the defaults are good values. */
#include "test_util.h"

#include "conf/schema.h"
#include "conf/value.h"
#include "config.h"

static const struct {
	const char *section, *item, *fallback; /* NULL: none, or computed */
	bool multi;
} options[] = {
	{ "module", "id", NULL, false },
	{ "module", "file", NULL, false },
	{ "module", "comment", NULL, false },
	{ "server", "identity", NULL, false },
	{ "server", "version", NULL, false },
	{ "server", "nsid", NULL, false },
	{ "server", "rundir", BOWLINE_RUN_DIR, false },
	{ "server", "user", NULL, false },
	{ "server", "pidfile", "knot.pid", false },
	{ "server", "udp-workers", NULL, false },
	{ "server", "tcp-workers", NULL, false },
	{ "server", "background-workers", NULL, false },
	{ "server", "async-start", "off", false },
	{ "server", "tcp-idle-timeout", "10", false },
	{ "server", "tcp-io-timeout", "500", false },
	{ "server", "tcp-remote-io-timeout", "5000", false },
	{ "server", "tcp-max-clients", NULL, false },
	{ "server", "tcp-reuseport", "off", false },
	{ "server", "quic-max-clients", "10000", false },
	{ "server", "quic-outbuf-max-size", "100M", false },
	{ "server", "quic-idle-close-timeout", "4", false },
	{ "server", "remote-pool-limit", "0", false },
	{ "server", "remote-pool-timeout", "5", false },
	{ "server", "remote-retry-delay", "0", false },
	{ "server", "socket-affinity", "off", false },
	{ "server", "udp-max-payload", "1232", false },
	{ "server", "udp-max-payload-ipv4", NULL, false },
	{ "server", "udp-max-payload-ipv6", NULL, false },
	{ "server", "cert-file", NULL, false },
	{ "server", "key-file", NULL, false },
	{ "server", "ca-file", NULL, true },
	{ "server", "edns-client-subnet", "off", false },
	{ "server", "answer-rotation", "off", false },
	{ "server", "automatic-acl", "off", false },
	{ "server", "proxy-allowlist", NULL, true },
	{ "server", "dbus-event", "none", true },
	{ "server", "dbus-init-delay", "1", false },
	{ "server", "listen", NULL, true },
	{ "server", "listen-quic", NULL, true },
	{ "server", "listen-tls", NULL, true },
	{ "server", "comment", NULL, false },
	{ "server", "tcp-fastopen", NULL, false },
	{ "xdp", "listen", NULL, true },
	{ "xdp", "udp", "on", false },
	{ "xdp", "tcp", "off", false },
	{ "xdp", "quic", "off", false },
	{ "xdp", "quic-port", "853", false },
	{ "xdp", "tcp-max-clients", "1000000", false },
	{ "xdp", "tcp-inbuf-max-size", "100M", false },
	{ "xdp", "tcp-outbuf-max-size", "100M", false },
	{ "xdp", "tcp-idle-close-timeout", "10", false },
	{ "xdp", "tcp-idle-reset-timeout", "20", false },
	{ "xdp", "tcp-resend-timeout", "5", false },
	{ "xdp", "route-check", "off", false },
	{ "xdp", "zero-copy", "on", false },
	{ "xdp", "ring-size", "2048", false },
	{ "xdp", "busypoll-budget", "0", false },
	{ "xdp", "busypoll-timeout", "20", false },
	{ "xdp", "comment", NULL, false },
	{ "control", "listen", "knot.sock", true },
	{ "control", "backlog", "5", false },
	{ "control", "timeout", "5", false },
	{ "control", "comment", NULL, false },
	{ "log", "target", NULL, false },
	{ "log", "server", NULL, false },
	{ "log", "control", NULL, false },
	{ "log", "zone", NULL, false },
	{ "log", "quic", NULL, false },
	{ "log", "any", NULL, false },
	{ "log", "comment", NULL, false },
	{ "statistics", "timer", NULL, false },
	{ "statistics", "file", "stats.yaml", false },
	{ "statistics", "append", "off", false },
	{ "statistics", "comment", NULL, false },
	{ "database", "storage", BOWLINE_STORAGE_DIR, false },
	{ "database", "journal-db", "journal", false },
	{ "database", "journal-db-mode", "robust", false },
	{ "database", "journal-db-max-size", "20G", false },
	{ "database", "kasp-db", "keys", false },
	{ "database", "kasp-db-max-size", "10G", false },
	{ "database", "timer-db", "timers", false },
	{ "database", "timer-db-max-size", "5G", false },
	{ "database", "timer-db-sync", "shutdown", false },
	{ "database", "catalog-db", "catalog", false },
	{ "database", "catalog-db-max-size", "20G", false },
	{ "database", "zone-db-listen", NULL, true },
	{ "database", "zone-db-tls", "off", false },
	{ "database", "zone-db-cert-key", NULL, true },
	{ "database", "zone-db-cert-hostname", NULL, true },
	{ "database", "comment", NULL, false },
	{ "keystore", "id", NULL, false },
	{ "keystore", "backend", "pem", false },
	{ "keystore", "config", "keys", false },
	{ "keystore", "ksk-only", "off", false },
	{ "keystore", "key-label", "off", false },
	{ "keystore", "comment", NULL, false },
	{ "key", "id", NULL, false },
	{ "key", "algorithm", "hmac-sha256", false },
	{ "key", "secret", NULL, false },
	{ "key", "comment", NULL, false },
	{ "remote", "id", NULL, false },
	{ "remote", "address", NULL, true },
	{ "remote", "via", NULL, true },
	{ "remote", "quic", "off", false },
	{ "remote", "tls", "off", false },
	{ "remote", "key", NULL, false },
	{ "remote", "cert-key", NULL, true },
	{ "remote", "cert-hostname", NULL, true },
	{ "remote", "block-notify-after-transfer", "off", false },
	{ "remote", "no-edns", "off", false },
	{ "remote", "automatic-acl", "on", false },
	{ "remote", "comment", NULL, false },
	{ "remotes", "id", NULL, false },
	{ "remotes", "remote", NULL, true },
	{ "remotes", "comment", NULL, false },
	{ "acl", "id", NULL, false },
	{ "acl", "address", NULL, true },
	{ "acl", "key", NULL, true },
	{ "acl", "remote", NULL, true },
	{ "acl", "action", NULL, true },
	{ "acl", "protocol", NULL, true },
	{ "acl", "deny", "off", false },
	{ "acl", "update-type", NULL, true },
	{ "acl", "update-owner", NULL, false },
	{ "acl", "update-owner-match", "sub-or-equal", false },
	{ "acl", "update-owner-name", NULL, true },
	{ "acl", "cert-key", NULL, true },
	{ "acl", "cert-hostname", NULL, true },
	{ "acl", "comment", NULL, false },
	{ "submission", "id", NULL, false },
	{ "submission", "parent", NULL, true },
	{ "submission", "check-interval", "1h", false },
	{ "submission", "timeout", "0", false },
	{ "submission", "parent-delay", "0", false },
	{ "submission", "comment", NULL, false },
	{ "dnskey-sync", "id", NULL, false },
	{ "dnskey-sync", "remote", NULL, true },
	{ "dnskey-sync", "check-interval", "60", false },
	{ "policy", "id", NULL, false },
	{ "policy", "keystore", NULL, true },
	{ "policy", "manual", "off", false },
	{ "policy", "single-type-signing", "off", false },
	{ "policy", "algorithm", "ecdsap256sha256", false },
	{ "policy", "ksk-size", NULL, false },
	{ "policy", "zsk-size", NULL, false },
	{ "policy", "ksk-shared", "off", false },
	{ "policy", "dnskey-ttl", NULL, false },
	{ "policy", "zone-max-ttl", NULL, false },
	{ "policy", "keytag-modulo", "0/1", false },
	{ "policy", "dnssec-jitter", "0", false },
	{ "policy", "ksk-lifetime", "0", false },
	{ "policy", "zsk-lifetime", "30d", false },
	{ "policy", "deleg-adt", "off", false },
	{ "policy", "delete-delay", "0", false },
	{ "policy", "trash-delay", NULL, false },
	{ "policy", "propagation-delay", "1h", false },
	{ "policy", "rrsig-lifetime", "14d", false },
	{ "policy", "rrsig-refresh", NULL, false },
	{ "policy", "rrsig-pre-refresh", NULL, false },
	{ "policy", "reproducible-signing", "off", false },
	{ "policy", "nsec3", "off", false },
	{ "policy", "nsec3-iterations", "0", false },
	{ "policy", "nsec3-opt-out", "off", false },
	{ "policy", "nsec3-salt-length", "0", false },
	{ "policy", "nsec3-salt-lifetime", "30d", false },
	{ "policy", "signing-threads", "1", false },
	{ "policy", "ksk-submission", NULL, false },
	{ "policy", "ds-push", NULL, true },
	{ "policy", "dnskey-sync", NULL, false },
	{ "policy", "cds-cdnskey-publish", "rollover", false },
	{ "policy", "cds-digest-type", "sha256", false },
	{ "policy", "dnskey-management", "full", false },
	{ "policy", "offline-ksk", "off", false },
	{ "policy", "unsafe-operation", "none", true },
	{ "policy", "comment", NULL, false },
	{ "external", "id", NULL, false },
	{ "external", "timeout", "300", false },
	{ "external", "dump-new-zone", NULL, false },
	{ "external", "dump-removals", NULL, false },
	{ "external", "dump-additions", NULL, false },
	{ "mod-cookies", "id", NULL, false },
	{ "mod-cookies", "secret-lifetime", "26h", false },
	{ "mod-cookies", "badcookie-slip", "1", false },
	{ "mod-cookies", "secret", NULL, true },
	{ "mod-cookies", "comment", NULL, false },
	{ "mod-dnserr", "id", NULL, false },
	{ "mod-dnserr", "report-channel", NULL, false },
	{ "mod-dnserr", "agent", "off", false },
	{ "mod-dnserr", "cache-size", "1000", false },
	{ "mod-dnserr", "cache-lifetime", "10", false },
	{ "mod-dnserr", "comment", NULL, false },
	{ "mod-dnsproxy", "id", NULL, false },
	{ "mod-dnsproxy", "remote", NULL, false },
	{ "mod-dnsproxy", "timeout", "500", false },
	{ "mod-dnsproxy", "address", NULL, true },
	{ "mod-dnsproxy", "fallback", "on", false },
	{ "mod-dnsproxy", "tcp-fastopen", NULL, false },
	{ "mod-dnsproxy", "catch-nxdomain", "off", false },
	{ "mod-dnsproxy", "comment", NULL, false },
	{ "mod-dnstap", "id", NULL, false },
	{ "mod-dnstap", "sink", NULL, false },
	{ "mod-dnstap", "identity", NULL, false },
	{ "mod-dnstap", "version", NULL, false },
	{ "mod-dnstap", "log-queries", "on", false },
	{ "mod-dnstap", "log-responses", "on", false },
	{ "mod-dnstap", "responses-with-queries", "off", false },
	{ "mod-dnstap", "comment", NULL, false },
	{ "mod-geoip", "id", NULL, false },
	{ "mod-geoip", "config-file", NULL, false },
	{ "mod-geoip", "ttl", "60", false },
	{ "mod-geoip", "mode", "subnet", false },
	{ "mod-geoip", "dnssec", NULL, false },
	{ "mod-geoip", "policy", NULL, false },
	{ "mod-geoip", "geodb-file", NULL, false },
	{ "mod-geoip", "geodb-key", "country/iso_code", true },
	{ "mod-geoip", "comment", NULL, false },
	{ "mod-noudp", "id", NULL, false },
	{ "mod-noudp", "udp-allow-rate", NULL, false },
	{ "mod-noudp", "udp-truncate-rate", NULL, false },
	{ "mod-noudp", "comment", NULL, false },
	{ "mod-onlinesign", "id", NULL, false },
	{ "mod-onlinesign", "policy", NULL, false },
	{ "mod-onlinesign", "nsec-bitmap", NULL, true },
	{ "mod-onlinesign", "comment", NULL, false },
	{ "mod-probe", "id", NULL, false },
	{ "mod-probe", "path", NULL, false },
	{ "mod-probe", "channels", "1", false },
	{ "mod-probe", "max-rate", "100000", false },
	{ "mod-probe", "comment", NULL, false },
	{ "mod-queryacl", "id", NULL, false },
	{ "mod-queryacl", "address", NULL, true },
	{ "mod-queryacl", "interface", NULL, true },
	{ "mod-queryacl", "comment", NULL, false },
	{ "mod-rrl", "id", NULL, false },
	{ "mod-rrl", "instant-limit", "125", false },
	{ "mod-rrl", "rate-limit", "50", false },
	{ "mod-rrl", "time-instant-limit", "5000", false },
	{ "mod-rrl", "time-rate-limit", "5000", false },
	{ "mod-rrl", "slip", "1", false },
	{ "mod-rrl", "table-size", "524288", false },
	{ "mod-rrl", "whitelist", NULL, true },
	{ "mod-rrl", "log-period", "30000", false },
	{ "mod-rrl", "dry-run", "off", false },
	{ "mod-rrl", "comment", NULL, false },
	{ "mod-stats", "id", NULL, false },
	{ "mod-stats", "request-protocol", "on", false },
	{ "mod-stats", "server-operation", "on", false },
	{ "mod-stats", "request-bytes", "on", false },
	{ "mod-stats", "response-bytes", "on", false },
	{ "mod-stats", "edns-presence", "off", false },
	{ "mod-stats", "flag-presence", "off", false },
	{ "mod-stats", "response-code", "on", false },
	{ "mod-stats", "request-edns-option", "off", false },
	{ "mod-stats", "response-edns-option", "off", false },
	{ "mod-stats", "reply-nodata", "off", false },
	{ "mod-stats", "query-type", "off", false },
	{ "mod-stats", "query-size", "off", false },
	{ "mod-stats", "reply-size", "off", false },
	{ "mod-stats", "comment", NULL, false },
	{ "mod-synthrecord", "id", NULL, false },
	{ "mod-synthrecord", "type", NULL, false },
	{ "mod-synthrecord", "prefix", NULL, false },
	{ "mod-synthrecord", "origin", NULL, false },
	{ "mod-synthrecord", "ttl", "3600", false },
	{ "mod-synthrecord", "network", NULL, true },
	{ "mod-synthrecord", "reverse-short", "on", false },
	{ "mod-synthrecord", "comment", NULL, false },
	{ "template", "id", NULL, false },
	{ "template", "global-module", NULL, true },
	{ "zone", "domain", NULL, false },
	{ "zone", "template", NULL, false },
	{ "zone", "storage", BOWLINE_STORAGE_DIR, false },
	{ "zone", "file", "%s.zone", false },
	{ "zone", "zone-db-input", "-1", false },
	{ "zone", "zone-db-output", "-1", false },
	{ "zone", "master", NULL, true },
	{ "zone", "ddns-master", NULL, false },
	{ "zone", "notify", NULL, true },
	{ "zone", "notify-delay", "0", false },
	{ "zone", "update-delay", "0", false },
	{ "zone", "acl", NULL, true },
	{ "zone", "master-pin-tolerance", "0", false },
	{ "zone", "provide-ixfr", "on", false },
	{ "zone", "deleg-aware", "auto", false },
	{ "zone", "semantic-checks", "off", false },
	{ "zone", "default-ttl", "3600", false },
	{ "zone", "zonefile-sync", "0", false },
	{ "zone", "zonefile-load", "whole", false },
	{ "zone", "zonefile-skip", NULL, true },
	{ "zone", "journal-content", "changes", false },
	{ "zone", "journal-max-usage", "100M", false },
	{ "zone", "journal-max-depth", "20", false },
	{ "zone", "ixfr-benevolent", "off", false },
	{ "zone", "ixfr-by-one", "off", false },
	{ "zone", "ixfr-from-axfr", "off", false },
	{ "zone", "zone-max-size", "281474976710655", false },
	{ "zone", "adjust-threads", "1", false },
	{ "zone", "external-validation", NULL, false },
	{ "zone", "dnssec-signing", "off", false },
	{ "zone", "dnssec-validation", "off", false },
	{ "zone", "dnssec-policy", NULL, false },
	{ "zone", "dnssec-metadata-db", "kasp", false },
	{ "zone", "ds-push", NULL, true },
	{ "zone", "reverse-generate", NULL, true },
	{ "zone", "include-from", NULL, true },
	{ "zone", "serial-policy", "increment", false },
	{ "zone", "serial-modulo", "0/1", false },
	{ "zone", "zonemd-generate", "none", false },
	{ "zone", "zonemd-verify", "off", false },
	{ "zone", "refresh-jitter", "0", false },
	{ "zone", "refresh-min-interval", "2", false },
	{ "zone", "refresh-max-interval", "4294967295", false },
	{ "zone", "retry-min-interval", "1", false },
	{ "zone", "retry-max-interval", "4294967295", false },
	{ "zone", "expire-min-interval", "3", false },
	{ "zone", "expire-max-interval", "4294967295", false },
	{ "zone", "catalog-role", "none", false },
	{ "zone", "catalog-template", NULL, true },
	{ "zone", "catalog-zone", NULL, false },
	{ "zone", "catalog-group", NULL, false },
	{ "zone", "module", NULL, true },
	{ "zone", "comment", NULL, false },
};

static const struct conf_item *find(const char *section, const char *item)
{
	const struct conf_section *s = conf_section_find(span_of_text(section));
	return s != NULL ? conf_item_find(s, span_of_text(item)) : NULL;
}

static void check_option(const char *section, size_t i)
{
	const struct conf_item *item = find(section, options[i].item);
	if (item == NULL) {
		fail_msg("%s.%s is missing", section, options[i].item);
		return;
	}
	if (((item->flags & CONF_MULTI) != 0) != options[i].multi)
		fail_msg("%s.%s takes one value or more", section, options[i].item);
	if (options[i].fallback == NULL || item->fallback == NULL) {
		if (options[i].fallback != item->fallback)
			fail_msg("%s.%s defaults to %s", section, options[i].item, item->fallback);
		return;
	}
	assert_string_equal(item->fallback, options[i].fallback);
}

static void options_of_the_product_are_there_with_their_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		check_option(options[i].section, i);
}

static void options_of_zones_are_options_of_templates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(options[i].section, "zone") != 0 ||
			strcmp(options[i].item, "domain") == 0 ||
			strcmp(options[i].item, "template") == 0 ||
			strcmp(options[i].item, "include-from") == 0)
			continue;
		check_option("template", i);
	}
}

static void sections_have_no_other_options(void **state)
{
	(void)state;
	for (size_t s = 0; s < conf_section_count; s++) {
		const char *section = conf_sections[s].name;
		bool empty_module = strcmp(section, "mod-alias") == 0 ||
				    strcmp(section, "mod-authsignal") == 0 ||
				    strcmp(section, "mod-whoami") == 0;
		for (size_t i = 0; i < conf_sections[s].count; i++) {
			const char *item = conf_sections[s].items[i].name;
			bool known = empty_module &&
				     (strcmp(item, "id") == 0 || strcmp(item, "comment") == 0);
			for (size_t k = 0; k < ARRAY_LEN(options); k++) {
				bool same = strcmp(options[k].section, section) == 0 ||
					    (strcmp(section, "template") == 0 &&
						    strcmp(options[k].section, "zone") == 0);
				known = known || (same && strcmp(options[k].item, item) == 0);
			}
			if (!known)
				fail_msg("%s.%s isn't an option", section, item);
		}
	}
}

static void defaults_are_values_of_their_types(void **state)
{
	(void)state;
	for (size_t s = 0; s < conf_section_count; s++) {
		for (size_t i = 0; i < conf_sections[s].count; i++) {
			const struct conf_item *item = &conf_sections[s].items[i];
			struct buf value = { 0 };
			if (item->fallback == NULL)
				continue;
			if (conf_value_parse(item, span_of_text(item->fallback), &value) != 0)
				fail_msg("%s.%s: default %s", conf_sections[s].name, item->name,
					item->fallback);
			buf_deinit(&value);
		}
	}
}

static void rows_are_whole(void **state)
{
	(void)state;
	assert_string_equal(conf_section_zone->name, "zone");
	assert_string_equal(conf_section_template->name, "template");
	assert_true(conf_section_count <= CONF_SECTIONS_MAX);
	for (size_t s = 0; s < conf_section_count; s++) {
		assert_true(conf_sections[s].count <= CONF_ITEMS_MAX);
		assert_true(strlen(conf_sections[s].help) > 0);
		for (size_t i = 0; i < conf_sections[s].count; i++) {
			const struct conf_item *item = &conf_sections[s].items[i];
			bool number = item->type == CONF_INT || item->type == CONF_TIME ||
				      item->type == CONF_SIZE || item->type == CONF_PERCENT ||
				      item->type == CONF_OPTINT;
			bool chooses = item->type == CONF_OPT || item->type == CONF_OPTINT ||
				       item->type == CONF_REF;
			if (number != (item->max > 0) || chooses != (item->choices != NULL) ||
				(item->help[0] == '\0') != (strcmp(item->name, "comment") == 0))
				fail_msg("%s.%s", conf_sections[s].name, item->name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_the_product_are_there_with_their_defaults),
		cmocka_unit_test(options_of_zones_are_options_of_templates),
		cmocka_unit_test(sections_have_no_other_options),
		cmocka_unit_test(defaults_are_values_of_their_types),
		cmocka_unit_test(rows_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
