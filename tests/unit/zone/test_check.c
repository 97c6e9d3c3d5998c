/*
 * Semantic checks: a table of zones, each with what the checks tell of it, in order, and whether it may be used.
 * Signatures in most of these zones are no real ones: whether they verify isn't checked, whether there is one is.
 */
#include "signed_zone.h"
#include "zone_text.h"

#include "zone/check.h"
#include <urcu-qsbr.h>

#define GOOD "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"

/* A finding is told as "level owner text info", lines in the order of the checks. */
static void tell(void *ctx, enum zone_check_level level, enum zone_finding finding,
	const uint8_t *owner, const char *info)
{
	static const char *const levels[] = { "error", "warning", "notice" };
	char name[DNS_NAME_TEXT_SIZE];
	dns_name_print(owner, name);
	buf_printf(ctx, "%s %s %s%s\n", levels[level], name, zone_finding_text(finding), info);
}

static int findings_of(const char *text, const struct zone_check_options *options, struct buf *ret)
{
	static const uint8_t apex[] = "\7example";
	struct zone_text z = zone_text_open(text);
	int result = zone_check(z.view, apex, options, tell, ret);
	zone_text_close(&z);
	return result;
}

struct check_case {
	const char *claim, *text;
	const char *findings; /* in mode on, without levels */
	enum { ALWAYS, MANDATORY, OPTIONAL, WARNING } class;
};

