/*
 * Random edits against a naive model: a list of records. After every commit the snapshot holds exactly the
 * model's records, look-ups agree with what the list says, older snapshots are as they were, and at the end the
 * memory in use equals that of a zone built from scratch.
 */
#include "test_util.h"

#include "base/buf.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "zone/edit.h"
#include "zone/version.h"

#define MODEL_MAX 400
#define ROUNDS    400
#define HELD      5

struct model_rr {
	uint8_t owner[DNS_NAME_MAX];
	uint16_t type;
	uint8_t rdata[40];
	size_t len;
};

static struct model_rr model[MODEL_MAX];
static size_t model_count;
static uint8_t apex[DNS_NAME_MAX];

static void name_of(const char *text, uint8_t *ret)
{
	size_t len;
	assert_int_equal(dns_name_parse(span_of_text(text), NULL, ret, &len), 0);
}

static void random_name(uint8_t *ret)
{
	static const char *labels[] = { "a", "b", "*", "c-1", "\\000", "\\255z", "_x" };
	char text[256] = "";
	for (unsigned n = test_below(4); n > 0; n--) {
		strcat(text, labels[test_below(ARRAY_LEN(labels))]);
		strcat(text, ".");
	}
	strcat(text, "example.");
	name_of(text, ret);
}

static void random_rr(struct model_rr *ret)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_NS, DNS_TYPE_DNAME, DNS_TYPE_RRSIG,
		DNS_TYPE_NSEC3 };
	memset(ret, 0, sizeof(*ret));
	random_name(ret->owner);
	ret->type = types[test_below(ARRAY_LEN(types))];
	/* Contents don't matter to the store but for what an RRSIG covers. */
	ret->len = 4 + test_below(4);
	for (size_t i = 0; i < ret->len; i++)
		ret->rdata[i] = (uint8_t)test_below(2);
	if (ret->type == DNS_TYPE_RRSIG)
		write_u16(ret->rdata, types[test_below(ARRAY_LEN(types))]);
}

static int compare_rr(const void *a, const void *b)
{
	const struct model_rr *x = a, *y = b;
	int order = dns_name_compare(x->owner, y->owner);
	if (order == 0)
		order = (int)x->type - (int)y->type;
	return order != 0 ? order
			  : dns_rdata_compare((struct span){ x->rdata, x->len },
				    (struct span){ y->rdata, y->len });
}

static size_t model_find(const struct model_rr *rr)
{
	for (size_t i = 0; i < model_count; i++) {
		if (compare_rr(&model[i], rr) == 0)
			return i;
	}
	return SIZE_MAX;
}

static bool is_nsec3(const struct model_rr *rr)
{
	return rr->type == DNS_TYPE_NSEC3 ||
	       (rr->type == DNS_TYPE_RRSIG && read_u16(rr->rdata) == DNS_TYPE_NSEC3);
}

static void dump_node(const struct zone_node *node, struct buf *out)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, rrset++) {
		struct span packed = zone_rrset_data(node, rrset), rdata;
		unsigned count = 0, sigs = 0;
		while (zone_rdata_next(&packed, &rdata)) {
			buf_append(out, node->name, node->name_len);
			buf_u16(out, rrset->type);
			buf_append(out, rdata.data, rdata.len);
			count++;
		}
		assert_int_equal(count, rrset->count);
		zone_rrset_sigs(node, rrset, &sigs);
		buf_u8(out, (uint8_t)sigs);
	}
}

static void dump(const struct zone_snapshot *snap, struct buf *out)
{
	const struct trie *tries[] = { &snap->names, &snap->nsec3 };
	for (int t = 0; t < 2; t++) {
		struct trie_iter iter;
		const struct trie_node *leaf;
		size_t leaves = 0;
		trie_iter_init(tries[t], &iter);
		while ((leaf = trie_iter_next(&iter)) != NULL) {
			assert_int_equal(trie_leaf_flags(leaf), zone_node_of(leaf)->flags);
			dump_node(zone_node_of(leaf), out);
			leaves++;
		}
		assert_int_equal(leaves, tries[t]->count);
	}
}

