"""The documents say what is so: examples run, settings and commands are all named, links and paths lead somewhere."""

import ast
import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest
import typer
import typer.testing
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined

from api.cli import app
from api.queries.saved import load
from api.settings import Settings
from tests.api.exporting.test_stream import gives_away
from tests.api.test_server import free_port, serving
from tests.postgres_server import Server
from tests.sparql_servers import oxigraph

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/quality.md",
    "docs/add-an-event-type.md",
    "docs/audit.md",
    "docs/commands.md",
    "docs/server.md",
    "docs/gazetteers.md",
    "docs/graph.md",
    "docs/fusion.md",
    "docs/ledger.md",
    "docs/places.md",
    "docs/proof.md",
    "docs/python.md",
    "docs/queries.md",
    "docs/sparql.md",
    "docs/erasure.md",
    "docs/consistency.md",
    "docs/curation.md",
    "docs/interchange.md",
    "docs/reconciliation.md",
    "docs/search.md",
    "docs/replication.md",
    "docs/mirror.md",
    "docs/log.md",
    "docs/time.md",
    "docs/writing.md",
)
PACKAGES = ("ontology", "ingest", "graph", "api")
OUTSIDE_THE_FILE = {"WAQAI_CONFIG", "WAQAI_CACHE", "WAQAI_DEBUG"}  # variables that are no fields of Settings
ISOLATES = re.compile("[\u2066-\u2069]")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, kind: str) -> list[str]:
    return [body for found, body in FENCE.findall(document(name)) if found == kind]


def prose(name: str) -> str:
    return FENCE.sub("", document(name))


# ---------------------------------------------------------------------- examples


