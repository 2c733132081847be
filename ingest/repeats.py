"""Repeats: statements of one article that say the same thing again become one claim with further evidence.

Invariant: statements that disagree in any slot stay apart, and another source's word is a claim of its own.
"""

from bisect import bisect_left

from ingest.attribution import SourceHit
from ingest.dates import DateExpression
from ingest.doers import Filler
from ingest.drafts import Draft
from ingest.lexicon import Entry
from ingest.linking import Nil
from ingest.locations import is_area
from ingest.mentions import Mention
from ingest.placemention import PlaceMention
from ingest.reading import Reading
from ingest.saying import said_on
from ontology.model import Modality
from ontology.normal import name_key

COMPARED = 100  # statements; what an article says again further on is a statement of its own


def merge_repeats(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with repeats folded into the first full statement; what disagrees in any slot stays apart."""
    kept: list[Draft] = []
    drafts = _without_condemned(reading, drafts)
    for at, draft in enumerate(drafts):
        _settle_means(reading, drafts[max(0, at - COMPARED) : at + COMPARED], draft)
    for draft in drafts:
        home = _home(reading, kept, draft)
        if home is None:
            kept.append(draft)
        elif _fuller(draft, home, reading):
            draft.merged = [home, *home.merged]
            home.merged = []
            complete(draft, home, named=reading.language == "ar")
            if reading.language == "ar":
                draft.date = day_of_happening(reading, draft, home)
            kept[kept.index(home)] = draft
        else:
            finer = reading.language == "ar" and not an_area(draft) and _told_within(reading, home, draft)
            home.merged.append(draft)
            complete(home, draft, named=reading.language == "ar")
            if reading.language == "ar":
                home.date = day_of_happening(reading, home, draft)
            if finer and draft.places:
                home.places = list(draft.places)
    return _fold_tolls(reading, _fold_generals(reading, kept))


def _without_condemned(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """ندد الرئيس بالهجمات على X: what is condemned was told, where something violent at X was told before."""
    if reading.language != "ar":
        return drafts
    violent = reading.lexicon.traits["violent"]
    kept: list[Draft] = []
    for draft in drafts:
        nominal = draft.trigger is not None and not draft.trigger.verbal and draft.trigger.analysis.article
        near = (k for k in range(draft.at - _CONDEMNED, draft.at + _ITS_ADJECTIVES) if 0 <= k < len(reading))
        home = None
        if nominal and draft.type in violent and any(reading.has(k, "condemn") is not None for k in near):
            where = places_of(draft) | containers_of(draft)
            told = [d for d in kept[-COMPARED:] if d.type in violent or d.type == "CasualtyReport"]
            fitting = (d for d in reversed(told) if not where or where & (places_of(d) | containers_of(d)))
            home = next(fitting, None)
        if home is None:
            kept.append(draft)
        else:
            home.merged.append(draft)
    return kept


def _fold_generals(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """تعرضت مناطق في المحافظة لغارات استهدفت إحداها X: a general clause and its instance are one happening."""
    if reading.language != "ar":
        return drafts
    kept: list[Draft] = []
    for at, draft in enumerate(drafts):
        near = drafts[max(0, at - COMPARED) : at + COMPARED]
        home = next((d for d in near if d is not draft and _instance(reading, draft, d)), None)
        if home is None:
            kept.append(draft)
        else:
            home.merged.extend([draft, *draft.merged])
            complete(home, draft)
    return kept


def _instance(reading: Reading, general: Draft, draft: Draft) -> bool:
    if draft.type != general.type or draft.modality is not general.modality or not general.places:
        return False
    if not an_area(general) or an_area(draft) or not _lies_in(draft, general) or general.figures:
        return False
    return any(_goes_on(reading, g, d) for g in (general, *general.merged) if g.places for d in (draft, *draft.merged))


def _home(reading: Reading, kept: list[Draft], draft: Draft) -> Draft | None:
    """The statement that this one repeats: the one most like it, of several the last."""
    best, home = 0, None
    for candidate in kept[-COMPARED:]:
        likeness = _likeness(reading, candidate, draft)
        if likeness and likeness >= best:
            best, home = likeness, candidate
    return home


def _settle_means(reading: Reading, drafts: list[Draft], draft: Draft) -> None:
    """A bombardment told without its means is the air strike on the same place that the article tells of."""
    if draft.type != "Shelling" or draft.subtype is not None or draft.trigger is None or draft.lemma not in _BARE_MEANS:
        return
    places = places_of(draft)
    for other in drafts:
        if other.type != "Airstrike" or other.modality.happened != draft.modality.happened:
            continue
        shared = places & places_of(other)
        if reading.language == "ar" and draft.sentence != other.sentence and _other_target(draft, other):
            continue
        if reading.language == "ar" and (_from_the_ground(draft) or not same_doer(reading, draft, other)):
            continue
        meant = draft.trigger.analysis.article or (bool(agents_of(draft)) and bool(agents_of(other)))
        told = reading.zones[draft.at] in ("title", "repeated-title") and _shared_doer(reading, draft, other)
        if shared or (told and other.sentence <= _LEAD) or (not places and other.sentence < draft.sentence and meant):
            draft.type, draft.subtype = "Airstrike", other.subtype
            return


def _from_the_ground(draft: Draft) -> bool:
    return any(f.role == "agent" and f.mention is not None and f.mention.ground for f in draft.fillers)


def _other_target(a: Draft, b: Draft) -> bool:
    """Both say what was hit, and no name of the one is of the other."""
    hit, struck = ([f for f in d.fillers if f.role == "target"] for d in (a, b))
    named = [{_identity(f) for f in fillers} - {None} for fillers in (hit, struck)]
    return bool(hit and struck) and all(named) and not named[0] & named[1]


_BARE_MEANS = frozenset({"قصف", "bombardment", "bombing", "attack", "strike"})


def _fold_tolls(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """A toll that only repeats the figures of an event of the article is further evidence of that event."""
    kept: list[Draft] = []
    events = [d for d in drafts if d.type in reading.lexicon.traits["takesToll"] and d.modality.happened and d.figures]
    for draft in drafts:
        report = draft.type == "CasualtyReport"
        home = next((e for e in _around(events, draft) if _same_toll(draft, e)), None) if report else None
        if home is None:
            kept.append(draft)
        else:
            home.merged.append(draft)
            have = {f.category for f in home.figures}
            home.figures.extend(f for f in draft.figures if f.category not in have)
    return kept


def _around(events: list[Draft], draft: Draft) -> list[Draft]:
    if len(events) <= COMPARED:
        return events
    at = bisect_left(events, draft.at, key=lambda event: event.at)
    return events[max(0, at - COMPARED) : at + COMPARED]


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
        keys |= _areas(f.place.same_as or f.place)
    return keys


def _areas(place: PlaceMention) -> set[str]:
    """What is known to contain a place, by the text or by the gazetteer."""
    outer, entry = place.within, place.entry
    keys = {area.id for area in (entry.within if entry is not None else ())}
    if isinstance(place.outcome, Nil):
        keys.update(area.id for area in place.outcome.areas)
    if outer is not None:
        keys.add(outer.entry.id if outer.entry is not None else outer.key)
        keys |= _areas(outer)
    return keys


def _likeness(reading: Reading, a: Draft, b: Draft) -> int:
    """How surely the later statement repeats the earlier: 3 by its places, 2 by headline or toll, 1 by reference."""
    if a.type != b.type:
        return 0
    history = _history(reading, a, b)
    if (
        a.modality is not b.modality
        and {a.modality, b.modality} - {Modality.ASSERTED, Modality.CLAIMED}
        and not history
    ):
        return 0
    if not _figures_agree(a, b, vague=reading.language == "ar"):
        return 0
    if a.type == "CasualtyReport":
        mine = {(f.category, f.best, f.low) for f in a.figures}
        return 2 if mine & {(f.category, f.best, f.low) for f in b.figures} else 0
    headline = any(reading.zones[d.at] in ("title", "repeated-title") for d in (a, b))
    if not _dates_agree(reading, a, b) or not (headline or same_doer(reading, a, b)):
        return 0
    if reading.language == "ar" and a.type in _GAINED and not headline and _counted(a) != _counted(b):
        return 0  # six villages of the province, and the whole of it, are two gains
    toll = _equal_toll(a, b)
    pa, pb = places_of(a), places_of(b)
    sa, sb = speakers_of(a), speakers_of(b)
    if _two_voices(reading, sa, sb) and not history and pa and pb and not headline and a.sentence != b.sentence:
        return 0  # another source's word on it is a claim of its own
    if pa and pb:
        return _same_scene(reading, a, b, sure=headline or toll)
    if headline or toll:
        return 2
    return 1 if _refers(reading, a, b) else 0


def _history(reading: Reading, a: Draft, b: Draft) -> bool:
    """سقوط المدينة after its fall was told as history: a noun without a day of its own means the same."""
    nominal = b.trigger is not None and not b.trigger.verbal
    return (
        a.modality is Modality.BACKGROUND
        and b.modality in (Modality.ASSERTED, Modality.CLAIMED)
        and nominal
        and _own_day(reading, b) is None
        and bool(places_of(a) & places_of(b))
        and _shared_doer(reading, a, b)
    )


def _figures_agree(a: Draft, b: Draft, *, vague: bool) -> bool:
    """The exact counts of a category are the same; dozens agree with any count that is not smaller."""
    for category in {f.category for f in a.figures} & {f.category for f in b.figures}:
        ours, theirs = ([f for f in d.figures if f.category == category] for d in (a, b))
        exact = [{f.best for f in side if f.best is not None} for side in (ours, theirs)]
        if exact[0] != exact[1] and (not vague or (exact[0] and exact[1])):
            return False
        least = max((f.low or 0 for f in (*ours, *theirs) if f.best is None), default=0)
        if any(best < least for side in exact for best in side):
            return False
    return True


def _two_voices(reading: Reading, one: set[str], other: set[str]) -> bool:
    """Neither relays the other; an unnamed source beside a named one may be of its people."""
    if one <= other or other <= one:
        return False
    unnamed = [all(key.startswith(_UNNAMED) for key in voices) for voices in (one, other)]
    return reading.language == "en" or unnamed[0] == unnamed[1] or not (len(one) == len(other) == 1)


def _same_scene(reading: Reading, a: Draft, b: Draft, *, sure: bool) -> int:
    """Two statements that both say where: the same places, a part of them, or one the area of the other."""
    pa, pb = places_of(a), places_of(b)
    if pa <= pb or pb <= pa:
        apart = a.sentence == b.sentence and abs(a.at - b.at) > _BESIDE and a.lemma != b.lemma
        return 0 if apart and not _by_means(reading, b) else 3
    if pa & pb:
        return 2 if sure else 0
    if a.type in _GAINED and not sure:
        return 0  # a gain of a part, and then of the whole, are two
    if sure and _namesakes(a, b):
        return 2
    led = an_area(a) and (b.sentence - a.sentence <= _NEXT or a.sentence <= _LEAD)
    if reading.language == "ar" and b.sentence > a.sentence and _told_within(reading, a, b):
        unknown = not any(_areas(f.place) for f in b.places) and b.sentence <= _LEAD + _NEXT
        return 2 if sure or (unknown and _shared_doer(reading, a, b)) else 0
    if _lies_in(b, a) or _lies_in(a, b):
        return 2 if sure or led or _goes_on(reading, a, b) else 0
    if led and b.sentence > a.sentence and not any(_areas(f.place) for f in b.places):
        return 2 if sure or _shared_doer(reading, a, b) else 0  # the lead names the province, what follows its villages
    return 0


def _namesakes(a: Draft, b: Draft) -> bool:
    """غزة in a headline and قطاع غزة below it: an area named in short."""
    ours, theirs = ([f.place.same_as or f.place for f in d.places] for d in (a, b))
    return any(
        (is_area(p) or is_area(q))
        and (set(p.key.split()) <= set(q.key.split()) or set(q.key.split()) <= set(p.key.split()))
        for p in ours
        for q in theirs
    )


def _lies_in(draft: Draft, area: Draft) -> bool:
    """Some place of the one lies in one of the other; the countryside of X holds what lies in the province of X."""
    inside = containers_of(draft)
    if places_of(area) & inside:
        return True
    rural = [f.place for f in area.places if f.place.kind == "countryside" and _areas(f.place)]
    return any(_areas(place) <= inside for place in rural)


def _told_within(reading: Reading, area: Draft, draft: Draft) -> bool:
    """The sentence about a village names the place of the headline again: قصف قرى X في مقاطعة منبج."""
    if len(area.places) != 1 or draft.sentence == area.sentence:
        return False
    a, b = reading.sentences[draft.sentence]
    place = area.places[0].place.same_as or area.places[0].place
    here = {word for k in range(a, b) for word in name_key(reading.raw[k]).split()}
    if not set(name_key(place.text).split()) <= here:
        return False
    key = area.places[0].place.key
    headlines = (d for d in (area, *area.merged) if reading.zones[d.at] != "body")
    return any(f.place.key == key for d in headlines for f in d.places)


def _goes_on(reading: Reading, a: Draft, b: Draft) -> bool:
    """قصفت أحياء المدينة، وأسفر القصف عن قتلى في حي X: a definite noun tells the instance of a general clause."""
    if reading.language != "ar" or b.trigger is None or b.trigger.verbal or not _lies_in(b, a):
        return False
    return b.trigger.analysis.article and 0 <= b.sentence - a.sentence <= 1 and b.at > a.at


def _by_means(reading: Reading, b: Draft) -> bool:
    """استهدفوا المدينة بثلاثين غارة: behind ب the noun says with what."""
    if reading.language != "ar" or b.trigger is None or b.trigger.verbal:
        return False
    counted = next((q.first for q in reading.quantities if q.last == b.at), b.at)
    letter = reading.words[counted - 1] if counted else ""
    return (
        b.trigger.analysis.pro.endswith("ب") or letter == "ب" or (counted < b.at and reading.words[counted][:1] == "ب")
    )


def _refers(reading: Reading, a: Draft, b: Draft) -> bool:
    """One of two statements says not where: it means the other where it stands close and brings no doer of its own."""
    if a.sentence == b.sentence:
        beside = abs(a.at - b.at) <= _BESIDE and (a.lemma == b.lemma or bool(agents_of(a) & agents_of(b)))
        return beside or (
            reading.language == "ar" and abs(a.at - b.at) <= _TOUCHING and not reading.words[b.at].startswith("و")
        )
    if any(f.place_count for f in b.figures) and (reading.language == "en" or a.sentence > _LEAD):
        return False
    if reading.language == "ar" and not places_of(a) | places_of(b) and _same_words(reading, a, b):
        return True
    gap = b.sentence - a.sentence
    shared = _shared_doer(reading, a, b)
    if places_of(b):
        told = a.trigger is not None and a.trigger.verbal and any(f.role == "target" for f in a.fillers)
        return (
            gap <= _NEXT and not told and (shared or not agents_of(a))
        )  # the lead says what, the next sentence says where
    if b.trigger is not None and b.trigger.analysis.article and not b.trigger.verbal:
        return gap <= _FAR or shared  # الاشتباكات after اشتباكات: a definite noun refers back
    return gap <= _FAR and shared


def _counted(draft: Draft) -> bool:
    return any(f.place_count for f in draft.figures) and bool(draft.places) and an_area(draft)


def _same_words(reading: Reading, a: Draft, b: Draft) -> bool:
    """إغلاق الطريق الرئيسي … إغلاق الطريق الرئيسي: told again in the same words."""
    return a.lemma == b.lemma and all(
        reading.words[a.at + k : a.at + k + 1] == reading.words[b.at + k : b.at + k + 1] for k in (1, 2)
    )


_CONDEMNED = 8  # words from a verb of condemning to what is condemned
_ITS_ADJECTIVES = 4
_GAINED = frozenset({"Takeover", "Withdrawal"})
_TOUCHING = 6  # قصف جوي بأكثر من عشر غارات
_BESIDE = 12  # words between two tellings of one happening in one sentence
_UNNAMED = "source "  # the key of a source that only its kind of people names
_LEAD = 3  # sentences that tell what the article will tell in detail
_NEXT = 2  # sentences in which a general statement is told in detail
_FAR = 4  # sentences over which a noun refers back


def an_area(draft: Draft) -> bool:
    """Tell whether a statement is about a whole province or country, which the next one may tell in detail."""
    return all(is_area(f.place.same_as or f.place) for f in draft.places)


def _dates_agree(reading: Reading, a: Draft, b: Draft) -> bool:
    """Days that the two statements name themselves must agree; the day that frames the article says nothing."""
    one, other = (_own_day(reading, d) for d in (a, b))
    return not one or not other or one.startswith(other) or other.startswith(one) or _one_said(reading, a, b)


def _one_said(reading: Reading, a: Draft, b: Draft) -> bool:
    """أعلن اليوم حصيلة الغارة … وقعت الغارة الأحد: one names the day of the saying, the other that of the happening."""
    if reading.language != "ar" or b.trigger is None or b.trigger.verbal or not b.trigger.analysis.article:
        return False
    return sum(d.date is not None and said_on(reading, d.date) for d in (a, b)) == 1


def day_of_happening(reading: Reading, home: Draft, draft: Draft) -> DateExpression | None:
    """Officials said Thursday … Wednesday's strike: the day of the happening, where one of the two is of the saying."""
    mine, theirs = home.date, draft.date
    if mine is None or theirs is None or reading.sentence_of[theirs.first] != draft.sentence:
        return mine
    if mine.start is not None and theirs.start is None:
        return mine
    return theirs if said_on(reading, mine) and not said_on(reading, theirs) else mine


def _own_day(reading: Reading, draft: Draft) -> str | None:
    date = draft.date
    if date is None or date.last == date.first or reading.sentence_of[date.first] != draft.sentence:
        return None
    return date.start


def same_doer(reading: Reading, a: Draft, b: Draft) -> bool:
    """Return True unless both name a doer and these are of two sides; a force without a name may be any of its kind."""
    ours, theirs = ([f for f in d.fillers if f.role == "agent"] for d in (a, b))
    return not ours or not theirs or any(_one_side(reading, f, g) for f in ours for g in theirs)


def _shared_doer(reading: Reading, a: Draft, b: Draft) -> bool:
    return bool(agents_of(a)) and bool(agents_of(b)) and same_doer(reading, a, b)


def _one_side(reading: Reading, f: Filler, g: Filler) -> bool:
    one, other = _identity(f), _identity(g)
    if one is not None and other is not None:
        return bool(_sides(reading, one) & _sides(reading, other))
    if f.mention is None or g.mention is None:
        return False
    kinds = {f.mention.subkind, g.mention.subkind}
    return kinds != {"stateForce", "armedGroup"} and any(_nameless(reading, m) for m in (f.mention, g.mention))


def _nameless(reading: Reading, mention: Mention) -> bool:
    """القوات, مجموعات مسلحة: a bare head, or one whose adjectives make it no particular group."""
    named = mention.entry or mention.of or mention.nation
    words = reading.words[mention.first : mention.last]
    return mention.generic or not (named or reading.language == "en" or any(w.startswith("ال") for w in words))


def _identity(f: Filler) -> Entry | None:
    mention = f.mention
    return f.entry or (mention.of or mention.nation if mention is not None else None)


def _sides(reading: Reading, entry: Entry) -> set[str]:
    found: set[str] = set()
    step: Entry | None = entry
    while step is not None and step.id not in found:
        found.add(step.id)
        step = reading.lexicon.registry.get(str(step.get("side_of")))
    return found


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


def complete(home: Draft, other: Draft, *, named: bool = False) -> None:
    """Take over what only the repeat says; the slot keeps its own characters.

    With `named`, a doer who is only told by an adjective (غارة روسية) gives way to the name that the repeat has.
    """
    mine, theirs = ([f for f in d.fillers if f.role == "agent"] for d in (home, other))
    if not mine:
        home.fillers.extend(theirs)
    elif named and theirs and all(f.mention is None for f in mine) and all(f.mention and f.entry for f in theirs):
        home.fillers = [*theirs, *(f for f in home.fillers if f.role != "agent")]
    if not any(f.role == "target" for f in home.fillers):
        home.fillers.extend(f for f in other.fillers if f.role == "target")
    finer = bool(other.places) and bool(home.places) and an_area(home) and not an_area(other)
    finer = finer and not _namesakes(home, other)  # صعدة in a headline is short for the province
    finer = finer or (bool(other.places) and bool(places_of(home)) and places_of(home) <= containers_of(other))
    more = len(other.places) > len(home.places) and places_of(home) <= places_of(other)
    if not home.places or finer or more:
        home.places = list(other.places)
    have = {f.category for f in home.figures if f.best is not None}
    told = {f.category for f in other.figures if f.best is not None} - have
    home.figures = [f for f in home.figures if f.category not in told]  # dozens give way to the count
    seen = {f.category for f in home.figures}
    home.figures.extend(f for f in other.figures if f.category not in seen)
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
    if hit.entry is None:
        return name_key(hit.rule)
    return str(hit.entry.get("speaks_for") or hit.entry.id)
