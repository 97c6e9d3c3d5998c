/*
 * answer/prefetch: what a batch of requests will be looked up in, brought into the caches at once.
 *
 *	requests -> keys -> table of zones -> zone, its snapshot -> names of the zone -> node blocks
 *
 * All requests take each of these steps before any takes the next, so that they wait for memory together. It is a hint: nothing of it
 * is kept, and a request that can't be parsed or that nothing is found for costs its step only.
 */
#include "answer/answer.h"
#include "dns/message.h"
#include "dns/trie_prefetch.h"
#include "zone/snapshot.h"
#include "zone/zone.h"

#define LARGE 16384 /* names or zones: tries that the nearer caches don't hold */

static inline const struct zone *zone_at(const struct trie_walk *walk)
{
	return ((const struct answer_zone *)walk->node->ptr)->zone;
}

/* From leaves of the table of zones to the roots of what the zones hold. true: some of them are large. */
static bool enter_zones(struct trie_walk *walks, unsigned count)
{
	const struct zone_snapshot *snaps[ANSWER_BATCH_MAX];
	bool is_large = false;

	for (unsigned i = 0; i < count; i++)
		__builtin_prefetch(zone_at(&walks[i]));
	for (unsigned i = 0; i < count; i++) {
		snaps[i] = zone_current(zone_at(&walks[i]));
		__builtin_prefetch(snaps[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		walks[i].node = NULL;
		if (snaps[i] == NULL || snaps[i]->names.root.ptr == NULL)
			continue;
		walks[i].node = &snaps[i]->names.root;
		is_large |= snaps[i]->names.count >= LARGE;
	}
	return is_large;
}

/* A server of one small zone has nothing to gain, and finds out before it begins. */
static inline bool may_pay(const struct answer_view *view)
{
	const struct answer_zone *only = view->zones.root.ptr;
	const struct zone_snapshot *snap;

	if (view->zones.count != 1)
		return view->zones.count > 0;
	snap = zone_current(only->zone);
	return snap != NULL && snap->names.count >= LARGE;
}

bool answer_prefetch(const struct answer_view *view, const struct span *requests, unsigned count)
{
	struct trie_walk walks[ANSWER_BATCH_MAX];
	struct dns_request request;
	struct trie_key key;
	unsigned n = 0;

	if (!may_pay(view))
		return false;
	for (const struct span *r = requests; r != requests + count && n < ANSWER_BATCH_MAX; r++) {
		if (dns_request_parse(*r, &request) != DNS_PARSE_OK)
			continue;
		trie_key_of_labels(&(struct trie_base){ 0 }, dns_request_qname(&request),
			&request.qname, &key);
		trie_walk_init(&key, &walks[n]);
		walks[n++].node = &view->zones.root;
	}
	trie_walk_all(walks, n);
	if (!enter_zones(walks, n) && view->zones.count > 1 && view->zones.count < LARGE)
		return false;
	trie_walk_all(walks, n);
	return true;
}
