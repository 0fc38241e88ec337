# SPDX-License-Identifier: Apache-2.0
"""A hidden source that is a real connector: of a person whom it knows and of one whom it does not
it is asked alike, and answers both alike; who asked sees nothing to show of either while consent
lacks."""
import sys

import recording
import world as worlds
from check import equal, true
from consent_test import CHILD
from reconcile_test import World as ConnectorWorld

CARE, TRUST = "childrens-care", "mh-trust"
ITEM = "mental-health.care-status"
NOTHING = 4


class World(ConnectorWorld):
    """The trust is a real connector; its file has the first of two people."""

    agency, item = TRUST, ITEM


def ask(w, tokens):
    reply = w.ask(CARE, w.person_ref(tokens), sources=[TRUST], items=[ITEM], **CHILD)
    return worlds.parts_by_source(reply)[TRUST].result.state


def left(w):
    _, entries = recording.read(w.folder / TRUST / "state" / "record" / "00000001.rec")
    return [entry for entry in entries if entry.kind == recording.LEFT]


def failed(w):
    return w.logs()[f"{TRUST}-connector"].count("connector.fetch.failed")


def main():
    with World() as w:
        everybody = w.people + worlds.people(2, seed=11)[:1]
        tokens = w.blind(everybody)
        w.connector_enrols(TRUST)
        true(worlds.wait_until(lambda: ask(w, tokens[0]) == NOTHING and left(w), 30, 0.2),
             "the trust was never asked")
        before = len(left(w))
        for one in tokens:
            equal(ask(w, one), NOTHING)
        entries = left(w)
        equal(len(entries), before + 2, "both were asked about, and both answered")
        equal(failed(w), 0, "an answer was refused")
        equal({tuple(entry.items) for entry in entries[before:]}, {((0, ITEM.encode()),)})


if __name__ == "__main__":
    sys.exit(worlds.run(main))
