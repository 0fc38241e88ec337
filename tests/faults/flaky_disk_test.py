# SPDX-License-Identifier: Apache-2.0
"""A log on a disk that fails writes for a moment and is well again, as ext4 shows it: the flush
fails once, the next would succeed, and what was lost is still in the page cache. The log stops at
the first; the next start finds all that was told, also when the cache is gone, as after a power
cut.

    flaky_disk_test.py PROGRAM    audit_append

nbdkit's error filter, nbdfuse and a loop device make the disk: needs root, and these."""
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROUNDS, BEFORE = 8, 20
TOOLS = ["nbdkit", "nbdfuse", "losetup", "mkfs.ext4", "mount"]
TOLD = re.compile(r"\d+ \d+ [0-9a-f]{64} [0-9a-f]{64}")
STOPPED = 74


class Missing(Exception):
    pass


def done(*words):
    run = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60,
                         check=False)
    if run.returncode != 0:
        raise Missing(f"{words[0]}: {run.stderr.strip()}")
    return run.stdout.strip()


def wait_for(path):
    end = time.monotonic() + 20
    while not path.exists():
        if time.monotonic() > end:
            raise Missing(f"{path.name} does not come")
        time.sleep(0.05)


@contextlib.contextmanager
def disk(folder):
    """Gives where it is mounted, and the file that makes its writes fail while it is there."""
    trigger, place, fuse = folder / "trigger", folder / "disk", folder / "fuse"
    fuse.mkdir()
    place.mkdir()
    with contextlib.ExitStack() as stack:
        server = subprocess.Popen(
            ["nbdkit", "--foreground", "--unix", folder / "socket", "--filter=error", "memory",
             "192M", "error=EIO", "error-pwrite-rate=1", f"error-file={trigger}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.terminate)
        wait_for(folder / "socket")
        bridge = subprocess.Popen(["nbdfuse", fuse, "--unix", folder / "socket"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(bridge.wait)
        stack.callback(subprocess.run, ["umount", fuse], check=False)
        wait_for(fuse / "nbd")
        loop = done("losetup", "--find", "--show", fuse / "nbd")
        stack.callback(subprocess.run, ["losetup", "-d", loop], check=False)
        done("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", loop)
        done("mount", "-o", "errors=continue", loop, place)
        stack.callback(subprocess.run, ["umount", place], check=False)
        yield place, trigger, loop


class Log:
    def __init__(self, program, folder):
        self.program, self.folder, self.told = program, folder, []

    def harmed(self, trigger):
        """Appends until it stops by itself: the disk fails after some."""
        child = subprocess.Popen([self.program, self.folder, "100000000"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        count = 0
        for line in child.stdout:
            if TOLD.fullmatch(line.strip()):
                self.told.append(line.strip())
                count += 1
                if count == BEFORE:
                    trigger.touch()
        trigger.unlink()  # and the disk is well again
        return child.wait(60)

    def look(self, when):
        run = subprocess.run([self.program, self.folder], input="\n".join(self.told) + "\n",
                             capture_output=True, text=True, timeout=120, check=False)
        if run.returncode != 0 or f", of {len(self.told)} told" not in run.stdout:
            sys.exit(f"{when}: {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")


def rounds(program, place, trigger, loop):
    (place / "log").mkdir(mode=0o700)
    log = Log(program, place / "log")
    for number in range(ROUNDS):
        status = log.harmed(trigger)
        if status != STOPPED:
            sys.exit(f"round {number}: it went on, or died: {status}")
        log.look(f"round {number}, cache warm")
        if number % 2 == 1:
            done("umount", place)
            done("mount", "-o", "errors=continue", loop, place)
            log.look(f"round {number}, cache gone")
    return len(log.told)


def main():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)}")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-flaky-"))
    try:
        with disk(folder) as (place, trigger, loop):
            told = rounds(sys.argv[1], place, trigger, loop)
    except Missing as why:
        print(f"skipped: {why}")
        return 77
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{ROUNDS} failed flushes, {told} receipts told, 0 lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
