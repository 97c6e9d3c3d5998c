#include "dns/tsig.h"
#include "base/err.h"
#include "dns/message.h"
#include "dns/rrtype.h"
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <strings.h>

/* ---- Algorithms ---- */

struct algorithm {
	const char *text;
	const uint8_t *name;
	const struct nettle_hash *hash;
	uint8_t digest_len;
};

#define WIRE(s) ((const uint8_t *)(s))

static const struct algorithm algorithms[] = {
	[DNS_TSIG_HMAC_MD5] = { "hmac-md5", WIRE("\10hmac-md5\7sig-alg\3reg\3int"), &nettle_md5,
		16 },
	[DNS_TSIG_HMAC_SHA1] = { "hmac-sha1", WIRE("\11hmac-sha1"), &nettle_sha1, 20 },
	[DNS_TSIG_HMAC_SHA224] = { "hmac-sha224", WIRE("\13hmac-sha224"), &nettle_sha224, 28 },
	[DNS_TSIG_HMAC_SHA256] = { "hmac-sha256", WIRE("\13hmac-sha256"), &nettle_sha256, 32 },
	[DNS_TSIG_HMAC_SHA384] = { "hmac-sha384", WIRE("\13hmac-sha384"), &nettle_sha384, 48 },
	[DNS_TSIG_HMAC_SHA512] = { "hmac-sha512", WIRE("\13hmac-sha512"), &nettle_sha512, 64 },
};

#define LONG_MD5 "hmac-md5.sig-alg.reg.int"

enum dns_tsig_algorithm dns_tsig_algorithm_parse(struct span text)
{
	if (text.len > 1 && text.data[text.len - 1] == '.')
		text.len--;
	for (size_t i = DNS_TSIG_NONE + 1; i < ARRAY_LEN(algorithms); i++) {
		const char *known = algorithms[i].text;
		if (text.len == strlen(known) &&
			strncasecmp((const char *)text.data, known, text.len) == 0)
			return (enum dns_tsig_algorithm)i;
	}
	if (text.len == strlen(LONG_MD5) &&
		strncasecmp((const char *)text.data, LONG_MD5, text.len) == 0)
		return DNS_TSIG_HMAC_MD5;
	return DNS_TSIG_NONE;
}

enum dns_tsig_algorithm dns_tsig_algorithm_of(const uint8_t *name)
{
	for (size_t i = DNS_TSIG_NONE + 1; i < ARRAY_LEN(algorithms); i++) {
		if (dns_name_equal_nocase(name, algorithms[i].name))
			return (enum dns_tsig_algorithm)i;
	}
	return DNS_TSIG_NONE;
}

const char *dns_tsig_algorithm_text(enum dns_tsig_algorithm algorithm)
{
	return algorithms[algorithm].text;
}

