"""The control socket itself: several of them, modes, timeouts; zones in one request; events, zone files and statistics on time."""
import os
import re
import stat
import time

import pytest

from lib import control, servers, wire

ZONE = "@ 600 SOA ns admin 10 3600 900 86400 300\n@ 600 NS ns\nns 300 A 192.0.2.1\n"


def start(directory, names=("a.test", "b.test", "c.test"), **options):
    zones = {}
    for name in names:
        zones[name] = os.path.join(directory, name + ".zone")
        with open(zones[name], "w", encoding="ascii") as file:
            file.write(ZONE)
    return servers.Bowline(str(directory), zones, **options)


def items(units):
    return [unit for _, unit in units]


# --- sockets ---

def test_several_sockets_and_their_mode(tmp_path):
    with start(tmp_path, extra="control:\n    listen: [ one.sock, two.sock ]\n    timeout: 1") as one:
        one.wait_ready()
        for name in ("one.sock", "two.sock"):
            assert stat.S_IMODE(os.stat(one.path(name)).st_mode) == 0o220
            assert items(control.ask(one.path(name), {"CMD": "status"}))[0]["CMD"] == "status"
        assert not os.path.exists(one.socket)
        # A transaction goes on with connections of the socket that began it.
        control.do(one.path("one.sock"), "conf-begin")
        with pytest.raises(control.Refused, match="transaction thread mismatch"):
            control.do(one.path("two.sock"), "conf-diff")
        control.do(one.path("one.sock"), "conf-diff")
        control.do(one.path("one.sock"), "conf-abort")
    assert not os.path.exists(tmp_path / "one.sock")


def test_an_idle_connection_is_closed(tmp_path):
    with start(tmp_path, extra="control:\n    timeout: 1") as one:
        one.wait_ready()
        with control.Control(one.socket) as idle:
            begun = time.monotonic()
            assert idle.socket.recv(1) == b""
            assert 0.5 < time.monotonic() - begun < 15


def test_one_socket_instead_of_the_configured(tmp_path):
    one = start(tmp_path, extra="control:\n    listen: other.sock")
    original = one.command
    one.command = lambda: original() + ["-s", one.path("mine.sock")]
    with one:
        one.wait_ready()
        assert control.ask(one.path("mine.sock"), {"CMD": "status"})
        assert not os.path.exists(one.path("other.sock"))


def test_many_clients_at_once(tmp_path):
    with start(tmp_path) as one:
        one.wait_ready()
        clients = [control.Control(one.socket) for _ in range(40)]
        for client in clients:
            client.send({"CMD": "zone-status", "FILTERS": "s"})
        for client in reversed(clients):
            assert [u["DATA"] for u in items(client.receive())] == ["10"] * 3
        # Requests may be pipelined.
        clients[0].send({"CMD": "status"})
        clients[0].send({"CMD": "zone-status", "ZONE": "a.test", "FILTERS": "s"})
        assert items(clients[0].receive())[0]["CMD"] == "status"
        assert items(clients[0].receive())[0]["ZONE"] == "a.test."
        for client in clients:
            client.close()


def test_stop_ends_the_conversation(tmp_path):
    one = start(tmp_path)
    with one:
        one.wait_ready()
        with control.Control(one.socket) as c:
            c.send({"CMD": "stop"})
            assert c.receive() == [] and c.take(1) == b"\0"
        servers.wait_until(lambda: not one.alive(), 10, "the server to stop")
        one.proc = None


# --- zones in one request ---

def test_thousands_of_zones_in_one_request(tmp_path):
    """The answer is longer than all buffers, and begins before the request has ended."""
    names = [f"zone-with-a-long-name-{i}.test" for i in range(12000)]
    with servers.Bowline(str(tmp_path), {name: None for name in names}, template={"zonefile-load": "none"}) as one:
        one.wait_socket()
        one.wait_log("server started answering")
        done = one.knotc("-e", "zone-status", *names)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split("]")[0][1:-1] for line in lines] == names


