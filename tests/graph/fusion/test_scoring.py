"""Each reason for taking two claims to be about one event has a name."""

from graph.fusion.features import Extent, Spot, features
from graph.fusion.scoring import SAME, score, where
from ontology.model import Area, Claim, EventDate, Figure, Modality, Participant, Place, Precision, Span, Trigger
from tests.graph.fusion.claims import SPOTS, claim

_AT = Span(0, 5)


def test_the_score_is_the_sum_of_its_parts_in_either_order() -> None:
    a, b = claim("c1", agents=frozenset({"x"})), claim("c2", "a2", agents=frozenset({"x"}))
    found = score(a, b)
    assert found == score(b, a)
    assert found.value == sum(points for _, points in found.parts) >= SAME
    assert dict(found.parts).keys() == {"same point", "same day", "same agent"}


def test_a_city_and_a_day_alone_are_not_enough() -> None:
    assert score(claim("c1", spots=(SPOTS[3],)), claim("c2", "a2", spots=(SPOTS[3],))).value < SAME


def test_a_list_of_places_says_less_of_each() -> None:
    alone, listed = where((SPOTS[0],), (SPOTS[0],)), where((SPOTS[0],), (SPOTS[0], SPOTS[1]))
    assert alone is not None
    assert listed is not None
    assert listed[1] < alone[1]


def test_places_that_gazetteers_know_as_two_are_two_unless_one_lies_in_the_other() -> None:
    assert where((SPOTS[1],), (SPOTS[3],)) is None
    assert where((SPOTS[2],), (SPOTS[1],)) == ("inside the town", 240)


def test_publication_is_no_date_and_without_either_nothing_is_near() -> None:
    undated = claim("c2", "a2", days=None, published=106)
    assert score(claim("c1"), undated).conflict == "date"
    nowhen = score(claim("c1"), claim("c2", "a2", days=None, published=None))
    assert dict(nowhen.parts)["no day known"] < 0


def test_features_of_a_claim_hold_no_word_but_names_of_local_places() -> None:
    area = Area("area", {"en": "North"}, kind="governorate")
    made = Claim(
        id="c-1",
        type="Airstrike",
        modality=Modality.ASSERTED,
        trigger=Trigger(_AT, "x", "r"),
        evidence=(_AT,),
        participants=(
            Participant("agent", _AT, "r", "known", names={"en": "Army"}),
            Participant("agent", _AT, "r", "unknown"),
        ),
        places=(
            Place(_AT, "r", "local", kind="village", within=(area,), precision=Precision.ADMIN1),
            Place(_AT, "r", "city", kind="city", names={"en": "Idlib"}, lat="35.93", lon="36.63", within=(area,)),
            Place(_AT, "r", "shared", kind="city", names={"en": "Idlib"}, precision=Precision.ADMIN1, within=(area,)),
            Place(_AT, "r", "gone", role="movedTo"),
        ),
        date=EventDate(_AT, "r", "day", "2024-11-30", "2024-11-30", "2024-11-30"),
        figures=(Figure("killed", _AT, "r", 16, 16, 16),),
    )
    found = features(made, article="a", published="2024-12-01", text="تلّ الورد", key=lambda name: f"key of {name}")
    within = (("area", Extent.GOVERNORATE),)
    assert found.spots == (
        Spot("local", Extent.POINT, within, name="key of تلّ ا"),
        Spot("city", Extent.CITY, within, 3593000, 3663000),
        Spot("shared", Extent.GOVERNORATE, within),
    )
    assert found.agents == {"known"}
    assert found.days is not None
    assert found.published == found.days[0] + 1
    assert features(made, article="a").spots[0].name == ""
