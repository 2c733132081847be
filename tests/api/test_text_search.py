"""Search for words over HTTP: in workers, as of the past, with what cannot be told as a problem."""

from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from graph.search.predicate import BadSearch
from tests.api.conftest import TestClient


def get(client: httpx.Client, query: str, **more: object) -> httpx.Response:
    return client.get("/sparql", params={"query": query, **more})  # type: ignore[dict-item]


def found(response: httpx.Response) -> int:
    assert response.status_code == 200, response.text
    return len(response.json()["results"]["bindings"])


ALL = "SELECT ?claim ?quote { ?claim wq:evidence/oa:hasSelector/oa:exact ?quote }"


def word_of(client: httpx.Client) -> str:
    rows = get(client, ALL).json()["results"]["bindings"]
    return max((str(row["quote"]["value"]) for row in rows), key=len).split()[1]


def test_a_query_of_the_endpoint_searches_and_the_past_does_too(client: httpx.Client) -> None:
    word = word_of(client)
    query = f'SELECT ?claim {{ ?claim wq:text "{word}" ; a wq:Claim }}'
    assert found(get(client, query)) >= 1
    assert found(get(client, query, at=0)) == 0
    assert found(get(client, 'SELECT ?claim { ?claim wq:text "nobodywrotethis" }')) == 0
    assert found(client.post("/sparql", data={"query": query})) == found(get(client, query))
    saved = client.get("/queries/search", params={"words": word}, headers={"accept": "application/sparql-results+json"})
    assert found(saved) >= 1


def test_a_search_of_another_dataset_is_refused(client: httpx.Client) -> None:
    query = 'SELECT ?claim { ?claim wq:text "حلب" }'
    assert found(get(client, query)) >= 1
    for more in ({"default-graph-uri": "http://none.example/"}, {"named-graph-uri": "http://none.example/"}):
        response = get(client, query, **more)
        assert response.status_code == 400
        assert "leave out FROM" in response.json()["detail"]


@pytest.mark.parametrize(
    ("words", "why"),
    [("", "no word"), ("-a", "not wanted"), ("a OR", "stand between"), ("x " * 10_000, "characters are no search")],
)
def test_what_cannot_be_searched_for_is_a_problem_with_its_place(client: httpx.Client, words: str, why: str) -> None:
    response = get(client, f'SELECT * {{ ?claim wq:text "{words}" }}') if len(words) < 100 else client.post(
        "/sparql", data={"query": f'SELECT * {{ ?claim wq:text "{words}" }}'}
    )  # fmt: skip
    assert response.status_code == 400
    assert why in response.json()["detail"]
    assert response.json()["line"] == 1


def test_words_are_no_syntax_of_the_index(client: httpx.Client) -> None:
    for words in (
        "a') OR 1=1 --",
        "NEAR(a b)",
        "text:a",
        "a AND NOT b",
        "^a",
        "{a}",
        "a + b",
        "\\u0000a",
        "\\u202Ea",
        "%_",
    ):
        assert get(client, f'SELECT * {{ ?claim wq:text "{words}" }}').status_code == 200, words
    long = client.post("/sparql", data={"query": f'SELECT * {{ ?claim wq:text "{"a" * 10_000_000}" }}'})
    assert long.status_code == 413


def test_how_many_things_a_search_may_find_is_a_setting(filled: Workspace, tmp_path: Path) -> None:
    asked = 'SELECT ?thing { ?thing wq:text "حلب" }'
    for most, status in ((1, 400), (1_000, 200)):
        settings = Settings(data=tmp_path / "data", poll_interval=0.02, search_things=most)
        with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as opened:
            answer = get(opened, asked)
        assert answer.status_code == status, answer.text
        assert status == 200 or "more than 1 things have these words (WAQAI_SEARCH_THINGS)" in answer.json()["detail"]
    filled.things = 1
    for moment in (None, filled.moment("4")):
        with pytest.raises(BadSearch, match="WAQAI_SEARCH_THINGS"):
            filled.as_of(moment).query(asked)
