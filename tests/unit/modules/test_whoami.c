/* mod-whoami: the apex tells the client's address, everything else is the zone's. */
#include "../answer/answer_test.h"

#include "modules/module.h"

enum { A = 1, AAAA = 28 };

static const struct {
	const char *claim;
	struct test_query query;
	const char *response;
} rows[] = {
	{ "ipv4_client_gets_its_a", { "example.", A },
		"NOERROR aa\nAN example. 3600 A 192.0.2.99\n" },
	{ "ipv6_client_gets_its_aaaa", { "example.", AAAA, .is_ipv6 = true },
		"NOERROR aa\nAN example. 3600 AAAA ..1\n" },
	{ "ipv6_client_has_no_a", { "example.", A, .is_ipv6 = true },
		"NOERROR aa\nAU example. 300 SOA ns1.example. admin.example. 2024010101\n" },
	{ "other_names_are_the_zones", { "ns2.example.", A },
		"NOERROR aa\nAN ns2.example. 3600 A 192.0.2.2\n" },
	{ "class_any_is_the_zones", { "example.", A, .class_ = 255 },
		"NOERROR aa\nAU example. 300 SOA ns1.example. admin.example. 2024010101\n" },
};

static void apex_tells_the_address(void **state)
{
	const struct module_config config = { .zone_name = (const uint8_t *)"\7example",
		.threads = 1 };
	struct test_server s;
	struct module *module;
	struct answer_plan *plan;
	const char *why;

	(void)state;
	assert_int_equal(module_new(module_type_find("mod-whoami"), &config, &module, &why), 0);
	assert_int_equal(module_plan_new(&module, 1, &plan), 0);
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone")->plan = plan;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].claim);
		assert_string_equal(test_ask(&s, &rows[i].query), rows[i].response);
	}
	test_server_deinit(&s);
	answer_plan_free(plan);
	module_free(module);
}

static void global_scope_is_an_error(void **state)
{
	const struct module_config config = { .threads = 1 };
	struct module *module;
	const char *why;

	(void)state;
	assert_int_equal(
		module_new(module_type_find("mod-whoami"), &config, &module, &why), E_NOTSUP);
	assert_string_equal(why, "out of scope");
	assert_null(module_type_find("mod-nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(apex_tells_the_address),
		cmocka_unit_test(global_scope_is_an_error),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
