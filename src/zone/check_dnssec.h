/*
 * zone/check_dnssec: the checks of signed zones (inside the zone room): key records at the apex, the NSEC or NSEC3
 * chain, empty non-terminals included, and that each authoritative RRset has a signature, which is valid if asked.
 *
 * Cost     some passes over the zone, and its signatures. Threads  a checker: one.
 */
#pragma once
#include "zone/check.h"

enum zone_check_class {
	ZONE_CHECK_ALWAYS,
	ZONE_CHECK_MANDATORY,
	ZONE_CHECK_OPTIONAL,
	ZONE_CHECK_WARN
};

struct zone_checker {
	const struct zone_snapshot *snap;
	const uint8_t *apex_name;
	const struct zone_check_options *options;
	zone_check_handler handler;
	void *ctx;
	bool is_fatal;
	size_t nsec3_matched; /* names that have their NSEC3 */
	const uint8_t *bare;  /* the last empty non-terminal that may do without: NULL: none yet */
	bool has_failed;      /* the walk along a chain */
	struct zone_verifier *verifier; /* NULL: signatures need only be there */
};

void zone_check_tell(struct zone_checker *c, enum zone_check_class class_,
	enum zone_finding finding, const uint8_t *owner, const char *info);
void zone_check_dnssec(struct zone_checker *c);
