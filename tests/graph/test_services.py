"""The SERVICE clauses of a query: found as the engine finds them, and led elsewhere without any that gets by."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.services import routed, services_of, without_services
from graph.sparql import QueryRefused, ServiceRefused
from tests.graph.test_sparql_text import HIDDEN, server

__all__ = ["server"]

NESTED = """PREFIX w: <http://x.example/service/> # SERVICE <http://no.example/> {}
SELECT * {
  { SELECT ?a { SERVICE w:sparql { ?a w:service 'SERVICE' SERVICE w:label { ?a ?b ?c } } } }
  MINUS { service silent # SERVICE
    <http://x.example/\\u002Fa> { ?a ?p "x" } }
  FILTER EXISTS { SERVICE SILENT <HTTP://y.example/'> { ?a <http://z.example/service> ?service } }
}"""


def test_clauses_are_found_with_their_servers_wherever_they_stand() -> None:
    found = [(one.address, one.silent, one.outer) for one in services_of(NESTED)]
    assert found == [
        ("http://x.example/service/sparql", False, True),
        ("http://x.example/service/label", False, False),
        ("http://x.example//a", True, True),
        ("HTTP://y.example/'", True, True),
    ]
    assert [NESTED[one.start : one.start + 7].upper() for one in services_of(NESTED)] == ["SERVICE"] * 4


def test_other_addresses_stand_in_their_place_and_nothing_else_changes() -> None:
    services = services_of(NESTED)
    text = routed(NESTED, services, [f"urn:r:{n}" for n in range(4)])
    again = services_of(text)
    assert [(one.address, one.silent, one.outer) for one in again] == [
        ("urn:r:0", False, True),
        ("urn:r:1", False, False),
        ("urn:r:2", True, True),
        ("urn:r:3", True, True),
    ]
    assert "?a w:service 'SERVICE'" in text
    assert text.count("\n") == NESTED.count("\n")
    plain = without_services(NESTED, services)
    assert len(plain) == len(NESTED)
    found = Store().query(plain)
    assert [variable.value for variable in found.variables] == ["a"]  # type: ignore[union-attr]


def test_prefixes_and_a_base_name_servers_too() -> None:
    (one,) = services_of("ASK { SERVICE q:sparql {} }", {"q": "https://q.example/"})
    assert one.address == "https://q.example/sparql"
    (one,) = services_of("PREFIX q: <https://r.example/> ASK{SERVICE q:sparql{}}", {"q": "https://q.example/"})
    assert one.address == "https://r.example/sparql"
    (one,) = services_of("BASE <https://b.example/x/> ASK { SERVICE <sparql> {} }")
    assert one.address == "https://b.example/x/sparql"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("SELECT * {\n SERVICE ?u { ?s ?p ?o } }", (2, 10), "leaves it to a variable"),
        ("SELECT * { SERVICE SILENT $u { ?s ?p ?o } }", (1, 27), "leaves it to a variable"),
        ("ASK { SERVICE <http://x/> { SERVICE ?u {} } }", (1, 37), "leaves it to a variable"),
        ("ASK { SERVICE <sparql> {} }", (1, 15), "no whole IRI"),
        ("ASK { ?s ?p 1SERVICE <http://x/> {} }", (1, 13), "spaces"),
        ("ASK { SERVICESILENT<http://x/> {} }", (1, 7), "spaces"),
        ("ASK { \\u0053ERVICE <http://x/> {} }", (1, 7), "escapes"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_place(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(ServiceRefused, match=said) as caught:
        services_of(text)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "text",
    [
        *HIDDEN,
        # Strings and comments for one reader and clauses for another; quotes in the name of a server.
        "SELECT * {{ SERVICE <urn:o'> {{ ?s ?p ?o }} SERVICE <{u}> {{ ?a ?b ?c }} }} #'",
        "SELECT * {{ SERVICE <urn:o'> {{ ?s ?p ?o }} FILTER(?s<'x>') SERVICE <{u}> {{ ?a ?b ?c }} }} #'",
        "SELECT * {{ SERVICE <urn:o> {{ ?s ?p ?o FILTER(?s<?o&&?o>'}}') }} SERVICE <{u}> {{ ?a ?b ?c }} }}",
        "SELECT * {{ SERVICE <urn:o> {{ ?s ?p ?o FILTER(?s<?o) }} #> {{\n SERVICE <{u}> {{ ?a ?b ?c }} }}",
        "SELECT * {{ SERVICE <urn:o> {{ ?s ?p '}}' SERVICE <{u}> {{ ?a ?b ?c }} }} }}",
        "PREFIX o: <urn:o> PREFIX s: <{u}> SELECT * {{ SERVICE o:\\' {{ }} SERVICE s: {{ }} #'\n }}",
        "SELECT * {{ SERVICE#\r<{u}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ SERVICE # <urn:o> {{\n <{u}> {{ ?s ?p ?o }} }}",
        "BASE <{u}> SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}",
        "SELECT * {{ ?s ?p ?o FILTER NOT EXISTS {{ SERVICE <{u}> {{ ?s ?p ?o }} }} }}",
    ],
)
def test_no_clause_reaches_its_own_server_once_it_is_led_elsewhere(server: tuple[str, list[bytes]], text: str) -> None:
    address, calls = server
    query = text.format(u=address)
    try:
        services = services_of(query)
    except QueryRefused:
        return
    assert services, "the keyword is there"
    try:
        led = routed(query, services, [f"urn:r:{n}" for n in range(len(services))])
    except QueryRefused:
        return
    store = Store()
    store.add(Quad(NamedNode("urn:a"), NamedNode("urn:b"), Literal(1)))
    try:
        found = store.query(led)
        list(found) if not isinstance(found, bool) else None  # type: ignore[arg-type]
    except (SyntaxError, RuntimeError, OSError, ValueError, TypeError):
        pass
    assert calls == []


def test_a_clause_that_is_not_among_those_known_is_never_let_by() -> None:
    text = "SELECT * { SERVICE <urn:one> { ?a ?b ?c } SERVICE <urn:two> { ?a ?b ?c } }"
    first, second = services_of(text)
    for known in ((first,), (second,), ()):
        with pytest.raises(QueryRefused):
            routed(text, known, [f"urn:r:{n}" for n in range(len(known))])
