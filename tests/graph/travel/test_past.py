"""The past: as of any position the graph is the replay to it, however it is come by and whatever was killed."""

import io
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.log import NewRecord
from graph.store import GraphStore, Reader
from graph.travel.errors import BeyondTheHead, PastUnwritable, TooFar
from graph.travel.leases import Lease
from graph.travel.past import LeasedReader, Past
from graph.travel.snapshots import Made, Policy, Snapshot, due, kept
from ontology.reviews import Decision
from tests.graph.articles import World, article, strike
from tests.graph.reviews import append, decided, mention, told, undo

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Six articles, of which the first two were reviewed; the last review was taken back."""
    world = World.at(tmp_path)
    for number in range(4):
        world.ingest(article(number), told(number)[1])
    append(world, decided(Decision.CHOOSE, mention(0)))
    second = append(world, decided(Decision.REJECT, mention(1)))
    world.ingest(article(4), strike(article(4)))
    append(world, undo(second))
    world.ingest(article(5))
    return world


@pytest.fixture
def store(world: World, tmp_path: Path) -> Iterator[GraphStore]:
    with GraphStore.open(tmp_path / "graph", world.projector) as store:
        yield store


def past_of(world: World, folder: Path, policy: Policy | None = None, **more: object) -> Past:
    return Past(folder / "past", world.log, world.projector, policy, **more)  # type: ignore[arg-type]


def dumped(reader: Reader) -> bytes:
    out = io.BytesIO()
    reader.dump(out)
    return out.getvalue()


def replayed(world: World, position: int) -> bytes:
    return dumped(GraphStore.in_memory(world.log, world.projector, upto=position))


def names(past: Past) -> list[tuple[int, bool]]:
    return [(snapshot.position, snapshot.kept) for snapshot in past.snapshots.all(past.made())]


def test_every_position_is_the_replay_to_it_without_any_snapshot(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    for position in range(world.log.head() + 1):
        reader = past.at(position)
        assert (reader.position(), dumped(reader)) == (position, replayed(world, position))


def test_a_position_between_snapshots_is_the_replay_to_it(world: World, store: GraphStore, tmp_path: Path) -> None:
    past = past_of(world, tmp_path, Policy(every_records=4))
    for record in list(world.log.read()):
        store.apply([record])
        past.keep(store)
    assert names(past) == [(4, True), (8, True), (12, True)]
    for position in (13, 9, 10, 11, 5, 1, 12):
        assert dumped(past.at(position)) == replayed(world, position)
        assert past.fingerprint(position) == GraphStore.in_memory(world.log, world.projector, position).fingerprint()
    assert dumped(store) == replayed(world, world.log.head()), "the graph that is followed has not moved"


def test_a_reader_answers_for_its_position_while_the_log_goes_on(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    reader = past.at(3)
    asked = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = list(reader.query(asked).rows())
    world.ingest(article(9), strike(article(9)))
    assert past.at(world.log.head()).position() == 17
    answer = reader.query(asked)
    assert (answer.position, list(answer.rows())) == (3, before)


def test_the_next_question_and_the_next_process_find_what_was_made(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    reader = past.at(7)
    assert past.at(7) is reader
    again = past_of(world, tmp_path, replay_nothing())
    assert dumped(again.at(7)) == dumped(reader)
    with pytest.raises(TooFar) as caught:
        again.at(8)
    assert "position 8 is 1 records from the nearest snapshot, at position 7, and at most 0" in str(caught.value)


def test_no_quads_are_counted_to_open_what_is_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(reader: Reader) -> int:
        raise AssertionError("counting takes as long as the graph is large")

    past = past_of(world, tmp_path)
    past.at(4)
    past.close()
    monkeypatch.setattr(Reader, "__len__", counted)
    for _ in ("from the folder", "still open"):
        assert past.at(4).position() == 4


def replay_nothing() -> Policy:
    return Policy(replay_records=0)


def test_the_graph_that_is_followed_is_the_source_where_it_is_just_there(
    world: World, store: GraphStore, tmp_path: Path
) -> None:
    store.catch_up(world.log)
    head = world.log.head()
    past = past_of(world, tmp_path, replay_nothing(), live=lambda: store)
    assert dumped(past.at(head)) == replayed(world, head)


def test_a_position_beyond_the_head_names_the_head(world: World, tmp_path: Path) -> None:
    with pytest.raises(BeyondTheHead, match="position 99 is beyond the head of the log, which is at position 15"):
        past_of(world, tmp_path).at(99)


# ---------------------------------------------------------------------- what must not be used


def spoil_manifest(snapshot: Snapshot) -> None:
    (snapshot.path / "snapshot.json").write_text('{"position": 4')


def without_manifest(snapshot: Snapshot) -> None:
    (snapshot.path / "snapshot.json").unlink()


def lost_table(snapshot: Snapshot) -> None:
    next(snapshot.database.glob("*.sst")).unlink()


def cut_table(snapshot: Snapshot) -> None:
    for table in snapshot.database.glob("*.sst"):
        table.write_bytes(table.read_bytes()[:100])


def another_position(snapshot: Snapshot) -> None:
    told = json.loads((snapshot.path / "snapshot.json").read_text())
    (snapshot.path / "snapshot.json").write_text(json.dumps({**told, "position": 5}))


def another_log(snapshot: Snapshot) -> None:
    told = json.loads((snapshot.path / "snapshot.json").read_text())
    (snapshot.path / "snapshot.json").write_text(json.dumps({**told, "record_sha256": "0" * 64}))


def older_projection(snapshot: Snapshot) -> None:
    told = json.loads((snapshot.path / "snapshot.json").read_text())
    (snapshot.path / "snapshot.json").write_text(json.dumps({**told, "projection": told["projection"] - 1}))


def other_ontology(snapshot: Snapshot) -> None:
    told = json.loads((snapshot.path / "snapshot.json").read_text())
    (snapshot.path / "snapshot.json").write_text(json.dumps({**told, "ontology": "sha256:other"}))


def other_base(snapshot: Snapshot) -> None:
    told = json.loads((snapshot.path / "snapshot.json").read_text())
    (snapshot.path / "snapshot.json").write_text(json.dumps({**told, "base": "https://other.example/"}))


FAULTS = (
    spoil_manifest,
    without_manifest,
    lost_table,
    cut_table,
    another_position,
    another_log,
    older_projection,
    other_ontology,
    other_base,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_snapshot_that_is_not_what_is_asked_for_is_not_used(world: World, tmp_path: Path, fault: object) -> None:
    past = past_of(world, tmp_path)
    past.at(4)
    snapshot = past.snapshots.all(past.made())[0]
    past.close()
    fault(snapshot)  # type: ignore[operator]
    again = past_of(world, tmp_path)
    for position in (4, 5, 6):
        assert dumped(again.at(position)) == replayed(world, position)


def test_a_snapshot_of_an_older_projection_is_removed_and_a_newer_one_is_left_alone(
    world: World, tmp_path: Path
) -> None:
    past = past_of(world, tmp_path)
    made = past.made()
    for position, projection in ((2, made.projection - 1), (3, made.projection + 1)):
        past.at(position)
        (snapshot,) = (one for one in past.snapshots.all(made) if one.position == position)
        told = json.loads((snapshot.path / "snapshot.json").read_text())
        (snapshot.path / "snapshot.json").write_text(json.dumps({**told, "projection": projection}))
    past.close()
    past.snapshots.thin(made, Policy())
    assert past.snapshots.all(replace(made, projection=made.projection - 1)) == []
    assert [one.position for one in past.snapshots.all(replace(made, projection=made.projection + 1))] == [3]


def test_after_an_erasure_nothing_that_was_made_before_is_used(world: World, tmp_path: Path) -> None:
    erasures = [0]
    past = past_of(world, tmp_path, erasures=lambda: erasures[0])
    past.at(2)
    word = "غارة".encode()
    before = past.at(6)
    assert word in dumped(before)
    for name in (".new-0123456789abcdef", ".gone-0123456789abcdef"):  # what killed processes leave
        (past.snapshots.folder / name).mkdir()
    shutil.rmtree(tmp_path / "content")
    erasures[0] = 1
    past.made()
    assert [path.name for path in past.snapshots.folder.iterdir()] == ["lock"]
    assert not past.usable(before)  # nor does the process hold on to its files
    lost = replayed(world, 6)
    assert dumped(past.at(6)) == lost
    assert [position for position, _ in names(past)] == [6]  # what was made before is gone from the disk
    past.forget(5)
    assert [position for position, _ in names(past)] == []
    assert dumped(past_of(world, tmp_path, erasures=lambda: erasures[0]).at(6)) == lost


def test_what_is_forgotten_is_read_to_its_end_and_taken_up_by_nobody(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    read = past.at(6)
    assert isinstance(read, LeasedReader)
    past.forget(0)
    assert names(past) == []
    assert dumped(Reader.of_checkpoint(read.database, world.projector)) == dumped(read), "its files can be opened"
    other = past.at(6)
    assert isinstance(other, LeasedReader)
    assert other.database != read.database
    read.close()
    past.snapshots.thin(past.made(), past.policy)
    assert not read.database.exists()
    assert other.database.exists()


# ---------------------------------------------------------------------- kills, removals, several at once

MAKE = """
import os, sys
from pathlib import Path
from graph.iris import Iris
from graph.travel.past import LeasedReader, Past
from tests.graph.articles import World
world = World.at(Path(sys.argv[1]))
past = Past(Path(sys.argv[1]) / "past", world.log, world.projector)
if sys.argv[3] == "killed":
    rename = Path.rename
    new = ".new-"
    Path.rename = lambda self, to: os.kill(os.getpid(), 9) if self.name.startswith(new) else rename(self, to)
