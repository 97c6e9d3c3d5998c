#include "conf/check.h"
#include "base/log.h"
#include "conf/value.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTION(name) conf_section_find(span_of_text(name))

const struct conf_item *conf_item_of(const struct conf_section *section, const char *name)
{
	return conf_item_find(section, span_of_text(name));
}

static int fail(const char **why, const char *text)
{
	*why = text;
	return E_CONFVALUE;
}

static bool is(const struct conf_section *section, const char *name)
{
	return strcmp(section->name, name) == 0;
}

static bool text_is(struct span v, const char *text)
{
	return span_equal(v, span_of_text(text));
}

/* --- reading blocks --- */

static const struct conf_value *get(
	const struct conf_section *section, const struct conf_block *block, const char *item)
{
	return conf_block_get(block, conf_item_of(section, item));
}

static bool has(
	const struct conf_section *section, const struct conf_block *block, const char *item)
{
	return get(section, block, item) != NULL;
}

size_t conf_value_count(const struct conf_value *v)
{
	size_t n = 0;
	for (; v != NULL; v = conf_value_next(v))
		n++;
	return n;
}

bool conf_values_equal(
	const struct conf_block *a, const struct conf_block *b, const struct conf_item *item)
{
	const struct conf_value *x = conf_block_get(a, item), *y = conf_block_get(b, item);
	while (x != NULL && y != NULL) {
		if (!span_equal(conf_value_span(x), conf_value_span(y)))
			return false;
		x = conf_value_next(x);
		y = conf_value_next(y);
	}
	return x == NULL && y == NULL;
}

/* The number of an item, its default, or `other` if it has none. */
int64_t conf_block_number(const struct conf_section *section, const struct conf_block *block,
	const char *name, int64_t other)
{
	const struct conf_item *item = conf_item_of(section, name);
	const struct conf_value *v = conf_block_get(block, item);
	struct buf b = { 0 };
	int64_t n = other;
	if (v != NULL)
		return conf_value_number(conf_value_span(v));
	if (item->fallback != NULL && conf_value_parse(item, span_of_text(item->fallback), &b) == 0)
		n = conf_value_number(buf_span(&b));
	buf_deinit(&b);
	return n;
}

bool conf_block_option_is(const struct conf_section *section, const struct conf_block *block,
	const char *name, const char *wanted)
{
	const struct conf_item *item = conf_item_of(section, name);
	const struct conf_value *v = conf_block_get(block, item);
	struct buf b = { 0 };
	if (v != NULL)
		conf_value_print(item, conf_value_span(v), &b);
	else if (item->fallback != NULL)
		buf_text(&b, item->fallback);
	bool ret = text_is(buf_span(&b), wanted);
	buf_deinit(&b);
	return ret;
}

/* --- values --- */

bool conf_module_split(struct span text, struct span *name, struct span *id)
{
	const uint8_t *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
	*name = text;
	*id = (struct span){ 0 };
	if (slash == NULL)
		return text.len > 0;
	*name = (struct span){ text.data, (size_t)(slash - text.data) };
	*id = (struct span){ slash + 1, text.len - name->len - 1 };
	return name->len > 0 && id->len > 0;
}

