/*
 * Random edits of a trie against a naive model, a sorted list. After each edit: the trie holds what the list holds, in its
 * order; older roots that are still held are as they were; and what was retired or freed accounts for every array. Allocations
 * fail one after the other, and nothing has changed then.
 */
#include "test_util.h"

#include "dns/trie.h"
#include "dns/trie_build.h"

#define NAMES    400 /* distinct ones */
#define EDITS    300
#define EDIT_OPS 12
#define HELD     4
#define DEPTH    255

struct entry {
	uint32_t number;
	uint8_t name_len;
	uint8_t name[DNS_NAME_MAX + 1];
};

struct row {
	const struct entry *entry;
	uint32_t flags;
};

struct model {
	size_t count;
	struct row rows[NAMES];
};

static struct entry pool[2][NAMES]; /* the second has the same names: replacements */

/* ---- Names from few labels, so that they have much in common, of usual and of rare octets ---- */

static void random_name(uint8_t *ret)
{
	static const uint8_t octets[] = { 'a', 'b', 'z', '-', '_', '0', '9', 0, '*', '.', '/', ':',
		'@', '[', '^', '`', '{', 0x7f, 0xa8, 0xa9, 0xd6, 0xd7, 0xff };
	size_t at = 0;
	for (unsigned labels = test_below(7); labels > 0; labels--) {
		unsigned len = test_below(12) == 0 ? DNS_LABEL_MAX : 1 + test_below(2);
		if (at + 1 + len + 1 > DNS_NAME_MAX)
			break;
		ret[at++] = (uint8_t)len;
		for (; len > 0; len--)
			ret[at++] = octets[test_below(test_below(3) == 0 ? ARRAY_LEN(octets) : 3)];
	}
	ret[at] = 0;
}

static void make_pool(void)
{
	for (unsigned i = 0; i < NAMES; i++) {
		bool is_new;
		do {
			random_name(pool[0][i].name);
			pool[0][i].name_len = (uint8_t)dns_name_len(pool[0][i].name);
			is_new = true;
			for (unsigned k = 0; k < i && is_new; k++)
				is_new = !dns_name_equal(pool[0][k].name, pool[0][i].name);
		} while (!is_new);
		pool[1][i].name_len = pool[0][i].name_len;
		memcpy(pool[1][i].name, pool[0][i].name, sizeof(pool[1][i].name));
		pool[0][i].number = pool[1][i].number = i;
	}
}

/* ---- Memory that counts, checks sizes and fails when told to ---- */

struct block {
	size_t size;
	struct block *next; /* of those retired */
};

struct memory {
	size_t live;           /* octets */
	unsigned fail_at;      /* the nth allocation from now fails; 0: none */
	struct block *retired; /* by the edit that is open */
};

static void *memory_alloc(void *ctx, size_t size)
{
	struct memory *m = ctx;
	assert_int_equal(size % 8, 0);
	if (m->fail_at > 0 && --m->fail_at == 0)
		return NULL;
	struct block *b = malloc(sizeof(*b) + size);
	assert_non_null(b);
	b->size = size;
	m->live += size;
	return b + 1;
}

static void memory_free(void *ctx, void *ptr, size_t size)
{
	struct memory *m = ctx;
	struct block *b = (struct block *)ptr - 1;
	assert_int_equal(b->size, size);
	m->live -= size;
	free(b);
}

static void memory_retire(void *ctx, void *ptr, size_t size)
{
	struct memory *m = ctx;
	struct block *b = (struct block *)ptr - 1;
	assert_int_equal(b->size, size);
	b->next = m->retired;
	m->retired = b;
}

static void free_retired(struct memory *m, struct block *list)
{
	while (list != NULL) {
		struct block *next = list->next;
		memory_free(m, list + 1, list->size);
		list = next;
	}
}

static struct trie_edit edit_over(const struct trie *trie, struct memory *m, uint64_t number)
{
	return (struct trie_edit){ *trie, number, { memory_alloc, memory_free, memory_retire, m } };
}

static struct trie empty_trie(void)
{
	return (struct trie){ .name_offset = offsetof(struct entry, name) };
}

/* ---- The model ---- */

static size_t model_place(const struct model *model, const uint8_t *name, bool *found)
{
	size_t at = 0;
	int order = 1;
	while (at < model->count &&
		(order = dns_name_compare(model->rows[at].entry->name, name)) < 0)
		at++;
	*found = at < model->count && order == 0;
	return at;
}

static const struct entry *model_set(struct model *model, struct row row)
{
	bool found;
	size_t at = model_place(model, row.entry->name, &found);
	const struct entry *old = found ? model->rows[at].entry : NULL;
	if (!found)
		memmove(&model->rows[at + 1], &model->rows[at],
			(model->count++ - at) * sizeof(row));
	model->rows[at] = row;
	return old;
}

