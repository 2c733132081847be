"""Many articles in several processes: the same outcomes in the same order, whatever a worker does."""

import itertools
from collections.abc import Iterator
from functools import partial

import pytest

from ingest.batch import Failed, Outcome, outcomes
from ingest.pipeline import NotText, Pipeline, UnsupportedLanguage
from ingest.unfinished import TookTooLong, WorkerDied
from ontology.model import Article, encode_claim
from tests.ingest.workers import Fake, Raising, broken


def articles(*texts: str) -> list[Article]:
    return [Article(f"{text} {n}", "en") for n, text in enumerate(texts)]


def told(found: Iterator[Outcome]) -> list[str]:
    return [
        f"{outcome.article.text}: {type(outcome.error).__name__}"
        if isinstance(outcome, Failed)
        else outcome.article.text
        for outcome in found
    ]


def test_outcomes_come_in_the_order_of_the_articles_failures_among_them() -> None:
    texts = ["wait", "go", "fail", "odd", *["go"] * 20, "fail"]
    wanted = [
        f"{text} {n}" + {"fail": ": ValueError", "odd": ": RuntimeError"}.get(text, "") for n, text in enumerate(texts)
    ]
    assert told(outcomes(Fake, articles(*texts), 2)) == wanted


def test_an_article_that_a_worker_dies_of_is_named_and_no_other_is_lost() -> None:
    texts = ["go"] * 30
    texts[3] = texts[17] = "die"
    wanted = [f"{text} {n}" + {"die": ": WorkerDied"}.get(text, "") for n, text in enumerate(texts)]
    assert told(outcomes(Fake, articles(*texts), 2)) == wanted


def test_articles_are_read_only_a_little_ahead() -> None:
    read = itertools.count()
    endless = (Article(f"go {next(read)}", "en") for _ in itertools.count())
    first = list(itertools.islice(outcomes(Fake, endless, 1), 3))
    assert [outcome.article.text for outcome in first] == ["go 0", "go 1", "go 2"]
    assert next(read) < 100


def test_an_extractor_that_cannot_be_made_is_no_death() -> None:
    with pytest.raises(LookupError, match="no lexicon"):
        list(outcomes(broken, articles("go"), 1))


@pytest.mark.parametrize("processes", [0, -1])
def test_there_is_at_least_one_process(processes: int) -> None:
    with pytest.raises(ValueError, match="processes must be 1 or more"):
        list(outcomes(Fake, articles("go"), processes))


def test_errors_cross_between_processes_as_they_are() -> None:
    errors: list[Exception] = [NotText(7), UnsupportedLanguage("fr"), TookTooLong(2.5), WorkerDied()]
    found = list(outcomes(partial(Raising, errors), articles(*["go"] * len(errors)), 1))
    for outcome, error in zip(found, errors, strict=True):
        assert isinstance(outcome, Failed)
        assert (type(outcome.error), str(outcome.error), vars(outcome.error)) == (type(error), str(error), vars(error))


def test_two_processes_give_the_bytes_of_one(pipeline: Pipeline) -> None:
    text = "قصف الطيران الروسي مدينة سراقب، ما أسفر عن مقتل {} مدنيين، بحسب الدفاع المدني السوري."
    given = [
        *(Article(text.format(n), "ar", published="2025-03-15") for n in range(3, 23)),
        Article("Bonjour.", "fr"),
        Article("half \ud800 a pair", "en"),
        Article("Rebels captured Aleppo on Saturday, state media said.", "en", published="2025-03-15"),
    ]
    one, two = ([_essence(o) for o in pipeline.batch(given, processes)] for processes in (1, 2))
    assert two == one
    assert [kind for kind, _ in one] == ["Extraction"] * 20 + ["UnsupportedLanguage", "NotText", "Extraction"]
    assert [_essence(e) for e in pipeline.pipe(given[:3])] == one[:3]
    with pytest.raises(UnsupportedLanguage):
        list(pipeline.pipe(given))


def _essence(outcome: Outcome) -> tuple[str, object]:
    if isinstance(outcome, Failed):
        return type(outcome.error).__name__, str(outcome.error)
    assert outcome.claims
    return "Extraction", ([encode_claim(c) for c in outcome.claims], outcome.extractor, outcome.article)
