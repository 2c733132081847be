"""Triggers: the words that name a happening, gated by conditions of the lexicon on their context.

Invariant: a trigger is a lexicon entry whose conditions hold, never a bare string; one token gives at most one.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ingest.lexicon import Condition, Entry
from ingest.mentions import ACTOR, FACILITY, PEOPLE, Mention, nation_adjective
from ingest.placemention import PlaceMention
from ingest.reading import Analysis, Reading
from ingest.wordclass import (
    PASSIVE_AUXILIARIES,
    acts_behind_subject,
    fits_word_class,
    is_auxiliary,
    stands_as_noun,
)
from ontology.model import Span

_NEAR = 12
_NEAR_CLASS = 10
_BESIDE = 3  # words within which a comma parts nothing
_WEAPON_REACH = 22
_WEAPONS = frozenset({"air", "artillery", "rocket", "munition"})
_ASIDE_REACH = 7  # words between the two commas of an aside
_OBJECT_REACH = 6
_SECONDARY_REACH = 24
_NOTHING: frozenset[str] = frozenset()
_NO_CONDITIONS: Mapping[str, Any] = {}
OBJECT_WORDS = frozenset(
    {
        "control",
        "full",
        "total",
        "complete",
        "partial",
        "more",
        "new",
        "several",
        "some",
        "hold",
        "oil",
        "gas",
        "border",
        "air",
        "military",
        "army",
        "number",
        "of",
    }
)


_ADVERBS = frozenset({"also", "then", "later", "have", "has", "had", "reportedly", "repeatedly"})
_DEFINITE = frozenset({"the", "this", "that", "these", "those", "such"})


class TriggerHit(NamedTuple):
    """A trigger at token `i`, with the type that its context gives."""

    i: int
    analysis: Analysis
    type: str
    subtype: str | None
    span: Span

    @property
    def entry(self) -> Entry:
        """The lexicon entry that matched."""
        return self.analysis.entry

    @property
    def verbal(self) -> bool:
        """True for a finite verb."""
        return self.entry.pos == "verb" and self.analysis.form.tense != "gerund"


class Surroundings:
    """What stands where in a reading: mentions and places by their tokens."""

    def __init__(self, reading: Reading, mentions: Sequence[Mention], places: Sequence[PlaceMention]) -> None:
        self.reading = reading
        self.mentions = list(mentions)
        self.places = list(places)
        self.mention_at: dict[int, Mention] = {}
        for m in mentions:
            self.mention_at.setdefault(m.first, m)
        self.place_at = {p.first: p for p in places}
        self.place_cover = {k: p for p in places for k in range(p.first, p.last)}
        self.mention_cover: dict[int, Mention] = {}
        for m in mentions:
            for k in range(m.first, m.last):
                self.mention_cover.setdefault(k, m)
        self.quantity_at = {q.first: q for q in reading.quantities}
        self._places_of: dict[int, list[PlaceMention]] = {}
        for p in places:
            self._places_of.setdefault(reading.sentence_of[p.first], []).append(p)
        self._mentions_of: dict[int, list[Mention]] = {}
        for m in mentions:
            self._mentions_of.setdefault(reading.sentence_of[m.first], []).append(m)
        self.containers = {id(p.within) for p in places if p.within is not None}
        begun = {*self.mention_at, *self.place_at, *self.quantity_at}
        self._kinds = {j: self._kinds_at(j) for j in begun}

    def places_of(self, sentence: int) -> Sequence[PlaceMention]:
        """Return the places of a sentence, in order."""
        return self._places_of.get(sentence, ())

    def mentions_of(self, sentence: int) -> Sequence[Mention]:
        """Return the mentions of a sentence, in order."""
        return self._mentions_of.get(sentence, ())

    def kinds_at(self, j: int) -> frozenset[str]:
        """Return what begins at token `j`: actor, armed, people, facility, place, figure."""
        return self._kinds.get(j, _NOTHING)

    def _kinds_at(self, j: int) -> frozenset[str]:
        kinds: set[str] = set()
        m = self.mention_at.get(j)
        if m is not None:
            kinds.add({ACTOR: "actor", PEOPLE: "people", FACILITY: "facility"}.get(m.kind, m.kind))
            if m.armed:
                kinds.add("armed")
            if m.metonym or m.subkind == "state":
                kinds.discard("armed")
        if j in self.place_at:
            kinds.add("place")
        if j in self.quantity_at:
            kinds.add("figure")
        return frozenset(kinds)


def find_triggers(reading: Reading, around: Surroundings) -> list[TriggerHit]:
    """Return the triggers of the text in order; secondary ones only where no other names the same happening."""
    checker = _Checker(reading, around)
    hits: list[TriggerHit] = []
    for i in reading.tokens_in("events"):
        reading.deadline.check()
        if reading.zones[i] in ("footer", "dateline") or i in reading.byline:
            continue
        acts = acts_behind_subject(reading, i, around.mention_cover)
        nominal = stands_as_noun(reading, i, around.mention_cover)
        for analysis in reading.analyses[i]:
            if analysis.entry.section != "events":
                continue
            if (
                (acts and analysis.form.tense != "perfect")
                or (nominal and analysis.entry.pos == "verb")
                or not fits_word_class(reading, i, analysis)
                or _describes(reading, around, i, analysis)
            ):
                if reading.trace is not None:
                    reading.trace.drop("drop.trigger.class", i, entry=analysis.entry)
                continue
            if not checker.holds(i, analysis, hits):
                if reading.trace is not None:
                    reading.trace.drop(
                        "drop.trigger.condition", i, entry=analysis.entry, conditions=checker.unmet(i, analysis)
                    )
                continue
            kind, subtype = checker.sense(i, analysis)
            span = reading.host_span(i, i + 1, analysis.skip)
            hits.append(TriggerHit(i, analysis, kind, subtype, span))
            break
    return _without_condemned(reading, _without_secondary(reading, _without_absorbed(reading, hits), around))


def _describes(reading: Reading, around: Surroundings, i: int, analysis: Analysis) -> bool:
    """Clashes with advancing rebels, retreating troops: the participle is a word of the name and tells of nothing."""
    if analysis.form.tense != "gerund" or reading.has(i, "actorAdjective") is None:
        return False
    mention = around.mention_cover.get(i)
    return mention is not None and mention.kind == ACTOR and i < mention.last - 1


def is_definite(reading: Reading, i: int) -> bool:
    """The strike, these Russian air raids: an English noun that a determiner makes one already told of."""
    k = i - 1
    while k > 0 and not reading.punct[k]:
        if reading.raw[k] in ("'s", "’s") or reading.raw[k].endswith(("'s", "’s")):
            return reading.dated(k - 1) or reading.dated(k)  # Wednesday's air strike
        adjectival = any(reading.has(k, cls) for cls in ("air", "rocket", "artillery", "actorAdjective", "actorHead"))
        if not adjectival and nation_adjective(reading, k) is None:
            break
        k -= 1
    return k >= 0 and reading.words[k] in _DEFINITE


def _without_absorbed(reading: Reading, hits: list[TriggerHit]) -> list[TriggerHit]:
    """استعادة الجيش السيطرة على: the second word belongs to the first one's happening."""
    absorbed: dict[int, TriggerHit] = {}
    for at, hit in enumerate(hits):
        lemmas = hit.entry.get("absorbs", ())
        near = hits[at + 1 : at + 8]  # a trigger is a token, so no more than seven stand within seven tokens
        absorbed.update((other.i, hit) for other in near if _aim_of(reading, hit, other))
        absorbed.update(
            (other.i, hit)
            for other in near
            if other.entry.lemma in lemmas
            and 0 < other.i - hit.i <= 7
            and reading.sentence_of[other.i] == reading.sentence_of[hit.i]
        )
    if reading.trace is not None:
        for i, hit in absorbed.items():
            reading.trace.drop("drop.trigger.absorbed", i, instead=hit.i)
    return [hit for hit in hits if hit.i not in absorbed]


