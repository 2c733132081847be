"""Bad input through the real command: each is refused in one sentence that says what to do, and nothing is lost."""

import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.datafolder import CONTENT_FOLDER, GRAPH_FOLDER, LOG_FILE
from api.settings import Settings
from api.workspace import Workspace
from tests import obedient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for a successor of httpx that nothing else here needs
    from starlette.testclient import TestClient

ROOT = Path(__file__).resolve().parents[2]
WAQAI = Path(sys.executable).with_name("waqai")
TEXT = "قال المرصد السوري لحقوق الإنسان إن غارة جوية على مدينة سراقب في ريف إدلب أدت إلى مقتل خمسة مدنيين يوم السبت."
OTHER = "انسحب الجيش السوري اليوم السبت من مدينة سراقب في ريف إدلب بعد اشتباكات مع فصائل المعارضة."
ARTICLE = {"id": "a", "text": TEXT, "language": "ar", "published": "2024-11-30"}
FRENCH = (
    "L'armée syrienne a annoncé samedi son retrait de la ville d'Alep après plusieurs jours de combats contre des "
    "groupes rebelles, selon des témoins et des médias locaux."
)
PERSIAN = (
    "ارتش سوریه روز شنبه اعلام کرد که پس از چند روز درگیری با گروه‌های مسلح از شهر حلب عقب‌نشینی کرده است و "
    "نیروهای خود را سازماندهی می‌کند."
)
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(range(256)) * 8
PAGE = b"<html><head><title>Home</title><script>var a = 1</script></head><body><nav><a href='/'>home</a></nav></body>"


def noise() -> bytes:
    bits = random.Random(3)
    return bytes(bits.choice([*range(0x20, 0x7F), *range(0x80, 0xA0), 0xFE, 0xFF]) for _ in range(3000))


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("article.txt", TEXT)
    return buffer.getvalue()


