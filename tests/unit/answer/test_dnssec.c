/*
 * Answers from signed zones: the same names under NSEC, NSEC3, and NSEC3 with opt-out. Rows give the response without
 * signatures; that each section has those of its RRsets, behind them and in their order, is checked for all.
 */
#include "answer_test.h"

#define SOA_AU "AU example. 300 SOA ns1.example. admin.example. 2024010101\n"
#define OPT    "AD . 32768 OPT 4096\n"

enum {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA = 6,
	TXT = 16,
	AAAA = 28,
	DS = 43,
	RRSIG = 46,
	NSEC = 47,
	DNSKEY = 48,
	SVCB = 64,
	ANY = 255
};

/* Take the RRSIG lines out; they must follow what they cover in the same section. Returns their number. */
static unsigned signatures_take(char *text)
{
	char kept[70000] = "", covered[100][300] = { "" }, section[4] = "";
	unsigned total = 0, rrsets = 0, next = 0;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char owner[256], type[32], what[32];
		unsigned ttl;
		if (strncmp(line, section, 2) != 0) {
			memcpy(section, line, 2);
			rrsets = next = 0;
		}
		if (sscanf(line, "%*s %255s %u %31s %31s", owner, &ttl, type, what) != 4)
			strcpy(what, "");
		if (strcmp(type, "RRSIG") == 0 && strchr(what, '.') == NULL && line[0] == 'A') {
			char key[300];
			snprintf(key, sizeof(key), "%s %s", owner, what);
			/* Unsigned RRsets (a cut's NS, synthesized CNAMEs) are stepped over. */
			while (next < rrsets && strcasecmp(covered[next], key) != 0)
				next++;
			assert_true(next < rrsets);
			total++;
			continue;
		}
		if (line[0] == 'A' && strcmp(type, "OPT") != 0) {
			assert_true(next == 0); /* signatures are at the end */
			snprintf(covered[rrsets], sizeof(covered[0]), "%s %s", owner, type);
			if (rrsets == 0 || strcasecmp(covered[rrsets], covered[rrsets - 1]) != 0)
				rrsets++;
		}
		strcat(kept, line);
		strcat(kept, "\n");
	}
	strcpy(text, kept);
	return total;
}

struct row {
	const char *claim;
	struct test_query query;
	const char *response;
	unsigned signatures;
};

#define DO(name, type)                                     \
	{                                                  \
		name, type, .is_do = true, .payload = 4096 \
	}

