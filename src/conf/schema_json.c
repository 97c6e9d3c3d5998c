#include "conf/schema_json.h"
#include "conf/schema.h"

static void put_text(struct buf *out, struct span text)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, (char)text.data[i]);
	}
	buf_char(out, '"');
}

/* All words of "a|b/alias|c=8". */
static void put_choices(struct buf *out, const char *choices)
{
	buf_text(out, "\"enum\":[");
	for (const char *p = choices; *p != '\0';) {
		size_t len = strcspn(p, "|/=");
		put_text(out, (struct span){ (const uint8_t *)p, len });
		p += len;
		if (*p == '=')
			p += strcspn(p, "|");
		if (*p != '\0') {
			buf_char(out, ',');
			p++;
		}
	}
	buf_char(out, ']');
}

static void put_number(struct buf *out, const struct conf_item *item, const char *pattern)
{
	buf_printf(out,
		"\"anyOf\":[{\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld},"
		"{\"type\":\"string\",\"pattern\":\"%s\"}]",
		(long long)item->min, (long long)item->max, pattern);
}

/* One value. */
static void put_value(struct buf *out, const struct conf_item *item)
{
	buf_char(out, '{');
	switch (item->type) {
	case CONF_INT:
		buf_printf(out, "\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld",
			(long long)item->min, (long long)item->max);
		break;
	case CONF_TIME:
		put_number(out, item, "^[0-9]+[smhdwMy]?$");
		break;
	case CONF_PERCENT:
		put_number(out, item, "^[0-9]+([smhdwMy]|%)?$");
		break;
	case CONF_SIZE:
		put_number(out, item, "^[0-9]+[BKMG]?$");
		break;
	case CONF_BOOL:
		buf_text(out, "\"anyOf\":[{\"type\":\"boolean\"},{\"enum\":[\"on\",\"off\","
			      "\"true\",\"false\"]}]");
		break;
	case CONF_OPT:
		put_choices(out, item->choices);
		break;
	case CONF_OPTINT:
		buf_text(out, "\"anyOf\":[{");
		put_choices(out, item->choices);
		buf_text(out, "},{");
		put_number(out, item, "^[0-9]+[smhdwMy]?$");
		buf_text(out, "}]");
		break;
	default:
		buf_text(out, "\"type\":[\"string\",\"number\"]");
	}
	buf_char(out, '}');
}

static void put_item(struct buf *out, const struct conf_item *item)
{
	put_text(out, span_of_text(item->name));
	buf_char(out, ':');
	if (item->flags & CONF_MULTI) {
		buf_text(out, "{\"anyOf\":[");
		put_value(out, item);
		buf_text(out, ",{\"type\":\"array\",\"items\":");
		put_value(out, item);
		buf_text(out, "}]}");
	} else {
		put_value(out, item);
	}
}

static void put_items(struct buf *out, const struct conf_section *s)
{
	buf_text(out, "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	for (size_t i = 0; i < s->count; i++) {
		if (i > 0)
			buf_char(out, ',');
		put_item(out, &s->items[i]);
	}
	buf_char(out, '}');
	if (s->blocks) {
		buf_text(out, ",\"required\":[");
		put_text(out, span_of_text(s->items[0].name));
		buf_char(out, ']');
	}
	buf_char(out, '}');
}

void conf_schema_json(struct buf *out)
{
	buf_text(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
		      "\"$id\":\"https://knot-dns.cz/config.schema.json\","
		      "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	for (size_t i = 0; i < conf_section_count; i++) {
		const struct conf_section *s = &conf_sections[i];
		put_text(out, span_of_text(s->name));
		buf_char(out, ':');
		if (s->blocks)
			buf_text(out, "{\"type\":\"array\",\"items\":");
		put_items(out, s);
		buf_text(out, s->blocks ? "}," : ",");
	}
	buf_text(out, "\"include\":{\"type\":[\"string\",\"array\"]},"
		      "\"clear\":{\"type\":[\"string\",\"array\"]}}}\n");
}
