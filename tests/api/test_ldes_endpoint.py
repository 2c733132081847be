"""`/ldes`: a replica made over HTTP is the graph, and pages keep what they promise to caches."""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from graph.log import NewRecord
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, content_file, english_article
from tests.api.tree_reader import Reader
from tests.graph.stream.folding import LDES, TREE, folded, lines

BASE = "http://localhost:8000"
YEAR = "public, max-age=31536000, immutable"


def origin(workspace: Workspace) -> bytes:
    out = io.BytesIO()
    workspace.project()
    workspace.graph().dump(out)
    return out.getvalue()


def more(workspace: Workspace, number: int) -> None:
    workspace.ingest(replace(english_article(), url=f"https://example.org/{number}"))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., httpx.Client]]:
    """Serves a workspace with small pages."""
    opened: list[TestClient] = []

    def serving(workspace: Workspace, **given: object) -> httpx.Client:
        settings = Settings(
            **{"data": tmp_path / "data", "poll_interval": 0.02, "stream_records": 3, "stream_pages": 2, **given}  # type: ignore[arg-type]
        )
        client = TestClient(create_app(workspace, settings), base_url=BASE)
        opened.append(client)
        client.__enter__()
        return client

    yield serving
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def small(filled: Workspace, serve: Callable[..., httpx.Client]) -> httpx.Client:
    """Four records in pages of three."""
    return serve(filled)


