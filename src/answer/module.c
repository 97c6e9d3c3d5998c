#include "answer/module.h"
#include "answer/answer.h"
#include "base/err.h"
#include <stdlib.h>

int answer_plan_new(const struct answer_hook *hooks, size_t count, struct answer_plan **ret)
{
	if (count > UINT16_MAX)
		return E_RANGE;
	struct answer_plan *plan = malloc(sizeof(*plan) + count * sizeof(plan->hooks[0]));
	if (plan == NULL)
		return E_NOMEM;
	uint16_t used = 0;
	for (unsigned stage = 0; stage < ANSWER_STAGES; stage++) {
		plan->first[stage] = used;
		for (size_t i = 0; i < count; i++) {
			if (hooks[i].stage == stage)
				plan->hooks[used++] = hooks[i];
		}
	}
	plan->first[ANSWER_STAGES] = used;
	*ret = plan;
	return 0;
}

void answer_plan_free(struct answer_plan *plan)
{
	free(plan);
}

enum answer_flow answer_plan_run_flow(const struct answer_plan *plan, enum answer_stage stage,
	struct answer *a, enum answer_flow flow)
{
	if (plan == NULL)
		return flow;
	for (unsigned i = plan->first[stage]; i != plan->first[stage + 1]; i++) {
		flow = plan->hooks[i].flow(plan->hooks[i].ctx, a, flow);
		/* A failure stops the beginning; the end is for counting too, so all see it. */
		if (flow == ANSWER_FLOW_FAIL && stage == ANSWER_STAGE_BEGIN)
			break;
	}
	return flow;
}

enum answer_state answer_plan_run_state(const struct answer_plan *plan, enum answer_stage stage,
	struct answer *a, enum answer_state state)
{
	if (plan == NULL)
		return state;
	for (unsigned i = plan->first[stage]; i != plan->first[stage + 1]; i++) {
		state = plan->hooks[i].state(plan->hooks[i].ctx, a, state);
		if (state == ANSWER_TRUNCATED || state == ANSWER_ERROR)
			break;
	}
	return state;
}

bool answer_plan_run_proto(const struct answer_plan *plan, enum answer_stage stage,
	const struct answer_client *client, const struct answer_thread *thread)
{
	bool pass = true;
	if (plan == NULL)
		return true;
	const unsigned index = answer_thread_index(thread);
	for (unsigned i = plan->first[stage]; i != plan->first[stage + 1]; i++)
		pass &= plan->hooks[i].proto(plan->hooks[i].ctx, client, index);
	return pass;
}
