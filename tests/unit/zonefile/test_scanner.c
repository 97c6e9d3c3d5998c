/* zonefile/scanner: records and errors of texts, includes, limits, single records. */
#include "base/attr.h"
#include "dns/rrtype.h"
#include "test_util.h"
#include "zonefile/scanner.h"
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t origin[] = "\2ex";

/* Records as "owner ttl type rdata", errors as "!line cause", one a line. A record of another file than the first has its name in front. */
struct seen {
	struct buf text;
	const char *file;
	uint8_t last[DNS_NAME_MAX];
	bool has_last;
	unsigned records, errors, stop_after;
	unsigned unflagged; /* records whose owner was the last one's without the flag */
};

static int take_record(void *ctx, const struct zonefile_rr *rr)
{
	struct seen *seen = ctx;

	bool same = seen->has_last && dns_name_equal(rr->owner, seen->last);
	assert_true(same || !rr->same_owner);
	seen->unflagged += same && !rr->same_owner;
	memcpy(seen->last, rr->owner, dns_name_len(rr->owner));
	seen->has_last = true;
	seen->records++;
	dns_name_print_buf(rr->owner, &seen->text);
	buf_printf(&seen->text, " %u ", rr->ttl);
	dns_type_print(rr->type, &seen->text);
	buf_char(&seen->text, ' ');
	dns_rdata_print(rr->type, rr->rdata, &dns_print_default, &seen->text);
	buf_char(&seen->text, '\n');
	return seen->stop_after > 0 && seen->records >= seen->stop_after ? E_BUSY : 0;
}

static void take_error(void *ctx, const char *file, unsigned line, const char *why)
{
	struct seen *seen = ctx;
	const char *slash = strrchr(file, '/');

	seen->errors++;
	if (strcmp(file, seen->file) != 0)
		buf_printf(&seen->text, "%s", slash != NULL ? slash + 1 : file);
	buf_printf(&seen->text, "!%u %s\n", line, why);
}

static const struct zonefile_options plain_options = { .origin = origin, .default_ttl = 7 };

static int scan(struct seen *seen, struct span text, const struct zonefile_options *options)
{
	const struct zonefile_handler handler = { take_record, take_error, seen };
	unsigned errors;

	seen->file = "zone";
	/* A block of the exact size: reading on is seen. */
	uint8_t *exact = malloc(text.len > 0 ? text.len : 1);
	memcpy(exact, text.data, text.len);
	int ret = zonefile_scan_text(
		(struct span){ exact, text.len }, "zone", options, &handler, &errors);
	free(exact);
	assert_int_equal(errors, seen->errors);
	if (seen->text.data == NULL)
		buf_text(&seen->text, "");
	return ret;
}

