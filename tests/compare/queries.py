"""Queries for a zone: names that exist, nearly exist, and can't exist; every type; every odd header.

The same zone, count and seed give the same queries.
"""
import random
import struct
import subprocess

from lib import wire


class Query:
    """A message and what is known about it. `kind` says how the name was made up."""
    __slots__ = ("message", "tcp", "name", "qtype", "qclass", "opcode", "edns", "do", "size", "kind", "odd")

    def __init__(self, message, tcp=False, name=b"\0", qtype=0, qclass=1, opcode=0, edns=False, do=False, size=512,
                 kind="", odd=""):
        self.message, self.tcp, self.name, self.qtype, self.qclass = message, tcp, name, qtype, qclass
        self.opcode, self.edns, self.do, self.size, self.kind, self.odd = opcode, edns, do, size, kind, odd

    def text(self):
        words = [wire.name_to_text(self.name), f"CLASS{self.qclass}" if self.qclass != 1 else "",
                 wire.type_name(self.qtype), "+tcp" if self.tcp else "",
                 f"+bufsize={self.size}" if self.edns else "+noedns", "+dnssec" if self.do else "",
                 f"+opcode={self.opcode}" if self.opcode else "", f"[{self.kind}{' ' + self.odd if self.odd else ''}]"]
        return " ".join(word for word in words if word)


