"""One real article, read from beside the project: every statement that its extraction must and must not make.

The article is not part of the project; where it is absent these tests are skipped.
"""

from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from ontology.model import Article, Claim, Modality
from tests.ingest.extracting import counts, of_type, spans_of

PATH = Path(__file__).parents[3] / "shared" / "articles" / "aleppo-idlib-2024-11-30.ar.txt"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PATH.exists(), reason="the sample article beside the project is not there"),
]
GEONAMES = "https://sws.geonames.org/{}/"


@pytest.fixture(scope="module")
def article() -> Article:
    return Article(PATH.read_text(encoding="utf-8"), "ar", published="2024-11-30")


@pytest.fixture(scope="module")
def claims(pipeline: Pipeline, article: Article) -> tuple[Claim, ...]:
    return pipeline.extract(article).claims


@pytest.fixture(scope="module")
def undated(pipeline: Pipeline, article: Article) -> tuple[Claim, ...]:
    return pipeline.extract(Article(article.text, "ar")).claims


def linked(claim: Claim, number: int, *roles: str) -> bool:
    return any(
        link.identifier == GEONAMES.format(number) and (not roles or place.role in roles)
        for place in claim.places
        for link in place.links
    )


def inside(claim: Claim, number: int) -> bool:
    links = [link.identifier for place in claim.places for area in place.within for link in area.links]
    return GEONAMES.format(number) in links or linked(claim, number)


def at(claims: tuple[Claim, ...], kind: str, number: int, *roles: str) -> list[Claim]:
    return [c for c in of_type(claims, kind) if c.modality.happened and linked(c, number, *roles)]


def agents(claim: Claim) -> set[str]:
    return {p.names.get("en", "") for p in claim.participants if p.role == "agent"}


def agent_words(claim: Claim, text: str) -> str:
    return " ".join(p.span.of(text) for p in claim.participants if p.role == "agent")


def source_names(claim: Claim) -> list[str]:
    return [s.names.get("en", s.kind) for s in claim.sources]


SOHR = "Syrian Observatory for Human Rights"
SDF = "Syrian Democratic Forces"


@pytest.mark.parametrize("number", [167611, 168325], ids=["Ma'arrat al-Nu'man", "Khan Shaykhun"])
def test_the_factions_take_two_towns_by_their_own_word(
    claims: tuple[Claim, ...], article: Article, number: int
) -> None:
    found = at(claims, "Takeover", number)
    assert len(found) == 1
    claim = found[0]
    assert claim.modality is Modality.CLAIMED
    assert "الفصائل المسلحة" in agent_words(claim, article.text)
    assert [(s.party, s.count) for s in claim.sources] == [(True, 2)]


def test_the_inference_about_the_whole_province_is_not_in_the_sources_claim(claims: tuple[Claim, ...]) -> None:
    """أي أن محافظة إدلب بأكملها …: the journalist's words, not those of the two sources."""
    assert at(claims, "Takeover", 167611)
    assert not [c for c in at(claims, "Takeover", 169387) if [s.count for s in c.sources] == [2]]


def test_most_of_aleppo_is_taken_by_hts_and_its_allies(claims: tuple[Claim, ...], article: Article) -> None:
    found = [c for c in at(claims, "Takeover", 170063) if "Hay'at Tahrir al-Sham" in agents(c)]
    assert len(found) == 1
    claim = found[0]
    assert source_names(claim) == [SOHR]
    assert "الفصائل" in agent_words(claim, article.text)
    assert claim.modality is Modality.ASSERTED


def test_most_of_aleppo_keeps_its_extent(claims: tuple[Claim, ...]) -> None:
    found = [c for c in at(claims, "Takeover", 170063) if "Hay'at Tahrir al-Sham" in agents(c)]
    assert [p.extent for p in found[0].places if linked(found[0], 170063)] == ["most"]


def test_the_sdf_holds_nubl_and_zahraa(claims: tuple[Claim, ...], article: Article) -> None:
    found = at(claims, "Takeover", 166331)
    assert len(found) == 1
    claim = found[0]
    assert agents(claim) == {SDF}
    assert source_names(claim) == [SOHR]
    zahraa = [p for p in claim.places if p.span.of(article.text) == "الزهراء"]
    assert [(p.links, p.lat, p.lon) for p in zahraa] == [((), None, None)]


def test_six_villages_in_idlib_are_taken(claims: tuple[Claim, ...], article: Article) -> None:
    found = [c for c in of_type(claims, "Takeover") if counts(c).get("places") == 6]
    assert len(found) == 1
    claim = found[0]
    assert claim.modality.happened
    assert inside(claim, 169389) or inside(claim, 169387)
    assert "جديدة" not in {p.span.of(article.text) for p in claim.places}
    assert "المجموعات المسلحة" in agent_words(claim, article.text)


