#include "server/zone_events.h"
#include "base/err.h"
#include "base/log.h"
#include "server/setup.h"
#include "server/zones.h"
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

static struct setup *current_setup(struct zone_loader *loader)
{
	pthread_mutex_lock(&loader->lock);
	struct setup *setup = setup_ref(loader->setup);
	pthread_mutex_unlock(&loader->lock);
	return setup;
}

/* --- load --- */

static struct file_stamp stamp_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct file_stamp){ 0 };
	return (struct file_stamp){ .mtime = st.st_mtim, .exists = true };
}

bool zone_needs_load(const struct server_zone *zone, const struct setup *setup)
{
	struct setup_load how;

	if (zone_current(zone->zone) == NULL)
		return true;
	if (setup_find_load(setup, zone->zone->name, &how) != 0 || !how.from_file)
		return false;
	struct file_stamp now = stamp_of(how.path);
	struct file_stamp then = zones_loaded_stamp(zone);
	return now.exists != then.exists || now.mtime.tv_sec != then.mtime.tv_sec ||
	       now.mtime.tv_nsec != then.mtime.tv_nsec;
}

static int event_load(struct server_zone *zone, const struct setup *setup, const char *name)
{
	struct zone_load_result result = { 0 };
	struct setup_load how;

	TRY(setup_find_load(setup, zone->zone->name, &how));
	if (!how.from_file) {
		if (zone_current(zone->zone) != NULL)
			return 0;
		log_zone_info(name, "zone not found");
		return E_NOENT;
	}
	/* Looked at before it is read: a change in between is met by the next reload. A file that can't be
	 * loaded is tried, and complained about, at each. */
	struct file_stamp stamp = stamp_of(how.path);
	/* A whole new version looks at nothing that readers or other writers could free, and takes seconds for a
	 * large zone: grace periods don't wait for it. */
	rcu_thread_offline();
	int error = zone_load_file(zone->zone, how.path, &how.options, &result);
	rcu_thread_online();
	if (error == 0)
		zones_set_loaded_stamp(zone, stamp);
	else if (!stamp.exists)
		log_zone_info(name, "zone not found");
	return error;
}

/* --- the table --- */

static const struct {
	const char *name; /* in the log */
	int (*run)(struct server_zone *zone, const struct setup *setup, const char *name);
} events[] = {
	[ZONE_EVENT_LOAD] = { "load", event_load },
};
static_assert(ARRAY_LEN(events) == ZONE_EVENTS, "a row an event");

static struct server_zone *zone_of_item(struct pool_item *item)
{
	return (struct server_zone *)((uint8_t *)item - offsetof(struct server_zone, item));
}

void zone_event_run(void *ctx, struct pool_item *item, enum zone_event event)
{
	struct zone_loader *loader = ctx;
	struct server_zone *zone = zone_of_item(item);
	struct setup *setup = current_setup(loader);
	char name[DNS_NAME_TEXT_SIZE];

	dns_name_print(zone->zone->name, name);
	int error = events[event].run(zone, setup, name);
	if (error != 0)
		log_zone_error(
			name, "zone event '%s' failed (%s)", events[event].name, err_text(error));
	setup_unref(setup);
	if (event == ZONE_EVENT_LOAD && zones_tried(zone))
		loader->all_tried(loader->ctx);
}

void zone_event_release(void *ctx, struct pool_item *item)
{
	(void)ctx;
	zones_release(zone_of_item(item));
}
