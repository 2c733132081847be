"""What English words tell as a claim and what not: habits, what would be, parts of towns, tolls behind a gerund."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Modality
from tests.ingest.extracting import actor_words, claims_of, of_type, place_words


@pytest.mark.parametrize(
    "text",
    [
        "The fall of Kobane to Islamic State militants would mark a major victory.",
        "Fighter jets regularly pound Islamic State positions in Saraqib.",
        "Rebels returned to the villages near Hama after recapturing them.",
    ],
)
def test_no_event_is_told(pipeline: Pipeline, text: str) -> None:
    assert claims_of(pipeline, text + " The civil war goes on.", language="en") == ()


@pytest.mark.parametrize(
    ("text", "kind", "modality"),
    [
        ("The offensive on Rafah will begin next week, the Israeli army said.", "Offensive", Modality.PLANNED),
        ("Preparations are underway to launch an offensive on Saraqib.", "Offensive", Modality.PLANNED),
        ("Heavy shelling of Saraqib could be heard on Friday.", "Shelling", Modality.ASSERTED),
        ("Iraqi troops managed earlier this week to liberate the town of Akashat.", "Takeover", Modality.ASSERTED),
        (
            "Ukrainian troops entered the city of Kherson after Russia said it had pulled its forces back.",
            "Offensive",
            Modality.ASSERTED,
        ),
    ],
)
def test_the_modality_of_a_sentence(pipeline: Pipeline, text: str, kind: str, modality: Modality) -> None:
    claim = of_type(claims_of(pipeline, text + " The civil war goes on.", language="en"), kind)[0]
    assert claim.modality is modality


def test_parts_of_a_town_that_are_seized_are_a_gain_in_it(pipeline: Pipeline) -> None:
    text = "IS fighters have seized a number of buildings in the town of Saraqib."
    (claim,) = claims_of(pipeline, text, language="en")
    assert claim.type == "Takeover"
    assert place_words(claim, text) == {"Saraqib"}
    assert actor_words(claim, text, "agent") == {"IS fighters"}


def test_a_gerund_behind_a_comma_tells_the_toll_of_what_stands_before(pipeline: Pipeline) -> None:
    text = "Gunmen stormed the town of Saraqib, killing 25 people, while rockets were fired at the town of Nubl."
    counted = {c.type: [f.best for f in c.figures] for c in claims_of(pipeline, text, language="en")}
    assert counted["Offensive"] == [25]
    assert counted["Shelling"] == []


def test_all_that_was_taken_is_in_the_list(pipeline: Pipeline) -> None:
    text = "The M23 rebels captured Kalungu, Kanyezire, and Mukwinja. The army retreated from Rumangabo."
    gain, loss = claims_of(pipeline, text, language="en")
    assert place_words(gain, text) == {"Kalungu", "Kanyezire", "Mukwinja"}
    assert (loss.type, place_words(loss, text)) == ("Withdrawal", {"Rumangabo"})


@pytest.mark.parametrize("relative", ["who had", "that", "which"])
def test_a_relative_clause_is_ruled_by_the_noun_before_it(pipeline: Pipeline, relative: str) -> None:
    text = f"The army drove out the militants {relative} stormed the town of Saraqib."
    claim = of_type(claims_of(pipeline, text, language="en"), "Offensive")[0]
    assert actor_words(claim, text, "agent") == {"militants"}


def test_a_war_that_displaced_people_is_background(pipeline: Pipeline) -> None:
    text = "The conflict has killed 36,000 people and displaced around two million residents since 2009."
    assert claims_of(pipeline, text, language="en") == ()


def test_the_force_that_is_somebodys_acts(pipeline: Pipeline) -> None:
    text = "Sudan's Rapid Support Forces seized the town of Saraqib."
    (claim,) = claims_of(pipeline, text, language="en")
    assert actor_words(claim, text, "agent") == {"Rapid Support Forces"}


def test_who_issues_the_orders_evacuates(pipeline: Pipeline) -> None:
    text = "The Israeli army issued new evacuation orders for civilians in the town of Saraqib."
    claim = of_type(claims_of(pipeline, text, language="en"), "Evacuation")[0]
    assert claim.modality is Modality.PLANNED
    assert actor_words(claim, text, "agent") == {"Israeli army"}
    assert actor_words(claim, text, "target") == {"civilians"}


def test_who_answers_with_strikes_makes_them(pipeline: Pipeline) -> None:
    text = "Rebels attacked three outposts and the military responded with airstrikes on the town of Saraqib."
    claim = of_type(claims_of(pipeline, text, language="en"), "Airstrike")[0]
    assert actor_words(claim, text, "agent") == {"military"}


def test_those_martyred_are_not_those_injured_meanwhile(pipeline: Pipeline) -> None:
    text = (
        "A woman and a child were martyred while seven civilians were injured in attacks with rocket shells on Saraqib."
    )
    (claim,) = claims_of(pipeline, text, language="en")
    assert (claim.type, {f.category: f.best for f in claim.figures}) == ("Shelling", {"killed": 2, "injured": 7})


def test_what_may_have_been_prompted_is_feared(pipeline: Pipeline) -> None:
    text = "The advance may have prompted government troops to retreat from the town of Saraqib."
    assert [c.modality for c in claims_of(pipeline, text, language="en")] == [Modality.FEARED]
