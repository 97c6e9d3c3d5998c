#include "net/net.h"
#include "base/err.h"
#include "base/log.h"
#include "net/tcp.h"
#include "net/udp.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* Sockets of one address. */
struct bound {
	struct net_address address;
	int *udp; /* one a worker; -1: couldn't be bound */
	bool pktinfo;
	int *tcp; /* tcp_count of them */
	unsigned tcp_count;
};

struct io_thread {
	struct net *net;
	pthread_t id;
	bool running;
	unsigned cpu;
	struct answer_thread *answer;
	struct udp_worker *udp; /* one of the two */
	struct tcp_worker *tcp;
};

struct net {
	struct net_sources sources;
	struct net_settings_block *settings; /* RCU; written by net_configure */
	struct bound *bound;
	size_t bound_count;
	unsigned udp_workers, tcp_workers;
	bool tcp_reuseport, socket_affinity;
	struct io_thread *threads;
	unsigned thread_count;
	struct net_counters reset; /* what they were at the last reset */
};

/* --- sockets --- */

static void steer(const struct net *net, int fd, unsigned count, const char *proto, bool *warned)
{
	if (!net->socket_affinity || fd < 0)
		return;
	bool fits = sysconf(_SC_NPROCESSORS_ONLN) == (long)count;
	if ((net_socket_steer_by_cpu(fd, count) != 0 || !fits) && !*warned) {
		log_warning("cannot ensure optimal CPU locality for %s", proto);
		*warned = true;
	}
}

static int bind_one(struct net *net, const struct net_address *address, bool warned[2])
{
	struct bound *b = &net->bound[net->bound_count];
	bool is_unix = address->sa.ss_family == AF_UNIX;
	unsigned tcp_count = !is_unix && net->tcp_reuseport ? net->tcp_workers : 1;
	char text[NET_ADDRESS_TEXT_SIZE];

	log_info("binding to interface %s", net_address_print(address, text));
	b->address = *address;
	b->udp = malloc(net->udp_workers * sizeof(int));
	b->tcp = malloc(tcp_count * sizeof(int));
	if (b->udp == NULL || b->tcp == NULL) {
		free(b->udp);
		free(b->tcp);
		log_error("failed to allocate memory for network sockets");
		return E_NOMEM;
	}
	net->bound_count++;
	for (unsigned i = 0; i < net->udp_workers; i++)
		b->udp[i] = -1;
	for (unsigned i = 0; i < tcp_count; i++)
		b->tcp[i] = -1;
	b->tcp_count = tcp_count;

	/* One error line an address and protocol: the first failure stands for the others. */
	for (unsigned i = 0; i < net->udp_workers && !is_unix; i++) {
		struct net_socket_options options = { .reuseport = true, .quiet = i > 0 };
		if (net_socket_udp(address, options, &b->udp[i], &b->pktinfo) != 0)
			break;
	}
	for (unsigned i = 0; i < tcp_count; i++) {
		struct net_socket_options options = { .reuseport = tcp_count > 1, .quiet = i > 0 };
		if (net_socket_tcp(address, options, &b->tcp[i]) != 0)
			break;
	}
	if (!is_unix)
		steer(net, b->udp[0], net->udp_workers, "UDP", &warned[0]);
	if (!is_unix && net->tcp_reuseport)
		steer(net, b->tcp[0], tcp_count, "TCP", &warned[1]);
	return 0;
}

int net_open(
	const struct net_config *config, const struct answer_view *const *view, struct net **ret)
{
	struct net *net = calloc(1, sizeof(*net));
	bool warned[2] = { false, false };

	if (net == NULL)
		return E_NOMEM;
	net->udp_workers = MAX(config->udp_workers, 1u);
	net->tcp_workers = MAX(config->tcp_workers, 1u);
	net->tcp_reuseport = config->tcp_reuseport;
	net->socket_affinity = config->socket_affinity;
	net->sources.view = view;
	net->sources.settings = (const struct net_settings_block *const *)&net->settings;
	net->bound = calloc(config->listen_count + 1, sizeof(*net->bound));
	if (net->bound == NULL) {
		net_close(net);
		return E_NOMEM;
	}
	if (config->listen_count > 0)
		log_info("using UDP%s reuseport%s", net->tcp_reuseport ? "/TCP" : "",
			net->socket_affinity ? ", socket affinity" : "");
	for (size_t i = 0; i < config->listen_count; i++) {
		int error = bind_one(net, &config->listen[i], warned);
		if (error != 0) {
			net_close(net);
			return error;
		}
	}
	*ret = net;
	return 0;
}

size_t net_bound(const struct net *net)
{
	size_t n = 0;

	for (size_t i = 0; i < net->bound_count; i++)
		n += net->bound[i].udp[0] >= 0 || net->bound[i].tcp[0] >= 0;
	return n;
}

/* --- settings --- */

static void settings_free(struct rcu_head *head)
{
	free((uint8_t *)head - offsetof(struct net_settings_block, rcu));
}

int net_configure(struct net *net, const struct net_settings *settings)
{
	struct net_settings_block *next =
		malloc(sizeof(*next) + settings->proxy_count * sizeof(settings->proxies[0]));

	if (next == NULL)
		return E_NOMEM;
	next->s = *settings;
	if (settings->proxy_count > 0)
		memcpy(next->proxies, settings->proxies,
			settings->proxy_count * sizeof(settings->proxies[0]));
	next->s.proxies = next->proxies;

	/* Workers see the old block or the new one. Pairs with the loads of
	 * sources.settings. */
	struct net_settings_block *old = PUBLISH(net->settings, next);
	if (old != NULL)
		call_rcu(&old->rcu, settings_free);
	return 0;
}

