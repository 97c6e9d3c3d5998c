"""What we accept as configuration, and our complaints, beside those of Knot DNS 3.2 (knotc conf-check).

What is newer than 3.2 is left out. CONF_MUTATIONS sets the number of mutated texts, CONF_VALUES that of values of random options (0: all
values of all options), TEST_SEED repeats a run.
"""
import os
import random
import re
import shutil
import subprocess
import time

import pytest

from conftest import missing
from lib import servers

BASE = r"""# first
server:
    identity: "a # b [c]"   # comment
    listen: [ 127.0.0.1@53, ::1@53 ]
    listen: 192.0.2.1
    nsid: 0x0102
    tcp-idle-timeout: 1h
log:
  - target: stdout
    any: info
key:
  - id: k.example.
    algorithm: hmac-sha256
    secret: "AAEC"
remote:
  - id: r1
    address: [192.0.2.1@53,"::1"]
    key: k.Example
-   id: r2
    address: 192.0.2.2
acl:
    - id: a\"b
      address: 192.0.2.0/24
      action: [ transfer, update ]
template:
  - id: default
    storage: /tmp
    semantic-checks: on
zone:
  - domain: example.com
    file: "%s"
    master: [ r1, r2 ]
    acl: a\"b
  - domain: \097b.c
    template: default
zone:
  - domain: x.y
    comment: \\ # e
""".encode()

# Values tried with each of the options below.
VALUES = ["", '""', "on", "true", "Off", "0", "1", "-1", "100", "1220", "1h", "1d", "1G", "1h30m", "99999999999", "0x12",
          "0x1", "a", "a.b", ".", "a..b", "127.0.0.1", "127.0.0.1@53", "127.0.0.1@0", "127.0.0.1/8", "::1", "::1@99999",
          "/run/x", "10%", "AAEC", "AAE", "default", "none", "all", "A", "TYPE5", "nsec", "[ 1, 2 ]", "[ a, b ]",
          "192.0.2.1-192.0.2.9", "info", '"a b"', "0.0.0.0%lo", "fe80::1%lo", "65535", "65536", "4294967296"]

OPTIONS = {
    "server": ["identity", "nsid", "rundir", "user", "udp-workers", "tcp-workers", "background-workers", "async-start",
               "tcp-idle-timeout", "tcp-io-timeout", "tcp-max-clients", "udp-max-payload", "answer-rotation",
               "proxy-allowlist"],
    "statistics": ["timer", "file", "append"],
    "log": ["server", "zone", "any"],
    "acl": ["address", "action", "deny", "update-type", "update-owner"],
    "zone": ["storage", "file", "semantic-checks", "zonefile-sync", "zonefile-load", "journal-max-usage",
             "journal-max-depth", "zone-max-size", "acl", "notify", "catalog-role", "module"],
    "mod-stats": ["query-type", "request-bytes"],
}

IDENTIFIERS = {"log": "target: stdout", "acl": "id: i", "zone": "domain: z.test.", "mod-stats": "id: i"}

