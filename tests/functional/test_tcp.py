"""TCP: pipelining, limits, time-outs, and clients that are slow, half-open or hostile."""
import select
import socket
import struct
import time

import pytest

from lib import servers, wire

ZONE = """\
$ORIGIN tcp.test.
$TTL 300
@ SOA ns hm 1 3600 900 86400 60
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
big TXT {big}
""".format(big=" ".join('"' + "x" * 250 + '"' for _ in range(200)))


@pytest.fixture(scope="module")
def server(start_shared, tmp_path_factory):
    path = tmp_path_factory.mktemp("zone") / "tcp.zone"
    path.write_text(ZONE, encoding="ascii")
    return start_shared(servers.Bowline, {"tcp.test.": str(path)}, workers=2)


@pytest.fixture
def limited(ours, zone_file):
    """A server with tight limits: 1 worker, 8 clients, 2 s idle, 300 ms to send or receive a message."""
    return ours({"tcp.test.": zone_file(ZONE)}, workers=1,
                server={"tcp-max-clients": 8, "tcp-idle-timeout": 2, "tcp-io-timeout": 300})


def connect(server, timeout=5):
    return socket.create_connection((servers.ADDRESS, server.port), timeout=timeout)


def framed(*messages):
    return b"".join(struct.pack("!H", len(m)) + m for m in messages)


def question(ident=1, name="www.tcp.test", qtype="A"):
    return wire.query(name, qtype, ident=ident)


