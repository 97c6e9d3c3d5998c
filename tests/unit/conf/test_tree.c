/*
 * Random changes of a tree in versions, against a naive model: each version is an array of what it holds. What one version changes no
 * other sees, and differences are those of the models.
 */
#include "test_util.h"

#include "conf/settings.h"
#include "conf/tree.h"

#define IDS      150
#define ITEMS    3
#define VALUES   4
#define VERSIONS 4
#define ROUNDS   20000

struct model {
	bool there[IDS];
	unsigned char order[IDS][ITEMS][VALUES]; /* values in order of setting, 1 on; 0 ends */
};

static struct conf_tree trees[VERSIONS];
static struct model models[VERSIONS];
static const struct conf_section *section;
static const struct conf_item *items[ITEMS];

static struct span id_of(unsigned id, char text[8])
{
	int n = snprintf(text, 8, "z%03u", id);
	return (struct span){ (const uint8_t *)text, (size_t)n };
}

static struct span value_of(unsigned value, char text[40])
{
	int n = snprintf(text, 40, "%0*u", (int)(value * 9), value);
	return (struct span){ (const uint8_t *)text, (size_t)n };
}

static unsigned count_of(const struct model *m, unsigned id, unsigned item)
{
	unsigned n = 0;
	while (n < VALUES && m->order[id][item][n] != 0)
		n++;
	return n;
}

static void set_one(unsigned v, unsigned id, unsigned item)
{
	struct model *m = &models[v];
	char id_text[8], text[40];
	unsigned value = 1 + test_below(VALUES - 1), n = count_of(m, id, item);
	const struct conf_block *block = conf_tree_find(&trees[v], section, id_of(id, id_text));
	assert_non_null(block);
	assert_int_equal(
		conf_tree_set(&trees[v], section, &block, items[item], value_of(value, text)), 0);
	assert_ptr_equal(block, conf_tree_find(&trees[v], section, id_of(id, id_text)));
	for (unsigned i = 0; i < n; i++) {
		if (m->order[id][item][i] == value)
			return;
	}
	if ((items[item]->flags & CONF_MULTI) == 0)
		n = 0;
	m->order[id][item][n] = (unsigned char)value;
	if (n + 1 < VALUES)
		m->order[id][item][n + 1] = 0;
}

static void unset_one(unsigned v, unsigned id, unsigned item)
{
	struct model *m = &models[v];
	char id_text[8], text[40];
	unsigned n = count_of(m, id, item), all = test_below(2), at = 0;
	unsigned value = 1 + test_below(VALUES - 1);
	const struct conf_block *block = conf_tree_find(&trees[v], section, id_of(id, id_text));
	while (at < n && m->order[id][item][at] != value)
		at++;
	int error = conf_tree_unset(&trees[v], section, &block, items[item],
		all ? (struct span){ 0 } : value_of(value, text));
	bool there = all ? n > 0 : at < n;
	assert_int_equal(error, there ? 0 : E_NOENT);
	if (!there)
		return;
	if (all)
		m->order[id][item][0] = 0;
	for (; !all && at < n; at++)
		m->order[id][item][at] = at + 1 < VALUES ? m->order[id][item][at + 1] : 0;
}

static void check_block(const struct model *m, unsigned id, const struct conf_block *block)
{
	char id_text[8], text[40];
	unsigned total = 0, seen = 0;
	assert_true(span_equal(conf_block_id(block), id_of(id, id_text)));
	for (unsigned item = 0; item < ITEMS; item++) {
		const struct conf_value *v = conf_block_get(block, items[item]);
		unsigned n = count_of(m, id, item);
		for (unsigned i = 0; i < n; i++, v = conf_value_next(v)) {
			assert_non_null(v);
			assert_true(span_equal(
				conf_value_span(v), value_of(m->order[id][item][i], text)));
		}
		assert_null(v);
		total += n;
	}
	for (const struct conf_value *v = conf_block_first(block); v != NULL;
		v = conf_block_after(v))
		seen++;
	assert_int_equal(seen, total);
}

static int count_block(void *ctx, const struct conf_block *block)
{
	(void)block;
	++*(unsigned *)ctx;
	return 0;
}

static void check_tree(unsigned v)
{
	const struct model *m = &models[v];
	const struct conf_block **sorted;
	unsigned count = 0, visited = 0;
	size_t sorted_count;
	char text[8];
	assert_int_equal(conf_tree_sorted(&trees[v], section, &sorted, &sorted_count), 0);
	for (unsigned id = 0; id < IDS; id++) {
		const struct conf_block *block =
			conf_tree_find(&trees[v], section, id_of(id, text));
		assert_int_equal(block != NULL, m->there[id]);
		if (block == NULL)
			continue;
		check_block(m, id, block);
		assert_true(count < sorted_count && sorted[count] == block);
		count++;
	}
	assert_int_equal(sorted_count, count);
	assert_int_equal(conf_tree_count(&trees[v], section), count);
	assert_int_equal(conf_tree_each(&trees[v], section, count_block, &visited), 0);
	assert_int_equal(visited, count);
	free(sorted);
}

struct differences {
	const struct model *old, *new_;
	bool seen[IDS];
};

static int see(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	struct differences *d = ctx;
	unsigned id = (unsigned)atoi((const char *)(old != NULL ? old : new_)->id + 1);
	assert_true(old != NULL || new_ != NULL);
	assert_false(d->seen[id]);
	d->seen[id] = true;
	assert_int_equal(old != NULL, d->old->there[id]);
	assert_int_equal(new_ != NULL, d->new_->there[id]);
	if (old != NULL)
		check_block(d->old, id, old);
	if (new_ != NULL)
		check_block(d->new_, id, new_);
	return 0;
}

