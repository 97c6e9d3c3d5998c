#include "zonefile/scanner.h"
#include "base/file.h"
#include "dns/lexer.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* State of one scan, shared by included files. */
struct scan {
	const struct zonefile_options *options;
	const struct zonefile_handler *handler;
	unsigned errors;
	unsigned depth;
	int result; /* of the callback, ends everything */
	bool has_origin, has_ttl;
	bool given;           /* the last record given had this owner */
	uint32_t default_ttl; /* of $TTL */
	size_t owner_len;     /* 0: none yet */
	uint8_t *owner;       /* one of names; the other is for the next */
	uint8_t origin[DNS_NAME_MAX];
	uint8_t names[2][DNS_NAME_MAX];
	char why[128]; /* an error's text if it isn't static */
	uint8_t rdata[DNS_RDATA_MAX];
};

struct source {
	const char *path;
	struct dns_lexer lexer;
};

static void scan_text(struct scan *s, struct span text, const char *path);

static COLD void report(struct scan *s, const struct source *src, unsigned line, const char *why)
{
	s->errors++;
	if (s->handler->error != NULL)
		s->handler->error(s->handler->ctx, src->path, line, why);
}

static inline bool is_over(const struct scan *s)
{
	return s->result != 0 || s->errors >= ZONEFILE_ERRORS_MAX;
}

static inline const uint8_t *origin_of(const struct scan *s)
{
	return s->has_origin ? s->origin : NULL;
}

/* --- names --- */

/* Where the next owner is to be parsed, for set_owner. */
static inline uint8_t *next_owner(struct scan *s)
{
	return s->owner == s->names[0] ? s->names[1] : s->names[0];
}

static inline void set_owner(struct scan *s, uint8_t *name, size_t len)
{
	if (len == s->owner_len && memcmp(name, s->owner, len) == 0)
		return;
	s->owner = name;
	s->owner_len = len;
	s->given = false;
}

static const char *parse_owner(struct scan *s, struct span text)
{
	uint8_t *name = next_owner(s);
	size_t len;
	if (!s->has_origin && !dns_name_is_absolute(text))
		return "relative name without origin";
	int ret = dns_name_parse_lower(text, origin_of(s), name, &len);
	if (ret != 0)
		return ret == E_RANGE ? "owner name too long" : "invalid owner name";
	set_owner(s, name, len);
	return NULL;
}

static const char *parse_origin(const struct scan *s, struct span text, uint8_t *ret)
{
	size_t len;
	if (!s->has_origin && !dns_name_is_absolute(text))
		return "relative name without origin";
	return dns_name_parse_lower(text, origin_of(s), ret, &len) != 0 ? "invalid origin" : NULL;
}

/* --- records --- */

static bool is_digit(uint8_t c)
{
	return (unsigned)(c - '0') <= 9;
}

/* Types are letters first, TTLs digits first; classes are few. The types of most records by their first octets. */
static inline int type_of(struct span t, uint16_t *ret)
{
	if (t.len <= 4) {
		uint32_t w = 0;
		for (size_t i = 0; i < t.len; i++)
			w = w << 8 | (t.data[i] & ~0x20u);
		switch (w) {
		case 'A':
			*ret = DNS_TYPE_A;
			return 0;
		case 'N' << 8 | 'S':
			*ret = DNS_TYPE_NS;
			return 0;
		case 'D' << 8 | 'S':
			*ret = DNS_TYPE_DS;
			return 0;
		case (uint32_t)'A' << 24 | 'A' << 16 | 'A' << 8 | 'A':
			*ret = DNS_TYPE_AAAA;
			return 0;
		}
	} else if (t.len == 5 && strncasecmp((const char *)t.data, "RRSIG", 5) == 0) {
		*ret = DNS_TYPE_RRSIG;
		return 0;
	} else if (t.len == 5 && strncasecmp((const char *)t.data, "NSEC3", 5) == 0) {
		*ret = DNS_TYPE_NSEC3;
		return 0;
	}
	return dns_type_parse(t, ret);
}

static inline bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static inline uint32_t ttl_or_default(const struct scan *s, bool has_ttl, uint32_t ttl)
{
	return has_ttl ? ttl : s->has_ttl ? s->default_ttl : s->options->default_ttl;
}

