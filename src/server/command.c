#include "server/command.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "server/state.h"
#include "zone/zone.h"
#include <ctype.h>
#include <stdio.h>

/* --- the table --- */

#define SERVER(name, lock, flags, run)                   \
	{                                                \
		name, lock, flags, run, NULL, NULL, NULL \
	}
#define ZONE(name, flags, zone)                                                       \
	{                                                                             \
		name, COMMAND_SHARED, COMMAND_MULTI | (flags), NULL, zone, NULL, NULL \
	}
#define CHANGE(name, run)                                                          \
	{                                                                          \
		name, COMMAND_EXCLUSIVE, COMMAND_MULTI | COMMAND_OWNER, run, NULL, \
			command_conf_change_begin, command_conf_change_end         \
	}

const struct command commands[] = {
	SERVER("status", COMMAND_SHARED, 0, command_status),
	SERVER("stop", COMMAND_SHARED, COMMAND_LAST, command_stop),
	SERVER("reload", COMMAND_EXCLUSIVE, 0, command_reload),
	SERVER("stats", COMMAND_SHARED, 0, command_stats),
	ZONE("zone-status", 0, command_zone_status),
	ZONE("zone-reload", COMMAND_FORCE_EXCLUSIVE, command_zone_reload),
	ZONE("zone-refresh", COMMAND_SKIP_NOTSUP, command_zone_unbuilt),
	ZONE("zone-retransfer", COMMAND_SKIP_NOTSUP, command_zone_unbuilt),
	ZONE("zone-notify", 0, command_zone_unbuilt),
	ZONE("zone-flush", 0, command_zone_flush),
	ZONE("zone-backup", 0, command_zone_unbuilt),
	ZONE("zone-restore", 0, command_zone_unbuilt),
	ZONE("zone-sign", COMMAND_SKIP_NOTSUP, command_zone_unbuilt),
	ZONE("zone-validate", 0, command_zone_unbuilt),
	ZONE("zone-keys-load", COMMAND_SKIP_NOTSUP, command_zone_unbuilt),
	ZONE("zone-key-rollover", COMMAND_SKIP_NOTSUP, command_zone_unbuilt),
	ZONE("zone-ksk-submitted", 0, command_zone_unbuilt),
	ZONE("zone-freeze", 0, command_zone_freeze),
	ZONE("zone-thaw", 0, command_zone_thaw),
	ZONE("zone-xfr-freeze", 0, command_zone_xfr_freeze),
	ZONE("zone-xfr-thaw", 0, command_zone_xfr_thaw),
	ZONE("zone-purge", 0, command_zone_purge),
	ZONE("zone-stats", 0, command_zone_stats),
	ZONE("zone-read", 0, command_zone_read),
	ZONE("zone-begin", 0, command_zone_begin),
	ZONE("zone-commit", COMMAND_SKIP_TXNNONE, command_zone_commit),
	ZONE("zone-abort", COMMAND_SKIP_TXNNONE, command_zone_abort),
	ZONE("zone-diff", COMMAND_SKIP_TXNNONE, command_zone_diff),
	ZONE("zone-get", COMMAND_SKIP_TXNNONE, command_zone_get),
	ZONE("zone-set", COMMAND_SKIP_TXNNONE, command_zone_set),
	ZONE("zone-unset", COMMAND_SKIP_TXNNONE, command_zone_unset),
	ZONE("zone-serial-set", 0, command_zone_serial_set),
	SERVER("conf-list", COMMAND_SHARED, COMMAND_MULTI | COMMAND_QUIET, command_conf_list),
	SERVER("conf-read", COMMAND_SHARED, COMMAND_MULTI, command_conf_read),
	SERVER("conf-begin", COMMAND_EXCLUSIVE, 0, command_conf_begin),
	SERVER("conf-commit", COMMAND_EXCLUSIVE, COMMAND_OWNER, command_conf_commit),
	SERVER("conf-abort", COMMAND_EXCLUSIVE, COMMAND_OWNER, command_conf_abort),
	SERVER("conf-diff", COMMAND_EXCLUSIVE, COMMAND_MULTI | COMMAND_OWNER, command_conf_diff),
	SERVER("conf-get", COMMAND_EXCLUSIVE, COMMAND_MULTI | COMMAND_OWNER, command_conf_get),
	CHANGE("conf-set", command_conf_set),
	CHANGE("conf-unset", command_conf_unset),
};
const size_t command_count = ARRAY_LEN(commands);

static const struct command *find_command(struct span name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (span_equal(name, span_of_text(commands[i].name)))
			return &commands[i];
	}
	return NULL;
}

/* --- what commands use --- */

struct span call_item(const struct call *call, enum control_item item)
{
	static const uint8_t empty[1];

	if (!control_has(call->unit, item))
		return (struct span){ 0 };
	struct span s = call->unit->items[item];
	return s.data != NULL ? s : (struct span){ empty, 0 };
}

bool call_has_flag(const struct call *call, char flag)
{
	return control_has_letter(call->unit, CONTROL_FLAGS, flag);
}

bool call_has_filter(const struct call *call, char filter)
{
	return control_has_letter(call->unit, CONTROL_FILTERS, filter);
}

