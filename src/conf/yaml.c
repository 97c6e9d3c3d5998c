#include "conf/yaml.h"
#include "base/file.h"
#include "base/log.h"
#include "conf/check.h"
#include "conf/value.h"
#include <fnmatch.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#define INCLUDE_MAX 6 /* levels below the main file */
#define KEY_MAX     127
#define ID_MAX      255 /* octets of an identifier in binary form; texts count with their final zero */

struct reader {
	struct conf_reader *conf;
	const char *path;
	const uint8_t *pos, *end; /* of the text */
	unsigned line;
	const struct conf_section *section; /* open, or NULL */
	const struct conf_block *block;     /* open, or NULL */
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
		log_error("config, file '%s', line %u, item '%.*s', value '%.*s' (%s)", r->path,
			r->line, (int)item.len, item.data, (int)value.len, value.data, why);
	else
		log_error("config, file '%s', line %u, item '%.*s' (%s)", r->path, r->line,
			(int)item.len, item.data, why);
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
		log_error("config, file '%s', line %u, section '%s[%.*s]' (%s)", r->path, line,
			r->section->name, (int)id.len, id.len > 0 ? (const char *)id.data : "",
			why);
		buf_deinit(&id);
	} else {
		log_error("config, file '%s', line %u, section '%s' (%s)", r->path, line,
			r->section->name, why);
	}
	return E_PARSE;
}

/* The handler of a section's header, which has no value. */
static int open_section(struct reader *r, const struct line *line, struct span text, bool *any)
{
	struct span key = line->key;
	(void)any;
	r->section = conf_section_find(key);
	r->dash_column = r->indent = 0;
	if (r->section == NULL && key.len >= 4 && memcmp(key.data, "mod-", 4) == 0) {
		log_error("config, file '%s', line %u, unknown module '%.*s'", r->path, r->line,
			(int)key.len, key.data);
		return E_PARSE;
	}
	if (r->section == NULL)
		return item_error(r, key, text, err_text(E_CONFITEM));
	return text.len == 0 ? 0 : item_error(r, key, text, err_text(E_CONFNOVALUE));
}

/* The block of a section without identifiers, made at its first item. */
static int open_simple(struct reader *r)
{
	r->block = conf_tree_find(r->conf->tree, r->section, (struct span){ 0 });
	return r->block != NULL
		       ? 0
		       : conf_tree_add(r->conf->tree, r->section, (struct span){ 0 }, &r->block);
}

/* --- values --- */

