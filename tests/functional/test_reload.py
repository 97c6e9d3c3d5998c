"""SIGHUP: zones come, go and change; a broken file or configuration leaves what was; nothing is lost meanwhile."""
import os
import signal
import socket
import struct
import threading
import time

from lib import servers, wire

ZONE = "@ 300 SOA ns.{zone} hm.{zone} {serial} 3600 900 86400 60\n@ 300 NS ns.{zone}\nns 300 A 192.0.2.1\n{more}"


def write(path, zone, serial, more=""):
    """Replace a zone file as an operator would: whole, by renaming."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(f"$ORIGIN {zone}\n" + ZONE.format(zone=zone, serial=serial, more=more))
    os.replace(f"{path}.new", path)


def reload_and_wait(server):
    """SIGHUP, then wait for the log to say that it's done."""
    before = server.log().count("configuration reloaded")
    server.reload()
    server.wait_log("configuration reloaded", count=before + 1)


def test_changed_zone_file_is_served_after_reload(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1, "old 300 A 192.0.2.2\n")
    server = ours({"a.test.": str(path)})
    assert server.ask("old.a.test").rcode == 0
    time.sleep(1.1)
    write(path, "a.test.", 2, "new 300 A 192.0.2.3\n")
    server.reload()
    server.wait_ready("a.test.", serial=2)
    assert server.ask("old.a.test").rcode == 3
    assert server.ask("new.a.test").rcode == 0


def test_zone_file_is_not_looked_at_without_reload(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1)
    server = ours({"a.test.": str(path)})
    write(path, "a.test.", 2)
    time.sleep(0.5)
    assert server.serial("a.test.") == 1


def test_added_zone_is_served_and_removed_zone_refused(ours, tmp_path):
    for zone in ("a", "b", "sub.a"):
        write(tmp_path / f"{zone}.zone", f"{zone}.test.", 1, "www 300 A 192.0.2.2\n")
    server = ours({"a.test.": str(tmp_path / "a.zone")})
    assert server.ask("b.test", "SOA").rcode == 5
    assert server.ask("www.sub.a.test").rcode == 3
    server.zones["b.test."] = str(tmp_path / "b.zone")
    server.zones["sub.a.test."] = str(tmp_path / "sub.a.zone")
    server.reload()
    server.wait_ready("b.test.")
    server.wait_ready("sub.a.test.")
    assert server.ask("www.sub.a.test").rcode == 0
    assert server.ask("sub.a.test", "DS").authority[0][0] == wire.name_from_text("a.test")
    del server.zones["a.test."]
    reload_and_wait(server)
    servers.wait_until(lambda: server.ask("a.test", "SOA").rcode == 5, 10, "a.test. to go")
    assert server.ask("www.sub.a.test").rcode == 0 and server.ask("b.test", "SOA").rcode == 0
    del server.zones["sub.a.test."]
    server.zones["a.test."] = str(tmp_path / "a.zone")
    server.reload()
    server.wait_ready("a.test.")
    servers.wait_until(lambda: server.ask("www.sub.a.test").rcode == 3, 10, "sub.a.test. to go")


def test_broken_zone_file_keeps_the_old_zone(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1, "www 300 A 192.0.2.2\n")
    server = ours({"a.test.": str(path)})
    for broken in ("www 300 A 192.0.2.999\n", "www 300 CNAME (\n", "www 300 NOSUCHTYPE x\n"):
        time.sleep(1.1)
        errors = len([line for line in server.log().splitlines() if "error" in line])
        write(path, "a.test.", 9, broken)
        server.reload()
        servers.wait_until(lambda errors=errors: len([line for line in server.log().splitlines() if "error" in line]) > errors,
                           10, "an error in the log")
        assert server.serial("a.test.") == 1
        assert server.ask("www.a.test").rcode == 0
    time.sleep(1.1)
    write(path, "a.test.", 10, "www 300 A 192.0.2.3\n")
    server.reload()
    server.wait_ready("a.test.", serial=10)


def test_missing_zone_file_keeps_the_old_zone(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1)
    server = ours({"a.test.": str(path)})
    os.unlink(path)
    reload_and_wait(server)
    time.sleep(0.5)
    assert server.serial("a.test.") == 1


