/* dns/rdata: each type's text and wire forms, what the checks refuse, compressed names, styles. */
#include "base/attr.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "test_util.h"

static uint8_t wire[DNS_RDATA_MAX], again[DNS_RDATA_MAX];

static int parse(
	const char *type_text, const char *text, const uint8_t *origin, uint8_t *out, size_t *len)
{
	const char *why = NULL;
	uint16_t type;
	assert_int_equal(dns_type_parse(span_of_text(type_text), &type), 0);
	/* In a buffer of the exact size, so that reading on is seen. */
	size_t size = strlen(text);
	uint8_t *copy = malloc(size + 1);
	memcpy(copy, text, size);
	uint8_t *exact = realloc(copy, size > 0 ? size : 1);
	struct dns_lexer lexer = dns_lexer_over((struct span){ exact, size });
	lexer.at_start = false; /* the type stood before */
	int ret = dns_rdata_parse(type, &lexer, origin, out, len, &why);
	if (ret != 0)
		assert_true(why != NULL && *why != 0);
	free(exact);
	return ret;
}

/* Type, text, text that is printed (NULL: the same). At least one row for each type with a text form. */
static const struct {
	const char *type, *text, *printed;
} forms[] = {
	{ "A", "192.0.2.1", NULL },
	{ "NS", "Ns.Example.", "ns.example." },
	{ "MD", "a.b.", NULL },
	{ "MF", "a.b.", NULL },
	{ "CNAME", "x.", NULL },
	{ "SOA", "ns.example. host\\.master.example. 2020010100 1h 10m 4d 5m",
		"ns.example. host\\.master.example. 2020010100 3600 600 345600 300" },
	{ "MB", "a.b.", NULL },
	{ "MG", "a.b.", NULL },
	{ "MR", "a.b.", NULL },
	{ "WKS", "10.0.0.1 tcp 25 80 23", "10.0.0.1 6 23 25 80" },
	{ "PTR", "*.x/y_z-1.", NULL },
	{ "HINFO", "PC \"a b\"", "\"PC\" \"a b\"" },
	{ "MINFO", "a. b.", NULL },
	{ "MX", "10 Mail.", "10 mail." },
	{ "TXT", "\"a;b\" \"quo\\\"te\" \"back\\\\slash\" \"tab\\009x\" \"\\200\" \"\" \"sp ace\"",
		NULL },
	{ "RP", "a. b.", NULL },
	{ "AFSDB", "1 a.", NULL },
	{ "X25", "\"311061700956\"", NULL },
	{ "ISDN", "\"150862028003217\" \"004\"", NULL },
	{ "ISDN", "\"150862028003217\"", NULL },
	{ "RT", "10 r.", NULL },
	{ "NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00",
		"0x47000580005A0000000001E133FFFFFF00016100" },
	{ "NSAP-PTR", "foo.", NULL },
	{ "SIG", "A 5 2 3600 20200101000000 20190101000000 1 s. AQID", NULL },
	{ "KEY", "256 3 5 AQIDBA==", NULL },
	{ "PX", "10 a. b.", NULL },
	{ "GPOS", "\"-32.6882\" \"116.8652\" \"10.0\"", NULL },
	{ "AAAA", "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "LOC", "52 22 23 N 4 53 32 E -2m 0m 10000m 10m",
		"52 22 23 N  4 53 32 E  -2m  0m 10000m 10m" },
	{ "NXT", "b. A NS SOA TYPE127", NULL },
	{ "EID", "E32C6F78163A9348", NULL },
	{ "NIMLOC", "32251A030067", NULL },
	{ "SRV", "0 5 5060 sip.", NULL },
	{ "ATMA", "4700790000", NULL },
	{ "ATMA", "+61200000000", NULL },
	{ "ATMA", "+61.2.00000000", "+61200000000" },
	{ "NAPTR", "100 50 \"s\" \"http+I2L\" \"!^.*$!\\\\1!\" a.", NULL },
	{ "KX", "10 k.", NULL },
	{ "CERT", "PKIX 65535 RSASHA256 AQID", "1 65535 8 AQID" },
	{ "A6", "0 2001:db8::1", NULL },
	{ "A6", "64 2001:db8::1:2 Sub.Net.", "64 ::1:2 sub.net." },
	{ "A6", "61 ::7:0:0:0:1 n.", NULL },
	{ "A6", "128 n.", NULL },
	{ "DNAME", "d.", NULL },
	{ "SINK", "1 2 3 AQID", NULL },
	{ "APL", "1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8 1:0.0.0.0/0", NULL },
	{ "DS", "12345 13 2 0123456789abcdef", "12345 13 2 0123456789ABCDEF" },
	{ "SSHFP", "1 1 0123", NULL },
	{ "IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG", NULL },
	{ "IPSECKEY", "10 0 0 .", NULL },
	{ "IPSECKEY", "10 2 2 2001:db8::1 AQID", NULL },
	{ "IPSECKEY", "10 3 2 Gw.Example. AQID", NULL },
	{ "RRSIG", "A ECDSAP256SHA256 2 3600 20200101000000 1546300800 1 S. AQI D",
		"A 13 2 3600 20200101000000 20190101000000 1 s. AQID" },
	{ "NSEC", "Next.Example. MX A TYPE1234", "Next.Example. A MX TYPE1234" },
	{ "NSEC", "a. ", NULL },
	{ "DNSKEY", "257 3 8 AwEAAQ==", NULL },
	{ "DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", NULL },
	{ "NSEC3", "1 0 0 8C6E4E29 47tmb3roe6srituk5bc7sn2spigsdvn0 A RRSIG", NULL },
	{ "NSEC3", "1 0 0 - 47tmb3roe6srituk5bc7sn2spigsdvn0 ", NULL },
	{ "NSEC3PARAM", "1 0 12 aabb", "1 0 12 AABB" },
	{ "NSEC3PARAM", "1 0 0 -", NULL },
	{ "TLSA", "3 1 1 D2AB", NULL },
	{ "SMIMEA", "3 1 1 D2AB", NULL },
	{ "HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAbdx rvs1.example. rvs2.", NULL },
	{ "NINFO", "\"a\" \"b\"", NULL },
	{ "RKEY", "0 1 8 AQID", NULL },
	{ "TALINK", "a. b.", NULL },
	{ "CDS", "0 0 0 00", NULL },
	{ "CDNSKEY", "0 3 0 AA==", NULL },
	{ "OPENPGPKEY", "AQIDBA==", NULL },
	{ "CSYNC", "66 3 A NS AAAA", NULL },
	{ "ZONEMD",
		"2018031500 1 1 "
		"FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAF"
		"A4F22C6BD647DE",
		NULL },
	{ "SVCB",
		"1 . mandatory=alpn,port alpn=\"h2,h3\" no-default-alpn port=443 "
		"ipv4hint=192.0.2.1,192.0.2.2 ech=AAE= ipv6hint=2001:db8::1 dohpath=\"/q{?dns}\" "
		"key65333=\"x\\\"y z\"",
		NULL },
	{ "SVCB", "0 foo.Example.", NULL },
	{ "SVCB", "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", NULL },
	{ "SVCB", "1 foo. key667=hello", "1 foo. key667=\"hello\"" },
	{ "SVCB", "1 . port=8 alpn=h2", "1 . alpn=\"h2\" port=8" },
	{ "SVCB", "1 . ohttp tls-supported-groups=29,23 docpath=\"a,b\" key12", NULL },
	{ "SVCB", "1 . docpath=\"\"", "1 . docpath" },
	{ "IPSECKEY", "\\# 5 0a00 00 abcd",
		"\\# 5 0A0000ABCD" }, /* a key that text has no place for */
	{ "HTTPS", "1 . alpn=h3", "1 . alpn=\"h3\"" },
	{ "DSYNC", "CDS NOTIFY 5359 Cds.Example.", NULL },
	{ "HHIT", "AQID", NULL },
	{ "BRID", "AQID", NULL },
	{ "SPF", "\"v=spf1 -all\"", NULL },
	{ "NID", "10 0014:4FFF:FF20:EE64", NULL },
	{ "L32", "10 10.1.2.0", NULL },
	{ "L64", "10 2001:db8:1140:1000", "10 2001:0DB8:1140:1000" },
	{ "LP", "10 L64.", NULL },
	{ "EUI48", "00-00-5e-00-53-2a", "00-00-5E-00-53-2A" },
	{ "EUI64", "00-00-5E-EF-10-00-00-2A", NULL },
	{ "TKEY", "gss-tsig. 20200101000000 20200102000000 3 BADKEY 3 AQID 0", NULL },
	{ "TSIG", "hmac-sha256. 1577836800 300 3 AQID 1 0 0",
		"hmac-sha256. 1577836800 300 3 AQID 1 NOERROR 0" },
	{ "TSIG", "hmac-sha256. 1577836800 300 0 1 badsig 0",
		"hmac-sha256. 1577836800 300 0 1 BADSIG 0" },
	{ "TSIG", "hmac-sha256. 1577836800 300 0 1 4095 0", NULL },
	{ "URI", "10 1 \"ftp://ftp.example.com/a b\"", "10 1 \"ftp://ftp.example.com/a b\" " },
	{ "CAA", "0 issue \"ca.example\"", "0 issue \"ca.example\" " },
	{ "AVC", "\"app-name:WOLFGANG\"", NULL },
	{ "DOA", "0 1 2 \"\" aHR0cHM=", NULL },
	{ "DOA", "0 1 2 \"text/plain\" -", NULL },
	{ "AMTRELAY", "10 1 3 Relay.Example.", NULL },
	{ "AMTRELAY", "10 0 0 .", NULL },
	{ "AMTRELAY", "10 0 1 192.0.2.1", NULL },
	{ "RESINFO", "\"qnamemin\" \"exterr=15\"", NULL },
	{ "WALLET", "\"ETH\" \"0x\"", NULL },
	{ "CLA", "\"TCP-v4\"", NULL },
	{ "IPN", "18446744073709551615", NULL },
	{ "TA", "1 8 2 AB", NULL },
	{ "DLV", "1 8 2 AB", NULL },
	{ "DELEG", "server-ipv4=192.0.2.1 server-ipv6=2001:db8::1", NULL },
	{ "DELEG", "server-name=ns.a.,ns.b.", NULL },
	{ "DELEG", "server-name=a\\,b.C.,x\\\\.", NULL },
	{ "DELEGPARAM", "include-delegparam=p.example.", NULL },
	{ "ALIAS", "Target.Example.", NULL },
	{ "TYPE1234", "\\# 3 abcdef", "\\# 3 ABCDEF" },
	{ "TYPE1234", "\\# 0", NULL },
	{ "A", "\\# 4 C0000201", "192.0.2.1" },
	{ "MX", "\\# 6 000A 024d58 00", "10 mx." },
};

