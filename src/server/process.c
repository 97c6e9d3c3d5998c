#include "server/process.h"
#include "base/err.h"
#include "base/log.h"
#include "config.h"
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if HAVE_CAP_NG
#include <cap-ng.h>
#endif
#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* --- daemon --- */

int process_daemonize(int *ready_fd)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_errno();
	pid_t child = fork();
	if (child < 0) {
		int error = err_errno();
		close(ends[0]);
		close(ends[1]);
		return error;
	}
	if (child > 0) {
		char ready;
		close(ends[1]);
		_exit(read(ends[0], &ready, 1) == 1 ? 0 : 1);
	}

	close(ends[0]);
	*ready_fd = ends[1];
	int null = open("/dev/null", O_RDWR);
	if (setsid() < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return err_errno();
	if (null > 2)
		close(null);
	return 0;
}

void process_daemon_ready(int ready_fd)
{
	if (ready_fd < 0)
		return;
	if (write(ready_fd, "r", 1) != 1) /* the parent was killed: nobody to tell */
		log_debug("nobody waits for the daemon's start");
	close(ready_fd);
}

/* --- PID file --- */

/* Does the file name a living process other than this one? */
static bool names_living(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;
	/* In a container numbers return: our own number is left over from the last run. */
	return pid > 0 && pid != getpid() && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

int process_pid_file(const char *path)
{
	char text[32];

	if (names_living(path)) {
		log_critical("server PID found, already running");
		return E_BUSY;
	}
	if (access(path, F_OK) == 0) {
		log_warning("removing stale PID file '%s'", path);
		unlink(path);
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int error = fd < 0 ? err_errno() : 0;
	if (fd >= 0) {
		int len = snprintf(text, sizeof(text), "%ld", (long)getpid());
		if (fchmod(fd, 0640) != 0 || write(fd, text, (size_t)len) != len)
			error = err_errno();
		close(fd);
		if (error != 0)
			unlink(path);
	}
	if (error != 0)
		log_critical("failed to create a PID file '%s' (%s)", path, err_text(error));
	return error;
}

/* --- privileges --- */

/* The groups of the user instead of those of the one who started us. */
static void change_groups(uid_t uid, gid_t gid)
{
	struct passwd entry, *found = NULL;
	char text[16384];

	if (setgroups(0, NULL) != 0)
		log_warning("failed to drop supplementary groups for UID %u (%s)", (unsigned)uid,
			err_text(err_errno()));
	int code = getpwuid_r(uid, &entry, text, sizeof(text), &found);
	if (found == NULL)
		log_warning("failed to get passwd entry for UID %u (%s)", (unsigned)uid,
			err_text(code != 0 ? -code : E_NOENT));
	else if (initgroups(entry.pw_name, gid) != 0)
		log_warning("failed to set supplementary groups for UID %u (%s)", (unsigned)uid,
			err_text(err_errno()));
}

int process_change_user(uid_t uid, gid_t gid)
{
	if (uid == getuid() && uid == geteuid() && gid == getgid() && gid == getegid())
		return 0;
	change_groups(uid, gid);
	if (gid != getgid() || gid != getegid()) {
		log_info("changing GID to %u", (unsigned)gid);
		if (setresgid(gid, gid, gid) != 0) {
			log_error("failed to change GID to %u", (unsigned)gid);
			return E_ACCESS;
		}
	}
	if (uid != getuid() || uid != geteuid()) {
		log_info("changing UID to %u", (unsigned)uid);
		if (setresuid(uid, uid, uid) != 0) {
			log_error("failed to change UID to %u", (unsigned)uid);
			return E_ACCESS;
		}
	}
	return 0;
}

void process_drop_capabilities(void)
{
#if HAVE_CAP_NG
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP)) {
		log_info("process not allowed to set capabilities, skipping");
		return;
	}
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_BOTH) < 0)
		log_error("failed to set process capabilities (%s)", err_text(err_errno()));
#endif
}

/* --- service manager --- */

void process_notify(enum process_state state)
{
#if HAVE_SYSTEMD
	static const char *const texts[] = {
		[PROCESS_READY] = "READY=1\nSTATUS=",
		[PROCESS_RELOADING] = "RELOADING=1\nSTATUS=",
		[PROCESS_STOPPING] = "STOPPING=1\nSTATUS=",
	};
	(void)sd_notify(0, texts[state]);
#else
	(void)state;
#endif
}
