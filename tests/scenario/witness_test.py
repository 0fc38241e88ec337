# SPDX-License-Identifier: Apache-2.0
"""Witnesses as programs. A gateway's log is cosigned, its receipts carry it, a witness that is away
changes nothing, and yesterday's copy of the log, or none, does not start: nor does it leave a trace
with a witness that lags, so that the newest copy starts again. A witness that is killed at any
call of a request has forgotten nothing that it signed."""
import hashlib
import base64
import re
import shutil
import subprocess
import sys
import time

import nacl.signing

import journal as journals
import rig as rigs
import world as worlds
from check import equal, true

sys.path.insert(0, str(rigs.SOURCE / "tests" / "vectors"))
import verify  # noqa: E402  (beside the vectors, where it stands alone)

CALLER = "childrens-care"


def vkey_of(name, key):
    typed = b"\x01" + bytes(key.verify_key)
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(typed).decode()}"


class Witness:
    """A program of its own, with the certificate of a system of `party`."""

    def __init__(self, rig, party, logs):
        self.rig, self.party = rig, party
        self.label = f"witness-{party}"
        self.folder = rig.folder / self.label
        self.port = rigs.free_port()
        (self.folder / "state").mkdir(parents=True, mode=0o700)
        rigs.write(self.folder / "witness.yaml", f"listen: 127.0.0.1:{self.port}\ntls-server:\n"
                   + rig.tls(party, "witness", "server")
                   + f"name: {party}.example/witness\nkey: witness.key\nstate: state\nlogs:\n"
                   + "".join(f"  - {log}\n" for log in logs))
        self.vkey = subprocess.run([self.program(), "--vkey", self.folder / "witness.yaml"],
                                   check=True, capture_output=True, text=True).stdout.strip()

    @staticmethod
    def program():
        return str(rigs.Rig.program("lockgate-witness"))

    def start(self):
        self.rig.start(self.label, "lockgate-witness", self.folder / "witness.yaml")
        self.rig.await_port(self.port, self.label)

    def stop(self):
        equal(self.rig.stop(self.label), 0)

    def lines(self):
        return (f"  - address: 127.0.0.1:{self.port}\n    dns: localhost\n"
                f"    uri: lockgate://{rigs.PARTNERSHIP}/{self.party}/witness\n"
                f"    key: {self.vkey}\n")


def curl(rig, port, path, *words, data=None):
    """(status, body), or None where the other side broke off."""
    leaf = rig.leaf("police", "cases", "client")
    done = subprocess.run(
        ["curl", "--silent", "--http2-prior-knowledge", "--max-time", "20", "--cacert",
         str(rig.certs / "ca.pem"), "--cert", f"{leaf}.pem", "--key", f"{leaf}.key", *words,
         "--write-out", "\n%{http_code}", f"https://localhost:{port}{path}"],
        input=data, capture_output=True, timeout=30, check=False)
    body, _, status = done.stdout.rpartition(b"\n")
    return (int(status), body) if done.returncode == 0 else None


# ---- A gateway and its witnesses ----------------------------------------------------------------


def checkpoint(w, witnesses):
    """The one under /log/, which all of these have seen; its size."""
    status, note = curl(w.rig, w.rig.gateway_port, "/log/checkpoint")
    equal(status, 200)
    size, _, times = verify.checkpoint_open(note.decode(), verify.Key(w.rig.vkey),
                                            [verify.Key(one.vkey) for one in witnesses])
    true(all(abs(then - time.time()) < 60 for then in times), times)
    return size


def checkpoint_await(w, witnesses):
    """The size of the first one shown that all of these have seen."""
    def is_seen():
        try:
            return checkpoint(w, witnesses) > 0
        except ValueError:
            return False
    true(worlds.wait_until(is_seen, 15, 0.2), "not seen by all of them")
    return checkpoint(w, witnesses)


