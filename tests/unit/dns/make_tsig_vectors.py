#!/usr/bin/env python3
"""Write tsig_vectors.h: transactions signed by dnspython, an implementation independent of ours.

For each algorithm: a request, its response, and two more messages of a transfer (timers only).
"""
import base64
import time

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring

NOW = 1700000000
time.time = lambda: NOW  # the time signed

ALGORITHMS = [
    ("HMAC_MD5", dns.tsig.HMAC_MD5),
    ("HMAC_SHA1", dns.tsig.HMAC_SHA1),
    ("HMAC_SHA224", dns.tsig.HMAC_SHA224),
    ("HMAC_SHA256", dns.tsig.HMAC_SHA256),
    ("HMAC_SHA384", dns.tsig.HMAC_SHA384),
    ("HMAC_SHA512", dns.tsig.HMAC_SHA512),
]
# Shorter and longer than a block of the hashes.
SECRETS = [b"0123456789abcdef", bytes(range(200))]


def hexed(wire):
    return '"' + wire.hex() + '"'


def main():
    print("/* Made by make_tsig_vectors.py with dnspython. Key name Key.Example., time signed %d. */" % NOW)
    print("#pragma once\n#define VECTOR_TIME %d" % NOW)
    print("static const struct {\n\tenum dns_tsig_algorithm algorithm;\n\tconst char *secret;")
    print("\tconst char *request;\n\tconst char *responses[3];\n} vectors[] = {")
    for macro, algorithm in ALGORITHMS:
        for secret in SECRETS:
            key = dns.tsig.Key("Key.Example.", secret, algorithm)
            query = dns.message.make_query("Example.COM.", "AXFR", use_edns=True, id=0x1234)
            query.use_tsig(key)
            request = query.to_wire()
            parsed = dns.message.from_wire(request, keyring=key)
            responses = []
            ctx = None
            for i in range(3):
                response = dns.message.make_response(parsed)
                response.answer.append(
                    dns.rrset.from_text("example.com.", 300, "IN", "TXT", '"message %d"' % i))
                responses.append(response.to_wire(multi=True, tsig_ctx=ctx))
                ctx = response.tsig_ctx
            print("\t{ DNS_TSIG_%s, %s,\n\t\t%s,\n\t\t{ %s } }," % (
                macro, hexed(secret), hexed(request), ",\n\t\t  ".join(map(hexed, responses))))
    print("};")

    # A clock that's wrong by 1000 s: the error is signed, with the server's time as other data.
    key = dns.tsig.Key("key.example.", b"secret", dns.tsig.HMAC_SHA256)
    query = dns.message.make_query("a.", "A", id=0x4321)
    query.use_tsig(key)
    request = query.to_wire()
    parsed = dns.message.from_wire(request, keyring=key)
    response = dns.message.make_response(parsed, tsig_error=dns.rcode.BADTIME)
    response.use_tsig(key, tsig_error=18, other_data=(NOW + 1000).to_bytes(6, "big"))
    response.request_mac = query.mac
    print("static const char badtime_request[] = %s;" % hexed(request))
    print("static const char badtime_response[] = %s;" % hexed(response.to_wire()))


main()
