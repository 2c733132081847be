"""Parameters of saved queries: from what somebody types to one RDF term.

Invariant: a value becomes a term of its parameter's type or is refused with a sentence that says what it should be. Of
several places of a name the ones that a gazetteer knows come first, and of these the one that contains the others; any
other name that fits several things is refused with all of them.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

from pyoxigraph import Literal, NamedNode

from graph.store import Answer, Reader
from graph.terms import wq
from ontology.eventtypes import UnknownEventType, event_type_called
from ontology.normal import name_key
from ontology.vocabulary import PREFIXES, XSD, Vocabulary, local_name

Term = NamedNode | Literal

LONGEST: Final = 1000
"""Characters that a value may have."""
NAMED: Final[Mapping[str, str]] = {"place": "Place", "actor": "Actor", "source": "Source"}
"""Types of parameters whose values are things of the graph, with the classes of these."""
TYPES: Final[Mapping[str, str]] = {
    "event-type": "an event type: Airstrike, or its label, such as غارة جوية",
    "place": "a place: its name, a code such as SY07, a link, an id or an IRI",
    "actor": "an actor: a name, an id or an IRI",
    "source": "a source: its name, an id or an IRI",
    "thing": "an id (event/…, claim/…) or an IRI",
    "date-from": "a day, month or year (2024-11-30, 2024-11, 2024), from its first day",
    "date-to": "a day, month or year (2024-11-30, 2024-11, 2024), to its last day",
    "time": "an instant (2024-11-30T10:00:00Z), or a duration before now (PT24H, P7D)",
    "integer": "a whole number",
    "decimal": "a number",
    "text": "words",
    "choice": "one of a list",
}
_CANDIDATES: Final = 8
_COMPARED: Final = 80  # characters of a name that is compared with others
_ORDERED: Final = (frozenset({"date-from", "date-to"}), frozenset({"integer", "decimal"}))
_NUMERIC: Final = frozenset({"time", "date-from", "date-to", "integer", "decimal"})
_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
_INTEGER: Final = re.compile(r"[+-]?\d{1,15}")
_DECIMAL: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_DURATION: Final = re.compile(r"-?P(?=.)\d*[YMWD0-9.TH]*S?")
_PART: Final = re.compile(r"\d{4}(-\d{2}){0,2}")


class BadValue(ValueError):
    """A value that a parameter cannot take. `kind` is `missing`, `unknown`, `repeated`, `bad` or `ambiguous`."""

    def __init__(self, parameter: str, message: str, kind: str = "bad") -> None:
        super().__init__(message)
        self.parameter, self.kind = parameter, kind


class Asked(Protocol):
    """Whatever answers queries and knows what an id stands for: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...

    def resolve(self, name: str) -> str:
        """Return the IRI that an id stands for."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """A reader of the graph as whoever knows its names; `absolute` makes an IRI of a path under the base."""

    reader: Reader
    absolute: Callable[[str], str]

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        return self.reader.query(sparql, prefixes=PREFIXES)

    def resolve(self, name: str) -> str:
        """Return the IRI that an id stands for."""
        return name if "://" in name else self.absolute(name)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `default` and `example` are values as somebody would type them; `least` and `most` are bounds.

    `at_least` names another parameter whose value this one reaches.

    Raises:
        ValueError: for an unknown type, and where choices do not go with it.
    """

    name: str
    type: str
    meaning: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    at_least: str | None = None
    example: str | None = None

    def __post_init__(self) -> None:
        """Check what a header says of it."""
        if self.type not in TYPES:
            raise ValueError(f"there is no type {self.type}; known are {', '.join(TYPES)}")
        if bool(self.choices) != (self.type == "choice"):
            raise ValueError("`choices` belong to the type choice, and only to it")
        if not self.meaning:
            raise ValueError("it needs its meaning in words: `en` and `ar`")

    def lines_marked(self, text: str) -> bool:
        """Return whether `text` has lines that stand only where this parameter has a value."""
        return bool(re.search(rf"#[ \t]*with[ \t]+{self.name}[ \t]*$", text, re.MULTILINE))

    def comparable(self, other: "Parameter") -> bool:
        """Return whether values of both can be told in order."""
        return any({self.type, other.type} <= family for family in _ORDERED)

    def check(self, value: str) -> None:
        """Raise BadValue where no graph could make a term of `value`."""
        if self.type not in NAMED and self.type != "thing":
            read(self, value)

    def sample(self) -> Term:
        """Return some term of its type: for checking a query without a graph."""
        if self.type in NAMED or self.type == "thing":
            return NamedNode("urn:sample")
        if self.type == "choice":
            return read(self, self.choices[0])
        samples = {"event-type": "Airstrike", "time": "PT1H", "date-from": "2024", "date-to": "2024", "text": "words"}
        return read(self, self.default or self.example or samples.get(self.type, str(self.least or self.most or 1)))