static void rdata_of_each_type_is_printed_as_it_was_parsed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct buf out = { 0 };
		uint16_t type;
		size_t len, len2;
		assert_int_equal(dns_type_parse(span_of_text(forms[i].type), &type), 0);
		if (parse(forms[i].type, forms[i].text, NULL, wire, &len) != 0)
			fail_msg("%s %s doesn't parse", forms[i].type, forms[i].text);
		struct span rdata = { wire, len };
		assert_int_equal(dns_rdata_check(type, rdata), 0);
		dns_rdata_print(type, rdata, &dns_print_default, &out);
		buf_u8(&out, 0);
		assert_string_equal((char *)out.data,
			forms[i].printed != NULL ? forms[i].printed : forms[i].text);
		assert_int_equal(parse(forms[i].type, (char *)out.data, NULL, again, &len2), 0);
		assert_int_equal(len2, len);
		assert_memory_equal(again, wire, len);
		/* The generic form of a known type and the forms over several lines are the same rdata. */
		static const struct dns_print_style others[] = { { .generic = true },
			{ .wrap = true, .human_time = true }, { .generic = true, .wrap = true } };
		for (size_t k = 0; k < ARRAY_LEN(others); k++) {
			buf_reset(&out);
			dns_rdata_print(type, rdata, &others[k], &out);
			buf_u8(&out, 0);
			if (others[k].generic)
				assert_int_equal(
					strncmp((char *)out.data,
						others[k].wrap ? "(\n\t\t\t\t\\# " : "\\# ",
						others[k].wrap ? 9 : 3),
					0);
			assert_int_equal(
				parse(forms[i].type, (char *)out.data, NULL, again, &len2), 0);
			assert_int_equal(len2, len);
			assert_memory_equal(again, wire, len);
		}
		buf_deinit(&out);
	}
}

