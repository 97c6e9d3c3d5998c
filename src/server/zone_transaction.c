#include "server/zone_transaction.h"
#include "base/err.h"
#include "base/log.h"
#include "server/setup.h"
#include "server/state.h"
#include "zone/check.h"
#include "zone/diff.h"
#include "zone/edit.h"
#include <stdlib.h>

struct zone_transaction {
	struct zone_edit *edit;
	const struct zone_snapshot *base; /* counted; NULL: there were no contents */
	bool benevolent;
};

int zone_transaction_begin(struct server *server, struct server_zone *zone, bool benevolent)
{
	if (zone->transaction != NULL)
		return E_TXNEXISTS;
	struct zone_transaction *txn = calloc(1, sizeof(*txn));
	if (txn == NULL)
		return E_NOMEM;
	int error = zone_edit_begin(zone->zone, &txn->edit);
	if (error != 0) {
		free(txn);
		return error;
	}
	txn->base = zone_contents(zone);
	txn->benevolent = benevolent;
	zone->transaction = txn;
	__atomic_add_fetch(&server->zone_transactions, 1, __ATOMIC_RELAXED);
	pool_hold(server->pool, &zone->item, POOL_HOLD_TRANSACTION, zone_events_changing());
	return 0;
}

/* The transaction is over; its edit was committed or goes here. */
static void end(struct server *server, struct server_zone *zone)
{
	struct zone_transaction *txn = zone->transaction;

	zone->transaction = NULL;
	zone_edit_discard(txn->edit);
	zone_snapshot_unref(txn->base);
	free(txn);
	__atomic_sub_fetch(&server->zone_transactions, 1, __ATOMIC_RELAXED);
	pool_hold(server->pool, &zone->item, POOL_HOLD_TRANSACTION, 0);
}

int zone_transaction_view(struct server_zone *zone, const struct zone_snapshot **view,
	const struct zone_snapshot **base)
{
	if (zone->transaction == NULL)
		return E_TXNNONE;
	*base = zone->transaction->base;
	return zone_edit_view(zone->transaction->edit, view);
}

int zone_transaction_add(struct server_zone *zone, const struct zone_rr *rr)
{
	if (zone->transaction == NULL)
		return E_TXNNONE;
	int error = zone_edit_add(zone->transaction->edit, rr);
	return error == E_ISRECORD && zone->transaction->benevolent ? 0 : error;
}

int zone_transaction_remove(struct server_zone *zone, const struct zone_rr *rr)
{
	if (zone->transaction == NULL)
		return E_TXNNONE;
	struct zone_edit *edit = zone->transaction->edit;
	int error = rr->rdata.data != NULL ? zone_edit_remove(edit, rr)
					   : zone_edit_remove_rrset(edit, rr->owner, rr->type);
	if (error == E_NORECORD && rr->rdata.data == NULL)
		error = E_NORRTYPE;
	bool missing = error == E_NONODE || error == E_NORECORD || error == E_NORRTYPE;
	return missing && zone->transaction->benevolent ? 0 : error;
}

/* --- serial --- */

/* RFC 1982: is a later than b? */
static bool is_later(uint32_t a, uint32_t b)
{
	return a != b && (int32_t)(a - b) > 0;
}

static uint32_t next_serial(uint32_t current, enum setup_serial policy)
{
	uint32_t candidate = current;
	time_t now = time(NULL);
	struct tm tm;

	if (policy == SETUP_SERIAL_UNIXTIME) {
		candidate = (uint32_t)now;
	} else if (policy == SETUP_SERIAL_DATE) {
		gmtime_r(&now, &tm);
		candidate = (uint32_t)((tm.tm_year + 1900) * 1000000 + (tm.tm_mon + 1) * 10000 +
				       tm.tm_mday * 100);
	}
	return is_later(candidate, current) ? candidate : current + 1;
}

enum { SOA_SERIAL_FROM_END = 20 };

