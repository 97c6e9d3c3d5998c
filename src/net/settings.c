#include "net/settings.h"
#include <netinet/in.h>
#include <string.h>

static const uint8_t *address_octets(const struct sockaddr_storage *sa, size_t *len)
{
	if (sa->ss_family == AF_INET) {
		*len = 4;
		return (const uint8_t *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	}
	if (sa->ss_family == AF_INET6) {
		*len = 16;
		return (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	}
	return NULL;
}

bool net_ranges_have(
	const struct net_range *ranges, size_t count, const struct sockaddr_storage *sa)
{
	size_t len;
	const uint8_t *octets = address_octets(sa, &len);

	if (octets == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].family == sa->ss_family &&
			memcmp(octets, ranges[i].first, len) >= 0 &&
			memcmp(octets, ranges[i].last, len) <= 0)
			return true;
	}
	return false;
}

/* The header, version 2: signature 12, version and command 1, family and protocol 1, length 2, then
 * an address block (source address, destination address, source port, destination port) and
 * whatever else the length covers. */
bool net_proxy_strip(const struct net_settings *settings, const struct sockaddr_storage *sender,
	struct span *request, struct sockaddr_storage *ret)
{
	static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";
	enum { VERSION_2_PROXY = 0x21, UDP_IPV4 = 0x12, UDP_IPV6 = 0x22 };
	struct cursor c = cursor_over(*request);
	struct span head = cursor_take(&c, sizeof(signature));

	if (c.failed || memcmp(head.data, signature, sizeof(signature)) != 0)
		return false;
	uint8_t command = cursor_u8(&c);
	uint8_t family = cursor_u8(&c);
	uint16_t block_len = cursor_u16(&c);
	struct span block_octets = cursor_take(&c, block_len);
	if (c.failed || command != VERSION_2_PROXY || (family != UDP_IPV4 && family != UDP_IPV6))
		return false;

	struct cursor block = cursor_over(block_octets);
	size_t len = family == UDP_IPV4 ? 4 : 16;
	struct span source = cursor_take(&block, len);
	cursor_take(&block, len); /* destination: ours */
	struct span port = cursor_take(&block, 2);
	cursor_take(&block, 2);
	if (block.failed || !net_ranges_have(settings->proxies, settings->proxy_count, sender))
		return false;

	memset(ret, 0, sizeof(*ret));
	if (family == UDP_IPV4) {
		struct sockaddr_in *in = (void *)ret;
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, source.data, len);
		memcpy(&in->sin_port, port.data, 2);
	} else {
		struct sockaddr_in6 *in6 = (void *)ret;
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, source.data, len);
		memcpy(&in6->sin6_port, port.data, 2);
	}
	*request = cursor_rest(&c);
	return true;
}
