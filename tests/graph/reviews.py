"""Reviews made by hand for the tests of the graph: claims in two places, of which the machine linked the second."""

from dataclasses import replace

from hypothesis import strategies as st

from graph.log import NewRecord
from ontology.model import Area, Claim, Extraction, Extractor, Link, Modality, Place, Precision
from ontology.records import CLAIMS_EXTRACTED, article_stream, claims_extracted
from ontology.reviews import (
    LINK_REVIEWED,
    LINK_REVIEWED_SCHEMA,
    REVIEWS_STREAM,
    Decision,
    LinkReview,
    Meant,
    Mention,
    Relinked,
    link_reviewed,
)
from tests.graph.articles import CITY, STRIKE, World, article, span, strike

LATER = Extractor(version="0.2.0", lexicon="cd" * 32)
GEONAMES = "https://sws.geonames.org/170063/"
COUNTRY = Area("50" * 10, {"en": "Syria"}, links=(Link("closeMatch", "https://sws.geonames.org/163843/"),))
MACHINE = Place(
    span=span(STRIKE, "الميناء"),
    rule="place.name",
    id="0a" * 10,
    kind="town",
    names={"ar": "الميناء", "en": "El Mina"},
    lat="34.45",
    lon="35.81",
    precision=Precision.LOCALITY,
    within=(COUNTRY,),
    links=(Link("closeMatch", GEONAMES),),
)
OTHER = Meant(
    id="0b" * 10,
    key="geonames:999",
    kind="village",
    names={"ar": "الميناء الشرقي", "en": "East Mina"},
    lat="36.1",
    lon="37.2",
    precision=Precision.LOCALITY,
    within=(COUNTRY,),
    links=(Link("exactMatch", "https://sws.geonames.org/999/"),),
)
ACCEPTED = replace(Meant.of(MACHINE, "geonames:170063"), links=(Link("exactMatch", GEONAMES),))
LOCAL = Meant(id="0c" * 10, kind="town", precision=Precision.ADMIN1, within=(CITY,))
NEWER = replace(OTHER, lat="36.11", links=(Link("closeMatch", "https://sws.geonames.org/999/"),))
MEANT = {
    Decision.ACCEPT: ACCEPTED,
    Decision.CHOOSE: OTHER,
    Decision.REJECT: LOCAL,
    Decision.LOCAL: LOCAL,
    Decision.RELINK: NEWER,
}


def told(number: int, modality: Modality = Modality.ASSERTED) -> tuple[str, Claim]:
    """The article of this number and a claim of it in two places, of which the machine linked the second."""
    one = article(number)
    return one.id, strike(one, modality, places=(*strike(one).places, MACHINE))


def mention(number: int, place: int = 2, modality: Modality = Modality.ASSERTED) -> Mention:
    of, claim = told(number, modality)
    return Mention(of, claim.id, place)


def decided(decision: Decision, *mentions: Mention, was: str = MACHINE.id) -> LinkReview:
    return LinkReview(decision, "seen on the map", (Relinked(mentions, was, MEANT[decision]),))


def undo(position: int) -> LinkReview:
    return LinkReview(Decision.UNDO, "a slip", undoes=position)


def append(world: World, review: LinkReview) -> int:
    record = NewRecord(LINK_REVIEWED, LINK_REVIEWED_SCHEMA, link_reviewed(review))
    return world.log.append(REVIEWS_STREAM, [record], actor="reviewer").last


def ingest_again(world: World, number: int, claim: Claim) -> None:
    """Append another run of a later extractor that finds the same claim."""
    extraction = Extraction(article(number), LATER, (claim,))
    record = NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(extraction))
    world.log.append(article_stream(article(number).id), [record], actor="test")


NUMBERS = st.integers(0, 3)
MODALITIES = st.sampled_from([Modality.ASSERTED, Modality.DENIED])
STEP = st.one_of(
    st.tuples(st.just("ingest"), NUMBERS, MODALITIES),
    st.tuples(st.just("again"), NUMBERS, MODALITIES),
    st.tuples(
        st.just("decide"),
        st.sampled_from(sorted(MEANT)),
        st.lists(st.tuples(NUMBERS, st.integers(1, 3), MODALITIES), min_size=1, max_size=3),
    ),
    st.tuples(st.just("undo"), st.integers(0, 30)),
)
STEPS = st.lists(STEP, max_size=14)


def follow(world: World, steps: list[tuple[object, ...]], *, first: bool = True) -> None:
    """Ingest one article, unless it is not the first time, then ingest, extract again, review and undo as steps say."""
    if first:
        world.ingest(article(0), told(0)[1])
    for step in steps:
        match step:
            case ("ingest", int(number), Modality() as modality):
                if not any(world.log.read_stream(article_stream(article(number).id))):
                    world.ingest(article(number), told(number, modality)[1])
            case ("again", int(number), Modality() as modality):
                if any(world.log.read_stream(article_stream(article(number).id))):
                    ingest_again(world, number, told(number, modality)[1])
            case ("decide", Decision() as decision, list(mentions)):
                append(world, decided(decision, *(mention(*one) for one in mentions)))
            case ("undo", int(position)):  # also what is no review, or stands behind: it undoes nothing
                append(world, undo(position))
