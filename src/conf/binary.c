#include "conf/binary.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include <arpa/inet.h>
#include <stdlib.h>

#define PERCENT_BIT ((int64_t)1 << 62)

/* First octets of addresses. */
enum {
	PLAIN_PATH = 0,
	PLAIN_V4 = 4,
	DEVICE_V4 = 5,
	PLAIN_V6 = 6,
	SCOPE_V6 = 7,
	DEVICE_V6 = 8,
};
/* What follows the address of a net. */
enum { NET_SINGLE, NET_PREFIX, NET_RANGE };

static void put_u64(struct buf *out, int64_t v)
{
	uint8_t *p = buf_reserve(out, 8);

	if (p != NULL) {
		write_u64(p, (uint64_t)v);
		out->len += 8;
	}
}

static void put_text(struct buf *out, struct span text)
{
	buf_append(out, text.data, text.len);
	buf_u8(out, 0);
}

/* A text of other form than the numbers: the part before `end`, with an end of its own. */
static bool copy_part(const uint8_t *from, const uint8_t *end, char *ret, size_t size)
{
	size_t len = (size_t)(end - from);

	if (len >= size)
		return false;
	memcpy(ret, from, len);
	ret[len] = '\0';
	return true;
}

static void put_ip(struct buf *out, const uint8_t *from, const uint8_t *end)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t octets[16];

	if (!copy_part(from, end, text, sizeof(text)))
		return;
	bool six = strchr(text, ':') != NULL;
	if (inet_pton(six ? AF_INET6 : AF_INET, text, octets) == 1)
		buf_append(out, octets, six ? 16 : 4);
}

static bool is_unspecified(struct span octets)
{
	for (size_t i = 0; i < octets.len; i++) {
		if (octets.data[i] != 0)
			return false;
	}
	return true;
}

/* Canonical texts: host[%device][@port], or a path. */
static void put_address(struct buf *out, struct span text)
{
	struct conf_address a;

	if (conf_address_parse(text, 0, &a) != 0 || a.sa.ss_family == AF_UNSPEC) {
		buf_u8(out, PLAIN_PATH);
		put_text(out, text);
		return;
	}
	const uint8_t *at = a.has_port ? memrchr(text.data, '@', text.len) : NULL;
	const uint8_t *end = at != NULL ? at : text.data + text.len;
	const uint8_t *device = memchr(text.data, '%', (size_t)(end - text.data));
	size_t begin = out->len;
	buf_u8(out, 0);
	put_ip(out, text.data, device != NULL ? device : end);
	if (out->error != 0)
		return;
	bool six = a.sa.ss_family == AF_INET6;
	struct span octets = { out->data + begin + 1, out->len - begin - 1 };
	uint8_t kind = six ? PLAIN_V6 : PLAIN_V4;
	if (device != NULL)
		kind = !six ? DEVICE_V4 : is_unspecified(octets) ? DEVICE_V6 : SCOPE_V6;
	out->data[begin] = kind;
	if (device != NULL)
		put_text(out, (struct span){ device + 1, (size_t)(end - device) - 1 });
	uint16_t port = six ? ((struct sockaddr_in6 *)&a.sa)->sin6_port
			    : ((struct sockaddr_in *)&a.sa)->sin_port;
	put_u64(out, a.has_port ? ntohs(port) : -1);
}

static void put_net(struct buf *out, struct span text)
{
	const uint8_t *end = text.data + text.len;
	const uint8_t *slash = memchr(text.data, '/', text.len),
		      *dash = memchr(text.data, '-', text.len);
	char number[8];

	if (text.data[0] == '/') {
		buf_u8(out, PLAIN_PATH);
		put_text(out, text);
		buf_u8(out, NET_SINGLE);
		return;
	}
	uint8_t kind = memchr(text.data, ':', text.len) != NULL ? PLAIN_V6 : PLAIN_V4;
	buf_u8(out, kind);
	put_ip(out, text.data, slash != NULL ? slash : dash != NULL ? dash : end);
	if (slash != NULL && copy_part(slash + 1, end, number, sizeof(number))) {
		buf_u8(out, NET_PREFIX);
		put_u64(out, strtol(number, NULL, 10));
	} else if (dash != NULL) {
		buf_u8(out, NET_RANGE);
		buf_u8(out, kind);
		put_ip(out, dash + 1, end);
	} else {
		buf_u8(out, NET_SINGLE);
	}
}

static void put_module(struct buf *out, struct span text)
{
	const uint8_t *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
	size_t len = slash != NULL ? (size_t)(slash - text.data) : text.len;

	buf_u8(out, (uint8_t)len);
	buf_append(out, text.data, len);
	if (slash != NULL)
		put_text(out, (struct span){ slash + 1, text.len - len - 1 });
}

