/*
 * dns/parser: what the field parsers share (inside the dns room). The common fields are in rdata_parse.c,
 * those that only one rare type has in rdata_parse_rare.c.
 *
 * Errors   E_PARSE with `why`, a static text. Threads  a parser: one.
 */
#pragma once
#include "dns/layout.h"
#include "dns/lexer.h"

struct parser {
	struct dns_lexer *lexer;
	const uint8_t *origin;
	uint8_t *out; /* DNS_RDATA_MAX octets */
	size_t len;
	uint16_t type;
	const char *why;
};

static inline int bad(struct parser *p, const char *why)
{
	p->why = why;
	return E_PARSE;
}

/* A token with text; the end of the line is an error. */
static inline int need(struct parser *p, struct dns_token *t)
{
	dns_lexer_next(p->lexer, t);
	if (LIKELY(t->kind == DNS_TOKEN_WORD || t->kind == DNS_TOKEN_QUOTED))
		return 0;
	if (t->kind == DNS_TOKEN_ERROR)
		return bad(p, p->lexer->error);
	dns_lexer_unread(p->lexer, t);
	return bad(p, "missing record data field");
}

/* A token with text, or the end of the line, which is given back. */
static inline int more(struct parser *p, struct dns_token *t, bool *end)
{
	dns_lexer_next(p->lexer, t);
	*end = false;
	if (t->kind == DNS_TOKEN_WORD || t->kind == DNS_TOKEN_QUOTED)
		return 0;
	if (t->kind == DNS_TOKEN_ERROR)
		return bad(p, p->lexer->error);
	dns_lexer_unread(p->lexer, t);
	*end = true;
	return 0;
}

static inline uint8_t *room(struct parser *p, size_t n)
{
	return LIKELY(DNS_RDATA_MAX - p->len >= n) ? p->out + p->len : NULL;
}

/* A decimal number of at most `max`. */
MUST_USE int parser_number(struct span text, uint64_t max, uint64_t *ret);
MUST_USE int parser_put_integer(struct parser *p, uint64_t v, unsigned octets);
/* The token as a C string. */
MUST_USE int parser_text_of(struct parser *p, const struct dns_token *t, char *out, size_t size);

/* Fields. */
MUST_USE int parser_name(struct parser *p, bool lower);
MUST_USE int parser_ipv4(struct parser *p);
MUST_USE int parser_ipv6(struct parser *p);
MUST_USE int parser_binary(struct parser *p, bool hex, bool may_be_empty);

/* Fields of rare types. */
MUST_USE int parser_loc(struct parser *p);
MUST_USE int parser_apl(struct parser *p);
MUST_USE int parser_a6(struct parser *p);
MUST_USE int parser_wks(struct parser *p);
MUST_USE int parser_ipseckey(struct parser *p);
MUST_USE int parser_relay(struct parser *p);
MUST_USE int parser_hip(struct parser *p);
MUST_USE int parser_params(struct parser *p);
