"""Record payloads: digests and offsets in, the same claims out, and no words of an article on the way."""

import json
from typing import Any

from hypothesis import given, settings

from ontology.candidates import CANDIDATES_RECEIVED
from ontology.identity import canonical_json, sha256_hex
from ontology.model import Article, Extraction, Extractor
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    SCHEMA,
    article_ingested,
    article_stream,
    claims_extracted,
    decode_claims_extracted,
)
from ontology.reviews import LINK_REVIEWED
from tests.ontology.claim_strategies import ARTICLES, extractions


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
    payload, contents = article_ingested(article)
    digests = {value for key, value in payload.items() if key.endswith("_sha256")}
    assert digests == {sha256_hex(content) for content in contents}
    assert payload["text_length"] == len(article.text)
    assert payload["article"] == article.id
    assert None not in payload.values()
    assert json.loads(canonical_json(payload)) == payload


def test_a_payload_holds_no_words_of_the_article() -> None:
    article = Article(
        text="قُتل ستة عشر شخصاً في البلدة", language="ar", title="غارة جوية", original="<p>قُتل</p>".encode()
    )
    payload, contents = article_ingested(article)
    written = canonical_json(payload).decode()
    assert not any(word in written for word in ["قُتل", "ستة", "عشر", "شخصاً", "في", "البلدة", "غارة", "جوية"])
    assert [content.decode() for content in contents] == [article.text, "غارة جوية", "<p>قُتل</p>"]


def test_streams_and_schemas() -> None:
    assert article_stream("abc") == "article/abc"
    assert SCHEMA == {ARTICLE_INGESTED: 1, CLAIMS_EXTRACTED: 1, LINK_REVIEWED: 1, CANDIDATES_RECEIVED: 1}
