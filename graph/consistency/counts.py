"""What one voice counts, as far as it takes arithmetic to see that the counts do not go together.

Invariant: nothing is found within one claim, whose counts may stand beside each other ("five men and eight children"),
nor between counts that some number fits. OWL can say none of this: it compares no two values.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

from graph.fusion.features import Count, Features
from graph.fusion.relations import Kind, relations
from ontology.retelling import retelling

_SIDES: Final = (("civilian", "fighter"), ("civilian", "soldier"))  # nobody is in both


def too_many(claims: Iterable[Features]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield claims about one event that count more of a population than of everybody, with the category.

    The claims are those of the parts and then that of the whole.
    """
    told = sorted((c for c in claims if c.type not in retelling().totals), key=lambda claim: claim.order)
    for whole in told:
        for total in _alone(whole, None):
            if total.high is None:
                continue
            for part in told:
                for count in part.counts:
                    if part.claim != whole.claim and count.of is not None and _more(total, count):
                        yield (part.claim, whole.claim), total.category
            for first, second in _SIDES:
                for one, other in product(_all(told, first, total.category), _all(told, second, total.category)):
                    (one_claim, one_low), (other_claim, other_low) = one, other
                    if whole.claim in (one_claim, other_claim) or max(one_low, other_low) > total.high:
                        continue
                    if one_low + other_low > total.high:
                        yield tuple(dict.fromkeys((one_claim, other_claim, whole.claim))), total.category


def changed(claims: Iterable[Features]) -> Iterator[tuple[str, str]]:
    """Yield pairs of claims of one voice on one event, the later first, of which no number fits both.

    They stand in two articles; each claim comes with the last one before it that it differs from.
    """
    by_claim = {claim.claim: claim for claim in claims}
    last: dict[str, str] = {}
    for relation in relations(by_claim.values()):
        later, earlier = by_claim[relation.subject], by_claim[relation.object]
        differs = relation.kind is Kind.SUPERSEDES or (
            relation.kind is Kind.CONTRADICTS and relation.in_what in {count.category for count in later.counts}
        )
        if differs and later.article != earlier.article:
            known = last.get(later.claim)
            if known is None or by_claim[known].order < earlier.order:
                last[later.claim] = earlier.claim
    yield from sorted(last.items(), key=lambda pair: by_claim[pair[0]].order)


def _alone(claim: Features, of: str | None) -> Iterator[Count]:
    """Yield the counts of a population of which a claim gives one only in their category."""
    for count in claim.counts:
        same = [other for other in claim.counts if (other.category, other.of) == (count.category, of)]
        if count.of == of and len(same) == 1:
            yield count


def _more(total: Count, part: Count) -> bool:
    return part.category == total.category and part.low is not None and total.high is not None and part.low > total.high


def _all(claims: Iterable[Features], of: str, category: str) -> Iterator[tuple[str, int]]:
    for claim in claims:
        for count in _alone(claim, of):
            if count.category == category and count.low is not None:
                yield claim.claim, count.low
