/*
 * zone/snapshot: one immutable version of a zone.
 *
 * Two tries: names (all but NSEC3) and NSEC3 owners (NSEC3 with their RRSIGs). Empty non-terminals have no
 * node: they are where the trie goes on below a name without a leaf. All that depends on other names (is it under a
 * cut, is there a wildcard, which NSEC precedes) comes from one trie descent, so an edit never has to repair anything.
 *
 * Life     published in struct zone; readers of the query path see it within an RCU read section; others take
 *          a counted reference. When the last one goes, what this version alone used is freed, as soon as all older versions are gone too.
 * Threads  everything here is immutable after publication.
 */
#pragma once
#include "base/attr.h"
#include "zone/node.h"

struct zone_nsec3param {
	uint8_t algorithm; /* 0: the zone has no (usable) NSEC3PARAM */
	uint8_t flags;
	uint16_t iterations;
	uint8_t salt_len;
	const uint8_t *salt; /* in the apex's block */
};

/* Who is told of DELEG records: clients that ask so, where the zone is aware of them (numbers as in the configuration). */
enum zone_deleg_mode {
	ZONE_DELEG_AUTO, /* if a DNSKEY of the zone has the ADT flag */
	ZONE_DELEG_OFF,
	ZONE_DELEG_ON
};

struct zone_snapshot {
	uint64_t number; /* of all published snapshots of the process, from 1 on */
	struct trie names;
	struct trie nsec3;
	const struct zone_node *apex; /* has SOA, always */
	uint32_t serial;
	uint32_t soa_ttl, soa_minimum, soa_expire; /* soa_ttl: the RRset's */
	bool is_signed;                            /* the apex SOA is covered by an RRSIG */
	bool has_adt;                              /* a DNSKEY has the ADT flag */
	uint8_t apex_labels;
	uint32_t delegs;    /* number of nodes with DELEG, the apex aside */
	uint32_t wildcards; /* number of nodes with a label "*", leftmost or not */
	uint64_t records;   /* RRs, both tries */
	uint64_t wire_size; /* octets: RRs uncompressed (zone-max-size) */
	struct zone_nsec3param nsec3param;

	struct zone_version *version; /* memory and references, edit.c; not for readers */
};

static inline bool zone_is_deleg_aware(const struct zone_snapshot *snap, enum zone_deleg_mode mode)
{
	return mode == ZONE_DELEG_ON || (mode == ZONE_DELEG_AUTO && snap->has_adt);
}

/* What is at a name: one descent. `cut` is the topmost delegation point (by NS or DELEG) or DNAME owner that is a proper ancestor of the
 * name, or the name itself if it is a delegation point (flags tell which). */
struct zone_lookup {
	const struct zone_node *node; /* the name's own block or NULL */
	bool exists;                  /* node != NULL, or it is an empty non-terminal */
	unsigned encloser_labels; /* of the closest encloser; the name's own count if it exists */
	const struct zone_node
		*cut;        /* CUT, DELEG (at or above the name) or DNAME (above); NULL: none */
	unsigned cut_labels; /* if there is one */
};

/* `name` is at or below the apex (the caller looked up the zone by it). `key` is its trie key,
 * whole or below the base of `names`. */
void zone_find(
	const struct zone_snapshot *snap, const struct trie_key *key, struct zone_lookup *ret);

/* The wildcard child of the name with the `labels` rightmost labels of `name` (lower), or NULL. */
const struct zone_node *zone_find_wildcard(
	const struct zone_snapshot *snap, const uint8_t *name, unsigned labels);

/* The node whose NSEC precedes or is at the name: skips names under cuts. NULL: no NSEC chain. */
const struct zone_node *zone_find_nsec(
	const struct zone_snapshot *snap, const struct trie_key *key);

/* NSEC3 node of a hash: *match if an owner equals, else NULL; *cover is the one before (wrapping), if there is no match.
 * NSEC3s of other parameters than the zone's are passed over. */
void zone_find_nsec3(const struct zone_snapshot *snap, const uint8_t hash[20],
	const struct zone_node **match, const struct zone_node **cover);

/* Is the name (lower) under a cut, i.e. not authoritative data (glue or occluded)? Looks up. */
bool zone_is_occluded(const struct zone_snapshot *snap, const struct zone_node *node);

/* Counted references for readers that outlive a read section. ref: within a read section (or holding another reference). */
const struct zone_snapshot *zone_snapshot_ref(const struct zone_snapshot *snap);
void zone_snapshot_unref(const struct zone_snapshot *snap); /* NULL is fine; any thread */