def read(
    parameter: Parameter, value: str, *, asked: Asked | None = None, now: Callable[[], datetime] | None = None
) -> Term:
    """Return the term for what somebody typed.

    Args:
        parameter: what it is for.
        value: the words.
        asked: knows the names of things; needed for places, actors, sources and ids.
        now: the time that durations count back from; default: the clock.

    Raises:
        BadValue: for anything that is none of its type, for a name that the graph does not know, and for one that
            several things have.
    """
    if len(value) > LONGEST:
        raise BadValue(parameter.name, f"{parameter.name} has more than {LONGEST} characters")
    if parameter.type in _NUMERIC:
        value = value.translate(_DIGITS)
    if parameter.type == "time":
        return _time(parameter, value, now or (lambda: datetime.now(UTC)))
    if parameter.type in NAMED or parameter.type == "thing":
        if asked is None:
            raise _refused(parameter, value)
        return _thing(parameter, value, asked)
    plain = {
        "event-type": _event_type,
        "date-from": _day,
        "date-to": _day,
        "integer": _number,
        "decimal": _number,
        "text": lambda _, words: Literal(words),
        "choice": _choice,
    }
    return plain[parameter.type](parameter, value)


def written(term: Term) -> str:
    """Return `term` as it stands in a query: bare digits where the grammar wants them (LIMIT), else as in N-Triples.

    >>> written(Literal("12", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")))
    '12'
    """
    if isinstance(term, Literal) and term.datatype.value == f"{XSD}integer" and term.value.isdigit():
        return term.value
    return str(term)


def order_of(term: Term) -> tuple[str, float]:
    """Return what puts a day or a number in order."""
    try:
        return ("", float(term.value))
    except ValueError:
        return (term.value, 0.0)


def _refused(parameter: Parameter, value: str) -> BadValue:
    shown = value if len(value) <= 80 else f"{value[:80]}…"
    return BadValue(parameter.name, f"{parameter.name}={shown} is not {TYPES[parameter.type]}")


def _event_type(parameter: Parameter, value: str) -> Term:
    try:
        return NamedNode(event_type_called(value))
    except UnknownEventType as error:
        raise BadValue(parameter.name, str(error)) from None


