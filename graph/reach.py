"""What a record may change of what earlier ones give.

Invariant: whatever a record changes of the claims and decisions before it is within its reach; most records reach
nothing.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from graph.curations import Curations
from graph.log import Record
from graph.lookups import Mentioning
from graph.reviews import Reviews, affected
from ontology.curations import CURATION_TYPES, ENTITIES_MERGED
from ontology.records import CLAIMS_EXTRACTED
from ontology.reviews import LINK_REVIEWED


@dataclass(frozen=True, slots=True)
class Reach:
    """What a record may change of what earlier ones state.

    `decisions` are positions of records that say something of themselves that follows from later ones, and of patches
    that lose quads; `claims` are those that are stated otherwise, by the id of their article, where None stands for all
    of its claims. Of a merge and its undo, `entities` are the ids that it joins or parts: nothing else is stated
    otherwise than before.
    """

    decisions: tuple[int, ...] = ()
    claims: Mapping[str, Set[str] | None] = field(default_factory=dict)
    entities: Set[str] = frozenset()


NOTHING: Final = Reach()


def reach(record: Record, reviews: Reviews, curations: Curations, mentioning: Mentioning) -> Reach:
    """Return what `record`, in its present schema, may change of earlier claims and decisions."""
    position = record.position
    if record.type == LINK_REVIEWED:
        return Reach(reviews.roots(position)[1:], affected(reviews, position))
    if record.type in CURATION_TYPES:
        roots = curations.roots(position)
        if curations.type_of(roots[-1]) == ENTITIES_MERGED:
            return _joined(position, roots, reviews, curations, mentioning)
        return Reach(roots[1:], curations.affected(position))
    if record.type == CLAIMS_EXTRACTED and curations.touching(record.payload["article"], position):
        return Reach((), {record.payload["article"]: {claim["id"] for claim in record.payload["claims"]}})
    return NOTHING


def _joined(
    position: int, roots: tuple[int, ...], reviews: Reviews, curations: Curations, mentioning: Mentioning
) -> Reach:
    """Return what a merge, or its undo, may change: whatever names one of the entities that it joins or parts."""
    merges, ids = curations.joined(position)
    claims: dict[str, Set[str] | None] = {}
    for record in mentioning(ids, position - 1):
        if record.type == CLAIMS_EXTRACTED:
            claims[record.payload["article"]] = None
        elif record.type == LINK_REVIEWED:
            for article in affected(reviews, record.position):
                claims[article] = None
    return Reach(tuple(sorted({*roots, *merges} - {position})), claims, ids)
