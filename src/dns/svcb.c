#include "dns/svcb.h"
#include "base/encode.h"
#include "dns/layout.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MANDATORY = 0,
	ALPN = 1,
	NO_DEFAULT_ALPN = 2,
	PORT = 3,
	IPV4HINT = 4,
	ECH = 5,
	IPV6HINT = 6,
	DOHPATH = 7,
	OHTTP = 8,
	TLS_GROUPS = 9,
	DOCPATH = 10,
	PORTABLE_LAST = OHTTP /* those behind it aren't read by Knot DNS */
};

/* How a value is written. */
enum form {
	FORM_OPAQUE,
	FORM_KEYS,
	FORM_LIST,
	FORM_PATH, /* a list that may be empty */
	FORM_NONE,
	FORM_PORT,
	FORM_IPV4,
	FORM_IPV6,
	FORM_BASE64,
	FORM_TEXT,
	FORM_NUMBERS,
	FORM_NAMES
};

struct key {
	uint16_t key;
	const char *name;
	enum form form;
};

static const struct key svcb_keys[] = {
	{ MANDATORY, "mandatory", FORM_KEYS },
	{ ALPN, "alpn", FORM_LIST },
	{ NO_DEFAULT_ALPN, "no-default-alpn", FORM_NONE },
	{ PORT, "port", FORM_PORT },
	{ IPV4HINT, "ipv4hint", FORM_IPV4 },
	{ ECH, "ech", FORM_BASE64 },
	{ IPV6HINT, "ipv6hint", FORM_IPV6 },
	{ DOHPATH, "dohpath", FORM_TEXT },
	{ OHTTP, "ohttp", FORM_NONE },
	{ TLS_GROUPS, "tls-supported-groups", FORM_NUMBERS },
	{ DOCPATH, "docpath", FORM_PATH },
};
static const struct key deleg_keys[] = {
	{ 0, "mandatory", FORM_KEYS },
	{ 1, "server-ipv4", FORM_IPV4 },
	{ 2, "server-ipv6", FORM_IPV6 },
	{ 3, "server-name", FORM_NAMES },
	{ 4, "include-delegparam", FORM_NAMES },
};

static const struct key *find_key(bool deleg, bool portable, uint16_t key)
{
	if (portable && !deleg && key > PORTABLE_LAST)
		return NULL;
	const struct key *keys = deleg ? deleg_keys : svcb_keys;
	size_t count = deleg ? ARRAY_LEN(deleg_keys) : ARRAY_LEN(svcb_keys);
	for (size_t i = 0; i < count; i++) {
		if (keys[i].key == key)
			return &keys[i];
	}
	return NULL;
}

static void put_key(bool deleg, bool portable, uint16_t key, struct buf *out)
{
	const struct key *k = find_key(deleg, portable, key);
	if (k != NULL)
		buf_text(out, k->name);
	else
		buf_printf(out, "key%u", key);
}

/* --- printing --- */

static void put_text(struct span s, bool in_list, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];
		if (in_list && (c == ',' || c == '\\'))
			buf_text(out, c == ',' ? "\\\\," : "\\\\\\\\");
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(out, "\\%03u", c);
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else
			buf_char(out, (char)c);
	}
}

static bool fits(enum form form, struct span v)
{
	struct cursor c = cursor_over(v);
	switch (form) {
	case FORM_KEYS: /* ascending, each once (RFC 9460 section 8) */
		for (size_t i = 2; i + 2 <= v.len; i += 2) {
			if (read_u16(v.data + i) <= read_u16(v.data + i - 2))
				return false;
		}
		return v.len > 0 && v.len % 2 == 0;
	case FORM_NUMBERS:
		return v.len > 0 && v.len % 2 == 0;
	case FORM_LIST:
	case FORM_PATH:
		while (!c.failed && cursor_left(&c) > 0) {
			unsigned len = cursor_u8(&c);
			cursor_take(&c, len);
			if (len == 0)
				return false;
		}
		return (v.len > 0 || form == FORM_PATH) && !c.failed;
	case FORM_NONE:
		return v.len == 0;
	case FORM_PORT:
		return v.len == 2;
	case FORM_IPV4:
		return v.len > 0 && v.len % 4 == 0;
	case FORM_IPV6:
		return v.len > 0 && v.len % 16 == 0;
	case FORM_BASE64:
	case FORM_TEXT:
		return v.len > 0;
	case FORM_NAMES:
		while (!c.failed && cursor_left(&c) > 0)
			dns_name_take(&c);
		return v.len > 0 && !c.failed;
	default:
		return true;
	}
}

