/*
 * base/log: the front that all rooms log through, and the targets behind it.
 *
 *	log_zone_warning(zone_name, "check, %s", text);   ->  every target whose level lets it through
 *
 * Line formats, categories and severities: those of Knot DNS's log section. Targets are one
 * immutable table swapped by log_configure; a line is formatted once and written under a lock per
 * process. Not for the query path. Before log_configure: warnings and worse to stderr, others to
 * stdout (LOG_DEFAULT_*); tools use log_init_tool (no time prefix).
 */
#pragma once
#include "base/attr.h"
#include <stdarg.h>

enum log_level { LOG_CRITICAL = 2, LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_INFORM, LOG_DEBUGGING };
enum log_source { LOG_SERVER, LOG_CONTROL, LOG_ZONE, LOG_QUIC, LOG_SOURCES };
enum log_sink { LOG_TO_STDOUT, LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_FILE };

struct log_target {
	enum log_sink sink;
	const char *path;                /* LOG_TO_FILE */
	signed char levels[LOG_SOURCES]; /* least severe level let through, -1 = none */
};

/* Replace all targets (copies). Files are opened anew; one that can't be opened is an error
 * logged to the previous targets, and the others go on. Any thread. */
void log_configure(const struct log_target *targets, size_t count);
/* The built-in targets: critical-warning to stderr and syslog, notice-info to stdout, with debug to
 * stdout as well if `verbose`. */
void log_configure_default(bool verbose);
/* For tools: warnings and worse to stderr, the rest down to `least` to stdout, without time. */
void log_configure_tool(enum log_level least);
/* Give open log files to a user before privileges go. */
int log_chown(unsigned uid, unsigned gid);
/* How many warnings or worse were logged so far, whether or not a target took them. */
unsigned log_warnings(void);
bool log_enabled(enum log_level level, enum log_source source);
void log_close(void);

/* zone: text form, with or without final dot; NULL = not a zone message. */
void log_line(enum log_level level, enum log_source source, const char *zone, const char *format,
	...) PRINTF_LIKE(4, 5);
void log_vline(enum log_level level, enum log_source source, const char *zone, const char *format,
	va_list args);

/* The notice that a KSK waits for its DS: as log_zone_notice, and the journal entry carries the key tag. */
void log_zone_submission(const char *zone, uint16_t key_tag, const char *format, ...)
	PRINTF_LIKE(3, 4);

#define log_critical(...) log_line(LOG_CRITICAL, LOG_SERVER, NULL, __VA_ARGS__)
#define log_error(...)    log_line(LOG_ERROR, LOG_SERVER, NULL, __VA_ARGS__)
#define log_warning(...)  log_line(LOG_WARN, LOG_SERVER, NULL, __VA_ARGS__)
#define log_notice(...)   log_line(LOG_NOTE, LOG_SERVER, NULL, __VA_ARGS__)
#define log_info(...)     log_line(LOG_INFORM, LOG_SERVER, NULL, __VA_ARGS__)
#define log_debug(...)    log_line(LOG_DEBUGGING, LOG_SERVER, NULL, __VA_ARGS__)

#define log_zone_error(zone, ...)   log_line(LOG_ERROR, LOG_ZONE, zone, __VA_ARGS__)
#define log_zone_warning(zone, ...) log_line(LOG_WARN, LOG_ZONE, zone, __VA_ARGS__)
#define log_zone_notice(zone, ...)  log_line(LOG_NOTE, LOG_ZONE, zone, __VA_ARGS__)
#define log_zone_info(zone, ...)    log_line(LOG_INFORM, LOG_ZONE, zone, __VA_ARGS__)
#define log_zone_debug(zone, ...)   log_line(LOG_DEBUGGING, LOG_ZONE, zone, __VA_ARGS__)
