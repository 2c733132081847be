"""Record payloads: digests and offsets in, the same claims out, and no words of an article on the way."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from ontology.candidates import CANDIDATES_RECEIVED
from ontology.curations import CURATION_TYPES
from ontology.erasures import CONTENT_ERASED, CONTENT_RESTORED
from ontology.identity import canonical_json, sha256_hex
from ontology.model import Article, Extraction, Extractor
from ontology.patches import QUADS_PATCHED
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    SCHEMA,
    Naming,
    article_ingested,
    article_stream,
    claims_extracted,
    decode_claims_extracted,
    named_contents,
    sealed_contents,
)
from ontology.reviews import LINK_REVIEWED
from ontology.sealing import unsealed
from tests.ontology.claim_strategies import ARTICLES, extractions

KEY = bytes(range(32))


@given(extractions())
@settings(max_examples=60)
def test_claims_survive_the_record(extraction: Extraction) -> None:
    payload = json.loads(canonical_json(claims_extracted(extraction)))
    decoded = decode_claims_extracted(payload)
    assert decoded.claims == extraction.claims
    assert decoded.extractor == extraction.extractor
    assert decoded.gazetteers == extraction.gazetteers
    assert (decoded.article, decoded.run) == (extraction.article.id, extraction.run)


def test_a_record_of_before_the_gazetteer_was_named_still_decodes() -> None:
    payload: dict[str, Any] = {
        "article": "a" * 20,
        "run": "b" * 20,
        "extractor": {"name": "waqai", "version": "0.1.0", "lexicon": "ab" * 32},
        "claims": [],
    }
    assert decode_claims_extracted(payload).extractor == Extractor("0.1.0", "ab" * 32, gazetteer="")
    named = Extraction(Article("نص", "ar"), Extractor("0.1.0", "ab" * 32, gazetteer="cd" * 32), ())
    assert claims_extracted(named)["extractor"] == {**payload["extractor"], "gazetteer": "cd" * 32}


@given(ARTICLES)
def test_every_digest_names_one_content_and_every_content_has_a_digest(article: Article) -> None:
    payload, contents = article_ingested(article, KEY)
    named = list(named_contents(payload))
    assert [naming.digest for naming in named] == [sha256_hex(content) for content in contents]
    assert all(naming.salted for naming in named)
    assert payload["text_length"] == len(article.text)
    assert payload["article"] == article.id
    assert None not in payload.values()
    assert json.loads(canonical_json(payload)) == payload


SECRET = Article(
    text="قُتل ستة عشر شخصاً في البلدة",
    language="ar",
    title="غارة جوية",
    publisher="صفحة فلان الفلاني",
    url="https://example.org/strike-on-the-town",
    external_id="post-77",
    original="<p>قُتل</p>".encode(),
)


def test_a_payload_holds_nothing_that_was_written_elsewhere() -> None:
    payload, contents = article_ingested(SECRET, KEY)
    written = canonical_json(payload).decode()
    words = ["قُتل", "ستة", "عشر", "شخصاً", "في", "البلدة", "غارة", "جوية", "صفحة", "فلان", "strike", "example", "77"]
    assert not any(word in written for word in words)
    text, original, title, origin = (unsealed(content).decode() for content in contents)
    assert (text, title, original) == (SECRET.text, SECRET.title, "<p>قُتل</p>")
    assert json.loads(origin) == {"publisher": SECRET.publisher, "url": SECRET.url, "external_id": "post-77"}


def test_no_digest_of_a_record_can_be_guessed_without_the_key() -> None:
    """Whoever knows a title letter by letter finds its plain digest nowhere, nor the one under another key."""
    payload, contents = article_ingested(SECRET, KEY)
    guesses = {sha256_hex(unsealed(content)) for content in contents}
    guesses |= {content.digest for content in sealed_contents(SECRET, bytes(32)).values()}
    assert not guesses & set(payload.values())
    other = replace(SECRET, published="2024-11-30")  # another article with the same title and publisher
    mine, theirs = sealed_contents(SECRET, KEY), sealed_contents(other, KEY)
    assert mine["text"] == theirs["text"]
    assert {kind for kind in mine if mine[kind] != theirs[kind]} == {"title", "origin"}


def test_the_records_of_schema_1_named_contents_without_a_salt() -> None:
    payload = {"text_sha256": "ab" * 32, "title_sha256": "cd" * 32, "publisher": "x", "text_length": 7}
    assert list(named_contents(payload)) == [Naming("text", "ab" * 32, False), Naming("title", "cd" * 32, False)]


def test_streams_and_schemas() -> None:
    assert article_stream("abc") == "article/abc"
    assert {
        ARTICLE_INGESTED: 2,
        CLAIMS_EXTRACTED: 1,
        LINK_REVIEWED: 1,
        CANDIDATES_RECEIVED: 1,
        CONTENT_ERASED: 1,
        CONTENT_RESTORED: 1,
        QUADS_PATCHED: 1,
        **dict.fromkeys(CURATION_TYPES, 1),
    } == SCHEMA
