/* For tests of zones: contents from text, as an edit that is never committed. */
#pragma once
#include "test_util.h"

#include "zone/edit.h"
#include "zonefile/scanner.h"

struct zone_text {
	struct zone *zone;
	struct zone_edit *edit;
	const struct zone_snapshot *view;
};

static inline int zone_text_take_(void *ctx, const struct zonefile_rr *rr)
{
	struct zone_rr record = { rr->owner, rr->type, rr->ttl, rr->rdata };
	int ret = zone_edit_add(ctx, &record);
	return ret == E_ISRECORD || ret == E_OUTOFZONE ? 0 : ret;
}

static inline void zone_text_error_(void *ctx, const char *file, unsigned line, const char *why)
{
	(void)ctx;
	print_error("%s:%u: %s\n", file, line, why);
}

/* The zone "example." of that text. */
static inline struct zone_text zone_text_open(const char *text)
{
	static const uint8_t origin[] = "\7example";
	struct zonefile_options options = { .origin = origin, .default_ttl = 3600 };
	struct zone_text ret = { .zone = zone_new(origin) };
	assert_non_null(ret.zone);
	assert_int_equal(zone_edit_begin_new(ret.zone, &ret.edit), 0);
	struct zonefile_handler handler = { zone_text_take_, zone_text_error_, ret.edit };
	assert_int_equal(
		zonefile_scan_text(span_of_text(text), "text", &options, &handler, NULL), 0);
	assert_int_equal(zone_edit_view(ret.edit, &ret.view), 0);
	return ret;
}

static inline void zone_text_close(struct zone_text *z)
{
	zone_edit_discard(z->edit);
	zone_free(z->zone);
}
