#include "server/server.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/product.h"
#include "conf/conf.h"
#include "conf/db.h"
#include "conf/transaction.h"
#include "net/net.h"
#include "server/controller.h"
#include "server/module_set.h"
#include "server/setup.h"
#include "server/state.h"
#include "server/statistics.h"
#include "server/zone_transaction.h"
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* --- the lock --- */

static struct timespec deadline(unsigned timeout)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout / 1000;
	at.tv_nsec += (long)(timeout % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

int server_lock_shared(struct server *server, unsigned timeout)
{
	struct timespec until = deadline(timeout);
	int code = timeout == 0
			   ? pthread_rwlock_rdlock(&server->lock)
			   : pthread_rwlock_clockrdlock(&server->lock, CLOCK_MONOTONIC, &until);

	return code == 0 ? 0 : E_BUSY;
}

int server_lock_exclusive(struct server *server, unsigned timeout)
{
	struct timespec until = deadline(timeout);
	int code = timeout == 0
			   ? pthread_rwlock_wrlock(&server->lock)
			   : pthread_rwlock_clockwrlock(&server->lock, CLOCK_MONOTONIC, &until);

	return code == 0 ? 0 : E_BUSY;
}

void server_unlock(struct server *server)
{
	pthread_rwlock_unlock(&server->lock);
}

/* A writer isn't kept waiting by readers that come one after the other. */
static int lock_init(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	int code = pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -code;
}

static void init_owner(struct server *server)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&server->conf.owner_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&server->conf.owner_changed, &attr);
	pthread_condattr_destroy(&attr);
}

/* --- zones against the configuration --- */

/* One pass over the configured zones. */
struct update {
	struct server *server;
	const struct setup *setup;
	struct zone_queue {
		struct server_zone **items;
		size_t count, cap;
	} load, gone;
	bool drained; /* the watch has just been asked */
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
		int error =
			setup_zone_modules(u->setup, name, server_io_threads(u->server), &modules);
		if (error != 0)
			return refuse_zone(name, error);
	}
	if (zone == NULL) {
		TRY(zones_add(zones, name, modules, wanted->traits, &zone));
		(void)TAKE(modules);
		zone->settings = wanted->settings;
		zone->seen = u->server->reload_number;
		log_added(zone);
		return queue_add(&u->load, zone);
	}
	zone->seen = u->server->reload_number;
	zone_transaction_abort(u->server, zone);
	TRY(zones_renew(zones, zone, modules, wanted->traits));
	(void)TAKE(modules);
	bool same = zone->settings != NULL && setup_same_load(zone->settings, wanted->settings);
	zone->settings = wanted->settings;
	if (same && u->drained && zone_is_settled(zone, u->setup))
		return 0;
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
	for (size_t i = 0; i < u->load.count; i++) {
		zones_doubt(u->load.items[i]);
		pool_queue(u->server->pool, &u->load.items[i]->item, ZONE_EVENT_LOAD);
	}
}

