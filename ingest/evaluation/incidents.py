"""Claims compared with incidents that human researchers coded from all sources about them.

Invariant: an incident is truth about the happening and not about the text, so nothing is counted as missed or extra: a
text may give an early toll or report several happenings. Each figure says of how many texts it is a share.

- family: of all texts, those with a claim of the family (Airstrike, Shelling) that is not denied, planned or history.
- deaths: of texts where such a claim counts killed people and the incident has a range, those with a value in it.
- place: of texts of the family whose incident has coordinates, those with a place of such a claim within 5, within 20,
  none within 50 km, and those without coordinates. A place without its own counts by its nearest container with some.
- exact or near: of the places of such claims that are given as `exact` or `near`, those within 5 km.
- date: of texts where such a claim has a day, those with one at most a day from the coded day.
- belligerent: of texts where the registry knows an agent of such a claim and the mapping the coded belligerent, those
  where one agent is that belligerent or on its side.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ingest.evaluation.gold import Unusable, read_lines
from ingest.lexicon import Lexicon, load_lexicon
from ontology.identity import derived_id
from ontology.location import PROJECT
from ontology.model import Precision
from ontology.normal import name_key

MAPPING_FILE = PROJECT / "evaluation" / "incidents.yaml"
_EARTH_KM = 6371
_NEAR, _AROUND, _FAR = 5, 20, 50
FIGURES = {  # figure -> what it is a share of
    "family": "texts",
    "deaths": "with deaths",
    "date": "with date",
    "belligerent": "with belligerent",
    "place within 5 km": "with place",
    "place within 20 km": "with place",
    "place beyond 50 km": "with place",
    "place without coordinates": "with place",
    "exact or near within 5 km": "exact or near",
}
NEAREST = {f"nearest {precision}": precision.value for precision in Precision}  # how the nearest place is known
_SHARP = (Precision.EXACT, Precision.NEAR)


@dataclass(frozen=True, slots=True)
class Coding:
    """What coded values mean: event types of the family, modalities that do not count, belligerent → registry ids."""

    family: frozenset[str]
    unless: frozenset[str]
    belligerents: Mapping[str, tuple[str, ...]]


def read_mapping(path: Path = MAPPING_FILE) -> Coding:
    """Return the mapping that comes with the project."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Coding(
        frozenset(data["family"]),
        frozenset(data["unless"]),
        {name: tuple(ids) for name, ids in data["belligerents"].items()},
    )


def read_incidents(path: Path) -> list[dict[str, Any]]:
    """Return texts, each with its `incident`.

    Raises:
        Unusable: a line has no source_id, text or incident, or nothing is there.
        OSError: the file cannot be read.
    """
    objects, problems = read_lines(path)
    for number, item in objects:
        for key, kind in (("source_id", str), ("text", str), ("lang", str), ("incident", dict)):
            if not isinstance(item.get(key), kind):
                problems.append((number, f"it has no `{key}`, so it is no text with a coded incident; add it"))
                break
    if problems:
        raise Unusable(path, sorted(problems))
    if not objects:
        raise Unusable(path, [(0, "the file is empty; it should hold a text with its incident a line, as JSON")])
    return [item for _, item in objects]


@dataclass(slots=True)
class Parties:
    """Which registry entries an agent names, and who is on whose side."""

    mapping: Coding
    lexicons: dict[str, Lexicon] = field(default_factory=dict)
    _sides: dict[str, frozenset[str]] = field(default_factory=dict)
    _by_id: dict[str, str] = field(default_factory=dict)

    def named(self, agent: Mapping[str, Any], language: str) -> frozenset[str]:
        """Return the ids of entries that a participant is or that its words name (طائرات روسية names Russia)."""
        lexicon = self._lexicon(language)
        known = self._by_id.get(str(agent.get("id") or "").removeprefix("actor/"))
        if known is not None:
            return frozenset({known})
        words = name_key(str(agent.get("text") or "")).split()
        found = set()
        for first in range(len(words)):
            if (adjective := lexicon.adjectives.get(words[first].removeprefix("ال"))) is not None:
                found.add(adjective[0].id)
            for last in range(first + 1, len(words) + 1):
                if (name := lexicon.names.get(" ".join(words[first:last]))) is not None:
                    found.add(name.entry.id)
        return frozenset(found)

    def on_side_of(self, entry: str, parties: Iterable[str]) -> bool:
        """Return whether an entry is one of `parties` or below one of them."""
        return not self._sides.get(entry, frozenset({entry})).isdisjoint(parties)

    def _lexicon(self, language: str) -> Lexicon:
        if language not in self.lexicons:
            lexicon = self.lexicons[language] = load_lexicon(language)
            above = {entry.id: entry.get("side_of") for entry in lexicon.registry.values()}
            for entry in above:
                self._by_id[derived_id("actor", entry)] = entry
                chain: list[str] = []
                at: str | None = entry
                while at is not None and at not in chain:
                    chain.append(at)
                    at = above.get(at)
                self._sides[entry] = frozenset(chain)
        return self.lexicons[language]