/* Take one value at r->pos into `out` (escapes undone). False: malformed; `out` has what there is of it, for the message. */
static bool take_value(struct reader *r, struct buf *out)
{
	const uint8_t *p = r->pos, *begin = p;
	bool quoted = p < r->end && *p == '"', closed = !quoted, good = true;
	if (p == r->end || *p < 0x20 || *p == 0x7f || strchr(" #[],", *p) != NULL)
		return false;
	buf_reset(out);
	if (quoted)
		p++;
	for (; p < r->end && good; p++) {
		uint8_t c = *p;
		if (quoted && c == '"') {
			closed = true;
			p++;
			break;
		}
		if (c < 0x20 || c == 0x7f || (!quoted && strchr(" \"#[],", c) != NULL))
			break;
		if (c == '\\') {
			good = p + 1 < r->end && p[1] >= 0x20 && p[1] <= 0x7e;
			if (!good || p[1] != '"')
				buf_char(out, '\\');
			if (!good)
				continue;
			c = *++p;
		}
		buf_char(out, (char)c);
	}
	r->pos = p;
	return good && closed && p > begin;
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

typedef int (*value_handler)(
	struct reader *r, const struct line *line, struct span value, bool *any);

static const char *odd_character(const struct reader *r)
{
	return r->pos < r->end && *r->pos == '\t' ? err_text(E_CONFTAB) : err_text(E_PARSE);
}

/* The comma or bracket behind a value of a list. 0: the list has ended, 1: it goes on, else an error. */
static int next_in_list(struct reader *r)
{
	skip_blanks(r);
	if (r->pos == r->end || (*r->pos != ',' && *r->pos != ']'))
		return E_PARSE;
	bool more = *r->pos++ == ',';
	if (more)
		skip_blanks(r);
	return more;
}

static int list_values(
	struct reader *r, const struct line *line, struct buf *value, value_handler handler)
{
	bool any = false;
	int more = 1;
	skip_blanks(r);
	if (r->pos < r->end && *r->pos == ']') {
		r->pos++;
		return handler(r, line, (struct span){ 0 }, &any);
	}
	while (more == 1) {
		if (!take_value(r, value))
			return item_error(r, line->key, buf_span(value), odd_character(r));
		TRY(value->error != 0 ? value->error : handler(r, line, buf_span(value), &any));
		more = next_in_list(r);
	}
	return more == 0 ? 0 : item_error(r, line->key, buf_span(value), odd_character(r));
}

static int some_values(
	struct reader *r, const struct line *line, struct buf *value, value_handler handler)
{
	bool any = false, spaced = r->pos < r->end && *r->pos == ' ';
	const uint8_t *begin = r->pos;
	skip_blanks(r);
	if (at_line_end(r) || (spaced && *r->pos == '#')) {
		r->pos = begin; /* a comment needs a blank before it */
		return handler(r, line, (struct span){ 0 }, &any);
	}
	if (!spaced)
		return item_error(r, line->key, (struct span){ 0 }, odd_character(r));
	if (*r->pos == '[') {
		r->pos++;
		return list_values(r, line, value, handler);
	}
	if (!take_value(r, value))
		return item_error(r, line->key, buf_span(value), odd_character(r));
	return value->error != 0 ? value->error : handler(r, line, buf_span(value), &any);
}

/* The values behind a key, one by one, and the rest of the line; an empty one counts as a value. */
static int each_value(struct reader *r, const struct line *line, value_handler handler)
{
	struct buf value = { 0 };
	int ret = some_values(r, line, &value, handler);
	if (ret == 0 && !finish_line(r))
		ret = item_error(r, line->key, buf_span(&value), odd_character(r));
	buf_deinit(&value);
	return ret;
}

/* May the item stand here? */
static int open_item(struct reader *r, const struct line *line, struct span text)
{
	const struct conf_item *item =
		r->section != NULL ? conf_item_find(r->section, line->key) : NULL;
	if (r->section == NULL)
		return item_error(r, line->key, text, err_text(E_CONFINDENT));
	if (item == NULL)
		return item_error(r, line->key, text, err_text(E_CONFITEM));
	if (r->section->blocks && item == &r->section->items[0])
		return item_error(r, line->key, text, err_text(E_CONFNOID));
	if (r->section->blocks && r->block == NULL)
		return item_error(r, line->key, text, err_text(E_CONFMISSID));
	return r->section->blocks ? 0 : open_simple(r);
}

static int set_value(struct reader *r, const struct line *line, struct span text, bool *any)
{
	struct buf value = { 0 };
	const char *why = NULL;
	if (!*any)
		TRY(open_item(r, line, text));
	*any = true;
	const struct conf_item *item = conf_item_find(r->section, line->key);
	if (item->flags & CONF_OBSOLETE)
		log_notice("config, line %u, option '%s.%s' is obsolete and has no effect", r->line,
			r->section->name, item->name);
	int ret = conf_value_parse(item, text, &value);
	if (ret != 0) {
		why = err_text(ret);
	} else {
		ret = conf_check_value(
			r->conf->tree, r->section, r->block, item, buf_span(&value), &why);
		if (ret == 0)
			ret = conf_tree_set(
				r->conf->tree, r->section, &r->block, item, buf_span(&value));
	}
	buf_deinit(&value);
	return ret == 0 ? 0 : item_error(r, line->key, text, why != NULL ? why : err_text(ret));
}

static int set_id(struct reader *r, const struct line *line, struct span text, bool *any)
{
	const struct conf_item *item =
		r->section != NULL ? conf_item_find(r->section, line->key) : NULL;
	bool first = r->block == NULL;
	struct buf id = { 0 };
	const char *why = NULL;
	(void)any;
	if (r->section == NULL)
		return item_error(r, line->key, text, err_text(E_CONFINDENT));
	if (item == NULL)
		return item_error(r, line->key, text, err_text(E_CONFITEM));
	if (!r->section->blocks || item != &r->section->items[0])
		return item_error(r, line->key, text,
			err_text(r->section->blocks && first ? E_CONFMISSID : E_CONFID));
	TRY(end_block(r, r->line - 1));
	if (text.len == 0)
		return item_error(r, line->key, text, err_text(E_CONFMISSVALUE));
	int ret = conf_value_parse(item, text, &id);
	if (ret == 0 && id.len + (item->type != CONF_NAME) > ID_MAX)
		ret = E_SPACE;
	if (ret == 0)
		ret = conf_check_value(r->conf->tree, r->section, NULL, item, buf_span(&id), &why);
	if (ret == 0)
		ret = conf_tree_add(r->conf->tree, r->section, buf_span(&id), &r->block);
	buf_deinit(&id);
	return ret == 0 ? 0 : item_error(r, line->key, text, why != NULL ? why : err_text(ret));
}

/* --- directives --- */

static int include_one(struct conf_reader *conf, const char *path)
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
	conf->depth++;
	int ret = conf_read_file(conf, path);
	conf->depth--;
	return ret;
}

