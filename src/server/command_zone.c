/* Control commands for the state and the events of zones. */
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "server/command.h"
#include "server/setup.h"
#include "server/state.h"
#include "server/zone_transaction.h"
#include <stdio.h>
#include <unistd.h>

/* --- zone-status --- */

enum { SECOND = 1, MINUTE = 60, HOUR = 3600, DAY = 86400, MONTH = 30 * DAY, YEAR = 365 * DAY };

/* Sign and units, "+1h5m", or the Unix time. */
static void print_time(time_t at, bool unixtime, struct buf *out)
{
	static const struct {
		int64_t seconds;
		char letter;
	} units[] = { { YEAR, 'Y' }, { MONTH, 'M' }, { DAY, 'D' }, { HOUR, 'h' }, { MINUTE, 'm' },
		{ SECOND, 's' } };
	int64_t left = (int64_t)at - (int64_t)time(NULL);

	if (unixtime) {
		buf_printf(out, "%lld", (long long)at);
		return;
	}
	buf_char(out, left < 0 ? '-' : '+');
	if (left == 0)
		buf_text(out, "0s");
	left = left < 0 ? -left : left;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (left >= units[i].seconds)
			buf_printf(out, "%lld%c", (long long)(left / units[i].seconds),
				units[i].letter);
		left %= units[i].seconds;
	}
}

static void print_event(enum pool_status status, time_t at, bool unixtime, struct buf *out)
{
	static const char *const around[] = {
		[POOL_PENDING] = "pending", [POOL_FROZEN] = "frozen", [POOL_RUNNING] = "running"
	};

	if (status == POOL_IDLE) {
		buf_char(out, '-');
		return;
	}
	if (status != POOL_PLANNED)
		buf_printf(out, "%s(", around[status]);
	print_time(at, unixtime, out);
	if (status != POOL_PLANNED)
		buf_char(out, ')');
}

/* One zone's answer. */
struct status {
	struct call *call;
	const char *zone, *letters;
	struct buf value;
	bool all; /* no filter: everything is wanted */
};

static bool is_wanted(const struct status *s, char filter)
{
	return s->all || call_has_filter(s->call, filter);
}

/* Send what is in `value` under this name. */
static int send_value(struct status *s, const char *type)
{
	struct control_unit unit = { .type = s->call->sent_first ? CONTROL_EXTRA : CONTROL_DATA };

	control_put(&unit, CONTROL_ZONE, span_of_text(s->zone));
	control_put(&unit, CONTROL_TYPE, span_of_text(type));
	control_put(&unit, CONTROL_VALUE, buf_span(&s->value));
	control_put(&unit, CONTROL_FILTERS, span_of_text(s->letters));
	s->call->sent_first = true;
	int error = s->value.error != 0 ? s->value.error : call_send(s->call, &unit);
	buf_reset(&s->value);
	return error;
}

static int send_text(struct status *s, const char *type, const char *text)
{
	buf_text(&s->value, text);
	return send_value(s, type);
}

static int send_events(struct status *s, const struct pool_state *state)
{
	bool unixtime = call_has_flag(s->call, CONTROL_FLAG_UNIXTIME) ||
			call_has_filter(s->call, CONTROL_FLAG_UNIXTIME);

	for (size_t i = 0; i < ZONE_EVENTS; i++) {
		print_event(state->events[i].status, state->events[i].at, unixtime, &s->value);
		TRY(send_value(s, zone_event_name((enum zone_event)i)));
	}
	return 0;
}

