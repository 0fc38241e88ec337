# SPDX-License-Identifier: Apache-2.0
"""What a proposed version changes, asked of a running gateway by any party before it signs."""
import sys

import grpc

import agreement_life_test as life
import world as worlds
from check import equal, refused, true

WEAKER, TEXT_ONLY = 2, 6


def diff(officers, new, old=0, agreement=worlds.AGREEMENT):
    return officers.w.call("agreements", "Diff", life.CALLER, officers.pb.DiffAgreementsRequest(
        id=agreement, old_version=old, new_version=new))


def main():
    with worlds.World() as w:
        officers = life.Officers(w)
        text = life.next_version((w.folder / "agreement.isa").read_text())
        true(text.count("\n  keep: 90 days\n") == 1, "the default of the demo's agreement")
        same = diff(officers, 1)
        equal((len(same.lines), same.cells_changed, same.opens), (0, 0, False))
        refused(grpc.StatusCode.NOT_FOUND, diff, officers, 2)
        refused(grpc.StatusCode.NOT_FOUND, diff, officers, 1, agreement="nothing")
        refused(grpc.StatusCode.INVALID_ARGUMENT, diff, officers, 0)
        officers.call("Propose", life.CALLER,
                      text=life.formed(w, text.replace("\n  keep: 90 days\n",
                                                       "\n  keep: 120 days\n")).encode())
        reply = diff(officers, 2)
        true(reply.opens and 0 < reply.cells_changed < reply.cells, "keeping longer is weaker")
        cells = [line for line in reply.lines if line.of_cells]
        equal({line.change for line in cells}, {WEAKER})
        for line in cells:
            true("kept 120 days, was 90 days" in line.sentence, line.sentence)
            true(line.roles and line.sources and line.purposes and line.fields, line.sentence)
            equal(line.clause_before, line.clause_after)
        versions = [line.sentence for line in reply.lines if line.change == TEXT_ONLY]
        true(any("`version` is `2`, was `1`" in sentence for sentence in versions), versions)
        back = diff(officers, 1, old=2)
        equal((back.cells_changed, back.opens), (reply.cells_changed, False))


if __name__ == "__main__":
    sys.exit(worlds.run(main))
