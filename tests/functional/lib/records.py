"""Random records in presentation form, all of them valid, with the odd things that each type allows."""
import base64
import ipaddress
import random

ODD = ["\\.", "\\032", '\\"', "\\@", "\\$", "\\;", "\\(", "\\\\", "\\000", "\\255", "/", "\\035", "\\=", "\\~", "\\097"]
TYPES = ("A NS CNAME SOA PTR MX TXT AAAA SRV NAPTR DS RRSIG NSEC DNSKEY NSEC3 NSEC3PARAM TLSA CAA SPF URI LOC HINFO "
         "TYPE65535 TYPE1 TYPE1234 TYPE257").split()
ALGORITHMS = "5 7 8 10 13 14 15 16 RSASHA256 ECDSAP256SHA256 ED25519".split()
INCEPTIONS = "20200101000000 20000229235959 946684800 19700101000001".split()
EXPIRATIONS = "20380119031407 20340101000000 2147483600".split()


class Records:
    """make(type) gives the text behind the type. `letters`: names have capitals."""

    def __init__(self, seed, letters=True):
        self.random = random.Random(seed)
        self.alphabet = "abcdefghijklmnopqrstuvwxyz0123456789-_" + ("ABCXYZ" if letters else "")
        self.makers = self.table()

    def pick(self, values):
        return self.random.choice(values)

    def octets(self, low, high):
        return bytes(self.random.randrange(256) for _ in range(self.random.randint(low, high)))

    def label(self):
        kind = self.random.random()
        if kind < .75:
            return "".join(self.pick(self.alphabet) for _ in range(self.random.randint(1, 12)))
        if kind < .85:
            return "x" * self.pick([62, 63])
        return "".join(self.pick(ODD + ["a"]) for _ in range(self.random.randint(2, 6))) if kind < .95 else "*"

    def name(self):
        if self.random.random() < .1:
            return self.pick([".", "@"])
        text = ".".join(self.label() for _ in range(self.random.randint(1, 3)))
        return text + self.pick([".", "", ".t."])

    def number(self, most):
        return str(self.pick([0, 1, most, self.random.randint(0, most)]))

    def string(self):
        text = "".join(self.pick(["a", "B", "7", " ", ";", "(", ")", '\\"', "\\\\", "\\000", "\\127", "\\200", "'", "=", ",",
                                  "@", "$", "\\a"]) for _ in range(self.pick([0, 1, 3, 10, 40])))
        return f'"{text}"'

    def strings(self):
        return " ".join(self.string() for _ in range(self.pick([1, 1, 2, 3])))

    def ipv4(self):
        return ".".join(str(self.pick([0, 1, 255, self.random.randrange(256)])) for _ in range(4))

    def ipv6(self):
        # Of two runs of zeros alike Knot 3.2 shortens the second if the first stands in front, against RFC 5952 section 4.2.3.
        value = ipaddress.IPv6Address(bytes([32] + [self.pick([0, 0, 0, 1, 255]) for _ in range(15)]))
        return self.pick([str(value), value.exploded, str(value).upper(), "::", "1::", "::ffff:192.0.2.1"])

    def hexadecimal(self, low=1, high=40):
        text = self.octets(low, high).hex()
        return self.pick([text, text.upper()])

    def base64(self, low=1, high=60):
        return base64.b64encode(self.octets(low, high)).decode()

    def types(self):
        return " ".join(self.pick(TYPES) for _ in range(self.pick([1, 2, 5, 9])))

    def next_hash(self):
        return "".join(self.pick("0123456789abcdefghijklmnopqrstuvABCV") for _ in range(32))

    def salt(self):
        return self.pick(["-", self.hexadecimal(1, 20)])

    def ttl(self):
        return self.pick(["0", "1", "3600", "1h", "1H30M", "1w2d3h4m5s"])

    def location(self):
        size = self.pick(["", " 1m", " 0m 10000m", " 9999m 1m 0.01m", " 1.5m 2.25m 0.05m", " 90000000.00m 1m 1m"])
        return (self.pick(["52 22 23 N", "0 S", "90 0 0 S", "1 2 3.4 S", "1 59 59.999 N"]) + " " +
                self.pick(["4 53 32 E", "0 W", "180 0 0 E", "179 59 59.999 W"]) + " " +
                self.pick(["-2m", "0m", "12345.67m", "-100000.00m", "42849672.95m", "-0.01m"]) + size)

    def prefixes(self):
        return " ".join(self.pick(["", "!"]) + self.pick([f"1:{self.ipv4()}/24", f"2:{self.ipv6()}/64", "1:0.0.0.0/0", "2:::/0"])
                        for _ in range(self.pick([1, 2, 3])))

    def gateway(self):
        return self.pick(["0 1 .", f"1 2 {self.ipv4()}", f"2 1 {self.ipv6()}", f"3 2 {self.name()}"])

    def parameters(self):
        possible = ["port=443", "port=0", "ipv4hint=192.0.2.1", "ipv4hint=192.0.2.1,192.0.2.2", "ipv6hint=::1,2001:db8::2",
                    "ech=AAE=", "key65333=x", 'key65333="a b"', "key667=hello", 'key12="\\000\\255\\""']
        chosen = {text.split("=")[0]: text for text in self.random.sample(possible, self.pick([0, 1, 2, 4]))}
        if self.random.random() < .3 and "port" in chosen:
            chosen["mandatory"] = "mandatory=port"
        return " ".join(chosen.values())

    def table(self):
        n8, n16, n32 = (lambda: self.number(255)), (lambda: self.number(65535)), (lambda: self.number(2**32 - 1))

        def row(*fields):
            return lambda: " ".join(field() for field in fields)

        def choice(*values):
            return lambda: self.pick(values)

        algorithm, name = choice(*ALGORITHMS), self.name
        key = row(choice("256", "257", "0"), choice("3"), choice("13", "15", "ED25519"), self.base64)
        digest = row(n16, algorithm, choice("100", "255"), self.hexadecimal)
        signature = row(choice(*TYPES), algorithm, choice("255"), choice("0", "3600", "2147483648"),
                        choice(*EXPIRATIONS), choice(*INCEPTIONS), n16, name, self.base64)
        return {
            "A": self.ipv4, "AAAA": self.ipv6, "NS": name, "CNAME": name, "PTR": name, "DNAME": name, "MX": row(n16, name),
            "HINFO": row(self.string, self.string), "MINFO": row(name, name), "RP": row(name, name), "AFSDB": row(n16, name),
            "RT": row(n16, name), "KX": row(n16, name), "LP": row(n16, name), "TXT": self.strings, "SPF": self.strings,
            "SRV": row(n16, n16, n16, name), "NAPTR": row(n16, n16, choice('""', '"u"'), self.string, choice('""', '"!^.*$!x!"'), name),
            "KEY": key, "DNSKEY": key, "CDNSKEY": key, "DS": digest, "CDS": digest, "LOC": self.location, "APL": self.prefixes,
            "SSHFP": row(n8, choice("100", "255"), self.hexadecimal), "TLSA": row(n8, n8, n8, self.hexadecimal),
            "SMIMEA": row(n8, n8, n8, self.hexadecimal),
            "CERT": row(choice("PKIX", "PGP", "1", "65535"), n16, choice("8", "13"), self.base64), "DHCID": self.base64,
            "OPENPGPKEY": self.base64, "IPSECKEY": row(n8, self.gateway, self.base64),
            "RRSIG": signature, "NSEC": row(name, self.types),
            "NSEC3": row(choice("1"), n8, n16, self.salt, self.next_hash, self.types), "NSEC3PARAM": row(choice("1"), n8, n16, self.salt),
            "CSYNC": row(n32, n16, self.types), "ZONEMD": row(n32, choice("1"), choice("240"), lambda: self.hexadecimal(12, 50)),
            "SVCB": row(n16, name, self.parameters), "HTTPS": row(n16, name, self.parameters), "L32": row(n16, self.ipv4),
            "NID": row(n16, choice("0014:4fff:ff20:ee64", "FFFF:0000:FFFF:0000")), "L64": row(n16, choice("2001:0DB8:1140:1000")),
            "EUI48": choice("00-00-5e-00-53-2a", "00-00-5E-00-53-FF"), "EUI64": choice("00-00-5e-ef-10-00-00-2a"),
            "URI": row(n16, n16, choice('"ftp://ftp.test/a b"', '"x"')),
            "CAA": row(n8, choice("issue", "iodef", "Issue"), choice('"ca.test; x=y"', '"mailto:a@b.c"')),
            "TYPE1234": choice("\\# 0", "\\# 3 ab CDEF", "\\# 1 AA"), "TYPE1": choice("\\# 4 c0000201"),
        }

    def lines(self, count):
        kinds = list(self.makers)
        for i in range(count):
            kind = kinds[i % len(kinds)]
            head = self.pick(["", "", "IN ", "60 ", "60 IN ", "IN 1h ", "in "])
            yield f"r{i:05} {head}{self.pick([kind, kind.lower()])} {self.makers[kind]()}"
