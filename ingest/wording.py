"""Wording: the reasons of an explanation as sentences for a person, in English or Arabic.

Invariant: the sentences are data and change no result; a value reaches a sentence only through the `show` of the face
that prints it, so words of an article never act on a terminal or a page.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Self

import yaml
from jsonschema import Draft202012Validator

from ingest.rulebook import Reason

FILE = Path(__file__).resolve().parent.parent / "ontology" / "explanations.yaml"
Tongue = Literal["en", "ar"]
_OTHER = "other"  # the sentence of a condition that the file does not know


class Wording:
    """The sentences of one language."""

    def __init__(self, tables: Mapping[str, Mapping[str, Mapping[str, str]]], tongue: Tongue) -> None:
        self.tongue = tongue
        self._reasons, self._conditions, self._labels = (
            {key: row[tongue] for key, row in tables[name].items()} for name in ("reasons", "conditions", "labels")
        )

    @classmethod
    def load(cls, tongue: Tongue = "en") -> Self:
        """Return the sentences of `tongue`.

        Raises:
            ValueError: where the file breaks its schema.
        """
        tables = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        schema = json.loads(FILE.with_suffix(".schema.json").read_text(encoding="utf-8"))
        error = next(
            iter(sorted(Draft202012Validator(schema).iter_errors(tables), key=lambda e: list(map(str, e.path)))), None
        )
        if error is not None:
            raise ValueError(f"{FILE}: {'.'.join(map(str, error.path))}: {error.message}")
        return cls(tables, tongue)

    def label(self, name: str) -> str:
        """Return the word for a slot, a kind or a heading; what has none stands for itself."""
        return self._labels.get(name, name)

    def knows(self, reason: Reason) -> bool:
        """Tell whether there is a sentence for a reason."""
        side, _, condition = reason.key.partition(".")
        return reason.key in self._reasons or (side in ("unless", "require") and condition in self._conditions)

    def sentence(self, reason: Reason, show: Callable[[str], str] = str) -> str:
        """Return what a reason says; each value goes through `show`."""
        values = {name: show(value) for name, value in reason.values.items()}
        side, _, condition = reason.key.partition(".")
        if side in ("unless", "require") and reason.key not in self._reasons:
            said = self._conditions.get(condition, self._conditions[_OTHER]).format_map(values)
            return self._reasons[side].format_map({**values, "condition": said})
        known = self._reasons.get(reason.key)
        if known is None:
            return self._labels["unknown_rule"]
        said = known.format_map(values)
        if reason.values.get("note"):
            said = f"{said} {self._reasons['entry.note'].format_map(values)}"
        return said
