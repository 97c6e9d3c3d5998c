#include "dns/layout.h"
#include <strings.h>

/* The table of types, ascending. A new type is a row here and one in its test. */
enum { EMPTY = DNS_RRTYPE_EMPTY, GENERIC = DNS_RRTYPE_GENERIC, NUMBER = DNS_RRTYPE_NUMBER };

static const struct dns_rrtype rrtypes[] = {
	{ 1, "A", "a", 0 },
	{ 2, "NS", "n", 0 },
	{ 3, "MD", "l", GENERIC },
	{ 4, "MF", "l", GENERIC },
	{ 5, "CNAME", "n", 0 },
	{ 6, "SOA", "nn4DDDD", 0 },
	{ 7, "MB", "l", GENERIC },
	{ 8, "MG", "l", GENERIC },
	{ 9, "MR", "l", GENERIC },
	{ 10, "NULL", "X", EMPTY | GENERIC },
	{ 11, "WKS", "aW", NUMBER },
	{ 12, "PTR", "n", 0 },
	{ 13, "HINFO", "ss", 0 },
	{ 14, "MINFO", "nn", 0 },
	{ 15, "MX", "2n", 0 },
	{ 16, "TXT", "S", 0 },
	{ 17, "RP", "ll", 0 },
	{ 18, "AFSDB", "2l", 0 },
	{ 19, "X25", "s", NUMBER },
	{ 20, "ISDN", "sr", NUMBER },
	{ 21, "RT", "2l", 0 },
	{ 22, "NSAP", "P", NUMBER },
	{ 23, "NSAP-PTR", "u", NUMBER },
	{ 24, "SIG", "tg1DTT2lb", GENERIC },
	{ 25, "KEY", "21gB", 0 },
	{ 26, "PX", "2ll", GENERIC },
	{ 27, "GPOS", "sss", NUMBER },
	{ 28, "AAAA", "A", 0 },
	{ 29, "LOC", "O", 0 },
	{ 30, "NXT", "ly", GENERIC },
	{ 31, "EID", "x", NUMBER },
	{ 32, "NIMLOC", "x", NUMBER },
	{ 33, "SRV", "222l", 0 },
	{ 34, "ATMA", "Q", NUMBER },
	{ 35, "NAPTR", "22sssl", 0 },
	{ 36, "KX", "2l", 0 },
	{ 37, "CERT", "c2gb", 0 },
	{ 38, "A6", "Hj", NUMBER },
	{ 39, "DNAME", "l", 0 },
	{ 40, "SINK", "111B", NUMBER },
	{ 41, "OPT", "X", EMPTY | GENERIC },
	{ 42, "APL", "p", EMPTY },
	{ 43, "DS", "2g1x", 0 },
	{ 44, "SSHFP", "11x", 0 },
	{ 45, "IPSECKEY", "1I", 0 },
	{ 46, "RRSIG", "tg1DTT2lb", 0 },
	{ 47, "NSEC", "um", 0 },
	{ 48, "DNSKEY", "21gb", 0 },
	{ 49, "DHCID", "b", 0 },
	{ 50, "NSEC3", "112hzm", 0 },
	{ 51, "NSEC3PARAM", "112h", 0 },
	{ 52, "TLSA", "111x", 0 },
	{ 53, "SMIMEA", "111x", 0 },
	{ 55, "HIP", "k", NUMBER },
	{ 56, "NINFO", "S", NUMBER },
	{ 57, "RKEY", "21gb", NUMBER },
	{ 58, "TALINK", "uu", NUMBER },
	{ 59, "CDS", "2g1x", 0 },
	{ 60, "CDNSKEY", "21gb", 0 },
	{ 61, "OPENPGPKEY", "b", 0 },
	{ 62, "CSYNC", "42m", 0 },
	{ 63, "ZONEMD", "411x", 0 },
	{ 64, "SVCB", "2uv", 0 },
	{ 65, "HTTPS", "2uv", 0 },
	{ 66, "DSYNC", "tf2u", 0 },
	{ 67, "HHIT", "b", NUMBER },
	{ 68, "BRID", "b", NUMBER },
	{ 99, "SPF", "S", 0 },
	{ 100, "UINFO", NULL, EMPTY | NUMBER },
	{ 101, "UID", NULL, EMPTY | NUMBER },
	{ 102, "GID", NULL, EMPTY | NUMBER },
	{ 103, "UNSPEC", NULL, EMPTY | NUMBER },
	{ 104, "NID", "2N", 0 },
	{ 105, "L32", "2a", 0 },
	{ 106, "L64", "2N", 0 },
	{ 107, "LP", "2u", 0 },
	{ 108, "EUI48", "E", 0 },
	{ 109, "EUI64", "F", 0 },
	{ 128, "NXNAME", NULL, EMPTY | GENERIC },
	{ 249, "TKEY", "lTT2eKK", GENERIC },
	{ 250, "TSIG", "l62K2eK", GENERIC },
	{ 251, "IXFR", NULL, EMPTY },
	{ 252, "AXFR", NULL, EMPTY },
	{ 253, "MAILB", NULL, EMPTY | NUMBER },
	{ 254, "MAILA", NULL, EMPTY | NUMBER },
	{ 255, "ANY", NULL, EMPTY },
	{ 256, "URI", "22q", 0 },
	{ 257, "CAA", "1oq", 0 },
	{ 258, "AVC", "S", NUMBER },
	{ 259, "DOA", "441sd", NUMBER },
	{ 260, "AMTRELAY", "1M", NUMBER },
	{ 261, "RESINFO", "S", 0 },
	{ 262, "WALLET", "S", 0 },
	{ 263, "CLA", "S", NUMBER },
	{ 264, "IPN", "8", NUMBER },
	{ 32768, "TA", "2g1x", NUMBER },
	{ 32769, "DLV", "2g1x", NUMBER },
	{ 61440, "DELEG", "v", EMPTY },
	{ 65401, "ALIAS", "u", 0 },
	{ 65433, "DELEGPARAM", "v", EMPTY },
};

