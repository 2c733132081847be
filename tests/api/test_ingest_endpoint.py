import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from ontology.model import Article, Extraction
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article

TOKEN = "a-token-of-enough-length"
TEXT = {"content-type": "text/plain; charset=utf-8"}
BEARER = {"authorization": f"Bearer {TOKEN}"}
PARAMETERS = {"published": "2024-11-30", "publisher": "P", "language": "ar"}


@pytest.fixture
def writer(workspace: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path / "data", poll_interval=0.02, token=SecretStr(TOKEN), max_article_bytes=5000)
    with TestClient(create_app(workspace, settings)) as opened:
        yield opened


def test_a_text_goes_in_once(writer: httpx.Client, workspace: Workspace) -> None:
    body = arabic_article().text.encode()
    first = writer.post("/ingest", params=PARAMETERS, content=body, headers={**TEXT, **BEARER})
    assert first.status_code == 201, first.text
    (article,) = first.json()["articles"]
    assert (article["new"], article["positions"], article["claims"]) == (True, [1, 2], 2)
    again = writer.post("/ingest", params=PARAMETERS, content=body, headers={**TEXT, **BEARER})
    assert (again.status_code, again.json()["articles"][0]["new"]) == (200, False)
    assert workspace.log.head() == 2
    assert writer.get("/events").json()["total"] == 1
    assert writer.get(article["iri"].removeprefix("http://localhost:8000")).status_code == 200


def test_lines_that_cannot_be_read_are_named_and_the_others_go_in(writer: httpx.Client) -> None:
    good = json.dumps({"id": "x", "text": arabic_article().text, "language": "ar", "published": "2024-11-30"})
    headers = {"content-type": "application/x-ndjson", **BEARER}
    response = writer.post("/ingest", content=f"{good}\n{{broken\n".encode(), headers=headers)
    assert response.status_code == 201
    assert [row["line"] for row in response.json()["rejected"]] == [2]
    nothing = writer.post("/ingest", content=b"{broken\n", headers=headers)
    assert nothing.status_code == 422
    assert nothing.json()["rejected"][0]["line"] == 1


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        (TEXT, b"x", 401, "token-needed"),
        ({**TEXT, "authorization": "Bearer wrong"}, b"x", 401, "token-needed"),
        ({**TEXT, "authorization": f"Basic {TOKEN}"}, b"x", 401, "token-needed"),
        ({**TEXT, "authorization": "Bearer \u00e9".encode("latin-1").decode("latin-1")}, b"x", 401, "token-needed"),
        ({"content-type": "image/png", **BEARER}, b"x", 415, "wrong-media-type"),
        (BEARER, b"x", 415, "wrong-media-type"),
        ({**TEXT, **BEARER}, b"", 422, "no-article"),
        ({**TEXT, **BEARER}, bytes(range(256)) * 4, 422, "no-article"),
        ({**TEXT, **BEARER}, b"x" * 5001, 413, "body-too-large"),
    ],
)
def test_what_does_not_go_in(
    writer: httpx.Client, workspace: Workspace, headers: dict[str, str], body: bytes, status: int, kind: str
) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    response = writer.post("/ingest", content=body, headers=raw)
    assert response.status_code == status, response.text
    assert response.json()["type"] == f"urn:waqai:problem:{kind}"
    assert workspace.log.head() == 0
    assert TOKEN not in response.text


def test_a_title_goes_with_a_plain_text(writer: httpx.Client) -> None:
    body = arabic_article().text.encode()
    response = writer.post("/ingest", params={**PARAMETERS, "title": "عنوان"}, content=body, headers={**TEXT, **BEARER})
    iri = response.json()["articles"][0]["iri"].removeprefix("http://localhost:8000")
    assert "عنوان" in writer.get(f"{iri}.ttl").text


@pytest.mark.parametrize(
    "parameters",
    [{"published": "yesterday"}, {"language": "fr"}, {"url": "x"}, {"publisher": " "}, {"title": ""}],
)
def test_a_bad_parameter_is_named(writer: httpx.Client, workspace: Workspace, parameters: dict[str, str]) -> None:
    body = arabic_article().text.encode()
    response = writer.post("/ingest", params=parameters, content=body, headers={**TEXT, **BEARER})
    assert (response.status_code, response.json()["type"]) == (400, "urn:waqai:problem:bad-request")
    assert f"{next(iter(parameters))}: " in response.json()["detail"]
    assert workspace.log.head() == 0


def test_an_article_on_which_the_extractor_fails_is_named_and_the_others_go_in(
    writer: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = FakeExtractor.extract

    def stumble(self: FakeExtractor, article: Article) -> Extraction:
        if article.external_id == "bad":
            raise IndexError("out of range")
        return works(self, article)

    monkeypatch.setattr(FakeExtractor, "extract", stumble)
    good, bad = (
        json.dumps({"id": id_, "text": f"{arabic_article().text} {id_}", "language": "ar"}) for id_ in ("good", "bad")
    )
    headers = {"content-type": "application/x-ndjson", **BEARER}
    response = writer.post("/ingest", content=f"{bad}\n{good}\n".encode(), headers=headers)
    assert response.status_code == 201
    (rejected,) = response.json()["rejected"]
    assert "the extractor failed on" in rejected["reason"]
    assert "id 'bad'" in rejected["reason"]
    alone = writer.post("/ingest", content=bad.encode(), headers=headers)
    assert (alone.status_code, alone.json()["type"]) == (500, "urn:waqai:problem:extractor-failed")
    assert "please report it" in alone.json()["detail"]


def test_without_a_token_nothing_can_be_written(client: httpx.Client, filled: Workspace) -> None:
    for headers in (TEXT, {**TEXT, **BEARER}, {**TEXT, "authorization": "Bearer "}):
        response = client.post("/ingest", content=b"x", headers=headers)
        assert response.status_code == 403
        assert "WAQAI_TOKEN" in response.json()["detail"]
    assert filled.log.head() == 4
