"""Repeats: statements of one article that say the same thing again become one claim with further evidence.

Invariant: statements that disagree in any slot stay apart, and another source's word is a claim of its own.
"""

from ingest.attribution import SourceHit
from ingest.claims import TAKES_TOLL, Draft
from ingest.normal import name_key
from ingest.reading import Reading
from ontology.model import Modality


def merge_repeats(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with repeats folded into the first full statement; what disagrees in any slot stays apart."""
    kept: list[Draft] = []
    for draft in drafts:
        _settle_means(drafts, draft)
    for draft in drafts:
        home = next((k for k in kept if _repeats(reading, k, draft)), None)
        if home is None:
            kept.append(draft)
        elif _fuller(draft, home, reading):
            draft.merged = [home, *home.merged]
            home.merged = []
            complete(draft, home)
            kept[kept.index(home)] = draft
        else:
            home.merged.append(draft)
            complete(home, draft)
    return _fold_tolls(kept)


def _settle_means(drafts: list[Draft], draft: Draft) -> None:
    """A bombardment told without its means is the air strike on the same place that the article tells of."""
    if draft.type != "Shelling" or draft.subtype is not None or draft.trigger is None or draft.lemma not in _BARE_MEANS:
        return
    places = places_of(draft)
    for other in drafts:
        if other.type != "Airstrike" or other.modality.happened != draft.modality.happened:
            continue
        shared = places & places_of(other)
        if shared or (not places and other.sentence < draft.sentence and draft.trigger.analysis.article):
            draft.type, draft.subtype = "Airstrike", other.subtype
            return


_BARE_MEANS = frozenset({"قصف", "bombardment", "bombing", "attack"})


def _fold_tolls(drafts: list[Draft]) -> list[Draft]:
    """A toll that only repeats the figures of an event of the article is further evidence of that event."""
    kept: list[Draft] = []
    events = [d for d in drafts if d.type in TAKES_TOLL and d.modality.happened and d.figures]
    for draft in drafts:
        home = next((e for e in events if _same_toll(draft, e)), None) if draft.type == "CasualtyReport" else None
        if home is None:
            kept.append(draft)
        else:
            home.merged.append(draft)
            have = {f.category for f in home.figures}
            home.figures.extend(f for f in draft.figures if f.category not in have)
    return kept


def _same_toll(report: Draft, event: Draft) -> bool:
    if not report.modality.happened or any(f.best is None for f in report.figures):
        return False
    if speakers_of(report) - speakers_of(event) and speakers_of(event):
        return False
    mine = {f.category: f.best for f in report.figures}
    theirs = {f.category: f.best for f in event.figures}
    shared = mine.keys() & theirs.keys()
    if not shared or any(mine[c] != theirs[c] for c in shared):
        return False
    places = places_of(report)
    return not places or bool(places & (places_of(event) | containers_of(event)))


def containers_of(draft: Draft) -> set[str]:
    """Return the keys of what the places of a draft lie in."""
    keys = set()
    for f in draft.places:
        outer = (f.place.same_as or f.place).within
        if outer is not None:
            keys.add(outer.entry.id if outer.entry is not None else outer.key)
        entry = (f.place.same_as or f.place).entry
        if entry is not None:
            keys.update(area.id for area in entry.within)
    return keys


def _repeats(reading: Reading, a: Draft, b: Draft) -> bool:
    if a.type != b.type:
        return False
    if (a.modality is b.modality) is False and {a.modality, b.modality} - {Modality.ASSERTED, Modality.CLAIMED}:
        return False
    for category in {f.category for f in a.figures} & {f.category for f in b.figures}:
        if {f.best for f in a.figures if f.category == category} != {
            f.best for f in b.figures if f.category == category
        }:
            return False
    if a.type == "CasualtyReport":
        mine = {(f.category, f.best, f.low) for f in a.figures}
        return bool(mine & {(f.category, f.best, f.low) for f in b.figures})
    pa, pb = places_of(a), places_of(b)
    shared = pa & pb
    headline = reading.zones[a.at] in ("title", "repeated-title") or reading.zones[b.at] in ("title", "repeated-title")
    toll = _equal_toll(a, b)
    nested = bool(pa & containers_of(b) or pb & containers_of(a))
    if pa and pb and not shared and not (nested and toll):
        return False
    da, db = a.date, b.date
    if da is not None and db is not None and da.start and db.start and da.start != db.start:
        return False
    sa, sb = speakers_of(a), speakers_of(b)
    if sa and sb and sa != sb and not headline and a.sentence != b.sentence:
        return False  # another source's word on it is a claim of its own
    aa, ab = agents_of(a), agents_of(b)
    if aa and ab and not aa & ab and not headline:
        return False
    if (headline or toll) and (shared or nested or not pa or not pb):
        return True
    if sa == sb and b.sentence - a.sentence <= 2 and (not pa or not pb) and aa & ab:
        return True
    # الاشتباكات after اشتباكات: a bare definite noun refers back.
    if b.sentence - a.sentence <= 2 and (sa == sb or not sa or not sb) and b.sentence > a.sentence:
        if not pb and not ab and b.trigger is not None and b.trigger.analysis.article and not b.trigger.verbal:
            return True
    if a.sentence == b.sentence:
        return abs(a.at - b.at) <= 12 and (bool(shared) or not pa or not pb) and (a.lemma == b.lemma or bool(shared))
    if shared and (aa & ab or not aa or not ab):
        return pa == pb or pb <= pa or pa <= pb
    return False


_TELLING = 4  # a toll of one, two or three is shared by too many happenings to tell them apart


def _equal_toll(a: Draft, b: Draft) -> bool:
    mine = {
        (f.category, f.best) for f in a.figures if f.category in ("killed", "injured") and (f.best or 0) >= _TELLING
    }
    return bool(mine & {(f.category, f.best) for f in b.figures})


def places_of(draft: Draft) -> set[str]:
    """Return the keys of the places where a draft says it happened."""
    keys = set()
    for f in draft.places:
        if f.role in ("place", "movedFrom"):
            place = f.place.same_as or f.place
            entry = place.entry
            keys.add(entry.id if entry is not None else place.key)
    return keys


def speakers_of(draft: Draft) -> set[str]:
    """Return the keys of the sources of a draft."""
    return {source_key(s) for s in (draft.attribution.chain if draft.attribution is not None else ())}


def agents_of(draft: Draft) -> set[str]:
    """Return the keys of who did it."""
    keys = set()
    for f in draft.fillers:
        if f.role != "agent":
            continue
        entry = (
            f.entry
            or (f.mention.of if f.mention is not None else None)
            or (f.mention.nation if f.mention is not None else None)
        )
        keys.add(entry.id if entry is not None else str(f.span))
    return keys


def _fuller(a: Draft, b: Draft, reading: Reading) -> bool:
    """The body's statement is fuller than the headline's; otherwise the first stands."""
    if reading.zones[b.at] in ("title", "repeated-title") and reading.zones[a.at] == "body":
        return True
    unsourced = b.attribution is None or not b.attribution.chain
    return unsourced and a.attribution is not None and bool(a.attribution.chain) and len(a.figures) > len(b.figures)


def complete(home: Draft, other: Draft) -> None:
    """Take over what only the repeat says; the slot keeps its own characters."""
    if not any(f.role == "agent" for f in home.fillers):
        home.fillers.extend(f for f in other.fillers if f.role == "agent")
    if not any(f.role == "target" for f in home.fillers):
        home.fillers.extend(f for f in other.fillers if f.role == "target")
    finer = bool(other.places) and bool(places_of(home)) and places_of(home) <= containers_of(other)
    more = len(other.places) > len(home.places) and places_of(home) <= places_of(other)
    if not home.places or finer or more:
        home.places = list(other.places)
    have = {f.category for f in home.figures}
    home.figures.extend(f for f in other.figures if f.category not in have)
    if home.date is None:
        home.date = other.date
    if home.attribution is None or not home.attribution.chain:
        if other.attribution is not None and other.attribution.chain:
            home.attribution = other.attribution
            if home.modality in (Modality.ASSERTED, Modality.CLAIMED):
                home.modality, home.modality_rule = other.modality, other.modality_rule
    home.subtype = home.subtype or other.subtype


def source_key(hit: SourceHit) -> str:
    """Return what tells one source from another: its registry id, else the rule that found it."""
    return hit.entry.id if hit.entry is not None else name_key(hit.rule)
