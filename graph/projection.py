"""The projection: the pure function from a record to its quads.

Invariant: the quads of a record at a position of the log follow from the record, from the ArticleIngested record of the
article that it names, from the reviews up to that position, from the contents and from the base IRI, and from nothing
else: no clock, no order, no state. The graph at a position holds what its records give there, so it can be thrown away
and made again. The default graph takes what a claim says about its event only where that claim reports it as having
happened; the graph named by the claim takes it always.

A review is the only record that changes what others give: `Projector.change` says what it adds and removes. Places that
were once named stay described, because the review that put another one there names them as replaced.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Self

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from graph.candidates import offered
from graph.iris import Iris
from graph.linkings import gazetteer_triples, linking_triples
from graph.log import EventLog, Record
from graph.reviews import NOT_REVIEWED, Lookup, Reviewed, Reviews, affected, exact_matches, nothing_reviewed
from graph.terms import LINKS, Term, Terms, terms, web_address, wq
from graph.upcasting import PresentLog, present
from ontology.candidates import CANDIDATES_RECEIVED
from ontology.model import Area, Claim, EventDate, Figure, Link, Linking, Modality, Participant, Place, Source, Span
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    ExtractedClaims,
    article_stream,
    decode_claims_extracted,
)
from ontology.reviews import LINK_REVIEWED, LinkReview, Meant

PROJECTION_VERSION: Final = 5  # raised whenever the same log would give other quads

CONTEXT: Final = 32  # code points before and after a quote: what the Web Annotation selectors call prefix and suffix

Articles = Callable[[str], Mapping[str, Any] | None]
Content = Callable[[str], bytes | None]
Extracted = Callable[[str, int], Iterable[Record]]
Node = NamedNode | Literal

_DEFAULT: Final = DefaultGraph()
_TRUE: Final = Literal(True)


class ProjectionError(Exception):
    """A record cannot be projected; the base of the classes below."""


class UnknownRecord(ProjectionError):
    """No projection is known for records of this type and schema."""

    def __init__(self, type_: str, schema: int, position: int) -> None:
        super().__init__(
            f"the record at position {position} is of type {type_}, schema {schema}, which this version of waqai "
            "cannot project: upgrade waqai"
        )
        self.type, self.schema, self.position = type_, schema, position


class UnknownArticle(ProjectionError):
    """A record names an article that no record of the log brought in."""

    def __init__(self, article: str, position: int) -> None:
        super().__init__(f"the record at position {position} names the article {article}, which the log does not hold")
        self.article, self.position = article, position


def article_lookup(log: EventLog) -> Articles:
    """Return the lookup from an article's id to the payload of its ArticleIngested record, None where there is none."""
    known: dict[str, Mapping[str, Any]] = {}

    def lookup(article_id: str) -> Mapping[str, Any] | None:
        found = known.get(article_id)
        if found is None:
            for record in log.read_stream(article_stream(article_id)):
                if record.type == ARTICLE_INGESTED:
                    if len(known) >= _ARTICLES_KEPT:
                        known.clear()
                    known[article_id] = found = record.payload
                    break
        return found

    return lookup


_ARTICLES_KEPT: Final = 4096


def extraction_lookup(log: EventLog) -> Extracted:
    """Return the lookup of the ClaimsExtracted records of an article, up to a position."""

    def lookup(article_id: str, upto: int) -> list[Record]:
        records = log.read_stream(article_stream(article_id))
        return [record for record in records if record.type == CLAIMS_EXTRACTED and record.position <= upto]

    return lookup


@dataclass(frozen=True, slots=True)
class Change:
    """What a record changes in the graph: quads to remove, and quads to add, which are in none of the removed."""

    removed: frozenset[Quad]
    added: list[Quad]


