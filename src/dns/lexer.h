/*
 * dns/lexer: tokens of the master file format (RFC 1035 section 5.1) over text in memory.
 *
 * Splits text into tokens, ends of line and errors; handles comments, parentheses, quotes and counts lines. Escapes stay
 * in the token's text (the field parsers know what they mean). The zone file scanner, the rdata parser, and the tools
 * that read a record from a command line all use it.
 *
 * The end of a token is looked for a vector of octets at a time (AVX2, SSE2 or NEON) or by a table, chosen at start;
 * all ways give the same tokens.
 *
 * Memory   the text is borrowed; tokens borrow from it. Nothing is read beyond its end.
 * Threads  one lexer a thread.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"

enum dns_token_kind {
	DNS_TOKEN_WORD,   /* unquoted */
	DNS_TOKEN_QUOTED, /* text between quotes, escapes kept */
	DNS_TOKEN_EOL,    /* end of line outside parentheses */
	DNS_TOKEN_BLANK,  /* white space at the start of a line with something behind it: the owner is empty */
	DNS_TOKEN_EOF,
	DNS_TOKEN_ERROR,  /* see the lexer's error; the rest of the line has been skipped */
};

struct dns_token {
	enum dns_token_kind kind;
	bool escaped; /* a backslash is in it */
	struct span text;
};

struct dns_lexer {
	const uint8_t *pos, *end;
	unsigned line;     /* of the next octet, from 1 */
	unsigned depth;    /* of parentheses */
	bool at_start;     /* of a line, outside parentheses */
	bool has_unread;
	struct dns_token unread;
	const char *error; /* static text */
};

static inline struct dns_lexer dns_lexer_over(struct span text)
{
	return (struct dns_lexer){ .pos = text.data, .end = text.data + text.len, .line = 1, .at_start = true };
}

/* The next token. After EOF: EOF. An EOL comes before EOF even if the last line lacks it, unless nothing stood there. */
void dns_lexer_next(struct dns_lexer *lexer, struct dns_token *ret);

/* Give one token back: next returns it again. */
static inline void dns_lexer_unread(struct dns_lexer *lexer, const struct dns_token *token)
{
	lexer->unread = *token;
	lexer->has_unread = true;
}

/* Skip to the end of this line or of its parentheses (after an error in it), as far as can be told: parentheses are
 * taken as closed at the end of the physical line. */
void dns_lexer_skip_line(struct dns_lexer *lexer);

/* Ways to find the end of a token, for tests: returns the first octet at or after pos that may end a word (white space, controls, quote,
 * semicolon, parentheses, backslash), or end. */
typedef const uint8_t *(*dns_lexer_find)(const uint8_t *pos, const uint8_t *end);
struct dns_lexer_path {
	const char *name;
	dns_lexer_find find;
	bool usable; /* on this processor */
};
extern const struct dns_lexer_path *dns_lexer_paths(size_t *count);

/* Seconds: a number, or numbers with units s m h d w, any case (1h30m). 0 or E_PARSE; at most 2^32-1. */
MUST_USE int dns_ttl_parse(struct span text, uint32_t *ret);
