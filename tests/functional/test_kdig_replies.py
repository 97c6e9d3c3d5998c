"""kdig and replies of all sorts, good and bad, from a server that says what its first label tells; and what kdig sends."""
import json
import os
import re
import struct
import subprocess

import pytest

from lib import dnsfake, servers
from test_kdig import PEER, program, stable

P = b"\xc0\x0c"  # the name of the question
LOOP = "loop"


def end(query):
    """Where the question ends."""
    at = 12
    while query[at]:
        at += 1 + query[at]
    return at + 5


def head(query, counts=(1, 0, 0, 0), flags=0x8580, ident=None):
    return (ident or query[:2]) + struct.pack("!H4H", flags, *counts)


def rr(kind, data, owner=P, ttl=300, klass=1, length=None):
    return owner + struct.pack("!HHIH", kind, klass, ttl, len(data) if length is None else length) + data


def message(*records, counts=None, flags=0x8580, tail=b""):
    """A reply with the records in the answer section, unless the counts say something else."""
    counts = counts or (len(records), 0, 0)
    return lambda q, tcp: head(q, (1, *counts), flags) + q[12:end(q)] + b"".join(records) + tail


def options(*pairs, ttl=0):
    data = b"".join(struct.pack("!HH", code, len(octets)) + octets for code, octets in pairs)
    return message(rr(41, data, b"\0", ttl, 1232), counts=(0, 0, 1))


A = rr(1, b"\1\2\3\4")
OPT = rr(41, b"", b"\0", 0, 1232)
ZONE = rr(6, b"\0\0" + struct.pack("!5I", 1, 2, 3, 4, 5))
EMPTY_TC = 0x8780

