# SPDX-License-Identifier: Apache-2.0
"""Rules on any text file: licence line, widths, words. Each yields (line, sentence)."""
import re

COLUMNS_MAX = 100
LINES_MAX = 600
# Text that nobody writes by hand or that must not change.
NOT_WRITTEN = re.compile(
    r"(^|/)(package-lock\.json|.*\.(csv|tsv|txt|golden|svg|hex|bin|pem))$|(^|/)corpus/|^LICENSE")
# In pieces, so that this file passes its own rule.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|place" r"holder"
                        r"|not imple" r"mented|for " r"now)\b")
MACHINE = re.compile(r"(^|[\s\"'=(:])/(wo" r"rk|tmp/w" r"t|home/\w+|root)(/|\b)|farm-" r"bench")
REGISTRY = re.compile(r"registry\.np" r"mjs|py" r"pi\.org|crates\." r"io|deb\.deb" r"ian\.org"
                      r"|\"resol" r"ved\"\s*:|proxy\.gol" r"ang")
C_SPDX = "/* SPDX-License-Identifier: Apache-2.0 */"
HASH_SPDX = "# SPDX-License-Identifier: Apache-2.0"
SLASH_SPDX = "// SPDX-License-Identifier: Apache-2.0"


def spdx_wanted(source):
    """The licence line of this kind of file, or None."""
    name = source.path.rsplit("/", 1)[-1]
    if name.endswith((".c", ".h", ".css")):
        return C_SPDX
    if name.endswith((".proto", ".ts", ".js", ".mjs", ".isa")):
        return SLASH_SPDX if not name.endswith(".isa") else None
    is_script = source.text.startswith("#!")
    if is_script or name.endswith((".py", ".sh", ".cmake")) or name == "CMakeLists.txt":
        return HASH_SPDX
    return None


def spdx(source):
    """The first line, or the second behind #!, is the licence."""
    wanted = spdx_wanted(source)
    line = 1 if source.text.startswith("#!") else 0
    if wanted is not None and source.lines[line:line + 1] != [wanted]:
        yield line + 1, f"this line must be `{wanted}`"


def columns(source):
    """No line is wider than the limit."""
    if NOT_WRITTEN.search(source.path) or source.path.endswith((".md", ".json")):
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns; {COLUMNS_MAX} are allowed"


def file_length(source):
    """A file holds one idea. An agreement and a page are as long as what they say."""
    count = len(source.lines) - 1
    is_document = source.path.endswith((".md", ".isa", ".isa.in"))
    if count > LINES_MAX and not is_document and not NOT_WRITTEN.search(source.path):
        yield LINES_MAX, f"{count} lines; {LINES_MAX} are allowed: split it by idea"


def ends(source):
    """Lines end without blanks, the file with one line end."""
    if NOT_WRITTEN.search(source.path):
        return
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip() and not source.path.endswith(".md"):
            yield number, "blanks at the end of the line"
    if source.text and (not source.text.endswith("\n") or source.text.endswith("\n\n")):
        yield len(source.lines), "the file must end in exactly one line end"


def words(source):
    """Nothing that is left for later, no path of a machine, no registry."""
    for number, line in enumerate(source.lines, 1):
        match = UNFINISHED.search(line)
        if match and not NOT_WRITTEN.search(source.path):
            yield number, f"`{match.group(0)}` leaves something for later: do it or leave it out"
        if MACHINE.search(line):
            yield number, "names a path or tool of one machine"
        if REGISTRY.search(line):
            yield number, "names a package registry"


RULES = {"spdx": spdx, "columns": columns, "file-length": file_length, "ends": ends,
         "words": words}