def test_sixteen_are_killed_at_the_basil_roundabout(claims: tuple[Claim, ...], article: Article) -> None:
    found = [c for c in of_type(claims, "Airstrike") if counts(c).get("killed") == 16]
    assert len(found) == 1
    claim = found[0]
    assert claim.modality is Modality.ASSERTED
    assert SOHR in source_names(claim)
    place = next(p for p in claim.places if p.span.of(article.text) == "دوار الباسل")
    assert place.links == ()
    assert "Aleppo" in {area.names.get("en") for area in place.within}


def test_the_hedge_about_nationality_does_not_touch_the_deaths(claims: tuple[Claim, ...]) -> None:
    claim = next(c for c in of_type(claims, "Airstrike") if counts(c).get("killed") == 16)
    assert claim.modality.happened
    assert not any("Rus" in p.names.get("en", "") for p in claim.participants)


@pytest.mark.parametrize("number", [170063, 169389], ids=["Aleppo", "Idlib"])
def test_media_report_strikes_on_hts_and_the_factions(claims: tuple[Claim, ...], article: Article, number: int) -> None:
    found = [
        c for c in at(claims, "Airstrike", number) if [s.span.of(article.text) for s in c.sources] == ["وسائل إعلام"]
    ]
    assert len(found) == 1
    targets = " ".join(p.span.of(article.text) for p in found[0].participants if p.role == "target")
    assert "هيئة تحرير الشام" in targets


def test_the_factions_too_are_a_target_of_the_strikes(claims: tuple[Claim, ...], article: Article) -> None:
    found = [
        c for c in at(claims, "Airstrike", 169389) if [s.span.of(article.text) for s in c.sources] == ["وسائل إعلام"]
    ]
    targets = " ".join(p.span.of(article.text) for p in found[0].participants if p.role == "target")
    assert "الفصائل" in targets


def test_the_army_announces_its_withdrawal_from_aleppo(claims: tuple[Claim, ...], article: Article) -> None:
    found = [c for c in at(claims, "Withdrawal", 170063) if "انسحابه" in c.trigger.span.of(article.text)]
    assert len(found) == 1
    assert agent_words(found[0], article.text) == "الجيش السوري"
    assert [(s.span.of(article.text), s.party) for s in found[0].sources] == [("الجيش السوري", True)]
    assert linked(found[0], 170063, "movedFrom", "place")


def test_the_army_never_withdraws_as_an_organisation_of_its_ranks(claims: tuple[Claim, ...], article: Article) -> None:
    """إعادة تنظيم صفوفه: reorganising its ranks is no organisation."""
    assert "تنظيم" not in {p.span.of(article.text) for c in claims for p in c.participants}


def test_civilians_flee_aleppo_in_thousands_of_vehicles(claims: tuple[Claim, ...], article: Article) -> None:
    found = [
        c
        for c in at(claims, "Evacuation", 170063, "movedFrom")
        if [s.kind for s in c.sources] == ["agency", "eyewitness"]
    ]
    assert len(found) == 1
    claim = found[0]
    assert claim.subtype == "Flight"
    assert source_names(claim)[0] == "Reuters"
    vehicles = next(f for f in claim.figures if f.category == "vehicles")
    assert (vehicles.best, vehicles.low, vehicles.high) == (None, 1000, None)
    assert linked(claim, 173576, "movedTo")
    assert linked(claim, 164947, "movedTo")


def test_residents_tell_reuters_the_same(claims: tuple[Claim, ...]) -> None:
    found = [
        c
        for c in at(claims, "Evacuation", 170063, "movedFrom")
        if [s.kind for s in c.sources] == ["agency", "resident"]
    ]
    assert [s.count for s in found[0].sources] == [None, 3]


@pytest.mark.parametrize("figure", [343, 327, 155, 79, 16])
def test_a_figure_is_a_claim_of_its_own(claims: tuple[Claim, ...], figure: int) -> None:
    found = [c for c in claims if figure in [f.best for f in c.figures if f.category == "killed"]]
    assert len(found) == 1
    assert [f.best for f in found[0].figures if f.category == "killed"] == [figure]
    assert found[0].modality is Modality.ASSERTED


def test_figures_are_never_summed(claims: tuple[Claim, ...]) -> None:
    values = [f.best for c in claims for f in c.figures if f.category == "killed"]
    assert sorted(v for v in values if v is not None) == [16, 79, 155, 327, 343]


def test_the_residents_who_speak_are_no_displaced_people(claims: tuple[Claim, ...], article: Article) -> None:
    assert "ثلاثة سكان" not in {f.span.of(article.text) for c in claims for f in c.figures}


@pytest.mark.parametrize(
    ("figure", "names"), [(343, []), (327, [SOHR]), (155, [SOHR]), (79, [SOHR])], ids=["343", "327", "155", "79"]
)
def test_the_toll_has_the_source_that_the_text_gives(claims: tuple[Claim, ...], figure: int, names: list[str]) -> None:
    claim = next(c for c in claims if figure in [f.best for f in c.figures])
    assert source_names(claim) == names