#define HEAD_MARGIN \
	24 /* octets that may be looked at without asking for the end: more than a TTL, class and type */

/* The head of most records, " [digits] [IN] type ", without the lexer. False: nothing has been taken. */
static inline bool plain_head(
	struct scan *s, struct dns_lexer *lexer, uint32_t *ttl, uint16_t *type)
{
	const uint8_t *pos = lexer->pos;
	if (lexer->has_unread || lexer->end - pos < 3 * HEAD_MARGIN)
		return false;
	const uint8_t *const limit = lexer->end - HEAD_MARGIN;
	uint32_t v = 0;
	while (pos < limit && is_blank(*pos))
		pos++;
	const uint8_t *begin = pos;
	if (pos >= limit)
		return false;
	for (; is_digit(*pos) && pos - begin < 9; pos++)
		v = v * 10 + (unsigned)(*pos - '0');
	bool has_ttl = pos > begin;
	if (has_ttl) {
		if (!is_blank(*pos))
			return false;
		while (pos < limit && is_blank(*pos))
			pos++;
		if (pos >= limit)
			return false;
	}
	if ((pos[0] | 32) == 'i' && (pos[1] | 32) == 'n' && is_blank(pos[2])) {
		pos += 3;
		while (pos < limit && is_blank(*pos))
			pos++;
		if (pos >= limit)
			return false;
	}
	begin = pos;
	while (pos - begin < 11 && !is_blank(*pos))
		pos++;
	if (!is_blank(*pos) || is_digit(*begin) ||
		type_of((struct span){ begin, (size_t)(pos - begin) }, type) != 0)
		return false;
	*ttl = ttl_or_default(s, has_ttl, v);
	lexer->pos = pos;
	return true;
}

/* [TTL] [class] type, in any order of the first two. NULL or the error. */
static const char *parse_head(
	struct scan *s, struct dns_lexer *lexer, uint32_t *ttl, uint16_t *type)
{
	bool has_ttl = false, has_class = false;
	uint16_t class_;
	for (;;) {
		struct dns_token t;
		dns_lexer_next(lexer, &t);
		if (UNLIKELY(t.kind != DNS_TOKEN_WORD))
			return t.kind == DNS_TOKEN_ERROR ? lexer->error : "missing type";
		if (is_digit(t.text.data[0])) {
			if (has_ttl || dns_ttl_parse(t.text, ttl) != 0)
				return "invalid TTL";
			has_ttl = true;
			continue;
		}
		if (t.text.len == 2 && (t.text.data[0] | 32) == 'i' &&
			(t.text.data[1] | 32) == 'n') {
			if (has_class)
				return "duplicate class";
			has_class = true;
			continue;
		}
		if (LIKELY(type_of(t.text, type) == 0))
			break;
		if (dns_class_parse(t.text, &class_) != 0)
			return "unknown type";
		if (class_ != DNS_CLASS_IN)
			return "unsupported class";
		if (has_class) /* CLASS1, RFC 3597 section 5 */
			return "duplicate class";
		has_class = true;
	}
	*ttl = ttl_or_default(s, has_ttl, *ttl);
	return NULL;
}

static void give(struct scan *s, uint16_t type, uint32_t ttl, size_t len, unsigned line)
{
	struct zonefile_rr rr = { s->owner, s->given, type, ttl, { s->rdata, len }, line };
	int ret = s->handler->record(s->handler->ctx, &rr);
	if (UNLIKELY(ret != 0))
		s->result = ret;
	s->given = true;
}

/* The owner has been read. Parses the rest of the record. */
static const char *parse_record(struct scan *s, struct dns_lexer *lexer, unsigned line)
{
	uint32_t ttl;
	uint16_t type;
	size_t len;
	const char *why;
	if (UNLIKELY(!plain_head(s, lexer, &ttl, &type))) {
		why = parse_head(s, lexer, &ttl, &type);
		if (why != NULL)
			return why;
	}
	if (UNLIKELY(type == DNS_TYPE_OPT || (type >= DNS_TYPE_TKEY && type <= DNS_TYPE_ANY)))
		return "type isn't allowed in a zone";
	if (UNLIKELY(dns_rdata_parse(type, lexer, origin_of(s), s->rdata, &len, &why) != 0))
		return why;
	give(s, type, ttl, len, line);
	return NULL;
}

