"""What tests of the pipeline ask for again and again: claims of a text, and the words behind their spans."""

from collections.abc import Iterator

from ingest.checking.examples import CONFLICT
from ingest.pipeline import Pipeline, reading_of
from ingest.reading import Reading
from ontology.model import Article, Claim, Span


def claims_of(
    pipeline: Pipeline,
    text: str,
    *,
    language: str = "ar",
    published: str | None = "2025-03-15",
    title: str | None = None,
    publisher: str | None = None,
    conflict: bool = True,
) -> tuple[Claim, ...]:
    """The claims of a text; with `conflict` a paragraph behind it says that the article is about armed conflict."""
    whole = text + CONFLICT[language] if conflict else text
    article = Article(whole, language, title=title, published=published, publisher=publisher)
    return pipeline.extract(article).claims


def happened(claims: tuple[Claim, ...]) -> list[Claim]:
    """The claims that count as having happened."""
    return [claim for claim in claims if claim.modality.happened]


def of_type(claims: tuple[Claim, ...], kind: str) -> list[Claim]:
    return [claim for claim in claims if claim.type == kind]


def the_only(claims: tuple[Claim, ...], kind: str) -> Claim:
    found = of_type(claims, kind)
    assert len(found) == 1, f"expected one {kind}, found {[(c.type, c.modality.value) for c in claims]}"
    return found[0]


def read(pipeline: Pipeline, text: str, *, language: str = "ar", title: str | None = None) -> Reading:
    reading, _ = reading_of(pipeline, Article(text, language, title=title, published="2025-03-15"))
    return reading


def words(spans: tuple[Span, ...] | list[Span], text: str) -> list[str]:
    return [span.of(text) for span in spans]


def place_words(claim: Claim, text: str, role: str | None = None) -> set[str]:
    return {p.span.of(text) for p in claim.places if role is None or p.role == role}


def actor_words(claim: Claim, text: str, role: str) -> set[str]:
    return {p.span.of(text) for p in claim.participants if p.role == role}


def counts(claim: Claim) -> dict[str, int | None]:
    return {figure.category: figure.best for figure in claim.figures}


def spans_of(claim: Claim) -> Iterator[tuple[str, Span]]:
    """Every stretch of text that a claim points at, with what it is for."""
    yield "trigger", claim.trigger.span
    for span in claim.evidence:
        yield "evidence", span
    for participant in claim.participants:
        yield "participant", participant.span
    for place in claim.places:
        yield "place", place.span
    if claim.date is not None:
        yield "date", claim.date.span
    for figure in claim.figures:
        yield "figure", figure.span
    for source in claim.sources:
        yield "source", source.span
        if source.verb is not None:
            yield "verb", source.verb
    for cue in claim.cues:
        yield "cue", cue.span
