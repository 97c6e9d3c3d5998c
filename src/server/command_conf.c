/* Control commands for the configuration. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/transaction.h"
#include "server/command.h"
#include "server/setup.h"
#include "server/state.h"
#include "server/zone_transaction.h"
#include <stdio.h>
#include <stdlib.h>

/* --- whose transaction --- */

#define AWAIT_MS 250

static void set_owner(struct server *server, uint64_t owner, unsigned socket)
{
	pthread_mutex_lock(&server->conf.owner_lock);
	server->conf.owner = owner;
	server->conf.socket = socket;
	pthread_cond_broadcast(&server->conf.owner_changed);
	pthread_mutex_unlock(&server->conf.owner_lock);
}

/* A client that has ended its connection may come back before its thread here has seen that. */
void command_conf_await(struct client *client)
{
	struct server *server = client->server;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += AWAIT_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&server->conf.owner_lock);
	while (server->conf.owner != 0 && server->conf.owner != client->id &&
		server->conf.socket == client->socket) {
		if (pthread_cond_timedwait(
			    &server->conf.owner_changed, &server->conf.owner_lock, &until) != 0)
			break;
	}
	pthread_mutex_unlock(&server->conf.owner_lock);
}

/* It belongs to the connection that began it; when that has ended, to the next one that comes by the same socket. */
static bool is_owner(struct call *call)
{
	struct server *server = call->server;

	if (server->conf.owner == 0 && server->conf.socket == call->client->socket)
		set_owner(server, call->client->id, call->client->socket);
	return server->conf.owner == call->client->id;
}

/* For commands that work on the transaction. */
static int need_transaction(struct call *call)
{
	if (call->server->conf.open == NULL)
		return E_TXNNONE;
	return is_owner(call) ? 0 : E_TXNTHREAD;
}

void command_conf_disown(struct client *client)
{
	struct server *server = client->server;

	if (server_lock_exclusive(server, 0) != 0)
		return;
	if (server->conf.owner == client->id)
		set_owner(server, 0, client->socket);
	server_unlock(server);
}

/* --- answers --- */

static void put_present(struct control_unit *unit, enum control_item item, struct span value)
{
	if (value.data != NULL)
		control_put(unit, item, value);
}

static int send_entry(void *ctx, const struct conf_entry *entry)
{
	struct control_unit unit = { .type = entry->extra ? CONTROL_EXTRA : CONTROL_DATA };
	uint8_t mark = (uint8_t)entry->mark;

	put_present(&unit, CONTROL_SECTION, entry->section);
	put_present(&unit, CONTROL_ITEM, entry->item);
	put_present(&unit, CONTROL_ID, entry->id);
	put_present(&unit, CONTROL_VALUE, entry->value);
	if (mark != 0) {
		control_put(&unit, CONTROL_FILTERS, (struct span){ &mark, 1 });
		control_put(&unit, CONTROL_FLAGS, (struct span){ &mark, 1 }); /* older clients */
	}
	return call_send(ctx, &unit);
}

static struct conf_key key_of(const struct call *call)
{
	struct conf_key key = { call_item(call, CONTROL_SECTION), call_item(call, CONTROL_ITEM),
		call_item(call, CONTROL_ID), call_item(call, CONTROL_VALUE) };

	if (log_enabled(LOG_DEBUGGING, LOG_CONTROL) && key.section.data != NULL)
		log_line(LOG_DEBUGGING, LOG_CONTROL, NULL,
			"control, config item '%.*s%s%.*s%s%s%.*s%s%.*s'", (int)key.section.len,
			(const char *)key.section.data, key.id.data != NULL ? "[" : "",
			(int)key.id.len, (const char *)key.id.data, key.id.data != NULL ? "]" : "",
			key.item.data != NULL ? "." : "", (int)key.item.len,
			(const char *)key.item.data, key.value.data != NULL ? "=" : "",
			(int)key.value.len, (const char *)key.value.data);
	return key;
}

/* --- reading --- */

static int send_served(void *ctx, const uint8_t *name)
{
	char text[DNS_NAME_TEXT_SIZE];
	struct conf_entry entry = { .section = span_of_text("zone") };

	dns_name_print(name, text);
	entry.id = span_of_text(text);
	return send_entry(ctx, &entry);
}

struct served {
	struct call *call;
	int error;
};

static void visit_served(void *ctx, struct server_zone *zone)
{
	struct served *s = ctx;

	if (s->error == 0)
		s->error = send_served(s->call, zone->zone->name);
}

/* Older clients have the letters in FLAGS. */
static bool has_letter(const struct call *call, char letter)
{
	return call_has_filter(call, letter) || call_has_flag(call, letter);
}