/* The same from the model, sorted. */
static void dump_model(struct buf *out)
{
	qsort(model, model_count, sizeof(model[0]), compare_rr);
	for (int t = 0; t < 2; t++) {
		for (size_t i = 0; i < model_count; i++) {
			const struct model_rr *rr = &model[i];
			if (is_nsec3(rr) != (t == 1))
				continue;
			buf_append(out, rr->owner, dns_name_len(rr->owner));
			buf_u16(out, rr->type);
			buf_append(out, rr->rdata, rr->len);
			bool last = true;
			unsigned sigs = 0;
			for (size_t k = 0; k < model_count; k++) {
				if (is_nsec3(&model[k]) != (t == 1) ||
					!dns_name_equal(model[k].owner, rr->owner))
					continue;
				last = last && !(model[k].type == rr->type && k > i);
				sigs += model[k].type == DNS_TYPE_RRSIG &&
					read_u16(model[k].rdata) == rr->type;
			}
			if (last)
				buf_u8(out, (uint8_t)sigs);
		}
	}
}

static bool model_has(const uint8_t *name, uint16_t type) /* ANY: any type */
{
	for (size_t i = 0; i < model_count; i++) {
		if (!is_nsec3(&model[i]) && dns_name_equal(model[i].owner, name) &&
			(type == DNS_TYPE_ANY || model[i].type == type))
			return true;
	}
	return false;
}

static bool model_exists(const uint8_t *name)
{
	for (size_t i = 0; i < model_count; i++) {
		if (!is_nsec3(&model[i]) && dns_name_below(model[i].owner, name))
			return true;
	}
	return false;
}

static void check_lookup(const struct zone_snapshot *snap)
{
	uint8_t name[DNS_NAME_MAX];
	struct trie_key key;
	struct zone_lookup found;
	random_name(name);
	trie_key_of(name, &key);
	zone_find(snap, &key, &found);
	unsigned labels = dns_name_labels(name);

	assert_int_equal(found.node != NULL, model_has(name, DNS_TYPE_ANY));
	assert_int_equal(found.exists, model_exists(name));
	unsigned encloser = labels;
	while (!model_exists(dns_name_skip(name, labels - encloser)))
		encloser--;
	assert_int_equal(found.encloser_labels, encloser);

	/* A key that leaves out what all names have in common finds the same. */
	struct trie_key below;
	struct zone_lookup again;
	trie_key_below(&snap->names.base, name, &below);
	zone_find(snap, &below, &again);
	assert_ptr_equal(again.node, found.node);
	assert_int_equal(again.exists, found.exists);
	assert_int_equal(again.encloser_labels, found.encloser_labels);
	assert_ptr_equal(again.cut, found.cut);
	if (found.cut != NULL)
		assert_int_equal(again.cut_labels, found.cut_labels);
	assert_ptr_equal(trie_find_prev(&snap->names, &below, false),
		trie_find_prev(&snap->names, &key, false));
	assert_ptr_equal(trie_find_prev(&snap->names, &below, true),
		trie_find_prev(&snap->names, &key, true));
	assert_ptr_equal(trie_find(&snap->names, &below), trie_find(&snap->names, &key));

	const uint8_t *cut = NULL;
	for (unsigned n = 1; n <= labels && cut == NULL; n++) {
		const uint8_t *above = dns_name_skip(name, labels - n);
		if ((n > 1 && model_has(above, DNS_TYPE_NS)) ||
			(n < labels && model_has(above, DNS_TYPE_DNAME)))
			cut = above;
	}
	assert_int_equal(found.cut != NULL, cut != NULL);
	if (cut != NULL)
		assert_true(dns_name_equal(found.cut->name, cut));

	uint8_t wild[DNS_NAME_MAX + 2] = { 1, '*' };
	const uint8_t *encloser_name = dns_name_skip(name, labels - encloser);
	memcpy(wild + 2, encloser_name, dns_name_len(encloser_name));
	const struct zone_node *star = zone_find_wildcard(snap, name, encloser);
	assert_int_equal(star != NULL, model_has(wild, DNS_TYPE_ANY));
}

