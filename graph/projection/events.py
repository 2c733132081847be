"""What an event gives in the default graph: the union of what its claims say, and what follows from all of them.

Invariant: an event says what one of its members says, or what is computed of them by a stated rule; it names all of
them. It says nothing of any other event, so that two events never state the same.

The rules: types are those of all claims, but for one that excludes the type of a better-told claim, as a report of
casualties is no airstrike. The date is the most precise one that no member excludes; where there is none (a person
brought claims of different days together) the event has no date, and is as early and as late as its claims say. The
label is that of the best-told claim, with the date of the event. Figures are those of `graph.fusion.tolls`.
"""

import operator
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from graph.curations import Survivors
from graph.events.contract import Event
from graph.fusion.features import Features
from graph.fusion.origins import Standing, standing
from graph.fusion.relations import Kind, relations
from graph.fusion.tolls import Toll, tolls
from graph.iris import Iris
from graph.projection.curations import resolved
from graph.projection.figures import deaths
from graph.projection.happenings import Tail, dated, labels
from graph.projection.literals import FALSE, TRUE, below, integer, plain
from graph.projection.statements import Statements, Triple
from graph.projection.tales import Tale, Tales
from graph.terms import Node, Term, terms, written
from ontology.model import EventDate


def event_statements(event: Event, tales: Tales, at: int, survivors: Survivors, iris: Iris) -> Statements:
    """Return what an event states as of position `at`. Raises as `Tales.of` does."""
    node = str(iris.event(event.id))
    told = [tales.of(member, at) for member in event.members]
    ranked = sorted(told, key=lambda tale: tale.detail)
    to: list[Triple] = [f"{node} {tail}" for tail in _said(ranked)]
    when = agreed([tale.when for tale in told if tale.when is not None])
    best = ranked[0]
    to += [f"{node} {_LABEL} {plain(label)}@{language}" for language, label in labels(best.what, when).items()]
    to += [f"{node} {tail}" for tail in dated(when)]
    for member in event.members:
        claim, own = iris.claim(member.claim), str(iris.event(member.claim))
        to += (f"{node} {_CLAIM} {claim}", f"{claim} {_ABOUT} {node}")
        if own != node:
            to.append(f"{own} {_REPLACED_BY} {node}")
    for member in event.denials:
        to.append(f"{iris.claim(member.claim)} {_DENIES} {node}")
    _possibly(to, event, iris)
    claims = [tale.as_merged(survivors) for tale in told]
    denials = [tales.of(member, at).as_merged(survivors) for member in event.denials]
    contested = _relations(to, [*claims, *denials], iris)
    to.append(f"{node} {_CONTESTED} {TRUE if contested else FALSE}")
    _standing(to, node, standing(claims))
    if denials:
        part = below(node, "denials")
        to.append(f"{node} {_DENIAL_STANDING} {part}")
        to += [f"{part} {_TYPE} {cls}" for cls in terms().classes("Standing")]
        _standing(to, part, standing(denials))
    to += [f"{node} {written(name)} {integer(value)}" for name, value in deaths(claims).items()]
    _tolls(to, node, tolls(claims), iris)
    return resolved(Statements(to), survivors, iris)


@dataclass(frozen=True, slots=True)
class _Stated:
    event: Event
    told: tuple[Tale, ...]
    survivors: Survivors
    triples: Sequence[Triple]


