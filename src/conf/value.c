#include "conf/value.h"
#include "base/encode.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void put_number(struct buf *out, int64_t v)
{
	buf_append(out, &v, sizeof(v));
}

/* --- numbers --- */

/* Decimal with sign and one unit of `units` (a string of letters) worth `worth`. */
static int parse_number(struct span t, const char *units, const int64_t *worth, int64_t *ret)
{
	size_t i = 0;
	while (i < t.len && t.data[i] == ' ')
		i++;
	bool negative = i < t.len && t.data[i] == '-';
	if (i < t.len && (t.data[i] == '-' || t.data[i] == '+'))
		i++;
	size_t begin = i;
	__int128 v = 0;
	for (; i < t.len && isdigit(t.data[i]); i++) {
		v = v * 10 + (t.data[i] - '0');
		if (v > INT64_MAX)
			return E_RANGE;
	}
	if (i == begin)
		return E_INVALID;
	if (i < t.len && units != NULL) {
		const char *unit = t.data[i] != 0 ? strchr(units, t.data[i]) : NULL;
		if (unit == NULL)
			return E_INVALID;
		v *= worth[unit - units];
		i++;
	}
	if (i != t.len)
		return E_INVALID;
	if (v > INT64_MAX)
		return E_RANGE;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

static const int64_t time_worth[] = { 1, 60, 3600, 86400, 604800, 30 * 86400, 365 * 86400 };
static const int64_t size_worth[] = { 1, 1 << 10, 1 << 20, 1 << 30 };

static int parse_ranged(const struct conf_item *item, struct span t, const char *units,
	const int64_t *worth, int64_t *ret)
{
	TRY(parse_number(t, units, worth, ret));
	return *ret < item->min || *ret > item->max ? E_RANGE : 0;
}

static int parse_percent(const struct conf_item *item, struct span t, struct buf *out)
{
	int64_t v;
	bool percent = t.len > 0 && t.data[t.len - 1] == '%';
	if (percent)
		t.len--;
	TRY(parse_ranged(item, t, percent ? NULL : "smhdwMy", time_worth, &v));
	put_number(out, v);
	put_number(out, percent);
	return 0;
}

/* --- choices: "a|b/alias|c=8" --- */

static int find_choice(const char *choices, struct span t)
{
	int index = 0;
	for (const char *p = choices; p != NULL && *p != 0;) {
		size_t n = strcspn(p, "|/=");
		if (n == t.len && strncasecmp(p, (const char *)t.data, n) == 0)
			return index;
		n += p[n] == '=' ? strcspn(p + n, "|") : 0;
		index += p[n] == '|';
		p += n + (p[n] != 0);
	}
	return -1;
}

static void print_choice(const char *choices, int64_t index, struct buf *out)
{
	for (; index > 0 && choices != NULL; index--)
		choices = strchr(choices, '|') + 1;
	buf_append(out, choices, strcspn(choices, "|/="));
}

int64_t conf_choice_number(const struct conf_item *item, int64_t index)
{
	const char *p = item->choices;
	for (int64_t i = 0; i < index; i++)
		p = strchr(p, '|') + 1;
	p += strcspn(p, "|=");
	return *p == '=' ? strtoll(p + 1, NULL, 10) : index;
}

int64_t conf_choice_of_number(const struct conf_item *item, int64_t number)
{
	int64_t count = 1;
	for (const char *p = item->choices; *p != '\0'; p++)
		count += *p == '|';
	for (int64_t index = 0; index < count; index++) {
		if (conf_choice_number(item, index) == number)
			return index;
	}
	return -1;
}

static int parse_bool(struct span t, int64_t *ret)
{
	if (t.len == 0) {
		*ret = 1;
		return 0;
	}
	int choice = find_choice("off/false|on/true", t);
	*ret = choice;
	return choice < 0 ? E_INVALID : 0;
}

static int parse_optint(const struct conf_item *item, struct span t, int64_t *ret)
{
	if (t.len > 0 && (isdigit(t.data[0]) || t.data[0] == '-'))
		return parse_ranged(item, t, "smhdwMy", time_worth, ret);
	int choice = find_choice(item->choices, t);
	if (choice < 0)
		return E_INVALID;
	*ret = CONF_CHOICE(choice);
	return 0;
}

/* --- octets --- */

static int parse_hex(struct span t, struct buf *out)
{
	if (t.len < 2 || t.data[0] != '0' || t.data[1] != 'x') {
		buf_append(out, t.data, t.len);
		return 0;
	}
	struct span digits = { t.data + 2, t.len - 2 };
	uint8_t *p = buf_reserve(out, BASE16_MAX(digits.len) + 1);
	ssize_t n = p != NULL ? base16_decode(digits, p) : E_NOMEM;
	if (n < 0)
		return n == E_NOMEM ? E_NOMEM : E_INVALID;
	out->len += (size_t)n;
	return 0;
}

static int parse_b64(struct span t, struct buf *out)
{
	uint8_t *p = buf_reserve(out, BASE64_MAX(t.len) + 1);
	ssize_t n = p != NULL ? base64_decode(t, p) : E_NOMEM;
	if (n < 0)
		return (int)n;
	out->len += (size_t)n;
	return 0;
}

static int parse_name(struct span t, struct buf *out)
{
	uint8_t name[DNS_NAME_MAX];
	size_t len;
	if (t.len == 0 || dns_name_parse(t, NULL, name, &len) != 0)
		return E_INVALID;
	dns_name_lower(name, name);
	buf_append(out, name, len);
	return 0;
}

/* --- addresses --- */

static int copy_text(struct span t, char *out, size_t size)
{
	if (t.len >= size || memchr(t.data, 0, t.len) != NULL)
		return E_INVALID;
	memcpy(out, t.data, t.len);
	out[t.len] = 0;
	return 0;
}

/* By shape (sheet 2.1): 6, 4, or 0 for a path. */
static int address_kind(struct span t)
{
	unsigned colons = 0, dots = 0, digits = 0;
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '/')
			return 0;
		colons += t.data[i] == ':';
		dots += t.data[i] == '.';
		digits += isdigit(t.data[i]) != 0;
	}
	return colons >= 2 ? 6 : colons == 0 && dots == 3 && digits >= 3 ? 4 : 0;
}

