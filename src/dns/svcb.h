/*
 * dns/svcb: the parameters of SVCB and HTTPS (RFC 9460) and of DELEG in text form (inside the dns room).
 *
 * Cost     of the text's length; sorting at most 64 keys. Threads  pure, no allocation.
 */
#pragma once
#include "base/buf.h"
#include "base/cursor.h"
#include "dns/lexer.h"
#include "dns/rdata.h"

/* Print checked parameters; `deleg`: the key names of DELEG. False: there's no text that parses to them (keys that
 * are mandatory are missing, RFC 9460 section 8), what was appended is to be dropped. One on each line if the style wraps. */
bool dns_svcb_print(
	struct span params, bool deleg, const struct dns_print_style *style, struct buf *out);
/* Parse one "key" or "key=value" word that the lexer gave, whose value may be in quotes directly behind the word. Collects into
 * params; dns_svcb_finish sorts, checks and writes. */
struct dns_svcb_param {
	uint16_t key;
	uint16_t len;
	uint32_t at;
};
struct dns_svcb {
	struct dns_svcb_param params[64];
	unsigned count;
	bool deleg;
	uint8_t values[65535];
	size_t used;
};
int dns_svcb_add(struct dns_svcb *s, const struct dns_token *word, struct dns_lexer *lexer,
	const char **why);
int dns_svcb_finish(struct dns_svcb *s, uint8_t *out, size_t room, size_t *len, const char **why);