def _day(parameter: Parameter, value: str) -> Term:
    if not _PART.fullmatch(value):
        raise _refused(parameter, value)
    last = parameter.type == "date-to"
    parts = [int(part) for part in value.split("-")]
    try:
        if len(parts) == 3:
            day = date(*parts)
        elif not last:
            day = date(parts[0], parts[1] if len(parts) == 2 else 1, 1)
        else:
            month = parts[1] if len(parts) == 2 else 12
            first_of_next = date(parts[0] + month // 12, month % 12 + 1, 1)
            day = date.fromordinal(first_of_next.toordinal() - 1)
    except ValueError:
        raise _refused(parameter, value) from None
    return Literal(day.isoformat(), datatype=NamedNode(f"{XSD}date"))


def _time(parameter: Parameter, value: str, now: Callable[[], datetime]) -> Term:
    from rdflib.xsd_datetime import parse_xsd_duration

    try:
        if _DURATION.fullmatch(value):
            moment = now() - parse_xsd_duration(value.removeprefix("-"))
        else:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        raise _refused(parameter, value) from None
    return Literal(f"{text}Z", datatype=NamedNode(f"{XSD}dateTime"))


def _number(parameter: Parameter, value: str) -> Term:
    if not (_INTEGER if parameter.type == "integer" else _DECIMAL).fullmatch(value):
        raise _refused(parameter, value)
    number = float(value)
    if (parameter.least is not None and number < parameter.least) or (
        parameter.most is not None and number > parameter.most
    ):
        bounds = f"from {parameter.least}" if parameter.least is not None else ""
        bounds += f" to {parameter.most}" if parameter.most is not None else ""
        raise BadValue(parameter.name, f"{parameter.name}={value} is out of bounds: it goes {bounds.strip()}")
    text = str(int(value)) if parameter.type == "integer" else value.removeprefix("+")
    return Literal(text, datatype=NamedNode(f"{XSD}{parameter.type}"))


def _choice(parameter: Parameter, value: str) -> Term:
    chosen = {choice.lower(): choice for choice in parameter.choices}.get(value.lower())
    if chosen is None:
        raise BadValue(parameter.name, f"{parameter.name}={value[:80]} is none of {', '.join(parameter.choices)}")
    return wq(chosen) if chosen[0].isupper() else Literal(chosen)


def _thing(parameter: Parameter, value: str, asked: Asked) -> Term:
    if parameter.type == "thing":
        return _known(parameter, value, asked)
    if "://" in value or "/" in value:
        node = _node(parameter, asked.resolve(value), value)
        if _is(asked, node, NAMED[parameter.type]):
            return node
    if parameter.type == "place":
        coded = _coded(asked, value)
        if coded is not None:
            return coded
    found = _bearers(asked, NAMED[parameter.type], value)
    if not found and parameter.type == "place":
        found = [iri for cls, rest in _kinds_in(value) for iri in _bearers(asked, cls, rest)]
    if not found:
        near = _nearest(asked, NAMED[parameter.type], value)
        advice = f"; the nearest is {near}" if near is not None else ""
        raise BadValue(parameter.name, f"the graph has no {parameter.type} {value}{advice}", "unknown")
    if len(found) > 1 and parameter.type == "place":
        found = _around(asked, _linked(asked, found) or found)
    if len(found) > 1:
        shown = ", ".join(found[:_CANDIDATES]) + (", …" if len(found) > _CANDIDATES else "")
        raise BadValue(
            parameter.name,
            f"{len(found)} {parameter.type}s of the graph are called {value}: give the IRI of one ({shown})",
            "ambiguous",
        )
    return NamedNode(found[0])


def _known(parameter: Parameter, value: str, asked: Asked) -> NamedNode:
    """Return what an id or an IRI stands for, if the graph says anything of it or with it."""
    ids = [value, *([] if "/" in value else [f"{kind}/{value}" for kind in ("event", "claim")])]
    for name in ids:
        node = _node(parameter, asked.resolve(name), value)
        if asked.query(
            f"ASK {{ {{ {node} ?p ?o }} UNION {{ ?s ?p {node} }} UNION {{ GRAPH {node} {{ ?s ?p ?o }} }} }}"
        ):
            return node
    shown = value if len(value) <= 80 else f"{value[:80]}…"
    why = "give an id as answers have it (event/…, claim/…), or its IRI"
    raise BadValue(parameter.name, f"the graph has nothing called {shown}: {why}", "unknown")


def _nearest(asked: Asked, cls: str, name: str) -> str | None:
    """Return the name in the graph that is most like this one, or None."""
    if not 2 < len(name) <= _COMPARED:
        return None
    query = f"SELECT DISTINCT ?name {{ ?thing a wq:{cls} ; rdfs:label|skos:prefLabel|skos:altLabel ?name }}"
    names: dict[str, str] = {}
    for (found,) in asked.query(query).rows():
        names.setdefault(name_key(_value(found)), _value(found))
    near = difflib.get_close_matches(name_key(name), sorted(names), n=1, cutoff=0.75)
    return names[near[0]] if near else None


def _node(parameter: Parameter, iri: str, value: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:
        raise _refused(parameter, value) from None


def _is(asked: Asked, node: NamedNode, cls: str) -> bool:
    return bool(asked.query(f"ASK {{ {node} a wq:{cls} }}"))


def _coded(asked: Asked, value: str) -> NamedNode | None:
    """Return the place with this code or link, or None."""
    from api.exporting.places import UnknownArea, area

    try:
        return NamedNode(area(asked, value))
    except UnknownArea:
        return None


def _bearers(asked: Asked, cls: str, name: str) -> list[str]:
    """Return the things of a class that have `name`: as it is written, else in the normal form of names."""
    literals = " ".join(str(Literal(name, language=language)) for language in ("ar", "en")) + f" {Literal(name)}"
    labels = "rdfs:label|skos:prefLabel|skos:altLabel"
    exact = f"SELECT DISTINCT ?thing {{ VALUES ?name {{ {literals} }} ?thing {labels} ?name ; a wq:{cls} }}"
    found = {_value(row[0]) for row in asked.query(exact).rows()}
    if not found:
        wanted = name_key(name)
        everything = f"SELECT DISTINCT ?thing ?name {{ ?thing a wq:{cls} ; {labels} ?name }}"
        found = {_value(row[0]) for row in asked.query(everything).rows() if name_key(_value(row[1])) == wanted}
    return sorted(found)


def _kinds_in(name: str) -> list[tuple[str, str]]:
    """Return what kinds of place a name speaks of, with the rest: محافظة إدلب and Idlib Governorate name a governorate.

    >>> _kinds_in("محافظة إدلب")
    [('Governorate', 'إدلب')]
    """
    vocabulary = Vocabulary.load()
    found = []
    for iri in sorted(set(vocabulary.place_kinds.values())):
        for language in ("ar", "en"):
            word = (vocabulary.label(iri, language) or "").lower()
            parts = name.lower()
            if word and parts.startswith(f"{word} "):
                found.append((local_name(iri), name[len(word) :].strip()))
            elif word and parts.endswith(f" {word}"):
                found.append((local_name(iri), name[: -len(word)].strip()))
    return found


def _linked(asked: Asked, found: list[str]) -> list[str]:
    """Return those that a gazetteer knows: a place that is known comes before a local one of its name."""
    values = " ".join(f"<{iri}>" for iri in found)
    query = f"SELECT DISTINCT ?place {{ VALUES ?place {{ {values} }} ?place skos:closeMatch|skos:exactMatch ?entry }}"
    return sorted(_value(row[0]) for row in asked.query(query).rows())


def _around(asked: Asked, found: list[str]) -> list[str]:
    """Return the one place that contains all the others of its name, else all: the governorate and not its capital."""
    values = " ".join(f"<{iri}>" for iri in found)
    rows = asked.query(
        f"SELECT ?outer (COUNT(DISTINCT ?inner) AS ?n) {{ VALUES ?outer {{ {values} }} VALUES ?inner {{ {values} }} "
        "?inner schema:containedInPlace* ?outer } GROUP BY ?outer"
    ).rows()
    around = [_value(outer) for outer, count in rows if int(_value(count)) == len(found)]
    return around if len(around) == 1 else found


def _value(term: Any) -> str:
    return str(term.value)