/* --- directives --- */

static const char *end_of_line(struct dns_lexer *lexer)
{
	struct dns_token t;
	dns_lexer_next(lexer, &t);
	return t.kind == DNS_TOKEN_EOL || t.kind == DNS_TOKEN_EOF ? NULL
	       : t.kind == DNS_TOKEN_ERROR                        ? lexer->error
								  : "trailing data";
}

static const char *directive_ttl(struct scan *s, struct dns_lexer *lexer)
{
	struct dns_token t;
	uint32_t ttl;
	dns_lexer_next(lexer, &t);
	if (t.kind != DNS_TOKEN_WORD || dns_ttl_parse(t.text, &ttl) != 0)
		return "invalid $TTL";
	const char *why = end_of_line(lexer);
	if (why == NULL) {
		s->default_ttl = ttl;
		s->has_ttl = true;
	}
	return why;
}

static const char *directive_origin(struct scan *s, struct dns_lexer *lexer)
{
	struct dns_token t;
	uint8_t name[DNS_NAME_MAX];
	dns_lexer_next(lexer, &t);
	if (t.kind != DNS_TOKEN_WORD)
		return "invalid origin";
	const char *why = parse_origin(s, t.text, name);
	if (why == NULL)
		why = end_of_line(lexer);
	if (why == NULL) {
		memcpy(s->origin, name, sizeof(name));
		s->has_origin = true;
	}
	return why;
}

/* $INCLUDE FILE [ORIGIN]: relative to the file that contains it. Its $ORIGIN, $TTL and last owner end with it (RFC 1035 section 5.1). */
static const char *directive_include(struct scan *s, struct source *src)
{
	struct dns_token t, o = { .kind = DNS_TOKEN_EOL };
	uint8_t origin[DNS_NAME_MAX];
	char path[PATH_MAX];
	const char *slash = strrchr(src->path, '/'), *why;
	if (s->options->no_include)
		return "$INCLUDE isn't allowed here";
	dns_lexer_next(&src->lexer, &t);
	if ((t.kind != DNS_TOKEN_WORD && t.kind != DNS_TOKEN_QUOTED) || t.text.len == 0 ||
		memchr(t.text.data, 0, t.text.len) != NULL)
		return "invalid $INCLUDE file name";
	size_t dir = t.text.data[0] != '/' && slash != NULL ? (size_t)(slash + 1 - src->path) : 0;
	if (dir + t.text.len >= sizeof(path))
		return "$INCLUDE file name too long";
	memcpy(path, src->path, dir);
	memcpy(path + dir, t.text.data, t.text.len);
	path[dir + t.text.len] = 0;
	dns_lexer_next(&src->lexer, &o);
	memcpy(origin, s->origin, sizeof(origin));
	if (o.kind == DNS_TOKEN_WORD) {
		why = parse_origin(s, o.text, origin);
		if (why == NULL)
			why = end_of_line(&src->lexer);
		if (why != NULL)
			return why;
	} else if (o.kind != DNS_TOKEN_EOL && o.kind != DNS_TOKEN_EOF) {
		return "invalid $INCLUDE origin";
	}
	if (s->depth >= ZONEFILE_INCLUDE_MAX)
		return "$INCLUDE nested too deep";

	struct file_map map;
	int error = file_map_open(path, &map);
	if (error != 0) {
		snprintf(s->why, sizeof(s->why), "cannot open $INCLUDE file (%s)", err_text(error));
		return s->why;
	}
	struct {
		bool has_origin, has_ttl;
		uint32_t default_ttl;
		size_t owner_len;
		uint8_t origin[DNS_NAME_MAX], owner[DNS_NAME_MAX];
	} saved = { s->has_origin, s->has_ttl, s->default_ttl, s->owner_len, { 0 }, { 0 } };
	memcpy(saved.origin, s->origin, sizeof(saved.origin));
	memcpy(saved.owner, s->owner, sizeof(saved.owner));
	s->has_origin = s->has_origin || o.kind == DNS_TOKEN_WORD;
	memcpy(s->origin, origin, sizeof(origin));
	s->depth++;
	scan_text(s, map.bytes, path);
	s->depth--;
	file_map_close(&map);
	s->has_origin = saved.has_origin;
	s->owner_len = saved.owner_len;
	s->given = false;
	s->has_ttl = saved.has_ttl;
	s->default_ttl = saved.default_ttl;
	memcpy(s->origin, saved.origin, sizeof(saved.origin));
	memcpy(s->owner, saved.owner, sizeof(saved.owner));
	return NULL;
}

