"""The figures of an event, from those of its claims.

Invariant: nothing is averaged and nothing added up: each bound is one that a claim states, and the rule that chose it
is named. What a source told on a later day takes the place of what it told before; of what it told in several articles
of one day, or of days that nobody knows, nothing does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graph.fusion.features import Count, Features
from graph.fusion.origins import Origin, Voice, origin
from ontology.retelling import retelling


class Rule(StrEnum):
    """How the best value of a figure was found."""

    ONLY = "only"  # one voice gives it
    AGREED = "agreed"  # all give the same
    MOST = "most"  # more independent named origins give it than any other value
    OPEN = "open"  # they differ and none is better supported: there is no best value


@dataclass(frozen=True, slots=True)
class Toll:
    """A figure of an event: how many of a category, of a population (None: everybody), bounds None where open.

    `told` are the claims behind it, `replaced` those whose figure a later one of the same source replaced.
    """

    category: str
    of: str | None
    low: int | None
    best: int | None
    high: int | None
    rule: Rule
    told: tuple[str, ...]
    replaced: tuple[str, ...] = ()


def tolls(claims: Iterable[Features]) -> tuple[Toll, ...]:
    """Return the figures of the event that `claims` are about, by category and population.

    A total that a claim only reports (a CasualtyReport) counts where no other claim of the event gives the figure: it
    may count the dead of several events. Several counts of one claim for one category and population may add up, so
    they are that many at least, and nothing more is known.
    """
    rows: dict[tuple[str, str | None], list[tuple[Features, Count]]] = defaultdict(list)
    for claim in sorted((c for c in claims if c.modality.happened), key=lambda claim: claim.order):
        for count in _merged(claim.counts):
            rows[count.category, count.of].append((claim, count))
    return tuple(
        _toll(category, of, rows[category, of]) for category, of in sorted(rows, key=lambda k: (k[0], k[1] or ""))
    )


def _toll(category: str, of: str | None, rows: list[tuple[Features, Count]]) -> Toll:
    own = [row for row in rows if row[0].type not in retelling().totals]
    rows = own or rows
    latest: dict[Origin, int] = {}  # the last day on which each voice told it
    for claim, _ in rows:
        voice = origin(claim)
        if voice.voice is Voice.NAMED and claim.published is not None:
            latest[voice] = max(claim.published, latest.get(voice, claim.published))
    kept: list[tuple[Features, Count]] = []
    replaced: list[tuple[Features, Count]] = []
    for row in rows:
        day, last = row[0].published, latest.get(origin(row[0]))
        (replaced if day is not None and last is not None and day < last else kept).append(row)
    lows = [count.low for _, count in kept]
    highs = [count.high for _, count in kept]
    best, rule = _best(kept)
    return Toll(
        category,
        of,
        min((low for low in lows if low is not None), default=None),
        best,
        None if None in highs else max((high for high in highs if high is not None), default=None),
        rule,
        tuple(dict.fromkeys(claim.claim for claim, _ in kept)),
        tuple(dict.fromkeys(claim.claim for claim, _ in replaced)),
    )


def _merged(counts: Iterable[Count]) -> Iterable[Count]:
    found: dict[tuple[str, str | None], list[Count]] = defaultdict(list)
    for count in counts:
        found[count.category, count.of].append(count)
    for key, several in found.items():
        lows = [count.low for count in several if count.low is not None]
        yield several[0] if len(several) == 1 else Count(*key, max(lows, default=None), None, None)


def _best(rows: list[tuple[Features, Count]]) -> tuple[int | None, Rule]:
    values = [count.best for _, count in rows]
    if len(rows) == 1:
        return values[0], Rule.ONLY
    if len(set(values)) == 1 and values[0] is not None:
        return values[0], Rule.AGREED
    voices: Counter[int] = Counter()
    for value, _ in {(c.best, origin(claim)) for claim, c in rows if origin(claim).voice is Voice.NAMED}:
        if value is not None:
            voices[value] += 1
    ranked = voices.most_common(2)
    if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]):
        return ranked[0][0], Rule.MOST
    return None, Rule.OPEN
