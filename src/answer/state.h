/*
 * answer/state: one request being answered. Inside of the answer room and for query modules.
 *
 *	answer.c     parse, EDNS, modules' begin, dispatch, OPT, modules' end
 *	query.c      a normal query: names are resolved, sections are composed
 *	section.c    RRsets and their signatures go into the message and are noted
 *	proof_*.c    what proves a denial or a wildcard
 *	additional.c glue and other addresses
 *
 * The state lives in the thread's memory and is used again for each message: nothing in it is
 * cleared that isn't read. RRsets that were written are noted in order: signatures follow at the
 * end of their section, additional data comes from them, and none is written twice.
 *
 * I1  Noted owners and names that the writer got live until the message is finished: they are in
 *     the snapshot, in the request, or in `synthesized`.
 * I2  Alias steps <= ANSWER_ALIAS_MAX, so `wildcards` and `synthesized` are big enough.
 */
#pragma once
#include "answer/answer.h"
#include "answer/counters.h"
#include "answer/module.h"
#include "base/attr.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/trie.h"
#include "dns/writer.h"
#include "zone/snapshot.h"

/* Limits of one answer. */
#define ANSWER_ALIAS_MAX  5   /* CNAME and DNAME steps */
#define ANSWER_RRSETS_MAX 192 /* noted; optional additional data ends when they are used up */
#define ANSWER_PLACES_MAX 256 /* places of target names; those beyond aren't pointed to */

/* An RRset of the zone that is in the message. */
struct answer_rrset {
	const struct zone_node *node;
	const struct zone_rrset *rrset;
	const uint8_t *owner; /* node->name, or the name that a wildcard was expanded to */
	uint16_t owner_at;    /* in the message; 0: can't be pointed to */
	uint16_t first_place; /* in places[] */
	uint16_t place_count;
	uint8_t section; /* enum dns_section */
};

/* A wildcard that was expanded. */
struct answer_wildcard {
	const struct zone_node *node; /* NULL: an empty non-terminal (RFC 4592 section 2.2.2) */
	const uint8_t *name;          /* what it was expanded to */
	uint8_t name_labels;
	uint8_t encloser_labels; /* of its parent */
};

/* The name being resolved: QNAME, then alias targets. Lower case. */
struct answer_name {
	const uint8_t *wire;
	uint8_t len, labels;
	uint16_t at; /* in the message; 0: can't be pointed to */
};

struct answer {
	/* Inputs, set by answer_message. */
	const struct answer_view *view;
	const struct answer_client *client;
	struct answer_counters *counters;
	unsigned thread_index;
	struct nsec3_memo *nsec3_memo; /* the thread's */
	struct dns_request request;

	/* What was found. */
	const struct answer_zone *zone;   /* by 2.1 of the QNAME; NULL: none */
	const struct zone_snapshot *snap; /* its contents; NULL: none */

	/* The response. */
	struct dns_writer w;
	struct dns_edns_reply opt;
	const uint8_t *opt_at; /* the OPT, if it has one and is complete */
	bool is_malformed;     /* the request's records can't be read */
	bool has_opt;          /* a response OPT will be written, room is reserved */
	bool is_dnssec;        /* DO, and the zone is signed */
	bool is_deleg_aware;   /* DE, and the zone is aware of DELEG */
	uint16_t rcode;        /* the whole one, 12 bits */
	uint32_t rr_first;     /* answer-rotation: record to begin with, modulo an RRset's count */
	size_t opt_reserved;

	/* Resolution. */
	struct answer_name name;
	struct zone_lookup found;    /* of name */
	const struct zone_node *cut; /* DELEGATION: the delegation point, by NS or DELEG */
	const uint8_t *cut_owner;    /* its name, or what a wildcard was expanded to */
	bool is_wildcard_nodata;     /* NODATA came from the last of wildcards[] */
	bool has_wildcard_key;       /* the wildcard for name was looked for */
	unsigned alias_count, wildcard_count, synthesized_count;
	unsigned rrset_count, place_count;
	unsigned signed_count; /* noted RRsets whose signatures have been looked after */
	struct answer_rrset rrsets[ANSWER_RRSETS_MAX];
	uint16_t places[ANSWER_PLACES_MAX];
	struct answer_wildcard wildcards[ANSWER_ALIAS_MAX + 1];
	struct trie_key key; /* of name, for the zone's tries */
	struct trie_key
		wildcard_key; /* of "*" at the closest encloser of name, if has_wildcard_key */
	uint8_t wildcard_name[2 + DNS_NAME_MAX];                     /* that name */
	uint8_t synthesized[ANSWER_ALIAS_MAX + 1][2 + DNS_NAME_MAX]; /* { length, name } each */
};

static inline bool answer_is_stream(const struct answer *a)
{
	return a->client->transport != ANSWER_UDP;
}

/* Set the name to be resolved next, lower-case; `at`: its place in the message, 0 if it can't be pointed to.
 * It lives as I1 says. */