/* Rows of small codes by code, as most look-ups are for these. */
static const struct dns_rrtype *low[300];

/* Rows by mnemonic: open addressing, at most a quarter full. The scanner looks up each record's type and each of a
 * bitmap's. */
struct mnemonic {
	uint64_t high, low; /* its octets, letters in upper case */
};
static struct {
	struct mnemonic name;
	const struct dns_rrtype *row; /* NULL: free */
} by_name[512];
static_assert(ARRAY_LEN(rrtypes) < ARRAY_LEN(by_name) / 4, "look-ups end at a free place soon");

/* len <= 16 */
static inline struct mnemonic pack(const uint8_t *text, size_t len)
{
	struct mnemonic m = { 0 };
	for (size_t i = 0; i < len; i++) {
		m.high = m.high << 8 | m.low >> 56;
		m.low = m.low << 8 | (text[i] >= 'a' && text[i] <= 'z' ? text[i] & 0xdfu : text[i]);
	}
	return m;
}

static inline size_t slot_of(struct mnemonic m)
{
	return (size_t)((m.low ^ m.high) * UINT64_C(0x9e3779b97f4a7c15) >> 55);
}
static_assert(ARRAY_LEN(by_name) == 1 << (64 - 55), "slot_of");

__attribute__((constructor)) static void index_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rrtypes); i++) {
		struct mnemonic name =
			pack((const uint8_t *)rrtypes[i].name, strlen(rrtypes[i].name));
		size_t slot = slot_of(name);
		while (by_name[slot].row != NULL)
			slot = (slot + 1) % ARRAY_LEN(by_name);
		by_name[slot].name = name;
		by_name[slot].row = &rrtypes[i];
		if (rrtypes[i].type < ARRAY_LEN(low))
			low[rrtypes[i].type] = &rrtypes[i];
	}
}

