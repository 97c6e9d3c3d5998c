/*
 * server/zone_transaction: a change of a zone that a control client builds step by step.
 *
 *	begin --> set, unset, look ... --> commit --> published, and on its way to the zone file
 *	                  `--------------> abort
 *
 * One a zone; it belongs to the zone, not to the client's connection. While it is open, events that change the zone wait.
 *
 * I1  A commit that fails by a check leaves the transaction open for correction.
 *
 * Threads  all: who has claimed the zone, with the server's lock shared; or who has that lock exclusively. Offline (RCU), or no
 *          RCU thread.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

struct server;
struct server_zone;
struct zone_rr;
struct zone_snapshot;
struct zone_transaction; /* opaque */

/* E_TXNEXISTS: one is open. `benevolent`: adding what is there and removing what isn't are no errors. */
MUST_USE int zone_transaction_begin(
	struct server *server, struct server_zone *zone, bool benevolent);

/* All that follow: E_TXNNONE. */

/* The contents as they would be committed, valid until the next change (apex NULL: no SOA yet), and those at the beginning (NULL: the
 * zone had none). */
MUST_USE int zone_transaction_view(struct server_zone *zone, const struct zone_snapshot **view,
	const struct zone_snapshot **base);
/* Add a record; E_ISRECORD, E_OUTOFZONE. */
MUST_USE int zone_transaction_add(struct server_zone *zone, const struct zone_rr *rr);
/* Remove a record; with `rr->rdata.data` NULL an RRset; of type ANY the whole node. E_NONODE, E_NORRTYPE, E_NORECORD. */
MUST_USE int zone_transaction_remove(struct server_zone *zone, const struct zone_rr *rr);
/* Set the SOA's serial. E_ZONEEMPTY. */
MUST_USE int zone_transaction_set_serial(struct server_zone *zone, uint32_t serial);
/* Check and publish; with the serial raised by the zone's policy unless the client has changed it. E_SEMCHECK and the like leave it
 * open. What the checks find is logged. */
MUST_USE int zone_transaction_commit(struct server *server, struct server_zone *zone);
/* Drop it. E_TXNNONE isn't told. */
void zone_transaction_abort(struct server *server, struct server_zone *zone);
/* Drop those of all zones, each with a warning in the log. */
void zone_transactions_abort(struct server *server);
/* Is any open? Any thread. */
bool zone_transactions_open(const struct server *server);
