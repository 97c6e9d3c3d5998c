"""knotc: every command of the manual against our knotd; Debian's knotc and Python library against ours, ours against Debian's."""
import json
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest

from lib import control, servers

ZONE = """@ 600 SOA ns admin 10 3600 900 86400 300
@ 600 NS ns
ns 300 A 192.0.2.1
www 300 A 192.0.2.2
"""
REMOTES = """
remote:
  - id: r1
    address: 192.0.2.1
  - id: r2
    address: 192.0.2.2
acl:
  - id: a1
    address: 192.0.2.0/24
mod-stats:
  - id: s1
    query-type: on
"""


def make(kind, directory, **options):
    files = {}
    for name, text in (("plain.test", ZONE), ("empty.test", ZONE.replace(" 10 ", " 1 ")), ("bad.test", "@ A bogus\n")):
        files[name] = os.path.join(directory, name + ".zone")
        with open(files[name], "w", encoding="ascii") as file:
            file.write(text)
    options.setdefault("template", {"storage": servers.quote(directory), "global-module": "mod-stats"})
    return kind(str(directory), files, database=True, extra=REMOTES, **options)


@pytest.fixture(params=["one-shot", "interactive"])
def ours(tmp_path, request):
    """Our daemon, with lines as commands of their own or typed into the interactive mode."""
    one = make(servers.Bowline, str(tmp_path))
    one.interactive = request.param == "interactive"
    with one:
        one.wait_ready("plain.test")
        one.wait_ready("empty.test")
        one.wait_log(r"bad\.test\.\] .*fail")
        yield one


@pytest.fixture
def theirs(tmp_path):
    if not servers.available("knot"):
        pytest.skip("knot is not installed")
    place = tmp_path / "debian"
    place.mkdir()
    one = make(servers.Knot, str(place))
    one.start()
    try:
        one.wait_ready("plain.test")
        yield one
    finally:
        one.kill()


