"""ClaimReview in JSON-LD: only what was judged, in the shape that schema.org and Google document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from api.cli import app
from api.exporting.claimreview import claim_reviews, document
from api.workspace import Workspace
from tests.api.fakes import FakeExtractor, arabic_article, english_article

NAMED = {"type": "object", "required": ["@type", "name"], "properties": {"name": {"type": "string", "minLength": 1}}}
WRITTEN = {
    "type": "object",
    "required": ["@type", "datePublished"],
    "properties": {"url": {"type": "string", "format": "uri"}, "publisher": NAMED},
}
SHAPE = {  # required by Google's guide: claimReviewed, reviewRating (with alternateName), url
    "type": "object",
    "required": ["@type", "@id", "url", "author", "datePublished", "claimReviewed", "reviewBody", "reviewRating"],
    "properties": {
        "@type": {"const": "ClaimReview"},
        "url": {"type": "string", "pattern": "^https?://"},
        "datePublished": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "author": NAMED,
        "claimReviewed": {"type": "string", "minLength": 1},
        "reviewRating": {
            "type": "object",
            "required": ["@type", "alternateName"],
            "properties": {"@type": {"const": "Rating"}, "ratingValue": False, "bestRating": False},
        },
        "itemReviewed": {
            "type": "object",
            "required": ["@type", "@id", "author", "appearance"],
            "properties": {"@type": {"const": "Claim"}, "author": NAMED, "appearance": WRITTEN},
        },
    },
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAQAI_REVIEWER", "clerk")
    with Workspace(tmp_path / "data", extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
    return tmp_path / "data"


@pytest.fixture
def claims(data: Path) -> Iterator[list[str]]:
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        rows = workspace.query("SELECT ?c { ?c a wq:Claim } ORDER BY ?c").rows()
        yield [str(row[0].value).rpartition("/")[2] for row in rows]


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def decide(data: Path, *arguments: object) -> int:
    result = waqai(*arguments, "--format", "json", "--data", data)
    assert result.exit_code == 0, result.stderr
    return int(json.loads(result.stdout)["records"][0]) if "records" in result.stdout else 0


def reviews(data: Path, *options: object) -> list[dict[str, Any]]:
    result = waqai("export", "claimreview", *options, "--data", data)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["@context"] == "https://schema.org"
    for review in found["@graph"]:
        Draft202012Validator(SHAPE).validate(review)
    return list(found["@graph"])


def test_nothing_is_reviewed_that_nobody_judged(data: Path) -> None:
    assert reviews(data) == []


def test_a_retraction_says_what_was_said_by_whom_where_and_why_it_was_retracted(data: Path, claims: list[str]) -> None:
    decide(data, "retract", claims[0], "--reason", "it was taken back")
    (review,) = reviews(data)
    assert review["reviewBody"] == "it was taken back"
    assert review["author"]["name"] == "clerk"
    assert review["reviewRating"]["alternateName"].startswith("Retracted")
    assert review["itemReviewed"]["@id"].endswith(claims[0])
    assert reviews(data, claims[0]) == [review]
    assert reviews(data, "--at", "4") == []


def test_the_last_decision_that_stands_is_the_review(data: Path, claims: list[str]) -> None:
    decide(data, "retract", claims[0], "--reason", "it was taken back")
    decide(data, "reinstate", claims[0], "--reason", "it was not")
    (review,) = reviews(data)
    assert review["reviewRating"]["alternateName"].startswith("Reinstated")
    decide(data, "undo", "6", "--reason", "it was after all")
    (review,) = reviews(data)
    assert review["reviewRating"]["alternateName"].startswith("Retracted")
    decide(data, "undo", "5", "--reason", "nobody knows")
    assert reviews(data) == []


def test_a_corrected_article_is_no_judgement_of_its_claims(data: Path, claims: list[str]) -> None:
    decide(data, "correct", arabic_article().id, "--kind", "withdrawn", "--reason", "taken offline")
    assert reviews(data) == []


def test_a_licence_is_named_where_one_is_set(data: Path, claims: list[str]) -> None:
    decide(data, "retract", claims[0], "--reason", "it was taken back")
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        (review,) = document(claim_reviews(workspace, licence="https://example.org/licence"))["@graph"]
    assert review["sdLicense"] == "https://example.org/licence"


def test_a_claim_that_nobody_judged_is_named(data: Path, claims: list[str]) -> None:
    refused = waqai("export", "claimreview", claims[0], "--data", data)
    assert refused.exit_code == 1
    assert f"Nobody judged {claims[0]}" in refused.stderr
