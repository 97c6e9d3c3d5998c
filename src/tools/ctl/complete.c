/* knotc: what Tab offers. Zones, identifiers, items and values come from the server. */
#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "dns/name.h"
#include "tools/common.h"
#include "tools/ctl/ctl.h"
#include <glob.h>
#include <histedit.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Words that may stand at the cursor: those that begin with what is there. */
struct offers {
	char **words;
	size_t count;
	const char *prefix;
	bool open; /* nothing follows a single one: more is to be typed */
};

static void offer_len(struct offers *o, const char *word, size_t len)
{
	size_t prefix = strlen(o->prefix);

	if (len < prefix || memcmp(word, o->prefix, prefix) != 0)
		return;
	if ((o->count & (o->count - 1)) == 0) { /* full: the room is a power of two */
		char **words = realloc(o->words, MAX(2 * o->count, (size_t)1) * sizeof(*words));
		if (words == NULL)
			return;
		o->words = words;
	}
	o->words[o->count] = strndup(word, len);
	o->count += o->words[o->count] != NULL;
}

static void offer(struct offers *o, const char *word)
{
	offer_len(o, word, strlen(word));
}

static void offers_deinit(struct offers *o)
{
	for (size_t i = 0; i < o->count; i++)
		free(o->words[i]);
	free(o->words);
}

/* --- from the server --- */

/* A conf-list request, and how its units become words. */
struct listing {
	struct span section, item, id;
	const char *filters;
	enum control_item take;
	const char *before, *after; /* around the word */
};

static void put(struct control_unit *unit, enum control_item item, struct span s)
{
	if (s.data != NULL)
		control_put(unit, item, s);
}

static void offer_listing(const struct ctl *ctl, const struct listing *l, struct offers *o)
{
	struct control_unit unit = { .type = CONTROL_DATA };
	struct ctl quick = *ctl;
	struct control *control;

	quick.has_timeout = true;
	quick.timeout = 5;
	if (ctl_connect(&quick, &control) != 0)
		return;
	control_put(&unit, CONTROL_CMD, span_of_text("conf-list"));
	put(&unit, CONTROL_SECTION, l->section);
	put(&unit, CONTROL_ITEM, l->item);
	put(&unit, CONTROL_ID, l->id);
	if (l->filters[0] != '\0') {
		control_put(&unit, CONTROL_FILTERS, span_of_text(l->filters));
		control_put(&unit, CONTROL_FLAGS, span_of_text(l->filters)); /* older servers */
	}
	int error = control_send(control, &unit);
	if (error == 0)
		error = control_send_type(control, CONTROL_BLOCK);
	while (error == 0 && (error = control_receive(control, &unit)) == 0 &&
		(unit.type == CONTROL_DATA || unit.type == CONTROL_EXTRA)) {
		struct buf word = { 0 };
		if (control_has(&unit, CONTROL_ERROR) || !control_has(&unit, l->take))
			continue;
		buf_text(&word, l->before);
		buf_append(&word, unit.items[l->take].data, unit.items[l->take].len);
		buf_text(&word, l->after);
		if (word.error == 0)
			offer_len(o, (const char *)word.data, word.len);
		buf_deinit(&word);
	}
	if (error == 0)
		(void)!control_send_type(control, CONTROL_END);
	control_free(control);
}

/* --- kinds of words --- */

static int offer_zone(void *ctx, const struct conf_zone *zone)
{
	char text[DNS_NAME_TEXT_SIZE];

	dns_name_print(zone->block->id, text);
	offer(ctx, text);
	return 0;
}

static void offer_zones(const struct ctl *ctl, const struct ctl_command *command, struct offers *o)
{
	struct listing zones = { .filters = "z", .take = CONTROL_ID, .before = "", .after = "" };
	struct source source = ctl->source;
	struct conf *conf;

	if ((command->flags & CTL_LOCAL) == 0) {
		zones.section = span_of_text("zone");
		offer_listing(ctl, &zones, o);
	} else if (source_choose(&source, true) == 0 && ctl_load_conf(&source, &conf) == 0) {
		(void)!conf_each_zone(conf, offer_zone, o);
		conf_unref(conf);
	}
}