static const struct {
	const char *text, *result;
} cases[] = {
	/* owners */
	{ "", "" },
	{ "a A 1.2.3.4\n", "a.ex. 7 A 1.2.3.4\n" },
	{ "a A 1.2.3.4", "a.ex. 7 A 1.2.3.4\n" },
	{ "A.B.eX. A 1.2.3.4\n", "a.b.ex. 7 A 1.2.3.4\n" },
	{ "@ A 1.2.3.4\n A 1.2.3.5\n\tA 1.2.3.6\n",
		"ex. 7 A 1.2.3.4\nex. 7 A 1.2.3.5\nex. 7 A 1.2.3.6\n" },
	{ ". NS @\n", ". 7 NS ex.\n" },
	{ "*.a A 1.2.3.4\n", "*.a.ex. 7 A 1.2.3.4\n" },
	{ "a\\.b A 1.2.3.4\n\\097 A 1.2.3.5\n", "a\\.b.ex. 7 A 1.2.3.4\na.ex. 7 A 1.2.3.5\n" },
	{ "\\$a A 1.2.3.4\n", "\\$a.ex. 7 A 1.2.3.4\n" },
	{ " A 1.2.3.4\n", "!1 missing owner\n" },
	{ "a..b A 1.2.3.4\n A 1.2.3.4\n", "!1 invalid owner name\n!2 missing owner\n" },
	/* TTL and class in any order */
	{ "a 60 A 1.2.3.4\na IN A 1.2.3.4\na 61 IN A 1.2.3.4\na IN 62 A 1.2.3.4\na in 1h30m a "
	  "1.2.3.4\n",
		"a.ex. 60 A 1.2.3.4\na.ex. 7 A 1.2.3.4\na.ex. 61 A 1.2.3.4\na.ex. 62 A "
		"1.2.3.4\na.ex. 5400 A 1.2.3.4\n" },
	{ "$TTL 1d\na A 1.2.3.4\na 0 A 1.2.3.4\n$TTL 2\na A 1.2.3.4 ; c\n",
		"a.ex. 86400 A 1.2.3.4\na.ex. 0 A 1.2.3.4\na.ex. 2 A 1.2.3.4\n" },
	{ "a 60 A 1.2.3.4\na A 1.2.3.5\n", "a.ex. 60 A 1.2.3.4\na.ex. 7 A 1.2.3.5\n" },
	{ "a 2147483648 A 1.2.3.4\na 4294967295 A 1.2.3.4\na 4294967296 A 1.2.3.4\n",
		"a.ex. 2147483648 A 1.2.3.4\na.ex. 4294967295 A 1.2.3.4\n!3 invalid TTL\n" },
	{ "$TTL 4294967295\na A 1.2.3.4\n$TTL 4294967296\n",
		"a.ex. 4294967295 A 1.2.3.4\n!3 invalid $TTL\n" },
	{ "a 1 2 A 1.2.3.4\n", "!1 invalid TTL\n" },
	{ "a IN IN A 1.2.3.4\n", "!1 duplicate class\n" },
	{ "a CH A 1.2.3.4\na CLASS3 A 1.2.3.4\n", "!1 unsupported class\n!2 unsupported class\n" },
	{ "a CLASS1 A 1.2.3.4\n", "a.ex. 7 A 1.2.3.4\n" },
	/* types */
	{ "a FOO bar\n", "!1 unknown type\n" },
	{ "a\na 60\na IN\n", "!1 missing type\n!2 missing type\n!3 missing type\n" },
	{ "a TYPE65280 \\# 2 abCD\na TYPE1 \\# 4 01020304\n",
		"a.ex. 7 TYPE65280 \\# 2 ABCD\na.ex. 7 A 1.2.3.4\n" },
	{ "a ANY \\# 0\na OPT \\# 0\na AXFR \\# 0\n",
		"!1 type isn't allowed in a zone\n!2 type isn't allowed in a zone\n!3 type isn't "
		"allowed in a zone\n" },
	/* rdata */
	{ "a A 1.2.3\na A 1.2.3.4 x\na A\n",
		"!1 invalid IPv4 address\n!2 trailing data\n!3 missing record data field\n" },
	{ "a TXT a \"b c\" \"d;(\" e\\;f\n", "a.ex. 7 TXT \"a\" \"b c\" \"d;(\" \"e;f\"\n" },
	{ "a TXT \"a\nb A 1.2.3.4\n", "!1 unbalanced quotes\nb.ex. 7 A 1.2.3.4\n" },
	{ "a NS B.C\n NS B.C.\n NS @\n", "a.ex. 7 NS b.c.ex.\na.ex. 7 NS b.c.\na.ex. 7 NS ex.\n" },
	/* parentheses */
	{ "@ SOA a b ( 1 ; serial\n 2 3\n\n 4\n5 ) ; end\n A 1.2.3.4\n",
		"ex. 7 SOA a.ex. b.ex. 1 2 3 4 5\nex. 7 A 1.2.3.4\n" },
	{ "a ( A\n1.2.3.4 )\n( b A 1.2.3.4 )\n", "a.ex. 7 A 1.2.3.4\nb.ex. 7 A 1.2.3.4\n" },
	{ "@ SOA a b ( 1\n 2x\n 3 4 5 )\na A 1.2.3.4\n", "!2 invalid number\na.ex. 7 A 1.2.3.4\n" },
	{ "@ SOA a b ( 1\n 2\n )\na A 1.2.3.4\n",
		"!3 missing record data field\na.ex. 7 A 1.2.3.4\n" },
	{ "a..b SOA a b ( 1\n 2\n )\na A 1.2.3.4\n", "!1 invalid owner name\na.ex. 7 A 1.2.3.4\n" },
	{ "a A 1.2.3.4\nb TXT ( a\n\nc", "a.ex. 7 A 1.2.3.4\n!2 unbalanced parentheses\n" },
	{ "a A 1.2.3.4 )\nb A 1.2.3.4\n", "!1 unbalanced parentheses\nb.ex. 7 A 1.2.3.4\n" },
	/* lines */
	{ "a A 1.2.3.4\r\n\r\n; c\r\n A 1.2.3.5\r\n", "a.ex. 7 A 1.2.3.4\na.ex. 7 A 1.2.3.5\n" },
	{ "\n\n;\n \n\na FOO\n", "!6 unknown type\n" },
	{ "@ SOA a b (\r\n 1 2 ; c\r\n 3 4 5 )\r\na TXT \"x\"\r\nb TXT x\r\nc A 1.2.3.4\r",
		"ex. 7 SOA a.ex. b.ex. 1 2 3 4 5\na.ex. 7 TXT \"x\"\nb.ex. 7 TXT \"x\"\nc.ex. 7 A "
		"1.2.3.4\n" },
	{ "\xef\xbb\xbf$TTL 9\na A 1.2.3.4\n", "a.ex. 9 A 1.2.3.4\n" },
	{ "\xef\xbb\xbf", "" },
	{ "a A 1.2.3.4\n\xef\xbb\xbf A 1.2.3.5\n",
		"a.ex. 7 A 1.2.3.4\n\\239\\187\\191.ex. 7 A 1.2.3.5\n" },
	/* directives */
	{ "$ORIGIN b\na A 1.2.3.4\n$origin C.\na A 1.2.3.4\n A 1.2.3.4\n",
		"a.b.ex. 7 A 1.2.3.4\na.c. 7 A 1.2.3.4\na.c. 7 A 1.2.3.4\n" },
	{ "$ORIGIN .\na A 1.2.3.4\n@ NS a\n", "a. 7 A 1.2.3.4\n. 7 NS a.\n" },
	{ "$FOO\n$TTL\n$TTL x\n$TTL 1 2\n$ORIGIN\n$ORIGIN a..b\n$ORIGIN a b\na A 1.2.3.4\n",
		"!1 unknown directive\n!2 invalid $TTL\n!3 invalid $TTL\n!4 trailing data\n!5 "
		"invalid origin\n"
		"!6 invalid origin\n!7 trailing data\na.ex. 7 A 1.2.3.4\n" },
	{ "$INCLUDE /nonexistent/file\n$INCLUDE\n",
		"!1 cannot open $INCLUDE file (not exists)\n!2 invalid $INCLUDE file name\n" },
	/* $GENERATE */
	{ "$GENERATE 1-3 h-$ 60 A 10.0.0.$\n",
		"h-1.ex. 60 A 10.0.0.1\nh-2.ex. 60 A 10.0.0.2\nh-3.ex. 60 A 10.0.0.3\n" },
	{ "$GENERATE 2-6/2 h TXT ${10,4} ${-2} ${250,1,x} ${250,4,X} ${6,1,o} \\$\n",
		"h.ex. 7 TXT \"0012\" \"0\" \"fc\" \"00FC\" \"10\" \"$\"\n"
		"h.ex. 7 TXT \"0014\" \"2\" \"fe\" \"00FE\" \"12\" \"$\"\n"
		"h.ex. 7 TXT \"0016\" \"4\" \"100\" \"0100\" \"14\" \"$\"\n" },
	{ "$GENERATE 0-0 h A 1.2.3.4\n$GENERATE 1 h A 1.2.3.4\n$GENERATE 2-1 h A "
	  "1.2.3.4\n$GENERATE 1-2/0 h A 1.2.3.4\n",
		"h.ex. 7 A 1.2.3.4\n!2 invalid $GENERATE range\n!3 invalid $GENERATE range\n!4 "
		"invalid $GENERATE range\n" },
	{ "$GENERATE 1-2 h TXT ${\na A 1.2.3.4\n$GENERATE 1-2 h TXT ${1,2,z}\n$GENERATE 1-2 h TXT "
	  "${-5}\n$GENERATE 1-2 h A x$\n",
		"!1 invalid $GENERATE modifier\na.ex. 7 A 1.2.3.4\n!3 invalid $GENERATE modifier\n"
		"!4 $GENERATE value out of range\n!5 invalid IPv4 address\n" },
	{ "$GENERATE 1-1 h TXT ${1,12,d}${00000000000000000000000000000000000001} "
	  "${1,256}\n$GENERATE 1-1 h TXT ${1,12,d}${00000000000000000000000000000000000001}\n",
		"!1 invalid $GENERATE modifier\nh.ex. 7 TXT \"0000000000022\"\n" },
};

