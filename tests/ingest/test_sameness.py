"""Claims that may tell of one happening: linked where something agrees and nothing disagrees, never merged."""

from ingest.pipeline import Pipeline
from ingest.sameness import possibly_same
from ontology.model import (
    Area,
    Article,
    Claim,
    EventDate,
    Figure,
    Modality,
    Participant,
    Place,
    PossiblySame,
    Span,
    Trigger,
)

AT = Span(0, 5)


def claim(
    name: str,
    *,
    kind: str = "Airstrike",
    modality: Modality = Modality.ASSERTED,
    agent: str | None = None,
    place: str | None = None,
    within: str | None = None,
    day: str | None = None,
    killed: int | None = None,
) -> Claim:
    return Claim(
        name,
        kind,
        modality,
        Trigger(AT, "غارة", "t"),
        (AT,),
        participants=(Participant("agent", AT, "r", agent),) if agent else (),
        places=(Place(AT, "r", place, within=(Area(within, {}),) if within else ()),) if place else (),
        date=EventDate(AT, "r", "day", day, day, day) if day else None,
        figures=(Figure("killed", AT, "r", killed, killed, killed),) if killed is not None else (),
    )


def test_what_agrees_in_part_is_linked_with_the_slots_that_agree() -> None:
    a = claim("a", agent="x", place="p", day="2024-11-30")
    b = claim("b", agent="x", day="2024-11-30", killed=4)
    assert possibly_same([a, b]) == (PossiblySame("a", "b", ("agent", "date")),)


def test_one_slot_that_disagrees_parts_them() -> None:
    base = claim("a", agent="x", place="p", day="2024-11-30", killed=4)
    for other in (
        claim("b", agent="y", place="p", day="2024-11-30"),
        claim("b", agent="x", place="q", day="2024-11-30"),
        claim("b", agent="x", place="p", day="2024-11-29"),
        claim("b", agent="x", place="p", killed=5),
        claim("b", kind="Shelling", agent="x", place="p"),
        claim("b", agent="x", place="p", modality=Modality.PLANNED),
    ):
        assert possibly_same([base, other]) == ()


def test_a_day_alone_or_two_villages_of_one_province_are_no_agreement() -> None:
    assert possibly_same([claim("a", day="2024-11-30"), claim("b", day="2024-11-30")]) == ()
    assert possibly_same([claim("a", place="p", within="w"), claim("b", place="q", within="w")]) == ()


def test_a_village_and_its_province_do_not_disagree() -> None:
    pair = possibly_same([claim("a", agent="x", place="p", within="w"), claim("b", agent="x", place="w")])
    assert pair == (PossiblySame("a", "b", ("agent",)),)


def test_rival_tolls_of_an_article_are_told_apart_and_not_linked(pipeline: Pipeline) -> None:
    text = (
        "قتل خمسة مدنيين في غارة جوية على سوق في مدينة إدلب، بحسب الدفاع المدني.\n\n"
        "وقال المرصد السوري لحقوق الإنسان إن سبعة مدنيين قتلوا في غارة جوية على مدينة إدلب."
    )
    extraction = pipeline.extract(Article(text, "ar", published="2024-11-30"))
    assert len([c for c in extraction.claims if c.type == "Airstrike"]) == 2
    assert extraction.possibly_same == ()