static const struct row nsec_rows[] = {
	{ "positive_answer_is_signed", DO("ns1.example.", A),
		"NOERROR aa\nAN ns1.example. 3600 A 192.0.2.1\n" OPT, 1 },
	{ "additional_data_is_signed", DO("example.", NS),
		"NOERROR aa\nAN example. 3600 NS ns1.example.\nAD ns1.example. 3600 A "
		"192.0.2.1\n" OPT,
		2 },
	{ "without_do_nothing_is_signed", { "ns1.example.", A, .is_edns = true },
		"NOERROR aa\nAN ns1.example. 3600 A 192.0.2.1\nAD . 0 OPT 4096\n", 0 },
	{ "nxdomain_proves_name_and_wildcard", DO("nothere.example.", A),
		"NXDOMAIN aa\n" SOA_AU "AU mail.example. 300 NSEC ns1.example.\n"
		"AU example. 300 NSEC alias.example.\n" OPT,
		3 },
	{ "one_nsec_for_both_is_given_once", DO("aa.example.", A),
		"NXDOMAIN aa\n" SOA_AU "AU example. 300 NSEC alias.example.\n" OPT, 2 },
	{ "nodata_has_the_nsec_of_the_name", DO("ns1.example.", AAAA),
		"NOERROR aa\n" SOA_AU "AU ns1.example. 300 NSEC island.optent.example.\n" OPT, 2 },
	{ "empty_non_terminal_has_the_preceding_nsec", DO("ent.example.", A),
		"NOERROR aa\n" SOA_AU "AU dname.example. 300 NSEC deep.ent.example.\n" OPT, 2 },
	{ "wildcard_proves_that_nothing_is_closer", DO("x.wild.example.", A),
		"NOERROR aa\nAN x.wild.example. 3600 A 192.0.2.20\n"
		"AU *.wild.example. 300 NSEC *.wildc.example.\n" OPT,
		2 },
	{ "wildcard_itself_needs_no_proof", DO("*.wild.example.", A),
		"NOERROR aa\nAN *.wild.example. 3600 A 192.0.2.20\n" OPT, 1 },
	{ "wildcard_nodata_has_its_nsec", DO("x.wild.example.", TXT),
		"NOERROR aa\n" SOA_AU "AU *.wild.example. 300 NSEC *.wildc.example.\n" OPT, 2 },
	{ "wildcards_of_a_chain_are_all_proven", DO("wildchain.example.", A),
		"NOERROR aa\nAN wildchain.example. 3600 CNAME y.wildc.example.\n"
		"AN y.wildc.example. 3600 CNAME z.wild.example.\nAN z.wild.example. 3600 A "
		"192.0.2.20\n"
		"AU *.wildc.example. 300 NSEC wildchain.example.\nAU *.wild.example. 300 NSEC "
		"*.wildc.example.\n" OPT,
		5 },
	{ "synthesized_cname_isnt_signed", DO("a.dname.example.", A),
		"NOERROR aa\nAN dname.example. 3600 DNAME target.example.\n"
		"AN a.dname.example. 3600 CNAME a.target.example.\nAN a.target.example. 3600 A "
		"192.0.2.12\n" OPT,
		2 },
	{ "secure_referral_has_the_ds", DO("x.secure.example.", A),
		"NOERROR\nAU secure.example. 3600 NS ns1.example.\nAU secure.example. 3600 DS\n"
		"AD ns1.example. 3600 A 192.0.2.1\n" OPT,
		2 },
	{ "insecure_referral_has_the_nsec", DO("x.insecure.example.", A),
		"NOERROR\nAU insecure.example. 3600 NS ns1.insecure.example.\n"
		"AU insecure.example. 300 NSEC mail.example.\nAD ns1.insecure.example. 3600 A "
		"192.0.2.30\n" OPT,
		1 },
	{ "no_ds_is_proven", DO("insecure.example.", DS),
		"NOERROR aa\n" SOA_AU "AU insecure.example. 300 NSEC mail.example.\n" OPT, 2 },
	{ "nsec_can_be_asked_for", DO("ns1.example.", NSEC),
		"NOERROR aa\nAN ns1.example. 300 NSEC island.optent.example.\n" OPT, 1 },
	{ "missing_svcb_target_types_are_proven", DO("svc.example.", SVCB),
		"NOERROR aa\nAN svc.example. 3600 SVCB\nAD mail.example. 3600 A 192.0.2.3\n"
		"AD mail.example. 3600 AAAA ..3\nAD mail.example. 300 NSEC ns1.example.\n" OPT,
		4 },
};

static const struct row optout_rows[] = {
	{ "opted_out_referral_has_the_encloser_proof", DO("x.insecure.example.", A),
		"NOERROR\nAU insecure.example. 3600 NS ns1.insecure.example.\nAU * 300 NSEC3\n"
		"AU * 300 NSEC3\nAD ns1.insecure.example. 3600 A 192.0.2.30\n" OPT,
		2 },
	{ "no_ds_of_an_opted_out_cut_has_the_encloser_proof", DO("insecure.example.", DS),
		"NOERROR aa\n" SOA_AU "AU * 300 NSEC3\nAU * 300 NSEC3\n" OPT, 3 },
	{ "opted_out_empty_non_terminal_has_the_encloser_proof", DO("optent.example.", A),
		"NOERROR aa\n" SOA_AU "AU * 300 NSEC3\nAU * 300 NSEC3\n" OPT, 3 },
	{ "below_it_the_encloser_is_the_provable_one", DO("x.optent.example.", A),
		"NXDOMAIN aa\n" SOA_AU "AU * 300 NSEC3\nAU * 300 NSEC3\nAU * 300 NSEC3\n" OPT, 4 },
};

