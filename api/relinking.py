"""Linking stored articles anew: what the gazetteer and the reviews of today would say, shown before anything changes.

Invariant: nothing is written but the plan that was shown, and all of it or nothing. What a person decided on a mention
stays. Only places are linked anew: a name that the extractor finds no more, or two ways, stays as it is and is counted.

One article is in memory at a time; of the others, what would change.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api import extraction
from api.deciding import REASON_CHARS, Refused, reasoned
from graph.log import VersionConflict
from ontology.identity import derived_id
from ontology.model import Article, Extraction, Place, Span
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, article_stream, decode_claims_extracted
from ontology.reviews import Decision, LinkReview, Meant, Mention, Relinked

if TYPE_CHECKING:
    from api.workspace import Workspace

_DIGITS = 10
_IN_A_RECORD = 5_000  # mentions that one record is about
_RECORDS = 5_000  # records that a plan makes before differences share one


class PlanChanged(Refused):
    """The plan that is to be accepted is not what linking anew gives now."""

    def __init__(self, given: str, now: str) -> None:
        super().__init__(
            f"linking anew no longer gives the plan {given} but {now}: look at it with waqai gazetteer relink, "
            "then accept that"
        )
        self.given, self.now = given, now


@dataclass(slots=True)
class Difference:
    """One name that would mean another place: `was` and `now` are that of the first mention.

    `mentions` are grouped by the id of what they mean now and by what they would mean.
    """

    name: str
    key: str
    was: Place
    now: Place
    mentions: dict[tuple[str, str], list[Mention]] = field(default_factory=dict)
    meant: dict[str, Meant] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many mentions it is about."""
        return sum(map(len, self.mentions.values()))

    @property
    def claims(self) -> int:
        """How many claims it is about."""
        return len({mention.claim for mentions in self.mentions.values() for mention in mentions})


@dataclass(frozen=True, slots=True)
class Plan:
    """What linking anew would change: most mentions first. `id` follows from all of it.

    `articles` were read; `reviewed` mentions stay because a person decided on them, `unread` ones because the name is
    not found any more, or means several places; `failed` articles cannot be read: their text is gone, or extraction
    fails. `gazetteer` is the version that the plan follows from.
    """

    id: str
    gazetteer: str
    differences: tuple[Difference, ...]
    articles: int
    reviewed: int
    unread: int
    failed: int


def plan(workspace: "Workspace", progress: Callable[[int], None] | None = None) -> Plan:
    """Read every stored article again and return what would be linked otherwise; nothing is written."""
    from ontology.normal import name_key

    found: dict[tuple[str, str, str], Difference] = {}
    counts = {"articles": 0, "reviewed": 0, "unread": 0, "failed": 0}
    gazetteer = ""
    head = workspace.log.head()
    for article, id_ in _articles(workspace, head, progress):
        made = _extracted(workspace, article) if article is not None else None
        if article is None or made is None:
            counts["failed"] += 1
            continue
        counts["articles"] += 1
        gazetteer = made.extractor.gazetteer
        anew = _places(made)
        for mention, place, decided in _mentions(workspace, id_, head):
            if decided:
                counts["reviewed"] += 1
                continue
            now = anew.get(place.span)
            if now is None:
                counts["unread"] += 1
                continue
            meant = Meant.of(now, now.linking.entry if now.linking is not None else None)
            if meant.shows_as(Meant.of(place)):
                continue
            name = place.span.of(article.text)
            key = (name_key(name), _which(place), _which(now))
            difference = found.setdefault(key, Difference(name, key[0], place, now))
            difference.mentions.setdefault((place.id, meant.id), []).append(mention)
            difference.meant.setdefault(meant.id, meant)
    differences = tuple(sorted(found.values(), key=lambda d: (-d.count, d.key, d.was.id, d.now.id)))
    told = [[m.claim, m.number, was, now] for d in differences for (was, now), ms in d.mentions.items() for m in ms]
    identifier = derived_id("relink", gazetteer, sorted(told, key=str))[:_DIGITS]
    return Plan(identifier, gazetteer, differences, **counts)


