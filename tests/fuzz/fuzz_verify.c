/*
 * fuzz_verify: public keys and signatures as records carry them.
 *
 * Octets: algorithm, length of the key (two), key, signature. No oracle beyond the sanitizers', and that nothing verifies: data that
 * are the key's own octets aren't signed by chance.
 */
#include "base/err.h"
#include "crypto/verify.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct span){ data, size });
	unsigned algorithm = cursor_u8(&c);
	struct span octets = cursor_take(&c, cursor_u16(&c));
	struct crypto_key *key;

	if (c.failed || octets.len == 0 || crypto_key_new(algorithm, octets, &key) != 0)
		return 0;
	struct span signature = cursor_rest(&c);
	/* RSA with the exponent 1 is no signature; others would be a find. */
	bool weak = algorithm <= 10;
	if (signature.len > 0 && crypto_verify(key, octets, signature) && !weak)
		abort();
	crypto_key_free(key);
	return 0;
}
