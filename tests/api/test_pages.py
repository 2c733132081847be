import re
from collections import Counter
from html.parser import HTMLParser

import httpx
import pyoxigraph as ox
import pytest

from api.pages.layout import bidi
from api.workspace import Workspace
from tests.api.fakes import arabic_article, content_file, english_article


class Page(HTMLParser):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self._in_mark = False
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_mark = self._in_mark or tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._in_mark = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked += data

    @property
    def addresses(self) -> list[str]:
        """What the browser loads by itself, and what can be followed."""
        return [v for _, attrs in self.tags for k, v in attrs.items() if k in ("href", "src", "action") and v]

    @property
    def loaded(self) -> list[str]:
        """What the browser loads by itself."""
        return [
            attrs.get("src") or attrs.get("href") or ""
            for tag, attrs in self.tags
            if tag in ("script", "link", "img", "iframe")
        ]


@pytest.fixture
def claim(client: httpx.Client) -> str:
    query = "SELECT ?c { ?c wq:modality wq:Asserted ; wq:position 2 }"
    return client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["c"]["value"]


def path(iri: str) -> str:
    return iri.removeprefix("http://localhost:8000")


def html(client: httpx.Client, address: str) -> Page:
    return Page(client.get(path(address), headers={"accept": "text/html,*/*;q=0.1"}))


