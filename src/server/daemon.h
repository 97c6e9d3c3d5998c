/*
 * server/daemon: the life of the daemon's process, from the command line's options to the exit code.
 *
 * Start: umask, background, logging, server_open, privileges, capabilities, modules, PID file, working directory,
 * server_start, READY. Then signals: TERM and INT stop (a second one ends at once), HUP reloads, USR1 looks at the zones
 * again. Signals come as data of one descriptor, so nothing runs in handlers.
 */
#pragma once
#include "base/attr.h"

struct daemon_options {
	const char *config;   /* file */
	const char *database; /* or directory */
	const char *socket;   /* control socket, NULL: as configured */
	unsigned map_size;    /* MiB */
	bool verbose;
	bool background;
	const char *directory; /* of the background process */
};

/* Run until stopped. The process's exit code. */
int daemon_run(const struct daemon_options *options);
