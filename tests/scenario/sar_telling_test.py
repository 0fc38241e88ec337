# SPDX-License-Identifier: Apache-2.0
"""What the person gets of a use of an emergency: nothing while its review has not said that telling
is safe, neither of whoever asked nor of whoever was asked; afterwards all of it but the review."""
import csv
import io
import sys

import break_glass_test as glass
import sar_test as sar
import world as worlds
from check import equal, true
from sar_tool_test import DONE, GROUND, Officer

POLICE, TRUST = glass.POLICE, glass.TRUST
REVIEW = 14


def exported(officer, number):
    code, table, err = officer.run("export", number, *GROUND, "--as", "csv")
    equal(code, DONE, err)
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    true("check of how" not in table and "Another entry" not in table, table)
    true("blocked" not in table and "do-not-tell" not in table, table)
    return [row["What"] for row in rows], err


def untold(w, party, number, most=0):
    """Lines, and what is said of each; page by page."""
    page = sar.collected(w, party, number, most=most)
    hits, marks = list(page.hits), list(page.untold)
    while page.cursor:
        page = sar.collected(w, party, number, most=most, cursor=page.cursor)
        hits += page.hits
        marks += page.untold
    return hits, {mark.line: mark.telling for mark in marks}


def closed(w, case, telling):
    glass.review(w, "Take", review_id=case)
    equal(glass.close(w, case, telling).review.state, "closed")


def is_left_out(w, number, theirs, telling):
    hits, marks = untold(w, POLICE, number)
    quiet = [hit for hit in hits if hit.index in marks]
    equal({marks[hit.index] for hit in quiet}, {telling})
    true({"EMERGENCY_OPENED"} <= {hit.reason for hit in quiet}, "the opening")
    equal(exported(Officer(w, POLICE), number)[0], [])
    true(telling in exported(Officer(w, POLICE), number)[1], "the officer is told why")
    equal(set(untold(w, TRUST, theirs)[1].values()), {"blocked"}, "and nothing of the review")
    words, err = exported(Officer(w, TRUST), theirs)
    equal(words, [])
    true("Left out" in err and "blocked" in err, err)


def is_told_of_the_rest(w, tokens, theirs):
    """Of a source: a question that was no emergency, about the same person on the same day and
    under the same agreement, is told while the review of the emergency is open."""
    before = set(untold(w, TRUST, theirs)[1])
    w.consent(TRUST, w.person_ref(tokens), purposes=["child-safeguarding"], **sar.CHILD)
    reply = w.ask(sar.CARE, w.person_ref(tokens), sources=[TRUST], **sar.CHILD)
    index, = [part.receipt.index for part in reply.parts]
    true(index in {hit.index for hit in untold(w, TRUST, theirs)[0]}, "collected")
    # What the index does not cover yet is withheld for a moment.
    true(worlds.wait_until(lambda: set(untold(w, TRUST, theirs)[1]) == before),
         "what was withheld already, and no more")
    words, err = exported(Officer(w, TRUST), theirs)
    equal(sorted(words), ["An answer about you", "What you decided about sharing"], err)


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(3)
        tokens = w.blind(people)
        for party in (POLICE, "housing", TRUST):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        safe, harm = [glass.ask(w, tokens[i]).emergency.review_id for i in range(2)]
        cases = {name: [sar.opened(w, party, w.person_ref(tokens[i])).state.number
                        for party in (POLICE, TRUST)]
                 for i, name in enumerate(("safe", "harm", "other"))}
        is_left_out(w, *cases["safe"], "blocked")
        is_left_out(w, *cases["harm"], "blocked")
        is_told_of_the_rest(w, tokens[0], cases["safe"][1])
        w.ask(POLICE, w.person_ref(tokens[2]), sources=["housing"], **sar.CHILD)
        true("A question about you" in exported(Officer(w, POLICE), cases["other"][0])[0],
             "what was no emergency is told")
        equal(untold(w, POLICE, cases["other"][0])[1], {})
        closed(w, harm, "do-not-tell-harm")
        is_left_out(w, *cases["harm"], "do-not-tell-harm")
        # One line a page: the lines of a question are found together all the same.
        equal(untold(w, POLICE, cases["harm"][0], most=1)[1].keys() >=
              {hit.index for hit in untold(w, POLICE, cases["harm"][0])[0]
               if hit.emergency}, True)
        closed(w, safe, "tell")
        words, err = exported(Officer(w, POLICE), cases["safe"][0])
        true({"A question about you", "An answer about you"} <= set(words), words)
        equal(err, "")
        true(REVIEW in {hit.kind for hit in untold(w, POLICE, cases["safe"][0])[0]}, "collected")
        true("An answer about you" in exported(Officer(w, TRUST), cases["safe"][1])[0], "there too")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
