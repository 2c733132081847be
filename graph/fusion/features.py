"""What of a claim tells whether another one is about the same event.

Invariant: features follow from one claim and its article alone. They hold no words but normal forms of names of places
that no gazetteer has, and no float.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Final

from ontology.model import Area, Claim, Modality, Place, Precision
from ontology.retelling import retelling

Order = tuple[int, str, str]  # the canonical order of a claim; the last part is its id


class Extent(IntEnum):
    """How large a place is, from a building to a country: what two claims share by naming it."""

    POINT = 0  # a site, a quarter, a village
    TOWN = 1
    CITY = 2
    SURROUNDINGS = 3  # countryside of a town, a region, a subdistrict
    DISTRICT = 4
    GOVERNORATE = 5
    COUNTRY = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a claim. `within` are ids of what contains it, innermost first, with their extents.

    `lat` and `lon` are hundred-thousandths of a degree, None where unknown. `name` is the normal form of the words
    where no gazetteer has the place, else empty.
    """

    id: str
    extent: Extent
    within: tuple[tuple[str, Extent], ...] = ()
    lat: int | None = None
    lon: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A figure of a claim; bounds are None where open."""

    category: str
    of: str | None
    low: int | None
    best: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Teller:
    """One link of a reporting chain. `named` is false for sources that are known by their words only."""

    id: str
    kind: str
    party: bool = False
    named: bool = True


@dataclass(frozen=True, slots=True)
class Features:
    """A claim as far as it matters to fusion. Days are proleptic ordinals (`date.toordinal`).

    `days` is the inclusive interval in which it happened, None where the claim gives none; `published` the day of the
    article. `denies` are the types of what a claim of the type Denial denies; its days are those of denying. `agents`
    and `targets` are ids of the registry.

    `order` is the canonical order of claims: by day of publication (unknown ones last), article, claim. `values` are
    what it counts by category: the best values, else the lowest possible ones.
    """

    claim: str
    article: str
    type: str
    modality: Modality
    subtype: str | None = None
    language: str = ""
    publisher: str | None = None
    address: str | None = None
    published: int | None = None
    spots: tuple[Spot, ...] = ()
    days: tuple[int, int] | None = None
    agents: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    counts: tuple[Count, ...] = ()
    chain: tuple[Teller, ...] = ()
    denies: frozenset[str] = frozenset()
    order: Order = field(init=False, repr=False, compare=False)
    values: Mapping[str, frozenset[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        published = _NEVER if self.published is None else self.published
        object.__setattr__(self, "order", (published, self.article, self.claim))
        object.__setattr__(self, "values", _values(self.counts) if self.counts else _NO_VALUES)


def _values(counts: Iterable[Count]) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for count in counts:
        value = count.best if count.best is not None else count.low
        if value is not None:
            found.setdefault(count.category, set()).add(value)
    return {category: frozenset(values) for category, values in found.items()}


_NO_VALUES: Final[Mapping[str, frozenset[int]]] = {}
_NEVER: Final = date.max.toordinal()
MOVEMENT: Final = frozenset({"movedTo", "route"})  # where they went is not where it happened
_EXTENTS: Final = {
    "country": Extent.COUNTRY,
    "governorate": Extent.GOVERNORATE,
    "district": Extent.DISTRICT,
    "subdistrict": Extent.SURROUNDINGS,
    "region": Extent.SURROUNDINGS,
    "countryside": Extent.SURROUNDINGS,
    "road": Extent.SURROUNDINGS,
    "river": Extent.SURROUNDINGS,
    "city": Extent.CITY,
    "town": Extent.TOWN,
}
_BY_PRECISION: Final = {
    Precision.COUNTRY: Extent.COUNTRY,
    Precision.ADMIN1: Extent.GOVERNORATE,
    Precision.ADMIN2: Extent.DISTRICT,
    Precision.ADMIN3: Extent.SURROUNDINGS,
}


def features(
    claim: Claim,
    *,
    article: str,
    language: str = "",
    publisher: str | None = None,
    address: str | None = None,
    published: str | None = None,
    text: str | None = None,
    key: Callable[[str], str] | None = None,
) -> Features:
    """Return the features of `claim` of an article; `key` gives the normal form of a name as `text` writes it."""

    def name(place: Place) -> str:
        return key(place.span.of(text)) if text is not None and key is not None else ""

    denial = claim.type in retelling().denials
    when = claim.date
    start, end = (None, None) if when is None else (_day(when.start), _day(when.end))
    return Features(
        claim=claim.id,
        article=article,
        type=claim.type,
        subtype=claim.subtype,
        modality=claim.modality,
        language=language,
        publisher=publisher,
        address=address,
        published=_day(published),
        spots=tuple(_spot(place, name) for place in located(claim)),
        days=None if start is None or end is None else (start, end),
        agents=frozenset(p.id for p in claim.participants if p.role == "agent" and p.names),
        targets=frozenset(p.id for p in claim.participants if p.role == "target" and p.names),
        counts=tuple(Count(f.category, f.of, f.low, f.best, f.high) for f in claim.figures),
        chain=tuple(Teller(s.id, s.kind, s.party, bool(s.names)) for s in claim.sources),
        denies=retelling().denies(claim.evidence[0].of(text)) if denial and text is not None else frozenset(),
    )


def located(claim: Claim) -> list[Place]:
    """Return the places of a claim where it happened, of which `Features.spots` are made."""
    return [place for place in claim.places if place.role not in MOVEMENT]


def _spot(place: Place, name: Callable[[Place], str]) -> Spot:
    listed = bool(place.names)
    extent = _EXTENTS.get(place.kind or "", Extent.POINT)
    if listed and (place.kind in (None, "unspecified") or extent in (Extent.TOWN, Extent.CITY)):
        # a name that town and division share is known to the precision that the division has
        extent = _BY_PRECISION.get(place.precision, extent)
    return Spot(
        place.id,
        extent,
        tuple((area.id, _container(area)) for area in place.within if area.id != place.id),
        _hundred_thousandths(place.lat),
        _hundred_thousandths(place.lon),
        "" if listed else name(place),
    )


def _container(area: Area) -> Extent:
    if area.kind is None:  # records of earlier extractors do not say
        return Extent.GOVERNORATE
    return _EXTENTS.get(area.kind, Extent.TOWN if area.kind == "unspecified" else Extent.POINT)


def _hundred_thousandths(degrees: str | None) -> int | None:
    return None if degrees is None else round(float(degrees) * 100_000)


def _day(text: str | None) -> int | None:
    try:
        return None if text is None else date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None  # a publication date that is no date, or a year alone, gives no day
