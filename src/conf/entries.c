#include "conf/entries.h"
#include "conf/check.h"
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

/* --- keys --- */

static struct span lowered(struct span s, char *ret, size_t size)
{
	size_t len = MIN(s.len, size);

	for (size_t i = 0; i < len; i++)
		ret[i] = (char)tolower(s.data[i]);
	return (struct span){ (const uint8_t *)ret, len };
}

static int find_section(const struct conf_key *key, struct conf_target *ret)
{
	char name[128];

	if (key->section.data == NULL)
		return key->item.len > 0 ? E_CONFITEM : 0;
	struct span section = lowered(key->section, name, sizeof(name));
	ret->is_include = span_equal(section, span_of_text("include"));
	if (ret->is_include)
		return key->item.len > 0 ? E_CONFITEM : 0;
	ret->section = conf_section_find(section);
	if (ret->section == NULL)
		return E_CONFITEM;
	if (key->item.len == 0)
		return 0;
	ret->item = conf_item_find(ret->section, lowered(key->item, name, sizeof(name)));
	return ret->item != NULL ? 0 : E_CONFITEM;
}

int conf_target_find(const struct conf_key *key, struct conf_target *ret)
{
	TRY(find_section(key, ret));
	if (key->id.len == 0 || (ret->section == NULL && !ret->is_include))
		return 0;
	if (ret->is_include || !ret->section->blocks)
		return E_CONFNOID;
	ret->has_id = true;
	return conf_value_parse(&ret->section->items[0], key->id, &ret->id) == 0 ? 0 : E_INVALID;
}

void conf_target_deinit(struct conf_target *target)
{
	buf_deinit(&target->id);
}

/* --- units --- */

/* Where units go, with the memory that they lie in. */
struct output {
	struct conf_sink sink;
	char mark;
	struct buf id, value;
};

static void output_deinit(struct output *o)
{
	buf_deinit(&o->id);
	buf_deinit(&o->value);
}

static int put(struct output *o, const struct conf_entry *entry)
{
	TRY(o->id.error != 0 ? o->id.error : o->value.error);
	return o->sink.put(o->sink.ctx, entry);
}

/* Texts, also of nothing, are never absent. */
static struct span text_of(struct buf *b)
{
	return b->len > 0 ? buf_span(b) : span_of_text("");
}

static struct span print(const struct conf_item *item, struct span value, struct buf *out)
{
	buf_reset(out);
	conf_value_print(item, value, out);
	return text_of(out);
}

/* A block itself: the item is that of the identifier. */
static int put_id(struct output *o, const struct conf_section *s, struct span id)
{
	struct conf_entry entry = {
		.section = span_of_text(s->name),
		.item = span_of_text(s->items[0].name),
		.value = print(&s->items[0], id, &o->value),
		.mark = o->mark,
	};

	return put(o, &entry);
}

static int put_item(struct output *o, const struct conf_section *s, const struct conf_block *block,
	const struct conf_item *item)
{
	struct conf_entry entry = {
		.section = span_of_text(s->name),
		.item = span_of_text(item->name),
		.mark = o->mark,
	};
	const struct conf_value *v = conf_block_get(block, item);

	if (v != NULL && s->blocks)
		entry.id = print(&s->items[0], conf_block_id(block), &o->id);
	for (; v != NULL; v = conf_value_next(v)) {
		entry.value = print(item, conf_value_span(v), &o->value);
		TRY(put(o, &entry));
		entry.extra = true;
	}
	return 0;
}

/* A block, or one item of it. */
static int put_block(struct output *o, const struct conf_section *s, const struct conf_block *block,
	const struct conf_item *item)
{
	if (s->blocks && (item == NULL || item == &s->items[0]))
		TRY(put_id(o, s, conf_block_id(block)));
	if (item != NULL)
		return item == &s->items[0] && s->blocks ? 0 : put_item(o, s, block, item);
	for (size_t i = s->blocks; i < s->count; i++)
		TRY(put_item(o, s, block, &s->items[i]));
	return 0;
}

/* --- reading --- */

