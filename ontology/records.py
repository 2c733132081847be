"""The payloads of the record types, and the way between them and the domain model.

Invariant: a payload holds ids, digests, offsets and the registry's own names, and nothing that was written elsewhere:
text, title, original bytes, publisher and address of an article lie in the content store under salted digests, so they
can be erased while every record stays valid.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from ontology.candidates import CANDIDATES_RECEIVED, CANDIDATES_RECEIVED_SCHEMA
from ontology.curations import CURATION_SCHEMA, CURATION_TYPES
from ontology.erasures import (
    CONTENT_ERASED,
    CONTENT_ERASED_SCHEMA,
    CONTENT_RESTORED,
    CONTENT_RESTORED_SCHEMA,
)
from ontology.identity import canonical_json, sha256_hex
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
from ontology.patches import QUADS_PATCHED, QUADS_PATCHED_SCHEMA
from ontology.reviews import LINK_REVIEWED, LINK_REVIEWED_SCHEMA
from ontology.sealing import Sealed, sealed

ARTICLE_INGESTED = "ArticleIngested"
CLAIMS_EXTRACTED = "ClaimsExtracted"
SCHEMA = {  # current schema version of each type
    ARTICLE_INGESTED: 2,
    CLAIMS_EXTRACTED: 1,
    LINK_REVIEWED: LINK_REVIEWED_SCHEMA,
    CANDIDATES_RECEIVED: CANDIDATES_RECEIVED_SCHEMA,
    CONTENT_ERASED: CONTENT_ERASED_SCHEMA,
    CONTENT_RESTORED: CONTENT_RESTORED_SCHEMA,
    **dict.fromkeys(CURATION_TYPES, CURATION_SCHEMA),
    QUADS_PATCHED: QUADS_PATCHED_SCHEMA,
}


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def article_stream(article_id: str) -> str:
    """Return the name of the stream that holds everything about one article."""
    return f"article/{article_id}"


TEXT: Final = "text"
TITLE: Final = "title"
ORIGINAL: Final = "original"
ORIGIN: Final = "origin"  # publisher, url and external_id, as canonical JSON
KINDS: Final = (TEXT, TITLE, ORIGINAL, ORIGIN)
ORIGIN_FIELDS: Final = ("publisher", "url", "external_id")


def article_ingested(article: Article, key: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return the ArticleIngested payload of `article` and the contents that its digests name, sealed under `key`."""
    contents = sealed_contents(article, key)
    payload = _filled(
        {
            "article": article.id,
            "text_length": len(article.text),
            "language": article.language,
            "media_type": article.media_type,
            "published": article.published,
            **{f"{kind}_digest": content.digest for kind, content in contents.items()},
        }
    )
    return payload, [content.data for content in contents.values()]


def sealed_contents(article: Article, key: bytes) -> dict[str, Sealed]:
    """Return what of an article may be erased, by kind. Text and original bytes are the same content in every article.

    Short strings are sealed for their article alone: that two articles have one publisher is nobody's business but the
    keeper's, and erasing the one must leave the other.
    """
    plain = plain_contents(article)
    words = {kind: plain[kind].data for kind in (TEXT, ORIGINAL) if kind in plain}
    own = {kind: plain[kind].data for kind in (TITLE,) if kind in plain}
    origin = _filled({name: getattr(article, name) for name in ORIGIN_FIELDS})
    if origin:
        own[ORIGIN] = canonical_json(origin)
    return {
        **{kind: sealed(key, kind, data) for kind, data in words.items()},
        **{kind: sealed(key, kind, data, article.id) for kind, data in own.items()},
    }


def plain_contents(article: Article) -> dict[str, Sealed]:
    """Return the contents as records of schema 1 named them: by the SHA-256 of the words alone."""
    title = None if article.title is None else article.title.encode("utf-8")
    words = _filled({TEXT: article.text.encode("utf-8"), TITLE: title, ORIGINAL: article.original})
    return {kind: Sealed(sha256_hex(data), data) for kind, data in words.items()}


class Naming(NamedTuple):
    """A content that a payload names; schema 1 of ArticleIngested named them by digests without a salt."""

    kind: str
    digest: str
    salted: bool


def named_contents(payload: Mapping[str, Any]) -> Iterator[Naming]:
    """Yield every content that a payload names."""
    for name, value in payload.items():
        kind, _, suffix = name.rpartition("_")
        if suffix in ("digest", "sha256") and kind and isinstance(value, str):
            yield Naming(kind, value, suffix == "digest")


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
