#include "test_util.h"

#include "base/err.h"
#include "dns/message.h"
#include "dns/writer.h"

/* ---- Help ---- */

static uint8_t out[DNS_MESSAGE_MAX];
static uint8_t query[512];
static struct dns_request request;
static struct dns_writer w;

/* Begin the response to a question for `qname` (wire form). */
static void begin(const char *qname, size_t qname_size, size_t size)
{
	memset(query, 0, 12);
	query[0] = 0x12;
	query[1] = 0x34;
	query[2] = 0x01; /* RD */
	query[3] = 0x10; /* CD: not to come back */
	query[5] = 1;
	memcpy(query + 12, qname, qname_size);
	write_u16(query + 12 + qname_size, DNS_TYPE_A);
	write_u16(query + 14 + qname_size, DNS_CLASS_IN);
	assert_int_equal(
		dns_request_parse((struct span){ query, 16 + qname_size }, &request), DNS_PARSE_OK);
	memset(out, 0xa5, sizeof(out));
	assert_int_equal(dns_writer_begin_response(&w, out, size, &request), 0);
}
#define BEGIN(qname, size) begin(qname, sizeof(qname), size)

/* Packed rdatas of string literals: PACK("\1\2\3\4") adds the length. */
struct packed {
	uint8_t data[4096];
	size_t len;
	uint16_t count;
};

static void pack(struct packed *p, const void *rdata, size_t len)
{
	write_u16(p->data + p->len, (uint16_t)len);
	memcpy(p->data + p->len + 2, rdata, len);
	p->len += 2 + len;
	p->count++;
}
#define PACK(p, literal)      pack(p, literal, sizeof(literal) - 1)
#define PACK_NAME(p, literal) pack(p, literal, sizeof(literal)) /* with the final zero */
#define WIRE(s)               ((const uint8_t *)(s))

static struct dns_writer_rrset rrset(uint16_t type, const struct packed *p)
{
	return (struct dns_writer_rrset){
		.type = type,
		.class_ = DNS_CLASS_IN,
		.ttl = 3600,
		.count = p->count,
		.data = { p->data, p->len },
	};
}

/* Decode the name at an offset, independent of the readers of src/: only backward pointers, none to the root. */
static size_t name_at(size_t at, size_t len, uint8_t *ret)
{
	size_t n = 0, end = 0, limit = at;
	for (;;) {
		assert_true(at < len);
		uint8_t c = out[at];
		if (c >= 0xc0) {
			size_t to = (size_t)(c & 0x3f) << 8 | out[at + 1];
			if (end == 0)
				end = at + 2;
			assert_true(to < limit && to >= 12);
			assert_int_not_equal(out[to], 0); /* the root isn't pointed to */
			at = limit = to;
			continue;
		}
		assert_true(c <= 63 && n + 1 + c <= 255);
		for (size_t i = 0; i <= c; i++)
			ret[n + i] = dns_lower[out[at + i]];
		n += 1 + c;
		at += 1 + c;
		if (c == 0)
			return end != 0 ? end : at;
	}
}

/* ---- Tests ---- */

static void response_takes_over_header_and_question(void **state)
{
	(void)state;
	BEGIN("\3WwW\7example", 512);
	dns_writer_set_aa(&w);
	dns_writer_set_rcode(&w, 3);
	size_t len = dns_writer_finish(&w);
	assert_int_equal(len, 12 + 13 + 4);
	assert_memory_equal(out, "\x12\x34\x85\x03\0\1\0\0\0\0\0\0\3WwW\7example\0\0\1\0\1", len);
	dns_writer_clear_aa(&w);
	dns_writer_set_tc(&w);
	dns_writer_set_rcode(&w, 0);
	assert_int_equal(read_u16(out + 2), 0x8300);
	assert_int_equal(dns_writer_begin_response(&w, out, 28, &request), E_SPACE);
	assert_int_equal(dns_writer_begin_response(&w, out, 29, &request), 0);
}

