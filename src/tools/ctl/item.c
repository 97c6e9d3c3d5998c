#include "tools/ctl/ctl.h"

static struct span between(const char *from, const char *to)
{
	return (struct span){ (const uint8_t *)from, (size_t)(to - from) };
}

/* The identifier behind '[', escapes undone in place. NULL: no end. */
static char *take_id(char *from, struct span *ret)
{
	char *to = from, *p = from;

	for (; *p != '\0' && *p != ']'; p++) {
		if (p[0] == '\\' && p[1] == ']')
			p++;
		*to++ = *p;
	}
	if (*p == '\0')
		return NULL;
	*ret = between(from, to);
	return p + 1;
}

const char *ctl_parse_item(char *text, struct ctl_item *ret)
{
	char *p = text + strcspn(text, "[.");

	*ret = (struct ctl_item){ .section = between(text, p) };
	if (p == text)
		return "missing item specification";
	if (*p == '[') {
		p = take_id(p + 1, &ret->id);
		if (p == NULL)
			return "missing bracket after identifier";
	}
	if (*p == '.') {
		p++;
		char *end = p + strcspn(p, "[].");
		ret->item = between(p, end);
		p = end;
		if (ret->item.len == 0)
			return "missing item specification";
	}
	return *p != '\0' ? "unexpected token" : NULL;
}
