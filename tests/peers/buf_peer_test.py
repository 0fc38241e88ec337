# SPDX-License-Identifier: Apache-2.0
"""`buf curl`, which has no copy of the contract: it learns it by reflection, takes and prints JSON,
and speaks gRPC or Connect to the gateway."""
import json
import os
import subprocess
import sys

from google.protobuf import json_format

import foreign
import rig as rigs
import world as worlds
from check import equal, true

BUF = rigs.SOURCE / "node_modules/@bufbuild/buf-linux-x64/bin/buf"
PROTOCOLS = ["grpc", "connect"]
INVALID_ARGUMENT = 3


class Buf:
    def __init__(self, w, protocol):
        anchors, certificate, key = foreign.tls(w)
        self.w = w
        self.address = f"https://localhost:{w.rig.gateway_port}"
        self.words = [str(BUF), "curl", "--protocol", protocol, "--cacert", anchors, "--cert",
                      certificate, "--key", key]
        self.environment = {**os.environ, "HOME": str(w.folder),
                            "BUF_CACHE_DIR": str(w.folder / "buf-cache")}

    def run(self, *words):
        return subprocess.run([*self.words, *words], capture_output=True, text=True, timeout=60,
                              check=False, env=self.environment)

    def replies(self, method, request, kind):
        """Every message of the answer."""
        done = self.run("--data", json_format.MessageToJson(request),
                        f"{self.address}/lockgate.v1.Disclosures/{method}")
        equal((done.returncode, done.stderr), (0, ""))
        text, found = done.stdout.strip(), []
        while text:
            value, end = json.JSONDecoder().raw_decode(text)
            found.append(json_format.ParseDict(value, kind()))
            text = text[end:].strip()
        return found

    def lists(self):
        done = self.run("--list-methods", self.address)
        equal((done.returncode, done.stderr), (0, ""))
        for method in ("lockgate.v1.Disclosures/Ask", "grpc.health.v1.Health/Check"):
            true(method in done.stdout.split(), f"{method} is not listed")

    def refused(self, request):
        """The code is in the end of the program and in the JSON that it prints."""
        done = self.run("--data", json_format.MessageToJson(request),
                        f"{self.address}/lockgate.v1.Disclosures/Ask")
        equal(done.returncode, INVALID_ARGUMENT << 3)
        told = json.loads(done.stderr)
        equal((told["code"], told["message"]), ("invalid_argument", foreign.WRONG))


def main():
    with foreign.world() as w:
        pb = w.pb["disclosures"]
        for protocol in PROTOCOLS:
            buf = Buf(w, protocol)
            buf.lists()
            reply, = buf.replies("CanAsk", foreign.can_ask_request(w), pb.CanAskReply)
            foreign.can_ask_check(reply)
            request = foreign.ask_request(w)
            reply, = buf.replies("Ask", request, pb.AskReply)
            foreign.ask_check(w, reply, request.request_id)
            events = buf.replies("Watch", foreign.ask_request(w), pb.WatchReply)
            foreign.watch_check(w, events)
            buf.refused(foreign.wrong_request(w))
            print(f"buf curl by {protocol}: a list, CanAsk, Ask, Watch ({len(events)} events), "
                  "a refusal")


if __name__ == "__main__":
    if not os.access(BUF, os.X_OK):
        print("skipped: buf is not installed")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
