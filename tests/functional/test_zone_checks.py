"""The semantic checks over zones that are broken in one way each, beside Debian's kzonecheck where that is installed.

Signed zones are damaged before the chain is made, between chain and signatures, or after signing, so that each has one fault and no other.
Each is run with NSEC, with NSEC3 and with NSEC3 and opt-out.
"""
import os
import re
import shutil
import subprocess

import pytest

from lib import servers
from lib.signing import EXPIRATION, INCEPTION, KSK, ORIGIN, STRANGER, ZSK, Zone, bitmap, type_of, wire_rdata

import dns.dnssec

DS = "12345 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
ZONE = f"""@ SOA ns h 1 3600 900 86400 3600
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
www TXT hello
*.wild TXT wild
deep.empty.ent A 192.0.2.3
sub NS ns.sub
ns.sub A 192.0.2.4
sec NS ns.sec
sec DS {DS}
ns.sec A 192.0.2.5
only.below.deleg NS ns
"""
ANY, NSEC, NSEC3, FULL, OPTOUT = ["nsec", "nsec3", "optout"], ["nsec"], ["nsec3", "optout"], ["nsec3"], ["optout"]
SIG_A = "[www.example.] no valid signature for a record (record type A)"
MISSING = "[{}.example.] missing NSEC(3) record"
BITMAP = "[{}.example.] wrong NSEC(3) bitmap"
CRASH = "crash"  # of the peer
FAILED = "failed to run semantic checks"
CASES = []


def case(claim, chains, expected, records=None, chain=None, signed=None, keys=(), peer=None):
    """peer: what Debian's 3.2 says instead, where the product's later version, or the RFCs, say what is expected here."""
    expected = [expected] if isinstance(expected, str) else expected
    for kind in chains:
        CASES.append(pytest.param(kind, expected, records, chain, signed, keys, expected if peer is None else peer, id=f"{claim}-{kind}"))


def every_nsec3(z, change):
    for name in list(z.names):
        if z.is_nsec3(name):
            z.replace(name, "NSEC3", change)


def types_of(rdata):
    return [w * 256 + i * 8 + bit for w, bits in rdata.windows for i in range(len(bits)) for bit in range(8) if bits[i] & 0x80 >> bit]


def with_bitmap(owner, *types):
    def damage(z):
        if type_of("NSEC3PARAM") in z.names[z.origin]:
            listed = [type_of(t) for t in types if t != "NSEC"]
            z.replace(z.nsec3_owner(owner), "NSEC3", lambda r: z.nsec3_rdata(r.next, listed))
        else:
            z.replace(owner, "NSEC", lambda r: wire_rdata("NSEC", r.next.to_wire() + bitmap([type_of(t) for t in types])))
    return damage


def with_next(owner, following):
    def damage(z):
        z.replace(owner, "NSEC", lambda r: wire_rdata("NSEC", z.name(following).to_wire() + bitmap(types_of(r))))
    return damage


def with_nsec3(owner, following=None, optout=None):
    def damage(z):
        z.replace(z.nsec3_owner(owner), "NSEC3", lambda r: z.nsec3_rdata(following(z) if following else r.next, types_of(r), optout))
    return damage


def without_nsec3(owner):
    return lambda z: z.remove(z.nsec3_owner(owner))


def unlinked(owner):
    """Without the NSEC3 of a name, and the chain leads past it."""
    def damage(z):
        gone = z.nsec3_owner(owner)
        following, own = z.get(gone, "NSEC3")[0].next, z.hash(z.name(owner))
        z.remove(gone)
        every_nsec3(z, lambda r: z.nsec3_rdata(following, types_of(r)) if r.next == own else r)
    return damage


