"""Context: what stands between a trigger and the world (negation, denial, plan, fear, condition, background).

Invariant: only a cue of the lexicon changes a modality, and the claim names the cue. A thing that is negated, denied,
planned, feared or told as history never stays asserted.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from ingest.reading import Reading
from ingest.triggers import TriggerHit
from ontology.model import Modality, Span

BACKGROUND_DAYS = 3
_ORDER = (Modality.DENIED, Modality.BACKGROUND, Modality.PLANNED, Modality.FEARED)


@dataclass(frozen=True, slots=True)
class CueHit:
    """A cue at tokens [first, last)."""

    first: int
    last: int
    span: Span
    effect: Modality
    rule: str
    scope: str
    reach: int
    drop: bool
    tense: str | None
    only_types: tuple[str, ...]
    direction: str
    particle: bool = False


def find_cues(reading: Reading) -> list[CueHit]:
    """Return the cues of the text."""
    found: list[CueHit] = []
    for i in sorted({*reading.tokens_of("cues"), *reading.phrase_at}):
        if reading.punct[i] or (reading.language == "en" and _carried_out_english(reading, i)):
            continue
        phrase = reading.phrase_of(i, "cues")
        if phrase is not None:
            found.append(_cue(reading, i, phrase.last, phrase.entry))
            continue
        analysis = next((a for a in reading.analyses[i] if a.entry.section == "cues"), None)
        if analysis is not None:
            unless = analysis.entry.get("unless")
            if unless and reading.words[i] in reading.lexicon.words_of(unless):
                continue
            found.append(_cue(reading, i, i + 1, analysis.entry))
    return found


_EN_CARRIED_OUT = frozenset(
    [
        "managed",
        "manages",
        "able",
        "began",
        "begun",
        "begin",
        "begins",
        "started",
        "start",
        "continued",
        "continue",
        "continues",
        "forced",
        "compelled",
        "obliged",
        "helped",
        "had",
        "proceeded",
        "moved",
        "rushed",
        "returned",
        "went",
        "came",
        "used",
    ]
)


def _carried_out_english(reading: Reading, i: int) -> bool:
    """The "to" of "managed to" or "were forced to": what follows was done."""
    if reading.words[i] == "may" and any(d.first <= i < d.last for d in reading.dates):
        return True  # the month
    if reading.words[i] != "to" or not i:
        return False
    if reading.words[i - 1] in _EN_CARRIED_OUT:
        return True
    return any(
        reading.words[k] in ("forced", "forcing", "forces", "compelled", "prompted", "prompting", "led", "caused")
        for k in range(max(0, i - 5), i)
    )


def _cue(reading: Reading, first: int, last: int, entry: object) -> CueHit:
    get = entry.get  # type: ignore[attr-defined]
    return CueHit(
        first,
        last,
        reading.span(first, last),
        Modality(get("effect")),
        entry.id,  # type: ignore[attr-defined]
        str(get("scope", "forward")),
        int(get("reach", 8)),
        bool(get("drop", False)),
        get("tense"),
        tuple(get("only_types", ())),
        str(get("direction", "forward")),
        bool(get("particle", False)),
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
        if cue.tense and trigger.analysis.form.tense != cue.tense:
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
        if cue.scope in ("forward", "word") and _cut(reading, low, high):
            continue
        if cue.particle and not trigger.verbal and not _negates_noun(reading, cue.last):
            continue
        found.append(cue)
    return found


def _negates_noun(reading: Reading, i: int) -> bool:
    """لم تقع غارات, لم تشن غارات: the negated verb is one of happening; لم تتوقف الغارات says the contrary."""
    return reading.has(i, "occur") is not None or reading.has(i, "lightVerb") is not None


def _cut(reading: Reading, begin: int, end: int) -> bool:
    """A scope ends at a semicolon, a clause word, or a comma that opens a new clause with a verb."""
    for j in range(begin, end):
        if reading.raw[j] in (";", "؛", "::", "."):
            return True
        if reading.has(j, "clause") is not None and reading.words[j] not in ("بعد", "قبل", "after", "before"):
            return True
        if reading.words[j] in ("بعد", "after", "following"):
            return True
        # What is told as the cause, or of which thing one speaks, has happened: fled the shells that hit the town.
        if reading.language == "ar" and (
            reading.has(j, "relative") is not None
            or (reading.has(j, "cause") is not None and reading.words[j] != "خلال")
        ):
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


def background_by_date(end: str | None, published: str | None) -> bool:
    """True where a thing dated by the text lies more than three days before publication."""
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


def after_publication(start: str | None, published: str | None) -> bool:
    """True where a thing is dated after the day of publication."""
    return start is not None and published is not None and start[:10] > published[:10]


def strongest(cues: list[CueHit]) -> CueHit | None:
    """Return the cue that decides: denial over background over plan over fear."""
    for effect in _ORDER:
        for cue in cues:
            if cue.effect is effect:
                return cue
    return None
