#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what a log of Lockgate handed out, with a plain Python and nothing of Lockgate:

    verify.py receipt|checkpoint|tiles PATH --key VKEY [--witness VKEY ...] [--payload FILE]

For tiles, PATH is a copy of `/log/`: checkpoint, tile/L/N, and tile/entries/N for who may read it.
Every witness that is named must have cosigned. Ends with 0, or with 1 and what does not hold.
Written from RFC 6962, RFC 8032 and the C2SP pages signed-note, tlog-checkpoint, tlog-cosignature,
tlog-proof and tlog-tiles; of an entry's own format it knows where the commitments stand."""
import argparse
import base64
import hashlib
import pathlib
import re
import sys


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def must(holds, what):
    if not holds:
        raise ValueError(what)


# Ed25519: RFC 8032, section 5.1, with points as pairs: slower, and the curve's formula as it is.
P, ORDER = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_ONE = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)


def add(p, q):
    across = D * p[0] * p[1] * q[0] * q[1]
    return ((p[0] * q[1] + p[1] * q[0]) * pow(1 + across, -1, P) % P,
            (p[1] * q[1] + p[0] * q[0]) * pow(1 - across, -1, P) % P)


def multiply(number, point):
    result = (0, 1)
    while number:
        result = add(result, point) if number & 1 else result
        point, number = add(point, point), number >> 1
    return result


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2 ** 255 - 1)
    must(y < P, "not a point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * ROOT_OF_MINUS_ONE % P
    must((x * x - square) % P == 0 and (x or not sign), "not a point of the curve")
    return x if x & 1 == sign else P - x, y


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_check(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    must(len(signature) == 64 and s < ORDER, "form of a signature")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    found = add(decompress(signature[:32]), multiply(h, decompress(key)))
    must(found == multiply(s, BASE), "signature")


def decode(text):
    data = base64.b64decode(text, validate=True)
    must(base64.b64encode(data).decode() == text, "base64")
    return data


def number(text):
    must(re.fullmatch("0|[1-9][0-9]{0,19}", text, re.ASCII), "a number")
    return int(text)


class Key:
    """NAME+ID+KEY: a log's (type 1) or a witness's (type 4)."""
    def __init__(self, text):
        self.name, key_id, key = text.strip().split("+", 2)
        typed = decode(key)
        must(len(typed) == 33 and typed[0] in (1, 4), "type of a key")
        self.type, self.key = typed[0], typed[1:]
        self.id = sha(self.name.encode(), b"\n", typed)[:4]
        must(self.id.hex() == key_id, "id of a key")

    def check(self, body, signature):
        """The time of a cosignature, else 0."""
        if self.type == 1:
            return signature_check(self.key, body, signature) or 0
        time = int.from_bytes(signature[:8], "big")
        signature_check(self.key, b"cosignature/v1\ntime %d\n" % time + body, signature[8:])
        return time


def checkpoint_open(text, key, witnesses):
    """(size, root, times of the witnesses)."""
    must(key.type == 1 and all(one.type == 4 for one in witnesses), "a log's key, then witnesses'")
    must(len({one.key for one in [key, *witnesses]}) == 1 + len(witnesses), "each key once")
    head, _, lines = text.rpartition("\n\n")
    must(head and lines.endswith("\n") and not re.search("[\0-\x09\x0b-\x1f\x7f]", text), "a note")
    body, signed = (head + "\n").encode(), {}
    for line in lines[:-1].split("\n"):
        must(re.fullmatch("\u2014 [^ +]+ [^ ]+", line), "a line of signatures")
        _, name, blob = line.split(" ")
        blob = decode(blob)
        for one in [key, *witnesses]:
            if one.name == name and one.id == blob[:4]:
                signed[one] = one.check(body, blob[4:])
    must(all(one in signed for one in [key, *witnesses]), "somebody has not signed")
    parts = body.decode().split("\n")
    must(len(parts) >= 4 and parts[0] == key.name, "a checkpoint of this log")
    return number(parts[1]), decode(parts[2]), [signed[one] for one in witnesses]


def climb(index, last, path, nodes):
    """What nodes below become on the way up: each by what is left of it, the newest by the rest."""
    for step in path:
        must(last and len(step) == 32, "the path")
        if index & 1 or index == last:
            nodes = [sha(b"\1", step, node) for node in nodes]
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            nodes = [*nodes[:-1], sha(b"\1", nodes[-1], step)]
        index, last = index >> 1, last >> 1
    must(last == 0, "length of the path")
    return nodes


def consistency_check(first, old, size, root, path):
    """RFC 9162, 2.1.4.2: the tree of `first` leaves is the beginning of this one."""
    index, last = first - 1, size - 1 if first < size else 0
    must(0 < first <= size and (path or first == size), "an earlier size")
    while index & 1:
        index, last = index >> 1, last >> 1
    path = path if first & (first - 1) and first < size else [old, *path]
    must(climb(index, last, path[1:], path[:1] * 2) == [old, root], "an earlier checkpoint")


def tree_root(hashes):
    """Pairs level by level; one that is left over rises as it is."""
    while len(hashes) > 1:
        pairs = [sha(b"\1", *hashes[i:i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(pairs) * 2:]
    return hashes[0] if hashes else sha()


def part(data, at, width):
    """What stands behind its length of so many bytes, and where it ends."""
    start = at + width
    end = start + int.from_bytes(data[at:start], "big")
    must(end <= len(data), "too short")
    return data[start:end], end


def commitments(leaf):
    """(commitment to what was sent, hash of the detail) of an entry of version 2; b"" for none."""
    must(len(leaf) > 24 and leaf[0] == 2, "an entry")
    source, at = part(leaf, 24, 1)
    for _ in range(5):
        _, at = part(leaf, at, 1)
    rest = leaf[at + (32 if leaf[3] else 0) + 16:]
    sent = rest[1:33] if rest[:1] == b"\1" else b""
    is_part = leaf[1] == 2 or (leaf[1] == 4 and source != b"")
    return sent, rest[1 + len(sent) + 20:][:32] if is_part else b""


def parts_of(data, at=0):
    """Each after a 16-bit length."""
    parts = []
    while at < len(data):
        one, at = part(data, at, 2)
        parts.append(one)
    return parts


def receipt_check(text, key, witnesses, payload=None):
    lines, _, note = text.partition("\n\n")
    first, extra, index, *path = [*lines.split("\n"), "", ""]
    must([first, extra[:6], index[:6]] == ["c2sp.org/tlog-proof@v1", "extra ", "index "], "form")
    extra, index, path = decode(extra[6:]), number(index[6:]), [decode(step) for step in path[:-2]]
    leaf, salt, detail, *earlier = parts_of(extra, 1)
    must((extra[0], len(earlier)) in ((2, 0), (3, 2)), "a record of version 2 or 3")
    size, root, times = checkpoint_open(note, key, witnesses)
    must(index < size and climb(index, size - 1, path, [sha(b"\0", leaf)]) == [root], "the path")
    sent, told = commitments(leaf)
    must(not detail or sha(detail) == told, "the detail")
    must(payload is None or sha(salt, payload) == sent, "what was sent")
    if earlier:
        first, old, _ = checkpoint_open(earlier[0].decode(), key, [])
        steps = [earlier[1][i:i + 32] for i in range(0, len(earlier[1]), 32)]
        consistency_check(first, old, size, root, steps)
    return f"{index} of {size}" + (f", which begins as it was at {first}" if earlier else ""), times


def tile_path(level, index, width):
    number = f"x{index // 1000:03}/{index % 1000:03}" if index > 999 else f"{index:03}"
    return f"tile/{level}/{number}" + (f".p/{width}" if width < 256 else "")


def tiles_check(folder, key, witnesses):
    size, root, times = checkpoint_open((folder / "checkpoint").read_text("utf-8"), key, witnesses)
    level, wanted, count, entries = 0, None, size, 0
    while count or level == 0:
        hashes = []
        for index in range((count + 255) // 256):
            width = min(256, count - index * 256)
            data = (folder / tile_path(level, index, width)).read_bytes()
            must(len(data) == width * 32, "width of a tile")
            tile = [data[i:i + 32] for i in range(0, len(data), 32)]
            bundle = folder / tile_path("entries", index, width)
            if level == 0 and bundle.exists():
                leaves = parts_of(bundle.read_bytes())
                must([sha(b"\0", leaf) for leaf in leaves] == tile, "a bundle")
                entries += width
            hashes += tile
        must(wanted is None or hashes == wanted, "a tile above others")
        must(level > 0 or tree_root(hashes) == root, "the root")
        wanted = [tree_root(hashes[i:i + 256]) for i in range(0, count - count % 256, 256)]
        level, count = level + 1, count // 256
    return f"{size} entries, {entries} of them read", times


def main():
    checks = {"receipt": receipt_check, "checkpoint": checkpoint_open, "tiles": tiles_check}
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=checks)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--key", required=True)
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--payload", type=pathlib.Path)
    words = parser.parse_args()
    try:
        key, witnesses = Key(words.key), [Key(text) for text in words.witness]
        given = words.path if words.what == "tiles" else words.path.read_bytes().decode()
        sent = [words.payload.read_bytes()] if words.payload and words.what == "receipt" else []
        told, *_, times = checks[words.what](given, key, witnesses, *sent)
    except (OSError, ValueError) as error:
        sys.exit(f"NOT VERIFIED: {error}")
    seen = "".join(f", seen by {one.name} at {time}" for one, time in zip(witnesses, times))
    print(f"VERIFIED: {words.what} {told}, signed by {key.name}{seen}")


if __name__ == "__main__":
    main()
