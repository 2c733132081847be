"""The page of one thing: names, what is known of it, what links to it, and for claims the words in their context.

Invariant: the words shown as evidence are sliced from the stored text by the offsets of the claim, here and now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from api.html import Child, Html, element
from api.pages.layout import bidi, link, page
from api.resources import MEDIA_TYPES, Resource, short
from api.tombstones import Tombstone
from ontology.vocabulary import OA, PROV, RDF, SCHEMA, WQ, Vocabulary, local_name

Texts = Callable[[str], str | None]

CONTEXT = 240  # code points of the article shown before and after a quote
_KINDS = {
    "article": "Article",
    "claim": "Claim",
    "event": "Event",
    "place": "Place",
    "actor": "Actor",
    "source": "Source",
    "record": "Record",
    "run": "Extraction run",
    "gazetteer": "Gazetteer",
}
_GONE = "The text of this article was erased, is lost or damaged; the audit says which. The offsets stay."
_UNEVENTFUL = "No claim reports this as having happened; what links here says how it is spoken of."


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article that a claim stands on."""

    start: int
    end: int
    claim: str


def resource_page(
    found: Resource,
    base: str,
    text_of: Texts,
    articles: Callable[[str], Resource | None],
    gone: Tombstone | None = None,
    sections: Child = None,
) -> str:
    """Return the page of `found`, with what became of it where it is gone.

    Args:
        found: the thing.
        base: the base IRI; links under it become paths of this server.
        text_of: gives a stored text by the IRI of its article, None where it is gone.
        articles: gives what the graph holds about an article's IRI.
        gone: what became of it, where it holds no more.
        sections: what is said of it above its facts, as of an event by its claims.
    """
    kind = _KINDS.get(found.identified.kind, "Thing")
    names = found.labels.get(found.iri, {})
    path = found.iri[len(base) :]
    auditable = found.identified.kind in ("claim", "event", "place", "actor", "source", "article")
    return page(
        f"{kind} {found.identified.id}",
        element("p", {"class": "quiet"}, kind, " ", element("code", None, path)),
        [bidi(name, language, name="h1") for language, name in sorted(names.items())]
        or element("h1", None, f"{kind} {found.identified.id}"),
        element(
            "p",
            None,
            element("a", {"href": f"/audit/{path.removeprefix('id/')}"}, "Audit") if auditable else None,
            " · " if auditable else None,
            [[element("a", {"href": f"/{path}.{ending}"}, ending), " "] for ending in MEDIA_TYPES],
        ),
        _tombstone(gone, base) if gone is not None else None,
        _evidence(found, base, text_of, articles) if found.identified.kind == "claim" else None,
        _article_text(found, base, text_of) if found.identified.kind == "article" else None,
        sections,
        _facts("What is known", found.facts, found, base),
        element("p", None, _UNEVENTFUL)
        if found.identified.kind == "event" and not found.facts and gone is None
        else None,
        _said(found, base),
        _parts(found, base),
        _incoming(found, base),
    )


def _tombstone(gone: Tombstone, base: str) -> Html:
    """Return why the thing holds no more, and what holds in its place."""
    return element(
        "div",
        {"class": "gone", "role": "note"},
        element("p", None, element("strong", None, "This holds no more. "), bidi(gone.sentence)),
        element("p", {"class": "quiet"}, link(gone.record, f"record {gone.position}", base)),
        [element("p", None, "In its place: ", link(other, short(other, base), base)) for other in gone.instead],
    )


def _evidence(found: Resource, base: str, text_of: Texts, articles: Callable[[str], Resource | None]) -> Child:
    article_term = found.value(f"{PROV}wasDerivedFrom")
    if article_term is None:
        return None
    article = articles(article_term.value)
    text = text_of(article_term.value)
    blocks: list[Child] = [_chain(found, article, base), element("h2", None, "Evidence")]
    if text is None:
        blocks.append(element("p", None, _GONE))
    for passage in _passages(found):
        where = f"characters {passage.start} to {passage.end} of the text of "
        if text is not None:
            blocks.append(_quote(text, passage))
        headline = next(iter((article.labels.get(article.iri, {}) if article else {}).values()), "the article")
        blocks.append(element("p", {"class": "quiet"}, where, link(article_term.value, bidi(headline), base)))
    return blocks


def _chain(found: Resource, article: Resource | None, base: str) -> Html:
    """Return who says so, from the outlet inwards."""
    steps: list[Child] = []
    publisher = article.value(f"{SCHEMA}publisher") if article is not None else None
    if article is not None and publisher is not None:
        steps.append(link(publisher.value, bidi(_name(publisher.value, article, base)), base))
    links = [node.value for node in found.values(f"{WQ}attribution")]
    for node in sorted(links, key=lambda node: int(getattr(found.value(f"{WQ}order", node), "value", 0))):
        source, words = found.value(f"{WQ}source", node), found.value(f"{WQ}asWritten", node)
        verb = found.value(f"{WQ}reportingVerb", node)
        if source is None:
            continue
        step: list[Child] = [link(source.value, bidi(_name(source.value, found, base)), base)]
        if words is not None:
            step += [" (", bidi(words.value, words.language), ": ", bidi(verb.value), ")"] if verb is not None else []
        steps.append(step)
    if not links:
        steps.append("no source named")
    return element("p", None, "Who says so: ", [[" ← " if number else None, step] for number, step in enumerate(steps)])


