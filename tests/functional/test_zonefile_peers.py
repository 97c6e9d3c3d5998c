"""The zone file reader beside those of other projects: the same records out of the same file.

The peers are black boxes. Every program prints the zone in its own layout; dnspython turns each line into a
record in canonical wire form, and the sets are compared.
"""
import glob
import lzma
import os
import shutil
import subprocess

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

from lib import servers

EXAMPLE = """\
$ORIGIN example.
$TTL 1h30m
@ SOA ns ( Host.Master 2024010100 ; serial
\t1d 2h
\t3w 4m ) ; end
  NS ns
  NS NS2.Other.Test.
ns 60 IN A 192.0.2.1
  61 IN AAAA 2001:DB8:0:0:1::0001
WWW CNAME @
*.wild TXT a "b c" "d;(" e\\;f "\\200\\"" ""
a\\.b MX 10 \\097.c
sub\tNS ns.sub
ns.sub A 192.0.2.2
$ORIGIN deep.example.
@ 0 CAA 0 issue "ca.test; x=y"
x SRV 1 2 3 y
  NAPTR 100 50 "s" "http" "!^.*$!x!" .
t TYPE65280 \\# 3 abCDef
t TYPE1 \\# 4 01020304
loc LOC 52 22 23 N 4 53 32 E -2m 0m 10000m 10m
tlsa TLSA 3 1 1 0123456789ABCDEF 0123456789ABCDEF
key DNSKEY 257 3 13 ( AQID
\tBAUG )
n NSEC a.example. A MX RRSIG TYPE65280
h NSEC3 1 1 5 AABB 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG
sig RRSIG A 13 3 60 20300101000000 20200101000000 12345 example. AQIDBA==
"""


def ours(origin, path):
    program = os.environ.get("BOWLINE_KZONECHECK") or servers.find_binary("kzonecheck")
    if program is None:
        pytest.skip("kzonecheck is not built")
    # Findings of semantic checks set the exit code, the zone is printed all the same.
    done = subprocess.run([program, "-p", "-o", origin, "-d", "off", path], capture_output=True, text=True, timeout=60)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr
    assert done.stdout, done.stderr
    return done.stdout


def named(origin, path):
    return subprocess.run(["named-compilezone", "-q", "-i", "none", "-k", "ignore", "-s", "full", "-o", "-",
                           origin, path], check=True, capture_output=True, text=True, timeout=60).stdout


def ldns(_, path):
    return subprocess.run(["ldns-read-zone", path], check=True, capture_output=True, text=True, timeout=60).stdout


PEERS = {"named-compilezone": named, "ldns-read-zone": ldns}


def records_of(text):
    """{(owner, type, rdata): TTL}, class left out or not. An RRSIG's TTL is that of what it covers (RFC 4034
    section 3); ours prints it from its rdata, others as the file had it, so it isn't compared."""
    records = {}
    for line in text.splitlines():
        if not line or line.startswith(";"):
            continue
        owner, ttl, rest = line.split(None, 2)
        kind, _, rdata = rest.partition("\t") if not rest.startswith("IN") else \
            rest[2:].lstrip().replace(" ", "\t", 1).partition("\t")
        kind = kind.strip()
        rdtype = dns.rdatatype.from_text(kind)
        value = dns.rdata.from_text(dns.rdataclass.IN, rdtype, rdata.strip(), relativize=False)
        name = dns.name.from_text(owner).canonicalize()
        # Digestable form is canonical: lower-case names.
        records[(name.to_text(), kind, value.to_digestable())] = None if kind == "RRSIG" else int(ttl)
    return records


@pytest.fixture(params=sorted(PEERS))
def peer(request):
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return PEERS[request.param]


def compare(origin, path, peer):
    mine, theirs = records_of(ours(origin, path)), records_of(peer(origin, path))
    assert len(mine) > 0
    assert set(mine) == set(theirs)
    assert mine == theirs


def test_example_with_every_syntax_reads_as_by_the_peer(tmp_path, peer):
    path = tmp_path / "example.zone"
    path.write_text(EXAMPLE)
    compare("example.", str(path), peer)


@pytest.mark.parametrize("number", range(3))
def test_root_zone_reads_as_by_the_peer(tmp_path, peer, number):
    """Real root zones: BOWLINE_ROOT_ZONES names a directory of NAME.zone.xz."""
    directory = os.environ.get("BOWLINE_ROOT_ZONES", "")
    archives = sorted(glob.glob(os.path.join(directory, "*.zone.xz"))) if directory else []
    if number >= len(archives):
        pytest.skip("BOWLINE_ROOT_ZONES names no directory with so many zones")
    path = tmp_path / "root.zone"
    with lzma.open(archives[number]) as archive:
        path.write_bytes(archive.read())
    compare(".", str(path), peer)
