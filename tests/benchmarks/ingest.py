"""Ingesting one article, its claims ready, against its two writes alone: one append to the log, one load of the graph.

Interleaved in one run; the work beyond the two is the contents of the article (synced files), payloads and projection.
"""

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from api.workspace import Workspace
from graph.log import NewRecord, SqliteLog
from ontology.model import Article, Extraction
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    SCHEMA,
    article_ingested,
    article_stream,
    claims_extracted,
)

ARTICLES = 120
WARM = 10  # articles that are not counted


def run() -> Iterator[str]:
    """Yield the lines of the report; the ratio is of the sums, and of the medians of the articles."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph = Store(folder / "raw")
        times: dict[str, list[float]] = {"ingest": [], "append": [], "load": []}
        with Workspace(folder / "data") as workspace, SqliteLog(folder / "raw.sqlite") as log:
            for number in range(256):  # a folder that is in use has all of them
                (workspace.content.folder / f"{number:02x}").mkdir(parents=True)
            for number, (article, extraction) in enumerate(_articles()):
                payload, _ = article_ingested(article, workspace.content.key())
                records = [
                    NewRecord(ARTICLE_INGESTED, SCHEMA[ARTICLE_INGESTED], payload),
                    NewRecord(CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED], claims_extracted(extraction)),
                ]
                took = {}
                started = time.perf_counter()
                outcome = workspace.ingest(article, extraction)
                took["ingest"] = time.perf_counter() - started
                told = workspace.log.read(after=outcome.first - 1, upto=outcome.last)
                text = "".join(workspace.projector.statements(record).text() for record in told)
                started = time.perf_counter()
                log.append(article_stream(article.id), records, actor="bench", key=f"ingest:{article.id}")
                took["append"] = time.perf_counter() - started
                started = time.perf_counter()
                graph.load(text, RdfFormat.N_QUADS, lenient=True)
                took["load"] = time.perf_counter() - started
                if number >= WARM:
                    for what, seconds in took.items():
                        times[what].append(seconds)
        del graph
    yield f"{len(times['ingest'])} articles, median milliseconds an article"
    for what, found in times.items():
        yield f"{what:<8} {statistics.median(found) * 1000:8.2f} ms"
    raw = [append + load for append, load in zip(times["append"], times["load"], strict=True)]
    medians, sums = statistics.median(times["ingest"]) / statistics.median(raw), sum(times["ingest"]) / sum(raw)
    yield f"ingest against append and load: {medians:.2f} x (medians), {sums:.2f} x (sums)"


def _articles() -> Iterator[tuple[Article, Extraction]]:
    """Yield the demo articles again and again, under other addresses, with their claims as the extractor reads them."""
    from api.commands.demo import ARTICLES as FOLDER
    from api.extraction import extract, load_extractor
    from ingest.readers import Limits, Overrides, read_path

    pipeline = load_extractor()
    read = [item for item in read_path(FOLDER, Overrides(), Limits()) if isinstance(item, Article)]
    found = [(one, extract(pipeline, one)) for one in read]
    for number in range(ARTICLES + WARM):
        one, extraction = found[number % len(found)]
        copy = dataclasses.replace(one, text=f"{one.text} ({number})", url=f"https://paper.example/{number}")
        claims = tuple(claim.with_id(copy.id) for claim in extraction.claims)
        yield copy, Extraction(copy, extraction.extractor, claims, gazetteers=extraction.gazetteers)


if __name__ == "__main__":
    print("\n".join(run()))
