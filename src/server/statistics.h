/*
 * server/statistics: all counters of the server, for control clients and for the periodic file.
 *
 * Values are read where they are counted (blocks of the I/O threads), and summed by whoever asks.
 *
 * Threads  with the server's lock.
 */
#pragma once
#include "base/attr.h"

struct server;
struct server_zone;

struct statistic {
	const char *section, *item;
	const char *id;    /* of a counter with several numbers, NULL otherwise */
	unsigned position; /* of the id in the counter */
	uint64_t value;
};

/* Gets one number after the other; an error ends the walk. */
typedef int (*statistic_visitor)(void *ctx, const struct statistic *statistic);

/* Of the server itself. */
MUST_USE int statistics_server(struct server *server, statistic_visitor visit, void *ctx);
/* Of global modules. */
MUST_USE int statistics_modules(struct server *server, statistic_visitor visit, void *ctx);
/* Of a zone itself, and of its modules. */
MUST_USE int statistics_zone(const struct server_zone *zone, statistic_visitor visit, void *ctx);
MUST_USE int statistics_zone_modules(
	const struct server_zone *zone, statistic_visitor visit, void *ctx);

/* Begin the periodic dump, or go on with another period, as the setup in force says. Errors are logged. */
void statistics_start(struct server *server);
/* Write the file. Errors are logged. Takes the lock. */
void statistics_dump(struct server *server);
