/* conf/check: sections of modules. */
#include "conf/check.h"
#include "dns/rrtype.h"

static int fail(const char **why, const char *text)
{
	*why = text;
	return E_CONFVALUE;
}

static const struct conf_value *get(
	const struct conf_section *s, const struct conf_block *b, const char *item)
{
	return conf_block_get(b, conf_item_of(s, item));
}

static bool has(const struct conf_section *s, const struct conf_block *b, const char *item)
{
	return get(s, b, item) != NULL;
}

/* "[(id)]PATH": at most eight keys, none of them empty. */
static bool is_geodb_key(struct span v)
{
	size_t keys = 1;
	if (v.len >= 4 && memcmp(v.data, "(id)", 4) == 0)
		v = (struct span){ v.data + 4, v.len - 4 };
	for (size_t i = 0; i < v.len; i++) {
		if (v.data[i] == '/' && (i == 0 || v.data[i - 1] == '/'))
			return false;
		keys += v.data[i] == '/';
	}
	return v.len > 0 && v.data[0] != '(' && v.data[v.len - 1] != '/' && keys <= 8;
}

int conf_check_module_value(const struct conf_section *section, const struct conf_item *item,
	struct span v, const char **why)
{
	const char *module = section->name + 4, *name = item->name;
	uint16_t type;
	if (strcmp(module, "cookies") == 0 && strcmp(name, "secret") == 0 && v.len != 16)
		return fail(
			why, "length of the cookie secret must be 32 HEX characters (16 bytes)");
	if (strcmp(module, "dnserr") == 0 && strcmp(name, "report-channel") == 0 && v.len == 1)
		return fail(why, "no valid report channel specified");
	if (strcmp(module, "geoip") == 0 && strcmp(name, "geodb-key") == 0 && !is_geodb_key(v))
		return fail(why, "unrecognized geodb-key format");
	if (strcmp(module, "onlinesign") == 0 && strcmp(name, "nsec-bitmap") == 0 &&
		dns_type_parse(v, &type) != 0)
		return fail(why, "invalid RR type");
	if (strcmp(module, "synthrecord") == 0 && strcmp(name, "prefix") == 0 && v.len > 0 &&
		memchr(v.data, '.', v.len) != NULL)
		return fail(why, "dot '.' is not allowed");
	return 0;
}

static int check_geoip(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	if (!has(s, b, "config-file"))
		return fail(why, "no configuration file specified");
	if (conf_value_count(get(s, b, "geodb-key")) > 8)
		return fail(why, "maximal number of geodb-key items exceeded");
	return conf_block_option_is(s, b, "mode", "geodb") ? fail(why, "geodb mode not available")
							   : 0;
}

static int check_rrl(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	if (conf_block_number(s, b, "rate-limit", 0) >
		1000 * conf_block_number(s, b, "instant-limit", 1))
		return fail(why, "rate limit is higher than 1000 times instant rate limit");
	if (conf_block_number(s, b, "time-rate-limit", 0) >
		1000 * conf_block_number(s, b, "time-instant-limit", 1))
		return fail(why, "time rate limit is higher than 1000 times time instant limit");
	return 0;
}

static int check_synthrecord(
	const struct conf_section *s, const struct conf_block *b, const char **why)
{
	if (!has(s, b, "type"))
		return fail(why, "no synthesis type specified");
	bool forward = conf_block_option_is(s, b, "type", "forward");
	if (forward && has(s, b, "origin"))
		return fail(why, "origin not allowed with forward type");
	if (!forward && !has(s, b, "origin"))
		return fail(why, "no origin specified");
	if (forward && has(s, b, "reverse-short"))
		return fail(why, "reverse-short not allowed with forward type");
	return has(s, b, "network") ? 0 : fail(why, "no network subnet specified");
}

int conf_check_module(const struct conf_section *s, const struct conf_block *b, const char **why)
{
	const char *module = s->name + 4;
	if (strcmp(module, "cookies") == 0 && conf_value_count(get(s, b, "secret")) > 2)
		return fail(why, "up to two cookie values can be configured");
	if (strcmp(module, "dnserr") == 0 && !has(s, b, "report-channel") &&
		conf_block_number(s, b, "agent", 0) == 0)
		return fail(why, "no valid report channel specified");
	if (strcmp(module, "dnsproxy") == 0 && !has(s, b, "remote"))
		return fail(why, "no remote server specified");
	if (strcmp(module, "dnstap") == 0 && !has(s, b, "sink"))
		return fail(why, "no sink specified");
	if (strcmp(module, "noudp") == 0 && has(s, b, "udp-allow-rate") &&
		has(s, b, "udp-truncate-rate"))
		return fail(
			why, "udp-allow-rate and udp-truncate-rate cannot be specified together");
	if (strcmp(module, "geoip") == 0)
		return check_geoip(s, b, why);
	if (strcmp(module, "rrl") == 0)
		return check_rrl(s, b, why);
	if (strcmp(module, "synthrecord") == 0)
		return check_synthrecord(s, b, why);
	return 0;
}
