/*
 * zone/check: semantic checks of a zone's contents.
 *
 * Runs over a view that isn't published yet (zone_edit_view) or a snapshot, and tells each finding to a handler.
 * Which checks run and what they mean for the zone depends on the mode:
 *
 *	            off             on                                soft
 *	mandatory   error           error                             notice, accepted
 *	optional    -               warning                           -
 *	DNSSEC      -               warning, if the zone is signed    -
 *
 * Cost     one pass over the names; two look-ups for each name server target. Off and unsigned: the same pass.
 * Threads  pure; signatures may be looked at by several (options).
 */
#pragma once
#include "base/attr.h"
#include "zone/snapshot.h"

enum zone_check_mode { ZONE_CHECK_OFF, ZONE_CHECK_ON, ZONE_CHECK_SOFT };

enum zone_finding {
	ZONE_FINDING_SOA_MISSING,
	ZONE_FINDING_SOA_MULTIPLE,
	ZONE_FINDING_CNAME_EXTRA,
	ZONE_FINDING_CNAME_MULTIPLE,
	ZONE_FINDING_DNAME_CHILDREN,
	ZONE_FINDING_DNAME_MULTIPLE,
	ZONE_FINDING_DNAME_NS,
	ZONE_FINDING_DELEG_APEX,
	ZONE_FINDING_NS_APEX,
	ZONE_FINDING_NS_GLUE,
	ZONE_FINDING_RRSIG_UNVERIFIABLE,
	ZONE_FINDING_NSEC_MISSING,
	ZONE_FINDING_NSEC_BITMAP,
	ZONE_FINDING_NSEC_CHAIN,
	ZONE_FINDING_NSEC3_OPTOUT,
	ZONE_FINDING_NSEC_SUPERFLUOUS,
	ZONE_FINDING_NSEC3PARAM_FLAGS,
	ZONE_FINDING_NSEC3PARAM_ALGORITHM,
	ZONE_FINDING_DS_ALGORITHM,
	ZONE_FINDING_DS_LENGTH,
	ZONE_FINDING_DS_APEX,
	ZONE_FINDING_DNSKEY_MISSING,
	ZONE_FINDING_DNSKEY_INVALID,
	ZONE_FINDING_DNSKEY_TAGS,
	ZONE_FINDING_CDS_MISSING,
	ZONE_FINDING_CDS_NOMATCH,
	ZONE_FINDING_CDNSKEY_MISSING,
	ZONE_FINDING_CDNSKEY_NOMATCH,
	ZONE_FINDING_CDNSKEY_NO_CDS,
	ZONE_FINDING_CDS_DELETE,
	ZONE_FINDINGS
};

/* The operators' text; finding order is that of summaries. */
const char *zone_finding_text(enum zone_finding finding);

enum zone_check_level { ZONE_CHECK_ERROR, ZONE_CHECK_WARNING, ZONE_CHECK_NOTICE };

/* Hear of a finding. `owner`: wire; `info`: text with leading blank, or "". */
typedef void (*zone_check_handler)(void *ctx, enum zone_check_level level,
	enum zone_finding finding, const uint8_t *owner, const char *info);

struct zone_check_options {
	enum zone_check_mode mode;
	bool dnssec_forced,
		dnssec;   /* forced: run the DNSSEC checks or not, whether signed or not */
	bool verify;      /* signatures, not only that they are there */
	uint32_t time;    /* at which they have to be valid, 0: now */
	unsigned threads; /* that look at signatures; 0: the calling one */
};

/* 0, or E_SEMCHECK if a finding keeps the zone from being used. `apex_name`: the zone's, as a view without SOA has no apex. */
MUST_USE int zone_check(const struct zone_snapshot *snap, const uint8_t *apex_name,
	const struct zone_check_options *options, zone_check_handler handler, void *ctx);
