"""Events with what is shown of their claims, for people and programs: a report that writes nothing into the log.

Invariant: the events are those of the graph as of one position, and what is computed of them is computed as there. So
claims that are retracted or erased take no part; places are as they were reviewed, merged actors and places are one,
and what people decided on events holds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from api.workspace import Workspace
from graph.events.contract import Event, Member
from graph.events.telling import Heard
from graph.fusion.adding import Sum, sums, sums_across
from graph.fusion.features import Features
from graph.fusion.origins import Standing, standing
from graph.fusion.relations import Kind, Relation, relations
from graph.fusion.tolls import Toll, tolls
from ontology.model import Claim
from ontology.records import CLAIMS_EXTRACTED
from ontology.retelling import retelling
from ontology.tallies import tallies
from ontology.wire import display_name


@dataclass(frozen=True, slots=True)
class Told:
    """A claim with what is shown of it: outlet, names of its places and of its sources, outermost first.

    `claim` is as it was reviewed, with the actors and places that it names itself; in `features` stand those that they
    were merged into. `words` are those of its figures as written, None where they are erased. `tally` says
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
    """An event: its claims in canonical order, who stands behind it, how they stand to each other, its figures.

    `denials` deny it; `denied_by` is who stands behind those. `relations` are of both.
    """

    id: str
    claims: tuple[Told, ...]
    standing: Standing
    relations: tuple[Relation, ...]
    tolls: tuple[Toll, ...]
    denials: tuple[Told, ...] = ()
    denied_by: Standing | None = None

    @property
    def contested(self) -> bool:
        """Whether claims contradict each other."""
        return any(relation.kind is Kind.CONTRADICTS for relation in self.relations)


@dataclass(frozen=True, slots=True)
class Report:
    """The events as of `position`, in canonical order, and the stated totals that are sums of others.

    `others` are the claims that are members of none: they tell of nothing that happened. `possibly` are pairs of events
    (ids) that may be one.
    """

    position: int
    events: tuple[Fused, ...]
    sums: tuple[Sum, ...]
    others: tuple[Told, ...] = ()
    possibly: tuple[tuple[str, str], ...] = ()


class TooManyClaims(Exception):
    """There are more claims than may be brought together for one question."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"there are more than {limit} claims, and all of them are held in memory")
        self.limit = limit


class EventsAstray(Exception):
    """The index of events does not go with the log: it names a claim that the log does not report."""

    def __init__(self, claim: str) -> None:
        super().__init__(
            f"the index of events names the claim {claim}, which the log does not report: run `waqai rebuild`, which "
            "makes it anew"
        )
        self.claim = claim


def report(workspace: Workspace, position: int | None = None, *, limit: int | None = None) -> Report:
    """Return the events that the claims in force as of `position` (default: now) are about. All are held in memory.

    Raises:
        TooManyClaims: where there are more than `limit`.
        EventsAstray
    """
    upto = workspace.log.head() if position is None else position
    told: dict[str, Told] = {}
    totals: list[Sum] = []
    for article in sorted(articles(workspace, upto)):
        heard = workspace.projector.telling.heard(article, upto)
        for claim, one in heard.items():
            told[claim] = _told(one)
            if limit is not None and len(told) > limit:
                raise TooManyClaims(limit)
        totals += sums(one.features for one in heard.values())
    events: list[Fused] = []
    home: dict[str, int] = {}
    possibly: set[tuple[str, str]] = set()
    for event in workspace.projector.events.at(upto):
        home.update((member.claim, len(events)) for member in event.members)
        possibly.update((match.own.claim, match.other.claim) for match in event.possibly)
        events.append(_fused(event, told, workspace))
    totals += sums_across([(one.id, [told.features for told in one.claims]) for one in events], totals)
    pairs = {(home[one], home[other]) for one, other in possibly if home[one] < home[other]}
    return Report(
        upto,
        tuple(events),
        tuple(totals),
        tuple(one for claim, one in told.items() if claim not in home),
        tuple(sorted((events[one].id, events[other].id) for one, other in pairs)),
    )


def articles(workspace: Workspace, upto: int) -> dict[str, None]:
    """Return the articles of which the log up to `upto` holds claims, in the order of the log.

    From then on, claims are as the erasures up to there leave them.
    """
    workspace.projector.erasures.refresh(upto)
    records = workspace.log.read(upto=upto, types=(CLAIMS_EXTRACTED,))
    return dict.fromkeys(record.payload["article"] for record in records)


def _told(heard: Heard) -> Told:
    claim, stored = heard.claim, heard.stored
    text = stored.text
    return Told(heard.features, stored.publisher, *_names(claim, text), claim, _words(claim, text), _tally(claim, text))


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


def _fused(event: Event, told: dict[str, Told], workspace: Workspace) -> Fused:
    def of(members: Iterable[Member]) -> Iterator[Told]:
        for member in members:
            if member.claim not in told:
                raise EventsAstray(member.claim)
            yield told[member.claim]

    claims, denials = tuple(of(event.members)), tuple(of(event.denials))
    members, denying = [one.features for one in claims], [one.features for one in denials]
    return Fused(
        workspace.iris.event(event.id).value,
        claims,
        standing(members),
        tuple(relations([*members, *denying])),
        tolls(members),
        denials,
        standing(denying) if denying else None,
    )


def event_json(event: Fused, workspace: Workspace) -> dict[str, Any]:
    """Return an event as plain data; claims by their IRIs."""

    def iri(claim: str) -> str:
        return workspace.iris.claim(claim).value

    def told_json(told: Told) -> dict[str, Any]:
        return {
            "claim": iri(told.features.claim),
            "type": told.features.type,
            "modality": told.features.modality.value,
            "outlet": told.outlet,
            "places": list(told.places),
            "sources": list(told.sources),
        }

    return {
        "event": event.id,
        "type": event.claims[0].features.type,
        "claims": [told_json(told) for told in event.claims],
        "denials": [told_json(told) for told in event.denials],
        "standing": _standing_json(event.standing),
        "denialStanding": None if event.denied_by is None else _standing_json(event.denied_by),
        "figures": [
            {
                "category": toll.category,
                "of": toll.of,
                "low": toll.low,
                "best": toll.best,
                "high": toll.high,
                "rule": toll.rule.value,
                "claims": [iri(claim) for claim in toll.behind],
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


def _standing_json(who: Standing) -> dict[str, Any]:
    return {
        "claims": who.claims,
        "outlets": who.outlets,
        "namedOrigins": who.named,
        "interestedOrigins": who.interested,
        "unknownOrigins": who.unknown,
        "originsAtLeast": who.at_least,
        "originsAtMost": who.at_most,
    }