/* Sections in the order of answers: modules last. NULL ends. */
static const struct conf_section *section_at(size_t i)
{
	size_t n = 0;

	for (int modules = 0; modules < 2; modules++) {
		for (size_t s = 0; s < conf_section_count; s++) {
			bool module = strncmp(conf_sections[s].name, "mod-", 4) == 0;
			if (module == (modules == 1) && n++ == i)
				return &conf_sections[s];
		}
	}
	return NULL;
}

static int read_section(struct output *o, const struct conf_tree *tree,
	const struct conf_section *s, const struct conf_item *item)
{
	const struct conf_block **blocks;
	size_t count;
	int error = 0;

	TRY(conf_tree_sorted(tree, s, &blocks, &count));
	for (size_t i = 0; i < count && error == 0; i++)
		error = put_block(o, s, blocks[i], item);
	free(blocks);
	return error;
}

static int read_target(struct output *o, const struct conf_tree *tree, const struct conf_target *t)
{
	const struct conf_section *s;

	if (t->is_include)
		return E_NOTSUP;
	for (size_t i = 0; t->section == NULL && (s = section_at(i)) != NULL; i++)
		TRY(read_section(o, tree, s, NULL));
	if (t->section == NULL)
		return 0;
	if (!t->has_id)
		return read_section(o, tree, t->section, t->item);
	const struct conf_block *block = conf_tree_find(tree, t->section, buf_span(&t->id));
	return block != NULL ? put_block(o, t->section, block, t->item) : E_CONFID;
}

int conf_entries_read(
	const struct conf_tree *tree, const struct conf_key *key, struct conf_sink sink)
{
	struct output output = { .sink = sink };
	struct conf_target target = { 0 };

	int error = conf_target_find(key, &target);
	if (error == 0)
		error = read_target(&output, tree, &target);
	conf_target_deinit(&target);
	output_deinit(&output);
	return error;
}

/* --- listing --- */

static int list_sections(struct output *o)
{
	const struct conf_section *s;
	struct conf_entry entry = { 0 };

	for (size_t i = 0; (s = section_at(i)) != NULL; i++) {
		/* The directive stands between them. */
		if (strncmp(s->name, "mod-", 4) == 0 && section_at(i - 1) == conf_section_zone) {
			entry.section = span_of_text("include");
			TRY(put(o, &entry));
		}
		entry.section = span_of_text(s->name);
		TRY(put(o, &entry));
	}
	return 0;
}

static int list_choices(
	struct output *o, const struct conf_section *s, const struct conf_item *item)
{
	struct conf_entry entry = { .section = span_of_text(s->name),
		.item = span_of_text(item->name) };

	if (item->type != CONF_OPT && item->type != CONF_OPTINT)
		return 0;
	for (const char *p = item->choices; *p != '\0';) {
		entry.value = (struct span){ (const uint8_t *)p, strcspn(p, "|/=") };
		TRY(put(o, &entry));
		p += strcspn(p, "|");
		p += *p == '|';
	}
	return 0;
}

static int list_schema(struct output *o, const struct conf_target *t)
{
	struct conf_entry entry = { .section = span_of_text(t->section->name) };

	if (t->item != NULL)
		return list_choices(o, t->section, t->item);
	for (size_t i = 0; i < t->section->count; i++) {
		entry.item = span_of_text(t->section->items[i].name);
		TRY(put(o, &entry));
	}
	return 0;
}

static int list_ids(struct output *o, const struct conf_tree *tree, const struct conf_target *t)
{
	const struct conf_section *s = t->section;
	const struct conf_block **blocks;
	size_t count;
	int error = 0;

	TRY(conf_tree_sorted(tree, s, &blocks, &count));
	for (size_t i = 0; i < count && error == 0; i++) {
		struct conf_entry entry = { .section = span_of_text(s->name) };
		struct span id = print(&s->items[0], conf_block_id(blocks[i]), &o->id);
		if (t->item == NULL) {
			entry.id = id;
		} else {
			entry.item = span_of_text(t->item->name);
			entry.value = id;
		}
		error = put(o, &entry);
	}
	free(blocks);
	return error;
}

static int list_target(struct output *o, const struct conf_tree *tree, const struct conf_target *t,
	enum conf_list_kind kind)
{
	if (t->is_include)
		return 0;
	if (t->section == NULL)
		return list_sections(o);
	if (kind == CONF_LIST_SCHEMA)
		return list_schema(o, t);
	if (t->section->blocks && (t->item == NULL || conf_target_is_id(t)))
		return list_ids(o, tree, t);
	if (t->item == NULL)
		return E_NOTSUP;
	return t->has_id || !t->section->blocks ? read_target(o, tree, t) : 0;
}