/* Modules that can't run on defaults alone. */
static bool needs_id(const char *name)
{
	static const char *const names[] = { "mod-dnserr", "mod-dnsproxy", "mod-dnstap",
		"mod-geoip", "mod-queryacl", "mod-synthrecord" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static int check_module(
	const struct conf_tree *tree, const struct conf_item *item, struct span v, const char **why)
{
	struct span name, id;
	if (v.len == 0 && (item->flags & CONF_EMPTY))
		return 0;
	if (!conf_module_split(v, &name, &id))
		return fail(why, err_text(E_INVALID));
	const struct conf_section *section = conf_section_find(name);
	if (section == NULL || name.len < 4 || memcmp(name.data, "mod-", 4) != 0)
		return fail(why, "unknown module");
	if (id.len == 0)
		return needs_id(section->name) ? fail(why, "missing module configuration") : 0;
	return conf_tree_find(tree, section, id) != NULL ? 0
							 : fail(why, "invalid module reference");
}

/* Names of sections in `choices` that have the block. */
static int check_reference(
	const struct conf_tree *tree, const struct conf_item *item, struct span v, const char **why)
{
	unsigned found = 0;
	bool fallback = false;
	if (v.len == 0 && (item->flags & CONF_EMPTY))
		return 0;
	for (const char *p = item->choices; *p != 0;) {
		size_t n = strcspn(p, "|");
		if (*p == '*') {
			fallback = true;
		} else {
			const struct conf_section *section =
				conf_section_find((struct span){ (const uint8_t *)p, n });
			struct buf id = { 0 };
			if (section != NULL && v.len > 0 &&
				conf_value_parse(&section->items[0], v, &id) == 0)
				found += conf_tree_find(tree, section, buf_span(&id)) != NULL;
			buf_deinit(&id);
		}
		p += n + (p[n] != 0);
	}
	if (found > 1)
		return fail(why, err_text(E_CONFAMBIG));
	if (found == 0 && !(fallback && text_is(v, "default")))
		return fail(why, err_text(E_CONFREF));
	return 0;
}

/* A number of digits alone. False: none. */
static bool take_number(const char *text, char **end, unsigned long *ret)
{
	*ret = *text >= '0' && *text <= '9' ? strtoul(text, end, 10) : 0;
	return *text >= '0' && *text <= '9';
}

/* "R/M" at the start. False: malformed. */
static bool parse_modulo(const char *text, char **end)
{
	unsigned long r, m;
	return take_number(text, end, &r) && **end == '/' && take_number(*end + 1, end, &m) &&
	       r < m && m <= 256;
}

static int check_special(const struct conf_section *section, const struct conf_item *item,
	struct span v, const char **why)
{
	char text[64] = "", *end;
	if (v.len < sizeof(text) && v.len > 0)
		memcpy(text, v.data, v.len);
	if (strcmp(item->name, "keytag-modulo") == 0) {
		if (!parse_modulo(text, &end) || *end != 0)
			return fail(
				why, "invalid value, expected format 'R/M', where R < M <= 256");
	} else if (strcmp(item->name, "serial-modulo") == 0) {
		bool good = v.len > 0 && v.len < sizeof(text);
		end = text;
		if (good && text[0] >= '0' && text[0] <= '9')
			good = parse_modulo(text, &end);
		if (good && *end != 0) {
			const char *sign = end;
			unsigned long add;
			good = (*sign == '+' || *sign == '-') &&
			       take_number(sign + 1, &end, &add) && *end == 0 && add <= 2000000000;
		}
		if (!good)
			return fail(why, "invalid value, expected format '[R/M][+-A]', where R < M "
					 "<= 256 and |A| < 2e9");
	} else if (strcmp(item->name, "zonefile-skip") == 0) {
		uint16_t type;
		if (!(v.len == 6 && strncasecmp((const char *)v.data, "dnssec", 6) == 0) &&
			dns_type_parse(v, &type) != 0)
			return fail(why, "invalid type");
	} else if (strcmp(item->name, "cert-key") == 0 ||
		   strcmp(item->name, "zone-db-cert-key") == 0) {
		if (v.len != 32)
			return fail(
				why, "invalid certificate pin, expected base64-encoded 32 bytes");
	} else if (strcmp(item->name, "catalog-group") == 0) {
		if (v.len > 255)
			return fail(why, "group name longer than 255 characters");
	} else if (strcmp(item->name, "zone-db-input") == 0 ||
		   strcmp(item->name, "zone-db-output") == 0) {
		if (conf_value_number(v) == 0)
			return fail(why, "instance number must be 1-8");
	} else if (is(section, "module") && strcmp(item->name, "id") == 0) {
		if (v.len < 4 || memcmp(v.data, "mod-", 4) != 0)
			return fail(why, "required 'mod-' prefix");
	} else if (is(section, "keystore") && strcmp(item->name, "id") == 0) {
		if (v.data[0] == '-')
			return fail(why, "leading dash not allowed");
	}
	return 0;
}

static int check_listen(const struct conf_section *section, struct span v, const char **why)
{
	struct conf_address a;
	if (is(section, "xdp"))
		return fail(why, "XDP is not available");
	if (!is(section, "server"))
		return 0;
	if (conf_address_parse(v, 53, &a) != 0)
		return fail(why, err_text(E_INVALID));
	if (a.sa.ss_family == AF_INET && ((struct sockaddr_in *)&a.sa)->sin_port == 0)
		return fail(why, "invalid port");
	if (a.sa.ss_family == AF_INET6 && ((struct sockaddr_in6 *)&a.sa)->sin6_port == 0)
		return fail(why, "invalid port");
	return 0;
}

static int check_include_from(const struct conf_block *block, struct span v, const char **why)
{
	return block != NULL && dns_name_below(v.data, block->id) > 1 ? 0
								      : fail(why, "not a subzone");
}

int conf_check_value(const struct conf_tree *tree, const struct conf_section *section,
	const struct conf_block *block, const struct conf_item *item, struct span v,
	const char **why)
{
	if (item->type == CONF_REF)
		return check_reference(tree, item, v, why);
	if (item->type == CONF_MODREF)
		return check_module(tree, item, v, why);
	if (strncmp(item->name, "listen", 6) == 0 && item->type == CONF_ADDR)
		return check_listen(section, v, why);
	if (strcmp(item->name, "include-from") == 0)
		return check_include_from(block, v, why);
	if (strcmp(item->name, "zone-db-listen") == 0)
		return fail(why, "zone database backend is not available");
	if (strncmp(section->name, "mod-", 4) == 0)
		return conf_check_module_value(section, item, v, why);
	return check_special(section, item, v, why);
}

/* --- sections --- */

static uint16_t port_of(const struct conf_address *a)
{
	return ntohs(a->sa.ss_family == AF_INET ? ((const struct sockaddr_in *)&a->sa)->sin_port
						: ((const struct sockaddr_in6 *)&a->sa)->sin6_port);
}

static bool is_wildcard(const struct conf_address *a)
{
	return a->sa.ss_family == AF_INET
		       ? ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr == INADDR_ANY
		       : IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr);
}

static bool overlap(const struct conf_address *a, const struct conf_address *b)
{
	if (a->sa.ss_family == AF_UNSPEC || a->sa.ss_family != b->sa.ss_family ||
		port_of(a) != port_of(b))
		return false;
	if (is_wildcard(a) && is_wildcard(b))
		return a->device[0] == 0 || b->device[0] == 0 || strcmp(a->device, b->device) == 0;
	if (is_wildcard(a) || is_wildcard(b))
		return true;
	return a->sa.ss_family == AF_INET
		       ? ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr ==
				 ((const struct sockaddr_in *)&b->sa)->sin_addr.s_addr
		       : IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)&a->sa)->sin6_addr,
				 &((const struct sockaddr_in6 *)&b->sa)->sin6_addr);
}

