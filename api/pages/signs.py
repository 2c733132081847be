"""Words of an article as they stand on a page that is kept or printed.

Invariant: no character of them acts: what would break the line, turn its direction or hide others is shown by its name.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from api.html import Child, element

# Characters that only help to order or join the text around them; within a line of its own they reach no further.
_HARMLESS: Final = {"\u200c", "\u200d", "\u200e", "\u200f", "\u061c", "\u00ad", "\ufeff", "\u2060"}
_VISIBLE_FORMATS: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")  # Arabic number signs


def plain(words: str) -> str:
    """Return words as they may stand in an attribute or inside a sentence: nothing in them acts, lines are joined."""
    return "".join(c for c in " ".join(words.split()) if not _acts(c))


def _acts(character: str) -> bool:
    """Tell whether a character would act on the page beside being read: controls, directions, tags."""
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Cs"):
        return character not in "\t\n"
    return category == "Cf" and character not in _HARMLESS and character not in _VISIBLE_FORMATS


def signs(words: str) -> Iterator[Child]:
    """Yield words as text, with what would act as the name of its character."""
    run = ""
    for character in words:
        if not _acts(character):
            run += character
            continue
        if run:
            yield run
        run = ""
        name = unicodedata.name(character, "CONTROL CHARACTER")
        yield element("bdi", {"class": "sign", "dir": "ltr", "title": name}, f"U+{ord(character):04X}")
    if run:
        yield run
