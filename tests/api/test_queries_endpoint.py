"""`/queries` over HTTP: formats, parameters, pages, and what is said of bad ones."""

import csv
import io
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.queries.saved import BadQueryFile, load
from api.settings import Settings
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article


def test_the_list_names_every_query_with_its_parameters(client: httpx.Client) -> None:
    listed = {query["name"]: query for query in client.get("/queries").json()["queries"]}
    assert listed.keys() == load().keys()
    parameters = {p["name"]: p for p in listed["who-held"]["parameters"]}
    assert parameters["place"]["required"]
    assert parameters["limit"]["maximum"] == 10000


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [
        ("json", "application/sparql-results+json"),
        ("xml", "application/sparql-results+xml"),
        ("csv", "text/csv; charset=utf-8"),
        ("tsv", "text/tab-separated-values; charset=utf-8"),
        ("geojson", "application/geo+json"),
        ("html", "text/html; charset=utf-8"),
        ("rq", "application/sparql-query"),
    ],
)
def test_formats_by_name_and_by_accept(client: httpx.Client, format_: str, media_type: str) -> None:
    named = client.get("/queries/events", params={"format": format_})
    accepted = client.get("/queries/events", headers={"accept": media_type.partition(";")[0]})
    for response in (named, accepted):
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == media_type
        assert response.headers["waqai-position"] == "4"
        assert response.headers["waqai-default-view"] == "Map"
    if format_ not in ("html",):
        assert named.content == accepted.content


def test_the_same_answer_as_the_query_itself(client: httpx.Client) -> None:
    asked = {"type": "Airstrike", "place": "Aleppo"}
    text = client.get("/queries/events", params={**asked, "format": "rq"}).text
    by_hand = client.post("/sparql", content=text.encode(), headers={"content-type": "application/sparql-query"})
    assert by_hand.content == client.get("/queries/events", params=asked).content
    assert by_hand.json()["results"]["bindings"]


def test_rows_are_features_and_what_has_no_point_has_none(client: httpx.Client) -> None:
    data = client.get("/queries/events?format=geojson").json()
    assert data["type"] == "FeatureCollection"
    assert data["position"] == 4
    points = {feature["properties"]["placeName"]: feature["geometry"] for feature in data["features"]}
    assert points["Aleppo"] == {"type": "Point", "coordinates": [37.16117, 36.20124]}
    assert None in points.values()
    rows = list(csv.DictReader(io.StringIO(client.get("/queries/events?format=csv").text)))
    assert len(rows) == len(data["features"])


def test_a_person_gets_a_form_and_then_the_rows(client: httpx.Client) -> None:
    html = {"accept": "text/html"}
    form = client.get("/queries/who-held", headers=html)
    assert form.status_code == 200
    assert '<input name="place"' in form.text
    assert "<td" not in form.text
    shown = client.get("/queries/events", params={"place": "Aleppo"}, headers=html)
    assert 'value="Aleppo"' in shown.text
    assert "/id/event/" in shown.text
    assert "/queries/events?place=Aleppo&amp;format=csv" in shown.text
    assert "Saved queries" in client.get("/queries", headers=html).text


@pytest.mark.parametrize("format_", ["json", "xml", "csv", "tsv", "geojson", "html"])
def test_who_gets_less_than_there_is_is_told(client: httpx.Client, format_: str) -> None:
    everything = client.get("/queries/evidence?format=csv")
    rows = len(list(csv.reader(io.StringIO(everything.text)))) - 1
    assert "waqai-truncated" not in everything.headers
    name = "events" if format_ == "geojson" else "evidence"
    some = client.get(f"/queries/{name}", params={"limit": 1, "format": format_})
    assert some.headers["waqai-truncated"] == "1"
    assert "there are more. limit=10 gives more, up to 10000." in some.headers["waqai-hint"]
    again = client.get(f"/queries/{name}", params={"limit": 1, "format": format_})  # from what is kept
    assert (again.headers["waqai-truncated"], again.content) == ("1", some.content)
    exact = client.get("/queries/evidence", params={"limit": rows, "format": format_.replace("geojson", "json")})
    assert "waqai-truncated" not in exact.headers
    if format_ == "csv":
        assert list(csv.reader(io.StringIO(some.text))) == list(csv.reader(io.StringIO(everything.text)))[:2]
        assert client.get("/queries/evidence", params={"limit": rows - 1}).headers["waqai-truncated"] == str(rows - 1)
    elif format_ == "json":
        assert len(some.json()["results"]["bindings"]) == 1
    elif format_ == "geojson":
        assert (len(some.json()["features"]), some.json()["truncated"]) == (1, True)
    elif format_ == "html":
        assert '<a href="/queries/evidence?limit=10&amp;format=html">' in some.text
        assert "وهناك المزيد" in some.text
        assert "وهناك المزيد" not in exact.text


def test_a_box_goes_across_the_180th_meridian(client: httpx.Client) -> None:
    def found(west: str, east: str) -> int:
        box = {"west": west, "east": east, "south": "36", "north": "37", "format": "geojson"}
        return len(client.get("/queries/events-in-box", params=box).json()["features"])

    assert found("37", "38") == found("37", "-170") == found("170", "38") > 0
    assert found("38", "37") == found("170", "-170") == 0


