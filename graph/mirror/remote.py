"""The graph in another SPARQL 1.1 server, which follows the log.

Invariant: the last thing that a request writes is how far it has brought the graph, and it is written only if the graph
still stood where the request began; so a request may be sent again, a process killed at any moment, and where two
write at once the graph goes back to a position from which every later record is taken again. Nothing is written or
removed but the default graph (or the one that stands for it) and the graphs below our own base IRI, and those only in a
dataset that was empty there, or is marked as ours.

How that holds on servers that do not carry out a request as one: statements are removed and added by name, so taking
records again, in order, ends in the same graph from wherever it was left (`Follower`: what a later record adds or
removes is said again). The lowest of several marks counts.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, parse

from graph.mirror.comparing import Differences, Found, compared, terms
from graph.mirror.errors import (
    MirrorApart,
    MirrorContended,
    MirrorElsewhere,
    MirrorMixed,
    MirrorNoSparql,
    MirrorNotOurs,
    MirrorOccupied,
    MirrorOtherLog,
    MirrorOutdated,
    shown,
)
from graph.mirror.server import Server, Term
from graph.mirror.writing import Bounds, pieces
from graph.projection import Change, Projector, Statement, Statements
from graph.store.folder import Made
from graph.store.following import Follower
from graph.store.known import Known
from graph.store.reader import Fingerprint, Reader, marker
from graph.terms import wq

_VERSION: Final = "<http://www.w3.org/2002/07/owl#versionInfo>"
_GRAPH: Final = "default graph "


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a server the graph goes.

    `default_graph` is the IRI of the graph that stands for the default graph, "" for the default graph itself.
    `beside` lets other graphs be there.
    """

    default_graph: str = ""
    beside: bool = False
    bounds: Bounds = field(default_factory=Bounds)


