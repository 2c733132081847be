"""No endpoint passes over a parameter in silence: a misspelt filter is refused, and so is a second value."""

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from tests.api.conftest import TestClient

TOKEN = "a-token-of-enough-length"


@pytest.mark.parametrize(
    "address",
    [
        *("/events", "/claims", "/ledger", "/consistency", "/export/events?as=acled", "/crate?event=e", "/claimreview"),
        *("/diff?from=1&to=2", "/history/id/log", "/audit/event/e", "/audit?s=a&p=b&o=c"),
        *("/nanopub/c-1", "/claimreview/c-1"),
    ],
)
def test_an_unknown_parameter_is_refused_with_those_that_there_are(client: httpx.Client, address: str) -> None:
    mark = "&" if "?" in address else "?"
    answer = client.get(f"{address}{mark}nosuch=1")
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert (problem["type"], problem["parameter"]) == ("urn:waqai:problem:unknown-parameter", "nosuch")
    assert problem["detail"].startswith("There is no parameter nosuch; known are ")
    assert "at" in problem["known"] or address.startswith("/diff")


def test_what_keeps_caches_away_is_passed_over(client: httpx.Client) -> None:
    assert client.get("/events?_=17").json() == client.get("/events").json()


def test_a_second_value_is_refused_where_one_is_read(client: httpx.Client) -> None:
    twice = client.get("/events?type=Airstrike&type=Takeover")
    assert twice.status_code == 400
    assert twice.json()["detail"] == "The parameter type is given 2 times: give it once."
    several = client.get("/crate?event=e&event=f")
    assert several.json()["type"] == "urn:waqai:problem:nothing-to-put-in"


def test_what_is_taken_in_has_no_misspelt_date(filled: Workspace) -> None:
    settings = Settings(data=filled.data, poll_interval=0.02, token=SecretStr(TOKEN))
    before = filled.log.head()
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "text/plain; charset=utf-8"}
        answer = client.post("/ingest?publishd=2024-11-30", content="An airstrike on Aleppo.", headers=headers)
    assert answer.status_code == 400
    assert "There is no parameter publishd; known are published, " in answer.json()["detail"]
    assert filled.log.head() == before
