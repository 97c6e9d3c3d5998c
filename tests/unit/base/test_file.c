#include "test_util.h"

#include "base/file.h"
#include <dirent.h>
#include <unistd.h>

static char dir[64];
static char path[256];

static char *in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static size_t entries(const char *where)
{
	DIR *d = opendir(where);
	size_t n = 0;
	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_file.XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
	(void)state;
	char command[100];
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void file_with_octets_is_read_whole(void **state)
{
	(void)state;
	struct file_map map;
	write_text("a", "hello");
	assert_int_equal(file_map_open(in_dir("a"), &map), 0);
	assert_true(span_equal(map.bytes, span_of_text("hello")));
	file_map_close(&map);
	assert_null(map.bytes.data);
}

static void empty_file_is_an_empty_span(void **state)
{
	(void)state;
	struct file_map map;
	write_text("a", "");
	assert_int_equal(file_map_open(in_dir("a"), &map), 0);
	assert_int_equal(map.bytes.len, 0);
	file_map_close(&map);
}

static void file_truncated_while_open_stays_readable(void **state)
{
	(void)state;
	struct file_map map;
	write_text("a", "hello");
	assert_int_equal(file_map_open(in_dir("a"), &map), 0);
	assert_int_equal(truncate(in_dir("a"), 0), 0);
	assert_true(span_equal(map.bytes, span_of_text("hello")));
	file_map_close(&map);
}

static void what_cannot_be_opened_gives_errno(void **state)
{
	(void)state;
	struct file_map map;
	assert_int_equal(file_map_open(in_dir("none"), &map), -ENOENT);
	assert_int_equal(file_map_open(dir, &map), -EISDIR);
}

static void file_without_size_is_read(void **state)
{
	(void)state;
	struct file_map map;
	assert_int_equal(file_map_open("/proc/self/status", &map), 0);
	assert_true(map.bytes.len > 0);
	file_map_close(&map);
}

static void committed_file_replaces_the_old_one(void **state)
{
	(void)state;
	struct file_new file;
	struct file_map map;
	struct stat st;
	write_text("a", "old");
	assert_int_equal(file_new_begin(in_dir("a"), 0640, &file), 0);
	fputs("new", file.stream);
	assert_int_equal(file_new_commit(&file), 0);
	assert_int_equal(file_map_open(in_dir("a"), &map), 0);
	assert_true(span_equal(map.bytes, span_of_text("new")));
	file_map_close(&map);
	assert_int_equal(stat(in_dir("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(entries(dir), 1);
}

static void discarded_file_leaves_no_trace(void **state)
{
	(void)state;
	struct file_new file;
	assert_int_equal(file_new_begin(in_dir("a"), 0640, &file), 0);
	fputs("new", file.stream);
	file_new_discard(&file);
	assert_int_equal(entries(dir), 0);
}

static void missing_directories_are_made(void **state)
{
	(void)state;
	struct file_new file;
	struct stat st;
	assert_int_equal(file_new_begin(in_dir("x/y/z"), 0600, &file), 0);
	assert_int_equal(file_new_commit(&file), 0);
	assert_int_equal(stat(in_dir("x/y"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(access(in_dir("x/y/z"), R_OK), 0);
}

static void rename_that_fails_leaves_no_temporary_file(void **state)
{
	(void)state;
	struct file_new file;
	assert_int_equal(mkdir(in_dir("a"), 0700), 0);
	assert_int_equal(file_new_begin(in_dir("a"), 0600, &file), 0);
	assert_int_equal(file_new_commit(&file), -EISDIR);
	assert_int_equal(entries(dir), 1);
}

static void full_disk_is_reported_at_commit(void **state)
{
	(void)state;
	struct file_new file;
	assert_int_equal(file_new_begin(in_dir("a"), 0600, &file), 0);
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	fclose(file.stream);
	file.stream = full;
	fputs("new", file.stream);
	assert_int_equal(file_new_commit(&file), -ENOSPC);
	assert_int_equal(entries(dir), 0);
}

static void directory_path_is_made_once_and_again(void **state)
{
	(void)state;
	assert_int_equal(dir_make(in_dir("p/q//r/"), 0700), 0);
	assert_int_equal(dir_make(in_dir("p/q/r"), 0700), 0);
	write_text("f", "");
	assert_int_equal(dir_make(in_dir("f"), 0700), -ENOTDIR);
	assert_int_equal(dir_make(in_dir("f/g"), 0700), -ENOTDIR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_with_octets_is_read_whole),
		TEST(empty_file_is_an_empty_span),
		TEST(file_truncated_while_open_stays_readable),
		TEST(what_cannot_be_opened_gives_errno),
		TEST(file_without_size_is_read),
		TEST(committed_file_replaces_the_old_one),
		TEST(discarded_file_leaves_no_trace),
		TEST(missing_directories_are_made),
		TEST(rename_that_fails_leaves_no_temporary_file),
		TEST(full_disk_is_reported_at_commit),
		TEST(directory_path_is_made_once_and_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
