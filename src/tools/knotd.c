/* knotd: the server's command line. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/product.h"
#include "config.h"
#include "server/daemon.h"
#include "tools/source.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void print_help(void)
{
	printf("Usage: knotd [-c | -C <path>] [options]\n"
	       "\n"
	       "Config options:\n"
	       " -c, --config <file>        Textual configuration file.\n"
	       "                             (default " SOURCE_CONFIG ")\n"
	       " -C, --confdb <dir>         Configuration database directory.\n"
	       "                             (default " SOURCE_DATABASE ")\n"
	       "\n"
	       "Options:\n"
	       " -m, --max-conf-size <MiB>  Set maximum size of the configuration database, 1 to "
	       "10000.\n"
	       "                             (default %d MiB)\n"
	       " -s, --socket <path>        Use a remote control UNIX socket path.\n"
	       "                             (default " BOWLINE_RUN_DIR "/knot.sock)\n"
	       " -d, --daemonize=[dir]      Run the server as a daemon (with new root directory).\n"
	       " -v, --verbose              Enable debug output.\n"
	       " -h, --help                 Print the program help.\n"
	       " -V, --version              Print the program version (-VV: with the build "
	       "configuration).\n",
		SOURCE_MAP_SIZE);
}

static int usage(void)
{
	print_help();
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "confdb", required_argument, NULL, 'C' },
		{ "max-conf-size", required_argument, NULL, 'm' },
		{ "socket", required_argument, NULL, 's' },
		{ "daemonize", optional_argument, NULL, 'd' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", optional_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon_options run = { .map_size = SOURCE_MAP_SIZE, .directory = "/" };
	int versions = 0;
	int option;

	while ((option = getopt_long(argc, argv, "c:C:m:s:dvhV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			run.config = optarg;
			break;
		case 'C':
			run.database = optarg;
			break;
		case 'm':
			run.map_size = source_parse_size(optarg);
			if (run.map_size == 0)
				return usage();
			break;
		case 's':
			run.socket = optarg;
			break;
		case 'd':
			run.background = true;
			if (optarg != NULL)
				run.directory = optarg;
			break;
		case 'v':
			run.verbose = true;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			versions += optarg != NULL ? 2 : 1;
			break;
		default:
			return usage();
		}
	}
	if (versions > 0) {
		product_print_version("knotd", versions > 1);
		return EXIT_SUCCESS;
	}
	if (optind != argc)
		return usage();
	struct source source = { run.config, run.database, run.map_size };
	if (source_choose(&source, false) != 0) {
		log_critical("ambiguous configuration source");
		return EXIT_FAILURE;
	}
	run.config = source.config;
	run.database = source.database;
	return daemon_run(&run);
}
