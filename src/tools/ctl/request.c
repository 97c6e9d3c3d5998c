/* knotc: requests, made of arguments. */
#include "base/err.h"
#include "conf/conf.h"
#include "config.h"
#include "dns/rrtype.h"
#include "tools/common.h"
#include "tools/ctl/ctl.h"
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT = 60 }; /* s */

/* --- connection --- */

static int socket_path(const struct ctl *ctl, char *ret, size_t size)
{
	struct conf *conf;
	int n;

	if (ctl->socket != NULL) {
		n = snprintf(ret, size, "%s", ctl->socket);
	} else {
		struct source source = ctl->source;
		int error = source_choose(&source, true);
		if (error == E_CONFLICT) {
			tool_error("ambiguous configuration source");
			return error;
		}
		if (error != 0) {
			n = snprintf(ret, size, "%s", BOWLINE_RUN_DIR "/knot.sock");
		} else {
			TRY(ctl_load_conf(&source, &conf));
			n = snprintf(ret, size, "%s", conf->server.control_listen[0]);
			conf_unref(conf);
		}
	}
	if (n == 0) {
		tool_error("empty control socket path");
		return E_INVALID;
	}
	return n > 0 && (size_t)n < size ? 0 : E_RANGE;
}

int ctl_connect(const struct ctl *ctl, struct control **ret)
{
	unsigned seconds = ctl->has_timeout ? ctl->timeout : ctl->blocking ? 0 : DEFAULT_TIMEOUT;
	char path[4096];

	TRY(socket_path(ctl, path, sizeof(path)));
	int error = control_connect(path, seconds * 1000, ret);
	if (error != 0)
		tool_error("failed to connect to socket '%s' (%s)", path,
			error == -ENOENT         ? err_text(E_NOENT)
			: error == -ECONNREFUSED ? "connection refused"
			: error == -EACCES       ? err_text(E_ACCESS)
						 : err_text(error));
	return error;
}

/* --- a conversation --- */

/* A request on its way: units are sent as they are made; finish gets the answer. */
struct request {
	const struct ctl *ctl;
	const struct ctl_command *command;
	struct control *control;
	char flags[4], filters[32];
	struct span value; /* of a filter */
	bool all_zones;
	int error;
};

static int begin(const struct ctl *ctl, const struct ctl_command *command, struct request *ret)
{
	char *flag = ret->flags;

	*ret = (struct request){ .ctl = ctl, .command = command };
	if (ctl->blocking && (command->flags & CTL_BLOCKS))
		*flag++ = CONTROL_FLAG_BLOCKING;
	if (ctl->force && (command->flags & CTL_FORCES))
		*flag++ = CONTROL_FLAG_FORCE;
	ret->error = ctl_connect(ctl, &ret->control);
	return ret->error;
}

static void put_text(struct control_unit *unit, enum control_item item, const char *text)
{
	if (text != NULL)
		control_put(unit, item, span_of_text(text));
}

static void put_span(struct control_unit *unit, enum control_item item, struct span s)
{
	if (s.data != NULL)
		control_put(unit, item, s);
}

static void send_unit(struct request *r, struct control_unit *unit)
{
	unit->type = CONTROL_DATA;
	put_text(unit, CONTROL_CMD, r->command->name);
	if (r->flags[0] != '\0')
		put_text(unit, CONTROL_FLAGS, r->flags);
	if (r->filters[0] != '\0')
		put_text(unit, CONTROL_FILTERS, r->filters);
	if (r->value.data != NULL)
		control_put(unit, CONTROL_VALUE, r->value);
	if (r->error == 0)
		r->error = control_send(r->control, unit);
}

/* A zone of the command line: "--" is all of them. */
static void put_zone(struct request *r, struct control_unit *unit, const char *zone)
{
	if (strcmp(zone, "--") == 0)
		r->all_zones = true;
	else
		put_text(unit, CONTROL_ZONE, zone);
}

static int finish(struct request *r)
{
	int code = EXIT_FAILURE;

	if (r->error == 0)
		r->error = control_send_type(r->control, CONTROL_BLOCK);
	if (r->error == 0)
		code = ctl_print(r->ctl, r->command, r->control, r->all_zones);
	else
		tool_error("failed to control (%s)", err_text(r->error));
	if (r->error == 0)
		(void)!control_send_type(r->control, CONTROL_END); /* it may be gone: fine */
	control_free(r->control);
	return code;
}

/* One request of one unit. */
static int ask(const struct ctl *ctl, const struct ctl_command *command, struct control_unit *unit)
{
	struct request r;

	if (begin(ctl, command, &r) != 0)
		return EXIT_FAILURE;
	send_unit(&r, unit);
	return finish(&r);
}

static int complain(const char *text)
{
	tool_error("%s", text);
	return EXIT_FAILURE;
}

/* --- the server --- */

