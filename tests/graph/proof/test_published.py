"""Checkpoints in a git repository: committed, pushed where that is asked for, and never lost where git fails."""

import shutil
import subprocess
from pathlib import Path

import pytest

from graph.proof.published import Checkpoints, PublishFailed, publish
from tests.graph.proof.test_sealer import SIGNER, Bench, seal

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout


def subjects(folder: Path) -> list[str]:
    return git(folder, "log", "--format=%s").splitlines()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A log that is published to a clone of the bare repository `remote`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "test")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "test@example.org")
    bench = Bench(tmp_path)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "remote")], check=True)
    bench.published.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(bench.published)], check=True)
    git(bench.published, "remote", "add", "origin", str(tmp_path / "remote"))
    git(bench.published, "config", "push.autoSetupRemote", "true")
    return bench


def sealed(bench: Bench, count: int = 3) -> str:
    bench.grow(count)
    return seal(bench.log, bench.proof, SIGNER, published=bench.published).note


def test_a_git_repository_gets_a_commit_for_each_checkpoint(bench: Bench) -> None:
    for _ in range(2):
        note = sealed(bench)
        assert publish(bench.published, note) == f"published to {bench.published}, committed"
        publish(bench.published, note)  # nothing new, no commit
    assert subjects(bench.published) == ["Checkpoint 6", "Checkpoint 3"]
    assert git(bench.published, "show", "HEAD:checkpoint") == note
    assert git(bench.published, "show", "HEAD:checkpoints/6") == note


def test_a_push_brings_it_to_where_others_have_it(bench: Bench, tmp_path: Path) -> None:
    note = sealed(bench)
    assert publish(bench.published, note, push=True).endswith("committed and pushed")
    assert git(tmp_path / "remote", "show", "main:checkpoint") == note


def test_other_changes_of_the_repository_are_not_committed(bench: Bench) -> None:
    for name in ("mine", "staged"):
        (bench.published / name).write_text("x", encoding="utf-8")
    git(bench.published, "add", "staged")
    publish(bench.published, sealed(bench))
    assert git(bench.published, "show", "--format=", "--name-only", "HEAD").split() == ["checkpoint", "checkpoints/3"]


def test_a_signature_of_a_witness_is_committed_and_stays(bench: Bench) -> None:
    note = sealed(bench)
    publish(bench.published, note)
    both = f"{note}\u2014 witness.example AAAA\n"
    for path in ("checkpoint", "checkpoints/3"):
        (bench.published / path).write_text(both, encoding="utf-8")
    publish(bench.published, note)
    assert Checkpoints(bench.published).newest() == both
    assert git(bench.published, "show", "HEAD:checkpoint") == both


def test_where_git_fails_the_file_is_there_and_the_next_run_ends_it(bench: Bench, tmp_path: Path) -> None:
    note = sealed(bench)
    (tmp_path / "remote").rename(tmp_path / "away")
    with pytest.raises(PublishFailed, match=r"git push failed in .*does not appear to be a git repository") as failed:
        publish(bench.published, note, push=True)
    assert "again" in str(failed.value)
    assert Checkpoints(bench.published).newest() == note
    (tmp_path / "away").rename(tmp_path / "remote")
    publish(bench.published, note, push=True)
    assert git(tmp_path / "remote", "show", "main:checkpoint") == note


def test_a_repository_that_others_have_pushed_to_is_named(bench: Bench, tmp_path: Path) -> None:
    publish(bench.published, sealed(bench), push=True)
    subprocess.run(["git", "clone", "-q", str(tmp_path / "remote"), str(tmp_path / "theirs")], check=True)
    (tmp_path / "theirs" / "more").write_text("x", encoding="utf-8")
    git(tmp_path / "theirs", "add", "more")
    git(tmp_path / "theirs", "commit", "-q", "-m", "More")
    git(tmp_path / "theirs", "push", "-q")
    note = sealed(bench)
    with pytest.raises(PublishFailed, match=r"\[rejected\]"):
        publish(bench.published, note, push=True)
    git(bench.published, "pull", "-q", "--rebase")
    publish(bench.published, note, push=True)
    assert subjects(tmp_path / "remote") == ["Checkpoint 6", "More", "Checkpoint 3"]


def test_variables_of_a_hook_name_no_other_repository(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "other")], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / ".git" / "index"))
    publish(bench.published, sealed(bench))
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert subjects(bench.published) == ["Checkpoint 3"]


def test_a_folder_is_committed_nowhere_even_within_a_repository(bench: Bench) -> None:
    folder = bench.published / "inner"
    note = sealed(bench)
    assert publish(folder, note) == f"published to {folder}"
    with pytest.raises(PublishFailed, match="it is no git repository"):
        publish(folder, note, push=True)
    assert Checkpoints(folder).newest() == note
    assert git(bench.published, "status", "--porcelain") == "?? inner/\n"
