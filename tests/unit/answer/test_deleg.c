/*
 * Answers about delegations by DELEG: to clients that know it (the OPT's DE bit) from zones that do, and to others.
 */
#include "answer_test.h"

enum { A = 1, DS = 43, ANY = 255, DELEG = 61440 };

#define SOA_AU              "AU example. 300 SOA ns1.example. admin.example. 1\n"
#define PLAIN               "AD . 0 OPT 1232\n"
#define DO                  "AD . 32768 OPT 1232\n"
#define DE                  "AD . 8192 OPT 1232\n"
#define DO_DE               "AD . 40960 OPT 1232\n"
#define NSEC_OF(name, next) "AU " name " 300 NSEC " next "\n"

struct row {
	const char *claim;
	const char *name;
	uint16_t type;
	bool is_do, is_de;
	const char *response;
};

static const struct row rows[] = {
	{ "who knows DELEG is referred by it", "www.both.example.", A, false, true,
		"NOERROR\nAU both.example. 3600 DELEG\n" DE },
	{ "with DS and the signatures", "www.both.example.", A, true, true,
		"NOERROR\nAU both.example. 3600 DELEG\nAU both.example. 3600 DS\n"
		"AU both.example. 3600 RRSIG DELEG 2\nAU both.example. 3600 RRSIG DS 2\n" DO_DE },
	{ "at the name too, for any type of the child", "only.example.", A, false, true,
		"NOERROR\nAU only.example. 3600 DELEG\n" DE },
	{ "and with a proof that there's no DS", "host.only.example.", A, true, true,
		"NOERROR\nAU only.example. 3600 DELEG\n" NSEC_OF(
			"only.example.", "example.") "AU only.example. 3600 RRSIG DELEG 2\nAU "
						     "only.example. 300 RRSIG NSEC 2\n" DO_DE },
	{ "DELEG itself is the parent's", "only.example.", DELEG, false, true,
		"NOERROR aa\nAN only.example. 3600 DELEG\n" DE },
	{ "where there is an NS as well", "both.example.", DELEG, true, true,
		"NOERROR aa\nAN both.example. 3600 DELEG\nAN both.example. 3600 RRSIG DELEG "
		"2\n" DO_DE },
	{ "and so is DS", "both.example.", DS, false, true,
		"NOERROR aa\nAN both.example. 3600 DS\n" DE },
	{ "a delegation by NS alone stays one", "www.old.example.", A, false, true,
		"NOERROR\nAU old.example. 3600 NS ns.old.example.\nAD ns.old.example. 3600 A "
		"192.0.2.3\n" DE },
	{ "with a proof that there's no DELEG", "www.old.example.", A, true, true,
		"NOERROR\nAU old.example. 3600 NS ns.old.example.\nAU old.example. 3600 "
		"DS\n" NSEC_OF("old.example.",
			"only.example.") "AU old.example. 3600 RRSIG DS 2\nAU old.example. 300 "
					 "RRSIG NSEC 2\n"
					 "AD ns.old.example. 3600 A 192.0.2.3\n" DO_DE },
	{ "and no DELEG where it is asked for", "old.example.", DELEG, false, true,
		"NOERROR aa\n" SOA_AU DE },
	{ "others are referred by NS", "www.both.example.", A, false, false,
		"NOERROR\nAU both.example. 3600 NS ns.both.example.\nAD ns.both.example. 3600 A "
		"192.0.2.2\n" PLAIN },
	{ "whatever they ask for", "both.example.", DELEG, true, false,
		"NOERROR\nAU both.example. 3600 NS ns.both.example.\nAU both.example. 3600 DS\n"
		"AU both.example. 3600 RRSIG DS 2\nAD ns.both.example. 3600 A 192.0.2.2\n" DO },
	{ "a name with DELEG alone has nothing for them", "only.example.", A, true, false,
		"NOERROR aa\n" SOA_AU NSEC_OF(
			"only.example.", "example.") "AU example. 300 RRSIG SOA 1\nAU "
						     "only.example. 300 RRSIG NSEC 2\n" DO },
	{ "not even by ANY", "only.example.", ANY, false, false, "NOERROR aa\n" SOA_AU PLAIN },
	{ "but DELEG", "only.example.", DELEG, false, false,
		"NOERROR aa\nAN only.example. 3600 DELEG\n" PLAIN },
	{ "and DS, if there were one", "only.example.", DS, false, false,
		"NOERROR aa\n" SOA_AU PLAIN },
	{ "and below it there is nothing", "host.only.example.", A, false, false,
		"NXDOMAIN aa\n" SOA_AU PLAIN },
	{ "which is proven", "host.only.example.", A, true, false,
		"NXDOMAIN aa\n" SOA_AU NSEC_OF(
			"only.example.", "example.") "AU example. 300 RRSIG SOA 1\nAU "
						     "only.example. 300 RRSIG NSEC 2\n" DO },
	{ "other names are as ever", "ns1.example.", A, false, true,
		"NOERROR aa\nAN ns1.example. 3600 A 192.0.2.1\n" DE },
};

static void check(struct test_server *s, const struct row *row)
{
	const struct test_query q = { .name = row->name,
		.type = row->type,
		.is_edns = true,
		.is_do = row->is_do,
		.is_de = row->is_de };
	const char *response = test_ask(s, &q);

	if (strcmp(response, row->response) != 0)
		fail_msg("%s:\n%s\nnot\n%s", row->claim, response, row->response);
}

static void zone_with_an_adt_key(void **state)
{
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "deleg.zone");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&s, &rows[i]);
	test_server_deinit(&s);
}

/* deleg-aware: off: the DE bit is neither heeded nor sent back. */
static void zone_that_is_not_aware(void **state)
{
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "deleg.zone")->traits.deleg_aware = ZONE_DELEG_OFF;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct row row = rows[i];
		if (row.is_de)
			continue;
		row.is_de = true;
		check(&s, &row);
	}
	test_server_deinit(&s);
}

/* Without a key that tells so, a zone is aware if it is configured so. */
static void plain_zone_is_aware_if_told(void **state)
{
	const struct test_query q = { .name = "mail.example.", .type = A, .is_de = true };
	struct test_server s;

	(void)state;
	test_server_init(&s);
	struct answer_zone *zone = test_server_add(&s, "example.", "nsec.zone");
	assert_non_null(strstr(test_ask(&s, &q), "AD . 0 OPT"));
	zone->traits.deleg_aware = ZONE_DELEG_ON;
	assert_non_null(strstr(test_ask(&s, &q), "AD . 8192 OPT"));
	test_server_deinit(&s);
}

/* The child's zone is served as well: DELEG comes from the parent for who knows it, and is the child's for others. */
static void deleg_is_asked_of_the_parent(void **state)
{
	struct test_server s;
	struct test_query q = { .name = "example.", .type = DELEG, .is_de = true };

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "deleg.zone");
	test_server_add(&s, "only.example.", NULL); /* not loaded */
	q.name = "only.example.";
	assert_string_equal(test_ask(&s, &q), "NOERROR aa\nAN only.example. 3600 DELEG\n" DE);
	q.is_de = false;
	assert_non_null(strstr(test_ask(&s, &q), "SERVFAIL"));
	test_server_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zone_with_an_adt_key),
		cmocka_unit_test(zone_that_is_not_aware),
		cmocka_unit_test(plain_zone_is_aware_if_told),
		cmocka_unit_test(deleg_is_asked_of_the_parent),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
