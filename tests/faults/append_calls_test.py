# SPDX-License-Identifier: Apache-2.0
"""Harm at every call of a log that opens, appends, makes its spares and closes: strace kills it on
its way into the n-th call of each kind, or lets the call fail, for every n that there is. All on
one log. Whatever becomes of the process, the next start finds all that any of them told, with the
roots that they told.

    append_calls_test.py PROGRAM    audit_append"""
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

KILL = "signal=KILL"
HARM = {
    "openat": [KILL, "error=EMFILE"],
    "flock": [KILL],
    "pread64": [KILL, "error=EIO", "error=EINTR"],
    "pwrite64": [KILL, "error=EIO", "error=ENOSPC", "error=EINTR"],
    "fdatasync": [KILL, "error=EIO", "error=EINTR"],
    "fsync": [KILL, "error=EIO"],
    "ftruncate": [KILL, "error=EIO"],
    "rename": [KILL, "error=EIO"],
    "getdents64": [KILL, "error=EIO"],
}
MOST = 40
LOOK = 4  # harms between two looks: each is a start, and so is what comes next
TOLD = re.compile(r"\d+ \d+ [0-9a-f]{64} [0-9a-f]{64}")


class Log:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.told, self.size = [], 0

    def append(self, *before):
        """(exit status, how many it told)"""
        done = subprocess.run([*before, self.program, self.folder, "1"], capture_output=True,
                              text=True, timeout=60, check=False)
        lines = [line for line in done.stdout.splitlines() if TOLD.fullmatch(line)]
        self.told += lines
        return done.returncode, len(lines)

    def look(self, after):
        done = subprocess.run([self.program, self.folder], input="\n".join(self.told) + "\n",
                              capture_output=True, text=True, timeout=60, check=False)
        size = re.search(r"^size (\d+), of (\d+) told$", done.stdout, re.M)
        if done.returncode != 0 or size is None or int(size.group(2)) != len(self.told):
            sys.exit(f"{after}: the next start: {done.returncode}\n{done.stdout}{done.stderr}")
        if int(size.group(1)) < self.size:
            sys.exit(f"{after}: the log became shorter")
        self.size = int(size.group(1))


def harmed(log, call, harm, n, trace):
    """Whether the harm was done, or the process made no so many calls."""
    status, told = log.append("strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e",
                              f"inject={call}:{harm}:when={n}")
    text = trace.read_text(errors="replace")
    done = "(INJECTED)" in text or "killed by SIGKILL" in text
    if n % LOOK == 0 or not done:
        log.look(f"{call} {n} {harm}, or one of the last {LOOK}")
    return done, status, told


def main():
    if shutil.which("strace") is None:
        print("skipped: strace")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-append-"))
    try:
        (folder / "log").mkdir(mode=0o700)
        log = Log(sys.argv[1], folder / "log")
        if log.append() != (0, 1):
            sys.exit("it does not append")
        log.look("at first")
        ends = collections.Counter()
        for call, harms in HARM.items():
            for harm in harms:
                for n in range(1, MOST):
                    done, status, told = harmed(log, call, harm, n, folder / "trace")
                    if not done:
                        break
                    ends["told" if told else "not told"] += 1
                    ends[f"status {status}"] += 1
                if n == 1:
                    print(f"skipped: strace cannot inject here, or there is no {call}")
                    return 77 if call == "openat" else 1
        print(", ".join(f"{end}: {count}" for end, count in sorted(ends.items())))
        if not ends["told"] or not ends["not told"] or not ends["status 74"]:
            return 1  # it was harmed before it told, and after, and stopped by itself
        print(f"{ends['told'] + ends['not told']} calls harmed; {len(log.told)} receipts told, "
              f"0 lost, in a log of {log.size}")
        return 0
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