TEXTS = [
    "", "# only a comment", "server:\n", "server", "server: x\n", 'server: ""\n', "server: [\n", "server: [ a, b ]\n",
    "server:# x\n", "server:x\n", "foo: x\n", "foo: [\n", "foo :\n", "  nsid: 1\n", '  nsid: "1\n', "- id: 1\n",
    "mod-foo:\n", "---\n", "\xef\xbb\xbfserver:\n", "server:\n  nsid: 1\n   version: 2\n",
    'server:\n  nsid: 1\n   version: "2\n', "server:\n  - nsid: 1\n", "server:\n  nsid:x\n", "server:\n  nsid x\n",
    "server:\n  nsid\n", "server:\n  -nsid: 1\n", "server:\n  nsid: x y\n", "server:\n  nsid: [ x y ]\n",
    "server:\n  nsid: [ x, ]\n", "server:\n  nsid: [ , ]\n", "server:\n  nsid: [ x\n  version: y ]\n",
    "server:\n  nsid: x # c\n", "server:\n  nsid: x# c\n", "server:\n  nsid: [ x ] # c\n",
    "server:\n  nsid: [ x ]# c\n", "server:\n  nsid: [ x ] y\n", 'server:\n  udp-workers: [ 1, a, "b\n',
    "server:\n\tnsid: x\n", "server:\n  nsid:\tx\n", 'server:\n  nsid: "x\ty"\n', "server:\n  nsid: x\ty\n",
    "server:\n  nsid: a\\\n", "server:\n  nsid: a\\ # c\n", "server:\n  nsid: a\\  # c\n",
    "server:\n  nsid: a\\\x01\n", "server:\n  nsid: \xe9\n", "server:\n  n\xe9: 1\n",
    "server:\n  nsid: 1\r\n  version: 2\r\n", "acl:\n    foo: b\n", "acl:\n    address: b\n", "acl:\n    id: b\n",
    "acl:\n  - address: 1.1.1.1\n", "acl:\n  - foo: 1.1.1.1\n", "acl:\n  - id: a\n  - id: a\n",
    "acl:\n  - id: a\n - id: b\n", "acl:\n- id: a\n  address: 1.1.1.1\n - id: b\n",
    "acl:\n - id: a\n- id: b\n - id: c\n", "acl:\n  - id: a\n  - id: b\nacl:\n - id: c\n", "acl:\n  - id: \n",
    'acl:\n  - id: ""\n', "acl:\n  - id: [ a ]\n", 'acl:\n  - id: "a\n', "acl:\n  - id: a#c\n",
    "acl:\n  - id: %s\n" % ("x" * 254), "acl:\n  - id: %s\n" % ("x" * 255), "include: /nonexistent\n", "include: [\n",
    "remote:\n  - id: a\n", "remotes:\n  - id: a\n", "zone:\n  - domain: a\n    acl: b\n",
    "zone:\n  - domain: A\n  - domain: a.\n", "server:\n  version: x\n", "acl:\n  - id: a\n    remote: b\n",
    "policy:\n  - id: p\n    ksk-size: 2048\n", "zone:\n  - domain: a\n    zonefile-load: difference-no-serial\n",
    "template:\n  - id: t\n    global-module: mod-stats\n", "zone:\n  - domain: a\n    module: mod-stats/x\n",
    "zone:\n  - domain: a\n    dnssec-signing: on\n    dnssec-validation: on\n",
]

# Where 3.2 differs from what newer versions do, by its complaint: these texts aren't compared.
OLD = re.compile(r"no key algorithm defined|item '(listen|address|via|proxy-allowlist)'.*\(invalid parameter\)|"
                 r"item '(master|notify|ddns-master)' \(invalid reference\)|\(not a (file|directory)\)")


@pytest.fixture(scope="module")
def program():
    builds = [os.environ["BOWLINE_BUILD"]] if os.environ.get("BOWLINE_BUILD") else ["build-test", "build"]
    paths = [os.path.join(servers.ROOT, build, "docs", "confref") for build in builds]
    found = next((path for path in paths if os.access(path, os.X_OK)), None)
    return found or missing("confref is not built")


@pytest.fixture(scope="module")
def judge(program, tmp_path_factory):
    """judge(texts): for each text (accepted, first complaint) of ours and of Knot DNS, without what 3.2 does otherwise."""
    knotc = shutil.which("knotc") or "/usr/sbin/knotc"
    if not os.access(knotc, os.X_OK):
        missing("knotc is not installed")
    directory = tmp_path_factory.mktemp("conf")
    count = 0

    def first_error(lines, path):
        for line in lines:
            if "error: " in line and "failed to load" not in line:
                return line.split("error: ", 1)[1].replace(path, "F")
        return ""

    def run(*command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False)
        return done.returncode, done.stdout.decode("latin1").split("\n")

    def write(text):
        nonlocal count
        count += 1
        path = str(directory / f"{count}")
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("latin1"))
        return path

    def run_ours(paths):
        """All in one run; what is logged stands before each verdict."""
        code, lines = run(program, *paths)
        assert code == 0, "\n".join(lines[-50:])
        verdicts, logged = {}, []
        for line in lines:
            match = re.fullmatch(r"(/.*): (ok|failed)", line)
            if match:
                verdicts[match[1]] = (match[2] == "ok", first_error(logged, match[1]))
                logged = []
            else:
                logged.append(line)
        return [verdicts[path] for path in paths]

    def judge_all(texts):
        paths = [write(text) for text in texts]
        for text, path, ours in zip(texts, paths, run_ours(paths)):
            code, lines = run(knotc, "-c", path, "conf-check")
            theirs = (code == 0, first_error(lines, path) if code != 0 else "")
            if not OLD.search(theirs[1]):
                yield text, ours, theirs
    return judge_all


def test_malformed_texts_are_refused_with_the_same_words(judge):
    different = [(t, o, p) for t, o, p in judge(TEXTS) if o != p]
    assert not different, "\n".join(map(repr, different))


