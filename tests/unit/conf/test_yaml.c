/* conf/yaml: the grammar, and the place of each error. */
#include "conf_test.h"

static const struct {
	const char *name, *text, *error; /* NULL: it loads */
} grammar_cases[] = {
	{ "empty_file_loads", "", NULL },
	{ "blank_and_comment_lines_load", "\n   \n# c\n   # c\n", NULL },
	{ "last_line_without_end_loads", "server:\n  nsid: x", NULL },
	{ "carriage_return_ends_a_line", "server:\r\n  nsid: x\r\n", NULL },
	{ "comment_after_a_space_is_one", "server: # c\n  nsid: x # c\n", NULL },
	{ "comment_without_space_is_an_error", "server:\n  nsid: a#b\n",
		"file 'F', line 2, item 'nsid', value 'a' (parser failed)" },
	{ "hash_in_quotes_is_data", "server:\n  nsid: \"a#b\"\n", NULL },
	{ "tab_is_refused", "server:\n\tnsid: x\n",
		"file 'F', line 2 (tabulator character is not allowed)" },
	{ "tab_in_quotes_is_refused", "server:\n  nsid: \"a\tb\"\n",
		"line 2, item 'nsid', value 'a' (tabulator character is not allowed)" },
	{ "tab_in_a_comment_is_fine", "server: # a\tb\n", NULL },
	{ "control_character_is_refused", "server:\n  nsid: a\001\n",
		"line 2, item 'nsid', value 'a' (parser failed)" },
	{ "byte_order_mark_is_refused", "\xef\xbb\xbfserver:\n", "line 1 (parser failed)" },
	{ "high_octets_are_data", "server:\n  identity: \xc3\xa9\n", NULL },
	{ "unknown_section_is_told", "\nserve:\n",
		"file 'F', line 2, item 'serve' (invalid item)" },
	{ "unknown_module_is_told", "mod-x:\n", "file 'F', line 1, unknown module 'mod-x'" },
	{ "unknown_item_is_told", "server:\n  nside: x\n",
		"line 2, item 'nside', value 'x' (invalid item)" },
	{ "upper_case_section_is_unknown", "Server:\n", "item 'Server' (invalid item)" },
	{ "section_with_value_is_refused", "server: x\n",
		"item 'server', value 'x' (value not supported)" },
	{ "item_before_any_section_is_an_error", "  nsid: x\n",
		"line 1, item 'nsid', value 'x' (invalid indentation)" },
	{ "missing_colon_is_an_error", "server\n", "line 1 (parser failed)" },
	{ "space_before_the_colon_is_fine", "server :\n  nsid  : x\n", NULL },
	{ "no_space_after_the_colon_is_an_error", "server:\n  nsid:x\n",
		"line 2, item 'nsid' (parser failed)" },
	{ "document_marker_is_an_error", "---\n", "line 1 (parser failed)" },
	{ "single_quotes_are_data", "server:\n  identity: 'x'\n", NULL },
	{ "unclosed_quote_is_an_error", "server:\n  nsid: \"x\n",
		"line 2, item 'nsid', value 'x' (parser failed)" },
	{ "quote_inside_a_word_is_an_error", "server:\n  nsid: a\"b\n",
		"line 2, item 'nsid', value 'a' (parser failed)" },
	{ "two_words_are_an_error", "server:\n  nsid: a b\n",
		"line 2, item 'nsid', value 'a' (parser failed)" },
	{ "backslash_at_the_end_is_an_error", "server:\n  nsid: a\\\n",
		"line 2, item 'nsid', value 'a\\' (parser failed)" },
	{ "backslash_before_high_octet_is_an_error", "server:\n  nsid: a\\\xc3\n",
		"line 2, item 'nsid', value 'a\\' (parser failed)" },
	{ "escaped_quote_and_backslash_load", "server:\n  nsid: a\\\"\\\\\n", NULL },
	{ "list_loads", "server:\n  listen: [ 127.0.0.1 ,::1,\"::2\" ]\n", NULL },
	{ "empty_list_is_an_empty_value", "server:\n  identity: []\n", NULL },
	{ "list_over_lines_is_an_error", "server:\n  listen: [ 127.0.0.1,\n  ::1 ]\n",
		"line 2, item 'listen', value '127.0.0.1' (parser failed)" },
	{ "list_with_a_comma_at_its_end_is_an_error", "server:\n  listen: [ ::1, ]\n",
		"line 2, item 'listen', value '::1' (parser failed)" },
	{ "unclosed_list_is_an_error", "server:\n  listen: [ ::1\n",
		"line 2, item 'listen', value '::1' (parser failed)" },
	{ "different_indentation_of_items_is_refused", "server:\n  nsid: x\n   identity: y\n",
		"line 3 (invalid indentation)" },
	{ "item_must_stand_below_the_identifier", "zone:\n  - domain: a.\n   file: x\n",
		"line 3 (invalid indentation)" },
	{ "indentation_is_free_in_each_block",
		"zone:\n  - domain: a.\n    file: x\n  -   domain: b.\n      file: y\n", NULL },
	{ "dashes_must_be_aligned", "zone:\n  - domain: a.\n   - domain: b.\n",
		"line 3 (invalid indentation)" },
	{ "dash_in_the_first_column_is_not_compared",
		"zone:\n  - domain: a.\n-   domain: b.\n    file: x\n", NULL },
	{ "comment_lines_have_no_indentation",
		"server:\n    nsid: x\n# c\n  # d\n    identity: y\n", NULL },
	{ "dash_without_space_is_an_error", "zone:\n  -domain: a.\n", "line 2 (parser failed)" },
	{ "item_before_any_identifier_is_refused", "zone:\n    file: x\n",
		"line 2, item 'file', value 'x' (missing identifier)" },
	{ "identifier_without_dash_is_refused", "zone:\n    domain: x\n",
		"item 'domain', value 'x' (identifier not supported)" },
	{ "dash_with_another_item_is_refused", "zone:\n  - file: x\n",
		"item 'file', value 'x' (missing identifier)" },
	{ "dash_in_a_simple_section_is_refused", "server:\n  - nsid: x\n",
		"item 'nsid', value 'x' (invalid identifier)" },
	{ "identifier_without_value_is_refused", "zone:\n  - domain:\n",
		"item 'domain' (parser failed)" },
	{ "empty_identifier_is_refused", "zone:\n  - domain: \"\"\n",
		"item 'domain' (missing value)" },
	{ "identifier_in_a_list_is_refused", "zone:\n  - domain: [ a ]\n",
		"item 'domain' (parser failed)" },
	{ "dash_with_another_item_behind_a_block_is_refused",
		"zone:\n  - domain: a\n  - template: x\n",
		"line 3, item 'template', value 'x' (invalid identifier)" },
	{ "blank_before_a_missing_colon_is_an_error_of_the_item", "server:\n  nsid x\n",
		"line 2, item 'nsid' (parser failed)" },
	{ "comment_behind_a_list_needs_a_space", "server:\n  nsid: [ a ]# c\n",
		"value 'a' (parser failed)" },
	{ "escaped_space_belongs_to_the_value", "server:\n  nsid: a\\ # c\n",
		"item 'nsid', value 'a\\ ' (parser failed)" },
	{ "comment_behind_an_escaped_space_and_a_space_is_one", "server:\n  nsid: a\\  # c\n",
		NULL },
	{ "comment_behind_a_list_and_a_space_is_one", "server:\n  nsid: [ a ] # c\n", NULL },
	{ "dash_behind_one_in_column_0_is_free", "acl:\n - id: a\n- id: b\n   - id: c\n", NULL },
	{ "module_prefix_alone_is_an_unknown_module", "mod-:\n", "line 1, unknown module 'mod-'" },
	{ "comment_behind_an_escaped_space_needs_another", "server:\n  nsid: a\\ # c\n",
		"value 'a\\ ' (parser failed)" },
	{ "comment_behind_a_list_is_one", "server:\n  nsid: [ a ] # c\n  version: [] # d\n", NULL },
	{ "comment_behind_an_empty_value_is_one", "server:\n  identity: # c\n", NULL },
	{ "identifier_twice_is_refused", "zone:\n  - domain: a.b\n  - domain: A.B.\n",
		"line 3, item 'domain', value 'A.B.' (duplicate identifier)" },
	{ "section_may_be_opened_again", "server:\n  nsid: x\nlog:\nserver:\n   nsid: y\n", NULL },
	{ "include_without_value_is_refused", "include:\n", "item 'include' (missing value)" },
	{ "include_of_nothing_is_refused", "include: /nonexistent/x\n",
		"item 'include', value '/nonexistent/x' (file error)" },
	{ "include_of_a_pattern_may_match_nothing", "include: /nonexistent/*\n", NULL },
	{ "directive_ends_the_section", "server:\nclear: log\n  nsid: x\n",
		"line 3, item 'nsid', value 'x' (invalid indentation)" },
	{ "section_error_names_the_line_before_the_next", "key:\n  - id: k\n\nlog:\n",
		"line 3, section 'key[k.]' (no key secret defined)" },
	{ "section_error_at_the_end_names_the_line_after", "key:\n  - id: k\n",
		"line 3, section 'key[k.]' (no key secret defined)" },
	{ "section_error_without_final_line_end_counts_it", "key:\n  - id: k",
		"line 3, section 'key[k.]'" },
	{ "error_of_a_simple_section_has_no_identifier", "server:\n  cert-file: x\n",
		"line 3, section 'server' (both server certificate and key must be set)" },
};

