/* Control commands for the contents of zones: reading, and transactions. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "dns/lexer.h"
#include "dns/rdata.h"
#include "server/command.h"
#include "server/setup.h"
#include "server/state.h"
#include "server/zone_transaction.h"
#include "zone/diff.h"
#include "zone/edit.h"
#include "zonefile/scanner.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* --- sending records --- */

struct sender {
	struct call *call;
	const struct server_zone *zone;
	char zone_name[DNS_NAME_TEXT_SIZE];
	const char *mark; /* of differences, NULL: none */
	struct buf text;
};

static void sender_init(struct sender *s, struct call *call, const struct server_zone *zone)
{
	*s = (struct sender){ .call = call, .zone = zone };
	dns_name_print(zone->zone->name, s->zone_name);
}

/* RRSIGs are shown with their original TTL. */
static uint32_t shown_ttl(uint16_t type, uint32_t ttl, struct span rdata)
{
	enum { ORIGINAL_TTL = 4 };

	return type == DNS_TYPE_RRSIG && rdata.len >= ORIGINAL_TTL + 4
		       ? read_u32(rdata.data + ORIGINAL_TTL)
		       : ttl;
}

static int send_record(
	struct sender *s, const uint8_t *owner, uint16_t type, uint32_t ttl, struct span rdata)
{
	struct control_unit unit = { .type = CONTROL_DATA };
	char name[DNS_NAME_TEXT_SIZE], number[16];

	buf_reset(&s->text);
	dns_type_print_portable(type, &s->text);
	size_t type_len = s->text.len;
	dns_rdata_print(type, rdata, &dns_print_dump, &s->text);
	if (s->text.error != 0)
		return s->text.error;
	dns_name_print(owner, name);
	snprintf(number, sizeof(number), "%u", shown_ttl(type, ttl, rdata));
	control_put(&unit, CONTROL_ZONE, span_of_text(s->zone_name));
	control_put(&unit, CONTROL_OWNER, span_of_text(name));
	control_put(&unit, CONTROL_TTL, span_of_text(number));
	control_put(&unit, CONTROL_TYPE, (struct span){ s->text.data, type_len });
	control_put(&unit, CONTROL_VALUE,
		(struct span){ s->text.data + type_len, s->text.len - type_len });
	if (s->mark != NULL) {
		control_put(&unit, CONTROL_FILTERS, span_of_text(s->mark));
		control_put(&unit, CONTROL_FLAGS, span_of_text(s->mark)); /* older clients */
	}
	return call_send(s->call, &unit);
}

static int send_rrset(
	struct sender *s, const struct zone_node *node, const struct zone_rrset *rrset)
{
	struct span packed = zone_rrset_data(node, rrset), rdata;

	while (zone_rdata_next(&packed, &rdata))
		TRY(send_record(s, node->name, rrset->type, rrset->ttl, rdata));
	return 0;
}

/* All RRsets of a node, or the one of a type (0: all). */
static int send_node(struct sender *s, const struct zone_node *node, uint16_t type, bool *found)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);

	for (unsigned i = 0; i < node->rrset_count; i++) {
		if (type != 0 && rrset[i].type != type)
			continue;
		*found = true;
		TRY(send_rrset(s, node, &rrset[i]));
	}
	return 0;
}

/* --- what is asked for --- */

struct target {
	bool has_owner;
	uint8_t owner[DNS_NAME_MAX];
	uint16_t type; /* 0: any */
};

static int parse_owner(struct span text, const struct server_zone *zone, uint8_t *ret)
{
	size_t len;

	if (text.len == 0)
		text = span_of_text("@");
	if (dns_name_parse_lower(text, zone->zone->name, ret, &len) != 0)
		return E_INVALID;
	return dns_name_below(ret, zone->zone->name) != 0 ? 0 : E_OUTOFZONE;
}

static int parse_target(const struct call *call, const struct server_zone *zone, struct target *ret)
{
	struct span owner = call_item(call, CONTROL_OWNER), type = call_item(call, CONTROL_TYPE);

	ret->has_owner = owner.data != NULL;
	ret->type = 0;
	if (ret->has_owner)
		TRY(parse_owner(owner, zone, ret->owner));
	if (type.data != NULL && dns_type_parse(type, &ret->type) != 0)
		return E_INVALID;
	return 0;
}

static int send_owner(
	struct sender *s, const struct zone_snapshot *snap, const struct target *target)
{
	bool found = false, any = false;
	struct trie_key key;

	trie_key_of(target->owner, &key);
	const struct zone_node *nodes[] = { zone_node_of(trie_find(&snap->names, &key)),
		zone_node_of(trie_find(&snap->nsec3, &key)) };
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		if (nodes[i] == NULL)
			continue;
		any = true;
		TRY(send_node(s, nodes[i], target->type, &found));
	}
	return !any ? E_NONODE : found || s->call->all_zones ? 0 : E_NORRTYPE;
}