static void add_soa(struct zone_edit *edit)
{
	/* ns. mail. 1 2 3 4 5 */
	static const uint8_t soa[] = { 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0,
		0, 5 };
	struct zone_rr rr = { apex, DNS_TYPE_SOA, 60, { soa, sizeof(soa) } };
	assert_int_equal(zone_edit_add(edit, &rr), 0);
	struct model_rr *m = &model[model_count++];
	memset(m, 0, sizeof(*m));
	memcpy(m->owner, apex, sizeof(apex));
	m->type = DNS_TYPE_SOA;
	m->len = sizeof(soa);
	memcpy(m->rdata, soa, sizeof(soa));
}

static void random_change(struct zone_edit *edit)
{
	struct model_rr rr;
	random_rr(&rr);
	if (test_below(3) == 0 && model_count > 1)
		rr = model[test_below((unsigned)model_count)];
	if (rr.type == DNS_TYPE_SOA)
		return;
	struct zone_rr record = { rr.owner, rr.type, 60, { rr.rdata, rr.len } };
	size_t at = model_find(&rr);
	if (test_below(2) == 0 && model_count < MODEL_MAX) {
		assert_int_equal(zone_edit_add(edit, &record), at == SIZE_MAX ? 0 : E_ISRECORD);
		if (at == SIZE_MAX)
			model[model_count++] = rr;
	} else {
		int ret = zone_edit_remove(edit, &record);
		if (at == SIZE_MAX)
			assert_true(ret == E_NONODE || ret == E_NORECORD);
		else
			assert_int_equal(ret, 0);
		if (at != SIZE_MAX)
			model[at] = model[--model_count];
	}
}

static void rebuild(struct zone *zone)
{
	struct zone_edit *edit;
	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	/* In random order: the result doesn't depend on it. */
	for (size_t i = model_count; i > 1; i--) {
		size_t k = test_below((unsigned)i);
		struct model_rr swap = model[i - 1];
		model[i - 1] = model[k];
		model[k] = swap;
	}
	for (size_t i = 0; i < model_count; i++) {
		struct zone_rr rr = { model[i].owner, model[i].type, 60,
			{ model[i].rdata, model[i].len } };
		assert_int_equal(zone_edit_add(edit, &rr), 0);
		if (test_below(4) == 0)
			assert_int_equal(zone_edit_add(edit, &rr), 0); /* duplicates are dropped */
	}
	assert_int_equal(zone_edit_commit(edit), 0);
}

static size_t in_use(const struct zone *zone)
{
	struct zone_store *store = zone->snapshot->version->store;
	zone_mem_collect(store->mem);
	return zone_mem_stats(store->mem).in_use;
}

