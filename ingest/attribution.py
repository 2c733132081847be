"""Attribution: who says it, as a chain, outermost first, with the stretch of text that the source answers for.

Invariant: a source is taken only where the text ties it to the words (a verb of saying with agreement, "according
to", "X: …"). Where the verb does not agree with any speaker, the source stays unknown rather than guessed.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from ingest.lexicon import Entry
from ingest.mentions import ACTOR, SOURCE, Mention
from ingest.reading import Analysis, PhraseHit, Reading
from ingest.speakers import EnglishSpeakers
from ingest.triggers import Surroundings
from ontology.model import Span
from ontology.normal import name_key

_BEFORE_SOURCE = frozenset({"the", "a", "an", "its", "two", "three", "several", "some", "local"})
_BEFORE_AGENCY = frozenset({"(", "-", "–", "—", "/", "،"})
_BEHIND_AGENCY = frozenset({")", "-", "–", "—", ":", "/"})

_NAME_REACH = 14  # words from a verb of saying to the words said, with a name and a title between
_NAME_WORDS = 8

_NAME_OPENS = frozenset({'"', "“", "«", "(", "”"})
_NAME_CLOSES = frozenset({'"', "”", "»", ")", "“"})
_OPENING = frozenset({"“", "«"})
_CLOSING = frozenset({"”", "»"})


@dataclass(frozen=True, slots=True)
class SourceHit:
    """One speaker at tokens [first, last). `actor` is the party it speaks for, if the text or the registry says so."""

    first: int
    last: int
    span: Span
    kind: str
    rule: str
    entry: Entry | None = None
    actor: Entry | None = None
    party: bool = False
    count: int | None = None
    gender: str = ""
    number: str = ""
    mention: Mention | None = None
    named: bool = False  # an institution under its own name, though no registry has it
    own: bool = False  # the outlet's own correspondent


_STATEMENT = "source.en.r.s.statement"


class Attribution(NamedTuple):
    """A chain of sources, outermost first, that answers for tokens [first, last)."""

    first: int
    last: int
    chain: tuple[SourceHit, ...]
    verb: Span | None
    at: int
    unknown: bool = False
    distancing: bool = False
    continued: bool = False


def find_attributions(reading: Reading, around: Surroundings) -> list[Attribution]:
    """Return all attributions, in order of the sentence they stand in."""
    finder = _Finder(reading, around)
    publisher = name_key(reading.publisher) if reading.publisher else None
    found: list[Attribution] = []
    last_speaker: tuple[SourceHit, ...] = ()
    issuer = finder.issuer()
    wire = finder.wire()
    if wire is not None and (_is_outlet(reading, wire, publisher)):
        wire = None
    quoted = False
    for number, (a, b) in enumerate(reading.sentences):
        reading.deadline.check()
        here = finder.sentence(a, b, last_speaker, found[-1] if found else None)
        here = [x._replace(chain=_named_before(reading, x.chain, found)) for x in here]
        here = [x._replace(chain=tuple(s for s in x.chain if not _is_outlet(reading, s, publisher))) for x in here]
        if wire is not None:
            here = [x._replace(chain=_through(wire, x.chain)) for x in here]
        whole = issuer or wire
        if whole is not None and not any(x.chain for x in here):
            here = [*here, Attribution(a, b, (whole,), None, a)]
        if quoted and last_speaker and not any(x.chain for x in here):
            here = [*here, Attribution(a, b, last_speaker, None, a, continued=True)]  # a quotation of several sentences
        quoted = _open_quotation(reading, a, b, quoted)
        found.extend(here)
        speakers = [x for x in here if x.chain and not x.unknown]
        if speakers:
            last_speaker = speakers[-1].chain
        elif number and reading.zones[a] != reading.zones[reading.sentences[number - 1][0]]:
            last_speaker = ()
    return _identified(reading, found) if reading.language == "en" else found


def _identified(reading: Reading, found: list[Attribution]) -> list[Attribution]:
    """The group said, an NGO said: the monitor that the article names; the statement: of whoever spoke before."""
    named = [s for x in found for s in x.chain if s.entry is not None and s.kind == "monitor"]
    alone = len({s.entry.id for s in named if s.entry is not None}) == 1
    made: list[Attribution] = []
    for x in found:
        chain: list[SourceHit] = []
        for hit in x.chain:
            k = hit.first - 1
            determiner = reading.words[k] if k >= 0 else ""
            meant: SourceHit | None = None
            if hit.entry is None and hit.kind == "monitor" and hit.number == "s" and hit.rule.startswith("source."):
                before = [s for s in named if s.first < hit.first]
                if determiner == "the" and (before or alone):
                    meant = before[-1] if before else named[0]
                elif determiner in ("a", "an") and alone:
                    meant = named[0]
            elif hit.rule == _STATEMENT and determiner == "the" and made:
                meant = next((s for y in reversed(made) for s in reversed(y.chain) if s.rule != _STATEMENT), None)
            if meant is not None:
                hit = replace(meant, first=hit.first, last=hit.last, span=hit.span, rule=f"{hit.rule}.named")
            chain.append(hit)
        made.append(x._replace(chain=tuple(chain)))
    return made


def _is_topic(source: SourceHit) -> bool:
    """Syria updates: …, Libya: …: the name of a state before a colon says what the words are about."""
    return source.mention is not None and source.mention.subkind == "state"


def _open_quotation(reading: Reading, a: int, b: int, quoted: bool) -> bool:
    """Tell whether a quotation goes on behind the sentence."""
    for k in range(a, b):
        mark = reading.raw[k]
        quoted = True if mark in _OPENING else False if mark in _CLOSING else quoted != (mark == '"')
    return quoted and (b == len(reading) or "\n" not in reading.raw[b])


def _headed(reading: Reading, hit: SourceHit, head: Analysis) -> bool:
    """Tell whether the noun of a source is that of `head`: خلية الإعلام الأمني, then الخلية."""
    return any(x.entry is head.entry for x in reading.analyses[hit.first])


def _through(wire: SourceHit, chain: tuple[SourceHit, ...]) -> tuple[SourceHit, ...]:
    """The chain with the agency whose report it is outside of it."""
    known = any(hit.kind in ("agency", "outlet") or hit.entry is wire.entry for hit in chain)
    return (wire, *chain) if chain and not known else chain


def _named_before(reading: Reading, chain: tuple[SourceHit, ...], before: list[Attribution]) -> tuple[SourceHit, ...]:
    """وأضافت المصادر: a bare definite noun means the speaker of that noun named last, with who stands outside of it."""
    if len(chain) != 1 or reading.language != "ar":
        return chain
    speaker = chain[0]
    cell = reading.has(speaker.last - 1, "sourceHead") if speaker.last > speaker.first + 1 else None
    if cell is not None and cell.article and speaker.entry is None:
        house = next((h for x in reversed(before) for h in x.chain if _headed(reading, h, cell)), None)
        return (house, replace(speaker, party=house.party, actor=house.actor)) if house is not None else chain
    head = reading.has(speaker.first, "sourceHead")
    short = speaker.mention is not None and speaker.mention.short
    if not short and (head is None or not head.article or speaker.last > speaker.first + 1):
        return chain
    if head is not None and head.entry.get("statement"):
        # وأضاف البيان: whose statement it is was said before.
        return next((x.chain for x in reversed(before) if x.chain), chain)
    for attribution in reversed(before):
        for k, hit in enumerate(attribution.chain):
            if hit.first == speaker.first or attribution.continued:
                continue
            earlier = reading.has(hit.first, "sourceHead")
            same = hit.entry is speaker.entry if short else earlier is not None and earlier.entry is head.entry  # type: ignore[union-attr]
            if same:
                return attribution.chain[: k + 1]
    return chain


def _is_outlet(reading: Reading, source: SourceHit, publisher: str | None) -> bool:
    """The outlet and its correspondent are no sources of the outlet's own article."""
    if source.own:
        return True
    if publisher is None:
        return False
    return _names_outlet(source.entry, source.span.of(reading.plain), publisher)