static void records_and_errors_of_each_text_are_as_listed(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct seen seen = { 0 };
		int ret = scan(&seen, span_of_text(cases[i].text), &plain_options);
		assert_string_equal((const char *)seen.text.data, cases[i].result);
		assert_int_equal(ret, seen.errors > 0 ? E_ZONEFILE : 0);
		if (seen.errors == 0)
			assert_int_equal(seen.unflagged, 0);
		buf_deinit(&seen.text);
	}
}

/* The same lines with so much behind them that the short cuts are open, give the same. */
static void short_cuts_don_t_change_the_result(void **state UNUSED)
{
	static const char padding[] =
		"\n;-----------------------------------------------------------\n"
		";-----------------------------------------------------------\n";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct seen seen = { 0 }, padded = { 0 };
		struct buf text = { 0 };
		if (strstr(cases[i].result, "unbalanced parentheses") != NULL)
			continue;
		buf_text(&text, cases[i].text);
		buf_text(&text, padding);
		(void)!scan(&seen, span_of_text(cases[i].text), &plain_options);
		(void)!scan(&padded, buf_span(&text), &plain_options);
		assert_string_equal((const char *)seen.text.data, (const char *)padded.text.data);
		buf_deinit(&seen.text);
		buf_deinit(&padded.text);
		buf_deinit(&text);
	}
}

