/*
 * fuzz_conf: configuration texts.
 *
 * Oracle: what loads exports to a text that loads again and exports to the same octets, with the same zones, settings and paths.
 */
#include "conf/conf.h"
#include "dns/name.h"
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_configure(NULL, 0); /* complaints are expected, and there are many */
	return 0;
}

static int compare_zone(void *ctx, const struct conf_zone *zone)
{
	const struct conf *other = ctx;
	struct conf_zone same;
	char x[1100] = "", y[1100] = "";

	CHECK(conf_zone_find(other, zone->block->id, &same) == 0);
	CHECK(dns_name_equal(zone->block->id, same.block->id));
	CHECK(conf_zone_settings_equal(zone->settings, same.settings));
	int ret = conf_zone_path(zone, x, sizeof(x));
	CHECK(ret == conf_zone_path(&same, y, sizeof(y)) && strcmp(x, y) == 0);
	return 0;
}

static void compare(const struct conf *a, struct conf *b)
{
	CHECK(conf_zone_count(a) == conf_zone_count(b));
	CHECK(conf_each_zone(a, compare_zone, b) == 0);
	CHECK(a->server.listen_count == b->server.listen_count);
	CHECK(a->server.proxy_count == b->server.proxy_count);
	CHECK(a->log_target_count == b->log_target_count);
	CHECK(a->global_module_count == b->global_module_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	struct buf first = { 0 }, second = { 0 };
	struct conf *conf, *again;

	/* Other files would make a run depend on the machine. */
	if (memmem(data, size, "include:", 8) != NULL || memmem(data, size, "include ", 8) != NULL)
		return 0;
	if (conf_load_text(text, "fuzz", &conf) != 0)
		return 0;
	conf_note_inert(NULL, conf);
	conf_export(conf, &first);
	CHECK(first.error == 0);
	CHECK(conf_load_text(buf_span(&first), "again", &again) == 0);
	conf_warn_restart(conf, again);
	conf_export(again, &second);
	CHECK(second.error == 0 && span_equal(buf_span(&first), buf_span(&second)));
	compare(conf, again);
	conf_unref(again);
	conf_unref(conf);
	buf_deinit(&first);
	buf_deinit(&second);
	return 0;
}
