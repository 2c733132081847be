"""The look at a query text before it runs, and the errors that say where and why."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from graph import sparql
from graph.search.predicate import expanded
from graph.sparql import (
    CheckedQuery,
    MalformedQuery,
    QueryRefused,
    ServiceRefused,
    UpdateRefused,
    check_query,
    malformed,
)
from graph.sparql_tokens import tokens
from ontology.vocabulary import PREFIXES
from tests.graph.sparql_cases import ROWS


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT"),
        ("select ?s where { ?s ?p ?o }", "SELECT"),
        ("ASK{}", "ASK"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("DESCRIBE <http://a.example/x>", "DESCRIBE"),
        (
            "BASE <http://a.example/> PREFIX drop: <insert> # DELETE\n PREFIX : <x> ASK { :insert drop:delete ?load }",
            "ASK",
        ),
        ("SELECT ('DROP ALL' AS ?insert) {}", "SELECT"),
        ("\ufeff SELECT * {}".lstrip("\ufeff"), "SELECT"),
    ],
)
def test_the_form_is_found_behind_the_prologue(text: str, form: str) -> None:
    assert check_query(text).form == form


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p 'SERVICE <http://x/> {}' }",
        'SELECT * { ?s ?p "a \\" SERVICE <http://x/> {}" }',
        "SELECT * { ?s ?p '''SERVICE\n' '' <http://x/> {}''' }",
        'SELECT * { ?s ?p """SERVICE\n" "" <http://x/> {}""" }',
        "SELECT * { # SERVICE <http://x/> {}\n ?s ?p ?o }",
        "SELECT * { ?s <http://x/SERVICE> ?o }",
        "SELECT * { ?s <http://x/service#type> ?o }",
        "SELECT * { ?service ?p $SERVICE }",
        "PREFIX service: <http://x/> SELECT * { ?s service:service service: }",
        "PREFIX service: <http://x/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX : <http://x/> SELECT * { ?s :SERVICE :a.service, _:service }",
        "PREFIX a: <http://x/> SELECT * { ?s a:b\\-service%41 ?o }",
        "SELECT * { ?s ?p 'x'@en FILTER(?s<?p&&?o>?s) } # service",
    ],
)
def test_the_word_service_where_it_is_no_keyword(text: str) -> None:
    assert check_query(text).form == "SELECT"
    Store().query(text)  # it is SPARQL, so the check had something to be right about


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[bytes]]]:
    """An address that notes who calls."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    calls: list[bytes] = []

    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            calls.append(connection.recv(100))
            connection.close()

    threading.Thread(target=answer, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", calls
    listener.close()


HIDDEN = [
    "SELECT * {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ service silent <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE?u {{ ?s ?p ?o }} VALUES ?u {{ <{u}> }} }}",
    "SELECT * {{ SERVICE#comment\n<{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICESILENT<{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?s ?p 1SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?s ?p 1.SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?s ?p trueSERVICE <{u}> {{ ?s ?p ?o }} }}",
    "PREFIX : <{u}> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
    "PREFIX SERVICE: <{u}> PREFIX : <{u}> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
    "PREFIX : <{u}> SELECT * {{ SERVICESILENT:x {{ ?s ?p ?o }} }}",
    "PREFIX : <{u}> SELECT * {{ ?s ?p 1SERVICE:x {{ ?s ?p ?o }} }}",
    "SELECT * {{ ?s ?p ?o FILTER(?s<'x>') SERVICE <{u}> {{ ?a ?b ?c }} }} #'",
    "SELECT * {{ ?s ?p ?o FILTER(?o<2)SERVICE#>\n<{u}> {{ ?a ?b ?c }} }}",
    "PREFIX a: <a:> SELECT * {{ ?s ?p ?o FILTER(?s<a:b#>'''\n) SERVICE <{u}> {{ ?a ?b ?c }} }} #'''",
    "SELECT * {{ {{ SELECT * {{ SERVICE <{u}> {{ ?s ?p ?o }} }} }} }}",
    "ASK {{ FILTER EXISTS {{ SERVICE <{u}> {{ ?s ?p ?o }} }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE <{u}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ \\u0053ERVICE <{u}> {{ ?s ?p ?o }} }}",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_the_keyword_service_is_refused_in_every_spelling(server: tuple[str, list[bytes]], text: str) -> None:
    address, calls = server
    query = text.format(u=address)
    with pytest.raises(QueryRefused):
        check_query(query)
    assert calls == []


class _Ran(Exception):
    """A query was evaluated."""


class _Parsing:
    """The engine, where what it returns was evaluated as far as an ASK or an aggregate is at once."""

    def query(self, *given: Any, **more: Any) -> Any:
        Store().query(*given, **more)
        raise _Ran


@pytest.mark.parametrize(
    "form", ["ASK", "SELECT (COUNT(*) AS ?n)", "SELECT *", "CONSTRUCT { ?s ?p ?o } WHERE", "DESCRIBE ?s"]
)
def test_reading_a_query_runs_nothing_of_it(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparql, "Store", _Parsing)
    check_query(f"{form} {{ ?s ?p ?o }} # service")
    found = expanded(f"{form} {{ ?s wq:text 'a word' ; ?p ?o }}", PREFIXES, lambda *_: [])
    assert "wq:text" not in found
    with pytest.raises(QueryRefused):
        check_query(f"{form} {{ ?s ?p ?o # service")


def test_a_plain_service_clause_is_refused_with_its_place(server: tuple[str, list[bytes]]) -> None:
    with pytest.raises(ServiceRefused) as caught:
        check_query("SELECT *\n{ ?s ?p ?o .\n  SERVICE <http://x/> { ?s ?q ?r } }")
    assert (caught.value.line, caught.value.column) == (3, 3)
    assert check_query("SELECT * { SERVICE <http://x/> { ?s ?q ?r } }", allow_service=True).form == "SELECT"


def test_a_dataset_clause_fetches_nothing(server: tuple[str, list[bytes]]) -> None:
    address, calls = server
    list(Store().query(f"SELECT * FROM <{address}> FROM NAMED <{address}g> {{ ?s ?p ?o }}"))  # type: ignore[arg-type]
    assert calls == []


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("INSERT DATA { <a:a> <a:a> 1 }", 1, 1),
        ("PREFIX a: <a:>\n  delete where { ?s ?p ?o }", 2, 3),
        ("LOAD <http://x/>", 1, 1),
        ("# SELECT\nCLEAR ALL", 2, 1),
        ("WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", 1, 1),
        ("DROP ALL", 1, 1),
        ("CREATE GRAPH <a:g>", 1, 1),
        ("COPY <a:g> TO <a:h>", 1, 1),
        ("MOVE <a:g> TO <a:h>", 1, 1),
        ("ADD <a:g> TO <a:h>", 1, 1),
    ],
)
def test_an_update_is_refused_and_told_why(text: str, line: int, column: int) -> None:
    with pytest.raises(UpdateRefused, match="read-only") as caught:
        check_query(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "the query is empty"),
        (" \n\t ", 2, 3, "the query is empty"),
        ("# only words", 1, 13, "ends before it says SELECT"),
        ("PREFIX a: <a:>", 1, 15, "ends before it says SELECT"),
        ("SELEC * {}", 1, 1, "'SELEC'"),
        ("SELECT * {\n ?s ?p 'words }", 2, 8, "never ends"),
        ('SELECT * { ?s ?p """words" }', 1, 18, "never ends"),
    ],
)
def test_a_text_that_is_no_query_says_where_and_why(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(MalformedQuery, match=reason) as caught:
        check_query(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("SELECT * {\n ?s ?p", 2, 7, "ends too early"),
        ("SELECT * { ?s ex:foo ?o }", 1, 21, "the prefix ex: is not declared"),
        ("SELECT * { ?s ?p ?o } LIMIT many", 1, 29, "'many' is not expected here"),
        ("SELECT ?x WHERE ?x ?y ?z", 1, 17, "expected here: {"),
        ("SELECT ?s ?p }", 1, 14, "this } closes nothing: no bracket is open before it"),
        ("SELECT * { ?s ?p ?o } }", 1, 23, "this } closes nothing"),
        ("SELECT * {\n ?s ?p ?o ) }", 2, 11, "this ) cannot close the { of line 1, column 10"),
        ("SELECT * { ?s ?p ?o ", 1, 21, "the query ends too early: the { of line 1, column 10 is not closed"),
        ("SELECT * { ?s ?p }", 1, 18, "'}' is not expected here"),
        ("SELECT * { ?s ?p ?o ?s ?q ?r }", 1, 21, "'?s' is not expected here"),
        ("SELECT * {\n ?s ?p ?o BIND(1 + AS ?v) }", 2, 20, "'AS' is not expected here"),
        ("SELECT * WHERE", 1, 15, "the query ends too early"),
        ("SELECT * {\n <http://a b> ?p ?o }", 2, 14, "not a valid IRI"),
    ],
)
def test_the_errors_of_the_engine_become_a_place_and_a_sentence(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        Store().query(text)
    error = malformed(text, caught.value)
    assert (error.line, error.column) == (line, column)
    assert reason in error.reason
    assert not re.search("LATERAL|SERVICE|INSERT|REDUCED", error.reason), "what is refused is no advice"
    assert len(error.reason) < 200
    assert "\n" not in error.reason


MISTAKES = [
    ("SELECT ?e ⟦?k { ?e ?p ?k } GROUP BY ?e", "?k is no key of GROUP BY"),
    ("SELECT ?e (STR(⟦?k) AS ?z) { ?e ?p ?k } GROUP BY ?e ORDER BY ?e LIMIT 3", "?k is no key of GROUP BY"),
    ("SELECT ?e { { SELECT ?e ⟦?k { ?e ?p ?k } GROUP BY ?e } ?e ?q ?r }", "?k is no key of GROUP BY"),
    ("SELECT ⟦?e (SUM(?k) AS ?n) { ?e ?p ?k }", "?e needs GROUP BY ?e"),
    ("SELECT ?e (STR(?e) AS ?z) { ?e ?p ?k } GROUP BY STR(?e)⟦", "names a key"),
    ("SELECT ⟦* { ?e ?p ?k } GROUP BY ?e", "name the columns"),
    ("CONSTRUCT { ?e ?p 1 } WHERE { ?e ?p ?k } ⟦GROUP BY ?e", "in SELECT only"),
    ("SELECT * { ?e ?p ?k } LIMIT ⟦99999999999999999999999999", "leave it out"),
    ("SELECT ⟦COUNT(?e) { ?e ?p ?k }", "(COUNT(…) AS ?name)"),
    ("SELECT ?e ⟦STR(?k) AS ?n { ?e ?p ?k }", "(STR(…) AS ?name)"),
    ("SELECT (COUNT(?e)⟦) { ?e ?p ?k }", "AS ?name before"),
    ("SELECT ?e⟦, ?k { ?e ?p ?k }", "no commas"),
    ("SELECT ?e { ?e ?p ?k } GROUP BY ?e⟦, ?k", "no commas"),
    ("SELECT ?e { ?e ?p ?k } ORDER ⟦?e", "followed by BY"),
    ("SELECT ?e { ?e ?p ?k } LIMIT 1 ⟦ORDER BY ?e", "ORDER stands before LIMIT"),
    ("SELECT * { ?e ?p ?k FILTER ⟦?e = 1 }", "FILTER(?n > 1)"),
    ("SELECT * { ?e ?p ?k FILTER ⟦!BOUND(?e) }", "FILTER(?n > 1)"),
    ("SELECT * { ?e ?p ?k FILTER lang(?e) ⟦= 'ar' }", "one pair of parentheses"),
    ("SELECT ?e { ?e ?p ?k } GROUP BY ?e HAVING COUNT(?k) ⟦> 1", "one pair of parentheses"),
    ("SELECT * { ?e ?p ?k FILTER(?e = 1 ⟦AND ?k = 2) }", "&&"),
    ("SELECT * { ?e ?p ?k FILTER(?e =⟦= 1) }", "no =="),
    ("SELECT * { ?e ?p ?k FILTER EXISTS ⟦(?e ?p ?k) }", "in braces"),
    ("SELECT * { ?e ?p ?k BIND ⟦1 AS ?z }", "BIND(?n + 1 AS ?m)"),
    ("SELECT * { ?e ?p ?k BIND(1 AS ⟦?k) ?k ?q ?r }", "take another name"),
    ("SELECT (1 AS ?e) { ?e ?p ?k }⟦", "take another name"),
    ("SELECT * { ?e ?p ?k . ⟦SELECT ?k { ?k ?q ?r } }", "braces of its own"),
    ("SELECT (⟦CONCAT (STR(?e), 'x') AS ?z) { ?e ?p ?k }", "without a space"),
]


@pytest.mark.parametrize(("marked", "reason"), MISTAKES)
def test_the_usual_mistakes_are_told_where_they_are(marked: str, reason: str) -> None:
    text = marked.replace("⟦", "")
    with pytest.raises(SyntaxError) as caught:
        Store().query(text)
    error = malformed(text, caught.value)
    assert reason in error.reason
    assert "expected here" not in error.reason
    assert (error.line, error.column) == (1, marked.index("⟦") + 1)


@pytest.mark.parametrize("part", [1, 2, 3])
def test_what_is_not_expected_is_the_very_token_that_is_not(part: int) -> None:
    for query, _ in ROWS.values():
        query = f"PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n{query}"
        listed = list(tokens(query))
        start = listed[len(listed) * part // 4].start
        text = f"{query[:start]} BOGUS {query[start:]}"
        if query[start - 1] == ".":  # within a number
            continue
        with contextlib.suppress(SyntaxError):
            Store().query(query)
            with pytest.raises(SyntaxError) as caught:
                Store().query(text)
            error = malformed(text, caught.value)
            place = query[:start].count("\n") + 1, start - query.rfind("\n", 0, start) + 1
            # One of the usual mistakes may be told in other words, or at the word before.
            assert (error.line, error.column) == place or "not expected" not in error.reason


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("SELECT (SUM(?k) AS ?n) { ?e ?p ?k FILTER(SUM(?k) > 3) }", 42, "SUM is .* HAVING"),
        ("SELECT ?e { ?e ?p ?k FILTER abs(1 + max (?k)) } GROUP BY ?e", 37, "MAX is .* HAVING"),
        ("SELECT ?e { ?e ?p ?k FILTER COUNT(?k) } GROUP BY ?e", 29, "COUNT is .* HAVING"),
        ("SELECT ?e { ?e ?p ?k BIND(COUNT(?k) AS ?z) }", 27, "COUNT is .* AS .name"),
        ("SELECT (SUM(1 + COUNT(?k)) AS ?n) { ?e ?p ?k }", 17, "COUNT stands inside another .* subquery"),
        ("SELECT ?e { ?e ?p ?k } GROUP BY (AVG(?k) AS ?n)", 34, "AVG is .* after the groups"),
        ("SELECT * { { SELECT (MIN(?k) AS ?n) { ?e ?p ?k FILTER(MIN(?k) > 1) } } }", 55, "MIN is .* HAVING"),
        ("ASK { FILTER EXISTS { ?e ?p ?k FILTER(SAMPLE(?k) > 1) } }", 39, "SAMPLE is .* HAVING"),
    ],
)
def test_an_aggregate_out_of_place_is_refused_although_the_engine_takes_it(text: str, column: int, reason: str) -> None:
    with pytest.raises(MalformedQuery, match=reason) as caught:
        check_query(text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?e (1 + SUM(?k) AS ?n) { ?e ?p ?k } GROUP BY ?e HAVING(MAX(?k) > 1 && abs(MIN(?k)) > 1) (COUNT(*) > 1)",
        "SELECT ?e { ?e ?p ?k } GROUP BY ?e HAVING COUNT(?k) ORDER BY SUM(?k) DESC(1 + AVG(?k))",
        "SELECT ?e { ?e ?p ?count FILTER(:sum(?count) || 'SUM(' = ?e) # COUNT(\n } GROUP BY ?e HAVING(SUM(?e) > 1)",
        "SELECT ?e { ?e ?p <u:COUNT(> FILTER EXISTS { SELECT (COUNT(?k) AS ?n) { ?e ?q ?k } HAVING(COUNT(?k) > 1) } }",
        "SELECT (SUM(IF(EXISTS { { SELECT (COUNT(?k) AS ?n) { ?e ?q ?k } } }, 1, 0)) AS ?s) { ?e ?p ?k }",
        "SELECT ?n { { SELECT (GROUP_CONCAT(?k; SEPARATOR = ',') AS ?n) { ?e ?p ?k } } FILTER(?n > 3) BIND(1 AS ?x) }",
    ],
)
def test_an_aggregate_in_its_place_is_taken(text: str) -> None:
    text = f"PREFIX : <urn:x:> {text}"
    assert check_query(text).text == text
    with contextlib.suppress(RuntimeError):  # the engine has no such function
        Store().query(text)


def test_datasets_and_volatile_functions_are_noticed() -> None:
    assert check_query("SELECT * FROM <a:g> { ?s ?p ?o }").has_dataset
    assert not check_query("PREFIX from: <a:> SELECT * { ?from from:from 'FROM' }").has_dataset
    assert check_query("SELECT (now() AS ?n) {}").volatile
    assert check_query("SELECT (STRUUID() AS ?n) {}").volatile
    assert not check_query("SELECT ?now { ?now ?p 'RAND()' }").volatile


@given(st.text(max_size=60))
def test_no_text_does_more_than_pass_or_be_refused(text: str) -> None:
    checked: CheckedQuery | QueryRefused
    try:
        checked = check_query(text)
    except QueryRefused as refused:
        checked = refused
    if isinstance(checked, QueryRefused):
        assert 1 <= checked.line <= text.count("\n") + 1
        assert 1 <= checked.column <= len(text) + 1
    else:
        assert checked.text == text
