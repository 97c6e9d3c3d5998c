#include "test_util.h"

#include "base/encode.h"
#include "base/err.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "tsig_vectors.h"

static const uint8_t key_name[] = "\3key\7example";

struct octets {
	uint8_t data[2048];
	size_t len;
};

static struct octets octets(const char *hex)
{
	struct octets o;
	ssize_t n = base16_decode(span_of_text(hex), o.data);
	assert_true(n >= 0);
	o.len = (size_t)n;
	return o;
}

static struct span span_of(const struct octets *o)
{
	return (struct span){ o->data, o->len };
}

static struct dns_tsig tsig_of(const struct octets *o)
{
	struct dns_request r;
	struct dns_tsig tsig;
	assert_int_equal(dns_request_parse(span_of(o), &r), DNS_PARSE_OK);
	assert_int_not_equal(r.tsig_at, 0);
	assert_int_equal(dns_tsig_read(span_of(o), r.tsig_at, &tsig), 0);
	return tsig;
}

static struct dns_tsig_key key_of(size_t i, struct octets *secret)
{
	*secret = octets(vectors[i].secret);
	return (struct dns_tsig_key){ key_name, vectors[i].algorithm, span_of(secret) };
}

static void requests_of_dnspython_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct octets secret, request = octets(vectors[i].request);
		struct dns_tsig_key key = key_of(i, &secret);
		struct dns_tsig tsig = tsig_of(&request);
		struct dns_tsig_session s;
		assert_int_equal(tsig.algorithm, vectors[i].algorithm);
		assert_int_equal(
			dns_tsig_verify_request(span_of(&request), &tsig, &key, VECTOR_TIME, &s),
			0);
		assert_int_equal(dns_tsig_verify_request(
					 span_of(&request), &tsig, &key, VECTOR_TIME + 300, &s),
			0);
		assert_int_equal(dns_tsig_verify_request(
					 span_of(&request), &tsig, &key, VECTOR_TIME + 301, &s),
			E_TSIGTIME);
		assert_int_equal(dns_tsig_verify_request(
					 span_of(&request), &tsig, &key, VECTOR_TIME - 301, &s),
			E_TSIGTIME);
	}
}

/* Take the TSIG off a message and sign what is left: the octets of dnspython have to come out. */
static void messages_signed_by_us_are_those_of_dnspython(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct octets secret, request = octets(vectors[i].request);
		struct dns_tsig_key key = key_of(i, &secret);
		struct dns_tsig tsig = tsig_of(&request);
		struct dns_tsig_session s;
		assert_int_equal(
			dns_tsig_verify_request(span_of(&request), &tsig, &key, VECTOR_TIME, &s),
			0);
		for (size_t k = 0; k < 3; k++) {
			struct octets want = octets(vectors[i].responses[k]), got = want;
			size_t record = dns_tsig_size(&key) - 6;
			got.len -= record;
			memset(got.data + got.len, 0, record);
			got.data[11]--;
			assert_int_equal(
				dns_tsig_sign(&s, got.data, &got.len, want.len - 1, VECTOR_TIME),
				E_SPACE);
			assert_int_equal(
				dns_tsig_sign(&s, got.data, &got.len, want.len, VECTOR_TIME), 0);
			assert_int_equal(got.len, want.len);
			/* Except the letters of the key name, which have no say in the MAC. */
			got.data[got.len - record + 1] = 'K';
			got.data[got.len - record + 5] = 'E';
			uint8_t *md5 = want.data + want.len - record + 13 + 10 + 1;
			for (size_t n = 0; n < dns_name_len(dns_tsig_algorithm_name(key.algorithm));
				n++)
				md5[n - 1] = dns_lower[md5[n - 1]];
			assert_memory_equal(got.data, want.data, want.len);
		}
	}
}