@dataclass(frozen=True, slots=True)
class Projector:
    """The projection with what it reads: IRIs, articles by id, contents by digest, reviews, runs of an article."""

    iris: Iris
    articles: Articles
    content: Content
    reviews: Reviews
    extracted: Extracted

    @classmethod
    def of(cls, log: EventLog, content: Content, iris: Iris | None = None) -> Self:
        """Return the projection of `log`; `content` is the content store's `get`."""
        log = PresentLog(log)
        return cls(iris or Iris(), article_lookup(log), content, Reviews(log), extraction_lookup(log))

    def quads(self, record: Record, at: int | None = None) -> list[Quad]:
        """Return the quads that `record` gives in the graph as of position `at`, by default its own.

        Raises as `project` does.
        """
        upto = record.position if at is None else at
        parts = present(record)
        if len(parts) == 1:
            return self._quads(parts[0], upto)
        return list(dict.fromkeys(quad for part in parts for quad in self._quads(part, upto)))

    def _quads(self, record: Record, upto: int) -> list[Quad]:
        if record.type == LINK_REVIEWED and record.schema == 1:
            return self._review(record, upto)
        return project(
            record,
            articles=self.articles,
            content=self.content,
            iris=self.iris,
            reviewed=lambda article, claim: self.reviews.of_claim(article, claim, upto),
        )

    def change(self, record: Record) -> Change:
        """Return what `record` does to the graph that stands just before its position. Raises as `project` does."""
        changes = [self._change(part) for part in present(record)]
        if len(changes) == 1:
            return changes[0]
        added = dict.fromkeys(quad for change in changes for quad in change.added)
        return Change(frozenset().union(*(change.removed for change in changes)).difference(added), list(added))

    def _change(self, record: Record) -> Change:
        if record.type != LINK_REVIEWED:
            return Change(frozenset(), self._quads(record, record.position))
        if record.schema != 1:
            raise UnknownRecord(record.type, record.schema, record.position)
        before = frozenset(self._touched(record, record.position - 1))
        after = dict.fromkeys(self._touched(record, record.position))
        return Change(
            frozenset(quad for quad in before if quad not in after and not self._vouched(quad, record.position)),
            [quad for quad in after if quad not in before],
        )

    def _touched(self, record: Record, at: int) -> Iterator[Quad]:
        """Yield what gives other quads since the review `record`, as it stands at position `at`."""
        for position in self.reviews.roots(record.position):
            if position <= at:
                yield from self._review_quads(position, at)
                if position == record.position:
                    entry: list[Quad] = []
                    log_entry(entry, record, self.iris)
                    yield from entry
        for article, claims in affected(self.reviews, record.position).items():
            for holder in self.extracted(article, record.position):
                extracted = decode_claims_extracted(holder.payload)
                for claim in extracted.claims:
                    if claim.id in claims:
                        yield from self._claim(claim, holder, extracted, at)

    def _claim(self, claim: Claim, holder: Record, extracted: ExtractedClaims, at: int) -> list[Quad]:
        article = self.articles(extracted.article)
        if article is None:
            raise UnknownArticle(extracted.article, holder.position)
        text = _text(article, self.content)
        state = self.reviews.of_claim(extracted.article, claim.id, at)
        return _Claim(claim, holder, extracted, article, text, self.iris, terms(), state).quads

    def _review(self, record: Record, at: int) -> list[Quad]:
        quads: list[Quad] = []
        log_entry(quads, record, self.iris)
        quads += self._review_quads(record.position, at)
        return quads

    def _review_quads(self, position: int, at: int) -> list[Quad]:
        review = self.reviews.review(position)
        return _review(review, position, self.reviews.undone_by(position, at), self.iris)

    def _vouched(self, quad: Quad, at: int) -> bool:
        """Tell whether a review that is in force says what `quad` says, of which another one was taken back."""
        if quad.predicate != Term.EXACT_MATCH or not isinstance(quad.graph_name, DefaultGraph):
            return False
        if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, NamedNode):
            return False
        place = self.iris.parse(quad.subject.value)
        return place is not None and self.reviews.vouched(place.id, quad.object.value, at)


def project(
    record: Record, *, articles: Articles, content: Content, iris: Iris, reviewed: Lookup = nothing_reviewed
) -> list[Quad]:
    """Return the quads of an ArticleIngested, ClaimsExtracted or CandidatesReceived record, with IRIs under `iris`.

    Words are left out where their content was erased. `reviewed` says what was decided on the places of a claim.

    Raises:
        UnknownRecord, UnknownArticle, ontology.vocabulary.UnknownTerm
    """
    if record.schema == 1 and record.type == ARTICLE_INGESTED:
        return _Article(record, record.payload, content, iris).quads
    if record.schema == 1 and record.type == CLAIMS_EXTRACTED:
        extracted = decode_claims_extracted(record.payload)
        article = articles(extracted.article)
        if article is None:
            raise UnknownArticle(extracted.article, record.position)
        return _claims(record, extracted, article, content, iris, reviewed)
    if record.schema == 1 and record.type == CANDIDATES_RECEIVED:
        quads: list[Quad] = []
        log_entry(quads, record, iris)
        return quads + offered(record, iris)
    raise UnknownRecord(record.type, record.schema, record.position)


