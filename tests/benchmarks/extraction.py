"""Extraction words/s against `spacy.blank("ar")` tokenising the same text, interleaved in one run."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5
DEMO = Path(__file__).resolve().parents[2] / "api" / "demo" / "articles.jsonl"


def run() -> list[str]:
    """Return the lines to print: words/s of both and the ratio, medians over interleaved rounds."""
    import spacy

    from ingest.pipeline import Pipeline
    from ingest.readers import read_path
    from ontology.model import Article

    articles = [a for a in read_path(DEMO) if isinstance(a, Article) and a.language == "ar"]
    words = sum(len(article.text.split()) for article in articles)
    pipeline, blank = Pipeline(), spacy.blank("ar")

    def extract() -> None:
        for article in articles:
            pipeline.extract(article)

    def tokenise() -> None:
        for article in articles:
            blank(article.text)

    def rate(work: Callable[[], None]) -> float:
        started = time.perf_counter()
        work()
        return words / (time.perf_counter() - started)

    extract(), tokenise()  # warm: lexicon tables, word caches
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(rate(extract))
        theirs.append(rate(tokenise))
    ratio = statistics.median(t / o for o, t in zip(ours, theirs, strict=True))
    return [
        f"{len(articles)} Arabic articles, {words} words, {ROUNDS} interleaved rounds, one process, medians",
        f"waqai extraction          {statistics.median(ours):>10,.0f} words/s",
        f"spacy.blank('ar') tokens  {statistics.median(theirs):>10,.0f} words/s",
        f"tokenising alone is {ratio:.1f} times as fast",
    ]
