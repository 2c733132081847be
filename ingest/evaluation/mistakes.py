"""What is wrong, so that a person can look at it: missed and extra events, and wrong slots of those that were found.

Invariant: a mistake is listed exactly where a figure counts one, and quotes the passage; a wrong slot names the rule
that filled it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ingest.evaluation.names import among
from ingest.evaluation.scores import SHARES, Scored, judged, same_figure
from ingest.evaluation.units import CATEGORIES, ROLES, Unit


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `kind` is missed, extra or the slot that is wrong; `start` is where the quote begins, if known.

    For missed and extra, `gold` or `predicted` says what the event is; `beside` names other types that were found in
    the passage of a missed event.
    """

    article: str
    outlet: str | None
    language: str
    kind: str
    type: str
    quote: str
    start: int | None
    gold: str | None
    predicted: str | None
    rule: str | None
    beside: str | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


def mistakes(scored: Scored) -> Iterator[Mistake]:
    """Yield the mistakes of an article in the order of its text: missed, extra, then the slots of each pair."""

    def mistake(
        kind: str, unit: Unit, gold: str | None, found: str | None, rule: str | None, beside: str | None = None
    ) -> Mistake:
        quote = unit.event.get("sentence_quote") or (unit.event.get("evidence") or {}).get("quote") or ""
        article = scored.article
        return Mistake(
            article["id"],
            article.get("publisher"),
            article["language"],
            kind,
            unit.type,
            quote,
            unit.span[0] if unit.span else None,
            gold,
            found,
            rule,
            beside,
        )

    found_units = [unit for _, unit in scored.paired.pairs] + list(scored.paired.extra)
    for unit in sorted(scored.paired.missed, key=_position):
        beside = sorted({found.type for found in found_units if found.type != unit.type and found.overlaps(unit)})
        yield mistake("missed", unit, _described(unit), None, None, ", ".join(beside) or None)
    for unit in sorted(scored.paired.extra, key=_position):
        yield mistake("extra", unit, None, _described(unit), _trigger_rule(unit))
    for gold, found in sorted(scored.paired.pairs, key=lambda pair: _position(pair[0])):
        for kind, wanted, value, rule in _slots(gold, found):
            yield mistake(kind, gold, wanted, value, rule)


def _slots(gold: Unit, found: Unit) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    participants = found.event.get("participants") or ()
    for role in ROLES:
        names, filled = gold.names[role], found.names[role]
        missing = [name for name in names if not among(name, filled)]
        if missing or (filled and not names):
            mine = [p for p in participants if p.get("role") == role]
            yield role, _listed(names), _listed(p.get("text") for p in mine), _rules(mine)
    for slot in SHARES:
        if not all(judged(slot, gold, found)):
            if slot == "figures":
                yield from _figures(gold, found)
            elif slot == "places":
                place = _place_of(found)
                yield slot, _place(gold), _place(found), place.get("rule") if place else None
            elif slot == "sources":
                chain = found.event.get("sources") or ()
                yield slot, _listed(gold.sources), _listed(s.get("name") for s in chain), _rules(chain)
            elif slot == "dates":
                date = found.event.get("date")
                yield slot, gold.date, found.date, date.get("rule") if isinstance(date, Mapping) else None
            else:
                cues = found.event.get("cues") or ()
                yield slot, gold.modality, found.modality, _rules(cues) or _trigger_rule(found)


def _figures(gold: Unit, found: Unit) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    for category in CATEGORIES:
        if category in gold.counts:
            wanted, values = gold.counts[category][0][0] or 0, found.counts.get(category, ())
            if not same_figure(wanted, values):
                mine = [f for f in found.event.get("figures") or () if f["category"] == category]
                stated = _listed(str(f.get("best")) for f in mine)
                yield "figures", f"{category} {wanted}", f"{category} {stated}" if stated else None, _rules(mine)


def _position(unit: Unit) -> tuple[int, str]:
    return (unit.span[0] if unit.span else -1, unit.type)


def _described(unit: Unit) -> str:
    trigger = unit.event.get("trigger")
    words = trigger.get("text") if isinstance(trigger, Mapping) else trigger
    return ", ".join(part for part in (words, _place(unit) or "no place", unit.modality) if part)


def _place(unit: Unit) -> str | None:
    if unit.spot is None:
        return None
    name = unit.spot.names[0] if unit.spot.names else "?"
    return f"{name} ({unit.spot.geonames})" if unit.spot.geonames else name


def _place_of(unit: Unit) -> Mapping[str, Any] | None:
    if unit.spot is None or not unit.spot.names:
        return None
    return next((p for p in unit.event.get("places") or () if p.get("text") == unit.spot.names[0]), None)


def _trigger_rule(unit: Unit) -> str | None:
    trigger = unit.event.get("trigger")
    return trigger.get("rule") if isinstance(trigger, Mapping) else None


def _listed(values: Any) -> str | None:
    return ", ".join(str(value) for value in values if value) or None


def _rules(slots: Any) -> str | None:
    return _listed(dict.fromkeys(slot.get("rule") for slot in slots))