static const struct check_case check_cases[] = {
	{ "good zone has no findings", GOOD, "", WARNING },
	{ "zone without SOA", "@ NS ns.other.\n", "example. missing SOA at the zone apex\n",
		ALWAYS },
	{ "two SOAs", GOOD "@ SOA ns h 2 2 3 4 5\n", "example. multiple SOA records\n", ALWAYS },
	{ "SOA below the apex alone", "@ NS ns.other.\na SOA ns h 1 2 3 4 5\n",
		"example. missing SOA at the zone apex\n", ALWAYS },
	{ "no NS at the apex", "@ SOA ns h 1 2 3 4 5\n", "example. missing NS at the zone apex\n",
		WARNING },

	{ "CNAME with address", GOOD "a CNAME b\na A 192.0.2.1\n",
		"a.example. another record exists beside CNAME\n", MANDATORY },
	{ "CNAME at the apex", GOOD "@ CNAME b\n", "example. another record exists beside CNAME\n",
		MANDATORY },
	{ "CNAME with NSEC and RRSIG is fine",
		GOOD "a CNAME b\na NSEC b CNAME\na RRSIG CNAME 13 2 3600 20300101000000 "
		     "20200101000000 1 @ AA==\n",
		"", MANDATORY },
	{ "two CNAMEs", GOOD "a CNAME b\na CNAME c\n", "a.example. multiple CNAME records\n",
		MANDATORY },
	{ "three CNAMEs and a text", GOOD "a CNAME b\na CNAME c\na CNAME d\na TXT x\n",
		"a.example. another record exists beside CNAME\na.example. multiple CNAME "
		"records\n",
		MANDATORY },

	{ "DNAME with a child", GOOD "d DNAME e.\nb.d A 192.0.2.1\n",
		"d.example. child record exists under DNAME\n", MANDATORY },
	{ "DNAME with a grandchild", GOOD "d DNAME e.\nb.c.d A 192.0.2.1\n",
		"d.example. child record exists under DNAME\n", MANDATORY },
	{ "DNAME with names beside it is fine",
		GOOD "d DNAME e.\ndd A 192.0.2.1\nc A 192.0.2.1\n\\000d A 192.0.2.1\n", "",
		MANDATORY },
	{ "two DNAMEs", GOOD "d DNAME e.\nd DNAME f.\n", "d.example. multiple DNAME records\n",
		MANDATORY },
	{ "DNAME with NS", GOOD "d DNAME e.\nd NS f.\n",
		"d.example. NS record exists beside DNAME\n", MANDATORY },
	{ "DNAME at the apex beside NS is fine",
		"@ SOA ns.o. h 1 2 3 4 5\n@ NS ns.o.\n@ DNAME e.\n", "", MANDATORY },
	{ "DS at the apex", GOOD "@ DS 1 8 1 00112233445566778899aabbccddeeff00112233\n",
		"example. DS at the zone apex\n", MANDATORY },
	{ "DELEG at the apex", GOOD "@ TYPE61440 \\# 0\n", "example. DELEG at the zone apex\n",
		MANDATORY },

	{ "apex NS without address, no name", "@ SOA ns h 1 2 3 4 5\n@ NS ns\n",
		"example. missing glue record (ns.example.)\n", WARNING },
	{ "apex NS without address, other type", "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns TXT x\n",
		"example. missing glue record (ns.example.)\n", WARNING },
	{ "apex NS with IPv6 address is fine",
		"@ SOA ns h 1 2 3 4 5\n@ NS ns\nns AAAA 2001:db8::1\n", "", WARNING },
	{ "apex NS by a wildcard is fine", "@ SOA ns h 1 2 3 4 5\n@ NS ns\n* A 192.0.2.1\n", "",
		WARNING },
	{ "apex NS in upper case is fine", "@ SOA ns h 1 2 3 4 5\n@ NS NS\nns A 192.0.2.1\n", "",
		WARNING },
	{ "cut without glue", GOOD "s NS ns.s\n",
		"s.example. missing glue record (ns.s.example.)\n", OPTIONAL },
	{ "cut with glue is fine", GOOD "s NS ns.s\nns.s A 192.0.2.1\n", "", OPTIONAL },
	{ "cut with target in another cut is fine", GOOD "s NS ns.t\nt NS ns\n", "", OPTIONAL },
	{ "cut with target that is another cut", GOOD "s NS t\nt NS ns\n",
		"s.example. missing glue record (t.example.)\n", OPTIONAL },
	{ "cut with target under a DNAME", GOOD "s NS ns.d\nd DNAME o.\n",
		"s.example. missing glue record (ns.d.example.)\n", OPTIONAL },
	{ "cut with target in another zone is fine", GOOD "s NS ns.other.\n", "", OPTIONAL },
	{ "cut with target in the zone and none there", GOOD "s NS nowhere\n",
		"s.example. missing glue record (nowhere.example.)\n", OPTIONAL },
	{ "cut under a cut isn't looked at", GOOD "s NS ns\nu.s NS ns.u.s\n", "", OPTIONAL },
	{ "two targets without glue", GOOD "s NS a.s\ns NS b.s\n",
		"s.example. missing glue record (a.s.example.)\ns.example. missing glue record "
		"(b.s.example.)\n",
		OPTIONAL },

	{ "DS of an unknown digest", GOOD "s NS ns\ns DS 7 8 7 00\n",
		"s.example. unknown algorithm in DS (keytag 7, algorithm 8)\n", OPTIONAL },
	{ "DS of digest 0", GOOD "s NS ns\ns DS 7 8 0 00\n",
		"s.example. unknown algorithm in DS (keytag 7, algorithm 8)\n", OPTIONAL },
	{ "DS with a short digest", GOOD "s NS ns\ns DS 65535 13 2 00\n",
		"s.example. invalid digest length in DS (keytag 65535, algorithm 13)\n", OPTIONAL },
	{ "DS of SHA-1 is fine",
		GOOD "s NS ns\ns DS 1 8 1 00112233445566778899aabbccddeeff00112233\n", "",
		OPTIONAL },
};

/* The findings with the level of each class in a mode, or none where the mode leaves the class out. */
static void expect(const struct check_case *c, enum zone_check_mode mode, struct buf *ret)
{
	const char *level = c->class == ALWAYS ? "error" : "warning";
	if (c->class == OPTIONAL && mode != ZONE_CHECK_ON)
		return;
	if (c->class == MANDATORY)
		level = mode == ZONE_CHECK_SOFT ? "notice" : "error";
	for (const char *line = c->findings; *line != '\0';) {
		size_t len = (size_t)(strchr(line, '\n') - line) + 1;
		buf_printf(ret, "%s %.*s", level, (int)len, line);
		line += len;
	}
}

static void findings_and_their_levels_are_those_of_the_mode(void **state)
{
	static const enum zone_check_mode modes[] = { ZONE_CHECK_OFF, ZONE_CHECK_ON,
		ZONE_CHECK_SOFT };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(check_cases); i++) {
		for (size_t m = 0; m < ARRAY_LEN(modes); m++) {
			struct zone_check_options options = { .mode = modes[m] };
			struct buf found = { 0 }, expected = { 0 };
			print_message("%s, mode %u\n", check_cases[i].claim, (unsigned)m);
			expect(&check_cases[i], modes[m], &expected);
			int ret = findings_of(check_cases[i].text, &options, &found);
			buf_char(&found, '.');
			buf_char(&expected, '.');
			assert_string_equal((const char *)found.data, (const char *)expected.data);
			assert_int_equal(ret, strstr((const char *)found.data, "error ") != NULL
						      ? E_SEMCHECK
						      : 0);
			buf_deinit(&found);
			buf_deinit(&expected);
		}
	}
}