static const struct entry *model_remove(struct model *model, const uint8_t *name)
{
	bool found;
	size_t at = model_place(model, name, &found);
	if (!found)
		return NULL;
	const struct entry *old = model->rows[at].entry;
	memmove(&model->rows[at], &model->rows[at + 1], (--model->count - at) * sizeof(struct row));
	return old;
}

/* ---- Comparison of both ---- */

static void assert_same_order(const struct trie *trie, const struct model *model)
{
	struct trie_iter iter;
	assert_int_equal(trie->count, model->count);
	trie_iter_init(trie, &iter);
	for (size_t i = 0; i < model->count; i++) {
		const struct trie_node *leaf = trie_iter_next(&iter);
		assert_non_null(leaf);
		assert_ptr_equal(leaf->ptr, model->rows[i].entry);
		assert_int_equal(trie_leaf_flags(leaf), model->rows[i].flags);
	}
	assert_null(trie_iter_next(&iter));
	const struct trie_node *last = trie_last(trie);
	assert_ptr_equal(last != NULL ? last->ptr : NULL,
		model->count > 0 ? model->rows[model->count - 1].entry : NULL);
}

static const void *object_of(const struct trie_node *leaf)
{
	return leaf != NULL ? leaf->ptr : NULL;
}

static void assert_same_subtree(
	const struct trie *trie, const struct model *model, const uint8_t *name)
{
	struct trie_key key;
	struct trie_iter iter;
	trie_key_of(name, &key);
	trie_iter_init_below(trie, &key, &iter);
	for (size_t i = 0; i < model->count; i++) {
		if (dns_name_below(model->rows[i].entry->name, name) != 0)
			assert_ptr_equal(object_of(trie_iter_next(&iter)), model->rows[i].entry);
	}
	assert_null(trie_iter_next(&iter));
}

/* What trie_match says, from the definitions of its fields. */
static void assert_same_match(
	const struct trie *trie, const struct model *model, const uint8_t *name, uint32_t want)
{
	struct trie_key key;
	struct trie_match m;
	const struct row *exact = NULL, *flagged = NULL, *before = NULL, *suffix = NULL;
	unsigned labels = dns_name_labels(name), common = 0, flagged_labels = 0;
	bool is_prefix = false;
	for (size_t i = 0; i < model->count; i++)
		common = MAX(common, dns_name_common(model->rows[i].entry->name, name));
	for (size_t i = 0; i < model->count; i++) {
		const struct row *row = &model->rows[i];
		const uint8_t *other = row->entry->name;
		unsigned own = dns_name_labels(other);
		if (dns_name_compare(other, name) < 0)
			before = row;
		if (dns_name_common(other, name) == labels && own > labels)
			is_prefix = true;
		if (dns_name_below(name, other) == 0)
			continue;
		exact = own == labels ? row : exact;
		suffix =
			suffix == NULL || own > dns_name_labels(suffix->entry->name) ? row : suffix;
		if ((row->flags & want) != 0 && (flagged == NULL || own < flagged_labels)) {
			flagged = row;
			flagged_labels = own;
		}
	}
	trie_key_of(name, &key);
	trie_match(trie, &key, want, &m);
	assert_ptr_equal(object_of(m.exact), exact != NULL ? exact->entry : NULL);
	assert_int_equal(m.is_prefix, exact == NULL && is_prefix);
	assert_int_equal(m.encloser_labels, common);
	assert_ptr_equal(object_of(m.flagged), flagged != NULL ? flagged->entry : NULL);
	if (flagged != NULL)
		assert_int_equal(m.flagged_labels, flagged_labels);
	assert_ptr_equal(object_of(trie_find(trie, &key)), exact != NULL ? exact->entry : NULL);
	assert_ptr_equal(
		object_of(trie_find_suffix(trie, &key)), suffix != NULL ? suffix->entry : NULL);
	assert_ptr_equal(object_of(trie_find_prev(trie, &key, false)),
		before != NULL ? before->entry : NULL);
	const struct row *at_or_before = exact != NULL ? exact : before;
	assert_ptr_equal(object_of(trie_find_prev(trie, &key, true)),
		at_or_before != NULL ? at_or_before->entry : NULL);
}

static void assert_same(const struct trie *trie, const struct model *model)
{
	assert_same_order(trie, model);
	for (unsigned i = 0; i < 20; i++) {
		uint8_t name[DNS_NAME_MAX + 1];
		const uint8_t *known = pool[0][test_below(NAMES)].name;
		random_name(name);
		assert_same_match(trie, model, name, 1u << test_below(31));
		assert_same_match(trie, model, known, 1u << test_below(31));
		assert_same_subtree(trie, model, name);
		assert_same_subtree(
			trie, model, dns_name_skip(known, test_below(dns_name_labels(known) + 1)));
	}
}

