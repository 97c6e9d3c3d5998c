"""Send many messages to one server over UDP and TCP, many in flight, and collect the replies by message ID."""
import collections
import select
import socket
import struct
import time

from lib import wire
from lib.servers import ADDRESS, tcp_read


def stamped(message, index):
    """The message with index modulo 65536 as its ID; what is shorter than an ID stays as it is."""
    return struct.pack("!H", index & 0xffff) + message[2:] if len(message) >= 2 else message


def udp(port, messages, window=64, patience=0.4):
    """Replies in the order of `messages`; None where none came. The window is well below 65536, so IDs in flight
    differ; a reply that comes after its slot was given up is dropped as unknown."""
    replies = [None] * len(messages)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.connect((ADDRESS, port))
    sock.setblocking(False)
    for attempt, (width, wait) in enumerate(((window, patience), (32, 0.5), (8, 1.0))):
        todo = collections.deque(i for i, reply in enumerate(replies) if reply is None)
        if attempt and not todo:
            break
        flight = {}  # ID -> (index, time sent); insertion order is age
        while todo or flight:
            while todo and len(flight) < width:
                i = todo.popleft()
                if i & 0xffff in flight:
                    todo.appendleft(i)
                    break
                try:
                    sock.send(stamped(messages[i], i))
                except ConnectionRefusedError:
                    pass
                flight[i & 0xffff] = (i, time.monotonic())
            got = False
            try:
                while True:
                    reply = sock.recv(65535)
                    got = True
                    slot = flight.pop(struct.unpack_from("!H", reply)[0], None) if len(reply) >= 2 else None
                    if slot:
                        replies[slot[0]] = reply
            except BlockingIOError:
                pass
            except ConnectionRefusedError:
                time.sleep(0.01)
            if not got:
                select.select([sock], [], [], 0.02)
            now = time.monotonic()
            for ident in list(flight)[:16]:
                if now - flight[ident][1] > wait:
                    del flight[ident]
                else:
                    break
    sock.close()
    return replies


def _tcp_batch(port, batch, replies, messages, patience):
    """One connection, all of the batch pipelined."""
    try:
        sock = socket.create_connection((ADDRESS, port), timeout=5)
    except OSError:
        return
    with sock:
        sock.settimeout(patience)
        waiting = {i & 0xffff: i for i in batch}
        try:
            sock.sendall(b"".join(struct.pack("!H", len(messages[i])) + stamped(messages[i], i) for i in batch))
            data = b""
            while waiting:
                part = sock.recv(1 << 16)
                if not part:
                    break
                data += part
                while len(data) >= 2:
                    length = struct.unpack_from("!H", data)[0]
                    if len(data) < 2 + length:
                        break
                    reply, data = data[2:2 + length], data[2 + length:]
                    i = waiting.pop(struct.unpack_from("!H", reply)[0], None) if length >= 2 else None
                    if i is not None:
                        replies[i] = reply
        except OSError:
            pass


def tcp(port, messages, width=25):
    replies = [None] * len(messages)
    for size, patience in ((width, 0.4), (1, 0.3)):
        todo = [i for i, reply in enumerate(replies) if reply is None]
        for start in range(0, len(todo), size):
            _tcp_batch(port, todo[start:start + size], replies, messages, patience)
    return replies


def run(port, queries):
    """Replies to Query objects, in order."""
    replies = [None] * len(queries)
    for function, wanted in ((udp, False), (tcp, True)):
        index = [i for i, query in enumerate(queries) if query.tcp is wanted]
        for i, reply in zip(index, function(port, [queries[i].message for i in index])):
            replies[i] = reply
    return replies


def axfr(port, zone):
    """All records of the zone by AXFR, in order (RFC 5936); text that says why not instead, when it fails."""
    message = wire.query(zone, "AXFR", ident=4711)
    records = []
    try:
        with socket.create_connection((ADDRESS, port), timeout=20) as sock:
            sock.sendall(struct.pack("!H", len(message)) + message)
            while len(records) < 2 or records[-1][1] != 6:
                reply = tcp_read(sock)
                if reply is None:
                    return f"connection closed after {len(records)} records"
                m = wire.parse(reply)
                if m.rcode:
                    return wire.rcode_name(m.rcode)
                if not m.answer:  # NSD goes on for ever when an RRset is too big for its messages
                    return f"empty message after {len(records)} records"
                records += m.answer
    except (OSError, wire.Malformed) as error:
        return f"{error} after {len(records)} records"
    return records
