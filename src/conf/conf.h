/*
 * conf: the configuration in force, immutable.
 *
 *	file --> yaml (grammar, references, checks) --> tree --> conf: typed settings, shared by zones where they are equal
 *
 * Zones without settings of their own share the object of their template: a million zones of one template cost one.
 *
 * Life     counted (conf_ref, conf_unref). Spans and texts borrow from it.
 * Threads  loading: one; afterwards any number of readers.
 */
#pragma once
#include "base/log.h"
#include "conf/settings.h"
#include "conf/tree.h"
#include "conf/value.h"
#include <sys/stat.h>

/* A file that was read, for telling whether anything changed. */
struct conf_source {
	char *path;
	struct timespec mtime;
	off_t size;
	ino_t inode;
};

/* A server option with its values as configured addresses. */
struct conf_server {
	bool has_identity, has_version, has_nsid;
	struct span identity, version, nsid;
	char *rundir, *pidfile, *storage; /* made of their bases */
	const char *user;                 /* "user[:group]" or NULL */
	unsigned udp_workers, tcp_workers, background_workers;
	bool async_start, tcp_reuseport, socket_affinity, answer_rotation, client_subnet;
	unsigned tcp_idle_timeout; /* s */
	unsigned tcp_io_timeout;   /* ms, 0 = none */
	unsigned tcp_max_clients;
	uint16_t payload_ipv4, payload_ipv6;
	const struct conf_address *listen;
	size_t listen_count;
	const struct conf_net *proxies;
	size_t proxy_count;
	const char *const *control_listen; /* paths, made of rundir */
	size_t control_listen_count;
	unsigned control_backlog, control_timeout; /* s, 0 = none */
	unsigned statistics_timer;                 /* s, 0 = off */
	const char *statistics_file;               /* path, made of rundir */
	bool statistics_append;
};

struct conf {
	unsigned refs; /* atomic */
	struct conf_tree tree;
	struct conf_server server;
	struct log_target *log_targets;
	size_t log_target_count;
	bool has_log;
	const struct conf_module *global_modules;
	size_t global_module_count;
	struct conf_source *sources;
	size_t source_count;
	/* private */
	struct conf_settings_table *settings;
	void **owned;
	size_t owned_count;
};

/* Read a file. Errors are logged (`config, file 'F', line N ...`); then the result isn't 0 and *ret is untouched. */
MUST_USE int conf_load_file(const char *path, struct conf **ret);
/* The same from a text; `name` stands for the file. */
MUST_USE int conf_load_text(struct span text, const char *name, struct conf **ret);
struct conf *conf_ref(struct conf *conf);
void conf_unref(struct conf *conf); /* NULL is fine; any thread */

/* Is any file that was read (or a directory of an include) different now? */
bool conf_is_outdated(const struct conf *conf);

/* A zone as configured; borrowed from the configuration. */
struct conf_zone {
	const struct conf_block *block; /* its identifier is the name */
	const struct conf_zone_settings *settings;
};
size_t conf_zone_count(const struct conf *conf);
/* E_NOENT: not configured. `name`: wire, lower. */
MUST_USE int conf_zone_find(const struct conf *conf, const uint8_t *name, struct conf_zone *ret);
/* All zones in no order; ends at the first error, and returns it. */
typedef int (*conf_zone_visitor)(void *ctx, const struct conf_zone *zone);
MUST_USE int conf_each_zone(const struct conf *conf, conf_zone_visitor visit, void *ctx);
/* Path of the zone file. E_CONFVALUE: the pattern gives none (a warning is logged). `ret` has `size` octets. */
MUST_USE int conf_zone_path(const struct conf_zone *zone, char *ret, size_t size);

/* For transactions and databases: make a configuration of a tree that was checked; takes it unless it fails. Zones whose settings
 * `old` knows (NULL: none), and the tree still has, aren't looked at again. */
MUST_USE int conf_compile(struct conf_tree *tree, const struct conf *old, struct conf **ret);

/* Memory that is freed with the configuration; NULL if there is none (then it's freed at once). */
void *conf_own(struct conf *conf, void *memory);
/* Do the two differ in what settings of many zones come from: templates, modules? */
bool conf_zones_depend(const struct conf_tree *old, const struct conf_tree *new_);

/* Log a warning for each server option that changed and needs a restart, once per option and run of the daemon. */
void conf_warn_restart(const struct conf *old, const struct conf *new_);
/* Log each option and section that is set and has no effect in this version: all of `conf` at start (`old` NULL), later what changed
 * against `old` and wasn't named before. One thread at a time. */
void conf_note_inert(const struct conf *old, const struct conf *conf);
/* Canonical text of the whole configuration. */
void conf_export(const struct conf *conf, struct buf *out);
