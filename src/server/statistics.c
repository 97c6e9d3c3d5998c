#include "server/statistics.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "modules/module.h"
#include "net/net.h"
#include "server/module_set.h"
#include "server/setup.h"
#include "server/state.h"
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* --- counters --- */

int statistics_server(struct server *server, statistic_visitor visit, void *ctx)
{
	struct net_counters net;

	net_count(server->net, &net);
	const struct statistic all[] = {
		{ "server", "zone-count", NULL, 0, zones_count(server->zones) },
		{ "server", "zone-update-error", NULL, 0,
			__atomic_load_n(&server->loader.update_errors, __ATOMIC_RELAXED) },
		{ "server", "tcp-io-timeout", NULL, 0, net.tcp_io_timeouts },
		{ "server", "tcp-idle-timeout", NULL, 0, net.tcp_idle_timeouts },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		TRY(visit(ctx, &all[i]));
	return 0;
}

static int count_module(const struct module *module, statistic_visitor visit, void *ctx)
{
	char id[MODULE_ITEM_NAME_SIZE];

	for (size_t i = 0; i < module->counter_count; i++) {
		const struct module_counter *counter = &module->counters[i];
		for (unsigned k = 0; k < counter->size; k++) {
			struct statistic s = { module->type->name, counter->name, NULL, k,
				module_counter_read(module, i, k) };
			if (counter->item_name != NULL) {
				counter->item_name(k, id);
				s.id = id;
			}
			TRY(visit(ctx, &s));
		}
	}
	return 0;
}

static int count_modules(const struct module_set *set, statistic_visitor visit, void *ctx)
{
	for (size_t i = 0; set != NULL && i < set->count; i++)
		TRY(count_module(set->modules[i], visit, ctx));
	return 0;
}

int statistics_modules(struct server *server, statistic_visitor visit, void *ctx)
{
	return count_modules(setup_server(server->setup)->modules, visit, ctx);
}

static uint32_t max_ttl(const struct zone_snapshot *snap)
{
	const struct trie *tries[] = { &snap->names, &snap->nsec3 };
	const struct trie_node *leaf;
	struct trie_iter iter;
	uint32_t max = 0;

	for (size_t t = 0; t < ARRAY_LEN(tries); t++) {
		trie_iter_init(tries[t], &iter);
		while ((leaf = trie_iter_next(&iter)) != NULL) {
			const struct zone_node *node = zone_node_of(leaf);
			const struct zone_rrset *rrset = zone_node_rrsets(node);
			for (unsigned i = 0; i < node->rrset_count; i++)
				max = MAX(max, rrset[i].ttl);
		}
	}
	return max;
}

int statistics_zone(const struct server_zone *zone, statistic_visitor visit, void *ctx)
{
	const struct zone_snapshot *snap = zone_contents(zone);
	struct statistic size = { "zone", "size", NULL, 0, snap != NULL ? snap->wire_size : 0 };
	struct statistic ttl = { "zone", "max-ttl", NULL, 0, snap != NULL ? max_ttl(snap) : 0 };

	zone_snapshot_unref(snap);
	TRY(visit(ctx, &size));
	return visit(ctx, &ttl);
}

int statistics_zone_modules(const struct server_zone *zone, statistic_visitor visit, void *ctx)
{
	return count_modules(zones_modules(zone), visit, ctx);
}

/* --- the file --- */

/* What stands in the document so far: headings are written when something follows them. */
struct document {
	struct buf text;
	unsigned depth;
	bool is_zone, has_zones, named; /* `named`: the zone's name is written */
	char zone[DNS_NAME_TEXT_SIZE];
	char section[32], item[64]; /* under which the last number stands */
};

static void put_line(struct document *d, unsigned depth, const char *key)
{
	buf_printf(&d->text, "%*s%s:\n", (int)depth, "", key);
}

static int put_statistic(void *ctx, const struct statistic *s)
{
	struct document *d = ctx;
	unsigned depth = d->is_zone ? 2 : 0;

	if (s->value == 0)
		return 0;
	if (d->is_zone && !d->has_zones)
		buf_text(&d->text, "zone:\n");
	d->has_zones |= d->is_zone;
	if (d->is_zone && !d->named)
		buf_printf(&d->text, " \"%s\":\n", d->zone);
	d->named = true;
	if (strcmp(d->section, s->section) != 0) {
		put_line(d, depth, s->section);
		snprintf(d->section, sizeof(d->section), "%s", s->section);
		d->item[0] = '\0';
	}
	if (s->id == NULL) {
		buf_printf(&d->text, "%*s%s: %llu\n", (int)depth + 1, "", s->item,
			(unsigned long long)s->value);
		return d->text.error;
	}
	if (strcmp(d->item, s->item) != 0) {
		put_line(d, depth + 1, s->item);
		snprintf(d->item, sizeof(d->item), "%s", s->item);
	}
	buf_printf(
		&d->text, "%*s%s: %llu\n", (int)depth + 2, "", s->id, (unsigned long long)s->value);
	return d->text.error;
}

static void put_zone(void *ctx, struct server_zone *zone)
{
	struct document *d = ctx;

	if (!zones_has_modules(zone))
		return;
	dns_name_print(zone->zone->name, d->zone);
	d->is_zone = true;
	d->named = false;
	d->section[0] = '\0';
	if (statistics_zone_modules(zone, put_statistic, d) != 0)
		return; /* no memory, which the buffer tells */
}

static int compose(struct server *server, struct document *d)
{
	struct span identity = setup_server(server->setup)->answer.identity;
	char text[64];
	time_t now = time(NULL);
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &tm));
	buf_printf(&d->text, "---\ntime: %s\nidentity: %.*s\n", text, (int)identity.len,
		(const char *)identity.data);
	TRY(statistics_server(server, put_statistic, d));
	TRY(statistics_modules(server, put_statistic, d));
	zones_each(server->zones, put_zone, d);
	return d->text.error;
}

