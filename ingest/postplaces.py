"""Places of happenings that no words beside them place: a short report's only one, a direction from somewhere.

Invariant: only where a short text tells of one happening and names one place, its finest, can the two be joined; a
place that only gives a direction, a country or what the whole text is about is none. "East of X" is never X.
"""

from ingest.drafts import Draft
from ingest.locations import Locations, PlaceFiller, is_area
from ingest.placemention import PlaceMention
from ingest.reading import Reading
from ingest.triggers import Surroundings
from ontology.model import Modality

_SHORT = 120  # words of a text that a post may have
_LEFT_OUT = frozenset({"footer"})
_WIDE = frozenset({"Offensive"})  # an operation goes on in more than the one place that a report names
_TOLL = "CasualtyReport"
_BETWEEN = frozenset({"بين", "between"})
_SHORTEST = 3  # letters of a bare name that is no other word (اب is a month and a father)


def placed_by_post(reading: Reading, around: Surroundings, drafts: list[Draft]) -> list[Draft]:
    """Give the one violent happening of a short text the place that the text names, where it has none of its own."""
    violent = [d for d in drafts if d.type in reading.lexicon.traits["violent"] and d.type != _TOLL]
    if len(violent) != 1 or violent[0].places or sum(not p for p in reading.punct) > _SHORT:
        return drafts
    only = violent[0]
    if only.modality not in (Modality.ASSERTED, Modality.CLAIMED) or only.type in _WIDE:
        return drafts
    placed = [d for d in drafts if d.places]
    if placed:
        if len(placed) == 1 and placed[0].type == _TOLL:
            only.places = [PlaceFiller("place", f.place, "post.place.toll") for f in placed[0].places]
        return drafts
    named = _finest(reading, around)
    if named:
        only.places = [PlaceFiller("place", place, "post.place.lone") for place in named]
    return drafts


def placed_aside(locations: Locations, drafts: list[Draft]) -> list[Draft]:
    """Put strikes that nothing places into the direction that their words give; they count for no more than before."""
    for draft in drafts:
        if not draft.places and draft.trigger is not None and not draft.merged:
            draft.places = locations.beside(draft.trigger)
    return drafts


def _finest(reading: Reading, around: Surroundings) -> list[PlaceMention]:
    """Return the one place of the text, or the members of its one list; none where it names more, or a direction."""
    locations = Locations(reading, around, ())
    usable: list[PlaceMention] = []
    for place in around.places:
        known = place.same_as or place
        if reading.zones[place.first] in _LEFT_OUT or known.rule == "place.definite" or _is_country(known):
            continue
        if locations.topic(place) or place.inner or (known.kind is None and len(known.key) < _SHORTEST):
            continue
        usable.append(place)
    finer = [p for p in usable if not is_area(p)] or usable
    if not finer or any(p.directional or locations.preposition(p.first, p.pro) in _BETWEEN for p in finer):
        return []
    first: dict[str, PlaceMention] = {}
    for place in finer:
        first.setdefault(_identity(place), place)
    chosen = list(first.values())
    around_others = {a.id for p in chosen if p.entry is not None for a in p.entry.within}
    # A city that bears its province's name stands for the province beside another place of it.
    chosen = [p for p in chosen if around_others.isdisjoint(e.id for e in (p.candidates or ()))]
    if not chosen:
        return []
    head = chosen[0]
    listed = all(p is head or _head(p) is _head(head) for p in chosen)
    return chosen if listed else []


def _identity(place: PlaceMention) -> str:
    known = place.same_as or place
    return known.entry.id if known.entry is not None else known.key


def _head(place: PlaceMention) -> PlaceMention:
    while place.list_of is not None:
        place = place.list_of
    return place


def _is_country(place: PlaceMention) -> bool:
    return place.entry is not None and place.entry.kind == "country"
