/* zone/edit: see edit.h; pending.h for how records become blocks, version.h for how old ones go. */
#include "zone/edit.h"
#include "dns/trie_build.h"
#include "zone/bulk.h"
#include "zone/pending.h"
#include "zone/version.h"
#include <stdlib.h>

enum { NAMES, NSEC3, TRIES };
#define PACK_MAX   ((size_t)16 << 10) /* octets of a small zone */
#define DNSKEY_ADT 2                  /* bit of the flags: the zone is to be asked for DELEG */

struct zone_edit {
	struct zone *zone;
	struct zone_store *store;
	struct zone_version *base; /* counted; NULL: begun from nothing */
	struct zone_version *next; /* made at begin, so that commit can't lack memory */
	struct trie_edit tries[TRIES];
	struct pending pending[TRIES];
	struct bulk bulk[TRIES]; /* begun from nothing: blocks that aren't in the trie yet */
	struct block_list made;  /* all allocations, for discard; not kept in a store of its own */
	struct block_list dropped;  /* made and replaced by this very edit: free at commit */
	struct block_list replaced; /* of the base */
	uint16_t apex_symbols;      /* length of the apex's key */
	uint32_t wildcards, delegs;
	uint64_t records, wire_size;
	zone_edit_ttl_note note;
	void *note_ctx;
};

/* --- memory --- */

static bool list_push(struct block_list *list, void *ptr, size_t size)
{
	if (list->count == list->cap) {
		size_t cap = list->cap * 2 + 32;
		struct zone_mem_block *items = realloc(list->items, cap * sizeof(*items));
		if (items == NULL)
			return false;
		list->items = items;
		list->cap = cap;
	}
	list->items[list->count++] = (struct zone_mem_block){ ptr, size };
	return true;
}

static void *edit_alloc(void *ctx, size_t size)
{
	struct zone_edit *edit = ctx;
	void *ptr = zone_mem_alloc(edit->store->mem, size);
	if (ptr != NULL && edit->base != NULL && !list_push(&edit->made, ptr, size)) {
		zone_mem_release(edit->store->mem, ptr, size);
		return NULL;
	}
	return ptr;
}

static void edit_free(void *ctx, void *ptr, size_t size)
{
	struct zone_edit *edit = ctx;
	if (edit->base == NULL)
		zone_mem_release(edit->store->mem, ptr, size);
	else
		list_push(&edit->dropped, ptr, size); /* else lost until the store goes */
}

static void edit_retire(void *ctx, void *ptr, size_t size)
{
	struct zone_edit *edit = ctx;
	list_push(&edit->replaced, ptr, size);
}

static size_t block_size(const struct zone_node *node)
{
	return ((size_t)node->size + 7) & ~(size_t)7;
}

static void give_back(struct zone_mem *mem, const struct block_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		zone_mem_release(mem, list->items[i].ptr, list->items[i].size);
}

/* --- counting --- */

/* Is there a label "*", leftmost or not? Such a name makes a wildcard, or an empty non-terminal that is one
 * (RFC 4592 section 2.2.2). */
static bool has_asterisk(const uint8_t *name)
{
	for (; *name != 0; name += 1 + *name) {
		if (dns_name_is_wildcard(name))
			return true;
	}
	return false;
}

static void count_block(struct zone_edit *edit, const struct zone_node *node, int sign)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	uint64_t records = 0, octets = 0;
	for (unsigned i = 0; i < node->rrset_count; i++, rrset++) {
		records += rrset->count;
		/* packed rdata has its length field already: owner, type, class and TTL are added */
		octets += zone_rrset_data(node, rrset).len +
			  (uint64_t)rrset->count * (node->name_len + 8u);
	}
	edit->records += (uint64_t)sign * records;
	edit->wire_size += (uint64_t)sign * octets;
	if (has_asterisk(node->name))
		edit->wildcards += (uint32_t)sign;
	if (node->flags & ZONE_NODE_DELEG)
		edit->delegs += (uint32_t)sign;
}

/* --- pending names --- */

