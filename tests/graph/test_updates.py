"""Updates of curation graphs amount to what the engine itself would do to the same graphs."""

import contextlib
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from graph.curationgraphs import NotACurationGraph, absolute, relative, relative_name
from graph.iris import Iris
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update, evaluate
from graph.updates.graphstore import GraphWrite, write
from graph.updates.quads import Net

BASE = "http://localhost:8000/"
G = BASE + "graphs/"
PREFIXES = {"ex": "urn:", "xsd": "http://www.w3.org/2001/XMLSchema#"}
_FOLDER = tempfile.TemporaryDirectory()
CLAIM = f"{BASE}id/claim/c-1"
EXACT = NamedNode("http://www.w3.org/ns/oa#exact")
DATA = f"""
<urn:e1> a <urn:Event> . <urn:e2> a <urn:Event> .
<urn:ev> <{EXACT.value}> "five words of an article" .
<{CLAIM}> {{ <urn:e1> <urn:says> 1 }}
<{G}a> {{ <urn:a> <urn:p> 1 , 2 . <urn:b> <urn:p> "x"@ar }}
<{G}b> {{ <urn:a> <urn:p> 3 }}
"""


def filled() -> Store:
    store = Store()
    store.load(DATA, RdfFormat.TRIG)
    return store


def applied(store: Store, net: Net, base: str = BASE) -> set[Quad]:
    """The quads of `store` with what `net` amounts to, read back from its payload."""
    found = set(store)
    for graph in net.payload():
        for name, change in (("removed", found.discard), ("added", found.add)):
            for triple in graph[name]:  # type: ignore[attr-defined]
                (quad,) = parse(f"{absolute(triple, base)} <{base}{graph['graph']}> .", RdfFormat.N_QUADS)
                change(quad)
    return found


def net_of(store: Store, folder: Path, limit: int = 1000) -> Net:
    return Net(store, Iris(BASE), limit=limit, scratch=folder, words=[EXACT])


@cache
def on_disk() -> Path:
    """A database of files, of which copies are made; as in use, it is opened for reading only."""
    folder = Path(_FOLDER.name) / "db"
    store = Store(str(folder))
    store.extend(filled())
    store.flush()
    return folder


