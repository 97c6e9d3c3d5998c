/*
 * tools/dig: the query tool's parts.
 *
 *	arguments --> list of struct dig_query --> exchange (UDP, TCP) --> print (text or JSON) --> validate
 *	                                       \-> dnstap file           (-G: from a dnstap file)
 *
 * A query inherits everything that was set before the first name; what comes after a name is its own.
 * Single-threaded; queries live until the program ends.
 */
#pragma once
#include "base/attr.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/tsig.h"
#include <netdb.h>
#include <sys/socket.h>
#include <time.h>

#define DIG_SERVERS_MAX   16
#define DIG_EDNSOPT_MAX   64
#define DIG_BADCOOKIE_MAX 10

/* Values of `padding` that aren't a number of octets. */
enum { DIG_PAD_AUTO = -1, DIG_PAD_NEVER = -2, DIG_PAD_BLOCK = -3 };

enum dig_operation { DIG_QUERY, DIG_AXFR, DIG_IXFR, DIG_NOTIFY, DIG_TAP };

struct dnstap_writer;

struct dig_server {
	const char *text; /* as given, for messages */
	char *host;       /* address, name or UNIX path */
	const char *port; /* NULL: the query's */
	bool is_path;
};

struct dig_ednsopt {
	uint16_t code;
	uint8_t *data;
	size_t len;
};

/* Parts of the output, and how records look. */
struct dig_style {
	bool multiline, short_, generic, crypto;
	bool query, header, comments, opt, question, answer, authority, additional, tsig, stats;
	bool opttext, optpresent, class_, ttl, idnout, json;
};

struct dig_query {
	struct dig_query *next;
	enum dig_operation operation;
	bool has_question;
	const char *name_text;
	uint8_t name[DNS_NAME_MAX];
	size_t name_len;
	int type, class_; /* -1: not given yet */
	uint32_t serial;
	bool has_serial;
	struct dig_server servers[DIG_SERVERS_MAX];
	size_t server_count;
	bool servers_inherited;
	struct dig_server local;
	bool has_local;
	const char *port;
	int family;
	struct {
		bool aa, tc, rd, ra, z, ad, cd;
	} flags;
	bool tcp, ignore_tc, keepopen, udp_forced;
	/* EDNS */
	int edns; /* version, -1 none asked */
	bool do_bit, de_bit, nsid, zoneversion;
	int bufsize;   /* -1: default */
	int padding;   /* octets or DIG_PAD_ */
	int alignment; /* 0 off; wins over a number of octets */
	bool has_subnet;
	uint8_t subnet[4 + 16]; /* option content */
	size_t subnet_len;
	uint8_t cookie[40];
	size_t cookie_len; /* 0: none */
	bool badcookie;
	struct dig_ednsopt options[DIG_EDNSOPT_MAX];
	size_t option_count;
	int timeout; /* seconds, 0 = practically infinite */
	int retries;
	int msgdelay;
	bool idnin;
	uint8_t proxy
		[64]; /* PROXYv2 header, sent before the message over UDP, at the begin of a connection over TCP */
	size_t proxy_len;
	bool has_key;
	struct dns_tsig_key key;
	uint8_t key_name[DNS_NAME_MAX];
	uint8_t key_secret[512];
	int debug;                     /* 0, 1, 2 */
	int validate;                  /* level, 0 off */
	struct dnstap_writer *tap_out; /* messages go there, NULL: nowhere */
	const char *tap_in;            /* of DIG_TAP, the file that is printed */
	struct dig_style style;
};

/* dig/args.c: 0 and the list of queries, or an error after its message; *done: help or version was printed. */
MUST_USE int dig_parse_arguments(int argc, char **argv, struct dig_query **ret, bool *done);
void dig_help(void);
/* dig/options.c: one +option. 0, or E_INVALID after its message. */
MUST_USE int dig_parse_option(struct dig_query *q, const char *text);
void dig_options_help(void); /* a line for each */
/* dig/args.c: "addr@port" and the like. 0 or E_INVALID. */
MUST_USE int dig_parse_server(const char *text, struct dig_server *ret);
/* dig/args.c: memory that lives until dig_free, zeroed: queries and what their copies share. NULL: none left. */
void *dig_alloc(size_t len);
void dig_free(void);

/* dig/message.c: the query's octets; `id` chosen by the caller. Unsigned. */
void dig_build(const struct dig_query *q, uint16_t id, struct buf *ret);