static int which(uint16_t type, struct span rdata)
{
	if (type == DNS_TYPE_RRSIG && rdata.len >= 2)
		type = read_u16(rdata.data);
	return type == DNS_TYPE_NSEC3 ? NSEC3 : NAMES;
}

/* The block is in no trie of this edit any more. */
static void drop_block(
	struct zone_edit *edit, int t, const struct trie_key *key, struct zone_node *node)
{
	count_block(edit, node, -1);
	if (edit->base != NULL) {
		const struct trie *base =
			t == NAMES ? &edit->base->snap.names : &edit->base->snap.nsec3;
		const struct trie_node *leaf = trie_find(base, key);
		if (leaf != NULL && leaf->ptr == node) {
			edit_retire(edit, node, block_size(node));
			return;
		}
	}
	edit_free(edit, node, block_size(node));
}

/* The block of the pending name. */
static int make_block(struct zone_edit *edit, struct pending *p, struct zone_node **ret)
{
	uint16_t mismatch;
	pending_settle(p, &mismatch);
	if (UNLIKELY(mismatch != 0) && edit->note != NULL)
		edit->note(edit->note_ctx, p->name, mismatch, pending_ttl(p, mismatch));
	TRY(pending_check(p));
	size_t size = pending_block_size(p);
	struct zone_node *node = edit_alloc(edit, size);
	if (node == NULL)
		return E_NOMEM;
	bool is_apex = p->name_len == edit->zone->name_len &&
		       memcmp(p->name, edit->zone->name, p->name_len) == 0;
	pending_build(p, is_apex, node);
	assert(block_size(node) == size);
	*ret = node;
	return 0;
}

/* Into the trie; what was there goes. On error the block is still the caller's. */
static int put_block(
	struct zone_edit *edit, int t, const struct trie_key *key, struct zone_node *node)
{
	void *old = NULL;
	TRY(trie_set(&edit->tries[t], key, node, node->flags, &old));
	count_block(edit, node, +1);
	if (old != NULL)
		drop_block(edit, t, key, old);
	return 0;
}

static int flush(struct zone_edit *edit, int t)
{
	struct pending *p = &edit->pending[t];
	if (!p->active || !p->dirty) {
		p->active = false;
		return 0;
	}
	struct trie_key key;
	struct zone_node *node;
	trie_key_of(p->name, &key);
	if (p->count == 0) {
		void *old;
		TRY(trie_remove(&edit->tries[t], &key, &old));
		if (old != NULL)
			drop_block(edit, t, &key, old);
	} else {
		TRY(make_block(edit, p, &node));
		int ret = edit->base == NULL
				  ? bulk_add(&edit->bulk[t], &key, edit->apex_symbols, node)
				  : put_block(edit, t, &key, node);
		if (ret != 0) {
			edit_free(edit, node, block_size(node));
			return ret;
		}
	}
	p->active = p->dirty = false;
	return 0;
}

/* --- bulk: from gathered blocks to a trie --- */

/* One block with the records of several of one name, given in order of arrival. On error nothing has changed. */
static COLD int merge_blocks(struct zone_edit *edit, int t, const struct zone_node *first,
	const struct bulk_item *others, size_t count, struct zone_node **ret)
{
	struct pending *p = &edit->pending[t];
	int error = pending_open(p, first->name, first);
	for (size_t i = 0; error == 0 && i < count; i++)
		error = pending_append_block(p, others[i].node);
	if (error == 0)
		error = make_block(edit, p, ret);
	p->active = p->dirty = false;
	return error;
}

/* Items `from` and after follow the first `kept` ones. */
static void bulk_close_up(struct bulk *b, size_t kept, size_t from)
{
	memmove(&b->items[kept], &b->items[from], (b->count - from) * sizeof(b->items[0]));
	b->count -= from - kept;
}

