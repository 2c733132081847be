"""Listings of several sources become places: which of them are one, and what is said of it.

Invariant: a place has the id of the source that ranks first among those that list it, whatever was imported first.
Listings are one place where a source gives the same identifier (a GeoNames number, a Wikidata item, a p-code) and the
kinds agree; or where two sources give one name, one sort of place and one country, and points within five kilometres
(divisions: one level and one division above). A district that an import also calls by a name gives way to a place of
a better source whose main name it is. Two listings of one source are never taken for one by their likeness.
No link says so to the outside: what is one place here stays several listings, named in `Entry.attested`.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.gazetteer.draft import Listing
from ingest.gazetteer.entry import SETTLEMENTS, Attestation, Entry, close_links, precision_of, size_of
from ingest.normal import name_key
from ontology.identity import derived_id
from ontology.model import Area

SAME_POINT_KM = 5.0
_SAME_DIVISION_KM = 30.0
_LEVEL = {"subdistrict": 2, "district": 3, "governorate": 4, "region": 5, "country": 6}
_UPPER = ("district", "subdistrict")
_REMEMBERED = 50_000
Named = Callable[[Iterable[str]], Mapping[str, list[Listing]]]


class Identified(Protocol):
    """Returns what is known under identities; a listing that is held by its mark need not be read again."""

    def __call__(
        self, keys: Iterable[str], held: Mapping[tuple[int, int], Listing] | None = None
    ) -> Mapping[str, list[Listing]]:
        """Return the listings of each key that has any."""
        ...


@dataclass(frozen=True, slots=True)
class _Container:
    """What contains places: its area, its kind, and the keys of what contains it."""

    area: Area
    kind: str
    within: tuple[str, ...]


class Merger:
    """Makes places of listings; what contains places is remembered."""

    def __init__(self, identified: Identified, named: Named) -> None:
        self._identified = identified
        self._named = named
        self._containers: dict[str, _Container | None] = {}
        self._chains: dict[tuple[str, ...], tuple[_Container, ...]] = {}

    def places(self, found: Mapping[str, Sequence[Listing]]) -> dict[str, tuple[Entry, ...]]:
        """Return the places that bear each name, for the listings that do; by population, most first, then by id."""
        bearing = [listing for listings in found.values() for listing in listings]
        if not bearing:
            return dict.fromkeys(found, ())
        # The same place may be listed elsewhere under another spelling: ask by its identifiers, and its main names.
        names = {key: None for ls in bearing for spelling in ls.names.values() if (key := name_key(spelling))}
        twins = self._named([key for key in names if key not in found])
        twins = {**twins, **{key: list(found[key]) for key in names if key in found}}
        alike = [listing for listings in twins.values() for listing in listings]
        held = {listing.mark: listing for listing in (*bearing, *alike)}
        keys = dict.fromkeys(key for listing in held.values() for key in listing.identities)
        known = self._identified(keys, held)
        return {name: self._places(name, listings, twins, known) for name, listings in found.items()}

    def _places(
        self,
        name: str,
        bearing: Sequence[Listing],
        twins: Mapping[str, list[Listing]],
        known: Mapping[str, list[Listing]],
    ) -> tuple[Entry, ...]:
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
        if len(pool) == 1:
            groups = [list(bearing)]
        else:
            groups = self._groups(sorted(pool.values(), key=_order), own)
            groups = [group for group in groups if any(listing.mark in own for listing in group)]
        entries = [self._entry(group) for group in groups if not _gives_way(name, group, groups)]
        return tuple(sorted((e for e in entries if e is not None), key=lambda e: (-e.population, e.id)))

    def _groups(self, listings: Sequence[Listing], bearing: Collection[tuple[int, int]]) -> list[list[Listing]]:
        groups: list[list[Listing]] = []
        by_key: dict[str, list[list[Listing]]] = {}
        several = len({listing.source for listing in listings}) > 1
        for listing in (*(x for x in listings if x.kind), *(x for x in listings if not x.kind)):
            keys = listing.identities
            same = (g for key in keys for g in by_key.get(key, ()) if any(_one_identity(listing, x) for x in g))
            group = next(same, None)
            if group is None and several and listing.kind:
                group = next((g for g in groups if self._one_by_likeness(g, listing, bearing)), None)
            if group is None:
                group = []
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
        chain = self._chain(listing.within)
        return frozenset(container.area.id for container in chain if container.kind == "governorate")

    def _entry(self, group: Sequence[Listing]) -> Entry | None:
        described = [listing for listing in group if listing.kind]
        if not described:
            return None  # only names of a place that no source here describes
        first = described[0]
        if len(group) == 1:
            return self._entry_of_one(first)
        names: dict[str, str] = {}
        for listing in group:
            for language, name in listing.names.items():
                names.setdefault(language, name)
        population = next((listing.population for listing in described if listing.population), 0)
        kind = first.kind
        if kind == "unspecified":
            kind = next((x.kind for x in described if x.kind != "unspecified"), size_of(population))
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
            links=close_links(dict.fromkeys(link for listing in group for link in listing.links)),
            capital=any(listing.capital for listing in group),
            codes={kind: code for listing in reversed(group) for kind, code in listing.codes.items()},
            attested=tuple(dict.fromkeys(Attestation(listing.source, listing.key) for listing in group)),
        )

    def _entry_of_one(self, listing: Listing) -> Entry:
        """Return the place that a single listing is of: what `_entry` says, for what is asked most."""
        id_ = derived_id("place", listing.key)
        pointless = listing.kind in ("governorate", "country")
        return Entry(
            id=id_,
            key=listing.key,
            names=listing.names,
            kind=listing.kind,
            lat=None if pointless else listing.lat,
            lon=None if pointless else listing.lon,
            country=listing.country,
            population=listing.population,
            precision=precision_of(listing.kind, pointed=listing.lat is not None),
            within=tuple(container.area for container in self._chain(listing.within) if container.area.id != id_),
            links=close_links(listing.links),
            capital=listing.capital,
            codes=listing.codes,
            attested=(Attestation(listing.source, listing.key),),
        )

    def _within(self, first: Listing, group: Sequence[Listing]) -> tuple[Area, ...]:
        """Return what contains the place: the longest chain that says all that the first source says."""
        best = self._chain(first.within)
        told = {container.area.id for container in best}
        for listing in group:
            chain = self._chain(listing.within)
            if len(chain) > len(best) and told <= {container.area.id for container in chain}:
                best = chain
        own = {derived_id("place", listing.key) for listing in group}
        return tuple(container.area for container in best if container.area.id not in own)

    def _chain(self, keys: tuple[str, ...]) -> tuple[_Container, ...]:
        """Return all that contains what lies in these; a circle ends where it began."""
        chain = self._chains.get(keys)
        if chain is None:
            if len(self._chains) > _REMEMBERED:
                self._chains = {}  # other threads keep the dictionary they have
            chain = self._chains[keys] = self._climbed(keys)
        return chain

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
        known = self._identified(missing)
        more = self._identified(dict.fromkeys(k for ls in known.values() for x in ls for k in x.identities))
        for key in missing:
            pool = {x.mark: x for x in known.get(key, ())}
            for listing in tuple(pool.values()):
                pool |= {x.mark: x for k in listing.identities for x in more.get(k, ())}
            self._containers[key] = _container(sorted(pool.values(), key=_order), key)


def _container(listings: Sequence[Listing], key: str) -> _Container | None:
    """Return the place known under `key`, as the source that ranks first describes it."""
    first = next((x for x in listings if x.kind and key in x.identities), None)
    first = first or next((x for x in listings if x.kind), None)
    if first is None:
        return None
    group = [x for x in listings if x is first or _one_identity(first, x)]
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
