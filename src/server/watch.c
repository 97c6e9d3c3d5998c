#include "server/watch.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * Directories are numbered; one is known by its path, so that two paths to one are two, with the same descriptor. Both tables chain
 * through the array. Files are found by a hash of their directory's number and their name; another file with the same hash
 * is just looked at in vain.
 */

enum {
	NONE = -1, /* ends a chain; no descriptor */
	EVENTS = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
		 IN_MOVED_TO,
	FILES_PER_BUCKET = 2,
};

struct directory {
	char *path; /* NULL: unused */
	dev_t dev;  /* what is watched */
	ino_t ino;
	uint64_t hash;
	size_t files;
	int descriptor; /* NONE: isn't watched */
	int next_by_path, next_by_descriptor;
	bool doubt; /* all its files are to be brought into doubt */
};

struct watch {
	pthread_mutex_t lock;
	int fd;     /* inotify; NONE: isn't there */
	int mounts; /* says when something is mounted */
	bool full;  /* no more watches until the next drain */

	struct directory *directories;
	int *by_path, *by_descriptor; /* buckets, as many as there is room for directories */
	size_t directory_count, directory_cap;

	struct watch_file **buckets;
	size_t bucket_count; /* a power of two */
	size_t placed;       /* files in buckets */

	size_t files;
	struct watch_file **doubts; /* room for all files */
	size_t doubt_count, doubt_cap;
};

/* --- life --- */

/* Without inotify all zones stay in doubt. */
static void open_inotify(struct watch *w)
{
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (w->fd >= 0 && w->mounts >= 0)
		return;
	log_debug("zone files cannot be watched (%s)", err_text(err_errno()));
	if (w->fd >= 0)
		close(w->fd);
	w->fd = NONE;
}

int watch_new(struct watch **ret)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return E_NOMEM;
	w->bucket_count = 16;
	w->buckets = calloc(w->bucket_count, sizeof(struct watch_file *));
	int code = w->buckets != NULL ? pthread_mutex_init(&w->lock, NULL) : ENOMEM;
	if (code != 0) {
		free(w->buckets);
		free(w);
		return -code;
	}
	open_inotify(w);
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->mounts >= 0)
		close(w->mounts);
	for (size_t i = 0; i < w->directory_count; i++)
		free(w->directories[i].path);
	pthread_mutex_destroy(&w->lock);
	free(w->directories);
	free(w->by_path);
	free(w->by_descriptor);
	free(w->buckets);
	free(w->doubts);
	free(w);
}

/* --- directories --- */

static uint64_t hash_of(const char *text, size_t len)
{
	const struct siphash_key key = { 0 }; /* operators' names */

	return siphash24(key, (struct span){ (const uint8_t *)text, len });
}

static int *path_bucket(const struct watch *w, uint64_t hash)
{
	return &w->by_path[hash & (w->directory_cap - 1)];
}

static int *descriptor_bucket(const struct watch *w, int descriptor)
{
	return &w->by_descriptor[(size_t)descriptor & (w->directory_cap - 1)];
}

static void link_descriptor(struct watch *w, struct directory *d, int descriptor)
{
	int *bucket = descriptor_bucket(w, descriptor);

	d->descriptor = descriptor;
	d->next_by_descriptor = *bucket;
	*bucket = (int)(d - w->directories);
}

static void link_path(struct watch *w, struct directory *d)
{
	int *bucket = path_bucket(w, d->hash);

	d->next_by_path = *bucket;
	*bucket = (int)(d - w->directories);
}

static bool is_used(const struct watch *w, int descriptor)
{
	int i = *descriptor_bucket(w, descriptor);

	while (i != NONE && w->directories[i].descriptor != descriptor)
		i = w->directories[i].next_by_descriptor;
	return i != NONE;
}

/* Watch it no more. */
static void unwatch(struct watch *w, struct directory *d)
{
	int descriptor = d->descriptor;

	if (descriptor == NONE)
		return;
	int *place = descriptor_bucket(w, descriptor);
	while (*place != d - w->directories)
		place = &w->directories[*place].next_by_descriptor;
	*place = d->next_by_descriptor;
	d->descriptor = NONE;
	d->doubt = true;
	if (!is_used(w, descriptor))
		(void)inotify_rm_watch(w->fd, descriptor); /* it may be gone already */
}

