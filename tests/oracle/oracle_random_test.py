# SPDX-License-Identifier: Apache-2.0
"""The engine and the evaluator answer random questions under 50 random agreements alike, most of
them judged by a random register of statutes: 10,000 questions, 1,000,000 where LOCKGATE_LONG is set
(some 10 minutes of one core in a debug build). ORACLE_SEED draws others.

What they came to is counted as well: a question that never reaches the law shows nothing of it."""

import collections
import os
import random
import sys
import tempfile

import agreement as isa
import draw_agreement
import draw_law
import draw_request
import engine
import law

AGREEMENTS = 50
QUESTIONS = 1000000 if os.environ.get("LOCKGATE_LONG") else 10000
BATCH = 20000
SHOWN = 20
# Every one of these has to be the reason somewhere, and there has to be that much that is shared.
REACHED = ["BASIS_NOT_OPEN_TO_BODY", "STATEMENT_MISSING", "POWER_NOT_KNOWN", "POWER_MISSING",
           "POWER_NOT_COMMENCED", "POWER_CARVED_OUT", "PURPOSE_LOCKED", "NECESSITY_MISSING",
           "CONFIDENTIALITY_NOT_KNOWN", "CONFIDENTIALITY_NOT_MET", "OBJECTION_REGISTERED",
           "OPT_OUT_UNKNOWN", "OPT_OUT_APPLIES", "HOLDER_WITHHOLDS"]
SHARED_LEAST = 0.08


def draw_texts(draw, folder, statutes):
    """Fifty agreements, 3 to 25 parties, one at a time: (paths, text, floor). One in five names no
    register."""
    for slot in range(AGREEMENTS):
        parties = 3 + slot * 22 // (AGREEMENTS - 1)
        text, floor = draw_agreement.drawn(draw, f"a{slot:02}", parties,
                                           statutes if slot % 5 else None)
        paths = [os.path.join(folder, f"{slot}.drawn.{kind}") for kind in ("isa", "floor")]
        for path, content in zip(paths, (text, floor)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        yield paths, text, floor


def draw_register(draw, folder):
    """(path, model)"""
    text = draw_law.register(draw)
    path = os.path.join(folder, "drawn.register")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path, law.register_of(text)


def draw_all(draw, folder):
    """(models, lines that load them)"""
    path, statutes = draw_register(draw, folder)
    models, lines = [], [engine.register_line(path)]
    for slot, (paths, text, floor) in enumerate(draw_texts(draw, folder, statutes)):
        models.append(isa.agreement_of(text, floor, statutes))
        lines.append(engine.agreement_line(slot, paths[0], paths[1] if floor else ""))
    return models, lines


def draw_batch(draw, models, count):
    """Each question names one agreement, or leaves it to the engine to choose among a few."""
    batch = []
    while len(batch) < count:
        slots = draw.sample(range(AGREEMENTS), draw.choice([1, 1, 1, 2, 3]))
        if not models[slots[0]].shares:
            continue
        forces, request = draw_request.drawn(draw, [models[slot] for slot in slots])
        batch.append((slots, forces, request))
    return batch


def show(line, expected, got):
    print("question:", line.replace("\t", " | "))
    for mine, theirs in zip(expected.split("\t"), got.split("\t")):
        if mine != theirs:
            print("  evaluator:", mine, "\n  engine:   ", theirs)


class Seen:
    """How often each reason was told for a field, and how many were shared."""

    def __init__(self):
        self.told = collections.Counter()

    def add(self, reply):
        for ruling in reply.split("\t")[4].split(";"):
            self.told[ruling.split("|")[0].partition("(")[0]] += 1

    def lacks(self):
        """What was not reached."""
        refused = sum(count for text, count in self.told.items() if text.startswith("deny:"))
        never = [one for one in REACHED if not self.told["deny:" + one]]
        too_few = refused > (1 - SHARED_LEAST) * self.told.total()
        return never + ["enough that is shared"] * too_few


def compare(batch, loads, left_to_show, seen):
    lines = [engine.question_line(*one) for one in batch]
    replies = engine.run(loads + lines)
    refused = [one for one in replies[:len(loads)] if one != "ok"]
    if refused:
        raise RuntimeError("an agreement was refused: " + refused[0])
    differences = 0
    for (_, forces, request), line, got in zip(batch, lines, replies[len(loads):]):
        expected = engine.expected_reply(forces, request)
        seen.add(got)
        if expected != got:
            differences += 1
            if differences <= left_to_show:
                show(line, expected, got)
    return differences


def main():
    seed = int(os.environ.get("ORACLE_SEED", "1"))
    draw = random.Random(seed)
    asked = differences = 0
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        models, loads = draw_all(draw, folder)
        while asked < QUESTIONS:
            batch = draw_batch(draw, models, min(BATCH, QUESTIONS - asked))
            differences += compare(batch, loads, SHOWN - differences, seen)
            asked += len(batch)
    print(f"seed {seed}: {asked} questions under {AGREEMENTS} agreements, "
          f"{differences} differences")
    if seen.lacks():
        print("not reached: " + ", ".join(seen.lacks()))
    return 1 if differences or seen.lacks() else 0


if __name__ == "__main__":
    sys.exit(main())