def linked(owner):
    """An NSEC3 of a name that isn't there, in its place in the chain."""
    def damage(z):
        own = z.hash(z.name(owner))
        ring = sorted([r.next for n in z.names if z.is_nsec3(n) for r in z.get(n, "NSEC3")] + [own])
        following = ring[(ring.index(own) + 1) % len(ring)]
        every_nsec3(z, lambda r: z.nsec3_rdata(own, types_of(r)) if r.next == following else r)
        z.put(z.nsec3_owner(owner), "NSEC3", z.nsec3_rdata(following, []))
    return damage


def foreign(z):
    """One of a chain with other parameters."""
    salt, z.salt = z.salt, b"\1"
    owner, rdata = z.nsec3_owner("www"), z.nsec3_rdata(z.hash(z.name("ns")), [1])
    z.salt = salt
    z.put(owner, "NSEC3", rdata)


def records(*lines):
    return lambda z: [z.add(line) for line in lines]


def also_signed(owner, kind, signer=ZSK, change=lambda r: r, **times):
    return lambda z: z.put(owner, "RRSIG", change(z.sign_rrset(z.name(owner), type_of(kind), signer, **times)))


def broken(rrsig):
    return rrsig.replace(signature=rrsig.signature[:-1] + bytes([rrsig.signature[-1] ^ 1]))


def of_every_signature(**fields):
    return lambda z: z.replace("www", "RRSIG", lambda r: r.replace(**fields))


def no_signature(owner, kind):
    return f"[{owner}example.] no valid signature for a record (record type {kind})"


case("good zone", ANY, [])
case("good zone of one key", ANY, [], keys=[KSK])

# Signatures
case("no signature", ANY, SIG_A, signed=lambda z: z.remove("www", "RRSIG", "A"))
case("no signature at all at a name", ANY, BITMAP.format("www"), signed=lambda z: z.remove("www", "RRSIG"))
case("no signature of DS", NSEC, no_signature("sec.", "DS"), signed=lambda z: z.remove("sec", "RRSIG", "DS"))
case("no signature of DS", NSEC3, BITMAP.format("sec"), signed=lambda z: z.remove("sec", "RRSIG", "DS"))
case("no signature of SOA", ANY, no_signature("", "SOA"), signed=lambda z: z.remove("@", "RRSIG", "SOA"))
case("no signature of DNSKEY", ANY, no_signature("", "DNSKEY"), signed=lambda z: z.remove("@", "RRSIG", "DNSKEY"))
case("no signature of NSEC", NSEC, no_signature("www.", "NSEC"), signed=lambda z: z.remove("www", "RRSIG", "NSEC"))
case("no signature of NSEC3", NSEC3, no_signature("lrg93tv1kfenonh31p3np5p4dmel4fk1.", "NSEC3"),
     signed=lambda z: z.remove(z.nsec3_owner("www"), "RRSIG", "NSEC3"))
case("expired signature", ANY, SIG_A, signed=lambda z: z.resign("www", "A", inception=INCEPTION, expiration=INCEPTION + 1000))
case("signature of the future", ANY, SIG_A, signed=lambda z: z.resign("www", "A", inception=EXPIRATION - 1000))
case("signature by a stranger", ANY, SIG_A, signed=lambda z: z.resign("www", "A", STRANGER))
case("another one by a stranger is fine", ANY, [], signed=also_signed("www", "A", STRANGER))
# The peer notices these three too, but has no word for it.
case("another one that has expired", ANY, SIG_A, signed=also_signed("www", "A", expiration=INCEPTION + 1000), peer=["[www.example.] unknown error"])
case("another one of the future", ANY, SIG_A, signed=also_signed("www", "A", inception=EXPIRATION - 1000), peer=["[www.example.] unknown error"])
case("another one that is broken", ANY, SIG_A, signed=also_signed("www", "A", change=broken, inception=INCEPTION + 1),
     peer=["[www.example.] unknown error"])
