"""The daemon as its system sees it: start, stop, reload, signals, PID file, logging, privileges, service manager.

Facts: knotd's command line, start order, signals and exit codes; log lines word for word.
"""
import os
import pwd
import re
import signal
import socket
import subprocess
import time

import pytest
from lib import servers, wire
from lib.servers import udp_exchange, wait_until

ZONE = "@ 3600 SOA ns hostmaster {serial} 3600 600 86400 300\n@ NS ns\nns A 192.0.2.1\nx A 192.0.2.{octet}\n"


class Daemon:
    """knotd with a configuration of the test's own, in a directory of its own."""

    def __init__(self, knotd, directory):
        self.knotd = knotd
        self.dir = str(directory)
        self.port = servers.free_port()
        self.proc = None
        self.out = os.path.join(self.dir, "out")
        self.started = 0

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        """Replace a file at once: a reload that comes in between must not see half of it."""
        with open(self.path(name + ".new"), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path(name + ".new"), self.path(name))
        return self.path(name)

    def zone(self, name, serial=1, octet=1):
        self.write(name + ".zone", ZONE.format(serial=serial, octet=octet))

    def config(self, zones=(), server="", log="log:\n  - target: stdout\n    any: debug\n", extra=""):
        text = f"server:\n    rundir: {self.dir}\n    listen: 127.0.0.1@{self.port}\n    udp-workers: 2\n" \
               f"    tcp-workers: 2\n    background-workers: 2\n{server}{log}" \
               f"database:\n    storage: {self.dir}\ntemplate:\n  - id: default\n    storage: {self.dir}\n{extra}"
        if zones:
            text += "zone:\n" + "".join(f"  - domain: {zone}\n" for zone in zones)
        return self.write("knot.conf", text)

    def start(self, *options, env=None, ready=True):
        with open(self.out, "ab") as out:
            self.proc = subprocess.Popen([self.knotd, "-c", self.path("knot.conf"), *options], stdout=out, stderr=out,
                                         stdin=subprocess.DEVNULL, cwd=self.dir, env={**os.environ, **(env or {})})
        if ready:
            self.wait_log("starting server in the foreground, PID %d" % self.proc.pid)
            self.wait_log("server started answering")
        return self

    def log(self):
        with open(self.out, encoding="utf-8", errors="replace") as file:
            return file.read()

    def messages(self):
        """The log without times."""
        return [re.sub(r"^\S+ ", "", line) for line in self.log().splitlines()]

    def wait_log(self, pattern, seconds=20, count=1):
        def found():
            if self.proc and self.proc.poll() not in (None, 0) and len(re.findall(pattern, self.log())) < count:
                pytest.fail(f"ended with {self.proc.returncode}:\n{self.log()}")
            return len(re.findall(pattern, self.log())) >= count
        wait_until(found, seconds, f"{pattern!r} in\n{self.log()[-3000:]}")

    def ask(self, name, qtype="A", timeout=2.0):
        reply = udp_exchange(self.port, wire.query(name, qtype, ident=4711), timeout)
        return None if reply is None else wire.parse(reply)

    def address(self, name):
        """Last octet of the A record of x in the zone, or the RCODE."""
        m = self.ask("x." + name)
        if m is None:
            return None
        return m.answer[0][4][3] if m.answer else wire.rcode_name(m.rcode)

    def reload(self, number=signal.SIGHUP):
        count = len(re.findall("configuration reloaded", self.log()))
        self.proc.send_signal(number)
        self.wait_log("configuration reloaded", count=count + 1)

    def end(self, number=signal.SIGTERM, seconds=20):
        if self.proc is None:
            return None
        if self.proc.poll() is None and number is not None:
            self.proc.send_signal(number)
        try:
            code = self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            pytest.fail(f"didn't stop:\n{self.log()[-5000:]}")
        self.proc = None
        assert not servers.SANITIZER.search(self.log()), self.log()[-12000:]
        return code


@pytest.fixture
def daemon(knotd, tmp_path):
    d = Daemon(knotd, tmp_path)
    yield d
    if d.proc is not None:
        assert d.end() == 0, d.log()


