/* zonefile/writer: lines of the dump layout, and what is written is scanned as the same records. */
#include "base/attr.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "test_util.h"
#include "zonefile/scanner.h"
#include "zonefile/writer.h"

static const uint8_t origin[] = "\1z\4test";

static int write_record(void *ctx, const struct zonefile_rr *rr)
{
	zonefile_write_rr(rr->owner, rr->ttl, rr->type, rr->rdata, ctx);
	return 0;
}

static void write_all(const char *text, const uint8_t *relative_to, struct buf *ret)
{
	const struct zonefile_options options = { .origin = relative_to, .default_ttl = 3600 };
	const struct zonefile_handler handler = { write_record, NULL, ret };

	assert_int_equal(zonefile_scan_text(span_of_text(text), "", &options, &handler, NULL), 0);
	assert_int_equal(ret->error, 0);
}

static const struct {
	const char *text, *line;
} cases[] = {
	{ "@ SOA ns.example. host\\.master.example. 2020010100 3600 600 86400 300",
		"z.test.             \t3600\tSOA\tns.example. host\\.master.example. 2020010100 "
		"3600 600 86400 300\n" },
	{ "twenty-char-na A 192.0.2.1", "twenty-char-na.z.test.\t3600\tA\t192.0.2.1\n" },
	{ "exactly-thirty-one-chars A 192.0.2.1",
		"exactly-thirty-one-chars.z.test. 3600\tA\t192.0.2.1\n" },
	{ "exactly-thirty-one-char A 192.0.2.1",
		"exactly-thirty-one-char.z.test.\t3600\tA\t192.0.2.1\n" },
	{ "emptyapl APL", "emptyapl.z.test.    \t3600\tAPL\t\n" },
	{ ". 0 NS .", ".                   \t0\tNS\t.\n" },
	{ "@ 2147483647 A 1.2.3.4", "z.test.             \t2147483647\tA\t1.2.3.4\n" },
	{ "UP.Z.Test. MX 10 Mail", "up.z.test.          \t3600\tMX\t10 mail.z.test.\n" },
	{ "a\\032b\\\"c#\\200 TYPE65280 \\# 3 abcdef",
		"a\\032b\\\"c\\035\\200.z.test.\t3600\tTYPE65280\t\\# 3 ABCDEF\n" },
	{ "@ TYPE65280 \\# 0", "z.test.             \t3600\tTYPE65280\t\\# 0\n" },
	{ "@ 5 RRSIG A 8 2 3601 20300101000000 20200101000000 12345 z.test. AQID",
		"z.test.             \t3601\tRRSIG\tA 8 2 3601 20300101000000 20200101000000 12345 "
		"z.test. AQID\n" },
	{ "@ 5 RRSIG A 8 2 4294967295 20300101000000 20200101000000 12345 z.test. AQID",
		"z.test.             \t4294967295\tRRSIG\tA 8 2 4294967295 20300101000000 "
		"20200101000000 12345 z.test. AQID\n" },
	{ "@ X25 3110", "z.test.             \t3600\tTYPE19\t\\# 5 0433313130\n" },
	{ "@ MB a", "z.test.             \t3600\tMB\t\\# 10 0161017A047465737400\n" },
	{ "@ SVCB 1 . mandatory=alpn,port alpn=\"h2,h3\" no-default-alpn port=443 "
	  "ipv4hint=192.0.2.1,192.0.2.2 ech=AAE= ipv6hint=2001:db8::1 dohpath=\"/q{?dns}\" "
	  "key65333=\"x\\\"y z\"",
		"z.test.             \t3600\tSVCB\t1 . mandatory=alpn,port alpn=\"h2,h3\" "
		"no-default-alpn port=443 "
		"ipv4hint=192.0.2.1,192.0.2.2 ech=AAE= ipv6hint=2001:db8::1 dohpath=\"/q{?dns}\" "
		"key65333=\"x\\\"y z\"\n" },
	{ "@ LOC 52 22 23 N 4 53 32 E -2m 0m 10000m 10m",
		"z.test.             \t3600\tLOC\t52 22 23 N  4 53 32 E  -2m  0m 10000m 10m\n" },
	{ "@ LOC 1 2 3.456 S 179 0 0 W 12345.67m", "z.test.             \t3600\tLOC\t1 2 3.456 S  "
						   "179 0 0 W  12345.67m  1m 10000m 10m\n" },
	{ "@ IPSECKEY 10 0 0 .", "z.test.             \t3600\tIPSECKEY\t10 0 0 .\n" },
	{ "@ URI 10 1 \"ftp://ftp.example.com/a b\"",
		"z.test.             \t3600\tURI\t10 1 \"ftp://ftp.example.com/a b\" \n" },
	{ "@ TXT \"a;b\" \"quo\\\"te\" \"back\\\\slash\" \"tab\\009x\" \"\\200\" \"\" \"sp ace\"",
		"z.test.             \t3600\tTXT\t\"a;b\" \"quo\\\"te\" \"back\\\\slash\" "
		"\"tab\\009x\" \"\\200\" \"\" "
		"\"sp ace\"\n" },
	{ "@ NSEC3 1 0 0 8C6E4E29 47tmb3roe6srituk5bc7sn2spigsdvn0",
		"z.test.             \t3600\tNSEC3\t1 0 0 8C6E4E29 "
		"47tmb3roe6srituk5bc7sn2spigsdvn0 \n" },
};

static void line_of_each_record_is_as_listed(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out = { 0 };
		write_all(cases[i].text, origin, &out);
		assert_string_equal((const char *)out.data, cases[i].line);
		buf_deinit(&out);
	}
}

static void written_records_scan_to_themselves(void **state UNUSED)
{
	struct buf text = { 0 }, first = { 0 }, second = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_text(&text, cases[i].text);
		buf_char(&text, '\n');
	}
	write_all((const char *)text.data, origin, &first);
	write_all((const char *)first.data, NULL, &second); /* all names are absolute */
	assert_string_equal((const char *)first.data, (const char *)second.data);
	buf_deinit(&text);
	buf_deinit(&first);
	buf_deinit(&second);
}

static void buffer_at_its_limit_fails_and_is_not_overrun(void **state UNUSED)
{
	const uint8_t rdata[4] = { 192, 0, 2, 1 };
	const size_t line = strlen("z.test.             \t3600\tA\t192.0.2.1\n");

	for (size_t limit = 1; limit <= line; limit++) {
		struct buf out = { .limit = limit };
		zonefile_write_rr(origin, 3600, DNS_TYPE_A, (struct span){ rdata, 4 }, &out);
		assert_int_equal(out.error, limit < line ? E_SPACE : 0);
		assert_true(out.len <= limit);
		buf_deinit(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_of_each_record_is_as_listed),
		cmocka_unit_test(written_records_scan_to_themselves),
		cmocka_unit_test(buffer_at_its_limit_fails_and_is_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
