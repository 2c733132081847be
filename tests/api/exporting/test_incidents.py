"""Incidents in the columns of ACLED and UCDP, and as FollowTheMoney."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.exporting import acled, disputes, ftm, ucdp
from api.exporting.happened import Actor, Happened, Happenings
from api.exporting.unidentified import machine
from api.ledger.book import book
from api.workspace import Workspace
from ontology.alignments import ACLED, chains
from ontology.model import Article
from ontology.vocabulary import WQ
from tests.api.fakes import FakeExtractor

# What the published schemata of FollowTheMoney have: own properties and inherited ones that we write.
THING = {"name", "alias", "summary", "country", "sourceUrl", "publisher", "wikidataId", "keywords", "notes", "proof"}
INTERVAL = {"startDate", "endDate", "date", "summary", "recordId", "sourceUrl"}
PUBLISHED = {
    "Event": THING | INTERVAL | {"location", "country", "important", "organizer", "involved"},
    "Organization": THING | {"classification"},
    "PublicBody": THING | {"classification"},
    "LegalEntity": THING | {"classification"},
    "UnknownLink": INTERVAL | {"role", "status", "subject", "object"},
    "Article": THING | {"title", "author", "language", "date", "publishedAt", "fileName"},
}
RANGES = {"involved": ("Organization", "PublicBody", "LegalEntity"), "proof": ("Article",), "object": ("Event",)}


def told(text: str, publisher: str | None, published: str = "2024-11-30", **more: Any) -> Article:
    return Article(text=text, language="en", published=published, publisher=publisher, **more)


ARTICLES = (
    told("The observatory said an airstrike in Aleppo killed 16 people.", "The Quoting Post", title="=Strike"),
    told("An airstrike in Aleppo killed 20 people.", "The Other Post", url="https://example.org/2"),
    told("The factions captured Idlib.", None),
    told("Officials denied an airstrike in Idlib.", "The Other Post"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        for article in ARTICLES:
            workspace.ingest(article)
        workspace.project()
    return tmp_path / "data"


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def written(data: Path, *options: str) -> bytes:
    result = waqai("export", "events", "--data", data, *options)
    assert result.exit_code == 0, result.stderr
    return result.stdout_bytes


def rows(data: Path, *options: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(data, *options).decode("utf-8-sig"), newline="")))


def happened(data: Path) -> list[Happened]:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        return list(Happenings(workspace, book(workspace)).all())


def test_a_row_in_the_columns_of_acled_holds_what_is_told_and_no_more(data: Path) -> None:
    found = rows(data, "--as", "acled")
    assert tuple(found[0]) == acled.COLUMNS
    strike, capture = sorted(found, key=lambda row: row["waqai_type"])
    assert (strike["event_date"], strike["year"], strike["time_precision"]) == ("2024-11-30", "2024", "1")
    assert (strike["disorder_type"], strike["event_type"], strike["sub_event_type"]) == (
        "Political violence",
        "Explosions/Remote violence",
        "Air/drone strike",
    )
    assert (strike["location"], strike["latitude"], strike["geo_precision"]) == ("Aleppo", "36.20124", "1")
    assert (strike["fatalities"], strike["waqai_fatalities_low"], strike["waqai_fatalities_high"]) == ("16", "16", "20")
    assert set(strike["source"].split("; ")) == {"The Quoting Post", "The Other Post"}
    assert "The number of killed is disputed: 16 (16–20)." in strike["notes"]
    assert "killed 20 people" in strike["notes"]
    assert (strike["country"], strike["iso"], strike["actor1"], strike["source_scale"]) == ("", "", "", "")
    assert (capture["actor1"], capture["fatalities"]) == ("factions", "")
    assert (capture["event_type"], capture["sub_event_type"]) == ("Battles", "Non-state actor overtakes territory")


def test_a_row_in_the_columns_of_ucdp_is_a_lethal_incident(data: Path) -> None:
    (row,) = rows(data, "--as", "ucdp")
    assert tuple(row) == ucdp.COLUMNS
    assert (row["best"], row["low"], row["high"]) == ("16", "16", "20")
    assert (row["deaths_civilians"], row["deaths_unknown"], row["deaths_a"]) == ("", "16", "")
    assert (row["where_prec"], row["date_prec"], row["date_start"], row["date_end"]) == (
        "1",
        "1",
        "2024-11-30",
        "2024-11-30",
    )
    assert (row["number_of_sources"], row["type_of_violence"]) == ("2", "")
    assert row["source_original"] == "The Observatory"
    assert row["geom_wkt"] == "POINT (37.16117 36.20124)"


def test_kinds_of_violence_follow_from_both_sides_or_are_empty(data: Path) -> None:
    one = happened(data)[0]
    state, group = Actor("a", kind="stateForce"), Actor("b", kind="armedGroup")
    civilians, unknown = Actor("c", kind="civilians"), Actor("d")
    sides = {
        (state, group): 1,
        (group, state): 1,
        (group, group): 2,
        (state, civilians): None,
        (state, state): None,
        (state, unknown): None,
    }
    for (doer, target), code in sides.items():
        assert ucdp.violence(replace(one, doers=(doer,), targets=(target,))) == code
    row = dict(zip(acled.COLUMNS, acled.row(replace(one, targets=(civilians,))), strict=True))
    assert (row["actor2"], row["inter2"], row["civilian_targeting"]) == ("Civilians", "Civilians", "Civilian targeting")


def test_who_did_it_is_empty_where_that_is_disputed(data: Path) -> None:
    one = happened(data)[0]
    army, group = Actor("a", {"en": "The army"}), Actor("b", {"en": "The group"})
    row = dict(zip(acled.COLUMNS, acled.row(replace(one, doers=(), disputed_doers=(army, group))), strict=True))
    assert row["actor1"] is None
    assert "Who did it is disputed: The army, The group." in str(row["notes"])


def test_who_denies_an_incident_is_named_and_quoted_with_every_kind_of_dispute(data: Path) -> None:
    denial = told("The observatory denied an airstrike in Aleppo.", "The Denying Post")
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(denial)
        workspace.project()
    said = (
        "Denied by The Observatory: “The observatory denied an airstrike in Aleppo” (The Denying Post, 2024-11-30).",
        "Whether it happened is disputed: 1 claim denies it.",
        "The number of killed is disputed: 16 (16–20).",
    )
    for format_, column in (("acled", "notes"), ("ucdp", "waqai_notes")):
        row = next(row for row in rows(data, "--as", format_) if row["waqai_type"] == "Airstrike")
        assert row[column].endswith(" ".join(said))
        assert row["waqai_contested_in"] == "killed; occurrence"
        assert row["waqai_denials"].startswith("http://localhost:8000/id/claim/")
    statements = [json.loads(line) for line in written(data, "--as", "ftm-statements").splitlines()]
    notes = {one["value"]: one["origin"] for one in statements if one["prop"] == "notes"}
    assert set(said) <= set(notes)
    assert notes[said[0]] == row["waqai_denials"]
    doubted = replace(happened(data)[0], contested_in=("actor", "injured", "time"))
    assert {
        "Who did it is disputed.",
        "When it happened is disputed.",
        "Claims contradict each other on the number of injured.",
    } <= set(disputes.contradictions(doubted))
    assert waqai("erase", denial.id, "--basis", "b", "--reason", "r", "--yes", "--data", data).exit_code == 0
    assert b"denied an airstrike in Aleppo" not in written(data, "--as", "ftm")


@pytest.mark.parametrize(
    ("words", "language", "known"),
    [
        ("Warplanes", "en", False),
        ("military helicopters", "en", False),
        ("Unidentified drone", "en", False),
        ("طائرات حربية", "ar", False),
        ("الطيران المروحي", "ar", False),
        ("Government aircraft", "en", True),
        ("air force", "en", True),
        ("the military", "en", True),
        ("factions", "en", True),
        ("كتيبة صقور الوادي", "ar", True),
    ],
)
def test_what_flew_is_nobody_where_the_words_do_not_say_whose_it_is(words: str, language: str, known: bool) -> None:
    assert machine(words, language) is not known


def test_an_unidentified_doer_is_called_so_and_is_no_side_or_party(data: Path) -> None:
    one = happened(data)[0]
    planes = Actor("a", words="Warplanes", kind="stateForce", unidentified=True)
    group = Actor("b", {"en": "The group"}, kind="armedGroup")
    struck = replace(one, doers=(planes,), targets=(group,))
    row = dict(zip(acled.COLUMNS, acled.row(struck), strict=True))
    assert (row["actor1"], row["actor2"]) == ("Unidentified Armed Group", "The group")
    sides = dict(zip(ucdp.COLUMNS, ucdp.row(struck), strict=True))
    assert (sides["side_a"], sides["side_b"], sides["dyad_name"]) == (None, "The group", None)
    assert sides["type_of_violence"] is None


def test_a_merged_place_is_the_one_that_it_was_merged_into(data: Path) -> None:
    places = {row["location"]: row for row in rows(data, "--as", "acled")}
    assert set(places) == {"Aleppo", "Idlib"}
    found = waqai("query", "SELECT ?p ?n { ?p a wq:Place ; rdfs:label ?n }", "--format", "csv", "--data", data).stdout
    ids = {line.split(",")[1]: line.split(",")[0] for line in found.split()[1:]}
    done = waqai("merge", ids["Aleppo"], ids["Idlib"], "--reason", "one town", "--by", "clerk", "--data", data)
    assert done.exit_code == 0, done.stderr
    merged = rows(data, "--as", "acled")
    assert {(row["location"], row["latitude"]) for row in merged} == {("Aleppo", places["Aleppo"]["latitude"])}
    assert waqai("undo", "9", "--reason", "two towns", "--by", "clerk", "--data", data).exit_code == 0
    assert {row["location"] for row in rows(data, "--as", "acled")} == {"Aleppo", "Idlib"}


def test_the_codes_of_acled_have_three_levels() -> None:
    found = chains(ACLED)
    assert found[f"{WQ}Airstrike"] == ("Air/drone strike", "Explosions/Remote violence", "Political violence")
    assert found[f"{WQ}Handover"][1:] == ("Strategic developments", "Strategic developments")
    assert f"{WQ}Takeover" not in found  # a related match is no code
    assert {len(chain) for chain in found.values()} == {3}


@pytest.mark.parametrize("format_", ["acled", "ucdp"])
def test_no_cell_is_a_formula_and_excel_may_have_a_mark(data: Path, format_: str) -> None:
    for row in rows(data, "--as", format_):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert written(data, "--as", format_, "--bom").startswith(b"\xef\xbb\xbf")
    assert not written(data, "--as", format_).startswith(b"\xef")


def test_what_goes_beside_names_licence_sources_and_whose_data_it_is_not(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    assert waqai("export", "events", "--as", "acled", "--output", file, "--data", data).exit_code == 0
    beside = json.loads((tmp_path / "events.csv-metadata.json").read_text(encoding="utf-8"))
    assert beside["@context"] == "http://www.w3.org/ns/csvw"
    assert [column["name"] for column in beside["tableSchema"]["columns"]] == list(acled.COLUMNS)
    assert "not ACLED's data" in beside["dc:description"]
    said = waqai("export", "events", "--as", "ucdp", "--data", data)
    assert "not UCDP's data" in said.stderr
    assert "not UCDP's data" not in said.stdout


@pytest.mark.parametrize(
    ("kind", "format_"),
    [("events", "geojson"), ("events", "csv"), ("events", "jsonl"), ("places", "lpf"), ("places", "csv")],
)
def test_plain_exports_go_with_licence_and_attribution_too(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, format_: str
) -> None:
    monkeypatch.setenv("WAQAI_DATA_LICENSE", "https://example.org/licence")
    file = tmp_path / "out"
    assert waqai("export", kind, "--format", format_, "--output", file, "--data", data).exit_code == 0
    beside = json.loads((tmp_path / "out-metadata.json").read_text(encoding="utf-8"))
    assert beside["dc:license"] == {"@id": "https://example.org/licence"}
    assert beside["waqai:position"] > 0
    header = file.read_text(encoding="utf-8").splitlines()[0].split(",")
    columns = [column["name"] for column in beside.get("tableSchema", {"columns": []})["columns"]]
    assert columns == (header if format_ == "csv" else [])
    said = waqai("export", kind, "--format", format_, "--data", data)
    assert "Licence: https://example.org/licence" in said.stderr


def test_entities_have_what_their_schemata_have_and_point_at_each_other(data: Path) -> None:
    entities = [json.loads(line) for line in written(data, "--as", "ftm").splitlines()]
    schema = {one["id"]: one["schema"] for one in entities}
    assert len(schema) == len(entities)
    assert sorted(schema.values()).count("Event") == 2
    for one in entities:
        assert set(one["properties"]) <= PUBLISHED[one["schema"]] & set(ftm.SCHEMATA[one["schema"]])
        assert "name" in one["properties"] or one["schema"] == "UnknownLink"
        for prop, values in one["properties"].items():
            assert all(isinstance(value, str) and value for value in values)
            for value in values if prop in RANGES else ():
                assert schema[value] in RANGES[prop]
    (link,) = [one["properties"] for one in entities if one["schema"] == "UnknownLink"]
    assert link["role"] == ["agent"]
    assert schema[link["subject"][0]] == "Organization"


def test_every_property_that_is_written_is_one_of_the_published_schema() -> None:
    for schema, properties in ftm.SCHEMATA.items():
        assert set(properties) <= PUBLISHED[schema]


def test_statements_add_up_to_the_entities_and_say_where_from(data: Path) -> None:
    statements = [json.loads(line) for line in written(data, "--as", "ftm-statements").splitlines()]
    entities = {one["id"]: one["properties"] for one in map(json.loads, written(data, "--as", "ftm").splitlines())}
    again: dict[str, dict[str, list[str]]] = {}
    for one in statements:
        values = again.setdefault(one["entity_id"], {}).setdefault(one["prop"], [])
        if one["value"] not in values:
            values.append(one["value"])
    assert again == entities
    quoted = [one for one in statements if one["schema"] == "Event" and one["prop"] == "summary"]
    assert all(one["origin"].startswith("http://localhost:8000/id/claim/") for one in quoted)
    assert {one["original_value"] for one in statements if one["prop"] == "involved"} == {"factions"}
    assert {len(one["id"]) for one in statements} == {40}


def test_type_and_place_choose_and_a_past_position_counts(data: Path) -> None:
    assert [row["waqai_type"] for row in rows(data, "--as", "acled", "--type", "Takeover")] == ["Takeover"]
    assert len(rows(data, "--as", "acled", "--at", "2")) == 1
    assert waqai("export", "events", "--as", "acled", "--type", "Party", "--data", data).exit_code == 2
    assert waqai("export", "events", "--as", "ftm", "--bom", "--data", data).exit_code == 2
    assert waqai("export", "events", "--as", "xlsx", "--data", data).exit_code == 2


def test_erased_words_are_in_no_export(data: Path) -> None:
    why = ("--basis", "a request", "--reason", "asked for", "--yes", "--data", data)
    assert waqai("erase", ARTICLES[1].id, *why).exit_code == 0
    for format_ in ("acled", "ucdp", "ftm", "ftm-statements"):
        assert b"killed 20 people" not in written(data, "--as", format_)
