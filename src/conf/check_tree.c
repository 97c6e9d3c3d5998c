/* conf/check: a whole tree, or what changed in it. */
#include "base/log.h"
#include "conf/check.h"
#include "conf/value.h"

struct tree_check {
	struct conf_tree *tree;
	const struct conf_section *section;
	struct conf_fault *fault;
};

static int check_block(void *ctx, const struct conf_block *block)
{
	struct tree_check *t = ctx;
	struct conf_fault *f = t->fault;

	*f = (struct conf_fault){ .section = t->section, .block = block };
	if (t->section->blocks) {
		f->item = &t->section->items[0];
		TRY(conf_check_value(
			t->tree, t->section, NULL, f->item, conf_block_id(block), &f->why));
	}
	for (const struct conf_value *v = conf_block_first(block); v != NULL;
		v = conf_block_after(v)) {
		f->item = v->item;
		f->value = v;
		TRY(conf_check_value(
			t->tree, t->section, block, v->item, conf_value_span(v), &f->why));
	}
	f->item = NULL;
	f->value = NULL;
	return conf_check_block(t->tree, t->section, block, &f->why);
}

static int check_changed(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	(void)old;
	return new_ != NULL ? check_block(ctx, new_) : 0;
}

/* Nothing refers to zones; anything else may be referred to. */
static bool only_zones_differ(const struct conf_tree *old, const struct conf_tree *new_)
{
	for (size_t i = 0; i < conf_section_count; i++) {
		const struct conf_section *s = &conf_sections[i];
		if (s != conf_section_zone && conf_tree_differs(old, new_, s))
			return false;
	}
	return true;
}

int conf_check_tree(struct conf_tree *tree, const struct conf_tree *old, struct conf_fault *fault)
{
	struct tree_check t = { .tree = tree, .fault = fault };

	if (old != NULL && only_zones_differ(old, tree)) {
		t.section = conf_section_zone;
		return conf_tree_diff(old, tree, t.section, check_changed, &t);
	}
	for (size_t i = 0; i < conf_section_count; i++) {
		t.section = &conf_sections[i];
		TRY(conf_tree_each(tree, t.section, check_block, &t));
	}
	return 0;
}

void conf_fault_log(const struct conf_fault *f, struct span id)
{
	struct buf place = { 0 };

	if (f->block != NULL)
		id = conf_block_id(f->block);
	buf_text(&place, f->section != NULL ? f->section->name : "");
	if (f->section != NULL && f->section->blocks && id.len > 0) {
		buf_char(&place, '[');
		conf_value_print(&f->section->items[0], id, &place);
		buf_char(&place, ']');
	}
	if (f->item != NULL)
		buf_printf(&place, ".%s", f->item->name);
	log_error("config, %s '%s' (%s)", f->item != NULL ? "item" : "section",
		place.error == 0 ? (const char *)place.data : "",
		f->why != NULL ? f->why : err_text(E_CONFVALUE));
	buf_deinit(&place);
}
