#include "conf/yaml.h"
#include "base/file.h"
#include "base/log.h"
#include "conf/check.h"
#include "conf/value.h"
#include <fnmatch.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define INCLUDE_MAX 6 /* levels below the main file */
#define KEY_MAX     127

struct reader {
	struct conf_reader *conf;
	const char *path;
	const uint8_t *pos, *end; /* of the text */
	unsigned line;
	const struct conf_section *section; /* open, or NULL */
	struct conf_block *block;           /* open, or NULL */
	unsigned dash_column;               /* of this section's dashes; 0: none yet */
	unsigned indent;                    /* of this section's or block's items; 0: none yet */
};

/* One line taken apart. */
struct line {
	unsigned column; /* of the key */
	bool has_dash;
	unsigned dash_column;
	struct span key;
};

/* --- messages --- */

static int syntax_error(const struct reader *r, const char *why)
{
	log_error("config, file '%s', line %u (%s)", r->path, r->line, why);
	return E_PARSE;
}

static int item_error(const struct reader *r, struct span item, struct span value, const char *why)
{
	if (value.len > 0)
		log_error("config, file '%s', line %u, item '%.*s', value '%.*s' (%s)", r->path, r->line, (int)item.len,
			item.data, (int)value.len, value.data, why);
	else
		log_error("config, file '%s', line %u, item '%.*s' (%s)", r->path, r->line, (int)item.len, item.data, why);
	return E_PARSE;
}

/* --- sections --- */

static int end_block(struct reader *r, unsigned line)
{
	const char *why = NULL;
	if (r->block == NULL)
		return 0;
	if (conf_check_block(r->conf->tree, r->section, r->block, &why) == 0) {
		r->block = NULL;
		return 0;
	}
	if (r->section->blocks) {
		struct buf id = { 0 };
		conf_value_print(&r->section->items[0], conf_block_id(r->block), &id);
		log_error("config, file '%s', line %u, section '%s[%.*s]' (%s)", r->path, line, r->section->name, (int)id.len,
			id.len > 0 ? (const char *)id.data : "", why);
		buf_deinit(&id);
	} else {
		log_error("config, file '%s', line %u, section '%s' (%s)", r->path, line, r->section->name, why);
	}
	return E_PARSE;
}

static int open_section(struct reader *r, struct span key)
{
	r->section = conf_section_find(key);
	r->dash_column = r->indent = 0;
	if (r->section == NULL) {
		if (key.len > 4 && memcmp(key.data, "mod-", 4) == 0) {
			char why[KEY_MAX + 32];
			snprintf(why, sizeof(why), "unknown module '%.*s'", (int)key.len, key.data);
			return item_error(r, key, (struct span){ 0 }, why);
		}
		return item_error(r, key, (struct span){ 0 }, err_text(E_CONFITEM));
	}
	return 0;
}

/* The block of a section without identifiers, made at its first item. */
static int open_simple(struct reader *r)
{
	r->block = conf_tree_find(r->conf->tree, r->section, (struct span){ 0 });
	return r->block != NULL ? 0 : conf_tree_add(r->conf->tree, r->section, (struct span){ 0 }, &r->block);
}

/* --- values --- */

/* Take one value at r->pos into `out` (escapes undone). False: malformed. */
static bool take_value(struct reader *r, struct buf *out)
{
	const uint8_t *p = r->pos;
	bool quoted = p < r->end && *p == '"', closed = !quoted;
	buf_reset(out);
	if (quoted)
		p++;
	for (; p < r->end; p++) {
		uint8_t c = *p;
		if (quoted && c == '"') {
			closed = true;
			p++;
			break;
		}
		if (c < 0x20 || c == 0x7f || (!quoted && strchr(" \"#[],", c) != NULL))
			break;
		if (c == '\\') {
			if (p + 1 == r->end || p[1] < 0x20 || p[1] > 0x7e)
				return false;
			if (p[1] != '"')
				buf_char(out, '\\');
			c = *++p;
		}
		buf_char(out, (char)c);
	}
	bool any = quoted || p > r->pos;
	r->pos = p;
	return closed && any;
}

