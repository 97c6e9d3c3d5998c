#include "test_util.h"

#include "base/encode.h"
#include "base/err.h"
#include "dns/message.h"

/* Octets of a hex text on the heap in their exact size, so that the sanitizer sees each overrun. Spaces are skipped. */
static struct span octets(const char *hex)
{
	char text[4096];
	size_t n = 0;
	for (; *hex != '\0'; hex++) {
		if (*hex != ' ')
			text[n++] = *hex;
	}
	uint8_t *data = malloc(n / 2 + (n == 0));
	assert_int_equal(base16_decode((struct span){ (uint8_t *)text, n }, data), n / 2);
	return (struct span){ data, n / 2 };
}

static void drop(struct span s)
{
	free((void *)(uintptr_t)s.data);
}

#define HEAD(qd, an, ns, ar) "1234 0100 " qd an ns ar
#define QUESTION             "03575777 07 6578616d706c65 00 0001 0001" /* WWw.example. A IN */
#define OPT                  "00 0029 04d0 00 00 8000 0000"
#define TSIG                 "00 00fa 00ff 00000000 0011 00 000000000001 012c 0000 1234 0000 0000"
#define A_RR                 "c00c 0001 0001 00000000 0004 7f000001"

static const struct {
	const char *claim;
	const char *hex;
	enum dns_parse result;
} cases[] = {
	/* Before anything else. */
	{ "empty_message_is_dropped", "", DNS_PARSE_DROP },
	{ "eleven_octets_are_dropped", "1234 0100 0000 0000 0000 00", DNS_PARSE_DROP },
	{ "response_is_dropped", "1234 8100 0001 0000 0000 0000" QUESTION, DNS_PARSE_DROP },
	{ "query_with_two_questions_is_malformed",
		HEAD("0002", "0000", "0000", "0000") QUESTION QUESTION, DNS_PARSE_FORMERR },
	{ "query_that_counts_questions_it_hasnt_is_malformed", HEAD("ffff", "0000", "0000", "0000"),
		DNS_PARSE_FORMERR },
	{ "notification_with_two_questions_is_dropped",
		"1234 2000 0002 0000 0000 0000" QUESTION QUESTION, DNS_PARSE_DROP },
	{ "response_with_two_questions_is_dropped",
		"1234 8100 0002 0000 0000 0000" QUESTION QUESTION, DNS_PARSE_DROP },
	{ "question_that_is_missing_is_dropped", HEAD("0001", "0000", "0000", "0000"),
		DNS_PARSE_DROP },
	{ "compressed_qname_is_dropped", HEAD("0001", "0000", "0000", "0000") "c00c 0001 0001",
		DNS_PARSE_DROP },
	{ "pointer_after_label_is_dropped",
		HEAD("0001", "0000", "0000", "0000") "0161 c00c 0001 0001", DNS_PARSE_DROP },
	{ "label_type_64_is_dropped", HEAD("0001", "0000", "0000", "0000") "40 00 0001 0001 000000",
		DNS_PARSE_DROP },
	{ "qname_without_end_is_dropped", HEAD("0001", "0000", "0000", "0000") "0161 0161 0161",
		DNS_PARSE_DROP },
	{ "label_past_the_end_is_dropped", HEAD("0001", "0000", "0000", "0000") "3f61 00 0001 0001",
		DNS_PARSE_DROP },
	{ "qclass_cut_off_is_dropped", HEAD("0001", "0000", "0000", "0000") "0161 00 0001 00",
		DNS_PARSE_DROP },
	{ "qtype_cut_off_is_dropped", HEAD("0001", "0000", "0000", "0000") "0161 00 00",
		DNS_PARSE_DROP },
	{ "root_with_class_cut_off_is_dropped", HEAD("0001", "0000", "0000", "0000") "00 0001 00",
		DNS_PARSE_DROP },
	/* Good ones. */
	{ "plain_question_is_good", HEAD("0001", "0000", "0000", "0000") QUESTION, DNS_PARSE_OK },
	{ "root_question_is_good", HEAD("0001", "0000", "0000", "0000") "00 0002 0001",
		DNS_PARSE_OK },
	{ "no_question_is_good", HEAD("0000", "0000", "0000", "0000"), DNS_PARSE_OK },
	{ "no_question_with_opt_is_good", HEAD("0000", "0000", "0000", "0001") OPT, DNS_PARSE_OK },
	{ "opt_is_good", HEAD("0001", "0000", "0000", "0001") QUESTION OPT, DNS_PARSE_OK },
	{ "unknown_option_is_good",
		HEAD("0001", "0000", "0000", "0001") QUESTION
		"00 0029 04d0 00 00 8000 0006 fde9 0002 0102",
		DNS_PARSE_OK },
	{ "record_beside_opt_is_good", HEAD("0001", "0001", "0000", "0001") QUESTION A_RR OPT,
		DNS_PARSE_OK },
	{ "tsig_at_the_end_is_good", HEAD("0001", "0000", "0000", "0002") QUESTION OPT TSIG,
		DNS_PARSE_OK },
	{ "unknown_type_without_rdata_is_good",
		HEAD("0001", "0001", "0000", "0000") QUESTION "c00c fde9 0001 00000000 0000",
		DNS_PARSE_OK },
	{ "apl_without_rdata_is_good",
		HEAD("0001", "0001", "0000", "0000") QUESTION "c00c 002a 0001 00000000 0000",
		DNS_PARSE_OK },
	{ "no_rdata_in_class_any_is_good",
		HEAD("0001", "0001", "0000", "0000") QUESTION "c00c 0001 00ff 00000000 0000",
		DNS_PARSE_OK },
	/* The rest is malformed. */
	{ "octet_after_question_is_malformed", HEAD("0001", "0000", "0000", "0000") QUESTION "00",
		DNS_PARSE_FORMERR },
	{ "octet_after_opt_is_malformed", HEAD("0001", "0000", "0000", "0001") QUESTION OPT "00",
		DNS_PARSE_FORMERR },
	{ "counted_record_missing_is_malformed", HEAD("0001", "0000", "0000", "0001") QUESTION,
		DNS_PARSE_FORMERR },
	{ "more_records_than_fit_are_malformed", HEAD("0001", "ffff", "ffff", "ffff") QUESTION OPT,
		DNS_PARSE_FORMERR },
	{ "opt_cut_off_is_malformed",
		HEAD("0001", "0000", "0000", "0001") QUESTION "00 0029 04d0 00 00 8000 00",
		DNS_PARSE_FORMERR },
	{ "option_longer_than_opt_is_malformed",
		HEAD("0001", "0000", "0000", "0001") QUESTION
		"00 0029 04d0 00 00 8000 0005 000a 0002 01",
		DNS_PARSE_FORMERR },
	{ "option_header_cut_off_is_malformed",
		HEAD("0001", "0000", "0000", "0001") QUESTION
		"00 0029 04d0 00 00 8000 0003 000a 00",
		DNS_PARSE_FORMERR },
	{ "two_opts_are_malformed", HEAD("0001", "0000", "0000", "0002") QUESTION OPT OPT,
		DNS_PARSE_FORMERR },
	{ "opt_in_answer_is_malformed", HEAD("0001", "0001", "0000", "0000") QUESTION OPT,
		DNS_PARSE_FORMERR },
	{ "opt_in_authority_is_malformed", HEAD("0001", "0000", "0001", "0000") QUESTION OPT,
		DNS_PARSE_FORMERR },
	{ "opt_with_owner_is_malformed",
		HEAD("0001", "0000", "0000", "0001") QUESTION "c00c 0029 04d0 00 00 8000 0000",
		DNS_PARSE_FORMERR },
	{ "two_tsigs_are_malformed", HEAD("0001", "0000", "0000", "0002") QUESTION TSIG TSIG,
		DNS_PARSE_FORMERR },
	{ "tsig_before_opt_is_malformed", HEAD("0001", "0000", "0000", "0002") QUESTION TSIG OPT,
		DNS_PARSE_FORMERR },
	{ "tsig_in_answer_is_malformed", HEAD("0001", "0001", "0000", "0000") QUESTION TSIG,
		DNS_PARSE_FORMERR },
	{ "tsig_with_bad_rdata_is_malformed",
		HEAD("0001", "0000", "0000", "0001") QUESTION "00 00fa 00ff 00000000 0004 00000000",
		DNS_PARSE_FORMERR },
	{ "a_without_rdata_is_malformed",
		HEAD("0001", "0001", "0000", "0000") QUESTION "c00c 0001 0001 00000000 0000",
		DNS_PARSE_FORMERR },
	{ "a_with_three_octets_is_malformed",
		HEAD("0001", "0001", "0000", "0000") QUESTION "c00c 0001 0001 00000000 0003 7f0000",
		DNS_PARSE_FORMERR },
	{ "ns_with_octets_behind_is_malformed",
		HEAD("0001", "0001", "0000", "0000") QUESTION "c00c 0002 0001 00000000 0003 c00c00",
		DNS_PARSE_FORMERR },
	{ "owner_pointing_to_itself_is_malformed",
		HEAD("0001", "0001", "0000", "0000") QUESTION
		"c01d 0001 0001 00000000 0004 7f000001",
		DNS_PARSE_FORMERR },
	{ "record_behind_the_counted_is_malformed",
		HEAD("0001", "0001", "0000", "0000") QUESTION A_RR A_RR, DNS_PARSE_FORMERR },
};

