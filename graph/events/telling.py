"""What the claims of an article tell, as of a position: what the events are made of.

Invariant: claims that are retracted or erased tell nothing; places are as they were reviewed, actors and places are the
ones that they were merged into.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graph.curations import Curations
from graph.erasures import Erasures
from graph.fusion.features import Features, features
from graph.log import Record
from graph.lookups import Articles, Content, Extracted
from graph.reviews import Reviews
from graph.stored import StoredArticle
from ontology.curations import EntityKind
from ontology.identity import ID_HEX_DIGITS, sha256_hex
from ontology.model import Claim
from ontology.normal import name_key
from ontology.records import decode_claims_extracted
from ontology.retelling import retelling


@dataclass(frozen=True, slots=True)
class Heard:
    """A claim of an article as it was reviewed, with what it tells; actors and places that were merged in `features`.

    In `claim` they are those that it names itself.
    """

    claim: Claim
    features: Features
    stored: StoredArticle


@dataclass(frozen=True, slots=True)
class Telling:
    """The features of claims. `content` gives nothing that is erased."""

    articles: Articles
    content: Content
    extracted: Extracted
    reviews: Reviews
    curations: Curations
    erasures: Erasures

    def of_article(self, article: str, position: int) -> dict[str, Features]:
        """Return what the claims of `article` that are in force as of `position` tell, by claim.

        Erasures are taken as far as the log was read for them (`Erasures.refresh`).

        Raises:
            graph.content.ContentDamaged
        """
        return {claim: heard.features for claim, heard in self.heard(article, position).items()}

    def heard(self, article: str, position: int) -> dict[str, Heard]:
        """Return the claims of `article` that are in force as of `position` with what they tell, by id.

        Erasures are taken as `of_article` takes them.

        Raises:
            graph.content.ContentDamaged
        """
        return self._heard(article, self.extracted(article, position), position, outlet=True)

    def compared(self, article: str, position: int, runs: Iterable[Record] | None = None) -> dict[str, Features]:
        """Return of what `of_article` returns what is compared: neither outlet nor language, and no words.

        `runs` are the ClaimsExtracted records of the article up to there, where they are known.

        Raises:
            graph.content.ContentDamaged
        """
        runs = self.extracted(article, position) if runs is None else runs
        heard = self._heard(article, runs, position, outlet=False)
        return {claim: one.features for claim, one in heard.items()}

    def _heard(self, article: str, runs: Iterable[Record], position: int, *, outlet: bool) -> dict[str, Heard]:
        payload = self.articles(article)
        if payload is None or self.erasures.without_claims(article):
            return {}
        stored = StoredArticle(payload, self.content)
        survivors = dict(self.curations.survivors(position))
        told: dict[str, Heard] = {}
        for record in runs:
            for claim in decode_claims_extracted(record.payload).claims:
                if self.curations.of_claim(article, claim.id, position).out_by is not None:
                    continue
                meant = self.reviews.of_claim(article, claim.id, position).claim(claim)
                found = features(
                    meant,
                    article=article,
                    language=stored.language if outlet else "",
                    publisher=stored.publisher if outlet else None,
                    address=stored.url if outlet else None,
                    published=stored.published,
                    text=stored.text if _needs_words(meant) else None,
                    key=_digest,
                )
                told[claim.id] = Heard(meant, as_merged(found, survivors) if survivors else found, stored)
        return told


def _needs_words(claim: Claim) -> bool:
    """Tell whether anything of the features of a claim follows from the words of the article."""
    return claim.type in retelling().denials or not all(place.names for place in claim.places)


def _digest(name: str) -> str:
    """Return what tells a name from others: equal for spellings with one normal form, and no word of it."""
    normal = name_key(name)
    return sha256_hex(normal.encode("utf-8"))[:ID_HEX_DIGITS] if normal else ""


def as_merged(told: Features, survivors: Mapping[tuple[EntityKind, str], str]) -> Features:
    """Return features with the actors and places that stand for those that were merged."""

    def actor(id_: str) -> str:
        return survivors.get((EntityKind.ACTOR, id_), id_)

    def place(id_: str) -> str:
        return survivors.get((EntityKind.PLACE, id_), id_)

    return replace(
        told,
        agents=frozenset(map(actor, told.agents)),
        targets=frozenset(map(actor, told.targets)),
        spots=tuple(
            replace(spot, id=place(spot.id), within=tuple((place(area), extent) for area, extent in spot.within))
            for spot in told.spots
        ),
    )
