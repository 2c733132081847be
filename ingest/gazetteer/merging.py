"""Listings of several sources become places: which of them are one, and what is said of it.

Invariant: a place has the id of the source that ranks first among those that list it, whatever was imported first.
Listings are one place where a source gives the same identifier (a GeoNames number, a Wikidata item, a p-code) and the
kinds agree; or where two sources give one name, one sort of place and one country, and points within five kilometres
(divisions: one level and one division above). A district that an import also calls by a name gives way to a place of
a better source whose main name it is. Two listings of one source are never taken for one by their likeness.
No link says so to the outside: what is one place here stays several listings, named in `Entry.attested`.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ingest.gazetteer.draft import Listing
from ingest.gazetteer.entry import SETTLEMENTS, Attestation, Entry, close_links, precision_of, size_of
from ontology.identity import derived_id
from ontology.model import Area
from ontology.normal import name_key

SAME_POINT_KM = 5.0
_SAME_DIVISION_KM = 30.0
_LEVEL = {"subdistrict": 2, "district": 3, "governorate": 4, "region": 5, "country": 6}
_UPPER = ("district", "subdistrict")
_ROWS = 20  # rows of cells in a degree of latitude: each is wider than the distance within which places may be one
_REMEMBERED = 100_000


class Listed(Protocol):
    """All indexes, asked at once."""

    def named(self, names: Iterable[str]) -> Mapping[str, list[Listing]]:
        """Return the listings that bear each of the names."""
        ...

    def named_elsewhere(self, names: Mapping[str, Collection[int]]) -> Mapping[str, list[Listing]]:
        """Return who bears each name, from an index only where marks of another index are given with the name."""
        ...

    def identified(
        self, keys: Iterable[str], held: Mapping[tuple[int, int], Listing] | None = None
    ) -> Mapping[str, list[Listing]]:
        """Return the listings of each key that has any; one that is held by its mark need not be read again."""
        ...

    def identified_as(self, listings: Iterable[Listing]) -> Mapping[str, list[Listing]]:
        """Return what else has an identity of one of the listings; the listing itself may be among it or not."""
        ...


@dataclass(frozen=True, slots=True)
class _Container:
    """What contains places: its area, its kind, and the keys of what contains it."""

    area: Area
    kind: str
    within: tuple[str, ...]


class _Chain(NamedTuple):
    """All that contains a place, innermost first."""

    containers: tuple[_Container, ...]
    areas: tuple[Area, ...]


class Merger:
    """Makes places of listings; what contains places is remembered."""

    def __init__(self, listed: Listed) -> None:
        self._listed = listed
        self._containers: dict[str, _Container | None] = {}
        self._chains: dict[tuple[str, ...], _Chain] = {}

    def places(self, found: Mapping[str, Sequence[Listing]]) -> dict[str, tuple[Entry, ...]]:
        """Return the places that bear each name, for the listings that do; by population, most first, then by id."""
        bearing = [listing for listings in found.values() for listing in listings]
        if not bearing:
            return dict.fromkeys(found, ())
        held = {listing.mark: listing for listing in bearing}
        known = self._listed.identified_as(held.values())
        elsewhere = self._elsewhere(held.values(), found)
        self._prepare(bearing)
        # Where one index lists all of these, nothing is listed twice but by an identity.
        one = len({listing.mark[0] for listings in elsewhere.values() for listing in listings}) == 1
        parted = {name: _parted(name, listings, None if one else elsewhere, known) for name, listings in found.items()}
        several = [listing for doubtful, _ in parted.values() for listing in doubtful]
        twins = self._twins(several) if several else None
        places: dict[str, tuple[Entry, ...]] = {}
        for name, (doubtful, alone) in parted.items():
            if doubtful and twins is not None:
                groups = self._grouped(doubtful, *twins)
                groups += [[listing] for listing in alone]
                made = [self._entry(group) for group in groups if not _gives_way(name, group, groups)]
                places[name] = by_population([entry for entry in made if entry is not None])
            else:
                singles: Sequence[Listing] = alone
                if any(listing.kind in _UPPER for listing in alone):
                    groups = [[listing] for listing in alone]
                    singles = [group[0] for group in groups if not _gives_way(name, group, groups)]
                places[name] = by_population([self._single(listing) for listing in singles])
        return places

    def _elsewhere(
        self, listings: Iterable[Listing], found: Mapping[str, Sequence[Listing]]
    ) -> Mapping[str, Sequence[Listing]]:
        """Return what other indexes list under the main names of these listings, as far as nobody asked for them."""
        names: dict[str, set[int]] = {}
        for listing in listings:
            for spelling in listing.names.values():
                if (key := name_key(spelling)) and key not in found:
                    names.setdefault(key, set()).add(listing.mark[0])
        return {**self._listed.named_elsewhere(names), **found}

    def _twins(self, listings: Sequence[Listing]) -> tuple[Mapping[str, list[Listing]], Mapping[str, list[Listing]]]:
        """Return all that bears a main name of the listings, and all that has an identity of these or of those."""
        names = dict.fromkeys(key for x in listings for spelling in x.names.values() if (key := name_key(spelling)))
        twins = self._listed.named(names)
        held = {x.mark: x for x in itertools.chain(listings, *twins.values())}
        return twins, self._listed.identified_as(held.values())

    def _grouped(
        self,
        bearing: Sequence[Listing],
        twins: Mapping[str, list[Listing]],
        known: Mapping[str, list[Listing]],
    ) -> list[list[Listing]]:
        """Return the groups of listings that are of one place, those that bear the name."""
        pool = {listing.mark: listing for listing in bearing}
        own = set(pool)
        for listing in bearing:
            for spelling in listing.names.values():
                for other in twins.get(name_key(spelling), ()):
                    pool[other.mark] = other
        for listing in tuple(pool.values()):
            for key in listing.identities:
                for other in known.get(key, ()):
                    pool[other.mark] = other
        groups = self._groups(sorted(pool.values(), key=_order), own)
        return [group for group in groups if any(listing.mark in own for listing in group)]

    def _groups(self, listings: Sequence[Listing], bearing: Collection[tuple[int, int]]) -> list[list[Listing]]:
        groups: list[list[Listing]] = []
        by_key: dict[str, list[list[Listing]]] = {}
        alike = _Cells()
        several = len({listing.source for listing in listings}) > 1
        for listing in (*(x for x in listings if x.kind), *(x for x in listings if not x.kind)):
            keys = listing.identities
            same = (g for key in keys for g in by_key.get(key, ()) if any(_one_identity(listing, x) for x in g))
            group = next(same, None)
            if group is None and several and listing.kind:
                near = (groups[n] for n in alike.near(listing))
                group = next((g for g in near if self._one_by_likeness(g, listing, bearing)), None)
            if group is None:
                group = []
                alike.add(listing, len(groups))
                groups.append(group)
            group.append(listing)
            for key in keys:
                held = by_key.setdefault(key, [])
                if not any(g is group for g in held):
                    held.append(group)
        return groups

    def _one_by_likeness(
        self, group: Sequence[Listing], listing: Listing, bearing: Collection[tuple[int, int]]
    ) -> bool:
        if any(other.source == listing.source for other in group):
            return False
        both = group[0].mark in bearing and listing.mark in bearing
        return (both or _share_a_name(group[0], listing)) and self._alike(group[0], listing)

    def _alike(self, a: Listing, b: Listing) -> bool:
        """Tell whether two listings of one name, from two sources, are of one place, as far as they say where it is."""
        if a.country != b.country or not _one_sort(a.kind, b.kind):
            return False
        if a.kind in ("governorate", "country"):
            return True
        above, others = self._upper(a), self._upper(b)
        if above and others and not above & others:
            return False
        distance = distance_km(a, b)
        if a.kind in _UPPER:
            return bool(above & others) and (distance is None or distance <= _SAME_DIVISION_KM)
        return distance is not None and distance <= SAME_POINT_KM

    def _upper(self, listing: Listing) -> frozenset[str]:
        """Return the ids of the governorates that the listing names around its place."""
        chain = self._chain(listing.within).containers
        return frozenset(container.area.id for container in chain if container.kind == "governorate")

    def _entry(self, group: Sequence[Listing]) -> Entry | None:
        described = [listing for listing in group if listing.kind]
        if not described:
            return None  # only names of a place that no source here describes
        first = described[0]
        if len(group) == 1:
            return self._single(first)
        names: dict[str, str] = {}
        for listing in group:
            for language, name in listing.names.items():
                names.setdefault(language, name)
        population = next((listing.population for listing in described if listing.population), 0)
        kind = first.kind
        if kind == "unspecified":
            kind = next((x.kind for x in described if x.kind != "unspecified"), size_of(population))
        attested = dict.fromkeys(Attestation(listing.source, listing.key) for listing in group)
        point = next((x for x in described if x.lat is not None), first)
        return Entry(
            id=derived_id("place", first.key),
            key=first.key,
            names=names,
            kind=kind,
            lat=point.lat if kind not in ("governorate", "country") else None,
            lon=point.lon if kind not in ("governorate", "country") else None,
            country=first.country,
            population=population,
            precision=precision_of(kind, pointed=point.lat is not None),
            within=self._within(first, group),
            identifiers=tuple(dict.fromkeys(link for listing in group for link in listing.links)),
            capital=any(listing.capital for listing in group),
            codes={kind: code for listing in reversed(group) for kind, code in listing.codes.items()},
            source=group[0].source,
            also=tuple(attested)[1:],
        )

    def _single(self, listing: Listing) -> Entry:
        """Return the place of a listing that has it alone: what is asked most."""
        chain = self._chains.get(listing.within) or self._chain(listing.within)
        id_, within = derived_id("place", listing.key), chain.areas
        for area in within:
            if area.id == id_:
                within = tuple([other for other in within if other.id != id_])
                break
        return entry_of(listing, id_, within, pointless=listing.kind in ("governorate", "country"))

    def _within(self, first: Listing, group: Sequence[Listing]) -> tuple[Area, ...]:
        """Return what contains the place: the longest chain that says all that the first source says."""
        best = self._chain(first.within).containers
        told = {container.area.id for container in best}
        for listing in group:
            chain = self._chain(listing.within).containers
            if len(chain) > len(best) and told <= {container.area.id for container in chain}:
                best = chain
        own = {derived_id("place", listing.key) for listing in group}
        return tuple(container.area for container in best if container.area.id not in own)

    def _chain(self, keys: tuple[str, ...]) -> _Chain:
        """Return all that contains what lies in these; a circle ends where it began."""
        chain = self._chains.get(keys)
        if chain is None:
            if len(self._chains) > _REMEMBERED:
                self._chains = {}  # other threads keep the dictionary they have
            climbed = self._climbed(keys)
            chain = self._chains[keys] = _Chain(climbed, tuple(container.area for container in climbed))
        return chain

    def _prepare(self, listings: Iterable[Listing]) -> None:
        """Remember what contains the listings, level by level, with one question for each level."""
        chains = self._chains
        waiting = {key for within in {x.within for x in listings} if within not in chains for key in within}
        asked: set[str] = set()
        while waiting:
            self._remember(sorted(waiting))
            asked |= waiting
            above = (self._containers.get(key) for key in waiting)
            waiting = {key for container in above if container for key in container.within} - asked

    def _climbed(self, keys: Iterable[str]) -> tuple[_Container, ...]:
        waiting, asked = list(keys), set[str]()
        found: dict[str, _Container] = {}
        while waiting:
            self._remember(waiting)
            level, waiting = waiting, []
            for name in level:
                if name in asked:
                    continue
                asked.add(name)
                container = self._containers.get(name)
                if container is not None and container.area.id not in found:
                    found[container.area.id] = container
                    waiting.extend(container.within)
        by_level = sorted(found.values(), key=lambda c: _LEVEL.get(c.kind, 0))  # stable: as the sources have it else
        return tuple(by_level)

    def _remember(self, keys: Iterable[str]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._containers]
        if not missing:
            return
        if len(self._containers) > _REMEMBERED:
            self._containers = {}  # other threads keep the dictionary they have
        known = self._listed.identified(missing)
        more = self._listed.identified_as(x for listings in known.values() for x in listings)
        for key in missing:
            pool = {x.mark: x for x in known.get(key, ())}
            for listing in tuple(pool.values()):
                pool |= {x.mark: x for k in listing.identities for x in more.get(k, ())}
            found = list(pool.values())
            self._containers[key] = _container(sorted(found, key=_order) if len(found) > 1 else found, key)


def by_population(entries: list[Entry]) -> tuple[Entry, ...]:
    """Return the entries in the order in which all answers are: by population, most first, then by id."""
    if len(entries) > 1:
        entries = sorted(entries, key=lambda e: (-e.population, e.id))
    return tuple(entries)


def entry_of(listing: Listing, id_: str, within: tuple[Area, ...], *, pointless: bool) -> Entry:
    """Return the place of a single listing; by position, for one is made for every candidate of every name."""
    source, _, key, kind, country, population, lat, lon, names, _, links, capital, codes, _, _, _ = listing
    precision = precision_of(kind, pointed=lat is not None)
    if pointless:
        lat = lon = None
    return Entry(id_, key, names, kind, lat, lon, country, population, precision, within, links, capital, codes, source)


def _parted(
    name: str,
    listings: Sequence[Listing],
    elsewhere: Mapping[str, Sequence[Listing]] | None,
    known: Mapping[str, Sequence[Listing]],
) -> tuple[Sequence[Listing], Sequence[Listing]]:
    """Return which of the listings of a name may be of a place that is listed twice, and which cannot.

    `elsewhere` is None where no second index lists anything of these. One that cannot has no identity that another
    listing has, and no index but its own has anything under the name, or under a main name of it, that could be the
    same place. So it is a place alone, and bears on no other one.
    """
    if elsewhere is None and not known and all(listing.kind for listing in listings):
        return (), listings
    doubtful: list[Listing] = []
    alone: list[Listing] = []
    cells: _Cells | None = None
    if len(listings) > 1 and len({listing.mark[0] for listing in listings}) > 1:
        cells = _Cells()
        for number, listing in enumerate(listings):
            cells.add(listing, number)
    for listing in listings:
        if (
            not listing.kind
            or (known and any(x.mark != listing.mark for key in listing.identities for x in known.get(key, ())))
            or (cells is not None and any(listings[n].mark[0] != listing.mark[0] for n in cells.near(listing)))
            or (elsewhere is not None and _has_twin(listing, name, elsewhere))
        ):
            doubtful.append(listing)
        else:
            alone.append(listing)
    return doubtful, alone


def _has_twin(listing: Listing, name: str, elsewhere: Mapping[str, Sequence[Listing]]) -> bool:
    for spelling in listing.names.values():
        key = name_key(spelling)
        if key != name and (others := elsewhere.get(key)):
            cells = _Cells()
            cells.add(listing, 0)
            if any(x.kind and x.mark[0] != listing.mark[0] and cells.near(x) for x in others):
                return True
    return False


class _Cells:
    """Numbers of listings by country, sort of place and degrees of latitude: what may be one place is near."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, int | None], list[int]] = {}

    def add(self, listing: Listing, number: int) -> None:
        """Put a number there; numbers are put in growing order."""
        self._numbers.setdefault(_cell(listing), []).append(number)

    def near(self, listing: Listing) -> list[int]:
        """Return the numbers of all that may be the same place by name and point, in growing order."""
        country, sort, row = _cell(listing)
        if row is None:
            return self._numbers.get((country, sort, row), [])
        rows = (self._numbers.get((country, sort, r), ()) for r in (row - 1, row, row + 1))
        return sorted(itertools.chain.from_iterable(rows))


