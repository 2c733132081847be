"""What people wrote about a thing in curation graphs, and in which records, for audits.

Invariant: every patch up to the position that added or removed a triple about the thing is found, also where nothing of
it is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from graph.curationgraphs import absolute, relative
from graph.iris import Iris
from graph.patches import Patches
from ontology.patches import GraphPatch

_SHOWN: Final = 20  # triples of one patch and graph


@dataclass(frozen=True, slots=True)
class PatchAbout:
    """What the record at `position` changed about a thing in one graph; `omitted` triples more are not shown.

    `undone_by` are the positions of the records that take it back.
    """

    position: int
    graph: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    omitted: int
    reason: str
    undone_by: tuple[int, ...]


def patches_about(patches: Patches, iris: Iris, iri: str, upto: int, triple: str | None = None) -> Iterator[PatchAbout]:
    """Yield what patches up to `upto` did about what `iri` names, oldest first; with a `triple`, about that alone.

    Things are those that are the subject (or a part of the subject) of a triple, a curation graph, and a record.
    """
    named = iris.parse(iri)
    record = int(named.id) if named is not None and named.kind == "record" and named.id.isdecimal() else None
    name = relative(f"<{iri}>", iris.base)[1:-1]
    candidates = {*patches.about(name, upto), *patches.of_graph(name, upto)}
    if triple is not None:
        candidates.update(patches.about(relative(triple.partition(" ")[0], iris.base)[1:-1], upto))
    if record is not None and record in patches.positions(upto):
        candidates.add(record)
    for position in sorted(candidates):
        patch = patches.patch(position)
        undone = tuple(patches.undone_by(position, upto))
        for graph in patch.graphs:
            whole = iris.base + graph.graph
            every = record == position or (whole == iri and triple is None)
            found = _about(graph, iris.base, iri, triple, every=every)
            if any(found):
                added, removed = found
                yield PatchAbout(
                    position,
                    whole,
                    tuple(added[:_SHOWN]),
                    tuple(removed[:_SHOWN]),
                    max(0, len(added) - _SHOWN) + max(0, len(removed) - _SHOWN),
                    patch.reason,
                    undone,
                )


def _about(graph: GraphPatch, base: str, iri: str, triple: str | None, *, every: bool) -> tuple[list[str], list[str]]:
    beginnings = (f"<{iri}> ", f"<{iri}/")

    def chosen(triples: Iterable[str]) -> list[str]:
        full = (absolute(one, base) for one in triples)
        return [one for one in full if every or (one == triple if triple is not None else one.startswith(beginnings))]

    return chosen(graph.added), chosen(graph.removed)
