"""A replica of a graph, folded from its event stream into a file of its own.

Invariant: a node is taken as a whole or not at all, together with the note that it was, so a reader that is killed goes
on where it was. Of each part the newest version counts, whatever comes first; after a whole run the replica is the
graph of the origin at one position, which `position` says.

It reads what standard clients read (TREE, LDES) and the envelope that `members` writes; see docs/replication.md.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pyoxigraph import BlankNode, DefaultGraph, RdfFormat, parse

from graph.store import Fingerprint
from graph.stream.members import DELETE, OBJECT, POSITION, TARGET
from graph.stream.nodes import TREE
from graph.terms import Node, Term

FILE: Final = "replica.sqlite"
_VIEW: Final = f"<{TREE}view>"
_MEMBER: Final = f"<{TREE}member>"
_RELATION: Final = f"<{TREE}relation>"
_NODE: Final = f"<{TREE}node>"
_TYPE: Final = str(Term.TYPE)
_OBJECT, _TARGET, _POSITION, _DELETE = (str(term) for term in (OBJECT, TARGET, POSITION, DELETE))
_INTEGER: Final = re.compile(r'"([0-9]{1,15})"\^\^<http://www\.w3\.org/2001/XMLSchema#integer>')
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS part(
  iri TEXT PRIMARY KEY, position INTEGER NOT NULL, lines BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS node(
  iri TEXT PRIMARY KEY, tag TEXT, closed INTEGER NOT NULL, leads TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""


class ReplicaError(Exception):
    """Something is wrong with a replica or with what it is made from; the base of the classes below."""


class NoReplica(ReplicaError):
    """The file is not one of ours, or cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used as a replica ({reason}): name another folder")
        self.path, self.reason = path, reason


class OtherStream(ReplicaError):
    """The address leads to another stream than the one that the replica was made from."""

    def __init__(self, known: str, found: str) -> None:
        super().__init__(
            f"the stream is another one now: the replica follows {known}, and this is {found}. Make a new replica in "
            "another folder"
        )
        self.known, self.found = known, found


