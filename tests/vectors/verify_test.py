# SPDX-License-Identifier: Apache-2.0
"""The checker that is not ours (verify.py) accepts what our log hands out, and refuses each of 500
tampered receipts, checkpoints, cosignatures, tiles and bundles."""
import base64
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import verify

BUILD = pathlib.Path(os.environ["LOCKGATE_BUILD"])
RECEIPTS, TAMPERED = 10, 500


class Evidence:
    def __init__(self, folder):
        self.folder = folder
        subprocess.run([BUILD / "tests/vectors/evidence_make", folder], check=True,
                       stderr=subprocess.DEVNULL)
        self.key = verify.Key((folder / "log.vkey").read_text())
        self.witnesses = [verify.Key((folder / f"witness-{i}.vkey").read_text()) for i in range(2)]
        self.receipts = [(folder / f"receipt-{i}").read_text("utf-8") for i in range(RECEIPTS)]
        self.payloads = [(folder / f"payload-{i}").read_bytes() for i in range(RECEIPTS)]
        self.checkpoint = (folder / "log/checkpoint").read_text("utf-8")
        self.files = sorted(p for p in (folder / "log/tile").rglob("*") if p.is_file())

    def receipt(self, text, payload):
        return verify.receipt_check(text, self.key, self.witnesses, payload)

    def note(self, text):
        return verify.checkpoint_open(text, self.key, self.witnesses)

    def tiles(self):
        return verify.tiles_check(self.folder / "log", self.key, self.witnesses)


def accept(evidence):
    size = evidence.note(evidence.checkpoint)[0]
    for number, (text, payload) in enumerate(zip(evidence.receipts, evidence.payloads)):
        told, times = evidence.receipt(text, payload)
        since = ["", ", which begins as it was at ",
                 f", which begins as it was at {size}"][number % 3]
        assert f" of {size}{since}" in told and times == [1796040000] * 2, told
    assert evidence.tiles()[0] == f"{size} entries, {size} of them read"
    words = [sys.executable, verify.__file__, "receipt", evidence.folder / "receipt-0", "--key",
             (evidence.folder / "log.vkey").read_text(), "--payload",
             evidence.folder / "payload-0"]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("VERIFIED: receipt "), run.stdout
    words[-1] = evidence.folder / "payload-1"
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "NOT VERIFIED" in run.stderr, run


def counted_once(evidence):
    """The log's own signature is no witness's, and none counts twice."""
    first, second = evidence.witnesses
    for witnesses in ([evidence.key], [first, evidence.key], [first, first]):
        assert refused(verify.checkpoint_open, evidence.checkpoint, evidence.key, witnesses)
    assert refused(verify.checkpoint_open, evidence.checkpoint, first, [second])
    assert not refused(verify.checkpoint_open, evidence.checkpoint, evidence.key, [second])


def refused(check, *arguments):
    try:
        check(*arguments)
    except ValueError:
        return True
    return False


# ---- Ways to tamper: each gives another text, or None where it found nothing to change -----------


def flip(chance, data):
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:]


def flip_text(chance, text):
    try:
        return flip(chance, text.encode()).decode()
    except UnicodeDecodeError:
        return None


def flip_inside(chance, text, form="[A-Za-z0-9+/]{40,}=*"):
    """One bit of what a base64 stands for: everything is in order but the bytes."""
    found = list(re.finditer(form, text))
    if not found:
        return None
    found = chance.choice(found)
    data = flip(chance, base64.b64decode(found.group()))
    return text[:found.start()] + base64.b64encode(data).decode() + text[found.end():]


def flip_record(chance, text):
    """The same of leaf, salt and detail, which make up the longest line."""
    return flip_inside(chance, text, "(?<=extra )[A-Za-z0-9+/]+=*")