/* Names in such a directory match others, by Unicode's rules; the system reports a file's own. */
static bool folds_case(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), flags = 0;

	if (fd < 0)
		return true;
	bool folds = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_CASEFOLD_FL) != 0;
	close(fd);
	return folds;
}

/* File systems whose changes all come through this kernel, and by the file's name. */
static bool reports_all(const char *path)
{
	enum {
		EXT = 0xEF53,
		XFS = 0x58465342,
		BTRFS = 0x9123683E,
		TMPFS = 0x01021994,
		RAMFS = 0x858458F6,
		F2FS = 0xF2F52010,
	};
	struct statfs st;

	if (statfs(path, &st) != 0)
		return false;
	switch ((uint32_t)st.f_type) {
	case EXT:
	case XFS:
	case BTRFS:
	case TMPFS:
	case RAMFS:
	case F2FS:
		return !folds_case(path);
	default:
		return false;
	}
}

static bool is_same(const struct directory *d)
{
	struct stat st;

	return stat(d->path, &st) == 0 && st.st_dev == d->dev && st.st_ino == d->ino;
}

/* Watch what its path leads to; it isn't watched. That path may be led elsewhere at any moment: what is noted is what was there before and
 * after. */
static void watch_directory(struct watch *w, struct directory *d)
{
	struct stat st;

	if (w->fd == NONE || w->full || stat(d->path, &st) != 0 || !reports_all(d->path))
		return;
	d->dev = st.st_dev;
	d->ino = st.st_ino;
	int descriptor = inotify_add_watch(w->fd, d->path, EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK);
	if (descriptor < 0) {
		w->full = errno == ENOSPC;
		return;
	}
	link_descriptor(w, d, descriptor);
	d->doubt = true; /* what was looked at before isn't settled by it */
	if (!is_same(d))
		unwatch(w, d);
}

static int grow_directories(struct watch *w)
{
	size_t cap = w->directory_cap > 0 ? 2 * w->directory_cap : 4;
	struct directory *directories = NULL;
	int *by_path = malloc(cap * sizeof(int));
	int *by_descriptor = malloc(cap * sizeof(int));

	if (cap <= INT32_MAX && by_path != NULL && by_descriptor != NULL)
		directories = realloc(w->directories, cap * sizeof(*directories));
	if (directories == NULL) {
		free(by_path);
		free(by_descriptor);
		return E_NOMEM;
	}
	free(w->by_path);
	free(w->by_descriptor);
	w->directories = directories;
	w->by_path = by_path;
	w->by_descriptor = by_descriptor;
	w->directory_cap = cap;
	for (size_t i = 0; i < cap; i++)
		by_path[i] = by_descriptor[i] = NONE;
	for (size_t i = 0; i < w->directory_count; i++) {
		struct directory *d = &directories[i];
		if (d->path == NULL)
			continue;
		link_path(w, d);
		if (d->descriptor != NONE)
			link_descriptor(w, d, d->descriptor);
	}
	return 0;
}

/* A place in the array; those that nobody uses any more are rare, and sought only before it grows. */
static int unused_directory(struct watch *w, struct directory **ret)
{
	size_t i = w->directory_count;

	if (i == w->directory_cap) {
		for (i = 0; i < w->directory_count && w->directories[i].path != NULL; i++)
			;
		if (i == w->directory_cap)
			TRY(grow_directories(w));
	}
	if (i == w->directory_count)
		w->directory_count++;
	*ret = &w->directories[i];
	**ret = (struct directory){ .descriptor = NONE };
	return 0;
}

