/* The table of zones: what readers see is what was published, whatever the writer does meanwhile. */
#include "net/settings.h"
#include "server/module_set.h"
#include "server/zones.h"
#include "test_util.h"
#include "zone/zone.h"
#include <pthread.h>

enum { NAMES = 300 };

static void name_of(unsigned i, uint8_t *ret)
{
	char text[64];
	size_t len;

	snprintf(text, sizeof(text),
		i % 3 == 0   ? "z%u.test."
		: i % 3 == 1 ? "a.z%u.test."
			     : "z%u.",
		i / 3);
	assert_int_equal(dns_name_parse(span_of_text(text), NULL, ret, &len), 0);
}

static bool view_has(const struct answer_view *view, const uint8_t *name)
{
	struct trie_key key;

	trie_key_of(name, &key);
	const struct trie_node *leaf = trie_find(&view->zones, &key);
	if (leaf == NULL)
		return false;
	const struct answer_zone *zone = leaf->ptr;
	assert_true(dns_name_equal(zone->name, name));
	assert_true(dns_name_equal(zone->zone->name, name));
	return true;
}

static int owners_freed;
static void count_free(void *ctx)
{
	__atomic_add_fetch((int *)ctx, 1, __ATOMIC_SEQ_CST);
}
static const struct zones_owner counted = { count_free, &owners_freed };
static const struct answer_settings settings;

static void random_changes_show_at_publication(void **state)
{
	(void)state;
	struct zones *zones;
	bool present[NAMES] = { false }, published[NAMES] = { false };
	struct server_zone *removed[NAMES];
	size_t removed_count = 0, count = 0;
	int publications = 0;

	test_random_init();
	owners_freed = 0;
	assert_int_equal(zones_new(&zones), 0);
	for (int step = 0; step < 6000; step++) {
		unsigned i = test_below(NAMES);
		uint8_t name[DNS_NAME_MAX];
		struct server_zone *zone;

		name_of(i, name);
		if (test_below(50) == 0) {
			assert_int_equal(zones_publish(zones, &settings, counted), 0);
			publications++;
			memcpy(published, present, sizeof(present));
			while (removed_count > 0)
				zones_release(removed[--removed_count]);
		} else if (!present[i]) {
			assert_int_equal(zones_add(zones, name, NULL,
						 (struct answer_zone_traits){ 0 }, &zone),
				0);
			assert_int_equal(zones_add(zones, name, NULL,
						 (struct answer_zone_traits){ 0 }, &zone),
				E_EXISTS);
			present[i] = true;
			count++;
		} else if (test_below(3) == 0) {
			assert_int_equal(
				zones_renew(zones, zones_find(zones, name), NULL,
					(struct answer_zone_traits){ .is_catalog = test_below(2) }),
				0);
		} else {
			zone = zones_find(zones, name);
			assert_int_equal(zones_remove(zones, zone), 0);
			/* Workers let go before the publication or after it. */
			if (removed_count == NAMES || test_below(2) == 0)
				zones_release(zone);
			else
				removed[removed_count++] = zone;
			present[i] = false;
			count--;
		}
		assert_int_equal(zones_count(zones), count);
		assert_int_equal(zones_find(zones, name) != NULL, present[i]);
		const struct answer_view *view = *zones_view(zones);
		if (view != NULL)
			assert_int_equal(view_has(view, name), published[i]);
	}
	assert_int_equal(zones_publish(zones, &settings, counted), 0);
	while (removed_count > 0)
		zones_release(removed[--removed_count]);
	rcu_barrier();
	assert_int_equal(__atomic_load_n(&owners_freed, __ATOMIC_SEQ_CST), publications);
	zones_free(zones);
	assert_int_equal(owners_freed, publications + 1);
}

static void first_attempts_are_counted_once(void **state)
{
	(void)state;
	struct zones *zones;
	struct server_zone *zone[3];
	uint8_t name[DNS_NAME_MAX];

	assert_int_equal(zones_new(&zones), 0);
	for (unsigned i = 0; i < 3; i++) {
		name_of(i, name);
		assert_int_equal(
			zones_add(zones, name, NULL, (struct answer_zone_traits){ 0 }, &zone[i]),
			0);
	}
	assert_int_equal(zones_untried(zones), 3);
	assert_false(zones_tried(zone[0]));
	assert_false(zones_tried(zone[0]));
	assert_int_equal(zones_remove(zones, zone[1]), 0);
	assert_int_equal(zones_untried(zones), 1);
	assert_true(zones_tried(zone[2]));
	assert_false(zones_tried(zone[2]));
	zones_release(zone[1]);
	zones_free(zones);
}

/* --- readers beside the writer --- */

struct readers {
	struct zones *zones;
	bool stop;
	uint64_t reads;
};

static void *read_all(void *arg)
{
	struct readers *r = arg;
	uint8_t name[DNS_NAME_MAX];

	rcu_register_thread();
	for (unsigned i = 0; !__atomic_load_n(&r->stop, __ATOMIC_RELAXED); i++) {
		const struct answer_view *view = PUBLISHED(*zones_view(r->zones));
		name_of(i % NAMES, name);
		(void)view_has(view, name);
		name_of(0, name); /* is there always */
		if (!view_has(view, name))
			abort();
		rcu_quiescent_state();
		__atomic_add_fetch(&r->reads, 1, __ATOMIC_RELAXED);
	}
	rcu_unregister_thread();
	return NULL;
}

static void readers_beside_the_writer_see_whole_views(void **state)
{
	(void)state;
	struct readers r = { 0 };
	struct server_zone *zone;
	uint8_t name[DNS_NAME_MAX];
	pthread_t threads[2];

	test_random_init();
	assert_int_equal(zones_new(&r.zones), 0);
	name_of(0, name);
	assert_int_equal(
		zones_add(r.zones, name, NULL, (struct answer_zone_traits){ 0 }, &zone), 0);
	assert_int_equal(zones_publish(r.zones, &settings, counted), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &r), 0);
	for (int step = 0; step < 4000 || __atomic_load_n(&r.reads, __ATOMIC_RELAXED) < 1000;
		step++) {
		name_of(1 + test_below(NAMES - 1), name);
		zone = zones_find(r.zones, name);
		if (zone == NULL) {
			assert_int_equal(zones_add(r.zones, name, NULL,
						 (struct answer_zone_traits){ 0 }, &zone),
				0);
		} else {
			assert_int_equal(zones_remove(r.zones, zone), 0);
			zones_release(zone);
		}
		if (test_below(4) == 0)
			assert_int_equal(zones_publish(r.zones, &settings, counted), 0);
	}
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	rcu_barrier();
	zones_free(r.zones);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_changes_show_at_publication),
		cmocka_unit_test(first_attempts_are_counted_once),
		cmocka_unit_test(readers_beside_the_writer_see_whole_views),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