def _text(article: Mapping[str, Any], content: Content) -> str | None:
    stored = content(article["text_sha256"])
    return None if stored is None else stored.decode("utf-8")


def _claims(
    record: Record,
    extracted: ExtractedClaims,
    article: Mapping[str, Any],
    content: Content,
    iris: Iris,
    reviewed: Lookup,
) -> list[Quad]:
    text = _text(article, content)
    quads: list[Quad] = []
    log_entry(quads, record, iris)
    run = iris.run(extracted.run)
    vocabulary = terms()
    extractor = extracted.extractor
    pairs: tuple[tuple[NamedNode, Node], ...] = (
        *((Term.TYPE, cls) for cls in vocabulary.classes("ExtractionRun")),
        (Term.USED, iris.article(extracted.article)),
        (_RECORD, iris.record(record.position)),
        (wq("extractorName"), Literal(extractor.name)),
        (wq("extractorVersion"), Literal(extractor.version)),
        (wq("lexiconDigest"), Literal(extractor.lexicon)),
    )
    quads.extend(Quad(run, predicate, value, _DEFAULT) for predicate, value in pairs)
    if extractor.gazetteer:
        quads.append(Quad(run, wq("gazetteer"), iris.gazetteer(extractor.gazetteer), _DEFAULT))
        described = gazetteer_triples(extractor.gazetteer, extracted.gazetteers, iris=iris, terms=vocabulary)
        quads.extend(Quad(*triple, _DEFAULT) for triple in described)
    for claim in extracted.claims:
        state = reviewed(extracted.article, claim.id)
        quads.extend(_Claim(claim, record, extracted, article, text, iris, vocabulary, state).quads)
    for pair in extracted.possibly_same:
        one, other = iris.claim(pair.first), iris.claim(pair.second)
        quads.append(Quad(one, wq("possiblySameAs"), other, _DEFAULT))
        quads.append(Quad(other, wq("possiblySameAs"), one, _DEFAULT))
    return quads


def _review(review: LinkReview, position: int, undone_by: Iterable[int], iris: Iris) -> list[Quad]:
    """Return the quads of a review itself; what it changes is in the quads of the claims."""
    node = iris.review(position)
    pairs: list[tuple[NamedNode, Node]] = [
        *((Term.TYPE, cls) for cls in terms().classes("LinkReview")),
        (_RECORD, iris.record(position)),
        (wq("decision"), Literal(review.decision.value)),
        (wq("reason"), Literal(review.reason)),
    ]
    if review.undoes is not None:
        pairs.append((wq("undoes"), iris.review(review.undoes)))
    undone = [(wq("undoneBy"), iris.review(undo)) for undo in undone_by]
    quads = []
    for link in review.links:
        now = iris.place(link.now.id)
        pairs += [(wq("replacedPlace"), iris.place(link.was)), (wq("reviewedPlace"), now)]
        if not undone:
            exact = exact_matches(review, link)
            quads += [Quad(now, Term.EXACT_MATCH, NamedNode(identifier), _DEFAULT) for identifier in exact]
        for mention in link.mentions:
            location = iris.location(mention.claim, mention.number)
            pairs.append((wq("reviewedMention"), location))
    quads += [Quad(node, predicate, value, _DEFAULT) for predicate, value in (*pairs, *undone)]
    return quads


def log_entry(quads: list[Quad], record: Record, iris: Iris) -> None:
    """Add what the default graph says about the record itself."""
    node = iris.record(record.position)
    pairs: tuple[tuple[NamedNode, Node], ...] = (
        *((Term.TYPE, cls) for cls in terms().classes("Record")),
        (_POSITION, Literal(record.position)),
        (wq("recordType"), Literal(record.type)),
        (wq("recorded"), time_literal(record.recorded)),
        (wq("actor"), Literal(record.actor)),
        (wq("stream"), Literal(record.stream)),
        (wq("bodySha256"), Literal(record.body_sha256)),
    )
    quads.extend(Quad(node, predicate, value, _DEFAULT) for predicate, value in pairs)


