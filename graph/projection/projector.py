"""The projection: the pure function from records to statements, with what it reads beside a record.

Invariant: the statements of a record at a position of the log follow from the record, from the ArticleIngested record
of the article that it names, from the decisions and patches of people up to that position, from the contents that are
not erased and from the base IRI; those of an event follow in the same way from its claims. The graph at a position
holds what its records and the events as of then give, and nothing else, so it can be thrown away and made again.

A decision or a patch changes what others give, and most records change events: `Projector.reach` says which records,
`Events.turn` which events, `Projector.change` what is added and removed. Where contents are erased or given back,
nobody can say what goes, since the words are not there: a graph from before is made anew (`Projector.remakes`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pyoxigraph import Quad

from graph.curations import Curations
from graph.erasures import Erasures
from graph.events.contract import Event, Events
from graph.events.index import EventIndex
from graph.events.telling import Telling
from graph.fusion.clustering import FUSION_VERSION
from graph.iris import Iris
from graph.log import EventLog, Record
from graph.lookups import (
    Articles,
    Content,
    Extracted,
    Mentioning,
    article_lookup,
    extraction_lookup,
    mention_lookup,
)
from graph.patches import Patches
from graph.projection.claims import ClaimWriter
from graph.projection.curations import curation_triples, resolved
from graph.projection.errors import UnknownArticle
from graph.projection.events import Stating, event_statements
from graph.projection.patches import patch_statements, removed_statements
from graph.projection.records import log_entry, project, review_triples
from graph.projection.statements import Statement, Statements, Triple
from graph.projection.sums import sum_triples
from graph.projection.tales import Tales
from graph.reach import NOTHING, Reach, reach
from graph.reviews import Reviews
from graph.stored import StoredArticle
from graph.terms import Term, terms
from graph.upcasting import PresentLog, present
from ontology.curations import CURATION_TYPES
from ontology.erasures import CONTENT_ERASED, CONTENT_RESTORED
from ontology.model import Claim
from ontology.patches import QUADS_PATCHED
from ontology.records import CLAIMS_EXTRACTED, ExtractedClaims, decode_claims_extracted
from ontology.retelling import retelling
from ontology.reviews import LINK_REVIEWED

# The first number is raised whenever the same log would give other quads. Both only rise, so their sum tells versions
# apart, and which of two is the later one.
PROJECTION_VERSION: Final = 8 + FUSION_VERSION

_EXACT_MATCH: Final = f" {Term.EXACT_MATCH} "


@dataclass(frozen=True, slots=True)
class Change:
    """What a record changes in the graph: statements to remove, and ones to add, which are none of the removed."""

    removed: frozenset[Statement]
    added: Statements


@dataclass(frozen=True, slots=True)
class Projector:
    """The projection with what it reads: IRIs, articles by id, contents by digest, decisions, runs, erasures, patches,
    what claims tell, events, what they take from claims and what they state.

    `content` gives nothing that is erased.
    """

    iris: Iris
    articles: Articles
    content: Content
    reviews: Reviews
    curations: Curations
    extracted: Extracted
    erasures: Erasures
    patches: Patches
    mentioning: Mentioning
    telling: Telling
    events: Events
    tales: Tales
    stating: Stating

    @classmethod
    def of(cls, log: EventLog, content: Content, iris: Iris | None = None, events: Path | None = None) -> Self:
        """Return the projection of `log`; `content` is the content store's `get`.

        `events` is the folder of the event index, which is in memory without one.
        """
        log = PresentLog(log)
        iris = iris or Iris()
        erasures = Erasures(log)
        content = erasures.masked(content)
        extracted = extraction_lookup(log)
        articles, mentioning = article_lookup(log), mention_lookup(log)
        reviews, curations = Reviews(log), Curations(log, extracted)
        telling = Telling(articles, content, extracted, reviews, curations, erasures)
        tales = Tales(articles, content, extracted, reviews, erasures, iris)
        return cls(
            iris,
            articles,
            content,
            reviews,
            curations,
            extracted,
            erasures,
            Patches(log),
            mentioning,
            telling,
            EventIndex(log, telling, mentioning, events),
            tales,
            Stating(tales, iris),
        )

    def remakes(self, record: Record) -> bool:
        """Tell whether a graph that was made before `record` was written has to be made anew to take it in."""
        return record.type in (CONTENT_ERASED, CONTENT_RESTORED)

    def quads(self, record: Record, at: int | None = None) -> list[Quad]:
        """Return what `statements` returns as quads, none twice. Raises as `project` does."""
        return self.statements(record, at).quads()

    def statements(self, record: Record, at: int | None = None) -> Statements:
        """Return what `record` states in the graph as of position `at`, by default its own.

        Raises as `project` does.
        """
        upto = record.position if at is None else at
        self.erasures.refresh(upto)
        return self._together(present(record), upto)

    def _together(self, parts: Sequence[Record], upto: int) -> Statements:
        if len(parts) == 1:
            return self._statements(parts[0], upto)
        together = Statements()
        for part in parts:
            together.add(self._statements(part, upto))
        return together

    def _statements(self, record: Record, upto: int) -> Statements:
        if self._decision(record):
            entry: list[Triple] = []
            log_entry(entry, record, self.iris)
            return Statements(entry + self._decided(record.position, upto))
        if record.type == QUADS_PATCHED and record.schema == 1:
            patched = patch_statements(self.patches, record.position, upto, self.iris)
            log_entry(patched.default, record, self.iris)
            return patched
        statements = project(
            record,
            articles=self.articles,
            content=self.content,
            iris=self.iris,
            reviewed=lambda article, claim: self.reviews.of_claim(article, claim, upto),
            curated=lambda article, claim: self.curations.of_claim(article, claim, upto),
            without_claims=self.erasures.without_claims,
        )
        if record.type != CLAIMS_EXTRACTED:
            return statements
        return resolved(statements, self.curations.survivors(upto), self.iris)

    def reach(self, record: Record) -> Reach:
        """Return what `record`, in its present schema, may change of what earlier ones state."""
        if record.type == QUADS_PATCHED:
            return Reach(tuple(self.patches.adders(record.position)))
        return reach(record, self.reviews, self.curations, self.mentioning)

    def change(self, record: Record) -> Change:
        """Return what `record` does to the graph that stands just before its position. Raises as `project` does."""
        self.erasures.refresh(record.position)
        changes = [self._change(part) for part in present(record)]
        if len(changes) == 1:
            return changes[0]
        together = Statements()
        for change in changes:
            together.add(change.added)
        return Change(frozenset().union(*(change.removed for change in changes)).difference(together.each()), together)

    def plain(self, record: Record) -> Statements | None:
        """Return what `record` states where it changes nothing else, but for events; None where it changes more.

        What such records that follow each other do to events, `between` says of all of them at once. Raises as
        `project` does.
        """
        position = record.position
        self.erasures.refresh(position)
        parts = present(record)
        if any(self._decision(one) or one.type == QUADS_PATCHED or _later_run(one) for one in parts):
            return None
        stated = self._together(parts, position)  # before its reach: a record of a newer schema is known here
        return None if any(self.reach(one) != NOTHING for one in parts) else stated

    def between(self, after: int, upto: int) -> Change:
        """Return in what events as of position `upto` differ from those as of `after`, with only `plain` records there.

        Raises:
            graph.projection.ProjectionError
        """
        turn = self.events.between(after, upto)
        before, now = self._stated(turn.ended, after), self._stated(turn.begun, upto)
        added = Statements([triple for triple in now if triple not in before])
        return Change(frozenset((triple, "") for triple in before if triple not in now), added)

    def happened(self, at: int) -> Iterator[Statements]:
        """Yield what each event states as of position `at`, in canonical order.

        Raises:
            graph.projection.ProjectionError
        """
        self.erasures.refresh(at)
        for event in self.events.at(at):
            yield self.of_event(event, at)

    def of_event(self, event: Event, at: int) -> Statements:
        """Return what an event, as it is as of position `at`, states."""
        stated = event_statements(event, self.tales, at, self.curations.survivors(at), self.iris)
        stated.default.extend(sum_triples(event, self.tales, self.telling, at, self.iris))
        return stated

    def turned(self, record: Record) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
        """Return the events that state otherwise since `record`: as they were before it, and as they are since.

        They have other claims than before, a claim of theirs says something else, or they tell a total of an article of
        which others are in force: it may be the sum of theirs.
        """
        position = record.position
        turn = self.events.turn(position)
        ended = {event.id: event for event in turn.ended}
        begun = {event.id: event for event in turn.begun}
        touched = dict(self.reach(record).claims)
        if _later_run(record):
            touched.setdefault(record.payload["article"], frozenset())
        for article, claims in touched.items():
            for holder in self.extracted(article, position - 1):
                for claim in holder.payload["claims"]:
                    if claims is not None and claim["id"] not in claims and claim["type"] not in retelling().totals:
                        continue
                    for found, at in ((ended, position - 1), (begun, position)):
                        event = self.events.of(claim["id"], at)
                        if event is not None:
                            found.setdefault(event.id, event)
        return tuple(ended.values()), tuple(begun.values())

    def _change(self, record: Record) -> Change:
        position = record.position
        own = self._statements(record, position)
        if record.type == QUADS_PATCHED:
            return Change(removed_statements(self.patches.patch(position), self.iris), own)
        reached = self.reach(record)
        ended, begun = self.turned(record)
        if reached == NOTHING and not ended:
            for event in begun:
                own.add(self.of_event(event, position))
            return Change(frozenset(), own)
        if reached.entities:
            was, now = self._renamed(reached, position)
        else:
            was = dict.fromkeys(self._reached(reached, position, position - 1))
            now = dict.fromkeys(self._reached(reached, position, position))
        before = {*was, *((triple, "") for triple in self._stated(ended, position - 1))}
        after = dict.fromkeys((*own.each(), *now, *((triple, "") for triple in self._stated(begun, position))))
        added = Statements()
        for triple, graph in after:
            if (triple, graph) not in before:
                added.take(triple, graph)
        removed = frozenset(said for said in before if said not in after and not self._vouched(said, position))
        return Change(removed, added)

    def _stated(self, events: Iterable[Event], at: int) -> dict[Triple, None]:
        """Return what events as of position `at` state in the default graph, where all of it is."""
        survivors = self.curations.survivors(at)
        found: dict[Triple, None] = {}
        for event in events:
            found.update(dict.fromkeys(self.stating.of(event, at, survivors)))
            found.update(dict.fromkeys(sum_triples(event, self.tales, self.telling, at, self.iris)))
        return found

    def _reached(self, reach: Reach, position: int, at: int) -> Iterator[Statement]:
        """Yield what a record at `position` may change, as it stands as of `at`, from records before it."""
        for decision in reach.decisions:
            for triple in self._decided(decision, at):
                yield triple, ""
        for article, claims in reach.claims.items():
            for holder in self.extracted(article, position - 1):
                extracted = decode_claims_extracted(holder.payload)
                chosen = [claim for claim in extracted.claims if claims is None or claim.id in claims]
                yield from self._claims(chosen, holder, extracted, at).each()

    def _renamed(self, reach: Reach, position: int) -> tuple[dict[Statement, None], dict[Statement, None]]:
        """Return what names an entity of the merge, or its undo, at `position`, as it stood before and as it stands.

        What names none of them is the same before and after, and so is what claims say in their own graphs: each claim
        is made once, and little of it is kept, for a hundred thousand articles may name one town.
        """
        was, now = dict[Statement, None](), dict[Statement, None]()
        for decision in reach.decisions:
            was.update(((triple, ""), None) for triple in self._decided(decision, position - 1))
            now.update(((triple, ""), None) for triple in self._decided(decision, position))
        before, after = (self.curations.survivors(at) for at in (position - 1, position))
        kinds = self.iris.actor, self.iris.place
        named = re.compile("|".join(re.escape(str(kind(id_))) for id_ in sorted(reach.entities) for kind in kinds))
        for article in reach.claims:
            for holder in self.extracted(article, position - 1):
                extracted = decode_claims_extracted(holder.payload)
                said = self._unmerged(list(extracted.claims), holder, extracted, position)
                default, common = ([t for t in part if named.search(t)] for part in (said.default, said.common))
                naming = Statements(default, common)
                was.update(dict.fromkeys(resolved(naming, before, self.iris).each()))
                now.update(dict.fromkeys(resolved(naming, after, self.iris).each()))
        return was, now

    def _decision(self, record: Record) -> bool:
        """Tell whether a record holds what a person decided; one of a schema that nobody knows holds nothing."""
        return record.schema == 1 and (record.type == LINK_REVIEWED or record.type in CURATION_TYPES)

    def _decided(self, position: int, at: int) -> list[Triple]:
        """Return what a decision states of itself as of `at`."""
        type_ = self.curations.type_of(position)
        if type_ is not None:
            return curation_triples(self.curations, type_, position, at, self.iris)
        review = self.reviews.review(position)
        return review_triples(review, position, self.reviews.undone_by(position, at), self.iris)

    def _claims(self, claims: list[Claim], holder: Record, extracted: ExtractedClaims, at: int) -> Statements:
        return resolved(self._unmerged(claims, holder, extracted, at), self.curations.survivors(at), self.iris)

    def _unmerged(self, claims: list[Claim], holder: Record, extracted: ExtractedClaims, at: int) -> Statements:
        article = self.articles(extracted.article)
        if article is None:
            raise UnknownArticle(extracted.article, holder.position)
        if self.erasures.without_claims(extracted.article):
            return Statements()
        text = StoredArticle(article, self.content).text
        writer = ClaimWriter(holder, extracted, article, text, self.iris, terms())
        for claim in claims:
            article_id = extracted.article
            curated = self.curations.of_claim(article_id, claim.id, at)
            writer.add(claim, self.reviews.of_claim(article_id, claim.id, at), curated)
        return writer.statements

    def _vouched(self, said: Statement, at: int) -> bool:
        """Tell whether a review that is in force says what `said` says, of which another one was taken back."""
        triple, graph = said
        subject, found, value = triple.partition(_EXACT_MATCH)
        if graph or not found:
            return False
        place = self.iris.parse(subject[1:-1])
        return place is not None and self.reviews.vouched(place.id, value[1:-1], at)


def _later_run(record: Record) -> bool:
    """Tell whether a record holds another run over an article: totals that were told may be sums of what it found."""
    return record.type == CLAIMS_EXTRACTED and record.version > 2
