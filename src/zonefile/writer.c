#include "zonefile/writer.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

#define OWNER_COLUMNS 20
#define OWNER_LONG    32 /* characters from which a blank follows instead of a TAB */
#define TTL_DIGITS    10

static char *put_ttl(char *out, uint32_t ttl)
{
	char digits[TTL_DIGITS];
	size_t n = sizeof(digits);
	do
		digits[--n] = (char)('0' + ttl % 10);
	while ((ttl /= 10) != 0);
	memcpy(out, digits + n, sizeof(digits) - n);
	return out + sizeof(digits) - n;
}

void zonefile_write_rr(
	const uint8_t *owner, uint32_t ttl, uint16_t type, struct span rdata, struct buf *out)
{
	/* Everything before the type in one piece. */
	char begin[DNS_NAME_TEXT_SIZE + OWNER_COLUMNS + TTL_DIGITS + 2];
	size_t len = dns_name_print(owner, begin);
	char *pos = begin + len;
	if (len < OWNER_COLUMNS) {
		memset(pos, ' ', OWNER_COLUMNS - len);
		pos = begin + OWNER_COLUMNS;
	}
	*pos++ = len < OWNER_LONG ? '\t' : ' ';
	/* An RRSIG's TTL is the original TTL of what it covers (RFC 4034 section 3). */
	if (type == DNS_TYPE_RRSIG && rdata.len >= 8)
		ttl = read_u32(rdata.data + 4);
	pos = put_ttl(pos, ttl);
	*pos++ = '\t';
	buf_append(out, begin, (size_t)(pos - begin));
	dns_type_print_portable(type, out);
	buf_char(out, '\t');
	dns_rdata_print(type, rdata, &dns_print_dump, out);
	buf_char(out, '\n');
}
