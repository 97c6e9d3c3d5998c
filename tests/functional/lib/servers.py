"""Start and stop name servers on loopback: ours and Debian's Knot DNS, NSD and BIND, all as black boxes.

    with Bowline(directory, {"example.": "/path/zone"}) as server:
        server.wait_ready()

Each server gets its own directory for configuration, state and log, and a port that was free on UDP and TCP.
Waiting is always for a condition, with a deadline in seconds.
"""
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

from . import wire

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
ADDRESS = "127.0.0.1"
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|MemorySanitizer|runtime error:")


class ServerError(Exception):
    """A server did not start, died, or left a sanitizer's report."""


def find_binary(name, fast=False):
    """Path of our own program `name`. BOWLINE_BUILD names the build directory; else the usual ones are tried,
    the release first if `fast`. None if it isn't built."""
    places = ["build", "build-test"] if fast else ["build-test", "build"]
    if os.environ.get("BOWLINE_BUILD"):
        places = [os.environ["BOWLINE_BUILD"]]
    for place in places:
        path = os.path.join(ROOT, place, "src", "tools", name)
        if os.access(path, os.X_OK):
            return path
    return None


def free_port():
    """A port free on UDP and TCP of loopback. Taken from outside the ephemeral range, so that no client
    socket grabs it before the server does."""
    for _ in range(500):
        port = random.SystemRandom().randrange(10000, 32000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            try:
                udp.bind((ADDRESS, port))
                tcp.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    raise ServerError("no free port")


def wait_until(condition, seconds, what):
    """Poll until condition() is true; its value is returned."""
    deadline = time.monotonic() + seconds
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise ServerError(f"timed out after {seconds} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def udp_exchange(port, message, timeout=2.0, address=ADDRESS):
    """Send one datagram; the reply's bytes, or None when none comes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((address, port))
        try:
            sock.send(message)
            while True:
                reply = sock.recv(65535)
                if reply[:2] == message[:2]:
                    return reply
        except OSError:
            return None


def read_exactly(sock, count):
    """`count` octets from a stream, fewer if it ends."""
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            break
        data += part
    return data


def tcp_read(sock):
    """One length-prefixed message, None at the end of the stream."""
    head = read_exactly(sock, 2)
    if len(head) < 2:
        return None
    length = struct.unpack("!H", head)[0]
    body = read_exactly(sock, length)
    return body if len(body) == length else None


def tcp_exchange(port, message, timeout=5.0, address=ADDRESS):
    with socket.create_connection((address, port), timeout=timeout) as sock:
        sock.sendall(struct.pack("!H", len(message)) + message)
        try:
            return tcp_read(sock)
        except OSError:
            return None


class Server:
    """Base: life cycle of one daemon. `zones` maps names (text) to zone files."""
    name = "server"

    def __init__(self, directory, zones, port=None, core=None, prefix=(), env=None, udp_size=1232):
        self.dir = os.path.abspath(directory)
        os.makedirs(self.dir, exist_ok=True)
        self.zones = dict(zones)
        self.port = port or free_port()
        self.core = core          # pin to this CPU, None: don't
        self.prefix = list(prefix)  # e.g. valgrind and its options
        self.env = env
        self.udp_size = udp_size
        self.proc = None
        self.log_path = os.path.join(self.dir, "log")

    def command(self):
        raise NotImplementedError

    def write_config(self):
        raise NotImplementedError

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def start(self):
        self.write_config()
        log = open(self.log_path, "ab")
        pin = ["taskset", "-c", str(self.core)] if self.core is not None else []
        self.proc = subprocess.Popen(pin + self.prefix + self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=log, cwd=self.dir, env=self.env)
        log.close()
        return self

    @property
    def pid(self):
        return self.proc.pid

    def alive(self):
        return self.proc is not None and self.proc.poll() is None

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def check_alive(self):
        if not self.alive():
            raise ServerError(f"{self.name} ended ({self.proc.returncode if self.proc else 'not started'}):\n"
                              f"{self.log()[-6000:]}")

    def udp(self, message, timeout=2.0):
        return udp_exchange(self.port, message, timeout)

    def tcp(self, message, timeout=5.0):
        return tcp_exchange(self.port, message, timeout)

    def ask(self, name, qtype="A", tcp=False, timeout=2.0, **options):
        """Send one query and parse the reply; None when none comes. UDP is asked again after a loss."""
        options.setdefault("ident", random.randrange(65536))
        message = wire.query(name, qtype, **options)
        for _ in range(1 if tcp else 3):
            reply = self.tcp(message, timeout) if tcp else self.udp(message, timeout)
            if reply is not None:
                return wire.parse(reply)
        return None

    def serial(self, zone):
        """Serial that the server answers with, None if it doesn't."""
        self.check_alive()
        reply = udp_exchange(self.port, wire.query(zone, "SOA", ident=random.randrange(65536)), 0.5)
        if reply is None:
            return None
        m = wire.parse(reply)
        soa = [r for r in m.answer if r[1] == 6]
        return struct.unpack("!I", soa[0][4][-20:-16])[0] if m.rcode == 0 and soa else None

    def wait_ready(self, zone=None, seconds=30, serial=None):
        """Wait until the zone (default: all; with many, the first and last) answers its SOA."""
        names = [zone] if zone else list(self.zones)
        if len(names) > 20:
            names = [names[0], names[-1]]
        for one in names:
            wait_until(lambda one=one: self.serial(one) == serial if serial is not None
                       else self.serial(one) is not None, seconds, f"{self.name} loading {one}\n{self.log()[-3000:]}")
        return self

    def wait_log(self, pattern, seconds=10, count=1):
        return wait_until(lambda: len(re.findall(pattern, self.log())) >= count or None, seconds,
                          f"{self.name} to log {pattern!r}\n{self.log()[-3000:]}")

    def signal(self, number):
        self.check_alive()
        self.proc.send_signal(number)

    def reload(self):
        """New configuration is written from self.zones, then the server is told."""
        self.write_config()
        self.signal(signal.SIGHUP)

    def stop(self, seconds=30):
        """SIGTERM, and a judgement: a crash, a hang or a sanitizer's report raises ServerError."""
        if self.proc is None:
            return
        problem = None
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(seconds)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
                problem = f"did not stop within {seconds} s"
        else:
            problem = f"was gone already, status {self.proc.returncode}"
        code, self.proc = self.proc.returncode, None
        report = self.log()
        if SANITIZER.search(report):
            problem = "left a sanitizer report"
        elif problem is None and code not in (0, -signal.SIGTERM):
            problem = f"ended with status {code}"
        if problem:
            raise ServerError(f"{self.name} {problem}\n{report[-12000:]}")

    def kill(self):
        """End it whatever its state; no judgement."""
        if self.proc is not None and self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        self.proc = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()

    # What the benchmarks read.

    def pids(self):
        """The daemon and its children (NSD forks)."""
        pids, queue = [], [self.proc.pid]
        while queue:
            pid = queue.pop()
            pids.append(pid)
            try:
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                    queue += [int(child) for child in file.read().split()]
            except FileNotFoundError:
                pass
        return pids

    def memory(self):
        """Octets of proportional set size over all its processes (shared pages count once)."""
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                    total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M).group(1)) * 1024
            except (FileNotFoundError, ProcessLookupError, AttributeError):
                pass
        return total

    def cpu_seconds(self):
        """CPU time over all its processes, user and system."""
        ticks = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                ticks += int(fields[11]) + int(fields[12])
            except (FileNotFoundError, ProcessLookupError):
                pass
        return ticks / os.sysconf("SC_CLK_TCK")