static int send_all(struct sender *s, const struct zone_snapshot *snap, uint16_t type)
{
	const struct trie *tries[] = { &snap->names, &snap->nsec3 };
	const struct trie_node *leaf;
	struct trie_iter iter;
	bool found = false;

	for (size_t t = 0; t < ARRAY_LEN(tries); t++) {
		trie_iter_init(tries[t], &iter);
		while ((leaf = trie_iter_next(&iter)) != NULL)
			TRY(send_node(s, zone_node_of(leaf), type, &found));
	}
	return 0;
}

static int send_contents(
	struct call *call, const struct server_zone *zone, const struct zone_snapshot *snap)
{
	struct target target;
	struct sender s;

	TRY(parse_target(call, zone, &target));
	if (snap == NULL)
		return target.has_owner ? E_NONODE : 0;
	sender_init(&s, call, zone);
	int error =
		target.has_owner ? send_owner(&s, snap, &target) : send_all(&s, snap, target.type);
	buf_deinit(&s.text);
	return error;
}

int command_zone_read(struct call *call, struct server_zone *zone)
{
	const struct zone_snapshot *snap = zone_contents(zone);
	int error = send_contents(call, zone, snap);

	zone_snapshot_unref(snap);
	return error;
}

/* --- transactions --- */

/* Do something with the zone for oneself. */
static int with_claim(struct call *call, struct server_zone *zone,
	int (*work)(struct call *call, struct server_zone *zone))
{
	struct pool *pool = call->server->pool;

	TRY(pool_claim(pool, &zone->item, call->client->timeout));
	int error = work(call, zone);
	pool_unclaim(pool, &zone->item);
	return error;
}

static int begin(struct call *call, struct server_zone *zone)
{
	if (call->server->conf.open != NULL)
		return E_TXNEXISTS;
	return zone_transaction_begin(call->server, zone, call_has_filter(call, 'b'));
}

static int commit(struct call *call, struct server_zone *zone)
{
	return zone_transaction_commit(call->server, zone);
}

static int abort_(struct call *call, struct server_zone *zone)
{
	if (zone->transaction == NULL)
		return E_TXNNONE;
	zone_transaction_abort(call->server, zone);
	return 0;
}

static int get(struct call *call, struct server_zone *zone)
{
	const struct zone_snapshot *view, *base;

	TRY(zone_transaction_view(zone, &view, &base));
	return send_contents(call, zone, view);
}

static int send_change(void *ctx, const struct zone_change *change)
{
	return send_record(ctx, change->owner, change->type, change->ttl, change->rdata);
}

static int diff(struct call *call, struct server_zone *zone)
{
	const struct zone_snapshot *view, *base;
	struct sender s;

	TRY(zone_transaction_view(zone, &view, &base));
	sender_init(&s, call, zone);
	s.mark = "-";
	int error = zone_diff(base, view, ZONE_DIFF_REMOVED, send_change, &s);
	s.mark = "+";
	if (error == 0)
		error = zone_diff(base, view, ZONE_DIFF_ADDED, send_change, &s);
	buf_deinit(&s.text);
	return error;
}

/* --- changes --- */

static uint32_t rrset_ttl(
	const struct zone_snapshot *view, const uint8_t *owner, uint16_t type, uint32_t fallback)
{
	struct trie_key key;

	trie_key_of(owner, &key);
	const struct zone_node *node = zone_node_of(trie_find(&view->names, &key));
	const struct zone_rrset *rrset = node != NULL ? zone_node_find(node, type) : NULL;
	return rrset != NULL ? rrset->ttl : fallback;
}

/* The TTL that is given, or that of the RRset, or the zone's default. */
static int find_ttl(struct call *call, struct server_zone *zone, const uint8_t *owner,
	uint16_t type, uint32_t *ret)
{
	struct span text = call_item(call, CONTROL_TTL);
	const struct zone_snapshot *view, *base;
	struct setup_load how;

	if (text.data != NULL)
		return dns_ttl_parse(text, ret) == 0 ? 0 : E_INVALID;
	how.options.default_ttl = 0;
	int error = setup_find_load(call->server->setup, zone->zone->name, &how);
	if (error != 0 && error != E_CONFVALUE)
		return error;
	TRY(zone_transaction_view(zone, &view, &base));
	*ret = rrset_ttl(view, owner, type, how.options.default_ttl);
	return 0;
}

/* Parse the request's record: the same text as in a zone file. */
static int parse_record(struct call *call, struct server_zone *zone, const struct target *target,
	struct zonefile_record *ret)
{
	struct span data = call_item(call, CONTROL_VALUE), type = call_item(call, CONTROL_TYPE);
	char owner[DNS_NAME_TEXT_SIZE];
	struct buf line = { 0 };
	const char *why = NULL;
	uint32_t ttl;

	TRY(find_ttl(call, zone, target->owner, target->type, &ttl));
	dns_name_print(target->owner, owner);
	buf_printf(&line, "%s %u IN %.*s ", owner, ttl, (int)type.len, (const char *)type.data);
	buf_append(&line, data.data, data.len);
	int error = line.error;
	if (error == 0)
		error = zonefile_parse_rr(buf_span(&line), zone->zone->name, ttl, ret, &why);
	buf_deinit(&line);
	if (error == E_PARSE)
		snprintf(call->detail, sizeof(call->detail), "%s, %s", err_text(E_PARSE),
			why != NULL ? why : "invalid record");
	return error;
}

