/*
 * server/setup: the configuration as the server uses it.
 *
 * A setup is a loaded configuration with what is derived from it: settings for answering, module instances and their
 * plans. It is immutable and counted: the published view holds one reference (given back after a grace period), a
 * running event another.
 *
 * Threads  setup_load and what it derives: the main thread. Getters and the counts: any.
 */
#pragma once
#include "answer/answer.h"
#include "net/settings.h"
#include "net/socket.h"
#include "zone/load.h"
#include <limits.h>

struct conf;
struct module_set;
struct setup; /* opaque */

/* Derive everything but modules. Takes `conf` unless it fails. Errors are logged; then `ret` is untouched. */
MUST_USE int setup_new(struct conf *conf, struct setup **ret);
struct conf *setup_conf(const struct setup *setup);
struct setup *setup_ref(struct setup *setup);
void setup_unref(struct setup *setup); /* NULL is fine */
/* Instances of the global modules (once) or of those of a zone. `threads`: I/O threads that run. Errors are logged. The set of the
 * server belongs to the setup; that of a zone to the caller, NULL if it has none. */
MUST_USE int setup_activate_modules(struct setup *setup, unsigned threads);
/* Go on with the instances of the global modules that `from` has. */
void setup_share_modules(struct setup *setup, const struct setup *from);
MUST_USE int setup_zone_modules(
	const struct setup *setup, const uint8_t *zone, unsigned threads, struct module_set **ret);
/* Have the file and what it includes changed since the setup was loaded? */
bool setup_is_outdated(const struct setup *setup);

/* --- the server --- */

struct setup_server {
	const struct net_address *listen;
	size_t listen_count;
	unsigned udp_workers, tcp_workers, background_workers;
	bool tcp_reuseport, socket_affinity, async_start;
	const char *rundir, *pidfile, *storage; /* paths, made of their bases */
	struct net_settings net;
	struct answer_settings answer;
	const char *const *control_listen; /* paths */
	size_t control_listen_count;
	unsigned control_backlog, control_timeout; /* ms, 0: none */
	unsigned statistics_timer;                 /* s, 0: off */
	const char *statistics_file;
	bool statistics_append;
	const struct module_set *modules; /* global ones, NULL: none */
};
const struct setup_server *setup_server(const struct setup *setup);
/* Who to become: the present user where none is configured. E_INVALID: no such user or group; logged if `loud`. */
MUST_USE int setup_user(const struct setup *setup, bool loud, uid_t *uid, gid_t *gid);
/* Apply the log section; `verbose` adds debug to the built-in targets where there is none. */
void setup_apply_log(const struct setup *setup, bool verbose);
/* Notices on what is configured and not built, each once (`old` NULL: at start); and warnings on what has changed and needs a restart. */
void setup_note_missing(const struct setup *old, const struct setup *next);
void setup_warn_restart(const struct setup *old, const struct setup *next);

/* --- zones --- */

struct setup_zone {
	const void *
		settings; /* shared by zones with the same ones; the same object: the same settings */
	bool has_modules;
	bool is_secondary;
	struct answer_zone_traits traits;
	const char *catalog; /* its role: "interpret", "generate"; else NULL */
};

size_t setup_zone_count(const struct setup *setup);
/* Call for each zone, in no particular order; ends at the first error, and returns it. */
typedef int (*setup_visitor)(void *ctx, const uint8_t *name, const struct setup_zone *zone);
MUST_USE int setup_each_zone(const struct setup *setup, setup_visitor visit, void *ctx);
/* E_NOENT: not configured. */
MUST_USE int setup_find_zone(
	const struct setup *setup, const uint8_t *name, struct setup_zone *ret);

/* How a zone is loaded. The options borrow from the setup. */
enum setup_serial { SETUP_SERIAL_INCREMENT, SETUP_SERIAL_UNIXTIME, SETUP_SERIAL_DATE };
struct setup_load {
	bool from_file;        /* zonefile-load isn't none */
	int64_t zonefile_sync; /* s, -1: never */
	enum setup_serial serial_policy;
	char path[PATH_MAX];
	struct zone_load_options options;
};
/* E_NOENT: not configured, E_CONFVALUE: there is no path (logged). */
MUST_USE int setup_find_load(
	const struct setup *setup, const uint8_t *name, struct setup_load *ret);
/* The same with the path of the zone file even if nothing is loaded from it. */
MUST_USE int setup_find_file(
	const struct setup *setup, const uint8_t *name, struct setup_load *ret);
/* Would the zone be loaded in the same way under both? */
bool setup_same_load(const void *settings, const void *other);
