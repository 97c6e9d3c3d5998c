/*
 * Keys of the trie: their order is the canonical order of names, and they don't depend on how they were made (in vectors
 * or octet by octet, in either case of letters). Look-ups agree with a list of names.
 */
#include "test_util.h"

#include "dns/trie.h"
#include "dns/trie_prefetch.h"

#define NAMES 300

static struct {
	uint8_t name_len;
	uint8_t name[DNS_NAME_MAX + 1];
} entries[NAMES];

/* Labels of usual and of rare octets, short and long; from few letters, so that names have much in common. */
static void random_name(uint8_t *ret)
{
	static const uint8_t usual[] = "ab-_09z", rare[] = { 0, '!', '.', '/', ':', '@', '[', '`',
		'{', 0x7f, 0xa8, 0xa9, 0xff };
	static const uint8_t lengths[] = { 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63 };
	size_t at = 0;

	for (unsigned labels = test_below(6); labels > 0; labels--) {
		size_t len = lengths[test_below(test_below(4) == 0 ? ARRAY_LEN(lengths) : 3)];
		bool is_rare = test_below(4) == 0;
		if (at + 1 + len + 1 > DNS_NAME_MAX)
			break;
		ret[at++] = (uint8_t)len;
		for (; len > 0; len--)
			ret[at++] = is_rare && test_below(2) == 0
					    ? rare[test_below(ARRAY_LEN(rare))]
					    : usual[test_below(7)];
	}
	ret[at] = 0;
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static int key_compare(const struct trie_key *a, const struct trie_key *b)
{
	size_t len = MIN(a->len, b->len);
	int order = memcmp(a->symbols, b->symbols, len);
	return order != 0 ? sign(order) : (int)a->len - (int)b->len;
}

static void order_of_keys_is_canonical(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t a[DNS_NAME_MAX + 1], b[DNS_NAME_MAX + 1];
		struct trie_key ka, kb;
		random_name(a);
		random_name(b);
		trie_key_of(a, &ka);
		trie_key_of(b, &kb);
		assert_int_equal(sign(key_compare(&ka, &kb)), sign(dns_name_compare(a, b)));
		assert_int_equal(ka.labels, dns_name_labels(a));
		for (unsigned i = 0; i < ka.labels; i++)
			assert_int_equal(ka.label_at[i], dns_name_skip(a, ka.labels - i - 1u) - a);
		assert_int_equal(ka.symbols[ka.len], 0);
	}
}

static void case_of_letters_doesnt_matter(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		uint8_t lower[DNS_NAME_MAX + 1], mixed[DNS_NAME_MAX + 1];
		struct trie_key a, b;
		random_name(lower);
		size_t len = dns_name_len(lower);
		memcpy(mixed, lower, len);
		for (const uint8_t *label = lower; *label != 0; label += 1 + *label) {
			for (unsigned i = 1; i <= *label; i++) {
				if (label[i] >= 'a' && label[i] <= 'z' && test_below(2) == 0)
					mixed[label + i - lower] -= 32;
			}
		}
		trie_key_of(lower, &a);
		trie_key_of(mixed, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.symbols, b.symbols, a.len);
	}
}

/* ---- Look-ups against a list ---- */

static void *memory_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void memory_free(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	(void)size;
	free(ptr);
}

static unsigned common_labels(const uint8_t *a, const uint8_t *b)
{
	return dns_name_common(a, b);
}

static const uint8_t *name_of(const struct trie_node *leaf)
{
	return leaf != NULL ? (const uint8_t *)leaf->ptr + 1 : NULL;
}