def closed_within(sock, seconds):
    """Does the other side close (or reset) in this time?"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready, _, _ = select.select([sock], [], [], max(0, deadline - time.monotonic()))
        if ready:
            try:
                if not sock.recv(65536):
                    return True
            except OSError:
                return True
    return False


def ask(sock, ident=1):
    sock.sendall(framed(question(ident)))
    reply = servers.tcp_read(sock)
    return reply is not None and wire.parse(reply).ident == ident


@pytest.mark.parametrize("chunk", [1, 3, 7, 4096])
def test_pipelined_queries_are_answered_in_order(server, chunk):
    count = 20 if chunk == 1 else 300
    data = framed(*[question(i) for i in range(count)])
    with connect(server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(data), chunk):
            sock.sendall(data[i:i + chunk])
        assert [wire.parse(servers.tcp_read(sock)).ident for _ in range(count)] == list(range(count))


def test_pipelined_big_answers_are_all_sent_to_a_client_that_reads_late(server):
    count = 40  # 2 MB of answers: more than socket buffers take at first
    with connect(server) as sock:
        sock.sendall(framed(*[question(i, "big.tcp.test", "TXT") for i in range(count)]))
        for i in range(count):
            m = wire.parse(servers.tcp_read(sock))
            assert m.ident == i and not m.has(wire.TC) and m.size > 50000


def test_zero_length_prefix_closes(server):
    with connect(server) as sock:
        sock.sendall(b"\0\0")
        assert closed_within(sock, 3)


def test_connection_outlives_formerr(server):
    with connect(server) as sock:
        sock.sendall(framed(question(7) + b"junk"))
        assert wire.parse(servers.tcp_read(sock)).rcode == 1
        assert ask(sock, 8)


def test_biggest_request_is_read(server):
    request = question(9) + wire.opt(options=wire.option(65001, b"z" * 65450))
    request = request[:10] + b"\0\1" + request[12:]
    with connect(server) as sock:
        sock.sendall(framed(request))
        assert wire.parse(servers.tcp_read(sock)).rcode == 0


def test_idle_connection_is_closed_and_a_busy_one_is_not(limited):
    with connect(limited) as idle, connect(limited) as busy:
        assert ask(idle)
        start = time.monotonic()
        gone = None
        while time.monotonic() - start < 9 and gone is None:
            assert ask(busy, 2)
            if closed_within(idle, 0.5):
                gone = time.monotonic() - start
        assert gone is not None and gone > 1.5
        assert ask(busy, 3)


def test_connection_that_never_asks_is_closed(limited):
    with connect(limited) as sock:
        assert closed_within(sock, 9)


@pytest.mark.parametrize("part", [1, 2, 3, 20])
def test_message_that_does_not_end_is_timed_out(limited, part):
    with connect(limited) as sock:
        sock.sendall(framed(question())[:part])
        start = time.monotonic()
        assert closed_within(sock, 6)
        assert time.monotonic() - start > 0.2


def test_dribbling_client_is_timed_out(limited):
    with connect(limited) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = framed(question())
        gone = False
        for i in range(len(data)):
            try:
                sock.sendall(data[i:i + 1])
            except OSError:
                gone = True
                break
            if closed_within(sock, 0.1):
                gone = True
                break
        assert gone


def test_client_that_does_not_read_is_closed(limited):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(1)
        sock.connect((servers.ADDRESS, limited.port))
        request = framed(*[question(i & 0xffff, "big.tcp.test", "TXT") for i in range(50)])
        start = time.monotonic()
        gone = False
        while time.monotonic() - start < 10 and not gone:
            try:
                sock.sendall(request)
            except TimeoutError:
                continue
            except OSError:
                gone = True
        assert gone
    assert limited.ask("www.tcp.test", tcp=True).rcode == 0


def test_slow_clients_do_not_hold_up_others(server):
    slow = [connect(server) for _ in range(40)]
    try:
        for i, sock in enumerate(slow):
            sock.sendall(framed(question())[:1 + i % 30])
        for i in range(50):
            start = time.monotonic()
            assert server.ask("www.tcp.test", tcp=True, ident=i).ident == i
            assert server.ask("www.tcp.test", ident=i).ident == i
            assert time.monotonic() - start < 2
    finally:
        for sock in slow:
            sock.close()


def test_connections_over_the_limit_wait_until_one_closes(limited):
    held = [connect(limited) for _ in range(8)]
    try:
        for sock in held:
            assert ask(sock)
        with connect(limited) as extra:  # the kernel's queue takes it
            extra.sendall(framed(question(5)))
            assert limited.ask("www.tcp.test").rcode == 0  # UDP goes on
            held.pop().close()
            extra.settimeout(10)
            assert wire.parse(servers.tcp_read(extra)).ident == 5
    finally:
        for sock in held:
            sock.close()


def test_half_close_after_a_query_does_no_harm(server):
    """Knot DNS closes when the client half-closes; an answer to what came before is fine, and so is none."""
    for _ in range(20):
        with connect(server) as sock:
            sock.sendall(framed(question(3)))
            sock.shutdown(socket.SHUT_WR)
            assert closed_within(sock, 5)
    assert server.ask("www.tcp.test", tcp=True).rcode == 0


def test_reset_connections_do_no_harm(server):
    for i in range(200):
        sock = connect(server)
        sock.sendall(framed(question(), question())[:i % 60])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    assert server.ask("www.tcp.test", tcp=True).rcode == 0


def test_many_connections_at_once_are_served(server):
    socks = [connect(server) for _ in range(200)]
    try:
        for i, sock in enumerate(socks):
            sock.sendall(framed(question(i)))
        for i, sock in enumerate(socks):
            assert wire.parse(servers.tcp_read(sock)).ident == i
    finally:
        for sock in socks:
            sock.close()


@pytest.fixture
def transfers(server):
    """Skips when this build has no transfers."""
    if server.ask("tcp.test", "AXFR", tcp=True).rcode == 4:
        pytest.skip("zone transfers are not built")


def test_axfr_gives_the_whole_zone_between_two_soas(transfers, ours, zone_file):
    server = ours({"tcp.test.": zone_file(ZONE)}, extra="acl:\n  - id: all\n    address: 127.0.0.1\n    action: transfer",
                  template={"acl": "all"})
    with connect(server) as sock:
        sock.sendall(framed(wire.query("tcp.test", "AXFR", ident=4)))
        records = []
        while not records or records[-1][1] != 6 or len(records) == 1:
            m = wire.parse(servers.tcp_read(sock))
            assert m.rcode == 0 and m.has(wire.AA)
            records += m.answer
    assert [r[1] for r in records] == [6, 2, 16, 1, 1, 6]
    assert records[0] == records[-1]


def test_axfr_without_a_rule_is_refused(transfers, server):
    assert server.ask("tcp.test", "AXFR", tcp=True).rcode == 9
