#include "zone/pending.h"
#include "dns/rdata.h"
#include <stdlib.h>

void pending_deinit(struct pending *p)
{
	free(p->rrs);
	free(p->bytes);
	*p = (struct pending){ 0 };
}

static struct span rdata_of(const struct pending *p, const struct pending_rr *rr)
{
	return (struct span){ p->bytes + rr->offset, rr->len };
}

static int compare(
	const struct pending *p, const struct pending_rr *a, uint16_t type, struct span rdata)
{
	return a->type != type ? (int)a->type - (int)type
			       : dns_rdata_compare(rdata_of(p, a), rdata);
}

static COLD int grow(struct pending *p, size_t octets)
{
	if (p->count == p->cap) {
		size_t cap = p->cap * 2 + 16;
		struct pending_rr *rrs = realloc(p->rrs, cap * sizeof(*rrs));
		if (rrs == NULL)
			return E_NOMEM;
		p->rrs = rrs;
		p->cap = cap;
	}
	if (octets > p->bytes_cap - p->bytes_len) {
		size_t cap = MAX(p->bytes_cap * 2 + 1024, p->bytes_len + octets);
		if (cap > UINT32_MAX)
			return E_LIMIT;
		uint8_t *bytes = realloc(p->bytes, cap);
		if (bytes == NULL)
			return E_NOMEM;
		p->bytes = bytes;
		p->bytes_cap = cap;
	}
	return 0;
}

/* Room for one more record, its octets copied; its entry isn't in rrs yet. */
static inline int store(
	struct pending *p, uint16_t type, uint32_t ttl, struct span rdata, struct pending_rr *ret)
{
	if (UNLIKELY(p->count == p->cap || rdata.len > p->bytes_cap - p->bytes_len))
		TRY(grow(p, rdata.len));
	*ret = (struct pending_rr){ type, (uint16_t)rdata.len, ttl, (uint32_t)p->bytes_len,
		p->order++ };
	if (rdata.len > 0)
		memcpy(p->bytes + p->bytes_len, rdata.data, rdata.len);
	p->bytes_len += rdata.len;
	return 0;
}

int pending_append(struct pending *p, uint16_t type, uint32_t ttl, struct span rdata)
{
	struct pending_rr rr;
	TRY(store(p, type, ttl, rdata, &rr));
	if (p->count > 0 && p->sorted && compare(p, &p->rrs[p->count - 1], type, rdata) >= 0)
		p->sorted = false;
	p->rrs[p->count++] = rr;
	p->dirty = true;
	return 0;
}

int pending_append_block(struct pending *p, const struct zone_node *node)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrset_count; i++, rrset++) {
		struct span packed = zone_rrset_data(node, rrset), rdata;
		while (zone_rdata_next(&packed, &rdata))
			TRY(pending_append(p, rrset->type, rrset->ttl, rdata));
	}
	return 0;
}

int pending_open(struct pending *p, const uint8_t *name, const struct zone_node *node)
{
	p->name_len = (uint8_t)dns_name_len(name);
	memcpy(p->name, name, p->name_len);
	p->count = 0;
	p->bytes_len = 0;
	p->order = 0;
	p->sorted = true;
	p->active = true;
	if (node != NULL) {
		int ret = pending_append_block(p, node);
		if (ret != 0) {
			p->active = false;
			return ret;
		}
	}
	p->dirty = false;
	return 0;
}

