/*
 * fuzz_zonefile: the scanner, over zone files.
 *
 * Oracles: each record that is given is valid (lower-case owner, rdata that passes the check, a flag that tells the truth);
 * written as a line it scans back to the same record, also alone; a scan with so much text behind the file that all
 * short cuts are open gives the same records and errors.
 */
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "zonefile/scanner.h"
#include "zonefile/writer.h"
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

#define RECORDS_MAX 2000 /* $GENERATE can make any number */

static const uint8_t origin[] = "\7example";
static struct zonefile_record single;

struct run {
	struct buf lines;
	uint8_t last[DNS_NAME_MAX];
	bool has_last;
	bool check;
	size_t records;
	unsigned errors;
};

static void check_record(const struct zonefile_rr *rr)
{
	uint8_t lower[DNS_NAME_MAX];
	struct buf line = { 0 };
	const char *why;

	CHECK(dns_name_lower(rr->owner, lower) == dns_name_len(rr->owner));
	CHECK(memcmp(rr->owner, lower, dns_name_len(lower)) == 0);
	CHECK(dns_rdata_check(rr->type, rr->rdata) == 0);
	zonefile_write_rr(rr->owner, rr->ttl, rr->type, rr->rdata, &line);
	CHECK(line.error == 0);
	CHECK(zonefile_parse_rr(buf_span(&line), NULL, 0, &single, &why) == 0);
	CHECK(dns_name_equal(single.owner, rr->owner) && single.type == rr->type);
	/* An RRSIG's TTL is printed from its rdata. */
	CHECK(rr->type == DNS_TYPE_RRSIG || single.ttl == rr->ttl);
	CHECK(span_equal((struct span){ single.rdata, single.rdata_len }, rr->rdata));
	buf_deinit(&line);
}

static int take_record(void *ctx, const struct zonefile_rr *rr)
{
	struct run *run = ctx;

	CHECK(rr->line > 0);
	bool same = run->has_last && dns_name_equal(rr->owner, run->last);
	CHECK(run->errors > 0 ? same || !rr->same_owner : rr->same_owner == same);
	memcpy(run->last, rr->owner, dns_name_len(rr->owner));
	run->has_last = true;
	if (run->check)
		check_record(rr);
	zonefile_write_rr(rr->owner, rr->ttl, rr->type, rr->rdata, &run->lines);
	return ++run->records == RECORDS_MAX ? E_LIMIT : 0;
}

static void take_error(void *ctx, const char *file UNUSED, unsigned line, const char *why)
{
	struct run *run = ctx;

	CHECK(line > 0 && why != NULL && *why != 0);
	run->errors++;
	/* Where and what: the two runs have to agree. */
	buf_printf(&run->lines, "!%u %s\n", line, why);
}

static int scan(struct run *run, struct span text)
{
	const struct zonefile_options options = {
		.origin = origin, .default_ttl = 3600, .no_include = true
	};
	const struct zonefile_handler handler = { take_record, take_error, run };
	unsigned errors;

	int ret = zonefile_scan_text(text, "zone", &options, &handler, &errors);
	CHECK(errors == run->errors);
	CHECK(ret == 0 ? errors == 0 : ret == E_ZONEFILE ? errors > 0 : ret == E_LIMIT);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char padding[] =
		"\n;----------------------------------------------------------------------------"
		"-------------\n";
	struct run run = { .check = true }, padded = { 0 };
	struct buf text = { 0 };

	if (size > 20000)
		return 0;
	(void)scan(&run, (struct span){ data, size });

	/* What is left open at the end of the file swallows the padding or is ended by it: not the same then. */
	const char *seen = run.lines.data != NULL ? (const char *)run.lines.data : "";
	if (strstr(seen, "unbalanced") == NULL && size > 0 && data[size - 1] == '\n') {
		buf_append(&text, data, size);
		buf_text(&text, padding);
		CHECK(text.error == 0);
		(void)scan(&padded, buf_span(&text));
		CHECK(run.records == padded.records && run.errors == padded.errors);
		/* The line of an error in the last record may differ. */
		CHECK(run.errors > 0 || span_equal(buf_span(&run.lines), buf_span(&padded.lines)));
	}
	buf_deinit(&run.lines);
	buf_deinit(&padded.lines);
	buf_deinit(&text);
	return 0;
}
