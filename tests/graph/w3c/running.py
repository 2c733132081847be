"""Running one test of the W3C's suites through what /sparql reads, asks and writes with.

Invariant: a test that does not raise has passed. Queries go the way of `Reader.query`, and answers are written and read
again in the format of the file with the expected ones. Updates go two ways: straight to the engine (`engine`), and by
`graph.updates` (`endpoint`), which is what /sparql does. No other server is asked.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pyoxigraph as ox

from graph.curationgraphs import GENID, GRAPHS
from graph.iris import Iris
from graph.projection import Projector
from graph.sparql import QueryRefused, ServiceRefused, check_query
from graph.store.reader import Reader
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update, evaluate
from graph.updates.quads import Net
from graph.updates.reading import operations
from ontology.vocabulary import PREFIXES
from tests.graph.w3c import results
from tests.graph.w3c.manifests import Case, Files, cases, iri_of

WAYS: Final = ("engine", "endpoint")  # of updates
_SUITES: Final = ("dawg-data-r2", "sparql11")
# Entailment beyond the simple one is not offered, and the description says so; the protocol runs in tests/api/protocol.
LEFT_OUT: Final = frozenset({"entailment", "protocol", "service-description", "http-rdf-update"})
# There is no other server to ask, and none would be asked: that they are read and refused is all that is tested.
FEDERATED: Final = frozenset({"service", "syntax-fed"})
_MEDIA_TYPES: Final = {
    ".srx": "application/sparql-results+xml",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
_FROM: Final = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]+)>", re.IGNORECASE)
_ORDERED: Final = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)


class Missed(Exception):
    """The test is not passed; the message says what came instead."""


class OtherForms(Missed):
    """The values are those that are expected, but literals are written in another form."""


@dataclass(frozen=True)
class Run:
    """A test, and the way that it goes ("" where there is one only)."""

    case: Case
    way: str = ""

    @property
    def id(self) -> str:
        return self.case.id + (f"@{self.way}" if self.way else "")


def runs(folder: Path) -> list[Run]:
    """Return all that is run of the suites in `folder`."""
    found = []
    for suite in _SUITES:
        for case in cases(folder, suite):
            if case.group not in LEFT_OUT:
                ways = WAYS if case.kind == "UpdateEvaluationTest" else ("",)
                found += [Run(case, way) for way in ways]
    return found


def run(one: Run, folder: Path) -> None:
    """Run a test. Raises Missed."""
    case = one.case
    text = case.action.read_bytes().decode()
    try:
        if case.kind == "UpdateEvaluationTest":
            _update(case, text, folder, one.way)
        elif "Syntax" in case.kind:
            _syntax(case, text)
        elif case.group in FEDERATED:
            _federated(case, text)
        else:
            _query(case, text, folder)
    except (QueryRefused, UpdateFault) as refused:
        raise Missed(f"refused: {refused}") from refused
    except (SyntaxError, ValueError, OSError, RuntimeError) as error:
        raise Missed(f"{type(error).__name__}: {error}") from error


def _syntax(case: Case, text: str) -> None:
    if "Negative" not in case.kind:
        _read(case, text)
        return
    try:
        _read(case, text)
    except (QueryRefused, UpdateFault):
        return
    raise Missed("it is read, and should not be")


def _read(case: Case, text: str) -> None:
    if case.action.suffix == ".ru":
        operations(text, case.base, PREFIXES)
    elif case.group in FEDERATED:
        _federated(case, text)
    else:
        try:
            _reader(ox.Store(), case.base).query(text, prefixes=PREFIXES)
        except RuntimeError as error:
            if "custom function" not in str(error):  # which is no fault of syntax
                raise


def _federated(case: Case, text: str) -> None:
    """Read a query that asks other servers, which is refused here; what it would find is not tested."""
    check_query(text, prefixes=PREFIXES, allow_service=True)
    ox.Store().query(text, base_iri=case.base, prefixes=dict(PREFIXES))  # nothing is asked before rows are taken
    try:
        check_query(text, prefixes=PREFIXES)
    except ServiceRefused:
        return
    raise Missed("it would ask another server")


def _query(case: Case, text: str, folder: Path) -> None:
    assert case.result is not None
    store = ox.Store()
    named = {iri for iri, _ in case.data}
    clauses = [case.base + name for name in _FROM.findall(text)]
    documents = [(iri, case.action.with_name(iri.rpartition("/")[2])) for iri in dict.fromkeys(clauses)]
    documents = [(iri, file) for iri, file in documents if iri not in named and file.is_file()]
    store.extend(_quads((*case.data, *documents), folder))
    expected = results.file(case.result, iri_of(case.result, folder))
    answer = _reader(store, case.base).query(text, prefixes=PREFIXES)
    if answer.kind == "graph":
        media_type, suffix = "application/n-triples", ".nt"
    else:
        suffix = case.result.suffix if case.result.suffix in _MEDIA_TYPES else ".srj"
        media_type = _MEDIA_TYPES.get(suffix, "application/sparql-results+json")
    found = results.read(answer.serialize(media_type), suffix, case.base)
    in_order = _ORDERED.search(text[text.rfind("}") :]) is not None or (
        isinstance(expected, results.Rows) and expected.numbered
    )
    _compare(expected, found, ordered=in_order, lax=case.lax)


def _update(case: Case, text: str, folder: Path, way: str) -> None:
    before, after = _quads(case.data, folder), _quads(case.after, folder)
    if way == "engine":
        store = ox.Store()
        store.extend(before)
        store.update(text, base_iri=case.base, prefixes=dict(PREFIXES))
        _compare(ox.Dataset(after), ox.Dataset(store))
        return
    # The endpoint leaves alone what is no curation graph: the default graph stays where it is when all others go.
    default = None if _ALL.search(text) else _DEFAULT
    found = _by_endpoint(_moved_all(before, default), text, default)
    _compare(ox.Dataset(_blank_again(_moved_all(after, default))), ox.Dataset(_blank_again(found)))


def _compare(expected: results.Result, found: results.Result, *, ordered: bool = False, lax: bool = False) -> None:
    if results.same(expected, found, ordered=ordered, lax=lax):
        return
    if results.same(results.as_values(expected), results.as_values(found), ordered=ordered, lax=lax):
        raise OtherForms("the values are the same, their forms are not")
    raise Missed(f"expected {_shown(expected)}\nfound {_shown(found)}")


def _shown(result: results.Result) -> str:
    if isinstance(result, results.Rows):
        return "\n  ".join(["", *(str({k: str(v) for k, v in row.items()}) for row in result.rows[:20])])
    return "\n  ".join(["", *map(str, result)]) if isinstance(result, ox.Dataset) else str(result)


def _quads(files: Files, folder: Path) -> list[ox.Quad]:
    """Return what files hold, each in its graph."""
    found = []
    for iri, file in files:
        graph = ox.NamedNode(iri) if iri else ox.DefaultGraph()
        parsed = ox.parse(
            file.read_bytes(),
            results.RDF_FORMATS[file.suffix],
            base_iri=iri_of(file, folder),
            without_named_graphs=True,
            rename_blank_nodes=True,
        )
        found += [ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in parsed]
    return found


@dataclass(frozen=True)
class _Bare:
    """What a reader asks of a projection for a query."""

    iris: Iris


def _reader(store: ox.Store, base: str) -> Reader:
    return Reader(store, 0, cast("Projector", _Bare(Iris(base))))


# The endpoint writes curation graphs only. So the names of the suite are moved to where those are, in the data and in
# the text alike; and the default graph is what the request is about, as it is for a request
# to one graph.
_THEIRS: Final = re.compile(r"http://(?:www\.)?example\.(org|com)/?")
_ALL: Final = re.compile(r"\b(?:CLEAR|DROP)\s+(?:SILENT\s+)?(?:ALL|NAMED)\b", re.IGNORECASE)
_BASE: Final = "http://w3c.example/"
_DEFAULT: Final = ox.NamedNode(_BASE + GRAPHS + "default")


def _by_endpoint(before: list[ox.Quad], text: str, default: ox.NamedNode | None) -> list[ox.Quad]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        store = ox.Store(str(scratch / "before"))
        store.extend(before)
        store.flush()
        net = Net(store, Iris(_BASE), limit=10_000, scratch=scratch)
        graph = None if default is None else default.value
        evaluate(Update(_moved(text), graph=graph), net, base=_BASE, prefixes=PREFIXES)
        found = list(net.store())
        del net, store  # before their files go
        return found


def _moved(text: str) -> str:
    return _THEIRS.sub(_BASE + GRAPHS + r"\1-", text)


def _moved_all(quads: list[ox.Quad], default: ox.NamedNode | None) -> list[ox.Quad]:
    """Return quads with moved names; those of the default graph go to the graph that stands for it."""

    def term(one: results.Term | ox.DefaultGraph) -> results.Term | ox.DefaultGraph:
        if isinstance(one, ox.BlankNode):
            return ox.NamedNode(f"{_BASE}{GENID}{one.value}")
        if isinstance(one, ox.NamedNode):
            return ox.NamedNode(_moved(one.value))
        if isinstance(one, ox.Literal) and _THEIRS.match(one.datatype.value):
            return ox.Literal(one.value, datatype=ox.NamedNode(_moved(one.datatype.value)))
        return default if isinstance(one, ox.DefaultGraph) and default is not None else one

    return [ox.Quad(*map(term, quad)) for quad in quads]


def _blank_again(quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return quads with blank nodes in place of the IRIs that stand for them."""

    def term(one: results.Term) -> results.Term:
        ours = isinstance(one, ox.NamedNode) and one.value.startswith(_BASE + GENID)
        return ox.BlankNode("b" + one.value.rpartition("/")[2]) if ours else one

    return [ox.Quad(term(quad.subject), quad.predicate, term(quad.object), quad.graph_name) for quad in quads]