static void responses_of_dnspython_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct octets secret, request = octets(vectors[i].request);
		struct dns_tsig_key key = key_of(i, &secret);
		struct dns_tsig_session s;
		bool was_signed;
		/* The client's session, as after signing this request. */
		dns_tsig_session_begin(&s, &key);
		request.len -= dns_tsig_size(&key) - 6;
		request.data[11]--;
		assert_int_equal(dns_tsig_sign(&s, request.data, &request.len, sizeof(request.data),
					 VECTOR_TIME),
			0);
		for (size_t k = 0; k < 3; k++) {
			struct octets response = octets(vectors[i].responses[k]);
			assert_int_equal(dns_tsig_verify_response(
						 &s, span_of(&response), VECTOR_TIME, &was_signed),
				0);
			assert_true(was_signed);
		}
		/* The last one again doesn't fit the chain. */
		struct octets again = octets(vectors[i].responses[2]);
		assert_int_equal(dns_tsig_verify_response(&s, span_of(&again), VECTOR_TIME, NULL),
			E_TSIGSIG);
	}
}

static void any_flipped_bit_is_refused(void **state)
{
	(void)state;
	struct octets secret, request = octets(vectors[6].request);
	struct dns_tsig_key key = key_of(6, &secret);
	for (size_t bit = 0; bit < request.len * 8; bit++) {
		struct octets damaged = request;
		struct dns_request r;
		struct dns_tsig tsig;
		struct dns_tsig_session s;
		damaged.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (dns_request_parse(span_of(&damaged), &r) != DNS_PARSE_OK || r.tsig_at == 0 ||
			dns_tsig_read(span_of(&damaged), r.tsig_at, &tsig) != 0)
			continue;
		int result =
			dns_tsig_verify_request(span_of(&damaged), &tsig, &key, VECTOR_TIME, &s);
		/* The ID on the wire may be changed by forwarders, and letters of names by anyone. */
		bool harmless = bit < 16 || bit % 8 == 5;
		if (result == 0 && !harmless)
			fail_msg("bit %zu passes", bit);
	}
}

static struct octets signed_request(const struct dns_tsig_key *key, struct dns_tsig_session *client)
{
	struct octets o = octets("4321010000010000000000000161000001"
				 "0001");
	dns_tsig_session_begin(client, key);
	assert_int_equal(dns_tsig_sign(client, o.data, &o.len, sizeof(o.data), 1000), 0);
	return o;
}

static const struct dns_tsig_key test_key = { key_name, DNS_TSIG_HMAC_SHA256,
	{ (const uint8_t *)"secret", 6 } };

static void wrong_keys_and_macs_give_their_errors(void **state)
{
	(void)state;
	struct dns_tsig_session client, s;
	struct octets request = signed_request(&test_key, &client);
	struct dns_tsig tsig = tsig_of(&request);
	struct dns_tsig_key key = test_key;

	assert_int_equal(dns_tsig_verify_request(span_of(&request), &tsig, &key, 1000, &s), 0);
	key.secret.len = 5;
	assert_int_equal(
		dns_tsig_verify_request(span_of(&request), &tsig, &key, 1000, &s), E_TSIGSIG);
	/* The key is what's wrong, not the time. */
	assert_int_equal(
		dns_tsig_verify_request(span_of(&request), &tsig, &key, 5000, &s), E_TSIGSIG);
	key = test_key;
	key.algorithm = DNS_TSIG_HMAC_SHA1;
	assert_int_equal(
		dns_tsig_verify_request(span_of(&request), &tsig, &key, 1000, &s), E_TSIGKEY);
	key = test_key;
	key.name = (const uint8_t *)"\3kez\7example";
	assert_int_equal(
		dns_tsig_verify_request(span_of(&request), &tsig, &key, 1000, &s), E_TSIGKEY);

	tsig.mac.len = 31;
	assert_int_equal(dns_tsig_verify_request(span_of(&request), &tsig, &test_key, 1000, &s),
		E_TSIGTRUNC);
	tsig.mac.len = 16;
	assert_int_equal(dns_tsig_verify_request(span_of(&request), &tsig, &test_key, 1000, &s),
		E_TSIGTRUNC);
	tsig.mac.len = 15;
	assert_int_equal(dns_tsig_verify_request(span_of(&request), &tsig, &test_key, 1000, &s),
		E_MALFORMED);
	tsig.mac.len = 0;
	assert_int_equal(dns_tsig_verify_request(span_of(&request), &tsig, &test_key, 1000, &s),
		E_MALFORMED);
}

