# SPDX-License-Identifier: Apache-2.0
"""The log as anybody of the partnership can copy and check it: `/log/` over plain HTTP/2 with curl,
held by a checker that is not ours; entries for auditors alone; receipts from the command line."""
import base64
import shutil
import subprocess
import sys

import foreign
import grpc
import rig as rigs
import stop_test as stops
import transparency
import world as worlds
from check import equal, true

sys.path.insert(0, str(rigs.SOURCE / "tests" / "vectors"))
import verify  # noqa: E402  (beside the vectors, where it stands alone)

CALLER = "childrens-care"


class Reader:
    def __init__(self, w, party, system):
        leaf = w.rig.leaf(party, system, "client")
        self.address = f"https://localhost:{w.rig.gateway_port}/log/"
        self.words = ["curl", "--silent", "--show-error", "--http2-prior-knowledge", "--max-time",
                      "20", "--cacert", str(w.rig.certs / "ca.pem"), "--cert", f"{leaf}.pem",
                      "--key", f"{leaf}.key"]

    def get(self, path, *words):
        """(status, content type, body)"""
        done = subprocess.run([*self.words, *words, "--write-out", "\n%{http_code} %{content_type}",
                               self.address + path], capture_output=True, check=True, timeout=30)
        body, _, told = done.stdout.rpartition(b"\n")
        status, _, kind = told.decode().partition(" ")
        return int(status), kind, body

    def copy(self, folder, entries):
        """What a mirror does: the checkpoint, then every tile of its size."""
        status, kind, note = self.get("checkpoint")
        equal((status, kind), (200, "text/plain; charset=utf-8"))
        size = int(note.split(b"\n")[1])
        paths, count, level = [], size, 0
        while count:
            for index in range((count + 255) // 256):
                width = min(256, count - index * 256)
                paths.append(verify.tile_path(level, index, width))
                if level == 0 and entries:
                    paths.append(verify.tile_path("entries", index, width))
            count, level = count // 256, level + 1
        rigs.write(folder / "checkpoint", note)
        for path in paths:
            status, kind, body = self.get(path)
            equal((path, status, kind), (path, 200, "application/octet-stream"))
            rigs.write(folder / path, body)
        return size


def fill(w, tokens):
    """More than one whole tile of searches."""
    worlds.together(4, lambda _: [w.find(CALLER, tokens) for _ in range(70)])


def copies(w, tokens):
    key = verify.Key(w.rig.vkey)
    for party, system, entries in (("police", "cases", False), ("hub", "auditor", True)):
        folder = w.folder / f"mirror-{party}"
        size = Reader(w, party, system).copy(folder, entries)
        true(size > 280, size)
        told, _ = verify.tiles_check(folder, key, [])
        equal(told, f"{size} entries, {size if entries else 0} of them read")
    # An older size can be had as long as it is a beginning, and later than its checkpoint.
    reader = Reader(w, "police", "cases")
    equal(reader.get("tile/0/000.p/7")[2], reader.get("tile/0/000")[2][:7 * 32])
    fill(w, tokens)
    equal(Reader(w, "hub", "auditor").get("tile/0/001.p/3")[0], 200)


def doors(w):
    """Who may have what, and what is not there."""
    for party, system in (("police", "cases"), ("police", "officer"), ("hub", "gateway"),
                          ("housing", "connector")):
        status, kind, body = Reader(w, party, system).get("tile/entries/000")
        equal((status, kind), (403, "application/json"))
        true(b"auditors" in body, body)
        equal(Reader(w, party, system).get("tile/0/000")[0], 200)
    auditor = Reader(w, "hub", "auditor")
    equal(auditor.get("tile/entries/000")[0], 200)
    for path in ("", "tile/0/999", "tile/0/0", "tile/3/000", "tile/2/000.p/1", "tile/63/000",
                 "tile/0/x001/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/entries/999",
                 "tile/0/..%2f000", "../segment-0000000000", "tile/0/000?x", "CHECKPOINT"):
        equal((path, auditor.get(path, "--path-as-is")[0]), (path, 404))
    equal(auditor.get("checkpoint", "--request", "DELETE")[0], 405)
    equal(auditor.get("checkpoint", "--data", "x", "--request", "GET")[0], 400)
    # An auditor asks nothing of anybody.
    request = w.pb["subjects"].FindRequest(request_id=rigs.request_id(),
                                           ground=w.ground(CALLER), age_class=1)
    try:
        w.call("subjects", "Find", "hub", request, system="auditor")
    except Exception as error:  # pylint: disable=broad-except
        true(error.code().name in ("PERMISSION_DENIED", "INVALID_ARGUMENT"), error)
    else:
        raise AssertionError("an auditor may ask")


def looks(w, auditor):
    """Positions of the entries that say that somebody reads entries; read as an auditor does."""
    size, found, at = w.checkpoint()[0], [], 0
    for first in range(0, size, 256):
        path = verify.tile_path("entries", first // 256, min(256, size - first))
        status, _, body = auditor.get(path)
        equal((path, status), (path, 200))
        while body:
            width = int.from_bytes(body[:2], "big")
            entry = transparency.entry_read(body[2:2 + width])
            if entry.reason == "LOG_ENTRIES":
                equal((entry.kind, entry.requesting_agency), ("SEARCH", "hub"))
                found.append(at)
            body, at = body[2 + width:], at + 1
    equal(at, size)
    return found


def looked(w):
    """Who reads entries stands in the log before the first is shown, once for a minute of them."""
    auditor = Reader(w, "hub", "auditor")
    before = looks(w, auditor)
    true(1 <= len(before) <= 2, f"{len(before)} looks for some dozens of bundles")
    equal(looks(w, auditor), before)
    w.rig.stop("gateway")
    w.rig.start_gateway()
    w.channels.clear()
    w.sources_await()
    equal(auditor.get("tile/entries/000")[0], 200)
    after = looks(w, auditor)
    equal((after[:len(before)], len(after)), (before, len(before) + 1))


def stopped(w):
    """An auditor who was stopped reads no entries, and sees as much as anybody else."""
    auditor = Reader(w, "hub", "auditor")
    which = stops.scope(w, agency="hub", system="auditor")
    stops.change(w, "Stop", which, party="hub")
    status, kind, _ = auditor.get("tile/entries/000")
    equal((status, kind), (403, "application/json"))
    equal(auditor.get("tile/0/000")[0], 200)
    stops.change(w, "Resume", which, party="hub")
    equal(auditor.get("tile/entries/000")[0], 200)


def later(w, run, index, ground, path):
    """The same receipt again, with what leads from the first one to it; and the edges of that."""
    key, again = w.folder / "log.vkey", w.folder / "again.tlog-proof"
    first = int(path.read_text("utf-8").split("\n\n")[1].split("\n")[1])
    done = run("audit", "proof", index, *ground, "--held", path)
    equal((done.returncode, done.stderr), (0, b""))
    rigs.write(again, done.stdout)
    told, _ = verify.receipt_check(done.stdout.decode(), verify.Key(w.rig.vkey), [])
    true(told.endswith(f", which begins as it was at {first}"), told)
    done = run("audit", "verify", again, "--key", key)
    true(done.returncode == 0 and f"was at size {first}\n".encode() in done.stdout, done.stdout)
    done = run("audit", "verify", again, "--key", key, "--html")
    true(f"was at {first} entries".encode() in done.stdout, done.stdout)
    # A log that was another at that size: the holder's root is not the one that is led from.
    other = w.folder / "other.tlog-proof"
    lines = path.read_text("utf-8").split("\n")
    root = lines.index("", 3) + 3
    lines[root] = ("B" if lines[root][0] == "A" else "A") + lines[root][1:]
    rigs.write(other, "\n".join(lines).encode())
    done = run("audit", "proof", index, *ground, "--held", other)
    equal((done.returncode, done.stdout), (5, b""))
    true(b"another than it was" in done.stderr, done.stderr)
    # A receipt of another entry is not asked with.
    size = w.checkpoint()[0]
    equal(run("audit", "proof", index + 1, *ground, "--held", path).returncode, 1)
    equal(w.checkpoint()[0], size)
    held_sizes(w, index)


def held_sizes(w, index):
    """Sizes that hold the entry and are in the log; all others are refused, whosever it is."""
    pb = w.pb["audit"]

    def get(held, which=index):
        return w.call("audit", "Get", CALLER, pb.AuditGetRequest(
            ground=w.ground(CALLER, role="reviewer"), index=which, held_size=held),
            system="officer")

    size = w.checkpoint()[0]
    for held in (index + 1, size):
        reply = get(held)
        own, root = transparency.checkpoint_open(reply.checkpoint.note, w.rig.vkey)
        proof = w.call("audit", "Prove", CALLER, pb.ProveRequest(index=0, size=held))
        verify.consistency_check(held, proof.root, own, root, list(reply.consistency))
        equal(reply.held_size, held)
    reply = get(0)
    equal((reply.held_size, len(reply.consistency)), (0, 0))
    for which in (index, 0):
        for held in (which, size + 1000, 2 ** 64 - 1):
            if held > 0:
                try:
                    get(held, which)
                    true(False, f"{held} of {which} is answered")
                except grpc.RpcError as error:
                    equal(error.code(), grpc.StatusCode.OUT_OF_RANGE)
    reply = get(1, 0)
    equal((reply.verdict.code, reply.held_size, len(reply.consistency)), ("NOT_YOUR_ENTRY", 0, 0))


def receipt(w):
    """`lockgate audit proof`, checked by ours, by the other one, and as a page."""
    config = w.folder / "officer.yaml"
    leaf = w.rig.leaf(CALLER, "officer", "client")
    rigs.write(config, f"tls-client:\n  certificate: {leaf}.pem\n  key: {leaf}.key\n"
               f"  anchors: {w.rig.certs / 'ca.pem'}\n  crl: {w.rig.certs / 'crl.pem'}\n"
               f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n  dns: localhost\n"
               f"  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\n")
    tool = str(rigs.Rig.program("lockgate"))
    ground = ["--config", config, "--purpose", "child-safeguarding", "--basis", "children-act",
              "--user", "ab12", "--role", "reviewer", "--case", "C-17"]

    def run(*words):
        return subprocess.run([tool, *map(str, words)], capture_output=True, timeout=60,
                              check=False)

    index = w.checkpoint()[0] - 3
    done = run("audit", "proof", index, *ground)
    equal((done.returncode, done.stderr), (0, b""))
    path = w.folder / "entry.tlog-proof"
    rigs.write(path, done.stdout)
    told, _ = verify.receipt_check(done.stdout.decode(), verify.Key(w.rig.vkey), [])
    true(told.startswith(f"{index} of "), told)
    done = run("audit", "verify", path, "--key", w.folder / "log.vkey")
    equal(done.returncode, 0)
    true(b"entry      search" in done.stdout and done.stdout.endswith(b"VERIFIED\n"), done.stdout)
    done = run("audit", "verify", path, "--key", w.folder / "log.vkey", "--html")
    true(done.returncode == 0 and b"<dd>search</dd>" in done.stdout, done.stdout)
    later(w, run, index, ground, path)
    # Of another agency's entry there is none: NODE_EPOCH is nobody's.
    done = run("audit", "proof", 0, *ground)
    equal((done.returncode, done.stdout), (3, b""))
    true(b"NOT_YOUR_ENTRY" in done.stderr, done.stderr)
    equal(run("audit", "proof", "x", *ground).returncode, 2)
    equal(run("audit", "proof", 10 ** 6, *ground).returncode, 1)


def consistency(w, tokens):
    """The log begins with what it was, also as an outsider's command line finds it."""
    tool, config = str(rigs.Rig.program("lockgate")), w.folder / "officer.yaml"
    vkey, early = w.folder / "log.vkey", w.folder / "entry.tlog-proof"

    def run(path, key=vkey):
        done = subprocess.run([tool, "audit", "consistency", path, "--key", key, "--config",
                               config], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    note = Reader(w, "police", "cases").get("checkpoint")[2]
    rigs.write(w.folder / "checkpoint.early", note)
    w.find(CALLER, tokens)
    for path in (early, w.folder / "checkpoint.early"):
        code, out, err = run(path)
        equal((code, err), (0, ""))
        true(out.startswith("earlier    size ") and out.endswith("VERIFIED\n"), out)
    # Another root of that size, signed by the log itself: two histories.
    size = note.decode().split("\n")[1]
    body = f"{w.rig.origin}\n{size}\n{'A' * 43}=\n"
    for body, part in ((body, "another than it was"),
                       (body.replace(f"\n{size}\n", f"\n{int(size) + 1000}\n"), "shorter")):
        signed = bytes.fromhex(w.rig.vkey.split("+")[1]) + w.rig.log_key.sign(
            body.encode()).signature
        rigs.write(w.folder / "fork", f"{body}\n\u2014 {w.rig.origin} "
                   f"{base64.b64encode(signed).decode()}\n")
        code, out, err = run(w.folder / "fork")
        equal((code, out), (5, ""))
        true("NOT VERIFIED" in err and part in err, err)
    rigs.write(w.folder / "fork", body)
    equal(run(w.folder / "fork")[0], 5)
    equal(run(early, w.folder / "fork")[0], 1)


def main():
    with foreign.world() as w:
        tokens = w.blind(worlds.people(1))[0]
        fill(w, tokens)
        copies(w, tokens)
        doors(w)
        stopped(w)
        receipt(w)
        consistency(w, tokens)
        looked(w)
    print("a mirror of the log holds, entries are for auditors, receipts come as text and page")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("skipped: curl")
        sys.exit(77)
    sys.exit(worlds.run(main))
