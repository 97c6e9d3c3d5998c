/* conf: what is told about a configuration: changes that need a restart, options without effect; and its export. */
#include "base/product.h"
#include "conf/check.h"
#include "conf/conf.h"
#include <stdlib.h>

void conf_warn_restart(const struct conf *old, const struct conf *new_)
{
	static const char *const sections[] = { "server", "xdp" };
	/* The rest of the options that need a restart is left alone silently; what has no effect anyway was named. */
	static const char *const told[] = { "udp-workers", "tcp-workers", "background-workers",
		"tcp-reuseport", "socket-affinity", "listen", "listen-quic", "listen-tls",
		"remote-pool-limit", "udp", "tcp", "quic", "quic-port", "route-check", "zero-copy",
		"ring-size", "busypoll-budget", "busypoll-timeout" };
	static bool done[ARRAY_LEN(told)];
	for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
		const struct conf_section *section = conf_section_find(span_of_text(sections[s]));
		const struct conf_block *a =
			conf_tree_find(&old->tree, section, (struct span){ 0 });
		const struct conf_block *b =
			conf_tree_find(&new_->tree, section, (struct span){ 0 });
		for (size_t i = 0; i < ARRAY_LEN(told); i++) {
			const struct conf_item *item = conf_item_of(section, told[i]);
			if (item == NULL || !(item->flags & CONF_RESTART) || section->inert ||
				(item->flags & CONF_INERT) || conf_values_equal(a, b, item))
				continue;
			bool listen = strncmp(told[i], "listen", 6) == 0;
			size_t once =
				listen ? 5 : i; /* all addresses are one option to the operator */
			if (done[once])
				continue;
			done[once] = true;
			log_warning("changes of %s require restart to take effect",
				listen ? "listen(-xdp,-quic,-tls)" : told[i]);
		}
	}
}

static bool is_difference(struct span value)
{
	int64_t load = conf_value_number(value);
	return load == CONF_ZONEFILE_DIFFERENCE || load == CONF_ZONEFILE_DIFFERENCE_NO_SERIAL;
}

/* Which items of a section are set in what is looked at, by position. */
struct set_items {
	const struct conf_section *section;
	bool any;
	bool set[CONF_ITEMS_MAX];
	bool difference; /* zone files are to be compared */
};

static int note_items(void *ctx, const struct conf_block *block)
{
	struct set_items *items = ctx;
	items->any = true;
	for (const struct conf_value *v = conf_block_first(block); v != NULL;
		v = conf_block_after(v)) {
		items->set[v->item - items->section->items] = true;
		items->difference =
			items->difference || (strcmp(v->item->name, "zonefile-load") == 0 &&
						     is_difference(conf_value_span(v)));
	}
	return 0;
}

static int note_changed(void *ctx, const struct conf_block *old, const struct conf_block *new_)
{
	(void)old;
	return new_ != NULL ? note_items(ctx, new_) : 0;
}

/* What was told in this run of the daemon; one thread at a time applies configurations. */
struct told {
	bool section, items[CONF_ITEMS_MAX];
};

static bool first_time(bool *told)
{
	bool ret = !*told;
	*told = true;
	return ret;
}

static void tell(const struct set_items *items, struct told *told)
{
	const struct conf_section *s = items->section;
	if (s->inert) {
		if (items->any && first_time(&told->section))
			log_notice("config, section '%s' has no effect in this version", s->name);
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (items->set[i] && (s->items[i].flags & CONF_INERT) &&
			first_time(&told->items[i]))
			log_notice("config, option '%s.%s' has no effect in this version", s->name,
				s->items[i].name);
	}
}

void conf_note_inert(const struct conf *old, const struct conf *c)
{
	static struct told told[CONF_SECTIONS_MAX];
	static bool told_difference;
	bool difference = false;
	if (old == NULL) {
		memset(told, 0, sizeof(told));
		told_difference = false;
	}
	for (size_t s = 0; s < conf_section_count; s++) {
		struct set_items items = { .section = &conf_sections[s] };
		int error = old == NULL
				    ? conf_tree_each(&c->tree, items.section, note_items, &items)
				    : conf_tree_diff(&old->tree, &c->tree, items.section,
					      note_changed, &items);
		if (error != 0)
			return; /* never: the visitors don't fail */
		tell(&items, &told[s]);
		difference = difference || items.difference;
	}
	if (difference && first_time(&told_difference))
		log_notice("config, 'zonefile-load: difference' is not supported yet, zone "
			   "files are loaded whole");
}

static void put_quoted(struct buf *out, struct span text)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buf_char(out, '\\');
		buf_char(out, (char)text.data[i]);
	}
	buf_char(out, '"');
}

static void put_value(struct buf *out, const struct conf_item *item, struct span value)
{
	struct buf text = { 0 };
	conf_value_print(item, value, &text);
	put_quoted(out, buf_span(&text));
	buf_deinit(&text);
}

static void put_item(struct buf *out, const struct conf_block *block, const struct conf_item *item)
{
	const struct conf_value *v = conf_block_get(block, item);
	if (v == NULL)
		return;
	bool list = conf_value_next(v) != NULL;
	buf_printf(out, "    %s: %s", item->name, list ? "[ " : "");
	for (bool first = true; v != NULL; v = conf_value_next(v), first = false) {
		if (!first)
			buf_text(out, ", ");
		put_value(out, item, conf_value_span(v));
	}
	buf_text(out, list ? " ]\n" : "\n");
}

void conf_export(const struct conf *c, struct buf *out)
{
	buf_text(out, "# Configuration export (Knot DNS " PRODUCT_COMPATIBLE ")\n\n");
	for (size_t s = 0; s < conf_section_count; s++) {
		const struct conf_section *section = &conf_sections[s];
		const struct conf_block **blocks;
		size_t count;
		int error = conf_tree_sorted(&c->tree, section, &blocks, &count);
		if (error != 0) {
			out->error = error;
			return;
		}
		if (count > 0)
			buf_printf(out, "%s:\n", section->name);
		for (size_t b = 0; b < count; b++) {
			if (section->blocks) {
				buf_printf(out, "  - %s: ", section->items[0].name);
				put_value(out, &section->items[0], conf_block_id(blocks[b]));
				buf_char(out, '\n');
			}
			for (size_t i = section->blocks; i < section->count; i++)
				put_item(out, blocks[b], &section->items[i]);
			buf_char(out, '\n');
		}
		free(blocks);
	}
}
