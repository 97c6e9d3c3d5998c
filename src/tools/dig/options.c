/* tools/dig: +options, one table. */
#include "base/encode.h"
#include "tools/dig/dig.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum argument { ARG_NONE, ARG_OPTIONAL, ARG_REQUIRED };

struct option {
	const char *name;
	enum argument argument;
	/* `on` is false for +no...; `value` NULL: none given. */
	int (*set)(struct dig_query *q, bool on, const char *value);
	const char *argument_help, *help;
};

static int bad(const char *name, const char *value)
{
	dig_error("invalid +%s=%s", name, value);
	return E_INVALID;
}

static int number(const char *name, const char *text, long min, long max, int *ret)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (end == text || *end != 0 || n < min || n > max)
		return bad(name, text);
	*ret = (int)MIN(n, INT32_MAX);
	return 0;
}

#define FLAG(name, field)                                                      \
	static int set_##name(struct dig_query *q, bool on, const char *value) \
	{                                                                      \
		(void)value;                                                   \
		q->field = on;                                                 \
		return 0;                                                      \
	}

FLAG(generic, style.generic)
FLAG(crypto, style.crypto)
FLAG(qr, style.query)
FLAG(header, style.header)
FLAG(comments, style.comments)
FLAG(opt, style.opt)
FLAG(question, style.question)
FLAG(answer, style.answer)
FLAG(authority, style.authority)
FLAG(tsig, style.tsig)
FLAG(stats, style.stats)
FLAG(opttext, style.opttext)
FLAG(optpresent, style.optpresent)
FLAG(class, style.class_)
FLAG(ttl, style.ttl)
FLAG(json, style.json)
FLAG(idnout, style.idnout)
FLAG(idnin, idnin)
FLAG(aaflag, flags.aa)
FLAG(tcflag, flags.tc)
FLAG(rdflag, flags.rd)
FLAG(raflag, flags.ra)
FLAG(zflag, flags.z)
FLAG(adflag, flags.ad)
FLAG(cdflag, flags.cd)
FLAG(doflag, do_bit)
FLAG(deflag, de_bit)
FLAG(nsid, nsid)
FLAG(zoneversion, zoneversion)
FLAG(ignore, ignore_tc)
FLAG(keepopen, keepopen)
FLAG(badcookie, badcookie)

/* Both ways at once, as scripts have it. */
static int set_idn(struct dig_query *q, bool on, const char *value)
{
	(void)value;
	q->idnin = on;
	q->style.idnout = on && q->style.idnout;
	return 0;
}

static int set_multiline(struct dig_query *q, bool on, const char *value)
{
	(void)value;
	q->style.multiline = on;
	if (on) {
		q->style.short_ = q->style.json = false;
		q->style.header = q->style.opt = q->style.stats = true;
	}
	return 0;
}

static int set_short(struct dig_query *q, bool on, const char *value)
{
	(void)value;
	q->style.short_ = on;
	if (on)
		q->style.header = q->style.opt = q->style.stats = q->style.json = false;
	return 0;
}

static int set_additional(struct dig_query *q, bool on, const char *value)
{
	(void)value;
	q->style.additional = on;
	if (!on)
		q->style.opt = q->style.tsig = false;
	return 0;
}

static int set_all(struct dig_query *q, bool on, const char *value)
{
	(void)value;
	struct dig_style *s = &q->style;
	s->header = s->comments = s->opt = s->question = s->answer = s->authority = s->additional =
		s->tsig = s->stats = on;
	if (!on)
		s->query = false;
	return 0;
}

static int set_tcp(struct dig_query *q, bool on, const char *value)
{
	(void)value;
	q->tcp = on;
	q->udp_forced = !on;
	if (!on)
		q->ignore_tc = true;
	return 0;
}

static int set_bufsize(struct dig_query *q, bool on, const char *value)
{
	q->bufsize = -1;
	if (!on)
		return 0;
	TRY(number("bufsize", value, 0, 65535, &q->bufsize));
	if (q->bufsize == 0)
		q->bufsize = -1;
	else
		q->bufsize = MAX(q->bufsize, 12);
	return 0;
}

static int set_padding(struct dig_query *q, bool on, const char *value)
{
	q->padding = on ? DIG_PAD_BLOCK : DIG_PAD_NEVER;
	if (!on)
		q->alignment = 0;
	return value != NULL && on ? number("padding", value, 0, 65535, &q->padding) : 0;
}

