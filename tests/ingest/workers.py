"""Extractors for worker processes that end well, badly or not at all; the module loads nothing heavy."""

import os
import time

from ingest.batch import Extracting
from ontology.model import Article, Extraction, Extractor

EXTRACTOR = Extractor(version="1", lexicon="0")


class Odd(Exception):
    """An error that cannot be pickled."""

    def __init__(self, what: str, *, why: object) -> None:
        super().__init__(what)
        self.why = why


class Fake:
    """Does what the text says."""

    def extract(self, article: Article) -> Extraction:
        match article.text.split()[0]:
            case "die":
                os._exit(3)
            case "fail":
                raise ValueError(article.text)
            case "odd":
                raise Odd(article.text, why=lambda: None)
            case "wait":
                time.sleep(0.2)
        return Extraction(article, EXTRACTOR, ())


def broken() -> Extracting:
    raise LookupError("no lexicon")


class Raising:
    """Fails with one of the given errors, by the number at the end of the text."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors

    def extract(self, article: Article) -> Extraction:
        raise self.errors[int(article.text.split()[-1])]
