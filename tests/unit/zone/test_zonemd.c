/*
 * Digests of zones: the examples of RFC 8976 appendix A, a signed zone whose ZONEMD was made by ldns-signzone,
 * and what the rules of verification (section 4) refuse.
 */
#include "signed_zone.h"
#include "zone_text.h"

#include "crypto/digest.h"
#include "zone/zonemd.h"
#include <urcu-qsbr.h>

/* Appendix A.1 */
#define SIMPLE_ZONE                                                          \
	"example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400\n" \
	" 86400 IN NS ns1\n"                                                 \
	" 86400 IN NS ns2\n"                                                 \
	"ns1 3600 IN A 203.0.113.63\n"                                       \
	"ns2 3600 IN AAAA 2001:db8::63\n"
#define SIMPLE_DIGEST                                                                              \
	"c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8" \
	"e730044c"

/* Appendix A.2 */
static const char complex_zone[] =
	"example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400\n"
	" 86400 IN NS ns1\n"
	" 86400 IN NS ns2\n"
	" 86400 IN ZONEMD 2018031900 1 1 a3b69bad980a3504e1cffcb0fd6397f93848071c93151f55"
	"2ae2f6b1711d4bd2d8b39808226d7b9db71e34b72077f8fe\n"
	"ns1 3600 IN A 203.0.113.63\n"
	"NS2 3600 IN AAAA 2001:db8::63\n"
	"occluded.sub 7200 IN TXT \"I'm occluded but must be digested\"\n"
	"sub 7200 IN NS ns1\n"
	"duplicate 300 IN TXT \"I must be digested just once\"\n"
	"duplicate 300 IN TXT \"I must be digested just once\"\n"
	"foo.test. 555 IN TXT \"out-of-zone data must be excluded\"\n"
	"UPPERCASE 3600 IN TXT \"canonicalize uppercase owner names\"\n"
	"* 777 IN PTR dont-forget-about-wildcards\n"
	"mail 3600 IN MX 20 MAIL1\n"
	"mail 3600 IN MX 10 Mail2.Example.\n"
	"sortme 3600 IN AAAA 2001:db8::5:61\n"
	"sortme 3600 IN AAAA 2001:db8::3:62\n"
	"sortme 3600 IN AAAA 2001:db8::4:63\n"
	"sortme 3600 IN AAAA 2001:db8::1:65\n"
	"sortme 3600 IN AAAA 2001:db8::2:64\n"
	"non-apex 900 IN ZONEMD 2018031900 1 1 616c6c6f776564206275742069676e6f7265642e20616c6c"
	"6f776564206275742069676e6f7265642e20616c6c6f7765\n";

/* Appendix A.3: both hashes of scheme SIMPLE, a private hash and a private scheme. */
static const char multiple_zone[] =
	"example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400\n"
	"example. 86400 IN NS ns1.example.\n"
	"example. 86400 IN NS ns2.example.\n"
	"example. 86400 IN ZONEMD 2018031900 1 1 62e6cf51b02e54b9b5f967d547ce43136792901f9f88e637"
	"493daaf401c92c279dd10f0edb1c56f8080211f8480ee306\n"
	"example. 86400 IN ZONEMD 2018031900 1 2 08cfa1115c7b948c4163a901270395ea226a930cd2cbcf2f"
	"a9a5e6eb85f37c8a4e114d884e66f176eab121cb02db7d652e0cc4827e7a3204f166b47e5613fd27\n"
	"example. 86400 IN ZONEMD 2018031900 1 240 e2d523f654b9422a96c5a8f44607bbee\n"
	"example. 86400 IN ZONEMD 2018031900 241 1 e1846540e33a9e4189792d18d5d131f605fc283e\n"
	"ns1.example. 3600 IN A 203.0.113.63\n"
	"ns2.example. 86400 IN TXT \"This example has multiple digests\"\n"
	"NS2.EXAMPLE. 3600 IN AAAA 2001:db8::63\n";

/* A name that is that of an NSEC3 and has data of its own: types of both in one order, signatures of both in one RRset
 * (RFC 8976 section 3.3.2, RFC 4034 section 6.3). Digests by dnspython. */
#define HASH_NAME "60000000000000000000000000000000"
#define HASH_SIG(type) \
	HASH_NAME " 3600 RRSIG " type " 13 2 3600 20300101000000 20200101000000 1 example. AA==\n"
#define SHARED_NAME_ZONE                                                                  \
	"example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400\n"              \
	"example. 86400 IN NS ns1\n"                                                      \
	"ns1 3600 IN A 203.0.113.63\n" HASH_NAME " 3600 A 192.0.2.1\n" HASH_NAME          \
	" 3600 TLSA 3 1 1 "                                                               \
	"0000000000000000000000000000000000000000000000000000000000000000\n" HASH_NAME    \
	" 3600 TYPE65280 \\# 1 00\n" HASH_NAME                                            \
	" 3600 NSEC3 1 0 1 beef h8ikq33oluf02d981e8ptp2pilmheth0 A RRSIG\n" HASH_SIG("A") \
		HASH_SIG("TYPE65280") HASH_SIG("NSEC3")

