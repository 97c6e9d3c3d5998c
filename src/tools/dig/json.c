/* tools/dig: messages as JSON, in the manner of RFC 8427. */
#include "base/encode.h"
#include "dns/rrtype.h"
#include "tools/dig/dig.h"
#include <arpa/inet.h>
#include <stdio.h>

/* Members of objects and arrays at one depth: commas and indentation. */
struct json {
	struct buf out;
	int depth;
	bool first;
};

static void indent(struct json *j)
{
	buf_text(&j->out, j->first ? "\n" : ",\n");
	for (int i = 0; i < j->depth; i++)
		buf_text(&j->out, "  ");
	j->first = false;
}

static void string(struct json *j, struct span text)
{
	buf_char(&j->out, '"');
	while (text.len > 0) {
		const uint8_t c = text.data[0];
		const size_t n = dig_utf8_len(text);
		if (c == '"' || c == '\\')
			buf_printf(&j->out, "\\%c", c);
		else if (n == 0) /* octets that aren't text, one by one */
			buf_printf(&j->out, "\\u%04x", c);
		else
			buf_append(&j->out, text.data, n);
		text.data += MAX(n, (size_t)1);
		text.len -= MAX(n, (size_t)1);
	}
	buf_char(&j->out, '"');
}

static void key(struct json *j, const char *name)
{
	indent(j);
	if (name != NULL)
		buf_printf(&j->out, "\"%s\": ", name);
}

static void open_(struct json *j, const char *name, char bracket)
{
	key(j, name);
	buf_char(&j->out, bracket);
	j->depth++;
	j->first = true;
}

static void close_(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first) {
		j->first = true;
		indent(j);
	}
	buf_char(&j->out, bracket);
	j->first = false;
}

static void number(struct json *j, const char *name, unsigned long value)
{
	key(j, name);
	buf_printf(&j->out, "%lu", value);
}

static void text(struct json *j, const char *name, struct span value)
{
	key(j, name);
	string(j, value);
}

static void hex(struct json *j, const char *name, struct span data)
{
	key(j, name);
	buf_char(&j->out, '"');
	uint8_t *p = buf_reserve(&j->out, BASE16_LEN(data.len));
	if (p != NULL)
		j->out.len += base16_encode(data, (char *)p);
	buf_char(&j->out, '"');
}

static void name_(struct json *j, const char *label, const uint8_t *name)
{
	char buffer[DNS_NAME_TEXT_SIZE];
	dns_name_print(name, buffer);
	text(j, label, span_of_text(buffer));
}

static void type_(
	struct json *j, const char *code, const char *mnemonic, uint16_t type, bool is_class)
{
	struct buf b = { 0 };
	number(j, code, type);
	if (is_class)
		dns_class_print(type, &b);
	else
		dns_type_print(type, &b);
	text(j, mnemonic, buf_span(&b));
	buf_deinit(&b);
}

static void record(struct json *j, const struct dig_rr *rr)
{
	open_(j, NULL, '{');
	name_(j, "NAME", rr->owner);
	type_(j, "TYPE", "TYPEname", rr->type, false);
	type_(j, "CLASS", "CLASSname", rr->class_, true);
	number(j, "TTL", rr->ttl);
	if (dns_rrtype_of(rr->type) != NULL && rr->rdata.len > 0) {
		struct buf label = { 0 }, value = { 0 };
		buf_text(&label, "rdata");
		dns_type_print(rr->type, &label);
		dns_rdata_print(rr->type, rr->rdata, &dns_print_default, &value);
		if (label.error == 0 && value.error == 0)
			text(j, (const char *)label.data, buf_span(&value));
		buf_deinit(&label);
		buf_deinit(&value);
	}
	number(j, "RDLENGTH", rr->rdata.len);
	if (rr->rdata.len > 0)
		hex(j, "RDATAHEX", rr->rdata);
	close_(j, '}');
}

static void option(struct json *j, const struct dig_query *q, uint16_t code, struct span data)
{
	char label[16], buffer[INET6_ADDRSTRLEN];
	switch (code) {
	case 3:
		open_(j, "NSID", '{');
		hex(j, "HEX", data);
		text(j, "TEXT", data);
		close_(j, '}');
		break;
	case 8: {
		struct cursor c = cursor_over(data);
		uint8_t addr[16] = { 0 };
		uint16_t family = cursor_u16(&c);
		unsigned source = cursor_u8(&c), scope = cursor_u8(&c);
		struct span octets = cursor_rest(&c);
		if (octets.len > 0)
			memcpy(addr, octets.data, MIN(octets.len, sizeof(addr)));
		inet_ntop(family == 1 ? AF_INET : AF_INET6, addr, buffer, sizeof(buffer));
		key(j, "ECS");
		buf_printf(&j->out, "\"%s/%u/%u\"", buffer, source, scope);
		break;
	}
	case 9:
		key(j, "EXPIRE");
		if (data.len == 4)
			buf_printf(&j->out, "\"%u\"", read_u32(data.data));
		else
			buf_text(&j->out, "\"NONE\"");
		break;
	case 10:
		open_(j, "COOKIE", '[');
		hex(j, NULL, (struct span){ data.data, MIN(data.len, (size_t)8) });
		if (data.len > 8)
			hex(j, NULL, (struct span){ data.data + 8, data.len - 8 });
		close_(j, ']');
		break;
	case 11:
		number(j, "KEEPALIVE", data.len == 2 ? read_u16(data.data) : 0);
		break;
	case 12:
		open_(j, "PADDING", '{');
		number(j, "LENGTH", data.len);
		hex(j, "HEX", data);
		close_(j, '}');
		break;
	case 15:
		open_(j, "EDE", '{');
		if (data.len >= 2) {
			number(j, "CODE", read_u16(data.data));
			text(j, "Purpose", span_of_text(dig_ede_text(read_u16(data.data))));
		}
		if (data.len > 2)
			text(j, "TEXT", (struct span){ data.data + 2, data.len - 2 });
		close_(j, '}');
		break;
	case 19:
		open_(j, "ZONEVERSION", '{');
		if (data.len == 6) {
			unsigned all = q->has_question ? dns_name_labels(q->name) : 0;
			if (data.data[0] <= all)
				name_(j, "ZONE", dns_name_skip(q->name, all - data.data[0]));
			number(j, "TYPE", data.data[1]);
			number(j, "VERSION", read_u32(data.data + 2));
		}
		close_(j, '}');
		break;
	default:
		snprintf(label, sizeof(label), "OPT%u", code);
		hex(j, label, data);
	}
}