def _cell(listing: Listing) -> tuple[str, str, int | None]:
    sort = "settlement" if listing.kind in SETTLEMENTS else listing.kind
    if listing.lat is None or (sort in _LEVEL and sort != "region"):
        return listing.country, sort, None
    return listing.country, sort, math.floor(float(listing.lat) * _ROWS)


def _container(listings: Sequence[Listing], key: str) -> _Container | None:
    """Return the place known under `key`, as the source that ranks first describes it."""
    first = next((x for x in listings if x.kind and key in x.identities), None)
    first = first or next((x for x in listings if x.kind), None)
    if first is None:
        return None
    group = [x for x in listings if x is first or _one_identity(first, x)]
    if len(group) > 1:
        group.sort(key=lambda x: (not x.kind, _order(x)))
    main = next(x for x in group if x.kind)
    names: dict[str, str] = {}
    for listing in group:
        for language, name in listing.names.items():
            names.setdefault(language, name)
    point = main if main.kind not in ("governorate", "country") else None
    area = Area(
        id=derived_id("place", main.key),
        names=names,
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        links=close_links(dict.fromkeys(link for listing in group for link in listing.links)),
        kind=main.kind,
        codes={kind: code for listing in reversed(group) for kind, code in listing.codes.items()},
    )
    return _Container(area=area, kind=main.kind, within=tuple(dict.fromkeys(k for x in group for k in x.within)))


