"""What the rules of places ask of one reading: its gazetteer names, and which words stand in other names.

Invariant: nothing here decides that a place is meant; it only says what stands in the text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.gazetteer import Entry
from ingest.gazetteer.entry import LANDMARKS
from ingest.placelookup import PlaceName
from ingest.placenames import after_event_verb, ends_name
from ingest.reading import Analysis, Reading

EN_PREPOSITIONS = frozenset(
    {
        "in",
        "at",
        "on",
        "near",
        "from",
        "to",
        "into",
        "towards",
        "toward",
        "of",
        "around",
        "outside",
        "inside",
        "across",
        "over",
        "through",
        "via",
        "between",
        "and",
        "against",
        "for",
        "seized",
        "captured",
        "recaptured",
        "entered",
        "left",
        "retook",
        "liberated",
        "including",
    }
)


@dataclass(frozen=True, slots=True)
class PlaceScan:
    """One reading, the gazetteer names by the token at which they begin, and tokens inside names of others."""

    reading: Reading
    names: Mapping[int, Sequence[PlaceName]]
    taken: set[int]

    def longest(self, i: int, *, proclitics: bool) -> PlaceName | None:
        """Return the longest gazetteer name at token `i`, the one with the fewest proclitics where several are."""
        reading = self.reading
        best: PlaceName | None = None
        for name in self.names.get(i, ()):
            if name.variant.pro and (not proclitics or len(name.variant.host) < 3):
                continue
            if reading.language == "en" and name.last > i + 1 and not self._ends(name):
                continue
            if best is None or name.last > best.last:
                best = name
        return best

    def _ends(self, name: PlaceName) -> bool:
        """A name ends in a capital, or in the small type word of a landmark: Mitiga airport."""
        if ends_name(self.reading, name.last - 1):
            return True
        typed = self.reading.has(name.last - 1, "placeType")
        if typed is None or not typed.entry.get("feature"):
            return False
        return any(e.kind in LANDMARKS for e in name.entries)


_HEADING = frozenset({":", "::", "|", "||"})


def heads_line(reading: Reading, first: int, last: int) -> bool:
    """X: قصف على …, author - X | …: tell whether a name leads its line, or what is behind the author of a post."""
    behind = last < len(reading) and reading.raw[last] in _HEADING
    a, _ = reading.sentences[reading.sentence_of[first]]
    before = reading.raw[first - 1] if first > a else ""
    return behind and (not before or reading.punct[first - 1] or before.isascii())


def is_known_word(reading: Reading, k: int) -> bool:
    """A capitalised word that begins something else: a day, a name of the registry, a word of the lexicon."""
    dated = reading.dated(k)
    named = any(m.first <= k < m.last for m in reading.mentions)
    return dated or named or bool(reading.analyses[k])


def placed_english(reading: Reading, i: int) -> bool:
    """In X, seized X: the word before says that a place follows."""
    before = reading.words[i - 1] if i else ""
    return before in EN_PREPOSITIONS or after_event_verb(reading, i)


def is_plural(typed: Analysis) -> bool:
    """True for a type word of several places (قرى, مديريات, مدينتي, towns), which opens a list."""
    return typed.form.number in ("p", "d") or typed.form.plural


# Words that may stand between a name and its type word: the Nuseirat refugee camp, Tripoli international airport.
_BEFORE_TYPE = frozenset({"refugee", "displacement", "international", "military", "border", "residential"})


def type_behind_name(reading: Reading, k: int) -> tuple[Analysis | None, int]:
    """Return the type word that stands at token `k` behind a name, or behind one word more, and the token behind it.

    Idlib's southern countryside: the countryside of a name may also be its own.
    """
    if reading.raw[k : k + 1] in (["'s"], ["’s"]):
        at = next((j for j in range(k + 1, len(reading)) if reading.has(j, "direction") is None), k)
        owned = reading.has(at, "placeType")
        return (owned, at + 1) if owned is not None and owned.entry.get("kind") == "countryside" else (None, k)
    for at in (k, k + 1):
        analysis = reading.has(at, "placeType") if at < len(reading) else None
        if analysis is not None:
            return analysis, at + 1
        if at >= len(reading) or reading.words[at] not in _BEFORE_TYPE:
            break
    return None, k


def names_settlement(reading: Reading, last: int, entries: Sequence[Entry]) -> bool:
    """True for a refugee camp whose name the gazetteer has: it lists such camps as the settlements they are."""
    return bool(entries) and last < len(reading) and reading.words[last] in ("refugee", "displacement")