/* ---- Edits ---- */

/* One random change of both. `grow`: how many of four changes insert. */
static int change(
	struct trie_edit *edit, struct model *model, unsigned which, unsigned grow, uint32_t flags)
{
	struct trie_key key;
	void *old = NULL;
	struct entry *entry = &pool[which / NAMES][which % NAMES];
	trie_key_of(entry->name, &key);
	if (grow > 0) {
		TRY(trie_set(edit, &key, entry, flags, &old));
		assert_ptr_equal(old, model_set(model, (struct row){ entry, flags }));
	} else {
		TRY(trie_remove(edit, &key, &old));
		assert_ptr_equal(old, model_remove(model, entry->name));
	}
	return 0;
}

static uint32_t random_flags(void)
{
	return (uint32_t)(test_random() & test_random() & test_random() & 0x7fffffff);
}

struct version {
	struct trie trie;
	struct model model;
	struct block *
		retired; /* by the edit that made the next one: nothing after this version uses them */
};

static void edits_of_a_trie_agree_with_a_list_and_leave_older_roots_alone(void **state)
{
	static struct version held[HELD]; /* oldest first; the last is the current one */
	struct memory m = { 0 };
	unsigned count = 1;
	(void)state;
	held[0] = (struct version){ .trie = empty_trie() };
	for (unsigned round = 1; round <= EDITS; round++) {
		struct trie_edit edit = edit_over(&held[count - 1].trie, &m, round);
		static struct model model;
		model = held[count - 1].model;
		unsigned grow = round == EDITS ? 0 : round / 50 % 2 == 0 ? 3 : 1;
		for (unsigned op = test_below(EDIT_OPS); op > 0; op--)
			assert_int_equal(change(&edit, &model, test_below(2 * NAMES),
						 test_below(4) < grow, random_flags()),
				0);
		if (round == EDITS) { /* nothing is left at the end */
			for (unsigned i = 0; i < NAMES; i++)
				assert_int_equal(change(&edit, &model, i, 0, 0), 0);
			assert_null(edit.trie.root.ptr);
		}
		assert_same(&edit.trie, &model);
		for (unsigned i = 0; i < count; i++)
			assert_same_order(&held[i].trie, &held[i].model);

		held[count - 1].retired = TAKE(m.retired);
		if (count == HELD) {
			free_retired(&m, held[0].retired);
			memmove(held, held + 1, (--count) * sizeof(held[0]));
		}
		held[count++] = (struct version){ edit.trie, model, NULL };
	}
	for (unsigned i = 0; i < count; i++)
		free_retired(&m, held[i].retired);
	assert_int_equal(m.live, 0);
}

static void change_without_memory_changes_nothing(void **state)
{
	static struct model model;
	struct memory m = { 0 };
	struct trie trie = empty_trie();
	unsigned failures = 0;
	(void)state;
	model.count = 0;
	for (unsigned round = 1; round <= 600; round++) {
		unsigned which = test_below(2 * NAMES), grow = round < 400 && test_below(4) < 3;
		uint32_t flags = random_flags();
		/* An edit of its own each time, so that all on the way is copied. */
		struct trie_edit edit = edit_over(&trie, &m, round);
		for (unsigned n = 1;; n++) {
			m.fail_at = n;
			int ret = change(&edit, &model, which, grow, flags);
			bool is_spent = m.fail_at == 0;
			m.fail_at = 0;
			if (ret == 0) {
				assert_false(is_spent);
				break;
			}
			assert_int_equal(ret, E_NOMEM);
			assert_same_order(&edit.trie, &model);
			failures++;
		}
		trie = edit.trie;
		free_retired(&m, TAKE(m.retired));
	}
	assert_true(failures > 600);
	struct trie_edit edit = edit_over(&trie, &m, 601);
	for (unsigned i = 0; i < NAMES; i++)
		assert_int_equal(change(&edit, &model, i, 0, 0), 0);
	free_retired(&m, TAKE(m.retired));
	assert_int_equal(m.live, 0);
}

/* ---- Tries built at once ---- */