/* ---- Signed zones ---- */

#define SIG(name, type, labels) \
	name " RRSIG " type " 13 " labels " 3600 20300101000000 20200101000000 1 @ AA==\n"
#define KEY         \
	"257 3 13 " \
	"mxmKD6qN9+tR3trJRUNm+N/XXC6k5ul1we7SrPnZ64pHIQXuvVRyA92p65nAyogad7GJ3jsxBR2KPVJD0+pumA=="
#define KEY_TAG "55402"
#define OTHER_KEY   \
	"257 3 13 " \
	"nxmKD6qN9+tR3trJRUNm+N/XXC6k5ul1we7SrPnZ64pHIQXuvVRyA92p65nAyogad7GJ3jsxBR2KPVJD0+pumA=="
#define DIGEST "18fec4cfbb259687bc00be3b1fe2af7c30313a6639d397869a1cf8bed4ec50f6"
#define DIGEST384                                                                          \
	"fe786feb04b82da61a6551d0474b1e4be85ee9160e160517cef80ba1410faa9f9c9b332e26a70185" \
	"f0895fbe0afb4aff"
#define DIGEST1 "625b99424bb7781f74020c9c2b729ff6440aa862"
#define APEX                                                                                       \
	"@ SOA ns h 1 2 3 4 5\n" SIG("@", "SOA", "1") "@ NS ns\n" SIG(                             \
		"@", "NS", "1") "@ DNSKEY " KEY "\n" SIG("@", "DNSKEY", "1") SIG("@", "NSEC", "1") \
		SIG("ns", "NSEC", "2") "ns A 192.0.2.1\n" SIG("ns", "A", "2")
#define APEX_NSEC "@ NSEC ns NS SOA RRSIG NSEC DNSKEY\n"
#define CDS(keys)                                                                            \
	APEX "@ NSEC ns NS SOA RRSIG NSEC DNSKEY CDS CDNSKEY\nns NSEC @ A RRSIG NSEC\n" SIG( \
		"@", "CDS", "1") SIG("@", "CDNSKEY", "1") keys

