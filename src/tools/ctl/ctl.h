/*
 * tools/ctl: knotc.
 *
 *	main, interactive --> ctl_run: row of the table by name --> request (units from arguments) --> print (answer units to lines)
 *	                                                       `--> local (no server needed)
 *
 * One connection a command. Errors of the program itself go to standard error; what the server says, to standard output.
 *
 * Threads  one. Functions run by the table return the exit code, and have told of errors.
 */
#pragma once
#include "control/control.h"
#include "tools/source.h"

struct ctl {
	struct source source;
	const char *socket; /* -s; NULL: from the configuration */
	bool has_timeout;
	unsigned timeout; /* s, 0: none */
	bool blocking, force, extended, color, verbose;
	bool color_always;
};

enum ctl_flags {
	CTL_BLOCKS = 1 << 0,      /* honours -b */
	CTL_FORCES = 1 << 1,      /* honours -f */
	CTL_SAYS_OK = 1 << 2,     /* when there's no other output */
	CTL_NAMES_ZONES = 1 << 3, /* needs zones, or -- */
	CTL_LOCAL = 1 << 4,       /* asks no server */
	CTL_NEEDS_FORCE = 1 << 5,
};

/* A word beginning with +. */
struct ctl_filter {
	const char *name;
	char letter;
	bool has_value; /* in the next word, goes to DATA */
};

struct ctl_command;
typedef int (*ctl_runner)(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
struct ctl_command {
	const char *name;
	ctl_runner run; /* returns the exit code */
	unsigned flags;
	const char *arguments, *help;
	const struct ctl_filter *filters; /* ended by one without name; NULL: none */
	/* What may stand in the place of arguments, for completion. */
	enum ctl_words {
		CTL_NOTHING,
		CTL_ZONES,
		CTL_ITEMS,
		CTL_ITEMS_IN_TXN,
		CTL_DETAILS,
		CTL_PATHS,
		CTL_COMMANDS
	} words;
};
extern const struct ctl_command
	ctl_commands[]; /* ended by one without name; without run: a blank line of the help */
const struct ctl_command *ctl_find(const char *name); /* NULL: none */
void ctl_list(void);
/* Run a command line: name and arguments. Returns the exit code. */
int ctl_run(const struct ctl *ctl, int argc, char **argv);
int ctl_interactive(const struct ctl *ctl);
const struct ctl_filter *ctl_find_filter(const struct ctl_command *command, const char *word);

/* --- ctl/request.c --- */

/* Connect to the server, as options and configuration say. An error is told. */
MUST_USE int ctl_connect(const struct ctl *ctl, struct control **ret);
int ctl_run_status(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_server(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_stats(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_zones(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_rollover(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_zone_stats(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_serial(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_records(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_change(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_transaction(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_items(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_values(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);

/* --- ctl/local.c --- */

/* Load the chosen configuration. An error is told. */
struct conf;
MUST_USE int ctl_load_conf(const struct source *source, struct conf **ret);
int ctl_run_conf_init(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_conf_check(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_conf_import(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_conf_export(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);
int ctl_run_zone_check(
	const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv);

/* --- ctl/print.c --- */

/* Receive one answer and print it. Returns the exit code; *end: END came with it. */
int ctl_print(const struct ctl *ctl, const struct ctl_command *command, struct control *control,
	bool all_zones);

/* --- ctl/item.c --- */

/* "section[id].item" taken apart; absent parts have data NULL. The text is changed (escapes). NULL, or what is wrong. */
struct ctl_item {
	struct span section, id, item;
};
const char *ctl_parse_item(char *text, struct ctl_item *ret);

/* --- ctl/complete.c --- */

struct editline;
/* The key's function for libedit. */
unsigned char ctl_complete(struct editline *el, int key);
