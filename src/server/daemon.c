#include "server/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "server/process.h"
#include "server/server.h"
#include "server/setup.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- signals --- */

static void exit_at_once(int signal)
{
	(void)signal;
	_exit(1);
}

static int open_signals(int *ret_fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	/* Before any thread exists: all inherit the mask. */
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return E_SYSTEM;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, SIG_IGN);
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		return err_errno();
	*ret_fd = fd;
	return 0;
}

/* The stop has begun: whoever asks again doesn't want to wait. */
static void impatient_from_now_on(void)
{
	sigset_t set;

	signal(SIGTERM, exit_at_once);
	signal(SIGINT, exit_at_once);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void reload(struct server *server)
{
	process_notify(PROCESS_RELOADING);
	server_reload(server);
	process_notify(PROCESS_READY);
}

/* Serve until asked to stop. */
static int attend(struct server *server, int signal_fd)
{
	struct pollfd fds[] = { { signal_fd, POLLIN, 0 }, { server_event_fd(server), POLLIN, 0 },
		{ server_timer_fd(server), POLLIN, 0 } };

	for (;;) {
		struct signalfd_siginfo info;

		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return err_errno();
		if (fds[1].revents != 0)
			TRY(server_attend(server));
		if (fds[2].revents != 0)
			server_tick(server);
		if (fds[0].revents == 0 || read(signal_fd, &info, sizeof(info)) != sizeof(info))
			continue;
		switch (info.ssi_signo) {
		case SIGHUP:
			reload(server);
			break;
		case SIGUSR1:
			server_reload_zones(server);
			break;
		default:
			return 0;
		}
	}
}

/* --- start --- */

static int change_user(const struct setup *setup)
{
	uid_t uid;
	gid_t gid;
	int error = setup_user(setup, true, &uid, &gid);

	if (error == 0 && (uid != geteuid() || gid != getegid())) {
		error = log_chown(uid, gid);
		if (error != 0)
			log_error("failed to change log file owner");
	}
	if (error == 0)
		error = process_change_user(uid, gid);
	if (error != 0)
		log_critical("failed to drop privileges");
	return error;
}

static void change_directory(const char *directory)
{
	if (chdir(directory) != 0)
		log_warning("failed to change working directory to %s", directory);
	else
		log_info("changed directory to %s", directory);
}

/* What an opened server still needs to serve. *pid_file is set when there is one to remove. */
static int start(const struct daemon_options *options, struct server *server, char **pid_file)
{
	const struct setup_server *setup = setup_server(server_setup(server));

	TRY(change_user(server_setup(server)));
	process_drop_capabilities();
	TRY(server_prepare(server));
	TRY(process_pid_file(setup->pidfile));
	*pid_file = realpath(setup->pidfile, NULL); /* the working directory changes */
	if (options->background)
		change_directory(options->directory);
	return server_start(server);
}

static int serve(const struct daemon_options *options, int signal_fd, int ready_fd)
{
	struct server *server = NULL;
	char *pid_file = NULL;

	/* The working directory of a daemon changes: a reload has to find the file again. */
	const char *source = options->config != NULL ? options->config : options->database;
	char *absolute = options->background ? realpath(source, NULL) : NULL;
	struct server_options open = { .socket = options->socket,
		.map_size = options->map_size,
		.verbose = options->verbose };
	*(options->config != NULL ? &open.config : &open.database) =
		absolute != NULL ? absolute : source;
	int opened = server_open(&open, &server);
	free(absolute);
	TRY(opened);
	int error = start(options, server, &pid_file);
	if (error == 0) {
		log_info("starting server %s, PID %ld",
			options->background ? "as a daemon" : "in the foreground", (long)getpid());
		process_notify(PROCESS_READY);
		process_daemon_ready(ready_fd);
		error = attend(server, signal_fd);
		log_info("stopping server");
		process_notify(PROCESS_STOPPING);
		impatient_from_now_on();
	}
	server_stop(server);
	if (pid_file != NULL)
		unlink(pid_file);
	server_free(server);
	free(pid_file);
	return error;
}

int daemon_run(const struct daemon_options *options)
{
	int signal_fd, ready_fd = -1;

	umask(007);
	if (options->background && process_daemonize(&ready_fd) != 0) {
		fprintf(stderr, "Daemonization failed, shutting down...\n");
		return 1;
	}
	log_configure_default(options->verbose);
	int error = open_signals(&signal_fd);
	if (error != 0) {
		log_critical("failed to initialize server (%s)", err_text(error));
		return 1;
	}
	error = serve(options, signal_fd, ready_fd);
	close(signal_fd);
	if (error == 0)
		log_info("shutting down");
	log_close();
	return error == 0 ? 0 : 1;
}
