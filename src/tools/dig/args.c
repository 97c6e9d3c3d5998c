/* tools/dig: the command line, from left to right. */
#include "base/encode.h"
#include "base/file.h"
#include "base/product.h"
#include "config.h"
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#if HAVE_IDN2
#include <idn2.h>
#endif

static void defaults(struct dig_query *q)
{
	*q = (struct dig_query){
		.type = -1,
		.class_ = -1,
		.family = AF_UNSPEC,
		.flags = { .rd = true, .ad = true },
		.edns = -1,
		.bufsize = -1,
		.padding = -1,
		.badcookie = true,
		.timeout = 5,
		.retries = 2,
		.idnin = true,
		.style = { .crypto = true,
			.header = true,
			.comments = true,
			.opt = true,
			.question = true,
			.answer = true,
			.authority = true,
			.additional = true,
			.tsig = true,
			.stats = true,
			.class_ = true,
			.ttl = true,
			.idnout = isatty(STDOUT_FILENO) },
	};
}

struct kept {
	struct kept *next;
	max_align_t data[];
};
static struct kept *kept;

void *dig_alloc(size_t len)
{
	struct kept *k = calloc(1, sizeof(*k) + len);
	if (k == NULL)
		return NULL;
	k->next = kept;
	kept = k;
	return k->data;
}

int dig_parse_server(const char *text, struct dig_server *ret)
{
	struct dig_server s = { .text = text };
	char *copy = dig_alloc(strlen(text) + 1);
	if (copy == NULL)
		return E_NOMEM;
	strcpy(copy, text);
	s.host = copy;
	if (text[0] == '/') {
		s.is_path = true;
		*ret = s;
		return 0;
	}
	char *port = NULL;
	if (copy[0] == '[') { /* [addr] or [addr]:port */
		char *end = strchr(copy, ']');
		if (end == NULL || (end[1] != 0 && end[1] != ':' && end[1] != '@' && end[1] != '#'))
			return E_INVALID;
		if (end[1] != 0)
			port = end + 2;
		*end = 0;
		memmove(copy, copy + 1, strlen(copy + 1) + 1);
	} else {
		char *at = strrchr(copy, '@');
		if (at == NULL)
			at = strrchr(copy, '#');
		if (at == NULL) { /* one colon: a port; more: an IPv6 address */
			at = strchr(copy, ':');
			if (at != NULL && strchr(at + 1, ':') != NULL)
				at = NULL;
		}
		if (at != NULL) {
			port = at + 1;
			*at = 0;
		}
	}
	if (copy[0] == 0 || (port != NULL && port[0] == 0))
		return E_INVALID;
	s.port = port;
	*ret = s;
	return 0;
}

static int set_name(struct dig_query *q, const char *text)
{
	q->name_text = text;
	q->has_question = true;
	int ret = dns_name_parse(span_of_text(text), NULL, q->name, &q->name_len);
#if HAVE_IDN2
	bool ascii = true;
	for (const char *p = text; *p != 0; p++)
		ascii = ascii && (signed char)*p >= 0;
	if (q->idnin && !ascii) {
		char *idn = NULL;
		if (idn2_to_ascii_8z(text, &idn, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) ==
			IDN2_OK) {
			dig_info("IDNA qname %s -> %s", text, idn);
			ret = dns_name_parse(span_of_text(idn), NULL, q->name, &q->name_len);
		}
		free(idn);
	}
#endif
	return ret;
}

static int set_reverse(struct dig_query *q, const char *text)
{
	uint8_t addr[16];
	char name[128];
	size_t n = 0;
	if (inet_pton(AF_INET, text, addr) == 1) {
		snprintf(name, sizeof(name), "%u.%u.%u.%u.in-addr.arpa.", addr[3], addr[2], addr[1],
			addr[0]);
	} else if (inet_pton(AF_INET6, text, addr) == 1) {
		for (int i = 15; i >= 0; i--)
			n += (size_t)snprintf(
				name + n, sizeof(name) - n, "%x.%x.", addr[i] & 15, addr[i] >> 4);
		snprintf(name + n, sizeof(name) - n, "ip6.arpa.");
	} else {
		return E_INVALID;
	}
	q->type = DNS_TYPE_PTR;
	int ret = set_name(q, name);
	q->name_text = text; /* the buffer is used again */
	return ret;
}

