# SPDX-License-Identifier: Apache-2.0
"""Stock @grpc/grpc-js against the real programs: node_peer_test.mjs asks, and serves the Source of
children's social care. The world around it is the same as for the other peers."""
import json
import subprocess
import sys

import foreign
import rig as rigs
import world as worlds

PACKAGES = ["@grpc/grpc-js", "@grpc/proto-loader"]


def settings(w):
    """What the script is told: files, ports and people."""
    def leaf(party, system, side):
        return str(w.rig.leaf(party, system, side))

    return {
        "proto": str(rigs.SOURCE / "proto"), "anchors": str(w.rig.certs / "ca.pem"),
        "gateway": f"localhost:{w.rig.gateway_port}", "edge": f"localhost:{w.edge_port}",
        "source": f"127.0.0.1:{w.rig.parties[worlds.EDGE].port}", "vkey": w.rig.vkey,
        "gatewayUri": f"lockgate://{rigs.PARTNERSHIP}/hub/gateway",
        "sourceLeaf": leaf(worlds.EDGE, "connector", "server"),
        "care": leaf(worlds.EDGE, "cases", "client"),
        "careEnrol": leaf(worlds.EDGE, "connector", "client"),
        "police": leaf("police", "cases", "client"),
        "careOfficer": leaf(worlds.EDGE, "officer", "client"),
        "people": [vars(p) for p in worlds.people(2)],
    }


def main():
    program = foreign.node_find(*PACKAGES)
    hosts = [name for name in worlds.ROLES if name != worlds.EDGE]
    world = worlds.World(limits=worlds.SHORT, hosts=hosts)
    # The script listens before the gateway dials; then it waits for a line.
    with subprocess.Popen([program, str(foreign.HERE / "node_peer_test.mjs")], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as script:
        try:
            script.stdin.write(json.dumps(settings(world)) + "\n")
            script.stdin.flush()
            ready = script.stdout.readline()
            with world as w:
                if ready != "listening\n":
                    raise AssertionError(f"the script said {ready!r}")
                people = worlds.people(2)
                tokens = w.blind(people)
                for party in ("adults-care", "police"):
                    w.enrol(party, people, tokens, worlds.basic_records(party))
                said, _ = script.communicate("go\n", timeout=60)
                print(said, end="")
                if script.returncode != 0:
                    raise AssertionError(f"the script ended with {script.returncode}")
                for name in ("police", "adults-care"):
                    if w.agencies[name].strangers:
                        raise AssertionError(f"{name} was asked by a stranger")
        finally:
            script.kill()


if __name__ == "__main__":
    if foreign.node_find(*PACKAGES) is None:
        print("skipped: no node of 20 or later with @grpc/grpc-js")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