def run(knotd, *arguments, **options):
    return subprocess.run([knotd, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30,
                          **options)


# --- the command line ---

def test_version_is_one_line_that_scripts_can_read(knotd):
    done = run(knotd, "-V")
    assert done.returncode == 0
    assert re.fullmatch(r"knotd, Knot DNS \d+\.\d+\.\d+ .*\n", done.stdout)
    assert run(knotd, "-VV").stdout.startswith(done.stdout + "\n")
    assert run(knotd, "--version").stdout == done.stdout


@pytest.mark.parametrize("arguments, code", [
    (["-h"], 0), (["--help"], 0), (["-X"], 1), (["argument"], 1), (["-m", "0"], 1), (["-m", "10001"], 1),
    (["-m", "12x"], 1), (["--nonsense"], 1)])
def test_help_goes_to_standard_output(knotd, arguments, code):
    done = run(knotd, *arguments)
    assert done.returncode == code
    assert done.stdout.startswith("Usage: knotd [-c | -C <path>] [options]\n\nConfig options:\n -c, ")


def test_two_configuration_sources_are_refused(knotd):
    done = run(knotd, "-c", "/nonexistent", "-C", "/nonexistent")
    assert done.returncode == 1
    assert "critical: ambiguous configuration source" in done.stderr + done.stdout


def test_missing_configuration_file_is_critical(knotd, tmp_path):
    done = run(knotd, "-c", str(tmp_path / "none.conf"))
    assert done.returncode == 1
    assert f"critical: failed to load configuration file '{tmp_path}/none.conf' (" in done.stderr + done.stdout


def test_database_that_cannot_be_opened_is_critical(knotd):
    done = run(knotd, "-C", "/nonexistent/confdb")
    assert done.returncode == 1
    assert "critical: failed to open configuration database '/nonexistent/confdb' (" in done.stderr + done.stdout


def test_what_has_no_effect_is_named_once_also_after_a_reload(daemon):
    acl = "acl:\n  - id: a\n"
    daemon.zone("a.test")
    daemon.config(["a.test"], server="    automatic-acl: on\n")
    daemon.start()
    assert daemon.log().count("notice: config, option 'server.automatic-acl' has no effect in this version") == 1
    assert "section 'acl'" not in daemon.log()
    daemon.config(["a.test\n    dnssec-signing: on"], server="    automatic-acl: on\n", log="log:\n  - target: stdout\n    any: debug\n" + acl)
    daemon.reload()
    daemon.reload()
    for text in ["section 'acl'", "option 'zone.dnssec-signing'", "option 'server.automatic-acl'"]:
        assert daemon.log().count(f"notice: config, {text} has no effect in this version") == 1


def test_file_that_comes_for_an_absolute_pattern_is_read_at_reload(daemon, tmp_path):
    daemon.zone("a.test")
    daemon.zone("b.test", octet=7)
    daemon.config(["a.test"])
    (tmp_path / "zones.d").mkdir()
    with open(daemon.path("knot.conf"), "a", encoding="ascii") as file:
        file.write(f"include: {tmp_path}/zones.d/*.conf\n")
    daemon.start()
    assert daemon.address("b.test") == "REFUSED"
    (tmp_path / "zones.d" / "b.conf").write_text("zone:\n  - domain: b.test\n")
    daemon.reload()
    wait_until(lambda: daemon.address("b.test") == 7, 20, "the new zone")


# --- start and stop ---

def test_start_and_stop_lines_come_in_order(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"])
    daemon.start()
    pid = daemon.proc.pid
    daemon.wait_log("loaded, serial none")
    assert open(daemon.path("knot.pid"), encoding="ascii").read() == str(pid)
    assert os.stat(daemon.path("knot.pid")).st_mode & 0o777 == 0o640
    assert daemon.address("a.test") == 1
    assert daemon.end() == 0
    wanted = [
        r"info: Knot DNS \d+\.\d+\.\d+ .*starting", rf"info: loaded configuration file '{daemon.path('knot.conf')}', mapsize 500 MiB",
        r"info: using UDP reuseport", rf"info: binding to interface 127\.0\.0\.1@{daemon.port}", r"info: loading 1 zones",
        r"info: \[a\.test\.\] zone will be loaded", r"info: \[a\.test\.\] zone file loaded, serial 1",
        r"info: \[a\.test\.\] loaded, serial none -> 1, \d+ bytes", r"info: server started answering",
        r"info: stopping server", r"info: shutting down"]
    lines = daemon.messages()
    at = 0
    for pattern in wanted:
        found = [i for i in range(at, len(lines)) if re.fullmatch(pattern, lines[i])]
        assert found, f"{pattern!r} after line {at} in\n" + "\n".join(lines)
        at = found[0] + 1
    assert lines[-1] == "info: shutting down"
    started = [line for line in lines if re.match("info: (control, binding|starting server|server started)", line)]
    assert started == [f"info: control, binding to '{daemon.path('knot.sock')}'",
                       f"info: starting server in the foreground, PID {pid}", "info: server started answering"]
    assert not os.path.exists(daemon.path("knot.pid"))


def test_zone_that_is_aware_of_deleg_says_so(daemon):
    deleg = "@ 3600 SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nsub DELEG server-ipv4=192.0.2.7\n@ DNSKEY {} 3 13 AAAA\n"
    daemon.write("aware.test.zone", deleg.format(259))
    daemon.write("odd.test.zone", deleg.format(257))
    daemon.write("told.test.zone", deleg.format(257))
    daemon.config(["aware.test", "odd.test", "told.test\n    deleg-aware: on"])
    daemon.start()
    daemon.wait_log(r"info: \[aware\.test\.\] loaded, serial none -> 1, \d+ bytes, DELEG-aware\n")
    daemon.wait_log(r"info: \[odd\.test\.\] loaded, serial none -> 1, \d+ bytes\n")
    daemon.wait_log(r"info: \[told\.test\.\] loaded, serial none -> 1, \d+ bytes, DELEG-aware\n")
    assert "warning: [odd.test.] contains DELEG record but no DNSKEY with ADT bit" in daemon.messages()
    assert not any("[aware.test.] contains" in line for line in daemon.messages())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_signal_ends_with_zero(daemon, number):
    daemon.config()
    daemon.start()
    assert "warning: no zones loaded" in daemon.messages()
    assert daemon.end(number) == 0


def test_no_listen_runs_with_a_warning(daemon):
    daemon.config()
    text = re.sub(r" *listen:.*\n", "", open(daemon.path("knot.conf"), encoding="utf-8").read())
    daemon.write("knot.conf", text)
    daemon.start()
    assert "warning: no network interface configured" in daemon.messages()


def test_harmless_signals_are_ignored(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"])
    daemon.start()
    daemon.proc.send_signal(signal.SIGPIPE)
    daemon.proc.send_signal(signal.SIGALRM)
    assert daemon.address("a.test") == 1


def test_stop_while_a_large_zone_loads(daemon):
    with open(daemon.path("big.test.zone"), "w", encoding="ascii") as file:
        file.write(ZONE.format(serial=1, octet=1))
        file.writelines(f"n{i} A 192.0.2.{i % 256}\n" for i in range(200000))
    daemon.config(["big.test"])
    daemon.start(ready=False)
    daemon.wait_log("starting server in the foreground")
    assert daemon.end(seconds=60) == 0


# --- PID file ---

def test_stale_pid_file_is_replaced(daemon):
    daemon.config()
    gone = subprocess.Popen(["true"])
    gone.wait()
    daemon.write("knot.pid", str(gone.pid))
    daemon.start()
    assert f"warning: removing stale PID file '{daemon.path('knot.pid')}'" in daemon.messages()
    assert open(daemon.path("knot.pid"), encoding="ascii").read() == str(daemon.proc.pid)


def test_pid_file_of_a_living_process_ends_the_start(daemon):
    daemon.config()
    daemon.write("knot.pid", str(os.getpid()))
    daemon.start(ready=False)
    assert daemon.end(None) == 1
    assert "critical: server PID found, already running" in daemon.messages()
    assert open(daemon.path("knot.pid"), encoding="ascii").read() == str(os.getpid())


def test_pid_file_that_cannot_be_made_ends_the_start(daemon):
    daemon.config(server="    pidfile: /nonexistent/knot.pid\n")
    daemon.start(ready=False)
    assert daemon.end(None) == 1
    assert any(line.startswith("critical: failed to create a PID file '/nonexistent/knot.pid' (")
               for line in daemon.messages())


# --- background ---

def test_daemonized_server_serves_and_stops(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"], log=f"log:\n  - target: {daemon.path('log')}\n    any: info\n")
    done = run(daemon.knotd, "-c", daemon.path("knot.conf"), "-d")
    assert done.returncode == 0, done
    pid = int(open(daemon.path("knot.pid"), encoding="ascii").read())
    try:
        assert wait_until(lambda: daemon.address("a.test"), 10, "answer") == 1
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
        assert os.getsid(pid) == pid
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}") or
                   open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()[0] == "Z", 20, "end")
    log = open(daemon.path("log"), encoding="utf-8").read()
    assert f"starting server as a daemon, PID {pid}" in log
    assert "changed directory to /" in log
    assert log.endswith("shutting down\n")


def test_daemonized_start_that_fails_tells_the_shell(daemon):
    daemon.write("knot.conf", "server:\n    nonsense: 1\n")
    assert run(daemon.knotd, "-c", daemon.path("knot.conf"), "--daemonize=/tmp").returncode == 1


# --- reload ---

def test_reload_follows_zone_files_and_configuration(daemon):
    for zone in ("kept.test", "changed.test", "removed.test"):
        daemon.zone(zone)
    daemon.config(["kept.test", "changed.test", "removed.test"])
    daemon.start()
    daemon.zone("changed.test", serial=2, octet=2)
    daemon.zone("added.test", serial=3, octet=3)
    daemon.config(["kept.test", "changed.test", "added.test"])
    daemon.reload()
    daemon.wait_log(r"\[changed\.test\.\] loaded, serial 1 -> 2")
    daemon.wait_log(r"\[added\.test\.\] loaded, serial none -> 3")
    assert daemon.address("kept.test") == 1
    assert daemon.address("changed.test") == 2
    assert daemon.address("added.test") == 3
    assert daemon.address("removed.test") == "REFUSED"
    assert len(re.findall(r"\[kept\.test\.\] zone file loaded", daemon.log())) == 1


def test_reload_with_unchanged_configuration_loads_changed_zones_only(daemon):
    daemon.zone("a.test")
    daemon.zone("b.test")
    daemon.config(["a.test", "b.test"])
    daemon.start()
    daemon.reload()
    daemon.zone("b.test", serial=2, octet=9)
    daemon.reload()
    daemon.wait_log(r"\[b\.test\.\] loaded, serial 1 -> 2")
    assert daemon.address("b.test") == 9
    assert len(re.findall(r"\[a\.test\.\] zone file loaded", daemon.log())) == 1


def test_usr1_loads_changed_zones(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"])
    daemon.start()
    daemon.zone("a.test", serial=2, octet=2)
    daemon.proc.send_signal(signal.SIGUSR1)
    daemon.wait_log(r"\[a\.test\.\] loaded, serial 1 -> 2")
    assert daemon.address("a.test") == 2


def test_broken_configuration_at_reload_keeps_the_old_one(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"])
    daemon.start()
    daemon.write("knot.conf", "server:\n    nonsense: 1\n")
    daemon.proc.send_signal(signal.SIGHUP)
    daemon.wait_log(r"error: failed to load configuration file \(")
    assert "configuration reloaded" not in daemon.log()
    assert daemon.address("a.test") == 1
    daemon.config(["a.test"])
    daemon.reload()


def test_broken_zone_file_at_reload_keeps_the_contents(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"])
    daemon.start()
    daemon.write("a.test.zone", "@ SOA ns hostmaster 2 1 1 1 1\nx A 300.1.1.1\n")
    daemon.reload()
    daemon.wait_log(r"error: \[a\.test\.\] zone event 'load' failed \(")
    assert f"error: [a.test.] zone loader, error in zone, file '{daemon.path('a.test.zone')}', line 2 (" in daemon.log()
    assert daemon.address("a.test") == 1
    daemon.reload()  # still broken: said again
    daemon.wait_log(r"zone event 'load' failed \(", count=2)
    os.unlink(daemon.path("a.test.zone"))
    daemon.reload()
    daemon.wait_log(r"zone event 'load' failed \(", count=3)
    assert daemon.address("a.test") == 1
    daemon.zone("a.test", serial=5, octet=5)
    daemon.reload()
    daemon.wait_log(r"\[a\.test\.\] loaded, serial 1 -> 5")
    assert daemon.address("a.test") == 5


def test_missing_zone_file_is_an_error_and_others_serve(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test", "none.test"])
    daemon.start()
    assert daemon.address("a.test") == 1
    assert daemon.address("none.test") == "SERVFAIL"
    assert f"error: [none.test.] failed to parse zone file '{daemon.path('none.test.zone')}' (not exists)" in daemon.log()
    assert "info: [none.test.] zone not found" in daemon.messages()
    assert "error: [none.test.] zone event 'load' failed (not exists)" in daemon.messages()
    daemon.zone("none.test", octet=7)
    daemon.reload()
    daemon.wait_log(r"\[none\.test\.\] loaded, serial none -> 1")
    assert daemon.address("none.test") == 7


def test_no_query_is_lost_while_zones_come_and_go(daemon):
    daemon.zone("kept.test")
    for i in range(40):
        daemon.zone(f"z{i}.test", octet=i)
    daemon.config(["kept.test"])
    daemon.start()
    stop = time.monotonic() + 3
    asked = round_number = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", daemon.port))
        while time.monotonic() < stop:
            if asked % 50 == 0:
                round_number += 1
                daemon.config(["kept.test"] + [f"z{i}.test" for i in range(40) if (i + round_number) % 3])
                daemon.proc.send_signal(signal.SIGHUP)
            sock.send(wire.query("x.kept.test", "A", ident=asked & 0xffff))
            m = wire.parse(sock.recv(4096))
            assert m.ident == asked & 0xffff and m.rcode == 0 and m.answer[0][4] == b"\xc0\0\2\1"
            asked += 1
    assert asked > 100


def test_items_that_need_a_restart_are_named_once(daemon):
    daemon.config()
    daemon.start()
    daemon.config(server="    tcp-reuseport: on\n")
    daemon.reload()
    daemon.reload()
    text = open(daemon.path("knot.conf"), encoding="utf-8").read()
    daemon.write("knot.conf", text.replace(f"@{daemon.port}", f"@{servers.free_port()}"))
    daemon.reload()
    lines = daemon.messages()
    assert lines.count("warning: changes of tcp-reuseport require restart to take effect") == 1
    assert lines.count("warning: changes of listen(-xdp,-quic,-tls) require restart to take effect") == 1


# --- logging ---

def test_log_files_are_opened_anew_at_reload(daemon):
    path = daemon.path("knot.log")
    daemon.zone("a.test")
    daemon.config(["a.test"], log=f"log:\n  - target: {path}\n    any: debug\n")
    daemon.start(ready=False)
    wait_until(lambda: os.path.exists(path) and "server started answering" in open(path, encoding="utf-8").read(), 20, "log")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d info: Knot DNS ", open(path, encoding="utf-8").read())
    os.rename(path, path + ".1")
    daemon.proc.send_signal(signal.SIGHUP)
    wait_until(lambda: os.path.exists(path) and "configuration reloaded" in open(path, encoding="utf-8").read(), 20, "new log")


def test_log_target_lets_through_its_severity_only(daemon):
    path = daemon.path("knot.log")
    daemon.config(["none.test"], log=f"log:\n  - target: {path}\n    server: warning\n    zone: error\n"
                                     "  - target: stdout\n    any: info\n")
    daemon.start()
    lines = open(path, encoding="utf-8").read().splitlines()
    assert lines and all(re.match(r"\S+ error: \[none\.test\.\] ", line) for line in lines), lines


# --- privileges ---

def test_user_is_changed_after_binding(daemon):
    if os.getuid() != 0:
        pytest.skip("needs root")
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("no user nobody")
    path = daemon.path("knot.log")
    daemon.zone("a.test")
    os.chmod(daemon.path("a.test.zone"), 0o644)
    for parent in (daemon.dir, os.path.dirname(daemon.dir), os.path.dirname(os.path.dirname(daemon.dir))):
        os.chmod(parent, 0o755)
    os.makedirs(daemon.path("run"))
    os.chown(daemon.path("run"), nobody.pw_uid, nobody.pw_gid)
    daemon.config(["a.test"], server="    user: nobody:daemon\n    pidfile: run/knot.pid\n",
                  log=f"log:\n  - target: stdout\n    any: debug\n  - target: {path}\n    any: info\n")
    daemon.start()
    group = re.search(r"changing GID to (\d+)", daemon.log()).group(1)
    status = open(f"/proc/{daemon.proc.pid}/status", encoding="ascii").read()
    assert re.search(rf"^Uid:\t{nobody.pw_uid}\t{nobody.pw_uid}\t{nobody.pw_uid}", status, re.M)
    assert re.search(rf"^Gid:\t{group}\t{group}\t{group}", status, re.M)
    assert re.search(r"^CapEff:\t0+$", status, re.M)
    assert re.search(r"^CapPrm:\t0+$", status, re.M)
    assert f"info: changing UID to {nobody.pw_uid}" in daemon.messages()
    assert os.stat(path).st_uid == nobody.pw_uid


def test_unknown_user_ends_the_start(daemon):
    daemon.config(server="    user: no-such-user-here\n")
    daemon.start(ready=False)
    assert daemon.end(None) == 1
    assert "error: config, invalid user name 'no-such-user-here'" in daemon.log()


def test_capabilities_are_dropped(daemon):
    if os.getuid() != 0:
        pytest.skip("needs root")
    daemon.config()
    daemon.start()
    if "process not allowed to set capabilities" in daemon.log():
        pytest.skip("built without libcap-ng, or not allowed")
    status = open(f"/proc/{daemon.proc.pid}/status", encoding="ascii").read()
    for line in ("CapInh", "CapPrm", "CapEff", "CapBnd"):
        assert re.search(rf"^{line}:\t0+$", status, re.M), status


# --- service manager ---

def test_service_manager_is_told(daemon):
    path = daemon.path("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        sock.settimeout(20)
        daemon.config()
        daemon.start(env={"NOTIFY_SOCKET": path})
        if not os.path.exists("/usr/include/systemd/sd-daemon.h"):
            pytest.skip("built without libsystemd")
        assert sock.recv(4096) == b"READY=1\nSTATUS="
        daemon.reload()
        assert sock.recv(4096) == b"RELOADING=1\nSTATUS="
        assert sock.recv(4096) == b"READY=1\nSTATUS="
        assert daemon.end() == 0
        assert sock.recv(4096) == b"STOPPING=1\nSTATUS="


# --- start-up and answering ---

def big_zone(daemon, count=150000):
    with open(daemon.path("big.test.zone"), "w", encoding="ascii") as file:
        file.write(ZONE.format(serial=1, octet=1))
        file.writelines(f"n{i} A 192.0.2.{i % 256}\n" for i in range(count))


def test_async_start_answers_before_zones_are_loaded(daemon):
    big_zone(daemon)
    daemon.zone("a.test")
    daemon.config(["big.test", "a.test"], server="    async-start: on\n")
    daemon.start(ready=False)
    daemon.wait_log("server started answering")
    log = daemon.log()
    assert "[big.test.] loaded" not in log
    m = daemon.ask("x.big.test")
    if "[big.test.] loaded" not in daemon.log():
        assert m.rcode == 2
    daemon.wait_log(r"\[big\.test\.\] loaded", seconds=60)
    assert daemon.address("big.test") == 1


def test_requests_wait_until_zones_are_loaded(daemon):
    big_zone(daemon)
    daemon.config(["big.test"])
    daemon.start(ready=False)
    daemon.wait_log("starting server in the foreground")
    assert daemon.ask("x.big.test", timeout=60).rcode == 0
    daemon.wait_log("server started answering")
    lines = daemon.messages()
    assert [l for l in lines if "[big.test.] loaded" in l or "started answering" in l][-1] == "info: server started answering"


# --- a stop that takes long, and one that is asked for twice ---

def test_second_stop_signal_ends_at_once(daemon):
    os.mkfifo(daemon.path("pipe.test.zone"))  # loading waits for a writer
    daemon.config(["pipe.test"])
    daemon.start(ready=False)
    daemon.wait_log("starting server in the foreground")
    time.sleep(0.2)  # so that a worker is in the file; if not, the first signal is enough
    daemon.proc.send_signal(signal.SIGTERM)
    daemon.wait_log("stopping server")
    assert daemon.end(signal.SIGTERM) in (0, 1)


def test_zone_removed_while_it_loads_leaves_the_rest_serving(daemon):
    daemon.zone("a.test")
    os.mkfifo(daemon.path("pipe.test.zone"))
    daemon.config(["a.test", "pipe.test"])
    daemon.start(ready=False)
    daemon.wait_log(r"\[a\.test\.\] loaded")
    assert "server started answering" not in daemon.log()
    daemon.config(["a.test"])
    daemon.reload()
    daemon.wait_log("server started answering")  # there is nothing left to wait for
    assert daemon.address("a.test") == 1
    daemon.config(["a.test", "pipe.test"])  # a new zone of that name, while the old one is still being read
    daemon.reload()
    with open(daemon.path("pipe.test.zone"), "w", encoding="ascii") as file:
        file.write(ZONE.format(serial=7, octet=7))
    os.unlink(daemon.path("pipe.test.zone"))
    daemon.zone("pipe.test", serial=8, octet=8)
    daemon.reload()
    wait_until(lambda: daemon.address("pipe.test") in (7, 8), 10, "the new zone's contents")
    assert daemon.address("a.test") == 1


# --- listening ---

def test_unix_socket_relative_to_the_run_directory_serves(daemon):
    daemon.zone("a.test")
    daemon.config(["a.test"])
    text = open(daemon.path("knot.conf"), encoding="utf-8").read()
    daemon.write("knot.conf", text.replace(f"listen: 127.0.0.1@{daemon.port}", "listen: dns.sock"))
    daemon.start()
    message = wire.query("x.a.test", "A", ident=9)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(daemon.path("dns.sock"))
        sock.sendall(len(message).to_bytes(2, "big") + message)
        assert wire.parse(servers.tcp_read(sock)).answer[0][4] == b"\xc0\0\2\1"
    assert f"info: binding to interface {daemon.path('dns.sock')}" in daemon.messages()
    assert daemon.end() == 0
    assert not os.path.exists(daemon.path("dns.sock"))


def test_address_in_use_is_an_error_and_the_server_runs(daemon):
    daemon.zone("a.test")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        daemon.config(["a.test"], server=f"    listen: 127.0.0.1@{port}\n")
        daemon.start()
    assert f"error: cannot bind address 127.0.0.1@{port} TCP (address already in use)" in daemon.messages()
    assert daemon.address("a.test") == 1


def test_proxied_queries_are_answered_for_allowed_senders(daemon):
    daemon.zone("a.test")
    header = b"\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c" + b"\xc0\0\2\x09" + b"\x7f\0\0\1" + b"\x10\x01\0\x35"
    message = header + wire.query("x.a.test", "A", ident=77)
    daemon.config(["a.test"])
    daemon.start()
    assert udp_exchange(daemon.port, message, 0.3) is None
    daemon.config(["a.test"], server="    proxy-allowlist: 127.0.0.0/8\n")
    daemon.reload()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", daemon.port))
        sock.send(message)
        m = wire.parse(sock.recv(4096))
    assert m.ident == 77 and m.answer


# --- modules ---

def test_modules_are_attached_and_follow_the_configuration(daemon):
    daemon.zone("who.test")
    daemon.zone("a.test")
    daemon.config(["a.test"], extra="    global-module: mod-stats\n")
    with open(daemon.path("knot.conf"), "a", encoding="utf-8") as file:
        file.write("  - domain: who.test\n    module: mod-whoami\n")
    daemon.start()
    assert daemon.address("a.test") == 1
    m = daemon.ask("who.test")
    assert m.answer and m.answer[0][4] == b"\x7f\0\0\1"
    daemon.config(["a.test", "who.test"])
    daemon.reload()
    assert not daemon.ask("who.test").answer
    assert daemon.address("who.test") == 1


def test_module_that_is_not_built_says_so(daemon):
    daemon.zone("a.test")
    daemon.zone("synth.test")
    daemon.config(["a.test"], extra="    global-module: mod-cookies\n")
    with open(daemon.path("knot.conf"), "a", encoding="utf-8") as file:
        file.write("  - domain: synth.test\n    module: mod-onlinesign\n")
    daemon.start()
    lines = daemon.messages()
    assert "warning: module 'mod-cookies', not supported yet, has no effect" in lines
    assert "error: [synth.test.] module 'mod-onlinesign', not supported yet" in lines
    assert "error: [synth.test.] zone cannot be activated (operation not supported)" in lines
    assert daemon.address("a.test") == 1
    assert daemon.address("synth.test") == "REFUSED"


def test_verbose_keeps_debug_on_standard_output(daemon):
    daemon.config(log="log:\n  - target: stderr\n    any: error\n")
    daemon.start("-v")
    assert any(" starting" in line for line in daemon.messages())
