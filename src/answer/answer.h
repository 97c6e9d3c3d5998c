/*
 * answer: the pure function from (view, request bytes, client facts) to response bytes.
 *
 *	net/ (UDP, TCP, ...), fuzzers, benchmarks --> answer_message() --> response
 *
 * A view is everything that an answer may depend on, immutable while a reader has it: the server's
 * settings and the table of zones. The server publishes a new view by one pointer (RCU); zone
 * contents are published on their own, in struct zone.
 *
 * Cost     no malloc, no lock, no log, no system call.
 * Threads  any number, each an RCU (QSBR) reader with its own answer_thread.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include "dns/trie.h"
#include <sys/socket.h>

struct zone;

enum answer_transport {
	ANSWER_UDP,
	ANSWER_TCP,
	ANSWER_TLS,
	ANSWER_QUIC,
	ANSWER_UNIX,
	ANSWER_TRANSPORTS
};

/* The requester. Borrowed for the call. */
struct answer_client {
	enum answer_transport transport;
	const struct sockaddr_storage
		*remote; /* NULL: unknown (benchmarks); family decides on payload limits */
};

struct answer_plan; /* module hooks in order, answer/module.h; NULL: none */

/* Settings of the whole server. Spans are borrowed from the owner of the view. */
struct answer_settings {
	struct span identity; /* empty: refuse */
	struct span version;  /* empty: refuse */
	struct span nsid;     /* empty: none */
	uint16_t payload_ipv4, payload_ipv6;
	bool rotate;                    /* answer-rotation */
	bool client_subnet;             /* edns-client-subnet */
	const struct answer_plan *plan; /* global modules */
};

/* What the configuration says of how a zone is answered. */
struct answer_zone_traits {
	bool is_catalog;     /* queries need an ACL match: NOTAUTH for now */
	uint8_t deleg_aware; /* enum zone_deleg_mode */
};

/* A zone as it is found by name. The object that leaves of the view's trie carry. */
struct answer_zone {
	struct zone *zone;
	const struct answer_plan *plan;
	struct answer_zone_traits traits;
	uint8_t name_len;
	uint8_t name[]; /* lower; trie name_offset */
};
#define ANSWER_ZONE_NAME_OFFSET offsetof(struct answer_zone, name)

struct answer_view {
	struct answer_settings settings;
	struct trie zones; /* of struct answer_zone */
};

/* Counters of one I/O thread, written by it alone with plain increments, summed by whoever reads.
 */
struct answer_counters; /* answer/counters.h */

/* Per-thread state: scratch that the function needs beyond the stack, counters. One a thread, on
 * its own cache lines. */
struct answer_thread; /* opaque */
MUST_USE int answer_thread_new(unsigned index, struct answer_thread **ret);
void answer_thread_free(struct answer_thread *thread);
unsigned answer_thread_index(const struct answer_thread *thread);

/* Answer one request. Writes at most `out_size` octets (65535 for streams; UDP needs >= 4096) to
 * `out`, which doesn't overlap the request. Returns the length, 0 = send nothing. Within an RCU
 * read section. */
size_t answer_message(const struct answer_view *view, struct answer_thread *thread,
	const struct answer_client *client, struct span request, uint8_t *out, size_t out_size);

/*
 * A hint before several requests are answered: what they will be looked up in comes into the caches for all of them together, not
 * for one after the other. Changes nothing else. At most ANSWER_BATCH_MAX requests are looked at, borrowed for the call.
 * false: no zone and no table of zones here is so large that this pays; ask again seldom. Within the same RCU read section.
 */
#define ANSWER_BATCH_MAX 64
bool answer_prefetch(const struct answer_view *view, const struct span *requests, unsigned count);
