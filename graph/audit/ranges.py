"""The audit of a stretch of the log: what its records say, held against what the graph says of the same things.

Invariant: what is found about a record does not depend on which stretch it is in, so stretches can be audited in any
order and by any process; and each thing that records bring is read in the stretch of the record that brings it first,
so the triples that were read can be counted. Memory holds some records at a time, with what the graph says of them.
"""

import hashlib
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad

from graph.audit.findings import DATE, MISSING, QUOTE, RECORD, TEXT, UNEXPLAINED, Counts, Finding
from graph.audit.happened import Happening, Happenings
from graph.audit.held import Held, as_read
from graph.audit.merged import renamed, renames
from graph.audit.saying import Says, says, values_of
from graph.audit.summed import SUMMING, sums_that_hold
from graph.content import ContentDamaged
from graph.log import EventLog, Record
from graph.projection.literals import TRUE, integer, moment, name_language, plain, tagged
from graph.store import Reader
from graph.stored import StoredArticle
from graph.terms import Term, terms, web_address, written
from graph.upcasting import PresentLog
from ontology.identity import sha256_hex
from ontology.model import Claim
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, TITLE, ExtractedClaims, decode_claims_extracted

Content = Callable[[str], bytes | None]
Triple = str

_AT_ONCE: Final = 64  # records that are audited together
_REMEMBERED: Final = 200_000  # facts that were just written and are not written again
_PARTS: Final = ("curation", "review", "patch", "erasure", "restoration")


class _Altered(Exception):
    """A content is not the one that its name says."""


@dataclass(slots=True)
class Part:
    """What the audit of a stretch gives.

    `facts` are lines of what its records say of places, actors, sources and gazetteers. `quads` were read of all other
    things. With `unread`, there are claims that could not be looked at. `chosen` are claims with their ranks.
    """

    upto: int
    findings: list[Finding] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    facts: bytes = b""
    quads: int = 0
    unread: bool = False
    chosen: list[tuple[str, str]] = field(default_factory=list)


_Judge = Callable[[list[Triple], list[Triple]], Iterator[Finding]]


@dataclass(slots=True)
class _Unit:
    """A thing that a record brings, with its parts: what the default graph `should` say, and who judges the rest.

    With `varied`, more is said of it as a rule: what it is about, what was decided on it.
    """

    node: str
    should: set[Triple]
    judge: _Judge
    parts: tuple[str, ...] = ()  # parts that may be there though nothing of the thing itself leads to them
    varied: bool = False
    extra: list[Triple] = field(default_factory=list)
    lacking: list[Triple] = field(default_factory=list)

    def found(self) -> Iterator[Finding]:
        """Yield what is wrong, once what the graph holds has been read."""
        return self.judge(sorted(self.extra), sorted(self.lacking))


@dataclass(slots=True)
class _Told:
    """A claim of the stretch as its record has it."""

    claim: Claim
    node: str
    own: str  # the event that it tells, as its own graph names it
    says: Says
    position: int
    stored: StoredArticle
    text: str | None
    counts: bool  # it tells of what happened, and is in force
    relinked: bool  # a reviewer decided on one of its places