static bool lists_overlap(
	const struct conf_value *a, uint16_t port_a, const struct conf_value *b, uint16_t port_b)
{
	for (; a != NULL; a = conf_value_next(a)) {
		for (const struct conf_value *i = b; i != NULL; i = conf_value_next(i)) {
			struct conf_address x, y;
			if (conf_address_parse(conf_value_span(a), port_a, &x) == 0 &&
				conf_address_parse(conf_value_span(i), port_b, &y) == 0 &&
				overlap(&x, &y))
				return true;
		}
	}
	return false;
}

static int check_server(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	if (has(s, b, "cert-file") != has(s, b, "key-file"))
		return fail(why, "both server certificate and key must be set");
	if (lists_overlap(get(s, b, "listen-tls"), 853, get(s, b, "listen"), 53))
		return fail(why, "TLS listen address/port overlaps with TCP listen address/port");
	if (has(s, b, "listen-quic"))
		return fail(why, "QUIC processing not available");
	return 0;
}

static int check_remote(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	if (!has(s, b, "address"))
		return fail(why, "no remote address defined");
	if (conf_block_number(s, b, "quic", 0) != 0)
		return fail(why, conf_block_number(s, b, "tls", 0) != 0
					 ? "remote can't use both QUIC and TLS"
					 : "QUIC not available");
	if (conf_value_count(get(s, b, "cert-key")) > 4)
		return fail(why, "too many cert-key values");
	if (conf_value_count(get(s, b, "cert-hostname")) > 4)
		return fail(why, "too many cert-hostname values");
	return 0;
}

