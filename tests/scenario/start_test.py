# SPDX-License-Identifier: Apache-2.0
"""A gateway that cannot start says which line of its configuration is at fault, and why; one that
runs ends in order when it is told to."""
import re
import socket
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true


def start(w, text):
    """What a gateway with this configuration says on its way out."""
    path = w.folder / "other.yaml"
    rigs.write(path, text)
    run = subprocess.run([str(w.rig.program("lockgated")), str(path)], capture_output=True,
                         text=True, timeout=30, check=False)
    equal(run.returncode, 1, run.stderr)
    return run.stderr.strip().splitlines()[-1]


def main():
    with worlds.World(hosts=[]) as w:
        good = (w.folder / "gateway.yaml").read_text()
        own = f"listen: 127.0.0.1:{w.rig.gateway_port}"
        free = good.replace("state: gateway-state", "state: other-state").replace(
            own, f"listen: 127.0.0.1:{rigs.free_port()}")
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = good.replace("state: gateway-state", "state: third-state").replace(
                own, f"listen: 127.0.0.1:{other.getsockname()[1]}")
            true("cannot be listened on" in start(w, taken), "the address is taken")
        twin = good.replace("state: gateway-state", "state: fourth-state")
        true("cannot be listened on" in start(w, twin), "two gateways share an address")
        shared = start(w, free.replace("other-state", "gateway-state"))
        true("store" in shared and "open" in shared, f"two gateways have one state: {shared}")
        said = start(w, free.replace("agreements:", "agrements:"))
        true("agrements" in said and "line" in said, f"unknown key: {said}")
        changed = re.sub(r"sha256: [0-9a-f]{64}", "sha256: " + "0" * 64, free)
        said = start(w, changed).lower().replace("-", "")
        true("sha256" in said, f"another agreement than the one that was agreed: {said}")
        (w.folder / "log.key").chmod(0o644)
        said = start(w, free)
        true("log.key" in said, f"a key that everybody may read: {said}")
        (w.folder / "log.key").chmod(0o600)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
