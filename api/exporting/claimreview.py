"""What reviewers judged of claims, as ClaimReview of schema.org in JSON-LD.

Invariant: there is a review exactly where a person's decision to retract or to reinstate that very claim stands. It
says what was decided and gives the reason; no truth value and no number is made of it, because the person gave none.
That an article was corrected, a run taken back or a place linked otherwise is no judgement of a claim.

Fields as https://schema.org/ClaimReview and Google's guide to fact check markup name them.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from api.workspace import Workspace
from graph.stored import StoredArticle
from ontology.curations import CLAIM_REINSTATED, CLAIM_RETRACTED, ClaimOf
from ontology.model import Claim
from ontology.records import decode_claims_extracted
from ontology.wire import display_name

CONTEXT: Final = "https://schema.org"
RATINGS: Final = {
    CLAIM_RETRACTED: "Retracted: a reviewer took it out of what counts as reported; the reason is in reviewBody",
    CLAIM_REINSTATED: "Reinstated: a reviewer holds it to be rightly reported; the reason is in reviewBody",
}
_PERSONS: Final = frozenset({"person", "eyewitness", "resident"})


def document(reviews: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Return reviews as one JSON-LD document."""
    return {"@context": CONTEXT, "@graph": list(reviews)}


def claim_reviews(
    workspace: Workspace,
    position: int | None = None,
    *,
    claims: Collection[str] | None = None,
    licence: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the review of each claim that was judged, by the record of the decision that stands, then by claim.

    `claims` are the ids of the only ones that are asked for; `position` is the present one where None.
    """
    upto = workspace.log.head() if position is None else position
    curations = workspace.curations
    workspace.erasures.refresh(upto)
    latest: dict[ClaimOf, int] = {}
    for at in curations.positions(upto):
        if curations.type_of(at) in RATINGS and curations.stands(at, upto):
            latest.update(dict.fromkeys(curations.curation(at).claims, at))
    for of, at in sorted(latest.items(), key=lambda item: (item[1], item[0].claim)):
        if claims is None or of.claim in claims:
            review = _review(workspace, of, at, upto)
            if review is not None:
                yield review if licence is None else {**review, "sdLicense": licence}


def _review(workspace: Workspace, of: ClaimOf, at: int, upto: int) -> dict[str, Any] | None:
    payload = workspace.projector.articles(of.article)
    claim = next(
        (
            claim
            for record in workspace.projector.extracted(of.article, upto)
            for claim in decode_claims_extracted(record.payload).claims
            if claim.id == of.claim
        ),
        None,
    )
    if payload is None or claim is None or workspace.erasures.without_claims(of.article):
        return None
    stored = StoredArticle(payload, workspace.projector.content)
    record = next(iter(workspace.log.read(after=at - 1, upto=at)))
    iris = workspace.iris
    return {
        "@type": "ClaimReview",
        "@id": iris.curation(at).value + f"#{of.claim}",
        "url": f"{iris.base}audit/claim/{of.claim}",
        "datePublished": record.recorded[:10],
        "author": {"@type": "Person", "name": record.actor},
        "claimReviewed": _words(claim, stored),
        "reviewBody": workspace.curations.curation(at).reason,
        "reviewRating": {"@type": "Rating", "alternateName": RATINGS[record.type]},
        "itemReviewed": _item(workspace, claim, stored),
        "isBasedOn": iris.record(at).value,
    }


def _words(claim: Claim, stored: StoredArticle) -> str:
    """Return what the source said, as the article has it; where it was erased, what kind of happening it told of."""
    text = stored.text
    return f"{claim.type} ({claim.modality.value})" if text is None else claim.evidence[0].of(text)


def _item(workspace: Workspace, claim: Claim, stored: StoredArticle) -> dict[str, Any]:
    iris = workspace.iris
    outlet = None if stored.publisher is None else {"@type": "Organization", "name": stored.publisher}
    appearance = {
        "@type": "NewsArticle",
        "@id": iris.article(stored.id).value,
        "headline": stored.title,
        "url": stored.url,
        "datePublished": stored.published,
        "inLanguage": stored.language,
        "publisher": outlet,
    }
    item = {
        "@type": "Claim",
        "@id": iris.claim(claim.id).value,
        "author": _speaker(claim, stored) or outlet,
        "datePublished": stored.published,
        "appearance": {name: value for name, value in appearance.items() if value is not None},
    }
    return {name: value for name, value in item.items() if value is not None}


def _speaker(claim: Claim, stored: StoredArticle) -> dict[str, Any] | None:
    if not claim.sources:
        return None
    innermost = claim.sources[-1]
    text = stored.text
    name = display_name(innermost.names, None if text is None else innermost.span.of(text))
    kind = "Person" if innermost.kind in _PERSONS else "Organization"
    return {"@type": kind, "name": name} if name else None
