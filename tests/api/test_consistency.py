"""`waqai consistency` and `/consistency`: one source at a time, and sources beside each other."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.consistency import Report, report
from api.workspace import Workspace
from ontology.model import Article
from tests.api.fakes import FakeExtractor

HIT, DENIED = "An airstrike hit Aleppo, 5 dead.", "It denied an airstrike on Aleppo, 5 dead."


def told(text: str, publisher: str, published: str = "2024-11-30") -> Article:
    return Article(text=text, language="en", published=published, publisher=publisher)


ARTICLES = (
    told(f"{HIT} {DENIED}", "The Both"),
    told("An airstrike hit Aleppo, 5 dead.", "The One"),
    told("The observatory said an airstrike hit Aleppo, 7 dead.", "The Quoting Post"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        for article in ARTICLES:
            workspace.ingest(article)
    return tmp_path / "data"


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def of_all(data: Path, *options: object) -> dict[str, Any]:
    result = waqai("consistency", "--all", "--format", "json", "--data", data, *options)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_an_outlet_that_says_both_contradicts_itself_and_nobody_else_does(data: Path) -> None:
    found = of_all(data)
    assert {source["name"]: source["contradictsItself"] for source in found["sources"]} == {
        "The Both": True,
        "The One": False,
        "The Observatory": False,
    }
    assert found["complete"]
    (finding,) = next(source for source in found["sources"] if source["name"] == "The Both")["findings"]
    assert (finding["verdict"], finding["in"]) == ("contradiction", "occurrence")
    assert {claim["words"].strip() for claim in finding["claims"]} == {HIT.rstrip("."), DENIED.rstrip(".")}


def test_sources_that_contradict_each_other_are_listed_apart(data: Path) -> None:
    between = {(one["in"], *sorted(source["name"] for source in one["sources"])) for one in of_all(data)["between"]}
    assert ("killed", "The Observatory", "The One") in between
    assert ("occurrence", "The Both", "The One") in between


def test_a_source_is_named_by_name_id_or_iri(data: Path) -> None:
    iri = next(source["source"] for source in of_all(data)["sources"] if source["name"] == "The Both")
    texts = {waqai("consistency", name, "--data", data).stdout for name in ("the both", iri, iri.rpartition("/")[2])}
    (text,) = texts
    assert text.startswith("The Both: contradicts itself in 2 claims")


def test_a_source_is_named_by_any_name_that_it_has_and_the_nearest_are_told(tmp_path: Path) -> None:
    known = Article(
        "An airstrike on the town of Khan Sheikhoun killed 5 people on 14 October 2024, the Syrian Observatory for "
        "Human Rights said.",
        "en",
        published="2024-10-15",
        publisher="The Third",
    )
    data = tmp_path / "data"
    with Workspace(data) as workspace:
        workspace.ingest(known)
    names = ("Syrian Observatory for Human Rights", "المرصد السوري لحقوق الإنسان", "المَرصد السّوري لحقوق الانسان")
    texts = {waqai("consistency", name, "--data", data).stdout for name in names}
    assert len(texts) == 1
    assert "1 claim" in texts.pop()
    near = waqai("consistency", "المرصد السوري لحقوق الانسن", "--data", data)
    assert near.exit_code == 1
    assert "المرصد السوري لحقوق الإنسان" in near.stderr


def test_what_was_not_so_before_the_claim_was_there(data: Path) -> None:
    assert of_all(data, "--at", 1)["sources"] == []


def test_bad_input_is_refused_in_one_sentence(data: Path) -> None:
    nobody = waqai("consistency", "nobody", "--data", data)
    assert nobody.exit_code == 1
    assert "No source nobody" in nobody.stderr
    assert waqai("consistency", "--data", data).exit_code == 2
    assert waqai("consistency", "x", "--all", "--data", data).exit_code == 2


def test_what_was_not_judged_in_time_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_CONSISTENCY_SECONDS", "0.01")
    result = waqai("consistency", "The Both", "--data", data)
    assert result.exit_code == 1
    assert "not judged: c-" in result.stdout
    assert "WAQAI_CONSISTENCY_SECONDS" in result.stderr


def test_over_http_it_is_the_same_report(client: httpx.Client) -> None:
    response = client.get("/consistency")
    assert response.status_code == 200, response.text
    assert response.headers["waqai-position"] == str(response.json()["position"]) == "4"
    (one,) = client.get("/consistency", params={"source": "The Observatory"}).json()["sources"]
    assert one in response.json()["sources"]
    unknown = client.get("/consistency", params={"source": "nobody"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:waqai:problem:unknown-source")
    assert client.get("/consistency", params={"source": " "}).status_code == 400


def test_one_request_is_reasoned_for_at_a_time(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def waiting(*arguments: Any, **options: Any) -> Report:
        begun.set()
        go_on.wait(60)
        return report(*arguments, **options)

    monkeypatch.setattr("api.routers.consistency.report", waiting)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.get, "/consistency")
        assert begun.wait(60)
        second = client.get("/consistency")
        go_on.set()
        assert (second.status_code, second.headers["retry-after"]) == (503, "5")
        assert first.result().status_code == 200