static int set_alignment(struct dig_query *q, bool on, const char *value)
{
	q->alignment = on ? 128 : 0;
	if (on && q->padding == DIG_PAD_NEVER)
		q->padding = DIG_PAD_AUTO;
	return on && value != NULL ? number("alignment", value, 2, 65535, &q->alignment) : 0;
}

/* A numeric address in any form that the system reads: octets of it in `ret`, 0: isn't one. */
static size_t numeric_address(const char *text, uint8_t ret[16])
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM }, *list;
	if (text[0] == 0 || getaddrinfo(text, NULL, &hints, &list) != 0)
		return 0;
	const bool is_v4 = list->ai_family == AF_INET;
	if (is_v4)
		memcpy(ret, &((struct sockaddr_in *)list->ai_addr)->sin_addr, 4);
	else
		memcpy(ret, &((struct sockaddr_in6 *)list->ai_addr)->sin6_addr, 16);
	freeaddrinfo(list);
	return is_v4 ? 4 : 16;
}

static int set_subnet(struct dig_query *q, bool on, const char *value)
{
	q->has_subnet = on;
	if (!on)
		return 0;
	char text[64], *slash, *end;
	uint8_t addr[16];
	snprintf(text, sizeof(text), "%s", value);
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash = 0;
	const size_t len = strlen(value) < sizeof(text) ? numeric_address(text, addr) : 0;
	if (len == 0) {
		dig_error("invalid address +subnet=%s", value);
		return E_INVALID;
	}
	long prefix = (long)len * 8;
	if (slash != NULL) {
		prefix = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end != 0 || prefix < 0 || prefix > (long)len * 8) {
			dig_error("invalid network mask +subnet=%s", value);
			return E_INVALID;
		}
	}
	const size_t octets = ((size_t)prefix + 7) / 8;
	if (prefix % 8 != 0)
		addr[octets - 1] &= (uint8_t)(0xff << (8 - prefix % 8));
	write_u16(q->subnet, len == 4 ? 1 : 2);
	q->subnet[2] = (uint8_t)prefix;
	q->subnet[3] = 0;
	memcpy(q->subnet + 4, addr, octets);
	q->subnet_len = 4 + octets;
	return 0;
}

static int set_edns(struct dig_query *q, bool on, const char *value)
{
	if (!on) { /* what comes after it on the command line counts again */
		q->edns = q->bufsize = -1;
		q->do_bit = q->de_bit = q->nsid = q->zoneversion = q->has_subnet = false;
		q->cookie_len = 0;
		return set_padding(q, false, NULL);
	}
	q->edns = 0;
	return value != NULL ? number("edns", value, 0, 255, &q->edns) : 0;
}

static int set_timeout(struct dig_query *q, bool on, const char *value)
{
	q->timeout = 0;
	return on ? number("timeout", value, 0, UINT32_MAX, &q->timeout) : 0;
}

static int set_retry(struct dig_query *q, bool on, const char *value)
{
	q->retries = 0;
	return on ? number("retry", value, 0, UINT32_MAX, &q->retries) : 0;
}

static int set_msgdelay(struct dig_query *q, bool on, const char *value)
{
	q->msgdelay = 0;
	return on ? number("msgdelay", value, 0, 3600000, &q->msgdelay) : 0;
}

static int set_cookie(struct dig_query *q, bool on, const char *value)
{
	q->cookie_len = 0;
	if (!on)
		return 0;
	if (value == NULL) {
		if (getrandom(q->cookie, 8, 0) != 8)
			return E_SYSTEM;
		q->cookie_len = 8;
		return 0;
	}
	/* RFC 7873 section 4 */
	ssize_t n = strlen(value) <= 80 ? base16_decode(span_of_text(value), q->cookie) : 41;
	const char *why = n < 0             ? "invalid"
			  : n < 8           ? "too short client"
			  : n > 40          ? "too long server"
			  : n > 8 && n < 16 ? "too short server"
					    : NULL;
	if (why != NULL) {
		dig_error("%s +cookie=%s", why, value);
		return E_INVALID;
	}
	q->cookie_len = (size_t)n;
	return 0;
}

static int add_option(struct dig_query *q, struct dig_ednsopt o)
{
	if (q->option_count == DIG_EDNSOPT_MAX) {
		dig_error("more than %d EDNS options", DIG_EDNSOPT_MAX);
		return E_LIMIT;
	}
	q->options[q->option_count++] = o;
	return 0;
}