static void grammar_cases_load_or_tell_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(grammar_cases); i++) {
		struct conf *conf = NULL;
		conf_test_log_reset();
		int ret = conf_load_text(span_of_text(grammar_cases[i].text), "F", &conf);
		if ((ret == 0) != (grammar_cases[i].error == NULL) ||
			(ret != 0 && !conf_test_logged(grammar_cases[i].error))) {
			conf_test_print_log();
			fail_msg("%s: %d", grammar_cases[i].name, ret);
		}
		conf_unref(conf);
	}
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void include_takes_files_in_order_relative_to_its_own(void **state)
{
	(void)state;
	char dir[] = "/tmp/test_yaml.XXXXXX", main[64], sub[64], path[96];
	struct conf *conf = NULL;
	assert_non_null(mkdtemp(dir));
	snprintf(main, sizeof(main), "%s/main", dir);
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	write_text(main, "include: sub/*.conf\nserver:\n  nsid: last\n");
	snprintf(path, sizeof(path), "%s/b.conf", sub);
	write_text(path, "server:\n    identity: b\n");
	snprintf(path, sizeof(path), "%s/a.conf", sub);
	write_text(path, "server:\n    identity: a\n    version: a\ninclude: c\n");
	snprintf(path, sizeof(path), "%s/c", sub);
	write_text(path, "zone:\n  - domain: c\n");
	conf_test_log_reset();
	assert_int_equal(conf_load_file(main, &conf), 0);
	assert_true(span_equal(conf->server.identity, span_of_text("b")));
	assert_true(span_equal(conf->server.version, span_of_text("a")));
	assert_true(span_equal(conf->server.nsid, span_of_text("last")));
	assert_int_equal(conf_zone_count(conf), 1);
	assert_false(conf_is_outdated(conf));
	write_text(path, "zone:\n  - domain: c\n  - domain: d\n");
	assert_true(conf_is_outdated(conf));
	conf_unref(conf);

	/* An error below is told with both places; a file that takes in itself ends. */
	conf = NULL;
	write_text(path, "zone:\n  - domain: c\nfile: x\n");
	conf_test_log_reset();
	assert_int_not_equal(conf_load_file(main, &conf), 0);
	assert_true(conf_test_logged("sub/c', line 3, item 'file', value 'x' (invalid item)"));
	assert_true(
		conf_test_logged("sub/a.conf', line 4, item 'include', value 'c' (parser failed)"));
	assert_true(conf_test_logged(
		"main', line 1, item 'include', value 'sub/*.conf' (parser failed)"));
	write_text(path, "include: c\n");
	conf_test_log_reset();
	assert_int_not_equal(conf_load_file(main, &conf), 0);
	assert_true(conf_test_logged("include loop detected"));
	assert_null(conf);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a.conf", sub);
	unlink(path);
	snprintf(path, sizeof(path), "%s/b.conf", sub);
	unlink(path);
	unlink(main);
	rmdir(sub);
	rmdir(dir);
}