class RangeAudit:
    """Audits stretches of a log, one after the other."""

    def __init__(self, store: Reader, log: EventLog, content: Content, *, shaped: int = 0, seed: int = 0) -> None:
        self._store, self._log, self._at = store, PresentLog(log), store.position()
        self._iris, self._held = store.iris, Held(store)
        projector = store.projector
        self._reviews, self._curations, self._erasures = projector.reviews, projector.curations, projector.erasures
        self._articles, self._extracted = projector.articles, projector.extracted
        self._content = self._erasures.masked(content)
        self._names = renames(self._curations.survivors(self._at), self._iris)
        self._happenings = Happenings(store, self._held, self._names)
        self._base = f"<{self._iris.base}id/"
        self._shaped, self._seed = shaped, seed
        self._recent: dict[Triple, None] = {}
        self._there: dict[str, bool] = {}  # claims and events that relations name
        self._streams: dict[str, list[Record]] = {}
        self._part = Part(0)
        self._facts: list[str] = []

    def part(self, after: int, upto: int) -> Part:
        """Audit the records beyond `after` up to `upto`."""
        self._part, self._facts = Part(upto), []
        records = self._log.read(after=after, upto=upto)
        while some := list(itertools.islice(records, _AT_ONCE)):
            self._part.findings += self._batch(some)
        self._part.counts.records = upto - after
        self._part.facts = "".join(f"{line}\n" for line in self._facts).encode()
        part, self._part = self._part, Part(0)
        return part

    def _batch(self, records: list[Record]) -> list[Finding]:
        self._streams.clear()
        units: dict[str, _Unit] = {}
        told: list[_Told] = []
        steps: list[list[Finding] | _Unit | _Told] = []
        for record in records:
            for step in self._steps(record):
                if isinstance(step, _Told):
                    told.append(step)
                    units[step.node[:-1]] = self._unit_of(step)
                elif isinstance(step, _Unit):
                    units[step.node[:-1]] = step
                steps.append(step)
        self._read(units)
        graphs = self._graphs(told)
        happened = self._happenings.read([one.own for one in told])
        self._part.quads += self._happenings.quads
        self._part.counts.triples += self._happenings.quads
        findings: list[Finding] = []
        for step in steps:
            if isinstance(step, _Unit):
                findings += step.found()
            elif isinstance(step, _Told):
                findings += self._own_graph(step, *graphs[step.node])
                findings += units[step.node[:-1]].found()
                findings += self._event(step, happened.get(step.own))
            else:
                findings += step
        return findings

    def _read(self, units: dict[str, _Unit]) -> None:
        """Give each unit what the default graph says more of it and its parts than it should, and what less.

        Where records say all that there is of a thing, that is looked up line by line, and the lines are counted; only
        where this does not come out, and of things of which more is said, is read what the graph has.
        """
        alike: list[Triple] = []
        should: set[Triple] = set()
        subjects, varied = set[str](), set[str]()
        for unit in units.values():
            (varied if unit.varied else subjects).update((unit.node, *unit.parts))
            begins = tuple(f"{node} " for node in (unit.node, *unit.parts)) if unit.varied else ()
            for line in unit.should:
                if line.startswith(begins):
                    should.add(line)
                else:
                    alike.append(line)
                    subjects.add(line[: line.index(" ")])
        seen = subjects | varied
        count = self._held.holds(alike, list(subjects))
        if count is None:
            varied = seen
            should.update(alike)
        else:
            self._take(count)
        seen = set(seen)
        fresh = sorted(varied)
        there: set[Triple] = set()
        while fresh:
            lines = set(self._held.about(fresh))
            self._take(len(lines))
            there |= lines
            fresh, compared = [], list[str]()
            for line in lines - should:
                subject, _, value = line.split(" ", 2)
                unit = units[self._stem(subject)]
                unit.extra.append(line)
                if value.startswith(f"{unit.node[:-1]}/") and value not in seen:
                    seen.add(value)
                    (compared if value.startswith(_comparisons(unit.node)) else fresh).append(value)
            self._take(self._held.count(compared))  # which says what follows from several claims, and is not compared
        for line in should - there:
            units[self._stem(line[: line.index(" ")])].lacking.append(line)

    def _take(self, quads: int) -> None:
        self._part.quads += quads
        self._part.counts.triples += quads

    def _stem(self, node: str) -> str:
        """Return what the IRIs of a thing and of its parts begin with."""
        kind, _, rest = node[len(self._base) : -1].partition("/")
        return f"{self._base}{kind}/{rest.partition('/')[0]}"

    # -- records -------------------------------------------------------------------------------------------------------

    def _steps(self, record: Record) -> Iterator[list[Finding] | _Unit | _Told]:
        """Yield what a record brings, in the order in which findings are told."""
        yield self._entry(record)
        if record.type == ARTICLE_INGESTED:
            yield from self._article(record)
        elif record.type == CLAIMS_EXTRACTED:
            yield from self._extraction(record)

    def _entry(self, record: Record) -> _Unit:
        node = str(self._iris.record(record.position))
        own = {f"{node} {Term.TYPE} {cls}" for cls in terms().classes("Record")}
        own |= {
            f"{node} {_POSITION} {integer(record.position)}",
            f"{node} {_RECORD_TYPE} {plain(record.type)}",
            f"{node} {_RECORDED} {moment(record.recorded)}",
            f"{node} {_ACTOR} {plain(record.actor)}",
            f"{node} {_STREAM} {plain(record.stream)}",
            f"{node} {_BODY_SHA256} {plain(record.body_sha256)}",
        }
        should = set(map(as_read, own))
        position = record.position

        def judge(extra: list[Triple], lacking: list[Triple]) -> Iterator[Finding]:
            values = Values(values_of(record.payload)) if extra else None
            yield from self._differences(
                extra, lacking, position, lambda triple: values is not None and self._of_values(triple, values)
            )
            reason = record.payload.get("reason")
            if isinstance(reason, str) and not any(f" {_REASON} " in line for line in extra):
                yield Finding(MISSING, f"{node} {_REASON} {plain(reason)}", "the record says so", position)

        own_parts = () if record.type in (ARTICLE_INGESTED, CLAIMS_EXTRACTED) else _PARTS
        return _Unit(node, should, judge, tuple(f"{node[:-1]}/{part}>" for part in own_parts), bool(own_parts))

    def _article(self, record: Record) -> Iterator[list[Finding] | _Unit]:
        iri = str(self._iris.article(record.payload["article"]))
        try:
            stored = StoredArticle(record.payload, self._checked)
            text = stored.text
        except (ContentDamaged, _Altered):
            self._part.unread = True
            yield [Finding(TEXT, iri, "a content is damaged", record.position)]
            return
        node = str(self._iris.article(stored.id))
        if text is None and self._erasures.erased(stored.text_digest) is None:
            detail = f"the content {stored.text_digest} is lost: no record says that it was erased"
            yield [Finding(TEXT, node, detail, record.position)]
        own = {f"{node} {Term.TYPE} {cls}" for cls in terms().classes("Article")}
        own |= {
            f"{node} {Term.IN_LANGUAGE} {plain(stored.language)}",
            f"{node} {_TEXT_LENGTH} {integer(stored.payload['text_length'])}",
            f"{node} {_MEDIA_TYPE} {plain(stored.payload['media_type'])}",
            f"{node} {_POSITION} {integer(record.position)}",
            f"{node} {_RECORD} {self._iris.record(record.position)}",
        }
        if text is not None and len(text) != stored.payload["text_length"]:
            yield [Finding(TEXT, node, "the stored text has another length than the record says", record.position)]
        if (digest := stored.text_sha256) is not None:
            own.add(f"{node} {_TEXT_SHA256} {plain(digest)}")
        if stored.title is not None:
            headline = tagged(stored.title, stored.language)
            own |= {f"{node} {Term.HEADLINE} {headline}", f"{node} {Term.LABEL} {headline}"}
        if stored.published is not None:
            own.add(f"{node} {Term.DATE_PUBLISHED} {moment(stored.published)}")
        if stored.url is not None:
            own.add(f"{node} {Term.URL} {web_address(stored.url)}")
        if stored.external_id is not None:
            own.add(f"{node} {_EXTERNAL_ID} {plain(stored.external_id)}")
        if stored.publisher is not None:
            outlet = str(self._iris.outlet(stored.publisher))
            own.add(f"{node} {Term.PUBLISHER} {outlet}")
            label = tagged(stored.publisher, name_language(stored.publisher, stored.language))
            self._fact(f"{outlet} {Term.TYPE} {cls}" for cls in terms().source_classes("outlet"))
            self._fact((f"{outlet} {Term.LABEL} {label}", f"{outlet} {Term.PREF_LABEL} {label}"))
        brought = [one.position for one in self._stream(record.stream) if one.type == ARTICLE_INGESTED]
        if brought[:1] != [record.position]:
            return  # read where it was brought first
        twice = len(brought) > 1  # each of its records says its part

        def judge(extra: list[Triple], lacking: list[Triple]) -> Iterator[Finding]:
            if not twice:
                yield from self._differences(extra, lacking, record.position, _of_erasures)

        yield _Unit(node, set(map(as_read, own)), judge)

    def _stream(self, stream: str) -> list[Record]:
        """Return the records of a stream up to the position of the graph; an article and its runs ask one time."""
        found = self._streams.get(stream)
        if found is None:
            found = [one for one in self._log.read_stream(stream) if one.position <= self._at]
            self._streams[stream] = found
        return found

    def _extraction(self, record: Record) -> Iterator[list[Finding] | _Unit | _Told]:
        extracted = decode_claims_extracted(record.payload)
        payload = self._articles(extracted.article)
        if payload is None:
            self._part.unread = True
            node = str(self._iris.record(record.position))
            yield [Finding(RECORD, node, "its article is not in the log", record.position)]
            return
        holders = self._holders(record, extracted)
        run = [one for one in holders if one[1].run == extracted.run]
        if run[0][0] == record.position:
            yield self._run(run)
        if self._erasures.without_claims(extracted.article):
            self._part.counts.erased += len(extracted.claims)
            return
        try:
            stored = StoredArticle(payload, self._checked)
            text = stored.text
        except (ContentDamaged, _Altered):
            self._part.unread = True
            return  # said of its article
        if text is None and self._erasures.erased(stored.text_digest) is None:
            self._part.unread = True
            return
        for claims in _alike(extracted.claims):
            giving = [one for one in holders if any(said.id == claims[0].id for said in one[1].claims)]
            if giving[0][0] == record.position:
                yield self._told(claims, giving, stored, text)

    def _holders(self, record: Record, extracted: ExtractedClaims) -> list[tuple[int, ExtractedClaims]]:
        """Return the extractions of the article, the one of `record` among them."""
        found = [
            (one.position, extracted if one.position == record.position else decode_claims_extracted(one.payload))
            for one in self._stream(record.stream)
            if one.type == CLAIMS_EXTRACTED
        ]
        held = any(position == record.position for position, _ in found)
        return found if held else sorted([*found, (record.position, extracted)], key=lambda one: one[0])

    def _run(self, holders: list[tuple[int, ExtractedClaims]]) -> _Unit:
        """Take what the records of one run say of it."""
        first, run = holders[0][0], str(self._iris.run(holders[0][1].run))
        said = {f"{run} {Term.TYPE} {cls}" for cls in terms().classes("ExtractionRun")}
        for position, one in holders:
            said |= {
                f"{run} {Term.USED} {self._iris.article(one.article)}",
                f"{run} {_RECORD} {self._iris.record(position)}",
                f"{run} {_EXTRACTOR_NAME} {plain(one.extractor.name)}",
                f"{run} {_EXTRACTOR_VERSION} {plain(one.extractor.version)}",
                f"{run} {_LEXICON_DIGEST} {plain(one.extractor.lexicon)}",
            }
            if one.extractor.gazetteer:
                said.add(f"{run} {_GAZETTEER} {self._iris.gazetteer(one.extractor.gazetteer)}")
                self._gazetteer(one)

        def judge(extra: list[Triple], lacking: list[Triple]) -> Iterator[Finding]:
            yield from self._differences(extra, lacking, first, lambda _: False)

        self._part.counts.entities += 1
        return _Unit(run, set(map(as_read, said)), judge)

    def _gazetteer(self, extracted: ExtractedClaims) -> None:
        version = extracted.extractor.gazetteer
        node = str(self._iris.gazetteer(version))
        said = [f"{node} {Term.TYPE} {cls}" for cls in terms().classes("Gazetteer")]
        said.append(f"{node} {Term.VERSION} {plain(version)}")
        for source in extracted.gazetteers:
            part = f"{node[:-1]}/{source.id}>"
            said.append(f"{node} {written('gazetteerSource')} {part}")
            said += [f"{part} {Term.TYPE} {cls}" for cls in terms().classes("GazetteerSource")]
            said += [
                f"{part} {Term.IDENTIFIER} {plain(source.id)}",
                f"{part} {Term.LABEL} {plain(source.title)}@en",
                f"{part} {Term.LICENSE} {plain(source.licence)}",
                f"{part} {written('rank')} {integer(source.rank)}",
            ]
            if source.attribution:
                said.append(f"{part} {Term.CREDIT_TEXT} {plain(source.attribution)}")
            if source.version:
                said.append(f"{part} {Term.VERSION} {plain(source.version)}")
            if source.url:
                said.append(f"{part} {Term.URL} {web_address(source.url)}")
        self._fact(said)

    # -- claims --------------------------------------------------------------------------------------------------------

    def _told(
        self, alike: list[Claim], holders: list[tuple[int, ExtractedClaims]], stored: StoredArticle, text: str | None
    ) -> _Told:
        """Take what a claim says, which its record may hold several times, and other records of its article too."""
        claim = alike[0]
        curated = self._curations.of_claim(stored.id, claim.id, self._at)
        reviewed = self._reviews.of_claim(stored.id, claim.id, self._at)
        out = Says()
        for (at, extracted), one in itertools.product(holders, alike):
            said = says(
                one,
                extracted=extracted,
                position=at,
                language=stored.language,
                text=text,
                reviewed=reviewed,
                curated=curated,
                iris=self._iris,
            )
            out = said if not out.meta else out.joined(said)
        if text is not None and "\t" in text:
            out.meta, out.said = set(map(as_read, out.meta)), set(map(as_read, out.said))
        self._fact(out.facts)
        counts = self._part.counts
        counts.claims += 1
        counts.quotes += len(claim.evidence)
        counts.words += out.words
        node = self._iris.claim(claim.id)
        self._choose(node.value)
        return _Told(
            claim,
            str(node),
            str(self._iris.event(claim.id)),
            out,
            holders[0][0],
            stored,
            text,
            curated.out_by is None and claim.modality.happened,
            bool(reviewed.slots),
        )

    def _made(self, triple: Triple, told: _Told) -> bool:
        """Tell whether a triple that no single field says is made of several: a label, a reviewed link."""
        subject, predicate, value = triple.split(" ", 2)
        if predicate == _LABEL and subject in (told.own, told.node):
            kind = told.claim.subtype or told.claim.type
            return any(
                value.endswith(f"@{language}") and terms().label(kind, language) in value for language in ("ar", "en")
            )
        return predicate == _EXACT_MATCH and told.relinked

    def _graphs(self, told: list[_Told]) -> dict[str, tuple[list[Triple], list[Triple]]]:
        """Return what the own graph of each claim says more than its record, and what less, by claim, in order."""
        expected = {one.node: {*one.says.said, *(f"{one.own} {tail}" for tail in one.says.event)} for one in told}
        labels = self._held.labels(list(expected))
        count = self._held.hold({node: said | labels.get(node, set()) for node, said in expected.items()})
        if count is not None:
            self._part.quads += count
            return {node: (sorted(labels.get(node, set()) - said), []) for node, said in expected.items()}
        graphs = self._held.within(list(expected))
        self._part.quads += sum(map(len, graphs.values()))
        there = {node: graphs.get(node, set()) for node in expected}
        return {node: (sorted(there[node] - said), sorted(said - there[node])) for node, said in expected.items()}

    def _own_graph(self, told: _Told, extra: list[Triple], lacking: list[Triple]) -> Iterator[Finding]:
        """Look at what a claim's own graph says more than its record, and what less."""
        yield from self._differences(extra, lacking, told.position, lambda triple: self._made(triple, told))
        yield from _unlabelled(told.own, extra, told.position)

    def _unit_of(self, told: _Told) -> _Unit:
        should = told.says.meta | told.says.said if told.counts else told.says.meta
        if self._names:
            should = {new for line in should for new in renamed(line, self._names)}

        def judge(extra: list[Triple], lacking: list[Triple]) -> Iterator[Finding]:
            yield from self._claim(told, extra, lacking)

        return _Unit(told.node, should, judge, varied=True)

    def _event(self, told: _Told, happening: Happening | None) -> Iterator[Finding]:
        """Look at the event that a claim gave its IRI, if there is one."""
        if happening is not None:
            self._part.counts.events += happening.is_event
            withdrawn = f"{told.node} {_RETRACTED} {TRUE}" in told.says.meta
            yield from self._happenings.judge(happening, told.says.event, withdrawn=withdrawn)

    def _claim(self, told: _Told, extra: list[Triple], lacking: list[Triple]) -> Iterator[Finding]:
        """Look at what the default graph says of a claim and its parts beside what one field of its record says."""
        node, position = told.node, told.position
        stem = f"{node[:-1]}/"
        added = (
            sums_that_hold(self._store, NamedNode(node[1:-1]), extra)
            if any(f" {one} " in line for line in extra for one in SUMMING)
            else set()
        )

        def allowed(triple: Triple) -> bool:
            subject, predicate, value = triple.split(" ", 2)
            if subject.startswith(f"{stem}sum/") or predicate in SUMMING:
                return triple in added
            if subject == node:
                return predicate == _ABOUT or self._relates(value, stem) or self._made(triple, told)
            return subject.startswith(_comparisons(node))

        yield from self._differences(extra, lacking, position, allowed)
        yield from _unlabelled(node, extra, position)
        about = [line.split(" ", 2)[2] for line in extra if line.startswith(f"{node} {_ABOUT} ")]
        if not about:
            yield Finding(MISSING, f"{node} {_ABOUT} {told.own}", "the claim is about no event", position)
        elif told.counts:
            for event in about:
                if not self._names_claim(event, node):
                    yield Finding(MISSING, f"{event} {_CLAIM} {node}", "the claim is about it, and counts", position)
        if told.claim.date is not None and told.text is not None:
            yield from self._dated(told)

    def _names_claim(self, event: str, claim: str) -> bool:
        if not event.startswith("<"):
            return False
        said = Quad(NamedNode(event[1:-1]), _CLAIM_NODE, NamedNode(claim[1:-1]), DefaultGraph())
        return said in self._store

    def _relates(self, value: str, stem: str) -> bool:
        """Tell whether a value is another claim or an event, as relations between claims have it, and there is one."""
        if value.startswith(stem):
            return True
        if not value.startswith((f"{self._base}claim/", f"{self._base}event/")):
            return False
        there = self._there.get(value)
        if there is None:
            named = self._iris.parse(value[1:-1])
            there = (
                named is not None
                and not (named.kind == "claim" and named.part)
                and next(self._store.quads(NamedNode(value[1:-1]), None, None, DefaultGraph()), None) is not None
            )
            if len(self._there) >= _REMEMBERED:
                self._there.clear()
            self._there[value] = there
        return there

    def _dated(self, told: _Told) -> Iterator[Finding]:
        """A date stands on words of the text; only one that has the anchor `title` stands on those of the title."""
        when, node, position = told.claim.date, told.node, told.position
        if when is None or told.text is None or (when.edtf is None and when.start is None):
            return
        words = when.span.of(told.text)
        if when.anchor == TITLE:
            words = told.stored.title or ""
        published = (told.stored.published or "")[:10]
        bare = when.anchor is None and when.start == published and not any(one.isdigit() for one in words)
        where = f"{node} {written('eventDate')}"
        if not any(character.isalnum() for character in words):
            yield Finding(DATE, where, "it has a date and no words that say so", position)
        elif bare and not any(one.isalpha() for one in words):
            yield Finding(DATE, where, "it is the day of publication, with no anchor", position)

    def _choose(self, claim: str) -> None:
        if self._shaped:
            rank = hashlib.sha256(f"{self._seed} {claim}".encode()).hexdigest()
            choose(self._part.chosen, self._shaped, (_inverted(rank), claim))

    # -- comparing -----------------------------------------------------------------------------------------------------

    def _checked(self, digest: str) -> bytes | None:
        data = self._content(digest)
        if data is not None and sha256_hex(data) != digest:
            raise _Altered(digest)
        return data

    def _fact(self, said: Iterable[Triple]) -> None:
        """Take what is said of an entity, as the default graph has to say it; what was just taken is left out."""
        for line in said:
            if line in self._recent:
                continue
            if len(self._recent) >= _REMEMBERED:
                self._recent.clear()
            self._recent[line] = None
            self._facts += (as_read(new) for new in renamed(line, self._names))

    def _differences(
        self, extra: list[Triple], lacking: list[Triple], position: int, allowed: Callable[[Triple], bool]
    ) -> Iterator[Finding]:
        """Yield where a record and the graph differ; `allowed` are triples that follow from several fields."""
        for line in extra:
            if allowed(line):
                continue
            if line.split(" ", 2)[1] in _WORDS:
                yield Finding(QUOTE, line, "the stored text does not say so at these characters", position)
            else:
                yield Finding(UNEXPLAINED, line, "the record does not say so", position)
        for line in lacking:
            yield Finding(MISSING, line, "the record says so", position)

    def _of_values(self, triple: Triple, values: "Values") -> bool:
        """Tell whether the object of a triple is a value of the record, an IRI made of one, or a term of ours."""
        _, predicate, text = triple.split(" ", 2)
        if text.startswith("<"):
            iri = text[1:-1]
            named = self._iris.parse(iri)
            if named is not None:
                return named.kind in ("record", "claim") or named.id in values or bool(named.part)
            graph = iri.removeprefix(self._iris.base)
            return graph in values or iri in values or predicate == str(Term.TYPE)
        value = text[1 : text.rindex('"')]
        return value in values or value in ("true", "false") or predicate in _COUNTED


