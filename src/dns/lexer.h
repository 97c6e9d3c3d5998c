/*
 * dns/lexer: tokens of the master file format (RFC 1035 section 5.1) over text in memory.
 *
 * Splits text into tokens, ends of line and errors; handles comments, parentheses, quotes and counts lines. Escapes stay
 * in the token's text (the field parsers know what they mean). The zone file scanner, the rdata parser, and the tools
 * that read a record from a command line all use it.
 *
 * The end of a token is looked for a vector of octets at a time (AVX2, SSSE3 or NEON) or by a table, chosen at
 * start; all ways give the same tokens.
 *
 * Most of a big zone is names, separated by blanks. Who expects a name asks dns_lexer_name before dns_lexer_next: it
 * makes the wire form straight from the text, 32 octets at a time, and refuses whatever isn't plain.
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
	DNS_TOKEN_BLANK, /* white space at the start of a line with something behind it: the owner is empty */
	DNS_TOKEN_EOF,
	DNS_TOKEN_ERROR, /* see the lexer's error; dns_lexer_skip_line gets out of the record */
};

struct dns_token {
	enum dns_token_kind kind;
	bool escaped; /* a backslash is in it */
	struct span text;
};

struct dns_lexer {
	const uint8_t *pos, *end;
	unsigned line;  /* of the next octet, from 1 */
	unsigned depth; /* of parentheses */
	bool at_start;  /* of a line, outside parentheses */
	bool has_unread;
	struct dns_token unread;
	const char *error; /* static text */
};

static inline struct dns_lexer dns_lexer_over(struct span text)
{
	return (struct dns_lexer){
		.pos = text.data, .end = text.data + text.len, .line = 1, .at_start = true
	};
}

/* The next token. After EOF: EOF. An EOL comes before EOF even if the last line lacks it, unless nothing stood there. */
void dns_lexer_next(struct dns_lexer *lexer, struct dns_token *ret);

/* Give one token back: next returns it again. */
static inline void dns_lexer_unread(struct dns_lexer *lexer, const struct dns_token *token)
{
	lexer->unread = *token;
	lexer->has_unread = true;
}

/* Skip to the end of this line, or of the line where its parentheses close (after an error in it). */
void dns_lexer_skip_line(struct dns_lexer *lexer);

/* A short cut for a name without escapes and quotes, up to 127 octets of text and followed by a blank or the end of
 * the line: as dns_lexer_next and dns_name_parse (or dns_name_parse_lower) together. False: nothing was taken; it may
 * be a name all the same, or an error, or no name at all. "@" and "." are left to the long way. *ret has DNS_NAME_MAX
 * octets, of which any may be overwritten in both cases. */
bool dns_lexer_name(
	struct dns_lexer *lexer, const uint8_t *origin, bool lower, uint8_t *ret, size_t *len);

/* A short cut for the EOL token: true and it has been taken, if the line ends right here. */
static inline bool dns_lexer_eol(struct dns_lexer *lexer)
{
	if (lexer->pos == lexer->end || *lexer->pos != '\n' || lexer->depth > 0 ||
		lexer->at_start || lexer->has_unread)
		return false;
	lexer->pos++;
	lexer->line++;
	lexer->at_start = true;
	return true;
}

/* Ways to find the end of a token, for tests: returns the first octet at or after pos that may end a word (zero, tab,
 * newline, carriage return, blank, quote, semicolon, parentheses, backslash), or end. */
typedef const uint8_t *(*dns_lexer_find)(const uint8_t *pos, const uint8_t *end);
struct dns_lexer_path {
	const char *name;
	dns_lexer_find find;
	bool usable; /* on this processor */
};
extern const struct dns_lexer_path *dns_lexer_paths(size_t *count);

/* Seconds: a number, or numbers with units s m h d w, any case (1h30m). 0 or E_PARSE; at most 2^32-1. */
MUST_USE int dns_ttl_parse(struct span text, uint32_t *ret);
