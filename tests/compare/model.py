"""What a zone's records must be answered with, worked out from the RFCs alone and slowly: the judge of our own answers.

    problems = Server([Model(records of an AXFR), ...]).check(query, parsed reply)

Peers differ from us where they may, and rules of known-differences excuse that; this model excuses nothing. It knows RFC 1034
section 4.3.2 as clarified by RFCs 2308, 4592 and 6672, the proofs of RFC 4035 section 3.1.3 and RFC 5155 section 7.2, glue as RFC 9471 wants it,
and the choices made where the RFCs leave one: at most five aliases, one RRset for ANY and RRSIG.
"""
import functools
import hashlib
import struct

from lib import wire

T = wire.TYPES
A, NS, CNAME, SOA, MX, AAAA, SRV, DNAME, DS, RRSIG, NSEC, NSEC3, SVCB, HTTPS, ANY = (
    T[t] for t in ("A", "NS", "CNAME", "SOA", "MX", "AAAA", "SRV", "DNAME", "DS", "RRSIG", "NSEC", "NSEC3", "SVCB", "HTTPS", "ANY"))
ALIASES_MAX = 5
TARGET_AT = {NS: 0, MX: 2, SRV: 6, SVCB: 2, HTTPS: 2}
CHAOS_NAMES = {wire.name_from_text(name) for name in ("id.server", "hostname.bind", "version.server", "version.bind")}
SERVER_PAYLOAD = 1232
BASE32HEX = b"0123456789abcdefghijklmnopqrstuv"


def first_name(data):
    end = 0
    while data[end]:
        end += 1 + data[end]
    return data[:end + 1]


def parent(name):
    return name[1 + name[0]:]


def sort_key(name):
    """Canonical order, RFC 4034 section 6.1."""
    return wire.name_labels(name)[::-1]


def bitmap_types(data):
    types, i = set(), 0
    while i < len(data):
        window, length = data[i], data[i + 1]
        for k in range(length):
            for bit in range(8):
                if data[i + 2 + k] & 0x80 >> bit:
                    types.add(window << 8 | k << 3 | bit)
        i += 2 + length
    return types


def base32hex(data):
    number, out = int.from_bytes(data, "big"), bytearray()
    for shift in range(len(data) * 8 - 5, -1, -5):
        out.append(BASE32HEX[number >> shift & 31])
    return bytes(out)


def limit(query):
    """Octets that a reply may have."""
    if query.tcp:
        return 65535
    return max(512, min(query.size, SERVER_PAYLOAD)) if query.edns else 512


def needed_size(m):
    """Octets of what can't be left out of a reply: all but optional additional data."""
    size = m.ends[1]
    if m.opt:
        size += 11 + len(m.opt[3])
    cuts = {r[0] for r in m.authority if r[1] == NS}
    targets = {r[4] for r in m.authority if r[1] == NS}
    return size + sum(12 + len(r[4]) for r in m.additional if r[1] in (A, AAAA) and r[0] in targets and
                      any(wire.is_at_or_below(r[0], cut) for cut in cuts))


class Expected:
    """What one query must be answered with."""

    def __init__(self):
        self.rcode, self.aa = 0, True
        self.answer, self.authority = [], []  # records without those of proofs
        self.proofs = []                      # (kind, name, ...)
        self.cut = None                       # of a referral
        self.loose = False                    # answers of QTYPE ANY and RRSIG: signatures are data