static const struct {
	const char *claim, *text, *findings;
} dnssec_cases[] = {
	{ "good chain has no findings", APEX APEX_NSEC "ns NSEC @ A RRSIG NSEC\n", "" },
	{ "unsigned delegation is in the chain, glue isn't",
		APEX "@ NSEC ns NS SOA RRSIG NSEC DNSKEY\nns NSEC s A RRSIG NSEC\ns NSEC @ NS "
		     "RRSIG NSEC\ns NS ns.s\n"
		     "ns.s A 192.0.2.1\n" SIG("s", "NSEC", "2"),
		"" },
	{ "missing NSEC", APEX APEX_NSEC, "ns.example. missing NSEC(3) record\n" },
	{ "NSEC to the wrong name", APEX APEX_NSEC "ns NSEC ns A RRSIG NSEC\n",
		"ns.example. inconsistent NSEC(3) chain\n" },
	{ "NSEC that skips a name",
		APEX "@ NSEC @ NS SOA RRSIG NSEC DNSKEY\nns NSEC @ A RRSIG NSEC\n",
		"example. inconsistent NSEC(3) chain\n" },
	{ "two NSECs at a name",
		APEX APEX_NSEC "ns NSEC @ A RRSIG NSEC\nns NSEC @ A AAAA RRSIG NSEC\n",
		"ns.example. missing NSEC(3) record\n" },
	{ "NSEC of glue",
		APEX "@ NSEC ns NS SOA RRSIG NSEC DNSKEY\nns NSEC s A RRSIG NSEC\ns NSEC @ NS "
		     "RRSIG NSEC\ns NS ns.s\n"
		     "ns.s A 192.0.2.1\nns.s NSEC @ A\n" SIG("s", "NSEC", "2"),
		"ns.s.example. superfluous NSEC(3)\n" },
	{ "NSEC3 in a zone with NSEC",
		APEX APEX_NSEC "ns NSEC @ A RRSIG NSEC\n60000000000000000000000000000000 NSEC3 1 0 "
			       "1 beef h8ikq33oluf02d981e8ptp2pilmheth0 A\n",
		"60000000000000000000000000000000.example. superfluous NSEC(3)\n" },
	{ "type missing in the bitmap", APEX APEX_NSEC "ns NSEC @ RRSIG NSEC\n",
		"ns.example. wrong NSEC(3) bitmap\n" },
	{ "type too many in the bitmap", APEX APEX_NSEC "ns NSEC @ A AAAA RRSIG NSEC\n",
		"ns.example. wrong NSEC(3) bitmap\n" },
	{ "type of another window too many in the bitmap",
		APEX APEX_NSEC "ns NSEC @ A RRSIG NSEC TYPE65535\n",
		"ns.example. wrong NSEC(3) bitmap\n" },
	{ "RRset without signature",
		APEX APEX_NSEC "ns NSEC @ A AAAA RRSIG NSEC\nns AAAA 2001:db8::1\n",
		"ns.example. no valid signature for a record (record type AAAA)\n" },
	{ "glue with a signature",
		APEX "@ NSEC ns NS SOA RRSIG NSEC DNSKEY\nns NSEC s A RRSIG NSEC\ns NSEC @ NS "
		     "RRSIG NSEC\ns NS ns.s\n"
		     "ns.s A 192.0.2.1\n" SIG("s", "NSEC", "2") SIG("ns.s", "A", "3"),
		"ns.s.example. no valid signature for a record (record type A)\n" },
	{ "no DNSKEY", "@ SOA ns h 1 2 3 4 5\n" SIG("@", "SOA", "1") "@ NS ns\nns A 192.0.2.1\n",
		"example. missing DNSKEY\n" },
	{ "CDS without CDNSKEY", CDS("@ CDS 1 8 2 " DIGEST "\n"),
		"example. missing CDNSKEY\nexample. wrong NSEC(3) bitmap\n" },
	{ "CDNSKEY without CDS", CDS("@ CDNSKEY " KEY "\n"),
		"example. missing CDS\nexample. wrong NSEC(3) bitmap\n" },
	{ "CDS and CDNSKEY of a key are fine",
		CDS("@ CDS " KEY_TAG " 13 2 " DIGEST "\n@ CDNSKEY " KEY "\n"), "" },
	{ "CDNSKEY that is no DNSKEY and CDS of neither",
		CDS("@ CDS " KEY_TAG " 13 2 " DIGEST "\n@ CDNSKEY " OTHER_KEY "\n"),
		"example. CDNSKEY not match DNSKEY\nexample. CDS not match CDNSKEY\n" },
	{ "CDS of SHA-1 and SHA-384 are fine",
		CDS("@ CDS " KEY_TAG " 13 1 " DIGEST1 "\n@ CDS " KEY_TAG " 13 4 " DIGEST384
		    "\n@ CDNSKEY " KEY "\n"),
		"" },
	{ "CDS of an unknown digest type is fine",
		CDS("@ CDS " KEY_TAG " 13 9 00\n@ CDNSKEY " KEY "\n"), "" },
	{ "CDS with another digest",
		CDS("@ CDS " KEY_TAG " 13 1 00" DIGEST1 "\n@ CDNSKEY " KEY "\n"),
		"example. CDS not match CDNSKEY\n" },
	{ "CDS of another algorithm", CDS("@ CDS " KEY_TAG " 8 2 " DIGEST "\n@ CDNSKEY " KEY "\n"),
		"example. CDS not match CDNSKEY\n" },
	{ "fewer CDS than CDNSKEY",
		CDS("@ CDS " KEY_TAG " 13 2 " DIGEST "\n@ CDNSKEY " KEY "\n@ CDNSKEY " OTHER_KEY
		    "\n"),
		"example. CDNSKEY not match DNSKEY\nexample. CDNSKEY without corresponding CDS\n" },
	{ "delete records alone are fine", CDS("@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n"), "" },
	{ "delete record in CDS only", CDS("@ CDS 0 0 0 00\n@ CDNSKEY " KEY "\n"),
		"example. invalid CDNSKEY/CDS for DNSSEC delete algorithm\n" },
	{ "delete records with others",
		CDS("@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n@ CDNSKEY " KEY "\n"),
		"example. CDNSKEY without corresponding CDS\nexample. invalid CDNSKEY/CDS for "
		"DNSSEC delete algorithm\n" },
	{ "unsigned zone isn't checked", GOOD "ns NSEC nowhere MX\n", "" },
};