static void put_name(struct buf *out, struct span text, bool whole)
{
	uint8_t name[DNS_NAME_MAX];
	size_t len;

	if (text.len > 0 && dns_name_parse_lower(text, NULL, name, &len) == 0)
		buf_append(out, name, len - !whole);
}

static int64_t stored_percent(struct span value)
{
	int64_t v = conf_value_number(value);
	bool percent = conf_value_number((struct span){ value.data + 8, 8 }) != 0;

	return percent ? v ^ PERCENT_BIT : v;
}

void conf_binary_put(const struct conf_item *item, struct span v, struct buf *out)
{
	uint16_t type;

	switch (item->type) {
	case CONF_INT:
	case CONF_TIME:
	case CONF_SIZE:
		put_u64(out, conf_value_number(v));
		break;
	case CONF_PERCENT:
		put_u64(out, stored_percent(v));
		break;
	case CONF_BOOL:
		buf_u8(out, conf_value_number(v) != 0);
		break;
	case CONF_OPT:
		buf_u8(out, (uint8_t)conf_choice_number(item, conf_value_number(v)));
		break;
	case CONF_OPTINT:
		put_u64(out, conf_value_number(v) >= item->min
				     ? conf_value_number(v)
				     : conf_choice_number(item, conf_value_number(v) - INT64_MIN));
		break;
	case CONF_HEX:
	case CONF_B64:
		buf_u16(out, (uint16_t)v.len);
		buf_append(out, v.data, v.len);
		break;
	case CONF_NAME:
		buf_append(out, v.data, v.len);
		break;
	case CONF_ADDR:
		put_address(out, v);
		break;
	case CONF_NET:
		put_net(out, v);
		break;
	case CONF_REF:
		if (v.len > 0 && strcmp(item->choices, "key") == 0)
			put_name(out, v, true);
		else
			put_text(out, v);
		break;
	case CONF_MODREF:
		put_module(out, v);
		break;
	case CONF_RRTYPE:
		put_u64(out, dns_type_parse(v, &type) == 0 ? type : 0);
		break;
	case CONF_RELNAME:
		put_name(out, v, dns_name_is_absolute(v));
		break;
	default: /* CONF_STR, CONF_PATH */
		put_text(out, v);
	}
}

/* --- back --- */

/* All of the cursor up to a zero octet, which is stepped over. */
static struct span take_text(struct cursor *c)
{
	size_t left = cursor_left(c);
	const uint8_t *end = left > 0 ? memchr(c->pos, 0, left) : NULL;
	struct span ret = cursor_take(c, end != NULL ? (size_t)(end - c->pos) : left + 1);

	cursor_u8(c);
	return ret;
}

/* Address octets and device by kind, as text. */
static void take_ip(struct cursor *c, uint8_t kind, struct buf *text)
{
	bool six = kind >= PLAIN_V6;
	struct span octets = cursor_take(c, six ? 16 : 4);
	char printed[INET6_ADDRSTRLEN];

	if (kind < PLAIN_V4 || kind > DEVICE_V6 || c->failed) {
		c->failed = true;
		return;
	}
	buf_text(text, inet_ntop(six ? AF_INET6 : AF_INET, octets.data, printed, sizeof(printed)));
	if (kind == DEVICE_V4 || kind == SCOPE_V6 || kind == DEVICE_V6) {
		struct span device = take_text(c);
		buf_char(text, '%');
		buf_append(text, device.data, device.len);
	}
}

static void take_address(struct cursor *c, struct buf *text)
{
	uint8_t kind = cursor_u8(c);

	if (kind == PLAIN_PATH) {
		struct span path = take_text(c);
		buf_append(text, path.data, path.len);
		return;
	}
	take_ip(c, kind, text);
	int64_t port = (int64_t)cursor_u64(c);
	if (port != -1)
		buf_printf(text, "@%lld", (long long)port);
}

static void take_net(struct cursor *c, struct buf *text)
{
	uint8_t kind = cursor_u8(c);

	if (kind == PLAIN_PATH) {
		struct span path = take_text(c);
		buf_append(text, path.data, path.len);
	} else {
		take_ip(c, kind, text);
	}
	switch (cursor_u8(c)) {
	case NET_SINGLE:
		break;
	case NET_PREFIX:
		buf_printf(text, "/%lld", (long long)cursor_u64(c));
		break;
	case NET_RANGE:
		buf_char(text, '-');
		take_ip(c, cursor_u8(c), text);
		break;
	default:
		c->failed = true;
	}
}

static void take_module(struct cursor *c, struct buf *text)
{
	struct span name = cursor_take(c, cursor_u8(c));

	if (name.len > 0 && (memchr(name.data, '/', name.len) != NULL ||
				    memchr(name.data, '\0', name.len) != NULL))
		c->failed = true;
	buf_append(text, name.data, name.len);
	if (cursor_left(c) == 0)
		return;
	struct span id = take_text(c);
	buf_char(text, '/');
	buf_append(text, id.data, id.len);
}