def distance_km(a: Listing, b: Listing) -> float | None:
    """Return the great-circle distance of two listings in kilometres, None where one has no point."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    lat1, lon1, lat2, lon2 = (math.radians(float(x)) for x in (a.lat, a.lon, b.lat, b.lon))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(h)))


def _order(listing: Listing) -> tuple[int, str, bool, str, tuple[str, ...], tuple[str, ...]]:
    names = tuple(f"{language}:{name}" for language, name in sorted(listing.names.items()))
    return (listing.rank, listing.source, not listing.preferred, listing.key, names, listing.within)


def _one_identity(a: Listing, b: Listing) -> bool:
    if a.key == b.key:
        return True
    shared = set(a.identities) & set(b.identities)
    return bool(shared) and (not a.kind or not b.kind or _one_sort(a.kind, b.kind))


def _one_sort(a: str, b: str) -> bool:
    return a == b or (a in SETTLEMENTS and b in SETTLEMENTS)


def _gives_way(name: str, group: Sequence[Listing], groups: Iterable[Sequence[Listing]]) -> bool:
    """Tell whether a division that is also called so gives way to a place of a better source whose name it is."""
    if group[0].kind not in _UPPER or _is_named(name, group):
        return False
    return any(other[0].rank < group[0].rank and _is_named(name, other) for other in groups)


def _is_named(name: str, group: Iterable[Listing]) -> bool:
    return any(name_key(spelling) == name for listing in group for spelling in listing.names.values())


def _share_a_name(a: Listing, b: Listing) -> bool:
    return bool({name_key(n) for n in a.names.values()} & {name_key(n) for n in b.names.values()})
