"""Reviews of links by command and over HTTP: evidence, decisions, staleness, undo, and what later articles remember."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.deciding import Answer, Refused, Stale, decide, undo
from api.doubts import INDEX_FILE
from api.reconciliation.client import Asked
from api.settings import Settings
from api.workspace import Workspace
from graph.log import NewRecord
from ingest.gazetteer import Gazetteer
from ingest.pipeline import Pipeline
from ingest.remembered import Decisions
from ontology.candidates import (
    CANDIDATES_RECEIVED,
    CANDIDATES_RECEIVED_SCHEMA,
    CANDIDATES_STREAM,
    Offer,
    Received,
    candidates_received,
)
from ontology.model import Article
from ontology.reviews import LINK_REVIEWED, Decision
from tests.api.conftest import TestClient

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-enough-length"
BEARER = {"authorization": f"Bearer {TOKEN}"}
TOWN = "نهر الزمرد"
TEXTS = (
    f"قُتل خمسة مدنيين في غارة جوية على مدينة إدلب في سوريا، وقُصفت بلدة {TOWN} بالمدفعية.",
    f"قُصفت بلدة {TOWN} بالمدفعية في سوريا اليوم، وقُتل ثلاثة مدنيين في غارة على مدينة إدلب.",
)
LATER = f"شن الطيران الحربي غارة جوية على بلدة {TOWN} في سوريا أمس، وقُتل مدني في مدينة إدلب."


def article(text: str, day: int = 1) -> Article:
    return Article(text, "ar", published=f"2024-11-{day:02}", publisher="صحيفة النهر", url=f"https://p.example/{day}")


@pytest.fixture(scope="module")
def shared() -> Pipeline:
    return Pipeline(gazetteer=Gazetteer.open())


@pytest.fixture
def pipeline(shared: Pipeline) -> Pipeline:
    shared.remember(Decisions())
    return shared


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, shared: Pipeline) -> Path:
    data = tmp_path_factory.mktemp("made") / "data"
    with Workspace(data, extractor=shared) as workspace:
        for day, text in enumerate(TEXTS, start=1):
            workspace.ingest(article(text, day))
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "mona")
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def workspace(data: Path, pipeline: Pipeline) -> Iterator[Workspace]:
    with Workspace(data, extractor=pipeline) as opened:
        yield opened


def run(data: Path, *arguments: object, stdin: str | None = None) -> Result:
    command = ["gazetteer", "review", *map(str, arguments), "--data", str(data)]
    return CliRunner().invoke(app, command, input=stdin)


def listed(data: Path, *arguments: object) -> list[dict[str, Any]]:
    result = run(data, "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["questions"]
    return found


def town(data: Path) -> str:
    (question,) = (q for q in listed(data, "--all") if q["name"] == TOWN)
    return str(question["id"])


def refused(result: Result, *said: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    for words in said:
        assert words in result.stderr


def head(data: Path) -> int:
    with Workspace(data) as opened:
        return opened.log.head()


def test_a_frequent_unknown_name_is_listed_with_its_passages_and_certain_links_are_not(data: Path) -> None:
    (question,) = listed(data)
    assert (question["name"], question["doubt"], question["country"]) == (TOWN, "unknown", "SY")
    assert (question["mentions"], question["articles"], question["linked"]) == (2, 2, None)
    assert question["reasons"] == ["no gazetteer has the name"]
    for example in question["examples"]:
        assert example["passage"][example["start"] : example["end"]] == TOWN
        assert example["passage"] in "".join(TEXTS)
    everything = listed(data, "--all")
    assert [q["name"] for q in everything] == [TOWN, "إدلب"] or {q["mentions"] for q in everything} == {2}
    told = run(data, "--list").stdout
    assert f"[{TOWN}]" in told
    assert question["id"] in told
    assert run(data, "--list", "--limit", 1, "--all").stdout.count("mentions") == 1


def test_a_link_shows_its_candidates_with_what_speaks_for_and_against_each(data: Path) -> None:
    (question,) = (q for q in listed(data, "--all") if q["name"] == "إدلب")
    assert question["linked"]["key"] == "geonames:169389"
    assert sum(question["linked"]["features"].values()) == question["linked"]["score"]
    city, governorate = question["candidates"]
    assert city["score"] == sum(city["features"].values())
    assert governorate["against"] == "the bare name means Idlib"


def test_a_decision_is_one_record_that_the_graph_and_later_articles_follow(data: Path, pipeline: Pipeline) -> None:
    done = run(data, town(data), "--choose", "geonames:163799", "--reason", "the map shows it", "--format", "json")
    assert done.exit_code == 0, done.output
    taken = json.loads(done.stdout)
    assert (taken["record"], taken["mentions"], taken["remembered"]) == (5, 2, True)
    assert {link["relation"] for link in taken["now"]["links"]} == {"exactMatch"}
    with Workspace(data, extractor=pipeline) as opened:
        (record,) = opened.log.read(types=(LINK_REVIEWED,))
        assert (record.actor, record.payload["reason"]) == ("mona", "the map shows it")
        words = json.dumps(record.payload, ensure_ascii=False)
        assert not any(word in words for word in TOWN.split()), "no words of the article are in the log"
        assert opened.compare().identical
        asked = "SELECT ?e { ?e wq:place ?p . ?p skos:exactMatch <https://sws.geonames.org/163799/> }"
        assert len(list(opened.query(asked).rows())) == 2
        before = opened.ingest(article(LATER, 9))
        assert before.new
        assert len(list(opened.query(asked).rows())) == 3
        assert opened.compare().identical
    assert listed(data) == [], "what is decided is asked no more"


def test_the_same_decision_again_gives_the_same_record(data: Path) -> None:
    question = town(data)
    first = run(data, question, "--local", "--reason", "no gazetteer has it")
    again = run(data, question, "--local", "--reason", "no gazetteer has it")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "record 5: 2 mentions" in first.stdout
    assert "record 5 was there already" in again.stdout
    assert head(data) == 5


def test_a_stale_decision_is_refused_with_what_it_is_now(data: Path) -> None:
    question = town(data)
    run(data, question, "--choose", "geonames:163799", "--reason", "the map", "--by", "ali")
    refused(
        run(data, question, "--local", "--reason", "no"),
        "changed since it was shown",
        "ali decided choose in record 5, so that it means Taftanāz",
        f"it is {question}.5 now",
    )
    assert run(data, f"{question}.5", "--local", "--reason", "no").exit_code == 0
    refused(run(data, f"{question}.5", "--choose", "geonames:163799", "--reason", "x"), f"{question}.6 now")
    assert head(data) == 6


def test_undo_and_undo_of_an_undo(data: Path) -> None:
    question = town(data)
    run(data, question, "--choose", "geonames:163799", "--reason", "the map")
    assert run(data, "--undo", 5, "--reason", "a slip").stdout == "record 6: record 5 is taken back (2 mentions)\n"
    refused(run(data, "--undo", 5, "--reason", "a slip"), "record 5 was taken back already, by record 6")
    (again,) = listed(data)
    assert again["now"][0]["name"] is None, "what was taken back is asked again"
    refused(run(data, question, "--choose", "geonames:163799", "--reason", "the map"), f"{question}.6 now")
    assert run(data, "--undo", 6, "--reason", "no slip").exit_code == 0
    (again,) = (q for q in listed(data, "--all") if q["name"] == TOWN)
    assert (again["id"], again["now"][0]["name"]) == (f"{question}.7", "Taftanāz")


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("nosuch", "--local", "--reason", "x"), "there is no link 'nosuch'", 1),
        (("ID", "--local"), "needs --reason", 2),
        (("ID", "--local", "--reason", "  "), "needs --reason", 2),
        (("ID", "--local", "--reason", "x" * 1001), "more than the 1,000 of WAQAI_REVIEW_REASON_CHARS", 1),
        (("ID", "--choose", "geonames:0", "--reason", "x"), "no gazetteer has the key 'geonames:0'", 1),
        (("ID", "--accept", "--reason", "x"), "linked to nothing that could be accepted", 1),
        (("ID", "--reject", "--reason", "x"), "linked to nothing that could be rejected", 1),
        (("ID", "--accept", "--local", "--reason", "x"), "give one decision", 2),
        (("--accept", "--reason", "x"), "--accept needs the ID of a link", 2),
        (("ID", "--choose", "geonames:163799", "--in", "geonames:1", "--reason", "x"), "--in goes with", 2),
        (("ID", "--local", "--remember", "within", "--reason", "x"), "nothing is known of what", 1),
        (("--undo", 1, "--reason", "x"), "record 1 is no review of links", 1),
        (("--undo", 99, "--reason", "x"), "record 99 is no review of links", 1),
        (("--undo", 1), "needs --reason", 2),
    ],
)
def test_what_cannot_be_decided_is_refused_in_one_sentence(
    data: Path, arguments: tuple[object, ...], said: str, code: int
) -> None:
    given = [town(data) if argument == "ID" else argument for argument in arguments]
    refused(run(data, *given), said, code=code)
    assert head(data) == 4


def test_a_rejected_link_becomes_a_local_place_in_what_the_reviewer_says(data: Path) -> None:
    (question,) = (q for q in listed(data, "--all") if q["name"] == "إدلب")
    done = run(data, question["id"], "--reject", "--in", "overlay:sy-hama", "--reason", "another", "--format", "json")
    now = json.loads(done.stdout)["now"]
    assert (now["name"], now["lat"], now["links"], now["within"][0]) == (None, None, [], "Hama")
    assert now["precision"] == "admin1"


def test_a_rejected_link_keeps_the_country_that_its_articles_speak_of(data: Path) -> None:
    (question,) = (q for q in listed(data, "--all") if q["name"] == "إدلب")
    assert question["linked"]["features"]["country"] > 0
    now = json.loads(run(data, question["id"], "--reject", "--reason", "another", "--format", "json").stdout)["now"]
    assert (now["links"], now["within"], now["precision"]) == ([], ["Syria"], "country")


def test_a_rejected_link_keeps_the_area_in_which_the_text_puts_the_name(workspace: Workspace, data: Path) -> None:
    workspace.ingest(article("قُصفت بلدة سراقب في محافظة إدلب في سوريا بالمدفعية، وقُتل ثلاثة مدنيين.", 7))
    (question,) = (q for q in listed(data, "--all") if q["name"] == "سراقب")
    assert question["linked"]["features"]["within"] > 0
    now = json.loads(run(data, question["id"], "--reject", "--reason", "another", "--format", "json").stdout)["now"]
    assert (now["links"], now["within"][0], now["precision"]) == ([], "Idlib", "admin1")


OFFERS = (
    Offer("Q77", "Zumurrud River", iri="https://register.example/place/Q77", score="71.5"),
    Offer("Q78", "نهر آخر", iri="https://register.example/place/Q78"),
    Offer("Q79", "no address"),
    Offer("Q80", "Idlib", iri="https://www.geonames.org/169389/idlib.html"),
)


def offered(data: Path) -> int:
    """A record of what a service offered for the name of the town."""
    with Workspace(data) as opened:
        asked = Asked(TOWN)
        opened.content.put(asked.canonical())
        received = Received("https://register.example/api", "Register", "0.2", asked.sha256, OFFERS)
        record = NewRecord(CANDIDATES_RECEIVED, CANDIDATES_RECEIVED_SCHEMA, candidates_received(received))
        return opened.log.append(CANDIDATES_STREAM, [record], actor="mona").last


def test_what_an_outside_service_offered_becomes_an_exact_match_with_its_record_as_evidence(
    data: Path, pipeline: Pipeline
) -> None:
    at = offered(data)
    (question,) = (q for q in listed(data) if q["name"] == TOWN)
    assert [(o["offer"], o["name"], o["score"]) for o in question["offers"]][:2] == [
        (f"{at}:1", "Zumurrud River", "71.5"),
        (f"{at}:2", "نهر آخر", None),
    ]
    assert f"offer {at}:1" in run(data, "--list").stdout
    done = run(data, question["id"], "--offer", f"{at}:1", "--reason", "its own register", "--format", "json")
    assert done.exit_code == 0, done.output
    taken = json.loads(done.stdout)
    assert taken["now"]["name"] == "Zumurrud River"
    assert taken["now"]["links"] == [{"relation": "exactMatch", "identifier": OFFERS[0].iri}]
    assert taken["now"]["lat"] is None
    with Workspace(data, extractor=pipeline) as opened:
        (record,) = opened.log.read(types=(LINK_REVIEWED,))
        assert (record.cause, record.payload["offer"]) == (at, {"record": at, "rank": 1})
        linked = f"SELECT ?e {{ ?e wq:place ?p . ?p skos:exactMatch <{OFFERS[0].iri}> }}"
        evidence = (
            "SELECT ?id { ?review a wq:LinkReview ; wq:acceptedOffer ?o . ?o wq:offeredId ?id ; ^wq:offers ?record }"
        )
        assert len(list(opened.query(linked).rows())) == 2
        assert len(list(opened.query(evidence).rows())) == 1
        opened.ingest(article(LATER, 9))
        assert len(list(opened.query(linked).rows())) == 3, "later articles remember it"
        assert opened.compare().identical
    undone = run(data, "--undo", taken["record"], "--reason", "a slip")
    assert undone.exit_code == 0, undone.output
    with Workspace(data, extractor=pipeline) as opened:
        assert len(list(opened.query(linked).rows())) == 0
        assert opened.compare().identical


def test_an_offer_that_a_gazetteer_has_is_the_place_of_the_gazetteer(data: Path) -> None:
    at = offered(data)
    done = run(data, town(data), "--offer", f"{at}:4", "--reason", "so it is", "--format", "json")
    now = json.loads(done.stdout)["now"]
    assert now["lat"] is not None
    assert {link["identifier"] for link in now["links"]} == {"https://sws.geonames.org/169389/", OFFERS[3].iri}
    assert {link["relation"] for link in now["links"]} == {"exactMatch"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("AT", "holds 4 candidates: say which, such as"),
        ("AT:9", "none of rank 9"),
        ("AT:3", "has no web address"),
        ("1:1", "record 1 holds no candidates"),
        ("99", "record 99 holds no candidates"),
        ("x", "names no candidate: give record and rank"),
        ("0:1", "names no candidate"),
    ],
)
def test_what_is_no_offer_is_refused_in_one_sentence(data: Path, given: str, said: str) -> None:
    at = offered(data)
    refused(run(data, town(data), "--offer", given.replace("AT", str(at)), "--reason", "x"), said)
    assert head(data) == at


def test_decisions_are_asked_for_one_by_one_and_each_is_kept_at_once(data: Path) -> None:
    answers = "x\nl\n\nl\nno gazetteer has it\nq\n"  # no answer, then no reason, then a decision, then the next: quit
    result = run(data, "--ask", "--all", stdin=answers)
    assert result.exit_code == 0, result.output
    assert "refused: a decision needs a reason" in result.stdout
    assert "record 5: 2 mentions of a local place" in result.stdout
    assert "1 decided." in result.stdout
    assert head(data) == 5


KILLED = """
import sys
from api.cli import app
sys.argv = ["waqai", "gazetteer", "review", "--ask", "--all", "--data", sys.argv[1]]
app()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_between_two_decisions_loses_none(data: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-c", KILLED, str(data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("l\nno gazetteer has it\n")
        process.stdin.flush()
        for line in process.stdout:
            if "record 5:" in line:
                break
        process.send_signal(signal.SIGKILL)
    assert head(data) == 5
    assert TOWN not in [q["name"] for q in listed(data)]


def test_of_two_writers_at_once_one_is_refused(data: Path, pipeline: Pipeline) -> None:
    question = town(data)
    outcomes: list[object] = []

    def write(reviewer: str, decision: Decision) -> None:
        with Workspace(data, extractor=pipeline) as opened:
            gazetteer = Gazetteer.open()
            try:
                answer = Answer(question, decision, reviewer, reviewer, key="geonames:163799")
                outcomes.append(decide(opened, gazetteer, answer).position)
            except Stale as stale:
                outcomes.append(stale)

    writers = [
        threading.Thread(target=write, args=(f"writer {n}", decision))
        for n, decision in enumerate((Decision.LOCAL, Decision.CHOOSE))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(isinstance(outcome, Stale) for outcome in outcomes) == [False, True]
    assert head(data) == 5


def test_an_undo_by_hand_of_what_is_no_review_is_refused(workspace: Workspace) -> None:
    with pytest.raises(Refused):
        undo(workspace, 1, "x", "y")


@pytest.fixture
def client(workspace: Workspace, data: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=data, poll_interval=0.02, token=SecretStr(TOKEN))
    with TestClient(create_app(workspace, settings), base_url="http://localhost:8000") as opened:
        yield opened


LINKS = "/curation/links"


def test_over_http_links_are_listed_decided_and_taken_back(client: httpx.Client) -> None:
    answer = client.get(LINKS, headers=BEARER).json()
    (question,) = answer["questions"]
    assert (question["name"], answer["total"], answer["position"]) == (TOWN, 1, 4)
    body = {
        "question": question["id"],
        "decision": "choose",
        "key": "geonames:163799",
        "reason": "map",
        "reviewer": "m",
    }
    done = client.post(LINKS, json=body, headers=BEARER)
    assert done.status_code == 201, done.text
    assert (done.json()["record"], done.json()["mentions"]) == (5, 2)
    assert done.headers["waqai-position"] == "5"
    assert client.post(LINKS, json=body, headers=BEARER).status_code == 200
    stale = client.post(LINKS, json={**body, "decision": "local", "key": None}, headers=BEARER)
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:waqai:problem:stale-link")
    assert stale.json()["question"] == f"{question['id']}.5"
    assert client.get(LINKS, headers=BEARER).json()["total"] == 0
    back = client.post(
        LINKS, json={"decision": "undo", "record": 5, "reason": "a slip", "reviewer": "m"}, headers=BEARER
    )
    assert (back.status_code, back.json()["record"]) == (201, 6)


def test_over_http_what_an_outside_service_offered_is_taken_over(client: httpx.Client, data: Path) -> None:
    at = offered(data)
    (question,) = client.get(LINKS, headers=BEARER).json()["questions"]
    assert [offer["offer"] for offer in question["offers"]] == [f"{at}:{rank}" for rank in (1, 2, 3, 4)]
    body = {"question": question["id"], "decision": "choose", "reason": "its register", "reviewer": "m"}
    both = client.post(LINKS, json={**body, "key": "geonames:163799", "offer": f"{at}:1"}, headers=BEARER)
    assert (both.status_code, both.json()["type"]) == (400, "urn:waqai:problem:refused")
    done = client.post(LINKS, json={**body, "offer": f"{at}:1"}, headers=BEARER)
    assert done.status_code == 201, done.text
    assert done.json()["now"]["links"] == [{"relation": "exactMatch", "identifier": OFFERS[0].iri}]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({}, 400, "bad-request"),
        ({"decision": "relink", "reason": "x", "reviewer": "m", "question": "x"}, 400, "bad-request"),
        ({"decision": "local", "reason": "x", "reviewer": "m"}, 400, "refused"),
        ({"decision": "local", "reason": " ", "reviewer": "m", "question": "x"}, 400, "refused"),
        ({"decision": "local", "reason": "x", "reviewer": "", "question": "x"}, 400, "bad-request"),
        ({"decision": "local", "reason": "x", "reviewer": "m", "question": "x", "more": 1}, 400, "bad-request"),
        ({"decision": "local", "reason": "x", "reviewer": "m", "question": "x", "remember": "y"}, 400, "bad-request"),
        ({"decision": "local", "reason": "x", "reviewer": "m", "question": "x"}, 404, "unknown-link"),
        ({"decision": "undo", "reason": "x", "reviewer": "m"}, 400, "refused"),
        ({"decision": "undo", "reason": "x", "reviewer": "m", "record": 1}, 409, "not-undoable"),
    ],
)
def test_over_http_bad_decisions_are_problems(
    client: httpx.Client, workspace: Workspace, body: dict[str, Any], status: int, kind: str
) -> None:
    answer = client.post(LINKS, json=body, headers=BEARER)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:waqai:problem:{kind}"), answer.text
    assert workspace.log.head() == 4


