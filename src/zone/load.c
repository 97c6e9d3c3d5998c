#include "zone/load.h"
#include "base/log.h"
#include "zone/check.h"
#include "zone/edit.h"
#include "zone/zonemd.h"
#include "zonefile/scanner.h"

struct loader {
	struct zone_edit *edit;
	const struct zone_load_options *options;
	char zone[DNS_NAME_TEXT_SIZE]; /* for the log */
	unsigned errors;
};

static bool is_skipped(const struct zone_load_options *o, uint16_t type)
{
	for (size_t i = 0; i < o->skip_count; i++) {
		if (o->skip_types[i] == type)
			return true;
	}
	return false;
}

static COLD int refused_record(struct loader *l, const struct zonefile_rr *rr, int error)
{
	char owner[DNS_NAME_TEXT_SIZE];
	if (error == E_ISRECORD)
		return 0;
	dns_name_print(rr->owner, owner);
	if (error == E_OUTOFZONE) {
		log_zone_warning(
			l->zone, "zone loader, ignoring out-of-zone data, owner %s", owner);
		return 0;
	}
	log_zone_error(l->zone, "zone loader, failed to process record, owner %s", owner);
	return error;
}

static int take_record(void *ctx, const struct zonefile_rr *rr)
{
	struct loader *l = ctx;
	if (UNLIKELY(l->options->skip_count > 0) && is_skipped(l->options, rr->type))
		return 0;
	struct zone_rr record = { rr->owner, rr->type, rr->ttl, rr->rdata };
	int ret = zone_edit_add(l->edit, &record);
	return LIKELY(ret == 0) ? 0 : refused_record(l, rr, ret);
}

static void tell_error(void *ctx, const char *file, unsigned line, const char *why)
{
	struct loader *l = ctx;
	l->errors++;
	log_zone_error(l->zone, "zone loader, %s in zone, file '%s', line %u (%s)",
		l->errors >= ZONEFILE_ERRORS_MAX ? "fatal error" : "error", file, line, why);
}

static void tell_ttl(void *ctx, const uint8_t *owner, uint16_t type, uint32_t ttl)
{
	struct loader *l = ctx;
	struct buf text = { 0 };
	char name[DNS_NAME_TEXT_SIZE];
	dns_name_print(owner, name);
	dns_type_print(type, &text);
	if (text.error == 0)
		log_zone_notice(l->zone,
			"zone loader, TTL mismatch, owner %s, type %s, TTL set to %u", name,
			(const char *)text.data, ttl);
	buf_deinit(&text);
}

static void tell_finding(void *ctx, enum zone_check_level level, enum zone_finding finding,
	const uint8_t *owner, const char *info)
{
	static const enum log_level levels[] = { LOG_ERROR, LOG_WARN, LOG_NOTE };
	const char *zone = ctx;
	char name[DNS_NAME_TEXT_SIZE];
	dns_name_print(owner, name);
	log_line(levels[level], LOG_ZONE, zone, "check, node %s, %s%s", name,
		zone_finding_text(finding), info);
}

static int read_file(struct loader *l, const char *path, const uint8_t *origin)
{
	struct zonefile_options options = { .origin = origin,
		.default_ttl = l->options->default_ttl };
	struct zonefile_handler handler = { take_record, tell_error, l };
	unsigned errors;
	int ret = zonefile_scan(path, &options, &handler, &errors);
	if (ret == E_ZONEFILE)
		log_zone_error(
			l->zone, "zone loader, failed to load, file '%s', %u errors", path, errors);
	else if (ret != 0)
		log_zone_error(l->zone, "failed to parse zone file '%s' (%s)", path, err_text(ret));
	return ret;
}

int zone_accept(const struct zone_snapshot *view, const uint8_t *name,
	const struct zone_load_options *options)
{
	struct zone_check_options check = { .mode = (enum zone_check_mode)options->semantic_checks,
		.verify = true };
	char zone[DNS_NAME_TEXT_SIZE];
	dns_name_print(name, zone);
	TRY(zone_check(view, name, &check, tell_finding, zone));
	if (view->wire_size > options->max_size) {
		log_zone_error(
			zone, "zone loader, failed to check zone (%s)", err_text(E_ZONESIZE));
		return E_ZONESIZE;
	}
	if (options->zonemd_verify) {
		int ret = zone_zonemd_verify(view);
		if (ret != 0) {
			log_zone_error(zone, "ZONEMD, verification failed (%s)", err_text(ret));
			return ret;
		}
		log_zone_info(zone, "ZONEMD, verification successful");
	}
	return 0;
}

/* What of a loaded version its log line tells. */
struct facts {
	uint32_t serial;
	uint64_t size;
	bool is_deleg_aware;
};

static void note_facts(const struct loader *l, const struct zone_snapshot *view, struct facts *ret)
{
	*ret = (struct facts){ view->serial, view->wire_size,
		zone_is_deleg_aware(view, (enum zone_deleg_mode)l->options->deleg_aware) };
	if (view->delegs > 0 && !view->has_adt &&
		zone_node_find(view->apex, DNS_TYPE_DNSKEY) != NULL)
		log_zone_warning(l->zone, "contains DELEG record but no DNSKEY with ADT bit");
}

static int fill(struct loader *l, struct zone *zone, const char *path, struct facts *facts)
{
	const struct zone_snapshot *view;
	TRY(read_file(l, path, zone->name));
	int ret = zone_edit_view(l->edit, &view);
	if (ret != 0) {
		log_zone_error(l->zone, "zone loader, failed to finalize zone contents (%s)",
			err_text(ret));
		return ret;
	}
	TRY(zone_accept(view, zone->name, l->options));
	note_facts(l, view, facts);
	return 0;
}

int zone_load_file(struct zone *zone, const char *path, const struct zone_load_options *options,
	struct zone_load_result *ret)
{
	struct loader l = { .options = options };
	struct zone_load_result result = { 0 };
	OWNED(zone_edit) edit = NULL; /* discarded on every way out but the last */
	struct facts facts;

	dns_name_print(zone->name, l.zone);
	int error = zone_edit_begin_new(zone, &edit);
	if (error != 0) {
		log_zone_error(l.zone, "zone loader, failed to load, file '%s' (%s)", path,
			err_text(error));
		return error;
	}
	l.edit = edit;
	zone_edit_on_ttl_mismatch(edit, tell_ttl, &l);
	TRY(fill(&l, zone, path, &facts));

	const struct zone_snapshot *old = zone_current_ref(zone);
	if (old != NULL) {
		result.had_old = true;
		result.old_serial = old->serial;
		zone_snapshot_unref(old);
	}
	result.serial = facts.serial;
	TRY(zone_edit_commit(TAKE(edit)));
	log_zone_info(l.zone, "zone file loaded, serial %u", result.serial);
	const char *aware = facts.is_deleg_aware ? ", DELEG-aware" : "";
	if (result.had_old)
		log_zone_info(l.zone, "loaded, serial %u -> %u, %llu bytes%s", result.old_serial,
			result.serial, (unsigned long long)facts.size, aware);
	else
		log_zone_info(l.zone, "loaded, serial none -> %u, %llu bytes%s", result.serial,
			(unsigned long long)facts.size, aware);
	*ret = result;
	return 0;
}
