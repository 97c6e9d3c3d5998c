/*
 * server/command: what control clients may ask for.
 *
 *	command_serve --> row of the table by CMD --> lock --> its function, once a unit --> answer units, error unit --> BLOCK
 *
 * One row a command; its functions are in command_server.c, command_zone.c, command_content.c and command_conf.c. A zone command is
 * written for one zone: that it comes with several units, or for all zones, is met here.
 *
 * I1  The lock is held while a unit is worked on, never while the client is waited for or an event's end.
 * I2  Whatever goes wrong is told by an error unit, and the block ends with BLOCK.
 *
 * Threads  a call belongs to the client's thread, which is registered with RCU and offline.
 */
#pragma once
#include "control/control.h"
#include "server/controller.h"
#include "server/pool.h"

struct server_zone;
struct call;
struct buf;

enum command_lock { COMMAND_SHARED, COMMAND_EXCLUSIVE };

enum command_flags {
	COMMAND_MULTI = 1 << 0,           /* further units of the block are further targets */
	COMMAND_QUIET = 1 << 1,           /* logged as debug only */
	COMMAND_LAST = 1 << 2,            /* the server ends the conversation */
	COMMAND_FORCE_EXCLUSIVE = 1 << 5, /* the lock is exclusive if forced */
	COMMAND_OWNER = 1 << 6,           /* works on the configuration transaction */
	/* Errors that don't count in an all-zones request. */
	COMMAND_SKIP_NOTSUP = 1 << 3,
	COMMAND_SKIP_TXNNONE = 1 << 4,
};

struct command {
	const char *name;
	enum command_lock lock;
	unsigned flags;
	/* For one unit; exactly one of the two. */
	int (*run)(struct call *call);
	int (*zone)(struct call *call, struct server_zone *zone);
	/* Before the first unit and after the last, with the lock; may be NULL. */
	int (*begin)(struct call *call);
	void (*end)(struct call *call, int error);
};

/* A command at work. */
struct call {
	struct client *client;
	struct server *server;
	const struct command *command;
	const struct control_unit *unit; /* the request's, borrowed until the next is received */
	struct pool_batch *batch;        /* events that the client waits for; NULL: it doesn't */
	bool all_zones;
	bool sent_first;  /* DATA went out for the group, EXTRA follows */
	char detail[640]; /* says more than the error's text, if not empty */
};

/* Serve a connection until it ends. */
void command_serve(struct client *client);

extern const struct command commands[];
extern const size_t command_count;

/* --- for commands --- */

/* A request's item; absent: data NULL. Present and empty: len 0, data not NULL. */
struct span call_item(const struct call *call, enum control_item item);
bool call_has_flag(const struct call *call, char flag);
bool call_has_filter(const struct call *call, char filter);
/* Send a unit of the answer. The error ends the connection. */
MUST_USE int call_send(struct call *call, const struct control_unit *unit);
/* Run an event of the zone for the client: it waits for the end if it has asked for that. */
MUST_USE int call_event(struct call *call, struct server_zone *zone, enum zone_event event);

int command_status(struct call *call);
int command_stop(struct call *call);
int command_reload(struct call *call);
int command_stats(struct call *call);
int command_zone_stats(struct call *call, struct server_zone *zone);

int command_zone_status(struct call *call, struct server_zone *zone);
int command_zone_reload(struct call *call, struct server_zone *zone);
int command_zone_flush(struct call *call, struct server_zone *zone);
int command_zone_freeze(struct call *call, struct server_zone *zone);
int command_zone_thaw(struct call *call, struct server_zone *zone);
int command_zone_xfr_freeze(struct call *call, struct server_zone *zone);
int command_zone_xfr_thaw(struct call *call, struct server_zone *zone);
int command_zone_purge(struct call *call, struct server_zone *zone);
int command_zone_unbuilt(struct call *call, struct server_zone *zone);

int command_zone_read(struct call *call, struct server_zone *zone);
int command_zone_begin(struct call *call, struct server_zone *zone);
int command_zone_commit(struct call *call, struct server_zone *zone);
int command_zone_abort(struct call *call, struct server_zone *zone);
int command_zone_diff(struct call *call, struct server_zone *zone);
int command_zone_get(struct call *call, struct server_zone *zone);
int command_zone_set(struct call *call, struct server_zone *zone);
int command_zone_unset(struct call *call, struct server_zone *zone);
int command_zone_serial_set(struct call *call, struct server_zone *zone);

int command_conf_list(struct call *call);
int command_conf_read(struct call *call);
int command_conf_begin(struct call *call);
int command_conf_commit(struct call *call);
int command_conf_abort(struct call *call);
int command_conf_diff(struct call *call);
int command_conf_get(struct call *call);
int command_conf_set(struct call *call);
int command_conf_unset(struct call *call);
int command_conf_change_begin(struct call *call);
void command_conf_change_end(struct call *call, int error);
/* The connection ends: a configuration transaction that it owns goes on with later ones of its socket. */
void command_conf_disown(struct client *client);
/* Before a command on the transaction: if another connection of the client's socket owns it, it may be about to end. */
void command_conf_await(struct client *client);
