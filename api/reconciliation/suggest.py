"""Suggestions while somebody is typing: entities, types, properties, and a few lines on each.

Invariant: an id as prefix always gives the thing itself; an empty prefix gives all types and properties and no entity.
"""

from typing import Any, Final

from api.reconciliation.candidates import Candidate, called, direction, ordered
from api.reconciliation.matching import Matching
from api.reconciliation.properties import properties, property_named
from api.reconciliation.queries import Query, language_of
from api.reconciliation.types import ACTOR, SOURCE, type_json, type_label, type_named, types
from ontology.normal import name_key
from ontology.vocabulary import local_name

_KINDS: Final = (ACTOR, SOURCE)


def suggested_entities(matching: Matching, prefix: str, wanted: str, limit: int, offset: int) -> list[dict[str, Any]]:
    """Return entities for a text that somebody is typing, those of the very name first."""
    text = prefix.strip()
    if not text:
        return []
    language, most = language_of(text, wanted), limit + offset
    found: dict[str, Candidate] = {}
    for candidate in matching.candidates(Query(text, (), most)):
        found.setdefault(candidate.iri, candidate)
    if "://" not in text:
        begun = [c for family in _KINDS for c in matching.registry.beginning(text, family, most)]
        for candidate in ordered([*begun, *matching.places.beginning(text, most)], most):
            found.setdefault(candidate.iri, candidate)
    return [_entity(candidate, language) for candidate in list(found.values())[offset:most]]


def suggested_types(prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
    """Return the types whose label, name or definition begins with, or has a word that begins with, the prefix."""
    named = type_named(prefix) if prefix.strip() else None
    found = [named] if named is not None else []
    wanted = name_key(prefix)
    for cls in types():
        names = [local_name(cls), type_label(cls, "en"), type_label(cls, "ar")]
        if cls not in found and (not prefix.strip() or any(_begins(name, wanted) for name in names)):
            found.append(cls)
    return [type_json(cls, language, described=True) | direction(language) for cls in found[offset : offset + limit]]


def suggested_properties(prefix: str, language: str, limit: int, offset: int) -> list[dict[str, Any]]:
    """Return the properties to match by whose label, code or IRI begins with the prefix."""
    named = property_named(prefix) if prefix.strip() else None
    found = [named] if named is not None and named.condition else []
    wanted = name_key(prefix)
    for prop in properties():
        names = [prop.code, *prop.labels.values()]
        begins = not prefix.strip() or any(_begins(name, wanted) for name in names)
        if prop.condition and prop not in found and begins:
            found.append(prop)
    spoken = direction(language)
    return [prop.json(language, qualifiers=True) | spoken for prop in found[offset : offset + limit]]


def _begins(name: str, wanted: str) -> bool:
    key = name_key(name)
    return bool(wanted) and (key.startswith(wanted) or f" {wanted}" in key)


def _entity(candidate: Candidate, language: str) -> dict[str, Any]:
    name, spoken = called(candidate.names, language, candidate.iri)
    body: dict[str, Any] = {"id": candidate.iri, "name": name}
    about = candidate.about.get(spoken) or candidate.about.get(language)
    if about:
        body["description"] = about
    body["notable"] = [{"id": cls, "name": type_label(cls, language)} for cls in candidate.types]
    return body | direction(spoken)
