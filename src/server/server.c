#include "server/server.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "net/net.h"
#include "server/module_set.h"
#include "server/product.h"
#include "server/setup.h"
#include "server/zone_events.h"
#include "server/zones.h"
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

struct server {
	char *config_path;
	bool verbose;
	struct setup *setup; /* in force; also read by workers through zone_loader */
	struct zone_loader loader;
	struct net *net;
	struct zones *zones;
	struct pool *pool;
	int event_fd;
	bool started, answering;
	uint32_t reload_number;
	unsigned io_threads; /* that run; changes need a restart */
};

/* --- zones against the configuration --- */

/* One pass over the configured zones. */
struct update {
	struct server *server;
	const struct setup *setup;
	struct zone_queue {
		struct server_zone **items;
		size_t count, cap;
	} load, gone;
	int error;
};

static int queue_add(struct zone_queue *queue, struct server_zone *zone)
{
	if (queue->count == queue->cap) {
		size_t cap = MAX(2 * queue->cap, (size_t)64);
		struct server_zone **items = realloc(queue->items, cap * sizeof(*items));
		if (items == NULL)
			return E_NOMEM;
		queue->items = items;
		queue->cap = cap;
	}
	queue->items[queue->count++] = zone;
	return 0;
}

static void log_added(const struct server_zone *zone)
{
	char name[DNS_NAME_TEXT_SIZE];

	if (!log_enabled(LOG_INFORM, LOG_ZONE))
		return;
	dns_name_print(zone->zone->name, name);
	log_zone_info(name, "zone will be loaded");
}

/* A zone whose modules can't be had isn't served. */
static int refuse_zone(const uint8_t *name, int error)
{
	char text[DNS_NAME_TEXT_SIZE];

	if (error == E_NOMEM)
		return error;
	dns_name_print(name, text);
	log_zone_error(text, "zone cannot be activated (%s)", err_text(error));
	return 0;
}

static int update_zone(void *ctx, const uint8_t *name, const struct setup_zone *wanted)
{
	struct update *u = ctx;
	struct zones *zones = u->server->zones;
	struct server_zone *zone = zones_find(zones, name);
	OWNED(module_set) modules = NULL;

	if (wanted->has_modules) {
		int error = setup_zone_modules(u->setup, name, u->server->io_threads, &modules);
		if (error != 0)
			return refuse_zone(name, error);
	}
	if (zone == NULL) {
		TRY(zones_add(zones, name, modules, wanted->is_catalog, &zone));
		(void)TAKE(modules);
		zone->settings = wanted->settings;
		zone->seen = u->server->reload_number;
		log_added(zone);
		return queue_add(&u->load, zone);
	}
	zone->seen = u->server->reload_number;
	if (modules != NULL || zones_has_modules(zone) ||
		zone->answer->is_catalog != wanted->is_catalog) {
		TRY(zones_set_modules(zones, zone, modules, wanted->is_catalog));
		(void)TAKE(modules);
	}
	bool same = setup_same_load(zone->settings, wanted->settings);
	zone->settings = wanted->settings;
	if (!same || zone_needs_load(zone, u->setup))
		return queue_add(&u->load, zone);
	return 0;
}

static void collect_gone(void *ctx, struct server_zone *zone)
{
	struct update *u = ctx;

	if (zone->seen != u->server->reload_number && u->error == 0)
		u->error = queue_add(&u->gone, zone);
}

static void collect_changed(void *ctx, struct server_zone *zone)
{
	struct update *u = ctx;

	if (zone_needs_load(zone, u->setup) && u->error == 0)
		u->error = queue_add(&u->load, zone);
}

static void setup_give_back(void *setup)
{
	setup_unref(setup);
}

/* Let the readers see the table with the setup's settings. */
static int publish(struct server *server, struct setup *setup)
{
	struct zones_owner owner = { setup_give_back, setup_ref(setup) };
	int error = zones_publish(server->zones, &setup_server(setup)->answer, owner);

	if (error != 0)
		setup_unref(setup);
	return error;
}