/* Sorted, one block a name. On error it's done for some names, and can be gone on with. */
static int bulk_unite(struct zone_edit *edit, int t)
{
	struct bulk *b = &edit->bulk[t];
	size_t kept = 0, i, end;
	int error = 0;
	TRY(bulk_sort(b));
	for (i = 0; i < b->count; i = end) {
		struct bulk_item item = b->items[i];
		for (end = i + 1; end < b->count && b->items[end].key == item.key &&
				  dns_name_equal(b->items[end].node->name, item.node->name);
			end++)
			;
		if (UNLIKELY(end - i > 1)) {
			error = merge_blocks(
				edit, t, item.node, &b->items[i + 1], end - i - 1, &item.node);
			if (error != 0)
				break;
			for (size_t k = i; k < end; k++)
				edit_free(edit, b->items[k].node, block_size(b->items[k].node));
		}
		b->items[kept++] = item;
	}
	bulk_close_up(b, kept, i);
	return error;
}

static int bulk_build(struct zone_edit *edit, int t)
{
	const struct bulk *b = &edit->bulk[t];
	struct trie_builder *builder;
	struct trie_key key;
	int ret = 0;
	TRY(trie_build_begin(&edit->tries[t], &builder));
	for (size_t i = 0; i < b->count && ret == 0; i++) {
		if (i + 8 < b->count)
			__builtin_prefetch(
				b->items[i + 8].node->name); /* names lie in the file's order */
		trie_key_of(b->items[i].node->name, &key);
		ret = trie_build_add(builder, &key, b->items[i].node, b->items[i].node->flags);
	}
	TRY(trie_build_end(builder));
	for (size_t i = 0; i < b->count; i++)
		count_block(edit, b->items[i].node, +1);
	return 0;
}

/* Records for a name that the trie has already join those. */
static int insert_block(struct zone_edit *edit, int t, const struct bulk_item *item)
{
	struct trie_key key;
	struct zone_node *merged;
	trie_key_of(item->node->name, &key);
	const struct trie_node *leaf = trie_find(&edit->tries[t].trie, &key);
	if (leaf == NULL)
		return put_block(edit, t, &key, item->node);
	TRY(merge_blocks(edit, t, leaf->ptr, item, 1, &merged));
	int error = put_block(edit, t, &key, merged);
	struct zone_node *unused = error == 0 ? item->node : merged;
	edit_free(edit, unused, block_size(unused));
	return error;
}

/* After a look at the view in the middle of loading. On error it's done for some names, and can be gone on with. */
static COLD int bulk_insert(struct zone_edit *edit, int t)
{
	struct bulk *b = &edit->bulk[t];
	int error = 0;
	size_t i = 0;
	while (i < b->count && (error = insert_block(edit, t, &b->items[i])) == 0)
		i++;
	bulk_close_up(b, 0, i);
	return error;
}

/* All that was given is in the tries. */
static int settle(struct zone_edit *edit)
{
	for (int t = 0; t < TRIES; t++) {
		TRY(flush(edit, t));
		if (edit->bulk[t].count == 0)
			continue;
		TRY(bulk_unite(edit, t));
		TRY(edit->tries[t].trie.root.ptr == NULL ? bulk_build(edit, t)
							 : bulk_insert(edit, t));
		bulk_deinit(&edit->bulk[t]);
	}
	return 0;
}

static COLD int open_name(struct zone_edit *edit, int t, const uint8_t *owner)
{
	struct pending *p = &edit->pending[t];
	TRY(flush(edit, t));
	if (!dns_name_below(owner, edit->zone->name))
		return E_OUTOFZONE;
	const struct zone_node *node = NULL;
	if (edit->base != NULL) {
		struct trie_key key;
		trie_key_of(owner, &key);
		node = zone_node_of(trie_find(&edit->tries[t].trie, &key));
	}
	return pending_open(p, owner, node);
}

static inline int select_name(struct zone_edit *edit, int t, const uint8_t *owner)
{
	struct pending *p = &edit->pending[t];
	/* Wire names carry their end: equal octets up to the known length are an equal name. */
	if (LIKELY(p->active) && dns_name_equal(p->name, owner))
		return 0;
	return open_name(edit, t, owner);
}

/* --- life --- */