static void edns(struct json *j, const struct dig_query *q, const struct dig_rr *rr, unsigned rcode)
{
	char bit[8];
	open_(j, "EDNS", '{');
	number(j, "Version", rr->ttl >> 16 & 255);
	open_(j, "FLAGS", '[');
	for (int i = 15; i >= 0; i--) {
		if (!(rr->ttl >> i & 1))
			continue;
		snprintf(bit, sizeof(bit), "BIT%d", 15 - i);
		text(j, NULL, span_of_text(i == 15 ? "DO" : i == 13 ? "DE" : bit));
	}
	close_(j, ']');
	const char *name = dns_rcode_name(rcode);
	text(j, "RCODE", span_of_text(name != NULL ? name : "unknown"));
	number(j, "UDPSIZE", rr->class_);
	struct cursor c = cursor_over(rr->rdata);
	while (cursor_left(&c) >= 4) {
		uint16_t code = cursor_u16(&c);
		struct span data = cursor_take(&c, cursor_u16(&c));
		if (!c.failed)
			option(j, q, code, data);
	}
	close_(j, '}');
}

static void header(
	struct json *j, const struct dig_reader *r, const struct dig_peer *peer, unsigned rcode)
{
	static const struct {
		const char *name;
		uint16_t bit;
	} bits[] = { { "AA", 0x0400 }, { "TC", 0x0200 }, { "RD", 0x0100 }, { "RA", 0x0080 },
		{ "AD", 0x0020 }, { "CD", 0x0010 } };
	static const char *const counts[] = { "QDCOUNT", "ANCOUNT", "NSCOUNT", "ARCOUNT" };
	char date[64];
	struct tm tm;
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S%z", localtime_r(&peer->start, &tm));
	text(j, "dateString", span_of_text(date));
	number(j, "dateSeconds", (unsigned long)peer->start);
	number(j, "msgLength", r->message.len);
	number(j, "ID", r->id);
	number(j, "QR", r->flags >> 15);
	number(j, "Opcode", r->flags >> 11 & 15);
	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		number(j, bits[i].name, (r->flags & bits[i].bit) != 0);
	number(j, "RCODE", rcode);
	for (size_t i = 0; i < 4; i++)
		number(j, counts[i], r->counts[i]);
}

void dig_json_message(const struct dig_query *q, struct span message, const struct dig_peer *peer,
	int depth, bool is_reply)
{
	static const char *const sections[] = { "", "answerRRs", "authorityRRs", "additionalRRs" };
	static struct dig_reader r;
	struct json j = { .depth = depth, .first = true };
	struct dig_rr rr, opt = { 0 };
	uint8_t name[DNS_NAME_MAX], opt_data[DNS_NAME_MAX * 16];
	uint16_t type, class_;
	bool is_whole = true; /* so far it could be read */
	(void)is_reply;
	if (!dig_reader_init(&r, message))
		return;
	unsigned rcode = dig_extended_rcode(message);
	buf_char(&j.out, '{');
	j.depth++;
	header(&j, &r, peer, rcode & 15);
	for (unsigned i = 0; i < r.counts[0]; i++) {
		is_whole = dig_read_question(&r, name, &type, &class_);
		if (!is_whole)
			break;
		name_(&j, "QNAME", name);
		type_(&j, "QTYPE", "QTYPEname", type, false);
		type_(&j, "QCLASS", "QCLASSname", class_, true);
	}
	for (unsigned s = 1; s < 4; s++) {
		bool opened = false;
		for (unsigned i = 0; i < r.counts[s]; i++) {
			is_whole = is_whole && dig_read_rr(&r, &rr);
			if (!is_whole)
				break;
			if (rr.type == DNS_TYPE_OPT) {
				opt = rr;
				opt.rdata.len = MIN(rr.rdata.len, sizeof(opt_data));
				if (opt.rdata.len > 0)
					memcpy(opt_data, rr.rdata.data, opt.rdata.len);
				opt.rdata.data = opt_data;
				continue;
			}
			if (!opened)
				open_(&j, sections[s], '[');
			opened = true;
			record(&j, &rr);
		}
		if (opened)
			close_(&j, ']');
	}
	if (opt.type == DNS_TYPE_OPT)
		edns(&j, q, &opt, rcode);
	if (!is_whole || cursor_left(&r.c) > 0)
		hex(&j, "messageOctetsHEX", message);
	close_(&j, '}');
	fwrite(j.out.data, 1, j.out.len, stdout);
	buf_deinit(&j.out);
}
