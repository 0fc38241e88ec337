# SPDX-License-Identifier: Apache-2.0
"""Rules on the tree as a whole: includes, recursion, formatting, headers, what is committed. Each
yields (path, line, sentence)."""
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

INCLUDE = re.compile(r"^#\s*include\s+([<\"])([^>\"]+)[>\"]", re.M)
LIBRARIES = ["libnghttp2", "openssl", "libsodium", "libprotobuf-c", "sqlite3", "libcyaml",
             "libutf8proc", "jansson", "cmocka"]
NOT_OURS = re.compile(r"(^|/)(node_modules|build|dist|vendor|third_party|__pycache__)/"
                      r"|\.(o|a|so|pyc|min\.js|exe|deb|pb-c\.[ch]|pb\.(cc|h)|key|pem|p12)$")
BYTES_MAX = 512 * 1024


class Table:
    """includes.txt: modules from the bottom up, stages, doors."""

    def __init__(self, text):
        self.rank, self.stages, self.only, self.also, self.doors = {}, set(), {}, {}, {}
        for line in text.split("\n"):
            words = line.split("#")[0].split()
            if not words:
                continue
            module, rest = words[0], words[1:]
            self.rank[module] = len(self.rank)
            if "stage" in rest:
                self.stages.add(module)
            if "only" in rest:
                self.only[module] = rest[rest.index("only") + 1].split(",")
            if "also" in rest:
                self.also[module] = rest[rest.index("also") + 1].split(",")
            if "door" in rest:
                for header in rest[rest.index("door") + 1].split(","):
                    self.doors.setdefault(header, set()).add(module)

    def door_owners(self, header):
        """Who may include a third-party header: by the longest prefix that fits, or None."""
        fitting = [door for door in self.doors if header.startswith(door)]
        return self.doors[max(fitting, key=len)] if fitting else None

    def fault(self, user, used):
        """Why module `user` may not include module `used`, or None."""
        if user == used:
            return None
        if user not in self.rank or used not in self.rank:
            return f"module {user if user not in self.rank else used} is not in includes.txt"
        if user in self.stages and used in self.stages and used not in self.also.get(user, []):
            return f"stages never include one another: {user} and {used}"
        if self.rank[used] > self.rank[user]:
            return f"{user} may not include {used}, which stands above it"
        if user in self.only and used not in self.only[user]:
            return f"{user} may include {', '.join(self.only[user])} only"
        return None


def module_of(header):
    """The module of an included path of ours, or None."""
    parts = header.split("/")
    if parts[0] == "gateway":
        return parts[1] if len(parts) > 2 else "programs"
    return parts[0] if parts[0] in ("policy", "tools", "tests") and len(parts) > 1 else None


def includes(tree):
    """The table of who may include whom, and the doors."""
    for source in tree.c_files():
        user = source.module()
        if user == "tests":
            continue
        for match in INCLUDE.finditer(source.text):
            line = source.line_of(match.start())
            header = match.group(2)
            used = module_of(header) if match.group(1) == '"' else None
            if match.group(1) == '"' and used is None:
                yield source.path, line, f"{header}: include by path from the root"
            if used is not None and (fault := tree.table.fault(user, used)):
                yield source.path, line, fault
            if used is not None and header.endswith("_int.h") and used != user:
                yield source.path, line, f"{header} stays inside its module"
            owners = tree.table.door_owners(header) if match.group(1) == "<" else None
            if owners is not None and user not in owners:
                yield source.path, line, f"{header} is for {', '.join(sorted(owners))} only"


def own_header_first(tree):
    """X.c begins with its own X.h, or with the X_int.h that stands before it."""
    for source in tree.c_files():
        own = source.path[:-2] + ".h"
        first = INCLUDE.search(source.text)
        if source.path.endswith(".c") and own in tree.paths and first:
            if first.group(2) not in (own, own[:-2] + "_int.h"):
                yield source.path, source.line_of(first.start()), f"include {own} first"


def recursion(tree):
    """No function reaches itself. Calls through pointers are not seen."""
    defined, edges = {}, {}
    for source in tree.c_files():
        if not source.is_test:
            for function in source.functions:
                key = (source.path if function.is_static else "", function.name)
                defined[key] = (source.path, function)
    for key, (path, function) in defined.items():
        near = [(path, name) for name in function.calls()]
        far = [("", name) for name in function.calls() if (path, name) not in defined]
        edges[key] = [edge for edge in near + far if edge in defined]
    for key, (path, function) in defined.items():
        if reaches(edges, key):
            yield path, function.line, f"{function.name} calls itself, directly or through others"


def reaches(edges, start):
    """Whether a way leads from `start` back to it."""
    seen, waiting = set(), list(edges[start])
    while waiting:
        at = waiting.pop()
        if at == start:
            return True
        if at not in seen:
            seen.add(at)
            waiting.extend(edges[at])
    return False


def committed(tree):
    """Nothing generated, foreign, secret or large is committed."""
    for path, size in tree.sizes.items():
        if NOT_OURS.search(path):
            yield path, 1, "is generated, foreign or secret; it does not belong in the tree"
        elif size > BYTES_MAX and path != "package-lock.json":
            yield path, 1, f"has {size} bytes; {BYTES_MAX} are allowed"


def formatting(tree):
    """clang-format has nothing to say."""
    paths = [source.path for source in tree.c_files()]
    run = subprocess.run(["clang-format", "--dry-run", *paths], cwd=tree.root, text=True,
                         capture_output=True, check=False)
    seen = set()
    for match in re.finditer(r"^(.+?):(\d+):\d+: warning:", run.stderr, re.M):
        path = match.group(1).removeprefix(f"{tree.root}/")
        if path not in seen:
            seen.add(path)
            yield path, int(match.group(2)), "run clang-format -i on it"
    if run.returncode != 0 and not seen:
        yield ".clang-format", 1, f"clang-format failed: {run.stderr.strip()[:200]}"


def compile_alone(tree, path, flags):
    """What the compiler says to a header by itself, or nothing."""
    # As lg_unit gives them.
    given = [f"-DLOCKGATE_{name}=\"\"" for name in ("DATA", "SOURCE", "BUILD")]
    run = subprocess.run(["cc", "-std=c17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I.",
                          *given, *flags, "-x", "c", path], cwd=tree.root, text=True,
                         capture_output=True, check=False)
    found = re.search(r"error: (.*)", run.stderr)
    return f"does not compile alone: {found.group(1)}" if found else ""


def headers(tree):
    """Every header compiles alone."""
    found = subprocess.run(["pkg-config", "--cflags", *LIBRARIES], text=True, capture_output=True,
                           check=False)
    paths = [source.path for source in tree.c_files() if source.is_header]
    with ThreadPoolExecutor(2) as pool:
        faults = pool.map(lambda path: compile_alone(tree, path, found.stdout.split()), paths)
        for path, fault in zip(paths, faults):
            if fault:
                yield path, 1, fault


RULES = {"includes": includes, "own-header": own_header_first, "recursion": recursion,
         "committed": committed, "format": formatting, "header-alone": headers}
