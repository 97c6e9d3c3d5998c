#include "conf/settings.h"
#include "base/err.h"
#include "base/hash.h"
#include "conf/check.h"
#include "conf/value.h"
#include "dns/rrtype.h"
#include <stdlib.h>

/* --- modules --- */

static int copy_span(struct span from, struct span *ret)
{
	uint8_t *copy = malloc(from.len + 1);

	if (copy == NULL)
		return E_NOMEM;
	if (from.len > 0)
		memcpy(copy, from.data, from.len);
	copy[from.len] = 0;
	*ret = (struct span){ copy, from.len };
	return 0;
}

static void free_span(struct span s)
{
	free((uint8_t *)s.data);
}

int conf_modules_new(const struct conf_tree *tree, const struct conf_value *value,
	const struct conf_module **ret, size_t *count)
{
	struct conf_module *modules = calloc(conf_value_count(value) + 1, sizeof(*modules));
	size_t n = 0;

	if (modules == NULL)
		return E_NOMEM;
	for (const struct conf_value *v = value; v != NULL; v = conf_value_next(v)) {
		struct conf_module *m = &modules[n];
		struct span name, id;
		if (!conf_module_split(conf_value_span(v), &name, &id))
			continue;
		n++;
		int error = copy_span(name, &m->name);
		if (error == 0)
			error = copy_span(id, &m->id);
		if (error != 0) {
			conf_modules_free(modules, n);
			return error;
		}
		m->section = conf_section_find(m->name);
		if (id.len > 0)
			m->block = conf_block_ref(conf_tree_find(tree, m->section, id));
	}
	*ret = modules;
	*count = n;
	return 0;
}

void conf_modules_free(const struct conf_module *modules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free_span(modules[i].name);
		free_span(modules[i].id);
		conf_block_unref(modules[i].block);
	}
	free((struct conf_module *)modules);
}

static bool blocks_equal(const struct conf_block *a, const struct conf_block *b)
{
	const struct conf_value *x = conf_block_first(a), *y = conf_block_first(b);

	for (; x != NULL && y != NULL && a != b; x = conf_block_after(x), y = conf_block_after(y)) {
		if (x->item != y->item || !span_equal(conf_value_span(x), conf_value_span(y)))
			return false;
	}
	return a == b || (x == NULL && y == NULL && (a == NULL) == (b == NULL));
}

static bool modules_equal(
	const struct conf_module *a, size_t na, const struct conf_module *b, size_t nb)
{
	for (size_t i = 0; i < na && na == nb; i++) {
		if (!span_equal(a[i].name, b[i].name) || !span_equal(a[i].id, b[i].id) ||
			!blocks_equal(a[i].block, b[i].block))
			return false;
	}
	return na == nb;
}

/* --- settings --- */

struct conf_zone_settings *conf_zone_settings_ref(struct conf_zone_settings *settings)
{
	if (settings != NULL)
		__atomic_add_fetch(&settings->refs, 1, __ATOMIC_RELAXED);
	return settings;
}

