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
    """Without what differs from run to run, and from the peer's series to the one that is followed."""
    text = re.sub(r"id: \d+", "id: N", text)
    text = re.sub(r"alpn=([a-z0-9,]+)", r'alpn="\1"', text)
    text = re.sub(r"(TSIG[ \t]hmac-sha256\. )\d+( 300[ (\n\t]+32 )\S+(\s+)\d+", r"\1TIME\2MAC\3ID", text)
    text = re.sub(r"(TSIG\s+hmac-sha256\. )\d+( 300 0 )\d+", r"\1TIME\2ID", text)
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


ALL_TYPES = """$ORIGIN all.test.
$TTL 300
@ SOA ns1 host 7 3600 600 90061 60
@ NS ns1
ns1 A 192.0.2.1
txt TXT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" "bbbbbb"
ds DS 12345 13 2 3A5A1E4B3C2D1F0E9A8B7C6D5E4F3A2B1C0D9E8F7A6B5C4D3E2F1A0B9C8D7E6F
ds NS ns1
short DS 12345 13 1 3A5A1E4B3C2D1F0E9A8B7C6D5E4F3A2B1C0D9E8F
short NS ns1
csync CSYNC 66 3 A NS AAAA
caa CAA 0 issue "ca.example.net"
uri URI 10 1 "ftp://ftp1.example.com/public"
ipsec IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
dhcid DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
apl APL 1:192.168.32.0/21 !1:192.168.38.0/28
srv SRV 1 2 3 web
mx MX 10 web
sshfp SSHFP 4 2 3A5A1E4B3C2D1F0E9A8B7C6D5E4F3A2B1C0D9E8F7A6B5C4D3E2F1A0B9C8D7E6F
tlsa TLSA 3 1 1 3A5A1E4B3C2D1F0E9A8B7C6D5E4F3A2B1C0D9E8F7A6B5C4D3E2F1A0B9C8D7E6F
eui EUI48 00-00-5e-00-53-2a
kx KX 10 kx
rp RP a b
afsdb AFSDB 1 a
svc SVCB 1 . alpn="h2,h3" port=443 ipv6hint=2001:db8::1 key65333="x"
alias SVCB 0 svc
naptr NAPTR 100 10 "U" "E2U+sip" "!^.*$!sip:info@example.com!" .
hinfo HINFO "a" "b"
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
long.name.that.is.quite.long.indeed A 192.0.2.9
pgp OPENPGPKEY mQCNAzIG8v8AAAEEAMTvAuHoOxgUbQvkfUbxlHzzfpEJ5uXXyVTWeqCkqKpeUUFAgGKYPMoEAAUR
cert CERT 1 12345 8 mQCNAzIG8v8AAAEEAMTvAuHoOxgUbQvkfUbxlHzzfpEJ5uXXyVTWeqCkqKpeUUFAgGKYPMoEAAUR
zmd TYPE63 \\# 54 00000007010{}
none TYPE65333 \\# 0
some TYPE65333 \\# 3 010203
key DNSKEY 256 3 8 AwEAAcWPOrEJhFy5mY2AbyVzpXxSPzS8
sig RRSIG A 13 3 300 20361231000000 20200101000000 33107 all.test. aQKZexrjm5YATR+ylAF5VAzfQuWjD1QreBYMgOSxntnK7w==
nsec3 NSEC3 1 0 1 - 0g6utfg35np9fejsm508v2hr4gkfut2c A RRSIG
""".format("1" + "A1" * 48)
SECRET = "IizW+2yFJnyvlovBqpoRXNOh5aWPGu3cWzJxFhMGLXM="
ACCESS = f"""key:
  - id: tkey
    algorithm: hmac-sha256
    secret: {SECRET}
acl:
  - id: address
    address: 127.0.0.1
    action: [transfer, notify]
  - id: key
    key: tkey
    action: [transfer, notify]"""


@pytest.fixture(scope="module")
def primary(start_shared, tmp_path_factory):
    """Debian's knotd, which transfers zones: all.test. by address, keyed.test. by key."""
    if not os.path.exists(PEER):
        pytest.skip("the peer's kdig is not installed")
    directory = tmp_path_factory.mktemp("zone")
    (directory / "all").write_text(ALL_TYPES)
    (directory / "keyed").write_text(ZONE.replace("example.com", "keyed.test"))
    return start_shared(servers.Knot, {"all.test.": str(directory / "all"), "keyed.test.": str(directory / "keyed")},
                        extra=ACCESS, zone_items={"all.test.": {"acl": "address"}, "keyed.test.": {"acl": "key"}})


KEY = ["-y", f"hmac-sha256:tkey:{SECRET}"]