class _Article:
    """The quads of one ArticleIngested record."""

    def __init__(self, record: Record, payload: Mapping[str, Any], content: Content, iris: Iris) -> None:
        self.quads: list[Quad] = []
        log_entry(self.quads, record, iris)
        language = payload["language"]
        node = iris.article(payload["article"])
        pairs: list[tuple[NamedNode, Node]] = [
            *((Term.TYPE, cls) for cls in terms().classes("Article")),
            (Term.IN_LANGUAGE, Literal(language)),
            (wq("textSha256"), Literal(payload["text_sha256"])),
            (wq("textLength"), Literal(payload["text_length"])),
            (wq("mediaType"), Literal(payload["media_type"])),
            (_POSITION, Literal(record.position)),
            (_RECORD, iris.record(record.position)),
        ]
        title = content(payload["title_sha256"]) if "title_sha256" in payload else None
        if title is not None:
            headline = tagged(title.decode("utf-8"), language)
            pairs += [(Term.HEADLINE, headline), (Term.LABEL, headline)]
        if "published" in payload:
            pairs.append((Term.DATE_PUBLISHED, time_literal(payload["published"])))
        if "url" in payload:
            pairs.append((Term.URL, web_address(payload["url"])))
        if "external_id" in payload:
            pairs.append((wq("externalId"), Literal(payload["external_id"])))
        if "publisher" in payload:
            name = payload["publisher"]
            outlet = iris.outlet(name)
            pairs.append((Term.PUBLISHER, outlet))
            label = tagged(name, name_language(name, language))
            self._add(outlet, ((Term.TYPE, cls) for cls in terms().source_classes("outlet")))
            self._add(outlet, ((Term.LABEL, label), (Term.PREF_LABEL, label)))
        self._add(node, pairs)

    def _add(self, subject: NamedNode, pairs: Iterable[tuple[NamedNode, Node]]) -> None:
        for predicate, value in pairs:
            self.quads.append(Quad(subject, predicate, value, _DEFAULT))


