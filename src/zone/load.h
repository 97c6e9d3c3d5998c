/*
 * zone/load: a zone from its file.
 *
 * Scans the file into a new edit, runs checks, verifies ZONEMD if asked, and commits. All errors are reported
 * through the log with the zone's name (zones.md 2.8, logging.md 7 and 14); the last good contents keep serving.
 *
 * Cost     of the file's size, not of what changed. Threads  one for a zone: it takes the zone's edit; RCU offline (grace periods need not wait for it).
 */
#pragma once
#include "base/attr.h"
#include "zone/zone.h"

struct zone_load_options {
	uint32_t default_ttl;
	int semantic_checks;        /* enum zone_check_mode of zone/check.h */
	const uint16_t *skip_types; /* zonefile-skip */
	size_t skip_count;
	bool zonemd_verify;
	int deleg_aware;   /* enum zone_deleg_mode */
	uint64_t max_size; /* zone-max-size, octets; 0 is 0 */
};

struct zone_load_result {
	uint32_t serial, old_serial;
	bool had_old;
};

/* May this version be published? Semantic checks, size, ZONEMD, as configured; findings are logged. E_SEMCHECK, E_ZONESIZE, E_ZONEMD... */
MUST_USE int zone_accept(const struct zone_snapshot *view, const uint8_t *name,
	const struct zone_load_options *options);

/* Load `path` and publish. 0, or an error after it was logged. */
MUST_USE int zone_load_file(struct zone *zone, const char *path,
	const struct zone_load_options *options, struct zone_load_result *ret);