@pytest.mark.parametrize("arguments", [
    ["all.test", "AXFR"],
    ["all.test", "AXFR", "+multiline"],
    ["all.test", "AXFR", "+generic"],
    ["all.test", "AXFR", "+noall", "+answer"],
    ["all.test", "AXFR", "+nottl", "+noclass", "+multiline"],
    ["all.test", "IXFR=7"],
    ["all.test", "IXFR=6"],
    ["all.test", "NOTIFY"],
    ["all.test", "NOTIFY=9"],
    ["all.test", "SOA", "+multiline"],
    ["all.test", "SOA", "+short", "+multiline"],
    ["all.test", "SOA", "+multiline", "+short"],
    ["svc.all.test", "SVCB", "+generic", "+multiline"],
    ["keyed.test", "AXFR", *KEY],
    ["keyed.test", "IXFR=7", *KEY],
    ["keyed.test", "SOA", *KEY],
    ["keyed.test", "SOA", *KEY, "+tcp", "+multiline"],
    ["keyed.test", "SOA", "-y", "hmac-sha256:tkey:" + SECRET.replace("I", "A")],
    ["-d", "keyed.test", "SOA", "+tcp"],
], ids=" ".join)
def test_output_of_a_primary_is_that_of_the_peer(primary, arguments):
    mine, theirs = run(program(), primary, *arguments), run(PEER, primary, *arguments)
    assert (mine.returncode, stable(mine.stdout)) == (theirs.returncode, stable(theirs.stdout))
    assert "malformed" not in mine.stderr


@pytest.mark.parametrize("arguments, error", [
    (["keyed.test", "AXFR"], "NOTAUTH"),
    (["keyed.test", "AXFR", "-y", "hmac-sha256:tkey:" + SECRET.replace("I", "A")], "BADSIG"),
    (["keyed.test", "AXFR", "-y", "hmac-sha256:other:" + SECRET], "BADKEY"),
    (["none.test", "AXFR"], "NOTAUTH"),
], ids=str)
def test_refused_transfer_says_why_and_fails(primary, arguments, error):
    done = run(program(), primary, *arguments)
    assert done.returncode == 1
    assert done.stderr == f";; ERROR: server replied with error '{error}'\n" \
        f";; ERROR: failed to query server 127.0.0.1@{primary.port}(TCP)\n"
    assert ";; Received 0 B\n" in done.stdout


def test_query_is_shown_before_the_reply(primary):
    out = stable(run(program(), primary, "all.test", "AXFR", "+qr").stdout)
    assert re.search(r"(?s)Flags: rd ad;.*;; Sent 26 B\n;; Time\n;; To 127.0.0.1@\d+\(TCP\) in N ms\n\n;; AXFR for all.test.\n", out)


def test_transfer_as_json_is_an_array_of_messages(primary):
    messages = json.loads(run(program(), primary, "all.test", "AXFR", "+json").stdout)
    assert [m["answerRRs"][0]["TYPEname"] for m in messages] == ["SOA"]
    both = json.loads(run(program(), primary, "all.test", "AXFR", "+json", "+qr").stdout)
    assert both["queryMessage"]["QTYPEname"] == "AXFR" and both["responseMessage"][0]["answerRRs"] == messages[0]["answerRRs"]
    assert json.loads(run(program(), primary, "none.test", "AXFR", "+json").stdout) == []


def test_unknown_options_are_text_if_printable(server):
    for data, shown in (("414243", "ABC"), ("414200", "414200")):
        out = run(program(), server, "example.com", "+qr", "+opttext", f"+ednsopt=65001:{data}").stdout
        assert f";; Option (65001): {shown}\n" in out


def test_local_address_is_the_one_given(server):
    assert run(program(), server, "-b", "127.0.0.9", "example.com").returncode == 0
    done = run(program(), server, "-b", "192.0.2.1", "example.com", "+timeout=1", "+retry=0")
    assert done.returncode == 1 and ";; WARNING: can't assign address 192.0.2.1\n" in done.stderr