def test_without_the_token_nothing_is_shown_and_nothing_written(client: httpx.Client, workspace: Workspace) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}):
        for answer in (client.get(LINKS, headers=headers), client.post(LINKS, content=b"{", headers=headers)):
            assert (answer.status_code, answer.json()["type"]) == (401, "urn:waqai:problem:token-needed")
    with TestClient(create_app(workspace, Settings(data=workspace.data))) as closed:
        assert closed.get(LINKS, headers=BEARER).status_code == 403
    assert workspace.log.head() == 4


def test_what_the_text_calls_the_city_follows_the_decision_on_its_name(workspace: Workspace, data: Path) -> None:
    text = "سيطرت قوات الجيش السوري على مدينة إدلب يوم السبت. وقصف الطيران الحربي المدينة بالصواريخ يوم الأحد."
    workspace.ingest(article(text, 7))
    (question,) = (q for q in listed(data, "--all") if q["name"] == "إدلب")
    assert question["mentions"] == 4, "two by name in the others, one here, and the city"
    done = run(data, question["id"], "--reject", "--reason", "another town", "--format", "json")
    assert json.loads(done.stdout)["mentions"] == 4
    workspace.project()
    linked = "ASK { ?e wq:place ?p . ?p skos:closeMatch <https://sws.geonames.org/169389/> }"
    assert not workspace.query(linked)


