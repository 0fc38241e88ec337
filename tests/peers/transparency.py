# SPDX-License-Identifier: Apache-2.0
"""The log as an outsider checks it: RFC 9162 proofs, C2SP signed notes and the entry's format,
written from their specifications and sharing nothing with the gateway."""
import base64
import dataclasses
import hashlib
import struct

import nacl.exceptions
import nacl.signing

KINDS = {1: "ASK", 2: "RELEASE", 3: "OUTCOME", 4: "DENIAL", 5: "SEARCH",
         6: "ERASURE", 7: "AGREEMENT", 8: "NODE_EPOCH",
         11: "CONSENT", 12: "STOP", 13: "ENROL",
         14: "REVIEW", 15: "SUBJECT_ACCESS", 16: "DUTY",
         17: "INCIDENT", 18: "SUPPRESSION"}
FLAG_FINAL = 1
FLAG_CLEAR_IDENTIFIER = 2


class Wrong(Exception):
    """What was checked is not as it must be."""


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_inclusion(index, size, hashed, path):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        raise Wrong("index outside the tree")
    fn, sn, result = index, size - 1, hashed
    for step in path:
        if sn == 0:
            raise Wrong("path too long")
        if fn & 1 or fn == sn:
            result = node_hash(step, result)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Wrong("path too short")
    return result


