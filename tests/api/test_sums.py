"""343 = 327 + 16, from an article to the graph, the list of events, the page, a saved query and the audit."""

from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from api.eventfacts import wholes
from api.extraction import load_extractor
from api.settings import Settings
from api.workspace import Workspace
from ontology.model import Article
from tests.api.conftest import TestClient

TEXT = (
    "قال مرصد الوادي إن 343 شخصاً قتلوا في المعارك بمحافظتي حلب وإدلب.\nوأعلن المرصد، اليوم السبت، مقتل 327 شخصاً في "
    "محافظتي إدلب وحلب. وأضاف المرصد أن غارة جوية على دوار الباسل في مدينة حلب قتلت 16 شخصاً."
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("sums") / "data"
    with Workspace(folder, extractor=load_extractor()) as workspace:
        workspace.ingest(Article(text=TEXT, language="ar", published="2024-11-30", publisher="صحيفة النهر"))
        yield workspace


@pytest.fixture
def client(told: Workspace) -> Iterator[httpx.Client]:
    with TestClient(create_app(told, Settings(data=told.data)), base_url="http://localhost:8000") as opened:
        yield opened


def test_events_of_the_total_and_of_its_parts_say_so(client: httpx.Client) -> None:
    sums = [event["sums"] for event in client.get("/events").json()["events"]]
    assert len(sums) == 3
    assert sums[0] == sums[1] == sums[2]
    ((found,),) = sums[:1]
    assert (found["category"], found["rule"], found["total"]["number"]) == ("killed", "onlyWay", 343)
    assert [part["number"] for part in found["parts"]] == [327, 16]


def test_the_page_of_the_strike_shows_of_which_total_it_is_a_part(client: httpx.Client) -> None:
    query = "SELECT ?e { ?e a wq:Airstrike }"
    ((strike,),) = [[row["e"]["value"] for row in _rows(client, query)]]
    page = client.get(strike, headers={"accept": "text/html"}).text
    assert "Totals and their parts" in page
    assert all(f"{number} (<a" in page for number in (343, 327, 16))


def test_the_saved_query_has_a_row_for_each_part(client: httpx.Client) -> None:
    rows = client.get("/queries/totals", params={"format": "json"}).json()["results"]["bindings"]
    assert [(row["total"]["value"], row["number"]["value"]) for row in rows] == [("343", "327"), ("343", "16")]
    assert rows[1]["partWords"]["value"] == "16 شخصاً"


def test_an_audit_of_the_relation_quotes_all_three(client: httpx.Client) -> None:
    (row, _) = _rows(client, "SELECT ?s ?o { ?s wq:sumsOver ?o }")
    asked = {"s": row["s"]["value"], "p": "wq:sumsOver", "o": f"<{row['o']['value']}>", "format": "json"}
    found = client.get("/audit", params=asked).json()
    assert (found["passed"], len(found["claims"])) == (True, 3)
    assert found["because"].startswith("343 = 327 + 16 (killed)")
    for form in ("text", "html"):
        assert found["because"] in client.get("/audit", params={**asked, "format": form}).text


def test_what_is_no_part_of_a_sum_says_nothing(told: Workspace) -> None:
    assert wholes(told, ["http://localhost:8000/id/event/none"])["http://localhost:8000/id/event/none"].sums == []


def _rows(client: httpx.Client, query: str) -> list[dict[str, dict[str, str]]]:
    return list(client.get("/sparql", params={"query": query}).json()["results"]["bindings"])
