/* tools/dig: messages as text. */
#include "base/encode.h"
#include "config.h"
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#if HAVE_IDN2
#include <idn2.h>
#endif

enum {
	NSID = 3,
	SUBNET = 8,
	EXPIRE = 9,
	COOKIE = 10,
	PADDING = 12,
	EDE = 15,
	REPORTCHANNEL = 18,
	ZONEVERSION = 19
};

/* RFC 8914 and the registry */
static const char *const ede_texts[] = { "Other", "Unsupported DNSKEY Algorithm",
	"Unsupported DS Digest Type", "Stale Answer", "Forged Answer", "DNSSEC Indeterminate",
	"DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
	"RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready",
	"Blocked", "Censored", "Filtered", "Prohibited", "Stale NXDOMAIN Answer",
	"Not Authoritative", "Not Supported", "No Reachable Authority", "Network Error",
	"Invalid Data", "Signature Expired before Valid", "Too Early",
	"Unsupported NSEC3 Iterations Value", "Unable to conform to policy", "Synthesized",
	"Invalid Query Type" };

const char *dig_ede_text(unsigned code)
{
	return code < ARRAY_LEN(ede_texts) ? ede_texts[code] : "Unknown code";
}

static void print_name(const struct dig_query *q, const uint8_t *name, struct buf *out)
{
	char text[DNS_NAME_TEXT_SIZE];
	dns_name_print(name, text);
#if HAVE_IDN2
	char *idn = NULL;
	if (q->style.idnout && strstr(text, "xn--") != NULL &&
		idn2_to_unicode_8z8z(text, &idn, 0) == IDN2_OK) {
		buf_text(out, idn);
		free(idn);
		return;
	}
#else
	(void)q;
#endif
	buf_text(out, text);
}

/* The first column: 20 wide, and a blank instead of the TAB where it is much wider. */
static void print_owner(const struct dig_query *q, const uint8_t *name, struct buf *out)
{
	const size_t begin = out->len;
	print_name(q, name, out);
	while (out->len - begin < 20)
		buf_char(out, ' ');
	buf_char(out, out->len - begin < 32 ? '\t' : ' ');
}

static void print_hex(struct span s, struct buf *out)
{
	uint8_t *p = buf_reserve(out, BASE16_LEN(s.len));
	if (p != NULL)
		out->len += base16_encode(s, (char *)p);
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!isprint(s.data[i]))
			return false;
	}
	return s.len > 0;
}