def receipt(w, witnesses):
    """Of an early entry, with what the witnesses signed, by the command line."""
    config = w.folder / "officer.yaml"
    leaf = w.rig.leaf(CALLER, "officer", "client")
    rigs.write(config, f"tls-client:\n  certificate: {leaf}.pem\n  key: {leaf}.key\n"
               f"  anchors: {w.rig.certs / 'ca.pem'}\n  crl: {w.rig.certs / 'crl.pem'}\n"
               f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n  dns: localhost\n"
               f"  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\n")
    tool = str(rigs.Rig.program("lockgate"))
    words = ["--purpose", "child-safeguarding", "--basis", "children-act", "--user", "ab12",
             "--role", "reviewer"]
    found = None
    for index in range(checkpoint(w, witnesses)):
        done = subprocess.run([tool, "audit", "proof", str(index), "--config", config, *words],
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0:
            found = done.stdout
            break
    true(found is not None, "an entry of our own under the cosigned checkpoint")
    path = w.folder / "early.tlog-proof"
    rigs.write(path, found)
    rigs.write(w.folder / "witnesses", "".join(one.vkey + "\n" for one in witnesses))
    done = subprocess.run([tool, "audit", "verify", path, "--key", w.folder / "log.vkey",
                           "--witness", w.folder / "witnesses"], capture_output=True, text=True,
                          timeout=60, check=False)
    equal((done.returncode, done.stderr), (0, ""))
    equal(done.stdout.count("witness    seen by "), len(witnesses))
    verify.receipt_check(found, verify.Key(w.rig.vkey),
                         [verify.Key(one.vkey) for one in witnesses])


def gateway_refuses(w, part):
    """A start that ends by itself, with this in its last words."""
    program = str(rigs.Rig.program("lockgated"))
    done = subprocess.run([program, str(w.folder / "gateway.yaml")], capture_output=True, text=True,
                          timeout=60, check=False)
    equal(done.returncode, 1)
    true(part in done.stderr.splitlines()[-1], done.stderr)


def partnership():
    w = worlds.World(limits=worlds.SHORT, hosts=["police"])
    witnesses = [Witness(w.rig, party, [w.rig.vkey]) for party in ("police", "voluntary")]
    with open(w.folder / "gateway.yaml", "a", encoding="utf-8") as config:
        config.write("witnesses:\n" + "".join(one.lines() for one in witnesses))
    for one in witnesses:
        one.start()
    (w.folder / "none").mkdir(mode=0o700)
    w.rig.start_gateway()
    first = checkpoint_await(w, witnesses)
    w.rig.stop("gateway")
    shutil.copytree(w.folder / "gateway-state", w.folder / "yesterday")
    with w:
        tokens = w.blind(worlds.people(1))[0]
        w.find(CALLER, tokens)
        true(worlds.wait_until(lambda: checkpoint(w, witnesses) > first + 1, 15, 0.5),
             "the next round")
        receipt(w, witnesses)
        witnesses[1].stop()
        w.find(CALLER, tokens)
        w.rig.stop("gateway")
        w.rig.start_gateway()  # with one witness away
        equal(curl(w.rig, w.rig.gateway_port, "/log/checkpoint")[0], 200)
        true(worlds.wait_until(lambda: checkpoint(w, witnesses[:1]) > first + 2, 15, 0.5),
             "seen by the one that is left")
        w.rig.stop("gateway")
        put_back(w, witnesses)
        stands_alone(w, witnesses)


def folder_put(w, name):
    shutil.rmtree(w.folder / "gateway-state")
    shutil.copytree(w.folder / name, w.folder / "gateway-state")


def put_back(w, witnesses):
    """Older copies are refused by the witness that has seen more, before the one that lags is shown
    anything that the newest copy does not have: so the newest copy starts again."""
    log = w.folder / "gateway-state" / "log"
    shutil.copytree(w.folder / "gateway-state", w.folder / "newest")
    witnesses[1].start()
    folder_put(w, "yesterday")
    gateway_refuses(w, "a witness knows more of the audit log")
    equal((log / "frozen").read_text(), "larger-size")
    gateway_refuses(w, "remove the file `frozen`")  # nobody has looked yet
    folder_put(w, "none")
    gateway_refuses(w, "a witness knows more of the audit log")
    folder_put(w, "newest")
    shutil.rmtree(log)  # the log is lost, high-water file and all, beside a store that is not
    gateway_refuses(w, "but the store has applied")
    folder_put(w, "newest")
    before = journals.Journal(log).tree.size
    w.rig.start_gateway()
    # The first one shown may be of the start, before anything was added; and whoever is slow in the
    # hurried round behind it is asked again in the next, LIMIT_WITNESS_ROUND_MS later.
    true(worlds.wait_until(lambda: checkpoint_await(w, witnesses) > before, 15, 0.1),
         "both have seen the newest copy go on")
    w.rig.stop("gateway")


def stands_alone(w, witnesses):
    """Nobody can be asked: the gateway starts and says what nobody has checked."""
    for one in witnesses:
        one.stop()
    w.rig.start_gateway()
    said = (w.folder / "gateway.log").read_text()
    true('node.witnesses","detail":"asked=2 cosigned=2"' in said, "asked before")
    true('"detail":"asked=2 cosigned=0 unchecked=whether-an-older-copy' in said, said[-2000:])
    w.rig.stop("gateway")


# ---- A witness that is killed -------------------------------------------------------------------


def split(count):
    return 1 << (count - 1).bit_length() - 1


def root(leaves):
    if not leaves:
        return verify.sha()
    if len(leaves) == 1:
        return verify.sha(b"\0", leaves[0])
    k = split(len(leaves))
    return verify.sha(b"\1", root(leaves[:k]), root(leaves[k:]))


def consistency(size, leaves, is_whole=True):
    """RFC 6962, section 2.1.2."""
    if size == len(leaves):
        return [] if is_whole else [root(leaves)]
    k = split(len(leaves))
    if size <= k:
        return consistency(size, leaves[:k], is_whole) + [root(leaves[k:])]
    return consistency(size - k, leaves[k:], False) + [root(leaves[:k])]


class Log:
    """A log in a few lines, which asks to be witnessed."""

    def __init__(self):
        self.key, self.name = nacl.signing.SigningKey.generate(), "kill.example/log"
        self.vkey = vkey_of(self.name, self.key)
        self.leaves = [bytes([i]) for i in range(64)]

    def request(self, old, size):
        leaves = self.leaves[:size]
        proof = consistency(old, leaves) if old else []
        body = f"{self.name}\n{size}\n{base64.b64encode(root(leaves)).decode()}\n"
        signed = bytes.fromhex(self.vkey.split("+")[1]) + self.key.sign(body.encode()).signature
        line = f"\u2014 {self.name} {base64.b64encode(signed).decode()}\n"
        return "".join([f"old {old}\n", *(base64.b64encode(step).decode() + "\n" for step in proof),
                        "\n", body, "\n", line]).encode()


def submit(rig, witness, log, old, size):
    return curl(rig, witness.port, "/add-checkpoint", "--data-binary", "@-",
                data=log.request(old, size))


def seen(rig, witness, log):
    """The size that it remembers."""
    status, body = submit(rig, witness, log, 63, 64)
    equal(status, 409)
    return int(body)


def killed(rig):
    """strace kills it on its way into the n-th call of a request, for every n that there is."""
    log = Log()
    witness = Witness(rig, "housing", [log.vkey])
    witness.start()
    equal(submit(rig, witness, log, 0, 1)[0], 200)
    size, told = 1, {"answered": 0, "lost": 0, "kept": 0}
    for call in ("openat", "pwrite64", "fdatasync", "rename", "fsync", "sendto"):
        for n in range(1, 9):
            pid = rig.programs[witness.label].pid
            tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                       f"trace={call}", "-e",
                                       f"inject={call}:signal=KILL:when={n}", "-p", str(pid)],
                                      stderr=subprocess.PIPE)
            traced = worlds.wait_until(lambda: any(
                "TracerPid:\t0" not in (task / "status").read_text()
                for task in worlds.pathlib.Path(f"/proc/{pid}/task").iterdir()), 5)
            if not traced:
                tracer.kill()
                tracer.wait()
                print("skipped: strace cannot attach here")
                witness.stop()
                return
            answer = submit(rig, witness, log, size, size + 1)
            died = worlds.wait_until(lambda: rig.programs[witness.label].poll() is not None, 0.5)
            tracer.terminate()
            tracer.wait()
            if died:
                rig.stop(witness.label)
                witness.start()
            now = seen(rig, witness, log)
            if answer is not None:
                equal((call, n, answer[0], now), (call, n, 200, size + 1))
            told["answered" if answer else "kept" if now > size else "lost"] += 1
            true(now in (size, size + 1), (now, size))
            size = now
            if not died:
                break
            equal(submit(rig, witness, log, size, size)[0], 200)  # and goes on from there
    witness.stop()
    true(min(told.values()) > 0, told)  # before it was durable, between that and the reply, after
    print(f"killed at {sum(told.values())} calls: {told}")