def examples(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a document's console blocks, with the lines that are to come out."""
    for block in blocks(name, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            more = next((n for n, line in enumerate(lines[1:], 1) if not line.startswith("> ")), len(lines))
            command = "\n".join([lines[0], *(line.removeprefix("> ") for line in lines[1:more])])
            yield command, lines[more:]


def clean(lines: list[str]) -> list[str]:
    found = [ISOLATES.sub("", line).rstrip() for line in lines]
    while found and not found[-1]:
        found.pop()
    return found


def mismatch(expected: list[str], actual: list[str]) -> str | None:
    """Why `actual` is not as expected, or None: a line `...` stands for any lines, `...` in a line for anything."""
    expected, actual = clean(expected), clean(actual)
    runs: list[list[str]] = [[]]
    for line in expected:
        if line == "...":
            runs.append([])
        else:
            runs[-1].append(line)
    at = 0
    for number, run in enumerate(runs):
        first, last = number == 0, number == len(runs) - 1
        if first:
            places = [0]
        elif last:
            places = [len(actual) - len(run)]
        else:
            places = list(range(at, len(actual) - len(run) + 1))
        found = next((p for p in places if p >= at and fits(run, actual[p : p + len(run)])), None)
        if found is None or (first and last and len(actual) != len(run)):
            return "\n".join(["these lines did not come out, in this order:", *run, "", "what did:", *actual])
        at = found + len(run)
    return None


def fits(run: list[str], lines: list[str]) -> bool:
    patterns = [".*".join(re.escape(part) for part in line.split("...")) for line in run]
    return len(run) == len(lines) and all(re.fullmatch(p, line) for p, line in zip(patterns, lines, strict=True))


def test_the_comparison_of_examples_can_fail() -> None:
    assert mismatch(["a", "...", "b 1 c"], ["a", "x", "y", "b 1 c"]) is None
    assert mismatch(["a", "...", "b ... c"], ["a", "b 1 c"]) is None
    assert mismatch(["a"], ["a", "b"])
    assert mismatch(["a", "..."], ["b"])
    assert mismatch(["...", "a"], ["a", "b"])
    assert mismatch(["...", "b", "...", "a", "..."], ["a", "b"])
    assert mismatch(["a", "...", "a"], ["a"])
    assert mismatch(["a ... b"], ["a 1 c"])


@pytest.mark.parametrize(("name", "least"), [("README.md", 8), ("docs/commands.md", 6)])
def test_the_console_examples_about_an_article_come_out_as_they_stand(name: str, least: int, tmp_path: Path) -> None:
    (article,) = [block for block in blocks("README.md", "text") if "خان شيخون" in block]
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    assert examples_hold(name, tmp_path) >= least


def test_the_console_examples_of_the_guide_to_gazetteers_come_out_as_they_stand(tmp_path: Path) -> None:
    (table,) = blocks("docs/gazetteers.md", "csv")
    (tmp_path / "villages.csv").write_text(table, encoding="utf-8")
    (report,) = blocks("docs/gazetteers.md", "text")
    (tmp_path / "report.txt").write_text(report, encoding="utf-8")
    assert examples_hold("docs/gazetteers.md", tmp_path) >= 5


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_console_examples_of_the_guide_to_reconciliation_come_out_as_they_stand(tmp_path: Path) -> None:
    (table,) = blocks("docs/reconciliation.md", "csv")
    (tmp_path / "rows.csv").write_text(table, encoding="utf-8")
    (settings,) = blocks("docs/reconciliation.md", "toml")
    with serving("demo", "--port", str(free_port()), "--data", str(tmp_path / "demo"), real=True) as (address, _, _):
        here, there = "http://localhost:8000/reconcile", f"{address}reconcile"
        (tmp_path / "waqai.toml").write_text(settings.replace(here, there), encoding="utf-8")
        assert shell_examples_hold("docs/reconciliation.md", tmp_path, {here: there}) >= 8


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_console_examples_of_the_page_on_sparql_come_out_as_they_stand(tmp_path: Path) -> None:
    with serving("demo", "--port", str(free_port()), "--data", str(tmp_path / "demo"), real=True) as (address, _, _):
        moved = {
            f"http://localhost:8000/{path}": f"{address}{path}" for path in ("sparql", "graphs", ".well-known/void")
        }
        assert shell_examples_hold("docs/sparql.md", tmp_path, moved) >= 10


def shell_examples_hold(name: str, tmp_path: Path, moved: Mapping[str, str]) -> int:
    """Run the examples of a document in a shell, fail where one comes out otherwise, return how many there are.

    The server of the test has another port, which `moved` says; ids keep the base IRI.
    """
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": programs, "PYTHONUTF8": "1", "COLUMNS": "200"}
    faults, count = [], 0
    for command, expected in examples(name):
        asked = command
        for here, there in moved.items():
            asked = asked.replace(here, there)
        done = subprocess.run(
            asked, shell=True, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=100
        )
        assert done.returncode == 0, f"$ {command}\n{done.stderr}"
        count += 1
        if why := mismatch(expected, done.stdout.splitlines()):
            faults.append(f"$ {command}\n{why}")
    assert not faults, "\n\n".join(faults)
    return count


def test_the_console_examples_of_the_page_on_places_come_out_as_they_stand(tmp_path: Path) -> None:
    (articles,) = blocks("docs/places.md", "jsonl")
    (tmp_path / "articles.jsonl").write_text(articles, encoding="utf-8")
    assert examples_hold("docs/places.md", tmp_path) >= 8


def test_the_console_examples_of_the_page_on_the_ledger_come_out_as_they_stand(tmp_path: Path) -> None:
    (articles,) = blocks("docs/ledger.md", "jsonl")
    (tmp_path / "articles.jsonl").write_text(articles, encoding="utf-8")
    assert examples_hold("docs/ledger.md", tmp_path) >= 5


def test_the_console_examples_of_the_page_on_saved_queries_come_out_as_they_stand(tmp_path: Path) -> None:
    (settings,) = blocks("docs/queries.md", "toml")
    (own,) = blocks("docs/queries.md", "sparql")
    (tmp_path / "waqai.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "drone-strikes-since.rq").write_text(own, encoding="utf-8")
    assert examples_hold("docs/queries.md", tmp_path) >= 7


def test_the_console_examples_of_the_page_on_proofs_come_out_as_they_stand(tmp_path: Path) -> None:
    (article,) = blocks("docs/proof.md", "text")
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    assert examples_hold("docs/proof.md", tmp_path) >= 9


def test_the_console_examples_of_the_page_on_replicas_come_out_as_they_stand(tmp_path: Path) -> None:
    (article,) = blocks("docs/replication.md", "text")
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    with gives_away(tmp_path / "public") as address:
        assert examples_hold("docs/replication.md", tmp_path, {"ADDRESS": address}) == 3
    assert (tmp_path / "copy.nq").stat().st_size > 0


def test_the_console_examples_of_the_page_on_mirrors_come_out_as_they_stand(tmp_path: Path) -> None:
    (article,) = blocks("docs/mirror.md", "text")
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    with oxigraph() as addresses:
        moved = {"http://localhost:7878/query": addresses.query}
        assert examples_hold("docs/mirror.md", tmp_path, moved) >= 5
    (settings,) = blocks("docs/mirror.md", "toml")
    assert set(tomllib.loads(settings)) <= set(Settings.model_fields)


def test_the_console_examples_of_the_page_on_erasure_come_out_as_they_stand(tmp_path: Path) -> None:
    (article,) = blocks("docs/erasure.md", "text")
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    assert examples_hold("docs/erasure.md", tmp_path) >= 6


def test_the_console_examples_of_the_page_on_audits_come_out_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article, gone = blocks("docs/audit.md", "text")
    (tmp_path / "strike.txt").write_text(article, encoding="utf-8")
    assert examples_hold("docs/audit.md", tmp_path) >= 7
    assert (tmp_path / "report.html").stat().st_size > (tmp_path / "strike.txt").stat().st_size
    (line,) = re.findall(r"`waqai audit --graph '' '(.*)'` then prints", prose("docs/audit.md"))
    monkeypatch.chdir(tmp_path)
    done = typer.testing.CliRunner().invoke(app, ["audit", "--graph", "", line])
    assert done.exit_code == 1
    assert mismatch(gone.splitlines(), done.stdout.splitlines()) is None


def test_the_console_examples_of_the_page_on_curation_come_out_as_they_stand(tmp_path: Path) -> None:
    names = ("first", "corrected", "other", "page", "page-again")
    for name, text in zip(names, blocks("docs/curation.md", "text"), strict=True):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    assert examples_hold("docs/curation.md", tmp_path) >= 18


def test_the_console_examples_of_the_page_on_consistency_come_out_as_they_stand(tmp_path: Path) -> None:
    for name, article in zip(("first", "second"), blocks("docs/consistency.md", "text"), strict=True):
        (tmp_path / f"{name}.txt").write_text(article, encoding="utf-8")
    assert examples_hold("docs/consistency.md", tmp_path) >= 6


def test_the_console_examples_of_the_page_on_interchange_come_out_as_they_stand(tmp_path: Path) -> None:
    (article,) = blocks("docs/interchange.md", "text")
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    assert examples_hold("docs/interchange.md", tmp_path) >= 11


def test_the_console_examples_of_the_page_on_writing_come_out_as_they_stand(tmp_path: Path) -> None:
    (article,) = blocks("docs/writing.md", "text")
    (tmp_path / "article.txt").write_text(article, encoding="utf-8")
    assert examples_hold("docs/writing.md", tmp_path) >= 8


def test_the_console_examples_of_the_page_on_time_come_out_as_they_stand(tmp_path: Path) -> None:
    (articles,) = blocks("docs/time.md", "jsonl")
    (tmp_path / "articles.jsonl").write_text(articles, encoding="utf-8")
    assert examples_hold("docs/time.md", tmp_path) >= 8


def test_the_console_examples_of_the_page_on_search_come_out_as_they_stand(tmp_path: Path) -> None:
    assert examples_hold("docs/search.md", tmp_path) >= 5


def test_the_examples_of_the_page_on_python_come_out_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert examples_hold("docs/python.md", tmp_path) == 1
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    session = doctest.DocTestParser().get_doctest("".join(blocks("docs/python.md", "python")), {}, "python.md", None, 0)
    told: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=options).run(session, out=told.append)
    assert outcome.failed == 0, "".join(told)
    assert outcome.attempted > 15


@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are for a shell")
def test_the_examples_of_the_guide_to_the_log_work(tmp_path: Path, postgres: Server) -> None:
    waqai = Path(sys.executable).parent / "waqai"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WAQAI_", "PG"))}
    environment["PATH"] = os.pathsep.join([str(waqai.parent), str(postgres.binaries), environment.get("PATH", "")])
    environment |= {"PGHOST": str(postgres.folder), "PGUSER": "owner", "PYTHONUTF8": "1"}
    line = {"text": "غارة جوية على مدينة إدلب قتلت ثلاثة مدنيين.", "language": "ar"}
    (tmp_path / "first.jsonl").write_text(json.dumps({**line, "published": "2024-11-29"}), encoding="utf-8")
    (tmp_path / "articles.jsonl").write_text(json.dumps({**line, "published": "2024-11-30"}), encoding="utf-8")
    before = ["set -e", "waqai ingest first.jsonl"]
    script = "\n".join([*before, *blocks("docs/log.md", "sh")])
    script = script.replace("@db.example.org/", "@/")
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "the log is at position 2" in done.stdout
    assert "holds the 2 records of" in done.stdout
    assert "the log is at position 4" in done.stdout
    assert "the log is sound: 4 records." in done.stdout
    assert "this role may change" not in done.stderr


def examples_hold(name: str, tmp_path: Path, known: Mapping[str, str] | None = None) -> int:
    """Run the examples of a document in a folder, fail where one comes out otherwise, return how many there are.

    `known` is what stands in them for something that is known only here.
    """
    waqai = Path(sys.executable).parent / "waqai"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
    if "WAQAI_CACHE" in os.environ:
        environment["WAQAI_CACHE"] = os.environ["WAQAI_CACHE"]
    environment |= {"COLUMNS": "100", "PYTHONUTF8": "1"}
    faults, count = [], 0
    for command, expected in examples(name):
        for word, meaning in (known or {}).items():
            command, expected = command.replace(word, meaning), [line.replace(word, meaning) for line in expected]
        program, *arguments = shlex.split(command)
        assert program == "waqai", command
        done = subprocess.run(
            [waqai, *arguments], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=300
        )
        assert done.returncode == 0, f"$ {command}\n{done.stderr}"
        count += 1
        if why := mismatch(expected, done.stdout.splitlines()):
            faults.append(f"$ {command}\n{why}")
    assert not faults, "\n\n".join(faults)
    return count


# ---------------------------------------------------------------------- settings, commands, endpoints


def shown(default: object) -> str:
    if default is None or default is PydanticUndefined:
        return "unset"
    return f"`{default}`"


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_has_a_row_with_its_default(name: str) -> None:
    row = f"| `WAQAI_{name.upper()}` | {shown(Settings.model_fields[name].default)} | "
    assert row in document("docs/server.md")


@pytest.mark.parametrize("name", ["README.md", "docs/server.md", "docs/commands.md"])
def test_no_setting_is_named_that_is_not_there(name: str) -> None:
    known = {f"WAQAI_{name.upper()}" for name in Settings.model_fields} | OUTSIDE_THE_FILE
    assert set(re.findall(r"WAQAI_[A-Z_]*[A-Z]", document(name))) <= known


@pytest.mark.parametrize("variable", sorted(OUTSIDE_THE_FILE))
def test_variables_beside_the_settings_are_read_somewhere(variable: str) -> None:
    assert any(
        f'"{variable}"' in path.read_text(encoding="utf-8") for name in PACKAGES for path in (ROOT / name).rglob("*.py")
    )


def commands() -> list[str]:
    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_mentioned(command: str) -> None:
    assert re.search(rf"\bwaqai {command}\b", document("docs/commands.md") + document("docs/server.md"))


def test_the_documents_mention_no_command_that_is_not_there() -> None:
    known = {command.split()[0] for command in commands()}
    for name in DOCUMENTS:
        assert set(re.findall(r"`waqai ([a-z][a-z-]*)", prose(name))) <= known, name


def test_every_endpoint_is_listed() -> None:
    text = document("docs/server.md")
    for path in sorted((ROOT / "api" / "routers").glob("[a-z]*.py")):
        module = import_module(f"api.routers.{path.stem}")
        router = module.router_of(load()) if path.stem == "queries" else module.router
        for route in router.routes:
            assert isinstance(route, APIRoute)
            start = "/" + route.path.split("/")[1]
            assert f"| `{start}" in text or f", `{start}" in text or f"`{start}`" in text, route.path


# ---------------------------------------------------------------------- ARCHITECTURE


def modules(package: str) -> set[str]:
    folder = ROOT / package
    paths = [path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py") if path.stem != "__init__"]
    return {path.as_posix() for path in paths}


def section(package: str) -> str:
    found = re.search(rf"^### `{package}`.*?(?=^##)", document("ARCHITECTURE.md"), re.MULTILINE | re.DOTALL)
    assert found, package
    return found.group()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_architecture_names_every_module_and_no_other(package: str) -> None:
    assert set(re.findall(r"^\| `([a-z_/]+)` \|", section(package), re.MULTILINE)) == modules(package)


def test_the_example_of_a_trigger_is_an_entry_of_the_lexicon() -> None:
    import yaml

    (block,) = blocks("ARCHITECTURE.md", "yaml")
    (entry,) = yaml.safe_load(block)
    lexicon = yaml.load(document("ontology/lexicon/ar/events.yaml"), yaml.CSafeLoader)["entries"]
    (real,) = [item for item in lexicon if item["id"] == entry["id"]]
    assert entry.items() <= real.items()


def new_terms(name: str) -> str:
    """What a document itself adds to the ontology."""
    return "".join(blocks(name, "turtle"))


def test_every_term_in_the_documents_is_in_the_ontology() -> None:
    from ontology.vocabulary import WQ

    ontology = document("ontology/waqai.ttl")
    for name in DOCUMENTS:
        for term in set(re.findall(r"\bwq:([A-Za-z0-9]+)", document(name))):
            assert re.search(rf"^wq:{term} ", ontology + new_terms(name), re.MULTILINE), f"{name}: {WQ}{term}"


# ---------------------------------------------------------------------- links and paths


def anchors(name: str) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", prose(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_resolve(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(name)):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.relative_to(ROOT).as_posix()), target


@pytest.mark.parametrize("name", [*DOCUMENTS, "NOTICE"])
def test_files_that_the_documents_name_exist(name: str) -> None:
    words = re.findall(r"(?<![\w/.-])((?:ontology|ingest|graph|api|tests|scripts)/[\w./-]*\w)", document(name))
    for word in words:
        assert (ROOT / word).exists(), word


@pytest.mark.parametrize("name", DOCUMENTS)
def test_targets_that_the_documents_name_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", document("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", document(name))) <= targets
    assert set(re.findall(r"^make ([a-z-]+)", document(name), re.MULTILINE)) <= targets


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_help_lists_the_targets_that_contributing_names() -> None:
    said = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    for target in re.findall(r"^\| `make ([a-z-]+)`", document("CONTRIBUTING.md"), re.MULTILINE):
        assert target == "help" or f"make {target} " in said


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_states_what_it_is(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_the_version_of_the_changelog_is_the_one_that_is_installed() -> None:
    from importlib.metadata import version

    latest = re.search(r"^## (\d+\.\d+\.\d+)", document("CHANGELOG.md"), re.MULTILINE)
    assert latest
    assert latest.group(1) == version("waqai")


# ---------------------------------------------------------------------- promises of the log and the graph


@pytest.mark.parametrize(("name", "least"), [("docs/log.md", 15), ("docs/graph.md", 10), ("docs/mirror.md", 7)])
def test_every_promise_names_tests_that_are_there(name: str, least: int) -> None:
    tests = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    table = [line for line in document(name).splitlines() if line.startswith("| ") and "::" in line]
    assert len(table) > least
    for line in table:
        assert re.search(r"`test_\w+\.py::test_\w+` \|$", line), line
    for file, test in re.findall(r"`(test_\w+\.py)::(test_\w+)`", document(name)):
        assert re.search(rf"^def {test}\(", tests[file], re.MULTILINE), f"{file}::{test}"