def _comparisons(claim: str) -> tuple[str, ...]:
    """Return what the parts of a claim begin with that say how it stands to other ones."""
    return f"{claim[:-1]}/match/", f"{claim[:-1]}/contradiction/"


def choose(chosen: list[tuple[str, str]], most: int, one: tuple[str, str]) -> None:
    """Keep the highest ranks, as many as `most`, in a heap."""
    if len(chosen) < most:
        heapq.heappush(chosen, one)
    elif one > chosen[0]:
        heapq.heapreplace(chosen, one)


class Values:
    """The values of a record, numbers in one form."""

    def __init__(self, said: Iterable[str]) -> None:
        self._values = set(said)
        self._numbers = {number for one in self._values if (number := _number(one)) is not None}

    def __contains__(self, value: str) -> bool:
        if value in self._values:
            return True
        number = _number(value)
        if number is not None:
            return number in self._numbers
        for written_, meant in (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"'), ("\\r", "\r"), ("\\\\", "\\")):
            value = value.replace(written_, meant)
        return value in self._values


def _number(text: str) -> Decimal | None:
    if not text or text[-1] not in "0123456789":
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _alike(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Yield the claims of each id, in the order in which the ids come first."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.id, []).append(claim)
    yield from found.values()


def _unlabelled(node: str, there: list[Triple], position: int) -> Iterator[Finding]:
    named = [line for line in there if line.startswith(f"{node} {_LABEL} ")]
    for language in ("ar", "en"):
        if not any(line.endswith(f"@{language}") for line in named):
            yield Finding(MISSING, f"{node} {_LABEL}", f"it has no label in {language}", position)


def _of_erasures(triple: Triple) -> bool:
    return triple.split(" ", 2)[1] in (written("erasure"), written("restoration"))


def _inverted(rank: str) -> str:
    """Return a text that sorts the other way round, for a heap whose least is dropped."""
    return rank.translate(_INVERTED)


_INVERTED: Final = str.maketrans("0123456789abcdef", "fedcba9876543210")
_ABOUT: Final = written("about")
_ACTOR: Final = written("actor")
_BODY_SHA256: Final = written("bodySha256")
_CLAIM: Final = written("claim")
_CLAIM_NODE: Final = NamedNode(_CLAIM[1:-1])
_COUNTED: Final = frozenset(written(name) for name in ("quadsAdded", "quadsRemoved", "inForce"))
_EXACT_MATCH: Final = str(Term.EXACT_MATCH)
_EXTERNAL_ID: Final = written("externalId")
_EXTRACTOR_NAME: Final = written("extractorName")
_EXTRACTOR_VERSION: Final = written("extractorVersion")
_GAZETTEER: Final = written("gazetteer")
_LABEL: Final = str(Term.LABEL)
_LEXICON_DIGEST: Final = written("lexiconDigest")
_MEDIA_TYPE: Final = written("mediaType")
_POSITION: Final = written("position")
_REASON: Final = written("reason")
_RECORD: Final = written("record")
_RECORDED: Final = written("recorded")
_RECORD_TYPE: Final = written("recordType")
_RETRACTED: Final = written("retracted")
_STREAM: Final = written("stream")
_TEXT_LENGTH: Final = written("textLength")
_TEXT_SHA256: Final = written("textSha256")
_WORDS: Final = frozenset(
    (str(Term.EXACT), str(Term.PREFIX), str(Term.SUFFIX), written("asWritten"), written("reportingVerb"))
)
