/*
 * Common to the tests of answering: zones from zones/, queries as rows, and a reader of responses of its own
 * (it shares nothing with the code under test), which prints one line a record:
 *
 *	status flags
 *	section owner ttl type rdata
 */
#pragma once
#include "test_util.h"

#include "answer/answer.h"
#include "answer/module.h"
#include "zone/edit.h"
#include "zonefile/scanner.h"
#include <netinet/in.h>
#include <urcu-qsbr.h>

/* ---- The view ---- */

struct test_server {
	struct answer_view view;
	struct answer_thread *thread;
	struct zone *zones[4];
	struct answer_zone *places[4];
	unsigned count;
	struct trie_edit edit;
};

static void *test_memory_alloc(void *ctx UNUSED, size_t size)
{
	return malloc(size);
}
static void test_memory_free(void *ctx UNUSED, void *ptr, size_t size UNUSED)
{
	free(ptr);
}

static void test_server_init(struct test_server *s)
{
	memset(s, 0, sizeof(*s));
	s->view.settings.payload_ipv4 = s->view.settings.payload_ipv6 = 1232;
	s->view.settings.identity = span_of_text("me");
	s->view.settings.version = span_of_text("Bowline test");
	s->view.settings.nsid = span_of_text("nsid!");
	s->edit.trie.name_offset = ANSWER_ZONE_NAME_OFFSET;
	s->edit.number = 1;
	s->edit.mem =
		(struct trie_memory){ test_memory_alloc, test_memory_free, test_memory_free, NULL };
	assert_int_equal(answer_thread_new(0, &s->thread), 0);
}

static int test_record(void *ctx, const struct zonefile_rr *rr)
{
	int result =
		zone_edit_add(ctx, &(struct zone_rr){ rr->owner, rr->type, rr->ttl, rr->rdata });
	return result == E_ISRECORD ? 0 : result;
}

static void test_zone_load(struct zone *zone, const char *path)
{
	struct zone_edit *edit;
	const struct zonefile_options options = { .origin = zone->name, .default_ttl = 3600 };

	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	const struct zonefile_handler handler = { .record = test_record, .ctx = edit };
	assert_int_equal(zonefile_scan(path, &options, &handler, NULL), 0);
	assert_int_equal(zone_edit_commit(edit), 0);
}

/* Add a zone from zones/FILE, or without contents if NULL. */
static struct answer_zone *test_server_add(
	struct test_server *s, const char *name, const char *file)
{
	uint8_t wire[DNS_NAME_MAX];
	size_t len;
	struct trie_key key;
	void *old;

	assert_int_equal(dns_name_parse(span_of_text(name), NULL, wire, &len), 0);
	struct zone *zone = zone_new(wire);
	assert_non_null(zone);
	if (file != NULL) {
		char path[512];
		const char *slash = strrchr(__FILE__, '/');
		snprintf(path, sizeof(path), "%.*s/zones/%s", (int)(slash - __FILE__), __FILE__,
			file);
		test_zone_load(zone, path);
	}
	struct answer_zone *place = calloc(1, sizeof(*place) + len);
	place->zone = zone;
	place->name_len = (uint8_t)len;
	memcpy(place->name, wire, len);
	trie_key_of(wire, &key);
	assert_int_equal(trie_set(&s->edit, &key, place, 0, &old), 0);
	s->view.zones = s->edit.trie;
	s->zones[s->count] = zone;
	s->places[s->count++] = place;
	return place;
}

static void test_server_deinit(struct test_server *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		struct trie_key key;
		void *old;
		trie_key_of(s->places[i]->name, &key);
		assert_int_equal(trie_remove(&s->edit, &key, &old), 0);
		zone_free(s->zones[i]);
		free(s->places[i]);
	}
	answer_thread_free(s->thread);
}

/* ---- Queries ---- */

struct test_query {
	const char *name;
	uint16_t type;
	uint16_t class_; /* 0: IN */
	uint8_t opcode;
	bool is_edns, is_do, is_de, is_tcp, is_ipv6;
	uint16_t payload; /* 0: 1232 */
	uint8_t version;
	const char *options; /* hex of the OPT's rdata */
	uint16_t id;         /* 0: 0x1234 */
};