def test_values_are_accepted_alike(judge):
    texts = []
    for section, options in OPTIONS.items():
        block = f"  - {IDENTIFIERS[section]}\n" if section in IDENTIFIERS else ""
        texts += [f"{section}:\n{block}    {option}: {value}\n" for option in options for value in VALUES]
    different = [(t, o, p) for t, o, p in judge(texts) if o[0] != p[0]]
    assert not different, "\n".join(map(repr, different))


# --- every option of the schema ---

# What options refer to, and what blocks of some sections need.
BEFORE = """key:
  - id: k
    algorithm: hmac-sha256
    secret: AAEC
remote:
  - id: r
    address: 192.0.2.1
  - id: r2
    address: ::1
acl:
  - id: a
submission:
  - id: s
    parent: r
policy:
  - id: p
mod-stats:
  - id: ms
template:
  - id: t
"""
NEEDED = {
    "key": "    algorithm: hmac-sha256\n    secret: AAEC\n", "remote": "    address: 192.0.2.1\n",
    "remotes": "    remote: r\n", "mod-dnsproxy": "    remote: r\n", "mod-dnstap": "    sink: /x\n",
    "mod-synthrecord": "    type: forward\n    network: ::/64\n", "mod-rrl": "    rate-limit: 1\n",
}

ANY = ["", '""', "x", "0", "1", "-1", "on", "[ a, b ]", "a.b.", "TYPE1", "99999999999999999999"]
NUMBERS = ["+5", '" 5"', '"5 "', "5s", "1m", "1h", "1d", "1B", "1K", "1G", "5%", "100%", "101%", "0x10", "1.5", "1H", "1T",
           "1k", "0010"]
OF_TYPES = {
    "boolean": ["on", "off", "true", "False", "yes"],
    "octets": ["0x", "0x0", "0x00fF", "0X00", "abc", "0xgg"],
    "base64": ["AAEC", "AAE", "AAE=", "AA==", "AA*C", "A", '"AAEC AAEC"'],
    "domain name": [".", "a..b", "\\097.b", "a\\.b", '"a b"', "A.b", "x" * 63 + ".c", "x" * 64 + ".c", "a_b", "*.a",
                    "\xc3\xa9.c", "xn--9ca.c", "a@b", "-a", "\\300", "\\"],
    "address": ["127.0.0.1", "127.0.0.1@53", "127.0.0.1@0", "127.0.0.1@65535", "127.0.0.1@65536", "127.0.0.1@", "127.0.0.1@x",
                "::1@5", "/run/x", "/run/x@5", "run/x", "127.1", "localhost", "0.0.0.0%", "1.2.3.4.5", "1.2.3", "::g", "[::1]",
                "::ffff:1.2.3.4", "01.2.3.4", "127.0.0.1@-1", "127.0.0.1@+5", "127.0.0.1@5@6"],
    "network": ["127.0.0.1", "127.0.0.1/8", "127.0.0.1/0", "127.0.0.1/32", "127.0.0.1/33", "127.0.0.1/", "127.0.0.1/-1",
                "::1/128", "::1/129", "::/0", "1.1.1.1-2.2.2.2", "2.2.2.2-1.1.1.1", "1.1.1.1-", "1.1.1.1-::1", "::1-::2", "run/x",
                "1.1.1.1@53", "1.1.1", '"1.1.1.1 - 2.2.2.2"', "1.1.1.1/8/9", "1.1.1.1/08"],
    "reference": ["r", "r2", "a", "p", "k", "K.", "t", "s", "R", "[ r, r2 ]", "default", "nope", "[ r, nope ]"],
    "module": ["mod-stats", "mod-stats/ms", "mod-stats/", "mod-stats/x", "mod-whoami", "mod-nope", "stats",
               "[ mod-stats, mod-whoami ]", "mod-synthrecord", "/ms", "mod-"],
    "record type": ["A", "a", "TYPE65535", "TYPE65536", "TYPE", "ANY", "nope", "[ A, AAAA ]"],
    "text": ['"a b"', '"a#b"', '\\"', "/x", "x" * 300, "\xc3\xa9", "[ DNSSEC, a ]", "dnssec", "0/1", "1/2", "2/1", "1/257", "+5"],
}

