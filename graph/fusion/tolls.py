"""The figures of an event, from those of its claims.

Invariant: nothing is averaged and nothing added up: each bound is one that a claim states, and the rule that chose it
is named. What a source told on a later day takes the place of what it told before; of what it told in several articles
of one day, or of days that nobody knows, nothing does. Bounds of a population are not below those of a part of it, but
for a low that claims contradict: who counts three civilians dead counts no less than three.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.fusion.features import Count, Features
from graph.fusion.origins import Origin, Voice, origin
from ontology.populations import populations
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

    `told` are the claims that give it, `replaced` those whose figure a later one of the same source replaced. `beyond`
    are claims and populations: their numbers of a part of it make a bound, where those of the whole would be below.
    """

    category: str
    of: str | None
    low: int | None
    best: int | None
    high: int | None
    rule: Rule
    told: tuple[str, ...]
    replaced: tuple[str, ...] = ()
    beyond: tuple[tuple[str, str | None], ...] = ()

    @property
    def behind(self) -> tuple[str, ...]:
        """The claims that its bounds and its best value stand on."""
        return tuple(dict.fromkeys((*self.told, *(claim for claim, _ in self.beyond))))


_Key = tuple[str, str | None]  # a category and a population
_Row = tuple[Features, Count]


def tolls(claims: Iterable[Features]) -> tuple[Toll, ...]:
    """Return the figures of the event that `claims` are about, by category and population.

    A total that a claim only reports (a CasualtyReport) counts where no other claim of the event gives the figure: it
    may count the dead of several events. Several counts of one claim for one category and population may add up, so
    they are that many at least, and nothing more is known. Where a claim counts more of a part than all others do of
    the whole, no value of the whole is better supported.
    """
    rows: dict[_Key, list[_Row]] = defaultdict(list)
    for claim in sorted((c for c in claims if c.modality.happened), key=lambda claim: claim.order):
        for count in _merged(claim.counts):
            rows[count.category, count.of].append((claim, count))
    standing = {key: _standing(told) for key, told in rows.items()}
    kept = {key: told for key, (told, _) in standing.items()}
    return tuple(_toll(key, kept, standing[key][1]) for key in sorted(rows, key=lambda k: (k[0], k[1] or "")))


def _standing(rows: list[_Row]) -> tuple[list[_Row], list[_Row]]:
    """Return what stands of the counts of one category and population, and what was replaced."""
    own = [row for row in rows if row[0].type not in retelling().totals]
    rows = own or rows
    latest: dict[Origin, int] = {}  # the last day on which each voice told it
    for claim, _ in rows:
        voice = origin(claim)
        if voice.voice is Voice.NAMED and claim.published is not None:
            latest[voice] = max(claim.published, latest.get(voice, claim.published))
    kept: list[_Row] = []
    replaced: list[_Row] = []
    for row in rows:
        day, last = row[0].published, latest.get(origin(row[0]))
        (replaced if day is not None and last is not None and day < last else kept).append(row)
    return kept, replaced


def _toll(key: _Key, kept: Mapping[_Key, list[_Row]], replaced: list[_Row]) -> Toll:
    category, of = key
    rows = kept[key]
    parts = [told for (other, inner), told in kept.items() if other == category and populations().part(inner, of)]
    low, high = _lowest(rows), _highest(rows)
    best, rule = _best(rows)
    beyond: list[_Row] = []
    if high is not None and (over := [row for told in parts for row in told if _most(row[1]) > high]):
        if any((count.low or 0) > high for _, count in over):
            best, rule = None, Rule.OPEN
        beyond += over
        high = _highest(over)
    if low is not None:
        fits = [n for n in (best, *(count.high for _, count in rows)) if n is not None]  # no more than each of these
        least = [told for told in parts if low < (_lowest(told) or 0) <= min(fits, default=_lowest(told) or 0)]
        low = max((_lowest(told) or 0 for told in least), default=low)
        beyond += [row for told in least for row in told if row[1].low == low]
    beyond.sort(key=lambda row: (row[0].order, row[1].of or ""))
    return Toll(
        category,
        of,
        low,
        best,
        high,
        rule,
        tuple(dict.fromkeys(claim.claim for claim, _ in rows)),
        tuple(dict.fromkeys(claim.claim for claim, _ in replaced)),
        tuple(dict.fromkeys((claim.claim, count.of) for claim, count in beyond)),
    )


def _lowest(rows: Sequence[_Row]) -> int | None:
    return min((count.low for _, count in rows if count.low is not None), default=None)


def _highest(rows: Sequence[_Row]) -> int | None:
    highs = [count.high for _, count in rows]
    return None if None in highs else max((high for high in highs if high is not None), default=None)


def _most(count: Count) -> int:
    """Return the upper bound of a count, the lower one where that is open."""
    return count.high if count.high is not None else count.low or 0


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