def test_two_points_in_the_headline_do_not_cut_its_evidence(claims: tuple[Claim, ...], article: Article) -> None:
    claim = next(c for c in claims if 343 in [f.best for f in c.figures])
    assert [span.of(article.text)[:10] for span in claim.evidence] == ["سقوط 343 ق", "سقوط 343 ق"]


def test_turkeys_involvement_is_denied(claims: tuple[Claim, ...], article: Article) -> None:
    found = of_type(claims, "Denial")
    assert len(found) == 1
    assert found[0].modality is Modality.DENIED
    assert agent_words(found[0], article.text) == "تركيا"
    assert not [c for c in claims if c.modality.happened and "تركيا" in agent_words(c, article.text)]


def test_the_recapture_of_2016_is_background_and_no_takeover(claims: tuple[Claim, ...], article: Article) -> None:
    paragraph = article.text.index("يتواصل التصعيد"), article.text.index("وفي آخر التطورات")
    there = [c for c in of_type(claims, "Takeover") if paragraph[0] <= c.trigger.span.start < paragraph[1]]
    assert there
    assert {c.modality for c in there} == {Modality.BACKGROUND}


def test_the_recapture_of_2016_is_no_takeover_without_a_publication_date_either(
    undated: tuple[Claim, ...], article: Article
) -> None:
    end = article.text.index("وفي آخر التطورات")
    assert not [c for c in of_type(undated, "Takeover") if c.trigger.span.start < end and c.modality.happened]


def test_the_entry_of_the_groups_into_aleppo_is_news_and_not_of_2016(
    claims: tuple[Claim, ...], article: Article
) -> None:
    found = [c for c in of_type(claims, "Offensive") if c.trigger.span.of(article.text) == "تدخل"]
    assert [c.modality.happened for c in found] == [True]
    assert all(c.date is None or c.date.edtf != "2016" for c in found)


def test_the_counter_attack_is_planned(claims: tuple[Claim, ...], article: Article) -> None:
    plans = [
        c
        for c in of_type(claims, "Offensive")
        if "هجوم" in c.trigger.span.of(article.text) and c.modality is Modality.PLANNED
    ]
    assert len(plans) == 1
    assert agent_words(plans[0], article.text) == "الجيش السوري"
    assert [cue.span.of(article.text) for cue in plans[0].cues] == ["استعدادا"]


def test_what_the_kurdish_forces_would_do_has_not_happened(claims: tuple[Claim, ...], article: Article) -> None:
    start = article.text.index("من جانبها، أعلنت القوات الكردية")
    end = article.text.index("وأكدت تركيا")
    assert not [c for c in claims if start <= c.trigger.span.start < end and c.modality.happened]


def test_southern_parts_that_damascus_still_holds_are_no_takeover(claims: tuple[Claim, ...], article: Article) -> None:
    start = article.text.index("وأضاف المرصد السوري أن بعض")
    end = article.text.index("وأكد المرصد السوري أن قوات")
    assert not [c for c in of_type(claims, "Takeover") if start <= c.trigger.span.start < end and c.modality.happened]


def test_the_russian_attack_is_no_place_in_russia(claims: tuple[Claim, ...], article: Article) -> None:
    assert not {"روسيا"} & {p.span.of(article.text) for c in claims for p in c.places}


def test_today_is_the_day_of_publication(claims: tuple[Claim, ...]) -> None:
    claim = at(claims, "Takeover", 167611)[0]
    assert claim.date is not None
    assert (claim.date.edtf, claim.date.anchor) == ("2024-11-30", "published")


def test_without_a_publication_date_no_absolute_date_is_invented(undated: tuple[Claim, ...], article: Article) -> None:
    assert undated
    dated = {
        c.date.span.of(article.text): c.date.edtf for c in undated if c.date is not None and c.date.edtf is not None
    }
    assert set(dated.items()) <= {("عام 2016", "2016")}
    assert all(c.date is None or c.date.anchor is None for c in undated)


def test_a_date_stands_on_characters_of_its_own(claims: tuple[Claim, ...], article: Article) -> None:
    assert {c.date.span.of(article.text) for c in claims if c.date is not None} <= {
        "اليوم السبت",
        "عام 2016",
        "الليلة الماضية",
    }


def test_no_place_is_invented(claims: tuple[Claim, ...], article: Article) -> None:
    places = {p.span.of(article.text) for c in claims for p in c.places}
    assert not places & {"كبيرة", "جديدة", "المدينة والمراكز", "الحدود"}


def test_the_footer_gives_nothing(claims: tuple[Claim, ...], article: Article) -> None:
    footer = article.text.index("المصدر: وكالات")
    assert all(span.end <= footer for c in claims for _, span in spans_of(c))


def test_every_span_slices_back(claims: tuple[Claim, ...], article: Article) -> None:
    for claim in claims:
        for slot, span in spans_of(claim):
            assert span.of(article.text).strip(), slot
            assert span.end <= len(article.text)