int ctl_run_status(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct control_unit unit = { 0 };

	if (argc > 1)
		return complain("command takes at most 1 argument");
	put_text(&unit, CONTROL_TYPE, argc > 0 ? argv[0] : NULL);
	return ask(ctl, command, &unit);
}

int ctl_run_server(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	(void)argv;
	return argc > 0 ? complain("command does not take arguments")
			: ask(ctl, command, &(struct control_unit){ 0 });
}

/* "section[.item]" of counters. */
static void put_counter(struct control_unit *unit, const char *text)
{
	const char *dot = strchr(text, '.');
	size_t len = dot != NULL ? (size_t)(dot - text) : strlen(text);

	control_put(unit, CONTROL_SECTION, (struct span){ (const uint8_t *)text, len });
	put_text(unit, CONTROL_ITEM, dot != NULL ? dot + 1 : NULL);
}

int ctl_run_stats(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct control_unit unit = { 0 };

	if (argc > 1)
		return complain("command takes at most 1 argument");
	if (argc > 0)
		put_counter(&unit, argv[0]);
	return ask(ctl, command, &unit);
}

int ctl_run_transaction(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	return ctl_run_server(ctl, command, argc, argv);
}

/* --- zones --- */

/* Take the filters out of the arguments. False: told. */
static bool take_filters(struct request *r, int *argc, char **argv)
{
	size_t count = strlen(r->filters);
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		const struct ctl_filter *f = ctl_find_filter(r->command, argv[i]);
		if (argv[i][0] != '+') {
			argv[kept++] = argv[i];
			continue;
		}
		if (f == NULL) {
			tool_error("unknown filter: %s", argv[i]);
			return false;
		}
		if (f->has_value && i + 1 == *argc) {
			tool_error("%s", err_text(E_MISSING));
			return false;
		}
		if (f->has_value)
			r->value = span_of_text(argv[++i]);
		if (strchr(r->filters, f->letter) == NULL && count + 1 < sizeof(r->filters))
			r->filters[count++] = f->letter;
		/* A letter and its negation differ in case. */
		char other = (char)(isupper(f->letter) ? tolower(f->letter) : toupper(f->letter));
		const struct ctl_filter *against = r->command->filters;
		while (against->name != NULL && against->letter != other)
			against++;
		if (against->name != NULL && strchr(r->filters, other) != NULL) {
			tool_error("(%s)", err_text(E_CONFLICT));
			return false;
		}
	}
	*argc = kept;
	return true;
}

/* Commands for zones: a unit each. */
int ctl_run_zones(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct request r = { .command = command };
	char filters[sizeof(r.filters)];

	if (!take_filters(&r, &argc, argv))
		return EXIT_FAILURE;
	struct span value = r.value;
	memcpy(filters, r.filters, sizeof(filters));
	if ((command->flags & CTL_NAMES_ZONES) && argc == 0)
		return complain("zone must be specified (or -- for all zones)");
	if ((command->flags & CTL_NEEDS_FORCE) && !ctl->force)
		return complain("force option required!");
	if (begin(ctl, command, &r) != 0)
		return EXIT_FAILURE;
	memcpy(r.filters, filters, sizeof(filters));
	r.value = value;
	if (argc == 0 || strcmp(argv[0], "--") == 0) {
		r.all_zones = true;
		send_unit(&r, &(struct control_unit){ 0 });
	} else {
		for (int i = 0; i < argc; i++) {
			struct control_unit unit = { 0 };
			put_zone(&r, &unit, argv[i]);
			send_unit(&r, &unit);
		}
	}
	return finish(&r);
}

/* A request about one zone (or all) with its first argument; `unit` has the rest. */
static int ask_zone(const struct ctl *ctl, const struct ctl_command *command, const char *zone,
	struct control_unit *unit)
{
	struct request r;

	if (begin(ctl, command, &r) != 0)
		return EXIT_FAILURE;
	put_zone(&r, unit, zone);
	send_unit(&r, unit);
	return finish(&r);
}

int ctl_run_rollover(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct control_unit unit = { 0 };

	if (argc != 2)
		return complain("command requires 2 arguments");
	put_text(&unit, CONTROL_TYPE, argv[1]);
	return ask_zone(ctl, command, argv[0], &unit);
}

int ctl_run_zone_stats(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct control_unit unit = { 0 };

	if (argc < 1)
		return complain("zone must be specified (or -- for all zones)");
	if (argc > 2)
		return complain("command takes at most 2 arguments");
	if (argc > 1)
		put_counter(&unit, argv[1]);
	return ask_zone(ctl, command, argv[0], &unit);
}

