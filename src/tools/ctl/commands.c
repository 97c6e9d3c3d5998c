/* knotc: the table of commands. */
#include "base/err.h"
#include "tools/common.h"
#include "tools/ctl/ctl.h"
#include <stdlib.h>

static const struct ctl_filter status_filters[] = { { "+role", 'r', false },
	{ "+serial", 's', false }, { "+transaction", 't', false }, { "+freeze", 'f', false },
	{ "+catalog", 'c', false }, { "+events", 'e', false }, { NULL } };
static const struct ctl_filter flush_filters[] = { { "+outdir", 'd', true }, { NULL } };
static const struct ctl_filter begin_filters[] = { { "+benevolent", 'b', false }, { NULL } };
static const struct ctl_filter submitted_filters[] = { { "+ttl", 't', true }, { NULL } };
static const struct ctl_filter backup_filters[] = { { "+backupdir", 'd', true },
	{ "+zonefile", 'z', false }, { "+nozonefile", 'Z', false }, { "+journal", 'j', false },
	{ "+nojournal", 'J', false }, { "+timers", 't', false }, { "+notimers", 'T', false },
	{ "+kaspdb", 'k', false }, { "+nokaspdb", 'K', false }, { "+keysonly", 'o', false },
	{ "+nokeysonly", 'O', false }, { "+catalog", 'c', false }, { "+nocatalog", 'C', false },
	{ "+quic", 'q', false }, { "+noquic", 'Q', false }, { NULL } };
static const struct ctl_filter purge_filters[] = { { "+expire", 'e', false },
	{ "+zonefile", 'f', false }, { "+journal", 'j', false }, { "+timers", 't', false },
	{ "+keys", 'y', false }, { "+kaspdb", 'k', false }, { "+catalog", 'c', false },
	{ "+orphan", 'o', false }, { NULL } };
/* The letters of local commands mean nothing to a server. */
static const struct ctl_filter import_filters[] = { { "+nopurge", 'n', false }, { NULL } };
static const struct ctl_filter export_filters[] = { { "+schema", 's', false }, { NULL } };

static int run_exit(const struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	(void)ctl;
	(void)command;
	(void)argc;
	(void)argv;
	return EXIT_FAILURE;
}

enum { OK = CTL_SAYS_OK, B = CTL_BLOCKS, F = CTL_FORCES, Z = CTL_NAMES_ZONES, L = CTL_LOCAL };

