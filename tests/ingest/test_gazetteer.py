import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.gazetteer import (
    OVERLAY,
    BadOverlay,
    Entry,
    Gazetteer,
    folded_keys,
    sources_version,
    split_type_word,
)
from ingest.normal import name_key
from ontology.identity import derived_id
from ontology.model import Precision

SMALL = 15_000  # the shortest city list builds in two seconds


@pytest.fixture(scope="module")
def world() -> Gazetteer:
    return Gazetteer.open()


@pytest.fixture(scope="module")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("gazetteer")
    Gazetteer.open(cache=cache, min_population=SMALL).close()
    return cache


@pytest.fixture(scope="module")
def small(small_cache: Path) -> Gazetteer:
    return Gazetteer.open(cache=small_cache, min_population=SMALL)


def found(gazetteer: Gazetteer, name: str) -> tuple[Entry, ...]:
    return gazetteer.find([name_key(name)]).get(name_key(name), ())


def keys(entries: tuple[Entry, ...]) -> list[str]:
    return [e.key for e in entries]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("حلب", "geonames:170063"),
        ("مدينة حلب", "geonames:170063"),
        ("إدلب", "geonames:169389"),
        ("ادلب", "geonames:169389"),
        ("معرّة النعمان", "geonames:167611"),
        ("Ma'arrat al-Nu'man", "geonames:167611"),
        ("Maarat al-Numan", "geonames:167611"),
        ("Maaret Numan", "geonames:167611"),
        ("خان شيخون", "geonames:168325"),
        ("Khan Sheikhoun", "geonames:168325"),
        ("نبل", "geonames:166331"),
        ("اللاذقية", "geonames:173576"),
        ("سلمية", "geonames:164947"),
        ("السلمية", "geonames:164947"),
        ("كفرزيتا", "geonames:168620"),
        ("كفر زيتا", "geonames:168620"),
        ("عين العرب", "geonames:172256"),
        ("كوباني", "geonames:172256"),
        ("الخرطوم", "geonames:379252"),
        ("سوريا", "geonames:163843"),
        ("سورية", "geonames:163843"),
        ("محافظة حلب", "overlay:sy-aleppo"),
        ("Idlib province", "overlay:sy-idlib"),
        ("ريف دمشق", "overlay:sy-rif-dimashq"),
        ("قطاع غزة", "overlay:ps-gaza-strip"),
        ("مخيم جباليا", "overlay:ps-jabalia-camp"),
        ("Sheikh Maqsoud", "overlay:sy-aleppo-sheikh-maqsoud"),
    ],
)
def test_a_name_as_the_news_write_it_finds_its_place_first(world: Gazetteer, name: str, key: str) -> None:
    assert keys(found(world, name))[:1] == [key]


