"""`wq:text` in a query means a triple that the graph would hold."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.search import predicate
from graph.search.predicate import BadSearch, expanded
from graph.search.wording import Wording
from graph.sparql import MalformedQuery
from ontology.vocabulary import PREFIXES, WQ

TEXTS = {"a": "قصف على حلب", "b": "هدنة في حلب", "c": "Shelling of Aleppo", "d": "قصف على إدلب"}
EX = "http://e.example/"


def node(name: str) -> NamedNode:
    return NamedNode(EX + name)


def find(wording: Wording, most: int) -> list[str]:
    return [EX + name for name, text in TEXTS.items() if wording.matches(text)][:most]


def graph(*searched: str) -> Store:
    """A graph of claims that also holds the triples that searches stand for."""
    store = Store()
    for name in TEXTS:
        store.add(Quad(node(name), node("is"), node("Claim")))
        store.add(Quad(node(name), node("about"), node(f"event-{name}")))
        if name != "b":
            store.add(Quad(node(f"event-{name}"), node("place"), node("aleppo" if name != "d" else "idlib")))
    store.add(Quad(node("other"), node("is"), node("Claim")))
    for words in searched:
        for thing in find(predicate.read(words), 100):
            store.add(Quad(NamedNode(thing), NamedNode(WQ + "text"), Literal(words)))
    return store


QUERIES = [
    'SELECT * { ?c wq:text "قصف" }',
    'SELECT * { ?c wq:text "قصف" . }',
    'SELECT * { ?c wq:text "قصف" . ?c :about ?e }',
    'SELECT * { ?c :about ?e . ?c wq:text "قصف" }',
    'SELECT * { ?c wq:text "قصف" ; :about ?e . ?e :place ?p }',
    'SELECT * { ?c :is :Claim ; wq:text "قصف" ; :about ?e . ?e :place ?p }',
    'SELECT * { ?c :is :Claim ; wq:text "قصف" }',
    'SELECT * { ?c :is :Claim ; wq:text "قصف" . }',
    'SELECT * { ?c wq:text "قصف" ; wq:text "حلب" . }',
    'SELECT * { ?c wq:text "قصف" ;; wq:text "حلب" ; . }',
    'SELECT * { ?c wq:text "قصف" ; wq:text "حلب" ; :about ?e }',
    'SELECT * { ?c wq:text "قصف" . ?d wq:text "حلب" . ?c :is ?k . ?d :is ?k }',
    'SELECT * { ?c :is :Claim OPTIONAL { ?c wq:text "قصف" . ?c :about ?e } }',
    'SELECT * { ?c :is :Claim OPTIONAL { ?c :about ?e } ?c wq:text "قصف" }',
    'SELECT * { OPTIONAL { ?c :none ?e } ?c wq:text "قصف" OPTIONAL { ?c :about ?f . ?f :place ?p } }',
    'SELECT * { ?c wq:text "قصف" OPTIONAL { ?c :about/:place ?p } FILTER(!BOUND(?p) || ?p = :aleppo) }',
    'SELECT * { ?c :is :Claim MINUS { ?c wq:text "قصف" } }',
    'SELECT * { ?c wq:text "حلب" MINUS { ?c :about/:place :idlib } }',
    'SELECT * { ?c :is :Claim FILTER NOT EXISTS { ?c wq:text "قصف" } }',
    'SELECT * { ?c :is :Claim FILTER EXISTS { ?c wq:text "قصف" ; :about ?e } }',
    'SELECT * { { ?c wq:text "قصف" } UNION { ?c wq:text "هدنة" } ?c :about ?e }',
    'SELECT * { FILTER(?c != :a) ?c wq:text "قصف" }',
    'SELECT * { FILTER(STRLEN(STR(?c)) > 2 && (?c != :a)) ?c wq:text "قصف" ; :about ?e }',
    'SELECT * { VALUES ?c { :a :b } ?c wq:text "قصف" }',
    'SELECT * { VALUES (?c ?n) { (:a 1) (:d 2) } ?c wq:text "قصف" }',
    'SELECT * { BIND(:a AS ?x) ?c wq:text "قصف" FILTER(?c != ?x) }',
    'SELECT * { ?c wq:text "قصف" BIND(STR(?c) AS ?s) }',
    'SELECT ?n { { SELECT (COUNT(*) AS ?n) { ?c wq:text "قصف" } } }',
    'SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c wq:text "قصف" . ?c ?p ?o } ',
    'SELECT ?p (COUNT(*) AS ?n) { ?c wq:text "قصف" ; :about/:place ?p } GROUP BY ?p HAVING(COUNT(*) > 0)',
    'ASK { ?c wq:text "قصف" }',
    'ASK { ?c wq:text "حمص" }',
    'SELECT * { ?c wq:text "حمص" . ?c :about ?e }',
    'CONSTRUCT { ?c :has ?e } WHERE { ?c wq:text "قصف" ; :about ?e }',
    'DESCRIBE ?c WHERE { ?c wq:text "قصف" }',
    "PREFIX w: <https://w3id.org/waqai/ontology#> SELECT * { ?c w:text 'قصف' }",
    "PREFIX text: <https://w3id.org/waqai/ontology#text> SELECT * { ?c text: '''قصف''' }",
    'SELECT * { ?c <https://w3id.org/waqai/ontology#text> "\\u0642صف" }',
    'SELECT * { ?c :is :Claim . # wq:text "nothing"\n ?c wq:text "قصف" }',
    'SELECT * { ?c (:about|:is)* ?e ; wq:text "قصف" }',
    'SELECT * { ?c ^:about ?e . ?d wq:text "قصف" ; :about ?c }',
    'SELECT * { ?c :about [ :place ?p ] ; wq:text "قصف" }',
    'SELECT * { ?c :about ?e , ?f ; wq:text "قصف" }',
    "SELECT * { ?c wq:text 'Aleppo OR إدلب' . ?c :about ?e . ?e :place :aleppo }",
]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_means_what_it_would_mean_over_stored_triples(
    query: str, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:
        monkeypatch.setattr(predicate, "_JOINED", 0)
    words = ["قصف", "حلب", "هدنة", "حمص", "Aleppo OR إدلب"]
    prefixes = {**PREFIXES, "": EX}
    text = expanded(query, prefixes, find)
    assert text != query
    told = answer(graph(*words), query, prefixes)
    assert answer(graph(), text, prefixes) == [line for line in told if "ontology#text" not in line]


def answer(store: Store, query: str, prefixes: dict[str, str]) -> list[str]:
    found = store.query(query, prefixes=prefixes)
    if isinstance(found, bool) or type(found).__name__ == "QueryBoolean":
        return [str(bool(found))]
    if type(found).__name__ == "QueryTriples":
        return sorted(map(str, found))
    names = sorted(variable.value for variable in found.variables)  # type: ignore[union-attr]
    return sorted(" ".join(f"{name}={row[name]}" for name in names) for row in found)  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?c wq:text ?words }",
        'SELECT * { ?c :about/wq:text "قصف" }',
        'SELECT * { ?c wq:text/:about "قصف" }',
        'SELECT * { ?c ^wq:text "قصف" }',
        'SELECT * { ?c (wq:text) "قصف" }',
        'SELECT * { ?c wq:text+ "قصف" }',
        'SELECT * { [] wq:text "قصف" }',
        'SELECT * { [ :about ?e ] wq:text "قصف" }',
        'SELECT * { ?e :of [ wq:text "قصف" ] }',
        'SELECT * { :a wq:text "قصف" }',
        'SELECT * { ?c wq:text "قصف"@ar }',
        'SELECT * { ?c wq:text "قصف"^^xsd:string }',
        'SELECT * { ?c wq:text "قصف", "حلب" }',
        'SELECT * { ?c ?p "قصف" VALUES ?p { wq:text } }',
        'SELECT * { ?c ?p "قصف" } VALUES (?p ?x) { (wq:text 1) }',
        'SELECT * { ?c ?p "قصف" FILTER(?p = wq:text) }',
        'SELECT * { { ?c :is :Claim ; ?p "قصف" } FILTER(?p IN (:is, wq:text)) }',
        'SELECT * { BIND(wq:text AS ?p) ?c ?p "قصف" }',
        'SELECT * { GRAPH wq:text { ?c ?p "قصف" } }',
        'CONSTRUCT { ?c wq:text "قصف" } WHERE { ?c :is :Claim }',
        'CONSTRUCT WHERE { ?c wq:text "قصف" }',
    ],
)
def test_what_is_no_triple_of_a_variable_and_words_is_refused_with_its_place(query: str) -> None:
    with pytest.raises(BadSearch, match="stands between a variable and words") as refused:
        expanded(query, {**PREFIXES, "": EX}, find)
    assert refused.value.line == 1
    assert refused.value.column > 1


def test_words_that_cannot_be_looked_for_are_told_where_they_stand() -> None:
    with pytest.raises(BadSearch, match=r'line 2, column 13: a phrase starts with "'):
        expanded("SELECT * {\n ?c wq:text '\"a' }", PREFIXES, find)
    with pytest.raises(BadSearch, match="more than 2 things"):
        expanded('SELECT * { ?c wq:text "حلب OR قصف" }', PREFIXES, find, 2)
    with pytest.raises(MalformedQuery, match="line 1, column 28"):
        expanded('SELECT * { ?c wq:text "قصف"', PREFIXES, find)
    many = " ".join('?c wq:text "قصف" .' for _ in range(9))
    with pytest.raises(BadSearch, match="8 searches"):
        expanded(f"SELECT * {{ {many} }}", PREFIXES, find)


def test_a_query_without_it_is_not_touched() -> None:
    for query in (
        'SELECT ("wq:text" AS ?t) {}',
        "SELECT ?text { ?s ?p ?text }",
        "SELECT * { wq:text rdfs:comment ?x }",
        "SELECT * { ?x rdfs:seeAlso wq:text . ?x ?p wq:text }",
        "SELECT * { VALUES ?term { wq:text wq:place } ?term rdfs:comment ?x }",
        "DESCRIBE wq:text",
    ):
        assert expanded(query, PREFIXES, find, dataset=True) is query


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { GRAPH ?g { ?c wq:text "قصف" } }',
        'SELECT * { GRAPH :g { ?c :is :Claim OPTIONAL { ?c wq:text "قصف" } } }',
        'SELECT * { ?c :is :Claim FILTER(?c != :a && EXISTS { GRAPH ?c { ?c wq:text "قصف" } }) }',
        'SELECT * { GRAPH ?g { { SELECT ?c { ?c wq:text "قصف" } } } }',
        'SELECT * FROM :g { ?c wq:text "قصف" }',
        'SELECT * FROM NAMED :g WHERE { ?c wq:text "قصف" }',
        'CONSTRUCT { ?c :p 1 } FROM :g WHERE { ?c wq:text "قصف" }',
    ],
)
def test_a_search_is_of_the_default_graph_as_it_is_or_refused(query: str) -> None:
    with pytest.raises(BadSearch, match="searches the default graph"):
        expanded(query, {**PREFIXES, "": EX}, find)


def test_a_search_beside_graph_joins_with_it() -> None:
    with pytest.raises(BadSearch, match="default-graph-uri"):
        expanded('ASK { ?c wq:text "قصف" }', PREFIXES, find, dataset=True)
    store = graph()
    store.add(Quad(node("event-a"), node("says"), Literal(1), node("a")))
    store.add(Quad(node("event-b"), node("says"), Literal(1), node("b")))
    prefixes = {**PREFIXES, "": EX}
    text = expanded('SELECT ?c { ?c wq:text "قصف" GRAPH ?c { ?e :says 1 } }', prefixes, find)
    assert answer(store, text, prefixes) == [f"c=<{EX}a>"]


@pytest.mark.parametrize(
    "clause",
    [
        'SERVICE <urn:s> { ?c wq:text "قصف" }',
        'SERVICE SILENT wq:s { ?a ?b ?c OPTIONAL { ?c wq:text "قصف" } }',
        'SERVICE <urn:s> { SERVICE <urn:t> { ?a ?b ?c } ?c wq:text "قصف" }',
    ],
)
def test_a_search_is_of_this_graph_and_goes_to_no_other_server(clause: str) -> None:
    with pytest.raises(BadSearch, match="outside of its braces"):
        expanded(f"SELECT * {{ {clause} }}", PREFIXES, find)


def test_beside_a_service_many_things_stand_as_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicate, "_JOINED", 1)
    for clause, lateral in ((":a :b ?c", True), ("SERVICE <urn:s> { ?c :b ?d }", False)):
        text = expanded(f'PREFIX : <{EX}> SELECT * {{ ?c wq:text "قصف" . {clause} }}', PREFIXES, find)
        assert ("LATERAL" in text) is lateral
