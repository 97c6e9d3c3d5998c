/*
 * Memory runs out at the nth allocation, n = 1, 2, ... until the operation passes: in loading, in edits and their commits.
 * What was published before stays as it was each time, nothing leaks, and a call that failed can be made again.
 */
#include "test_faults.h"

#include "base/buf.h"
#include "base/log.h"
#include "zone/edit.h"
#include "zone/load.h"
#include "zone/version.h"
#include "zonefile/scanner.h"
#include <fcntl.h>
#include <unistd.h>

static const uint8_t apex[] = "\7example";

/* Records as lines of a zone file, in the order in which they are given to an edit; one after a minus is removed. */
static const char *const old_lines[] = { "@ SOA ns h 1 2 3 4 5", "@ NS ns", "ns A 192.0.2.1",
	"b.a TXT old", "*.w TXT w" };

/* Names come again after others (they are put together), in no order, with duplicates; NSEC3s with signatures. */
#define SIGNATURE                                                                                 \
	"h8ikq33oluf02d981e8ptp2pilmheth0 RRSIG NSEC3 13 2 60 20300101000000 20200101000000 1 @ " \
	"AA=="
static const char *const new_lines[] = {
	"z TXT 1",
	"@ SOA ns h 2 2 3 4 5",
	"@ NS ns",
	"a TXT 1",
	"z TXT 2",
	"ns A 192.0.2.1",
	"a TXT 1",
	"b.a TXT 1",
	"60000000000000000000000000000000 NSEC3 1 0 0 - h8ikq33oluf02d981e8ptp2pilmheth0 A",
	"a TXT 2",
	"-b.a TXT 1",
	"h8ikq33oluf02d981e8ptp2pilmheth0 NSEC3 1 0 0 - 60000000000000000000000000000000 A",
	SIGNATURE,
	"*.w TXT w",
	"b.a TXT 3",
	"y.x A 192.0.2.9",
	"-y.x A 192.0.2.9",
	"z TXT 3",
};

static const char *const edit_lines[] = {
	"-@ SOA ns h 1 2 3 4 5",
	"@ SOA ns h 2 2 3 4 5",
	"-b.a TXT old",
	"c.b.a TXT new",
	"w AAAA 2001:db8::1",
	"60000000000000000000000000000000 NSEC3 1 0 0 - 60000000000000000000000000000000 A",
	"-*.w TXT w",
	"ns A 192.0.2.2",
	"x TXT x",
	"-x TXT x",
	"c.b.a TXT more",
};

#define MANY 2000 /* names of a zone that takes several chunks, and the large sort */

struct step {
	bool remove;
	struct zone_rr rr;
	uint8_t owner[DNS_NAME_MAX], rdata[128];
};

static int take_step(void *ctx, const struct zonefile_rr *rr)
{
	struct step *s = ctx;
	memcpy(s->owner, rr->owner, dns_name_len(rr->owner));
	memcpy(s->rdata, rr->rdata.data, rr->rdata.len);
	s->rr = (struct zone_rr){ s->owner, rr->type, rr->ttl, { s->rdata, rr->rdata.len } };
	return 0;
}

static void parse_step(const char *line, struct step *ret)
{
	struct zonefile_options options = { .origin = apex, .default_ttl = 60 };
	struct zonefile_handler handler = { take_step, NULL, ret };
	char text[256];
	ret->remove = *line == '-';
	snprintf(text, sizeof(text), "%s\n", line + ret->remove);
	assert_int_equal(
		zonefile_scan_text(span_of_text(text), "text", &options, &handler, NULL), 0);
}

static struct zone *old_zone(void)
{
	struct zone *zone = zone_new(apex);
	struct zone_edit *edit;
	struct step s;
	assert_int_equal(zone_edit_begin_new(zone, &edit), 0);
	for (size_t i = 0; i < ARRAY_LEN(old_lines); i++) {
		parse_step(old_lines[i], &s);
		assert_int_equal(zone_edit_add(edit, &s.rr), 0);
	}
	assert_int_equal(zone_edit_commit(edit), 0);
	return zone;
}

static void dump_node(const struct zone_node *node, struct buf *out)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, rrset++) {
		struct span packed = zone_rrset_data(node, rrset);
		unsigned sigs;
		zone_rrset_sigs(node, rrset, &sigs);
		buf_append(out, node->name, node->name_len);
		buf_printf(out, " %u %u %u %u %u ", node->flags, rrset->type, rrset->count,
			rrset->ttl, sigs);
		buf_append(out, packed.data, packed.len);
	}
}

static void dump(const struct zone_snapshot *snap, struct buf *out)
{
	const struct trie *tries[] = { &snap->names, &snap->nsec3 };
	for (int t = 0; t < 2; t++) {
		struct trie_iter iter;
		const struct trie_node *leaf;
		trie_iter_init(tries[t], &iter);
		while ((leaf = trie_iter_next(&iter)) != NULL)
			dump_node(zone_node_of(leaf), out);
	}
	buf_printf(out, "%u %u %llu %llu", (unsigned)snap->serial, (unsigned)snap->wildcards,
		(unsigned long long)snap->records, (unsigned long long)snap->wire_size);
}

static size_t in_use(const struct zone *zone)
{
	struct zone_mem *mem = zone->snapshot->version->store->mem;
	zone_mem_collect(mem);
	return zone_mem_stats(mem).in_use;
}

static void expect_contents(const struct zone *zone, const struct buf *expected)
{
	struct buf now = { 0 };
	dump(zone_current(zone), &now);
	assert_int_equal(now.len, expected->len);
	assert_memory_equal(now.data, expected->data, now.len);
	buf_deinit(&now);
}