def test_several_zones_and_one_that_is_not_there(tmp_path):
    with start(tmp_path) as one:
        one.wait_ready()
        got = control.ask(one.socket, *({"CMD": "zone-status", "ZONE": z, "FILTERS": "s"} for z in ("a.test", "B.TEST", "nope.test", "c.test.")))
        assert got == [("DATA", {"ZONE": "a.test.", "TYPE": "serial", "DATA": "10", "FILTERS": ""}),
                       ("DATA", {"ZONE": "b.test.", "TYPE": "serial", "DATA": "10", "FILTERS": ""}),
                       ("DATA", {"CMD": "zone-status", "ERROR": "no such zone found", "ZONE": "nope.test", "FILTERS": "s"}),
                       ("DATA", {"ZONE": "c.test.", "TYPE": "serial", "DATA": "10", "FILTERS": ""})]


def test_a_change_of_several_zones_and_of_all(tmp_path):
    with start(tmp_path) as one:
        one.wait_ready()
        assert control.ask(one.socket, *({"CMD": "zone-begin", "ZONE": z} for z in ("a.test", "b.test"))) == []
        record = {"CMD": "zone-set", "OWNER": "x", "TTL": "5", "TYPE": "A", "DATA": "192.0.2.5"}
        assert control.ask(one.socket, record) == []  # all that have a transaction
        assert [u["ZONE"] for u in items(control.ask(one.socket, {"CMD": "zone-diff"}))] == ["a.test.", "b.test."]
        assert control.ask(one.socket, {"CMD": "zone-commit"}) == []
        for zone, rcode in (("a.test", 0), ("b.test", 0), ("c.test", 3)):
            assert one.ask(f"x.{zone}").rcode == rcode
        assert control.ask(one.socket, {"CMD": "zone-commit", "ZONE": "a.test"})[0][1]["ERROR"] == "no active transaction"


def test_blocking_waits_for_the_event_and_has_its_result(tmp_path):
    with start(tmp_path) as one:
        one.wait_ready()
        with open(one.zones["a.test"], "w", encoding="ascii") as file:
            file.write(ZONE.replace(" 10 ", " 11 "))
        assert control.ask(one.socket, {"CMD": "zone-reload", "ZONE": "a.test", "FLAGS": "B"}) == []
        assert one.serial("a.test") == 11
        with open(one.zones["a.test"], "w", encoding="ascii") as file:
            file.write("nonsense\n")
        assert "ERROR" in control.ask(one.socket, {"CMD": "zone-reload", "ZONE": "a.test", "FLAGS": "B"})[0][1]
        assert one.serial("a.test") == 11
        assert control.ask(one.socket, {"CMD": "zone-reload", "FLAGS": "B"})[0][1]["ERROR"] == "operation failed for some zones"


def test_a_frozen_zone_keeps_its_events(tmp_path):
    with start(tmp_path) as one:
        one.wait_ready()
        control.do(one.socket, "zone-freeze", ZONE="a.test", FLAGS="B")
        with open(one.zones["a.test"], "w", encoding="ascii") as file:
            file.write(ZONE.replace(" 10 ", " 12 "))
        control.do(one.socket, "reload")
        status = {u["TYPE"]: u["DATA"] for u in items(control.do(one.socket, "zone-status", ZONE="a.test"))}
        assert status["freeze"] == "yes" and status["load"].startswith("frozen(")
        unix = {u["TYPE"]: u["DATA"] for u in items(control.do(one.socket, "zone-status", ZONE="a.test", FLAGS="u"))}
        assert abs(int(re.fullmatch(r"frozen\((\d+)\)", unix["load"]).group(1)) - time.time()) < 60
        assert one.serial("a.test") == 10
        control.do(one.socket, "zone-thaw", ZONE="a.test")
        servers.wait_until(lambda: one.serial("a.test") == 12, 10, "the thawed zone's load")


# --- zone files and statistics ---

def change(one, owner):
    control.do(one.socket, "zone-begin", ZONE="a.test")
    control.do(one.socket, "zone-set", ZONE="a.test", OWNER=owner, TTL="5", TYPE="A", DATA="192.0.2.5")
    control.do(one.socket, "zone-commit", ZONE="a.test")


def contents(one):
    with open(one.zones["a.test"], encoding="ascii") as file:
        return file.read()


