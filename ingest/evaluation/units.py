"""The units that are compared: an event type at one place, as the gold and as the extraction have it.

Invariant: an event of three places is three units and one without a place is one unit; nothing else is counted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CORE = frozenset({"Takeover", "Airstrike", "Withdrawal", "Evacuation"})
CATEGORIES = ("killed", "injured", "displaced")
ROLES = ("agent", "target")
HISTORY = "past-background"  # how the gold says `background`
_GEONAMES = re.compile(r"geonames\.org/(\d+)")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a unit: the names it goes by and its GeoNames number where it is linked."""

    names: tuple[str, ...]
    geonames: int | None


@dataclass(frozen=True, slots=True)
class Unit:
    """One event at one place. `counts` holds, for each category, values with the population they are of.

    `span` is the passage in code points of the text, `event` the event as it was read, for explanations.
    """

    type: str
    modality: str
    span: tuple[int, int] | None
    spot: Spot | None
    names: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]
    date: str | None
    counts: Mapping[str, tuple[tuple[int | None, str | None], ...]]
    event: Mapping[str, Any]

    def overlaps(self, other: "Unit") -> bool:
        """Return whether the two passages share a character."""
        if self.span is None or other.span is None:
            return False
        return max(self.span[0], other.span[0]) < min(self.span[1], other.span[1])


def gold_units(article: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the units of an article of the gold."""
    for event in article["events"]:
        spots: list[Spot | None] = [Spot((p["text"],), _number(p.get("geonameid"))) for p in event.get("places") or ()]
        for spot in spots or [None]:
            yield Unit(
                event["type"],
                event.get("modality") or "asserted",
                _gold_span(event, article.get("text") or ""),
                spot,
                {role: tuple(name for name in event.get(f"{role}s") or () if name) for role in ROLES},
                tuple(name for name in event.get("sources") or () if name),
                event.get("date"),
                {c: ((event[c], None),) for c in CATEGORIES if event.get(c) is not None},
                event,
            )


def predicted_units(article: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the units of one article as `waqai extract` prints it."""
    for event in article.get("events") or ():
        names: dict[str, list[str]] = {role: [] for role in ROLES}
        for participant in event.get("participants") or ():
            if participant.get("role") in names:
                names[participant["role"]] += _names(participant)
        counts: dict[str, list[tuple[int | None, str | None]]] = {category: [] for category in CATEGORIES}
        for figure in event.get("figures") or ():
            if figure["category"] in counts:
                counts[figure["category"]].append((figure.get("best", figure.get("low")), figure.get("of")))
        evidence, date = event.get("evidence") or {}, event.get("date") or None
        spots: list[Spot | None] = [Spot(tuple(_names(p)), geonames_number(p)) for p in event.get("places") or ()]
        for spot in spots or [None]:
            yield Unit(
                event["type"],
                event.get("modality") or "asserted",
                (evidence["start"], evidence["end"]) if "start" in evidence else None,
                spot,
                {role: tuple(found) for role, found in names.items()},
                tuple(name for source in event.get("sources") or () for name in _names(source)),
                (date.get("start") if isinstance(date, Mapping) else date) or None,
                {category: tuple(found) for category, found in counts.items()},
                event,
            )


def geonames_number(place: Mapping[str, Any]) -> int | None:
    """Return the GeoNames number of a predicted place: stated, or in the IRI of the place or of one of its links."""
    if place.get("geonameid"):
        return _number(place["geonameid"])
    for link in (place.get("id"), *(place.get("links") or ())):
        iri = link.get("identifier") if isinstance(link, Mapping) else link
        if found := _GEONAMES.search(iri or ""):
            return int(found.group(1))
    return None


def _gold_span(event: Mapping[str, Any], text: str) -> tuple[int, int] | None:
    if event.get("span"):
        start, end = event["span"]
        return start, end
    quote = event.get("sentence_quote") or ""
    start = text.find(quote) if quote else -1
    return None if start < 0 else (start, start + len(quote))


def _names(thing: Mapping[str, Any]) -> list[str]:
    return [name for name in (thing.get("text"), thing.get("name"), *(thing.get("names") or ())) if name]


def _number(value: Any) -> int | None:
    return int(value) if value else None