static void set_port(struct conf_address *a, uint16_t port)
{
	if (a->sa.ss_family == AF_INET)
		((struct sockaddr_in *)&a->sa)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&a->sa)->sin6_port = htons(port);
}

int conf_address_parse(struct span text, uint16_t default_port, struct conf_address *ret)
{
	struct conf_address a = { 0 };
	const uint8_t *at = text.len > 0 ? memrchr(text.data, '@', text.len) : NULL;
	struct span host = { text.data, at != NULL ? (size_t)(at - text.data) : text.len };
	int kind = address_kind(host);
	if (kind == 0) {
		a.path = text;
		*ret = a;
		return 0;
	}
	int64_t port = default_port;
	if (at != NULL) {
		struct span digits = { at + 1, text.len - host.len - 1 };
		TRY(parse_number(digits, NULL, NULL, &port));
		if (port < 0 || port > 65535)
			return E_RANGE;
		a.has_port = true;
	}
	char buffer[INET6_ADDRSTRLEN + 20];
	TRY(copy_text(host, buffer, sizeof(buffer)));
	char *device = strchr(buffer, '%');
	if (device != NULL) {
		*device++ = 0;
		if (*device == 0 || strlen(device) >= sizeof(a.device))
			return E_INVALID;
	}
	if (kind == 4) {
		struct sockaddr_in *sin = (struct sockaddr_in *)&a.sa;
		sin->sin_family = AF_INET;
		if (inet_pton(AF_INET, buffer, &sin->sin_addr) != 1 ||
			(device != NULL && sin->sin_addr.s_addr != INADDR_ANY))
			return E_INVALID;
	} else {
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&a.sa;
		sin6->sin6_family = AF_INET6;
		if (inet_pton(AF_INET6, buffer, &sin6->sin6_addr) != 1)
			return E_INVALID;
		if (device != NULL && !IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr)) {
			sin6->sin6_scope_id = if_nametoindex(device); /* 0 for an unknown one */
			device = NULL;
		}
	}
	if (device != NULL)
		strcpy(a.device, device);
	set_port(&a, (uint16_t)port);
	*ret = a;
	return 0;
}

