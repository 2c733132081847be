"""Retellings: an English article tells one happening in several sentences, as "the strike", as a toll, in older words.

Invariant: a definite "the strike" makes no happening of its own where the article told of one before that fits in
place and party; a toll without a cause joins a happening only where there is no doubt which.
"""

from ingest.claims import TAKES_TOLL, Draft
from ingest.reading import Reading
from ingest.repeats import agents_of, complete, containers_of, places_of, speakers_of
from ontology.model import Modality

_TOLD_BEFORE = frozenset({"Airstrike", "Shelling", "ArmedClash", "Offensive"})


def fold_echoes(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Fold "the strike" into the happening it means; an echo that says nothing of its own and means none is dropped."""
    kept: list[Draft] = []
    for draft in drafts:
        if not draft.echo:
            kept.append(draft)
            continue
        home = next((k for k in reversed(kept) if _echoes(reading, k, draft)), None)
        if home is not None:
            _join(home, draft)
        elif draft.fillers or draft.places:
            kept.append(draft)
    return kept


def _echoes(reading: Reading, home: Draft, draft: Draft) -> bool:
    if home.type != draft.type or (draft.cues and home.modality is not draft.modality):
        return False
    a, b = agents_of(home), agents_of(draft)
    if a and b and not a & b:
        return False
    if _rival(home, draft):
        return False
    return _places_fit(reading, home, draft)


def _happened(draft: Draft) -> bool:
    return draft.modality in (Modality.ASSERTED, Modality.CLAIMED)


def _rival(home: Draft, draft: Draft) -> bool:
    """Another voice that says what was hit, or how many died, tells its own version."""
    mine, theirs = speakers_of(home), speakers_of(draft)
    if not mine or not theirs or mine & theirs:
        return False
    targets = {f.span for f in home.fillers if f.role == "target"} and {
        f.span for f in draft.fillers if f.role == "target"
    }
    return bool(targets) or draft.modality is not home.modality or not _same_figures(home, draft)


def _same_figures(a: Draft, b: Draft) -> bool:
    mine = {f.category: f.best for f in a.figures}
    return all(mine.get(f.category, f.best) == f.best for f in b.figures)


def _places_fit(reading: Reading, home: Draft, draft: Draft) -> bool:
    mine, theirs = places_of(home), places_of(draft)
    if not mine or not theirs or mine & theirs:
        return True
    return bool(mine & containers_of(draft) or theirs & containers_of(home))


def _join(home: Draft, draft: Draft) -> None:
    home.merged.append(draft)
    home.merged.extend(draft.merged)
    complete(home, draft)


def settle_tolls(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Give a toll that stands alone to the one happening that it can be the toll of."""
    if reading.language != "en":
        return drafts
    kept: list[Draft] = []
    happenings = [d for d in drafts if d.type in TAKES_TOLL and _happened(d)]
    violent = [d for d in happenings if d.type in _TOLD_BEFORE] or happenings
    for draft in drafts:
        home = _cause(draft, violent) if draft.type == "CasualtyReport" and _happened(draft) else None
        if home is None:
            kept.append(draft)
        else:
            _join(home, draft)
    return kept


def _cause(report: Draft, happenings: list[Draft]) -> Draft | None:
    if report.joint:
        return None
    fitting = [d for d in happenings if _could_cost(d, report)]
    here = places_of(report)
    if here:
        same = [d for d in fitting if here & (places_of(d) | containers_of(d))]
        if len(same) == 1:
            return same[0]
        fitting = [d for d in fitting if not places_of(d)]
    elif len(happenings) > 1:
        # Among several happenings, the last one told just before, if nothing was said of its cost.
        before = [d for d in happenings if d.at < report.at]
        near = before[-1:] if before and report.sentence - before[-1].sentence <= 1 else []
        fitting = [d for d in near if d in fitting and not d.figures]
    return fitting[0] if len(fitting) == 1 else None


def _could_cost(happening: Draft, report: Draft) -> bool:
    if happening.figures and not _same_figures(happening, report):
        return False
    mine, theirs = speakers_of(happening), speakers_of(report)
    shared = {f.category for f in happening.figures} & {f.category for f in report.figures}
    return not shared or not mine or not theirs or bool(mine & theirs) or _same_figures(happening, report)