static void signed_zone_has_the_findings_of_its_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dnssec_cases); i++) {
		struct buf found = { 0 }, expected = { 0 };
		const struct check_case c = { "", "", dnssec_cases[i].findings, OPTIONAL };
		print_message("%s\n", dnssec_cases[i].claim);
		expect(&c, ZONE_CHECK_ON, &expected);
		assert_int_equal(
			findings_of(dnssec_cases[i].text,
				&(struct zone_check_options){ .mode = ZONE_CHECK_ON }, &found),
			0);
		buf_char(&found, '.');
		buf_char(&expected, '.');
		assert_string_equal((const char *)found.data, (const char *)expected.data);
		buf_reset(&found);
		assert_int_equal(
			findings_of(dnssec_cases[i].text,
				&(struct zone_check_options){ .mode = ZONE_CHECK_OFF }, &found),
			0);
		assert_int_equal(found.len, 0);
		buf_deinit(&found);
		buf_deinit(&expected);
	}
}

/* Changes of the zone in signed_zone.h: the first text becomes the second, and the third is added. */
static const struct {
	const char *claim, *from, *to, *added, *findings;
} nsec3_cases[] = {
	{ "good chain has no findings", "", "", "", "" },
	{ "type missing in the bitmap", " A AAAA RRSIG\n", " A RRSIG\n", "",
		"ns1.example. wrong NSEC(3) bitmap\n" },
	{ "type in the bitmap of an empty non-terminal", "krl09hlp0m555m17na7muat2id9d2ncc\n",
		"krl09hlp0m555m17na7muat2id9d2ncc A\n", "", "b.c.example. wrong NSEC(3) bitmap\n" },
	{ "no NSEC3 of a name", "h8ikq33oluf02d981e8ptp2pilmheth0.example. 3600 IN NSEC3 ",
		"h8ikq33oluf02d981e8ptp2pilmhethg.example. 3600 IN NSEC3 ", "",
		"a.b.c.example. missing NSEC(3) record\n" },
	{ "no NSEC3 of an empty non-terminal",
		"ii3ii6j0ujluc86am9g2ec0o5pkc66d0.example. 3600 IN NSEC3 ",
		"ii3ii6j0ujluc86am9g2ec0o5pkc66dg.example. 3600 IN NSEC3 ", "",
		"b.c.example. missing NSEC(3) record\n" },
	{ "no NSEC3 of an insecure delegation without opt-out",
		"krl09hlp0m555m17na7muat2id9d2ncc.example. 3600 IN NSEC3 ",
		"krl09hlp0m555m17na7muat2id9d2ncg.example. 3600 IN NSEC3 ", "",
		"ii3ii6j0ujluc86am9g2ec0o5pkc66d0.example. wrong NSEC3 opt-out\n" },
	{ "next hash that is no owner", "beef h8ikq33oluf02d981e8ptp2pilmheth0",
		"beef h8ikq33oluf02d981e8ptp2pilmhethg", "",
		"5t4rbm2t1uig1uaud5mgmtc8sjs8gj99.example. inconsistent NSEC(3) chain\n" },
	{ "NSEC3 of no name", "beef h8ikq33oluf02d981e8ptp2pilmheth0",
		"beef 60000000000000000000000000000000",
		"60000000000000000000000000000000 NSEC3 1 0 1 beef "
		"h8ikq33oluf02d981e8ptp2pilmheth0 A RRSIG\n" SIG(
			"60000000000000000000000000000000", "NSEC3", "2"),
		"example. superfluous NSEC(3)\n" },
	{ "NSEC3s of another chain are fine", "", "",
		"60000000000000000000000000000000 NSEC3 1 1 2 beef "
		"h8ikq33oluf02d981e8ptp2pilmheth0 A RRSIG\n" SIG(
			"60000000000000000000000000000000", "NSEC3", "2"),
		"" },
	{ "two NSEC3s of a name", "", "",
		"h8ikq33oluf02d981e8ptp2pilmheth0 NSEC3 1 0 1 beef "
		"ii3ii6j0ujluc86am9g2ec0o5pkc66d0 A RRSIG\n",
		"h8ikq33oluf02d981e8ptp2pilmheth0.example. missing NSEC(3) record\n" },
	{ "NSEC3PARAMs of other flags and of another algorithm", "", "",
		"@ NSEC3PARAM 2 0 1 beef\n@ NSEC3PARAM 1 2 1 bf\n",
		"example. invalid flags in NSEC3PARAM\nexample. invalid algorithm in "
		"NSEC3PARAM\n" },
};