static void put_value(enum form form, bool deleg, bool portable, struct span v, struct buf *out)
{
	const bool is_list = form == FORM_LIST || form == FORM_PATH;
	struct cursor c = cursor_over(v);
	switch (form) {
	case FORM_BASE64: {
		uint8_t *p = buf_reserve(out, BASE64_LEN(v.len));
		if (p != NULL)
			out->len += base64_encode(v, (char *)p);
		return;
	}
	case FORM_LIST:
	case FORM_PATH:
	case FORM_TEXT:
	case FORM_OPAQUE:
		buf_char(out, '"');
		if (!is_list)
			put_text(v, false, out);
		while (is_list && cursor_left(&c) > 0) {
			put_text(cursor_take(&c, cursor_u8(&c)), true, out);
			if (cursor_left(&c) > 0)
				buf_char(out, ',');
		}
		buf_char(out, '"');
		return;
	default:
		break;
	}
	while (cursor_left(&c) > 0) {
		if (form == FORM_KEYS)
			put_key(deleg, portable, cursor_u16(&c), out);
		else if (form == FORM_PORT || form == FORM_NUMBERS)
			buf_printf(out, "%u", cursor_u16(&c));
		else if (form == FORM_IPV4)
			dns_print_address(AF_INET, cursor_take(&c, 4).data, out);
		else if (form == FORM_IPV6)
			dns_print_address(AF_INET6, cursor_take(&c, 16).data, out);
		else
			dns_name_print_buf(dns_name_take(&c).data, out);
		if (cursor_left(&c) > 0)
			buf_char(out, ',');
	}
}

/* Keys that a checked list holds, as far as they're mandatory: all there, "mandatory" itself not among them. */
static bool has_mandatory(struct span params)
{
	struct cursor c = cursor_over(params);
	if (cursor_left(&c) < 4 || read_u16(params.data) != MANDATORY)
		return true;
	cursor_u16(&c);
	struct span keys = cursor_take(&c, cursor_u16(&c));
	if (!fits(FORM_KEYS, keys))
		return false;
	for (size_t i = 0; i < keys.len; i += 2) { /* both ascend */
		uint16_t want = read_u16(keys.data + i), key = MANDATORY;
		while (cursor_left(&c) > 0 && key < want) {
			key = cursor_u16(&c);
			cursor_take(&c, cursor_u16(&c));
		}
		if (want == MANDATORY || key != want)
			return false;
	}
	return true;
}

bool dns_svcb_print(
	struct span params, bool deleg, const struct dns_print_style *style, struct buf *out)
{
	struct cursor c = cursor_over(params);
	bool first = true;
	if (!has_mandatory(params))
		return false;
	while (cursor_left(&c) > 0) {
		uint16_t key = cursor_u16(&c);
		struct span v = cursor_take(&c, cursor_u16(&c));
		const struct key *k = find_key(deleg, style->portable, key);
		if (!first && style->wrap)
			dns_print_break(style, out);
		else if (!first)
			buf_char(out, ' ');
		first = false;
		if (k != NULL && fits(k->form, v)) {
			buf_text(out, k->name);
			if (v.len == 0)
				continue;
			buf_char(out, '=');
			put_value(k->form, deleg, style->portable, v, out);
			continue;
		}
		/* The value doesn't fit its key: only the generic name takes it back. */
		buf_printf(out, "key%u", key);
		if (v.len > 0) {
			buf_char(out, '=');
			put_value(FORM_OPAQUE, deleg, style->portable, v, out);
		}
	}
	return true;
}

/* --- parsing --- */

static int key_of(bool deleg, const char *text, size_t len, uint16_t *ret, bool *by_number)
{
	const struct key *keys = deleg ? deleg_keys : svcb_keys;
	size_t count = deleg ? ARRAY_LEN(deleg_keys) : ARRAY_LEN(svcb_keys);
	*by_number = false;
	for (size_t i = 0; i < count; i++) {
		if (strlen(keys[i].name) == len && memcmp(keys[i].name, text, len) == 0) {
			*ret = keys[i].key;
			return 0;
		}
	}
	unsigned v = 0;
	if (len < 4 || len > 8 || memcmp(text, "key", 3) != 0 || (text[3] == '0' && len > 4))
		return E_INVALID;
	for (size_t i = 3; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return E_INVALID;
		v = v * 10 + (unsigned)(text[i] - '0');
	}
	if (v > UINT16_MAX)
		return E_INVALID;
	*ret = (uint16_t)v;
	*by_number = true;
	return 0;
}

