"""Changing curation graphs: one record each, whoever else writes and whatever fails."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import extraction, patching
from api.cli import app
from api.patching import Contended, KeyInUse, NoReason, NoSuchPatch, NotAsLeft, Overtaken, Patched, patch, undo
from api.workspace import Workspace
from graph.projection.errors import UnknownRecord
from graph.store import GraphStore
from graph.updates.errors import UpdateFault
from graph.updates.evaluating import Update
from graph.updates.running import UpdateLimits
from tests.api.fakes import FakeExtractor

ADD = "INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 , 2 } }"
COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH <http://localhost:8000/graphs/a> { ?s ?p ?o } }"


def update(workspace: Workspace, text: str = ADD, **more: object) -> Patched:
    return patch(workspace, Update(text), actor="mona", reason="a reason", **more)  # type: ignore[arg-type]


def count(workspace: Workspace) -> int:
    ((number,),) = workspace.query(COUNT).rows()
    return int(number.value)  # type: ignore[attr-defined]


def test_an_update_is_one_record_and_changes_the_graph(filled: Workspace) -> None:
    done = update(filled)
    assert (done.position, done.added, done.removed, done.graphs) == (5, 2, 0, ("graphs/a",))
    (record,) = list(filled.log.read(after=4))
    assert (record.type, record.actor, record.payload["reason"]) == ("QuadsPatched", "mona", "a reason")
    assert (record.payload["evaluated"], record.stream) == (4, "curation-graphs")
    assert count(filled) == 2
    assert update(filled).position is None  # it changes nothing any more
    assert filled.log.head() == 5
    assert filled.compare().identical
    before = filled.graph().fingerprint()
    filled.rebuild()
    assert filled.graph().fingerprint() == before


def test_the_pattern_sees_claims_and_articles(filled: Workspace) -> None:
    done = update(filled, "INSERT { GRAPH <graphs/a> { ?e <urn:seen> true } } WHERE { ?c wq:about ?e }")
    assert done.added == len(list(filled.query("SELECT DISTINCT ?e { ?c wq:about ?e }").rows())) > 0


def test_the_same_key_is_carried_out_once(filled: Workspace) -> None:
    first = update(filled, key="k")
    update(filled, "CLEAR ALL")
    again = update(filled, key="k")
    assert (again.position, again.added, again.again) == (first.position, 2, True)
    assert count(filled) == 0
    with pytest.raises(KeyInUse, match=f"record {first.position}"):
        update(filled, "CLEAR ALL", key="k")


def test_who_names_a_position_is_told_that_others_wrote_since(filled: Workspace) -> None:
    update(filled)
    with pytest.raises(Overtaken, match="record 5"):
        update(filled, "CLEAR ALL", unchanged_since=4)
    assert update(filled, "CLEAR ALL", unchanged_since=5).removed == 2


@pytest.mark.parametrize("reason", ["", " \n", "x" * 1001])
def test_a_reason_is_needed(filled: Workspace, reason: str) -> None:
    with pytest.raises(NoReason):
        patch(filled, Update(ADD), actor="mona", reason=reason)
    assert filled.log.head() == 4


def test_an_undo_reverses_exactly_and_can_be_undone(filled: Workspace) -> None:
    update(filled, "INSERT DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 } }")
    update(filled, "CLEAR ALL ; " + ADD.replace("1 ,", "3 ,"))
    before = set(filled.graph().quads())
    done = undo(filled, 6, actor="omar", reason="a slip")
    assert (done.position, done.added, done.removed) == (7, 1, 2)
    assert count(filled) == 1
    assert [r.payload["undoes"] for r in filled.log.read(after=6)] == [6]
    with pytest.raises(NotAsLeft, match="by record 7"):
        undo(filled, 6, actor="omar", reason="again")
    undo(filled, 7, actor="omar", reason="it was right")
    graph = "http://localhost:8000/graphs/a"
    assert {str(q) for q in before if graph in str(q.graph_name)} == {
        str(q) for q in filled.graph().quads() if graph in str(q.graph_name)
    }
    assert filled.compare().identical


def test_what_was_changed_since_is_a_conflict_or_left(filled: Workspace) -> None:
    update(filled)
    update(filled, "DELETE DATA { GRAPH <graphs/a> { <urn:a> <urn:p> 1 } }")
    with pytest.raises(NotAsLeft, match="1 quad of record 5 were changed since, by record 6"):
        undo(filled, 5, actor="omar", reason="r")
    assert undo(filled, 5, actor="omar", reason="r", rest=True).removed == 1
    with pytest.raises(NotAsLeft):  # nothing of it is left
        undo(filled, 5, actor="omar", reason="r", rest=True)
    with pytest.raises(NoSuchPatch):
        undo(filled, 1, actor="omar", reason="r")


def test_two_writers_never_interleave(filled: Workspace) -> None:
    """Each counts one on: whoever was overtaken evaluates again, so none is lost."""
    update(filled, "INSERT DATA { GRAPH <graphs/n> { <urn:n> <urn:is> 0 } }")
    on = "WITH <graphs/n> DELETE { ?n ?p ?v } INSERT { ?n ?p ?w } WHERE { ?n ?p ?v BIND(?v + 1 AS ?w) }"
    faults: list[Exception] = []

    def write(times: int) -> None:
        for _ in range(times):
            try:
                update(filled, on)
            except Exception as error:  # noqa: BLE001 - told by the test
                faults.append(error)

    writers = [threading.Thread(target=write, args=(3,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not faults
    ((value,),) = filled.query("SELECT ?v { GRAPH <http://localhost:8000/graphs/n> { ?n ?p ?v } }").rows()
    assert value.value == "6"  # type: ignore[attr-defined]


def test_who_is_overtaken_all_the_time_is_told(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = patching.evaluated

    def overtaken(asked: Update, *given: object, **more: object) -> object:
        found = real(asked, *given, **more)  # type: ignore[arg-type]
        if "urn:mine" in asked.text:
            number = filled.log.head()
            update(filled, f"INSERT DATA {{ GRAPH <graphs/b> {{ <urn:o> <urn:p> {number} }} }}")
        return found

    monkeypatch.setattr(patching, "evaluated", overtaken)
    with pytest.raises(Contended):
        update(filled, "INSERT DATA { GRAPH <graphs/a> { <urn:mine> <urn:p> 1 } }")
    assert count(filled) == 0


def test_a_kill_between_log_and_graph_leaves_the_record_and_the_graph_follows(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(GraphStore, "apply", killed)
    with pytest.raises(KeyboardInterrupt):
        update(filled, key="k")
    monkeypatch.undo()
    filled.close()
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as opened:
        again = update(opened, key="k")
        assert (again.position, again.again) == (5, True)
        opened.project()
        assert count(opened) == 2


def test_a_process_that_takes_too_long_or_too_much_is_ended(filled: Workspace) -> None:
    cross = "INSERT { GRAPH <graphs/a> { ?a ?b ?c } } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with pytest.raises(UpdateFault) as fault:
        update(filled, cross, limits=UpdateLimits(seconds=1))
    assert fault.value.kind == "update-timeout"
    deep = "INSERT { GRAPH <graphs/a> { ?a ?b ?c } } WHERE " + "{" * 20_000 + "}" * 20_000
    with pytest.raises(UpdateFault) as fault:
        update(filled, deep)
    assert fault.value.kind in ("update-ended", "malformed-update", "query-refused")
    assert filled.log.head() == 4
    assert not [path for path in filled.past.snapshots.folder.iterdir() if path.name.startswith(".new")]


def test_a_record_of_a_later_schema_is_refused_and_not_guessed_at(filled: Workspace) -> None:
    update(filled)
    record = next(filled.log.read(after=4))
    with pytest.raises(UnknownRecord):
        filled.projector.statements(replace(record, schema=2))


# ---------------------------------------------------------------------- the command line


@pytest.fixture
def command(tmp_path: Path, filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    filled.close()
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)
    monkeypatch.setenv("WAQAI_DATA", str(tmp_path / "data"))
    return iter(())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


@pytest.mark.usefixtures("command")
def test_the_command_line_updates_and_takes_back() -> None:
    first = run("update", ADD, "--reason", "seen on video", "--by", "mona", "--format", "json")
    assert first.exit_code == 0, first.stderr
    assert json.loads(first.stdout)["graphs"] == ["http://localhost:8000/graphs/a"]
    assert "added 0, removed 2; this is record 6" in run("undo", "5", "--reason", "no").stdout
    nothing = run("update", "CLEAR ALL", "--reason", "x")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    told = run("history", "graphs/a", "--format", "json")
    assert "seen on video" in told.stdout
    audit = run("audit", "urn:a")
    assert "seen on video" in audit.stdout
    past = run("query", "--at", "5", COUNT, "--format", "csv")
    assert past.stdout.split() == ["n", "2"]
    assert run("rebuild", "--check").exit_code == 0


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["update", ADD], 2, "--reason"),
        (["update", ADD, "--reason", " "], 2, "reason"),
        (["update", "--reason", "r"], 2, "--file"),
        (["update", "SELECT * {}", "--reason", "r"], 1, "SELECT"),
        (["update", "CLEAR DEFAULT", "--reason", "r"], 1, "default graph"),
        (["undo", "2", "--reason", "r"], 1, "record 2"),
    ],
)
def test_what_the_command_line_refuses(arguments: list[str], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert said in done.stderr
