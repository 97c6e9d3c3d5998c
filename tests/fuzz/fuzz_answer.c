/*
 * fuzz_answer: any request against small zones where everything is hard to answer: aliases, loops, wildcards, cuts,
 * names of full length, broken NSEC and NSEC3 chains.
 *
 * First octet: bit 0 stream, 1 rotation, 2 client subnet, 3-4 zone. The rest is the request, whose QNAME is moved
 * below the zone's apex if bit 5 is set, since chance rarely finds it.
 *
 * Oracle: the response reads back record by record with well-formed rdata, nothing behind it; ID, opcode, RD and question
 * are the request's; it isn't longer than the client takes; and the same request gives the same response.
 */
#include "answer/answer.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "zone/edit.h"
#include "zonefile/scanner.h"
#include <stdio.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

#define LONG63           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SIG(owner, type) owner " 5 RRSIG " type " 8 1 5 20440101000000 20240101000000 1 z. AAAA\n"

/* clang-format off */
static const char plain_text[] =
	"@ 5 SOA a b 1 2 3 4 5\n@ 5 NS a\n@ 5 NS b.c\n@ 5 MX 1 d\n@ 5 MX 2 x.w\n@ 5 A 1.2.3.4\n"
	"a 5 A 1.2.3.4\na 5 AAAA ::1\na 5 TXT \"t\"\n"
	"b 5 NS a.b\nb 5 NS e.f\nb 5 DS 1 8 2 00\na.b 5 A 1.2.3.4\n"
	"c 5 CNAME d\nd 5 CNAME e\ne 5 CNAME f\nf 5 CNAME g\ng 5 CNAME h\nh 5 CNAME i\ni 5 A 1.1.1.1\n"
	"l 5 CNAME l\nm 5 CNAME n\nn 5 CNAME m\no 5 CNAME x.b\np 5 CNAME q.\n"
	"r 5 DNAME s\ns 5 DNAME r\nt 5 DNAME u.t2\nv 5 DNAME " LONG63 "." LONG63 "." LONG63 "\n"
	"*.w 5 A 1.1.1.1\n*.w 5 MX 1 z.w\n*.x 5 CNAME y.x\n*.y 5 NS a\n*.z 5 DNAME a\n"
	"1.*.2 5 A 1.1.1.1\n3.4.5 5 SRV 0 0 0 x.w\n6 5 SVCB 1 A\n6 5 SVCB 2 . alpn=h2\n7 5 HTTPS 0 x.w\n"
	LONG63 "." LONG63 "." LONG63 " 5 A 1.1.1.1\n"
	"8 5 TXT \"" LONG63 LONG63 LONG63 "\" \"" LONG63 LONG63 LONG63 "\" \"" LONG63 LONG63 LONG63 "\"\n";

static const char nsec_text[] =
	"@ 5 SOA a b 1 2 3 4 5\n" SIG("@", "SOA") "@ 5 NS a\n" SIG("@", "NS")
	"@ 5 NSEC a NS SOA\n" SIG("@", "NSEC")
	"a 5 A 1.2.3.4\n" SIG("a", "A") "a 5 NSEC *.w A\n" SIG("a", "NSEC")
	"b 5 NS a.b\na.b 5 A 1.2.3.4\nd 5 NS a\nd 5 DS 1 8 2 00\n" SIG("d", "DS")
	"*.w 5 A 1.1.1.1\n" SIG("*.w", "A") "*.w 5 NSEC z A\n" SIG("*.w", "NSEC")
	"*.x 5 CNAME c.w\n" SIG("*.x", "CNAME") "1.*.2 5 A 1.1.1.1\n"
	"r 5 DNAME s\n" SIG("r", "DNAME") "6 5 SVCB 1 a\n" SIG("6", "SVCB") SIG("q", "TXT");

