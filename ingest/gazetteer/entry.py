"""One place of a gazetteer, and what follows from its kind.

Invariant: an entry has coordinates or an outside id only where its source gives them; its id follows from its key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ontology.model import Area, Link, Precision


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a gazetteer.

    `key` is the source's own key (`geonames:170063`, `overlay:sy-aleppo`); `names` the preferred name by language;
    `country` ISO 3166-1 alpha-2, empty for a region across borders; `population` 0 where unknown; `lat` and `lon`
    decimal strings in WGS 84 or None; `within` what contains it, innermost first.
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
    links: tuple[Link, ...]
    capital: bool = False

    @property
    def area(self) -> Area:
        """The place as something that contains another one."""
        return Area(id=self.id, names=dict(self.names), lat=self.lat, lon=self.lon, links=self.links)


def close_links(identifiers: Iterable[str]) -> tuple[Link, ...]:
    """Return links that a machine made: `closeMatch`, never more."""
    return tuple(Link(relation="closeMatch", identifier=identifier) for identifier in identifiers)


def precision_of(kind: str) -> Precision:
    """Return how exactly a place of this kind is known by its name."""
    return {
        "country": Precision.COUNTRY,
        "governorate": Precision.ADMIN1,
        "region": Precision.ADMIN1,
        "district": Precision.ADMIN2,
        "subdistrict": Precision.ADMIN3,
        "neighbourhood": Precision.NEAR,
        "camp": Precision.NEAR,
        "road": Precision.NEAR,
        "building": Precision.NEAR,
        "hospital": Precision.NEAR,
        "roundabout": Precision.NEAR,
    }.get(kind, Precision.LOCALITY)