static int send_status(struct status *s, const struct server_zone *zone, const uint32_t *serial)
{
	struct setup_zone setup;
	struct pool_state state;

	pool_look(s->call->server->pool, &zone->item, &state);
	TRY(setup_find_zone(s->call->server->setup, zone->zone->name, &setup));
	if (is_wanted(s, 'r'))
		TRY(send_text(s, "role", setup.is_secondary ? "slave" : "master"));
	if (is_wanted(s, 's')) {
		if (serial != NULL)
			buf_printf(&s->value, "%u", *serial);
		else
			buf_char(&s->value, '-');
		TRY(send_value(s, "serial"));
	}
	if (is_wanted(s, 't'))
		TRY(send_text(s, "transaction", zone->transaction != NULL ? "open" : "-"));
	if (is_wanted(s, 'f')) {
		TRY(send_text(s, "freeze",
			state.freezing ? "freezing"
			: state.frozen ? "yes"
				       : "-"));
		bool frozen = __atomic_load_n(&zone->transfers_frozen, __ATOMIC_RELAXED);
		TRY(send_text(s, "XFR-freeze", frozen ? "yes" : "-"));
	}
	if (is_wanted(s, 'c'))
		TRY(send_text(s, "catalog", setup.catalog != NULL ? setup.catalog : "-"));
	return is_wanted(s, 'e') ? send_events(s, &state) : 0;
}

int command_zone_status(struct call *call, struct server_zone *zone)
{
	struct span filters = call_item(call, CONTROL_FILTERS);
	bool only_unixtime = filters.len == 1 && filters.data[0] == CONTROL_FLAG_UNIXTIME;
	const struct zone_snapshot *snap = zone_contents(zone);
	struct setup_zone setup;
	char name[DNS_NAME_TEXT_SIZE], letters[4];
	struct status s = { .call = call, .zone = name, .letters = letters };
	uint32_t serial = snap != NULL ? snap->serial : 0;
	bool empty = snap == NULL;

	zone_snapshot_unref(snap);
	TRY(setup_find_zone(call->server->setup, zone->zone->name, &setup));
	s.all = filters.data == NULL || only_unixtime;
	dns_name_print(zone->zone->name, name);
	snprintf(letters, sizeof(letters), "%s%s", setup.is_secondary ? "s" : "", empty ? "e" : "");
	int error = send_status(&s, zone, empty ? NULL : &serial);
	buf_deinit(&s.value);
	return error;
}

/* --- events --- */

/* Blocking requests that would wait for a transaction's end are refused. */
static int run_event(struct call *call, struct server_zone *zone, enum zone_event event)
{
	char name[DNS_NAME_TEXT_SIZE];

	if (zone->transaction != NULL && (zone_events_changing() & ZONE_EVENT_BIT(event)) != 0) {
		if (call->batch != NULL)
			return E_TXNEXISTS;
		dns_name_print(zone->zone->name, name);
		log_zone_warning(name, "blocked zone update due to open control transaction");
	}
	return call_event(call, zone, event);
}

int command_zone_reload(struct call *call, struct server_zone *zone)
{
	if (call_has_flag(call, CONTROL_FLAG_FORCE)) {
		zone_transaction_abort(call->server, zone);
		return server_renew_zone(call->server, zone);
	}
	return run_event(call, zone, ZONE_EVENT_LOAD);
}

/* A zone that the client has for itself. */
static int claim(struct call *call, struct server_zone *zone)
{
	return pool_claim(call->server->pool, &zone->item, call->client->timeout);
}

static int flush_to(struct call *call, struct server_zone *zone)
{
	struct span directory = call_item(call, CONTROL_VALUE);
	char path[PATH_MAX];

	if (directory.len == 0) {
		log_line(LOG_ERROR, LOG_CONTROL, NULL, "flush, output directory not specified");
		return E_MISSING;
	}
	if (directory.len >= sizeof(path))
		return E_RANGE;
	snprintf(path, sizeof(path), "%.*s", (int)directory.len, (const char *)directory.data);
	int error = dir_make(path, 0770);
	if (error != 0) {
		log_line(LOG_ERROR, LOG_CONTROL, NULL,
			"flush, failed to create output directory '%s' (%s)", path,
			err_text(error));
		return error;
	}
	TRY(claim(call, zone));
	error = zone_flush(&call->server->loader, zone, ZONE_FLUSH_FORCED, path);
	pool_unclaim(call->server->pool, &zone->item);
	return error;
}