/* The pattern as glob takes it: relative ones beside the file `beside` (NULL: in the working directory), whose own directory isn't a
 * pattern. NULL: no memory. */
static char *whole_pattern(struct span pattern, const char *beside)
{
	char *real = beside != NULL && pattern.data[0] != '/' ? realpath(beside, NULL) : NULL;
	struct buf b = { 0 };
	for (const char *p = real != NULL ? dirname(real) : ""; *p != '\0'; p++) {
		if (strchr("*?[\\", *p) != NULL)
			buf_char(&b, '\\');
		buf_char(&b, *p);
	}
	if (real != NULL)
		buf_char(&b, '/');
	buf_append(&b, pattern.data, pattern.len);
	buf_char(&b, '\0');
	free(real);
	if (b.error == 0)
		return (char *)b.data;
	buf_deinit(&b);
	return NULL;
}

/* What a pattern matches changes with its directory. Where that is a pattern itself, or isn't there, nothing tells of changes: then the
 * configuration counts as changed. */
static int note_directory(const struct conf_reader *conf, const char *pattern)
{
	struct stat st = { 0 };
	struct buf directory = { 0 }; /* up to the last slash, without escapes */
	size_t slash = 0;
	bool above = false,
	     here = false; /* is the directory, its part behind the last slash a pattern? */
	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p == '/') {
			slash = MAX(directory.len, (size_t)1);
			above = above || here;
			here = false;
		}
		here = here || strchr("*?[", *p) != NULL;
		if (*p == '\\' && p[1] != '\0')
			p++;
		buf_char(&directory, *p);
	}
	buf_char(&directory, '\0');
	int ret = directory.error;
	if (ret == 0 && (above || here) && conf->file != NULL) {
		char *path = (char *)directory.data;
		path[slash] = '\0';
		if (above || stat(slash > 0 ? path : ".", &st) != 0)
			st = (struct stat){ 0 };
		ret = conf->file(conf->ctx, slash > 0 ? path : ".", &st);
	}
	buf_deinit(&directory);
	return ret;
}