static void skip_blanks(struct reader *r)
{
	while (r->pos < r->end && *r->pos == ' ')
		r->pos++;
}

static bool at_line_end(const struct reader *r)
{
	return r->pos == r->end || *r->pos == '\n' || *r->pos == '\r';
}

/* Blanks, a comment, the end of the line. `spaced`: blanks came before. */
static bool finish_line(struct reader *r)
{
	const uint8_t *begin = r->pos;
	skip_blanks(r);
	if (r->pos < r->end && *r->pos == '#') {
		if (r->pos == begin)
			return false;
		while (!at_line_end(r))
			r->pos++;
	}
	return at_line_end(r);
}

typedef int (*value_handler)(struct reader *r, const struct line *line, struct span value, bool *any);

static const char *odd_character(const struct reader *r)
{
	return r->pos < r->end && *r->pos == '\t' ? err_text(E_CONFTAB) : err_text(E_PARSE);
}

/* The values behind a key, one by one; an empty one counts as a value. */
static int each_value(struct reader *r, const struct line *line, value_handler handler)
{
	struct buf value = { 0 };
	bool any = false, spaced = r->pos < r->end && *r->pos == ' ';
	int ret = 0;
	skip_blanks(r);
	if (at_line_end(r) || *r->pos == '#') {
		if (!at_line_end(r) && !spaced)
			return syntax_error(r, odd_character(r));
		while (!at_line_end(r))
			r->pos++;
		return handler(r, line, (struct span){ 0 }, &any);
	}
	if (!spaced)
		return syntax_error(r, odd_character(r));
	bool list = *r->pos == '[';
	if (list) {
		r->pos++;
		skip_blanks(r);
	}
	if (list && r->pos < r->end && *r->pos == ']') {
		r->pos++;
		ret = handler(r, line, (struct span){ 0 }, &any);
		list = false;
	} else {
		for (;;) {
			if (!take_value(r, &value)) {
				ret = syntax_error(r, odd_character(r));
				break;
			}
			ret = value.error != 0 ? value.error : handler(r, line, buf_span(&value), &any);
			if (ret != 0 || !list)
				break;
			skip_blanks(r);
			if (r->pos < r->end && *r->pos == ',') {
				r->pos++;
				skip_blanks(r);
				continue;
			}
			if (r->pos < r->end && *r->pos == ']') {
				r->pos++;
				break;
			}
			ret = syntax_error(r, odd_character(r));
			break;
		}
	}
	buf_deinit(&value);
	if (ret == 0 && !finish_line(r))
		ret = syntax_error(r, odd_character(r));
	return ret;
}

static int set_value(struct reader *r, const struct line *line, struct span text, bool *any)
{
	const struct conf_item *item = conf_item_find(r->section, line->key);
	struct buf value = { 0 };
	const char *why = NULL;
	(void)any;
	if (item->flags & CONF_OBSOLETE)
		log_notice("config, line %u, option '%s.%s' is obsolete and has no effect", r->line, r->section->name, item->name);
	int ret = conf_value_parse(item, text, &value);
	if (ret != 0) {
		why = err_text(ret);
	} else {
		ret = conf_check_value(r->conf->tree, r->section, r->block, item, buf_span(&value), &why);
		if (ret == 0)
			ret = conf_tree_set(r->conf->tree, r->block, item, buf_span(&value));
	}
	buf_deinit(&value);
	return ret == 0 ? 0 : item_error(r, line->key, text, why != NULL ? why : err_text(ret));
}

static int set_id(struct reader *r, const struct line *line, struct span text, bool *any)
{
	const struct conf_item *item = &r->section->items[0];
	struct buf id = { 0 };
	const char *why = NULL;
	if (*any)
		return item_error(r, line->key, text, err_text(E_CONFNOVALUE));
	*any = true;
	if (text.len == 0)
		return item_error(r, line->key, text, err_text(E_CONFMISSVALUE));
	int ret = conf_value_parse(item, text, &id);
	if (ret == 0)
		ret = conf_check_value(r->conf->tree, r->section, NULL, item, buf_span(&id), &why);
	if (ret == 0)
		ret = conf_tree_add(r->conf->tree, r->section, buf_span(&id), &r->block);
	buf_deinit(&id);
	return ret == 0 ? 0 : item_error(r, line->key, text, why != NULL ? why : err_text(ret));
}