def test_the_command_says_what_it_left_out(tmp_path: Path) -> None:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as made:
        made.ingest(arabic_article())
    asked = ["query", "--saved", "evidence", "--data", str(tmp_path / "data")]
    whole = CliRunner().invoke(app, [*asked, "--format", "csv"])
    assert "there are more" not in whole.stderr
    for form in ("csv", "json", "table"):
        some = CliRunner().invoke(app, [*asked, "--format", form, "--with", "limit=1"])
        assert "there are more. --with limit=10 gives more, up to 10000." in some.stderr
        assert ("the first 1 row at log position" in some.stdout) == (form == "table")
    csv_ = CliRunner().invoke(app, [*asked, "--format", "csv", "--with", "limit=1"])
    assert whole.stdout.startswith(csv_.stdout)


def test_words_of_a_parameter_are_no_markup(client: httpx.Client) -> None:
    shown = client.get("/queries/who-held", params={"day": '"><script>'}, headers={"accept": "text/html"})
    assert shown.status_code == 200
    assert "<script>" not in shown.text
    assert "&lt;script&gt;" in shown.text


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        ("/queries/none", 404, "unknown-query"),
        ("/queries/who-held", 400, "missing-parameter"),
        ("/queries/events?colour=red", 400, "unknown-parameter"),
        ("/queries/events?place=Nowhereville", 404, "unknown-parameter"),
        ("/queries/events?type=Airstrik", 400, "bad-parameter"),
        ("/queries/events?limit=0", 400, "bad-parameter"),
        ("/queries/events?limit=1&limit=2", 400, "repeated-parameter"),
        ("/queries/events?from=2024-99", 400, "bad-parameter"),
        ("/queries/events?from=2024&to=2023", 400, "bad-parameter"),
        ("/queries/events-in-box?west=1&east=2&south=36&north=4.5", 400, "bad-parameter"),
        ("/queries/evidence?event=none", 404, "unknown-parameter"),
        ("/queries/actor-timeline?actor=place/none", 404, "unknown-parameter"),
        ("/queries/events?format=pdf", 400, "bad-parameter"),
        ("/queries/sources?format=geojson", 406, "not-acceptable"),
    ],
)
def test_bad_ones_are_problems(client: httpx.Client, address: str, status: int, kind: str) -> None:
    response = client.get(address)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"urn:waqai:problem:{kind}"
    assert response.json()["detail"].endswith(".")


def test_who_asks_for_a_map_of_what_has_no_points_is_told_what_has(client: httpx.Client) -> None:
    told = client.get("/queries/sources?format=geojson").json()["detail"]
    assert "whose rows name no points (those of events-in-box, events-near, events do), cannot be given" in told
    listed = client.get("/queries").json()["queries"]
    assert {one["name"] for one in listed if one["points"]} == {"events", "events-in-box", "events-near"}
    refused = CliRunner().invoke(app, ["query", "--saved", "sources", "--format", "geojson"])
    assert (refused.exit_code, "those of events-in-box, events-near, events do" in refused.stderr) == (2, True)


def test_the_openapi_document_has_each_query(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for name, query in load().items():
        described = document["paths"][f"/queries/{name}"]["get"]
        assert described["summary"] == query.summary["en"]
        names = [parameter["name"] for parameter in described["parameters"]]
        assert names == [*(parameter.name for parameter in query.parameters), "format"]


def test_own_queries_are_served_and_a_bad_file_ends_the_start(filled: Workspace, tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "mine.rq").write_text("#+ summary: Mine\n#defaultView:Graph\nASK { ?s ?p ?o }", encoding="utf-8")
    settings = Settings(data=tmp_path / "data", queries=folder)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        response = client.get("/queries/mine")
        assert response.json()["boolean"] is True
        assert response.headers["waqai-default-view"] == "Graph"
    (folder / "bad.rq").write_text("ASK {", encoding="utf-8")
    with pytest.raises(BadQueryFile, match=r"bad\.rq"):
        create_app(filled, settings)


def test_a_repeat_of_a_saved_query_is_unchanged_until_the_graph_moves(client: httpx.Client, filled: Workspace) -> None:
    asked = {"limit": "5", "format": "csv"}
    first = client.get("/queries/events", params=asked)
    tag = first.headers["etag"]
    for more in ({}, {"authorization": "Bearer of somebody who reads"}):
        again = client.get("/queries/events", params=asked, headers={"if-none-match": tag, **more})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["waqai-position"] == first.headers["waqai-position"]
    for other in ({"limit": "6", "format": "csv"}, {"limit": "5", "format": "json"}, {"limit": "5", "at": "2"}):
        assert client.get("/queries/events", params=other, headers={"if-none-match": tag}).status_code == 200
    filled.ingest(arabic_article(published="2024-12-01"))
    for _ in range(200):
        moved = client.get("/queries/events", params=asked, headers={"if-none-match": tag})
        if moved.status_code == 200:
            break
        time.sleep(0.02)
    assert moved.headers["etag"] != tag


def test_a_saved_query_of_a_past_state_is_a_memento(client: httpx.Client) -> None:
    asked = {"at": "2", "format": "csv"}
    past = client.get("/queries/events", params=asked)
    assert past.headers["waqai-position"] == "2"
    assert "memento-datetime" in past.headers
    assert "</queries/events?format=csv>" in past.headers["link"]
    again = client.get("/queries/events", params=asked, headers={"if-none-match": past.headers["etag"]})
    assert again.status_code == 304
