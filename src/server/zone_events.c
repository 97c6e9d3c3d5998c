#include "server/zone_events.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/product.h"
#include "server/setup.h"
#include "server/zones.h"
#include "zone/dump.h"
#include <stdio.h>
#include <sys/stat.h>

/* --- the setup that events use --- */

int zone_loader_init(
	struct zone_loader *loader, struct setup *setup, void (*all_tried)(void *ctx), void *ctx)
{
	int code = pthread_mutex_init(&loader->lock, NULL);

	if (code != 0)
		return -code;
	loader->setup = setup_ref(setup);
	loader->all_tried = all_tried;
	loader->ctx = ctx;
	loader->ready = true;
	return 0;
}

void zone_loader_deinit(struct zone_loader *loader)
{
	if (!loader->ready)
		return;
	setup_unref(loader->setup);
	pthread_mutex_destroy(&loader->lock);
	loader->ready = false;
}

void zone_loader_use(struct zone_loader *loader, struct setup *setup)
{
	pthread_mutex_lock(&loader->lock);
	struct setup *old = loader->setup;
	loader->setup = setup_ref(setup);
	pthread_mutex_unlock(&loader->lock);
	setup_unref(old);
}

struct setup *zone_loader_setup(struct zone_loader *loader)
{
	pthread_mutex_lock(&loader->lock);
	struct setup *setup = setup_ref(loader->setup);
	pthread_mutex_unlock(&loader->lock);
	return setup;
}

/* --- contents --- */

const struct zone_snapshot *zone_contents(const struct server_zone *zone)
{
	rcu_thread_online();
	const struct zone_snapshot *snap = zone_current_ref(zone->zone);
	rcu_thread_offline();
	return snap;
}

/* --- load --- */

static struct file_stamp stamp_in(const struct watch_stat *st)
{
	return (struct file_stamp){ .mtime = st->mtime, .exists = st->exists };
}

static struct file_stamp stamp_of(const char *path)
{
	struct watch_stat st = watch_stat(path);

	return stamp_in(&st);
}

bool zone_is_settled(const struct server_zone *zone, const struct setup *setup)
{
	struct setup_load how;

	return setup_find_load(setup, zone->zone->name, &how) == 0 &&
	       watch_is_settled(
		       zones_watch(zone->zones), &zone->file, how.from_file ? how.path : NULL);
}

static bool file_differs(const struct server_zone *zone, const struct watch_stat *now)
{
	struct file_stamp then = zones_loaded_stamp(zone);

	return now->exists != then.exists || now->mtime.tv_sec != then.mtime.tv_sec ||
	       now->mtime.tv_nsec != then.mtime.tv_nsec;
}

bool zone_needs_load(struct server_zone *zone, const struct setup *setup)
{
	struct watch *watch = zones_watch(zone->zones);
	struct setup_load how;

	if (zone_current(zone->zone) == NULL)
		return true;
	if (setup_find_load(setup, zone->zone->name, &how) != 0)
		return false;
	watch_begin(watch, &zone->file, how.from_file ? how.path : NULL);
	struct watch_stat now = { .watchable = true };
	bool differs = false;
	if (how.from_file) {
		now = watch_stat(how.path);
		differs = file_differs(zone, &now);
	}
	watch_end(watch, &zone->file, !differs && now.watchable);
	return differs;
}

static int load_file(struct server_zone *zone, const struct setup_load *how, const char *name)
{
	struct watch *watch = zones_watch(zone->zones);
	struct zone_load_result result = { 0 };

	/* Looked at before it is read: a change in between is met by the next reload. A file that can't be
	 * loaded is tried, and complained about, at each. */
	watch_begin(watch, &zone->file, how->path);
	struct watch_stat now = watch_stat(how->path);
	struct file_stamp stamp = stamp_in(&now);
	/* A whole new version looks at nothing that readers or other writers could free, and takes seconds for a
	 * large zone: grace periods don't wait for it. */
	rcu_thread_offline();
	int error = zone_load_file(zone->zone, how->path, &how->options, &result);
	rcu_thread_online();
	if (error == 0) {
		stamp.serial = result.serial;
		zones_set_loaded_stamp(zone, stamp);
		__atomic_store_n(&zone->expired, false, __ATOMIC_RELAXED);
	} else if (!stamp.exists) {
		log_zone_info(name, "zone not found");
	}
	watch_end(watch, &zone->file, error == 0 && now.watchable);
	return error;
}