static void bad_time_is_answered_signed(void **state)
{
	(void)state;
	struct dns_tsig_session client, server;
	struct octets request = signed_request(&test_key, &client);
	struct dns_tsig tsig = tsig_of(&request), answer;
	assert_int_equal(
		dns_tsig_verify_request(span_of(&request), &tsig, &test_key, 5000, &server),
		E_TSIGTIME);

	struct octets response = octets("4321810900010000000000000161000001"
					"0001");
	size_t before = response.len;
	assert_int_equal(dns_tsig_sign_badtime(&server, &tsig, response.data, &response.len,
				 sizeof(response.data), 5000),
		0);
	assert_int_equal(response.len - before, dns_tsig_size(&test_key));
	assert_int_equal(dns_tsig_read(span_of(&response), before, &answer), 0);
	assert_int_equal(answer.error, DNS_TSIG_BADTIME);
	assert_int_equal(answer.time, 1000);
	assert_int_equal(answer.other.len, 6);
	assert_int_equal(read_u48(answer.other.data), 5000);
	/* Only one who has the key can say so. */
	assert_int_equal(
		dns_tsig_verify_response(&client, span_of(&response), 1000, NULL), E_TSIGTIME);
	client = (struct dns_tsig_session){ 0 };
	signed_request(&test_key, &client);
	response.data[3] ^= 1;
	assert_int_equal(
		dns_tsig_verify_response(&client, span_of(&response), 1000, NULL), E_TSIGSIG);
}

static void bad_time_answer_is_that_of_dnspython(void **state)
{
	(void)state;
	struct octets request = octets(badtime_request), want = octets(badtime_response),
		      got = want;
	struct dns_tsig tsig = tsig_of(&request);
	struct dns_tsig_session server;
	const uint64_t now = VECTOR_TIME + 1000;

	assert_int_equal(dns_tsig_verify_request(span_of(&request), &tsig, &test_key, now, &server),
		E_TSIGTIME);
	got.len -= dns_tsig_size(&test_key);
	got.data[11]--;
	assert_int_equal(
		dns_tsig_sign_badtime(&server, &tsig, got.data, &got.len, sizeof(got.data), now),
		0);
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
}

static void unsigned_error_is_told(void **state)
{
	(void)state;
	struct dns_tsig_session client;
	struct octets request = signed_request(&test_key, &client);
	struct dns_tsig tsig = tsig_of(&request), answer;
	struct octets response = octets("4321810900010000000000000161000001"
					"0001");
	size_t before = response.len;
	assert_int_equal(dns_tsig_put_error(&tsig, DNS_TSIG_BADKEY, response.data, &response.len,
				 before + dns_tsig_error_size(&tsig) - 1),
		E_SPACE);
	assert_int_equal(dns_tsig_put_error(&tsig, DNS_TSIG_BADKEY, response.data, &response.len,
				 before + dns_tsig_error_size(&tsig)),
		0);
	assert_int_equal(dns_tsig_read(span_of(&response), before, &answer), 0);
	assert_int_equal(answer.error, DNS_TSIG_BADKEY);
	assert_int_equal(answer.mac.len, 0);
	assert_int_equal(answer.time, 1000);
	assert_int_equal(answer.fudge, 300);
	assert_int_equal(
		dns_tsig_verify_response(&client, span_of(&response), 1000, NULL), E_TSIGKEY);
}

