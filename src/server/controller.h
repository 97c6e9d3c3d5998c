/*
 * server/controller: the control sockets, and the threads that serve their clients.
 *
 *	sockets --> one thread accepts --> a thread a client --> command_serve
 *
 * I1  A client costs its own connection only: its thread waits for it at most control.timeout at a time, and holds no lock meanwhile.
 * I2  At most CONTROLLER_CLIENTS at once; others wait in the backlog.
 *
 * Threads  new and free: the main thread.
 */
#pragma once
#include "base/attr.h"

struct server;
struct control;
struct controller; /* opaque */

#define CONTROLLER_CLIENTS 64

/* One connection, as commands see it. */
struct client {
	struct server *server;
	struct control *control;
	uint64_t id;      /* of the connection, never 0 */
	unsigned socket;  /* number of the one it came by */
	unsigned timeout; /* ms, 0: none */
};

/* Bind and serve, from the setup in force or the one socket of the command line. Errors are logged: a socket that can't be bound is left
 * out. Error: no memory or no thread. */
MUST_USE int controller_new(struct server *server, struct controller **ret);
/* Closes and removes the sockets, ends all connections, joins the threads. The pool has stopped, so nobody waits for events. NULL is fine. */
void controller_free(struct controller *controller);