static void request_cases_give_their_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span message = octets(cases[i].hex);
		struct dns_request r;
		memset(&r, 0xa5, sizeof(r));
		enum dns_parse result = dns_request_parse(message, &r);
		if (result != cases[i].result)
			fail_msg("%s: %d", cases[i].claim, result);
		drop(message);
	}
}

static void question_is_lowered_and_measured(void **state)
{
	(void)state;
	struct span message = octets("abcd 2910 0001 0000 0000 0000" QUESTION);
	struct dns_request r;
	memset(&r, 0xa5, sizeof(r));
	assert_int_equal(dns_request_parse(message, &r), DNS_PARSE_OK);
	assert_int_equal(r.id, 0xabcd);
	assert_int_equal(r.opcode, 5);
	assert_true(r.has_question);
	assert_memory_equal(dns_request_qname(&r), "\3www\7example", 13);
	assert_memory_equal(dns_request_qname_wire(&r), "\3WWw\7example", 13);
	assert_int_equal(r.qname.name_len, 13);
	assert_int_equal(r.qname.count, 2);
	assert_int_equal(r.qtype, 1);
	assert_int_equal(r.qclass, 1);
	assert_int_equal(r.question_end, message.len);
	assert_int_equal(r.answer_at, message.len);
	assert_false(r.edns.present);
	assert_int_equal(r.edns.flags, 0);
	assert_int_equal(r.tsig_at, 0);
	drop(message);
}

