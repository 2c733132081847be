"""An English article tells one happening in several sentences: as "the strike", as a toll, from another distance."""

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Claim
from tests.ingest.extracting import actor_words, claims_of, place_words

LEAD = "Warplanes carried out an air strike on the town of Saraqib on Friday. "


def strikes(claims: tuple[Claim, ...]) -> list[Claim]:
    return [c for c in claims if c.type == "Airstrike"]


@pytest.mark.parametrize(
    "sequel",
    [
        "The strike killed nine people.",
        "The air raid killed nine people, residents said.",
        "The attack on the town of Saraqib killed nine people.",
        "At least nine people were killed.",
        "A hospital official said nine people were killed.",
    ],
)
def test_a_toll_told_later_is_the_toll_of_the_strike(pipeline: Pipeline, sequel: str) -> None:
    claims = claims_of(pipeline, LEAD + sequel, language="en")
    assert [c.type for c in claims] == ["Airstrike"]
    assert [(f.category, f.best) for f in claims[0].figures] == [("killed", 9)]


def test_the_strike_elsewhere_is_another_one(pipeline: Pipeline) -> None:
    claims = claims_of(pipeline, LEAD + "The air strikes on the town of Nubl killed four people.", language="en")
    assert len(strikes(claims)) == 2
    assert [[f.best for f in c.figures] for c in strikes(claims)] == [[], [4]]


def test_a_toll_after_two_strikes_joins_neither(pipeline: Pipeline) -> None:
    text = LEAD + "Air strikes hit the town of Nubl. Shops were shut. Nine people were killed on Friday."
    claims = claims_of(pipeline, text, language="en")
    assert all(not c.figures for c in strikes(claims))


def test_the_toll_of_several_provinces_is_of_no_single_strike(pipeline: Pipeline) -> None:
    text = (
        "The Meridian Monitor documented the killing of 74 civilians in Idlib and Aleppo provinces last week. "
        "On Thursday an air strike on the town of Saraqib killed a family."
    )
    claims = claims_of(pipeline, text, language="en")
    assert all(f.best != 74 for claim in strikes(claims) for f in claim.figures)
    assert [[f.best for f in c.figures] for c in claims if c.type == "CasualtyReport"] == [[74]]


def test_a_strike_without_an_earlier_one_stands(pipeline: Pipeline) -> None:
    (claim,) = claims_of(pipeline, "The air strike on the town of Saraqib killed nine people.", language="en")
    assert claim.type == "Airstrike"


def test_the_lower_count_of_an_older_report_is_superseded(pipeline: Pipeline) -> None:
    text = LEAD + "It killed nine people. Earlier, warplanes bombed the town of Saraqib, killing four people."
    (claim,) = strikes(claims_of(pipeline, text.replace("Friday. It killed", "Friday, killing"), language="en"))
    assert [f.best for f in claim.figures] == [9]


def test_another_strike_on_the_same_town_stands_apart(pipeline: Pipeline) -> None:
    text = (
        "An air strike on the town of Saraqib killed nine people. Another air strike on the town of Saraqib killed two."
    )
    assert len(strikes(claims_of(pipeline, text, language="en"))) == 2


def test_a_total_of_the_strikes_told_after_it_is_a_report_of_its_own(pipeline: Pipeline) -> None:
    text = (
        "The number of people killed in air strikes by Russian jets has increased to 11. Nine people were killed in air"
        " strikes on the town of Saraqib. Two people were killed in air strikes on the town of Nubl."
    )
    claims = claims_of(pipeline, text, language="en")
    assert sorted(c.type for c in claims) == ["Airstrike", "Airstrike", "CasualtyReport"]
    assert all(actor_words(c, text, "agent") == {"Russian jets"} for c in strikes(claims))


def test_the_dead_of_a_whole_war_are_no_report(pipeline: Pipeline) -> None:
    text = "Warplanes bombed the town of Saraqib. The conflict has killed more than 350,000 people since 2011."
    assert [c.type for c in claims_of(pipeline, text, language="en")] == ["Airstrike"]


