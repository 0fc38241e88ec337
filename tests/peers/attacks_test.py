# SPDX-License-Identifier: Apache-2.0
"""Every attack of design/security.md 4.1 and 4.2 on the real gateway, by an agency with a good
certificate, or none: closed or refused as defined, in time, while an honest client's calls all
succeed. Then the memory that held attacks cost."""
import concurrent.futures
import json
import os
import subprocess
import sys
import time

import attacks_grpc
import attacks_http2
import attacks_memory
import attacks_wire as wire
import rig as rigs
import world as worlds
from check import equal, true

HONEST, ATTACKER = "childrens-care", "police"


class Field:
    """The gateway under attack, as its attackers see it."""

    def __init__(self, w):
        self.w = w
        self.rig = w.rig
        self.pid = w.rig.programs["gateway"].pid
        self.context = wire.tls_context(w.rig, ATTACKER)
        self.good = request_of(w, ATTACKER).SerializeToString()

    def start_anew(self):
        equal(self.rig.stop("gateway"), 0)
        self.rig.start_gateway()
        self.pid = self.rig.programs["gateway"].pid

    def peer(self, settings=b"", greet=True):
        peer = wire.Peer(self.rig, self.context)
        return peer.greet(settings) if greet else peer


def request_of(w, party):
    return w.pb["disclosures"].CanAskRequest(ground=w.ground(party), age_class=1,
                                             no_consent_reason="would-prejudice")


class Honest:
    """An honest client in a process of its own for as long as the block lasts."""

    def __init__(self, w):
        leaf = w.rig.leaf(HONEST, "cases", "client")
        self.command = [sys.executable, "-B", str(rigs.SOURCE / "tests/peers/attacks_honest.py"),
                        f"localhost:{w.rig.gateway_port}", str(w.rig.certs / "ca.pem"), str(leaf),
                        request_of(w, HONEST).SerializeToString().hex()]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        equal(self.process.stdout.readline(), "ready\n")
        return self

    def __exit__(self, kind, error, trace):
        said, _ = self.process.communicate("", timeout=60)
        self.result = json.loads(said.splitlines()[-1])


def run_one(field, name, function):
    begun = time.monotonic()
    try:
        function(field)
    except Exception as error:  # whatever it was, it is told with the attack's name
        return f"{name}: {type(error).__name__}: {error}", time.monotonic() - begun
    return None, time.monotonic() - begun


def run_attacks(field, attacks, threads):
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        outcomes = list(pool.map(lambda it: run_one(field, *it), attacks))
    return [fault for fault, _ in outcomes if fault], max(took for _, took in outcomes)


def costs_of(field):
    """A sanitizer keeps what was freed for a while, and red zones around the rest."""
    if os.environ.get("LOCKGATE_SANITIZERS"):
        print("memory: not measured with a sanitizer in the gateway")
        return []
    costs = attacks_memory.measure(field)
    for name, cost in costs:
        print(f"{cost / 1024:8.0f} KiB a connection: {name}")
    return costs


def main():
    slow = attacks_http2.SLOW + attacks_grpc.SLOW
    quick = attacks_http2.QUICK + attacks_grpc.QUICK
    with worlds.World(limits=worlds.SHORT, hosts=["police"]) as w:
        field = Field(w)
        with Honest(w) as honest:
            faults, took = run_attacks(field, slow + quick, len(slow) + 4)
            print(f"{len(slow) + len(quick)} attacks, the longest took {took:.1f} s")
        costs = costs_of(field)
        print(f"honest client: {honest.result}")
        faults += [f"{name}: {cost} bytes a connection" for name, cost in costs if cost > 1 << 20]
        true(not faults, "\n".join(["attacks:"] + faults))
        equal(honest.result["failed"], [])
        true(honest.result["calls"] > 100, "the honest client hardly got to work")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
