"""Queries that the engine's recursion could not survive are refused; ordinary big ones are not."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.sparql import Limits, TooComplex, check_query
from graph.sparql_tokens import tokens

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits()

# Each makes a query of n links; the number next to it is the last n within the limits.
NESTED: dict[str, tuple[Callable[[int], str], int]] = {
    "groups": (lambda n: "SELECT * " + "{" * n + "}" * n, 100),
    "optionals": (lambda n: "ASK " + "{ ?s ?p ?o OPTIONAL " * n + "{}" + "}" * n, 99),
    "exists": (lambda n: "ASK " + "{ FILTER EXISTS " * n + "{}" + "}" * n, 99),
    "subselects": (lambda n: "SELECT * " + "{ SELECT * " * n + "{}" + "}" * n, 99),
    "parentheses": (lambda n: "ASK { FILTER(" + "(" * n + "1" + ")" * n + ") }", 98),
    "functions": (lambda n: "ASK { FILTER(" + "STR(" * n + "?x" + ")" * n + ") }", 98),
    "conditions": (lambda n: "ASK { FILTER(" + "IF(1,1," * n + "?x" + ")" * n + ") }", 98),
    "collections": (lambda n: "ASK { ?s ?p " + "(" * n + "1" + ")" * n + " }", 99),
    "nodes": (lambda n: "ASK { ?s ?p " + "[ ?p " * n + "1" + "]" * n + " }", 99),
    "paths": (lambda n: "ASK { ?s " + "(" * n + "<a:a>" + ")*" * n + " ?o }", 99),
    "triple terms": (lambda n: "ASK { ?s ?p " + "<<( ?s ?p " * n + "?o" + " )>>" * n + " }", 99),
    # what an IRI could hide: the engine reads "less than" here
    "behind less than": (lambda n: "ASK { FILTER(?x<" + "(" * n + "1" + ")" * n + "&&?y>2) }", 98),
    "behind a call": (
        lambda n: (
            "PREFIX a: <http://www.w3.org/2001/XMLSchema#> ASK { FILTER(1<a:integer"
            + "(" * n
            + "1"
            + ")" * n
            + "&&?y>2) }"
        ),
        98,
    ),
    "behind exists": (lambda n: "ASK { FILTER(EXISTS{}<" + "(" * n + "1" + ")" * n + "&&?y>2) }", 98),
    "behind a computed column": (lambda n: "SELECT (?x<" + "(" * n + "1" + ")" * n + "&&?y>2 AS ?z) {}", 99),
    "behind a filter's function": (
        lambda n: (
            "PREFIX : <http://www.w3.org/2001/XMLSchema#> ASK { FILTER:integer(?x<"
            + "(" * n
            + "1"
            + ")" * n
            + "&&?y>2) }"
        ),
        98,
    ),
}
CHAINED: dict[str, tuple[Callable[[int], str], int]] = {
    "not": (lambda n: "ASK { FILTER(" + "!" * n + "1) }", 498),
    "hidden not": (lambda n: "ASK { FILTER(?x<" + "!" * n + "1&&?y>2) }", 495),
    "a comment in an IRI": (lambda n: "PREFIX a: <a:> ASK { FILTER(?s<a:b#>'''\n" + "+1" * n + ") } #'''", 497),
    "plus": (lambda n: "ASK { FILTER(1" + " + 1" * n + ") }", 498),
    "signs": (lambda n: "ASK { FILTER(1" + "-1" * n + ") }", 498),
    "times": (lambda n: "ASK { FILTER(?x" + "*?x" * n + ") }", 498),
    "divided": (lambda n: "ASK { FILTER(?x" + "/?x" * n + ") }", 498),
    "and": (lambda n: "ASK { FILTER(?x" + " && ?x" * n + ") }", 498),
    "equal or": (lambda n: "ASK { FILTER(?x = 1" + " || ?x = 1" * n + ") }", 248),
    "path steps": (lambda n: "ASK { ?s " + "<a:a>|" * n + "<a:a> ?o }", 499),
    "unions": (lambda n: "ASK { " + "{} UNION " * n + "{} }", 498),
    "minus": (lambda n: "ASK { ?s ?p ?o " + "MINUS { ?s ?p ?o } " * n + "}", 499),
    "filters": (lambda n: "ASK { " + "FILTER(?x) " * n + "}", 499),
    "bindings": (lambda n: "ASK { " + " ".join(f"BIND(1 AS ?v{i})" for i in range(n)) + "}", 499),
    "columns": (lambda n: "SELECT " + " ".join(f"(1 AS ?v{i})" for i in range(n)) + " {}", 499),
    "described": (lambda n: "DESCRIBE " + "<a:a> " * n, 500),
}
LISTED: dict[str, tuple[Callable[[int], str], int]] = {
    "objects": (lambda n: "ASK { ?s ?p ?o" + ",?o" * n + " }", 500),
    "members": (lambda n: "ASK { ?s ?p (" + "1 " * n + ") }", 500),
    "empty nodes": (lambda n: "ASK { " + "[] ?p [] . " * n + "}", 166),
}


@pytest.mark.parametrize(
    ("unit", "name"),
    [("depth", name) for name in NESTED]
    + [("operators", name) for name in CHAINED]
    + [("triples", name) for name in LISTED],
)
def test_what_is_beyond_a_limit_is_refused_with_its_place_and_the_limit(unit: str, name: str) -> None:
    make, last = {**NESTED, **CHAINED, **LISTED}[name]
    assert check_query(make(last)).text == make(last)
    with pytest.raises(TooComplex, match=str(getattr(LIMITS, unit))) as caught:
        check_query("\n" + make(last + 1))
    assert (caught.value.unit, caught.value.limit) == (unit, getattr(LIMITS, unit))
    assert caught.value.line >= 2
    assert caught.value.column > 1


RUN = """
import sys, threading
from graph.sparql import TooComplex, check_query
from pyoxigraph import Store
from tests.graph.test_query_limits import CHAINED, LISTED, NESTED

