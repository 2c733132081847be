"""What goes out as XML is read as it was written, or is refused."""

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat, Store, parse, serialize

from graph.wellformed import NotInXml, write

SOLUTIONS = "application/sparql-results+xml"
GRAPHS = "application/rdf+xml"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PREFIXES = {"e": "http://e/#"}


def written(query: str, block: int = 1 << 20) -> bytes:
    """What the answer to a query is in XML, where the engine hands over blocks of so many bytes."""
    found = Store().query(query, prefixes=PREFIXES)
    out = io.BytesIO()
    if isinstance(found, QueryTriples):
        data, media_type = serialize(found, format=RdfFormat.RDF_XML, prefixes=PREFIXES), GRAPHS
    else:
        data, media_type = found.serialize(format=QueryResultsFormat.XML), SOLUTIONS
    assert data is not None
    write(out, media_type, lambda to: [to.write(data[n : n + block]) for n in range(0, len(data), block)])
    return out.getvalue()


def literal(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


def is_xml(text: str) -> bool:
    return all(c in "\t\n\r" or (c >= "\x20" and c not in "\ufffe\uffff") for c in text)


@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\t\b\ufffd\ufffe\uf8ff<&")),
    st.integers(1, 9),
)
def test_a_text_is_read_as_it_was_or_refused_wherever_blocks_end(text: str, block: int) -> None:
    solutions, graph = f"SELECT ({literal(text)} AS ?x) {{}}", f"CONSTRUCT {{ <a:b> e:p {literal(text)} }} {{}}"
    if not is_xml(text):
        for query in (solutions, graph):
            with pytest.raises(NotInXml, match=r"The character U\+(00..|FFF[EF]) in"):
                written(query, block)
        return
    found = ElementTree.fromstring(written(solutions, block)).iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert [one.text or "" for one in found] == [text]
    (triple,) = parse(written(graph, block), RdfFormat.RDF_XML)
    assert triple.object.value == text
    ElementTree.fromstring(written(graph, block))


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("triple", "named"),
    [
        ('<a:b> <http://x/1> "x"', "<http://x/1>"),
        ('<a:b> <http://x/?a&b=2> "x"', "<http://x/?a&b=2>"),
        ("<a:b> <urn:oid:1.2> <a:b>", "<urn:oid:1.2>"),
        ("<a:b> a <http://x/y#>", "<http://x/y#>"),
        ('<a:b> e: ""', "e:"),
        ("<a:b> e: <a:c>", "e:"),
        ("_:b a e:", "e:"),
        ('<a:b> <http://www.w3.org/2000/xmlns/p> "x"', "xmlns:p"),
        (f'<a:b> <{RDF}bagID> "x"', "rdf:bagID"),
        (f"<a:b> a <{RDF}aboutEach>", "rdf:aboutEach"),
    ],
)
def test_what_makes_no_name_of_an_element_is_refused(triple: str, named: str, block: int) -> None:
    with pytest.raises(NotInXml) as caught:
        written(f"CONSTRUCT {{ {triple} }} {{}}", block)
    assert str(caught.value).startswith(f"{named}, a predicate or type")


def test_a_predicate_that_the_engine_refuses_is_refused_alike() -> None:
    found = Store().query(f'CONSTRUCT {{ <a:b> <{RDF}li> "x" }} {{}}')
    assert isinstance(found, QueryTriples)
    with pytest.raises(NotInXml, match="rdf:li"):
        write(io.BytesIO(), GRAPHS, lambda to: serialize(found, to, RdfFormat.RDF_XML))


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_names_and_labels_that_are_fit_stand(block: int) -> None:
    triples = f'<a:b> e:p ": rdf:x e:>", 1, "x"@en ; <http://x/1a> <http://x/1> ; a e:q ; <{RDF}_1> ""'
    data = written(f"CONSTRUCT {{ {triples} }} {{}}", block)
    assert len(list(parse(data, RdfFormat.RDF_XML))) == 6
    ElementTree.fromstring(data)
    labels = 'VALUES (?a ?b ?c) {("1" "_1" "b1")} BIND(BNODE(?a) AS ?x) BIND(BNODE(?b) AS ?y) BIND(BNODE(?c) AS ?z)'
    data = written(f"CONSTRUCT {{ ?x e:p ?y, ?z . ?y e:p ?x }} {{ {labels} }}", block)
    quads = list(parse(data, RdfFormat.RDF_XML))
    assert len(quads) == 3
    assert len({node.value for quad in quads for node in (quad.subject, quad.object)}) == 3
