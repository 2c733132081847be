import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.evaluation.names import among, content_words, same_name

NAMES = st.text(alphabet="أاإىيةه لمدنروسcityofABab'ُّـ", max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الجيش السوري", "الجيش العربي السوري"),
        ("للجيش السوري", "جيش سوري"),
        ("مدينة إدلب", "ادلب"),
        ("وبالرقّة", "الرقة"),
        ("Ma‘arrat", "Maarrat"),
        ("the city of Aleppo", "aleppo"),
        ("Ḩamāh", "Hamah"),
    ],
)
def test_spelling_articles_and_type_words_make_no_difference(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aleppo city", "Homs city"),
        ("قوات سوريا", "قوات تركيا"),
        ("", "Aleppo"),
        ("the city", "the city"),
    ],
)
def test_other_names_are_others(one: str, other: str) -> None:
    assert not same_name(one, other)


def test_half_of_all_words_is_enough() -> None:
    assert same_name("red blue green", "red blue black")
    assert not same_name("red blue green", "red white black")


def test_two_letters_remain_behind_an_article() -> None:
    assert content_words("الى") == {"الي"}
    assert content_words("التل") == {"تل"}


@given(NAMES, NAMES)
def test_sameness_has_no_direction(one: str, other: str) -> None:
    assert same_name(one, other) == same_name(other, one)


@given(NAMES)
def test_a_name_is_itself_unless_it_has_no_content(name: str) -> None:
    assert same_name(name, name) == bool(content_words(name))


def test_among() -> None:
    assert among("إدلب", ["حلب", "مدينة ادلب"])
    assert not among("إدلب", [])