def _aim_of(reading: Reading, hit: TriggerHit, other: TriggerHit) -> bool:
    """إطلاق عمليات تحرير المدينة: a gain in the genitive of an operation is what the operation is for."""
    return (
        reading.language == "ar"
        and hit.type == "Offensive"
        and other.type == "Takeover"
        and other.i == hit.i + 1
        and not (hit.verbal or other.verbal or hit.analysis.article or hit.analysis.enclitic)
        and not other.analysis.pro
    )


_CONDEMNED = 12  # words between a verb of condemning and what is condemned


def _without_condemned(reading: Reading, hits: list[TriggerHit]) -> list[TriggerHit]:
    """وندد الوزير بالهجمات التي …: what is condemned was told before, where the article told of violence at all."""
    condemning = reading.lexicon.words_of(reading.lexicon.settings.get("condemning", ()))
    if not condemning:
        return hits
    violent = reading.lexicon.traits["violent"]
    kept: list[TriggerHit] = []
    told: int | None = None  # the first sentence that tells of violence
    for hit in hits:
        violence = hit.type in violent
        earlier = told is not None and told < reading.sentence_of[hit.i]
        if earlier and violence and hit.entry.pos == "noun" and hit.analysis.article:
            a, _ = reading.sentences[reading.sentence_of[hit.i]]
            before = range(max(a, hit.i - _CONDEMNED), hit.i)
            if any(v.host in condemning for k in before for v in reading.variants[k]):
                if reading.trace is not None:
                    reading.trace.drop("drop.trigger.condemned", hit.i, entry=hit.entry)
                continue
        kept.append(hit)
        if told is None and violence and reading.zones[hit.i] not in ("title", "repeated-title"):
            told = reading.sentence_of[hit.i]
    return kept


