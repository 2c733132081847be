"""Context: what stands between a trigger and the world (negation, denial, plan, fear, condition, background).

Invariant: only a cue of the lexicon changes a modality, and the claim names the cue. A thing that is negated, denied,
planned, feared or told as history never stays asserted.
"""

from datetime import date, timedelta
from typing import NamedTuple

from ingest.dates import DateExpression
from ingest.lexicon import Entry
from ingest.reading import Reading
from ingest.triggers import TriggerHit
from ontology.model import Modality, Span

BACKGROUND_DAYS = 3
_EXCUSE_REACH = 5  # words before a cue that may show that it is none
_CARRIED = 6  # words from a verb to the noun that it carries
_ORDER = (Modality.DENIED, Modality.BACKGROUND, Modality.PLANNED, Modality.FEARED)


class CueHit(NamedTuple):
    """A cue at tokens [first, last)."""

    first: int
    last: int
    span: Span
    effect: Modality
    rule: str
    scope: str
    reach: int
    drop: bool
    tense: tuple[str, ...]
    only_types: tuple[str, ...]
    direction: str
    particle: bool = False
    framing: bool = False  # perhaps, if: a word that no verb or noun rules, and that holds for a whole statement


def find_cues(reading: Reading) -> list[CueHit]:
    """Return the cues of the text."""
    found: list[CueHit] = []
    for i in sorted({*reading.tokens_in("cues"), *reading.phrase_at}):
        if reading.punct[i]:
            continue
        phrase = reading.phrase_of(i, "cues")
        if phrase is not None:
            if not _excused(reading, i, phrase.last, phrase.entry):
                found.append(_cue(reading, i, phrase.last, phrase.entry))
            continue
        known = [a for a in reading.analyses[i] if a.entry.section == "cues"]
        opens = i == reading.sentences[reading.sentence_of[i]][0] or reading.punct[i - 1]
        # أمر الجيش السكان …: what opens a clause is the verb, where the word can be read as one
        plain = next((a for a in known if not a.entry.get("only_types")), None)
        first = next((a for a in known if opens and a.entry.pos == "verb"), plain)
        # أن: what the verb behind it tells depends on its tense, and each cue names its own; so do cues of some types
        narrow = [a for a in known if a.entry.get("tense") or a.entry.get("only_types")]
        for entry in dict.fromkeys(a.entry for a in known if a is first or a in narrow):
            unless = entry.get("unless")
            if unless and reading.words[i] in reading.lexicon.words_of(unless):
                continue
            if not _excused(reading, i, i + 1, entry):
                found.append(_cue(reading, i, i + 1, entry))
    return found


def _excused(reading: Reading, i: int, last: int, entry: Entry) -> bool:
    """True where the words beside show that this is no cue: managed to, perhaps because of."""
    if reading.words[i] == "may" and reading.dated(i):
        return True  # the month
    prev, before = entry.get("unless_prev"), entry.get("unless_before")
    a, b = reading.sentences[reading.sentence_of[i]]
    follows = entry.get("unless_next")
    if follows and last < b and _is_one(reading, last, reading.lexicon.words_of(follows)):
        return True
    if prev and i > a and _is_one(reading, i - 1, reading.lexicon.words_of(prev)):
        return True
    if not before:
        return False
    words = reading.lexicon.words_of(before)
    return any(_is_one(reading, k, words) for k in range(max(a, i - _EXCUSE_REACH), i))


def _is_one(reading: Reading, j: int, words: frozenset[str]) -> bool:
    return reading.words[j] in words or any(variant.host in words for variant in reading.variants[j])


def _cue(reading: Reading, first: int, last: int, entry: Entry) -> CueHit:
    get = entry.get
    return CueHit(
        first,
        last,
        reading.span(first, last),
        Modality(get("effect")),
        entry.id,
        str(get("scope", "forward")),
        int(get("reach", 8)),
        bool(get("drop", False)),
        tuple(get("tense", ())),
        tuple(get("only_types", ())),
        str(get("direction", "forward")),
        bool(get("particle", False)),
        entry.pos in ("word", "phrase"),
    )


