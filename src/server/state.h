/*
 * server/state: the inside of the server, for the files that make it up: server.c and the control commands.
 *
 * The lock: `shared` for commands that look at zones and work on single ones, `exclusive` for what changes the table of zones or the
 * setup: who has it is the zone table's one writer. Nobody waits for a client, an event or another thread's claim with the lock
 * held exclusively. Threads that wait for it are offline (RCU).
 */
#pragma once
#include "server/server.h"
#include "server/zone_events.h"
#include "server/zones.h"
#include <pthread.h>

struct conf_db;
struct conf_transaction;
struct controller;

struct server {
	char *config_path; /* of the file, NULL with a database */
	char *db_path;     /* NULL: from a file */
	struct conf_db *db;
	char *socket; /* the one control socket, instead of the configuration's; NULL: none was given */
	bool verbose;
	pthread_rwlock_t lock;
	struct setup *setup; /* under lock: in force; also read by workers through zone_loader */
	struct zone_loader loader;
	struct net *net;
	struct zones *zones; /* under lock */
	struct pool *pool;
	struct controller *controller;
	int event_fd, timer_fd;
	bool started;
	bool answering; /* atomic */
	uint32_t reload_number;
	/* That run; changes need a restart. */
	struct {
		unsigned udp, tcp, background;
	} workers;
	unsigned statistics_timer; /* s, that runs; 0: none */
	size_t zone_transactions;  /* atomic: open ones of control clients */

	/* The configuration transaction of a control client; under lock. */
	struct {
		struct conf_transaction *open; /* NULL: none */
		/* Also under owner_lock: */
		uint64_t owner;  /* connection; 0: that has ended */
		unsigned socket; /* which later connections of may go on */
		pthread_mutex_t owner_lock;
		pthread_cond_t owner_changed;
	} conf;
};

static inline unsigned server_io_threads(const struct server *server)
{
	return server->workers.udp + server->workers.tcp;
}

/* Take the lock, waiting at most `timeout` ms (0: without end). E_BUSY. */
MUST_USE int server_lock_shared(struct server *server, unsigned timeout);
MUST_USE int server_lock_exclusive(struct server *server, unsigned timeout);
void server_unlock(struct server *server);

/* With the lock held exclusively: */

/* Load the configuration anew and put it in force. Errors are logged. */
MUST_USE int server_reload_locked(struct server *server);
struct conf;
struct conf_changes;
/* Put a committed configuration in force, as far as `changes` says that something is different. Takes `next` unless it fails. Logged. */
MUST_USE int server_apply(
	struct server *server, struct conf *next, const struct conf_changes *changes);
/* Make the zone's modules anew and queue its loading. */
MUST_USE int server_renew_zone(struct server *server, struct server_zone *zone);
