"""kdig beside Debian's kdig: the same command line against the same server prints the same lines."""
import json
import os
import re
import subprocess

import pytest

from lib import servers

ZONE = """$ORIGIN example.com.
$TTL 300
@ SOA ns1 host 7 3600 600 86400 60
@ NS ns1
ns1 A 192.0.2.1
www CNAME web
web A 192.0.2.2
web AAAA 2001:db8::2
@ MX 10 web
@ TXT "a b" "c;d"
@ CAA 0 issue "ca.example.net"
_x._tcp SRV 1 2 3 web
big TXT """ + " ".join('"%s"' % ("x" * 200) for _ in range(12)) + "\n"

PEER = "/usr/bin/kdig"


def program():
    path = os.environ.get("BOWLINE_KDIG") or servers.find_binary("kdig")
    if path is None:
        pytest.skip("kdig is not built")
    return path


@pytest.fixture(scope="module")
def server(start_shared, tmp_path_factory, knotd):
    path = tmp_path_factory.mktemp("zone") / "example.com.zone"
    path.write_text(ZONE)
    return start_shared(servers.Bowline, {"example.com.": str(path)})


def run(path, server, *arguments):
    done = subprocess.run([path, f"@{servers.ADDRESS}", "-p", str(server.port), *arguments], capture_output=True,
                          text=True, timeout=60)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
    return done


def stable(text):
    """Without what differs from run to run."""
    text = re.sub(r"id: \d+", "id: N", text)
    text = re.sub(r";; Time .*", ";; Time", text)
    text = re.sub(r"in [\d.]+ ms", "in N ms", text)
    return text


@pytest.mark.parametrize("arguments", [
    ["www.example.com"],
    ["example.com", "MX"],
    ["example.com", "-t", "TXT"],
    ["nothing.example.com", "A"],
    ["example.com", "SOA", "+short"],
    ["www.example.com", "+short"],
    ["example.com", "NS", "+noall", "+answer"],
    ["example.com", "MX", "+nocomments", "+nostats"],
    ["web.example.com", "AAAA", "+noclass", "+nottl"],
    ["web.example.com", "A", "+tcp"],
    ["web.example.com", "A", "+dnssec"],
    ["web.example.com", "A", "+bufsize=4096", "+norec", "+noadflag", "+cdflag"],
    ["_x._tcp.example.com", "SRV", "+generic"],
    ["-x", "192.0.2.1"],
    ["-q", "example.com", "-t", "CAA", "-c", "IN"],
    ["example.com", "SOA", "web.example.com", "A"],
    ["example.com", "TYPE257"],
], ids=" ".join)
def test_output_is_that_of_the_peer(server, arguments):
    if not os.path.exists(PEER):
        pytest.skip("the peer's kdig is not installed")
    mine, theirs = run(program(), server, *arguments), run(PEER, server, *arguments)
    assert (mine.returncode, stable(mine.stdout)) == (theirs.returncode, stable(theirs.stdout))


def test_truncated_reply_is_asked_again_over_tcp_unless_ignored(server):
    again = run(program(), server, "big.example.com", "TXT")
    assert "retrying over TCP" in again.stderr and "(TCP)" in again.stdout and "ANSWER: 1" in again.stdout
    ignored = run(program(), server, "big.example.com", "TXT", "+ignore")
    assert "Flags: qr aa tc rd" in ignored.stdout and "(UDP)" in ignored.stdout


def test_json_is_json_and_has_the_records(server):
    reply = json.loads(run(program(), server, "example.com", "MX", "+json", "+nsid").stdout)
    assert reply["QNAME"] == "example.com." and reply["answerRRs"][0]["rdataMX"] == "10 web.example.com."
    assert reply["EDNS"]["Version"] == 0


@pytest.mark.parametrize("arguments, message", [
    (["+nosuch"], ";; ERROR: invalid option: +nosuch"),
    (["+t"], ";; ERROR: ambiguous option: +t"),
    (["+bufsize"], ";; ERROR: missing argument: +bufsize"),
    (["-p"], ";; ERROR: missing port"),
    (["-t", "NOSUCH"], ";; ERROR: bad type NOSUCH"),
    (["-y", "key"], ";; ERROR: bad key key"),
    (["example.com", "+tls"], ";; ERROR: TLS, HTTPS, QUIC and +validate are not supported in this version"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_wrong_arguments_are_named_and_fail(arguments, message):
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and message in done.stderr


def test_no_reply_fails(server):
    port = servers.free_port()
    done = subprocess.run([program(), f"@{servers.ADDRESS}", "-p", str(port), "example.com", "+timeout=1", "+retry=0"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "failed to query server" in done.stderr