/* First entry that is not less. */
static size_t lower_bound(const struct pending *p, uint16_t type, struct span rdata)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (compare(p, &p->rrs[mid], type, rdata) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool set_ttl(struct pending *p, size_t near, uint16_t type, uint32_t ttl)
{
	bool changed = false;
	if (type == DNS_TYPE_RRSIG)
		return false;
	for (size_t i = near; i > 0 && p->rrs[i - 1].type == type; i--) {
		changed = changed || p->rrs[i - 1].ttl != ttl;
		p->rrs[i - 1].ttl = ttl;
	}
	for (size_t i = near; i < p->count && p->rrs[i].type == type; i++) {
		changed = changed || p->rrs[i].ttl != ttl;
		p->rrs[i].ttl = ttl;
	}
	p->dirty = p->dirty || changed;
	return changed;
}

int pending_add(struct pending *p, uint16_t type, uint32_t ttl, struct span rdata, bool *mismatch)
{
	uint16_t ignored;
	if (!p->sorted)
		pending_settle(p, &ignored);
	size_t at = lower_bound(p, type, rdata);
	if (at < p->count && compare(p, &p->rrs[at], type, rdata) == 0) {
		*mismatch = set_ttl(p, at, type, ttl);
		return E_ISRECORD;
	}
	struct pending_rr rr;
	TRY(store(p, type, ttl, rdata, &rr));
	*mismatch = set_ttl(p, at, type, ttl);
	memmove(&p->rrs[at + 1], &p->rrs[at], (p->count - at) * sizeof(rr));
	p->rrs[at] = rr;
	p->count++;
	p->dirty = true;
	return 0;
}

int pending_remove(struct pending *p, uint16_t type, struct span rdata)
{
	uint16_t ignored;
	if (!p->sorted)
		pending_settle(p, &ignored);
	size_t at = lower_bound(p, type, rdata);
	if (at == p->count || compare(p, &p->rrs[at], type, rdata) != 0)
		return E_NORECORD;
	memmove(&p->rrs[at], &p->rrs[at + 1], (--p->count - at) * sizeof(p->rrs[0]));
	p->dirty = true;
	return 0;
}

int pending_remove_type(struct pending *p, uint16_t type)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (type != DNS_TYPE_ANY && p->rrs[i].type != type)
			p->rrs[kept++] = p->rrs[i];
	}
	if (kept == p->count)
		return E_NORECORD;
	p->count = kept;
	p->dirty = true;
	return 0;
}