def spare_bits(chance, text):
    """Another base64 of the same bytes."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    found = chance.choice(list(re.finditer("[A-Za-z0-9+/](?==*\n)(?<=.{20})", text)))
    if text[found.end()] != "=":
        return None
    other = digits[digits.index(found.group()) ^ 1]
    return text[:found.start()] + other + text[found.end():]


def drop_line(chance, text):
    lines = text.split("\n")
    at = chance.randrange(len(lines) - 1)
    return "\n".join(lines[:at] + lines[at + 1:])


def swap_lines(chance, text):
    lines = text.split("\n")
    first, second = sorted(chance.sample(range(len(lines) - 1), 2))
    if lines[first] == lines[second]:
        return None
    lines[first], lines[second] = lines[second], lines[first]
    return "\n".join(lines)


def other_number(chance, text):
    """The index, or the size in the checkpoint."""
    found = chance.choice(list(re.finditer("(?<=\n)(?:index )?([0-9]+)(?=\n)", text)))
    value = int(found.group(1)) + chance.choice([-1, 1, 256, 1000])
    return text[:found.start(1)] + str(value) + text[found.end(1):]


def cut(chance, text):
    return text[:chance.randrange(len(text))]


def more(chance, text):
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(["\n", "A", " ", "0", "\r", "="]) + text[at:]


WAYS = [flip_text, flip_inside, flip_record, spare_bits, drop_line, swap_lines, other_number,
        cut, more]


def signers_swapped(text):
    """Lines of signatures in another order are the same note."""
    head, _, lines = text.rpartition("\n\n")
    return head, sorted(lines.split("\n"))


def tampered_texts(chance, evidence, count):
    """Receipts, with their payloads, and checkpoints with their cosignatures."""
    done = 0
    while done < count:
        number = chance.randrange(RECEIPTS)
        is_receipt = chance.random() < 0.7
        text = evidence.receipts[number] if is_receipt else evidence.checkpoint
        way = chance.choice(WAYS)
        other = way(chance, text)
        if other in (None, text) or signers_swapped(other) == signers_swapped(text):
            continue
        check = ((evidence.receipt, other, evidence.payloads[number]) if is_receipt
                 else (evidence.note, other))
        assert refused(*check), f"{way.__name__} passes:\n{other}"
        done += 1


def tampered_files(chance, evidence, count):
    for _ in range(count):
        path = chance.choice(evidence.files)
        data = path.read_bytes()
        way = chance.choice([flip, lambda c, d: d[:-c.randrange(1, 40)], lambda c, d: d + b"\0",
                             lambda c, d: d[32:64] + d[:32] + d[64:]])
        path.write_bytes(way(chance, data))
        assert refused(evidence.tiles), path
        path.write_bytes(data)
    evidence.tiles()


def strangers(evidence):
    """Right in themselves, and not what they are said to be."""
    for number in range(RECEIPTS):
        other = (number + 1) % RECEIPTS
        assert refused(evidence.receipt, evidence.receipts[number], evidence.payloads[other])
    key = verify.Key.__new__(verify.Key)
    key.__dict__.update(evidence.key.__dict__, key=evidence.witnesses[0].key)
    assert refused(verify.checkpoint_open, evidence.checkpoint, key, [])
    bare = "\n".join(evidence.checkpoint.split("\n")[:5]) + "\n"
    verify.checkpoint_open(bare, evidence.key, [])
    assert refused(evidence.note, bare)
    return RECEIPTS + 2


def earlier_ones():
    """Every pair of sizes of small trees, each with its proof by the recursion of RFC 9162,
    2.1.4.1, and no proof that is longer, shorter or of others."""
    leaves = [verify.sha(bytes([0, i])) for i in range(17)]

    def root(some):
        return verify.tree_root(list(some))

    def proof(first, some, whole=True):
        if first == len(some):
            return [] if whole else [root(some)]
        cut = 1 << (len(some) - 1).bit_length() - 1
        if first <= cut:
            return proof(first, some[:cut], whole) + [root(some[cut:])]
        return proof(first - cut, some[cut:], False) + [root(some[:cut])]

    for size in range(1, len(leaves) + 1):
        for first in range(1, size + 1):
            old, now, path = root(leaves[:first]), root(leaves[:size]), proof(first, leaves[:size])
            verify.consistency_check(first, old, size, now, path)
            wrong = [(first, old, size, now, path + [old]), (0, old, size, now, path),
                     (size + 1, old, size, now, path), (first, verify.sha(old), size, now, path),
                     (first, old, size, verify.sha(now), path)]
            wrong += [(first, old, size, now, path[:-1])] if path else []
            wrong += [(first, old, size, now, [verify.sha(path[0]), *path[1:]])] if path else []
            assert all(refused(verify.consistency_check, *case) for case in wrong), (first, size)


def main():
    seed = int(os.environ.get("LOCKGATE_SEED", "20261130"))
    chance = random.Random(seed)
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        evidence = Evidence(folder)
        accept(evidence)
        counted_once(evidence)
        earlier_ones()
        done = strangers(evidence)
        tampered_files(chance, evidence, 100)
        tampered_texts(chance, evidence, TAMPERED - done - 100)
    finally:
        shutil.rmtree(folder)
    print(f"{RECEIPTS} receipts, a checkpoint, its cosignatures and tiles accepted; "
          f"{TAMPERED} tampered ones refused (seed {seed})")


if __name__ == "__main__":
    main()