static const struct row nsec3_rows[] = {
	{ "nxdomain_has_three_nsec3", DO("nothere.example.", A),
		"NXDOMAIN aa\n" SOA_AU "AU * 300 NSEC3\nAU * 300 NSEC3\nAU * 300 NSEC3\n" OPT, 4 },
	{ "nodata_has_the_nsec3_of_the_name", DO("ns1.example.", AAAA),
		"NOERROR aa\n" SOA_AU "AU * 300 NSEC3\n" OPT, 2 },
	{ "empty_non_terminal_has_its_nsec3", DO("ent.example.", A),
		"NOERROR aa\n" SOA_AU "AU * 300 NSEC3\n" OPT, 2 },
	{ "wildcard_covers_the_next_closer_name", DO("x.wild.example.", A),
		"NOERROR aa\nAN x.wild.example. 3600 A 192.0.2.20\nAU * 300 NSEC3\n" OPT, 2 },
	{ "wildcard_nodata_has_three", DO("x.wild.example.", TXT),
		"NOERROR aa\n" SOA_AU "AU * 300 NSEC3\nAU * 300 NSEC3\nAU * 300 NSEC3\n" OPT, 4 },
	{ "secure_referral_has_the_ds_alone", DO("x.secure.example.", A),
		"NOERROR\nAU secure.example. 3600 NS ns1.example.\nAU secure.example. 3600 DS\n"
		"AD ns1.example. 3600 A 192.0.2.1\n" OPT,
		2 },
	{ "insecure_referral_has_the_nsec3", DO("x.insecure.example.", A),
		"NOERROR\nAU insecure.example. 3600 NS ns1.insecure.example.\nAU * 300 NSEC3\n"
		"AD ns1.insecure.example. 3600 A 192.0.2.30\n" OPT,
		1 },
	{ "nsec3_owner_doesnt_exist_as_a_name", { "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.", A },
		"NXDOMAIN aa\n" SOA_AU, 0 },
};

/* NSEC3 owners are hashes: "*" in the expected text. */
static void hashes_hide(char *text)
{
	for (char *p = text; (p = strstr(p, "AU ")) != NULL; p += 3) {
		char *end = strchr(p + 3, '.');
		if (end - p - 3 == 32) {
			memmove(p + 4, strchr(p + 3, ' '), strlen(strchr(p + 3, ' ')) + 1);
			p[3] = '*';
		}
	}
}

static void ask_rows(const char *file, const struct row *rows, size_t count)
{
	static char text[70000];
	struct test_server s;
	unsigned failed = 0;

	test_server_init(&s);
	test_server_add(&s, "example.", file);
	s.view.settings.payload_ipv4 = s.view.settings.payload_ipv6 = 4096;
	for (size_t i = 0; i < count; i++) {
		struct test_query q = rows[i].query;
		strcpy(text, test_ask(&s, &q));
		unsigned signatures = signatures_take(text);
		hashes_hide(text);
		if (strcmp(text, rows[i].response) != 0 || signatures != rows[i].signatures) {
			print_error("%s: %u signatures\n%s---- expected %u\n%s", rows[i].claim,
				signatures, text, rows[i].signatures, rows[i].response);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
	test_server_deinit(&s);
}

static void nsec_zone_is_answered_with_proofs(void **state)
{
	(void)state;
	ask_rows("nsec.zone", nsec_rows, ARRAY_LEN(nsec_rows));
}

static void nsec3_zone_is_answered_with_proofs(void **state)
{
	(void)state;
	ask_rows("nsec3.zone", nsec3_rows, ARRAY_LEN(nsec3_rows));
}

static void optout_zone_is_answered_with_proofs(void **state)
{
	(void)state;
	ask_rows("optout.zone", optout_rows, ARRAY_LEN(optout_rows));
}

/* Mandatory parts over UDP: whatever the limit, an RRset is whole or not there, and TC tells that one is missing. */
static void responses_that_dont_fit_are_truncated(void **state)
{
	struct test_server s;
	char whole[4096];

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "nsec3.zone");
	s.view.settings.payload_ipv4 = 4096;
	struct test_query q = DO("nothere.example.", A);
	strcpy(whole, test_ask(&s, &q));
	for (q.payload = 512; q.payload < 1200; q.payload++) {
		const char *text = test_ask(&s, &q);
		assert_int_equal(strstr(text, " tc\n") == NULL, strcmp(text, whole) == 0);
	}
	test_server_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nsec_zone_is_answered_with_proofs),
		cmocka_unit_test(nsec3_zone_is_answered_with_proofs),
		cmocka_unit_test(optout_zone_is_answered_with_proofs),
		cmocka_unit_test(responses_that_dont_fit_are_truncated),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
