"""The nodes of the event stream: pages of members, indexes of pages, and the root, as TREE has them.

Invariant: a node that is closed is the same for ever under its IRI, and its content follows from the records of its
positions and from those that they change. What would make it another one is in its IRI: the view (projection, ontology,
form of the stream, size of a page, log) and the epoch, which is the position of the last erasure. Borders are
positions, so a new record changes the open page, the open index and the root, and nothing else.

Standards: TREE (https://w3id.org/tree/specification), its profile, and LDES (https://w3id.org/ldes/specification).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, parse, serialize

from graph.log import EventLog
from graph.projection import PROJECTION_VERSION, Projector, time_literal
from graph.stream.members import AS, CREATE, DELETE, OBJECT, POSITION, PUBLISHED, UPDATE, Members
from graph.terms import Term
from ontology.identity import canonical_json, sha256_hex
from ontology.vocabulary import PREFIXES, XSD, Vocabulary

LDES: Final = "https://w3id.org/ldes#"
TREE: Final = "https://w3id.org/tree#"
SHACL: Final = "http://www.w3.org/ns/shacl#"
PROFILE: Final = "https://w3id.org/tree/profile"
FORM: Final = 1  # raised whenever the same records would give other members or other nodes

FORMATS: Final = {
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
}
"""The media types of a node, the default first."""

_VIEW: Final = re.compile(r"p[0-9]{1,6}-[0-9a-f]{12}")
_TIMES_KEPT: Final = 8192


class StreamError(Exception):
    """A node that was asked for cannot be given; the base of the classes below."""


class NoNode(StreamError):
    """There is no such node, and there never was."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the stream has no {what}")


class OtherView(StreamError):
    """The view was made by another projection, from another log, or with another size of its pages."""

    def __init__(self, view: str, current: str) -> None:
        super().__init__(
            f"the view {view} of the stream is gone, this is {current}: begin a new replica there, its members replace "
            "all of the old one"
        )
        self.view, self.current = view, current


class Moved(StreamError):
    """The node stands under another IRI since something was erased, or since the log has its first record.

    `view` makes the IRIs of now.
    """

    def __init__(self, view: "View") -> None:
        super().__init__(f"the node stands in epoch {view.epoch} of the view {view.name} now")
        self.view = view


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many records a page has, and how many pages an index."""

    page: int = 50
    index: int = 200


@dataclass(frozen=True, slots=True)
class View:
    """One way to see a log as a stream, in one epoch; makes the IRIs of nodes, under `address` and with `suffix`."""

    base: str
    name: str
    address: str
    epoch: int = 0
    suffix: str = ""

    @property
    def root(self) -> NamedNode:
        """The root node."""
        return NamedNode(f"{self.address}ldes/{self.name}{self.suffix}")

    @property
    def stream(self) -> NamedNode:
        """The event stream, of which every view of this name shows all."""
        return NamedNode(f"{self.base}ldes/{self.name}#stream")

    def index(self, number: int) -> NamedNode:
        """Return an index, counted from 1."""
        return NamedNode(f"{self.address}ldes/{self.name}/{self.epoch}/index/{number}{self.suffix}")

    def page(self, first: int) -> NamedNode:
        """Return the page that begins with the record at `first`."""
        return NamedNode(f"{self.address}ldes/{self.name}/{self.epoch}/page/{first}{self.suffix}")

    def member(self, path: str) -> NamedNode:
        """Return a member, whatever the epoch."""
        return NamedNode(f"{self.base}ldes/{self.name}/member/{path}")


@dataclass(frozen=True, slots=True)
class Written:
    """A node as bytes; `closed` says that it will never be others."""

    body: bytes
    closed: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A node, which is made when it is written; `position` is the last one that it speaks of.

    `full` says that no record beyond that position changes it. A node that misses a content which nobody erased is full
    and not closed.
    """

    iri: NamedNode
    position: int
    full: bool
    make: Callable[[], tuple[bool, str]]

    def write(self, media_type: str) -> Written:
        """Return the node in one of FORMATS; the same node always gives the same bytes.

        Raises:
            Moved: something was erased meanwhile.
            graph.projection.ProjectionError: a record cannot be projected.
        """
        closed, text = self.make()
        form = FORMATS[media_type]
        if form == RdfFormat.N_QUADS:
            return Written(text.encode(), closed)
        prefixes = {**PREFIXES, "as": AS, "ldes": LDES, "tree": TREE} if form == RdfFormat.TRIG else None
        data = serialize(parse(text, RdfFormat.N_QUADS), format=form, prefixes=prefixes)
        assert data is not None
        if prefixes is not None:  # the library writes them in an order that differs by process
            lines = data.split(b"\n", len(prefixes))
            data = b"\n".join([*sorted(lines[:-1]), lines[-1]])
        return Written(data, closed)


