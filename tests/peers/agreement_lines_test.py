# SPDX-License-Identifier: Apache-2.0
"""Signature lines of agreements, made and checked by another library (libsodium through PyNaCl).

tests/vectors/agreement/lines.golden holds what this file signs with keys whose seeds are one byte
over and over; the C test reads and writes the same file. Here every line is built from its fields
alone, as gateway/agreement/line.h describes them, and has to come out as it stands there.
"""
import base64
import hashlib
import os
import pathlib
import sys

try:
    import nacl.exceptions
    import nacl.signing
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("LOCKGATE_SOURCE", pathlib.Path(__file__).parents[2]))
GOLDEN = SOURCE / "tests" / "vectors" / "agreement" / "lines.golden"
CONTEXT = b"lockgate agreement 1\n"
REPORT = hashlib.sha256(b"report").hexdigest()
POLICE = ("police", "Information Asset Owner", 1)
TRUST = ("mh-trust", "Caldicott Guardian", 2)
HOUSING = ("housing", "Company Secretary", 3)
LINES = [
    ("sign", POLICE, "2026-03-29T00:59:59Z", REPORT, "-", "-"),
    ("sign", TRUST, "2026-03-29T01:00:00Z", "-", "-", "-"),
    ("refuse", HOUSING, "2026-04-01T12:00:00Z", "-", "-", "Clause 8.5 is wider than agreed"),
    ("suspend", POLICE, "2026-10-25T00:30:00Z", "-", "-", "Breach under investigation"),
    ("resume", POLICE, "2026-10-26T00:30:00Z", "-", "-", "-"),
    ("withdraw", HOUSING, "2026-11-01T09:00:00Z", "-", "2026-12-01", "Merger \u2013 see letter"),
    ("review", POLICE, "2027-02-28T09:00:00Z", "-", "2028-02-28", "-"),
    ("end", POLICE, "2028-02-29T09:00:00Z", "-", "2028-03-01", "Replaced by statute"),
]


def made(act, signer, time, report, day, reason):
    party, office, seed = signer
    key = nacl.signing.SigningKey(bytes([seed]) * 32)
    key_id = hashlib.sha256(bytes(key.verify_key)).digest()[:8].hex()
    text = hashlib.sha256(b"isa 1\n").hexdigest()
    fields = "\t".join([act, "trafford-response", "3", text, report, party, office, key_id, time,
                        day, reason]).encode()
    return fields + b"\t" + base64.b64encode(key.sign(CONTEXT + fields).signature) + b"\n"


def verifies(line, seed):
    fields, signature = line.rstrip(b"\n").rsplit(b"\t", 1)
    try:
        nacl.signing.SigningKey(bytes([seed]) * 32).verify_key.verify(
            CONTEXT + fields, base64.b64decode(signature))
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def main():
    golden = GOLDEN.read_bytes().splitlines(keepends=True)
    assert len(golden) == len(LINES), "one line for each act"
    for line, fields in zip(golden, LINES):
        assert line == made(*fields), line
        assert verifies(line, fields[1][2])
        assert not verifies(line, 9)
        assert not verifies(line.replace(b"\t3\t", b"\t4\t"), fields[1][2])
    print(f"{len(golden)} lines agree")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        GOLDEN.write_bytes(b"".join(made(*fields) for fields in LINES))
    else:
        main()
