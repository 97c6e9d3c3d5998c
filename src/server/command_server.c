/* Control commands for the server as a whole. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/product.h"
#include "server/command.h"
#include "server/setup.h"
#include "server/state.h"
#include "server/statistics.h"
#include "server/zone_transaction.h"
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

static bool is_text(struct span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp((const char *)s.data, text, s.len) == 0;
}

/* --- status --- */

static void describe_workers(const struct server *server, struct buf *out)
{
	size_t running, pending;

	pool_counts(server->pool, &running, &pending);
	buf_printf(out,
		"UDP workers: %u, TCP workers: %u, XDP workers: 0, background workers: %u "
		"(running: %zu, "
		"pending: %zu)",
		server->workers.udp, server->workers.tcp, server->workers.background, running,
		pending);
}

int command_status(struct call *call)
{
	struct span type = call_item(call, CONTROL_TYPE);
	struct control_unit unit = *call->unit;
	struct buf text = { 0 };

	if (type.data == NULL) {
		if (!__atomic_load_n(&call->server->answering, __ATOMIC_ACQUIRE))
			control_put(&unit, CONTROL_FILTERS, span_of_text("l"));
	} else if (is_text(type, "version")) {
		buf_text(&text, PRODUCT_VERSION);
	} else if (is_text(type, "workers")) {
		describe_workers(call->server, &text);
	} else if (is_text(type, "configure")) {
		product_summary(&text);
	} else if (is_text(type, "cert-key")) {
		buf_text(&text, "-"); /* there is no certificate without TLS and QUIC */
	} else {
		return E_INVALID;
	}
	if (type.data != NULL)
		control_put(&unit, CONTROL_VALUE, buf_span(&text));
	int error = text.error != 0 ? text.error : call_send(call, &unit);
	buf_deinit(&text);
	return error;
}

/* --- stop, reload --- */

int command_stop(struct call *call)
{
	(void)call;
	/* The main thread takes it for an operator's signal; the answer goes out meanwhile. */
	return kill(getpid(), SIGTERM) == 0 ? 0 : err_errno();
}

static void find_open(void *ctx, struct server_zone *zone)
{
	const struct server_zone **ret = ctx;

	if (zone->transaction != NULL && *ret == NULL)
		*ret = zone;
}

int command_reload(struct call *call)
{
	struct server *server = call->server;
	const struct server_zone *zone = NULL;
	char name[DNS_NAME_TEXT_SIZE];

	if (server->conf.open != NULL) {
		log_warning("reload aborted due to active configuration transaction");
		return E_TXNEXISTS;
	}
	if (!zone_transactions_open(server))
		return server_reload_locked(server);
	zones_each(server->zones, find_open, &zone);
	if (zone != NULL) {
		dns_name_print(zone->zone->name, name);
		log_warning("server reload rejected due to existing transaction for zone %s", name);
	}
	return E_TXNEXISTS;
}

/* --- statistics --- */

struct selection {
	struct call *call;
	struct span section, item; /* data NULL: any */
	const char *zone;          /* NULL: of the server */
	bool matched;
};

static bool is_selected(const struct selection *s, const struct statistic *statistic)
{
	if (s->section.data != NULL && !is_text(s->section, statistic->section))
		return false;
	return s->item.data == NULL || is_text(s->item, statistic->item);
}

static int send_statistic(void *ctx, const struct statistic *statistic)
{
	struct selection *s = ctx;
	struct control_unit unit = { .type = statistic->id != NULL && statistic->position > 0
						     ? CONTROL_EXTRA
						     : CONTROL_DATA };
	char number[24];

	if (!is_selected(s, statistic))
		return 0;
	s->matched = true;
	if (statistic->value == 0 && !call_has_flag(s->call, CONTROL_FLAG_FORCE))
		return 0;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)statistic->value);
	control_put(&unit, CONTROL_SECTION, span_of_text(statistic->section));
	control_put(&unit, CONTROL_ITEM, span_of_text(statistic->item));
	if (statistic->id != NULL)
		control_put(&unit, CONTROL_ID, span_of_text(statistic->id));
	if (s->zone != NULL)
		control_put(&unit, CONTROL_ZONE, span_of_text(s->zone));
	control_put(&unit, CONTROL_VALUE, span_of_text(number));
	return call_send(s->call, &unit);
}

int command_stats(struct call *call)
{
	struct selection s = { call, call_item(call, CONTROL_SECTION),
		call_item(call, CONTROL_ITEM), NULL, false };

	TRY(statistics_server(call->server, send_statistic, &s));
	TRY(statistics_modules(call->server, send_statistic, &s));
	return s.matched || s.section.data == NULL ? 0 : E_INVALID;
}

int command_zone_stats(struct call *call, struct server_zone *zone)
{
	char name[DNS_NAME_TEXT_SIZE];
	struct selection s = { call, call_item(call, CONTROL_SECTION),
		call_item(call, CONTROL_ITEM), name, false };

	dns_name_print(zone->zone->name, name);
	TRY(statistics_zone(zone, send_statistic, &s));
	TRY(statistics_zone_modules(zone, send_statistic, &s));
	return s.matched || s.section.data == NULL || call->all_zones ? 0 : E_INVALID;
}