class Stream:
    """The nodes of a log's event stream.

    `address` is what the IRIs of nodes begin with, by default the base IRI,
    and `suffix` what they end in: for copies on other servers, and on servers that know a format by it.
    """

    def __init__(
        self,
        log: EventLog,
        projector: Projector,
        *,
        sizes: Sizes | None = None,
        suffix: str = "",
        address: str | None = None,
    ) -> None:
        self._log = log
        self._projector = projector
        self._sizes = sizes or Sizes()
        self._suffix = suffix
        self._address = address or projector.iris.base
        self._names: dict[bool, str] = {}
        self._time = lru_cache(_TIMES_KEPT)(self._recorded)

    def view(self) -> View:
        """Return the view as it is now."""
        name = self._name(empty=self._log.head() == 0)
        return View(self._projector.iris.base, name, self._address, self._projector.erasures.last(), self._suffix)

    def opened(self, name: str, epoch: int | None = None) -> View:
        """Return the view where its name is this one, and its epoch too where one is given.

        Raises:
            Moved: it was its name while the log was empty, or its epoch before something was erased.
            OtherView: it is the name of another view.
            NoNode: it is neither.
        """
        view = self.view()
        if name not in (view.name, self._name(empty=True)):
            if not is_view(name):
                raise NoNode(f"view {name!r}")
            raise OtherView(name, view.name)
        if epoch is not None and not 0 <= epoch <= view.epoch:
            raise NoNode(f"epoch {epoch}")
        if name != view.name or epoch not in (None, view.epoch):
            raise Moved(view)
        return view

    def root(self) -> Node:
        """Return the root node, which describes the stream and leads to every index."""
        view, head = self.view(), self._log.head()
        width = self._sizes.page * self._sizes.index

        def make() -> tuple[bool, str]:
            lines = list(_described(view))
            for number in range(1, _count(head, width) + 1):
                first = (number - 1) * width + 1
                lines += self._relation(view.root, view.index(number), first, first + width - 1, head)
            return False, "".join(lines)

        return Node(view.root, head, False, make)

    def index(self, number: int) -> Node:
        """Return an index, counted from 1.

        Raises:
            NoNode: there are not so many.
        """
        view, head = self.view(), self._log.head()
        size = self._sizes.page
        width = size * self._sizes.index
        if not 1 <= number <= _count(head, width):
            raise NoNode(f"index {number}")
        start, last = (number - 1) * width, number * width
        node = view.index(number)

        def make() -> tuple[bool, str]:
            lines = list(_said(view, node, closed=head >= last))
            for first in range(start + 1, min(last, max(head, 1)) + 1, size):
                lines += self._relation(node, view.page(first), first, first + size - 1, head)
            return head >= last, "".join(lines)

        return Node(node, min(head, last), head >= last, make)

    def page(self, first: int) -> Node:
        """Return the page that begins with the record at `first`.

        Raises:
            NoNode: no page begins there, or not yet.
        """
        view, head = self.view(), self._log.head()
        if first < 1 or (first - 1) % self._sizes.page or first > max(head, 1):
            raise NoNode(f"page that begins with position {first}")
        last = first + self._sizes.page - 1
        node = view.page(first)

        def make() -> tuple[bool, str]:
            complete = True

            def content(sha256: str) -> bytes | None:
                nonlocal complete
                found = self._projector.content(sha256)
                if found is None and self._projector.erasures.erased(sha256) is None:
                    complete = False
                return found

            members = Members(self._log, replace(self._projector, content=content))
            told: list[str] = []
            for record in self._log.read(after=first - 1, upto=min(last, head)):
                for member in members.of(record):
                    iri = view.member(member.path())
                    told.append(_line(view.stream, _tree("member"), iri))
                    told.append(member.text(iri, self._projector.iris))
            if self._projector.erasures.last() != view.epoch:
                raise Moved(self.view())
            closed = head >= last and complete
            return closed, "".join([*_said(view, node, closed=closed), *told])

        return Node(node, min(head, last), head >= last, make)

    def pages(self) -> Iterator[int]:
        """Yield where each page begins, as of now."""
        yield from range(1, max(self._log.head(), 1) + 1, self._sizes.page)

    def page_of(self, position: int) -> int:
        """Return where the page begins that holds the record at `position`.

        Raises:
            NoNode: there is no such record.
        """
        if not 1 <= position <= self._log.head():
            raise NoNode(f"member of position {position}")
        return position - (position - 1) % self._sizes.page

    def indexes(self) -> Iterator[int]:
        """Yield the number of each index, as of now."""
        yield from range(1, _count(self._log.head(), self._sizes.page * self._sizes.index) + 1)

    def _name(self, *, empty: bool) -> str:
        """Return the name of the view: everything that its nodes depend on beside the records."""
        if empty not in self._names:
            first = None if empty else next(self._log.read(upto=1))
            made = [
                FORM,
                PROJECTION_VERSION,
                Vocabulary.load().digest,
                self._sizes.page,
                self._sizes.index,
                None if first is None else first.body_sha256,
            ]
            self._names[empty] = f"p{PROJECTION_VERSION}-{sha256_hex(canonical_json(made))[:12]}"
        return self._names[empty]

    def _relation(self, node: NamedNode, to: NamedNode, first: int, last: int, head: int) -> Iterator[str]:
        """Yield the relations that lead to a node of the positions from `first` to `last`: bounds of record time."""
        bounds = []
        if first <= head:
            bounds.append(("GreaterThanOrEqualToRelation", first, "from"))
        if last <= head:
            bounds.append(("LessThanOrEqualToRelation", last, "to"))
        for kind, position, name in bounds or [("Relation", 0, "to")]:
            relation = NamedNode(f"{node.value}#{first}-{name}")
            yield _line(node, _tree("relation"), relation)
            yield _line(relation, Term.TYPE, _tree(kind))
            yield _line(relation, _tree("node"), to)
            if position:
                yield _line(relation, _tree("path"), PUBLISHED)
                yield _line(relation, _tree("value"), time_literal(self._time(position)))

    def _recorded(self, position: int) -> str:
        return next(self._log.read(after=position - 1, upto=position)).recorded