static size_t test_query_write(const struct test_query *q, uint8_t *out)
{
	size_t len;

	memset(out, 0, 12);
	write_u16(out, q->id != 0 ? q->id : 0x1234);
	out[2] = (uint8_t)(q->opcode << 3 | 1); /* RD */
	out[5] = 1;
	assert_int_equal(dns_name_parse(span_of_text(q->name), NULL, out + 12, &len), 0);
	uint8_t *p = out + 12 + len;
	write_u16(p, q->type);
	write_u16(p + 2, q->class_ != 0 ? q->class_ : 1);
	p += 4;
	if (q->is_edns || q->is_do || q->is_de || q->options != NULL || q->version != 0 ||
		q->payload != 0) {
		out[11] = 1;
		memset(p, 0, 11);
		p[2] = 41;
		write_u16(p + 3, q->payload != 0 ? q->payload : 1232);
		p[6] = q->version;
		p[7] = (uint8_t)((q->is_do ? 0x80 : 0) | (q->is_de ? 0x20 : 0));
		size_t size = q->options != NULL ? strlen(q->options) / 2 : 0;
		write_u16(p + 9, (uint16_t)size);
		p += 11;
		for (size_t i = 0; i < size; i++) {
			unsigned octet;
			assert_int_equal(sscanf(q->options + 2 * i, "%2x", &octet), 1);
			*p++ = (uint8_t)octet;
		}
	}
	return (size_t)(p - out);
}

/* ---- Responses ---- */

struct test_reader {
	const uint8_t *data;
	size_t len, at;
	char text[70000];
	size_t text_len;
};

static void test_print(struct test_reader *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	r->text_len += (size_t)vsnprintf(
		r->text + r->text_len, sizeof(r->text) - r->text_len, format, args);
	va_end(args);
	assert_true(r->text_len < sizeof(r->text));
}

/* Print the name at *at and step over it. Pointers must lead backwards. */
static void test_read_name(struct test_reader *r, size_t *at)
{
	size_t p = *at, least = *at;
	bool jumped = false, any = false;

	for (;;) {
		assert_true(p < r->len);
		unsigned len = r->data[p];
		if (len >= 0xc0) {
			assert_true(p + 1 < r->len);
			size_t to = (len & 0x3f) << 8 | r->data[p + 1];
			assert_true(to < least && to >= 12);
			least = to;
			if (!jumped)
				*at = p + 2;
			jumped = true;
			p = to;
			assert_true(r->data[p] != 0); /* nobody points to the root */
			continue;
		}
		assert_true(len <= 63 && p + 1 + len <= r->len);
		if (len == 0)
			break;
		test_print(r, "%.*s.", (int)len, r->data + p + 1);
		any = true;
		p += 1 + len;
	}
	if (!any)
		test_print(r, ".");
	if (!jumped)
		*at = p + 1;
}

static unsigned test_u16(const struct test_reader *r, size_t at)
{
	assert_true(at + 2 <= r->len);
	return (unsigned)r->data[at] << 8 | r->data[at + 1];
}

static unsigned test_u32(const struct test_reader *r, size_t at)
{
	return test_u16(r, at) << 16 | test_u16(r, at + 2);
}

static const char *test_type(unsigned type)
{
	static const struct {
		unsigned type;
		const char *name;
	} types[] = { { 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 15, "MX" },
		{ 16, "TXT" }, { 28, "AAAA" }, { 33, "SRV" }, { 39, "DNAME" }, { 41, "OPT" },
		{ 43, "DS" }, { 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 50, "NSEC3" },
		{ 51, "NSEC3PARAM" }, { 64, "SVCB" }, { 65, "HTTPS" }, { 61440, "DELEG" } };
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (types[i].type == type)
			return types[i].name;
	}
	return "?";
}

