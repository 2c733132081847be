"""What the graph says of an event as a whole: who reports it, how its claims stand to each other, its tolls.

Invariant: nothing is computed here: each value is one that the graph states of the event. What one claim says is in
`api.findings`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

from graph.store import Answer
from ontology.vocabulary import PREFIXES, RDF, RDFS, Vocabulary, local_name

_PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
_COUNTS: Final = {
    "claimCount": "claims",
    "outletCount": "outlets",
    "originsAtLeast": "origins_at_least",
    "originsAtMost": "origins_at_most",
    "namedOrigins": "named",
    "interestedOrigins": "interested",
    "unknownOrigins": "unknown",
}
_KINDS: Final = ("contradicts", "corroborates", "repeats", "supersedes")
_IN_WHAT: Final = {"contradictsActor": "actor", "contradictsOccurrence": "occurrence", "contradictsTime": "time"}


class Asked(Protocol):
    """Whatever answers queries: a workspace."""

    def query(self, sparql: str) -> Answer:
        """Ask the graph."""
        ...


@dataclass(slots=True)
class Voices:
    """How many report something, or deny it: claims, outlets, independent origins at least and at most.

    Of the origins, `named` are named, `interested` are parties to the fighting, `unknown` may be one of the others.
    """

    claims: int = 0
    outlets: int = 0
    origins_at_least: int = 0
    origins_at_most: int = 0
    named: int = 0
    interested: int = 0
    unknown: int = 0


@dataclass(slots=True)
class TollFound:
    """A figure of an event: `category` is a code such as `killed`, `of` a population; bounds are None where open.

    `rule` says how the best value was chosen; `claims` give it, the figures of `replaced` were replaced by later ones.
    """

    category: str
    of: str | None
    low: int | None
    best: int | None
    high: int | None
    rule: str
    claims: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        bounds = "–".join(dict.fromkeys("" if bound is None else str(bound) for bound in (self.low, self.high)))
        name = self.category if self.of is None else f"{self.category} ({self.of})"
        return (
            f"{name} {bounds}" if self.best is None or self.low == self.high else f"{name} {bounds}, best {self.best}"
        )


@dataclass(frozen=True, slots=True)
class RelationFound:
    """How a claim stands to an earlier one; `in_what` it contradicts it: a category of figures, actor, time."""

    claim: str
    kind: str
    other: str
    in_what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addend:
    """A claim and the number of it that is a total or a part of one; `event` is what it is about."""

    claim: str
    event: str
    number: int


@dataclass(slots=True)
class SumFound:
    """A stated total, and what it adds up: one of its claims is of the event, the others may be of other ones."""

    category: str
    total: Addend
    parts: list[Addend] = field(default_factory=list)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class MatchFound:
    """That a claim of the event may be about that of another claim, which `event` is; `score` in thousandths."""

    claim: str
    other: str
    event: str | None
    score: int


@dataclass(slots=True)
class Whole:
    """What the graph states of an event. `denied_by` are claims; `aliases` are IRIs that lead to it."""

    types: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    date: str | None = None
    earliest: str | None = None
    latest: str | None = None
    contested: bool = False
    voices: Voices = field(default_factory=Voices)
    denying: Voices | None = None
    denied_by: list[str] = field(default_factory=list)
    tolls: list[TollFound] = field(default_factory=list)
    relations: list[RelationFound] = field(default_factory=list)
    sums: list[SumFound] = field(default_factory=list)
    possible: list[MatchFound] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)

    @property
    def contested_in(self) -> list[str]:
        """In what its claims contradict each other, without repeats."""
        return sorted({what for relation in self.relations for what in relation.in_what})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data; what denies it is for the caller, who knows the claims."""
        return {
            "types": self.types,
            "label": self.labels,
            "date": self.date,
            "earliest": self.earliest,
            "latest": self.latest,
            "reported_by": asdict(self.voices),
            "denied_by": None if self.denying is None else asdict(self.denying),
            "contested": self.contested,
            "contested_in": self.contested_in,
            "tolls": [asdict(toll) for toll in self.tolls],
            "relations": [asdict(relation) for relation in self.relations],
            "sums": [asdict(found) for found in self.sums],
            "possible_matches": [asdict(match) for match in self.possible],
            "aliases": self.aliases,
        }