static void request_without_question_has_the_root_as_name(void **state)
{
	(void)state;
	struct span message = octets(HEAD("0000", "0000", "0000", "0000"));
	struct dns_request r;
	memset(&r, 0xa5, sizeof(r));
	assert_int_equal(dns_request_parse(message, &r), DNS_PARSE_OK);
	assert_false(r.has_question);
	assert_int_equal(dns_request_qname(&r)[0], 0);
	assert_int_equal(r.qname.name_len, 1);
	assert_int_equal(r.question_end, 12);
	drop(message);
}

/* Names of each length with each octet value come out in lower case: ASCII letters only (RFC 4343). */
static void qnames_of_all_lengths_are_lowered(void **state)
{
	(void)state;
	for (size_t len = 3; len <= 255; len++) {
		for (unsigned shift = 0; shift < 256; shift += len < 64 ? 1 : 51) {
			uint8_t *data = calloc(1, 12 + len + 4);
			uint8_t want[256];
			size_t at = 0, left = len - 1;
			unsigned labels = 0;
			data[5] = 1;
			while (left > 0) {
				/* No rest of a single octet: that would be an empty label. */
				size_t label = left > 65 ? 63 : left == 65 ? 62 : left - 1;
				data[12 + at] = want[at] = (uint8_t)label;
				for (size_t i = 1; i <= label; i++) {
					uint8_t c = (uint8_t)(shift + i * 7);
					data[12 + at + i] = c;
					want[at + i] = c >= 'A' && c <= 'Z' ? c + 32 : c;
				}
				at += 1 + label;
				left -= 1 + label;
				labels++;
			}
			want[at] = 0;
			data[12 + len + 1] = 28;
			data[12 + len + 3] = 1;
			struct dns_request r;
			assert_int_equal(dns_request_parse((struct span){ data, 12 + len + 4 }, &r),
				DNS_PARSE_OK);
			assert_int_equal(r.qname.name_len, len);
			assert_int_equal(r.qname.count, labels);
			assert_int_equal(r.qtype, 28);
			assert_memory_equal(dns_request_qname(&r), want, len);
			free(data);
		}
	}
}

