"""Speakers of English sentences: who a verb of saying, or "according to", names.

Invariant: a speaker is a noun phrase that touches its verb (also across an adverb, a date or a parenthesis), or the
phrase right behind it; other nouns of the sentence never become sources.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.mentions import ACTOR, SOURCE, Mention, nation_adjective
from ingest.reading import Analysis, Reading
from ingest.triggers import Surroundings
from ingest.wordclass import PASSIVE_AUXILIARIES

if TYPE_CHECKING:
    from ingest.attribution import SourceHit

_DETERMINERS = frozenset(
    {"the", "a", "an", "its", "their", "his", "her", "two", "some", "several", "many", "other", "another"}
)
_POST = frozenset({"of", "for", "in", "at", "from", "with", "inside", "to", "on"})
_SKIPPED = frozenset({"also", "later", "earlier", "has", "have", "had", "then", "on", "however", "would", "did"})
_PRONOUNS = frozenset({"he", "she", "they", "it", "who"})
_ISSUED = frozenset({"released", "issued", "published", "posted", "carried"})
_GOVERNS = frozenset({"through", "across", "against", "over", "towards", "toward", "near", "into", "around", "between"})
_QUOTES = frozenset({'"', "“", "”", "'", "‘", "’"})
_PERSON_MAX = 5
_ADJECTIVAL = ("al", "ed", "ic", "ent", "ous", "ive", "ary", "ble")


class EnglishSpeakers:
    """Finds speakers in one reading. `actor_source` makes a source of an actor's or a source's mention."""

    def __init__(
        self,
        reading: Reading,
        around: Surroundings,
        actor_source: "Callable[[int], SourceHit | None]",
        make: "Callable[..., SourceHit]",
    ) -> None:
        self.reading, self.around = reading, around
        self._actor_source, self._make = actor_source, make
        self._persons: set[str] = set()  # surnames of the persons who spoke under their full names

    def of_verb(self, i: int, verb: Analysis, a: int, b: int, last: "tuple[SourceHit, ...]") -> "tuple[SourceHit, ...]":
        """Return the speakers of the verb at `i`, outermost first, or nothing."""
        reading = self.reading
        if i in self.around.mention_cover or i in self.around.place_cover:
            return ()
        passive = any(reading.words[k] in PASSIVE_AUXILIARIES for k in range(max(a, i - 2), i))
        if i + 2 < b and reading.words[i + 1] == "by" and verb.form.tense in ("perfect", "participle"):
            named = self.phrase(i + 2, b)
            if named or passive or reading.words[i + 2] not in ("telephone", "phone", "email", "text"):
                return named
        elif passive:
            return ()
        if verb.form.tense == "gerund":
            return ()
        j = self._skip_left(i - 1, a)
        before: tuple[SourceHit, ...] = ()
        if j >= a and reading.words[j] in _PRONOUNS:
            return last if verb.form.tense == "perfect" and reading.words[j] != "who" else ()
        if j >= a and not (reading.punct[j] and reading.raw[j] not in _QUOTES and j not in self.around.mention_cover):
            before = self._ending(j, a)
        if not before and j > a and reading.raw[j] in (",", "—", "–", ")"):
            before = self._across(j, a)
        if before and not self._agrees(verb, before[-1]):
            before = ()
        if (
            not before
            and verb.form.tense == "perfect"
            and (j < a or reading.punct[j] or verb.entry.lemma in ("say", "tell"))
        ):
            before = self._inverted(i + 1, b, opens=j < a or reading.punct[j])
        if not before and verb.form.tense == "perfect":
            closing = self.phrase(i + 1, b)
            if len(closing) == 1 and closing[0].entry is not None and all(reading.punct[closing[0].last : b]):
                before = closing  # … outside the zone tweeted the Syrian Network for Human Rights.
        if not before:
            return ()
        told = self._told(i, verb, b)
        return (told, *before) if told is not None and told.span != before[0].span else before

    def _inverted(self, j: int, b: int, *, opens: bool) -> "tuple[SourceHit, ...]":
        """Said X: the phrase behind the verb, unless what is said begins with it (said X struck Y)."""
        found = self.phrase(j, b)
        k = found[-1].last if found else b
        if opens or k >= b or self.reading.punct[k] or self.reading.dated(k):
            return found
        ends = any(self.reading.has(k, cls) for cls in ("prep", "relative", "clause", "complementiser"))
        return found if ends else ()

    def phrase(self, j: int, b: int) -> "tuple[SourceHit, ...]":
        """Return the speakers of the noun phrase that begins at `j`: said X, according to X and Y."""
        found: list[SourceHit] = []
        for _ in range(3):
            hit = self._beginning(j, b)
            if hit is None:
                break
            found.append(hit)
            j = hit.last
            if j < b and self.reading.words[j] in ("and", "citing", "quoting"):
                j += 1
                continue
            break
        return tuple(found)

    # ------------------------------------------------------------------ noun phrases

    def _skip_left(self, j: int, a: int) -> int:
        reading = self.reading
        while j >= a:
            dated = next((d for d in reading.dates if d.first <= j < d.last), None)
            if dated is not None:
                j = dated.first - 1
                continue
            if reading.words[j] in _SKIPPED or (reading.words[j].endswith("ly") and not reading.analyses[j]):
                j -= 1
                continue
            break
        return j

    def _ending(self, j: int, a: int) -> "tuple[SourceHit, ...]":
        """Read the phrase whose last word is at `j`, with a phrase that "and" joins to it."""
        bounds = self._left_bounds(j, a)
        if bounds is None:
            return ()
        hit = self._interpret(*bounds)
        if hit is None:
            return ()
        k = bounds[0] - 1
        while k > a and (self.reading.words[k] in _DETERMINERS or self._modifies(k)):
            k -= 1
        if k > a and self.reading.words[k] == "and":
            other = self._left_bounds(k - 1, a)
            first = self._interpret(*other) if other is not None else None
            if first is not None:
                return first, hit
        return (hit,)

    def _across(self, j: int, a: int) -> "tuple[SourceHit, ...]":
        """X, a rescue group that works in Idlib, said: the phrase before the parenthesis, or a source inside it."""
        reading = self.reading
        opening = {")": "("}.get(reading.raw[j], reading.raw[j])
        k = next((k for k in range(j - 1, max(a - 1, j - 25), -1) if reading.raw[k] == opening), None)
        if k is None or k <= a:
            return ()
        inner = next(
            (
                m
                for m in self.around.mentions
                if m.kind == SOURCE and k < m.first < j and reading.words[m.first - 1] != "told"
            ),
            None,
        )
        if inner is not None and self._capitalised(k - 1) and self.around.mention_cover.get(k - 1) is None:
            hit = self._actor_source(inner.first)
            return (hit,) if hit is not None else ()
        return self._ending(k - 1, a)

    def _left_bounds(self, j: int, a: int) -> tuple[int, int] | None:
        """Return [first, last) of the noun phrase that ends at `j`, as far left as "of" and kin join it."""
        reading = self.reading
        best: tuple[int, int] | None = None
        k = j
        while k >= a and j - k < 14:
            first = self._core_start(k, a)
            if first is not None:
                best = (first, j + 1)
                k = first - 1
                if k >= a and reading.words[k] in _DETERMINERS:
                    k -= 1
            elif self._named(k) or (k < j and best is None and reading.words[k] in _POST | {"the", "a"}):
                k -= 1
                continue
            else:
                break
            if k > a and reading.words[k] in _POST and best is not None:
                k -= 1
                continue
            break
        if best is None and self._capitalised(j) and self._person(j, a):
            first = j
            while first > a and (self._capitalised(first - 1) or self._titled(first - 1)) and j - first < _PERSON_MAX:
                first -= 1
            best = (first, j + 1)
        if best is None and self.reading.words[j] in self._persons and self._capitalised(j):
            best = (j, j + 1)
        return best

    def _core_start(self, k: int, a: int) -> int | None:
        """Where the core that ends at `k` begins: a registered name, an actor, or a head with its modifiers."""
        reading = self.reading
        mention = self.around.mention_cover.get(k)
        if mention is not None and mention.kind in (SOURCE, ACTOR) and mention.last == k + 1:
            governed = mention.kind == ACTOR and reading.words[mention.first - 1] in _GOVERNS
            return mention.first if not governed or mention.first == a else None
        phrase = next((s for s in (k - 1, k - 2) if s >= a and self._phrase_end(s) == k + 1), None)
        if reading.has(k, "sourceHead") is None and phrase is None:
            return None
        first = k if phrase is None else phrase
        while first > a:
            inner = self.around.mention_cover.get(first - 1)
            if inner is not None and inner.kind in (SOURCE, ACTOR) and inner.last == first:
                first = inner.first
            elif (
                self._modifies(first - 1)
                or self._unknown_adjective(first - 1, a)
                or (reading.raw[first - 1] in ("'s", "’s") and first - 1 > a)
            ):
                first -= 1
            else:
                break
        return first

    def _phrase_end(self, k: int) -> int | None:
        """Return where a source's name of several words (civil defence) ends that begins at `k`."""
        phrase = self.reading.phrase_of(k, "sourceHead")
        return phrase.last if phrase is not None else None

    def _unknown_adjective(self, k: int, a: int) -> bool:
        """Identical media reports: one word that no list has, shaped like an adjective, at the head of a phrase."""
        reading = self.reading
        opens = k == a or reading.words[k - 1] in ("and", "the", "a", "an", "to", "several", "some")
        return opens and not reading.analyses[k] and reading.raw[k].islower() and reading.words[k].endswith(_ADJECTIVAL)

    def _beginning(self, j: int, b: int) -> "SourceHit | None":
        reading = self.reading
        while (
            j < b
            and (reading.words[j] in _DETERMINERS or reading.raw[j] in _QUOTES)
            and not self.around.quantity_at.get(j)
        ):
            j += 1
        first, k, head = j, j, False
        while k < b and k - first < 14:
            mention = self.around.mention_at.get(k)
            if (
                mention is not None
                and mention.kind in (SOURCE, ACTOR)
                and reading.has(mention.last, "sourceHead") is None
            ):
                if head and reading.words[k - 1] not in (*_POST, "the", "a") and reading.raw[k - 1] not in ("'s", "’s"):
                    break
                k, head = mention.last, True
            elif mention is not None and mention.kind in (SOURCE, ACTOR):
                k = mention.last
            elif (end := self._phrase_end(k)) is not None:
                k, head = end, True
            elif reading.has(k, "sourceHead") is not None:
                if head and reading.words[k - 1] not in (*_POST, "the", "a") and not reading.has(k - 1, "sourceHead"):
                    break
                k, head = k + 1, True
            elif self._extends(k, first, b, head):
                k += 1
            else:
                break
        while k > first and (reading.words[k - 1] in _POST or reading.words[k - 1] in _DETERMINERS):
            k -= 1
        if k == first:
            return None
        hit = self._interpret(first, k)
        if hit is not None and hit.entry is None and (issuer := self._issuer(k, b)) is not None:
            return issuer
        if hit is not None and hit.kind == "person" and k < b:
            behind = k + 1 if reading.raw[k] == "," else k
            outer = self._beginning(behind, b) if behind < b and reading.raw[k] in (",",) else None
            if outer is not None and outer.entry is not None and outer.first - k < 8:
                return outer
            if outer is not None and outer.party:
                return replace(hit, party=True, kind="party", actor=outer.actor)  # a spokesman for the rebels
        return hit

    def _issuer(self, k: int, b: int) -> "SourceHit | None":
        """A statement released on Saturday by X: X speaks."""
        reading = self.reading
        if k >= b or reading.words[k] not in _ISSUED:
            return None
        k += 1
        while k < b and (reading.words[k] == "on" or reading.dated(k)):
            k += 1
        return self._beginning(k + 1, b) if k + 1 < b and reading.words[k] in ("by", "from") else None

    def _named(self, k: int) -> bool:
        """Tell a word of a name: capitalised, of a mention or a place, or the sign of the possessive."""
        covered = k in self.around.place_cover or k in self.around.mention_cover
        return covered or self._capitalised(k) or self.reading.raw[k] in ("'s", "’s")

    def _extends(self, k: int, first: int, b: int, head: bool) -> bool:
        """Tell whether the phrase that began at `first` goes on with token `k`; `head` once its noun was read."""
        reading = self.reading
        if k in self.around.place_cover or self._modifies(k) or self._capitalised(k) or reading.raw[k] in ("'s", "’s"):
            return True
        if reading.words[k] in _DETERMINERS and k > first and reading.words[k - 1] in _POST:
            return True
        if not head:
            return False
        if reading.words[k] in _POST:
            return k + 1 < b and self._joins(k + 1)
        return reading.has(k, "placeType") is not None or reading.has(k, "facility") is not None

    def _joins(self, k: int) -> bool:
        """Tell whether what follows a preposition belongs to a source: a name, an institution, a place."""
        reading = self.reading
        if reading.words[k] in ("the", "a", "an", "its") and k + 1 < len(reading):
            k += 1
        return bool(
            k in self.around.mention_at
            or k in self.around.place_at
            or self._capitalised(k)
            or reading.has(k, "sourceHead")
            or reading.has(k, "placeType")
            or reading.has(k, "facility")
        )

    def _modifies(self, k: int) -> bool:
        reading = self.reading
        return bool(
            reading.has(k, "sourceAdjective")
            or nation_adjective(reading, k) is not None
            or reading.counted(k)
            or reading.has(k, "actorAdjective")
            or (
                self._capitalised(k)
                and not reading.punct[k]
                and k not in self.around.place_cover
                and k not in self.around.mention_cover
            )
        )

    def _capitalised(self, k: int) -> bool:
        reading = self.reading
        if reading.punct[k] or not (reading.raw[k][:1].isupper() or reading.words[k].startswith(("al-", "el-"))):
            return False
        if reading.dated(k):
            return False  # on Thursday activists said: the day is no part of a speaker
        opening = reading.sentences[reading.sentence_of[k]][0] == k
        return not opening or not (reading.has(k, "stop") or reading.has(k, "prep") or reading.has(k, "clause"))

    def _person(self, j: int, a: int) -> bool:
        """Tell a person's name: a run of two to five capitalised words that is no place and no actor."""
        k, n = j, 0
        while k >= a and (self._capitalised(k) or self._titled(k)) and n <= _PERSON_MAX:
            if k in self.around.place_cover or k in self.around.mention_cover or self.reading.has(k, "placeType"):
                return False
            k, n = k - 1, n + 1
        return 2 <= n <= _PERSON_MAX

    def _ranked(self, first: int, last: int) -> bool:
        """Col. Aziz, Lieutenant Ali: an officer speaks for a force."""
        reading = self.reading
        for k in range(max(0, first - 3), last):
            title = reading.has(k, "personTitle")
            if (
                title is not None
                and title.entry.get("rank")
                and all(reading.raw[m] == "." for m in range(k + 1, first))
            ):
                return True
        return False

    def _titled(self, k: int) -> bool:
        """Mr, Gen. and kin, which are part of a name also where they open the sentence."""
        return self.reading.has(k, "personTitle") is not None and self.reading.raw[k][:1].isupper()

    def _interpret(self, first: int, last: int) -> "SourceHit | None":
        """Say who the noun phrase at [first, last) is."""
        reading = self.reading
        near = self.around.mentions_of(reading.sentence_of[first])
        inside = [m for m in near if first <= m.first and m.last <= last and m.kind in (SOURCE, ACTOR)]
        registered = next((m for m in inside if m.kind == SOURCE), None)
        if registered is not None:
            if registered.subkind == "person":
                self._persons.add(reading.words[registered.last - 1])
                # The head of the Observatory, Rami Abdel Rahman: who leads a house speaks for it.
                house = next((m for m in inside if m.kind == SOURCE and m.subkind == "monitor"), None)
                registered = house or self._led_by(registered) or registered
            entry = registered.entry
            lead = reading.has(first, "sourceHead") or next(
                (h for k in range(first, registered.first) if (h := reading.has(k, "sourceHead")) is not None), None
            )
            if entry is not None and entry.get("party") and lead is not None and lead.entry.get("party_if_actor"):
                # A source in the Russian Defence Ministry is not the ministry.
                spoken = self._unnamed(first, last, lead, None)
                owner = reading.lexicon.registry.get(str(entry.get("actor")))
                return replace(spoken, kind="party", party=True, actor=owner)
            return self._actor_source(registered.first)
        head = next(
            (k for k in range(first, last) if reading.has(k, "sourceHead") is not None and not self._inside(k, inside)),
            None,
        )
        actor = next((m for m in inside if m.kind == ACTOR), None)
        service = next((p for k in range(first, last) if (p := reading.phrase_of(k, "sourceHead")) is not None), None)
        if service is not None and (actor is None or not service.entry.get("party_if_actor")):
            kind = str(service.entry.get("kind"))  # Syria's civil defence is not Syria
            return self._make(first, last, reading.span(first, last), kind, f"source.{service.entry.id}")
        if head is not None:
            analysis = reading.has(head, "sourceHead")
            assert analysis is not None
            return self._unnamed(first, last, analysis, actor)
        if actor is not None:
            return self._actor_source(actor.first)
        if all(self._capitalised(k) or self._titled(k) for k in range(first, last)) and self._person(last - 1, first):
            if reading.has(last - 1, "outletName") is not None:
                return self._make(first, last, reading.span(first, last), "outlet", "source.outlet")
            self._persons.add(reading.words[last - 1])
            spoken = self._make(first, last, reading.span(first, last), "person", "source.person")
            return replace(spoken, kind="party", party=True) if self._ranked(first, last) else spoken
        if last == first + 1 and reading.words[first] in self._persons:
            return self._make(first, last, reading.span(first, last), "person", "source.surname")
        return None

    def _led_by(self, person: Mention) -> Mention | None:
        """Return the house in "Rami Abdel Rahman, head of the Syrian Observatory", and in "head of X" before him."""
        reading = self.reading
        left = self.around.mention_cover.get(person.first - 1)
        if left is not None and left.kind == SOURCE and left.subkind == "monitor" and left.last == person.first:
            return left  # the head of the Observatory Rami Abdel Rahman
        k = person.last + (reading.raw[person.last : person.last + 1] == [","])
        if k < len(reading) and reading.words[k] in ("the", "a"):
            k += 1
        head = reading.has(k, "sourceHead") if k < len(reading) else None
        if head is None or head.entry.get("kind") != "official":
            return None
        k += 1
        while k < len(reading) and reading.words[k] in ("of", "for", "at", "the"):
            k += 1
        house = self.around.mention_at.get(k)
        return house if house is not None and house.kind == SOURCE and house.subkind == "monitor" else None

    def _inside(self, k: int, mentions: list[Mention]) -> bool:
        return any(m.first <= k < m.last for m in mentions)

    def _unnamed(self, first: int, last: int, head: Analysis, actor: Mention | None) -> "SourceHit":
        reading = self.reading
        kind = str(head.entry.get("kind"))
        party = False
        for k in range(first, last):
            adjective = reading.has(k, "sourceAdjective")
            if adjective is None:
                continue
            if adjective.entry.get("kind") and kind in ("anonymous", "official", "collective"):
                kind = str(adjective.entry.get("kind"))
            party = party or bool(adjective.entry.get("party"))
        named = None
        if actor is not None and head.entry.get("party_if_actor"):
            named = actor.entry or actor.of or actor.nation
            if actor.party or actor.armed:
                party, kind = True, "party"
        party = party and kind == "party"
        quantity = self.around.quantity_at.get(first)
        while first < last - 1 and reading.words[first] in _DETERMINERS and quantity is None:
            first += 1
        hit = self._make(first, last, reading.span(first, last), kind, f"source.{head.entry.id}")
        return replace(
            hit,
            actor=named,
            party=party,
            count=quantity.best if quantity is not None else None,
            number="p" if head.form.number == "p" else "s",
            own=bool(head.entry.get("own")),
        )

    def _agrees(self, verb: Analysis, speaker: "SourceHit") -> bool:
        """Check that the present of a verb agrees with its subject: reports and claims are also nouns."""
        if verb.form.tense == "base":
            return speaker.number == "p" and speaker.entry is None
        if verb.form.tense == "imperfect":
            return not (speaker.number == "p" and speaker.entry is None)
        return True

    def _told(self, i: int, verb: Analysis, b: int) -> "SourceHit | None":
        """Return who was told, outside the speaker: told Reuters, said in a statement to AFP."""
        reading = self.reading
        for j in range(i + 1, min(b, i + 7)):
            mention = self.around.mention_at.get(j)
            if mention is not None and mention.kind == SOURCE and mention.subkind in ("agency", "outlet"):
                lead = reading.words[j - 1] if reading.words[j - 1] != "the" else reading.words[j - 2]
                if (verb.entry.lemma == "tell" and j - i <= 2) or lead == "to":
                    return self._actor_source(j)
            if reading.punct[j]:
                break
        return None