reader = past.at(int(sys.argv[2]))
print(reader.fingerprint().sha256, flush=True)
sys.stdin.read()
"""


def other_process(folder: Path, position: int, how: str = "well") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", MAKE, str(folder), str(position), how],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_that_is_killed_while_it_makes_a_snapshot_leaves_nothing_that_is_used(
    world: World, tmp_path: Path
) -> None:
    process = other_process(tmp_path, 6, "killed")
    process.communicate()
    assert process.returncode == -9
    left = [path.name for path in (tmp_path / "past").iterdir() if path.is_dir()]
    assert len(left) == 1, "the folder was there when it was killed"
    past = past_of(world, tmp_path)
    assert names(past) == []
    assert dumped(past.at(6)) == replayed(world, 6)
    assert left[0] not in [path.name for path in (tmp_path / "past").iterdir()], "and the next one removes it"


def test_several_processes_make_the_same_at_once_and_all_are_right(world: World, tmp_path: Path) -> None:
    position = 11
    expected = GraphStore.in_memory(world.log, world.projector, upto=position).fingerprint().sha256
    processes = [other_process(tmp_path, position) for _ in range(3)]
    assert [process.communicate(input="")[0].strip() for process in processes] == [expected] * 3


def test_a_snapshot_that_another_process_reads_is_not_removed(world: World, tmp_path: Path) -> None:
    process = other_process(tmp_path, 5)
    assert process.stdout is not None
    process.stdout.readline()
    past = past_of(world, tmp_path)
    past.snapshots.thin(past.made(), Policy(cached=0))
    assert names(past) == [(5, False)]
    process.communicate(input="")
    past.snapshots.thin(past.made(), Policy(cached=0))
    assert names(past) == []


def test_an_answer_that_is_still_read_keeps_its_files(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    answer = past.at(6).query("SELECT * { ?s ?p ?o }")
    past.close()
    past.snapshots.thin(past.made(), Policy(cached=0))
    assert names(past) == [(6, False)]
    assert len(list(answer.rows())) > 10
    del answer
    past.snapshots.thin(past.made(), Policy(cached=0))
    assert names(past) == []


def test_folders_that_somebody_removes_by_hand_are_made_again(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    reader = past.at(6)
    shutil.rmtree(tmp_path / "past")
    assert len(list(reader.query("SELECT * { ?s ?p ?o }").rows())) > 10, "its files are open"
    assert dumped(past.at(6)) == replayed(world, 6)
    assert names(past) == [(6, False)]


def test_many_threads_ask_for_many_positions(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path, Policy(cached=2))
    head = world.log.head()
    expected = {position: replayed(world, position) for position in range(head + 1)}
    wrong: list[int] = []

    def ask(first: int) -> None:
        for step in range(0, head + 1, 2):
            position = (first + 5 * step) % (head + 1)
            if dumped(past.at(position)) != expected[position]:
                wrong.append(position)

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_without_a_folder_to_write_in_the_answer_comes_from_memory_up_to_a_bound(world: World, tmp_path: Path) -> None:
    (tmp_path / "past").write_text("a file is in the way")
    assert dumped(past_of(world, tmp_path).at(6)) == replayed(world, 6)
    with pytest.raises(PastUnwritable, match="cannot be written"):
        past_of(world, tmp_path, Policy(memory_records=5)).at(6)


def test_a_record_that_cannot_be_projected_leaves_no_snapshot(world: World, tmp_path: Path) -> None:
    world.log.append("s", [NewRecord("Unheard", 1, {})], actor="x")
    past = past_of(world, tmp_path)
    with pytest.raises(Exception, match="Unheard"):
        past.at(world.log.head())
    assert names(past) == []
    assert dumped(past.at(15)) == replayed(world, 15)


# ---------------------------------------------------------------------- the policy


def at(position: int, recorded: str, kept: bool = True) -> Snapshot:
    return Snapshot(Path(f"{position}"), position, recorded, "", kept)


def test_a_snapshot_is_due_by_number_or_by_record_time() -> None:
    policy = Policy(every_records=10, every_seconds=3600)
    last = at(20, "2026-01-01T10:00:00.000000Z")
    assert not due(None, 9, "2026-01-01T10:00:00.000000Z", policy)
    assert due(None, 10, "2026-01-01T10:00:00.000000Z", policy)
    assert not due(last, 20, "2026-02-01T10:00:00.000000Z", policy), "nothing is new"
    assert not due(last, 29, "2026-01-01T10:59:59.000000Z", policy)
    assert due(last, 30, "2026-01-01T10:00:01.000000Z", policy)
    assert due(last, 21, "2026-01-01T11:00:00.000000Z", policy)
    assert not due(last, 9999, "2027-01-01T11:00:00.000000Z", Policy(every_records=0, every_seconds=0))


def test_old_snapshots_are_thinned_to_days_and_then_to_months() -> None:
    snapshots = [
        at(1, "2026-01-01T10:00:00.000000Z"),
        at(2, "2026-01-20T10:00:00.000000Z"),
        at(3, "2026-02-27T10:00:00.000000Z"),
        at(4, "2026-02-28T10:00:00.000000Z"),
        at(5, "2026-03-01T08:00:00.000000Z"),
        at(6, "2026-03-01T10:00:00.000000Z"),
        at(7, "2026-03-02T08:00:00.000000Z"),
        at(8, "2026-03-02T10:00:00.000000Z"),
        at(9, "2026-03-02T11:00:00.000000Z"),
    ]
    found = kept(snapshots, Policy(recent=2, daily=2, monthly=9))
    assert [snapshot.position for snapshot in found] == [2, 4, 6, 7, 8, 9]
    assert [s.position for s in kept(snapshots, Policy(recent=1, daily=1, monthly=1))] == [6, 8, 9]
    assert [s.position for s in kept(snapshots, Policy(recent=0, daily=0, monthly=0))] == []
    assert kept([], Policy()) == []


def test_the_least_recently_used_go_first_and_kept_ones_stay(world: World, store: GraphStore, tmp_path: Path) -> None:
    past = past_of(world, tmp_path, Policy(cached=2))
    store.apply(world.log.read(upto=4))
    past.snapshot(store)
    for position in (5, 6, 5, 7):
        past.close()
        past.at(position)
    assert names(past) == [(4, True), (5, False), (7, False)]


def test_what_questions_left_takes_no_more_room_than_it_may(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path, Policy(cached_bytes=1))
    for position in (5, 6, 7):
        past.close()
        past.at(position)
    assert names(past) == [(7, False)], "the last one is in use"


def test_a_lease_of_a_folder_that_was_replaced_is_worth_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    lease = Lease.make(folder)
    assert lease.holds()
    folder.rename(tmp_path / "two")
    assert not lease.holds()
    folder.mkdir()
    Lease.make(folder).release()
    assert not lease.holds()
    assert Lease.alone(folder) is not None
    assert Lease.of(tmp_path / "three") is None


def test_snapshots_say_what_they_were_made_with(world: World, tmp_path: Path) -> None:
    past = past_of(world, tmp_path)
    past.at(3)
    (snapshot,) = past.snapshots.all(past.made())
    told = json.loads((snapshot.path / "snapshot.json").read_text())
    record = next(iter(world.log.read(after=2, limit=1)))
    assert told == {
        "position": 3,
        "recorded": record.recorded,
        "record_sha256": record.body_sha256,
        "kept": False,
        "projection": past.made().projection,
        "ontology": past.made().ontology,
        "base": "http://localhost:8000/",
        "erasures": 0,
    }
    assert isinstance(past.made(), Made)


def test_a_graph_that_stands_before_an_erasure_is_no_source(world: World, store: GraphStore, tmp_path: Path) -> None:
    store.apply(world.log.read(upto=6))
    past = past_of(world, tmp_path, Policy(every_records=1), live=lambda: store, erasures=lambda: 9)
    shutil.rmtree(tmp_path / "content")
    assert past.keep(store) is None
    assert dumped(past.at(6)) == replayed(world, 6) != dumped(store)