static void addresses_at_the_qname_take_a_pointer_each(void **state)
{
	(void)state;
	struct packed p = { 0 };
	BEGIN("\3WwW\7example", 512);
	PACK(&p, "\1\2\3\4");
	PACK(&p, "\5\6\7\10");
	struct dns_writer_rrset r = rrset(DNS_TYPE_A, &p);
	r.owner_at = DNS_HEADER_SIZE;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	size_t len = dns_writer_finish(&w);
	assert_int_equal(len, 29 + 2 * 16);
	assert_memory_equal(out + 29,
		"\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\1\2\3\4"
		"\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\5\6\7\10",
		32);
	assert_int_equal(read_u16(out + 6), 2);
	assert_int_equal(w.owner_at, 12);
}

static void rotation_starts_at_the_wanted_rdata(void **state)
{
	(void)state;
	for (unsigned compress = 0; compress < 2; compress++) {
		for (uint16_t first = 0; first < 3; first++) {
			struct packed p = { 0 };
			uint16_t places[3] = { 0 };
			BEGIN("\1a", 512);
			PACK_NAME(&p, "\1b");
			PACK_NAME(&p, "\1c");
			PACK_NAME(&p, "\1d");
			struct dns_writer_rrset r =
				rrset(compress ? DNS_TYPE_NS : DNS_TYPE_DNAME, &p);
			r.owner_at = 12;
			r.first = first;
			r.places = places;
			r.max_places = 3;
			assert_int_equal(dns_writer_put(&w, &r), 0);
			for (unsigned i = 0; i < 3; i++) {
				size_t at = 19 + 12 + i * 15;
				assert_int_equal(out[at + 1], 'b' + (first + i) % 3);
				assert_int_equal(places[(first + i) % 3], at);
			}
		}
	}
}

static void referral_is_compressed_to_the_last_label(void **state)
{
	(void)state;
	struct packed ns = { 0 }, a = { 0 };
	uint16_t places[4];
	BEGIN("\3www\3sub\7example\3com", 512);
	PACK_NAME(&ns, "\3ns1\3sub\7example\3com");
	PACK_NAME(&ns, "\3ns2\3sub\7example\3com");
	PACK_NAME(&ns, "\3ns1\5other\3org");
	PACK_NAME(&ns, "\3ns2\5other\3org");
	dns_writer_section(&w, DNS_SECTION_AUTHORITY);
	struct dns_writer_rrset r = rrset(DNS_TYPE_NS, &ns);
	r.owner_at = dns_writer_qname_suffix(&w, sizeof("\3sub\7example\3com"));
	r.places = places;
	r.max_places = 4;
	assert_int_equal(r.owner_at, 16);
	size_t begin_at = (size_t)(w.pos - out);
	assert_int_equal(dns_writer_put(&w, &r), 0);
	/* owner, fixed part, length; then label and pointer; the third is written out. */
	size_t head = 2 + 8 + 2;
	assert_int_equal((size_t)(w.pos - out) - begin_at, 4 * head + 6 + 6 + 15 + 6);
	uint8_t name[256];
	assert_int_equal(name_at(places[1], 512, name), places[1] + 6);
	assert_memory_equal(name, "\3ns2\3sub\7example\3com", 21);

	/* Glue: owners are where the rdata names are. */
	PACK(&a, "\1\2\3\4");
	dns_writer_section(&w, DNS_SECTION_ADDITIONAL);
	r = rrset(DNS_TYPE_A, &a);
	r.owner_at = places[1];
	assert_int_equal(dns_writer_put(&w, &r), 0);
	dns_writer_finish(&w);
	assert_int_equal(read_u16(out + 8), 4);
	assert_int_equal(read_u16(out + 10), 1);
	name_at((size_t)(w.pos - out) - 16, 512, name);
	assert_memory_equal(name, "\3ns2\3sub\7example\3com", 21);
}

