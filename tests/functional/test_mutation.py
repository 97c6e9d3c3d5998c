"""Mutated messages over UDP and TCP: the server keeps answering, loses nothing after, and no sanitizer complains.

MUTATIONS sets how many (default 20,000 over UDP and a tenth over TCP); TEST_SEED repeats a run.
"""
import os
import random
import socket
import struct

from lib import servers, wire

ZONE = """\
$ORIGIN fuzz.test.
$TTL 300
@ SOA ns hm 1 3600 900 86400 60
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
www TXT "text"
*.wild A 192.0.2.3
alias CNAME www
dn DNAME target
x.target A 192.0.2.4
sub NS ns.sub
ns.sub A 192.0.2.5
mx MX 10 www
srv SRV 1 2 3 www
svc HTTPS 1 www alpn=h2
"""
NAMES = ["fuzz.test", "www.fuzz.test", "x.wild.fuzz.test", "alias.fuzz.test", "x.dn.fuzz.test", "h.sub.fuzz.test",
         "mx.fuzz.test", "srv.fuzz.test", "svc.fuzz.test", "nothing.fuzz.test", "other.test", "id.server", "."]
TYPES = ["A", "NS", "SOA", "MX", "TXT", "AAAA", "SRV", "HTTPS", "ANY", "RRSIG", "DS", "NSEC", "CNAME", "DNAME", "AXFR", "IXFR"]
# Octets that mean something somewhere in a message.
TOKENS = [b"\0", b"\xff", b"\xc0\x0c", b"\xc0\0", b"\xff\xff", b"\x3f", b"\x40", b"\x80", b"\0\x29", b"\0\xfa", b"\0\x2e",
          b"\0\0\x29\x04\xd0\0\0\x80\0\0\0", b"\3www", b"\0\1\0\1", b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4"]


def seed_message(rng):
    """A good message of some kind: query, NOTIFY, UPDATE, IXFR, with options and a TSIG at times."""
    name, qtype = rng.choice(NAMES), rng.choice(TYPES)
    options = b"".join(wire.option(rng.choice([3, 8, 9, 10, 12, 15, 19, 65001]), rng.randbytes(rng.choice([0, 4, 8, 16, 40])))
                       for _ in range(rng.choice([0, 0, 1, 1, 3])))
    edns = wire.opt(rng.choice([0, 512, 1232, 4096, 65535]), rng.random() < 0.5, rng.choice([0, 0, 0, 1]), options) \
        if rng.random() < 0.8 else b""
    opcode = rng.choice([0] * 8 + [2, 4, 5, 6])
    message = bytearray(wire.query(name, qtype, rng.choice([1] * 8 + [3, 255, 254]), rng.randrange(65536), rng.choice([0, 0x100]),
                                   opcode, edns))
    kind = rng.random()
    if kind < 0.15:  # a SOA in authority, as IXFR has
        record = b"\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0" + struct.pack("!IIIII", 1, 2, 3, 4, 5)
        qend = len(message) - len(edns)
        message[qend:qend] = record
        message[9] = 1
    elif kind < 0.3:  # a TSIG at the end
        rdata = b"\x0bhmac-sha256\0" + b"\0\0" + rng.randbytes(4) + b"\1\x2c\0\x20" + rng.randbytes(32) + rng.randbytes(2) + b"\0\0\0\0"
        message += b"\3key\0\0\xfa\0\xff\0\0\0\0" + struct.pack("!H", len(rdata)) + rdata
        message[11] += 1
    elif kind < 0.4:  # PROXY v2 in front
        message[:0] = b"\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c\x7f\0\0\1\x7f\0\0\2\0\x35\0\x35"
    return message


def mutate(rng, message):
    """One to a few changes of any kind."""
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        size = len(message)
        at = rng.randrange(size) if size else 0
        how = rng.randrange(8)
        if how == 0 and size:
            message[at] ^= 1 << rng.randrange(8)
        elif how == 1 and size:
            message[at] = rng.randrange(256)
        elif how == 2:
            del message[at:at + rng.randint(1, 8)]
        elif how == 3:
            message[at:at] = rng.choice(TOKENS)
        elif how == 4:
            message[at:at + 2] = rng.choice(TOKENS)
        elif how == 5:
            message = message[:at]
        elif how == 6 and size > 12:
            message[4 + rng.randrange(8)] = rng.choice([0, 0, 1, 2, 3, 255])
        else:
            part = message[at:at + rng.randint(1, 40)]
            message += part * rng.choice([1, 1, 2, 30])
    return message[:65535]


def check_answers(server):
    """All of a round of good queries are answered, right."""
    for i in range(50):
        for tcp in (False, True):
            m = server.ask("www.fuzz.test", "A", ident=i, tcp=tcp)
            assert m is not None and m.ident == i and m.rcode == 0 and len(m.answer) == 1


def test_mutated_messages_do_no_harm(ours, zone_file):
    seed = int(os.environ.get("TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    count = int(os.environ.get("MUTATIONS", "20000"))
    print(f"TEST_SEED={seed}")
    rng = random.Random(seed)
    server = ours({"fuzz.test.": zone_file(ZONE)}, workers=1, server={"proxy-allowlist": servers.ADDRESS})
    replies = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((servers.ADDRESS, server.port))
        sock.setblocking(False)
        for i in range(count):
            message = bytes(mutate(rng, seed_message(rng)))
            try:
                sock.send(message[:65000])
            except OSError:
                pass
            if i % 16 == 15:  # wait for this batch by asking something good after it
                marker = struct.pack("!H", i & 0xffff)
                sock.setblocking(True)
                sock.settimeout(5)
                sock.send(marker + wire.query("marker.fuzz.test", "A")[2:])
                while True:
                    reply = sock.recv(65535)
                    assert len(reply) >= 12 and reply[2] & 0x80
                    replies += 1
                    if reply[:2] == marker and b"\6marker" in reply:
                        break
                sock.setblocking(False)
    server.check_alive()
    assert replies > count // 16
    check_answers(server)
    sock = None
    for i in range(count // 10):
        message = bytes(mutate(rng, seed_message(rng)))
        if sock is None:
            sock = socket.create_connection((servers.ADDRESS, server.port), timeout=5)
        prefix = struct.pack("!H", len(message) if rng.random() < 0.97 else rng.randrange(65536))
        try:
            sock.sendall(prefix + message)
            if rng.random() < 0.1:
                sock.settimeout(0.05)
                sock.recv(65535)
        except OSError:
            pass
        if i % 20 == 19 or prefix != struct.pack("!H", len(message)):
            sock.close()
            sock = None
    if sock:
        sock.close()
    server.check_alive()
    check_answers(server)
