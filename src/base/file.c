#include "base/file.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Files are read into private memory, not mapped from the file: whoever truncates a mapped file
 * (cp over a zone file does) kills the process with SIGBUS. The memory is anonymous pages, so that
 * closing gives them back to the system at once, whatever the heap does.
 */

#define SMALL_FILE ((size_t)64 << 10)
#define READ_STEP  (256 * 1024) /* first size for pipes, which don't tell theirs */

/* Read until `len` octets or the end. The count or -errno. */
static ssize_t read_fully(int fd, uint8_t *to, size_t len)
{
	size_t done = 0;
	while (done < len) {
		ssize_t n = read(fd, to + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int read_sized(int fd, struct file_map *map)
{
	if ((uint64_t)map->st.st_size > SIZE_MAX / 2)
		return -EFBIG;
	size_t size = (size_t)map->st.st_size;
	if (size <= SMALL_FILE) { /* not worth a mapping of its own */
		uint8_t *small = malloc(size);
		ssize_t got = small != NULL ? read_fully(fd, small, size) : E_NOMEM;
		if (got < 0) {
			free(small);
			return (int)got;
		}
		map->bytes = (struct span){ small, (size_t)got };
		map->mapped = false;
		return 0;
	}
	uint8_t *data =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return err_errno();
	madvise(data, size, MADV_HUGEPAGE); /* one fault for 2 MiB instead of 512; a wish only */
	ssize_t n = read_fully(fd, data, size);
	if (n < 0) {
		munmap(data, size);
		return (int)n;
	}
	/* Cut short meanwhile: the rest of the pages stays zero and is unmapped with them. */
	map->bytes = (struct span){ data, (size_t)n };
	map->st.st_size = (off_t)size;
	map->mapped = true;
	return 0;
}

static int read_stream(int fd, struct file_map *map)
{
	uint8_t *data = NULL;
	size_t len = 0, cap = 0;
	for (;;) {
		if (len == cap) {
			cap = cap == 0 ? READ_STEP : cap * 2;
			uint8_t *more = realloc(data, cap);
			if (more == NULL) {
				free(data);
				return E_NOMEM;
			}
			data = more;
		}
		ssize_t n = read_fully(fd, data + len, cap - len);
		if (n < 0) {
			free(data);
			return (int)n;
		}
		len += (size_t)n;
		if (len < cap)
			break;
	}
	map->bytes = (struct span){ data, len };
	map->mapped = false;
	return 0;
}

int file_map_open(const char *path, struct file_map *ret)
{
	struct file_map map = { 0 };
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return err_errno();
	if (fstat(fd, &map.st) != 0)
		result = err_errno();
	else if (S_ISDIR(map.st.st_mode))
		result = -EISDIR;
	else if (S_ISREG(map.st.st_mode) && map.st.st_size > 0 && !standard)
		result = read_sized(fd, &map);
	else
		result = read_stream(fd, &map);
	if (!standard)
		close(fd);
	if (result == 0)
		*ret = map;
	return result;
}

void file_map_close(struct file_map *map)
{
	if (map->bytes.data != NULL && map->mapped)
		munmap((void *)(uintptr_t)map->bytes.data, (size_t)map->st.st_size);
	else
		free((void *)(uintptr_t)map->bytes.data);
	*map = (struct file_map){ 0 };
}

int dir_make(const char *path, mode_t mode)
{
	char *copy = strdup(path);
	int result = 0;

	if (copy == NULL)
		return E_NOMEM;
	for (char *p = copy; result == 0 && *p != '\0';) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		char c = *p;
		*p = '\0';
		if (copy[0] != '\0' && mkdir(copy, mode) != 0 && errno != EEXIST)
			result = err_errno();
		*p = c;
	}
	struct stat st;
	if (result == 0 && stat(path, &st) != 0)
		result = err_errno();
	else if (result == 0 && !S_ISDIR(st.st_mode))
		result = -ENOTDIR;
	free(copy);
	return result;
}

/* Length of the directory part of a path without the slash; 0: the working directory. */
static size_t dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

static char *dir_of(const char *path)
{
	size_t len = dir_len(path);
	return len == 0 ? strdup(".") : strndup(path, len);
}

int file_new_begin(const char *path, mode_t mode, struct file_new *ret)
{
	struct file_new file = { .path = strdup(path) };
	char *dir = dir_of(path);
	int result = 0, fd = -1;

	if (asprintf(&file.tmp_path, "%s.XXXXXX", path) < 0)
		file.tmp_path = NULL;
	if (file.path == NULL || dir == NULL || file.tmp_path == NULL) {
		result = E_NOMEM;
		goto out;
	}
	fd = mkostemp(file.tmp_path, O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		result = dir_make(dir, 0770);
		if (result != 0)
			goto out;
		strcpy(file.tmp_path + strlen(path),
			".XXXXXX"); /* a failed mkostemp may have changed it */
		fd = mkostemp(file.tmp_path, O_CLOEXEC);
	}
	if (fd < 0) {
		result = err_errno();
		goto out;
	}
	if (fchmod(fd, mode) != 0)
		result = err_errno();
	else if ((file.stream = fdopen(fd, "w")) == NULL)
		result = err_errno();
	if (result != 0) {
		close(fd);
		unlink(file.tmp_path);
	}
out:
	free(dir);
	if (result != 0) {
		free(file.path);
		free(file.tmp_path);
		return result;
	}
	*ret = file;
	return 0;
}

static void file_new_end(struct file_new *file)
{
	free(file->path);
	free(file->tmp_path);
	*file = (struct file_new){ 0 };
}

void file_new_discard(struct file_new *file)
{
	if (file->stream != NULL) {
		fclose(file->stream);
		unlink(file->tmp_path);
	}
	file_new_end(file);
}

/* The rename is on disk only when its directory is. */
static int dir_sync(const char *path)
{
	char *dir = dir_of(path);
	if (dir == NULL)
		return E_NOMEM;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return err_errno();
	int result = fsync(fd) != 0 && errno != EINVAL ? err_errno()
						       : 0; /* EINVAL: no such thing here */
	close(fd);
	return result;
}

int file_new_commit(struct file_new *file)
{
	int result = 0;

	errno = 0;
	if (fflush(file->stream) != 0 || ferror(file->stream))
		result = errno != 0 ? err_errno() : E_FILE;
	else if (fsync(fileno(file->stream)) != 0)
		result = err_errno();
	if (fclose(file->stream) != 0 && result == 0)
		result = err_errno();
	file->stream = NULL;
	if (result == 0 && rename(file->tmp_path, file->path) != 0)
		result = err_errno();
	if (result != 0)
		unlink(file->tmp_path);
	else
		result = dir_sync(file->path);
	file_new_end(file);
	return result;
}
