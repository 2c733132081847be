import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from api.datafolder import CONTENT_FOLDER, GRAPH_FOLDER, NoWorkspace, Unwritable
from api.extraction import ExtractorFailed
from api.workspace import Workspace
from graph.audit import NothingToAudit
from graph.sparql import UpdateRefused
from ingest.lexicon import LexiconError
from ontology.model import Article, Extraction
from ontology.records import sealed_contents
from tests.api.fakes import FakeExtractor, arabic_article, content_file, english_article


def dump_of(workspace: Workspace) -> bytes:
    buffer = io.BytesIO()
    workspace.graph().dump(buffer)
    return buffer.getvalue()


def test_an_article_is_two_records_in_one_append(workspace: Workspace) -> None:
    outcome = workspace.ingest(arabic_article())
    assert (outcome.first, outcome.last, outcome.new, outcome.claims) == (1, 2, True, 2)
    records = list(workspace.log.read())
    assert [record.type for record in records] == ["ArticleIngested", "ClaimsExtracted"]
    assert workspace.graph().position() == 2
    assert workspace.text(arabic_article().id) == arabic_article().text


def test_the_same_article_again_adds_nothing_and_is_not_extracted_again(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    with Workspace(tmp_path / "data", extractor=extractor) as workspace:
        workspace.ingest(arabic_article())
        again = workspace.ingest(arabic_article())
        assert (again.first, again.new, again.claims) == (1, False, None)
        assert workspace.log.head() == 2
    assert extractor.calls == 1


def test_another_extractor_does_not_ingest_the_same_article_again(tmp_path: Path) -> None:
    with Workspace(tmp_path / "data", extractor=FakeExtractor(version="1")) as workspace:
        workspace.ingest(arabic_article())
    with Workspace(tmp_path / "data", extractor=FakeExtractor(version="2")) as workspace:
        assert not workspace.ingest(arabic_article()).new


def test_the_same_text_under_other_metadata_is_a_second_article_with_a_warning(workspace: Workspace) -> None:
    first = workspace.ingest(arabic_article())
    second = workspace.ingest(replace(arabic_article(), publisher="Another"))
    assert second.new
    assert second.article != first.article
    assert first.warning is None
    assert first.article in (second.warning or "")
    assert "position 1" in (second.warning or "")


def test_text_left_by_an_ingest_that_never_came_to_its_append_gives_no_warning(workspace: Workspace) -> None:
    workspace.content.put(sealed_contents(arabic_article(), workspace.content.key())["text"].data)
    assert workspace.ingest(arabic_article()).warning is None


def test_a_failing_extractor_leaves_no_record(tmp_path: Path) -> None:
    class Failing(FakeExtractor):
        def extract(self, article: Article):  # type: ignore[no-untyped-def]
            raise RuntimeError("no")

    with Workspace(tmp_path / "data", extractor=Failing()) as workspace:
        with pytest.raises(ExtractorFailed, match="RuntimeError: no; please report it") as caught:
            workspace.ingest(arabic_article())
        assert isinstance(caught.value.__cause__, RuntimeError)
        assert arabic_article().id in str(caught.value)
        assert workspace.log.head() == 0
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        assert workspace.ingest(arabic_article()).new


def test_claims_that_no_graph_can_hold_leave_no_record_and_the_next_article_comes(tmp_path: Path) -> None:
    class Strange(FakeExtractor):
        def extract(self, article: Article) -> Extraction:
            made = super().extract(article)
            if article.language != "en":
                return made
            claim = next(claim for claim in made.claims if claim.participants)
            strange = replace(claim.participants[0], kind="warlock")
            return replace(made, claims=(replace(claim, participants=(strange,)),))

    with Workspace(tmp_path / "data", extractor=Strange()) as workspace:
        with pytest.raises(ExtractorFailed, match="the ontology has no actor kind 'warlock'"):
            workspace.ingest(english_article())
        assert workspace.log.head() == 0
        assert sealed_contents(english_article(), workspace.content.key())["text"].digest not in workspace.content
        assert workspace.ingest(arabic_article()).new
        assert workspace.graph().position() == 2


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), LexiconError("no such entry")])
def test_what_is_no_fault_of_the_extractors_code_comes_through(tmp_path: Path, error: Exception) -> None:
    class Failing(FakeExtractor):
        def extract(self, article: Article):  # type: ignore[no-untyped-def]
            raise error

    with Workspace(tmp_path / "data", extractor=Failing()) as workspace, pytest.raises(type(error)):
        workspace.ingest(arabic_article())


