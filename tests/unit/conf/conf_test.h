/* Common to the tests of conf/: loading a text, and what was logged meanwhile. */
#pragma once
#include "test_util.h"

#include "base/file.h"
#include "conf/conf.h"
#include <unistd.h>

static char conf_test_log[64];

/* Forget what was logged. */
static inline void conf_test_log_reset(void)
{
	signed char all = LOG_DEBUGGING;
	struct log_target target = { LOG_TO_FILE, conf_test_log, { all, all, all, all } };
	snprintf(conf_test_log, sizeof(conf_test_log), "/tmp/test_conf.%d", getpid());
	log_close();
	unlink(conf_test_log);
	log_configure(&target, 1);
}

static inline bool conf_test_logged(const char *text)
{
	struct file_map map;
	assert_int_equal(file_map_open(conf_test_log, &map), 0);
	bool ret = map.bytes.len > 0 &&
		   memmem(map.bytes.data, map.bytes.len, text, strlen(text)) != NULL;
	file_map_close(&map);
	return ret;
}

static inline void conf_test_print_log(void)
{
	struct file_map map;
	assert_int_equal(file_map_open(conf_test_log, &map), 0);
	print_error(
		"%.*s", (int)map.bytes.len, map.bytes.len > 0 ? (const char *)map.bytes.data : "");
	file_map_close(&map);
}

/* Load a good text. */
static inline struct conf *conf_test_load(const char *text)
{
	struct conf *conf = NULL;
	conf_test_log_reset();
	if (conf_load_text(span_of_text(text), "F", &conf) != 0)
		conf_test_print_log();
	assert_non_null(conf);
	return conf;
}

/* A zone, which must be there, by the text of its wire form. */
static inline struct conf_zone conf_test_zone(const struct conf *conf, const char *name)
{
	struct conf_zone zone;
	assert_int_equal(conf_zone_find(conf, (const uint8_t *)name, &zone), 0);
	return zone;
}

static int conf_test_take(void *ctx, const struct conf_zone *zone)
{
	*(struct conf_zone *)ctx = *zone;
	return 0;
}

/* The only zone. */
static inline struct conf_zone conf_test_the_zone(const struct conf *conf)
{
	struct conf_zone zone = { 0 };
	assert_int_equal(conf_zone_count(conf), 1);
	assert_int_equal(conf_each_zone(conf, conf_test_take, &zone), 0);
	return zone;
}

static inline int conf_test_teardown(void **state)
{
	(void)state;
	log_close();
	unlink(conf_test_log);
	return 0;
}
