"""The audit of a whole graph: every triple of the default graph traced to a field of a record, or named as a finding.

Invariant: records and graph are streamed, and memory does not grow with them: lines that have to be compared in another
order lie in sorted runs on the disk. The projection is not run: what a record says is read from its fields (`saying`),
so a fault of the projection is found as well. A finding is never passed over because there are many.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.audit.findings import (
    DATE,
    MISSING,
    ORPHAN,
    QUOTE,
    RECORD,
    RETRACTED,
    TEXT,
    UNEXPLAINED,
    Counts,
    Finding,
)
from graph.audit.merged import renamed, renames
from graph.audit.saying import EVENT, Says, says, values_of
from graph.content import ContentDamaged
from graph.iris import Identified
from graph.log import EventLog, Record
from graph.projection.literals import integer, moment, name_language, plain, tagged
from graph.reviews import exact_matches
from graph.store import Reader
from graph.store.sorting import SortedLines
from graph.stored import StoredArticle
from graph.terms import Term, terms, web_address, wq, written
from graph.upcasting import PresentLog
from ontology.identity import sha256_hex
from ontology.model import Claim, EventDate
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    TITLE,
    ExtractedClaims,
    decode_claims_extracted,
)
from ontology.vocabulary import DCTERMS, WQ

Content = Callable[[str], bytes | None]

_REMEMBERED: Final = 200_000  # facts that were just written and are not written again
_PARTS: Final = ("curation", "review", "patch", "erasure", "restoration")
_COUNTED: Final = frozenset(written(name) for name in ("quadsAdded", "quadsRemoved", "inForce"))


class _Altered(Exception):
    """A content is not the one that its name says."""


class WholeAudit:
    """One run over a graph and its log. `findings` may be read once; `counts` grow meanwhile.

    `claims` are those that were chosen for the shapes: the `shaped` ones with the lowest digest under `seed`.
    """

    def __init__(
        self,
        store: Reader,
        log: EventLog,
        content: Content,
        *,
        shaped: int = 0,
        seed: int = 0,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.counts = Counts()
        self._store, self._log = store, PresentLog(log)
        self._iris, self._at = store.iris, store.position()
        projector = store.projector
        self._reviews, self._curations, self._erasures = projector.reviews, projector.curations, projector.erasures
        self._articles, self._extracted, self._patches = projector.articles, projector.extracted, projector.patches
        self._content = self._erasures.masked(content)
        self._names = renames(self._curations.survivors(self._at), self._iris)
        self._claims = f"{self._iris.base}id/claim/"
        self._records = f"{self._iris.base}id/record/"
        self._owned = {"claim": 0, "record": 0, "graph": 0}
        self._recent: set[str] = set()
        self._progress = progress
        self._shaped, self._seed = shaped, seed
        self._chosen: list[tuple[str, str]] = []

    @property
    def chosen(self) -> list[str]:
        """The claims that were chosen for the shapes, in order."""
        return sorted(claim for _, claim in self._chosen)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong, in the order of the log and then of the graph."""
        with SortedLines() as facts, SortedLines() as held:
            self._decided_facts(facts)
            for record in self._log.read(upto=self._at):
                yield from self._record(record, facts)
                self.counts.records += 1
                if self._progress is not None:
                    self._progress(record.position)
            yield from self._others(held)
            yield from self._compared(facts, held)
        yield from self._surplus()

    # -- records -------------------------------------------------------------------------------------------------------

    def _record(self, record: Record, facts: SortedLines) -> Iterator[Finding]:
        node = str(self._iris.record(record.position))
        own = {f"{node} {Term.TYPE} {cls}" for cls in terms().classes("Record")}
        own |= {
            f"{node} {written('position')} {integer(record.position)}",
            f"{node} {written('recordType')} {plain(record.type)}",
            f"{node} {written('recorded')} {moment(record.recorded)}",
            f"{node} {written('actor')} {plain(record.actor)}",
            f"{node} {written('stream')} {plain(record.stream)}",
            f"{node} {written('bodySha256')} {plain(record.body_sha256)}",
        }
        held = self._walk(self._iris.record(record.position), (f"{node[1:-1]}/{part}" for part in _PARTS))
        self._owned["record"] += len(held)
        if own != held:
            values = _Values(values_of(record.payload))
            yield from self._differences(own, held, record.position, lambda triple: self._of_values(triple, values))
        reason = record.payload.get("reason")
        if isinstance(reason, str) and not any(f" {written('reason')} " in line for line in held):
            yield Finding(MISSING, f"{node} {written('reason')} {plain(reason)}", "the record says so", record.position)
        if record.type == ARTICLE_INGESTED:
            yield from self._article(record, facts)
        elif record.type == CLAIMS_EXTRACTED:
            yield from self._extraction(record, facts)

    def _article(self, record: Record, facts: SortedLines) -> Iterator[Finding]:
        try:
            stored = StoredArticle(record.payload, self._checked)
            text = stored.text
        except (ContentDamaged, _Altered):
            yield Finding(
                TEXT, str(self._iris.article(record.payload["article"])), "a content is damaged", record.position
            )
            return
        node = str(self._iris.article(stored.id))
        if text is None and self._erasures.erased(stored.text_digest) is None:
            detail = f"the content {stored.text_digest} is lost: no record says that it was erased"
            yield Finding(TEXT, node, detail, record.position)
        own = {f"{node} {Term.TYPE} {cls}" for cls in terms().classes("Article")}
        own |= {
            f"{node} {Term.IN_LANGUAGE} {plain(stored.language)}",
            f"{node} {written('textLength')} {integer(stored.payload['text_length'])}",
            f"{node} {written('mediaType')} {plain(stored.payload['media_type'])}",
            f"{node} {written('position')} {integer(record.position)}",
            f"{node} {written('record')} {self._iris.record(record.position)}",
        }
        if text is not None and len(text) != stored.payload["text_length"]:
            yield Finding(TEXT, node, "the stored text has another length than the record says", record.position)
        if (digest := stored.text_sha256) is not None:
            own.add(f"{node} {written('textSha256')} {plain(digest)}")
        if stored.title is not None:
            headline = tagged(stored.title, stored.language)
            own |= {f"{node} {Term.HEADLINE} {headline}", f"{node} {Term.LABEL} {headline}"}
        if stored.published is not None:
            own.add(f"{node} {Term.DATE_PUBLISHED} {moment(stored.published)}")
        if stored.url is not None:
            own.add(f"{node} {Term.URL} {web_address(stored.url)}")
        if stored.external_id is not None:
            own.add(f"{node} {written('externalId')} {plain(stored.external_id)}")
        if stored.publisher is not None:
            outlet = str(self._iris.outlet(stored.publisher))
            own.add(f"{node} {Term.PUBLISHER} {outlet}")
            label = tagged(stored.publisher, name_language(stored.publisher, stored.language))
            self._fact(facts, (f"{outlet} {Term.TYPE} {cls}" for cls in terms().source_classes("outlet")))
            self._fact(facts, (f"{outlet} {Term.LABEL} {label}", f"{outlet} {Term.PREF_LABEL} {label}"))
        if len([one for one in self._log.read_stream(record.stream) if one.type == ARTICLE_INGESTED]) > 1:
            return  # the same article twice: each of its records says its part
        yield from self._differences(own, self._triples(node), record.position, self._erasing)

    def _erasing(self, triple: str) -> bool:
        predicate = triple.split(" ", 2)[1]
        return predicate in (written("erasure"), written("restoration"))

    def _extraction(self, record: Record, facts: SortedLines) -> Iterator[Finding]:
        extracted = decode_claims_extracted(record.payload)
        payload = self._articles(extracted.article)
        if payload is None:
            yield Finding(
                RECORD, str(self._iris.record(record.position)), "its article is not in the log", record.position
            )
            return
        self._run(record, extracted, facts)
        if self._erasures.without_claims(extracted.article):
            self.counts.erased += len(extracted.claims)
            return
        try:
            stored = StoredArticle(payload, self._checked)
            text = stored.text
        except (ContentDamaged, _Altered):
            return  # said of its article
        if text is None and self._erasures.erased(stored.text_digest) is None:
            return
        holders = [
            (one.position, extracted if one.position == record.position else decode_claims_extracted(one.payload))
            for one in self._extracted(extracted.article, self._at)
        ]
        for claim in extracted.claims:
            giving = [one for one in holders if any(said.id == claim.id for said in one[1].claims)]
            if giving and giving[0][0] == record.position:
                yield from self._claim(claim, giving, stored, text, facts)

    def _run(self, record: Record, extracted: ExtractedClaims, facts: SortedLines) -> None:
        run, extractor = str(self._iris.run(extracted.run)), extracted.extractor
        said = [f"{run} {Term.TYPE} {cls}" for cls in terms().classes("ExtractionRun")]
        said += [
            f"{run} {Term.USED} {self._iris.article(extracted.article)}",
            f"{run} {written('record')} {self._iris.record(record.position)}",
            f"{run} {written('extractorName')} {plain(extractor.name)}",
            f"{run} {written('extractorVersion')} {plain(extractor.version)}",
            f"{run} {written('lexiconDigest')} {plain(extractor.lexicon)}",
        ]
        if extractor.gazetteer:
            node = str(self._iris.gazetteer(extractor.gazetteer))
            said.append(f"{run} {written('gazetteer')} {node}")
            said += [f"{node} {Term.TYPE} {cls}" for cls in terms().classes("Gazetteer")]
            said.append(f"{node} {Term.VERSION} {plain(extractor.gazetteer)}")
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
        self._fact(facts, said)

    # -- claims --------------------------------------------------------------------------------------------------------

    def _claim(
        self,
        claim: Claim,
        holders: list[tuple[int, ExtractedClaims]],
        stored: StoredArticle,
        text: str | None,
        facts: SortedLines,
    ) -> Iterator[Finding]:
        position = holders[0][0]
        curated = self._curations.of_claim(stored.id, claim.id, self._at)
        reviewed = self._reviews.of_claim(stored.id, claim.id, self._at)
        out = Says()
        for at, extracted in holders:
            said = says(
                claim,
                extracted=extracted,
                position=at,
                language=stored.language,
                text=text,
                reviewed=reviewed,
                curated=curated,
                iris=self._iris,
            )
            out.meta |= said.meta
            out.said |= said.said
            out.facts |= said.facts
        self._fact(facts, out.facts)
        self.counts.claims += 1
        self.counts.quotes += len(claim.evidence)
        node = self._iris.claim(claim.id)
        self._choose(node.value)
        graph = list(self._store.quads(None, None, None, node))
        self._owned["graph"] += len(graph)
        said_there = {_triple(quad) for quad in graph}
        own = next((str(q.subject) for q in graph if q.predicate == _CLAIM and q.object == node), None)
        if own is None:
            yield Finding(MISSING, f"{EVENT} {_CLAIM} {node}", "the graph of the claim names no event of it", position)
            return
        expected = {line.replace(EVENT, own) if EVENT in line else line for line in out.said}
        kind = claim.subtype or claim.type
        labels = {language: terms().label(kind, language) for language in ("ar", "en")}

        def made(triple: str) -> bool:
            """Tell whether a triple that no single field says is made of several: a label, a reviewed link."""
            subject, predicate, value = triple.split(" ", 2)
            if predicate == _LABEL and subject in (own, str(node)):
                return any(value.endswith(f"@{language}") and label in value for language, label in labels.items())
            return predicate == str(Term.EXACT_MATCH) and bool(reviewed.slots)

        yield from self._differences(expected, said_there, position, made)
        counts = curated.out_by is None and claim.modality.happened
        parts = {line for line in expected if not line.startswith(f"{own} ")} if counts else set()
        should = out.meta | parts
        if self._names:
            should = {new for line in should for new in renamed(line, self._names)}
        nodes = {line.partition(" ")[0] for line in out.meta | parts}
        held = self._walk(node, (one[1:-1] for one in nodes))
        self._owned["claim"] += len(held)
        self.counts.words += sum(1 for line in should if line.split(" ", 2)[1] in _WORDS)

        def allowed(triple: str) -> bool:
            subject, predicate, value = triple.split(" ", 2)
            if subject == str(node):
                return predicate == _ABOUT or self._relates(value, node) or made(triple)
            return subject.startswith((f"{str(node)[:-1]}/match/", f"{str(node)[:-1]}/contradiction/"))

        yield from self._differences(should, held, position, allowed)
        for subject, there in ((own, said_there), (str(node), held)):
            named = [one for one in there if one.startswith(f"{subject} {_LABEL} ")]
            for language in labels:
                if not any(one.endswith(f"@{language}") for one in named):
                    yield Finding(MISSING, f"{subject} {_LABEL}", f"it has no label in {language}", position)
        if not any(line.startswith(f"{node} {_ABOUT} ") for line in held):
            yield Finding(MISSING, f"{node} {_ABOUT} {own}", "the claim is about no event", position)
        if claim.date is not None and text is not None:
            yield from self._dated(claim.date, stored, text, node, position)

    def _relates(self, value: str, claim: NamedNode) -> bool:
        """Tell whether a value is another claim or an event, as relations between claims have it, and there is one."""
        named = self._iris.parse(value[1:-1]) if value.startswith("<") else None
        if named is None or named.kind not in ("claim", "event"):
            return False
        if named.kind == "claim" and named.part:
            return value.startswith(f"{str(claim)[:-1]}/")
        return next(self._default(NamedNode(value[1:-1])), None) is not None

    def _dated(
        self, when: EventDate, stored: StoredArticle, text: str, node: NamedNode, position: int
    ) -> Iterator[Finding]:
        """A date stands on words of the text; only one that has the anchor `title` stands on those of the title."""
        if when.edtf is None and when.start is None:
            return
        words = when.span.of(text)
        if when.anchor == TITLE:
            words = stored.title or ""
        told = any(character.isalnum() for character in words)
        published = (stored.published or "")[:10]
        bare = when.anchor is None and when.start == published and not any(one.isdigit() for one in words)
        if not told:
            yield Finding(DATE, f"{node} {written('eventDate')}", "it has a date and no words that say so", position)
        elif bare and not any(one.isalpha() for one in words):
            yield Finding(
                DATE, f"{node} {written('eventDate')}", "it is the day of publication, with no anchor", position
            )

    def _choose(self, claim: str) -> None:
        if not self._shaped:
            return
        rank = hashlib.sha256(f"{self._seed} {claim}".encode()).hexdigest()
        low = (_inverted(rank), claim)
        if len(self._chosen) < self._shaped:
            heapq.heappush(self._chosen, low)
        elif low > self._chosen[0]:
            heapq.heapreplace(self._chosen, low)

    # -- the rest of the default graph ---------------------------------------------------------------------------------

    def _others(self, held: SortedLines) -> Iterator[Finding]:
        """Go through the triples of the default graph that are no claim's and no record's."""
        for node in self._subjects_but(self._claims, self._records):
            named = self._iris.parse(node.value)
            if named is not None and named.kind == "event":
                yield from self._event_part(node, named) if named.part else self._event(node)
            elif named is not None and named.kind == "article":
                self.counts.triples += len(self._triples(str(node)))
                if named.part or self._articles(named.id) is None:
                    yield from self._unexplained(node, "no record brought such an article")
            else:
                triples = self._triples(str(node))
                held.write("".join(f"{line}\n" for line in triples).encode())
                yield from self._referred(node, named)

    def _event(self, node: NamedNode) -> Iterator[Finding]:
        self.counts.events += 1
        triples = self._triples(str(node))
        self.counts.triples += len(triples)
        claims = [q.object for q in self._default(node, _CLAIM) if isinstance(q.object, NamedNode)]
        if not claims:
            aliased = all(f" <{DCTERMS}isReplacedBy> " in line for line in triples)
            if not (aliased and any(True for _ in self._store.quads(node, _CLAIM))):
                yield from self._unexplained(node, "no claim in force is about it")
            return
        said: set[str] = set()
        loosely: set[str] = set()  # by claims whose type excludes that of a better-told one: their roles are broader
        for claim in claims:
            lines = self._said_by(claim, node)
            passed_over = len(claims) > 1 and any(f" {Term.TYPE} " in line for line in lines - triples)
            (loosely if passed_over else said).update(lines)
            if any(True for _ in self._default(claim, _RETRACTED)):
                yield Finding(RETRACTED, f"{node} {_CLAIM} {claim}", "the claim is retracted, and still counted")
        one = len(claims) == 1
        for line in sorted(triples - said - loosely):
            _, predicate, value = line.split(" ", 2)
            if predicate == _LABEL or self._follows(predicate, value, claims):
                continue
            if predicate in _DATES:
                yield Finding(DATE, line, "no claim of the event gives this date; the day of publication is none")
            else:
                yield Finding(UNEXPLAINED, line, "no claim of the event says so")
        for line in sorted(said - triples):
            predicate = line.split(" ", 2)[1]
            other = predicate in _TOLLS and any(f" {predicate} " in there for there in triples)
            if not other and (one or predicate not in _CHOSEN):
                yield Finding(MISSING, line, "a claim of the event says so")
        values = {line.split(" ", 2)[2] for line in triples}
        for line in sorted(loosely - said - triples):
            _, predicate, value = line.split(" ", 2)
            if predicate not in _CHOSEN and predicate not in _TOLLS and value not in values:
                yield Finding(MISSING, line, "a claim of the event says so")
        for language in ("ar", "en"):
            if not any(f" {_LABEL} " in line and line.endswith(f"@{language}") for line in triples):
                yield Finding(MISSING, f"{node} {_LABEL}", f"it has no label in {language}")

    def _said_by(self, claim: NamedNode, node: NamedNode) -> set[str]:
        """Return what the graph of a claim says of its event, as triples of the event `node`."""
        lines: set[str] = set()
        for own in [quad.subject for quad in self._store.quads(None, _CLAIM, claim, claim)]:
            if isinstance(own, NamedNode):
                for quad in self._store.quads(own, None, None, claim):
                    value = str(quad.object)
                    lines.add(f"{node} {quad.predicate} {self._names.get(value, value)}")
        return lines

    def _follows(self, predicate: str, value: str, claims: list[NamedNode]) -> bool:
        """Tell whether what follows from all claims of an event can be so: counts, a chosen bound, its parts."""
        if predicate in _TOLLS:
            return self._bounded(claims, value)
        if predicate in _STANDING:
            number = value[1:].partition('"')[0]
            return number.isdecimal() and int(number) <= len(claims)
        return predicate in _COMPUTED

    def _event_part(self, node: NamedNode, named: Identified) -> Iterator[Finding]:
        """Look at what follows from the claims of an event and is a node: a toll, how its denials stand."""
        triples = self._triples(str(node))
        self.counts.triples += len(triples)
        event = NamedNode(f"{self._iris.base}id/event/{named.id}")
        if next(self._store.quads(event, None, node, DefaultGraph()), None) is None:
            yield Finding(ORPHAN, str(node), "it is a part of an event that does not name it")
        claims = [q.object for q in self._default(event, _CLAIM) if isinstance(q.object, NamedNode)]
        if not claims:
            yield from self._unexplained(node, "no claim in force is about its event")
            return
        for line in sorted(triples):
            _, predicate, value = line.split(" ", 2)
            if predicate in _FIGURES and not self._bounded(claims, value):
                yield Finding(UNEXPLAINED, line, "no figure of a claim of the event has this bound")

    def _bounded(self, claims: Iterable[NamedNode], value: str) -> bool:
        """Tell whether a figure of one of the claims has this bound."""
        return any(
            str(quad.object) == value
            for claim in claims
            for predicate in _BOUNDS
            for quad in self._store.quads(None, predicate, None, claim)
        )

    def _referred(self, node: NamedNode, named: Identified | None) -> Iterator[Finding]:
        if named is None or named.kind not in ("place", "actor", "source", "run", "gazetteer"):
            return
        self.counts.entities += 1
        if named.kind == "run" or (named.kind == "gazetteer" and not named.part):
            return  # an extraction that found nothing is one all the same
        if next(self._store.quads(None, None, node), None) is None:
            yield Finding(ORPHAN, str(node), "it is described, and nothing refers to it")

    def _compared(self, facts: SortedLines, held: SortedLines) -> Iterator[Finding]:
        """Compare what the records say of places, actors, sources and runs with what the graph does, line by line."""
        said, there = _distinct(facts), _distinct(held)
        one, other = next(said, None), next(there, None)
        while one is not None or other is not None:
            if other is not None:
                self.counts.triples += one is None or other <= one
            if one is None or (other is not None and other < one):
                assert other is not None
                yield Finding(UNEXPLAINED, other.decode(), "no record says so")
                other = next(there, None)
            elif other is None or one < other:
                yield Finding(MISSING, one.decode(), "a record says so")
                one = next(said, None)
            else:
                one, other = next(said, None), next(there, None)

    def _decided_facts(self, facts: SortedLines) -> None:
        """Take what decisions say of entities: merges, identifiers that a reviewer vouched for, curation graphs."""
        self._fact(facts, (f"{old} {written('mergedInto')} {new}" for old, new in self._names.items()), raw=True)
        for position in self._reviews.positions(self._at):
            if not self._reviews.undone_by(position, self._at):
                review = self._reviews.review(position)
                for link in review.links:
                    place = self._iris.place(link.now.id)
                    self._fact(
                        facts, (f"{place} {Term.EXACT_MATCH} <{exact}>" for exact in exact_matches(review, link))
                    )
        for position in self._patches.positions(self._at):
            for graph in self._patches.patch(position).graphs:
                name = f"<{self._iris.base}{graph.graph}>"
                self._fact(facts, (f"{name} {Term.TYPE} {cls}" for cls in terms().classes("CurationGraph")))

    # -- what no record led to -----------------------------------------------------------------------------------------

    def _surplus(self) -> Iterator[Finding]:
        """Name triples of claims and records that no record led to: they are there where more are than were traced."""
        counts = self.counts
        counts.triples += self._owned["claim"] + self._owned["record"]
        for kind, stem in (("claim", self._claims), ("record", self._records)):
            if self._count(f'?s ?p ?o FILTER(STRSTARTS(STR(?s), "{stem}"))') != self._owned[kind]:
                yield from self._strange(kind, stem)
        graphs = f'GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{self._claims}"))'
        if self._count(graphs) != self._owned["graph"]:
            answer = self._store.query(f"SELECT DISTINCT ?g {{ {graphs} }}")
            for (graph,) in answer.rows():
                if isinstance(graph, NamedNode) and next(self._default(graph, wq("record")), None) is None:
                    yield Finding(UNEXPLAINED, str(graph), "a graph of a claim that no record holds")

    def _strange(self, kind: str, stem: str) -> Iterator[Finding]:
        """Yield the subjects of a kind that are no part of what the log holds, or that nothing leads to."""
        last = ""
        answer = self._store.query(f'SELECT ?s {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{stem}")) }}')
        for (node,) in answer.rows():
            if not isinstance(node, NamedNode) or node.value == last:
                continue
            last = node.value
            named = self._iris.parse(last)
            if named is None:
                yield from self._unexplained(node, "its IRI is none that is made")
            elif named.part:
                if next(self._store.quads(None, None, node), None) is None:
                    yield Finding(ORPHAN, str(node), f"it is a part of a {kind}, and nothing refers to it")
            elif kind == "record" and not 0 < int(named.id if named.id.isdecimal() else 0) <= self._at:
                yield from self._unexplained(node, "the log has no such record")
            elif kind == "claim" and not self._known(node):
                yield from self._unexplained(node, "no record of the log holds this claim")

    def _known(self, claim: NamedNode) -> bool:
        named = self._iris.parse(claim.value)
        for quad in self._default(claim, wq("position")):
            position = int(quad.object.value) if isinstance(quad.object, Literal) else 0
            for record in self._log.read(after=position - 1, upto=position):
                if record.type == CLAIMS_EXTRACTED and named is not None:
                    return any(one.get("id") == named.id for one in record.payload["claims"])
        return False

    # -- reading -------------------------------------------------------------------------------------------------------

    def _checked(self, digest: str) -> bytes | None:
        data = self._content(digest)
        if data is not None and sha256_hex(data) != digest:
            raise _Altered(digest)
        return data

    def _fact(self, facts: SortedLines, said: Iterable[str], *, raw: bool = False) -> None:
        """Write what is said of an entity, as the default graph has to say it; what was just written is left out."""
        for line in said:
            if line in self._recent:
                continue
            if len(self._recent) >= _REMEMBERED:
                self._recent.clear()
            self._recent.add(line)
            for new in (line,) if raw else renamed(line, self._names):
                facts.write(f"{new}\n".encode())

    def _walk(self, node: NamedNode, more: Iterable[str]) -> set[str]:
        """Return the triples of the default graph about a thing and its parts, from `node` and from `more` of them."""
        stem = f"<{node.value}/"
        found: set[str] = set()
        pending = [node.value, *more]
        seen = set(pending)
        while pending:
            subject = NamedNode(pending.pop())
            for quad in self._default(subject):
                value = str(quad.object)
                found.add(f"{subject} {quad.predicate} {value}")
                if value.startswith(stem) and value[1:-1] not in seen:
                    seen.add(value[1:-1])
                    pending.append(value[1:-1])
        return found

    def _triples(self, node: str) -> set[str]:
        return {_triple(quad) for quad in self._default(NamedNode(node.removeprefix("<").removesuffix(">")))}

    def _default(self, subject: NamedNode, predicate: NamedNode | None = None) -> Iterator[Quad]:
        return self._store.quads(subject, predicate, None, DefaultGraph())

    def _subjects_but(self, *stems: str) -> Iterator[NamedNode]:
        """Yield the subjects of the default graph that begin with none of some IRIs, each once, in order."""
        without = " && ".join(f'!STRSTARTS(STR(?s), "{stem}")' for stem in stems)
        with SortedLines() as lines:
            last = ""
            for (node,) in self._store.query(f"SELECT ?s {{ ?s ?p ?o FILTER({without}) }}").rows():
                if isinstance(node, NamedNode) and node.value != last:
                    last = node.value
                    lines.write(f"{last}\n".encode())
            for line in _distinct(lines):
                yield NamedNode(line.decode())

    def _count(self, pattern: str) -> int:
        for (number,) in self._store.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}").rows():
            if isinstance(number, Literal):
                return int(number.value)
        return 0

    def _differences(
        self, said: set[str], there: set[str], position: int, allowed: Callable[[str], bool]
    ) -> Iterator[Finding]:
        """Yield where a record and the graph differ; `allowed` are triples that follow from several fields."""
        for line in sorted(there - said):
            if allowed(line):
                continue
            predicate = line.split(" ", 2)[1]
            if predicate in _WORDS:
                yield Finding(QUOTE, line, "the stored text does not say so at these characters", position)
            else:
                yield Finding(UNEXPLAINED, line, "the record does not say so", position)
        for line in sorted(said - there):
            yield Finding(MISSING, line, "the record says so", position)

    def _unexplained(self, node: NamedNode, detail: str) -> Iterator[Finding]:
        for line in sorted(self._triples(str(node))):
            yield Finding(UNEXPLAINED, line, detail)

    def _of_values(self, triple: str, values: "_Values") -> bool:
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