static int check_acl(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	if (has(s, b, "remote") &&
		(has(s, b, "address") || has(s, b, "key") || has(s, b, "protocol") ||
			has(s, b, "cert-key") || has(s, b, "cert-hostname")))
		return fail(why, "specified ACL/remote together with address, key, protocol, "
				 "cert-key, or cert-hostname");
	bool by_name =
		has(s, b, "update-owner") && conf_block_option_is(s, b, "update-owner", "name");
	if (by_name && !has(s, b, "update-owner-name"))
		log_notice("config, 'update-owner-name' not specified");
	if (!by_name && has(s, b, "update-owner-name"))
		log_notice("config, 'update-owner-name' requires 'update-owner: name'");
	return 0;
}

static int check_keystore(
	const struct conf_section *s, const struct conf_block *b, const char **why)
{
	bool pkcs11 = conf_block_option_is(s, b, "backend", "pkcs11");
	if (pkcs11 && !has(s, b, "config"))
		return fail(why, "no PKCS #11 configuration defined");
	if (!pkcs11 && conf_block_number(s, b, "key-label", 0) != 0)
		return fail(why, "key labels not supported with the specified keystore");
	return 0;
}

/* Warn of what a directory lacks. `missing_too`: it has to exist. */
static void warn_directory(const char *what, const char *path, bool missing_too)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		if (missing_too)
			log_warning("config, %s '%s' not exists", what, path);
	} else if (!S_ISDIR(st.st_mode)) {
		log_warning("config, %s '%s' not a directory", what, path);
	} else if (access(path, W_OK) != 0) {
		log_warning("config, %s '%s' not writable", what, path);
	}
}

static int check_database(
	const struct conf_section *s, const struct conf_block *b, const char **why)
{
	static const struct {
		const char *item, *what;
	} databases[] = { { "journal-db", "journal database" }, { "kasp-db", "KASP database" },
		{ "timer-db", "timer database" }, { "catalog-db", "catalog database" } };
	char storage[PATH_MAX], path[2 * PATH_MAX];
	const struct conf_value *v = get(s, b, "storage");
	struct span base =
		v != NULL ? conf_value_span(v) : span_of_text(conf_item_of(s, "storage")->fallback);
	if (conf_value_count(get(s, b, "zone-db-cert-key")) > 4)
		return fail(why, "too many zone-db-cert-key values");
	if (conf_value_count(get(s, b, "zone-db-cert-hostname")) > 4)
		return fail(why, "too many zone-db-cert-hostname values");
	snprintf(storage, sizeof(storage), "%.*s", (int)base.len, base.data);
	warn_directory("database storage", storage, true);
	for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
		v = get(s, b, databases[i].item);
		if (v == NULL)
			continue;
		bool absolute = v->len > 0 && v->data[0] == '/';
		snprintf(path, sizeof(path), "%s%s%.*s", absolute ? "" : storage,
			absolute ? "" : "/", (int)v->len, v->data);
		warn_directory(databases[i].what, path, false);
	}
	return 0;
}

/* --- policy --- */

static bool key_size_fits(const char *algorithm, int64_t size)
{
	if (strncmp(algorithm, "rsa", 3) == 0)
		return size >= 1024 && size <= 4096;
	return size == (strcmp(algorithm, "ecdsap384sha384") == 0 ? 384
			       : strcmp(algorithm, "ed448") == 0  ? 456
								  : 256);
}

