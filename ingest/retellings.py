"""Retellings: an English article tells one happening in several sentences, as "the strike", as a toll, in older words.

Invariant: a definite "the strike" makes no happening of its own where the article told of one before that fits in
place and party; a toll without a cause joins a happening only where there is no doubt which.
"""

from ingest.drafts import Draft
from ingest.locations import PlaceFiller, is_area
from ingest.reading import Reading
from ingest.repeats import (
    COMPARED,
    an_area,
    complete,
    containers_of,
    day_of_happening,
    merge_repeats,
    places_of,
    same_doer,
    source_key,
    speakers_of,
)
from ingest.saying import said_on
from ingest.tolls import STRIKES
from ingest.triggers import among
from ontology.model import Modality
from ontology.normal import name_key

_TYPE_WORDS = frozenset({"city", "town", "village", "the", "of", "province", "governorate", "district", "countryside"})
_EARLY = frozenset({"initial", "initially", "earlier", "preliminary"})
_TELLING = 4  # a toll that tells one happening from another
_NEAR = 3  # sentences between two tellings of one strike in different words
_LEAD = 2  # sentences of the body that sum up what follows
_PARTS = frozenset({"child", "woman", "man", "student", "journalist"})  # populations counted as parts of a toll
_FAR = 5  # sentences between a happening and a toll that names neither it nor a place
_SIDES = 3  # steps from a force to the state it fights for


