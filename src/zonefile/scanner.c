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
	bool has_origin, has_owner, has_ttl, same_owner;
	uint32_t default_ttl; /* of $TTL */
	uint32_t last_ttl;
	bool has_last_ttl;
	size_t owner_len;
	uint8_t origin[DNS_NAME_MAX];
	uint8_t owner[DNS_NAME_MAX];
	uint8_t rdata[DNS_RDATA_MAX];
};

struct source {
	const char *path;
	struct dns_lexer lexer;
};

static int scan_text(struct scan *s, struct span text, const char *path);

static COLD void report(struct scan *s, const struct source *src, unsigned line, const char *why)
{
	s->errors++;
	if (s->handler->error != NULL)
		s->handler->error(s->handler->ctx, src->path, line, why);
}

static inline bool is_over(const struct scan *s) { return s->result != 0 || s->errors >= ZONEFILE_ERRORS_MAX; }

static inline const uint8_t *origin_of(const struct scan *s) { return s->has_origin ? s->origin : NULL; }

/* --- names --- */

static const char *parse_owner(struct scan *s, struct span text)
{
	uint8_t name[DNS_NAME_MAX];
	size_t len;
	if (!s->has_origin && (text.len == 0 || text.data[text.len - 1] != '.'))
		return "relative name without origin";
	int ret = dns_name_parse(text, origin_of(s), name, &len);
	if (ret != 0)
		return ret == E_RANGE ? "owner name too long" : "invalid owner name";
	dns_name_lower(name, name);
	s->same_owner = s->has_owner && len == s->owner_len && memcmp(name, s->owner, len) == 0;
	if (!s->same_owner)
		memcpy(s->owner, name, len);
	s->owner_len = len;
	s->has_owner = true;
	return NULL;
}

static const char *parse_origin(const struct scan *s, struct span text, uint8_t *ret)
{
	size_t len;
	if (!s->has_origin && (text.len == 0 || text.data[text.len - 1] != '.'))
		return "relative name without origin";
	if (dns_name_parse(text, origin_of(s), ret, &len) != 0)
		return "invalid origin";
	dns_name_lower(ret, ret);
	return NULL;
}

/* --- records --- */

static bool is_digit(uint8_t c) { return (unsigned)(c - '0') <= 9; }

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

/* [TTL] [class] type, in any order of the first two. NULL or the error. */
static const char *parse_head(struct scan *s, struct dns_lexer *lexer, uint32_t *ttl, uint16_t *type)
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
			if (*ttl > INT32_MAX)
				return "TTL out of range";
			has_ttl = true;
			continue;
		}
		if (t.text.len == 2 && (t.text.data[0] | 32) == 'i' && (t.text.data[1] | 32) == 'n') {
			if (has_class)
				return "duplicate class";
			has_class = true;
			continue;
		}
		if (LIKELY(type_of(t.text, type) == 0))
			break;
		if (dns_class_parse(t.text, &class_) == 0)
			return "unsupported class";
		return "unknown type";
	}
	if (has_ttl) {
		s->last_ttl = *ttl;
		s->has_last_ttl = true;
	} else if (s->has_ttl) {
		*ttl = s->default_ttl;
	} else {
		*ttl = s->options->default_ttl;
	}
	return NULL;
}

static void give(struct scan *s, uint16_t type, uint32_t ttl, size_t len, unsigned line)
{
	struct zonefile_rr rr = { s->owner, s->same_owner, type, ttl, { s->rdata, len }, line };
	int ret = s->handler->record(s->handler->ctx, &rr);
	if (UNLIKELY(ret != 0))
		s->result = ret;
	s->same_owner = true;
}

/* The owner has been read. Parses the rest of the record. */
static const char *parse_record(struct scan *s, struct dns_lexer *lexer, unsigned line)
{
	uint32_t ttl;
	uint16_t type;
	size_t len;
	const char *why = parse_head(s, lexer, &ttl, &type);
	if (UNLIKELY(why != NULL))
		return why;
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
	return t.kind == DNS_TOKEN_EOL || t.kind == DNS_TOKEN_EOF ? NULL :
		t.kind == DNS_TOKEN_ERROR                         ? lexer->error :
								    "trailing data";
}