static int event_load(struct zone_loader *loader, struct server_zone *zone,
	const struct setup *setup, const char *name)
{
	struct setup_load how;

	(void)loader;
	TRY(setup_find_load(setup, zone->zone->name, &how));
	if (how.from_file)
		return load_file(zone, &how, name);
	if (zone_current(zone->zone) != NULL)
		return 0;
	log_zone_info(name, "zone not found");
	return E_NOENT;
}

/* --- flush --- */

static int write_file(
	const struct zone_snapshot *snap, const struct setup_load *how, const char *path)
{
	struct zone_dump_options options = {
		.version = PRODUCT_VERSION,
		.skip_types = how->options.skip_types,
		.skip_count = how->options.skip_count,
	};
	struct file_new file;

	TRY(file_new_begin(path, 0660, &file));
	int error = zone_dump(snap, &options, file.stream);
	if (error != 0) {
		file_new_discard(&file);
		return error;
	}
	return file_new_commit(&file);
}

static int flush_elsewhere(
	const struct zone_snapshot *snap, const struct setup_load *how, const char *directory)
{
	char path[PATH_MAX];
	const char *slash = strrchr(how->path, '/');
	struct stat a, b;

	int n = snprintf(
		path, sizeof(path), "%s/%s", directory, slash != NULL ? slash + 1 : how->path);
	if (n < 0 || (size_t)n >= sizeof(path))
		return E_RANGE;
	if (stat(path, &a) == 0 && stat(how->path, &b) == 0 && a.st_dev == b.st_dev &&
		a.st_ino == b.st_ino)
		return E_ACCESS; /* the zone file itself */
	return write_file(snap, how, path);
}

static int flush_contents(struct server_zone *zone, const struct setup_load *how,
	enum zone_flush_kind kind, const char *name, const struct zone_snapshot *snap)
{
	struct file_stamp before = zones_loaded_stamp(zone), now = stamp_of(how->path);
	uint32_t serial = before.serial;

	if (how->zonefile_sync < 0 && kind != ZONE_FLUSH_FORCED) {
		log_zone_warning(name,
			"zonefile synchronization disabled, use force command to override it");
		return E_NOTSUP;
	}
	if (kind == ZONE_FLUSH_CHANGED && now.exists && before.exists && serial == snap->serial)
		return 0;
	int error = write_file(snap, how, how->path);
	if (error != 0) {
		log_zone_warning(name, "failed to update zone file (%s)", err_text(error));
		return error;
	}
	if (before.exists && serial != snap->serial)
		log_zone_info(name, "zone file updated, serial %u -> %u", serial, snap->serial);
	else
		log_zone_info(name, "zone file updated, serial %u", snap->serial);
	now = stamp_of(how->path);
	now.serial = snap->serial;
	zones_set_loaded_stamp(zone, now);
	zones_doubt(zone); /* of what the watch has seen */
	return 0;
}

int zone_flush(struct zone_loader *loader, struct server_zone *zone, enum zone_flush_kind kind,
	const char *directory)
{
	struct setup *setup = zone_loader_setup(loader);
	const struct zone_snapshot *snap = zone_contents(zone);
	char name[DNS_NAME_TEXT_SIZE];
	struct setup_load how;

	dns_name_print(zone->zone->name, name);
	int error = snap == NULL ? E_ZONEEMPTY : setup_find_file(setup, zone->zone->name, &how);
	if (error == 0 && directory != NULL)
		error = flush_elsewhere(snap, &how, directory);
	else if (error == 0)
		error = flush_contents(zone, &how, kind, name, snap);
	zone_snapshot_unref(snap);
	setup_unref(setup);
	return error;
}

static int event_flush(struct zone_loader *loader, struct server_zone *zone,
	const struct setup *setup, const char *name)
{
	(void)setup;
	(void)name;
	/* Writing takes long, and a counted reference holds what is written. */
	rcu_thread_offline();
	uint8_t kind = __atomic_exchange_n(&zone->flush_kind, ZONE_FLUSH_CHANGED, __ATOMIC_RELAXED);
	int error = zone_flush(loader, zone, (enum zone_flush_kind)kind, NULL);
	rcu_thread_online();
	return error;
}

