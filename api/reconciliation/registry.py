"""Actors and sources as candidates: those of the registry and those that only the graph has.

Invariant: `match` is true only where one entity alone bears the very name, that name is one that means no other, and
nothing that was asked contradicts it. The score is the likeness of the name; conditions that fail halve it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from api.reconciliation.candidates import Candidate, Feature, likeness
from api.reconciliation.queries import Query, Value
from api.reconciliation.things import Thing, Things
from api.reconciliation.types import ACTOR, SOURCE, most_specific, type_label
from graph.iris import Iris
from ontology.identity import derived_id
from ontology.normal import name_key
from ontology.vocabulary import Vocabulary

_LEAST_ALIKE: Final = 0.72
_SIMILAR: Final = 10
_KIND: Final[Mapping[str, str]] = {"actors": ACTOR, "sources": SOURCE}
# How a name means its bearer: the short form of an army, or a capital for its government, may mean others too.
_OWN, _SHORT, _METONYM = 1.0, 0.7, 0.6


@dataclass(slots=True)
class Bearer:
    """An actor or source with its names. `names` are the main ones by language, `others` go with how they mean it."""

    iri: str
    family: str
    types: tuple[str, ...]
    names: dict[str, str] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    in_graph: bool = False


class Registry:
    """Finds actors and sources. May be shared by threads."""

    def __init__(self, things: Things, iris: Iris) -> None:
        self._things = things
        self._iris = iris

    @cached_property
    def _bearers(self) -> dict[str, Bearer]:
        """All entries of the registry by IRI, read when first asked for."""
        from ingest.lexicon import lexicon_folder, read_entries

        folder, vocabulary = lexicon_folder(), Vocabulary.load()
        found: dict[str, Bearer] = {}
        for section, family in _KIND.items():
            kinds = vocabulary.actor_kinds if family == ACTOR else vocabulary.source_kinds
            for item in read_entries(folder / f"{section}.yaml", folder / f"{section}.schema.json"):
                id_ = derived_id(section.removesuffix("s"), item["id"])
                iri = (self._iris.actor(id_) if family == ACTOR else self._iris.source(id_)).value
                types = most_specific(set(vocabulary.types_of(kinds.get(item["kind"], family))))
                link = (f"http://www.wikidata.org/entity/{item['wikidata']}",) if item.get("wikidata") else ()
                found[iri] = Bearer(iri, family, types, dict(item["names"]), _others(item), link)
        return found

    @cached_property
    def _keys(self) -> dict[str, dict[str, tuple[str, ...]]]:
        keys: dict[str, dict[str, list[str]]] = {ACTOR: defaultdict(list), SOURCE: defaultdict(list)}
        for iri, bearer in self._bearers.items():
            for name in (*bearer.names.values(), *bearer.others):
                if (key := name_key(name)) and iri not in keys[bearer.family][key]:
                    keys[bearer.family][key].append(iri)
        return {family: {key: tuple(iris) for key, iris in by_key.items()} for family, by_key in keys.items()}

    def candidates(self, query: Query, family: str, kinds: frozenset[str] | None) -> list[Candidate]:
        """Return the actors, or sources, that a query may mean. `kinds` are the classes allowed, None for all."""
        text = query.text or self._identifier(query)
        if text is None:
            return []
        if "://" in text or text.startswith("Q"):
            named = [b for b in self.with_iris([text]).values() if b.family == family]
            named += [] if named else self._linked(text, family)
            if named:
                return [c for b in named if (c := self._candidate(1.0, _OWN, b, query, kinds, match=True)) is not None]
        bearing = self.bearing(text, family)
        ratios: dict[str, float] = dict.fromkeys(bearing, 1.0)
        if not ratios and not query.exact:
            ratios = self._similar(text, family)
        bearers = self.with_iris(ratios)
        allowed = {iri for iri, b in bearers.items() if kinds is None or not kinds.isdisjoint(_classes(b))}
        means = {iri: _meaning(bearers[iri], text) for iri in allowed if ratios[iri] == 1.0}
        alone = len([m for m in means.values() if m == _OWN]) == 1
        found = []
        for iri in sorted(allowed):
            ratio = ratios[iri]
            meaning = means.get(iri, 0.9)  # a spelling apart is no name of its own
            match = alone and means.get(iri) == _OWN
            if (candidate := self._candidate(ratio, meaning, bearers[iri], query, kinds, match=match)) is not None:
                found.append(candidate)
        return found

    def bearing(self, text: str, family: str) -> tuple[str, ...]:
        """Return the IRIs of all that bear a name, in the registry or in the graph."""
        known = self._keys[family].get(name_key(text), ())
        return tuple(dict.fromkeys((*known, *self._things.bearing(text, family))))

    def beginning(self, prefix: str, family: str, limit: int) -> list[Candidate]:
        """Return those with a name that begins so, the shortest name first."""
        wanted = name_key(prefix)
        keys = sorted((k for k in self._keys[family] if k.startswith(wanted)), key=lambda k: (len(k), k))
        iris = [iri for key in keys[: 4 * limit] for iri in self._keys[family][key]]
        iris += self._things.beginning(prefix, family, limit)
        bearers = self.with_iris(list(dict.fromkeys(iris))[:limit])
        return [_plain(bearer, 100.0 - at) for at, bearer in enumerate(bearers.values())]

    def with_iris(self, iris: Iterable[str]) -> dict[str, Bearer]:
        """Return the actors and sources of these IRIs, in their order; what the graph says of them goes with it."""
        wanted = list(dict.fromkeys(iris))
        described = self._things.described(
            iri for iri in wanted if (p := self._iris.parse(iri)) is not None and p.kind in ("actor", "source")
        )
        found = {}
        for iri in wanted:
            registered, thing = self._bearers.get(iri), described.get(iri)
            if registered is not None:
                others = dict(registered.others)
                for name in thing.others if thing is not None else ():
                    others.setdefault(name, _SHORT)
                found[iri] = Bearer(
                    iri, registered.family, registered.types, registered.names, others, registered.links,
                    thing is not None,
                )  # fmt: skip
            elif thing is not None:
                found[iri] = _of_graph(thing)
        return found

    def _identifier(self, query: Query) -> str | None:
        condition = query.condition("identifier")
        return condition.values[0].text if condition is not None and condition.values else None

    def _linked(self, text: str, family: str) -> list[Bearer]:
        wanted = text if "://" in text else f"http://www.wikidata.org/entity/{text}"
        return [b for b in self._bearers.values() if b.family == family and wanted in b.links]

    def _similar(self, text: str, family: str) -> dict[str, float]:
        wanted = name_key(text)
        found: dict[str, float] = {}
        for key, iris in self._keys[family].items():
            if 2 * min(len(key), len(wanted)) < _LEAST_ALIKE * (len(key) + len(wanted)):
                continue
            if (ratio := likeness(wanted, key)) >= _LEAST_ALIKE:
                found |= {iri: max(ratio, found.get(iri, 0.0)) for iri in iris}
        for ratio, iri in self._things.similar(text, family, _SIMILAR):
            found[iri] = max(ratio, found.get(iri, 0.0))
        best = sorted(found.items(), key=lambda f: (-f[1], f[0]))[:_SIMILAR]
        return dict(best)

    def _candidate(
        self, ratio: float, meaning: float, bearer: Bearer, query: Query, kinds: frozenset[str] | None, *, match: bool
    ) -> Candidate | None:
        if kinds is not None and kinds.isdisjoint(_classes(bearer)):
            return None
        agreed: dict[str, bool] = {}
        for condition in query.conditions:
            code = condition.prop.code
            if bearer.family not in condition.prop.families:
                continue
            holds = [_holds(code, value, bearer) for value in condition.values]
            agreed[code] = (
                not any(holds)
                if condition.quantifier == "none"
                else all(holds)
                if condition.quantifier == "all"
                else any(holds)
            )
            if condition.required and not agreed[code]:
                return None
        score = 100 * ratio * meaning * (1.0 if all(agreed.values()) else 0.5)
        features = (
            Feature("name", float(ratio)),
            Feature("own_name", meaning == _OWN),
            *(Feature(code, held) for code, held in agreed.items()),
            Feature("in_graph", bearer.in_graph),
        )
        made = _plain(bearer, score)
        return Candidate(made.iri, made.names, made.types, score, made.about, features, match and all(agreed.values()))


def _others(item: Mapping[str, Any]) -> dict[str, float]:
    """Return the names beside the main ones; a name that several entries bear says which only in its article."""
    shared = {name_key(name) for name in item.get("shared_with", {})}
    others: dict[str, float] = {}
    for slot, means in (("aliases", _OWN), ("exact", _OWN), ("short", _SHORT), ("metonyms", _METONYM)):
        for names in item.get(slot, {}).values():
            for name in names:
                others.setdefault(name, _SHORT if name_key(name) in shared else means)
    return others


def _meaning(bearer: Bearer, text: str) -> float:
    """Return how a name means its bearer."""
    key = name_key(text)
    if key in map(name_key, bearer.names.values()):
        return _OWN
    return max((means for name, means in bearer.others.items() if name_key(name) == key), default=_SHORT)


def _of_graph(thing: Thing) -> Bearer:
    family = ACTOR if any(ACTOR in Vocabulary.load().types_of(cls) for cls in thing.types) else SOURCE
    types = tuple(cls for cls in thing.types if family in Vocabulary.load().types_of(cls))
    return Bearer(thing.iri, family, types, thing.names, dict.fromkeys(thing.others, _OWN), thing.links, True)


def _classes(bearer: Bearer) -> set[str]:
    vocabulary = Vocabulary.load()
    return {upper for cls in bearer.types for upper in vocabulary.types_of(cls)}


def _holds(code: str, value: Value, bearer: Bearer) -> bool:
    if code == "kind":
        vocabulary = Vocabulary.load()
        kinds = vocabulary.actor_kinds if bearer.family == ACTOR else vocabulary.source_kinds
        wanted = kinds.get(value.text) or value.id or value.text
        labels = {name_key(label) for cls in _classes(bearer) for label in vocabulary.labels.get(cls, {}).values()}
        return wanted in _classes(bearer) or name_key(value.text) in labels
    if code == "identifier":
        wanted = value.text if "://" in value.text else f"http://www.wikidata.org/entity/{value.text}"
        return wanted in bearer.links
    return False


def _plain(bearer: Bearer, score: float) -> Candidate:
    return Candidate(
        iri=bearer.iri,
        names=bearer.names,
        types=bearer.types,
        score=score,
        about={language: described(bearer, language) for language in ("ar", "en")},
    )


def described(bearer: Bearer, language: str) -> str:
    """Return what tells an actor or source from others: what it is and other names it goes by."""
    what = (
        ", ".join(type_label(cls, language) for cls in bearer.types)
        if language == "en"
        else "، ".join(type_label(cls, language) for cls in bearer.types)
    )
    arabic = language == "ar"
    others = _of_script([name for name, means in bearer.others.items() if means == _OWN], arabic=arabic)[:3]
    also = ("يسمى أيضاً " if arabic else "also ") + ("، " if arabic else ", ").join(others) if others else ""
    return ("؛ " if arabic else "; ").join(part for part in (what, also) if part)


def _of_script(names: Sequence[str], *, arabic: bool) -> list[str]:
    return [name for name in names if any("\u0600" <= c <= "\u06ff" for c in name) is arabic]
