/*
 * base/hash: SipHash-2-4 (for cookies, jitter and tables that peers can feed).
 *
 * Cost     about an octet a cycle, no allocation. Threads  pure.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

struct siphash_key {
	uint64_t k0, k1; /* read from 16 bytes little-endian */
};

/* The hash as a number; with the same key and octets it is the same on every machine. */
uint64_t siphash24(struct siphash_key key, struct span in);