static void soa_names_are_compressed_and_the_rest_kept(void **state)
{
	(void)state;
	struct packed p = { 0 };
	BEGIN("\4none\7example\3com", 512);
	/* ns.example.com. hostmaster.example.com. and 20 octets */
	PACK(&p, "\2ns\7example\3com\0\12hostmaster\7example\3com\0"
		 "12345678901234567890");
	dns_writer_section(&w, DNS_SECTION_AUTHORITY);
	struct dns_writer_rrset r = rrset(DNS_TYPE_SOA, &p);
	r.owner_at = dns_writer_qname_suffix(&w, 13);
	size_t at = (size_t)(w.pos - out);
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal((size_t)(w.pos - out) - at, 12 + 3 + 2 + 11 + 2 + 20);
	assert_int_equal(read_u16(out + at + 10), 3 + 2 + 11 + 2 + 20);
	assert_memory_equal(w.pos - 20, "12345678901234567890", 20);
}

static void target_of_cname_is_the_next_owner(void **state)
{
	(void)state;
	struct packed c = { 0 }, a = { 0 };
	uint16_t place;
	BEGIN("\3www\7example\3com", 512);
	PACK_NAME(&c, "\7example\3com");
	struct dns_writer_rrset r = rrset(DNS_TYPE_CNAME, &c);
	r.owner_at = 12;
	r.places = &place;
	r.max_places = 1;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal(place, 16); /* a pointer only: the place is where that leads */
	PACK(&a, "\1\2\3\4");
	r = rrset(DNS_TYPE_A, &a);
	r.owner = WIRE("\7example\3com");
	size_t at = (size_t)(w.pos - out);
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal((size_t)(w.pos - out) - at, 16);
	assert_int_equal(w.owner_at, 16);
}

static void names_in_other_types_stay_whole(void **state)
{
	(void)state;
	static const uint8_t srv[] = "\0\1\0\2\0\3\3www\7example\3com";
	struct packed p = { 0 };
	uint16_t place;
	BEGIN("\3www\7example\3com", 512);
	pack(&p, srv, sizeof(srv));
	struct dns_writer_rrset r = rrset(DNS_TYPE_SRV, &p);
	r.owner_at = 12;
	r.places = &place;
	r.max_places = 1;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_memory_equal(w.pos - sizeof(srv), srv, sizeof(srv));
	assert_int_equal(place, (size_t)(w.pos - out) - 17);

	/* The same with an owner that's not known to be anywhere. */
	r.owner = WIRE("\2xx\7example\3com");
	r.owner_at = 0;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_memory_equal(w.pos - sizeof(srv), srv, sizeof(srv));
	assert_int_equal(place, (size_t)(w.pos - out) - 17);
}

static void root_is_never_pointed_to(void **state)
{
	(void)state;
	struct packed p = { 0 };
	BEGIN("", 512);
	PACK_NAME(&p, "");
	PACK_NAME(&p, "\1a\14root-servers\3net");
	PACK_NAME(&p, "\1b\14root-servers\3net");
	assert_int_equal(dns_writer_qname_suffix(&w, 1), 0);
	struct dns_writer_rrset r = rrset(DNS_TYPE_NS, &p);
	r.owner = WIRE("");
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal(w.owner_at, 0);
	assert_int_equal(w.pos - out, 17 + 3 * 11 + 1 + 20 + 4);
}

/* The octets "\3com\0" are at the end of a label of the QNAME, too: no pointer may lead into its tail wrongly. */
static void label_that_looks_like_labels_is_no_suffix(void **state)
{
	(void)state;
	struct packed p = { 0 };
	uint8_t name[256];
	BEGIN("\5x\3com", 512); /* one label: x, 3, c, o, m */
	PACK_NAME(&p, "\3www\3com");
	struct dns_writer_rrset r = rrset(DNS_TYPE_CNAME, &p);
	r.owner_at = 12;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal(read_u16(w.pos - 11), 9);
	name_at((size_t)(w.pos - out) - 9, 512, name);
	assert_memory_equal(name, "\3www\3com", 9);
}

