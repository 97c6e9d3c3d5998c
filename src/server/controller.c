#include "server/controller.h"
#include "base/err.h"
#include "base/log.h"
#include "control/control.h"
#include "server/command.h"
#include "server/setup.h"
#include "server/state.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKETS_MAX 4

struct connection {
	struct client client;
	struct controller *controller;
	int fd;
	struct connection *next; /* of those that are open */
};

struct controller {
	struct server *server;
	unsigned count;
	int fds[SOCKETS_MAX + 1]; /* the last: stop_fd */
	char *paths[SOCKETS_MAX];
	int stop_fd;
	pthread_t acceptor;
	bool accepting;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a connection has ended, or stop */
	struct connection *open;
	unsigned open_count;
	bool stop;
	uint64_t last_id;
};

/* --- connections --- */

static void forget(struct connection *c)
{
	struct controller *controller = c->controller;

	pthread_mutex_lock(&controller->lock);
	struct connection **link = &controller->open;
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	control_free(
		c->client
			.control); /* under the lock: nobody shuts down a number that is another's by now */
	controller->open_count--;
	pthread_cond_broadcast(&controller->changed);
	pthread_mutex_unlock(&controller->lock);
	free(c);
}

static void *client_main(void *arg)
{
	struct connection *c = arg;

	rcu_register_thread();
	rcu_thread_offline();
	command_serve(&c->client);
	rcu_unregister_thread();
	forget(c);
	return NULL;
}

static int serve(struct controller *controller, int fd, unsigned socket)
{
	struct connection *c = calloc(1, sizeof(*c));
	pthread_attr_t attr;
	pthread_t thread;

	if (c == NULL)
		return E_NOMEM;
	unsigned timeout = setup_server(controller->server->setup)->control_timeout;
	c->controller = controller;
	c->fd = fd;
	c->client = (struct client){ .server = controller->server,
		.id = ++controller->last_id,
		.socket = socket,
		.timeout = timeout };
	int error = control_new(fd, timeout, &c->client.control);
	if (error != 0) {
		free(c);
		return error;
	}
	pthread_mutex_lock(&controller->lock);
	c->next = controller->open;
	controller->open = c;
	controller->open_count++;
	pthread_mutex_unlock(&controller->lock);

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int code = pthread_create(&thread, &attr, client_main, c);
	pthread_attr_destroy(&attr);
	if (code != 0)
		forget(c);
	return 0;
}

/* --- accepting --- */

/* False: stop. */
static bool wait_for_room(struct controller *controller)
{
	pthread_mutex_lock(&controller->lock);
	while (controller->open_count >= CONTROLLER_CLIENTS && !controller->stop)
		pthread_cond_wait(&controller->changed, &controller->lock);
	bool go_on = !controller->stop;
	pthread_mutex_unlock(&controller->lock);
	return go_on;
}

static void accept_one(struct controller *controller, unsigned socket)
{
	int fd = accept4(controller->fds[socket], NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
			log_line(LOG_WARN, LOG_CONTROL, NULL, "failed to accept connection (%s)",
				err_text(err_errno()));
		return;
	}
	/* The setup is read, which commits and reloads replace. */
	if (server_lock_shared(controller->server, 0) != 0) {
		close(fd);
		return;
	}
	int error = serve(controller, fd, socket);
	server_unlock(controller->server);
	if (error != 0)
		close(fd);
}

static void *acceptor_main(void *arg)
{
	struct controller *controller = arg;
	struct pollfd fds[SOCKETS_MAX + 1];

	for (unsigned i = 0; i <= controller->count; i++)
		fds[i] = (struct pollfd){ controller->fds[i], POLLIN, 0 };
	while (wait_for_room(controller)) {
		if (poll(fds, controller->count + 1, -1) < 0)
			continue;
		if (fds[controller->count].revents != 0)
			break;
		for (unsigned i = 0; i < controller->count; i++) {
			if (fds[i].revents != 0)
				accept_one(controller, i);
		}
	}
	return NULL;
}

/* --- sockets --- */

static int bind_socket(const char *path, unsigned backlog, int *ret)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sa.sun_path))
		return E_RANGE;
	strcpy(sa.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno();
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 || chmod(path, 0220) != 0 ||
		listen(fd, (int)backlog) != 0) {
		int error = err_errno();
		close(fd);
		return error;
	}
	*ret = fd;
	return 0;
}

static void add_socket(struct controller *controller, const char *path, unsigned backlog)
{
	if (path[0] == '\0') {
		log_critical("control, empty socket path");
		return;
	}
	log_info("control, binding to '%s'", path);
	int error = bind_socket(path, backlog, &controller->fds[controller->count]);
	if (error != 0) {
		log_critical("control, failed to bind socket '%s' (%s)", path, err_text(error));
		return;
	}
	controller->paths[controller->count] =
		realpath(path, NULL); /* the working directory may change */
	controller->count++;
}

int controller_new(struct server *server, struct controller **ret)
{
	const struct setup_server *s = setup_server(server->setup);
	struct controller *controller = calloc(1, sizeof(*controller));

	if (controller == NULL)
		return E_NOMEM;
	controller->server = server;
	pthread_mutex_init(&controller->lock, NULL);
	pthread_cond_init(&controller->changed, NULL);
	controller->stop_fd = eventfd(0, EFD_CLOEXEC);
	int error = controller->stop_fd < 0 ? err_errno() : 0;
	if (server->socket != NULL)
		add_socket(controller, server->socket, s->control_backlog);
	for (size_t i = 0;
		server->socket == NULL && i < MIN(s->control_listen_count, (size_t)SOCKETS_MAX);
		i++)
		add_socket(controller, s->control_listen[i], s->control_backlog);
	controller->fds[controller->count] = controller->stop_fd;
	if (error == 0)
		error = -pthread_create(&controller->acceptor, NULL, acceptor_main, controller);
	if (error != 0) {
		log_critical("control, failed to launch socket threads (%s)", err_text(error));
		controller_free(controller);
		return error;
	}
	controller->accepting = true;
	*ret = controller;
	return 0;
}

/* No more requests are read; answers that are on their way have a second to get out. */
static void end_connections(struct controller *controller)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&controller->lock);
	for (struct connection *c = controller->open; c != NULL; c = c->next)
		shutdown(c->fd, SHUT_RD);
	while (controller->open_count > 0 &&
		pthread_cond_timedwait(&controller->changed, &controller->lock, &until) == 0)
		;
	for (struct connection *c = controller->open; c != NULL; c = c->next)
		shutdown(c->fd, SHUT_RDWR);
	while (controller->open_count > 0)
		pthread_cond_wait(&controller->changed, &controller->lock);
	pthread_mutex_unlock(&controller->lock);
}

void controller_free(struct controller *controller)
{
	uint64_t one = 1;

	if (controller == NULL)
		return;
	pthread_mutex_lock(&controller->lock);
	controller->stop = true;
	pthread_cond_broadcast(&controller->changed);
	pthread_mutex_unlock(&controller->lock);
	if (controller->accepting && write(controller->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(controller->acceptor, NULL);
	for (unsigned i = 0; i < controller->count; i++) {
		close(controller->fds[i]);
		if (controller->paths[i] != NULL)
			unlink(controller->paths[i]);
		free(controller->paths[i]);
	}
	end_connections(controller);
	if (controller->stop_fd >= 0)
		close(controller->stop_fd);
	pthread_cond_destroy(&controller->changed);
	pthread_mutex_destroy(&controller->lock);
	free(controller);
}
