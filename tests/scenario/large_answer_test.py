# SPDX-License-Identifier: Apache-2.0
"""Answers near the ceiling of a message: what the log has as released reached the caller. As JSON a
reply is longer than in bytes, and many at once fill a connection; neither may show in the log as
"not delivered"."""
import concurrent.futures
import sys

import curl_peer_test as curls
import foreign
import journal
import world as worlds
from check import equal, true

# Those whose fields of foreign.CALLER are shared; each answers nearly the 64 KiB that it may.
SOURCES = ["police", "housing", "adults-care", "voluntary", "gp"]
RECORDS, SIZE = 64, 900
ANSWERED, UNAVAILABLE = 1, 6
AT_ONCE = 16


def swollen(character):
    def behave(agency, request, reply, context):
        if len(reply.records) == 0:
            return reply
        items = [item.item for item in reply.records[0].items]
        del reply.records[:]
        for i in range(RECORDS):
            record = reply.records.add(record=f"record-{i}")
            record.items.add(item=items[i % len(items)], value=character * SIZE, standing=1)
        return reply
    return behave


def states(reply):
    return [part.result.state for part in reply.parts if part.result.source in SOURCES]


def shown(reply):
    return sum(state == ANSWERED for state in states(reply))


def request(w):
    return w.question(foreign.CALLER, w.person, sources=SOURCES)


def many_at_once(w):
    """On one connection, more than it may hold: each waits for its place."""
    def ask(_):
        return w.call("disclosures", "Ask", foreign.CALLER, request(w), seconds=25)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(ask, range(AT_ONCE)))
    sizes = [reply.ByteSize() for reply in replies]
    true(min(sizes) > 150000, f"replies of {sizes} bytes are not large")
    true(sum(sizes) > 4 * 524288, "they fit the connection at once")
    equal({shown(reply) for reply in replies}, {shown(replies[0])})
    return shown(replies[0])


def main():
    with worlds.World(limits=worlds.SHORT, hosts=SOURCES) as w:
        people = worlds.people(1)
        tokens = w.blind(people)
        for party in SOURCES:
            w.enrol(party, people, tokens, worlds.basic_records(party))
        handle = w.find(foreign.CALLER, tokens[0]).handle
        w.person = w.person_ref(pseudonym=w.ask(foreign.CALLER,
                                                w.person_ref(handle=handle)).pseudonym)
        for name in SOURCES:
            w.agencies[name].behave = swollen('"')
        whole = many_at_once(w)
        # Each quotation mark takes two bytes of JSON.
        reply = curls.Curl(w).reply("Ask", request(w), w.pb["disclosures"].AskReply)
        true(0 < shown(reply) < whole, f"{shown(reply)} of {whole} lines fit as JSON")
        equal(sum(state == UNAVAILABLE for state in states(reply)), whole - shown(reply))
        w.rig.stop("gateway")
        log = journal.Journal(w.folder / "gateway-state" / "log")
    equal([entry for entry in log.entries if entry.kind == "OUTCOME"], [])
    print(f"{AT_ONCE} replies at once, {whole} long lines each; as JSON {shown(reply)} of them")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
