#include "test_util.h"

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include <regex.h>
#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

static char path[64];
static int saved_out, saved_err;

/* Standard streams and a log file, captured. */
static char out_path[80], err_path[80];

static void redirect(int fd, const char *to, int *saved)
{
	*saved = dup(fd);
	FILE *f = fopen(to, "w");
	assert_non_null(f);
	dup2(fileno(f), fd);
	fclose(f);
}

static char *text_of(const char *file)
{
	struct file_map map;
	assert_int_equal(file_map_open(file, &map), 0);
	char *text = strndup((const char *)map.bytes.data, map.bytes.len);
	file_map_close(&map);
	return text;
}

static void assert_matches(const char *file, const char *pattern)
{
	regex_t re;
	char *text = text_of(file);
	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&re, text, 0, NULL, 0) != 0)
		fail_msg("'%s' isn't '%s'", text, pattern);
	regfree(&re);
	free(text);
}

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_log.%d", getpid());
	snprintf(out_path, sizeof(out_path), "%s.out", path);
	snprintf(err_path, sizeof(err_path), "%s.err", path);
	fflush(stdout);
	redirect(1, out_path, &saved_out);
	redirect(2, err_path, &saved_err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_close();
	fflush(stdout);
	dup2(saved_out, 1);
	dup2(saved_err, 2);
	close(saved_out);
	close(saved_err);
	unlink(path);
	unlink(out_path);
	unlink(err_path);
	return 0;
}

#define TIME \
	"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}[+-][0-9]{2}:[0-9]{2} "

static void configure_file(signed char level)
{
	const struct log_target t = { LOG_TO_FILE, path, { level, level, level, -1 } };
	log_configure(&t, 1);
}

static void file_line_has_time_severity_and_zone(void **state)
{
	(void)state;
	configure_file(LOG_DEBUGGING);
	log_info("server started");
	log_zone_warning("example.com", "check, %d", 1);
	log_zone_error(".", "root");
	log_zone_notice("?", "unknown");
	log_debug("d");
	assert_matches(path,
		"^" TIME "info: server started\n" TIME
		"warning: \\[example\\.com\\.\\] check, 1\n" TIME "error: \\[\\.\\] root\n" TIME
		"notice: \\[\\?\\.\\] unknown\n" TIME "debug: d\n$");
	assert_matches(out_path, "^$");
	assert_matches(err_path, "^$");
}

static void line_longer_than_the_limit_is_cut(void **state)
{
	(void)state;
	char big[1000];
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	configure_file(LOG_INFORM);
	log_info("%s", big);
	log_zone_info(big, "%s", big);
	char *text = text_of(path);
	assert_int_equal(strlen(strchr(text, ' ') + 1),
		511 + 1 + strlen("2026-01-01T00:00:00.000+00:00 ") + 511 + 1);
	free(text);
}

static void level_of_the_source_decides(void **state)
{
	(void)state;
	const struct log_target t[] = {
		{ LOG_TO_FILE, path, { LOG_WARN, -1, LOG_INFORM, -1 } },
		{ LOG_TO_STDERR, NULL, { LOG_ERROR, -1, -1, -1 } },
	};
	log_configure(t, 2);
	assert_true(log_enabled(LOG_WARN, LOG_SERVER));
	assert_false(log_enabled(LOG_NOTE, LOG_SERVER));
	assert_false(log_enabled(LOG_CRITICAL, LOG_CONTROL));
	assert_false(log_enabled(LOG_CRITICAL, LOG_QUIC));
	log_notice("no");
	log_line(LOG_ERROR, LOG_CONTROL, NULL, "no");
	log_zone_info("a.", "yes");
	log_warning("yes");
	log_error("both");
	assert_matches(path,
		"^" TIME "info: \\[a\\.\\] yes\n" TIME "warning: yes\n" TIME "error: both\n$");
	assert_matches(err_path, "^" TIME "error: both\n$");
}

static void default_targets_split_the_streams(void **state)
{
	(void)state;
	log_warning("w");
	log_info("i");
	log_debug("d");
	assert_matches(err_path, "^" TIME "warning: w\n$");
	assert_matches(out_path, "^" TIME "info: i\n$");
}

/* In place of libc's: what would go to the system's log. */
static char system_lines[1000], system_name[100];

void openlog(const char *ident, int option, int facility)
{
	snprintf(system_name, sizeof(system_name), "%s%s%s", ident, option & LOG_PID ? " pid" : "",
		facility == LOG_DAEMON ? " daemon" : "");
}