static int parse_ip(struct span t, sa_family_t *family, uint8_t *ret)
{
	char buffer[INET6_ADDRSTRLEN];
	TRY(copy_text(t, buffer, sizeof(buffer)));
	*family = strchr(buffer, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(*family, buffer, ret) == 1 ? 0 : E_INVALID;
}

int conf_net_parse(struct span text, struct conf_net *ret)
{
	struct conf_net n = { 0 };
	if (text.len > 0 && text.data[0] == '/') {
		n.family = AF_UNIX;
		n.path = text;
		*ret = n;
		return 0;
	}
	const uint8_t *slash = memchr(text.data, '/', text.len),
		      *dash = memchr(text.data, '-', text.len);
	const uint8_t *end = slash != NULL ? slash : dash != NULL ? dash : text.data + text.len;
	TRY(parse_ip((struct span){ text.data, (size_t)(end - text.data) }, &n.family, n.first));
	size_t len = n.family == AF_INET ? 4 : 16;
	memcpy(n.last, n.first, sizeof(n.last));
	if (slash != NULL) {
		int64_t prefix;
		struct span digits = { slash + 1, (size_t)(text.data + text.len - slash - 1) };
		TRY(parse_number(digits, NULL, NULL, &prefix));
		if (prefix < 0 || prefix > (int64_t)len * 8)
			return E_RANGE;
		for (size_t bit = (size_t)prefix; bit < len * 8; bit++) {
			n.first[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
			n.last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		}
	} else if (dash != NULL) {
		sa_family_t family;
		TRY(parse_ip((struct span){ dash + 1, (size_t)(text.data + text.len - dash - 1) },
			&family, n.last));
		if (family != n.family)
			return E_INVALID;
	}
	*ret = n;
	return 0;
}

/* --- all types --- */

/* A quotation mark by its number: a backslash before one would end an exported value. */
static void print_name(const uint8_t *name, bool absolute, struct buf *out)
{
	char text[DNS_NAME_TEXT_SIZE];
	size_t len = dns_name_print(name, text);
	for (size_t i = 0; i < len - !absolute; i++) {
		if (text[i] == '\\' && text[i + 1] == '"') {
			buf_text(out, "\\034");
			i++;
		} else if (text[i] == '\\') { /* takes its escaped octet along */
			buf_append(out, text + i++, 2);
		} else {
			buf_char(out, text[i]);
		}
	}
}

/* Types by their mnemonics, so that equal ones are found to be equal. */
static int parse_type(struct span t, struct buf *out)
{
	uint16_t type;
	if (dns_type_parse(t, &type) != 0)
		return E_INVALID;
	dns_type_print(type, out);
	return 0;
}

/* A name that may be relative: the final dot tells. */
static int parse_relative(struct span t, struct buf *out)
{
	uint8_t name[DNS_NAME_MAX];
	size_t len;
	if (t.len == 0)
		return 0;
	if (dns_name_parse_lower(t, NULL, name, &len) != 0)
		return E_INVALID;
	print_name(name, len == 1 || dns_name_is_absolute(t), out);
	return 0;
}

static int parse_reference(const struct conf_item *item, struct span t, struct buf *out)
{
	if (strcmp(item->choices, "key") == 0) { /* identified by a name, not by a text */
		uint8_t name[DNS_NAME_MAX];
		size_t len;
		if (t.len == 0 || dns_name_parse_lower(t, NULL, name, &len) != 0)
			return E_INVALID;
		print_name(name, true, out);
	} else {
		buf_append(out, t.data, t.len);
	}
	return 0;
}

/* The canonical text of an IP address. */
static void put_ip(struct buf *out, sa_family_t family, const void *address)
{
	char text[INET6_ADDRSTRLEN];
	buf_text(out, inet_ntop(family, address, text, sizeof(text)));
}

static int parse_address(struct span t, struct buf *out)
{
	struct conf_address a;
	TRY(conf_address_parse(t, 0, &a));
	if (a.sa.ss_family == AF_UNSPEC) {
		buf_append(out, t.data, t.len);
		return 0;
	}
	bool four = a.sa.ss_family == AF_INET;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)&a.sa;
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)&a.sa;
	put_ip(out, a.sa.ss_family,
		four ? (const void *)&sin->sin_addr : (const void *)&sin6->sin6_addr);
	const uint8_t *at = memrchr(t.data, '@', t.len);
	size_t host = at != NULL ? (size_t)(at - t.data) : t.len;
	const uint8_t *device = memchr(t.data, '%', host);
	if (device != NULL) /* the name, also where it's a scope, whose number may change */
		buf_append(out, device, (size_t)(t.data + host - device));
	if (a.has_port)
		buf_printf(out, "@%u", ntohs(four ? sin->sin_port : sin6->sin6_port));
	return 0;
}

static int parse_net(struct span t, struct buf *out)
{
	struct conf_net n;
	uint8_t first[16];
	TRY(t.len > 0 ? conf_net_parse(t, &n) : E_INVALID);
	if (n.family == AF_UNIX) {
		buf_append(out, t.data, t.len);
		return 0;
	}
	/* The address as given: its bits behind the prefix are kept. */
	const uint8_t *slash = memchr(t.data, '/', t.len), *dash = memchr(t.data, '-', t.len);
	const uint8_t *end = slash != NULL ? slash : dash != NULL ? dash : t.data + t.len;
	TRY(parse_ip((struct span){ t.data, (size_t)(end - t.data) }, &n.family, first));
	put_ip(out, n.family, first);
	if (slash != NULL) {
		int64_t prefix;
		TRY(parse_number((struct span){ slash + 1, (size_t)(t.data + t.len - slash - 1) },
			NULL, NULL, &prefix));
		buf_printf(out, "/%lld", (long long)prefix);
	} else if (dash != NULL) {
		buf_char(out, '-');
		put_ip(out, n.family, n.last);
	}
	return 0;
}