/* The number of a path's directory, which is watched from now on if it can be. WATCH_UNKNOWN: no memory. */
static uint32_t directory_get(struct watch *w, const char *path, size_t len)
{
	uint64_t hash = hash_of(path, len);
	struct directory *d;

	for (int i = w->directory_cap > 0 ? *path_bucket(w, hash) : NONE; i != NONE;
		i = w->directories[i].next_by_path) {
		d = &w->directories[i];
		if (d->hash == hash && strlen(d->path) == len && memcmp(d->path, path, len) == 0)
			return (uint32_t)i;
	}
	char *copy = strndup(path, len);
	if (copy == NULL || unused_directory(w, &d) != 0) {
		free(copy);
		return WATCH_UNKNOWN;
	}
	d->path = copy;
	d->hash = hash;
	link_path(w, d);
	watch_directory(w, d);
	d->doubt = false; /* it has no files yet */
	return (uint32_t)(d - w->directories);
}

static void directory_release(struct watch *w, uint32_t number)
{
	struct directory *d = &w->directories[number];

	if (--d->files > 0)
		return;
	unwatch(w, d);
	int *place = path_bucket(w, d->hash);
	while (*place != (int)number)
		place = &w->directories[*place].next_by_path;
	*place = d->next_by_path;
	free(d->path);
	d->path = NULL;
}

/* --- files --- */

static bool is_placed(const struct watch_file *file)
{
	return file->directory != WATCH_NOWHERE && file->directory != WATCH_UNKNOWN;
}

static struct watch_file **file_bucket(const struct watch *w, uint64_t hash)
{
	return &w->buckets[hash >> 32 & (w->bucket_count - 1)];
}

