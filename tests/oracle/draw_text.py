# SPDX-License-Identifier: Apache-2.0
"""What everything that draws texts of sections and settings shares."""


def some(draw, items, least=1, most=None):
    """A random choice in the order of the list."""
    items = list(items)
    most = len(items) if most is None else min(most, len(items))
    chosen = set(draw.sample(range(len(items)), draw.randint(min(least, most), most)))
    return [one for i, one in enumerate(items) if i in chosen]


def maybe(draw, value, chance=0.5):
    return value if draw.random() < chance else None


def section(head, **settings):
    """A section; a setting whose value is nothing is left out."""
    lines = [head]
    for name, value in settings.items():
        if value not in (None, "", []):
            value = ", ".join(value) if isinstance(value, list) else value
            lines.append(f"  {name.replace('_', ' ')}: {value}")
    return "\n".join(lines)
