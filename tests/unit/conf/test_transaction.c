/* Transactions, in memory and on a database: what they see, what a commit changes, what the database has afterwards. */
#include "conf_test.h"

#include "base/buf.h"
#include "conf/db.h"
#include "conf/transaction.h"
#include "store/store.h"

static char directory[64], path[80];

static int setup(void **state)
{
	(void)state;
	conf_test_log_reset();
	strcpy(directory, "/tmp/test_txn.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/db", directory);
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "db/data.mdb", "db/lock.mdb", "file.conf" };
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char file[128];
		snprintf(file, sizeof(file), "%s/%s", directory, files[i]);
		unlink(file);
	}
	rmdir(path);
	rmdir(directory);
	return conf_test_teardown(state);
}

static const char start[] = "server:\n  identity: a\nremote:\n  - id: r\n    address: 192.0.2.1\n"
			    "template:\n  - id: t\n    default-ttl: 7\n"
			    "zone:\n  - domain: a.\n  - domain: b.\n    template: t\n    file: f\n";

static struct span text_of(const char *text)
{
	return text != NULL ? span_of_text(text) : (struct span){ 0 };
}

static struct conf_key key_of(
	const char *section, const char *id, const char *item, const char *value)
{
	return (struct conf_key){ text_of(section), text_of(item), text_of(id), text_of(value) };
}

static int set(struct conf_transaction *txn, const char *section, const char *id, const char *item,
	const char *value)
{
	struct conf_key key = key_of(section, id, item, value);
	const char *detail;
	return conf_txn_set(txn, &key, &detail);
}

static int unset(struct conf_transaction *txn, const char *section, const char *id,
	const char *item, const char *value)
{
	struct conf_key key = key_of(section, id, item, value);
	const char *detail;
	return conf_txn_unset(txn, &key, &detail);
}

/* Units as lines: [-+]section[id].item=value */
static int take(void *ctx, const struct conf_entry *e)
{
	struct buf *out = ctx;
	if (e->mark != 0)
		buf_char(out, e->mark);
	buf_append(out, e->section.data, e->section.len);
	if (e->id.data != NULL)
		buf_printf(out, "[%.*s]", (int)e->id.len, e->id.data);
	if (e->item.data != NULL)
		buf_printf(out, ".%.*s", (int)e->item.len, e->item.data);
	if (e->value.data != NULL)
		buf_printf(out, "=%.*s", (int)e->value.len, e->value.data);
	buf_char(out, e->extra ? ',' : ' ');
	return 0;
}

static void expect_diff(struct conf_transaction *txn, const char *section, const char *wanted)
{
	struct conf_key key = key_of(section, NULL, NULL, NULL);
	struct buf out = { 0 };
	buf_text(&out, "");
	assert_int_equal(conf_txn_diff(txn, &key, (struct conf_sink){ take, &out }), 0);
	assert_string_equal(out.len > 0 ? (const char *)out.data : "", wanted);
	buf_deinit(&out);
}

static struct conf *commit(struct conf_transaction *txn, const struct conf_changes **changes)
{
	struct conf_place place;
	struct conf *conf = NULL;
	int error = conf_commit(txn, &conf, changes, &place);
	if (error != 0)
		fail_msg("commit: %s, %s", err_text(error), place.text != NULL ? place.text : "");
	return conf;
}

static void a_transaction_changes_nothing_until_its_commit(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(start), *next;
	struct conf_transaction *txn;
	const struct conf_changes *changes;
	assert_int_equal(conf_begin(conf, NULL, &txn), 0);
	assert_int_equal(set(txn, "server", NULL, "identity", "b"), 0);
	assert_int_equal(set(txn, "zone", NULL, "domain", "c"), 0);
	assert_int_equal(set(txn, "zone", "c.", "file", "x"), 0);
	assert_int_equal(unset(txn, "zone", "a", NULL, NULL), 0);
	expect_diff(txn, NULL,
		"-server.identity=a +server.identity=b -zone.domain=a. +zone.domain=c. "
		"+zone[c.].file=x ");
	assert_true(span_equal(conf->server.identity, span_of_text("a")));
	assert_int_equal(conf_zone_count(conf), 2);
	next = commit(txn, &changes);
	assert_true(changes->server);
	assert_false(changes->templates);
	assert_int_equal(changes->zone_count, 2);
	assert_true(span_equal(next->server.identity, span_of_text("b")));
	struct conf_zone zone;
	assert_int_equal(conf_zone_find(next, (const uint8_t *)"\1a", &zone), E_NOENT);
	/* What wasn't touched has the very same settings. */
	assert_ptr_equal(
		conf_test_zone(next, "\1b").settings, conf_test_zone(conf, "\1b").settings);
	conf_unref(conf);
	assert_int_equal(conf_test_zone(next, "\1b").settings->default_ttl, 7);
	conf_unref(next);
}