static void qname_of_256_octets_is_dropped(void **state)
{
	(void)state;
	uint8_t data[12 + 260] = { [5] = 1 };
	for (size_t i = 0; i < 127; i++) {
		data[12 + 2 * i] = 1;
		data[13 + 2 * i] = 'a';
	}
	struct dns_request r;
	assert_int_equal(dns_request_parse((struct span){ data, 12 + 255 + 4 }, &r), DNS_PARSE_OK);
	assert_int_equal(r.qname.count, 127);
	data[12 + 252] = 2; /* one octet more */
	data[12 + 255] = 0;
	assert_int_equal(
		dns_request_parse((struct span){ data, sizeof(data) }, &r), DNS_PARSE_DROP);
}

static void edns_facts_are_read(void **state)
{
	(void)state;
	struct span message = octets(HEAD("0001", "0000", "0000", "0001") QUESTION
		"00 0029 1000 01 02 a000 0020" /* payload 4096, ext rcode 1, version 2, DO and DE */
		"0003 0000"
		"0008 0007 0001 1800 c00002"
		"000a 0008 0102030405060708"
		"000a 0001 ff");
	struct dns_request r;
	assert_int_equal(dns_request_parse(message, &r), DNS_PARSE_OK);
	assert_true(r.edns.present);
	assert_int_equal(r.edns.payload, 4096);
	assert_int_equal(r.edns.ext_rcode, 1);
	assert_int_equal(r.edns.version, 2);
	assert_int_equal(r.edns.flags, DNS_EDNS_DO | DNS_EDNS_DE);
	assert_true(dns_edns_has(&r.edns, DNS_EDNS_NSID));
	assert_true(dns_edns_has(&r.edns, DNS_EDNS_ECS));
	assert_true(dns_edns_has(&r.edns, DNS_EDNS_COOKIE));
	assert_false(dns_edns_has(&r.edns, DNS_EDNS_EXPIRE));
	assert_int_equal(r.edns.cookie.len, 8); /* the first of two */
	assert_int_equal(r.edns.ecs.len, 7);
	drop(message);
}

static void sections_are_located(void **state)
{
	(void)state;
	struct span message = octets(HEAD("0001", "0000", "0001", "0002") QUESTION A_RR OPT TSIG);
	struct dns_request r;
	assert_int_equal(dns_request_parse(message, &r), DNS_PARSE_OK);
	size_t question = 12 + 13 + 4;
	assert_int_equal(r.question_end, question);
	assert_int_equal(r.answer_at, question);
	assert_int_equal(r.authority_at, question);
	assert_int_equal(r.additional_at, question + 16);
	assert_int_equal(r.tsig_at, question + 16 + 11);
	assert_true(r.edns.present);
	drop(message);

	message = octets(HEAD("0001", "0001", "0000", "0000") QUESTION A_RR);
	assert_int_equal(dns_request_parse(message, &r), DNS_PARSE_OK);
	assert_int_equal(r.answer_at, question);
	assert_int_equal(r.authority_at, question + 16);
	assert_int_equal(r.additional_at, question + 16);
	drop(message);
}

