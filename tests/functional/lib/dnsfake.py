"""A name server that says what a test tells it to, over UDP and TCP on one port of loopback."""
import socket
import struct
import threading

from . import servers

PROXY = b"\r\n\r\n\0\r\nQUIT\n"


class Fake:
    """answer(query, is_tcp) gives the reply's octets; None: silence, which over TCP ends the connection.

    What came is in `got`, a list of (protocol, octets), PROXY headers included."""

    def __init__(self, answer):
        self.answer = answer
        self.got = []
        self.port = servers.free_port()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((servers.ADDRESS, self.port))
        self.tcp = socket.create_server((servers.ADDRESS, self.port))
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in (self._datagrams, self._connections)]
        for thread in self.threads:
            thread.start()

    def close(self):
        for sock in (self.udp, self.tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in it
            except OSError:
                pass
            sock.close()
        for thread in self.threads:
            thread.join(10)

    def _datagrams(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(65535)
            except OSError:
                return
            if not query:
                return
            self.got.append(("UDP", query))
            if query.startswith(PROXY):
                query = query[16 + struct.unpack("!H", query[14:16])[0]:]
            reply = self.answer(query, False)
            if reply is not None:
                self.udp.sendto(reply, peer)

    def _connections(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._serve(connection)
                except OSError:
                    pass

    def _serve(self, connection):
        head = b""
        while True:
            octets = servers.read_exactly(connection, 2)
            if octets == PROXY[:2]:
                head = octets + servers.read_exactly(connection, 14)
                head += servers.read_exactly(connection, struct.unpack("!H", head[14:16])[0])
                octets = servers.read_exactly(connection, 2)
            if len(octets) < 2:
                return
            query = servers.read_exactly(connection, struct.unpack("!H", octets)[0])
            self.got.append(("TCP", head + query))
            head = b""
            reply = self.answer(query, True)
            if reply is None:
                return
            connection.sendall(struct.pack("!H", len(reply)) + reply)
