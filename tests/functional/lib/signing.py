"""Sign small zones in steps, so that a test can damage them between the steps.

    z = Zone(text); z.add_keys(); z.chain_nsec(); ...damage...; z.sign(); ...damage...; z.text()

A zone is {owner: {type: (TTL, [rdata])}} with dnspython's names and rdatas. What is authoritative is worked out here anew and plainly:
an oracle for the checks of the programs under test.
"""
import base64
import hashlib

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ORIGIN = dns.name.from_text("example.")
IN = dns.rdataclass.IN
INCEPTION, EXPIRATION = 1577836800, 1893456000  # 2020 to 2029
HEX32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghijklmnopqrstuv")


def key(seed, flags):
    """A zone key that is the same in each run."""
    private = ec.derive_private_key(int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") >> 1, ec.SECP256R1())
    return private, dns.dnssec.make_dnskey(private.public_key(), "ECDSAP256SHA256", flags=flags)


KSK, ZSK, STRANGER = key("ksk", 257), key("zsk", 256), key("stranger", 256)


def type_of(text):
    return dns.rdatatype.from_text(text)


def bitmap(types):
    """Windows of a type bitmap, wire form (RFC 4034 section 4.1.2)."""
    out = b""
    for window in sorted({t >> 8 for t in types}):
        octets = bytearray(32)
        for t in types:
            if t >> 8 == window:
                octets[(t & 255) >> 3] |= 0x80 >> (t & 7)
        octets = bytes(octets).rstrip(b"\0")
        out += bytes([window, len(octets)]) + octets
    return out


def wire_rdata(kind, wire):
    return dns.rdata.from_wire(IN, type_of(kind), wire, 0, len(wire))


class Zone:
    def __init__(self, text, origin=ORIGIN):
        self.origin = origin
        self.names = {}
        self.salt, self.iterations, self.optout = b"", 0, False
        self.keys = []
        for line in text.splitlines():
            if line.strip():
                self.add(line)

    # --- records, in lines "owner TYPE rdata" ---

    def name(self, text):
        return dns.name.from_text(text, self.origin) if isinstance(text, str) else text

    def add(self, line, ttl=3600):
        owner, kind, data = (line.split(None, 2) + [""])[:3]
        self.put(owner, kind, dns.rdata.from_text(IN, type_of(kind), data, origin=self.origin, relativize=False), ttl)

    def put(self, owner, kind, rdata, ttl=3600):
        rrsets = self.names.setdefault(self.name(owner), {})
        rrsets.setdefault(type_of(kind), (ttl, []))[1].append(rdata)

    def remove(self, owner, kind=None, covers=None):
        """An RRset, the signatures that cover a type, or all of a name."""
        rrsets = self.names[self.name(owner)]
        if kind is None:
            rrsets.clear()
        elif covers is None:
            del rrsets[type_of(kind)]
        else:
            ttl, old = rrsets.pop(type_of(kind))
            kept = [r for r in old if r.type_covered != type_of(covers)]
            assert len(kept) < len(old)
            if kept:
                rrsets[type_of(kind)] = (ttl, kept)
        if not rrsets:
            del self.names[self.name(owner)]

    def get(self, owner, kind):
        return self.names[self.name(owner)][type_of(kind)][1]

    def replace(self, owner, kind, change):
        """change(rdata) for each rdata of an RRset."""
        ttl, rdatas = self.names[self.name(owner)][type_of(kind)]
        self.names[self.name(owner)][type_of(kind)] = (ttl, [change(r) for r in rdatas])

    def text(self):
        lines = []
        for owner in sorted(self.names):
            for kind in sorted(self.names[owner]):
                ttl, rdatas = self.names[owner][kind]
                lines += [f"{owner} {ttl} {dns.rdatatype.to_text(kind)} {r.to_text()}" for r in rdatas]
        return "\n".join(lines) + "\n"

    # --- what is authoritative ---

    def is_cut(self, name):
        return name != self.origin and type_of("NS") in self.names.get(name, {})

    def is_occluded(self, name):
        above = name
        while above != self.origin:
            above = above.parent()
            if self.is_cut(above) or type_of("DNAME") in self.names.get(above, {}):
                return True
        return False

    def is_insecure(self, name):
        return self.is_cut(name) and type_of("DS") not in self.names[name]

    def authoritative(self):
        return [n for n in sorted(self.names) if not self.is_occluded(n) and not self.is_nsec3(n)]

    def is_nsec3(self, name):
        return type_of("NSEC3") in self.names[name]

    def signed_types(self, name):
        types = [t for t in self.names[name] if t != type_of("RRSIG")]
        return [t for t in types if t in (type_of("DS"), type_of("NSEC"))] if self.is_cut(name) else types

    def listed_types(self, name, also=()):
        types = {t for t in self.names.get(name, {}) if not self.is_cut(name) or t in (type_of("NS"), type_of("DS"))}
        types |= {type_of(t) for t in also}
        return types

    # --- signing ---

    def add_keys(self, *keys):
        self.keys = list(keys or (KSK, ZSK))
        for _, public in self.keys:
            self.put("@", "DNSKEY", public)

    def chain_nsec(self):
        names = self.authoritative()
        for i, name in enumerate(names):
            following = names[(i + 1) % len(names)]
            self.put(name, "NSEC", wire_rdata("NSEC", following.to_wire() + bitmap(self.listed_types(name, ["NSEC", "RRSIG"]))))

    def hash(self, name):
        digest = name.canonicalize().to_wire()
        for _ in range(self.iterations + 1):
            digest = hashlib.sha1(digest + self.salt).digest()
        return digest

    def nsec3_owner(self, name):
        return self.name(base64.b32encode(self.hash(self.name(name))).translate(HEX32).decode())

    def nsec3_rdata(self, following, types, optout=None):
        flags = self.optout if optout is None else optout
        wire = bytes([1, flags]) + self.iterations.to_bytes(2, "big") + bytes([len(self.salt)]) + self.salt + bytes([20]) + following
        return wire_rdata("NSEC3", wire + bitmap(types))

    def chain_nsec3(self, salt=b"\xbe\xef", iterations=0, optout=False):
        self.salt, self.iterations, self.optout = salt, iterations, optout
        self.add(f"@ NSEC3PARAM 1 0 {iterations} {salt.hex() or '-'}")
        wanted = {}
        for name in self.authoritative():
            if optout and self.is_insecure(name):
                continue
            above = name
            while above != self.origin:
                above = above.parent()
                wanted.setdefault(above, None)
            wanted[name] = True
        ring = sorted((self.hash(n), n) for n in wanted)
        for i, (_, name) in enumerate(ring):
            types = set()
            if name in self.names:
                signed = self.signed_types(name)
                types = self.listed_types(name, ["RRSIG"] if signed else [])
            self.put(self.nsec3_owner(name), "NSEC3", self.nsec3_rdata(ring[(i + 1) % len(ring)][0], types))

    def sign_rrset(self, owner, kind, signer, inception=INCEPTION, expiration=EXPIRATION):
        """By RFC 4034 section 3.1.8. Not by dns.dnssec.sign, some versions of which count the asterisk of a wildcard as a label."""
        private, public = signer
        ttl, rdatas = self.names[owner][kind]
        labels = len(owner) - 1 - (owner.labels[0] == b"*")
        times = expiration.to_bytes(4, "big") + inception.to_bytes(4, "big")
        head = (int(kind).to_bytes(2, "big") + bytes([public.algorithm, labels]) + ttl.to_bytes(4, "big") + times
                + dns.dnssec.key_id(public).to_bytes(2, "big") + self.origin.to_wire())
        data = head
        for wire in sorted(r.to_digestable() for r in rdatas):
            data += owner.canonicalize().to_wire() + int(kind).to_bytes(2, "big") + b"\0\1" + ttl.to_bytes(4, "big") + len(wire).to_bytes(2, "big") + wire
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
        return wire_rdata("RRSIG", head + r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def sign(self):
        for name in list(self.names):
            if self.is_occluded(name):
                continue
            for kind in self.signed_types(name):
                is_key = name == self.origin and kind in (type_of("DNSKEY"), type_of("CDS"), type_of("CDNSKEY"))
                self.put(name, "RRSIG", self.sign_rrset(name, kind, self.keys[0] if is_key else self.keys[-1]))

    def resign(self, owner, kind, signer=None, **times):
        """A fresh signature instead of those there."""
        owner, number = self.name(owner), type_of(kind)
        if any(r.type_covered == number for r in self.names[owner].get(type_of("RRSIG"), (0, []))[1]):
            self.remove(owner, "RRSIG", kind)
        self.put(owner, "RRSIG", self.sign_rrset(owner, number, signer or self.keys[-1], **times))