/* Layouts over several lines as kdig has them; "|" stands for a line break and the indentation. */
static const struct {
	const char *type, *text, *printed;
} wrapped[] = {
	{ "A", "192.0.2.1", "192.0.2.1" },
	{ "SOA", "a. b. 1 90061 2 3 0",
		"a. b. (|1 ; serial|90061 ; refresh (1 day 1 hour 1 minute 1 second)"
		"|2 ; retry (2 seconds)|3 ; expire (3 seconds)|0 ; minimum (0 seconds)|)" },
	{ "DS", "1 13 1 0102030405060708090A0B0C0D0E0F1011121314",
		"1 13 1 (|0102030405060708090A0B0C0D0E0F1011121314|)" },
	{ "ZONEMD", "1 1 241 0102030405060708090A0B0C0D0E0F101112131415",
		"1 1 241 (|0102030405060708090A0B0C0D0E0F1011121314|15|)" },
	{ "DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
		"(|AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuV|AA2kjEA=|)" },
	{ "DNSKEY", "256 3 8 AwEAAcWPOrEJhFy5mY2AbyVzpXxSPzS8",
		"256 3 8 (|AwEAAcWPOrEJhFy5mY2AbyVzpXxSPzS8|) ; ZSK, RSASHA256 (160b), id = "
		"55664" },
	{ "KEY", "256 3 8", "256 3 8 " },
	{ "RRSIG", "A 13 2 300 20361231000000 20200101000000 33107 s.test. AQID",
		"A 13 2 300 20361231000000 (|20200101000000 33107 s.test.|AQID|)" },
	{ "NSEC", "b. A RRSIG", "b. A RRSIG" },
	{ "NSEC3", "1 0 1 - 0g6utfg35np9fejsm508v2hr4gkfut2c A RRSIG",
		"1 0 1 - (|0g6utfg35np9fejsm508v2hr4gkfut2c|A RRSIG|)" },
	{ "NSEC3", "1 0 1 - 0g6utfg35np9fejsm508v2hr4gkfut2c",
		"1 0 1 - (|0g6utfg35np9fejsm508v2hr4gkfut2c||)" },
	{ "IPSECKEY", "10 1 2 192.0.2.38 AQID", "10 (|1 2 192.0.2.38|AQID|)" },
	{ "IPSECKEY", "10 1 0 192.0.2.38", "10 (|1 0 192.0.2.38|)" },
	{ "SVCB", "1 a. port=443 ech=AQID", "1 a. (|port=443|ech=AQID|)" },
	{ "SVCB", "0 a.", "0 a." },
	{ "TSIG", "hmac-sha256. 1577836800 300 3 AQID 1 0 0",
		"hmac-sha256. 1577836800 300 (|3 AQID|1 NOERROR 0|)" },
	{ "TYPE1234", "\\# 3 ABCDEF", "(|\\# 3 |ABCDEF|)" },
	{ "TYPE1234", "\\# 0", "(|\\# 0|)" },
};

static void long_rdata_is_spread_over_lines(void **state)
{
	static const struct dns_print_style style = { .wrap = true, .human_time = true };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrapped); i++) {
		struct buf out = { 0 }, wanted = { 0 };
		uint16_t type;
		size_t len;
		assert_int_equal(dns_type_parse(span_of_text(wrapped[i].type), &type), 0);
		assert_int_equal(parse(wrapped[i].type, wrapped[i].text, NULL, wire, &len), 0);
		dns_rdata_print(type, (struct span){ wire, len }, &style, &out);
		for (const char *p = wrapped[i].printed; *p != 0; p++) {
			if (*p == '|')
				buf_text(&wanted, "\n\t\t\t\t");
			else
				buf_char(&wanted, *p);
		}
		buf_u8(&out, 0);
		buf_u8(&wanted, 0);
		assert_string_equal((char *)out.data, (char *)wanted.data);
		buf_deinit(&out);
		buf_deinit(&wanted);
	}
}

