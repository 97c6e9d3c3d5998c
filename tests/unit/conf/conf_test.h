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

static inline int conf_test_teardown(void **state)
{
	(void)state;
	log_close();
	unlink(conf_test_log);
	return 0;
}
