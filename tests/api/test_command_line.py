import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner, Result

from api import extraction
from api.cli import app
from api.workspace import Workspace
from ingest.unfinished import TookTooLong, WorkerDied
from ontology.identity import sha256_hex
from ontology.model import Article, Extraction
from tests.api.fakes import FakeExtractor, arabic_article

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    "demo",
    "ingest",
    "extract",
    "evaluate",
    "lexicon check",
    "lexicon export",
    "gazetteer import",
    "gazetteer sources",
    "gazetteer remove",
    "gazetteer lookup",
    "query",
    "serve",
    "rebuild",
    "audit",
    "version",
    "log list",
    "log show",
    "log verify",
    "log migrate",
    "log sql",
    "log key",
    "log checkpoint",
    "log prove",
    "log consistency",
    "verify-bundle",
]
HEAVY = (
    "spacy",
    "rdflib",
    "fastapi",
    "starlette",
    "owlready2",
    "pyoxigraph",
    "trafilatura",
    "pydantic_settings",
    "rich",
    "numpy",
    "psycopg",
)
TEXT = "قال المرصد إن غارة على دوار الباسل في حلب قتلت 16 شخصا."


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def ingested(article: Path) -> None:
    assert run("ingest", article, "--published", "2024-11-30", "--publisher", "P", "--language", "ar").exit_code == 0


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def refused(result: Result, *parts: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert "unexpected" not in result.stderr
    for part in parts:
        assert part in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"Example: waqai {command}" in " ".join(result.output.split())


def test_the_command_itself() -> None:
    assert "Example: waqai demo" in run("--help").output
    assert run("--version").output == run("version").output
    assert run("--version").output.startswith("waqai ")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    script = (
        "import sys\n"
        "from api.cli import app\n"
        f"sys.argv = {['waqai', *command.split(), '--help']!r}\n"
        "try:\n    app()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('LOADED', sorted(set(sys.modules) & set({HEAVY!r})), len(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    last = done.stdout.splitlines()[-1]
    assert last.startswith("LOADED [] "), done.stdout + done.stderr
    assert int(last.split()[-1]) < 600


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("ingest",),
        ("query", "ASK {}", "--format", "png"),
        ("query",),
        ("query", "ASK {}", "--file", "x.rq"),
        ("log", "list", "--limit", "0"),
        ("log", "show", "first"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "x"),
        ("extract", "x.txt", "--format", "csv"),
        ("audit",),
        ("ingest", ""),
        ("extract", "x.txt", " "),
        ("ingest", "x.txt", "--data", ""),
        ("demo", "--no-serve", "--data", " "),
        ("log", "list", "--data", ""),
        *(
            (command, "x.txt", option, value)
            for command in ("ingest", "extract")
            for option, value in (
                ("--publisher", ""),
                ("--title", " "),
                ("--url", ""),
                ("--url", "example.org"),
                ("--published", ""),
                ("--published", "30/11/2024"),
                ("--published", "2024-13-01"),
                ("--language", ""),
                ("--language", "fr"),
            )
        ),
    ],
)
def test_asking_wrongly_ends_with_2_and_says_how(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.output
    assert list(Path().iterdir()) == [], "nothing was made"


def test_a_bad_setting_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_PORT", "eighty")
    refused(run("log", "list"), "waqai: WAQAI_PORT is 'eighty'", code=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", "ASK {}"),
        ("log", "list"),
        ("log", "verify"),
        ("rebuild",),
        ("audit", "x"),
        ("log", "show", "1"),
        ("serve",),
    ],
)
def test_asking_before_anything_was_ingested(arguments: tuple[str, ...]) -> None:
    refused(run(*arguments), "There is no data folder waqai-data", "waqai ingest PATH or waqai demo")
    assert not Path("waqai-data").exists()
    Path("waqai-data").mkdir()
    Path("waqai-data/demo").mkdir()
    refused(run(*arguments), "There is no log in waqai-data", "--data")
    refused(run(*arguments, "--data", "waqai-dta"), "There is no data folder waqai-dta")
    assert sorted(Path().rglob("*")) == [Path("waqai-data"), Path("waqai-data/demo")]


