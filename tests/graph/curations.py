"""Decisions made by hand for the tests of the graph, on the claims of `tests.graph.reviews`."""

from typing import Any, Final

from hypothesis import strategies as st

from graph.log import NewRecord
from ontology.curations import (
    ARTICLE_CORRECTED,
    CLAIM_REINSTATED,
    CLAIM_RETRACTED,
    CURATION_APPROVED,
    CURATION_SCHEMA,
    CURATION_UNDONE,
    CURATIONS_STREAM,
    ENTITIES_MERGED,
    EVENT_SPLIT,
    EVENTS_MERGED,
    KEPT_APART,
    MERGE_REVERTED,
    RUN_REINSTATED,
    RUN_RETRACTED,
    ClaimOf,
    CorrectionKind,
    Curation,
    EntityKind,
    RunOf,
    Successor,
    encode_curation,
)
from ontology.model import Extraction, Extractor, Modality
from tests.graph.articles import EXTRACTOR, World, article
from tests.graph.reviews import LATER, LOCAL, MACHINE, OTHER, told

KEEPERS: Final = ("clerk", "judge")


def claim_of(number: int, modality: Modality = Modality.ASSERTED) -> ClaimOf:
    of, claim = told(number, modality)
    return ClaimOf(of, claim.id)


def run_of(number: int, extractor: Extractor = EXTRACTOR) -> RunOf:
    return RunOf(article(number).id, Extraction(article(number), extractor, ()).run)


def curate(world: World, type_: str, reason: str = "seen with own eyes", actor: str = KEEPERS[0], **more: Any) -> int:
    curation = Curation(reason, **more)
    record = NewRecord(type_, CURATION_SCHEMA, encode_curation(curation), cause=curation.undoes or curation.approves)
    return world.log.append(CURATIONS_STREAM, [record], actor=actor).last


def retract(world: World, number: int = 0, **more: Any) -> int:
    return curate(world, CLAIM_RETRACTED, claims=(claim_of(number),), **more)


def reinstate(world: World, number: int = 0, **more: Any) -> int:
    return curate(world, CLAIM_REINSTATED, claims=(claim_of(number),), **more)


def correct(world: World, number: int = 0, **more: Any) -> int:
    said = {"article": article(number).id, "kind": CorrectionKind.NOTICE, **more}
    return curate(world, ARTICLE_CORRECTED, **said)


def undo_curation(world: World, position: int, **more: Any) -> int:
    return curate(world, CURATION_UNDONE, undoes=position, **more)


def approve(world: World, position: int, actor: str = KEEPERS[1]) -> int:
    return curate(world, CURATION_APPROVED, actor=actor, approves=position)


_NUMBERS: Final = st.integers(0, 3)
_ACTORS: Final = st.sampled_from(KEEPERS)
ACTORS: Final = ("a1" * 10, "a2" * 10)
_PLACES: Final = st.sampled_from([MACHINE.id, OTHER.id, LOCAL.id, "b1" * 10, "c1" * 10, "50" * 10])
_CLAIMS: Final = st.lists(
    st.builds(claim_of, _NUMBERS, st.sampled_from([Modality.ASSERTED, Modality.DENIED])), min_size=1, max_size=3
).map(tuple)
_RUNS: Final = st.lists(st.builds(run_of, _NUMBERS, st.sampled_from([EXTRACTOR, LATER])), min_size=1, max_size=3)
_TARGETS: Final = st.integers(0, 30)  # also what is no decision, or stands behind: then it is about nothing


def _decision(types: tuple[str, ...], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[object, ...]]:
    curation = st.builds(Curation, st.just("as seen"), needs_approval=st.booleans(), **fields)
    return st.tuples(st.just("curate"), st.sampled_from(types), curation, _ACTORS)


CURATION: Final = st.one_of(
    _decision((CLAIM_RETRACTED, CLAIM_REINSTATED), claims=_CLAIMS),
    _decision((RUN_RETRACTED, RUN_REINSTATED), runs=_RUNS.map(tuple)),
    _decision(
        (ARTICLE_CORRECTED,),
        article=_NUMBERS.map(lambda number: article(number).id),
        kind=st.sampled_from(CorrectionKind),
        claims=st.one_of(st.just(()), _CLAIMS),
        successor=st.one_of(st.none(), st.builds(Successor, _NUMBERS.map(lambda n: article(n).id), st.booleans())),
    ),
    _decision(
        (ENTITIES_MERGED,),
        entity=st.just(EntityKind.PLACE),
        into=_PLACES,
        merged=st.lists(_PLACES, min_size=1, max_size=2).map(tuple),
    ),
    _decision(
        (ENTITIES_MERGED,),
        entity=st.just(EntityKind.ACTOR),
        into=st.sampled_from(ACTORS),
        merged=st.lists(st.sampled_from(ACTORS), min_size=1, max_size=2).map(tuple),
    ),
    _decision((KEPT_APART,), entity=st.just(EntityKind.PLACE), apart=st.just((MACHINE.id, OTHER.id))),
    _decision((MERGE_REVERTED,), undoes=_TARGETS),
    _decision((EVENTS_MERGED,), claims=_CLAIMS),
    _decision((EVENT_SPLIT,), parts=st.lists(_CLAIMS, min_size=2, max_size=2).map(tuple)),
    _decision((CURATION_UNDONE,), undoes=_TARGETS),
    _decision((CURATION_APPROVED,), approves=_TARGETS),
)


def follow_curation(world: World, step: tuple[object, ...]) -> None:
    """Do what a step of `CURATION` says."""
    match step:
        case ("curate", str(type_), Curation() as curation, str(actor)):
            record = NewRecord(type_, CURATION_SCHEMA, encode_curation(curation))
            world.log.append(CURATIONS_STREAM, [record], actor=actor)
