"""Changing curation graphs: from a request to one record in the log, and back.

Invariant: a record holds what the request amounts to on the graph with all patches before it: it is appended only if
none came in between, else the request is evaluated again. The same key with the same request gives the first record. A
request that changes nothing makes no record.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from graph.curationgraphs import absolute
from graph.log import VersionConflict
from graph.patches import Patches
from graph.projection.statements import quad_of
from graph.store import GraphStore, Reader
from graph.travel.past import LeasedReader
from graph.updates.documents import Document
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update
from graph.updates.graphstore import GraphWrite
from graph.updates.running import Fetch, UpdateLimits, evaluated
from ontology.identity import canonical_json, sha256_hex
from ontology.patches import GraphPatch, Loaded, Patch
from ontology.reasons import refusal
from ontology.vocabulary import PREFIXES

if TYPE_CHECKING:
    from api.workspace import Workspace

REASON_CHARS: Final = 1000
_TRIES: Final = 8
_NAMED: Final = 5  # records that a refusal names


class PatchRefused(Exception):
    """A change of curation graphs was refused; the message says why and what to do. Nothing was written."""


class NoReason(PatchRefused):
    """There is no reason for it, or too long a one."""


class Overtaken(PatchRefused):
    """Curation graphs were changed since the position that the request names."""

    def __init__(self, since: int, last: int) -> None:
        super().__init__(
            f"curation graphs were changed by record {last}, after position {since} that the request was made for: "
            "look at them again, then repeat it with the new position"
        )
        self.last = last


class KeyInUse(PatchRefused):
    """The key stands for another request already."""

    def __init__(self, key: str, position: int) -> None:
        super().__init__(f"the key {key} stands for another request, which is record {position}: take a new key")
        self.position = position


class Contended(PatchRefused):
    """Others write all the time."""

    def __init__(self) -> None:
        super().__init__("others change curation graphs all the time: try again in a moment")


class NoSuchPatch(PatchRefused):
    """There is no patch of curation graphs at this position."""

    def __init__(self, position: int) -> None:
        super().__init__(f"record {position} is no change of curation graphs: waqai log list shows the records")


class NotAsLeft(PatchRefused):
    """What a patch did was changed since; `by` are the positions of the records that did.

    `rest` tells whether anything is as it was left, and can be taken back alone.
    """

    def __init__(self, position: int, quads: int, by: list[int], *, rest: bool) -> None:
        named = ", ".join(str(one) for one in by[:_NAMED]) + (" and others" if len(by) > _NAMED else "")
        many = "1 quad" if quads == 1 else f"{quads} quads"
        super().__init__(
            f"{many} of record {position} were changed since, by record {named}: undo what came later first"
            f"{', or take back the rest only' if rest else ''}"
        )
        self.by = by
        self.rest = rest


@dataclass(frozen=True, slots=True)
class Patched:
    """What became of a request: the position of its record, None where nothing was to change; `again` for a repeat.

    `evaluated` is the position of the graph that it was evaluated on.
    """

    position: int | None
    added: int
    removed: int
    graphs: tuple[str, ...]
    evaluated: int
    again: bool = False


def patch(
    workspace: "Workspace",
    asked: Update | GraphWrite,
    *,
    actor: str,
    reason: str,
    key: str | None = None,
    unchanged_since: int | None = None,
    limits: UpdateLimits | None = None,
    reason_chars: int = REASON_CHARS,
    fetch: Fetch | None = None,
) -> Patched:
    """Carry out an update of curation graphs, or a write of one of them, as one record.

    `actor` does it, as the record says, and `reason` says why and stays in the log for ever. Under a `key` the same
    request is carried out once. `unchanged_since` is the position of the log behind which no curation graph may have
    been changed. LOAD fetches by `fetch`, and nothing without it; what was fetched once is not fetched again where the
    request has to be evaluated again.

    Raises:
        UpdateFault, PatchRefused: nothing was written.
        graph.travel.errors.TravelError: the graph cannot be read.
        graph.log.LogError, graph.store.StoreError: nothing was acknowledged, or (StoreError) only the graph lags.
    """
    why = _reason(reason, reason_chars)
    request = _digest(asked)
    named = None if key is None else f"patch:{key}"
    if named is not None and (earlier := workspace.log.find_key(named)) is not None:
        return _repeated(workspace, str(key), request, earlier.first)
    documents: dict[str, Document] = {}
    for _ in range(_TRIES):
        head, version = _state(workspace, unchanged_since)
        changed = _evaluated(workspace, asked, head, limits or UpdateLimits(), fetch, documents)
        way = "update" if isinstance(asked, Update) else "graph-store"
        found = Patch(changed, why, way, head, request, loaded=_loaded(documents))
        if not changed:
            return Patched(None, 0, 0, (), head)
        try:
            return _append(workspace, found, actor, version, named)
        except VersionConflict:
            continue
    raise Contended


def undo(
    workspace: "Workspace",
    position: int,
    *,
    actor: str,
    reason: str,
    rest: bool = False,
    reason_chars: int = REASON_CHARS,
) -> Patched:
    """Take the patch at `position` back as one record: what it added goes, and what it removed comes back.

    What was changed since is refused, or left as it is where only the `rest` is asked for.

    Raises:
        PatchRefused: nothing was written.
        graph.travel.errors.TravelError, graph.log.LogError, graph.store.StoreError: as `patch`.
    """
    why = _reason(reason, reason_chars)
    patches = workspace.projector.patches
    if position not in patches.positions(workspace.log.head()):
        raise NoSuchPatch(position)
    for _ in range(_TRIES):
        head, version = _state(workspace, None)
        changed, lost = _reversed(patches.patch(position), workspace.past.at(head), workspace.iris.base)
        if lost and not (rest and changed):
            raise NotAsLeft(position, len(lost), _changers(patches, lost, position, head), rest=bool(changed))
        if not changed:
            return Patched(None, 0, 0, (), head)
        try:
            return _append(workspace, Patch(changed, why, "undo", head, undoes=position), actor, version, None)
        except VersionConflict:
            continue
    raise Contended


def _reason(reason: str, longest: int) -> str:
    if (refused := refusal(reason)) is not None:
        raise NoReason(refused)
    why = reason.strip()
    if not why:
        raise NoReason("a change of curation graphs needs a reason: it stands in its record")
    if len(why) > longest:
        raise NoReason(f"the reason has more than {longest} characters (WAQAI_REVIEW_REASON_CHARS)")
    return why


def _state(workspace: "Workspace", unchanged_since: int | None) -> tuple[int, int]:
    """Return the head of the log and the number of patches up to there."""
    head = workspace.log.head()
    version, last = workspace.projector.patches.version(head)
    if unchanged_since is not None and last > unchanged_since:
        raise Overtaken(unchanged_since, last)
    return head, version


def _loaded(documents: Mapping[str, Document]) -> tuple[Loaded, ...]:
    return tuple(
        Loaded(address, one.fetched, one.media_type, sha256_hex(one.body))
        for address, one in sorted(documents.items())
        if one.fault is None
    )


def _evaluated(
    workspace: "Workspace",
    asked: Update | GraphWrite,
    position: int,
    limits: UpdateLimits,
    fetch: Fetch | None,
    documents: dict[str, Document],
) -> tuple[GraphPatch, ...]:
    reader = workspace.past.at(position)
    with workspace.past.snapshots.scratch() as scratch:
        database = _database(reader, scratch)
        return evaluated(
            asked,
            database,
            workspace.iris,
            scratch=scratch,
            prefixes=PREFIXES,
            limits=limits,
            fetch=fetch,
            documents=documents,
        )


def _database(reader: Reader, scratch: Path) -> Path | None:
    if isinstance(reader, LeasedReader):
        return reader.database
    if isinstance(reader, GraphStore):
        raise UpdateFault(
            "update-ended", f"no copy of the graph can be made in {scratch.parent}: free some space there"
        )
    return None  # the graph is empty


def _append(workspace: "Workspace", found: Patch, actor: str, version: int, key: str | None) -> Patched:
    appended = workspace.patch(found, actor=actor, expected=version, key=key)
    graphs = tuple(graph.graph for graph in found.graphs)
    return Patched(appended.first, found.added, found.removed, graphs, found.evaluated, appended.replayed)


def _repeated(workspace: "Workspace", key: str, request: str, position: int) -> Patched:
    found = workspace.projector.patches.patch(position)
    if found.request != request:
        raise KeyInUse(key, position)
    graphs = tuple(graph.graph for graph in found.graphs)
    return Patched(position, found.added, found.removed, graphs, found.evaluated, again=True)


def _digest(asked: Update | GraphWrite) -> str:
    if isinstance(asked, Update):
        return sha256_hex(canonical_json(["update", asked.text, list(asked.using or ()), list(asked.using_named)]))
    parts = [[kind, hashlib.sha256(body).hexdigest()] for kind, body in asked.parts]
    return sha256_hex(canonical_json([asked.method, asked.graph, parts]))


Triples = list[tuple[str, str]]  # graph by its relative name, triple


def _reversed(patch: Patch, reader: Reader, base: str) -> tuple[tuple[GraphPatch, ...], Triples]:
    """Return what takes a patch back, as far as the graph is as the patch left it, and what is otherwise."""
    changed, lost = [], []
    for graph in patch.graphs:
        removed, gone = _parted(graph.graph, graph.added, reader, base)
        back, added = _parted(graph.graph, graph.removed, reader, base)
        lost += [(graph.graph, triple) for triple in (*gone, *back)]
        if removed or added:
            changed.append(GraphPatch(graph.graph, tuple(removed), tuple(added)))
    return tuple(changed), lost


def _parted(graph: str, triples: Iterable[str], reader: Reader, base: str) -> tuple[list[str], list[str]]:
    """Return which of some triples are in the graph, and which are not."""
    there: tuple[list[str], list[str]] = [], []
    for triple in triples:
        there[quad_of((absolute(triple, base), f"<{base}{graph}>")) not in reader].append(triple)
    return there


def _changers(patches: Patches, lost: Triples, position: int, upto: int) -> list[int]:
    wanted = set(lost)
    found = []
    subjects = {triple.partition(" ")[0][1:-1] for _, triple in wanted}
    for later in sorted({later for subject in subjects for later in patches.about(subject, upto)}):
        if later > position:
            graphs = patches.patch(later).graphs
            if any((graph.graph, triple) in wanted for graph in graphs for triple in (*graph.added, *graph.removed)):
                found.append(later)
    return found


def listed(workspace: "Workspace", *, before: int | None, limit: int) -> dict[str, Any]:
    """Return the newest `limit` changes of curation graphs up to the head, or those before a position, newest first.

    `next` is the position to ask for what comes behind them, None where nothing does.
    """
    head = workspace.log.head()
    patches = workspace.projector.patches
    positions = patches.positions(head if before is None else min(head, before - 1))
    page = positions[-limit:][::-1]
    return {
        "position": head,
        "total": patches.version(head)[0],
        "patches": [_about_json(workspace, position, head) for position in page],
        "next": page[-1] if len(positions) > len(page) else None,
    }


def shown(workspace: "Workspace", position: int) -> dict[str, Any]:
    """Return one change of curation graphs with its quads. Raises NoSuchPatch."""
    head = workspace.log.head()
    if position not in workspace.projector.patches.positions(head):
        raise NoSuchPatch(position)
    base = workspace.iris.base
    changes = [
        {
            "graph": base + graph.graph,
            "added": [absolute(triple, base) for triple in graph.added],
            "removed": [absolute(triple, base) for triple in graph.removed],
        }
        for graph in workspace.projector.patches.patch(position).graphs
    ]
    return {"position": head, **_about_json(workspace, position, head), "changes": changes}


def _about_json(workspace: "Workspace", position: int, head: int) -> dict[str, Any]:
    patches, base = workspace.projector.patches, workspace.iris.base
    patch = patches.patch(position)
    record = next(iter(workspace.log.read(after=position - 1, upto=position)))
    return {
        "record": position,
        "recorded": record.recorded,
        "actor": record.actor,
        "reason": patch.reason,
        "way": patch.way,
        "added": patch.added,
        "removed": patch.removed,
        "graphs": [base + graph.graph for graph in patch.graphs],
        "loaded": [asdict(document) for document in patch.loaded],
        "undoes": patch.undoes,
        "undone_by": patches.undone_by(position, head),
    }


def patched_json(patched: Patched, base: str) -> dict[str, object]:
    """Return what became of a request, as the command line and HTTP say it."""
    found = asdict(patched)
    return {"record": found.pop("position"), **found, "graphs": [base + graph for graph in patched.graphs]}
