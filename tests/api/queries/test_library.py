"""Every saved query of Waqai, asked over the demo's articles: what an analyst would read off the articles comes out."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.curating import correct, reinstate, retract
from api.decisions import Order
from api.hints import hint
from api.queries.saved import LANGUAGES, SavedQuery, load, terms_of
from api.workspace import Workspace
from ontology.curations import CorrectionKind
from ontology.model import Article
from tests.api.test_sums import TEXT as TOTALS

LIBRARY = load()
TAKEOVER = {"what": "Takeover at Saraqib, 2023-10-17"}

# name: what is asked, and columns of one row that must come out
ANSWERS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "actor-timeline": ({"actor": "هيئة تحرير الشام"}, {**TAKEOVER, "role": "agent", "earliest": "2023-10-17"}),
    "airstrikes": (
        {"place": "خان شيخون"},
        {"place": "Khan Sheikhoun", "date": "2023-10-19", "killed": "", "atLeast": "6"},
    ),
    "articles": ({"outlet": "Transmed Press"}, {"published": "2023-10-17", "inLanguage": "en"}),
    "changed-articles": ({"kind": "silent"}, {"why": "the page is another one now", "inForce": "true"}),
    "claimed-and-denied": (
        {"place": "نبل"},
        {"reported": "Rocket attack at Nubl, 2023-10-18", "deniedBy": "Fath al-Mubin operations room"},
    ),
    "closures": ({"place": "Saraqib"}, {"where": "Saraqib", "earliest": "2023-10-17"}),
    "conflicting-tolls": (
        {"place": "نبل"},
        {"lowest": "2", "highest": "3", "saidBy": "medical staff at the town's", "words": "two civilians"},
    ),
    "corroborated": (
        {},
        {"what": "Redeployment at Saraqib, 2023-10-18", "outlets": "3", "atLeast": "2", "atMost": "3"},
    ),
    "displacement": ({"place": "سراقب"}, {"to": "Salamiyah", "atLeast": "612", "words": "٦١٢ مدنياً"}),
    "events": (
        {"type": "airstrike", "place": "محافظة إدلب", "to": "2023-10-16"},
        {"what": "Airstrike at Binnish, 2023-10-15"},
    ),
    "events-by-governorate": ({"type": "Airstrike"}, {"name": "Idlib"}),
    "events-by-month": ({"type": "DroneStrike"}, {"month": "2023-10", "events": "2"}),
    "events-in-box": (
        {"west": "36.6", "south": "35.4", "east": "36.7", "north": "35.5", "type": "Airstrike"},
        {"what": "Airstrike at Khan Sheikhoun, 2023-10-19", "wkt": "POINT(36.65095 35.44208)"},
    ),
    "events-near": (
        {"lat": "35.93", "long": "36.63", "km": "10", "type": "Airstrike"},
        {"what": "Airstrike at Binnish, 2023-10-15"},
    ),
    "evidence": ({}, {"source": "Civil Defense", "outlet": "Transmed Press"}),
    "killed-by-agent": ({"place": "خان شيخون"}, {"name": "Russian Aerospace Forces", "deadliest": "6"}),
    "names-used": ({"actor": "الجيش السوري"}, {"source": "شبكة ريف الزيتون", "words": "عصابات الأسد"}),
    "new-claims": ({"since": "PT1H"}, {"what": "Takeover at Saraqib, 2023-10-17"}),
    "not-happened": ({"modality": "Planned"}, {"what": "Planned: Withdrawal at Doha"}),
    "one-origin": ({"type": "Takeover"}, {"originName": "Fath al-Mubin operations room", "claims": "1"}),
    "records": ({"since": "PT1H"}, {"recordType": "ArticleIngested", "actor": "waqai demo", "position": "1"}),
    "reporting-chains": ({"source": "Civil Defense"}, {"outlet": "Transmed Press", "source": "Civil Defense"}),
    "same-happening": ({"type": "Airstrike"}, {"otherWhat": "Airstrike at دوار الزيتونة, 2023-10-16", "score": "340"}),
    "retracted": ({}, {"why": "a typing error", "by": "clerk", "retracted": "false"}),
    "search": ({"words": 'seiz* "syrian town"'}, {"happening": TAKEOVER["what"], "source": "two residents"}),
    "self-reports": ({"type": "Denial"}, {"party": "Fath al-Mubin operations room"}),
    "sources": ({"language": "ar"}, {"name": "مرصد العاصي لحقوق الإنسان"}),
    "takeovers": ({"place": "سراقب"}, {"by": "Hay'at Tahrir al-Sham", "date": "2023-10-17"}),
    "takeovers-then-flight": ({}, {"happened": TAKEOVER["what"], "followed": "Flight from Saraqib, 2023-10-19"}),
    "totals": ({}, {"total": "343", "number": "16", "what": "Airstrike at Basil Roundabout, 2024-11-30"}),
    "undated": ({"type": "CasualtyReport"}, {"published": "2023-10-17", "quote": "put the toll at 11"}),
    "unlinked-places": ({"place": "سراقب"}, {"name": "الطاحون"}),
    "who-held": ({"place": "سراقب", "day": "2023-10-17"}, {"change": "taken by", "actor": "Hay'at Tahrir al-Sham"}),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    command = [sys.executable, "-c", "from api.cli import main; main()", "demo", "--no-serve", "--data", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[3])
    with Workspace(folder, create=False) as workspace:
        (claim,) = next(iter(workspace.query("SELECT ?c { ?c a wq:Claim } ORDER BY ?c LIMIT 1").rows()))
        retract(workspace, [claim.value], Order("a typing error", "clerk"))  # type: ignore[attr-defined]
        reinstate(workspace, [claim.value], Order("it was none", "clerk"))  # type: ignore[attr-defined]
        (article,) = next(iter(workspace.query("SELECT ?a { ?a a schema:NewsArticle } ORDER BY ?a LIMIT 1").rows()))
        order = Order("the page is another one now", "clerk")
        workspace.ingest(Article(text=TOTALS, language="ar", published="2024-11-30", publisher="صحيفة النهر"))
        longer = "{}\n\nThe paper has no more to say.".format
        correct(
            workspace,
            article.value,  # type: ignore[attr-defined]
            order,
            kind=CorrectionKind.SILENT,
            corrected=lambda before: replace(before, text=longer(before.text)),
        )
        yield workspace


def rows(workspace: Workspace, query: SavedQuery, given: dict[str, str]) -> list[dict[str, str]]:
    text = query.filled(terms_of(query, given.items(), asked=workspace, now=lambda: datetime.now(UTC)))
    return list(csv.DictReader(io.StringIO(workspace.query(text).serialize("text/csv").decode())))


def test_a_source_is_named_also_where_it_has_no_name_in_the_language_that_is_asked_for(demo: Workspace) -> None:
    chains = LIBRARY["reporting-chains"]
    example = next(one.example for one in chains.parameters if one.name == "source")
    assert {row["source"] for row in rows(demo, chains, {"source": str(example)})} == {example}
    (attributed,) = next(iter(demo.query("SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c wq:attributedTo ?s }").rows()))
    assert len(rows(demo, chains, {"limit": "1000"})) == int(attributed.value)  # type: ignore[attr-defined]
    strikes = rows(demo, LIBRARY["airstrikes"], {})
    assert "الدفاع المدني" in ", ".join(row["sources"] for row in strikes)
    quotes = rows(demo, LIBRARY["evidence"], {"limit": "1000"})
    assert "الدفاع المدني" in {row["source"] for row in quotes}
    found = rows(demo, LIBRARY["search"], {"words": "الدفاع المدني"})
    assert "الدفاع المدني" in {row["source"] for row in found}


def test_every_query_has_an_answer_that_is_known() -> None:
    assert LIBRARY.keys() == ANSWERS.keys()
    assert len(LIBRARY) >= 20


@pytest.mark.parametrize("name", ANSWERS)
def test_it_finds_what_the_articles_say(demo: Workspace, name: str) -> None:
    given, expected = ANSWERS[name]
    found = rows(demo, LIBRARY[name], given)
    assert any(expected.items() <= row.items() for row in found), found


@pytest.mark.parametrize("name", ANSWERS)
def test_no_row_comes_twice(demo: Workspace, name: str) -> None:
    found = [tuple(row.items()) for row in rows(demo, LIBRARY[name], ANSWERS[name][0])]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", ANSWERS)
def test_it_speaks_of_what_the_ontology_has_and_is_told_in_both_languages(name: str) -> None:
    query = LIBRARY[name]
    assert hint(query.text) is None
    assert set(query.summary) == set(LANGUAGES)
    assert not query.description or set(query.description) == set(LANGUAGES)
    assert all(set(parameter.meaning) == set(LANGUAGES) for parameter in query.parameters)
    assert query.parameter("limit") is not None


def test_a_filter_only_takes_rows_away(demo: Workspace) -> None:
    """The lines that belong to an optional parameter restrict; none of them adds or changes rows."""
    compared = 0
    for name, query in LIBRARY.items():
        given, _ = ANSWERS[name]
        for parameter in query.parameters:
            if not parameter.optional or parameter.name in given or parameter.example is None:
                continue
            whole = {tuple(row.items()) for row in rows(demo, query, {**given, "limit": "10000"})}
            some = {
                tuple(row.items())
                for row in rows(demo, query, {**given, "limit": "10000", parameter.name: parameter.example})
            }
            if name not in (
                "events-by-month",
                "events-by-governorate",
                "killed-by-agent",
                "sources",
                "unlinked-places",
            ):
                assert some <= whole, (name, parameter.name)
                compared += 1
    assert compared > 10