size_t dig_utf8_len(struct span s)
{
	const uint8_t lead = s.data[0];
	const size_t n = lead < 0x80   ? 1
			 : lead < 0xc2 ? 0
			 : lead < 0xe0 ? 2
			 : lead < 0xf0 ? 3
			 : lead < 0xf5 ? 4
				       : 0;
	if (n > s.len || (n == 1 && !isprint(lead)))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.data[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Too long forms, surrogates, beyond U+10FFFF, and the controls U+0080 to U+009F. */
	if ((lead == 0xc2 && s.data[1] < 0xa0) || (lead == 0xe0 && s.data[1] < 0xa0) ||
		(lead == 0xed && s.data[1] > 0x9f) || (lead == 0xf0 && s.data[1] < 0x90) ||
		(lead == 0xf4 && s.data[1] > 0x8f))
		return 0;
	return n;
}

/* Text of a peer, safe for a terminal. */
static void print_text(struct span s, struct buf *out)
{
	while (s.len > 0) {
		const size_t n = dig_utf8_len(s);
		if (n > 0)
			buf_append(out, s.data, n);
		else
			buf_char(out, '.');
		s.data += MAX(n, (size_t)1);
		s.len -= MAX(n, (size_t)1);
	}
}

/* --- records --- */

static void print_type(const struct dig_query *q, uint16_t type, struct buf *out)
{
	if (q->style.generic)
		buf_printf(out, "TYPE%u", type);
	else
		dns_type_print(type, out);
}

static void print_rr(const struct dig_query *q, const struct dig_rr *rr, struct buf *out)
{
	/* Deletions of an update have none (RFC 2136 section 2.5). */
	const bool has_data =
		rr->rdata.len > 0 || (rr->class_ != DNS_CLASS_ANY && rr->class_ != DNS_CLASS_NONE);
	struct dns_print_style style = dns_print_default;
	style.generic = q->style.generic;
	style.no_crypto = !q->style.crypto;
	style.wrap = q->style.multiline;
	style.indent = "\t\t\t\t";
	if (!q->style.short_) {
		const char gap = q->style.multiline ? ' ' : '\t';
		print_owner(q, rr->owner, out);
		if (q->style.ttl)
			buf_printf(out, "%u%c", rr->ttl, gap);
		if (q->style.class_) {
			dns_class_print(rr->class_, out);
			buf_char(out, gap);
		}
		print_type(q, rr->type, out);
		if (has_data)
			buf_char(out, gap);
	}
	if (has_data)
		dns_rdata_print(rr->type, rr->rdata, &style, out);
	buf_char(out, '\n');
}

static void print_tsig_or_rr(
	const struct dig_query *q, struct dig_reader *r, unsigned count, bool tsig, struct buf *out)
{
	struct dig_rr rr;
	for (unsigned i = 0; i < count && dig_read_rr(r, &rr); i++) {
		if (rr.type != DNS_TYPE_OPT && (rr.type == DNS_TYPE_TSIG) == tsig)
			print_rr(q, &rr, out);
	}
}

/* --- EDNS --- */

static void print_subnet(struct span data, struct buf *out)
{
	struct cursor c = cursor_over(data);
	uint8_t addr[16] = { 0 };
	char text[INET6_ADDRSTRLEN];
	uint16_t family = cursor_u16(&c);
	unsigned source = cursor_u8(&c), scope = cursor_u8(&c);
	struct span octets = cursor_rest(&c);
	if (c.failed || (family != 1 && family != 2) || octets.len > sizeof(addr)) {
		print_hex(data, out);
		return;
	}
	if (octets.len > 0)
		memcpy(addr, octets.data, octets.len);
	buf_printf(out, "%s/%u/%u",
		inet_ntop(family == 1 ? AF_INET : AF_INET6, addr, text, sizeof(text)), source,
		scope);
}

/* " (1 day 1 hour)"; nothing of nothing. */
static void print_seconds(uint32_t n, struct buf *out)
{
	static const struct {
		uint32_t unit;
		const char *name;
	} units[] = { { 604800, "week" }, { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" } };
	const char *before = " (";
	if (n == 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint32_t k = n / units[i].unit;
		n %= units[i].unit;
		if (k == 0)
			continue;
		buf_printf(out, "%s%u %s%s", before, k, units[i].name, k == 1 ? "" : "s");
		before = " ";
	}
	buf_char(out, ')');
}

static void print_zoneversion(const struct dig_query *q, struct span data, struct buf *out)
{
	if (data.len == 0) {
		buf_text(out, "(empty)");
		return;
	}
	unsigned labels = data.data[0], all = q->has_question ? dns_name_labels(q->name) : 0;
	if (data.len != 6 || data.data[1] != 0 || labels > all) {
		print_hex(data, out);
		return;
	}
	print_name(q, dns_name_skip(q->name, all - labels), out);
	buf_printf(out, " SOA-SERIAL %u", read_u32(data.data + 2));
}

static void print_option(
	const struct dig_query *q, uint16_t code, struct span data, struct buf *out)
{
	static const char *const names[] = { [NSID] = "NSID",
		[SUBNET] = "CLIENT-SUBNET",
		[EXPIRE] = "EXPIRE",
		[COOKIE] = "COOKIE",
		[PADDING] = "PADDING",
		[EDE] = "EDE",
		[REPORTCHANNEL] = "REPORTCHANNEL",
		[ZONEVERSION] = "ZONEVERSION" };
	if (code < ARRAY_LEN(names) && names[code] != NULL)
		buf_printf(out, ";; %s: ", names[code]);
	else
		buf_printf(out, ";; Option (%u): ", code);
	struct cursor c = cursor_over(data);
	switch (code) {
	case NSID:
		print_hex(data, out);
		if (is_printable(data))
			buf_printf(out, " \"%.*s\"", (int)data.len, (const char *)data.data);
		break;
	case SUBNET:
		print_subnet(data, out);
		break;
	case PADDING:
		buf_printf(out, "%zu B", data.len);
		break;
	case EXPIRE:
		if (data.len != 4) {
			buf_text(out, data.len == 0 ? "(empty)" : "(malformed)");
			break;
		}
		buf_printf(out, "%u", read_u32(data.data));
		print_seconds(read_u32(data.data), out);
		break;
	case EDE: {
		if (data.len < 2) {
			buf_text(out, "(malformed)");
			break;
		}
		unsigned info = cursor_u16(&c);
		struct span extra = cursor_rest(&c);
		buf_printf(out, "%u (%s)", info, dig_ede_text(info));
		if (extra.len > 0) {
			buf_text(out, ": '");
			print_text(extra, out);
			buf_char(out, '\'');
		}
		break;
	}
	case REPORTCHANNEL: {
		struct span name = dns_name_take(&c);
		if (cursor_finish(&c) == 0)
			print_name(q, name.data, out);
		else
			print_hex(data, out);
		break;
	}
	case ZONEVERSION:
		print_zoneversion(q, data, out);
		break;
	default:
		if (code != COOKIE && q->style.opttext && is_printable(data))
			buf_append(out, data.data, data.len);
		else
			print_hex(data, out);
	}
	buf_char(out, '\n');
}

static void print_edns_flags(uint32_t ttl, struct buf *out)
{
	bool any = false;
	for (int bit = 15; bit >= 0; bit--) {
		if (!(ttl >> bit & 1))
			continue;
		buf_char(out, ' ');
		if (bit == 15)
			buf_text(out, "do");
		else if (bit == 13)
			buf_text(out, "de");
		else
			buf_printf(out, "bit%d", 15 - bit);
		any = true;
	}
	if (!any)
		buf_char(out, ' ');
}

static void print_rcode(unsigned rcode, struct buf *out)
{
	const char *name = dns_rcode_name(rcode);
	if (name != NULL)
		buf_text(out, name);
	else
		buf_printf(out, "RCODE %u", rcode);
}

static void print_opt_present(
	const struct dig_query *q, const struct dig_rr *rr, unsigned rcode, struct buf *out)
{
	buf_printf(out, ".\t0\tANY\tEDNS\t\tVersion: %u FLAGS: \"", rr->ttl >> 16 & 255);
	buf_text(out, rr->ttl & 0x8000 ? "DO" : "");
	buf_text(out, "\" RCODE: ");
	print_rcode(rcode, out);
	buf_printf(out, " UDPSIZE: %u", rr->class_);
	struct cursor c = cursor_over(rr->rdata);
	while (cursor_left(&c) >= 4) {
		uint16_t code = cursor_u16(&c);
		struct span data = cursor_take(&c, cursor_u16(&c));
		if (c.failed)
			break;
		struct buf one = { 0 };
		print_option(q, code, data, &one);
		if (one.len > 4) /* without ";; " and the end of line */
			buf_printf(out, " %.*s", (int)one.len - 4, one.data + 3);
		buf_deinit(&one);
	}
	buf_char(out, '\n');
}

static void print_opt(
	const struct dig_query *q, const struct dig_rr *rr, unsigned rcode, struct buf *out)
{
	if (q->style.optpresent) {
		print_opt_present(q, rr, rcode, out);
		return;
	}
	if (q->style.comments)
		buf_text(out, "\n;; EDNS PSEUDOSECTION:\n");
	buf_printf(out, "%sVersion: %u; flags:", q->style.comments ? ";; " : ";;;; ",
		rr->ttl >> 16 & 255);
	print_edns_flags(rr->ttl & 0xffff, out);
	buf_printf(out, "; UDP size: %u B; ext-rcode: ", rr->class_);
	/* The extended RCODE is named only when its upper bits are set. */
	print_rcode(rr->ttl >> 24 != 0 ? rcode : 0, out);
	buf_char(out, '\n');
	struct cursor c = cursor_over(rr->rdata);
	while (cursor_left(&c) >= 4) {
		uint16_t code = cursor_u16(&c);
		struct span data = cursor_take(&c, cursor_u16(&c));
		if (!c.failed)
			print_option(q, code, data, out);
	}
}

/* --- whole messages --- */

static void print_header(const struct dig_reader *r, bool is_update, struct buf *out)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} flags[] = { { 0x8000, "qr" }, { 0x0400, "aa" }, { 0x0200, "tc" }, { 0x0100, "rd" },
		{ 0x0080, "ra" }, { 0x0040, "z" }, { 0x0020, "ad" }, { 0x0010, "cd" } };
	unsigned opcode = r->flags >> 11 & 15;
	const char *name = dns_opcode_name(opcode);
	buf_text(out, ";; ->>HEADER<<- opcode: ");
	if (name != NULL)
		buf_text(out, name);
	else
		buf_printf(out, "OPCODE %u", opcode);
	char room[16];
	buf_printf(out, "; status: %s; id: %u\n;; Flags:", dig_status(r->message, room), r->id);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (r->flags & flags[i].bit)
			buf_printf(out, " %s", flags[i].name);
	}
	buf_printf(out,
		is_update ? "; ZONE: %u; PREREQ: %u; UPDATE: %u; ADDITIONAL: %u\n"
			  : "; QUERY: %u; ANSWER: %u; AUTHORITY: %u; ADDITIONAL: %u\n",
		r->counts[0], r->counts[1], r->counts[2], r->counts[3]);
}