class BadNode(ReplicaError):
    """What is at an address is no node of an event stream of ours; `reason` is half a sentence."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is no node of an event stream that can be replicated: {reason}")
        self.address, self.reason = address, reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """A node as fetched: the address after redirects, the media type, and what the answer said of keeping it."""

    address: str
    media_type: str
    body: bytes
    tag: str | None = None
    closed: bool = False


Fetch = Callable[[str, str | None], Fetched | None]
"""From an address and the ETag that is known to the node there, None where it is still the one of that tag."""


class Replica:
    """A replica in a folder, which is made where it is not there. For one process and thread at a time.

    Raises:
        NoReplica
    """

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, timeout=1)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise NoReplica(path, str(error)) from None
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def position(self) -> int:
        """Return the position of the origin's log that the replica has reached, 0 for an empty one."""
        (found,) = self._database.execute("SELECT coalesce(max(position), 0) FROM part").fetchone()
        return int(found)

    def follow(self, address: str, fetch: Fetch, progress: Callable[[int], None] | None = None) -> int:
        """Bring the replica up to the stream at `address` and return its position; `progress` takes it on the way.

        Nodes that never change are fetched once, in the order in which they lead on.

        Raises:
            OtherStream, BadNode, and whatever `fetch` raises: what was taken stays for the next run.
        """
        root = self._start(address, fetch)
        waiting, seen = [root], set()
        for node in waiting:  # grows while it is walked
            if node in seen:
                continue
            seen.add(node)
            known = self._database.execute("SELECT tag, closed, leads FROM node WHERE iri = ?", (node,)).fetchone()
            if known is not None and known[1]:
                waiting += json.loads(known[2])
                continue
            got = fetch(node, None if known is None else known[0])
            if got is None:
                if known is None:
                    raise BadNode(node, "it says that it has not changed, and was never seen")
                waiting += json.loads(known[2])
                continue
            waiting += self._take(node, got)
            if progress is not None:
                progress(self.position())
        return self.position()

    def lines(self) -> Iterator[bytes]:
        """Yield the replica's graph as lines of N-Quads, sorted by bytes, each once."""
        run = self._database.execute
        run("CREATE TEMP TABLE line(line BLOB PRIMARY KEY) WITHOUT ROWID")
        try:
            for (lines,) in run("SELECT lines FROM part"):
                self._database.executemany(
                    "INSERT OR IGNORE INTO line VALUES (?)", ((line,) for line in lines.split(b"\n") if line)
                )
            for (line,) in run("SELECT line FROM line ORDER BY line"):
                yield line + b"\n"
        finally:
            run("DROP TABLE line")

    def fingerprint(self) -> Fingerprint:
        """Return what tells the replica from another graph, which is that of the origin at this position."""
        digest, count = hashlib.sha256(), 0
        for line in self.lines():
            digest.update(line)
            count += 1
        return Fingerprint(count, digest.hexdigest())

    def _start(self, address: str, fetch: Fetch) -> str:
        """Return the root node that an address leads to, once it is found to be one of the stream that is followed."""
        got = fetch(address, None)
        if got is None:
            raise BadNode(address, "it answers that nothing has changed to a first question")
        views = {(subject, value) for subject, predicate, value, _ in _terms(got) if predicate == _VIEW}
        here = [view for view in views if view[1] == f"<{got.address}>"] or list(views)
        if len(here) != 1:
            raise BadNode(address, f"it names {len(here)} views where one is expected")
        stream, root = (_iri(address, term) for term in here[0])
        run = self._database.execute
        known = run("SELECT value FROM about WHERE name = 'stream'").fetchone()
        if known is None:
            run("INSERT INTO about VALUES ('stream', ?)", (stream,))
        elif known[0] != stream:
            raise OtherStream(known[0], stream)
        return root

    def _take(self, node: str, got: Fetched) -> list[str]:
        """Fold a node and return the nodes that it leads to."""
        said: dict[Node, dict[Node, Node]] = {}
        held: dict[Node, list[str]] = {}
        members: list[Node] = []
        relations: list[Node] = []
        for subject, predicate, value, graph in _terms(got):
            if graph:
                held.setdefault(graph, []).append(f"{subject} {predicate} {value}")
            elif predicate == _MEMBER:
                members.append(value)
            elif predicate == _RELATION and subject[1:-1] in (node, got.address):
                relations.append(value)
            else:
                said.setdefault(subject, {})[predicate] = value
        rows = [self._row(node, said.get(member, {}), held.get(member, [])) for member in members]
        places = [said.get(relation, {}).get(_NODE, "") for relation in relations]
        leads = list(dict.fromkeys(_iri(node, place) for place in places))
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
            self._database.executemany(
                "INSERT INTO part VALUES (?1, ?2, ?3) ON CONFLICT (iri) DO UPDATE SET position = ?2, lines = ?3 "
                "WHERE ?2 >= position",
                rows,
            )
            run("REPLACE INTO node VALUES (?, ?, ?, ?)", (node, got.tag, got.closed, json.dumps(leads)))
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise
        return leads

    def _row(self, node: str, said: dict[Node, Node], triples: list[str]) -> tuple[str, int, bytes]:
        part, position = said.get(_OBJECT, ""), _INTEGER.fullmatch(said.get(_POSITION, ""))
        if position is None:
            raise BadNode(node, "a member does not say its position")
        if said.get(_TYPE) == _DELETE:
            return _iri(node, part), int(position[1]), b""
        graph = said.get(_TARGET, "")
        end = f" {graph} ." if graph else " ."
        lines = "".join(f"{triple}{end}\n" for triple in triples)
        return _iri(node, part), int(position[1]), lines.encode()


def _iri(address: str, term: Node) -> str:
    if not term.startswith("<"):
        raise BadNode(address, f"an IRI is expected where it has {term or 'nothing'}")
    return term[1:-1]


def _terms(got: Fetched) -> Iterator[tuple[Node, Node, Node, Node]]:
    """Yield the quads of a node as N-Quads write them, the graph last, and nothing for the default graph."""
    form = RdfFormat.from_media_type(got.media_type) or RdfFormat.from_extension(got.address.rpartition(".")[2])
    if form is None:
        raise BadNode(got.address, f"it is {got.media_type or 'of no media type'}, and not RDF")
    try:
        for quad in parse(got.body, form, base_iri=got.address):
            graph = "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
            if any(isinstance(term, BlankNode) for term in (quad.subject, quad.object, quad.graph_name)):
                raise BadNode(got.address, "it holds blank nodes")
            yield str(quad.subject), str(quad.predicate), str(quad.object), graph
    except (SyntaxError, ValueError) as error:
        raise BadNode(got.address, str(error)) from None