int command_conf_list(struct call *call)
{
	struct conf_key key = key_of(call);
	struct conf_sink sink = { send_entry, call };
	enum conf_list_kind kind = has_letter(call, 's') ? CONF_LIST_SCHEMA : CONF_LIST_CONTENT;

	if (has_letter(call, 'z')) {
		struct served s = { call, 0 };
		zones_each(call->server->zones, visit_served, &s);
		return s.error;
	}
	if (!has_letter(call, 't'))
		return conf_list(setup_conf(call->server->setup), &key, kind, sink);
	TRY(need_transaction(call));
	return conf_txn_list(call->server->conf.open, &key, kind, sink);
}

int command_conf_read(struct call *call)
{
	struct conf_key key = key_of(call);

	return conf_read(
		setup_conf(call->server->setup), &key, (struct conf_sink){ send_entry, call });
}

int command_conf_get(struct call *call)
{
	struct conf_key key = key_of(call);

	TRY(need_transaction(call));
	return conf_txn_get(call->server->conf.open, &key, (struct conf_sink){ send_entry, call });
}

int command_conf_diff(struct call *call)
{
	struct conf_key key = key_of(call);

	TRY(need_transaction(call));
	return conf_txn_diff(call->server->conf.open, &key, (struct conf_sink){ send_entry, call });
}

/* --- begin, commit, abort --- */

static void find_open(void *ctx, struct server_zone *zone)
{
	const struct server_zone **ret = ctx;

	if (zone->transaction != NULL && *ret == NULL)
		*ret = zone;
}

int command_conf_begin(struct call *call)
{
	struct server *server = call->server;
	const struct server_zone *zone = NULL;
	char name[DNS_NAME_TEXT_SIZE];

	if (server->conf.open != NULL)
		return E_TXNEXISTS;
	if (zone_transactions_open(server)) {
		zones_each(server->zones, find_open, &zone);
		if (zone != NULL) {
			dns_name_print(zone->zone->name, name);
			log_warning("config, transaction rejected due to existing transaction for "
				    "zone %s",
				name);
		}
		return E_TXNEXISTS;
	}
	if (server->db == NULL)
		log_line(LOG_NOTE, LOG_CONTROL, NULL,
			"control, persistent configuration database not available");
	TRY(conf_begin(setup_conf(server->setup), server->db, &server->conf.open));
	set_owner(server, call->client->id, call->client->socket);
	return 0;
}

/* A semantic error carries its place and nothing of the request. */
static int send_place(struct call *call, int error, const struct conf_place *place)
{
	struct control_unit unit = { .type = CONTROL_DATA };

	control_put(&unit, CONTROL_ERROR,
		span_of_text(place->text != NULL ? place->text : err_text(error)));
	put_present(&unit, CONTROL_SECTION, place->section);
	put_present(&unit, CONTROL_ID, place->id);
	put_present(&unit, CONTROL_ITEM, place->item);
	put_present(&unit, CONTROL_VALUE, place->value);
	return call_send(call, &unit);
}

int command_conf_commit(struct call *call)
{
	struct server *server = call->server;
	const struct conf_changes *changes;
	struct conf_place place = { 0 };
	struct conf *next;

	if (server->conf.open == NULL)
		return E_TXNNONE;
	if (!is_owner(call))
		return E_BUSY;
	int error = conf_commit(server->conf.open, &next, &changes, &place);
	if (error != 0)
		return place.text != NULL || place.section.data != NULL
			       ? send_place(call, error, &place)
			       : error;
	server->conf.open = NULL;
	set_owner(server, 0, 0);
	error = server_apply(server, next, changes);
	if (error != 0)
		conf_unref(next);
	return error;
}

int command_conf_abort(struct call *call)
{
	struct server *server = call->server;

	if (server->conf.open == NULL)
		return 0;
	if (!is_owner(call))
		return E_BUSY;
	conf_abort(server->conf.open);
	server->conf.open = NULL;
	set_owner(server, 0, 0);
	return 0;
}

/* --- changes: all units of a block, or none --- */

int command_conf_change_begin(struct call *call)
{
	TRY(need_transaction(call));
	return conf_txn_savepoint(call->server->conf.open);
}

void command_conf_change_end(struct call *call, int error)
{
	if (error == 0)
		conf_txn_release(call->server->conf.open);
	else
		conf_txn_rollback(call->server->conf.open);
}

static int change(struct call *call,
	int (*apply)(struct conf_transaction *txn, const struct conf_key *key, const char **detail))
{
	struct conf_key key = key_of(call);
	const char *detail = NULL;

	int error = apply(call->server->conf.open, &key, &detail);
	if (error != 0 && detail != NULL)
		snprintf(call->detail, sizeof(call->detail), "%s", detail);
	return error;
}

int command_conf_set(struct call *call)
{
	return change(call, conf_txn_set);
}

int command_conf_unset(struct call *call)
{
	return change(call, conf_txn_unset);
}
