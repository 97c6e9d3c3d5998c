/*
 * fuzz_proxy: PROXY v2 headers in datagrams.
 *
 * Oracle: a header is stripped if, and only if, the octets say so by plain arithmetic on offsets; what is left is the end of
 * the datagram. The datagram is in a buffer of its exact size.
 */
#include "net/settings.h"
#include <netinet/in.h>
#include <stdlib.h>

#define CHECK(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct net_range range = { AF_INET, { 10, 0, 0, 0 }, { 10, 0, 0, 255 } };
	static const uint8_t signature[] = { 13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54,
		10 };
	struct net_settings settings = { .proxies = &range, .proxy_count = 1 };
	struct sockaddr_storage sender = { .ss_family = AF_INET }, real;

	if (size < 1)
		return 0;
	bool allowed = data[0] % 2 == 0;
	((struct sockaddr_in *)(void *)&sender)->sin_addr.s_addr =
		htonl(allowed ? 0x0a000007 : 0x0a000107);
	size_t len = size - 1;
	uint8_t *exact = malloc(len + 1);
	CHECK(exact != NULL);
	memcpy(exact, data + 1, len);

	struct span request = { exact, len };
	bool stripped = net_proxy_strip(&settings, &sender, &request, &real);

	bool right = allowed && len >= 16 && memcmp(exact, signature, 12) == 0 &&
		     exact[12] == 0x21 && (exact[13] == 0x12 || exact[13] == 0x22);
	if (right) {
		size_t block = (size_t)exact[14] << 8 | exact[15];
		right = block >= (exact[13] == 0x12 ? 12 : 36) && 16 + block <= len;
		if (right && stripped)
			CHECK(request.data == exact + 16 + block &&
				request.len == len - 16 - block);
	}
	CHECK(stripped == right);
	if (stripped)
		CHECK(real.ss_family == (exact[13] == 0x12 ? AF_INET : AF_INET6));
	else
		CHECK(request.data == exact && request.len == len);
	free(exact);
	return 0;
}
