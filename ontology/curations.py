"""What a person decides on claims, runs, articles and entities, and how the records of it hold it.

Invariant: a decision erases no record. It names what it is about by ids, says why in the words of whoever decides, and
can be taken back by a later one. Reasons stay in the log for ever.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter

CLAIM_RETRACTED: Final = "ClaimRetracted"
CLAIM_REINSTATED: Final = "ClaimReinstated"
RUN_RETRACTED: Final = "RunRetracted"
RUN_REINSTATED: Final = "RunReinstated"
ARTICLE_CORRECTED: Final = "ArticleCorrected"
ENTITIES_MERGED: Final = "EntitiesMerged"
MERGE_REVERTED: Final = "MergeReverted"
KEPT_APART: Final = "KeptApart"
EVENTS_MERGED: Final = "EventsMerged"
EVENT_SPLIT: Final = "EventSplit"
CURATION_UNDONE: Final = "CurationUndone"
CURATION_APPROVED: Final = "CurationApproved"

CURATION_TYPES: Final = (
    CLAIM_RETRACTED,
    CLAIM_REINSTATED,
    RUN_RETRACTED,
    RUN_REINSTATED,
    ARTICLE_CORRECTED,
    ENTITIES_MERGED,
    MERGE_REVERTED,
    KEPT_APART,
    EVENTS_MERGED,
    EVENT_SPLIT,
    CURATION_UNDONE,
    CURATION_APPROVED,
)
CURATION_SCHEMA: Final = 1  # of each of these types
CURATIONS_STREAM: Final = "curation"  # one stream, so that of two writers one sees what the other wrote


@dataclass(frozen=True, slots=True, order=True)
class ClaimOf:
    """A claim and the article that it is of."""

    article: str
    claim: str


@dataclass(frozen=True, slots=True, order=True)
class RunOf:
    """A run of an extractor and the article that it read."""

    article: str
    run: str


class CorrectionKind(StrEnum):
    """How an article was corrected: its publisher says so, it was changed without a word, or it was withdrawn."""

    NOTICE = "notice"
    SILENT = "silent"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Successor:
    """The article that holds the corrected text; `brought` where it was ingested for the correction alone."""

    article: str
    brought: bool = False


class EntityKind(StrEnum):
    """What can be merged or kept apart by its id."""

    ACTOR = "actor"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Curation:
    """One decision of any of `CURATION_TYPES`; each type fills the fields that are its own.

    Args:
        claims: of ClaimRetracted and ClaimReinstated; of EventsMerged those that are about one event; of
            ArticleCorrected those that do not hold any more, where it is not all of the article.
        article: of ArticleCorrected.
        kind: of ArticleCorrected.
        successor: of ArticleCorrected, where there is a new text.
        runs: of RunRetracted and RunReinstated.
        parts: of EventSplit: claims of one part are about one event, those of two parts are not.
        entity: of EntitiesMerged and KeptApart: what the ids are of.
        into: of EntitiesMerged: the id that stays.
        merged: of EntitiesMerged: the ids that are the same thing as `into`.
        apart: of KeptApart: ids that are different things, whatever they are called.
        undoes: position of the decision that CurationUndone, or of a merge MergeReverted, takes back.
        approves: position of the decision that CurationApproved approves.
        batch: the id of the command that wrote it together with others.
        needs_approval: whether it holds only once somebody else has approved it.
    """

    reason: str
    claims: tuple[ClaimOf, ...] = ()
    runs: tuple[RunOf, ...] = ()
    parts: tuple[tuple[ClaimOf, ...], ...] = ()
    article: str | None = None
    kind: CorrectionKind | None = None
    successor: Successor | None = None
    entity: EntityKind | None = None
    into: str | None = None
    merged: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    undoes: int | None = None
    approves: int | None = None
    batch: str | None = None
    needs_approval: bool = False


_CURATION: Final = TypeAdapter(Curation)


def encode_curation(curation: Curation) -> dict[str, Any]:
    """Return the payload of a decision; empty fields are left out."""
    data: dict[str, Any] = _CURATION.serializer.to_python(curation, mode="json", exclude_defaults=True)
    return data


def decode_curation(payload: object) -> Curation:
    """Return the decision that `encode_curation` wrote.

    Raises:
        pydantic.ValidationError: where `payload` is none.
    """
    return _CURATION.validate_python(payload)
