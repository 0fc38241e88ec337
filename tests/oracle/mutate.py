# SPDX-License-Identifier: Apache-2.0
"""Small damage to the text of an agreement: to characters, words, lines, settings and sections."""

import collections
import re

import language

JUNK = ["any", "none", "yes", "no", "emergency", "0", "1", "65536", "days", "not needed",
        "required", "2026-02-30", "25:00", "mental-health.*",
        "é", "\u200b", "-", "..", "police/*", "unless", "refer", "statute", "implied consent",
        "patient information", "law"]


def word_places(lines, i):
    return [(one.start(), one.end()) for one in re.finditer(r"[^\s,:]+", lines[i])]


def pick_line(draw, lines):
    """A line that says something."""
    return draw.choice([i for i, line in enumerate(lines)
                        if line.strip() and not line.strip().startswith("#")])


def replace_word(draw, lines, new):
    i = pick_line(draw, lines)
    places = word_places(lines, i)
    if places:
        start, end = draw.choice(places)
        lines[i] = lines[i][:start] + new + lines[i][end:]


def other_word(draw, lines):
    """A word for another of the same text."""
    i = pick_line(draw, lines)
    places = word_places(lines, i)
    start, end = draw.choice(places) if places else (0, 0)
    replace_word(draw, lines, lines[i][start:end])


def junk_word(draw, lines):
    replace_word(draw, lines, draw.choice(JUNK))


def no_word(draw, lines):
    replace_word(draw, lines, "")


def number(draw, lines):
    i = draw.choice([i for i, line in enumerate(lines) if re.search(r"\d", line)])
    change = draw.choice([-1, 1, 10])
    lines[i] = re.sub(r"\d+", lambda one: str(max(0, int(one.group()) + change)).zfill(
        len(one.group())), lines[i], count=1)


def item(draw, lines):
    """An item of a list is left out."""
    lists = [i for i, line in enumerate(lines) if "," in line]
    if lists:
        i = draw.choice(lists)
        lines[i] = re.sub(r"[^,:]+,", "", lines[i], count=1)


def same_setting(draw, lines):
    """The value of a setting for that of another of the same name."""
    i = pick_line(draw, lines)
    name = lines[i].split(":")[0]
    alike = [line for line in lines if ":" in line and line.split(":")[0] == name]
    if alike:
        lines[i] = draw.choice(alike)


def drop_line(draw, lines):
    del lines[pick_line(draw, lines)]


def repeat_line(draw, lines):
    i = pick_line(draw, lines)
    lines.insert(i, lines[i])


def swap_lines(draw, lines):
    i, j = pick_line(draw, lines), pick_line(draw, lines)
    lines[i], lines[j] = lines[j], lines[i]


def indent(draw, lines):
    i = pick_line(draw, lines)
    lines[i] = draw.choice(["", " ", "  ", "    ", "\t"]) + lines[i].strip()


def character(draw, lines):
    i = pick_line(draw, lines)
    at = draw.randrange(len(lines[i]))
    new = draw.choice(["", "x", ":", ",", "#", " ", "*", "/", ".", "\x07", "A"])
    lines[i] = lines[i][:at] + new + lines[i][at + 1:]


def drop_section(draw, lines):
    starts = [i for i, line in enumerate(lines) if line and line[0] not in " #"]
    i = draw.choice(starts)
    end = next((j for j in starts if j > i), len(lines))
    del lines[i:end]


KINDS = [other_word, junk_word, no_word, number, number, item, item, same_setting, same_setting,
         drop_line, drop_line, repeat_line, swap_lines, indent, character, drop_section]


def mutant(draw, text):
    """The text with one or two things changed."""
    lines = text.split("\n")
    for _ in range(draw.choice([1, 1, 1, 2])):
        draw.choice(KINDS)(draw, lines)
    return "\n".join(lines)


def words(text):
    """What a text says, comments left out: every word of it, sorted."""
    said = [line for line in text.splitlines() if not line.strip().startswith("#")]
    return sorted(re.findall(r"[^\s,:]+", "\n".join(said)))


def blocks(text):
    """The sections as they stand."""
    return re.split(r"\n(?=[^\s#])", text)


def damaged_words(before, after):
    """The words of every section that one text has and the other has not."""
    apart = collections.Counter(blocks(before)) - collections.Counter(blocks(after))
    apart += collections.Counter(blocks(after)) - collections.Counter(blocks(before))
    return {word for block in apart for word in re.findall(r"[^\s,:]+", block)}


def promises(text):
    """(never or always, section) of every promise."""
    return [(one.sort, one) for one in language.sections_of(text) if one.kind == "promise"]