/* RFC 8945 section 5.3.1: unsigned messages between signed ones count, at most 99 in a row. */
static void unsigned_messages_are_part_of_the_chain(void **state)
{
	(void)state;
	static const struct {
		unsigned between;
		bool damage;
		int result;
	} rows[] = { { 0, false, 0 }, { 1, false, 0 }, { 99, false, 0 }, { 3, true, E_TSIGSIG },
		{ 100, false, E_TSIGSIG } };
	struct octets plain = octets("432181000001000000000000016100000100"
				     "01");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_tsig_session client, server;
		struct octets request = signed_request(&test_key, &client);
		struct dns_tsig tsig = tsig_of(&request);
		struct octets message = plain;
		bool was_signed = true;
		int result = 0;
		assert_int_equal(
			dns_tsig_verify_request(span_of(&request), &tsig, &test_key, 1000, &server),
			0);
		/* The first one must be signed. */
		assert_int_equal(
			dns_tsig_verify_response(&client, span_of(&plain), 1000, NULL), E_TSIGSIG);
		assert_int_equal(dns_tsig_sign(&server, message.data, &message.len,
					 sizeof(message.data), 1000),
			0);
		assert_int_equal(
			dns_tsig_verify_response(&client, span_of(&message), 1000, NULL), 0);

		/* A signer that leaves some unsigned is the same as one session that digests: build it by hand. */
		struct dns_tsig_session sender = server;
		uint8_t text[100 * 20 + 100];
		size_t len = 0;
		for (unsigned n = 0; n < rows[i].between && result == 0; n++) {
			struct octets one = plain;
			one.data[1] = (uint8_t)n;
			memcpy(text + len, one.data, one.len);
			len += one.len;
			if (rows[i].damage && n == 1)
				one.data[1] ^= 0x80;
			result =
				dns_tsig_verify_response(&client, span_of(&one), 1000, &was_signed);
			assert_false(was_signed);
		}
		if (result == 0) {
			struct octets last = plain;
			/* Sign all of them as one long message, then take the TSIG for the last one: the digest is over
			 * the same octets, but for the header that is counted. */
			uint8_t *joined = calloc(1, len + sizeof(last.data));
			memcpy(joined, text, len);
			memcpy(joined + len, last.data, last.len);
			size_t joined_len = len + last.len;
			if (len > 0) {
				/* The signer rewrites nothing in the first header but its count, after digesting. */
				assert_int_equal(
					dns_tsig_sign(&sender, joined, &joined_len, 65535, 1000),
					0);
				size_t record = joined_len - len - last.len;
				memcpy(last.data + last.len, joined + len + last.len, record);
				/* Original ID: that of the last message. */
				memcpy(last.data + last.len + record - 6, last.data, 2);
				last.len += record;
				last.data[11]++;
			} else {
				assert_int_equal(dns_tsig_sign(&sender, last.data, &last.len,
							 sizeof(last.data), 1000),
					0);
			}
			free(joined);
			result = dns_tsig_verify_response(
				&client, span_of(&last), 1000, &was_signed);
			assert_true(was_signed);
		}
		assert_int_equal(result, rows[i].result);
	}
}

static void algorithms_have_their_names(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum dns_tsig_algorithm algorithm;
	} rows[] = {
		{ "hmac-md5", DNS_TSIG_HMAC_MD5 },
		{ "HMAC-MD5.sig-alg.reg.int.", DNS_TSIG_HMAC_MD5 },
		{ "hmac-sha1", DNS_TSIG_HMAC_SHA1 },
		{ "Hmac-Sha256.", DNS_TSIG_HMAC_SHA256 },
		{ "hmac-sha512", DNS_TSIG_HMAC_SHA512 },
		{ "hmac-sha", DNS_TSIG_NONE },
		{ "", DNS_TSIG_NONE },
		{ ".", DNS_TSIG_NONE },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			dns_tsig_algorithm_parse(span_of_text(rows[i].text)), rows[i].algorithm);
	for (unsigned a = DNS_TSIG_HMAC_MD5; a <= DNS_TSIG_HMAC_SHA512; a++) {
		assert_int_equal(dns_tsig_algorithm_of(dns_tsig_algorithm_name(a)), a);
		assert_int_equal(
			dns_tsig_algorithm_parse(span_of_text(dns_tsig_algorithm_text(a))), a);
	}
	assert_int_equal(
		dns_tsig_algorithm_of((const uint8_t *)"\11HMAC-SHA1"), DNS_TSIG_HMAC_SHA1);
	assert_int_equal(dns_tsig_algorithm_of((const uint8_t *)""), DNS_TSIG_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_dnspython_verify),
		cmocka_unit_test(messages_signed_by_us_are_those_of_dnspython),
		cmocka_unit_test(responses_of_dnspython_verify),
		cmocka_unit_test(any_flipped_bit_is_refused),
		cmocka_unit_test(wrong_keys_and_macs_give_their_errors),
		cmocka_unit_test(bad_time_is_answered_signed),
		cmocka_unit_test(bad_time_answer_is_that_of_dnspython),
		cmocka_unit_test(unsigned_error_is_told),
		cmocka_unit_test(unsigned_messages_are_part_of_the_chain),
		cmocka_unit_test(algorithms_have_their_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
