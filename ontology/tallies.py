"""Whether the words around a figure make it a tally from some time on.

Invariant: the words are data (`tallies.yaml`), the same for every kind of figure; only those of its own sentence count.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from ontology.location import PROJECT
from ontology.model import Span
from ontology.normal import name_key

FILE = "tallies.yaml"
_SENTENCE_END: Final = re.compile(r"[.!?؟]+(?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Tallies:
    """Phrases in normal form, each between spaces."""

    behind: tuple[str, ...]
    anywhere: tuple[str, ...]
    unless: tuple[str, ...]

    def counts_on(self, text: str, figure: Span) -> bool:
        """Tell whether the figure at a span of `text` counts from some time on."""
        ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, figure.start)]
        start = ends[-1] if ends else 0
        after = _SENTENCE_END.search(text, figure.end)
        end = len(text) if after is None else after.start()
        sentence, behind = _normal(text[start:end]), _normal(text[figure.end : end])
        if any(phrase in sentence for phrase in self.unless):
            return False
        return any(phrase in behind for phrase in self.behind) or any(phrase in sentence for phrase in self.anywhere)


def _normal(text: str) -> str:
    return f" {name_key(text)} "


@cache
def tallies(folder: Path = PROJECT) -> Tallies:
    """Return what `tallies.yaml` of the project says, read once a process."""
    data: dict[str, Any] = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))

    def phrases(name: str) -> tuple[str, ...]:
        return tuple(_normal(phrase) for language in sorted(data[name]) for phrase in data[name][language])

    return Tallies(phrases("behind"), phrases("anywhere"), phrases("unless"))
