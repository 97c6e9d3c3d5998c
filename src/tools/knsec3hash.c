/* knsec3hash: print the NSEC3 hash of a name. */
#include "base/encode.h"
#include "base/product.h"
#include "crypto/nsec3.h"
#include "dns/name.h"
#include "tools/common.h"
#include <stdlib.h>

static void help(void)
{
	printf("Usage: knsec3hash SALT ALGORITHM ITERATIONS NAME\n"
	       "       knsec3hash ALGORITHM FLAGS ITERATIONS SALT NAME\n\n"
	       "SALT is hexadecimal or '-'.\n\n"
	       "Options:\n"
	       " -h, --help     Print the program help.\n"
	       " -V, --version  Print the program version.\n");
}

static bool number(const char *text, unsigned long max, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	*ret = (unsigned)v;
	return *text >= '0' && *text <= '9' && *end == 0 && v <= max;
}

static int run(const char *salt_text, const char *algorithm_text, const char *iterations_text,
	const char *name_text)
{
	uint8_t salt[255], name[DNS_NAME_MAX], hash[CRYPTO_NSEC3_HASH_LEN];
	size_t len;
	ssize_t salt_len = 0;
	unsigned algorithm, iterations;
	if (!number(algorithm_text, 255, &algorithm)) {
		tool_error("invalid algorithm number");
		return E_INVALID;
	}
	if (!number(iterations_text, UINT16_MAX, &iterations)) {
		tool_error("invalid iteration count");
		return E_INVALID;
	}
	if (strcmp(salt_text, "-") != 0) {
		if (strlen(salt_text) > 2 * sizeof(salt)) {
			tool_error("invalid salt, maximum length is 255 bytes");
			return E_INVALID;
		}
		salt_len = base16_decode(span_of_text(salt_text), salt);
		if (salt_len < 0) {
			tool_error("invalid salt (%s)", err_text((int)salt_len));
			return E_INVALID;
		}
	}
	if (dns_name_parse(span_of_text(name_text), NULL, name, &len) != 0) {
		tool_error("cannot parse domain name");
		return E_INVALID;
	}
	dns_name_lower(name, name);
	int ret = crypto_nsec3_hash(
		algorithm, iterations, (struct span){ salt, (size_t)salt_len }, name, hash);
	if (ret != 0) {
		tool_error("cannot compute NSEC3 hash (%s)", err_text(ret));
		return ret;
	}
	char text[BASE32_LEN(CRYPTO_NSEC3_HASH_LEN) + 1] = "";
	base32hex_encode((struct span){ hash, sizeof(hash) }, text);
	printf("%s (salt=%s, hash=%u, iterations=%u)\n", text, salt_text, algorithm, iterations);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		help();
		return EXIT_SUCCESS;
	}
	if (argc == 2 &&
		(strncmp(argv[1], "-V", 2) == 0 || strncmp(argv[1], "--version", 9) == 0)) {
		product_print_version("knsec3hash",
			strcmp(argv[1], "-VV") == 0 || strcmp(argv[1], "--version=V") == 0);
		return EXIT_SUCCESS;
	}
	if (argc != 5 && argc != 6) {
		help();
		return EXIT_FAILURE;
	}
	int ret = argc == 5 ? run(argv[1], argv[2], argv[3], argv[4])
			    : run(argv[4], argv[1], argv[3], argv[5]);
	if (ret == 0 && fflush(stdout) != 0) {
		tool_error("failed writing output (%s)", err_text(err_errno()));
		ret = E_FILE;
	}
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