static void offer_paths(struct offers *o, bool directories)
{
	struct buf pattern = { 0 };
	glob_t found;

	buf_text(&pattern, o->prefix);
	buf_char(&pattern, '*');
	if (pattern.error == 0 &&
		glob((const char *)pattern.data, GLOB_MARK | (directories ? GLOB_ONLYDIR : 0), NULL,
			&found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			offer(o, found.gl_pathv[i]);
		globfree(&found);
	}
	buf_deinit(&pattern);
	o->open = true;
}

static void offer_filters(
	const struct ctl_command *command, int count, const char **words, struct offers *o)
{
	for (const struct ctl_filter *f = command->filters; f != NULL && f->name != NULL; f++) {
		bool typed = false;
		for (int i = 1; i < count; i++)
			typed = typed || strcmp(words[i], f->name) == 0;
		if (!typed || strcmp(o->prefix, f->name) == 0)
			offer(o, f->name);
	}
}

/* section, section[id], section.item, section[id].item */
static void offer_items(const struct ctl *ctl, const struct ctl_command *command, struct offers *o)
{
	bool in_txn = command->words == CTL_ITEMS_IN_TXN;
	const char *word = o->prefix;
	size_t section = strcspn(word, "[.");
	const char *bracket = word[section] == '[' ? strrchr(word, ']') : NULL;
	struct listing l = { .filters = in_txn ? "t" : "", .before = "", .after = "" };
	char *before = NULL;

	o->open = true;
	l.section = (struct span){ (const uint8_t *)word, section };
	if (word[section] == '\0') {
		l.section = (struct span){ 0 };
		l.take = CONTROL_SECTION;
		l.filters = "";
	} else if (word[section] == '[' && bracket == NULL) {
		l.take = CONTROL_ID;
		l.after = "]";
		before = strndup(word, section + 1);
	} else {
		size_t end = bracket != NULL ? (size_t)(bracket + 1 - word) : section;
		if (word[end] != '.' && word[end] != '\0')
			return;
		l.take = CONTROL_ITEM;
		l.filters = "s";
		if (asprintf(&before, "%.*s.", (int)end, word) < 0)
			before = NULL;
	}
	if (before != NULL)
		l.before = before;
	offer_listing(ctl, &l, o);
	free(before);
}

/* Values for the item typed before. */
static void offer_values(const struct ctl *ctl, const char *item_text, struct offers *o)
{
	struct ctl_item item;
	char *copy = strdup(item_text);

	if (copy == NULL || ctl_parse_item(copy, &item) != NULL || item.item.len == 0) {
		free(copy);
		return;
	}
	struct listing l = { .section = item.section,
		.item = item.item,
		.take = CONTROL_VALUE,
		.before = "",
		.after = "" };
	l.filters = "s"; /* what may be */
	offer_listing(ctl, &l, o);
	l.filters = "t"; /* what is there */
	l.id = item.id;
	offer_listing(ctl, &l, o);
	const struct conf_section *section = conf_section_find(item.section);
	const struct conf_item *known = section != NULL ? conf_item_find(section, item.item) : NULL;
	if (known != NULL && known->type == CONF_BOOL) {
		offer(o, "on");
		offer(o, "off");
	}
	/* Identifiers that a reference may name. */
	const char *p = known != NULL && known->type == CONF_REF ? known->choices : "";
	for (; *p != '\0'; p += *p == '|') {
		size_t len = strcspn(p, "|");
		struct listing ids = { .section = { (const uint8_t *)p, len },
			.filters = "t",
			.take = CONTROL_ID,
			.before = "",
			.after = "" };
		if (*p != '*')
			offer_listing(ctl, &ids, o);
		p += len;
	}
	free(copy);
}

static void offer_arguments(const struct ctl *ctl, const struct ctl_command *command, int at,
	int count, const char **words, struct offers *o)
{
	const struct ctl_filter *before = at > 1 ? ctl_find_filter(command, words[at - 1]) : NULL;

	if (o->prefix[0] == '+') {
		offer_filters(command, count, words, o);
		return;
	}
	if (before != NULL && before->has_value) {
		offer_paths(o, true);
		return;
	}
	switch (command->words) {
	case CTL_ZONES:
		if (strcmp(command->name, "zone-key-rollover") == 0 && at == 2) {
			offer(o, "zsk");
			offer(o, "ksk");
		} else {
			offer_zones(ctl, command, o);
		}
		break;
	case CTL_ITEMS:
		offer_items(ctl, command, o);
		break;
	case CTL_ITEMS_IN_TXN:
		if (at > 1 && command->run == ctl_run_values)
			offer_values(ctl, words[1], o);
		else
			offer_items(ctl, command, o);
		break;
	case CTL_DETAILS:
		offer(o, "version");
		offer(o, "workers");
		offer(o, "configure");
		offer(o, "cert-key");
		break;
	case CTL_PATHS:
		offer_paths(o, false);
		break;
	default:
		break;
	}
}

/* --- showing --- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once, and without zones that stand on the line already. */
static void tidy(struct offers *o, int count, const char **words, int at)
{
	size_t kept = 0;

	if (o->count > 0)
		qsort(o->words, o->count, sizeof(*o->words), compare);
	for (size_t i = 0; i < o->count; i++) {
		bool drop = kept > 0 && strcmp(o->words[kept - 1], o->words[i]) == 0;
		for (int k = 1; k < count && !drop; k++)
			drop = k != at && strcmp(words[k], o->words[i]) == 0;
		if (drop)
			free(o->words[i]);
		else
			o->words[kept++] = o->words[i];
	}
	o->count = kept;
}

static size_t common_length(const struct offers *o)
{
	size_t len = strlen(o->words[0]);

	for (size_t i = 1; i < o->count; i++) {
		size_t n = 0;
		while (n < len && o->words[i][n] == o->words[0][n])
			n++;
		len = n;
	}
	return len;
}

/* Show them in columns, by pages. */
static void show(EditLine *el, const struct offers *o)
{
	struct winsize size = { 0 };
	size_t width = 0;
	char answer = 'y';

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	size_t rows = size.ws_row > 1 ? size.ws_row : 24,
	       width_of_line = size.ws_col > 0 ? size.ws_col : 80;
	for (size_t i = 0; i < o->count; i++)
		width = MAX(width, strlen(o->words[i]) + 2);
	size_t columns = MAX(width_of_line / width, (size_t)1);
	size_t page = columns * (rows - 1);
	putchar('\n');
	for (size_t i = 0; i < o->count; i++) {
		if (i > 0 && i % page == 0) {
			printf("Display next from %zu possibilities? (y or n)", o->count);
			fflush(stdout);
			if (el_getc(el, &answer) != 1 || (answer != 'y' && answer != ' '))
				answer = 'n';
			putchar('\n');
			if (answer == 'n')
				break;
		}
		bool last = (i + 1) % columns == 0 || i + 1 == o->count;
		printf("%-*s%s", last ? 0 : (int)width, o->words[i], last ? "\n" : "");
	}
	fflush(stdout);
}

static unsigned char insert(EditLine *el, struct offers *o)
{
	size_t typed = strlen(o->prefix);

	if (o->count == 0)
		return CC_REFRESH_BEEP;
	size_t common = common_length(o);
	if (common > typed) {
		o->words[0][common] = '\0';
		if (el_insertstr(el, o->words[0] + typed) != 0)
			return CC_ERROR;
	}
	if (o->count == 1 && !o->open && el_insertstr(el, " ") != 0)
		return CC_ERROR;
	if (o->count > 1 && common == typed) {
		show(el, o);
		return CC_REDISPLAY;
	}
	return CC_REFRESH;
}

unsigned char ctl_complete(EditLine *el, int key)
{
	Tokenizer *tokenizer = tok_init(NULL);
	struct offers offers = { 0 };
	const struct ctl *ctl = NULL;
	const char **words;
	int count, at, offset;
	unsigned char ret = CC_ERROR;

	(void)key;
	el_get(el, EL_CLIENTDATA, &ctl);
	if (tokenizer == NULL ||
		tok_line(tokenizer, el_line(el), &count, &words, &at, &offset) != 0) {
		tok_end(tokenizer);
		return ret;
	}
	char *prefix = strndup(at < count ? words[at] : "", (size_t)offset);
	offers.prefix = prefix != NULL ? prefix : "";
	if (count == 0) {
		putchar('\n');
		ctl_list();
		ret = CC_REDISPLAY;
	} else {
		const struct ctl_command *command = at > 0 ? ctl_find(words[0]) : NULL;
		for (const struct ctl_command *c = ctl_commands; at == 0 && c->name != NULL; c++) {
			if (c->run != NULL)
				offer(&offers, c->name);
		}
		if (command != NULL)
			offer_arguments(ctl, command, at, count, words, &offers);
		tidy(&offers, count, words, at);
		ret = insert(el, &offers);
	}
	offers_deinit(&offers);
	free(prefix);
	tok_end(tokenizer);
	return ret;
}
