"""An audit as JSON-LD: PROV-O for what came from what, Web Annotation for the characters, EARL for the checks.

Invariant: the document needs no other one to be read: its context stands in it, and no blank node in it stands for a
thing that has an IRI. It says no more than the audit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from graph.audit.answer import (
    Audit,
    AuditedArticle,
    AuditedClaim,
    AuditedDecision,
    AuditedRecord,
    ChainLink,
    Check,
    Passage,
    Slot,
)
from ontology.vocabulary import DCTERMS, OA, PROV, RDFS, SCHEMA, WQ, XSD

Node = dict[str, Any]
Sentences = Mapping[str, Sequence[tuple[str, str]]]

CONTEXT: Final = {
    "dcterms": DCTERMS,
    "earl": "http://www.w3.org/ns/earl#",
    "oa": OA,
    "prov": PROV,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "wq": WQ,
    "xsd": XSD,
}
_OUTCOMES: Final = {True: "earl:passed", False: "earl:failed", None: "earl:cantTell"}


def linked(audit: Audit, sentences: Sentences | None = None, subject: Node | None = None) -> Node:
    """Return the audit as a JSON-LD document.

    `sentences` say in English and Arabic what its rules mean, `subject` what the graph states of it as a whole.
    """
    graph = [node for node in _nodes(audit, sentences or {}, subject or {}) if node]
    return {"@context": CONTEXT, "@graph": _merged(graph)}


def _nodes(audit: Audit, sentences: Sentences, stated: Node) -> Iterator[Node]:
    subject: Node = {"@id": audit.subject, **stated, "wq:claim": [_ref(claim.iri) for claim in audit.claims]}
    comments: list[Any] = [] if audit.triple is None else [audit.triple]
    if audit.ended:
        comments.append(_text(audit.ended, "en"))
    if audit.shown:
        comments.append(_text(audit.shown, "en"))
    if comments:
        subject["rdfs:comment"] = comments[0] if len(comments) == 1 else comments
    if audit.instead:
        subject["dcterms:isReplacedBy"] = [_ref(iri) for iri in audit.instead]
    yield subject
    for claim in audit.claims:
        yield from _claim(claim, sentences)
    for record in audit.records:
        yield from _record(record)
    for patch in audit.patches:
        yield from _record(patch.record)
    for decision in audit.decisions:
        yield from _decision(decision)
    if audit.before is not None:
        yield from _record(audit.before.since)
        yield from _record(audit.before.until)


def _claim(claim: AuditedClaim, sentences: Sentences) -> Iterator[Node]:
    node: Node = {
        "@id": claim.iri,
        "@type": ["prov:Entity", "wq:Claim"],
        "wq:about": _ref(claim.event) if claim.event else [],
        "wq:modality": _ref(f"{WQ}{claim.modality.capitalize()}"),
        "prov:wasDerivedFrom": _ref(claim.article.iri),
        "prov:wasGeneratedBy": _ref(claim.run.iri),
        "wq:record": _ref(claim.record.iri),
        "prov:qualifiedAttribution": [_attribution(claim, link) for link in claim.sources],
    }
    if claim.retracted_by is not None:
        node["prov:wasInvalidatedBy"] = [_ref(_act(one)) for one in claim.decisions if one.state == "holds"]
    yield node
    language = claim.article.language
    for number, passage in enumerate(claim.passages, start=1):
        yield _annotation(f"{claim.iri}/evidence/{number}", claim, passage, language)
    for number, slot in enumerate(claim.slots, start=1):
        yield _slot(number, slot, claim, sentences.get(slot.rule, ()))
    for link in claim.sources:
        yield {"@id": link.iri, "@type": "prov:Agent", **_named(link.name)}
    yield from _article(claim.article)
    yield {
        "@id": claim.run.iri,
        "@type": "prov:Activity",
        "prov:used": _ref(claim.article.iri),
        "prov:wasAssociatedWith": {
            "@type": "prov:SoftwareAgent",
            "rdfs:label": f"{claim.run.name} {claim.run.version}",
            "wq:lexiconDigest": claim.run.lexicon,
        },
    }
    yield from _record(claim.record)
    yield from (_check(check, claim.iri) for check in claim.checks)
    for decision in claim.decisions:
        yield from _decision(decision)
    for review in claim.reviews:
        yield _done(f"{review.record.iri}/review", review.record, review.reason)
        yield from _record(review.record)
        for undo in review.undone_by:
            yield from _record(undo)


def _attribution(claim: AuditedClaim, link: ChainLink) -> Node:
    verb = {} if link.verb is None else {"wq:reportingVerb": _text(link.verb, claim.article.language)}
    return {
        "@id": f"{claim.iri}/source/{link.order}",
        "@type": ["prov:Attribution", "wq:Attribution"],
        "prov:agent": _ref(link.iri),
        "wq:order": link.order,
        "wq:isParty": link.party,
        "wq:rule": link.rule,
        **verb,
    }


def _annotation(iri: str, claim: AuditedClaim, passage: Passage, language: str) -> Node:
    selectors: list[Node] = [_position(passage.start, passage.end)]
    if passage.quote is not None:
        selectors.append(
            {
                "@type": "oa:TextQuoteSelector",
                "oa:exact": passage.quote,
                "oa:prefix": passage.before or "",
                "oa:suffix": passage.after or "",
            }
        )
    return {
        "@id": f"{iri}/annotation",
        "@type": "oa:Annotation",
        "oa:motivatedBy": _ref(f"{OA}identifying"),
        "oa:hasBody": _ref(claim.iri),
        "oa:hasTarget": {
            "@id": iri,
            "@type": "oa:SpecificResource",
            "oa:hasSource": _ref(claim.article.iri),
            "oa:hasSelector": selectors,
            "dcterms:language": language,
        },
    }


def _slot(number: int, slot: Slot, claim: AuditedClaim, said: Iterable[tuple[str, str]]) -> Node:
    selectors: list[Node] = [_position(slot.start, slot.end)]
    if slot.words is not None:
        selectors.append({"@type": "oa:TextQuoteSelector", "oa:exact": slot.words})
    comments = [comment for en, ar in said for comment in (_text(en, "en"), _text(ar, "ar"))]
    return {
        "@id": f"{claim.iri}/audit/slot/{number}",
        "@type": "oa:Annotation",
        "oa:motivatedBy": _ref(f"{OA}identifying"),
        "oa:hasBody": {
            "@type": "oa:TextualBody",
            "wq:role": slot.name,
            "wq:rule": slot.rule,
            "schema:value": slot.value,
            "rdfs:comment": comments,
        },
        "oa:hasTarget": {
            "@type": "oa:SpecificResource",
            "oa:hasSource": _ref(claim.article.iri),
            "oa:hasSelector": selectors,
        },
        "dcterms:isPartOf": _ref(claim.iri),
    }


def _position(start: int, end: int) -> Node:
    return {
        "@type": "oa:TextPositionSelector",
        "oa:start": {"@value": str(start), "@type": "xsd:nonNegativeInteger"},
        "oa:end": {"@value": str(end), "@type": "xsd:nonNegativeInteger"},
    }


def _article(article: AuditedArticle) -> Iterator[Node]:
    node: Node = {
        "@id": article.iri,
        "@type": ["prov:Entity", "schema:NewsArticle"],
        "schema:inLanguage": article.language,
        "wq:record": _ref(article.record.iri),
        "wq:textLength": article.text_length,
    }
    for name, value in (
        ("schema:headline", None if article.title is None else _text(article.title, article.language)),
        ("schema:publisher", article.publisher),
        ("schema:datePublished", article.published),
        ("schema:url", article.url),
        ("wq:textSha256", article.text_sha256),
    ):
        if value is not None:
            node[name] = value
    if article.erasures:
        node["prov:wasInvalidatedBy"] = [_ref(f"{one.record.iri}/erasure") for one in article.erasures]
    yield node
    yield from _record(article.record)
    for erasure in article.erasures:
        act = _done(f"{erasure.record.iri}/erasure", erasure.record, erasure.reason)
        yield {**act, "wq:legalBasis": erasure.basis}
        yield from _record(erasure.record)


def _decision(decision: AuditedDecision) -> Iterator[Node]:
    about = {"dcterms:subject": [_ref(iri) for iri in decision.about]} if decision.about else {}
    yield {**_done(_act(decision), decision.record, decision.reason), **about}
    yield from _record(decision.record)


def _act(decision: AuditedDecision) -> str:
    return f"{decision.record.iri}/curation"


def _done(iri: str, record: AuditedRecord, reason: str) -> Node:
    """Return what somebody did, as the record tells it; the record is no activity itself."""
    return {
        "@id": iri,
        "@type": "prov:Activity",
        "prov:wasAssociatedWith": {"@type": "prov:Agent", "rdfs:label": record.actor},
        "prov:endedAtTime": {"@value": record.recorded, "@type": "xsd:dateTime"},
        "wq:reason": reason,
        "wq:record": _ref(record.iri),
    }


def _record(record: AuditedRecord) -> Iterator[Node]:
    yield {
        "@id": record.iri,
        "@type": ["prov:Entity", "wq:Record"],
        "wq:position": record.position,
        "wq:recordType": record.type,
        "wq:bodySha256": record.body_sha256,
        "prov:generatedAtTime": {"@value": record.recorded, "@type": "xsd:dateTime"},
        "prov:wasAttributedTo": {"@type": "prov:Agent", "rdfs:label": record.actor},
    }
    yield from (_check(check, record.iri) for check in record.checks)


def _check(check: Check, subject: str) -> Node:
    return {
        "@type": "earl:Assertion",
        "earl:subject": _ref(subject),
        "earl:assertedBy": {"@type": "earl:Software", "dcterms:title": "waqai audit"},
        "earl:mode": _ref(f"{CONTEXT['earl']}automatic"),
        "earl:test": {"@type": "earl:TestCriterion", "dcterms:title": check.name},
        "earl:result": {
            "@type": "earl:TestResult",
            "earl:outcome": {"@id": _OUTCOMES[check.passed]},
            "earl:info": check.detail,
        },
    }


def _merged(nodes: list[Node]) -> list[Node]:
    """Return the nodes with each thing once: claims of one article name the same one."""
    found: dict[str, Node] = {}
    others: list[Node] = []
    for node in nodes:
        iri = node.get("@id")
        if iri is None:
            if node not in others:
                others.append(node)
        elif iri in found:
            found[iri] = {**found[iri], **node}
        else:
            found[iri] = node
    return [*found.values(), *others]


def _ref(iri: str) -> Node:
    return {"@id": iri}


def _text(words: str, language: str) -> Node:
    return {"@value": words, "@language": language}


def _named(name: str | None) -> Node:
    return {} if name is None else {"rdfs:label": name}
