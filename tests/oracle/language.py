# SPDX-License-Identifier: Apache-2.0
"""The agreement language as text: sections, settings and values, and nothing of their meaning.

A line at the left margin opens a section: a kind, a name, and for clauses and promises a word that
says which sort it is. An indented line is a setting, `name: value`; a line indented further carries
the value of the setting above it on. `#` begins a line that is only there for the reader.
"""

from dataclasses import dataclass, field


@dataclass
class Section:
    kind: str
    name: str = ""
    sort: str = ""  # share, never, enrol, always
    line: int = 0
    settings: dict = field(default_factory=dict)

    def text(self, setting, otherwise=""):
        return self.settings.get(setting, otherwise)

    def items(self, setting):
        """The value as a list; commas part the items."""
        return [item.strip() for item in self.text(setting).split(",") if item.strip()]


def sections_of(text):
    """Every section of the text in its order."""
    found = []
    depth, setting = 0, None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if indent == 0:
            words = content.split()
            found.append(Section(*words[:1], *words[1:3], line=number))
            setting = None
        elif setting is not None and indent > depth:
            found[-1].settings[setting] += " " + content
        else:
            depth = indent
            setting, _, value = content.partition(":")
            setting = setting.strip()
            found[-1].settings[setting] = value.strip()
    return found