def _names_outlet(entry: Entry | None, words: str, publisher: str) -> bool:
    """Tell whether a source is the publisher: the same name, or one of two words and more inside the publisher's."""
    return _is_named(words, publisher) or (entry is not None and _is_publisher(entry, publisher))


@lru_cache(maxsize=1024)
def _is_publisher(entry: Entry, publisher: str) -> bool:
    names = [*entry.get("names", {}).values(), *(a for row in entry.get("aliases", {}).values() for a in row)]
    return any(_is_named(name, publisher) for name in names)


def _is_named(name: str, publisher: str) -> bool:
    key = name_key(name)
    return key == publisher or (" " in key and set(key.split()) <= set(publisher.split()))


# Nouns of saying that are no speakers themselves, in normal form.
_STATEMENTS = frozenset({"تصريح", "تصريحات", "حصيله", "احصاء", "احصاءات", "احصاييه", "بيانات", "تقديرات"})


class _Finder:
    def __init__(self, reading: Reading, around: Surroundings) -> None:
        self.reading, self.around = reading, around
        verbs, nouns = reading.tokens_in("reportVerb"), reading.tokens_in("reportNoun")
        self._opened = sorted({*verbs, *nouns, *reading.phrase_at})
        self._speakers = EnglishSpeakers(reading, around, self.source_at, SourceHit)

    def issuer(self) -> SourceHit | None:
        """بيان صادر عن X: the text is a statement, and its issuer speaks all of it."""
        reading = self.reading
        for i in range(min(len(reading), 25)):
            if reading.zones[i] not in ("title", "repeated-title"):
                return None
            head = reading.has(i, "sourceHead")
            if head is not None and head.entry.get("statement"):
                for j in range(i + 1, min(len(reading), i + 9)):
                    if reading.words[j] in ("عن", "by", "from") and j + 1 < len(reading):
                        return self.source_at(j + 1)
        return None

    def wire(self) -> SourceHit | None:
        """دمشق (رويترز) - …, or a last line "بحسب رويترز": the agency whose report the whole text is."""
        reading = self.reading
        body = [(a, b) for a, b in reading.sentences if reading.zones[a] in ("body", "dateline")]
        if reading.language != "ar" or not body:
            return None
        for a, b in body[:2]:
            for j in range(a + 1, min(b - 1, a + 6)):
                hit = self.source_at(j) if reading.punct[j - 1] and reading.raw[j - 1] in _BEFORE_AGENCY else None
                if hit is not None and hit.entry is not None and hit.kind == "agency" and hit.last < b:
                    if reading.raw[hit.last] in _BEHIND_AGENCY:
                        return hit
        a, b = body[-1]
        phrase = reading.phrase_of(a, "attribution")
        if phrase is None or len(body) == 1:
            return None
        chain, end = self._chain_after(phrase.last, b)
        if chain and chain[0].kind in ("agency", "outlet") and all(reading.punct[k] for k in range(end, b)):
            return chain[0]
        return None

    def sentence(self, a: int, b: int, last: tuple[SourceHit, ...], previous: Attribution | None) -> list[Attribution]:
        reading = self.reading
        found: list[Attribution] = []
        colon = self._colon(a, b)
        if colon is not None:
            found.append(colon)
        at = a
        for i in self._opened[bisect_left(self._opened, a) : bisect_left(self._opened, b)]:
            if i < at:
                continue
            phrase = reading.phrase_of(i, "attribution")
            if phrase is not None:
                chain, end = self._chain_after(phrase.last, b)
                if chain:
                    found.append(Attribution(a, b, chain, reading.span(i, phrase.last), i))
                    last, at = chain, end
                    continue
            nominal = self._report_noun(i, b)
            if nominal is not None:
                found.append(nominal)
            verb = reading.has(i, "reportVerb")
            if verb is not None:
                hit = self._verb(i, verb, a, b, last)
                if hit is not None:
                    found.append(hit)
                    if hit.chain and not hit.unknown:
                        last = hit.chain
        return self._joined(found) if reading.language == "en" else found

    def _joined(self, found: list[Attribution]) -> list[Attribution]:
        """Announced by the rebels and confirmed by a monitor: both answer for the same words."""
        joined: list[Attribution] = []
        for x in found:
            last = joined[-1] if joined else None
            if (
                last is not None
                and last.chain
                and x.chain
                and self.reading.words[x.at - 1] == "and"
                and last.chain[-1].last == x.at - 1
                and self.reading.words[x.at + 1 : x.at + 2] == ["by"]
            ):
                joined[-1] = last._replace(chain=(*last.chain, *x.chain))
                continue
            joined.append(x)
        return joined

    def _report_noun(self, i: int, b: int) -> Attribution | None:
        """مع إعلان الأونروا أن …, بعد إعلان الجيش سيطرته على …: a noun of saying with its speaker behind it."""
        reading = self.reading
        noun = reading.has(i, "reportNoun")
        source = self.source_at(i + 1) if noun is not None and not noun.enclitic and i + 1 < b else None
        if noun is None or source is None or self._pro(i + 1):
            return None
        for k in range(source.last, min(b, source.last + 3)):
            acted = any(x.entry.section == "events" and x.entry.pos == "noun" for x in reading.analyses[k])
            if reading.has(k, "complementiser") is not None or acted:
                return Attribution(i, b, (source,), reading.host_span(i, i + 1, noun.skip), i)
        return None

    def _colon(self, a: int, b: int) -> Attribution | None:
        """المرصد السوري: مقتل …; a source or an actor, then a colon, at the head of a sentence."""
        reading = self.reading
        source = self.source_at(a)
        if source is None or (reading.language == "en" and source.actor is not None and _is_topic(source)):
            return None
        j = source.last
        while j < b and j - source.last < 4 and not reading.punct[j]:
            j += 1
        if j < b and reading.raw[j] in (":", "::") and j - source.last < 4:
            return Attribution(j + 1, b, (source,), None, a)
        return None

    def _chain_after(self, j: int, b: int) -> tuple[tuple[SourceHit, ...], int]:
        """The source after "according to", with the one it quotes: رويترز عن شهود عيان."""
        reading = self.reading
        if reading.language == "en":
            named = self._speakers.phrase(j, b)
            return named, named[-1].last if named else j
        while (
            j < b
            and not reading.punct[j]
            and (
                reading.words[j] in ("ما", "ان", "به", "بها", "the", "a", "an", "what", "to")
                or reading.has(j, "reportVerb") is not None
            )
        ):
            j += 1
        source = (self.source_at(j) or self._who_stated(j, b)) if j < b else None
        if source is None:
            return (), j
        chain = [source]
        k = source.last
        if k < b and reading.words[k] in ("عن", "نقلا", "citing", "quoting"):
            k += 2 if reading.words[k] == "نقلا" else 1
            inner = self.source_at(k) if k < b else None
            if inner is not None:
                chain.append(inner)
                k = inner.last
        return tuple(chain), k

    def _who_stated(self, j: int, b: int) -> SourceHit | None:
        """وفقا لتصريح رسمي من الناطق, وفق حصيلة أولية للإسعاف: من or عن or ل leads to who said it."""
        reading = self.reading
        if not any(v.host in _STATEMENTS for v in reading.variants[j]):
            return None
        for k in range(j + 1, min(b, j + 5)):
            if reading.punct[k]:
                return None
            led = k + 1 if reading.words[k] in ("من", "عن") else k if self._pro(k) == "ل" else None
            if led is not None and led < b:
                return self.source_at(led)
        return None

    def _verb(self, i: int, verb: Analysis, a: int, b: int, last: tuple[SourceHit, ...]) -> Attribution | None:
        reading = self.reading
        arabic = reading.language == "ar"
        if arabic and not self._reports(i, verb, b):
            return None
        relay = self._relay(i, b)
        span = reading.host_span(i, i + 1, verb.skip)
        distancing = bool(verb.entry.get("distancing"))
        if not arabic:
            if verb.entry.get("relay"):
                cited = self._speakers.phrase(i + 1, b)
                citing = self._speakers.of_verb(i, verb, a, b, last) if cited else ()
                return Attribution(a, b, (*citing, *cited), span, i) if cited else None
            spoken = self._speakers.of_verb(i, verb, a, b, last)
            return Attribution(a, b, spoken, span, i, distancing=distancing) if spoken else None
        if verb.entry.get("relay") and relay is not None:
            outer = self._subject_after(i, verb, b) or self._subject_before(i, verb, a)
            chain = (outer, relay) if outer is not None else (relay,)
            return Attribution(a, b, tuple(dict.fromkeys(chain)), span, i)
        subject = self._subject_after(i, verb, b) if arabic else None
        if arabic and (subject is None or subject.mention is None):
            subject = self._person(i, subject, b) or subject
        if subject is None:
            subject = self._subject_before(i, verb, a)
        if subject is None and not arabic:
            subject = self._subject_after(i, verb, b)
        via = self._told(i, subject, b)
        if subject is not None:
            chain2 = (via, subject) if via is not None else (subject,)
            first = a if not arabic or i - a <= 2 else i
            parted = any(reading.raw[k] in ("،", ",") and reading.has(k + 1, "clause") for k in range(subject.last, i))
            if arabic and subject.first < i and not parted:
                first = subject.first  # يواصل الجيش غاراته، كما أعلن …: what stands before is not what it announced
            return Attribution(first, b, chain2, span, i, distancing=distancing)
        if (
            arabic
            and (verb.form.tense in ("perfect", "imperfect") and last and verb.form.person == 3)
            and self._continues(i, verb, a)
        ):
            speaker = last[-1]
            if self._agrees(verb, speaker):
                return Attribution(i, b, last, span, i, distancing=distancing, continued=True)
            return Attribution(i, b, (), span, i, unknown=True)
        return None

    def _reports(self, i: int, verb: Analysis, b: int) -> bool:
        """A verb of saying rules what follows; ذكر or سجل may be other words, so something must be said."""
        return verb.form.tense in ("perfect", "imperfect") and not (verb.pro.endswith("ل"))

    def _continues(self, i: int, verb: Analysis, a: int) -> bool:
        """A verb without a subject goes on with the last speaker at the head of a sentence (وأضاف أن …)."""
        return i - a <= 1 or bool(verb.entry.get("continues"))

    def _agrees(self, verb: Analysis, speaker: SourceHit) -> bool:
        form = verb.form
        if form.number == "p":
            return speaker.number in ("p", "d")
        if form.number == "d":
            return speaker.number == "d"
        if not speaker.gender or not form.gender:
            return True
        return form.gender == speaker.gender and speaker.number in ("s", "")

    def _subject_after(self, i: int, verb: Analysis, b: int) -> SourceHit | None:
        reading = self.reading
        arabic = reading.language == "ar"
        j = i + 1
        steps = 0
        while j < b and steps < 7:
            if reading.punct[j]:
                if reading.raw[j] in ("،", ",", "(", ")", "-", '"', "“", "”") and steps:
                    j += 1
                    steps += 1
                    continue
                if reading.raw[j] in ('"', "“", "”"):
                    j += 1
                    continue
                return None
            if reading.has(j, "complementiser") is not None:
                return None
            source = self.source_at(j)
            if source is not None and arabic and j > i + 1 and reading.has(j - 1, "prep") is not None:
                j, steps = source.last, steps + 1  # وأضاف في بيان أن …: the statement is no speaker
                continue
            if source is not None and (not arabic or not self._pro(j)):
                if not arabic or self._agrees_after(verb, source):
                    return source
                return None
            if arabic and self._pro(j) and self.source_at(j) is not None:
                j = self.source_at(j).last  # type: ignore[union-attr]
                steps += 1
                continue
            if any(
                x.entry.section == "events" or x.entry.cls in ("harm", "hitVerb", "lightNoun")
                for x in reading.analyses[j]
            ):
                return None
            if arabic and reading.words[j] in ("عن", "ب", "الي", "علي", "من"):
                return None
            if arabic and any(d.first == j for d in reading.dates):
                j = next(d.last for d in reading.dates if d.first == j)
                steps += 1
                continue
            if (
                arabic
                and steps == 0
                and not reading.words[j].startswith("ال")
                and reading.words[j] not in ("كل", "عدد", "ثلاثه", "اربعه", "عده", "بعض")
            ):
                # A subject of unknown words: a person's name before a title; look a little further.
                pass
            j += 1
            steps += 1
        return None

    def _person(self, i: int, title: SourceHit | None, b: int) -> SourceHit | None:
        """قال فضل حسن قائد العملية إن …, قال رئيس البلدية خالد عمر إن …: a name that stands up to the words said.

        With a title the name belongs to it, before or behind; without one, two words and more that nobody knows are
        the name of a person.
        """
        reading = self.reading
        begin = i + 1
        end = next((k for k in range(begin, min(b, begin + _NAME_REACH)) if self._said(k)), None)
        if end is None:
            return None
        while end > begin and reading.punct[end - 1]:
            end -= 1
        if title is not None:
            head = reading.has(title.first, "sourceHead")
            if head is None or not head.entry.get("human") or head.form.number != "s" or end < title.last:
                return None
            close = next((k for k in range(title.last, end) if reading.punct[k] or self._no_name(k)), end)
            end = close if close > title.last else end  # رئيس البلدية خالد عمر عبر تطبيق …: the name ends at عبر
            named = [k for k in (*range(begin, title.first), *range(title.last, end)) if not reading.punct[k]]
            if not named or len(named) > _NAME_WORDS or any(self._no_name(k) for k in named):
                return None
            first = begin if title.first > begin else title.first
            return replace(title, first=first, last=end, span=reading.host_span(first, end))
        words = range(begin, end)
        if not 2 <= len(words) <= _NAME_WORDS or any(reading.punct[k] or self._no_name(k) for k in words):
            return None
        if any(reading.analyses[k] for k in words) or reading.words[begin].startswith(("ال", "لل", "ب")):
            return None
        gender = self.reading.has(i, "reportVerb")
        form = gender.form.gender if gender is not None else ""
        return SourceHit(
            begin, end, reading.span(begin, end), "person", "source.person", gender=form, number="s", named=True
        )

    def _said(self, k: int) -> bool:
        """Where what is said begins: أن, a colon or an opening quotation mark."""
        return self.reading.has(k, "complementiser") is not None or self.reading.raw[k] == ":"

    def _no_name(self, k: int) -> bool:
        """A word that ends a name: a verb, a preposition, a clause word, a date or a place."""
        reading = self.reading
        mention = self.around.mention_at.get(k)
        if reading.dated(k) or k in self.around.quantity_at:
            return True
        if mention is not None and mention.kind == SOURCE and mention.pro.endswith("ل"):
            return True  # قالت المصادر لوكالة …: who was told is no part of the name
        return any(
            x.entry.pos == "verb"
            or x.entry.cls in ("clause", "relative", "complementiser", "reportVerb", "attribution")
            or (x.entry.cls == "prep" and (x.entry.lemma != "في" or self._statement(k + 1)))
            for x in reading.analyses[k]
        )

    def _statement(self, k: int) -> bool:
        """في بيان, في تصريح: what was said was said in it."""
        head = self.reading.has(k, "sourceHead")
        return self.reading.has(k, "reportNoun") is not None or (head is not None and bool(head.entry.get("statement")))

    def _agrees_after(self, verb: Analysis, source: SourceHit) -> bool:
        """A verb before its subject stands in the singular; only gender must agree."""
        if verb.form.number in ("p", "d"):
            return False
        return not verb.form.gender or not source.gender or verb.form.gender == source.gender

    def _subject_before(self, i: int, verb: Analysis, a: int) -> SourceHit | None:
        reading = self.reading
        j = i - 1
        steps = 0
        arabic = reading.language == "ar"
        while j >= a and steps < (16 if arabic else 14):
            if reading.punct[j] and reading.raw[j] in (";", "؛"):
                return None
            for first in range(j, max(a, j - 8) - 1, -1):
                source = self.source_at(first)
                if source is not None and source.last == j + 1:
                    if arabic and (
                        self._pro(first).endswith(("ب", "ل", "ك"))
                        or reading.words[first - 1 if first > a else first] in ("من", "في", "علي", "عن", "الي", "مع")
                    ):
                        break
                    if arabic and not self._agrees(verb, source):
                        break
                    return source
            if arabic and any(x.entry.section == "events" and x.entry.pos == "verb" for x in reading.analyses[j]):
                return None
            j -= 1
            steps += 1
        return None

    def _pro(self, j: int) -> str:
        """Proclitics that make a word no subject: ب ل ك; و and ف do not."""
        mention = self.around.mention_at.get(j)
        pro = mention.pro if mention is not None else ""
        if not pro:
            head = self.reading.has(j, "sourceHead")
            pro = head.pro if head is not None else ""
        return pro.strip("وف")

    def _told(self, i: int, subject: SourceHit | None, b: int) -> SourceHit | None:
        """وقال ثلاثة سكان لرويترز; told Reuters: the agency that was told stands outside the speaker."""
        reading = self.reading
        begin = max(i, subject.last - 1 if subject is not None else i) + 1
        for j in range(i + 1, min(b, begin + 5)):
            if reading.punct[j] and reading.raw[j] not in ('"', "“", "”", "،"):
                return None
            mention = self.around.mention_at.get(j)
            if mention is None or mention.kind != SOURCE or (subject is not None and subject.first <= j < subject.last):
                continue
            if reading.language == "ar":
                if mention.pro.endswith("ل") and mention.subkind in ("agency", "outlet"):
                    return self.source_at(j)
            elif mention.subkind in ("agency", "outlet") and (
                reading.words[j - 1] in ("told", "to", "the") or j == i + 1
            ):
                return self.source_at(j)
        return None

    def _relay(self, i: int, b: int) -> SourceHit | None:
        """نقلت رويترز عن شهود عيان: the source behind عن."""
        reading = self.reading
        for j in range(i + 1, min(b, i + 8)):
            if reading.words[j] in ("عن", "citing", "quoting"):
                return self.source_at(j + 1) if j + 1 < b else None
        return None

    def source_at(self, j: int) -> SourceHit | None:
        """Return the speaker that begins at token `j`: of the registry, an actor, or an unnamed one by its noun."""
        reading = self.reading
        if not 0 <= j < len(reading) or reading.punct[j]:
            return None
        around = self.around
        known = j in around.mention_at or j in around.quantity_at or j in reading.phrase_at
        if not known and reading.has(j, "sourceHead") is None:
            if reading.language != "en" or reading.words[j] not in _BEFORE_SOURCE:
                return None
        count = None
        begin = j
        quantity = self.around.quantity_at.get(j)
        if quantity is not None:
            head = reading.has(quantity.last, "sourceHead") if quantity.last < len(reading) else None
            if head is None:
                return None
            count, j = quantity.best, quantity.last
        if reading.language == "en" and reading.words[j] in _BEFORE_SOURCE and j not in self.around.mention_at:
            j += 1
            if j >= len(reading) or reading.punct[j]:
                return None
        mention = self.around.mention_at.get(j)
        head = reading.has(j, "sourceHead")
        phrase = reading.phrase_of(j, "sourceHead") if mention is None and reading.language == "ar" else None
        if phrase is not None:
            return self._institution_at(begin, phrase)
        if mention is not None and mention.kind == SOURCE:
            entry = mention.entry
            assert entry is not None
            actor = self._registry(entry.get("actor"))
            return SourceHit(
                j,
                mention.last,
                mention.span,
                str(entry.get("kind")),
                mention.rule,
                entry,
                actor,
                bool(entry.get("party")),
                None,
                mention.gender,
                mention.number,
                mention,
            )
        listed = mention is not None and mention.kind == ACTOR and mention.entry is not None
        # وزارة الدفاع الروسية under its registered name is that party, though ministries in general are none.
        whole = listed and mention is not None and (bool(head and head.entry.get("actor")) or mention.last > j + 1)
        if head is not None and self._head_ok(j, head) and not whole:
            return self._unnamed(begin, j, head, count)
        if (
            mention is not None
            and mention.kind in (ACTOR,)
            and not mention.generic
            and (mention.armed or mention.subkind in ("government", "state", "international", "organisation", "rescue"))
        ):
            kind = {"rescue": "rescue", "international": "official", "organisation": "monitor"}.get(
                mention.subkind, "party"
            )
            party = mention.party and kind == "party"
            return SourceHit(
                j,
                mention.last,
                mention.span,
                kind,
                f"source.actor+{mention.rule}",
                mention.entry,
                mention.entry or mention.of,
                party,
                None,
                mention.gender,
                mention.number,
                mention,
            )
        if mention is not None and mention.kind == ACTOR and mention.definite and mention.armed:
            return SourceHit(
                j,
                mention.last,
                mention.span,
                "party",
                f"source.actor+{mention.rule}",
                None,
                None,
                True,
                None,
                mention.gender,
                mention.number,
                mention,
            )
        return None

    def _institution_at(self, begin: int, phrase: PhraseHit) -> SourceHit:
        """الدفاع المدني في المدينة: an institution known by two words, of which every country has one."""
        entry, last = phrase.entry, phrase.last
        k = last + (last < len(self.reading) and self.reading.words[last] in ("في", "من"))
        place = self.around.place_at.get(k)
        if place is not None:
            last = place.last
        span = self.reading.host_span(begin, last)
        kind = str(entry.get("kind"))
        gender = str(entry.get("gender") or "")
        return SourceHit(begin, last, span, kind, f"source.{entry.id}", None, None, kind == "party", None, gender, "s")

    def _registry(self, identifier: object) -> Entry | None:
        return self.reading.lexicon.registry.get(str(identifier)) if identifier else None

    def _head_ok(self, j: int, head: Analysis) -> bool:
        needs = head.entry.get("needs")
        if needs is None:
            return True
        return j + 1 < len(self.reading) and self.reading.words[j + 1] in self.reading.lexicon.words_of(needs)

    def _unnamed(self, begin: int, j: int, head: Analysis, count: int | None) -> SourceHit:
        """مصادر طبية, مصدران من الفصائل, المتحدث باسم الجيش, local activists, an army spokesman."""
        reading = self.reading
        kind = str(head.entry.get("kind"))
        last = j + 1
        party = False
        actor: Entry | None = None
        employer: Entry | None = None
        form = head.form
        number = form.number
        gender = form.gender
        if form.number == "p" and not head.entry.get("human"):
            gender, number = "f", "s"
        if form.number == "d":
            count = 2
        n = len(reading)
        named = bool(head.entry.get("named")) and not head.article and not head.enclitic
        if named:
            last = self._institution(last)
            named = last > j + 1
        while last < n and not reading.punct[last] and last - j < 7:
            adjective = reading.has(last, "sourceAdjective")
            if adjective is not None and adjective.pro in ("", "و"):
                if adjective.entry.get("kind"):
                    kind = str(adjective.entry.get("kind")) if kind in ("anonymous", "official") and not actor else kind
                party = party or bool(adjective.entry.get("party"))
                last += 1
                continue
            if (
                reading.words[last] in reading.lexicon.adjectives
                or reading.words[last].removeprefix("ال") in reading.lexicon.adjectives
            ):
                last += 1
                continue
            k = last
            if reading.words[k] in ("باسم", "من", "في", "داخل", "لدي", "of", "for", "from", "in", "with", "the", "ب"):
                k += 1
                if k < n and reading.words[k] in ("the", "صفوف", "قياده"):
                    k += 1
            inner = self.around.mention_at.get(k)
            if inner is not None and inner.kind == ACTOR and head.entry.get("party_if_actor"):
                actor = inner.entry or inner.of or inner.nation
                if kind in ("anonymous", "official", "party"):
                    party = inner.party or inner.armed
                    kind = "party" if party else kind
                last = inner.last
                break
            if inner is not None and inner.kind == SOURCE and k == last and head.entry.get("own") and not inner.pro:
                employer, last = inner.entry, inner.last  # مراسل الأناضول: the agency says it
                break
            if inner is not None and inner.kind == ACTOR and k == last:
                last = inner.last
                break
            within = reading.has(k, "sourceHead") if k == last + 1 and k < n else None
            if within is not None and not within.entry.get("statement"):
                last = k + 1
                continue
            place = self.around.place_at.get(k)
            if place is not None and k > last:
                last = place.last
            elif (
                reading.words[last].startswith("ال")
                and head.entry.get("kind") == "official"
                and not reading.analyses[last]
            ):
                last += 1  # وزارة الصحة, وزير الخارجية
                continue
            break
        rule = f"source.{head.entry.id}"
        span = reading.host_span(begin, last, head.skip if begin == j else 0)
        own = bool(head.entry.get("own")) and (head.enclitic == "نا" or last == j + 1 or self._names_publisher(j, last))
        if employer is not None and not own:
            kind = str(employer.get("kind"))
        return SourceHit(
            begin, last, span, kind, rule, employer, actor, party, count, gender, number, named=named, own=own
        )

    def _names_publisher(self, j: int, last: int) -> bool:
        publisher = name_key(self.reading.publisher) if self.reading.publisher else ""
        mention = next((m for k in range(j + 1, last) if (m := self.around.mention_at.get(k)) is not None), None)
        if publisher and mention is not None and mention.kind == SOURCE:
            return _names_outlet(mention.entry, mention.span.of(self.reading.plain), publisher)
        said = {v.host for k in range(j + 1, last) for v in self.reading.variants[k]}
        return bool(set(publisher.split()) & said)

    def _quoted(self, j: int) -> int | None:
        """قناة "العربية", قناة (روسيا اليوم): where a name in quotation marks or brackets behind its head ends."""
        reading = self.reading
        if j >= len(reading) or reading.raw[j] not in _NAME_OPENS:
            return None
        end = next((k for k in range(j + 1, min(len(reading), j + 2 + _NAME_WORDS)) if reading.punct[k]), None)
        return end + 1 if end is not None and end > j + 1 and reading.raw[end] in _NAME_CLOSES else None

    def _institution(self, last: int) -> int:
        """مرصد العاصي لحقوق الإنسان, وكالة نوارس للأنباء: where the name of an institution ends."""
        reading = self.reading
        begin = last
        quoted = self._quoted(last)
        if quoted is not None:
            return quoted
        while last < len(reading) and not reading.punct[last] and last - begin < 4:
            word = reading.words[last]
            known = any(
                a.entry.pos == "verb"
                or a.entry.cls in ("prep", "complementiser", "clause", "relative", "reportVerb", "sourceAdjective")
                for a in reading.analyses[last]
            )
            if known or reading.dated(last):
                break
            if not (word.startswith(("ال", "لل", "لحقوق", "لشوون")) or last == begin):
                break
            last += 1
        return last