int conf_read_include(struct conf_reader *conf, struct span text, const char *beside)
{
	glob_t found;
	if (text.len == 0)
		return E_CONFMISSVALUE;
	if (conf->depth >= INCLUDE_MAX) {
		log_error("config, include loop detected");
		return E_PARSE;
	}
	char *pattern = whole_pattern(text, beside);
	if (pattern == NULL)
		return E_NOMEM;
	int failed = glob(pattern, 0, NULL, &found);
	int ret = note_directory(conf, pattern);
	free(pattern);
	if (failed == GLOB_NOMATCH && memchr(text.data, '*', text.len) != NULL)
		return ret;
	if (failed != 0)
		return failed == GLOB_NOSPACE ? E_NOMEM : E_FILE;
	for (size_t i = 0; i < found.gl_pathc && ret == 0; i++)
		ret = include_one(conf, found.gl_pathv[i]) == 0 ? 0 : E_PARSE;
	globfree(&found);
	return ret;
}

static int include(struct reader *r, const struct line *line, struct span value, bool *any)
{
	(void)any;
	int ret = conf_read_include(r->conf, value, r->path);
	return ret == 0 ? 0 : item_error(r, line->key, value, err_text(ret));
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
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '\\' || c == '/' || c == '.' || c == '_' || c == '*' || (!first && c == '-');
}

/* "key :" at r->pos. The cursor ends behind the colon. */
static int take_key(struct reader *r, struct span *ret)
{
	const uint8_t *begin = r->pos;
	while (r->pos < r->end && is_key_char(*r->pos, r->pos == begin))
		r->pos++;
	*ret = (struct span){ begin, (size_t)(r->pos - begin) };
	bool spaced = r->pos < r->end && *r->pos == ' ';
	skip_blanks(r);
	if (ret->len > 0 && ret->len <= KEY_MAX && r->pos < r->end && *r->pos == ':') {
		r->pos++;
		return 0;
	}
	if (ret->len == 0 || ret->len > KEY_MAX || !spaced)
		return syntax_error(r, ret->len > KEY_MAX ? err_text(E_SPACE) : odd_character(r));
	return item_error(r, *ret, (struct span){ 0 }, odd_character(r));
}

static int key0(struct reader *r, const struct line *line)
{
	TRY(end_block(r, r->line - 1));
	r->section = NULL;
	bool is_include = line->key.len == 7 && memcmp(line->key.data, "include", 7) == 0;
	bool is_clear = line->key.len == 5 && memcmp(line->key.data, "clear", 5) == 0;
	return each_value(r, line, is_include ? include : is_clear ? clear : open_section);
}

static int dash_line(struct reader *r, const struct line *line)
{
	if (r->section != NULL) { /* a dash in the first column isn't compared with others */
		if (line->dash_column > 1 && r->dash_column > 1 &&
			r->dash_column != line->dash_column)
			return syntax_error(r, err_text(E_CONFINDENT));
		r->dash_column = line->dash_column;
	}
	/* The value must be there and can't be a list. */
	const uint8_t *p = r->pos;
	while (p < r->end && *p == ' ')
		p++;
	if (p == r->end || *p == '\n' || *p == '\r' || *p == '#' || *p == '[')
		return item_error(r, line->key, (struct span){ 0 }, err_text(E_PARSE));
	r->indent = line->column;
	return each_value(r, line, set_id);
}

static int key1(struct reader *r, const struct line *line)
{
	if (r->section != NULL && (r->section->blocks ? r->block != NULL : r->indent != 0) &&
		line->column != r->indent)
		return syntax_error(r, err_text(E_CONFINDENT));
	if (r->section != NULL && !r->section->blocks)
		r->indent = line->column;
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
	TRY(take_key(r, &line.key));
	if (line.has_dash)
		return dash_line(r, &line);
	return line.column == 1 ? key0(r, &line) : key1(r, &line);
}

int conf_read_text(struct conf_reader *conf, struct span text, const char *path)
{
	struct reader r = {
		.conf = conf, .path = path, .pos = text.data, .end = text.data + text.len, .line = 1
	};
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