static int change(struct call *call, struct server_zone *zone, const struct target *target,
	int (*apply)(struct server_zone *zone, const struct zone_rr *rr))
{
	struct zonefile_record *record = malloc(sizeof(*record));

	if (record == NULL)
		return E_NOMEM;
	int error = parse_record(call, zone, target, record);
	if (error == 0) {
		struct zone_rr rr = { record->owner, record->type, record->ttl,
			{ record->rdata, record->rdata_len } };
		error = apply(zone, &rr);
	}
	free(record);
	return error;
}

static int set(struct call *call, struct server_zone *zone)
{
	struct target target;

	if (zone->transaction == NULL)
		return E_TXNNONE;
	TRY(parse_target(call, zone, &target));
	if (!target.has_owner || target.type == 0 || call_item(call, CONTROL_VALUE).data == NULL)
		return E_INVALID;
	return change(call, zone, &target, zone_transaction_add);
}

static int unset(struct call *call, struct server_zone *zone)
{
	struct target target;

	if (zone->transaction == NULL)
		return E_TXNNONE;
	TRY(parse_target(call, zone, &target));
	if (!target.has_owner)
		return E_INVALID;
	if (call_item(call, CONTROL_VALUE).len > 0)
		return change(call, zone, &target, zone_transaction_remove);
	struct zone_rr rr = { target.owner, target.type != 0 ? target.type : DNS_TYPE_ANY, 0,
		{ 0 } };
	return zone_transaction_remove(zone, &rr);
}

/* --- serial --- */

static int parse_serial(const struct call *call, uint32_t *ret)
{
	struct span text = call_item(call, CONTROL_VALUE);
	char number[16], *end;

	if (text.len == 0 || text.len >= sizeof(number) || text.data[0] < '0' || text.data[0] > '9')
		return E_INVALID;
	snprintf(number, sizeof(number), "%.*s", (int)text.len, (const char *)text.data);
	unsigned long long n = strtoull(number, &end, 10);
	*ret = (uint32_t)n;
	return *end == '\0' && n <= UINT32_MAX ? 0 : E_INVALID;
}

static int set_serial(struct call *call, struct server_zone *zone)
{
	struct span type = call_item(call, CONTROL_TYPE);
	const struct zone_snapshot *view, *base;
	char name[DNS_NAME_TEXT_SIZE];
	uint32_t number;

	TRY(parse_serial(call, &number));
	TRY(zone_transaction_view(zone, &view, &base));
	if (view->apex == NULL)
		return E_ZONEEMPTY;
	bool relative = type.len > 0 && type.data[0] == '+';
	uint32_t next = relative ? view->serial + number : number;
	if ((int32_t)(next - view->serial) <= 0 && !call_has_flag(call, CONTROL_FLAG_FORCE)) {
		dns_name_print(zone->zone->name, name);
		log_zone_error(name, "failed to set SOA serial (%s)", err_text(E_SOASERIAL));
		return E_SOASERIAL;
	}
	return zone_transaction_set_serial(zone, next);
}

/* Inside the client's transaction, or in one of its own. */
static int change_serial(struct call *call, struct server_zone *zone)
{
	if (zone->transaction != NULL)
		return set_serial(call, zone);
	const struct zone_snapshot *snap = zone_contents(zone);
	bool empty = snap == NULL;
	zone_snapshot_unref(snap);
	if (empty)
		return E_ZONEEMPTY;
	TRY(zone_transaction_begin(call->server, zone, false));
	int error = set_serial(call, zone);
	if (error == 0)
		error = zone_transaction_commit(call->server, zone);
	zone_transaction_abort(call->server, zone);
	return error;
}

static int tell_serial(struct call *call, const struct server_zone *zone)
{
	struct control_unit unit = { .type = CONTROL_DATA };
	const struct zone_snapshot *snap = zone_contents(zone);
	char name[DNS_NAME_TEXT_SIZE], number[16];

	if (snap == NULL)
		return E_ZONEEMPTY;
	snprintf(number, sizeof(number), "%u", snap->serial);
	zone_snapshot_unref(snap);
	dns_name_print(zone->zone->name, name);
	control_put(&unit, CONTROL_ZONE, span_of_text(name));
	control_put(&unit, CONTROL_VALUE, span_of_text(number));
	return call_send(call, &unit);
}

int command_zone_serial_set(struct call *call, struct server_zone *zone)
{
	if (call_item(call, CONTROL_VALUE).data == NULL)
		return tell_serial(call, zone);
	return with_claim(call, zone, change_serial);
}

/* --- the commands --- */

int command_zone_begin(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, begin);
}

int command_zone_commit(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, commit);
}

int command_zone_abort(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, abort_);
}

int command_zone_get(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, get);
}

int command_zone_diff(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, diff);
}

int command_zone_set(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, set);
}

int command_zone_unset(struct call *call, struct server_zone *zone)
{
	return with_claim(call, zone, unset);
}
