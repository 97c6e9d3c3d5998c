/* kzonecheck: run the server's checks over a zone file. */
#include "base/file.h"
#include "base/log.h"
#include "base/product.h"
#include "dns/rrtype.h"
#include "tools/common.h"
#include "zone/check.h"
#include "zone/dump.h"
#include "zone/edit.h"
#include "zone/zonemd.h"
#include "zonefile/scanner.h"
#include <getopt.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#define THREADS_MAX 1024

struct job {
	const char *path;
	const char *origin;
	bool dnssec_forced, dnssec, zonemd, print, verbose;
	/* running */
	struct zone_edit *edit;
	unsigned counts[ZONE_FINDINGS];
	bool any;
	uint8_t apex[DNS_NAME_MAX];
	bool apex_found;
	uint32_t time; /* at which signatures have to be valid, 0: now */
	unsigned threads;
};

static void help(void)
{
	printf("Usage: kzonecheck [options] <filename>\n\n"
	       "Options:\n"
	       " -o, --origin <zone>    Zone name.\n"
	       "                          (default the owner of the first SOA)\n"
	       " -d, --dnssec <on|off>  Force DNSSEC checks on or off.\n"
	       "                          (default on when the zone is signed)\n"
	       " -j, --jobs <num>       Number of threads.\n"
	       " -t, --time <time>      Time at which signatures have to be valid: "
	       "YYYYMMDDHHMMSS,\n"
	       "                          Unix time, or from now: +N or -N with Y, M, D, h, m, s.\n"
	       " -z, --zonemd           Verify ZONEMD.\n"
	       " -p, --print            Print the zone.\n"
	       " -v, --verbose          Print debug messages.\n"
	       " -h, --help             Print the program help.\n"
	       " -V, --version          Print the program version.\n");
}

/* --- scanning --- */

static void tell_error(void *ctx, const char *file, unsigned line, const char *why)
{
	struct job *job = ctx;
	if (job->verbose)
		fprintf(stderr, "zone loader, error in zone, file '%s', line %u (%s)\n", file, line,
			why);
}

static int find_soa(void *ctx, const struct zonefile_rr *rr)
{
	struct job *job = ctx;
	if (rr->type != DNS_TYPE_SOA)
		return 0;
	memcpy(job->apex, rr->owner, dns_name_len(rr->owner));
	job->apex_found = true;
	return E_EOF;
}

static int take_record(void *ctx, const struct zonefile_rr *rr)
{
	struct job *job = ctx;
	struct zone_rr record = { rr->owner, rr->type, rr->ttl, rr->rdata };
	int ret = zone_edit_add(job->edit, &record);
	if (ret == E_OUTOFZONE) {
		char owner[DNS_NAME_TEXT_SIZE];
		dns_name_print(rr->owner, owner);
		fprintf(stderr, "warning: zone loader, ignoring out-of-zone data, owner %s\n",
			owner);
		return 0;
	}
	return ret == E_ISRECORD ? 0 : ret;
}

static void tell_finding(void *ctx, enum zone_check_level level, enum zone_finding finding,
	const uint8_t *owner, const char *info)
{
	struct job *job = ctx;
	char name[DNS_NAME_TEXT_SIZE];
	(void)level;
	dns_name_print(owner, name);
	fprintf(stderr, "[%s] %s%s\n", name, zone_finding_text(finding), info);
	job->counts[finding]++;
	job->any = true;
}

static int find_origin(struct job *job, struct span text)
{
	struct zonefile_options options = { .default_ttl = 3600 };
	struct zonefile_handler handler = { find_soa, NULL, job };
	uint8_t root[1] = { 0 };
	size_t len;
	if (job->origin != NULL) {
		if (dns_name_parse(span_of_text(job->origin), NULL, job->apex, &len) != 0) {
			tool_error("invalid zone name");
			return E_INVALID;
		}
		dns_name_lower(job->apex, job->apex);
		return 0;
	}
	options.origin = root;
	(void)!zonefile_scan_text(text, job->path, &options, &handler, NULL);
	if (!job->apex_found) {
		tool_error("failed to detect zone origin (missing SOA)");
		return E_INVALID;
	}
	return 0;
}

/* --- the checks --- */

static void summary(const struct job *job)
{
	fprintf(stderr, "\nError summary:\n");
	for (unsigned i = 0; i < ZONE_FINDINGS; i++) {
		if (job->counts[i] > 0)
			fprintf(stderr, "%4u\t%s\n", job->counts[i], zone_finding_text(i));
	}
}