static void edit_random_changes_equal_model_and_rebuild(void **state)
{
	(void)state;
	struct zone *zone = zone_new(apex), *again = zone_new(apex);
	struct zone_edit *edit;
	const struct zone_snapshot *held[HELD] = { 0 };
	struct buf held_dumps[HELD] = { 0 };
	model_count = 0;
	assert_int_equal(zone_edit_begin(zone, &edit), 0);
	add_soa(edit);
	assert_int_equal(zone_edit_commit(edit), 0);

	for (unsigned round = 0; round < ROUNDS; round++) {
		static struct model_rr before[MODEL_MAX];
		size_t before_count = model_count;
		memcpy(before, model, sizeof(model));
		assert_int_equal(zone_edit_begin(zone, &edit), 0);
		for (unsigned n = test_below(12); n > 0; n--)
			random_change(edit);
		if (test_below(5) == 0) {
			const struct zone_snapshot *view;
			assert_int_equal(zone_edit_view(edit, &view), 0);
			zone_edit_discard(edit);
			memcpy(model, before, sizeof(model));
			model_count = before_count;
		} else {
			assert_int_equal(zone_edit_commit(edit), 0);
		}

		const struct zone_snapshot *snap = zone_current(zone);
		struct buf mine = { 0 }, theirs = { 0 };
		dump(snap, &mine);
		dump_model(&theirs);
		assert_int_equal(snap->records, model_count);
		assert_int_equal(mine.len, theirs.len);
		assert_memory_equal(mine.data, theirs.data, mine.len);
		buf_deinit(&theirs);
		for (int i = 0; i < 20; i++)
			check_lookup(snap);

		unsigned slot = test_below(HELD);
		if (held[slot] != NULL) {
			struct buf now = { 0 };
			dump(held[slot], &now);
			assert_true(span_equal(buf_span(&now), buf_span(&held_dumps[slot])));
			buf_deinit(&now);
			zone_snapshot_unref(held[slot]);
			buf_deinit(&held_dumps[slot]);
		}
		held[slot] = zone_current_ref(zone);
		held_dumps[slot] = mine;
		rcu_quiescent_state();
	}
	for (unsigned i = 0; i < HELD; i++) {
		zone_snapshot_unref(held[i]);
		buf_deinit(&held_dumps[i]);
	}
	rcu_barrier();
	rebuild(again);
	struct buf mine = { 0 }, theirs = { 0 };
	dump(zone_current(zone), &mine);
	dump(zone_current(again), &theirs);
	assert_true(span_equal(buf_span(&mine), buf_span(&theirs)));
	assert_int_equal(zone_current(zone)->wire_size, zone_current(again)->wire_size);
	assert_int_equal(zone_current(zone)->wildcards, zone_current(again)->wildcards);
	assert_int_equal(in_use(zone), in_use(again));
	buf_deinit(&mine);
	buf_deinit(&theirs);
	rcu_barrier();
	zone_free(zone);
	zone_free(again);
}

static void edit_second_at_once_is_busy(void **state)
{
	(void)state;
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit, *other;
	assert_int_equal(zone_edit_begin(zone, &edit), 0);
	assert_int_equal(zone_edit_begin(zone, &other), E_BUSY);
	zone_edit_discard(edit);
	assert_int_equal(zone_edit_begin(zone, &edit), 0);
	zone_edit_discard(edit);
	zone_free(zone);
}

static void commit_without_soa_is_refused_and_old_zone_stays(void **state)
{
	(void)state;
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit;
	model_count = 0;
	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	add_soa(edit);
	assert_int_equal(zone_edit_commit(edit), 0);
	const struct zone_snapshot *before = zone_current(zone);
	assert_int_equal(before->serial, 1);
	assert_int_equal(before->soa_minimum, 5);
	assert_int_equal(zone_edit_begin(zone, &edit), 0);
	assert_int_equal(zone_edit_remove_rrset(edit, apex, DNS_TYPE_SOA), 0);
	assert_int_equal(zone_edit_commit(edit), E_SEMCHECK);
	assert_ptr_equal(zone_current(zone), before);
	zone_free(zone);
}

static void add_outside_the_zone_is_refused(void **state)
{
	(void)state;
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit;
	uint8_t other[DNS_NAME_MAX];
	name_of("example.net.", other);
	struct zone_rr rr = { other, DNS_TYPE_A, 60, { (const uint8_t *)"1234", 4 } };
	assert_int_equal(zone_edit_begin(zone, &edit), 0);
	assert_int_equal(zone_edit_add(edit, &rr), E_OUTOFZONE);
	zone_edit_discard(edit);
	zone_free(zone);
}