/* The largest jitter of dnssec-jitter for a base: (1 + V) x 65535 / 65536 of V seconds or percent. */
static int64_t jitter(const struct conf_section *s, const struct conf_block *b, int64_t base)
{
	const struct conf_value *v = get(s, b, "dnssec-jitter");
	if (v == NULL)
		return 0;
	__int128 n = conf_value_number(conf_value_span(v));
	if (conf_value_number((struct span){ v->data + 8, 8 }) != 0)
		n = n * base / 100;
	n = n < 1 ? 0 : (1 + n) * 65535 / 65536;
	return (int64_t)MIN(n, (__int128)INT64_MAX / 4); /* sums with lifetimes stay in range */
}

static int check_policy_sizes(
	const struct conf_section *s, const struct conf_block *b, const char **why)
{
	struct buf algorithm = { 0 };
	const struct conf_value *v = get(s, b, "algorithm"), *ksk = get(s, b, "ksk-size"),
				*zsk = get(s, b, "zsk-size");
	if (v != NULL)
		conf_value_print(v->item, conf_value_span(v), &algorithm);
	else
		buf_text(&algorithm, "ecdsap256sha256");
	const char *name = algorithm.error == 0 ? (const char *)algorithm.data : "";
	int ret = 0;
	if (ksk != NULL && !key_size_fits(name, conf_value_number(conf_value_span(ksk))))
		ret = fail(why, "KSK key size not compatible with the algorithm");
	else if (zsk != NULL && !key_size_fits(name, conf_value_number(conf_value_span(zsk))))
		ret = fail(why, "ZSK key size not compatible with the algorithm");
	buf_deinit(&algorithm);
	return ret;
}

static int check_policy_times(
	const struct conf_section *s, const struct conf_block *b, const char **why)
{
	int64_t d = conf_block_number(s, b, "dnskey-ttl", 1),
		t = conf_block_number(s, b, "zone-max-ttl", d);
	int64_t p = conf_block_number(s, b, "propagation-delay", 3600),
		l = conf_block_number(s, b, "rrsig-lifetime", 14 * 86400);
	int64_t q = conf_block_number(s, b, "rrsig-pre-refresh", l * 5 / 1000),
		f = conf_block_number(s, b, "rrsig-refresh", l / 10 + p + t);
	int64_t ksk = conf_block_number(s, b, "ksk-lifetime", 0),
		zsk = conf_block_number(s, b, "zsk-lifetime", 30 * 86400);
	bool single = conf_block_number(s, b, "single-type-signing", 0) != 0;
	if (zsk != 0 && jitter(s, b, zsk) >= zsk)
		return fail(why, "DNSSEC jitter too high for ZSK lifetime");
	if (f < t + p)
		log_warning(
			"config, RRSIG refresh lower than maximum zone TTL + propagation delay");
	if (l <= f + jitter(s, b, f) + q)
		return fail(why, "RRSIG refresh + pre-refresh higher than RRSIG lifetime");
	if (single && ksk != 0 && ksk < 2 * p + d + t)
		return fail(why, "CSK lifetime too low according to propagation delay, DNSKEY TTL, "
				 "and maximum zone TTL");
	if (!single && ksk != 0 && ksk < 2 * p + 2 * d)
		return fail(
			why, "KSK lifetime too low according to propagation delay and DNSKEY TTL");
	if (!single && zsk != 0 && zsk < 2 * p + d + t)
		return fail(why, "ZSK lifetime too low according to propagation delay, DNSKEY TTL, "
				 "and maximum zone TTL");
	return 0;
}