static bool same_values(const struct model *a, const struct model *b, unsigned id)
{
	for (unsigned item = 0; item < ITEMS; item++) {
		unsigned n = count_of(a, id, item);
		if (n != count_of(b, id, item) ||
			memcmp(a->order[id][item], b->order[id][item], n) != 0)
			return false;
	}
	return true;
}

/* What differs is told; what is told without a difference was touched and put back, which is fine but never for what is only
 * in one. */
static void check_difference(unsigned a, unsigned b)
{
	struct differences d = { .old = &models[a], .new_ = &models[b] };
	bool any = false;
	assert_int_equal(conf_tree_diff(&trees[a], &trees[b], section, see, &d), 0);
	for (unsigned id = 0; id < IDS; id++) {
		bool in_a = models[a].there[id], in_b = models[b].there[id];
		if (in_a != in_b || (in_a && !same_values(&models[a], &models[b], id)))
			assert_true(d.seen[id]);
		any = any || d.seen[id];
	}
	assert_int_equal(conf_tree_differs(&trees[a], &trees[b], section), any);
}

static void copy_version(unsigned from, unsigned to)
{
	if (from == to)
		return;
	conf_tree_deinit(&trees[to]);
	assert_int_equal(conf_tree_copy(&trees[from], &trees[to]), 0);
	models[to] = models[from];
	assert_false(conf_tree_differs(&trees[from], &trees[to], section));
}

static void change(unsigned v)
{
	struct model *m = &models[v];
	unsigned id = test_below(IDS), item = test_below(ITEMS);
	const struct conf_block *block;
	char text[8];
	switch (test_below(16)) {
	case 0 ... 3:
		assert_int_equal(conf_tree_add(&trees[v], section, id_of(id, text), &block),
			m->there[id] ? E_CONFDUPID : 0);
		if (!m->there[id])
			memset(m->order[id], 0, sizeof(m->order[id]));
		m->there[id] = true;
		break;
	case 4 ... 5:
		assert_int_equal(conf_tree_remove(&trees[v], section, id_of(id, text)),
			m->there[id] ? 0 : E_NOENT);
		m->there[id] = false;
		break;
	case 6 ... 11:
		if (m->there[id])
			set_one(v, id, item);
		break;
	case 12 ... 14:
		if (m->there[id])
			unset_one(v, id, item);
		break;
	default:
		if (test_below(40) == 0) {
			conf_tree_clear(&trees[v], section);
			memset(m->there, 0, sizeof(m->there));
		}
	}
}

static void versions_equal_their_models(void **state)
{
	(void)state;
	test_random_init();
	section = conf_section_find(span_of_text("remote"));
	items[0] = conf_item_find(section, span_of_text("address")); /* several values */
	items[1] = conf_item_find(section, span_of_text("key"));
	items[2] = conf_item_find(section, span_of_text("via"));
	for (unsigned v = 0; v < VERSIONS; v++)
		assert_int_equal(conf_tree_init(&trees[v]), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		change(test_below(VERSIONS));
		if (test_below(30) == 0)
			copy_version(test_below(VERSIONS), test_below(VERSIONS));
		if (round % 50 == 0) {
			for (unsigned v = 0; v < VERSIONS; v++)
				check_tree(v);
			check_difference(test_below(VERSIONS), test_below(VERSIONS));
		}
	}
	for (unsigned v = 0; v < VERSIONS; v++)
		conf_tree_deinit(&trees[v]);
}

static void settings_stay_beside_unchanged_zones(void **state)
{
	(void)state;
	struct conf_zone_settings *settings = calloc(1, sizeof(*settings)), *found;
	const struct conf_item *file = conf_item_find(conf_section_zone, span_of_text("file"));
	struct span a = { (const uint8_t *)"\1a", 3 }, b = { (const uint8_t *)"\1b", 3 };
	const struct conf_block *block;
	struct conf_tree tree, copy;
	settings->refs = 1;
	assert_int_equal(conf_tree_init(&tree), 0);
	assert_int_equal(conf_tree_set_settings(&tree, a, settings), E_NOENT);
	assert_int_equal(conf_tree_add(&tree, conf_section_zone, a, &block), 0);
	assert_int_equal(conf_tree_add(&tree, conf_section_zone, b, &block), 0);
	assert_int_equal(conf_tree_set_settings(&tree, a, settings), 0);
	assert_int_equal(conf_tree_set_settings(&tree, b, settings), 0);
	assert_int_equal(conf_tree_copy(&tree, &copy), 0);
	assert_int_equal(
		conf_tree_set(&copy, conf_section_zone, &block, file, span_of_text("f")), 0);
	assert_non_null(conf_tree_find_zone(&copy, a, &found));
	assert_ptr_equal(found, settings);
	assert_ptr_equal(conf_tree_find_zone(&copy, b, &found), block);
	assert_null(found);
	assert_non_null(conf_tree_find_zone(&tree, b, &found));
	assert_ptr_equal(found, settings);
	conf_tree_deinit(&tree);
	conf_tree_deinit(&copy);
	assert_int_equal(settings->refs, 1);
	conf_zone_settings_unref(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_equal_their_models),
		cmocka_unit_test(settings_stay_beside_unchanged_zones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
