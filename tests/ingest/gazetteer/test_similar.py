from pathlib import Path

from ingest.gazetteer import Gazetteer
from ingest.gazetteer.likeness import likenesses
from ingest.gazetteer.sound import sound_of
from ingest.linking import Nil
from ingest.namequery import ask
from ontology.normal import name_key
from tests.ingest.gazetteer.misspellings import HARD, MISSPELT
from tests.ingest.gazetteer.samples import geonames_row, imported, opened, write


def suggested(gazetteer: Gazetteer, name: str) -> list[str]:
    return [entry.key for _, entry in gazetteer.similar(name_key(name))]


def test_misspelt_names_get_the_place_that_was_meant_among_ten(world: Gazetteer) -> None:
    missed = {n: k for n, k in (MISSPELT | HARD).items() if f"geonames:{k}" not in suggested(world, n)}
    assert not missed
    assert len(MISSPELT) >= 100


def test_the_place_that_was_meant_is_mostly_the_first(world: Gazetteer) -> None:
    first = [n for n, k in MISSPELT.items() if suggested(world, n)[:1] == [f"geonames:{k}"]]
    assert len(first) >= 0.85 * len(MISSPELT)


def test_what_is_only_similar_is_never_linked(world: Gazetteer) -> None:
    unknown = [name for name in MISSPELT if not world.find([name_key(name)])]
    assert len(unknown) >= 30
    for name in unknown:
        answer = ask(world, name)
        assert isinstance(answer.outcome, Nil), name
        assert answer.similar, name


def test_a_name_in_the_other_script_is_suggested_by_its_consonants(tmp_path: Path, small_cache: Path) -> None:
    rows = [geonames_row(900, "Kafr Zabadin", lat="35.51"), geonames_row(901, "Marj Sultan", lat="35.52")]
    imported(write(tmp_path / "SY.txt", rows), tmp_path / "imports")
    assert suggested(opened(small_cache, tmp_path / "imports"), "كفر زبدين")[:1] == ["geonames:900"]


def test_likeness_does_not_depend_on_articles_and_spaces() -> None:
    for key, names in (("khan yunis", ["khanyunis", "al khan yunis"]), ("خان يونس", ["الخان يونس"])):
        assert likenesses(key, [(name, sound_of(name)) for name in names]) == dict.fromkeys(names, 1.0)