static int check_policy(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	TRY(check_policy_sizes(s, b, why));
	TRY(check_policy_times(s, b, why));
	if (has(s, b, "ds-push") && conf_block_option_is(s, b, "cds-cdnskey-publish", "none"))
		return fail(why, "DS push requires enabled CDS/CDNSKEY publication");
	int64_t iterations = conf_block_number(s, b, "nsec3-iterations", 0);
	if (conf_block_number(s, b, "nsec3", 0) != 0 && iterations > 0)
		log_notice("config, policy[%.*s].nsec3-iterations=%lld is too high, the "
			   "recommended value is 0",
			(int)b->id_len, b->id, (long long)iterations);
	if (conf_block_option_is(s, b, "dnskey-management", "incremental")) {
		if (conf_block_number(s, b, "offline-ksk", 0) != 0)
			return fail(why,
				"incremental DNSKEY management can't be used with offline-ksk");
		if (conf_block_number(s, b, "delete-delay", 0) == 0)
			return fail(why,
				"incremental DNSKEY management requires configured delete-delay");
	}
	return 0;
}

/* --- zones: effective values --- */

static const struct conf_block *find_template(const struct conf_tree *tree, struct span id)
{
	return conf_tree_find(tree, conf_section_template, id);
}

/* Where values come from: a zone and its template, or a template alone. Both may be NULL. */
struct scope {
	const struct conf_tree *tree;
	const struct conf_block *zone, *template;
};

static struct scope scope_of(const struct conf_tree *tree, const struct conf_block *zone)
{
	const struct conf_value *t = get(conf_section_zone, zone, "template");
	struct span id = t != NULL ? conf_value_span(t) : span_of_text("default");
	return (struct scope){ tree, zone, find_template(tree, id) };
}

static const struct conf_value *raw_value(const struct scope *s, const char *item)
{
	const struct conf_value *v = get(conf_section_zone, s->zone, item);
	const struct conf_item *below =
		v == NULL ? conf_item_of(conf_section_template, item) : NULL;
	return below != NULL ? conf_block_get(s->template, below) : v;
}

static const struct conf_value *scope_value(const struct scope *s, const char *item)
{
	const struct conf_value *v = raw_value(s, item);
	/* The single empty value: explicitly none. */
	return v != NULL && v->len == 0 && (v->item->flags & CONF_EMPTY) &&
			       conf_value_next(v) == NULL
		       ? NULL
		       : v;
}

const struct conf_block *conf_zone_template(
	const struct conf_tree *tree, const struct conf_block *zone)
{
	return scope_of(tree, zone).template;
}

const struct conf_value *conf_zone_value(
	const struct conf_tree *tree, const struct conf_block *zone, const char *item)
{
	struct scope s = scope_of(tree, zone);
	return scope_value(&s, item);
}

static int64_t zone_number(const struct scope *s, const char *name)
{
	const struct conf_value *v = scope_value(s, name);
	return v != NULL ? conf_value_number(conf_value_span(v))
			 : conf_block_number(conf_section_zone, NULL, name, 0);
}

static bool zone_option_is(const struct scope *s, const char *name, const char *wanted)
{
	const struct conf_value *v = scope_value(s, name);
	struct buf b = { 0 };
	if (v == NULL)
		return conf_block_option_is(conf_section_zone, NULL, name, wanted);
	conf_value_print(v->item, conf_value_span(v), &b);
	bool ret = text_is(buf_span(&b), wanted);
	buf_deinit(&b);
	return ret;
}

static int check_intervals(const struct scope *s, const char **why)
{
	static const struct {
		const char *min, *max, *text;
	} pairs[] = {
		{ "refresh-min-interval", "refresh-max-interval",
			"'refresh-min-interval' is higher than 'refresh-max-interval'" },
		{ "retry-min-interval", "retry-max-interval",
			"'retry-min-interval' is higher than 'retry-max-interval'" },
		{ "expire-min-interval", "expire-max-interval",
			"'expire-min-interval' is higher than 'expire-max-interval'" },
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const struct conf_value *min = scope_value(s, pairs[i].min);
		const struct conf_value *max = scope_value(s, pairs[i].max);
		if (min != NULL && max != NULL &&
			conf_value_number(conf_value_span(min)) >
				conf_value_number(conf_value_span(max)))
			return fail(why, pairs[i].text);
	}
	return 0;
}

