/* Hooks: their order, and what each state that they return does to the answer. */
#include "answer_test.h"

#include "answer/state.h"

#define SOA_TEXT "AN example. 3600 SOA ns1.example. admin.example. 2024010101\n"

enum { A = 1, SOA = 6 };

static char trace[64];

/* Contexts are texts: the first letter goes to the trace, the rest says what to return. */
static enum answer_flow flow_hook(void *ctx, struct answer *a, enum answer_flow flow)
{
	const char *what = ctx;
	strncat(trace, what, 1);
	if (strcmp(what + 1, "drop") == 0)
		return ANSWER_FLOW_DROP;
	if (strcmp(what + 1, "fail") == 0)
		return ANSWER_FLOW_FAIL;
	if (strcmp(what + 1, "refuse") == 0) {
		a->rcode = DNS_RCODE_REFUSED;
		return ANSWER_FLOW_FAIL;
	}
	if (strcmp(what + 1, "done") == 0)
		return ANSWER_FLOW_DONE;
	return flow;
}

static enum answer_state state_hook(void *ctx, struct answer *a, enum answer_state state)
{
	static const uint8_t ns1[] = "\3ns1\7example";
	const char *what = ctx;
	strncat(trace, what, 1);
	if (strcmp(what + 1, "hit") == 0)
		return ANSWER_HIT;
	if (strcmp(what + 1, "nodata") == 0)
		return ANSWER_NODATA;
	if (strcmp(what + 1, "error") == 0)
		return ANSWER_ERROR;
	if (strcmp(what + 1, "truncated") == 0)
		return ANSWER_TRUNCATED;
	if (strcmp(what + 1, "follow") == 0 && state == ANSWER_MISS) {
		answer_set_name(a, ns1, 0);
		return ANSWER_FOLLOW;
	}
	return state;
}

#define BEGIN(what)                                                \
	{                                                          \
		ANSWER_STAGE_BEGIN, .flow = flow_hook, .ctx = what \
	}
#define END(what)                                                \
	{                                                        \
		ANSWER_STAGE_END, .flow = flow_hook, .ctx = what \
	}
#define PREANSWER(what)                                                  \
	{                                                                \
		ANSWER_STAGE_PREANSWER, .state = state_hook, .ctx = what \
	}
#define ANSWER(what)                                                  \
	{                                                             \
		ANSWER_STAGE_ANSWER, .state = state_hook, .ctx = what \
	}
#define AUTHORITY(what)                                                  \
	{                                                                \
		ANSWER_STAGE_AUTHORITY, .state = state_hook, .ctx = what \
	}
#define ADDITIONAL(what)                                                  \
	{                                                                 \
		ANSWER_STAGE_ADDITIONAL, .state = state_hook, .ctx = what \
	}

static const struct row {
	const char *claim;
	struct answer_hook global[4], zone[8];
	struct test_query query;
	const char *response, *trace;
} rows[] = {
	{ "stages_run_in_order_global_first", { END("E"), BEGIN("B") },
		{ END("e"), ADDITIONAL("d"), AUTHORITY("u"), ANSWER("a"), PREANSWER("p"),
			BEGIN("b") },
		{ "example.", SOA }, "NOERROR aa\n" SOA_TEXT, "BbpaudEe" },
	{ "order_of_a_stage_is_that_of_the_list", { { 0 } },
		{ ANSWER("1"), ANSWER("2"), ANSWER("3") }, { "example.", SOA },
		"NOERROR aa\n" SOA_TEXT, "123" },
	{ "zone_hooks_need_the_zone", { BEGIN("B"), END("E") }, { BEGIN("b"), END("e") },
		{ "elsewhere.net.", A }, "REFUSED\n", "BE" },
	{ "drop_sends_nothing_but_ends", { BEGIN("Bdrop"), END("E") }, { { 0 } },
		{ "example.", SOA }, "", "BE" },
	{ "drop_at_the_end_sends_nothing", { END("Edrop") }, { { 0 } }, { "example.", SOA }, "",
		"E" },
	{ "fail_is_servfail_and_stops_the_beginning", { BEGIN("Bfail"), BEGIN("C"), END("E") },
		{ BEGIN("b") }, { "example.", SOA, .is_edns = true }, "SERVFAIL\nAD . 0 OPT 1232\n",
		"BE" },
	{ "fail_has_the_rcode_that_was_set", { BEGIN("Brefuse") }, { { 0 } }, { "example.", SOA },
		"REFUSED\n", "B" },
	{ "done_skips_the_zone_but_not_the_opt", { BEGIN("Bdone") }, { PREANSWER("p") },
		{ "example.", SOA, .is_edns = true }, "NOERROR\nAD . 0 OPT 1232\n", "B" },
	{ "fail_at_the_end_replaces_the_answer", { END("Erefuse") }, { { 0 } },
		{ "example.", SOA, .is_edns = true }, "REFUSED\nAD . 0 OPT 1232\n", "E" },
	{ "hit_before_the_answer_skips_the_look_up", { { 0 } }, { PREANSWER("phit") },
		{ "example.", SOA }, "NOERROR aa\n", "p" },
	{ "nodata_wins_over_miss", { { 0 } }, { PREANSWER("pnodata") }, { "nothere.example.", A },
		"NOERROR aa\nAU example. 300 SOA ns1.example. admin.example. 2024010101\n", "p" },
	{ "error_is_servfail", { { 0 } }, { AUTHORITY("uerror"), ADDITIONAL("d") },
		{ "example.", SOA }, "SERVFAIL\n", "u" },
	{ "truncated_ends_at_once", { { 0 } }, { ANSWER("atruncated"), AUTHORITY("u"), END("e") },
		{ "nothere.example.", A }, "NOERROR aa\n", "ae" },
	{ "follow_goes_on_with_the_name", { { 0 } }, { ANSWER("afollow") },
		{ "nothere.example.", A }, "NOERROR aa\nAN ns1.example. 3600 A 192.0.2.1\n", "aa" },
};

static size_t hooks_count(const struct answer_hook *hooks, size_t max)
{
	size_t n = 0;
	while (n < max && hooks[n].ctx != NULL)
		n++;
	return n;
}

static void hooks_take_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct test_server s;
		struct answer_plan *global, *zone;
		test_server_init(&s);
		struct answer_zone *place = test_server_add(&s, "example.", "plain.zone");
		assert_int_equal(
			answer_plan_new(rows[i].global, hooks_count(rows[i].global, 4), &global),
			0);
		assert_int_equal(
			answer_plan_new(rows[i].zone, hooks_count(rows[i].zone, 8), &zone), 0);
		s.view.settings.plan = global;
		place->plan = zone;
		trace[0] = 0;
		print_message("%s\n", rows[i].claim);
		assert_string_equal(test_ask(&s, &rows[i].query), rows[i].response);
		assert_string_equal(trace, rows[i].trace);
		answer_plan_free(global);
		answer_plan_free(zone);
		test_server_deinit(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hooks_take_part) };
	rcu_register_thread();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_unregister_thread();
	return failed;
}
