#include "base/err.h"
#include "base/attr.h"
#include <string.h>

static const char *const texts[] = {
#define ERR_TEXT(code, text) [code - E_FIRST_ - 1] = text,
	ERR_LIST(ERR_TEXT)
#undef ERR_TEXT
};
static_assert(E_LAST_ < E_BASE, "codes of the list stay below E_BASE");

/* System errors that have a text of their own in logs and control replies; others have the C
 * library's. */
static const char *system_text(int number)
{
	switch (number) {
	case ENOMEM:
		return "not enough memory";
	case EINVAL:
		return "invalid parameter";
	case ENOTSUP:
		return "operation not supported";
	case EBUSY:
		return "requested resource is busy";
	case EAGAIN:
		return "temporarily out of resources";
	case EEXIST:
		return "already exists";
	case ENOENT:
		return "not exists";
	case ERANGE:
		return "value is out of range";
	case EPERM:
		return "operation not permitted";
	case ENOTDIR:
		return "not a directory";
	case EROFS:
		return "read-only file system";
	case EACCES:
		return "file permission denied";
	case EBADF:
		return "file descriptor error";
	case ENOBUFS:
		return "no buffers";
	case EMFILE:
		return "too many open files";
	case ENFILE:
		return "too many open files in system";
	case EISCONN:
		return "already connected";
	case ECONNREFUSED:
		return "connection refused";
	case EALREADY:
		return "operation already in progress";
	case EINPROGRESS:
		return "in progress";
	case ECONNRESET:
		return "connection reset by peer";
	case ECONNABORTED:
		return "connection aborted";
	case ENETRESET:
		return "connection aborted by network";
	case EHOSTUNREACH:
		return "host is unreachable";
	case ENETUNREACH:
		return "network is unreachable";
	case EHOSTDOWN:
		return "host is down";
	case ENETDOWN:
		return "network is down";
	case EADDRINUSE:
		return "address already in use";
	case EADDRNOTAVAIL:
		return "address is not available";
	case EINTR:
		return "interrupted call";
	case ETIMEDOUT:
		return "connection timeout";
	default:
		return NULL;
	}
}

const char *err_text(int code)
{
	if (code == 0)
		return "OK";
	if (code > E_FIRST_ && code < E_LAST_)
		return texts[code - E_FIRST_ - 1];
	if (code > E_BASE && code < 0) {
		const char *text = system_text(-code);
		if (text == NULL && strerrordesc_np(-code) != NULL)
			text = strerrordesc_np(-code); /* static, unlike strerror's */
		return text != NULL ? text : "unknown system error";
	}
	return "unknown error";
}
