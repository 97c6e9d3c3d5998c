/* conf/schema: the table. A new option is a row; its reference text comes from here too. */
#include "conf/schema.h"
#include "config.h"

static const struct conf_item module_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Name of the module, beginning with mod-" },
	{ "file", CONF_STR, CONF_INERT, 0, 0, NULL, NULL,
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
		"Privileges dropped after binding. Without group: the current gid is kept (not the "
		"user's group). Unknown: invalid user name 'U' / invalid group name 'G', start "
		"fails." },
	{ "pidfile", CONF_PATH, CONF_RESTART, 0, 0, "knot.pid", NULL, "Relative to rundir." },
	{ "udp-workers", CONF_INT, CONF_RESTART, 1, 256, NULL, NULL,
		"Threads that answer over UDP. Default: online CPUs, at least 2" },
	{ "tcp-workers", CONF_INT, CONF_RESTART, 1, 256, NULL, NULL,
		"Threads that answer over TCP and TLS. Default: online CPUs, at least 10" },
	{ "background-workers", CONF_INT, CONF_RESTART, 1, 512, NULL, NULL,
		"Threads for zone events. Default: online CPUs, at least 2, at most 10" },
	{ "async-start", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Answer (SERVFAIL for not yet loaded zones) before all zones are loaded" },
	{ "tcp-idle-timeout", CONF_TIME, 0, 1, 2147483647, "10", NULL,
		"Inbound TCP/TLS connection without traffic is closed" },
	{ "tcp-io-timeout", CONF_INT, 0, 0, 2147483647, "500", NULL,
		"Milliseconds to receive or send one message on an inbound connection (also "
		"outgoing transfers); 0 = no limit" },
	{ "tcp-remote-io-timeout", CONF_INT, CONF_INERT, 0, 2147483647, "5000", NULL,
		"Milliseconds, the same for established outbound connections (refresh, transfer "
		"in, NOTIFY, DDNS forward, DS check/push; TCP, TLS, QUIC); 0 = no limit" },
	{ "tcp-max-clients", CONF_INT, 0, 0, 2147483647, NULL, NULL,
		"Divided by tcp-workers (at least 1 per worker). Default: half of the open files "
		"limit at start" },
	{ "tcp-reuseport", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL,
		"Own TCP socket per worker (SO_REUSEPORT); not for UNIX sockets." },
	{ "quic-max-clients", CONF_INT, CONF_RESTART | CONF_INERT, 128, 2147483647, "10000", NULL,
		"Divided by udp-workers." },
	{ "quic-outbuf-max-size", CONF_SIZE, CONF_RESTART | CONF_INERT, 1048576, 281474976710655LL,
		"100M", NULL, "Unacknowledged sent data, per UDP worker." },
	{ "quic-idle-close-timeout", CONF_TIME, CONF_RESTART | CONF_INERT, 1, 2147483647, "4", NULL,
		"" },
	{ "remote-pool-limit", CONF_INT, CONF_RESTART | CONF_INERT, 0, 2147483647, "0", NULL,
		"Outbound TCP connections kept open; 0 = none" },
	{ "remote-pool-timeout", CONF_TIME, CONF_INERT, 1, 2147483647, "5", NULL,
		"Idle time of pooled connections" },
	{ "remote-retry-delay", CONF_INT, CONF_INERT, 0, 2147483647, "0", NULL,
		"Milliseconds that a remote address counts as unreachable after a connect "
		"timeout" },
	{ "socket-affinity", CONF_BOOL, CONF_RESTART, 0, 0, "off", NULL,
		"Bind sockets to workers/CPUs (needs SO_REUSEPORT, Linux)." },
	{ "udp-max-payload", CONF_SIZE, 0, 1220, 4096, "1232", NULL,
		"EDNS UDP size for both families" },
	{ "udp-max-payload-ipv4", CONF_SIZE, 0, 1220, 4096, NULL, NULL,
		"Wins over udp-max-payload, which is the default" },
	{ "udp-max-payload-ipv6", CONF_SIZE, 0, 1220, 4096, NULL, NULL,
		"Wins over udp-max-payload, which is the default" },
	{ "cert-file", CONF_PATH, CONF_INERT, 0, 0, NULL, NULL,
		"PEM. Relative to the configuration directory. Re-read on reload" },
	{ "key-file", CONF_PATH, CONF_INERT, 0, 0, NULL, NULL, "As cert-file; both or none" },
	{ "ca-file", CONF_STR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"For cert-hostname checks. Used as given (relative to the working directory)" },
	{ "edns-client-subnet", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Process and return EDNS Client Subnet" },
	{ "answer-rotation", CONF_BOOL, 0, 0, 0, "off", NULL, "Rotate answer RRsets by query ID" },
	{ "automatic-acl", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,
		"Activates remote.automatic-acl" },
	{ "proxy-allowlist", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL,
		"Senders allowed to use PROXY v2 over UDP" },
	{ "dbus-event", CONF_OPT, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, "none",
		"none|running=1|zone-updated=2|external-verify=4|keys-updated=32|"
		"ksk-submission=8|dnssec-invalid=16",
		"Signals on the system bus, which is opened at start only" },
	{ "dbus-init-delay", CONF_TIME, CONF_RESTART | CONF_INERT, 0, 2147483647, "1", NULL,
		"Sleep after opening the bus at start." },
	{ "listen", CONF_ADDR, CONF_MULTI | CONF_RESTART, 0, 0, NULL, NULL,
		"Port 53 (0: invalid port). UDP and TCP. Relative path: rundir." },
	{ "listen-quic", CONF_ADDR, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, NULL, NULL,
		"Port 853." },
	{ "listen-tls", CONF_ADDR, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, NULL, NULL,
		"Port 853." },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "tcp-fastopen", CONF_BOOL, CONF_OBSOLETE, 0, 0, NULL, NULL,
		"Obsolete: accepted, noticed in the log" },
};

