/* modules/whoami: at the zone's apex, A or AAAA is the client's own address, with the TTL of the SOA record. */
#include "answer/state.h"
#include "base/err.h"
#include "modules/module.h"
#include "modules/types.h"
#include <netinet/in.h>
#include <stdlib.h>

struct whoami {
	struct module module;
	struct answer_hook hook;
};

/* The client's address if it's of the family that the type asks for. */
static struct span address_of(const struct answer_client *client, uint16_t qtype)
{
	const struct sockaddr_storage *remote = client->remote;

	if (remote == NULL)
		return (struct span){ 0 };
	if (qtype == DNS_TYPE_A && remote->ss_family == AF_INET)
		return (struct span){
			(const uint8_t *)&((const struct sockaddr_in *)remote)->sin_addr, 4
		};
	if (qtype == DNS_TYPE_AAAA && remote->ss_family == AF_INET6)
		return (struct span){
			(const uint8_t *)&((const struct sockaddr_in6 *)remote)->sin6_addr, 16
		};
	return (struct span){ 0 };
}

static enum answer_state whoami_answer(void *ctx UNUSED, struct answer *a, enum answer_state state)
{
	struct span address = address_of(a->client, a->request.qtype);

	if (address.len == 0 || a->request.qclass != DNS_CLASS_IN || a->alias_count > 0 ||
		a->name.labels != a->snap->apex_labels)
		return state;
	if (dns_writer_put_rr(&a->w, a->name.wire, a->request.qtype, DNS_CLASS_IN, a->snap->soa_ttl,
		    address) != 0)
		return answer_overflow(a);
	return ANSWER_HIT;
}

static void whoami_destroy(struct module *module)
{
	free((struct whoami *)(void *)module);
}

static int whoami_create(
	const struct module_config *config UNUSED, struct module **ret, const char **why UNUSED)
{
	struct whoami *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return E_NOMEM;
	w->hook = (struct answer_hook){
		.stage = ANSWER_STAGE_ANSWER, .state = whoami_answer, .ctx = w
	};
	w->module = (struct module){ .type = &module_whoami,
		.hooks = &w->hook,
		.hook_count = 1,
		.destroy = whoami_destroy };
	*ret = &w->module;
	return 0;
}

const struct module_type module_whoami = {
	.name = "mod-whoami", .scopes = MODULE_ZONE, .create = whoami_create
};
