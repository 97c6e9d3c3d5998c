#include "test_util.h"

#include "base/err.h"
#include "dns/edns.h"
#include "dns/writer.h"

static uint8_t out[2048];
static uint8_t query[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\0\0\1\0\1";
static struct dns_request request;
static struct dns_writer w;
#define QUERY_LEN (sizeof(query) - 1)

static void begin(size_t size)
{
	memset(out, 0xa5, sizeof(out));
	assert_int_equal(
		dns_request_parse((struct span){ query, QUERY_LEN }, &request), DNS_PARSE_OK);
	assert_int_equal(dns_writer_begin_response(&w, out, size, &request), 0);
}

static void assert_opt(const char *octets, size_t len)
{
	assert_int_equal(w.pos - out - QUERY_LEN, len);
	assert_memory_equal(out + QUERY_LEN, octets, len);
	assert_int_equal(w.counts[DNS_SECTION_ADDITIONAL], 1);
}
#define ASSERT_OPT(octets) assert_opt(octets, sizeof(octets) - 1)

static void opt_without_options_has_eleven_octets(void **state)
{
	(void)state;
	const struct dns_edns_reply r = { .payload = 1232, .flags = DNS_EDNS_DO };
	begin(512);
	assert_int_equal(dns_edns_put(&w, &r), 0);
	ASSERT_OPT("\0\0\51\4\xd0\0\0\x80\0\0\0");
	assert_int_equal(dns_edns_fixed_size(&r), 11);
}

static void upper_bits_of_the_rcode_are_in_the_ttl(void **state)
{
	(void)state;
	const struct dns_edns_reply r = { .payload = 512, .rcode = DNS_RCODE_BADVERS };
	begin(512);
	assert_int_equal(dns_edns_put(&w, &r), 0);
	ASSERT_OPT("\0\0\51\2\0\1\0\0\0\0\0");
}

static struct dns_edns_reply all_options(void)
{
	return (struct dns_edns_reply){
		.payload = 1232,
		.has = DNS_EDNS_BIT(DNS_EDNS_NSID) | DNS_EDNS_BIT(DNS_EDNS_ECS) |
		       DNS_EDNS_BIT(DNS_EDNS_COOKIE) | DNS_EDNS_BIT(DNS_EDNS_EDE) |
		       DNS_EDNS_BIT(DNS_EDNS_EXPIRE) | DNS_EDNS_BIT(DNS_EDNS_ZONEVERSION),
		.nsid = span_of_text("ns"),
		.ecs = { .family = 1, .source = 20, .scope = 0, .address = { 192, 0, 0x20 } },
		.cookie = span_of_text("12345678"),
		.ede = 20,
		.expire = 0x01020304,
		.zoneversion_labels = 1,
		.zoneversion_serial = 0x05060708,
	};
}

#define FIXED_OPTIONS                 \
	"\0\3\0\2ns"                  \
	"\0\10\0\7\0\1\24\0\300\0\40" \
	"\0\12\0\10"                  \
	"12345678"
#define OTHER_OPTIONS       \
	"\0\17\0\2\0\24"    \
	"\0\11\0\4\1\2\3\4" \
	"\0\23\0\6\1\0\5\6\7\10"

static void options_come_in_their_order(void **state)
{
	(void)state;
	const struct dns_edns_reply r = all_options();
	begin(512);
	assert_int_equal(dns_edns_put(&w, &r), 0);
	ASSERT_OPT("\0\0\51\4\xd0\0\0\0\0\0\x35" FIXED_OPTIONS OTHER_OPTIONS);
	assert_int_equal(dns_edns_fixed_size(&r), 11 + sizeof(FIXED_OPTIONS) - 1);

	/* Read back. */
	struct dns_edns e;
	struct span options = { out + QUERY_LEN + 11, 0x35 }, data;
	uint16_t code;
	unsigned n = 0;
	assert_int_equal(dns_edns_read(1232, 0, options, &e), 0);
	while (dns_edns_next(&options, &code, &data))
		n++;
	assert_int_equal(n, 6);
	assert_true(dns_edns_has(&e, DNS_EDNS_ZONEVERSION));
}

static void options_without_room_are_left_out(void **state)
{
	(void)state;
	const struct dns_edns_reply r = all_options();
	size_t fixed = dns_edns_fixed_size(&r);
	static const struct {
		size_t room, used;
	} rows[] = { { 5, 0 }, { 6, 6 }, { 13, 6 }, { 14, 14 }, { 23, 14 }, { 24, 24 } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		begin(QUERY_LEN + fixed + rows[i].room);
		assert_int_equal(dns_edns_put(&w, &r), 0);
		assert_int_equal(w.pos - out, QUERY_LEN + fixed + rows[i].used);
		assert_int_equal(*w.pos, 0xa5);
	}
	begin(QUERY_LEN + fixed - 1);
	assert_int_equal(dns_edns_put(&w, &r), E_SPACE);
	assert_int_equal(w.pos - out, QUERY_LEN);
	assert_int_equal(w.counts[DNS_SECTION_ADDITIONAL], 0);
}

static void padding_fills_to_the_block(void **state)
{
	(void)state;
	static const struct {
		size_t size;
		uint16_t after, nsid;
		size_t want;
	} rows[] = {
		{ 2000, 0, 0, 468 }, { 2000, 50, 0, 468 - 50 },
		{ 2000, 0, 420, 468 },     /* without padding 12 octets of a block would be left */
		{ 2000, 0, 428, 468 },     /* the option's header is just the rest */
		{ 2000, 0, 429, 2 * 468 }, /* its header doesn't fit this block */
		{ 300, 0, 0, 300 },        /* the buffer ends before */
		{ 39, 0, 0, 36 },          /* no room for any padding */
	};
	uint8_t nsid[500] = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_edns_reply r = { .payload = 1232,
			.has = DNS_EDNS_BIT(DNS_EDNS_PADDING),
			.pad_block = 468,
			.pad_after = rows[i].after };
		if (rows[i].nsid > 0) {
			r.has |= DNS_EDNS_BIT(DNS_EDNS_NSID);
			r.nsid = (struct span){ nsid, rows[i].nsid - 4u };
		}
		begin(rows[i].size);
		assert_int_equal(dns_edns_put(&w, &r), 0);
		assert_int_equal(w.pos - out, rows[i].want);
	}
}

