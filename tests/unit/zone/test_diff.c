/*
 * The difference of two versions against sets: of a fixed stock of records each version holds some, with a TTL for each RRset.
 * Both versions of one line (which share nodes) and unrelated ones (loaded apart) are compared.
 */
#include "test_util.h"

#include "dns/name.h"
#include "zone/diff.h"
#include "zone/edit.h"
#include <urcu-qsbr.h>

#define OWNERS  12
#define TYPES   3
#define RDATAS  3
#define RRSETS  (OWNERS * TYPES)
#define RECORDS (RRSETS * RDATAS)

struct version {
	bool has[RECORDS];
	uint32_t ttl[RRSETS];
};

static const uint8_t apex[] = "\7example";
static uint8_t owners[OWNERS][DNS_NAME_MAX];
static const uint16_t types[TYPES] = { DNS_TYPE_A, DNS_TYPE_TXT, DNS_TYPE_NSEC3 };

static void make_owners(void)
{
	for (unsigned i = 0; i < OWNERS; i++) {
		char text[64];
		size_t len;
		snprintf(text, sizeof(text), "%s%u.%sexample.", i % 3 == 0 ? "*." : "", i,
			i % 2 == 0 ? "sub." : "");
		assert_int_equal(
			dns_name_parse_lower(span_of_text(text), NULL, owners[i], &len), 0);
	}
}

static struct zone_rr record(const struct version *v, unsigned i, uint8_t rdata[4])
{
	unsigned rrset = i / RDATAS;
	memset(rdata, (int)(i % RDATAS), 4);
	return (struct zone_rr){ owners[rrset / TYPES], types[rrset % TYPES], v->ttl[rrset],
		{ rdata, 4 } };
}

/* An RRset that changes is taken out whole and put back. */
static void edit_to(struct zone_edit *edit, const struct version *from, const struct version *to)
{
	uint8_t rdata[4];
	for (unsigned r = 0; r < RRSETS; r++) {
		bool same = from != NULL && from->ttl[r] == to->ttl[r];
		for (unsigned i = r * RDATAS; i < (r + 1) * RDATAS; i++)
			same = same && from->has[i] == to->has[i];
		for (unsigned i = r * RDATAS; i < (r + 1) * RDATAS && !same; i++) {
			struct zone_rr rr = record(from != NULL ? from : to, i, rdata);
			if (from != NULL && from->has[i])
				assert_int_equal(zone_edit_remove(edit, &rr), 0);
		}
		for (unsigned i = r * RDATAS; i < (r + 1) * RDATAS && !same; i++) {
			struct zone_rr rr = record(to, i, rdata);
			if (to->has[i])
				assert_int_equal(zone_edit_add(edit, &rr), 0);
		}
	}
}

static void add_soa(struct zone_edit *edit)
{
	static const uint8_t rdata[] = "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
	struct zone_rr soa = { apex, DNS_TYPE_SOA, 60, { rdata, 22 } };
	assert_int_equal(zone_edit_add(edit, &soa), 0);
}

static void random_version(struct version *v, const struct version *from)
{
	for (unsigned i = 0; i < RECORDS; i++)
		v->has[i] = from != NULL && test_below(4) != 0 ? from->has[i] : test_below(2) == 0;
	for (unsigned r = 0; r < RRSETS; r++)
		v->ttl[r] = from != NULL && test_below(5) != 0 ? from->ttl[r] : 1 + test_below(3);
}

struct seen {
	const struct version *holds; /* the version that the records are from */
	bool has[RECORDS];
	const uint8_t *last;
	unsigned last_type;
	bool nsec3;
};

static int see(void *ctx, const struct zone_change *c)
{
	struct seen *s = ctx;
	unsigned o = 0, t = 0;
	while (o < OWNERS && !dns_name_equal(owners[o], c->owner))
		o++;
	while (t < TYPES && types[t] != c->type)
		t++;
	assert_true(o < OWNERS && t < TYPES && c->rdata.len == 4);
	unsigned i = (o * TYPES + t) * RDATAS + c->rdata.data[0];
	assert_false(s->has[i]);
	assert_int_equal(c->ttl, s->holds->ttl[o * TYPES + t]);
	s->has[i] = true;
	/* Order: NSEC3 last, then owners, then types. */
	bool nsec3 = c->type == DNS_TYPE_NSEC3;
	assert_true(nsec3 || !s->nsec3);
	if (s->last != NULL && nsec3 == s->nsec3) {
		int order = dns_name_compare(s->last, c->owner);
		assert_true(order < 0 || (order == 0 && s->last_type <= c->type));
	}
	s->nsec3 = nsec3;
	s->last = c->owner;
	s->last_type = c->type;
	return 0;
}