def place(client: httpx.Client) -> str:
    answer = client.get("/ldes", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "no-cache"
    return answer.headers["location"].removeprefix(BASE)


def test_a_replica_has_the_bytes_of_the_graph_and_goes_on_where_it_was(filled: Workspace, small: httpx.Client) -> None:
    reader = Reader(small, f"{BASE}/ldes")
    assert folded(reader.read()) == origin(filled)
    for number in range(8):
        more(filled, number)
    reader.fetched.clear()
    assert folded(reader.read()) == origin(filled)
    assert not any(address.endswith("/page/1") for address in reader.fetched)
    reader.fetched.clear()
    reader.read()
    assert reader.fetched == []  # nothing new: every open node is answered with 304


def test_full_pages_are_immutable_and_the_open_one_is_not(small: httpx.Client) -> None:
    view = place(small)
    plain = {"accept-encoding": "identity"}
    full, open_ = (small.get(f"{view}/0/page/{first}", headers=plain) for first in (1, 4))
    assert full.headers["cache-control"] == YEAR
    assert full.headers["etag"] == f'"{hashlib.sha256(full.content).hexdigest()}"'
    assert full.headers["waqai-position"] == "3"
    assert f"<{LDES}immutable>" in small.get(f"{view}/0/page/1", headers={"accept": "application/n-quads"}).text
    assert open_.headers["cache-control"] == "public, max-age=5"
    assert open_.headers["waqai-position"] == "4"
    assert "immutable" not in open_.text
    root = small.get(view)
    assert root.headers["cache-control"] == "public, max-age=5"


def test_a_page_that_is_full_stays_the_same_bytes_whatever_comes(filled: Workspace, small: httpx.Client) -> None:
    page = f"{place(small)}/0/page/1"
    before = {accept: small.get(page, headers={"accept": accept}).content for accept in FORMATS}
    for number in range(3):
        more(filled, number)
    assert {accept: small.get(page, headers={"accept": accept}).content for accept in FORMATS} == before
    index = small.get(f"{place(small)}/0/index/1")
    assert index.headers["cache-control"] == YEAR
    assert small.get(f"{place(small)}/0/index/2").headers["cache-control"] == "public, max-age=5"


FORMATS = {
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
}


def test_every_format_says_the_same(small: httpx.Client) -> None:
    page = f"{place(small)}/0/page/1"
    said = set()
    for accept, form in FORMATS.items():
        answer = small.get(page, headers={"accept": accept})
        assert answer.headers["content-type"] == f'{accept};profile="https://w3id.org/tree/profile"'
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        said.add(frozenset(parse(answer.content, form)))
    assert len(said) == 1
    assert small.get(page).headers["content-type"].startswith("application/trig;")
    refused = small.get(page, headers={"accept": "text/html"})
    assert refused.status_code == 406
    assert refused.json()["offered"] == list(FORMATS)


def test_the_members_of_a_page_stand_together_behind_what_the_page_says_of_itself(small: httpx.Client) -> None:
    """The TREE profile, for clients that read while they parse."""
    page = f"{place(small)}/0/page/1"
    quads = lines(small.get(page, headers={"accept": "application/n-quads"}).text)
    member = None
    for subject, predicate, object_, graph in quads:
        if predicate == f"<{TREE}member>":
            member = object_
        elif member is not None:
            assert member in (subject, graph)
    assert member is not None


@pytest.mark.parametrize("accept", list(FORMATS))
def test_pages_are_packed_for_those_who_take_them_so(small: httpx.Client, accept: str) -> None:
    page = f"{place(small)}/0/page/1"
    packed, again, plain = (
        small.get(page, headers={"accept": accept, "accept-encoding": encoding})
        for encoding in ("gzip, deflate", "br;q=0.5, gzip;q=0.1", "gzip;q=0")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == again.content == plain.content  # as the client unpacks it
    assert int(packed.headers["content-length"]) == int(again.headers["content-length"])
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 5
    assert packed.headers["etag"] == again.headers["etag"] != plain.headers["etag"]
    assert packed.headers["cache-control"] == plain.headers["cache-control"] == YEAR


@pytest.mark.parametrize("node", ["", "/0/index/1", "/0/page/1", "/0/page/4"])
def test_what_a_client_has_already_is_not_sent_again(small: httpx.Client, node: str) -> None:
    address = place(small) + node
    first = small.get(address)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = small.get(address, headers={"if-none-match": known})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert again.headers["vary"] == "Accept, Accept-Encoding"
    assert small.get(address, headers={"if-none-match": '"other"'}).status_code == 200
    assert small.get(address, headers={"accept": "application/n-quads"}).headers["etag"] != tag


def test_a_new_record_changes_the_tag_of_the_open_nodes(filled: Workspace, small: httpx.Client) -> None:
    view = place(small)
    before = {node: small.get(view + node).headers["etag"] for node in ("", "/0/index/1", "/0/page/4")}
    more(filled, 1)
    after = {node: small.get(view + node).headers["etag"] for node in before}
    assert not set(before.values()) & set(after.values())


def test_head_is_get_without_a_body(small: httpx.Client) -> None:
    page = f"{place(small)}/0/page/1"
    head, get = small.head(page), small.get(page)
    assert head.status_code == 200
    assert head.content == b""
    assert {name: head.headers[name] for name in ("etag", "cache-control", "content-type", "vary")} == {
        name: get.headers[name] for name in ("etag", "cache-control", "content-type", "vary")
    }


@pytest.mark.parametrize(
    ("node", "status"),
    [
        ("/0/page/0", 404),
        ("/0/page/-3", 404),
        ("/0/page/2", 404),
        ("/0/page/7", 404),
        ("/0/page/99999999999999999999999999", 404),
        ("/0/page/one", 400),
        ("/0/page/", 404),
        ("/0/index/0", 404),
        ("/0/index/-1", 404),
        ("/0/index/2", 404),
        ("/0/index/99999999999999999999999999", 404),
        ("/7/page/1", 404),
        ("/-1/page/1", 404),
        ("/99999999999999999999999999/page/1", 404),
        ("/x/page/1", 400),
        ("/member/5/5/record", 404),
        ("/member/0/0/log", 404),
        ("/member/x/0/log", 400),
    ],
)
def test_what_the_stream_has_not_is_a_problem(small: httpx.Client, node: str, status: int) -> None:
    answer = small.get(place(small) + node)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_view_that_is_gone_says_where_the_present_one_is(small: httpx.Client) -> None:
    view = place(small)
    for node in ("", "/0/page/1", "/0/index/1", "/member/1/1/record"):
        answer = small.get(f"/ldes/p4-0123456789ab{node}")
        assert answer.status_code == 410
        assert answer.headers["link"] == f'<{BASE}{view}>; rel="successor-version"'
        assert answer.json()["view"] == view.removeprefix("/ldes/")
    for name in ("p5", "p5-XYZ", "p4-0123456789abc", "p4-0123456789aB"):
        assert small.get(f"/ldes/{name}/0/page/1").status_code == 404


def test_after_an_erasure_every_node_stands_under_a_new_epoch_without_the_words(
    filled: Workspace, small: httpx.Client
) -> None:
    view, words = place(small), "قتلت 16 شخصا"
    reader = Reader(small, f"{BASE}/ldes")
    reader.read()
    assert words in small.get(f"{view}/0/page/1").text
    doomed = filled.plan_erasure([arabic_article().id], basis="a law", reason="a request")
    filled.erase(doomed, actor="test")
    assert place(small) == view
    for node in ("page/1", "index/1"):
        moved = small.get(f"{view}/0/{node}", follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (308, f"{BASE}{view}/5/{node}")
        assert moved.headers["cache-control"] == "no-cache"
        assert words not in small.get(f"{view}/0/{node}").text
    full = small.get(f"{view}/5/page/1")
    assert full.headers["cache-control"] == YEAR
    assert small.get(f"{view}/6/page/1").status_code == 404
    graph = origin(filled)
    assert words not in graph.decode()
    assert folded(Reader(small, f"{BASE}/ldes").read()) == graph


def test_another_size_of_pages_is_another_view(filled: Workspace, serve: Callable[..., httpx.Client]) -> None:
    one, other = place(serve(filled)), place(serve(filled, stream_records=4))
    assert one != other
    assert serve(filled, stream_records=4).get(f"{one}/0/page/1").status_code == 410


def test_a_record_of_a_newer_version_is_named_and_the_pages_before_it_are_given(
    filled: Workspace, small: httpx.Client
) -> None:
    filled.log.append("of another kind", [NewRecord("FromTheFuture", 9, {})], actor="test")
    view = place(small)
    assert small.get(f"{view}/0/page/1").status_code == 200
    for path in (f"{view}/0/page/4", f"{view}/0/index/1", view):
        answer = small.get(path)
        assert answer.status_code == (503 if "page" in path else 200)
    assert "FromTheFuture, schema 9" in small.get(f"{view}/0/page/4").json()["detail"]


def test_pages_may_be_read_from_any_origin_with_their_tags(small: httpx.Client) -> None:
    page = f"{place(small)}/0/page/1"
    answer = small.get(page, headers={"origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    asked = {"origin": "https://elsewhere.example", "access-control-request-method": "GET"}
    assert "If-None-Match" in small.options(page, headers=asked).headers["access-control-allow-headers"]


def test_a_member_leads_to_its_page(small: httpx.Client) -> None:
    page = f"{place(small)}/0/page/4"
    found = re.findall(rf"<{TREE}member> <([^>]*)>", small.get(page, headers={"accept": "application/n-quads"}).text)
    assert found
    for member in found:
        answer = small.get(member, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, BASE + page)


def test_an_empty_log_has_a_stream_whose_nodes_lead_on_later(
    workspace: Workspace, serve: Callable[..., httpx.Client]
) -> None:
    client = serve(workspace)
    empty = place(client)
    assert folded(Reader(client, f"{BASE}/ldes").read()) == b""
    reader = Reader(client, f"{BASE}{empty}")
    assert reader.read()
    workspace.ingest(arabic_article())
    assert place(client) != empty
    for node in ("", "/0/index/1", "/0/page/1"):
        assert client.get(empty + node, follow_redirects=False).headers["location"] == f"{BASE}{place(client)}{node}"
    assert folded(reader.read()) == origin(workspace)


def test_a_page_that_lacks_words_which_nobody_erased_is_not_kept_for_ever(
    tmp_path: Path, serve: Callable[..., httpx.Client]
) -> None:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        for article in (arabic_article(), english_article()):
            workspace.ingest(article)
        text = content_file(tmp_path / "data", arabic_article())
        kept = text.read_bytes()
        text.unlink()
        client = serve(workspace)
        page = f"{place(client)}/0/page/1"
        lacking = client.get(page)
        assert "immutable" not in lacking.headers["cache-control"] + lacking.text
        text.write_bytes(kept)
        whole = client.get(page, headers={"if-none-match": lacking.headers["etag"]})
        assert whole.status_code == 200
        assert whole.headers["cache-control"] == YEAR
