"""Linking stored articles anew: shown first, accepted as shown, never over a person's decision, and undone."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import relinking
from api.cli import app
from api.workspace import Workspace
from ingest.gazetteer import Gazetteer
from ingest.pipeline import Pipeline
from ontology.model import Article
from ontology.reviews import LINK_REVIEWED, Decision, decode_link_reviewed

TEXTS = (
    "قالت مصادر محلية إن المدفعية قصفت بلدة نهر الزمرد في إدلب شمالي سوريا يوم السبت، وإن ثلاثة مدنيين قُتلوا.",
    "قصفت المدفعية بلدة كفر الياقوت في سوريا يوم السبت، وشن الطيران غارة على مدينة إدلب.",
    "شن الطيران غارة على بلدة كفر الياقوت في سوريا يوم الأحد.",
)
VILLAGES = """pcode,name_en,name_ar,lat,lon,kind,parent_pcode
V01,Kafr Yaqut,كفر الياقوت,35.4316,36.4952,village,SY05
V02,Nahr Zumurrud,نهر الزمرد,35.7205,36.7418,village,SY07
"""
MINE = ("--source", "mine", "--licence", "CC0-1.0", "--country", "SY")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made") / "data"
    with Workspace(data, extractor=Pipeline(gazetteer=Gazetteer.open())) as workspace:
        for day, text in enumerate(TEXTS, start=1):
            workspace.ingest(Article(text, "ar", published=f"2024-11-{day:02}", url=f"https://p.example/{day}"))
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "mona")
    (tmp_path / "villages.csv").write_text(VILLAGES, encoding="utf-8")
    return Path(shutil.copytree(made, tmp_path / "data"))


def run(data: Path, command: str, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["gazetteer", command, *map(str, arguments), "--data", str(data)])


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def planned(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(run(data, "relink", "--format", "json")))
    return found


def imported(data: Path) -> None:
    done(run(data, "import", data.parent / "villages.csv", *MINE))


def places(data: Path) -> dict[str, set[str]]:
    """The places that each name is said to be at, by the words of the text."""
    with Workspace(data, create=False) as workspace:
        asked = "SELECT ?words ?place { ?l wq:asWritten ?words ; wq:ofPlace ?place }"
        found: dict[str, set[str]] = {}
        for words, place in workspace.query(asked).rows():
            found.setdefault(words.value, set()).add(place.value)  # type: ignore[attr-defined]
        assert workspace.compare().identical
        return found


def head(data: Path) -> int:
    with Workspace(data, create=False) as workspace:
        return workspace.log.head()


def test_without_a_new_gazetteer_nothing_would_change(data: Path) -> None:
    plan = planned(data)
    assert (plan["total"], plan["articles"], plan["unread"], plan["failed"]) == (0, 3, 0, 0)


def test_an_import_is_shown_and_changes_stored_articles_only_when_accepted(data: Path) -> None:
    before = places(data)
    imported(data)
    plan = planned(data)
    assert [(d["name"], d["mentions"], d["claims"]) for d in plan["differences"]] == [
        ("كفر الياقوت", 2, 2),
        ("نهر الزمرد", 1, 1),
    ]
    first = plan["differences"][0]
    assert (first["from"]["name"], first["from"]["lat"]) == (None, None)
    assert (first["to"]["name"], first["to"]["lat"], first["to"]["within"][0]) == ("Kafr Yaqut", "35.4316", "Hama")
    told = done(run(data, "relink"))
    assert "from a local place in Idlib, Syria\n" in told
    assert "Nahr Zumurrud" in told
    assert f"--accept {plan['plan']}" in told
    assert (places(data), head(data)) == (before, 6), "looking changes nothing"
    assert "records 7 to 8" in done(run(data, "relink", "--accept", plan["plan"], "--reason", "new villages"))
    after = places(data)
    assert after["إدلب"] == before["إدلب"]
    assert len(after["كفر الياقوت"]) == 1
    assert after["كفر الياقوت"].isdisjoint(before["كفر الياقوت"])
    with Workspace(data, create=False) as workspace:
        records = list(workspace.log.read(types=(LINK_REVIEWED,)))
        reviews = [decode_link_reviewed(record.payload) for record in records]
        assert {record.actor for record in records} == {"mona"}
        assert {(r.decision, r.reason, r.remembered) for r in reviews} == {(Decision.RELINK, "new villages", None)}
        assert all(r.gazetteer == plan["gazetteer"] for r in reviews)
        vouched = workspace.query("ASK { ?p skos:exactMatch ?x . ?l wq:ofPlace ?p }")
        assert not vouched, "a machine vouches for nothing"
    assert planned(data)["total"] == 0
    done(run(data, "review", "--undo", 7, "--reason", "not these"))
    assert places(data)["كفر الياقوت"] == before["كفر الياقوت"]


def test_a_plan_that_is_another_one_by_now_is_refused(data: Path) -> None:
    imported(data)
    plan = planned(data)["plan"]
    done(run(data, "remove", "mine"))
    refused = run(data, "relink", "--accept", plan, "--reason", "x")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"no longer gives the plan {plan}" in refused.stderr
    unreasoned = run(data, "relink", "--accept", plan)
    assert unreasoned.exit_code == 2
    assert "needs --reason" in unreasoned.stderr
    assert head(data) == 6


def test_what_a_person_decided_stays(data: Path) -> None:
    asked = json.loads(done(run(data, "review", "--all", "--format", "json")))["questions"]
    (question,) = (q["id"] for q in asked if q["name"] == "كفر الياقوت")
    done(run(data, "review", question, "--local", "--reason", "no gazetteer means this one", "--remember", "mentions"))
    imported(data)
    plan = planned(data)
    assert ([d["name"] for d in plan["differences"]], plan["reviewed"]) == (["نهر الزمرد"], 2)
    done(run(data, "review", "--undo", 7, "--reason", "a slip"))
    assert [d["name"] for d in planned(data)["differences"]] == ["كفر الياقوت", "نهر الزمرد"]


def test_an_article_whose_text_is_gone_is_counted_and_left_alone(data: Path) -> None:
    imported(data)
    for path in sorted((data / "content").rglob("*")):
        if path.is_file() and "نهر الزمرد".encode() in path.read_bytes():
            path.unlink()
    plan = planned(data)
    assert (plan["failed"], [d["name"] for d in plan["differences"]]) == (1, ["كفر الياقوت"])


def test_very_many_differences_share_records(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(data)
    plan = planned(data)["plan"]
    monkeypatch.setattr(relinking, "_RECORDS", 1)
    monkeypatch.setattr(relinking, "_IN_A_RECORD", 2)
    assert "records 7 to 8" in done(run(data, "relink", "--accept", plan, "--reason", "x"))
    assert planned(data)["total"] == 0