def consistency_check(size1, root1, size2, root2, path):
    """RFC 9162, section 2.1.4.2."""
    path = list(path)
    if size1 == size2:
        if path or root1 != root2:
            raise Wrong("one size, two roots")
        return
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    if not path:
        raise Wrong("empty consistency proof")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for step in path[1:]:
        if sn == 0:
            raise Wrong("consistency proof too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != root1 or sr != root2:
        raise Wrong("the smaller tree is not the beginning of the larger one")


def checkpoint_open(note, vkey):
    """(size, root) of a C2SP signed note, after its Ed25519 signature was checked."""
    name, key_id, key = vkey.strip().split("+", 2)
    raw = base64.b64decode(key, validate=True)
    if raw[0] != 1 or len(raw) != 33:
        raise Wrong("not an Ed25519 verifier key")
    body, _, signatures = note.rpartition("\n\n")
    body += "\n"
    for line in signatures.splitlines():
        dash, signer, blob = line.split(" ")
        signature = base64.b64decode(blob, validate=True)
        if dash == "\u2014" and signer == name and signature[:4].hex() == key_id:
            try:
                nacl.signing.VerifyKey(raw[1:]).verify(body.encode(), signature[4:])
            except nacl.exceptions.BadSignatureError:
                raise Wrong("signature") from None
            break
    else:
        raise Wrong("not signed by the log")
    origin, size, root = body.split("\n")[:3]
    if origin != name:
        raise Wrong("another log")
    return int(size), base64.b64decode(root, validate=True)


@dataclasses.dataclass
class Entry:
    """What a leaf shows. Of a part, which is the leaf of one source, there is a day and no time;
    what the leaf does not show is empty."""
    kind: str
    decision: int
    request_id: bytes
    agreement_version: int
    source_agency: str
    requesting_agency: str
    agreement: str
    purpose: str
    basis: str
    reason: str
    items: bytes
    tag: bytes
    commitment: bytes
    day: int = None
    asker: bytes = b""
    detail: bytes = b""
    node: int = None
    epoch: int = None
    time_ms: int = None
    flags: int = 0
    record_count: int = 0
    sources: int = 0
    key_commitment: bytes = b""
    nonce: bytes = b""
    sealed: bytes = b""

    @property
    def is_part(self):
        return self.day is not None


class Taker:
    """Reads from the front; too short is Wrong."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise Wrong("too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def numbers(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def text(self):
        return self.take(self.take(1)[0]).decode("ascii")


def entry_read(leaf):
    """The leaf, byte by byte, by the drawing in gateway/audit/entry.c."""
    taker = Taker(leaf)
    version, kind, decision, form, request_id, agreement_version = taker.numbers(">BBBB16sI")
    if version != 2:
        raise Wrong(f"an entry of version {version}")
    texts = [taker.text() for _ in range(6)]
    items = taker.take(32) if form else b""
    tag = taker.take(16)
    commitment = taker.take(32) if taker.take(1)[0] else b""
    entry = Entry(KINDS.get(kind, str(kind)), decision, request_id, agreement_version, *texts,
                  items, tag, commitment)
    if entry.kind == "RELEASE" or (entry.kind == "DENIAL" and entry.source_agency):
        entry.day, entry.asker, entry.detail = taker.numbers(">I16s32s")
    else:
        (entry.node, entry.epoch, entry.time_ms, entry.flags, entry.record_count,
         entry.sources) = taker.numbers(">HQQHIQ")
    entry.key_commitment = taker.take(32)
    sealed = taker.take(taker.numbers(">H")[0])
    entry.nonce, entry.sealed = sealed[:24], sealed[24:]
    if taker.at != len(leaf):
        raise Wrong("more than a leaf")
    return entry


@dataclasses.dataclass
class Detail:
    """What the requester's receipt tells beyond the leaf of a part."""
    salt: bytes
    time_ms: int
    flags: int
    record_count: int
    question: bytes
    requesting_agency: str
    purpose: str
    basis: str
    reason: str


def detail_read(entry, data):
    """The detail, after it was checked against the leaf's hash of it and its day."""
    if not entry.is_part or hashlib.sha256(data).digest() != entry.detail:
        raise Wrong("not the detail of this leaf")
    taker = Taker(data)
    numbers = taker.numbers(">32sQHI16s")
    detail = Detail(*numbers, *(taker.text() for _ in range(4)))
    if taker.at != len(data) or detail.time_ms // 86400000 != entry.day:
        raise Wrong("form of the detail")
    return detail


def receipt_check(receipt, note, vkey):
    """The entry of a receipt (a message or its like), after path and signature were checked."""
    size, root = checkpoint_open(note, vkey)
    if root_from_inclusion(receipt.index, size, leaf_hash(receipt.leaf), receipt.path) != root:
        raise Wrong("the path does not lead to the signed root")
    return entry_read(receipt.leaf)


def part_check(receipt, note, vkey):
    """(entry, detail) of a requester's receipt of one source's part."""
    entry = receipt_check(receipt, note, vkey)
    return entry, detail_read(entry, receipt.detail)


def commitment_check(entry, salt, payload):
    if hashlib.sha256(salt + payload).digest() != entry.commitment:
        raise Wrong("the entry commits to other bytes")


def proof_text(receipt, note):
    """A receipt as c2sp.org/tlog-proof@v1 with leaf, salt and detail in `extra`."""
    extra = b"\x02" + b"".join(struct.pack(">H", len(part)) + part for part in (
        receipt.leaf, receipt.salt, receipt.detail))
    lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(extra).decode(),
             f"index {receipt.index}"]
    lines += [base64.b64encode(step).decode() for step in receipt.path]
    return "\n".join(lines) + "\n\n" + note


# ---- protobuf wire format: the very bytes of a part, as they came ------------------------------


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a message; bytes for length-delimited ones."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
        elif key & 7 == 2:
            size, at = _varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if key & 7 == 1 else 4
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def ask_results(reply):
    """The bytes of every SourceResult of an AskReply, in order."""
    return [next(value for number, value in fields(part) if number == 1)
            for at, part in fields(reply) if at == 4]


def watch_result(reply):
    """The bytes of the SourceResult of a WatchReply's part, or None for the end."""
    for number, part in fields(reply):
        if number == 1:
            source_part = next(value for at, value in fields(part) if at == 1)
            return next(value for at, value in fields(source_part) if at == 1)
    return None
