/*
 * bench/replay: the answer function alone, without sockets.
 *
 *	replay ZONE-NAME ZONE-FILE QUERIES COUNT [BATCH]
 *
 * Loads the zone, makes a wire query of each line of QUERIES ("name type [edns] [do]"), answers COUNT of them
 * in turn, and prints how many octets the responses had, a checksum, and the time that each took. Run under an instruction
 * counter with two COUNTs, the difference divided by that of the counts is the cost of a query: see replay-instructions.
 * Over a zone that no cache holds the time tells what memory costs: see lookup.
 */
#include "answer/answer.h"
#include "answer/counters.h"
#include "base/err.h"
#include "dns/rrtype.h"
#include "zone/edit.h"
#include "zonefile/scanner.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <urcu-qsbr.h>

struct query {
	size_t len;
	uint8_t wire[300];
};

struct queries {
	struct query *items;
	size_t count;
};

static void *memory_alloc(void *ctx UNUSED, size_t size)
{
	return aligned_alloc(64, (size + 63) & ~(size_t)63);
}

static void memory_free(void *ctx UNUSED, void *ptr, size_t size UNUSED)
{
	free(ptr);
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	return 1;
}

/* "name type [edns] [do]" to wire form. */
static int query_parse(char *line, struct query *ret)
{
	char *save = NULL;
	const char *name = strtok_r(line, " \t\n", &save), *type = strtok_r(NULL, " \t\n", &save),
		   *word;
	bool is_edns = false, is_do = false;
	size_t len;
	uint16_t code;

	if (name == NULL || type == NULL)
		return E_INVALID;
	while ((word = strtok_r(NULL, " \t\n", &save)) != NULL) {
		is_do |= strcmp(word, "do") == 0;
		is_edns |= is_do || strcmp(word, "edns") == 0;
	}
	TRY(dns_type_parse(span_of_text(type), &code));
	*ret = (struct query){ .wire = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, is_edns } };
	TRY(dns_name_parse(span_of_text(name), NULL, ret->wire + 12, &len));
	uint8_t *p = ret->wire + 12 + len;
	write_u16(p, code);
	write_u16(p + 2, DNS_CLASS_IN);
	p += 4;
	if (is_edns) {
		const uint8_t opt[] = { 0, 0, DNS_TYPE_OPT, 0x04, 0xd0, 0, 0, is_do ? 0x80 : 0, 0,
			0, 0 };
		memcpy(p, opt, sizeof(opt));
		p += sizeof(opt);
	}
	ret->len = (size_t)(p - ret->wire);
	return 0;
}

static int queries_read(const char *path, struct queries *ret)
{
	char line[2048];
	FILE *file = fopen(path, "r");
	size_t cap = 0;

	if (file == NULL)
		return err_errno();
	while (fgets(line, sizeof(line), file) != NULL) {
		if (ret->count == cap) {
			cap = cap != 0 ? 2 * cap : 1024;
			ret->items = realloc(ret->items, cap * sizeof(*ret->items));
			if (ret->items == NULL)
				abort();
		}
		if (query_parse(line, &ret->items[ret->count]) == 0)
			ret->count++;
	}
	fclose(file);
	return ret->count > 0 ? 0 : E_FEWDATA;
}

static int record_add(void *ctx, const struct zonefile_rr *rr)
{
	int result =
		zone_edit_add(ctx, &(struct zone_rr){ rr->owner, rr->type, rr->ttl, rr->rdata });
	return result == E_ISRECORD ? 0 : result;
}

static int zone_fill(struct zone *zone, const char *file)
{
	OWNED(zone_edit) edit = NULL;
	const struct zonefile_options options = { .origin = zone->name, .default_ttl = 3600 };

	TRY(zone_edit_begin_new(zone, &edit));
	const struct zonefile_handler handler = { .record = record_add, .ctx = edit };
	TRY(zonefile_scan(file, &options, &handler, NULL));
	return zone_edit_commit(TAKE(edit));
}

/* A view of the one zone. */
static int view_init(struct answer_view *view, const char *name_text, const char *file)
{
	struct trie_edit edit = { .number = 1,
		.mem = { memory_alloc, memory_free, memory_free, NULL } };
	uint8_t name[DNS_NAME_MAX];
	struct trie_key key;
	size_t len;
	void *old;

	TRY(dns_name_parse(span_of_text(name_text), NULL, name, &len));
	dns_name_lower(name, name);
	struct zone *zone = zone_new(name);
	struct answer_zone *place = calloc(1, sizeof(*place) + len);
	if (zone == NULL || place == NULL)
		return E_NOMEM;
	TRY(zone_fill(zone, file));
	place->zone = zone;
	place->name_len = (uint8_t)len;
	memcpy(place->name, name, len);
	edit.trie.name_offset = ANSWER_ZONE_NAME_OFFSET;
	trie_key_of(name, &key);
	TRY(trie_set(&edit, &key, place, 0, &old));
	*view = (struct answer_view){ .settings = { .payload_ipv4 = 1232, .payload_ipv6 = 1232 },
		.zones = edit.trie };
	return 0;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* As a worker that has received so many at once. */
static void batch_prefetch(
	const struct answer_view *view, const struct queries *queries, size_t next, size_t count)
{
	struct span requests[ANSWER_BATCH_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct query *q = &queries->items[(next + i) % queries->count];
		requests[i] = (struct span){ q->wire, q->len };
	}
	(void)!answer_prefetch(view, requests, (unsigned)count);
}

int main(int argc, char **argv)
{
	static uint8_t out[65535];
	struct queries queries = { 0 };
	struct answer_view view;
	struct answer_thread *thread;
	const struct answer_client client = { .transport = ANSWER_UDP };
	int result;

	if (argc != 5 && argc != 6)
		return fail("usage", "replay ZONE-NAME ZONE-FILE QUERIES COUNT [BATCH]");
	rcu_register_thread();
	if ((result = view_init(&view, argv[1], argv[2])) != 0)
		return fail(argv[2], err_text(result));
	if ((result = queries_read(argv[3], &queries)) != 0)
		return fail(argv[3], err_text(result));
	if ((result = answer_thread_new(0, &thread)) != 0)
		return fail("thread", err_text(result));

	size_t count = strtoul(argv[4], NULL, 10), next = 0;
	size_t batch = argc == 6 ? MIN(strtoul(argv[5], NULL, 10), (size_t)ANSWER_BATCH_MAX) : 1;
	uint64_t octets = 0, sum = 0;
	const double begin = now_ns();
	for (size_t i = 0; i < count; i++) {
		const struct query *q = &queries.items[next];
		if (batch > 1 && i % batch == 0)
			batch_prefetch(&view, &queries, next, batch);
		next = next + 1 < queries.count ? next + 1 : 0;
		size_t len = answer_message(
			&view, thread, &client, (struct span){ q->wire, q->len }, out, 4096);
		octets += len;
		if (len >= 12)
			sum = sum * 31 + read_u64(out + len - 8) + read_u64(out + 4);
	}
	const double each = (now_ns() - begin) / (double)MAX(count, (size_t)1);
	const struct answer_counters *counters = answer_thread_counters(thread);
	printf("%zu queries, %llu octets, checksum %016llx, noerror %llu, nxdomain %llu, truncated "
	       "%llu, %.1f ns each\n",
		count, (unsigned long long)octets, (unsigned long long)sum,
		(unsigned long long)counters->rcodes[0], (unsigned long long)counters->rcodes[3],
		(unsigned long long)counters->truncated, each);
	rcu_unregister_thread();
	return 0;
}