static void nsec3_before_the_first_wraps_to_the_last(void **state)
{
	(void)state;
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit;
	model_count = 0;
	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	add_soa(edit);
	static const char *owners[] = { "10000000000000000000000000000000.example.",
		"v0000000000000000000000000000000.example." };
	uint8_t owner[2][DNS_NAME_MAX];
	for (int i = 0; i < 2; i++) {
		name_of(owners[i], owner[i]);
		struct zone_rr rr = { owner[i], DNS_TYPE_NSEC3, 60,
			{ (const uint8_t *)"12345", 5 } };
		assert_int_equal(zone_edit_add(edit, &rr), 0);
	}
	assert_int_equal(zone_edit_commit(edit), 0);
	const struct zone_node *match, *cover;
	uint8_t hash[20] = { 0 };
	zone_find_nsec3(zone_current(zone), hash, &match, &cover);
	assert_null(match);
	assert_true(dns_name_equal(cover->name, owner[1]));
	hash[0] = 0x08; /* 10000... in base32hex */
	zone_find_nsec3(zone_current(zone), hash, &match, &cover);
	assert_null(cover);
	assert_true(dns_name_equal(match->name, owner[0]));
	hash[0] = 0x80;
	zone_find_nsec3(zone_current(zone), hash, &match, &cover);
	assert_null(match);
	assert_true(dns_name_equal(cover->name, owner[0]));
	zone_free(zone);
}

/* While parameters change there are two chains, each complete. */
static void nsec3_of_another_chain_is_passed_over(void **state)
{
	static const uint8_t param[] = { 1, 0, 0, 0, 1, 0xaa };
	(void)state;
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit;
	model_count = 0;
	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	add_soa(edit);
	struct zone_rr rr = { apex, DNS_TYPE_NSEC3PARAM, 60, { param, sizeof(param) } };
	assert_int_equal(zone_edit_add(edit, &rr), 0);
	/* Of eight owners the 3rd and the 6th are of the zone's chain, others differ in one field each. */
	uint8_t owner[8][DNS_NAME_MAX], rdata[8][7];
	for (int i = 0; i < 8; i++) {
		static const uint8_t mine[] = { 1, 1, 0, 0, 1, 0xaa, 0 };
		char text[64];
		snprintf(text, sizeof(text), "%d0000000000000000000000000000000.example.", i + 1);
		name_of(text, owner[i]);
		memcpy(rdata[i], mine, sizeof(mine));
		if (i != 2 && i != 5)
			rdata[i][i % 2 == 0 ? 5 : 3] ^= 1; /* salt, iterations */
		rr = (struct zone_rr){ owner[i], DNS_TYPE_NSEC3, 60, { rdata[i], sizeof(mine) } };
		assert_int_equal(zone_edit_add(edit, &rr), 0);
	}
	assert_int_equal(zone_edit_commit(edit), 0);
	for (unsigned i = 0; i < 32; i++) {
		const struct zone_node *match, *cover;
		uint8_t hash[20] = { (uint8_t)(i << 3) }; /* base32hex: i, then zeros */
		zone_find_nsec3(zone_current(zone), hash, &match, &cover);
		int expected = i >= 6 || i < 3 ? 5 : 2;
		assert_int_equal(match != NULL, i == 3 || i == 6);
		assert_true(dns_name_equal((match != NULL ? match : cover)->name, owner[expected]));
	}
	zone_free(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edit_random_changes_equal_model_and_rebuild),
		cmocka_unit_test(edit_second_at_once_is_busy),
		cmocka_unit_test(commit_without_soa_is_refused_and_old_zone_stays),
		cmocka_unit_test(add_outside_the_zone_is_refused),
		cmocka_unit_test(nsec3_before_the_first_wraps_to_the_last),
		cmocka_unit_test(nsec3_of_another_chain_is_passed_over),
	};
	test_random_init();
	name_of("example.", apex);
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