@pytest.mark.parametrize("sync", ["0", "1", "-1"])
def test_the_zone_file_is_written_by_zonefile_sync(tmp_path, sync):
    with start(tmp_path, template={"zonefile-sync": sync}) as one:
        one.wait_ready()
        change(one, "new")
        if sync == "0":
            assert "new.a.test." in contents(one)
        elif sync == "1":
            servers.wait_until(lambda: "new.a.test." in contents(one), 20, "the zone file")
        else:
            assert "ERROR" in control.ask(one.socket, {"CMD": "zone-flush", "ZONE": "a.test", "FLAGS": "B"})[0][1]
            assert "new" not in contents(one)
            control.do(one.socket, "zone-flush", ZONE="a.test", FLAGS="BF")
            assert "new.a.test." in contents(one)
        # What was written is what is loaded again.
        assert control.ask(one.socket, {"CMD": "zone-reload", "ZONE": "a.test", "FLAGS": "B"}) == []
        assert one.ask("new.a.test").rcode == 0
        assert [name for name in os.listdir(tmp_path) if name.startswith("a.test.zone")] == ["a.test.zone"]


def today(ago=0):
    return int(time.strftime("%Y%m%d", time.localtime(time.time() - ago)))


@pytest.mark.parametrize("policy,serial", [("increment", lambda s: s == 11), ("unixtime", lambda s: abs(s - time.time()) < 60),
                                           ("dateserial", lambda s: s // 100 in (today(), today(60)))])
def test_the_serial_rises_by_its_policy(tmp_path, policy, serial):
    with start(tmp_path, template={"serial-policy": policy}) as one:
        one.wait_ready()
        change(one, "new")
        assert serial(one.serial("a.test"))


def test_statistics_file(tmp_path):
    extra = "statistics:\n    timer: 1\n    file: stats.yaml\n    append: off"
    with start(tmp_path, extra=extra, template={"global-module": "mod-stats", "module": "mod-stats"}) as one:
        one.wait_ready()
        one.ask("a.test", "SOA")
        path = one.path("stats.yaml")

        def dumped():
            return os.path.exists(path) and "request-protocol" in open(path, encoding="ascii").read()
        servers.wait_until(dumped, 20, "the statistics file")
        with open(path, encoding="ascii") as file:
            text = file.read()
    assert text.startswith("---\n") and re.search(r"^identity: ident$", text, re.M)
    assert re.search(r'^ zone-count: 3$', text, re.M) and re.search(r'^ "a\.test\.":$', text, re.M)
    assert re.search(r"^    udp4: [1-9]", text, re.M)


def test_a_commit_tells_what_needs_a_restart(tmp_path):
    with start(tmp_path, database=True) as one:
        one.wait_ready()
        control.do(one.socket, "conf-begin")
        control.do(one.socket, "conf-set", SECTION="server", ITEM="udp-workers", DATA="3")
        control.do(one.socket, "conf-commit")
        one.wait_log("changes of udp-workers require restart to take effect")
        assert "UDP workers: 1" in items(control.do(one.socket, "status", TYPE="workers"))[0]["DATA"]


def test_a_commit_applies_what_it_changed(tmp_path):
    with start(tmp_path, database=True) as one:
        one.wait_ready()
        loads = one.log().count("zone file loaded")
        control.do(one.socket, "conf-begin")
        control.do(one.socket, "conf-set", SECTION="server", ITEM="version", DATA="changed")
        control.do(one.socket, "conf-set", SECTION="zone", ITEM="domain", DATA="d.test")
        control.do(one.socket, "conf-set", SECTION="zone", ITEM="file", ID="d.test", DATA=one.zones["a.test"])
        control.do(one.socket, "conf-unset", SECTION="zone", ID="c.test")
        control.do(one.socket, "conf-commit")
        one.wait_ready("d.test")
        assert b"changed" in one.udp(wire.query("version.server", "TXT", qclass=3))
        assert one.serial("c.test") is None
        assert one.log().count("zone file loaded") == loads + 1  # no other zone was touched
        control.do(one.socket, "conf-begin")
        control.do(one.socket, "conf-set", SECTION="template", ITEM="default-ttl", ID="default", DATA="77")
        control.do(one.socket, "conf-commit")
        servers.wait_until(lambda: one.log().count("zone file loaded") == loads + 4, 10, "zones of the template to load again")
