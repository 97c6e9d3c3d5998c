/* Values as databases keep them: the documented octets, there and back, and nonsense refused. */
#include "test_util.h"

#include "base/encode.h"
#include "conf/binary.h"

/* section.item, text, stored octets in hexadecimal, canonical text if it's another */
static const struct {
	const char *section, *item, *text, *stored, *canonical;
} cases[] = {
	{ "server", "rundir", "/run/knot", "2f72756e2f6b6e6f7400", NULL },
	{ "server", "listen", "192.0.2.53@5353", "04c000023500000000000014e9", NULL },
	{ "server", "listen", "2001:db8::53", "0620010db8000000000000000000000053ffffffffffffffff",
		NULL },
	{ "server", "listen", "0.0.0.0%lo@5353", "05000000006c6f0000000000000014e9", NULL },
	{ "server", "listen", "::%lo@5353",
		"08000000000000000000000000000000006c6f0000000000000014e9", NULL },
	{ "server", "listen", "fe80::1%lo",
		"07fe8000000000000000000000000000016c6f00ffffffffffffffff", NULL },
	{ "remote", "address", "/tmp/r.sock", "002f746d702f722e736f636b00", NULL },
	{ "database", "zone-db-listen", "redis.example.com@6380",
		"0072656469732e6578616d706c652e636f6d403633383000", NULL },
	{ "server", "nsid", "0x0102ff", "00030102ff", "0x0102FF" },
	{ "server", "udp-workers", "4", "0000000000000004", NULL },
	{ "server", "automatic-acl", "on", "01", NULL },
	{ "server", "automatic-acl", "off", "00", NULL },
	{ "server", "identity", "", "00", NULL },
	{ "key", "id", "xfr", "0378667200", "xfr." },
	{ "key", "algorithm", "hmac-sha256", "04", NULL },
	{ "key", "secret", "AAEC", "0003000102", NULL },
	{ "acl", "id", "a1", "613100", NULL },
	{ "acl", "address", "192.0.2.0/24", "04c0000200010000000000000018", NULL },
	{ "acl", "address", "198.51.100.1-198.51.100.9", "04c63364010204c6336409", NULL },
	{ "acl", "address", "2001:db8::1", "0620010db800000000000000000000000100", NULL },
	{ "acl", "address", "/run/x", "002f72756e2f780000", NULL },
	{ "acl", "action", "transfer", "02", NULL },
	{ "acl", "action", "update", "03", NULL },
	{ "acl", "protocol", "quic", "08", NULL },
	{ "acl", "update-owner-name", "www", "03777777", NULL },
	{ "acl", "update-owner-name", "b.example.com.", "0162076578616d706c6503636f6d00", NULL },
	{ "acl", "update-type", "TXT", "0000000000000010", NULL },
	{ "acl", "key", "xfr", "0378667200", "xfr." },
	{ "policy", "dnssec-jitter", "10%", "400000000000000a", NULL },
	{ "policy", "dnssec-jitter", "1h", "0000000000000e10", "3600" },
	{ "policy", "nsec3-salt-lifetime", "-1", "ffffffffffffffff", NULL },
	{ "policy", "algorithm", "ed25519", "0f", NULL },
	{ "policy", "unsafe-operation", "no-update-expired", "08", NULL },
	{ "policy", "cds-digest-type", "sha384", "04", NULL },
	{ "zone", "module", "mod-whoami", "0a6d6f642d77686f616d69", NULL },
	{ "zone", "module", "mod-stats/s1", "096d6f642d7374617473733100", NULL },
	{ "zone", "master", "pri", "70726900", NULL },
	{ "zone", "master", "", "00", NULL },
	{ "zone", "module", "", "00", NULL },
	{ "zone", "zonefile-load", "difference-no-serial", "03", NULL },
	{ "zone", "zonefile-load", "whole", "02", NULL },
	{ "zone", "serial-policy", "dateserial", "03", NULL },
	{ "zone", "semantic-checks", "false", "00", "off" },
	{ "zone", "zonemd-generate", "remove", "ff", NULL },
	{ "zone", "zone-max-size", "1G", "0000000040000000", "1073741824" },
	{ "zone", "zonefile-sync", "-1", "ffffffffffffffff", NULL },
	{ "database", "timer-db-sync", "never", "ffffffffffffffff", NULL },
	{ "database", "timer-db-sync", "shutdown", "fffffffffffffffe", NULL },
	{ "database", "timer-db-sync", "immediate", "0000000000000000", NULL },
	{ "database", "timer-db-sync", "5m", "000000000000012c", "300" },
	{ "log", "any", "info", "7f", NULL },
	{ "log", "any", "critical", "07", NULL },
	{ "server", "dbus-event", "keys-updated", "20", NULL },
	{ "keystore", "backend", "pkcs11", "02", NULL },
	{ "mod-synthrecord", "type", "reverse", "02", NULL },
	{ "mod-synthrecord", "network", "192.0.2.0/24", "04c0000200010000000000000018", NULL },
};