static int check_modulo(const struct scope *s, const char **why)
{
	const struct conf_value *v = scope_value(s, "serial-modulo");
	if (v == NULL)
		return 0;
	char text[64] = "";
	memcpy(text, v->data, MIN((size_t)v->len, sizeof(text) - 1));
	const char *slash = strchr(text, '/'), *sign = strpbrk(text, "+-");
	bool active = (slash != NULL && strtoul(slash + 1, NULL, 10) > 1) ||
		      (sign != NULL && strtoul(sign + 1, NULL, 10) > 0);
	if (active && zone_number(s, "dnssec-signing") == 0)
		return fail(why, "'serial-modulo' is only possible with `dnssec-signing`");
	if (active && !zone_option_is(s, "zonefile-load", "none") &&
		!zone_option_is(s, "zonefile-load", "difference-no-serial"))
		return fail(why, "'serial-modulo' requires 'zonefile-load' either 'none' or "
				 "'difference-no-serial'");
	return 0;
}

static int check_catalog(const struct scope *s, const char **why)
{
	bool has_zone = scope_value(s, "catalog-zone") != NULL;
	bool has_template = scope_value(s, "catalog-template") != NULL;
	if (zone_option_is(s, "catalog-role", "interpret")) {
		if (has_zone)
			return fail(why, "'catalog-zone' not compatible with catalog role");
		return has_template ? 0
				    : fail(why, "'catalog-template' required with catalog role");
	}
	if (has_template)
		return fail(why, "'catalog-template' not compatible with catalog role");
	if (zone_option_is(s, "catalog-role", "member"))
		return has_zone ? 0 : fail(why, "'catalog-zone' required with catalog role");
	if (has_zone)
		return fail(why, "'catalog-zone' not compatible with catalog role");
	if (zone_option_is(s, "catalog-role", "generate") &&
		scope_value(s, "serial-policy") != NULL &&
		!zone_option_is(s, "serial-policy", "unixtime"))
		return fail(why, "'serial-policy' must be 'unixtime' for generated catalog zones");
	return 0;
}

/* Has the zone nothing to check by itself? Most have none of their own but a file name. */
static bool is_plain(const struct conf_block *zone)
{
	for (const struct conf_value *v = conf_block_first(zone); v != NULL;
		v = conf_block_after(v)) {
		if (strcmp(v->item->name, "file") != 0 && strcmp(v->item->name, "storage") != 0 &&
			strcmp(v->item->name, "template") != 0 &&
			strcmp(v->item->name, "comment") != 0)
			return false;
	}
	return true;
}

/* A zone, or (without zone) a template in catalog-template: the values of sheet section 5 fit together. */
static int check_settings(const struct scope *s, const char **why)
{
	TRY(check_intervals(s, why));
	if (zone_option_is(s, "zonefile-load", "difference-no-serial") &&
		!zone_option_is(s, "journal-content", "all"))
		return fail(why,
			"'zonefile-load: difference-no-serial' requires 'journal-content: all'");
	bool signing = zone_number(s, "dnssec-signing") != 0;
	if (signing && zone_number(s, "dnssec-validation") != 0)
		return fail(why, "'dnssec-validation' is not compatible with 'dnssec-signing'");
	const struct conf_value *ddns = raw_value(s, "ddns-master");
	if (ddns != NULL && ddns->len == 0 && !signing)
		return fail(why, "empty 'ddns-master' requires 'dnssec-signing' enabled");
	const struct conf_value *policy = scope_value(s, "dnssec-policy");
	if (scope_value(s, "ds-push") != NULL && policy != NULL &&
		conf_block_option_is(SECTION("policy"),
			conf_tree_find(s->tree, SECTION("policy"), conf_value_span(policy)),
			"cds-cdnskey-publish", "none"))
		return fail(why, "DS push requires enabled CDS/CDNSKEY publication");
	if (scope_value(s, "include-from") != NULL && scope_value(s, "reverse-generate") != NULL)
		return fail(why, "include-from not compatible with reverse-from");
	return check_modulo(s, why);
}

