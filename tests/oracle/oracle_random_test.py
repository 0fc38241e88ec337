# SPDX-License-Identifier: Apache-2.0
"""The engine and the evaluator answer random questions under 50 random agreements alike: 10,000 of
them, 1,000,000 where LOCKGATE_LONG is set (450 s of one core for each million in a debug build).
ORACLE_SEED draws others."""

import os
import random
import sys
import tempfile

import agreement as isa
import draw_agreement
import draw_request
import engine

AGREEMENTS = 50
QUESTIONS = 1000000 if os.environ.get("LOCKGATE_LONG") else 10000
BATCH = 20000
SHOWN = 20


def draw_texts(draw, folder):
    """Fifty agreements, 3 to 25 parties, one at a time: (paths, text, floor)."""
    for slot in range(AGREEMENTS):
        parties = 3 + slot * 22 // (AGREEMENTS - 1)
        text, floor = draw_agreement.drawn(draw, f"a{slot:02}", parties)
        paths = [os.path.join(folder, f"{slot}.drawn.{kind}") for kind in ("isa", "floor")]
        for path, content in zip(paths, (text, floor)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        yield paths, text, floor


def draw_all(draw, folder):
    """(models, lines that load them)"""
    models, lines = [], []
    for slot, (paths, text, floor) in enumerate(draw_texts(draw, folder)):
        models.append(isa.agreement_of(text, floor))
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


def compare(batch, loads, left_to_show):
    lines = [engine.question_line(*one) for one in batch]
    replies = engine.run(loads + lines)
    refused = [one for one in replies[:len(loads)] if one != "ok"]
    if refused:
        raise RuntimeError("an agreement was refused: " + refused[0])
    differences = 0
    for (_, forces, request), line, got in zip(batch, lines, replies[len(loads):]):
        expected = engine.expected_reply(forces, request)
        if expected != got:
            differences += 1
            if differences <= left_to_show:
                show(line, expected, got)
    return differences


def main():
    seed = int(os.environ.get("ORACLE_SEED", "1"))
    draw = random.Random(seed)
    asked = differences = 0
    with tempfile.TemporaryDirectory() as folder:
        models, loads = draw_all(draw, folder)
        while asked < QUESTIONS:
            batch = draw_batch(draw, models, min(BATCH, QUESTIONS - asked))
            differences += compare(batch, loads, SHOWN - differences)
            asked += len(batch)
    print(f"seed {seed}: {asked} questions under {AGREEMENTS} agreements, "
          f"{differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