/* dig/exchange.c: run a query against its servers and print. 0 or an error (no reply). */
MUST_USE int dig_run(struct dig_query *q);
void dig_close_kept(void);

/* dig/validate.c: check a reply by the server's own DNSKEYs and print the findings that the query's level asks for. True: all is
 * as signed. `fetch` gets the reply to a question of the same server: 0 or an error. */
typedef int (*dig_fetch)(void *context, const uint8_t *name, uint16_t type, struct buf *ret);
bool dig_validate(
	const struct dig_query *q, struct span message, dig_fetch fetch, void *fetch_context);

/* What the footer tells of a message. */
struct dig_transfer_stats {
	size_t messages, records, octets;
};
struct dig_peer {
	char text[256]; /* ADDR@PORT(PROTO) */
	double elapsed_ms;
	time_t start;
};

/* dig/print.c */
void dig_print_message(
	const struct dig_query *q, struct span message, const struct dig_peer *peer, bool is_reply);
void dig_print_transfer_begin(const struct dig_query *q);
/* Records of the answer section of one message of a transfer. Returns their number. */
size_t dig_print_transfer_records(const struct dig_query *q, struct span message);
void dig_print_transfer_end(const struct dig_query *q, const struct dig_transfer_stats *stats,
	const struct dig_peer *peer);
void dig_print_stats(
	const struct dig_query *q, size_t len, const struct dig_peer *peer, bool is_reply);

/* The meaning of an extended error (RFC 8914). */
const char *dig_ede_text(unsigned code);

/* Octets of the UTF-8 character that `text`, not empty, begins with; 0: none, or a control character. */
size_t dig_utf8_len(struct span text);

/* dig/tap.c: a file that messages are written to, begun when it's first asked for; an error after its message. */
MUST_USE int dig_tap_open(const char *path, struct dnstap_writer **ret);
/* A message that was sent or, `received` not NULL, came over a connected socket. Nothing without q->tap_out. */
void dig_tap_write(const struct dig_query *q, int fd, bool is_tcp, const struct timespec *sent,
	const struct timespec *received, struct span message);
/* The files are complete: 0 or E_SYSTEM. */
MUST_USE int dig_tap_close(void);
/* Print the messages of q->tap_in. 0, or an error after its message. */
MUST_USE int dig_tap_print(const struct dig_query *q);

/* dig/json.c */
void dig_json_message(const struct dig_query *q, struct span message, const struct dig_peer *peer,
	int depth, bool is_reply);

/* A record of a received message, letters kept. */
struct dig_rr {
	uint8_t owner[DNS_NAME_MAX];
	uint16_t type, class_;
	uint32_t ttl;
	size_t wire_len; /* of the rdata as received */
	bool fits;       /* the rdata is one of its type */
	struct span
		rdata; /* uncompressed in the reader's buffer, or as it came if it doesn't fit */
};
struct dig_reader {
	struct cursor c;
	struct span message;
	uint16_t id, flags, counts[4];
	uint8_t rdata[DNS_RDATA_MAX];
};
/* dig/message.c: the header. False: shorter than 12. */
bool dig_reader_init(struct dig_reader *r, struct span message);
/* The same and over the question section: the first record is next. False: malformed. */
bool dig_reader_begin(struct dig_reader *r, struct span message);
/* 0; E_TRAILING: there's more behind it; E_MALFORMED: it can't be read to its end. *fits: is all rdata one of its type? */
MUST_USE int dig_check_message(struct span message, bool *fits);
/* Records that the header announces, in all sections. */
unsigned dig_reader_records(const struct dig_reader *r);
bool dig_read_question(struct dig_reader *r, uint8_t *name, uint16_t *type, uint16_t *class_);
bool dig_read_rr(struct dig_reader *r, struct dig_rr *ret);
unsigned dig_extended_rcode(struct span message);
/* The name of what went wrong: the error of a TSIG record, else the extended RCODE. Static, or in `room` for those without name. */
const char *dig_status(struct span message, char room[16]);

/* Messages of style B. */
void dig_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void dig_error(const char *format, ...) PRINTF_LIKE(1, 2);
void dig_info(const char *format, ...) PRINTF_LIKE(1, 2);
void dig_debug(const struct dig_query *q, const char *format, ...) PRINTF_LIKE(2, 3); /* -d */