static void every_type_with_a_layout_has_a_row_here(void **state)
{
	(void)state;
	for (unsigned type = 1; type <= UINT16_MAX; type++) {
		if (dns_rrtype_of((uint16_t)type) == NULL || type == DNS_TYPE_NULL ||
			type == DNS_TYPE_OPT)
			continue;
		bool found = false;
		for (size_t i = 0; i < ARRAY_LEN(forms) && !found; i++) {
			uint16_t t;
			found = dns_type_parse(span_of_text(forms[i].type), &t) == 0 && t == type;
		}
		if (!found)
			fail_msg("type %u has no row", type);
	}
}

/* Truncated anywhere, rdata either has another valid reading (a list, a string to the end) or is refused; reading
 * and checking agree, and nothing is read behind the end (the sanitizer sees to that). */
static void check_and_read_agree_on_truncated_and_longer_rdata(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		uint16_t type;
		size_t len, out_len;
		assert_int_equal(dns_type_parse(span_of_text(forms[i].type), &type), 0);
		assert_int_equal(parse(forms[i].type, forms[i].text, NULL, wire, &len), 0);
		for (size_t n = 1; n <= len + 1; n++) {
			uint8_t *exact = calloc(1, n);
			memcpy(exact, wire, MIN(n, len));
			struct span rdata = { exact, n };
			struct cursor c = cursor_over(rdata);
			int checked = dns_rdata_check(type, rdata);
			int read = dns_rdata_read(type, &c, rdata, n, false, again, &out_len);
			if ((checked == 0) != (read == 0))
				fail_msg("%s %s: %zu octets: check %d, read %d", forms[i].type,
					forms[i].text, n, checked, read);
			if (n == len)
				assert_int_equal(checked, 0);
			free(exact);
		}
	}
}

/* Types whose length is in the layout: no octet less, none more. */
static void rdata_of_fixed_layout_cut_or_extended_is_malformed(void **state)
{
	static const char *const types[] = { "A", "NS", "CNAME", "SOA", "PTR", "HINFO", "MINFO",
		"MX", "RP", "AFSDB", "X25", "RT", "PX", "GPOS", "AAAA", "LOC", "SRV", "NAPTR", "KX",
		"DNAME", "NSEC3PARAM", "DSYNC", "NID", "L32", "L64", "LP", "EUI48", "EUI64", "TKEY",
		"TSIG", "AMTRELAY", "IPN", "ALIAS" };
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(types); k++) {
		for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
			uint16_t type;
			size_t len;
			if (strcmp(forms[i].type, types[k]) != 0)
				continue;
			assert_int_equal(dns_type_parse(span_of_text(types[k]), &type), 0);
			assert_int_equal(parse(types[k], forms[i].text, NULL, wire, &len), 0);
			assert_int_equal(
				dns_rdata_check(type, (struct span){ wire, len - 1 }), E_MALFORMED);
			wire[len] = 0;
			assert_int_equal(
				dns_rdata_check(type, (struct span){ wire, len + 1 }), E_MALFORMED);
			assert_int_equal(
				dns_rdata_check(type, (struct span){ wire, 0 }), E_MALFORMED);
		}
	}
}

