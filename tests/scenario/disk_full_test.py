# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, as a file system of its own. Below the reserve no question is asked and
nobody is looked up; refusals go on into the log, with their receipts. With room again, all goes on
by itself; a gateway that is killed meanwhile starts on the full disk. Needs root, to mount."""
import pathlib
import signal
import subprocess
import sys
import tempfile

import grpc

import journal as journals
import transparency as tlog
import world as worlds
from check import equal, true

CARE = "childrens-care"
# One segment of the journal and one of its two spares are 64 MiB each; a third is too much.
FULL, ROOMY = "size=140m", "size=300m"


def mounted(disk):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"{FULL},mode=0700", "none", disk],
                          capture_output=True, check=False)
    return done.returncode == 0


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def refused(w, tokens):
    """A refusal by the agreement: no such purpose. Its entry, by its receipt."""
    reply = w.ask(CARE, w.person_ref(tokens), sources=["police"], purpose="no-such-purpose")
    equal(len(reply.parts), 0)
    tlog.receipt_check(reply.refusal_receipt, reply.checkpoint.note, w.rig.vkey)
    return reply.refusal_receipt


def full(w, tokens, disk):
    def is_low():
        return code_of(lambda: w.find(CARE, tokens)) == grpc.StatusCode.UNAVAILABLE
    true(worlds.wait_until(is_low, 20, 0.2), "look-ups go on below the reserve")
    receipts = [refused(w, tokens) for _ in range(20)]
    equal(code_of(lambda: w.find(CARE, tokens)), grpc.StatusCode.UNAVAILABLE)
    w.rig.stop("gateway", signal.SIGKILL)
    w.rig.start_gateway()
    receipts += [refused(w, tokens) for _ in range(5)]
    true('"event":"audit.reserve","detail":"whole=no"' in (w.folder / "gateway.log").read_text(),
         "somebody is told")
    subprocess.run(["mount", "-o", f"remount,{ROOMY}", disk], check=True)
    true(worlds.wait_until(lambda: not is_low(), 40, 0.5), "with room again it goes on")
    return receipts


def told_take_out(w):
    """What this test is about is no fault of the gateway."""
    path = w.folder / "gateway.log"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if '"whole=no"' not in line))


def partnership(disk):
    w = worlds.World(limits=worlds.SHORT, hosts=["police"])
    state = w.folder / "gateway-state"
    state.mkdir(mode=0o700)
    (state / "log").symlink_to(disk)
    with w:
        tokens = w.blind(worlds.people(1))[0]
        receipts = full(w, tokens, disk)
        w.find(CARE, tokens)
        w.rig.stop("gateway")
        told_take_out(w)
        leaves = journals.Journal(disk).leaves
        for receipt in receipts:
            equal(leaves[receipt.index], receipt.leaf)
        print(f"{len(receipts)} refusals in the log of a full disk, {len(leaves)} entries")


def main():
    disk = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-full-"))
    if not mounted(disk):
        disk.rmdir()
        print("skipped: a file system cannot be mounted here")
        sys.exit(77)
    try:
        partnership(disk)
    finally:
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()


if __name__ == "__main__":
    sys.exit(worlds.run(main))
