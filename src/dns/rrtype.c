#include "dns/layout.h"
#include <strings.h>

/* The table of types, ascending. A new type is a row here and one in its test. */
static const struct dns_rrtype rrtypes[] = {
	{ 1, "A", "a", false },
	{ 2, "NS", "n", false },
	{ 3, "MD", "l", false },
	{ 4, "MF", "l", false },
	{ 5, "CNAME", "n", false },
	{ 6, "SOA", "nn4DDDD", false },
	{ 7, "MB", "l", false },
	{ 8, "MG", "l", false },
	{ 9, "MR", "l", false },
	{ 10, "NULL", "X", true },
	{ 11, "WKS", "aW", false },
	{ 12, "PTR", "n", false },
	{ 13, "HINFO", "ss", false },
	{ 14, "MINFO", "nn", false },
	{ 15, "MX", "2n", false },
	{ 16, "TXT", "S", false },
	{ 17, "RP", "ll", false },
	{ 18, "AFSDB", "2l", false },
	{ 19, "X25", "s", false },
	{ 20, "ISDN", "S", false },
	{ 21, "RT", "2l", false },
	{ 22, "NSAP", "P", false },
	{ 23, "NSAP-PTR", "u", false },
	{ 24, "SIG", "tg1DTT2lb", false },
	{ 25, "KEY", "21gB", false },
	{ 26, "PX", "2ll", false },
	{ 27, "GPOS", "sss", false },
	{ 28, "AAAA", "A", false },
	{ 29, "LOC", "O", false },
	{ 30, "NXT", "ly", false },
	{ 31, "EID", "x", false },
	{ 32, "NIMLOC", "x", false },
	{ 33, "SRV", "222l", false },
	{ 34, "ATMA", "Q", false },
	{ 35, "NAPTR", "22sssl", false },
	{ 36, "KX", "2l", false },
	{ 37, "CERT", "c2gb", false },
	{ 38, "A6", NULL, true }, /* historic: generic form */
	{ 39, "DNAME", "l", false },
	{ 40, "SINK", "111B", false },
	{ 41, "OPT", "X", true },
	{ 42, "APL", "p", true },
	{ 43, "DS", "2g1x", false },
	{ 44, "SSHFP", "11x", false },
	{ 45, "IPSECKEY", "1I", false },
	{ 46, "RRSIG", "tg1DTT2lb", false },
	{ 47, "NSEC", "um", false },
	{ 48, "DNSKEY", "21gb", false },
	{ 49, "DHCID", "b", false },
	{ 50, "NSEC3", "112hzm", false },
	{ 51, "NSEC3PARAM", "112h", false },
	{ 52, "TLSA", "111x", false },
	{ 53, "SMIMEA", "111x", false },
	{ 55, "HIP", "k", false },
	{ 56, "NINFO", "S", false },
	{ 57, "RKEY", "21gb", false },
	{ 58, "TALINK", "uu", false },
	{ 59, "CDS", "2g1x", false },
	{ 60, "CDNSKEY", "21gb", false },
	{ 61, "OPENPGPKEY", "b", false },
	{ 62, "CSYNC", "42m", false },
	{ 63, "ZONEMD", "411x", false },
	{ 64, "SVCB", "2uv", false },
	{ 65, "HTTPS", "2uv", false },
	{ 66, "DSYNC", "tf2u", false },
	{ 67, "HHIT", "b", false },
	{ 68, "BRID", "b", false },
	{ 99, "SPF", "S", false },
	{ 100, "UINFO", NULL, true },
	{ 101, "UID", NULL, true },
	{ 102, "GID", NULL, true },
	{ 103, "UNSPEC", NULL, true },
	{ 104, "NID", "2N", false },
	{ 105, "L32", "2a", false },
	{ 106, "L64", "2N", false },
	{ 107, "LP", "2u", false },
	{ 108, "EUI48", "E", false },
	{ 109, "EUI64", "F", false },
	{ 128, "NXNAME", NULL, true },
	{ 249, "TKEY", "lTT2eKK", false },
	{ 250, "TSIG", "l62K2eK", false },
	{ 251, "IXFR", NULL, true },
	{ 252, "AXFR", NULL, true },
	{ 253, "MAILB", NULL, true },
	{ 254, "MAILA", NULL, true },
	{ 255, "ANY", NULL, true },
	{ 256, "URI", "22q", false },
	{ 257, "CAA", "1oq", false },
	{ 258, "AVC", "S", false },
	{ 259, "DOA", "441sB", false },
	{ 260, "AMTRELAY", "1M", false },
	{ 261, "RESINFO", "S", false },
	{ 262, "WALLET", "S", false },
	{ 263, "CLA", "S", false },
	{ 264, "IPN", "8", false },
	{ 32768, "TA", "2g1x", false },
	{ 32769, "DLV", "2g1x", false },
	{ 61440, "DELEG", "v", true },
	{ 65401, "ALIAS", "u", false },
	{ 65433, "DELEGPARAM", "v", true },
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
