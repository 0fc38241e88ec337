# SPDX-License-Identifier: Apache-2.0
"""Each planted fault, and the test that has to catch it: `plants_test.py FOLDER`, where the
programs with the faults lie. Without a fault each test passes; with it, it fails."""
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys

import plants

SECONDS = 30


def run(folder, program, test, number):
    """None: passed; else how it failed."""
    said = dict(os.environ, LOCKGATE_TEST=test, LOCKGATE_PLANT=str(number))
    try:
        done = subprocess.run([folder / f"{program}_planted"], env=said, capture_output=True,
                              timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "hung"
    words = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode == 0:
        if f"[       OK ] {test}" not in words:
            sys.exit(f"{program} has no test {test}")
        return None
    if done.returncode < 0:
        return signal.Signals(-done.returncode).name
    return "failed" if f"[  FAILED  ] {test}" in words else f"exit {done.returncode}"


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    tests = sorted({(plant.program, plant.test) for plant in plants.PLANTS})
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        whole = list(pool.map(lambda one: run(folder, *one, 0), tests))
        ends = list(pool.map(lambda plant: run(folder, plant.program, plant.test,
                                               plants.number(plant)), plants.PLANTS))
    for (program, test), end in zip(tests, whole):
        if end is not None:
            print(f"{program} {test}: {end} without a fault")
    for plant, end in zip(plants.PLANTS, ends):
        print(f"{'caught' if end else 'MISSED':8}{end or '-':10}{plant.name}: "
              f"{plant.program} {plant.test}")
    caught = sum(end is not None for end in ends)
    print(f"{len(ends)} planted, {caught} caught")
    return 0 if caught == len(ends) and not any(whole) else 1


if __name__ == "__main__":
    sys.exit(main())
