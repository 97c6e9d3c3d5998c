/*
 * answer/module: hooks by which query modules take part in answering.
 *
 *	begin -> preanswer -> (section) answer -> (section) authority -> (section) additional
 *	      -> OPT, TSIG -> end
 *
 * A plan is a list of hooks sorted by stage, made once from (stage, function, context) entries and
 * immutable then. The global plan runs before that of the zone, in begin and end; the stages
 * between them belong to the zone's plan.
 *
 * Threads  hooks are called by all I/O threads at once; what they count lies in a block a thread
 *          (answer.thread_index). They neither allocate nor lock nor log nor call the system.
 */
#pragma once
#include "base/attr.h"

struct answer;
struct answer_client;
struct answer_thread;

/* Where the answer stands between its sections. */
enum answer_state {
	ANSWER_BEGIN,      /* nothing decided yet */
	ANSWER_HIT,        /* positive */
	ANSWER_MISS,       /* the name doesn't exist */
	ANSWER_NODATA,     /* the name exists without the type */
	ANSWER_DELEGATION, /* referral */
	ANSWER_FOLLOW,     /* go on with the name that was set (answer_set_name) */
	ANSWER_TRUNCATED,  /* finished at once */
	ANSWER_ERROR,      /* error response with the RCODE that is set, SERVFAIL if none */
};

/* What begin and end hooks decide. */
enum answer_flow {
	ANSWER_FLOW_CONTINUE,
	ANSWER_FLOW_DONE,  /* the response is in the message; OPT and TSIG are added */
	ANSWER_FLOW_FINAL, /* the response is complete */
	ANSWER_FLOW_DROP,  /* send nothing */
	ANSWER_FLOW_FAIL,  /* error response with the RCODE that is set, SERVFAIL if none */
};

enum answer_stage {
	ANSWER_STAGE_BEGIN,
	ANSWER_STAGE_PREANSWER,
	ANSWER_STAGE_ANSWER,
	ANSWER_STAGE_AUTHORITY,
	ANSWER_STAGE_ADDITIONAL,
	ANSWER_STAGE_END,
	/* The global plan's, run by the transports around a datagram or what came on a stream: */
	ANSWER_STAGE_PROTO_BEGIN, /* before anything of it is looked at */
	ANSWER_STAGE_PROTO_END,   /* after all of it, whatever became of it */
	ANSWER_STAGES
};

/* Hooks by kind of stage. `flow` and `state` are where it stands so far. */
typedef enum answer_flow (*answer_flow_hook)(void *ctx, struct answer *a, enum answer_flow flow);
typedef enum answer_state (*answer_state_hook)(
	void *ctx, struct answer *a, enum answer_state state);
/* In PROTO_BEGIN, false: drop the datagram, close the connection. */
typedef bool (*answer_proto_hook)(
	void *ctx, const struct answer_client *client, unsigned thread_index);

struct answer_hook {
	enum answer_stage stage;
	union {
		answer_flow_hook flow;   /* BEGIN, END */
		answer_state_hook state; /* PREANSWER ... ADDITIONAL */
		answer_proto_hook proto; /* PROTO_... */
	};
	void *ctx; /* borrowed for the life of the plan */
};

struct answer_plan {
	uint16_t first[ANSWER_STAGES + 1]; /* hooks of stage s: [first[s], first[s + 1]) */
	struct answer_hook hooks[];
};

/* A plan of `count` hooks, copied; the order within a stage is kept. On 0 the caller owns *ret.
 * E_NOMEM; E_RANGE: too many. */
MUST_USE int answer_plan_new(
	const struct answer_hook *hooks, size_t count, struct answer_plan **ret);
void answer_plan_free(struct answer_plan *plan); /* NULL is fine; no reader may use it any more */
DEFINE_OWNED(answer_plan, answer_plan_free)

/* Run the hooks of a stage. `plan` may be NULL. */
static inline bool answer_plan_has(const struct answer_plan *plan, enum answer_stage stage)
{
	return plan != NULL && plan->first[stage] != plan->first[stage + 1];
}
enum answer_flow answer_plan_run_flow(const struct answer_plan *plan, enum answer_stage stage,
	struct answer *a, enum answer_flow flow);
enum answer_state answer_plan_run_state(const struct answer_plan *plan, enum answer_stage stage,
	struct answer *a, enum answer_state state);
/* `plan` if it has hooks that transports run, else NULL. */
static inline const struct answer_plan *answer_plan_of_transports(const struct answer_plan *plan)
{
	const bool any = answer_plan_has(plan, ANSWER_STAGE_PROTO_BEGIN) ||
			 answer_plan_has(plan, ANSWER_STAGE_PROTO_END);
	return any ? plan : NULL;
}
/* false: one of them blocks. All run. */
bool answer_plan_run_proto(const struct answer_plan *plan, enum answer_stage stage,
	const struct answer_client *client, const struct answer_thread *thread);