const uint8_t *dns_tsig_algorithm_name(enum dns_tsig_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

size_t dns_tsig_digest_len(enum dns_tsig_algorithm algorithm)
{
	return algorithms[algorithm].digest_len;
}

/* ---- HMAC over all hashes ---- */

/* nettle's generic HMAC works on three hash contexts. */
struct hmac {
	_Alignas(16) uint8_t outer[224], inner[224], state[224];
};
static_assert(sizeof(struct sha512_ctx) <= 224 && sizeof(struct sha256_ctx) <= 224 &&
		      sizeof(struct sha1_ctx) <= 224 && sizeof(struct md5_ctx) <= 224,
	"the largest hash context fits");
static_assert(sizeof(struct hmac) <= sizeof(((struct dns_tsig_session *)0)->hmac),
	"and all fit the session");

static void hmac_begin(struct hmac *h, const struct dns_tsig_key *key)
{
	nettle_hmac_set_key(h->outer, h->inner, h->state, algorithms[key->algorithm].hash,
		key->secret.len, key->secret.data);
}

static void hmac_add(struct hmac *h, const struct dns_tsig_key *key, const void *data, size_t len)
{
	algorithms[key->algorithm].hash->update(h->state, len, data);
}

static void hmac_end(struct hmac *h, const struct dns_tsig_key *key, uint8_t *mac)
{
	const struct algorithm *a = &algorithms[key->algorithm];
	nettle_hmac_digest(h->outer, h->inner, h->state, a->hash, a->digest_len, mac);
}

/* ---- What is digested (RFC 8945 section 4.3) ---- */

struct variables {
	uint64_t time;
	uint16_t fudge, original_id, error;
	struct span other;
};

/* MAC of the request, or of the message before. */
static void digest_prior(struct hmac *h, const struct dns_tsig_session *s)
{
	uint8_t len[2];

	if (s->mac_len == 0)
		return;
	write_u16(len, s->mac_len);
	hmac_add(h, &s->key, len, sizeof(len));
	hmac_add(h, &s->key, s->mac, s->mac_len);
}

/* The message as it was before its TSIG was added: `body` octets, with the ID and count of then. */
static void digest_message(struct hmac *h, const struct dns_tsig_key *key, const uint8_t *message,
	size_t body, uint16_t id, uint16_t arcount)
{
	uint8_t header[DNS_HEADER_SIZE];

	memcpy(header, message, sizeof(header));
	write_u16(header, id);
	write_u16(header + 10, arcount);
	hmac_add(h, key, header, sizeof(header));
	hmac_add(h, key, message + sizeof(header), body - sizeof(header));
}

static void digest_variables(
	struct hmac *h, const struct dns_tsig_session *s, const struct variables *v)
{
	uint8_t fixed[12];

	if (!s->timers_only) {
		const uint8_t *algorithm = algorithms[s->key.algorithm].name;
		write_u16(fixed, DNS_CLASS_ANY);
		write_u32(fixed + 2, 0);
		hmac_add(h, &s->key, s->key.name, dns_name_len(s->key.name));
		hmac_add(h, &s->key, fixed, 6);
		hmac_add(h, &s->key, algorithm, dns_name_len(algorithm));
	}
	write_u48(fixed, v->time);
	write_u16(fixed + 6, v->fudge);
	hmac_add(h, &s->key, fixed, 8);
	if (!s->timers_only) {
		write_u16(fixed, v->error);
		write_u16(fixed + 2, (uint16_t)v->other.len);
		hmac_add(h, &s->key, fixed, 4);
		hmac_add(h, &s->key, v->other.data, v->other.len);
	}
}

/* ---- The record ---- */

int dns_tsig_read(struct span message, size_t at, struct dns_tsig *ret)
{
	struct cursor c = cursor_over(message);

	cursor_take(&c, at);
	size_t owner_len = dns_name_read(&c, message, ret->key_name);
	uint16_t type = cursor_u16(&c);
	uint16_t class_ = cursor_u16(&c);
	uint32_t ttl = cursor_u32(&c);
	struct span rdata = cursor_take(&c, cursor_u16(&c));
	TRY(cursor_finish(&c));
	if (owner_len == 0 || type != DNS_TYPE_TSIG || class_ != DNS_CLASS_ANY || ttl != 0)
		return E_MALFORMED;

	c = cursor_over(rdata);
	if (dns_name_read(&c, message, ret->algorithm_name) == 0)
		return E_MALFORMED;
	ret->time = cursor_u48(&c);
	ret->fudge = cursor_u16(&c);
	ret->mac = cursor_take(&c, cursor_u16(&c));
	ret->original_id = cursor_u16(&c);
	ret->error = cursor_u16(&c);
	ret->other = cursor_take(&c, cursor_u16(&c));
	TRY(cursor_finish(&c));
	ret->at = (uint16_t)at;
	dns_name_lower(ret->key_name, ret->key_name);
	dns_name_lower(ret->algorithm_name, ret->algorithm_name);
	ret->algorithm = dns_tsig_algorithm_of(ret->algorithm_name);
	return 0;
}

/* Octets of the record without MAC and other data: owner, 10 of the record, algorithm, 16 of the
 * rdata. */
static size_t record_size(const uint8_t *name, const uint8_t *algorithm)
{
	return dns_name_len(name) + 10 + dns_name_len(algorithm) + 16;
}

#define OTHER_MAX 6 /* the server's time in BADTIME */

size_t dns_tsig_size(const struct dns_tsig_key *key)
{
	const struct algorithm *a = &algorithms[key->algorithm];
	return record_size(key->name, a->name) + a->digest_len + OTHER_MAX;
}

size_t dns_tsig_error_size(const struct dns_tsig *request)
{
	return record_size(request->key_name, request->algorithm_name);
}

/* Append the record; the caller has checked the room. */
static void record_put(uint8_t *message, size_t *len, const uint8_t *name, const uint8_t *algorithm,
	const struct variables *v, struct span mac)
{
	uint8_t *p = message + *len;
	size_t name_len = dns_name_len(name), algorithm_len = dns_name_len(algorithm);

	memcpy(p, name, name_len);
	p += name_len;
	write_u16(p, DNS_TYPE_TSIG);
	write_u16(p + 2, DNS_CLASS_ANY);
	write_u32(p + 4, 0);
	write_u16(p + 8, (uint16_t)(algorithm_len + 16 + mac.len + v->other.len));
	p += 10;
	memcpy(p, algorithm, algorithm_len);
	p += algorithm_len;
	write_u48(p, v->time);
	write_u16(p + 6, v->fudge);
	write_u16(p + 8, (uint16_t)mac.len);
	p += 10;
	if (mac.len > 0)
		memcpy(p, mac.data, mac.len);
	p += mac.len;
	write_u16(p, v->original_id);
	write_u16(p + 2, v->error);
	write_u16(p + 4, (uint16_t)v->other.len);
	p += 6;
	if (v->other.len > 0)
		memcpy(p, v->other.data, v->other.len);
	p += v->other.len;
	*len = (size_t)(p - message);
	write_u16(message + 10, (uint16_t)(read_u16(message + 10) + 1));
}

/* ---- Signing ---- */

void dns_tsig_session_begin(struct dns_tsig_session *session, const struct dns_tsig_key *key)
{
	session->key = *key;
	session->mac_len = 0;
	session->timers_only = false;
	session->unsigned_count = 0;
}

static int sign(
	struct dns_tsig_session *s, uint8_t *message, size_t *len, size_t size, struct variables *v)
{
	const struct algorithm *a = &algorithms[s->key.algorithm];
	bool is_request = s->mac_len == 0;
	struct hmac h;

	if (*len < DNS_HEADER_SIZE)
		return E_INVALID;
	if (*len + record_size(s->key.name, a->name) + a->digest_len + v->other.len >
		MIN(size, (size_t)DNS_MESSAGE_MAX))
		return E_SPACE;
	v->original_id = read_u16(message);
	hmac_begin(&h, &s->key);
	digest_prior(&h, s);
	digest_message(&h, &s->key, message, *len, v->original_id, read_u16(message + 10));
	digest_variables(&h, s, v);
	hmac_end(&h, &s->key, s->mac);
	s->mac_len = a->digest_len;
	s->timers_only = !is_request;
	record_put(message, len, s->key.name, a->name, v, (struct span){ s->mac, s->mac_len });
	return 0;
}

int dns_tsig_sign(
	struct dns_tsig_session *session, uint8_t *message, size_t *len, size_t size, uint64_t now)
{
	struct variables v = { .time = now, .fudge = DNS_TSIG_FUDGE };
	return sign(session, message, len, size, &v);
}

int dns_tsig_sign_badtime(struct dns_tsig_session *session, const struct dns_tsig *request,
	uint8_t *message, size_t *len, size_t size, uint64_t now)
{
	uint8_t server_time[OTHER_MAX];
	struct variables v = {
		.time = request->time,
		.fudge = DNS_TSIG_FUDGE,
		.error = DNS_TSIG_BADTIME,
		.other = { server_time, sizeof(server_time) },
	};

	write_u48(server_time, now);
	return sign(session, message, len, size, &v);
}

int dns_tsig_put_error(const struct dns_tsig *request, enum dns_tsig_error error, uint8_t *message,
	size_t *len, size_t size)
{
	const struct variables v = {
		.time = request->time,
		.fudge = DNS_TSIG_FUDGE,
		.original_id = request->original_id,
		.error = (uint16_t)error,
	};

	if (*len + dns_tsig_error_size(request) > MIN(size, (size_t)DNS_MESSAGE_MAX))
		return E_SPACE;
	record_put(
		message, len, request->key_name, request->algorithm_name, &v, (struct span){ 0 });
	return 0;
}

/* ---- Verifying ---- */

static bool is_of_key(const struct dns_tsig *tsig, const struct dns_tsig_key *key)
{
	return tsig->algorithm != DNS_TSIG_NONE && tsig->algorithm == key->algorithm &&
	       dns_name_equal(tsig->key_name, key->name);
}

/* Finish `h`, into which all before this message went, with the message and compare, in the order
 * of RFC 8945 section 5.2. The MAC is the session's afterwards if it is right. */
static int verify(struct dns_tsig_session *s, struct hmac *h, struct span message,
	const struct dns_tsig *tsig, uint64_t now)
{
	const struct variables v = { tsig->time, tsig->fudge, tsig->original_id, tsig->error,
		tsig->other };
	size_t digest_len = algorithms[s->key.algorithm].digest_len;
	uint8_t mac[DNS_TSIG_MAC_MAX];

	/* Section 5.2.2.1: other lengths are no truncation, but malformed. */
	if (tsig->mac.len > digest_len || tsig->mac.len < MAX((size_t)10, digest_len / 2))
		return E_MALFORMED;
	digest_message(h, &s->key, message.data, tsig->at, tsig->original_id,
		(uint16_t)(read_u16(message.data + 10) - 1));
	digest_variables(h, s, &v);
	hmac_end(h, &s->key, mac);
	if (!nettle_memeql_sec(mac, tsig->mac.data, tsig->mac.len))
		return E_TSIGSIG;
	memcpy(s->mac, tsig->mac.data, tsig->mac.len);
	s->mac_len = (uint16_t)tsig->mac.len;
	uint64_t apart = now > tsig->time ? now - tsig->time : tsig->time - now;
	if (tsig->time == 0 || tsig->fudge == 0 || apart > tsig->fudge)
		return E_TSIGTIME;
	return tsig->mac.len == digest_len ? 0 : E_TSIGTRUNC;
}

int dns_tsig_verify_request(struct span message, const struct dns_tsig *tsig,
	const struct dns_tsig_key *key, uint64_t now, struct dns_tsig_session *session)
{
	struct hmac h;

	if (!is_of_key(tsig, key))
		return E_TSIGKEY;
	dns_tsig_session_begin(session, key);
	hmac_begin(&h, key);
	return verify(session, &h, message, tsig, now);
}

/* The offset of the last record if that is a TSIG in the additional section, else 0. */
static int tsig_find(struct span message, size_t *at)
{
	struct dns_message m;
	struct dns_rr_view rr = { 0 };
	int result;

	*at = 0;
	TRY(dns_message_begin(message, &m));
	while ((result = dns_message_next_rr(&m, &rr)) == 0)
		*at = rr.section == DNS_SECTION_ADDITIONAL && rr.type == DNS_TYPE_TSIG ? rr.at : 0;
	return result == E_EOF ? 0 : result;
}

/* A message without TSIG in a transfer goes into the digest of the next signed one. */
static int digest_unsigned(struct dns_tsig_session *s, struct span message)
{
	struct hmac *h = (struct hmac *)(void *)s->hmac;

	if (!s->timers_only || s->unsigned_count >= DNS_TSIG_UNSIGNED_MAX)
		return E_TSIGSIG;
	if (s->unsigned_count == 0) {
		hmac_begin(h, &s->key);
		digest_prior(h, s);
	}
	hmac_add(h, &s->key, message.data, message.len);
	s->unsigned_count++;
	return 0;
}

int dns_tsig_verify_response(
	struct dns_tsig_session *s, struct span message, uint64_t now, bool *was_signed)
{
	struct hmac *h = (struct hmac *)(void *)s->hmac;
	struct dns_tsig tsig;
	size_t at;

	TRY(tsig_find(message, &at));
	if (was_signed != NULL)
		*was_signed = at != 0;
	if (at == 0)
		return digest_unsigned(s, message);
	TRY(dns_tsig_read(message, at, &tsig));
	if (!is_of_key(&tsig, &s->key))
		return E_TSIGKEY;
	/* These come unsigned: nothing to verify, nothing to trust but that it failed. */
	if (tsig.mac.len == 0)
		return tsig.error == DNS_TSIG_BADKEY     ? E_TSIGKEY
		       : tsig.error == DNS_TSIG_BADTRUNC ? E_TSIGTRUNC
							 : E_TSIGSIG;
	if (s->unsigned_count == 0) {
		hmac_begin(h, &s->key);
		digest_prior(h, s);
	}
	TRY(verify(s, h, message, &tsig, now));
	s->unsigned_count = 0;
	s->timers_only = true;
	if (tsig.error == DNS_TSIG_BADTIME)
		return E_TSIGTIME;
	if (tsig.error == DNS_TSIG_BADTRUNC)
		return E_TSIGTRUNC;
	return tsig.error != 0 ? E_TSIGSIG : 0;
}