def run(name, make, last):
    store = Store()
    store.update("INSERT DATA { <a:a> <a:a> <a:a> }")
    store.query(check_query(make(last)).text)
    for more in (5_000, 20_000):
        try:
            check_query(make(more))
        except TooComplex:
            continue
        raise SystemExit(f"{name} passed")
    print(name, flush=True)

def everything():
    for name, (make, last) in {**NESTED, **CHAINED}.items():
        run(name, make, last)

if sys.argv[1] == "thread":
    if len(sys.argv) > 2:
        threading.stack_size(int(sys.argv[2]))
    thread = threading.Thread(target=everything)
    thread.start()
    thread.join()
else:
    everything()
"""


@pytest.mark.parametrize("where", [("main",), ("thread",), ("thread", str(3 << 20))], ids=["main", "thread", "3MB"])
def test_the_engine_survives_every_query_at_the_limit(where: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *where], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [*NESTED, *CHAINED]


def test_the_engine_does_not_survive_what_is_refused() -> None:
    make, _ = NESTED["exists"]
    assert len(make(4_000)) < 100_000
    done = subprocess.run(
        [sys.executable, "-c", f"import pyoxigraph; pyoxigraph.Store().query({make(4_000)!r})"],
        capture_output=True,
        timeout=60,
    )
    assert done.returncode < 0, "the engine takes deep queries now: the limits may go"


NUMBERS = " ".join(f"({-i}.5 +{i} 'a/b|c-{i}'@en)" for i in range(5000))
IRIS = " ".join(f"<https://example.org/a/b-{i}/c*d(e)!f+g?h=i&j>" for i in range(5000))


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ VALUES ?x {{ {IRIS} }} ?x ?p ?o }}",
        f"SELECT * {{ ?x ?p ?o }} VALUES (?x ?y ?z) {{ {NUMBERS} }}",
        f"SELECT * {{ VALUES (?x ?y) {{ {IRIS.replace('<', '(1.5 <').replace('>', '>)')} }} ?x ?p ?o }}",
        "SELECT * { " + " ".join(f"?a{i} <http://a/b> ?a{i + 1} ." for i in range(200)) + " }",
        "SELECT * { ?s ?p ?x FILTER(?x IN (" + ", ".join(f"<http://a/b/c-{i}>" for i in range(5000)) + ")) }",
        "SELECT * { ?s ?p ?x FILTER(?x NOT IN (" + ", ".join(f"-{i}" for i in range(5000)) + ")) }",
        "PREFIX x: <x:> SELECT * { VALUES ?x { " + '"1-1"^^x:a-b "((((" ' * 2500 + "} } # " + "({[!" * 5000,
        "SELECT " + " ".join(f"?v{i}" for i in range(5000)) + " { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } ORDER BY " + "?s " * 5000,
        "PREFIX a: <a:/-*!> " * 1000 + "ASK { ?s a:a/a:b*/^a:c|!(a:d|a:e) ?o }",
    ],
    ids=lambda query: query[:20],
)
def test_ordinary_big_queries_pass(query: str) -> None:
    assert check_query(query).text == query


@pytest.mark.parametrize("limits", [Limits(depth=1), Limits(operators=4), Limits(triples=0)])
def test_the_limits_can_be_set(limits: Limits) -> None:
    query = "ASK { ?s ?p ?o . FILTER(?o > 1 && ?o < 5) }"  # 2 deep, with 5 operators and 1 triple
    assert check_query(query, limits=Limits(depth=2, operators=5, triples=1)).form == "ASK"
    with pytest.raises(TooComplex):
        check_query(query, limits=limits)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ASK { FILTER(?x<?y&&?z>1) }", ["?x", "<", "?y", "&&", "?z", ">", "1"]),
        ("ASK { FILTER(?x<=?y&&?z>=1) }", ["?x", "<=", "?y", "&&", "?z", ">=", "1"]),
        ("ASK { FILTER(?x=<a:b>) }", ["?x", "=", "<a:b>"]),
        ("ASK { FILTER(?x<<a:b>) }", ["?x", "<", "<a:b>"]),
        ("ASK { FILTER(1.5<(2)&&3>1) }", ["1", ".", "5", "<", "(", "2", ")", "&&", "3", ">", "1"]),
        ("ASK { FILTER(true<'a>b') }", ["true", "<", "'a>b'"]),
        ("SELECT (COUNT(DISTINCT<a:b>) AS ?n) {}", ["COUNT", "(", "DISTINCT", "<a:b>", ")", "AS", "?n"]),
        ("ASK { ?s <a:p> (?x <a:b>) }", ["?x", "<a:b>"]),
        ("ASK { VALUES (?x ?y) { ('a' <a:b>) } }", ["?x", "?y"]),
        ("ASK { BIND(<<( ?s <a:p> ?o )>> AS ?t) }", ["<", "<", "(", "?s", "<a:p>", "?o", ")", ">", ">", "AS", "?t"]),
    ],
)
def test_less_than_and_the_start_of_an_iri_are_told_apart(text: str, found: list[str]) -> None:
    words = [token.text for token in tokens(text)]
    start = words.index("(") + 1
    assert words[start : start + len(found)] == found


@given(st.text(alphabet="aA1.-:<>(){}[]\"'?#\\ \n|&^!/é", max_size=80))
def test_the_tokens_are_the_text_without_spaces_and_comments(text: str) -> None:
    end = 0
    for token in tokens(text):
        between = text[end : token.start]
        assert all(not line.strip() or line.strip().startswith("#") for line in between.splitlines())
        assert text.startswith(token.text, token.start)
        end = token.start + len(token.text)
    assert not text[end:].strip() or "#" in text[end:]


@pytest.mark.parametrize("text", ["ASK{" + "a." * 50_000, "ASK{" + "a-" * 50_000, "ASK{" + "a.a-." * 20_000 + ":"])
def test_no_text_takes_more_than_linear_time(text: str) -> None:
    start = time.process_time()
    assert sum(1 for _ in tokens(text)) > 10_000
    assert time.process_time() - start < 10  # it was a minute