def test_how_close_a_link_must_be_to_be_listed_is_a_setting(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_REVIEW_MARGIN", "1001")
    monkeypatch.setenv("WAQAI_REVIEW_MENTIONS", "3")
    assert [(q["name"], q["doubt"]) for q in listed(data)] == [("إدلب", "margin")]


def test_what_is_remembered_of_the_log_gives_the_list_of_a_log_read_anew_and_holds_no_words(
    workspace: Workspace, data: Path
) -> None:
    def both() -> list[dict[str, Any]]:
        remembered = listed(data, "--all")
        index.unlink()
        assert listed(data, "--all") == remembered
        return remembered

    index = data / INDEX_FILE
    assert len(both()) == 2
    workspace.ingest(article(LATER, 9))
    third = both()
    assert sum(q["mentions"] for q in third) == 5
    assert run(data, third[0]["id"], "--local", "--reason", "no map has it").exit_code == 0
    assert both() != third
    assert not any(word.encode() in index.read_bytes() for word in (*TOWN.split(), "إدلب", "Idlib"))


def test_a_remembered_list_that_is_damaged_or_of_another_log_is_made_again(
    workspace: Workspace, data: Path, tmp_path: Path
) -> None:
    right = listed(data, "--all")
    (data / INDEX_FILE).write_bytes(b"no database" * 1000)
    assert listed(data, "--all") == right
    with Workspace(tmp_path / "other", extractor=workspace.extractor) as other:
        other.ingest(article(LATER, 9))
        other.ingest(article(TEXTS[0], 8))
    expected = listed(tmp_path / "other", "--all")
    shutil.copy(data / INDEX_FILE, tmp_path / "other" / INDEX_FILE)
    assert listed(tmp_path / "other", "--all") == expected != right
