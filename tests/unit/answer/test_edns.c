/* EDNS: what the response's OPT holds and what ends a request early. Options of the response are printed as code:hex. */
#include "answer_test.h"

#define SOA_TEXT "AN example. 3600 SOA ns1.example. admin.example. 2024010101\n"

enum { A = 1, SOA = 6 };

struct row {
	const char *claim;
	struct test_query query;
	const char *response;
};

static const struct row rows[] = {
	{ "plain_opt_is_returned", { "example.", SOA, .is_edns = true },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232\n" },
	{ "do_is_copied", { "example.", SOA, .is_do = true },
		"NOERROR aa\n" SOA_TEXT "AD . 32768 OPT 1232\n" },
	{ "payload_is_that_of_the_family", { "example.", SOA, .is_edns = true, .is_ipv6 = true },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1400\n" },
	{ "other_version_is_badvers", { "example.", SOA, .version = 1 },
		"NOERROR\nAD . 16777216 OPT 1232\n" },
	{ "bad_version_comes_before_the_zone", { "elsewhere.net.", A, .version = 1 },
		"NOERROR\nAD . 16777216 OPT 1232\n" },
	{ "nsid_is_told", { "example.", SOA, .options = "00030000" },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232 3:6e73696421\n" },
	{ "nsid_with_content_is_told", { "example.", SOA, .options = "00030001ff" },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232 3:6e73696421\n" },
	{ "nsid_is_told_with_errors_too", { "elsewhere.net.", A, .options = "00030000" },
		"REFUSED\nAD . 0 OPT 1232 3:6e73696421 15:0014\n" },
	{ "expire_is_that_of_the_soa", { "example.", SOA, .options = "00090000" },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232 9:00127500\n" },
	{ "expire_without_a_zone_isnt_given", { "elsewhere.net.", A, .options = "00090000" },
		"REFUSED\nAD . 0 OPT 1232 15:0014\n" },
	{ "zoneversion_is_the_serial", { "x.example.", A, .options = "00130000" },
		"NXDOMAIN aa\nAU example. 300 SOA ns1.example. admin.example. 2024010101\n"
		"AD . 0 OPT 1232 19:010078a3f175\n" },
	{ "zoneversion_with_content_is_formerr", { "example.", SOA, .options = "0013000100" },
		"FORMERR\n" },
	{ "unknown_options_are_ignored", { "example.", SOA, .options = "fde900020102000b0000" },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232\n" },
	{ "cookie_is_ignored", { "example.", SOA, .options = "000a00080102030405060708" },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232\n" },
	{ "options_cut_off_are_formerr", { "example.", SOA, .options = "000a0008010203" },
		"FORMERR\n" },
	{ "client_subnet_comes_back_masked",
		{ "example.", SOA,
			.options = "000800070001141800c00002"
				   "ff" },
		"FORMERR\n" },
	{ "client_subnet_is_returned_with_scope_0",
		{ "example.", SOA,
			.options = "0008000700011400"
				   "c0002f" },
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232 8:00011400c00020\n" },
	{ "client_subnet_of_unknown_family_is_formerr",
		{ "example.", SOA, .options = "0008000400030000" }, "FORMERR\nAD . 0 OPT 1232\n" },
};

static void edns_requests_are_answered(void **state)
{
	struct test_server s;
	unsigned failed = 0;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	s.view.settings.payload_ipv6 = 1400;
	s.view.settings.client_subnet = true;
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

static void client_subnet_switched_off_is_ignored(void **state)
{
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	assert_string_equal(test_ask(&s, &(struct test_query){ "example.", SOA,
						 .options = "0008000400030000" }),
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232\n");
	test_server_deinit(&s);
}

static void nsid_configured_empty_isnt_sent(void **state)
{
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	s.view.settings.nsid = (struct span){ 0 };
	assert_string_equal(
		test_ask(&s, &(struct test_query){ "example.", SOA, .options = "00030000" }),
		"NOERROR aa\n" SOA_TEXT "AD . 0 OPT 1232\n");
	test_server_deinit(&s);
}

/* Encrypted transports pad all of the message to blocks of 468 octets for who has EDNS (RFC 8467 section 4.1), others nobody. */
static void padding_is_for_encrypted_transports(void **state)
{
	static const struct {
		const char *claim;
		enum answer_transport transport;
		struct test_query query;
		size_t len; /* 0: whatever it is without padding */
	} cases[] = {
		{ "tls_is_padded", ANSWER_TLS, { "example.", SOA, .is_edns = true }, 468 },
		{ "quic_is_padded", ANSWER_QUIC, { "example.", SOA, .is_edns = true }, 468 },
		{ "errors_are_padded", ANSWER_TLS, { "elsewhere.net.", A, .is_edns = true }, 468 },
		{ "other_versions_are_padded", ANSWER_TLS, { "example.", SOA, .version = 1 }, 468 },
		{ "the_next_block_is_taken", ANSWER_QUIC, { "big.example.", 16, .is_edns = true },
			2 * 468 },
		{ "padding_of_the_query_is_nothing", ANSWER_TLS,
			{ "example.", SOA, .options = "000c00020000" }, 468 },
		{ "without_edns_nothing_is_padded", ANSWER_TLS, { "example.", SOA }, 0 },
		{ "udp_isnt_padded", ANSWER_UDP, { "example.", SOA, .is_edns = true }, 0 },
		{ "tcp_isnt_padded", ANSWER_TCP, { "example.", SOA, .is_edns = true }, 0 },
		{ "unix_isnt_padded", ANSWER_UNIX, { "example.", SOA, .is_edns = true }, 0 },
		{ "padding_asked_for_over_udp_isnt_given", ANSWER_UDP,
			{ "example.", SOA, .options = "000c0000" }, 0 },
	};
	static struct test_reader reader;
	static uint8_t request[512], out[65535];
	struct test_server s;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	s.view.settings.payload_ipv6 = 1400;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct answer_client client = { .transport = cases[i].transport };
		size_t len = test_query_write(&cases[i].query, request);
		len = answer_message(&s.view, s.thread, &client, (struct span){ request, len }, out,
			sizeof(out));
		const char *text = test_response_read(&reader, out, len);
		print_message("%s: %zu\n", cases[i].claim, len);
		assert_true(cases[i].len == 0 ? strstr(text, " 12:") == NULL : len == cases[i].len);
		/* A UNIX socket has no family: the smaller size. */
		assert_null(strstr(text, "OPT 1400"));
	}
	test_server_deinit(&s);
}

/* Options that tell something use the room that is left, those that were asked for by name are kept room for. */
static void options_give_way_to_records(void **state)
{
	static const char option[] = "9:00127500";
	struct test_server s;
	unsigned with = 0, without = 0;

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	for (uint16_t payload = 620; payload < 700; payload++) {
		const char *text =
			test_ask(&s, &(struct test_query){ "big.example.", 16, .payload = payload,
					     .options = "0009000000030000"
							"00030000" });
		assert_non_null(strstr(text, " 3:6e73696421"));
		if (strstr(text, " tc") != NULL)
			continue;
		bool has = strstr(text, option) != NULL;
		assert_true(with == 0 || has); /* from one size on */
		with += has;
		without += !has;
	}
	assert_int_equal(without, 8); /* octets of the option */
	assert_true(with > 0);
	test_server_deinit(&s);
}

/* A TSIG record that no key is known for: denied, and nothing signed. */
static void signed_query_is_notauth(void **state)
{
	/* SOA example. with a TSIG of key "k.", hmac-sha256, a MAC of zeros */
	static const char tsig[] =
		"\1k\0\0\xfa\0\xff\0\0\0\0\0\x3d"
		"\xbhmac-sha256\0\0\0\x60\0\0\0\1\x2c\0\x20"
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\x34\0\0\0\0";
	struct test_server s;
	uint8_t request[512], out[4096];
	const struct answer_client client = { .transport = ANSWER_UDP };

	(void)state;
	test_server_init(&s);
	test_server_add(&s, "example.", "plain.zone");
	size_t len = test_query_write(&(struct test_query){ "example.", SOA }, request);
	request[11] = 1;
	memcpy(request + len, tsig, sizeof(tsig) - 1);
	len += sizeof(tsig) - 1;
	size_t got = answer_message(
		&s.view, s.thread, &client, (struct span){ request, len }, out, sizeof(out));
	static struct test_reader reader;
	assert_string_equal(test_response_read(&reader, out, got), "NOTAUTH\n");
	test_server_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edns_requests_are_answered),
		cmocka_unit_test(client_subnet_switched_off_is_ignored),
		cmocka_unit_test(nsid_configured_empty_isnt_sent),
		cmocka_unit_test(padding_is_for_encrypted_transports),
		cmocka_unit_test(options_give_way_to_records),
		cmocka_unit_test(signed_query_is_notauth),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
