/* conf/schema: the table. A new option is a row; its reference text comes from here too. */
#include "conf/schema.h"
#include "config.h"

static const struct conf_item module_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name of the module, beginning with mod-" },
	{ "file", CONF_STR, 0, 0, 0, NULL, NULL,
		"Path of the library. Modules are built in; none is loaded" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item server_items[] = {
	{ "identity", CONF_STR, 0, 0, 0, NULL, NULL,
		"Answer to CH TXT id.server and hostname.bind. Default: the host name. Empty: such "
		"queries are refused" },
	{ "version", CONF_STR, 0, 0, 0, NULL, NULL,
		"Answer to CH TXT version.server and version.bind. Default: product name and "
		"version. Empty: such queries are refused" },
	{ "nsid", CONF_HEX, 0, 0, 0, NULL, NULL, "EDNS NSID. Default: the host name. Empty: none" },
	{ "rundir", CONF_PATH, CONF_RESTART, 0, 0, BOWLINE_RUN_DIR, NULL,
		"Base for pidfile, sockets, statistics file. Relative to the working directory" },
	{ "user", CONF_STR, CONF_RESTART, 0, 0, NULL, NULL,
		"User and perhaps group (user[:group]) that the server runs as once addresses are "
		"bound. Default: who started it. Without group the current one is kept (not the "
		"user's). Unknown ones end the start" },
	{ "pidfile", CONF_PATH, CONF_RESTART, 0, 0, "knot.pid", NULL,
		"File with the process number. Relative to rundir" },
	{ "udp-workers", CONF_INT, CONF_RESTART, 1, 256, NULL, NULL,
		"Threads that answer over UDP. Default: online CPUs, at least 2" },
	{ "tcp-workers", CONF_INT, CONF_RESTART, 1, 256, NULL, NULL,
		"Threads that answer over TCP and TLS. Default: online CPUs, at least 10" },
	{ "background-workers", CONF_INT, CONF_RESTART, 1, 512, NULL, NULL,
		"Threads for zone events. Default: online CPUs, at least 2, at most 10" },
	{ "async-start", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Answer before all zones are loaded (those that aren't: SERVFAIL)" },
	{ "tcp-idle-timeout", CONF_TIME, 0, 1, 2147483647, "10", NULL,
		"Seconds without traffic after which an inbound TCP or TLS connection is closed" },
	{ "tcp-io-timeout", CONF_INT, 0, 0, 2147483647, "500", NULL,
		"Milliseconds to receive or send one message on an inbound connection (also "
		"outgoing transfers); 0 = no limit" },
	{ "tcp-remote-io-timeout", CONF_INT, CONF_INERT, 0, 2147483647, "5000", NULL,
		"Milliseconds, the same for established outbound connections (refresh, transfer "
		"in, NOTIFY, DDNS forward, DS check/push; TCP, TLS, QUIC); 0 = no limit" },
	{ "tcp-max-clients", CONF_INT, 0, 0, 2147483647, NULL, NULL,
		"Connections at a time, divided by tcp-workers (at least 1 per worker). Default: "
		"half of the limit of open files at start" },
	{ "tcp-reuseport", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL,
		"Own TCP socket per worker (SO_REUSEPORT); not for UNIX sockets" },
	{ "quic-max-clients", CONF_INT, CONF_RESTART | CONF_INERT, 128, 2147483647, "10000", NULL,
		"QUIC connections at a time, divided by udp-workers" },
	{ "quic-outbuf-max-size", CONF_SIZE, CONF_RESTART | CONF_INERT, 1048576, 281474976710655LL,
		"100M", NULL, "Sent data that isn't acknowledged yet, per UDP worker" },
	{ "quic-idle-close-timeout", CONF_TIME, CONF_RESTART | CONF_INERT, 1, 2147483647, "4", NULL,
		"Seconds without traffic after which a QUIC connection is closed" },
	{ "remote-pool-limit", CONF_INT, CONF_RESTART | CONF_INERT, 0, 2147483647, "0", NULL,
		"Outbound TCP connections kept open; 0 = none" },
	{ "remote-pool-timeout", CONF_TIME, CONF_INERT, 1, 2147483647, "5", NULL,
		"Seconds that an idle outbound connection is kept open" },
	{ "remote-retry-delay", CONF_INT, CONF_INERT, 0, 2147483647, "0", NULL,
		"Milliseconds that a remote address counts as unreachable after a connect "
		"timeout" },
	{ "socket-affinity", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL,
		"Bind sockets to workers and CPUs (needs SO_REUSEPORT)" },
	{ "udp-max-payload", CONF_SIZE, 0, 1220, 4096, "1232", NULL,
		"EDNS UDP payload size for both families" },
	{ "udp-max-payload-ipv4", CONF_SIZE, 0, 1220, 4096, NULL, NULL,
		"EDNS UDP payload size over IPv4. Default: udp-max-payload" },
	{ "udp-max-payload-ipv6", CONF_SIZE, 0, 1220, 4096, NULL, NULL,
		"EDNS UDP payload size over IPv6. Default: udp-max-payload" },
	{ "cert-file", CONF_PATH, CONF_INERT, 0, 0, NULL, NULL,
		"Certificate (PEM), relative to the configuration directory. Read again by "
		"reloads. Default: one made for this run" },
	{ "key-file", CONF_PATH, CONF_INERT, 0, 0, NULL, NULL,
		"Private key (PEM) of cert-file, relative to the configuration directory; both or "
		"none are set. Default: one kept beside the keys of zones" },
	{ "ca-file", CONF_STR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Certificates (PEM) that cert-hostname is checked with, relative to the working "
		"directory. Empty: those of the system" },
	{ "edns-client-subnet", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Process and return EDNS Client Subnet" },
	{ "answer-rotation", CONF_BOOL, 0, 0, 0, "off", NULL, "Rotate answer RRsets by query ID" },
	{ "automatic-acl", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,
		"Remotes may do what their use in zones implies: see remote.automatic-acl" },
	{ "proxy-allowlist", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL,
		"Senders allowed to use PROXY v2 over UDP" },
	{ "dbus-event", CONF_OPT, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, "none",
		"none|running=1|zone-updated=2|external-verify=4|keys-updated=32|"
		"ksk-submission=8|dnssec-invalid=16",
		"Signals on the system bus, which is opened at start only" },
	{ "dbus-init-delay", CONF_TIME, CONF_RESTART | CONF_INERT, 0, 2147483647, "1", NULL,
		"Seconds to wait at start after opening the bus" },
	{ "listen", CONF_ADDR, CONF_MULTI | CONF_RESTART, 0, 0, NULL, NULL,
		"Address to answer at over UDP and TCP, port 53 unless given (0 is refused), or "
		"the path of a UNIX stream socket, relative to rundir" },
	{ "listen-quic", CONF_ADDR, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, NULL, NULL,
		"Address to answer at over QUIC, port 853 unless given" },
	{ "listen-tls", CONF_ADDR, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, NULL, NULL,
		"Address to answer at over TLS, port 853 unless given" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "tcp-fastopen", CONF_BOOL, CONF_OBSOLETE, 0, 0, NULL, NULL,
		"Obsolete: accepted, noticed in the log" },
};

static const struct conf_item xdp_items[] = {
	{ "listen", CONF_ADDR, CONF_MULTI | CONF_RESTART, 0, 0, NULL, NULL,
		"Device or one of its addresses, port 53 unless given; one entry for each device. "
		"Threads: the queues of the device" },
	{ "udp", CONF_BOOL, CONF_RESTART, 0, 0, "on", NULL, "Answer over UDP" },
	{ "tcp", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL, "Answer over TCP" },
	{ "quic", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL,
		"Answer over QUIC on the same devices, at quic-port" },
	{ "quic-port", CONF_INT, CONF_RESTART, 1, 65535, "853", NULL, "Port for QUIC" },
	{ "tcp-max-clients", CONF_INT, 0, 1024, 2147483647, "1000000", NULL,
		"TCP connections at a time, divided by the threads" },
	{ "tcp-inbuf-max-size", CONF_SIZE, 0, 1048576, 281474976710655LL, "100M", NULL,
		"Memory for incompletely received messages" },
	{ "tcp-outbuf-max-size", CONF_SIZE, 0, 1048576, 281474976710655LL, "100M", NULL,
		"Memory for unacknowledged sent data" },
	{ "tcp-idle-close-timeout", CONF_TIME, 0, 1, 2147483647, "10", NULL,
		"Seconds without traffic after which a connection is closed in good order" },
	{ "tcp-idle-reset-timeout", CONF_TIME, 0, 1, 2147483647, "20", NULL,
		"Seconds without traffic after which a connection is forgotten" },
	{ "tcp-resend-timeout", CONF_TIME, 0, 1, 2147483647, "5", NULL,
		"Seconds after which response data that isn't acknowledged is sent again" },
	{ "route-check", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL,
		"Ask the system's routing for each packet: what would leave by another device goes "
		"to the ordinary workers, what can't be reached is dropped. Off: replies go to "
		"where requests came from" },
	{ "zero-copy", CONF_BOOL, CONF_RESTART, 0, 0, "on", NULL,
		"Zero-copy mode where the driver has it; off: copy" },
	{ "ring-size", CONF_INT, CONF_RESTART, 4, 32768, "2048", NULL, "Entries of each ring" },
	{ "busypoll-budget", CONF_INT, CONF_RESTART, 0, 65535, "0", NULL,
		"Packets for one round of preferred busy polling; 0: none" },
	{ "busypoll-timeout", CONF_INT, CONF_RESTART, 1, 65535, "20", NULL,
		"Microseconds of a round of busy polling" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item control_items[] = {
	{ "listen", CONF_PATH, CONF_MULTI | CONF_RESTART, 0, 0, "knot.sock", NULL,
		"UNIX sockets, at most 4, relative to rundir. A configuration transaction stays on "
		"one" },
	{ "backlog", CONF_INT, CONF_RESTART, 0, 65535, "5", NULL,
		"Connections that wait for being accepted" },
	{ "timeout", CONF_TIME, 0, 0, 2147483, "5", NULL,
		"Seconds that an operation on a connection may take; 0: no limit" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item log_items[] = {
	{ "target", CONF_STR, 0, 0, 0, NULL, NULL,
		"stdout, stderr, syslog, or the name of a file, relative to the working directory, "
		"that is appended to and given to server.user" },
	{ "server", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Least severity of general messages that go there" },
	{ "control", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Least severity of messages about control commands" },
	{ "zone", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Least severity of messages about zones" },
	{ "quic", CONF_OPT, CONF_INERT, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Least severity of messages about QUIC" },
	{ "any", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Least severity for server, control and zone together (not quic); where both are "
		"set, the more verbose one counts" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item statistics_items[] = {
	{ "timer", CONF_TIME, 0, 1, 4294967295LL, NULL, NULL,
		"Seconds from one dump to the next. Default: no dumps" },
	{ "file", CONF_PATH, 0, 0, 0, "stats.yaml", NULL,
		"File of the dumps, relative to rundir; written aside (mode 0640), then renamed" },
	{ "append", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Append to the file, each dump a document that begins with ---" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item database_items[] = {
	{ "storage", CONF_PATH, 0, 0, 0, BOWLINE_STORAGE_DIR, NULL,
		"Base of the databases. Relative to the working directory" },
	{ "journal-db", CONF_PATH, CONF_INERT, 0, 0, "journal", NULL,
		"Directory of the journal, relative to storage" },
	{ "journal-db-mode", CONF_OPT, CONF_INERT, 0, 0, "robust", "robust|asynchronous",
		"asynchronous: less syncing, so that a crash of the machine may lose recent "
		"changes" },
	{ "journal-db-max-size", CONF_SIZE, CONF_INERT, 1048576, 109951162777600LL, "20G", NULL,
		"Hard limit of the journal; nothing is cleaned up at it. Below the size of the "
		"file it has no effect" },
	{ "kasp-db", CONF_PATH, CONF_INERT, 0, 0, "keys", NULL,
		"Directory of keys and signing state, relative to storage" },
	{ "kasp-db-max-size", CONF_SIZE, CONF_INERT, 5242880, 107374182400LL, "10G", NULL,
		"Hard limit of the key database" },
	{ "timer-db", CONF_PATH, CONF_INERT, 0, 0, "timers", NULL,
		"Directory of zone timers, relative to storage" },
	{ "timer-db-max-size", CONF_SIZE, CONF_INERT, 1048576, 107374182400LL, "5G", NULL,
		"Hard limit of the timer database" },
	{ "timer-db-sync", CONF_OPTINT, CONF_INERT, 1, 4294967295LL, "shutdown",
		"never=-1|shutdown=-2|immediate=0",
		"When zone timers are written: a number is the period in seconds, which includes "
		"shutdown" },
	{ "catalog-db", CONF_PATH, CONF_RESTART | CONF_INERT, 0, 0, "catalog", NULL,
		"Directory of catalog members, relative to storage" },
	{ "catalog-db-max-size", CONF_SIZE, CONF_RESTART | CONF_INERT, 5242880, 107374182400LL,
		"20G", NULL, "Hard limit of the catalog database" },
	{ "zone-db-listen", CONF_ADDR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Redis or Valkey servers that zones are kept in, tried in order: address, host "
		"name or absolute path of a socket, port 6379 unless given. Not in this version: "
		"refused" },
	{ "zone-db-tls", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL, "Connect by TLS 1.3" },
	{ "zone-db-cert-key", CONF_B64, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Pins of the server's certificate, at most 4: base64 of the SHA-256 of its public "
		"key. Only with TLS" },
	{ "zone-db-cert-hostname", CONF_STR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Names that the server's certificate must be valid for one of, at most 4. Only "
		"with TLS; needs server.ca-file" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item keystore_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references, not beginning with a dash" },
	{ "backend", CONF_OPT, 0, 0, 0, "pem", "pem=1|pkcs11=2", "PEM files or a PKCS #11 token" },
	{ "config", CONF_STR, 0, 0, 0, "keys", NULL,
		"pem: directory, relative to kasp-db. pkcs11: URI of the token, a space, path of "
		"the module; required" },
	{ "ksk-only", CONF_BOOL, 0, 0, 0, "off", NULL,
		"No ZSKs in here: new ones go to the next keystore without this flag" },
	{ "key-label", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Label new keys <zone> KSK or <zone> ZSK; only with pkcs11" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item key_items[] = {
	{ "id", CONF_NAME, 0, 0, 0, NULL, NULL, "Name of the TSIG key" },
	{ "algorithm", CONF_OPT, 0, 0, 0, "hmac-sha256",
		"hmac-md5=1|hmac-sha1=2|hmac-sha224=3|hmac-sha256=4|hmac-sha384=5|"
		"hmac-sha512=6",
		"MAC algorithm of the key" },
	{ "secret", CONF_B64, CONF_REQUIRED, 0, 0, NULL, NULL, "The shared secret" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item remote_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "address", CONF_ADDR, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, NULL,
		"Addresses or paths of UNIX sockets (relative to rundir), tried in order until one "
		"is reached; a refusal ends the attempts. Port 53 unless given, with quic or tls "
		"853" },
	{ "via", CONF_ADDR, CONF_MULTI, 0, 0, NULL, NULL,
		"Source addresses: the k-th address of a family uses the k-th via of that family, "
		"or the last one if there are fewer. Without port: any. Without via of the family "
		"the system chooses" },
	{ "quic", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Connect by QUIC; as part of an acl: the request must come by QUIC" },
	{ "tls", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Connect by TLS; as part of an acl: the request must come by TLS. Not together "
		"with quic" },
	{ "key", CONF_REF, 0, 0, 0, NULL, "key",
		"TSIG key of outbound requests; as part of an acl: what the request must be signed "
		"with" },
	{ "cert-key", CONF_B64, CONF_MULTI, 0, 0, NULL, NULL,
		"Pins of the peer's certificate, at most 4, one of which must match: base64 of the "
		"SHA-256 of its public key" },
	{ "cert-hostname", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL,
		"Names that the peer's certificate must be valid for one of (SAN), by "
		"server.ca-file; at most 4" },
	{ "block-notify-after-transfer", CONF_BOOL, 0, 0, 0, "off", NULL,
		"After a transfer from this remote no NOTIFY is sent" },
	{ "no-edns", CONF_BOOL, 0, 0, 0, "off", NULL,
		"No OPT in requests, SOA query and transfer on connections of their own, no EXPIRE "
		"option" },
	{ "automatic-acl", CONF_BOOL, 0, 0, 0, "on", NULL,
		"With server.automatic-acl: zones with this remote as master take NOTIFY from it, "
		"zones with it in notify allow it transfers and signed queries" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item remotes_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL,
		"Name for references, shared with remote where both may be named" },
	{ "remote", CONF_REF, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, "remote",
		"The remotes that it stands for, in order" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item acl_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "address", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL,
		"Where requests may come from. Default: anywhere" },
	{ "key", CONF_REF, CONF_MULTI, 0, 0, NULL, "key",
		"What requests must be signed with (name and algorithm). Default: only unsigned "
		"ones match" },
	{ "remote", CONF_REF, CONF_MULTI, 0, 0, NULL, "remote|remotes",
		"Takes address (exactly, without port), key, cert-key, cert-hostname and protocol "
		"of the remotes, one of which must match. Not together with those options" },
	{ "action", CONF_OPT, CONF_MULTI, 0, 0, NULL, "query|notify|transfer|update",
		"What a matching request may do. Without any the rule denies" },
	{ "protocol", CONF_OPT, CONF_MULTI, 0, 0, NULL, "udp=1|tcp=2|tls=4|quic=8",
		"How requests may come. Default: by any" },
	{ "deny", CONF_BOOL, 0, 0, 0, "off", NULL, "A match denies" },
	{ "update-type", CONF_RRTYPE, CONF_MULTI, 0, 0, NULL, NULL,
		"Types that all records of an update must have one of (ANY: deletions of all "
		"types). Default: any" },
	{ "update-owner", CONF_OPT, 0, 0, 0, NULL, "key=1|zone=2|name=3",
		"What owners of an update are compared with: name of the TSIG key, of the zone, or "
		"update-owner-name. Default: nothing" },
	{ "update-owner-match", CONF_OPT, 0, 0, 0, "sub-or-equal", "sub-or-equal|equal|sub|pattern",
		"How owners must relate to that name. pattern: as many labels, a label * matches "
		"any one" },
	{ "update-owner-name", CONF_RELNAME, CONF_MULTI, 0, 0, NULL, NULL,
		"Names for update-owner: name, relative ones below the zone" },
	{ "cert-key", CONF_B64, CONF_MULTI, 0, 0, NULL, NULL,
		"Requests must come by TLS or QUIC with a client certificate whose key has this "
		"pin" },
	{ "cert-hostname", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL,
		"Requests must come by TLS or QUIC with a client certificate that is valid for "
		"this name" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item submission_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "parent", CONF_REF, CONF_MULTI, 0, 0, NULL, "remote|remotes",
		"Servers of the parent, all of which must show the DS. Default: confirmed by "
		"hand" },
	{ "check-interval", CONF_TIME, 0, 1, 4294967295LL, "1h", NULL,
		"Seconds between checks of the parent's DS" },
	{ "timeout", CONF_TIME, 0, 0, 4294967295LL, "0", NULL,
		"Seconds after which the submission counts as successful; 0: never" },
	{ "parent-delay", CONF_TIME, 0, 0, 4294967295LL, "0", NULL,
		"Seconds to wait after the parent was found to have the DS (not after a timeout or "
		"a confirmation by hand)" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item dnskey_sync_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "remote", CONF_REF, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, "remote|remotes",
		"Where DNSKEY, CDNSKEY and CDS are sent by dynamic update" },
	{ "check-interval", CONF_TIME, 0, 1, 4294967295LL, "60", NULL,
		"Seconds to the next check after a failure or a change" },
};

static const struct conf_item policy_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references; shared KSKs are bound to it" },
	{ "keystore", CONF_REF, CONF_MULTI | CONF_RELOAD, 0, 0, NULL, "keystore|*",
		"Keystores that keys are looked for in; new ones go into the first that fits. "
		"Default: one of PEM files" },
	{ "manual", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"Keys aren't managed automatically" },
	{ "single-type-signing", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"One key that signs everything (CSK) instead of KSK and ZSK" },
	{ "algorithm", CONF_OPT, CONF_RELOAD, 0, 0, "ecdsap256sha256",
		"rsasha1=5|rsasha1-nsec3-sha1=7|rsasha256=8|rsasha512=10|ecdsap256sha256=13|"
		"ecdsap384sha384=14|ed25519=15|ed448=16",
		"Of new keys and signatures; a change starts an algorithm rollover" },
	{ "ksk-size", CONF_SIZE, CONF_RELOAD, 0, 65535, NULL, NULL,
		"Bits of new KSKs. RSA: 1024 to 4096, default 2048; others are fixed by the "
		"algorithm" },
	{ "zsk-size", CONF_SIZE, CONF_RELOAD, 0, 65535, NULL, NULL,
		"Bits of new ZSKs. Default: as ksk-size" },
	{ "ksk-shared", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"Zones of the policy share KSKs" },
	{ "dnskey-ttl", CONF_TIME, CONF_RELOAD, 0, 2147483647, NULL, NULL,
		"TTL of the DNSKEY RRset. Default: that of the SOA" },
	{ "zone-max-ttl", CONF_TIME, CONF_RELOAD, 0, 2147483647, NULL, NULL,
		"Largest TTL in the zone, to be set for offline KSKs. Default: found in the zone" },
	{ "keytag-modulo", CONF_STR, 0, 0, 0, "0/1", NULL,
		"R/M with R < M <= 256: the tags of new keys give R modulo M" },
	{ "dnssec-jitter", CONF_PERCENT, 0, 0, 4294967295LL, "0", NULL,
		"Seconds or part added to rrsig-refresh and subtracted from zsk-lifetime, at most, "
		"by zone name" },
	{ "ksk-lifetime", CONF_TIME, CONF_RELOAD, 0, 4294967295LL, "0", NULL,
		"Seconds from the making of a KSK or CSK to its rollover; 0: never" },
	{ "zsk-lifetime", CONF_TIME, CONF_RELOAD, 0, 4294967295LL, "30d", NULL,
		"Seconds from the activation of a ZSK to its rollover; 0: never" },
	{ "deleg-adt", CONF_BOOL, 0, 0, 0, "off", NULL, "Set the ADT flag in new keys" },
	{ "delete-delay", CONF_TIME, 0, 0, 4294967295LL, "0", NULL,
		"Seconds that removed keys stay in the database" },
	{ "trash-delay", CONF_TIME, 0, 0, 4294967295LL, NULL, NULL,
		"Seconds that deleted keys can be restored; 0: not at all. Default: twice "
		"rrsig-lifetime" },
	{ "propagation-delay", CONF_TIME, CONF_RELOAD, 0, 2147483647, "1h", NULL,
		"Seconds added to each step of a rollover, until all secondaries and caches have a "
		"change" },
	{ "rrsig-lifetime", CONF_TIME, CONF_RELOAD, 1, 2147483647, "14d", NULL,
		"Seconds that new signatures are valid for, besides the 90 minutes that they begin "
		"in the past" },
	{ "rrsig-refresh", CONF_TIME, CONF_RELOAD, 1, 2147483647, NULL, NULL,
		"Signatures are renewed at least these seconds before they expire. Default: a "
		"tenth of rrsig-lifetime + propagation-delay + the largest TTL; for "
		"dnssec-validation 1 day" },
	{ "rrsig-pre-refresh", CONF_TIME, CONF_RELOAD, 0, 2147483647, NULL, NULL,
		"And up to these seconds earlier, to renew many at a time. Default: 0.5 percent of "
		"rrsig-lifetime" },
	{ "reproducible-signing", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"Deterministic ECDSA signatures" },
	{ "nsec3", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"Authenticated denial by NSEC3 instead of NSEC" },
	{ "nsec3-iterations", CONF_INT, CONF_RELOAD, 0, 65535, "0", NULL,
		"Additional hash iterations" },
	{ "nsec3-opt-out", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"No NSEC3 for insecure delegations, opt-out flag set" },
	{ "nsec3-salt-length", CONF_INT, CONF_RELOAD, 0, 255, "0", NULL,
		"Octets of the NSEC3 salt" },
	{ "nsec3-salt-lifetime", CONF_TIME, CONF_RELOAD, -1, 4294967295LL, "30d", NULL,
		"Seconds to a new salt; 0: never, -1: with each change of the ZSK" },
	{ "signing-threads", CONF_INT, 0, 1, 65535, "1", NULL,
		"Threads that sign or validate a zone" },
	{ "ksk-submission", CONF_REF, CONF_RELOAD, 0, 0, NULL, "submission",
		"How it's awaited that the parent has the DS of a new KSK" },
	{ "ds-push", CONF_REF, CONF_MULTI | CONF_RELOAD, 0, 0, NULL, "remote|remotes",
		"Servers of the parent that DS records are sent to by dynamic update" },
	{ "dnskey-sync", CONF_REF, CONF_RELOAD, 0, 0, NULL, "dnskey-sync",
		"Exchange of DNSKEY records between signers" },
	{ "cds-cdnskey-publish", CONF_OPT, CONF_RELOAD, 0, 0, "rollover",
		"none|delete-dnssec|rollover|always|double-ds",
		"none: never. delete-dnssec: the \"delete\" records. rollover: only for a KSK "
		"waiting for submission. always: for the current KSK. double-ds: for up to two "
		"KSKs (ready, active)" },
	{ "cds-digest-type", CONF_OPT, CONF_RELOAD, 0, 0, "sha256", "sha256=2|sha384=4",
		"Digest of CDS records" },
	{ "dnskey-management", CONF_OPT, CONF_RELOAD, 0, 0, "full", "full|incremental",
		"full: foreign DNSKEY/CDNSKEY/CDS at the apex are deleted. incremental: kept, only "
		"own ones are maintained" },
	{ "offline-ksk", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"The signatures of DNSKEY come from elsewhere (imported SKR)" },
	{ "unsafe-operation", CONF_OPT, CONF_MULTI, 0, 0, "none",
		"none|no-check-keyset=1|no-update-dnskey=2|no-update-nsec=4|no-update-expired=8",
		"no-check-keyset: don't require active keys per algorithm. no-update-dnskey: leave "
		"DNSKEY, CDNSKEY and CDS alone. no-update-nsec: leave the NSEC or NSEC3 chain "
		"alone. no-update-expired: leave expired RRSIGs" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item external_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "timeout", CONF_TIME, 0, 0, 4294967295LL, "300", NULL,
		"Seconds after which what isn't confirmed has failed" },
	{ "dump-new-zone", CONF_PATH, 0, 0, 0, NULL, NULL,
		"File that the whole new zone is written to. Named as zone.file" },
	{ "dump-removals", CONF_PATH, 0, 0, 0, NULL, NULL,
		"File for removed records, after a line ;; Removed records. Named as zone.file" },
	{ "dump-additions", CONF_PATH, 0, 0, 0, NULL, NULL,
		"File for added records, after a line ;; Added records; appended if it's the file "
		"of dump-removals. Named as zone.file" },
};

static const struct conf_item mod_alias_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_authsignal_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_cookies_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "secret-lifetime", CONF_TIME, 0, 1, 3110400, "26h", NULL,
		"Seconds to a new secret; not used with secret" },
	{ "badcookie-slip", CONF_INT, 0, 1, 2147483647, "1", NULL,
		"Reply to every N-th bad cookie over UDP" },
	{ "secret", CONF_HEX, CONF_MULTI, 0, 0, NULL, NULL,
		"16 octets. At most 2: both verify, the first makes new cookies" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_dnserr_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "report-channel", CONF_NAME, 0, 0, 0, NULL, NULL,
		"Agent domain that resolvers are told to report errors to; not the root. Required "
		"unless agent" },
	{ "agent", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Agent mode; report-channel ignored. The zone name is the agent domain" },
	{ "cache-size", CONF_INT, 0, 1, 2147483647, "1000", NULL,
		"Agent: slots for de-duplication" },
	{ "cache-lifetime", CONF_TIME, 0, 1, 3110400, "10", NULL,
		"Agent: lifetime of the whole cache; also the TTL of the answer" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_dnsproxy_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "remote", CONF_REF, CONF_REQUIRED, 0, 0, NULL, "remote",
		"Where queries go: only its address and via are used (not key, tls, quic); port "
		"53" },
	{ "timeout", CONF_INT, 0, 0, 2147483647, "500", NULL,
		"Milliseconds to wait for an answer, for each address; 0: doesn't wait" },
	{ "address", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL,
		"Clients that it's for. Default: all" },
	{ "fallback", CONF_BOOL, 0, 0, 0, "on", NULL,
		"on: only what was not satisfied locally; off: everything" },
	{ "tcp-fastopen", CONF_BOOL, CONF_OBSOLETE, 0, 0, NULL, NULL,
		"Obsolete: accepted, noticed in the log" },
	{ "catch-nxdomain", CONF_BOOL, 0, 0, 0, "off", NULL, "With fallback: also on NXDOMAIN" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_dnstap_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "sink", CONF_STR, CONF_REQUIRED, 0, 0, NULL, NULL,
		"File name, unix:PATH or tcp:ADDRESS@PORT. A file (relative: working directory) is "
		"overwritten at each start or reload" },
	{ "identity", CONF_STR, 0, 0, 0, NULL, NULL,
		"Identity of the server. Empty: the field is absent" },
	{ "version", CONF_STR, 0, 0, 0, NULL, NULL,
		"Version of the server. Empty: the field is absent" },
	{ "log-queries", CONF_BOOL, 0, 0, 0, "on", NULL, "Write records of queries" },
	{ "log-responses", CONF_BOOL, 0, 0, 0, "on", NULL, "Write records of responses" },
	{ "responses-with-queries", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Responses are written with the query that they answer" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_geoip_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "config-file", CONF_PATH, CONF_REQUIRED, 0, 0, NULL, NULL,
		"File with the records, relative to the working directory" },
	{ "ttl", CONF_TIME, 0, 0, 4294967295LL, "60", NULL, "TTL of the records, in seconds" },
	{ "mode", CONF_OPT, 0, 0, 0, "subnet", "subnet|geodb|weighted",
		"What an answer is chosen by. geodb isn't available in this version: refused" },
	{ "dnssec", CONF_BOOL, 0, 0, 0, NULL, NULL,
		"on: sign the records at load with the zone's keys; off: never. Default: as the "
		"zone is signed" },
	{ "policy", CONF_REF, 0, 0, 0, NULL, "policy",
		"Policy of the signatures where the zone isn't signed by the server; default isn't "
		"accepted" },
	{ "geodb-file", CONF_PATH, 0, 0, 0, NULL, NULL, "Database file, required in mode geodb" },
	{ "geodb-key", CONF_STR, CONF_MULTI, 0, 0, "country/iso_code", NULL,
		"What of the database places are compared by, at most 8: keys joined by /, (id) "
		"before them for a number" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_noudp_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "udp-allow-rate", CONF_INT, 0, 0, 4294967295LL, NULL, NULL,
		"Every N-th UDP request is answered normally; 0 = none" },
	{ "udp-truncate-rate", CONF_INT, 0, 1, 4294967295LL, NULL, NULL,
		"Every N-th UDP request is truncated. Not together with udp-allow-rate" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_onlinesign_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "policy", CONF_REF, 0, 0, 0, NULL, "policy|*",
		"How answers are signed; single-type-signing counts as on if not set" },
	{ "nsec-bitmap", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL, "Types added to NSEC bitmaps" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_probe_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "path", CONF_PATH, 0, 0, 0, NULL, NULL,
		"Directory of the sockets, relative to the working directory. Default: "
		"server.rundir" },
	{ "channels", CONF_INT, 0, 1, 65535, "1", NULL,
		"Sockets probe01.sock, probe02.sock, ... (at least two digits)" },
	{ "max-rate", CONF_INT, 0, 0, 4294967295LL, "100000", NULL,
		"Records per second over all channels; 0 = no limit" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_queryacl_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "address", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL,
		"Clients that may ask (behind a proxy: who it names). Default: all" },
	{ "interface", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL,
		"Addresses of the server that may be asked; wildcards don't work here. Default: "
		"all" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_rrl_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "instant-limit", CONF_INT, 0, 1, 5592404, "125", NULL,
		"Responses that one address may get at once" },
	{ "rate-limit", CONF_INT, 0, 0, 5592404000LL, "50", NULL,
		"Responses per second for one address; 0: no limit. At most 1000 times "
		"instant-limit" },
	{ "time-instant-limit", CONF_INT, 0, 1, 1000000, "5000", NULL,
		"Microseconds of processing that one address may use at once" },
	{ "time-rate-limit", CONF_INT, 0, 0, 1000000000, "5000", NULL,
		"Microseconds of processing per second for one address; 0: no limit. At most 1000 "
		"times time-instant-limit" },
	{ "slip", CONF_INT, 0, 0, 100, "1", NULL,
		"0: drop all limited; 1: truncate all; N: truncate each with probability 1/N, drop "
		"the others" },
	{ "table-size", CONF_INT, 0, 1, 2147483647, "524288", NULL,
		"Addresses that are counted at a time, rounded up to a power of 2; about 8 octets "
		"each, per table" },
	{ "whitelist", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL, "Clients that are never limited" },
	{ "log-period", CONF_INT, 0, 0, 2147483647, "30000", NULL,
		"Milliseconds between log lines, at least, per table; 0: no logging" },
	{ "dry-run", CONF_BOOL, 0, 0, 0, "off", NULL, "Count and log, but limit nothing" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_stats_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "request-protocol", CONF_BOOL, 0, 0, 0, "on", NULL,
		"Requests by protocol and address family" },
	{ "server-operation", CONF_BOOL, 0, 0, 0, "on", NULL,
		"Requests by what they ask the server to do" },
	{ "request-bytes", CONF_BOOL, 0, 0, 0, "on", NULL, "Octets of requests by operation" },
	{ "response-bytes", CONF_BOOL, 0, 0, 0, "on", NULL, "Octets of responses by operation" },
	{ "edns-presence", CONF_BOOL, 0, 0, 0, "off", NULL, "Requests and responses with EDNS" },
	{ "flag-presence", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Messages by flags that are set in them" },
	{ "response-code", CONF_BOOL, 0, 0, 0, "on", NULL, "Responses by response code" },
	{ "request-edns-option", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Requests by EDNS options in them" },
	{ "response-edns-option", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Responses by EDNS options in them" },
	{ "reply-nodata", CONF_BOOL, 0, 0, 0, "off", NULL, "NODATA responses by type" },
	{ "query-type", CONF_BOOL, 0, 0, 0, "off", NULL, "Queries by type" },
	{ "query-size", CONF_BOOL, 0, 0, 0, "off", NULL, "Queries by size, in steps of 16 octets" },
	{ "reply-size", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Responses by size, in steps of 16 octets" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_synthrecord_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "type", CONF_OPT, CONF_REQUIRED, 0, 0, NULL, "forward=1|reverse=2",
		"forward: addresses for names; reverse: names for addresses" },
	{ "prefix", CONF_STR, 0, 0, 0, NULL, NULL, "Beginning of the names, in lower case" },
	{ "origin", CONF_NAME, 0, 0, 0, NULL, NULL, "Zone of the forward names; reverse only" },
	{ "ttl", CONF_TIME, 0, 0, 4294967295LL, "3600", NULL, "TTL of the records, in seconds" },
	{ "network", CONF_NET, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, NULL,
		"Addresses to make records for" },
	{ "reverse-short", CONF_BOOL, 0, 0, 0, "on", NULL,
		"Short text of IPv6 addresses in names; reverse only" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_whoami_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name for references" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

/* What zones and templates have in common; between the parts stands what only zones have. `empty`: CONF_EMPTY where a template's list
 * can be hidden. */
#define CONF_ZONE_ITEMS(empty)                                                                     \
	{ "storage", CONF_PATH, CONF_RELOAD, 0, 0, BOWLINE_STORAGE_DIR, NULL,                      \
		"Base for file. Relative to the working directory; independent of "                \
		"database.storage" },                                                              \
		{ "file", CONF_PATH, CONF_RELOAD, 0, 0, "%s.zone", NULL,                           \
			"Zone file, relative to storage. %s stands for the name of the zone, "     \
			"%c[N], %c[N-M] for characters of it, %l[N] for the N-th label from the "  \
			"right, %% for %" },                                                       \
		{ "zone-db-input", CONF_INT, CONF_RELOAD | CONF_INERT, -1, 8, "-1", NULL,          \
			"Load from this instance of the zone database; the text file is never "    \
			"loaded. -1: off; 0 is refused" },                                         \
		{ "zone-db-output", CONF_INT, CONF_RELOAD | CONF_INERT, -1, 8, "-1", NULL,         \
			"Store into this instance of the zone database on each change. -1: off; "  \
			"0 is refused" },                                                          \
		{ "master", CONF_REF, CONF_MULTI | CONF_INERT | (empty), 0, 0, NULL,               \
			"remote|remotes",                                                          \
			"Primaries, in order; with any the zone is a secondary" },                 \
		{ "ddns-master", CONF_REF, CONF_INERT | CONF_EMPTY, 0, 0, NULL, "remote",          \
			"Where DDNS is forwarded. \"\": apply locally (needs dnssec-signing)" },   \
		{ "notify", CONF_REF, CONF_MULTI | CONF_INERT | (empty), 0, 0, NULL,               \
			"remote|remotes", "Targets of NOTIFY after a change, in order" },          \
		{ "notify-delay", CONF_TIME, CONF_INERT, 0, 4294967295LL, "0", NULL,               \
			"Seconds to wait before NOTIFY is sent, and between rounds of it" },       \
		{ "update-delay", CONF_TIME, CONF_INERT, 0, 4294967295LL, "0", NULL,               \
			"Seconds to wait with changes that come from NOTIFY, dynamic updates and " \
			"other zones" },                                                           \
		{ "acl", CONF_REF, CONF_MULTI | CONF_INERT, 0, 0, NULL, "acl",                     \
			"Who may do what with the zone: the first rule that matches decides, and " \
			"without any it's denied" },                                               \
		{ "master-pin-tolerance", CONF_TIME, CONF_INERT, 0, 4294967295LL, "0", NULL,       \
			"Seconds that another primary must be ahead before the zone leaves the "   \
			"one that it gets its changes from; 0: off" },                             \
		{ "provide-ixfr", CONF_BOOL, CONF_INERT, 0, 0, "on", NULL,                         \
			"Answer IXFR with changes; off: with the whole zone" },                    \
		{ "deleg-aware", CONF_OPT, CONF_RELOAD, 0, 0, "auto", "auto|off/false|on/true",    \
			"Answer with DELEG records. auto: if a DNSKEY at the apex has the ADT "    \
			"flag" },                                                                  \
		{ "semantic-checks", CONF_OPT, CONF_RELOAD, 0, 0, "off", "off/false|on/true|soft", \
			"on: more checks. soft: most failures of the checks that are always made " \
			"only warn" },                                                             \
		{ "default-ttl", CONF_TIME, CONF_RELOAD, 1, 2147483647, "3600", NULL,              \
			"TTL of records without one in zone files and zone-set" },                 \
		{ "zonefile-sync", CONF_TIME, 0, -1, 2147483647, "0", NULL,                        \
			"Seconds after which a change is written to the zone file; 0: at once, "   \
			"-1: never by itself" },                                                   \
		{ "zonefile-load", CONF_OPT, 0, 0, 0, "whole",                                     \
			"none|difference=1|difference-no-serial=3|whole=2",                        \
			"none: file never read. whole: file is the zone. difference: file is "     \
			"compared with the known contents and the difference applied. "            \
			"difference-no-serial: same, SOA serial of the file ignored and managed "  \
			"by the server" },                                                         \
		{ "zonefile-skip", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL,                         \
			"Types that are left out on reading and writing; dnssec stands for "       \
			"DNSKEY, RRSIG, NSEC, NSEC3, NSEC3PARAM, CDNSKEY and CDS" },               \
		{ "journal-content", CONF_OPT, CONF_RELOAD | CONF_INERT, 0, 0, "changes",          \
			"none|changes|all",                                                        \
			"none: no journal. changes: history. all: history and the whole zone. A "  \
			"change of the setting doesn't purge old data" },                          \
		{ "journal-max-usage", CONF_SIZE, CONF_INERT, 40960, 281474976710655LL, "100M",    \
			NULL,                                                                      \
			"Space of this zone in the journal; older changes are merged or dropped "  \
			"beyond it" },                                                             \
		{ "journal-max-depth", CONF_INT, CONF_INERT, 2, 281474976710655LL, "20", NULL,     \
			"Number of changesets kept (whole zone not counted)" },                    \
		{ "ixfr-benevolent", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,                     \
			"Apply IXFR also if it removes missing or adds existing records" },        \
		{ "ixfr-by-one", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,                         \
			"Apply the changesets of an IXFR one at a time (full history, more "       \
			"work)" },                                                                 \
		{ "ixfr-from-axfr", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,                      \
			"AXFR-style reply to an IXFR request: compute the difference and treat "   \
			"it as incremental" },                                                     \
		{ "zone-max-size", CONF_SIZE, CONF_RELOAD, 0, 281474976710655LL,                   \
			"281474976710655", NULL,                                                   \
			"Largest size of the zone in wire form (while a transfer with changes "    \
			"goes on: twice); 0: nothing fits" },                                      \
		{ "adjust-threads", CONF_INT, CONF_INERT, 1, 65535, "1", NULL,                     \
			"Threads for links within the zone, which don't exist here" },             \
		{ "external-validation", CONF_REF, CONF_RELOAD | CONF_INERT, 0, 0, NULL,           \
			"external|*",                                                              \
			"Hold each change (not control transactions) until confirmed or timed "    \
			"out" },                                                                   \
		{ "dnssec-signing", CONF_BOOL, CONF_RELOAD | CONF_INERT, 0, 0, "off", NULL,        \
			"Sign the zone automatically" },                                           \
		{ "dnssec-validation", CONF_BOOL, CONF_RELOAD | CONF_INERT, 0, 0, "off", NULL,     \
			"Validate the signatures of each new version, with signing-threads and "   \
			"rrsig-refresh of the policy" },                                           \
		{ "dnssec-policy", CONF_REF, CONF_RELOAD | CONF_INERT, 0, 0, NULL, "policy|*",     \
			"How the zone is signed (and in part validated). Default: a policy of "    \
			"default values" },                                                        \
		{ "dnssec-metadata-db", CONF_OPT, CONF_INERT, 0, 0, "kasp", "kasp|timer",          \
			"Where often-changing signing metadata is kept" },                         \
		{ "ds-push", CONF_REF, CONF_MULTI | CONF_RELOAD | CONF_INERT | (empty), 0, 0,      \
			NULL, "remote|remotes",                                                    \
			"Servers of the parent that DS records are sent to, instead of the "       \
			"policy's" },                                                              \
	{                                                                                          \
		"reverse-generate", CONF_NAME, CONF_MULTI | CONF_RELOAD | CONF_INERT, 0, 0, NULL,  \
			NULL,                                                                      \
			"Zones that PTR records are made from. Implies journal-content all and, "  \
			"in primaries, zonefile-load difference-no-serial, in secondaries "        \
			"ixfr-from-axfr"                                                           \
	}

#define CONF_ZONE_ITEMS_MORE                                                                       \
	{ "serial-policy", CONF_OPT, 0, 0, 0, "increment", "increment=1|unixtime=2|dateserial=3",  \
		"How the serial grows with changes that the server makes: by 1, to the current "   \
		"time, or to YYYYMMDDnn (UTC); by 1 where that isn't greater. Default of "         \
		"generated catalogs: unixtime" },                                                  \
		{ "serial-modulo", CONF_STR, CONF_INERT, 0, 0, "0/1", NULL,                        \
			"[R/M][+A|-A] with R < M <= 256, A <= 2000000000: new serials give R "     \
			"modulo M, A is added to what the policy gives. Only with dnssec-signing " \
			"and zonefile-load none or difference-no-serial" },                        \
		{ "zonemd-generate", CONF_OPT, CONF_RELOAD | CONF_INERT, 0, 0, "none",             \
			"none|zonemd-sha384|zonemd-sha512|remove=255",                             \
			"Maintain an apex ZONEMD of that hash; remove: delete ZONEMD records" },   \
		{ "zonemd-verify", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,                      \
			"Refuse versions of the zone without a valid ZONEMD" },                    \
		{ "refresh-jitter", CONF_PERCENT, CONF_INERT, 0, 4294967295LL, "0", NULL,          \
			"Seconds or part that the refresh timer is shortened by, at most" },       \
		{ "refresh-min-interval", CONF_TIME, CONF_INERT, 2, 4294967295LL, "2", NULL,       \
			"Lower bound for the refresh timer of the SOA" },                          \
		{ "refresh-max-interval", CONF_TIME, CONF_INERT, 2, 4294967295LL, "4294967295",    \
			NULL, "Upper bound for the refresh timer of the SOA" },                    \
		{ "retry-min-interval", CONF_TIME, CONF_INERT, 1, 4294967295LL, "1", NULL,         \
			"Lower bound for the retry timer of the SOA" },                            \
		{ "retry-max-interval", CONF_TIME, CONF_INERT, 1, 4294967295LL, "4294967295",      \
			NULL, "Upper bound for the retry timer of the SOA" },                      \
		{ "expire-min-interval", CONF_TIME, CONF_INERT, 3, 4294967295LL, "3", NULL,        \
			"Lower bound for the expire timer of the SOA (not for an EDNS EXPIRE "     \
			"value)" },                                                                \
		{ "expire-max-interval", CONF_TIME, CONF_INERT, 3, 4294967295LL, "4294967295",     \
			NULL, "Upper bound for the expire timer of the SOA" },                     \
		{ "catalog-role", CONF_OPT, CONF_RELOAD | CONF_INERT, 0, 0, "none",                \
			"none|interpret|generate|member",                                          \
			"interpret: members are configured from its contents. generate: contents " \
			"made from members; no zone file read. member: listed in catalog-zone" },  \
		{ "catalog-template", CONF_REF, CONF_MULTI | CONF_RELOAD | CONF_INERT, 0, 0, NULL, \
			"template",                                                                \
			"For members of an interpreted catalog; chosen by group, else the "        \
			"first" },                                                                 \
		{ "catalog-zone", CONF_NAME, CONF_RELOAD | CONF_INERT, 0, 0, NULL, NULL,           \
			"Generated catalog that this zone is a member of" },                       \
		{ "catalog-group", CONF_STR, CONF_RELOAD | CONF_INERT, 0, 0, NULL, NULL,           \
			"Group of the member in its catalog, at most 255 octets" },                \
		{ "module", CONF_MODREF, CONF_MULTI | CONF_RELOAD | CONF_EMPTY, 0, 0, NULL, NULL,  \
			"Query modules, in order; \"\" hides the template's" },                    \
		{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },

static const struct conf_item template_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "default is used by all zones without template" },
	{ "global-module", CONF_MODREF, CONF_MULTI | CONF_EMPTY, 0, 0, NULL, NULL,
		"Only in the template default. Applies to all queries" },
	CONF_ZONE_ITEMS(0), CONF_ZONE_ITEMS_MORE
};

static const struct conf_item zone_items[] = { { "domain", CONF_NAME, 0, 0, 0, NULL, NULL,
						       "Name of the zone" },
	{ "template", CONF_REF, CONF_RELOAD, 0, 0, NULL, "template",
		"Settings for what the zone doesn't set. Default: the template default, if there "
		"is one" },
	CONF_ZONE_ITEMS(CONF_EMPTY),
	{ "include-from", CONF_NAME, CONF_MULTI | CONF_RELOAD | CONF_INERT, 0, 0, NULL, NULL,
		"Zones below this one that are taken into it. Implies what reverse-generate does" },
	CONF_ZONE_ITEMS_MORE };

#define ITEMS(rows) rows, ARRAY_LEN(rows)
#define BLOCKS      true
#define ONE_SET     false
#define BUILT       false
#define INERT       true

const struct conf_section conf_sections[] = {
	{ "module", ITEMS(module_items), BLOCKS, INERT, "Modules to load. All are built in." },
	{ "server", ITEMS(server_items), ONE_SET, BUILT, "The server as a whole." },
	{ "xdp", ITEMS(xdp_items), ONE_SET, INERT,
		"Answering by AF_XDP, past the system's network stack." },
	{ "control", ITEMS(control_items), ONE_SET, BUILT, "The sockets that knotc talks to." },
	{ "log", ITEMS(log_items), BLOCKS, BUILT,
		"Where messages go; without this section warnings and worse to syslog and stderr, "
		"notices and information to stdout." },
	{ "statistics", ITEMS(statistics_items), ONE_SET, BUILT,
		"Counters written to a file from time to time." },
	{ "database", ITEMS(database_items), ONE_SET, BUILT,
		"Databases on disk. Sizes are limits of what they may grow to." },
	{ "keystore", ITEMS(keystore_items), BLOCKS, INERT, "Where private keys are kept." },
	{ "key", ITEMS(key_items), BLOCKS, INERT, "TSIG keys." },
	{ "remote", ITEMS(remote_items), BLOCKS, INERT,
		"Other servers: primaries, secondaries, servers of parents." },
	{ "remotes", ITEMS(remotes_items), BLOCKS, INERT, "Groups of remotes." },
	{ "acl", ITEMS(acl_items), BLOCKS, INERT, "Rules for who may transfer, notify, update." },
	{ "submission", ITEMS(submission_items), BLOCKS, INERT,
		"How the parent's DS is awaited in a rollover of KSKs." },
	{ "dnskey-sync", ITEMS(dnskey_sync_items), BLOCKS, INERT,
		"Exchange of keys between signers of one zone." },
	{ "policy", ITEMS(policy_items), BLOCKS, INERT, "How zones are signed." },
	{ "external", ITEMS(external_items), BLOCKS, INERT,
		"Validation of new versions of zones by other programs." },
	{ "mod-alias", ITEMS(mod_alias_items), BLOCKS, INERT,
		"Addresses of another name at the apex." },
	{ "mod-authsignal", ITEMS(mod_authsignal_items), BLOCKS, INERT,
		"Records that signal delegations to be secured." },
	{ "mod-cookies", ITEMS(mod_cookies_items), BLOCKS, INERT, "DNS cookies." },
	{ "mod-dnserr", ITEMS(mod_dnserr_items), BLOCKS, INERT, "Error reporting." },
	{ "mod-dnsproxy", ITEMS(mod_dnsproxy_items), BLOCKS, INERT,
		"Queries passed on to another server." },
	{ "mod-dnstap", ITEMS(mod_dnstap_items), BLOCKS, INERT,
		"Queries and responses written as dnstap." },
	{ "mod-geoip", ITEMS(mod_geoip_items), BLOCKS, INERT, "Answers by the client's place." },
	{ "mod-noudp", ITEMS(mod_noudp_items), BLOCKS, INERT, "Truncated answers over UDP." },
	{ "mod-onlinesign", ITEMS(mod_onlinesign_items), BLOCKS, INERT,
		"Signing as answers are made." },
	{ "mod-probe", ITEMS(mod_probe_items), BLOCKS, INERT, "Samples of traffic for probes." },
	{ "mod-queryacl", ITEMS(mod_queryacl_items), BLOCKS, INERT, "Who may query." },
	{ "mod-rrl", ITEMS(mod_rrl_items), BLOCKS, INERT, "Limits for the rate of responses." },
	{ "mod-stats", ITEMS(mod_stats_items), BLOCKS, BUILT,
		"Counters of queries and responses." },
	{ "mod-synthrecord", ITEMS(mod_synthrecord_items), BLOCKS, INERT,
		"Records made of addresses." },
	{ "mod-whoami", ITEMS(mod_whoami_items), BLOCKS, BUILT, "The client's address as answer." },
	{ "template", ITEMS(template_items), BLOCKS, BUILT,
		"Options for many zones. The template default is for all zones that don't name "
		"one; templates don't build upon each other." },
	{ "zone", ITEMS(zone_items), BLOCKS, BUILT,
		"Zones. What a zone doesn't set comes from its template, or else is the default." },
};
const size_t conf_section_count = ARRAY_LEN(conf_sections);
const struct conf_section *const conf_section_template =
	&conf_sections[ARRAY_LEN(conf_sections) - 2];
const struct conf_section *const conf_section_zone = &conf_sections[ARRAY_LEN(conf_sections) - 1];

/* Looked up for every line and option: the first octet rules nearly all others out without a call. */
static bool is_named(const char *name, struct span wanted)
{
	return wanted.len > 0 && (uint8_t)name[0] == wanted.data[0] && strlen(name) == wanted.len &&
	       memcmp(name, wanted.data, wanted.len) == 0;
}

const struct conf_section *conf_section_find(struct span name)
{
	for (size_t i = 0; i < conf_section_count; i++) {
		if (is_named(conf_sections[i].name, name))
			return &conf_sections[i];
	}
	return NULL;
}

const struct conf_item *conf_item_find(const struct conf_section *section, struct span name)
{
	for (size_t i = 0; i < section->count; i++) {
		if (is_named(section->items[i].name, name))
			return &section->items[i];
	}
	return NULL;
}
