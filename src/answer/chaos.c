/* answer/chaos: who and what the server is, in class CHAOS (RFC 4892). */
#include "answer/state.h"

struct chaos_name {
	const char *wire;
	size_t offset; /* of the text in struct answer_settings */
};

static const struct chaos_name chaos_names[] = {
	{ "\2id\6server", offsetof(struct answer_settings, identity) },
	{ "\10hostname\4bind", offsetof(struct answer_settings, identity) },
	{ "\7version\6server", offsetof(struct answer_settings, version) },
	{ "\7version\4bind", offsetof(struct answer_settings, version) },
};

static struct span text_of(const struct answer *a)
{
	const uint8_t *qname = dns_request_qname(&a->request);

	for (size_t i = 0; i < ARRAY_LEN(chaos_names); i++) {
		if (dns_name_equal(qname, (const uint8_t *)chaos_names[i].wire))
			return *(const struct span *)(const void *)((const uint8_t *)&a->view
									    ->settings +
								    chaos_names[i].offset);
	}
	return (struct span){ 0 };
}

COLD void answer_chaos(struct answer *a)
{
	struct span text = text_of(a);
	uint8_t rdata[2 + 1 + UINT8_MAX];

	a->rcode = DNS_RCODE_REFUSED;
	if (a->request.qtype != DNS_TYPE_TXT || text.len == 0)
		return;
	text.len = MIN(text.len, (size_t)UINT8_MAX); /* one character string */
	write_u16(rdata, (uint16_t)(1 + text.len));
	rdata[2] = (uint8_t)text.len;
	memcpy(rdata + 3, text.data, text.len);
	struct dns_writer_rrset put = {
		.owner = dns_request_qname(&a->request),
		.owner_at = DNS_HEADER_SIZE,
		.type = DNS_TYPE_TXT,
		.class_ = DNS_CLASS_CH,
		.count = 1,
		.data = { rdata, 3 + text.len },
	};
	a->rcode = DNS_RCODE_NOERROR;
	if (dns_writer_put(&a->w, &put) != 0)
		dns_writer_set_tc(&a->w);
}