/* The decimal serial in `text`. */
static int parse_serial(const char *text, uint32_t *ret)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != 0 || n > UINT32_MAX)
		return E_INVALID;
	*ret = (uint32_t)n;
	return 0;
}

/* TYPE, TYPEnnn, AXFR, IXFR=serial, NOTIFY[=serial]. E_NORRTYPE: not a type at all. */
static int set_type(struct dig_query *q, const char *text)
{
	const char *equals = strchr(text, '=');
	const struct span word = { (const uint8_t *)text,
		equals != NULL ? (size_t)(equals - text) : strlen(text) };
	const bool is_notify = word.len == 6 && strncasecmp(text, "NOTIFY", 6) == 0;
	uint16_t type = DNS_TYPE_SOA;
	if (!is_notify && dns_type_parse(word, &type) != 0)
		return E_NORRTYPE;
	const bool is_ixfr = !is_notify && type == DNS_TYPE_IXFR;
	if (equals != NULL ? !is_notify && !is_ixfr
			   : is_ixfr) /* IXFR can't do without a serial, others have none */
		return is_ixfr ? E_INVALID : E_NORRTYPE;
	if (equals != NULL)
		TRY(parse_serial(equals + 1, &q->serial));
	if (is_notify != (q->operation == DIG_NOTIFY)) {
		q->flags.aa = is_notify;
		q->flags.rd = !is_notify;
	}
	q->has_serial = equals != NULL;
	q->type = type;
	q->operation = is_notify               ? DIG_NOTIFY
		       : is_ixfr               ? DIG_IXFR
		       : type == DNS_TYPE_AXFR ? DIG_AXFR
					       : DIG_QUERY;
	return 0;
}

static int set_class(struct dig_query *q, const char *text)
{
	uint16_t class_;
	TRY(dns_class_parse(span_of_text(text), &class_));
	q->class_ = class_;
	return 0;
}

/* [alg:]name:secret */
static int set_key(struct dig_query *q, const char *text)
{
	const char *first = strchr(text, ':');
	if (first == NULL)
		return E_INVALID;
	const char *second = strchr(first + 1, ':');
	enum dns_tsig_algorithm alg = DNS_TSIG_HMAC_SHA256;
	const char *name = text, *secret = first + 1;
	if (second != NULL) {
		alg = dns_tsig_algorithm_parse(
			(struct span){ (const uint8_t *)text, (size_t)(first - text) });
		name = first + 1;
		secret = second + 1;
	}
	size_t len;
	if (alg == DNS_TSIG_NONE || strlen(secret) > BASE64_LEN(sizeof(q->key_secret) - 3))
		return E_INVALID;
	TRY(dns_name_parse((struct span){ (const uint8_t *)name, (size_t)(secret - 1 - name) },
		NULL, q->key_name, &len));
	dns_name_lower(q->key_name, q->key_name);
	ssize_t n = base64_decode(span_of_text(secret), q->key_secret);
	if (n < 0)
		return (int)n;
	q->has_key = true;
	q->key = (struct dns_tsig_key){ NULL, alg,
		{ NULL, (size_t)n } }; /* pointers are set in finish(): queries are copied */
	return 0;
}

static int set_keyfile(struct dig_query *q, const char *path)
{
	struct file_map map;
	TRY(file_map_open(path, &map));
	size_t begin = 0, end = 0; /* of the first line, blanks around it left out */
	while (end < map.bytes.len && map.bytes.data[end] != '\n')
		end++;
	while (end > begin && isspace(map.bytes.data[end - 1]))
		end--;
	while (begin < end && isspace(map.bytes.data[begin]))
		begin++;
	char *line = strndup((const char *)map.bytes.data + begin, end - begin);
	file_map_close(&map);
	int ret = line != NULL ? set_key(q, line) : E_NOMEM;
	free(line);
	return ret;
}