case("other data", ANY, SIG_A, signed=lambda z: z.replace("www", "A", lambda r: r.replace(address="192.0.2.99")))
case("DNSKEY signed by a ZSK alone", ANY, no_signature("", "DNSKEY"), signed=lambda z: z.resign("@", "DNSKEY", ZSK))
case("no key with SEP flag", ANY, no_signature("", "DNSKEY"), keys=[ZSK])
case("address signed by a KSK is fine", ANY, [], signed=lambda z: z.resign("www", "A", KSK), peer=[SIG_A])  # any key: RFC 4035 section 2.2
case("signed NS of a cut", ANY, no_signature("sub.", "NS"), signed=also_signed("sub", "NS"))
case("signed glue", ANY, no_signature("ns.sub.", "A"), signed=also_signed("ns.sub", "A"))
case("signature of a type that isn't there is fine", ANY, [], signed=lambda z: z.put("www", "RRSIG", z.get("www", "RRSIG")[0].replace(type_covered=15)))
case("other TTL in the signature", ANY, SIG_A, signed=of_every_signature(original_ttl=7200))
case("too many labels in the signature", ANY, SIG_A, signed=of_every_signature(labels=5))
case("other signer", ANY, SIG_A, signed=of_every_signature(signer=ORIGIN.parent()))

# Keys
case("no DNSKEY", ANY, "[example.] missing DNSKEY", signed=lambda z: z.remove("@", "DNSKEY"), peer=FAILED)
case("broken DNSKEY", ANY, "[example.] invalid DNSKEY",
     signed=lambda z: z.replace("@", "DNSKEY", lambda r: r.replace(key=r.key[:20]) if r.flags == 257 else r))
case("DNSKEY of another protocol", ANY, "[example.] invalid DNSKEY",
     records=lambda z: z.replace("@", "DNSKEY", lambda r: r.replace(protocol=4) if r.flags == 257 else r))
case("DNSKEY that is no zone key", ANY, "[example.] invalid DNSKEY", records=lambda z: z.put("@", "DNSKEY", STRANGER[1].replace(flags=0)))
case("DNSKEY of an unknown algorithm is fine", ANY, [], records=records("@ DNSKEY 256 3 99 AQID"), peer=FAILED)  # RFC 4035 section 5.2
case("revoked key is fine", ANY, [], records=lambda z: z.put("@", "DNSKEY", STRANGER[1].replace(flags=385)))

# NSEC
case("no chain", NSEC, "[example.] missing NSEC(3) record", chain=lambda z: [z.remove(n, "NSEC") for n in z.authoritative()])
case("no NSEC", NSEC, MISSING.format("www"), chain=lambda z: z.remove("www", "NSEC"))
case("no NSEC of a cut", NSEC, MISSING.format("sub"), chain=lambda z: z.remove("sub", "NSEC"))
case("two NSECs", NSEC, MISSING.format("www"), chain=lambda z: z.put("www", "NSEC", wire_rdata("NSEC", ORIGIN.to_wire() + bitmap([1]))))
for claim, owner, following in [("itself", "www", "www"), ("a name further on", "ns", "www"), ("no name", "ns", "nobody"),
                                ("a name before, at the end", "www", "ns")]:
    case("NSEC to " + claim, NSEC, f"[{owner}.example.] inconsistent NSEC(3) chain", chain=with_next(owner, following))
case("NSEC of a name with nothing else, outside the chain", NSEC, "[deep.empty.ent.example.] inconsistent NSEC(3) chain",
     chain=lambda z: z.put("lonely", "NSEC", wire_rdata("NSEC", z.name("ns").to_wire() + bitmap([46, 47]))))
case("NSEC of glue", NSEC, "[ns.sub.example.] superfluous NSEC(3)", peer=[BITMAP.format("ns.sub")],
     chain=lambda z: z.put("ns.sub", "NSEC", wire_rdata("NSEC", ORIGIN.to_wire() + bitmap([1]))))
case("NSEC3 in a zone with NSEC", NSEC, "[9kqnrpnekplbct2m3k9jh3cljviok2b5.example.] superfluous NSEC(3)", peer=CRASH,
     chain=lambda z: z.put(z.nsec3_owner("www"), "NSEC3", z.nsec3_rdata(z.hash(z.name("www")), [1])))

