/* mod-stats: what each counter counts, item by item, and the names of items. */
#include "../answer/answer_test.h"

#include "modules/module.h"
#include "modules/types.h"

enum { A = 1, SOA = 6, AAAA = 28, AXFR = 252 };

static const char *const switches[] = { "request-protocol", "server-operation", "request-bytes",
	"response-bytes", "edns-presence", "flag-presence", "response-code", "request-edns-option",
	"response-edns-option", "reply-nodata", "query-type", "query-size", "reply-size" };

/* All counters switched on or off. */
static struct module *stats_new(const char *value, unsigned threads)
{
	struct module_item items[ARRAY_LEN(switches)];
	const struct span text = span_of_text(value);
	struct module *module;
	const char *why;

	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		items[i] = (struct module_item){ switches[i], &text, 1 };
	const struct module_config config = {
		.items = items, .item_count = ARRAY_LEN(items), .threads = threads
	};
	assert_int_equal(module_new(module_type_find("mod-stats"), &config, &module, &why), 0);
	return module;
}

/* The value of "counter[item]"; -1 if there's none. */
static long long value_of(const struct module *module, const char *name)
{
	for (size_t c = 0; c < module->counter_count; c++) {
		for (unsigned i = 0; i < module->counters[c].size; i++) {
			char item[MODULE_ITEM_NAME_SIZE], text[128];
			module->counters[c].item_name(i, item);
			snprintf(text, sizeof(text), "%s[%s]", module->counters[c].name, item);
			if (strcmp(text, name) == 0)
				return (long long)module_counter_read(module, c, i);
		}
	}
	return -1;
}

struct row {
	struct test_query query;
	const char *counted[8];
};

static const struct row rows[] = {
	{ { "example.", SOA },
		{ "request-protocol[udp4]", "server-operation[query]", "response-code[NOERROR]",
			"query-type[SOA]", "query-size[16-31]", "reply-size[64-79]" } },
	{ { "example.", SOA, .is_tcp = true, .is_ipv6 = true }, { "request-protocol[tcp6]" } },
	{ { "ns2.example.", AAAA }, { "reply-nodata[AAAA]", "query-type[AAAA]" } },
	{ { "ns2.example.", 99 }, { "reply-nodata[other]", "query-type[SPF]" } },
	{ { "ns2.example.", 11 }, { "query-type[TYPE11]" } },
	{ { "ns2.example.", 1000 }, { "query-type[other]" } },
	{ { "nothere.example.", A }, { "response-code[NXDOMAIN]" } },
	{ { "elsewhere.net.", A }, { "response-code[REFUSED]" } },
	{ { "example.", SOA, .version = 3 },
		{ "response-code[BADVERS]", "edns-presence[request]", "edns-presence[response]" } },
	{ { "example.", SOA, .is_do = true }, { "flag-presence[DO]" } },
	{ { "big.example.", 16 }, { "flag-presence[TC]" } },
	{ { "example.", SOA, .options = "0003000000050000fde90000" },
		{ "request-edns-option[NSID]", "request-edns-option[DAU]",
			"request-edns-option[other]", "response-edns-option[NSID]" } },
	{ { "elsewhere.net.", A, .is_edns = true }, { "response-edns-option[CODE15]" } },
	{ { "example.", SOA, .opcode = 4 }, { "server-operation[notify]" } },
	{ { "example.", SOA, .opcode = 5 }, { "server-operation[update]" } },
	{ { "example.", AXFR }, { "server-operation[axfr]" } },
	{ { "example.", SOA, .opcode = 2 },
		{ "server-operation[invalid]", "response-code[NOTIMPL]" } },
};

static void requests_are_counted(void **state)
{
	struct test_server s;
	struct answer_plan *plan;
	struct module *module = stats_new("on", 3);

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	assert_int_equal(module_plan_new(&module, 1, &plan), 0);
	s.view.settings.plan = plan;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		long long before[8];
		for (size_t c = 0; c < 8 && rows[i].counted[c] != NULL; c++)
			before[c] = value_of(module, rows[i].counted[c]);
		test_ask(&s, &rows[i].query);
		for (size_t c = 0; c < 8 && rows[i].counted[c] != NULL; c++) {
			print_message("%s %s\n", rows[i].query.name, rows[i].counted[c]);
			assert_true(before[c] >= 0);
			assert_int_equal(value_of(module, rows[i].counted[c]), before[c] + 1);
		}
	}
	answer_plan_free(plan);
	module_free(module);
	test_server_deinit(&s);
}

static void octets_are_counted(void **state)
{
	struct test_server s;
	struct answer_plan *plan;
	struct module *module = stats_new("on", 1);

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	assert_int_equal(module_plan_new(&module, 1, &plan), 0);
	s.view.settings.plan = plan;
	test_ask(&s, &(struct test_query){ "nothere.elsewhere.", A });
	assert_int_equal(value_of(module, "request-bytes[query]"), 12 + 19 + 4);
	assert_int_equal(value_of(module, "response-bytes[reply]"), 12 + 19 + 4);
	test_ask(&s, &(struct test_query){ "example.", AXFR });
	assert_int_equal(value_of(module, "request-bytes[other]"), 12 + 9 + 4);
	assert_int_equal(value_of(module, "response-bytes[transfer]"), 12 + 9 + 4);
	answer_plan_free(plan);
	module_free(module);
	test_server_deinit(&s);
}

static void items_have_their_documented_names(void **state)
{
	static const char *const names[] = { "request-protocol[quic6-xdp]", "request-bytes[other]",
		"response-bytes[other]", "response-code[BADSIG]", "response-code[BADCOOKIE]",
		"response-code[other]", "request-edns-option[EDNS-CLIENT-SUBNET]",
		"request-edns-option[CODE19]", "reply-nodata[A]", "query-type[HTTPS]",
		"query-type[TYPE58]", "query-type[LP]", "query-type[EUI64]", "query-type[TYPE110]",
		"query-type[ANY]", "query-type[CAA]", "query-type[TYPE260]", "query-size[0-15]",
		"query-size[272-287]", "query-size[288-65535]", "reply-size[4080-4095]",
		"reply-size[4096-65535]" };
	struct module *module = stats_new("on", 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		print_message("%s\n", names[i]);
		assert_int_equal(value_of(module, names[i]), 0);
	}
	module_free(module);
}

static void switches_leave_counters_out(void **state)
{
	struct module *module = stats_new("off", 1);

	(void)state;
	assert_int_equal(module->counter_count, 0);
	module_free(module);

	const struct module_config config = { .threads = 1 };
	const char *why;
	assert_int_equal(module_new(&module_stats, &config, &module, &why), 0);
	assert_int_equal(module->counter_count, 5); /* those that are on by default */
	assert_int_equal(value_of(module, "query-type[A]"), -1);
	module_free(module);
}

static void bad_switch_is_an_error(void **state)
{
	const struct span text = span_of_text("maybe");
	const struct module_item item = { "query-type", &text, 1 };
	const struct module_config config = { .items = &item, .item_count = 1, .threads = 1 };
	struct module *module;
	const char *why;

	(void)state;
	assert_int_equal(module_new(&module_stats, &config, &module, &why), E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_counted),
		cmocka_unit_test(octets_are_counted),
		cmocka_unit_test(items_have_their_documented_names),
		cmocka_unit_test(switches_leave_counters_out),
		cmocka_unit_test(bad_switch_is_an_error),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