/* --- directives --- */

static int note_file(const struct reader *r, const char *path, const struct stat *st)
{
	return r->conf->file != NULL ? r->conf->file(r->conf->ctx, path, st) : 0;
}

static int include_one(struct reader *r, const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		log_warning("config, failed to access '%s' (%s)", path, err_text(err_errno()));
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode)) {
		log_warning("config, invalid include file '%s'", path);
		return 0;
	}
	r->conf->depth++;
	int ret = conf_read_file(r->conf, path);
	r->conf->depth--;
	return ret;
}

static int include(struct reader *r, const struct line *line, struct span value, bool *any)
{
	char pattern[PATH_MAX], *real = NULL;
	glob_t found;
	(void)any;
	if (value.len == 0)
		return item_error(r, line->key, value, err_text(E_CONFMISSVALUE));
	if (r->conf->depth >= INCLUDE_MAX) {
		log_error("config, include loop detected");
		return item_error(r, line->key, value, err_text(E_PARSE));
	}
	int n;
	if (value.data[0] == '/' || (real = realpath(r->path, NULL)) == NULL) {
		n = snprintf(pattern, sizeof(pattern), "%.*s", (int)value.len, value.data);
	} else {
		n = snprintf(pattern, sizeof(pattern), "%s/%.*s", dirname(real), (int)value.len, value.data);
		/* The directory tells whether files came or went. */
		struct stat st;
		char *slash = n > 0 && n < (int)sizeof(pattern) ? strrchr(pattern, '/') : NULL;
		if (slash != NULL && strchr(slash, '*') != NULL) {
			*slash = 0;
			if (stat(pattern, &st) == 0)
				(void)!note_file(r, pattern, &st);
			*slash = '/';
		}
	}
	free(real);
	if (n < 0 || n >= (int)sizeof(pattern))
		return item_error(r, line->key, value, err_text(E_SPACE));
	int ret = glob(pattern, 0, NULL, &found);
	if (ret == GLOB_NOMATCH)
		return strchr(pattern, '*') != NULL ? 0 : item_error(r, line->key, value, err_text(E_FILE));
	if (ret != 0)
		return item_error(r, line->key, value, err_text(E_FILE));
	for (size_t i = 0; i < found.gl_pathc && ret == 0; i++)
		ret = include_one(r, found.gl_pathv[i]);
	globfree(&found);
	return ret == 0 ? 0 : item_error(r, line->key, value, err_text(E_PARSE));
}

static int clear(struct reader *r, const struct line *line, struct span value, bool *any)
{
	char pattern[KEY_MAX + 1];
	(void)any;
	if (value.len == 0 || value.len > KEY_MAX)
		return item_error(r, line->key, value, err_text(E_CONFMISSVALUE));
	memcpy(pattern, value.data, value.len);
	pattern[value.len] = 0;
	for (size_t i = 0; i < conf_section_count; i++) {
		if (fnmatch(pattern, conf_sections[i].name, FNM_NOESCAPE | FNM_EXTMATCH) == 0) {
			log_debug("clearing section '%s'", conf_sections[i].name);
			conf_tree_clear(r->conf->tree, &conf_sections[i]);
		}
	}
	return 0;
}

/* --- lines --- */

static bool is_key_char(uint8_t c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\\' || c == '/' ||
		c == '.' || c == '_' || c == '*' || (!first && c == '-');
}

/* "key :" at r->pos. The cursor ends behind the colon. */
static bool take_key(struct reader *r, struct span *ret)
{
	const uint8_t *begin = r->pos;
	while (r->pos < r->end && is_key_char(*r->pos, r->pos == begin))
		r->pos++;
	*ret = (struct span){ begin, (size_t)(r->pos - begin) };
	skip_blanks(r);
	if (ret->len == 0 || ret->len > KEY_MAX || r->pos == r->end || *r->pos != ':')
		return false;
	r->pos++;
	return true;
}