int ctl_run_serial(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct control_unit unit = { 0 };

	if (argc < 1)
		return complain("zone must be specified (or -- for all zones)");
	if (argc > 2)
		return complain("command takes at most 2 arguments");
	if (argc > 1) {
		bool add = argv[1][0] == '+';
		const char *number = argv[1] + add;
		put_text(&unit, CONTROL_TYPE, add ? "+" : "=");
		put_text(&unit, CONTROL_VALUE,
			add && strcasecmp(number, "MAX") == 0 ? "2147483647" : number);
	}
	return ask_zone(ctl, command, argv[0], &unit);
}

/* zone-read, zone-get, zone-diff: ZONE [OWNER [TYPE]]. */
int ctl_run_records(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct control_unit unit = { 0 };
	int most = strcmp(command->name, "zone-diff") == 0 ? 1 : 3;

	if (argc < 1)
		return complain("zone must be specified (or -- for all zones)");
	if (argc > most) {
		tool_error("command takes at most %d argument%s", most, most == 1 ? "" : "s");
		return EXIT_FAILURE;
	}
	put_text(&unit, CONTROL_OWNER, argc > 1 ? argv[1] : NULL);
	put_text(&unit, CONTROL_TYPE, argc > 2 ? argv[2] : NULL);
	return ask_zone(ctl, command, argv[0], &unit);
}

/* A number that isn't a type's name. */
static bool is_ttl(const char *word)
{
	size_t digits = strspn(word, "0123456789");
	uint16_t type;

	return digits > 0 &&
	       strspn(word + digits, "smhdwSMHDW0123456789") == strlen(word + digits) &&
	       dns_type_parse(span_of_text(word), &type) != 0;
}

/* zone-set, zone-unset: ZONE OWNER [TTL] [TYPE [RDATA...]]. */
int ctl_run_change(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	bool set = strcmp(command->name, "zone-set") == 0;
	struct control_unit unit = { 0 };
	struct buf rdata = { 0 };
	int at = 2, least = set ? 3 : 2;

	if (argc < least) {
		tool_error("command requires at least %d arguments", least);
		return EXIT_FAILURE;
	}
	put_text(&unit, CONTROL_OWNER, argv[1]);
	if (at < argc && is_ttl(argv[at]))
		put_text(&unit, CONTROL_TTL, argv[at++]);
	if (at < argc)
		put_text(&unit, CONTROL_TYPE, argv[at++]);
	for (int i = at; i < argc; i++) {
		buf_text(&rdata, i > at ? " " : "");
		buf_text(&rdata, argv[i]);
	}
	if (at < argc)
		put_span(&unit, CONTROL_VALUE, buf_span(&rdata));
	int code = rdata.error == 0 ? ask_zone(ctl, command, argv[0], &unit) : EXIT_FAILURE;
	buf_deinit(&rdata);
	return code;
}

/* --- configuration --- */

static bool parse_item(char *text, struct ctl_item *ret)
{
	const char *wrong = ctl_parse_item(text, ret);

	if (wrong != NULL)
		tool_error("(%s) %s", wrong, text);
	return wrong == NULL;
}

static void put_item(struct control_unit *unit, const struct ctl_item *item)
{
	put_span(unit, CONTROL_SECTION, item->section);
	put_span(unit, CONTROL_ITEM, item->item);
	put_span(unit, CONTROL_ID, item->id);
}

/* conf-list, conf-read, conf-diff, conf-get: [ITEM...]. */
int ctl_run_items(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct request r;
	struct ctl_item *items = calloc((size_t)argc + 1, sizeof(*items));

	if (items == NULL)
		return complain(err_text(E_NOMEM));
	for (int i = 0; i < argc; i++) {
		if (!parse_item(argv[i], &items[i])) {
			free(items);
			return EXIT_FAILURE;
		}
	}
	if (begin(ctl, command, &r) != 0) {
		free(items);
		return EXIT_FAILURE;
	}
	if (strcmp(command->name, "conf-list") == 0) {
		strcpy(r.filters, "s");
		strcpy(r.flags, "s"); /* where older servers look */
	}
	for (int i = 0; i < argc || i == 0; i++) {
		struct control_unit unit = { 0 };
		put_item(&unit, &items[i]);
		send_unit(&r, &unit);
	}
	free(items);
	return finish(&r);
}

/* conf-set, conf-unset: ITEM [VALUE...]. */
int ctl_run_values(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	bool set = strcmp(command->name, "conf-set") == 0;
	struct ctl_item item = { 0 };
	struct request r;

	if (set && argc < 1)
		return complain("invalid number of arguments");
	if (argc > 0 && !parse_item(argv[0], &item))
		return EXIT_FAILURE;
	if (begin(ctl, command, &r) != 0)
		return EXIT_FAILURE;
	for (int i = 1; i < argc || i == 1; i++) {
		struct control_unit unit = { 0 };
		put_item(&unit, &item);
		put_text(&unit, CONTROL_VALUE, i < argc ? argv[i] : NULL);
		send_unit(&r, &unit);
	}
	return finish(&r);
}
