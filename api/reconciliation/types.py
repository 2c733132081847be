"""The types that entities are offered under: the classes of the ontology below place, actor, source and event.

Invariant: nothing here names a class below those four; a class added to the ontology is a type at once.
"""

from collections.abc import Iterator
from typing import Any, Final

from ontology.normal import name_key
from ontology.vocabulary import WQ, Vocabulary, local_name

PLACE: Final = f"{WQ}Place"
ACTOR: Final = f"{WQ}Actor"
SOURCE: Final = f"{WQ}Source"
EVENT: Final = f"{WQ}Event"
FAMILIES: Final = (PLACE, ACTOR, SOURCE, EVENT)


def family_of(cls: str) -> str | None:
    """Return which of the four families a class belongs to, or None."""
    above = Vocabulary.load().types_of(cls)
    return next((family for family in FAMILIES if family in above), None)


def types() -> Iterator[str]:
    """Yield the classes of all families, the wider ones first."""
    vocabulary = Vocabulary.load()
    found = [cls for cls in vocabulary.classes if family_of(cls) is not None]
    return iter(sorted(found, key=lambda c: (FAMILIES.index(family_of(c) or ""), len(vocabulary.types_of(c)), c)))


def type_named(name: str) -> str | None:
    """Return the class that a client means: its IRI, `wq:Airstrike`, `Airstrike`, or its label in either language."""
    vocabulary = Vocabulary.load()
    name = name.strip()
    if name.startswith(WQ):
        return name if name in vocabulary.classes and family_of(name) else None
    wanted = name_key(name.removeprefix("wq:"))
    if not wanted:
        return None
    for cls in types():
        names = (local_name(cls), *vocabulary.labels.get(cls, {}).values())
        if any(name_key(known) == wanted for known in names):
            return cls
    return None


def below(cls: str) -> frozenset[str]:
    """Return a class and every class below it."""
    vocabulary = Vocabulary.load()
    return frozenset(c for c in vocabulary.classes if cls in vocabulary.types_of(c))


def most_specific(classes: set[str]) -> tuple[str, ...]:
    """Return the classes of the families that have no other one of them below, sorted."""
    vocabulary = Vocabulary.load()
    ours = {cls for cls in classes if cls in vocabulary.superclasses and family_of(cls)}
    above = {upper for cls in ours for upper in vocabulary.superclasses.get(cls, ())}
    return tuple(sorted(ours - above))


def type_label(cls: str, language: str) -> str:
    """Return what people call a class."""
    return Vocabulary.load().label(cls, language) or local_name(cls)


def type_json(cls: str, language: str, *, broader: bool = True, described: bool = False) -> dict[str, Any]:
    """Return a class as a type of the API, with the classes just above it (of the four families)."""
    vocabulary = Vocabulary.load()
    body: dict[str, Any] = {"id": cls, "name": type_label(cls, language)}
    if described and (definition := vocabulary.definition(cls, language)):
        body["description"] = definition
    above = [c for c in vocabulary.superclasses.get(cls, ()) if family_of(c)]
    just_above = [c for c in above if not any(c in vocabulary.superclasses.get(o, ()) for o in above)]
    if broader and just_above:
        body["broader"] = [{"id": c, "name": type_label(c, language)} for c in just_above]
    return body