/* Make the table what `setup` says, and publish. An error (no memory) leaves a table that is right for some zones. */
static int update_all(struct server *server, struct setup *setup)
{
	struct update u = { .server = server, .setup = setup, .drained = true };

	watch_drain(zones_watch(server->zones));
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

/* The same setup: only zone files can have changed, and only those that the watch has in doubt. */
static int update_files(struct server *server)
{
	struct update u = { .server = server, .setup = server->setup };

	watch_drain(zones_watch(server->zones));
	int error = zones_each_in_doubt(server->zones, collect_changed, &u);
	if (u.error == 0)
		u.error = error;
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

	server->workers.udp = s->udp_workers;
	server->workers.tcp = s->tcp_workers;
	if (s->listen_count == 0)
		log_warning("no network interface configured");
	TRY(net_open(&config, zones_view(server->zones), &server->net));
	return net_configure(server->net, &s->net);
}

/* The configuration as it is now in its file or database. Errors are logged. */
static int load_setup(struct server *server, struct setup **ret)
{
	struct conf *conf = NULL;

	TRY(server->db != NULL ? conf_load_db(server->db, &conf)
			       : conf_load_file(server->config_path, &conf));
	int error = setup_new(conf, ret);
	if (error != 0)
		conf_unref(conf);
	return error;
}

static int load_first(struct server *server, const struct server_options *options)
{
	int error = 0;

	server->verbose = options->verbose;
	if (options->socket != NULL && (server->socket = strdup(options->socket)) == NULL)
		return E_NOMEM;
	if (options->database == NULL) {
		server->config_path = strdup(options->config);
		error = server->config_path != NULL ? load_setup(server, &server->setup) : E_NOMEM;
		if (error != 0)
			log_critical("failed to load configuration file '%s' (%s)", options->config,
				err_text(error));
		return error;
	}
	server->db_path = strdup(options->database);
	error = server->db_path == NULL ? E_NOMEM
					: conf_db_open(options->database, CONF_DB_WRITE,
						  (size_t)options->map_size << 20, &server->db);
	if (error == 0)
		error = load_setup(server, &server->setup);
	if (error != 0)
		log_critical("failed to open configuration database '%s' (%s)", options->database,
			err_text(error));
	return error;
}

static void log_start(const struct server *server, unsigned map_size)
{
	log_info("Knot DNS %s starting", PRODUCT_VERSION);
	log_info("loaded configuration %s '%s', mapsize %u MiB",
		server->db != NULL ? "database" : "file",
		server->db != NULL ? server->db_path : server->config_path, map_size);
	setup_note_missing(NULL, server->setup);
}

int server_open(const struct server_options *options, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int error = server != NULL ? lock_init(&server->lock) : E_NOMEM;

	if (error != 0) {
		free(server);
		log_critical("failed to initialize server (%s)", err_text(error));
		return error;
	}
	init_owner(server);
	server->event_fd = server->timer_fd = -1;
	error = load_first(server, options);
	if (error != 0) {
		server_free(server);
		return error;
	}
	setup_apply_log(server->setup, options->verbose);
	log_start(server, options->map_size);

	make_directory(setup_server(server->setup)->rundir, server->setup);
	make_directory(setup_server(server->setup)->storage, server->setup);

	server->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	error = server->event_fd < 0 || server->timer_fd < 0 ? err_errno()
							     : zones_new(&server->zones);
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
	int error = setup_activate_modules(server->setup, server_io_threads(server));

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
	__atomic_store_n(&server->answering, true, __ATOMIC_RELEASE);
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
	server->workers.background = s->background_workers;
	server->loader.pool = server->pool;
	if (error == 0)
		error = update_all(server, server->setup);
	if (error == 0)
		error = pool_start(server->pool);
	if (error == 0)
		error = controller_new(server, &server->controller);
	statistics_start(server);
	if (error != 0) {
		log_critical("failed to start server (%s)", err_text(error));
		return error;
	}
	server->started = true;
	if (s->async_start)
		return start_answering(server);
	if (zones_untried(server->zones) == 0) /* none is left to say so, or there was none */
		all_tried(server);
	return 0;
}

int server_event_fd(const struct server *server)
{
	return server->event_fd;
}

int server_attend(struct server *server)
{
	uint64_t count;
	int error = 0;

	if (read(server->event_fd, &count, sizeof(count)) != sizeof(count))
		return 0; /* nothing happened */
	if (server_lock_exclusive(server, 0) != 0)
		return 0;
	if (zones_untried(server->zones) == 0)
		error = start_answering(server);
	server_unlock(server);
	return error;
}

int server_timer_fd(const struct server *server)
{
	return server->timer_fd;
}

void server_tick(struct server *server)
{
	uint64_t count;

	if (read(server->timer_fd, &count, sizeof(count)) == sizeof(count))
		statistics_dump(server);
}

/* --- reload --- */

/* Put a freshly loaded setup in force. */
static int use_setup(struct server *server, struct setup *next)
{
	TRY(setup_activate_modules(next, server_io_threads(server)));
	int error = update_all(server, next);
	if (error != 0) {
		setup_ref(
			next); /* for good: some zones refer to it by now, others to the old one */
		return error;
	}
	error = net_configure(server->net, &setup_server(next)->net);
	setup_warn_restart(server->setup, next);
	setup_note_missing(server->setup, next);
	setup_unref(server->setup);
	server->setup = setup_ref(next);
	statistics_start(server);
	return error;
}

static int reload(struct server *server)
{
	struct setup *next = NULL;

	if (server->db == NULL && !setup_is_outdated(server->setup)) {
		setup_apply_log(server->setup, server->verbose); /* opens log files anew */
		return update_files(server);
	}
	int error = load_setup(server, &next);
	if (error != 0)
		return error;
	setup_apply_log(next, server->verbose);
	error = use_setup(server, next);
	setup_unref(next);
	return error;
}

int server_reload_locked(struct server *server)
{
	log_info("reloading configuration %s '%s'", server->db != NULL ? "database" : "file",
		server->db != NULL ? server->db_path : server->config_path);
	TRY(reload(server));
	if (zones_untried(server->zones) == 0)
		TRY(start_answering(server)); /* the zones that it waited for may be gone */
	__atomic_store_n(&server->loader.update_errors, 0, __ATOMIC_RELAXED);
	net_reset_counters(server->net);
	log_info("configuration reloaded");
	return 0;
}

void server_reload(struct server *server)
{
	if (server_lock_exclusive(server, 0) != 0)
		return;
	if (server->conf.open != NULL) {
		log_warning("reload aborted due to active configuration transaction");
	} else {
		zone_transactions_abort(server);
		int error = server_reload_locked(server);
		if (error != 0)
			log_error("failed to load configuration %s (%s)",
				server->db != NULL ? "database" : "file", err_text(error));
	}
	server_unlock(server);
}

void server_reload_zones(struct server *server)
{
	if (server_lock_exclusive(server, 0) != 0)
		return;
	int error = update_files(server);
	server_unlock(server);
	if (error != 0)
		log_error("failed to reload (%s)", err_text(error));
}

/* --- changes of a configuration transaction --- */

/* Zones whose own configuration changed. */
static int update_named(struct update *u, const struct conf_changes *changes)
{
	struct setup_zone wanted;

	for (size_t i = 0; i < changes->zone_count; i++) {
		const uint8_t *name = changes->zones[i];
		if (setup_find_zone(u->setup, name, &wanted) == 0) {
			TRY(update_zone(u, name, &wanted));
			continue;
		}
		struct server_zone *zone = zones_find(u->server->zones, name);
		if (zone == NULL)
			continue;
		TRY(queue_add(&u->gone, zone));
		zone_transaction_abort(u->server, zone);
		TRY(zones_remove(u->server->zones, zone));
	}
	return 0;
}

static int update_changed(
	struct server *server, struct setup *setup, const struct conf_changes *changes)
{
	struct update u = { .server = server, .setup = setup };

	u.error = update_named(&u, changes);
	if (u.error == 0)
		u.error = publish(server, setup);
	if (u.error == 0) {
		zone_loader_use(&server->loader, setup);
		update_finish(&u);
	}
	update_deinit(&u);
	return u.error;
}

static int apply_setup(
	struct server *server, struct setup *next, const struct conf_changes *changes)
{
	if (changes->templates) {
		setup_apply_log(next, server->verbose);
		return use_setup(server, next);
	}
	setup_share_modules(next, server->setup);
	TRY(update_changed(server, next, changes));
	struct setup *old = server->setup;
	server->setup = setup_ref(next);
	int error = 0;
	if (changes->server) {
		setup_apply_log(next, server->verbose);
		setup_warn_restart(old, next);
		error = net_configure(server->net, &setup_server(next)->net);
		statistics_start(server);
	}
	setup_note_missing(old, next);
	setup_unref(old);
	return error;
}

int server_apply(struct server *server, struct conf *next, const struct conf_changes *changes)
{
	struct setup *setup;
	int error = setup_new(next, &setup);

	if (error == 0) {
		error = apply_setup(server, setup, changes);
		setup_unref(setup);
	}
	if (error != 0)
		log_error("failed to reload (%s)", err_text(error));
	return error;
}

int server_renew_zone(struct server *server, struct server_zone *zone)
{
	struct update u = { .server = server, .setup = server->setup };
	struct setup_zone wanted;

	TRY(setup_find_zone(server->setup, zone->zone->name, &wanted));
	zone->settings = NULL; /* nothing is the same: it will be loaded */
	u.error = update_zone(&u, zone->zone->name, &wanted);
	if (u.error == 0)
		u.error = publish(server, server->setup);
	if (u.error == 0)
		update_finish(&u);
	update_deinit(&u);
	return u.error;
}

/* --- end --- */

void server_stop(struct server *server)
{
	if (server->pool != NULL)
		pool_stop(server->pool);
	controller_free(server->controller); /* its clients may have waited for the pool */
	server->controller = NULL;
	if (server->net != NULL)
		net_stop(server->net);
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	server_stop(server);
	net_close(server->net);
	conf_abort(server->conf.open);
	if (server->zones != NULL)
		zone_transactions_abort(server);
	pool_free(server->pool);
	rcu_barrier(); /* what waits for a grace period refers to the table */
	zones_free(server->zones);
	zone_loader_deinit(&server->loader);
	setup_unref(server->setup);
	conf_db_close(server->db);
	if (server->event_fd >= 0)
		close(server->event_fd);
	if (server->timer_fd >= 0)
		close(server->timer_fd);
	pthread_cond_destroy(&server->conf.owner_changed);
	pthread_mutex_destroy(&server->conf.owner_lock);
	pthread_rwlock_destroy(&server->lock);
	free(server->socket);
	free(server->db_path);
	free(server->config_path);
	free(server);
}