def updated(text: str, limit: int = 1000, **dataset: tuple[str, ...]) -> tuple[set[Quad], Net]:
    store = Store.read_only(str(on_disk()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        net = net_of(store, Path(folder), limit)
        evaluate(Update(text, **dataset), net, base=BASE, prefixes=PREFIXES)  # type: ignore[arg-type]
        return applied(store, net), net


def by_the_engine(text: str) -> set[Quad]:
    store = filled()
    store.update(text, base_iri=BASE, prefixes=PREFIXES)
    return set(store)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { GRAPH <graphs/a> { <urn:n> <urn:p> 01 , 1.50 , 'x'@AR-sy , 1.0E0 , '1'^^xsd:boolean } }",
        "PREFIX e: <urn:> INSERT DATA { GRAPH <graphs/n> { e:n a e:T ; e:p e:a , e:b ; e:q 'GRAPH { }' . # } GRAPH\n}}",
        "INSERT DATA { GRAPH <graphs/a> { ex:n ex:p 1 } . GRAPH <graphs/b> { ex:n ex:p 2 } }",
        "DELETE DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 01 , 7 } }",
        "DELETE WHERE { GRAPH <graphs/a> { ?s ?p 2 } }",
        (
            "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?s ex:was ?o } } "
            "WHERE { GRAPH ?g { ?s ?p ?o } FILTER(?o<3) FILTER(STRSTARTS(STR(?g), 'http://localhost:8000/graphs/')) }"
        ),
        "WITH <graphs/a> DELETE { ?s ?p ?o } INSERT { ?s ?p ?n } WHERE { ?s ?p ?o BIND(?o + 1 AS ?n) }",
        "WITH <graphs/a> INSERT { ?s ?p ?missing } WHERE { ?s ?p ?o }",
        "WITH <graphs/a> INSERT { ?o ?p ?s . ?s ?o 1 } WHERE { ?s ?p ?o }",
        "INSERT { GRAPH <graphs/a> { ex:found ex:any true } } WHERE { ?e a ex:Event }",
        "INSERT { GRAPH <graphs/a> { ex:found ex:any true } } WHERE { ?e a ex:Nothing }",
        "INSERT { GRAPH <graphs/c> { ?s ?p ?o } } USING <graphs/a> USING <graphs/b> WHERE { ?s ?p ?o }",
        "INSERT { GRAPH <graphs/c> { ?s ?p ?g } } USING NAMED <graphs/b> WHERE { GRAPH ?g { ?s ?p ?o } }",
        "INSERT { GRAPH <graphs/c> { ?s ?p ?o } } USING <graphs/a> WHERE { GRAPH ?g { ?s ?p ?o } }",
        "CLEAR GRAPH <graphs/a> ; INSERT { GRAPH <graphs/c> { ?s ?p ?o } } WHERE { GRAPH <graphs/b> { ?s ?p ?o } }",
        (
            "INSERT DATA { GRAPH <graphs/a> { ex:n ex:p 9 } } ; WITH <graphs/a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o . "
            "FILTER(?o > 1) } ; INSERT DATA { GRAPH <graphs/a> { ex:a ex:p 2 } }"
        ),
        (
            "INSERT DATA { GRAPH <graphs/a> { ex:n ex:p '_:b' # _:b\n } } ; "
            "INSERT DATA { GRAPH <graphs/a> { ex:n ex:q '_:b' # _:b\n } }"
        ),
        "COPY <graphs/a> TO <graphs/b>",
        "MOVE GRAPH <graphs/a> TO GRAPH <graphs/n>",
        "ADD <graphs/a> TO <graphs/b>",
        "COPY SILENT <graphs/none> TO <graphs/b>",
        "COPY <graphs/a> TO <graphs/a>",
        f"ADD <{CLAIM}> TO <graphs/a>",
        "DROP GRAPH <graphs/a> ; CREATE GRAPH <graphs/n> ; DROP SILENT GRAPH <graphs/none>",
        "CREATE SILENT GRAPH <graphs/a> ;",
        "INSERT { GRAPH <graphs/c> { ?s ex:p '''long } \"\"\" text''' } } WHERE { GRAPH <graphs/b> { ?s ?p ?o } }",
        "INSERT{GRAPH<graphs/c>{?s ex:p 1}}WHERE{GRAPH<graphs/a>{?s ex:p ?o FILTER(?o<2&&?o>0)}}",
    ],
)
def test_an_update_amounts_to_what_the_engine_does(text: str) -> None:
    assert updated(text)[0] == by_the_engine(text)


PIECES = st.sampled_from(
    [
        "INSERT",
        " DATA",
        " {",
        "}",
        " GRAPH",
        " <graphs/a>",
        " ?s",
        " ex:p",
        " 1",
        " 'x'",
        '"""',
        "'",
        "<",
        "#",
        ";",
        ".",
        "\n",
        "WITH",
        " DELETE",
        " WHERE",
        " USING NAMED",
        "PREFIX e: <urn:>",
        "BASE <",
        "\\u0041",
        "[",
        "]",
        "(",
        " a",
        ")",
        "LOAD",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
def test_no_text_brings_out_anything_but_a_refusal(text: str) -> None:
    with contextlib.suppress(UpdateFault):
        updated(text)


TERMS = st.sampled_from(["ex:a", "ex:b", "ex:c", "<graphs/a>", "1", "2", "01", "'x'", "'x'@AR", "'1.50'^^xsd:decimal"])
NODES = st.sampled_from(["ex:a", "ex:b", "ex:c", "<id/event/e>"])
GRAPHS = st.sampled_from(["<graphs/a>", "<graphs/b>", "<graphs/c/d.ttl>"])
VARIABLES = st.sampled_from(["?s", "?p", "?o", "?g"])


@st.composite
def quads(draw: st.DrawFn, *, variables: bool) -> str:
    def part(terms: st.SearchStrategy[str]) -> str:
        return draw(st.one_of(terms, VARIABLES) if variables else terms)

    graph = draw(GRAPHS)
    return f"GRAPH {graph} {{ {part(NODES)} {part(NODES)} {part(TERMS)} }}"


@st.composite
def steps(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["insert", "delete", "modify", "manage"]))
    if kind in ("insert", "delete"):
        block = " ".join(draw(st.lists(quads(variables=False), max_size=3)))
        return f"{kind.upper()} DATA {{ {block} }}"
    if kind == "manage":
        one, other = draw(GRAPHS), draw(GRAPHS)
        verb = draw(st.sampled_from(["CLEAR SILENT GRAPH {0}", "DROP SILENT GRAPH {0}", "COPY SILENT {0} TO {1}",
                                     "MOVE SILENT {0} TO {1}", "ADD SILENT {0} TO {1}"]))  # fmt: skip
        return verb.format(one, other)
    delete, insert = (" ".join(draw(st.lists(quads(variables=True), max_size=2))) for _ in range(2))
    pattern = draw(st.sampled_from([
        "GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?g), 'http://localhost:8000/graphs/'))",
        "GRAPH <graphs/a> { ?s ?p ?o } OPTIONAL { GRAPH <graphs/b> { ?o ?p ?g } }",
        "?s a ?o BIND(ex:p AS ?p)",
        "VALUES (?s ?p ?o) { (ex:a ex:b 01) (ex:c UNDEF 'x') }",
    ]))  # fmt: skip
    return f"DELETE {{ {delete} }} INSERT {{ {insert} }} WHERE {{ {pattern} }}"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps(), min_size=1, max_size=4).map(" ;\n".join))