def statuses(rig):
    """What only the network side says."""
    log = Log()
    witness = Witness(rig, "gp", [log.vkey])
    witness.start()

    def ask(path, *words, data=None):
        return curl(rig, witness.port, path, *words, data=data)[0]

    equal(ask("/"), 404)
    equal(ask("/add-checkpoint"), 405)
    equal(ask("/add-checkpoint", "--data-binary", "@-", data=b"x"), 400)
    equal(ask("/add-checkpoint", "--data-binary", "@-", data=b"x" * 200000), 413)
    equal(submit(rig, witness, log, 0, 5)[0], 200)
    status, line = submit(rig, witness, log, 5, 9)
    equal(status, 200)
    body = log.request(0, 9).split(b"\n\n")[1].decode() + "\n"
    found = re.fullmatch("\u2014 gp.example/witness (.+)\n", line.decode())
    verify.Key(witness.vkey).check(body.encode(), verify.decode(found.group(1))[4:])
    witness.stop()


def main():
    partnership()
    folder = worlds.pathlib.Path(worlds.tempfile.mkdtemp(prefix="lockgate-witness-"))
    rig = rigs.Rig(folder, [rigs.Party(name, roles) for name, roles in worlds.ROLES.items()],
                   rigs.SOURCE / "policy/examples/demo.isa.in")
    try:
        statuses(rig)
        if shutil.which("strace") is None:
            print("skipped: strace")
        else:
            killed(rig)
    finally:
        rig.stop_all()
        rig.remove()
    print("cosigned, kept in receipts, refused yesterday's log; nothing signed was forgotten")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("skipped: curl")
        sys.exit(77)
    sys.exit(worlds.run(main))
