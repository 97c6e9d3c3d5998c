/*
 * dnstap: DNS messages in Frame Streams files (dnstap.info), by libfstrm and protobuf-c.
 *
 *	dnstap_writer_open -> dnstap_write ... -> dnstap_writer_close
 *	dnstap_reader_open -> dnstap_read ... E_NOENT at the end -> dnstap_reader_close
 *
 * Built without these libraries, opening says E_NOTSUP.
 *
 * Threads  a writer or reader: one.
 */
#pragma once
#include "base/attr.h"
#include "base/cursor.h"
#include <sys/socket.h>
#include <time.h>

/* The numbers are the protocol's; queries are odd, the response of each is next. */
enum dnstap_type {
	DNSTAP_AUTH_QUERY = 1,
	DNSTAP_AUTH_RESPONSE = 2,
	DNSTAP_TOOL_QUERY = 11,
	DNSTAP_TOOL_RESPONSE = 12
};
enum dnstap_protocol {
	DNSTAP_UDP = 1,
	DNSTAP_TCP,
	DNSTAP_DOT,
	DNSTAP_DOH,
	DNSTAP_DNSCRYPT_UDP,
	DNSTAP_DNSCRYPT_TCP,
	DNSTAP_DOQ
};

struct dnstap_message {
	unsigned type; /* enum dnstap_type, or another of the protocol's */
	unsigned protocol;
	struct sockaddr_storage initiator, responder; /* AF_UNSPEC: not told */
	struct timespec query_time, response_time;    /* UTC; 0: not told */
	struct span message;
};

static inline bool dnstap_is_response(const struct dnstap_message *m)
{
	return m->type % 2 == 0;
}

struct dnstap_writer;
/* Begins a file, in place of what was there. `version` names the program in each frame. E_SYSTEM and the like; E_NOTSUP; E_NOMEM. */
MUST_USE int dnstap_writer_open(const char *path, const char *version, struct dnstap_writer **ret);
MUST_USE int dnstap_write(struct dnstap_writer *writer, const struct dnstap_message *message);
/* E_SYSTEM: not all may have been written. NULL is fine. */
int dnstap_writer_close(struct dnstap_writer *writer);

struct dnstap_reader;
/* E_MALFORMED: a file of another kind. */
MUST_USE int dnstap_reader_open(const char *path, struct dnstap_reader **ret);
/* The next message, which lives until the next call. E_NOENT: no more; E_MALFORMED: a frame that isn't dnstap. */
MUST_USE int dnstap_read(struct dnstap_reader *reader, struct dnstap_message *ret);
/* After E_NOENT: was the file closed by its writer? If not, the last message may have been cut off. */
bool dnstap_is_whole(struct dnstap_reader *reader);
void dnstap_reader_close(struct dnstap_reader *reader); /* NULL is fine */
