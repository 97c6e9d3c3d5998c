/* Reading octets from outside: no read goes beyond the end, and the first that would makes all later ones fail. */
#include "test_util.h"

#include "base/cursor.h"

static const uint8_t octets[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct cursor over(size_t len)
{
	return cursor_over((struct span){ octets, len });
}

static void integers_are_big_endian_and_need_no_alignment(void **state)
{
	struct cursor c = over(9);
	(void)state;
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u64(&c), 0x0203040506070809);
	assert_int_equal(cursor_finish(&c), 0);
	c = over(9);
	assert_int_equal(cursor_u16(&c), 0x0102);
	assert_int_equal(cursor_u48(&c), 0x030405060708);
	assert_int_equal(cursor_left(&c), 1);
	c = over(5);
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u32(&c), 0x02030405);
	assert_int_equal(cursor_finish(&c), 0);
}

static void what_is_written_reads_back(void **state)
{
	uint8_t m[1 + 8];
	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		uint64_t v = UINT64_C(0x8000000000000001) >> i;
		write_u16(m + 1, (uint16_t)v);
		assert_int_equal(read_u16(m + 1), (uint16_t)v);
		write_u32(m + 1, (uint32_t)v);
		assert_int_equal(read_u32(m + 1), (uint32_t)v);
		write_u48(m + 1, v & 0xffffffffffff);
		assert_int_equal(read_u48(m + 1), v & 0xffffffffffff);
		write_u64(m + 1, v);
		assert_true(read_u64(m + 1) == v);
	}
}

static void overrun_yields_zeros_and_sticks(void **state)
{
	(void)state;
	for (size_t len = 0; len < 8; len++) {
		struct cursor c = over(len);
		assert_int_equal(cursor_u64(&c), 0);
		assert_true(c.failed);
		assert_int_equal(cursor_left(&c), 0);
		assert_int_equal(cursor_u8(&c), 0); /* though there was one */
		assert_int_equal(cursor_finish(&c), E_MALFORMED);
	}
}

static void lengths_that_would_wrap_are_overruns(void **state)
{
	static const size_t lens[] = { 10, SIZE_MAX, SIZE_MAX - 8, SIZE_MAX / 2 };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		struct cursor c = over(9);
		struct span s = cursor_take(&c, lens[i]);
		assert_null(s.data);
		assert_int_equal(s.len, 0);
		assert_true(c.failed);
	}
}

static void nothing_at_all_can_be_read(void **state)
{
	struct cursor c = cursor_over((struct span){ 0 });
	(void)state;
	assert_int_equal(cursor_take(&c, 0).len, 0);
	assert_int_equal(cursor_rest(&c).len, 0);
	assert_int_equal(cursor_finish(&c), 0);
	assert_true(span_equal((struct span){ 0 }, (struct span){ octets, 0 }));
	assert_false(span_equal((struct span){ octets, 1 }, (struct span){ octets + 1, 1 }));
}

static void octets_left_over_are_an_error(void **state)
{
	struct cursor c = over(3);
	(void)state;
	assert_int_equal(cursor_u16(&c), 0x0102);
	assert_int_equal(cursor_finish(&c), E_MALFORMED);
	assert_true(span_equal(cursor_rest(&c), (struct span){ octets + 2, 1 }));
	assert_int_equal(cursor_finish(&c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_big_endian_and_need_no_alignment),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(overrun_yields_zeros_and_sticks),
		cmocka_unit_test(lengths_that_would_wrap_are_overruns),
		cmocka_unit_test(nothing_at_all_can_be_read),
		cmocka_unit_test(octets_left_over_are_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