def test_a_bare_name_finds_city_and_governorate(world: Gazetteer) -> None:
    assert keys(found(world, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]


@pytest.mark.parametrize("name", ["ريف حلب", "مخيم حلب", "الزهراء قرب نبل", "ALP", "hlb", "xa lep po", "LTK"])
def test_what_is_not_a_name_of_the_place_does_not_find_it(world: Gazetteer, name: str) -> None:
    assert not {"geonames:170063", "geonames:173576"} & set(keys(found(world, name)))


def test_a_state_named_after_a_sea_is_not_called_so_bare(world: Gazetteer) -> None:
    assert keys(found(world, "ولاية البحر الأحمر")) == ["overlay:sd-red-sea"]
    assert "overlay:sd-red-sea" not in keys(found(world, "البحر الأحمر")) + keys(found(world, "Red Sea"))
    assert not {"lb-south", "lb-north"} & {
        k.removeprefix("overlay:") for n in ("South", "الشمال") for k in keys(found(world, n))
    }


def test_an_entry_says_what_the_sources_say(world: Gazetteer) -> None:
    aleppo = world.entry("geonames:170063")
    assert aleppo is not None
    assert aleppo.id == derived_id("place", "geonames:170063")
    assert (aleppo.names["ar"], aleppo.kind, aleppo.country) == ("حلب", "city", "SY")
    assert (aleppo.lat, aleppo.lon, aleppo.precision) == ("36.20124", "37.16117", Precision.LOCALITY)
    assert [link.identifier for link in aleppo.links] == ["https://sws.geonames.org/170063/"]
    assert {link.relation for link in aleppo.links} == {"closeMatch"}
    assert [area.names["en"] for area in aleppo.within] == ["Aleppo", "Syria"]
    assert aleppo.within[0].id == derived_id("place", "overlay:sy-aleppo")
    assert aleppo.within[0].links[0].identifier == "https://sws.geonames.org/170062/"


def test_a_governorate_has_no_point(world: Gazetteer) -> None:
    governorate = world.entry("overlay:sy-aleppo")
    assert governorate is not None
    assert (governorate.lat, governorate.lon, governorate.precision) == (None, None, Precision.ADMIN1)


def test_a_quarter_lies_in_city_governorate_and_country(world: Gazetteer) -> None:
    quarter = world.entry("overlay:sy-aleppo-sheikh-maqsoud")
    assert quarter is not None
    assert [a.names["en"] for a in quarter.within] == ["Aleppo", "Aleppo", "Syria"]
    assert quarter.within[0].lat == "36.20124"


@pytest.mark.parametrize(
    ("key", "name"),
    [("2643743", "لندن"), ("360630", "القاهرة"), ("250441", "عمان"), ("108410", "الرياض"), ("2210247", "طرابلس")],
)
def test_the_arabic_name_shown_is_arabic(world: Gazetteer, key: str, name: str) -> None:
    entry = world.entry(f"geonames:{key}")
    assert entry is not None
    assert entry.names["ar"] == name


def test_entries_come_by_population_then_id(world: Gazetteer) -> None:
    entries = found(world, "Tripoli")
    assert len(entries) > 2
    assert list(entries) == sorted(entries, key=lambda e: (-e.population, e.id))


def test_unknown_names_are_absent_and_repeated_ones_answered_once(world: Gazetteer) -> None:
    assert list(world.find(["حلب", "no such place anywhere", "حلب"])) == ["حلب"]
    assert world.entry("geonames:0") is None


def test_exact_search_leaves_folded_spellings_out(world: Gazetteer) -> None:
    assert world.find(["maaret numan"])
    assert not world.find(["maaret numan"], folded=False)


@given(st.lists(st.text(alphabet=st.characters(), max_size=20), max_size=8))
def test_find_answers_any_string(small: Gazetteer, names: list[str]) -> None:
    answer = small.find(names)
    assert set(answer) <= set(names)
    assert all(answer.values())
    assert [small.entry(name) for name in names] == [None] * len(names)


@given(st.text(max_size=30))
def test_folding_is_of_keys_and_never_gives_a_plain_key(name: str) -> None:
    assert all(form.startswith("~") for form in folded_keys(name_key(name)))
    kind, rest = split_type_word(name_key(name))
    assert name_key(name).endswith(rest) or name_key(name).startswith(rest)
    assert (kind is None) == (rest == name_key(name))


def test_the_version_follows_the_sources(tmp_path: Path) -> None:
    copy = tmp_path / "overlay"
    shutil.copytree(OVERLAY, copy)
    assert sources_version(copy) == sources_version(OVERLAY)
    assert sources_version(copy, SMALL) != sources_version(copy)
    (copy / "iraq.yaml").write_text("source: {title: Other, licence: CC0-1.0}\n", encoding="utf-8")
    assert sources_version(copy) != sources_version(OVERLAY)


def test_the_version_does_not_depend_on_the_hash_seed(small_cache: Path) -> None:
    script = (
        "from pathlib import Path; from ingest.gazetteer import Gazetteer\n"
        f"g = Gazetteer.open(cache=Path({str(small_cache)!r}), min_population={SMALL})\n"
        "print(g.version, [e.id for e in g.find(['tripoli'])['tripoli']])"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "7")
    }
    assert len(answers) == 1


def test_the_index_is_built_once(small_cache: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in small_cache.iterdir()}
    gazetteer = Gazetteer.open(cache=small_cache, min_population=SMALL)
    assert {p: p.stat().st_mtime_ns for p in small_cache.iterdir()} == before
    assert [p.name.startswith(f"gazetteer-{gazetteer.version[:20]}-") for p in before] == [True]


@pytest.mark.slow
def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    script = (
        "from ingest.gazetteer import Gazetteer\n"
        f"g = Gazetteer.open(min_population={SMALL})\n"
        "print([e.key for e in g.find(['حلب'])['حلب']])"
    )
    environment = os.environ | {"WAQAI_CACHE": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in running]
    assert [out for out, _ in answers] == [b"['geonames:170063', 'overlay:sy-aleppo']\n"] * 2, answers
    assert [p.suffix for p in tmp_path.iterdir()] == [".sqlite"]


@pytest.mark.slow
def test_an_unwritable_cache_means_an_index_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("not a folder")
    gazetteer = Gazetteer.open(cache=tmp_path / "file" / "cache", min_population=SMALL)
    assert keys(found(gazetteer, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]
    assert "built in memory" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "other database"])