static void zone_with_nsec3_has_the_findings_of_its_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nsec3_cases); i++) {
		struct buf text = { 0 }, found = { 0 }, expected = { 0 };
		const struct check_case c = { "", "", nsec3_cases[i].findings, OPTIONAL };
		const char *at = strstr(signed_zone, nsec3_cases[i].from);
		print_message("%s\n", nsec3_cases[i].claim);
		assert_non_null(at);
		buf_append(&text, signed_zone, (size_t)(at - signed_zone));
		buf_text(&text, nsec3_cases[i].to);
		buf_text(&text, at + strlen(nsec3_cases[i].from));
		buf_text(&text, nsec3_cases[i].added);
		expect(&c, ZONE_CHECK_ON, &expected);
		assert_int_equal(
			findings_of((const char *)text.data,
				&(struct zone_check_options){ .mode = ZONE_CHECK_ON }, &found),
			0);
		buf_char(&found, '.');
		buf_char(&expected, '.');
		assert_string_equal((const char *)found.data, (const char *)expected.data);
		buf_deinit(&text);
		buf_deinit(&found);
		buf_deinit(&expected);
	}
}

static void dnssec_checks_run_as_forced(void **state)
{
	struct zone_check_options options = {
		.mode = ZONE_CHECK_ON, .dnssec_forced = true, .dnssec = true
	};
	struct buf found = { 0 };
	(void)state;
	assert_int_equal(findings_of(GOOD, &options, &found), 0);
	assert_string_equal((const char *)found.data, "warning example. missing DNSKEY\n");
	buf_reset(&found);
	options.dnssec = false;
	assert_int_equal(findings_of(APEX APEX_NSEC, &options, &found), 0);
	assert_int_equal(found.len, 0);
	buf_deinit(&found);
}

/* The signatures of signed_zone are real ones: valid from 2020 to 2029. */
static void signatures_are_verified(void **state)
{
	const struct {
		const char *claim;
		uint32_t time;
		const char *from, *to; /* what is changed in the text, NULL: nothing */
		const char *finding;
	} cases[] = {
		{ "good signatures", 1700000000, NULL, NULL, "" },
		{ "too early", 1500000000, NULL, NULL,
			"warning example. no valid signature for a record (record type NS)\n" },
		{ "too late", 1900000000, NULL, NULL,
			"warning example. no valid signature for a record (record type NS)\n" },
		{ "other data", 1700000000, "ca.example.net", "cb.example.net",
			"warning example. no valid signature for a record (record type CAA)\n" },
		{ "no zone key", 1700000000, "DNSKEY 256", "DNSKEY 0",
			"warning example. invalid DNSKEY\n" },
		{ "no key with SEP flag", 1700000000, "DNSKEY 257", "DNSKEY 256",
			"warning example. no valid signature for a record (record type "
			"DNSKEY)\n" },
		{ "broken key", 1700000000, "GpPGyebX", "GpPG",
			"warning example. invalid DNSKEY\n" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct zone_check_options options = {
			.mode = ZONE_CHECK_ON, .verify = true, .time = cases[i].time
		};
		struct buf text = { 0 }, found = { 0 };
		const char *at = cases[i].from != NULL ? strstr(signed_zone, cases[i].from) : NULL;
		assert_true(cases[i].from == NULL || at != NULL);
		if (at != NULL) {
			buf_append(&text, signed_zone, (size_t)(at - signed_zone));
			buf_text(&text, cases[i].to);
			buf_text(&text, at + strlen(cases[i].from));
		} else {
			buf_text(&text, signed_zone);
		}
		buf_text(&found, "");
		(void)!findings_of((const char *)text.data, &options, &found);
		const char *got = found.len > 0 ? (const char *)found.data : "";
		if (strcmp(got, cases[i].finding) != 0)
			fail_msg("%s: %s", cases[i].claim, got);
		buf_deinit(&text);
		buf_deinit(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_are_verified),
		cmocka_unit_test(findings_and_their_levels_are_those_of_the_mode),
		cmocka_unit_test(signed_zone_has_the_findings_of_its_case),
		cmocka_unit_test(zone_with_nsec3_has_the_findings_of_its_case),
		cmocka_unit_test(dnssec_checks_run_as_forced),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