/* A template for members of a catalog. */
static int check_member_template(const struct scope *s, const char **why)
{
	bool has_zone = scope_value(s, "catalog-zone") != NULL;
	if (zone_option_is(s, "catalog-role", "interpret"))
		return fail(why, "catalog role interpret in a catalog template");
	if (zone_option_is(s, "catalog-role", "generate"))
		return fail(why, "catalog role generate in a catalog template");
	if (zone_option_is(s, "catalog-role", "member") && !has_zone)
		return fail(why, "no catalog zone defined");
	if (scope_value(s, "catalog-template") != NULL)
		return fail(why, "'catalog-template' not compatible with catalog role");
	if (zone_option_is(s, "catalog-role", "none") && has_zone)
		return fail(why, "'catalog-zone' not compatible with catalog role");
	if (zone_option_is(s, "catalog-role", "none") && scope_value(s, "catalog-group") != NULL)
		return fail(why, "'catalog-group' not compatible with catalog role");
	return check_settings(s, why);
}

static void note_whole(const struct conf_block *zone)
{
	char name[DNS_NAME_TEXT_SIZE];
	dns_name_print(zone->id, name);
	log_zone_notice(
		name, "config, 'zonefile-load: whole' not compatible with 'journal-content: all'");
}

static int check_zone_values(const struct scope *s, const char **why)
{
	TRY(check_settings(s, why));
	TRY(check_catalog(s, why));
	for (const struct conf_value *v = scope_value(s, "catalog-template"); v != NULL;
		v = conf_value_next(v)) {
		struct scope members = { s->tree, NULL,
			find_template(s->tree, conf_value_span(v)) };
		TRY(check_member_template(&members, why));
	}
	return 0;
}

static int check_zone(struct conf_tree *tree, const struct conf_block *zone, const char **why)
{
	struct scope s = scope_of(tree, zone);
	/* Zones that add nothing are as good as their template, which is looked at once. */
	bool plain = is_plain(zone), whole = tree->checked_is_whole;
	if (plain && s.template == NULL)
		return 0;
	if (!plain || tree->checked != s.template) {
		TRY(check_zone_values(&s, why));
		whole = zone_option_is(&s, "zonefile-load", "whole") &&
			zone_option_is(&s, "journal-content", "all");
	}
	if (plain) {
		tree->checked = s.template;
		tree->checked_is_whole = whole;
	}
	if (whole)
		note_whole(zone);
	return 0;
}

int conf_check_block(struct conf_tree *tree, const struct conf_section *s,
	const struct conf_block *b, const char **why)
{
	if (is(s, "zone"))
		return check_zone(tree, b, why);
	if (is(s, "template")) {
		tree->checked = NULL;
		if (has(s, b, "global-module") && !text_is(conf_block_id(b), "default"))
			return fail(why, "global module in non-default template");
	}
	if (is(s, "server"))
		return check_server(s, b, why);
	if (is(s, "remote"))
		return check_remote(s, b, why);
	if (is(s, "acl"))
		return check_acl(s, b, why);
	if (is(s, "keystore"))
		return check_keystore(s, b, why);
	if (is(s, "policy"))
		return check_policy(s, b, why);
	if (is(s, "database"))
		return check_database(s, b, why);
	if (strncmp(s->name, "mod-", 4) == 0)
		return conf_check_module(s, b, why);
	if (is(s, "key") && !has(s, b, "secret"))
		return fail(why, "no key secret defined");
	if (is(s, "remotes") && !has(s, b, "remote"))
		return fail(why, "no remote defined");
	if (is(s, "dnskey-sync") && !has(s, b, "remote"))
		return fail(why, "no remote address defined");
	if (is(s, "control") && conf_value_count(get(s, b, "listen")) > 4)
		return fail(why, "too many control sockets configured");
	return 0;
}