/* --- edits --- */

struct script {
	const char *const *lines;
	size_t count;
	bool fresh, view_between;
};

static const struct script scripts[] = {
	{ new_lines, ARRAY_LEN(new_lines), true, false },
	{ new_lines, ARRAY_LEN(new_lines), true, true },
	{ edit_lines, ARRAY_LEN(edit_lines), false, false },
	{ edit_lines, ARRAY_LEN(edit_lines), false, true },
};

/* An operation that lacks memory is made again, up to `tries` times. */
static int begin(struct zone *zone, bool fresh, int tries, struct zone_edit **ret)
{
	int error = E_NOMEM;
	for (int t = 0; t < tries && error == E_NOMEM; t++)
		error = fresh ? zone_edit_begin_new(zone, ret) : zone_edit_begin(zone, ret);
	return error;
}

static int change(struct zone_edit *edit, const struct step *step, int tries)
{
	int error = E_NOMEM;
	for (int t = 0; t < tries && error == E_NOMEM; t++)
		error = step->remove ? zone_edit_remove(edit, &step->rr)
				     : zone_edit_add(edit, &step->rr);
	return error == E_ISRECORD ? 0 : error;
}

static int look(struct zone_edit *edit, int tries)
{
	const struct zone_snapshot *view;
	int error = E_NOMEM;
	for (int t = 0; t < tries && error == E_NOMEM; t++)
		error = zone_edit_view(edit, &view);
	return error;
}

static int run(struct zone *zone, const struct script *script, int tries)
{
	struct zone_edit *edit;
	int ret = begin(zone, script->fresh, tries, &edit);
	if (ret != 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < script->count; i++) {
		struct step step;
		long left = test_faults_left;
		test_faults_left = 0; /* not in the test's own parsing */
		parse_step(script->lines[i], &step);
		test_faults_left = left;
		ret = change(edit, &step, tries);
		if (ret == 0 && script->view_between && i % 4 == 3)
			ret = look(edit, tries);
	}
	if (ret == 0)
		return zone_edit_commit(edit);
	zone_edit_discard(edit);
	return ret;
}

static void contents_after(const struct script *script, struct buf *ret)
{
	struct zone *zone = old_zone();
	assert_int_equal(run(zone, script, 1), 0);
	dump(zone_current(zone), ret);
	rcu_barrier();
	zone_free(zone);
}

static void edit_that_lacks_memory_leaves_the_old_contents(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		struct zone *zone = old_zone();
		struct buf before = { 0 }, after = { 0 };
		size_t used = in_use(zone);
		long n = 1;
		int ret;
		dump(zone_current(zone), &before);
		contents_after(&scripts[i], &after);
		for (;; n++) {
			test_faults_begin(n);
			ret = run(zone, &scripts[i], 1);
			bool hit = test_faults_hit;
			test_faults_end();
			if (ret == 0) {
				expect_contents(zone, &after);
				if (!hit)
					break; /* it was never that many */
				/* What it could do without. Begin anew. */
				rcu_barrier();
				zone_free(zone);
				zone = old_zone();
				continue;
			}
			assert_int_equal(ret, E_NOMEM);
			expect_contents(zone, &before);
			assert_int_equal(in_use(zone), used);
		}
		print_message("script %zu: %ld allocations\n", i, n - 1);
		assert_true(n > 5);
		rcu_barrier();
		zone_free(zone);
		buf_deinit(&before);
		buf_deinit(&after);
	}
}

static void call_that_lacked_memory_can_be_made_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		struct buf after = { 0 };
		bool hit = true;
		contents_after(&scripts[i], &after);
		for (long n = 1; hit; n++) {
			struct zone *zone = old_zone();
			test_faults_begin(n);
			int ret = run(zone, &scripts[i], 2);
			hit = test_faults_hit;
			test_faults_end();
			if (ret == 0)
				expect_contents(zone, &after);
			else
				assert_int_equal(
					ret, E_NOMEM); /* in the commit, which isn't repeated */
			rcu_barrier();
			zone_free(zone);
		}
		buf_deinit(&after);
	}
}

/* --- zone files --- */

static void loading_that_lacks_memory_leaves_the_old_contents(void **state)
{
	char path[] = "/tmp/test_faults.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct zone_load_options options = {
		.default_ttl = 60, .max_size = UINT64_MAX, .semantic_checks = 1
	};
	struct zone_load_result result;
	struct buf before = { 0 };
	(void)state;
	assert_non_null(file);
	fprintf(file, "@ SOA ns h 3 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n");
	for (unsigned i = 0; i < MANY; i++)
		fprintf(file, "n%u.sub%u TXT \"%0200u\"\n", i * 7919 % MANY, i % 3, i);
	assert_int_equal(fclose(file), 0);

	struct zone *zone = old_zone();
	dump(zone_current(zone), &before);
	for (long n = 1;; n++) {
		test_faults_begin(n);
		int ret = zone_load_file(zone, path, &options, &result);
		bool hit = test_faults_hit;
		test_faults_end();
		if (ret != 0) {
			assert_true(hit);
			expect_contents(zone, &before);
			continue;
		}
		assert_int_equal(zone_current(zone)->records, MANY + 3);
		assert_int_equal(zone_current(zone)->serial, 3);
		if (!hit)
			break;
		rcu_barrier();
		zone_free(zone);
		zone = old_zone();
	}
	rcu_barrier();
	zone_free(zone);
	buf_deinit(&before);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edit_that_lacks_memory_leaves_the_old_contents),
		cmocka_unit_test(call_that_lacked_memory_can_be_made_again),
		cmocka_unit_test(loading_that_lacks_memory_leaves_the_old_contents),
	};
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