static void test_read_rdata(struct test_reader *r, unsigned type, size_t at, size_t end)
{
	const uint8_t *d = r->data;

	switch (type) {
	case 1:
		test_print(r, " %u.%u.%u.%u", d[at], d[at + 1], d[at + 2], d[at + 3]);
		at += 4;
		break;
	case 28:
		test_print(r, " ..%x", test_u16(r, at + 14));
		at += 16;
		break;
	case 2:
	case 5:
	case 39:
		test_print(r, " ");
		test_read_name(r, &at);
		break;
	case 15:
		test_print(r, " %u ", test_u16(r, at));
		at += 2;
		test_read_name(r, &at);
		break;
	case 6:
		test_print(r, " ");
		test_read_name(r, &at);
		test_print(r, " ");
		test_read_name(r, &at);
		test_print(r, " %u", test_u32(r, at));
		at += 20;
		break;
	case 46:
		test_print(r, " %s %u", test_type(test_u16(r, at)), d[at + 3]);
		at = end;
		break;
	case 47:
		test_print(r, " ");
		test_read_name(r, &at);
		at = end;
		break;
	case 41:
		for (; at < end; at += 4 + test_u16(r, at + 2)) {
			test_print(r, " %u:", test_u16(r, at));
			for (unsigned i = 0; i < test_u16(r, at + 2); i++)
				test_print(r, "%02x", d[at + 4 + i]);
		}
		break;
	default:
		at = end;
	}
	assert_int_equal(at, end);
}

/* The response as text. */
static const char *test_response_read(struct test_reader *r, const uint8_t *data, size_t len)
{
	static const char *statuses[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMPL",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "11", "12", "13",
		"14", "15" };
	static const char *sections[] = { "QD", "AN", "AU", "AD" };

	r->data = data;
	r->len = len;
	r->at = 12;
	r->text_len = 0;
	r->text[0] = 0;
	assert_true(len >= 12);
	assert_true(data[2] & 0x80);
	test_print(r, "%s%s%s%s\n", statuses[data[3] & 15], data[2] & 4 ? " aa" : "",
		data[2] & 2 ? " tc" : "", data[3] & 0xf0 ? " bits" : "");
	for (unsigned i = 0; i < test_u16(r, 4); i++) {
		size_t keep = r->text_len;
		test_read_name(r, &r->at);
		r->text_len = keep;
		r->text[keep] = 0;
		r->at += 4;
	}
	for (unsigned section = 1; section < 4; section++) {
		for (unsigned i = 0; i < test_u16(r, 4 + 2 * section); i++) {
			test_print(r, "%s ", sections[section]);
			test_read_name(r, &r->at);
			unsigned type = test_u16(r, r->at), class_ = test_u16(r, r->at + 2);
			unsigned ttl = test_u32(r, r->at + 4), size = test_u16(r, r->at + 8);
			r->at += 10;
			assert_true(r->at + size <= len);
			test_print(r, " %u %s", ttl, test_type(type));
			if (type == 41)
				test_print(r, " %u", class_);
			else if (class_ == 3)
				test_print(r, " CH");
			else
				assert_int_equal(class_, 1);
			test_read_rdata(r, type, r->at, r->at + size);
			test_print(r, "\n");
			r->at += size;
		}
	}
	assert_int_equal(r->at, len); /* nothing behind the last record */
	return r->text;
}

/* Ask and read. "" if there was no response. The question comes back as it was. */
static const char *test_ask(struct test_server *s, const struct test_query *q)
{
	static struct test_reader reader;
	static uint8_t request[1024], response[65535];
	struct sockaddr_storage remote = { .ss_family = q->is_ipv6 ? AF_INET6 : AF_INET };
	struct answer_client client = { q->is_tcp ? ANSWER_TCP : ANSWER_UDP, &remote };

	if (q->is_ipv6)
		((struct sockaddr_in6 *)(void *)&remote)->sin6_addr.s6_addr[15] = 1;
	else
		((struct sockaddr_in *)(void *)&remote)->sin_addr.s_addr = htonl(0xc0000263);
	size_t request_len = test_query_write(q, request);
	/* An exact copy, so that reads past its end are seen. */
	uint8_t *exact = malloc(request_len);
	memcpy(exact, request, request_len);
	memset(response, 0xee, sizeof(response));
	size_t len = answer_message(&s->view, s->thread, &client,
		(struct span){ exact, request_len }, response, q->is_tcp ? sizeof(response) : 4096);
	free(exact);
	if (len == 0)
		return "";
	size_t question = 12 + strlen((const char *)request + 12) + 5;
	assert_memory_equal(request, response, 2);
	assert_int_equal(response[2] & 1, 1);
	assert_memory_equal(request + 12, response + 12, question - 12);
	return test_response_read(&reader, response, len);
}
