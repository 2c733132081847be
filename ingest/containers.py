"""Divisions that bear a town's name: what "the countryside of X", "X area" and "north of X" lie in.

Invariant: a division stands for the surroundings of a town only where it is the town's own: of the same name, in the
same governorate, and the only one; what bears a governorate's name means the governorate.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ingest.gazetteer import Entry, Gazetteer
from ingest.gazetteer.entry import SETTLEMENTS
from ingest.linking import Linked, link
from ingest.placecontext import Context, distance_km
from ontology.normal import name_key

_DIVISIONS = frozenset({"district", "subdistrict"})
_OWN_KM = 60.0  # from a town to the middle of the division that has its name
_MIDDLE_KM = 25.0  # no farther from the town is the middle of a division still in the town's countryside


class Division(NamedTuple):
    """A district or subdistrict, and the town of its name where that, not the division's middle, says more of where."""

    entry: Entry
    town: Entry | None


def division_named(
    gazetteer: Gazetteer,
    candidates: Sequence[Entry],
    *,
    within: Entry | None,
    context: Context,
    town: Entry | None = None,
    city: bool = False,
) -> Division | None:
    """Return the district or subdistrict around the place that a name means, or None.

    Args:
        gazetteer: where the names under which a town is listed are looked up: Kobani's district is that of Ayn al-Arab.
        candidates: what the gazetteer gave for the name.
        within: what the text names around it, already linked, or None.
        context: what the whole article says.
        town: the place that the name was linked to, where it was.
        city: the text calls that a city: its point stands for what lies around it, however near the division's is.

    A district goes before the subdistrict of the same name in it: the text does not say which of the two it means.
    """
    if any(e.kind == "governorate" for e in candidates):
        return None
    divisions = [e for e in candidates if e.kind in _DIVISIONS]
    meant = town
    if meant is None:
        outcome = link(candidates, type_word=None, within=within, context=context)
        meant = outcome.entry if isinstance(outcome, Linked) else None
    if not divisions and meant is not None:
        keys = [name_key(name) for name in meant.names.values()]
        found = gazetteer.find(keys)
        named = {e.id: e for key in keys for e in found.get(key, ())}
        if any(e.kind == "governorate" for e in named.values()):
            return None
        divisions = [e for e in named.values() if e.kind in _DIVISIONS]
    if meant is not None:
        divisions = [e for e in divisions if e.id == meant.id or _around(e, meant)]
    elif len({e.country for e in candidates}) > 1:
        return None
    held = {e.id for e in divisions}
    outermost = [e for e in divisions if held.isdisjoint(a.id for a in e.within)]
    if len(outermost) == 1 and meant is not None:
        return Division(outermost[0], _far_town(outermost[0], meant, city))
    outcome = link(outermost, type_word=None, within=within, context=context)
    return Division(outcome.entry, _far_town(outcome.entry, meant, city)) if isinstance(outcome, Linked) else None


def countryside_named(gazetteer: Gazetteer, candidates: Sequence[Entry]) -> Entry | None:
    """Return the governorate that is called the countryside of the city that a name means: Rif Dimashq, or None."""
    cities = {e.id for e in candidates if e.kind in SETTLEMENTS and e.capital}
    names = dict.fromkeys(name for e in candidates if e.id in cities for name in e.names.values())
    keys = [key for name in names for key in (name_key(f"{name} countryside"), name_key(f"ريف {name}"))]
    found = {e.id: e for entries in gazetteer.find(keys, folded=False).values() for e in entries}
    named = [e for e in found.values() if e.kind == "governorate"]
    return named[0] if len(named) == 1 else None


def _far_town(division: Entry, meant: Entry | None, city: bool) -> Entry | None:
    """Return the town whose name the division bears, if it is meant or the division's middle not in its countryside."""
    if meant is None or meant.kind not in SETTLEMENTS:
        return None
    distance = distance_km(division, meant)
    return meant if distance is not None and (city or distance > _MIDDLE_KM) else None


def _around(division: Entry, place: Entry) -> bool:
    """Tell whether the division of the same name is that of the place: one governorate, and not far from it."""
    if place.kind in _DIVISIONS:
        return any(a.id == division.id for a in place.within) or any(a.id == place.id for a in division.within)
    if place.kind not in SETTLEMENTS:
        return False
    distance = distance_km(division, place)
    shared = {a.id for a in division.within[:-1]} & {a.id for a in place.within[:-1]}
    return bool(shared) and distance is not None and distance <= _OWN_KM
