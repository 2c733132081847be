"""Frames: how a trigger, its stretch of text and its prepositions are read, for roles and locations alike.

Invariant: arguments are looked for in the stretch that belongs to the trigger, never beyond the next happening.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.mentions import nation_adjective
from ingest.placenames import is_bare_possessive
from ingest.placing import QUOTES
from ingest.reading import Reading
from ingest.triggers import Surroundings, TriggerHit
from ontology.normal import normal_word

_DATING = frozenset({"خلال", "بعد", "اثر", "عقب", "وسط", "رغم"})
_ASIDE = 8  # words from a verb to the noun that only dates it

_EN_GOVERNING = frozenset(
    [
        "in",
        "by",
        "from",
        "against",
        "on",
        "at",
        "with",
        "to",
        "near",
        "for",
        "of",
        "between",
        "into",
        "towards",
        "toward",
        "over",
        "around",
        "than",
        "among",
        "like",
        "hit",
        "struck",
        "killed",
        "seized",
        "captured",
        "targeted",
        "attacked",
        "backed",
        "including",
        "outside",
        "inside",
        "amid",
        "despite",
        "under",
        "via",
        "without",
    ]
)

_CLOSES_SPEECH = frozenset({",", '"', "”", "“", "’"})
_SPEAKER_WORDS = 18


class FrameReader:
    """What roles and locations share: the triggers of one reading and how words around them are governed."""

    def __init__(self, reading: Reading, around: Surroundings, triggers: Sequence[TriggerHit]) -> None:
        self.reading, self.around = reading, around
        self.triggers = list(triggers)
        self.trigger_at = {t.i: t for t in triggers}
        self._event_tokens = sorted(self.trigger_at)
        self._stretches: dict[int, tuple[int, int]] = {}  # by trigger, asked for by every rule
        self._tails: dict[int, int] = {}
        self.arabic = reading.language == "ar"

    def frame(self, trigger: TriggerHit) -> Mapping[str, Any]:
        """Return the frame of a trigger, with the entry's own overrides."""
        return self.reading.lexicon.frame_of(trigger.entry)

    def stretch(self, trigger: TriggerHit) -> tuple[int, int]:
        """Return the tokens in which arguments of the trigger are looked for: up to the neighbouring triggers' own."""
        if trigger.i not in self._stretches:
            self._stretches[trigger.i] = self._stretch(trigger)
        return self._stretches[trigger.i]

    def _stretch(self, trigger: TriggerHit) -> tuple[int, int]:
        a, b = self.reading.sentences[self.reading.sentence_of[trigger.i]]
        left, right = a, b
        tokens = self._event_tokens
        at = bisect_left(tokens, trigger.i)
        if at and a <= tokens[at - 1]:
            left = tokens[at - 1] + 1
        later = bisect_right(tokens, trigger.i, at)
        if self.arabic and later < len(tokens) and self._in_passing(trigger, tokens[later]):
            later += 1
        if later < len(tokens) and tokens[later] < b:
            right = self._clause_start(trigger.i, tokens[later])
        if not self.arabic:
            tail = self._speaker_tail(self.reading.sentence_of[trigger.i])
            right = min(right, tail) if trigger.i < tail else right
        return left, right

    def _in_passing(self, trigger: TriggerHit, later: int) -> bool:
        """سيطرت القوات خلال الاشتباكات على البلدة: what only dates the act stands before the preposition it needs."""
        reading = self.reading
        if not trigger.verbal or trigger.entry.get("frame") != "control" or self.trigger_at[later].verbal:
            return False
        if later - trigger.i > _ASIDE or reading.words[later - 1] not in _DATING:
            return False
        return not any(reading.words[k] == "علي" or reading.punct[k] for k in range(trigger.i, later))

    def _speaker_tail(self, sentence: int) -> int:
        """Where the speaker begins who closes an English sentence: …, Ali Hasan, an officer in the town of X, said."""
        if sentence not in self._tails:
            a, b = self.reading.sentences[sentence]
            self._tails[sentence] = self._tail_of(a, b)
        return self._tails[sentence]

    def _tail_of(self, a: int, b: int) -> int:
        reading = self.reading
        told = [
            k for k in range(a + 1, b) if (x := reading.has(k, "reportVerb")) is not None and x.form.tense == "perfect"
        ]
        v = told[-1] if told else b
        later = bisect_right(self._event_tokens, v)
        if v == b or (later < len(self._event_tokens) and self._event_tokens[later] < b):
            return b
        if reading.raw[v - 1] in _CLOSES_SPEECH:
            return v  # …, said the mayor of X
        k = v - 1
        while k > a and (reading.dated(k) or reading.words[k] in ("on", "also", "later", "earlier")):
            k -= 1
        begin = self._phrase_begin(a, k)
        if reading.raw[k] == "," and (name := self._phrase_begin(a, k - 1)) > a and reading.raw[name - 1] == ",":
            begin = self._phrase_begin(a, name - 2)  # the comma behind the name, then the name
            if not all(reading.raw[j][:1].isupper() for j in range(begin, name - 1)):
                return b
        return begin - 1 if begin > a + 1 and reading.raw[begin - 1] in _CLOSES_SPEECH else b

    def _phrase_begin(self, a: int, k: int) -> int:
        """The token behind the mark that opens the phrase ending at `k`; `a` where a happening stands in it."""
        reading = self.reading
        begin = k
        while begin > a and reading.raw[begin - 1] not in _CLOSES_SPEECH:
            begin -= 1
            if begin in self.trigger_at or reading.has(begin, "harm") is not None or k - begin > _SPEAKER_WORDS:
                return a
        return begin

    def _clause_start(self, low: int, i: int) -> int:
        """Where the clause of a later trigger begins: a comma, a clause word or the words that lead to it."""
        reading = self.reading
        for j in range(i - 1, low, -1):
            if (
                reading.raw[j] in ("،", ",", ";", "؛")
                or reading.has(j, "clause") is not None
                or reading.has(j, "relative") is not None
            ):
                return j
        if reading.words[i].startswith("و") or (i and reading.words[i - 1] in ("and", "while")):
            return i
        return i

    def preposition(self, first: int, pro: str) -> str:
        """The preposition that rules the word at `first`: a proclitic or the word before, through words of part."""
        reading = self.reading
        letter = pro.strip("وف")[-1:]
        if letter in ("ب", "ل"):
            return {"ب": "في", "ل": "ل"}[letter]
        k = first - 1
        a = reading.sentences[reading.sentence_of[first]][0]
        steps = 0
        if self.arabic and k > a and reading.raw[k] in QUOTES and not reading.punct[k - 1]:
            k -= 1  # على "حلب": a name in quotation marks
        while k >= a and steps < 5 and not reading.punct[k]:
            prep = reading.has(k, "prep")
            if not self.arabic and prep is not None and reading.words[k] == "of" and self._part_before(k):
                k -= 1
                steps += 1
                continue
            if self.arabic and reading.has(k, "grip") is not None and k > a:
                k, steps = k - 1, steps + 1  # من قبضة التنظيم, من سيطرة مسلحي …
                continue
            if self.arabic and prep is not None and reading.words[k] == "من" and _some_of(reading, k - 1):
                k -= 2
                steps += 2
                continue
            if prep is not None:
                if self.arabic and reading.words[k] == "من" and self._by_help(k - 1):
                    return "ل"
                if self.arabic and k and reading.has(k - 1, "nearWord") is not None:
                    return "قرب"  # بالقرب من
                side = reading.has(k - 1, "direction") if self.arabic and k and reading.words[k] == "من" else None
                if side is not None and side.article:
                    k, steps = k - 2, steps + 1  # الساحل الأيمن من المدينة: a part of it
                    while k > a and reading.has(k, "direction") is not None:
                        k -= 1
                    k -= int(reading.has(k, "prep") is None and reading.has(k - 1, "prep") is not None)
                    continue
                return normal_word(str(prep.entry.get("prep")))
            part = (
                reading.has(k, "partWord")
                or reading.has(k, "placeType")
                or reading.has(k, "direction")
                or reading.has(k, "facility")
                or reading.has(k, "nearWord")
            )
            if part is not None:
                if part.pro.endswith("ب"):
                    return "في"
                if part.entry.cls == "nearWord":
                    return "قرب" if self.arabic else "near"
                k -= 1
                steps += 1
                continue
            if (
                reading.words[k]
                in ("the", "a", "an", "كل", "كامل", "its", "their", "several", "عده", "عدد", "other", "اخري")
                or k in self.around.quantity_at
                or is_adjectival(reading, k)
                or is_bare_possessive(reading, k)
            ):
                k -= 1
                steps += 1
                continue
            break
        return ""

    def _by_help(self, k: int) -> bool:
        """بوساطة من قطر, بدعم من تركيا: who helps or orders is nowhere that it happens."""
        help_word = self.reading.has(k, "agency")
        return help_word is not None and help_word.pro.endswith("ب")

    def _part_before(self, k: int) -> bool:
        """The outskirts of, the town of, control of: the preposition that counts stands further left."""
        reading = self.reading
        return any(reading.has(k - 1, cls) is not None for cls in ("partWord", "placeType", "direction", "nearWord"))

    def _governed(self, j: int) -> bool:
        """True where a preposition rules the word at `j`, also through a word of part (في صفوف المدنيين)."""
        reading = self.reading
        while self.arabic and j and reading.counted(j - 1):
            j -= 1  # على 13 عنصرا
        if not j:
            return False
        before = reading.words[j - 1]
        return reading.has(j - 1, "prep") is not None or before in (
            "ضد",
            "بين",
            "مع",
            "قبل",
            "بواسطه",
            "يد",
            "ايدي",
            "صفوف",
            "مواقع",
            "مناطق",
            "سيطره",
        )

    def _governed_by_any(self, j: int) -> bool:
        reading = self.reading
        if not j:
            return False
        if self.arabic:
            return self._governed(j)
        k = self._governor(j)
        if k < 0:
            return False
        if reading.words[k] == "of" and reading.words[k - 1] in (
            "hundreds",
            "thousands",
            "dozens",
            "scores",
            "tens",
            "number",
            "members",
        ):
            return False
        return reading.words[k] in _EN_GOVERNING

    def _governed_by_hit(self, j: int, i: int) -> bool:
        """A market in "hit a market": the word that rules it is the trigger at `i` or a verb of hitting."""
        if self.arabic:
            return False
        k = self._governor(j)
        return k >= 0 and (k == i or self.reading.has(k, "hitVerb") is not None)

    def _governor(self, j: int) -> int:
        """Return the token left of the English noun phrase that begins at `j`."""
        reading = self.reading
        k = j - 1
        while k >= 0 and (
            reading.words[k] in ("the", "a", "an", "its", "their", "several", "some", "more", "than", "least", "about")
            or reading.counted(k)
            or (is_adjectival(reading, k) and not reading.punct[k])
            or (reading.has(k, "direction") is not None and reading.words[k].endswith("ern"))
        ):
            k -= 1
        return k