class Stating:
    """What events state, kept for the record that changes them: then it is asked once more. For several threads.

    What is kept is given only for the same claims that tell the same, so it never grows old.
    """

    def __init__(self, tales: Tales, iris: Iris) -> None:
        self._tales = tales
        self._iris = iris
        self._kept: OrderedDict[str, _Stated] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()

    def of(self, event: Event, at: int, survivors: Survivors) -> Sequence[Triple]:
        """Return what `event_statements` gives, all of which is in the default graph. Raises as that does."""
        told = tuple(self._tales.of(member, at) for member in (*event.members, *event.denials))
        with self._guard:
            kept = self._kept.get(event.id)
            if (
                kept is not None
                and kept.event == event
                and kept.survivors == survivors
                and all(map(operator.is_, kept.told, told))
            ):
                self._kept.move_to_end(event.id)
                return kept.triples
        stated = event_statements(event, self._tales, at, survivors, self._iris)
        made = _Stated(event, told, survivors, stated.default)
        with self._guard:
            if (before := self._kept.pop(event.id, None)) is not None:
                self._size -= len(before.triples)
            self._kept[event.id] = made
            self._size += len(made.triples)
            while self._size > _MOST:
                self._size -= len(self._kept.popitem(last=False)[1].triples)
        return made.triples


def _said(ranked: Iterable[Tale]) -> dict[Tail, None]:
    """Return what the claims say of the event. Types that exclude that of a better-told claim are passed over."""
    found: dict[Tail, None] = {}
    types: dict[Node, None] = {}
    for tale in ranked:
        apart = terms().apart(tale.types, types)
        found.update(dict.fromkeys(tale.plain if apart else tale.tails))
        types.update(dict.fromkeys(() if apart else tale.types))
    return found


def agreed(dates: Sequence[EventDate]) -> EventDate | None:
    """Return the most precise of the dates that none of the others excludes.

    Of several as precise, that which most give, then the first. Where each excludes another, the result says no more
    than the first and the last day of all; None where no day is given at all.
    """
    given = [(when, _span(when)) for when in dates if when.start is not None or when.end is not None]
    fitting = [
        (when, days) for when, days in given if all(days[0] <= end and start <= days[1] for _, (start, end) in given)
    ]
    if fitting:
        alike = [days for _, days in fitting]
        return min(fitting, key=lambda one: (one[1][1] - one[1][0], -alike.count(one[1]), alike.index(one[1])))[0]
    if not given:
        return next(iter(dates), None)
    starts, ends = [when.start for when, _ in given], [when.end for when, _ in given]
    return replace(
        given[0][0],
        edtf=None,
        start=None if None in starts else min(start for start in starts if start),
        end=None if None in ends else max(end for end in ends if end),
    )


def _span(when: EventDate) -> tuple[int, int]:
    return _day(when.start, _FIRST), _day(when.end, _LAST)


def _day(text: str | None, otherwise: int) -> int:
    try:
        return otherwise if text is None else date.fromisoformat(text).toordinal()
    except ValueError:  # of a record that somebody else wrote
        return otherwise


def _possibly(to: list[Triple], event: Event, iris: Iris) -> None:
    for match in event.possibly:
        own = iris.claim(match.own.claim)
        node = below(str(own), f"match/{match.other.claim}")
        to.append(f"{own} {_POSSIBLE_MATCH} {node}")
        to += [f"{node} {_TYPE} {cls}" for cls in terms().classes("PossibleMatch")]
        to += (f"{node} {_WITH_CLAIM} {iris.claim(match.other.claim)}", f"{node} {_MATCH_SCORE} {integer(match.score)}")


def _relations(to: list[Triple], claims: Iterable[Features], iris: Iris) -> bool:
    """Add how claims stand to each other, and tell whether any contradicts another."""
    contested = False
    for relation in relations(claims):
        subject, object_ = iris.claim(relation.subject), iris.claim(relation.object)
        to.append(f"{subject} {_KINDS[relation.kind]} {object_}")
        if relation.kind is not Kind.CONTRADICTS:
            continue
        contested = True
        said = _IN_WHAT.get(relation.in_what)
        to.append(f"{subject} {said or _CONTRADICTS_TOLL} {object_}")
        if said is None:
            node = below(str(subject), f"contradiction/{relation.object}")
            to.append(f"{subject} {_CONTRADICTION} {node}")
            to += [f"{node} {_TYPE} {cls}" for cls in terms().classes("Contradiction")]
            to += (f"{node} {_WITH_CLAIM} {object_}", f"{node} {_CATEGORY} {terms().category(relation.in_what)}")
    return contested