/* --- $GENERATE START-STOP[/STEP] LHS [TTL] [CLASS] TYPE RHS --- */

struct range {
	uint32_t start, stop, step;
};

static bool number(const uint8_t **pos, const uint8_t *end, uint32_t *ret)
{
	uint64_t v = 0;
	const uint8_t *begin = *pos;
	for (; *pos < end && is_digit(**pos) && v <= INT32_MAX; ++*pos)
		v = v * 10 + (unsigned)(**pos - '0');
	*ret = (uint32_t)v;
	return *pos > begin && v <= INT32_MAX;
}

static bool parse_range(struct span t, struct range *r)
{
	const uint8_t *pos = t.data, *end = t.data + t.len;
	r->step = 1;
	if (!number(&pos, end, &r->start) || pos == end || *pos++ != '-' ||
		!number(&pos, end, &r->stop))
		return false;
	if (pos < end && (*pos++ != '/' || !number(&pos, end, &r->step)))
		return false;
	return pos == end && r->step > 0 && r->start <= r->stop;
}

struct modifier {
	int64_t offset;
	unsigned width;
	char base;
};

/* The inside of ${offset[,width[,base]]}. */
static bool parse_modifier(struct span t, struct modifier *ret)
{
	const uint8_t *pos = t.data, *end = t.data + t.len;
	bool minus = pos < end && *pos == '-';
	uint32_t offset, width = 0;
	pos += minus || (pos < end && *pos == '+');
	if (!number(&pos, end, &offset))
		return false;
	ret->offset = minus ? -(int64_t)offset : (int64_t)offset;
	if (pos < end && (*pos++ != ',' || !number(&pos, end, &width) || width > 255))
		return false;
	ret->width = width;
	if (pos == end)
		return true;
	if (*pos++ != ',' || end - pos != 1 || memchr("doxX", *pos, 4) == NULL)
		return false;
	ret->base = (char)*pos;
	return true;
}

static void put_number(uint64_t v, const struct modifier *m, struct buf *out)
{
	const char *digits = m->base == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = m->base == 'd' ? 10 : m->base == 'o' ? 8 : 16;
	char text[255];
	size_t at = sizeof(text);
	for (; v > 0 || at == sizeof(text); v /= base)
		text[--at] = digits[v % base];
	while (sizeof(text) - at < m->width)
		text[--at] = '0';
	buf_append(out, text + at, sizeof(text) - at);
}

/* Replace $ and ${...} by the number; \$ is a dollar. */
static const char *substitute(struct span in, uint32_t value, struct buf *out)
{
	const uint8_t *p = in.data, *end = p + in.len;
	while (p < end) {
		if (*p == '\\' && p + 1 < end) {
			if (p[1] != '$')
				buf_char(out, '\\');
			buf_char(out, (char)p[1]);
			p += 2;
			continue;
		}
		if (*p != '$') {
			buf_char(out, (char)*p++);
			continue;
		}
		struct modifier m = { .base = 'd' };
		p++;
		if (p < end && *p == '{') {
			const uint8_t *close = memchr(p, '}', (size_t)(end - p));
			if (close == NULL ||
				!parse_modifier(
					(struct span){ p + 1, (size_t)(close - p - 1) }, &m))
				return "invalid $GENERATE modifier";
			p = close + 1;
		}
		if ((int64_t)value + m.offset < 0)
			return "$GENERATE value out of range";
		put_number((uint64_t)((int64_t)value + m.offset), &m, out);
	}
	return NULL;
}