static const char nsec3_text[] =
	"@ 5 SOA a b 1 2 3 4 5\n" SIG("@", "SOA") "@ 5 NS a\n" SIG("@", "NS")
	"@ 5 NSEC3PARAM 1 0 1 ab\n" SIG("@", "NSEC3PARAM")
	"a 5 A 1.2.3.4\n" SIG("a", "A") "b 5 NS a.b\na.b 5 A 1.2.3.4\nc.e 5 NS a\n"
	"*.w 5 A 1.1.1.1\n" SIG("*.w", "A") "1.*.2 5 NS a\n"
	"00000000000000000000000000000000 5 NSEC3 1 1 1 ab 7VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV NS SOA\n"
	SIG("00000000000000000000000000000000", "NSEC3")
	"7vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv 5 NSEC3 1 1 1 ab 00000000000000000000000000000000 A\n";
/* clang-format on */

static struct answer_view views[4];
static struct answer_thread *thread;

static void *memory_alloc(void *ctx UNUSED, size_t size)
{
	return malloc(size);
}

static void memory_free(void *ctx UNUSED, void *ptr, size_t size UNUSED)
{
	free(ptr);
}

static int record_add(void *ctx, const struct zonefile_rr *rr)
{
	int result =
		zone_edit_add(ctx, &(struct zone_rr){ rr->owner, rr->type, rr->ttl, rr->rdata });
	return result == E_ISRECORD ? 0 : result;
}

/* A view of one zone, "z.". */
static void view_init(struct answer_view *view, const char *text)
{
	static const uint8_t apex[] = "\1z";
	struct zone *zone = zone_new(apex);
	struct answer_zone *place = calloc(1, sizeof(*place) + sizeof(apex));
	struct trie_edit edit = { .number = 1,
		.mem = { memory_alloc, memory_free, memory_free, NULL } };
	struct zone_edit *zone_edit;
	struct trie_key key;
	void *old;
	const struct zonefile_options options = { .origin = apex, .default_ttl = 5 };

	CHECK(zone != NULL && place != NULL);
	if (text != NULL) {
		CHECK(zone_edit_begin_new(zone, &zone_edit) == 0);
		const struct zonefile_handler handler = { .record = record_add, .ctx = zone_edit };
		CHECK(zonefile_scan_text(span_of_text(text), "zone", &options, &handler, NULL) ==
			0);
		CHECK(zone_edit_commit(zone_edit) == 0);
	}
	place->zone = zone;
	place->name_len = sizeof(apex);
	memcpy(place->name, apex, sizeof(apex));
	edit.trie.name_offset = ANSWER_ZONE_NAME_OFFSET;
	trie_key_of(apex, &key);
	CHECK(trie_set(&edit, &key, place, 0, &old) == 0);
	*view = (struct answer_view){
		.settings = {
			.identity = span_of_text("identity"),
			.version = span_of_text("version"),
			.nsid = span_of_text("nsid"),
			.payload_ipv4 = 1232,
			.payload_ipv6 = 1232,
		},
		.zones = edit.trie,
	};
}

static void init(void)
{
	rcu_register_thread();
	view_init(&views[0], plain_text);
	view_init(&views[1], nsec_text);
	view_init(&views[2], nsec3_text);
	view_init(&views[3], NULL);
	CHECK(answer_thread_new(0, &thread) == 0);
}

/* Put "z" before the end of the QNAME, if there is one and room for it. The new length. */
static size_t move_below_apex(uint8_t *request, size_t len, size_t size)
{
	size_t at = 12;

	while (at < len && request[at] != 0 && request[at] <= 63)
		at += 1 + (size_t)request[at];
	if (at >= len || request[at] != 0 || at - 12 + 3 > DNS_NAME_MAX || len + 2 > size)
		return len;
	memmove(request + at + 2, request + at, len - at);
	request[at] = 1;
	request[at + 1] = 'z';
	return len + 2;
}