/* The upper half is the same whatever the case, since that of an event's name may be another (XFS). */
static uint64_t file_hash(uint32_t directory, const char *name)
{
	char lower[NAME_MAX + 1];
	size_t len = 0;

	for (; len < sizeof(lower) && name[len] != '\0'; len++)
		lower[len] =
			(char)(name[len] >= 'A' && name[len] <= 'Z' ? name[len] + 32 : name[len]);
	uint64_t folded = hash_of(lower, len) ^ (directory + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return (folded & UINT64_C(0xffffffff00000000)) | (uint32_t)hash_of(name, strlen(name));
}

/* If there is no memory, chains get longer. */
static void grow_buckets(struct watch *w)
{
	size_t old_count = w->bucket_count;
	struct watch_file **old = w->buckets, **buckets = NULL;

	if (w->placed / FILES_PER_BUCKET >= old_count)
		buckets = calloc(2 * old_count, sizeof(struct watch_file *));
	if (buckets == NULL)
		return;
	w->buckets = buckets;
	w->bucket_count = 2 * old_count;
	for (size_t i = 0; i < old_count; i++) {
		for (struct watch_file *file = old[i], *next; file != NULL; file = next) {
			struct watch_file **bucket = file_bucket(w, file->hash);
			next = file->next;
			file->next = *bucket;
			*bucket = file;
		}
	}
	free(old);
}

static void displace(struct watch *w, struct watch_file *file)
{
	if (is_placed(file)) {
		struct watch_file **place = file_bucket(w, file->hash);
		while (*place != file)
			place = &(*place)->next;
		*place = file->next;
		w->placed--;
		directory_release(w, file->directory);
	}
	file->directory = WATCH_NOWHERE;
}

struct location {
	const char *directory, *name;
	size_t directory_len;
};

static struct location locate(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return (struct location){ ".", path, 1 };
	return (struct location){ path, slash + 1, slash == path ? 1 : (size_t)(slash - path) };
}

/* Find it from now on by what happens at that path. */
static void place(struct watch *w, struct watch_file *file, const char *path)
{
	if (path == NULL) {
		displace(w, file);
		return;
	}
	struct location at = locate(path);
	uint32_t number = directory_get(w, at.directory, at.directory_len);
	uint64_t hash = file_hash(number, at.name);

	if (is_placed(file) && file->directory == number && file->hash == hash)
		return;
	if (number != WATCH_UNKNOWN)
		w->directories[number]
			.files++; /* before the old one is given back: it may be the same */
	displace(w, file);
	file->directory = number;
	file->hash = hash;
	if (number == WATCH_UNKNOWN)
		return;
	grow_buckets(w);
	struct watch_file **bucket = file_bucket(w, hash);
	file->next = *bucket;
	*bucket = file;
	w->placed++;
}

static bool is_at(const struct watch *w, const struct watch_file *file, const char *path)
{
	if (path == NULL || !is_placed(file))
		return path == NULL && file->directory == WATCH_NOWHERE;
	struct location at = locate(path);
	const char *directory = w->directories[file->directory].path;
	return strlen(directory) == at.directory_len &&
	       memcmp(directory, at.directory, at.directory_len) == 0 &&
	       file->hash == file_hash(file->directory, at.name);
}

/* --- doubt --- */

static void doubt(struct watch *w, struct watch_file *file)
{
	if (file->doubt != 0)
		return;
	w->doubts[w->doubt_count++] = file;
	file->doubt = (uint32_t)w->doubt_count;
}

static void settle(struct watch *w, struct watch_file *file)
{
	if (file->doubt == 0)
		return;
	struct watch_file *last = w->doubts[--w->doubt_count];
	w->doubts[file->doubt - 1] = last;
	last->doubt = file->doubt;
	file->doubt = 0;
}

static void touch(struct watch *w, struct watch_file *file)
{
	file->touched = true;
	doubt(w, file);
}

int watch_add(struct watch *w, struct watch_file *file)
{
	int error = 0;

	pthread_mutex_lock(&w->lock);
	if (w->files == w->doubt_cap) {
		size_t cap = w->doubt_cap > 0 ? 2 * w->doubt_cap : 16;
		struct watch_file **doubts =
			cap <= UINT32_MAX ? realloc(w->doubts, cap * sizeof(struct watch_file *))
					  : NULL;
		if (doubts != NULL) {
			w->doubts = doubts;
			w->doubt_cap = cap;
		} else {
			error = E_NOMEM;
		}
	}
	if (error == 0) {
		w->files++;
		file->directory = WATCH_UNKNOWN;
		doubt(w, file);
	}
	pthread_mutex_unlock(&w->lock);
	return error;
}

void watch_forget(struct watch *w, struct watch_file *file)
{
	pthread_mutex_lock(&w->lock);
	if (!file->gone) {
		settle(w, file);
		displace(w, file);
		file->gone = true;
		w->files--;
	}
	pthread_mutex_unlock(&w->lock);
}

void watch_doubt(struct watch *w, struct watch_file *file)
{
	pthread_mutex_lock(&w->lock);
	if (!file->gone)
		touch(w, file);
	pthread_mutex_unlock(&w->lock);
}

/* --- looks --- */

/* Is a change in the file's directory reported at this moment? */
static bool is_watched(const struct watch *w, const struct watch_file *file)
{
	if (!is_placed(file))
		return file->directory == WATCH_NOWHERE;
	const struct directory *d = &w->directories[file->directory];
	return d->descriptor != NONE && is_same(d);
}

void watch_begin(struct watch *w, struct watch_file *file, const char *path)
{
	pthread_mutex_lock(&w->lock);
	if (!file->gone) {
		place(w, file, path);
		doubt(w, file);
		/* Of two looks at a time neither knows what the other finds. */
		file->touched = file->looks++ > 0 || !is_watched(w, file);
	}
	pthread_mutex_unlock(&w->lock);
}

void watch_end(struct watch *w, struct watch_file *file, bool settled)
{
	pthread_mutex_lock(&w->lock);
	if (!file->gone) {
		file->looks--;
		if (settled && !file->touched && is_watched(w, file))
			settle(w, file);
		else
			doubt(w, file);
	}
	pthread_mutex_unlock(&w->lock);
}

struct watch_stat watch_stat(const char *path)
{
	struct watch_stat ret = { 0 };
	struct statx st;
	struct stat target;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_NLINK | STATX_MTIME,
		    &st) != 0) {
		ret.watchable = errno == ENOENT;
		return ret;
	}
	if (S_ISLNK(st.stx_mode)) {
		ret.exists = stat(path, &target) == 0;
		if (ret.exists)
			ret.mtime = target.st_mtim;
		return ret;
	}
	ret.exists = true;
	ret.mtime.tv_sec = st.stx_mtime.tv_sec;
	ret.mtime.tv_nsec = st.stx_mtime.tv_nsec;
	ret.watchable = S_ISREG(st.stx_mode) && st.stx_nlink == 1 &&
			(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
			(st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0;
	return ret;
}

/* --- what happened --- */

/* Without a name it is about the directory itself. */
static void take_event(struct watch *w, const struct inotify_event *event)
{
	int next;

	for (int i = *descriptor_bucket(w, event->wd); i != NONE; i = next) {
		struct directory *d = &w->directories[i];
		next = d->next_by_descriptor;
		if (d->descriptor != event->wd)
			continue;
		if ((event->mask & IN_IGNORED) != 0)
			unwatch(w, d);
		else if (event->len == 0)
			d->doubt = true;
		if (event->len == 0)
			continue;
		uint64_t hash = file_hash((uint32_t)i, event->name);
		for (struct watch_file *f = *file_bucket(w, hash); f != NULL; f = f->next) {
			if (f->hash >> 32 == hash >> 32)
				touch(w, f);
		}
	}
}

/* True: some were lost. */
static bool take_events(struct watch *w)
{
	_Alignas(struct inotify_event) char buffer[16384];
	bool lost = false;
	ssize_t len;

	while ((len = read(w->fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *event = (const void *)(buffer + at);
			if ((event->mask & IN_Q_OVERFLOW) != 0)
				lost = true;
			else if (w->directory_cap > 0)
				take_event(w, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	return lost || (len < 0 && errno != EAGAIN);
}

/* The system says so once a change; if it can't be asked, there may have been one. */
static bool mounts_changed(const struct watch *w)
{
	struct pollfd fd = { .fd = w->mounts, .events = POLLPRI };

	return poll(&fd, 1, 0) < 0 || (fd.revents & (POLLPRI | POLLERR)) != 0;
}

/* See that all directories are watched, and which were replaced. True: some are in doubt. */
static bool check_directories(struct watch *w, bool anew)
{
	bool some = false;

	w->full = false;
	for (size_t i = 0; i < w->directory_count; i++) {
		struct directory *d = &w->directories[i];
		if (d->path == NULL)
			continue;
		if (d->descriptor != NONE && (anew || !is_same(d)))
			unwatch(w, d);
		if (d->descriptor == NONE)
			watch_directory(w, d);
		some = some || d->doubt;
	}
	return some;
}

static void doubt_directories(struct watch *w)
{
	for (size_t i = 0; i < w->bucket_count; i++) {
		for (struct watch_file *f = w->buckets[i]; f != NULL; f = f->next) {
			if (w->directories[f->directory].doubt)
				touch(w, f);
		}
	}
	for (size_t i = 0; i < w->directory_count; i++)
		w->directories[i].doubt = false;
}

void watch_drain(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->fd != NONE) {
		bool lost = take_events(w);
		/* The one that was lost may have said that a directory isn't watched any more. */
		if (mounts_changed(w) || lost)
			lost = true;
		if (check_directories(w, lost))
			doubt_directories(w);
	}
	pthread_mutex_unlock(&w->lock);
}

bool watch_is_settled(struct watch *w, const struct watch_file *file, const char *path)
{
	pthread_mutex_lock(&w->lock);
	bool settled = file->doubt == 0 && is_at(w, file, path);
	pthread_mutex_unlock(&w->lock);
	return settled;
}

int watch_collect(struct watch *w, struct watch_file ***ret, size_t *count)
{
	pthread_mutex_lock(&w->lock);
	struct watch_file **files = malloc((w->doubt_count + 1) * sizeof(struct watch_file *));
	if (files != NULL) {
		*count = w->doubt_count;
		if (*count > 0)
			memcpy(files, w->doubts, *count * sizeof(struct watch_file *));
		*ret = files;
	}
	pthread_mutex_unlock(&w->lock);
	return files != NULL ? 0 : E_NOMEM;
}
