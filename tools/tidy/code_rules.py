# SPDX-License-Identifier: Apache-2.0
"""Rules on one C file. Each yields (line, sentence)."""
import re

FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 5
NESTING_MAX = 3

FORBIDDEN = {
    "strcpy": "copy spans, or snprintf", "strcat": "snprintf", "strncpy": "snprintf",
    "strncat": "snprintf", "sprintf": "snprintf", "vsprintf": "vsnprintf", "gets": "fgets",
    "strtok": "span_split", "atoi": "a checked parser", "atol": "a checked parser",
    "sscanf": "a checked parser", "system": "no shell", "popen": "no shell",
    "alloca": "an arena", "setjmp": "errors as values", "longjmp": "errors as values",
    "rand": "vault_random", "srand": "vault_random", "random": "vault_random",
    "tmpnam": "mkstemp", "mktemp": "mkstemp",
}
# What cmocka, and tests that run other programs, need.
TEST_MAY = {"setjmp", "longjmp", "popen", "system", "sscanf", "rand", "srand"}
# Macros that no function can be: they leave the caller, name an attribute or an offset. What is a
# row of a table (braces, a designator, or another such macro) may be one as well.
MACROS = re.compile(r"TRY|OWN|TAKE|ASSERT|LG_\w+|SHAPE_(AT|ENUM_AT)")
# The exceptions of STYLE.md: the log's level, the signal wake-up.
WRITABLE_MAY = {"gateway/base/log.c", "gateway/loop/signal.c"}
# Modules that are the door to a library: their static functions may have its signatures.
DOORS = {"vault", "config", "wire", "store", "tls", "http2", "edge", "tools"}


def functions(source):
    """Length, parameters and nesting of each function."""
    for function in source.functions:
        if function.line_count > FUNCTION_LINES_MAX:
            yield function.line, (f"{function.name} has {function.line_count} lines; "
                                  f"{FUNCTION_LINES_MAX} are allowed")
        is_dictated = function.is_static and (source.module() in DOORS or source.is_test)
        if function.parameters() > PARAMETERS_MAX and not is_dictated:
            yield function.line, (f"{function.name} has {function.parameters()} parameters; "
                                  f"{PARAMETERS_MAX} are allowed")
        if function.nesting() > NESTING_MAX:
            yield function.line, (f"{function.name} nests {function.nesting()} deep; "
                                  f"{NESTING_MAX} are allowed")


def forbidden(source):
    """Functions that are unsafe or that another of ours stands for."""
    for name, instead in FORBIDDEN.items():
        if source.is_test and name in TEST_MAY:
            continue
        for match in re.finditer(rf"(?<![\w.>]){name}\s*\(", source.code):
            yield source.line_of(match.start()), f"{name} is not used here: {instead}"


def floating(source):
    """No floating point where something is decided."""
    if not source.path.startswith(("gateway/", "policy/")):
        return
    for match in re.finditer(r"\b(float|double)\b", source.code):
        yield source.line_of(match.start()), "no floating point in decisions"


def braces(source):
    """Every controlled statement has braces."""
    for match in re.finditer(r"\b(if|for|while)\s*\(|\belse\b", source.plain):
        end = match.end()
        if match.group(1):
            depth = 1
            while depth > 0 and end < len(source.plain):
                depth += (source.plain[end] == "(") - (source.plain[end] == ")")
                end += 1
        rest = source.plain[end:].lstrip()
        closes_do = match.group(1) == "while" and rest.startswith(";") and re.search(
            r"\}\s*$", source.plain[:match.start()])
        is_else_if = not match.group(1) and rest.startswith("if")
        if not rest.startswith("{") and not closes_do and not is_else_if:
            word = match.group(1) or "else"
            yield source.line_of(match.start()), f"{word} without braces"


def guard(source):
    """A header's guard is its path."""
    if not source.is_header:
        return
    name = re.sub(r"[^A-Z0-9]", "_", source.path.upper())
    if f"#ifndef {name}\n#define {name}\n" not in source.text:
        yield 1, f"the guard must be {name}"


def must_use(source):
    """A declared function that can fail says that its result has to be looked at."""
    if not source.is_header:
        return
    for match in re.finditer(r"^((?:[\w]+ )*)struct lg_err\s+\**(\w+)\(", source.plain, re.M):
        if "LG_MUST_USE" not in match.group(1).split() and "*" not in match.group(0):
            yield source.line_of(match.start()), f"{match.group(2)} lacks LG_MUST_USE"


def typedefs(source):
    """Typedefs are for function pointers."""
    if source.is_test:
        return
    for match in re.finditer(r"^typedef\b[^;]*;", source.plain, re.M):
        if "(*" not in match.group(0):
            yield source.line_of(match.start()), "a typedef that is no function pointer"


def macros(source):
    """A function-like macro that a function could be."""
    if source.is_test:
        return
    for match in re.finditer(r"^#\s*define\s+(\w+)\([^)]*\)[\s\\]*(\{|\.|[A-Z_]+\()?",
                             source.code, re.M):
        if not MACROS.fullmatch(match.group(1)) and not match.group(2):
            yield source.line_of(match.start()), f"{match.group(1)} should be an inline function"


def writable(source):
    """No writable variable at file scope."""
    if source.is_test or source.path in WRITABLE_MAY:
        return
    for match in re.finditer(r"^(?:static\s+)?((?:[\w]+\s+|\*\s*)+)(\w+)(?:\[[^\]]*\])*\s*(?:=|;)",
                             source.outside(), re.M):
        kind = match.group(1)
        words_of = kind.split()
        is_declaration = words_of[0] in ("typedef", "extern", "struct", "enum", "union", "return",
                                         "goto") and (len(words_of) < 2 or words_of[0] in (
                                             "typedef", "extern", "return", "goto"))
        is_const = re.search(r"\*\s*const\s*$|^[^*]*\bconst\b[^*]*$", kind) is not None
        if not is_declaration and not is_const:
            yield source.line_of(match.start()), f"{match.group(2)} is writable at file scope"


def names(source):
    """What a header declares starts with its module's name."""
    is_public = source.is_header and not source.path.endswith("_int.h")
    if not is_public or not source.path.startswith(("gateway/", "policy/")):
        return
    stem = source.path.rsplit("/", 1)[-1][:-2]
    module = source.module()
    # A foundation module is a set of small ones, each named by its header.
    starts = (f"{module}_", f"{stem}_", "lg_") if module != "base" else ("",)
    for match in re.finditer(r"^(?!static|typedef|#)[a-zA-Z_][\w \n]*?\**\b(\w+)\(", source.plain,
                             re.M):
        name = match.group(1)
        if not name.startswith(starts) and name not in ("LG_PRINTF", "_Static_assert"):
            yield source.line_of(match.start(1)), f"{name} must start with {module}_"


RULES = {"function": functions, "forbidden": forbidden, "floating-point": floating,
         "braces": braces, "guard": guard, "must-use": must_use, "typedef": typedefs,
         "macro": macros, "writable": writable, "names": names}