static void rrset_that_does_not_fit_leaves_no_trace(void **state)
{
	(void)state;
	struct packed mx = { 0 }, a = { 0 };
	PACK_NAME(&mx, "\0\12\4mail\7example\3com");
	PACK_NAME(&mx, "\0\24\4mail\5other\3org");
	PACK(&a, "\1\2\3\4");
	PACK(&a, "\1\2\3\5");

	size_t full = 0;
	for (size_t size = 600; size >= 29; size--) {
		BEGIN("\7example\3com", size);
		struct dns_writer_rrset r = rrset(DNS_TYPE_MX, &mx);
		r.owner_at = 12;
		uint8_t *before = w.pos;
		if (dns_writer_put(&w, &r) == 0) {
			full = (size_t)(w.pos - out);
			assert_true(full <= size);
			assert_int_equal(w.pos[0], 0xa5);
		} else {
			assert_true(size < full);
			assert_ptr_equal(w.pos, before);
			assert_int_equal(w.counts[DNS_SECTION_ANSWER], 0);
			/* No octet behind the buffer, and no name remembered that isn't there. */
			assert_int_equal(out[size], 0xa5);
			assert_int_equal(w.names_count, 0);
		}
		before = w.pos;
		r = rrset(DNS_TYPE_A, &a);
		r.owner_at = 12;
		if (dns_writer_put(&w, &r) == 0)
			assert_int_equal(w.pos - before, 32);
		else
			assert_true(dns_writer_left(&w) < 32);
		assert_int_equal(out[size], 0xa5);
		if (size <= 29)
			break;
	}
	assert_true(full > 0);
}

static void reserved_octets_are_not_written(void **state)
{
	(void)state;
	struct packed a = { 0 };
	BEGIN("\7example\3com", 29 + 16 + 11);
	assert_int_equal(dns_writer_reserve(&w, 11), 0);
	PACK(&a, "\1\2\3\4");
	struct dns_writer_rrset r = rrset(DNS_TYPE_A, &a);
	r.owner_at = 12;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal(dns_writer_put(&w, &r), E_SPACE);
	assert_int_equal(dns_writer_reserve(&w, 1), E_SPACE);
	dns_writer_release(&w, 11);
	assert_int_equal(dns_writer_left(&w), 11);
}

static void rolled_back_names_are_forgotten(void **state)
{
	(void)state;
	struct packed p = { 0 }, q = { 0 };
	BEGIN("\7example\3com", 512);
	PACK_NAME(&p, "\3ns1\5other\3org");
	PACK_NAME(&q, "\3ns2\5other\3org");
	struct dns_writer_mark mark = dns_writer_mark(&w);
	struct dns_writer_rrset r = rrset(DNS_TYPE_NS, &p);
	r.owner_at = 12;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	dns_writer_rollback(&w, &mark);
	assert_int_equal(w.counts[DNS_SECTION_ANSWER], 0);
	r = rrset(DNS_TYPE_NS, &q);
	r.owner_at = 12;
	assert_int_equal(dns_writer_put(&w, &r), 0);
	assert_int_equal(w.pos - out, 29 + 12 + 15);
	uint8_t name[256];
	name_at((size_t)(w.pos - out) - 15, 512, name);
	assert_memory_equal(name, "\3ns2\5other\3org", 15);
}