def accept(
    workspace: "Workspace",
    given: str,
    reason: str,
    reviewer: str,
    *,
    reason_chars: int = REASON_CHARS,
    progress: Callable[[int], None] | None = None,
) -> list[int]:
    """Write what a plan changes, one record a difference, and return the positions of the records.

    Where there are very many differences, a record holds several.

    Raises:
        Refused: the plan is another one by now, or there is no reason; nothing was written.
        LogError, StoreError
    """
    said = reasoned(reason, reason_chars)
    expected = workspace.reviews.version()
    found = plan(workspace, progress)
    if found.id != given:
        raise PlanChanged(given, found.id)
    reviews = _reviews(found, said)
    if not reviews:
        return []
    try:
        appended = workspace.review(*reviews, actor=reviewer, expected=expected, key=f"relink:{given}:{expected}")
    except VersionConflict:
        raise PlanChanged(given, plan(workspace).id) from None
    return list(range(appended.first, appended.last + 1))


def _reviews(plan: Plan, reason: str) -> list[LinkReview]:
    """Return the records of a plan: one a difference, but of bounded size and number."""
    together = len(plan.differences) > _RECORDS
    found: list[LinkReview] = []
    links: list[Relinked] = []
    held = 0

    def end() -> None:
        nonlocal held
        if links:
            found.append(LinkReview(Decision.RELINK, reason, tuple(links), gazetteer=plan.gazetteer))
        links.clear()
        held = 0

    for difference in plan.differences:
        for (was, now), mentions in difference.mentions.items():
            for at in range(0, len(mentions), _IN_A_RECORD):
                part = mentions[at : at + _IN_A_RECORD]
                if held + len(part) > _IN_A_RECORD:
                    end()
                links.append(Relinked(tuple(part), was, difference.meant[now]))
                held += len(part)
        if not together:
            end()
    end()
    return found


def _articles(
    workspace: "Workspace", head: int, progress: Callable[[int], None] | None
) -> Iterator[tuple[Article | None, str]]:
    """Yield every stored article with its id; None where its text is gone."""
    for record in workspace.log.read(upto=head, types=(ARTICLE_INGESTED,)):
        if progress is not None:
            progress(record.position)
        stored = workspace.as_stored(record.payload)
        yield stored.article(), stored.id


def _extracted(workspace: "Workspace", article: Article) -> Extraction | None:
    try:
        return extraction.extract(workspace.extractor, article)
    except extraction.ExtractorFailed:
        return None


def _places(made: Extraction) -> dict[Span, Place]:
    """Return what each name of the article means now; one that means several places is left out."""
    found: dict[Span, Place] = {}
    several: set[Span] = set()
    for claim in made.claims:
        for place in claim.places:
            if found.setdefault(place.span, place).id != place.id:
                several.add(place.span)
    return {span: place for span, place in found.items() if span not in several}


def _mentions(workspace: "Workspace", article: str, head: int) -> Iterator[tuple[Mention, Place, bool]]:
    """Yield the stored mentions of an article with what they mean, and whether a person decided that."""
    seen: set[str] = set()
    for record in workspace.log.read_stream(article_stream(article)):
        if record.type != CLAIMS_EXTRACTED or record.position > head:
            continue
        for claim in decode_claims_extracted(record.payload).claims:
            if claim.id in seen:
                continue
            seen.add(claim.id)
            reviewed = workspace.reviews.of_claim(article, claim.id, head)
            for number, place in enumerate(reviewed.claim(claim).places, start=1):
                deciding = reviewed.deciding(number)
                by_hand = deciding is not None and deciding.review.decision is not Decision.RELINK
                yield Mention(article, claim.id, number), place, by_hand


def _which(place: Place) -> str:
    """Return what a place counts as: that of a gazetteer by its id, all local ones as one."""
    return place.id if place.names else ""