def read_zone(path, zone):
    """Owners with their types, and the names in RDATA; by BIND's tool, which prints one full record a line."""
    off = [f"-{letter}ignore" for letter in "kmMSrnW"]
    run = subprocess.run(["named-compilezone", "-q", "-i", "none", *off, "-s", "full", "-F", "text", "-o", "-", zone, path],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if run.returncode != 0:
        raise SystemExit(f"named-compilezone: {run.stderr.decode(errors='replace')[-1000:]}")
    owners, targets, last, types = {}, set(), None, None
    for line in run.stdout.decode("latin-1").splitlines():
        fields = line.split(None, 4)  # blanks within names are escaped
        if len(fields) < 5 or line[0] in "; \t":
            continue
        owner, _, _, rtype, rdata = fields
        if owner != last:
            last, types = owner, owners.setdefault(wire.name_from_text(owner).lower(), set())
        types.add(wire.TYPES.get(rtype) or (int(rtype[4:]) if rtype.startswith("TYPE") else 0))
        if rtype in ("CNAME", "DNAME", "NS", "MX", "SRV", "PTR", "HTTPS", "SVCB"):
            for word in rdata.split():
                if word.endswith(".") and len(word) > 1:
                    targets.add(word)
    targets = {wire.name_from_text(word).lower() for word in targets}
    return owners, sorted(targets)


def tweak(rng, label):
    """A label close to this one in canonical order."""
    label = bytearray(label)
    at = rng.randrange(len(label))
    how = rng.randrange(5)
    if how == 0:
        label[at] = (label[at] + 1) & 255
    elif how == 1:
        label[at] = (label[at] - 1) & 255
    elif how == 2 and len(label) < 63:
        label.append(rng.choice(b"\0a-z~\xff0"))
    elif how == 3 and len(label) > 1:
        label.pop()
    else:
        label[at] = rng.randrange(256)
    return bytes(label)


def mangle(rng, name):
    """Letters in random case."""
    out, i = bytearray(name), 0
    while out[i]:
        for k in range(i + 1, i + 1 + out[i]):
            if 0x61 <= out[k] <= 0x7a and rng.random() < 0.5:
                out[k] -= 32
        i += 1 + out[i]
    return bytes(out)


COMMON = [1, 1, 1, 1, 28, 28, 15, 16, 2, 6, 5, 12, 33, 65]
RARE = [39, 43, 43, 46, 47, 48, 50, 51, 255, 255, 64, 257, 35, 99, 13, 17, 0, 41, 249, 250, 253, 254, 10, 65280, 65281,
        1000, 52, 59, 60, 63, 30, 24, 25, 32769, 128, 65535]


class Generator:
    def __init__(self, path, zone, seed=1):
        self.rng = random.Random(f"queries {zone} {seed}")
        self.apex = wire.name_from_text(zone).lower()
        self.owners, self.targets = read_zone(path, zone)
        self.names = sorted(self.owners)
        by_kind = {}
        for name, types in self.owners.items():
            for rtype in types:
                by_kind.setdefault(rtype, []).append(name)
        plain = [n for n in self.names if not self.owners[n] <= {50, 46}]
        self.hashed = [n for n in self.names if 50 in self.owners[n]]
        # Groups that a uniform choice from a big zone would miss.
        self.groups = [plain] + [sorted(by_kind[t]) for t in (5, 39, 2, 43, 15, 33, 65) if t in by_kind]
        wild = [n for n in plain if n[:2] == b"\1*"]
        self.groups += [wild] if wild else []
        self.cuts = [n for n in by_kind.get(2, []) if n != self.apex]
        self.dnames = by_kind.get(39, [])
        self.wild = wild

    def name(self):
        """(kind, name)"""
        rng = self.rng
        base = rng.choice(self.names if rng.random() < 0.4 else rng.choice(self.groups))
        if 50 in self.owners[base]:
            base = rng.choice(self.names)
        labels = wire.name_labels(base)
        roll = rng.random()
        if roll < 0.42:
            return "exact", base
        if roll < 0.50 and len(labels) > 1:
            return "parent", wire.name_from_labels(labels[rng.randint(1, len(labels) - 1):])
        if roll < 0.60:
            return "child", wire.name_from_labels([rng.choice([b"x", b"www", b"*", b"\0", b"ns", b"zz", b"_tcp"])] + labels)
        if roll < 0.64:
            return "grandchild", wire.name_from_labels([rng.choice([b"a", b"*"]), rng.choice([b"b", b"*"])] + labels)
        if roll < 0.76 and labels:
            at = 0 if rng.random() < 0.8 else rng.randrange(len(labels))
            labels[at] = tweak(rng, labels[at])
            return "near", wire.name_from_labels(labels)
        if roll < 0.83 and self.wild:
            star = wire.name_labels(rng.choice(self.wild))[1:]
            new = [rng.choice([b"any", b"\xff", b"a.b", b"*x", b"q" * 40])]
            return "wild", wire.name_from_labels(new + ([b"mid"] if rng.random() < 0.3 else []) + star)
        if roll < 0.88 and self.cuts:
            return "below cut", wire.name_from_labels([b"host"]) [:-1] + rng.choice(self.cuts)
        if roll < 0.93 and self.dnames:
            under = rng.choice([[b"www"], [b"alias"], [b"a", b"wild"], [b"x"], [b"y" * 63] * 3, [b"*"]])
            return "below dname", wire.name_from_labels(under)[:-1] + rng.choice(self.dnames)
        if roll < 0.96 and self.targets:
            return "target", rng.choice(self.targets)
        if roll < 0.965 and self.hashed:
            return "nsec3 owner", rng.choice(self.hashed)
        if roll < 0.98:
            return "nonsense", b"\x0bnonexistent" + self.apex
        return "outside", rng.choice([b"\0", b"\3com\0", b"\3www\7example\3org\0", b"\4test\0",
                                      self.apex[1 + self.apex[0]:] if self.apex != b"\0" else b"\0"])

    def one(self):
        rng = self.rng
        kind, name = self.name()
        if len(name) > 255:
            kind, name = "apex", self.apex
        types = self.owners.get(name)
        if types and rng.random() < 0.5:
            qtype = rng.choice(sorted(types))
        else:
            qtype = rng.choice(COMMON if rng.random() < 0.75 else RARE)
        if qtype in (251, 252):
            qtype = 1
        shown = mangle(rng, name) if rng.random() < 0.2 else name
        flags, qclass, opcode, odd = 0, 1, 0, ""
        for flag in (wire.RD, wire.CD, wire.AD):
            if rng.random() < 0.15:
                flags |= flag
        edns, size, do = b"", 512, False
        if rng.random() < 0.8:
            size = rng.choice([1232, 1232, 1232, 4096, 512, 1400, 700, 1220, 65535, 600, 0, 300])
            do = rng.random() < 0.7
            edns = wire.opt(size, do)
        tcp = rng.random() < 0.1
        if rng.random() < 0.03:
            return self.odd(rng, name, kind, qtype, flags, size, do, tcp)
        message = wire.query(shown, qtype, qclass, 0, flags, opcode, edns)
        return Query(message, tcp, name, qtype, qclass, opcode, bool(edns), do, size, kind, odd)

    def odd(self, rng, name, kind, qtype, flags, size, do, tcp):
        """Something unusual about the message."""
        odd = rng.choice(["class", "class any", "chaos", "opcode", "header bits", "no question", "two questions",
                          "trailing", "cut", "response", "edns version", "two opt", "opt in answer", "option",
                          "nsid", "edns flags", "answer in query", "short", "compressed qname", "opt owner"])
        opcode, qclass, options, version, eflags = 0, 1, b"", 0, 0
        counts, extra, head_flags = None, b"", flags
        if odd == "class":
            qclass = rng.choice([0, 2, 4, 254, 1000])
        elif odd == "class any":
            qclass = 255
        elif odd == "chaos":
            qclass = 3
            name = wire.name_from_text(rng.choice(["id.server", "hostname.bind", "version.server", "VERSION.bind",
                                                   "authors.bind", "other"])).lower()
            qtype = rng.choice([16, 16, 16, 255, 1])
        elif odd == "opcode":
            opcode = rng.choice([1, 2, 3, 6, 7, 15])
        elif odd == "header bits":
            head_flags |= rng.choice([wire.TC, wire.AA, wire.RA, wire.Z, 3, 9, 15])
        elif odd == "edns version":
            version = rng.choice([1, 2, 255])
        elif odd == "option":
            options = wire.option(rng.choice([1, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 65001]), b"\0\1\0\0")
        elif odd == "nsid":
            options = wire.option(3)
        elif odd == "edns flags":
            eflags = rng.choice([0x4000, 0x1fff, 1])
        edns = wire.opt(size, do, version, options, eflags)
        message = wire.query(name, qtype, qclass, 0, head_flags, opcode, edns)
        qend = 12 + len(name) + 4
        if odd == "no question":
            message, counts = message[:12] + (edns if rng.random() < 0.5 else b""), None
            message = struct.pack("!HHHHHH", 0, head_flags, 0, 0, 0, 1 if len(message) > 12 else 0) + message[12:]
        elif odd == "two questions":
            message = message[:qend] + message[12:qend] + edns
            counts = (2, 0, 0, 1)
        elif odd == "trailing":
            message += b"\0" * rng.randint(1, 20)
        elif odd == "cut":
            message = message[:rng.randint(12, len(message) - 1)]
        elif odd == "response":
            head_flags |= wire.QR
            message = wire.query(name, qtype, qclass, 0, head_flags, opcode, edns)
        elif odd == "two opt":
            extra, counts = edns, (1, 0, 0, 2)
        elif odd == "opt in answer":
            counts = (1, 1, 0, 0)
        elif odd == "answer in query":
            record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 5, 4) + b"\1\2\3\4"
            message, counts = message[:qend] + record + edns, (1, 1, 0, 1)
        elif odd == "short":
            message = message[:rng.randint(0, 11)]
        elif odd == "compressed qname":
            message = message[:12] + b"\xc0\x0c" + message[qend - 4:]
        elif odd == "opt owner":
            message = message[:qend] + b"\1a" + edns
        if counts:
            message = message[:4] + struct.pack("!HHHH", *counts) + message[12:] + extra
        return Query(message, tcp, name, qtype, qclass, opcode, True, do, size, kind, odd)

    def many(self, count):
        """Every owner once with a type of its own (as far as they go), the rest at random."""
        return [self.one() for _ in range(count)]
