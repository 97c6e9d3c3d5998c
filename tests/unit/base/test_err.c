/* Error codes: each has a text, and no two spaces overlap. */
#include "test_util.h"

#include "base/attr.h"
#include "base/err.h"
#include "base/stripes.h"
#include <limits.h>

static void every_code_has_a_text_of_its_own(void **state)
{
	static const struct {
		int code;
		const char *text;
	} rows[] = {
#define ROW(code, text) { code, text },
		ERR_LIST(ROW)
#undef ROW
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(rows[i].code < E_BASE);
		assert_string_equal(err_text(rows[i].code), rows[i].text);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(rows[i].text, rows[j].text);
	}
}

static void system_errors_keep_their_number(void **state)
{
	(void)state;
	errno = EACCES;
	assert_int_equal(err_errno(), -EACCES);
	assert_string_equal(err_text(-EACCES), "file permission denied");
	errno = ENOMEM;
	assert_int_equal(err_errno(), E_NOMEM);
	errno = 0; /* an error all the same */
	assert_int_equal(err_errno(), E_SYSTEM);
	for (int number = 1; number < 200; number++)
		assert_true(err_text(-number)[0] != '\0');
}

static void foreign_numbers_are_unknown(void **state)
{
	static const int numbers[] = { 1, INT_MAX, E_BASE, E_FIRST_, E_LAST_, INT_MIN };
	(void)state;
	assert_string_equal(err_text(0), "OK");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		assert_string_equal(err_text(numbers[i]), "unknown error");
	assert_string_equal(err_text(-999), "unknown system error");
}

static void objects_spread_over_all_stripes(void **state)
{
	static struct stripes stripes = STRIPES_INIT;
	static char heap[64 * 1024];
	unsigned used[STRIPES] = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof(heap); i += 16) {
		assert_ptr_equal(stripe_of(&stripes, heap + i), stripe_of(&stripes, heap + i));
		used[stripe_of(&stripes, heap + i) - stripes.locks]++;
	}
	for (size_t i = 0; i < STRIPES; i++)
		assert_in_range(used[i], 32, 128); /* 64 each on the average */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_text_of_its_own),
		cmocka_unit_test(system_errors_keep_their_number),
		cmocka_unit_test(foreign_numbers_are_unknown),
		cmocka_unit_test(objects_spread_over_all_stripes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