static int begin(struct zone *zone, bool from_current, struct zone_edit **ret)
{
	struct zone_edit *edit = calloc(1, sizeof(*edit));
	struct zone_version *next = calloc(1, sizeof(*next));
	if (edit == NULL || next == NULL) {
		free(edit);
		free(next);
		return E_NOMEM;
	}
	edit->zone = zone;
	edit->next = next;

	if (!zone_claim_edit(zone, edit)) {
		free(edit);
		free(next);
		return E_BUSY;
	}

	if (from_current &&
		zone->snapshot != NULL) { /* only edits write it, and the slot is ours */
		edit->base = zone->snapshot->version;
		zone_snapshot_ref(&edit->base->snap);
		edit->store = edit->base->store;
	} else {
		edit->store = zone_store_new();
		if (edit->store == NULL) {
			zone_release_edit(zone);
			free(edit);
			free(next);
			return E_NOMEM;
		}
	}
	zone_store_lock(edit->store);
	edit->store->editors++;
	uint64_t number = ++edit->store->edit_counter;
	zone_store_unlock(edit->store);
	zone_mem_collect(edit->store->mem);

	struct trie_memory mem = { edit_alloc, edit_free, edit_retire, edit };
	struct trie_key apex;
	trie_key_of(zone->name, &apex);
	for (int t = 0; t < TRIES; t++)
		edit->tries[t] = (struct trie_edit){ { .name_offset = ZONE_NODE_NAME_OFFSET,
							     .base = trie_base_of(&apex) },
			number, mem };
	edit->apex_symbols = apex.len;
	if (edit->base != NULL) {
		const struct zone_snapshot *snap = &edit->base->snap;
		edit->tries[NAMES].trie = snap->names;
		edit->tries[NSEC3].trie = snap->nsec3;
		edit->wildcards = snap->wildcards;
		edit->delegs = snap->delegs;
		edit->records = snap->records;
		edit->wire_size = snap->wire_size;
	}
	*ret = edit;
	return 0;
}

int zone_edit_begin(struct zone *zone, struct zone_edit **ret)
{
	return begin(zone, true, ret);
}

int zone_edit_begin_new(struct zone *zone, struct zone_edit **ret)
{
	return begin(zone, false, ret);
}

void zone_edit_on_ttl_mismatch(struct zone_edit *edit, zone_edit_ttl_note note, void *ctx)
{
	edit->note = note;
	edit->note_ctx = ctx;
}

/* Free the edit itself and leave the store and the slot. */
static void end(struct zone_edit *edit)
{
	struct zone *zone = edit->zone;
	if (edit->base != NULL)
		zone_snapshot_unref(&edit->base->snap);
	zone_store_lock(edit->store);
	edit->store->editors--;
	zone_store_unlock_or_free(edit->store);
	for (int t = 0; t < TRIES; t++) {
		pending_deinit(&edit->pending[t]);
		bulk_deinit(&edit->bulk[t]);
	}
	free(edit->made.items);
	free(edit->dropped.items);
	free(edit->replaced.items);
	free(edit->next);
	zone_release_edit(zone);
	free(edit);
}

void zone_edit_discard(struct zone_edit *edit)
{
	if (edit == NULL)
		return;
	give_back(edit->store->mem, &edit->made); /* what was dropped is among them */
	end(edit);
}

/* --- changes --- */

int zone_edit_add(struct zone_edit *edit, const struct zone_rr *rr)
{
	int t = which(rr->type, rr->rdata);
	struct pending *p = &edit->pending[t];
	TRY(select_name(edit, t, rr->owner));
	if (edit->base == NULL)
		return pending_append(p, rr->type, rr->ttl, rr->rdata);
	bool mismatch = false;
	int ret = pending_add(p, rr->type, rr->ttl, rr->rdata, &mismatch);
	if (mismatch && edit->note != NULL)
		edit->note(edit->note_ctx, p->name, rr->type, rr->ttl);
	return ret;
}

