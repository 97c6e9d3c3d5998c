#define SD_JOURNAL_SUPPRESS_LOCATION /* entries carry no place in our source */
#include "base/log.h"
#include "base/err.h"
#include "config.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#endif

#define TEXT_MAX 511 /* octets from the severity on; the rest of a longer line is cut */
#define TIME_MAX 40

struct target {
	enum log_sink sink;
	int fd; /* LOG_TO_FILE */
	signed char levels[LOG_SOURCES];
};

static const char *const level_names[] = {
	[LOG_CRITICAL] = "critical",
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warning",
	[LOG_NOTE] = "notice",
	[LOG_INFORM] = "info",
	[LOG_DEBUGGING] = "debug",
};
static_assert(
	(int)LOG_CRITICAL == LOG_CRIT && (int)LOG_DEBUGGING == LOG_DEBUG, "syslog priorities");

static const struct target builtin[] = {
	{ LOG_TO_STDERR, -1, { LOG_WARN, LOG_WARN, LOG_WARN, -1 } },
	{ LOG_TO_STDOUT, -1, { LOG_INFORM, LOG_INFORM, LOG_INFORM, -1 } },
};

/* All under the lock, except the levels, which are read before it is taken. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct target *targets; /* NULL: builtin */
static size_t target_count;
/* Built-in targets: what goes to stderr isn't repeated on stdout. */
static bool split_streams = true;
static bool tool; /* no time, and no severity before what is for information */
static bool syslog_open;
/* Least severe level that any target takes, by source. Written under the lock, read anywhere; a
 * reader may see the old value for a line or so. */
static _Atomic signed char widest[LOG_SOURCES] = { LOG_INFORM, LOG_INFORM, LOG_INFORM, -1 };

bool log_enabled(enum log_level level, enum log_source source)
{
	return (int)level <= atomic_load_explicit(&widest[source], memory_order_relaxed);
}

#if HAVE_SYSTEMD
static bool use_journal(void)
{
	return sd_booted() > 0;
}
#endif

/* A line on its way: formatted once, rendered by each target. */
struct line {
	enum log_level level;
	const char *zone; /* without severity; NULL: none */
	int key_tag;      /* -1: none */
	char time[TIME_MAX];
	char text[TEXT_MAX + 2]; /* "severity: [zone.] message", room for LF and the final zero */
	size_t text_len;
	size_t tool_skip; /* where it begins for tools */
};

