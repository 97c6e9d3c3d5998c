/* The watch of zone files: whatever happens to a file or to the way to it, the next drain brings it into doubt. */
#include "server/watch.h"
#include "test_util.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of a file system that can be watched, and the current one: it holds a/ and b/. */
static char base[64];

static int enter_in(const char *parent)
{
	snprintf(base, sizeof(base), "%s/bowline-watch-XXXXXX", parent);
	if (mkdtemp(base) == NULL || chdir(base) != 0)
		return -1;
	return mkdir("a", 0700) != 0 || mkdir("b", 0700) != 0 ? -1 : 0;
}

static int enter(void **state)
{
	(void)state;
	return enter_in("/dev/shm");
}

static int leave(void **state)
{
	char command[PATH_MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", base);
	return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static const char *at(const char *path)
{
	static char full[4][PATH_MAX];
	static unsigned next;
	char *ret = full[next++ % 4];

	snprintf(ret, PATH_MAX, "%s/%s", base, path);
	return ret;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void look(struct watch *w, struct watch_file *f, const char *path)
{
	watch_begin(w, f, at(path));
	watch_end(w, f, watch_stat(at(path)).watchable);
}

static bool settled(struct watch *w, struct watch_file *f, const char *path)
{
	return watch_is_settled(w, f, at(path));
}

static bool settled_after_drain(struct watch *w, struct watch_file *f, const char *path)
{
	watch_drain(w);
	return settled(w, f, path);
}

struct watched {
	struct watch *w;
	struct watch_file f;
};

/* One zone that is in doubt, looked at, and settled. */
static struct watched *watched(const char *path)
{
	struct watched *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	assert_int_equal(watch_new(&x->w), 0);
	assert_int_equal(watch_add(x->w, &x->f), 0);
	assert_false(settled_after_drain(x->w, &x->f, path));
	look(x->w, &x->f, path);
	assert_true(settled_after_drain(x->w, &x->f, path));
	return x;
}

static void watched_free(struct watched *x)
{
	watch_forget(x->w, &x->f);
	watch_free(x->w);
	free(x);
}

/* --- changes of a file --- */

static void do_nothing(void) {}
static void do_edit(void)
{
	int fd = open("a/zone", O_WRONLY | O_APPEND);

	assert_true(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}
static void do_map(void)
{
	int fd = open("a/zone", O_RDWR);
	char *text = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_true(text != MAP_FAILED);
	close(fd);
	text[0] = 'O';
	assert_int_equal(munmap(text, 3), 0);
}
static void do_truncate(void)
{
	assert_int_equal(truncate("a/zone", 0), 0);
}
static void do_touch(void)
{
	assert_int_equal(utimensat(AT_FDCWD, "a/zone", NULL, 0), 0);
}
static void do_rename_over(void)
{
	put("b/new", "new");
	assert_int_equal(rename("b/new", "a/zone"), 0);
}
static void do_rename_away(void)
{
	assert_int_equal(rename("a/zone", "b/zone"), 0);
}
static void do_exchange(void)
{
	put("b/new", "new");
	assert_int_equal(renameat2(AT_FDCWD, "b/new", AT_FDCWD, "a/zone", RENAME_EXCHANGE), 0);
}
static void do_delete(void)
{
	assert_int_equal(unlink("a/zone"), 0);
}
static void do_symlink_over(void)
{
	put("b/new", "new");
	assert_int_equal(unlink("a/zone"), 0);
	assert_int_equal(symlink("../b/new", "a/zone"), 0);
}
static void do_replace_directory(void)
{
	put("b/zone", "new");
	assert_int_equal(rename("a", "c"), 0);
	assert_int_equal(rename("b", "a"), 0);
}
static void do_remove_directory(void)
{
	assert_int_equal(unlink("a/zone"), 0);
	assert_int_equal(rmdir("a"), 0);
}
static void do_lock_directory(void)
{
	assert_int_equal(chmod("a", 0), 0);
	assert_int_equal(chmod("a", 0700), 0);
}

static void every_change_brings_doubt(void **state)
{
	static const struct {
		void (*change)(void);
		bool settled;
	} cases[] = { { do_nothing, true }, { do_edit, false }, { do_map, false },
		{ do_truncate, false }, { do_touch, false }, { do_rename_over, false },
		{ do_rename_away, false }, { do_exchange, false }, { do_delete, false },
		{ do_symlink_over, false }, { do_replace_directory, false },
		{ do_remove_directory, false }, { do_lock_directory, false } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(i == 0 ? 0 : enter(state), 0);
		put("a/zone", "old");
		struct watched *x = watched("a/zone");
		cases[i].change();
		if (settled_after_drain(x->w, &x->f, "a/zone") != cases[i].settled)
			fail_msg("case %zu", i);
		watched_free(x);
		assert_int_equal(leave(state), 0);
	}
	assert_int_equal(enter(state), 0);
}

static void others_stay_settled(void **state)
{
	(void)state;
	put("a/zone", "old");
	put("a/other", "old");
	struct watched *x = watched("a/zone");
	put("a/other", "new");
	put("a/zone.new", "new");
	assert_true(settled_after_drain(x->w, &x->f, "a/zone"));
	assert_false(settled(x->w, &x->f, "a/other"));
	assert_false(settled(x->w, &x->f, "a/ZONE"));
	put("a/ZONE", "new"); /* where the case doesn't matter it is the same file */
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

static void file_that_comes_is_met(void **state)
{
	(void)state;
	struct watched *x = watched("a/zone"); /* isn't there, and that's known */
	assert_int_equal(symlink("/nowhere", "a/zone"), 0);
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

static void server_without_zones_has_none_in_doubt(void **state)
{
	struct watch *w;
	struct watch_file **files;
	size_t count = 1;

	(void)state;
	assert_int_equal(watch_new(&w), 0);
	watch_drain(w);
	assert_int_equal(watch_collect(w, &files, &count), 0);
	assert_int_equal(count, 0);
	free(files);
	watch_free(w);
}

static void two_zones_share_a_file(void **state)
{
	struct watch_file second = { 0 };

	(void)state;
	put("a/zone", "old");
	struct watched *x = watched("a/zone");
	assert_int_equal(watch_add(x->w, &second), 0);
	look(x->w, &second, "a/zone");
	assert_true(settled_after_drain(x->w, &second, "a/zone"));
	do_edit();
	assert_false(settled_after_drain(x->w, &second, "a/zone"));
	assert_false(settled(x->w, &x->f, "a/zone"));
	watch_forget(x->w, &second);
	look(x->w, &x->f, "a/zone");
	assert_true(settled_after_drain(x->w, &x->f, "a/zone"));
	do_edit();
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

/* --- what isn't trusted --- */

static void never_settles(const char *path)
{
	struct watch_file f = { 0 };
	struct watch *w;

	assert_int_equal(watch_new(&w), 0);
	assert_int_equal(watch_add(w, &f), 0);
	for (int i = 0; i < 3; i++) {
		look(w, &f, path);
		assert_false(settled_after_drain(w, &f, path));
	}
	watch_free(w);
}

static void untrusted_files_stay_in_doubt(void **state)
{
	(void)state;
	put("b/target", "old");
	assert_int_equal(symlink("../b/target", "a/symbolic"), 0);
	never_settles("a/symbolic");
	assert_int_equal(link("b/target", "a/hard"), 0);
	never_settles("a/hard");
	never_settles("a");         /* a directory */
	never_settles("none/zone"); /* nowhere */
	put("a/file", "");
	never_settles("a/file/zone");

	struct watch_file f = { 0 };
	struct watch *w;
	assert_int_equal(watch_new(&w), 0);
	assert_int_equal(watch_add(w, &f), 0);
	watch_begin(w, &f, "/proc/cmdline"); /* not a file system that says what changes */
	watch_end(w, &f, true);
	watch_drain(w);
	assert_false(watch_is_settled(w, &f, "/proc/cmdline"));
	watch_free(w);
}

static void directory_that_comes_is_watched(void **state)
{
	struct watch_file f = { 0 };
	struct watch *w;

	(void)state;
	assert_int_equal(watch_new(&w), 0);
	assert_int_equal(watch_add(w, &f), 0);
	look(w, &f, "c/zone");
	assert_false(settled_after_drain(w, &f, "c/zone"));
	assert_int_equal(mkdir("c", 0700), 0);
	watch_drain(w);
	look(w, &f, "c/zone");
	assert_true(settled_after_drain(w, &f, "c/zone"));
	put("c/zone", "new");
	assert_false(settled_after_drain(w, &f, "c/zone"));
	watch_free(w);
}

static void make_directory_anew(void)
{
	put("a/zone", "old");
	struct watched *x = watched("a/zone");
	do_remove_directory();
	assert_int_equal(mkdir("a", 0700), 0);
	put("a/zone", "new");
	look(x->w, &x->f, "a/zone"); /* loaded by name: the watch is of what is gone */
	put("a/zone", "newer");
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	look(x->w, &x->f, "a/zone");
	assert_true(settled_after_drain(x->w, &x->f, "a/zone"));
	put("a/zone", "newest");
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

static void directory_made_anew_is_watched(void **state)
{
	struct watch_file f = { 0 };
	struct watch *w;

	make_directory_anew();
	assert_int_equal(leave(state), 0);
	assert_int_equal(enter_in("/var/tmp"), 0); /* a disk gives it the same inode number again */
	assert_int_equal(watch_new(&w), 0);
	assert_int_equal(watch_add(w, &f), 0);
	look(w, &f, "a/zone");
	bool can_be_watched = settled_after_drain(w, &f, "a/zone");
	watch_free(w);
	if (can_be_watched)
		make_directory_anew();
}

static void lead_to(const char *target)
{
	assert_int_equal(symlink(target, "link.new"), 0);
	assert_int_equal(rename("link.new", "link"), 0);
}

static void directory_behind_a_link_is_followed(void **state)
{
	(void)state;
	put("a/zone", "a");
	put("b/zone", "b");
	lead_to("a");
	struct watched *x = watched("link/zone");
	lead_to("b");
	assert_false(settled_after_drain(x->w, &x->f, "link/zone"));
	look(x->w, &x->f, "link/zone");
	assert_true(settled_after_drain(x->w, &x->f, "link/zone"));
	put("b/zone", "new");
	assert_false(settled_after_drain(x->w, &x->f, "link/zone"));
	watched_free(x);
}

/* Loaded by name while the link leads elsewhere; by the next reload it is back. */
static void look_elsewhere_does_not_settle(void **state)
{
	(void)state;
	put("a/zone", "a");
	put("b/zone", "b");
	lead_to("a");
	struct watched *x = watched("link/zone");
	lead_to("b");
	look(x->w, &x->f, "link/zone");
	lead_to("a");
	assert_false(settled_after_drain(x->w, &x->f, "link/zone"));

	look(x->w, &x->f, "link/zone");
	assert_true(settled_after_drain(x->w, &x->f, "link/zone"));
	watch_begin(x->w, &x->f, at("link/zone"));
	lead_to("b");
	watch_end(x->w, &x->f, true);
	lead_to("a");
	assert_false(settled_after_drain(x->w, &x->f, "link/zone"));

	lead_to("b");
	watch_begin(x->w, &x->f, at("link/zone"));
	lead_to("a");
	watch_end(x->w, &x->f, true);
	assert_false(settled_after_drain(x->w, &x->f, "link/zone"));
	watched_free(x);
}

/* Both directories are one; the watch of it outlives one of them. */
static void two_paths_share_a_directory(void **state)
{
	struct watch_file second = { 0 };

	(void)state;
	put("a/zone", "old");
	lead_to("a");
	struct watched *x = watched("a/zone");
	assert_int_equal(watch_add(x->w, &second), 0);
	look(x->w, &second, "link/zone");
	assert_true(settled_after_drain(x->w, &second, "link/zone"));
	do_edit();
	assert_false(settled_after_drain(x->w, &second, "link/zone"));
	assert_false(settled(x->w, &x->f, "a/zone"));
	watch_forget(x->w, &second);
	look(x->w, &x->f, "a/zone");
	assert_true(settled_after_drain(x->w, &x->f, "a/zone"));
	do_edit();
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

static void lost_events_bring_all_into_doubt(void **state)
{
	unsigned limit = 0;
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	(void)state;
	assert_true(file != NULL && fscanf(file, "%u", &limit) == 1);
	fclose(file);
	if (limit > 1000000)
		skip();
	put("a/zone", "old");
	put("a/x", "");
	struct watched *x = watched("a/zone");
	for (unsigned i = 0; i <= limit; i++)
		assert_int_equal(rename(i % 2 == 0 ? "a/x" : "a/y", i % 2 == 0 ? "a/y" : "a/x"), 0);
	do_edit();
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	look(x->w, &x->f, "a/zone");
	assert_true(settled_after_drain(x->w, &x->f, "a/zone"));
	do_edit();
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

/* 77: not allowed here. In a process and a mount namespace of its own. */
static int mount_over_file(void)
{
	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return 77;
	put("a/zone", "old");
	put("b/zone", "other");
	struct watched *x = watched("a/zone");
	if (mount("b/zone", "a/zone", NULL, MS_BIND, NULL) != 0)
		return 77;
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	never_settles("a/zone");
	assert_int_equal(umount("a/zone"), 0);
	watched_free(x);
	return 0;
}

static void mount_is_met(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(mount_over_file());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- looks --- */

static void change_during_a_look_is_met(void **state)
{
	(void)state;
	put("a/zone", "old");
	struct watched *x = watched("a/zone");
	watch_begin(x->w, &x->f, at("a/zone"));
	do_edit();
	watch_drain(x->w); /* a reload meanwhile */
	watch_end(x->w, &x->f, true);
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));

	watch_begin(x->w, &x->f, at("a/zone"));
	look(x->w, &x->f, "a/zone"); /* by another thread */
	assert_false(settled(x->w, &x->f, "a/zone"));
	watch_end(x->w, &x->f, true);
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));

	look(x->w, &x->f, "a/zone");
	assert_true(settled_after_drain(x->w, &x->f, "a/zone"));
	watch_doubt(x->w, &x->f);
	assert_false(settled_after_drain(x->w, &x->f, "a/zone"));
	watched_free(x);
}

static void other_path_is_followed(void **state)
{
	(void)state;
	put("a/zone", "old");
	put("b/zone", "old");
	struct watched *x = watched("a/zone");
	assert_false(settled(x->w, &x->f, "b/zone"));
	look(x->w, &x->f, "b/zone");
	assert_true(settled_after_drain(x->w, &x->f, "b/zone"));
	do_edit();
	assert_true(settled_after_drain(x->w, &x->f, "b/zone"));
	put("b/zone", "new");
	assert_false(settled_after_drain(x->w, &x->f, "b/zone"));
	watch_begin(x->w, &x->f, NULL); /* none matters any more */
	watch_end(x->w, &x->f, true);
	assert_true(watch_is_settled(x->w, &x->f, NULL));
	watched_free(x);
}

static size_t doubted(struct watch *w)
{
	struct watch_file **files;
	size_t count = 0;

	assert_int_equal(watch_collect(w, &files, &count), 0);
	free(files);
	return count;
}

static const char *path_of(unsigned i, char ret[64])
{
	snprintf(ret, 64, "d%u/%u", i / 100, i % 100);
	return ret;
}

static void only_what_changed_is_collected(void **state)
{
	enum { COUNT = 500 };
	struct watch_file *files = calloc(COUNT, sizeof(*files)), **found;
	char path[64];
	struct watch *w;
	size_t count;

	(void)state;
	assert_int_equal(watch_new(&w), 0);
	for (unsigned i = 0; i < COUNT; i++) { /* five directories in all */
		snprintf(path, sizeof(path), "d%u", i / 100);
		(void)mkdir(path, 0700);
		put(path_of(i, path), "old");
	}
	for (unsigned i = 0; i < COUNT; i++) {
		assert_int_equal(watch_add(w, &files[i]), 0);
		assert_int_equal(doubted(w), 1);
		look(w, &files[i], path_of(i, path));
		assert_int_equal(doubted(w), 0);
	}
	watch_drain(w);
	assert_int_equal(doubted(w), 0);
	put("d3/42", "new");
	watch_drain(w);
	assert_int_equal(watch_collect(w, &found, &count), 0);
	assert_int_equal(count, 1);
	assert_ptr_equal(found[0], &files[342]);
	free(found);
	watch_forget(w, &files[342]);
	assert_int_equal(doubted(w), 0);
	watch_begin(w, &files[342], at("d3/42")); /* a worker still has it */
	watch_end(w, &files[342], true);
	watch_doubt(w, &files[342]);
	assert_int_equal(doubted(w), 0);
	for (unsigned i = 0; i < COUNT; i++)
		watch_forget(w, &files[i]);
	watch_free(w);
	free(files);
}

/* --- anything --- */

enum { FILES = 12 };
static const char *const paths[FILES] = { "a/1", "a/2", "b/1", "b/2", "link/1", "link/2", "a/3",
	"b/3", "c/1", "c/2", "a/1", "link/3" };

static void content_of(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n = file != NULL ? fread(ret, 1, size - 1, file) : 0;

	ret[n] = '\0';
	if (file != NULL)
		fclose(file);
}

/* Mostly it fails, and nothing happens: as well. */
static void something(unsigned number)
{
	static const char *const directories[] = { "a", "b", "c", "d" };
	const char *path = paths[test_below(FILES)], *other = paths[test_below(FILES)];
	const char *from = directories[test_below(4)], *to = directories[test_below(4)];
	char text[32];
	FILE *file;

	snprintf(text, sizeof(text), "%u", number);
	switch (test_below(10)) {
	case 0:
	case 1:
	case 2:
		if ((file = fopen(path, "r+")) != NULL || (file = fopen(path, "w")) != NULL) {
			fputs(text, file);
			fclose(file);
		}
		break;
	case 3:
		put("new", text);
		(void)rename("new", path);
		break;
	case 4:
		(void)rename(path, other);
		break;
	case 5:
		(void)unlink(path);
		break;
	case 6:
		lead_to(from);
		break;
	case 7:
		(void)renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
		break;
	case 8:
		(void)rename(from, to);
		(void)rmdir(from);
		break;
	default:
		(void)mkdir(from, 0700);
		break;
	}
}

/* Whatever happens, a settled zone has what its file holds. */
static void settled_is_true_at_random(void **state)
{
	struct watch_file files[FILES] = { 0 };
	char seen[FILES][32] = { "" }, now[32];
	struct watch *w;
	unsigned settled_count = 0;

	(void)state;
	test_random_init();
	assert_int_equal(watch_new(&w), 0);
	for (size_t i = 0; i < FILES; i++)
		assert_int_equal(watch_add(w, &files[i]), 0);
	for (unsigned step = 0; step < 6000; step++) {
		unsigned changes = test_below(4);
		for (unsigned i = 0; i < changes; i++)
			something(step * 4 + i);
		if (test_below(3) > 0) { /* a load by name */
			unsigned i = test_below(FILES);
			watch_begin(w, &files[i], at(paths[i]));
			bool watchable = watch_stat(at(paths[i])).watchable;
			content_of(paths[i], seen[i], sizeof(seen[i]));
			if (test_below(8) == 0)
				something(step * 4 + 3);
			watch_end(w, &files[i], watchable);
		}
		watch_drain(w);
		for (size_t i = 0; i < FILES; i++) {
			content_of(paths[i], now, sizeof(now));
			if (settled(w, &files[i], paths[i])) {
				settled_count++;
				if (strcmp(now, seen[i]) != 0)
					fail_msg("step %u: %s is %s, was %s", step, paths[i], now,
						seen[i]);
			} else if (test_below(2) == 0) {
				strcpy(seen[i], now);
				look(w, &files[i], paths[i]);
			}
		}
	}
	assert_true(settled_count > 6000);
	for (size_t i = 0; i < FILES; i++)
		watch_forget(w, &files[i]);
	watch_free(w);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		CASE(every_change_brings_doubt),
		CASE(others_stay_settled),
		CASE(file_that_comes_is_met),
		CASE(server_without_zones_has_none_in_doubt),
		CASE(two_zones_share_a_file),
		CASE(untrusted_files_stay_in_doubt),
		CASE(directory_that_comes_is_watched),
		CASE(directory_made_anew_is_watched),
		CASE(directory_behind_a_link_is_followed),
		CASE(look_elsewhere_does_not_settle),
		CASE(two_paths_share_a_directory),
		CASE(lost_events_bring_all_into_doubt),
		CASE(mount_is_met),
		CASE(change_during_a_look_is_met),
		CASE(other_path_is_followed),
		CASE(only_what_changed_is_collected),
		CASE(settled_is_true_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