static const struct {
	const char *claim;
	const char *option;
	size_t len;
	int result;
	struct dns_ecs ecs;
} ecs_cases[] = {
	{ "ipv4_is_read", "\0\1\30\0\300\0\2", 7, 0, { 1, 24, 0, { 192, 0, 2 } } },
	{ "ipv6_is_read", "\0\2\40\20\40\1\15\270", 8, 0, { 2, 32, 16, { 0x20, 1, 0x0d, 0xb8 } } },
	{ "no_address_is_read", "\0\1\0\0", 4, 0, { 1, 0, 0, { 0 } } },
	{ "host_bits_are_masked", "\0\1\11\0\377\377", 6, 0, { 1, 9, 0, { 255, 128 } } },
	{ "more_octets_are_ignored", "\0\1\10\0\12\1\2\3", 8, 0, { 1, 8, 0, { 10 } } },
	{ "full_prefix_is_read", "\0\1\40\40\1\2\3\4", 8, 0, { 1, 32, 32, { 1, 2, 3, 4 } } },
	{ "family_0_is_malformed", "\0\0\0\0", 4, E_MALFORMED, { 0 } },
	{ "family_3_is_malformed", "\0\3\0\0", 4, E_MALFORMED, { 0 } },
	{ "source_beyond_the_address_is_malformed", "\0\1\41\0\1\2\3\4\5", 9, E_MALFORMED, { 0 } },
	{ "scope_beyond_the_address_is_malformed", "\0\1\0\41", 4, E_MALFORMED, { 0 } },
	{ "octets_missing_are_malformed", "\0\1\31\0\1\2\3", 7, E_MALFORMED, { 0 } },
	{ "header_cut_off_is_malformed", "\0\1\0", 3, E_MALFORMED, { 0 } },
	{ "empty_option_is_malformed", "", 0, E_MALFORMED, { 0 } },
};

static void client_subnets_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ecs_cases); i++) {
		struct dns_ecs ecs = { 0 };
		uint8_t *copy = malloc(ecs_cases[i].len + 1);
		memcpy(copy + 1, ecs_cases[i].option, ecs_cases[i].len);
		if (dns_ecs_read((struct span){ copy + 1, ecs_cases[i].len }, &ecs) !=
				ecs_cases[i].result ||
			memcmp(&ecs, &ecs_cases[i].ecs, sizeof(ecs)) != 0)
			fail_msg("%s", ecs_cases[i].claim);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opt_without_options_has_eleven_octets),
		cmocka_unit_test(upper_bits_of_the_rcode_are_in_the_ttl),
		cmocka_unit_test(options_come_in_their_order),
		cmocka_unit_test(options_without_room_are_left_out),
		cmocka_unit_test(padding_fills_to_the_block),
		cmocka_unit_test(client_subnets_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