static const struct {
	const char *claim, *text;
	int expected;
} verify_cases[] = {
	{ "example of one digest verifies",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n", 0 },
	{ "order of records doesn't matter",
		"@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n" SIMPLE_ZONE, 0 },
	{ "glue, duplicates, wildcards, upper case and other ZONEMDs are digested as said",
		complex_zone, 0 },
	{ "one of several digests verifies", multiple_zone, 0 },
	{ "signed zone with NSEC3 verifies", signed_zone, 0 },
	{ "name of an NSEC3 with other types is digested in one order, SHA-384",
		SHARED_NAME_ZONE "@ 86400 ZONEMD 2018031900 1 1 "
				 "a1b38ed71573cc77ef4a5443dbd42bd80acbb3e99099f7c9e3d85feb9f87aaa4"
				 "e396bad50ed8bc09016b6b9f63e065b9\n",
		0 },
	{ "name of an NSEC3 with other types is digested in one order, SHA-512",
		SHARED_NAME_ZONE
		"@ 86400 ZONEMD 2018031900 1 2 "
		"a1d07a07a10ee32ad750ae32bf9afdcf3510d7c2af9037b95b0a3224380170993"
		"fc43803043d0190b5c2206a6acee82522070def88c4b6706966905a0580ea63\n",
		0 },
	{ "of two that are usable the last counts, and is wrong",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n"
			    "@ 86400 ZONEMD 2018031900 1 2 ff" SIMPLE_DIGEST "\n",
		E_ZONEMD },
	{ "one of another serial beside a good one doesn't matter",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n"
			    "@ 86400 ZONEMD 2018031901 1 2 ff" SIMPLE_DIGEST "\n",
		0 },
	{ "no ZONEMD is missing", SIMPLE_ZONE, E_ZONEMDMISSING },
	{ "ZONEMD below the apex doesn't count",
		SIMPLE_ZONE "a ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n", E_ZONEMDMISSING },
	{ "other serial isn't usable",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031901 1 1 " SIMPLE_DIGEST "\n", E_ZONEMDMISSING },
	{ "unknown scheme isn't usable",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 2 1 " SIMPLE_DIGEST "\n", E_ZONEMDMISSING },
	{ "unknown hash isn't usable",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 3 " SIMPLE_DIGEST "\n", E_ZONEMDMISSING },
	{ "more records than digested is wrong",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\na A 192.0.2.1\n",
		E_ZONEMD },
	{ "digest of the other length is wrong",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 2 " SIMPLE_DIGEST "\n", E_ZONEMD },
	{ "two of one scheme and hash are wrong",
		SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n"
			    "@ 86400 ZONEMD 2018031900 1 1 ff" SIMPLE_DIGEST "\n",
		E_ZONEMD },
};

static void verification_finds_what_the_case_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(verify_cases); i++) {
		print_message("%s\n", verify_cases[i].claim);
		struct zone_text z = zone_text_open(verify_cases[i].text);
		assert_int_equal(zone_zonemd_verify(z.view), verify_cases[i].expected);
		zone_text_close(&z);
	}
}

/* Each octet of a record counts: TTL, rdata, owner. */
static void any_change_of_the_zone_is_noticed(void **state)
{
	static const char *const changes[][2] = {
		{ "admin", "bdmin" },
		{ "ns1 3600", "ns1 3601" },
		{ "203.0.113.63", "203.0.113.62" },
		{ "ns2 3600", "ns3 3600" },
		{ " 900 ", " 901 " },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		char text[] = SIMPLE_ZONE "@ 86400 ZONEMD 2018031900 1 1 " SIMPLE_DIGEST "\n";
		char *at = strstr(text, changes[i][0]);
		assert_non_null(at);
		memcpy(at, changes[i][1], strlen(changes[i][1]));
		struct zone_text z = zone_text_open(text);
		assert_int_equal(zone_zonemd_verify(z.view), E_ZONEMD);
		zone_text_close(&z);
	}
}

static void digest_by_an_unknown_algorithm_is_none(void **state)
{
	uint8_t digest[CRYPTO_DIGEST_MAX];
	(void)state;
	struct zone_text z = zone_text_open(SIMPLE_ZONE);
	assert_int_equal(zone_zonemd_digest(z.view, 0, digest), 0);
	assert_int_equal(zone_zonemd_digest(z.view, CRYPTO_SHA384, digest), 48);
	assert_int_equal(zone_zonemd_digest(z.view, CRYPTO_SHA512, digest), 64);
	assert_int_equal(zone_zonemd_digest(z.view, 3, digest), 0);
	zone_text_close(&z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verification_finds_what_the_case_says),
		cmocka_unit_test(any_change_of_the_zone_is_noticed),
		cmocka_unit_test(digest_by_an_unknown_algorithm_is_none),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