static void clear_empties_what_matches_so_far(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load("zone:\n  - domain: a\nserver:\n  nsid: x\nclear: "
					   "\"@(zone|mod-*)\"\nzone:\n  - domain: b\n");
	assert_memory_equal(conf_test_the_zone(conf).block->id, "\1b", 3);
	assert_true(conf->server.has_nsid);
	conf_unref(conf);
}

static void values_replace_or_append_and_equal_ones_count_once(void **state)
{
	(void)state;
	struct conf *conf = conf_test_load("server:\n  identity: a\n  identity: [ b, c ]\n  "
					   "listen: [ ::1, ::2 ]\n  listen: ::1\n"
					   "  listen: ::3\n");
	assert_true(span_equal(conf->server.identity, span_of_text("c")));
	assert_int_equal(conf->server.listen_count, 3);
	conf_unref(conf);
}

/* change_cases: pattern below the directory, whether it finds a.conf, what comes, whether that matters */
static const struct {
	const char *pattern;
	bool found;
	const char *comes;
	bool matters;
} change_cases[] = {
	{ "*.conf", true, "new.conf", true },
	{ "?.conf", true, "n.conf", true },
	{ "[ab].conf", true, "b.conf", true },
	{ "later/*.conf", false, "later/x.conf", true },
	{ "*/x*.conf", false, "other/x.conf", true },
	{ "main*", false, "other/x", false }, /* the directory itself stays as it was */
	{ "a.conf", true, "b.conf", false },
};

