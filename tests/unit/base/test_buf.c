#include "test_util.h"

#include "base/buf.h"

static void appends_keep_order_and_final_zero(void **state)
{
	(void)state;
	struct buf b = { 0 };
	buf_text(&b, "abc");
	buf_char(&b, 'd');
	buf_u8(&b, 1);
	buf_u16(&b, 0x0203);
	buf_u32(&b, 0x04050607);
	assert_int_equal(b.error, 0);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "abcd\1\2\3\4\5\6\7", 12);
	buf_deinit(&b);
}

static void empty_append_is_a_string(void **state)
{
	(void)state;
	struct buf b = { 0 };
	buf_append(&b, NULL, 0);
	assert_int_equal(b.error, 0);
	assert_string_equal((char *)b.data, "");
	buf_deinit(&b);
}

static void limit_reached_sticks_until_reset(void **state)
{
	(void)state;
	struct buf b = { .limit = 5 };
	buf_text(&b, "abcde");
	assert_int_equal(b.error, 0);
	buf_char(&b, 'f');
	assert_int_equal(b.error, E_SPACE);
	buf_append(&b, NULL, 0);
	buf_printf(&b, "%d", 1);
	assert_int_equal(b.len, 5);
	assert_string_equal((char *)b.data, "abcde");
	buf_reset(&b);
	buf_printf(&b, "%05d", 7);
	assert_int_equal(b.error, 0);
	assert_string_equal((char *)b.data, "00007");
	buf_printf(&b, "%d", 7);
	assert_int_equal(b.error, E_SPACE);
	assert_string_equal((char *)b.data, "00007");
	buf_deinit(&b);
}

static void printf_longer_than_room_grows(void **state)
{
	(void)state;
	struct buf b = { 0 };
	char want[4001];
	size_t len = 0;
	for (int i = 0; i < 500; i++) {
		buf_printf(&b, "%08d", i);
		len += (size_t)sprintf(want + len, "%08d", i);
	}
	assert_int_equal(b.len, len);
	assert_string_equal((char *)b.data, want);
	buf_deinit(&b);
}

static void huge_reserve_is_no_memory(void **state)
{
	(void)state;
	struct buf b = { 0 };
	buf_text(&b, "x");
	assert_null(buf_reserve(&b, SIZE_MAX - 1));
	assert_int_equal(b.error, E_NOMEM);
	buf_deinit(&b);
}

static void reserve_then_raise_len_is_kept(void **state)
{
	(void)state;
	struct buf b = { 0 };
	for (size_t n = 0; n < 300; n++) {
		uint8_t *p = buf_reserve(&b, n);
		memset(p, (int)n, n);
		b.len += n;
	}
	buf_text(&b, "");
	assert_int_equal(b.len, 299 * 300 / 2);
	assert_int_equal(b.data[b.len - 1], 299 & 0xff);
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_keep_order_and_final_zero),
		cmocka_unit_test(empty_append_is_a_string),
		cmocka_unit_test(limit_reached_sticks_until_reset),
		cmocka_unit_test(printf_longer_than_room_grows),
		cmocka_unit_test(huge_reserve_is_no_memory),
		cmocka_unit_test(reserve_then_raise_len_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