@dataclass(frozen=True, slots=True)
class TollOutlined:
    """A figure of an event as `TollFound` has it, with how many claims give it, and how many were replaced."""

    category: str
    of: str | None
    low: int | None
    best: int | None
    high: int | None
    rule: str
    claims: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What the graph states of an event, of a size that does not grow with its claims.

    `relations` counts how its claims stand to others by kind, `modalities` how they say it.
    """

    types: tuple[str, ...]
    labels: Mapping[str, str]
    date: str | None
    earliest: str | None
    latest: str | None
    reported_by: Voices
    denied_by: Voices | None
    contested: bool
    contested_in: tuple[str, ...]
    tolls: tuple[TollOutlined, ...]
    relations: Mapping[str, int]
    modalities: Mapping[str, int]


def outline(asked: Asked, event: str) -> Outline:
    """Return what the graph states of an event without naming its claims."""
    found = {event: Whole()}
    values = f"VALUES ?event {{ <{event}> }}"
    _facts(asked, values, found)
    tolls = _toll_nodes(asked, values, found)
    counted = {
        (toll, predicate): int(number)
        for predicate in ("givenBy", "replacedClaim")
        for toll, number in _rows(
            asked,
            f"SELECT ?toll (COUNT(*) AS ?n) {{ {values} ?event wq:toll ?toll . ?toll wq:{predicate} ?claim }} "
            "GROUP BY ?toll",
        )
    }
    of = f"{values} {{ ?event wq:claim ?claim }} UNION {{ ?claim wq:denies ?event }}"
    modalities = _rows(asked, f"SELECT ?m (COUNT(*) AS ?n) {{ {of} ?claim wq:modality ?m }} GROUP BY ?m ORDER BY ?m")
    said: dict[str, int] = {}
    contradicted: set[str] = set()
    for name in (*_KINDS, *_IN_WHAT):
        if name in _KINDS or said["contradicts"]:
            ((number,),) = _rows(asked, f"SELECT (COUNT(*) AS ?n) {{ {of} ?claim wq:{name} ?other }}")
            said[name] = int(number)
    if said["contradicts"]:
        parts = f"{of} ?claim wq:contradiction ?in . ?in wq:category ?c"
        contradicted = {_category(one) for (one,) in _rows(asked, f"SELECT DISTINCT ?c {{ {parts} }}")}
    whole = found[event]
    return Outline(
        types=tuple(whole.types),
        labels=whole.labels,
        date=whole.date,
        earliest=whole.earliest,
        latest=whole.latest,
        reported_by=whole.voices,
        denied_by=whole.denying,
        contested=whole.contested,
        contested_in=tuple(sorted({*contradicted, *(what for name, what in _IN_WHAT.items() if said.get(name))})),
        tolls=tuple(
            TollOutlined(
                one.category,
                one.of,
                one.low,
                one.best,
                one.high,
                one.rule,
                claims=counted.get((toll, "givenBy"), 0),
                replaced=counted.get((toll, "replacedClaim"), 0),
            )
            for toll, one in tolls.items()
        ),
        relations={name: said[name] for name in _KINDS if said[name]},
        modalities={local_name(one).lower(): int(number) for one, number in modalities},
    )


def wholes(asked: Asked, events: Iterable[str]) -> dict[str, Whole]:
    """Return what the graph states of these events, by IRI."""
    found = {event: Whole() for event in events}
    if not found:
        return found
    values = f"VALUES ?event {{ {' '.join(f'<{event}>' for event in found)} }}"
    _facts(asked, values, found)
    _tolls(asked, values, found)
    _relations(asked, values, found)
    _sums(asked, values, found)
    for event, claim in _rows(asked, f"SELECT ?event ?claim {{ {values} ?claim wq:denies ?event }} ORDER BY ?claim"):
        found[event].denied_by.append(claim)
    for event, alias in _rows(
        asked, f"SELECT ?event ?alias {{ {values} ?alias dcterms:isReplacedBy ?event }} ORDER BY ?alias"
    ):
        found[event].aliases.append(alias)
    for event, claim, other, score, about in _rows(
        asked,
        f"SELECT ?event ?claim ?other ?score ?about {{ {values} ?event wq:claim ?claim . ?claim wq:possibleMatch ?m . "
        "?m wq:withClaim ?other ; wq:matchScore ?score OPTIONAL { ?about wq:claim ?other } } "
        "ORDER BY DESC(?score) ?claim ?other",
    ):
        found[event].possible.append(MatchFound(claim, other, about, int(score)))
    return found


def _facts(asked: Asked, values: str, found: dict[str, Whole]) -> None:
    types: dict[str, set[str]] = defaultdict(set)
    # A filter, and no second VALUES: the engine would go through all triples of each predicate.
    wanted = ", ".join(f"wq:{name}" for name in ("date", "earliest", "latest", "contested", *_COUNTS))
    for event, predicate, value in asked.query(
        f"{_PROLOGUE}SELECT ?event ?p ?o {{ {values} ?event ?p ?o FILTER(?p IN (rdf:type, rdfs:label, {wanted})) }} "
        "ORDER BY ?event ?p ?o"
    ).rows():
        name, text, whole = _text(predicate), _text(value), found[_text(event)]
        if name == f"{RDF}type":
            types[_text(event)].add(text)
        elif name == f"{RDFS}label":
            literal: Any = value
            whole.labels.setdefault(literal.language or "", text)
        elif local_name(name) in _COUNTS:
            setattr(whole.voices, _COUNTS[local_name(name)], int(text))
        elif local_name(name) == "contested":
            whole.contested = text == "true"
        else:
            setattr(whole, local_name(name), text)
    for event, classes in types.items():
        found[event].types = most_specific(classes)
    for event, name, value in _rows(
        asked, f"SELECT ?event ?p ?o {{ {values} ?event wq:denialStanding ?part . ?part ?p ?o }} ORDER BY ?event ?p"
    ):
        if (known := _COUNTS.get(local_name(name))) is not None:
            denying = found[event].denying = found[event].denying or Voices()
            setattr(denying, known, int(value))


def _toll_nodes(asked: Asked, values: str, found: dict[str, Whole]) -> dict[str, TollFound]:
    """Give each event its figures, and return them by IRI; which claims they are of is not asked."""
    tolls: dict[str, TollFound] = {}
    for event, toll, category, of, low, best, high, rule in _rows(
        asked,
        f"SELECT ?event ?toll ?category ?of ?low ?best ?high ?rule {{ {values} ?event wq:toll ?toll . "
        "?toll wq:category ?category ; wq:tollRule ?rule OPTIONAL { ?toll wq:population ?of } "
        "OPTIONAL { ?toll wq:low ?low } OPTIONAL { ?toll wq:best ?best } OPTIONAL { ?toll wq:high ?high } } "
        "ORDER BY ?event ?toll",
    ):
        tolls[toll] = TollFound(_category(category), of, _integer(low), _integer(best), _integer(high), rule)
        found[event].tolls.append(tolls[toll])
    return tolls


def _tolls(asked: Asked, values: str, found: dict[str, Whole]) -> None:
    tolls = _toll_nodes(asked, values, found)
    for predicate, attribute in (("givenBy", "claims"), ("replacedClaim", "replaced")):
        for toll, claim in _rows(
            asked,
            f"SELECT ?toll ?claim {{ {values} ?event wq:toll ?toll . ?toll wq:{predicate} ?claim }} ORDER BY ?claim",
        ):
            getattr(tolls[toll], attribute).append(claim)


def _relations(asked: Asked, values: str, found: dict[str, Whole]) -> None:
    of = f"{values} {{ ?event wq:claim ?claim }} UNION {{ ?claim wq:denies ?event }}"
    kinds = ", ".join(f"wq:{name}" for name in (*_KINDS, *_IN_WHAT))
    pairs: dict[tuple[str, str, str, str], list[str]] = {}
    for event, claim, predicate, other in _rows(
        asked,
        f"SELECT ?event ?claim ?p ?other {{ {of} ?claim ?p ?other FILTER(?p IN ({kinds})) }} "
        "ORDER BY ?event ?claim ?other ?p",
    ):
        name = local_name(predicate)
        pairs.setdefault((event, claim, "contradicts" if name in _IN_WHAT else name, other), [])
        if name in _IN_WHAT:
            pairs[event, claim, "contradicts", other].append(_IN_WHAT[name])
    for event, claim, other, category in _rows(
        asked,
        f"SELECT ?event ?claim ?other ?category {{ {of} ?claim wq:contradiction ?in . ?in wq:withClaim ?other ; "
        "wq:category ?category } ORDER BY ?event ?claim ?other ?category",
    ):
        pairs.setdefault((event, claim, "contradicts", other), []).append(_category(category))
    for (event, claim, kind, other), in_what in pairs.items():
        found[event].relations.append(RelationFound(claim, kind, other, tuple(dict.fromkeys(in_what))))


def _sums(asked: Asked, values: str, found: dict[str, Whole]) -> None:
    sums: dict[tuple[str, str], SumFound] = {}
    for event, sum_, category, rule, claim, about, total, part, part_about, number in _rows(
        asked,
        f"SELECT DISTINCT ?event ?sum ?category ?rule ?claim ?about ?total ?part ?partAbout ?number {{ {values} "
        "?event wq:claim ?own { ?own wq:sum ?sum } UNION { ?own wq:figure ?mine . ?sum wq:partFigure ?mine } "
        "?claim wq:sum ?sum ; wq:about ?about . "
        "?sum wq:category ?category ; wq:sumRule ?rule ; wq:totalFigure/wq:best ?total ; wq:partFigure ?figure . "
        "?part wq:figure ?figure ; a wq:Claim ; wq:about ?partAbout . ?figure wq:best ?number } "
        "ORDER BY ?event ?sum DESC(?number) ?part",
    ):
        known = sums.get((event, sum_))
        if known is None:
            known = sums[event, sum_] = SumFound(_category(category), Addend(claim, about, int(total)), rule=rule)
            found[event].sums.append(known)
        known.parts.append(Addend(part, part_about, int(number)))


def most_specific(classes: set[str]) -> list[str]:
    """Return the names of the event types among the classes that lie above no other of them."""
    vocabulary = Vocabulary.load()
    above = {upper for cls in classes for upper in vocabulary.superclasses.get(cls, ())}
    return sorted(local_name(cls) for cls in classes - above if local_name(cls) in vocabulary.event_types)


def _category(iri: str) -> str:
    return (Vocabulary.load().label(iri, "en") or local_name(iri)).lower()


def _rows(asked: Asked, query: str) -> Iterator[tuple[Any, ...]]:
    for row in asked.query(_PROLOGUE + query).rows():
        yield tuple(None if term is None else _text(term) for term in row)


def _text(term: Any) -> str:
    return str(term.value)


def _integer(text: str | None) -> int | None:
    return None if text is None else int(text)