static const struct {
	const char *type, *text;
} refused[] = {
	{ "A", "" },
	{ "A", "1.2.3" },
	{ "A", "1.2.3.256" },
	{ "A", "1.2.3.4.5" },
	{ "A", "1.2.3.4 5" },
	{ "A", "1.2.3." },
	{ "A", "\\# 3 010203" },
	{ "A", "\\# 4 010203" },
	{ "A", "\\# 0" },
	{ "AAAA", "1.2.3.4" },
	{ "AAAA", ":::" },
	{ "NS", "a..b." },
	{ "NS", "a. b." },
	{ "MX", "65536 a." },
	{ "MX", "-1 a." },
	{ "MX", "10" },
	{ "TXT", "" },
	{ "TXT", "\\256" },
	{ "TXT", "\\12" },
	{ "TXT", "\"a" },
	{ "SOA", "a. b. 1 2 3 4" },
	{ "SOA", "a. b. 1 2 3 4 4294967296" },
	{ "DS", "1 8 2" },
	{ "DS", "1 8 2 ABC" },
	{ "DS", "1 8 2 XY" },
	{ "DNSKEY", "256 3 8 AQI" },
	{ "DNSKEY", "256 3 8 A=== " },
	{ "DNSKEY", "256 3 8 AQ== AQ==" },
	{ "DNSKEY", "256 3 NOALG AQID" },
	{ "RRSIG", "A 8 2 3600 20200230000000 20190101000000 1 s. AQID" },
	{ "RRSIG", "A 8 2 3600 20201301000000 20190101000000 1 s. AQID" },
	{ "NSEC", "a. NOTYPE" },
	{ "NSEC3", "1 0 0 ABC aaaa" },
	{ "NSEC3", "1 0 0 - a" },
	{ "LOC", "91 N 4 E 0" },
	{ "LOC", "52 22 N" },
	{ "APL", "3:1.2.3.4/5" },
	{ "APL", "1:1.2.3.4/33" },
	{ "CAA", "0 \"\" x" },
	{ "CAA", "256 issue x" },
	{ "IPSECKEY", "10 4 2 x AQID" },
	{ "IPSECKEY", "10 0 0 . AQID" },
	{ "SVCB", "1 . alpn=h2 alpn=h3" },
	{ "SVCB", "1 . mandatory=port alpn=h2" },
	{ "SVCB", "1 . mandatory=mandatory" },
	{ "SVCB", "1 . port=65536" },
	{ "SVCB", "1 . port=1,2" },
	{ "SVCB", "1 . ipv4hint=" },
	{ "SVCB", "1 . ipv4hint=::1" },
	{ "SVCB", "1 . alpn=" },
	{ "SVCB", "1 . alpn=a,,b" },
	{ "SVCB", "1 . unknown=1" },
	{ "SVCB", "1 . key65536=a" },
	{ "SVCB", "1 . no-default-alpn=x" },
	{ "SVCB", "1 . mandatory=alpn,alpn alpn=h2" },
	{ "EUI48", "00-00-5e-00-53" },
	{ "EUI48", "00:00:5e:00:53:2a" },
	{ "NID", "10 0014:4fff:ff20" },
	{ "NID", "10 00014:4fff:ff20:1" },
	{ "HIP", "2 - AQID" },
	{ "AMTRELAY", "10 2 0 ." },
	{ "IPN", "18446744073709551616" },
	{ "NSAP", "470005" },
	{ "NSAP", "0x470" },
	{ "NXT", "a. TYPE128" },
	{ "NULL", "00" },
	{ "A6", "0 ::1 n." },
	{ "A6", "64 ::1" },
	{ "A6", "129 n." },
	{ "A6", "128 ::1 n." },
	{ "A6", "\\# 18 40 0000000000000001 00 00 00 00 00 00 00 00 00" },
	{ "UID", "1" },
	{ "ISDN", "1 2 3" },
	{ "ATMA", "+." },
	{ "DOA", "0 1 2 \"\"" },
	{ "DOA", "0 1 2 \"\" - AQID" },
	{ "TYPE1234", "abc" },
	{ "TYPE1234", "\\# 2 ab" },
	{ "TYPE1234", "\\# 1 ab cd" },
	{ "URI", "1 2" },
	{ "DSYNC", "CDS 256 53 a." },
};

static void rdata_with_bad_text_is_refused(void **state)
{
	(void)state;
	size_t len;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		if (parse(refused[i].type, refused[i].text, NULL, wire, &len) != E_PARSE)
			fail_msg("%s %s is accepted", refused[i].type, refused[i].text);
	}
}

/* RFC 9460 appendix D: text and the generic form of the same rdata. */
#define FOO_COM "03666f6f076578616d706c6503636f6d00"
#define FOO_ORG "03666f6f076578616d706c65036f726700"
static const struct {
	const char *text, *generic;
} svcb_vectors[] = {
	{ "0 foo.example.com.", "\\# 19 0000" FOO_COM },
	{ "1 .", "\\# 3 000100" },
	{ "16 foo.example.com. port=53", "\\# 25 0010" FOO_COM "000300020035" },
	{ "1 foo.example.com. key667=hello", "\\# 28 0001" FOO_COM "029b000568656c6c6f" },
	{ "1 foo.example.com. key667=\"hello\\210qoo\"",
		"\\# 32 0001" FOO_COM "029b000968656c6c6fd2716f6f" },
	{ "1 foo.example.com. ipv6hint=\"2001:db8::1,2001:db8::53:1\"",
		"\\# 55 0001" FOO_COM "00060020"
		"20010db800000000000000000000000120010db8000000000000000000530001" },
	{ "1 example.com. ipv6hint=\"2001:db8:122:344::192.0.2.33\"",
		"\\# 35 0001076578616d706c6503636f6d00"
		"0006001020010db8012203440000 0000c0000221" },
	{ "16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
		"\\# 48 0010" FOO_ORG "0000000400010004"
		"0001000902683205 68332d313900040004c0000201" },
	{ "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
		"\\# 35 0010" FOO_ORG "0001000c08665c6f6f2c626172026832" },
	{ "16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2",
		"\\# 35 0010" FOO_ORG "0001000c08665c6f6f2c626172026832" },
};
static const char *const svcb_failures[] = {
	"1 foo.example.com. key123=abc key123=def",
	"1 foo.example.com. mandatory",
	"1 foo.example.com. alpn",
	"1 foo.example.com. port",
	"1 foo.example.com. ipv4hint",
	"1 foo.example.com. ipv6hint",
	"1 foo.example.com. no-default-alpn=abc",
	"1 foo.example.com. mandatory=key123",
	"1 foo.example.com. mandatory=mandatory",
	"1 foo.example.com. mandatory=key123,key123 key123=abc",
};