def _own_clause(reading: Reading, hit: TriggerHit, hits: list[TriggerHit], around: Surroundings) -> bool:
    """شنت غارات على مناطق في X، واستهدفت منزلا في Y: a verb with "and" behind a comma, and a place of its own."""
    if reading.language != "ar" or not hit.verbal or hit.analysis.pro != "و" or hit.i < 1:
        return False
    if reading.raw[hit.i - 1] not in ("،", ","):
        return False
    end = next((k for k in range(hit.i + 1, len(reading)) if reading.raw[k] in ("،", ",", ".", "؛")), len(reading))
    if any(hit.i < other.i < end for other in hits):
        return False  # واستهدفت بالغارات: the noun tells it
    return any(hit.i < place.first < end for place in around.places_of(reading.sentence_of[hit.i]))


def _without_secondary(reading: Reading, hits: list[TriggerHit], around: Surroundings) -> list[TriggerHit]:
    kept: list[TriggerHit] = []
    means = {hit.i: verb for hit in hits if (verb := _means_of(reading, hit, hits)) is not None}
    hits = [hit for hit in hits if hit.i not in means]
    for at, hit in enumerate(hits):
        if (
            hit.entry.get("secondary")
            and not _own_clause(reading, hit, hits, around)
            and any(
                other is not hit
                and not other.entry.get("secondary")
                and other.type in reading.lexicon.traits["violent"]
                and reading.sentence_of[other.i] == reading.sentence_of[hit.i]
                and abs(other.i - hit.i) <= _SECONDARY_REACH
                and not _turn_between(reading, other.i, hit.i)
                for other in hits[max(0, at - _SECONDARY_REACH) : at + _SECONDARY_REACH + 1]
            )
        ):
            if reading.trace is not None:
                reading.trace.drop("drop.trigger.secondary", hit.i, entry=hit.entry)
            continue
        kept.append(hit)
    return kept


def turns(reading: Reading, j: int) -> bool:
    """True at a word that turns to another happening: في حين, بينما, كما, لكن."""
    return "turn" in reading.lexemes[j].classes or reading.phrase_of(j, "turn") is not None


