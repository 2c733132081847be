"""What people added to and removed from curation graphs, at any position of the log.

Invariant: a quad stands in a curation graph at a position exactly where the last patch up to there that names it added
it. Every quad of a curation graph comes from a patch.

Of what was removed only digests and positions are kept in memory, and the names of what triples are about; the records
are read again when they are needed.
"""

import hashlib
import threading
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from graph.log import EventLog, LogDamaged, Record
from ontology.patches import PATCHES_STREAM, QUADS_PATCHED, Patch, decode_quads_patched

_DECODED = 16  # patches that are kept decoded


class Patches:
    """The patches of a log. May be used by several threads."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._guard = threading.Lock()
        self._version = 0
        self._known = 0  # every patch up to this position has been taken
        self._removed: dict[bytes, list[int]] = defaultdict(list)
        self._graphs: dict[str, list[int]] = defaultdict(list)
        self._undone: dict[int, list[int]] = defaultdict(list)
        self._positions: list[int] = []
        self._about: dict[str, list[int]] = defaultdict(list)  # by the subject as it is written, `<id/event/0a>`
        self._names: list[str] = []  # the keys of it in order, where none came since
        self._read = lru_cache(maxsize=_DECODED)(self._decoded)

    def patch(self, position: int) -> Patch:
        """Return the patch that the record at `position` holds.

        Raises:
            graph.log.LogDamaged: there is none.
        """
        return self._read(position)

    def lasting(self, position: int, at: int) -> Iterator[tuple[str, list[str]]]:
        """Yield graph and triples of what the patch at `position` added and no later one up to `at` removed."""
        self._catch_up(at)
        for graph in self.patch(position).graphs:
            removed = self._removed
            if removed and at > position:
                yield graph.graph, [t for t in graph.added if not self._removed_in(graph.graph, t, position, at)]
            else:
                yield graph.graph, list(graph.added)

    def positions(self, upto: int) -> list[int]:
        """Return the positions of all patches up to `upto`, oldest first."""
        self._catch_up(upto)
        return self._positions[: bisect_right(self._positions, upto)]

    def about(self, subject: str, upto: int) -> list[int]:
        """Return the positions of the patches up to `upto` with a triple about a thing or a part of it, oldest first.

        `subject` is its IRI as patches write it, without brackets: relative where it is ours.
        """
        self._catch_up(upto)
        with self._guard:
            if len(self._names) != len(self._about):
                self._names = sorted(self._about)
            names = self._names
            found = set(self._about.get(f"<{subject}>", ()))
            at = bisect_left(names, f"<{subject}/")
            while at < len(names) and names[at].startswith(f"<{subject}/"):
                found.update(self._about[names[at]])
                at += 1
        return sorted(position for position in found if position <= upto)

    def of_graph(self, graph: str, upto: int) -> list[int]:
        """Return the positions of the patches of a graph, by its relative name, up to `upto`, oldest first."""
        self._catch_up(upto)
        return [position for position in self._graphs.get(graph, ()) if position <= upto]

    def undone_by(self, position: int, upto: int) -> list[int]:
        """Return the positions of the patches that take back the one at `position`."""
        self._catch_up(upto)
        return [undo for undo in self._undone.get(position, ()) if undo <= upto]

    def version(self, upto: int) -> tuple[int, int]:
        """Return the number of patches up to the position `upto`, and the position of the last of them, 0 for none."""
        self._catch_up(upto)
        count = bisect_right(self._positions, upto)
        return count, self._positions[count - 1] if count else 0

    def adders(self, position: int) -> list[int]:
        """Return where earlier patches had added what the patch at `position` removes: their positions, ascending."""
        missing = {(graph.graph, triple) for graph in self.patch(position).graphs for triple in graph.removed}
        found = []
        subjects = {_subject(triple) for _, triple in missing}
        self._catch_up(position)
        candidates = {found for subject in subjects for found in self._about.get(subject, ()) if found < position}
        for earlier in sorted(candidates, reverse=True):
            if not missing:
                break
            there = {(graph.graph, triple) for graph in self.patch(earlier).graphs for triple in graph.added}
            if not missing.isdisjoint(there):
                missing -= there
                found.append(earlier)
        return found[::-1]

    def _removed_in(self, graph: str, triple: str, after: int, upto: int) -> bool:
        positions = self._removed.get(_digest(graph, triple))
        return positions is not None and any(after < position <= upto for position in positions)

    def _catch_up(self, position: int) -> None:
        with self._guard:
            if self._known >= position:
                return
            head = self._log.head()
            for record in self._log.read_stream(PATCHES_STREAM, after=self._version):
                self._version = record.version
                if record.type == QUADS_PATCHED:
                    self._take(record)
            self._known = head

    def _take(self, record: Record) -> None:
        patch = decode_quads_patched(record.payload)
        self._positions.append(record.position)
        if patch.undoes is not None:
            self._undone[patch.undoes].append(record.position)
        for subject in {_subject(triple) for graph in patch.graphs for triple in (*graph.added, *graph.removed)}:
            self._about[subject].append(record.position)
        for graph in patch.graphs:
            self._graphs[graph.graph].append(record.position)
            for triple in graph.removed:
                self._removed[_digest(graph.graph, triple)].append(record.position)

    def _decoded(self, position: int) -> Patch:
        record = next(self._log.read(after=position - 1, upto=position), None)
        if record is None or record.type != QUADS_PATCHED:
            raise LogDamaged(position, "a patch of curation graphs is expected here")
        return decode_quads_patched(record.payload)


def _subject(triple: str) -> str:
    return triple.partition(" ")[0]


def _digest(graph: str, triple: str) -> bytes:
    return hashlib.blake2b(f"{graph} {triple}".encode(), digest_size=16).digest()
