#include "crypto/ds.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { SHA1 = 1, SHA256 = 2, SHA384 = 4 }; /* IANA's digest types */

#define ALGORITHM_AT 3 /* octet of a DNSKEY */

/* The digest of owner and key. Returns its length, 0 for an unknown type. */
static size_t digest_of(
	unsigned type, struct span owner, struct span dnskey, uint8_t ret[SHA384_DIGEST_SIZE])
{
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha384_ctx sha384;

	switch (type) {
	case SHA1:
		sha1_init(&sha1);
		sha1_update(&sha1, owner.len, owner.data);
		sha1_update(&sha1, dnskey.len, dnskey.data);
		sha1_digest(&sha1, SHA1_DIGEST_SIZE, ret);
		return SHA1_DIGEST_SIZE;
	case SHA256:
		sha256_init(&sha256);
		sha256_update(&sha256, owner.len, owner.data);
		sha256_update(&sha256, dnskey.len, dnskey.data);
		sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret);
		return SHA256_DIGEST_SIZE;
	case SHA384:
		sha384_init(&sha384);
		sha384_update(&sha384, owner.len, owner.data);
		sha384_update(&sha384, dnskey.len, dnskey.data);
		sha384_digest(&sha384, SHA384_DIGEST_SIZE, ret);
		return SHA384_DIGEST_SIZE;
	default:
		return 0;
	}
}

bool crypto_ds_is_of(struct span ds, const uint8_t *owner, struct span dnskey)
{
	uint8_t digest[SHA384_DIGEST_SIZE];
	struct cursor c = cursor_over(ds);
	unsigned tag = cursor_u16(&c), algorithm = cursor_u8(&c), type = cursor_u8(&c);

	if (c.failed || dnskey.len <= ALGORITHM_AT || tag != dns_key_tag(dnskey) ||
		algorithm != dnskey.data[ALGORITHM_AT])
		return false;
	size_t len = digest_of(type, (struct span){ owner, dns_name_len(owner) }, dnskey, digest);
	return len == 0 || span_equal(cursor_rest(&c), (struct span){ digest, len });
}
