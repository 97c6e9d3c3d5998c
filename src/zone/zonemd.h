/*
 * zone/zonemd: message digests of zones (RFC 8976), scheme SIMPLE, SHA-384 and SHA-512.
 *
 * Cost: one pass over the zone. Threads: pure.
 */
#pragma once
#include "crypto/digest.h"
#include "zone/snapshot.h"

/* Digest of the zone by scheme SIMPLE (section 3.3.1). Returns the length, 0 for an unknown algorithm. */
size_t zone_zonemd_digest(
	const struct zone_snapshot *snap, unsigned algorithm, uint8_t ret[CRYPTO_DIGEST_MAX]);

/* 0; E_ZONEMDMISSING: no usable ZONEMD; E_ZONEMD: it is wrong (also: two of one scheme and algorithm). */
MUST_USE int zone_zonemd_verify(const struct zone_snapshot *snap);
