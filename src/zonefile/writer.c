#include "zonefile/writer.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

#define OWNER_COLUMNS 20
#define OWNER_LONG    32 /* characters from which a blank follows instead of a TAB */

void zonefile_write_rr(
	const uint8_t *owner, uint32_t ttl, uint16_t type, struct span rdata, struct buf *out)
{
	char name[DNS_NAME_TEXT_SIZE];
	size_t len = dns_name_print(owner, name);
	buf_append(out, name, len);
	for (size_t i = len; i < OWNER_COLUMNS; i++)
		buf_char(out, ' ');
	buf_char(out, len < OWNER_LONG ? '\t' : ' ');
	/* An RRSIG's TTL is the original TTL of what it covers (RFC 4034 section 3). */
	if (type == DNS_TYPE_RRSIG && rdata.len >= 8)
		ttl = read_u32(rdata.data + 4);
	char digits[10];
	size_t n = sizeof(digits);
	do
		digits[--n] = (char)('0' + ttl % 10);
	while ((ttl /= 10) != 0);
	buf_append(out, digits + n, sizeof(digits) - n);
	buf_char(out, '\t');
	dns_type_print(type, out);
	buf_char(out, '\t');
	dns_rdata_print(type, rdata, &dns_print_default, out);
	buf_char(out, '\n');
}