void dig_help(void)
{
	printf("Usage: kdig [-4] [-6] [-d] [-b address] [-c class] [-p port]\n"
	       "            [-q name] [-t type] [-x address] [-k keyfile]\n"
	       "            [-y [algo:]keyname:key] [-E tapfile] [-G tapfile]\n"
	       "            [name] [type] [class] [@server]...\n\n");
	dig_options_help();
	printf("\n       -h, --help     Print the program help.\n"
	       "       -V, --version  Print the program version.\n");
}

struct parser {
	struct dig_query *first, *last; /* queries begun by a name */
	struct dig_query conf;          /* what was set before the first name */
};

static struct dig_query *current(struct parser *p)
{
	return p->last != NULL ? p->last : &p->conf;
}

static int start_query(struct parser *p)
{
	struct dig_query *q = dig_alloc(sizeof(*q));
	if (q == NULL)
		return E_NOMEM;
	*q = p->conf;
	q->next = NULL;
	q->servers_inherited = true;
	if (p->last != NULL)
		p->last->next = q;
	else
		p->first = q;
	p->last = q;
	return 0;
}

/* `complaint` about a text that is no name. */
static int add_name(struct parser *p, const char *text, const char *complaint)
{
	TRY(start_query(p));
	if (set_name(p->last, text) != 0) {
		dig_error("%s %s", complaint, text);
		return E_INVALID;
	}
	return 0;
}

/* A number, or the name of a service. */
static bool is_port(const char *text)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *list;
	if (text[0] != 0 && text[strspn(text, "0123456789")] == 0)
		return strtoul(text, NULL, 10) <= UINT16_MAX;
	if (text[0] == 0 || getaddrinfo(NULL, text, &hints, &list) != 0)
		return false;
	freeaddrinfo(list);
	return true;
}

static int add_server(struct parser *p, const char *text)
{
	struct dig_query *q = current(p);
	if (q->servers_inherited) {
		q->servers_inherited = false;
		q->server_count = 0;
	}
	struct dig_server *s = &q->servers[q->server_count];
	if (q->server_count == DIG_SERVERS_MAX || dig_parse_server(text, s) != 0 ||
		(s->port != NULL && !is_port(s->port))) {
		dig_error("invalid server @%s", text);
		return E_INVALID;
	}
	q->server_count++;
	return 0;
}

static bool is_address(const struct dig_server *s)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *list;
	if (s->is_path || getaddrinfo(s->host, s->port, &hints, &list) != 0)
		return false;
	freeaddrinfo(list);
	return true;
}

/* An option with an argument. `what` names it in messages. */
static int option_argument(struct parser *p, char letter, const char *arg)
{
	static const char *const what[128] = { ['b'] = "address",
		['c'] = "class",
		['k'] = "filename",
		['p'] = "port",
		['q'] = "name",
		['t'] = "type",
		['x'] = "address",
		['y'] = "key",
		['E'] = "filename",
		['G'] = "filename" };
	struct dig_query *q = current(p);
	if (letter == 'q' && arg == NULL)
		arg = "";
	if (arg == NULL) {
		dig_error("missing %s", what[(int)letter]);
		return E_INVALID;
	}
	switch (letter) {
	case 'b':
		q->has_local = true;
		if (dig_parse_server(arg, &q->local) == 0 && is_address(&q->local))
			return 0;
		dig_error("bad address %s", arg);
		return E_INVALID;
	case 'c':
		if (set_class(q, arg) != 0) {
			dig_error("bad class %s", arg);
			return E_INVALID;
		}
		return 0;
	case 'k':
		if (set_keyfile(q, arg) != 0) {
			dig_error("bad keyfile %s", arg);
			return E_INVALID;
		}
		return 0;
	case 'p':
		if (!is_port(arg)) {
			dig_error("bad port %s", arg);
			return E_INVALID;
		}
		q->port = arg;
		return 0;
	case 'q':
		if (arg[0] == 0) {
			TRY(start_query(p));
			p->last->has_question = false;
			p->last->name_text = "";
			return 0;
		}
		return add_name(p, arg, "bad query name");
	case 't':
		if (set_type(q, arg) != 0) {
			dig_error("bad type %s", arg);
			return E_INVALID;
		}
		return 0;
	case 'x':
		TRY(start_query(p));
		if (set_reverse(p->last, arg) != 0) {
			dig_error("bad reverse name %s", arg);
			return E_INVALID;
		}
		return 0;
	case 'y':
		if (set_key(q, arg) != 0) {
			dig_error("bad key %s", arg);
			return E_INVALID;
		}
		return 0;
	case 'E':
		return dig_tap_open(arg, &q->tap_out);
	default: /* G */
		TRY(start_query(p));
		p->last->operation = DIG_TAP;
		p->last->name_text = "";
		p->last->tap_in = arg;
		return 0;
	}
}

