"""Validation of a graph against the shapes of `shapes.ttl` (SHACL).

Invariant: validating changes nothing and fetches nothing, and the same graph gives the same report in the same order.

`python -m ontology.validation FILE.nq` validates a dump.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ontology.location import ontology_folder
from ontology.vocabulary import INFERRED_FILE, ONTOLOGY_FILE, SH, XSD, OntologyUnreadable

if TYPE_CHECKING:
    import rdflib

SHAPES_FILE: Final = "shapes.ttl"


class NotNQuads(ValueError):
    """The data to be validated are no N-Quads."""


@dataclass(frozen=True, slots=True, order=True)
class ValidationResult:
    """One fault: the node that has it (`focus`), the property concerned (None where it is the node as a whole).

    `value` is the value at fault in N-Triples syntax, `component` the local name of the SHACL constraint component.
    """

    focus: str
    path: str | None
    component: str
    value: str | None
    message: str


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The outcome: `conforms` is true where there is no result. `results` are sorted."""

    conforms: bool
    results: tuple[ValidationResult, ...]


def validate(
    data: rdflib.Graph | bytes | Path, *, union: bool = False, language: str = "en", folder: Path | None = None
) -> ValidationReport:
    """Validate a graph, N-Quads, or a file of N-Quads against the shapes of `folder` (default: in use).

    Of N-Quads the default graph counts, which is what the shapes are about; with `union`, all graphs as one.
    Messages are in `language` (`en` or `ar`) where the shape has one in it, else in English.

    Raises:
        NotNQuads: `data` are no N-Quads.
        OSError: the file cannot be read.
        OntologyUnreadable: a file of the ontology cannot be read.
    """
    import pyshacl
    import rdflib

    folder = folder or ontology_folder()
    graph = rdflib.Graph()
    if isinstance(data, rdflib.Graph):
        for triple in data:
            graph.add(triple)
    else:
        _add_quads(graph, data.read_bytes() if isinstance(data, Path) else data, union=union)
    # The classes of kinds and categories are in the ontology; with them `sh:class` needs no reasoner.
    for name in (ONTOLOGY_FILE, INFERRED_FILE):
        graph += _turtle(folder / name)
    conforms, report, _ = pyshacl.validate(
        graph, shacl_graph=_turtle(folder / SHAPES_FILE), inplace=True, inference="none", do_owl_imports=False
    )
    return ValidationReport(bool(conforms), _results(report, language))


def _add_quads(graph: rdflib.Graph, data: bytes, *, union: bool) -> None:
    import pyoxigraph
    import rdflib

    def term(node: object) -> rdflib.term.Node:
        if isinstance(node, pyoxigraph.NamedNode):
            return rdflib.URIRef(node.value)
        if isinstance(node, pyoxigraph.BlankNode):
            return rdflib.BNode(node.value)
        assert isinstance(node, pyoxigraph.Literal)
        if node.language is not None:
            return rdflib.Literal(node.value, lang=node.language)
        # To rdflib a plain literal and one typed xsd:string are two terms; `sh:in` compares terms.
        datatype = None if node.datatype.value == XSD + "string" else rdflib.URIRef(node.datatype.value)
        return rdflib.Literal(node.value, datatype=datatype)

    # Oxigraph parses several times faster than rdflib, which matters for a dump of a whole store.
    try:
        for quad in pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_QUADS):
            if union or isinstance(quad.graph_name, pyoxigraph.DefaultGraph):
                graph.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    except SyntaxError as error:
        raise NotNQuads(f"these are no N-Quads: {error}") from None


def _turtle(path: Path) -> rdflib.Graph:
    # Parsed anew each time: pyshacl adds to the shapes that it is given.
    import rdflib

    try:
        return rdflib.Graph().parse(path, format="turtle")
    except OSError as error:
        raise OntologyUnreadable(path, error.strerror or str(error)) from None
    except SyntaxError as error:
        raise OntologyUnreadable(path, f"it is no Turtle: {error}") from None


def _results(report: rdflib.Graph, language: str) -> tuple[ValidationResult, ...]:
    import rdflib

    shacl = rdflib.Namespace(SH)

    def message(result: rdflib.term.Node) -> str:
        texts = {
            (text.language or "en") if isinstance(text, rdflib.Literal) else "en": str(text)
            for text in report.objects(result, shacl.resultMessage)
        }
        return texts.get(language) or texts.get("en") or next(iter(sorted(texts.values())), "")

    found = set()
    for result in report.subjects(rdflib.RDF.type, shacl.ValidationResult):
        path, value = _property(report, report.value(result, shacl.resultPath)), report.value(result, shacl.value)
        found.add(
            ValidationResult(
                focus=str(report.value(result, shacl.focusNode)),
                path=None if path is None else str(path),
                component=str(report.value(result, shacl.sourceConstraintComponent)).removeprefix(SH),
                value=None if value is None else value.n3(),
                message=message(result),
            )
        )
    return tuple(sorted(found, key=lambda r: (r.focus, r.path or "", r.component, r.value or "", r.message)))


def _property(report: rdflib.Graph, path: rdflib.term.Node | None) -> rdflib.term.Node | None:
    """Return the property that a path is about: itself, or of a path that allows something in its place, the first."""
    import rdflib

    while isinstance(path, rdflib.BNode):
        first = report.value(path, rdflib.RDF.first)
        path = first if first is not None else report.value(path, rdflib.Namespace(SH).alternativePath)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Print the faults of a file of N-Quads; return 0 where there is none, 1 where there are, 2 on bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m ontology.validation", description="Validate a dump of the graph against the shapes."
    )
    parser.add_argument("file", type=Path, help="N-Quads")
    parser.add_argument("--union", action="store_true", help="validate all graphs as one, not the default graph alone")
    parser.add_argument("--language", choices=("ar", "en"), default="en", help="language of the messages")
    options = parser.parse_args(arguments)
    try:
        report = validate(options.file, union=options.union, language=options.language)
    except (NotNQuads, OSError, OntologyUnreadable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for result in report.results:
        sys.stdout.write(f"{result.focus} {result.path or '-'} {result.message}\n")
    sys.stdout.write("conforms\n" if report.conforms else f"{len(report.results)} faults\n")
    return 0 if report.conforms else 1


if __name__ == "__main__":
    raise SystemExit(main())
