"""What a search for words means, in both languages."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.search.index import expression
from graph.search.wording import LONGEST, MOST_WORDS, BadWording, read
from ontology.normal import normal_words

TEXT = "قصفت مدفعيةُ القوّات بلدة معرّة النعمان في ريف إدلب، وبحلب هدنة. Shelling of Ma‘arrat al-Numan; SYRIANS fled."


HAS = (
    "إدلب", "ادلب", "معره النعمان", "النعمان معرة", '"معرة النعمان"', "حلب", "الحلب", "هدنة", "مدفعية", "قوات",
    "القوات", "مدف*", "قصف* -حمص", "حمص OR إدلب", "حمص | إدلب", "“ريف إدلب”", '"بلدة معرة"', "syrian*", "Maarrat",
    "al-numan", "SHELLING fled", "-damascus fled", '-"fled syrians" fled', "حلب؟!", "(حلب)", "of",
    "fled AND syrians", "fled NOT damascus", "fled AND NOT damascus", "fled AND -damascus",
)  # fmt: skip
HAS_NOT = (
    "حمص", '"النعمان معرة"', "إدلب -حلب", "بإدلب", "Numa", "قصف", '"ريف * بإدلب"', "حمص OR دمشق", '"fled syrians"',
    "نعما", "fled AND damascus", "fled NOT syrians", "fled AND NOT syrians", '"fled AND syrians"', "fled and syrians",
)  # fmt: skip


@pytest.mark.parametrize("words", HAS)
def test_a_text_has_it(words: str) -> None:
    assert read(words).matches(TEXT)


@pytest.mark.parametrize("words", HAS_NOT)
def test_a_text_has_it_not(words: str) -> None:
    assert not read(words).matches(TEXT)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "no word"),
        ("  ؟! -- ** ", "no word"),
        ("-حلب", "only what is not wanted"),
        ('"حلب', "never ends"),
        ("ح*", "too many words"),
        ("OR حلب", "stand between two"),
        ("حلب OR", "stand between two"),
        ("حلب OR OR إدلب", "stand between two"),
        ("-حلب OR إدلب", "stand between two"),
        ("حلب OR -إدلب", "cannot be excluded"),
        ("حلب OR NOT إدلب", "cannot be excluded"),
        ("AND حلب", "AND stands between"),
        ("حلب AND", "AND stands between"),
        ("حلب AND AND إدلب", "AND stands between"),
        ("حلب AND OR إدلب", "AND stands between"),
        ("حلب OR AND إدلب", "OR and | stand between"),
        ("حلب OR إدلب AND حمص", "in two ways"),
        ("حلب NOT", "NOT stands before"),
        ("حلب NOT NOT إدلب", "NOT stands before"),
        ("حلب NOT AND إدلب", "NOT stands before"),
        ("حلب NOT -إدلب", "write one of them"),
        ("NOT حلب", "only what is not wanted"),
        ("حلب " * (MOST_WORDS + 1), f"more than {MOST_WORDS} words"),
        ("ا" * (LONGEST + 1), "characters are no search"),
        ("\x00", "no word"),
    ],
)
def test_what_cannot_be_looked_for_is_told(words: str, why: str) -> None:
    with pytest.raises(BadWording, match=why):
        read(words)


SPELLINGS = "حلب بحلب وبحلب الحلب قصف القصف للقصف فقصف ولد لبنان الي الله Aleppo alep é a_b 12 ١٢"
PIECES = st.sampled_from(SPELLINGS.split())
WORDS = st.one_of(PIECES, st.text(max_size=8))
QUERIES = st.lists(
    st.one_of(
        PIECES,
        PIECES.map(lambda word: f"-{word}"),
        PIECES.map(lambda word: f"{word}*"),
        st.sampled_from(["OR", "AND", "NOT"]),
        st.lists(PIECES, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
        st.text(max_size=6),
    ),
    min_size=1,
    max_size=5,
).map(" ".join)


@given(query=QUERIES, text=st.lists(WORDS, max_size=6).map(" ".join))
def test_the_index_finds_what_a_look_at_the_text_finds_and_nothing_is_syntax(query: str, text: str) -> None:
    try:
        wording = read(query)
    except BadWording:
        return
    index = sqlite3.connect(":memory:")
    index.execute("""CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize="ascii tokenchars '_'")""")
    index.execute("INSERT INTO words(rowid, text) VALUES (1, ?)", (" ".join(normal_words(text)),))
    found = index.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression(wording),)).fetchall()
    assert bool(found) == wording.matches(text)
