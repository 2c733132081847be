"""What an audit answers: the claims, passages, sources, records and checks behind one thing.

Invariant: nothing in an answer is made up for it. A check that is reported as passed was computed just now from the
log, the contents and the store; one that cannot be made, because the content was erased, is neither passed nor failed.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from graph.audit.patches import PatchAbout


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified: `passed` is None where it could not be; `detail` says what was compared."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the stored text, in code points; the words are None where the content was erased."""

    start: int
    end: int
    quote: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Slot:
    """What filled one slot of a claim: its characters, words, the rule, and the value that was made of them."""

    name: str
    start: int
    end: int
    words: str | None
    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One link of the reporting chain; `order` 1 is the outermost."""

    order: int
    iri: str
    name: str | None
    kind: str
    verb: str | None
    start: int
    end: int
    words: str | None
    rule: str
    party: bool


@dataclass(frozen=True, slots=True)
class AuditedRecord:
    """A record of the log, with the digest of its body as it stands in the log now."""

    iri: str
    position: int
    type: str
    recorded: str
    actor: str
    body_sha256: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class AuditedErasure:
    """An erasure that holds: which contents (`text`, `title`, `original`, `origin`), on what basis and why, and who."""

    contents: tuple[str, ...]
    basis: str
    reason: str
    record: AuditedRecord


@dataclass(frozen=True, slots=True)
class AuditedArticle:
    """The article that a claim was read from, and the record that brought it in.

    `text_digest` is how the record names the text: salted, unless it is the `text_sha256`, which is None where the text
    is gone. Title, publisher and url are None as well where they were erased.
    """

    iri: str
    title: str | None
    publisher: str | None
    published: str | None
    url: str | None
    language: str
    text_sha256: str | None
    text_digest: str
    text_length: int
    record: AuditedRecord
    erasures: tuple[AuditedErasure, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedRun:
    """The run of the extractor that made a claim: code version, digest of its data, version of the gazetteer."""

    iri: str
    name: str
    version: str
    lexicon: str
    gazetteer: str = ""


@dataclass(frozen=True, slots=True)
class AuditedReview:
    """What a person decided on one place of a claim: `number` counts its places from 1.

    `machine` is what the machine had said, with its reasons or score where they were kept; `before` and `now` are the
    places on both sides of the decision. `state` is `decides`, `overruled` (a later one decides) or `undone`.
    """

    number: int
    decision: str
    reason: str
    state: str
    machine: str
    before: str
    now: str
    record: AuditedRecord
    undone_by: tuple[AuditedRecord, ...]


@dataclass(frozen=True, slots=True)
class AuditedDecision:
    """What a person decided on a claim, its run or its article, or on such a decision: `type` is that of the record.

    `state` is `holds`, `waits` (for approval) or `undone`; `about` are the IRIs of the actors or places that it names.
    """

    type: str
    reason: str
    state: str
    record: AuditedRecord
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedClaim:
    """A claim with everything it stands on. `event_type` is the subtype where there is one.

    `slots` say what holds now; `reviews` are all decisions that people took on its places, `decisions` those on the
    claim, its runs and its article, oldest first. `retracted_by` is the record that keeps it out of force now.
    """

    iri: str
    event: str
    event_type: str
    modality: str
    passages: tuple[Passage, ...]
    slots: tuple[Slot, ...]
    sources: tuple[ChainLink, ...]
    article: AuditedArticle
    record: AuditedRecord
    run: AuditedRun
    checks: tuple[Check, ...]
    reviews: tuple[AuditedReview, ...] = ()
    decisions: tuple[AuditedDecision, ...] = ()
    retracted_by: int | None = None


@dataclass(frozen=True, slots=True)
class AuditedPatch:
    """What a person changed about the subject in one curation graph, with the record that says who, when and why."""

    changed: PatchAbout
    record: AuditedRecord


@dataclass(frozen=True, slots=True)
class Before:
    """When a triple that is gone was last in the graph: the records that brought it and took it away.

    `graph` is the named graph where it stood, None for the default graph.
    """

    since: AuditedRecord
    until: AuditedRecord
    graph: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer: `claims` support the subject, `omitted` more do too; `records` brought a subject that is no claim's.

    Those shown are the ones after the first `offset`, in the order of the log; `retracted` of all of them count for
    nothing. Of an event of which nothing is reported any more, `last_there` is the last position at which it was there,
    and `claims` are those that told or denied it then.

    `patches` are what people wrote about it in curation graphs, `decisions` those on the thing itself, oldest first;
    `instead` is what stands for it now, where it was merged or replaced.
    `position` is the log position that the graph stands at; `triple` is in N-Triples syntax, None for an IRI. A triple
    that the graph does not hold (not `stands`) was there `before`, as far as is known; one that it holds and that no
    claim, record or patch states is `unexplained`. `unexamined` claims name the subject too, and were not looked at.
    With `together`, no claim states the triple: it follows from all claims of an event, or from those of a sum;
    `because` says how, where that is one sentence.
    """

    subject: str
    triple: str | None
    position: int
    claims: tuple[AuditedClaim, ...]
    omitted: int
    records: tuple[AuditedRecord, ...]
    patches: tuple[AuditedPatch, ...] = ()
    decisions: tuple[AuditedDecision, ...] = ()
    instead: tuple[str, ...] = ()
    stands: bool = True
    before: Before | None = None
    unexplained: bool = False
    unexamined: int = 0
    together: bool = False
    because: str = ""
    offset: int = 0
    retracted: int = 0
    last_there: int | None = None

    @property
    def total(self) -> int:
        """How many claims support the subject, those included that are not shown."""
        return len(self.claims) + self.omitted

    @property
    def following(self) -> int | None:
        """The offset of the claims that come after those shown, None where there are none."""
        end = self.offset + len(self.claims)
        return end if self.claims and end < self.total else None

    @property
    def shown(self) -> str:
        """Which claims are shown of how many, and how to get the others, for people; nothing where all are."""
        if not self.omitted:
            return ""
        first, last = self.offset + 1, self.offset + len(self.claims)
        these = f"claims {first} to {last}" if self.claims else "no claims"
        more = "" if self.following is None else f"offset {self.following} gives the next ones; "
        return (
            f"Shown are {these} of {self.total}, and what was checked is of these alone; {more}"
            "limit 0 gives all of them in one document."
        )

    @property
    def ended(self) -> str:
        """That an event is gone and which claims are those of its audit, for people; nothing for what is there."""
        if self.last_there is None:
            return ""
        return (
            "Nothing is reported of it any more. It was last there at log position "
            f"{self.last_there}; the claims are those that told or denied it then, each with what was decided on it."
        )

    def checks(self) -> Iterator[Check]:
        """Yield every check that was made."""
        for record in self.records:
            yield from record.checks
        for patch in self.patches:
            yield from patch.record.checks
        for decision in self.decisions:
            yield from decision.record.checks
        for one in () if self.before is None else (self.before.since, self.before.until):
            yield from one.checks
        for claim in self.claims:
            yield from claim.checks
            yield from claim.record.checks
            yield from claim.article.record.checks
            for erasure in claim.article.erasures:
                yield from erasure.record.checks
            for review in claim.reviews:
                yield from review.record.checks
                for undo in review.undone_by:
                    yield from undo.checks
            for decision in claim.decisions:
                yield from decision.record.checks

    @property
    def passed(self) -> bool:
        """True where no check failed; a triple that is not there, or that nothing explains, does not pass."""
        return self.stands and not self.unexplained and all(check.passed is not False for check in self.checks())

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain JSON data, with `passed`."""
        return {"passed": self.passed, **asdict(self)}
