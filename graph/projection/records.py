"""What a record gives in the graph: itself, and what it holds.

Invariant: the statements of a record follow from the record, from the article that it names, from what was decided on
its claims, from the contents that are not erased and from the base IRI, and from nothing else: no clock, no order, no
state.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from graph.curations import CurationLookup, nothing_curated
from graph.iris import Iris
from graph.log import Record
from graph.lookups import Articles, Content
from graph.projection.candidates import offered
from graph.projection.claims import ClaimWriter
from graph.projection.errors import UnknownArticle, UnknownRecord
from graph.projection.linkings import gazetteer_triples
from graph.projection.literals import integer, moment, name_language, outside, plain, tagged
from graph.projection.statements import Statements, Triple
from graph.reviews import Lookup, exact_matches, nothing_reviewed
from graph.stored import StoredArticle
from graph.terms import Node, Term, terms, web_address, written
from ontology.candidates import CANDIDATES_RECEIVED
from ontology.erasures import (
    CONTENT_ERASED,
    CONTENT_RESTORED,
    Erasure,
    Restoration,
    decode_content_erased,
    decode_content_restored,
)
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, ExtractedClaims, decode_claims_extracted
from ontology.reviews import LinkReview


def project(
    record: Record,
    *,
    articles: Articles,
    content: Content,
    iris: Iris,
    reviewed: Lookup = nothing_reviewed,
    curated: CurationLookup = nothing_curated,
    without_claims: Callable[[str], bool] = lambda _: False,
) -> Statements:
    """Return what any record states that is no decision of a person, with IRIs under `iris`.

    Words are left out where their content was erased. `reviewed` says what was decided on the places of a claim,
    `curated` what on the claim itself, `without_claims` whether the claims of an article were erased with its words.

    Raises:
        UnknownRecord, UnknownArticle, ontology.vocabulary.UnknownTerm
        ValueError: what the record holds as an IRI is none.
    """
    if record.schema == 2 and record.type == ARTICLE_INGESTED:
        return _article(record, StoredArticle(record.payload, content), iris)
    if record.schema == 1 and record.type == CLAIMS_EXTRACTED:
        extracted = decode_claims_extracted(record.payload)
        article = articles(extracted.article)
        if article is None:
            raise UnknownArticle(extracted.article, record.position)
        if without_claims(extracted.article):
            extracted = replace(extracted, claims=(), possibly_same=())
        return _claims(record, extracted, article, content, iris, reviewed, curated)
    if record.schema == 1 and record.type == CANDIDATES_RECEIVED:
        statements = Statements()
        log_entry(statements.default, record, iris)
        offered(statements.default, record, iris)
        return statements
    if record.schema == 1 and record.type in (CONTENT_ERASED, CONTENT_RESTORED):
        entry = Statements()
        log_entry(entry.default, record, iris)
        _erasure(entry.default, record, iris)
        return entry
    raise UnknownRecord(record.type, record.schema, record.position)


def log_entry(to: list[Triple], record: Record, iris: Iris) -> None:
    """Add what the default graph says about the record itself."""
    node = str(iris.record(record.position))
    to += [f"{node} {_TYPE} {cls}" for cls in terms().classes("Record")]
    to += (
        f"{node} {_POSITION} {integer(record.position)}",
        f"{node} {_RECORD_TYPE} {plain(record.type)}",
        f"{node} {_RECORDED} {moment(record.recorded)}",
        f"{node} {_ACTOR} {plain(record.actor)}",
        f"{node} {_STREAM} {plain(record.stream)}",
        f"{node} {_BODY_SHA256} {plain(record.body_sha256)}",
    )


def _article(record: Record, stored: StoredArticle, iris: Iris) -> Statements:
    statements = Statements()
    to = statements.default
    log_entry(to, record, iris)
    language = stored.language
    node = str(iris.article(stored.id))
    to += [f"{node} {_TYPE} {cls}" for cls in terms().classes("Article")]
    to += (
        f"{node} {Term.IN_LANGUAGE} {plain(language)}",
        f"{node} {_TEXT_LENGTH} {integer(stored.payload['text_length'])}",
        f"{node} {_MEDIA_TYPE} {plain(stored.payload['media_type'])}",
        f"{node} {_POSITION} {integer(record.position)}",
        f"{node} {_RECORD} {iris.record(record.position)}",
    )
    if (digest := stored.text_sha256) is not None:
        to.append(f"{node} {_TEXT_SHA256} {plain(digest)}")
    if stored.title is not None:
        headline = tagged(stored.title, language)
        to += (f"{node} {Term.HEADLINE} {headline}", f"{node} {_LABEL} {headline}")
    if stored.published is not None:
        to.append(f"{node} {Term.DATE_PUBLISHED} {moment(stored.published)}")
    if stored.url is not None:
        to.append(f"{node} {Term.URL} {web_address(stored.url)}")
    if stored.external_id is not None:
        to.append(f"{node} {_EXTERNAL_ID} {plain(stored.external_id)}")
    if stored.publisher is not None:
        name = stored.publisher
        outlet = str(iris.outlet(name))
        to.append(f"{node} {Term.PUBLISHER} {outlet}")
        label = tagged(name, name_language(name, language))
        statements.common.extend(f"{outlet} {_TYPE} {cls}" for cls in terms().source_classes("outlet"))
        statements.common.extend((f"{outlet} {_LABEL} {label}", f"{outlet} {Term.PREF_LABEL} {label}"))
    return statements


def _erasure(to: list[Triple], record: Record, iris: Iris) -> None:
    """Add what a ContentErased or ContentRestored record says of the article that it is about."""
    entry = str(iris.record(record.position))
    erasure: Erasure | Restoration
    if record.type == CONTENT_ERASED:
        erasure = decode_content_erased(record.payload)
        part, leads, kind = "erasure", _ERASURE, "Erasure"
    else:
        erasure = decode_content_restored(record.payload)
        part, leads, kind = "restoration", _RESTORATION, "Restoration"
    node = f"{entry[:-1]}/{part}>"
    to.append(f"{iris.article(erasure.article)} {leads} {node}")
    to += [f"{node} {_TYPE} {cls}" for cls in terms().classes(kind)]
    to += (f"{node} {_RECORD} {entry}", f"{node} {_REASON} {plain(erasure.reason)}")
    if isinstance(erasure, Erasure):
        to.append(f"{node} {_LEGAL_BASIS} {plain(erasure.basis)}")
    to += [f"{node} {_CONCERNS_CONTENT} {plain(content.kind)}" for content in erasure.contents]


def _claims(
    record: Record,
    extracted: ExtractedClaims,
    article: Mapping[str, Any],
    content: Content,
    iris: Iris,
    reviewed: Lookup,
    curated: CurationLookup,
) -> Statements:
    vocabulary = terms()
    writer = ClaimWriter(record, extracted, article, StoredArticle(article, content).text, iris, vocabulary)
    to = writer.statements.default
    log_entry(to, record, iris)
    run = str(iris.run(extracted.run))
    extractor = extracted.extractor
    to += [f"{run} {_TYPE} {cls}" for cls in vocabulary.classes("ExtractionRun")]
    to += (
        f"{run} {Term.USED} {iris.article(extracted.article)}",
        f"{run} {_RECORD} {iris.record(record.position)}",
        f"{run} {_EXTRACTOR_NAME} {plain(extractor.name)}",
        f"{run} {_EXTRACTOR_VERSION} {plain(extractor.version)}",
        f"{run} {_LEXICON_DIGEST} {plain(extractor.lexicon)}",
    )
    if extractor.gazetteer:
        to.append(f"{run} {_GAZETTEER} {iris.gazetteer(extractor.gazetteer)}")
        gazetteer_triples(
            writer.statements.common, extractor.gazetteer, extracted.gazetteers, iris=iris, terms=vocabulary
        )
    for claim in extracted.claims:
        writer.add(claim, reviewed(extracted.article, claim.id), curated(extracted.article, claim.id))
    for pair in extracted.possibly_same:
        one, other = iris.claim(pair.first), iris.claim(pair.second)
        to += (f"{one} {_POSSIBLY_SAME} {other}", f"{other} {_POSSIBLY_SAME} {one}")
    return writer.statements


def review_triples(review: LinkReview, position: int, undone_by: Iterable[int], iris: Iris) -> list[Triple]:
    """Return what a review states of itself; what it changes is in the triples of the claims."""
    node = str(iris.review(position))
    pairs: list[tuple[Node, object]] = [
        *((_TYPE, cls) for cls in terms().classes("LinkReview")),
        (_RECORD, iris.record(position)),
        (_DECISION, plain(review.decision.value)),
        (_REASON, plain(review.reason)),
    ]
    if review.undoes is not None:
        pairs.append((_UNDOES, iris.review(review.undoes)))
    if review.offer is not None:
        pairs.append((_ACCEPTED, iris.offer(review.offer.record, review.offer.rank)))
    undone = [(_UNDONE_BY, iris.review(undo)) for undo in undone_by]
    triples = []
    for link in review.links:
        now = iris.place(link.now.id)
        pairs += [(_REPLACED_PLACE, iris.place(link.was)), (_REVIEWED_PLACE, now)]
        if not undone:
            triples += [f"{now} {Term.EXACT_MATCH} {outside(exact)}" for exact in exact_matches(review, link)]
        for mention in link.mentions:
            pairs.append((_REVIEWED_MENTION, iris.location(mention.claim, mention.number)))
    return triples + [f"{node} {predicate} {value}" for predicate, value in (*pairs, *undone)]


_TYPE: Final = str(Term.TYPE)
_LABEL: Final = str(Term.LABEL)
_ACTOR: Final = written("actor")
_BODY_SHA256: Final = written("bodySha256")
_CONCERNS_CONTENT: Final = written("concernsContent")
_DECISION: Final = written("decision")
_ERASURE: Final = written("erasure")
_EXTERNAL_ID: Final = written("externalId")
_EXTRACTOR_NAME: Final = written("extractorName")
_EXTRACTOR_VERSION: Final = written("extractorVersion")
_GAZETTEER: Final = written("gazetteer")
_LEGAL_BASIS: Final = written("legalBasis")
_LEXICON_DIGEST: Final = written("lexiconDigest")
_MEDIA_TYPE: Final = written("mediaType")
_POSITION: Final = written("position")
_POSSIBLY_SAME: Final = written("possiblySameAs")
_REASON: Final = written("reason")
_RECORD: Final = written("record")
_RECORDED: Final = written("recorded")
_RECORD_TYPE: Final = written("recordType")
_REPLACED_PLACE: Final = written("replacedPlace")
_RESTORATION: Final = written("restoration")
_REVIEWED_MENTION: Final = written("reviewedMention")
_REVIEWED_PLACE: Final = written("reviewedPlace")
_STREAM: Final = written("stream")
_TEXT_LENGTH: Final = written("textLength")
_TEXT_SHA256: Final = written("textSha256")
_UNDOES: Final = written("undoes")
_ACCEPTED: Final = written("acceptedOffer")
_UNDONE_BY: Final = written("undoneBy")