def _some_of(reading: Reading, k: int) -> bool:
    """العديد من, عدد من: "of" behind such a word leads to what is counted, not away from it."""
    return k >= 0 and reading.words[k].removeprefix("و") in ("العديد", "عدد", "الكثير", "كثير", "مجموعه", "كل")


_NO_ADJECTIVES = frozenset({"في", "علي", "من", "الي", "عن", "مع", "بين", "ان", "التي", "الذي", "و"})
_NO_ADJECTIVE_CLASSES = frozenset(
    {"prep", "clause", "relative", "complementiser", "reportVerb", "lightVerb", "harm", "events", "actorHead"}
)


def is_adjectival(reading: Reading, j: int) -> bool:
    """A word that may be an adjective of the noun before it: not known as anything that begins a new phrase."""
    word = reading.words[j]
    if reading.language == "ar":
        if reading.punct[j] or word in _NO_ADJECTIVES or not _NO_ADJECTIVE_CLASSES.isdisjoint(reading.classes[j]):
            return False
        return word.endswith(("يه", "ي", "ه", "ا", "ين")) or word.startswith("ال")
    if nation_adjective(reading, j) is not None or reading.has(j, "actorAdjective") is not None:
        return True
    return word in (
        "deadly",
        "heavy",
        "strategic",
        "besieged",
        "neighbouring",
        "neighboring",
        "rebel-held",
        "opposition-held",
        "nearby",
        "ground",
        "two",
        "three",
        "same",
        "whole",
        "last",
        "new",
        "latest",
        "first",
        "major",
        "large",
        "joint",
        "overnight",
        "fresh",
        "further",
        "intense",
        "recent",
        "final",
        "full",
        "partial",
        "own",
        "temporary",
    )
