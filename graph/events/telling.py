"""What the claims of an article tell, as of a position: what the events are made of.

Invariant: claims that are retracted or erased tell nothing; places are as they were reviewed, actors and places are the
ones that they were merged into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graph.curations import Curations
from graph.erasures import Erasures
from graph.fusion.features import Features, features
from graph.lookups import Articles, Content, Extracted
from graph.reviews import Reviews
from graph.stored import StoredArticle
from ontology.curations import EntityKind
from ontology.normal import name_key
from ontology.records import decode_claims_extracted


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
        payload = self.articles(article)
        if payload is None or self.erasures.without_claims(article):
            return {}
        stored = StoredArticle(payload, self.content)
        survivors = dict(self.curations.survivors(position))
        told: dict[str, Features] = {}
        for record in self.extracted(article, position):
            for claim in decode_claims_extracted(record.payload).claims:
                if self.curations.of_claim(article, claim.id, position).out_by is not None:
                    continue
                found = features(
                    self.reviews.of_claim(article, claim.id, position).claim(claim),
                    article=article,
                    language=stored.language,
                    publisher=stored.publisher,
                    published=stored.published,
                    text=stored.text,
                    key=name_key,
                )
                told[claim.id] = _resolved(found, survivors) if survivors else found
        return told


def _resolved(told: Features, survivors: Mapping[tuple[EntityKind, str], str]) -> Features:
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