static void svcb_vectors_of_the_standard_hold(void **state UNUSED)
{
	static const char *const types[] = { "SVCB", "HTTPS" };
	size_t len, len2;
	for (size_t k = 0; k < ARRAY_LEN(types); k++) {
		for (size_t i = 0; i < ARRAY_LEN(svcb_vectors); i++) {
			assert_int_equal(
				parse(types[k], svcb_vectors[i].text, NULL, wire, &len), 0);
			assert_int_equal(
				parse(types[k], svcb_vectors[i].generic, NULL, again, &len2), 0);
			assert_int_equal(len, len2);
			assert_memory_equal(wire, again, len);
		}
		for (size_t i = 0; i < ARRAY_LEN(svcb_failures); i++) {
			if (parse(types[k], svcb_failures[i], NULL, wire, &len) != E_PARSE)
				fail_msg("%s is accepted", svcb_failures[i]);
		}
	}
}

/* Dumps hold what Knot DNS reads: storage sheet, sections 7.4 and 7.5. */
static const struct {
	const char *type, *text, *printed;
} dumped[] = {
	{ "A", "192.0.2.1", "192.0.2.1" },
	{ "X25", "3110", "\\# 5 0433313130" },
	{ "MB", "a.", "\\# 3 016100" },
	{ "A6", "128 n.", "\\# 4 80016E00" },
	{ "AMTRELAY", "10 0 0 .", "\\# 2 0A00" },
	{ "TA", "1 8 2 AB", "\\# 5 00010802AB" },
	{ "DSYNC", "CDS NOTIFY 5359 cds.", "CDS NOTIFY 5359 cds." },
	{ "DSYNC", "X25 NOTIFY 5359 cds.", "TYPE19 NOTIFY 5359 cds." },
	{ "NSEC", "a. A MD X25 A6 SIG HIP RESINFO TA",
		"a. A MD TYPE19 SIG TYPE38 TYPE55 RESINFO TYPE32768" },
	{ "CSYNC", "1 0 WKS", "1 0 TYPE11" },
	{ "RRSIG", "X25 8 2 3600 20200101000000 20190101000000 1 s. AQID",
		"TYPE19 8 2 3600 20200101000000 20190101000000 1 s. AQID" },
	{ "KEY", "49152 3 8", "\\# 4 C0000308" },
	{ "IPSECKEY", "10 0 2 .", "\\# 3 0A0002" },
	{ "SVCB", "1 . mandatory=ohttp,docpath ohttp tls-supported-groups=29 docpath=a",
		"1 . mandatory=ohttp,key10 ohttp key9=\"\\000\\029\" key10=\"\\001a\"" },
	{ "DELEG", "server-ipv4=192.0.2.1", "server-ipv4=192.0.2.1" },
};

static void rdata_in_dumps_has_known_forms_only(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(dumped); i++) {
		struct buf out = { 0 };
		uint16_t type;
		size_t len, len2;
		assert_int_equal(dns_type_parse(span_of_text(dumped[i].type), &type), 0);
		assert_int_equal(parse(dumped[i].type, dumped[i].text, NULL, wire, &len), 0);
		dns_rdata_print(type, (struct span){ wire, len }, &dns_print_dump, &out);
		buf_u8(&out, 0);
		assert_string_equal((char *)out.data, dumped[i].printed);
		assert_int_equal(parse(dumped[i].type, (char *)out.data, NULL, again, &len2), 0);
		assert_int_equal(len2, len);
		assert_memory_equal(again, wire, len);
		buf_deinit(&out);
	}
}

static void bitmap_after_a_refused_one_has_its_own_types_only(void **state)
{
	size_t len;
	(void)state;
	assert_int_equal(parse("NSEC", "a. MX TYPE1234 \"open", NULL, wire, &len), E_PARSE);
	assert_int_equal(parse("NSEC", "a. MX TYPE1234 NOTYPE", NULL, wire, &len), E_PARSE);
	assert_int_equal(parse("NSEC", "a. A", NULL, wire, &len), 0);
	assert_int_equal(len, 6);
	assert_memory_equal(wire, "\1a\0\0\1\x40", 6);
}

static const struct {
	const char *name;
	uint16_t type;
	const char *rdata;
	size_t len;
} malformed[] = {
	{ "bitmap with an empty window", DNS_TYPE_NSEC, "\0\0\0", 3 },
	{ "bitmap with a trailing zero", DNS_TYPE_NSEC, "\0\0\2\x40\0", 5 },
	{ "bitmap of descending windows", DNS_TYPE_NSEC, "\0\1\1\x40\0\1\x40", 7 },
	{ "bitmap of 33 octets", DNS_TYPE_NSEC,
		"\0\0\41\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 36 },
	{ "TXT with a string past the end", DNS_TYPE_TXT, "\3ab", 3 },
	{ "compressed name without a message", DNS_TYPE_NS, "\xc0\0", 2 },
	{ "SVCB with descending keys", DNS_TYPE_SVCB, "\0\1\0\0\4\0\0\0\3\0\0", 11 },
	{ "SVCB with the same key twice", DNS_TYPE_SVCB, "\0\1\0\0\4\0\0\0\4\0\0", 11 },
	{ "SVCB with a value past the end", DNS_TYPE_SVCB, "\0\1\0\0\4\0\1", 7 },
	{ "APL with a long address", DNS_TYPE_APL, "\0\1\40\5\1\2\3\4\5", 9 },
	{ "CAA without a tag", DNS_TYPE_CAA, "\0\0x", 3 },
	{ "NSEC3 without a next hash", DNS_TYPE_NSEC3, "\1\0\0\0\0\0", 6 },
	{ "A6 with a prefix length of 129", 38, "\201\0", 2 },
	{ "A6 without the suffix's end", 38, "\100\0\0\0\0\0\0\0", 8 },
	{ "A6 without the name", 38, "\200", 1 },
	{ "DS without a digest", DNS_TYPE_DS, "\0\1\10\2", 4 },
};

static void rdata_that_does_not_fit_is_malformed_and_printed_generic(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		struct span rdata = { (const uint8_t *)malformed[i].rdata, malformed[i].len };
		struct buf out = { 0 };
		if (dns_rdata_check(malformed[i].type, rdata) != E_MALFORMED)
			fail_msg("%s", malformed[i].name);
		dns_rdata_print(malformed[i].type, rdata, &dns_print_default, &out);
		assert_memory_equal(out.data, "\\# ", 3);
		buf_deinit(&out);
	}
}

