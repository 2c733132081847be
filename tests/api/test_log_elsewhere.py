"""A workspace whose log lies in PostgreSQL: the same commands, the same answers, and what happens when it is away."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import extraction
from api.app import create_app
from api.cli import app
from api.commands.options import open_workspace
from api.datafolder import LOG_FILE, TwoLogs
from api.settings import BadSetting, Settings, load_settings
from api.workspace import Workspace
from graph.log import open_log
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.graph.backends import Backend, postgres_on
from tests.postgres_server import Server

SECRET = "topsecret"


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "load_extractor", FakeExtractor)


@pytest.fixture
def place(postgres: Server) -> Backend:
    return postgres_on(postgres)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    lines = [
        {"text": article.text, "language": article.language, "published": "2024-11-30", "publisher": "P"}
        for article in (arabic_article(), english_article())
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_same_commands_work_on_a_log_in_postgresql(
    place: Backend, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAQAI_LOG", place.address)
    assert "2 ingested" in done("ingest", articles)
    assert "2 already there" in done("ingest", articles)
    assert not (Path("waqai-data") / LOG_FILE).exists()
    assert len(done("log", "list").splitlines()) == 4
    assert json.loads(done("log", "show", 1))["position"] == 1
    verified = run("log", "verify")
    assert "the log is sound: 4 records." in verified.stdout
    assert "warning: this role may change the records" in verified.stderr
    before = done("query", "SELECT ?e ?t { ?e a ?t } ORDER BY ?e ?t", "--format", "json")
    done("rebuild")
    assert done("query", "SELECT ?e ?t { ?e a ?t } ORDER BY ?e ?t", "--format", "json") == before
    with place.open() as log:
        assert log.head() == log.verify() == 4


def test_the_graph_is_the_same_whichever_backend_holds_the_log(
    place: Backend, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done("ingest", articles, "--data", "here")
    moved = json.loads(done("log", "migrate", "here", place.address, "--format", "json"))
    assert (moved["records"], moved["copied"]) == (4, 4)
    monkeypatch.setenv("WAQAI_LOG", place.address)
    with open_workspace(load_settings(data=Path("here")), create=False) as workspace:
        assert workspace.compare().identical  # the graph of the folder goes on with the log that was moved
        assert workspace.log.place.startswith("postgresql://")


def test_a_log_moves_back_into_a_folder(place: Backend, articles: Path) -> None:
    done("ingest", articles, "--data", "here")
    done("log", "migrate", "here", place.address)
    Path("back").mkdir()
    said = done("log", "migrate", place.address, "back")
    assert "holds the 4 records of" in said
    with open_log(Path("here") / LOG_FILE) as one, open_log(Path("back") / LOG_FILE) as other:
        assert [r.body for r in one.read()] == [r.body for r in other.read()]


def test_a_migration_into_another_log_is_refused(place: Backend, articles: Path) -> None:
    done("ingest", articles, "--data", "here")
    done("ingest", articles, "--data", "there")
    result = run("log", "migrate", "here", Path("there") / LOG_FILE)
    assert result.exit_code == 1
    assert "holds another record than" in result.stderr
    assert run("log", "migrate", "nowhere", place.address).exit_code == 1
    assert not Path("nowhere").exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_article_of_twenty_megabytes_is_taken_or_refused_by_a_limit(
    place: Backend, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "postgres":
        monkeypatch.setenv("WAQAI_LOG", place.address)
    Path("long.txt").write_text("A strike hit the town. " * 900_000, encoding="utf-8")
    refused = run("ingest", "long.txt", "--language", "en")
    assert refused.exit_code == 1
    assert "10,000,000" in refused.stderr
    monkeypatch.setenv("WAQAI_MAX_ARTICLE_BYTES", "30000000")
    assert "1 ingested" in done("ingest", "long.txt", "--language", "en")
    assert "the contents are sound" in done("log", "verify")


def test_a_folder_with_a_log_of_its_own_does_not_get_another(place: Backend, articles: Path) -> None:
    done("ingest", articles, "--data", "here")
    settings = Settings(data=Path("here"), log=place.address)
    with pytest.raises(TwoLogs, match="waqai log migrate"):
        open_workspace(settings, create=True)
    done("log", "migrate", "here", place.address)
    open_workspace(settings, create=True).close()


def test_the_demo_writes_into_no_log_of_yours(place: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_LOG", place.address)
    done("demo", "--no-serve", "--data", "demo")
    assert (Path("demo") / LOG_FILE).is_file()
    with place.open() as log:
        assert log.head() == 0


def test_a_server_that_is_away_is_one_sentence(articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_LOG", f"postgresql://ingest:{SECRET}@127.0.0.1:1/news")
    for command in (("ingest", articles), ("log", "verify"), ("query", "ASK {}"), ("rebuild",)):
        result = run(*command)
        assert result.exit_code == 1
        assert "postgresql://ingest@127.0.0.1:1/news cannot be reached" in result.stderr
        assert SECRET not in result.output + result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("value", [f"mysql://u:{SECRET}@h/d", f"u:{SECRET}@h/d", ""])
def test_a_bad_address_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WAQAI_LOG", value)
    with pytest.raises(BadSetting, match="WAQAI_LOG it must be the address of a database") as caught:
        load_settings()
    assert SECRET not in str(caught.value)


def test_settings_do_not_show_the_address() -> None:
    settings = Settings(log=f"postgresql://u:{SECRET}@h/d")
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


def test_a_server_whose_log_goes_away_says_so_and_recovers(own_server: Server, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", log=postgres_on(own_server).address, poll_interval=0.02, token="t" * 16)
    headers = {"Authorization": "Bearer " + "t" * 16, "Content-Type": "text/plain; charset=utf-8"}
    with open_workspace(settings, create=True) as workspace:
        workspace.ingest(arabic_article())
        with TestClient(create_app(workspace, settings), base_url="http://localhost:8000") as client:
            assert client.get("/health").status_code == 200
            own_server.stop()
            try:
                health = client.get("/health")
                assert health.status_code == 503
                assert "cannot be reached" in health.json()["detail"]
                posted = client.post("/ingest?language=en", content="A strike hit the town.", headers=headers)
                assert (posted.status_code, posted.headers["retry-after"]) == (503, "5")
                assert posted.json()["type"].endswith("log-unavailable")
                asked = client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})
                assert asked.status_code == 200  # the graph answers without the log
            finally:
                own_server.start()
            assert (
                client.post("/ingest?language=en", content="A strike hit the town.", headers=headers).status_code == 201
            )


def test_two_processes_may_share_the_log_with_folders_of_their_own(place: Backend, tmp_path: Path) -> None:
    one = open_workspace(Settings(data=tmp_path / "one", log=place.address), create=True)
    two = open_workspace(Settings(data=tmp_path / "two", log=place.address), create=True)
    with one, two:
        one.ingest(arabic_article())
        assert two.ingest(english_article()).first == 3
        assert one.project() == two.project() == 4


def test_without_a_setting_the_log_lies_in_the_folder(tmp_path: Path) -> None:
    with open_workspace(Settings(data=tmp_path / "data"), create=True) as workspace:
        assert workspace.log.place == str(tmp_path / "data" / LOG_FILE)
    with Workspace(tmp_path / "data", create=False) as workspace:
        assert workspace.log.head() == 0


@pytest.mark.parametrize("reader", [None, 'odd"name'])
def test_the_printed_sql_sets_up_a_log(place: Backend, postgres: Server, reader: str | None) -> None:
    names = [f"w_{place.database}", *([reader] if reader else [])]
    for name in names:
        postgres.sql('CREATE ROLE "{}" LOGIN'.format(name.replace('"', '""')))
    postgres.sql(done("log", "sql", "--writer", names[0], *(["--reader", reader] if reader else [])), place.database)
    with open_log(postgres.address(place.database, names[0]), create=False) as log:
        assert (log.head(), log.advice()) == (0, ())


def test_roles_must_have_a_name() -> None:
    assert run("log", "sql", "--writer", " ").exit_code == 2
