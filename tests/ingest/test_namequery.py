import pytest

from ingest.gazetteer import Gazetteer
from ingest.linking import Linked, Nil
from ingest.namequery import NameAnswer, UnknownParent, ask
from tests.ingest.gazetteer.samples import geonames_row, imported, write


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    folder = tmp_path_factory.mktemp("imports")
    rows = [
        geonames_row(900, "Kafr Zabad", arabic="كفر زبد", admin=("12",)),
        geonames_row(901, "Kafr Zabad", arabic="كفر زبد", admin=("09",), lat="36.4", lon="37.2"),
    ]
    imported(write(folder / "SY.txt", rows), folder)
    return Gazetteer.open(imports=folder)


def linked(answer: NameAnswer) -> str | None:
    return answer.outcome.entry.key if isinstance(answer.outcome, Linked) else None


@pytest.mark.parametrize(
    ("name", "parent", "key"),
    [
        ("معرة النعمان", "إدلب", "geonames:167611"),
        ("Maarat al-Numan", "Idlib province", "geonames:167611"),
        ("كفر زبد", "إدلب", "geonames:900"),
        ("قرية كفر زبد", "محافظة حلب", "geonames:901"),
        ("حلب", None, "geonames:170063"),
        ("مدينة حلب", None, "geonames:170063"),
        ("محافظة حلب", None, "overlay:sy-aleppo"),
    ],
)
def test_a_name_is_linked_as_the_pipeline_would(gazetteer: Gazetteer, name: str, parent: str | None, key: str) -> None:
    assert linked(ask(gazetteer, name, parent)) == key


def test_every_candidate_says_what_speaks_for_it_or_against(gazetteer: Gazetteer) -> None:
    answer = ask(gazetteer, "كفر زبد", "حلب")
    first, second = answer.candidates
    assert isinstance(answer.outcome, Linked)
    assert (first.entry.key, first.score, first.parts) == (
        "geonames:901",
        answer.outcome.score,
        answer.outcome.parts,
    )
    assert (second.entry.key, second.score, second.against) == ("geonames:900", 0, "it does not lie in Aleppo")
    _, governorate = ask(gazetteer, "حلب").candidates
    assert governorate.against == "the bare name means Aleppo"


def test_two_villages_of_a_name_are_not_linked_without_a_parent(gazetteer: Gazetteer) -> None:
    answer = ask(gazetteer, "كفر زبد")
    assert isinstance(answer.outcome, Nil)
    assert len(answer.candidates) == 2


def test_a_name_that_nobody_bears_has_similar_ones(gazetteer: Gazetteer) -> None:
    answer = ask(gazetteer, "Kafar Zebed")
    assert answer.candidates == ()
    assert "Kafr Zabad" in {entry.names["en"] for _, entry in answer.similar}
    assert ask(gazetteer, "").candidates == ()


@pytest.mark.parametrize(
    ("parent", "says"), [("no such place anywhere", "no gazetteer has the name"), ("كفر زبد", "is no place in which")]
)
def test_a_parent_that_is_none_or_several_is_refused(gazetteer: Gazetteer, parent: str, says: str) -> None:
    with pytest.raises(UnknownParent, match=says):
        ask(gazetteer, "حلب", parent)