static void a_template_changes_its_zones_only(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(start), *next;
	struct conf_transaction *txn;
	const struct conf_changes *changes;
	assert_int_equal(conf_begin(conf, NULL, &txn), 0);
	assert_int_equal(set(txn, "template", "t", "default-ttl", "8"), 0);
	next = commit(txn, &changes);
	assert_true(changes->templates);
	assert_int_equal(changes->zone_count, 0);
	assert_int_equal(conf_test_zone(next, "\1b").settings->default_ttl, 8);
	assert_ptr_equal(
		conf_test_zone(next, "\1a").settings, conf_test_zone(conf, "\1a").settings);
	conf_unref(conf);
	conf_unref(next);
}

static void settings_that_no_configuration_has_any_more_are_dropped(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(start), *next;
	const struct conf_changes *changes;
	for (int i = 0; i < 100; i++) {
		struct conf_transaction *txn;
		char ttl[16];
		snprintf(ttl, sizeof(ttl), "%d", 1000 + i);
		assert_int_equal(conf_begin(conf, NULL, &txn), 0);
		assert_int_equal(set(txn, "zone", "a", "default-ttl", ttl), 0);
		next = commit(txn, &changes);
		conf_unref(conf);
		conf = next;
		assert_int_equal(conf_test_zone(conf, "\1a").settings->default_ttl, 1000 + i);
		assert_int_equal(conf_test_zone(conf, "\1b").settings->default_ttl, 7);
	}
	assert_true(conf_settings_table_count(conf->settings) < 20);
	conf_unref(conf);
}

static void a_request_is_rolled_back_whole(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(start);
	struct conf_transaction *txn;
	assert_int_equal(conf_begin(conf, NULL, &txn), 0);
	assert_int_equal(set(txn, "server", NULL, "version", "kept"), 0);
	assert_int_equal(conf_txn_savepoint(txn), 0);
	assert_int_equal(set(txn, "server", NULL, "identity", "x"), 0);
	assert_int_equal(unset(txn, "zone", NULL, NULL, NULL), 0);
	assert_int_equal(set(txn, "server", NULL, "nonsense", "x"), E_CONFITEM);
	conf_txn_rollback(txn);
	expect_diff(txn, NULL, "+server.version=kept ");
	assert_int_equal(conf_txn_savepoint(txn), 0);
	conf_txn_release(txn);
	expect_diff(txn, "server", "+server.version=kept ");
	conf_abort(txn);
	conf_unref(conf);
}

static void a_broken_configuration_is_not_committed_and_says_where(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(start), *next = NULL;
	struct conf_transaction *txn;
	const struct conf_changes *changes;
	struct conf_place place;
	assert_int_equal(conf_begin(conf, NULL, &txn), 0);
	assert_int_equal(set(txn, "zone", "b.", "master", "r"), 0);
	assert_int_equal(unset(txn, "remote", "r", NULL, NULL), 0);
	assert_int_not_equal(conf_commit(txn, &next, &changes, &place), 0);
	assert_string_equal(place.text, "invalid reference");
	assert_true(span_equal(place.section, span_of_text("zone")));
	assert_true(span_equal(place.id, span_of_text("b.")));
	assert_true(span_equal(place.item, span_of_text("master")));
	assert_true(span_equal(place.value, span_of_text("r")));
	assert_int_equal(unset(txn, "zone", "b.", "master", "r"), 0);
	next = commit(txn, &changes);
	conf_unref(next);
	conf_unref(conf);
}