int conf_entries_list(const struct conf_tree *tree, const struct conf_key *key,
	enum conf_list_kind kind, struct conf_sink sink)
{
	struct output output = { .sink = sink };
	struct conf_target target = { 0 };

	int error = conf_target_find(key, &target);
	if (error == 0)
		error = list_target(&output, tree, &target, kind);
	conf_target_deinit(&target);
	output_deinit(&output);
	return error;
}

/* --- differences --- */

/* Blocks of a section that are different; either may be NULL. */
struct pair {
	const struct conf_block *old, *new_;
};
struct pairs {
	struct pair *items;
	size_t count, room;
};

static int add_pair(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	struct pairs *p = ctx;

	if (p->count == p->room) {
		size_t room = p->room > 0 ? 2 * p->room : 16;
		struct pair *items = realloc(p->items, room * sizeof(*items));
		if (items == NULL)
			return E_NOMEM;
		p->items = items;
		p->room = room;
	}
	p->items[p->count++] = (struct pair){ old, new_ };
	return 0;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	struct span s = conf_block_id(x->old != NULL ? x->old : x->new_);
	struct span t = conf_block_id(y->old != NULL ? y->old : y->new_);
	int order = memcmp(s.data, t.data, MIN(s.len, t.len));

	return order != 0 ? order : (s.len > t.len) - (s.len < t.len);
}

static int diff_item(struct output *o, const struct conf_section *s, const struct pair *pair,
	const struct conf_item *item)
{
	if (conf_values_equal(pair->old, pair->new_, item))
		return 0;
	o->mark = '-';
	TRY(put_item(o, s, pair->old, item));
	o->mark = '+';
	return put_item(o, s, pair->new_, item);
}

static int diff_block(struct output *o, const struct conf_section *s, const struct pair *pair,
	const struct conf_item *item)
{
	if (s->blocks && (pair->old == NULL) != (pair->new_ == NULL) &&
		(item == NULL || item == &s->items[0])) {
		o->mark = pair->old != NULL ? '-' : '+';
		TRY(put_id(o, s, conf_block_id(pair->old != NULL ? pair->old : pair->new_)));
	}
	for (size_t i = s->blocks; i < s->count; i++) {
		if (item == NULL || item == &s->items[i])
			TRY(diff_item(o, s, pair, &s->items[i]));
	}
	return 0;
}

static int diff_section(struct output *o, const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_section *s, const struct conf_item *item)
{
	struct pairs pairs = { 0 };

	int error = conf_tree_diff(old, new_, s, add_pair, &pairs);
	if (error == 0 && pairs.count > 0)
		qsort(pairs.items, pairs.count, sizeof(*pairs.items), compare_pairs);
	for (size_t i = 0; i < pairs.count && error == 0; i++)
		error = diff_block(o, s, &pairs.items[i], item);
	free(pairs.items);
	return error;
}

static int diff_target(struct output *o, const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_target *t)
{
	const struct conf_section *s;

	if (t->is_include)
		return E_NOTSUP;
	for (size_t i = 0; t->section == NULL && (s = section_at(i)) != NULL; i++)
		TRY(diff_section(o, old, new_, s, NULL));
	if (t->section == NULL)
		return 0;
	if (!t->has_id)
		return diff_section(o, old, new_, t->section, t->item);
	struct pair pair = { conf_tree_find(old, t->section, buf_span(&t->id)),
		conf_tree_find(new_, t->section, buf_span(&t->id)) };
	if (pair.old == NULL && pair.new_ == NULL)
		return E_CONFID;
	return pair.old != pair.new_ ? diff_block(o, t->section, &pair, t->item) : 0;
}

int conf_entries_diff(const struct conf_tree *old, const struct conf_tree *new_,
	const struct conf_key *key, struct conf_sink sink)
{
	struct output output = { .sink = sink };
	struct conf_target target = { 0 };

	int error = conf_target_find(key, &target);
	if (error == 0)
		error = diff_target(&output, old, new_, &target);
	conf_target_deinit(&target);
	output_deinit(&output);
	return error;
}