def test_ingest_says_what_became_of_each_article(article: Path) -> None:
    first = run("ingest", article, "--published", "2024-11-30", "--language", "ar")
    assert first.exit_code == 0, first.output
    assert "1 claim, positions 1-2" in first.output
    assert "1 ingested, 0 already there, 0 rejected; the log is at position 2." in first.output
    again = run("ingest", article, "--published", "2024-11-30", "--language", "ar")
    assert again.exit_code == 0
    assert "already ingested at position 1" in again.output
    assert "0 ingested, 1 already there" in again.output
    other = run("ingest", article, "--published", "2024-12-01", "--language", "ar")
    assert "the same text is already there" in other.stderr


def test_bad_lines_are_named_and_the_others_go_in(tmp_path: Path) -> None:
    good = {"id": "a", "text": TEXT, "language": "ar", "published": "2024-11-30"}
    lines = [
        json.dumps(good),
        "{broken",
        json.dumps({"id": "c", "title": "no text"}),
        json.dumps({**good, "id": "d", "text": TEXT * 2}),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    result = run("ingest", tmp_path / "in.jsonl", "--format", "json")
    assert result.exit_code == 1
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["line"] for row in printed if "rejected" in row and "line" in row] == [2, 3]
    assert printed[-1] == {"ingested": 2, "already": 0, "rejected": 2, "position": 4}
    assert "line 2" in result.stderr
    assert "line 3" in result.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("spaces.txt", b" \n\t"),
        ("binary.txt", bytes(range(256)) * 20),
        ("page.html", b"<html><body><script>1</script></body></html>"),
        ("broken.jsonl", b"{\n"),
        ("bad.txt", b"caf\xe9 \xff\xfe\x00\x00 \x81\x8d"),
        ("klingon.txt", "Это статья на русском языке, и ни слова больше. Она длинная и совсем не наша.".encode()),
    ],
)
def test_inputs_that_are_no_article(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    refused(run("ingest", tmp_path / name), "rejected", name)
    refused(run("extract", tmp_path / name), "rejected", name)


def test_a_missing_file() -> None:
    refused(run("ingest", "nowhere.txt"), "nowhere.txt")
    refused(run("extract", "nowhere.txt"), "nowhere.txt")


def test_a_text_over_the_limit(article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_MAX_ARTICLE_BYTES", "50")
    refused(run("ingest", article), "rejected")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert run("ingest", tmp_path / "nothing").exit_code == 1


def test_a_folder_is_walked_and_standard_input_is_read(tmp_path: Path) -> None:
    (tmp_path / "in" / "deeper").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "in" / "deeper" / "b.txt").write_text(TEXT + " وبعد.", encoding="utf-8")
    result = run("ingest", tmp_path / "in", "-", "--language", "ar", stdin=(TEXT + " ثم.").encode())
    assert "3 ingested" in result.output, result.output


def test_a_data_folder_that_cannot_be_used(article: Path, tmp_path: Path) -> None:
    refused(run("ingest", article, "--data", article), "not a folder", "--data")
    refused(run("ingest", article, "--data", "/proc/nothing"), "--data")


def test_a_log_that_is_none(article: Path) -> None:
    Path("waqai-data").mkdir()
    Path("waqai-data/log.sqlite").write_text("this is not a database, and long enough to be looked at" * 30)
    refused(run("ingest", article, "--language", "ar"), "waqai: ", "log.sqlite")
    refused(run("log", "verify"), "log.sqlite")


def test_a_full_disk_is_named(article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device", "content/ab")

    monkeypatch.setattr("graph.content.ContentStore.put", full)
    refused(run("ingest", article, "--language", "ar"), "No space left on device", "Free some space")


def test_extract_prints_the_wire_format_and_opens_no_log(article: Path) -> None:
    result = run("extract", article, "--published", "2024-11-30", "--publisher", "P", "--language", "ar")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    data = json.loads(line)
    assert (data["language"], data["published"], data["publisher"]) == ("ar", "2024-11-30", "P")
    event = data["events"][0]
    assert event["type"] == "Airstrike"
    evidence = event["evidence"]
    assert TEXT[evidence["start"] : evidence["end"]] == evidence["quote"]
    assert not Path("waqai-data").exists()
    assert json.loads(run("extract", article, "--format", "json", "--language", "ar").stdout)["events"]


@pytest.mark.usefixtures("ingested")
@pytest.mark.parametrize(
    ("output", "start"),
    [
        ("json", b'{"head":'),
        ("xml", b"<?xml"),
        ("csv", b"e\r\n"),
        ("tsv", b"?e"),
        ("table", b""),
    ],
)
def test_query_formats_of_solutions(output: str, start: bytes) -> None:
    result = run("query", "SELECT ?e { ?e a wq:Airstrike }", "--format", output)
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes.startswith(start)
    assert "id/event/" in result.stdout


@pytest.mark.usefixtures("ingested")
@pytest.mark.parametrize(
    ("output", "format_"),
    [
        ("turtle", ox.RdfFormat.TURTLE),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("nquads", ox.RdfFormat.N_QUADS),
        ("trig", ox.RdfFormat.TRIG),
        ("jsonld", ox.RdfFormat.JSON_LD),
        ("rdfxml", ox.RdfFormat.RDF_XML),
        ("table", ox.RdfFormat.TURTLE),
    ],
)
def test_query_formats_of_graphs(output: str, format_: ox.RdfFormat) -> None:
    result = run("query", "CONSTRUCT WHERE { ?e a wq:Airstrike }", "--format", output)
    assert len(list(ox.parse(result.stdout_bytes, format=format_))) == 1


@pytest.mark.usefixtures("ingested")
def test_query_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text("ASK { ?e a wq:Airstrike }")
    assert run("query", "--file", tmp_path / "q.rq").output == "true\n"
    assert run("query", "-", stdin="ASK { ?e a wq:Takeover }").output == "false\n"
    assert run("query", "--file", "-", stdin="ASK { ?e a wq:Airstrike }").output == "true\n"
    (tmp_path / "bad.rq").write_bytes(b"ASK { \xff }")
    refused(run("query", "--file", tmp_path / "bad.rq"), "not UTF-8", "byte 6")
    refused(run("query", "--file", "missing.rq"), "missing.rq")


@pytest.mark.usefixtures("ingested")
def test_queries_that_cannot_run() -> None:
    refused(run("query", "SELECT *\nWHERE { ?s ?p }"), "line 2, column")
    refused(run("query", "DELETE WHERE { ?s ?p ?o }"), "line 1, column 1", "read-only")
    refused(run("query", "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"), "SERVICE")
    refused(run("query", "ASK {}", "--format", "turtle"), "choose json, xml, csv, tsv", code=2)
    refused(run("query", "CONSTRUCT WHERE { ?s ?p ?o }", "--format", "csv"), "choose turtle", code=2)
    refused(run("query", 'SELECT ("\\u0008" AS ?x) {}', "--format", "xml"), "U+0008", "choose json, csv, tsv")
    numbered = "CONSTRUCT { <x:a> <x:1> 2 } {}"
    refused(run("query", numbered, "--format", "rdfxml"), "<x:1>", "choose turtle, ntriples")


@pytest.mark.usefixtures("ingested")
def test_the_table_isolates_arabic() -> None:
    result = run("query", "SELECT ?name { ?p a wq:Place ; rdfs:label ?name } ORDER BY ?name")
    assert "\u2068دوار الباسل\u2069" in result.output
    assert "at log position 2" in result.output


@pytest.mark.usefixtures("ingested")
def test_rebuild_and_its_check() -> None:
    check = run("rebuild", "--check")
    assert check.exit_code == 0
    assert check.output.startswith("identical: ")
    assert "position 2" in run("rebuild").output
    assert run("rebuild", "--check").output == check.output
    graph = Path("waqai-data", "graph")
    assert len([path for path in graph.iterdir() if path.name.startswith("quads-")]) == 1  # the replay is gone again
    with Workspace(Path("waqai-data"), extractor=FakeExtractor()) as workspace:
        workspace.serve_graph()
        held = run("rebuild", "--check")
        assert held.exit_code == 1
        assert "end that first, or compare the header Waqai-Fingerprint" in held.stderr
        printed = run("query", "--fingerprint", "ASK {}")
        assert check.output.split()[-1] in printed.stderr


@pytest.mark.usefixtures("ingested")
def test_another_base_iri_asks_for_a_rebuild(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_BASE_IRI", "https://example.org/kg/")
    refused(run("query", "ASK {}"), "waqai rebuild")
    assert run("rebuild").exit_code == 0
    assert "https://example.org/kg/id/event/" in run("query", "SELECT ?e { ?e a wq:Event }", "--format", "csv").output


@pytest.mark.usefixtures("ingested")
def test_the_log_can_be_read() -> None:
    listed = run("log", "list", "--format", "json").stdout.splitlines()
    assert [json.loads(line)["type"] for line in listed] == ["ArticleIngested", "ClaimsExtracted"]
    assert len(run("log", "list", "--after", "1").stdout.splitlines()) == 1
    assert len(run("log", "list", "--limit", "1").stdout.splitlines()) == 1
    assert json.loads(run("log", "show", "2").stdout) == json.loads(listed[1])
    refused(run("log", "show", "9"), "there is no record 9", "position 2")
    unsigned = "no checkpoint was signed: that nobody rewrote the log cannot be shown."
    sound = f"the log is sound: 2 records.\n{unsigned}\nthe contents are sound: 2 checked.\n"
    assert run("log", "verify").output == sound
    assert json.loads(run("log", "verify", "--format", "json").stdout) == {
        "sound": True,
        "records": 2,
        "checkpoint": None,
        "contents": {"checked": 2, "missing": [], "damaged": [], "left": [], "erased": []},
    }


@pytest.mark.usefixtures("ingested")
@pytest.mark.parametrize("state", ["missing", "damaged"])
def test_contents_that_are_not_as_the_log_names_them_are_named(state: str) -> None:
    digest = json.loads(run("log", "show", "1").stdout)["payload"]["text_digest"]
    file = Path("waqai-data/content") / digest[:2] / digest[2:]
    if state == "missing":
        file.unlink()
    else:
        file.write_bytes(b"other words")
    refused(run("log", "verify"), f"{state} text {digest} of position 1: ", "restore them from a backup")
    result = run("log", "verify", "--format", "json")
    assert result.exit_code == 1
    contents = json.loads(result.stdout)["contents"]
    assert [row["sha256"] for row in contents[state]] == [digest]
    if state == "missing":
        assert "1 content is missing" in run("rebuild").stderr


@pytest.mark.usefixtures("ingested")
def test_a_misspelt_term_is_named_beside_the_answer() -> None:
    result = run("query", "SELECT ?e { ?e a wq:Airstrik }", "--format", "csv")
    assert (result.exit_code, result.stdout_bytes) == (0, b"e\r\n")
    assert result.stderr == "waqai: The ontology has no wq:Airstrik; the nearest is wq:Airstrike.\n"
    assert run("query", "SELECT ?e { ?e a wq:Takeover }", "--format", "csv").stderr == ""


def test_an_unknown_variable_is_a_warning(monkeypatch: pytest.MonkeyPatch, article: Path) -> None:
    monkeypatch.setenv("WAQAI_PROT", "8080")
    result = run("ingest", article, "--language", "ar")
    assert result.exit_code == 0
    assert result.stderr == "waqai: warning: there is no setting WAQAI_PROT; the nearest is WAQAI_PORT.\n"


def test_a_title_for_a_plain_text(article: Path) -> None:
    result = run("extract", article, "--title", "غارة على حلب", "--language", "ar")
    assert json.loads(result.stdout)["title"] == "غارة على حلب"


class _Stumbling(FakeExtractor):
    """Fails on one article."""

    def extract(self, article: Article) -> Extraction:
        if "ثم" in article.text:
            raise IndexError("list index\nout of range")
        return super().extract(article)


@pytest.mark.parametrize("processes", [1, 2])
def test_several_processes_change_neither_the_order_nor_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(extraction, "load_extractor", _Stumbling)
    words = ["أ", "ثم", "ب", "", "ج"]
    lines = [{"id": f"n{n}", "text": word and f"{TEXT} {word}.", "language": "ar"} for n, word in enumerate(words)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    extracted = run("extract", tmp_path / "in.jsonl", "--processes", str(processes))
    texts = [f"{TEXT} {word}." for word in ("أ", "ب", "ج")]
    assert [json.loads(line)["text_sha256"] for line in extracted.stdout.splitlines()] == [
        sha256_hex(text.encode()) for text in texts
    ]
    assert extracted.stderr.count("waqai: rejected") == 2
    for n in range(2):
        done = run("ingest", tmp_path / "in.jsonl", "--format", "json", "--processes", str(processes))
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert [row.get("id", "rejected") for row in rows[:-1]] == ["n0", "rejected", "n2", "rejected", "n4"]
        assert (rows[-1]["ingested"], rows[-1]["already"]) == ((3, 0), (0, 3))[n]


@pytest.mark.parametrize(
    ("error", "said"),
    [(TookTooLong(1.5), "longer than the 1.5 s of WAQAI_ARTICLE_SECONDS"), (WorkerDied(), "worker process ended")],
)
def test_an_article_that_comes_to_no_result_is_rejected_and_the_others_go_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    class Slow(FakeExtractor):
        def extract(self, article: Article) -> Extraction:
            if "ثم" in article.text:
                raise error
            return super().extract(article)

    monkeypatch.setattr(extraction, "load_extractor", Slow)
    lines = [{"id": f"n{n}", "text": f"{TEXT} {word}.", "language": "ar"} for n, word in enumerate(("أ", "ثم", "ب"))]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for command in ("extract", "ingest"):
        result = run(command, tmp_path / "in.jsonl")
        assert result.exit_code == 1
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
    assert "2 ingested, 0 already there, 1 rejected" in result.stdout


def test_the_time_of_an_article_is_a_setting(monkeypatch: pytest.MonkeyPatch, article: Path) -> None:
    given: list[float] = []

    def load(seconds: float, imports: Path) -> FakeExtractor:
        given.append(seconds)
        return FakeExtractor()

    monkeypatch.setattr(extraction, "load_extractor", load)
    monkeypatch.setenv("WAQAI_ARTICLE_SECONDS", "2.5")
    for command in ("extract", "ingest"):
        assert run(command, article, "--language", "ar").exit_code == 0
    assert given == [2.5, 2.5]


@pytest.mark.parametrize("debug", [False, True])
def test_an_article_on_which_the_extractor_fails_is_named_and_the_others_go_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    monkeypatch.setattr(extraction, "load_extractor", _Stumbling)
    if debug:
        monkeypatch.setenv("WAQAI_DEBUG", "1")
    lines = [{"id": f"n{n}", "text": f"{TEXT} {word}.", "language": "ar"} for n, word in enumerate(("أ", "ثم", "ب"))]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    reason = ('the extractor failed on "قال المرصد', "id 'n1'", "IndexError: list index out of range; please report it")
    extracted = run("extract", tmp_path / "in.jsonl")
    assert extracted.exit_code == 1
    assert [json.loads(line)["id"] is not None for line in extracted.stdout.splitlines()] == [True, True]
    ingested = run("ingest", tmp_path / "in.jsonl", "--format", "json")
    assert ingested.exit_code == 1
    for result in (extracted, ingested):
        assert f"waqai: rejected {tmp_path / 'in.jsonl'}: " in result.stderr
        assert all(part in result.stderr for part in reason)
        assert ("Traceback" in result.stderr) is debug
    rows = [json.loads(line) for line in ingested.stdout.splitlines()]
    assert rows[-1] == {"ingested": 2, "already": 0, "rejected": 1, "position": 4}
    assert [all(part in row["reason"] for part in reason) for row in rows if "rejected" in row and "reason" in row] == [
        True
    ]


def test_the_data_folder_is_no_input(article: Path) -> None:
    first = run("ingest", ".", "--language", "ar")
    assert (first.exit_code, "1 ingested, 0 already there, 1 rejected" in first.stdout) == (1, True), first.output
    again = run("ingest", ".", "--language", "ar")
    assert "0 ingested, 1 already there, 1 rejected" in again.stdout
    assert (
        again.stderr
        == "waqai: rejected waqai-data: is skipped: it is a data folder of waqai, and its files are no articles\n"
    )


def test_serve_makes_no_folder(tmp_path: Path) -> None:
    refused(run("serve", "--port", free_port(), "--data", "typo"), "There is no data folder typo", "waqai demo")
    assert not Path("typo").exists()
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work")
    refused(run("serve", "--port", free_port(), "--data", "mine"), "There is no log in mine")
    assert [path.name for path in Path("mine").iterdir()] == ["thesis.txt"]
    refused(run("serve", "--port", free_port(), "--data", "mine/thesis.txt"), "is a file, not a folder")


@pytest.mark.usefixtures("ingested")
def test_a_changed_record_is_found() -> None:
    import sqlite3

    with sqlite3.connect("waqai-data/log.sqlite") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        (table,) = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%body%'"
        ).fetchone()
        database.execute(
            f"UPDATE {table} SET body = CAST(replace(CAST(body AS TEXT), 'sExtracted', 'sRetracted') AS BLOB)"
        )
    result = run("log", "verify")
    assert result.exit_code == 1
    assert "waqai: " in result.stderr


@pytest.mark.usefixtures("ingested")
def test_audits() -> None:
    claim = json.loads(run("query", "SELECT ?c { ?c a wq:Claim }", "--format", "json").stdout)
    iri = claim["results"]["bindings"][0]["c"]["value"]
    whole = run("audit", iri)
    assert whole.exit_code == 0, whole.output
    assert "دوار الباسل" in whole.output
    assert run("audit", iri.rpartition("/")[2]).output == whole.output
    data = json.loads(run("audit", iri, "--format", "json").stdout)
    assert isinstance(data, dict)
    refused(run("audit", "c-00000000000000000000"), "waqai: ")


@pytest.mark.usefixtures("ingested")
def test_while_a_server_owns_the_graph_the_commands_still_work(article: Path) -> None:
    with Workspace(Path("waqai-data")) as server:
        server.own_graph()
        answer = run("query", "SELECT (COUNT(*) AS ?n) { ?e a wq:Event }", "--format", "csv")
        assert answer.stdout.split() == ["n", "1"]
        assert not answer.stderr
        added = run("ingest", article, "--publisher", "Another", "--language", "ar")
        assert added.exit_code == 0
        assert "will add the new records" in added.stderr
        refused(run("rebuild"), "in use")
        refused(run("serve", "--port", free_port()), "another process serves")
        assert server.project() == 4


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_in_use_and_a_host_that_is_none() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(run("serve", "--port", port), f"port {port} on 127.0.0.1 is in use", "--port")
    refused(run("serve", "--host", "not a host"), "--host")


def test_the_demo_shows_events_an_answer_and_an_audit() -> None:
    result = run("demo", "--no-serve")
    assert result.exit_code == 0, result.output
    for part in (
        "ingesting the articles",
        "events at log position",
        "SELECT ?event",
        "rows at log position",
        "one audit",
    ):
        assert part in result.output
    before = run("log", "verify", "--data", "waqai-data/demo").output
    assert run("demo", "--no-serve").exit_code == 0
    assert run("log", "verify", "--data", "waqai-data/demo").output == before


def test_the_demo_deletes_only_what_it_made(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    refused(run("demo", "--no-serve", "--data", mine), "was not made by the demo", "--data")
    assert (mine / "thesis.txt").read_text() == "years of work"
    refused(run("demo", "--no-serve", "--data", mine / "thesis.txt"), "--data")
    assert (mine / "thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    assert run("demo", "--no-serve", "--data", tmp_path / "empty").exit_code == 0


def test_the_demo_leaves_a_served_folder_alone() -> None:
    assert run("demo", "--no-serve").exit_code == 0
    with Workspace(Path("waqai-data/demo")) as server:
        server.own_graph()
        refused(run("demo", "--no-serve"), "another process serves")
        assert server.log.head() > 0


def test_a_real_process(article: Path) -> None:
    def waqai(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "tests.api.fake_cli", *arguments],
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            timeout=60,
        )

    done = waqai("ingest", str(article), "--language", "ar", PYTHONIOENCODING="ascii", LC_ALL="C", LANG="C")
    assert done.returncode == 0, done.stderr
    assert "غارة" in done.stdout.decode("utf-8")
    bad = waqai("query", "SELECT")
    assert bad.returncode == 1
    assert bad.stderr.count(b"\n") == 1
    assert waqai("nonsense").returncode == 2
    assert waqai("query", "SELECT ?s { ?s ?p ?o }", "--format", "csv").stdout.startswith(b"s\r\nhttp://")


def test_an_unexpected_error_is_one_sentence_unless_asked_for(monkeypatch: pytest.MonkeyPatch, article: Path) -> None:
    def broken(seconds: float, imports: Path) -> FakeExtractor:
        raise KeyError("something\nodd")

    monkeypatch.setattr(extraction, "load_extractor", broken)
    result = run("ingest", article, "--language", "ar")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "unexpected KeyError" in result.stderr
    monkeypatch.setenv("WAQAI_DEBUG", "1")
    assert isinstance(run("ingest", article, "--language", "ar").exception, KeyError)


def test_arabic_titles_are_isolated_in_lines(tmp_path: Path) -> None:
    article = arabic_article()
    line = json.dumps({"id": "x", "title": article.title, "text": article.text, "language": "ar"})
    (tmp_path / "in.jsonl").write_text(line, encoding="utf-8")
    assert f"\u2068{article.title}\u2069" in run("ingest", tmp_path / "in.jsonl").output