static void zero_octets_are_data_and_end_nothing(void **state UNUSED)
{
	static const char text[] =
		"a\0b A 1.2.3.4\nc TXT \"x\0y\" z\0\nd A\0 1.2.3.4\n\0\ne A 1.2.3.4\0";
	struct seen seen = { 0 };

	int ret = scan(
		&seen, (struct span){ (const uint8_t *)text, sizeof(text) - 1 }, &plain_options);
	assert_int_equal(ret, E_ZONEFILE);
	assert_string_equal((const char *)seen.text.data,
		"a\\000b.ex. 7 A 1.2.3.4\nc.ex. 7 TXT \"x\\000y\" \"z\\000\"\n!3 unknown type\n"
		"!4 missing type\n!5 invalid IPv4 address\n");
	buf_deinit(&seen.text);
}

/* Lines and tokens beyond any limit of names and strings: told once, and the next line is read. */
static void tokens_and_lines_of_any_length_are_read_or_refused(void **state UNUSED)
{
	static const struct {
		const char *before, *after, *result;
	} rows[] = {
		{ "", " A 1.2.3.4\nz A 1.2.3.4\n", "!1 owner name too long\nz.ex. 7 A 1.2.3.4\n" },
		{ "a ", " 1.2.3.4\nz A 1.2.3.4\n", "!1 unknown type\nz.ex. 7 A 1.2.3.4\n" },
		{ "a NS ", "\nz A 1.2.3.4\n", "!1 domain name too long\nz.ex. 7 A 1.2.3.4\n" },
		{ "a TXT ", "\nz A 1.2.3.4\n", "!1 string too long\nz.ex. 7 A 1.2.3.4\n" },
		{ "a TXT \"", "\"\nz A 1.2.3.4\n", "!1 string too long\nz.ex. 7 A 1.2.3.4\n" },
		{ "a A 1.2.3.4 ; ", "\nz A 1.2.3.4\n", "a.ex. 7 A 1.2.3.4\nz.ex. 7 A 1.2.3.4\n" },
		{ "$INCLUDE ", "\nz A 1.2.3.4\n",
			"!1 $INCLUDE file name too long\nz.ex. 7 A 1.2.3.4\n" },
		{ "$ORIGIN ", "\nz A 1.2.3.4\n", "!1 invalid origin\nz.ex. 7 A 1.2.3.4\n" },
		{ "$TTL ", "\nz A 1.2.3.4\n", "!1 invalid $TTL\nz.ex. 7 A 1.2.3.4\n" },
		{ "a TYPE1234 \\# 3 ", "\nz A 1.2.3.4\n",
			"!1 record too long\nz.ex. 7 A 1.2.3.4\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct seen seen = { 0 };
		struct buf text = { 0 };
		buf_text(&text, rows[i].before);
		for (int k = 0; k < 300000; k++)
			buf_char(&text, 'a');
		buf_text(&text, rows[i].after);
		(void)!scan(&seen, buf_span(&text), &plain_options);
		assert_string_equal((const char *)seen.text.data, rows[i].result);
		buf_deinit(&seen.text);
		buf_deinit(&text);
	}
}

static void relative_name_without_origin_is_refused(void **state UNUSED)
{
	const struct zonefile_options options = { .default_ttl = 7 };
	struct seen seen = { 0 };

	int ret = scan(&seen,
		span_of_text("a A 1.2.3.4\na\\. A 1.2.3.4\n$ORIGIN b\n$ORIGIN b.\na A 1.2.3.4\n"),
		&options);
	assert_int_equal(ret, E_ZONEFILE);
	assert_string_equal((const char *)seen.text.data,
		"!1 relative name without origin\n!2 relative name without origin\n!3 relative "
		"name without origin\n"
		"a.b. 7 A 1.2.3.4\n");
	buf_deinit(&seen.text);
}

static void errors_beyond_the_limit_end_the_scan(void **state UNUSED)
{
	struct seen seen = { 0 };
	struct buf text = { 0 };

	for (int i = 0; i < 2 * ZONEFILE_ERRORS_MAX; i++)
		buf_text(&text, "a FOO\n");
	assert_int_equal(scan(&seen, buf_span(&text), &plain_options), E_ZONEFILE);
	assert_int_equal(seen.errors, ZONEFILE_ERRORS_MAX);
	buf_deinit(&seen.text);
	buf_deinit(&text);
}

static void error_of_the_callback_ends_the_scan_and_is_its_result(void **state UNUSED)
{
	struct seen seen = { .stop_after = 2 };

	int ret = scan(&seen, span_of_text("a A 1.2.3.4\n A 1.2.3.5\n A 1.2.3.6\nb FOO\n"),
		&plain_options);
	assert_int_equal(ret, E_BUSY);
	assert_int_equal(seen.records, 2);
	assert_int_equal(seen.errors, 0);
	buf_deinit(&seen.text);
}

/* --- files --- */

static char directory[] = "/tmp/test-scanner-XXXXXX";

static const char *file(const char *name, const char *text)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (text != NULL) {
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
		assert_int_equal(fclose(f), 0);
	}
	return path;
}