static int set_ednsopt(struct dig_query *q, bool on, const char *value)
{
	if (!on) {
		q->option_count = 0;
		return 0;
	}
	char *end;
	unsigned long code = strtoul(value, &end, 10);
	if (end == value || (*end != 0 && *end != ':') || code > 65535)
		return bad("ednsopt", value);
	struct dig_ednsopt o = { .code = (uint16_t)code };
	if (*end == ':' && end[1] != 0) {
		o.data = dig_alloc(BASE16_MAX(strlen(end + 1)) + 1);
		ssize_t n = o.data != NULL ? base16_decode(span_of_text(end + 1), o.data) : E_NOMEM;
		if (n < 0 || n > 65535)
			return bad("ednsopt", value);
		o.len = (size_t)n;
	}
	return add_option(q, o);
}

static int set_expire(struct dig_query *q, bool on, const char *value)
{
	enum { EXPIRE = 9 }; /* RFC 7314 */
	(void)value;
	if (on)
		return add_option(q, (struct dig_ednsopt){ .code = EXPIRE });
	size_t n = 0;
	for (size_t i = 0; i < q->option_count; i++) {
		if (q->options[i].code != EXPIRE)
			q->options[n++] = q->options[i];
	}
	q->option_count = n;
	return 0;
}

/* ADDR[#PORT] of a PROXY header. Returns the octets of the address, 0 = bad. */
static size_t proxy_address(const char *text, uint16_t default_port, uint8_t *addr, uint16_t *port)
{
	struct dig_server s;
	*port = default_port;
	if (dig_parse_server(text, &s) != 0 || s.is_path)
		return 0;
	if (s.port != NULL) {
		char *end;
		unsigned long n = strtoul(s.port, &end, 10);
		if (end == s.port || *end != 0 || n > UINT16_MAX)
			return 0;
		*port = (uint16_t)n;
	}
	return numeric_address(s.host, addr);
}

static int set_proxy(struct dig_query *q, bool on, const char *value)
{
	static const uint8_t signature[] = { 0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55,
		0x49, 0x54, 0x0a, 0x21 };
	q->proxy_len = 0;
	if (!on)
		return 0;
	char copy[160], *dash;
	uint8_t src[16], dst[16];
	uint16_t src_port, dst_port;
	snprintf(copy, sizeof(copy), "%s", value);
	dash = strchr(copy, '-');
	if (dash == NULL || strlen(value) >= sizeof(copy)) {
		dig_error("invalid specification +proxy=%s", value);
		return E_INVALID;
	}
	*dash = 0;
	const size_t len = proxy_address(copy, 0, src, &src_port);
	const size_t dst_len = proxy_address(dash + 1, 53, dst, &dst_port);
	if (len == 0 || dst_len == 0) {
		dig_error("invalid proxy %s address '%s'", len == 0 ? "source" : "destination",
			len == 0 ? copy : dash + 1);
		return E_INVALID;
	}
	if (len != dst_len) {
		dig_error("proxy address family mismatch '%s' versus '%s'", copy, dash + 1);
		return E_INVALID;
	}
	uint8_t *p = q->proxy;
	memcpy(p, signature, sizeof(signature));
	p += sizeof(signature);
	*p++ = len == 4 ? 0x12 : 0x22; /* datagrams; the sender knows better */
	write_u16(p, (uint16_t)(2 * len + 4));
	memcpy(p + 2, src, len);
	memcpy(p + 2 + len, dst, len);
	write_u16(p + 2 + 2 * len, src_port);
	write_u16(p + 4 + 2 * len, dst_port);
	q->proxy_len = sizeof(signature) + 1 + 2 + 2 * len + 4;
	return 0;
}

static int set_validate(struct dig_query *q, bool on, const char *value)
{
	q->validate = on;
	q->do_bit = q->do_bit || on;
	return on && value != NULL ? number("validate", value, 1, 3, &q->validate) : 0;
}

static int not_built(struct dig_query *q, bool on, const char *value)
{
	(void)q;
	(void)value;
	if (!on)
		return 0;
	dig_error("TLS, HTTPS and QUIC are not supported in this version");
	return E_NOTSUP;
}