/* What `of` has and `other` hasn't, or with another TTL. */
static void check(const struct zone_snapshot *old, const struct zone_snapshot *new_,
	enum zone_diff_part part, const struct version *of, const struct version *other)
{
	struct seen seen = { .holds = of };
	assert_int_equal(zone_diff(old, new_, part, see, &seen), 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		unsigned r = i / RDATAS;
		bool wanted = of->has[i] && !(other->has[i] && other->ttl[r] == of->ttl[r]);
		assert_int_equal(seen.has[i], wanted);
	}
}

static bool versions_differ(const struct version *a, const struct version *b)
{
	for (unsigned i = 0; i < RECORDS; i++) {
		if (a->has[i] != b->has[i] ||
			(a->has[i] && a->ttl[i / RDATAS] != b->ttl[i / RDATAS]))
			return true;
	}
	return false;
}

static struct zone *make_zone(const struct version *v)
{
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit;
	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	add_soa(edit);
	edit_to(edit, NULL, v);
	assert_int_equal(zone_edit_commit(edit), 0);
	return zone;
}

static void differences_equal_those_of_sets(void **state)
{
	(void)state;
	test_random_init();
	make_owners();
	rcu_register_thread();
	for (int round = 0; round < 300; round++) {
		struct version a, b;
		random_version(&a, NULL);
		random_version(&b, &a);
		struct zone *zone = make_zone(&a), *apart = make_zone(&b);
		const struct zone_snapshot *old = zone_current_ref(zone);
		struct zone_edit *edit;
		assert_int_equal(zone_edit_begin(zone, &edit), 0);
		edit_to(edit, &a, &b);
		assert_int_equal(zone_edit_commit(edit), 0);
		const struct zone_snapshot *line = zone_current_ref(zone),
					   *other = zone_current_ref(apart);
		const struct zone_snapshot *news[] = { line, other };
		for (int i = 0; i < 2; i++) {
			check(old, news[i], ZONE_DIFF_REMOVED, &a, &b);
			check(old, news[i], ZONE_DIFF_ADDED, &b, &a);
			assert_int_equal(zone_differs(old, news[i]), versions_differ(&a, &b));
		}
		assert_false(zone_differs(line, other));
		zone_snapshot_unref(old);
		zone_snapshot_unref(line);
		zone_snapshot_unref(other);
		zone_free(zone);
		zone_free(apart);
		rcu_quiescent_state();
	}
	rcu_barrier();
	rcu_unregister_thread();
}

static int stop(void *ctx, const struct zone_change *c)
{
	(void)c;
	++*(int *)ctx;
	return E_LIMIT;
}

static void no_contents_differ_by_everything_and_an_error_ends_the_walk(void **state)
{
	(void)state;
	struct version v = { 0 };
	struct zone *zone = make_zone(&v);
	int calls = 0;
	rcu_register_thread();
	const struct zone_snapshot *snap = zone_current_ref(zone);
	assert_int_equal(zone_diff(NULL, snap, ZONE_DIFF_ADDED, stop, &calls), E_LIMIT);
	assert_int_equal(calls, 1);
	assert_int_equal(zone_diff(NULL, snap, ZONE_DIFF_REMOVED, stop, &calls), 0);
	assert_int_equal(zone_diff(snap, NULL, ZONE_DIFF_REMOVED, stop, &calls), E_LIMIT);
	assert_int_equal(calls, 2);
	assert_true(zone_differs(NULL, snap));
	assert_false(zone_differs(NULL, NULL));
	zone_snapshot_unref(snap);
	zone_free(zone);
	rcu_barrier();
	rcu_unregister_thread();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_equal_those_of_sets),
		cmocka_unit_test(no_contents_differ_by_everything_and_an_error_ends_the_walk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