static int check_view(struct job *job, const struct zone_snapshot *view)
{
	struct zone_check_options options = {
		.mode = ZONE_CHECK_ON,
		.dnssec_forced = job->dnssec_forced,
		.dnssec = job->dnssec,
		.verify = true,
		.time = job->time,
		.threads = job->threads,
	};
	int ret = zone_check(view, job->apex, &options, tell_finding, job);
	if (job->any)
		summary(job);
	if (ret != 0) {
		fputc('\n', stderr);
		tool_error("serious semantic error detected");
		return ret;
	}
	if (job->zonemd) {
		ret = zone_zonemd_verify(view);
		if (ret != 0) {
			tool_error("%s", ret == E_ZONEMDMISSING ? err_text(ret) : "invalid ZONEMD");
			return ret;
		}
	}
	if (job->print) {
		struct zone_dump_options dump = { .version = PRODUCT_VERSION };
		ret = zone_dump(view, &dump, stdout);
		if (ret != 0 || fflush(stdout) != 0) {
			tool_error("failed writing output (%s)",
				err_text(ret != 0 ? ret : err_errno()));
			return E_FILE;
		}
	}
	return job->any ? E_SEMCHECK : 0;
}

static int check_text(struct job *job, struct span text)
{
	TRY(find_origin(job, text));
	struct zone *zone = zone_new(job->apex);
	if (zone == NULL)
		return E_NOMEM;
	struct zonefile_options options = { .origin = job->apex, .default_ttl = 3600 };
	struct zonefile_handler handler = { take_record, tell_error, job };
	const struct zone_snapshot *view;
	int ret = zone_edit_begin_new(zone, &job->edit);
	if (ret == 0)
		ret = zonefile_scan_text(text, job->path, &options, &handler, NULL);
	if (ret == 0)
		ret = zone_edit_view(job->edit, &view);
	if (ret != 0)
		tool_error("failed to load the zone file");
	else
		ret = check_view(job, view);
	zone_edit_discard(job->edit);
	zone_free(zone);
	return ret;
}

static int run(struct job *job)
{
	struct file_map map;
	int ret = file_map_open(job->path, &map);
	if (ret != 0) {
		tool_error("failed to load the zone file (%s)", err_text(ret));
		return ret;
	}
	ret = check_text(job, map.bytes);
	file_map_close(&map);
	if (ret == 0 && job->verbose)
		printf("No error found\n");
	return ret;
}

/* --- arguments --- */

/* YYYYMMDDHHMMSS; seconds since the epoch; or, with a sign, from now, with a unit. */
static bool parse_time(const char *text, uint32_t *ret)
{
	static const char units[] = "YMDhms";
	static const int64_t worth[] = { 365 * 86400, 30 * 86400, 86400, 3600, 60, 1 };
	bool relative = *text == '+' || *text == '-';
	int64_t sign = *text == '-' ? -1 : 1, unit = 1;
	char *end;

	text += relative;
	if (*text < '0' || *text > '9')
		return false;
	if (!relative && strlen(text) == 14) {
		struct tm tm = { 0 };
		const char *rest = strptime(text, "%Y%m%d%H%M%S", &tm);
		*ret = (uint32_t)timegm(&tm);
		return rest != NULL && *rest == '\0';
	}
	int64_t n = (int64_t)strtoull(text, &end, 10);
	if (relative && *end != '\0' && strchr(units, *end) != NULL)
		unit = worth[strchr(units, *end++) - units];
	*ret = (uint32_t)(relative ? time(NULL) + sign * n * unit : n);
	return *end == '\0';
}

static int on_off(const char *text, bool *ret)
{
	*ret = strcmp(text, "on") == 0;
	return *ret || strcmp(text, "off") == 0 ? 0 : E_INVALID;
}

static unsigned default_threads(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	return cpus > 0 ? (unsigned)MIN(cpus, THREADS_MAX) : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "origin", required_argument, NULL, 'o' },
		{ "dnssec", required_argument, NULL, 'd' },
		{ "jobs", required_argument, NULL, 'j' }, { "zonemd", no_argument, NULL, 'z' },
		{ "time", required_argument, NULL, 't' }, { "print", no_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ "version", optional_argument, NULL, 'V' }, { 0 } };
	struct job job = { .threads = default_threads() };
	int opt;
	while ((opt = getopt_long(argc, argv, "o:d:j:zt:pvhV::", options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			job.origin = optarg;
			break;
		case 'd':
			job.dnssec_forced = true;
			if (on_off(optarg, &job.dnssec) != 0) {
				help();
				return EXIT_FAILURE;
			}
			break;
		case 'j':
			job.threads = (unsigned)MAX(atoi(optarg), 0);
			if (job.threads < 1 || job.threads > THREADS_MAX) {
				tool_error("invalid number of threads '%s'", optarg);
				return EXIT_FAILURE;
			}
			break;
		case 'z':
			job.zonemd = true;
			break;
		case 't':
			if (!parse_time(optarg, &job.time)) {
				tool_error("unknown time format");
				return EXIT_FAILURE;
			}
			break;
		case 'p':
			job.print = true;
			break;
		case 'v':
			job.verbose = true;
			break;
		case 'h':
			help();
			return EXIT_SUCCESS;
		case 'V':
			product_print_version("kzonecheck", optarg != NULL);
			return EXIT_SUCCESS;
		default:
			help();
			return EXIT_FAILURE;
		}
	}
	if (argc != optind + 1) {
		tool_error("expected zone file name");
		return EXIT_FAILURE;
	}
	job.path = argv[optind];
	rcu_register_thread();
	int ret = run(&job);
	rcu_unregister_thread();
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