def told_again(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Return one draft a happening, with all that the article tells of it again."""
    if reading.language != "en":
        _mark_totals(reading, drafts)
        return supersede(reading, merge_repeats(reading, drafts))
    return settle_tolls(reading, supersede(reading, merge_repeats(reading, fold_echoes(reading, drafts))))


def fold_echoes(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Fold "the strike" into the happening it means; an echo that says nothing of its own and means none is dropped."""
    _settle_kinds(reading, drafts)
    _settle_offensives(drafts)
    _mark_totals(reading, drafts)
    kept: list[Draft] = []
    for draft in drafts:
        if not draft.echo:
            home = next((k for k in reversed(kept[-COMPARED:]) if _goes_on(reading, k, draft)), None)
            home = home or next((k for k in kept[:COMPARED] if _told_in_detail(reading, k, draft)), None)
            if home is None:
                kept.append(draft)
            else:
                _refine(reading, home, draft)
            continue
        homes = [k for k in reversed(kept[-COMPARED:]) if _echoes(reading, k, draft)]
        home = next((k for k in homes if places_of(k) & places_of(draft)), homes[0] if homes else None)
        if home is not None:
            _refine(reading, home, draft)
        elif draft.fillers or draft.places:
            rival = next((k for k in reversed(kept[-COMPARED:]) if k.type == draft.type and _rival(k, draft)), None)
            if rival is not None and not draft.places:
                draft.places = list(rival.places)  # the other side's version is of the same place
            kept.append(draft)
        elif reading.trace is not None:
            reading.trace.drop("drop.claim.reference", draft.at, entry=draft.trigger.entry if draft.trigger else None)
    return _fold_leads(reading, kept)


def _fold_leads(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Fold a second sentence of the lead without a place into the happening that a later one told in detail."""
    kept: list[Draft] = []
    for draft in drafts:
        told = (
            home
            for home in drafts[:COMPARED]
            if home is not draft and any(_told_in_detail(reading, draft, d) for d in (home, *home.merged))
        )
        home = next(told, None) if not draft.places and draft.type in STRIKES else None
        if home is None:
            kept.append(draft)
        else:
            _join(reading, home, draft)
    return kept


def _settle_kinds(reading: Reading, drafts: list[Draft]) -> None:
    """An attack on what a strike hit is that strike; missile strikes beside air raids, without a place, are raids."""
    for at, draft in enumerate(drafts):
        near = [
            d
            for d in drafts[max(0, at - COMPARED) : at + COMPARED]
            if d is not draft and abs(d.sentence - draft.sentence) <= _NEAR and _happened(d)
        ]
        if draft.places or not _happened(draft) or draft.trigger is None:
            continue
        if draft.type == "ArmedClash" and draft.trigger.entry.get("frame") == "attack":
            hit = _things(draft)
            like = next((d for d in near if d.type in STRIKES and d.at < draft.at and hit & _things(d)), None)
        elif draft.type == "Shelling" and draft.lemma in ("strike", "attack"):
            like = next((d for d in near if d.type == "Airstrike" and _things(draft) & _things(d)), None)
        else:
            continue
        if like is not None:
            draft.type, draft.subtype, draft.echo = like.type, like.subtype, draft.at > like.at


def _settle_offensives(drafts: list[Draft]) -> None:
    """Forces launched an attack … the forces carried out the offensive: a definite offensive is one told before."""
    for at, draft in enumerate(drafts):
        if draft.type != "Offensive" or not draft.echo or any(d.type == "Offensive" for d in drafts[:at]):
            continue
        told = [
            d
            for d in drafts[:at]
            if d.type == "ArmedClash"
            and d.trigger is not None
            and d.trigger.entry.get("frame") == "attack"
            and draft.sentence - d.sentence <= _NEAR
            and _happened(d)
        ]
        if told:
            told[-1].type, told[-1].subtype = "Offensive", None


def _things(draft: Draft) -> set[str]:
    """What was hit, by the words for it: schools, a school."""
    return {f.mention.head.lemma for f in draft.fillers if f.role == "target" and f.mention and f.mention.head}


def _echoes(reading: Reading, home: Draft, draft: Draft) -> bool:
    if home.type != draft.type or (draft.cues and home.modality is not draft.modality):
        return False
    a, b = _sides(reading, home), _sides(reading, draft)
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
    return bool(mine & containers_of(draft) or theirs & containers_of(home)) or _named_again(reading, home, draft)


def _named_again(reading: Reading, home: Draft, draft: Draft) -> bool:
    """The wide place of a general clause locates the instance: a market in X, in the Idlib countryside."""
    a, b = reading.sentences[draft.sentence]
    others = [t.i for t in among(reading.triggers, a, b) if t.i != draft.at]
    a = max((i for i in others if i < draft.at), default=a)
    b = min((i for i in others if i > draft.at), default=b)
    words = set(reading.words[a:b])
    names = [
        reading.words[(f.place.same_as or f.place).name_first : (f.place.same_as or f.place).last] for f in home.places
    ]
    plain = [[w for w in name if w not in _TYPE_WORDS] for name in names]
    return len(plain) == 1 and bool(plain[0]) and words.issuperset(plain[0])


def _goes_on(reading: Reading, home: Draft, draft: Draft) -> bool:
    """Tell whether a statement goes on with the one before: a general clause and its instance, or a bare repeat."""
    if home.type != draft.type or home.cues or draft.cues:
        return False
    if home.type == "Takeover":
        return _same_capture(reading, home, draft)
    if home.type not in reading.lexicon.traits["violent"]:
        return False
    a, b = _sides(reading, home), _sides(reading, draft)
    if (a and b and not a & b) or _other_day(reading, home, draft) or not _same_figures(home, draft):
        return False
    apart = draft.sentence - max(d.sentence for d in (home, *home.merged))
    mine, theirs = places_of(home), places_of(draft)
    if home.type == "Offensive":  # long, and told of again and again
        return bool(a & b or apart == 0) and (not mine or not theirs or bool(mine & theirs))
    if apart > 2 or _rival(home, draft) or draft.trigger is None:
        return False
    if mine and theirs:
        general = bool(a & b) and (mine <= containers_of(draft) or _named_again(reading, home, draft))
        return general and apart > 0 and not mine & theirs
    again = bool(a & b) or (not b and not theirs and home.lemma == draft.lemma)
    return apart > 0 and again


def _told_in_detail(reading: Reading, home: Draft, draft: Draft) -> bool:
    """Tell whether a lead without a place, or with a wide one, is told again as the one happening at a place.

    Airstrikes hit several sites … airstrikes hit a school in X; the jihadists overran a town … they took X.
    """
    if home.type != draft.type or not draft.places or (home.modality is not draft.modality and not _happened(home)):
        return False
    if home.type == "Evacuation":
        if home.modality is not Modality.PLANNED:
            return False
    elif home.type not in (*STRIKES, "Takeover") or home.cues or draft.cues or not _happened(home):
        return False
    if not _happened(draft) and home.type != "Evacuation":
        return False
    apart = draft.sentence - home.sentence
    if not 0 < apart <= _FAR or _body_sentence(reading, home) > _LEAD or _another(reading, draft):
        return False
    mine = places_of(home)
    wide = all(is_area(f.place) or _a_city(f) for f in home.places)
    inside = mine <= containers_of(draft) or _short_for_area(home, draft)
    if mine and not ((wide and inside) or _unlinked_area(home, draft)):
        return False
    a, b = _sides(reading, home), _sides(reading, draft)
    if not same_doer(reading, home, draft) or _other_day(reading, home, draft) or not _parts_agree(home, draft):
        return False
    return home.type != "Takeover" or bool(a & b)


def _unlinked_area(home: Draft, draft: Draft) -> bool:
    """Strikes in the Sagaing region killed seven … bombs on a village killed seven: an area no gazetteer has."""
    unknown = all(f.place.entry is None and f.place.kind in ("region", "governorate", "district") for f in home.places)
    counts = {(f.category, f.best) for f in home.figures if (f.best or 0) >= _TELLING}
    return unknown and bool(counts & {(f.category, f.best) for f in draft.figures})


def _short_for_area(home: Draft, draft: Draft) -> bool:
    """Gaza residents … the Bureij camp in the Gaza Strip: the lead names in short the area that the detail lies in."""
    areas: list[set[str]] = []
    for f in draft.places:
        place = f.place.same_as or f.place
        outer = [place.within.key] if place.within is not None else []
        known = [name_key(a.names.get("en", "")) for a in (place.entry.within if place.entry is not None else ())]
        areas.extend(set(name.split()) for name in (*outer, *known))
    return all(any(set(f.place.key.split()) < area for area in areas) for f in home.places)


def _body_sentence(reading: Reading, draft: Draft) -> int:
    """The number of the draft's sentence in the body; the headline's is none."""
    return sum(reading.zones[a] == "body" for a, _ in reading.sentences[: draft.sentence])


def _another(reading: Reading, draft: Draft) -> bool:
    a, b = reading.sentences[draft.sentence]
    return bool(reading.between("another", a, b))


def _a_city(filler: PlaceFiller) -> bool:
    entry = (filler.place.same_as or filler.place).entry
    return entry is not None and entry.kind == "city"


def _parts_agree(a: Draft, b: Draft) -> bool:
    """The counts of the two do not speak against each other: nine children are a part of 23 civilians."""
    for one in a.figures:
        for other in b.figures:
            if one.category != other.category or one.best is None or other.best is None or one.best == other.best:
                continue
            part, whole = sorted((one, other), key=lambda f: f.best or 0)
            if part.of not in _PARTS or whole.of in _PARTS:
                return False
    return True


def _same_capture(reading: Reading, home: Draft, draft: Draft) -> bool:
    """… captured X on Friday … by capturing a key town on Friday: the unnamed one is the named one."""
    if draft.places or not home.places or draft.date is None or home.date is None or draft.figures:
        return False
    own = reading.sentence_of[draft.date.first] == draft.sentence
    a, b = _sides(reading, home), _sides(reading, draft)
    return own and draft.date.start == home.date.start and (not a or not b or bool(a & b))


def _sides(reading: Reading, draft: Draft) -> set[str]:
    """Whose hands did it, up to the state that they fight for: Russian jets and Russian warplanes are one side."""
    keys: set[str] = set()
    for f in draft.fillers:
        if f.role != "agent":
            continue
        mention = f.mention
        entry = f.entry or ((mention.of or mention.nation) if mention is not None else None)
        for _ in range(_SIDES):
            outer = reading.lexicon.registry.get(str(entry.get("side_of"))) if entry is not None else None
            if outer is None:
                break
            entry = outer
        keys.add(entry.id if entry is not None else f.span.of(reading.text).lower())
    return keys


def _other_day(reading: Reading, a: Draft, b: Draft) -> bool:
    if any(d.date is not None and said_on(reading, d.date) for d in (a, b)):
        return False
    return (
        a.date is not None
        and b.date is not None
        and a.date.start is not None
        and b.date.start is not None
        and a.date.precision == b.date.precision
        and a.date.start != b.date.start
    )


def _mark_totals(reading: Reading, drafts: list[Draft]) -> None:
    """A toll of unplaced strikes that the tolls of the strikes told after it add up to is a report of its own."""
    for at, draft in enumerate(drafts):
        total = next((f for f in draft.figures if f.category == "killed"), None)
        if draft.type not in reading.lexicon.traits["violent"] or total is None or not total.best:
            continue
        if draft.places and (reading.language == "en" or not (len(draft.places) > 1 or an_area(draft))):
            continue
        parts = [
            d
            for d in drafts[max(0, at - COMPARED) : at + COMPARED]
            if d is not draft and _could_be_part(reading, d, draft) and d.places and _happened(d) and not d.echo
        ]
        counts = [f.best for d in parts for f in d.figures if f.category == "killed" and f.best]
        if reading.language == "ar":
            counts = [count for count in counts if count != total.best]  # the lead repeats the headline's total
        if any(sum(counts[:n]) == total.best for n in range(2, len(counts) + 1)):
            for part in parts:
                if not any(f.role == "agent" for f in part.fillers):
                    part.fillers.extend(f for f in draft.fillers if f.role == "agent")
            draft.type, draft.subtype, draft.joint = "CasualtyReport", None, True


def _could_be_part(reading: Reading, part: Draft, whole: Draft) -> bool:
    if part.at <= whole.at:
        return False
    if reading.language == "en":
        return part.type == whole.type
    counted = part.type == "CasualtyReport" or part.type in reading.lexicon.traits["violent"]
    if not counted or part.sentence == whole.sentence:
        return False
    around = places_of(whole) if whole.places else set()
    return not whole.places or bool(places_of(part) & around or containers_of(part) & around)


def _join(reading: Reading, home: Draft, draft: Draft) -> None:
    home.merged.append(draft)
    home.merged.extend(draft.merged)
    complete(home, draft)
    home.date = day_of_happening(reading, home, draft)
    counted = {(f.category, f.best) for f in home.figures}
    parts = {f.category for f in home.figures if f.of in _PARTS}
    home.figures.extend(
        f for f in draft.figures if f.category in parts and f.of not in _PARTS and (f.category, f.best) not in counted
    )


def _refine(reading: Reading, home: Draft, draft: Draft) -> None:
    """Join what a later sentence says with finer words: its place and its target stand for the general ones."""
    if all(f.place.entry is not None and f.place.entry.kind == "country" for f in draft.places):
        draft.places = []
    finer = bool(draft.places) and not places_of(home) & places_of(draft) and not places_of(draft) & containers_of(home)
    targets = [f for f in draft.fillers if f.role == "target"]
    same = bool(home.figures and draft.figures) and _same_figures(home, draft)
    _join(reading, home, draft)
    if finer or same:
        _append_speakers(home, draft)
    if finer:
        home.places = list(draft.places)
        if targets:
            home.fillers = [f for f in home.fillers if f.role != "target"] + targets


def _append_speakers(home: Draft, draft: Draft) -> None:
    """Both voices answer for a happening whose slots both of them filled, the first one first."""
    if home.attribution is None or draft.attribution is None or home.attribution is draft.attribution:
        return
    known = speakers_of(home)
    more = tuple(s for s in draft.attribution.chain if source_key(s) not in known)
    home.attribution = home.attribution._replace(chain=(*home.attribution.chain, *more))


def supersede(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Fold an earlier, lower count of the same happening, or another voice's word on it, into the fullest telling."""
    kept: list[Draft] = []
    for draft in drafts:
        home = next((k for k in kept[-COMPARED:] if _outdated(reading, k, draft)), None)
        if home is None:
            kept.append(draft)
            continue
        low, high = sorted((draft, home), key=_count)
        latest = {f.category for f in high.figures}
        figures = [*high.figures, *(f for f in low.figures if f.category not in latest)]
        _join(reading, home, draft)
        home.figures = figures
    return kept


def _outdated(reading: Reading, home: Draft, draft: Draft) -> bool:
    mine, theirs = places_of(home), places_of(draft)
    if home.type != draft.type or home.type not in STRIKES or not _happened(home):
        return False
    if home.modality is not draft.modality or not mine or not mine & theirs:
        return False
    same = _same_figures(home, draft)
    if reading.language == "ar":
        return mine == theirs and not same and _later_count(reading, home, draft)
    a, b = _sides(reading, home), _sides(reading, draft)
    voices = speakers_of(home), speakers_of(draft)
    if (a and b and not a & b) or _other_day(reading, home, draft):
        return False
    told = bool(a & b) or bool(home.figures and draft.figures)
    if voices[0] and voices[1] and voices[0] != voices[1] and not (same and told):
        return False
    return not _another(reading, draft)


def _later_count(reading: Reading, home: Draft, draft: Draft) -> bool:
    """Two tolls of one strike, the one in every category as high as the other at least: an early and a late count."""
    if home.sentence == draft.sentence or not same_doer(reading, home, draft) or _other_day(reading, home, draft):
        return False
    voices = speakers_of(home), speakers_of(draft)
    if all(voices) and not voices[0] & voices[1]:
        return False
    low, high = sorted((draft, home), key=_count)
    least = {f.category: f.best or 0 for f in low.figures}
    most = {f.category: f.best or 0 for f in high.figures}
    if any(most[c] < least[c] for c in least.keys() & most.keys()) and _count(low) != _count(high):
        return False
    return not _another(reading, draft)


def _count(draft: Draft) -> int:
    return sum(f.best or 0 for f in draft.figures if f.category in ("killed", "injured"))


def settle_tolls(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Give a toll that stands alone to the one happening that it can be the toll of."""
    kept: list[Draft] = []
    happenings = [d for d in drafts if d.type in reading.lexicon.traits["takesToll"] and _happened(d)]
    violent = [d for d in happenings if d.type in reading.lexicon.traits["violent"]] or happenings
    for draft in drafts:
        home = _cause(reading, draft, violent) if draft.type == "CasualtyReport" and _happened(draft) else None
        if home is None:
            kept.append(draft)
        else:
            raised = {f.category for f in draft.figures} if _higher(home, draft) else set()
            home.figures = [f for f in home.figures if f.category not in raised]
            _join(reading, home, draft)
    return kept


def _cause(reading: Reading, report: Draft, happenings: list[Draft]) -> Draft | None:
    if report.joint:
        return None
    if reading.zones[report.at] != "body":
        told = [d for d in happenings if d.figures and reading.zones[d.at] == "body" and _all_told(d, report)]
        if told:
            return told[0]  # the headline's toll is the body's
    near = [d for d in happenings if abs(d.sentence - report.sentence) <= _FAR]
    if reading.language == "en" and (counted := _early_count(reading, report, near)) is not None:
        return counted
    here = places_of(report)
    fitting = [d for d in (happenings if here else near) if _could_cost(d, report)]
    if here:
        same = [d for d in fitting if here & (places_of(d) | containers_of(d))]
        if len(same) == 1:
            return same[0]
        reach = 0 if reading.language == "ar" else 1
        fitting = [d for d in fitting if not places_of(d) and abs(d.sentence - report.sentence) <= reach]
    elif (
        len(happenings) > 1
        and len(own := [d for d in fitting if d.modality is Modality.ASSERTED]) == 1
        and all(d is own[0] or d.modality is Modality.CLAIMED for d in happenings)
    ):
        fitting = own  # the other side's version of it is no second happening
    elif len(happenings) > 1:
        # Among several happenings, the last one told just before, if nothing was said of its cost.
        before = [d for d in happenings if d.at < report.at]
        last = before[-1:] if before and report.sentence - before[-1].sentence <= 1 else []
        fitting = [d for d in last if d in fitting and not d.figures]
    return fitting[0] if len(fitting) == 1 else None


def _early_count(reading: Reading, report: Draft, happenings: list[Draft]) -> Draft | None:
    """Initial reports had five dead: an early count of the happening whose toll is higher."""
    words = set(reading.words[slice(*reading.sentences[report.sentence])])
    if places_of(report) or not words & _EARLY:
        return None
    counted = [d for d in happenings if d.figures and d.sentence < report.sentence and _count(d) > _count(report)]
    return counted[-1] if counted else None


def _higher(happening: Draft, report: Draft) -> bool:
    """The count of the report is the happening's or a later, higher one."""
    mine = {f.category: f.best or 0 for f in happening.figures}
    return all(mine.get(f.category, 0) <= (f.best or 0) for f in report.figures)


def _all_told(happening: Draft, report: Draft) -> bool:
    mine = {f.category: f.best for f in happening.figures}
    return all(f.best is not None and mine.get(f.category) == f.best for f in report.figures)


def _could_cost(happening: Draft, report: Draft) -> bool:
    if places_of(happening) & places_of(report) and _higher(happening, report):
        return True
    if happening.figures and not _same_figures(happening, report):
        return False
    mine, theirs = speakers_of(happening), speakers_of(report)
    shared = {f.category for f in happening.figures} & {f.category for f in report.figures}
    return not shared or not mine or not theirs or bool(mine & theirs) or _same_figures(happening, report)