/* What couldn't be sent: the call is over, and nothing more goes to the client. */
enum { E_CLIENT_GONE = E_BASE - 900 };

int call_send(struct call *call, const struct control_unit *unit)
{
	int error = control_send(call->client->control, unit);

	if (error == 0 || error == E_RANGE)
		return error;
	log_line(
		LOG_DEBUGGING, LOG_CONTROL, NULL, "control, failed to reply (%s)", err_text(error));
	return E_CLIENT_GONE;
}

int call_event(struct call *call, struct server_zone *zone, enum zone_event event)
{
	if (!zone_event_is_built(event))
		return E_NOTSUP;
	if (call->batch == NULL) {
		pool_request(call->server->pool, &zone->item, event);
		return 0;
	}
	return pool_batch_queue(call->batch, &zone->item, event);
}

/* --- errors --- */

/* The request's items, with the text of what is wrong. */
static int send_error(struct call *call, int error)
{
	struct control_unit unit = *call->unit;
	char zone[DNS_NAME_TEXT_SIZE];

	unit.type = CONTROL_DATA;
	if (control_has(&unit, CONTROL_ZONE) && unit.items[CONTROL_ZONE].len < sizeof(zone)) {
		struct span from = unit.items[CONTROL_ZONE];
		for (size_t i = 0; i < from.len; i++)
			zone[i] = (char)tolower(from.data[i]);
		unit.items[CONTROL_ZONE].data = (const uint8_t *)zone;
	}
	const char *text = call->detail[0] != '\0' ? call->detail : err_text(error);
	control_put(&unit, CONTROL_ERROR, span_of_text(text));
	error = call_send(call, &unit);
	call->detail[0] = '\0';
	return error;
}

/* --- zones --- */

static int run_zone(struct call *call, struct server_zone *zone)
{
	call->sent_first = false;
	return call->command->zone(call, zone);
}

static bool is_suppressed(const struct command *command, int error)
{
	return ((command->flags & COMMAND_SKIP_NOTSUP) && error == E_NOTSUP) ||
	       ((command->flags & COMMAND_SKIP_TXNNONE) && error == E_TXNNONE);
}

struct all_zones {
	struct call *call;
	bool failed;
	int fatal;
};

static void run_one_of_all(void *ctx, struct server_zone *zone)
{
	struct all_zones *all = ctx;
	char name[DNS_NAME_TEXT_SIZE];

	if (all->fatal != 0)
		return;
	int error = run_zone(all->call, zone);
	if (error == E_CLIENT_GONE) {
		all->fatal = error;
	} else if (error == E_PARSE) {
		all->fatal = send_error(all->call, error);
	} else if (error != 0 && !is_suppressed(all->call->command, error)) {
		all->failed = true;
		dns_name_print(zone->zone->name, name);
		log_line(LOG_ERROR, LOG_CONTROL, name, "control, error (%s)", err_text(error));
		all->call->detail[0] = '\0';
	}
}

static int run_all_zones(struct call *call)
{
	struct all_zones all = { .call = call };

	call->all_zones = true;
	zones_each(call->server->zones, run_one_of_all, &all);
	return all.fatal != 0 ? all.fatal : all.failed ? E_SOMEZONES : 0;
}

static int run_named_zone(struct call *call)
{
	struct span text = call->unit->items[CONTROL_ZONE];
	uint8_t name[DNS_NAME_MAX];
	size_t len;

	call->all_zones = false;
	if (dns_name_parse_lower(text, NULL, name, &len) != 0)
		return E_INVALID;
	struct server_zone *zone = zones_find(call->server->zones, name);
	if (zone == NULL)
		return E_NOZONE;
	int error = run_zone(call, zone);
	if (error != 0 && error != E_CLIENT_GONE) {
		char printed[DNS_NAME_TEXT_SIZE];
		dns_name_print(name, printed);
		log_line(LOG_ERROR, LOG_CONTROL, printed, "control, error (%s)", err_text(error));
	}
	return error;
}

/* --- one unit --- */

static void log_received(const struct call *call, bool first)
{
	enum log_level level = call->command->flags & COMMAND_QUIET ? LOG_DEBUGGING : LOG_INFORM;
	char zone[DNS_NAME_TEXT_SIZE] = "";
	struct buf more = { 0 };

	if ((!first && call->command->zone == NULL) || !log_enabled(level, LOG_CONTROL))
		return;
	struct span name = call_item(call, CONTROL_ZONE);
	if (name.len > 0 && name.len < sizeof(zone) - 1)
		snprintf(zone, sizeof(zone), "%.*s", (int)name.len, (const char *)name.data);
	if (first && log_enabled(LOG_DEBUGGING, LOG_CONTROL)) {
		struct span flags = call_item(call, CONTROL_FLAGS),
			    filters = call_item(call, CONTROL_FILTERS);
		if (flags.len > 0)
			buf_printf(
				&more, ", flags '%.*s'", (int)flags.len, (const char *)flags.data);
		if (filters.len > 0)
			buf_printf(&more, ", filters '%.*s'", (int)filters.len,
				(const char *)filters.data);
	}
	log_line(level, LOG_CONTROL, zone[0] != '\0' ? zone : NULL,
		"control, received command '%s'%s", call->command->name,
		more.len > 0 ? (const char *)more.data : "");
	buf_deinit(&more);
}