/* Undo the escapes of a character-string. Returns the length, SIZE_MAX if bad. */
static size_t unescape(struct span text, uint8_t *out, size_t room)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (c == '\\') {
			if (++i == text.len)
				return SIZE_MAX;
			c = text.data[i];
			if (c >= '0' && c <= '9') {
				if (text.len - i < 3 || text.data[i + 1] < '0' ||
					text.data[i + 1] > '9' || text.data[i + 2] < '0' ||
					text.data[i + 2] > '9')
					return SIZE_MAX;
				unsigned v = (unsigned)(c - '0') * 100 +
					     (unsigned)(text.data[i + 1] - '0') * 10 +
					     (unsigned)(text.data[i + 2] - '0');
				if (v > 255)
					return SIZE_MAX;
				c = (uint8_t)v;
				i += 2;
			}
		}
		if (n == room)
			return SIZE_MAX;
		out[n++] = c;
	}
	return n;
}

/* A comma list: its items, with the list's own escapes undone, as length-prefixed strings (RFC 9460 appendix A.1). */
static size_t list_items(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t n = 1, start = 0;
	for (size_t i = 0; i <= len; i++) {
		if (i == len || in[i] == ',') {
			size_t item = n - start - 1;
			if (item == 0 || item > 255)
				return SIZE_MAX;
			out[start] = (uint8_t)item;
			start = n++;
			continue;
		}
		if (in[i] == '\\' && ++i == len)
			return SIZE_MAX;
		out[n++] = in[i];
	}
	return n - 1;
}

static size_t one_item(enum form form, bool deleg, const char *item, uint8_t *out)
{
	uint16_t number;
	bool by_number;
	char *end;
	unsigned long v;
	switch (form) {
	case FORM_KEYS:
		if (key_of(deleg, item, strlen(item), &number, &by_number) != 0)
			return SIZE_MAX;
		write_u16(out, number);
		return 2;
	case FORM_PORT:
	case FORM_NUMBERS:
		v = strtoul(item, &end, 10);
		if (*item < '0' || *item > '9' || *end != 0 || v > UINT16_MAX)
			return SIZE_MAX;
		write_u16(out, (uint16_t)v);
		return 2;
	case FORM_IPV4:
		return inet_pton(AF_INET, item, out) == 1 ? 4 : SIZE_MAX;
	case FORM_IPV6:
		return inet_pton(AF_INET6, item, out) == 1 ? 16 : SIZE_MAX;
	default:
		return SIZE_MAX;
	}
}

static size_t items(enum form form, bool deleg, char *text, uint8_t *out, size_t room)
{
	size_t n = 0;
	for (char *item = text; item != NULL;) {
		char *comma = strchr(item, ',');
		if (comma != NULL)
			*comma = 0;
		if (room - n < DNS_NAME_MAX)
			return SIZE_MAX;
		size_t len = one_item(form, deleg, item, out + n);
		if (len == SIZE_MAX || (form == FORM_PORT && comma != NULL))
			return SIZE_MAX;
		n += len;
		item = comma != NULL ? comma + 1 : NULL;
	}
	return n;
}

/* A comma list of names. Their escapes are their own: a comma in a label is written as \, there. */
static size_t names(struct span text, uint8_t *out, size_t room)
{
	size_t n = 0, start = 0;
	for (size_t i = 0; i <= text.len; i++) {
		size_t len;
		if (i < text.len && text.data[i] == '\\') {
			i++;
			continue;
		}
		if (i < text.len && text.data[i] != ',')
			continue;
		if (room - n < DNS_NAME_MAX ||
			dns_name_parse((struct span){ text.data + start, i - start }, NULL, out + n,
				&len) != 0)
			return SIZE_MAX;
		n += len;
		start = i + 1;
	}
	return start == text.len + 1 ? n : SIZE_MAX; /* else a backslash ends it */
}

