"""Events brought together from the claims of a log, for people and programs: a report that writes nothing.

Invariant: what is reported follows from the log up to one position. Claims that are retracted or erased take no part;
places are as they were reviewed; what people decided on events holds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from api.workspace import Workspace
from graph.events.deciding import pairs
from graph.fusion.clustering import Group, fuse
from graph.fusion.features import Features, features
from graph.fusion.origins import Standing, standing
from graph.fusion.relations import Kind, Relation, Sum, relations, sums
from graph.fusion.tolls import Toll, tolls
from graph.stored import StoredArticle
from ontology.model import Claim
from ontology.normal import name_key
from ontology.records import CLAIMS_EXTRACTED, decode_claims_extracted
from ontology.retelling import retelling
from ontology.tallies import tallies
from ontology.wire import display_name


@dataclass(frozen=True, slots=True)
class Told:
    """A claim with what is shown of it: outlet, names of its places and of its sources, outermost first.

    `claim` is as it was reviewed; `words` are those of its figures as written, None where they are erased. `tally` says
    that it counts from some time on, by its words or its date; of erased words that is not known, and a toll without a
    happening is taken for one.
    """

    features: Features
    outlet: str | None
    places: tuple[str, ...]
    sources: tuple[str, ...]
    claim: Claim
    words: tuple[str | None, ...]
    tally: bool = False


@dataclass(frozen=True, slots=True)
class Fused:
    """An event: its claims in canonical order, who stands behind it, how they stand to each other, its figures."""

    id: str
    claims: tuple[Told, ...]
    standing: Standing
    relations: tuple[Relation, ...]
    tolls: tuple[Toll, ...]

    @property
    def contested(self) -> bool:
        """Whether claims contradict each other."""
        return any(relation.kind is Kind.CONTRADICTS for relation in self.relations)


@dataclass(frozen=True, slots=True)
class Report:
    """The events as of `position`, in canonical order, and the stated totals that are sums.

    `others` are the claims that tell of nothing that happened, and `possibly` pairs of events (ids) that may be one.
    """

    position: int
    events: tuple[Fused, ...]
    sums: tuple[Sum, ...]
    others: tuple[Told, ...] = ()
    possibly: tuple[tuple[str, str], ...] = ()


class TooManyClaims(Exception):
    """There are more claims than may be brought together for one question."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"there are more than {limit} claims, and events are made anew from all of them")
        self.limit = limit


def report(workspace: Workspace, position: int | None = None, *, limit: int | None = None) -> Report:
    """Return the events that the claims in force as of `position` (default: now) are about. All are held in memory.

    Raises:
        TooManyClaims: where there are more than `limit`.
    """
    upto = workspace.log.head() if position is None else position
    told: dict[str, Told] = {}
    for item in _told(workspace, upto):
        told[item.features.claim] = item
        if limit is not None and len(told) > limit:
            raise TooManyClaims(limit)
    decisions = pairs(workspace.curations.events(upto))
    fusion = fuse((item.features for item in told.values()), decisions)
    by_article: dict[str, list[Features]] = {}
    for item in told.values():
        by_article.setdefault(item.features.article, []).append(item.features)
    events = tuple(_fused(group, told, workspace) for group in fusion.groups)
    home = {claim.features.claim: event.id for event in events for claim in event.claims}
    return Report(
        upto,
        events,
        tuple(found for _, claims in sorted(by_article.items()) for found in sums(claims)),
        tuple(item for item in told.values() if item.features.claim not in home),
        tuple(sorted({(home[link.first], home[link.second]) for link in fusion.possibly})),
    )


def _told(workspace: Workspace, upto: int) -> Iterator[Told]:
    projector = workspace.projector
    projector.erasures.refresh(upto)
    for record in workspace.log.read(upto=upto):
        if record.type != CLAIMS_EXTRACTED:
            continue
        extracted = decode_claims_extracted(record.payload)
        article = extracted.article
        payload = projector.articles(article)
        if payload is None or projector.erasures.without_claims(article):
            continue
        stored = StoredArticle(payload, projector.content)
        text = stored.text
        for claim in extracted.claims:
            if workspace.curations.of_claim(article, claim.id, upto).out_by is not None:
                continue
            meant = workspace.reviews.of_claim(article, claim.id, upto).claim(claim)
            found = features(
                meant,
                article=article,
                language=stored.language,
                publisher=stored.publisher,
                published=stored.published,
                text=text,
                key=name_key,
            )
            yield Told(found, stored.publisher, *_names(meant, text), meant, _words(meant, text), _tally(meant, text))


def _names(claim: Claim, text: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the places and of the sources of a claim; those whose words are erased have none."""

    def named(things: Iterable[Any]) -> tuple[str, ...]:
        names = (display_name(thing.names, None if text is None else thing.span.of(text)) for thing in things)
        return tuple(name for name in names if name)

    return named(claim.places), named(claim.sources)


def _words(claim: Claim, text: str | None) -> tuple[str | None, ...]:
    return tuple(None if text is None else figure.span.of(text) for figure in claim.figures)


def _tally(claim: Claim, text: str | None) -> bool:
    if claim.date is not None and (claim.date.edtf or "").endswith("/.."):
        return True
    if text is None:
        return claim.type in retelling().totals
    return any(tallies().counts_on(text, figure.span) for figure in claim.figures)


def _fused(group: Group, told: dict[str, Told], workspace: Workspace) -> Fused:
    return Fused(
        workspace.iris.event(group.first.claim).value,
        tuple(told[member.claim] for member in group.members),
        standing(group.members),
        tuple(relations(group.members)),
        tolls(group.members),
    )


def event_json(event: Fused, workspace: Workspace) -> dict[str, Any]:
    """Return an event as plain data; claims by their IRIs."""

    def iri(claim: str) -> str:
        return workspace.iris.claim(claim).value

    who = event.standing
    return {
        "event": event.id,
        "type": event.claims[0].features.type,
        "claims": [
            {
                "claim": iri(told.features.claim),
                "type": told.features.type,
                "modality": told.features.modality.value,
                "outlet": told.outlet,
                "places": list(told.places),
                "sources": list(told.sources),
            }
            for told in event.claims
        ],
        "standing": {
            "claims": who.claims,
            "outlets": who.outlets,
            "namedOrigins": who.named,
            "interestedOrigins": who.interested,
            "unknownOrigins": who.unknown,
            "originsAtLeast": who.at_least,
            "originsAtMost": who.at_most,
        },
        "figures": [
            {
                "category": toll.category,
                "of": toll.of,
                "low": toll.low,
                "best": toll.best,
                "high": toll.high,
                "rule": toll.rule.value,
                "claims": [iri(claim) for claim in toll.told],
                "replaced": [iri(claim) for claim in toll.replaced],
            }
            for toll in event.tolls
        ],
        "relations": [
            {
                "relation": relation.kind.value,
                "claim": iri(relation.subject),
                "to": iri(relation.object),
                "in": relation.in_what or None,
            }
            for relation in event.relations
        ],
    }