void syslog(int priority, const char *format, ...)
{
	size_t len = strlen(system_lines);
	va_list args;

	len += (size_t)snprintf(system_lines + len, sizeof(system_lines) - len, "<%d>", priority);
	va_start(args, format);
	(void)vsnprintf(system_lines + len, sizeof(system_lines) - len, format, args);
	va_end(args);
	strcat(system_lines, "\n");
}

static void syslog_has_severity_and_zone_but_no_time(void **state)
{
	(void)state;
	const struct log_target target = { LOG_TO_SYSLOG, NULL,
		{ LOG_INFORM, LOG_INFORM, LOG_WARN, -1 } };

	if (access("/run/systemd/system", F_OK) == 0)
		skip(); /* there the journal gets it */
	system_lines[0] = '\0';
	log_configure(&target, 1);
	log_info("Knot DNS %s", "starts");
	log_debug("not this");
	log_zone_error("z.test", "failed 100%%");
	log_zone_info("z.test.", "nor this");
	assert_string_equal(system_name, "knot pid daemon");
	assert_string_equal(
		system_lines, "<6>info: Knot DNS starts\n<3>error: [z.test.] failed 100%\n");
}

static void default_targets_send_warnings_to_syslog_too(void **state)
{
	(void)state;
	if (access("/run/systemd/system", F_OK) == 0)
		skip();
	system_lines[0] = '\0';
	log_configure_default(false);
	log_warning("odd");
	log_notice("well");
	assert_string_equal(system_lines, "<4>warning: odd\n");
	assert_matches(err_path, " warning: odd\n$");
}

static void tool_lines_have_no_time_and_plain_info(void **state)
{
	(void)state;
	log_configure_tool(LOG_INFORM);
	log_info("plain");
	log_zone_info("a.", "zone");
	log_notice("n");
	log_debug("d");
	log_zone_error("a.", "e");
	assert_matches(out_path, "^plain\n\\[a\\.\\] zone\nnotice: n\n$");
	assert_matches(err_path, "^error: \\[a\\.\\] e\n$");
}

static void file_that_cannot_be_opened_is_logged_before(void **state)
{
	(void)state;
	configure_file(LOG_INFORM);
	const struct log_target t[] = {
		{ LOG_TO_FILE, "/nonexistent/dir/log", { LOG_INFORM, -1, -1, -1 } },
		{ LOG_TO_STDOUT, NULL, { LOG_INFORM, -1, -1, -1 } },
	};
	log_configure(t, 2);
	log_error("later");
	assert_matches(path,
		"^" TIME
		"error: failed to open log, file '/nonexistent/dir/log' \\(not exists\\)\n$");
	assert_matches(out_path, "^" TIME "error: later\n$");
}

static void reconfigured_file_is_opened_anew(void **state)
{
	(void)state;
	char rotated[80];
	configure_file(LOG_INFORM);
	log_info("one");
	snprintf(rotated, sizeof(rotated), "%s.1", path);
	rename(path, rotated);
	log_info("two");
	configure_file(LOG_INFORM);
	log_info("three");
	assert_matches(rotated, "info: one\n.*info: two\n$");
	assert_matches(path, "^" TIME "info: three\n$");
	assert_int_equal(log_chown(getuid(), getgid()), 0);
	unlink(rotated);
}

static void error_texts_are_those_of_operators(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *text;
	} cases[] = {
		{ E_NOMEM, "not enough memory" },
		{ E_TXNNONE, "no active transaction" },
		{ -ENOENT, "not exists" },
		{ -EACCES, "file permission denied" },
		{ -ECONNREFUSED, "connection refused" },
		{ -EISDIR, "Is a directory" },
		{ -999, "unknown system error" },
		{ -100000, "unknown error" },
		{ 5, "unknown error" },
		{ E_OK, "OK" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(err_text(cases[i].code), cases[i].text);
	for (int code = E_FIRST_ + 1; code < E_LAST_; code++)
		assert_non_null(err_text(code));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_line_has_time_severity_and_zone),
		TEST(line_longer_than_the_limit_is_cut),
		TEST(level_of_the_source_decides),
		TEST(default_targets_split_the_streams),
		TEST(syslog_has_severity_and_zone_but_no_time),
		TEST(default_targets_send_warnings_to_syslog_too),
		TEST(tool_lines_have_no_time_and_plain_info),
		TEST(file_that_cannot_be_opened_is_logged_before),
		TEST(reconfigured_file_is_opened_anew),
		TEST(error_texts_are_those_of_operators),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
