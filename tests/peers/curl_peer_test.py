# SPDX-License-Identifier: Apache-2.0
"""curl with JSON: questions as a person types them, answers read by the official mapping, receipts
included, and every mistake that is easy to make answered in words."""
import json
import shutil
import subprocess
import sys

from google.protobuf import json_format

import foreign
import world as worlds
from check import equal, true

SERVICE = "/lockgate.v1.Disclosures/"
JSON = ["--header", "content-type: application/json"]


class Answer:
    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.fields = dict(line.lower().split(": ", 1) for line in lines[1:])

    def told(self):
        """Code and sentence of an error."""
        equal(self.fields["content-type"], "application/json")
        error = json.loads(self.body)
        return error["code"], error["message"]


class Curl:
    def __init__(self, w):
        anchors, certificate, key = foreign.tls(w)
        self.address = f"https://localhost:{w.rig.gateway_port}"
        self.words = ["curl", "--silent", "--show-error", "--include", "--max-time", "20",
                      "--cacert", anchors, "--cert", certificate, "--key", key]

    def ask(self, path, *words, data=None):
        """One request; `data` goes as its body, without the line ends that --data takes out."""
        body = [] if data is None else ["--data-binary", "@-"]
        done = subprocess.run([*self.words, *words, *body, self.address + path], input=data,
                              capture_output=True, timeout=30, check=False)
        equal((done.returncode, done.stderr), (0, b""))
        return Answer(done.stdout)

    def json(self, method, request):
        text = json_format.MessageToJson(request).encode()
        return self.ask(SERVICE + method, *JSON, data=text)

    def reply(self, method, request, kind):
        answer = self.json(method, request)
        equal((answer.status, answer.fields["content-type"]), (200, "application/json"))
        return json_format.Parse(answer.body, kind())


def watch(w, curl):
    """Framed messages both ways: 5 bytes of flag and length, then JSON."""
    def frame(flag, text):
        return bytes([flag]) + len(text).to_bytes(4, "big") + text

    text = json_format.MessageToJson(foreign.ask_request(w)).encode()
    answer = curl.ask(SERVICE + "Watch", "--header", "content-type: application/connect+json",
                      data=frame(0, text))
    equal((answer.status, answer.fields["content-type"]), (200, "application/connect+json"))
    rest, events, end = answer.body, [], None
    while rest:
        size = int.from_bytes(rest[1:5], "big")
        true(end is None, "something follows the end")
        if rest[0] == 2:
            end = json.loads(rest[5:5 + size])
        else:
            equal(rest[0], 0)
            events.append(json_format.Parse(rest[5:5 + size],
                                            w.pb["disclosures"].WatchReply()))
        rest = rest[5 + size:]
    equal(end, {})
    foreign.watch_check(w, events)
    return len(events)


def mistakes(w, curl):
    """Each with what it was answered."""
    path = SERVICE + "CanAsk"
    got = curl.ask(path)
    equal((got.status, got.fields["allow"], got.told()[0]), (405, "post", "unimplemented"))
    got = curl.ask(path, data=b"{}")
    equal((got.status, got.told()[0]), (415, "unimplemented"))
    true("application/json" in got.fields["accept-post"], "what is taken is not said")
    got = curl.ask("/lockgate.v1.Disclosures/Asc", *JSON, data=b"{}")
    equal((got.status, got.told()[0]), (404, "unimplemented"))
    got = curl.ask(SERVICE + "Watch", *JSON, data=b"{}")
    equal((got.status, got.told()[0]), (415, "unimplemented"))
    got = curl.ask(path, *JSON, "--header", "content-encoding: gzip", data=b"{}")
    equal((got.status, got.fields["accept-encoding"]), (501, "identity"))
    got = curl.json("Ask", foreign.wrong_request(w))
    equal((got.status, got.told()), (400, ("invalid_argument", foreign.WRONG)))


def bad_json(curl):
    said = {
        b"": "The JSON text is not an object; send fields in braces, {} at least "
             "(line 1, column 1)",
        b"{}": "ground: is missing; set it",
        b'{"ground": {}, "sources": "police"}': "sources: is not a list; send it in brackets",
        b'{"ground": {"purpose": 7}}': "ground.purpose: is not a string; send it in quotes",
        b'{"ground": {},\n "Ella": 1}': "The message holds a name that the contract does not have "
                                        "(member 2); leave it out",
        b'{"ground": {},\n}': "The JSON text is not JSON; check it with a JSON tool "
                              "(line 2, column 1)",
    }
    for text, sentence in said.items():
        got = curl.ask(SERVICE + "CanAsk", *JSON, data=text)
        equal((got.status, got.told()), (400, ("invalid_argument", sentence)))
    return len(said)


def main():
    with foreign.world() as w:
        curl, pb = Curl(w), w.pb["disclosures"]
        foreign.can_ask_check(curl.reply("CanAsk", foreign.can_ask_request(w), pb.CanAskReply))
        request = foreign.ask_request(w)
        foreign.ask_check(w, curl.reply("Ask", request, pb.AskReply), request.request_id)
        again = curl.reply("Ask", request, pb.AskReply)
        true(again.repeated_request, "a repeat by JSON is not known as one")
        events = watch(w, curl)
        mistakes(w, curl)
        print(f"curl: CanAsk, Ask, its repeat, Watch ({events} events), "
              f"{6 + bad_json(curl)} mistakes")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        print("skipped: curl is not installed")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
