"""The seam to the extractor: what the faces need of it, and where it comes from.

Invariant: the pipeline (and with it spaCy) is imported on first use only, so that `--help`, queries and the server
start without it.
"""

from typing import Protocol

from ontology.model import Article, Extraction


class Extracting(Protocol):
    """Makes claims of articles; `ingest.pipeline.Pipeline` is the one that ships."""

    def extract(self, article: Article) -> Extraction:
        """Return the claims of `article`."""
        ...


def load_extractor() -> Extracting:
    """Return the pipeline with the lexicon that comes with Waqai; takes a second or two."""
    from ingest.pipeline import Pipeline

    return Pipeline()
