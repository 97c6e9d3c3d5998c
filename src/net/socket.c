#include "net/socket.h"
#include "base/err.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	TCP_BACKLOG =
		512, /* a burst of clients; those that don't fit try again after a second or more */
	TCP_SEGMENT = 1220,       /* fits every path without fragments, IPv6's minimum MTU 1280 */
	BUFFER_MIN = 4096,        /* octets, both ways; less is worth a warning */
	UDP_BUFFER = 1024 * 1024, /* asked for, so that bursts survive; the system may give less */
	TCP_SEND_BUFFER = 65537,  /* one message and its length */
};

socklen_t net_address_len(const struct sockaddr_storage *sa)
{
	switch (sa->ss_family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	case AF_UNIX:
		return sizeof(struct sockaddr_un);
	default:
		return 0;
	}
}

const char *net_address_print(const struct net_address *address, char ret[NET_ADDRESS_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "?";
	unsigned port = 0;

	if (address->sa.ss_family == AF_UNIX) {
		const struct sockaddr_un *un = (const void *)&address->sa;
		snprintf(ret, NET_ADDRESS_TEXT_SIZE, "%.*s", (int)sizeof(un->sun_path),
			un->sun_path);
		return ret;
	}
	if (address->sa.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&address->sa;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		port = ntohs(in->sin_port);
	} else if (address->sa.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)&address->sa;
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		port = ntohs(in6->sin6_port);
	}
	snprintf(ret, NET_ADDRESS_TEXT_SIZE, "%s%s%s@%u", host,
		address->device[0] != '\0' ? "%" : "", address->device, port);
	return ret;
}

const char *net_sockaddr_print(const struct sockaddr_storage *sa, char ret[NET_ADDRESS_TEXT_SIZE])
{
	struct net_address address = { .sa = *sa };
	return net_address_print(&address, ret);
}

bool net_address_is_any(const struct net_address *address)
{
	if (address->sa.ss_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)&address->sa)->sin_addr.s_addr ==
		       INADDR_ANY;
	if (address->sa.ss_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(
			&((const struct sockaddr_in6 *)(const void *)&address->sa)->sin6_addr);
	return false;
}

static int set_on(int fd, int level, int option)
{
	int on = 1;
	return setsockopt(fd, level, option, &on, sizeof(on)) == 0 ? 0 : err_errno();
}

/* Raise a buffer to `want` octets where it is smaller. */
static int raise_buffer(int fd, int option, int want)
{
	int now = 0;
	socklen_t len = sizeof(now);

	if (getsockopt(fd, SOL_SOCKET, option, &now, &len) == 0 && now >= want)
		return 0;
	return setsockopt(fd, SOL_SOCKET, option, &want, sizeof(want)) == 0 ? 0 : err_errno();
}

/* Bind; an address that isn't on this host (yet) is bound all the same. */
static int bind_address(int fd, const struct net_address *address, const char *proto, bool quiet)
{
	const struct sockaddr *sa = (const struct sockaddr *)&address->sa;
	socklen_t len = net_address_len(&address->sa);
	char text[NET_ADDRESS_TEXT_SIZE];

	if (bind(fd, sa, len) == 0)
		return 0;
	if (errno != EADDRNOTAVAIL)
		return err_errno();

	int level = address->sa.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	TRY(set_on(fd, level, level == IPPROTO_IPV6 ? IPV6_FREEBIND : IP_FREEBIND));
	if (bind(fd, sa, len) != 0)
		return err_errno();
	if (!quiet)
		log_warning("address %s %s bound, but required nonlocal bind",
			net_address_print(address, text), proto);
	return 0;
}

/* What UDP and TCP sockets have in common; then bind. */
static int prepare_inet(int fd, const struct net_address *address,
	struct net_socket_options options, const char *proto)
{
	if (address->sa.ss_family == AF_INET6)
		TRY(set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	if (options.reuseport)
		TRY(set_on(fd, SOL_SOCKET, SO_REUSEPORT));
	if (address->device[0] != '\0' &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, address->device,
			(socklen_t)strnlen(address->device, IFNAMSIZ)) != 0)
		return err_errno();
	return bind_address(fd, address, proto, options.quiet);
}

static int bind_failed(int fd, const struct net_address *address, const char *proto, int error)
{
	char text[NET_ADDRESS_TEXT_SIZE];

	log_error("cannot bind address %s%s%s (%s)", net_address_print(address, text),
		proto[0] != '\0' ? " " : "", proto, err_text(error));
	if (fd >= 0)
		close(fd);
	return error;
}