/* Octets that the client takes, worked out from the request on its own. */
static size_t limit_of(struct span request, bool is_stream)
{
	struct dns_message m;
	struct dns_rr_view rr;
	size_t limit = 512;

	if (is_stream)
		return DNS_MESSAGE_MAX;
	if (dns_message_begin(request, &m) != 0)
		return 0;
	while (dns_message_next_rr(&m, &rr) == 0) {
		if (rr.type == DNS_TYPE_OPT)
			limit = MAX((size_t)512, MIN((size_t)rr.class_, (size_t)1232));
	}
	return limit;
}

static void response_check(struct span request, struct span response)
{
	static uint8_t rdata[DNS_RDATA_MAX];
	struct dns_message m;
	struct dns_question question;
	struct dns_rr_view rr;
	size_t rdata_len;
	int result;

	CHECK(dns_message_begin(response, &m) == 0);
	CHECK(m.id == read_u16(request.data));
	CHECK((m.flags & DNS_FLAG_QR) != 0);
	CHECK(((m.flags ^ read_u16(request.data + 2)) & 0x7900) == 0); /* opcode, RD */
	CHECK((m.flags & (DNS_FLAG_RA | DNS_FLAG_Z | DNS_FLAG_AD | DNS_FLAG_CD)) == 0);
	const unsigned questions = read_u16(request.data + 4);
	CHECK(m.counts[0] == (questions > 1 ? 0 : questions));
	CHECK(questions <= 1 ||
		(response.len == DNS_HEADER_SIZE && DNS_FLAGS_RCODE(m.flags) == DNS_RCODE_FORMERR));
	if (m.counts[0] == 1) {
		CHECK(dns_message_next_question(&m, &question) == 0);
		CHECK(memcmp(request.data + 12, response.data + 12, question.name_len + 4u) == 0);
	}
	unsigned opts = 0;
	while ((result = dns_message_next_rr(&m, &rr)) == 0) {
		if (rr.type == DNS_TYPE_OPT) {
			opts++;
			CHECK(rr.section == DNS_SECTION_ADDITIONAL && rr.owner_len == 1);
			struct dns_edns edns;
			CHECK(dns_edns_read(rr.class_, rr.ttl, rr.rdata, &edns) == 0);
			continue;
		}
		CHECK(dns_message_rdata(&m, &rr, false, rdata, &rdata_len) == 0);
	}
	CHECK(result == E_EOF && !dns_message_has_trailing(&m));
	CHECK(opts <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[DNS_MESSAGE_MAX], again[DNS_MESSAGE_MAX];

	if (thread == NULL)
		init();
	if (size == 0 || size > 2000)
		return 0;
	uint8_t *request = malloc(size + 2); /* of its very size, so that reads beyond are seen */
	CHECK(request != NULL);
	size_t len = size - 1;
	memcpy(request, data + 1, len);
	if (data[0] & 32)
		len = move_below_apex(request, len, size + 1);
	request = realloc(request, len > 0 ? len : 1);

	struct answer_view *view = &views[data[0] >> 3 & 3];
	const bool is_stream = data[0] & 1;
	const struct answer_client client = { .transport = is_stream ? ANSWER_TCP : ANSWER_UDP };
	const struct span bytes = { request, len };
	view->settings.rotate = data[0] & 2;
	view->settings.client_subnet = data[0] & 4;
	size_t room = is_stream ? sizeof(out) : 4096;
	size_t got = answer_message(view, thread, &client, bytes, out, room);
	CHECK(got == 0 || got >= DNS_HEADER_SIZE);
	if (got > 0) {
		CHECK(got <= limit_of(bytes, is_stream) || (out[3] & 15) == DNS_RCODE_FORMERR);
		response_check(bytes, (struct span){ out, got });
		CHECK(answer_message(view, thread, &client, bytes, again, room) == got);
		CHECK(memcmp(out, again, got) == 0);
	}
	free(request);
	return 0;
}
