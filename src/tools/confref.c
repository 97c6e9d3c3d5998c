/*
 * confref: print the configuration reference (Markdown) from the schema table. Run by the build, not installed.
 *
 * With file names: judge these configurations instead, a line "FILE: ok" or "FILE: failed" each (for tests).
 */
#include "conf/conf.h"
#include <stdio.h>

static const char *const type_names[CONF_TYPES] = {
	[CONF_INT] = "integer",
	[CONF_TIME] = "time",
	[CONF_PERCENT] = "time or percentage",
	[CONF_SIZE] = "size",
	[CONF_BOOL] = "boolean",
	[CONF_OPT] = "option",
	[CONF_OPTINT] = "option or time",
	[CONF_STR] = "text",
	[CONF_PATH] = "path",
	[CONF_HEX] = "octets",
	[CONF_B64] = "base64",
	[CONF_NAME] = "domain name",
	[CONF_ADDR] = "address",
	[CONF_NET] = "network",
	[CONF_REF] = "reference",
	[CONF_MODREF] = "module",
	[CONF_RRTYPE] = "record type",
	[CONF_RELNAME] = "relative domain name",
};

static const char introduction[] =
	"# Configuration reference\n\n"
	"Made from the table that the server itself reads its configuration by. The form of the "
	"file: knot.conf(5).\n\n"
	"| type | form |\n"
	"|---|---|\n"
	"| integer | decimal number |\n"
	"| time | seconds, or a number with one unit: `s`, `m`, `h`, `d`, `w`, `M` (30 days), `y` "
	"(365 days) |\n"
	"| percentage | a number with `%` |\n"
	"| size | octets, or a number with one unit: `B`, `K`, `M`, `G` (powers of 1024) |\n"
	"| boolean | `on`, `true`, `off`, `false`; without value: on |\n"
	"| option | one of the words listed |\n"
	"| octets | `0x` and hexadecimal digits, else the text itself |\n"
	"| domain name | always absolute; escapes `\\DDD` and `\\X` |\n"
	"| address | `ADDRESS[@PORT]`, `0.0.0.0%DEVICE` or `::%DEVICE`, or the path of a UNIX "
	"socket |\n"
	"| network | `ADDRESS`, `ADDRESS/PREFIX`, `ADDRESS-ADDRESS`, or an absolute path |\n"
	"| reference | identifier of a block that stands before |\n"
	"| relative domain name | a name that without final dot is below the zone |\n"
	"| record type | mnemonic or `TYPEn` |\n"
	"| base64 | with padding, without blanks |\n"
	"| module | `mod-NAME` or `mod-NAME/ID` |\n\n"
	"Marks: **list**: several values. **restart**: a change takes effect after a restart. "
	"**reload**: a change reloads the zones "
	"concerned. **no effect**: accepted, but the feature isn't built in this version (named in "
	"the log). Sections without effect hold options without effect.\n";

/* Text of a table cell: '|' would end it. */
static void put_cell(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			putchar('\\');
		putchar(*text);
	}
}

/* Words of "a|b/alias|c=8|*", each as code. */
static void put_choices(const struct conf_item *item)
{
	bool first = true;

	if (item->type == CONF_REF)
		fputs(" to ", stdout);
	else
		fputs(": ", stdout);
	for (const char *p = item->choices; *p != '\0';) {
		size_t len = strcspn(p, "|/=");
		fputs(first ? "" : ", ", stdout);
		if (len == 1 && *p == '*') /* no section: also without a block */
			fputs("or `default`", stdout);
		else
			printf("`%.*s`", (int)len, p);
		first = false;
		len += p[len] == '=' ? strcspn(p + len, "|") : 0;
		p += len + (p[len] != '\0');
	}
}

/* A limit, of sizes in the largest unit that it is a multiple of. */
static void put_limit(const struct conf_item *item, int64_t limit)
{
	static const char units[] = { 'G', 'M', 'K' };

	for (size_t i = 0; item->type == CONF_SIZE && limit > 0 && i < ARRAY_LEN(units); i++) {
		int64_t worth = (int64_t)1 << (10 * (ARRAY_LEN(units) - i));
		if (limit % worth == 0) {
			printf("%lld%c", (long long)(limit / worth), units[i]);
			return;
		}
	}
	printf("%lld", (long long)limit);
}

static void put_range(const struct conf_item *item)
{
	bool ranged = item->type == CONF_INT || item->type == CONF_TIME ||
		      item->type == CONF_PERCENT || item->type == CONF_SIZE ||
		      item->type == CONF_OPTINT;

	if (!ranged)
		return;
	fputs(", ", stdout);
	put_limit(item, item->min);
	fputs(" to ", stdout);
	put_limit(item, item->max);
}

static void put_marks(const struct conf_item *item)
{
	static const struct {
		unsigned flag;
		const char *text;
	} marks[] = { { CONF_REQUIRED, "Required. " }, { CONF_MULTI, "**list** " },
		{ CONF_RESTART, "**restart** " }, { CONF_RELOAD, "**reload** " },
		{ CONF_INERT, "**no effect** " }, { CONF_OBSOLETE, "**obsolete** " } };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (item->flags & marks[i].flag)
			fputs(marks[i].text, stdout);
	}
	if (item->flags & CONF_EMPTY)
		fputs("An empty value means none. ", stdout);
}

static void put_item(const struct conf_item *item, bool is_id)
{
	printf("| `%s` | %s", item->name, type_names[item->type]);
	if (item->choices != NULL)
		put_choices(item);
	put_range(item);
	fputs(" | ", stdout);
	if (item->fallback != NULL) {
		putchar('`');
		put_cell(item->fallback);
		putchar('`');
	}
	fputs(" | ", stdout);
	if (is_id)
		fputs("Identifier. ", stdout);
	put_marks(item);
	put_cell(item->help[0] == '\0' && strcmp(item->name, "comment") == 0
			 ? "Free text, no effect"
			 : item->help);
	fputs(" |\n", stdout);
}

static void put_section(const struct conf_section *section)
{
	printf("\n## %s\n\n%s %s%s\n\n", section->name, section->help,
		section->blocks ? "Blocks, each with an identifier." : "One set of options.",
		section->inert ? " **no effect**" : "");
	fputs("| option | type | default | |\n|---|---|---|---|\n", stdout);
	for (size_t i = 0; i < section->count; i++)
		put_item(&section->items[i], section->blocks && i == 0);
}

static void judge(const char *path)
{
	struct conf *conf = NULL;

	printf("%s: %s\n", path, conf_load_file(path, &conf) == 0 ? "ok" : "failed");
	conf_unref(conf);
}

int main(int argc, char **argv)
{
	log_configure_tool(LOG_INFORM);
	setvbuf(stdout, NULL, _IOLBF, 0); /* in order with what is logged */
	for (int i = 1; i < argc; i++)
		judge(argv[i]);
	if (argc == 1) {
		fputs(introduction, stdout);
		for (size_t i = 0; i < conf_section_count; i++)
			put_section(&conf_sections[i]);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
