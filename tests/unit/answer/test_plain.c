/*
 * Answers from an unsigned zone, whole responses as text: status and flags, then the records. What follows the section's
 * name is owner, TTL, type, rdata.
 */
#include "answer_test.h"

#define SOA "AU example. 300 SOA ns1.example. admin.example. 2024010101\n"
#define NS1 "AD ns1.example. 3600 A 192.0.2.1\nAD ns1.example. 3600 AAAA ..1\n"
#define SUB                                                                                     \
	"AU sub.example. 3600 NS ns.elsewhere.net.\nAU sub.example. 3600 NS ns1.sub.example.\n" \
	"AU sub.example. 3600 NS ns2.example.\nAD ns1.sub.example. 3600 A 192.0.2.30\n"         \
	"AD ns1.sub.example. 3600 AAAA ..30\nAD ns2.example. 3600 A 192.0.2.2\n"

enum {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA_ = 6,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	SRV = 33,
	DNAME = 39,
	DS = 43,
	SVCB = 64,
	HTTPS = 65,
	AXFR = 252,
	IXFR = 251,
	ANY = 255,
	RRSIG = 46
};

struct row {
	const char *claim;
	struct test_query query;
	const char *response;
};

static const struct row rows[] = {
	/* Positive */
	{ "rrset_of_qtype_is_answered", { "ns1.example.", A },
		"NOERROR aa\nAN ns1.example. 3600 A 192.0.2.1\n" },
	{ "rdatas_are_in_canonical_order", { "multi.example.", A },
		"NOERROR aa\nAN multi.example. 600 A 192.0.2.8\nAN multi.example. 600 A 192.0.2.9\n"
		"AN multi.example. 600 A 192.0.2.10\n" },
	{ "letters_of_the_client_come_back", { "mIxEd.eXample.", A },
		"NOERROR aa\nAN mIxEd.eXample. 3600 A 192.0.2.4\n" },
	{ "apex_ns_has_addresses", { "example.", NS },
		"NOERROR aa\nAN example. 3600 NS ns1.example.\nAN example. 3600 NS "
		"ns2.example.\n" NS1 "AD ns2.example. 3600 A 192.0.2.2\n" },
	{ "mx_targets_in_the_zone_have_addresses", { "example.", MX },
		"NOERROR aa\nAN example. 3600 MX 10 mail.example.\nAN example. 3600 MX 20 "
		"mail.elsewhere.net.\n"
		"AD mail.example. 3600 A 192.0.2.3\n" },
	{ "srv_targets_have_addresses", { "srv.example.", SRV },
		"NOERROR aa\nAN srv.example. 3600 SRV\nAN srv.example. 3600 SRV\nAN srv.example. "
		"3600 SRV\n" NS1 "AD other.wild.example. 3600 A 192.0.2.20\n" },
	{ "svcb_targets_have_addresses_and_svcb", { "svc.example.", SVCB },
		"NOERROR aa\nAN svc.example. 3600 SVCB\nAN svc.example. 3600 SVCB\n"
		"AD Ns1.Example. 3600 A 192.0.2.1\nAD Ns1.Example. 3600 AAAA ..1\nAD svc2.example. "
		"3600 A 192.0.2.40\n"
		"AD svc2.example. 3600 SVCB\n" },
	{ "https_alias_target_has_addresses", { "web.example.", HTTPS },
		"NOERROR aa\nAN web.example. 3600 HTTPS\nAD svc2.example. 3600 A 192.0.2.40\n" },
	{ "any_gives_the_lowest_type", { "ns1.example.", ANY },
		"NOERROR aa\nAN ns1.example. 3600 A 192.0.2.1\n" },
	{ "any_at_the_apex_gives_ns", { "example.", ANY },
		"NOERROR aa\nAN example. 3600 NS ns1.example.\nAN example. 3600 NS "
		"ns2.example.\n" NS1 "AD ns2.example. 3600 A 192.0.2.2\n" },
	{ "any_at_an_alias_doesnt_follow", { "alias.example.", ANY },
		"NOERROR aa\nAN alias.example. 3600 CNAME ns1.example.\n" },
	{ "class_any_is_answered_as_in", { "ns2.example.", A, .class_ = 255 },
		"NOERROR aa\nAN ns2.example. 3600 A 192.0.2.2\n" },

	/* Negative */
	{ "missing_type_is_nodata", { "ns2.example.", AAAA }, "NOERROR aa\n" SOA },
	{ "missing_name_is_nxdomain", { "nothere.example.", A }, "NXDOMAIN aa\n" SOA },
	{ "name_below_a_leaf_is_nxdomain", { "x.ns1.example.", A }, "NXDOMAIN aa\n" SOA },
	{ "empty_non_terminal_is_nodata", { "ent.example.", A }, "NOERROR aa\n" SOA },
	{ "rrsig_in_an_unsigned_zone_is_nodata", { "ns1.example.", RRSIG }, "NOERROR aa\n" SOA },
	{ "ds_at_the_apex_of_the_only_zone_is_nodata", { "example.", DS }, "NOERROR aa\n" SOA },
	{ "do_in_an_unsigned_zone_changes_nothing", { "nothere.example.", A, .is_do = true },
		"NXDOMAIN aa\n" SOA "AD . 32768 OPT 1232\n" },

	/* Aliases */
	{ "cname_is_followed", { "alias.example.", A },
		"NOERROR aa\nAN alias.example. 3600 CNAME ns1.example.\nAN ns1.example. 3600 A "
		"192.0.2.1\n" },
	{ "cname_asked_for_isnt_followed", { "alias.example.", CNAME },
		"NOERROR aa\nAN alias.example. 3600 CNAME ns1.example.\n" },
	{ "cname_out_of_the_zone_is_the_answer", { "aliasout.example.", A },
		"NOERROR aa\nAN aliasout.example. 3600 CNAME www.elsewhere.net.\n" },
	{ "dangling_cname_is_nxdomain", { "dangling.example.", A },
		"NXDOMAIN aa\nAN dangling.example. 3600 CNAME nothere.example.\n" SOA },
	{ "cname_to_missing_type_is_nodata", { "tonodata.example.", AAAA },
		"NOERROR aa\nAN tonodata.example. 3600 CNAME mail.example.\n" SOA },
	{ "cname_to_a_delegation_is_a_referral_with_aa", { "tosub.example.", A },
		"NOERROR aa\nAN tosub.example. 3600 CNAME www.sub.example.\n" SUB },
	{ "cname_to_itself_ends", { "loop.example.", A },
		"NOERROR aa\nAN loop.example. 3600 CNAME loop.example.\n" },
	{ "cname_loop_ends", { "loopa.example.", A },
		"NOERROR aa\nAN loopa.example. 3600 CNAME loopb.example.\nAN loopb.example. 3600 "
		"CNAME loopa.example.\n" },
	{ "five_aliases_are_followed", { "c2.example.", A },
		"NOERROR aa\nAN c2.example. 3600 CNAME c3.example.\nAN c3.example. 3600 CNAME "
		"c4.example.\n"
		"AN c4.example. 3600 CNAME c5.example.\nAN c5.example. 3600 CNAME c6.example.\n"
		"AN c6.example. 3600 CNAME c7.example.\nAN c7.example. 3600 A 192.0.2.7\n" },
	{ "the_sixth_alias_isnt_given", { "c1.example.", A },
		"NOERROR aa\nAN c1.example. 3600 CNAME c2.example.\nAN c2.example. 3600 CNAME "
		"c3.example.\n"
		"AN c3.example. 3600 CNAME c4.example.\nAN c4.example. 3600 CNAME c5.example.\n"
		"AN c5.example. 3600 CNAME c6.example.\n" },

	/* DNAME */
	{ "name_below_dname_is_redirected", { "a.dname.example.", A },
		"NOERROR aa\nAN dname.example. 3600 DNAME target.example.\n"
		"AN a.dname.example. 3600 CNAME a.target.example.\nAN a.target.example. 3600 A "
		"192.0.2.12\n" },
	{ "dname_owner_is_an_ordinary_name", { "dname.example.", A },
		"NOERROR aa\nAN dname.example. 3600 A 192.0.2.11\n" },
	{ "dname_owner_without_the_type_is_nodata", { "dname.example.", AAAA },
		"NOERROR aa\n" SOA },
	{ "dname_to_a_missing_name_is_nxdomain", { "b.dname.example.", A },
		"NXDOMAIN aa\nAN dname.example. 3600 DNAME target.example.\n"
		"AN b.dname.example. 3600 CNAME b.target.example.\n" SOA },
	{ "synthesized_cname_is_the_answer_to_cname", { "b.dname.example.", CNAME },
		"NOERROR aa\nAN dname.example. 3600 DNAME target.example.\n"
		"AN b.dname.example. 3600 CNAME b.target.example.\n" },
	{ "dname_out_of_the_zone_ends_there", { "x.dnameout.example.", A },
		"NOERROR aa\nAN dnameout.example. 3600 DNAME elsewhere.net.\n"
		"AN x.dnameout.example. 3600 CNAME x.elsewhere.net.\n" },
	{ "dname_that_gets_too_long_is_yxdomain",
		{ "dddddddddddddddddddddddddddddddddddddddd.eeeeeeeeeeeeeeeeeeeeeeeeeeeee.toolong."
		  "example.",
			A },
		"YXDOMAIN aa\nAN toolong.example. 3600 DNAME "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
		"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.long.example.\n" },

	/* Wildcards */
	{ "wildcard_is_expanded", { "x.wild.example.", A },
		"NOERROR aa\nAN x.wild.example. 3600 A 192.0.2.20\n" },
	{ "wildcard_covers_many_labels", { "x.y.z.wild.example.", A },
		"NOERROR aa\nAN x.y.z.wild.example. 3600 A 192.0.2.20\n" },
	{ "wildcard_itself_is_a_name", { "*.wild.example.", A },
		"NOERROR aa\nAN *.wild.example. 3600 A 192.0.2.20\n" },
	{ "wildcard_without_the_type_is_nodata", { "x.wild.example.", TXT }, "NOERROR aa\n" SOA },
	{ "existing_name_blocks_the_wildcard", { "here.wild.example.", A }, "NOERROR aa\n" SOA },
	{ "name_below_an_existing_one_isnt_covered", { "x.here.wild.example.", A },
		"NXDOMAIN aa\n" SOA },
	{ "wildcard_mx_has_additional_data", { "x.wild.example.", MX },
		"NOERROR aa\nAN x.wild.example. 3600 MX 5 mail.example.\nAD mail.example. 3600 A "
		"192.0.2.3\n" },
	{ "targets_covered_by_one_wildcard_all_have_addresses", { "twowild.example.", MX },
		"NOERROR aa\nAN twowild.example. 3600 MX 1 a.wild.example.\n"
		"AN twowild.example. 3600 MX 2 b.wild.example.\nAD a.wild.example. 3600 A "
		"192.0.2.20\n"
		"AD b.wild.example. 3600 A 192.0.2.20\n" },
	{ "wildcard_cname_is_followed", { "x.wildc.example.", A },
		"NOERROR aa\nAN x.wildc.example. 3600 CNAME mail.example.\nAN mail.example. 3600 A "
		"192.0.2.3\n" },
	{ "alias_to_a_wildcard_is_expanded", { "towild.example.", A },
		"NOERROR aa\nAN towild.example. 3600 CNAME x.wild.example.\nAN x.wild.example. "
		"3600 A 192.0.2.20\n" },
	{ "wildcard_that_leads_to_itself_ends", { "x.wildloop.example.", A },
		"NOERROR aa\nAN x.wildloop.example. 3600 CNAME again.wildloop.example.\n"
		"AN again.wildloop.example. 3600 CNAME again.wildloop.example.\n" },

	{ "wildcard_that_is_an_empty_non_terminal_gives_nodata", { "x.went.example.", A },
		"NOERROR aa\n" SOA },
	{ "its_children_arent_expanded", { "below.x.went.example.", A }, "NOERROR aa\n" SOA },

	/* Delegations */
	{ "name_below_a_cut_is_a_referral_with_glue", { "www.sub.example.", A }, "NOERROR\n" SUB },
	{ "cut_itself_is_a_referral", { "sibling.example.", NS },
		"NOERROR\nAU sibling.example. 3600 NS ns1.sub.example.\nAD ns1.sub.example. 3600 A "
		"192.0.2.30\n"
		"AD ns1.sub.example. 3600 AAAA ..30\n" },
	{ "any_at_a_cut_is_a_referral", { "secure.example.", ANY },
		"NOERROR\nAU secure.example. 3600 NS ns1.example.\n" NS1 },
	{ "ds_at_a_cut_is_answered", { "secure.example.", DS },
		"NOERROR aa\nAN secure.example. 3600 DS\n" },
	{ "glue_in_the_cut_comes_first", { "inlast.example.", NS },
		"NOERROR\nAU inlast.example. 3600 NS h1.example.\n"
		"AU inlast.example. 3600 NS ns.inlast.example.\nAD ns.inlast.example. 3600 A "
		"192.0.2.60\n"
		"AD h1.example. 3600 AAAA ..101\n" },
	{ "delegation_of_a_wildcard_is_expanded", { "x.y.wdel.example.", A },
		"NOERROR\nAU x.y.wdel.example. 3600 NS ns.elsewhere.net.\n" },
	{ "ds_of_an_expanded_delegation_is_nodata", { "x.wdel.example.", DS }, "NOERROR aa\n" SOA },
	{ "no_ds_at_a_cut_is_nodata", { "sub.example.", DS }, "NOERROR aa\n" SOA },
	{ "ds_below_a_cut_is_a_referral", { "x.secure.example.", DS },
		"NOERROR\nAU secure.example. 3600 NS ns1.example.\n" NS1 },

	/* Truncation */
	{ "rrset_that_doesnt_fit_is_truncated", { "big.example.", TXT }, "NOERROR aa tc\n" },
	{ "alias_before_what_doesnt_fit_stays", { "tobig.example.", TXT },
		"NOERROR aa tc\nAN tobig.example. 3600 CNAME big.example.\n" },
	/* RFC 2308 section 3: the SOA belongs to it. */
	{ "negative_answer_whose_soa_doesnt_fit_is_truncated",
		{ "dddddddddddddddd.toolong.example.", A },
		"NXDOMAIN aa tc\nAN toolong.example. 3600 DNAME "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
		"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.long.example.\n"
		"AN dddddddddddddddd.toolong.example. 3600 CNAME dddddddddddddddd."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
		"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.long.example.\n" },
	{ "payload_gives_room", { "big.example.", TXT, .payload = 1000 },
		"NOERROR aa\nAN big.example. 3600 TXT\nAD . 0 OPT 1232\n" },
	{ "payload_below_512_counts_as_512", { "big.example.", TXT, .payload = 100 },
		"NOERROR aa tc\nAD . 0 OPT 1232\n" },
	{ "streams_have_room", { "big.example.", TXT, .is_tcp = true },
		"NOERROR aa\nAN big.example. 3600 TXT\n" },

	/* Requests of other kinds */
	{ "name_out_of_all_zones_is_refused", { "elsewhere.net.", A, .is_edns = true },
		"REFUSED\nAD . 0 OPT 1232 15:0014\n" },
	{ "refusal_without_edns_has_no_opt", { "elsewhere.net.", A }, "REFUSED\n" },
	{ "root_is_refused", { ".", NS }, "REFUSED\n" },
	{ "ds_of_the_root_is_refused", { ".", DS }, "REFUSED\n" },
	{ "unloaded_zone_is_servfail", { "x.empty.", A, .is_edns = true },
		"SERVFAIL\nAD . 0 OPT 1232 15:0018\n" },
	{ "class_hs_is_refused", { "example.", A, .class_ = 4 }, "REFUSED\n" },
	{ "type_0_isnt_implemented", { "example.", 0 }, "NOTIMPL\n" },
	{ "status_isnt_implemented", { "example.", A, .opcode = 2 }, "NOTIMPL\n" },
	{ "axfr_over_udp_isnt_implemented", { "example.", AXFR }, "NOTIMPL\n" },
	{ "axfr_of_a_foreign_zone_is_notauth", { "elsewhere.net.", AXFR, .is_tcp = true },
		"NOTAUTH\n" },
	{ "axfr_of_a_name_in_a_zone_is_notauth", { "ns1.example.", AXFR, .is_tcp = true },
		"NOTAUTH\n" },
	{ "ixfr_of_a_foreign_zone_is_notauth", { "elsewhere.net.", IXFR, .is_edns = true },
		"NOTAUTH\nAD . 0 OPT 1232 15:0014\n" },
	{ "notify_of_a_foreign_zone_is_notauth", { "elsewhere.net.", SOA_, .opcode = 4 },
		"NOTAUTH\n" },
	{ "update_of_another_type_is_formerr", { "example.", A, .opcode = 5 }, "FORMERR\n" },

	/* CHAOS */
	{ "chaos_identity_is_told", { "ID.server.", TXT, .class_ = 3 },
		"NOERROR\nAN ID.server. 0 TXT CH\n" },
	{ "chaos_version_is_told", { "version.bind.", TXT, .class_ = 3, .is_edns = true },
		"NOERROR\nAN version.bind. 0 TXT CH\nAD . 0 OPT 1232\n" },
	{ "chaos_other_name_is_refused", { "example.", TXT, .class_ = 3 }, "REFUSED\n" },
	{ "chaos_other_type_is_refused", { "id.server.", A, .class_ = 3 }, "REFUSED\n" },
	{ "chaos_notify_isnt_implemented", { "id.server.", SOA_, .class_ = 3, .opcode = 4 },
		"NOTIMPL\n" },
};