class _Claim:
    """The quads of one claim: `_meta` says what is known of the claim, `_said` what the claim says of its event."""

    def __init__(
        self,
        claim: Claim,
        record: Record,
        extracted: ExtractedClaims,
        article: Mapping[str, Any],
        text: str | None,
        iris: Iris,
        vocabulary: Terms,
        reviewed: Reviewed = NOT_REVIEWED,
    ) -> None:
        self.quads: list[Quad] = []
        self._claim = reviewed.claim(claim)
        self._linked = claim.places
        self._reviewed = reviewed
        self._text = text
        self._iris = iris
        self._terms = vocabulary
        self._language: str = article["language"]
        self._node = iris.claim(claim.id)
        self._event = iris.event(claim.id)
        self._article = iris.article(extracted.article)
        self._happened = claim.modality.happened
        version = extracted.extractor.gazetteer
        self._gazetteer = iris.gazetteer(version) if version else None
        self._describe(record, extracted)
        self._passages()
        self._reporting_chain()
        self._happening()

    def _meta(self, subject: NamedNode, predicate: NamedNode, value: Node) -> None:
        self.quads.append(Quad(subject, predicate, value, _DEFAULT))

    def _said(self, subject: NamedNode, predicate: NamedNode, value: Node) -> None:
        self.quads.append(Quad(subject, predicate, value, self._node))
        if self._happened:
            self.quads.append(Quad(subject, predicate, value, _DEFAULT))

    def _part(self, path: str) -> NamedNode:
        return NamedNode(f"{self._node.value}/{path}")

    def _words(self, span: Span) -> str | None:
        return None if self._text is None else span.of(self._text)

    def _describe(self, record: Record, extracted: ExtractedClaims) -> None:
        claim, node, meta = self._claim, self._node, self._meta
        for cls in self._terms.classes("Claim"):
            meta(node, Term.TYPE, cls)
        meta(node, _ABOUT, self._event)
        meta(node, wq("modality"), self._terms.modality(claim.modality.value))
        meta(node, wq("polarity"), wq("Negated" if claim.modality is Modality.DENIED else "Affirmed"))
        meta(node, Term.DERIVED_FROM, self._article)
        meta(node, Term.GENERATED_BY, self._iris.run(extracted.run))
        meta(node, _RECORD, self._iris.record(record.position))
        meta(node, _POSITION, Literal(record.position))
        meta(node, _RULE, Literal(claim.trigger.rule))
        for language, label in self._labels().items():
            note = _NOTES.get(claim.modality, {}).get(language, "")
            meta(node, Term.LABEL, Literal(note + label, language=language))
        trigger = self._mention(meta, wq("trigger"), "trigger", "Trigger", claim.trigger.span, claim.trigger.rule)
        meta(trigger, wq("lemma"), Literal(claim.trigger.lemma))
        for number, cue in enumerate(claim.cues, start=1):
            cue_node = self._mention(meta, wq("cue"), f"cue/{number}", "Cue", cue.span, cue.rule)
            meta(cue_node, wq("effect"), self._terms.modality(cue.effect.value))

    def _mention(
        self,
        add: Callable[[NamedNode, NamedNode, Node], None],
        predicate: NamedNode,
        path: str,
        kind: str,
        span: Span,
        rule: str,
    ) -> NamedNode:
        """Add a slot of the claim with its characters, words and rule, and return its node."""
        node = self._part(path)
        add(self._node, predicate, node)
        for cls in self._terms.classes(kind):
            add(node, Term.TYPE, cls)
        add(node, _START, Literal(span.start))
        add(node, _END, Literal(span.end))
        add(node, _RULE, Literal(rule))
        words = self._words(span)
        if words:
            add(node, _AS_WRITTEN, tagged(words, self._language))
        return node

    def _passages(self) -> None:
        meta, text = self._meta, self._text
        for number, span in enumerate(self._claim.evidence, start=1):
            node = self._part(f"evidence/{number}")
            meta(self._node, wq("evidence"), node)
            for cls in self._terms.classes("Evidence"):
                meta(node, Term.TYPE, cls)
            meta(node, Term.HAS_SOURCE, self._article)
            place = self._part(f"evidence/{number}/position")
            meta(node, Term.HAS_SELECTOR, place)
            meta(place, Term.TYPE, Term.POSITION_SELECTOR)
            meta(place, Term.START, Literal(span.start))
            meta(place, Term.END, Literal(span.end))
            if text is not None:
                quote = self._part(f"evidence/{number}/quote")
                meta(node, Term.HAS_SELECTOR, quote)
                meta(quote, Term.TYPE, Term.QUOTE_SELECTOR)
                meta(quote, Term.EXACT, Literal(span.of(text)))
                meta(quote, Term.PREFIX, Literal(text[max(0, span.start - CONTEXT) : span.start]))
                meta(quote, Term.SUFFIX, Literal(text[span.end : span.end + CONTEXT]))

    def _reporting_chain(self) -> None:
        claim, node, meta = self._claim, self._node, self._meta
        if not claim.sources:
            meta(node, wq("noSourceNamed"), _TRUE)
            return
        innermost = claim.sources[-1]
        meta(node, wq("attributedTo"), self._iris.source(innermost.id))
        meta(node, wq("interest"), wq("SelfReport" if innermost.party else "ThirdParty"))
        for outer in claim.sources[:-1]:
            meta(node, wq("reportedVia"), self._iris.source(outer.id))
        for number, source in enumerate(claim.sources, start=1):
            self._source(source, number)

    def _source(self, source: Source, number: int) -> None:
        meta = self._meta
        link = self._mention(meta, wq("attribution"), f"source/{number}", "Attribution", source.span, source.rule)
        node = self._iris.source(source.id)
        meta(link, wq("order"), Literal(number))
        meta(link, wq("source"), node)
        meta(link, wq("isParty"), Literal(source.party))
        if source.count is not None:
            meta(link, wq("sourceCount"), Literal(source.count))
        if source.verb is not None and (verb := self._words(source.verb)):
            meta(link, wq("reportingVerb"), tagged(verb, self._language))
        for cls in self._terms.source_classes(source.kind):
            meta(node, Term.TYPE, cls)
        self._names(node, source.names, source.span)
        self._links(node, source.links)
        self._linking(source.linking, link, node)

    def _happening(self) -> None:
        claim, event, said = self._claim, self._event, self._said
        parts = [
            (participant.role, participant.kind) for participant in claim.participants if participant.kind is not None
        ]
        for cls in self._terms.event_classes(claim.type, claim.subtype, parts):
            said(event, Term.TYPE, cls)
        said(event, wq("claim"), self._node)
        for language, label in self._labels().items():
            said(event, Term.LABEL, Literal(label, language=language))
        for number, participant in enumerate(claim.participants, start=1):
            self._participant(participant, number)
        for number, place in enumerate(claim.places, start=1):
            self._place(place, number)
        if claim.date is not None:
            self._date(claim.date)
        for number, figure in enumerate(claim.figures, start=1):
            self._figure(figure, number)
        for name, value in fatalities(claim.figures).items():
            said(event, wq(name), Literal(value))

    def _participant(self, participant: Participant, number: int) -> None:
        said, actor = self._said, self._iris.actor(participant.id)
        claim = self._claim
        for role in self._terms.role(participant.role, claim.type, claim.subtype):
            said(self._event, role, actor)
        node = self._mention(
            said,
            wq("participation"),
            f"participation/{number}",
            "Participation",
            participant.span,
            participant.rule,
        )
        said(node, wq("role"), Literal(participant.role))
        said(node, wq("ofActor"), actor)
        for cls in self._terms.actor_classes(participant.kind):
            self._meta(actor, Term.TYPE, cls)
        self._names(actor, participant.names, participant.span)
        self._links(actor, participant.links)
        self._linking(participant.linking, node, actor)

    def _place(self, place: Place, number: int) -> None:
        said, node = self._said, self._iris.place(place.id)
        claim = self._claim
        for role in self._terms.role(place.role, claim.type, claim.subtype):
            said(self._event, role, node)
        location = self._mention(said, wq("location"), f"location/{number}", "Location", place.span, place.rule)
        said(location, wq("role"), Literal(place.role))
        said(location, wq("ofPlace"), node)
        said(location, wq("precision"), self._terms.precision(place.precision.value))
        if place.extent is not None:
            said(location, wq("extent"), Literal(place.extent))
        linked = self._linked[number - 1]
        deciding = self._reviewed.deciding(number)
        if deciding is not None:
            said(location, wq("review"), self._iris.review(deciding.position))
            said(location, wq("replacedPlace"), self._iris.place(linked.id))
            for identifier in exact_matches(deciding.review, deciding.link):
                self.quads.append(Quad(node, Term.EXACT_MATCH, NamedNode(identifier), self._node))
        self._described(Meant.of(linked), linked.span)
        self._linking(linked.linking, location, self._iris.place(linked.id), self._gazetteer)
        for slot in self._reviewed.slots:
            if slot.number == number:
                meant = slot.link.now
                vouched = replace(meant, links=()) if slot.review.decision.vouches else meant  # see `_review`
                self._described(vouched, None if meant.names else linked.span)

    def _described(self, place: Meant, span: Span | None) -> None:
        """Add what is known of a place; `span` are the characters that name it, where they are a name of it."""
        node = self._iris.place(place.id)
        for cls in self._terms.place_classes(place.kind):
            self._meta(node, Term.TYPE, cls)
        self._names(node, place.names, span)
        self._links(node, place.links)
        self._codes(node, place.codes)
        self._geometry(node, place.lat, place.lon)
        for area in place.within:
            self._area(node, area)

    def _area(self, inner: NamedNode, area: Area) -> None:
        node = self._iris.place(area.id)
        self._meta(inner, Term.CONTAINED_IN, node)
        for cls in self._terms.place_classes(area.kind):
            self._meta(node, Term.TYPE, cls)
        self._names(node, area.names, None)
        self._links(node, area.links)
        self._codes(node, area.codes)
        self._geometry(node, area.lat, area.lon)

    def _geometry(self, place: NamedNode, lat: str | None, lon: str | None) -> None:
        if lat is None or lon is None:
            return
        north, east = decimal(lat), decimal(lon)
        # A gazetteer may have moved the point since: two points must never lend each other their degrees.
        node = NamedNode(f"{place.value}/geometry/{north},{east}")
        self._meta(place, Term.HAS_GEOMETRY, node)
        self._meta(node, Term.TYPE, Term.GEOMETRY)
        self._meta(node, Term.AS_WKT, Literal(f"POINT({east} {north})", datatype=Term.WKT))
        self._meta(node, wq("lat"), Literal(north, datatype=Term.DECIMAL))
        self._meta(node, wq("long"), Literal(east, datatype=Term.DECIMAL))

    def _date(self, when: EventDate) -> None:
        said, event = self._said, self._event
        node = self._mention(said, wq("eventDate"), "date", "EventDate", when.span, when.rule)
        if when.anchor is not None:
            said(node, wq("anchor"), Literal(when.anchor))
        subjects = (event, node)
        for subject in subjects:
            if when.edtf is not None:
                said(subject, wq("date"), Literal(when.edtf, datatype=Term.EDTF))
                said(subject, wq("datePrecision"), Literal(when.precision))
            if when.start is not None:
                said(subject, wq("earliest"), time_literal(when.start))
            if when.end is not None:
                said(subject, wq("latest"), time_literal(when.end))

    def _figure(self, figure: Figure, number: int) -> None:
        said = self._said
        node = self._mention(said, wq("figure"), f"figure/{number}", "Figure", figure.span, figure.rule)
        said(self._event, wq("figure"), node)
        said(node, wq("category"), self._terms.category(figure.category))
        for name, value in (("low", figure.low), ("best", figure.best), ("high", figure.high)):
            if value is not None:
                said(node, wq(name), Literal(value))
        if figure.of is not None:
            said(node, wq("population"), Literal(figure.of))

    def _names(self, node: NamedNode, names: Mapping[str, str], span: Span | None) -> None:
        """Add the registry's names, and the words of the text as another name (or the only one)."""
        for language, name in sorted(names.items()):
            literal = tagged(name, language)
            self._meta(node, Term.LABEL, literal)
            self._meta(node, Term.PREF_LABEL, literal)
        words = self._words(span) if span is not None else None
        if words and words not in names.values():
            literal = tagged(words, name_language(words, self._language))
            self._meta(node, Term.ALT_LABEL, literal)
            if not names:
                self._meta(node, Term.LABEL, literal)

    def _links(self, node: NamedNode, links: Iterable[Link]) -> None:
        for link in links:
            if link.relation in LINKS:  # other relations would say more than a gazetteer link may: owl:sameAs
                self._meta(node, LINKS[link.relation], NamedNode(link.identifier))

    def _codes(self, node: NamedNode, codes: Mapping[str, str]) -> None:
        """Add identifiers of other registers as notations typed by their register."""
        for kind, code in sorted(codes.items()):
            datatype = self._terms.notation(kind)
            if datatype is not None:
                self._meta(node, Term.NOTATION, Literal(code, datatype=datatype))

    def _linking(
        self, linking: Linking | None, mention: NamedNode, taken_for: NamedNode, gazetteer: NamedNode | None = None
    ) -> None:
        if linking is not None:
            made = linking_triples(
                linking,
                claim=self._node,
                mention=mention,
                taken_for=taken_for,
                gazetteer=gazetteer,
                terms=self._terms,
            )
            for triple in made:
                self._meta(*triple)
            if linking.record is not None:
                self._meta(NamedNode(f"{mention.value}/linking"), wq("decidedBy"), self._iris.review(linking.record))

    def _labels(self) -> dict[str, str]:
        """Return "what, where, when" in Arabic and English."""
        claim = self._claim
        kind = claim.subtype or claim.type
        when = ""
        if claim.date is not None and claim.date.start is not None:
            when = claim.date.start if claim.date.start == claim.date.end else (claim.date.edtf or claim.date.start)
        labels = {}
        for language, comma, joint in (("ar", "، ", " و"), ("en", ", ", " and ")):
            # One preposition leads all places of a role: "from Aleppo to Latakia and Salamiyah".
            where: dict[str, list[str]] = {}
            for place in claim.places[:_PLACES_IN_A_LABEL]:
                name = place.names.get(language) or self._words(place.span) or next(iter(place.names.values()), None)
                if name:
                    where.setdefault(_PREPOSITIONS.get(place.role, _PREPOSITIONS["place"])[language], []).append(name)
            led = [f"{preposition} {joint.join(names)}" for preposition, names in where.items()]
            what = " ".join([self._terms.label(kind, language), *led])
            labels[language] = comma.join(part for part in (" ".join(what.split()), when) if part)
        return labels


