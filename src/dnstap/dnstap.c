#include "dnstap/dnstap.h"
#include "config.h"
#if HAVE_DNSTAP
#include "dnstap.pb-c.h"
#include <fstrm.h>
#include <netinet/in.h>
#include <stdlib.h>

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"

/* --- addresses --- */

/* The octets of an address and its port. Empty: not told. */
static ProtobufCBinaryData address_of(const struct sockaddr_storage *ss, uint32_t *port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	if (ss->ss_family == AF_INET) {
		*port = ntohs(in->sin_port);
		return (ProtobufCBinaryData){ 4, (uint8_t *)&in->sin_addr };
	}
	if (ss->ss_family == AF_INET6) {
		*port = ntohs(in6->sin6_port);
		return (ProtobufCBinaryData){ 16, (uint8_t *)&in6->sin6_addr };
	}
	return (ProtobufCBinaryData){ 0, NULL };
}

static struct sockaddr_storage to_address(ProtobufCBinaryData data, uint32_t port)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	if (data.len == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, data.data, 4);
	} else if (data.len == 16) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		memcpy(&in6->sin6_addr, data.data, 16);
	}
	return ss;
}

/* --- writing --- */

struct dnstap_writer {
	struct fstrm_writer *stream;
	char *version;
	uint8_t *frame;
	size_t room;
};

int dnstap_writer_open(const char *path, const char *version, struct dnstap_writer **ret)
{
	struct dnstap_writer *w = calloc(1, sizeof(*w));
	struct fstrm_file_options *file = fstrm_file_options_init();
	struct fstrm_writer_options *options = fstrm_writer_options_init();
	int error = E_SYSTEM;
	if (w == NULL || (w->version = strdup(version)) == NULL) {
		error = E_NOMEM;
	} else {
		fstrm_file_options_set_file_path(file, path);
		fstrm_writer_options_add_content_type(
			options, CONTENT_TYPE, sizeof(CONTENT_TYPE) - 1);
		w->stream = fstrm_file_writer_init(file, options);
		if (w->stream != NULL && fstrm_writer_open(w->stream) == fstrm_res_success)
			error = 0;
	}
	fstrm_file_options_destroy(&file);
	fstrm_writer_options_destroy(&options);
	if (error != 0)
		dnstap_writer_close(w);
	else
		*ret = w;
	return error;
}

static void put_times(const struct dnstap_message *from, Tap__Message *to)
{
	if (from->query_time.tv_sec != 0) {
		to->has_query_time_sec = to->has_query_time_nsec = true;
		to->query_time_sec = (uint64_t)from->query_time.tv_sec;
		to->query_time_nsec = (uint32_t)from->query_time.tv_nsec;
	}
	if (from->response_time.tv_sec != 0) {
		to->has_response_time_sec = to->has_response_time_nsec = true;
		to->response_time_sec = (uint64_t)from->response_time.tv_sec;
		to->response_time_nsec = (uint32_t)from->response_time.tv_nsec;
	}
}

int dnstap_write(struct dnstap_writer *w, const struct dnstap_message *m)
{
	Tap__Message message = TAP__MESSAGE__INIT;
	Tap__Dnstap frame = TAP__DNSTAP__INIT;
	message.type = (Tap__Message__Type)m->type;
	message.has_socket_family = m->initiator.ss_family != AF_UNSPEC;
	message.socket_family = m->initiator.ss_family == AF_INET6
					? TAP__MESSAGE__SOCKET_FAMILY__INET6
					: TAP__MESSAGE__SOCKET_FAMILY__INET;
	message.has_socket_protocol = true;
	message.socket_protocol = (Tap__Message__SocketProtocol)m->protocol;
	message.query_address = address_of(&m->initiator, &message.query_port);
	message.has_query_address = message.has_query_port = message.query_address.len > 0;
	message.response_address = address_of(&m->responder, &message.response_port);
	message.has_response_address = message.has_response_port = message.response_address.len > 0;
	put_times(m, &message);
	ProtobufCBinaryData data = { m->message.len, (uint8_t *)m->message.data };
	if (dnstap_is_response(m)) {
		message.has_response_message = true;
		message.response_message = data;
	} else {
		message.has_query_message = true;
		message.query_message = data;
	}
	frame.type = TAP__DNSTAP__TYPE__MESSAGE;
	frame.has_version = true;
	frame.version = (ProtobufCBinaryData){ strlen(w->version), (uint8_t *)w->version };
	frame.message = &message;

	size_t len = tap__dnstap__get_packed_size(&frame);
	if (len > w->room) {
		uint8_t *longer = realloc(w->frame, len);
		if (longer == NULL)
			return E_NOMEM;
		w->frame = longer;
		w->room = len;
	}
	tap__dnstap__pack(&frame, w->frame);
	return fstrm_writer_write(w->stream, w->frame, len) == fstrm_res_success ? 0 : E_SYSTEM;
}