def test_server_behind_a_unix_socket_is_asked_over_it(start, tmp_path, knotd):
    zone = tmp_path / "zone"
    zone.write_text(ZONE)
    path = str(tmp_path / "dns")
    server = start(servers.Bowline, {"example.com.": str(zone)})
    server.server_items["listen"] = f"[{servers.ADDRESS}@{server.port}, {path}]"
    server.stop()
    server.start()
    server.wait_ready()
    done = subprocess.run([program(), f"@{path}", "example.com", "SOA", "+short"], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (0, "ns1.example.com. host.example.com. 7 3600 600 86400 60\n"), done.stderr


def test_international_names_are_asked_in_ascii(server):
    done = run(program(), server, "παράδειγμα.example.com", "+noall", "+question")
    assert ";; INFO: IDNA qname παράδειγμα.example.com -> xn--hxajbheg2az3al.example.com\n" in done.stdout
    assert ";;xn--hxajbheg2az3al.example.com.\t\tIN\tA\n" in done.stdout


@pytest.mark.parametrize("writer, reader", [(program, program), (program, lambda: PEER), (lambda: PEER, program)],
                         ids=["ours", "ours by the peer", "the peer's by ours"])
def test_dnstap_file_has_the_messages(server, tmp_path, writer, reader):
    if PEER in (writer(), reader()) and not os.path.exists(PEER):
        pytest.skip("the peer's kdig is not installed")
    path = str(tmp_path / "tap")
    written = run(writer(), server, "-E", path, "www.example.com", "+nsid", "example.com", "MX", "+tcp")
    assert written.returncode == 0, written.stderr
    read = subprocess.run([reader(), "-G", path], capture_output=True, text=True, timeout=20)
    assert read.returncode == 0 and stable(read.stdout) == stable(written.stdout), read.stderr
    both = subprocess.run([reader(), "-G", path, "+qr"], capture_output=True, text=True, timeout=20).stdout
    assert re.findall(r"^;; (Sent|Received|To|From) ", both, re.M) == ["Sent", "To", "Received", "From"] * 2
    assert both.count(f"{servers.ADDRESS}@{server.port}(TCP)") == 2


def test_dnstap_file_cut_short_is_told(server, tmp_path):
    path = tmp_path / "tap"
    run(program(), server, "-E", str(path), "example.com")
    octets = path.read_bytes()
    for length in range(len(octets)):
        path.write_bytes(octets[:length])
        done = subprocess.run([program(), "-G", str(path)], capture_output=True, text=True, timeout=20)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, (length, done.stderr)
        if length < 42:  # in the head
            assert done.returncode == 1 and done.stderr.startswith(";; ERROR: unable to open"), (length, done.stderr)
        else:
            assert f"dnstap input file {path} has no end" in done.stderr, (length, done.stderr)


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
    (["example.com", "+tls"], ";; ERROR: TLS, HTTPS and QUIC are not supported in this version"),
    (["-b", "nowhere", "example.com"], ";; ERROR: bad address nowhere"),
    (["example.com", "+validate=4"], ";; ERROR: invalid +validate=4"),
    (["-E", "/nonexistent/tap", "example.com"], ";; ERROR: unable to open dnstap output file /nonexistent/tap"),
    (["-G", "/nonexistent/tap"], ";; ERROR: unable to open dnstap input file /nonexistent/tap"),
    (["-G", "/dev/null"], ";; ERROR: unable to open dnstap input file /dev/null"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_wrong_arguments_are_named_and_fail(arguments, message):
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and message in done.stderr


def test_no_reply_fails(server):
    port = servers.free_port()
    done = subprocess.run([program(), f"@{servers.ADDRESS}", "-p", str(port), "example.com", "+timeout=1", "+retry=0"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "failed to query server" in done.stderr


ALGORITHMS = ("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512")


@pytest.fixture(scope="module")
def long_zone(start_shared, tmp_path_factory):
    """Debian's knotd with a zone that needs many messages, transferred by a key of any algorithm."""
    if not os.path.exists(PEER):
        pytest.skip("the peer's kdig is not installed")
    path = tmp_path_factory.mktemp("zone") / "many"
    path.write_text("$ORIGIN many.test.\n$TTL 300\n@ SOA ns h 7 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n" +
                    "".join(f"n{i} TXT {'x' * 200}\n" for i in range(2000)))
    keys = "key:\n" + "".join(f"  - id: {name}.key\n    algorithm: {name}\n    secret: {SECRET}\n" for name in ALGORITHMS)
    acl = "acl:\n  - id: keys\n    key: [" + ", ".join(f"{name}.key" for name in ALGORITHMS) + "]\n    action: transfer"
    return start_shared(servers.Knot, {"many.test.": str(path)}, extra=keys + acl, zone_items={"many.test.": {"acl": "keys"}})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signed_transfer_of_many_messages_is_verified(long_zone, algorithm):
    key = ["-y", f"{algorithm}:{algorithm}.key:{SECRET}"]
    mine = run(program(), long_zone, "many.test", "AXFR", *key, "+notsig")
    theirs = run(PEER, long_zone, "many.test", "AXFR", *key, "+notsig")
    assert (mine.returncode, mine.stderr) == (0, "")
    assert stable(mine.stdout) == stable(theirs.stdout)
    assert int(re.search(r"\((\d+) messages, 2004 records\)", mine.stdout).group(1)) > 5


def test_signed_transfer_with_another_secret_fails(long_zone):
    done = run(program(), long_zone, "many.test", "AXFR", "-y", "hmac-sha512:hmac-sha512.key:" + SECRET.replace("I", "A"))
    assert done.returncode == 1 and "server replied with error 'BADSIG'" in done.stderr
