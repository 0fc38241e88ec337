# SPDX-License-Identifier: Apache-2.0
"""What becomes of a log whose kernel moves a few bytes a call, that may open few files, whose
folder is read-only, and whose folder is taken away while it runs. Nothing that it told is lost:
where the files are gone, it told nothing of them and stopped.

    folder_test.py PROGRAM LIBRARY    audit_append, short_calls"""
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import append_calls_test as appends

STOPPED, MOST_FILES = 74, 40


def must(holds, what):
    if not holds:
        sys.exit(what)


class Log(appends.Log):
    def run(self, count=1, files=None, **environment):
        """(exit status, how many it told, what it said)"""
        def limit():
            if files is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        done = subprocess.run([self.program, self.folder, str(count)], capture_output=True,
                              text=True, timeout=120, check=False, preexec_fn=limit,
                              env={**os.environ, **environment})
        lines = [line for line in done.stdout.splitlines() if appends.TOLD.fullmatch(line)]
        self.told += lines
        return done.returncode, len(lines), done.stderr


def short_calls(log, library):
    """Whole as ever, if slower; and a write that ends in its middle ends the process."""
    must(log.run(3, LD_PRELOAD=library)[:2] == (0, 3), "it does not append in small pieces")
    log.look("small pieces")
    stopped = 0
    for n in range(1, 60):
        status, told, _ = log.run(1, LD_PRELOAD=library, LOCKGATE_SHORT_FAIL=str(n))
        stopped += status != 0
        must(told <= (1 if status == 0 else 0) or status == STOPPED, f"write {n}: {status} {told}")
        if n % appends.LOOK == 0:
            log.look(f"cut off in write {n}, or one of the last {appends.LOOK}")
    must(stopped > 10, f"only {stopped} writes that were cut off stopped it")
    return stopped


def few_files(log):
    """From none to enough: it appends, or says so and has told nothing."""
    good = 0
    for files in range(4, MOST_FILES):
        status, told, _ = log.run(1, files=files)
        must(told == (1 if status == 0 else 0), f"{files} files: {status}, {told} told")
        must(status == 0 or good == 0, f"{files} files are too few, and fewer were not")
        good += status == 0
    must(0 < good < MOST_FILES - 4, f"{good} of the limits are enough")
    log.look("few files")


def read_only(program):
    """As a file system of its own. True where one can be mounted."""
    disk = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-read-only-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m,mode=0700", "none", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        disk.rmdir()
        return False
    try:
        log = Log(program, disk)
        must(log.run(2)[:2] == (0, 2), "it does not append on its own file system")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for _ in range(3):
            status, told, said = log.run()
            must(status != 0 and told == 0, f"on a read-only folder: {status}, {told} told")
            must("has to exist and be writable" in said, said or status)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        log.look("read-only")
        must(log.run(2)[:2] == (0, 2), "it does not go on when it may write again")
        log.look("writable again")
    finally:
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()
    return True


def taken_away(program, folder):
    """While it appends: its next flush finds the file without a name, and it stops."""
    folder.mkdir(mode=0o700)
    running = subprocess.Popen([program, folder, "100000000"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    told = 0
    while told < 50:
        line = running.stdout.readline()
        must(line, "it does not append")
        told += appends.TOLD.fullmatch(line.strip()) is not None
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists():  # a spare came in between
        shutil.rmtree(folder, ignore_errors=True)
    gone = time.monotonic()
    while running.stdout.readline():
        must(time.monotonic() - gone < 30, "it goes on telling of a log that nobody has")
    must(running.wait(30) == STOPPED, f"it ended with {running.returncode}")


def main():
    program, library = sys.argv[1:]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-folder-"))
    try:
        (folder / "log").mkdir(mode=0o700)
        log = Log(program, folder / "log")
        must(log.run()[:2] == (0, 1), "it does not append")
        stopped = short_calls(log, library)
        few_files(log)
        taken_away(program, folder / "away")
        mounts = read_only(program)
        if not mounts:
            print("skipped: a file system cannot be mounted here, so none is read-only")
        print(f"{stopped} writes cut off, {len(log.told)} receipts told, 0 lost")
        return 0 if mounts else 77
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