# Bitmaps
for claim, chains, owner, types in [
        ("lacks a type", ANY, "www", ["A", "RRSIG", "NSEC"]), ("has a type too many", ANY, "www", ["A", "TXT", "MX", "RRSIG", "NSEC"]),
        ("has a type of another window", ANY, "www", ["A", "TXT", "RRSIG", "NSEC", "TYPE65000"]), ("is empty", ANY, "www", []),
        ("lacks RRSIG", NSEC, "www", ["A", "TXT", "NSEC"]), ("lacks NSEC", NSEC, "www", ["A", "TXT", "RRSIG"]),
        ("has glue at a cut", ANY, "sec", ["NS", "DS", "RRSIG", "NSEC", "A"]), ("has a type at an empty non-terminal", NSEC3, "ent", ["A"])]:
    case("bitmap " + claim, chains, BITMAP.format(owner), chain=with_bitmap(owner, *types))

# NSEC3
for owner in ("www", "ent", "empty.ent", "deep.empty.ent", "sec", "*.wild", "wild"):
    case("no NSEC3 of " + owner, NSEC3, MISSING.format(owner), chain=without_nsec3(owner))
    case("chain leads past " + owner, NSEC3, MISSING.format(owner), chain=unlinked(owner))
case("no NSEC3 of the apex", NSEC3, "[example.] missing NSEC(3) record", chain=unlinked("@"))
case("no NSEC3 of an insecure delegation", FULL, "[lrg93tv1kfenonh31p3np5p4dmel4fk1.example.] wrong NSEC3 opt-out", chain=unlinked("sub"))
case("no NSEC3 above an insecure delegation that has one", FULL, MISSING.format("below.deleg"), chain=unlinked("below.deleg"))
case("no opt-out flags", OPTOUT, "[uhi6r716v2s5r3oacpb7mcemf3aj1ffk.example.] wrong NSEC3 opt-out",
     chain=lambda z: every_nsec3(z, lambda r: z.nsec3_rdata(r.next, types_of(r), 0)))
case("an opt-out flag is fine", FULL, [], chain=with_nsec3("www", optout=1))
case("NSEC3 to no owner", NSEC3, "[lrg93tv1kfenonh31p3np5p4dmel4fk1.example.] inconsistent NSEC(3) chain", chain=with_nsec3("www", lambda z: b"\1" * 20))
case("NSEC3 to itself", NSEC3, "[lrg93tv1kfenonh31p3np5p4dmel4fk1.example.] inconsistent NSEC(3) chain",
     chain=with_nsec3("www", lambda z: z.hash(z.name("www"))))
case("NSEC3 of no name outside the chain", FULL, "[mquq2tfmpoid5mafme9mjb4jjnpbm4mt.example.] inconsistent NSEC(3) chain",
     chain=lambda z: z.put(z.nsec3_owner("nobody"), "NSEC3", z.nsec3_rdata(z.hash(z.name("www")), [])))
case("NSEC3 of no name in the chain", NSEC3, "[example.] superfluous NSEC(3)", chain=linked("nobody"), peer=[])
case("two NSEC3s", FULL, MISSING.format("lrg93tv1kfenonh31p3np5p4dmel4fk1"),
     chain=lambda z: z.put(z.nsec3_owner("www"), "NSEC3", z.nsec3_rdata(z.hash(z.name("ns")), [1])))
case("NSEC3 of another salt is fine", NSEC3, [], chain=foreign)
case("NSEC in a zone with NSEC3 is fine", NSEC3, [], records=lambda z: z.put("www", "NSEC", wire_rdata("NSEC", ORIGIN.to_wire() + bitmap([1]))))

# NSEC3PARAM
case("no NSEC3PARAM", NSEC3, "[example.] missing NSEC(3) record", peer=CRASH,
     signed=lambda z: (z.remove("@", "NSEC3PARAM"), z.remove("@", "RRSIG", "NSEC3PARAM")))
