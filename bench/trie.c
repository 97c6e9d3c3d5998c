/*
 * bench/trie: the name trie alone.
 *
 *	trie [NAMES [LOOKUPS]]
 *
 * Makes NAMES (default 1000000) random names of four labels under one zone, inserts them one by one, builds the same trie at once
 * in canonical order, and looks up LOOKUPS (default as many) in random order: half of them there, half not. Prints
 * nanoseconds of CPU time a call. Key making is part of look-ups, as for queries. With few names all of it
 * is in the cache, and what is left is instructions (valgrind --tool=callgrind counts them).
 */
#include "dns/trie.h"
#include "base/cursor.h"
#include "dns/name.h"
#include "dns/trie_build.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NAME_SIZE 40

struct entry {
	uint8_t name_len;
	uint8_t name[NAME_SIZE];
};

static uint64_t random_state = 1;

/* splitmix64: the same names each time */
static uint64_t next_random(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* www.xxxxxx.example.com with 4 to 11 letters and digits */
static void random_name(uint8_t *ret)
{
	static const char octets[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	uint64_t r = next_random();
	size_t len = 4 + r % 8;

	memcpy(ret, "\3www", 4);
	ret[4] = (uint8_t)len;
	r /= 8;
	for (size_t i = 0; i < len; i++, r /= 36)
		ret[5 + i] = (uint8_t)octets[r % 36];
	memcpy(ret + 5 + len, "\7example\3com", 13);
}

static void random_entry(struct entry *ret)
{
	random_name(ret->name);
	ret->name_len = (uint8_t)dns_name_len(ret->name);
}

static size_t octets_used;

static void *memory_alloc(void *ctx, size_t size)
{
	(void)ctx;
	octets_used += size;
	return malloc(size);
}

static void memory_free(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	octets_used -= size;
	free(ptr);
}

static struct trie_edit new_edit(void)
{
	octets_used = 0;
	return (struct trie_edit){ { .name_offset = offsetof(struct entry, name) }, 1,
		{ memory_alloc, memory_free, memory_free, NULL } };
}

static void tell(const char *what, double start, size_t calls)
{
	printf("%-24s %8.1f ns\n", what, (now() - start) / (double)calls);
}

static int compare(const void *a, const void *b)
{
	return dns_name_compare(a, b);
}

static int fill(struct trie_edit *edit, struct entry *entries, size_t count)
{
	struct trie_key key;
	void *old;

	for (size_t i = 0; i < count; i++) {
		trie_key_of(entries[i].name, &key);
		TRY(trie_set(edit, &key, &entries[i], 0, &old));
	}
	return 0;
}

static int build(struct trie_edit *edit, struct entry *entries, size_t count)
{
	struct trie_builder *builder;
	struct trie_key key;

	TRY(trie_build_begin(edit, &builder));
	for (size_t i = 0; i < count; i++) {
		trie_key_of(entries[i].name, &key);
		/* Random names are there twice now and then. */
		if (i == 0 || !dns_name_equal(entries[i].name, entries[i - 1].name))
			(void)!trie_build_add(builder, &key, &entries[i],
				0); /* the error comes at the end again */
	}
	return trie_build_end(builder);
}

enum lookup { LOOKUP_KEY, LOOKUP_FIND, LOOKUP_MATCH, LOOKUP_PREV, LOOKUPS };
static const char *const lookup_names[LOOKUPS] = { "key", "key and find", "key and match",
	"key and find_prev" };

static size_t look_up(
	const struct trie *trie, const struct entry *queries, size_t count, enum lookup what)
{
	struct trie_key key;
	struct trie_match match;
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		trie_key_of(queries[i].name, &key);
		if (what == LOOKUP_KEY) {
			found += key.len;
		} else if (what == LOOKUP_FIND) {
			found += trie_find(trie, &key) != NULL;
		} else if (what == LOOKUP_MATCH) {
			trie_match(trie, &key, 2, &match);
			found += match.exact != NULL;
		} else {
			found += trie_find_prev(trie, &key, false) != NULL;
		}
	}
	return found;
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	size_t lookups = argc > 2 ? strtoul(argv[2], NULL, 10) : count;
	struct entry *entries = calloc(count + 1, sizeof(*entries)),
		     *queries = calloc(lookups + 1, sizeof(*queries));
	struct trie_edit slow = new_edit(), fast = new_edit();
	double start;

	if (count == 0 || lookups == 0 || entries == NULL || queries == NULL) {
		fprintf(stderr, "trie: bad arguments or no memory\n");
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		random_entry(&entries[i]);
	for (size_t i = 0; i < lookups; i++) {
		if (i % 2 == 0)
			queries[i] = entries[next_random() % count];
		else
			random_entry(&queries[i]);
	}

	start = now();
	if (fill(&slow, entries, count) != 0)
		return 1;
	tell("key and set", start, count);
	printf("%-24s %8.1f octets a name, %zu names\n", "memory",
		(double)octets_used / (double)slow.trie.count, slow.trie.count);
	for (int what = 0; what < LOOKUPS; what++) {
		start = now();
		size_t found = look_up(&slow.trie, queries, lookups, (enum lookup)what);
		tell(lookup_names[what], start, lookups);
		if (what == LOOKUP_FIND)
			printf("%-24s %8.1f %%\n", "of them found",
				100.0 * (double)found / (double)lookups);
	}
	/* The objects move: the first trie isn't used any more. */
	qsort(entries, count, sizeof(*entries), compare);
	start = now();
	if (build(&fast, entries, count) != 0 || fast.trie.count != slow.trie.count)
		return 1;
	tell("key and build", start, count);
	return 0;
}
