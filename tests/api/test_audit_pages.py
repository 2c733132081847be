"""Audits of more claims than one answer shows: each is in one page, and what is left out is said."""

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.testing

from api.app import create_app
from api.cli import app
from api.curating import retract
from api.decisions import Order
from api.settings import Settings
from api.workspace import Workspace
from tests.api.fakes import arabic_article

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for a successor of httpx that nothing else here needs
    from starlette.testclient import TestClient

ARTICLES = 5
SHOWN = 2  # claims on a page


@pytest.fixture
def many(workspace: Workspace) -> Workspace:
    for number in range(ARTICLES):
        address = f"https://example.org/{number}"
        workspace.ingest(replace(arabic_article(), url=address, external_id=str(number), publisher=f"paper {number}"))
    return workspace


@pytest.fixture
def event(many: Workspace) -> str:
    ((found,),) = many.query("SELECT DISTINCT ?e { ?e wq:fatalitiesBest 16 ; wq:claim ?c }").rows()
    return str(found)[1:-1]


@pytest.fixture
def every(many: Workspace, event: str) -> list[str]:
    return [claim.iri for claim in many.audit(event).claims]


@pytest.fixture
def client(many: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path / "data", poll_interval=0.02, audit_claims=SHOWN)
    with TestClient(create_app(many, settings), base_url="http://localhost:8000") as opened:
        yield opened


