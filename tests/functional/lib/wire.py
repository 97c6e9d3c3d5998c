"""A small DNS message builder and parser, quick enough for hundreds of thousands of messages.

It is deliberately independent of the server's own code: what it reads is judged by another implementation.
Names are bytes in wire form; parsed ones are lower-cased, since DNS compares them so.
"""
import struct

TYPES = {
    "A": 1, "NS": 2, "MD": 3, "MF": 4, "CNAME": 5, "SOA": 6, "MB": 7, "MG": 8, "MR": 9, "NULL": 10, "WKS": 11,
    "PTR": 12, "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "RP": 17, "AFSDB": 18, "X25": 19, "ISDN": 20,
    "RT": 21, "NSAP": 22, "SIG": 24, "KEY": 25, "PX": 26, "AAAA": 28, "LOC": 29, "NXT": 30, "SRV": 33,
    "NAPTR": 35, "KX": 36, "CERT": 37, "DNAME": 39, "OPT": 41, "APL": 42, "DS": 43, "SSHFP": 44, "IPSECKEY": 45,
    "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "SMIMEA": 53,
    "HIP": 55, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63, "SVCB": 64, "HTTPS": 65,
    "SPF": 99, "NID": 104, "L32": 105, "L64": 106, "LP": 107, "EUI48": 108, "EUI64": 109, "TKEY": 249,
    "TSIG": 250, "IXFR": 251, "AXFR": 252, "MAILB": 253, "MAILA": 254, "ANY": 255, "URI": 256, "CAA": 257,
    "DLV": 32769,
}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
CLASSES = {"IN": 1, "CH": 3, "HS": 4, "NONE": 254, "ANY": 255}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMPL", 5: "REFUSED", 6: "YXDOMAIN",
          7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS", 23: "BADCOOKIE"}

QR, AA, TC, RD, RA, Z, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010

# Where names stand in RDATA: n a name, s a character string, r the rest, a number that many octets.
LAYOUTS = {
    2: "n", 3: "n", 4: "n", 5: "n", 6: "nnr", 7: "n", 8: "n", 9: "n", 12: "n", 14: "nn", 15: (2, "n"), 17: "nn",
    18: (2, "n"), 21: (2, "n"), 24: (18, "n", "r"), 26: (2, "n", "n"), 30: "nr", 33: (6, "n"),
    35: (4, "s", "s", "s", "n"), 36: (2, "n"), 39: "n", 46: (18, "n", "r"), 47: "nr", 64: (2, "n", "r"),
    65: (2, "n", "r"), 107: (2, "n"),
}


class Malformed(Exception):
    """The message can't be read."""


def type_name(number):
    return TYPE_NAMES.get(number, f"TYPE{number}")


def rcode_name(number):
    return RCODES.get(number, str(number))


def name_from_text(text):
    """Presentation form to wire form (RFC 1035 section 5.1); always taken as absolute."""
    if text in (".", ""):
        return b"\0"
    labels, label, i = [], bytearray(), 0
    while i < len(text):
        c = text[i]
        if c == "\\":
            if text[i + 1].isdigit():
                label.append(int(text[i + 1:i + 4]))
                i += 4
                continue
            label += text[i + 1].encode("latin-1")
            i += 2
            continue
        if c == ".":
            labels.append(bytes(label))
            label = bytearray()
        else:
            label += c.encode("latin-1")
        i += 1
    if label:
        labels.append(bytes(label))
    return b"".join(bytes([len(one)]) + one for one in labels) + b"\0"


def name_labels(name):
    """Labels from the left, without the root."""
    labels, i = [], 0
    while name[i]:
        labels.append(name[i + 1:i + 1 + name[i]])
        i += 1 + name[i]
    return labels


def name_from_labels(labels):
    return b"".join(bytes([len(one)]) + one for one in labels) + b"\0"