static const struct option options[] = {
	{ "aaflag", ARG_NONE, set_aaflag, "", "Set the AA bit." },
	{ "additional", ARG_NONE, set_additional, "",
		"Show the additional section; no: hides OPT and TSIG too." },
	{ "adflag", ARG_NONE, set_adflag, "", "Set the AD bit (on)." },
	{ "alignment", ARG_OPTIONAL, set_alignment, "[=B]",
		"Pad the query to a multiple of B octets (128)." },
	{ "all", ARG_NONE, set_all, "", "Show all parts of a message." },
	{ "answer", ARG_NONE, set_answer, "", "Show the answer section." },
	{ "authority", ARG_NONE, set_authority, "", "Show the authority section." },
	{ "badcookie", ARG_NONE, set_badcookie, "",
		"Repeat with the server's cookie after BADCOOKIE (on)." },
	{ "bufsize", ARG_REQUIRED, set_bufsize, "=B", "EDNS UDP size (1232)." },
	{ "cdflag", ARG_NONE, set_cdflag, "", "Set the CD bit." },
	{ "class", ARG_NONE, set_class, "", "Show classes." },
	{ "client", ARG_REQUIRED, set_subnet, "=ADDR[/LEN]", "Alias of subnet." },
	{ "comments", ARG_NONE, set_comments, "", "Show titles of sections." },
	{ "cookie", ARG_OPTIONAL, set_cookie, "[=HEX]", "Send a cookie: random, or this one." },
	{ "crypto", ARG_NONE, set_crypto, "", "Show binary parts of DNSSEC records." },
	{ "deflag", ARG_NONE, set_deflag, "", "Set the DE bit." },
	{ "dnssec", ARG_NONE, set_doflag, "", "Alias of doflag." },
	{ "doflag", ARG_NONE, set_doflag, "", "Set the DO bit." },
	{ "edns", ARG_OPTIONAL, set_edns, "[=N]", "Use EDNS, version N (0)." },
	{ "ednsopt", ARG_REQUIRED, set_ednsopt, "=CODE[:HEX]", "Send an EDNS option; repeatable." },
	{ "expire", ARG_NONE, set_expire, "", "Ask for the zone's expiry." },
	{ "generic", ARG_NONE, set_generic, "", "Records in generic form (RFC 3597)." },
	{ "header", ARG_NONE, set_header, "", "Show the header." },
	{ "https", ARG_OPTIONAL, not_built, "[=URL]", "Not in this version." },
	{ "https-get", ARG_NONE, not_built, "", "Not in this version." },
	{ "idn", ARG_NONE, set_idn, "", "Both of the next." },
	{ "idnin", ARG_NONE, set_idnin, "", "International name given (on)." },
	{ "idnout", ARG_NONE, set_idnout, "", "International names shown (on for terminals)." },
	{ "ignore", ARG_NONE, set_ignore, "", "No TCP after a truncated reply." },
	{ "json", ARG_NONE, set_json, "", "JSON in the manner of RFC 8427." },
	{ "keepopen", ARG_NONE, set_keepopen, "", "Keep the connection for the next query." },
	{ "msgdelay", ARG_REQUIRED, set_msgdelay, "=MS",
		"Pause before each message of a transfer." },
	{ "multiline", ARG_NONE, set_multiline, "", "Records on several lines with comments." },
	{ "nsid", ARG_NONE, set_nsid, "", "Ask for the server's identifier." },
	{ "opt", ARG_NONE, set_opt, "", "Show EDNS." },
	{ "optpresent", ARG_NONE, set_optpresent, "", "EDNS in presentation form." },
	{ "opttext", ARG_NONE, set_opttext, "", "Unknown EDNS options as text if printable." },
	{ "padding", ARG_OPTIONAL, set_padding, "[=N]",
		"Pad the query with N octets, or to a block." },
	{ "proxy", ARG_REQUIRED, set_proxy, "=SRC[#PORT]-DST[#PORT]",
		"Send a PROXYv2 header before." },
	{ "qr", ARG_NONE, set_qr, "", "Show the query." },
	{ "question", ARG_NONE, set_question, "", "Show the question section." },
	{ "quic", ARG_NONE, not_built, "", "Not in this version." },
	{ "raflag", ARG_NONE, set_raflag, "", "Set the RA bit." },
	{ "rdflag", ARG_NONE, set_rdflag, "", "Set the RD bit (on)." },
	{ "recurse", ARG_NONE, set_rdflag, "", "Alias of rdflag." },
	{ "retry", ARG_REQUIRED, set_retry, "=N", "Further attempts over UDP (2)." },
	{ "short", ARG_NONE, set_short, "", "Only the data of the answer section." },
	{ "stats", ARG_NONE, set_stats, "", "Show size, time and server." },
	{ "subnet", ARG_REQUIRED, set_subnet, "=ADDR[/LEN]", "Send a client subnet." },
	{ "tcflag", ARG_NONE, set_tcflag, "", "Set the TC bit." },
	{ "tcp", ARG_NONE, set_tcp, "", "Use TCP; no: UDP alone." },
	{ "timeout", ARG_REQUIRED, set_timeout, "=S", "Seconds for an attempt (5), 0: endless." },
	{ "tls", ARG_NONE, not_built, "", "Not in this version." },
	{ "tls-ca", ARG_OPTIONAL, not_built, "[=FILE]", "Not in this version." },
	{ "tls-certfile", ARG_REQUIRED, not_built, "=FILE", "Not in this version." },
	{ "tls-hostname", ARG_REQUIRED, not_built, "=STR", "Not in this version." },
	{ "tls-keyfile", ARG_REQUIRED, not_built, "=FILE", "Not in this version." },
	{ "tls-ocsp-stapling", ARG_OPTIONAL, not_built, "[=HOURS]", "Not in this version." },
	{ "tls-pin", ARG_REQUIRED, not_built, "=BASE64", "Not in this version." },
	{ "tls-sni", ARG_REQUIRED, not_built, "=STR", "Not in this version." },
	{ "tsig", ARG_NONE, set_tsig, "", "Show TSIG." },
	{ "ttl", ARG_NONE, set_ttl, "", "Show TTLs." },
	{ "validate", ARG_OPTIONAL, set_validate, "[=1..3]",
		"Check the reply's signatures, tell more or less." },
	{ "zflag", ARG_NONE, set_zflag, "", "Set the Z bit." },
	{ "zoneversion", ARG_NONE, set_zoneversion, "", "Ask for the zone's version." },
};