/* Removing looks at what is there: in bulk, what gathered so far goes to the trie first, then the name is opened with its block. */
static int select_existing(struct zone_edit *edit, int t, const uint8_t *owner)
{
	struct pending *p = &edit->pending[t];
	TRY(select_name(edit, t, owner));
	if (edit->base == NULL) {
		TRY(settle(edit));
		struct trie_key key;
		void *old;
		trie_key_of(owner, &key);
		struct zone_node *node =
			(struct zone_node *)zone_node_of(trie_find(&edit->tries[t].trie, &key));
		TRY(pending_open(p, owner, node));
		if (node != NULL) {
			TRY(trie_remove(&edit->tries[t], &key, &old));
			drop_block(edit, t, &key, node);
			p->dirty = true; /* it has to go back in any case */
		}
	}
	return p->count > 0 ? 0 : E_NONODE;
}

int zone_edit_remove(struct zone_edit *edit, const struct zone_rr *rr)
{
	int t = which(rr->type, rr->rdata);
	TRY(select_existing(edit, t, rr->owner));
	return pending_remove(&edit->pending[t], rr->type, rr->rdata);
}

int zone_edit_remove_rrset(struct zone_edit *edit, const uint8_t *owner, uint16_t type)
{
	int t = type == DNS_TYPE_NSEC3 ? NSEC3 : NAMES;
	TRY(select_existing(edit, t, owner));
	return pending_remove_type(&edit->pending[t], type);
}

/* --- the result --- */

static void read_nsec3param(struct zone_snapshot *snap)
{
	const struct zone_rrset *rrset = zone_node_find(snap->apex, DNS_TYPE_NSEC3PARAM);
	if (rrset == NULL)
		return;
	struct span packed = zone_rrset_data(snap->apex, rrset), rdata;
	while (zone_rdata_next(&packed, &rdata)) {
		struct cursor c = cursor_over(rdata);
		struct zone_nsec3param param = { 0 };
		param.algorithm = cursor_u8(&c);
		param.flags = cursor_u8(&c);
		param.iterations = cursor_u16(&c);
		param.salt_len = cursor_u8(&c);
		struct span salt = cursor_take(&c, param.salt_len);
		/* Other algorithms aren't known, and flags other than 0 are to be ignored (RFC 5155 section 4.1.2). */
		if (cursor_finish(&c) != 0 || param.algorithm != 1 || param.flags != 0)
			continue;
		param.salt = salt.data;
		snap->nsec3param = param;
		return;
	}
}

/* Has one of the zone's keys the ADT flag? */
static bool has_adt_key(const struct zone_node *apex)
{
	const struct zone_rrset *keys = zone_node_find(apex, DNS_TYPE_DNSKEY);
	struct span packed = keys != NULL ? zone_rrset_data(apex, keys) : (struct span){ 0 }, rdata;

	while (zone_rdata_next(&packed, &rdata)) {
		if (rdata.len >= 2 && (read_u16(rdata.data) & DNSKEY_ADT) != 0)
			return true;
	}
	return false;
}

static void fill_facts(struct zone_edit *edit, struct zone_snapshot *snap)
{
	struct trie_key key;
	*snap = (struct zone_snapshot){
		.names = edit->tries[NAMES].trie,
		.nsec3 = edit->tries[NSEC3].trie,
		.apex_labels = (uint8_t)dns_name_labels(edit->zone->name),
		.wildcards = edit->wildcards,
		.delegs = edit->delegs,
		.records = edit->records,
		.wire_size = edit->wire_size,
		.version = edit->next,
	};
	trie_key_of(edit->zone->name, &key);
	snap->apex = zone_node_of(trie_find(&snap->names, &key));
	if (snap->apex == NULL)
		return;
	const struct zone_rrset *soa = zone_node_find(snap->apex, DNS_TYPE_SOA);
	if (soa == NULL) {
		snap->apex = NULL;
		return;
	}
	struct span packed = zone_rrset_data(snap->apex, soa), rdata;
	zone_rdata_next(&packed, &rdata);
	struct cursor c = cursor_over(rdata);
	dns_name_take(&c);
	dns_name_take(&c);
	snap->serial = cursor_u32(&c);
	cursor_u32(&c);
	cursor_u32(&c);
	snap->soa_expire = cursor_u32(&c);
	snap->soa_minimum = cursor_u32(&c);
	snap->soa_ttl = soa->ttl;
	snap->is_signed = soa->sigs != 0;
	snap->has_adt = has_adt_key(snap->apex);
	read_nsec3param(snap);
}