def test_a_finer_telling_names_the_place_and_both_voices(pipeline: Pipeline) -> None:
    text = (
        "Russian warplanes carried out air strikes on Idlib on Friday, killing nine people, residents said. The attack"
        " targeted a vegetable market in the town of Ariha, in the Idlib countryside, the White Helmets said."
    )
    (claim,) = strikes(claims_of(pipeline, text, language="en"))
    assert place_words(claim, text) == {"Ariha"}
    assert actor_words(claim, text, "target") == {"vegetable market"}
    assert [s.span.of(text) for s in claim.sources] == ["residents", "White Helmets"]


def test_the_other_side_tells_its_own_version(pipeline: Pipeline) -> None:
    text = (
        "An air strike hit a market in the town of Saraqib on Friday, killing nine people, rescue workers said. The"
        " Syrian army said the air strike targeted a weapons depot."
    )
    claims = strikes(claims_of(pipeline, text, language="en"))
    assert [c.modality.value for c in claims] == ["asserted", "claimed"]
    assert [place_words(c, text) for c in claims] == [{"Saraqib"}, {"Saraqib"}]


def test_a_lead_without_a_place_is_the_strike_told_in_detail(pipeline: Pipeline) -> None:
    text = (
        "Warplanes targeted several civilian sites on Thursday, activists said. "
        "The warplanes hit a school and a bakery in the town of Saraqib, the rescuers said."
    )
    (claim,) = strikes(claims_of(pipeline, text, language="en"))
    assert place_words(claim, text) == {"Saraqib"}


def test_a_city_in_the_lead_gives_way_to_its_quarter(pipeline: Pipeline) -> None:
    text = (
        "Airstrikes killed seven people in the city of Homs on Friday. "
        "Jets thought to belong to the Syrian government struck the besieged Waer neighbourhood in the city of Homs."
    )
    (claim,) = strikes(claims_of(pipeline, text, language="en"))
    assert place_words(claim, text) == {"Waer"}
    assert [f.best for f in claim.figures] == [7]


def test_an_attack_on_what_a_strike_hit_is_that_strike(pipeline: Pipeline) -> None:
    text = LEAD + "A school was hit by an air strike in Saraqib. Government forces attacked a school, the monitor said."
    assert not [c for c in claims_of(pipeline, text, language="en") if c.type == "ArmedClash"]


def test_the_offensive_is_the_attack_told_before(pipeline: Pipeline) -> None:
    text = (
        "Forces loyal to Hezbollah have launched a new attack on the Syrian army. "
        "The forces carried out the offensive in the town of Saraqib on Friday."
    )
    (claim,) = [c for c in claims_of(pipeline, text, language="en") if c.type in ("ArmedClash", "Offensive")]
    assert claim.type == "Offensive"
    assert place_words(claim, text) == {"Saraqib"}


def test_an_order_for_an_area_is_the_order_for_its_camps(pipeline: Pipeline) -> None:
    text = (
        "The Israeli military issued new evacuation orders for Gaza residents on Friday. "
        "The Israeli army instructed residents of the Bureij and Nuseirat refugee camps in central Gaza to evacuate."
    )
    (claim,) = [c for c in claims_of(pipeline, text, language="en") if c.type == "Evacuation"]
    assert claim.modality.value == "planned"
    assert place_words(claim, text) == {"Bureij", "Nuseirat"}


def test_an_early_count_is_that_of_the_strike(pipeline: Pipeline) -> None:
    text = LEAD + "The strike killed nineteen people. Initial reports had five dead."
    (claim,) = claims_of(pipeline, text, language="en")
    assert [f.best for f in claim.figures if f.category == "killed"] == [19]


def test_wednesdays_strike_is_the_one_told_of(pipeline: Pipeline) -> None:
    text = LEAD + "Journalists were barred from Idlib province, including where Friday's air strike took place."
    (claim,) = strikes(claims_of(pipeline, text, language="en"))
    assert place_words(claim, text) == {"Saraqib"}


def test_the_day_of_saying_gives_way_to_the_day_of_the_strike(pipeline: Pipeline) -> None:
    text = (
        "A military air strike on a village killed ten civilians, officials said on Friday. "
        "A military jet dropped three bombs on the town of Saraqib on Thursday."
    )
    (claim,) = strikes(claims_of(pipeline, text, language="en"))
    assert claim.date is not None
    assert claim.date.span is not None
    assert claim.date.span.of(text) == "on Thursday"
    assert place_words(claim, text) == {"Saraqib"}