def test_a_rebuild_says_how_many_contents_are_missing(filled: Workspace) -> None:
    notices: list[str] = []
    with_words = filled.graph().position(), len(filled.graph())
    filled.close()
    content_file(filled.data, arabic_article()).unlink()
    with Workspace(filled.data, notice=notices.append) as workspace:
        rebuilt = workspace.rebuild()
        assert rebuilt.position == with_words[0]
        assert rebuilt.quads < with_words[1]
    (notice,) = notices
    assert "1 content is missing" in notice
    assert "waqai log verify" in notice


def test_denied_claims_are_no_events(filled: Workspace) -> None:
    count = next(filled.query("SELECT (COUNT(?e) AS ?n) { ?e a wq:Airstrike }").rows())[0]
    assert count.value == "2"  # type: ignore[attr-defined]
    assert bool(filled.query("ASK { ?c wq:modality wq:Denied ; wq:about ?e FILTER NOT EXISTS { ?e a ?t } }"))


def test_rebuilding_gives_the_identical_dataset(filled: Workspace) -> None:
    before = dump_of(filled)
    rebuilt = filled.rebuild()
    assert rebuilt.position == 4
    assert dump_of(filled) == before
    assert before.count(b"\n") == rebuilt.quads
    compared = filled.compare()
    assert compared.identical
    assert compared.found.quads == compared.replayed.quads == rebuilt.quads


def test_a_graph_that_was_changed_by_hand_is_found_out(filled: Workspace) -> None:
    import pyoxigraph as ox

    filled.close()
    database = next((filled.data / GRAPH_FOLDER).glob("quads-*"))
    store = ox.Store(database)
    store.add(ox.Quad(ox.NamedNode("http://x/s"), ox.NamedNode("http://x/p"), ox.Literal("forged")))
    del store
    with Workspace(filled.data) as reopened:
        compared = reopened.compare()
        assert not compared.identical
        assert compared.found.quads == compared.replayed.quads + 1
        reopened.rebuild()
        assert reopened.compare().identical


def test_a_deleted_graph_comes_back_from_the_log(filled: Workspace) -> None:
    import shutil

    before = dump_of(filled)
    filled.close()
    shutil.rmtree(filled.data / GRAPH_FOLDER)
    with Workspace(filled.data) as reopened:
        assert dump_of(reopened) == before


@pytest.mark.parametrize("may_copy", [True, False])
def test_while_a_server_owns_the_graph_others_append_and_answer_from_the_log(filled: Workspace, may_copy: bool) -> None:
    notices: list[str] = []
    with Workspace(filled.data, extractor=FakeExtractor(), notice=notices.append) as second:
        second.past.policy = replace(second.past.policy, replay_records=100 if may_copy else 1)
        assert second.ingest(replace(arabic_article(), publisher="Later")).new
        assert second.project() is None
        assert second.graph().position() == 6
        found = dump_of(second)
        assert found != dump_of(filled)
        assert ["replay" in notice for notice in notices] == ([] if may_copy else [True])
    assert filled.project() == 6
    assert dump_of(filled) == found
    assert filled.compare().identical


def test_updates_are_refused(filled: Workspace) -> None:
    before = dump_of(filled)
    with pytest.raises(UpdateRefused):
        filled.query("DELETE WHERE { ?s ?p ?o }")
    assert dump_of(filled) == before


@pytest.mark.parametrize(
    "form", ["{iri}", "<{iri}>", "id/claim/{id}", "/id/claim/{id}", "claim/{id}", "{id}", " {id}\n"]
)
def test_names_of_a_claim(filled: Workspace, form: str) -> None:
    iri = next(filled.query("SELECT ?c { ?c a wq:Claim } ORDER BY ?c").rows())[0].value  # type: ignore[attr-defined]
    assert filled.resolve(form.format(iri=iri, id=iri.rpartition("/")[2])) == iri


