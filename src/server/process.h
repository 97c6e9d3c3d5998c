/*
 * server/process: the server as a process of its system: daemon, PID file, privileges, service
 * manager.
 *
 * Threads: the main thread, before others exist, except process_notify.
 */
#pragma once
#include "base/attr.h"
#include <sys/types.h>

/* Go on in the background: the caller is the child, in a session of its own with standard streams
 * on /dev/null. The parent waits for process_daemon_ready and exits 0, or 1 if the child ends
 * before. */
MUST_USE int process_daemonize(int *ready_fd);
void process_daemon_ready(int ready_fd); /* -1 is fine */

/* Make the PID file (decimal, no newline, mode 0640). Logs; E_BUSY: another living process is named
 * in it. */
MUST_USE int process_pid_file(const char *path);

/* Change to `uid` and `gid` for good, with the user's groups. Logs; nothing to do if they are in
 * force. */
MUST_USE int process_change_user(uid_t uid, gid_t gid);

/* Give up all capabilities, where the process may. Logs. */
void process_drop_capabilities(void);

/* Tell the service manager (systemd), if there is one. */
enum process_state { PROCESS_READY, PROCESS_RELOADING, PROCESS_STOPPING };
void process_notify(enum process_state state);