/* A message in which "Example." stands at 0 and rdata at 9 with names "Ns" + pointer. */
static void names_in_rdata_compressed_are_read_in_all_types_with_names(void **state)
{
	static const struct {
		const char *type, *rdata;
		size_t len;
		const char *text; /* in stored form */
	} cases[] = {
		{ "NS", "\2Ns\xc0\0", 5, "ns.example." },
		{ "SOA", "\2Ns\xc0\0\1H\xc0\11\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 29,
			"ns.example. h.ns.example. 1 2 3 4 5" },
		{ "MX", "\0\1\2Ns\xc0\0", 7, "1 ns.example." },
		{ "SRV", "\0\1\0\2\0\3\2Ns\xc0\0", 11, "1 2 3 ns.example." },
		{ "NAPTR", "\0\1\0\2\0\0\0\2Ns\xc0\0", 12, "1 2 \"\" \"\" \"\" ns.example." },
		{ "KX", "\0\1\2Ns\xc0\0", 7, "1 ns.example." },
		{ "DNAME", "\2Ns\xc0\0", 5, "ns.example." },
		{ "RRSIG", "\0\1\15\2\0\0\16\20\x5e\x0b\xe1\0\x5c\x2a\xad\x80\0\1\2Ns\xc0\0\1\2\3",
			26, "A 13 2 3600 20200101000000 20190101000000 1 ns.example. AQID" },
		{ "NSEC", "\2Ns\xc0\0\0\1\x40", 8,
			"Ns.Example. A" }, /* letters are kept (RFC 6840 section 5.1) */
		{ "SVCB", "\0\1\2Ns\xc0\0", 7, "1 Ns.Example." },
		{ "DSYNC", "\0\73\1\0\65\2Ns\xc0\0", 10, "CDS NOTIFY 53 Ns.Example." },
		{ "LP", "\0\1\2Ns\xc0\0", 7, "1 Ns.Example." },
		{ "A6", "\200\2Ns\xc0\0", 6, "128 ns.example." },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t message[128] = "\7Example";
		struct buf out = { 0 };
		uint16_t type;
		size_t len;
		memcpy(message + 9, cases[i].rdata, cases[i].len);
		struct span all = { message, 9 + cases[i].len };
		struct cursor c = cursor_over(all);
		cursor_take(&c, 9);
		assert_int_equal(dns_type_parse(span_of_text(cases[i].type), &type), 0);
		if (dns_rdata_read(type, &c, all, cases[i].len, true, wire, &len) != 0)
			fail_msg("%s isn't read", cases[i].type);
		assert_int_equal(cursor_left(&c), 0);
		dns_rdata_print(type, (struct span){ wire, len }, &dns_print_default, &out);
		buf_u8(&out, 0);
		assert_string_equal((char *)out.data, cases[i].text);
		/* An RDLENGTH that ends within the name. */
		c = cursor_over(all);
		cursor_take(&c, 9);
		if (strcmp(cases[i].type, "RRSIG") != 0 && strcmp(cases[i].type, "NSEC") != 0)
			assert_int_equal(
				dns_rdata_read(type, &c, all, cases[i].len - 1, true, wire, &len),
				E_MALFORMED);
		buf_deinit(&out);
	}
}

/* Decompression makes rdata longer than it was; a list of names can't get past the buffer. */
static void rdlength_zero_is_read_only_where_it_may_be(void **state)
{
	static const uint16_t fine[] = { DNS_TYPE_NULL, DNS_TYPE_OPT, DNS_TYPE_APL, DNS_TYPE_AXFR,
		DNS_TYPE_IXFR, DNS_TYPE_DELEG, DNS_TYPE_DELEGPARAM, 1234, 65535 };
	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		struct cursor c = cursor_over((struct span){ wire, 0 });
		size_t len = 1;
		bool may = dns_rrtype_of((uint16_t)type) == NULL;
		for (size_t i = 0; i < ARRAY_LEN(fine); i++)
			may = may || fine[i] == type;
		int ret = dns_rdata_read(
			(uint16_t)type, &c, (struct span){ wire, 0 }, 0, true, again, &len);
		if (ret != (may ? 0 : E_MALFORMED))
			fail_msg("type %u gives %d", type, ret);
		if (may)
			assert_int_equal(len, 0);
	}
}