@pytest.mark.parametrize(
    ("cls", "kind"), [("wq:Event", "event"), ("wq:Article", "article"), ("wq:ExtractionRun", "run")]
)
def test_bare_ids_are_found_by_kind(filled: Workspace, cls: str, kind: str) -> None:
    iri = next(filled.query(f"SELECT ?x {{ ?x a {cls} }} ORDER BY ?x").rows())[0].value  # type: ignore[attr-defined]
    assert f"/id/{kind}/" in iri
    assert filled.resolve(iri.rpartition("/")[2]) == iri


@pytest.mark.parametrize("name", ["c-00000000000000000000", "nothing", "id/claim/x", "a> b", "', DROP ALL"])
def test_names_of_nothing(filled: Workspace, name: str) -> None:
    with pytest.raises(NothingToAudit):
        filled.audit(name)


def test_a_folder_without_a_log(tmp_path: Path) -> None:
    with pytest.raises(NoWorkspace, match=r"There is no data folder .*waqai ingest PATH or waqai demo"):
        Workspace(tmp_path / "empty", create=False)
    assert not (tmp_path / "empty").exists()


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unwritable, match="not a folder"):
        Workspace(tmp_path / "file")


def test_a_data_folder_that_cannot_be_made() -> None:
    with pytest.raises(Unwritable, match="--data"):
        Workspace(Path("/proc/waqai"))


def test_a_killed_ingest_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Kill a process that ingests without end; every article that it acknowledged is in the log and in the graph."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from dataclasses import replace\n"
        "from api.workspace import Workspace\n"
        "from tests.api.fakes import FakeExtractor, arabic_article\n"
        "with Workspace(Path(sys.argv[1]), extractor=FakeExtractor()) as workspace:\n"
        "    for number in range(100000):\n"
        "        outcome = workspace.ingest(replace(arabic_article(), publisher=f'outlet {number}'))\n"
        "        print(outcome.article, outcome.last, flush=True)\n"
    )
    root = Path(__file__).resolve().parents[2]
    for round_ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "data")],
            stdout=subprocess.PIPE,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()  # so that it is at work
        time.sleep(0.15 + 0.1 * round_)
        process.send_signal(signal.SIGKILL)
        acknowledged = [
            line.split() for line in [first, *process.stdout.read().splitlines(keepends=True)] if line[-1:] == "\n"
        ]
        process.wait()
        assert acknowledged
        with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
            articles = {r.payload["article"]: r.position for r in workspace.log.read(types=("ArticleIngested",))}
            assert all(articles[article] < int(last) for article, last in acknowledged if int(last) > 0)
            assert workspace.log.head() == 2 * len(articles)
            workspace.project()
            assert workspace.compare().identical
            assert not workspace.ingest(replace(arabic_article(), publisher="outlet 0")).new


def test_ingesting_is_the_same_whatever_the_order_of_sets(tmp_path: Path) -> None:
    """The same articles under different hash seeds give the same records but for the time, and the same claims."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from api.workspace import Workspace\n"
        "from tests.api.fakes import FakeExtractor, arabic_article, english_article\n"
        "with Workspace(Path(sys.argv[1]), extractor=FakeExtractor()) as workspace:\n"
        "    workspace.ingest(arabic_article())\n"
        "    workspace.ingest(english_article())\n"
        "    import orjson\n"
        "    for record in workspace.log.read():\n"
        "        print(orjson.dumps(record.payload).decode())\n"
    )
    root = Path(__file__).resolve().parents[2]
    for seed in ("1", "2", "3"):  # salts follow from the key of a folder
        (tmp_path / seed / CONTENT_FOLDER).mkdir(parents=True)
        (tmp_path / seed / CONTENT_FOLDER / "key").write_bytes(bytes(32))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / seed)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert english_article().id.encode() in outputs.pop()