def _turn_between(reading: Reading, i: int, j: int) -> bool:
    low, high = sorted((i, j))
    return reading.language == "ar" and any(turns(reading, k) for k in range(low + 1, high))


def _means_of(reading: Reading, hit: TriggerHit, hits: list[TriggerHit]) -> TriggerHit | None:
    """Return the verb in "targeted the town with five strikes": the noun only says with what."""
    if reading.language != "en" or hit.entry.pos != "noun":
        return None
    k = hit.i - 1
    while k and (
        reading.counted(k)
        or any(reading.has(k, cls) for cls in ("air", "rocket", "artillery"))
        or reading.words[k] in ("several", "heavy", "intense", "multiple")
    ):
        k -= 1
    if reading.words[k] != "with":
        return None
    return next(
        (
            v
            for v in reversed(hits)
            if v.i < k and v.type == hit.type and v.verbal and reading.sentence_of[v.i] == reading.sentence_of[hit.i]
        ),
        None,
    )


class _Checker:
    """Evaluates the conditions of lexicon entries at a token."""

    def __init__(self, reading: Reading, around: Surroundings) -> None:
        self.reading, self.around = reading, around
        self._named = {
            k for m in around.mentions if m.entry is not None and m.last - m.first > 1 for k in range(m.first, m.last)
        }
        self._told: list[TriggerHit] = []

    def holds(self, i: int, analysis: Analysis, earlier: list[TriggerHit]) -> bool:
        """Tell whether the conditions of the entry hold at token `i`, behind the triggers found so far."""
        self._told = earlier
        entry = analysis.entry
        if i in self._named:
            return False
        unless = entry.get("unless")
        if unless and self._any(i, analysis, unless):
            return False
        require = entry.get("require")
        return not require or self._required(i, analysis, require)

    def unmet(self, i: int, analysis: Analysis) -> tuple[str, ...]:
        """Name the conditions for which `holds` is false: `name`, `unless.near`, `require.object_kind`."""
        if i in self._named:
            return ("name",)
        conditions = self.reading.lexicon.conditions
        unless = conditions(analysis.entry.get("unless") or _NO_CONDITIONS)
        found = tuple(f"unless.{c.name}" for c in unless.together if self._holds(i, analysis, c))
        require = conditions(analysis.entry.get("require") or _NO_CONDITIONS)
        return found or tuple(
            f"require.{name}"
            for name, c in (
                *((c.name, c) for c in require.together),
                *((f"or_{c.name}", c) for c in require.alternatives),
            )
            if not self._holds(i, analysis, c)
        )

    def sense(self, i: int, analysis: Analysis) -> tuple[str, str | None]:
        entry = analysis.entry
        kind, subtype = str(entry.get("type")), entry.get("subtype")
        for sense in entry.get("senses", ()):
            if self._required(i, analysis, sense["when"]) and not (
                sense.get("unless") and self._any(i, analysis, sense["unless"])
            ):
                return str(sense.get("type", kind)), sense.get("subtype", subtype)
        return kind, subtype

    def _required(self, i: int, analysis: Analysis, conditions: Mapping[str, Any]) -> bool:
        """All conditions hold; the `or_` ones are alternatives to all the others together."""
        together, alternatives = self.reading.lexicon.conditions(conditions)
        if together and all(self._holds(i, analysis, c) for c in together):
            return True
        return any(self._holds(i, analysis, c) for c in alternatives)

    def _any(self, i: int, analysis: Analysis, conditions: Mapping[str, Any]) -> bool:
        return any(self._holds(i, analysis, c) for c in self.reading.lexicon.conditions(conditions).together)

    def _holds(self, i: int, analysis: Analysis, condition: Condition) -> bool:
        reading = self.reading
        name, value, items, words = condition
        if name == "enclitic":
            return bool(analysis.enclitic) == bool(value)
        if name == "form":
            return reading.words[i] in words or analysis.form.word in words
        if name == "next":
            return i + 1 < len(reading) and self._word_in(i + 1, words)
        if name == "prev":
            k = i - 1
            while k > 0 and reading.language == "en" and analysis.entry.pos == "verb" and reading.words[k] in _ADVERBS:
                k -= 1
            return k >= 0 and self._word_in(k, words)
        if name == "prev_within":
            a, _ = reading.sentences[reading.sentence_of[i]]
            return any(self._word_in(j, words) for j in range(max(a, i - 3), i))
        if name == "next_within":
            return any(self._word_in(j, words) for j in self._range(i + 1, i + 5))
        if name in ("near", "near_by"):
            return self._near(i, words, classes=any(v.startswith("@") for v in items))
        if name == "near_all":
            return self._near(i, words, classes=any(v.startswith("@") for v in items))
        if name == "prep":
            return self._preposition(i, words)
        if name == "prep_object":
            return any(self._word_in(j, words) for j in self._range(i + 1, i + 5))
        if name == "object_kind":
            return self._object(i, items)
        if name == "object_word":
            return any(self._word_in(j, words) for j in self._range(i + 1, i + _OBJECT_REACH))
        if name == "subject_kind":
            return self._subject(i, items)
        if name == "place_near":
            s = reading.sentence_of[i]
            return bool(self.around.places_of(s))
        if name == "unless_subject":
            return not any(
                "actor" in self.around.kinds_at(j)
                or self.around.mention_at.get(j) is not None
                or reading.has(j, "sourceHead")
                for j in self._range(i - 3, i + 5)
            )
        if name == "relative":
            return bool(value) == (
                i > 0 and reading.has(i - 1, "relative") is not None and analysis.form.tense == "imperfect"
            )
        if name == "again":
            return is_definite(reading, i) and self._last_violent() in value
        if name == "passive_of":
            return self._passive_of(i, words)
        if name == "sentence":
            begin, end = reading.sentences[reading.sentence_of[i]]
            return any(self._word_in(j, words) for j in range(begin, end))
        if name == "flown":
            return self._flown(i)
        if name == "after":
            return any(told.type in value for told in self._told)
        if name == "with":
            return self._means(i, words)
        if name == "resumptive":
            following = reading.words[i + 1] if i + 1 < len(reading) else ""
            return bool(value) == (following in ("عليها", "عليه", "عليهما"))
        if name == "lower":
            return reading.raw[i][:1].islower() == bool(value)
        raise ValueError(f"{analysis.entry.id}: unknown condition {name!r}")

    def _last_violent(self) -> str:
        violent = self.reading.lexicon.traits["violent"]
        return next((t.type for t in reversed(self._told) if t.type in violent), "")

    def _passive_of(self, i: int, words: frozenset[str]) -> bool:
        """Rockets were fired: the subject of a passive is one of these words."""
        reading = self.reading
        k = i - 1
        while k and reading.words[k] in (*PASSIVE_AUXILIARIES, "have", "had", "has", "also"):
            k -= 1
        return k < i - 1 and any(self._word_in(j, words) for j in self._range(k - 1, k + 1))

    def _flown(self, i: int) -> bool:
        """A drone fired a missile, rockets fired by jets: the nearest doer before the verb, or behind "by", flies."""
        reading = self.reading
        for j in self._range(i + 1, i + 6):
            if reading.words[j] == "by":
                mention = self.around.mention_cover.get(min(j + 2, len(reading) - 1))
                if mention is not None and mention.kind == ACTOR:
                    return mention.air
        for j in reversed(self._range(i - 12, i)):
            if reading.has(j, "clause") is not None or reading.raw[j] in (";", ":"):
                return False
            mention = self.around.mention_cover.get(j)
            if mention is not None and mention.kind == ACTOR:
                return mention.air
        return False

    def _means(self, i: int, words: frozenset[str]) -> bool:
        """Behind the verb, in the same clause: with missiles, using heavy artillery, بالأسلحة الثقيلة."""
        reading = self.reading
        if reading.language == "ar":
            for j in self._range(i + 1, i + 24):
                if reading.punct[j] or (j > i + 1 and self._other_event(i, j)):
                    return False
                if reading.words[j] in words:
                    return True
            return False
        for j in self._range(i + 1, i + 30):
            if reading.raw[j] in (";", ":") or (j > i + 1 and self._other_event(i, j)):
                return False
            if reading.words[j] in ("with", "using") and any(
                self._word_in(k, words) for k in self._range(j + 1, j + 6)
            ):
                return True
        return False

    def _word_in(self, j: int, words: frozenset[str]) -> bool:
        return not self.reading.lexemes[j].spellings.isdisjoint(words)

    def _range(self, first: int, last: int) -> range:
        anchor = first if first >= 0 else 0
        a, b = self.reading.sentences[self.reading.sentence_of[min(anchor, len(self.reading) - 1)]]
        return range(max(a, first), min(b, last))

    def _near(self, i: int, words: frozenset[str], *, classes: bool) -> bool:
        lexemes, english = self.reading.lexemes, self.reading.language == "en"
        a, b = self.reading.sentences[self.reading.sentence_of[i]]
        reach = _NEAR_CLASS if classes else _NEAR
        for side in (range(i + 1, min(b, i + reach + 1)), range(i - 1, max(a, i - reach) - 1, -1)):
            for j in side:
                lexeme = lexemes[j]
                if lexeme.punct:
                    ends = classes and abs(j - i) > _BESIDE and lexeme.raw in ("،", ",", ";")
                    if ends and not self._aside(j, i) and not (english and j < i and self._apposition(j, i)):
                        break
                elif english and classes and "clause" in lexeme.classes:
                    break
                elif not english and classes and turns(self.reading, j):
                    break  # في حين, بينما: what stands behind is told of another happening
                elif not lexeme.spellings.isdisjoint(words):
                    return True
                elif classes and abs(j - i) > 1 and self._other_event(i, j):
                    break
        return classes and not english and self._with_weapon(i, i + reach + 1, words)

    def _with_weapon(self, i: int, begin: int, words: frozenset[str]) -> bool:
        """استهدفت كذا وكذا في مطار … بصواريخ: with ب a weapon belongs to its verb however long the object is."""
        reading = self.reading
        hits = (a.entry for a in reading.analyses[i] if a.entry.section == "events")
        if not any(entry.pos == "verb" or entry.get("secondary") for entry in hits):
            return False  # the noun of a verb that needs a weapon (جراء استهداف منزل في … بصاروخ) rules it alike
        for j in self._range(i + 1, i + _WEAPON_REACH):
            lexeme = reading.lexemes[j]
            if (lexeme.punct and lexeme.raw in ("،", ",", ";", "؛", ":") and not self._aside(j, i)) or turns(
                reading, j
            ):
                return False
            if j >= begin and not lexeme.spellings.isdisjoint(words):
                tied = reading.has(j - 1, "byMeans") is not None
                return any((tied or a.pro.endswith("ب")) and a.entry.cls in _WEAPONS for a in reading.analyses[j])
            if j > i + 1 and (self._other_event(i, j) or "clause" in lexeme.classes):
                return False
        return False

    def _apposition(self, comma: int, i: int) -> bool:
        """A drone, said to be Turkish, targeted: two commas around a few words without a verb of happening."""
        reading = self.reading
        closing = reading.raw[i - 1] == ","
        inside = range(comma + 1, i - 1)
        return (
            closing
            and len(inside) <= _ASIDE_REACH
            and not any(reading.punct[k] or "events" in reading.lexemes[k].sections for k in inside)
        )

    def _aside(self, comma: int, i: int) -> bool:
        """استهدفوا، مساء اليوم، بلدة كذا، جنوب البلاد، بالصواريخ: commas around a time or a place end no clause."""
        reading = self.reading
        if reading.language != "ar" or comma < i or reading.raw[comma] == ";":
            return False
        if self._repeated_day(comma):
            return True
        after = comma + 1 if comma + 1 < len(reading) else comma
        if reading.dated(comma - 1) or reading.dated(after) or reading.raw[comma - 1] == ")":
            return True
        weapon = any(a.pro.endswith("ب") and a.entry.cls in _WEAPONS for a in reading.analyses[after])
        return weapon or reading.has(after, "direction") is not None

    def _repeated_day(self, comma: int) -> bool:
        """استهدفت، ولليوم الثاني على التوالي، مدينة كذا: one of the two commas around how often it happened."""
        reading = self.reading
        for step in (1, -1):
            for k in range(comma + step, comma + step * _ASIDE_REACH, step):
                if not 0 <= k < len(reading) or reading.raw[k] in ("؛", ";", ":", "."):
                    break
                if reading.raw[k] in ("،", ","):
                    low, high = sorted((comma, k))
                    return bool(reading.between("inARow", low + 1, high))
        return False

    def _other_event(self, i: int, j: int) -> bool:
        if "events" not in self.reading.lexemes[j].sections:
            return False
        lemma = next((a.entry.lemma for a in self.reading.analyses[i] if a.entry.section == "events"), "")
        return any(
            a.entry.section == "events"
            and a.entry.lemma != lemma
            and not a.entry.get("secondary")
            and a.entry.get("type") in ("Airstrike", "Shelling", "ArmedClash", "Takeover")
            for a in self.reading.analyses[j]
        )

    def _preposition(self, i: int, wanted: frozenset[str]) -> bool:
        arabic, aside = self.reading.language == "ar", 0
        for j in self._range(i + 1, i + 16):
            if j - aside >= i + 9:
                return False
            if arabic and (self.reading.dated(j) or (self.reading.punct[j] and self._aside(j, i))):
                aside += 1  # سيطرت القوات، صباح اليوم الاثنين، على البلدة
                continue
            if self.reading.punct[j]:
                if self.reading.raw[j] in ('"', "“", "”", "«", "»", "(", ")", "-"):
                    aside += arabic
                    continue
                if j - aside > i + 6:
                    return False
            word = self.reading.words[j]
            if (
                word in wanted
                or any(word.startswith(w) and word[len(w) :] in ("ها", "ه", "هم", "هما") for w in wanted)
                or (word.startswith("علي") and "علي" in wanted and word in ("عليها", "عليه", "عليهما"))
            ):
                return True
            if (
                any(a.entry.section == "events" and a.entry.pos == "verb" for a in self.reading.analyses[j])
                and j > i + 1
            ):
                return False
        return False

    def _object(self, i: int, kinds: frozenset[str]) -> bool:
        """Something of `kinds` follows within a few words, behind a subject at most."""
        reading = self.reading
        if reading.language == "en":
            return self._object_english(i, kinds)
        for j in self._range(i + 1, i + 1 + 9):
            found = self.around.kinds_at(j)
            if found & kinds:
                return True
            if reading.punct[j] and reading.raw[j] in (".", "،", ",", ":"):
                return False
            if "place" not in kinds and any(a.entry.section == "events" for a in reading.analyses[j]):
                return False
        return False

    def _object_english(self, i: int, kinds: frozenset[str]) -> bool:
        """What the verb acts on is of `kinds`: right behind it, behind "of" for a noun, before it in the passive."""
        reading = self.reading
        tense = {x.form.tense for x in reading.analyses[i]}
        a, b = reading.sentences[reading.sentence_of[i]]
        # "captured by": the participle with its doer; "was captured", also with a word between.
        passive = "participle" in tense and (
            any(is_auxiliary(reading, k) for k in range(max(a, i - 3), i))
            or (i + 1 < b and reading.words[i + 1] == "by")
        )
        if passive:
            for j in range(i - 1, max(a - 1, i - 12), -1):
                if reading.raw[j] in (";", ":"):
                    return False
                if self._kinds_english(j) & kinds:
                    return True
            return False
        for j in range(i + 1, min(b, i + 11)):
            raw, word = reading.raw[j], reading.words[j]
            if reading.punct[j]:
                if raw in ('"', "“", "”", "(", "-", "'", "’"):
                    continue
                return False
            if raw in ("'s", "’s"):
                continue
            if self._kinds_english(j) & kinds:
                return True
            if reading.has(j, "placeType") is not None or word in ("of", "over") or word in OBJECT_WORDS:
                continue
            if word in ("the", "a", "an", "its", "their", "all", "both", "back", "out", "from", "least", "key", "his"):
                if word == "from" and kinds <= {"armed", "actor"}:
                    return False
                continue
            if j == i + 1 and word in ("it", "them") and "place" in kinds:
                return any(a <= p.first < i for p in self.around.places)  # …, when rebels captured it
            if j == i + 1 and word == "to" and kinds <= {"armed", "actor"}:
                continue  # fell to the rebels
            if (
                reading.has(j, "partWord")
                or reading.has(j, "direction")
                or reading.has(j, "actorAdjective")
                or j in self.around.quantity_at
                or j in self.around.mention_cover
                or reading.counted(j)
                or nation_adjective(reading, j) is not None
            ):
                continue
            if reading.analyses[j] or j - i > 5 or word in ("in", "into", "to", "on", "with", "for"):
                return False
            # An unknown word may be an adjective: the strategic town.
        return False

    def _kinds_english(self, j: int) -> frozenset[str]:
        kinds = self.around.kinds_at(j)
        analysis = self.reading.has(j, "placeType")
        following = self.reading.raw[j + 1] if j + 1 < len(self.reading) else ""
        if analysis is not None and following not in ("'s", "’s") and not self.reading.has(j + 1, "actorHead"):
            kinds = kinds | {"place"}
        if self.reading.has(j, "sourceHead") is not None:
            kinds = kinds | {"source"}
        return kinds

    def _subject(self, i: int, kinds: frozenset[str]) -> bool:
        if self.reading.language == "en":
            return self._subject_english(i, kinds)
        for j in self._range(i + 1, i + 5):
            if self.around.kinds_at(j) & kinds:
                return True
        a, _ = self.reading.sentences[self.reading.sentence_of[i]]
        return any(self.around.kinds_at(j) & kinds for j in range(max(a, i - 8), i))

    def _subject_english(self, i: int, kinds: frozenset[str]) -> bool:
        """Something of `kinds` stands before the verb in its clause, or behind "by" or right behind a noun's "of"."""
        reading = self.reading
        a, b = reading.sentences[reading.sentence_of[i]]
        for j in range(i - 1, max(a - 1, i - 16), -1):
            if reading.raw[j] in (";", ":"):
                break
            if self._kinds_english(j) & kinds:
                return True
            if reading.words[j] in ("they", "it") and kinds & {"actor", "armed", "people"} and i - j <= 4:
                return self._earlier(j, kinds)
            if reading.has(j, "clause") is not None and i - j > 2:
                break
        return any(
            reading.words[j] == "by" and any(self._kinds_english(k) & kinds for k in range(j + 1, min(b, j + 4)))
            for j in range(i + 1, min(b, i + 8))
        )

    def _earlier(self, j: int, kinds: frozenset[str]) -> bool:
        """What a pronoun stands for: something of `kinds` earlier in this sentence or the one before."""
        here = self.reading.sentence_of[j]
        return any(
            self.around.kinds_at(m.first) & kinds
            for m in self.around.mentions
            if m.first < j and here - 1 <= self.reading.sentence_of[m.first] <= here
        )


def among(triggers: Sequence[TriggerHit], begin: int, end: int) -> Sequence[TriggerHit]:
    """Return the triggers at tokens [begin, end); they stand in the order of the text."""
    return triggers[bisect_left(triggers, begin, key=_token) : bisect_left(triggers, end, key=_token)]


def _token(trigger: TriggerHit) -> int:
    return trigger.i


def is_future(trigger: TriggerHit) -> bool:
    """سيقصفون: a verb with the particle of what is to come."""
    return trigger.verbal and trigger.analysis.pro.endswith("س")