def test_a_damaged_index_is_built_again(small_cache: Path, tmp_path: Path, damage: str) -> None:
    file = tmp_path / next(small_cache.iterdir()).name
    whole = next(small_cache.iterdir()).read_bytes()
    if damage == "other database":
        sqlite3.connect(file).executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1);")
    else:
        file.write_bytes(
            {"truncated": whole[: len(whole) // 2], "empty": b"", "garbage": b"no database " * 999}[damage]
        )
    gazetteer = Gazetteer.open(cache=tmp_path, min_population=SMALL)
    assert found(gazetteer, "حلب")
    assert file.stat().st_size == len(whole)


@pytest.mark.slow
def test_damage_found_while_asking_is_mended(small_cache: Path, tmp_path: Path) -> None:
    file = tmp_path / next(small_cache.iterdir()).name
    whole = next(small_cache.iterdir()).read_bytes()
    page = 4096
    file.write_bytes(whole)
    gazetteer = Gazetteer.open(cache=tmp_path, min_population=SMALL)
    with file.open("r+b") as handle:  # all but the head and the last pages, which opening has read
        handle.seek(4 * page)
        handle.write(b"\xff" * (len(whole) - 12 * page))
    assert keys(found(gazetteer, "حلب")) == ["geonames:170063", "overlay:sy-aleppo"]


def test_a_closed_gazetteer_refuses(small_cache: Path) -> None:
    gazetteer = Gazetteer.open(cache=small_cache, min_population=SMALL)
    gazetteer.close()
    with pytest.raises(sqlite3.ProgrammingError):
        gazetteer.find(["حلب"])


def test_city_lists_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="15000"):
        Gazetteer.open(min_population=10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("places: [", "is not YAML"),
        ("places: []", "'source' is a required property"),
        ("source: {title: My, licence: CC0-1.0}\nplaces: [{key: A b, kind: city, names: {ar: حلب}}]", "places/0/key"),
        ("source: {title: My, licence: CC0-1.0}\nplaces: [{key: a, kind: moon, names: {ar: حلب}}]", "places/0/kind"),
        ("source: {title: My, licence: CC0-1.0}\nplaces: [{key: a, kind: city, names: {ar: ''}}]", "places/0/names/ar"),
    ],
)
def test_a_bad_overlay_is_refused_with_file_and_field(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadOverlay, match=says) as caught:
        Gazetteer.open(cache=tmp_path / "cache", overlay=tmp_path, min_population=SMALL)
    assert "mine.yaml" in str(caught.value)
    assert not list((tmp_path / "cache").iterdir())


def sheets() -> list[dict[str, list[dict[str, object]]]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(OVERLAY.glob("*.yaml"))]


def test_every_id_of_the_overlay_is_that_of_a_place_in_its_country(world: Gazetteer) -> None:
    for sheet in sheets():
        for more in sheet.get("spellings", []):
            entry = world.entry(f"geonames:{more['geonames']}")
            assert entry is not None, more
            assert entry.country == more["country"], more


def test_overlay_places_have_one_key_each_and_lie_in_places_that_exist(world: Gazetteer) -> None:
    places = [place for sheet in sheets() for place in sheet.get("places", [])]
    assert len({p["key"] for p in places}) == len(places) > 150
    for place in places:
        entry = world.entry(f"overlay:{place['key']}")
        assert entry is not None, place
        wanted = place.get("within", [])
        assert isinstance(wanted, list)
        containers = [world.entry(w if ":" in w else f"overlay:{w}") for w in wanted]
        assert all(c is not None and c.country in ("", entry.country) for c in containers), place
        assert {c.id for c in containers if c} <= {a.id for a in entry.within}, place


def test_every_governorate_with_a_code_has_the_city_list_s_places_in_it(world: Gazetteer) -> None:
    for key, city in [("sy-idlib", "169389"), ("iq-nineveh", "99072"), ("ye-taiz", "70225"), ("ly-derna", "87205")]:
        entry = world.entry(f"geonames:{city}")
        assert entry is not None
        assert entry.within[0].id == derived_id("place", f"overlay:{key}")


@pytest.mark.parametrize("name", ["Benin", "تشاد", "عُمان", "الكونغو الديمقراطية", "Türkiye", "كوريا الشمالية"])
def test_countries_are_found_in_both_languages(world: Gazetteer, name: str) -> None:
    first = found(world, name)[0]
    assert first.kind == "country"
    assert set(first.names) == {"ar", "en"}
    assert first.precision is Precision.COUNTRY
