"""Words by `wq:text` against looking at every quote with CONTAINS and REGEX, and a box of degrees against a polygon.

All over one store of claims made up from templates, interleaved in one run. CLAIMS in the environment is their number.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from graph.iris import Iris
from graph.search.finding import find
from graph.search.index import WordIndex
from graph.search.predicate import expanded
from ontology.vocabulary import PREFIXES
from tests.benchmarks.newsroom import _sentence

COUNT = int(os.environ.get("CLAIMS", "100000"))
PLACES = 20_000
ROUNDS = 5
BASE = Iris().base + "id/"
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
QUOTE = "?claim wq:evidence/oa:hasSelector/oa:exact ?quote"
WORDS = ("حلب الرقة", '"الطريق إلى"', "Aleppo killing")
BOX = "POLYGON((37 36.1, 37.4 36.1, 37.4 36.3, 37 36.3, 37 36.1))"


def run() -> list[str]:
    """Return the lines of the report: medians in milliseconds, and ratios to the first way of each."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "quads"
        store = Store(database)
        store.bulk_load("".join([HEAD, *_claims()]).encode(), RdfFormat.TURTLE, lenient=True)
        store.optimize()
        started = time.perf_counter()
        index = WordIndex.beside(database, store, Iris(), 1)
        built = time.perf_counter() - started
        size = index.path.stat().st_size / COUNT
        lines = [f"{COUNT:,} claims, {len(store):,} quads; index made in {built:.1f} s, {size:.0f} bytes a claim"]
        for words in WORDS:
            bare = words.strip('"')
            parts = [bare] if bare != words else bare.split()
            contains = " && ".join(f'CONTAINS(?quote, "{part}")' for part in parts)
            regex = " && ".join(f'REGEX(?quote, "{part}", "i")' for part in parts)
            ways = {
                "wq:text": f"SELECT ?claim ?event {{ ?claim wq:text {_quoted(words)} ; wq:about ?event }}",
                "CONTAINS": f"SELECT ?claim ?event {{ {QUOTE} . ?claim wq:about ?event FILTER({contains}) }}",
                "REGEX": f"SELECT ?claim ?event {{ {QUOTE} . ?claim wq:about ?event FILTER({regex}) }}",
            }
            lines += _compared(store, index, words, ways)
        inside = (
            "?point wq:lat ?lat ; wq:long ?long FILTER(?lat >= 36.1 && ?lat <= 36.3 && ?long >= 37 && ?long <= 37.4)"
        )
        here = '"POINT(37.16 36.2)"^^geo:wktLiteral'
        near = f"?point geo:asWKT ?wkt FILTER(geof:distance(?wkt, {here}, uom:metre) < 9000)"
        events = "?place geo:hasGeometry ?point . ?event wq:place ?place"
        polygon = f'FILTER(geof:sfWithin(?wkt, "{BOX}"^^geo:wktLiteral))'
        lines += _compared(
            store,
            index,
            "events in a box",
            {
                "degrees": f"SELECT ?event {{ {inside} {events} }}",
                "sfWithin": f"SELECT ?event {{ ?point geo:asWKT ?wkt {polygon} {events} }}",
            },
        )
        return lines + _compared(
            store,
            index,
            "events within 9 km",
            {
                "degrees, then distance": f"SELECT ?event {{ {inside} {near} {events} }}",
                "distance": f"SELECT ?event {{ {near} {events} }}",
            },
        )


def _compared(store: Store, index: WordIndex, name: str, ways: dict[str, str]) -> list[str]:
    taken: dict[str, list[float]] = {way: [] for way in ways}
    rows: dict[str, int] = {}
    for _ in range(ROUNDS):
        for way, query in ways.items():
            started = time.perf_counter()
            text = expanded(query, PREFIXES, lambda words, most: find(store, Iris(), 1, index.path, words, most))
            rows[way] = sum(1 for _ in store.query(text, prefixes=dict(PREFIXES)))  # type: ignore[arg-type, misc]
            taken[way].append((time.perf_counter() - started) * 1000)
    medians = {way: statistics.median(found) for way, found in taken.items()}
    first = next(iter(medians.values()))
    return [
        f"{name}: {way:<24}{median:9.1f} ms  {median / first:7.1f} x  {rows[way]} rows"
        for way, median in medians.items()
    ]


def _quoted(words: str) -> str:
    return f"'{words}'"


def _claims() -> Iterator[str]:
    chance = random.Random(1)
    for number in range(COUNT):
        language = "en" if number % 4 == 3 else "ar"
        words = " ".join(_sentence(chance, language, opening=opening) for opening in (True, False)).replace('"', "")
        claim, event = f"<{BASE}claim/c-{number:020x}", f"<{BASE}event/{number:020x}>"
        yield (
            f"{claim}> a wq:Claim ; wq:about {event} ; wq:evidence {claim}/evidence/1> .\n"
            f"{claim}/evidence/1> oa:hasSelector {claim}/evidence/1/quote> .\n"
            f'{claim}/evidence/1/quote> oa:exact "{words}" .\n'
            f"{event} a wq:{chance.choice(('Airstrike', 'Takeover', 'Shelling'))} ; "
            f"wq:place <{BASE}place/p{chance.randrange(PLACES)}> .\n"
        )
    for number in range(PLACES):
        lat, long = 32 + chance.random() * 5, 35.5 + chance.random() * 7
        yield (
            f"<{BASE}place/p{number}> geo:hasGeometry <{BASE}place/p{number}/geometry> .\n"
            f'<{BASE}place/p{number}/geometry> geo:asWKT "POINT({long:.4f} {lat:.4f})"^^geo:wktLiteral ; '
            f"wq:lat {lat:.4f} ; wq:long {long:.4f} .\n"
        )


if __name__ == "__main__":
    print("\n".join(run()))