static const struct dns_rrtype *row(uint16_t type)
{
	if (LIKELY(type < ARRAY_LEN(low)))
		return low[type];
	for (size_t i = ARRAY_LEN(rrtypes); i-- > 0 && rrtypes[i].type >= type;) {
		if (rrtypes[i].type == type)
			return &rrtypes[i];
	}
	return NULL;
}

const struct dns_rrtype *dns_rrtype_of(uint16_t type)
{
	const struct dns_rrtype *r = row(type);
	return r != NULL && r->layout != NULL ? r : NULL;
}

static int parse_number(struct span text, const char *prefix, uint16_t *ret)
{
	size_t n = strlen(prefix);
	unsigned v = 0;
	if (text.len <= n || text.len > n + 5 ||
		strncasecmp((const char *)text.data, prefix, n) != 0)
		return E_INVALID;
	for (size_t i = n; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return E_INVALID;
		v = v * 10 + (text.data[i] - '0');
	}
	if (v > UINT16_MAX)
		return E_INVALID;
	*ret = (uint16_t)v;
	return 0;
}

static bool same(struct span text, const char *name)
{
	return strlen(name) == text.len &&
	       strncasecmp((const char *)text.data, name, text.len) == 0;
}

int dns_type_parse(struct span text, uint16_t *ret)
{
	if (text.len == 0)
		return E_NORRTYPE;
	if (text.len > 16 ||
		text.data[0] == 0) /* no mnemonic is as long; 0 is what packing pads with */
		return E_NORRTYPE;
	struct mnemonic m = pack(text.data, text.len);
	for (size_t i = slot_of(m); by_name[i].row != NULL; i = (i + 1) % ARRAY_LEN(by_name)) {
		if (LIKELY(by_name[i].name.low == m.low && by_name[i].name.high == m.high)) {
			*ret = by_name[i].row->type;
			return 0;
		}
	}
	return parse_number(text, "TYPE", ret) == 0 ? 0 : E_NORRTYPE;
}

void dns_type_print(uint16_t type, struct buf *out)
{
	const struct dns_rrtype *r = row(type);
	if (r != NULL)
		buf_text(out, r->name);
	else
		buf_printf(out, "TYPE%u", type);
}

void dns_type_print_portable(uint16_t type, struct buf *out)
{
	const struct dns_rrtype *r = row(type);
	if (r != NULL && (r->flags & DNS_RRTYPE_NUMBER) == 0)
		buf_text(out, r->name);
	else
		buf_printf(out, "TYPE%u", type);
}

static const struct {
	uint16_t code;
	const char *name;
} classes[] = { { 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" } };

int dns_class_parse(struct span text, uint16_t *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (same(text, classes[i].name)) {
			*ret = classes[i].code;
			return 0;
		}
	}
	return parse_number(text, "CLASS", ret) == 0 ? 0 : E_NORRCLASS;
}

void dns_class_print(uint16_t class_, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (classes[i].code == class_) {
			buf_text(out, classes[i].name);
			return;
		}
	}
	buf_printf(out, "CLASS%u", class_);
}

static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMPL",
	"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
	"DSOTYPENI", [16] = "BADVERS", [17] = "BADKEY", [18] = "BADTIME", [19] = "BADMODE",
	[20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC", [23] = "BADCOOKIE" };

const char *dns_rcode_name(unsigned rcode)
{
	return rcode < ARRAY_LEN(rcodes) ? rcodes[rcode] : NULL;
}

const char *dns_tsig_error_name(unsigned error)
{
	return error == DNS_RCODE_BADVERS ? "BADSIG" : dns_rcode_name(error);
}

int dns_rcode_parse(struct span text, unsigned *ret)
{
	for (unsigned i = 0; i < ARRAY_LEN(rcodes); i++) {
		if (rcodes[i] != NULL && same(text, rcodes[i])) {
			*ret = i;
			return 0;
		}
	}
	return E_INVALID;
}

const char *dns_opcode_name(unsigned opcode)
{
	static const char *const names[] = { "QUERY", "IQUERY", "STATUS", NULL, "NOTIFY", "UPDATE",
		"DSO" };
	return opcode < ARRAY_LEN(names) ? names[opcode] : NULL;
}