static void own_query_is_written(void **state)
{
	(void)state;
	assert_int_equal(
		dns_writer_begin_query(&w, out, 512, 7, DNS_FLAG_RD | DNS_OPCODE_NOTIFY << 11,
			WIRE("\7example"), DNS_TYPE_SOA, DNS_CLASS_IN),
		0);
	dns_writer_section(&w, DNS_SECTION_AUTHORITY);
	assert_int_equal(dns_writer_put_rr(&w, WIRE("\1x\7example"), DNS_TYPE_TXT, DNS_CLASS_IN, 5,
				 span_of_text("\3abc")),
		0);
	size_t len = dns_writer_finish(&w);
	assert_memory_equal(out,
		"\0\7\x21\0\0\1\0\0\0\1\0\0\7example\0\0\6\0\1"
		"\1x\xc0\x0c\0\x10\0\1\0\0\0\5\0\4\3abc",
		len);
	assert_int_equal(len, 25 + 4 + 10 + 4);
}

/* ---- Property: what was put can be read back, whatever was put ---- */

static const char *const labels[] = { "\1a", "\1b", "\2aa", "\3com", "\7example", "\3ns1", "\3www",
	"\4\1a\1b", "\3net", "\12abcdefghij" };

static size_t random_name(uint8_t *ret)
{
	size_t n = 0;
	for (unsigned left = test_below(7); left > 0; left--) {
		const char *l = labels[test_below(ARRAY_LEN(labels))];
		memcpy(ret + n, l, strlen(l));
		n += strlen(l);
	}
	ret[n] = 0;
	return n + 1;
}

struct put {
	uint8_t owner[100];
	uint16_t type;
	struct packed data;
	uint16_t places[8];
};

/* Compare one record at `at` with what was put; returns its end. */
static size_t check_rr(size_t at, size_t len, const struct put *put, const uint8_t *rdata)
{
	uint8_t name[256];
	size_t rdlen = read_u16(rdata);
	rdata += 2;
	at = name_at(at, len, name);
	assert_memory_equal(name, put->owner, dns_name_len(put->owner));
	assert_int_equal(read_u16(out + at), put->type);
	assert_int_equal(read_u32(out + at + 4), 3600);
	size_t end = at + 10 + read_u16(out + at + 8);
	assert_true(end <= len);
	at += 10;
	if (put->type == DNS_TYPE_SRV || put->type == DNS_TYPE_AAAA || put->type == DNS_TYPE_TXT) {
		assert_int_equal(end - at, rdlen);
		assert_memory_equal(out + at, rdata, rdlen);
		return end;
	}
	size_t prefix = put->type == DNS_TYPE_MX ? 2 : 0;
	assert_memory_equal(out + at, rdata, prefix);
	at += prefix;
	rdata += prefix;
	for (unsigned i = 0; i < (put->type == DNS_TYPE_SOA ? 2 : 1); i++) {
		at = name_at(at, len, name);
		assert_memory_equal(name, rdata, dns_name_len(rdata));
		rdata += dns_name_len(rdata);
	}
	assert_memory_equal(out + at, rdata, end - at);
	return end;
}