REPLIES = {
    "good": message(A),
    "sections": message(A, rr(2, P), rr(28, bytes(16)), OPT, counts=(1, 1, 2)),
    "silent": lambda q, tcp: None,
    "badid": lambda q, tcp: head(q, ident=bytes([q[0] ^ 1, q[1]])) + q[12:end(q)],
    "noqr": message(flags=0x0100),
    "noquestion": lambda q, tcp: head(q, (0, 0, 0, 0)),
    "othername": lambda q, tcp: head(q) + b"\1x\0" + q[end(q) - 4:end(q)],
    "othertype": lambda q, tcp: head(q) + q[12:end(q) - 4] + b"\0\2\0\1",
    "otherclass": lambda q, tcp: head(q) + q[12:end(q) - 4] + b"\0\1\0\3",
    "twoquestions": lambda q, tcp: head(q, (2, 0, 0, 0)) + q[12:end(q)] * 2,
    "empty": lambda q, tcp: b"",
    "one": lambda q, tcp: q[:1],
    "eleven": lambda q, tcp: head(q)[:11],
    "headonly": lambda q, tcp: head(q),
    "questioncut": lambda q, tcp: head(q) + q[12:end(q) - 3],
    "questionloop": lambda q, tcp: head(q) + P + b"\0\1\0\1",
    "counts-an": message(A, counts=(5, 0, 0)),
    "counts-ns": message(A, rr(2, b"\0"), counts=(1, 3, 0)),
    "counts-ar": message(A, counts=(0, 0, 65535)),
    "lengthbig": message(rr(1, b"\1\2\3\4", length=400)),
    LOOP: lambda q, tcp: head(q, (1, 1, 0, 0)) + q[12:end(q)] + struct.pack("!H", 0xc000 | end(q)) + A[2:],
    "forward": lambda q, tcp: head(q, (1, 1, 0, 0)) + q[12:end(q)] + struct.pack("!H", 0xc000 | end(q) + 2) + A[2:],
    "badlabel": message(rr(1, b"\1\2\3\4", b"\x80\x0c")),
    "toolong": message(rr(1, b"\1\2\3\4", (b"\x3f" + b"a" * 63) * 4 + b"\0")),
    "opt2": message(OPT, OPT, counts=(0, 0, 2)),
    "opt-an": message(OPT),
    "opt-cut": message(rr(41, b"\0\3\0\x09abc", b"\0", 0, 1232), counts=(0, 0, 1)),
    "ecs-cut": message(rr(41, b"\0\x08\0\x09abc", b"\0", 0, 1232), counts=(0, 0, 1), flags=EMPTY_TC),
    "opt-odd": message(rr(41, b"\0\3\0", b"\0", 0, 1232), counts=(0, 0, 1)),
    "tsig-cut": message(rr(250, b"\x0bhm", b"\1k\0", 0, 255), counts=(0, 0, 1)),
    "tail": message(A, tail=b"tail"),
    "a3": message(rr(1, b"\1\2\3")),
    "a5": message(rr(1, b"\1\2\3\4\5")),
    "a0": message(rr(1, b"")),
    "soacut": message(ZONE[:10] + struct.pack("!H", 21) + ZONE[12:-1]),
    "looprdata": lambda q, tcp: head(q, (1, 1, 0, 0)) + q[12:end(q)] + rr(5, struct.pack("!H", 0xc000 | end(q) + 12)),
    "txtcut": message(rr(16, b"\5ab")),
    "txtctl": message(rr(16, b"\4a\0\x1b\xff")),
    "ctlowner": message(rr(1, b"\1\2\3\4", b"\5\0\n\x1b\xff.\0")),
    "longowner": message(rr(1, b"\1\2\3\4", (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0")),
    "unknown": message(rr(65432, b"\1\2\3")),
    "unknownzero": message(rr(65432, b"")),
    "tc": lambda q, tcp: (message(A) if tcp else message(flags=EMPTY_TC))(q, tcp),
    "tc-both": message(flags=EMPTY_TC),
    "tc-reset": lambda q, tcp: None if tcp else message(flags=EMPTY_TC)(q, tcp),
    "tc-cut": lambda q, tcp: (message(A) if tcp else message(A, counts=(9, 0, 0), flags=EMPTY_TC))(q, tcp),
    "big": lambda q, tcp: (message(*[A] * 4000) if tcp else message(flags=EMPTY_TC))(q, tcp),
    "full": lambda q, tcp: (message(rr(65432, bytes(65535 - end(q) - 12))) if tcp else message(flags=EMPTY_TC))(q, tcp),
    "rcode5": message(flags=0x8585),
    "rcode12": message(flags=0x858c),
    "xrcode16": options(ttl=1 << 24),
    "xrcode100": options(ttl=6 << 24),
    "opcode2": message(flags=0x9000),
    "opcode7": message(flags=0xb800),
    "version1": options(ttl=1 << 16),
    "nsid": options((3, b"abc")),
    "nsid-binary": options((3, b"a\0\x1b\xff")),
    "ecs": options((8, b"\0\1\x18\x10\x0a\1\2")),
    "ecs6": options((8, b"\0\2\x20\x10\x20\1\x0d\xb8")),
    "ecs-zero": options((8, b"\0\1\0\0")),
    "expire": options((9, struct.pack("!I", 90061))),
    "expire-0": options((9, bytes(4))),
    "expire-empty": options((9, b"")),
    "expire-cut": options((9, b"abc")),
    "cookie": options((10, b"1234567812345678")),
    "keepalive": options((11, b"\0\x64")),
    "padding": options((12, bytes(9))),
    "chain": options((13, b"\1a\0")),
    "ede": options((15, b"\0\x16some text")),
    "ede-utf8": options((15, b"\0\x16caf\xc3\xa9")),
    "ede-cut": options((15, b"\0")),
    "ede-unknown": options((15, b"\xc0\0")),
    "unassigned": options((65001, b"\1\2")),
    "report": options((18, b"\1a\1b\0")),
    "zoneversion": options((19, b"\2\0" + struct.pack("!I", 7))),
    "flags": options(ttl=0xa001),
    "soa": message(ZONE),
    "zone": message(ZONE, A, ZONE),
    "escape": options((15, b"\0\x16a\n\x1b[2J\xc2\x9bm"), (3, b"\x1b[2J")),
}


@pytest.fixture(scope="module")
def fake():
    def answer(query, is_tcp):
        name = query[13:13 + query[12]].decode().lower() if len(query) > 12 and query[12] else None
        return REPLIES.get(name, REPLIES["good"])(query, is_tcp) if name else None
    server = dnsfake.Fake(answer)
    yield server
    server.close()


def ask(path, fake, *arguments):
    fake.got.clear()
    done = subprocess.run([path, f"@{servers.ADDRESS}", "-p", str(fake.port), *arguments], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    done.stdout, done.stderr = (text.decode(errors="backslashreplace") for text in (done.stdout, done.stderr))
    assert not servers.SANITIZER.search(done.stderr), done.stderr
    assert done.returncode in (0, 1)
    return done


def peers():
    if not os.path.exists(PEER):
        pytest.skip("the peer's kdig is not installed")
    return program(), PEER


def same(done):
    """What both have to say, without ports of the connection and message IDs."""
    return done.returncode, stable(done.stdout), re.sub(r"ID \(\d+\)", "ID (N)", done.stderr)


# Where the peer's series differs from the one that is followed, or shows less: in the table below.
OWN = {"ecs-cut", "tc-cut", "a3", "a5", "a0", "soacut", "looprdata", "txtcut", "report", "zoneversion", "flags", "escape"}


@pytest.mark.parametrize("name", [name for name in REPLIES if name not in OWN])
def test_reply_is_told_as_the_peer_tells_it(fake, name):
    mine, theirs = (ask(path, fake, f"{name}.test", "+retry=0", "+timeout=1") for path in peers())
    assert same(mine) == same(theirs)


@pytest.mark.parametrize("name", ["badid", "noqr", "empty", "one", "headonly", "silent", "tail", LOOP, "big", "full"])
def test_reply_over_tcp_is_told_as_the_peer_tells_it(fake, name):
    mine, theirs = (ask(path, fake, f"{name}.test", "+tcp", "+timeout=1") for path in peers())
    mine, theirs = same(mine), same(theirs)
    assert mine[:2] == theirs[:2]
    assert mine[2] == theirs[2] or name == "empty"  # where more is said


MALFORMED = ";; WARNING: malformed reply packet (malformed data)\n"


@pytest.mark.parametrize("name, shown, told", [
    ("a3", "A\t\\# 3 010203\n", MALFORMED),
    ("a5", "A\t\\# 5 0102030405\n", MALFORMED),
    ("a0", "A\t\\# 0\n", MALFORMED),
    ("soacut", "SOA\t\\# 21 ", MALFORMED),
    ("looprdata", "CNAME\t\\# 2 C02C\n", MALFORMED),
    ("txtcut", "TXT\t\\# 3 056162\n", MALFORMED),
    ("tc-cut", "(TCP)", MALFORMED + ";; WARNING: truncated reply from 127.0.0.1@{port}(UDP), retrying over TCP\n\n"),
    ("ecs-cut", ";; EDNS PSEUDOSECTION:\n", MALFORMED),
    ("report", ";; REPORTCHANNEL: a.b.\n", ""),
    ("zoneversion", ";; ZONEVERSION: zoneversion.test. SOA-SERIAL 7\n", ""),
    ("flags", "; flags: do de bit15; UDP size: 1232 B; ", ""),
    ("escape", ";; EDE: 22 (No Reachable Authority): 'a..[2J..m'\n;; NSID: 1B5B324A\n", ""),  # nothing for the terminal
])
def test_reply_is_shown_as_far_as_it_goes(fake, name, shown, told):
    done = ask(program(), fake, f"{name}.test", "+retry=0", "+timeout=1", *["+ignore"] * (name == "ecs-cut"))
    assert (done.returncode, done.stderr) == (0, told.format(port=fake.port))
    assert shown in done.stdout


@pytest.mark.parametrize("style", ["+short", "+multiline", "+generic", "+nocrypto", "+noall +answer", "+nocomments",
                                   "+optpresent +opttext", "+qr", "+validate=3", "+json", "+json +qr", "AXFR", "IXFR=1", "NOTIFY"])
def test_no_reply_breaks_any_style(fake, style):
    """All of them on one command line: one process, so that what one leaves behind meets the next."""
    names = [f"{name}.test" for name in REPLIES if name not in ("silent", "badid", "tc-reset")]
    if style.isalpha() or "=" in style and style[0] != "+":
        names = [part for name in names for part in (name, style)]
        style = ""
    done = ask(program(), fake, "+retry=0", "+timeout=1", *style.split(), *names)
    if style == "+json":
        decoder, text, count = json.JSONDecoder(), done.stdout.strip(), 0
        while text:
            reply, at = decoder.raw_decode(text)
            text, count = text[at:].lstrip(), count + 1
            assert "QR" in reply
        assert count > len(names) / 2


def test_malformed_reply_as_json_has_its_octets(fake):
    done = ask(program(), fake, f"{LOOP}.test", "+json", "+retry=0", "+timeout=1")
    reply = json.loads(done.stdout)
    assert done.returncode == 1 and len(reply["messageOctetsHEX"]) == 2 * reply["msgLength"]
    assert "answerRRs" not in reply


def test_extended_error_as_json_has_purpose_and_text(fake):
    reply = json.loads(ask(program(), fake, "ede-utf8.test", "+json").stdout)
    assert reply["EDNS"]["EDE"] == {"CODE": 22, "Purpose": "No Reachable Authority", "TEXT": "café"}


@pytest.mark.parametrize("arguments", [
    "+short +header sections.test", "+short +all sections.test", "+short +nomultiline sections.test", "+json +short sections.test",
    "+json +multiline good.test", "+noclass sections.test", "+nottl sections.test", "+noclass +nottl +multiline sections.test",
    "+qr good.test nsid.test", "+qr tc.test", "-d silent.test +timeout=1 +retry=1", "-d tc.test",
    "tc.test +ignore", "-d +tcp +keepopen good.test nsid.test", "-d +tcp +keepopen good.test nsid.test +notcp",
    "+timeout=1 +retry=0 silent.test good.test", "+timeout=1 +retry=0 +short silent.test good.test",
])
def test_output_is_that_of_the_peer(fake, arguments):
    mine, theirs = (ask(path, fake, *arguments.split()) for path in peers())
    assert (mine.returncode, stable(mine.stdout)) == (theirs.returncode, stable(theirs.stdout))


@pytest.mark.parametrize("arguments", [
    "soa.test IXFR=1", "soa.test IXFR=0", "soa.test IXFR=9", "zone.test IXFR=1", "zone.test AXFR", "zone.test AXFR +short", "zone.test AXFR +nocomments",
    "zone.test AXFR +noheader", "zone.test AXFR +nostats", "zone.test AXFR +qr", "zone.test AXFR +json", "zone.test IXFR=1 +notcp", "zone.test AXFR zone.test A",
    "zone.test AXFR zone.test AXFR", "good.test AXFR", "noquestion.test AXFR", "rcode5.test AXFR", "loop.test AXFR", "silent.test AXFR", "silent.test AXFR +notcp",
])
def test_transfer_is_told_as_the_peer_tells_it(fake, arguments):
    mine, theirs = (ask(path, fake, "+timeout=1", "+retry=0", *arguments.split()) for path in peers())
    mine.stdout, theirs.stdout = (re.sub(r'"(dateString|dateSeconds|ID)": .*', "", done.stdout) for done in (mine, theirs))
    assert same(mine) == same(theirs)


# --- what is sent ---

def sent(got):
    """The octets without message IDs, what's random, and the default UDP size, which was another in the peer's series."""
    result = []
    for protocol, octets in got:
        at = 16 + struct.unpack("!H", octets[14:16])[0] if octets.startswith(dnsfake.PROXY) else 0
        octets = octets[:at] + b"ID" + octets[at + 2:]
        octets = octets.replace(b"\0\x29\x10\0", b"\0\x29\4\xd0")
        octets = re.sub(rb"(?s)(\0\x0a\0\x08).{8}$", rb"\1random", octets)
        octets = re.sub(rb"(?s)(hmac-\w+(?:.sig-alg.reg.int)?\0).{6}(\1?\x01\x2c\0.).*", rb"\1\2", octets)
        result.append((protocol, octets))
    return result


@pytest.mark.parametrize("arguments", [
    "+aaflag +tcflag +raflag +zflag +cdflag a.b", "+nordflag +noadflag a.b", "+norecurse a.b", "+dnssec a.b", "+dnssec +nodnssec a.b",
    "+edns a.b", "+edns=1 a.b", "+edns +noedns a.b", "+noedns +edns a.b", "+noedns +nsid a.b", "+noedns +dnssec a.b",
    "+noedns +bufsize=1000 a.b", "+noedns +padding=3 a.b", "+noedns +expire a.b", "+noedns +cookie a.b",
    "+noedns +subnet=10.0.0.0/8 a.b", "+ednsopt=65001 +noedns a.b", "+expire +noedns a.b", "+dnssec +nsid +bufsize=999 +noedns a.b",
    "+bufsize=0 a.b", "+bufsize=512 a.b", "+bufsize=65535 a.b", "+bufsize=999 +nobufsize a.b", "+nsid a.b", "+nsid +nonsid a.b",
    "+padding a.b", "+padding=0 a.b", "+padding=9 a.b", "+padding=9 +nopadding a.b", "+padding +nopadding a.b", "+padding +noalignment a.b",
    "+alignment a.b", "+alignment=2 a.b", "+alignment=31 a.b", "+alignment=32 a.b", "+alignment=33 a.b", "+alignment=34 a.b",
    "+alignment=64 +padding a.b", "+alignment +padding=7 a.b", "+alignment +nopadding a.b", "+alignment +noalignment a.b",
    "+subnet=10.1.2.3 a.b", "+subnet=10.1.2.3/12 a.b", "+subnet=0/0 a.b", "+subnet=2001:db8::1/33 a.b", "+subnet=::/0 a.b", "+client=10.1.2.3 a.b",
    "+subnet=10.1.2.3 +nosubnet a.b", "+cookie a.b", "+cookie=0102030405060708 a.b", "+cookie=01020304050607080102030405060708 a.b",
    "+cookie +nocookie a.b", "+ednsopt=65001 a.b", "+ednsopt=65001: a.b", "+ednsopt=65001:AbCd a.b", "+ednsopt=1:00 +ednsopt=1:01 a.b",
    "+ednsopt=1:00 +noednsopt +ednsopt=2 a.b", "+expire +ednsopt=1:00 a.b", "+ednsopt=1:00 +expire a.b", "+ednsopt=9 +ednsopt=1 +noexpire a.b",
    "+expire +noednsopt a.b", "+cookie=0102030405060708 +subnet=10.1.0.0/16 +nsid +padding=3 +ednsopt=5:aa a.b",
    "+proxy=1.2.3.4#99-127.0.0.1#98 a.b", "+proxy=1.2.3.4-127.0.0.1 a.b", "+proxy=::1-::2 a.b", "+proxy=::1@5-::2@6 a.b",
    "+proxy=1.2.3.4-127.0.0.1 +tcp a.b", "+proxy=1.2.3.4-127.0.0.1 +noproxy a.b",
    "a.b IXFR=3", "a.b TYPE251=3", "a.b AXFR A", "a.b A AXFR A", "a.b ANY ANY", "a.b CLASS7", "a.b CH TXT",
    "MX a.b c.d", "-t MX a.b c.d -t NS", "+tcp a.b c.d", "a.b +tcp c.d", "a.b -c CH c.d", "-q a.b -q c.d", "A", "-t A", "IN", "CH", "AXFR",
    "-x 192.0.2.1", "-x ::1", "-x 2001:db8::1 -t A", "-t A -x 192.0.2.1", "-c CH -x 192.0.2.1", "-q", "a\\.b.c", "\\000a.b", "*.a.b", ".",
    "-y k:c2VjcmV0 a.b", "-y hmac-md5:k:c2VjcmV0 a.b", "-y hmac-sha1:k:c2VjcmV0 a.b", "-y hmac-sha224:k:c2VjcmV0 a.b",
    "-y hmac-sha384:k:c2VjcmV0 a.b", "-y HMAC-SHA512:K:c2VjcmV0 a.b", "-y hmac-sha256:k: a.b", "+alignment=64 -y k:c2VjcmV0 a.b",
    "+mult a.b", "+noadd a.b", "+norec a.b", "+sub=10.0.0.0 a.b",
])
def test_octets_sent_are_those_of_the_peer(fake, arguments):
    both = []
    for path in peers():
        ask(path, fake, *arguments.split(), "+retry=0", "+timeout=1")
        both.append(sent(fake.got))
    assert both[0] and both[0] == both[1]


def test_notify_has_aa_wherever_it_stands_and_another_type_takes_it_back(fake):
    for arguments, flags in (("NOTIFY a.b", 0x2420), ("a.b NOTIFY", 0x2420), ("a.b NOTIFY MX", 0x0120)):
        ask(program(), fake, *arguments.split())
        assert struct.unpack("!H", fake.got[0][1][2:4]) == (flags,), arguments


def test_padding_counts_the_options_behind_it(fake):
    ask(program(), fake, "+nsid", "+alignment", "+ednsopt=65001:01", "+expire", "a.b")
    assert len(fake.got[0][1]) == 128


def test_query_too_long_for_any_transport_is_not_sent(fake):
    for transport in ("+tcp", "+notcp"):
        done = ask(program(), fake, transport, "+padding=65535", "a.b")
        assert done.returncode == 1 and not fake.got
        assert done.stderr.startswith(";; ERROR: can't create query packet\n;; ERROR: failed to query server "), done.stderr


@pytest.mark.parametrize("text", ["hmac-sha256:k:c2VjcmV0\n", "hmac-sha256:k:c2VjcmV0", "k:c2VjcmV0\nmore\n", "  k:c2VjcmV0 \t\n", "k:c2VjcmV0\r\n"])
def test_first_line_of_a_key_file_is_the_key(fake, tmp_path, text):
    (tmp_path / "key").write_text(text, newline="")
    assert b"\1k\0\0\xfa" in (ask(program(), fake, "-k", str(tmp_path / "key"), "a.b"), fake.got[0][1])[1]


@pytest.mark.parametrize("arguments, message", [
    ("+", "invalid option: +"), ("-", "invalid option: -"), ("+n", "ambiguous option: +n"), ("+no", "ambiguous option: +no"),
    ("+x", "invalid option: +x"), ("+nox", "invalid option: +nox"), ("+c", "ambiguous option: +c"), ("+DNSSEC", "invalid option: +DNSSEC"),
    ("-hx", "invalid option: -hx"), ("--foo", "invalid option: --foo"), ("-z", "invalid option: -z"),
    ("+bufsize=", "empty argument: +bufsize="), ("+retry", "missing argument: +retry"), ("+bufsize=65536", "invalid +bufsize=65536"),
    ("+bufsize=-1", "invalid +bufsize=-1"), ("+edns=256", "invalid +edns=256"), ("+padding=65536", "invalid +padding=65536"),
    ("+alignment=1", "invalid +alignment=1"), ("+timeout=x", "invalid +timeout=x"), ("+retry=-1", "invalid +retry=-1"),
    ("+retry=4294967296", "invalid +retry=4294967296"), ("+ednsopt=65536", "invalid +ednsopt=65536"),
    ("+ednsopt=1:0g", "invalid +ednsopt=1:0g"), ("+subnet=x", "invalid address +subnet=x"),
    ("+subnet=10.1.2.3/33", "invalid network mask +subnet=10.1.2.3/33"), ("+subnet=10.1.2.3/", "invalid network mask +subnet=10.1.2.3/"),
    ("+cookie=01", "too short client +cookie=01"), ("+cookie=010203040506070809", "too short server +cookie=010203040506070809"),
    ("+cookie=" + "01" * 41, "too long server +cookie=" + "01" * 41), ("+cookie=x", "invalid +cookie=x"),
    ("+proxy=1.2.3.4", "invalid specification +proxy=1.2.3.4"), ("+proxy=x-y", "invalid proxy source address 'x'"),
    ("+proxy=::1-x", "invalid proxy destination address 'x'"), ("+proxy=::1-1.2.3.4", "proxy address family mismatch '::1' versus '1.2.3.4'"),
    ("-t IXFR", "bad type IXFR"), ("-t IXFR=x", "bad type IXFR=x"), ("-t IXFR=4294967296", "bad type IXFR=4294967296"),
    ("-t NOTIFY=", "bad type NOTIFY="), ("-t TYPE65536", "bad type TYPE65536"), ("-c x", "bad class x"), ("-c CLASS65536", "bad class CLASS65536"),
    ("-t", "missing type"), ("-c", "missing class"), ("-b", "missing address"), ("-x", "missing address"), ("-k", "missing filename"),
    ("-E", "missing filename"), ("-G", "missing filename"), ("-y", "missing key"), ("-p", "missing port"), ("-p x", "bad port x"),
    ("-p 65536", "bad port 65536"), ("-k /nonexistent", "bad keyfile /nonexistent"), ("-y hmac-x:k:c2VjcmV0", "bad key hmac-x:k:c2VjcmV0"),
    ("-x x", "bad reverse name x"), ("-x 1.2.3.4/24", "bad reverse name 1.2.3.4/24"), ("-q a..b", "bad query name a..b"),
    ("a..b", "invalid parameter: a..b"), ("@127.0.0.1@65536", "invalid server @127.0.0.1@65536"), ("@", "invalid server @"),
    ("@[127.0.0.1", "invalid server @[127.0.0.1"),
    *[(f"+{option}", "TLS, HTTPS and QUIC are not supported in this version") for option in (
        "tls", "tls-ca", "tls-ca=/f", "tls-pin=AA==", "tls-hostname=a", "tls-sni=a", "tls-keyfile=f", "tls-certfile=f", "tls-ocsp-stapling",
        "tls-ocsp-stapling=5", "https", "https=/path", "https-get", "quic")],
])
def test_wrong_argument_is_named_and_nothing_is_sent(fake, arguments, message):
    done = ask(program(), fake, *arguments.split())
    assert (done.returncode, done.stderr) == (1, f";; ERROR: {message}\n") and not fake.got
    assert done.stdout.startswith("Usage: kdig") == message.startswith(("invalid option:", "ambiguous option:"))


def test_superfluous_argument_is_warned_about(fake):
    for option in ("+tcp=1", "+notcp=1", "+nosubnet=1"):
        done = ask(program(), fake, option, "good.test")
        assert (done.returncode, done.stderr) == (0, f";; WARNING: superfluous option argument: {option}\n")


@pytest.mark.parametrize("arguments, told", [
    ("-6 a.b", ";; WARNING: no servers to query\n"),
    ("@nonexistent.invalid a.b", "@{port}\n;; WARNING: no servers to query\n"),
    ("@/nonexistent/socket a.b", ";; WARNING: can't connect to /nonexistent/socket(TCP)\n"
                                 ";; ERROR: failed to query server /nonexistent/socket@UNIX(TCP)\n"),
])
def test_server_that_cannot_be_asked_is_named(fake, arguments, told):
    words = arguments.split()
    server = [] if words[0][0] == "@" else [f"@{servers.ADDRESS}"]
    done = subprocess.run([program(), *server, "-p", str(fake.port), *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.endswith(told.format(port=fake.port)), done.stderr


def test_next_server_is_asked_when_one_fails(fake):
    done = subprocess.run([program(), "@127.0.0.9@1", f"@{servers.ADDRESS}", "-p", str(fake.port), "+retry=0", "+timeout=1", "good.test",
                           "+short"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1.2.3.4\n")
    assert done.stderr.endswith(";; ERROR: failed to query server 127.0.0.9@1(UDP)\n")


def test_international_names_are_left_alone_when_told(fake):
    assert "IDNA" not in ask(program(), fake, "+noidn", "é.test").stdout
    done = ask(program(), fake, "xn--9ca.test", "+idnout")
    assert "é.test." in done.stdout


def test_help_and_manual_name_every_option(root):
    done = subprocess.run([program(), "--help"], capture_output=True, text=True, timeout=20)
    names = re.findall(r"^ +\+\[no\]([a-z-]+)", done.stdout, re.M)
    assert done.returncode == 0 and len(names) > 60
    with open(os.path.join(root, "docs", "man", "kdig.1"), encoding="utf-8") as file:
        manual = file.read()
    assert [name for name in names if not re.search(rf"^\.It Cm .*\b(no)?{name}\b", manual, re.M)] == []


def test_version_has_the_program_and_on_demand_more():
    short, long = (subprocess.run([program(), option], capture_output=True, text=True, timeout=20).stdout for option in ("-V", "-VV"))
    assert re.fullmatch(r"kdig, Knot DNS \S+ .*\n", short)
    assert long.startswith(short + "\n") and len(long) > len(short) + 1
