#include "crypto/rrsig.h"
#include "crypto/verify.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include <stdlib.h>

#define KEY_ZONE     0x0100 /* flag of zone keys, RFC 4034 section 2.1.1 */
#define KEY_SEP      0x0001
#define KEY_PROTOCOL 3
#define RRSIG_FIXED  18 /* octets before the signer's name */

/* --- signatures --- */

bool crypto_rrsig_read(struct span rdata, struct crypto_rrsig *ret)
{
	struct cursor c = cursor_over(rdata);
	ret->covered = cursor_u16(&c);
	ret->algorithm = cursor_u8(&c);
	ret->labels = cursor_u8(&c);
	ret->ttl = cursor_u32(&c);
	ret->expiration = cursor_u32(&c);
	ret->inception = cursor_u32(&c);
	ret->tag = cursor_u16(&c);
	ret->signer = dns_name_take(&c);
	ret->signed_part = (struct span){ rdata.data, RRSIG_FIXED + ret->signer.len };
	ret->signature = cursor_rest(&c);
	return !c.failed;
}

bool crypto_rrsig_is_current(const struct crypto_rrsig *sig, uint32_t now)
{
	return (int32_t)(now - sig->inception) >= 0 && (int32_t)(sig->expiration - now) >= 0;
}

/* The labels that a signature's field counts (RFC 4034 section 3.1.3). */
static unsigned counted_labels(const uint8_t *owner)
{
	return dns_name_labels(owner) - dns_name_is_wildcard(owner);
}

bool crypto_rrsig_is_expanded(const struct crypto_rrsig *sig, const uint8_t *owner)
{
	return counted_labels(owner) > sig->labels;
}

void crypto_rrsig_begin(const struct crypto_rrsig *sig, struct buf *out)
{
	buf_reset(out);
	buf_append(out, sig->signed_part.data, sig->signed_part.len);
}

void crypto_rrsig_add(const struct crypto_rrsig *sig, const uint8_t *owner, uint16_t class_,
	struct span rdata, struct buf *out)
{
	if (crypto_rrsig_is_expanded(sig, owner)) {
		owner = dns_name_skip(owner, dns_name_labels(owner) - sig->labels);
		buf_append(out, "\1*", 2);
	}
	buf_append(out, owner, dns_name_len(owner));
	buf_u16(out, sig->covered);
	buf_u16(out, class_);
	buf_u32(out, sig->ttl);
	buf_u16(out, (uint16_t)rdata.len);
	buf_append(out, rdata.data, rdata.len);
}

/* --- keys --- */

struct crypto_keyset_key {
	uint16_t tag;
	uint8_t algorithm;
	bool is_sep;
	struct crypto_key *key;
};

int crypto_keyset_add(struct crypto_keyset *set, struct span dnskey)
{
	struct cursor c = cursor_over(dnskey);
	uint16_t flags = cursor_u16(&c);
	uint8_t protocol = cursor_u8(&c);
	struct crypto_keyset_key key = { .tag = dns_key_tag(dnskey), .algorithm = cursor_u8(&c) };
	key.is_sep = (flags & KEY_SEP) != 0;
	if (c.failed || (flags & KEY_ZONE) == 0 || protocol != KEY_PROTOCOL)
		return E_MALFORMED;
	int error = crypto_key_new(key.algorithm, cursor_rest(&c), &key.key);
	if (error != 0)
		return error == E_NOTSUP ? 0 : error;
	struct crypto_keyset_key *keys = realloc(set->keys, (set->count + 1) * sizeof(*set->keys));
	if (keys == NULL) {
		crypto_key_free(key.key);
		return E_NOMEM;
	}
	set->keys = keys;
	set->keys[set->count++] = key;
	return 0;
}

void crypto_keyset_deinit(struct crypto_keyset *set)
{
	for (size_t i = 0; i < set->count; i++)
		crypto_key_free(set->keys[i].key);
	free(set->keys);
	*set = (struct crypto_keyset){ 0 };
}

bool crypto_keyset_has_same_tags(const struct crypto_keyset *set)
{
	for (size_t i = 0; i < set->count; i++) {
		unsigned same = 0;
		for (size_t k = 0; k < set->count; k++)
			same += set->keys[k].tag == set->keys[i].tag &&
				set->keys[k].algorithm == set->keys[i].algorithm;
		if (same > CRYPTO_KEYSET_SAME_TAG)
			return true;
	}
	return false;
}

static bool is_of(const struct crypto_rrsig *sig, const struct crypto_keyset_key *key)
{
	return key->tag == sig->tag && key->algorithm == sig->algorithm;
}

bool crypto_keyset_knows(const struct crypto_keyset *set, const struct crypto_rrsig *sig)
{
	for (size_t i = 0; i < set->count; i++) {
		if (is_of(sig, &set->keys[i]))
			return true;
	}
	return false;
}

static bool verify_by(
	struct crypto_keyset *set, bool sep_only, const struct crypto_rrsig *sig, struct span data)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct crypto_keyset_key *k = &set->keys[i];
		if (is_of(sig, k) && (k->is_sep || !sep_only) &&
			crypto_verify(k->key, data, sig->signature))
			return true;
	}
	return false;
}

bool crypto_keyset_verify(
	struct crypto_keyset *set, const struct crypto_rrsig *sig, struct span data)
{
	return verify_by(set, false, sig, data);
}

bool crypto_keyset_verify_sep(
	struct crypto_keyset *set, const struct crypto_rrsig *sig, struct span data)
{
	return verify_by(set, true, sig, data);
}
