# SPDX-License-Identifier: Apache-2.0
"""The demo partnership and its console, as `tools/try` starts them, in headless Chromium: a worker
looks somebody up and sees the screen, an officer finds that look and checks its proof in the page,
and the command line accepts the proof that was downloaded."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import consoles
import foreign
import rig as rigs
from check import equal, true

SKIPPED = 77
ASSETS = rigs.BUILD / "gateway/console/web/assets"


def lockgate(*words, seconds=240):
    return subprocess.run([str(rigs.Rig.program("lockgate")), *map(str, words)],
                          capture_output=True, text=True, timeout=seconds, check=False,
                          stdin=subprocess.DEVNULL)


def browser_find():
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def person_of(state):
    words = dict(line.split(": ", 1) for line in
                 (state / "agencies/person-to-try").read_text().splitlines())
    year, month, day = words["born"].split("-")
    return {"family": words["family-name"], "given": words["given-name"], "year": year,
            "month": month, "day": day, "postcode": words["postcode"],
            "identifier": words["identifier"]}


def story(state, said):
    console = re.search(r"Console +(https://localhost:\d+)", said)
    true(console, said)
    issuer = re.search(r"issuer: (\S+)", (state / "config/gateway.yaml").read_text())
    shots = rigs.BUILD / "screens"
    shots.mkdir(exist_ok=True)
    told = {"origin": console[1], "issuer": issuer[1], "person": person_of(state),
            "vkey": (state / "log.vkey").read_text().strip(), "browser": browser_find(),
            "shots": str(shots)}
    proof = foreign.run([foreign.node_find(*consoles.PACKAGES),
                         foreign.HERE / "console_story.mjs"], 120,
                        input=json.dumps(told).encode()).decode().strip()
    done = lockgate("audit", "verify", proof, "--key", state / "log.vkey")
    equal(done.returncode, 0, done.stdout + done.stderr)
    true("VERIFIED" in done.stdout, done.stdout)


def main():
    with tempfile.TemporaryDirectory(prefix="lockgate-story-") as folder:
        state = pathlib.Path(folder) / "state"
        try:
            done = lockgate("demo", "up", "--state", state, "--console", ASSETS)
            equal(done.returncode, 0, done.stderr[-2000:])
            story(state, done.stdout)
        finally:
            lockgate("demo", "down", "--state", state)


if __name__ == "__main__":
    if (foreign.node_find(*consoles.PACKAGES, "playwright-core") is None or not browser_find()
            or not (ASSETS / "manifest.json").exists()):
        print("skipped: no chromium, no pages, or no node of 20 or later with oidc-provider")
        sys.exit(SKIPPED)
    sys.exit(main())
