"""The audit of a whole graph on the command line, by one process and by two."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer.testing

from api.audit_processes import processes_of
from api.cli import app
from api.settings import Settings
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, content_file, english_article

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as opened:
        opened.ingest(arabic_article())
        opened.ingest(english_article())
    return tmp_path / "data"


def audit_all(data: Path, processes: int, *options: str) -> typer.testing.Result:
    named = {"WAQAI_AUDIT_PROCESSES": str(processes)}
    return typer.testing.CliRunner(env=named).invoke(app, ["audit", "--all", *options, "--data", str(data)])


def databases(data: Path) -> set[str]:
    return {path.name for path in (data / "graph").iterdir() if path.is_dir()}


def test_the_report_is_the_same_with_one_process_and_with_two(data: Path) -> None:
    before = databases(data)
    one, two = audit_all(data, 1), audit_all(data, 2)
    assert one.stdout.endswith("nothing was found to be wrong.\n")
    assert (two.exit_code, two.stdout) == (one.exit_code, one.stdout) == (0, one.stdout)
    assert databases(data) == before


def test_what_is_found_is_the_same_with_one_process_and_with_two(data: Path) -> None:
    path = content_file(data, english_article())
    path.write_bytes(path.read_bytes()[::-1])
    one, two = audit_all(data, 1, "--format", "json"), audit_all(data, 2, "--format", "json")
    assert '"kind": "text"' in one.stdout
    assert (two.exit_code, two.stdout) == (one.exit_code, one.stdout) == (1, one.stdout)


def test_few_records_are_audited_by_one_process_unless_the_setting_says_more() -> None:
    assert processes_of(Settings(), 100) == 1
    assert processes_of(Settings(), 10**9) == len(os.sched_getaffinity(0))
    assert processes_of(Settings(audit_processes=7), 100) == 7


def test_an_interruption_leaves_nothing_behind(data: Path) -> None:
    """As from a terminal, where every process of the audit gets it."""
    before = databases(data)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.fake_cli", "audit", "--all", "--data", str(data)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "WAQAI_AUDIT_PROCESSES": "2", "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    try:
        end = time.monotonic() + 60
        while not workers(process.pid):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
        os.killpg(process.pid, signal.SIGINT)
        output, said = process.communicate(timeout=60)  # its processes have the pipes as well
        assert process.returncode not in (0, None)
        assert "nothing was found" not in output
        assert "Traceback" not in said
        assert databases(data) == before
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def workers(parent: int) -> list[str]:
    """Return the processes that the audit has started, by their ids."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [one for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return []