static void plain_queries_are_answered(void **state)
{
	struct test_server s;
	unsigned failed = 0;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	test_server_add(&s, "empty.", NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *response = test_ask(&s, &rows[i].query);
		if (strcmp(response, rows[i].response) != 0) {
			print_error("%s:\n%s---- expected\n%s", rows[i].claim, response,
				rows[i].response);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
	test_server_deinit(&s);
}

static void child_zone_hides_its_parent_but_for_ds(void **state)
{
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	test_server_add(&s, "secure.example.", NULL);
	assert_string_equal(
		test_ask(&s, &(struct test_query){ "www.secure.example.", A }), "SERVFAIL\n");
	assert_string_equal(
		test_ask(&s, &(struct test_query){ "secure.example.", NS }), "SERVFAIL\n");
	assert_string_equal(test_ask(&s, &(struct test_query){ "secure.example.", DS }),
		"NOERROR aa\nAN secure.example. 3600 DS\n");
	test_server_deinit(&s);
}

static void catalog_zone_is_denied(void **state)
{
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone")->traits.is_catalog = true;
	assert_string_equal(test_ask(&s, &(struct test_query){ "example.", SOA_ }), "NOTAUTH\n");
	test_server_deinit(&s);
}

static void rotation_begins_at_the_message_id(void **state)
{
	struct test_server s;
	struct test_query q = { "multi.example.", A, .id = 3 * 100 + 1 };

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	s.view.settings.rotate = true;
	assert_string_equal(test_ask(&s, &q), "NOERROR aa\nAN multi.example. 600 A 192.0.2.9\nAN "
					      "multi.example. 600 A 192.0.2.10\n"
					      "AN multi.example. 600 A 192.0.2.8\n");
	test_server_deinit(&s);
}

/* Every length limit: never longer, TC exactly when glue is missing, other data left out whole. */
static void glue_that_doesnt_fit_truncates(void **state)
{
	struct test_server s;
	bool was_whole = false;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	for (uint16_t payload = 512; payload < 520; payload++) {
		const char *text = test_ask(
			&s, &(struct test_query){ "x.sub.example.", A, .payload = payload });
		was_whole |= strstr(text, " tc") == NULL;
	}
	assert_true(was_whole);
	test_server_deinit(&s);
}

static void what_isnt_a_request_is_dropped_or_formerr(void **state)
{
	static const struct {
		const char *claim, *request; /* hex */
		int rcode;                   /* -1: dropped */
	} cases[] = {
		{ "short_message_is_dropped", "1234010000010000000000", -1 },
		{ "response_is_dropped",
			"12348100000100000000000000"
			"00010001",
			-1 },
		{ "two_questions_are_formerr",
			"123401000002000000000000"
			"0000010001"
			"0000010001",
			1 },
		{ "no_question_is_formerr", "123401000000000000000000", 1 },
		{ "no_question_of_status_isnt_implemented", "123411000000000000000000", 4 },
		{ "octets_behind_are_formerr",
			"123401000001000000000000"
			"0000010001"
			"00",
			1 },
		{ "missing_record_is_formerr",
			"123401000001000000000001"
			"0000010001",
			1 },
		{ "two_opts_are_formerr",
			"123401000001000000000002"
			"0000010001"
			"0000290400000000000000"
			"0000290400000000000000",
			1 },
	};
	struct test_server s;
	const struct answer_client client = { .transport = ANSWER_UDP };

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t request[64], out[4096];
		size_t len = strlen(cases[i].request) / 2;
		for (size_t at = 0; at < len; at++) {
			unsigned octet;
			sscanf(cases[i].request + 2 * at, "%2x", &octet);
			request[at] = (uint8_t)octet;
		}
		size_t got = answer_message(&s.view, s.thread, &client,
			(struct span){ request, len }, out, sizeof(out));
		print_message("%s\n", cases[i].claim);
		assert_int_equal(got == 0 ? -1 : out[3] & 15, cases[i].rcode);
		assert_true(got == 0 || (out[10] == 0 && out[11] == 0)); /* no OPT */
	}
	test_server_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_queries_are_answered),
		cmocka_unit_test(child_zone_hides_its_parent_but_for_ds),
		cmocka_unit_test(catalog_zone_is_denied),
		cmocka_unit_test(rotation_begins_at_the_message_id),
		cmocka_unit_test(glue_that_doesnt_fit_truncates),
		cmocka_unit_test(what_isnt_a_request_is_dropped_or_formerr),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
