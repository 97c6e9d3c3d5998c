/*
 * bench/parse: the zone file scanner alone, without sockets and without a zone.
 *
 *	parse ZONE-NAME ZONE-FILE [ROUNDS]
 *
 * Scans the file ROUNDS times (default 5) from memory, rdata parsing included, and prints records, MB/s (10^6 octets)
 * and nanoseconds per record of each round and of the best one. The file is read once before, so that no round waits for the disk.
 */
#include "base/file.h"
#include "dns/name.h"
#include "zonefile/scanner.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct count {
	size_t records, octets;
};

static int take_record(void *ctx, const struct zonefile_rr *rr)
{
	struct count *count = ctx;

	count->records++;
	count->octets += rr->rdata.len;
	return 0;
}

static void tell_error(void *ctx UNUSED, const char *file, unsigned line, const char *why)
{
	fprintf(stderr, "parse: %s:%u: %s\n", file, line, why);
}

/* CPU time: what other processes do doesn't count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run(const uint8_t *origin, const char *path, struct span text, long rounds)
{
	const struct zonefile_options options = { .origin = origin, .default_ttl = 3600 };
	double best = 0;
	struct count count = { 0 };

	for (long i = 0; i < rounds; i++) {
		count = (struct count){ 0 };
		const struct zonefile_handler handler = { take_record, tell_error, &count };
		double begin = now();
		int ret = zonefile_scan_text(text, path, &options, &handler, NULL);
		double seconds = now() - begin;
		if (ret != 0) {
			fprintf(stderr, "parse: %s: %s\n", path, err_text(ret));
			return EXIT_FAILURE;
		}
		printf("%zu records, %.0f MB/s\n", count.records, (double)text.len / 1e6 / seconds);
		if (best == 0 || seconds < best)
			best = seconds;
	}
	printf("best: %.0f MB/s, %.1f ns a record, %.1f octets of text and %.1f of rdata a "
	       "record\n",
		(double)text.len / 1e6 / best, best * 1e9 / (double)count.records,
		(double)text.len / (double)count.records,
		(double)count.octets / (double)count.records);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	uint8_t origin[DNS_NAME_MAX];
	size_t len;
	struct file_map map;
	long rounds = argc > 3 ? atol(argv[3]) : 5;

	if (argc < 3 || argc > 4 || rounds < 1 ||
		dns_name_parse_lower(span_of_text(argv[1]), NULL, origin, &len) != 0) {
		fprintf(stderr, "Usage: parse ZONE-NAME ZONE-FILE [ROUNDS]\n");
		return EXIT_FAILURE;
	}
	int ret = file_map_open(argv[2], &map);
	if (ret != 0) {
		fprintf(stderr, "parse: %s: %s\n", argv[2], err_text(ret));
		return EXIT_FAILURE;
	}
	uint8_t sum = 0;
	for (size_t i = 0; i < map.bytes.len; i += 4096)
		sum ^= map.bytes.data[i];
	__asm__ volatile("" : : "r"(sum)); /* the pages are read for their own sake */
	ret = run(origin, argv[2], map.bytes, rounds);
	file_map_close(&map);
	return ret;
}