for field, value in [("salt", b"\1"), ("iterations", 3)]:
    case("NSEC3PARAM of other " + field, NSEC3, "[example.] missing NSEC(3) record",
         chain=lambda z, field=field, value=value: z.replace("@", "NSEC3PARAM", lambda r: r.replace(**{field: value})))
case("NSEC3PARAM of an unknown algorithm", NSEC3, ["[example.] invalid algorithm in NSEC3PARAM", "[example.] missing NSEC(3) record"],
     chain=lambda z: z.replace("@", "NSEC3PARAM", lambda r: r.replace(algorithm=2)))
# Such are ignored by servers (RFC 5155 section 4.1.2): the zone has no chain that can be used.
case("NSEC3PARAM of other flags", NSEC3, ["[example.] invalid flags in NSEC3PARAM", "[example.] missing NSEC(3) record"],
     chain=lambda z: z.replace("@", "NSEC3PARAM", lambda r: r.replace(flags=2)), peer=["[example.] invalid flags in NSEC3PARAM"])
case("NSEC3PARAM in a zone with NSEC", NSEC, "[example.] missing NSEC(3) record", records=records("@ NSEC3PARAM 1 0 1 ab"))

# CDS and CDNSKEY
KEY, CDS = KSK[1].to_text(), dns.dnssec.make_ds(ORIGIN, KSK[1], "SHA256").to_text()
CDS384 = dns.dnssec.make_ds(ORIGIN, KSK[1], "SHA384").to_text()
OTHER_KEY, OTHER_CDS = STRANGER[1].to_text(), dns.dnssec.make_ds(ORIGIN, STRANGER[1], "SHA256").to_text()
WRONG_CDS = CDS[:-1] + ("0" if CDS[-1] != "0" else "1")
DELETE, NOMATCH = "[example.] invalid CDNSKEY/CDS for DNSSEC delete algorithm", "[example.] CDS not match CDNSKEY"
NO_CDS = "[example.] CDNSKEY without corresponding CDS"
for claim, lines, expected in [
        ("CDS and CDNSKEY are fine", ["CDS " + CDS, "CDNSKEY " + KEY], []),
        ("CDS of two digests are fine", ["CDS " + CDS, "CDS " + CDS384, "CDNSKEY " + KEY], []),
        ("CDS alone", ["CDS " + CDS], ["[example.] missing CDNSKEY"]),
        ("CDNSKEY alone", ["CDNSKEY " + KEY], ["[example.] missing CDS"]),
        ("CDNSKEY that is no DNSKEY", ["CDS " + OTHER_CDS, "CDNSKEY " + OTHER_KEY], ["[example.] CDNSKEY not match DNSKEY"]),
        ("CDS of another key", ["CDS " + OTHER_CDS, "CDNSKEY " + KEY], [NOMATCH]),
        ("CDS of another key beside a good one", ["CDS " + CDS, "CDS " + OTHER_CDS, "CDNSKEY " + KEY], [NOMATCH]),
        ("CDS with a wrong digest", ["CDS " + WRONG_CDS, "CDNSKEY " + KEY], [NOMATCH]),
        ("fewer CDS than CDNSKEY", ["CDS " + CDS, "CDNSKEY " + KEY, "CDNSKEY " + ZSK[1].to_text()], [NO_CDS]),
        ("delete records are fine", ["CDS 0 0 0 00", "CDNSKEY 0 3 0 AA=="], []),
        ("CDS that deletes alone", ["CDS 0 0 0 00"], ["[example.] missing CDNSKEY"]),
        ("CDS that deletes and a CDNSKEY that doesn't", ["CDS 0 0 0 00", "CDNSKEY " + KEY], [DELETE]),
        ("CDNSKEY that deletes and a CDS that doesn't", ["CDS " + CDS, "CDNSKEY 0 3 0 AA=="], [DELETE, NOMATCH]),
        ("delete records and a CDS", ["CDS 0 0 0 00", "CDS " + CDS, "CDNSKEY 0 3 0 AA=="], [DELETE, NOMATCH]),
        ("delete records and a CDNSKEY", ["CDS 0 0 0 00", "CDNSKEY 0 3 0 AA==", "CDNSKEY " + KEY], [DELETE, NO_CDS])]:
    case(claim, ANY, expected, records=records(*("@ " + line for line in lines)))
