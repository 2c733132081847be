"""The payloads of the record types, and the way between them and the domain model.

Invariant: a payload holds ids, digests, offsets and the registry's own names, and no words of an article: text and
title lie in the content store under their SHA-256, so they can be erased while every record stays valid.
"""

from dataclasses import dataclass
from typing import Any

from ontology.candidates import CANDIDATES_RECEIVED, CANDIDATES_RECEIVED_SCHEMA
from ontology.model import (
    Article,
    Claim,
    Extraction,
    Extractor,
    GazetteerSource,
    PossiblySame,
    decode_claim,
    encode_claim,
)
from ontology.reviews import LINK_REVIEWED, LINK_REVIEWED_SCHEMA

ARTICLE_INGESTED = "ArticleIngested"
CLAIMS_EXTRACTED = "ClaimsExtracted"
SCHEMA = {  # current schema version of each type
    ARTICLE_INGESTED: 1,
    CLAIMS_EXTRACTED: 1,
    LINK_REVIEWED: LINK_REVIEWED_SCHEMA,
    CANDIDATES_RECEIVED: CANDIDATES_RECEIVED_SCHEMA,
}


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def article_stream(article_id: str) -> str:
    """Return the name of the stream that holds everything about one article."""
    return f"article/{article_id}"


def article_ingested(article: Article) -> tuple[dict[str, Any], list[bytes]]:
    """Return the ArticleIngested payload of `article` and the contents that its digests name."""
    from ontology.identity import sha256_hex

    text = article.text.encode("utf-8")
    title = article.title.encode("utf-8") if article.title is not None else None
    contents = [content for content in (text, title, article.original) if content is not None]
    payload = _filled(
        {
            "article": article.id,
            "text_sha256": sha256_hex(text),
            "text_length": len(article.text),
            "title_sha256": sha256_hex(title) if title is not None else None,
            "original_sha256": sha256_hex(article.original) if article.original is not None else None,
            "language": article.language,
            "media_type": article.media_type,
            "published": article.published,
            "publisher": article.publisher,
            "url": article.url,
            "external_id": article.external_id,
        }
    )
    return payload, contents


def claims_extracted(extraction: Extraction) -> dict[str, Any]:
    """Return the ClaimsExtracted payload: all claims of one article and run."""
    extractor = extraction.extractor
    payload: dict[str, Any] = {
        "article": extraction.article.id,
        "run": extraction.run,
        "extractor": _filled(
            {
                "name": extractor.name,
                "version": extractor.version,
                "lexicon": extractor.lexicon,
                "gazetteer": extractor.gazetteer or None,
            }
        ),
        "claims": [encode_claim(claim) for claim in extraction.claims],
    }
    if extraction.possibly_same:
        payload["possibly_same"] = [
            {"first": pair.first, "second": pair.second, "agree": list(pair.agree)} for pair in extraction.possibly_same
        ]
    if extraction.gazetteers:
        payload["gazetteers"] = [
            {name: value for name, value in source.json().items() if value != ""} for source in extraction.gazetteers
        ]
    return payload


@dataclass(frozen=True, slots=True)
class ExtractedClaims:
    """A decoded ClaimsExtracted payload."""

    article: str
    run: str
    extractor: Extractor
    claims: tuple[Claim, ...]
    possibly_same: tuple[PossiblySame, ...] = ()
    gazetteers: tuple[GazetteerSource, ...] = ()


def decode_claims_extracted(payload: dict[str, Any]) -> ExtractedClaims:
    """Return the run and claims that `claims_extracted` wrote."""
    return ExtractedClaims(
        article=payload["article"],
        run=payload["run"],
        extractor=Extractor(**payload["extractor"]),
        claims=tuple(decode_claim(claim) for claim in payload["claims"]),
        possibly_same=tuple(
            PossiblySame(pair["first"], pair["second"], tuple(pair["agree"]))
            for pair in payload.get("possibly_same", ())
        ),
        gazetteers=tuple(GazetteerSource(**source) for source in payload.get("gazetteers", ())),
    )