static const struct conf_item xdp_items[] = {
	{ "listen", CONF_ADDR, CONF_MULTI | CONF_RESTART | CONF_INERT, 0, 0, NULL, NULL,
		"Port 53. An IP stands for its device (all addresses of it). One entry per device. "
		"Threads = number of device queues." },
	{ "udp", CONF_BOOL, CONF_RESTART | CONF_INERT, 0, 0, "on", NULL, "" },
	{ "tcp", CONF_BOOL, CONF_RESTART | CONF_INERT, 0, 0, "off", NULL, "" },
	{ "quic", CONF_BOOL, CONF_RESTART | CONF_INERT, 0, 0, "off", NULL,
		"On the same devices, port quic-port." },
	{ "quic-port", CONF_INT, CONF_RESTART | CONF_INERT, 1, 65535, "853", NULL, "" },
	{ "tcp-max-clients", CONF_INT, CONF_INERT, 1024, 2147483647, "1000000", NULL,
		"Divided by XDP threads" },
	{ "tcp-inbuf-max-size", CONF_SIZE, CONF_INERT, 1048576, 281474976710655LL, "100M", NULL,
		"Memory for incompletely received messages" },
	{ "tcp-outbuf-max-size", CONF_SIZE, CONF_INERT, 1048576, 281474976710655LL, "100M", NULL,
		"Memory for unacknowledged sent data" },
	{ "tcp-idle-close-timeout", CONF_TIME, CONF_INERT, 1, 2147483647, "10", NULL,
		"Graceful close" },
	{ "tcp-idle-reset-timeout", CONF_TIME, CONF_INERT, 1, 2147483647, "20", NULL,
		"Forced close" },
	{ "tcp-resend-timeout", CONF_TIME, CONF_INERT, 1, 2147483647, "5", NULL,
		"Retransmit unacknowledged response data" },
	{ "route-check", CONF_BOOL, CONF_RESTART | CONF_INERT, 0, 0, "off", NULL,
		"Consult OS routing per packet; asymmetric -> normal workers; "
		"unreachable/blackhole -> drop. Off = reply to the source MAC and VLAN." },
	{ "zero-copy", CONF_BOOL, CONF_RESTART | CONF_INERT, 0, 0, "on", NULL,
		"Off = force copy mode." },
	{ "ring-size", CONF_INT, CONF_RESTART | CONF_INERT, 4, 32768, "2048", NULL,
		"RX/FQ/TX/CQ rings." },
	{ "busypoll-budget", CONF_INT, CONF_RESTART | CONF_INERT, 0, 65535, "0", NULL,
		"0 = no preferred busy polling." },
	{ "busypoll-timeout", CONF_INT, CONF_RESTART | CONF_INERT, 1, 65535, "20", NULL, "" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item control_items[] = {
	{ "listen", CONF_PATH, CONF_MULTI | CONF_RESTART, 0, 0, "knot.sock", NULL,
		"At most 4. Relative to rundir. A configuration transaction stays on one socket." },
	{ "backlog", CONF_INT, CONF_RESTART, 0, 65535, "5", NULL, "" },
	{ "timeout", CONF_TIME, 0, 0, 2147483, "5", NULL, "Limit of a socket operation; 0 = none" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item log_items[] = {
	{ "target", CONF_STR, 0, 0, 0, NULL, NULL,
		"Identifier. File: appended, unbuffered, relative to the working directory, owner "
		"changed to user. Cannot open: error failed to open log, file 'F' (...), others "
		"continue" },
	{ "server", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Least severity for general messages" },
	{ "control", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255", "Control messages" },
	{ "zone", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255", "Zone messages" },
	{ "quic", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255", "QUIC messages" },
	{ "any", CONF_OPT, 0, 0, 0, NULL,
		"critical=7|error=15|warning=31|notice=63|info=127|debug=255",
		"Added to server, control and zone; not to quic" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item statistics_items[] = {
	{ "timer", CONF_TIME, 0, 1, 4294967295LL, NULL, NULL, "Period of the dump" },
	{ "file", CONF_PATH, 0, 0, 0, "stats.yaml", NULL,
		"Relative to rundir. Written to a temporary file (0640) and renamed" },
	{ "append", CONF_BOOL, 0, 0, 0, "off", NULL, "Append instead (one --- document per dump)" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item database_items[] = {
	{ "storage", CONF_PATH, 0, 0, 0, BOWLINE_STORAGE_DIR, NULL,
		"Base of the databases. Relative to the working directory" },
	{ "journal-db", CONF_PATH, CONF_INERT, 0, 0, "journal", NULL, "Relative to storage." },
	{ "journal-db-mode", CONF_OPT, CONF_INERT, 0, 0, "robust", "robust|asynchronous",
		"asynchronous: less syncing, may lose recent data on a crash." },
	{ "journal-db-max-size", CONF_SIZE, CONF_INERT, 1048576, 109951162777600LL, "20G", NULL,
		"Hard limit; no clean-up at the limit. Lowering below the file size has no "
		"effect." },
	{ "kasp-db", CONF_PATH, CONF_INERT, 0, 0, "keys", NULL,
		"Relative to storage. Also home of quic_key.pem." },
	{ "kasp-db-max-size", CONF_SIZE, CONF_INERT, 5242880, 107374182400LL, "10G", NULL, "" },
	{ "timer-db", CONF_PATH, CONF_INERT, 0, 0, "timers", NULL, "Relative to storage" },
	{ "timer-db-max-size", CONF_SIZE, CONF_INERT, 1048576, 107374182400LL, "5G", NULL,
		"Hard limit" },
	{ "timer-db-sync", CONF_OPTINT, CONF_INERT, 1, 4294967295LL, "shutdown",
		"never=-1|shutdown=-2|immediate=0",
		"When zone timers are written. A period also writes at shutdown" },
	{ "catalog-db", CONF_PATH, CONF_RESTART | CONF_INERT, 0, 0, "catalog", NULL,
		"Relative to storage." },
	{ "catalog-db-max-size", CONF_SIZE, CONF_RESTART | CONF_INERT, 5242880, 107374182400LL,
		"20G", NULL, "" },
	{ "zone-db-listen", CONF_ADDR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Redis/Valkey servers, tried in order. Port 6379 (also for an IP with port 0); a "
		"host with port 0 or a bad port, or an empty value: invalid value. Without "
		"support: zone database backend is not available. Event listening starts only if "
		"set at daemon start" },
	{ "zone-db-tls", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL, "TLS" },
	{ "zone-db-cert-key", CONF_B64, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Up to 4. Only with TLS" },
	{ "zone-db-cert-hostname", CONF_STR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Up to 4. Only with TLS; needs server.ca-file" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item keystore_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "backend", CONF_OPT, 0, 0, 0, "pem", "pem=1|pkcs11=2", "PEM files or PKCS #11 token" },
	{ "config", CONF_STR, 0, 0, 0, "keys", NULL, "Directory relative to kasp-db" },
	{ "ksk-only", CONF_BOOL, 0, 0, 0, "off", NULL,
		"New ZSKs go to the next keystore without this flag" },
	{ "key-label", CONF_BOOL, 0, 0, 0, "off", NULL,
		"Only pkcs11: label new keys <zone> KSK / <zone> ZSK" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item key_items[] = {
	{ "id", CONF_NAME, 0, 0, 0, NULL, NULL, "TSIG key name" },
	{ "algorithm", CONF_OPT, 0, 0, 0, "hmac-sha256",
		"hmac-md5=1|hmac-sha1=2|hmac-sha224=3|hmac-sha256=4|hmac-sha384=5|"
		"hmac-sha512=6",
		"" },
	{ "secret", CONF_B64, CONF_REQUIRED, 0, 0, NULL, NULL, "Base64" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item remote_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "address", CONF_ADDR, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, NULL,
		"Tried in order until one is reached; a refusal of the action ends the attempts. "
		"Port 53, with quic or tls 853" },
	{ "via", CONF_ADDR, CONF_MULTI, 0, 0, NULL, NULL,
		"Source address: the k-th address of a family uses the k-th via of that family, or "
		"the last one if there are fewer; no via of the family: chosen by the OS. No port "
		"= any" },
	{ "quic", CONF_BOOL, 0, 0, 0, "off", NULL,
		"DoQ for outbound; as ACL: the request must come by QUIC" },
	{ "tls", CONF_BOOL, 0, 0, 0, "off", NULL, "DoT likewise. Not both" },
	{ "key", CONF_REF, 0, 0, 0, NULL, "key",
		"TSIG for outbound requests, and required from the peer when used in ACL" },
	{ "cert-key", CONF_B64, CONF_MULTI, 0, 0, NULL, NULL,
		"At most 4. Peer certificate required, key must match one" },
	{ "cert-hostname", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL,
		"At most 4. Peer certificate must validate (ca-file) for one (SAN only)" },
	{ "block-notify-after-transfer", CONF_BOOL, 0, 0, 0, "off", NULL,
		"After a transfer from this remote no NOTIFY is sent" },
	{ "no-edns", CONF_BOOL, 0, 0, 0, "off", NULL,
		"No OPT in requests; SOA query and transfer on separate connections; no EXPIRE "
		"option" },
	{ "automatic-acl", CONF_BOOL, 0, 0, 0, "on", NULL,
		"Needs server.automatic-acl: NOTIFY allowed from a zone's master, transfer and "
		"signed query from a zone's notify remotes" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item remotes_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL,
		"Shares the name space with remote where both may be referenced" },
	{ "remote", CONF_REF, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, "remote", "" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item acl_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "address", CONF_NET, CONF_MULTI, 0, 0, NULL, NULL, "Any one must match" },
	{ "key", CONF_REF, CONF_MULTI, 0, 0, NULL, "key", "Name and algorithm must match one" },
	{ "remote", CONF_REF, CONF_MULTI, 0, 0, NULL, "remote|remotes",
		"Takes address (exact, port ignored), key, cert-key, cert-hostname and protocol of "
		"the remotes; any one must match" },
	{ "action", CONF_OPT, CONF_MULTI, 0, 0, NULL, "query|notify|transfer|update",
		"What the rule is for" },
	{ "protocol", CONF_OPT, CONF_MULTI, 0, 0, NULL, "udp=1|tcp=2|tls=4|quic=8",
		"Any one must match" },
	{ "deny", CONF_BOOL, 0, 0, 0, "off", NULL, "Match = deny" },
	{ "update-type", CONF_RRTYPE, CONF_MULTI, 0, 0, NULL, NULL,
		"Every RR of the update section must have a listed type (deletions of all types "
		"have type ANY)" },
	{ "update-owner", CONF_OPT, 0, 0, 0, NULL, "key=1|zone=2|name=3",
		"Reference name for owners: TSIG key name, zone name, update-owner-name" },
	{ "update-owner-match", CONF_OPT, 0, 0, 0, "sub-or-equal", "sub-or-equal|equal|sub|pattern",
		"Relation of each owner to a reference name. pattern: same number of labels, a "
		"label * matches any one label" },
	{ "update-owner-name", CONF_RELNAME, CONF_MULTI, 0, 0, NULL, NULL,
		"Relative names are completed with the zone name. Empty list with update-owner: "
		"name = any" },
	{ "cert-key", CONF_B64, CONF_MULTI, 0, 0, NULL, NULL,
		"Request must come by TLS/QUIC with a matching client certificate key" },
	{ "cert-hostname", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL,
		"Request must come by TLS/QUIC with a client certificate valid for one" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item submission_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "parent", CONF_REF, CONF_MULTI, 0, 0, NULL, "remote|remotes",
		"All must show the DS. None = manual confirmation" },
	{ "check-interval", CONF_TIME, 0, 1, 4294967295LL, "1h", NULL,
		"Period of parent DS checks" },
	{ "timeout", CONF_TIME, 0, 0, 4294967295LL, "0", NULL,
		"After it the submission counts as successful; 0 = never" },
	{ "parent-delay", CONF_TIME, 0, 0, 4294967295LL, "0", NULL,
		"Wait after a positive parent check (not after timeout or manual confirmation)" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item dnskey_sync_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "remote", CONF_REF, CONF_MULTI | CONF_REQUIRED, 0, 0, NULL, "remote|remotes",
		"DDNS targets for DNSKEY/CDNSKEY/CDS" },
	{ "check-interval", CONF_TIME, 0, 1, 4294967295LL, "60", NULL,
		"Re-check after a failure or a change" },
};

static const struct conf_item policy_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "Shared KSKs are bound to it" },
	{ "keystore", CONF_REF, CONF_MULTI | CONF_RELOAD, 0, 0, NULL, "keystore|*",
		"All are searched; new keys into the first suitable" },
	{ "manual", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL, "No automatic key management" },
	{ "single-type-signing", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL, "CSK" },
	{ "algorithm", CONF_OPT, CONF_RELOAD, 0, 0, "ecdsap256sha256",
		"rsasha1=5|rsasha1-nsec3-sha1=7|rsasha256=8|rsasha512=10|ecdsap256sha256=13|"
		"ecdsap384sha384=14|ed25519=15|ed448=16",
		"Of new keys and signatures; a change starts an algorithm rollover" },
	{ "ksk-size", CONF_SIZE, CONF_RELOAD, 0, 65535, NULL, NULL,
		"Bits. RSA 1024-4096 (default 2048); others fixed by the algorithm" },
	{ "zsk-size", CONF_SIZE, CONF_RELOAD, 0, 65535, NULL, NULL, "Bits. Default: as ksk-size" },
	{ "ksk-shared", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"Zones of the policy share KSKs" },
	{ "dnskey-ttl", CONF_TIME, CONF_RELOAD, 0, 2147483647, NULL, NULL,
		"TTL of the DNSKEY RRset" },
	{ "zone-max-ttl", CONF_TIME, CONF_RELOAD, 0, 2147483647, NULL, NULL,
		"Needed for offline KSK" },
	{ "keytag-modulo", CONF_STR, 0, 0, 0, "0/1", NULL, "New keys only: tag mod M = R" },
	{ "dnssec-jitter", CONF_PERCENT, 0, 0, 4294967295LL, "0", NULL,
		"Added to rrsig-refresh, subtracted from zsk-lifetime" },
	{ "ksk-lifetime", CONF_TIME, CONF_RELOAD, 0, 4294967295LL, "0", NULL,
		"From generation to the next rollover; also CSK" },
	{ "zsk-lifetime", CONF_TIME, CONF_RELOAD, 0, 4294967295LL, "30d", NULL,
		"From activation to the next rollover; 0 = infinite" },
	{ "deleg-adt", CONF_BOOL, 0, 0, 0, "off", NULL, "ADT flag in new keys" },
	{ "delete-delay", CONF_TIME, 0, 0, 4294967295LL, "0", NULL,
		"Removed keys stay in KASP this long" },
	{ "trash-delay", CONF_TIME, 0, 0, 4294967295LL, NULL, NULL, "0 = no trash bin" },
	{ "propagation-delay", CONF_TIME, CONF_RELOAD, 0, 2147483647, "1h", NULL,
		"Extra time in each rollover step until all secondaries and caches have a change" },
	{ "rrsig-lifetime", CONF_TIME, CONF_RELOAD, 1, 2147483647, "14d", NULL,
		"Inception is 90 min in the past, not counted" },
	{ "rrsig-refresh", CONF_TIME, CONF_RELOAD, 1, 2147483647, NULL, NULL,
		"Signatures are renewed at least this long before expiration" },
	{ "rrsig-pre-refresh", CONF_TIME, CONF_RELOAD, 0, 2147483647, NULL, NULL,
		"... and up to this long earlier, to renew in batches" },
	{ "reproducible-signing", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"Deterministic ECDSA" },
	{ "nsec3", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL, "NSEC3 instead of NSEC" },
	{ "nsec3-iterations", CONF_INT, CONF_RELOAD, 0, 65535, "0", NULL,
		"Additional hash iterations" },
	{ "nsec3-opt-out", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"No NSEC3 for insecure delegations, opt-out flag set" },
	{ "nsec3-salt-length", CONF_INT, CONF_RELOAD, 0, 255, "0", NULL, "Octets" },
	{ "nsec3-salt-lifetime", CONF_TIME, CONF_RELOAD, -1, 4294967295LL, "30d", NULL,
		"0 = forever; -1 = re-salt with each ZSK change" },
	{ "signing-threads", CONF_INT, 0, 1, 65535, "1", NULL, "Also for validation" },
	{ "ksk-submission", CONF_REF, CONF_RELOAD, 0, 0, NULL, "submission",
		"How the parent DS is awaited" },
	{ "ds-push", CONF_REF, CONF_MULTI | CONF_RELOAD, 0, 0, NULL, "remote|remotes",
		"Parent's servers for DS by DDNS" },
	{ "dnskey-sync", CONF_REF, CONF_RELOAD, 0, 0, NULL, "dnskey-sync",
		"Multi-signer DNSKEY exchange by DDNS" },
	{ "cds-cdnskey-publish", CONF_OPT, CONF_RELOAD, 0, 0, "rollover",
		"none|delete-dnssec|rollover|always|double-ds",
		"none: never. delete-dnssec: the \"delete\" records. rollover: only for a KSK "
		"waiting for submission. always: for the current KSK. double-ds: for up to two "
		"KSKs (ready, active)" },
	{ "cds-digest-type", CONF_OPT, CONF_RELOAD, 0, 0, "sha256", "sha256=2|sha384=4",
		"Of CDS records" },
	{ "dnskey-management", CONF_OPT, CONF_RELOAD, 0, 0, "full", "full|incremental",
		"full: foreign DNSKEY/CDNSKEY/CDS at the apex are deleted. incremental: kept, only "
		"own ones are maintained" },
	{ "offline-ksk", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,
		"DNSKEY signatures come from imported SKR" },
	{ "unsafe-operation", CONF_OPT, CONF_MULTI, 0, 0, "none",
		"none|no-check-keyset=1|no-update-dnskey=2|no-update-nsec=4|no-update-expired=8",
		"Values combine. no-check-keyset: don't require active keys per algorithm. "
		"no-update-dnskey: leave DNSKEY/CDNSKEY/CDS alone. no-update-nsec: leave the "
		"NSEC/NSEC3 chain alone. no-update-expired: leave expired RRSIGs" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item external_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "timeout", CONF_TIME, 0, 0, 4294967295LL, "300", NULL, "Not confirmed in time = failed" },
	{ "dump-new-zone", CONF_PATH, 0, 0, 0, NULL, NULL, "Whole new zone" },
	{ "dump-removals", CONF_PATH, 0, 0, 0, NULL, NULL, "First line ;; Removed records" },
	{ "dump-additions", CONF_PATH, 0, 0, 0, NULL, NULL,
		"First line ;; Added records. Same file as dump-removals: appended to it" },
};

static const struct conf_item mod_alias_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_authsignal_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_cookies_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "secret-lifetime", CONF_TIME, CONF_INERT, 1, 3110400, "26h", NULL,
		"Ignored with secret" },
	{ "badcookie-slip", CONF_INT, CONF_INERT, 1, 2147483647, "1", NULL,
		"Reply to every N-th bad cookie over UDP" },
	{ "secret", CONF_HEX, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"16 octets. At most 2: both verify, the first makes new cookies" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_dnserr_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "report-channel", CONF_NAME, CONF_INERT, 0, 0, NULL, NULL,
		"Not the root. Required unless agent" },
	{ "agent", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,
		"Agent mode; report-channel ignored. The zone name is the agent domain" },
	{ "cache-size", CONF_INT, CONF_INERT, 1, 2147483647, "1000", NULL,
		"Agent: slots for de-duplication" },
	{ "cache-lifetime", CONF_TIME, CONF_INERT, 1, 3110400, "10", NULL,
		"Agent: lifetime of the whole cache; also the TTL of the answer" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_dnsproxy_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "remote", CONF_REF, CONF_REQUIRED | CONF_INERT, 0, 0, NULL, "remote",
		"Only its address and via are used (not key, tls, quic); port 53" },
	{ "timeout", CONF_INT, CONF_INERT, 0, 2147483647, "500", NULL,
		"Per address. 0 = doesn't wait" },
	{ "address", CONF_NET, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Only clients from here" },
	{ "fallback", CONF_BOOL, CONF_INERT, 0, 0, "on", NULL,
		"on: only what was not satisfied locally; off: everything" },
	{ "tcp-fastopen", CONF_BOOL, CONF_OBSOLETE, 0, 0, NULL, NULL,
		"Obsolete: accepted, noticed in the log" },
	{ "catch-nxdomain", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,
		"With fallback: also on NXDOMAIN" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_dnstap_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "sink", CONF_STR, CONF_REQUIRED | CONF_INERT, 0, 0, NULL, NULL,
		"File name, unix:PATH or tcp:ADDRESS@PORT. A file (relative: working directory) is "
		"overwritten at each start or reload" },
	{ "identity", CONF_STR, CONF_INERT, 0, 0, NULL, NULL, "Empty = field absent" },
	{ "version", CONF_STR, CONF_INERT, 0, 0, NULL, NULL, "Empty = field absent" },
	{ "log-queries", CONF_BOOL, CONF_INERT, 0, 0, "on", NULL, "" },
	{ "log-responses", CONF_BOOL, CONF_INERT, 0, 0, "on", NULL, "" },
	{ "responses-with-queries", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL,
		"query_message also in response records" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_geoip_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "config-file", CONF_PATH, CONF_REQUIRED | CONF_INERT, 0, 0, NULL, NULL,
		"Relative to the working directory. Parsed at the configuration check too; errors "
		"there fail the check" },
	{ "ttl", CONF_TIME, CONF_INERT, 0, 4294967295LL, "60", NULL, "" },
	{ "mode", CONF_OPT, CONF_INERT, 0, 0, "subnet", "subnet|geodb|weighted",
		"geodb isn't available in this build" },
	{ "dnssec", CONF_BOOL, CONF_INERT, 0, 0, NULL, NULL,
		"Pre-sign the RRsets at load with the zone's KASP keys; off: never sign" },
	{ "policy", CONF_REF, CONF_INERT, 0, 0, NULL, "policy",
		"Policy when the zone isn't signed by the server (with dnssec-signing the zone's "
		"policy is used). default isn't accepted" },
	{ "geodb-file", CONF_PATH, CONF_INERT, 0, 0, NULL, NULL, "Required in mode geodb" },
	{ "geodb-key", CONF_STR, CONF_MULTI | CONF_INERT, 0, 0, "country/iso_code", NULL,
		"At most 8: [(id)]PATH, PATH = keys joined by /. Plain: a string; (id): a 32-bit "
		"number" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_noudp_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "udp-allow-rate", CONF_INT, CONF_INERT, 0, 4294967295LL, NULL, NULL,
		"Every N-th UDP request is answered normally; 0 = none" },
	{ "udp-truncate-rate", CONF_INT, CONF_INERT, 1, 4294967295LL, NULL, NULL,
		"Every N-th UDP request is truncated. Not together with udp-allow-rate" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_onlinesign_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "policy", CONF_REF, CONF_INERT, 0, 0, NULL, "policy|*",
		"single-type-signing counts as on if not set explicitly" },
	{ "nsec-bitmap", CONF_STR, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Types added to NSEC bitmaps" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_probe_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "path", CONF_PATH, CONF_INERT, 0, 0, NULL, NULL, "Relative to the working directory" },
	{ "channels", CONF_INT, CONF_INERT, 1, 65535, "1", NULL,
		"Sockets probe01.sock, probe02.sock, ... (at least two digits)" },
	{ "max-rate", CONF_INT, CONF_INERT, 0, 4294967295LL, "100000", NULL,
		"Records per second over all channels; 0 = no limit" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_queryacl_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "address", CONF_NET, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL, "Client (after PROXY)" },
	{ "interface", CONF_NET, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL,
		"Local address of the request; wildcard addresses don't work here" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_rrl_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "instant-limit", CONF_INT, CONF_INERT, 1, 5592404, "125", NULL, "Burst of one address" },
	{ "rate-limit", CONF_INT, CONF_INERT, 0, 5592404000LL, "50", NULL,
		"Per second and address; 0 = off. At most 1000 times instant-limit" },
	{ "time-instant-limit", CONF_INT, CONF_INERT, 1, 1000000, "5000", NULL, "" },
	{ "time-rate-limit", CONF_INT, CONF_INERT, 0, 1000000000, "5000", NULL,
		"Microseconds per second; 0 = off. At most 1000 times time-instant-limit" },
	{ "slip", CONF_INT, CONF_INERT, 0, 100, "1", NULL,
		"0: drop all limited; 1: truncate all; N: truncate each with probability 1/N, drop "
		"the others" },
	{ "table-size", CONF_INT, CONF_INERT, 1, 2147483647, "524288", NULL,
		"Rounded up to a power of 2; about 8 octets each, per table" },
	{ "whitelist", CONF_NET, CONF_MULTI | CONF_INERT, 0, 0, NULL, NULL, "Exempt clients" },
	{ "log-period", CONF_INT, CONF_INERT, 0, 2147483647, "30000", NULL,
		"Least distance of log lines, per table; 0 = no logging" },
	{ "dry-run", CONF_BOOL, CONF_INERT, 0, 0, "off", NULL, "Count and log only" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_stats_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "request-protocol", CONF_BOOL, 0, 0, 0, "on", NULL, "" },
	{ "server-operation", CONF_BOOL, 0, 0, 0, "on", NULL, "" },
	{ "request-bytes", CONF_BOOL, 0, 0, 0, "on", NULL, "" },
	{ "response-bytes", CONF_BOOL, 0, 0, 0, "on", NULL, "" },
	{ "edns-presence", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "flag-presence", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "response-code", CONF_BOOL, 0, 0, 0, "on", NULL, "" },
	{ "request-edns-option", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "response-edns-option", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "reply-nodata", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "query-type", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "query-size", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "reply-size", CONF_BOOL, 0, 0, 0, "off", NULL, "" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_synthrecord_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "type", CONF_OPT, CONF_REQUIRED | CONF_INERT, 0, 0, NULL, "forward=1|reverse=2",
		"Direction" },
	{ "prefix", CONF_STR, CONF_INERT, 0, 0, NULL, NULL, "Must be lower-case to match" },
	{ "origin", CONF_NAME, CONF_INERT, 0, 0, NULL, NULL,
		"Zone of the forward names; reverse only" },
	{ "ttl", CONF_TIME, CONF_INERT, 0, 4294967295LL, "3600", NULL, "" },
	{ "network", CONF_NET, CONF_MULTI | CONF_REQUIRED | CONF_INERT, 0, 0, NULL, NULL,
		"Addresses to make records for" },
	{ "reverse-short", CONF_BOOL, CONF_INERT, 0, 0, "on", NULL,
		"reverse only: short IPv6 text" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

static const struct conf_item mod_whoami_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "" },
	{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },
};

/* What zones and templates have in common; between the parts stands what only zones have. */
#define CONF_ZONE_ITEMS                                                                            \
	{ "storage", CONF_PATH, CONF_RELOAD, 0, 0, BOWLINE_STORAGE_DIR, NULL,                      \
		"Base for file. Relative to the working directory. Independent of "                \
		"database.storage" },                                                              \
		{ "file", CONF_PATH, CONF_RELOAD, 0, 0, "%s.zone", NULL, "Relative to storage" },  \
		{ "zone-db-input", CONF_INT, CONF_RELOAD | CONF_INERT, -1, 8, "-1", NULL,          \
			"Load from this instance of the zone database; the text file is never "    \
			"loaded" },                                                                \
		{ "zone-db-output", CONF_INT, CONF_RELOAD | CONF_INERT, -1, 8, "-1", NULL,         \
			"Store there on each change" },                                            \
		{ "master", CONF_REF, CONF_MULTI | CONF_INERT | CONF_EMPTY, 0, 0, NULL,            \
			"remote|remotes", "Primaries, in order. Non-empty = secondary zone" },     \
		{ "ddns-master", CONF_REF, CONF_INERT | CONF_EMPTY, 0, 0, NULL, "remote",          \
			"Where DDNS is forwarded. \"\": apply locally (needs dnssec-signing)" },   \
		{ "notify", CONF_REF, CONF_MULTI | CONF_INERT | CONF_EMPTY, 0, 0, NULL,            \
			"remote|remotes", "Targets of NOTIFY after a change, in order" },          \
		{ "notify-delay", CONF_TIME, CONF_INERT, 0, 4294967295LL, "0", NULL,               \
			"Wait before sending, also the least distance of NOTIFY rounds" },         \
		{ "update-delay", CONF_TIME, CONF_INERT, 0, 4294967295LL, "0", NULL,               \
			"Delay of changes triggered by NOTIFY, DDNS, other zones (not control, "   \
			"not catalog interpretation)" },                                           \
		{ "acl", CONF_REF, CONF_MULTI | CONF_INERT, 0, 0, NULL, "acl", "Rules in order" }, \
		{ "master-pin-tolerance", CONF_TIME, CONF_INERT, 0, 4294967295LL, "0", NULL,       \
			"Stay with one primary until another is ahead for this time" },            \
		{ "provide-ixfr", CONF_BOOL, CONF_INERT, 0, 0, "on", NULL,                         \
			"Off: answer IXFR with AXFR" },                                            \
		{ "deleg-aware", CONF_OPT, CONF_RELOAD, 0, 0, "auto", "auto|off/false|on/true",    \
			"auto = ADT flag in an apex DNSKEY" },                                     \
		{ "semantic-checks", CONF_OPT, CONF_RELOAD, 0, 0, "off", "off/false|on/true|soft", \
			"on = extra checks; soft = most mandatory failures only warn" },           \
		{ "default-ttl", CONF_TIME, CONF_RELOAD, 1, 2147483647, "3600", NULL,              \
			"Records without TTL in files and zone-set" },                             \
		{ "zonefile-sync", CONF_TIME, 0, -1, 2147483647, "0", NULL,                        \
			"-1 = never automatically" },                                              \
		{ "zonefile-load", CONF_OPT, 0, 0, 0, "whole",                                     \
			"none|difference=1|difference-no-serial=3|whole=2",                        \
			"none: file never read. whole: file is the zone. difference: file is "     \
			"compared with the known contents and the difference applied. "            \
			"difference-no-serial: same, SOA serial of the file ignored and managed "  \
			"by the server" },                                                         \
		{ "zonefile-skip", CONF_STR, CONF_MULTI, 0, 0, NULL, NULL,                         \
			"Omitted on reading and writing." },                                       \
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
			"Wire size limit; IXFR: twice during the transfer. 0 = nothing fits" },    \
		{ "adjust-threads", CONF_INT, CONF_INERT, 1, 65535, "1", NULL,                     \
			"Threads for rebuilding internal zone links" },                            \
		{ "external-validation", CONF_REF, CONF_RELOAD | CONF_INERT, 0, 0, NULL,           \
			"external|*",                                                              \
			"Hold each change (not control transactions) until confirmed or timed "    \
			"out" },                                                                   \
		{ "dnssec-signing", CONF_BOOL, CONF_RELOAD | CONF_INERT, 0, 0, "off", NULL,        \
			"Automatic signing" },                                                     \
		{ "dnssec-validation", CONF_BOOL, CONF_RELOAD | CONF_INERT, 0, 0, "off", NULL,     \
			"Uses signing-threads and rrsig-refresh of the policy" },                  \
		{ "dnssec-policy", CONF_REF, CONF_RELOAD | CONF_INERT, 0, 0, NULL, "policy|*",     \
			"Signing (and part of validation) parameters" },                           \
		{ "dnssec-metadata-db", CONF_OPT, CONF_INERT, 0, 0, "kasp", "kasp|timer",          \
			"Where often-changing signing metadata is kept" },                         \
		{ "ds-push", CONF_REF, CONF_MULTI | CONF_RELOAD | CONF_INERT | CONF_EMPTY, 0, 0,   \
			NULL, "remote|remotes", "Overrides the policy" },                          \
	{                                                                                          \
		"reverse-generate", CONF_NAME, CONF_MULTI | CONF_RELOAD | CONF_INERT, 0, 0, NULL,  \
			NULL,                                                                      \
			"Sources for PTR generation. Implies, primary: zonefile-load "             \
			"difference-no-serial, journal-content all; secondary: ixfr-from-axfr "    \
			"on, journal-content all"                                                  \
	}

#define CONF_ZONE_ITEMS_MORE                                                                       \
	{ "serial-policy", CONF_OPT, 0, 0, 0, "increment", "increment=1|unixtime=2|dateserial=3",  \
		"How the serial grows on server-made changes. increment: +1. unixtime: current "   \
		"time. dateserial: YYYYMMDDnn (UTC). Not greater than the current one: +1" },      \
		{ "serial-modulo", CONF_STR, CONF_INERT, 0, 0, "0/1", NULL,                        \
			"Generated serials: serial mod M = R; A is added to the policy's value. "  \
			"Only with signing and zonefile-load none or difference-no-serial" },      \
		{ "zonemd-generate", CONF_OPT, CONF_RELOAD | CONF_INERT, 0, 0, "none",             \
			"none|zonemd-sha384|zonemd-sha512|remove=255",                             \
			"Maintain an apex ZONEMD of that hash; remove: delete ZONEMD records" },   \
		{ "zonemd-verify", CONF_BOOL, CONF_RELOAD, 0, 0, "off", NULL,                      \
			"Each load and update needs a present and valid ZONEMD" },                 \
		{ "refresh-jitter", CONF_PERCENT, CONF_INERT, 0, 4294967295LL, "0", NULL,          \
			"Shortens the refresh timer" },                                            \
		{ "refresh-min-interval", CONF_TIME, CONF_INERT, 2, 4294967295LL, "2", NULL,       \
			"Lower bound for SOA refresh" },                                           \
		{ "refresh-max-interval", CONF_TIME, CONF_INERT, 2, 4294967295LL, "4294967295",    \
			NULL, "Upper bound" },                                                     \
		{ "retry-min-interval", CONF_TIME, CONF_INERT, 1, 4294967295LL, "1", NULL,         \
			"Lower bound for SOA retry" },                                             \
		{ "retry-max-interval", CONF_TIME, CONF_INERT, 1, 4294967295LL, "4294967295",      \
			NULL, "Upper bound" },                                                     \
		{ "expire-min-interval", CONF_TIME, CONF_INERT, 3, 4294967295LL, "3", NULL,        \
			"Not applied to an EDNS EXPIRE value" },                                   \
		{ "expire-max-interval", CONF_TIME, CONF_INERT, 3, 4294967295LL, "4294967295",     \
			NULL, "Upper bound" },                                                     \
		{ "catalog-role", CONF_OPT, CONF_RELOAD | CONF_INERT, 0, 0, "none",                \
			"none|interpret|generate|member",                                          \
			"interpret: members are configured from its contents. generate: contents " \
			"made from members; no zone file read. member: listed in catalog-zone" },  \
		{ "catalog-template", CONF_REF, CONF_MULTI | CONF_RELOAD | CONF_INERT, 0, 0, NULL, \
			"template",                                                                \
			"For members of an interpreted catalog; chosen by group, else the "        \
			"first" },                                                                 \
		{ "catalog-zone", CONF_NAME, CONF_RELOAD | CONF_INERT, 0, 0, NULL, NULL,           \
			"Generated catalog that this member belongs to" },                         \
		{ "catalog-group", CONF_STR, CONF_RELOAD | CONF_INERT, 0, 0, NULL, NULL,           \
			"Group in the catalog, at most 255 octets" },                              \
		{ "module", CONF_MODREF, CONF_MULTI | CONF_RELOAD | CONF_EMPTY, 0, 0, NULL, NULL,  \
			"Query modules, in order; \"\" hides the template's" },                    \
		{ "comment", CONF_STR, 0, 0, 0, NULL, NULL, "" },

static const struct conf_item template_items[] = {
	{ "id", CONF_STR, 0, 0, 0, NULL, NULL, "default is used by all zones without template" },
	{ "global-module", CONF_MODREF, CONF_MULTI, 0, 0, NULL, NULL,
		"Only in the template default. Applies to all queries" },
	CONF_ZONE_ITEMS, CONF_ZONE_ITEMS_MORE
};

static const struct conf_item zone_items[] = { { "domain", CONF_NAME, 0, 0, 0, NULL, NULL,
						       "Name of the zone" },
	{ "template", CONF_REF, CONF_RELOAD, 0, 0, NULL, "template",
		"Settings for what the zone doesn't set. Default: the template default, if there "
		"is one" },
	CONF_ZONE_ITEMS,
	{ "include-from", CONF_NAME, CONF_MULTI | CONF_RELOAD | CONF_INERT, 0, 0, NULL, NULL,
		"Flatten these subzones into the zone. Same implications as reverse-generate" },
	CONF_ZONE_ITEMS_MORE };

const struct conf_section conf_sections[] = {
	{ "module", module_items, ARRAY_LEN(module_items), true },
	{ "server", server_items, ARRAY_LEN(server_items), false },
	{ "xdp", xdp_items, ARRAY_LEN(xdp_items), false },
	{ "control", control_items, ARRAY_LEN(control_items), false },
	{ "log", log_items, ARRAY_LEN(log_items), true },
	{ "statistics", statistics_items, ARRAY_LEN(statistics_items), false },
	{ "database", database_items, ARRAY_LEN(database_items), false },
	{ "keystore", keystore_items, ARRAY_LEN(keystore_items), true },
	{ "key", key_items, ARRAY_LEN(key_items), true },
	{ "remote", remote_items, ARRAY_LEN(remote_items), true },
	{ "remotes", remotes_items, ARRAY_LEN(remotes_items), true },
	{ "acl", acl_items, ARRAY_LEN(acl_items), true },
	{ "submission", submission_items, ARRAY_LEN(submission_items), true },
	{ "dnskey-sync", dnskey_sync_items, ARRAY_LEN(dnskey_sync_items), true },
	{ "policy", policy_items, ARRAY_LEN(policy_items), true },
	{ "external", external_items, ARRAY_LEN(external_items), true },
	{ "mod-alias", mod_alias_items, ARRAY_LEN(mod_alias_items), true },
	{ "mod-authsignal", mod_authsignal_items, ARRAY_LEN(mod_authsignal_items), true },
	{ "mod-cookies", mod_cookies_items, ARRAY_LEN(mod_cookies_items), true },
	{ "mod-dnserr", mod_dnserr_items, ARRAY_LEN(mod_dnserr_items), true },
	{ "mod-dnsproxy", mod_dnsproxy_items, ARRAY_LEN(mod_dnsproxy_items), true },
	{ "mod-dnstap", mod_dnstap_items, ARRAY_LEN(mod_dnstap_items), true },
	{ "mod-geoip", mod_geoip_items, ARRAY_LEN(mod_geoip_items), true },
	{ "mod-noudp", mod_noudp_items, ARRAY_LEN(mod_noudp_items), true },
	{ "mod-onlinesign", mod_onlinesign_items, ARRAY_LEN(mod_onlinesign_items), true },
	{ "mod-probe", mod_probe_items, ARRAY_LEN(mod_probe_items), true },
	{ "mod-queryacl", mod_queryacl_items, ARRAY_LEN(mod_queryacl_items), true },
	{ "mod-rrl", mod_rrl_items, ARRAY_LEN(mod_rrl_items), true },
	{ "mod-stats", mod_stats_items, ARRAY_LEN(mod_stats_items), true },
	{ "mod-synthrecord", mod_synthrecord_items, ARRAY_LEN(mod_synthrecord_items), true },
	{ "mod-whoami", mod_whoami_items, ARRAY_LEN(mod_whoami_items), true },
	{ "template", template_items, ARRAY_LEN(template_items), true },
	{ "zone", zone_items, ARRAY_LEN(zone_items), true },
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