def _quote(text: str, passage: Passage) -> Html:
    before = text[max(0, passage.start - CONTEXT) : passage.start]
    after = text[passage.end : passage.end + CONTEXT]
    return element(
        "blockquote",
        {"dir": "auto"},
        "… " if passage.start > CONTEXT else None,
        before,
        element("mark", None, text[passage.start : passage.end]),
        after,
        " …" if passage.end + CONTEXT < len(text) else None,
    )


def _passages(claim: Resource) -> list[Passage]:
    found = []
    for evidence in claim.values(f"{WQ}evidence"):
        for selector in claim.values(f"{OA}hasSelector", evidence.value):
            start, end = (claim.value(f"{OA}{name}", selector.value) for name in ("start", "end"))
            if start is not None and end is not None:
                found.append(Passage(int(start.value), int(end.value), claim.iri))
    return sorted(found, key=lambda passage: (passage.start, passage.end))


def _article_text(found: Resource, base: str, text_of: Texts) -> Child:
    text = text_of(found.iri)
    if text is None:
        return element("p", None, _GONE)
    claims = sorted({subject for subject, predicate in found.incoming if predicate == f"{PROV}wasDerivedFrom"})
    listed = [
        element("li", None, link(claim, bidi(_name(claim, found, base)), base))
        for claim in claims
        if claim.startswith(f"{base}id/claim/")
    ]
    return [
        element("h2", None, "Text"),
        element("blockquote", {"dir": "auto"}, text),
        element("h2", None, f"Claims ({len(listed)})"),
        element("ul", None, listed),
    ]


def _facts(title: str, pairs: Sequence[tuple[Any, Any]], found: Resource, base: str) -> Child:
    if not pairs:
        return None
    grouped: dict[str, list[Any]] = {}
    for predicate, value in pairs:
        if not (isinstance(value, ox.NamedNode) and value.value.startswith(f"{found.iri}/")):
            grouped.setdefault(predicate.value, []).append(value)
    rows = []
    for predicate, values in sorted(grouped.items(), key=lambda item: (item[0] != f"{RDF}type", item[0])):
        rows.append(element("dt", None, _property(predicate, base)))
        rows.append(element("dd", None, [element("div", None, _term(value, found, base)) for value in values]))
    return [element("h2", None, title), element("dl", {"class": "facts"}, rows)] if rows else None


def _said(found: Resource, base: str) -> Child:
    """Return what the claim's own graph says of the event."""
    about = found.value(f"{WQ}about")
    if about is None or not found.said:
        return None
    modality = found.value(f"{WQ}modality")
    word = local_name(modality.value).lower() if modality is not None else ""
    pairs = [(p, o) for s, p, o in found.said if s == about]
    return _facts(f"What this claim says of the event ({word})", pairs, found, base)


def _parts(found: Resource, base: str) -> Child:
    if not found.parts:
        return None
    rows = []
    for part, pairs in sorted(found.parts.items()):
        shown = [
            element("div", None, _property(p.value, base), " ", _term(o, found, base))
            for p, o in pairs
            if p.value != f"{RDF}type" and not (isinstance(o, ox.NamedNode) and o.value.startswith(f"{found.iri}/"))
        ]
        rows.append(element("dt", None, element("code", None, part[len(found.iri) + 1 :])))
        rows.append(element("dd", None, shown))
    return element(
        "details",
        None,
        element("summary", None, f"Its parts ({len(found.parts)})"),
        element("dl", {"class": "facts"}, rows),
    )


def _incoming(found: Resource, base: str) -> Child:
    if not found.incoming:
        return None
    by_subject: dict[str, list[str]] = {}
    for subject, predicate in found.incoming:
        by_subject.setdefault(subject, []).append(predicate)
    items = [
        element(
            "li",
            None,
            link(subject, bidi(_name(subject, found, base)), base),
            [[" · ", _property(predicate, base)] for predicate in predicates],
        )
        for subject, predicates in by_subject.items()
    ]
    return [element("h2", None, "What links here"), element("ul", None, items)]


def _property(iri: str, base: str) -> Html:
    label = Vocabulary.load().label(iri, "en")
    title = Vocabulary.load().label(iri, "ar")
    return element("span", {"title": title or iri}, label or short(iri, base))


def _term(term: Any, found: Resource, base: str) -> Html:
    if isinstance(term, ox.Literal):
        return bidi(term.value, term.language)
    return (
        link(term.value, bidi(_name(term.value, found, base)), base)
        if isinstance(term, ox.NamedNode)
        else bidi(str(term))
    )


def _name(iri: str, found: Resource, base: str) -> str:
    names = found.labels.get(iri, {})
    if names:
        return names.get("ar") or next(iter(names.values()))
    return Vocabulary.load().label(iri, "en") or short(iri, base)