const struct ctl_command ctl_commands[] = {
	{ "exit", run_exit, L, "", "Exit interactive mode.", NULL, CTL_NOTHING },
	{ "", NULL, 0, "", "", NULL, CTL_NOTHING },
	{ "status", ctl_run_status, 0, "[<detail>]", "Check if the server is running.", NULL,
		CTL_DETAILS },
	{ "stop", ctl_run_server, 0, "", "Stop the server if running.", NULL, CTL_NOTHING },
	{ "reload", ctl_run_server, 0, "", "Reload the server configuration and modified zones.",
		NULL, CTL_NOTHING },
	{ "stats", ctl_run_stats, F, "[<module>[.<counter>]]", "Show global statistics counter(s).",
		NULL, CTL_NOTHING },
	{ "", NULL, 0, "", "", NULL, CTL_NOTHING },
	{ "zone-check", ctl_run_zone_check, L, "[<zone>...]",
		"Check if the zone can be loaded. (*)", NULL, CTL_ZONES },
	{ "zone-status", ctl_run_zones, 0, "[<zone>...] [<filter>...]", "Show the zone status.",
		status_filters, CTL_ZONES },
	{ "zone-reload", ctl_run_zones, OK | B | F, "[<zone>...]",
		"Reload a zone from a disk without checking its modification time. (#)", NULL,
		CTL_ZONES },
	{ "zone-refresh", ctl_run_zones, OK | B, "[<zone>...]", "Force slave zone refresh. (#)",
		NULL, CTL_ZONES },
	{ "zone-notify", ctl_run_zones, OK | B, "[<zone>...]",
		"Send a NOTIFY message to all configured remotes. (#)", NULL, CTL_ZONES },
	{ "zone-retransfer", ctl_run_zones, OK | B, "[<zone>...]",
		"Force slave zone retransfer (no serial check). (#)", NULL, CTL_ZONES },
	{ "zone-flush", ctl_run_zones, OK | B | F, "[<zone>...] [<filter>...]",
		"Flush zone journal into the zone file. (#)", flush_filters, CTL_ZONES },
	{ "zone-backup", ctl_run_zones, OK | B | F, "[<zone>...] [<filter>...] +backupdir <dir>",
		"Backup zone data and metadata. (#)", backup_filters, CTL_ZONES },
	{ "zone-restore", ctl_run_zones, OK | B | F, "[<zone>...] [<filter>...] +backupdir <dir>",
		"Restore zone data and metadata. (#)", backup_filters, CTL_ZONES },
	{ "zone-sign", ctl_run_zones, OK | B, "[<zone>...]",
		"Re-sign the automatically signed zone. (#)", NULL, CTL_ZONES },
	{ "zone-validate", ctl_run_zones, OK | B, "[<zone>...]",
		"Trigger a DNSSEC validation of the zone. (#)", NULL, CTL_ZONES },
	{ "zone-keys-load", ctl_run_zones, OK | B, "[<zone>...]",
		"Re-load keys from KASP database, sign the zone. (#)", NULL, CTL_ZONES },
	{ "zone-key-rollover", ctl_run_rollover, OK | B, "<zone> ksk|zsk",
		"Trigger immediate key rollover. (#)", NULL, CTL_ZONES },
	{ "zone-ksk-submitted", ctl_run_zones, OK | Z, "<zone>... [<filter>...]",
		"When KSK submission, confirm KSK presence in parent.", submitted_filters,
		CTL_ZONES },
	{ "zone-freeze", ctl_run_zones, OK | B, "[<zone>...]",
		"Temporarily postpone automatic zone-changing events. (#)", NULL, CTL_ZONES },
	{ "zone-thaw", ctl_run_zones, OK | B, "[<zone>...]", "Dismiss zone freeze. (#)", NULL,
		CTL_ZONES },
	{ "zone-xfr-freeze", ctl_run_zones, OK, "[<zone>...]",
		"Temporarily disable outgoing AXFR/IXFR.", NULL, CTL_ZONES },
	{ "zone-xfr-thaw", ctl_run_zones, OK, "[<zone>...]", "Dismiss outgoing XFR freeze.", NULL,
		CTL_ZONES },
	{ "", NULL, 0, "", "", NULL, CTL_NOTHING },
	{ "zone-read", ctl_run_records, 0, "<zone> [<owner> [<type>]]",
		"Get zone data that are currently being presented.", NULL, CTL_ZONES },
	{ "zone-begin", ctl_run_zones, OK | Z, "<zone>... [<filter>...]",
		"Begin a zone transaction.", begin_filters, CTL_ZONES },
	{ "zone-commit", ctl_run_zones, OK | Z, "<zone>...", "Commit the zone transaction.", NULL,
		CTL_ZONES },
	{ "zone-abort", ctl_run_zones, OK | Z, "<zone>...", "Abort the zone transaction.", NULL,
		CTL_ZONES },
	{ "zone-diff", ctl_run_records, 0, "<zone>", "Get zone changes within the transaction.",
		NULL, CTL_ZONES },
	{ "zone-get", ctl_run_records, 0, "<zone> [<owner> [<type>]]",
		"Get zone data within the transaction.", NULL, CTL_ZONES },
	{ "zone-set", ctl_run_change, OK | F, "<zone> <owner> [<ttl>] <type> <rdata>",
		"Add zone record within the transaction.", NULL, CTL_ZONES },
	{ "zone-unset", ctl_run_change, OK, "<zone> <owner> [<type> [<rdata>]]",
		"Remove zone data within the transaction.", NULL, CTL_ZONES },
	{ "zone-purge", ctl_run_zones, OK | B | F | Z | CTL_NEEDS_FORCE, "<zone>... [<filter>...]",
		"Purge zone data, zone file, journal, timers, and/or KASP data. (#)", purge_filters,
		CTL_ZONES },
	{ "zone-stats", ctl_run_zone_stats, F, "<zone> [<module>[.<counter>]]",
		"Show zone statistics counter(s).", NULL, CTL_ZONES },
	{ "zone-serial-set", ctl_run_serial, OK | B | F, "<zone> [[+]<serial>]",
		"Set or increment the SOA serial.", NULL, CTL_ZONES },
	{ "", NULL, 0, "", "", NULL, CTL_NOTHING },
	{ "conf-init", ctl_run_conf_init, L, "", "Initialize the confdb. (*)", NULL, CTL_NOTHING },
	{ "conf-check", ctl_run_conf_check, L, "", "Check the server configuration. (*)", NULL,
		CTL_NOTHING },
	{ "conf-import", ctl_run_conf_import, L, "<filename> [+nopurge]",
		"Import a config file into the confdb. (*)", import_filters, CTL_PATHS },
	{ "conf-export", ctl_run_conf_export, L, "[<filename>] [+schema]",
		"Export the confdb (or JSON schema) into a file or stdout. (*)", export_filters,
		CTL_PATHS },
	{ "conf-list", ctl_run_items, 0, "[<item>...]",
		"List the confdb sections or section items.", NULL, CTL_ITEMS },
	{ "conf-read", ctl_run_items, 0, "[<item>...]", "Get the item from the active confdb.",
		NULL, CTL_ITEMS },
	{ "conf-begin", ctl_run_transaction, OK, "", "Begin a writing confdb transaction.", NULL,
		CTL_NOTHING },
	{ "conf-commit", ctl_run_transaction, OK, "", "Commit the confdb transaction.", NULL,
		CTL_NOTHING },
	{ "conf-abort", ctl_run_transaction, OK, "", "Rollback the confdb transaction.", NULL,
		CTL_NOTHING },
	{ "conf-diff", ctl_run_items, 0, "[<item>...]",
		"Get the item difference in the transaction.", NULL, CTL_ITEMS_IN_TXN },
	{ "conf-get", ctl_run_items, 0, "[<item>...]", "Get the item data from the transaction.",
		NULL, CTL_ITEMS_IN_TXN },
	{ "conf-set", ctl_run_values, OK, "<item> [<data>...]",
		"Set the item data in the transaction.", NULL, CTL_ITEMS_IN_TXN },
	{ "conf-unset", ctl_run_values, OK, "[<item>] [<data>...]",
		"Unset the item data in the transaction.", NULL, CTL_ITEMS_IN_TXN },
	{ NULL },
};