def compare(row: Mapping[str, Any], predicted: Mapping[str, Any], parties: Parties) -> Counter[str]:
    """Return the counts of one text: names of FIGURES and what they are shares of."""
    mapping, incident = parties.mapping, row["incident"]
    counts: Counter[str] = Counter({"texts": 1})
    events = [
        event
        for event in predicted.get("events") or ()
        if event["type"] in mapping.family and event.get("modality") not in mapping.unless
    ]
    if not events:
        return counts
    counts["family"] = 1
    _deaths(counts, incident, events)
    _date(counts, incident, events)
    _place(counts, incident, events)
    _belligerent(counts, incident, events, parties, row["lang"])
    return counts


def _deaths(counts: Counter[str], incident: Mapping[str, Any], events: list[Any]) -> None:
    low, high = incident.get("deaths_min"), incident.get("deaths_max")
    killed = [
        value
        for event in events
        for figure in event.get("figures") or ()
        if figure["category"] == "killed" and (value := figure.get("best", figure.get("low"))) is not None
    ]
    if killed and low is not None:
        counts["with deaths"] = 1
        counts["deaths"] = any(low <= value <= (low if high is None else high) for value in killed)


def _date(counts: Counter[str], incident: Mapping[str, Any], events: list[Any]) -> None:
    dates = [event["date"] for event in events if event.get("date")]
    days = [d["start"] for d in dates if d.get("start") and d["start"] == d.get("end")]
    if days and incident.get("date"):
        coded = date.fromisoformat(incident["date"])
        counts["with date"] = 1
        counts["date"] = any(abs((date.fromisoformat(day) - coded).days) <= 1 for day in days)


def _place(counts: Counter[str], incident: Mapping[str, Any], events: list[Any]) -> None:
    if incident.get("lat") is None:
        return
    counts["with place"] = 1
    coded = float(incident["lat"]), float(incident["lon"])
    told = ((p, _coordinates(p)) for event in events for p in event.get("places") or ())
    known = [(kilometres(spot, coded), str(place.get("precision"))) for place, spot in told if spot is not None]
    if not known:
        counts["place without coordinates"] = 1
        return
    nearest, precision = min(known)
    if f"nearest {precision}" in NEAREST:
        counts[f"nearest {precision}"] = 1
    sharp = [distance for distance, code in known if code in _SHARP]
    if sharp:
        counts["exact or near"] = len(sharp)
        counts["exact or near within 5 km"] = sum(distance <= _NEAR for distance in sharp)
    counts["place within 5 km"] = nearest <= _NEAR
    counts["place within 20 km"] = nearest <= _AROUND
    counts["place beyond 50 km"] = nearest > _FAR


def _belligerent(
    counts: Counter[str], incident: Mapping[str, Any], events: list[Any], parties: Parties, language: str
) -> None:
    coded = set(belligerents(incident))
    wanted = [entry for name in coded for entry in parties.mapping.belligerents.get(name, ())]
    agents = (p for event in events for p in event.get("participants") or () if p["role"] == "agent")
    named = [entry for agent in agents for entry in parties.named(agent, language)]
    if wanted and named:
        counts["with belligerent"] = 1
        counts["belligerent"] = any(parties.on_side_of(entry, wanted) for entry in named)


def belligerents(incident: Mapping[str, Any]) -> list[str]:
    """Return the coded belligerents of an incident."""
    return [name.strip() for name in (incident.get("belligerent") or "").split(",") if name.strip()]


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance of two points in degrees (haversine, mean radius of the Earth).

    >>> round(kilometres((36.2, 37.16), (33.51, 36.29)))
    309
    """
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (one, other))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(a))


def _coordinates(place: Mapping[str, Any]) -> tuple[float, float] | None:
    around: Iterator[Mapping[str, Any]] = iter((place, *(place.get("within") or ())))
    return next(
        (
            (float(thing["lat"]), float(thing["lon"]))
            for thing in around
            if thing.get("lat") is not None and thing.get("lon") is not None
        ),
        None,
    )
