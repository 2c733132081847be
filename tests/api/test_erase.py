"""Erasing on the command line and over HTTP, and what the other commands say of what was erased."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api import extraction
from api.app import create_app
from api.cli import app
from api.settings import Settings
from api.workspace import ErasedBefore, Workspace
from graph.erasing import ErasedAlready
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, content_file, english_article
from tests.graph.backends import postgres_on

TOKEN = "a token of sixteen characters"
WHY = ("--basis", "GDPR Art. 17(1)(d)", "--reason", "request of 3 May")
WORDS = "دوار الباسل"


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(*arguments: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(done(*arguments, "--format", "json"))
    return body


def holding(folder: Path, words: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]


def ingest(*more: object) -> Result:
    article = arabic_article()
    Path("article.txt").write_text(article.text, encoding="utf-8")
    given = ("--published", article.published, "--publisher", article.publisher, "--url", article.url)
    return run("ingest", "article.txt", *given, "--title", article.title, "--language", "ar", *more)


@pytest.fixture
def article() -> str:
    assert ingest().exit_code == 0
    Path("other.txt").write_text(english_article().text, encoding="utf-8")
    done("ingest", "other.txt", "--published", "2024-12-01", "--publisher", "The Test Post")
    return arabic_article().id


# ---------------------------------------------------------------------- the command


def test_a_dry_run_says_what_would_go_and_does_nothing(article: str) -> None:
    found = done("erase", article, *WHY, "--dry-run")
    assert f"{article}  text, title  2024-11-30" in found
    assert "nothing was erased" in found
    body = as_json("erase", article, *WHY, "--dry-run", "--with-origin")
    assert (body["erased"], body["position"]) == (False, None)
    assert [content["kind"] for content in body["articles"][0]["contents"]] == ["text", "title", "origin"]
    assert as_json("log", "verify")["records"] == 4


def test_what_was_erased_is_gone_from_the_folder_and_every_command_says_so(article: str) -> None:
    data = Path("waqai-data")
    assert holding(data, WORDS)
    assert "erased; the log is at position 5." in done("erase", article, *WHY, "--yes", "--by", "mona")
    assert holding(data, WORDS) == []
    assert "5 checked, 2 of them erased" in done("log", "verify")
    body = as_json("log", "verify")["contents"]
    assert {content["kind"] for content in body["erased"]} == {"text", "title"}
    assert (body["missing"], body["damaged"], body["left"]) == ([], [], [])
    audit = done("audit", article)
    assert "erased: text, title, by \u2068mona\u2069" in audit
    assert "basis: \u2068GDPR Art. 17(1)(d)\u2069" in audit
    assert WORDS not in audit
    assert "identical: " in done("rebuild", "--check")
    assert as_json("audit", article)["claims"][0]["passages"][0]["quote"] is None
    assert run("erase", article, *WHY, "--yes").stderr.startswith(f"waqai: the article {article} is erased already, by")


def test_an_erased_article_does_not_come_back_by_itself(article: str) -> None:
    done("erase", article, *WHY, "--yes", "--by", "mona")
    for more in ((), ("--format", "json"), ("--processes", "2")):
        again = ingest(*more)
        assert again.exit_code == 1
        assert "was erased, by mona in the record 5" in again.stderr
        assert "GDPR Art. 17(1)(d)" in again.stderr
    assert holding(Path("waqai-data"), WORDS) == []
    elsewhere = run("ingest", "article.txt", "--publisher", "Another", "--published", "2024-12-24")
    assert elsewhere.exit_code == 1
    assert f"was erased as that of the article {article}" in elsewhere.stderr
    assert ingest("--restore", " ").exit_code == 2
    back = ingest("--restore", "the request was withdrawn")
    assert back.exit_code == 0
    assert "its words are stored again (record 6)" in back.stderr
    assert WORDS in done("audit", article)
    assert "identical: " in done("rebuild", "--check")
    assert "already there" in ingest().stdout


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        ((), "name what is to be erased", 2),
        (("ARTICLE",), "needs --basis and --reason", 2),
        (("ARTICLE", "--basis", "law"), "needs --basis and --reason", 2),
        (("ARTICLE", "--basis", " ", "--reason", "x"), "needs --basis and --reason", 2),
        (("ARTICLE", *WHY), "nobody can be asked here: --yes", 2),
        (("ARTICLE", "--basis", "x", "--reason", "y" * 1001), "--reason has more than 1000 characters", 2),
        (("0" * 20, *WHY, "--yes"), "the log holds no article 00000000000000000000", 1),
        (("--publisher", "Nobody", *WHY, "--yes"), "no article of this address or publisher", 1),
        (("--finish", "ARTICLE"), "--finish goes by itself", 2),
    ],
)
def test_what_is_asked_wrongly_erases_nothing(
    article: str, arguments: tuple[str, ...], sentence: str, code: int
) -> None:
    result = run("erase", *(article if one == "ARTICLE" else one for one in arguments))
    assert result.exit_code == code, result.output
    assert sentence in result.stderr
    assert holding(Path("waqai-data"), WORDS)
    assert as_json("log", "verify")["records"] == 4


def test_a_person_on_a_terminal_is_asked(article: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.commands.erase._person_there", lambda: True)
    for answer, code in ((False, 1), (True, 0)):
        monkeypatch.setattr("typer.confirm", lambda *_, answer=answer, **__: answer)
        assert run("erase", article, *WHY).exit_code == code
        assert bool(holding(Path("waqai-data"), WORDS)) is not answer


def test_articles_go_by_address_and_by_publisher(article: str) -> None:
    done("erase", "--url", arabic_article().url, *WHY, "--yes")
    done("erase", "--publisher", "The Test Post", *WHY, "--yes", "--with-claims", "--with-origin")
    assert done("query", "ASK { ?c prov:wasDerivedFrom ?a . ?a schema:publisher ?p . ?p rdfs:label 'x' }")
    events = as_json("query", "SELECT ?e { ?e a wq:Event }")["results"]["bindings"]
    assert len(events) == 1  # that of the first article, whose claims stay
    assert run("erase", "--publisher", "The Test Post", *WHY, "--yes").exit_code == 1


def test_what_came_back_from_a_backup_is_found_and_removed(article: str) -> None:
    file = content_file(Path("waqai-data"), arabic_article())
    kept = file.read_bytes()
    done("erase", article, *WHY, "--yes")
    file.write_bytes(kept)
    verified = run("log", "verify")
    assert verified.exit_code == 1
    assert "not erased text" in verified.stderr
    assert "run waqai erase --finish" in verified.stderr
    assert WORDS not in done("audit", article)
    assert "1 contents that were erased had been left" in done("erase", "--finish")
    assert run("log", "verify").exit_code == 0


@pytest.mark.parametrize("held", ["sqlite", "postgres"])
def test_erasing_and_storing_again_wherever_the_log_lies(
    held: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if held == "postgres":
        monkeypatch.setenv("WAQAI_LOG", postgres_on(request.getfixturevalue("postgres")).address)
    article, data = request.getfixturevalue("article"), Path("waqai-data")
    done("erase", article, *WHY, "--yes", "--by", "mona")
    assert holding(data, WORDS) == []
    assert "identical: " in done("rebuild", "--check")
    assert "5 checked, 2 of them erased" in done("log", "verify")
    assert ingest().exit_code == 1
    assert ingest("--restore", "the request was withdrawn").exit_code == 0
    assert WORDS in done("audit", article)
    assert "identical: " in done("rebuild", "--check")
    listed = [json.loads(line)["type"] for line in done("log", "list", "--format", "json").splitlines()]
    assert listed[4:] == ["ContentErased", "ContentRestored"]


def test_a_lost_key_is_missed_before_an_erased_text_comes_back(article: str) -> None:
    key = Path("waqai-data", "content", "key")
    kept = key.read_bytes()
    done("erase", article, *WHY, "--yes")
    key.unlink()
    elsewhere = ("ingest", "article.txt", "--publisher", "Another", "--published", "2024-12-24")
    lost = run(*elsewhere)
    assert lost.exit_code == 1
    assert "waqai-data/content/key, is gone: restore it from a backup" in lost.stderr
    assert holding(Path("waqai-data"), WORDS) == []
    assert not key.exists()
    assert "erased" in done("audit", article)  # asking needs no key
    key.write_bytes(kept)
    assert "was erased as that of the article" in run(*elsewhere).stderr


def test_what_two_articles_share_is_erased_and_given_back_for_both(article: str) -> None:
    elsewhere = ("article.txt", "--publisher", "Another", "--published", "2024-12-24", "--language", "ar")
    added = done("ingest", *elsewhere, "--title", "of another", "--format", "json").splitlines()[0]
    sharer = json.loads(added)["article"]
    plan = as_json("erase", article, *WHY, "--yes")["articles"]
    assert [(one["article"], one["asked"]) for one in plan] == [(article, True), (sharer, False)]
    assert all("erased: text" in done("audit", one) for one in (article, sharer))
    assert ingest("--restore", "the request was withdrawn").exit_code == 0
    for one in (article, sharer):
        audit = done("audit", one)
        assert WORDS in audit
        assert "[not checked]" not in audit
        assert "erased:" not in audit
    assert "identical: " in done("rebuild", "--check")
    assert "contents are sound: 8 checked." in done("log", "verify")


def test_a_content_that_is_lost_is_no_erasure(article: str) -> None:
    content_file(Path("waqai-data"), arabic_article()).unlink()
    verified = run("log", "verify")
    assert verified.exit_code == 1
    assert "no record says that it was erased" in verified.stderr
    assert run("audit", article).exit_code == 1


def test_proofs_of_what_remains_stay_valid(article: str) -> None:
    done("log", "key", "--origin", "example.org/news")
    done("log", "checkpoint", "--publish", "pub")
    claim = as_json("audit", article)["claims"][0]["iri"].rpartition("/")[2]
    done("audit", claim, "--bundle", "before.json")
    done("log", "prove", "2", "--output", "two.tlog-proof")
    done("erase", article, *WHY, "--yes", "--by", "mona")
    done("log", "checkpoint", "--publish", "pub")
    key = ("--key", "waqai-data/proof/checkpoint.pub")
    assert "verified: position 2" in done("verify-bundle", "two.tlog-proof", *key)
    assert "consistent: the log of size 4" in done("log", "consistency", "4", "pub/checkpoint").replace(
        "size 5", "size 4"
    )
    assert "2 of 2 checkpoints agree" in done("log", "verify")
    done("audit", claim, "--bundle", "after.json")
    text = Path("after.json").read_text(encoding="utf-8")
    assert WORDS not in text
    said = done("verify-bundle", "after.json", *key)
    assert "The text, and so the words of the quotes: erased by the record 5." in said
    assert "That the id of the article follows from its text and publication." in said
    assert "ContentErased" in said
    body = json.loads(text)
    for forged in (
        {**body, "cannot_show": []},
        {**body, "cannot_show": body["cannot_show"][:1]},
        {**body, "content": json.loads(Path("before.json").read_text(encoding="utf-8"))["content"]},
        {**body, "records": body["records"][:-1]},
    ):
        Path("forged.json").write_text(json.dumps(forged, ensure_ascii=False), encoding="utf-8")
        assert run("verify-bundle", "forged.json", *key).exit_code == 1
    assert "verified: the claim" in done("verify-bundle", "before.json", *key)  # a copy elsewhere is beyond us


# ---------------------------------------------------------------------- two processes


def test_a_process_that_owns_the_graph_loses_the_words_as_well(filled: Workspace) -> None:
    assert any(WORDS in str(quad) for quad in filled.graph().quads())
    notices: list[str] = []
    with Workspace(filled.data, extractor=FakeExtractor(), notice=notices.append) as second:
        doomed = second.plan_erasure([arabic_article().id], basis="law", reason="asked")
        second.erase(doomed, actor="mona")
        assert second.text(arabic_article().id) is None
        assert not any(WORDS in str(quad) for quad in second.graph().quads())
    with pytest.raises(ErasedBefore):
        filled.ingest(arabic_article())
    assert filled.project() == 5
    assert not any(WORDS in str(quad) for quad in filled.graph().quads())
    assert holding(filled.data, WORDS) == []
    assert filled.compare().identical


def test_of_two_who_erase_at_once_both_end_and_nothing_is_left(filled: Workspace) -> None:
    ends: list[object] = []

    def work() -> None:
        try:
            with Workspace(filled.data, extractor=FakeExtractor()) as mine:
                doomed = mine.plan_erasure([arabic_article().id], basis="law", reason="asked")
                ends.append(mine.erase(doomed, actor="somebody"))
        except ErasedAlready as error:
            ends.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == 3
    filled.project()
    assert holding(filled.data, WORDS) == []
    assert filled.compare().identical
    assert filled.content.waiting() == []


# ---------------------------------------------------------------------- over HTTP


@pytest.fixture
def writing(filled: Workspace, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path / "data", poll_interval=0.02, token=TOKEN)  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {TOKEN}"}
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000", headers=headers) as opened:
        yield opened


def order(**more: object) -> dict[str, object]:
    return {"articles": [arabic_article().id], "basis": "law", "reason": "asked", "eraser": "mona", **more}


def test_an_erasure_over_http(writing: httpx.Client, filled: Workspace) -> None:
    asked = writing.post("/curation/erasures", json=order(dry_run=True))
    assert (asked.status_code, asked.json()["erased"]) == (200, False)
    claim = next(iter(writing.get("/claims").json()["claims"]))
    assert WORDS in writing.get("/sparql", params={"query": "SELECT * { GRAPH ?g { ?s ?p ?o } }"}).text
    done = writing.post("/curation/erasures", json=order())
    assert (done.status_code, done.json()["position"], done.headers["waqai-position"]) == (201, 5, "5")
    assert claim
    for path in ("/sparql?query=SELECT%20*%20%7B%20GRAPH%20%3Fg%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20%7D", "/claims"):
        assert WORDS not in writing.get(path).text
    audit = writing.get(f"/audit/article/{arabic_article().id}", headers={"accept": "application/json"})
    assert audit.status_code == 200
    assert audit.json()["passed"] is True
    assert audit.json()["claims"][0]["article"]["erasures"][0]["basis"] == "law"
    page = writing.get(f"/id/article/{arabic_article().id}", headers={"accept": "text/html"})
    assert "was erased, is lost or damaged" in page.text
    listed = writing.get("/curation/erasures").json()
    assert [(one["actor"], one["basis"], one["article"]) for one in listed["erasures"]] == [
        ("mona", "law", arabic_article().id)
    ]
    assert holding(filled.data, WORDS) == []
    again = writing.post("/curation/erasures", json=order())
    assert (again.status_code, again.json()["record"]) == (409, 5)
    back = writing.post("/ingest", content=arabic_article().text.encode(), headers={"content-type": "text/plain"})
    assert back.status_code == 422
    assert "was erased" in back.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        (order(articles=["0" * 20]), 404, "holds no article"),
        (order(articles=[], publisher="Nobody"), 404, "No article of this address or publisher"),
        (order(articles=[]), 400, "Name what is to be erased"),
        (order(basis=" "), 400, "basis"),
        (order(reason="y" * 1001), 400, "reason has more than 1000 characters"),
        (order(more=1), 400, "more"),
        ({}, 400, "basis"),
    ],
)
def test_what_is_asked_wrongly_over_http_erases_nothing(
    writing: httpx.Client, filled: Workspace, body: dict[str, object], status: int, part: str
) -> None:
    refused = writing.post("/curation/erasures", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert part in refused.json()["detail"]
    assert filled.log.head() == 4


def test_nobody_erases_or_lists_without_the_token(writing: httpx.Client, client: httpx.Client) -> None:
    for method in ("GET", "POST"):
        assert writing.request(method, "/curation/erasures", headers={"authorization": "Bearer x"}).status_code == 401
        assert client.request(method, "/curation/erasures").status_code == 403


def test_an_article_with_the_same_text_is_in_the_answer(writing: httpx.Client, filled: Workspace) -> None:
    other = replace(arabic_article(), publisher="Another")
    filled.ingest(other)
    articles = writing.post("/curation/erasures", json=order()).json()["articles"]
    assert [(one["article"], one["asked"]) for one in articles] == [(arabic_article().id, True), (other.id, False)]
    assert filled.text(other.id) is None