case("CDS signed by a ZSK", ANY, no_signature("", "CDS"), records=records("@ CDS " + CDS, "@ CDNSKEY " + KEY),
     signed=lambda z: z.resign("@", "CDS", ZSK))

# What may be in a signed zone
for claim, line in [("CNAME", "alias CNAME www"), ("DNAME", "dn DNAME other.example."), ("DS without NS", "ds DS " + DS),
                    ("cut below a cut", "x.sub NS ns.x.sub")]:
    case(claim + " in a signed zone is fine", ANY, [], records=records(line))

PLAIN = "@ SOA ns h 1 3600 900 86400 3600\n@ NS ns\nns A 192.0.2.1\n"
GLUE = "[{}example.] missing glue record"
PLAIN_CASES = [  # claim, records beside PLAIN, findings, Debian's where they aren't the same
    ("good zone", "", []),
    ("two SOAs", "@ SOA ns h 2 3600 900 86400 3600\n", ["[example.] multiple SOA records"], []),
    ("CNAME and address", "a CNAME b\na A 192.0.2.1\n", ["[a.example.] another record exists beside CNAME"]),
    ("CNAME and DNAME", "a CNAME b\na DNAME c\n", ["[a.example.] another record exists beside CNAME"]),
    ("CNAME and others under a cut", "s NS ns\nx.s CNAME a\nx.s A 192.0.2.1\n", ["[x.s.example.] another record exists beside CNAME"]),
    ("three CNAMEs and a text", "a CNAME b\na CNAME c\na CNAME d\na TXT x\n",
     ["[a.example.] another record exists beside CNAME", "[a.example.] multiple CNAME records"]),
    ("CNAME and the NSEC3 of another name are fine", "60000000000000000000000000000000 CNAME b\n"
     "60000000000000000000000000000000 NSEC3 1 0 1 beef h8ikq33oluf02d981e8ptp2pilmheth0 A\n", []),
    ("DNAME at the apex with names", "@ DNAME e.\n", ["[example.] child record exists under DNAME"]),
    ("DNAME with two children is told once", "d DNAME e.\nb.d A 192.0.2.1\nc.d A 192.0.2.1\n", ["[d.example.] child record exists under DNAME"]),
    ("DNAME under a DNAME", "s DNAME n.\nx.s DNAME a.\ny.x.s A 192.0.2.1\n",
     ["[s.example.] child record exists under DNAME", "[x.s.example.] child record exists under DNAME"]),
    ("two DNAMEs", "d DNAME e.\nd DNAME f.\n", ["[d.example.] multiple DNAME records"]),
    ("DNAME and NS", "d DNAME e.\nd NS f.\n", ["[d.example.] NS record exists beside DNAME"]),
    ("DS at the apex", f"@ DS {DS}\n", ["[example.] DS at the zone apex"], []),
    ("apex target without address", "@ NS nn\n", [GLUE.format("")]),
    ("apex target by a wildcard of another type", "@ NS n.w\n*.w TXT x\n", [GLUE.format("")]),
    ("apex target that is an alias", "@ NS nn\nnn CNAME ns\n", [GLUE.format("")]),
    ("apex target that is an empty non-terminal", "@ NS nn\na.nn A 192.0.2.1\n", [GLUE.format("")]),
    ("apex target by a wildcard further up is fine", "@ NS a.b.nn\n* A 192.0.2.1\n", []),
    ("apex target below a cut is fine", "@ NS ns.s\ns NS ns\n", []),
    ("apex target that is a cut", "@ NS s\ns NS ns\n", [GLUE.format("")]),
    ("apex target under a DNAME", "@ NS ns.d\nd DNAME o.\n", [GLUE.format("")]),
    ("target in its own cut without address", "s NS ns.s\n", [GLUE.format("s.")]),
    ("target in its own cut with address is fine", "s NS ns.s\nns.s A 192.0.2.1\n", []),
    ("target in its own cut by a wildcard is fine", "s NS ns.s\n*.s A 192.0.2.1\n", []),
    ("target that is its own cut", "s NS s\n", [GLUE.format("s.")]),
    ("target below another cut is fine", "s NS ns.t\nt NS ns\n", []),
    ("target that is another cut", "s NS t\nt NS ns\n", [GLUE.format("s.")]),
    ("target in another zone is fine", "s NS ns.other.\n", []),
    ("target of a cut under a cut isn't looked at", "s NS ns\nu.s NS ns.u.s\n", []),
    ("two targets without address", "s NS a.s\ns NS b.s\n", [GLUE.format("s.")] * 2),
    ("DS of digest type 0", "s NS ns\ns DS 7 8 0 00\n", ["[s.example.] unknown algorithm in DS"]),
    ("DS of digest type 7", "s NS ns\ns DS 7 8 7 00\n", ["[s.example.] unknown algorithm in DS"]),
    ("DS with a short digest below a cut", "s NS ns\nx.s DS 7 13 2 00\n", ["[x.s.example.] invalid digest length in DS"]),
    ("two DS with short digests", "s DS 7 13 2 00\ns DS 8 13 2 00\n", ["[s.example.] invalid digest length in DS"] * 2),
]


