"""What decisions on claims, runs and events give in the graph: themselves, and what they make of a claim.

Invariant: a decision says what it is about and whether it is in force; a claim on which something was decided says from
when to when it was. All of it is metadata, in the default graph.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from graph.curations import Curated, Curations, Survivors
from graph.iris import Iris
from graph.projection.literals import FALSE, TRUE, integer, moment, plain
from graph.projection.statements import Statements, Triple
from graph.terms import LINKS, Node, Term, terms, written
from ontology.curations import (
    ARTICLE_CORRECTED,
    CLAIM_REINSTATED,
    CLAIM_RETRACTED,
    CURATION_APPROVED,
    CURATION_UNDONE,
    ENTITIES_MERGED,
    EVENT_SPLIT,
    EVENTS_MERGED,
    KEPT_APART,
    MERGE_REVERTED,
    RUN_REINSTATED,
    RUN_RETRACTED,
    ClaimOf,
    EntityKind,
)

_CLASSES: Final = {
    CLAIM_RETRACTED: "Retraction",
    RUN_RETRACTED: "Retraction",
    CLAIM_REINSTATED: "Reinstatement",
    RUN_REINSTATED: "Reinstatement",
    ARTICLE_CORRECTED: "Correction",
    ENTITIES_MERGED: "Merge",
    MERGE_REVERTED: "Undoing",
    KEPT_APART: "KeepingApart",
    EVENTS_MERGED: "EventMerge",
    EVENT_SPLIT: "EventSplit",
    CURATION_UNDONE: "Undoing",
    CURATION_APPROVED: "Approval",
}


def curation_triples(curations: Curations, type_: str, position: int, at: int, iris: Iris) -> list[Triple]:
    """Return what the decision of this record type states of itself as of `at`."""
    curation = curations.curation(position)
    node = str(iris.curation(position))
    pairs: list[tuple[Node, object]] = [
        *((_TYPE, cls) for cls in terms().classes(_CLASSES[type_])),
        (_RECORD, iris.record(position)),
        (_REASON, plain(curation.reason)),
        (_IN_FORCE, TRUE if curations.stands(position, at) else FALSE),
        *_concerning(curation.claims, iris),
        *((_CONCERNS_RUN, iris.run(run.run)) for run in curation.runs),
        *((_UNDONE_BY, iris.curation(undo)) for undo in curations.undone_by(position, at)),
        *((_APPROVED_BY, iris.curation(one)) for one in curations.approved_by(position, at)),
    ]
    if curation.article is not None and curation.kind is not None:
        pairs += [(_CONCERNS_ARTICLE, iris.article(curation.article)), (_KIND, plain(curation.kind.value))]
    if curation.successor is not None:
        pairs.append((_CORRECTED_TEXT, iris.article(curation.successor.article)))
    merged: list[Triple] = []
    if curation.entity is not None:
        pairs += [
            (_CONCERNS_ENTITY, _entity(curation.entity, id_, iris)) for id_ in (*curation.merged, *curation.apart)
        ]
        if curation.into is not None:
            pairs.append((_SURVIVING, _entity(curation.entity, curation.into, iris)))
        if curations.stands(position, at):
            survivors = dict(curations.survivors(at))
            for id_ in curation.merged:
                if (survivor := survivors.get((curation.entity, id_))) is not None:
                    node_of = _entity(curation.entity, id_, iris)
                    merged.append(f"{node_of} {_MERGED_INTO} {_entity(curation.entity, survivor, iris)}")
    if curation.undoes is not None:
        pairs.append((_UNDOES, iris.curation(curation.undoes)))
    if curation.approves is not None:
        pairs.append((_APPROVES, iris.curation(curation.approves)))
    if curation.batch is not None:
        pairs.append((_BATCH, plain(curation.batch)))
    if curation.needs_approval:
        pairs.append((_NEEDS_APPROVAL, TRUE))
    parts: list[Triple] = []
    for number, claims in enumerate(curation.parts, start=1):
        part = f"{node[:-1]}/part/{number}>"
        pairs.append((_SPLIT_PART, part))
        parts += [f"{part} {_TYPE} {cls}" for cls in terms().classes("SplitPart")]
        parts += [f"{part} {predicate} {value}" for predicate, value in _concerning(claims, iris)]
    return [f"{node} {predicate} {value}" for predicate, value in pairs] + parts + merged


def _entity(kind: EntityKind, identifier: str, iris: Iris) -> Node:
    return str(iris.actor(identifier) if kind is EntityKind.ACTOR else iris.place(identifier))


@lru_cache(maxsize=8)
def _renamed(survivors: Survivors, iris: Iris) -> Mapping[Node, Node]:
    return {_entity(kind, id_, iris): _entity(kind, survivor, iris) for (kind, id_), survivor in survivors}


def resolved(statements: Statements, survivors: Survivors, iris: Iris) -> Statements:
    """Return statements in which merged entities are the ones that stay, in the default graph.

    Names, links and notations of what was merged are said of both. It keeps its description, and loses its classes: it
    is no second thing. What claims say in their own graphs stays as they said it.
    """
    if not survivors:
        return statements
    names = _renamed(survivors, iris)
    return Statements(
        [new for triple in statements.default for new in _renaming(triple, names)],
        [new for triple in statements.common for new in _renaming(triple, names)],
        statements.named,
    )


def _renaming(triple: Triple, names: Mapping[Node, Node]) -> Iterator[Triple]:
    subject, predicate, value = triple.split(" ", 2)
    value = names.get(value, value)
    survivor = names.get(subject)
    if survivor is None or predicate != _TYPE:
        yield f"{subject} {predicate} {value}"
    if survivor is not None and (shared := _SHARED.get(predicate)) is not None:
        yield f"{survivor} {shared} {value}"


def _concerning(claims: Iterable[ClaimOf], iris: Iris) -> list[tuple[Node, object]]:
    return [(_CONCERNS_CLAIM, iris.claim(one.claim)) for one in claims]


def curated_triples(to: list[Triple], node: Node, curated: Curated, iris: Iris) -> None:
    """Add what was made of the claim `node`: the intervals in which it was in force, and that it is retracted."""
    for number, interval in enumerate(curated.intervals, start=1):
        part = f"{node[:-1]}/validity/{number}>"
        to.append(f"{node} {_VALIDITY} {part}")
        to += [f"{part} {_TYPE} {cls}" for cls in terms().classes("Validity")]
        to += (
            f"{part} {_FROM_POSITION} {integer(interval.start)}",
            f"{part} {_VALID_FROM} {moment(interval.start_recorded)}",
            f"{part} {_BEGUN_BY} {iris.record(interval.start)}",
        )
        if interval.end is not None and interval.end_recorded is not None:
            to += (
                f"{part} {_UNTIL_POSITION} {integer(interval.end)}",
                f"{part} {_VALID_UNTIL} {moment(interval.end_recorded)}",
                f"{part} {_ENDED_BY} {iris.record(interval.end)}",
            )
    if curated.out_by is not None:
        to += (f"{node} {_RETRACTED} {TRUE}", f"{node} {_RETRACTION} {iris.curation(curated.out_by)}")
        last = curated.intervals[-1].end_recorded if curated.intervals else None
        if last is not None:
            to.append(f"{node} {Term.INVALIDATED} {moment(last)}")


_APPROVED_BY: Final = written("approvedBy")
_APPROVES: Final = written("approves")
_BATCH: Final = written("batch")
_BEGUN_BY: Final = written("begunBy")
_CONCERNS_ARTICLE: Final = written("concernsArticle")
_CONCERNS_CLAIM: Final = written("concernsClaim")
_CONCERNS_ENTITY: Final = written("concernsEntity")
_CONCERNS_RUN: Final = written("concernsRun")
_CORRECTED_TEXT: Final = written("correctedText")
_ENDED_BY: Final = written("endedBy")
_FROM_POSITION: Final = written("fromPosition")
_IN_FORCE: Final = written("inForce")
_KIND: Final = written("correctionKind")
_MERGED_INTO: Final = written("mergedInto")
_NEEDS_APPROVAL: Final = written("needsApproval")
_REASON: Final = written("reason")
_RECORD: Final = written("record")
_RETRACTED: Final = written("retracted")
_RETRACTION: Final = written("retraction")
_SPLIT_PART: Final = written("splitPart")
_SURVIVING: Final = written("survivingEntity")
_TYPE: Final = str(Term.TYPE)
_UNDOES: Final = written("undoes")
_UNDONE_BY: Final = written("undoneBy")
_UNTIL_POSITION: Final = written("untilPosition")
_VALIDITY: Final = written("validity")
_VALID_FROM: Final = written("validFrom")
_VALID_UNTIL: Final = written("validUntil")

_SHARED: Final[Mapping[Node, Node]] = {  # what is said of the entity that stays, too
    **dict.fromkeys((str(Term.LABEL), str(Term.PREF_LABEL), str(Term.ALT_LABEL)), str(Term.ALT_LABEL)),
    str(Term.NOTATION): str(Term.NOTATION),
    **{link: link for link in LINKS.values()},
}