def _standing(to: list[Triple], node: Node, found: Standing) -> None:
    to += (
        f"{node} {_CLAIM_COUNT} {integer(found.claims)}",
        f"{node} {_OUTLET_COUNT} {integer(found.outlets)}",
        f"{node} {_NAMED_ORIGINS} {integer(found.named)}",
        f"{node} {_INTERESTED_ORIGINS} {integer(found.interested)}",
        f"{node} {_UNKNOWN_ORIGINS} {integer(found.unknown)}",
        f"{node} {_ORIGINS_AT_LEAST} {integer(found.at_least)}",
        f"{node} {_ORIGINS_AT_MOST} {integer(found.at_most)}",
    )


def _tolls(to: list[Triple], node: Node, found: Sequence[Toll], iris: Iris) -> None:
    for toll in found:
        bounds = [(p, v) for p, v in ((_LOW, toll.low), (_BEST, toll.best), (_HIGH, toll.high)) if v is not None]
        if not bounds:
            continue
        part = below(node, f"toll/{toll.category}" if toll.of is None else f"toll/{toll.category}/{toll.of}")
        to.append(f"{node} {_TOLL} {part}")
        to += [f"{part} {_TYPE} {cls}" for cls in terms().classes("Toll")]
        to.append(f"{part} {_CATEGORY} {terms().category(toll.category)}")
        if toll.of is not None:
            to.append(f"{part} {_POPULATION} {plain(toll.of)}")
        to += [f"{part} {predicate} {integer(value)}" for predicate, value in bounds]
        to.append(f"{part} {_TOLL_RULE} {plain(toll.rule.value)}")
        to += [f"{part} {_GIVEN_BY} {iris.claim(claim)}" for claim in toll.behind]
        to += [f"{part} {_REPLACED_CLAIM} {iris.claim(claim)}" for claim in toll.replaced]


_MOST: Final = 200_000  # triples that are kept, some 50 MB

_FIRST: Final = date.min.toordinal()
_LAST: Final = date.max.toordinal()

_ABOUT: Final = written("about")
_BEST: Final = written("best")
_CATEGORY: Final = written("category")
_CLAIM: Final = written("claim")
_CLAIM_COUNT: Final = written("claimCount")
_CONTESTED: Final = written("contested")
_CONTRADICTION: Final = written("contradiction")
_CONTRADICTS_TOLL: Final = written("contradictsToll")
_DENIAL_STANDING: Final = written("denialStanding")
_DENIES: Final = written("denies")
_GIVEN_BY: Final = written("givenBy")
_HIGH: Final = written("high")
_INTERESTED_ORIGINS: Final = written("interestedOrigins")
_LABEL: Final = str(Term.LABEL)
_LOW: Final = written("low")
_MATCH_SCORE: Final = written("matchScore")
_NAMED_ORIGINS: Final = written("namedOrigins")
_ORIGINS_AT_LEAST: Final = written("originsAtLeast")
_ORIGINS_AT_MOST: Final = written("originsAtMost")
_OUTLET_COUNT: Final = written("outletCount")
_POPULATION: Final = written("population")
_POSSIBLE_MATCH: Final = written("possibleMatch")
_REPLACED_BY: Final = str(Term.REPLACED_BY)
_REPLACED_CLAIM: Final = written("replacedClaim")
_TOLL: Final = written("toll")
_TOLL_RULE: Final = written("tollRule")
_TYPE: Final = str(Term.TYPE)
_UNKNOWN_ORIGINS: Final = written("unknownOrigins")
_WITH_CLAIM: Final = written("withClaim")

_KINDS: Final = {
    Kind.CORROBORATES: written("corroborates"),
    Kind.CONTRADICTS: written("contradicts"),
    Kind.REPEATS: written("repeats"),
    Kind.SUPERSEDES: written("supersedes"),
}
_IN_WHAT: Final = {
    "actor": written("contradictsActor"),
    "occurrence": written("contradictsOccurrence"),
    "time": written("contradictsTime"),
}
