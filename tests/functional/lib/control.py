"""The control protocol, octet by octet: units with exactly the items that are given, whatever they may be.

    control.ask(path, {"CMD": "zone-status", "ZONE": "example."})  ->  [("DATA", {"ZONE": ...}), ...]
"""
import socket
import struct
import time

ITEMS = ["CMD", "FLAGS", "ERROR", "SECTION", "ITEM", "ID", "ZONE", "OWNER", "TTL", "TYPE", "DATA", "FILTERS"]
TYPES = ["END", "DATA", "EXTRA", "BLOCK"]


def encode(unit, kind="DATA"):
    data = bytes([TYPES.index(kind)])
    for i, name in enumerate(ITEMS):
        if name in unit:
            value = unit[name] if isinstance(unit[name], bytes) else unit[name].encode()
            data += bytes([16 + i]) + struct.pack(">H", len(value)) + value
    return data


class Control:
    """A connection."""

    def __init__(self, path, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.data = b""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.socket.connect(path)
                break
            except BlockingIOError:  # the backlog is full
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.002)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def send(self, *units, block=True):
        self.socket.sendall(b"".join(encode(unit) for unit in units) + (b"\3" if block else b""))

    def take(self, count):
        while len(self.data) < count:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the server has closed the connection")
            self.data += more
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def receive(self):
        """Units up to BLOCK or END: (type, items)."""
        units = []
        while True:
            code = self.take(1)[0]
            if code >= 16:
                value = self.take(struct.unpack(">H", self.take(2))[0])
                units[-1][1][ITEMS[code - 16]] = value.decode("utf-8", "surrogateescape")
            elif TYPES[code] in ("END", "BLOCK"):
                return units
            else:
                units.append((TYPES[code], {}))

    def ask(self, *units):
        self.send(*units)
        return self.receive()

    def close(self):
        try:
            self.socket.sendall(b"\0")
        except OSError:
            pass
        self.socket.close()


def ask(path, *units, timeout=20):
    """One request over a connection of its own."""
    with Control(path, timeout) as control:
        return control.ask(*units)


class Refused(Exception):
    """The server's error, by its text."""


def do(path, command, timeout=20, **items):
    """A command that must succeed; the answer's units."""
    units = ask(path, {"CMD": command, **items}, timeout=timeout)
    for _, unit in units:
        if "ERROR" in unit:
            raise Refused(unit["ERROR"])
    return units


class Pair:
    """Our server and another, asked the same."""

    def __init__(self, ours, theirs):
        self.servers = [ours, theirs]

    @staticmethod
    def shape(server, units):
        """What is compared: marks wherever they are, and nothing that depends on the place."""
        out = []
        for kind, unit in units:
            unit = {k: v.replace(server.dir, "DIR").replace(f"@{server.port}", "@PORT") for k, v in unit.items()}
            mark = unit.pop("FLAGS", None) or unit.get("FILTERS")
            unit.pop("FILTERS", None)
            if mark in ("+", "-"):
                unit["mark"] = mark
            out.append((kind, unit))
        return out

    def both(self, *units):
        return [self.shape(server, ask(server.socket, *units)) for server in self.servers]

    def same(self, command, *units, **items):
        """One command, with several units or one: the same answer."""
        requests = [{"CMD": command, **unit} for unit in units] or [{"CMD": command, **items}]
        ours, theirs = self.both(*requests)
        assert ours == theirs, requests
        return ours