class Model:
    """One zone."""

    def __init__(self, records):
        self.apex = records[0][0]
        self.names, self.nsec3, self.nodes = {}, {}, {self.apex}
        hashed = {r[0] for r in records if r[1] == NSEC3}
        hashed -= {r[0] for r in records if r[0] in hashed and r[1] not in (NSEC3, RRSIG)}
        for owner, rtype, _, ttl, rdata in records[:-1]:
            if owner in hashed:
                one = self.nsec3.setdefault(owner[1:1 + owner[0]], {})
            else:
                one = self.names.setdefault(owner, {})
            one.setdefault(rtype, (ttl, []))[1].append(rdata)
        for name in self.names:
            while name not in self.nodes:
                self.nodes.add(name)
                name = parent(name)
        apex = self.names[self.apex]
        soa_ttl, (soa,) = apex[SOA]
        self.negative_ttl = min(soa_ttl, struct.unpack("!I", soa[-4:])[0])
        self.signed = any(struct.unpack("!H", sig[:2])[0] == SOA for sig in apex.get(RRSIG, (0, []))[1])
        self.param = apex[T["NSEC3PARAM"]][1][0] if T["NSEC3PARAM"] in apex else None
        self.chain = NSEC3 if self.param else NSEC

    # Records

    def rrset(self, node, rtype, owner):
        ttl, rdatas = self.names[node][rtype]
        return [(owner, rtype, 1, ttl, rdata) for rdata in rdatas]

    @staticmethod
    def signatures(types, covered, owner, max_ttl=0xffffffff):
        return [(owner, RRSIG, 1, min(struct.unpack("!I", sig[4:8])[0], max_ttl), sig) for sig in types.get(RRSIG, (0, []))[1]
                if struct.unpack("!H", sig[:2])[0] == covered]

    @functools.lru_cache(maxsize=1 << 17)
    def hash(self, name):
        iterations, salt = struct.unpack("!H", self.param[2:4])[0], self.param[5:]
        digest = hashlib.sha1(name + salt).digest()
        for _ in range(iterations):
            digest = hashlib.sha1(digest + salt).digest()
        return base32hex(digest)

    # Resolution

    def find(self, name, qtype):
        """(kind, node, closest encloser): delegation, dname, node, ent, wild, wildent or miss."""
        suffixes = [name]
        while suffixes[-1] != self.apex:
            suffixes.append(parent(suffixes[-1]))
        encloser = self.apex
        for one in reversed(suffixes):
            if one not in self.nodes:
                wild = b"\1*" + encloser
                if wild not in self.nodes:
                    return "miss", None, encloser
                return ("wild" if wild in self.names else "wildent"), wild, encloser
            encloser, types = one, self.names.get(one, {})
            if NS in types and one != self.apex and not (one == name and qtype == DS):
                return "delegation", one, one
            if DNAME in types and one != name:
                return "dname", one, one
        return ("node" if name in self.names else "ent"), name, name

    def expect(self, name, qtype, do):
        e = Expected()
        sign = do and self.signed
        state, steps, seen = None, 0, set()

        def put(section, node, rtype, owner):
            section += self.rrset(node, rtype, owner)
            if sign:
                section += self.signatures(self.names[node], rtype, owner)

        while state is None:
            if not wire.is_at_or_below(name, self.apex):
                break
            kind, node, encloser = self.find(name, qtype)
            types = self.names.get(node, {})
            wild = kind in ("wild", "wildent")
            if kind == "wild" and NS in types and qtype != DS:
                kind = "delegation"
            if kind == "delegation":
                state, e.cut = "delegation", (node, name if wild else node)
            elif kind == "dname":
                if steps == ALIASES_MAX:
                    break
                if not any(r[0] == node and r[1] == DNAME for r in e.answer):
                    put(e.answer, node, DNAME, node)
                ttl, (target,) = types[DNAME]
                new = name[:len(name) - len(node)] + target
                if len(new) > 255 or len(wire.name_labels(new)) > 127:
                    e.rcode = 6
                    break
                record = (name, CNAME, 1, ttl, new)
                e.answer.append(record)
                seen.add(name)
                if qtype == CNAME or new in seen and any(r[0] == new and r[1] == CNAME and r not in self.zone_cname(new) for r in e.answer):
                    break
                name, steps = new, steps + 1
            elif kind == "miss":
                state, e.rcode = "miss", 3
                e.proofs.append(("nxdomain", name, encloser))
            elif kind == "ent" or kind == "wildent":
                state = "nodata"
                e.proofs.append(("wildnodata", name, encloser, qtype) if wild else ("nodata", name, qtype))
            else:
                owner = name
                twice = wild and (b"*", node) in seen
                if CNAME in types and qtype not in (CNAME, RRSIG, NSEC, ANY):
                    if steps == ALIASES_MAX or any(r[0] == owner and r[1] == CNAME for r in e.answer):
                        if wild:
                            e.proofs.append(("wild", name, encloser))
                        break
                    put(e.answer, node, CNAME, owner)
                    if wild:
                        e.proofs.append(("wild", name, encloser))
                        seen.add((b"*", node))
                    seen.add(name)
                    name, steps = types[CNAME][1][0], steps + 1
                    if twice:
                        break
                    continue
                wanted = qtype
                if qtype == ANY:
                    wanted = min(types)
                if qtype == RRSIG or wanted == RRSIG:
                    e.loose = True
                    covered = sorted({struct.unpack("!H", sig[:2])[0] for sig in types.get(RRSIG, (0, []))[1]})
                    for one in covered[:1] if qtype == RRSIG else covered:
                        e.answer += self.signatures(types, one, owner)
                    found = bool(covered)
                else:
                    found = wanted in types
                    if found:
                        put(e.answer, node, wanted, owner)
                if not found:
                    state = "nodata"
                    e.proofs.append(("wildnodata", name, encloser, qtype) if wild else ("nodata", name, qtype))
                else:
                    state = "hit"
                    if wild:
                        e.proofs.append(("wild", name, encloser))
            if wild and state == "delegation":
                e.proofs.append(("wild", name, encloser))
        if state in ("miss", "nodata"):
            ttl, (soa,) = self.names[self.apex][SOA]
            e.authority.append((self.apex, SOA, 1, self.negative_ttl, soa))
            if sign:
                e.authority += self.signatures(self.names[self.apex], SOA, self.apex, self.negative_ttl)
        elif state == "delegation":
            node, owner = e.cut
            e.authority += self.rrset(node, NS, owner)
            e.aa = steps > 0
            if sign and DS in self.names[node]:
                put(e.authority, node, DS, owner)
            elif sign:
                e.proofs.append(("nods", node))
        if not sign:
            e.proofs = []
        return e

    def zone_cname(self, name):
        return self.rrset(name, CNAME, name) if CNAME in self.names.get(name, {}) else []

    # Proofs

    def prove(self, proofs, records):
        """Problems with the NSEC or NSEC3 records given for these proofs."""
        used, out = set(), []
        chain = []
        for record in records:
            if self.chain == NSEC:
                following = first_name(record[4])
                chain.append((record, record[0], following, bitmap_types(record[4][len(following):]), False))
            else:
                salt = record[4][4]
                following = record[4][6 + salt:6 + salt + record[4][5 + salt]]
                chain.append((record, record[0][1:1 + record[0][0]], base32hex(following),
                              bitmap_types(record[4][6 + salt + len(following):]), bool(record[4][1] & 1)))

        def place(name):
            return name if self.chain == NSEC else self.hash(name)

        def order(at):
            return sort_key(at) if self.chain == NSEC else at

        def matching(name):
            for one in chain:
                if one[1] == place(name):
                    used.add(one[0])
                    return one
            return None

        def covering(name):
            at = order(place(name))
            for one in chain:
                owner, following = order(one[1]), order(one[2])
                if owner < at < following or (following <= owner and (at > owner or (self.chain == NSEC3 and at < following))):
                    # That of a zone cut or a DNAME says nothing of what is below (RFC 4035 section 5.4, RFC 6672 section 5.3.4.1).
                    if self.chain == NSEC and wire.is_at_or_below(name, one[1]) and (
                            NS in one[3] and SOA not in one[3] or DNAME in one[3]):
                        continue
                    used.add(one[0])
                    return one
            return None

        def next_closer(name, encloser):
            while parent(name) != encloser:
                name = parent(name)
            return name

        def encloser_proof(name):
            """(proven encloser, covering record) or None."""
            closer, one = name, parent(name) if name != self.apex else None
            while one is not None:
                if matching(one):
                    cover = covering(closer)
                    return (one, cover) if cover else None
                closer, one = one, parent(one) if one != self.apex else None
            return None

        def no_type(one, *types):
            return one is not None and not set(types) & one[3]

        for kind, name, *rest in proofs:
            good = False
            if kind == "nxdomain" and self.chain == NSEC:
                good = covering(name) and (len(rest[0]) > 253 or covering(b"\1*" + rest[0]))
            elif kind == "nxdomain":
                proof = encloser_proof(name)
                good = proof and (covering(b"\1*" + proof[0]) or (proof[0] != rest[0] and proof[1][4] and covering(b"\1*" + rest[0])))
            elif kind in ("nodata", "nods"):
                types = (DS,) if kind == "nods" else (rest[0],) if rest[0] in (CNAME, NSEC) else (rest[0], CNAME)
                good = no_type(matching(name), *types)
                if not good and self.chain == NSEC and name not in self.names:
                    one = covering(name)
                    good = one and wire.is_at_or_below(one[2], name)
                elif not good and self.chain == NSEC3 and (kind == "nods" or types[0] == DS or name not in self.names):
                    proof = encloser_proof(name)
                    good = proof and proof[1][4]
            elif kind == "wild" and self.chain == NSEC:
                good = covering(name)
            elif kind == "wild":
                good = covering(next_closer(name, rest[0]))
            elif kind == "wildnodata":
                wild = b"\1*" + rest[0]
                good = no_type(matching(wild), rest[1])
                if not good and self.chain == NSEC and wild not in self.names:
                    one = covering(wild)
                    good = one and wire.is_at_or_below(one[2], wild)
                good = good and (covering(name) if self.chain == NSEC else encloser_proof(name))
            if not good:
                out.append(f"no proof of {kind} for {wire.name_to_text(name)}")
        if set(records) - used:
            out.append(f"{len(set(records) - used)} {wire.type_name(self.chain)} without use")
        return out

    # The whole reply

    def split_proofs(self, section):
        """Records, and those of the chain without their signatures; problems."""
        out, records, chain = [], [], [r for r in section if r[1] == self.chain]
        covered = struct.pack("!H", self.chain)
        sigs = {r for r in section if r[1] == RRSIG and r[4][:2] == covered}
        for record in chain:
            types = self.nsec3.get(record[0][1:1 + record[0][0]], {}) if self.chain == NSEC3 else self.names.get(record[0], {})
            if record[4] not in types.get(self.chain, (0, []))[1] or record[3] != types[self.chain][0]:
                out.append("NSEC or NSEC3 that the zone doesn't have")
            wanted = set(self.signatures(types, self.chain, record[0]))
            if not wanted or not wanted <= sigs:
                out.append("NSEC or NSEC3 without its signatures")
            sigs -= wanted
        if sigs:
            out.append("signatures of NSEC or NSEC3 that isn't there")
        records = [r for r in section if r[1] != self.chain and not (r[1] == RRSIG and r[4][:2] == covered)]
        return records, chain, out

    def targets(self, m):
        """{target: set of types of the records that lead to it}"""
        out = {}
        for owner, rtype, _, _, rdata in m.answer + m.authority:
            if rtype in TARGET_AT:
                out.setdefault(first_name(rdata[TARGET_AT[rtype]:]), set()).add(rtype)
        return out

    def check_additional(self, m, e):
        out, targets = [], self.targets(m)
        rrsets = {}
        for record in m.additional:
            rrsets.setdefault((record[0], record[1]), []).append(record)
        for (owner, rtype), records in rrsets.items():
            node = owner
            if rtype == NSEC3:
                types = self.nsec3.get(owner[1:1 + owner[0]], {})
            else:
                if node not in self.names and wire.is_at_or_below(owner, self.apex):
                    kind, node, _ = self.find(owner, DS)
                    node = node if kind == "wild" else None
                types = self.names.get(node, {})
            if rtype == RRSIG:
                known = {r for one in {struct.unpack("!H", r[4][:2])[0] for r in records} for r in self.signatures(types, one, owner)
                         if (owner, one) in rrsets}
                if not set(records) <= known:
                    # Signatures of NSEC3 stand at its own owner.
                    types = self.nsec3.get(owner[1:1 + owner[0]], {})
                    if not set(records) <= set(self.signatures(types, NSEC3, owner)):
                        out.append("additional signatures of nothing")
                continue
            if {r[4] for r in records} != set(types.get(rtype, (0, []))[1]) or {r[3] for r in records} != {types[rtype][0]}:
                out.append(f"additional {wire.type_name(rtype)} isn't the whole RRset")
            leads = targets.get(owner, set())
            if rtype in (A, AAAA):
                good = bool(leads)
            elif rtype in (SVCB, HTTPS):
                good = rtype in leads
            else:
                good = rtype == self.chain and any(t & {SVCB, HTTPS} for t in targets.values())
            if not good:
                out.append(f"additional {wire.type_name(rtype)} that nothing leads to")
        if e.cut and not m.has(wire.TC):
            node, owner = e.cut
            for target, leads in targets.items():
                if NS in leads and wire.is_at_or_below(target, node):
                    for rtype in (A, AAAA):
                        if rtype in self.names.get(target, {}) and (target, rtype) not in rrsets:
                            out.append("in-domain glue is missing")
        return out

    @staticmethod
    def check_order(section, is_loose, wanted=None):
        """Signatures at the end, RRsets together, in canonical order of their rdata, and in the order in which one leads to the other."""
        out = []
        if wanted is not None:
            rrsets, expected = ([*dict.fromkeys((r[0], r[1]) for r in records if r[1] != RRSIG)] for records in (section, wanted))
            if rrsets != expected[:len(rrsets)]:
                out.append("RRsets in another order")
        if not is_loose:
            is_sig = [r[1] == RRSIG for r in section]
            if is_sig != sorted(is_sig):
                out.append("signatures amid records")
        done, last = set(), None
        for record in section:
            key = record[0], record[1], record[4][:2] if record[1] == RRSIG else b""
            if key != last and key in done:
                out.append("RRset in pieces")
            elif key == last and record[1] != RRSIG and record[4] <= before:
                out.append(f"RRset {wire.type_name(record[1])} out of order")
            done.add(key)
            last, before = key, record[4]
        return out

    def check(self, query, m):
        """Problems of our reply to an ordinary query of a name in this zone, as words."""
        e = self.expect(query.name.lower(), query.qtype, query.do)
        out = self.check_order(m.answer, e.loose, e.answer) + self.check_order(m.authority, False)
        if m.size > limit(query):
            out.append(f"{m.size} octets")
        authority, chain, problems = self.split_proofs(m.authority) if e.proofs or query.do else (m.authority, [], [])
        out += problems if not m.has(wire.TC) else []
        if m.has(wire.AA) != e.aa:
            out.append("AA")
        if m.has(wire.TC):
            if query.tcp:
                out.append("TC on a stream")
            if not set(m.answer) <= set(e.answer) or not set(authority) <= set(e.authority):
                out.append("truncated, and has what doesn't belong there")
            if m.rcode not in (0, e.rcode):
                out.append("RCODE")
            return out + self.check_additional(m, e)
        if m.rcode != e.rcode:
            out.append(f"RCODE {wire.rcode_name(m.rcode)}, not {wire.rcode_name(e.rcode)}")
        for name, ours, wanted in (("answer", m.answer, e.answer), ("authority", authority, e.authority)):
            if set(ours) != set(wanted) or len(ours) != len(set(ours)):
                out.append(f"{name} isn't what the zone says")
        return out + self.prove(e.proofs, chain) + self.check_additional(m, e)