static const char *directive_generate(struct scan *s, struct source *src, unsigned line)
{
	struct dns_token t, lhs;
	struct range r;
	const char *why = NULL;
	dns_lexer_next(&src->lexer, &t);
	if (t.kind != DNS_TOKEN_WORD || !parse_range(t.text, &r))
		return "invalid $GENERATE range";
	dns_lexer_next(&src->lexer, &lhs);
	if (lhs.kind != DNS_TOKEN_WORD)
		return "missing $GENERATE owner";
	/* The rest of the line is a template for a record's text. */
	const uint8_t *begin = src->lexer.pos;
	const uint8_t *eol = begin < src->lexer.end
				     ? memchr(begin, '\n', (size_t)(src->lexer.end - begin))
				     : NULL;
	struct span rest = { begin, (size_t)((eol != NULL ? eol : src->lexer.end) - begin) };
	dns_lexer_skip_line(&src->lexer);
	struct buf text = { 0 };
	for (uint64_t v = r.start; v <= r.stop && why == NULL && !is_over(s); v += r.step) {
		buf_reset(&text);
		why = substitute(lhs.text, (uint32_t)v, &text);
		if (why == NULL)
			why = parse_owner(s, buf_span(&text));
		buf_reset(&text);
		if (why == NULL)
			why = substitute(rest, (uint32_t)v, &text);
		if (why == NULL && text.error != 0)
			why = err_text(text.error);
		if (why != NULL)
			break;
		struct dns_lexer lexer = dns_lexer_over(buf_span(&text));
		lexer.at_start = false;
		why = parse_record(s, &lexer, line);
	}
	buf_deinit(&text);
	if (why != NULL) { /* the line has been left already */
		report(s, src, line, why);
	}
	return NULL;
}

static bool word_is(struct span t, const char *word)
{
	return t.len == strlen(word) && strncasecmp((const char *)t.data, word, t.len) == 0;
}

static COLD const char *directive(
	struct scan *s, struct source *src, struct span name, unsigned line)
{
	if (word_is(name, "$TTL"))
		return directive_ttl(s, &src->lexer);
	if (word_is(name, "$ORIGIN"))
		return directive_origin(s, &src->lexer);
	if (word_is(name, "$INCLUDE"))
		return directive_include(s, src);
	if (word_is(name, "$GENERATE"))
		return directive_generate(s, src, line);
	return "unknown directive";
}

/* --- files --- */

/* After an error in a line: to its end, unless that has been read already. */
static COLD void skip_rest(struct dns_lexer *lexer)
{
	if (lexer->has_unread &&
		(lexer->unread.kind == DNS_TOKEN_EOL || lexer->unread.kind == DNS_TOKEN_EOF))
		lexer->has_unread = false;
	else if (!lexer->at_start)
		dns_lexer_skip_line(lexer);
}

/* The line where an error was found: lexing may have stepped over its end. */
static COLD unsigned line_of_error(const struct dns_lexer *lexer, unsigned begin)
{
	if (lexer->pos ==
		lexer->end) /* where it was, or parentheses that never closed: where they opened helps more */
		return begin;
	return MAX(begin, lexer->line - (unsigned)lexer->at_start);
}

/* A record with an owner of its own that is plain text: most are. False: nothing has been taken. */
static inline bool plain_owner(struct scan *s, struct dns_lexer *lexer)
{
	uint8_t *name = next_owner(s);
	size_t len;
	if (!s->has_origin || !lexer->at_start || lexer->pos == lexer->end || *lexer->pos <= '.' ||
		!dns_lexer_name(lexer, s->origin, true, name, &len))
		return false;
	set_owner(s, name, len);
	return true;
}

