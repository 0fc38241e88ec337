# SPDX-License-Identifier: Apache-2.0
"""A C file as the rules see it: lines, code without comments and strings, functions."""
import re

CONTROL = re.compile(r"\b(if|for|while|switch)\b")
CALL = re.compile(r"(?<![\w.>])([a-z_]\w*)\s*\(")
NOT_CALLS = {"if", "for", "while", "switch", "return", "sizeof", "do", "else", "case", "defined"}
BLANK = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def blanked(match):
    """What a comment or string leaves behind: its line ends, and its quotes."""
    text = match.group(0)
    inner = re.sub(r"[^\n]", " ", text)
    return text[0] + inner[1:-1] + text[-1] if text[0] in "\"'" else inner


class Function:
    """One definition. line is 1-based; body starts behind its brace."""

    def __init__(self, name, line, head, body):
        self.name = name
        self.line = line
        self.head = head
        self.body = body
        self.line_count = head.count("\n") + body.count("\n") + 1
        self.is_static = re.match(r"\s*(?:\w+\s+)*?static\b", head) is not None

    def parameters(self):
        """How many there are: commas outside of inner brackets."""
        inside = self.head[self.head.index("(") + 1:self.head.rindex(")")]
        depth = commas = 0
        for char in inside:
            depth += (char in "([") - (char in ")]")
            commas += char == "," and depth == 0
        return 0 if inside.strip() in ("", "void") else commas + 1

    def nesting(self):
        """Deepest blocks within blocks; braces of initialisers and literals do not count."""
        depth = deepest = 0
        stack = []
        for match in re.finditer(r"[{}]", self.body):
            if match.group(0) == "{":
                before = self.body[:match.start()]
                is_block = re.search(r"(\) |\belse |\bdo |:\s*)$", before) is not None
                stack.append(is_block)
                depth += is_block
                deepest = max(deepest, depth)
            elif stack:
                depth -= stack.pop()
        return deepest

    def calls(self):
        """Names that are called in the body, without pointers that it declares itself."""
        declared = set(re.findall(r"\w[ *]+(\w+)\s*(?:=[^=]|[;,)])", self.head + self.body))
        declared |= set(re.findall(r"\(\*(\w+)\)\(", self.head + self.body))
        return {name for name in CALL.findall(self.body)
                if name not in NOT_CALLS and name not in declared}


class Source:
    """One file of the tree. path is relative to its root and uses slashes."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.is_c = path.endswith((".c", ".h"))
        self.is_header = path.endswith(".h")
        self.is_test = path.startswith("tests/")
        self.code = BLANK.sub(blanked, text) if self.is_c else ""
        self.plain = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*",
                            lambda m: re.sub(r"[^\n]", " ", m.group(0)), self.code, flags=re.M)
        self.functions = list(self._functions()) if self.is_c else []

    def line_of(self, offset):
        """The 1-based line of a place in text, code or plain."""
        return self.text.count("\n", 0, offset) + 1

    def module(self):
        """The module that the file belongs to, by its folder."""
        parts = self.path.split("/")
        if parts[0] == "gateway":
            return parts[1] if len(parts) > 2 else "programs"
        return parts[0]

    def _functions(self):
        """Definitions as clang-format leaves them: head at column 0, a brace that closes there."""
        for match in re.finditer(r"^(?![ \t}#\n])[^;{}=]*?\b(\w+)\([^;{}=]*\)\s*\{\n", self.plain,
                                 re.M):
            end = self.plain.find("\n}", match.end() - 1)
            if end < 0 or match.group(1) in NOT_CALLS:
                continue
            yield Function(match.group(1), self.line_of(match.start()),
                           self.plain[match.start():match.end()],
                           self.plain[match.end():end + 1])

    def outside(self):
        """Code with the bodies of functions blanked, for what stands at file scope."""
        def without_body(match):
            return "{" + re.sub(r"[^\n]", " ", match.group(0)[1:-1]) + "}"

        return re.sub(r"\{\n.*?\n\}", without_body, self.plain, flags=re.DOTALL)
