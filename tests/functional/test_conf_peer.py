"""What we accept as configuration, and our complaints, beside those of Knot DNS 3.2 (knotc conf-check).

Options newer than 3.2 aren't in here. CONF_MUTATIONS sets the number of mutated texts, TEST_SEED repeats a run.
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
def judge(tmp_path_factory):
    """judge(texts): for each text (accepted, first complaint) of ours and of Knot DNS, without what 3.2 does otherwise."""
    builds = [os.environ["BOWLINE_BUILD"]] if os.environ.get("BOWLINE_BUILD") else ["build-test", "build"]
    paths = [os.path.join(servers.ROOT, build, "docs", "confref") for build in builds]
    program = next((path for path in paths if os.access(path, os.X_OK)), None)
    if program is None:
        missing("confref is not built")
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
