import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.negotiation import choose, essence_of, parse_accept

TURTLE, JSONLD, HTML = "text/turtle", "application/ld+json", "text/html"
OFFERS = (HTML, TURTLE, JSONLD)


def test_who_takes_json_is_given_what_is_json_where_nothing_else_fits() -> None:
    results = ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"]
    assert choose("application/json", results) == results[0]
    assert choose("application/xml", results) == results[1]
    assert choose("application/json, text/csv;q=0.1", results) == "text/csv"
    assert choose("application/json, application/sparql-results+json;q=0", results) is None
    assert choose("application/json;q=0", results) is None
    assert choose("application/json", ["application/ld+json", "application/json"]) == "application/json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, HTML),
        ("", HTML),
        ("*/*", HTML),
        ("text/turtle", TURTLE),
        ("TEXT/Turtle", TURTLE),
        ("text/*", HTML),
        ("application/*", JSONLD),
        ("text/turtle;q=0.4, application/ld+json;q=0.5", JSONLD),
        ("text/turtle;q=0.5, application/ld+json;q=0.5", TURTLE),
        ("text/html;q=0, */*", TURTLE),
        ("text/*;q=0, */*;q=0.1", JSONLD),
        ("text/*;q=0.9, text/html;q=0.1", TURTLE),
        ("*/*;q=0.1, application/ld+json;q=0.2", JSONLD),
        ("text/html;level=1", None),
        ("image/png", None),
        ("text/html;q=0", None),
        ("*/*;q=0", None),
        ("text/html;q=0.000, text/turtle;q=0.001", TURTLE),
        ("text/html;q=2, text/turtle;q=0.1", TURTLE),
        ("nonsense, text/turtle", TURTLE),
        ('text/plain;a="x,y", text/turtle', TURTLE),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
    ],
)
def test_the_best_liked_offer_is_chosen(accept: str | None, expected: str | None) -> None:
    assert choose(accept, OFFERS) == expected


def test_a_parameter_in_the_offer_makes_the_range_more_specific() -> None:
    offers = ("text/plain;charset=a", "text/plain;charset=b")
    assert choose("text/plain;q=0.1, text/plain;charset=b", offers) == offers[1]


def test_type_and_subtype_of_a_content_type() -> None:
    assert essence_of("Application/SPARQL-Query ; charset=UTF-8") == "application/sparql-query"
    assert essence_of("") == ""


@given(st.text())
def test_any_header_gives_an_offer_or_none(header: str) -> None:
    assert choose(header, OFFERS) in (*OFFERS, None)
    assert all(0 <= r.quality <= 1 for r in parse_accept(header))