def _said(view: View, node: NamedNode, *, closed: bool) -> Iterator[str]:
    """Yield what every node says of itself; it stands before the members."""
    yield _line(view.stream, Term.TYPE, _ldes("EventStream"))
    yield _line(node, Term.TYPE, _tree("Node"))
    if closed:
        yield _line(node, _ldes("immutable"), Literal("true", datatype=NamedNode(XSD + "boolean")))


def _described(view: View) -> Iterator[str]:
    """Yield what the root says of the stream."""
    stream, root, shape = view.stream, view.root, NamedNode(f"{view.base}ldes/{view.name}#member")
    yield from _said(view, root, closed=False)
    yield _line(root, Term.TYPE, _ldes("EventSource"))
    yield _line(stream, _tree("view"), root)
    yield _line(stream, _ldes("timestampPath"), PUBLISHED)
    yield _line(stream, _ldes("sequencePath"), POSITION)
    yield _line(stream, _ldes("versionOfPath"), OBJECT)
    yield _line(stream, _ldes("versionCreateObject"), CREATE)
    yield _line(stream, _ldes("versionUpdateObject"), UPDATE)
    yield _line(stream, _ldes("versionDeleteObject"), DELETE)
    yield _line(stream, _tree("shape"), shape)
    yield _line(shape, Term.TYPE, _sh("NodeShape"))
    for path, name in ((OBJECT, "object"), (PUBLISHED, "published"), (POSITION, "position")):
        prop = NamedNode(f"{shape.value}-{name}")
        yield _line(shape, _sh("property"), prop)
        yield _line(prop, _sh("path"), path)
        yield _line(prop, _sh("minCount"), Literal(1))
        yield _line(prop, _sh("maxCount"), Literal(1))


def is_view(name: str) -> bool:
    """Tell whether a name is like those of views."""
    return _VIEW.fullmatch(name) is not None


def _count(head: int, width: int) -> int:
    """Return how many nodes of `width` positions there are, which is one for an empty log."""
    return max(1, -(-head // width))


def _line(subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> str:
    return f"{subject} {predicate} {value} .\n"


def _ldes(name: str) -> NamedNode:
    return NamedNode(LDES + name)


def _tree(name: str) -> NamedNode:
    return NamedNode(TREE + name)


def _sh(name: str) -> NamedNode:
    return NamedNode(SHACL + name)
