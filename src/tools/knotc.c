/* knotc: the control utility's command line. */
#include "base/log.h"
#include "base/product.h"
#include "config.h"
#include "tools/ctl/ctl.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMEOUT_MAX = 86400 }; /* s */

static void print_help(void)
{
	printf("Usage: knotc [-c | -C <path>] [options] <command> [<argument>...]\n"
	       "\n"
	       "Config options:\n"
	       " -c, --config <file>        Textual configuration file.\n"
	       "                             (default " SOURCE_CONFIG ")\n"
	       " -C, --confdb <dir>         Configuration database directory.\n"
	       "                             (default " SOURCE_DATABASE ")\n"
	       " -m, --max-conf-size <MiB>  Set maximum size of the configuration database, 1 to "
	       "10000.\n"
	       "                             (default %d MiB)\n"
	       "\n"
	       "Options:\n"
	       " -s, --socket <path>        Control UNIX socket path.\n"
	       "                             (default " BOWLINE_RUN_DIR "/knot.sock)\n"
	       " -t, --timeout <sec>        Control timeout, 0 for infinity.\n"
	       "                             (default 60 seconds)\n"
	       " -b, --blocking             Zone event trigger commands wait until the event is "
	       "finished.\n"
	       " -e, --extended             Show extended output (even empty items).\n"
	       " -f, --force                Forced operation. Overrides some checks.\n"
	       " -x, --mono                 Don't color the output.\n"
	       " -X, --color                Force output colorization.\n"
	       " -v, --verbose              Enable debug output.\n"
	       " -h, --help                 Print the program help.\n"
	       " -V, --version              Print the program version.\n"
	       "\n",
		SOURCE_MAP_SIZE);
	ctl_list();
	printf("\n"
	       "Note:\n"
	       " Use @ owner to denote the zone name.\n"
	       " Use '--' to execute the command for all zones.\n"
	       " The item is in the form of 'section[id].item', 'section.item', 'section[id]', or "
	       "'section'.\n"
	       " (*) indicates a local operation which requires a configuration.\n"
	       " (#) indicates an optionally blocking operation.\n");
}

static int usage(void)
{
	print_help();
	return EXIT_FAILURE;
}

static bool parse_timeout(const char *text, struct ctl *ctl)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	ctl->timeout = (unsigned)MIN(n, (unsigned long)TIMEOUT_MAX + 1);
	ctl->has_timeout = true;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= TIMEOUT_MAX;
}

/* 0: go on, else the exit code plus one. */
static int take_option(struct ctl *ctl, int option, const char *argument, bool *mono)
{
	switch (option) {
	case 'c':
		ctl->source.config = argument;
		break;
	case 'C':
		ctl->source.database = argument;
		break;
	case 'm':
		ctl->source.map_size = source_parse_size(argument);
		if (ctl->source.map_size == 0)
			return 1 + usage();
		break;
	case 's':
		ctl->socket = argument;
		break;
	case 't':
		if (!parse_timeout(argument, ctl))
			return 1 + usage();
		break;
	case 'b':
		ctl->blocking = true;
		break;
	case 'e':
		ctl->extended = true;
		break;
	case 'f':
		ctl->force = true;
		break;
	case 'x':
		*mono = true;
		break;
	case 'X':
		ctl->color_always = true;
		break;
	case 'v':
		ctl->verbose = true;
		break;
	case 'h':
		print_help();
		return 1 + EXIT_SUCCESS;
	case 'V':
		product_print_version("knotc", argument != NULL);
		return 1 + EXIT_SUCCESS;
	default:
		return 1 + usage();
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "confdb", required_argument, NULL, 'C' },
		{ "max-conf-size", required_argument, NULL, 'm' },
		{ "socket", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "blocking", no_argument, NULL, 'b' },
		{ "extended", no_argument, NULL, 'e' },
		{ "force", no_argument, NULL, 'f' },
		{ "mono", no_argument, NULL, 'x' },
		{ "color", no_argument, NULL, 'X' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", optional_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct ctl ctl = { .source = { .map_size = SOURCE_MAP_SIZE } };
	bool mono = false;
	int option;

	/* Options end where the command begins: what follows is the command's. */
	while ((option = getopt_long(argc, argv, "+c:C:m:s:t:befxXvhV::", options, NULL)) != -1) {
		int done = take_option(&ctl, option, optarg, &mono);
		if (done != 0)
			return done - 1;
	}
	ctl.color = ctl.color_always || (!mono && !ctl.extended && isatty(STDOUT_FILENO));
	log_configure_tool(ctl.verbose ? LOG_DEBUGGING : LOG_NOTE);
	if (optind == argc)
		return ctl_interactive(&ctl);
	return ctl_run(&ctl, argc - optind, argv + optind);
}
