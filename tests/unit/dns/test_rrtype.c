/* dns/rrtype: the table of types, classes and codes. */
#include "base/attr.h"
#include "dns/rrtype.h"
#include "test_util.h"

static void type_number_printed_parses_back_for_all_numbers(void **state)
{
	struct buf out = { 0 };
	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		uint16_t got = (uint16_t)~type;
		char number[16];
		buf_reset(&out);
		dns_type_print((uint16_t)type, &out);
		assert_int_equal(dns_type_parse(buf_span(&out), &got), 0);
		assert_int_equal(got, type);
		for (size_t i = 0; i < out.len; i++) {
			if (out.data[i] >= 'A' && out.data[i] <= 'Z')
				out.data[i] |= 32;
		}
		assert_int_equal(dns_type_parse(buf_span(&out), &got), 0);
		assert_int_equal(got, type);
		snprintf(number, sizeof(number), "TYPE%u", type);
		assert_int_equal(dns_type_parse(span_of_text(number), &got), 0);
		assert_int_equal(got, type);
	}
	buf_deinit(&out);
}

static void type_mnemonic_has_its_number(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
	} cases[] = {
		{ "A", 1 },
		{ "soa", 6 },
		{ "NSAP-PTR", 23 },
		{ "AAAA", 28 },
		{ "A6", 38 },
		{ "DS", 43 },
		{ "nsec3", 50 },
		{ "SVCB", 64 },
		{ "DSYNC", 66 },
		{ "NXNAME", 128 },
		{ "ANY", 255 },
		{ "CAA", 257 },
		{ "RESINFO", 261 },
		{ "TA", 32768 },
		{ "DLV", 32769 },
		{ "DELEG", 61440 },
		{ "ALIAS", 65401 },
		{ "DELEGPARAM", 65433 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t type = 0;
		assert_int_equal(dns_type_parse(span_of_text(cases[i].name), &type), 0);
		assert_int_equal(type, cases[i].type);
	}
}

static void type_text_unknown_is_refused(void **state)
{
	static const char *const cases[] = { "", "AB", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x",
		"TYPE000001", "NSEC33", "AAAAA", "NSAPZPTR", "A-VERY-LONG-WORD-THAT-IS-NO-TYPE",
		"\x01" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t type = 7;
		if (dns_type_parse(span_of_text(cases[i]), &type) != E_NORRTYPE || type != 7)
			fail_msg("'%s'", cases[i]);
	}
}

/* The types of IANA's registry (assigned or allocated for early use) that stand for data, and those beside it that the
 * sheets list: each has a mnemonic, and all but the reserved ones a layout. */
static void type_that_is_assigned_has_a_mnemonic_and_layout(void **state)
{
	static const struct {
		uint16_t first, last;
	} assigned[] = { { 1, 53 }, { 55, 68 }, { 99, 109 }, { 128, 128 }, { 249, 264 },
		{ 32768, 32769 }, { 61440, 61440 }, { 65401, 65401 }, { 65433, 65433 } };
	static const uint16_t no_data[] = { 100, 101, 102, 103, 128, 251, 252, 253, 254, 255 };
	struct buf out = { 0 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(assigned); i++) {
		for (unsigned type = assigned[i].first; type <= assigned[i].last; type++) {
			bool has_data = true;
			for (size_t k = 0; k < ARRAY_LEN(no_data); k++)
				has_data = has_data && no_data[k] != type;
			buf_reset(&out);
			dns_type_print((uint16_t)type, &out);
			buf_u8(&out, 0);
			if (strncmp((char *)out.data, "TYPE", 4) == 0 ||
				(dns_rrtype_of((uint16_t)type) != NULL) != has_data)
				fail_msg("type %u", type);
		}
	}
	buf_deinit(&out);
}

static void query_types_have_no_layout(void **state)
{
	static const uint16_t types[] = { 0, 54, 100, 103, 128, 251, 252, 253, 254, 255, 1234,
		65535 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		assert_null(dns_rrtype_of(types[i]));
}

static void class_text_parses_and_prints(void **state)
{
	static const struct {
		const char *text;
		uint16_t class_;
		const char *printed;
	} cases[] = {
		{ "in", 1, "IN" },
		{ "CH", 3, "CH" },
		{ "HS", 4, "HS" },
		{ "NONE", 254, "NONE" },
		{ "any", 255, "ANY" },
		{ "CLASS1", 1, "IN" },
		{ "class65535", 65535, "CLASS65535" },
		{ "CLASS0", 0, "CLASS0" },
	};
	struct buf out = { 0 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t got = 9;
		assert_int_equal(dns_class_parse(span_of_text(cases[i].text), &got), 0);
		assert_int_equal(got, cases[i].class_);
		buf_reset(&out);
		dns_class_print(got, &out);
		assert_true(span_equal(buf_span(&out), span_of_text(cases[i].printed)));
	}
	uint16_t none;
	assert_int_equal(dns_class_parse(span_of_text("XX"), &none), E_NORRCLASS);
	assert_int_equal(dns_class_parse(span_of_text("CLASS65536"), &none), E_NORRCLASS);
	assert_int_equal(dns_class_parse(span_of_text(""), &none), E_NORRCLASS);
	buf_deinit(&out);
}

static void rcode_names_parse_back(void **state)
{
	(void)state;
	unsigned known = 0;
	for (unsigned i = 0; i < 4096; i++) {
		unsigned got;
		if (dns_rcode_name(i) == NULL)
			continue;
		known++;
		assert_int_equal(dns_rcode_parse(span_of_text(dns_rcode_name(i)), &got), 0);
		assert_int_equal(got, i);
	}
	assert_true(known >= 20);
	assert_string_equal(dns_opcode_name(DNS_OPCODE_NOTIFY), "NOTIFY");
	assert_null(dns_opcode_name(3));
	assert_null(dns_opcode_name(15));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(type_number_printed_parses_back_for_all_numbers),
		cmocka_unit_test(type_mnemonic_has_its_number),
		cmocka_unit_test(type_text_unknown_is_refused),
		cmocka_unit_test(type_that_is_assigned_has_a_mnemonic_and_layout),
		cmocka_unit_test(query_types_have_no_layout),
		cmocka_unit_test(class_text_parses_and_prints),
		cmocka_unit_test(rcode_names_parse_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
