/*
 * base/err: the error codes of all rooms and the text that operators see for each.
 *
 * A function that can fail returns 0 or one of these (negative). System errors travel as -errno
 * (err_errno), which share the space: codes below E_BASE are ours, others are -errno.
 *
 * Threads  any.
 */
#pragma once
#include <errno.h>

#define E_BASE (-1000)

#define ERR_LIST(X)                                           \
	X(E_NOMEM, "not enough memory")                       \
	X(E_INVALID, "invalid parameter")                     \
	X(E_NOTSUP, "operation not supported")                \
	X(E_BUSY, "requested resource is busy")               \
	X(E_EXISTS, "already exists")                         \
	X(E_NOENT, "not exists")                              \
	X(E_RANGE, "value is out of range")                   \
	X(E_ACCESS, "operation not permitted")                \
	X(E_FILE, "file error")                               \
	X(E_SYSTEM, "system error")                           \
	X(E_FAILED, "failed")                                 \
	X(E_PARSE, "parser failed")                           \
	X(E_SEMCHECK, "semantic check")                       \
	X(E_UPTODATE, "zone is up-to-date")                   \
	X(E_FEWDATA, "not enough data to parse")              \
	X(E_SPACE, "not enough space provided")               \
	X(E_MALFORMED, "malformed data")                      \
	X(E_TRAILING, "trailing data")                        \
	X(E_AGAIN, "try again later")                         \
	X(E_OUTOFZONE, "name does not belong to the zone")    \
	X(E_ZONEFILE, "invalid zone file")                    \
	X(E_NOZONE, "no such zone found")                     \
	X(E_NONODE, "no such node in zone found")             \
	X(E_NORECORD, "no such record in zone found")         \
	X(E_ISRECORD, "such record already exists in zone")   \
	X(E_NORRTYPE, "no such RR type")                      \
	X(E_NORRCLASS, "no such CLASS")                       \
	X(E_NOTTL, "no TTL specified")                        \
	X(E_ZONESIZE, "zone size exceeded")                   \
	X(E_LIMIT, "exceeded limit")                          \
	X(E_EOF, "end of file")                               \
	X(E_LOOP, "loop detected")                            \
	X(E_ZONEEMPTY, "zone is empty")                       \
	X(E_TIMEOUT, "connection timeout")                    \
	X(E_CONN, "connection reset")                         \
	X(E_B64LEN, "invalid base64 string length")           \
	X(E_B64CHAR, "invalid base64 character")              \
	X(E_B32LEN, "invalid base32hex string length")        \
	X(E_B32CHAR, "invalid base32hex character")           \
	X(E_TSIGKEY, "TSIG key not recognized or invalid")    \
	X(E_TSIGSIG, "failed to verify TSIG")                 \
	X(E_TSIGTIME, "TSIG out of time window")              \
	X(E_TSIGTRUNC, "TSIG bad truncation")                 \
	X(E_CONFTAB, "tabulator character is not allowed")    \
	X(E_CONFITEM, "invalid item")                         \
	X(E_CONFID, "invalid identifier")                     \
	X(E_CONFVALUE, "invalid value")                       \
	X(E_CONFINDENT, "invalid indentation")                \
	X(E_CONFNOVALUE, "value not supported")               \
	X(E_CONFNOID, "identifier not supported")             \
	X(E_CONFMISSVALUE, "missing value")                   \
	X(E_CONFMISSID, "missing identifier")                 \
	X(E_CONFDUPID, "duplicate identifier")                \
	X(E_CONFREF, "invalid reference")                     \
	X(E_CONFAMBIG, "ambiguous reference")                 \
	X(E_CONFDBINIT, "config DB not initialized")          \
	X(E_CONFDBVERSION, "invalid config DB version")       \
	X(E_NSEC3PARAM, "missing or wrong NSEC3PARAM record") \
	X(E_ZONEMDMISSING, "missing ZONEMD")                  \
	X(E_ZONEMD, "invalid ZONEMD")                         \
	X(E_TXNEXISTS, "too many transactions")               \
	X(E_TXNNONE, "no active transaction")                 \
	X(E_TXNTHREAD, "transaction thread mismatch")         \
	X(E_SOMEZONES, "operation failed for some zones")     \
	X(E_MISSING, "missing parameter")                     \
	X(E_CONFLICT, "parameter conflict")                   \
	X(E_SOASERIAL, "SOA mismatch")

enum err {
	E_OK = 0,
#define ERR_ENUM_(code, text) code,
	E_FIRST_ = E_BASE - 200, /* values count upwards from here, all below E_BASE */
	ERR_LIST(ERR_ENUM_)
#undef ERR_ENUM_
		E_LAST_
};

/* The text of a code: "" never, "unknown error" for a foreign number. The string is static or
 * belongs to the C library (for -errno). */
const char *err_text(int code);

/* The code for errno, never 0: ENOMEM gives E_NOMEM, others -errno. */
static inline int err_errno(void)
{
	return errno == ENOMEM ? E_NOMEM : errno > 0 ? -errno : E_SYSTEM;
}
