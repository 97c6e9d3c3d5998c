"""The configuration database: the same directory served by Debian's knotd and by ours, in turn; and servers killed at any moment."""
import os
import random
import subprocess
import threading
import time

import pytest

from lib import control, servers

ZONE = "@ 600 SOA ns admin 10 3600 900 86400 300\n@ 600 NS ns\nns 300 A 192.0.2.1\n"
ALL_TYPES = """
statistics:
    timer: 10m
    append: off
key:
  - id: xfr.
    algorithm: hmac-sha512
    secret: AAECAwQFBgcICQ==
remote:
  - id: pri
    address: [ 192.0.2.1, "2001:db8::1@54" ]
    key: xfr.
acl:
  - id: a1
    address: [ 192.0.2.0/24, 198.51.100.1-198.51.100.9, "2001:db8::/32" ]
    action: [ transfer, update ]
    key: xfr.
    update-type: [ A, TXT, TYPE65280 ]
    update-owner: name
    update-owner-match: sub
    update-owner-name: [ www, b.example.com. ]
policy:
  - id: p1
    algorithm: ed25519
    rrsig-lifetime: 20d
    nsec3: on
    nsec3-salt-lifetime: -1
mod-stats:
  - id: s1
    query-type: on
mod-synthrecord:
  - id: fwd
    type: forward
    prefix: dyn-
    network: [ 192.0.2.0/24, "2001:db8::/64" ]
template:
  - id: t1
    acl: a1
    notify: pri
    semantic-checks: soft
    zonefile-load: difference-no-serial
    journal-content: all
    serial-policy: dateserial
    zone-max-size: 1G
    module: [ mod-whoami, mod-stats/s1 ]
"""


