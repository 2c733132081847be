"""Requests that nobody would write: made from the OpenAPI document, and queries with bytes in the wrong places.

No answer says that the server failed (500), whatever was asked; 503 is for what is busy, late or ended, and says so.
"""

import json
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case

from api.queries.saved import examples
from api.workspace import Workspace
from tests.api.bombs import BOMBS
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_server import free_port, serving

TOKEN = "a token that is long enough"
QUERIES = [*examples().values(), *BOMBS.values(), "ASK {}", "DESCRIBE <http://localhost:8000/id/place/aleppo>"]
SLOW = {"suppress_health_check": list(HealthCheck), "deadline": None, "database": None, "derandomize": True}
PIECES = r"""
SELECT ASK CONSTRUCT DESCRIBE WHERE PREFIX BASE FROM NAMED { } ( ) [ ] << >> <<( )>> . ; , ?x ?y $z wq: wq:Airstrike
<http://x/> <x> a 1 -1 1.5e400 'x' \"\"\" \u0000 _:b @ar ^^ # FILTER OPTIONAL UNION MINUS GRAPH SERVICE VALUES UNDEF
BIND AS COUNT(*) GROUP BY ORDER LIMIT OFFSET 99999999999999999999 * + / | ^ ! && || = REGEX( EXISTS NOT IN LATERAL
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("any") / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
    limits = {"QUERY_SECONDS": "1", "QUERY_MEMORY": "300000000", "QUERY_WAIT": "10", "TOKEN": TOKEN}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in limits.items():
            patch.setenv(f"WAQAI_{name}", value)
        with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _):
            yield address


def fine(response: httpx.Response) -> None:
    asked = f"{response.request.method} {response.request.url}\n{response.request.content[:2000]!r}"
    assert response.status_code < 500 or response.status_code == 503, f"{asked}\n{response.text[:1000]}"
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert response.headers["content-type"] == "application/problem+json", asked
        assert response.json()["status"] == response.status_code


def from_the_document(address: str, many: int) -> None:
    schema = schemathesis.openapi.from_url(f"{address}openapi.json")
    count = 0
    with httpx.Client(timeout=60, headers={"authorization": f"Bearer {TOKEN}"}) as client:
        for found in schema.get_all_operations():
            operation = found.ok()

            @settings(max_examples=many, phases=[Phase.explicit, Phase.generate], **SLOW)
            @given(case=operation.as_strategy())
            def check(case: Case) -> None:
                made = case.as_transport_kwargs(base_url=address.rstrip("/"))
                made["headers"] = {
                    name: value for name, value in dict(made.pop("headers")).items() if name.lower() != "authorization"
                }
                made.pop("cookies", None)
                if isinstance(made.get("data"), dict):
                    made["data"] = {name: str(value) for name, value in made["data"].items()}
                elif "data" in made:
                    made["content"] = made.pop("data")
                try:
                    fine(client.request(**made))
                except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeEncodeError, ValueError) as unsendable:
                    if isinstance(unsendable, json.JSONDecodeError):
                        raise

            check()
            count += 1
    assert count > 20


def test_no_request_that_the_document_allows_makes_the_server_fail(address: str) -> None:
    from_the_document(address, 2)


@pytest.mark.slow
def test_no_request_of_many_that_the_document_allows_makes_the_server_fail(address: str) -> None:
    from_the_document(address, 60)


def any_query() -> st.SearchStrategy[bytes]:
    """Bytes, pieces of SPARQL, and queries that were changed in places."""

    def changed(query: str, changes: list[tuple[int, int, bytes]]) -> bytes:
        data = query.encode()
        for start, length, put in changes:
            at = start % (len(data) + 1)
            data = data[:at] + put + data[at + length :]
        return data

    put = st.binary(max_size=4) | st.sampled_from([b"{", b"}", b"(", b'"', b"<", b"\xff", b"\x00", "‏".encode(), b"?"])
    changes = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 6), put), min_size=1, max_size=4)
    return (
        st.binary(max_size=200)
        | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
        | st.lists(st.sampled_from(PIECES.split()), max_size=40).map(lambda pieces: " ".join(pieces).encode())
        | st.builds(changed, st.sampled_from(QUERIES), changes)
    )


def asked_with_anything(address: str, many: int) -> None:
    with httpx.Client(base_url=address, timeout=60) as client:

        @settings(max_examples=many, phases=[Phase.explicit, Phase.generate], **SLOW)
        @given(
            query=any_query(),
            way=st.sampled_from(["address", "form", "body"]),
            accept=st.sampled_from(["*/*", "text/csv"]),
        )
        def check(query: bytes, way: str, accept: str) -> None:
            packed = "".join(f"%{byte:02X}" for byte in query)
            headers = {"accept": accept}
            if way == "address":
                response = client.get(f"sparql?query={packed}", headers=headers)
            elif way == "form":
                headers["content-type"] = "application/x-www-form-urlencoded"
                response = client.post("sparql", content=f"query={packed}", headers=headers)
            else:
                headers["content-type"] = "application/sparql-query"
                response = client.post("sparql", content=query, headers=headers)
            fine(response)

        check()
        assert client.get("sparql", params={"query": "ASK { ?e a wq:Airstrike }"}).json()["boolean"] is True


def test_no_query_makes_the_server_fail(address: str) -> None:
    asked_with_anything(address, 150)


@pytest.mark.slow
def test_no_query_of_many_makes_the_server_fail(address: str) -> None:
    asked_with_anything(address, 3000)
