# SPDX-License-Identifier: Apache-2.0
"""Damaged agreements, 300 of them, 10,000 where LOCKGATE_LONG is set: each is refused with a line
and a sentence, or compiles to what brute force of this folder says of every cell, keeps its
promises and drops no word. ORACLE_SEED draws others."""

import contextlib
import os
import random
import sys
import tempfile

import agreement as isa
import engine
import facts
import mutate
import oracle_random_test
import sweep

MUTANTS = 10000 if os.environ.get("LOCKGATE_LONG") else 300
BATCH = 100
VECTORS = os.path.join(os.environ["LOCKGATE_SOURCE"], "tests/vectors/policy")
CELLS_MAX = 400  # questions a mutant in the short run; the long run asks all


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def parents(draw, folder):
    """What is damaged: agreements of the vectors, the outside example, a few small drawn ones."""
    found = [read(os.path.join(VECTORS, name)) for name in ("whole.isa", "consent.isa")]
    example = os.path.join(os.environ["LOCKGATE_DATA"], "policy/one-trafford-response.isa")
    if os.environ.get("LOCKGATE_LONG") and os.path.exists(example):
        found.append(read(example))
    for _, (paths, _, _) in zip(range(4), oracle_random_test.draw_texts(draw, folder)):
        found.append(read(paths[0]))
    return found


class Faults:
    """What was found wrong, with the first of it kept."""

    def __init__(self):
        self.count = 0

    def add(self, path, what):
        self.count += 1
        if self.count <= 20:
            print(f"{what}\n  in {path}, which is kept where ORACLE_KEEP names a folder")


def check_refusal(reply, path, faults):
    _, line, sentence = reply.split("\t", 2)
    if not 1 <= int(line) <= read(path).count("\n") + 2 or not sentence.strip():
        faults.add(path, f"refused without a line: {reply}")


def check_words(path, formatted, faults):
    if mutate.words(read(path)) != mutate.words(read(formatted)):
        faults.add(path, "the formatted text drops a word or makes one up")


def broken_promise(agreement, asked, rulings, text):
    """The first promise that does not hold, or empty."""
    for sort, promise in mutate.promises(text):
        if sort == "always":
            kept = all(sweep.is_given(agreement, promise, role) for role in agreement.roles
                       if sweep.concerns(promise, role))
        else:
            kept = not any(sweep.breaks(agreement, promise, request, one)
                           for request, fields in zip(asked, rulings) for one in fields)
        if not kept:
            return promise.name
    return ""


def check_mutant(draw, path, faults):
    """A mutant that compiled: its every cell, by brute force."""
    text = read(path)
    agreement = isa.agreement_of(text)
    asked = sweep.questions(draw, agreement)
    if MUTANTS < 10000 and len(asked) > CELLS_MAX:
        asked = draw.sample(asked, CELLS_MAX)
    forces = [facts.Force(agreement)]
    lines = [engine.question_line([0], forces, one) for one in asked]
    replies = engine.run([engine.agreement_line(0, path)] + lines)[1:]
    rulings = []
    for request, got in zip(asked, replies):
        mine, expected = engine.answer(forces, request)
        rulings.append(mine)
        if expected != got:
            faults.add(path, f"evaluator: {expected}\nengine:    {got}")
            return
    broken = broken_promise(agreement, asked, rulings, text) if sweep.in_force(agreement) else ""
    if broken:
        faults.add(path, f"promise {broken} is broken, and the text compiled")


def check_batch(draw, paths, faults):
    """How many of them compiled."""
    compiled = []
    for path, reply in zip(paths, engine.run([engine.agreement_line(0, one) for one in paths])):
        if reply == "ok":
            compiled.append(path)
        else:
            check_refusal(reply, path, faults)
    formats = engine.run([f"format\t{one}\t{one}.formatted" for one in compiled])
    for path, reply in zip(compiled, formats):
        if reply != "ok":
            faults.add(path, f"it compiles and cannot be formatted: {reply}")
        else:
            check_words(path, path + ".formatted", faults)
        check_mutant(draw, path, faults)
    return len(compiled)


def main():
    draw = random.Random(int(os.environ.get("ORACLE_SEED", "1")))
    faults, compiled = Faults(), 0
    kept = os.environ.get("ORACLE_KEEP")
    with contextlib.nullcontext(kept) if kept else tempfile.TemporaryDirectory() as folder:
        texts = parents(draw, folder)
        for first in range(0, MUTANTS, BATCH):
            paths = []
            for i in range(first, min(first + BATCH, MUTANTS)):
                paths.append(os.path.join(folder, f"{i}.isa"))
                write(paths[-1], mutate.mutant(draw, draw.choice(texts)))
            compiled += check_batch(draw, paths, faults)
    print(f"{MUTANTS} mutants: {MUTANTS - compiled} refused with a line, {compiled} compiled, "
          f"{faults.count} faults")
    return 1 if faults.count else 0


if __name__ == "__main__":
    sys.exit(main())