static int key0(struct reader *r, const struct line *line)
{
	TRY(end_block(r, r->line - 1));
	r->section = NULL;
	bool is_include = line->key.len == 7 && memcmp(line->key.data, "include", 7) == 0;
	bool is_clear = line->key.len == 5 && memcmp(line->key.data, "clear", 5) == 0;
	if (is_include || is_clear)
		return each_value(r, line, is_include ? include : clear);
	TRY(open_section(r, line->key));
	const uint8_t *before = r->pos;
	skip_blanks(r);
	if (!at_line_end(r) && !(*r->pos == '#' && r->pos > before))
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFNOVALUE));
	while (!at_line_end(r))
		r->pos++;
	return 0;
}

static int dash_line(struct reader *r, const struct line *line)
{
	if (r->section == NULL)
		return syntax_error(r, err_text(E_PARSE));
	TRY(end_block(r, r->line - 1));
	if (line->dash_column > 1) {
		if (r->dash_column > 0 && r->dash_column != line->dash_column)
			return syntax_error(r, err_text(E_CONFINDENT));
		r->dash_column = line->dash_column;
	}
	const struct conf_item *item = conf_item_find(r->section, line->key);
	if (item == NULL)
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFITEM));
	if (!r->section->blocks)
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFID));
	if (item != &r->section->items[0])
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFMISSID));
	r->indent = line->column;
	return each_value(r, line, set_id);
}

static int key1(struct reader *r, const struct line *line)
{
	if (r->section == NULL)
		return syntax_error(r, err_text(E_PARSE));
	const struct conf_item *item = conf_item_find(r->section, line->key);
	if (r->section->blocks ? r->block != NULL && line->column != r->indent : r->indent != 0 && line->column != r->indent)
		return syntax_error(r, err_text(E_CONFINDENT));
	if (item == NULL)
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFITEM));
	if (r->section->blocks && item == &r->section->items[0])
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFNOID));
	if (r->section->blocks && r->block == NULL)
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_CONFMISSID));
	if (!r->section->blocks) {
		r->indent = line->column;
		TRY(open_simple(r));
	}
	return each_value(r, line, set_value);
}

static int read_line(struct reader *r)
{
	struct line line = { 0 };
	const uint8_t *begin = r->pos;
	skip_blanks(r);
	if (at_line_end(r) || *r->pos == '#') {
		while (!at_line_end(r))
			r->pos++;
		return 0;
	}
	if (*r->pos == '-') {
		line.has_dash = true;
		line.dash_column = (unsigned)(r->pos - begin) + 1;
		r->pos++;
		if (r->pos == r->end || *r->pos != ' ')
			return syntax_error(r, odd_character(r));
		skip_blanks(r);
	}
	line.column = (unsigned)(r->pos - begin) + 1;
	if (!take_key(r, &line.key))
		return syntax_error(r, odd_character(r));
	if (line.has_dash)
		return dash_line(r, &line);
	return line.column == 1 ? key0(r, &line) : key1(r, &line);
}

int conf_read_text(struct conf_reader *conf, struct span text, const char *path)
{
	struct reader r = { .conf = conf, .path = path, .pos = text.data, .end = text.data + text.len, .line = 1 };
	while (r.pos < r.end) {
		TRY(read_line(&r));
		if (r.pos < r.end) {
			r.line += *r.pos == '\n';
			r.pos++;
		}
	}
	bool ended = text.len == 0 || text.data[text.len - 1] == '\n';
	return end_block(&r, r.line + !ended);
}

int conf_read_file(struct conf_reader *conf, const char *path)
{
	struct file_map map;
	int ret = file_map_open(path, &map);
	if (ret != 0) {
		log_error("config, file '%s' (%s)", path, err_text(ret));
		return ret;
	}
	ret = conf->file != NULL ? conf->file(conf->ctx, path, &map.st) : 0;
	if (ret == 0)
		ret = conf_read_text(conf, map.bytes, path);
	file_map_close(&map);
	return ret;
}
