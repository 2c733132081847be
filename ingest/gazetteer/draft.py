"""An entry while it is put together from its source, and the row that an index keeps of it.

Invariant: a draft names its containers by key and copies nothing of them. What is written as a row comes back as a
`Listing` that says the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from ingest.gazetteer.seal import sealed, unsealed
from ontology.identity import derived_id

GEONAMES = "geonames:"
_GEONAMES_IRI = "https://sws.geonames.org/"
_made = tuple.__new__
_WIKIDATA_IRI = "http://www.wikidata.org/entity/"


@dataclass(slots=True)
class Draft:
    """An entry while it is put together.

    `within` and `same` hold keys: of what contains the place, and of what is the same place elsewhere
    (`geonames:170062`, `wikidata:Q214064`, `pcode:SY02`, `admin1:SY.09`, `country:SY`). A draft without kind only adds
    to a place that another one describes. `preferred` marks names that go before others of the same source.
    """

    key: str
    kind: str
    country: str
    population: int = 0
    lat: str | None = None
    lon: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    spellings: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    capital: bool = False
    typed: bool = False
    codes: dict[str, str] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    preferred: bool = False

    @property
    def id(self) -> str:
        """The id that the entry will have."""
        return derived_id("place", self.key)


class Listing(NamedTuple):
    """What one source says of one place, as an index keeps it.

    `rank` orders sources, the most trusted first; `mark` tells rows apart within one process and means nothing else.
    """

    source: str
    rank: int
    key: str
    kind: str
    country: str
    population: int
    lat: str | None
    lon: str | None
    names: dict[str, str]
    within: tuple[str, ...]
    links: tuple[str, ...]
    capital: bool
    codes: dict[str, str]
    same: tuple[str, ...]
    preferred: bool
    mark: tuple[int, int]

    @property
    def identities(self) -> tuple[str, ...]:
        """Every key under which other sources may speak of the same place."""
        return (self.key, *self.same) if self.same else (self.key,)


def row_of(draft: Draft, within: list[str] | None = None) -> bytes:
    """Return the row of a draft, with other containers where some are given."""
    links = [] if draft.links == [geonames_iri(draft.key)] else draft.links
    return sealed(
        orjson.dumps(
            [
                draft.key,
                draft.kind,
                draft.country,
                draft.population,
                draft.lat,
                draft.lon,
                draft.names,
                draft.within if within is None else within,
                links,
                int(draft.capital),
                draft.codes,
                draft.same,
                int(draft.preferred),
            ]
        )
    )


def listing_of(row: bytes, source: str, rank: int, mark: tuple[int, int]) -> Listing:
    """Return what `row_of` wrote.

    Raises:
        Damaged: where the row is not what was written.
    """
    key, kind, country, population, lat, lon, names, within, links, capital, codes, same, preferred = orjson.loads(
        unsealed(row)
    )
    if not links and key.startswith(GEONAMES):
        links = (f"{_GEONAMES_IRI}{key[len(GEONAMES) :]}/",)
    # The tuple at once: one of these is made for every candidate of every name.
    return _made(
        Listing,
        (
            source,
            rank,
            key,
            kind,
            country,
            population,
            lat,
            lon,
            names,
            tuple(within),
            tuple(links),
            capital == 1,
            codes,
            tuple(same),
            preferred == 1,
            mark,
        ),
    )


def geonames_iri(key: str) -> str:
    """Return the IRI of `geonames:NUMBER`.

    >>> geonames_iri("geonames:170063")
    'https://sws.geonames.org/170063/'
    """
    return f"{_GEONAMES_IRI}{key.removeprefix(GEONAMES)}/"


def wikidata_iri(item: str) -> str:
    """Return the IRI of a Wikidata item."""
    return f"{_WIKIDATA_IRI}{item}"


def containers(draft: Draft, known: Mapping[str, Draft]) -> list[str]:
    """Return the keys of all that contains `draft`, innermost first."""
    result: list[str] = []
    waiting = list(draft.within)
    while waiting:
        key = waiting.pop(0)
        if key in known and key not in result and key != draft.key:
            result.append(key)
            waiting.extend(known[key].within)
    return sorted(result, key=lambda k: LEVEL.get(known[k].kind, 0))  # stable: the order of the sources else


# Where a container stands among containers, innermost first.
LEVEL: Mapping[str, int] = {"country": 3, "region": 2, "governorate": 1}
