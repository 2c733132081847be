"""The JSON that `waqai extract` prints and the API serves: one object an article, words and offsets side by side."""

from typing import Any

from ontology.model import Area, Article, Claim, Extraction, Link, Linking, Place, Span

# Where people or forces go and by which way: said of the happening, but not where it took place.
_MOVEMENT = frozenset({"movedTo", "route"})


def display_name(names: dict[str, str], surface: str | None) -> str | None:
    """Return the registry's English name, else its Arabic name, else the words of the text."""
    return names.get("en") or names.get("ar") or surface


def extraction_json(extraction: Extraction) -> dict[str, Any]:
    """Return one article with its claims in the wire format; offsets are code points of the stored text."""
    article, extractor = extraction.article, extraction.extractor
    return {
        "id": article.external_id or article.id,
        "article": article.id,
        "language": article.language,
        "title": article.title,
        "published": article.published,
        "publisher": article.publisher,
        "url": article.url,
        "text_sha256": article.text_sha256,
        "extractor": {
            "name": extractor.name,
            "version": extractor.version,
            "lexicon": f"sha256:{extractor.lexicon}",
            "gazetteer": extractor.gazetteer or None,
        },
        "events": [
            {**claim_json(claim, article), "possiblySame": _others(extraction, claim.id)} for claim in extraction.claims
        ],
    }


def _others(extraction: Extraction, claim: str) -> list[str]:
    """Return the ids of the claims that may tell of the happening that `claim` tells of."""
    pairs = extraction.possibly_same
    return [p.second if p.first == claim else p.first for p in pairs if claim in (p.first, p.second)]


def claim_json(claim: Claim, article: Article) -> dict[str, Any]:
    """Return one claim in the wire format. `furtherEvidence` holds the passages that repeat it."""
    text = article.text

    def words(span: Span) -> dict[str, Any]:
        return {"text": span.of(text), "start": span.start, "end": span.end}

    def quote(span: Span) -> dict[str, Any]:
        return {"quote": span.of(text), "start": span.start, "end": span.end}

    date = claim.date
    return {
        "claim": claim.id,
        "type": claim.type,
        "subtype": claim.subtype,
        "modality": claim.modality.value,
        "trigger": {**words(claim.trigger.span), "lemma": claim.trigger.lemma, "rule": claim.trigger.rule},
        "evidence": quote(claim.evidence[0]),
        "furtherEvidence": [quote(span) for span in claim.evidence[1:]],
        "participants": [
            {
                "role": p.role,
                **words(p.span),
                "name": display_name(p.names, p.span.of(text)),
                "id": f"actor/{p.id}",
                "kind": p.kind,
                "links": _links(p.links),
                "linking": None if p.linking is None else _linking(p.linking),
                "rule": p.rule,
            }
            for p in claim.participants
        ],
        "places": [_place(place, text) for place in claim.places if place.role not in _MOVEMENT],
        "movement": [_place(place, text) for place in claim.places if place.role in _MOVEMENT],
        "date": None
        if date is None
        else {
            "edtf": date.edtf,
            "start": date.start,
            "end": date.end,
            "precision": date.precision,
            "text": date.span.of(text),
            "span": [date.span.start, date.span.end],
            "anchor": date.anchor,
            "rule": date.rule,
        },
        "figures": [
            {
                "category": f.category,
                "low": f.low,
                "best": f.best,
                "high": f.high,
                **words(f.span),
                "of": f.of,
                "rule": f.rule,
            }
            for f in claim.figures
        ],
        "sources": [
            {
                "name": display_name(s.names, s.span.of(text)),
                **words(s.span),
                "id": f"source/{s.id}",
                "kind": s.kind,
                "party": s.party,
                "count": s.count,
                "verb": s.verb.of(text) if s.verb is not None else None,
                "links": _links(s.links),
                "linking": None if s.linking is None else _linking(s.linking),
                "rule": s.rule,
            }
            for s in claim.sources
        ],
        "cues": [{**words(c.span), "effect": c.effect.value, "rule": c.rule} for c in claim.cues],
    }


def _place(place: Place, text: str) -> dict[str, Any]:
    return {
        "role": place.role,
        "text": place.span.of(text),
        "start": place.span.start,
        "end": place.span.end,
        "name": display_name(place.names, place.span.of(text)),
        "id": f"place/{place.id}",
        "kind": place.kind,
        "lat": _number(place.lat),
        "lon": _number(place.lon),
        "precision": place.precision.value,
        "codes": place.codes,
        "extent": place.extent,
        "within": [_area(area) for area in place.within],
        "links": _links(place.links),
        "linking": None if place.linking is None else _linking(place.linking),
        "rule": place.rule,
    }


def _linking(linking: Linking) -> dict[str, Any]:
    review = {} if linking.record is None else {"record": linking.record}
    if linking.entry is None:
        return {"reasons": list(linking.reasons), **review}
    if linking.score is None:
        return {"entry": linking.entry}
    return {
        "entry": linking.entry,
        "listed": list(linking.listed),
        "score": linking.score,
        "parts": linking.parts,
        "margin": linking.margin,
        **review,
    }


def _area(area: Area) -> dict[str, Any]:
    identifier = area.links[0].identifier if area.links else f"place/{area.id}"
    return {
        "name": display_name(area.names, None),
        "id": identifier,
        "lat": _number(area.lat),
        "lon": _number(area.lon),
    }


def _links(links: tuple[Link, ...]) -> list[dict[str, str]]:
    return [{"relation": link.relation, "identifier": link.identifier} for link in links]


def _number(decimal: str | None) -> float | None:
    return None if decimal is None else float(decimal)
