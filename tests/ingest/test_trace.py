"""A trace listens and changes nothing; every decision it holds is one about tokens of the text."""

from pathlib import Path

import pytest

from ingest.pipeline import Pipeline, reading_of
from ingest.readers import read_path
from ingest.trace import Dropped, Trace
from ontology.model import Article
from tests.ingest.extracting import CONFLICT

DEMO = [item for item in read_path(Path(__file__).parents[2] / "api" / "demo") if isinstance(item, Article)]


def dropped(pipeline: Pipeline, text: str, language: str = "ar", *, conflict: bool = True) -> list[Dropped]:
    trace = Trace()
    whole = text + CONFLICT[language] if conflict else text
    reading_of(pipeline, Article(whole, language, published="2025-03-15"), trace)
    return trace.dropped


@pytest.mark.parametrize("article", DEMO, ids=lambda a: str(a.external_id))
def test_with_a_trace_the_claims_are_the_same(pipeline: Pipeline, article: Article) -> None:
    trace = Trace()
    pipeline.process(article, trace)
    assert tuple({claim.id: claim for claim, _ in trace.claims}.values()) == pipeline.extract(article).claims


@pytest.mark.parametrize("article", DEMO, ids=lambda a: str(a.external_id))
def test_every_drop_stands_on_tokens_of_the_text(pipeline: Pipeline, article: Article) -> None:
    trace = Trace()
    reading, _ = reading_of(pipeline, article, trace)
    assert all(0 <= d.first < d.last <= len(reading) for d in trace.dropped)


def test_a_condition_that_failed_is_named_with_its_entry(pipeline: Pipeline) -> None:
    (drop,) = dropped(pipeline, "استرد المصرف ديونه من الشركة.")
    assert drop.rule == "drop.trigger.condition"
    assert drop.entry is not None
    assert drop.entry.id == "ar.takeover.istarada.v"
    assert drop.conditions == ("require.object_kind",)


def test_a_negated_trigger_names_its_cue(pipeline: Pipeline) -> None:
    found = dropped(pipeline, "لم تستعد القوات مدينة تدمر.")
    assert [(d.rule, d.cue.rule) for d in found if d.cue is not None] == [("drop.claim.negated", "ar.cue.lam")]


def test_outside_armed_conflict_every_trigger_is_dropped(pipeline: Pipeline) -> None:
    found = dropped(pipeline, "Officials evacuated residents from Boulder.", "en", conflict=False)
    assert [d.rule for d in found if d.rule.startswith("drop.claim")] == ["drop.claim.peace"]