/* --- threads --- */

static void *io_main(void *arg)
{
	struct io_thread *t = arg;

	if (t->net->socket_affinity) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(t->cpu, &set);
		/* Refused where the CPU isn't ours to use: then the system chooses. */
		(void)sched_setaffinity(0, sizeof(set), &set);
	}
	rcu_register_thread();
	if (t->udp != NULL)
		udp_worker_run(t->udp);
	else
		tcp_worker_run(t->tcp);
	rcu_unregister_thread();
	return NULL;
}

static int prepare_udp(struct net *net, struct io_thread *t, unsigned index)
{
	TRY(udp_worker_new(&net->sources, t->answer, &t->udp));
	for (size_t i = 0; i < net->bound_count; i++) {
		if (net->bound[i].udp[index] >= 0)
			TRY(udp_worker_add(
				t->udp, net->bound[i].udp[index], net->bound[i].pktinfo));
	}
	return 0;
}

static int prepare_tcp(struct net *net, struct io_thread *t, unsigned index)
{
	TRY(tcp_worker_new(&net->sources, t->answer, net->tcp_workers, NULL, &t->tcp));
	for (size_t i = 0; i < net->bound_count; i++) {
		const struct bound *b = &net->bound[i];
		int fd = b->tcp[b->tcp_count > 1 ? index : 0];
		const struct sockaddr_storage *un =
			b->address.sa.ss_family == AF_UNIX ? &b->address.sa : NULL;
		if (fd >= 0)
			TRY(tcp_worker_add(t->tcp, fd, un));
	}
	return 0;
}

static int start_thread(struct net *net, unsigned number, bool is_udp, unsigned index)
{
	struct io_thread *t = &net->threads[number];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	t->net = net;
	t->cpu = index % (unsigned)MAX(cpus, 1L);
	net->thread_count = number + 1;
	TRY(answer_thread_new(number, &t->answer));
	TRY(is_udp ? prepare_udp(net, t, index) : prepare_tcp(net, t, index));

	int code = pthread_create(&t->id, NULL, io_main, t);
	if (code != 0)
		return code == ENOMEM ? E_NOMEM : -code;
	t->running = true;
	pthread_setname_np(t->id, is_udp ? "udp" : "tcp");
	return 0;
}

int net_start(struct net *net)
{
	unsigned count = net->udp_workers + net->tcp_workers;

	net->threads = calloc(count, sizeof(*net->threads));
	if (net->threads == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < count; i++) {
		bool is_udp = i < net->udp_workers;
		unsigned index = is_udp ? i : i - net->udp_workers;
		int error = start_thread(net, i, is_udp, index);
		if (error != 0) {
			log_error("%s, failed to initialize worker %u (%s)", is_udp ? "UDP" : "TCP",
				index, err_text(error));
			return error;
		}
	}
	return 0;
}

static void sum(const struct net *net, struct net_counters *ret)
{
	*ret = (struct net_counters){ 0 };
	for (unsigned i = 0; i < net->thread_count; i++) {
		if (net->threads[i].tcp == NULL)
			continue;
		const struct tcp_counters *c = tcp_worker_counters(net->threads[i].tcp);
		ret->tcp_idle_timeouts += __atomic_load_n(&c->idle_timeouts, __ATOMIC_RELAXED);
		ret->tcp_io_timeouts += __atomic_load_n(&c->io_timeouts, __ATOMIC_RELAXED);
	}
}

void net_count(const struct net *net, struct net_counters *ret)
{
	sum(net, ret);
	ret->tcp_idle_timeouts -= net->reset.tcp_idle_timeouts;
	ret->tcp_io_timeouts -= net->reset.tcp_io_timeouts;
}

void net_reset_counters(struct net *net)
{
	sum(net, &net->reset);
}

void net_stop(struct net *net)
{
	for (unsigned i = 0; i < net->thread_count; i++) {
		if (net->threads[i].running && net->threads[i].udp != NULL)
			udp_worker_stop(net->threads[i].udp);
		else if (net->threads[i].running)
			tcp_worker_stop(net->threads[i].tcp);
	}
	for (unsigned i = 0; i < net->thread_count; i++) {
		struct io_thread *t = &net->threads[i];
		if (t->running)
			pthread_join(t->id, NULL);
		udp_worker_free(t->udp);
		tcp_worker_free(t->tcp);
		answer_thread_free(t->answer);
	}
	free(net->threads);
	net->threads = NULL;
	net->thread_count = 0;
}

static void close_all(int *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(fds);
}

void net_close(struct net *net)
{
	if (net == NULL)
		return;
	net_stop(net);
	for (size_t i = 0; i < net->bound_count; i++) {
		struct bound *b = &net->bound[i];
		bool is_listening = b->tcp[0] >= 0;
		close_all(b->udp, net->udp_workers);
		close_all(b->tcp, b->tcp_count);
		if (b->address.sa.ss_family == AF_UNIX && is_listening)
			unlink(((const struct sockaddr_un *)(const void *)&b->address.sa)
					->sun_path);
	}
	free(net->bound);
	free(net->settings);
	free(net);
}