class RemoteStore(Follower):
    """The graph in a server and its position. For one thread at a time; made by `open`."""

    _at_once = False  # servers are killed between two requests, and some within one

    def __init__(self, server: Server, projector: Projector, place: Place) -> None:
        self._server = server
        self._projector = projector
        self._place = place
        self._default = f"<{NamedNode(place.default_graph).value}>" if place.default_graph else ""
        self._log = str(projector.iris.log())
        self._following = threading.Lock()
        self._writing = threading.Lock()
        self._known = Known()
        self._room = max(1, place.bounds.quads // 2)  # a whole record fits in behind, so most batches are one request
        self._position = 0
        made = Made.now()
        self._made = f"projection {made.projection}, ontology {made.ontology}"

    @classmethod
    def open(
        cls, server: Server, projector: Projector, place: Place | None = None, *, begin: bool = True, old: bool = False
    ) -> "RemoteStore":
        """Return the graph in `server`, begun there where there is none, unless `begin` is false.

        `old` lets it be one of another version, or of a rebuild that has not ended: for `rebuild`.

        Raises:
            MirrorOccupied, MirrorMixed, MirrorApart: it cannot be begun there; nothing was written.
            MirrorNotOurs, MirrorOutdated, MirrorElsewhere, MirrorError
            ValueError: the place is no valid IRI, or below the base IRI.
        """
        place = place or Place()
        base = projector.iris.base
        if place.default_graph.startswith((f"{base}id/", f"{base}graphs/")):
            raise ValueError(f"the default graph cannot go to {place.default_graph}, which may be a graph of its own")
        store = cls(server, projector, place)
        positions, made, where = store._marks()
        if not positions and made is None and where is None:
            if not begin:
                raise MirrorNotOurs(store.address)
            store._begin()
            return store
        if where != place.default_graph:
            raise MirrorElsewhere(store.address, where or "")
        if made != store._made and not old:
            raise MirrorOutdated(store.address, made, store._made)
        store._position = min(positions, default=0)
        return store

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self._server.addresses.query

    def position(self) -> int:
        """See `Follower.position`."""
        return self._position

    def fingerprint(self) -> Fingerprint:
        """See `Follower.fingerprint`; literals count in the form that Oxigraph gives them."""
        digest, count = hashlib.sha256(), 0
        found = self._found()
        try:
            for line, _ in found.lines():
                digest.update(line + b"\n")
                count += 1
        finally:
            found.close()
        return Fingerprint(count, digest.hexdigest())

    def differences(self, wanted: Iterable[bytes]) -> Differences:
        """Return in what the graph differs from `wanted`, sorted lines of N-Quads. Raises MirrorError."""
        differences = Differences()
        found = self._found()
        try:
            for _ in compared(wanted, found.lines(), differences):
                pass
        finally:
            found.close()
        return differences

    def rebuild(self, reader: Reader, progress: Callable[[int], None] | None = None) -> Differences:
        """Make the graph what `reader` holds: read all of it, and write that in which it differs. Return the latter.

        Ended half way it is known as unfinished, and has to be begun again. `progress` is called with the number of
        quads that were written.

        Raises:
            MirrorError
        """
        with self._following, self._writing:
            self._known = Known()
            self._server.update(
                f"DELETE WHERE {{ GRAPH {self._log} {{ {self._log} {_VERSION} ?version }} }} ;\n"
                f"INSERT DATA {{ GRAPH {self._log} {{ {self._mark(0)} . {self._where()} }} }}"
            )
            differences, written = Differences(), 0
            found = self._found()
            try:
                changes = compared(self._without_marks(reader.lines()), self._unmarked(found), differences)
                for lot in _lots(changes, self._place.bounds.quads):
                    removed = [terms(line) for missing, line in lot if not missing]
                    added = [terms(line) for missing, line in lot if missing]
                    for text in pieces(removed, added, self._place.bounds, self._default):
                        self._server.update(text)
                    written += len(lot)
                    if progress is not None:
                        progress(written)
            finally:
                found.close()
            position = reader.position()
            self._server.update(
                f"DELETE WHERE {{ GRAPH {self._log} {{ {self._log} ?p ?o }} }} ;\n"
                f"INSERT DATA {{ GRAPH {self._log} {{ {self._mark(position)} . {self._label()} . {self._where()} }} }}"
            )
            self._position = position
            return differences

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    # -- following ---------------------------------------------------------------------------------------------------

    def _take(
        self, added: Statements, removed: set[Statement], position: int, changes: list[tuple[int, Change]]
    ) -> None:
        self._known.forget(triple for triple, graph in removed if not graph)
        news = self._known.news(added.common)
        texts = list(
            pieces(
                sorted(removed), dict.fromkeys(replace(added, common=news).each()), self._place.bounds, self._default
            )
        )
        for text in texts[:-1]:
            self._server.update(text)
        self._server.update(" ;\n".join([*texts[-1:], self._moved(position)]))
        self._known.learn(news)
        self._position = position
        positions, _, _ = self._marks()
        if positions != [position]:
            raise MirrorContended(self.address)

    def _moved(self, position: int) -> str:
        """Return the operations that write the mark of `position`, or else the one that the request began at.

        The marks from there on go with it. Where that one is gone, somebody else has brought the graph further and
        this request has taken it back: putting the mark there again lets everything from there on be taken again.
        """
        log, before, reached = self._log, self._mark(self._position), self._mark(position)
        any_mark = f"{log} {wq('position')} ?mark"
        return (
            f"DELETE {{ GRAPH {log} {{ {any_mark} }} }} INSERT {{ GRAPH {log} {{ {reached} }} }}\n"
            f"WHERE {{ GRAPH {log} {{ {before} . {any_mark} FILTER(?mark >= {self._position}) }} }} ;\n"
            f"INSERT {{ GRAPH {log} {{ {before} }} }}\n"
            f"WHERE {{ GRAPH {log} {{ {self._where()} }} FILTER NOT EXISTS {{ GRAPH {log} {{ {reached} }} }} }}"
        )

    def _digests(self, position: int) -> list[str]:
        record = self._projector.iris.record(position)
        pattern = f"{record} {wq('bodySha256')} ?digest"
        rows = self._server.rows(f"SELECT ?digest WHERE {{ {self._in_default(pattern)} }}")
        return [row[0].value for row in rows if isinstance(row[0], Literal)]

    def _other_log(self, position: int) -> MirrorOtherLog:
        return MirrorOtherLog(self.address, position)

    # -- marks -------------------------------------------------------------------------------------------------------

    def _mark(self, position: int) -> str:
        triple, _ = marker(self._log, position)
        return triple

    def _label(self) -> str:
        return f'{self._log} {_VERSION} "{self._made}"'

    def _where(self) -> str:
        """Return the triple that says where the default graph goes."""
        return f'{self._log} {_VERSION} "{_GRAPH}{self._place.default_graph}"'

    def _marks(self) -> tuple[list[int], str | None, str | None]:
        """Return the positions that the graph is marked with, what it was made with, and where its default graph is."""
        positions, made, where = [], None, None
        rows = self._server.rows(f"SELECT ?p ?o WHERE {{ GRAPH {self._log} {{ {self._log} ?p ?o }} }}")
        for predicate, value in rows:
            if not isinstance(value, Literal):
                continue
            if str(predicate) == str(wq("position")):
                try:
                    positions.append(int(value.value))
                except ValueError:
                    raise MirrorNoSparql(self.address, f"a position is {shown(value.value)}") from None
            elif str(predicate) == _VERSION:
                if value.value.startswith(_GRAPH.rstrip()):
                    where = value.value.removeprefix(_GRAPH.rstrip()).strip()
                else:
                    made = value.value
        return sorted(positions), made, where

    def _begin(self) -> None:
        """Mark an empty place as ours, at position 0. Raises as `open`; then nothing is left there."""
        if self._server.holds(self._in_default("?s ?p ?o")):
            where = f"the graph {self._place.default_graph}" if self._default else "its default graph"
            raise MirrorOccupied(
                self.address,
                f"holds other data in {where}",
                "name an empty dataset, or another place with --default-graph IRI",
            )
        if self._server.holds(f"GRAPH ?g {{ ?s ?p ?o }} {self._ours()}"):
            base = self._projector.iris.base
            raise MirrorOccupied(self.address, f"holds graphs below {base}", "name another dataset, or remove them")
        if not self._place.beside and self._server.holds("GRAPH ?g { ?s ?p ?o }"):
            raise MirrorOccupied(
                self.address,
                "holds other data already",
                "name an empty dataset, or say --beside if the graph is to stand beside it",
            )
        marks = f"{self._mark(0)} . {self._label()} . {self._where()}"
        self._server.update(f"INSERT DATA {{ GRAPH {self._log} {{ {marks} }} }}")
        positions, _, _ = self._marks()
        if positions != [0]:
            raise MirrorApart(self._server.addresses.update, self.address)
        if not self._default and self._server.holds(self._mark(0)):
            self._server.update(f"DELETE DATA {{ GRAPH {self._log} {{ {marks} }} }}")
            raise MirrorMixed(self.address)

    # -- reading all of it -------------------------------------------------------------------------------------------

    def _in_default(self, pattern: str) -> str:
        return f"GRAPH {self._default} {{ {pattern} }}" if self._default else pattern

    def _ours(self) -> str:
        base = self._projector.iris.base
        return f'FILTER(STRSTARTS(STR(?g), "{base}id/") || STRSTARTS(STR(?g), "{base}graphs/"))'

    def _found(self) -> Found:
        """Return all that the server holds of ours, but what it was made with. Raises MirrorError."""
        found = Found()
        begun = self._mark(0)  # which a local graph does not have
        try:
            for subject, predicate, value, graph in self._everything():
                if graph != self._log or (predicate != _VERSION and f"{subject} {predicate} {value}" != begun):
                    found.take(subject, predicate, value, graph)
        except BaseException:
            found.close()
            raise
        return found

    def _everything(self) -> Iterator[tuple[str, str, Term, str]]:
        if self._server.addresses.dataset is not None:
            yield from self._of_the_dataset()
            return
        rows = self._server.counted(f"{{ {self._in_default('?s ?p ?o')} }}", "?s ?p ?o")
        for subject, predicate, value in rows:
            if value is not None:
                yield str(subject), str(predicate), value, ""
        rows = self._server.counted(f"{{ GRAPH ?g {{ ?s ?p ?o }} {self._ours()} }}", "?s ?p ?o ?g")
        for subject, predicate, value, graph in rows:
            if value is not None:
                yield str(subject), str(predicate), value, str(graph)

    def _of_the_dataset(self) -> Iterator[tuple[str, str, Term, str]]:
        ours = tuple(f"{self._projector.iris.base}{part}" for part in ("id/", "graphs/"))
        with self._server.dataset() as lines:
            try:
                for quad in parse(lines, RdfFormat.N_QUADS):
                    name = "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value
                    if name == self._place.default_graph:
                        graph = ""
                    elif name.startswith(ours):
                        graph = f"<{name}>"
                    else:
                        continue
                    yield str(quad.subject), str(quad.predicate), quad.object, graph
            except (SyntaxError, ValueError) as error:
                raise MirrorNoSparql(self._server.addresses.dataset or "", shown(str(error))) from None

    def _without_marks(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        end = f" {self._log} .\n".encode()
        return (line for line in lines if not line.endswith(end))

    def _unmarked(self, found: Found) -> Iterator[tuple[bytes, bytes]]:
        end = f" {self._log} .".encode()
        return ((same, raw) for same, raw in found.lines() if not same.endswith(end))


def _lots(changes: Iterable[tuple[bool, bytes]], size: int) -> Iterator[list[tuple[bool, bytes]]]:
    lot: list[tuple[bool, bytes]] = []
    for change in changes:
        lot.append(change)
        if len(lot) >= size:
            yield lot
            lot = []
    if lot:
        yield lot