static void print_question(
	const struct dig_query *q, struct dig_reader *r, const char *title, struct buf *out)
{
	uint8_t name[DNS_NAME_MAX];
	uint16_t type, class_;
	const bool show = q->style.question && !q->style.short_;
	const char gap = q->style.multiline ? ' ' : '\t';
	for (unsigned i = 0; i < r->counts[0] && dig_read_question(r, name, &type, &class_); i++) {
		if (!show)
			continue;
		if (i == 0 && q->style.comments)
			buf_text(out, title);
		buf_text(out, q->style.comments ? ";; " : ";;");
		print_owner(q, name, out);
		if (q->style.ttl) /* the empty column */
			buf_char(out, gap);
		if (q->style.class_) {
			dns_class_print(class_, out);
			buf_char(out, gap);
		}
		print_type(q, type, out);
		buf_char(out, '\n');
	}
}

/* A section's records; the cursor ends behind them. */
static void print_section(const struct dig_query *q, struct dig_reader *r, unsigned section,
	const char *title, bool show, struct buf *out)
{
	struct cursor begin = r->c;
	struct dig_rr rr;
	unsigned records = 0;
	for (unsigned i = 0; i < r->counts[section]; i++) {
		if (!dig_read_rr(r, &rr)) {
			dig_warn("malformed reply packet (%s)", err_text(E_MALFORMED));
			r->counts[section] = (uint16_t)i;
			break;
		}
		records += rr.type != DNS_TYPE_OPT && rr.type != DNS_TYPE_TSIG;
	}
	if (!show || records == 0)
		return;
	struct cursor end = r->c;
	if (q->style.comments && !q->style.short_)
		buf_text(out, title);
	r->c = begin;
	print_tsig_or_rr(q, r, r->counts[section], false, out);
	r->c = end;
}

