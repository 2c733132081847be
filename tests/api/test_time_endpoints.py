"""The past over HTTP: `at`, Memento (RFC 7089), entity tags, time maps, histories and differences."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from graph.store import GraphStore
from graph.travel.moments import http_date
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, english_article

COUNT = "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c a wq:Claim }"
FORM = "application/x-www-form-urlencoded"


def claims(workspace: Workspace, position: int) -> int:
    with GraphStore.in_memory(workspace.log, workspace.projector, upto=position) as graph:
        (row,) = graph.query(COUNT, prefixes={"wq": "https://w3id.org/waqai/ontology#"}).rows()
    return int(row[0].value)  # type: ignore[attr-defined]


def counted(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def recorded(workspace: Workspace, position: int) -> str:
    return next(iter(workspace.log.read(after=position - 1, limit=1))).recorded


def an_article(workspace: Workspace) -> tuple[str, int]:
    """The path of the second article, and the position that brought it in."""
    record = next(iter(workspace.log.read(after=2, limit=1)))
    return f"/id/article/{record.payload['article']}", record.position


def a_claim(client: httpx.Client) -> str:
    found = client.get("/claims").json()["claims"][0]
    return str(found["claim"] if "claim" in found else found["id"]).rpartition("/")[2]


# ---------------------------------------------------------------------- at


def test_a_query_answers_for_the_position_that_it_asks_for(client: httpx.Client, filled: Workspace) -> None:
    for position in range(5):
        expected = claims(filled, position)
        got = client.get("/sparql", params={"query": COUNT, "at": str(position)})
        form = client.post("/sparql", data={"query": COUNT, "at": str(position)})
        direct = client.post(
            f"/sparql?at={position}", content=COUNT, headers={"content-type": "application/sparql-query"}
        )
        for answer in (got, form, direct):
            assert (counted(answer), answer.headers["waqai-position"]) == (expected, str(position))
    assert claims(filled, 0) == 0 < claims(filled, 2) < claims(filled, 4)


def test_a_time_means_the_position_that_the_answer_names(client: httpx.Client, filled: Workspace) -> None:
    for position in (1, 2, 3, 4):
        written = recorded(filled, position)
        answer = client.get("/sparql", params={"query": COUNT, "at": written})
        assert answer.headers["waqai-position"] == str(position)
        assert answer.headers["memento-datetime"] == http_date(written)
    east = datetime.fromisoformat(recorded(filled, 2)).isoformat().replace("+00:00", "+00:00")
    unescaped = client.get(f"/events?at={east}")  # the plus sign arrives as a space
    assert unescaped.headers["waqai-position"] == "2"
    today = datetime.now(UTC).date().isoformat()
    assert client.get("/claims", params={"at": today}).headers["waqai-position"] == "4"
    assert client.get("/claims", params={"at": "2024-11-30"}).json()["total"] == 0, "the day that articles tell of"


@pytest.mark.parametrize("path", ["/events", "/claims", "/sparql?query=ASK%7B%7D", "/id/article/none", "/audit/none"])
def test_what_names_no_moment_or_one_beyond_the_head_is_refused(client: httpx.Client, path: str) -> None:
    joint = "&" if "?" in path else "?"
    for bad in ("yesterday", "-1", "2024-11-30T10:00:00", "%00", ""):
        answer = client.get(f"{path}{joint}at={bad}")
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:waqai:problem:bad-moment"), bad
    beyond = client.get(f"{path}{joint}at=99")
    assert (beyond.status_code, beyond.json()["type"]) == (404, "urn:waqai:problem:beyond-the-head")
    assert beyond.json()["head"] == 4
    assert "position 99 is beyond the head of the log, which is at position 4" in beyond.json()["detail"]


def test_two_moments_are_one_too_many(client: httpx.Client) -> None:
    answer = client.get(f"/sparql?query={COUNT}&at=1&at=2")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:waqai:problem:two-moments")
    assert client.get(f"/sparql?query={COUNT}&fingerprint=perhaps").status_code == 400


def test_lists_pages_and_audits_are_of_the_moment_too(client: httpx.Client, filled: Workspace) -> None:
    path, position = an_article(filled)
    assert client.get(f"{path}?at={position - 1}").status_code == 404
    found = client.get(f"{path}.nt?at={position}")
    assert (found.status_code, found.headers["waqai-position"]) == (200, str(position))
    assert client.get(path, params={"at": position}, headers={"accept": "text/html"}).status_code == 200
    assert client.get("/claims?at=2").json()["total"] == claims(filled, 2)
    assert client.get("/claims").json()["total"] == claims(filled, 4)
    before = client.get("/events?at=2")
    assert (before.json()["position"], before.json()["total"]) == (2, client.get("/events?at=3").json()["total"])
    assert before.json()["total"] < client.get("/events").json()["total"]
    assert client.get("/events?at=2&format=csv").headers["waqai-position"] == "2"
    name = path.removeprefix("/id/")
    assert client.get(f"/audit/{name}?at={position - 1}").status_code == 404
    assert client.get(f"/audit/{name}?at={position}").json()["passed"] is True


def test_the_fingerprint_comes_where_it_is_asked_for(client: httpx.Client, filled: Workspace) -> None:
    path, _ = an_article(filled)
    for position in (2, 4):
        expected = GraphStore.in_memory(filled.log, filled.projector, upto=position).fingerprint()
        for address in (f"/sparql?query={COUNT}", f"{path}.ttl?_=1", "/events?_=1", "/claims?_=1"):
            if address.startswith(path) and position == 2:
                continue
            answer = client.get(f"{address}&at={position}&fingerprint=true")
            assert answer.headers["waqai-fingerprint"] == f"sha256={expected.sha256}; quads={expected.quads}"
    newest = client.get(f"/sparql?query={COUNT}&fingerprint=1")
    assert newest.headers["waqai-fingerprint"].startswith(f"sha256={expected.sha256}")
    assert "waqai-fingerprint" not in client.get(f"/sparql?query={COUNT}").headers


def test_a_state_too_far_from_every_snapshot_is_refused(filled: Workspace, tmp_path: Path) -> None:
    from dataclasses import replace

    filled.past.policy = replace(filled.past.policy, replay_records=1)
    with TestClient(create_app(filled, Settings(data=tmp_path / "data"))) as client:
        answer = client.get("/claims?at=3")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:waqai:problem:too-far")
    assert "WAQAI_PAST_RECORDS" in answer.json()["detail"]


# ---------------------------------------------------------------------- Memento


def test_accept_datetime_chooses_a_state_of_a_thing(client: httpx.Client, filled: Workspace) -> None:
    path, position = an_article(filled)
    date = http_date(recorded(filled, position))
    answer = client.get(path, headers={"accept-datetime": date, "accept": "text/turtle"})
    assert answer.status_code == 200
    chosen = int(answer.headers["waqai-position"])
    assert recorded(filled, chosen)[:19] == recorded(filled, position)[:19], "the last one of that second"
    assert answer.headers["memento-datetime"] == date
    assert answer.headers["content-location"] == f"{path}.ttl?at={chosen}"
    assert answer.headers["vary"] == "Accept, Accept-Datetime, Accept-Encoding"
    links = answer.headers["link"]
    assert f'<{path}>; rel="original timegate"' in links
    assert f'</timemap{path}>; rel="timemap"; type="application/link-format"' in links
    assert f'<{path}?at={chosen}>; rel="memento"; datetime="{date}"' in links
    memento = client.get(answer.headers["content-location"], headers={"accept-datetime": "ignored for a state"})
    assert memento.content == answer.content
    assert (memento.headers["memento-datetime"], memento.headers["vary"]) == (date, "Accept, Accept-Encoding")


def test_the_newest_state_is_no_memento_but_says_where_they_are(client: httpx.Client, filled: Workspace) -> None:
    path, _ = an_article(filled)
    answer = client.get(path, headers={"accept": "text/turtle"})
    assert "memento-datetime" not in answer.headers
    assert answer.headers["vary"] == "Accept, Accept-Datetime, Accept-Encoding"
    assert f'<{path}>; rel="original timegate", </timemap{path}>; rel="timemap"' in answer.headers["link"]
    assert answer.headers["content-location"] == f"{path}.ttl"


def test_a_time_before_the_first_state_gives_the_first_and_one_after_the_last_the_last(
    client: httpx.Client, filled: Workspace
) -> None:
    path, position = an_article(filled)
    first = client.get(path, headers={"accept-datetime": "Thu, 31 May 2007 20:35:00 GMT", "accept": "text/turtle"})
    assert (first.status_code, first.headers["waqai-position"]) == (200, str(position))
    assert first.headers["memento-datetime"] == http_date(recorded(filled, position))
    last = client.get(path, headers={"accept-datetime": "Thu, 31 May 2057 20:35:00 GMT"})
    assert last.headers["waqai-position"] == "4"
    assert client.get(f"{path}?at=2007-05-31").status_code == 404, "at is exact: nothing was known of it then"
    unknown = client.get("/id/article/none", headers={"accept-datetime": "Thu, 31 May 2007 20:35:00 GMT"})
    assert unknown.status_code == 404


def test_a_bad_accept_datetime_is_a_bad_request(client: httpx.Client, filled: Workspace) -> None:
    path, _ = an_article(filled)
    for bad in ("yesterday", "2024-11-30T10:00:00Z", "Sat, 30 Nov 2024 10:00:00", "30 Nov 2024 10:00:00 GMT"):
        for address in (path, f"/sparql?query={COUNT}", "/events"):
            answer = client.get(address, headers={"accept-datetime": bad})
            assert (answer.status_code, answer.json()["type"]) == (400, "urn:waqai:problem:bad-moment")


def test_accept_datetime_works_for_queries(client: httpx.Client, filled: Workspace) -> None:
    early = client.get("/sparql", params={"query": COUNT}, headers={"accept-datetime": "Thu, 31 May 2007 20:35:00 GMT"})
    assert (counted(early), early.headers["waqai-position"]) == (0, "0")
    assert "memento-datetime" not in early.headers, "there is no record to have the time of"
    date = http_date(recorded(filled, 4))
    late = client.get("/sparql", params={"query": COUNT}, headers={"accept-datetime": date})
    assert (counted(late), late.headers["memento-datetime"]) == (claims(filled, 4), date)
    again = client.get(late.headers["content-location"])
    assert (again.content, again.headers["memento-datetime"]) == (late.content, date)
    posted = client.post("/sparql", data={"query": COUNT}, headers={"accept-datetime": date})
    assert (counted(posted), "content-location" in posted.headers) == (claims(filled, 4), False)


def links_of(text: str) -> list[tuple[str, dict[str, str]]]:
    """The links of application/link-format (RFC 6690), with their attributes."""
    found = []
    for target, rest in re.findall(r'<([^>]*)>((?:;\s*[a-z]+="[^"]*")*)', text):
        found.append((target, dict(re.findall(r'([a-z]+)="([^"]*)"', rest))))
    return found


def test_a_time_map_lists_the_states_of_a_thing(client: httpx.Client, filled: Workspace) -> None:
    path, position = an_article(filled)
    answer = client.get(f"/timemap{path}")
    assert answer.headers["content-type"] == "application/link-format"
    links = links_of(answer.text)
    date = http_date(recorded(filled, position))
    base = "http://localhost:8000"
    assert links == [
        (f"{base}{path}", {"rel": "original timegate"}),
        (
            f"{base}/timemap{path}",
            {"rel": "self", "type": "application/link-format", "from": date, "until": date},
        ),
        (f"{base}{path}?at={position}", {"rel": "first last memento", "datetime": date}),
    ]
    state = client.get(links[2][0], headers={"accept": "text/turtle"})
    assert state.headers["memento-datetime"] == date
    assert client.get("/timemap/id/article/none").status_code == 404


def test_a_time_map_has_a_state_for_each_change(client: httpx.Client, filled: Workspace) -> None:
    outlet = next(iter(filled.query("SELECT ?o { ?a schema:publisher ?o ; wq:position 1 }").rows()))[0].value  # type: ignore[attr-defined]
    path = outlet.removeprefix("http://localhost:8000")
    steps = client.get(f"/history{path}").json()["steps"]
    mementos = [target for target, found in links_of(client.get(f"/timemap{path}").text) if "datetime" in found]
    assert [f"http://localhost:8000{path}?at={step['position']}" for step in steps] == mementos


# ---------------------------------------------------------------------- entity tags


def test_an_answer_that_has_not_changed_is_not_sent_again(client: httpx.Client, filled: Workspace) -> None:
    path, _ = an_article(filled)
    projection = filled.past.made().projection
    for address in (
        f"/sparql?query={COUNT}",
        f"/sparql?query={COUNT}&at=2",
        f"{path}.ttl",
        f"{path}.ttl?at=3",
        f"/timemap{path}",
        f"/history{path}",
        "/diff?from=0&to=2",
    ):
        answer = client.get(address)
        tag = answer.headers["etag"]
        assert re.fullmatch(rf'W/"{answer.headers["waqai-position"]}-{projection}-[0-9a-f]{{16}}"', tag)
        again = client.get(address, headers={"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), address
        assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200


def test_tags_tell_queries_formats_and_positions_apart(client: httpx.Client, filled: Workspace) -> None:
    answers = [
        client.get(f"/sparql?query={COUNT}"),
        client.get(f"/sparql?query={COUNT}&at=3"),
        client.get(f"/sparql?query={COUNT}", headers={"accept": "text/csv"}),
        client.get("/sparql?query=ASK { ?s ?p ?o }"),
        client.post("/sparql", data={"query": COUNT, "default-graph-uri": "http://x.example/"}),
    ]
    assert len({answer.headers["etag"] for answer in answers}) == len(answers)
    tag = answers[0].headers["etag"]
    filled.ingest(type(english_article())(text="Shells fell on Qalb Loze at dawn.", language="en"))
    end = time.monotonic() + 10
    while client.get("/claims").headers["waqai-position"] != "6" and time.monotonic() < end:
        time.sleep(0.02)
    newer = client.get(f"/sparql?query={COUNT}", headers={"if-none-match": tag})
    assert (newer.status_code, newer.headers["waqai-position"]) == (200, "6")


def test_what_is_another_thing_each_time_has_no_tag(client: httpx.Client) -> None:
    for query in ("SELECT (NOW() AS ?n) {}", "SELECT (rand ( ) AS ?n) {}", "SELECT (STRUUID() AS ?n) {}"):
        assert "etag" not in client.get("/sparql", params={"query": query}).headers


# ---------------------------------------------------------------------- histories and differences


def test_a_history_names_the_records_that_changed_a_thing(client: httpx.Client, filled: Workspace) -> None:
    path, position = an_article(filled)
    found = client.get(f"/history{path}").json()
    assert found["upto"]["position"] == 4
    (step,) = found["steps"]
    assert (step["position"], step["type"], step["actor"], step["removed"]) == (
        position,
        "ArticleIngested",
        "waqai",
        [],
    )
    assert any("schema.org/headline" in quad for quad in step["added"])
    text = client.get(f"/history{path}?format=text").text
    assert f"position {position}, {step['recorded']}, ArticleIngested by" in text
    assert client.get(f"/history{path}?at={position - 1}").status_code == 404
    claim = a_claim(client)
    assert [s["type"] for s in client.get(f"/history/id/claim/{claim}").json()["steps"]] == ["ClaimsExtracted"]


def test_a_difference_names_the_records_that_caused_it(client: httpx.Client, filled: Workspace) -> None:
    found = client.get("/diff", params={"from": "2", "to": "4"}).json()
    assert {changed["record"]["position"] for changed in found["added"]} == {3, 4}
    assert found["removed"] == []
    patch = client.get("/diff?from=2&to=4&format=nquads-patch").text.splitlines()
    assert (patch[0], patch[-1]) == ("TX .", "TC .")
    assert len(patch) == 2 + 2 + len(found["added"])
    back = client.get("/diff?from=4&to=2").json()
    assert [changed["quad"] for changed in back["removed"]] == [changed["quad"] for changed in found["added"]]
    path, position = an_article(filled)
    one = client.get("/diff", params={"from": "2", "to": "4", "about": path.lstrip("/")}).json()
    assert {changed["record"]["position"] for changed in one["added"]} == {position}
    assert "quads added, 0 removed" in client.get("/diff?from=0&to=4&format=text").text


def test_bad_differences_are_refused(client: httpx.Client) -> None:
    assert client.get("/diff?from=1").status_code == 400
    assert client.get("/diff?from=1&to=later").json()["type"] == "urn:waqai:problem:bad-moment"
    assert client.get("/diff?from=1&to=5").json()["head"] == 4
    assert client.get("/diff?from=1&to=2&format=xml").status_code == 400


def test_a_difference_that_reads_too_much_is_refused(filled: Workspace, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", change_records=3)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        answer = client.get("/diff?from=0&to=4")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:waqai:problem:too-far")
    assert "WAQAI_CHANGE_RECORDS" in answer.json()["detail"]


def test_a_second_process_answers_for_the_past_too(client: httpx.Client, filled: Workspace, tmp_path: Path) -> None:
    with Workspace(tmp_path / "data", extractor=FakeExtractor(), create=False) as other:
        moment = other.moment("2")
        answer: Any = list(other.as_of(moment).query(COUNT).rows())
        assert int(answer[0][0].value) == claims(filled, 2)


def test_record_time_is_neither_publication_nor_event_time(client: httpx.Client, filled: Workspace) -> None:
    article = arabic_article()
    assert article.published is not None
    day = datetime.fromisoformat(article.published[:10]) + timedelta(days=1)
    at = client.get("/claims", params={"at": day.date().isoformat()})
    assert (at.json()["total"], at.headers["waqai-position"]) == (0, "0"), "it was published, but not recorded"


def test_what_is_erased_is_gone_from_the_past_and_from_its_files(client: httpx.Client, filled: Workspace) -> None:
    words = "دوار الباسل"
    filled.past.snapshot(filled.own_graph())
    query = f'ASK {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} FILTER(CONTAINS(STR(?o), "{words}")) }}'
    before = client.get("/sparql", params={"query": query, "at": "2"})
    assert before.json()["boolean"] is True
    doomed = filled.plan_erasure([arabic_article().id], basis="law", reason="asked")
    filled.erase(doomed, actor="mona")
    after = client.get("/sparql", params={"query": query, "at": "2"}, headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.json()["boolean"]) == (200, False)
    assert after.headers["etag"] != before.headers["etag"]
    folder = filled.data / "past"
    assert not [path for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]
    for position in range(1, filled.log.head() + 1):
        replay = GraphStore.in_memory(filled.log, filled.projector, upto=position)
        assert filled.past.fingerprint(position) == replay.fingerprint()
