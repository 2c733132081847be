"""The domain dataclasses: spans, ids, and claims as data."""

import json
from dataclasses import replace

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.identity import canonical_json
from ontology.model import (
    Article,
    Claim,
    Extraction,
    Extractor,
    Figure,
    Linking,
    Modality,
    Place,
    Precision,
    Span,
    Trigger,
    decode_claim,
    encode_claim,
)
from tests.ontology.claim_strategies import ARTICLES, claims

TEXT = "غارة جوية على البلدة أوقعت 16 قتيلاً"
ARTICLE = Article(text=TEXT, language="ar", published="2024-11-30")
CLAIM = Claim(
    id="",
    type="Airstrike",
    modality=Modality.ASSERTED,
    trigger=Trigger(Span(0, 4), "غارة", "airstrike.noun.1"),
    evidence=(Span(0, len(TEXT)),),
)


@given(ARTICLES.flatmap(claims))
@settings(max_examples=60)
def test_a_claim_survives_canonical_json(claim: Claim) -> None:
    assert decode_claim(json.loads(canonical_json(encode_claim(claim)))) == claim


@given(ARTICLES.flatmap(lambda article: st.tuples(st.just(article), claims(article))))
@settings(max_examples=60)
def test_the_id_follows_from_the_content(pair: tuple[Article, Claim]) -> None:
    article, claim = pair
    assert claim.id.startswith("c-")
    assert len(claim.id) == 22
    assert replace(claim, id="something else").with_id(article.id) == claim
    assert decode_claim(encode_claim(claim)).with_id(article.id) == claim


@pytest.mark.parametrize(
    "change",
    [
        {"modality": Modality.DENIED},
        {"type": "Shelling"},
        {"evidence": (Span(0, 5),)},
        {"figures": (Figure("killed", Span(27, 29), "figure.1", 16, 16, 16),)},
    ],
)
def test_another_content_is_another_claim(change: dict[str, object]) -> None:
    assert replace(CLAIM, **change).with_id("a").id != CLAIM.with_id("a").id  # type: ignore[arg-type]


def test_the_same_content_in_another_article_is_another_claim() -> None:
    assert CLAIM.with_id("a").id != CLAIM.with_id("b").id


@given(ARTICLES.flatmap(claims))
@settings(max_examples=60)
def test_how_a_place_was_linked_makes_no_other_claim(claim: Claim) -> None:
    for linking in (None, Linking(reasons=("no gazetteer has the name",))):
        other = replace(
            claim,
            participants=tuple(replace(participant, linking=linking) for participant in claim.participants),
            places=tuple(replace(place, linking=linking) for place in claim.places),
            sources=tuple(replace(source, linking=linking) for source in claim.sources),
        )
        assert other.with_id("a").id == claim.with_id("a").id


@given(ARTICLES.flatmap(claims))
@settings(max_examples=60)
def test_codes_of_places_make_no_other_claim(claim: Claim) -> None:
    plain = tuple(
        replace(place, codes={}, within=tuple(replace(area, codes={}, kind=None) for area in place.within))
        for place in claim.places
    )
    assert replace(claim, places=plain).with_id("a").id == claim.with_id("a").id


def test_a_claim_of_before_evidence_of_links_was_kept_still_decodes_and_keeps_its_id() -> None:
    data = {
        **encode_claim(CLAIM.with_id("a")),
        "places": [{"span": {"start": 16, "end": 22}, "rule": "place.1", "id": "1" * 20, "precision": "locality"}],
    }
    (place,) = decode_claim(data).places
    assert place == Place(Span(16, 22), "place.1", "1" * 20, precision=Precision.LOCALITY)
    assert place.linking is None
    assert decode_claim(data).with_id("a").id == "c-6f3870b2694e475e460d"


def test_empty_slots_are_left_out() -> None:
    assert set(encode_claim(CLAIM)) == {"id", "type", "modality", "trigger", "evidence"}


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_a_span_has_its_ends_in_order(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


def test_a_span_counts_code_points() -> None:
    text = "😀 غارة"
    assert Span(2, 6).of(text) == "غارة"


@pytest.mark.parametrize(
    "data", [{}, {"id": "x"}, {**encode_claim(CLAIM), "modality": "guessed"}, {**encode_claim(CLAIM), "evidence": 3}]
)
def test_what_is_no_claim_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(pydantic.ValidationError):
        decode_claim(data)


def test_only_asserted_and_claimed_count_as_having_happened() -> None:
    assert {modality for modality in Modality if modality.happened} == {Modality.ASSERTED, Modality.CLAIMED}


def test_an_article_is_its_text_and_who_published_it_when() -> None:
    assert replace(ARTICLE, title="عنوان", original=b"<p>").id == ARTICLE.id
    for change in ({"text": TEXT + " "}, {"publisher": "x"}, {"published": None}, {"url": "https://example.org/"}):
        assert replace(ARTICLE, **change).id != ARTICLE.id


def test_a_run_is_an_article_and_an_extractor() -> None:
    extractor = Extractor(version="0.1.0", lexicon="ab" * 32)
    run = Extraction(ARTICLE, extractor, ()).run
    assert Extraction(ARTICLE, extractor, (CLAIM,)).run == run
    assert Extraction(ARTICLE, replace(extractor, version="0.2.0"), ()).run != run
    assert Extraction(ARTICLE, replace(extractor, lexicon="cd" * 32), ()).run != run
