"""Figures in Arabic: who is counted, who only is a part of those counted, and nobody where a word says so."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of, of_type


def figures(pipeline: Pipeline, text: str, kind: str) -> set[tuple[str, int | None]]:
    claim = of_type(claims_of(pipeline, text), kind)[-1]
    return {(f.category, f.best) for f in claim.figures}


@pytest.mark.parametrize(
    ("text", "kind", "counts"),
    [
        (
            "قال الناشط إن 8 مدنيين بينهم 3 أطفال استشهدوا وأصيب 14 آخرون في غارة على بلدة سرمين.",
            "Airstrike",
            {("killed", 8), ("injured", 14)},
        ),
        (
            "أدت غارة على حي الرمل في حصيلة أولية إلى مقتل 7 أشخاص وإصابة 17 آخرين.",
            "Airstrike",
            {("killed", 7), ("injured", 17)},
        ),
        ("قصفت المدفعية بلدة سرمين، ما أدى إلى استشهاد المواطنة ندى الحسن.", "Shelling", {("killed", 1)}),
        ("قصفت المدفعية بلدة سرمين، ما أدى إلى مقتل طفل وإصابة والدته.", "Shelling", {("killed", 1), ("injured", 1)}),
        ("قال المرصد إن شخصين آخرين قتلا في غارة على بلدة سرمين.", "Airstrike", {("killed", 2)}),
        ("سقطت قذائف مدفعية على بلدة سرمين دون وقوع إصابات.", "Shelling", {("injured", 0)}),
        ("قصفت الطائرات بلدة يارون ولم يسفر القصف عن قتلى.", "Airstrike", {("killed", 0)}),
    ],
)
def test_who_is_counted(pipeline: Pipeline, text: str, kind: str, counts: set[tuple[str, int | None]]) -> None:
    assert counts <= figures(pipeline, text, kind)


def test_a_part_of_those_counted_is_no_further_count(pipeline: Pipeline) -> None:
    text = "قال الناشط إن 5 مدنيين استشهدوا بينهم امرأة في قصف على بلدة سرمين."
    assert figures(pipeline, text, "Shelling") == {("killed", 5)}


def test_no_news_of_dead_counts_nobody(pipeline: Pipeline) -> None:
    text = "قصفت الطائرات بلدة يارون ولم ترد أنباء عن إصابات."
    assert figures(pipeline, text, "Airstrike") == set()


def test_dozens_alone_are_no_stated_total(pipeline: Pipeline) -> None:
    text = "قصف الجيش بلدة سرمين. وفي مدينة درعا قتل عشرات المدنيين."
    assert [c.type for c in claims_of(pipeline, text)] == ["Shelling"]
