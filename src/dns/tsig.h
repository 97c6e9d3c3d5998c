/*
 * dns/tsig: transaction signatures (RFC 8945).
 *
 *	server    dns_tsig_read -> (find the key) -> verify_request -> session -> sign each message
 *	client    session_begin -> sign the request -> verify_response for each message that comes
 *
 * A session carries the MAC that the next signature is chained over. The first message after the
 * request is signed with all TSIG variables, later ones with timers only (section 5.3.1); unsigned
 * messages between signed ones are digested on (verify side, at most DNS_TSIG_UNSIGNED_MAX in a
 * row).
 *
 * MACs are compared in constant time; truncated MACs aren't accepted: a good one of half the length
 * or more is E_TSIGTRUNC, a shorter one malformed (sections 5.2.2.1, 5.2.4).
 *
 * Memory   no allocation; a session is some 800 octets and borrows its key's parts.
 * Threads  one session a transaction.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include "dns/name.h"

enum dns_tsig_algorithm {
	DNS_TSIG_NONE,
	DNS_TSIG_HMAC_MD5,
	DNS_TSIG_HMAC_SHA1,
	DNS_TSIG_HMAC_SHA224,
	DNS_TSIG_HMAC_SHA256,
	DNS_TSIG_HMAC_SHA384,
	DNS_TSIG_HMAC_SHA512,
};

#define DNS_TSIG_MAC_MAX      64
#define DNS_TSIG_FUDGE        300 /* seconds */
#define DNS_TSIG_UNSIGNED_MAX 99  /* RFC 8945 section 5.3.1: at least every 100th is signed */

/* TSIG error field (RFC 8945 section 3). */
enum dns_tsig_error {
	DNS_TSIG_BADSIG = 16,
	DNS_TSIG_BADKEY = 17,
	DNS_TSIG_BADTIME = 18,
	DNS_TSIG_BADTRUNC = 22
};

struct dns_tsig_key {
	const uint8_t *name; /* lower-case wire form */
	enum dns_tsig_algorithm algorithm;
	struct span secret;
};

/* By mnemonic ("hmac-sha256", any case, also "hmac-md5.sig-alg.reg.int"), or NONE. */
enum dns_tsig_algorithm dns_tsig_algorithm_parse(struct span text);
/* By wire name, any case, or NONE. */
enum dns_tsig_algorithm dns_tsig_algorithm_of(const uint8_t *name);
/* Mnemonic without final dot ("hmac-md5" for the long one), wire name, octets of the digest. Not
 * for NONE. */
const char *dns_tsig_algorithm_text(enum dns_tsig_algorithm algorithm);
const uint8_t *dns_tsig_algorithm_name(enum dns_tsig_algorithm algorithm);
size_t dns_tsig_digest_len(enum dns_tsig_algorithm algorithm);

/* A TSIG record as it stands in a message. Names in lower case. */
struct dns_tsig {
	uint16_t at; /* offset of the record */
	uint8_t key_name[DNS_NAME_MAX];
	uint8_t algorithm_name[DNS_NAME_MAX];
	enum dns_tsig_algorithm algorithm; /* NONE: unknown */
	uint64_t time;
	uint16_t fudge, original_id, error;
	struct span mac, other; /* borrowed from the message */
};

/* Read the TSIG record at an offset: the last record of the message. E_MALFORMED: also if octets
 * follow it, or CLASS or TTL are wrong. */
MUST_USE int dns_tsig_read(struct span message, size_t at, struct dns_tsig *ret);

/* Octets of a TSIG record made with this key: what to reserve for it (any error, other data
 * included). */
size_t dns_tsig_size(const struct dns_tsig_key *key);
/* The same for an unsigned one that answers this request. */
size_t dns_tsig_error_size(const struct dns_tsig *request);

/* State of a signed transaction. */
struct dns_tsig_session {
	struct dns_tsig_key key;
	uint8_t mac[DNS_TSIG_MAC_MAX];  /* of the request, then of the last signed message */
	uint16_t mac_len;               /* 0: nothing to chain over (before the request) */
	bool timers_only;               /* the next signature is not the first after the request */
	unsigned unsigned_count;        /* messages digested since the last signed one (verify) */
	_Alignas(16) uint8_t hmac[672]; /* running HMAC when unsigned_count > 0 */
};

/* A client's side, before the request. Borrows the key's parts. */
void dns_tsig_session_begin(struct dns_tsig_session *session, const struct dns_tsig_key *key);

/* Check a request's TSIG with the key found for it. On 0 the session is ready to sign the response.
 * On E_TSIGTIME too: that error is signed (section 5.2.3). Others: E_TSIGKEY (name or algorithm
 * isn't the key's), E_TSIGSIG, E_TSIGTRUNC, E_MALFORMED (FORMERR: a MAC longer than the digest or
 * too short). `now` in seconds since 1970. */
MUST_USE int dns_tsig_verify_request(struct span message, const struct dns_tsig *tsig,
	const struct dns_tsig_key *key, uint64_t now, struct dns_tsig_session *session);

/* Append a TSIG record to the finished message of *len octets (at most `size` with it) and count
 * it. For requests (first call of a client's session), responses and the following messages of a
 * transfer alike. E_SPACE. */
MUST_USE int dns_tsig_sign(
	struct dns_tsig_session *session, uint8_t *message, size_t *len, size_t size, uint64_t now);

/* The response to a request whose time is wrong: signed, time of the request, BADTIME, the server's
 * time as other data. */
MUST_USE int dns_tsig_sign_badtime(struct dns_tsig_session *session, const struct dns_tsig *request,
	uint8_t *message, size_t *len, size_t size, uint64_t now);

/* Append an unsigned TSIG with an error (BADKEY, BADSIG): names, time and original ID of the
 * request, fudge 300, no MAC. */
MUST_USE int dns_tsig_put_error(const struct dns_tsig *request, enum dns_tsig_error error,
	uint8_t *message, size_t *len, size_t size);

/* A client's side: check a message of the response. Unsigned messages are digested and pass (0)
 * between signed ones, except the first; *was_signed tells (NULL: don't care). The last message of
 * a transfer has to be signed: the caller checks. Errors: E_TSIGSIG, E_TSIGKEY, E_TSIGTIME,
 * E_TSIGTRUNC, E_MALFORMED; the peer's error (BADKEY, ...) gives the one of the same kind. */
MUST_USE int dns_tsig_verify_response(
	struct dns_tsig_session *session, struct span message, uint64_t now, bool *was_signed);