FILES: dict[str, bytes] = {
    "empty.txt": b"",
    "spaces.txt": b" \n\t \r\n",
    "no-break.txt": "\u00a0\n\u3000\u200f".encode(),
    "picture.png": PNG,
    "picture.txt": PNG,
    "archive.zip": archive(),
    "archive.txt": archive(),
    "nul.txt": b"an article \0 with a hole " * 20,
    "noise.txt": noise(),
    "cut.txt": TEXT[:30].encode() + b"\xff\xfe" + TEXT[30:].encode(),
    "page.html": PAGE,
    "french.txt": FRENCH.encode(),
    "persian.txt": PERSIAN.encode(),
    "big.txt": ((TEXT + "\n").encode() * (20_000_000 // len((TEXT + "\n").encode()) + 1)),
    "lines.jsonl": "\n".join(
        [
            '{"id": "b", "text": ',
            "[1, 2]",
            json.dumps({"id": "c", "title": "no text"}),
            json.dumps({**ARTICLE, "id": "d", "text": OTHER}),
            json.dumps({**ARTICLE, "id": "e", "text": 5}),
        ]
    ).encode(),
    "arabic-windows.txt": (TEXT + " " + OTHER).encode("cp1256"),
}


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str


def waqai(
    *arguments: object, stdin: bytes | None = None, prepare: Callable[[], None] | None = None, **environment: str
) -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WAQAI_")}
    done = subprocess.run(
        [str(WAQAI), *map(str, arguments)],
        capture_output=True,
        input=stdin if stdin is not None else b"",
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        preexec_fn=prepare,
        timeout=120,
    )
    out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert "Traceback" not in out + err
    assert "unexpected" not in err
    return Done(done.returncode, out, err)


def refused(done: Done, *parts: str, code: int = 1) -> None:
    """One sentence on stderr, with these parts, and the exit code."""
    assert (done.code, done.err.count("\n")) == (code, 1), done
    assert done.err.startswith("waqai: ")
    for part in parts:
        assert part in done.err


@dataclass(frozen=True)
class Kept:
    """A data folder that every test may offend and none may harm, and what was said when all bad files went in."""

    data: Path
    folder: Path
    run: Done
    rows: list[dict[str, Any]]

    def said(self, name: str) -> dict[str, Any]:
        (row,) = [row for row in self.rows if str(row.get("rejected", "")).endswith(name)]
        return row


def bodies(data: Path) -> list[bytes]:
    with Workspace(data, create=False) as workspace:
        assert workspace.log.verify() == workspace.log.head()
        return [record.body for record in workspace.log.read()]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "first.jsonl").write_text(json.dumps(ARTICLE), encoding="utf-8")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    names = ["missing.txt", *FILES, "first.jsonl"]
    run = waqai("ingest", *(folder / name for name in names), "--data", folder / "data", "--format", "json")
    return Kept(folder / "data", folder, run, [json.loads(line) for line in run.out.splitlines()])


@pytest.fixture(autouse=True)
def nothing_is_lost(kept: Kept) -> Iterator[None]:
    before = bodies(kept.data)
    yield
    assert bodies(kept.data) == before


def test_what_is_good_goes_in_beside_what_is_bad(kept: Kept) -> None:
    assert kept.run.code == 1
    assert kept.rows[-1] == {"ingested": 3, "already": 0, "rejected": 19, "position": 6}
    assert [row["id"] for row in kept.rows if row.get("ingested") is True] == ["d", None, "a"]
    # One line on stderr for each input that was refused.
    assert len(kept.run.err.splitlines()) == 19
    assert all(line.startswith("waqai: rejected ") for line in kept.run.err.splitlines())
    with Workspace(kept.data, create=False) as workspace:
        assert workspace.compare().identical
        texts = {workspace.text(record.payload["article"]) for record in workspace.log.read() if record.version == 1}
    assert texts == {TEXT, OTHER, TEXT + " " + OTHER}, "the other encoding was read as what it is"


@pytest.mark.parametrize(
    ("name", "reason", "offset"),
    [
        ("missing.txt", "no such file", None),
        ("empty.txt", "is empty", None),
        ("spaces.txt", "nothing but white space", None),
        ("no-break.txt", "no words", None),
        ("picture.png", "PNG image", 0),
        ("picture.txt", "PNG image", 0),
        ("archive.zip", "ZIP archive", 0),
        ("archive.txt", "ZIP archive", 0),
        ("nul.txt", "is binary", FILES["nul.txt"].index(b"\0")),
        ("noise.txt", "convert it to UTF-8", next(i for i, byte in enumerate(FILES["noise.txt"]) if byte >= 0x80)),
        ("cut.txt", "not valid", len(TEXT[:30].encode())),
        ("page.html", "no article text", None),
        ("french.txt", "French", None),
        ("persian.txt", "Persian", None),
        ("big.txt", "WAQAI_MAX_ARTICLE_BYTES", None),
    ],
)
def test_a_file_that_is_no_article_is_named_with_its_reason(
    kept: Kept, name: str, reason: str, offset: int | None
) -> None:
    row = kept.said(name)
    assert reason in row["reason"]
    assert row["offset"] == offset
    (line,) = [line for line in kept.run.err.splitlines() if f"/{name}" in line]
    assert row["reason"] in line
    assert offset is None or f"byte {offset}" in line


def test_a_broken_line_is_named_by_its_number_and_the_others_go_in(kept: Kept) -> None:
    rows = [row for row in kept.rows if str(row.get("rejected", "")).endswith("lines.jsonl")]
    assert [row["line"] for row in rows] == [1, 2, 3, 5]
    assert "broken JSON" in rows[0]["reason"]
    for row in rows:
        assert f"lines.jsonl, line {row['line']}" in kept.run.err


@pytest.mark.parametrize("name", ["empty.txt", "big.txt", "missing.txt", "french.txt"])
def test_one_bad_file_alone_is_one_sentence_and_exit_code_1(kept: Kept, name: str) -> None:
    refused(waqai("ingest", kept.folder / name, "--data", kept.data), f"rejected {kept.folder / name}")
    refused(waqai("extract", kept.folder / name), f"rejected {kept.folder / name}")


@pytest.mark.parametrize("published", ["30/11/2024", "2024-13-45", "yesterday", ""])
def test_a_publication_date_that_is_none(kept: Kept, published: str) -> None:
    done = waqai("ingest", kept.folder / "first.jsonl", "--data", kept.data, "--published", published)
    assert done.code == 2
    assert "2024-11-30" in done.err, "it says what a date looks like"


@pytest.mark.parametrize("port", ["0", "-1", "70000", "http"])
def test_a_port_that_is_none(kept: Kept, port: str) -> None:
    done = waqai("serve", "--data", kept.data, "--port", port)
    assert done.code == 2
    assert "port" in done.err


def test_a_path_that_is_empty_is_not_the_current_folder(kept: Kept, tmp_path: Path) -> None:
    # A shell gives this for "$UNSET"; the current folder may hold anything.
    (tmp_path / "private.txt").write_text(OTHER + " " + OTHER, encoding="utf-8")
    done = waqai("ingest", "", "--data", tmp_path / "data", "--language", "ar")
    refused(done, "a path is empty", code=2)
    assert not (tmp_path / "data").exists()


def test_an_empty_name_of_the_data_folder_is_not_the_current_folder(kept: Kept, tmp_path: Path) -> None:
    done = waqai("ingest", kept.folder / "empty.txt", "--data", "")
    assert done.code == 2
    assert "--data" in done.err
    assert [path.name for path in tmp_path.iterdir()] == []


def test_the_data_folder_is_no_input(kept: Kept) -> None:
    copy = kept.folder / "walked"
    try:
        shutil.copytree(kept.data, copy / "waqai-data")
        (copy / "new.txt").write_text(OTHER + " " + TEXT, encoding="utf-8")
        before = bodies(copy / "waqai-data")
        done = waqai("ingest", copy, "--data", copy / "waqai-data", "--language", "ar")
        assert len(bodies(copy / "waqai-data")) == len(before) + 2, done
    finally:
        shutil.rmtree(copy)


def test_a_file_in_place_of_the_data_folder(kept: Kept) -> None:
    file = kept.folder / "first.jsonl"
    before = file.read_bytes()
    refused(waqai("ingest", file, "--data", file), "it is a file", "--data")
    refused(waqai("ingest", file, "--data", file / "below"), "--data")
    assert file.read_bytes() == before


@pytest.mark.skipif(obedient.why_not() is not None, reason=obedient.why_not() or "")
def test_a_data_folder_that_cannot_be_written(kept: Kept, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    done = waqai("ingest", kept.folder / "first.jsonl", "--data", locked / "data", prepare=obedient.obey)
    refused(done, "--data", "permission denied")
    assert list(locked.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("SELECT * WHERE { ?s ?p", ("line 1, column 23", "ends too early")),
        ("SELECT ?x\nWHERE { ?x wq:place ?y . foo:bar }", ("line 2, column",)),
        ("", ("line 1, column 1", "empty")),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", ("line 1, column 1", "INSERT", "read-only")),
        ("DELETE WHERE { ?s ?p ?o }", ("DELETE", "read-only")),
        ("LOAD <http://127.0.0.1:9/>", ("LOAD", "read-only")),
        ("CLEAR ALL", ("CLEAR", "read-only")),
        ("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", ("SERVICE", "line 1, column 7")),
    ],
)
def test_a_query_that_cannot_run(kept: Kept, query: str, parts: tuple[str, ...]) -> None:
    refused(waqai("query", "-", "--data", kept.data, stdin=query.encode()), *parts)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {" + "{" * 4000 + "}" * 4000 + "}",
        "SELECT * { ?s ?p ?o FILTER(" + "1+(" * 6000 + "1" + ")" * 6000 + ") }",
        "ASK { " + "FILTER EXISTS { ?s ?p ?o " * 1000 + "}" * 1000 + " }",
        "ASK { ?s wq:place " + "(" * 20000 + "wq:place" + ")" * 20000 + " ?o }",
        "ASK { FILTER(" + "!" * 30000 + "true) }",
        "ASK { FILTER(1" + "+1" * 30000 + " = 2) }",
    ],
    ids=["groups", "parentheses", "exists", "path", "negations", "sum"],
)
def test_a_query_made_to_exhaust_the_engine_is_refused(kept: Kept, query: str) -> None:
    # The engine descends once for each level: without a limit its stack overflows, which would end a server at once.
    refused(waqai("query", "-", "--data", kept.data, stdin=query.encode()), "line 1, column")