int conf_value_parse(const struct conf_item *item, struct span text, struct buf *out)
{
	int64_t v = 0;
	int ret;
	if (text.len > CONF_VALUE_MAX)
		return E_SPACE;
	switch (item->type) {
	case CONF_INT:
		ret = parse_ranged(item, text, NULL, NULL, &v);
		break;
	case CONF_TIME:
		ret = parse_ranged(item, text, "smhdwMy", time_worth, &v);
		break;
	case CONF_SIZE:
		ret = parse_ranged(item, text, "BKMG", size_worth, &v);
		break;
	case CONF_BOOL:
		ret = parse_bool(text, &v);
		break;
	case CONF_OPT:
		v = find_choice(item->choices, text);
		ret = v < 0 || text.len == 0 ? E_INVALID : 0;
		break;
	case CONF_OPTINT:
		ret = parse_optint(item, text, &v);
		break;
	case CONF_PERCENT:
		return parse_percent(item, text, out);
	case CONF_HEX:
		return parse_hex(text, out);
	case CONF_B64:
		return parse_b64(text, out);
	case CONF_NAME:
		return parse_name(text, out);
	case CONF_RRTYPE:
		TRY(parse_type(text, out));
		return out->error;
	case CONF_RELNAME:
		TRY(parse_relative(text, out));
		return out->error;
	case CONF_REF:
		TRY(parse_reference(item, text, out));
		return out->error;
	case CONF_ADDR:
		TRY(parse_address(text, out));
		return out->error;
	case CONF_NET:
		TRY(parse_net(text, out));
		return out->error;
	default: /* texts */
		buf_append(out, text.data, text.len);
		return out->error;
	}
	if (ret == 0)
		put_number(out, v);
	return ret != 0 ? ret : out->error;
}

static void print_octets(const struct conf_item *item, struct span v, struct buf *out)
{
	bool printable = true;
	if (item->type == CONF_B64) {
		uint8_t *p = buf_reserve(out, BASE64_LEN(v.len));
		if (p != NULL)
			out->len += base64_encode(v, (char *)p);
		return;
	}
	for (size_t i = 0; i < v.len; i++)
		printable = printable && isprint(v.data[i]);
	/* A backslash takes the next octet along, which must not be a quotation mark. */
	for (size_t i = 0; i < v.len && printable; i++) {
		if (v.data[i] == '\\') {
			i++;
			printable = i < v.len && v.data[i] != '"';
		}
	}
	/* What begins with 0x as text would be read as hexadecimal. */
	if (printable && !(v.len >= 2 && v.data[0] == '0' && v.data[1] == 'x')) {
		buf_append(out, v.data, v.len);
		return;
	}
	buf_text(out, "0x");
	uint8_t *p = buf_reserve(out, BASE16_LEN(v.len));
	if (p != NULL)
		out->len += base16_encode(v, (char *)p);
}

void conf_value_print(const struct conf_item *item, struct span value, struct buf *out)
{
	switch (item->type) {
	case CONF_INT:
	case CONF_TIME:
	case CONF_SIZE:
		buf_printf(out, "%lld", (long long)conf_value_number(value));
		break;
	case CONF_BOOL:
		buf_text(out, conf_value_number(value) != 0 ? "on" : "off");
		break;
	case CONF_OPT:
		print_choice(item->choices, conf_value_number(value), out);
		break;
	case CONF_OPTINT:
		if (conf_value_number(value) < item->min)
			print_choice(item->choices, conf_value_number(value) - INT64_MIN, out);
		else
			buf_printf(out, "%lld", (long long)conf_value_number(value));
		break;
	case CONF_PERCENT:
		buf_printf(out, "%lld%s", (long long)conf_value_number(value),
			conf_value_number((struct span){ value.data + 8, 8 }) != 0 ? "%" : "");
		break;
	case CONF_HEX:
	case CONF_B64:
		print_octets(item, value, out);
		break;
	case CONF_NAME:
		print_name(value.data, true, out);
		break;
	default:
		buf_append(out, value.data, value.len);
	}
}