/* Labels to the end, with the root's or without. */
static void take_relative(struct cursor *c, struct buf *text)
{
	uint8_t name[DNS_NAME_MAX + 1];
	char printed[DNS_NAME_TEXT_SIZE];
	struct span labels = cursor_rest(c);

	if (labels.len == 0)
		return;
	if (labels.len > DNS_NAME_MAX) {
		c->failed = true;
		return;
	}
	memcpy(name, labels.data, labels.len);
	name[labels.len] = 0;
	struct cursor whole = cursor_over((struct span){ name, labels.len + 1 });
	size_t len = dns_name_take(&whole).len;
	if (whole.failed || len < labels.len) {
		c->failed = true;
		return;
	}
	size_t printed_len = dns_name_print(name, printed);
	buf_append(text, printed, len == labels.len ? printed_len : printed_len - 1);
}

static void take_name(struct cursor *c, struct buf *text)
{
	struct span name = dns_name_take(c);

	if (!c->failed)
		dns_name_print_buf(name.data, text);
}

static void take_percent(struct cursor *c, struct buf *text)
{
	int64_t v = (int64_t)cursor_u64(c);
	bool percent = v < 0 ? (v & PERCENT_BIT) == 0 : (v & PERCENT_BIT) != 0;

	buf_printf(text, "%lld%s", (long long)(percent ? v ^ PERCENT_BIT : v), percent ? "%" : "");
}

static void take_number(const struct conf_item *item, int64_t v, struct buf *text)
{
	int64_t choice = item->choices != NULL ? conf_choice_of_number(item, v) : -1;

	if (choice >= 0 && (item->type == CONF_OPT || v < item->min)) {
		int64_t value = item->type == CONF_OPT ? choice : CONF_CHOICE(choice);
		conf_value_print(
			item, (struct span){ (const uint8_t *)&value, sizeof(value) }, text);
	} else {
		buf_printf(text, "%lld", (long long)v);
	}
}

static void take_type(struct cursor *c, struct buf *text)
{
	uint64_t type = cursor_u64(c);

	c->failed = c->failed || type > UINT16_MAX;
	dns_type_print((uint16_t)type, text);
}

/* Octets that stand for themselves in a value, too. False: the item's type isn't such. */
static bool take_octets(const struct conf_item *item, struct cursor *c, struct buf *out)
{
	struct span v;

	switch (item->type) {
	case CONF_HEX:
	case CONF_B64:
		v = cursor_take(c, cursor_u16(c));
		break;
	case CONF_STR:
	case CONF_PATH:
		v = take_text(c);
		break;
	default:
		return false;
	}
	buf_append(out, v.data, v.len);
	return true;
}

/* The text of a stored form, to be parsed. */
static void take_as_text(const struct conf_item *item, struct cursor *c, struct buf *text)
{
	struct span s;

	switch (item->type) {
	case CONF_PERCENT:
		take_percent(c, text);
		break;
	case CONF_BOOL:
		buf_text(text, cursor_u8(c) != 0 ? "on" : "off");
		break;
	case CONF_OPT:
		take_number(item, cursor_u8(c), text);
		break;
	case CONF_NAME:
		take_name(c, text);
		break;
	case CONF_ADDR:
		take_address(c, text);
		break;
	case CONF_NET:
		take_net(c, text);
		break;
	case CONF_MODREF:
		take_module(c, text);
		break;
	case CONF_RRTYPE:
		take_type(c, text);
		break;
	case CONF_RELNAME:
		take_relative(c, text);
		break;
	case CONF_REF:
		if (strcmp(item->choices, "key") == 0 && cursor_left(c) > 1) {
			take_name(c, text);
			break;
		}
		s = take_text(c);
		buf_append(text, s.data, s.len);
		break;
	default: /* numbers */
		take_number(item, (int64_t)cursor_u64(c), text);
	}
}

int conf_binary_take(const struct conf_item *item, struct span stored, struct buf *out)
{
	/* Nothing may be added to a null pointer, not even 0. */
	struct cursor c = cursor_over(stored.len > 0 ? stored : span_of_text(""));
	struct buf text = { 0 };

	if (take_octets(item, &c, out)) {
		TRY(cursor_finish(&c));
		return out->error;
	}
	take_as_text(item, &c, &text);
	int error = cursor_finish(&c);
	if (error == 0)
		error = text.error;
	/* An empty reference to a key means none: nothing that a text can say. */
	if (error == 0 && text.len > 0)
		error = conf_value_parse(item, buf_span(&text), out);
	else if (error == 0 && item->type != CONF_REF && item->type != CONF_MODREF &&
		 item->type != CONF_RELNAME)
		error = E_MALFORMED;
	buf_deinit(&text);
	return error != 0 ? error : out->error;
}
