"""What one voice says as statements for a reasoner, each with the claim that makes it.

Invariant: a statement follows from one claim, the event that it is about and what the ontology says of its type. Who an
actor is and what kind of place a place is are not among them: the registry and the gazetteer say that, not the source.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote

from graph.consistency.sayings import Saying, Told
from graph.fusion.features import Extent
from ontology.location import ontology_folder
from ontology.onevoice import one_voice
from ontology.retelling import retelling
from ontology.vocabulary import OWL, RDF, RDFS, XSD, Vocabulary

VOICE: Final = "https://w3id.org/waqai/ontology/onevoice#"
_A: Final = f"<{RDF}type>"


class Aspect(StrEnum):
    """What of an event a statement is about."""

    TYPE = "type"
    OCCURRENCE = "occurrence"
    ROLE = "role"
    DAY = "day"
    FIGURE = "figure"
    SUM = "sum"  # no statement is about it: no reasoner compares two numbers
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines of N-Triples that a claim makes about `subject`, which ties it to other claims that speak of it."""

    claim: str
    aspect: Aspect
    subject: str
    lines: tuple[str, ...]


def statements(said: Told) -> dict[str, list[Statement]]:
    """Return what each claim of one voice states, by claim. Claims that state nothing have an empty list."""
    made: dict[str, list[Statement]] = {claim: [] for claim in said.sayings}
    for event in said.events:
        for claim in event:
            made[claim].extend(_reported(said.sayings[claim], event[0]))
    for claim, event_id in said.denied:
        node = _node("event", event_id)
        made[claim].append(Statement(claim, Aspect.OCCURRENCE, node, (f"{node} {_A} {_voice('DidNotHappen')} .",)))
    return made


def _reported(one: Saying, event_id: str) -> Iterator[Statement]:
    claim, features, marks = one.claim, one.features, _marks(ontology_folder())
    node = _node("event", event_id)
    classes = [Vocabulary.load().event_type(name) for name in (features.type, features.subtype) if name is not None]
    if features.type not in retelling().totals:  # a toll may be of a happening of any type
        yield Statement(claim, Aspect.TYPE, node, tuple(f"{node} {_A} <{name}> ." for name in classes))
    yield Statement(claim, Aspect.OCCURRENCE, node, (f"{node} {_A} {_voice('Happened')} .",))
    if features.days is not None:
        lines = _between(node, _voice("onDay"), *features.days, f"{claim}.day")
        yield Statement(claim, Aspect.DAY, node, tuple(lines))
    # Who is both in one claim was misread: no source says in one breath that somebody struck himself.
    parts = [(actor, "Agent") for actor in sorted(features.agents - features.targets)]
    parts += [(actor, "Target") for actor in sorted(features.targets - features.agents)]
    for actor, part in parts:
        named = _node("part", event_id, actor)
        lines = [f"{named} {_A} {_voice(part)} .", f"{named} {_voice('inEvent')} {node} ."]
        yield Statement(claim, Aspect.ROLE, node, tuple(lines))
    if features.type not in retelling().totals:
        yield from _figures(one, event_id)
    if marks.says_hold(classes):
        yield from _holds(one, event_id, against=marks.sets_against(classes))


def _figures(one: Saying, event_id: str) -> Iterator[Statement]:
    """Yield the bounds of what a claim counts only once: of two counts of one kind, each may be of another part."""
    counts = one.features.counts
    for count in counts:
        if sum((other.category, other.of) == (count.category, count.of) for other in counts) == 1:
            name = _node("figure", event_id, count.category, count.of or "")
            lines = _between(name, _voice("numbers"), count.low, count.high, f"{one.claim}.{count.category}.{count.of}")
            if lines:
                yield Statement(one.claim, Aspect.FIGURE, name, tuple(lines))


def _holds(one: Saying, event_id: str, *, against: bool) -> Iterator[Statement]:
    features = one.features
    if features.days is None or features.days[0] != features.days[1]:
        return
    for spot in features.spots:
        if spot.extent > Extent.CITY or spot.id not in one.whole:
            continue
        where = spot.id, str(features.days[0])
        place = _node("place", *where)
        for actor in sorted(features.agents | features.targets):
            hold = f"{_node('hold', actor, *where)} {_voice('by')} {_node('part', event_id, actor)} ."
            yield Statement(one.claim, Aspect.HOLD, place, (hold,))
        if against:
            for pair in product(sorted(features.agents), sorted(features.targets)):
                (mine, theirs) = (_node("hold", actor, *where) for actor in pair)
                excludes = _voice("excludes")
                lines = (f"{mine} {excludes} {theirs} .", f"{theirs} {excludes} {mine} .")
                yield Statement(one.claim, Aspect.HOLD, place, lines)


def _between(node: str, prop: str, low: int | None, high: int | None, name: str) -> list[str]:
    """Return that the value of a property lies between bounds, of which None is open; nothing where both are."""
    bounds = [(facet, bound) for facet, bound in (("minInclusive", low), ("maxInclusive", high)) if bound is not None]
    if not bounds:
        return []
    label = "b" + "".join(c if c.isascii() and c.isalnum() else f"x{ord(c):x}" for c in name)
    some, kind, rest = f"_:{label}s", f"_:{label}k", f"<{RDF}nil>"
    lines = []
    for number, (facet, bound) in enumerate(bounds):
        item, value = f"_:{label}i{number}", f"_:{label}v{number}"
        lines.append(f'{value} <{XSD}{facet}> "{bound}"^^<{XSD}integer> .')
        lines += [f"{item} <{RDF}first> {value} .", f"{item} <{RDF}rest> {rest} ."]
        rest = item
    lines += [f"{kind} {_A} <{RDFS}Datatype> .", f"{kind} <{OWL}onDatatype> <{XSD}integer> ."]
    lines += [f"{kind} <{OWL}withRestrictions> {rest} .", f"{some} {_A} <{OWL}Restriction> ."]
    lines += [f"{some} <{OWL}onProperty> {prop} .", f"{some} <{OWL}someValuesFrom> {kind} ."]
    return [*lines, f"{node} {_A} {some} ."]


def _node(kind: str, *names: str) -> str:
    return f"<urn:waqai:{kind}:{':'.join(quote(name, safe='') for name in names)}>"


def _voice(name: str) -> str:
    return f"<{VOICE}{name}>"


@dataclass(frozen=True, slots=True)
class _Marks:
    """Classes that bear a mark of `onevoice.ttl`, which holds for their subclasses too."""

    no_hold: frozenset[str]
    against: frozenset[str]
    above: Mapping[str, tuple[str, ...]]

    def _marked(self, marked: frozenset[str], classes: list[str]) -> bool:
        return any(not marked.isdisjoint((name, *self.above.get(name, ()))) for name in classes)

    def says_hold(self, classes: list[str]) -> bool:
        return not self._marked(self.no_hold, classes)

    def sets_against(self, classes: list[str]) -> bool:
        return self._marked(self.against, classes)


@cache
def _marks(folder: Path) -> _Marks:
    import pyoxigraph

    def marked(name: str) -> frozenset[str]:
        return frozenset(q.subject.value for q in quads if q.predicate.value == VOICE + name)

    quads = [
        quad
        for quad in pyoxigraph.parse(path=one_voice(folder), format=pyoxigraph.RdfFormat.TURTLE)
        if isinstance(quad.subject, pyoxigraph.NamedNode)
    ]
    return _Marks(marked("tellsNoHold"), marked("setsAgainst"), Vocabulary.load(folder).superclasses)