def cues_of(reading: Reading, trigger: TriggerHit, cues: list[CueHit]) -> list[CueHit]:
    """Return the cues whose scope holds the trigger."""
    a, b = reading.sentences[reading.sentence_of[trigger.i]]
    found: list[CueHit] = []
    for cue in cues:
        if not a <= cue.first < b or cue.first == trigger.i:
            continue
        if cue.only_types and trigger.type not in cue.only_types:
            continue
        if cue.scope == "word" and not trigger.verbal and _carries(reading, cue, trigger):
            found.append(cue)
            continue
        if cue.tense and trigger.analysis.form.tense not in cue.tense:
            continue
        if cue.first < trigger.i < cue.last:
            found.append(cue)  # حال انسحابهم: the trigger is a word of the cue itself
            continue
        distance = trigger.i - cue.last + 1
        if cue.direction == "backward":
            distance = cue.first - trigger.i
        if cue.scope == "clause":
            if abs(trigger.i - cue.first) <= cue.reach:
                found.append(cue)
            continue
        if not 0 < distance <= cue.reach:
            continue
        low, high = sorted((cue.last, trigger.i))
        if cue.scope in ("forward", "word") and (_cut(reading, low, high) or _told(reading, cue, low, high)):
            continue
        if cue.particle and not trigger.verbal and trigger.i != cue.last:
            continue  # لم تتوقف الغارات says the contrary; لا غارات is without a verb
        found.append(cue)
    return found


def _carries(reading: Reading, cue: CueHit, trigger: TriggerHit) -> bool:
    """لم تقع غارات, قد تشن إسرائيل هجوما: the cue rules a verb of happening or doing, and that verb the noun.

    A preposition behind a verb of happening leads elsewhere (لم تقع إصابات في الغارات).
    """
    verb, i = cue.last, trigger.i
    if not verb < i <= verb + _CARRIED or cue.direction == "backward":
        return False
    happening, doing = reading.has(verb, "occur"), reading.has(verb, "lightVerb")
    carrier = doing or happening
    if carrier is None or (cue.tense and carrier.form.tense not in cue.tense) or _cut(reading, verb + 1, i):
        return False
    if doing is not None:
        return True
    apart = any(
        reading.has(k, "prep") is not None or reading.has(k, "cause") is not None or reading.phrase_of(k, "cause")
        for k in range(verb + 1, i)
    )
    return not apart and trigger.analysis.pro.strip("وف") == ""


def _cut(reading: Reading, begin: int, end: int) -> bool:
    """A scope ends at a semicolon, a clause word, or a comma that opens a new clause with a verb."""
    for j in range(begin, end):
        if reading.raw[j] in (";", "؛", "::", "."):
            return True
        if reading.has(j, "clause") is not None and reading.words[j] not in ("بعد", "قبل", "after", "before"):
            return True
        if reading.words[j] in ("بعد", "after", "following"):
            return True
        if (
            reading.raw[j] in ("،", ",")
            and j + 1 < end
            and any(
                x.entry.pos == "verb" and (x.pro.startswith("و") or reading.language == "en")
                for x in reading.analyses[j + 1]
            )
        ):
            return True
    return False


def _told(reading: Reading, cue: CueHit, begin: int, end: int) -> bool:
    """What a verb of planning or fearing tells as a cause, or of which thing, has happened: fled the shells that hit.

    A cue that frames a whole statement (denied that, perhaps, if) holds for its causes too.
    """
    if reading.language != "ar" or cue.effect is Modality.DENIED or cue.framing:
        return False
    framed = cue.last < end and reading.has(cue.last, "complementiser") is not None
    return not framed and (
        bool(reading.between("relative", begin, end))
        or any(reading.words[j] != "خلال" for j in reading.between("cause", begin, end))
    )


def background_by_date(told: DateExpression | None, published: str | None) -> bool:
    """True where a thing dated by the text lies more than three days before publication.

    What the text tells as of today or yesterday is its news, though the page be dated later.
    """
    end = told.end if told is not None and not told.current else None
    if end is None or published is None:
        return False
    try:
        return date.fromisoformat(end[:10]) < date.fromisoformat(published[:10]) - timedelta(days=BACKGROUND_DAYS)
    except ValueError:
        return False


def future_verb(reading: Reading, i: int) -> Span | None:
    """The verb with س that rules a noun of action: ستشن عملية, سيبدأ الانسحاب."""
    a, _ = reading.sentences[reading.sentence_of[i]]
    for j in range(i - 1, max(a - 1, i - 7), -1):
        if reading.raw[j] in ("،", ",", "؛", ";", ":"):
            return None
        verb = next((x for x in reading.analyses[j] if x.entry.pos == "verb"), None)
        if verb is not None:
            return reading.span(j, j + 1) if verb.pro.endswith("س") else None
    return None


def after_publication(told: DateExpression | None, published: str | None) -> bool:
    """True where a thing is dated after the day of publication; never what the text tells as of today."""
    start = told.start if told is not None and not told.current else None
    return start is not None and published is not None and start[:10] > published[:10]


def strongest(cues: list[CueHit]) -> CueHit | None:
    """Return the cue that decides: denial over background over plan over fear."""
    for effect in _ORDER:
        for cue in cues:
            if cue.effect is effect:
                return cue
    return None
