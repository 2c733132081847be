"""Files of saved queries: what is taken, what is refused and why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from api.queries.parameters import BadValue
from api.queries.saved import BadQueryFile, SavedQuery, examples, load, parse, terms_of, view_of

HEADER = '#+ summary: {en: Things, ar: "أشياء"}\n#+ parameters:\n'
WORD = HEADER + "#+   word: {type: text, en: a word}\n"


def query(text: str) -> SavedQuery:
    return parse("things", text)


@given(st.text(max_size=60).filter(str.strip))
def test_no_value_gets_out_of_its_place(value: str) -> None:
    saved = query(f"{WORD}SELECT (?_word AS ?found) {{}}")
    (row,) = Store().query(saved.filled(terms_of(saved, [("word", value)])))  # type: ignore[misc,union-attr]
    assert row["found"].value == value.strip()  # type: ignore[index]


@pytest.mark.parametrize(
    "value", ['" } DROP ALL #', "\\u0022) AS ?x", "\\", "'''", '"""', "?_word", "# with word", "\r\n}"]
)
def test_what_looks_like_syntax_is_words(value: str) -> None:
    saved = query(f"{WORD}SELECT (?_word AS ?found) {{}}")
    (row,) = Store().query(saved.filled(terms_of(saved, [("word", value)])))  # type: ignore[misc,union-attr]
    assert row["found"].value == value.strip()  # type: ignore[index]


def test_a_line_stands_only_with_its_parameter() -> None:
    saved = query(
        HEADER + "#+   n: {type: integer, optional: true, en: a number}\nSELECT * {\n BIND(?_n AS ?x) # with n\n}"
    )
    assert "BIND" not in saved.filled({})
    assert "BIND(7 AS ?x)\n" in saved.filled(terms_of(saved, [("n", "7")]))


def test_a_variable_in_a_string_or_a_comment_is_left_alone() -> None:
    saved = query(f'{WORD}# of ?_word\nSELECT (CONCAT("?_word", ?_word) AS ?found) {{}}')
    assert '"?_word", "x"' in saved.filled(terms_of(saved, [("word", "x")]))


def test_the_query_runs_anywhere() -> None:
    """Prefixes that are used are declared, and only those."""
    saved = query("#+ summary: Airstrikes\nSELECT * { ?event a wq:Airstrike }")
    assert saved.filled({}).count("PREFIX") == 1
    for text in examples().values():
        Store().query(text)


def test_examples_need_no_value_and_say_the_same_at_any_time() -> None:
    assert next(iter(examples())).startswith("Airstrikes")
    assert not any("_" in text.split("{")[0] and "?_" in text for text in examples().values())
    assert not any("Waqai came to know" in text for text in examples().values())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("SELECT * {}", "no header"),
        ("#+ summary: [", "no YAML"),
        ("#+ summary: {ar: x}\nSELECT * {}", "`summary`"),
        ("#+ summary: x\n#+ author: y\nSELECT * {}", "author"),
        (WORD + "SELECT * {}", "declared and not used"),
        ("#+ summary: x\nSELECT (?_word AS ?x) {}", "used and not declared"),
        (HEADER + "#+   a: {type: colour, en: x}\nSELECT (?_a AS ?x) {}", "no type colour"),
        (HEADER + "#+   a: {type: integer}\nSELECT (?_a AS ?x) {}", "meaning"),
        (HEADER + "#+   a: {type: choice, en: x}\nSELECT (?_a AS ?x) {}", "choices"),
        (HEADER + "#+   a: {type: integer, default: many, en: x}\nSELECT (?_a AS ?x) {}", "whole number"),
        (HEADER + "#+   a: {type: integer, optional: true, en: x}\nSELECT (?_a AS ?x) {}", "# with a"),
        (HEADER + "#+   a b: {type: integer, en: x}\nSELECT * {}", "cannot name a parameter"),
        ("#+ summary: x\nSELECT * {", "refused, line"),
        ("#+ summary: x\nINSERT DATA { <a:a> <a:a> <a:a> }", "refused"),
        ("#+ summary: x\nSELECT * { SERVICE <http://x/> {} }", "refused"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(source: str, reason: str) -> None:
    with pytest.raises(BadQueryFile, match=reason.replace("(", r"\(")):
        query(source)


def test_own_queries_come_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.rq").write_text("#+ summary: Mine\nASK {}", encoding="utf-8")
    assert load(tmp_path)["mine"].own
    (tmp_path / "airstrikes.rq").write_text("#+ summary: Mine\nASK {}", encoding="utf-8")
    with pytest.raises(BadQueryFile, match="a query of that name already"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"), [("My Query.rq", b"ASK {}"), ("latin.rq", "#+ summary: é".encode("latin-1"))]
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadQueryFile, match=name.replace(".", r"\.")):
        load(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="WAQAI_QUERIES"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        ([], "missing"),
        ([("word", " ")], "missing"),
        ([("other", "x")], "unknown"),
        ([("word", "a"), ("word", "b")], "repeated"),
    ],
)
def test_parameters_that_do_not_fit(given_: list[tuple[str, str]], kind: str) -> None:
    saved = query(f"{WORD}SELECT (?_word AS ?found) {{}}")
    with pytest.raises(BadValue) as refused:
        saved.filled(terms_of(saved, given_))
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("#defaultView:map\nASK {}", "Map"),
        ("ASK {}\n#defaultView: Timeline", "Timeline"),
        ("#defaultView:Cube\nASK {}", None),
        ("ASK {}", None),
    ],
)
def test_the_view_that_a_comment_asks_for(text: str, view: str | None) -> None:
    assert view_of(text) == view