def check(program, text, directory, dnssec):
    """The findings, sorted, without what is told beside some in parentheses; or why there are none."""
    path = directory / "zone"
    path.write_text(text)
    done = subprocess.run([program, "-o", "example.", "-d", dnssec, str(path)], capture_output=True, text=True, timeout=60)
    output = done.stdout + done.stderr
    assert "Sanitizer" not in output and "runtime error" not in output
    if done.returncode < 0:
        return CRASH
    if FAILED in output:
        return FAILED
    findings = [line.strip() for line in output.split("Error summary")[0].splitlines() if line.startswith("[")]
    assert (done.returncode != 0) == bool(findings)
    return sorted(re.sub(r" \((?!record type).*\)$", "", f).replace("invalid algorithm in DS", "unknown algorithm in DS") for f in findings)


def ours():
    program = os.environ.get("BOWLINE_KZONECHECK") or servers.find_binary("kzonecheck")
    if program is None:
        pytest.skip("kzonecheck is not built")
    return program


def peer_of_debian():
    return os.environ.get("BOWLINE_PEER_KZONECHECK") or shutil.which("kzonecheck")


def compare(text, directory, dnssec, expected, of_peer):
    assert check(ours(), text, directory, dnssec) == sorted(expected)
    if peer_of_debian():
        assert check(peer_of_debian(), text, directory, dnssec) == (of_peer if isinstance(of_peer, str) else sorted(of_peer))


@pytest.mark.parametrize("kind, expected, before, between, after, keys, of_peer", CASES)
def test_signed_zone_has_the_findings_of_its_fault(tmp_path, kind, expected, before, between, after, keys, of_peer):
    z = Zone(ZONE)
    z.add_keys(*keys)
    if before:
        before(z)
    if kind == "nsec":
        z.chain_nsec()
    else:
        z.chain_nsec3(optout=kind == "optout")
    if between:
        between(z)
    z.sign()
    if after:
        after(z)
    compare(z.text(), tmp_path, "on", expected, of_peer)


@pytest.mark.parametrize("lines, expected, of_peer", [pytest.param(c[1], c[2], c[-1], id=c[0]) for c in PLAIN_CASES])
def test_plain_zone_has_the_findings_of_its_fault(tmp_path, lines, expected, of_peer):
    compare(PLAIN + lines, tmp_path, "off", expected, of_peer)