def walked(client: httpx.Client, address: str, status: int = 200) -> list[dict[str, Any]]:
    """Return the pages that the header `Link` leads to, one after the other."""
    pages = []
    following: str | None = address
    while following is not None:
        answer = client.get(following, headers={"accept": "application/json"})
        assert answer.status_code == status
        pages.append(answer.json())
        found = re.search('<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        assert pages[-1]["pages"]["next"] == (found[1] if found else None)
        following = found[1] if found else None
    return pages


def test_the_pages_of_an_event_hold_each_claim_once_and_say_how_many_there_are(
    client: httpx.Client, event: str, every: list[str]
) -> None:
    assert len(every) >= 2 * SHOWN + 1
    pages = walked(client, f"/audit/{event}")
    assert [claim["iri"] for page in pages for claim in page["claims"]] == every
    assert {page["total"] for page in pages} == {len(every)}
    assert [len(page["claims"]) for page in pages[:-1]] == [SHOWN] * (len(pages) - 1)
    whole = client.get(pages[0]["pages"]["all"], headers={"accept": "application/json"})
    assert [claim for page in pages for claim in page["claims"]] == whole.json()["claims"]
    assert "pages" not in whole.json()
    assert "link" not in whole.headers


def test_a_page_says_what_the_event_is_as_a_whole(client: httpx.Client, event: str) -> None:
    said = client.get(f"/audit/{event}").json()["event"]
    assert said["reported_by"]["claims"] == ARTICLES
    assert said["denied_by"]["claims"] == ARTICLES
    assert said["modalities"] == {"asserted": ARTICLES, "denied": ARTICLES}
    (toll,) = said["tolls"]
    assert (toll["category"], toll["low"], toll["best"], toll["high"]) == ("killed", 16, 16, 16)
    assert toll["claims"] + toll["replaced"] >= 1
    assert toll["rule"]
    assert said["contested_in"] == ["occurrence"]
    assert said["relations"]["contradicts"] >= 1
    assert client.get(f"/audit/{event}", params={"offset": 2}).json()["event"] == said


@pytest.mark.parametrize("form", ["text", "html", "jsonld"])
def test_every_form_says_which_claims_it_shows_and_how_to_get_the_others(
    client: httpx.Client, event: str, every: list[str], form: str
) -> None:
    page = client.get(f"/audit/{event}", params={"format": form, "offset": 2}).text
    said = f"Shown are claims 3 to 4 of {len(every)}, and what was checked is of these alone; offset 4 gives the next"
    assert said in page
    assert f"reported by {ARTICLES} claims" in page
    assert "killed: low 16, best 16, high 16" in page
    whole = client.get(f"/audit/{event}", params={"format": form, "limit": 0}).text
    assert "Shown are" not in whole
    assert all(iri in whole for iri in every)
    if form == "html":
        assert "Claim 3 of" in page
        assert f"format=html&amp;limit={SHOWN}&amp;offset=4" in page
        assert f"format=html&amp;limit={SHOWN}&amp;offset=0" in page


def test_a_page_behind_the_last_claim_is_empty_and_says_so(client: httpx.Client, event: str, every: list[str]) -> None:
    answer = client.get(f"/audit/{event}", params={"offset": 99})
    assert (answer.status_code, answer.json()["claims"], answer.json()["total"]) == (200, [], len(every))
    assert answer.json()["pages"]["next"] is None
    text = client.get(f"/audit/{event}", params={"offset": 99, "format": "text"}).text
    assert f"Shown are no claims of {len(every)}" in text


def test_all_claims_at_once_are_refused_where_they_are_too_many(many: Workspace, event: str, every: list[str]) -> None:
    settings = Settings(data=many.data, poll_interval=0.02, audit_most=len(every) - 1)
    with TestClient(create_app(many, settings)) as client:
        refused = client.get(f"/audit/{event}", params={"limit": 0})
        assert (refused.status_code, refused.json()["total"]) == (400, len(every))
        assert "waqai audit --limit 0" in refused.json()["detail"]
        assert client.get(f"/audit/{event}", params={"limit": 500}).json()["total"] == len(every)


def test_an_audit_of_few_claims_is_as_it_was(client: httpx.Client, every: list[str]) -> None:
    answer = client.get(f"/audit/{every[0]}")
    assert (answer.json()["total"], answer.json()["omitted"], answer.json()["offset"]) == (1, 0, 0)
    assert not {"event", "pages"} & answer.json().keys()
    assert "link" not in answer.headers


def test_the_claims_that_state_a_triple_come_in_pages_too(client: httpx.Client, event: str) -> None:
    asked = httpx.URL("/audit", params={"s": event, "p": "wq:fatalitiesBest", "o": '"16"^^xsd:integer', "graph": ""})
    pages = walked(client, str(asked))
    assert sum(len(page["claims"]) for page in pages) == pages[0]["total"] == ARTICLES
    assert all("event" not in page for page in pages)


def test_an_event_is_gone_only_once_all_of_its_claims_are_retracted(
    client: httpx.Client, many: Workspace, event: str, every: list[str]
) -> None:
    retract(many, every[:-1], Order("judge", "the papers took it back"))
    kept = client.get(f"/audit/{every[-1]}").json()["claims"][0]["event"]
    first = client.get(f"/audit/{kept}", follow_redirects=True)
    assert first.status_code == 200
    retract(many, every[-1:], Order("judge", "the last one too"))
    assert client.get(f"/audit/{kept}").status_code == 410
    assert client.get(f"/audit/{kept}", params={"offset": 99}).status_code == 410


def test_the_audit_of_an_event_that_is_gone_holds_all_claims_that_it_had(
    client: httpx.Client, many: Workspace, event: str, every: list[str]
) -> None:
    before, toll = many.log.head(), f"{event}/toll/killed"
    retract(many, [event], Order("all one rumour", "judge"))
    pages = walked(client, f"/audit/{event}", 410)
    claims = [claim for page in pages for claim in page["claims"]]
    assert [claim["iri"] for claim in claims] == every
    told = [claim for claim in claims if claim["modality"] != "denied"]
    assert len(claims) > len(told), "denials too, which hold"
    assert [claim["retracted_by"] for claim in claims if claim not in told] == [None] * (len(claims) - len(told))
    assert {claim["retracted_by"] for claim in told} == {before + 1}
    assert {claim["decisions"][-1]["reason"] for claim in told} == {"all one rumour"}
    assert {(page["total"], page["retracted"], page["last_there"]) for page in pages} == {
        (len(every), len(told), before)
    }
    assert f"last there at log position {before};" in client.get(f"/audit/{event}", params={"format": "text"}).text
    of_toll = client.get(f"/audit/{toll}", params={"limit": 0})
    assert (of_toll.status_code, of_toll.json()["total"]) == (410, len(every))
    assert client.get(f"/audit/{event}/toll/never").status_code == 404
    part = client.get(toll)
    assert (part.status_code, part.json().get("event")) == (410, event)
    assert part.links["up"]["url"] == event.removeprefix(many.iris.base.rstrip("/"))
    assert "in record" in part.json()["detail"]
    assert client.get("/id/event/0000/toll/killed").status_code == 404
    page = client.get(event, headers={"accept": "text/html"})
    assert (page.status_code, f"Claims ({len(told)})" in page.text) == (410, True)
    assert page.text.count("all one rumour") > len(told)
    assert client.get(f"/audit/{event}", params={"at": before}).status_code == 200


def test_the_command_shows_pages_and_all_in_one_document(many: Workspace, event: str, every: list[str]) -> None:
    many.close()
    run = typer.testing.CliRunner(env={"WAQAI_AUDIT_CLAIMS": str(SHOWN)})

    def asked(*options: str) -> dict[str, Any]:
        done = run.invoke(app, ["audit", event, "--data", "data", "--format", "json", *options])
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    assert [claim["iri"] for claim in asked()["claims"]] == every[:SHOWN]
    assert [claim["iri"] for claim in asked("--offset", "3", "--limit", "4")["claims"]] == every[3:7]
    whole = asked("--limit", "0")
    assert ([claim["iri"] for claim in whole["claims"]], whole["omitted"]) == (every, 0)
    assert whole["event"]["reported_by"]["claims"] == ARTICLES
    assert run.invoke(app, ["audit", "--all", "--limit", "3", "--data", "data"]).exit_code == 2
