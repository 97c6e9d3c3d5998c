/*
 * modules/stats: traffic counters.
 *
 * One end hook; each kind of counter is a row with its switch, its default and the function that counts. A row's items stand
 * in the thread's block where the row's counter begins.
 */
#include "answer/state.h"
#include "base/err.h"
#include "modules/module.h"
#include "modules/types.h"
#include <stdio.h>
#include <stdlib.h>

/* What is counted: facts of one request, worked out once. */
struct facts {
	const struct answer *a;
	bool is_query; /* a normal one: neither transfer nor malformed */
	bool is_transfer;
	unsigned operation; /* of server-operation */
	size_t reply_len;   /* 0: none is sent */
	unsigned rcode;
};

enum {
	OPERATION_QUERY,
	OPERATION_UPDATE,
	OPERATION_NOTIFY,
	OPERATION_AXFR,
	OPERATION_IXFR,
	OPERATION_INVALID
};

/* ---- Items' names ---- */

static void copy_name(const char *const *names, unsigned item, char *ret)
{
	snprintf(ret, MODULE_ITEM_NAME_SIZE, "%s", names[item]);
}

#define NAMES(function, ...)                                           \
	static const char *const function##_names[] = { __VA_ARGS__ }; \
	static void function(unsigned item, char *ret)                 \
	{                                                              \
		copy_name(function##_names, item, ret);                \
	}

NAMES(protocol, "udp4", "tcp4", "quic4", "tls4", "udp6", "tcp6", "quic6", "tls6", "udp4-xdp",
	"tcp4-xdp", "quic4-xdp", "udp6-xdp", "tcp6-xdp", "quic6-xdp")
NAMES(operation, "query", "update", "notify", "axfr", "ixfr", "invalid")
NAMES(request_kind, "query", "update", "other")
NAMES(response_kind, "reply", "transfer", "other")
NAMES(presence, "request", "response")
NAMES(flag, "DO", "TC")
NAMES(rcode, "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMPL", "REFUSED", "YXDOMAIN",
	"YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "BADSIG", "BADVERS", "BADKEY", "BADTIME",
	"BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE", "other")
NAMES(edns_option, "CODE0", "LLQ", "UL", "NSID", "CODE4", "DAU", "DHU", "N3U", "EDNS-CLIENT-SUBNET",
	"EDNS-EXPIRE", "COOKIE", "EDNS-TCP-KEEPALIVE", "PADDING", "CHAIN", "EDNS-KEY-TAG", "CODE15",
	"CODE16", "CODE17", "CODE18", "CODE19", "other")
NAMES(nodata, "A", "AAAA", "other")

#define RCODE_OTHER       20
#define EDNS_OPTION_OTHER 20

/* Types counted one by one: ranges of codes, after "other". */
static const struct {
	uint16_t from, to, first_item;
} type_ranges[] = { { 1, 65, 1 }, { 99, 110, 66 }, { 255, 260, 78 } };
#define TYPE_ITEMS 84

/* Types that have no mnemonic in this list. */
static bool is_nameless(unsigned type)
{
	static const uint16_t nameless[] = { 11, 19, 20, 22, 23, 27, 31, 32, 34, 38, 40, 54, 55, 56,
		57, 58, 100, 101, 102, 103, 110, 258, 259, 260 };

	for (size_t i = 0; i < ARRAY_LEN(nameless); i++) {
		if (nameless[i] == type)
			return true;
	}
	return false;
}

static void query_type(unsigned item, char *ret)
{
	uint16_t type = 0;

	if (item == 0) {
		strcpy(ret, "other");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(type_ranges); i++) {
		if (item >= type_ranges[i].first_item)
			type = (uint16_t)(type_ranges[i].from + item - type_ranges[i].first_item);
	}
	if (is_nameless(type)) {
		snprintf(ret, MODULE_ITEM_NAME_SIZE, "TYPE%u", type);
		return;
	}
	struct buf out = { 0 };
	dns_type_print(type, &out);
	snprintf(ret, MODULE_ITEM_NAME_SIZE, "%.*s", (int)out.len, (const char *)out.data);
	buf_deinit(&out);
}

/* Sizes in steps of 16 octets. */
#define SIZE_STEP        16
#define QUERY_SIZE_ITEMS 19
#define REPLY_SIZE_ITEMS 257

static void size_name(unsigned item, unsigned items, char *ret)
{
	unsigned last = item + 1 == items ? UINT16_MAX : (item + 1) * SIZE_STEP - 1;
	snprintf(ret, MODULE_ITEM_NAME_SIZE, "%u-%u", item * SIZE_STEP, last);
}

static void query_size(unsigned item, char *ret)
{
	size_name(item, QUERY_SIZE_ITEMS, ret);
}

static void reply_size(unsigned item, char *ret)
{
	size_name(item, REPLY_SIZE_ITEMS, ret);
}

/* ---- Counting ---- */

static void count_protocol(const struct facts *f, uint64_t *values)
{
	static const uint8_t items[ANSWER_TRANSPORTS] = { [ANSWER_UDP] = 0,
		[ANSWER_TCP] = 1,
		[ANSWER_QUIC] = 2,
		[ANSWER_TLS] = 3,
		[ANSWER_UNIX] = 1 };
	const struct answer_client *client = f->a->client;
	bool is_ipv4 = client->remote != NULL && client->remote->ss_family == AF_INET;

	values[items[client->transport] + (is_ipv4 ? 0 : 4)]++;
}

static void count_operation(const struct facts *f, uint64_t *values)
{
	values[f->operation]++;
}

static void count_request_bytes(const struct facts *f, uint64_t *values)
{
	values[MIN(f->operation, 2u)] += f->a->request.message.len;
}

static void count_response_bytes(const struct facts *f, uint64_t *values)
{
	values[f->is_query ? 0 : f->is_transfer ? 1 : 2] += f->reply_len;
}

static void count_edns(const struct facts *f, uint64_t *values)
{
	values[0] += f->a->request.edns.present;
	values[1] += f->reply_len > 0 && f->a->has_opt;
}

static void count_flags(const struct facts *f, uint64_t *values)
{
	if (f->reply_len == 0)
		return;
	values[0] += f->a->has_opt && (f->a->opt.flags & DNS_EDNS_DO) != 0;
	values[1] += (f->a->w.start[2] & (DNS_FLAG_TC >> 8)) != 0;
}

static void count_rcode(const struct facts *f, uint64_t *values)
{
	unsigned item = RCODE_OTHER;

	if (f->reply_len == 0)
		return;
	if (f->rcode <= DNS_RCODE_NOTZONE)
		item = f->rcode;
	else if (f->rcode >= DNS_RCODE_BADVERS && f->rcode <= DNS_RCODE_BADCOOKIE)
		item = f->rcode - DNS_RCODE_BADVERS +
		       12; /* BADSIG, the TSIG error of the same number, is before it */
	values[item]++;
}

static void count_options(struct span options, uint64_t *values)
{
	uint16_t code;
	struct span data;

	while (dns_edns_next(&options, &code, &data))
		values[MIN(code, EDNS_OPTION_OTHER)]++;
}

static void count_request_options(const struct facts *f, uint64_t *values)
{
	if (f->a->request.edns.present)
		count_options(f->a->request.edns.options, values);
}

static void count_response_options(const struct facts *f, uint64_t *values)
{
	if (f->reply_len > 0 && f->a->has_opt)
		count_options(
			(struct span){ f->a->opt_at + DNS_EDNS_FIXED, read_u16(f->a->opt_at + 9) },
			values);
}

/* The authority section is empty or begins with the SOA. */
static bool is_nodata_authority(const struct answer *a)
{
	if (a->w.counts[DNS_SECTION_AUTHORITY] == 0)
		return true;
	for (unsigned i = 0; i < a->rrset_count; i++) {
		if (a->rrsets[i].section == DNS_SECTION_AUTHORITY)
			return a->rrsets[i].rrset->type == DNS_TYPE_SOA;
	}
	return false;
}

static void count_nodata(const struct facts *f, uint64_t *values)
{
	const struct answer *a = f->a;

	if (!f->is_query || f->reply_len == 0 || f->rcode != DNS_RCODE_NOERROR ||
		a->w.counts[DNS_SECTION_ANSWER] != 0 || (a->w.start[2] & (DNS_FLAG_TC >> 8)) != 0 ||
		!is_nodata_authority(a))
		return;
	values[a->request.qtype == DNS_TYPE_A ? 0 : a->request.qtype == DNS_TYPE_AAAA ? 1 : 2]++;
}

static void count_type(const struct facts *f, uint64_t *values)
{
	unsigned type = f->a->request.qtype, item = 0;

	if (!f->is_query)
		return;
	for (size_t i = 0; i < ARRAY_LEN(type_ranges); i++) {
		if (type >= type_ranges[i].from && type <= type_ranges[i].to)
			item = type_ranges[i].first_item + type - type_ranges[i].from;
	}
	values[item]++;
}

static void count_query_size(const struct facts *f, uint64_t *values)
{
	if (f->is_query)
		values[MIN(f->a->request.message.len / SIZE_STEP, (size_t)QUERY_SIZE_ITEMS - 1)]++;
}

static void count_reply_size(const struct facts *f, uint64_t *values)
{
	if (f->is_query && f->reply_len > 0)
		values[MIN(f->reply_len / SIZE_STEP, (size_t)REPLY_SIZE_ITEMS - 1)]++;
}

/* ---- The module ---- */

#define ITEMS(function) ARRAY_LEN(function##_names), function

static const struct row {
	struct module_counter counter;
	bool is_default;
	void (*count)(const struct facts *f, uint64_t *values);
} rows[] = {
	{ { "request-protocol", ITEMS(protocol) }, true, count_protocol },
	{ { "server-operation", ITEMS(operation) }, true, count_operation },
	{ { "request-bytes", ITEMS(request_kind) }, true, count_request_bytes },
	{ { "response-bytes", ITEMS(response_kind) }, true, count_response_bytes },
	{ { "edns-presence", ITEMS(presence) }, false, count_edns },
	{ { "flag-presence", ITEMS(flag) }, false, count_flags },
	{ { "response-code", ITEMS(rcode) }, true, count_rcode },
	{ { "request-edns-option", ITEMS(edns_option) }, false, count_request_options },
	{ { "response-edns-option", ITEMS(edns_option) }, false, count_response_options },
	{ { "reply-nodata", ITEMS(nodata) }, false, count_nodata },
	{ { "query-type", TYPE_ITEMS, query_type }, false, count_type },
	{ { "query-size", QUERY_SIZE_ITEMS, query_size }, false, count_query_size },
	{ { "reply-size", REPLY_SIZE_ITEMS, reply_size }, false, count_reply_size },
};

struct stats {
	struct module module;
	struct answer_hook hook;
	size_t active; /* rows that are on */
	const struct row *rows[ARRAY_LEN(rows)];
	size_t at[ARRAY_LEN(rows)]; /* where their values begin */
	struct module_counter counters[ARRAY_LEN(rows)];
};

static unsigned operation_of(const struct answer *a)
{
	const struct dns_request *r = &a->request;

	if (a->is_malformed || !r->has_question)
		return OPERATION_INVALID;
	switch (r->opcode) {
	case DNS_OPCODE_QUERY:
		return r->qtype == DNS_TYPE_AXFR   ? OPERATION_AXFR
		       : r->qtype == DNS_TYPE_IXFR ? OPERATION_IXFR
						   : OPERATION_QUERY;
	case DNS_OPCODE_NOTIFY:
		return OPERATION_NOTIFY;
	case DNS_OPCODE_UPDATE:
		return OPERATION_UPDATE;
	default:
		return OPERATION_INVALID;
	}
}

static enum answer_flow stats_end(void *ctx, struct answer *a, enum answer_flow flow)
{
	const struct stats *s = ctx;
	uint64_t *values = module_values(&s->module, a->thread_index);
	unsigned operation_ = operation_of(a);
	const struct facts f = {
		.a = a,
		.operation = operation_,
		.is_query = operation_ == OPERATION_QUERY,
		.is_transfer = operation_ == OPERATION_AXFR || operation_ == OPERATION_IXFR,
		.reply_len = flow == ANSWER_FLOW_DROP ? 0 : (size_t)(a->w.pos - a->w.start),
		.rcode = a->rcode,
	};

	for (size_t i = 0; i < s->active; i++)
		s->rows[i]->count(&f, values + s->at[i]);
	return flow;
}

static void stats_destroy(struct module *module)
{
	free((struct stats *)(void *)module);
}

static int stats_create(const struct module_config *config, struct module **ret, const char **why)
{
	struct stats *s = calloc(1, sizeof(*s));
	int result = 0;

	if (s == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < ARRAY_LEN(rows) && result == 0; i++) {
		bool is_on;
		result = module_config_bool(
			config, rows[i].counter.name, rows[i].is_default, &is_on);
		if (result == 0 && is_on) {
			s->rows[s->active] = &rows[i];
			s->counters[s->active++] = rows[i].counter;
		}
	}
	if (result == 0)
		result = module_counters_init(&s->module, s->counters, s->active, config->threads);
	if (result != 0) {
		*why = result == E_INVALID ? "invalid bool" : NULL;
		free(s);
		return result;
	}
	for (size_t i = 0; i < s->active; i++)
		s->at[i] = module_counter_at(&s->module, i);
	s->hook = (struct answer_hook){ .stage = ANSWER_STAGE_END, .flow = stats_end, .ctx = s };
	s->module.type = &module_stats;
	s->module.hooks = &s->hook;
	s->module.hook_count = 1;
	s->module.destroy = stats_destroy;
	*ret = &s->module;
	return 0;
}

const struct module_type module_stats = {
	.name = "mod-stats", .scopes = MODULE_GLOBAL | MODULE_ZONE, .create = stats_create
};