/* section, id, item, value, error of set, error of unset */
static const struct {
	const char *section, *id, *item, *value;
	int set, unset;
} errors[] = {
	{ NULL, NULL, NULL, NULL, E_INVALID, 0 }, { "x", NULL, NULL, NULL, E_CONFITEM, E_CONFITEM },
	{ "server", NULL, NULL, NULL, E_NOTSUP, 0 },
	{ "server", NULL, NULL, "x", E_CONFNOVALUE, E_CONFNOVALUE },
	{ "server", "x", NULL, NULL, E_CONFNOID, E_CONFNOID },
	{ "server", NULL, "x", "y", E_CONFITEM, E_CONFITEM },
	{ "server", NULL, "identity", NULL, E_CONFMISSVALUE, 0 },
	{ "server", NULL, "version", NULL, E_CONFMISSVALUE, E_NOENT },
	{ "server", NULL, "udp-workers", "x", E_INVALID, E_INVALID },
	{ "server", NULL, "udp-workers", "1000", E_RANGE, E_RANGE },
	{ "SERVER", NULL, "Udp-Workers", "1", 0, 0 }, { "zone", NULL, NULL, NULL, E_CONFMISSID, 0 },
	{ "zone", NULL, "domain", NULL, E_CONFMISSID, 0 },
	{ "zone", NULL, "domain", "a", E_CONFDUPID, 0 },
	{ "zone", "x.", "domain", "y", E_CONFNOVALUE, E_CONFNOVALUE },
	{ "zone", "a", NULL, NULL, E_CONFDUPID, 0 },
	{ "zone", "x", "file", "y", E_CONFID, E_CONFID },
	{ "zone", "x..y", "file", "y", E_INVALID, E_INVALID }, { "zone", "x", NULL, NULL, 0, 0 },
	{ "zone", "a", "master", "none", E_CONFVALUE, E_NOENT },
	{ "zone", "b", "file", "other", 0, 0 }, { "zone", "a", "file", "other", 0, 0 },
	{ "zone", NULL, "default-ttl", "1", 0, 0 },
	{ "include", NULL, NULL, NULL, E_CONFMISSVALUE, E_NOTSUP },
	{ "include", NULL, NULL, "/nonexistent", E_FILE, E_NOTSUP },
	{ "include", NULL, NULL, "/nonexistent/*", 0, E_NOTSUP },
	{ "include", NULL, NULL, "/dev/null", 0, E_NOTSUP }, /* warned of */
};

/* Each set is followed by the unset of the same, on the content that it left. */
static void requests_fail_as_documented(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load(start);
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct conf_transaction *txn;
		assert_int_equal(conf_begin(conf, NULL, &txn), 0);
		int error =
			set(txn, errors[i].section, errors[i].id, errors[i].item, errors[i].value);
		if (error != errors[i].set)
			fail_msg("set %zu: %s", i, err_text(error));
		error = unset(
			txn, errors[i].section, errors[i].id, errors[i].item, errors[i].value);
		if (error != errors[i].unset)
			fail_msg("unset %zu: %s", i, err_text(error));
		conf_abort(txn);
	}
	conf_unref(conf);
}

/* --- databases --- */

static struct conf_db *open_db(enum conf_db_mode mode)
{
	struct conf_db *db;
	assert_int_equal(conf_db_open(path, mode, 16 << 20, &db), 0);
	return db;
}