int dnstap_writer_close(struct dnstap_writer *w)
{
	int error = 0;
	if (w == NULL)
		return 0;
	if (w->stream != NULL) {
		error = fstrm_writer_close(w->stream) == fstrm_res_success ? 0 : E_SYSTEM;
		fstrm_writer_destroy(&w->stream);
	}
	free(w->version);
	free(w->frame);
	free(w);
	return error;
}

/* --- reading --- */

struct dnstap_reader {
	struct fstrm_reader *stream;
	Tap__Dnstap *frame;
};

int dnstap_reader_open(const char *path, struct dnstap_reader **ret)
{
	struct dnstap_reader *r = calloc(1, sizeof(*r));
	struct fstrm_file_options *file = fstrm_file_options_init();
	struct fstrm_reader_options *options = fstrm_reader_options_init();
	int error = E_NOMEM;
	if (r != NULL) {
		error = E_MALFORMED;
		fstrm_file_options_set_file_path(file, path);
		fstrm_reader_options_add_content_type(
			options, (const uint8_t *)CONTENT_TYPE, sizeof(CONTENT_TYPE) - 1);
		r->stream = fstrm_file_reader_init(file, options);
		if (r->stream != NULL && fstrm_reader_open(r->stream) == fstrm_res_success)
			error = 0;
	}
	fstrm_file_options_destroy(&file);
	fstrm_reader_options_destroy(&options);
	if (error != 0)
		dnstap_reader_close(r);
	else
		*ret = r;
	return error;
}

int dnstap_read(struct dnstap_reader *r, struct dnstap_message *ret)
{
	const uint8_t *data;
	size_t len;
	fstrm_res res = fstrm_reader_read(r->stream, &data, &len);
	if (r->frame != NULL)
		tap__dnstap__free_unpacked(r->frame, NULL);
	r->frame = NULL;
	if (res != fstrm_res_success)
		return res == fstrm_res_stop ? E_NOENT : E_MALFORMED;
	r->frame = tap__dnstap__unpack(NULL, len, data);
	if (r->frame == NULL || r->frame->message == NULL)
		return E_MALFORMED;
	const Tap__Message *m = r->frame->message;
	*ret = (struct dnstap_message){ .type = (unsigned)m->type,
		.protocol = m->has_socket_protocol ? (unsigned)m->socket_protocol : 0,
		.initiator = to_address(m->query_address, m->query_port),
		.responder = to_address(m->response_address, m->response_port),
		.query_time = { (time_t)m->query_time_sec, m->query_time_nsec },
		.response_time = { (time_t)m->response_time_sec, m->response_time_nsec } };
	ProtobufCBinaryData message =
		dnstap_is_response(ret) ? m->response_message : m->query_message;
	ret->message = (struct span){ message.data, message.len };
	return message.len > 0 ? 0 : E_MALFORMED;
}

bool dnstap_is_whole(struct dnstap_reader *r)
{
	const struct fstrm_control *stop = NULL;
	fstrm_control_type type;
	return fstrm_reader_get_control(r->stream, FSTRM_CONTROL_STOP, &stop) ==
		       fstrm_res_success &&
	       stop != NULL && fstrm_control_get_type(stop, &type) == fstrm_res_success &&
	       type == FSTRM_CONTROL_STOP;
}

void dnstap_reader_close(struct dnstap_reader *r)
{
	if (r == NULL)
		return;
	if (r->frame != NULL)
		tap__dnstap__free_unpacked(r->frame, NULL);
	if (r->stream != NULL)
		fstrm_reader_destroy(&r->stream);
	free(r);
}

#else

int dnstap_writer_open(const char *path, const char *version, struct dnstap_writer **ret)
{
	(void)path;
	(void)version;
	(void)ret;
	return E_NOTSUP;
}

int dnstap_write(struct dnstap_writer *w, const struct dnstap_message *m)
{
	(void)w;
	(void)m;
	return E_NOTSUP;
}

int dnstap_writer_close(struct dnstap_writer *w)
{
	(void)w;
	return 0;
}

int dnstap_reader_open(const char *path, struct dnstap_reader **ret)
{
	(void)path;
	(void)ret;
	return E_NOTSUP;
}

int dnstap_read(struct dnstap_reader *r, struct dnstap_message *ret)
{
	(void)r;
	(void)ret;
	return E_NOTSUP;
}

bool dnstap_is_whole(struct dnstap_reader *r)
{
	(void)r;
	return false;
}

void dnstap_reader_close(struct dnstap_reader *r)
{
	(void)r;
}
#endif
