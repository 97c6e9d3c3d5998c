/* A store in a temporary directory: content, order, transactions, errors. */
#include "test_util.h"

#include "base/buf.h"
#include "base/err.h"
#include "store/store.h"
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], path[80];
static const struct store_options options = { .map_size = 1 << 20 };

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char file[128];
		snprintf(file, sizeof(file), "%s/%s", path, files[i]);
		unlink(file);
	}
	rmdir(path);
	rmdir(directory);
	return 0;
}

static void put(struct store_txn *txn, const char *key, const char *value)
{
	assert_int_equal(store_put(txn, span_of_text(key), span_of_text(value)), 0);
}

static int gather(void *ctx, struct span key, struct span value)
{
	struct buf *out = ctx;
	buf_append(out, key.data, key.len);
	buf_char(out, '=');
	buf_append(out, value.data, value.len);
	buf_char(out, ' ');
	return 0;
}

static void expect(struct store *store, const char *prefix, const char *content)
{
	struct store_txn *txn;
	struct buf text = { 0 };
	buf_text(&text, "");
	assert_int_equal(store_begin(store, false, &txn), 0);
	assert_int_equal(store_each(txn, span_of_text(prefix), gather, &text), 0);
	store_abort(txn);
	assert_string_equal(text.len > 0 ? (const char *)text.data : "", content);
	buf_deinit(&text);
}

static void content_is_ordered_and_survives_closing(void **state)
{
	struct store *store;
	struct store_txn *txn;
	struct span value;
	(void)state;
	assert_false(store_exists(path));
	assert_int_equal(store_open(path, &options, &store), 0);
	assert_int_equal(store_begin(store, true, &txn), 0);
	put(txn, "b", "2");
	put(txn, "a", "1");
	put(txn, "bb", "3");
	put(txn, "b", "4");
	assert_int_equal(store_get(txn, span_of_text("b"), &value), 0);
	assert_true(span_equal(value, span_of_text("4")));
	assert_int_equal(store_remove(txn, span_of_text("x")), E_NOENT);
	assert_int_equal(store_commit(txn), 0);
	store_trim(store);
	expect(store, "", "a=1 b=4 bb=3 ");
	expect(store, "b", "b=4 bb=3 ");
	expect(store, "c", "");
	store_close(store);
	assert_true(store_exists(path));
	struct store_options reading = options;
	reading.read_only = true;
	assert_int_equal(store_open(path, &reading, &store), 0);
	expect(store, "", "a=1 b=4 bb=3 ");
	store_close(store);
}

static void an_aborted_transaction_leaves_nothing_and_versions_tell(void **state)
{
	struct store *store;
	struct store_txn *txn;
	(void)state;
	assert_int_equal(store_open(path, &options, &store), 0);
	uint64_t version = store_version(store);
	assert_int_equal(store_begin(store, true, &txn), 0);
	assert_int_equal(store_txn_version(txn), version);
	put(txn, "k", "v");
	store_abort(txn);
	assert_int_equal(store_version(store), version);
	expect(store, "", "");
	assert_int_equal(store_begin(store, true, &txn), 0);
	put(txn, "k", "v");
	assert_int_equal(store_commit(txn), 0);
	assert_int_equal(store_version(store), version + 1);
	assert_int_equal(store_begin(store, true, &txn), 0);
	assert_int_equal(store_clear(txn), 0);
	put(txn, "l", "");
	assert_int_equal(store_commit(txn), 0);
	expect(store, "", "l= ");
	store_close(store);
}

static void a_full_store_says_so_and_keeps_what_it_has(void **state)
{
	struct store *store;
	struct store_txn *txn;
	static uint8_t big[300 << 10];
	int error = 0;
	(void)state;
	assert_int_equal(store_open(path, &options, &store), 0);
	assert_int_equal(store_begin(store, true, &txn), 0);
	put(txn, "k", "v");
	assert_int_equal(store_commit(txn), 0);
	assert_int_equal(store_begin(store, true, &txn), 0);
	for (int i = 0; i < 10 && error == 0; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%d", i);
		error = store_put(txn, span_of_text(key), (struct span){ big, sizeof(big) });
	}
	assert_int_equal(error, E_SPACE);
	store_abort(txn);
	expect(store, "", "k=v ");
	store_close(store);
}

static void what_is_not_a_store_is_refused(void **state)
{
	struct store *store;
	struct store_options reading = { .read_only = true };
	char file[128];
	(void)state;
	assert_int_equal(store_open(path, &reading, &store), E_NOENT);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(file, sizeof(file), "%s/data.mdb", path);
	FILE *f = fopen(file, "w");
	for (int i = 0; i < 8192; i++)
		fputc('x', f);
	fclose(f);
	assert_int_equal(store_open(path, &options, &store), E_MALFORMED);
	assert_int_equal(store_open("/nonexistent/a/b", &options, &store), E_NOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			content_is_ordered_and_survives_closing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_aborted_transaction_leaves_nothing_and_versions_tell, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_full_store_says_so_and_keeps_what_it_has, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_a_store_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
