/* conf/value, conf/check: what values and sections have to fulfil. */
#include "conf_test.h"

/* Values of an item of section server, or of a policy. */
static const struct {
	const char *section, *item, *value, *error; /* NULL: good */
} value_cases[] = {
	{ "server", "udp-workers", "256", NULL },
	{ "server", "udp-workers", "+4", NULL },
	{ "server", "udp-workers", "\" 4\"", NULL },
	{ "server", "udp-workers", "257", "value is out of range" },
	{ "server", "udp-workers", "0", "value is out of range" },
	{ "server", "udp-workers", "99999999999999999999", "value is out of range" },
	{ "server", "udp-workers", "0x10", "invalid parameter" },
	{ "server", "udp-workers", "\"\"", "invalid parameter" },
	{ "server", "tcp-idle-timeout", "1h", NULL },
	{ "server", "tcp-idle-timeout", "1y", NULL },
	{ "server", "tcp-idle-timeout", "1h30m", "invalid parameter" },
	{ "server", "tcp-idle-timeout", "1H", "invalid parameter" },
	{ "server", "tcp-idle-timeout", "1.5h", "invalid parameter" },
	{ "server", "udp-max-payload", "4K", NULL },
	{ "server", "udp-max-payload", "4k", "invalid parameter" },
	{ "server", "udp-max-payload", "1219", "value is out of range" },
	{ "server", "async-start", "ON", NULL },
	{ "server", "async-start", "False", NULL },
	{ "server", "async-start", "", NULL },
	{ "server", "async-start", "yes", "invalid parameter" },
	{ "server", "nsid", "0x", NULL },
	{ "server", "nsid", "0xabc", "invalid parameter" },
	{ "server", "nsid", "0xabcd", NULL },
	{ "server", "listen", "127.0.0.1@5300", NULL },
	{ "server", "listen", "127.0.0.1@0", "invalid port" },
	{ "server", "listen", "127.0.0.1@65536", "value is out of range" },
	{ "server", "listen", "127.0.0.1@-1", "value is out of range" },
	{ "server", "listen", "127.0.0.1@x", "invalid parameter" },
	{ "server", "listen", "127.0.0.1@", "invalid parameter" },
	{ "server", "listen", "300.0.0.1", "invalid parameter" },
	{ "server", "listen", "0.0.0.0%lo@53", NULL },
	{ "server", "listen", "127.0.0.1%lo", "invalid parameter" },
	{ "server", "listen", "::%lo", NULL },
	{ "server", "listen", "::%", "invalid parameter" },
	{ "server", "listen", "fe80::1%nosuch", NULL },
	{ "server", "listen", "127.1", NULL }, /* a path */
	{ "server", "listen", "/run/x@5", NULL },
	{ "server", "listen-quic", "::1", "QUIC processing not available" },
	{ "server", "proxy-allowlist", "10.1.2.3/8", NULL },
	{ "server", "proxy-allowlist", "::/129", "value is out of range" },
	{ "server", "proxy-allowlist", "10.0.0.1-10.0.0.9", NULL },
	{ "server", "proxy-allowlist", "10.0.0.1-::1", "invalid parameter" },
	{ "server", "proxy-allowlist", "/run/x", NULL },
	{ "server", "proxy-allowlist", "run/x", "invalid parameter" },
	{ "server", "proxy-allowlist", "10.0.0.1@53", "invalid parameter" },
	{ "server", "dbus-event", "zone-updated", NULL },
	{ "server", "dbus-event", "zone", "invalid parameter" },
	{ "database", "timer-db-sync", "never", NULL },
	{ "database", "timer-db-sync", "1h", NULL },
	{ "database", "timer-db-sync", "0", "value is out of range" },
	{ "database", "timer-db-sync", "sometimes", "invalid parameter" },
	{ "database", "zone-db-listen", "::1", "zone database backend is not available" },
	{ "xdp", "listen", "eth0", "XDP is not available" },
	{ "policy", "dnssec-jitter", "10%", NULL },
	{ "policy", "dnssec-jitter", "4294967295%", "DNSSEC jitter too high for ZSK lifetime" },
	{ "policy", "dnssec-jitter", "1h%", "invalid parameter" },
	{ "policy", "nsec3-salt-lifetime", "-1", NULL },
	{ "policy", "nsec3-salt-lifetime", "-2", "value is out of range" },
	{ "policy", "keytag-modulo", "0/1", NULL },
	{ "policy", "keytag-modulo", "256/256",
		"invalid value, expected format 'R/M', where R < M <= 256" },
	{ "policy", "keytag-modulo", "-1/2", "invalid value, expected format 'R/M'" },
	{ "policy", "ksk-size", "2048", "KSK key size not compatible with the algorithm" },
	{ "policy", "ksk-size", "256", NULL },
	{ "policy", "zsk-size", "384", "ZSK key size not compatible with the algorithm" },
	{ "policy", "keystore", "default", NULL },
	{ "policy", "keystore", "other", "invalid reference" },
	{ "policy", "rrsig-lifetime", "1d", NULL },
	{ "policy", "rrsig-lifetime", "1h",
		"RRSIG refresh + pre-refresh higher than RRSIG lifetime" },
	{ "policy", "zsk-lifetime", "2h",
		"ZSK lifetime too low according to propagation delay, DNSKEY TTL, and maximum zone "
		"TTL" },
	{ "policy", "ksk-lifetime", "2h",
		"KSK lifetime too low according to propagation delay and DNSKEY TTL" },
	{ "policy", "ksk-lifetime", "3h", NULL },
	{ "policy", "dnskey-management", "incremental",
		"incremental DNSKEY management requires configured delete-delay" },
	{ "key", "secret", "AAEC", NULL },
	{ "key", "secret", "AAE", "invalid base64 string length" },
	{ "key", "secret", "AA*C", "invalid base64 character" },
	{ "key", "algorithm", "HMAC-SHA512", "no key secret defined" },
	{ "remote", "address", "192.0.2.1", NULL },
	{ "remote", "via", "192.0.2.1", "no remote address defined" },
	{ "remote", "key", "nokey", "invalid reference" },
	{ "remote", "key", "\"\"", "invalid parameter" },
	{ "remote", "cert-key", "AAEC",
		"invalid certificate pin, expected base64-encoded 32 bytes" },
	{ "remotes", "comment", "x", "no remote defined" },
	{ "dnskey-sync", "check-interval", "1", "no remote address defined" },
	{ "acl", "update-type", "TYPE65000", NULL },
	{ "acl", "update-type", "NOTYPE", "invalid parameter" },
	{ "acl", "update-owner-name", "a.b.", NULL },
	{ "acl", "update-owner-name", "a..b", "invalid parameter" },
	{ "keystore", "backend", "pkcs11", "no PKCS #11 configuration defined" },
	{ "keystore", "key-label", "on", "key labels not supported with the specified keystore" },
	{ "module", "file", "x", "required 'mod-' prefix" },
	{ "template", "global-module", "mod-stats", "global module in non-default template" },
	{ "template", "zonefile-skip", "[ DNSSEC, a ]", NULL },
	{ "template", "zonefile-skip", "dnsse", "invalid type" },
	{ "template", "serial-modulo", "0/2+5", NULL },
	{ "template", "serial-modulo", "-1", NULL },
	{ "template", "serial-modulo", "\"\"", "invalid value, expected format '[R/M][+-A]'" },
	{ "template", "serial-modulo", "1/2+2000000001",
		"invalid value, expected format '[R/M][+-A]'" },
	{ "template", "zone-db-input", "0", "instance number must be 1-8" },
	{ "template", "external-validation", "default", NULL },
	{ "template", "acl", "\"\"", "invalid reference" },
	{ "template", "master", "\"\"", "invalid reference" },
	{ "template", "notify", "", "invalid reference" },
	{ "template", "ds-push", "", "invalid reference" },
	{ "template", "ddns-master", "", NULL },
	{ "template", "module", "", NULL },
	{ "template", "module", "mod-stats", NULL },
	{ "template", "module", "mod-st", "unknown module" },
	{ "template", "module", "mod-stats/", "invalid parameter" },
	{ "template", "module", "mod-stats/x", "invalid module reference" },
	{ "template", "module", "mod-synthrecord", "missing module configuration" },
	{ "template", "include-from", "a.b", "invalid item" },
	{ "mod-cookies", "secret", "0x00",
		"length of the cookie secret must be 32 HEX characters (16 bytes)" },
	{ "mod-cookies", "secret", "0123456789abcdef", NULL },
	{ "mod-dnserr", "cache-size", "5", "no valid report channel specified" },
	{ "mod-dnserr", "agent", "on", NULL },
	{ "mod-rrl", "rate-limit", "125001",
		"rate limit is higher than 1000 times instant rate limit" },
	{ "mod-onlinesign", "nsec-bitmap", "[ CDS, CDNSKEY ]", NULL },
	{ "mod-synthrecord", "prefix", "a.b", "dot '.' is not allowed" },
	{ "mod-synthrecord", "type", "reverse", "no origin specified" },
	{ "mod-whoami", "comment", "x", NULL },
};

