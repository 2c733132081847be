"""The gateway of a worker: what it asks for the engine, and for nobody else."""

from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from api.reconciliation.fetching import Bounds
from api.workers.gateway import Clause, Gateway, addresses
from tests.api.test_federation import Elsewhere, another_server

SECRET = "5ec3e7"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with another_server() as found:
        yield found


@pytest.fixture
def gateway(elsewhere: Elsewhere) -> Iterator[Gateway]:
    clauses = [
        Clause(elsewhere.at("one"), silent=False, outer=True, inward=True),
        Clause(elsewhere.at("inner"), silent=False, outer=False, inward=True),
        Clause(elsewhere.at("within"), silent=True, outer=True, inward=False),
    ]
    with Gateway(SECRET, clauses, Bounds(30, 100_000, 0), requests=2) as opened:
        yield opened


def sent(gateway: Gateway, path: str, body: str = "SELECT * {}", method: str = "POST") -> int:
    place = gateway.inside(f"<{addresses(SECRET, 1)[0]}>")
    connection = HTTPConnection(place.removeprefix("<http://").partition("/")[0])
    connection.request(method, path, body.encode())
    status = connection.getresponse().status
    connection.close()
    return status


def test_only_who_knows_the_path_is_answered(gateway: Gateway, elsewhere: Elsewhere) -> None:
    for path in (
        "/",
        "/0",
        f"/{SECRET}",
        f"/{SECRET}/",
        f"/{SECRET}/3",
        f"/{SECRET}/-1",
        f"/{SECRET}/0/0",
        "/5ec3e8/0",
    ):
        assert sent(gateway, path) == 502
    assert sent(gateway, f"/{SECRET}/0", method="GET") == 501
    assert elsewhere.asked == []
    assert gateway.failure is None
    assert sent(gateway, f"/{SECRET}/0") == 200


def test_a_clause_inside_another_is_never_asked_here(gateway: Gateway, elsewhere: Elsewhere) -> None:
    assert sent(gateway, f"/{SECRET}/1") == 502
    assert gateway.failure is not None
    assert gateway.failure["service"] == elsewhere.at("inner")
    assert elsewhere.asked == []


def test_a_clause_inside_another_goes_out_under_its_own_name_and_the_path_never(
    gateway: Gateway, elsewhere: Elsewhere
) -> None:
    inner, outer = (gateway.inside(f"<urn:waqai:{SECRET}:{number}>") for number in (1, 0))
    assert sent(gateway, f"/{SECRET}/0", f"SELECT * {{ SERVICE {inner} {{}} }}") == 200
    assert elsewhere.asked == [("one", f"SELECT * {{ SERVICE <{elsewhere.at('inner')}> {{}} }}")]
    assert sent(gateway, f"/{SECRET}/0", f"SELECT * {{ SERVICE {outer} {{}} }}") == 502
    assert len(elsewhere.asked) == 1


def test_requests_are_counted_and_the_same_question_is_asked_once(gateway: Gateway, elsewhere: Elsewhere) -> None:
    for _ in range(3):
        assert sent(gateway, f"/{SECRET}/0", "SELECT * { ?a ?b 1 }") == 200
    assert sent(gateway, f"/{SECRET}/0", "SELECT * { ?a ?b 2 }") == 200
    assert sent(gateway, f"/{SECRET}/0", "SELECT * { ?a ?b 3 }") == 502
    assert len(elsewhere.asked) == 2
    assert gateway.failure is not None
    assert "WAQAI_SERVICE_REQUESTS" in gateway.failure["why"]


def test_silent_is_no_failure_and_nothing_within_is_asked(gateway: Gateway, elsewhere: Elsewhere) -> None:
    assert sent(gateway, f"/{SECRET}/2") == 502
    assert gateway.failure is None
    assert elsewhere.asked == []