/* -x and --long. *used: the next argument was taken. */
static int dash(struct parser *p, const char *text, const char *next, bool *used, bool *done)
{
	*used = false;
	if (strcmp(text, "-h") == 0 || strcmp(text, "--help") == 0) {
		dig_help();
		*done = true;
		return 0;
	}
	const bool is_extended = strcmp(text, "-VV") == 0 || strcmp(text, "--version=V") == 0;
	if (is_extended || strcmp(text, "-V") == 0 || strcmp(text, "--version") == 0) {
		product_print_version("kdig", is_extended);
		*done = true;
		return 0;
	}
	if (strcmp(text, "-4") == 0 || strcmp(text, "-6") == 0) {
		current(p)->family = text[1] == '4' ? AF_INET : AF_INET6;
		return 0;
	}
	if (text[1] == 'd' && text[1 + strspn(text + 1, "d")] == 0) {
		struct dig_query *q = current(p);
		q->debug = MIN(q->debug + (int)strspn(text + 1, "d"), 2);
		return 0;
	}
	if (text[1] == 0 || strchr("bckpqtxyEG", text[1]) == NULL) {
		dig_error("invalid option: %s", text);
		dig_help();
		return E_INVALID;
	}
	if (text[2] != 0)
		return option_argument(p, text[1], text + 2);
	*used = next != NULL;
	return option_argument(p, text[1], next);
}

static int word(struct parser *p, const char *text)
{
	struct dig_query *q = current(p);
	int ret = set_type(q, text);
	if (ret == 0)
		return 0;
	if (ret == E_INVALID) {
		dig_error("bad type %s", text);
		return ret;
	}
	if (set_class(q, text) == 0)
		return 0;
	return add_name(p, text, "invalid parameter:");
}

/* Defaults for what was never given, and pointers into the query itself. */
static void finish(struct dig_query *q)
{
	if (q->name_text == NULL) { /* no name at all: . NS IN, whatever types were given */
		q->has_question = true;
		q->name_text = ".";
		q->name[0] = 0;
		q->name_len = 1;
		(void)set_type(q, "NS");
		q->class_ = DNS_CLASS_IN;
	}
	if (q->type < 0)
		q->type = DNS_TYPE_A;
	if (q->class_ < 0)
		q->class_ = DNS_CLASS_IN;
	if ((q->operation == DIG_AXFR || q->operation == DIG_IXFR) && !q->udp_forced)
		q->tcp = true;
	q->key.name = q->key_name;
	q->key.secret.data = q->key_secret;
	if (q->port == NULL)
		q->port = "53";
}

int dig_parse_arguments(int argc, char **argv, struct dig_query **ret, bool *done)
{
	static struct parser p;
	defaults(&p.conf);
	*done = false;
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		bool used = false;
		int error;
		if (arg[0] == '@')
			error = add_server(&p, arg + 1);
		else if (arg[0] == '+')
			error = dig_parse_option(current(&p), arg + 1);
		else if (arg[0] == '-')
			error = dash(&p, arg, i + 1 < argc ? argv[i + 1] : NULL, &used, done);
		else
			error = word(&p, arg);
		if (*done)
			return 0;
		if (error != 0)
			return error;
		i += used;
	}
	if (p.first == NULL)
		TRY(start_query(&p));
	for (struct dig_query *q = p.first; q != NULL; q = q->next)
		finish(q);
	*ret = p.first;
	return 0;
}

void dig_free(void)
{
	while (kept != NULL) {
		struct kept *next = kept->next;
		free(kept);
		kept = next;
	}
}
