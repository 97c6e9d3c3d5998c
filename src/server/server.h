/*
 * server: the whole daemon but for its process: configuration, zones, background workers, sockets.
 *
 *	server_open --> server_prepare --> server_start --> [server_reload]* --> server_stop --> server_free
 *	 configuration,  modules            zones, threads
 *	 sockets bound   (no privileges)
 *
 * A broken configuration at reload leaves everything as it was; a broken zone file leaves the zone's contents.
 *
 * Threads  all calls from the main thread. Commands of control clients (server/command.h) work on it meanwhile, under its lock
 * (server/state.h).
 */
#pragma once
#include "base/attr.h"

struct server; /* opaque */
struct setup;

struct server_options {
	const char *config;   /* file */
	const char *database; /* or directory */
	const char *socket;   /* NULL: as configured */
	unsigned map_size;    /* of the database, MiB */
	bool verbose;
};
/* Load the configuration, apply its logging, bind sockets. Errors are logged. */
MUST_USE int server_open(const struct server_options *options, struct server **ret);
const struct setup *server_setup(const struct server *server);
/* Activate modules. Logged. */
MUST_USE int server_prepare(struct server *server);
/* Create zones, queue their loading, start workers; answering begins now or when all zones have been tried. Logged. */
MUST_USE int server_start(struct server *server);
/* Becomes readable when something for server_attend has happened. */
int server_event_fd(const struct server *server);
MUST_USE int server_attend(struct server *server); /* E_*: can't serve; logged */
/* The same for server_tick. */
int server_timer_fd(const struct server *server);
void server_tick(struct server *server);
/* Read the configuration again, if it changed, and load what changed. */
void server_reload(struct server *server);
/* The zones again with the configuration in force. */
void server_reload_zones(struct server *server);
void server_stop(struct server *server);
void server_free(struct server *server); /* NULL is fine */