static void value_cases_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(value_cases); i++) {
		const struct conf_section *s =
			conf_section_find(span_of_text(value_cases[i].section));
		char text[256];
		struct conf *conf = NULL;
		assert_non_null(s);
		conf_test_log_reset();
		int n = snprintf(text, sizeof(text), "%s:\n", s->name);
		if (s->blocks)
			n += snprintf(text + n, sizeof(text) - n, "  - %s: i\n", s->items[0].name);
		snprintf(text + n, sizeof(text) - n, "    %s: %s\n", value_cases[i].item,
			value_cases[i].value);
		int ret = conf_load_text(span_of_text(text), "F", &conf);
		if ((ret == 0) != (value_cases[i].error == NULL) ||
			(ret != 0 && !conf_test_logged(value_cases[i].error))) {
			conf_test_print_log();
			fail_msg("%s", text);
		}
		conf_unref(conf);
	}
}

#define REMOTE "remote:\n  - id: r\n    address: ::1\n"

static const struct {
	const char *text, *logged; /* error, or (with `loads`) warning; NULL: nothing at all */
	bool loads;
} section_cases[] = {
	{ "server:\n  listen: ::1@853\n  listen-tls: ::1\n",
		"TLS listen address/port overlaps with TCP listen address/port", false },
	{ "server:\n  listen: ::@853\n  listen-tls: ::1\n",
		"TLS listen address/port overlaps with TCP", false },
	{ "server:\n  listen: \"::%a@853\"\n  listen-tls: \"::%b\"\n", NULL, true },
	{ "server:\n  listen: ::@853\n  listen-tls: 127.0.0.1\n", NULL, true },
	{ "server:\n  tcp-fastopen: on\n",
		"line 2, option 'server.tcp-fastopen' is obsolete and has no effect", true },
	{ "control:\n  listen: [ a, b, c, d, e ]\n", "too many control sockets configured", false },
	{ "database:\n  storage: /nonexistent\n", "database storage '/nonexistent' not exists",
		true },
	{ "database:\n  storage: /etc/passwd\n", "database storage '/etc/passwd' not a directory",
		true },
	{ "database:\n  storage: /\n  kasp-db: etc/passwd\n",
		"KASP database '//etc/passwd' not a directory", true },
	{ REMOTE "remotes:\n  - id: r\n    remote: r\nzone:\n  - domain: a\n    master: r\n",
		"ambiguous reference", false },
	{ REMOTE "remotes:\n  - id: R\n    remote: r\nzone:\n  - domain: a\n    master: [ r, R ]\n",
		NULL, true },
	{ REMOTE "acl:\n  - id: a\n    remote: r\n    protocol: tcp\n",
		"specified ACL/remote together with address", false },
	{ "acl:\n  - id: a\n    update-owner: name\n", "'update-owner-name' not specified", true },
	{ "acl:\n  - id: a\n    update-owner-name: x\n",
		"'update-owner-name' requires 'update-owner: name'", true },
	{ "zone:\n  - domain: a\n    acl: x\nacl:\n  - id: x\n",
		"item 'acl', value 'x' (invalid reference)", false },
	{ "key:\n  - id: K.\n    secret: AAEC\nacl:\n  - id: a\n    key: k\n", NULL, true },
	{ REMOTE "policy:\n  - id: p\n    ds-push: r\n    cds-cdnskey-publish: none\n",
		"DS push requires enabled", false },
	{ REMOTE "policy:\n  - id: p\n    cds-cdnskey-publish: none\nzone:\n  - domain: a\n    "
		 "dnssec-policy: p\n    ds-push: r\n",
		"DS push requires enabled CDS/CDNSKEY publication", false },
	{ "policy:\n  - id: p\n    nsec3: on\n    nsec3-iterations: 5\n",
		"policy[p].nsec3-iterations=5 is too high", true },
	{ "policy:\n  - id: p\n    rrsig-refresh: 1h\n",
		"RRSIG refresh lower than maximum zone TTL + propagation delay", true },
	{ "policy:\n  - id: p\n    single-type-signing: on\n    ksk-lifetime: 2h\n",
		"CSK lifetime too low according to", false },
	{ "zone:\n  - domain: a\n    refresh-min-interval: 9\n    refresh-max-interval: 8\n",
		"'refresh-min-interval' is higher than 'refresh-max-interval'", false },
	{ "template:\n  - id: default\n    retry-min-interval: 9\nzone:\n  - domain: a\n    "
	  "retry-max-interval: 8\n",
		"'retry-min-interval' is higher than 'retry-max-interval'", false },
	{ "zone:\n  - domain: a\n    zonefile-load: difference-no-serial\n",
		"section 'zone[a.]' ('zonefile-load: difference-no-serial' requires "
		"'journal-content: all')",
		false },
	{ "template:\n  - id: default\n    zonefile-load: difference-no-serial\nzone:\n  - domain: "
	  "a\n",
		"requires 'journal-content: all'", false },
	{ "zone:\n  - domain: a\n    journal-content: all\n",
		"[a.] config, 'zonefile-load: whole' not compatible with", true },
	{ "template:\n  - id: default\n    journal-content: all\nzone:\n  - domain: a\n  - domain: "
	  "b\n    default-ttl: 1\n  - domain: c\n",
		"[c.] config, 'zonefile-load: whole' not compatible with", true },
	{ "template:\n  - id: default\n    journal-content: all\nzone:\n  - domain: a\n  - domain: "
	  "b\n    journal-content: none\n",
		"[a.] config, 'zonefile-load: whole' not compatible with", true },
	{ "zone:\n  - domain: a\n    dnssec-signing: on\n    dnssec-validation: on\n",
		"'dnssec-validation' is not compatible with 'dnssec-signing'", false },
	{ "zone:\n  - domain: a\n    ddns-master: \"\"\n",
		"empty 'ddns-master' requires 'dnssec-signing' enabled", false },
	{ "zone:\n  - domain: a\n    serial-modulo: 1/2\n",
		"'serial-modulo' is only possible with `dnssec-signing`", false },
	{ "zone:\n  - domain: a\n    serial-modulo: 0/1-1\n",
		"'serial-modulo' is only possible with `dnssec-signing`", false },
	{ "zone:\n  - domain: a\n    serial-modulo: 0/1+0\n", NULL, true },
	{ "template:\n  - id: default\n    global-module: \"\"\nzone:\n  - domain: a\n", NULL,
		true },
	{ "zone:\n  - domain: a\n    serial-modulo: 1/2\n    dnssec-signing: on\n",
		"'serial-modulo' requires 'zonefile-load' either 'none' or 'difference-no-serial'",
		false },
	{ "zone:\n  - domain: a\n    catalog-role: interpret\n",
		"'catalog-template' required with catalog role", false },
	{ "zone:\n  - domain: a\n    catalog-role: member\n",
		"'catalog-zone' required with catalog role", false },
	{ "zone:\n  - domain: a\n    catalog-zone: c\n",
		"'catalog-zone' not compatible with catalog role", false },
	{ "zone:\n  - domain: a\n    catalog-role: generate\n    serial-policy: increment\n",
		"'serial-policy' must be 'unixtime' for generated catalog zones", false },
	{ "template:\n  - id: t\n    catalog-role: generate\nzone:\n  - domain: a\n    "
	  "catalog-role: interpret\n    catalog-template: t\n",
		"catalog role generate in a catalog template", false },
	{ "template:\n  - id: t\n    dnssec-signing: on\n    dnssec-validation: on\nzone:\n  - "
	  "domain: a\n    catalog-role: interpret\n"
	  "    catalog-template: t\n",
		"'dnssec-validation' is not compatible with 'dnssec-signing'", false },
	{ "zone:\n  - domain: a\n    master: \"\"\n    notify:\n    ds-push: []\n    module:\n",
		NULL, true },
	{ "zone:\n  - domain: a\n    include-from: a\n", "not a subzone", false },
	{ "zone:\n  - domain: a\n    include-from: b.a\n    reverse-generate: c\n",
		"include-from not compatible with reverse-from", false },
	{ "zone:\n  - domain: a..b\n", "item 'domain', value 'a..b' (invalid parameter)", false },
	{ "mod-noudp:\n  - id: a\n    udp-allow-rate: 1\n    udp-truncate-rate: 1\n",
		"cannot be specified together", false },
	{ "mod-synthrecord:\n  - id: a\n    type: forward\n    network: ::/64\n", NULL, true },
	{ "mod-synthrecord:\n  - id: a\n    type: forward\n    network: ::/64\n    origin: x\n",
		"origin not allowed with forward type", false },
};

static void section_cases_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(section_cases); i++) {
		struct conf *conf = NULL;
		conf_test_log_reset();
		int ret = conf_load_text(span_of_text(section_cases[i].text), "F", &conf);
		const char *logged = section_cases[i].logged;
		bool told = logged != NULL ? conf_test_logged(logged) : !conf_test_logged("config");
		if ((ret == 0) != section_cases[i].loads || !told) {
			conf_test_print_log();
			fail_msg("%s", section_cases[i].text);
		}
		conf_unref(conf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_cases_are_judged),
		cmocka_unit_test(section_cases_are_judged),
	};
	return cmocka_run_group_tests(tests, NULL, conf_test_teardown);
}
