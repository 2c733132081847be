"""By which words a page says that its text was corrected or brought up to date.

Invariant: the words are data (`notices.yaml`); a text that says none of them changed without a word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ontology.location import PROJECT

FILE = "notices.yaml"


@dataclass(frozen=True, slots=True)
class Notice:
    """One way to say it; `match` and `passed_over` are examples of what it finds and what it does not."""

    id: str
    language: str
    pattern: re.Pattern[str]
    match: tuple[str, ...]
    passed_over: tuple[str, ...]


@cache
def notices(folder: Path = PROJECT) -> tuple[Notice, ...]:
    """Return what `notices.yaml` of the project says, read once a process."""
    data: dict[str, Any] = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    return tuple(
        Notice(
            entry["id"],
            entry["language"],
            re.compile(entry["pattern"], re.IGNORECASE),
            tuple(entry["match"]),
            tuple(entry["not"]),
        )
        for entry in data["notices"]
    )


def noticed(sentences: Iterable[str]) -> tuple[str, str] | None:
    """Return the first sentence that says that the text was corrected, with the id of the notice; None where none does.

    >>> noticed(["Sixteen were killed.", "Correction: fourteen were."])
    ('Correction: fourteen were.', 'en.correction.label')
    """
    for sentence in sentences:
        for notice in notices():
            if notice.pattern.search(sentence):
                return sentence, notice.id
    return None
