/* tools/dig: messages to and from dnstap files. */
#include "dnstap/dnstap.h"
#include "tools/dig/dig.h"
#include <netdb.h>
#include <stdio.h>

/* Files that -E began, closed at the end. */
static struct output {
	struct output *next;
	const char *path;
	struct dnstap_writer *writer;
} * outputs;

int dig_tap_open(const char *path, struct dnstap_writer **ret)
{
	for (struct output *o = outputs; o != NULL; o = o->next) {
		if (strcmp(o->path, path) == 0) {
			*ret = o->writer;
			return 0;
		}
	}
	struct output *o = dig_alloc(sizeof(*o));
	int error = o == NULL
			    ? E_NOMEM
			    : dnstap_writer_open(path, "kdig Bowline " BOWLINE_VERSION, &o->writer);
	if (error == E_NOTSUP)
		dig_error("built without dnstap");
	else if (error != 0)
		dig_error("unable to open dnstap output file %s", path);
	if (error != 0)
		return error;
	o->path = path;
	o->next = outputs;
	outputs = o;
	*ret = o->writer;
	return 0;
}

int dig_tap_close(void)
{
	int ret = 0;
	for (struct output *o = outputs; o != NULL; o = o->next) {
		int error = dnstap_writer_close(o->writer);
		ret = ret != 0 ? ret : error;
	}
	outputs = NULL;
	return ret;
}

void dig_tap_write(const struct dig_query *q, int fd, bool is_tcp, const struct timespec *sent,
	const struct timespec *received, struct span message)
{
	struct dnstap_message m = { .type = received != NULL ? DNSTAP_TOOL_RESPONSE
							     : DNSTAP_TOOL_QUERY,
		.protocol = is_tcp ? DNSTAP_TCP : DNSTAP_UDP,
		.query_time = *sent,
		.message = message };
	socklen_t len = sizeof(m.initiator);
	if (q->tap_out == NULL)
		return;
	if (getsockname(fd, (struct sockaddr *)&m.initiator, &len) != 0)
		m.initiator.ss_family = AF_UNSPEC;
	len = sizeof(m.responder);
	if (getpeername(fd, (struct sockaddr *)&m.responder, &len) != 0)
		m.responder.ss_family = AF_UNSPEC;
	if (received != NULL)
		m.response_time = *received;
	if (dnstap_write(q->tap_out, &m) != 0)
		dig_warn("can't write to the dnstap output file");
}

/* --- reading --- */

static void describe(const struct dnstap_message *m, struct dig_peer *ret)
{
	static const char *const protocols[] = { [DNSTAP_UDP] = "UDP",
		[DNSTAP_TCP] = "TCP",
		[DNSTAP_DOT] = "TLS",
		[DNSTAP_DOH] = "HTTPS",
		[DNSTAP_DNSCRYPT_UDP] = "DNSCRYPT",
		[DNSTAP_DNSCRYPT_TCP] = "DNSCRYPT",
		[DNSTAP_DOQ] = "QUIC" };
	const struct timespec *sent = &m->query_time, *received = &m->response_time;
	const bool is_response = dnstap_is_response(m);
	char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "0";
	getnameinfo((const struct sockaddr *)&m->responder, sizeof(m->responder), host,
		sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(ret->text, sizeof(ret->text), "%.100s@%s(%s)", host, port,
		m->protocol < ARRAY_LEN(protocols) && protocols[m->protocol] != NULL
			? protocols[m->protocol]
			: "?");
	ret->start = sent->tv_sec != 0 ? sent->tv_sec : received->tv_sec;
	ret->elapsed_ms = is_response && sent->tv_sec != 0 && received->tv_sec != 0
				  ? (double)(received->tv_sec - sent->tv_sec) * 1e3 +
					    (double)(received->tv_nsec - sent->tv_nsec) / 1e6
				  : 0;
}

int dig_tap_print(const struct dig_query *q)
{
	struct dnstap_reader *reader;
	struct dnstap_message m;
	bool first = true;
	int error = dnstap_reader_open(q->tap_in, &reader);
	if (error == E_NOTSUP)
		dig_error("built without dnstap");
	else if (error != 0)
		dig_error("unable to open dnstap input file %s", q->tap_in);
	if (error != 0)
		return error;
	while ((error = dnstap_read(reader, &m)) == 0) {
		struct dig_peer peer;
		if (!dnstap_is_response(&m) && !q->style.query)
			continue;
		describe(&m, &peer);
		if (!first && !q->style.short_)
			printf("\n");
		first = false;
		if (q->style.json) {
			dig_json_message(q, m.message, &peer, 0, dnstap_is_response(&m));
			printf("\n");
		} else {
			dig_print_message(q, m.message, &peer, dnstap_is_response(&m));
		}
	}
	if (error == E_NOENT && !dnstap_is_whole(reader))
		dig_warn("dnstap input file %s has no end", q->tap_in);
	dnstap_reader_close(reader);
	if (error == E_NOENT)
		return 0;
	dig_error("can't read dnstap input file %s (%s)", q->tap_in, err_text(error));
	return error;
}
