# SPDX-License-Identifier: Apache-2.0
"""How a session of the console ends: idleness, a stop, a restart; and a gateway that is ended while
a provider that says nothing has codes."""
import json
import socket
import subprocess
import sys
import time

import consoles
import foreign
import world as worlds
from check import equal, true


class Talk:
    """A script that says when something has to be done."""

    def __init__(self, w, *parts):
        self.script = subprocess.Popen(
            [foreign.node_find(*consoles.PACKAGES), str(foreign.HERE / "console_end.mjs")],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.say(json.dumps({**w.told, "parts": parts}))

    def say(self, line):
        self.script.stdin.write(line + "\n")
        self.script.stdin.flush()

    def hear(self, wanted):
        said = self.script.stdout.readline().strip()
        if said != wanted:
            raise AssertionError(f"{said!r} in place of {wanted!r}: {self.script.stderr.read()}")

    def end(self):
        equal(self.script.wait(20), 0)


def sessions_end():
    with consoles.world(more="  idle-s: 2\n  fresh-s: 3\n") as w:
        talk = Talk(w, "idle", "fresh", "stop", "restart")
        talk.hear("idle ended")
        talk.hear("fresh ended")
        talk.hear("stop ended")
        talk.hear("restart")
        equal(w.rig.stop("gateway"), 0)
        w.rig.start_gateway()
        talk.say("done")
        talk.hear("restart ended")
        talk.end()


def silence():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        address = f"https://localhost:{deaf.getsockname()[1]}/token"
        with consoles.world(token=address) as w:
            talk = Talk(w, "silence")
            talk.hear("silent")
            begun = time.monotonic()
            equal(w.rig.stop("gateway"), 0)
            took = time.monotonic() - begun
            true(took < 14, f"it took {took:.1f} s to end")
            print(f"ended in {took:.1f} s with 32 codes at the provider")
            talk.say("done")
            talk.hear("silence ended")
            talk.end()


def main():
    sessions_end()
    silence()


if __name__ == "__main__":
    if foreign.node_find(*consoles.PACKAGES) is None:
        print("skipped: no node of 20 or later with oidc-provider")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
