"""One place of a gazetteer, and what follows from its kind.

Invariant: an entry has coordinates or an outside id only where its source gives them; its id follows from its key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ontology.model import Area, Link, Precision

SETTLEMENTS = frozenset({"city", "town", "village", "unspecified"})
LANDMARKS = frozenset({"airport", "base", "dam", "crossing", "camp"})  # their names say what they are
DIVISIONS = frozenset({"country", "governorate", "district", "subdistrict", "region"})
KINDS = (
    SETTLEMENTS
    | DIVISIONS
    | frozenset(
        [
            "neighbourhood",
            "roundabout",
            "road",
            "camp",
            "airport",
            "hospital",
            "countryside",
            "crossing",
            "base",
            "building",
            "river",
            "dam",
        ]
    )
)


class Attestation(NamedTuple):
    """That a source lists a place: the source's id and its own key for the place."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One place, as one source lists it or as several do.

    `key` is the key of the source that speaks first (`geonames:170063`, `overlay:sy-aleppo`); `names` the preferred
    name by language; `country` ISO 3166-1 alpha-2, empty for a region across borders; `population` 0 where unknown;
    `lat` and `lon` decimal strings in WGS 84 or None; `within` what contains it, innermost first; `identifiers` IRIs of
    the same place elsewhere; `codes` other identifiers by kind (`pcode`, `iso3166-2`); `source` the id of the source
    that speaks first, `also` the listings of others that were taken for this place.
    """

    id: str
    key: str
    names: dict[str, str] = field(hash=False)
    kind: str
    lat: str | None
    lon: str | None
    country: str
    population: int
    precision: Precision
    within: tuple[Area, ...] = field(hash=False)
    identifiers: tuple[str, ...] = ()
    capital: bool = False
    codes: dict[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    also: tuple[Attestation, ...] = ()

    # Made when they are asked for: most candidates of a name are never linked.

    @property
    def links(self) -> tuple[Link, ...]:
        """The identifiers as links that a machine made."""
        return close_links(self.identifiers)

    @property
    def attested(self) -> tuple[Attestation, ...]:
        """Every listing that was taken for this place, that of the source that speaks first before the others."""
        return (Attestation(self.source, self.key), *self.also) if self.source else self.also

    @property
    def area(self) -> Area:
        """The place as something that contains another one."""
        return Area(self.id, dict(self.names), self.lat, self.lon, self.links, self.kind, self.codes)


_PRECISION = {
    "country": Precision.COUNTRY,
    "governorate": Precision.ADMIN1,
    "region": Precision.ADMIN1,
    "district": Precision.ADMIN2,
    "subdistrict": Precision.ADMIN3,
    "neighbourhood": Precision.NEAR,
    "camp": Precision.NEAR,
    "crossing": Precision.NEAR,
    "dam": Precision.NEAR,
    "building": Precision.NEAR,
    "hospital": Precision.NEAR,
    "roundabout": Precision.NEAR,
}


_POINTLESS = {k: Precision.LOCALITY if p is Precision.NEAR else p for k, p in _PRECISION.items()}


def close_links(identifiers: Iterable[str]) -> tuple[Link, ...]:
    """Return links that a machine made: `closeMatch`, never more."""
    return tuple([Link("closeMatch", identifier) for identifier in identifiers])


def precision_of(kind: str, *, pointed: bool) -> Precision:
    """Return how exactly a place of this kind is known by its name; `near` only where it has a point of its own."""
    return (_PRECISION if pointed else _POINTLESS).get(kind, Precision.LOCALITY)


def size_of(population: int) -> str:
    """Return the kind of a settlement of so many people, `unspecified` where nobody counted them."""
    if population >= 100_000:
        return "city"
    if population >= 10_000:
        return "town"
    return "village" if population else "unspecified"
