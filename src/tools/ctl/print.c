/* knotc: answer units to lines. */
#include "base/buf.h"
#include "base/err.h"
#include "tools/common.h"
#include "tools/ctl/ctl.h"
#include <stdlib.h>
#include <unistd.h>

#define BOLD      "\x1b[1m"
#define UNDERLINE "\x1b[4m"
#define RED       "\x1b[31m"
#define GREEN     "\x1b[32m"
#define RESET     "\x1b[0m"

/* How the answers of a command look. */
enum layout { PLAIN, STATUS, STATS, ZONE_STATUS, RECORDS, SERIAL, ITEMS };

struct printer {
	const struct ctl *ctl;
	const struct ctl_command *command;
	enum layout layout;
	bool all_zones;
	bool any;        /* something was printed */
	bool line_open;  /* of zone-status */
	bool line_items; /* it has items already */
	bool failed;
	char zone[1100]; /* of the open line */
};

static enum layout layout_of(const char *command)
{
	static const struct {
		const char *name;
		enum layout layout;
	} layouts[] = {
		{ "status", STATUS },
		{ "stats", STATS },
		{ "zone-stats", STATS },
		{ "zone-status", ZONE_STATUS },
		{ "zone-read", RECORDS },
		{ "zone-get", RECORDS },
		{ "zone-diff", RECORDS },
		{ "zone-serial-set", SERIAL },
		{ "conf-list", ITEMS },
		{ "conf-read", ITEMS },
		{ "conf-get", ITEMS },
		{ "conf-diff", ITEMS },
	};

	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		if (strcmp(layouts[i].name, command) == 0)
			return layouts[i].layout;
	}
	return PLAIN;
}

static void put(struct span s)
{
	if (s.len > 0)
		fwrite(s.data, 1, s.len, stdout);
}

static void put_in_color(const struct printer *p, const char *color, struct span s)
{
	if (p->ctl->color)
		fputs(color, stdout);
	put(s);
	if (p->ctl->color)
		fputs(RESET, stdout);
}

static struct span item(const struct control_unit *u, enum control_item i)
{
	return control_has(u, i) ? u->items[i] : (struct span){ 0 };
}

/* " NAME" for an item that is there; `before` in place of the blank. */
static void put_after(const struct control_unit *u, enum control_item i, const char *before)
{
	if (control_has(u, i)) {
		fputs(before, stdout);
		put(u->items[i]);
	}
}

/* section[id].item */
static void put_place(const struct control_unit *u)
{
	put(item(u, CONTROL_SECTION));
	if (control_has(u, CONTROL_ID)) {
		putchar('[');
		put(u->items[CONTROL_ID]);
		putchar(']');
	}
	put_after(u, CONTROL_ITEM, ".");
}

static char mark_of(const struct control_unit *u)
{
	if (control_has_letter(u, CONTROL_FILTERS, '-') ||
		control_has_letter(u, CONTROL_FLAGS, '-'))
		return '-';
	if (control_has_letter(u, CONTROL_FILTERS, '+') ||
		control_has_letter(u, CONTROL_FLAGS, '+'))
		return '+';
	return 0;
}

static void put_zone_prefix(const struct printer *p, const struct control_unit *u)
{
	if (p->all_zones && control_has(u, CONTROL_ZONE)) {
		putchar('[');
		put_in_color(p, BOLD, u->items[CONTROL_ZONE]);
		fputs("] ", stdout);
	}
}

/* --- lines --- */

static void end_line(struct printer *p)
{
	if (p->line_open)
		putchar('\n');
	p->line_open = p->line_items = false;
}

static void print_error(struct printer *p, const struct control_unit *u)
{
	bool color = p->ctl->color_always;

	end_line(p);
	printf("%serror: (", color ? RED : "");
	put(u->items[CONTROL_ERROR]);
	fputs(")", stdout);
	if (control_has(u, CONTROL_ZONE)) {
		fputs(" [", stdout);
		put(u->items[CONTROL_ZONE]);
		putchar(']');
	}
	if (control_has(u, CONTROL_SECTION)) {
		putchar(' ');
		put_place(u);
	} else {
		put_after(u, CONTROL_OWNER, " ");
		put_after(u, CONTROL_TTL, " ");
	}
	put_after(u, CONTROL_TYPE, " ");
	put_after(u, CONTROL_VALUE, " ");
	printf("%s\n", color ? RESET : "");
	p->failed = p->any = true;
}

static void print_status(struct printer *p, const struct control_unit *u)
{
	if (control_has(u, CONTROL_VALUE))
		put(u->items[CONTROL_VALUE]);
	else
		fputs(control_has_letter(u, CONTROL_FILTERS, 'l') ? "Loading" : "Running", stdout);
	putchar('\n');
	p->any = true;
}

