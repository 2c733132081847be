"""Where the files of the W3C's suites come from: the source archive of rdflib, from the registry that pip is set to.

Invariant: what lies in the cache is what the hash in requirements.lock names, and is whole. Nothing is fetched unless
somebody runs `python -m tests.graph.w3c.fetching` (`make test` does); without network it says so and ends well.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LOCK: Final = Path(__file__).parents[3] / "requirements.lock"
_PACKAGE: Final = "rdflib"
_INSIDE: Final = "test/data/suites/w3c"
SUITES: Final = ("dawg-data-r2", "sparql11")
_SECONDS: Final = 300
HOW: Final = "`python -m tests.graph.w3c.fetching` fetches them, as `make test` does"


class NotFetched(Exception):
    """The files cannot be had; the message says why."""


def folder() -> Path:
    """Return where the suites lie, or would: `$WAQAI_W3C_SUITES`, else within the cache of the project."""
    if chosen := os.environ.get("WAQAI_W3C_SUITES"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    cache = Path(base) if base else Path("~/.cache").expanduser()
    cache = Path(os.environ.get("WAQAI_CACHE") or cache / "waqai")
    return cache / f"w3c-{_PACKAGE}-{locked()[0]}"


def there() -> bool:
    """Return whether the suites are in the cache."""
    return all((folder() / suite).is_dir() for suite in SUITES)


def locked(lock: Path = _LOCK) -> tuple[str, frozenset[str]]:
    """Return the version that the lock names, and the SHA-256 of its archives."""
    text = lock.read_text(encoding="utf-8")
    match = re.search(rf"^{_PACKAGE}==(\S+)((?:\s*\\\n\s*--hash=sha256:[0-9a-f]{{64}})+)", text, re.MULTILINE)
    if match is None:
        raise NotFetched(f"{lock.name} does not name {_PACKAGE} and its hashes")
    return match[1], frozenset(re.findall(r"sha256:([0-9a-f]{64})", match[2]))


def fetch() -> None:
    """Put the suites into the cache. Raises NotFetched."""
    target = folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="w3c-") as scratch:
        unpack(_downloaded(Path(scratch)), Path(scratch) / "suites", locked()[1])
        if there():
            return  # another process was faster
        shutil.rmtree(target, ignore_errors=True)
        (Path(scratch) / "suites").rename(target)


def unpack(archive: Path, target: Path, hashes: frozenset[str]) -> None:
    """Unpack the suites of an archive into the folder `target`.

    Raises:
        NotFetched: it has none of the hashes, or no suites, or names files outside of its folder.
    """
    if hashlib.sha256(archive.read_bytes()).hexdigest() not in hashes:
        raise NotFetched(f"{archive.name} is not the archive that requirements.lock names: its hash is another one")
    inside = f"{archive.name.removesuffix('.tar.gz')}/{_INSIDE}/"
    try:
        with tarfile.open(archive) as tar:
            wanted = tuple(inside + suite + "/" for suite in SUITES)
            for member in tar:
                if member.isreg() and member.name.startswith(wanted):
                    _write(tar, member, target, member.name.removeprefix(inside))
    except (tarfile.TarError, OSError) as error:
        raise NotFetched(f"{archive.name} cannot be unpacked: {error}") from None
    if not all((target / suite).is_dir() for suite in SUITES):
        raise NotFetched(f"{archive.name} has no folder {_INSIDE} with {' and '.join(SUITES)}")


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, name: str) -> None:
    """Write one plain file below `target`; by hand, because filters of tarfile came with Python 3.11.4."""
    path = target / name
    if not path.resolve().is_relative_to(target.resolve()):
        raise NotFetched(f"{name} would lie outside of its folder")
    data = tar.extractfile(member)
    if data is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.read())


def _downloaded(scratch: Path) -> Path:
    """Return the archive, of the registry that pip is set to; pip checks the hash before it looks into it."""
    version, hashes = locked()
    asked = scratch / "asked.txt"
    asked.write_text(f"{_PACKAGE}=={version} {' '.join(f'--hash=sha256:{one}' for one in sorted(hashes))}\n")
    reasons = []
    for pip in _pips():
        command = [
            *pip,
            "download",
            "-q",
            "--disable-pip-version-check",
            "--no-input",
            "--retries",
            "1",
            "--timeout",
            "30",
        ]
        command += ["--no-deps", "--no-binary", _PACKAGE, "--require-hashes", "-r", str(asked), "-d", str(scratch)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            reasons.append(f"{pip[0]}: {error}")
            continue
        found = scratch / f"{_PACKAGE}-{version}.tar.gz"
        if found.is_file():
            return found
        reasons.append((done.stderr.strip() or f"pip ended with {done.returncode}").splitlines()[-1])
    raise NotFetched("; ".join(dict.fromkeys(reasons)) or "neither pip nor uv was found")


def _pips() -> Iterator[list[str]]:
    """Yield ways to call pip: that of this Python, another one's, and the one that uv can run."""
    for python in (sys.executable, shutil.which("python3"), shutil.which("python")):
        if (
            python
            and subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
        ):
            yield [python, "-m", "pip"]
            return
    if (uv := shutil.which("uv")) is not None:
        yield [uv, "tool", "run", "--python", sys.executable, "pip"]


def main() -> None:
    """Fetch the suites where they are not there yet; say where they lie, or why they cannot be had."""
    if there():
        return
    print("== fetching the test suites of the W3C (once)", flush=True)
    try:
        fetch()
    except (NotFetched, OSError) as error:
        print(f"The W3C's suites are not there, and their tests will be skipped: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
