"""Proofs where the system does not go along: no rights, no room, files that are gone. One sentence; no loss."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.log import NewRecord, SqliteLog
from graph.proof.keys import make_key, written
from tests import obedient

ROOT = Path(__file__).resolve().parents[2]
DATA = Path("waqai-data")
PROOF = DATA / "proof"

pytestmark = pytest.mark.skipif(obedient.why_not() is not None, reason=obedient.why_not() or "")


def waqai(
    *arguments: object, prepare: Callable[[], None] = obedient.obey, **environment: str
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("waqai")), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        preexec_fn=prepare,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "unexpected" not in done.stderr
    return done


def refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    for part in ("waqai: ", *parts):
        assert part in done.stderr, done.stderr


def sound(size: int) -> None:
    done = waqai("log", "verify", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["checkpoint"]["size"]) == (0, size), done


def grow(count: int) -> None:
    with SqliteLog(DATA / "log.sqlite") as log:
        log.append("s", [NewRecord("T", 1, {"n": n, "claim": f"c-{n:020x}"}) for n in range(count)], actor="x")


@pytest.fixture
def sealed() -> None:
    """A log of 300 records with a checkpoint, and one more record."""
    grow(300)
    make_key(PROOF, PROOF / "checkpoint.key", "example.org/news")
    assert waqai("log", "checkpoint").returncode == 0
    grow(1)


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        ("proof", "proof/subjects.sqlite cannot be written"),
        ("proof/subjects.sqlite", "proof/subjects.sqlite cannot be written"),
        ("proof/tile/0/001.p", "Permission denied"),
        ("proof/checkpoints", "Permission denied"),
        ("proof/checkpoint.pub", "checkpoint.pub cannot be used: Permission denied"),
        ("proof/checkpoint", "checkpoint cannot be read (Permission denied): check its rights"),
        ("proof/checkpoint.key", "checkpoint.key cannot be used: Permission denied"),
        ("log.sqlite", "log.sqlite cannot be written (Permission denied): check the rights"),
    ],
)
def test_what_may_not_be_read_or_written_is_named_and_sealing_goes_on_later(
    sealed: None, locked: str, said: str
) -> None:
    path = DATA / locked
    mode = path.stat().st_mode
    path.chmod(0o500 if path.is_dir() else 0o400 if path.suffix == ".sqlite" and path.parent == PROOF else 0)
    refused(waqai("log", "checkpoint"), said)
    for file in (
        path,
        *path.parent.glob(f"{path.name}-*"),
    ):  # SQLite gives the files that it puts beside it the same rights
        file.chmod(mode)
    sound(300)
    assert waqai("log", "checkpoint").returncode == 0
    sound(301)


def test_a_folder_of_published_checkpoints_without_rights_is_named(sealed: None) -> None:
    public = Path("public")
    public.mkdir(mode=0o500)
    refused(waqai("log", "checkpoint", "--publish", public), "Permission denied")
    public.chmod(0o700)
    assert waqai("log", "checkpoint", "--publish", public).stderr.endswith("published to public.\n")
    public.chmod(0)
    refused(waqai("log", "verify", WAQAI_CHECKPOINT_PUBLISH="public"), "public/checkpoint cannot be read")
    refused(waqai("query", "ASK {}", WAQAI_CHECKPOINT_PUBLISH="public"), "public/checkpoint", "Permission denied")
    public.chmod(0o700)


def full(size: int) -> Callable[[], None]:
    """A disk on which no file grows beyond `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize("room", [0, 100, 5_000, 20_000, 50_000])
def test_a_full_disk_signs_nothing_and_sealing_goes_on_later(sealed: None, room: int) -> None:
    grow(2000)
    done = waqai("log", "checkpoint", prepare=full(room))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    sound(300)
    assert waqai("log", "checkpoint").returncode == 0
    sound(2301)


@pytest.mark.parametrize("command", ["log verify", "query ASK{}", "ingest a.txt", "log checkpoint"])
def test_a_log_that_is_gone_is_not_begun_anew_where_a_checkpoint_vouches_for_one(sealed: None, command: str) -> None:
    Path("a.txt").write_text("An airstrike on Idlib killed three people on Monday.", encoding="utf-8")
    for file in DATA.glob("log.sqlite*"):
        file.unlink()
    refused(waqai(*command.split()), "no log in waqai-data, though waqai-data/proof/checkpoint vouches for one")
    assert not list(DATA.glob("log.sqlite*"))


@pytest.mark.parametrize("command", [("log", "verify"), ("log", "prove", 1), ("log", "consistency", 300)])
def test_without_the_public_keys_no_checkpoint_is_believed(sealed: None, command: tuple[object, ...]) -> None:
    (PROOF / "checkpoint.pub").unlink()
    refused(waqai(*command), "there is no public key at waqai-data/proof/checkpoint.pub: restore the file")
    assert waqai("log", "checkpoint").returncode == 0
    assert waqai(*command).returncode == 0


def test_a_folder_of_published_checkpoints_that_is_gone_is_said(sealed: None) -> None:
    done = waqai("query", "ASK {}", WAQAI_CHECKPOINT_PUBLISH="gone")
    assert "warning: the folder gone of published checkpoints is not there to compare the log with" in done.stderr


def test_no_folder_is_not_the_current_one(sealed: None) -> None:
    done = waqai("log", "checkpoint", "--publish", "")
    assert (done.returncode, "names no folder" in done.stderr) == (2, True)
    assert not Path("checkpoint").exists()


@pytest.mark.parametrize("position", [302, 2**53, 2**63 - 1, 2**63, 10**30])
def test_a_position_beyond_the_head_is_a_clear_error(sealed: None, position: int) -> None:
    refused(waqai("log", "show", position), f"there is no record {position}: the log is at position 301")
    refused(waqai("log", "prove", position), f"position {position} cannot be proven", "ends at position 300")
    assert waqai("log", "list", "--after", position).stdout == ""
    refused(waqai("log", "consistency", position), f"{position} is no checkpoint of this log")


def test_a_sealer_that_comes_second_is_told_so(sealed: None) -> None:
    import fcntl

    with (PROOF / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused(waqai("log", "checkpoint"), "another process is sealing in waqai-data/proof: try again")
    assert waqai("log", "checkpoint").returncode == 0


def test_what_a_forged_bundle_says_does_not_act_on_the_terminal(sealed: None) -> None:
    key = written(make_key(Path("other"), Path("other/key"), "example.org/other"))
    Path("b.json").write_text(json.dumps({"\x1b[31m\u202e": 1}), encoding="utf-8")
    for done in (
        waqai("verify-bundle", "b.json", "--key", key),
        waqai("verify-bundle", "\x1b[31m.json", "--key", key),
        waqai("verify-bundle", "b.json", "--key", "\x1b[31m"),
    ):
        assert done.returncode in (1, 2)
        assert "\x1b" not in done.stderr
        assert "\u202e" not in done.stderr
    assert "larger than 5 bytes" in waqai("verify-bundle", "b.json", "--key", key, "--max-bytes", 5).stderr


def test_tiles_and_map_that_are_gone_are_made_again(sealed: None) -> None:
    shutil.rmtree(PROOF / "tile")
    (PROOF / "subjects.sqlite").unlink()
    refused(waqai("log", "prove", 5), "delete the folder waqai-data/proof/tile and run waqai log checkpoint")
    assert waqai("log", "checkpoint").returncode == 0
    assert waqai("log", "prove", 5).returncode == 0
    sound(301)
