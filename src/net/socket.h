/*
 * net/socket: bound sockets of the server, with the options that DNS service wants.
 *
 * A socket is opened before privileges are dropped and lives until the server ends. What can't be
 * had but isn't needed (buffer sizes, path MTU settings, address not there yet) is a warning; a
 * socket that can't be bound is an error in the log, and the server goes on without it.
 *
 * Threads: none of its own; called at start.
 */
#pragma once
#include "base/attr.h"
#include <net/if.h>
#include <sys/socket.h>

/* Where to listen. AF_INET, AF_INET6 or AF_UNIX (a path). */
struct net_address {
	struct sockaddr_storage sa;
	char device[IFNAMSIZ]; /* "": any; else only with a wildcard address */
};

/* Room for an UNIX path or for "address%device@port". */
#define NET_ADDRESS_TEXT_SIZE 160

/* Octets of the address as the system's calls want them. */
socklen_t net_address_len(const struct sockaddr_storage *sa);
/* "ADDRESS@PORT", "ADDRESS%dev@PORT" or the path; the form that log lines have. Returns `ret`. */
const char *net_address_print(const struct net_address *address, char ret[NET_ADDRESS_TEXT_SIZE]);
const char *net_sockaddr_print(const struct sockaddr_storage *sa, char ret[NET_ADDRESS_TEXT_SIZE]);
/* Is it a wildcard address, 0.0.0.0 or ::? */
bool net_address_is_any(const struct net_address *address);

/* What a socket is opened for. */
struct net_socket_options {
	bool reuseport; /* several sockets share the address */
	bool quiet;     /* a later one of the same address: its warnings were given already */
};

/* A bound UDP socket (blocking). *pktinfo: the destination address comes with each message and goes
 * with each reply. Logs what fails; then the negative code. */
MUST_USE int net_socket_udp(const struct net_address *address, struct net_socket_options options,
	int *ret_fd, bool *pktinfo);
/* A listening stream socket, non-blocking: TCP, or UNIX (an old socket file is replaced, mode
 * 0222). */
MUST_USE int net_socket_tcp(
	const struct net_address *address, struct net_socket_options options, int *ret_fd);
/* Sockets that share an address by SO_REUSEPORT: the one with the number of the CPU (modulo count)
 * gets what arrives on it. Any of them will do as `fd`. */
MUST_USE int net_socket_steer_by_cpu(int fd, unsigned count);