@pytest.mark.parametrize("address", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere(client: httpx.Client, address: str) -> None:
    page = html(client, address)
    assert page.loaded
    assert all(loaded.startswith("/static/") for loaded in page.loaded)
    assert all(client.get(loaded).status_code == 200 for loaded in page.loaded)


def test_static_files_name_no_other_server(client: httpx.Client) -> None:
    for name in ("app.css", "sparql.js"):
        text = client.get(f"/static/{name}").text
        assert not re.search(r"https?://(?!\?)[a-z]", text.replace("^https?:\\/\\/", ""))
        assert "innerHTML" not in text


def test_the_start_page_lists_events_but_no_denied_ones(client: httpx.Client) -> None:
    page = html(client, "/")
    assert "3 events" in page.text
    assert "Airstrike" in page.text
    assert "دوار الباسل" in page.text
    (denied,) = client.get("/claims", params={"modality": "denied"}).json()["claims"]
    table = "".join(re.findall(r"<tbody>.*</tbody>", client.get("/").text, re.DOTALL))
    assert path(denied["claim"]) not in table
    assert ("textarea", "query") in [(tag, attrs.get("id")) for tag, attrs in page.tags]


@pytest.mark.parametrize("address", ["/", "/docs", "/queries?format=html", "/queries/search?words=غارة"])
def test_every_page_has_a_box_that_finds_claims_by_their_words(client: httpx.Client, address: str) -> None:
    page = html(client, address)
    (form,) = [attrs for tag, attrs in page.tags if tag == "form" and attrs.get("role") == "search"]
    assert form["action"] == "/queries/search"
    fields = {attrs.get("name"): attrs for tag, attrs in page.tags if tag == "input" and attrs.get("name")}
    assert fields["words"]["dir"] == "auto"
    sent = client.get(form["action"], params={"words": "غارة", "format": "html"})
    assert sent.status_code == 200
    assert "دوار الباسل" in sent.text
    bad = client.get(form["action"], params={"words": "«", "format": "html"})
    assert bad.status_code == 400


def test_the_start_page_marks_what_is_denied_and_lists_apart_what_is_no_event(client: httpx.Client) -> None:
    text = client.get("/").text
    apart = text.partition("Not reported to have happened")[2]
    assert apart.count('<span class="pill">denied</span>') == 1
    assert '<li dir="auto">' in apart
    (event,) = [one for one in client.get("/events").json()["events"] if one["denials"]]
    row = text.partition(event["event"].removeprefix("http://localhost:8000"))[2].partition("</td>")[0]
    assert "a claim says that it did not happen" in row


def test_every_link_of_the_start_page_leads_somewhere(client: httpx.Client) -> None:
    for address in sorted({a for a in html(client, "/").addresses if a.startswith("/")}):
        assert client.get(address, headers={"accept": "text/html, */*;q=0.5"}).status_code == 200, address


def test_every_link_between_things_leads_somewhere(client: httpx.Client, claim: str) -> None:
    seen: set[str] = set()
    waiting = [path(claim)]
    while waiting:
        address = waiting.pop()
        if address in seen or len(seen) > 60:
            continue
        seen.add(address)
        response = client.get(address, headers={"accept": "text/html"})
        assert response.status_code == 200, address
        if "/id/" in address and response.headers["content-type"].startswith("text/html"):
            waiting += [a for a in Page(response).addresses if a.startswith("/id/") and "." not in a]
    assert {a.split("/")[2] for a in seen} == {"claim", "event", "article", "place", "actor", "source", "record", "run"}


def test_a_claim_shows_its_quote_marked_in_its_context(client: httpx.Client, claim: str) -> None:
    page = html(client, claim)
    assert page.marked == arabic_article().text.partition(".")[0]
    assert "Who says so: وكالة الاختبار ← The Observatory" in page.text
    assert "نفى الجيش" in page.text
    assert f"/audit/{path(claim).removeprefix('/id/')}" in page.addresses
    blockquotes = [attrs for tag, attrs in page.tags if tag == "blockquote"]
    assert all(attrs["dir"] == "auto" for attrs in blockquotes)


def test_an_article_whose_text_is_gone_says_so(client: httpx.Client, claim: str, filled: Workspace) -> None:
    content_file(filled.data, arabic_article()).unlink()
    assert filled.text(arabic_article().id) is None
    page = html(client, claim)
    assert page.marked == ""
    assert "was erased, is lost or damaged" in page.text


def test_foreign_markup_stays_text(client: httpx.Client) -> None:
    page = html(client, f"/id/article/{english_article().id}")
    assert "<script>alert(1)</script>" in page.text
    assert [attrs.get("src") for tag, attrs in page.tags if tag == "script"] == []


def test_a_denied_event_has_a_page_that_states_nothing(client: httpx.Client) -> None:
    query = "SELECT ?e { ?c wq:modality wq:Denied ; wq:about ?e }"
    event = client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["e"]["value"]
    page = html(client, event)
    assert "No claim reports this as having happened" in page.text
    turtle = client.get(path(event) + ".ttl")
    assert list(ox.parse(turtle.content, format=ox.RdfFormat.TURTLE)) == []


@pytest.mark.parametrize(
    ("accept", "suffix", "media_type"),
    [
        ("text/html", "", "text/html; charset=utf-8"),
        ("*/*", "", "text/html; charset=utf-8"),
        ("text/turtle", "", "text/turtle; charset=utf-8"),
        ("application/ld+json", "", "application/ld+json"),
        ("application/n-triples", "", "application/n-triples"),
        ("text/html;q=0.1, application/ld+json;q=0.2", "", "application/ld+json"),
        ("text/html", ".ttl", "text/turtle; charset=utf-8"),
        ("image/png", ".jsonld", "application/ld+json"),
        ("text/html", ".nt", "application/n-triples"),
        ("text/turtle", ".html", "text/html; charset=utf-8"),
    ],
)
def test_formats_of_a_thing(client: httpx.Client, claim: str, accept: str, suffix: str, media_type: str) -> None:
    response = client.get(path(claim) + suffix, headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["vary"] == "Accept, Accept-Datetime, Accept-Encoding"
    assert response.headers["waqai-position"] == "4"
    assert 'rel="alternate"' in response.headers["link"]
    if "html" not in media_type:
        format_ = ox.RdfFormat.from_media_type(media_type.split(";")[0])
        subjects = {quad.subject.value for quad in ox.parse(response.content, format=format_)}  # type: ignore[union-attr]
        assert claim in subjects
        assert f"{claim}/evidence/1/quote" in subjects
        assert all(subject == claim or subject.startswith(f"{claim}/") for subject in subjects)


def test_quads_of_a_claim_hold_its_own_graph(client: httpx.Client, claim: str) -> None:
    quads = list(ox.parse(client.get(path(claim) + ".nq").content, format=ox.RdfFormat.N_QUADS))
    graphs = {str(quad.graph_name) for quad in quads}
    assert graphs == {"DEFAULT", f"<{claim}>"}


def test_turtle_is_the_same_every_time(client: httpx.Client, claim: str) -> None:
    assert len({client.get(path(claim) + ".ttl").content for _ in range(5)}) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/id/claim/c-00000000000000000000",
        "/id/",
        "/id/nothing",
        "/id/claim/",
        "/id/claim/%3E%20%7B",
        "/id/claim/..%2F..%2Fetc%2Fpasswd",
        "/id/claim/c-0000.exe",
        "/static/../app.py",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_a_problem(client: httpx.Client, address: str) -> None:
    response = client.get(address, headers={"accept": "text/html"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404


def test_a_format_that_nobody_writes_is_refused(client: httpx.Client, claim: str) -> None:
    response = client.get(path(claim), headers={"accept": "image/png"})
    assert response.status_code == 406
    assert "text/turtle" in response.json()["offered"]


@pytest.mark.parametrize(
    "address", ["/", "/health", "/events", "/docs", "/sparql", "/nowhere", "/static/app.css", "/openapi.json"]
)
def test_every_answer_has_the_security_headers(client: httpx.Client, address: str) -> None:
    headers = client.get(address).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_no_page_needs_what_the_policy_forbids(client: httpx.Client, claim: str) -> None:
    for address in ("/", "/docs", path(claim)):
        page = html(client, address)
        assert not [attrs for _, attrs in page.tags if "style" in attrs or any(name.startswith("on") for name in attrs)]
        assert all(attrs.get("src") for tag, attrs in page.tags if tag == "script")


def test_a_crash_is_a_problem_without_its_inside(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from api.app import create_app
    from api.settings import Settings

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("api.routers.home.events", crash)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(filled, Settings()), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/")

    response = asyncio.run(ask())
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in response.text


def test_events_as_json(client: httpx.Client) -> None:
    data = client.get("/events").json()
    assert (data["total"], data["position"], len(data["events"])) == (3, 4, 3)
    dates = [event["claims"][0]["date"] for event in data["events"]]
    assert dates == sorted(dates, reverse=True)
    takeovers = client.get("/events", params={"type": "Takeover"}).json()
    assert takeovers["total"] == 1
    assert takeovers["events"][0]["claims"][0]["places"][0]["names"]["en"] == "Idlib"
    pages = [client.get("/events", params={"limit": 1, "offset": n}).json()["events"] for n in range(4)]
    assert [page[0]["event"] for page in pages[:3]] == [event["event"] for event in data["events"]]
    assert pages[3] == []


@pytest.mark.parametrize("query", ["type=Nonsense", "limit=0", "limit=9999", "limit=x", "offset=-1", "type=%3E%20"])
def test_bad_event_lists(client: httpx.Client, query: str) -> None:
    response = client.get(f"/events?{query}")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


def test_health(client: httpx.Client) -> None:
    data = client.get("/health").json()
    assert (data["status"], data["head"], data["position"], data["behind"]) == ("ok", 4, 4, 0)


def test_health_says_when_the_graph_cannot_follow(
    client: httpx.Client, filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(filled, "project", fail)
    for _ in range(200):
        response = client.get("/health")
        if response.status_code == 503:
            break
        time.sleep(0.02)
    assert response.status_code == 503
    assert "the disk is full" in response.json()["projector"]
    monkeypatch.undo()
    for _ in range(200):
        if client.get("/health").status_code == 200:
            break
        time.sleep(0.02)
    assert client.get("/health").json()["status"] == "ok"


def test_each_operation_has_a_name_of_its_own(client: httpx.Client) -> None:
    """Programs that make clients give each operation a function of this name."""
    paths = client.get("/openapi.json").json()["paths"]
    names = Counter(operation["operationId"] for operations in paths.values() for operation in operations.values())
    assert [name for name, often in names.items() if often > 1] == []


def test_the_documentation_says_how_errors_look(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in str(document)
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            for code, answer in operation["responses"].items():
                assert code < "400" or list(answer["content"]) == ["application/problem+json"]
    names = [parameter["name"] for parameter in document["paths"]["/sparql"]["get"]["parameters"]]
    dataset = ["default-graph-uri", "named-graph-uri"]
    assert names == ["query", *dataset, "format", "timeout", "min_position", "at", "fingerprint"]


def test_the_documentation_names_every_path(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    text = html(client, "/docs").text
    assert {"/sparql", "/id/{path}", "/audit/{name}", "/events", "/health"} <= set(paths)
    assert all(name in text for name in paths)


def test_the_heading_of_an_event_keeps_its_date_together(client: httpx.Client) -> None:
    event = client.get("/events").json()["events"][-1]
    page = client.get(event["event"], headers={"accept": "text/html"}).text
    assert f'<bdi dir="ltr">{event["date"]}</bdi></h1>' in page


def test_a_date_within_arabic_is_not_turned_round() -> None:
    """Behind Arabic letters the parts of 2024-11-30 run from right to left, as one unit they do not."""
    said = str(bidi("غارة جوية في حلب، 2024-11-30", "ar"))
    assert said == '<bdi dir="auto" lang="ar">غارة جوية في حلب، <bdi dir="ltr">2024-11-30</bdi></bdi>'
    assert '<bdi dir="ltr">2024-11</bdi></h1>' in str(bidi("سيطرة، 2024-11", "ar", name="h1"))
    assert '<bdi dir="ltr">2024-11-29/2024-11-30</bdi>' in str(bidi("نزوح، 2024-11-29/2024-11-30"))
    assert str(bidi("Airstrike, 2024-11-30", "en")) == '<bdi dir="auto" lang="en">Airstrike, 2024-11-30</bdi>'
    assert str(bidi("<b>غارة 2024-11-30", "ar")).count("<b>") == 0