static const struct conf_item *item_of(const char *section, const char *name)
{
	const struct conf_section *s = conf_section_find(span_of_text(section));
	assert_non_null(s);
	const struct conf_item *item = conf_item_find(s, span_of_text(name));
	assert_non_null(item);
	return item;
}

static struct span unhex(const char *text, uint8_t *ret)
{
	ssize_t n = base16_decode(span_of_text(text), ret);
	assert_true(n >= 0);
	return (struct span){ ret, (size_t)n };
}

static void documented_forms_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct conf_item *item = item_of(cases[i].section, cases[i].item);
		struct buf value = { 0 }, stored = { 0 }, back = { 0 }, text = { 0 };
		uint8_t octets[200];
		struct span wanted = unhex(cases[i].stored, octets);
		assert_int_equal(conf_value_parse(item, span_of_text(cases[i].text), &value), 0);
		conf_binary_put(item, buf_span(&value), &stored);
		if (!span_equal(buf_span(&stored), wanted))
			fail_msg("%s.%s %s is stored otherwise", cases[i].section, cases[i].item,
				cases[i].text);
		assert_int_equal(conf_binary_take(item, wanted, &back), 0);
		assert_true(span_equal(buf_span(&back), buf_span(&value)));
		conf_value_print(item, buf_span(&back), &text);
		buf_text(&text, "");
		assert_string_equal(text.len > 0 ? (const char *)text.data : "",
			cases[i].canonical != NULL ? cases[i].canonical : cases[i].text);
		buf_deinit(&value);
		buf_deinit(&stored);
		buf_deinit(&back);
		buf_deinit(&text);
	}
}

/* section.item, octets that are nothing */
static const struct {
	const char *section, *item, *stored;
} bad[] = {
	{ "server", "rundir", "" },
	{ "server", "rundir", "2f72" },
	{ "server", "rundir", "2f00720000" },
	{ "server", "listen", "04c00002" },
	{ "server", "listen", "04c0000235" },
	{ "server", "listen", "03c000023500000000000014e9" },
	{ "server", "listen", "04c0000235000000000001ffff" },
	{ "server", "listen", "04c000023500000000000014e900" },
	{ "server", "nsid", "0003ff" },
	{ "server", "udp-workers", "00000004" },
	{ "server", "udp-workers", "0000000000001000" },
	{ "server", "automatic-acl", "" },
	{ "server", "automatic-acl", "0101" },
	{ "key", "id", "0378" },
	{ "key", "id", "40787878" },
	{ "key", "algorithm", "63" },
	{ "acl", "address", "04c000020007" },
	{ "acl", "address", "04c0000200010000000000000099" },
	{ "acl", "address", "04c63364010206c6336409" },
	{ "acl", "update-type", "0000000000010000" },
	{ "acl", "update-owner-name", "05777777" },
	{ "acl", "update-owner-name", "0377777700ff" },
	{ "zone", "module", "0a6d6f64" },
	{ "zone", "module", "096d6f642d73746174737331" },
	{ "zone", "zonefile-load", "04" },
	{ "zone", "master", "" },
	{ "database", "timer-db-sync", "fffffffffffffff0" },
};

static void nonsense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf value = { 0 };
		uint8_t octets[200];
		int error = conf_binary_take(
			item_of(bad[i].section, bad[i].item), unhex(bad[i].stored, octets), &value);
		if (error == 0)
			fail_msg("%s.%s %s was taken", bad[i].section, bad[i].item, bad[i].stored);
		buf_deinit(&value);
	}
}

static void every_choice_has_a_number_of_its_own(void **state)
{
	(void)state;
	for (size_t s = 0; s < conf_section_count; s++) {
		for (size_t i = 0; i < conf_sections[s].count; i++) {
			const struct conf_item *item = &conf_sections[s].items[i];
			if (item->type != CONF_OPT && item->type != CONF_OPTINT)
				continue;
			int64_t count = 1;
			for (const char *p = item->choices; *p != '\0'; p++)
				count += *p == '|';
			for (int64_t c = 0; c < count; c++) {
				int64_t number = conf_choice_number(item, c);
				assert_int_equal(conf_choice_of_number(item, number), c);
				assert_true(item->type == CONF_OPTINT ||
					    (number >= 0 && number <= 255));
			}
			assert_int_equal(conf_choice_of_number(item, 1000), -1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documented_forms_there_and_back),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(every_choice_has_a_number_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