/* Whatever is cut off or flipped: no read outside of the exact buffer. */
static void damaged_requests_are_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span message = octets(cases[i].hex);
		struct dns_request r;
		for (size_t cut = 0; cut <= message.len; cut++) {
			uint8_t *copy = malloc(cut + (cut == 0));
			for (unsigned k = 0; k < 20; k++) {
				memcpy(copy, message.data, cut);
				if (cut > 0 && k > 0)
					copy[test_below((unsigned)cut)] = (uint8_t)test_random();
				enum dns_parse p =
					dns_request_parse((struct span){ copy, cut }, &r);
				assert_true(p <= DNS_PARSE_FORMERR);
				if (p == DNS_PARSE_OK)
					assert_true(
						r.question_end <= cut && r.additional_at <= cut);
			}
			free(copy);
		}
		drop(message);
	}
}

static void records_are_stepped_through(void **state)
{
	(void)state;
	struct span bytes = octets("1234 8180 0001 0001 0001 0001" QUESTION A_RR
				   "c010 0002 0001 0000000a 0006 036e7331 c010" OPT);
	struct dns_message m;
	struct dns_question q;
	struct dns_rr_view rr;
	uint8_t out[300];
	size_t len;

	assert_int_equal(dns_message_begin(bytes, &m), 0);
	assert_int_equal(m.flags, 0x8180);
	assert_int_equal(dns_message_next_question(&m, &q), 0);
	assert_int_equal(q.name_len, 13);
	assert_int_equal(dns_message_next_question(&m, &q), E_EOF);
	assert_int_equal(dns_message_next_rr(&m, &rr), 0);
	assert_int_equal(rr.section, DNS_SECTION_ANSWER);
	assert_int_equal(rr.type, DNS_TYPE_A);
	assert_memory_equal(rr.owner, "\3WWw\7example", 13);
	assert_int_equal(dns_message_next_rr(&m, &rr), 0);
	assert_int_equal(rr.section, DNS_SECTION_AUTHORITY);
	assert_int_equal(rr.ttl, 10);
	assert_int_equal(dns_message_rdata(&m, &rr, true, out, &len), 0);
	assert_int_equal(len, 13);
	assert_memory_equal(out, "\3ns1\7example", 13);
	assert_int_equal(dns_message_next_rr(&m, &rr), 0);
	assert_int_equal(rr.section, DNS_SECTION_ADDITIONAL);
	assert_int_equal(dns_message_next_rr(&m, &rr), E_EOF);
	assert_false(dns_message_has_trailing(&m));

	/* Without reading the question. */
	assert_int_equal(dns_message_begin(bytes, &m), 0);
	assert_int_equal(dns_message_next_rr(&m, &rr), 0);
	assert_int_equal(rr.type, DNS_TYPE_A);

	/* Cut off anywhere: malformed before the end, never more than is there. */
	for (size_t cut = 0; cut < bytes.len; cut++) {
		uint8_t *copy = malloc(cut + (cut == 0));
		memcpy(copy, bytes.data, cut);
		int result = dns_message_begin((struct span){ copy, cut }, &m);
		while (result == 0)
			result = dns_message_next_rr(&m, &rr);
		assert_int_equal(result, cut < 12 ? E_FEWDATA : E_MALFORMED);
		free(copy);
	}
	drop(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_cases_give_their_results),
		cmocka_unit_test(question_is_lowered_and_measured),
		cmocka_unit_test(request_without_question_has_the_root_as_name),
		cmocka_unit_test(qnames_of_all_lengths_are_lowered),
		cmocka_unit_test(qname_of_256_octets_is_dropped),
		cmocka_unit_test(edns_facts_are_read),
		cmocka_unit_test(sections_are_located),
		cmocka_unit_test(damaged_requests_are_survived),
		cmocka_unit_test(records_are_stepped_through),
	};
	test_random_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