def test_any_sequence_amounts_to_what_the_engine_does(text: str) -> None:
    try:
        wanted = by_the_engine(text)
    except SyntaxError:  # a variable where the engine takes none
        with pytest.raises(UpdateFault):
            updated(text)
        return
    found, net = updated(text)
    assert found == wanted
    for graph in net.payload():  # nothing is said that changes nothing
        assert not set(graph["removed"]) & set(graph["added"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("INSERT DATA { <urn:a> <urn:p> 1 }", "not-a-curation-graph", "default graph"),
        (f"DELETE WHERE {{ GRAPH <{CLAIM}> {{ ?s ?p ?o }} }}", "not-a-curation-graph", "retract the claim"),
        ("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", "not-a-curation-graph", "claim c-1"),
        ("CLEAR DEFAULT", "not-a-curation-graph", "default graph"),
        (f"MOVE <{CLAIM}> TO <graphs/a>", "not-a-curation-graph", "claim"),
        ("COPY <graphs/a> TO DEFAULT", "not-a-curation-graph", "default graph"),
        ("CREATE GRAPH <http://elsewhere.example/g>", "not-a-curation-graph", "graphs/NAME"),
        ("INSERT DATA { GRAPH <id/log> { <urn:a> <urn:p> 1 } }", "not-a-curation-graph", "id/log"),
        ("INSERT { GRAPH <id/log> { ?s a 1 } } WHERE { ?s a <urn:Nothing> }", "not-a-curation-graph", "log"),
        ("LOAD <http://elsewhere.example/x> INTO GRAPH <graphs/a>", "load-refused", "LOAD"),
        ("LOADSILENT <http://elsewhere.example/x>", "load-refused", "LOAD"),
        ("CLEAR ALL ; LOAD <http://elsewhere.example/x>", "load-refused", "line 1, column 13"),
        ("INSERT { GRAPH <graphs/a> { ?s ?p 1 } } WHERE { SERVICE <urn:e> { ?s ?p ?o } }", "service-refused", ""),
        ("INSERT { GRAPH <graphs/a> { ?s ?p ?q } } WHERE { ?s ?p ?q }", "words-of-articles", "five words"),
        ("ADD DEFAULT TO <graphs/a>", "words-of-articles", "five words"),
        ("INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> <<( <urn:a> <urn:p> 1 )>> } }", "bad-term", "triple term"),
        ("INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> '\\u0000' } }", "bad-term", "NUL"),
        ("COPY <graphs/none> TO <graphs/a>", "no-such-graph", "SILENT"),
        ("", "malformed-update", "empty"),
        ("SELECT * { ?s ?p ?o }", "malformed-update", "SELECT"),
        ("CLEAR ALL CLEAR ALL", "malformed-update", "semicolon"),
        ("INSERT DATA { GRAPH <graphs/a> { ?s <urn:p> 1 } }", "malformed-update", "line 1"),
        ("\n\n  INSERT DATA { GRAPH <graphs/a> { no:a <urn:p> 1 } }", "malformed-update", "line 3"),
        ("DELETE DATA { GRAPH <graphs/a> { _:b <urn:p> 1 } }", "malformed-update", "line 1"),
        (
            "INSERT DATA { GRAPH <graphs/a> { _:b <urn:p> 1 } } ;\nINSERT DATA { GRAPH <graphs/a> { _:b <urn:q> 2 } }",
            "malformed-update",
            "line 2, column 34: _:b stands in an operation before",
        ),
        ("INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 }", "malformed-update", "not closed"),
        ("PREFIX a <urn:x> CLEAR ALL", "malformed-update", "PREFIX"),
        ("INSERT DATA { GRAPH <graphs/a b> { <urn:a> <urn:p> 1 } }", "malformed-update", "line 1"),
        (" ; ".join(["CLEAR ALL"] * 1001), "too-many-operations", "1000"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, kind: str, said: str) -> None:
    with pytest.raises(UpdateFault) as refused:
        updated(text)
    assert refused.value.kind == kind, refused.value
    assert said in str(refused.value)


def test_the_words_of_an_article_may_be_typed() -> None:
    text = "INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 'five words of an article' } }"
    assert updated(text)[0] == by_the_engine(text)


def test_all_graphs_are_those_that_may_be_written() -> None:
    found, _ = updated("DROP ALL")
    assert {quad.graph_name for quad in found} == {quad.graph_name for quad in filled()} - {
        NamedNode(G + n) for n in "ab"
    }


def test_too_many_quads_are_refused() -> None:
    text = "INSERT DATA { GRAPH <graphs/n> { " + " ".join(f"<urn:{n}> <urn:p> 1 ." for n in range(11)) + " } }"
    assert len(updated(text, limit=11)[0]) == len(set(filled())) + 11
    with pytest.raises(UpdateFault, match="more than 10 quads"):
        updated(text, limit=10)


def test_the_dataset_of_a_request_is_that_of_its_patterns() -> None:
    text = "INSERT { GRAPH <graphs/c> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    found, _ = updated(text, using=(G + "b",))
    assert {q.object.value for q in found if q.graph_name == NamedNode(G + "c")} == {"3"}  # type: ignore[union-attr]
    for other in ("USING <graphs/a> ", ""):
        with pytest.raises(UpdateFault) as refused:
            updated(text.replace("WHERE", f"{other}WHERE") if other else f"WITH <graphs/a> {text}", using=(G + "b",))
        assert refused.value.kind == "two-datasets"


def test_blank_nodes_become_iris_that_follow_from_the_request() -> None:
    text = (
        "INSERT DATA { GRAPH <graphs/n> { [] <urn:p> [ <urn:q> 1 ] , _:x , _:x . GRAPH <graphs/m> { _:x <urn:p> 2 } } }"
    )
    text = text.replace("} } }", "} }").replace(" . GRAPH", " } GRAPH")
    found, _ = updated(text)
    new = found - set(filled())
    assert new == updated(text)[0] - set(filled())
    assert len(new) == 4
    assert len({quad.subject for quad in new}) == 3
    assert all(quad.subject.value.startswith(BASE + ".well-known/genid/") for quad in new)  # type: ignore[union-attr]
    each, _ = updated("INSERT { GRAPH <graphs/n> { ?e <urn:note> [] } } WHERE { ?e a <urn:Event> }")
    assert len({quad.object for quad in each - set(filled())}) == 2


# ---------------------------------------------------------------------- graph store


def written(method: str, graph: str, *parts: tuple[str, str], store: Store | None = None) -> set[Quad]:
    store = filled() if store is None else store
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        net = net_of(store, Path(folder))
        write(GraphWrite(method, graph, tuple((kind, body.encode()) for kind, body in parts)), net, BASE)
        return applied(store, net)


def in_graph(found: set[Quad], name: str) -> set[str]:
    return {f"{q.subject} {q.predicate} {q.object}" for q in found if q.graph_name == NamedNode(G + name)}


ONE = '<urn:a> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer>'


def test_a_graph_is_replaced_added_to_and_removed() -> None:
    turtle = ("text/turtle", "<urn:a> <urn:p> 1 . <urn:n> <urn:p> <> .")
    new = f"<urn:n> <urn:p> <{G}a>"
    assert in_graph(written("PUT", G + "a", turtle), "a") == {ONE, new}
    assert in_graph(written("POST", G + "a", turtle), "a") == in_graph(filled_set(), "a") | {new}
    assert in_graph(written("POST", G + "a", turtle, ("application/n-triples", "<urn:z> <urn:p> <urn:z> .")), "a") > {
        new
    }
    assert not in_graph(written("DELETE", G + "a"), "a")
    assert not in_graph(written("PUT", G + "a"), "a")


def filled_set() -> set[Quad]:
    return set(filled())


def test_the_same_body_again_changes_nothing_also_with_blank_nodes() -> None:
    turtle = ("text/turtle", "[] <urn:p> [ <urn:q> (1 2) ] .")
    once = written("PUT", G + "n", turtle)
    store = Store()
    store.extend(once)
    assert written("PUT", G + "n", turtle, store=store) == once
    assert written("POST", G + "n", turtle, store=store) == once


def test_a_patch_is_applied_row_by_row() -> None:
    patch = 'H id <urn:uuid:1> .\nTX .\nD <urn:a> <urn:p> 2 .\n# note\nA <urn:n> <urn:p> "A . " .\nTC .\n'
    body = patch.replace(" 2 ", ' "2"^^<http://www.w3.org/2001/XMLSchema#integer> ')
    found = in_graph(written("PATCH", G + "a", ("application/rdf-patch", body)), "a")
    assert ONE in found
    assert '<urn:n> <urn:p> "A . "' in found
    assert not any('"2"' in one for one in found)


@pytest.mark.parametrize(
    ("method", "graph", "parts", "kind"),
    [
        ("PUT", CLAIM, [("text/turtle", "")], "not-a-curation-graph"),
        ("PUT", G, [("text/turtle", "")], "not-a-curation-graph"),
        ("PUT", G + "a?x", [("text/turtle", "")], "not-a-curation-graph"),
        ("PUT", G + "a/../b", [("text/turtle", "")], "not-a-curation-graph"),
        ("PUT", G + "a//b", [("text/turtle", "")], "not-a-curation-graph"),
        ("PUT", G + "x" * 401, [("text/turtle", "")], "not-a-curation-graph"),
        ("DELETE", G + "none", [], "no-such-graph"),
        ("PUT", G + "a", [("text/turtle", "<urn:a> <urn:p> .")], "malformed-body"),
        ("PUT", G + "a", [("text/csv", "a,b")], "malformed-body"),
        ("PUT", G + "a", [("application/n-quads", f"<urn:a> <urn:p> <urn:o> <{G}b> .")], "malformed-body"),
        ("PATCH", G + "a", [("application/rdf-patch", "PA a <urn:> .")], "malformed-body"),
        ("PATCH", G + "a", [("application/rdf-patch", "A <urn:a> <urn:p> _:b .")], "malformed-body"),
        ("PATCH", G + "a", [("application/rdf-patch", f"A <urn:a> <urn:p> 'x' <{CLAIM}> .")], "malformed-body"),
        ("PATCH", G + "a", [("text/turtle", "<urn:a> <urn:p> 1 .")], "malformed-body"),
    ],
)  # fmt: skip
def test_what_a_graph_does_not_take(method: str, graph: str, parts: list[tuple[str, str]], kind: str) -> None:
    with pytest.raises(UpdateFault) as refused:
        written(method, graph, *parts)
    assert refused.value.kind == kind, refused.value


@given(st.text(max_size=20))
def test_names_are_curation_graphs_or_refused(path: str) -> None:
    try:
        name = relative_name(G + path, Iris(BASE))
    except NotACurationGraph:
        return
    assert name == "graphs/" + path
    assert relative(f"<{G}{path}>", BASE) == f"<{name}>"


def terms() -> Iterator[str]:
    yield from (
        f"<{BASE}id/event/e>",
        f"<{G}a>",
        f"<{BASE}.well-known/genid/0>",
        f"<{BASE}other>",
        "<urn:id/x>",
        '"<id/x>"',
    )


@pytest.mark.parametrize("term", list(terms()))
def test_terms_come_back_under_the_same_base(term: str) -> None:
    triple = f"<urn:s> <urn:p> {term}"
    assert absolute(f"<urn:s> <urn:p> {relative(term, BASE)}", BASE) == triple
