# SPDX-License-Identifier: Apache-2.0
"""`lockgate backup` of a gateway at work, and its way back: of today's nothing is missing, and what
was erased stays so, whichever keys lie beside it; yesterday's is refused by the mark that was kept,
and without it by the witness. A backup that was touched or cut off is none, and none opens by
itself."""
import os
import shutil
import subprocess
import sys
import threading
import time

import grpc

import rig as rigs
import witness_test as witnessing
import world as worlds
from check import equal, true
from erasing import CARE, PERMIT, decide, explained, propose

DONE, FAILED, USAGE, NOT_VERIFIED = 0, 1, 2, 5


def tool(*words):
    done = subprocess.run([str(rigs.Rig.program("lockgate")), "backup", *map(str, words)],
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def make(w, name):
    """A backup by name, and where its keys lie."""
    code, out, err = tool("make", "--config", w.folder / "gateway.yaml", "--to", w.folder / name,
                          "--keys-to", w.folder / "keys")
    equal(code, DONE, err)
    keys = next(line.split()[3].rstrip(";") for line in out.splitlines() if "Keys apart" in line)
    equal(tool("check", w.folder / name)[0], DONE)
    return w.folder / name, worlds.pathlib.Path(keys)


def load(w, tokens, over, answered):
    turn = 0
    while not over.is_set():
        try:
            reply = w.ask(CARE, w.person_ref(tokens[turn % len(tokens)]), sources=["housing"])
            answered.append(reply.parts[0].receipt.index)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
        turn += 1


def under_load(w, tokens, name):
    """Made while people ask: nothing that was answered before it is missing from it."""
    over, answered = threading.Event(), []
    thread = threading.Thread(target=load, args=(w, tokens, over, answered))
    thread.start()
    try:
        true(worlds.wait_until(lambda: len(answered) > 10, 30), "no answers")
        before = list(answered)
        made = make(w, name)
    finally:
        over.set()
        thread.join()
    return made, before


def state_clear(w, but=()):
    """What a lost disk leaves: the root key, kept apart, and perhaps the log's mark."""
    state = w.folder / "gateway-state"
    kept = {name: (state / name).read_bytes() for name in ("root.key", *but)}
    shutil.rmtree(state)
    for name, data in kept.items():
        (state / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        rigs.write(state / name, data, 0o600)
    state.chmod(0o700)


def restore(w, folder, keys):
    code, out, err = tool("restore", "--config", w.folder / "gateway.yaml", "--from", folder,
                          "--keys", keys)
    equal(code, DONE, err)
    true("frozen" in out, out)


def start(w):
    for channel in w.channels.values():
        channel.close()
    w.channels.clear()
    w.rig.start_gateway()
    w.sources_await()


def wrong(w, folder, keys):
    """Touched, cut off, or put where something is."""
    config = w.folder / "gateway.yaml"
    keys_to = ["--keys-to", w.folder / "keys"]
    equal(tool("make", "--config", config, "--to", folder, *keys_to)[0], FAILED)
    equal(tool("make", "--config", config, "--to", w.folder / "new")[0], USAGE)
    equal(tool("make", "--config", config, "--to", w.folder / "new", *keys_to, "--keys-days",
               "0")[0], USAGE)
    code, _, err = tool("restore", "--config", config, "--from", folder, "--keys", keys)
    true(code == FAILED and "not empty" in err, err)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1 if data else 1])
                         + data[middle + 1:])
        code, _, err = tool("check", folder)
        equal(code, NOT_VERIFIED, f"{path.name}: {err}")
        path.write_bytes(data)
    contents = folder / "CONTENTS"
    whole = contents.read_text()
    for part in (whole[:whole.rindex("end ")], whole + "file x\n", "",
                 whole.replace(" 1\n", " 2\n", 1), whole.replace("store/", "../store/", 1)):
        contents.write_text(part)
        equal(tool("check", folder)[0], NOT_VERIFIED, part[-40:])
    contents.unlink()
    code, _, err = tool("check", folder)
    true(code == NOT_VERIFIED and "never finished" in err, err)
    contents.write_text(whole)
    equal(tool("check", folder)[0], DONE)


def nothing_opens(w, folder):
    """No key of the gateway is in it, in any file."""
    secrets = [(w.folder / "gateway-state" / "root.key").read_bytes(),
               (w.folder / "log.key").read_bytes(), (w.folder / "index.key").read_bytes()]
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            true(not any(secret in data for secret in secrets), f"{path.name} has a key")
    true(not list(folder.rglob("keys*.db")), "the keys of entries are to be apart")


def old_keys_go(w):
    """After their days, by their names; what else lies there stays."""
    keys = w.folder / "keys"
    for days in (29, 31):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - days * 86400))
        (keys / f"keys-{stamp}.db").write_bytes(b"x")
        last = keys / f"keys-{stamp}.db"
    (keys / "notes").write_text("mine")
    make(w, "third")
    true(not last.exists() and (keys / "notes").exists(), "which were thrown away")
    equal(len(list(keys.glob("keys-*.db"))), 4)  # of three backups, and the one of 29 days


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        witness = witnessing.Witness(w.rig, "police", [w.rig.vkey])
        witness.start()
        people = worlds.people(3)
        tokens = w.blind(people)
        w.enrol("housing", people, tokens, worlds.basic_records("housing"))
        yesterday, before = under_load(w, tokens, "yesterday")
        nothing_opens(w, yesterday[0])
        wrong(w, *yesterday)
        gone = before[0]
        equal(explained(w, gone), PERMIT)
        decide(w, propose(w, tokens[0]))
        last = w.ask(CARE, w.person_ref(tokens[1]), sources=["housing"]).parts[0].receipt.index
        time.sleep(1.1)  # names of keys tell seconds
        today = make(w, "today")
        # Today's: all is there. Yesterday's keys beside it bring nothing back.
        for keys in (today[1], yesterday[1]):
            w.rig.stop("gateway")
            state_clear(w)
            restore(w, today[0], keys)
            start(w)
            equal((explained(w, last), explained(w, gone)), (PERMIT, "ERASED"))
            equal(w.find(CARE, tokens[0]).band, 2)
        for index in before:
            true(explained(w, index) in (PERMIT, "ERASED"), index)
        w.rig.stop("gateway")
        with open(w.folder / "gateway.yaml", "a", encoding="utf-8") as config:
            config.write("witnesses:\n" + witness.lines())
        start(w)
        true(worlds.wait_until(lambda: witnessing.checkpoint(w, [witness]) > last, 15, 0.5), "seen")
        time.sleep(1.1)
        old_keys_go(w)
        w.rig.stop("gateway")
        # Yesterday's, by the mark that outlived the disk.
        state_clear(w, but=["log/high-water"])
        restore(w, *yesterday)
        witnessing.gateway_refuses(w, "an older copy")
        # And without it by the witness.
        state_clear(w)
        restore(w, *yesterday)
        witnessing.gateway_refuses(w, "a witness knows more of the audit log")
        witness.stop()
        print(f"ok: backed up under load, {len(os.listdir(today[0] / 'log'))} files of the log")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("skipped: curl")
        sys.exit(77)
    sys.exit(worlds.run(main))
