"""The JSON of questions on links and of decisions, on the command line and over HTTP."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from api.deciding import Taken
from api.doubts import Example, Question, candidates, similar
from api.offers import OutsideOffer
from ontology.model import Place
from ontology.reviews import Meant
from ontology.wire import display_name

if TYPE_CHECKING:
    from ingest.gazetteer import Entry, Gazetteer


def question_json(question: Question, gazetteer: "Gazetteer", offered: Sequence[OutsideOffer] = ()) -> dict[str, Any]:
    """Return a question with its evidence: passages, what the machine said, and every place that bears the name."""
    linking = question.linked.linking
    bearers = candidates(gazetteer, question)
    return {
        "id": question.shown_id,
        "name": question.name,
        "doubt": question.doubt or None,
        "country": question.country or None,
        "mentions": len(question.mentions),
        "articles": len({seen.mention.article for seen in question.mentions}),
        "linked": None
        if not question.linked.names
        else {
            **place_json(question.linked),
            "key": linking.entry if linking is not None else None,
            "score": linking.score if linking is not None else None,
            "features": linking.parts if linking is not None else {},
            "margin": linking.margin if linking is not None else None,
        },
        "reasons": list(linking.reasons) if linking is not None else [],
        "now": [place_json(place) for place in question.now],
        "examples": [_example(example) for example in question.examples],
        "candidates": [
            {**_entry(c.entry), "score": c.score, "features": dict(c.parts), "against": c.against} for c in bearers
        ],
        "offers": [_offer(offer) for offer in offered],
        "similar": []
        if bearers
        else [{**_entry(entry), "likeness": round(ratio, 3)} for ratio, entry in similar(gazetteer, question)],
    }


def taken_json(taken: Taken) -> dict[str, Any]:
    """Return what became of a decision."""
    return {
        "record": taken.position,
        "mentions": taken.mentions,
        "now": None if taken.now is None else place_json(taken.now),
        "remembered": taken.remembered,
        "again": taken.again,
    }


def place_json(place: Place | Meant) -> dict[str, Any]:
    """Return what a mention means, or would mean."""
    return {
        "id": f"place/{place.id}",
        "name": display_name(place.names, None),
        "kind": place.kind,
        "lat": place.lat,
        "lon": place.lon,
        "precision": place.precision.value,
        "within": [display_name(area.names, None) for area in place.within],
        "links": [{"relation": link.relation, "identifier": link.identifier} for link in place.links],
    }


def _entry(entry: "Entry") -> dict[str, Any]:
    return {
        "id": f"place/{entry.id}",
        "key": entry.key,
        "names": entry.names,
        "kind": entry.kind,
        "lat": entry.lat,
        "lon": entry.lon,
        "country": entry.country,
        "population": entry.population,
        "within": [display_name(area.names, None) for area in entry.within],
    }


def _offer(offer: OutsideOffer) -> dict[str, Any]:
    return {
        "offer": offer.shown,
        "service": offer.service,
        "name": offer.offer.name,
        "iri": offer.offer.iri,
        "score": offer.offer.score,
        "match": offer.offer.match,
        "description": offer.offer.description,
    }


def _example(example: Example) -> dict[str, Any]:
    mention = example.mention
    return {
        "article": mention.article,
        "claim": mention.claim,
        "place": mention.number,
        "passage": example.passage,
        "start": example.start,
        "end": example.end,
        "headline": example.headline,
        "published": example.published,
    }
