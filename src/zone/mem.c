/*
 * Chunks grow with the zone: 512 octets, doubling to 256 KiB (malloc), then at least 2 MiB (mapped, aligned
 * and advised), a quarter of what is there already but at most 64 MiB, so that at most a fifth is unused.
 *
 * Free lists: one for each multiple of 8 up to MEM_EXACT, then eight sizes an octave. The array of lists grows to the largest
 * size freed so far, since most zones are tiny.
 */
#include "zone/mem.h"
#include "base/stripes.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if FUZZ_BUILD
#define FIRST_CHUNK ((size_t)64)
#else
#define FIRST_CHUNK ((size_t)512)
#endif
#define MAX_HEAP_CHUNK  ((size_t)256 << 10)
#define HUGE_PAGE       ((size_t)2 << 20)
#define MAX_CHUNK       ((size_t)64 << 20)
#define MEM_EXACT       ((size_t)1024)
#define STEPS_AN_OCTAVE 8

struct chunk {
	struct chunk *next;
	void *map;       /* NULL: heap */
	size_t map_size; /* or the heap size */
};

struct free_block {
	struct free_block *next;
};

struct returned {
	struct returned *next;
	struct zone_mem_block *blocks;
	size_t count;
};

struct zone_mem {
	uint8_t *pos, *end; /* of the newest chunk */
	struct chunk *chunks;
	struct free_block **lists;
	size_t list_count;
	size_t mapped, in_use;
	/* Under its stripe of `locks`: */
	struct returned *returned;
	size_t returned_size;
	uint64_t first[]; /* of one that was made to size */
};

static struct stripes locks = STRIPES_INIT;

/* What is really taken for a size (I2). */
static size_t rounded(size_t size)
{
	if (size <= MEM_EXACT)
		return size;
	size_t step = ((size_t)1 << (63 - __builtin_clzll(size))) / STEPS_AN_OCTAVE;
	return (size + step - 1) & ~(step - 1);
}

static size_t list_of(size_t size)
{
	if (size <= MEM_EXACT)
		return size / 8;
	unsigned octave = 63 - (unsigned)__builtin_clzll(size);
	size_t step = ((size_t)1 << octave) / STEPS_AN_OCTAVE;
	return MEM_EXACT / 8 + (octave - 10) * STEPS_AN_OCTAVE +
	       (size - ((size_t)1 << octave)) / step + 1;
}

struct zone_mem *zone_mem_new(size_t size)
{
	struct zone_mem *mem = malloc(sizeof(*mem) + size);
	if (mem != NULL)
		*mem = (struct zone_mem){ .pos = (uint8_t *)mem->first,
			.end = (uint8_t *)mem->first + size,
			.mapped = size };
	return mem;
}

static void returned_free(struct returned *r)
{
	while (r != NULL) {
		struct returned *next = r->next;
		free(r->blocks);
		free(r);
		r = next;
	}
}

void zone_mem_free(struct zone_mem *mem)
{
	if (mem == NULL)
		return;
	for (struct chunk *c = mem->chunks; c != NULL;) {
		struct chunk *next = c->next;
		if (c->map != NULL)
			munmap(c->map, c->map_size);
		else
			free(c);
		c = next;
	}
	returned_free(mem->returned);
	free(mem->lists);
	free(mem);
}