def write(path, text=ZONE):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def knotc(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def without_head(text):
    return text.split("\n", 1)[1]


@pytest.fixture
def both(tmp_path):
    if not servers.available("knot"):
        pytest.skip("knot is not installed")
    zones = {"a.test": write(str(tmp_path / "a.zone"))}
    made = [kind(str(tmp_path), zones, database=True, extra=ALL_TYPES, zone_items={"a.test": {"template": "t1", "comment": '"a, b"'}})
            for kind in (servers.Bowline, servers.Knot)]
    made[1].port = made[0].port
    yield made
    for one in made:
        one.kill()


@pytest.mark.parametrize("importer", [0, 1], ids=["ours imports", "theirs imports"])
def test_each_reads_what_the_other_imported(both, importer):
    both[importer].write_config()
    database = both[0].path("confdb")
    exports = [without_head(knotc(one.control_program(), "-C", database, "conf-export")) for one in both]
    assert exports[0] == exports[1] and "zonefile-load: \"difference-no-serial\"" in exports[0]


@pytest.mark.parametrize("first", [0, 1], ids=["ours first", "theirs first"])
def test_daemons_take_turns_on_one_database(both, first):
    both[0].write_config()
    for one in both:
        one.write_config = lambda: None
    for turn in range(4):
        one = both[(first + turn) % 2]
        one.start()
        one.wait_ready("a.test")
        one.wait_socket()
        s = one.socket
        for i in range(turn):  # what the turns before have done
            assert control.do(s, "conf-read", SECTION="zone", ITEM="comment", ID=f"t{i}.test")[0][1]["DATA"] == f"turn {i}"
        control.do(s, "conf-begin")
        name = f"t{turn}.test"
        control.do(s, "conf-set", SECTION="zone", ITEM="domain", DATA=name)
        control.do(s, "conf-set", SECTION="zone", ITEM="file", ID=name, DATA=both[0].path("a.zone"))
        control.do(s, "conf-set", SECTION="zone", ITEM="comment", ID=name, DATA=f"turn {turn}")
        control.do(s, "conf-set", SECTION="acl", ITEM="address", ID="a1", DATA=f"203.0.113.{turn}")
        if turn == 2:
            control.do(s, "conf-unset", SECTION="statistics")
            control.do(s, "conf-unset", SECTION="acl", ITEM="update-type", ID="a1", DATA="TXT")
        control.do(s, "conf-commit")
        one.wait_ready(name)
        control.do(s, "stop")
        servers.wait_until(lambda one=one: not one.alive(), 10, "the server to stop")
        one.proc = None
        exports = [without_head(knotc(o.control_program(), "-C", both[0].path("confdb"), "conf-export")) for o in both]
        assert exports[0] == exports[1]
    assert "statistics" not in exports[0] and '"203.0.113.3"' in exports[0]


def test_a_missing_database_is_made(tmp_path):
    """knotd -C with a directory that isn't there: all defaults, filled over the control socket."""
    one = servers.Bowline(str(tmp_path), {}, database=True)
    one.write_config = lambda: None
    original = one.command
    one.command = lambda: original() + ["-s", one.socket]
    with one:
        one.wait_socket()
        one.wait_log("no network interface configured")
        control.do(one.socket, "conf-begin")
        control.do(one.socket, "conf-set", SECTION="zone", ITEM="domain", DATA="new.test")
        control.do(one.socket, "conf-commit")
        assert control.do(one.socket, "zone-status", ZONE="new.test")
    assert '"new.test."' in knotc(one.control_program(), "-C", one.path("confdb"), "conf-export")


def test_a_damaged_database_is_refused(tmp_path):
    one = servers.Bowline(str(tmp_path), {}, database=True)
    one.write_config()
    with open(one.path("confdb", "data.mdb"), "r+b") as file:
        file.write(bytes(16384))
    done = subprocess.run(one.command(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"failed to open configuration database '{one.path('confdb')}' (malformed data)" in done.stdout + done.stderr


def test_an_import_beside_the_server_is_taken_by_reload_and_by_the_next_transaction(tmp_path):
    one = servers.Bowline(str(tmp_path), {"a.test": write(str(tmp_path / "a.zone"))}, database=True)
    with one:
        one.wait_ready("a.test")
        more = write(str(tmp_path / "more.conf"), "zone:\n  - domain: b.test\n    file: a.zone\n")
        knotc(one.control_program(), "-C", one.path("confdb"), "-f", "conf-import", more, "+nopurge")
        control.do(one.socket, "reload")
        one.wait_ready("b.test")
        more = write(str(tmp_path / "more.conf"), "zone:\n  - domain: c.test\n    file: a.zone\n")
        knotc(one.control_program(), "-C", one.path("confdb"), "-f", "conf-import", more, "+nopurge")
        control.do(one.socket, "conf-begin")
        control.do(one.socket, "conf-set", SECTION="server", ITEM="version", DATA="v")
        control.do(one.socket, "conf-commit")
        one.wait_ready("c.test")


# --- killed at any moment ---

class Client(threading.Thread):
    """Transactions one after the other: comments of a block in the configuration, and a TXT record in a zone, each with a growing
    number. `acknowledged` and `asked` are the last numbers of either kind."""

    def __init__(self, path, start, kind):
        super().__init__(daemon=True)
        self.path, self.kind = path, kind
        self.asked = self.acknowledged = start
        self.problem = None

    def configuration(self, number):
        with control.Control(self.path, 5) as c:
            for unit in ({"CMD": "conf-begin"}, {"CMD": "conf-set", "SECTION": "server", "ITEM": "comment", "DATA": str(number)},
                         {"CMD": "conf-set", "SECTION": "remote", "ITEM": "id", "DATA": f"r{number}"},
                         {"CMD": "conf-set", "SECTION": "remote", "ITEM": "address", "ID": f"r{number}", "DATA": "192.0.2.1"}):
                self.expect(c.ask(unit))
            if number > 1:
                self.expect(c.ask({"CMD": "conf-unset", "SECTION": "remote", "ID": f"r{number - 1}"}))
            self.asked = number
            self.expect(c.ask({"CMD": "conf-commit"}))

    def zone(self, number):
        with control.Control(self.path, 5) as c:
            self.expect(c.ask({"CMD": "zone-begin", "ZONE": "a.test"}))
            self.expect(c.ask({"CMD": "zone-unset", "ZONE": "a.test", "OWNER": "n", "TYPE": "TXT"}))
            for owner in ("n", f"x{number % 50}"):
                self.expect(c.ask({"CMD": "zone-set", "ZONE": "a.test", "OWNER": owner, "TTL": "60", "TYPE": "TXT", "DATA": f'"{number}"'}))
            self.asked = number
            self.expect(c.ask({"CMD": "zone-commit", "ZONE": "a.test"}))

    @staticmethod
    def expect(units):
        for _, unit in units:
            if "ERROR" in unit:
                raise AssertionError(unit)

    def run(self):
        try:
            while True:
                getattr(self, self.kind)(self.acknowledged + 1)
                self.acknowledged += 1
        except (OSError, EOFError):
            pass  # the server is dead
        except Exception as error:  # pylint: disable=broad-except
            self.problem = error


def committed(one):
    """What a server that has started has: the numbers of the configuration and of the zone."""
    comment = int(control.do(one.socket, "conf-read", SECTION="server", ITEM="comment")[0][1]["DATA"])
    remotes = [u["DATA"] for _, u in control.do(one.socket, "conf-read", SECTION="remote", ITEM="id")]
    assert remotes == ([f"r{comment}"] if comment else [])
    record = int(control.do(one.socket, "zone-read", ZONE="a.test", OWNER="n", TYPE="TXT")[0][1]["DATA"].strip('"'))
    return {"configuration": comment, "zone": record}


def test_killed_at_random_moments(tmp_path):
    """CRASH_ROUNDS=N for more than a few."""
    rounds = int(os.environ.get("CRASH_ROUNDS", "12"))
    seed = int(os.environ.get("CRASH_SEED", str(random.SystemRandom().randrange(1 << 30))))
    print(f"CRASH_SEED={seed}")
    rng = random.Random(seed)
    zones = {"a.test": write(str(tmp_path / "a.zone"), ZONE + 'n 60 TXT "0"\n')}
    one = servers.Bowline(str(tmp_path), zones, database=True, server={"comment": '"0"'}, template={"zonefile-sync": "0"})
    one.write_config()
    one.write_config = lambda: None
    expected, transactions = {"configuration": (0, 0), "zone": (0, 0)}, 0
    for _ in range(rounds):
        one.start()
        try:
            one.wait_ready("a.test")
            one.wait_socket()
            now = committed(one)
            for kind, (acknowledged, asked) in expected.items():
                assert now[kind] in (acknowledged, asked), (kind, now, expected)
            clients = [Client(one.socket, now[kind], kind) for kind in ("configuration", "zone")]
            # One at a time: a configuration transaction and one of a zone keep each other out.
            client = rng.choice(clients)
            client.start()
            time.sleep(rng.random() * 0.4)
            one.kill()
            client.join(20)
            assert client.problem is None and not client.is_alive()
            transactions += client.acknowledged - now[client.kind]
            expected = {c.kind: (c.acknowledged, c.asked) for c in clients}
        finally:
            one.kill()
    assert transactions > rounds
    print(f"{transactions} transactions")


# --- service goes on ---

def test_no_query_is_lost_or_sees_half_a_change(tmp_path):
    """A steady load over UDP while zones and configuration change a hundred times a second."""
    seconds = float(os.environ.get("LOAD_SECONDS", "4"))
    text = ZONE + "".join(f"p{i} 60 TXT \"0\"\n" for i in range(3))
    zones = {"a.test": write(str(tmp_path / "a.zone"), text), "still.test": write(str(tmp_path / "s.zone"))}
    one = servers.Bowline(str(tmp_path), zones, database=True, workers=2)
    done = {"queries": 0, "lost": [], "mixed": [], "zone": 0, "conf": 0, "reload": 0}
    end = time.monotonic() + seconds

    def ask():
        while time.monotonic() < end:
            for name in ("still.test", "a.test"):
                m = one.ask(name, "SOA", timeout=5)
                done["queries"] += 1
                if m is None or m.rcode != 0 or not m.answer:
                    done["lost"].append((name, m and m.rcode))

    def watch():
        """All records of one answer are of one version: an RRset that is replaced whole."""
        while time.monotonic() < end:
            m = one.ask("p0.a.test", "TXT", timeout=5)
            done["queries"] += 1
            if m is None or m.rcode != 0 or len(m.answer) != 1:
                done["mixed"].append(m and (m.rcode, m.answer))

    def change_zone():
        number = 0
        while time.monotonic() < end:
            number += 1
            with control.Control(one.socket) as c:
                busy = c.ask({"CMD": "zone-begin", "ZONE": "a.test"})
                if busy:
                    assert busy[0][1]["ERROR"] in ("too many transactions", "requested resource is busy"), busy
                    continue
                for i in range(3):
                    assert c.ask({"CMD": "zone-unset", "ZONE": "a.test", "OWNER": f"p{i}", "TYPE": "TXT"},
                                 ) == []
                    assert c.ask({"CMD": "zone-set", "ZONE": "a.test", "OWNER": f"p{i}", "TTL": "60", "TYPE": "TXT", "DATA": f'"{number}"'}) == []
                assert c.ask({"CMD": "zone-commit", "ZONE": "a.test"}) == []
                done["zone"] += 1

    def change_conf():
        number = 0
        while time.monotonic() < end:
            number += 1
            with control.Control(one.socket) as c:
                if c.ask({"CMD": "conf-begin"}):
                    continue
                assert c.ask({"CMD": "conf-set", "SECTION": "zone", "ITEM": "domain", "DATA": f"z{number}.test"}) == []
                assert c.ask({"CMD": "conf-set", "SECTION": "server", "ITEM": "version", "DATA": str(number)}) == []
                assert c.ask({"CMD": "conf-commit"}) == []
                done["conf"] += 1
            # Refused while the other thread's transaction is open: until it has worked once, tried each time.
            if (number % 10 == 0 or not done["reload"]) and not control.ask(one.socket, {"CMD": "reload"}):
                done["reload"] += 1

    problems = []

    def guarded(function):
        def call():
            try:
                function()
            except BaseException as error:  # pylint: disable=broad-except
                problems.append(error)
        return call

    with one:
        one.wait_ready()
        one.wait_socket()
        threads = [threading.Thread(target=guarded(f)) for f in (ask, ask, watch, change_zone, change_conf)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not problems, problems
    assert not done["lost"] and not done["mixed"], done
    assert min(done["zone"], done["conf"], done["reload"]) > 0 and done["queries"] > 100, done
    print(done)