static int compare_rrs(const void *a, const void *b, void *arg)
{
	const struct pending *p = arg;
	const struct pending_rr *x = a, *y = b;
	int order = compare(p, x, y->type, rdata_of(p, y));
	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

void pending_settle(struct pending *p, uint16_t *mismatch)
{
	*mismatch = 0;
	if (!p->sorted) {
		qsort_r(p->rrs, p->count, sizeof(p->rrs[0]), compare_rrs, p);
		size_t kept = 0;
		for (size_t i = 0; i < p->count; i++) {
			const struct pending_rr *rr = &p->rrs[i];
			/* Of equal ones the last arrived stays: its TTL counts. */
			if (kept > 0 &&
				compare(p, &p->rrs[kept - 1], rr->type, rdata_of(p, rr)) == 0)
				kept--;
			p->rrs[kept++] = *rr;
		}
		p->count = kept;
		p->sorted = true;
	}
	for (size_t i = 0; i < p->count;) {
		size_t last = i, end = i + 1;
		bool differ = false;
		for (; end < p->count && p->rrs[end].type == p->rrs[i].type; end++) {
			differ = differ || p->rrs[end].ttl != p->rrs[i].ttl;
			if (p->rrs[end].order > p->rrs[last].order)
				last = end;
		}
		if (UNLIKELY(differ) && p->rrs[i].type != DNS_TYPE_RRSIG) {
			*mismatch = p->rrs[i].type;
			for (size_t k = i; k < end; k++)
				p->rrs[k].ttl = p->rrs[last].ttl;
		}
		i = end;
	}
}

uint32_t pending_ttl(const struct pending *p, uint16_t type)
{
	size_t i = 0;
	while (i + 1 < p->count && p->rrs[i].type != type)
		i++;
	return p->rrs[i].ttl;
}

static size_t heads_offset(const struct pending *p)
{
	return (ZONE_NODE_NAME_OFFSET + p->name_len + 3) & ~(size_t)3;
}

static size_t sums(const struct pending *p, size_t *types, size_t *most)
{
	size_t octets = 0, run = 0;
	*types = *most = 0;
	for (size_t i = 0; i < p->count; i++) {
		octets += 2 + (size_t)p->rrs[i].len;
		run = i > 0 && p->rrs[i].type == p->rrs[i - 1].type ? run + 1 : 1;
		*types += run == 1;
		*most = MAX(*most, run);
	}
	return octets;
}

int pending_check(const struct pending *p)
{
	size_t types, most;
	return sums(p, &types, &most) > UINT32_MAX / 2 || most > UINT16_MAX ? E_LIMIT : 0;
}

size_t pending_block_size(const struct pending *p)
{
	size_t types, most, octets = sums(p, &types, &most);
	return (heads_offset(p) + types * sizeof(struct zone_rrset) + octets + 7) & ~(size_t)7;
}

static uint8_t flags_of(const struct pending *p, bool is_apex)
{
	unsigned flags = is_apex ? ZONE_NODE_APEX : 0;
	if (dns_name_is_wildcard(p->name))
		flags |= ZONE_NODE_WILDCARD;
	for (size_t i = 0; i < p->count; i++) {
		switch (p->rrs[i].type) {
		case DNS_TYPE_NS:
			flags |= is_apex ? 0 : ZONE_NODE_CUT;
			break;
		case DNS_TYPE_DELEG:
			flags |= is_apex ? 0 : ZONE_NODE_DELEG;
			break;
		case DNS_TYPE_DNAME:
			flags |= ZONE_NODE_DNAME;
			break;
		case DNS_TYPE_CNAME:
			flags |= ZONE_NODE_CNAME;
			break;
		case DNS_TYPE_NSEC:
			flags |= ZONE_NODE_NSEC;
			break;
		case DNS_TYPE_DS:
			flags |= ZONE_NODE_DS;
			break;
		}
	}
	return (uint8_t)flags;
}

/* Tell each RRset's head where its signatures begin. */
static void link_signatures(const struct zone_node *node, struct zone_rrset *heads)
{
	const struct zone_rrset *sigs = zone_node_find(node, DNS_TYPE_RRSIG);
	if (sigs == NULL)
		return;
	struct span packed = zone_rrset_data(node, sigs), rdata;
	struct zone_rrset *head = heads, *end = heads + node->rrset_count;
	uint32_t at = sigs->data;
	while (zone_rdata_next(&packed, &rdata)) {
		/* Both run in ascending order of types. */
		uint16_t covered = rdata.len >= 2 ? read_u16(rdata.data) : 0;
		while (head < end && head->type < covered)
			head++;
		if (head < end && head->type == covered) {
			head->more_sigs = head->sigs != 0;
			if (head->sigs == 0)
				head->sigs = at & INT32_MAX; /* pending_check's limit */
		}
		at += 2 + (uint32_t)rdata.len;
	}
}

void pending_build(const struct pending *p, bool is_apex, struct zone_node *ret)
{
	uint8_t *base = (uint8_t *)ret;
	struct zone_rrset *heads = (struct zone_rrset *)(void *)(base + heads_offset(p));
	size_t types, most;
	sums(p, &types, &most);

	ret->name_len = p->name_len;
	memcpy(ret->name, p->name, p->name_len);
	ret->rrset_count = (uint16_t)types;
	ret->flags = flags_of(p, is_apex);

	uint8_t *pos = (uint8_t *)(heads + types);
	struct zone_rrset *head = heads - 1;
	for (size_t i = 0; i < p->count; i++) {
		const struct pending_rr *rr = &p->rrs[i];
		if (i == 0 || rr->type != p->rrs[i - 1].type)
			*++head = (struct zone_rrset){ rr->type, 0, rr->ttl, (uint32_t)(pos - base),
				0, 0 };
		head->count++;
		write_u16(pos, rr->len);
		memcpy(pos + 2, p->bytes + rr->offset, rr->len);
		pos += 2 + rr->len;
	}
	ret->size = (uint32_t)(pos - base);
	link_signatures(ret, heads);
}