const struct ctl_command *ctl_find(const char *name)
{
	for (const struct ctl_command *c = ctl_commands; c->name != NULL; c++) {
		if (c->run != NULL && strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

const struct ctl_filter *ctl_find_filter(const struct ctl_command *command, const char *word)
{
	for (const struct ctl_filter *f = command->filters; f != NULL && f->name != NULL; f++) {
		if (strcmp(f->name, word) == 0)
			return f;
	}
	return NULL;
}

void ctl_list(void)
{
	puts("Commands:");
	for (const struct ctl_command *c = ctl_commands; c->name != NULL; c++) {
		if (c->run == NULL)
			putchar('\n');
		else
			printf(" %-18s %-38s %s\n", c->name, c->arguments, c->help);
	}
}

/* -b and -f may stand behind the command's name. */
static int take_options(struct ctl *ctl, int argc, char **argv)
{
	int at = 0;

	for (; at < argc; at++) {
		if (strcmp(argv[at], "-b") == 0 || strcmp(argv[at], "--blocking") == 0)
			ctl->blocking = true;
		else if (strcmp(argv[at], "-f") == 0 || strcmp(argv[at], "--force") == 0)
			ctl->force = true;
		else
			break;
	}
	return at;
}

int ctl_run(const struct ctl *ctl, int argc, char **argv)
{
	struct ctl options = *ctl;
	const struct ctl_command *command = ctl_find(argv[0]);

	if (command == NULL) {
		tool_error("invalid command '%s'", argv[0]);
		return EXIT_FAILURE;
	}
	int skip = 1 + take_options(&options, argc - 1, argv + 1);
	return command->run(&options, command, argc - skip, argv + skip);
}
