"""What the benchmarks share: zones, query files, the generator, servers on one core, and tables of ratios."""
import argparse
import hashlib
import os
import random
import statistics
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "functional"))

from lib import servers, wire  # noqa: E402

SERVER_CORE, CLIENT_CORE = 0, (os.cpu_count() or 1) - 1
ZONES = os.environ.get("BENCH_ZONES", "/tmp/bench-zones")


def arguments(description, **defaults):
    """A parser with what all benchmarks take."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=defaults.get("servers", "ours,knot,nsd"),
                        help="comma-separated, of ours, knot, nsd, bind (%(default)s)")
    parser.add_argument("--rounds", type=int, default=defaults.get("rounds", 5), help="interleaved rounds (%(default)s)")
    parser.add_argument("--scale", type=int, default=defaults.get("scale"), help="size of the zone or number of zones (%(default)s)")
    parser.add_argument("--dir", default=defaults.get("dir", "/tmp/bench-work"), help="working directory (%(default)s)")
    return parser


def zone(kind, count, chain=None):
    """Path of a generated (and signed) zone file, made once: kind tld or enterprise; chain nsec, nsec3, optout."""
    os.makedirs(ZONES, exist_ok=True)
    base = os.path.join(ZONES, f"{kind}-{count}.zone")
    if not os.path.exists(base):
        subprocess.run([os.path.join(HERE, "make-zone"), kind, "-n", str(count), "-o", base + ".new"], check=True)
        os.replace(base + ".new", base)
    if chain is None:
        return base
    signed = os.path.join(ZONES, f"{kind}-{count}.{chain}.zone")
    print(f"signing {signed} unless it is there", file=sys.stderr, flush=True)
    subprocess.run([os.path.join(HERE, "sign-zone"), chain, base, signed], check=True)
    return signed


ZONE_NAMES = {"tld": "tld.", "enterprise": "enterprise.test."}


def mix(kind, count, do=False, queries=100000, seed=1):
    """Queries as bytes. enterprise: 75 % existing names and types, 10 % absent types, 15 % absent names.
    tld: 85 % hosts below delegations, 15 % absent names, as a registry gets them."""
    rng = random.Random(f"mix {kind} {count} {seed}")
    owners = []
    with open(zone(kind, count), encoding="latin-1") as file:
        for line in file:
            fields = line.split(None, 4)
            if len(fields) > 3 and fields[3] in wire.TYPES:
                if kind == "enterprise" or fields[3] == "NS":
                    owners.append((fields[0], fields[3]))
    out, edns = [], wire.opt(1232, do)
    for i in range(queries):
        owner, rtype = rng.choice(owners)
        roll = rng.random()
        if kind == "tld":
            name, qtype = (f"www.{owner}", "A") if roll < 0.85 else (f"x{i:x}-{owner}", "A")
        elif roll < 0.75:
            name, qtype = owner.replace("*", f"w{i:x}"), rtype
        elif roll < 0.85:
            name, qtype = owner, rng.choice(["AAAA", "TXT", "HTTPS"])
        else:
            name, qtype = f"x{i:x}{owner}".replace("*", "w"), "A"
        out.append(wire.query(name, qtype, ident=rng.randrange(65536), edns=edns))
    return out


def many(count):
    """Small zones, made once: their names and files."""
    place = os.path.join(ZONES, f"many-{count}")
    if not os.path.exists(os.path.join(place, "zones")):
        subprocess.run([os.path.join(HERE, "make-zone"), "many", "-n", str(count), "-d", place], check=True)
    with open(os.path.join(place, "zones"), encoding="ascii") as file:
        return {name: os.path.join(place, path) for name, path in (line.split() for line in file)}


def query_file(kind, count, do, path):
    with open(path, "wb") as file:
        for one in mix(kind, count, do):
            file.write(struct.pack("!H", len(one)) + one)
    return path


def generator():
    """Path of the compiled load generator; compiled again when its source changes."""
    source = os.path.join(HERE, "generator.c")
    with open(source, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()[:12]
    os.makedirs(ZONES, exist_ok=True)
    binary = os.path.join(ZONES, f"generator-{digest}")
    if not os.path.exists(binary):
        subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-O2", "-o", binary, source], check=True)
    return binary


def wanted(args):
    """Names of the servers to measure; those that can't be started are left out with a word."""
    names = []
    for name in args.servers.split(","):
        if servers.available(name):
            names.append(name)
        else:
            print(f"{name}: not there, left out", file=sys.stderr)
    return names


def server(name, directory, zones, **options):
    """A server pinned to one core; ours is the release build."""
    if name == "ours":
        options["fast"] = True
    options.setdefault("core", SERVER_CORE)
    os.makedirs(directory, exist_ok=True)
    return servers.ALL[name](directory, zones, **options)


def until_serial(one, name, serial=None, seconds=1800):
    """Poll SOA quickly until it is answered (with `serial`); the seconds that this took. A query that waits in the
    socket's queue is answered the moment the server begins, so the poll adds little."""
    start = time.monotonic()
    while True:
        got = one.serial(name)
        if got is not None and serial in (None, got):
            return time.monotonic() - start
        if time.monotonic() - start > seconds:
            raise servers.ServerError(f"{one.name}: {name} not loaded after {seconds} s\n{one.log()[-2000:]}")
        time.sleep(0.002)


def cpu_nanoseconds(one):
    """CPU time of all threads of all processes."""
    total = 0
    for pid in one.pids():
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass
    return total


def report(title, results, unit, less_is_better=True, digits=2):
    """One line a server: the median, its spread, and how many times better ours is."""
    print(f"\n{title}" + (" (less is better)" if less_is_better else " (more is better)"))
    medians = {name: statistics.median(values) for name, values in results.items() if values}
    for name, values in results.items():
        if not values:
            continue
        spread = (max(values) - min(values)) / medians[name] * 100 if medians[name] else 0
        ratio = ""
        if name != "ours" and medians.get("ours"):
            value = medians[name] / medians["ours"] if less_is_better else medians["ours"] / medians[name]
            ratio = f"   ours is {value:.2f} times as good"
        print(f"  {name:6} {medians[name]:12.{digits}f} {unit}  (spread {spread:.0f} %, {len(values)} rounds){ratio}", flush=True)
    return medians
