"""Looking names up in tests."""

from ingest.gazetteer import Entry, Gazetteer
from ontology.normal import name_key

SMALL = 15_000  # the shortest city list builds in two seconds


def found(gazetteer: Gazetteer, name: str) -> tuple[Entry, ...]:
    return gazetteer.find([name_key(name)]).get(name_key(name), ())


def keys(entries: tuple[Entry, ...]) -> list[str]:
    return [e.key for e in entries]
