"""Twice the text takes about twice the work, counted in lines of our code that run, so that no other load counts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Article

NEWS = (
    "قصف الطيران الروسي أمس السبت مدينة سراقب وبلدة مورك شرق إدلب، ما أسفر عن مقتل 16 مدنيا وإصابة ثلاثين آخرين، "
    "بحسب المرصد السوري لحقوق الإنسان. "
)
ENGLISH = (
    "Russian warplanes struck the town of Saraqib in Idlib province on Saturday, killing 16 civilians and wounding 30 "
    "others, the Syrian Observatory for Human Rights said. "
)
UNITS = {
    "one sentence": ("ar", NEWS.replace(".", "").replace("،", "")),
    "one English sentence": ("en", ENGLISH.replace(".", "").replace(",", "")),
    "strikes": ("ar", "غارة على حلب "),
    "a list of places": ("ar", "وحلب وحماة وإدلب، "),
    "counts": ("ar", "16 قتيلا و30 "),
    "voices": ("ar", "قال المرصد "),
    "hashtags": ("ar", "#غارة_على_حلب "),
    "glued hashtags": ("ar", "#حلب#إدلب"),
    "bidi overrides": ("ar", "\u202eغارة\u202c "),
    "quotes": ("ar", '"غارة" '),
    "heads of heads": ("ar", "مقاتلو قوات "),
    "dates": ("ar", "منذ السبت 30 نوفمبر "),
    "digits": ("ar", "7"),
    "no spaces": ("ar", "غارةعلىحلب"),
    "control characters": ("ar", "\x07غارة\x00 "),
    "capitals": ("en", "Aleppo Idlib, "),
    "another language": ("en", "Le président a déclaré que les forces ont quitté la ville. "),
    "another script": ("ar", "Президент заявил, что войска покинули город. "),
    "mixed scripts": ("ar", "غارة raid على Aleppo حلب "),
    "tolls of a war": ("ar", "في حرب قتل 5 أشخاص ونزح 7 أشخاص و"),
    "forces with names": ("en", "the Red Army and Blue Brigade fired on him and "),
}
LONG = 14_000  # characters; the reach of every rule is far shorter


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the lines of `ingest` that run."""
    lines = [0]

    def line(frame: FrameType, event: str, _: Any) -> Any:
        lines[0] += event == "line"
        return line

    def call(frame: FrameType, event: str, _: Any) -> Any:
        return line if frame.f_globals.get("__name__", "").startswith("ingest.") else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield lines
    finally:
        sys.settrace(before)


def work(pipeline: Pipeline, language: str, unit: str, length: int) -> int:
    article = Article(unit * (length // len(unit)), language, published="2025-03-15")
    pipeline.extract(article)  # what words begin is remembered
    with counted() as lines:
        pipeline.extract(article)
    return lines[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS)
def test_twice_the_text_is_about_twice_the_work(pipeline: Pipeline, name: str) -> None:
    assert _growth(pipeline, *UNITS[name]) <= 2.5


@pytest.mark.parametrize(("language", "unit"), [("ar", NEWS), ("en", ENGLISH)])
def test_twice_the_news_is_about_twice_the_work(pipeline: Pipeline, language: str, unit: str) -> None:
    assert _growth(pipeline, language, unit) <= 2.5


def _growth(pipeline: Pipeline, language: str, unit: str) -> float:
    return work(pipeline, language, unit, 2 * LONG) / work(pipeline, language, unit, LONG)