def name_to_text(name):
    out = []
    for label in name_labels(name):
        text = ""
        for c in label:
            if c in b'.\\"()@;$':
                text += "\\" + chr(c)
            else:
                text += chr(c) if 0x20 < c < 0x7f else f"\\{c:03d}"
        out.append(text)
    return ".".join(out) + "."


def is_at_or_below(name, parent):
    """Both lower-case wire names."""
    if not name.endswith(parent):
        return False
    i, at = 0, len(name) - len(parent)
    while i < at:
        i += 1 + name[i]
    return i == at


def opt(size=1232, do=False, version=0, options=b"", flags=0, ext_rcode=0):
    """An OPT record, RFC 6891 section 6.1.2; `options` in wire form."""
    return struct.pack("!BHHBBHH", 0, 41, size, ext_rcode, version, (0x8000 if do else 0) | flags,
                       len(options)) + options


def option(code, data=b""):
    return struct.pack("!HH", code, len(data)) + data


def query(name, qtype="A", qclass=1, ident=0, flags=0, opcode=0, edns=None):
    """A query as bytes. `name` as text or wire, `edns` as the bytes of opt()."""
    if isinstance(name, str):
        name = name_from_text(name)
    if isinstance(qtype, str):
        qtype = TYPES[qtype]
    if isinstance(qclass, str):
        qclass = CLASSES[qclass]
    head = struct.pack("!HHHHHH", ident, flags | opcode << 11, 1, 0, 0, 1 if edns else 0)
    return head + name + struct.pack("!HH", qtype, qclass) + (edns or b"")


class Message:
    """A parsed message. Records are (owner, type, class, ttl, rdata); OPT is taken out into `opt`."""
    __slots__ = ("ident", "flags", "rcode", "question", "qname", "qtype", "qclass", "answer", "authority",
                 "additional", "opt", "size", "raw", "ends")

    @property
    def opcode(self):
        return self.flags >> 11 & 15

    def has(self, flag):
        return bool(self.flags & flag)

    def options(self):
        """EDNS options as a list of (code, data)."""
        out, data, i = [], self.opt[3] if self.opt else b"", 0
        while i < len(data):
            code, length = struct.unpack_from("!HH", data, i)
            out.append((code, data[i + 4:i + 4 + length]))
            i += 4 + length
        return out

    def ede(self):
        return [struct.unpack("!H", data[:2])[0] for code, data in self.options() if code == 15]


def _name(msg, pos, cache):
    """A name at `pos`: (lower-case wire form, position after it)."""
    out, end, start, limit = b"", -1, pos, len(msg)
    while True:
        if pos in cache:
            out += cache[pos]
            if end < 0:
                # Cached names end after their own labels: walk for the position only.
                walk = pos
                while True:
                    length = msg[walk]
                    if length == 0:
                        end = walk + 1
                        break
                    if length >= 0xc0:
                        end = walk + 2
                        break
                    walk += 1 + length
            break
        if pos >= limit:
            raise Malformed("name past the end")
        length = msg[pos]
        if length == 0:
            out += b"\0"
            if end < 0:
                end = pos + 1
            break
        if length >= 0xc0:
            if pos + 1 >= limit:
                raise Malformed("pointer cut off")
            target = (length & 0x3f) << 8 | msg[pos + 1]
            if end < 0:
                end = pos + 2
            if target >= start:
                raise Malformed("pointer forward")
            start = pos = target
            continue
        if length > 63 or pos + 1 + length > limit:
            raise Malformed("bad label")
        out += msg[pos:pos + 1 + length].lower()
        pos += 1 + length
        if len(out) > 254:
            raise Malformed("name too long")
    return out, end


def _cached_name(msg, pos, cache):
    name, end = _name(msg, pos, cache)
    cache[pos] = name
    return name, end


def _rdata(msg, pos, length, layout, cache):
    end, out = pos + length, b""
    for part in layout:
        if part == "n":
            name, pos = _cached_name(msg, pos, cache)
            out += name
        elif part == "s":
            if pos >= end:
                raise Malformed("string cut off")
            out += msg[pos:pos + 1 + msg[pos]]
            pos += 1 + msg[pos]
        elif part == "r":
            out += msg[pos:end]
            pos = end
        else:
            out += msg[pos:pos + part]
            pos += part
    if pos != end:
        raise Malformed("RDATA length")
    return out