def test_broken_configuration_keeps_the_old_one(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1)
    server = ours({"a.test.": str(path)})
    with open(server.path("knot.conf"), "a", encoding="utf-8") as file:
        file.write("\nnonsense: [\n")
    before = server.log().count("error")
    server.signal(signal.SIGHUP)
    servers.wait_until(lambda: server.log().count("error") > before, 10, "an error in the log")
    assert server.serial("a.test.") == 1
    server.reload()  # the good configuration again
    server.wait_log("configuration reloaded")
    assert server.serial("a.test.") == 1


def test_zone_that_fails_at_start_is_loaded_once_its_file_is_good(ours, tmp_path):
    path, good = tmp_path / "a.zone", tmp_path / "b.zone"
    path.write_text("broken", encoding="ascii")
    write(good, "b.test.", 1)
    server = ours({"a.test.": str(path), "b.test.": str(good)}, ready=False).wait_ready("b.test.")
    assert server.ask("a.test", "SOA").rcode == 2
    time.sleep(1.1)
    write(path, "a.test.", 1)
    server.reload()
    server.wait_ready("a.test.")


def test_every_way_to_change_a_zone_file_is_met(ours, tmp_path):
    """A reload looks only at files that may have changed: by whatever name, and after whatever else."""
    for directory in ("one", "two", "plain"):
        (tmp_path / directory).mkdir()
        write(tmp_path / directory / "a.zone", "a.test.", 1)
        write(tmp_path / directory / "b.zone", "b.test.", 1)
    current, link = tmp_path / "current", tmp_path / "plain" / "b.link"
    current.symlink_to("one")
    link.symlink_to("b.zone")
    write(tmp_path / "plain" / "c.zone", "c.test.", 1)
    server = ours({"a.test.": str(current / "a.zone"), "b.test.": str(link), "c.test.": str(tmp_path / "plain" / "c.zone")})

    def expect(a, b, c):
        reload_and_wait(server)
        for zone, serial in (("a.test.", a), ("b.test.", b), ("c.test.", c)):
            server.wait_ready(zone, serial=serial)

    def edit(path, zone, serial):
        path.write_text(f"$ORIGIN {zone}\n" + ZONE.format(zone=zone, serial=serial, more=""), encoding="ascii")

    expect(1, 1, 1)
    edit(tmp_path / "plain" / "c.zone", "c.test.", 2)  # in place
    expect(1, 1, 2)
    write(tmp_path / "plain" / "b.zone", "b.test.", 3)  # behind a link
    expect(1, 3, 2)
    write(tmp_path / "two" / "a.zone", "a.test.", 4)  # another version of the directory
    (tmp_path / "next").symlink_to("two")
    os.replace(tmp_path / "next", current)
    expect(4, 3, 2)
    edit(tmp_path / "two" / "a.zone", "a.test.", 5)
    expect(5, 3, 2)
    os.rename(tmp_path / "plain", tmp_path / "old")
    (tmp_path / "plain").mkdir()
    write(tmp_path / "plain" / "c.zone", "c.test.", 6)
    (tmp_path / "plain" / "b.link").symlink_to(tmp_path / "old" / "b.zone")
    expect(5, 3, 6)
    edit(tmp_path / "plain" / "c.zone", "c.test.", 7)
    expect(5, 3, 7)
    server.knotc("-f", "zone-purge", "+expire", "c.test.")
    expect(5, 3, 7)
    edit(tmp_path / "plain" / "c.zone", "c.test.", 8)
    server.server_items["tcp-idle-timeout"] = "11"  # and a change of the configuration
    expect(5, 3, 8)
    write(tmp_path / "plain" / "d.zone", "c.test.", 9)
    server.zones["c.test."] = str(tmp_path / "plain" / "d.zone")
    expect(5, 3, 9)
    edit(tmp_path / "plain" / "d.zone", "c.test.", 10)
    expect(5, 3, 10)


class Asker(threading.Thread):
    """Asks without a pause, one query at a time; counts what is lost or wrong."""

    def __init__(self, port, name):
        super().__init__(daemon=True)
        self.port, self.name_asked = port, name
        self.asked, self.lost, self.wrong, self.running = 0, 0, [], True

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect((servers.ADDRESS, self.port))
            while self.running:
                self.asked += 1
                sock.send(wire.query(self.name_asked, "A", ident=self.asked & 0xffff))
                try:
                    m = wire.parse(sock.recv(65535))
                except OSError:
                    self.lost += 1
                    continue
                if m.ident != self.asked & 0xffff or m.rcode != 0 or len(m.answer) != 1:
                    self.wrong.append(wire.show(m))


