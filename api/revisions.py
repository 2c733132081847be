"""A text that differs from the one that is known of the same address.

Invariant: no claim is put out of force because a page looks different: what counts is whether the words that a claim
stands on are still there. A person's word is needed for that, and a text that shares little with the one before is
another article. What is there already is told and not stored twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from api import curating, decisions
from api.workspace import IngestOutcome
from ingest.revisions import Changes, Words, changes
from ontology.curations import CorrectionKind
from ontology.model import Article, Claim, Extraction
from ontology.notices import noticed
from ontology.records import decode_claims_extracted

if TYPE_CHECKING:
    from api.addresses import Addresses
    from api.workspace import Workspace
    from graph.stored import StoredArticle


class Revisions(StrEnum):
    """What is done with a later text of a known article.

    `report` ingests it beside the earlier one and says what changed; `accept` records that the earlier one was
    corrected; `separate` takes it for an article of its own without a look.
    """

    REPORT = "report"
    ACCEPT = "accept"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True)
class Said:
    """A claim as a person recognises it: its id, its type and its words."""

    claim: str
    type: str
    quote: str

    def json(self) -> dict[str, str]:
        """Return it as plain JSON data."""
        return {"claim": self.claim, "type": self.type, "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure that is another one in the later text: of which claim there, and both as written."""

    claim: str
    category: str
    before: str
    after: str

    def json(self) -> dict[str, str]:
        """Return it as plain JSON data."""
        return {"claim": self.claim, "category": self.category, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Revision:
    """A later text of an article, by the ids of both.

    `gone` are claims of the earlier text whose words the later one does not have any more, `new` those of the later
    one whose words the earlier one has not, `stands` how many of the earlier ones have theirs there. `notice` is the
    sentence by which the later text says itself that it was changed.
    """

    earlier: str
    later: str
    text: Changes
    gone: tuple[Said, ...]
    new: tuple[Said, ...]
    moved: tuple[Moved, ...]
    stands: int
    notice: str | None

    @property
    def kind(self) -> CorrectionKind:
        """How it was changed: with a notice or silently."""
        return CorrectionKind.SILENT if self.notice is None else CorrectionKind.NOTICE

    @property
    def matters(self) -> bool:
        """Whether anything of what is claimed changed with the text."""
        return bool(self.gone or self.new)

    def json(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "earlier": self.earlier,
            "later": self.later,
            "kind": self.kind.value,
            "notice": self.notice,
            "sentences": {"gone": list(self.text.gone), "new": list(self.text.new), "kept": self.text.kept},
            "claims": {
                "gone": [one.json() for one in self.gone],
                "new": [one.json() for one in self.new],
                "stand": self.stands,
            },
            "figures": [one.json() for one in self.moved],
        }


def ingest(
    workspace: "Workspace",
    addresses: "Addresses",
    article: Article,
    extracted: Extraction | None = None,
    *,
    policy: Revisions,
    order: decisions.Order | None = None,
    restore: str | None = None,
    actor: str | None = None,
) -> tuple[IngestOutcome, Revision | None]:
    """Ingest an article, and say of which known one it is a later text. `order` says why and who accepts that.

    Raises what `Workspace.ingest` does, and with `accept` what `curating.correct` does.
    """
    earlier = None if policy is Revisions.SEPARATE else _earlier(workspace, addresses, article)
    if earlier is None:
        outcome = workspace.ingest(article, extracted, restore=restore, actor=actor)
        if outcome.new and article.url is not None:
            addresses.took(article.id, article.url)
        return outcome, None
    extracted = extracted or workspace.extract(article)
    revision = compared(workspace, earlier, article, extracted)
    if policy is Revisions.ACCEPT and order is not None:
        return accept(workspace, revision, article, extracted, order), revision
    outcome = workspace.ingest(article, extracted, restore=restore, actor=actor)
    if article.url is not None:
        addresses.took(article.id, article.url)
    return outcome, revision


def accept(
    workspace: "Workspace", revision: Revision, article: Article, extracted: Extraction, order: decisions.Order
) -> IngestOutcome:
    """Record that the earlier text of a revision was corrected to `article`, if anything of what it claims changed.

    Raises what `curating.correct` does.
    """
    there = workspace.log.find_key(f"ingest:{revision.earlier}")
    first, last = (0, 0) if there is None else (there.first, there.last)
    if not revision.matters:
        told = "its text changed, and nothing that it claims: the text that is known stays"
        return IngestOutcome(revision.earlier, first, last, new=False, warning=told)
    done = curating.correct(
        workspace,
        revision.earlier,
        order,
        kind=revision.kind,
        corrected=lambda _: article,
        extracted=extracted,
    )
    claims = len(extracted.claims)
    waits = "; it waits for approval" if done.waits else ""
    told = f"recorded as a correction ({revision.kind.value}) of {revision.earlier}, record {done.positions[0]}{waits}"
    there = workspace.log.find_key(f"ingest:{article.id}")
    first, last = (0, 0) if there is None else (there.first, there.last)
    return IngestOutcome(article.id, first, last, new=True, claims=claims, warning=told)


def in_force(workspace: "Workspace", article: str) -> bool:
    """Tell whether the text of an article holds: nobody corrected it, and it was not brought for what was undone."""
    head, curations = workspace.log.head(), workspace.curations
    return curations.corrected_by(article, head) is None and curations.unheld_by(article, head) is None


def _earlier(workspace: "Workspace", addresses: "Addresses", article: Article) -> "StoredArticle | None":
    """Return the article of which `article` is a later text, None where there is none, or where it is there already."""
    if article.url is None or workspace.holds(article):
        return None
    for known in reversed(addresses.at(article.url)):
        if known.text is not None and known.text != article.text and in_force(workspace, known.id):
            return known if changes(known.text, article.text).of_one_article else None
    return None


def compared(workspace: "Workspace", earlier: "StoredArticle", article: Article, extracted: Extraction) -> Revision:
    """Say what changed from a stored article to a later text of it, of which `extracted` are the claims."""
    before = earlier.text or ""
    text = changes(before, article.text)
    had, has = Words(before), Words(article.text)
    known: dict[str, Claim] = {}
    for record in workspace.projector.extracted(earlier.id, workspace.log.head()):
        known |= {claim.id: claim for claim in decode_claims_extracted(record.payload).claims}
    gone = [claim for claim in known.values() if not _stands(claim, before, has)]
    new = [claim for claim in extracted.claims if not _stands(claim, article.text, had)]
    notice = noticed(text.new)
    return Revision(
        earlier.id,
        article.id,
        text,
        tuple(_said(claim, before) for claim in gone),
        tuple(_said(claim, article.text) for claim in new),
        tuple(_moved(gone, before, new, article.text)),
        len(known) - len(gone),
        None if notice is None else notice[0],
    )


def _stands(claim: Claim, text: str, other: Words) -> bool:
    """Tell whether the words that a claim of `text` stands on are in another text: of its happening and its figures."""
    slots = (claim.trigger.span, *(figure.span for figure in claim.figures))
    held = [one for one in claim.evidence if any(one.start <= s.start and s.end <= one.end for s in slots)]
    return all(text[one.start : one.end] in other for one in held or claim.evidence)


def _said(claim: Claim, text: str) -> Said:
    first = claim.evidence[0]
    return Said(claim.id, claim.type, text[first.start : first.end])


def _moved(gone: Sequence[Claim], before: str, new: Sequence[Claim], after: str) -> list[Moved]:
    """Return the figures that differ between claims of one type, and of a place where both have one, taken in order."""
    left, found = list(new), list[Moved]()
    for old in gone:
        places = {place.id for place in old.places}
        fitting = (c for c in left if c.type == old.type and (not places or places & {p.id for p in c.places}))
        match = next(fitting, None)
        if match is None:
            continue
        left.remove(match)
        for figure in old.figures:
            other = next((f for f in match.figures if (f.category, f.of) == (figure.category, figure.of)), None)
            if other is not None and (other.low, other.best, other.high) != (figure.low, figure.best, figure.high):
                was, now = figure.span, other.span
                words = before[was.start : was.end], after[now.start : now.end]
                found.append(Moved(match.id, figure.category, *words))
    return found