static void *map_aligned(size_t size)
{
	/* Map more and cut off both ends: mmap alone doesn't align to huge pages. */
	uint8_t *area = mmap(
		NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return NULL;
	size_t lead = (HUGE_PAGE - (uintptr_t)area % HUGE_PAGE) % HUGE_PAGE;
	if (lead > 0)
		munmap(area, lead);
	if (HUGE_PAGE - lead > 0)
		munmap(area + lead + size, HUGE_PAGE - lead);
	madvise(area + lead, size, MADV_HUGEPAGE);
	return area + lead;
}

static bool push_free(struct zone_mem *mem, void *ptr, size_t size)
{
	size_t list = list_of(size);
	if (UNLIKELY(list >= mem->list_count)) {
		struct free_block **lists = realloc(mem->lists, (list + 1) * sizeof(*lists));
		if (lists == NULL)
			return false; /* lost until the zone goes */
		memset(lists + mem->list_count, 0, (list + 1 - mem->list_count) * sizeof(*lists));
		mem->lists = lists;
		mem->list_count = list + 1;
	}
	struct free_block *b = ptr;
	b->next = mem->lists[list];
	mem->lists[list] = b;
	return true;
}

static COLD bool add_chunk(struct zone_mem *mem, size_t size)
{
	/* The rest of the old chunk isn't lost: it becomes free blocks. */
	while (mem->end - mem->pos >= 16) {
		size_t piece = MIN((size_t)(mem->end - mem->pos), MEM_EXACT);
		push_free(mem, mem->pos, piece);
		mem->pos += piece;
	}

	size_t need = size + sizeof(struct chunk);
	size_t want = MAX(mem->mapped, FIRST_CHUNK);
	struct chunk *c;
	if (MAX(want, need) <= MAX_HEAP_CHUNK) {
		want = MAX(want, (need + 63) & ~(size_t)63);
		c = malloc(want);
		if (c == NULL)
			return false;
		c->map = NULL;
	} else {
		want = MAX(MIN(mem->mapped / 4, MAX_CHUNK), need);
		want = (want + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
		c = map_aligned(want);
		if (c == NULL)
			return false;
		c->map = c;
	}
	c->map_size = want;
	c->next = mem->chunks;
	mem->chunks = c;
	mem->mapped += want;
	mem->pos = (uint8_t *)(c + 1);
	mem->end = (uint8_t *)c + want;
	return true;
}

void *zone_mem_alloc(struct zone_mem *mem, size_t size)
{
	assert(size % 8 == 0 && size > 0);
	size = rounded(size);
	size_t list = list_of(size);
	void *ret;
	if (list < mem->list_count && mem->lists[list] != NULL) {
		ret = mem->lists[list];
		mem->lists[list] = mem->lists[list]->next;
	} else {
		if (UNLIKELY(size > (size_t)(mem->end - mem->pos)) && !add_chunk(mem, size))
			return NULL;
		ret = mem->pos;
		mem->pos += size;
	}
	mem->in_use += size;
	return ret;
}

void zone_mem_release(struct zone_mem *mem, void *ptr, size_t size)
{
	size = rounded(size);
	mem->in_use -= size;
	push_free(mem, ptr, size);
}

void zone_mem_return(struct zone_mem *mem, struct zone_mem_block *blocks, size_t count)
{
	struct returned *r = count > 0 ? malloc(sizeof(*r)) : NULL;
	if (r == NULL) {
		free(blocks); /* without memory the blocks are lost until the zone goes */
		return;
	}
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += rounded(blocks[i].size);
	r->blocks = blocks;
	r->count = count;
	pthread_mutex_t *lock = stripe_of(&locks, mem);
	pthread_mutex_lock(lock);
	r->next = mem->returned;
	mem->returned = r;
	mem->returned_size += sum;
	pthread_mutex_unlock(lock);
}

void zone_mem_collect(struct zone_mem *mem)
{
	pthread_mutex_t *lock = stripe_of(&locks, mem);
	pthread_mutex_lock(lock);
	struct returned *r = mem->returned;
	mem->returned = NULL;
	mem->returned_size = 0;
	pthread_mutex_unlock(lock);
	for (struct returned *i = r; i != NULL; i = i->next) {
		for (size_t k = 0; k < i->count; k++)
			zone_mem_release(mem, i->blocks[k].ptr, i->blocks[k].size);
	}
	returned_free(r);
}

struct zone_mem_stats zone_mem_stats(struct zone_mem *mem)
{
	pthread_mutex_t *lock = stripe_of(&locks, mem);
	pthread_mutex_lock(lock);
	struct zone_mem_stats ret = { mem->mapped, mem->in_use - mem->returned_size };
	pthread_mutex_unlock(lock);
	return ret;
}