def quote(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Knot(Server):
    """Debian's knotd; ours takes the same configuration."""
    name = "knot"
    binary = "/usr/sbin/knotd"

    def __init__(self, directory, zones, server=None, template=None, extra="", workers=1, zone_items=None,
                 database=False, **rest):
        super().__init__(directory, zones, **rest)
        self.database = database     # serve from a configuration database, made of the same text
        self.server_items = dict(server or {})
        self.template_items = dict(template or {})
        self.zone_items = dict(zone_items or {})  # zone name -> {item: value}
        self.extra = extra
        self.workers = workers

    def program(self):
        return self.binary

    def command(self):
        return [self.program()] + (["-C", self.path("confdb")] if self.database else ["-c", self.path("knot.conf")])

    @property
    def socket(self):
        """Path of the control socket."""
        return self.path("knot.sock")

    def control_program(self):
        return "/usr/sbin/knotc"

    def import_config(self):
        done = subprocess.run([self.control_program(), "-C", self.path("confdb"), "-f", "conf-import", self.path("knot.conf")],
                              capture_output=True, text=True, timeout=600, env=self.env)
        if done.returncode != 0:
            raise ServerError(f"conf-import: {done.stdout}{done.stderr}")

    def knotc(self, *arguments, program=None, timeout=60):
        """Run knotc (the server's own, or another) against it: the finished process."""
        return subprocess.run([program or self.control_program(), "-s", self.socket, *arguments], capture_output=True,
                              text=True, timeout=timeout, env=self.env)

    def wait_socket(self, seconds=30):
        wait_until(lambda: self.check_alive() or os.path.exists(self.socket) or None, seconds,
                   f"{self.name} to listen on its control socket\n{self.log()[-3000:]}")
        return self

    def write_config(self):
        items = {"rundir": quote(self.dir), "listen": f"{ADDRESS}@{self.port}", "udp-workers": self.workers,
                 "tcp-workers": self.workers, "background-workers": 1, "udp-max-payload": self.udp_size,
                 "identity": "ident", "version": "vers", "nsid": "nsid"}
        items.update(self.server_items)
        template = {"storage": quote(self.dir), "zonefile-sync": "-1", "journal-content": "none",
                    "semantic-checks": "off"}
        template.update(self.template_items)
        lines = ["server:"] + [f"    {k}: {v}" for k, v in items.items() if v is not None]
        lines += ["log:", "  - target: stderr", "    any: info"]
        lines += ["database:", f"    storage: {quote(self.dir)}"]
        if self.extra:
            lines.append(self.extra.rstrip("\n"))
        lines += ["template:", "  - id: default"] + [f"    {k}: {v}" for k, v in template.items() if v is not None]
        if self.zones:
            lines.append("zone:")
        for zone, file in self.zones.items():
            lines.append(f"  - domain: {quote(zone)}")
            if file is not None:
                lines.append(f"    file: {quote(file)}")
            lines += [f"    {k}: {v}" for k, v in self.zone_items.get(zone, {}).items()]
        temporary = self.path("knot.conf.new")
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.replace(temporary, self.path("knot.conf"))
        if self.database:
            self.import_config()


class Bowline(Knot):
    """Our own knotd. BOWLINE_KNOTD names another binary."""
    name = "ours"

    def __init__(self, directory, zones, fast=False, **rest):
        super().__init__(directory, zones, **rest)
        self.fast = fast
        if self.env is None:
            self.env = dict(os.environ)
            self.env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
            self.env.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")

    def program(self):
        path = os.environ.get("BOWLINE_KNOTD") or find_binary("knotd", self.fast)
        if path is None:
            raise ServerError("knotd is not built")
        return path

    def control_program(self):
        path = os.environ.get("BOWLINE_KNOTC") or find_binary("knotc", self.fast)
        if path is None:
            raise ServerError("knotc is not built")
        return path


class Nsd(Server):
    name = "nsd"

    def command(self):
        return ["/usr/sbin/nsd", "-d", "-c", self.path("nsd.conf")]

    def write_config(self):
        lines = ["server:", f"    ip-address: {ADDRESS}@{self.port}", f"    port: {self.port}",
                 '    username: ""', '    chroot: ""', f'    zonesdir: "{self.dir}"', '    database: ""',
                 f'    pidfile: "{self.path("nsd.pid")}"', f'    xfrdfile: "{self.path("xfrd.state")}"',
                 f'    zonelistfile: "{self.path("zone.list")}"', f'    xfrdir: "{self.dir}"',
                 f'    cookie-secret-file: "{self.path("cookies")}"',
                 "    server-count: 1", "    rrl-ratelimit: 0", "    rrl-whitelist-ratelimit: 0",
                 "    hide-version: no", "    hide-identity: no", '    identity: "ident"', '    version: "vers"',
                 '    nsid: "ascii_nsid"', "    minimal-responses: yes", "    refuse-any: no",
                 "    round-robin: no", "    tcp-count: 500", "    answer-cookie: no", f"    ipv4-edns-size: {self.udp_size}",
                 f"    ipv6-edns-size: {self.udp_size}", "remote-control:", "    control-enable: no"]
        for zone, file in self.zones.items():
            lines += ["zone:", f'    name: "{zone}"', f'    zonefile: "{file}"', "    provide-xfr: 127.0.0.1 NOKEY"]
        with open(self.path("nsd.conf"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def reload(self):
        self.write_config()
        self.signal(signal.SIGHUP)


class Named(Server):
    name = "bind"

    def command(self):
        return ["/usr/sbin/named", "-f", "-n", "1", "-c", self.path("named.conf")]

    def write_config(self):
        with open(self.path("named.conf"), "w", encoding="utf-8") as file:
            file.write(f"""options {{
    directory "{self.dir}";
    pid-file none;
    session-keyfile none;
    listen-on port {self.port} {{ {ADDRESS}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    minimal-responses yes;
    minimal-any no;
    max-udp-size {self.udp_size};
    edns-udp-size {self.udp_size};
    version "vers";
    hostname "ident";
    server-id "nsid";
    notify no;
    answer-cookie no;
    rrset-order {{ order none; }};
    check-integrity no;
    max-records-per-type 0;
    max-types-per-name 0;
    check-names primary ignore;
    tcp-clients 1000;
    allow-transfer {{ any; }};
    querylog no;
}};
controls {{ }};
logging {{ channel err {{ stderr; severity info; }}; category default {{ err; }}; category queries {{ null; }};
    category lame-servers {{ null; }}; category client {{ null; }}; category query-errors {{ null; }}; }};
""")
            for zone, path in self.zones.items():
                file.write(f'zone "{zone}" {{ type primary; file "{path}"; masterfile-format text; }};\n')


ALL = {server.name: server for server in (Bowline, Knot, Nsd, Named)}


def available(name):
    """Can this server be started here?"""
    if name == "ours":
        return bool(os.environ.get("BOWLINE_KNOTD") or find_binary("knotd"))
    return shutil.which({"knot": "knotd", "nsd": "nsd", "bind": "named"}[name],
                        path="/usr/sbin:/usr/local/sbin:/sbin") is not None
