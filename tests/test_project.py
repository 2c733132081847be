"""The rules of the project that no linter knows: who imports whom, names, the lock, what is tracked."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "ontology": {"ontology"},
    "ingest": {"ontology", "ingest"},
    "graph": {"ontology", "graph"},
    "api": {"ontology", "ingest", "graph", "api"},
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
TARGETS = {"help", "setup", "demo", "test", "test-all", "check", "bench", "figures", "lock", "clean"}
LARGEST = 1_000_000  # bytes of a tracked file
# Folders of somebody's machine; what comes before must not make it part of a longer path or of a web address.
MACHINE_PATH = re.compile(r"(?<![\w.~:/-])/(?:home|root|Users|work|mnt|opt|workspace|tmp)/\w|[A-Z]:\\\\?Users\\")


def sources(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(module: ast.Module) -> Iterator[str]:
    """The top-level packages that a module imports, wherever the import stands."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_only_what_they_may(package: str) -> None:
    for path in sources(package):
        others = set(imported(tree(path))) & ({*MAY_IMPORT, "tests"})
        assert others <= MAY_IMPORT[package], path


@pytest.mark.parametrize("package", [*MAY_IMPORT, "tests"])
def test_no_module_has_a_name_that_says_nothing(package: str) -> None:
    for path in sources(package):
        parts = path.relative_to(ROOT).with_suffix("").parts
        assert not VAGUE_NAMES & set(parts), path
        assert not VAGUE_NAMES & set(path.stem.split("_")), path


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_library_code_does_not_print(package: str) -> None:
    for path in sources(package):
        calls = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"], path


# ---------------------------------------------------------------------- the lock


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def locked() -> dict[str, str]:
    """Name → the lines of each package of the lock."""
    found = {}
    for block in re.split(r"^(?=[a-z0-9])", lock(), flags=re.MULTILINE):
        if match := re.match(r"([a-z0-9._-]+)==\S+", block):
            found[match.group(1)] = block
    return found


def dependencies() -> list[str]:
    metadata = project()["project"]
    given = [
        *metadata["dependencies"],
        *(name for extra in metadata["optional-dependencies"].values() for name in extra),
        *(name for group in project()["dependency-groups"].values() for name in group),
        *project()["build-system"]["requires"],
    ]
    names = [match.group() for line in given if (match := re.match(r"[A-Za-z0-9._-]+", line))]
    assert len(names) == len(given)
    return sorted({re.sub(r"[-_.]+", "-", name).lower() for name in names})


@pytest.mark.parametrize("name", dependencies())
def test_every_dependency_is_in_the_lock(name: str) -> None:
    assert name in locked()


def test_everything_in_the_lock_has_a_version_and_hashes() -> None:
    assert len(locked()) > 50
    for name, block in locked().items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), name
    lines = [line for line in lock().splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(re.findall(r"^[a-z0-9._-]+==\S+", lock(), re.MULTILINE))


def test_the_lock_names_no_address() -> None:
    assert not re.findall(r"\S*://\S*|^\s*(?:-e|-i|--(?:extra-)?index-url|--find-links)\b.*| @ ", lock(), re.MULTILINE)


# ---------------------------------------------------------------------- make


def test_the_makefile_has_its_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony.group(1).split()) == TARGETS
    assert set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == TARGETS


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_make_knows_how_to_reach_each_target(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------------- what is tracked


@cache
def tracked() -> tuple[Path, ...]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    names = [name for name in done.stdout.split("\0") if name]
    assert len(names) > 100
    return tuple(path for name in names if (path := ROOT / name).is_file())


def test_no_tracked_file_is_large() -> None:
    assert not [path for path in tracked() if path.stat().st_size > LARGEST]


def test_tracked_files_are_text_and_name_no_path_of_a_machine() -> None:
    for path in tracked():
        text = path.read_text(encoding="utf-8")
        found = MACHINE_PATH.search(text)
        assert found is None, f"{path}: {found.group()!r}"


def test_the_search_for_paths_of_a_machine_can_fail() -> None:
    for text in ("see " + "/ho" + "me/somebody/project", '"' + "/wo" + "rk/main" + '"', "C:\\" + "Users\\me"):
        assert MACHINE_PATH.search(text), text
    assert MACHINE_PATH.search("https://example.org/marfa/world/idlib and ../beside") is None


def test_licence_and_notice_are_there() -> None:
    for name in project()["project"]["license-files"]:
        assert (ROOT / name).stat().st_size > 500, name