int zone_transaction_set_serial(struct server_zone *zone, uint32_t serial)
{
	const struct zone_snapshot *view, *base;
	uint8_t rdata[2 * DNS_NAME_MAX + SOA_SERIAL_FROM_END];

	TRY(zone_transaction_view(zone, &view, &base));
	if (view->apex == NULL)
		return E_ZONEEMPTY;
	const struct zone_rrset *soa = zone_node_find(view->apex, DNS_TYPE_SOA);
	struct span packed = zone_rrset_data(view->apex, soa), old;
	if (!zone_rdata_next(&packed, &old) || old.len > sizeof(rdata) ||
		old.len < SOA_SERIAL_FROM_END)
		return E_MALFORMED;
	memcpy(rdata, old.data, old.len);
	write_u32(rdata + old.len - SOA_SERIAL_FROM_END, serial);
	struct zone_rr rr = { zone->zone->name, DNS_TYPE_SOA, soa->ttl, { rdata, old.len } };
	/* The view goes with the first change. */
	TRY(zone_edit_remove_rrset(zone->transaction->edit, rr.owner, rr.type));
	return zone_edit_add(zone->transaction->edit, &rr);
}

/* --- commit --- */

/* A version that differs has another serial. */
static int raise_serial(struct server_zone *zone, const struct setup_load *how, const char *name)
{
	const struct zone_snapshot *view, *base;

	TRY(zone_transaction_view(zone, &view, &base));
	if (base == NULL || view->apex == NULL)
		return 0;
	if (view->serial == base->serial)
		return zone_transaction_set_serial(
			zone, next_serial(base->serial, how->serial_policy));
	if (!is_later(view->serial, base->serial))
		log_zone_warning(name, "updated SOA serial is lower than current, serial %u -> %u",
			base->serial, view->serial);
	return 0;
}

static int check(struct server *server, struct server_zone *zone, const char *name)
{
	struct setup *setup = zone_loader_setup(&server->loader);
	const struct zone_snapshot *view, *base;
	struct setup_load how;

	int error = setup_find_load(setup, zone->zone->name, &how);
	if (error == E_CONFVALUE)
		error = 0; /* no path; the rest is there */
	if (error == 0)
		error = raise_serial(zone, &how, name);
	if (error == 0)
		error = zone_transaction_view(zone, &view, &base);
	/* Of the checks only those that no zone may fail. */
	if (error == 0 && how.options.semantic_checks == ZONE_CHECK_ON)
		how.options.semantic_checks = ZONE_CHECK_OFF;
	if (error == 0)
		error = zone_accept(view, zone->zone->name, &how.options);
	setup_unref(setup);
	return error;
}

int zone_transaction_commit(struct server *server, struct server_zone *zone)
{
	const struct zone_snapshot *view, *base;
	char name[DNS_NAME_TEXT_SIZE];

	TRY(zone_transaction_view(zone, &view, &base));
	if (!zone_differs(base, view)) {
		end(server, zone);
		return 0;
	}
	dns_name_print(zone->zone->name, name);
	TRY(check(server, zone, name));
	int error = zone_edit_commit(TAKE(zone->transaction->edit));
	end(server, zone);
	if (error == 0) {
		__atomic_store_n(&zone->expired, false, __ATOMIC_RELAXED);
		error = zone_changed(&server->loader, zone);
	}
	return error;
}

void zone_transaction_abort(struct server *server, struct server_zone *zone)
{
	if (zone->transaction != NULL)
		end(server, zone);
}

static void abort_one(void *ctx, struct server_zone *zone)
{
	char name[DNS_NAME_TEXT_SIZE];

	if (zone->transaction == NULL)
		return;
	dns_name_print(zone->zone->name, name);
	log_zone_warning(name, "control transaction aborted");
	zone_transaction_abort(ctx, zone);
}

void zone_transactions_abort(struct server *server)
{
	if (zone_transactions_open(server))
		zones_each(server->zones, abort_one, server);
}

bool zone_transactions_open(const struct server *server)
{
	return __atomic_load_n(&server->zone_transactions, __ATOMIC_RELAXED) > 0;
}
