# SPDX-License-Identifier: Apache-2.0
"""nghttp against the real programs: gRPC requests that were framed here, sent as plain HTTP/2 by a
client that knows nothing of gRPC, and its view of the trailers."""
import re
import shutil
import sys

import foreign
import world as worlds
from check import equal, true


def frame(message):
    data = message.SerializeToString()
    return b"\x00" + len(data).to_bytes(4, "big") + data


def unframe(body):
    """The messages of a gRPC body."""
    messages = []
    while body:
        equal(body[0], 0, "the flag of a message")
        size = int.from_bytes(body[1:5], "big")
        true(len(body) >= 5 + size, "a message is cut")
        messages.append(body[5:5 + size])
        body = body[5 + size:]
    return messages


class Nghttp:
    """One request a run; nghttp prints the body, or with `-nv` what came in frames."""

    def __init__(self, w):
        self.w = w
        anchors, certificate, key = foreign.tls(w)
        del anchors  # nghttp checks no server
        self.words = ["nghttp", f"--cert={certificate}", f"--key={key}",
                      "-Hcontent-type: application/grpc", "-Hte: trailers"]
        self.file = w.folder / "request.bin"

    def _run(self, method, message, *options):
        self.file.write_bytes(frame(message))
        address = f"https://localhost:{self.w.rig.gateway_port}/lockgate.v1.Disclosures/{method}"
        return foreign.run([*self.words, *options, "-d", self.file, address])

    def call(self, method, message):
        return unframe(self._run(method, message))

    def fields(self, method, message):
        """Header and trailer fields that were received, in order, and how many HEADERS frames."""
        said = re.sub(rb"\x1b\[[0-9;]*m", b"", self._run(method, message, "-n", "-v")).decode()
        found = re.findall(r"recv \(stream_id=\d+\) ([^\s]+): (.*)", said)
        return found, len(re.findall(r"recv HEADERS frame", said))


def main():
    with foreign.world() as w:
        pb = w.pb["disclosures"]
        nghttp = Nghttp(w)
        request = foreign.can_ask_request(w)
        foreign.can_ask_check(pb.CanAskReply.FromString(*nghttp.call("CanAsk", request)))
        fields, blocks = nghttp.fields("CanAsk", request)
        equal((fields[0], fields[-1], blocks), ((":status", "200"), ("grpc-status", "0"), 2))
        true(dict(fields)["content-type"].startswith("application/grpc"), "content-type")
        request = foreign.ask_request(w)
        foreign.ask_check(w, pb.AskReply.FromString(*nghttp.call("Ask", request)),
                          request.request_id)
        events = nghttp.call("Watch", foreign.ask_request(w))
        foreign.watch_check(w, [pb.WatchReply.FromString(event) for event in events])
        # A refusal is Trailers-Only: one block, no body.
        wrong = foreign.wrong_request(w)
        equal(nghttp.call("Ask", wrong), [])
        fields, blocks = nghttp.fields("Ask", wrong)
        equal((blocks, dict(fields)[":status"], dict(fields)["grpc-status"],
               dict(fields)["grpc-message"]), (1, "200", "3", foreign.WRONG))
        print(f"nghttp: CanAsk, Ask, Watch ({len(events)} events), a refusal")


if __name__ == "__main__":
    if shutil.which("nghttp") is None:
        print("skipped: no nghttp (nghttp2-client)")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