static const char *directive_ttl(struct scan *s, struct dns_lexer *lexer)
{
	struct dns_token t;
	uint32_t ttl;
	dns_lexer_next(lexer, &t);
	if (t.kind != DNS_TOKEN_WORD || dns_ttl_parse(t.text, &ttl) != 0)
		return "invalid $TTL";
	if (ttl > INT32_MAX)
		return "TTL out of range";
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

/* $INCLUDE FILE [ORIGIN]: relative to the file that contains it. Its $ORIGIN and last owner end with it (RFC 1035 section 5.1). */
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
	if (file_map_open(path, &map) != 0)
		return "cannot open $INCLUDE file";
	struct {
		bool has_origin, has_owner;
		size_t owner_len;
		uint8_t origin[DNS_NAME_MAX], owner[DNS_NAME_MAX];
	} saved = { s->has_origin, s->has_owner, s->owner_len, { 0 }, { 0 } };
	memcpy(saved.origin, s->origin, sizeof(saved.origin));
	memcpy(saved.owner, s->owner, sizeof(saved.owner));
	s->has_origin = s->has_origin || o.kind == DNS_TOKEN_WORD;
	memcpy(s->origin, origin, sizeof(origin));
	s->depth++;
	(void)scan_text(s, map.bytes, path);
	s->depth--;
	file_map_close(&map);
	s->has_origin = saved.has_origin;
	s->has_owner = saved.has_owner;
	s->owner_len = saved.owner_len;
	s->same_owner = false;
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
	if (!number(&pos, end, &r->start) || pos == end || *pos++ != '-' || !number(&pos, end, &r->stop))
		return false;
	if (pos < end && (*pos++ != '/' || !number(&pos, end, &r->step)))
		return false;
	return pos == end && r->step > 0 && r->start <= r->stop;
}

/* Replace $ and ${offset[,width[,base]]} by the number; \$ is a dollar. */
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
		long offset = 0;
		int width = 0;
		char base = 'd';
		p++;
		if (p < end && *p == '{') {
			const uint8_t *close = memchr(p, '}', (size_t)(end - p));
			char inner[40];
			if (close == NULL || (size_t)(close - p) > sizeof(inner))
				return "invalid $GENERATE modifier";
			memcpy(inner, p + 1, (size_t)(close - p - 1));
			inner[close - p - 1] = 0;
			if (sscanf(inner, "%ld,%d,%c", &offset, &width, &base) < 1 || width < 0 || width > 255 ||
				strchr("doxX", base) == NULL)
				return "invalid $GENERATE modifier";
			p = close + 1;
		}
		long v = (long)value + offset;
		if (v < 0)
			return "$GENERATE value out of range";
		if (base == 'd')
			buf_printf(out, "%0*ld", width, v);
		else if (base == 'o')
			buf_printf(out, "%0*lo", width, (unsigned long)v);
		else if (base == 'x')
			buf_printf(out, "%0*lx", width, (unsigned long)v);
		else
			buf_printf(out, "%0*lX", width, (unsigned long)v);
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
	const uint8_t *eol = begin < src->lexer.end ? memchr(begin, '\n', (size_t)(src->lexer.end - begin)) : NULL;
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

static COLD const char *directive(struct scan *s, struct source *src, struct span name, unsigned line)
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
	if (lexer->has_unread && (lexer->unread.kind == DNS_TOKEN_EOL || lexer->unread.kind == DNS_TOKEN_EOF))
		lexer->has_unread = false;
	else if (!lexer->at_start)
		dns_lexer_skip_line(lexer);
}

static int scan_text(struct scan *s, struct span text, const char *path)
{
	struct source src = { path, dns_lexer_over(text) };
	struct dns_lexer *lexer = &src.lexer;
	while (!is_over(s)) {
		struct dns_token t;
		const char *why;
		dns_lexer_next(lexer, &t);
		unsigned line = lexer->line;
		switch (t.kind) {
		case DNS_TOKEN_EOF:
			return 0;
		case DNS_TOKEN_EOL:
			continue;
		case DNS_TOKEN_BLANK:
			why = s->has_owner ? parse_record(s, lexer, line) : "missing owner";
			break;
		case DNS_TOKEN_ERROR:
			why = lexer->error;
			break;
		default:
			if (UNLIKELY(t.text.len > 1 && t.text.data[0] == '$' && t.kind == DNS_TOKEN_WORD)) {
				why = directive(s, &src, t.text, line);
				break;
			}
			why = parse_owner(s, t.text);
			if (LIKELY(why == NULL))
				why = parse_record(s, lexer, line);
		}
		if (UNLIKELY(why != NULL)) {
			report(s, &src, line, why);
			skip_rest(lexer);
		}
	}
	return 0;
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
	if (options->origin != NULL) {
		dns_name_lower(options->origin, s->origin);
		s->has_origin = true;
	}
	(void)scan_text(s, text, path);
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

int zonefile_scan(const char *path, const struct zonefile_options *options, const struct zonefile_handler *handler,
	unsigned *errors)
{
	struct file_map map;
	if (errors != NULL)
		*errors = 0;
	TRY(file_map_open(path, &map));
	int ret = scan(map.bytes, path, options, handler, errors);
	file_map_close(&map);
	return ret;
}
