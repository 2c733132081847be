"""What became of a thing that holds no more: why, by whom and since when.

Invariant: the IRI of a thing that was once there is never answered as if it had never been. What was retracted is gone
with the reason, and what is known of it still goes out with the answer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from api.resources import Asked, Resource
from graph.events.contract import Events
from graph.iris import Iris
from ontology.vocabulary import DCTERMS, PROV, WQ

if TYPE_CHECKING:
    from graph.audit import Audit


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Why a thing is gone: the decision, its record, who took it and when; `instead` is what holds in its place."""

    decision: str
    record: str
    position: int
    actor: str
    recorded: str
    reason: str
    instead: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        return f"It was retracted by {self.actor} on {self.recorded[:10]}, in record {self.position}: {self.reason}"


def tombstone(asked: Asked, found: Resource, events: Events, iris: Iris) -> Tombstone | None:
    """Return what became of a claim or an event, None where it holds; its decision becomes a part of what was found.

    An event is gone where nothing is reported of it any more, and one of its claims was retracted. What was found names
    the claims that told or denied it when it was last there.
    """
    if found.identified.part or found.identified.kind not in ("claim", "event"):
        return None
    if found.identified.kind == "claim":
        decisions = found.values(f"{WQ}retraction")
    elif found.facts:
        return None
    else:
        about = f"?c wq:about <{found.iri}> ; wq:retraction ?r"
        rows = list(asked.query(f"SELECT ?c ?r {{ {about} }} ORDER BY DESC(?r) ?c").rows())
        decisions = [decision for _, decision in rows]
        claims = {_text(claim) for claim, _ in rows} | (_last_claims(found, events, iris) if rows else set())
        found.facts += [(ox.NamedNode(f"{PROV}wasDerivedFrom"), ox.NamedNode(claim)) for claim in sorted(claims)]
    return _told(asked, found, decisions[0].value) if decisions else None


def successor(found: Resource) -> str | None:
    """Return the IRI of what stands for a merged actor or place now, or of the event that a claim's own one is part of.

    None where it stands for itself.
    """
    stands = (*found.values(f"{WQ}mergedInto"), *found.values(f"{DCTERMS}isReplacedBy"))
    return next((str(value.value) for value in stands), None)


def went_on(found: Resource, events: Events, iris: Iris) -> tuple[str, ...]:
    """Return the IRIs of the events in which one goes on that is gone itself; what was found says so then.

    The claims that told it with the retracted one may be about several events by now.
    """
    if found.identified.kind != "event":
        return ()
    going = {event for claim in _own(found, iris) for event in events.went_on(claim, found.position)}
    others = tuple(sorted(iris.event(event).value for event in going))
    found.facts += [(ox.NamedNode(f"{DCTERMS}isReplacedBy"), ox.NamedNode(iri)) for iri in others]
    return others


def _last_claims(found: Resource, events: Events, iris: Iris) -> set[str]:
    """Return the IRIs of the claims that told or denied an event that is gone when it was last there."""
    last = (events.ended(claim, found.position) for claim in _own(found, iris))
    told = (one for ended in last if ended is not None for one in (*ended[1].members, *ended[1].denials))
    return {iris.claim(one.claim).value for one in told}


def _own(found: Resource, iris: Iris) -> list[str]:
    """Return the ids of the claims whose own event this is."""
    about = (iris.parse(claim) for claim, predicate in found.incoming if predicate == f"{WQ}about")
    return sorted(one.id for one in about if one is not None and iris.event(one.id).value == found.iri)


def _text(term: Any) -> str:
    return str(term.value)


def moved(audit: "Audit", iris: Iris) -> tuple[str, ...]:
    """Return the IRIs of the events in which one that was audited goes on; none for all else, which stands for itself.

    The audit of a merged actor or place tells of the merge, and stays its own.
    """
    named = iris.parse(audit.subject)
    event = audit.triple is None and named is not None and named.kind == "event" and not named.part
    return audit.instead if event else ()


def retracted(audit: "Audit", iris: Iris) -> bool:
    """Tell whether what was audited holds no more: a claim that was retracted, an event that is gone, or its part."""
    named = iris.parse(audit.subject)
    if audit.triple is not None or named is None:
        return False
    if audit.last_there is not None:
        return True
    return not named.part and named.kind in ("claim", "event") and 0 < audit.total == audit.retracted


def _told(asked: Asked, found: Resource, decision: str) -> Tombstone | None:
    facts: list[tuple[Any, Any]] = [
        (predicate, value)
        for predicate, value in asked.query(f"SELECT ?p ?o {{ <{decision}> ?p ?o }} ORDER BY ?p ?o").rows()
    ]
    found.parts[decision] = facts
    row = next(
        iter(
            asked.query(
                f"SELECT ?record ?position ?actor ?recorded ?reason {{ <{decision}> wq:record ?record ; "
                "wq:reason ?reason . ?record wq:position ?position ; wq:actor ?actor ; wq:recorded ?recorded }"
            ).rows()
        ),
        None,
    )
    if row is None:
        return None
    values: list[str] = [term.value for term in row]  # type: ignore[attr-defined]
    instead = tuple(str(value.value) for predicate, value in facts if predicate.value == f"{WQ}correctedText")
    record, position, actor, recorded, reason = values
    return Tombstone(decision, record, int(position), actor, recorded, reason, instead)
