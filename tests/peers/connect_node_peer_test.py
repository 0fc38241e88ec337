# SPDX-License-Identifier: Apache-2.0
"""Stock @connectrpc/connect-node (connect_node_peer.mjs) against the real programs, by its gRPC and
its Connect transport."""
import json
import sys

import foreign
import world as worlds

WAYS = [("grpc", "binary"), ("connect", "binary"), ("connect", "json")]


def settings(w, way):
    anchors, certificate, key = foreign.tls(w)
    return {"stubs": str(foreign.es_stubs()), "protocol": way[0], "format": way[1],
            "anchors": anchors, "certificate": certificate, "key": key,
            "address": f"https://localhost:{w.rig.gateway_port}", "pseudonym": w.pseudonym}


def main():
    program = foreign.node_find(*foreign.ES_PACKAGES)
    with foreign.world() as w:
        for way in WAYS:
            said = foreign.run([program, foreign.HERE / "connect_node_peer.mjs"],
                               input=json.dumps(settings(w, way)).encode())
            events = foreign.lines_check(w, said)
            print(f"connect-node by {way[0]}, {way[1]}: health, CanAsk, Ask, Watch "
                  f"({events} events), one given up, a refusal")


if __name__ == "__main__":
    if foreign.node_find(*foreign.ES_PACKAGES) is None:
        print("skipped: no node of 20 or later with @connectrpc/connect-node")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
