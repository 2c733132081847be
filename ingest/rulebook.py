"""The rulebook: what stands behind the rule ids that results carry.

Invariant: a rule id is taken apart exactly as components put it together: parts joined by `+`, a frame before a role,
the id of a lexicon entry, of a date or number rule of the data, or of a registered actor or source. Nothing is said
of a rule here but which sentence speaks of it and what that sentence names; the words are in `wording`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from ingest.lexicon import Entry, Lexicon
from ontology.model import Span

_ROLES = frozenset({"agent", "target", "place", "movedFrom", "movedTo", "route"})
_CONTINUATIONS = ("list", "and", "owner")  # what follows a selector: strike.place.prep.list.list
_LOCAL = ("name", "people", "captured")  # how a place of no gazetteer shows without a type word
_SUFFIXES = ("short", "metonym", "nationals")  # how a name of the registry means its bearer
_SHOWN = 6  # words of a condition's list that a sentence names


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a part of a rule, the sentence that speaks of it, the characters meant, and what the sentence names.

    `rule` is the part as results carry it; `key` chooses the sentence (`role.subject`); `values` fill its blanks.
    """

    rule: str
    key: str
    span: Span | None = None
    values: Mapping[str, str] = field(default_factory=dict)


class Rulebook:
    """The rules of one language's lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._entries = {entry.id: entry for entry in lexicon.entries}

    def reasons(self, rule: str, span: Span | None = None) -> tuple[Reason, ...]:
        """Return the reasons that a rule id holds, in its own order, repeated steps once."""
        found: dict[Reason | str, Reason] = {}
        for part in rule.split("+"):
            for reason in self._part(part, span):
                found.setdefault(f"{reason.key} {sorted(reason.values.items())}", reason)
        return tuple(found.values())

    def condition(self, entry: Entry, condition: str, span: Span | None = None) -> Reason:
        """Return the reason for a condition of an entry, `unless.near` or `require.object_kind`."""
        side, _, name = condition.partition(".")
        if not name:
            return Reason(condition, f"condition.{condition}", span)
        value = (entry.get(side) or {}).get(name)
        words = [word for item in (value if isinstance(value, list) else []) for word in self._members(str(item))]
        shown = ", ".join(words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")
        wanted = "" if isinstance(value, list) else str(value).lower()
        values = {"words": shown, "value": wanted, "entry": entry.id}
        return Reason(f"{entry.id}/{condition}", f"{side}.{name.removeprefix('or_')}", span, values)

    def entry_of(self, part: str) -> Entry | None:
        """Return the entry of the lexicon or of the registry that a part of a rule names, None where it names none."""
        entry = self._entries.get(part)
        if entry is not None:
            return entry
        head, _, rest = part.partition(".")
        if head == "casualty" and rest:
            return self.entry_of(rest)
        if head == "source":
            return self._entries.get(rest.removesuffix(".named"))
        if head in ("actors", "sources"):
            for suffix in _SUFFIXES:
                rest = rest.removesuffix(f".{suffix}")
            return self.lexicon.registry.get(rest)
        return None

    def _members(self, word: str) -> list[str]:
        """The words of a class that a condition names as `@class`; any other word is itself."""
        if not word.startswith("@"):
            return [word]
        return [entry.lemma for entry in self.lexicon.entries if entry.cls == word[1:]]

    def _part(self, part: str, span: Span | None) -> Iterator[Reason]:
        entry = self._entries.get(part)
        if entry is not None:
            yield _of_entry(part, entry, span)
            return
        head, _, rest = part.partition(".")
        if head in ("actors", "sources"):
            yield self._registered(part, rest, span)
        elif head == "casualty" and rest:
            yield Reason(part, "casualty", span)
            yield from self._part(rest, span)
        elif head == "source" and rest.removesuffix(".named") in self._entries:
            yield Reason(part, "source.meant" if rest.endswith(".named") else "source.unnamed", span)
            yield _of_entry(rest, self._entries[rest.removesuffix(".named")], span)
        elif head == "place" and rest.count(".") == 1 and rest.partition(".")[0] in ("typed", "local"):
            way, _, kind = rest.partition(".")
            own = way == "local" and kind in _LOCAL
            yield Reason(part, part if own else f"place.{way}", span, {"kind": kind})
        elif rest.startswith(("date.", "number.")):
            family, _, name = rest.partition(".")
            meaning = self._meanings.get(part, "")
            yield Reason(part, f"{family}.{name}" if not meaning else family, span, {"meaning": meaning})
        elif rest.partition(".")[0] in _ROLES:
            yield from self._filled(part, head, rest, span)
        else:
            yield Reason(part, part, span)

    def _filled(self, part: str, frame: str, rest: str, span: Span | None) -> Iterator[Reason]:
        role, _, way = rest.partition(".")
        steps = way.split(".") if way else ["bare"]
        yield Reason(part, f"role.{steps[0]}", span, {"frame": frame, "role": role})
        for step in dict.fromkeys(steps[1:]):
            key = step if step in _CONTINUATIONS else steps[0]
            if key != steps[0]:
                yield Reason(part, f"role.{key}", span, {"frame": frame, "role": role})

    def _registered(self, part: str, rest: str, span: Span | None) -> Reason:
        for suffix in _SUFFIXES:
            if rest.endswith(f".{suffix}"):
                name = rest.removesuffix(f".{suffix}")
                break
        else:
            suffix, name = "name", rest
        entry = self.lexicon.registry.get(name)
        if entry is None:
            return Reason(part, part, span)
        values = {"name": entry.lemma, "kind": str(entry.get("kind")), "note": str(entry.get("note", ""))}
        return Reason(part, f"registry.{suffix}", span, values)

    @cached_property
    def _meanings(self) -> dict[str, str]:
        """Rule id → what the data files of dates and numbers say that it means."""
        found: dict[str, str] = {}
        for name in ("dates", "numbers"):
            path = self.lexicon.folder / self.lexicon.language / f"{name}.yaml"
            data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            found.update({rule["id"]: rule["meaning"] for rule in data.get("rules", ()) if rule.get("meaning")})
        return found


def _of_entry(part: str, entry: Entry, span: Span | None) -> Reason:
    kind = entry.get("subtype") or entry.get("type") or entry.get("effect") or entry.get("kind") or entry.cls
    key = {"events": "entry.event", "cues": "entry.cue"}.get(entry.section)
    key = key or {"sourceHead": "entry.source", "reportVerb": "entry.report"}.get(entry.cls, "entry.word")
    values = {"lemma": entry.lemma, "kind": str(kind), "class": entry.cls, "note": str(entry.get("note", ""))}
    return Reason(part, key, span, values)