def run_interactively(one, line):
    """The line on standard input; options before the command are the program's."""
    words = line.split()
    count = next(i for i, word in enumerate(words) if not word.startswith("-"))
    env = dict(one.env, HOME=one.dir, ASAN_OPTIONS="detect_leaks=0")  # libedit keeps its key names
    done = subprocess.run([one.control_program(), "-s", one.socket, *words[:count]], input=" ".join(words[count:]) + "\n",
                          capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def run(one, line, code=0, **options):
    """Run a line; standard output if it ends with `code`, which the interactive mode doesn't tell."""
    if getattr(one, "interactive", False) and not options:
        return run_interactively(one, line)
    done = one.knotc(*line.split(), **options)
    assert done.returncode == code, (line, done.stdout, done.stderr)
    assert done.stdout == "" or done.stdout.endswith("\n")
    return done.stdout


def complaint(one, line):
    """What the program itself complains about."""
    done = one.knotc(*line.split())
    assert done.returncode == 1 and done.stdout == "", (line, done.stdout)
    return done.stderr


# --- one-shot, ours and ours ---

def test_server_commands(ours):
    assert run(ours, "status") == "Running\n"
    assert re.match(r"3\.6\.\d", run(ours, "status version"))
    assert re.fullmatch(r"UDP workers: 1, TCP workers: 1, XDP workers: 0, background workers: 1 "
                        r"\(running: \d, pending: \d\)\n", run(ours, "status workers"))
    assert run(ours, "status cert-key") == "-\n"
    assert "\n" in run(ours, "status configure")
    assert run(ours, "status bogus", 1) == "error: (invalid parameter) bogus\n"
    assert run(ours, "reload") == "Reloaded\n"
    assert run(ours, "exit", 1) == ""
    assert run(ours, "stop") == "Stopped\n"
    servers.wait_until(lambda: not ours.alive(), 10, "the server to stop")
    ours.proc = None
    assert complaint(ours, "status") == f"error: failed to connect to socket '{ours.socket}' (not exists)\n"


def test_stats(ours):
    ours.ask("plain.test", "SOA")
    text = run(ours, "stats")
    assert "server.zone-count: 3\n" in text
    assert re.search(r"^mod-stats\.request-protocol\[udp4\]: \d+$", text, re.M)
    assert run(ours, "stats server.zone-count") == "server.zone-count: 3\n"
    assert "mod-stats.request-protocol[tcp6]: 0" in run(ours, "-f stats mod-stats")
    assert run(ours, "stats bogus", 1) == "error: (invalid parameter) bogus\n"
    assert re.search(r"^\[plain\.test\.\] zone\.size: \d+$", run(ours, "zone-stats --"), re.M)
    assert re.fullmatch(r"zone\.max-ttl: 600\n", run(ours, "zone-stats plain.test zone.max-ttl"))


def test_zone_status(ours):
    assert run(ours, "zone-status plain.test") == "[plain.test.] role: master | serial: 10\n"
    assert run(ours, "zone-status plain.test +serial +freeze") == "[plain.test.] serial: 10\n"
    assert run(ours, "-e zone-status plain.test +freeze") == "[plain.test.] freeze: - | XFR-freeze: -\n"
    assert run(ours, "zone-status +role").splitlines() == ["[bad.test.] role: master", "[empty.test.] role: master", "[plain.test.] role: master"]
    assert run(ours, "zone-status bad.test") == "[bad.test.] role: master | serial: -\n"
    assert run(ours, "zone-status nope.test", 1) == "error: (no such zone found) [nope.test]\n"
    full = run(ours, "-e zone-status plain.test")
    for item in ("role", "serial", "transaction", "freeze", "XFR-freeze", "catalog", "load", "refresh", "update", "expiration", "purge",
                 "flush", "backup/restore", "notify", "re-sign", "DNSSEC-validate", "DS-check", "DS-push", "DNSKEY-sync"):
        assert f" {item}: " in full
    assert complaint(ours, "zone-status +bogus") == "error: unknown filter: +bogus\n"
    assert "\x1b[" in run(ours, "-X zone-status plain.test")


def test_zone_events(ours, tmp_path):
    for line in ("zone-reload plain.test", "-b zone-reload plain.test", "-b zone-reload plain.test empty.test", "zone-reload -f plain.test",
                 "zone-freeze plain.test", "zone-thaw plain.test", "-b zone-freeze plain.test", "-b zone-thaw plain.test",
                 "zone-xfr-freeze plain.test", "zone-xfr-thaw plain.test", "-b -f zone-flush plain.test"):
        assert run(ours, line) == "OK\n"
    out = run(ours, "-b zone-reload bad.test plain.test", 1)
    assert re.fullmatch(r"error: \(.*\) \[bad\.test\]\n", out)
    assert run(ours, "-b zone-reload", 1) == "error: (operation failed for some zones)\n"
    assert run(ours, "zone-freeze plain.test") == "OK\n"
    assert "freeze: yes" in run(ours, "zone-status plain.test")
    assert run(ours, "zone-thaw") == "OK\n"
    assert run(ours, f"zone-flush plain.test +outdir {tmp_path}/out") == "OK\n"
    assert os.path.exists(tmp_path / "out" / "plain.test.zone")
    assert complaint(ours, "zone-purge plain.test") == "error: force option required!\n"
    assert complaint(ours, "-f zone-purge") == "error: zone must be specified (or -- for all zones)\n"
    assert run(ours, "-f zone-purge plain.test +expire") == "OK\n"
    assert run(ours, "zone-status plain.test +serial") == "[plain.test.] serial: -\n"


@pytest.mark.parametrize("command", ["zone-refresh", "zone-retransfer", "zone-notify", "zone-sign", "zone-validate", "zone-keys-load"])
def test_what_is_not_there_yet_says_so(ours, command):
    assert run(ours, f"{command} plain.test", 1) == "error: (operation not supported) [plain.test]\n"


def test_zone_content(ours):
    assert run(ours, "zone-read plain.test @ SOA") == "plain.test. 600 SOA ns.plain.test. admin.plain.test. 10 3600 900 86400 300\n"
    assert run(ours, "zone-read -- @ SOA", 1).splitlines()[0] == \
        "[empty.test.] empty.test. 600 SOA ns.empty.test. admin.empty.test. 1 3600 900 86400 300"
    assert run(ours, "zone-read plain.test www") == "www.plain.test. 300 A 192.0.2.2\n"
    assert run(ours, "zone-read plain.test www.plain.test.") == "www.plain.test. 300 A 192.0.2.2\n"
    assert len(run(ours, "zone-read plain.test").splitlines()) == 4
    assert run(ours, "zone-read plain.test nope", 1) == "error: (no such node in zone found) [plain.test] nope\n"
    assert run(ours, "zone-get plain.test", 1) == "error: (no active transaction) [plain.test]\n"
    assert run(ours, "zone-begin plain.test") == "OK\n"
    assert run(ours, "zone-begin plain.test", 1) == "error: (too many transactions) [plain.test]\n"
    assert run(ours, "zone-set plain.test new 300 A 192.0.2.9") == "OK\n"
    assert run(ours, "zone-set plain.test new 300 A 192.0.2.9", 1) == \
        "error: (such record already exists in zone) [plain.test] new 300 A 192.0.2.9\n"
    assert re.fullmatch(r"error: \(parser failed, .*\) \[plain\.test\] new A bogus\n", run(ours, "zone-set plain.test new A bogus", 1).replace("plain.test.]", "plain.test]"))
    assert run(ours, "zone-unset plain.test www") == "OK\n"
    assert ours.knotc("zone-set", "plain.test", "@", "TXT", '"a b"', "c").returncode == 0
    assert run(ours, "zone-diff plain.test") == \
        '-www.plain.test. 300 A 192.0.2.2\n+plain.test. 3600 TXT "a b" "c"\n+new.plain.test. 300 A 192.0.2.9\n'
    assert run(ours, "zone-get plain.test new A") == "new.plain.test. 300 A 192.0.2.9\n"
    assert run(ours, "zone-unset plain.test new TXT", 1).startswith("error: (no such RR type) [plain.test] new TXT")
    assert run(ours, "zone-commit plain.test") == "OK\n"
    assert ours.ask("new.plain.test").answer and ours.ask("www.plain.test").rcode == 3
    assert run(ours, "zone-status plain.test +serial") == "[plain.test.] serial: 11\n"
    assert run(ours, "zone-begin plain.test +benevolent") == "OK\n"
    assert run(ours, "zone-set plain.test new 300 A 192.0.2.9") == "OK\n"
    assert run(ours, "zone-abort --") == "OK\n"
    assert run(ours, "zone-commit plain.test", 1) == "error: (no active transaction) [plain.test]\n"


def test_zone_serial(ours):
    assert run(ours, "zone-serial-set plain.test") == "10\n"
    assert run(ours, "zone-serial-set plain.test 20") == "OK\n"
    assert run(ours, "zone-serial-set plain.test +5") == "OK\n"
    assert run(ours, "zone-serial-set plain.test") == "25\n"
    assert run(ours, "zone-serial-set plain.test 10", 1) == "error: (SOA mismatch) [plain.test] = 10\n"
    assert run(ours, "-f zone-serial-set plain.test 10") == "OK\n"
    servers.wait_until(lambda: ours.serial("plain.test") == 10, 5, "the serial")
    assert run(ours, "zone-serial-set -- +MAX", 1)  # bad.test has none
    assert run(ours, "zone-serial-set plain.test") == f"{10 + 2147483647}\n"


def test_a_new_zone_from_scratch(ours):
    """As in the operation manual: the configuration first, then the records."""
    for line in ("conf-begin", "conf-set zone[fresh.test]", "conf-set zone[fresh.test].file fresh.zone", "conf-commit",
                 "zone-begin fresh.test", "zone-set fresh.test @ 3600 SOA ns admin 1 3600 900 86400 300",
                 "zone-set fresh.test @ 3600 NS ns", "zone-set fresh.test ns 3600 A 192.0.2.1", "zone-set fresh.test ns 3600 AAAA 2001:db8::1",
                 "zone-commit fresh.test"):
        assert run(ours, line) == "OK\n"
    assert ours.serial("fresh.test") == 1
    assert run(ours, "-b -f zone-flush fresh.test") == "OK\n"
    with open(ours.path("fresh.zone"), encoding="ascii") as file:
        assert "2001:db8::1" in file.read()


def test_configuration(ours):
    assert "zone" in run(ours, "conf-list").splitlines()
    assert run(ours, "conf-list statistics") == "statistics.timer\nstatistics.file\nstatistics.append\nstatistics.comment\n"
    assert run(ours, "conf-list zone.semantic-checks").splitlines() == [f"zone.semantic-checks {v}" for v in ("off", "on", "soft")]
    assert run(ours, "conf-read server.identity") == "server.identity ident\n"
    assert run(ours, "conf-read remote[r1] acl[a1]") == \
        "remote.id r1\nremote[r1].address 192.0.2.1\nacl.id a1\nacl[a1].address 192.0.2.0/24\n"
    assert run(ours, "conf-commit", 1) == "error: (no active transaction)\n"
    assert run(ours, "conf-abort") == "OK\n"
    assert run(ours, "conf-begin") == "OK\n"
    assert run(ours, "conf-set server.identity xx") == "OK\n"
    assert run(ours, "conf-set zone.domain new.test") == "OK\n"
    assert run(ours, "conf-set zone[new.test].acl a1") == "OK\n"
    assert run(ours, "conf-set zone[new.test].notify r1 r2") == "OK\n"
    assert run(ours, "conf-set remote[x]") == "OK\n"
    assert run(ours, "conf-set server.udp-workers abc", 1) == "error: (invalid parameter) server.udp-workers abc\n"
    assert run(ours, "conf-diff") == ("-server.identity ident\n+server.identity xx\n+remote.id x\n+zone.domain new.test.\n"
                                      "+zone[new.test.].notify r1\n+r2\n+zone[new.test.].acl a1\n")
    assert run(ours, "conf-get zone[new.test].notify") == "zone[new.test.].notify r1\nr2\n"
    assert run(ours, "conf-commit", 1) == "error: (no remote address defined) remote[x]\n"
    assert run(ours, "conf-unset remote[x]") == "OK\n"
    assert run(ours, "conf-unset zone[new.test].notify r1") == "OK\n"
    assert run(ours, "conf-commit") == "OK\n"
    assert run(ours, "conf-read zone[new.test]") == "zone.domain new.test.\nzone[new.test.].notify r2\nzone[new.test.].acl a1\n"
    assert "[new.test.] role: master" in run(ours, "zone-status")
    assert run(ours, "conf-begin") == "OK\n"
    assert run(ours, "conf-unset") == "OK\n"
    assert run(ours, "conf-get") == ""
    assert run(ours, "conf-abort") == "OK\n"


def test_complaints_of_the_program(ours):
    assert complaint(ours, "bogus") == "error: invalid command 'bogus'\n"
    assert complaint(ours, "stop now") == "error: command does not take arguments\n"
    assert complaint(ours, "zone-key-rollover plain.test") == "error: command requires 2 arguments\n"
    assert complaint(ours, "zone-set plain.test") == "error: command requires at least 3 arguments\n"
    assert complaint(ours, "conf-set") == "error: invalid number of arguments\n"
    assert complaint(ours, "conf-read zone[x") == "error: (missing bracket after identifier) zone[x\n"
    assert complaint(ours, "conf-read zone[x]y") == "error: (unexpected token) zone[x]y\n"
    assert complaint(ours, "-s /nonexistent status") == "error: failed to connect to socket '/nonexistent' (not exists)\n"
    for line in ("-t x status", "-m 0 status", "--bogus"):
        done = ours.knotc(*line.split())
        assert done.returncode == 1 and done.stdout.startswith("Usage: knotc")
    done = ours.knotc("-h")
    assert done.returncode == 0 and " zone-status        [<zone>...] [<filter>...]" in done.stdout and "Note:" in done.stdout
    assert re.match(r"knotc, Knot DNS 3\.6", ours.knotc("-V").stdout)


def test_socket_is_found_by_the_configuration(ours):
    program = ours.control_program()
    for source in (["-C", ours.path("confdb")], ["-c", ours.path("knot.conf")]):
        done = subprocess.run([program, *source, "status"], capture_output=True, text=True, timeout=20, env=ours.env)
        assert done.stdout == "Running\n", done.stderr


def test_timeout(tmp_path):
    """A server that accepts and says nothing."""
    import socket
    path = str(tmp_path / "mute.sock")
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(path)
        mute.listen(1)
        program = servers.find_binary("knotc")
        done = subprocess.run([program, "-s", path, "-t", "1", "status"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and done.stderr == "error: failed to control (connection timeout)\n"


# --- local commands ---

def local(*arguments, code=0):
    done = subprocess.run([servers.find_binary("knotc"), *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done


def test_local_commands(tmp_path):
    database, file, out = tmp_path / "db", tmp_path / "knot.conf", tmp_path / "out.conf"
    file.write_text("server:\n    identity: me\nzone:\n  - domain: a.test\n")
    assert local("-C", database, "conf-init").stdout == ""
    assert local("-C", database, "conf-check").stdout == "Configuration is valid\n"
    local("-C", database, "conf-import", file)
    assert "use force option to overwrite" in local("-C", database, "conf-init", code=1).stderr
    assert "use force option to modify/overwrite" in local("-C", database, "conf-import", file, code=1).stderr
    assert 'identity: "me"' in local("-C", database, "conf-export").stdout
    local("-C", database, "conf-export", out)
    assert local("-c", out, "conf-export").stdout == out.read_text()
    file.write_text("zone:\n  - domain: b.test\n")
    local("-C", database, "-f", "conf-import", file, "+nopurge")
    text = local("-C", database, "conf-export").stdout
    assert '"a.test."' in text and '"b.test."' in text
    local("-C", database, "-f", "conf-import", file)
    assert '"a.test."' not in local("-C", database, "conf-export").stdout
    local("-C", database, "-f", "conf-init")
    assert "zone:" not in local("-C", database, "conf-export").stdout
    file.write_text("zone:\n  - domain: b.test\n    master: nobody\n")
    assert "item 'master', value 'nobody' (invalid reference)" in local("-c", file, "conf-check", code=1).stderr
    assert "import (" in local("-C", database, "-f", "conf-import", file, code=1).stderr
    assert "failed to open configuration database" in local("-C", tmp_path / "none", "conf-check", code=1).stderr
    assert "ambiguous configuration source" in local("-c", file, "-C", database, "conf-check", code=1).stderr
    schema = json.loads(local("conf-export", "+schema").stdout)
    assert schema["$id"] == "https://knot-dns.cz/config.schema.json"
    assert schema["properties"]["zone"]["items"]["properties"]["semantic-checks"]["enum"] == ["off", "false", "on", "true", "soft"]


def test_zone_check(tmp_path):
    (tmp_path / "good.test.zone").write_text(ZONE)
    (tmp_path / "bad.test.zone").write_text(ZONE + "@ A bogus\n")
    (tmp_path / "odd.test.zone").write_text(ZONE + "www CNAME ns\n")
    file = tmp_path / "knot.conf"
    file.write_text(f"template:\n  - id: default\n    storage: {tmp_path}\n    semantic-checks: on\n"
                    "zone:\n  - domain: good.test\n  - domain: bad.test\n  - domain: odd.test\n  - domain: none.test\n    zonefile-load: none\n")
    assert local("-c", file, "zone-check", "good.test").stdout == ""
    assert "[bad.test.] failed to check zone" in local("-c", file, "zone-check", "bad.test", code=1).stderr
    assert "[nope.test] no such zone found" in local("-c", file, "zone-check", "nope.test", code=1).stderr
    assert "[a..b] invalid name" in local("-c", file, "zone-check", "a..b", code=1).stderr
    everything = local("-c", file, "zone-check", code=1).stderr
    assert "bad.test." in everything and "odd.test." in everything and "none.test" not in everything


# --- interactive ---

class Terminal:
    """knotc on a terminal of its own."""

    def __init__(self, one, home):
        env = dict(os.environ, TERM="xterm", HOME=str(home), ASAN_OPTIONS="detect_leaks=0")  # libedit keeps its key names
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(one.control_program(), ["knotc", "-s", one.socket], env)
        self.text = ""
        self.expect("knotc> ")

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.text += re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", data.decode("utf-8", "replace")).replace("\r", "")
        return bool(data)

    def expect(self, wanted, seconds=20):
        """Wait until `wanted` comes; all text up to it."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline, (wanted, self.text)
            self.read(0.1)
        before, self.text = self.text.split(wanted, 1)
        return before

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def press_tab_until(self, wanted, seconds=60):
        """A server that is busy for too long is asked again, as a user would; two are needed anyway."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline, (wanted, self.text)
            self.type("\t")
            self.read(6)
            while self.read(0.2):
                pass
        self.text = self.text.split(wanted, 1)[1]

    def line(self, text):
        """Enter a line; what came up to the next prompt, perhaps with an echo."""
        self.type(text + "\n")
        self.expect("\n")
        return self.expect("knotc> ")

    def end(self):
        self.type("exit\n")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def test_interactive(ours, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    t = Terminal(ours, home)
    assert "role: master | serial: 10" in t.line("zone-status plain.test")
    assert t.line("bogus").endswith("error: invalid command 'bogus'\n")
    assert t.line("conf-begin").endswith("OK\n")
    assert t.line("conf-set server.identity 'two words'").endswith("OK\n")
    assert "+server.identity two words" in t.line("conf-diff")
    assert t.line("conf-abort").endswith("OK\n")
    assert t.end() == 0
    history = (home / ".knotc_history").read_text()
    assert history.startswith("_HiStOrY_V2_\n") and "conf-abort" in history
    assert history.rstrip().endswith("exit\\012")
    # History is there again, by the upward key.
    t = Terminal(ours, home)
    t.type("\x10\x10")
    t.expect("conf-abort")
    t.type("\x15")
    assert t.end() == 0


def test_completion(ours, tmp_path):
    t = Terminal(ours, tmp_path)
    t.type("\t")
    t.expect("Unset the item data in the transaction.")
    t.type("stat\t")
    t.expect("stat")
    t.type("\t")
    t.expect("status")
    t.type("\x15zone-st\t\t")
    t.expect("zone-stats   zone-status")
    t.type("\x15zone-status pl\t")
    t.expect("ain.test. ")
    t.type("+ser\t")
    t.expect("+serial ")
    t.type("\n")
    t.expect("[plain.test.] serial: 10")
    t.type("conf-read rem\t")
    t.expect("ote")
    t.type("[r\t\t")
    t.expect("remote[r1]")
    t.type("1].add\t")
    t.expect("ress")
    t.type("\n")
    t.expect("remote[r1].address 192.0.2.1")
    t.line("conf-begin")
    t.type("conf-set zone[plain.test.].semantic-checks \t")
    t.expect("off   on    soft")
    t.type("\x15conf-set zone[plain.test.].notify ")
    t.press_tab_until("r1  r2")
    t.type("\x15zone-flush plain.test. +out\t/no\t")
    t.expect("+outdir")
    t.type("\x15conf-abort\n")
    t.expect("OK")
    t.end()


# --- across products ---

def test_debians_knotc_drives_our_daemon(ours):
    if not servers.available("knot"):
        pytest.skip("knot is not installed")
    debian = "/usr/sbin/knotc"

    def ask(line, code=0):
        done = ours.knotc(*line.split(), program=debian)
        assert done.returncode == code, (line, done.stdout, done.stderr)
        return done.stdout
    assert ask("status") == "Running\n"
    assert "UDP workers: 1" in ask("status workers")
    assert ask("zone-status plain.test +serial") == "[plain.test.] serial: 10\n"
    assert "plain.test. 600 SOA" in ask("zone-read plain.test @ SOA")
    for line in ("zone-begin plain.test", "zone-set plain.test new 300 A 192.0.2.9", "zone-unset plain.test www"):
        assert ask(line) == "OK\n"
    diff = ask("zone-diff plain.test")
    assert "-www.plain.test. 300 A 192.0.2.2" in diff and "+new.plain.test. 300 A 192.0.2.9" in diff
    assert ask("zone-commit plain.test") == "OK\n"
    for line in ("-b zone-reload plain.test", "zone-freeze plain.test", "zone-thaw plain.test", "-b -f zone-flush plain.test", "conf-begin",
                 "conf-set zone.domain new.test", "conf-set zone[new.test].notify r1 r2"):
        assert ask(line) == "OK\n"
    assert ask("conf-diff") == "+zone.domain = new.test.\n+zone[new.test.].notify = r1 r2\n"
    assert ask("conf-commit") == "OK\n"
    assert ask("conf-read zone[new.test].notify") == "zone[new.test.].notify = r1 r2\n"
    assert "statistics.timer" in ask("conf-list statistics")
    assert "server.zone-count = 4" in ask("stats")
    assert "zone.size" in ask("zone-stats plain.test")
    assert ask("zone-status nope.test", 1) == "error: [nope.test] (no such zone found)\n"
    assert ask("reload") == "Reloaded\n"
    assert ask("stop") == "Stopped\n"
    servers.wait_until(lambda: not ours.alive(), 10, "the server to stop")
    ours.proc = None


def test_our_knotc_drives_debians_daemon(theirs):
    program = servers.find_binary("knotc")

    def ask(line, code=0):
        return run(theirs, line, code, program=program)
    assert ask("status") == "Running\n"
    assert "3.2" in ask("status version")
    assert ask("zone-status plain.test +serial") == "[plain.test.] serial: 10\n"
    assert ask("zone-read plain.test www") == "www.plain.test. 300 A 192.0.2.2\n"
    for line in ("zone-begin plain.test", "zone-set plain.test new 300 A 192.0.2.9", "zone-unset plain.test www"):
        assert ask(line) == "OK\n"
    assert ask("zone-diff plain.test") == "-www.plain.test. 300 A 192.0.2.2\n+new.plain.test. 300 A 192.0.2.9\n"
    assert ask("zone-commit plain.test") == "OK\n"
    for line in ("-b zone-reload plain.test", "zone-freeze plain.test", "zone-thaw plain.test", "conf-begin", "conf-set zone.domain new.test",
                 "conf-set zone[new.test].notify r1 r2"):
        assert ask(line) == "OK\n"
    assert ask("conf-diff") == "+zone.domain new.test.\n+zone[new.test.].notify r1\n+r2\n"
    assert ask("conf-commit") == "OK\n"
    assert ask("conf-read zone[new.test].notify") == "zone[new.test.].notify r1\nr2\n"
    assert "statistics.timer\n" in ask("conf-list statistics")
    assert "server.zone-count: 4\n" in ask("stats")
    assert ask("zone-status nope.test", 1) == "error: (no such zone found) [nope.test]\n"
    assert ask("conf-set server.identity x", 1) == "error: (no active transaction) server.identity x\n"
    assert ask("reload") == "Reloaded\n"
    assert ask("stop") == "Stopped\n"


PYTHON = """
import json, sys
from libknot.control import KnotCtl, KnotCtlError
def ask(**items):
    ctl = KnotCtl()
    ctl.connect(sys.argv[1])
    try:
        ctl.send_block(**items)
        return ctl.receive_stats() if items["cmd"] in ("stats", "zone-stats") else ctl.receive_block()
    finally:
        ctl.send(__import__("libknot.control").control.KnotCtlType.END)
        ctl.close()
out = [ask(cmd="conf-read", section="server", item="identity"), ask(cmd="zone-status", zone="plain.test"), ask(cmd="stats", flags="F"),
       ask(cmd="zone-read", zone="plain.test", owner="www"), ask(cmd="conf-read", section="remote")]
try:
    ask(cmd="zone-status", zone="nope.test")
except KnotCtlError as error:
    out.append(str(error))
print(json.dumps(out))
"""


def python_library(one):
    done = subprocess.run(["/usr/bin/python3", "-c", PYTHON, one.socket], capture_output=True, text=True, timeout=60)
    if "No module named 'libknot'" in done.stderr:
        pytest.skip("python3-libknot is not installed")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_python_library_drives_our_daemon(ours):
    conf, status, stats, records, remotes, error = python_library(ours)
    assert conf == {"server": {"identity": ["ident"]}}
    assert status["plain.test."]["serial"] == "10" and {"refresh", "expiration"} <= set(status["plain.test."])
    assert stats["server"]["zone-count"] == 3 and "udp4" in stats["mod-stats"]["request-protocol"]
    assert records == {"plain.test.": {"www.plain.test.": {"A": {"ttl": "300", "data": ["192.0.2.2"]}}}}
    assert set(remotes["remote"]) == {"r1", "r2"}
    assert "no such zone found" in error


def test_the_python_library_gets_the_same_shape_from_both(ours, theirs):
    mine, peers = python_library(ours), python_library(theirs)
    assert mine[0] == peers[0] and mine[3:] == peers[3:]
    assert set(peers[1]["plain.test."]) <= set(mine[1]["plain.test."])
    assert set(peers[2]) <= set(mine[2])


def test_hostile_clients_cost_only_their_connection(ours):
    import random
    rng = random.Random(7)
    junk = [b"\xff", b"\x10\x00\x05abcde\x03", b"\x01\x1c\x00\x00", b"\x01\x10\xff\xff" + b"x" * 100, b"\x00", b"\x02\x03", b"\x03\x03\x03"]
    junk += [bytes(rng.choice([0, 1, 2, 3, 0x10, 0x16, 0x1b, rng.randrange(256)]) for _ in range(rng.randrange(1, 200))) for _ in range(200)]
    held = [control.Control(ours.socket) for _ in range(10)]  # connected and silent
    for data in junk:
        one = control.Control(ours.socket)
        one.socket.sendall(data)
        one.socket.close()
    assert control.do(ours.socket, "status") != []
    # Unknown commands are answered.
    assert control.ask(ours.socket, {"CMD": "bogus"})[0][1]["ERROR"]
    assert control.ask(ours.socket, {"ZONE": "x"})[0][1]["ERROR"]
    for one in held:
        one.close()
