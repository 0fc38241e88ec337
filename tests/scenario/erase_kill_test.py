# SPDX-License-Identifier: Apache-2.0
"""kill -9 on the way into every call that an erasure makes to the disk. After the start either the
proposal still stands and nothing is destroyed, or all of it is, in log, keys and index; and what
was answered is done."""
import shutil
import signal
import subprocess
import sys

import grpc

import journal as journals
import world as worlds
from check import equal, true
from erasing import CARE, PERMIT, decide, explained, listed, propose

CALLS = ("pwrite64", "fdatasync", "ftruncate")
EACH = 80  # at most so many of each call


def is_traced(w, pid):
    """Or dead of it already: threads in the background write now and then."""
    if w.rig.programs["gateway"].poll() is not None:
        return True
    try:
        tasks = list(worlds.pathlib.Path(f"/proc/{pid}/task").iterdir())
        return any("TracerPid:\t0" not in (task / "status").read_text() for task in tasks)
    except (FileNotFoundError, ProcessLookupError):
        return False


def attach(w, call, n):
    """strace, which kills the gateway on its way into the n-th such call of one thread."""
    pid = w.rig.programs["gateway"].pid
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                               "-e", f"inject={call}:signal=KILL:when={n}", "-p", str(pid)],
                              stderr=subprocess.PIPE)
    if worlds.wait_until(lambda: is_traced(w, pid), 5):
        return tracer
    tracer.kill()
    tracer.wait()
    return None


def answered(w, proposal):
    try:
        decide(w, proposal, seconds=5)
        return True
    except grpc.RpcError:
        return False


def restart(w):
    """With new connections: the old ones wait before they try again."""
    for channel in w.channels.values():
        channel.close()
    w.channels.clear()
    w.rig.start_gateway()
    w.sources_await()


def state(w, tokens, proposal, index):
    """True where all is done, False where nothing is; anything between is a fault."""
    stands = any(it[1] == proposal for it in listed(w))
    found = w.find(CARE, tokens).band == 1
    opens = explained(w, index)
    true((stands, found, opens) in ((True, True, PERMIT), (False, False, "ERASED")),
         f"half done: stands {stands}, found {found}, opens {opens}")
    return not stands


def erase_and_kill(w, tokens, call, n, told):
    """Whether it died of it."""
    reply = w.ask(CARE, w.person_ref(tokens), sources=["housing"])
    index = reply.parts[0].receipt.index
    proposal = propose(w, tokens)
    tracer = attach(w, call, n)
    if tracer is None:
        return None
    done = answered(w, proposal)
    died = worlds.wait_until(lambda: w.rig.programs["gateway"].poll() is not None, 0.5)
    tracer.terminate()
    tracer.wait()
    if died:
        equal(w.rig.stop("gateway"), -signal.SIGKILL)
        restart(w)
    now = state(w, tokens, proposal, index)
    true(now or not done, f"{call} {n}: answered and not done")
    if not now:
        decide(w, proposal)  # and goes on from there
        true(state(w, tokens, proposal, index), f"{call} {n}: not done")
    told["answered" if done else "kept" if now else "lost"] += 1
    return died


def main():
    if shutil.which("strace") is None:
        print("skipped: strace")
        return
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(len(CALLS) * EACH)
        tokens = w.blind(people)
        w.enrol("housing", people, tokens, worlds.basic_records("housing"))
        left = iter(tokens)
        told = {"answered": 0, "lost": 0, "kept": 0}
        kills = {}
        for call in CALLS:
            for n in range(1, EACH + 1):
                died = erase_and_kill(w, next(left), call, n, told)
                if died is None:
                    print("skipped: strace cannot attach here")
                    return
                kills[call] = kills.get(call, 0) + (1 if died else 0)
                if not died:
                    break
        true(told["lost"] > 0 and told["kept"] > 0, told)  # before it was durable, and after
        w.rig.stop("gateway")
        log = journals.Journal(w.folder / "gateway-state" / "log")
        equal(sum(e.reason == "KEYS_DESTROYED" for e in log.entries), sum(told.values()))
        print(f"ok: killed {kills}; {told}")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