_ABOUT: Final = wq("about")
_AS_WRITTEN: Final = wq("asWritten")
_END: Final = wq("end")
_POSITION: Final = wq("position")
_RECORD: Final = wq("record")
_RULE: Final = wq("rule")
_START: Final = wq("start")

_PLACES_IN_A_LABEL: Final = 2
_PREPOSITIONS: Final = {
    "place": {"ar": "في", "en": "at"},
    "movedFrom": {"ar": "من", "en": "from"},
    "movedTo": {"ar": "نحو", "en": "towards"},
    "route": {"ar": "عبر", "en": "by way of"},
}
_NOTES: Final[dict[Modality, dict[str, str]]] = {
    Modality.CLAIMED: {"ar": "ادعاء: ", "en": "Claimed: "},
    Modality.DENIED: {"ar": "نفي: ", "en": "Denied: "},
    Modality.PLANNED: {"ar": "خطة: ", "en": "Planned: "},
    Modality.FEARED: {"ar": "تخوف: ", "en": "Feared: "},
    Modality.BACKGROUND: {"ar": "خلفية: ", "en": "Background: "},
}


def fatalities(figures: Iterable[Figure]) -> dict[str, int]:
    """Return `fatalitiesLow`, `fatalitiesBest` and `fatalitiesHigh` of the event that `figures` count, as far as given.

    The only killed figure stands, else the only one of everybody (no population). Figures of several populations are
    added only where nobody can be in two of them (civilians and fighters, not civilians and children); else the largest
    of their lower bounds holds and nothing more is known. Two figures of everybody give nothing.
    """
    killed = [figure for figure in figures if figure.category == "killed"]
    everybody = [figure for figure in killed if figure.of is None]
    total = killed if len(killed) == 1 else everybody
    if len(total) == 1:
        return _bounds(total[0].low, total[0].best, total[0].high)
    if everybody or not killed:
        return {}
    sides = {_SIDES.get(figure.of or "") for figure in killed}
    if len(sides) == len(killed) and None not in sides:
        return _bounds(*(_total(values) for values in zip(*((f.low, f.best, f.high) for f in killed), strict=True)))
    lows = [figure.low for figure in killed if figure.low is not None]
    return _bounds(max(lows), None, None) if lows else {}