int command_zone_flush(struct call *call, struct server_zone *zone)
{
	if (call_has_filter(call, 'd'))
		return flush_to(call, zone);
	bool forced = call_has_flag(call, CONTROL_FLAG_FORCE);
	uint8_t kind = forced ? ZONE_FLUSH_FORCED : ZONE_FLUSH_ASKED;
	__atomic_store_n(&zone->flush_kind, kind, __ATOMIC_RELAXED);
	return run_event(call, zone, ZONE_EVENT_FLUSH);
}

int command_zone_unbuilt(struct call *call, struct server_zone *zone)
{
	(void)call;
	(void)zone;
	return E_NOTSUP;
}

/* --- freeze --- */

static int freeze(struct call *call, struct server_zone *zone, bool frozen)
{
	char name[DNS_NAME_TEXT_SIZE];

	pool_hold(call->server->pool, &zone->item, POOL_HOLD_FREEZE,
		frozen ? zone_events_frozen() : 0);
	if (frozen && call->batch != NULL) { /* what runs ends first */
		TRY(claim(call, zone));
		pool_unclaim(call->server->pool, &zone->item);
	}
	dns_name_print(zone->zone->name, name);
	log_zone_info(name, "zone updates %s", frozen ? "frozen" : "unfrozen");
	return 0;
}

int command_zone_freeze(struct call *call, struct server_zone *zone)
{
	return freeze(call, zone, true);
}

int command_zone_thaw(struct call *call, struct server_zone *zone)
{
	return freeze(call, zone, false);
}

static int freeze_transfers(struct server_zone *zone, bool frozen)
{
	char name[DNS_NAME_TEXT_SIZE];

	__atomic_store_n(&zone->transfers_frozen, frozen, __ATOMIC_RELAXED);
	dns_name_print(zone->zone->name, name);
	log_zone_info(name, "outgoing XFR %s", frozen ? "frozen" : "unfrozen");
	return 0;
}

int command_zone_xfr_freeze(struct call *call, struct server_zone *zone)
{
	(void)call;
	return freeze_transfers(zone, true);
}

int command_zone_xfr_thaw(struct call *call, struct server_zone *zone)
{
	(void)call;
	return freeze_transfers(zone, false);
}

/* --- purge --- */

static int purge_file(struct call *call, struct server_zone *zone, const char *name)
{
	struct setup_load how;

	TRY(setup_find_file(call->server->setup, zone->zone->name, &how));
	if (unlink(how.path) == 0 || errno == ENOENT)
		return 0;
	int error = err_errno();
	log_zone_error(name, "failed to purge zone file (%s)", err_text(error));
	return error;
}

/* What has no place to be stored in yet (journal, timers, keys, catalog) has nothing to be purged. */
static int purge(struct call *call, struct server_zone *zone)
{
	bool all = call_item(call, CONTROL_FILTERS).data == NULL;
	char name[DNS_NAME_TEXT_SIZE];
	int error = 0;

	dns_name_print(zone->zone->name, name);
	if (all || call_has_filter(call, 'e')) {
		zone_transaction_abort(call->server, zone);
		zone_clear(zone->zone);
		zones_doubt(zone); /* a reload loads it again */
		__atomic_store_n(&zone->expired, true, __ATOMIC_RELAXED);
		log_zone_info(name, "zone expired");
	}
	if (all || call_has_filter(call, 'f'))
		error = purge_file(call, zone, name);
	log_zone_notice(name, "requested zone data purged");
	return error;
}

int command_zone_purge(struct call *call, struct server_zone *zone)
{
	if (call_has_filter(call, 'o'))
		return call->all_zones ? 0 : E_FAILED; /* the zone is configured: no orphan */
	TRY(claim(call, zone));
	int error = purge(call, zone);
	pool_unclaim(call->server->pool, &zone->item);
	return error;
}
