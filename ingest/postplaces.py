"""Places of happenings that no words beside them place: the only one that a report names, a direction from somewhere.

Invariant: only what a text tells beside the one place that it names, its finest, can be joined to it; a
place that only gives a direction, a country or what the whole text is about is none. "East of X" is never X.
"""

from ingest.drafts import Draft, says_more
from ingest.linking import Nil
from ingest.locations import Locations, PlaceFiller, is_area
from ingest.placemention import PlaceMention
from ingest.reading import Reading
from ingest.triggers import Surroundings
from ontology.model import Modality

_SHORT = 120  # words of a text that a post may have
_LEFT_OUT = frozenset({"footer"})
_WIDE = frozenset({"Offensive"})  # an operation goes on in more than the one place that a report names
_TOLL = "CasualtyReport"
_TOLD = frozenset({Modality.ASSERTED, Modality.CLAIMED})
_TOLD_REACH = 2  # sentences from the place of a longer report to what happened there
_LEADS = frozenset({"في", "علي", "قرب", "in", "on", "at", "near"})
_OWN_REACH = 12  # words from a trigger to the place that it may have of its own
_BETWEEN = frozenset({"بين", "between"})
_SHORTEST = 3  # letters of a bare name that is no other word (اب is a month and a father)


def placed_by_post(reading: Reading, around: Surroundings, drafts: list[Draft]) -> list[Draft]:
    """Give a violent happening without a place the one place that the text names, where it names no other."""
    violent = [d for d in drafts if d.type in reading.lexicon.traits["violent"] and d.type != _TOLL]
    waiting = [d for d in violent if not d.places and d.type not in _WIDE and d.modality in _TOLD]
    if not waiting:
        return drafts
    short = len(violent) == 1 and sum(not p for p in reading.punct) <= _SHORT
    placed = [d for d in drafts if d.places]
    if short and placed:
        if len(placed) == 1 and placed[0].type == _TOLL:
            waiting[0].places = [PlaceFiller("place", f.place, "post.place.toll") for f in placed[0].places]
        return drafts
    named = _finest(reading, around)
    if named and short:
        waiting[0].places = [PlaceFiller("place", place, "post.place.lone") for place in named]
    elif named and all(_of_one(f.place, named[0]) for d in placed for f in d.places):
        full = {d.type for d in drafts if says_more(d)}
        for draft in waiting:
            if not says_more(draft) and draft.type in full:
                continue  # a bare statement beside a fuller one of its type tells of nothing more
            if _places_itself(reading, around, draft):
                continue
            if (told := _told_before(reading, around, draft, named[0])) is not None:
                draft.places = [PlaceFiller("place", told, "post.place.told")]
    return drafts


def _of_one(place: PlaceMention, only: PlaceMention) -> bool:
    """Tell whether a place is the one that a text is about, or what that lies in."""
    if _identity(place) == _identity(only):
        return True
    outcome = (only.same_as or only).outcome
    areas = outcome.areas if isinstance(outcome, Nil) else outcome.entry.within
    return place.entry is not None and place.entry.id in {area.id for area in areas}


def _places_itself(reading: Reading, around: Surroundings, draft: Draft) -> bool:
    """أغار الطيران على X: behind the trigger a preposition leads to words that nobody knows, a place of its own."""
    if draft.trigger is None:
        return True
    i = draft.trigger.i
    _, end = reading.sentences[reading.sentence_of[i]]
    for k in range(i + 1, min(end, i + _OWN_REACH)):
        if reading.words[k].lstrip("و") not in _LEADS:
            continue
        for j in range(k + 1, min(end, k + 3)):
            unknown = not reading.analyses[j] and not reading.punct[j] and not reading.dated(j)
            named = j in around.mention_cover or j in around.place_cover or j + 1 in around.mention_cover
            if unknown and not named:  # في صفوف التنظيم: a word before an actor is no place
                return True
    return False


def _told_before(reading: Reading, around: Surroundings, draft: Draft, only: PlaceMention) -> PlaceMention | None:
    """Return the last mention of the place in the sentences right before that of the trigger, or in its own."""
    if draft.trigger is None:
        return None
    here = reading.sentence_of[draft.trigger.i]
    told = [
        p
        for p in around.places
        if _identity(p) == _identity(only) and 0 <= here - reading.sentence_of[p.first] <= _TOLD_REACH
    ]
    return told[-1] if told else None


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
        if locations.topic(place) or locations.comes_from(place) or place.inner:
            continue
        if known.kind is None and len(known.key) < _SHORTEST:
            continue
        usable.append(place)
    # Beside a place that is called one a bare name that linking refused may be none.
    called = {_identity(p) for p in usable if p.type_word is not None}
    linked = [p for p in usable if (p.same_as or p).entry is not None]
    sure = [p for p in usable if p in linked or _identity(p) in called] if called else usable
    finer = [p for p in sure if not is_area(p)] or sure
    if not finer or any(p.directional or locations.preposition(p.first, p.pro) in _BETWEEN for p in finer):
        return []
    first: dict[str, PlaceMention] = {}
    for place in finer:
        first.setdefault(_identity(place), place)
    outer = {_identity(p.within) for p in around.places if p.within is not None}
    chosen = [p for name, p in first.items() if name not in outer] or list(first.values())
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