static void write_file(const char *text)
{
	char file[128];
	snprintf(file, sizeof(file), "%s/file.conf", directory);
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int import(struct conf_db *db, const char *text, bool purge)
{
	char file[128];
	write_file(text);
	snprintf(file, sizeof(file), "%s/file.conf", directory);
	return conf_db_import(db, file, purge);
}

static void expect_export(const struct conf *conf, const char *text)
{
	struct conf *other = conf_test_load(text);
	struct buf a = { 0 }, b = { 0 };
	conf_export(conf, &a);
	conf_export(other, &b);
	assert_string_equal((const char *)a.data, (const char *)b.data);
	buf_deinit(&a);
	buf_deinit(&b);
	conf_unref(other);
}

static void an_import_is_read_back_the_same(void **state)
{
	(void)state;
	static const char more[] = "zone:\n  - domain: c.\n", again[] = "zone:\n  - domain: a.\n",
			  bad[] = "zone:\n  - domain: x.\n    master: nobody\n";
	struct conf_db *db = open_db(CONF_DB_WRITE);
	struct conf *conf;
	char both[1000];
	bool empty;
	assert_int_equal(conf_db_is_empty(db, &empty), 0);
	assert_true(empty);
	assert_int_equal(import(db, start, true), 0);
	assert_int_equal(conf_db_is_empty(db, &empty), 0);
	assert_false(empty);
	assert_int_equal(conf_load_db(db, &conf), 0);
	expect_export(conf, start);
	conf_unref(conf);
	assert_int_equal(import(db, more, false), 0);
	assert_int_not_equal(import(db, again, false), 0);
	assert_int_not_equal(import(db, bad, true), 0);
	conf_db_close(db);
	db = open_db(CONF_DB_READ);
	assert_int_equal(conf_load_db(db, &conf), 0);
	snprintf(both, sizeof(both), "%s%s", start, more);
	expect_export(conf, both);
	conf_unref(conf);
	conf_db_close(db);
}

static void a_commit_is_in_the_database(void **state)
{
	(void)state;
	struct conf_db *db = open_db(CONF_DB_WRITE);
	const struct conf_changes *changes;
	struct conf_transaction *txn;
	struct conf *conf, *next;
	assert_int_equal(import(db, start, true), 0);
	assert_int_equal(conf_load_db(db, &conf), 0);
	assert_int_equal(conf_begin(conf, db, &txn), 0);
	assert_int_equal(unset(txn, "zone", "b.", "file", NULL), 0);
	assert_int_equal(unset(txn, "server", NULL, NULL, NULL), 0);
	assert_int_equal(set(txn, "remote", "r", "address", "192.0.2.2@54"), 0);
	assert_int_equal(set(txn, "zone", NULL, "domain", "c."), 0);
	next = commit(txn, &changes);
	conf_unref(conf);
	conf_unref(next);
	conf_db_close(db);
	db = open_db(CONF_DB_READ);
	assert_int_equal(conf_load_db(db, &conf), 0);
	expect_export(conf,
		"remote:\n  - id: r\n    address: [ 192.0.2.1, 192.0.2.2@54 ]\n"
		"template:\n  - id: t\n    default-ttl: 7\n"
		"zone:\n  - domain: a.\n  - domain: b.\n    template: t\n  - domain: c.\n");
	conf_unref(conf);
	conf_db_close(db);
}

static void raw_put(const char *key, size_t key_len, const char *value, size_t len)
{
	struct store_options options = { .map_size = 16 << 20 };
	struct store *store;
	struct store_txn *txn;
	assert_int_equal(store_open(path, &options, &store), 0);
	assert_int_equal(store_begin(store, true, &txn), 0);
	assert_int_equal(store_put(txn, (struct span){ (const uint8_t *)key, key_len },
				 (struct span){ (const uint8_t *)value, len }),
		0);
	assert_int_equal(store_commit(txn), 0);
	store_close(store);
}

static bool raw_has(const char *key, size_t key_len)
{
	struct store_options options = { .read_only = true };
	struct store *store;
	struct store_txn *txn;
	struct span value;
	assert_int_equal(store_open(path, &options, &store), 0);
	assert_int_equal(store_begin(store, false, &txn), 0);
	int error = store_get(txn, (struct span){ (const uint8_t *)key, key_len }, &value);
	store_abort(txn);
	store_close(store);
	return error == 0;
}

#define RAW_PUT(key, value) raw_put(key, sizeof(key) - 1, value, sizeof(value) - 1)

static void what_is_unknown_survives_and_codes_are_looked_up(void **state)
{
	(void)state;
	struct conf_db *db = open_db(CONF_DB_WRITE);
	const struct conf_changes *changes;
	struct conf_transaction *txn;
	struct conf *conf, *next;
	conf_db_close(db);
	/* Another program's registrations: odd codes, an unknown section and an unknown item. */
	RAW_PUT("\0\0server", "\x20");
	RAW_PUT("\0\0future", "\x02");
	RAW_PUT("\x02\0thing", "\x02");
	RAW_PUT("\x02\x02", "x");
	RAW_PUT("\x20\0identity", "\x50");
	RAW_PUT("\x20\0unknown-item", "\x02");
	RAW_PUT("\x20\x02", "y");
	RAW_PUT("\x20\x50", "me");
	raw_put("\x20\x50", 2, "me", 3);
	db = open_db(CONF_DB_WRITE);
	assert_int_equal(conf_load_db(db, &conf), 0);
	assert_true(span_equal(conf->server.identity, span_of_text("me")));
	assert_int_equal(conf_begin(conf, db, &txn), 0);
	assert_int_equal(set(txn, "server", NULL, "version", "v"), 0);
	assert_int_equal(set(txn, "zone", NULL, "domain", "z."), 0);
	next = commit(txn, &changes);
	conf_unref(conf);
	conf_unref(next);
	conf_db_close(db);
	/* Taken codes aren't given again: 03 is the first free one, of sections and of items. */
	assert_true(raw_has("\x02\x02", 2));
	assert_true(raw_has("\x20\x02", 2));
	assert_true(raw_has("\x20\x03", 2));
	assert_true(raw_has("\x03\x01\1z\0", 5));
	db = open_db(CONF_DB_WRITE);
	assert_int_equal(import(db, start, true), 0);
	conf_db_close(db);
	assert_false(raw_has("\x02\x02", 2) && raw_has("\0\0future", 8));
}

static void another_version_or_nonsense_is_refused(void **state)
{
	(void)state;
	struct conf_db *db = open_db(CONF_DB_WRITE);
	struct conf *conf;
	conf_db_close(db);
	RAW_PUT("\0\0server", "\x02");
	RAW_PUT("\x02\0udp-workers", "\x02");
	RAW_PUT("\x02\x02", "short");
	db = open_db(CONF_DB_READ);
	assert_int_equal(conf_load_db(db, &conf), E_MALFORMED);
	assert_true(conf_test_logged("item 'server.udp-workers' (malformed data)"));
	conf_db_close(db);
	RAW_PUT("\0\xff", "\x03");
	assert_int_equal(conf_db_open(path, CONF_DB_WRITE, 16 << 20, &db), E_CONFDBVERSION);
	assert_int_equal(conf_db_open("/nonexistent/x", CONF_DB_READ, 16 << 20, &db), E_NOENT);
}

static void changes_of_others_are_seen_and_not_overwritten(void **state)
{
	(void)state;
	struct conf_db *db = open_db(CONF_DB_WRITE);
	const struct conf_changes *changes;
	struct conf_transaction *txn;
	struct conf *conf, *next = NULL;
	struct conf_place place;
	assert_int_equal(import(db, start, true), 0);
	assert_int_equal(conf_load_db(db, &conf), 0);
	assert_false(conf_db_is_changed(db));
	RAW_PUT("\0\0later", "\x30");
	assert_true(conf_db_is_changed(db));
	assert_int_equal(conf_begin(conf, db, &txn), 0);
	assert_int_equal(set(txn, "server", NULL, "version", "v"), 0);
	RAW_PUT("\0\0even-later", "\x31");
	assert_int_equal(conf_commit(txn, &next, &changes, &place), E_AGAIN);
	conf_abort(txn);
	assert_int_equal(conf_begin(conf, db, &txn), 0);
	assert_int_equal(set(txn, "server", NULL, "version", "v"), 0);
	next = commit(txn, &changes);
	conf_unref(next);
	conf_unref(conf);
	conf_db_close(db);
	assert_true(raw_has("\0\0even-later", 12));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_transaction_changes_nothing_until_its_commit),
		TEST(a_template_changes_its_zones_only),
		TEST(settings_that_no_configuration_has_any_more_are_dropped),
		TEST(a_request_is_rolled_back_whole),
		TEST(a_broken_configuration_is_not_committed_and_says_where),
		TEST(requests_fail_as_documented),
		TEST(an_import_is_read_back_the_same),
		TEST(a_commit_is_in_the_database),
		TEST(what_is_unknown_survives_and_codes_are_looked_up),
		TEST(another_version_or_nonsense_is_refused),
		TEST(changes_of_others_are_seen_and_not_overwritten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