int zone_changed(struct zone_loader *loader, struct server_zone *zone)
{
	struct setup *setup = zone_loader_setup(loader);
	struct setup_load how;
	int error = setup_find_file(setup, zone->zone->name, &how);

	setup_unref(setup);
	if (error != 0)
		return error == E_CONFVALUE ? 0 : error; /* there is no place for a file */
	if (how.zonefile_sync == 0)
		return zone_flush(loader, zone, ZONE_FLUSH_ASKED, NULL);
	if (how.zonefile_sync > 0)
		return pool_plan(loader->pool, &zone->item, ZONE_EVENT_FLUSH,
			time(NULL) + how.zonefile_sync);
	return 0;
}

/* --- the table --- */

static const struct {
	const char *name;
	int (*run)(struct zone_loader *loader, struct server_zone *zone, const struct setup *setup,
		const char *name); /* NULL: not built */
	bool frozen;               /* a freeze keeps it back */
	bool changes_zone;         /* an open transaction does */
} events[] = {
	[ZONE_EVENT_LOAD] = { "load", event_load, true, true },
	[ZONE_EVENT_REFRESH] = { "refresh", NULL, true, true },
	[ZONE_EVENT_UPDATE] = { "update", NULL, true, true },
	[ZONE_EVENT_EXPIRE] = { "expiration", NULL, false, false },
	[ZONE_EVENT_PURGE] = { "purge", NULL, true, false },
	[ZONE_EVENT_FLUSH] = { "flush", event_flush, true, false },
	[ZONE_EVENT_BACKUP] = { "backup/restore", NULL, false, false },
	[ZONE_EVENT_NOTIFY] = { "notify", NULL, false, false },
	[ZONE_EVENT_SIGN] = { "re-sign", NULL, true, true },
	[ZONE_EVENT_VALIDATE] = { "DNSSEC-validate", NULL, false, false },
	[ZONE_EVENT_DS_CHECK] = { "DS-check", NULL, true, false },
	[ZONE_EVENT_DS_PUSH] = { "DS-push", NULL, false, false },
	[ZONE_EVENT_DNSKEY_SYNC] = { "DNSKEY-sync", NULL, false, false },
};
static_assert(ARRAY_LEN(events) == ZONE_EVENTS, "a row an event");

const char *zone_event_name(enum zone_event event)
{
	return events[event].name;
}

bool zone_event_is_built(enum zone_event event)
{
	return events[event].run != NULL;
}

uint16_t zone_events_frozen(void)
{
	unsigned bits = 0;

	for (size_t i = 0; i < ZONE_EVENTS; i++)
		bits |= events[i].frozen ? ZONE_EVENT_BIT(i) : 0u;
	return (uint16_t)bits;
}

uint16_t zone_events_changing(void)
{
	unsigned bits = 0;

	for (size_t i = 0; i < ZONE_EVENTS; i++)
		bits |= events[i].changes_zone ? ZONE_EVENT_BIT(i) : 0u;
	return (uint16_t)bits;
}

static struct server_zone *zone_of_item(struct pool_item *item)
{
	return (struct server_zone *)((uint8_t *)item - offsetof(struct server_zone, item));
}

int zone_event_run(void *ctx, struct pool_item *item, enum zone_event event)
{
	struct zone_loader *loader = ctx;
	struct server_zone *zone = zone_of_item(item);
	struct setup *setup = zone_loader_setup(loader);
	char name[DNS_NAME_TEXT_SIZE];

	dns_name_print(zone->zone->name, name);
	int error =
		events[event].run != NULL ? events[event].run(loader, zone, setup, name) : E_NOTSUP;
	if (error != 0) {
		log_zone_error(
			name, "zone event '%s' failed (%s)", events[event].name, err_text(error));
		if (events[event].changes_zone)
			__atomic_add_fetch(&loader->update_errors, 1, __ATOMIC_RELAXED);
	}
	setup_unref(setup);
	if (event == ZONE_EVENT_LOAD && zones_tried(zone))
		loader->all_tried(loader->ctx);
	return error;
}

void zone_event_release(void *ctx, struct pool_item *item)
{
	(void)ctx;
	zones_release(zone_of_item(item));
}