def check_odd(query, m):
    """Messages that aren't ordinary queries; None: it is one."""
    question_end = 12 + len(query.name) + 4
    if query.odd in ("short", "response", "compressed qname") or (
            query.odd == "cut" and len(query.message) < question_end):
        return [] if m is None else ["a reply to what isn't a request"]
    if m is None:
        return ["no reply"]
    if query.odd in ("trailing", "two opt", "opt in answer", "opt owner", "cut", "no question", "two questions"):
        return ["no bare FORMERR"] if m.rcode != 1 or m.answer or m.authority or m.additional or m.has(wire.AA) or (
            m.opt and query.odd != "no question") else []
    wanted = None
    if query.odd == "edns version":
        wanted = 16
    elif query.qclass not in (1, 3, 255):
        wanted = 5
    elif query.opcode or query.qtype == 0:
        wanted = 4
    elif query.qclass == 3:
        if query.qtype == 16 and query.name in CHAOS_NAMES:
            return [] if m.rcode == 0 and [(r[0], r[1], r[2], r[3]) for r in m.answer] == [(query.name, 16, 3, 0)] else ["no TXT"]
        wanted = 5
    if wanted is None:
        return None
    good = m.rcode == wanted and not (m.answer or m.authority or m.additional or m.has(wire.AA)) and bool(m.opt) == query.edns
    return [] if good else [f"not {wire.rcode_name(wanted)} and nothing else"]


class Server:
    """The zones that are served together."""

    def __init__(self, zones):
        self.zones = {zone.apex: zone for zone in zones}

    def zone_of(self, name):
        while name not in self.zones:
            if name == b"\0":
                return None
            name = parent(name)
        return self.zones[name]

    def check(self, query, m):
        """Problems of our reply to a query (None: there was none), as words."""
        odd = check_odd(query, m)
        if odd is not None:
            return odd
        if m.rcode == 1 and query.odd == "option":
            return []  # a content that isn't good for its option
        qname = query.name.lower()  # lengths of labels are below the letters
        zone = self.zone_of(parent(qname)) if query.qtype == DS and qname != b"\0" else None  # RFC 4035 section 3.1.4.1
        zone = zone or self.zone_of(qname)
        if zone is None:
            good = m.rcode == 5 and not (m.answer or m.authority or m.additional or m.has(wire.AA)) and (not query.edns or m.ede() == [20])
            return [] if good else ["not refused"]
        return zone.check(query, m)