void answer_set_name(struct answer *a, const uint8_t *wire, uint16_t at);

/* A normal query: compose answer, authority and additional. On ERROR the caller makes an error
 * response. */
enum answer_state answer_query(struct answer *a);

/* CHAOS class. Sets the RCODE. */
void answer_chaos(struct answer *a);

/* ---- section.c ---- */

/* What to put: an RRset of a node under a name. */
struct answer_item {
	const struct zone_node *node;
	const struct zone_rrset *rrset;
	const uint8_t *owner;
	uint16_t owner_at;
	uint32_t ttl;
};

/* Put an RRset into the current section and note it. E_SPACE: it doesn't fit, or too many; nothing
 * was done. */
MUST_USE int answer_put(struct answer *a, const struct answer_item *item);

/* The same for glue in the zone cut, which isn't noted if there are too many: each of its names comes once, and nobody signs it. */
MUST_USE int answer_put_glue(struct answer *a, const struct answer_item *item);

/* The record of `count` that is written first. */
static inline uint16_t answer_first(const struct answer *a, unsigned count)
{
	if (LIKELY(a->rr_first == 0))
		return 0;
	return (uint16_t)(a->rr_first % count);
}

/* Put the signatures of an RRset under the name that is resolved, without noting them. *count: how many there are. E_SPACE. */
MUST_USE int answer_put_sigs(struct answer *a, const struct zone_node *node,
	const struct zone_rrset *rrset, unsigned *count);

/* Has that RRset been put into this section? */
bool answer_has(const struct answer *a, enum dns_section section, const struct zone_rrset *rrset);

/* Put the signatures of the RRsets noted in the current section since the last call. E_SPACE. */
MUST_USE int answer_put_signatures(struct answer *a);

/* What to do when something mandatory doesn't fit (answering rules: TC over UDP, else a failure).
 */
enum answer_state answer_overflow(struct answer *a);

/* Put an RRset of the authority section's proofs, once. E_SPACE. Nothing if the node or the type
 * isn't there. */
MUST_USE int answer_put_proof(struct answer *a, const struct zone_node *node, uint16_t type);

/* The wildcard that a name is covered by: "*" below its closest encloser. False: it would be too long. */
static inline bool answer_wildcard_name(const uint8_t *name, unsigned name_labels,
	unsigned encloser_labels, uint8_t ret[2 + DNS_NAME_MAX])
{
	const uint8_t *encloser = dns_name_skip(name, name_labels - encloser_labels);
	size_t len = dns_name_len(encloser);

	ret[0] = 1;
	ret[1] = '*';
	memcpy(ret + 2, encloser, len);
	return len + 2 <= DNS_NAME_MAX;
}

/* ---- Proofs (RFC 4035 section 3.1.3, RFC 5155 section 7.2) ----
 * Each puts records into the authority section. E_SPACE: the answer is truncated; E_FAILED: the
 * chain contradicts itself. Records that are missing are left out. */

MUST_USE int proof_nxdomain(struct answer *a);
MUST_USE int proof_nodata(struct answer *a);
/* A wildcard was expanded: no closer name exists. */
MUST_USE int proof_wildcard(struct answer *a, const struct answer_wildcard *wildcard);
/* The wildcard that was expanded doesn't have the type. */
MUST_USE int proof_wildcard_nodata(struct answer *a, const struct answer_wildcard *wildcard);
/* The delegation point a->cut has no DS. */
MUST_USE int proof_no_ds(struct answer *a);

/* The same for each kind of chain. */
MUST_USE int nsec_nxdomain(struct answer *a);
MUST_USE int nsec_nodata(struct answer *a);
MUST_USE int nsec_wildcard(struct answer *a, const struct answer_wildcard *wildcard);
MUST_USE int nsec_wildcard_nodata(struct answer *a, const struct answer_wildcard *wildcard);
MUST_USE int nsec_no_ds(struct answer *a);

/* What a thread remembers of NSEC3 chains; to be freed by free(). NULL: no memory. */
struct nsec3_memo *nsec3_memo_new(void);
MUST_USE int nsec3_nxdomain(struct answer *a);
MUST_USE int nsec3_nodata(struct answer *a);
MUST_USE int nsec3_wildcard(struct answer *a, const struct answer_wildcard *wildcard);
MUST_USE int nsec3_wildcard_nodata(struct answer *a, const struct answer_wildcard *wildcard);
MUST_USE int nsec3_no_ds(struct answer *a);

/* The NSEC or NSEC3 node that proves which types an existing name has; NULL: none. */
const struct zone_node *proof_node_of(const struct answer *a, const struct zone_node *node);

/* ---- additional.c ---- */

/* Additional data of all noted RRsets and its signatures. TRUNCATED: mandatory glue didn't fit. */
enum answer_state answer_additional(struct answer *a, enum answer_state state);