static void update_deinit(struct update *u)
{
	free(u->load.items);
	free(u->gone.items);
}

/* Queue what is to be loaded, forget what is gone. After the publication. */
static void update_finish(struct update *u)
{
	for (size_t i = 0; i < u->gone.count; i++)
		pool_forget(u->server->pool, &u->gone.items[i]->item);
	for (size_t i = 0; i < u->load.count; i++)
		pool_queue(u->server->pool, &u->load.items[i]->item, ZONE_EVENT_LOAD);
}

/* Make the table what `setup` says, and publish. An error (no memory) leaves a table that is right for some zones. */
static int update_all(struct server *server, struct setup *setup)
{
	struct update u = { .server = server, .setup = setup };

	server->reload_number++;
	u.error = setup_each_zone(setup, update_zone, &u);
	if (u.error == 0)
		zones_each(server->zones, collect_gone, &u);
	for (size_t i = 0; i < u.gone.count && u.error == 0; i++)
		u.error = zones_remove(server->zones, u.gone.items[i]);
	if (u.error == 0)
		u.error = publish(server, setup);
	if (u.error == 0) {
		zone_loader_use(&server->loader, setup);
		update_finish(&u);
	}
	update_deinit(&u);
	return u.error;
}

/* The same setup: only zone files can have changed. */
static int update_files(struct server *server)
{
	struct update u = { .server = server, .setup = server->setup };

	zones_each(server->zones, collect_changed, &u);
	update_finish(&u);
	update_deinit(&u);
	return u.error;
}

/* --- start --- */

/* Runs in a worker: every zone has been tried. */
static void all_tried(void *ctx)
{
	struct server *server = ctx;
	uint64_t one = 1;

	if (write(server->event_fd, &one, sizeof(one)) != sizeof(one))
		log_error("failed to start server (%s)", err_text(err_errno()));
}

/* The run directory holds the PID file and sockets, the storage zone files and databases: made while there are
 * privileges to do so. */
static void make_directory(const char *path, const struct setup *setup)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (stat(path, &st) == 0)
		return;
	int error = dir_make(path, 0770);
	if (error == 0 && setup_user(setup, false, &uid, &gid) == 0 && chown(path, uid, gid) != 0)
		error = err_errno();
	if (error != 0)
		log_warning("failed to create directory '%s' (%s)", path, err_text(error));
}

static int bind_sockets(struct server *server)
{
	const struct setup_server *s = setup_server(server->setup);
	struct net_config config = {
		.listen = s->listen,
		.listen_count = s->listen_count,
		.udp_workers = s->udp_workers,
		.tcp_workers = s->tcp_workers,
		.tcp_reuseport = s->tcp_reuseport,
		.socket_affinity = s->socket_affinity,
	};

	server->io_threads = s->udp_workers + s->tcp_workers;
	if (s->listen_count == 0)
		log_warning("no network interface configured");
	TRY(net_open(&config, zones_view(server->zones), &server->net));
	return net_configure(server->net, &s->net);
}

int server_open(const char *config_path, unsigned map_size, bool verbose, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int error = server != NULL ? 0 : E_NOMEM;

	if (error == 0) {
		server->event_fd = -1;
		server->verbose = verbose;
		server->config_path = strdup(config_path);
		error = server->config_path != NULL ? setup_load(config_path, &server->setup)
						    : E_NOMEM;
	}
	if (error != 0) {
		log_critical("failed to load configuration file '%s' (%s)", config_path,
			err_text(error));
		server_free(server);
		return error;
	}
	setup_apply_log(server->setup, verbose);
	log_info("Knot DNS %s starting", BOWLINE_PRODUCT);
	log_info("loaded configuration file '%s', mapsize %u MiB", config_path, map_size);
	setup_note_missing(server->setup);

	make_directory(setup_server(server->setup)->rundir, server->setup);
	make_directory(setup_server(server->setup)->storage, server->setup);

	server->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = server->event_fd < 0 ? err_errno() : zones_new(&server->zones);
	if (error == 0)
		error = zone_loader_init(&server->loader, server->setup, all_tried, server);
	if (error == 0)
		error = bind_sockets(server);
	if (error != 0) {
		log_critical("failed to initialize server (%s)", err_text(error));
		server_free(server);
		return error;
	}
	*ret = server;
	return 0;
}

