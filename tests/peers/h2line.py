# SPDX-License-Identifier: Apache-2.0
"""One TLS connection and HTTP/2 frames by hand, for tests of connections rather than of calls."""
import socket
import ssl
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, PING, GOAWAY = 4, 6, 7


def frame(kind, flags=0, payload=b"", stream=0):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Refused(Exception):
    """The other side does not want this certificate."""


class Line:
    """Connects and greets; Refused where no greeting comes back."""

    def __init__(self, port, anchors, certificate, key, seconds=5):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(anchors)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["h2"])
        self.data = b""
        self.frames = []  # (type, flags, payload) as they came
        self.is_ended = False
        tcp = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        try:
            self.tls = context.wrap_socket(tcp, server_hostname="localhost")
        except (ssl.SSLError, ConnectionError) as error:
            tcp.close()
            raise Refused(str(error)) from error
        try:
            self.tls.sendall(PREFACE + frame(SETTINGS))
            while not self.frames and not self.is_ended:
                self.read()
        except (ssl.SSLError, ConnectionError) as error:
            self.tls.close()
            raise Refused(str(error)) from error
        if not self.frames:
            self.tls.close()
            raise Refused("closed")
        self.serial = self.tls.getpeercert()["serialNumber"]

    def read(self):
        """What comes next; SETTINGS and PING are answered."""
        got = self.tls.recv(16384)
        self.is_ended = got == b""
        self.data += got
        while len(self.data) >= 9:
            size = int.from_bytes(self.data[:3], "big")
            if len(self.data) < 9 + size:
                return
            kind, flags = self.data[3], self.data[4]
            payload, self.data = self.data[9:9 + size], self.data[9 + size:]
            self.frames.append((kind, flags, payload))
            if kind in (SETTINGS, PING) and not flags & 1:
                self.tls.sendall(frame(kind, 1, payload if kind == PING else b""))

    def drain(self, seconds):
        """Reads to the end; how many GOAWAYs came. TimeoutError where it does not end."""
        self.tls.settimeout(seconds)
        while not self.is_ended:
            try:
                self.read()
            except ConnectionError:
                self.is_ended = True
        return sum(1 for kind, _, _ in self.frames if kind == GOAWAY)

    def close(self):
        self.tls.close()
