#include "zone/dump.h"
#include "zonefile/writer.h"
#include <time.h>

enum part { PART_PLAIN, PART_SIGNATURES, PART_NSEC, PART_NSEC3, PART_NSEC3_SIGNATURES, PARTS };

static const char *const titles[PARTS] = { NULL, ";; DNSSEC signatures\n", ";; DNSSEC NSEC chain\n",
	";; DNSSEC NSEC3 chain\n", ";; DNSSEC NSEC3 signatures\n" };

struct dump {
	const struct zone_dump_options *options;
	FILE *stream;
	struct buf out;
	uint64_t records;
	enum part part;
	bool titled;
};

#define FLUSH_AT ((size_t)64 << 10) /* octets gathered before a write */

static bool is_wanted(const struct dump *d, uint16_t type)
{
	for (size_t i = 0; i < d->options->skip_count; i++) {
		if (d->options->skip_types[i] == type)
			return false;
	}
	switch (d->part) {
	case PART_PLAIN:
		return type != DNS_TYPE_RRSIG && type != DNS_TYPE_NSEC && type != DNS_TYPE_NSEC3;
	case PART_NSEC:
		return type == DNS_TYPE_NSEC;
	case PART_NSEC3:
		return type == DNS_TYPE_NSEC3;
	default:
		return type == DNS_TYPE_RRSIG;
	}
}

static int put_rrset(struct dump *d, const struct zone_node *node, const struct zone_rrset *rrset)
{
	struct span packed = zone_rrset_data(node, rrset), rdata;
	if (!d->titled && titles[d->part] != NULL)
		buf_text(&d->out, titles[d->part]);
	d->titled = true;
	while (zone_rdata_next(&packed, &rdata)) {
		zonefile_write_rr(node->name, rrset->ttl, rrset->type, rdata, &d->out);
		d->records++;
	}
	if (d->out.error != 0)
		return d->out.error;
	if (d->out.len >= FLUSH_AT) {
		if (fwrite(d->out.data, 1, d->out.len, d->stream) != d->out.len)
			return err_errno();
		d->out.len = 0;
	}
	return 0;
}

static int put_node(struct dump *d, const struct zone_node *node)
{
	const struct zone_rrset *first = zone_node_rrsets(node), *soa = NULL;
	if (d->part == PART_PLAIN && (node->flags & ZONE_NODE_APEX)) {
		soa = zone_node_find(node, DNS_TYPE_SOA);
		if (soa != NULL && is_wanted(d, DNS_TYPE_SOA))
			TRY(put_rrset(d, node, soa));
	}
	for (unsigned i = 0; i < node->rrset_count; i++) {
		if (&first[i] != soa && is_wanted(d, first[i].type))
			TRY(put_rrset(d, node, &first[i]));
	}
	return 0;
}

static int put_all(struct dump *d, const struct zone_snapshot *snap)
{
	char time_text[64];
	time_t now = time(NULL);
	struct tm tm;
	buf_printf(&d->out, ";; Zone dump (Knot DNS %s)\n", d->options->version);
	for (d->part = PART_PLAIN; d->part < PARTS; d->part++) {
		struct trie_iter iter;
		const struct trie_node *leaf;
		d->titled = false;
		trie_iter_init(d->part >= PART_NSEC3 ? &snap->nsec3 : &snap->names, &iter);
		while ((leaf = trie_iter_next(&iter)) != NULL)
			TRY(put_node(d, zone_node_of(leaf)));
	}
	strftime(time_text, sizeof(time_text), "%Y-%m-%d %H:%M:%S %Z", localtime_r(&now, &tm));
	buf_printf(&d->out, ";; Written %llu records\n;; Time %s\n", (unsigned long long)d->records,
		time_text);
	if (d->out.error != 0)
		return d->out.error;
	return fwrite(d->out.data, 1, d->out.len, d->stream) == d->out.len ? 0 : err_errno();
}

int zone_dump(
	const struct zone_snapshot *snap, const struct zone_dump_options *options, FILE *stream)
{
	struct dump d = { .options = options, .stream = stream };
	int ret = put_all(&d, snap);
	buf_deinit(&d.out);
	return ret;
}