/* --- UDP --- */

static void warn_unless_quiet(const struct net_socket_options *options, const char *text)
{
	if (!options->quiet)
		log_warning("%s", text);
}

int net_socket_udp(const struct net_address *address, struct net_socket_options options,
	int *ret_fd, bool *pktinfo)
{
	bool is_ipv6 = address->sa.ss_family == AF_INET6;
	int fd = socket(address->sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return bind_failed(fd, address, "UDP", err_errno());
	if (raise_buffer(fd, SO_RCVBUF, UDP_BUFFER) != 0 ||
		raise_buffer(fd, SO_SNDBUF, UDP_BUFFER) != 0 ||
		raise_buffer(fd, SO_RCVBUF, BUFFER_MIN) != 0)
		warn_unless_quiet(&options, "failed to set network buffer sizes for UDP");

	if (!is_ipv6) {
		/* Replies may be fragmented on the way, and forged "fragmentation needed" messages
		 * can't shrink them for others. */
		int omit = IP_PMTUDISC_OMIT;
		if (setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof(omit)) != 0 &&
			!options.quiet)
			log_warning("failed to disable Path MTU discovery for IPv4/UDP (%s)",
				err_text(err_errno()));
	}

	*pktinfo = false;
	if (net_address_is_any(address)) {
		int error = is_ipv6 ? set_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO)
				    : set_on(fd, IPPROTO_IP, IP_PKTINFO);
		*pktinfo = error == 0;
		if (error != 0)
			warn_unless_quiet(
				&options, "failed to enable PKTINFO for ANY address interface");
	}

	int error = prepare_inet(fd, address, options, "UDP");
	if (error != 0)
		return bind_failed(fd, address, "UDP", error);
	*ret_fd = fd;
	return 0;
}

/* --- streams --- */

static int listen_unix(const struct net_address *address, int *ret_fd)
{
	const struct sockaddr_un *un = (const void *)&address->sa;
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return bind_failed(fd, address, "", err_errno());
	/* Only a socket that nobody can be behind is replaced: a mistyped path must not delete a
	 * file. */
	if (lstat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(un->sun_path);
	if (bind(fd, (const struct sockaddr *)un, sizeof(*un)) != 0)
		return bind_failed(fd, address, "", err_errno());
	if (chmod(un->sun_path, 0222) != 0 || listen(fd, TCP_BACKLOG) != 0) {
		int error = err_errno();
		unlink(un->sun_path);
		return bind_failed(fd, address, "", error);
	}
	*ret_fd = fd;
	return 0;
}

int net_socket_tcp(
	const struct net_address *address, struct net_socket_options options, int *ret_fd)
{
	char text[NET_ADDRESS_TEXT_SIZE];

	if (address->sa.ss_family == AF_UNIX)
		return listen_unix(address, ret_fd);

	int fd = socket(address->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bind_failed(fd, address, "TCP", err_errno());
	if (raise_buffer(fd, SO_SNDBUF, TCP_SEND_BUFFER) != 0 ||
		raise_buffer(fd, SO_RCVBUF, BUFFER_MIN) != 0)
		warn_unless_quiet(&options, "failed to set network buffer sizes for TCP");

	/* Connections of a server that ran just before may linger on the address. */
	int error = set_on(fd, SOL_SOCKET, SO_REUSEADDR);
	int segment = TCP_SEGMENT;
	if (error == 0 && setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment)) != 0)
		error = err_errno();
	/* Accepted sockets inherit it: answers are written whole, nothing is gained by waiting. */
	if (error == 0)
		error = set_on(fd, IPPROTO_TCP, TCP_NODELAY);
	if (error == 0)
		error = prepare_inet(fd, address, options, "TCP");
	if (error != 0)
		return bind_failed(fd, address, "TCP", error);

	if (listen(fd, TCP_BACKLOG) != 0) {
		error = err_errno();
		log_error("failed to listen on TCP interface %s", net_address_print(address, text));
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int net_socket_steer_by_cpu(int fd, unsigned count)
{
	struct sock_filter code[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
			(uint32_t)(SKF_AD_OFF + SKF_AD_CPU) }, /* A = CPU */
		{ BPF_ALU | BPF_MOD | BPF_K, 0, 0, count },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) != 0)
		return err_errno();
	return 0;
}