static void check_change(size_t i, bool absolute)
{
	const char *pattern = change_cases[i].pattern;
	/* The directory of the including file isn't a pattern, whatever its name. */
	char dir[64], path[200], text[200];
	struct conf *conf = NULL;
	snprintf(dir, sizeof(dir), "/tmp/test_yaml%sXXXXXX", absolute ? "." : "[*]");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/other", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/a.conf", dir);
	write_text(path, "server:\n  nsid: a\n");
	snprintf(path, sizeof(path), "%s/conf", dir);
	snprintf(text, sizeof(text), "include: \"%s%s%s\"\n", absolute ? dir : "",
		absolute ? "/" : "", pattern);
	write_text(path, text);
	conf_test_log_reset();
	assert_int_equal(conf_load_file(path, &conf), 0);
	assert_int_equal(conf->server.has_nsid, change_cases[i].found);
	snprintf(path, sizeof(path), "%s/later", dir);
	if (strncmp(pattern, "later", 5) == 0)
		assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, change_cases[i].comes);
	write_text(path, "");
	if (conf_is_outdated(conf) != change_cases[i].matters)
		fail_msg("%s", text);
	conf_unref(conf);
	snprintf(text, sizeof(text), "rm -r '%s'", dir);
	assert_int_equal(system(text), 0);
}

static void files_that_come_outdate_what_a_pattern_took_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(change_cases); i++)
		check_change(i / 2, i % 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grammar_cases_load_or_tell_the_place),
		cmocka_unit_test(include_takes_files_in_order_relative_to_its_own),
		cmocka_unit_test(files_that_come_outdate_what_a_pattern_took_in),
		cmocka_unit_test(clear_empties_what_matches_so_far),
		cmocka_unit_test(values_replace_or_append_and_equal_ones_count_once),
	};
	return cmocka_run_group_tests(tests, NULL, conf_test_teardown);
}
