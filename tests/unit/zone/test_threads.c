/*
 * Readers beside the writer: RCU readers that look names up in what is published, and one that holds counted references for long,
 * while edits and whole new versions are committed. Each version holds its serial in every record, so a reader that saw two
 * versions at once, or memory that was given back, would see another number.
 */
#include "test_util.h"

#include "dns/name.h"
#include "zone/edit.h"
#include "zone/version.h"

#define NAMES   200
#define READERS 2
#define ROUNDS  2000
#define HELD    4

static const uint8_t apex[] = "\7example";

struct shared {
	struct zone *zone;
	bool stop;      /* atomic */
	unsigned reads; /* atomic */
};

static void name_of(unsigned i, uint8_t ret[DNS_NAME_MAX])
{
	char text[64];
	size_t len;
	snprintf(text, sizeof(text), i % 5 == 0 ? "*.n%u.example." : "n%u.example.", i);
	assert_int_equal(dns_name_parse_lower(span_of_text(text), NULL, ret, &len), 0);
}

static void soa_of(uint32_t serial, uint8_t ret[22])
{
	memset(ret, 0, 22);
	write_u32(ret + 2, serial);
}

/* Every record at a name that is there carries the version that it was last written in, never a later one. */
static void check_node(const struct zone_snapshot *snap, const struct zone_node *node)
{
	const struct zone_rrset *r = zone_node_find(node, DNS_TYPE_A);
	struct span packed, rdata;
	if (r == NULL)
		return;
	packed = zone_rrset_data(node, r);
	while (zone_rdata_next(&packed, &rdata)) {
		if (rdata.len != 4 || read_u32(rdata.data) > snap->serial)
			abort();
	}
}

static void check_snapshot(const struct zone_snapshot *snap)
{
	struct trie_iter iter;
	const struct trie_node *leaf;
	size_t count = 0;
	trie_iter_init(&snap->names, &iter);
	while ((leaf = trie_iter_next(&iter)) != NULL) {
		check_node(snap, zone_node_of(leaf));
		count++;
	}
	if (count != snap->names.count)
		abort();
}

static void *look_up(void *arg)
{
	struct shared *s = arg;
	uint8_t name[DNS_NAME_MAX];
	rcu_register_thread();
	for (unsigned i = 0; !__atomic_load_n(&s->stop, __ATOMIC_RELAXED); i++) {
		const struct zone_snapshot *snap = zone_current(s->zone);
		struct trie_key key;
		struct zone_lookup found;
		name_of(i % NAMES, name);
		trie_key_below(&snap->names.base, name, &key);
		zone_find(snap, &key, &found);
		if (found.node != NULL)
			check_node(snap, found.node);
		rcu_quiescent_state();
		__atomic_add_fetch(&s->reads, 1, __ATOMIC_RELAXED);
	}
	rcu_unregister_thread();
	return NULL;
}

/* Snapshots of several versions at a time; each is looked at when it's given back, long after. */
static void *hold(void *arg)
{
	struct shared *s = arg;
	const struct zone_snapshot *held[HELD] = { NULL };
	rcu_register_thread();
	for (unsigned i = 0; !__atomic_load_n(&s->stop, __ATOMIC_RELAXED); i++) {
		if (held[i % HELD] != NULL)
			check_snapshot(held[i % HELD]);
		zone_snapshot_unref(held[i % HELD]);
		held[i % HELD] = zone_current_ref(s->zone);
		rcu_quiescent_state();
	}
	for (unsigned i = 0; i < HELD; i++)
		zone_snapshot_unref(held[i]);
	rcu_unregister_thread();
	return NULL;
}

static void put(struct zone_edit *edit, unsigned i, uint32_t serial)
{
	uint8_t name[DNS_NAME_MAX], rdata[4];
	name_of(i, name);
	write_u32(rdata, serial);
	struct zone_rr rr = { name, DNS_TYPE_A, 60, { rdata, 4 } };
	(void)!zone_edit_remove_rrset(edit, name, DNS_TYPE_A);
	if (test_below(4) != 0)
		assert_int_equal(zone_edit_add(edit, &rr), 0);
}

/* A few names of the version before, or a version of its own. */
static void commit_version(struct zone *zone, uint32_t serial)
{
	struct zone_edit *edit;
	uint8_t rdata[22];
	bool fresh = test_below(50) == 0 || zone->snapshot == NULL;
	struct zone_rr soa = { apex, DNS_TYPE_SOA, 60, { rdata, sizeof(rdata) } };
	assert_int_equal(
		fresh ? zone_edit_begin_new(zone, &edit) : zone_edit_begin(zone, &edit), 0);
	if (!fresh)
		assert_int_equal(zone_edit_remove_rrset(edit, apex, DNS_TYPE_SOA), 0);
	soa_of(serial, rdata);
	assert_int_equal(zone_edit_add(edit, &soa), 0);
	for (unsigned i = 0; i < (fresh ? NAMES : 8); i++)
		put(edit, fresh ? i : test_below(NAMES), serial);
	if (test_below(8) == 0)
		zone_edit_discard(edit);
	else
		assert_int_equal(zone_edit_commit(edit), 0);
}

static void readers_beside_edits_see_whole_versions(void **state)
{
	struct shared s = { .zone = zone_new(apex) };
	pthread_t threads[READERS + 1];
	(void)state;
	while (s.zone->snapshot == NULL)
		commit_version(s.zone, 1);
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_up, &s), 0);
	assert_int_equal(pthread_create(&threads[READERS], NULL, hold, &s), 0);
	for (uint32_t serial = 2;
		serial < ROUNDS || __atomic_load_n(&s.reads, __ATOMIC_RELAXED) < ROUNDS; serial++) {
		commit_version(s.zone, serial);
		rcu_quiescent_state();
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	rcu_thread_offline();
	for (unsigned i = 0; i < READERS + 1; i++)
		pthread_join(threads[i], NULL);
	rcu_thread_online();
	rcu_barrier();

	/* All old versions are gone. */
	struct zone_version *last = s.zone->snapshot->version;
	zone_store_lock(last->store);
	assert_ptr_equal(last->store->oldest, last);
	assert_null(last->newer);
	zone_store_unlock(last->store);
	check_snapshot(s.zone->snapshot);
	zone_free(s.zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_beside_edits_see_whole_versions),
	};
	test_random_init();
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
