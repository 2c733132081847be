"""What events take from each claim, kept for the next event that takes it.

Invariant: what a claim tells follows from the first record that gives it, from what was decided on its places and from
the words that are not erased: the id of a claim follows from all that it says. So what is kept never grows old, but
where something is erased or given back; then nothing is kept.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.curations import Survivors
from graph.erasures import Erasures
from graph.events.contract import Member
from graph.events.telling import as_merged
from graph.fusion.features import Extent, Features, features
from graph.iris import Iris
from graph.lookups import Articles, Content, Extracted
from graph.projection.errors import UnknownArticle
from graph.projection.happenings import Tail, tails, types, what_and_where
from graph.reviews import NOT_REVIEWED, Reviews
from graph.stored import StoredArticle
from graph.terms import Node, terms
from ontology.model import Claim, EventDate, Span
from ontology.records import decode_claims_extracted
from ontology.retelling import retelling

_KEPT: Final = 16_384  # claims, some 50 MB
_OPEN: Final = 64  # articles


@dataclass(frozen=True, slots=True)
class Tale:
    """A claim as events take it: `tails` are said of the event, `what` is its label without the day, by language.

    `plain` are the tails that do not depend on the type that it tells the event under, `types` with all above it.
    """

    types: tuple[Node, ...]
    tails: tuple[Tail, ...]
    plain: tuple[Tail, ...]
    what: Mapping[str, str]
    when: EventDate | None
    features: Features

    @property
    def detail(self) -> tuple[bool, bool, Extent, tuple[int, str, str]]:
        """How little it tells, the best-told claim first: its type, then the place, then the canonical order."""
        told = self.features
        smallest = min((spot.extent for spot in told.spots), default=Extent.COUNTRY)
        return told.type in retelling().totals, told.subtype is None, smallest, told.order

    def as_merged(self, survivors: Survivors) -> Features:
        """Return its features, with what stands for the actors and places that were merged."""
        return as_merged(self.features, dict(survivors)) if survivors else self.features


@dataclass(frozen=True, slots=True)
class _Opened:
    stored: StoredArticle
    claims: Mapping[str, Claim]


class Tales:
    """What claims tell. May be used by several threads."""

    def __init__(
        self,
        articles: Articles,
        content: Content,
        extracted: Extracted,
        reviews: Reviews,
        erasures: Erasures,
        iris: Iris,
    ) -> None:
        self._articles = articles
        self._content = content
        self._extracted = extracted
        self._reviews = reviews
        self._erasures = erasures
        self._iris = iris
        self._erased = 0
        self._kept: dict[str, Tale] = {}
        self._open: OrderedDict[str, _Opened] = OrderedDict()

    def of(self, member: Member, at: int) -> Tale:
        """Return what a claim tells as of position `at`.

        Raises:
            UnknownArticle, KeyError: the log does not hold the claim there.
            graph.content.ContentDamaged
        """
        if (erased := self._erasures.last(fresh=False)) != self._erased:
            self._kept, self._open, self._erased = {}, OrderedDict(), erased
        reviewed = self._reviews.of_claim(member.article, member.claim, at)
        kept = self._kept
        if reviewed == NOT_REVIEWED and (known := kept.get(member.claim)) is not None:
            if known.features.article == member.article:
                return known
        opened = self._opened(member, at)
        tale = self._told(reviewed.claim(opened.claims[member.claim]), opened.stored)
        if reviewed == NOT_REVIEWED:
            if len(kept) >= _KEPT:
                kept.clear()
            kept[member.claim] = tale
        return tale

    def _told(self, claim: Claim, stored: StoredArticle) -> Tale:
        text = stored.text

        def words(span: Span) -> str | None:
            return None if text is None else span.of(text)

        found = features(
            claim,
            article=stored.id,
            language=stored.language,
            publisher=stored.publisher,
            address=stored.url,
            published=stored.published,
        )
        vocabulary = terms()
        return Tale(
            types(claim, vocabulary),
            tuple(tails(claim, self._iris, vocabulary)),
            tuple(tails(claim, self._iris, vocabulary, typed=False)),
            what_and_where(claim, words, vocabulary),
            claim.date,
            found,
        )

    def _opened(self, member: Member, at: int) -> _Opened:
        opened = self._open.pop(member.article, None)
        if opened is None or member.claim not in opened.claims:
            payload = self._articles(member.article)
            if payload is None:
                raise UnknownArticle(member.article, at)
            claims: dict[str, Claim] = {}
            for record in self._extracted(member.article, at):
                for claim in decode_claims_extracted(record.payload).claims:
                    claims.setdefault(claim.id, claim)
            opened = _Opened(StoredArticle(payload, self._content), claims)
        self._open[member.article] = opened
        while len(self._open) > _OPEN:
            self._open.popitem(last=False)
        return opened