def parse(msg):
    """Parse a whole message; raises Malformed (also when octets are left over)."""
    if len(msg) < 12:
        raise Malformed("no header")
    m, cache = Message(), {}
    m.ident, m.flags, qdcount, ancount, nscount, arcount = struct.unpack_from("!HHHHHH", msg)
    m.rcode, m.size, m.raw, m.opt = m.flags & 15, len(msg), msg, None
    m.qname, m.qtype, m.qclass = None, None, None
    pos = 12
    try:
        for _ in range(qdcount):
            m.qname, pos = _cached_name(msg, pos, cache)
            m.qtype, m.qclass = struct.unpack_from("!HH", msg, pos)
            pos += 4
        m.question = msg[12:pos]
        sections, m.ends = [], []  # offsets where answer, authority and additional end
        for count in (ancount, nscount, arcount):
            records = []
            for _ in range(count):
                owner, pos = _cached_name(msg, pos, cache)
                rtype, rclass, ttl, length = struct.unpack_from("!HHIH", msg, pos)
                pos += 10
                if pos + length > len(msg):
                    raise Malformed("RDATA cut off")
                if rtype == 41:
                    if m.opt or count is not arcount and len(sections) != 2:
                        raise Malformed("OPT misplaced")
                    m.opt = (rclass, ttl >> 16 & 255, ttl & 0xffff, msg[pos:pos + length])
                    m.rcode |= (ttl >> 24) << 4
                else:
                    layout = LAYOUTS.get(rtype)
                    rdata = _rdata(msg, pos, length, layout, cache) if layout else msg[pos:pos + length]
                    records.append((owner, rtype, rclass, ttl, rdata))
                pos += length
            sections.append(records)
            m.ends.append(pos)
    except (struct.error, IndexError) as error:
        raise Malformed(str(error)) from error
    if pos != len(msg):
        raise Malformed("octets left over")
    m.answer, m.authority, m.additional = sections
    return m


def show_record(record):
    owner, rtype, rclass, ttl, rdata = record
    text = rdata.hex()
    if rtype in (2, 5, 12, 39):
        text = name_to_text(rdata)
    elif rtype == 1 and len(rdata) == 4:
        text = ".".join(str(b) for b in rdata)
    elif rtype == 46:
        text = f"{type_name(struct.unpack('!H', rdata[:2])[0])} labels {rdata[3]} ..."
    elif rtype == 47:
        end = 0
        while rdata[end]:
            end += 1 + rdata[end]
        text = name_to_text(rdata[:end + 1])
    elif len(text) > 60:
        text = text[:56] + f"... ({len(rdata)} octets)"
    return f"{name_to_text(owner)} {ttl} {'' if rclass == 1 else f'CLASS{rclass} '}{type_name(rtype)} {text}"


def show(m):
    """A message as readable lines."""
    flags = [name for name, bit in (("qr", QR), ("aa", AA), ("tc", TC), ("rd", RD), ("ra", RA), ("z", Z),
                                    ("ad", AD), ("cd", CD)) if m.flags & bit]
    lines = [f"{rcode_name(m.rcode)} opcode {m.opcode} [{' '.join(flags)}] {m.size} octets"]
    if m.qname is not None:
        lines.append(f"  ? {name_to_text(m.qname)} {type_name(m.qtype)} class {m.qclass}")
    for title, records in (("an", m.answer), ("au", m.authority), ("ad", m.additional)):
        lines += [f"  {title} {show_record(record)}" for record in records]
    if m.opt:
        lines.append(f"  OPT size {m.opt[0]} version {m.opt[1]} flags {m.opt[2]:#06x} {m.opt[3].hex()}")
    return "\n".join(lines)