void conf_zone_settings_unref(struct conf_zone_settings *settings)
{
	if (settings == NULL || __atomic_sub_fetch(&settings->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	conf_modules_free(settings->modules, settings->module_count);
	free((uint16_t *)settings->skip_types);
	free_span(settings->storage);
	free_span(settings->file);
	free(settings);
}

static bool skips_equal(const struct conf_zone_settings *a, const struct conf_zone_settings *b)
{
	return a->skip_count == b->skip_count &&
	       (a->skip_count == 0 ||
		       memcmp(a->skip_types, b->skip_types, a->skip_count * sizeof(uint16_t)) == 0);
}

bool conf_zone_settings_equal(
	const struct conf_zone_settings *a, const struct conf_zone_settings *b)
{
	if (a == b)
		return true;
	return a->zonefile_load == b->zonefile_load && a->semantic_checks == b->semantic_checks &&
	       a->catalog_role == b->catalog_role && a->zonemd_verify == b->zonemd_verify &&
	       a->deleg_aware == b->deleg_aware && a->serial_policy == b->serial_policy &&
	       a->is_secondary == b->is_secondary && a->zonefile_sync == b->zonefile_sync &&
	       a->default_ttl == b->default_ttl && a->max_size == b->max_size &&
	       span_equal(a->storage, b->storage) && span_equal(a->file, b->file) &&
	       skips_equal(a, b) &&
	       modules_equal(a->modules, a->module_count, b->modules, b->module_count);
}

static size_t settings_hash(const struct conf_zone_settings *s)
{
	const struct siphash_key key = { 0 };
	const uint64_t parts[] = { (uint64_t)s->zonefile_load, (uint64_t)s->semantic_checks,
		(uint64_t)s->catalog_role, s->zonemd_verify, s->default_ttl, s->max_size,
		(uint64_t)s->serial_policy, (uint64_t)s->zonefile_sync, s->is_secondary,
		(uint64_t)s->deleg_aware, s->skip_count, s->module_count,
		siphash24(key, s->storage), siphash24(key, s->file) };
	uint64_t h = siphash24(key, (struct span){ (const uint8_t *)parts, sizeof(parts) });

	for (size_t i = 0; i < s->module_count; i++)
		h = h * 31 + siphash24(key, s->modules[i].name) + siphash24(key, s->modules[i].id);
	return (size_t)h;
}

/* --- from the tree --- */

static int64_t zone_number(
	const struct conf_tree *tree, const struct conf_block *zone, const char *name)
{
	const struct conf_value *v = conf_zone_value(tree, zone, name);

	return v != NULL ? conf_value_number(conf_value_span(v))
			 : conf_block_number(conf_section_zone, NULL, name, 0);
}

static struct span zone_text(
	const struct conf_tree *tree, const struct conf_block *zone, const char *name)
{
	const struct conf_value *v = conf_zone_value(tree, zone, name);

	return v != NULL ? conf_value_span(v)
			 : span_of_text(conf_item_of(conf_section_zone, name)->fallback);
}

static int find_skips(const struct conf_value *v, struct conf_zone_settings *s)
{
	static const uint16_t dnssec[] = { DNS_TYPE_DNSKEY, DNS_TYPE_RRSIG, DNS_TYPE_NSEC,
		DNS_TYPE_NSEC3, DNS_TYPE_NSEC3PARAM, DNS_TYPE_CDNSKEY, DNS_TYPE_CDS };

	if (v == NULL)
		return 0;
	uint16_t *types = calloc(conf_value_count(v) * ARRAY_LEN(dnssec), sizeof(*types));
	if (types == NULL)
		return E_NOMEM;
	for (; v != NULL; v = conf_value_next(v)) {
		if (dns_type_parse(conf_value_span(v), &types[s->skip_count]) == 0) {
			s->skip_count++;
			continue;
		}
		memcpy(types + s->skip_count, dnssec, sizeof(dnssec));
		s->skip_count += ARRAY_LEN(dnssec);
	}
	s->skip_types = types;
	return 0;
}

static int find_settings(
	const struct conf_tree *tree, const struct conf_block *zone, struct conf_zone_settings *s)
{
	*s = (struct conf_zone_settings){
		.refs = 1,
		.zonefile_load = (enum conf_zonefile_load)zone_number(tree, zone, "zonefile-load"),
		.semantic_checks = (enum conf_semantic)zone_number(tree, zone, "semantic-checks"),
		.catalog_role = (enum conf_catalog)zone_number(tree, zone, "catalog-role"),
		.serial_policy = (enum conf_serial)zone_number(tree, zone, "serial-policy"),
		.zonefile_sync = zone_number(tree, zone, "zonefile-sync"),
		.is_secondary = conf_zone_value(tree, zone, "master") != NULL,
		.zonemd_verify = zone_number(tree, zone, "zonemd-verify") != 0,
		.deleg_aware = (int)zone_number(tree, zone, "deleg-aware"),
		.default_ttl = (uint32_t)zone_number(tree, zone, "default-ttl"),
		.max_size = (uint64_t)zone_number(tree, zone, "zone-max-size"),
	};
	/* A zone's own file name isn't a shared setting. */
	bool own_file = conf_block_get(zone, conf_item_of(conf_section_zone, "file")) != NULL;
	TRY(copy_span(zone_text(tree, zone, "storage"), &s->storage));
	TRY(copy_span(own_file ? (struct span){ 0 } : zone_text(tree, zone, "file"), &s->file));
	TRY(find_skips(conf_zone_value(tree, zone, "zonefile-skip"), s));
	return conf_modules_new(
		tree, conf_zone_value(tree, zone, "module"), &s->modules, &s->module_count);
}

/* --- the table: open addressing by content --- */

struct conf_settings_table {
	unsigned refs;                     /* atomic */
	struct conf_zone_settings **slots; /* NULL: free */
	size_t size, count;                /* size is a power of two */
};

int conf_settings_table_new(struct conf_settings_table **ret)
{
	struct conf_settings_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return E_NOMEM;
	table->refs = 1;
	table->size = 16;
	table->slots = calloc(table->size, sizeof(*table->slots));
	if (table->slots == NULL) {
		free(table);
		return E_NOMEM;
	}
	*ret = table;
	return 0;
}

struct conf_settings_table *conf_settings_table_ref(struct conf_settings_table *table)
{
	__atomic_add_fetch(&table->refs, 1, __ATOMIC_RELAXED);
	return table;
}

void conf_settings_table_unref(struct conf_settings_table *table)
{
	if (table == NULL || __atomic_sub_fetch(&table->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	for (size_t i = 0; i < table->size; i++)
		conf_zone_settings_unref(table->slots[i]);
	free(table->slots);
	free(table);
}

size_t conf_settings_table_count(const struct conf_settings_table *table)
{
	return table->count;
}

/* The slot of equal settings, or the free one where they go. */
static struct conf_zone_settings **table_slot(
	struct conf_zone_settings **slots, size_t size, const struct conf_zone_settings *s)
{
	size_t slot = settings_hash(s) & (size - 1);

	while (slots[slot] != NULL && !conf_zone_settings_equal(slots[slot], s))
		slot = (slot + 1) & (size - 1);
	return &slots[slot];
}

/* Does anything but the table hold it? What only the table holds nobody else can take hold of. */
static bool in_use(const struct conf_zone_settings *settings)
{
	return settings != NULL && __atomic_load_n(&settings->refs, __ATOMIC_ACQUIRE) > 1;
}

/* Make room; what no configuration has any more is dropped. */
static int table_grow(struct conf_settings_table *table)
{
	size_t used = 0, size = 16, count = 0;

	for (size_t i = 0; i < table->size; i++)
		used += in_use(table->slots[i]);
	while (size < 4 * (used + 1))
		size *= 2;
	struct conf_zone_settings **slots = calloc(size, sizeof(*slots));
	if (slots == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < table->size; i++) {
		struct conf_zone_settings *s = table->slots[i];
		if (!in_use(s)) { /* counts only fall meanwhile */
			conf_zone_settings_unref(s);
			continue;
		}
		*table_slot(slots, size, s) = s;
		count++;
	}
	free(table->slots);
	table->slots = slots;
	table->size = size;
	table->count = count;
	return 0;
}

/* Has the zone settings of its own beside template and file? */
static bool adds_settings(const struct conf_block *zone, bool *own_file)
{
	bool adds = false;

	*own_file = false;
	for (const struct conf_value *v = conf_block_first(zone); v != NULL;
		v = conf_block_after(v)) {
		if (strcmp(v->item->name, "file") == 0)
			*own_file = true;
		else if (strcmp(v->item->name, "comment") != 0 &&
			 strcmp(v->item->name, "template") != 0)
			adds = true;
	}
	return adds;
}

int conf_settings_find(struct conf_settings_finder *f, const struct conf_block *zone,
	struct conf_zone_settings **ret)
{
	const struct conf_block *template = conf_zone_template(f->tree, zone);
	bool own_file, adds = adds_settings(zone, &own_file);

	if (!adds && f->used && f->own_file == own_file && f->template == template) {
		*ret = f->settings;
		return 0;
	}
	if (2 * (f->table->count + 1) > f->table->size)
		TRY(table_grow(f->table));
	struct conf_zone_settings *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return E_NOMEM;
	int error = find_settings(f->tree, zone, s);
	struct conf_zone_settings **slot =
		error == 0 ? table_slot(f->table->slots, f->table->size, s) : NULL;
	if (slot == NULL || *slot != NULL) {
		conf_zone_settings_unref(s);
	} else {
		*slot = s;
		f->table->count++;
	}
	if (error != 0)
		return error;
	*ret = *slot;
	if (!adds) {
		f->used = true;
		f->own_file = own_file;
		f->template = template;
		f->settings = *slot;
	}
	return 0;
}