static void scan_text(struct scan *s, struct span text, const char *path)
{
	if (text.len >= 3 &&
		memcmp(text.data, "\xef\xbb\xbf", 3) == 0) { /* what some editors begin with */
		text.data += 3;
		text.len -= 3;
	}
	struct source src = { path, dns_lexer_over(text) };
	struct dns_lexer *lexer = &src.lexer;
	while (!is_over(s)) {
		struct dns_token t;
		const char *why;
		unsigned line = lexer->line;
		if (LIKELY(plain_owner(s, lexer))) {
			why = parse_record(s, lexer, line);
			if (UNLIKELY(why != NULL)) {
				report(s, &src, line_of_error(lexer, line), why);
				skip_rest(lexer);
			}
			continue;
		}
		dns_lexer_next(lexer, &t);
		line = lexer->line;
		switch (t.kind) {
		case DNS_TOKEN_EOF:
			return;
		case DNS_TOKEN_EOL:
			continue;
		case DNS_TOKEN_BLANK:
			why = s->owner_len > 0 ? parse_record(s, lexer, line) : "missing owner";
			break;
		case DNS_TOKEN_ERROR:
			why = lexer->error;
			break;
		default:
			if (UNLIKELY(t.text.len > 1 && t.text.data[0] == '$' &&
				     t.kind == DNS_TOKEN_WORD && !s->options->no_directives)) {
				why = directive(s, &src, t.text, line);
				break;
			}
			why = parse_owner(s, t.text);
			if (LIKELY(why == NULL))
				why = parse_record(s, lexer, line);
		}
		if (UNLIKELY(why != NULL)) {
			report(s, &src, line_of_error(lexer, line), why);
			skip_rest(lexer);
		}
	}
}

static int scan(struct span text, const char *path, const struct zonefile_options *options,
	const struct zonefile_handler *handler, unsigned *errors)
{
	struct scan *s = malloc(sizeof(*s));
	if (s == NULL)
		return E_NOMEM;
	memset(s, 0, offsetof(struct scan, rdata));
	s->options = options;
	s->handler = handler;
	s->owner = s->names[0];
	if (options->origin != NULL) {
		dns_name_lower(options->origin, s->origin);
		s->has_origin = true;
	}
	scan_text(s, text, path);
	int ret = s->result != 0 ? s->result : s->errors > 0 ? E_ZONEFILE : 0;
	if (errors != NULL)
		*errors = s->errors;
	free(s);
	return ret;
}

int zonefile_scan_text(struct span text, const char *name, const struct zonefile_options *options,
	const struct zonefile_handler *handler, unsigned *errors)
{
	return scan(text, name, options, handler, errors);
}

int zonefile_scan(const char *path, const struct zonefile_options *options,
	const struct zonefile_handler *handler, unsigned *errors)
{
	struct file_map map;
	if (errors != NULL)
		*errors = 0;
	TRY(file_map_open(path, &map));
	int ret = scan(map.bytes, path, options, handler, errors);
	file_map_close(&map);
	return ret;
}

/* --- one record --- */

struct single {
	struct zonefile_record *ret;
	unsigned count;
	const char *why;
};

static int take_single(void *ctx, const struct zonefile_rr *rr)
{
	struct single *single = ctx;
	struct zonefile_record *ret = single->ret;
	if (++single->count > 1)
		return E_PARSE;
	memcpy(ret->owner, rr->owner, dns_name_len(rr->owner));
	ret->type = rr->type;
	ret->ttl = rr->ttl;
	ret->rdata_len = rr->rdata.len;
	memcpy(ret->rdata, rr->rdata.data, rr->rdata.len);
	return 0;
}

static void keep_first_error(
	void *ctx, const char *file UNUSED, unsigned line UNUSED, const char *why)
{
	struct single *single = ctx;
	if (single->why == NULL)
		single->why = why;
}

int zonefile_parse_rr(struct span text, const uint8_t *origin, uint32_t default_ttl,
	struct zonefile_record *ret, const char **why)
{
	static const uint8_t root[1];
	struct single single = { .ret = ret };
	const struct zonefile_options options = { .origin = origin != NULL ? origin : root,
		.default_ttl = default_ttl,
		.no_directives = true };
	const struct zonefile_handler handler = { take_single, keep_first_error, &single };
	int error = scan(text, "", &options, &handler, NULL);
	if (error == E_NOMEM)
		return error;
	if (error == 0 && single.count == 1)
		return 0;
	*why = single.why != NULL  ? single.why
	       : single.count == 0 ? "missing record"
				   : "more than one record";
	return E_PARSE;
}
