# SPDX-License-Identifier: Apache-2.0
"""Damaged agreements, 300 of them, 10,000 where LOCKGATE_LONG is set: each is refused with a line
and a sentence, or compiles to what brute force of this folder says of its cells, keeps its
promises, drops no word, and the comparison with what it was made of tells every change of it.
ORACLE_SEED draws others.

Some agreements have tens of thousands of cells, so of each mutant QUESTIONS are asked: half of them
where most names stand in a section that was damaged, the others anywhere."""

import contextlib
import dataclasses
import functools
import os
import random
import sys
import tempfile

import agreement as isa
import decide
import engine
import facts
import law
import mutate
import oracle_random_test
import sweep

LONG = bool(os.environ.get("LOCKGATE_LONG"))
MUTANTS = 10000 if LONG else 300
QUESTIONS = 80
BATCH = 100
VECTORS = os.path.join(os.environ["LOCKGATE_SOURCE"], "tests/vectors/policy")
UK_REGISTER = os.path.join(os.environ["LOCKGATE_SOURCE"], "policy/register/uk.register")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def parents(draw, folder):
    """What is damaged, and the register that it is judged by, empty where there is none: of the
    vectors, the outside example, a few small drawn ones."""
    found = [(os.path.join(VECTORS, name), "") for name in ("whole.isa", "consent.isa")]
    found.append((os.path.join(VECTORS, "law.isa"), UK_REGISTER))
    example = os.path.join(os.environ["LOCKGATE_DATA"], "policy/one-trafford-response.isa")
    if LONG and os.path.exists(example):
        found.append((example, ""))
    path, statutes = oracle_random_test.draw_register(draw, folder)
    for _, (paths, _, _) in zip(range(5), oracle_random_test.draw_texts(draw, folder, statutes)):
        found.append((paths[0], path))
    return found


def model_of(path, statutes):
    return isa.agreement_of(read(path), register=law.register_of(read(statutes))
                            if statutes else None)


@functools.cache
def parent_model(path, statutes):
    """Read once: what it works out of its cells serves every mutant."""
    return model_of(path, statutes)


class Faults:
    """What was found wrong, with the first of it kept; and of how many questions."""

    def __init__(self):
        self.count = self.asked = self.whole = 0

    def ask(self, asked, whole):
        self.asked += asked
        self.whole += whole

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


def covered(changes, request, field):
    """Whether a line of the comparison says that this cell changed."""
    cell = (f"{request.recipient}/{request.role}", request.source, request.purpose, field)
    return any(all(one in side.split(",") for one, side in zip(cell, change[1:]))
               for change in changes if change[0] == "cell")


def counted_under(agreement, request):
    """The same uses, counted under whatever the agreement is called: a name that was damaged is not
    another use of a limit."""
    counts = {(agreement.name, limit): uses for (_, limit), uses in request.counts.items()}
    return dataclasses.replace(request, counts=counts)


def told_of(changes, was, now, request):
    """Whether the comparison tells what brute force sees answered otherwise."""
    if sweep.visible(was) == sweep.visible(now):
        return True
    early = any(one.marks.get("NAMES") != decide.PASSED for one in (was, now))
    # What an emergency asks for is told once for its section, not for each cell.
    told_once = early or was.by_emergency or now.by_emergency
    if told_once and any(one[0] == "other" for one in changes):
        return True
    return covered(changes, request, now.field)


def check_diff(before, after, asked, reply, path, faults):
    """Every cell that brute force sees answered otherwise is told by the comparison."""
    changes = [one.split("|") for one in reply.split(";") if one]
    common = [one for one in after.fields if one in before.fields]
    for request, rulings in asked:
        request = dataclasses.replace(request, agreement="", fields=common)
        past = decide.decide([facts.Force(before)], counted_under(before, request))
        by_field = {one.field: one for one in rulings}
        for was in past:
            now = by_field[was.field]
            if not told_of(changes, was, now, request):
                faults.add(path, f"the comparison does not tell {request.recipient}/{request.role} "
                                 f"{request.source} {request.purpose} {now.field}: "
                                 f"{sweep.visible(was)} became {sweep.visible(now)}")
                return


def check_mutant(draw, path, parent, faults):
    """A mutant that compiled: its cells, by brute force."""
    parent, statutes = parent
    agreement = model_of(path, statutes)
    near = mutate.damaged_words(read(parent), read(path))
    asked, whole = sweep.questions(draw, agreement, QUESTIONS, near)
    faults.ask(len(asked), whole)
    forces = [facts.Force(agreement)]
    lines = [engine.question_line([0], forces, one) for one in asked]
    loads = [engine.register_line(statutes), engine.agreement_line(0, path),
             engine.agreement_line(1, parent), "diff\t1\t0"]
    replies = engine.run(loads + lines)
    told, replies = replies[3], replies[4:]
    rulings = []
    for request, got in zip(asked, replies):
        mine, expected = engine.answer(forces, request)
        rulings.append(mine)
        if expected != got:
            faults.add(path, f"evaluator: {expected}\nengine:    {got}")
            return
    in_force = sweep.in_force(agreement)
    broken = broken_promise(agreement, asked, rulings, read(path)) if in_force else ""
    model = parent_model(parent, statutes)
    check_diff(model, agreement, list(zip(asked, rulings)), told, path, faults)
    if broken:
        faults.add(path, f"promise {broken} is broken, and the text compiled")


def check_batch(draw, paths, parent_of, faults):
    """How many of them compiled."""
    compiled = []
    loads = [line for one in paths for line in (engine.register_line(parent_of[one][1]),
                                                engine.agreement_line(0, one))]
    for path, reply in zip(paths, engine.run(loads)[1::2]):
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
        check_mutant(draw, path, parent_of[path], faults)
    return len(compiled)


def main():
    draw = random.Random(int(os.environ.get("ORACLE_SEED", "1")))
    faults, compiled = Faults(), 0
    kept = os.environ.get("ORACLE_KEEP")
    with contextlib.nullcontext(kept) if kept else tempfile.TemporaryDirectory() as folder:
        sources = parents(draw, folder)
        for first in range(0, MUTANTS, BATCH):
            parent_of = {}
            for i in range(first, min(first + BATCH, MUTANTS)):
                path = os.path.join(folder, f"{i}.isa")
                parent_of[path] = draw.choice(sources)
                write(path, mutate.mutant(draw, read(parent_of[path][0])))
            compiled += check_batch(draw, list(parent_of), parent_of, faults)
            if LONG and first % 1000 == 0:
                print(f"{first + BATCH} so far, {faults.count} faults", flush=True)
    print(f"{MUTANTS} mutants: {MUTANTS - compiled} refused with a line, {compiled} compiled, "
          f"{faults.asked} of their {faults.whole} cells asked, {faults.count} faults")
    return 1 if faults.count else 0


if __name__ == "__main__":
    sys.exit(main())