@pytest.mark.parametrize(
    "name", ["c-00000000000000000000", "http://localhost:8000/id/event/none", "id/place/حلب", "a b", "<>", "%"]
)
def test_an_audit_of_nothing(kept: Kept, name: str) -> None:
    refused(waqai("audit", name, "--data", kept.data), "the graph says nothing about")


@pytest.fixture(scope="module")
def client(kept: Kept) -> Iterator[httpx.Client]:
    with Workspace(kept.data, create=False) as workspace:
        settings = Settings(data=kept.data, poll_interval=0.5)
        with TestClient(create_app(workspace, settings), base_url="http://localhost:8000") as opened:
            yield opened


@pytest.mark.parametrize("update", ["INSERT DATA { <a:b> <a:c> <a:d> }", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL"])
def test_an_update_sent_to_the_query_endpoint_is_refused_saying_why(client: httpx.Client, update: str) -> None:
    count = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    before = client.get("/sparql", params=count).json()
    for response in (
        client.post("/sparql", data={"update": update}),
        client.post("/sparql", data={"query": update}),
        client.get("/sparql", params={"query": update}),
        client.post("/sparql", content=update, headers={"content-type": "application/sparql-query"}),
        client.post("/sparql", content=update, headers={"content-type": "application/sparql-update"}),
    ):
        assert 400 <= response.status_code < 500
        problem = response.json()
        assert "update" in problem["detail"] or "takes no writes" in problem["detail"], problem
        assert response.headers["content-type"] == "application/problem+json"
    assert client.get("/sparql", params=count).json() == before


def test_a_malformed_query_over_http_names_its_place(client: httpx.Client) -> None:
    problem = client.get("/sparql", params={"query": "SELECT *\nWHERE { ?s wq:place }"}).json()
    assert (problem["status"], problem["line"], problem["column"]) == (400, 2, 21)
    service = client.get("/sparql", params={"query": "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"})
    assert (service.status_code, service.json()["type"]) == (400, "urn:waqai:problem:service-refused")


@pytest.fixture
def damaged(kept: Kept, tmp_path: Path) -> Path:
    """A copy of the data folder, to be damaged."""
    shutil.copytree(kept.data, tmp_path / "damaged")
    return tmp_path / "damaged"


def test_a_log_that_is_cut_off(damaged: Path) -> None:
    log = damaged / LOG_FILE
    with sqlite3.connect(log) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    log.write_bytes(log.read_bytes()[:5000])
    for command in (("log", "verify"), ("query", "ASK { ?s ?p ?o }"), ("rebuild",)):
        refused(waqai(*command, "--data", damaged), LOG_FILE, "backup")
    assert len(log.read_bytes()) == 5000, "nothing is repaired in silence"


def test_a_log_that_is_no_database(damaged: Path, kept: Kept) -> None:
    (damaged / LOG_FILE).write_bytes(PNG)
    refused(waqai("ingest", kept.folder / "first.jsonl", "--data", damaged), LOG_FILE, "backup")
    assert (damaged / LOG_FILE).read_bytes() == PNG


def test_a_content_that_was_changed(damaged: Path) -> None:
    changed = [path for path in sorted((damaged / CONTENT_FOLDER).rglob("*")) if path.is_file()]
    for path in changed:
        path.write_bytes(path.read_bytes() + b" ")
    refused(waqai("rebuild", "--data", damaged), "is damaged", "backup")
    with Workspace(damaged, create=False) as workspace:
        (row,) = workspace.query("SELECT ?c { ?c a wq:Claim } LIMIT 1").rows()
    audit = waqai("audit", getattr(row[0], "value", ""), "--data", damaged)
    assert audit.code == 1
    assert "[FAILED]" in audit.out.upper()
    assert "digest" in audit.out


def test_a_log_of_a_newer_version(damaged: Path, kept: Kept) -> None:
    with sqlite3.connect(damaged / LOG_FILE) as database:
        database.execute("PRAGMA user_version = 99")
    for command in (("log", "list"), ("query", "ASK {}"), ("ingest", kept.folder / "first.jsonl"), ("rebuild",)):
        refused(waqai(*command, "--data", damaged), "99", "upgrade waqai")


def test_a_graph_of_a_newer_version_is_rebuilt_on_demand(damaged: Path, kept: Kept) -> None:
    manifest = damaged / GRAPH_FOLDER / "graph.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "projection": 99}))
    refused(waqai("query", "ASK {}", "--data", damaged), "waqai rebuild")
    refused(waqai("ingest", kept.folder / "first.jsonl", "--data", damaged), "waqai rebuild")
    assert waqai("rebuild", "--data", damaged).code == 0
    assert waqai("query", "ASK { ?e a wq:Airstrike }", "--data", damaged).out == "true\n"


def test_a_graph_that_is_destroyed_costs_nothing_but_a_rebuild(damaged: Path) -> None:
    with Workspace(damaged, create=False) as workspace:
        before = workspace.compare().found
    for path in (damaged / GRAPH_FOLDER).glob("quads-*/*"):
        path.write_bytes(b"ruined")
    refused(waqai("query", "ASK {}", "--data", damaged), "waqai rebuild")
    assert waqai("rebuild", "--data", damaged).code == 0
    assert before.sha256 in waqai("rebuild", "--check", "--data", damaged).out
