/* The hint for batches: it says where it pays, takes any requests, and changes no answer. */
#include "answer_test.h"

enum { A = 1, NAMES = 20000 };

/* A zone of many names "n<i>", with delegations among them. */
static struct answer_zone *add_large(struct test_server *s, const char *name)
{
	struct answer_zone *place = test_server_add(s, name, NULL);
	static const uint8_t address[4] = { 192, 0, 2, 1 },
			     soa[22] = { 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
				     0, 1 },
			     ns[1] = { 0 };
	struct zone_edit *edit;

	assert_int_equal(zone_edit_begin_new(place->zone, &edit), 0);
	assert_int_equal(zone_edit_add(edit, &(struct zone_rr){ place->name, DNS_TYPE_SOA, 60,
						     { soa, sizeof(soa) } }),
		0);
	for (unsigned i = 0; i < NAMES; i++) {
		char text[64];
		uint8_t owner[DNS_NAME_MAX];
		size_t len;
		snprintf(text, sizeof(text), "n%u.%s", i, name);
		assert_int_equal(dns_name_parse(span_of_text(text), NULL, owner, &len), 0);
		const struct zone_rr rr =
			i % 10 == 0 ? (struct zone_rr){ owner, DNS_TYPE_NS, 60, { ns, 1 } }
				    : (struct zone_rr){ owner, A, 60, { address, 4 } };
		assert_int_equal(zone_edit_add(edit, &rr), 0);
	}
	assert_int_equal(zone_edit_commit(edit), 0);
	return place;
}

/* Names that are there, that aren't, below cuts, in other zones, of full length; broken requests. */
static size_t random_request(uint8_t *out)
{
	char text[DNS_NAME_MAX + 80], *p = text;
	size_t len;

	for (unsigned fill = test_below(6) == 0 ? 3 : 0; fill > 0; fill--)
		p += sprintf(p, "%s",
			"lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll.");
	sprintf(p, "%sn%u.%s", test_below(3) == 0 ? "www." : "", test_below(NAMES + 500),
		test_below(5) == 0 ? "other." : "large.");
	len = test_query_write(
		&(struct test_query){ .name = text, .type = A, .is_do = test_below(2) }, out);
	if (test_below(8) == 0)
		out[test_below((unsigned)len)] = (uint8_t)test_below(256);
	return test_below(8) == 0 ? test_below((unsigned)len + 1) : len;
}

/* A random request in memory of exactly its size, so that reads past its end are seen. */
static struct span exact_request(void)
{
	uint8_t bytes[600], *exact;
	const size_t len = random_request(bytes);

	exact = malloc(len > 0 ? len : 1);
	assert_non_null(exact);
	memcpy(exact, bytes, len);
	return (struct span){ exact, len };
}

/* The hint takes batches of random requests and says of each whether it pays; an answer with it is the one without. */
static void check_batches(struct test_server *s, bool pays)
{
	static uint8_t plain[4096], hinted[4096];
	const struct answer_client client = { .transport = ANSWER_UDP };
	struct span requests[ANSWER_BATCH_MAX + 8];

	for (unsigned round = 0; round < 200; round++) {
		const unsigned count = 1 + test_below(ARRAY_LEN(requests));
		for (unsigned i = 0; i < count; i++)
			requests[i] = exact_request();
		size_t len = answer_message(
			&s->view, s->thread, &client, requests[0], plain, sizeof(plain));
		assert_int_equal(answer_prefetch(&s->view, requests, count), pays);
		assert_int_equal(answer_message(&s->view, s->thread, &client, requests[0], hinted,
					 sizeof(hinted)),
			len);
		assert_memory_equal(plain, hinted, len);
		for (unsigned i = 0; i < count; i++)
			free((void *)(uintptr_t)requests[i].data);
	}
}

static void hint_pays_for_a_large_zone(void **state)
{
	struct test_server s;
	(void)state;
	test_server_init(&s);
	add_large(&s, "large.");
	check_batches(&s, true);
	assert_string_equal(test_ask(&s, &(struct test_query){ .name = "n1.large.", .type = A }),
		"NOERROR aa\nAN n1.large. 60 A 192.0.2.1\n");
	test_server_deinit(&s);
}

static void hint_does_not_pay_for_small_zones(void **state)
{
	struct test_server s;
	(void)state;
	test_server_init(&s);
	assert_false(answer_prefetch(&s.view, NULL, 0));
	check_batches(&s, false); /* no zone at all */
	test_server_add(&s, "large.", NULL);
	check_batches(&s, false); /* one that has no contents */
	test_server_add(&s, "other.", NULL);
	check_batches(&s, false);
	test_server_deinit(&s);
}

static void hint_pays_for_a_large_zone_among_others(void **state)
{
	struct test_server s;
	uint8_t request[600];
	size_t len;
	(void)state;
	test_server_init(&s);
	add_large(&s, "large.");
	test_server_add(&s, "other.", NULL);
	len = test_query_write(&(struct test_query){ .name = "n1.large.", .type = A }, request);
	assert_true(answer_prefetch(&s.view, &(struct span){ request, len }, 1));
	len = test_query_write(&(struct test_query){ .name = "n1.other.", .type = A }, request);
	assert_false(answer_prefetch(&s.view, &(struct span){ request, len }, 1));
	test_server_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hint_pays_for_a_large_zone),
		cmocka_unit_test(hint_does_not_pay_for_small_zones),
		cmocka_unit_test(hint_pays_for_a_large_zone_among_others),
	};
	test_random_init();
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
