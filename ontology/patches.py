"""What was added to and removed from curation graphs, and how QuadsPatched records hold it.

Invariant: a patch holds exactly the quads that it adds and removes, none of which it both adds and removes, and none of
which was there, or was missing, already. Terms are those of N-Quads as the store gives them back, in the order of their
characters; our own IRIs are relative (`<graphs/reviewed>`, `<id/event/…>`), so the base IRI is no part of history.
There are no blank nodes.
"""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

QUADS_PATCHED: Final = "QuadsPatched"
QUADS_PATCHED_SCHEMA: Final = 1
PATCHES_STREAM: Final = "curation-graphs"  # one stream, so that of two writers one sees what the other wrote


@dataclass(frozen=True, slots=True)
class GraphPatch:
    """What changed in one graph, whose name is relative. A triple is `subject predicate object`, as in N-Quads."""

    graph: str
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document that an update loaded: where from, when it was fetched (ISO 8601, UTC), its type and SHA-256."""

    address: str
    fetched: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of curation graphs, in the order of their names.

    `way` is how it was asked for (`update`, `graph-store` or `undo`), `request` the SHA-256 of what was asked, by which
    a repeat under the same key is known; `evaluated` the position of the log whose graph it was evaluated on. `undoes`
    is the position of the patch that it takes back. `loaded` are the documents that LOAD brought, by address.
    """

    graphs: tuple[GraphPatch, ...]
    reason: str
    way: str
    evaluated: int
    request: str | None = None
    undoes: int | None = None
    loaded: tuple[Loaded, ...] = ()

    @property
    def added(self) -> int:
        """How many quads it adds."""
        return sum(len(graph.added) for graph in self.graphs)

    @property
    def removed(self) -> int:
        """How many quads it removes."""
        return sum(len(graph.removed) for graph in self.graphs)


_PATCH: Final = TypeAdapter(Patch)


def quads_patched(patch: Patch) -> dict[str, Any]:
    """Return the QuadsPatched payload; empty fields are left out."""
    data: dict[str, Any] = _PATCH.serializer.to_python(patch, mode="json", exclude_defaults=True)
    return data


def decode_quads_patched(payload: object) -> Patch:
    """Return the patch that `quads_patched` wrote.

    Raises:
        pydantic.ValidationError: where `payload` is none.
    """
    return _PATCH.validate_python(payload)