int zone_edit_view(struct zone_edit *edit, const struct zone_snapshot **ret)
{
	TRY(settle(edit));
	fill_facts(edit, &edit->next->snap);
	*ret = &edit->next->snap;
	return 0;
}

/* --- small zones, made to size --- */

static void *packed_alloc(void *ctx, size_t size)
{
	return zone_mem_alloc(ctx, size);
}

static void packed_free(void *ctx, void *ptr, size_t size)
{
	zone_mem_release(ctx, ptr, size);
}

/* Copy a trie with all its blocks into another memory. */
static int copy_trie(const struct trie *from, struct zone_mem *mem, struct trie_edit *ret)
{
	struct trie_builder *builder;
	const struct trie_node *leaf;
	struct trie_iter iter;
	struct trie_key key;
	int error = 0;
	*ret = (struct trie_edit){ { .name_offset = from->name_offset, .base = from->base }, 1,
		{ packed_alloc, packed_free, packed_free, mem } };
	TRY(trie_build_begin(ret, &builder));
	trie_iter_init(from, &iter);
	while (error == 0 && (leaf = trie_iter_next(&iter)) != NULL) {
		const struct zone_node *node = zone_node_of(leaf);
		struct zone_node *copy = zone_mem_alloc(mem, block_size(node));
		if (copy == NULL) {
			error = E_NOMEM;
			break;
		}
		memcpy(copy, node, node->size);
		trie_key_of(copy->name, &key);
		error = trie_build_add(builder, &key, copy, copy->flags);
	}
	int ended = trie_build_end(builder);
	return error != 0 ? error : ended;
}

/* A zone that has just been loaded lies in chunks that were guessed; a small one moves to a piece of memory that it fills. Most zones
 * of a hosting server are such. It stays where it is if that fails. */
static void pack(struct zone_edit *edit)
{
	struct zone_mem_stats stats = zone_mem_stats(edit->store->mem);
	struct trie_edit tries[TRIES];
	int error = 0;
	if (edit->base != NULL || stats.mapped > PACK_MAX)
		return;
	struct zone_mem *mem = zone_mem_new(stats.in_use);
	if (mem == NULL)
		return;
	for (int t = 0; t < TRIES && error == 0; t++)
		error = copy_trie(&edit->tries[t].trie, mem, &tries[t]);
	if (error != 0) {
		zone_mem_free(mem);
		return;
	}
	for (int t = 0; t < TRIES; t++)
		edit->tries[t].trie = tries[t].trie;
	zone_mem_free(edit->store->mem);
	edit->store->mem = mem;
	fill_facts(edit, &edit->next->snap);
}

int zone_edit_commit(struct zone_edit *edit)
{
	const struct zone_snapshot *snap;
	int ret = zone_edit_view(edit, &snap);
	if (ret == 0 &&
		(snap->apex == NULL || zone_node_find(snap->apex, DNS_TYPE_SOA)->count != 1))
		ret = E_SEMCHECK;
	if (ret != 0) {
		zone_edit_discard(edit);
		return ret;
	}
	pack(edit);

	/* Nothing below can fail (I2). */
	struct zone_version *next = TAKE(edit->next);
	struct zone_store *store = edit->store;
	next->store = store;
	next->refs = 1;
	give_back(store->mem, &edit->dropped);
	zone_store_lock(store);
	if (edit->base != NULL) {
		edit->base->replaced = edit->replaced;
		edit->replaced = (struct block_list){ 0 };
	}
	if (store->newest != NULL)
		store->newest->newer = next;
	else
		store->oldest = next;
	store->newest = next;
	zone_store_unlock(store);

	static uint64_t published; /* atomic: snapshots so far */
	next->snap.number = __atomic_add_fetch(&published, 1, __ATOMIC_RELAXED);
	struct zone_snapshot *old = PUBLISH(edit->zone->snapshot, &next->snap);
	if (old != NULL)
		zone_version_retire(old->version);
	end(edit);
	return 0;
}