static void print_counter(struct printer *p, const struct control_unit *u)
{
	put_zone_prefix(p, u);
	put(item(u, CONTROL_SECTION));
	put_after(u, CONTROL_ITEM, ".");
	if (control_has(u, CONTROL_ID)) {
		putchar('[');
		put(u->items[CONTROL_ID]);
		putchar(']');
	}
	fputs(": ", stdout);
	put_in_color(p, BOLD, item(u, CONTROL_VALUE));
	putchar('\n');
	p->any = true;
}

/* State letters of the zone: FILTERS, FLAGS of older servers. */
static bool has_state(const struct control_unit *u, char letter)
{
	return control_has_letter(u, CONTROL_FILTERS, letter) ||
	       control_has_letter(u, CONTROL_FLAGS, letter);
}

static void begin_zone(struct printer *p, const struct control_unit *u)
{
	struct span zone = item(u, CONTROL_ZONE);

	end_line(p);
	snprintf(p->zone, sizeof(p->zone), "%.*s", (int)zone.len, (const char *)zone.data);
	putchar('[');
	if (p->ctl->color)
		printf("%s%s%s", has_state(u, 'e') ? "" : BOLD, has_state(u, 's') ? RED : GREEN,
			has_state(u, 'm') ? UNDERLINE : "");
	put(zone);
	printf("%s]", p->ctl->color ? RESET : "");
	p->line_open = p->any = true;
}

static void print_zone_status(struct printer *p, const struct control_unit *u)
{
	struct span type = item(u, CONTROL_TYPE), value = item(u, CONTROL_VALUE),
		    zone = item(u, CONTROL_ZONE);
	bool none = span_equal(value, span_of_text("-"));

	if (!p->line_open || !span_equal(zone, span_of_text(p->zone)))
		begin_zone(p, u);
	if (type.data == NULL ||
		(none && !p->ctl->extended && !span_equal(type, span_of_text("serial"))))
		return;
	fputs(p->line_items ? " | " : " ", stdout);
	put(type);
	fputs(": ", stdout);
	put_in_color(p, BOLD, value);
	p->line_items = true;
}

static void print_record(struct printer *p, const struct control_unit *u)
{
	char mark = mark_of(u);

	if (mark != 0)
		putchar(mark);
	put_zone_prefix(p, u);
	put(item(u, CONTROL_OWNER));
	put_after(u, CONTROL_TTL, " ");
	put_after(u, CONTROL_TYPE, " ");
	put_after(u, CONTROL_VALUE, " ");
	putchar('\n');
	p->any = true;
}

/* A further value stands alone on its line. */
static void print_item(struct printer *p, const struct control_unit *u)
{
	char mark = mark_of(u);
	bool extra = u->type == CONTROL_EXTRA;

	if (mark != 0)
		putchar(mark);
	if (!extra)
		put_place(u);
	put_after(u, CONTROL_VALUE, extra ? "" : " ");
	putchar('\n');
	p->any = true;
}

static void print_unit(struct printer *p, const struct control_unit *u)
{
	if (control_has(u, CONTROL_ERROR)) {
		print_error(p, u);
		return;
	}
	switch (p->layout) {
	case STATUS:
		print_status(p, u);
		break;
	case STATS:
		print_counter(p, u);
		break;
	case ZONE_STATUS:
		print_zone_status(p, u);
		break;
	case RECORDS:
		print_record(p, u);
		break;
	case SERIAL:
		put_zone_prefix(p, u);
		put(item(u, CONTROL_VALUE));
		putchar('\n');
		p->any = true;
		break;
	case ITEMS:
		print_item(p, u);
		break;
	default: /* nothing is expected */
		break;
	}
}

static void say_done(const struct printer *p)
{
	const char *name = p->command->name;

	if (strcmp(name, "stop") == 0)
		puts("Stopped");
	else if (strcmp(name, "reload") == 0)
		puts("Reloaded");
	else if (p->layout == STATUS && !p->any) /* older servers answer nothing */
		puts("Running");
	else if (!p->any && (p->command->flags & CTL_SAYS_OK))
		puts("OK");
}

int ctl_print(const struct ctl *ctl, const struct ctl_command *command, struct control *control,
	bool all_zones)
{
	struct printer p = { .ctl = ctl,
		.command = command,
		.layout = layout_of(command->name),
		.all_zones = all_zones };
	struct control_unit unit;
	int error;

	while ((error = control_receive(control, &unit)) == 0 && unit.type != CONTROL_BLOCK) {
		if (unit.type == CONTROL_END) {
			error = E_MALFORMED;
			break;
		}
		if (!p.failed) /* nothing after an error */
			print_unit(&p, &unit);
	}
	end_line(&p);
	if (error != 0) {
		fflush(stdout);
		tool_error("failed to control (%s)", err_text(error));
		return EXIT_FAILURE;
	}
	if (!p.failed)
		say_done(&p);
	return !p.failed && fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
