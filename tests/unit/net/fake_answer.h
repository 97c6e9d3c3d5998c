/*
 * In place of the answer room (the linker takes these instead of the library's): requests are
 * echoed with the QR bit set. Octet 2 of a request says more:
 *
 *	0x01  no reply
 *	0x02  a reply of as many octets as octets 4 and 5 tell
 *	0x03  the client's port (octets 4, 5) and family (octet 6) in the reply
 */
#pragma once
#include "answer/answer.h"
#include "test_util.h"
#include <netinet/in.h>

struct answer_thread {
	unsigned index;
};

int answer_thread_new(unsigned index, struct answer_thread **ret)
{
	*ret = malloc(sizeof(**ret));
	if (*ret == NULL)
		return E_NOMEM;
	(*ret)->index = index;
	return 0;
}

unsigned answer_thread_index(const struct answer_thread *thread)
{
	return thread->index;
}

void answer_thread_free(struct answer_thread *thread)
{
	free(thread);
}

size_t answer_message(const struct answer_view *view, struct answer_thread *thread,
	const struct answer_client *client, struct span request, uint8_t *out, size_t out_size)
{
	size_t len = MIN(request.len, out_size);

	(void)view;
	(void)thread;
	if (request.len < 12 || request.data[2] == 1)
		return 0;
	memcpy(out, request.data, len);
	if (request.data[2] == 2) {
		len = MIN((size_t)read_u16(request.data + 4), out_size);
		if (len > request.len)
			memset(out + request.len, 'x', len - request.len);
	} else if (request.data[2] == 3) {
		memcpy(out + 4, (const uint8_t *)client->remote + 2, 2);
		out[6] = (uint8_t)client->remote->ss_family;
	}
	out[2] |= 0x80;
	return len;
}
