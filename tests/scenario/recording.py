# SPDX-License-Identifier: Apache-2.0
"""An agency's record as a hostile or a broken hand would change it: read by what is written at the
top of its format, and written again so that its chain holds."""
import base64
import hashlib
import struct

HEAD, LEFT, RECEIPT, UNSENT = 64, 1, 2, 3


class Entry:
    """One entry of a record; `items` are (left, name) pairs."""

    def __init__(self, body):
        version, self.kind, self.time, self.call = struct.unpack(">BBQ16s", body[:26])
        assert version == 1, version
        rest = body[26:]
        if self.kind == LEFT:
            self.version, rest = struct.unpack(">I", rest[:4])[0], rest[4:]
            names = []
            for _ in range(3):
                names.append(rest[1:1 + rest[0]])
                rest = rest[1 + rest[0]:]
            self.agreement, self.purpose, self.withheld = names
            self.records, self.payload, count = struct.unpack(">I32sH", rest[:38])
            rest, self.items = rest[38:], []
            for _ in range(count):
                self.items.append((rest[0], rest[2:2 + rest[1]]))
                rest = rest[2 + rest[1]:]
        elif self.kind == RECEIPT:
            self.index, self.leaf_hash, has = struct.unpack(">Q32sB", rest[:41])
            self.commitment, rest = rest[41:41 + 32 * has], rest[41 + 32 * has:]
        assert rest == b"", rest

    def body(self):
        out = struct.pack(">BBQ16s", 1, self.kind, self.time, self.call)
        if self.kind == LEFT:
            out += struct.pack(">I", self.version)
            for name in (self.agreement, self.purpose, self.withheld):
                out += bytes([len(name)]) + name
            out += struct.pack(">I32sH", self.records, self.payload, len(self.items))
            for left, name in self.items:
                out += bytes([left, len(name)]) + name
        elif self.kind == RECEIPT:
            out += struct.pack(">Q32sB", self.index, self.leaf_hash, len(self.commitment) // 32)
            out += self.commitment
        return out


def read(path):
    """Head and entries of one file; every chain is checked."""
    data = path.read_bytes()
    head, rest, entries = data[:HEAD], data[HEAD:], []
    assert head.startswith(b"LGREC001"), head
    chain = hashlib.sha256(b"lockgate record" + head).digest()
    while rest:
        size = struct.unpack(">I", rest[:4])[0]
        body, seal, rest = rest[4:4 + size], rest[4 + size:36 + size], rest[36 + size:]
        chain = hashlib.sha256(chain + struct.pack(">I", size) + body).digest()
        assert chain == seal, "the chain is broken"
        entries.append(Entry(body))
    return head, entries


def write(path, head, entries):
    out = head
    chain = hashlib.sha256(b"lockgate record" + head).digest()
    for entry in entries:
        framed = struct.pack(">I", len(entry.body())) + entry.body()
        chain = hashlib.sha256(chain + framed).digest()
        out += framed + chain
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(out)


def proof(receipt, checkpoint):
    """A receipt as a file that `lockgate audit verify` reads (c2sp.org/tlog-proof)."""
    extra = b"\x02" + b"".join(struct.pack(">H", len(part)) + part for part in (
        receipt.leaf, receipt.salt, receipt.detail))
    lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(extra).decode(),
             f"index {receipt.index}"]
    lines += [base64.b64encode(step).decode() for step in receipt.path]
    return "\n".join(lines) + "\n\n" + checkpoint
