"""Snapshots: checkpoints of the graph at positions of the log, as folders that never change.

Invariant: a folder bears the name of a snapshot only once it is whole; what it is a snapshot of (position, record,
projection version, ontology, base IRI) stands in its manifest, and it is used only where all of that is what is asked
for. A process that is killed leaves a folder of another name behind, which the next one removes. A snapshot that
somebody reads is not removed.

Two sorts lie here: those that the writer keeps by its policy, and those that were made to answer a question, of which
the least recently used go first.
"""

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from graph.durable import sync_folder, write_whole
from graph.log import Record
from graph.travel.errors import PastUnwritable
from graph.travel.leases import Lease, abandoned, last_use

_MANIFEST: Final = "snapshot.json"
_DATABASE: Final = "quads"
_NAME: Final = "at-"  # before the position
_MAKING: Final = ".new-"
_GOING: Final = ".gone-"
_LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class Policy:
    """When snapshots are made and which are kept. Times are record times, so the same log gives the same choice.

    One is made when `every_records` records were added since the last (0: never by number), or when `every_seconds`
    have passed between the last one's record and the newest (0: never by time). The newest `recent` are kept, of older
    ones the last of each of the `daily` days before the newest one's, and of still older ones the last of each of
    `monthly` months. Of those made for a question the `cached` last used are kept, as far as they take no more than
    `cached_bytes` of the disk for themselves. At most `replay_records` are replayed for an answer, and at most
    `memory_records` in memory, where the folder cannot be written.
    """

    every_records: int = 500
    every_seconds: float = 3600.0
    recent: int = 12
    daily: int = 30
    monthly: int = 60
    cached: int = 16
    cached_bytes: int = 4_000_000_000
    replay_records: int = 100_000
    memory_records: int = 20_000


