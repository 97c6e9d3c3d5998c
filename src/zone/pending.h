/*
 * zone/pending: the records of one name while they change (inside the zone room).
 *
 *	block --open--> entries, sorted by (type, rdata) --build--> new block
 *
 * Records appended in bulk need no order; build sorts, drops duplicates and settles TTLs: the last one given holds for
 * the whole RRset (but for RRSIG, where each covered type has its own and the original TTL counts).
 *
 * Threads: none, it belongs to an edit. Memory: grows to the largest name and is used again.
 */
#pragma once
#include "base/buf.h"
#include "zone/node.h"

struct pending_rr {
	uint16_t type, len;
	uint32_t ttl;
	uint32_t offset; /* of the rdata's octets in bytes */
	uint32_t order;  /* of arrival */
};

struct pending {
	bool active, dirty;
	bool sorted; /* strictly: no duplicates either */
	uint8_t name_len;
	uint8_t name[DNS_NAME_MAX];
	struct pending_rr *rrs;
	size_t count, cap;
	uint32_t order;
	uint8_t *bytes;
	size_t bytes_len, bytes_cap;
};

void pending_deinit(struct pending *p);
/* Start with the records of `node` (NULL: none) under `name`. */
MUST_USE int pending_open(struct pending *p, const uint8_t *name, const struct zone_node *node);
/* Append without looking (bulk). */
MUST_USE int pending_append(struct pending *p, uint16_t type, uint32_t ttl, struct span rdata);
/* Append all records of a block without looking. */
MUST_USE int pending_append_block(struct pending *p, const struct zone_node *node);
/* Add in order; E_ISRECORD if it is there (its RRset takes the TTL all the same). *mismatch: the RRset had another TTL. */
MUST_USE int pending_add(
	struct pending *p, uint16_t type, uint32_t ttl, struct span rdata, bool *mismatch);
MUST_USE int pending_remove(struct pending *p, uint16_t type, struct span rdata);
MUST_USE int pending_remove_type(struct pending *p, uint16_t type); /* ANY: all */
/* Sort, drop duplicates. *mismatch: a type whose TTLs differed, 0 if none. */
void pending_settle(struct pending *p, uint16_t *mismatch);
/* The TTL of a type that is there. */
uint32_t pending_ttl(const struct pending *p, uint16_t type);
/* Octets that the block of a settled, non-empty name takes (multiple of 8). */
size_t pending_block_size(const struct pending *p);
/* Write the block; E_LIMIT can't happen after pending_check. `apex`: the zone's apex name. */
void pending_build(const struct pending *p, bool is_apex, struct zone_node *ret);
/* E_LIMIT: more than 65535 records of a type, or over 4 GiB. */
MUST_USE int pending_check(const struct pending *p);