static void trie_built_at_once_equals_one_of_insertions(void **state)
{
	static struct model model;
	(void)state;
	for (unsigned size = 0; size <= NAMES; size += 1 + size / 2) {
		struct memory one = { 0 }, other = { 0 };
		struct trie none = empty_trie();
		struct trie_edit slow = edit_over(&none, &one, 1),
				 fast = edit_over(&none, &other, 1);
		struct trie_builder *builder;
		struct trie_key key;
		model.count = 0;
		for (unsigned i = 0; i < size; i++)
			assert_int_equal(change(&slow, &model, i, 1, random_flags()), 0);
		assert_int_equal(trie_build_begin(&fast, &builder), 0);
		for (size_t i = 0; i < model.count; i++) {
			trie_key_of(model.rows[i].entry->name, &key);
			assert_int_equal(trie_build_add(builder, &key, (void *)model.rows[i].entry,
						 model.rows[i].flags),
				0);
		}
		assert_int_equal(trie_build_end(builder), 0);
		assert_same(&fast.trie, &model);
		assert_int_equal(one.live, other.live);
		for (unsigned i = 0; i < size; i++) {
			struct model copy = model;
			assert_int_equal(change(&slow, &copy, i, 0, 0), 0);
			assert_int_equal(change(&fast, &model, i, 0, 0), 0);
		}
		assert_int_equal(one.live, 0);
		assert_int_equal(other.live, 0);
	}
}

static void trie_built_of_names_that_dont_ascend_is_refused(void **state)
{
	struct memory m = { 0 };
	struct trie none = empty_trie();
	struct trie_edit edit = edit_over(&none, &m, 1);
	struct trie_builder *builder;
	struct trie_key key;
	(void)state;
	assert_int_equal(trie_build_begin(&edit, &builder), 0);
	trie_key_of(pool[0][0].name, &key);
	assert_int_equal(trie_build_add(builder, &key, &pool[0][0], 0), 0);
	assert_int_equal(trie_build_add(builder, &key, &pool[1][0], 0), E_INVALID);
	assert_int_equal(trie_build_end(builder), E_INVALID);
	assert_null(edit.trie.root.ptr);
	assert_int_equal(m.live, 0);
}

/* ---- The deepest trie that names allow ---- */

static const struct {
	const char *claim;
	uint8_t least, greater; /* octets; the second comes after the first */
	bool is_first; /* the common one comes first: all branches on the way are open at once */
} depth_cases[] = {
	{ "branch at each letter, deepest first", 'a', 'b', true },
	{ "branch at each letter, deepest last", 'b', 'a', false },
	{ "branch at each second symbol", 0xf0, 0xf1, true },
	{ "branch at each first symbol of rare octets", 0x01, 0xff, true },
};

/* The longest name, of one octet all over; then names that have i octets of it (from the root) and another one next. */
static size_t deep_names(uint8_t common, uint8_t other, struct entry *ret)
{
	size_t count = 0;
	uint8_t *longest = ret[count++].name;
	memset(longest, common, DNS_NAME_MAX);
	for (unsigned at = 0; at < 192; at += 64)
		longest[at] = 63;
	longest[192] = 61;
	longest[254] = 0;
	for (unsigned at = 1; at < 254; at++) {
		if (at == 64 || at == 128 || at == 192)
			continue;
		memcpy(ret[count].name, longest, DNS_NAME_MAX);
		ret[count++].name[at] = other;
	}
	for (size_t i = 0; i < count; i++)
		ret[i].name_len = DNS_NAME_MAX;
	return count;
}

static void iteration_of_the_deepest_trie_finds_all(void **state)
{
	static struct entry entries[2 * DEPTH];
	(void)state;
	for (size_t c = 0; c < ARRAY_LEN(depth_cases); c++) {
		struct memory m = { 0 };
		struct trie none = empty_trie();
		struct trie_edit edit = edit_over(&none, &m, 1);
		struct trie_key key;
		static struct model model;
		void *old;
		print_message("%s\n", depth_cases[c].claim);
		size_t count = deep_names(depth_cases[c].least, depth_cases[c].greater, entries);
		assert_true(count < NAMES);
		model.count = 0;
		for (size_t i = 0; i < count; i++) {
			trie_key_of(entries[i].name, &key);
			assert_int_equal(trie_set(&edit, &key, &entries[i], 0, &old), 0);
			model_set(&model, (struct row){ &entries[i], 0 });
		}
		assert_ptr_equal(
			model.rows[depth_cases[c].is_first ? 0 : count - 1].entry, &entries[0]);
		assert_same_order(&edit.trie, &model);
		for (size_t i = 0; i < count; i++)
			assert_same_match(&edit.trie, &model, entries[i].name, 1);
		for (size_t i = 0; i < count; i++) {
			trie_key_of(entries[i].name, &key);
			assert_int_equal(trie_remove(&edit, &key, &old), 0);
		}
		assert_int_equal(m.live, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iteration_of_the_deepest_trie_finds_all),
		cmocka_unit_test(edits_of_a_trie_agree_with_a_list_and_leave_older_roots_alone),
		cmocka_unit_test(change_without_memory_changes_nothing),
		cmocka_unit_test(trie_built_at_once_equals_one_of_insertions),
		cmocka_unit_test(trie_built_of_names_that_dont_ascend_is_refused),
	};
	test_random_init();
	make_pool();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