void dig_print_stats(
	const struct dig_query *q, size_t len, const struct dig_peer *peer, bool is_reply)
{
	char date[64];
	struct tm tm;
	if (!q->style.stats)
		return;
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S %Z", localtime_r(&peer->start, &tm));
	printf("\n;; %s %zu B\n;; Time %s\n", is_reply ? "Received" : "Sent", len, date);
	printf(";; %s %s in %.1f ms\n", is_reply ? "From" : "To", peer->text, peer->elapsed_ms);
}

void dig_print_message(
	const struct dig_query *q, struct span message, const struct dig_peer *peer, bool is_reply)
{
	static struct dig_reader r;
	struct dig_rr rr;
	struct buf out = { 0 }, opt = { 0 };
	if (!dig_reader_init(&r, message))
		return;
	bool is_update = (r.flags >> 11 & 15) == DNS_OPCODE_UPDATE;
	bool shown = !q->style.short_;
	unsigned rcode = dig_extended_rcode(message);
	if (q->style.header)
		print_header(&r, is_update, &out);

	/* The EDNS part stands before the question; its record comes last on the wire. */
	struct cursor begin = r.c;
	bool has_records = dig_reader_begin(&r, message);
	for (unsigned i = 0; has_records && i < dig_reader_records(&r) && dig_read_rr(&r, &rr);
		i++) {
		if (rr.type == DNS_TYPE_OPT && q->style.opt)
			print_opt(q, &rr, rcode, &opt);
	}
	r.c = begin;
	buf_append(&out, opt.data, opt.len);

	print_question(
		q, &r, is_update ? "\n;; ZONE SECTION:\n" : "\n;; QUESTION SECTION:\n", &out);
	print_section(q, &r, 1,
		is_update ? "\n;; PREREQUISITE SECTION:\n" : "\n;; ANSWER SECTION:\n",
		q->style.answer, &out);
	print_section(q, &r, 2, is_update ? "\n;; UPDATE SECTION:\n" : "\n;; AUTHORITY SECTION:\n",
		q->style.authority && shown, &out);
	struct cursor additional = r.c;
	print_section(q, &r, 3,
		is_update ? "\n;; ADDITIONAL DATA:\n" : "\n;; ADDITIONAL SECTION:\n",
		q->style.additional && shown, &out);
	if (q->style.tsig && shown) {
		struct buf tsig = { 0 };
		r.c = additional;
		print_tsig_or_rr(q, &r, r.counts[3], true, &tsig);
		if (tsig.len > 0 && q->style.comments)
			buf_text(&out, "\n;; TSIG PSEUDOSECTION:\n");
		buf_append(&out, tsig.data, tsig.len);
		buf_deinit(&tsig);
	}
	if (out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_deinit(&out);
	buf_deinit(&opt);
	dig_print_stats(q, message.len, peer, is_reply);
}

/* --- transfers --- */

void dig_print_transfer_begin(const struct dig_query *q)
{
	if (q->style.header && !q->style.short_)
		printf(";; %s for %s%s\n", q->operation == DIG_AXFR ? "AXFR" : "IXFR", q->name_text,
			q->name_text[0] != 0 && q->name_text[strlen(q->name_text) - 1] == '.'
				? ""
				: ".");
}

size_t dig_print_transfer_records(const struct dig_query *q, struct span message)
{
	static struct dig_reader r;
	struct dig_rr rr;
	struct buf out = { 0 };
	size_t count = 0;
	if (!dig_reader_begin(&r, message))
		return 0;
	for (; count < r.counts[1] && dig_read_rr(&r, &rr); count++) {
		if (q->style.answer)
			print_rr(q, &rr, &out);
	}
	for (unsigned i = r.counts[1]; i < dig_reader_records(&r) && dig_read_rr(&r, &rr); i++) {
		if (q->style.tsig && !q->style.short_ && rr.type == DNS_TYPE_TSIG)
			print_rr(q, &rr, &out);
	}
	if (out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_deinit(&out);
	return count;
}

void dig_print_transfer_end(const struct dig_query *q, const struct dig_transfer_stats *stats,
	const struct dig_peer *peer)
{
	char date[64];
	struct tm tm;
	if (!q->style.stats)
		return;
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S %Z", localtime_r(&peer->start, &tm));
	printf(";; Received %zu B", stats->octets);
	if (stats->messages > 0)
		printf(" (%zu messages, %zu records)", stats->messages, stats->records);
	printf("\n;; Time %s\n;; From %s in %.1f ms\n", date, peer->text, peer->elapsed_ms);
}