void dig_options_help(void)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *o = &options[i];
		const int width = 25 - (int)strlen(o->name);
		printf("       +[no]%s%-*s %s\n", o->name, MAX(width, 0), o->argument_help,
			o->help);
	}
}

/* The option whose name begins with the text: an exact name wins, aliases of one setter aren't ambiguous. */
static const struct option *find(const char *text, size_t len, bool *ambiguous)
{
	const struct option *found = NULL;
	*ambiguous = false;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strncmp(options[i].name, text, len) != 0)
			continue;
		if (options[i].name[len] == 0) {
			*ambiguous = false;
			return &options[i];
		}
		*ambiguous = *ambiguous || (found != NULL && (found->set != options[i].set ||
								     found->set == not_built));
		found = &options[i];
	}
	return found;
}

int dig_parse_option(struct dig_query *q, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len = value != NULL ? (size_t)(value - text) : strlen(text);
	value = value != NULL ? value + 1 : NULL;
	bool ambiguous, ambiguous_no = false, on = true;
	const struct option *o = len > 0 ? find(text, len, &ambiguous) : NULL;
	if (len > 0 && len <= 2 && strncmp(text, "no", len) == 0) {
		ambiguous = true; /* all the negations begin like this */
		o = options;
	} else if (len > 2 && strncmp(text, "no", 2) == 0) {
		const struct option *no = find(text + 2, len - 2, &ambiguous_no);
		if (no != NULL) { /* no option's own name begins with "no" */
			o = no;
			ambiguous = ambiguous_no;
			on = false;
		}
	}
	if (o == NULL || ambiguous) {
		dig_error("%s option: +%s", o == NULL ? "invalid" : "ambiguous", text);
		dig_help();
		return E_INVALID;
	}
	if (on && o->argument == ARG_REQUIRED && value == NULL) {
		dig_error("missing argument: +%s", text);
		return E_INVALID;
	}
	if (on && o->argument != ARG_NONE && value != NULL && value[0] == 0) {
		dig_error("empty argument: +%s", text);
		return E_INVALID;
	}
	if (value != NULL && value[0] != 0 && (o->argument == ARG_NONE || !on))
		dig_warn("superfluous option argument: +%s", text);
	return o->set(q, on, value);
}
