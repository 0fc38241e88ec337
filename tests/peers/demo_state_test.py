#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo partnership as a whole: up, asked, verified, scanned for names and numbers, down.

Everything lies in a folder of its own; programs are ended by `lockgate demo down` alone.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ["LOCKGATE_BUILD"])
LOCKGATE = BUILD / "tools" / "lockgate" / "lockgate"
ANSWERED = ["police", "housing", "adults-care"]
CANARIES = 500


def lockgate(*words, expect=0):
    done = subprocess.run([LOCKGATE, *map(str, words)], capture_output=True, timeout=120)
    if done.returncode != expect:
        sys.stderr.write(done.stdout.decode() + done.stderr.decode())
        raise AssertionError(f"{words[:2]} ended with {done.returncode}, not {expect}")
    return done.stdout.decode()


def view(state, *more, expect=4, role="social-worker", agency="childrens-care"):
    return lockgate(
        "person", "view", "--config", state / "config" / f"{agency}-cases.yaml",
        "--identity", state / "agencies" / "person-to-try", "--purpose", "child-safeguarding",
        "--basis", "children-act", "--case", "DEMO-1", "--user", "tester", "--role", role,
        "--age", "child", "--no-consent", "would-prejudice", *more, expect=expect)


def states(answer):
    """Agency -> its state, from the lines that begin at the margin."""
    found = {}
    for line in answer.splitlines():
        parts = line.split(None, 1)
        if len(parts) == 2 and line[0] not in " \t":
            found[parts[0]] = parts[1].split(",")[0]
    return found


def check_answer(answer):
    found = states(answer)
    for agency in ANSWERED:
        assert found[agency] == "answered", (agency, found)
    assert found["gp"] == "no answer in time", found
    assert found["voluntary"] == "unavailable", found
    assert found["hub"] == "not permitted", found
    assert found["mh-trust"] == "nothing to show", found
    hub = answer[answer.index("\nhub "):]
    assert "PROHIBITED, clause 11.5" in hub, hub
    assert "identity.name                      Riley EXAMPLE  (fact)" in answer
    assert "incidents.intelligence  " not in answer.replace("held back", "")


def check_receipts(state, receipts):
    key = state / "log.vkey"
    proofs = sorted(receipts.glob("*.proof"))
    assert len(proofs) == 7, proofs
    for proof in proofs:
        out = lockgate("audit", "verify", proof, "--key", key, "--payload",
                       proof.with_suffix(".part"))
        assert "VERIFIED" in out
    part = receipts / "police.part"
    changed = bytearray(part.read_bytes())
    changed[len(changed) // 2] ^= 1
    part.write_bytes(changed)
    out = lockgate("audit", "verify", receipts / "police.proof", "--key", key, "--payload", part,
                   expect=5)
    assert "\nVERIFIED" not in out


def check_no_canary(state):
    canaries = [line.split("\t", 1) for line in
                (state / "agencies" / "canaries").read_text().splitlines()]
    assert len(canaries) == CANARIES, len(canaries)
    looked = 0
    for path in sorted(state.rglob("*")):
        if not path.is_file() or (state / "agencies") in path.parents:
            continue
        looked += 1
        content = path.read_bytes().lower()
        for kind, text in canaries:
            assert text.lower().encode() not in content, f"{kind} in {path.relative_to(state)}"
    assert looked > 50, looked
    # The scan finds what is there.
    kind, text = canaries[0]
    assert text.encode() in (state / "agencies" / "canaries").read_bytes(), kind


def processes(state):
    return [line.split() for line in (state / "processes").read_text().splitlines()]


def is_alive(pid):
    """A process that ended and that nobody has collected yet is not alive."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


def check_second(first, second):
    """Another demo beside the first takes other ports and leaves the first alone."""
    lockgate("demo", "up", "--state", second)
    ports = [(state / "config" / "gateway.yaml").read_text().splitlines()[0]
             for state in (first, second)]
    assert ports[0] != ports[1], ports
    before = processes(first)
    lockgate("demo", "down", "--state", second)
    assert not (second / "processes").exists()
    assert all(is_alive(pid) for _, pid, _ in before)


def check_foreign_folder(folder):
    """A folder that the demo did not make is left as it is."""
    folder.mkdir()
    (folder / "mine").write_text("kept")
    lockgate("demo", "up", "--state", folder, expect=1)
    assert (folder / "mine").read_text() == "kept"
    assert sorted(p.name for p in folder.iterdir()) == ["mine"]


def run(root):
    state = root / "state"
    check_foreign_folder(root / "foreign")
    lockgate("demo", "status", "--state", state, expect=1)
    lockgate("demo", "up", "--state", state)
    try:
        started = processes(state)
        lockgate("demo", "up", "--state", state)
        assert processes(state) == started, "up while it runs started something"
        lockgate("demo", "status", "--state", state)
        check_answer(view(state, "--receipts", root / "receipts"))
        check_receipts(state, root / "receipts")
        # A role that the agreement does not give this agency, and a purpose that it does not have.
        view(state, role="coordinator", expect=1)
        view(state, "--purpose", "crime-prevention", expect=3)
        check_second(state, root / "second")
    finally:
        lockgate("demo", "down", "--state", state)
    assert not any(is_alive(pid) for _, pid, _ in started)
    view(state, expect=6)
    check_no_canary(state)
    # Down and up again: nobody has to be sent again.
    lockgate("demo", "up", "--state", state)
    try:
        sent = (state / "log" / "enrol-police.log").read_text()
        assert " 0 sent " in sent, sent
        check_answer(view(state))
    finally:
        lockgate("demo", "down", "--state", state)


def main():
    root = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-demo-"))
    try:
        run(root)
    finally:
        shutil.rmtree(root)
    print("passed")


main()