@dataclass(frozen=True, slots=True)
class Made:
    """What a snapshot was made with; another one is another graph, also at the same position."""

    projection: int
    ontology: str
    base: str
    erasures: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot; `recorded` and `record_sha256` are those of the record at its position."""

    path: Path
    position: int
    recorded: str
    record_sha256: str
    kept: bool

    @property
    def database(self) -> Path:
        """The folder of the database."""
        return self.path / _DATABASE


class Snapshots:
    """The snapshots in one folder. Several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self, made: Made) -> list[Snapshot]:
        """Return the snapshots that were made with `made`, by position."""
        found = [snapshot for snapshot, how in self._whole() if how == made]
        return sorted(found, key=lambda snapshot: (snapshot.position, snapshot.path.name))

    def make(
        self,
        fill: Callable[[Path], Record],
        made: Made,
        *,
        kept: bool,
    ) -> Snapshot:
        """Let `fill` make the database, and give the snapshot its name when that is done.

        `fill` returns the record that the database was brought up to.

        Raises:
            PastUnwritable, and whatever `fill` raises; nothing is left.
        """
        lease: Lease | None = None
        making = self.folder / f"{_MAKING}{secrets.token_hex(8)}"
        try:
            with self._guard():
                making.mkdir()
                lease = Lease.make(making)
            last = fill(making / _DATABASE)
            manifest = {
                "position": last.position,
                "recorded": last.recorded,
                "record_sha256": last.body_sha256,
                "kept": kept,
                **asdict(made),
            }
            write_whole(making / _MANIFEST, json.dumps(manifest).encode())
            sync_folder(making)
            path = self.folder / f"{_NAME}{last.position:012d}-{secrets.token_hex(4)}"
            making.rename(path)
            sync_folder(self.folder)
        except OSError as error:
            raise PastUnwritable(self.folder, error.strerror or str(error)) from error
        finally:
            if lease is not None:
                lease.release()
            shutil.rmtree(making, ignore_errors=True)
        return Snapshot(path, last.position, last.recorded, last.body_sha256, kept)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield an empty folder for copies of snapshots; it is removed behind this, or as what a killed process left.

        Raises:
            PastUnwritable
        """
        folder = self.folder / f"{_MAKING}{secrets.token_hex(8)}"
        lease: Lease | None = None
        try:
            try:
                with self._guard():
                    folder.mkdir()
                    lease = Lease.make(folder)
            except OSError as error:
                raise PastUnwritable(self.folder, error.strerror or str(error)) from error
            yield folder
        finally:
            if lease is not None:
                lease.release()
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self, snapshot: Snapshot, *, in_use: bool = False) -> bool:
        """Remove a snapshot, unless somebody uses it; with `in_use` also then. Return whether it is gone."""
        lease = Lease.alone(snapshot.path)
        if lease is None and not in_use:
            return not snapshot.path.exists()
        going = self.folder / f"{_GOING}{secrets.token_hex(8)}"
        try:
            snapshot.path.rename(going)
        except OSError:
            return not snapshot.path.exists()
        finally:
            if lease is not None:
                lease.release()
        shutil.rmtree(going, ignore_errors=True)
        return True

    def thin(self, made: Made, policy: Policy) -> int:
        """Remove what the policy does not keep, what older versions made, and what killed processes left behind.

        What was made before the last erasure goes also where somebody reads it.

        Return how many snapshots went.
        """
        gone = 0
        if not self.folder.is_dir():
            return gone
        with contextlib.suppress(PastUnwritable), self._guard():
            for path in sorted(self.folder.iterdir()):
                left = path.name.startswith(_MAKING) or (
                    path.name.startswith(_NAME) and not (path / _MANIFEST).exists()
                )
                if path.name.startswith(_GOING) or (left and abandoned(path)):
                    shutil.rmtree(path, ignore_errors=True)
        for snapshot, how in self._whole():
            erased = how.erasures < made.erasures
            if erased or how.projection < made.projection or (how.projection == made.projection and how != made):
                gone += self.remove(snapshot, in_use=erased)
        usable = self.all(made)
        staying = kept([snapshot for snapshot in usable if snapshot.kept], policy)
        gone += sum(self.remove(snapshot) for snapshot in usable if snapshot.kept and snapshot not in staying)
        cached = [snapshot for snapshot in usable if not snapshot.kept]
        cached.sort(key=lambda snapshot: last_use(snapshot.path), reverse=True)
        room = policy.cached_bytes
        for number, snapshot in enumerate(cached):
            room -= own_bytes(snapshot.database)
            if number >= policy.cached or (room < 0 and number > 0):  # the last used one stays, however large it is
                gone += self.remove(snapshot)
        return gone

    def forget(self, since: int) -> None:
        """Remove every snapshot at or beyond the position `since`: what they are copies of is not trusted any more.

        Who reads one goes on; nobody else takes it up, and it goes when the snapshots are thinned out.
        """
        for snapshot, _ in self._whole():
            if snapshot.position >= since and not self.remove(snapshot):
                with contextlib.suppress(OSError):
                    (snapshot.path / _MANIFEST).unlink()

    def _whole(self) -> Iterator[tuple[Snapshot, Made]]:
        """Yield the snapshots that are whole, of whatever version, with what they were made with."""
        try:
            paths = sorted(path for path in self.folder.iterdir() if path.name.startswith(_NAME))
        except OSError:
            return
        for path in paths:
            try:
                told = json.loads((path / _MANIFEST).read_bytes())
                snapshot = Snapshot(path, told["position"], told["recorded"], told["record_sha256"], told["kept"])
                made = Made(told["projection"], told["ontology"], told["base"], told["erasures"])
            except (OSError, ValueError, KeyError, TypeError):
                continue  # removed meanwhile, or not ours
            yield snapshot, made

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Exclude others from making and removing unfinished folders."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / _LOCK).open("ab") as file:
                if os.name != "nt":
                    import fcntl

                    fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise PastUnwritable(self.folder, error.strerror or str(error)) from error


def due(last: Snapshot | None, position: int, recorded: str, policy: Policy) -> bool:
    """Tell whether a snapshot is to be made at `position`, whose record was recorded at `recorded`."""
    reached = last.position if last is not None else 0
    if position <= reached:
        return False
    if policy.every_records and position - reached >= policy.every_records:
        return True
    if last is None or not policy.every_seconds:
        return False
    passed = datetime.fromisoformat(recorded) - datetime.fromisoformat(last.recorded)
    return passed.total_seconds() >= policy.every_seconds


def kept(snapshots: Sequence[Snapshot], policy: Policy) -> list[Snapshot]:
    """Return those of `snapshots`, which are in order of position, that the policy keeps."""
    recent = snapshots[max(0, len(snapshots) - policy.recent) :]
    older = snapshots[: len(snapshots) - len(recent)]
    days: dict[str, Snapshot] = {snapshot.recorded[:10]: snapshot for snapshot in older}  # the last of each
    daily = [days[day] for day in sorted(days)[max(0, len(days) - policy.daily) :]]
    earliest = daily[0].recorded[:10] if daily else None
    months: dict[str, Snapshot] = {
        snapshot.recorded[:7]: snapshot for snapshot in older if earliest is None or snapshot.recorded[:10] < earliest
    }
    monthly = [months[month] for month in sorted(months)[max(0, len(months) - policy.monthly) :]]
    return [*monthly, *daily, *recent]


def own_bytes(database: Path) -> int:
    """Return what a database takes of the disk for itself: files that it shares with no other are counted."""
    total = 0
    with contextlib.suppress(OSError):
        for path in database.iterdir():
            found = path.stat()
            if found.st_nlink == 1:
                total += found.st_size
    return total
