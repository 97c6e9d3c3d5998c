/*
 * fuzz_dig: what kdig makes of a reply: text, JSON, validation, from any octets.
 *
 * Octets 0 and 1 choose the style; the rest is the message. Oracles: text has no control characters but line ends and TABs; JSON
 * strings end, with nothing in them that has to be escaped, and braces match; the octets of the message are in it when something
 * is left behind what could be read, and only then if the check of the message found it whole.
 */
#include "tools/dig/dig.h"
#include <stdio.h>
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

/* --- what the other parts of the program are for these --- */

static void *kept[1 << 16];
static size_t kept_count;

void *dig_alloc(size_t len)
{
	CHECK(kept_count < ARRAY_LEN(kept));
	return kept[kept_count++] = calloc(1, len);
}

void dig_free(void)
{
	while (kept_count > 0)
		free(kept[--kept_count]);
}

void dig_warn(const char *format, ...)
{
	(void)format;
}

static int fetch(void *context, const uint8_t *name, uint16_t type, struct buf *ret)
{
	const struct span *message = context;
	(void)name;
	(void)type;
	buf_append(ret, message->data, message->len);
	return 0;
}

static void check_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		CHECK((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t');
	for (size_t i = 1; i < len; i++) /* U+0080 to U+009F */
		CHECK((unsigned char)text[i - 1] != 0xc2 || (unsigned char)text[i] >= 0xa0);
}

static void check_json(const char *text, size_t len)
{
	int depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			CHECK((unsigned char)text[i] >= 0x20);
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
			continue;
		}
		in_string = text[i] == '"';
		depth += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
		CHECK(depth >= 0);
	}
	CHECK(!in_string && depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dig_query q;
	struct dig_peer peer = { .text = "::1@53(UDP)", .elapsed_ms = 0.5 };
	char *text = NULL;
	size_t len = 0;
	if (size < 2)
		return 0;
	q = (struct dig_query){ .name_text = "example.com", .type = 1, .class_ = 1 };
	q.style = (struct dig_style){ .multiline = data[0] & 1,
		.short_ = data[0] & 2,
		.generic = data[0] & 4,
		.crypto = data[0] & 8,
		.comments = data[0] & 16,
		.opttext = data[0] & 32,
		.optpresent = data[0] & 64,
		.ttl = data[0] & 128,
		.query = true,
		.header = true,
		.opt = true,
		.question = true,
		.answer = true,
		.authority = true,
		.additional = true,
		.tsig = true,
		.stats = true,
		.class_ = true };
	q.validate = data[1] & 3;
	struct span message = { data + 2, size - 2 };
	FILE *program = stdout;
	stdout = open_memstream(&text, &len);
	dig_print_message(&q, message, &peer, data[1] & 4);
	dig_print_transfer_records(&q, message);
	if (q.validate > 0)
		dig_validate(&q, message, fetch, &message);
	fclose(stdout);
	check_text(text, len);
	free(text);
	if (size >= 14) {
		stdout = open_memstream(&text, &len);
		dig_json_message(&q, message, &peer, 0, data[1] & 4);
		fclose(stdout);
		check_json(text, len);
		bool fits;
		int whole = dig_check_message(message, &fits);
		if (whole != E_MALFORMED)
			CHECK((strstr(text, "\"messageOctetsHEX\": ") != NULL) ==
				(whole == E_TRAILING));
		free(text);
	}
	stdout = program;
	dig_free();
	return 0;
}