static int scan_file(struct seen *seen, const char *path, const struct zonefile_options *options)
{
	const struct zonefile_handler handler = { take_record, take_error, seen };
	unsigned errors;

	seen->file = path;
	int ret = zonefile_scan(path, options, &handler, &errors);
	assert_int_equal(errors, seen->errors);
	return ret;
}

static void include_leaves_origin_ttl_and_owner_of_its_parent(void **state UNUSED)
{
	struct seen seen = { 0 };

	mkdir(file("sub", NULL), 0700);
	file("sub/inner", "@ A 1.1.1.1\n$ORIGIN other.\nx A 1.1.1.2\n$INCLUDE deeper q ; with a "
			  "comment\n$TTL 9\n");
	file("sub/deeper", "deep A 1.1.1.3");
	int ret = scan_file(&seen,
		file("main", "p A 1.0.0.1\n$INCLUDE sub/inner\n A 1.0.0.2\n$INCLUDE \"sub/inner\" "
			     "z\np A 1.0.0.3\n"),
		&plain_options);
	assert_int_equal(ret, 0);
	assert_string_equal((const char *)seen.text.data,
		"p.ex. 7 A 1.0.0.1\nex. 7 A 1.1.1.1\nx.other. 7 A 1.1.1.2\ndeep.q.other. 7 A "
		"1.1.1.3\n"
		"p.ex. 7 A 1.0.0.2\nz.ex. 7 A 1.1.1.1\nx.other. 7 A 1.1.1.2\ndeep.q.other. 7 A "
		"1.1.1.3\n"
		"p.ex. 7 A 1.0.0.3\n");
	buf_deinit(&seen.text);
}

static void error_in_an_included_file_names_that_file_and_line(void **state UNUSED)
{
	struct seen seen = { 0 };

	file("bad", "a A 1.1.1.1\n\nb FOO\n");
	int ret = scan_file(
		&seen, file("main", "$INCLUDE bad\n$INCLUDE bad a b\nc BAR\n"), &plain_options);
	assert_int_equal(ret, E_ZONEFILE);
	assert_string_equal((const char *)seen.text.data,
		"a.ex. 7 A 1.1.1.1\nbad!3 unknown type\n!2 trailing data\n!3 unknown type\n");
	buf_deinit(&seen.text);
}