static void names_in_rdata_are_lowered_and_compressible_as_the_standards_say(void **state)
{
	static const char *const lowered[] = { "NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR",
		"PTR", "MINFO", "MX", "RP", "AFSDB", "RT", "SIG", "PX", "NXT", "NAPTR", "KX", "SRV",
		"DNAME", "RRSIG", "A6" };
	static const char *const compressible[] = { "NS", "CNAME", "SOA", "PTR", "MINFO", "MX" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct dns_rdata_name names[8];
		uint16_t type;
		size_t len;
		bool lower = false, may = false;
		assert_int_equal(dns_type_parse(span_of_text(forms[i].type), &type), 0);
		assert_int_equal(parse(forms[i].type, forms[i].text, NULL, wire, &len), 0);
		for (size_t k = 0; k < ARRAY_LEN(lowered); k++)
			lower = lower || strcmp(forms[i].type, lowered[k]) == 0;
		for (size_t k = 0; k < ARRAY_LEN(compressible); k++)
			may = may || strcmp(forms[i].type, compressible[k]) == 0;
		assert_int_equal(dns_type_compressible(type), may);
		size_t count =
			dns_rdata_names(type, (struct span){ wire, len }, names, ARRAY_LEN(names));
		memcpy(again, wire, len);
		for (size_t k = 0; k < count; k++) {
			assert_int_equal(names[k].compressible, may);
			if (again[names[k].offset] != 0)
				again[names[k].offset + 1] = 'X';
		}
		dns_rdata_lower(type, again, len);
		for (size_t k = 0; k < count; k++) {
			if (again[names[k].offset] == 0 || strcmp(forms[i].type, "TKEY") == 0 ||
				strcmp(forms[i].type, "TSIG") == 0)
				continue;
			if (again[names[k].offset + 1] != (lower ? 'x' : 'X'))
				fail_msg("%s", forms[i].type);
		}
	}
}

static void rdata_of_full_size_is_parsed_and_one_octet_more_is_refused(void **state)
{
	(void)state;
	size_t octets = DNS_RDATA_MAX - 4, len; /* of a key: no limit but the record's */
	struct buf text = { 0 }, out = { 0 };
	buf_text(&text, "256 3 8 ");
	for (size_t i = 0; i < octets / 3; i++)
		buf_text(&text, i % 14 == 13 ? "AQI D" : "AQID"); /* in pieces that split groups */
	size_t rest = octets % 3;
	assert_int_equal(rest, 0 + octets - octets / 3 * 3);
	buf_text(&text, rest == 1 ? "AA==" : rest == 2 ? "AAA=" : "");
	assert_int_equal(parse("DNSKEY", (char *)text.data, NULL, wire, &len), 0);
	assert_int_equal(len, DNS_RDATA_MAX);
	dns_rdata_print(DNS_TYPE_DNSKEY, (struct span){ wire, len }, &dns_print_default, &out);
	assert_int_equal(out.error, 0);
	buf_u8(&out, 0);
	size_t len2;
	assert_int_equal(parse("DNSKEY", (char *)out.data, NULL, again, &len2), 0);
	assert_int_equal(len2, len);
	assert_memory_equal(again, wire, len);
	buf_reset(&text);
	buf_printf(&text, "\\# 65535 ");
	for (size_t i = 0; i < 65535; i++)
		buf_text(&text, "ab");
	assert_int_equal(parse("TYPE1234", (char *)text.data, NULL, wire, &len), 0);
	assert_int_equal(len, 65535);
	buf_text(&text, "ab");
	assert_int_equal(parse("TYPE1234", (char *)text.data, NULL, wire, &len), E_PARSE);
	buf_deinit(&text);
	buf_deinit(&out);
}

static void names_in_text_are_relative_to_the_origin(void **state)
{
	static const uint8_t origin[] = "\7example";
	struct dns_print_style style = { .human_time = true, .origin = origin };
	struct buf out = { 0 };
	size_t len;
	(void)state;
	assert_int_equal(parse("SOA", "@ Host ( 1 2 ; comment\n 3 4 5 )\n", origin, wire, &len), 0);
	dns_rdata_print(DNS_TYPE_SOA, (struct span){ wire, len }, &dns_print_default, &out);
	buf_u8(&out, 0);
	assert_string_equal((char *)out.data, "example. host.example. 1 2 3 4 5");
	buf_reset(&out);
	dns_rdata_print(DNS_TYPE_SOA, (struct span){ wire, len }, &style, &out);
	buf_u8(&out, 0);
	assert_string_equal((char *)out.data, "@ host 1 2 3 4 5");
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rdata_of_each_type_is_printed_as_it_was_parsed),
		cmocka_unit_test(long_rdata_is_spread_over_lines),
		cmocka_unit_test(every_type_with_a_layout_has_a_row_here),
		cmocka_unit_test(check_and_read_agree_on_truncated_and_longer_rdata),
		cmocka_unit_test(rdata_of_fixed_layout_cut_or_extended_is_malformed),
		cmocka_unit_test(rdata_with_bad_text_is_refused),
		cmocka_unit_test(svcb_vectors_of_the_standard_hold),
		cmocka_unit_test(rdata_in_dumps_has_known_forms_only),
		cmocka_unit_test(bitmap_after_a_refused_one_has_its_own_types_only),
		cmocka_unit_test(rdata_that_does_not_fit_is_malformed_and_printed_generic),
		cmocka_unit_test(names_in_rdata_compressed_are_read_in_all_types_with_names),
		cmocka_unit_test(rdlength_zero_is_read_only_where_it_may_be),
		cmocka_unit_test(names_in_rdata_are_lowered_and_compressible_as_the_standards_say),
		cmocka_unit_test(rdata_of_full_size_is_parsed_and_one_octet_more_is_refused),
		cmocka_unit_test(names_in_text_are_relative_to_the_origin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