static void random_messages_read_back(void **state)
{
	(void)state;
	static const uint16_t types[] = { DNS_TYPE_NS, DNS_TYPE_SOA, DNS_TYPE_MX, DNS_TYPE_SRV,
		DNS_TYPE_AAAA, DNS_TYPE_TXT };
	enum { PUTS = 30 };
	struct put *puts = calloc(PUTS, sizeof(*puts));

	for (unsigned round = 0; round < 3000; round++) {
		uint8_t qname[100];
		size_t qlen = random_name(qname);
		size_t size = round % 3 == 0 ? 65535 : 16 + qlen + test_below(1500);
		begin((char *)qname, qlen, size);
		bool done[PUTS];
		uint16_t firsts[PUTS];
		for (unsigned i = 0; i < PUTS; i++) {
			struct put *put = &puts[i];
			put->type = types[test_below(ARRAY_LEN(types))];
			random_name(put->owner);
			put->data.len = put->data.count = 0;
			for (unsigned left = 1 + test_below(4); left > 0; left--) {
				uint8_t rdata[2200];
				size_t n = put->type == DNS_TYPE_MX    ? 2
					   : put->type == DNS_TYPE_SRV ? 6
								       : 0;
				memset(rdata, (int)left, sizeof(rdata));
				if (put->type == DNS_TYPE_AAAA)
					n = 16;
				else if (put->type ==
					 DNS_TYPE_TXT) /* long: beyond the reach of pointers */
					n = test_below(round % 3 == 0 ? 1000 : 20);
				else
					n += random_name(rdata + n);
				if (put->type == DNS_TYPE_SOA) {
					n += random_name(rdata + n);
					memset(rdata + n, 9, 20);
					n += 20;
				}
				pack(&put->data, rdata, n);
			}
			struct dns_writer_rrset r = rrset(put->type, &put->data);
			firsts[i] = r.first = (uint16_t)test_below(put->data.count);
			r.owner = put->owner;
			if (test_below(4) == 0) {
				memcpy(put->owner, qname, qlen);
				r.owner_at = qlen > 1 ? 12 : 0;
			} else if (i > 0 && done[i - 1] && w.owner_at != 0 && test_below(3) == 0) {
				memcpy(put->owner, puts[i - 1].owner, sizeof(put->owner));
				r.owner_at = w.owner_at;
				r.owner = NULL;
			}
			r.places = put->places;
			r.max_places = ARRAY_LEN(put->places);
			struct dns_writer_mark mark = dns_writer_mark(&w);
			done[i] = dns_writer_put(&w, &r) == 0;
			assert_true(w.pos <= w.limit);
			if (done[i] && test_below(8) == 0) {
				dns_writer_rollback(&w, &mark);
				done[i] = false;
			}
			if (!done[i])
				assert_ptr_equal(w.pos, mark.pos);
		}
		size_t len = dns_writer_finish(&w), at = 16 + qlen;
		unsigned records = 0;
		for (unsigned i = 0; i < PUTS; i++) {
			for (unsigned k = 0; done[i] && k < puts[i].data.count; k++, records++) {
				unsigned index = (firsts[i] + k) % puts[i].data.count;
				const uint8_t *rdata = puts[i].data.data;
				for (unsigned skip = index; skip > 0; skip--)
					rdata += 2 + read_u16(rdata);
				at = check_rr(at, len, &puts[i], rdata);
				uint16_t place = puts[i].places[index];
				if (place != 0) {
					uint8_t name[256];
					size_t prefix = puts[i].type == DNS_TYPE_MX    ? 2
							: puts[i].type == DNS_TYPE_SRV ? 6
										       : 0;
					assert_true(place < 0x4000);
					name_at(place, len, name);
					assert_memory_equal(name, rdata + 2 + prefix,
						dns_name_len(rdata + 2 + prefix));
				}
			}
		}
		assert_int_equal(at, len);
		assert_int_equal(read_u16(out + 6), records);
	}
	free(puts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(response_takes_over_header_and_question),
		cmocka_unit_test(addresses_at_the_qname_take_a_pointer_each),
		cmocka_unit_test(rotation_starts_at_the_wanted_rdata),
		cmocka_unit_test(referral_is_compressed_to_the_last_label),
		cmocka_unit_test(soa_names_are_compressed_and_the_rest_kept),
		cmocka_unit_test(target_of_cname_is_the_next_owner),
		cmocka_unit_test(names_in_other_types_stay_whole),
		cmocka_unit_test(root_is_never_pointed_to),
		cmocka_unit_test(label_that_looks_like_labels_is_no_suffix),
		cmocka_unit_test(rrset_that_does_not_fit_leaves_no_trace),
		cmocka_unit_test(reserved_octets_are_not_written),
		cmocka_unit_test(rolled_back_names_are_forgotten),
		cmocka_unit_test(own_query_is_written),
		cmocka_unit_test(random_messages_read_back),
	};
	test_random_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