const struct setup *server_setup(const struct server *server)
{
	return server->setup;
}

int server_prepare(struct server *server)
{
	int error = setup_activate_modules(server->setup, server->io_threads);

	if (error != 0)
		log_critical("failed to activate query modules (%s)", err_text(error));
	return error;
}

static int start_answering(struct server *server)
{
	if (server->answering)
		return 0;
	int error = net_start(server->net);
	if (error != 0) {
		log_critical("failed to start server (%s)", err_text(error));
		return error;
	}
	server->answering = true;
	log_info("server started answering");
	return 0;
}

int server_start(struct server *server)
{
	const struct setup_server *s = setup_server(server->setup);
	size_t count = setup_zone_count(server->setup);
	struct pool_owner owner = { zone_event_run, zone_event_release, &server->loader };

	log_info("loading %zu zones", count);
	if (count == 0)
		log_warning("no zones loaded");
	int error = pool_new(s->background_workers, &owner, &server->pool);
	if (error == 0)
		error = update_all(server, server->setup);
	if (error == 0)
		error = pool_start(server->pool);
	if (error != 0) {
		log_critical("failed to start server (%s)", err_text(error));
		return error;
	}
	server->started = true;
	if (s->async_start || zones_untried(server->zones) == 0)
		return start_answering(server);
	return 0;
}

int server_event_fd(const struct server *server)
{
	return server->event_fd;
}

int server_attend(struct server *server)
{
	uint64_t count;

	if (read(server->event_fd, &count, sizeof(count)) != sizeof(count))
		return 0; /* nothing happened */
	return zones_untried(server->zones) == 0 ? start_answering(server) : 0;
}

/* --- reload --- */

/* Put a freshly loaded setup in force. */
static int use_setup(struct server *server, struct setup *next)
{
	TRY(setup_activate_modules(next, server->io_threads));
	int error = update_all(server, next);
	if (error != 0) {
		setup_ref(
			next); /* for good: some zones refer to it by now, others to the old one */
		return error;
	}
	error = net_configure(server->net, &setup_server(next)->net);
	setup_warn_restart(server->setup, next);
	setup_unref(server->setup);
	server->setup = setup_ref(next);
	return error;
}

void server_reload(struct server *server)
{
	struct setup *next = NULL;
	int error = 0;

	log_info("reloading configuration file '%s'", server->config_path);
	if (setup_is_outdated(server->setup)) {
		error = setup_load(server->config_path, &next);
		if (error != 0) {
			log_error("failed to load configuration file (%s)", err_text(error));
			return;
		}
		setup_apply_log(next, server->verbose);
		error = use_setup(server, next);
		setup_unref(next);
	} else {
		setup_apply_log(server->setup, server->verbose); /* opens log files anew */
		error = update_files(server);
	}
	if (error == 0 && zones_untried(server->zones) == 0)
		error = start_answering(server); /* the zones that it waited for may be gone */
	if (error != 0)
		log_error("failed to reload (%s)", err_text(error));
	else
		log_info("configuration reloaded");
}

void server_reload_zones(struct server *server)
{
	int error = update_files(server);

	if (error != 0)
		log_error("failed to reload (%s)", err_text(error));
}

/* --- end --- */

void server_stop(struct server *server)
{
	if (server->net != NULL)
		net_stop(server->net);
	if (server->pool != NULL)
		pool_stop(server->pool);
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	server_stop(server);
	net_close(server->net);
	pool_free(server->pool);
	rcu_barrier(); /* what waits for a grace period refers to the table */
	zones_free(server->zones);
	zone_loader_deinit(&server->loader);
	setup_unref(server->setup);
	if (server->event_fd >= 0)
		close(server->event_fd);
	free(server->config_path);
	free(server);
}