def test_no_query_is_lost_or_wrong_while_zones_are_reloaded(ours, tmp_path):
    path, other = tmp_path / "a.zone", tmp_path / "b.zone"
    hosts = "".join(f"h{i} 300 A 192.0.2.{i % 250}\n" for i in range(5000)) + "www 300 A 192.0.2.2\n"
    write(path, "a.test.", 1, hosts)
    write(other, "b.test.", 1)
    server = ours({"a.test.": str(path), "b.test.": str(other)}, workers=2)
    askers = [Asker(server.port, "www.a.test") for _ in range(2)]
    for asker in askers:
        asker.start()
    for serial in range(2, 6):
        time.sleep(1.05)  # file times of whole seconds
        write(path, "a.test.", serial, hosts)
        if serial % 2:
            server.zones["b.test."] = str(other)
        else:
            server.zones.pop("b.test.", None)
        server.reload()
        server.wait_ready("a.test.", serial=serial)
    for asker in askers:
        asker.running = False
    for asker in askers:
        asker.join(10)
        assert asker.asked > 100 and asker.lost == 0 and not asker.wrong, (asker.asked, asker.lost, asker.wrong[:1])


class StreamAsker(Asker):
    """The same over one TCP connection that stays open, with two requests in flight."""

    def run(self):
        request = wire.query(self.name_asked, "A", ident=1)
        request = struct.pack("!H", len(request)) + request
        with socket.create_connection((servers.ADDRESS, self.port), timeout=5) as sock:
            sock.sendall(request)
            while self.running:
                self.asked += 1
                sock.sendall(request)
                reply = servers.tcp_read(sock)
                if reply is None:
                    self.lost += 1
                    return
                m = wire.parse(reply)
                if m.rcode != 0 or len(m.answer) != 1:
                    self.wrong.append(wire.show(m))


def test_no_query_is_lost_while_configuration_and_zones_change(ours, tmp_path):
    """Settings, zone lists and contents change together; streams stay open over reloads."""
    path, other = tmp_path / "a.zone", tmp_path / "b.zone"
    write(path, "a.test.", 1, "www 300 A 192.0.2.2\n")
    write(other, "b.test.", 1)
    server = ours({"a.test.": str(path)}, workers=2)
    askers = [kind(server.port, "www.a.test") for kind in (Asker, StreamAsker)]
    for asker in askers:
        asker.start()
    for serial in range(2, 22):
        write(path, "a.test.", serial, "www 300 A 192.0.2.2\n")
        server.server_items["tcp-idle-timeout"] = str(10 + serial % 2)
        server.server_items["proxy-allowlist"] = ["192.0.2.0/24", "198.51.100.1"][serial % 2]
        server.zones = {"a.test.": str(path), **({"b.test.": str(other)} if serial % 2 else {})}
        reload_and_wait(server)
        server.wait_ready("a.test.", serial=serial)
        servers.wait_until(lambda serial=serial: server.ask("b.test", "SOA").rcode == (0 if serial % 2 else 5), 10,
                           "b.test. to come or go")
    for asker in askers:
        asker.running = False
    for asker in askers:
        asker.join(10)
        assert asker.asked > 100 and asker.lost == 0 and not asker.wrong, (asker.asked, asker.lost, asker.wrong[:1])


def test_many_reloads_at_once_do_no_harm(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1)
    server = ours({"a.test.": str(path)})
    for _ in range(50):
        server.signal(signal.SIGHUP)
        time.sleep(0.005)
    time.sleep(1.1)
    write(path, "a.test.", 2)
    server.signal(signal.SIGHUP)
    server.wait_ready("a.test.", serial=2)


def test_sigterm_ends_it_and_removes_the_pid_file(ours, tmp_path):
    path = tmp_path / "a.zone"
    write(path, "a.test.", 1)
    server = ours({"a.test.": str(path)})
    with open(server.path("knot.pid"), encoding="ascii") as file:
        assert int(file.read()) == server.pid
    server.signal(signal.SIGTERM)
    assert server.proc.wait(10) == 0
    assert not os.path.exists(server.path("knot.pid"))
    server.proc = None