# Values and options that 3.2 takes another way: newer limits, checks and forms (as in the fact sheets), by what it is about.
NEWER = re.compile(
    r"(cert|key)-file: |xdp:\n +listen|backend: (?i:pkcs11)|mod-\n|external-verify|keys-updated: |dbus-event: keys|pattern\n|"
    r"281474976710656|rrsig-|- id: -|mod-cookies|mod-rrl|"
    r"(master|notify|ddns-master|ds-push|global-module): *(\"\")?\n|update-owner-name: |zonefile-load: |"
    r"nsec3-iterations|adjust-threads|: +\+?\d+[wMy]\n", re.M)


def schema(program):
    """(section, option, type and limits, is it the identifier) of all options, and the identifiers of sections."""
    text = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.decode()
    rows, section, first = [], None, False
    for line in text.split("\n"):
        if match := re.match(r"## (\S+)$", line):
            section = match[1]
        elif section and "Blocks, each with" in line:
            first = True
        elif section and (match := re.match(r"\| `([a-z0-9-]+)` \| (.*?) \|", line)):
            rows.append((section, match[1], match[2], first))
            first = False
    return rows, {section: (name, kind) for section, name, kind, is_id in rows if is_id}


def values_of(kind):
    if match := re.search(r", (-?\d+)([KMG]?) to (\d+)([KMG]?)", kind):
        low, high = (int(number) << 10 * " KMG".index(unit or " ") for number, unit in (match.group(1, 2), match.group(3, 4)))
        return ANY + [str(low - 1), str(low), str(low + 1), str(high - 1), str(high), str(high + 1)] + NUMBERS
    if kind.startswith("option"):
        return ANY + re.findall(r"`([^`]+)`", kind) + [word.upper() for word in re.findall(r"`([^`]+)`", kind)[:2]]
    return ANY + next((values for name, values in OF_TYPES.items() if name in kind), OF_TYPES["text"])


def text_of(section, option, value, is_id, ids):
    needed = "".join(line for line in NEEDED.get(section, "").splitlines(True) if not line.strip().startswith(option + ":"))
    if is_id:
        return f"{BEFORE}{section}:\n  - {option}: {value}\n{needed}"
    if section not in ids:
        return f"{BEFORE}{section}:\n    {option}: {value}\n"
    name, kind = ids[section]
    identifier = "z.test." if "domain" in kind else "stdout" if section == "log" else "i"
    return f"{BEFORE}{section}:\n  - {name}: {identifier}\n{needed}    {option}: {value}\n"


def test_values_of_all_options_are_accepted_alike(program, judge):
    seed = int(os.environ.get("TEST_SEED", time.time()))
    count = int(os.environ.get("CONF_VALUES", "400"))
    rows, ids = schema(program)
    texts = [text_of(section, option, value, is_id, ids) for section, option, kind, is_id in rows if section != "module"
             for value in values_of(kind)]
    texts = [text.encode("latin1") for text in texts if not NEWER.search(text[len(BEFORE):])]
    if count > 0:
        texts = random.Random(seed).sample(texts, count)
    different = [(t[len(BEFORE):], o, p) for t, o, p in judge(texts)
                 if o[0] != p[0] and not re.search(r"invalid item|unknown module", p[1])]
    assert not different, f"TEST_SEED={seed}\n" + "\n".join(map(repr, different))


def mutate(rnd):
    if rnd.random() < 0.6:
        text = bytearray(BASE)
        for _ in range(rnd.choice([1, 1, 1, 2])):
            at = rnd.randrange(len(text))
            octet = rnd.choice(b" \t\n:-#\"[],\\\r\x01\x7f\x80ax0@/%.*'{}")
            rnd.choice([lambda: text.__setitem__(at, octet), lambda: text.insert(at, octet), lambda: text.pop(at)])()
        return bytes(text)
    lines = BASE.split(b"\n")
    i, j = rnd.randrange(len(lines)), rnd.randrange(len(lines))
    kind = rnd.randrange(4)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines.insert(i, lines[j])
    elif kind == 2:
        lines[i] = b" " * rnd.randrange(6) + lines[i].lstrip()
    else:
        lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def test_mutated_texts_are_accepted_alike(judge):
    seed = int(os.environ.get("TEST_SEED", time.time()))
    rnd = random.Random(seed)
    texts = [mutate(rnd) for _ in range(int(os.environ.get("CONF_MUTATIONS", "300")))]
    different = [(t, o, p) for t, o, p in judge(texts) if o[0] != p[0]]
    assert not different, f"TEST_SEED={seed}\n" + "\n".join(map(repr, different))
