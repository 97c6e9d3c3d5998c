#include "dns/name.h"

#define R4(x)  x, x + 1, x + 2, x + 3
#define R16(x) R4(x), R4(x + 4), R4(x + 8), R4(x + 12)

const uint8_t dns_lower[256] = {
	R16(0),
	R16(16),
	R16(32),
	R16(48),
	64,
	'a',
	'b',
	'c',
	'd',
	'e',
	'f',
	'g',
	'h',
	'i',
	'j',
	'k',
	'l',
	'm',
	'n',
	'o',
	'p',
	'q',
	'r',
	's',
	't',
	'u',
	'v',
	'w',
	'x',
	'y',
	'z',
	91,
	92,
	93,
	94,
	95,
	R16(96),
	R16(112),
	R16(128),
	R16(144),
	R16(160),
	R16(176),
	R16(192),
	R16(208),
	R16(224),
	R16(240),
};

struct span dns_name_take(struct cursor *c)
{
	const uint8_t *begin = c->pos;
	for (;;) {
		uint8_t len = cursor_u8(c);
		if (len > DNS_LABEL_MAX)
			c->failed = true;
		if (c->failed)
			return (struct span){ 0 };
		if (len == 0)
			break;
		cursor_take(c, len);
	}
	if (c->pos - begin > DNS_NAME_MAX)
		c->failed = true;
	return c->failed ? (struct span){ 0 } : (struct span){ begin, (size_t)(c->pos - begin) };
}

size_t dns_name_read(struct cursor *c, struct span message, uint8_t *ret)
{
	const uint8_t *pos = c->pos, *limit = c->pos, *end = c->end;
	bool jumped = false;
	size_t len = 0;
	for (;;) {
		if (pos >= end)
			goto bad;
		uint8_t n = *pos++;
		if (n >= 0xc0) {
			if (pos >= end)
				goto bad;
			const uint8_t *target = message.data + ((n & 0x3f) << 8 | *pos++);
			if (!jumped)
				c->pos = pos;
			jumped = true;
			if (target >= limit)
				goto bad;
			limit = pos = target;
			continue;
		}
		if (n > DNS_LABEL_MAX || len + n + 1 + (n > 0) > DNS_NAME_MAX || n > end - pos)
			goto bad;
		ret[len++] = n;
		if (n == 0)
			break;
		memcpy(ret + len, pos, n);
		len += n;
		pos += n;
	}
	if (!jumped)
		c->pos = pos;
	return len;
bad:
	c->failed = true;
	c->pos = c->end;
	return 0;
}

size_t dns_name_lower(const uint8_t *src, uint8_t *dst)
{
	size_t len = dns_name_len(src);
	for (size_t i = 0; i < len; i++)
		dst[i] = dns_lower[src[i]];
	return len;
}

bool dns_name_equal(const uint8_t *a, const uint8_t *b)
{
	size_t len = dns_name_len(a);
	return a[0] == b[0] && dns_name_len(b) == len && memcmp(a, b, len) == 0;
}

bool dns_name_equal_nocase(const uint8_t *a, const uint8_t *b)
{
	for (;;) {
		if (*a != *b)
			return false;
		uint8_t n = *a++;
		b++;
		if (n == 0)
			return true;
		for (; n > 0; n--) {
			if (dns_lower[*a++] != dns_lower[*b++])
				return false;
		}
	}
}

static unsigned split(const uint8_t *name, const uint8_t **labels)
{
	unsigned n = 0;
	for (; *name != 0; name += 1 + *name)
		labels[n++] = name;
	return n;
}

int dns_name_compare(const uint8_t *a, const uint8_t *b)
{
	const uint8_t *la[DNS_LABELS_MAX + 1], *lb[DNS_LABELS_MAX + 1];
	unsigned na = split(a, la), nb = split(b, lb);
	while (na > 0 && nb > 0) {
		const uint8_t *x = la[--na], *y = lb[--nb];
		for (unsigned i = 1; i <= *x && i <= *y; i++) {
			int d = (int)dns_lower[x[i]] - (int)dns_lower[y[i]];
			if (d != 0)
				return d;
		}
		if (*x != *y)
			return (int)*x - (int)*y;
	}
	return (int)na - (int)nb;
}

unsigned dns_name_below(const uint8_t *name, const uint8_t *parent)
{
	size_t plen = dns_name_len(parent), len = dns_name_len(name);
	unsigned above = 1;
	for (; len > plen; above++) {
		len -= 1 + (size_t)*name;
		name += 1 + *name;
	}
	return len == plen && memcmp(name, parent, len) == 0 ? above : 0;
}