static int append_file(const char *path, struct span text)
{
	FILE *f = fopen(path, "ae");

	if (f == NULL)
		return err_errno();
	bool written = fwrite(text.data, 1, text.len, f) == text.len;
	return fclose(f) == 0 && written ? 0 : err_errno();
}

static int replace_file(const char *path, struct span text)
{
	struct file_new file;

	TRY(file_new_begin(path, 0640, &file));
	if (fwrite(text.data, 1, text.len, file.stream) != text.len) {
		int error = err_errno();
		file_new_discard(&file);
		return error;
	}
	return file_new_commit(&file);
}

void statistics_dump(struct server *server)
{
	struct document d = { 0 };
	char path[PATH_MAX];

	if (server_lock_shared(server, 0) != 0)
		return;
	const struct setup_server *s = setup_server(server->setup);
	bool append = s->statistics_append;
	snprintf(path, sizeof(path), "%s", s->statistics_file);
	int error = compose(server, &d);
	server_unlock(server);
	if (error == 0)
		error = append ? append_file(path, buf_span(&d.text))
			       : replace_file(path, buf_span(&d.text));
	if (error != 0)
		log_error("stats, failed to %s file '%s' (%s)", append ? "append" : "open", path,
			err_text(error));
	else
		log_debug("stats, dumped into file '%s'", path);
	buf_deinit(&d.text);
}

void statistics_start(struct server *server)
{
	unsigned period = setup_server(server->setup)->statistics_timer;
	struct itimerspec spec = { { period, 0 }, { period, 0 } };

	if (period == server->statistics_timer)
		return;
	if (timerfd_settime(server->timer_fd, 0, &spec, NULL) != 0)
		log_error("stats, failed to launch periodic dumping (%s)", err_text(err_errno()));
	else
		server->statistics_timer = period;
}