/* Walks of several names in step end at leaves, those for names that are there (and not too deep to be walked) at their own. */
static void check_walks(const struct trie *trie)
{
	for (unsigned round = 0; round < 2000; round++) {
		struct trie_walk walks[8];
		const struct trie_node *own[8];
		const unsigned count = test_below(9);

		for (unsigned i = 0; i < count; i++) {
			uint8_t name[DNS_NAME_MAX + 1];
			struct trie_key key;
			random_name(name);
			trie_key_of(
				test_below(2) == 0 ? entries[test_below(NAMES)].name : name, &key);
			trie_walk_init(&key, &walks[i]);
			walks[i].node = &trie->root;
			own[i] = key.len < TRIE_WALK_SYMBOLS ? trie_find(trie, &key) : NULL;
		}
		trie_walk_all(walks, count);
		for (unsigned i = 0; i < count; i++) {
			struct trie_key key;
			trie_key_of(name_of(walks[i].node), &key);
			assert_ptr_equal(trie_find(trie, &key), walks[i].node);
			if (own[i] != NULL)
				assert_ptr_equal(walks[i].node, own[i]);
		}
	}
}

static void lookups_agree_with_a_list(void **state)
{
	struct trie_edit edit = { .trie = { .name_offset = offsetof(__typeof__(entries[0]), name) },
		.number = 1,
		.mem = { memory_alloc, memory_free, memory_free, NULL } };
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < NAMES; i++) {
		struct trie_key key;
		void *old;
		random_name(entries[count].name);
		entries[count].name_len = (uint8_t)dns_name_len(entries[count].name);
		trie_key_of(entries[count].name, &key);
		if (trie_find(&edit.trie, &key) != NULL)
			continue;
		assert_int_equal(
			trie_set(&edit, &key, &entries[count], (uint32_t)(count % 2), &old), 0);
		count++;
	}
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t name[DNS_NAME_MAX + 1];
		struct trie_key key;
		struct trie_match m;
		random_name(name);
		if (round % 2 == 0) /* near one that is there */
			memcpy(name, entries[test_below(count)].name, sizeof(name));
		if (round % 4 == 0 && name[0] != 0)
			name[name[0]] = 'b';
		trie_key_of(name, &key);

		const uint8_t *exact = NULL, *suffix = NULL, *before = NULL;
		unsigned common = 0, labels = dns_name_labels(name);
		bool is_prefix = false;
		for (unsigned i = 0; i < count; i++) {
			unsigned n = common_labels(entries[i].name, name);
			common = MAX(common, n);
			if (dns_name_equal(entries[i].name, name))
				exact = entries[i].name;
			else if (n == labels)
				is_prefix = true;
			if (dns_name_below(name, entries[i].name) != 0 &&
				(suffix == NULL ||
					dns_name_labels(entries[i].name) > dns_name_labels(suffix)))
				suffix = entries[i].name;
			if (dns_name_compare(entries[i].name, name) < 0 &&
				(before == NULL || dns_name_compare(entries[i].name, before) > 0))
				before = entries[i].name;
		}
		const struct trie_node *found = trie_find(&edit.trie, &key);
		assert_ptr_equal(name_of(found), exact);
		found = trie_find_suffix(&edit.trie, &key);
		assert_ptr_equal(name_of(found), suffix);
		found = trie_find_prev(&edit.trie, &key, false);
		assert_ptr_equal(name_of(found), before);
		found = trie_find_prev(&edit.trie, &key, true);
		assert_ptr_equal(name_of(found), exact != NULL ? exact : before);
		trie_match(&edit.trie, &key, 0, &m);
		assert_ptr_equal(name_of(m.exact), exact);
		if (exact == NULL)
			assert_int_equal(m.is_prefix, is_prefix);
		assert_int_equal(m.encloser_labels, common);
	}
	check_walks(&edit.trie);
	for (unsigned i = 0; i < count; i++) {
		struct trie_key key;
		void *old;
		trie_key_of(entries[i].name, &key);
		assert_int_equal(trie_remove(&edit, &key, &old), 0);
		assert_ptr_equal(old, &entries[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_keys_is_canonical),
		cmocka_unit_test(case_of_letters_doesnt_matter),
		cmocka_unit_test(lookups_agree_with_a_list),
	};
	test_random_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