class _Values:
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
        return value.replace("\\n", "\n").replace('\\"', '"').replace("\\r", "\r").replace("\\\\", "\\") in self._values


def _number(text: str) -> Decimal | None:
    if not text or text[-1] not in "0123456789":
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _triple(quad: Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object}"


def _inverted(rank: str) -> str:
    """Return a text that sorts the other way round, for a heap whose least is dropped."""
    return rank.translate(_INVERTED)


def _distinct(lines: SortedLines) -> Iterator[bytes]:
    last = b""
    for line in lines:
        if line != last:
            last = line
            yield line.rstrip(b"\n")


_INVERTED: Final = str.maketrans("0123456789abcdef", "fedcba9876543210")
_CLAIM: Final = wq("claim")
_RETRACTED: Final = wq("retracted")
_ABOUT: Final = written("about")
_LABEL: Final = str(Term.LABEL)
_TOLLS: Final = frozenset(written(f"fatalities{bound}") for bound in ("Low", "Best", "High"))
_BOUNDS: Final = frozenset(wq(name) for name in ("low", "best", "high"))
_DATES: Final = frozenset(written(name) for name in ("date", "earliest", "latest", "datePrecision"))
_WORDS: Final = frozenset(
    (str(Term.EXACT), str(Term.PREFIX), str(Term.SUFFIX), written("asWritten"), written("reportingVerb"))
)
_CHOSEN: Final = (
    _DATES | _TOLLS | {_LABEL, str(Term.TYPE)}
)  # of which an event of several claims says what fits all of them
_STANDING: Final = frozenset(
    f"<{WQ}{name}>"
    for name in (
        "claimCount",
        "outletCount",
        "namedOrigins",
        "interestedOrigins",
        "unknownOrigins",
        "originsAtLeast",
        "originsAtMost",
    )
)
_COMPUTED: Final = frozenset(f"<{WQ}{name}>" for name in ("contested", "toll", "denialStanding"))
_FIGURES: Final = frozenset(str(one) for one in _BOUNDS)
