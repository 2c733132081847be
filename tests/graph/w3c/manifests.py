"""What the manifests of the W3C's suites say: which tests there are, and which files each is made of.

Invariant: each entry of a manifest is one `Case`, in the order of the manifests, but for those that were withdrawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox

_MF: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_UT: Final = "http://www.w3.org/2009/sparql/tests/test-update#"
_DAWGT: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LABEL: Final = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
ROOT: Final = "http://suites.example/"
"""What stands for the folder of the suites in IRIs."""

Files = tuple[tuple[str, Path], ...]
"""Pairs of the name of a graph, "" for the default graph, and the file that it is in."""


@dataclass(frozen=True)
class Case:
    """One test. `kind` is the class of the manifest; `action` is the query or update.

    `result` is the file with the rows or the graph; of updates, `after` is the dataset.
    """

    suite: str
    group: str
    name: str
    kind: str
    action: Path
    data: Files = ()
    result: Path | None = None
    after: Files = ()
    lax: bool = False
    base: str = ROOT

    @property
    def id(self) -> str:
        return f"{self.suite}/{self.group}/{self.name}"


def cases(folder: Path, suite: str) -> Iterator[Case]:
    """Yield the tests of a suite, those with files only (the protocol has none), each once."""
    seen = set()
    for file in [*sorted(folder.glob(f"{suite}/*/manifest.ttl")), *sorted(folder.glob(f"{suite}/*/extended-*.ttl"))]:
        for case in _Manifest(folder, file).cases(suite):
            if case.id not in seen:
                seen.add(case.id)
                yield case


def iri_of(file: Path, folder: Path) -> str:
    """Return the IRI that a file of the suites has here."""
    return ROOT + file.relative_to(folder).as_posix()


class _Manifest:
    def __init__(self, folder: Path, file: Path) -> None:
        self._folder, self._file = folder, file
        self._store = ox.Store()
        self._store.load(path=file, format=ox.RdfFormat.TURTLE, base_iri=iri_of(file, folder))

    def cases(self, suite: str) -> Iterator[Case]:
        for node in self._entries():
            approval = self._one(node, _DAWGT + "approval")
            action = self._one(node, _MF + "action")
            if action is None or approval == ox.NamedNode(_DAWGT + "Withdrawn"):
                continue
            (kind, *_) = sorted(
                t.value.rpartition("#")[2] for t in self._all(node, _RDF + "type") if isinstance(t, ox.NamedNode)
            )
            result = self._one(node, _MF + "result")
            text = action if isinstance(action, ox.NamedNode) else self._one(action, _QT + "query", _UT + "request")
            assert isinstance(text, ox.NamedNode)
            assert isinstance(node, ox.NamedNode)
            yield Case(
                suite,
                self._file.parent.name,
                node.value.rpartition("#")[2],
                kind,
                self._path(text),
                self._files(action),
                self._path(result) if isinstance(result, ox.NamedNode) else None,
                () if isinstance(result, ox.NamedNode) else self._files(result),
                self._one(node, _MF + "resultCardinality") is not None,
                iri_of(self._file.parent, self._folder) + "/",
            )

    def _entries(self) -> Iterator[ox.NamedNode | ox.BlankNode]:
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(_MF + "entries"), None, None):
            rest: object = quad.object
            while rest != ox.NamedNode(_RDF + "nil"):
                first = self._one(rest, _RDF + "first")
                assert isinstance(first, ox.NamedNode | ox.BlankNode)
                yield first
                rest = self._one(rest, _RDF + "rest")

    def _files(self, node: object) -> Files:
        found = [("", self._path(file)) for file in self._all(node, _QT + "data", _UT + "data")]
        for graph in self._all(node, _QT + "graphData", _UT + "graphData"):
            if isinstance(graph, ox.NamedNode):
                found.append((graph.value, self._path(graph)))
                continue
            file, label = self._one(graph, _UT + "graph", _UT + "data"), self._one(graph, _LABEL.value)
            assert isinstance(label, ox.Literal)
            found.append((label.value, self._path(file)))
        return tuple(found)

    def _path(self, node: object) -> Path:
        assert isinstance(node, ox.NamedNode)
        path = self._folder / unquote(urlsplit(node.value).path).lstrip("/")
        assert path.is_relative_to(self._folder)
        return path

    def _all(self, node: object, *predicates: str) -> list[object]:
        if not isinstance(node, ox.NamedNode | ox.BlankNode):
            return []
        return [
            quad.object
            for predicate in predicates
            for quad in self._store.quads_for_pattern(node, ox.NamedNode(predicate), None, None)
        ]

    def _one(self, node: object, *predicates: str) -> object:
        return next(iter(self._all(node, *predicates)), None)