static void file_that_includes_itself_is_refused_at_the_depth_limit(void **state UNUSED)
{
	struct seen seen = { 0 };

	int ret = scan_file(&seen, file("loop", "$INCLUDE loop\n"), &plain_options);
	assert_int_equal(ret, E_ZONEFILE);
	assert_string_equal((const char *)seen.text.data, "!1 $INCLUDE nested too deep\n");
	buf_deinit(&seen.text);
}

static void include_is_refused_where_it_isn_t_allowed(void **state UNUSED)
{
	const struct zonefile_options options = { .origin = origin, .no_include = true };
	struct seen seen = { 0 };

	assert_int_equal(scan_file(&seen, file("main", "$INCLUDE main\n"), &options), E_ZONEFILE);
	assert_string_equal((const char *)seen.text.data, "!1 $INCLUDE isn't allowed here\n");
	buf_deinit(&seen.text);
}

static void file_that_is_missing_gives_the_system_s_error(void **state UNUSED)
{
	struct seen seen = { 0 };

	assert_int_equal(scan_file(&seen, file("missing", NULL), &plain_options), -ENOENT);
}

/* --- one record --- */

static const struct {
	const char *text, *result; /* owner and TTL, or the cause */
	int error;
} single_cases[] = {
	{ "a 60 IN A 1.2.3.4", "a.ex. 60", 0 },
	{ "a A 1.2.3.4\n", "a.ex. 7", 0 },
	{ "A.B. ( A\n1.2.3.4 )\n\n; c\n", "a.b. 7", 0 },
	{ "$a TXT x", "\\$a.ex. 7", 0 },
	{ "", "missing record", E_PARSE },
	{ "; c\n", "missing record", E_PARSE },
	{ "a A 1.2.3.4\nb A 1.2.3.5", "more than one record", E_PARSE },
	{ "a A 1.2.3.4\nb FOO", "unknown type", E_PARSE },
	{ " A 1.2.3.4", "missing owner", E_PARSE },
	{ "a A 1.2.3.400", "invalid IPv4 address", E_PARSE },
	{ "$ORIGIN foo", "unknown type", E_PARSE },
};

static void single_record_is_parsed_or_the_cause_is_told(void **state UNUSED)
{
	struct zonefile_record *record = malloc(sizeof(*record));

	for (size_t i = 0; i < ARRAY_LEN(single_cases); i++) {
		const char *why = NULL;
		int ret = zonefile_parse_rr(
			span_of_text(single_cases[i].text), origin, 7, record, &why);
		assert_int_equal(ret, single_cases[i].error);
		if (ret == 0) {
			struct buf text = { 0 };
			dns_name_print_buf(record->owner, &text);
			buf_printf(&text, " %u", record->ttl);
			assert_string_equal((const char *)text.data, single_cases[i].result);
			buf_deinit(&text);
		} else {
			assert_string_equal(why, single_cases[i].result);
		}
	}
	free(record);
}

static int make_directory(void **state UNUSED)
{
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static int drop_directory(void **state UNUSED)
{
	static const char *const names[] = { "sub/inner", "sub/deeper", "sub", "main", "bad",
		"loop" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		remove(file(names[i], NULL));
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_and_errors_of_each_text_are_as_listed),
		cmocka_unit_test(short_cuts_don_t_change_the_result),
		cmocka_unit_test(zero_octets_are_data_and_end_nothing),
		cmocka_unit_test(tokens_and_lines_of_any_length_are_read_or_refused),
		cmocka_unit_test(relative_name_without_origin_is_refused),
		cmocka_unit_test(errors_beyond_the_limit_end_the_scan),
		cmocka_unit_test(error_of_the_callback_ends_the_scan_and_is_its_result),
		cmocka_unit_test(include_leaves_origin_ttl_and_owner_of_its_parent),
		cmocka_unit_test(error_in_an_included_file_names_that_file_and_line),
		cmocka_unit_test(file_that_includes_itself_is_refused_at_the_depth_limit),
		cmocka_unit_test(include_is_refused_where_it_isn_t_allowed),
		cmocka_unit_test(file_that_is_missing_gives_the_system_s_error),
		cmocka_unit_test(single_record_is_parsed_or_the_cause_is_told),
	};

	return cmocka_run_group_tests(tests, make_directory, drop_directory);
}