static int take_lock(struct call *call)
{
	bool exclusive = call->command->lock == COMMAND_EXCLUSIVE ||
			 ((call->command->flags & COMMAND_FORCE_EXCLUSIVE) &&
				 call_has_flag(call, CONTROL_FLAG_FORCE));

	if (!exclusive)
		return server_lock_shared(call->server, call->client->timeout);
	return server_lock_exclusive(call->server, call->client->timeout);
}

static int run_locked(struct call *call)
{
	if (call->command->run != NULL)
		return call->command->run(call);
	return control_has(call->unit, CONTROL_ZONE) ? run_named_zone(call) : run_all_zones(call);
}

/* E_CLIENT_GONE, or 0 though the client may have been told of an error: *told. */
static int run_unit(struct call *call, int *told)
{
	struct pool_batch batch;
	int waited = 0;

	pool_batch_init(&batch, call->server->pool);
	call->batch = call_has_flag(call, CONTROL_FLAG_BLOCKING) ? &batch : NULL;
	call->sent_first = false;
	int error = take_lock(call);
	if (error == 0) {
		error = run_locked(call);
		server_unlock(call->server);
	}
	waited = pool_batch_wait(&batch);
	call->batch = NULL;
	if (error == 0 && waited != 0)
		error = call->all_zones ? E_SOMEZONES : waited;
	*told = error;
	return error == 0 || error == E_CLIENT_GONE ? error : send_error(call, error);
}

/* --- one block --- */

/* Begin and end of a change that holds as a whole. */
static int change_begin(struct call *call)
{
	if (call->command->begin == NULL)
		return 0;
	TRY(take_lock(call));
	int error = call->command->begin(call);
	server_unlock(call->server);
	return error;
}

static void change_end(struct call *call, int error)
{
	if (call->command->end == NULL)
		return;
	if (server_lock_exclusive(call->server, 0) != 0)
		return;
	call->command->end(call, error);
	server_unlock(call->server);
}

/* The further units of a block. *ended: the client has sent END. */
static int run_more_units(struct call *call, int *told, bool *ended)
{
	struct control_unit unit;

	for (;;) {
		int error = control_receive(call->client->control, &unit);
		if (error != 0)
			return error;
		if (unit.type == CONTROL_BLOCK)
			return 0;
		if (unit.type == CONTROL_END) {
			*ended = true;
			return 0;
		}
		/* After an error of a change the rest isn't looked at. */
		if (unit.type == CONTROL_EXTRA || (*told != 0 && call->command->zone == NULL))
			continue;
		call->unit = &unit;
		log_received(call, false);
		TRY(run_unit(call, told));
	}
}

static int run_block(struct call *call, bool *ended)
{
	if (call->command->flags & COMMAND_OWNER)
		command_conf_await(call->client);
	int told = change_begin(call), error;
	bool changing = told == 0;

	log_received(call, true);
	error = told == 0 ? run_unit(call, &told) : send_error(call, told);
	if (told != 0)
		log_line(LOG_DEBUGGING, LOG_CONTROL, NULL, "control, command '%s' (%s)",
			call->command->name, err_text(told));
	if (error == 0 && (call->command->flags & COMMAND_MULTI))
		error = run_more_units(call, &told, ended);
	if (changing)
		change_end(call, error != 0 ? error : told);
	return error;
}

/* 0: the connection goes on. */
static int serve_block(struct client *client, const struct control_unit *unit)
{
	struct call call = { .client = client, .server = client->server, .unit = unit };
	struct span name = unit->items[CONTROL_CMD];
	bool ended = false;
	int error;

	call.command = find_command(name);
	if (call.command != NULL) {
		error = run_block(&call, &ended);
	} else {
		log_line(LOG_DEBUGGING, LOG_CONTROL, NULL,
			name.len > 0 ? "control, invalid command '%.*s'"
				     : "control, empty command%.*s",
			(int)name.len, (const char *)name.data);
		snprintf(call.detail, sizeof(call.detail), "invalid command");
		error = send_error(&call, E_INVALID);
	}
	if (error == 0)
		error = control_send_type(client->control, CONTROL_BLOCK);
	if (error == 0 && call.command != NULL && (call.command->flags & COMMAND_LAST))
		error = control_send_type(client->control, CONTROL_END);
	return error != 0 ? error : ended ? E_EOF : 0;
}

void command_serve(struct client *client)
{
	struct control_unit unit;
	int error;

	while ((error = control_receive(client->control, &unit)) == 0 && unit.type != CONTROL_END) {
		if (unit.type == CONTROL_DATA && (error = serve_block(client, &unit)) != 0)
			break;
	}
	if (error != 0 && error != E_CONN && error != E_EOF && error != E_CLIENT_GONE)
		log_line(LOG_DEBUGGING, LOG_CONTROL, NULL, "control, failed to receive (%s)",
			err_text(error));
	command_conf_disown(client);
}