def _bounds(low: int | None, best: int | None, high: int | None) -> dict[str, int]:
    given = {"fatalitiesLow": low, "fatalitiesBest": best, "fatalitiesHigh": high}
    return {name: value for name, value in given.items() if value is not None}


_SIDES: Final = {"civilian": "civilians", "fighter": "combatants", "soldier": "combatants"}


def _total(values: Iterable[int | None]) -> int | None:
    """Return the sum, None where a side is open."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


@lru_cache(maxsize=4096)
def decimal(text: str) -> str:
    """Return a decimal number in the form that the store would make of it anyway.

    >>> decimal("36.20"), decimal("-0.0"), decimal("37")
    ('36.2', '0', '37')
    """
    number = Decimal(text)
    return "0" if number == 0 else format(number.normalize(), "f")


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@lru_cache(maxsize=4096)
def time_literal(text: str) -> Literal:
    """Return an ISO 8601 day or time as xsd:date or xsd:dateTime (in UTC where it has a zone), else as plain words.

    >>> time_literal("2024-11-30T10:00:00.120000+02:00").value
    '2024-11-30T08:00:00.12Z'
    """
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
            return Literal(text, datatype=Term.DATE)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Literal(text)
    zone = ""
    if moment.tzinfo is not None:
        try:
            moment, zone = moment.astimezone(UTC).replace(tzinfo=None), "Z"
        except OverflowError:
            return Literal(text)
    written = moment.isoformat()
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return Literal(written + zone, datatype=Term.DATE_TIME)


_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_ARABIC: Final = re.compile(r"[\u0600-\u06FF]")
_LATIN: Final = re.compile(r"[A-Za-z]")


def tagged(text: str, language: str) -> Literal:
    """Return `text` with its language, in lower case as the store keeps it; without one where the tag is malformed."""
    if _LANGUAGE.fullmatch(language):
        try:
            return Literal(text, language=language.lower())
        except ValueError:
            return Literal(text)
    return Literal(text)


def name_language(name: str, language: str) -> str:
    """Return the language of a name met in a text of `language`: a Latin name in an Arabic text is not Arabic."""
    if _ARABIC.search(name):
        return language if language in _ARABIC_SCRIPT else "ar"
    return "en" if language in _ARABIC_SCRIPT and _LATIN.search(name) else language


_ARABIC_SCRIPT: Final = frozenset({"ar", "fa", "ur", "ku", "ckb"})