unsigned dns_name_common(const uint8_t *a, const uint8_t *b)
{
	const uint8_t *la[DNS_LABELS_MAX + 1], *lb[DNS_LABELS_MAX + 1];
	unsigned na = split(a, la), nb = split(b, lb), n = 0;
	while (na > 0 && nb > 0) {
		const uint8_t *x = la[--na], *y = lb[--nb];
		if (*x != *y || memcmp(x, y, 1 + (size_t)*x) != 0)
			break;
		n++;
	}
	return n;
}

size_t dns_name_replace_suffix(
	const uint8_t *name, unsigned old_labels, const uint8_t *suffix, uint8_t *ret)
{
	unsigned labels = dns_name_labels(name);
	size_t head = (size_t)(dns_name_skip(name, labels - old_labels) - name),
	       tail = dns_name_len(suffix);
	if (head + tail > DNS_NAME_MAX ||
		labels - old_labels + dns_name_labels(suffix) > DNS_LABELS_MAX)
		return 0;
	memmove(ret, name, head);
	memcpy(ret + head, suffix, tail);
	return head + tail;
}

size_t dns_name_print(const uint8_t *name, char *ret)
{
	char *out = ret;
	if (*name == 0)
		*out++ = '.';
	for (; *name != 0;) {
		for (uint8_t n = *name++; n > 0; n--, name++) {
			uint8_t c = *name;
			bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
				     (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '*' ||
				     c == '/';
			if (!plain && (c <= 0x20 || c >= 0x7f || c == '#')) {
				*out++ = '\\';
				*out++ = (char)('0' + c / 100);
				*out++ = (char)('0' + c / 10 % 10);
				*out++ = (char)('0' + c % 10);
				continue;
			}
			if (!plain)
				*out++ = '\\';
			*out++ = (char)c;
		}
		*out++ = '.';
	}
	*out = 0;
	return (size_t)(out - ret);
}

void dns_name_print_buf(const uint8_t *name, struct buf *out)
{
	char text[DNS_NAME_TEXT_SIZE];
	buf_append(out, text, dns_name_print(name, text));
}

/* The escape behind a backslash at *pos (RFC 1035 section 5.1). False: it's none. */
static COLD bool escape(const uint8_t **pos, const uint8_t *end, uint8_t *ret)
{
	const uint8_t *p = *pos + 1;
	if (p == end)
		return false;
	unsigned c = *p++;
	if (c >= '0' && c <= '9') {
		if (end - p < 2 || p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
			return false;
		c = (c - '0') * 100 + (p[0] - '0') * 10u + (p[1] - '0');
		if (c > 255)
			return false;
		p += 2;
	}
	*pos = p;
	*ret = (uint8_t)c;
	return true;
}

/* Writes wire form straight into `ret`. At each step w - ret <= 254: the root's octet always has its place. */
static inline int parse(
	struct span text, const uint8_t *origin, bool lower, uint8_t *ret, size_t *len)
{
	static const uint8_t root[1];
	const uint8_t *p = text.data, *const end = p + text.len,
		      *tail = origin != NULL ? origin : root;
	uint8_t *w = ret;
	if (UNLIKELY(text.len <= 1)) {
		if (text.len == 0)
			return E_MALFORMED;
		if (*p == '.' || (*p == '@' && origin != NULL)) {
			tail = *p == '.' ? root : origin;
			goto end;
		}
	}
	for (;;) {
		uint8_t *const label = w++, *const limit = MIN(label + 1 + DNS_LABEL_MAX,
						    ret + DNS_NAME_MAX - 1);
		while (p < end && *p != '.') {
			uint8_t c = *p;
			if (LIKELY(c != '\\'))
				p++;
			else if (!escape(&p, end, &c))
				return E_MALFORMED;
			if (UNLIKELY(w >= limit))
				return E_RANGE;
			*w++ = lower ? dns_lower[c] : c;
		}
		if (UNLIKELY(w == label + 1))
			return E_MALFORMED;
		*label = (uint8_t)(w - label - 1);
		if (p == end)
			break;
		if (++p == end) {
			tail = root;
			break;
		}
	}
end:;
	size_t tail_len = tail[0] == 0 ? 1 : dns_name_len(tail), head = (size_t)(w - ret);
	if (UNLIKELY(head + tail_len > DNS_NAME_MAX))
		return E_RANGE;
	memcpy(w, tail, tail_len);
	*len = head + tail_len;
	return 0;
}

int dns_name_parse(struct span text, const uint8_t *origin, uint8_t *ret, size_t *len)
{
	return parse(text, origin, false, ret, len);
}

int dns_name_parse_lower(struct span text, const uint8_t *origin, uint8_t *ret, size_t *len)
{
	return parse(text, origin, true, ret, len);
}

bool dns_name_is_absolute(struct span text)
{
	size_t escapes = 0;
	if (text.len == 0 || text.data[text.len - 1] != '.')
		return false;
	while (escapes + 1 < text.len && text.data[text.len - 2 - escapes] == '\\')
		escapes++;
	return escapes % 2 == 0;
}