static void time_print(char ret[TIME_MAX])
{
	struct timespec now;
	struct tm tm;
	char zone[8];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	size_t n = strftime(ret, TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	if (strftime(zone, sizeof(zone), "%z", &tm) != 5)
		strcpy(zone, "+0000");
	snprintf(ret + n, TIME_MAX - n, ".%03ld%.3s:%.2s ", now.tv_nsec / 1000000, zone, zone + 3);
}

static void stream_write(FILE *stream, const struct line *line)
{
	if (tool) {
		fprintf(stream, "%s\n", line->text + line->tool_skip);
	} else {
		fprintf(stream, "%s%s\n", line->time, line->text);
	}
	fflush(stream); /* stdout is watched by supervisors: a line is out when it's logged */
}

static void file_write(int fd, const struct line *line)
{
	char out[TIME_MAX + TEXT_MAX + 2];
	int n = snprintf(out, sizeof(out), "%s%s\n", line->time, line->text);

	/* One write a line: lines of several processes in one file don't mix. A full disk loses
	 * lines; there's nowhere to report it. */
	if (n > 0 && write(fd, out, (size_t)n) < 0)
		return;
}

static void system_write(const struct line *line)
{
#if HAVE_SYSTEMD
	if (use_journal()) {
		char fields[3][TEXT_MAX + 32];
		struct iovec iov[4];
		int count = 0;
		char message[TEXT_MAX + 16];

		snprintf(message, sizeof(message), "MESSAGE=%s", line->text);
		iov[count++] = (struct iovec){ message, strlen(message) };
		snprintf(fields[0], sizeof(fields[0]), "PRIORITY=%d", (int)line->level);
		iov[count++] = (struct iovec){ fields[0], strlen(fields[0]) };
		if (line->zone != NULL) {
			snprintf(fields[1], sizeof(fields[1]), "ZONE=%s", line->zone);
			iov[count++] = (struct iovec){ fields[1], strlen(fields[1]) };
		}
		if (line->key_tag >= 0) {
			snprintf(fields[2], sizeof(fields[2]), "KEY_SUBMISSION=%d", line->key_tag);
			iov[count++] = (struct iovec){ fields[2], strlen(fields[2]) };
		}
		sd_journal_sendv(iov, count);
		return;
	}
#endif
	if (!syslog_open) {
		openlog("knot", LOG_PID, LOG_DAEMON);
		syslog_open = true;
	}
	syslog((int)line->level, "%s", line->text);
}

static void target_write(const struct target *target, const struct line *line)
{
	switch (target->sink) {
	case LOG_TO_STDOUT:
		stream_write(stdout, line);
		break;
	case LOG_TO_STDERR:
		stream_write(stderr, line);
		break;
	case LOG_TO_SYSLOG:
		system_write(line);
		break;
	case LOG_TO_FILE:
		file_write(target->fd, line);
		break;
	}
}

static atomic_uint warnings;

unsigned log_warnings(void)
{
	return atomic_load_explicit(&warnings, memory_order_relaxed);
}

static void emit(enum log_level level, enum log_source source, const char *zone, int key_tag,
	const char *format, va_list args)
{
	struct line line = { .level = level, .key_tag = key_tag };
	char zone_text[TEXT_MAX + 1];

	if (level <= LOG_WARN)
		atomic_fetch_add_explicit(&warnings, 1, memory_order_relaxed);
	if (!log_enabled(level, source))
		return;
	int saved_errno = errno;
	int n = snprintf(line.text, TEXT_MAX + 1, "%s: ", level_names[level]);
	line.tool_skip = level == LOG_INFORM ? (size_t)n : 0;
	if (zone != NULL) {
		size_t len = strlen(zone);
		bool dot = len > 0 && zone[len - 1] == '.';
		snprintf(zone_text, sizeof(zone_text), "%s%s", zone, dot ? "" : ".");
		line.zone = zone_text;
		n += snprintf(line.text + n, TEXT_MAX + 1 - (size_t)n, "[%s] ", zone_text);
	}
	n = MIN(n, TEXT_MAX);
	(void)vsnprintf(line.text + n, TEXT_MAX + 1 - (size_t)n, format, args);
	line.text_len = strlen(line.text);
	time_print(line.time);

	pthread_mutex_lock(&lock);
	const struct target *t = targets != NULL ? targets : builtin;
	size_t count = targets != NULL ? target_count : ARRAY_LEN(builtin);
	for (size_t i = 0; i < count; i++) {
		if ((int)level > t[i].levels[source])
			continue;
		if (split_streams && t[i].sink == LOG_TO_STDOUT && level <= LOG_WARN)
			continue;
		target_write(&t[i], &line);
	}
	pthread_mutex_unlock(&lock);
	errno = saved_errno;
}

/* Put a new table in place and free the old one. Takes `next`. */
static void replace(struct target *next, size_t count, bool split, bool for_tool)
{
	pthread_mutex_lock(&lock);
	struct target *old = targets;
	size_t old_count = target_count;
	targets = next;
	target_count = count;
	split_streams = split;
	tool = for_tool;
	for (size_t s = 0; s < LOG_SOURCES; s++) {
		signed char level = -1;
		for (size_t i = 0; i < count; i++)
			level = level > next[i].levels[s] ? level : next[i].levels[s];
		atomic_store_explicit(&widest[s], level, memory_order_relaxed);
	}
	pthread_mutex_unlock(&lock);

	for (size_t i = 0; old != NULL && i < old_count; i++) {
		if (old[i].sink == LOG_TO_FILE)
			close(old[i].fd);
	}
	free(old);
}

static struct target *table_new(size_t count)
{
	return calloc(MAX(count, (size_t)1), sizeof(struct target));
}

void log_configure(const struct log_target *wanted, size_t count)
{
	struct target *next = table_new(count);
	size_t used = 0;

	if (next == NULL) {
		log_error("failed to configure log (%s)", err_text(E_NOMEM));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct target t = { .sink = wanted[i].sink, .fd = -1 };
		memcpy(t.levels, wanted[i].levels, sizeof(t.levels));
		if (t.sink == LOG_TO_FILE) {
			t.fd = open(
				wanted[i].path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0660);
			if (t.fd < 0) {
				log_error("failed to open log, file '%s' (%s)", wanted[i].path,
					err_text(err_errno()));
				continue;
			}
		}
		next[used++] = t;
	}
	replace(next, used, false, false);
}

static void configure_streams(signed char least, bool for_tool)
{
	const struct target wanted[] = {
		{ LOG_TO_STDERR, -1, { LOG_WARN, LOG_WARN, LOG_WARN, -1 } },
		{ LOG_TO_STDOUT, -1, { least, least, least, -1 } },
		{ LOG_TO_SYSLOG, -1, { LOG_WARN, LOG_WARN, LOG_WARN, -1 } },
	};
	size_t count = for_tool ? 2 : 3;
	struct target *next = table_new(count);

	if (next == NULL) /* the table before stays */
		return;
	memcpy(next, wanted, count * sizeof(*next));
	replace(next, count, true, for_tool);
}

void log_configure_default(bool verbose)
{
	configure_streams(verbose ? LOG_DEBUGGING : LOG_INFORM, false);
}

void log_configure_tool(enum log_level least)
{
	configure_streams((signed char)least, true);
}

int log_chown(unsigned uid, unsigned gid)
{
	int result = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; targets != NULL && i < target_count; i++) {
		if (targets[i].sink == LOG_TO_FILE && fchown(targets[i].fd, uid, gid) != 0)
			result = err_errno();
	}
	pthread_mutex_unlock(&lock);
	return result;
}

void log_close(void)
{
	replace(NULL, 0, true, false);
	/* What is logged after this goes to the built-in streams. */
	for (size_t s = 0; s < LOG_SOURCES; s++)
		atomic_store_explicit(&widest[s], builtin[1].levels[s], memory_order_relaxed);
	if (syslog_open)
		closelog();
	syslog_open = false;
}

void log_vline(enum log_level level, enum log_source source, const char *zone, const char *format,
	va_list args)
{
	emit(level, source, zone, -1, format, args);
}

void log_line(
	enum log_level level, enum log_source source, const char *zone, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	emit(level, source, zone, -1, format, args);
	va_end(args);
}

void log_zone_submission(const char *zone, uint16_t key_tag, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	emit(LOG_NOTE, LOG_ZONE, zone, key_tag, format, args);
	va_end(args);
}