static int compare_u16(const void *a, const void *b)
{
	return (int)read_u16(a) - (int)read_u16(b);
}

int dns_svcb_add(
	struct dns_svcb *s, const struct dns_token *word, struct dns_lexer *lexer, const char **why)
{
	static _Thread_local uint8_t text[65536 + 1];
	const char *begin = (const char *)word->text.data;
	const char *equals = memchr(begin, '=', word->text.len);
	size_t name_len = equals != NULL ? (size_t)(equals - begin) : word->text.len;
	struct span value = { (const uint8_t *)"", 0 };
	bool by_number, has_value = equals != NULL;
	uint16_t key;
	*why = "invalid service parameter";
	if (word->kind != DNS_TOKEN_WORD ||
		key_of(s->deleg, begin, name_len, &key, &by_number) != 0)
		return E_PARSE;
	if (has_value) {
		value = (struct span){ (const uint8_t *)equals + 1, word->text.len - name_len - 1 };
		/* key="value": the quote directly behind begins the lexer's next token. */
		if (value.len == 0 && lexer->pos < lexer->end && *lexer->pos == '"') {
			struct dns_token quoted;
			dns_lexer_next(lexer, &quoted);
			if (quoted.kind != DNS_TOKEN_QUOTED)
				return E_PARSE;
			value = quoted.text;
		}
	}
	const struct key *k = by_number ? NULL : find_key(s->deleg, false, key);
	enum form form = k != NULL ? k->form : FORM_OPAQUE;
	uint8_t *out = s->values + s->used;
	size_t room = sizeof(s->values) - s->used, len = unescape(value, text, sizeof(text) - 1), n;
	if (len == SIZE_MAX)
		return E_PARSE;
	text[len] = 0;
	if (form == FORM_OPAQUE || form == FORM_TEXT) {
		if (len > room)
			return E_PARSE;
		memcpy(out, text, len);
		n = len;
	} else if (form == FORM_NONE) {
		n = has_value && len > 0 ? SIZE_MAX : 0;
	} else if (form == FORM_BASE64) {
		ssize_t got = BASE64_MAX(len) <= room
				      ? base64_decode((struct span){ text, len }, out)
				      : -1;
		n = got < 0 ? SIZE_MAX : (size_t)got;
	} else if (form == FORM_NAMES) {
		n = names(value, out, room);
	} else if (form == FORM_PATH && len == 0) {
		n = 0;
	} else if (form == FORM_LIST || form == FORM_PATH) {
		n = len + 1 <= room ? list_items(text, len, out) : SIZE_MAX;
	} else {
		n = memchr(text, 0, len) == NULL ? items(form, s->deleg, (char *)text, out, room)
						 : SIZE_MAX;
	}
	if (n != SIZE_MAX && form == FORM_KEYS)
		qsort(out, n / 2, 2, compare_u16);
	if (n == SIZE_MAX || (form != FORM_OPAQUE && !fits(form, (struct span){ out, n })))
		return E_PARSE;
	if (s->count == ARRAY_LEN(s->params)) {
		*why = "too many service parameters";
		return E_PARSE;
	}
	s->params[s->count++] = (struct dns_svcb_param){ key, (uint16_t)n, (uint32_t)s->used };
	s->used += n;
	return 0;
}

static int compare_params(const void *a, const void *b)
{
	const struct dns_svcb_param *x = a, *y = b;
	return (int)x->key - (int)y->key;
}

int dns_svcb_finish(struct dns_svcb *s, uint8_t *out, size_t room, size_t *len, const char **why)
{
	size_t n = 0;
	qsort(s->params, s->count, sizeof(s->params[0]), compare_params);
	for (unsigned i = 0; i < s->count; i++) {
		const struct dns_svcb_param *p = &s->params[i];
		if (i > 0 && p->key == p[-1].key) {
			*why = "duplicate service parameter";
			return E_PARSE;
		}
		if (room - n < 4u + p->len) {
			*why = "record too long";
			return E_PARSE;
		}
		write_u16(out + n, p->key);
		write_u16(out + n + 2, p->len);
		memcpy(out + n + 4, s->values + p->at, p->len);
		n += 4u + p->len;
	}
	if (!has_mandatory((struct span){ out, n })) {
		*why = "mandatory service parameter is missing";
		return E_PARSE;
	}
	*len = n;
	return 0;
}
